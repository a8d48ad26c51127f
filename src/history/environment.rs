//! What a Go file is judged in: the policy, and the modules around it.

use std::collections::{BTreeMap, HashSet};

use crate::load::{Input, List, NamedModules};
use crate::model::{Affected, Draft};
use crate::policy::Policy;
use crate::source::Entry;
use crate::syntax::{ParsedFile, ParsedState, parse_go_mod, parse_go_work, parse_vendor_modules};
use crate::text::{BlobId, FileId, Files, RepoPath};

/// A policy, and the files that it came from.
#[derive(Clone, Debug)]
pub struct PolicyAt {
    /// The policy.
    pub policy: Policy,
    /// Its files, with their texts.
    pub files: Files,
}

impl PolicyAt {
    /// Which module files the policy names.
    pub(super) fn names(&self, path: &RepoPath) -> bool {
        self.policy.modules.is_module_file(path)
            || (path.file_name() == b"go.mod"
                && path.parent().is_some_and(|directory| self.policy.modules.holds(&directory)))
    }
}

/// The modules of a commit, by which policy they are judged, and where Go files are.
#[derive(Debug)]
pub(super) struct Environment {
    /// Its number.
    pub(super) id: usize,
    /// The number of the policy.
    pub(super) policy: usize,
    /// The files of the policy, and those that make the modules.
    pub(super) files: Files,
    /// The modules, without their Go files.
    pub(super) draft: Draft,
}

impl Environment {
    /// Reads the module files and workspace files, as far as they can be read.
    pub(super) fn read(
        input: Input<'_>,
        (policy, mut files): (usize, Files),
        module_files: &BTreeMap<RepoPath, BlobId>,
        named: &NamedModules,
    ) -> Self {
        let mut state = ParsedState::default();
        for (path, blob) in module_files {
            let role = named.role(path);
            if role.begins_module {
                state.module_dirs.extend(path.parent());
            }
            let Some(list) = role.list else { continue };
            let entry = Entry { path: path.clone(), target: None, blob: Some(*blob) };
            let Ok(text) = input.text(&entry) else { continue };
            let (file, path) = (files.add(path.clone()), path.clone());
            match list {
                List::GoMod => state.go_mods.push(ParsedFile { file, path, parsed: parse_go_mod(&text) }),
                List::GoWork => state.go_works.push(ParsedFile { file, path, parsed: parse_go_work(&text) }),
                List::VendorModules => {
                    state.vendor_modules.push(ParsedFile { file, path, parsed: parse_vendor_modules(&text) });
                }
                List::GoFile => {}
            }
        }
        Self { id: 0, policy, files, draft: Draft::ground(state) }
    }

    /// The same under another number, with Go files in these directories.
    pub(super) fn with(&self, id: usize, go_dirs: HashSet<RepoPath>) -> Self {
        let draft = self.draft.clone().with_go_dirs(go_dirs);
        Self { id, policy: self.policy, files: self.files.clone(), draft }
    }

    /// What may be judged anew of files that did not change.
    pub(super) fn affected_since(&self, before: &Self) -> Affected {
        if self.policy == before.policy { self.draft.affected_since(&before.draft) } else { Affected::Everything }
    }

    /// The id that the next file will have.
    pub(super) fn next_file(&self) -> usize {
        self.files.len()
    }

    /// The place of a file among those that were added to these.
    pub(super) fn place_of(&self, file: FileId) -> Option<usize> {
        file.index().checked_sub(self.next_file())
    }
}
