//! Which `replace` line counts for a module at a version.

use std::collections::{HashMap, HashSet};

use super::{ModuleData, WorkspaceData};
use crate::go::{ModulePath, Version};
use crate::syntax::{Replace, ReplaceTarget};
use crate::text::{FastMap, RepoPath};

/// The `replace` lines that may be in force, by the path that they replace.
#[derive(Debug)]
pub(super) struct Replaces<'a>(HashMap<&'a ModulePath, Vec<FileLines<'a>>>);

/// The lines of one file for one path; equal ones in their order.
#[derive(Debug)]
struct FileLines<'a> {
    holder: Holder,
    by_version: HashMap<Option<&'a Version>, Vec<Candidate<'a>>>,
}

/// A `replace` line, by the file that holds it and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReplaceRef {
    pub(super) holder: Holder,
    pub(super) line: usize,
}

/// The file that contains a `replace` line.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SourceHome {
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
        let mut by_path: HashMap<_, Vec<FileLines<'a>>> = HashMap::new();
        for (holder, dir, lines) in of_work.into_iter().chain(of_mains) {
            for (index, line) in lines.iter().enumerate() {
                let files = by_path.entry(&line.old.value).or_default();
                if files.last().is_none_or(|file| file.holder != holder) {
                    files.push(FileLines { holder, by_version: HashMap::new() });
                }
                let version = line.old_version.as_ref().map(|version| &version.value);
                let candidate = Candidate { at: ReplaceRef { holder, line: index }, dir, line };
                let of_file = files.last_mut().map(|file| file.by_version.entry(version).or_default());
                of_file.into_iter().for_each(|lines| lines.push(candidate));
            }
        }
        Self(by_path)
    }

    /// The paths that are replaced.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'a ModulePath> {
        self.0.keys().copied()
    }

    /// The directories of the repository that lines put in place of modules, by the path of the module, in force or not.
    pub(super) fn directories(&self) -> FastMap<String, Vec<RepoPath>> {
        let mut found: FastMap<String, Vec<RepoPath>> = FastMap::default();
        for (path, files) in &self.0 {
            for candidate in files.iter().flat_map(|file| file.by_version.values()).flatten() {
                if let SourceHome::Directory(dir) = candidate.home() {
                    found.entry(path.to_string()).or_default().push(dir);
                }
            }
        }
        found
    }

    /// Whether a line for `path` is for one version only.
    pub(super) fn has_versioned_lines(&self, path: &ModulePath) -> bool {
        let files = self.0.get(path).map(Vec::as_slice).unwrap_or_default();
        files.iter().flat_map(|file| file.by_version.keys()).any(Option::is_some)
    }

    /// The paths for which modules of a workspace would put different things in place, were it not for the workspace's
    /// own lines. The go command refuses such a workspace (`modload.makeMainModules`).
    pub(super) fn disputed(&self) -> HashSet<&'a ModulePath> {
        let is_disputed = |files: &[FileLines<'a>]| {
            let of_members = files.iter().filter(|file| matches!(file.holder, Holder::Module(_)));
            let mut homes = of_members.flat_map(|file| file.by_version.values().flatten()).map(|line| line.home());
            let first = homes.next();
            homes.any(|home| first.as_ref() != Some(&home) || home == SourceHome::Elsewhere)
        };
        self.0.iter().filter(|(_, files)| is_disputed(files)).map(|(path, _)| *path).collect()
    }

    /// Whether two lines of one file replace the same, and not by the same: the go command refuses such a file
    /// (`modload.toReplaceMap`).
    pub(super) fn contradict(&self) -> bool {
        let written = |it: &Candidate<'a>| it.line.new.to_string();
        let differ = |lines: &Vec<Candidate<'a>>| lines.windows(2).any(|pair| written(&pair[0]) != written(&pair[1]));
        self.0.values().flatten().flat_map(|file| file.by_version.values()).any(differ)
    }

    /// The line of the workspace's file that goes before every other one for `path`, at `version` or at every one.
    pub(super) fn overriding(&self, path: &ModulePath, version: Option<&Version>) -> Option<Candidate<'a>> {
        let of_work = self.0.get(path)?.first().filter(|file| matches!(file.holder, Holder::Workspace(_)))?;
        let lines = of_work.by_version.get(&version).or_else(|| of_work.by_version.get(&None))?;
        lines.first().copied()
    }

    /// The line that replaces `path` at `version`: a line of the workspace's, else of the last module that has one
    /// (`modload.Replacement`). Within a file a line for the version goes before one for all
    /// (`modload.replacementFrom`), and equal ones say the same.
    pub(super) fn in_force(&self, path: &ModulePath, version: &Version) -> Option<Candidate<'a>> {
        self.find(path, Some(version), &|_| false)
    }

    /// The line that the go command names as replacing `path`, at `version` or at every one: the same, but where
    /// modules of a workspace contradict each other by a line for the version, the line before that.
    pub(super) fn named(&self, path: &ModulePath, version: Option<&Version>) -> Option<Candidate<'a>> {
        if let Some(line) = self.overriding(path, version) {
            return Some(line);
        }
        let of_mains = self.0.get(path)?.iter().filter(|file| matches!(file.holder, Holder::Module(_)));
        let in_file = |file: &FileLines<'a>| {
            let lines = file.by_version.get(&version).or_else(|| file.by_version.get(&None))?;
            lines.first().copied()
        };
        let mut named: Option<Candidate<'a>> = None;
        for candidate in of_mains.filter_map(in_file) {
            let Candidate { line, .. } = candidate;
            // It compares the written text, and not the place where it leads.
            let differs = |before: Candidate<'a>| before.line.new.to_string() != line.new.to_string();
            if line.old_version.is_some() && named.is_some_and(differs) {
                break;
            }
            named = Some(candidate);
        }
        named
    }

    /// The same as if the lines that `is_gone` picks were not there.
    pub(super) fn in_force_but(
        &self,
        path: &ModulePath,
        version: &Version,
        is_gone: &dyn Fn(ReplaceRef) -> bool,
    ) -> Option<Candidate<'a>> {
        self.find(path, Some(version), is_gone)
    }

    fn find(
        &self,
        path: &ModulePath,
        version: Option<&Version>,
        is_gone: &dyn Fn(ReplaceRef) -> bool,
    ) -> Option<Candidate<'a>> {
        let files = self.0.get(path)?;
        let in_file = |file: &FileLines<'a>| {
            let lines = [version, None].into_iter().filter_map(|version| file.by_version.get(&version));
            lines.flatten().find(|candidate| !is_gone(candidate.at)).copied()
        };
        let (of_work, of_mains) = match files.split_first() {
            Some((work, rest)) if matches!(work.holder, Holder::Workspace(_)) => (Some(work), rest),
            _ => (None, files.as_slice()),
        };
        of_work.and_then(in_file).or_else(|| of_mains.iter().rev().find_map(in_file))
    }
}

impl Candidate<'_> {
    /// Where the source is that it puts in place.
    pub(super) fn home(self) -> SourceHome {
        match &self.line.new {
            ReplaceTarget::Directory(target) => {
                self.dir.resolve(&*target.value).map_or(SourceHome::Elsewhere, SourceHome::Directory)
            }
            ReplaceTarget::Module { path, version } => SourceHome::Cache(path.value.clone(), version.value.clone()),
        }
    }
}
