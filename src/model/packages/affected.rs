//! The packages that a change reaches: those that import a changed package, directly or not, all in one build.

use std::collections::{HashMap, HashSet};

use super::imports::{GraphNode, ImportGraph};
use super::needed_release;
use crate::go::{BuildConstraint, BuildExample, BuildSet, Builds};
use crate::model::{File, Import, ImportGraphFacts, Model, Module, Package};
use crate::text::{FileId, RepoPath};

/// The parts of a state that are not as they were, as far as they are compiled or tested.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangedParts {
    /// Go files of the state.
    pub(crate) files: HashSet<FileId>,
    /// Go files that are gone, or had another build constraint.
    pub(crate) earlier: Vec<EarlierFile>,
    /// The directories of packages that changed in other ways, so that all builds may have other code.
    pub(crate) packages: HashSet<RepoPath>,
    /// The directories of packages of which only the tests changed.
    pub(crate) tests: HashSet<RepoPath>,
    /// The changed dependencies of modules, by the directory of each module.
    pub(crate) dependencies: HashMap<RepoPath, ChangedDependencies>,
}

/// A Go file as it was.
#[derive(Clone, Debug)]
pub(crate) struct EarlierFile {
    /// The directory.
    pub(crate) dir: RepoPath,
    /// Whether it is a test.
    pub(crate) is_test: bool,
    /// Its build constraint; `None` for every build.
    pub(crate) constraint: Option<BuildConstraint>,
}

/// The dependencies of a module that are not as they were.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangedDependencies {
    /// The paths of modules.
    pub(crate) modules: HashSet<String>,
    /// The paths of packages.
    pub(crate) packages: HashSet<String>,
    /// Whether the versions of modules that go.mod does not name may be others.
    pub(crate) is_open: bool,
}

impl ChangedDependencies {
    /// Whether there are any.
    pub(crate) fn are_any(&self) -> bool {
        self.is_open || !self.modules.is_empty() || !self.packages.is_empty()
    }

    /// Whether a package of this path is one of them.
    fn names(&self, path: &str) -> bool {
        let is_below = |module: &String| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.packages.contains(path) || self.modules.iter().any(is_below)
    }
}

/// A package that a change reaches.
#[derive(Clone, Debug)]
pub(crate) struct AffectedPackage<'m> {
    /// The package.
    pub(crate) package: Package<'m>,
    /// A build in which it has other code, and whether its own files changed; `None` if only its tests are reached.
    pub(crate) code: Option<AffectedPart>,
    /// The same for its tests.
    pub(crate) tests: Option<AffectedPart>,
}

/// How a package, or its tests, are reached.
#[derive(Clone, Debug)]
pub(crate) struct AffectedPart {
    /// Whether its own files changed.
    pub(crate) is_changed: bool,
    /// A build that the change reaches; `None` if it reaches all builds.
    pub(crate) build: Option<BuildExample>,
}

impl<'m> ImportGraphFacts<'m> {
    /// The packages of the repository that a change reaches.
    pub(crate) fn affected(self, changed: &ChangedParts) -> Vec<AffectedPackage<'m>> {
        AffectedSearch::new(self, changed).run()
    }
}

/// The search for all packages that a change reaches.
struct AffectedSearch<'m, 'c> {
    model: &'m Model,
    graph: &'m ImportGraph,
    builds: Builds,
    changed: &'c ChangedParts,
    /// The builds in which each package has other code.
    reached: Vec<BuildSet>,
    pending: Vec<usize>,
}

impl<'m, 'c> AffectedSearch<'m, 'c> {
    fn new(ImportGraphFacts { model, graph }: ImportGraphFacts<'m>, changed: &'c ChangedParts) -> Self {
        let reached = vec![BuildSet::NONE; graph.edges.len()];
        Self { model, graph, builds: graph.builds.clone(), changed, reached, pending: Vec::new() }
    }

