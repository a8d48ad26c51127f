//! Answers the model's questions about dependencies with the data that `load` reads.

use std::sync::Arc;

use crate::go::ModuleVersion;
use crate::load::{Dependencies, Input, Packages};
use crate::model;
use crate::source::ModuleCache;
use crate::syntax::{GoMod, ModuleSum, PackageContents, PackageDir, Parsed};

/// The dependencies of one state.
pub(super) struct KnownDependencies<'a> {
    modules: Dependencies<'a>,
    packages: Packages<'a>,
}

impl<'a> KnownDependencies<'a> {
    /// Those that the state itself and the module cache have.
    pub(super) fn new(input: Input<'a>, cache: Option<&'a ModuleCache>) -> Self {
        Self { modules: Dependencies::new(cache), packages: Packages::new(input, cache) }
    }

    /// The packages.
    pub(super) fn packages(&self) -> &Packages<'a> {
        &self.packages
    }

    /// The file and the line where a package, or its test, imports another.
    pub(super) fn import(&self, dir: &PackageDir, test: bool, path: &str) -> Option<(String, u32)> {
        self.packages.import(dir, test, path)
    }
}

impl model::Dependencies for KnownDependencies<'_> {
    fn has_cache(&self) -> bool {
        self.modules.has_cache()
    }

    fn go_mods(&self, modules: &[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>> {
        self.modules.go_mods(modules)
    }

    fn packages(&self, dirs: &[PackageDir]) -> Vec<PackageContents> {
        self.packages.get(dirs)
    }

    fn sums(&self, wanted: &[ModuleSum]) -> Vec<Option<String>> {
        self.modules.sums(wanted)
    }
}
