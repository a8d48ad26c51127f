//! The surroundings of a Go file: the policy, and the modules around it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::engine::KnownComments;
use crate::go::FileKind;
use crate::load::{Input, NamedModules, Targets};
use crate::model::{Affected, Draft, Reached};
use crate::policy::{FILE_NAMES, Policy};
use crate::source::{Delta, Entry, Unseen};
use crate::syntax::{AllowComment, GoMod, GoWork, Parsed, ParsedFile, ParsedState, VendorModules};
use crate::text::{BlobId, FastSet, FileId, Files, Home, RepoPath};

/// A policy, and the files that it came from.
#[derive(Clone, Debug)]
pub(crate) struct PolicyAt {
    /// The policy.
    pub policy: Policy,
    /// Its files, with their texts.
    pub files: Files,
    /// The comments that alone count where the policy says so; `None` where all are trusted.
    pub known: Option<KnownComments>,
}

impl PolicyAt {
    /// Whether another policy was made of the same texts.
    pub(super) fn has_texts_of(&self, other: &Self) -> bool {
        let texts = |policy: &Self| -> Vec<(RepoPath, Vec<u8>)> {
            policy.files.iter().map(|(_, file)| (file.path().clone(), file.text().to_vec())).collect()
        };
        texts(self) == texts(other)
    }

    /// Whether a change may make another policy: a file of this name, or one that the policy came from.
    pub(super) fn may_differ(&self, delta: &Delta) -> bool {
        let is_policy = |path: &RepoPath| FILE_NAMES.iter().any(|name| path.file_name() == name.as_bytes());
        let came_from = |dir: &RepoPath| {
            let mut own = self.files.iter().filter(|(_, file)| file.home() == Home::Repository);
            own.any(|(_, file)| file.path().parent().as_ref() == Some(dir))
        };
        delta.changes.iter().any(|change| is_policy(&change.path)) || delta.opened.iter().any(came_from)
    }

    /// Which module files the policy names.
    pub(super) fn names(&self, path: &RepoPath) -> bool {
        self.policy.modules.is_module_file(path)
            || (path.file_name() == b"go.mod"
                && path.parent().is_some_and(|directory| self.policy.modules.holds(&directory)))
    }
}

/// The modules of a commit, by which policy they are judged, and where Go files are.
#[derive(Debug)]
pub(super) struct CommitEnvironment {
    /// Its number.
    pub(super) id: usize,
    /// The number of the policy.
    pub(super) policy: usize,
    /// The files of the policy, and those that make the modules.
    pub(super) files: Files,
    /// The modules, without their Go files.
    pub(super) draft: Draft,
    /// The directories with a `go.mod` that are no main module's and that `use` lines lead to.
    pub(super) used_dirs: Vec<RepoPath>,
    /// The directories with a `go.mod` that are no main module's and that only `replace` lines lead to.
    pub(super) replaced_dirs: Vec<RepoPath>,
}

