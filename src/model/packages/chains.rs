//! Chains of imports from a package of the repository to one that it must not reach, all of them in one build.
//!
//! For each package that is looked for, one search backwards finds the shortest chains from all packages at once.

use std::collections::BTreeMap;

use super::imports::{GraphNode, ImportGraph, OtherImport};
use super::needed_release;
use super::outside::FilePlace;
use crate::go::{BuildConstraint, BuildExample, BuildSet, Builds};
use crate::model::{Import, Model, Package};
use crate::text::{FastMap, FileId, Span};

/// A search for chains in one set of builds.
#[derive(Debug)]
pub(crate) struct Chains<'m> {
    pub(super) model: &'m Model,
    pub(super) graph: &'m ImportGraph,
    builds: Builds,
    asked: BuildSet,
    /// How many imports were looked at.
    work: usize,
    /// How many were looked at for cuts.
    pub(super) cut_work: usize,
}

/// Which chains count, by the numbers of packages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainRules<'r> {
    /// Packages through which no chain counts.
    pub(crate) closed: &'r [bool],
    /// Packages of which a chain has to go through one.
    pub(crate) via: Option<&'r [bool]>,
}

/// The shortest chains to some packages from all others.
#[derive(Clone, Debug)]
pub(crate) struct WaysTo<'r> {
    pub(super) rules: ChainRules<'r>,
    /// For each place that a package can have in a chain, the numbers of steps to the target, the fewest first, each with the builds that
    /// have no chain with fewer.
    lengths: Vec<Vec<Length>>,
}

/// A number of steps to the target, and the builds.
#[derive(Clone, Copy, Debug)]
struct Length {
    steps: usize,
    builds: BuildSet,
}

/// A package on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Station {
    package: usize,
    /// Whether the rest of the chain goes through one of the packages that it has to go through.
    is_through: bool,
}

/// A chain that one build contains.
#[derive(Clone, Debug)]
pub(crate) struct ImportChain<'m> {
    /// Its imports; the first one is of the package that was asked about.
    pub(crate) hops: Vec<ChainHop<'m>>,
    /// A build that has all of them; `None` if every build of the module has.
    pub(crate) build: Option<BuildExample>,
    /// How many other packages the first one imports from which there is a chain.
    pub(crate) others: usize,
}

/// An import on a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainHop<'m> {
    /// The importing package.
    pub(crate) from: GraphNode<'m>,
    /// The imported package.
    pub(crate) to: GraphNode<'m>,
    /// Where the import is.
    pub(crate) place: HopPlace<'m>,
}

