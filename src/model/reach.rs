//! Packages of the repository that only imports lead to.
//!
//! The go command's patterns skip directories such as `testdata`, and those that go.mod ignores, but an import of such a
//! directory is built like any other (`modload.dirInModule` does not look at the name).

use std::collections::HashMap;

use super::Draft;
use super::resolve::OwnRoot;
use crate::text::RepoPath;

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
pub type Reached = HashMap<RepoPath, Reach>;

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
        self.layout().module_of(dir, &mut HashMap::new())
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
    /// directory that a `replace` line puts in place of a module. Whether there is a package is not asked.
    pub fn own_directories(&self, module: usize, import: &str) -> Vec<OwnDirectory> {
        let mut found = Vec::new();
        for (root, below) in self.universe_of(module).own_places(import) {
            let root = match root {
                OwnRoot::Main(main) => self.modules()[main].dir.clone(),
                OwnRoot::Replaced(dir) => dir.clone(),
            };
            found.push(OwnDirectory { dir: root.join(below), root });
        }
        found
    }
}
