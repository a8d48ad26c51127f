//! Which `replace` line counts for a module at a version.

use std::collections::HashMap;

use super::{ModuleData, WorkspaceData};
use crate::go::{ModulePath, Version};
use crate::syntax::{Replace, ReplaceTarget};
use crate::text::RepoPath;

/// The `replace` lines that may be in force, by the path that they replace.
#[derive(Debug)]
pub(super) struct Replaces<'a>(HashMap<&'a ModulePath, Vec<Candidate<'a>>>);

/// A `replace` line, by the file that holds it and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReplaceRef {
    pub(super) holder: Holder,
    pub(super) line: usize,
}

/// What holds a `replace` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// The file of a workspace.
    Workspace(usize),
    /// The file of a module.
    Module(usize),
}

/// A `replace` line and the directory that it is relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) at: ReplaceRef,
    pub(super) dir: &'a RepoPath,
    pub(super) line: &'a Replace,
}

/// Where the source of a required module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// A directory of the repository.
    Directory(RepoPath),
    /// A directory outside it.
    Elsewhere,
    /// The module cache, under this path and version.
    Cache(ModulePath, Version),
}

impl<'a> Replaces<'a> {
    /// The lines of a workspace, if there is one, and of the main modules, in the order in which it uses them.
    pub(super) fn of(modules: &'a [ModuleData], mains: &[usize], work: Option<(usize, &'a WorkspaceData)>) -> Self {
        let of_work = work.map(|(index, work)| (Holder::Workspace(index), &work.dir, &*work.go_work().replace));
        let of_mains = mains.iter().map(|&main| {
            let module = &modules[main];
            (Holder::Module(main), &module.dir, &*module.go_mod().replace)
        });
        let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
        for (holder, dir, lines) in of_work.into_iter().chain(of_mains) {
            for (index, line) in lines.iter().enumerate() {
                let at = ReplaceRef { holder, line: index };
                by_path.entry(&line.old.value).or_default().push(Candidate { at, dir, line });
            }
        }
        Self(by_path)
    }

    /// The paths that are replaced.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'a ModulePath> {
        self.0.keys().copied()
    }

    /// Whether a line for `path` is for one version only.
    pub(super) fn has_versioned_lines(&self, path: &ModulePath) -> bool {
        self.0.get(path).is_some_and(|lines| lines.iter().any(|candidate| candidate.line.old_version.is_some()))
    }

    /// Whether modules of a workspace would put different things in the place of `path`, were it not for the workspace's
    /// own lines. The go command refuses such a workspace (`modload.makeMainModules`).
    pub(super) fn members_disagree(&self, path: &ModulePath) -> bool {
        let lines = self.0.get(path).map(Vec::as_slice).unwrap_or_default();
        let mut homes = lines.iter().filter(|line| matches!(line.at.holder, Holder::Module(_))).map(|line| line.home());
        let first = homes.next();
        homes.any(|home| first.as_ref() != Some(&home) || home == Home::Elsewhere)
    }

    /// What replaces `path` at `version`: a line of the workspace's, else of the last module that has one
    /// (`modload.Replacement`). Within a file a line for the version goes before one for all
    /// (`modload.replacementFrom`), and equal ones say the same.
    pub(super) fn in_force(&self, path: &ModulePath, version: &Version) -> Option<Candidate<'a>> {
        self.in_force_but(path, version, &|_| false)
    }

    /// The same as if the lines that `is_gone` picks were not there.
    pub(super) fn in_force_but(
        &self,
        path: &ModulePath,
        version: &Version,
        is_gone: &dyn Fn(ReplaceRef) -> bool,
    ) -> Option<Candidate<'a>> {
        let lines = self.0.get(path)?;
        let mut lists = lines.chunk_by(|one, other| one.at.holder == other.at.holder);
        let in_list = |list: &[Candidate<'a>]| {
            let has = |of: Option<&Version>| {
                let is_it = |line: &Replace| line.old_version.as_ref().map(|old| &old.value) == of;
                list.iter().find(|candidate| is_it(candidate.line) && !is_gone(candidate.at)).copied()
            };
            has(Some(version)).or_else(|| has(None))
        };
        if let Some([Candidate { at: ReplaceRef { holder: Holder::Workspace(_), .. }, .. }, ..]) = lists.clone().next()
        {
            let of_work = lists.next().and_then(in_list);
            if of_work.is_some() {
                return of_work;
            }
        }
        lists.rev().find_map(in_list)
    }
}

impl Candidate<'_> {
    /// Where the source is that it puts in place.
    pub(super) fn home(self) -> Home {
        match &self.line.new {
            ReplaceTarget::Directory(target) => {
                self.dir.resolve(&*target.value).map_or(Home::Elsewhere, Home::Directory)
            }
            ReplaceTarget::Module { path, version } => Home::Cache(path.value.clone(), version.value.clone()),
        }
    }
}