/// Where an import is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HopPlace<'m> {
    /// In a file of a package of the repository.
    Own(Import<'m>),
    /// In another file of the repository, one of a vendored package.
    InRepository(FileId, Span, u32),
    /// In the module cache: the module with its version, the path in it, and the line.
    InCache(&'m str, u32),
}

/// A chain as far as it is worked out.
struct Trail {
    packages: Vec<usize>,
    builds: BuildSet,
}

/// How many imports are looked at in all.
const MAX_WORK: usize = 20_000_000;

impl<'m> Chains<'m> {
    /// A search in all builds, or in those with exactly these `-tags`.
    pub(crate) fn new(model: &'m Model, graph: &'m ImportGraph, tags: Option<&[String]>) -> Self {
        let mut builds = graph.builds.clone();
        let asked = match tags {
            Some(tags) => builds.with_tags(tags),
            None => builds.all(),
        };
        Self { model, graph, builds, asked, work: 0, cut_work: 0 }
    }

    /// All packages, by their numbers.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = GraphNode<'m>> + use<'m> {
        let (model, graph) = (self.model, self.graph);
        (0..graph.edges.len()).map(move |at| GraphNode { model, graph, at })
    }

    /// Whether something could not be worked out, because there are too many imports or build tags.
    pub(crate) fn is_partial(&self) -> bool {
        self.work > MAX_WORK || self.is_exhausted()
    }

    /// Whether the chains to so many packages may be more than can be looked at. The builds divide an import into a few cases at most.
    pub(crate) fn may_be_too_many(&self, targets: usize) -> bool {
        const CASES: usize = 64;
        targets.saturating_mul(self.graph.imports).saturating_mul(CASES) > MAX_WORK
    }

    /// Whether the builds cannot be told apart, because there are too many tags.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.builds.is_exhausted()
    }

    /// The number of a package of the repository.
    pub(crate) fn number(&self, package: Package<'m>) -> usize {
        package.index()
    }

    /// Whether an import is of this package.
    pub(crate) fn leads_to(&self, import: Import<'m>, target: usize) -> bool {
        self.graph.target(import) == Some(target)
    }

    fn node(&self, at: usize) -> GraphNode<'m> {
        GraphNode { model: self.model, graph: self.graph, at }
    }

    /// The shortest chains to some packages. A chain ends at the first of them.
    pub(crate) fn ways_to<'r>(&mut self, targets: &[usize], rules: ChainRules<'r>) -> WaysTo<'r> {
        let mut ways = WaysTo { rules, lengths: vec![Vec::new(); 2 * self.graph.edges.len()] };
        let mut known = vec![BuildSet::NONE; ways.lengths.len()];
        let mut last = Vec::new();
        for &package in targets {
            let end = Station { package, is_through: rules.via.is_none() };
            ways.lengths[end.number()].push(Length { steps: 0, builds: self.asked });
            last.push((end, self.asked));
        }
        let mut steps = 0;
        while !last.is_empty() && !self.is_partial() {
            last = self.layer_before(&ways, &last, &known, steps);
            steps += 1;
            for &(station, builds) in &last {
                ways.lengths[station.number()].push(Length { steps, builds });
                let all = &mut known[station.number()];
                *all = self.builds.either(*all, builds);
            }
        }
        ways
    }

    /// The packages that import one of the last layer, in builds that have no shorter chain, in order.
    fn layer_before(
        &mut self,
        ways: &WaysTo<'_>,
        last: &[(Station, BuildSet)],
        known: &[BuildSet],
        steps: usize,
    ) -> Vec<(Station, BuildSet)> {
        let mut next: FastMap<usize, BuildSet> = FastMap::default();
        for &(station, builds) in last {
            if steps > 0 && ways.rules.closed[station.package] {
                continue;
            }
            let is_through = station.is_through || (steps > 0 && ways.is_via(station.package));
            for edge in &self.graph.into[station.package] {
                self.work += 1;
                let before = Station { package: edge.to, is_through }.number();
                let here = self.builds.both(builds, edge.builds);
                let new = self.builds.without(here, known[before]);
                if !new.is_empty() {
                    let all = next.entry(before).or_insert(BuildSet::NONE);
                    *all = self.builds.either(*all, new);
                }
            }
        }
        let mut layer: Vec<_> = next.into_iter().map(|(number, builds)| (Station::of(number), builds)).collect();
        layer.sort_unstable_by_key(|(station, _)| *station);
        layer
    }

    /// A shortest chain that begins with one of these imports, which are all of the same package.
    pub(crate) fn chain(&mut self, ways: &WaysTo<'_>, imports: &[Import<'m>]) -> Option<ImportChain<'m>> {
        let mut starts: BTreeMap<usize, Import<'m>> = BTreeMap::new();
        let mut best: Option<(usize, Import<'m>, usize, BuildSet)> = None;
        for &import in imports {
            let Some(first) = self.graph.target(import) else { continue };
            let of_file = self.graph.builds_of(import);
            let of_file = self.builds.both(of_file, self.asked);
            let Some((steps, builds)) = self.fewest_steps(ways, first, of_file) else { continue };
            starts.entry(first).or_insert(import);
            if best.is_none_or(|(_, _, known, _)| steps < known) {
                best = Some((first, import, steps, builds));
            }
        }
        let (first, import, steps, builds) = best?;
        let trail = self.trail(ways, first, steps, builds)?;
        let mut chain = self.with_places(import, &trail)?;
        chain.others = starts.len() - 1;
        Some(chain)
    }

    /// The fewest steps from a package to the target in some of these builds, and in which.
    fn fewest_steps(&mut self, ways: &WaysTo<'_>, first: usize, builds: BuildSet) -> Option<(usize, BuildSet)> {
        let mut best: Option<(usize, BuildSet)> = None;
        for is_through in [true, false] {
            for length in &ways.lengths[Station { package: first, is_through }.number()] {
                let is_further = best.is_some_and(|(steps, _)| steps <= length.steps);
                if is_further || (length.steps > 0 && ways.rules.closed[first]) {
                    break;
                }
                let counts = is_through || (length.steps > 0 && ways.is_via(first));
                let both = self.builds.both(length.builds, builds);
                if counts && !both.is_empty() {
                    best = Some((length.steps, both));
                }
            }
        }
        best
    }

    /// The packages of a chain from one that has so many steps to go.
    fn trail(&mut self, ways: &WaysTo<'_>, first: usize, steps: usize, builds: BuildSet) -> Option<Trail> {
        let mut trail = Trail { packages: vec![first], builds };
        let mut stations = ways.stations(first, true, steps);
        let mut at = stations.find(|station| !self.builds.both(ways.builds_at(*station, steps), builds).is_empty())?;
        for to_go in (0..steps).rev() {
            let (next, builds) = self.next_station(ways, at, to_go, trail.builds)?;
            trail.packages.push(next.package);
            trail.builds = builds;
            at = next;
        }
        Some(trail)
    }

    fn next_station(
        &mut self,
        ways: &WaysTo<'_>,
        from: Station,
        to_go: usize,
        builds: BuildSet,
    ) -> Option<(Station, BuildSet)> {
        for edge in &self.graph.edges[from.package] {
            if to_go > 0 && ways.rules.closed[edge.to] {
                continue;
            }
            for station in ways.stations(edge.to, from.is_through, to_go) {
                let with_edge = self.builds.both(ways.builds_at(station, to_go), edge.builds);
                let both = self.builds.both(with_edge, builds);
                if !both.is_empty() {
                    return Some((station, both));
                }
            }
        }
        None
    }

    /// The chain with the place of each import.
    fn with_places(&mut self, first: Import<'m>, trail: &Trail) -> Option<ImportChain<'m>> {
        let of_file = self.graph.builds_of(first);
        let mut common = self.builds.both(trail.builds, of_file);
        let mut from = first.file().package().index();
        let mut hops = Vec::new();
        for &to in &trail.packages {
            let place = if hops.is_empty() {
                HopPlace::Own(first)
            } else {
                let (place, builds) = self.place(from, to, common)?;
                common = self.builds.both(common, builds);
                place
            };
            hops.push(ChainHop { from: self.node(from), to: self.node(to), place });
            from = to;
        }
        let build = self.build_of(first, common);
        Some(ImportChain { hops, build, others: 0 })
    }

    /// Where a package imports another outside of tests, in some of these builds.
    fn place(&mut self, from: usize, to: usize, builds: BuildSet) -> Option<(HopPlace<'m>, BuildSet)> {
        if from < self.graph.own {
            for import in self.imports_between(from, to) {
                let of_file = self.graph.builds_of(import);
                if !self.builds.both(of_file, builds).is_empty() {
                    return Some((HopPlace::Own(import), of_file));
                }
            }
            return None;
        }
        let graph = self.graph;
        for import in graph.imports_of(from, graph.path(self.model, to)) {
            if !self.builds.both(import.builds, builds).is_empty() {
                return Some((hop_place(graph, import), import.builds));
            }
        }
        None
    }

    /// The imports of a package of the repository by another, outside of tests.
    pub(super) fn imports_between(&self, from: usize, to: usize) -> impl Iterator<Item = Import<'m>> + use<'m> {
        let graph = self.graph;
        let path = graph.path(self.model, to);
        let package = graph.package(from).map(|at| Package::new(self.model, at));
        let files = package.into_iter().flat_map(Package::files).filter(|file| !file.is_test());
        files.flat_map(|file| file.imports()).filter(move |import| {
            if from < graph.own { graph.target(*import) == Some(to) } else { import.path() == path }
        })
    }

    /// A build that has the whole chain; `None` if all builds that the module is for have it.
    fn build_of(&mut self, first: Import<'m>, builds: BuildSet) -> Option<BuildExample> {
        let release = needed_release(first.file().package().module()).map(|minor| format!("go1.{minor}"));
        let with_release = release.as_ref().map(|tag| self.builds.of(Some(&BuildConstraint::tag(tag))));
        let whole = with_release.unwrap_or_else(|| self.builds.all());
        if self.builds.without(whole, builds).is_empty() {
            return None;
        }
        let mut example = self.builds.example(builds)?;
        example.tags.retain(|tag| Some(&**tag) != release.as_deref());
        Some(example)
    }

    /// The first of these imports, each with the package to which it leads, from which there is a chain.
    pub(crate) fn first_step(
        &mut self,
        ways: &WaysTo<'_>,
        imports: &[Import<'m>],
    ) -> Option<(Import<'m>, GraphNode<'m>)> {
        for &import in imports {
            let Some(first) = self.graph.target(import) else { continue };
            let of_file = self.graph.builds_of(import);
            let of_file = self.builds.both(of_file, self.asked);
            if let Some((steps, builds)) = self.fewest_steps(ways, first, of_file) {
                let end = self.trail(ways, first, steps, builds).and_then(|trail| trail.packages.last().copied());
                return end.map(|end| (import, self.node(end)));
            }
        }
        None
    }
}

impl WaysTo<'_> {
    fn is_via(&self, package: usize) -> bool {
        self.rules.via.is_some_and(|via| via[package])
    }

    /// The places that a package can have in a chain of which so many steps are to go, where the part before it needs
    /// the chain to go through one of the packages that count, or must not have it so.
    fn stations(&self, package: usize, is_through: bool, to_go: usize) -> impl Iterator<Item = Station> + use<> {
        let counts = to_go > 0 && self.is_via(package);
        let both = [Station { package, is_through: true }, Station { package, is_through: false }];
        both.into_iter().filter(move |station| (station.is_through || counts) == is_through)
    }

    /// The builds in which a package at this place has so many steps to go, and not fewer.
    fn builds_at(&self, station: Station, steps: usize) -> BuildSet {
        let lengths = &self.lengths[station.number()];
        lengths.iter().find(|length| length.steps == steps).map_or(BuildSet::NONE, |length| length.builds)
    }

    /// Whether a package leads to the target by at least one step.
    pub(crate) fn has_chain(&self, package: usize) -> bool {
        let places = [true, false].map(|is_through| Station { package, is_through }.number());
        places.iter().any(|place| self.lengths[*place].iter().any(|length| length.steps > 0))
    }
}

impl Station {
    fn number(self) -> usize {
        2 * self.package + usize::from(self.is_through)
    }

    fn of(number: usize) -> Self {
        Self { package: number / 2, is_through: number % 2 == 1 }
    }
}

fn hop_place<'m>(graph: &'m ImportGraph, import: &OtherImport) -> HopPlace<'m> {
    match &graph.places[import.file as usize] {
        FilePlace::InRepository(file) => HopPlace::InRepository(*file, import.span, import.line),
        FilePlace::InCache(path) => HopPlace::InCache(path, import.line),
    }
}
