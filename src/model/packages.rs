//! The graph of the repository's packages: which imports which, and in which builds.
//!
//! Packages of dependencies are not in it. None of them imports a package of the repository, unless two modules require each
//! other.

mod components;
mod cycles;

use std::collections::{BTreeMap, HashMap};

use self::components::components;
pub(crate) use self::cycles::ImportCycle;
use super::{File, Import, Model, Package};
use crate::go::{BuildConstraint, BuildSet, Builds};
use crate::text::{FastMap, RepoPath};

/// The imports between packages of the repository. A package is known by its place in the model.
#[derive(Debug)]
pub(crate) struct PackageGraph<'m> {
    model: &'m Model,
    builds: Builds,
    known: HashMap<&'m BuildConstraint, BuildSet>,
    dirs: FastMap<&'m RepoPath, usize>,
    /// The imports of each package outside of its tests.
    edges: Vec<Vec<PackageEdge>>,
    /// The imports of the tests that are compiled with each package, which are those without `_test` in their package clause.
    test_edges: Vec<Vec<PackageEdge>>,
    /// Packages that import each other, directly or not, in whatever builds have the same number. No import leads to a
    /// higher number.
    components: Vec<usize>,
}

/// The imports of one package by another.
#[derive(Clone, Copy, Debug)]
struct PackageEdge {
    to: usize,
    /// The builds in which one of the importing files takes part.
    builds: BuildSet,
}

/// A step from one package to another that it imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    from: usize,
    to: usize,
}

/// A way along imports, and the builds that have all of them.
#[derive(Clone, Debug)]
struct Way {
    steps: Vec<Step>,
    builds: BuildSet,
}

/// The ends of a way that is looked for.
struct Search<'c> {
    from: usize,
    to: usize,
    /// The builds that count.
    builds: BuildSet,
    /// The steps that it must not take.
    without: &'c [Step],
    /// It has fewer steps.
    below: usize,
}

impl<'m> PackageGraph<'m> {
    /// The graph of all packages.
    pub(crate) fn new(model: &'m Model) -> Self {
        let mut graph = Self {
            model,
            builds: Builds::default(),
            known: HashMap::new(),
            dirs: model.packages.iter().zip(0..).map(|(package, at)| (&package.dir, at)).collect(),
            edges: Vec::new(),
            test_edges: Vec::new(),
            components: Vec::new(),
        };
        for package in model.packages() {
            let (mut edges, mut test_edges) = (Vec::new(), Vec::new());
            for file in package.files().filter(|file| !is_external_test(*file)) {
                let edges = if file.is_test() { &mut test_edges } else { &mut edges };
                graph.add_imports(file, edges);
            }
            graph.edges.push(edges);
            graph.test_edges.push(test_edges);
        }
        graph.components = components(&graph.edges);
        graph
    }

    fn add_imports(&mut self, file: File<'m>, edges: &mut Vec<PackageEdge>) {
        let builds = self.builds_of(file);
        if builds.is_empty() {
            return;
        }
        for import in file.imports() {
            let Some(to) = self.imported(import) else { continue };
            match edges.iter_mut().find(|known| known.to == to) {
                Some(known) => known.builds = self.builds.either(known.builds, builds),
                None => edges.push(PackageEdge { to, builds }),
            }
        }
    }

    fn builds_of(&mut self, file: File<'m>) -> BuildSet {
        match file.constraint() {
            _ if file.is_never_built() => BuildSet::NONE,
            None => self.builds.all(),
            Some(constraint) => *self.known.entry(constraint).or_insert_with(|| self.builds.of(Some(constraint))),
        }
    }

    /// The package of the repository that an import leads to.
    fn imported(&self, import: Import<'m>) -> Option<usize> {
        self.dirs.get(&import.own_dir()?).copied()
    }

    /// The imports that make up a step, in the builds that count.
    fn imports_of(&mut self, step: Step, is_test: bool, builds: BuildSet) -> Vec<Import<'m>> {
        let mut imports = Vec::new();
        for file in Package::new(self.model, step.from).files() {
            if file.is_test() != is_test || is_external_test(file) {
                continue;
            }
            let of_file = self.builds_of(file);
            if self.builds.both(of_file, builds).is_empty() {
                continue;
            }
            imports.extend(file.imports().find(|import| self.imported(*import) == Some(step.to)));
        }
        imports
    }

    /// A shortest way on which all imports take part in one build. It leads from package to package outside of tests, and has one
    /// step at least.
    fn shortest_way(&mut self, search: &Search<'_>) -> Option<Way> {
        // For each number of steps, the packages that some builds reach with so many and not with fewer.
        let mut reached = vec![BTreeMap::from([(search.from, search.builds)])];
        let mut seen: FastMap<usize, BuildSet> = FastMap::default();
        while reached.len() < search.below {
            let mut next: BTreeMap<usize, BuildSet> = BTreeMap::new();
            for (&from, &builds) in &reached[reached.len() - 1] {
                for edge in &self.edges[from] {
                    let is_cut = search.without.contains(&Step { from, to: edge.to });
                    if is_cut || self.components[edge.to] < self.components[search.to] {
                        continue;
                    }
                    let here = self.builds.both(builds, edge.builds);
                    let known = seen.get(&edge.to).copied().unwrap_or(BuildSet::NONE);
                    let new = self.builds.without(here, known);
                    if !new.is_empty() {
                        let all = next.entry(edge.to).or_insert(BuildSet::NONE);
                        *all = self.builds.either(*all, new);
                    }
                }
            }
            if next.is_empty() {
                return None;
            }
            let arrived = next.get(&search.to).copied();
            reached.push(next);
            if let Some(builds) = arrived {
                return Some(self.way_back(&reached, search, builds));
            }
            for (&package, &builds) in &reached[reached.len() - 1] {
                let all = seen.entry(package).or_insert(BuildSet::NONE);
                *all = self.builds.either(*all, builds);
            }
            if self.builds.is_exhausted() && reached.len() > self.edges.len() {
                return None;
            }
        }
        None
    }

    /// The way that ends at the last of the packages that were reached, in some of its builds.
    fn way_back(&mut self, reached: &[BTreeMap<usize, BuildSet>], search: &Search<'_>, builds: BuildSet) -> Way {
        let mut way = Way { steps: Vec::new(), builds };
        let mut to = search.to;
        for layer in reached[..reached.len() - 1].iter().rev() {
            let step = layer.iter().find_map(|(&from, &at)| {
                let step = Step { from, to };
                let edge = self.edges[from].iter().find(|edge| edge.to == to && !search.without.contains(&step))?;
                let with_edge = self.builds.both(at, edge.builds);
                let builds = self.builds.both(with_edge, way.builds);
                if builds.is_empty() { None } else { Some((step, builds)) }
            });
            let (step, builds) = step.expect("each package was reached from one before it");
            way.steps.push(step);
            way.builds = builds;
            to = step.from;
        }
        way.steps.reverse();
        way
    }
}

/// Whether a file is of the package of tests beside its package, which is compiled by itself.
fn is_external_test(file: File<'_>) -> bool {
    file.is_test() && file.package_name().is_some_and(|name| name.ends_with("_test"))
}
