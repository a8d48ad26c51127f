//! The files of a package in a directory, all builds together.
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

/// The content of a directory.
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

/// The imports of the files of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageImports {
    /// The imports of its files, each path once, sorted; without `C` and the packages of App Engine.
    pub imports: Vec<Arc<str>>,
    /// The imports of its tests, likewise.
    pub test_imports: Vec<Arc<str>>,
    /// Whether some build has a file of it.
    pub has_files: bool,
}

/// A package in a directory of the repository, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadPackage {
    /// The directory.
    pub(crate) dir: RepoPath,
    /// The imports of its files.
    pub(crate) imports: Arc<PackageImports>,
}

impl PackageImports {
    /// Adds the imports of a file that some build has.
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
