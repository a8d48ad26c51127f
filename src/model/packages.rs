//! The graph of the repository's packages: which imports which, and in which builds.
//!
//! Packages of dependencies are not in it. None of them imports a package of the repository, unless two modules require each
//! other. `imports` has a graph with them.

mod affected;
mod chains;
mod changed;
mod components;
mod cuts;
mod cycles;
mod edge;
mod imports;
mod listed;
mod outside;

use std::collections::{BTreeMap, HashMap};

pub(crate) use self::affected::{AffectedPackage, AffectedPart, ChangedParts};
pub(crate) use self::chains::{ChainHop, ChainRules, Chains, HopPlace, ImportChain};
pub(crate) use self::changed::{ComparedState, EmbedsByFile};
use self::components::components;
pub(crate) use self::cycles::ImportCycle;
use self::edge::PackageEdge;
pub(crate) use self::imports::{GraphNode, ImportGraph, NodeKind};
pub(crate) use self::listed::{ListedGraph, ListedImport};
pub(crate) use self::outside::{FilePlace, OutsideContents, OutsideFile, OutsideSource, Unread};
use super::{File, Import, Model, Module, Package, ResolutionKind};
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
    /// The imports of the tests that are compiled with each package.
    test_edges: Vec<Vec<PackageEdge>>,
    /// Packages that import each other, directly or not, in whatever builds have the same number. No import leads to a
    /// higher number.
    components: Vec<usize>,
    /// How many imports were looked at.
    work: usize,
}

/// A step from one package to another that it imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    from: usize,
    to: usize,
    /// Whether a test of the package imports the other.
    is_test: bool,
}

impl Step {
    fn new(from: usize, to: usize) -> Self {
        Self { from, to, is_test: false }
    }
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
    /// The graph of all packages, in all builds, or in those with exactly these `-tags`.
    pub(crate) fn new(model: &'m Model, tags: Option<&[String]>) -> Self {
        let mut graph = Self {
            model,
            builds: Builds::default(),
            known: HashMap::new(),
            dirs: model.packages.iter().zip(0..).map(|(package, at)| (&package.dir, at)).collect(),
            edges: Vec::new(),
            test_edges: Vec::new(),
            components: Vec::new(),
            work: 0,
        };
        for package in model.packages() {
            let one_name = graph.builds_with_one_name(package);
            let (mut edges, mut test_edges) = (Vec::new(), Vec::new());
            for file in package.files().filter(|file| !is_apart(*file)) {
                let of_file = graph.builds_of(file);
                let builds = graph.builds.both(of_file, one_name);
                graph.add_imports(file, builds, if file.is_test() { &mut test_edges } else { &mut edges });
            }
            graph.edges.push(edges);
            graph.test_edges.push(test_edges);
        }
        if let Some(tags) = tags {
            let asked = graph.builds.with_tags(tags);
            for edge in graph.edges.iter_mut().chain(&mut graph.test_edges).flatten() {
                edge.builds = graph.builds.both(edge.builds, asked);
            }
        }
        graph.components = components(&graph.edges);
        graph
    }

    /// Whether the builds could not be told apart, because there are too many tags.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.builds.is_exhausted()
    }

    /// The builds in which the files of a package outside of tests have one name in their package clauses. The go command refuses
    /// others (`build.MultiplePackageError`); a program beside a package, which `go run` names by its file, has a tag of its own.
    fn builds_with_one_name(&mut self, package: Package<'m>) -> BuildSet {
        let mut by_name: BTreeMap<&str, BuildSet> = BTreeMap::new();
        for file in package.files().filter(|file| !file.is_test() && !is_apart(*file)) {
            let builds = self.builds_of(file);
            let all = by_name.entry(file.package_name().unwrap_or_default()).or_insert(BuildSet::NONE);
            *all = self.builds.either(*all, builds);
        }
        let (mut seen, mut valid) = (BuildSet::NONE, self.builds.all());
        for builds in by_name.into_values() {
            let twice = self.builds.both(seen, builds);
            valid = self.builds.without(valid, twice);
            seen = self.builds.either(seen, builds);
        }
        valid
    }

    fn add_imports(&mut self, file: File<'m>, builds: BuildSet, edges: &mut Vec<PackageEdge>) {
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

    /// The builds that have a file. One with `import "C"` needs cgo, and a module that states Go 1.21 or newer needs that release.
    fn builds_of(&mut self, file: File<'m>) -> BuildSet {
        let mut builds = match file.constraint() {
            _ if file.is_never_built() => return BuildSet::NONE,
            None => self.builds.all(),
            Some(constraint) => *self.known.entry(constraint).or_insert_with(|| self.builds.of(Some(constraint))),
        };
        if file.imports().any(|import| import.path() == "C") {
            let with_cgo = self.builds.of(Some(&BuildConstraint::tag("cgo")));
            builds = self.builds.both(builds, with_cgo);
        }
        if let Some(minor) = needed_release(file.package().module()) {
            let with_release = self.builds.of(Some(&BuildConstraint::tag(format!("go1.{minor}"))));
            builds = self.builds.both(builds, with_release);
        }
        builds
    }

    /// The package of the repository whose files an import takes. A module that is required at a version is not the one in the
    /// repository, unless a `replace` line makes it so.
    fn imported(&self, import: Import<'m>) -> Option<usize> {
        let resolution = import.resolution();
        let dir = match (resolution.kind, &resolution.module) {
            (ResolutionKind::Main | ResolutionKind::Workspace, _) => import.own_dir()?,
            (ResolutionKind::Module, Some(module)) => {
                let home = import.file().package().module().universe().home_dir(module)?;
                home.join(module.subpath(import.path())?)
            }
            _ => return None,
        };
        self.dirs.get(&dir).copied()
    }

    /// The imports that make up a step, in the builds that count.
    fn imports_of(&mut self, step: Step, builds: BuildSet) -> Vec<Import<'m>> {
        let mut imports = Vec::new();
        for file in Package::new(self.model, step.from).files() {
            if file.is_test() != step.is_test || is_apart(file) {
                continue;
            }
            let of_file = self.builds_of(file);
            if !self.builds.both(of_file, builds).is_empty() {
                imports.extend(file.imports().find(|import| self.imported(*import) == Some(step.to)));
            }
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
                    self.work += 1;
                    let is_cut = search.without.contains(&Step::new(from, edge.to));
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
                let step = Step::new(from, to);
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

/// Whether a file is not compiled with its package: it is in the package of tests beside it, or it is documentation.
fn is_apart(file: File<'_>) -> bool {
    let Some(name) = file.package_name() else { return false };
    let is_of_package = || file.package().files().any(|other| !other.is_test() && other.package_name() == Some(name));
    name == "documentation" || (file.is_test() && name.ends_with("_test") && !is_of_package())
}

/// The release of Go that a module needs, as its minor version; `None` if older releases build it as well.
fn needed_release(module: Module<'_>) -> Option<u32> {
    let text = module.go_mod().go.as_ref()?.value.to_string();
    let minor: u32 = text.strip_prefix("1.")?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some(minor).filter(|minor| *minor >= 21)
}
