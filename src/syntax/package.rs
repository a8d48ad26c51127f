//! What a directory has of a package, all builds together.
//!
//! Source: `cmd/go/internal/imports/scan.go: ScanDir` with `imports.AnyTags`, `modload/load.go: scanDir`.

use std::sync::Arc;

use crate::go::ModuleVersion;
use crate::text::RepoPath;

/// Where a package may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageDir {
    /// In a directory of the repository.
    InRepository(RepoPath),
    /// In a directory of a module in the module cache, `/`-separated, from the module's root.
    InCache(ModuleVersion, String),
}

/// What is in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageContents {
    /// A package.
    Package(Arc<PackageImports>),
    /// No Go file (`modload.dirInModule`).
    Nothing,
    /// Nobody could look.
    Unknown,
    /// The module that it is in is not as it was downloaded.
    Altered,
}

/// What the files of a package import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageImports {
    /// What its files import, each path once, sorted; without `C` and what was App Engine's.
    pub imports: Vec<Arc<str>>,
    /// What its tests import, likewise.
    pub test_imports: Vec<Arc<str>>,
    /// Whether some build has a file of it.
    pub has_files: bool,
}

impl PackageImports {
    /// Adds what a file imports that some build has.
    pub fn add<'p>(&mut self, is_test: bool, imports: impl Iterator<Item = &'p str>) {
        self.has_files = true;
        let list = if is_test { &mut self.test_imports } else { &mut self.imports };
        list.extend(imports.filter(|path| counts(path)).map(Arc::from));
    }

    /// The same when all files are added.
    pub fn finish(mut self) -> Self {
        for list in [&mut self.imports, &mut self.test_imports] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}

/// Whether an import is of a package that a module may have.
fn counts(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    path != "C" && !matches!(first, "appengine" | "appengine_internal")
}
