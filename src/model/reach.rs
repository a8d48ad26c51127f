//! Packages of the repository that only imports lead to.
//!
//! The go command's patterns skip directories such as `testdata`, and those that go.mod ignores, but an import of such a
//! directory is built like any other (`modload.dirInModule` does not look at the name).

use std::collections::{BTreeSet, HashMap};

use super::resolve::names_directory;
use super::{Draft, Model};
use crate::go::{prefixes, std_package};
use crate::text::{FastMap, RepoPath};

/// How the go command comes to a package of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Only through an import in another module.
    Import,
    /// Only through imports, and one of them is in a package that its own module has by pattern.
    OwnImport,
    /// By the pattern `./...` in its module.
    Pattern,
}

/// The directories with packages that patterns skip and imports reach.
pub(crate) type Reached = HashMap<RepoPath, Reach>;

/// Where an imported package would be in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDirectory {
    /// The directory of the module.
    pub root: RepoPath,
    /// The directory of the package.
    pub dir: RepoPath,
}

impl Draft {
    /// The module, by its place in the list of modules, whose tree holds a directory; `None` for none.
    pub fn module_around(&self, dir: &RepoPath) -> Option<usize> {
        self.layout().module_around(dir)
    }

    /// Whether the module at `root` contains the package in `dir` (`modload.dirInModule`).
    pub fn contains_package(&self, own: &OwnDirectory) -> bool {
        self.layout().contains_package(&own.root, &own.dir)
    }

    /// Adds a directory with Go files that is behind a symbolic link.
    pub fn add_linked_directory(&mut self, dir: RepoPath) {
        self.layout_mut().add_go_dir(dir);
    }

    /// Adds a directory behind a symbolic link that has a `go.mod`, so that the module around it ends there.
    pub fn add_linked_boundary(&mut self, dir: RepoPath) {
        self.layout_mut().add_boundary(dir);
    }

    /// The directories of the repository where the package `import` could be, for files of `module`: in a main module, or in a
    /// directory that a `replace` line of any build puts in place of a module. Whether there is a package is not asked.
    pub fn own_directories(&self, module: usize, import: &str) -> Vec<OwnDirectory> {
        let mut found: Vec<OwnDirectory> = Vec::new();
        if import == "C" || !names_directory(import) {
            return found;
        }
        let mut add = |root: &RepoPath, below: &str| {
            let own = OwnDirectory { dir: root.join(below), root: root.clone() };
            if !found.contains(&own) {
                found.push(own);
            }
        };
        let universe = self.universe_of(module);
        let dir_of = |main: usize| &self.modules()[main].dir;
        for main in universe.mains_of("std") {
            add(dir_of(main), import);
        }
        if std_package(import).is_some() {
            return found;
        }
        for path in prefixes(import) {
            let below = import[path.len()..].trim_start_matches('/');
            for main in universe.mains_of(path) {
                add(dir_of(main), below);
            }
            for root in self.own_roots().get(path).into_iter().flatten() {
                add(root, below);
            }
        }
        found
    }
}

/// The directories of modules that builds with `replace` lines take from the repository, by the path of the module: those that the
/// lines lead to, and the main modules of these builds, since a replaced module may import them. Which of these builds has which
/// module is not asked, so there may be more than any build takes.
pub(super) fn own_roots(model: &Model) -> FastMap<String, Vec<RepoPath>> {
    let mut roots: HashMap<String, BTreeSet<RepoPath>> = HashMap::new();
    for universe in model.universes.iter().filter(|universe| universe.local().next().is_some()) {
        for (path, mains) in universe.mains() {
            let dirs = mains.iter().map(|&main| model.modules[main].dir.clone());
            roots.entry(path.to_owned()).or_default().extend(dirs);
        }
        for (path, dirs) in universe.local() {
            roots.entry(path.to_owned()).or_default().extend(dirs.iter().cloned());
        }
    }
    roots.into_iter().map(|(path, dirs)| (path, dirs.into_iter().collect())).collect()
}
