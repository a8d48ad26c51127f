//! The packages that a main module needs: its own, its tools, their imports, and their tests, in all builds together.
//!
//! Source: `modload/load.go`: `loadFromRoots`, `load`, `applyPkgFlags`, `pkgTest`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Stop;
use super::lookup::{FoundPackage, LookupFault, find};
use super::requirements::Requirements;
use super::universe::TidyUniverse;
use crate::model::graph::{NodeId, Pruning};

/// A package that was loaded, or the test of one.
#[derive(Clone, Debug, Default)]
pub(super) struct LoadedPackage {
    /// The import path; of a test, that of its package.
    pub(super) path: Arc<str>,
    /// The module; `None` for the standard library, and for a package that was not found.
    pub(super) module: Option<NodeId>,
    /// The other modules that could have had it.
    pub(super) alternatives: Vec<NodeId>,
    /// The packages that it imports, by their places.
    pub(super) imports: Vec<usize>,
    /// Its test, by its place.
    pub(super) test: Option<usize>,
    /// Of a test, its package.
    pub(super) test_of: Option<usize>,
    /// Whether the pattern `all` has it.
    pub(super) in_all: bool,
    /// Why it was not found.
    pub(super) fault: Option<LookupFault>,
    test_imports: Vec<Arc<str>>,
    is_loaded: bool,
}

impl LoadedPackage {
    /// Whether it is the test of a package.
    pub(super) fn is_test(&self) -> bool {
        self.test_of.is_some()
    }
}

/// The packages that were loaded, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct LoadedPackages {
    list: Vec<LoadedPackage>,
    by_path: HashMap<Arc<str>, usize>,
    roots: Vec<usize>,
    /// The main module.
    main: Option<NodeId>,
}

impl LoadedPackages {
    /// All of them, tests too.
    pub(super) fn all(&self) -> &[LoadedPackage] {
        &self.list
    }

    /// Those of other modules, tests too.
    pub(super) fn external(&self) -> impl Iterator<Item = &LoadedPackage> {
        self.list.iter().filter(|package| package.module.is_some() && package.module != self.main)
    }

    /// Those of the main module, tests too.
    pub(super) fn own(&self) -> impl Iterator<Item = &LoadedPackage> {
        self.list.iter().filter(|package| package.module.is_some() && package.module == self.main)
    }

    /// The places of those that the pattern `all` has.
    pub(super) fn in_all(&self) -> impl Iterator<Item = usize> {
        (0..self.list.len()).filter(|&at| self.list[at].in_all)
    }

    /// The module of the package at a place.
    pub(super) fn module(&self, at: usize) -> Option<NodeId> {
        self.list[at].module
    }

    /// The same, unless it is the main module.
    pub(super) fn external_module(&self, at: usize) -> Option<NodeId> {
        self.module(at).filter(|&module| Some(module) != self.main)
    }

    /// The imports of the package at a place, and its test.
    pub(super) fn below(&self, at: usize) -> impl Iterator<Item = usize> {
        self.list[at].imports.iter().copied().chain(self.list[at].test)
    }

    /// The places of the packages that loading began with, each once.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }
}

/// The packages to load.
pub(super) struct Load<'l> {
    /// The packages to begin with: those of the main module, then its tools.
    pub(super) own: &'l [Arc<str>],
    /// The packages on `tool` lines.
    pub(super) tools: &'l [Arc<str>],
    /// The requirements.
    pub(super) requirements: &'l Rc<Requirements>,
}

impl Load<'_> {
    /// Loads the packages. Fails if something needed is not available.
    pub(super) fn run(&self, universe: &mut TidyUniverse<'_>) -> Result<LoadedPackages, Stop> {
        let mut loader = PackageLoader {
            tests_close: !self.requirements.is_at_least(universe, "1.16"),
            reads_go_mods: self.requirements.is_at_least(universe, "1.21"),
            tools: self.tools.iter().map(|path| &**path).collect(),
            load: self,
            packages: LoadedPackages { main: Some(universe.main()), ..LoadedPackages::default() },
            open: Vec::new(),
            found: Vec::new(),
        };
        let mut seen = HashSet::new();
        for path in self.own.iter().chain(self.tools) {
            let at = loader.package(path);
            if seen.insert(at) {
                loader.packages.roots.push(at);
            }
        }
        while !loader.open.is_empty() {
            loader.advance(universe)?;
            universe.ask();
        }
        Ok(loader.packages)
    }
}

struct PackageLoader<'l> {
    load: &'l Load<'l>,
    tools: HashSet<&'l str>,
    /// Whether tests of other modules' packages bring their imports into `all`, as before Go 1.16.
    tests_close: bool,
    /// Whether the go.mod of each provider counts, as since Go 1.21.
    reads_go_mods: bool,
    packages: LoadedPackages,
    /// The packages that are not found yet.
    open: Vec<usize>,
    /// The packages that were found since go.mod files were last read.
    found: Vec<usize>,
}

