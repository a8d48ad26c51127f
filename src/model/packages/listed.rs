//! The packages and imports of the graph one by one, in all builds or in one.

use super::chains::HopPlace;
use super::imports::{GraphNode, ImportGraph};
use super::outside::FilePlace;
use crate::go::{BuildContext, BuildSet};
use crate::model::{ImportGraphFacts, Model, Package};

/// Packages, and the imports between them.
#[derive(Debug, Default)]
pub(crate) struct ListedGraph<'m> {
    /// The packages of the repository, by directory, then the others in the order in which they were found.
    pub(crate) packages: Vec<GraphNode<'m>>,
    /// Their imports.
    pub(crate) imports: Vec<ListedImport<'m>>,
}

/// An import.
#[derive(Debug)]
pub(crate) struct ListedImport<'m> {
    /// The importing package.
    pub(crate) from: GraphNode<'m>,
    /// The imported package.
    pub(crate) to: GraphNode<'m>,
    /// Where it is.
    pub(crate) place: HopPlace<'m>,
    /// Whether it is in a test.
    pub(crate) is_test: bool,
    /// The build constraint of its file, by its lines and its name.
    pub(crate) constraint: Option<String>,
}

/// A walk through the graph.
struct Listing<'m, 'b> {
    model: &'m Model,
    graph: &'m ImportGraph,
    build: Option<&'b BuildContext>,
    known: Vec<bool>,
    found: ListedGraph<'m>,
}

impl<'m> ImportGraphFacts<'m> {
    /// The packages of the repository that `is_asked` picks, with their tests, and all packages that they need; with `build` those that
    /// this build compiles.
    pub(crate) fn listed(
        self,
        build: Option<&BuildContext>,
        is_asked: &dyn Fn(Package<'m>) -> bool,
    ) -> ListedGraph<'m> {
        let Self { model, graph } = self;
        let known = vec![false; graph.edges.len()];
        let mut listing = Listing { model, graph, build, known, found: ListedGraph::default() };
        for package in model.packages().filter(|package| is_asked(*package)) {
            if package.files().any(|file| listing.has(graph.builds_of_file(file))) {
                listing.add(package.index());
            }
        }
        let mut at = 0;
        let roots = listing.found.packages.len();
        while at < listing.found.packages.len() {
            let node = listing.found.packages[at];
            match node.other() {
                None => listing.add_own(node, at < roots),
                Some(_) => listing.add_other(node),
            }
            at += 1;
        }
        listing.found
    }
}

impl<'m> Listing<'m, '_> {
    fn has(&self, builds: BuildSet) -> bool {
        match self.build {
            Some(build) => self.graph.builds.contains(builds, build),
            None => !builds.is_empty(),
        }
    }

    fn add(&mut self, at: usize) {
        if !std::mem::replace(&mut self.known[at], true) {
            self.found.packages.push(GraphNode { model: self.model, graph: self.graph, at });
        }
    }

    /// Adds the imports of a package of the repository; those of its tests only where they were asked for.
    fn add_own(&mut self, from: GraphNode<'m>, with_tests: bool) {
        let graph = self.graph;
        for file in Package::new(self.model, from.at).files().filter(|file| with_tests || !file.is_test()) {
            if !self.has(graph.builds_of_file(file)) {
                continue;
            }
            for import in file.imports() {
                let Some(to) = graph.target(import) else { continue };
                self.add(to);
                let to = GraphNode { at: to, ..from };
                let constraint = file.constraint().map(ToString::to_string);
                let place = HopPlace::Own(import);
                self.found.imports.push(ListedImport { from, to, place, is_test: file.is_test(), constraint });
            }
        }
    }

    fn add_other(&mut self, from: GraphNode<'m>) {
        let graph = self.graph;
        for import in from.other().into_iter().flat_map(|other| other.imports.iter()) {
            if !self.has(import.builds) {
                continue;
            }
            let file = import.file as usize;
            let is_meant = |to: &usize| graph.path(self.model, *to) == &*import.path;
            let Some(to) = graph.edges[from.at].iter().map(|edge| edge.to).find(is_meant) else { continue };
            self.add(to);
            let place = match &graph.places[file] {
                FilePlace::InRepository(id) => HopPlace::InRepository(*id, import.span, import.line),
                FilePlace::InCache(path) => HopPlace::InCache(path, import.line),
            };
            let constraint = graph.constraints[file].as_deref().map(str::to_owned);
            let to = GraphNode { at: to, ..from };
            self.found.imports.push(ListedImport { from, to, place, is_test: false, constraint });
        }
    }
}