impl CommitEnvironment {
    /// Reads the module files and workspace files, as far as they can be read.
    pub(super) fn read(texts: &mut ModuleTexts<'_>, (policy, mut files): (usize, Files), ground: &Ground<'_>) -> Self {
        let mut state = ParsedState {
            env: texts.input.env.clone(),
            vendor_dirs: Some(ground.bare_vendors.iter().cloned().collect()),
            ..ParsedState::default()
        };
        for (path, blob) in ground.module_files {
            let role = ground.named.role(path);
            if role.begins_module {
                state.module_dirs.extend(path.parent());
            }
            let Some(Ok(text)) = role.kind.map(|kind| texts.get(kind, *blob)) else { continue };
            let (file, path) = (files.add(path.clone()), path.clone());
            match text {
                ModuleText::GoMod(parsed) => state.go_mods.push(ParsedFile { file, path, parsed }),
                ModuleText::GoWork(parsed) => state.go_works.push(ParsedFile { file, path, parsed }),
                ModuleText::Vendor(parsed) => state.vendor_modules.push(ParsedFile { file, path, parsed }),
            }
        }
        state.replacements = ground.replacements.clone();
        let Targets { used, replaced, unseen } = Targets::of(&state, ground.lookup);
        state.hidden_dirs = unseen.iter().filter_map(|(path, _)| path.parent()).collect();
        let [used_dirs, replaced_dirs] =
            [&used, &replaced].map(|entries| entries.iter().filter_map(|entry| entry.path.parent()).collect());
        for entry in used.into_iter().chain(replaced) {
            match entry.blob.map(|blob| texts.get(FileKind::GoMod, blob)) {
                Some(Ok(ModuleText::GoMod(parsed))) => {
                    state.targets.push(ParsedFile { file: files.add(entry.path.clone()), path: entry.path, parsed });
                }
                _ => state.hidden_dirs.extend(entry.path.parent()),
            }
        }
        Self { id: 0, policy, files, draft: Draft::ground(state), used_dirs, replaced_dirs }
    }

    /// The same under another number, with packages that only imports lead to.
    pub(super) fn with_reached(&self, id: usize, reached: Arc<Reached>) -> Self {
        let draft = self.draft.clone().with_reached(reached);
        self.with_draft(id, draft)
    }

    /// The same under another number, with Go files in these directories.
    pub(super) fn with(&self, id: usize, go_dirs: FastSet<RepoPath>) -> Self {
        let draft = self.draft.clone().with_go_dirs(go_dirs);
        self.with_draft(id, draft)
    }

    fn with_draft(&self, id: usize, draft: Draft) -> Self {
        let (used_dirs, replaced_dirs) = (self.used_dirs.clone(), self.replaced_dirs.clone());
        Self { id, policy: self.policy, files: self.files.clone(), draft, used_dirs, replaced_dirs }
    }

    /// The changes that may affect the verdicts on files that did not change.
    pub(super) fn affected_since(&self, before: &Self) -> Affected {
        if self.policy == before.policy { self.draft.affected_since(&before.draft) } else { Affected::Everything }
    }

    /// The id that the next file will have.
    pub(super) fn next_file(&self) -> usize {
        self.files.count()
    }

    /// The place of a file among those that were added to these.
    pub(super) fn place_of(&self, file: FileId) -> Option<usize> {
        file.index().checked_sub(self.next_file())
    }
}

/// Where the module files of a commit are.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// Those that are followed from commit to commit.
    pub(super) module_files: &'a BTreeMap<RepoPath, BlobId>,
    /// Those that the policy names.
    pub(super) named: &'a NamedModules,
    /// The directories of modules that only `replace` lines lead to.
    pub(super) replacements: &'a HashSet<RepoPath>,
    /// The vendor directories without a list.
    pub(super) bare_vendors: &'a BTreeSet<RepoPath>,
    /// Finds any other file.
    pub(super) lookup: &'a dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>,
}

/// The module files that were read, each content once.
pub(super) struct ModuleTexts<'a> {
    input: Input<'a>,
    /// The facts that the walk depends on besides the contents that were read.
    pub(super) unread: Unread,
    known: HashMap<(FileKind, BlobId), Result<ModuleText, Unseen>>,
}

/// The content of one of them.
#[derive(Clone)]
pub(super) enum ModuleText {
    GoMod(Arc<Parsed<GoMod>>),
    GoWork(Arc<Parsed<GoWork>>),
    Vendor(Arc<Parsed<VendorModules>>),
}

impl ModuleText {
    fn allows(&self) -> &[AllowComment] {
        match self {
            Self::GoMod(parsed) => &parsed.allows,
            Self::GoWork(parsed) => &parsed.allows,
            Self::Vendor(parsed) => &parsed.allows,
        }
    }
}