    /// The packages of the repository that the change reaches, in the order of the model.
    fn run(mut self) -> Vec<AffectedPackage<'m>> {
        for package in self.model.packages() {
            let own = self.changed_code(package);
            self.add(package.index(), own);
        }
        // A package that a `replace` line puts in place of another is compiled with other modules, too.
        for at in self.graph.own..self.graph.edges.len() {
            if let Some(package) = self.graph.package(at) {
                let own = self.changed_code(Package::new(self.model, package));
                self.add(at, own);
            }
        }
        for at in 0..self.graph.edges.len() {
            if self.is_changed_dependency(GraphNode { model: self.model, graph: self.graph, at }) {
                self.add(at, self.builds.all());
            }
        }
        while let Some(at) = self.pending.pop() {
            for edge in &self.graph.into[at] {
                let builds = self.builds.both(self.reached[at], edge.builds);
                self.add(edge.to, builds);
            }
        }
        let mut affected = Vec::new();
        for package in self.model.packages() {
            let code = self.reached[package.index()];
            let own_code = !self.changed_code(package).is_empty();
            let (own_tests, tests) = self.tests(package, code);
            if !code.is_empty() || !tests.is_empty() {
                let code = self.affected(package, code, own_code);
                let tests = self.affected(package, tests, own_tests);
                affected.push(AffectedPackage { package, code, tests });
            }
        }
        affected
    }

    fn add(&mut self, at: usize, builds: BuildSet) {
        let new = self.builds.without(builds, self.reached[at]);
        if !new.is_empty() {
            self.reached[at] = self.builds.either(self.reached[at], new);
            self.pending.push(at);
        }
    }

    /// The builds in which the package itself has other code: its files changed, or one imports a package that is gone.
    fn changed_code(&mut self, package: Package<'m>) -> BuildSet {
        let mut changed = BuildSet::NONE;
        if self.changed.packages.contains(package.dir()) {
            changed = self.builds.all();
        }
        for file in package.files().filter(|file| !file.is_test()) {
            let builds = self.changed_file(file);
            changed = self.builds.either(changed, builds);
        }
        let earlier = self.earlier(package, false);
        self.builds.either(changed, earlier)
    }

    /// The builds that had Go files of a package, or tests of it, that are gone.
    fn earlier(&mut self, package: Package<'m>, is_test: bool) -> BuildSet {
        let mut builds = BuildSet::NONE;
        for file in self.changed.earlier.iter().filter(|file| file.is_test == is_test && file.dir == *package.dir()) {
            let of_file = self.builds.of(file.constraint.as_ref());
            builds = self.builds.either(builds, of_file);
        }
        builds
    }

    fn changed_file(&self, file: File<'m>) -> BuildSet {
        let is_gone = |import: Import<'m>| {
            self.graph.target(import).is_none()
                && import.own_dir().is_some_and(|dir| self.changed.packages.contains(&dir))
        };
        let dependencies = self.changed.dependencies.get(file.package().module().dir());
        let is_other = |import: Import<'m>| dependencies.is_some_and(|changed| changed.names(import.path()));
        let is_changed =
            self.changed.files.contains(&file.id()) || file.imports().any(|import| is_gone(import) || is_other(import));
        if is_changed { self.graph.builds_of_file(file) } else { BuildSet::NONE }
    }

    /// Whether the tests of a package themselves changed, and the builds in which they test or are other code.
    fn tests(&mut self, package: Package<'m>, code: BuildSet) -> (bool, BuildSet) {
        let is_changed = self.changed.tests.contains(package.dir());
        let mut own = if is_changed { self.builds.all() } else { BuildSet::NONE };
        let (mut tested, mut all) = (BuildSet::NONE, BuildSet::NONE);
        for file in package.files().filter(|file| file.is_test()) {
            let builds = self.graph.builds_of_file(file);
            all = self.builds.either(all, builds);
            let changed = self.changed_file(file);
            own = self.builds.either(own, changed);
            for target in file.imports().filter_map(|import| self.graph.target(import)) {
                let reached = self.builds.both(builds, self.reached[target]);
                tested = self.builds.either(tested, reached);
            }
        }
        let earlier = self.earlier(package, true);
        let own = self.builds.either(own, earlier);
        let own = self.builds.both(own, all);
        let code = self.builds.both(code, all);
        let tested = self.builds.either(tested, own);
        (!own.is_empty(), self.builds.either(tested, code))
    }

    /// Whether a package of a dependency is not as it was, or may be so.
    fn is_changed_dependency(&self, node: GraphNode<'m>) -> bool {
        let is_of = |module: Module<'m>| node.is_built_with(module);
        let mut modules = self.model.modules().filter(|module| is_of(*module));
        modules.any(|module| {
            let Some(changed) = self.changed.dependencies.get(module.dir()) else { return false };
            changed.is_open || changed.names(node.path()) || (changed.are_any() && node.unread().is_some())
        })
    }

    fn affected(&mut self, package: Package<'m>, builds: BuildSet, is_changed: bool) -> Option<AffectedPart> {
        if builds.is_empty() {
            return None;
        }
        let release = needed_release(package.module()).map(|minor| format!("go1.{minor}"));
        let mut build = self.builds.example(builds);
        if let Some(build) = &mut build {
            build.tags.retain(|tag| Some(&**tag) != release.as_deref());
        }
        Some(AffectedPart { is_changed, build })
    }
}