impl PackageLoader<'_> {
    /// The place of a package.
    fn package(&mut self, path: &Arc<str>) -> usize {
        if let Some(&known) = self.packages.by_path.get(path) {
            return known;
        }
        let at = self.packages.list.len();
        self.packages.list.push(LoadedPackage { path: Arc::clone(path), ..LoadedPackage::default() });
        self.packages.by_path.insert(Arc::clone(path), at);
        self.open.push(at);
        at
    }

    /// Finds the packages that can be found with the present answers.
    fn advance(&mut self, universe: &mut TidyUniverse<'_>) -> Result<(), Stop> {
        let requirements = self.load.requirements;
        let graph = match requirements.pruning {
            Pruning::Unpruned => Some(requirements.graph(universe)?),
            Pruning::Pruned | Pruning::Workspace => None,
        };
        let mut pending = std::mem::take(&mut self.open);
        let mut waiting = Vec::new();
        while let Some(at) = pending.pop() {
            let path = Arc::clone(&self.packages.list[at].path);
            match find(universe, &path, requirements, graph.as_deref()) {
                None => waiting.push(at),
                Some(found) => {
                    self.take_in(at, found);
                    pending.append(&mut self.open);
                }
            }
        }
        if self.reads_go_mods {
            self.read_go_mods(universe);
        }
        self.open = waiting;
        Ok(())
    }

    /// Reads the go.mod files of the modules that packages come from.
    fn read_go_mods(&mut self, universe: &mut TidyUniverse<'_>) {
        let found = std::mem::take(&mut self.found);
        let modules: Vec<NodeId> = found.iter().filter_map(|&at| self.packages.external_module(at)).collect();
        universe.summarize(&modules);
        for at in found {
            let is_available = self.packages.external_module(at).is_none_or(|module| universe.has_go_mod(module));
            if !is_available {
                let package = &mut self.packages.list[at];
                package.module = None;
                package.fault = Some(LookupFault::Absent);
            }
        }
    }

    fn take_in(&mut self, at: usize, found: Result<FoundPackage, LookupFault>) {
        let path = Arc::clone(&self.packages.list[at].path);
        if self.tools.contains(&*path) {
            self.add_to_all(at);
        }
        let found = match found {
            Ok(found) => found,
            Err(fault) => {
                self.packages.list[at].fault = Some(fault);
                return;
            }
        };
        self.found.push(at);
        let package = &mut self.packages.list[at];
        package.module = found.module;
        package.alternatives = found.alternatives;
        package.fault = (found.module.is_some() && !found.imports.has_files).then_some(LookupFault::Invalid);
        if found.module.is_none() || package.fault.is_some() {
            return;
        }
        package.test_imports = found.imports.test_imports.clone();
        let imports = found.imports.imports.iter().map(|path| self.package(path)).collect();
        self.packages.list[at].imports = imports;
        self.packages.list[at].is_loaded = true;
        if found.module == self.packages.main {
            self.packages.list[at].in_all = true;
        }
        self.spread(at);
    }

    /// Notes that `all` has the package.
    fn add_to_all(&mut self, at: usize) {
        let mut pending = vec![at];
        while let Some(at) = pending.pop() {
            if !std::mem::replace(&mut self.packages.list[at].in_all, true) {
                pending.extend(self.reached(at));
            }
        }
    }

    /// Passes on that `all` has a package which was just loaded.
    fn spread(&mut self, at: usize) {
        for below in self.reached(at) {
            self.add_to_all(below);
        }
    }

    /// The packages that come into `all` with a package that is loaded and in it. Its test is loaded as well.
    fn reached(&mut self, at: usize) -> Vec<usize> {
        let package = &self.packages.list[at];
        if !package.is_loaded || !package.in_all {
            return Vec::new();
        }
        let mut reached = package.imports.clone();
        if package.is_test() {
            return reached;
        }
        let closes = package.module == self.packages.main || self.tests_close;
        let test = self.test(at);
        reached.extend(closes.then_some(test));
        reached
    }

    /// The test of a package.
    fn test(&mut self, at: usize) -> usize {
        if let Some(test) = self.packages.list[at].test {
            return test;
        }
        let of = &mut self.packages.list[at];
        let test_imports = std::mem::take(&mut of.test_imports);
        let test = LoadedPackage { path: Arc::clone(&of.path), module: of.module, ..LoadedPackage::default() };
        let imports = test_imports.iter().map(|path| self.package(path)).collect();
        let place = self.packages.list.len();
        self.packages.list.push(LoadedPackage { imports, test_of: Some(at), is_loaded: true, ..test });
        self.packages.list[at].test = Some(place);
        self.found.push(place);
        place
    }
}