/// The objects that a walk could not read, and whether something ends on a day: facts that its result depends on and that
/// its commits do not decide.
#[derive(Default)]
pub(super) struct Unread {
    /// The blobs that are not in this clone.
    pub(super) missing: Vec<BlobId>,
    /// Whether something else was not read that could be read another time.
    pub(super) is_unclear: bool,
    /// Whether a comment that allows something ends on a day.
    pub(super) has_dates: bool,
}

impl Unread {
    /// Adds a blob that could not be read.
    pub(super) fn add(&mut self, blob: BlobId, reason: &Unseen) {
        match reason {
            Unseen::MissingObject => self.missing.push(blob),
            reason => self.is_unclear |= is_unclear(reason),
        }
    }

    /// Adds another one.
    pub(super) fn join(&mut self, other: Self) {
        self.missing.extend(other.missing);
        self.is_unclear |= other.is_unclear;
        self.has_dates |= other.has_dates;
    }
}

/// Whether something that was not read for this reason may be read another time, although the commit is the same.
pub(super) fn is_unclear(reason: &Unseen) -> bool {
    matches!(reason, Unseen::MissingObject | Unseen::Unreadable(_) | Unseen::Conflict | Unseen::Irregular)
}

impl<'a> ModuleTexts<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        Self { input, unread: Unread::default(), known: HashMap::new() }
    }

    /// Forgets them all.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Adds the files that were read.
    pub(super) fn take_in(&mut self, read: Vec<ReadModuleFile>) {
        for ((_, blob), text) in &read {
            match text {
                Ok(text) => self.unread.has_dates |= text.allows().iter().any(|comment| comment.until.is_some()),
                Err(reason) => self.unread.add(*blob, reason),
            }
        }
        self.known.extend(read);
    }

    /// The content of a file, or why it cannot be read.
    pub(super) fn get(&mut self, list: FileKind, blob: BlobId) -> Result<ModuleText, Unseen> {
        if !self.known.contains_key(&(list, blob)) {
            self.take_in(read_module_files(self.input, vec![(list, blob)]));
        }
        self.known.get(&(list, blob)).cloned().unwrap_or(Err(Unseen::MissingObject))
    }
}

/// A module file, by its kind, and its content, or why it cannot be read.
pub(super) type ReadModuleFile = ((FileKind, BlobId), Result<ModuleText, Unseen>);

/// Reads module files.
pub(super) fn read_module_files(input: Input<'_>, mut wanted: Vec<(FileKind, BlobId)>) -> Vec<ReadModuleFile> {
    wanted.sort_unstable();
    wanted.dedup();
    let read = |keys: &[(FileKind, BlobId)]| {
        let entries: Vec<Entry> = keys.iter().map(|(_, blob)| Entry::of_blob(*blob)).collect();
        texts(input, keys[0].0, &entries.iter().collect::<Vec<_>>())
    };
    let texts: Vec<_> = wanted.chunk_by(|one, other| one.0 == other.0).flat_map(read).collect();
    wanted.into_iter().zip(texts).collect()
}

fn texts(input: Input<'_>, list: FileKind, entries: &[&Entry]) -> Vec<Result<ModuleText, Unseen>> {
    fn shared<T>(
        read: Result<Parsed<T>, Unseen>,
        form: fn(Arc<Parsed<T>>) -> ModuleText,
    ) -> Result<ModuleText, Unseen> {
        read.map(Arc::new).map(form)
    }
    match list {
        FileKind::GoMod => input.go_mods(entries).into_iter().map(|read| shared(read, ModuleText::GoMod)).collect(),
        FileKind::GoWork => input.go_works(entries).into_iter().map(|read| shared(read, ModuleText::GoWork)).collect(),
        FileKind::VendorModules => {
            input.vendor_modules(entries).into_iter().map(|read| shared(read, ModuleText::Vendor)).collect()
        }
        FileKind::GoFile | FileKind::GoSum => Vec::new(),
    }
}
