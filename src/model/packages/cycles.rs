//! Cycles of imports that one build contains, and the fewest imports that break them.
//!
//! Source: `load.reusePackage`, "import cycle not allowed"; `load.TestPackagesFor`, "import cycle not allowed in test".

use super::{PackageGraph, Search, Step, Way};
use crate::go::BuildExample;
use crate::model::Import;

/// Imports that lead from a package back to it, all of them in one build. The go command does not build such a package.
#[derive(Clone, Debug)]
pub(crate) struct ImportCycle<'m> {
    /// An import for each step; the last one leads to the package of the first.
    pub(crate) imports: Vec<Import<'m>>,
    /// The imports to remove, as few steps as possible, so that these packages have no cycle; empty where that would take too
    /// long to find out.
    pub(crate) cut: Vec<Vec<Import<'m>>>,
    /// A build that has all of them.
    pub(crate) build: BuildExample,
}

/// How many steps a cut may have.
const MAX_CUT: usize = 4;
/// How many steps are tried for a cut.
const MAX_TRIES: usize = 300;
/// How many imports are looked at for a cut, and for a shorter cycle once one is known.
const MAX_WORK: usize = 20_000_000;

/// A cut that is being looked for.
struct CutSearch<'p> {
    packages: &'p [usize],
    cut: Vec<Step>,
    most: usize,
    tries: usize,
    max_tries: usize,
}

impl<'m> PackageGraph<'m> {
    /// A shortest cycle of each set of packages that import each other in one build, and one for each test that imports a package
    /// which needs the tested one. Tests in the package `x_test` may do that.
    pub(crate) fn cycles(&mut self) -> Vec<ImportCycle<'m>> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.edges.len()];
        for (package, component) in self.components.iter().enumerate() {
            members[*component].push(package);
        }
        members.retain(|packages| self.may_have_cycle(packages));
        let mut cycles = Vec::new();
        let mut is_cyclic = vec![false; self.edges.len()];
        for packages in members {
            if let Some(way) = self.shortest_cycle(&packages, &[]) {
                is_cyclic[self.components[packages[0]]] = true;
                let cut = self.smallest_cut(&packages, &way);
                cycles.extend(self.cycle(&way, &cut));
            }
        }
        for package in 0..self.test_edges.len() {
            for to in self.test_edges[package].iter().map(|edge| edge.to).collect::<Vec<_>>() {
                let is_known = is_cyclic[self.components[package]] && self.components[package] == self.components[to];
                if !is_known {
                    cycles.extend(self.cycle_in_test(Step { from: package, to }));
                }
            }
        }
        cycles
    }

    fn may_have_cycle(&self, packages: &[usize]) -> bool {
        packages.len() > 1 || packages.iter().any(|&at| self.edges[at].iter().any(|edge| edge.to == at))
    }

    /// A shortest cycle among packages that takes none of some steps.
    fn shortest_cycle(&mut self, packages: &[usize], without: &[Step]) -> Option<Way> {
        let builds = self.builds.all();
        let edges = self.edges_among(packages);
        let mut best: Option<Way> = None;
        for (tried, &start) in packages.iter().enumerate() {
            if best.is_some() && tried * edges > MAX_WORK {
                break;
            }
            // One layer more than it has steps.
            let below = best.as_ref().map_or(usize::MAX, |way| way.steps.len());
            let way = self.shortest_way(&Search { from: start, to: start, builds, without, below });
            best = way.or(best);
        }
        best
    }

    /// How many packages some packages import, each counted by itself.
    fn edges_among(&self, packages: &[usize]) -> usize {
        packages.iter().map(|&at| self.edges[at].len()).sum()
    }

    /// The cycle of a test that is compiled with its package and imports a package which needs that.
    fn cycle_in_test(&mut self, first: Step) -> Option<ImportCycle<'m>> {
        let edge = *self.test_edges[first.from].iter().find(|edge| edge.to == first.to)?;
        if first.from == first.to || self.components[first.to] < self.components[first.from] {
            return None;
        }
        let search = Search { from: first.to, to: first.from, builds: edge.builds, without: &[], below: usize::MAX };
        let way = self.shortest_way(&search)?;
        let mut imports: Vec<Import<'m>> = self.imports_of(first, true, way.builds).into_iter().take(1).collect();
        imports.extend(self.first_imports(&way));
        Some(ImportCycle { imports, cut: Vec::new(), build: self.builds.example(way.builds)? })
    }

    fn cycle(&mut self, way: &Way, cut: &[Step]) -> Option<ImportCycle<'m>> {
        let imports = self.first_imports(way);
        let all = self.builds.all();
        let cut = cut.iter().map(|step| self.imports_of(*step, false, all)).collect();
        Some(ImportCycle { imports, cut, build: self.builds.example(way.builds)? })
    }

    /// The first import of each step that takes part in the builds of a way.
    fn first_imports(&mut self, way: &Way) -> Vec<Import<'m>> {
        let mut imports = Vec::new();
        for step in &way.steps {
            imports.extend(self.imports_of(*step, false, way.builds).into_iter().next());
        }
        imports
    }

    /// The fewest steps without which some packages have no cycle; none if that takes too many tries.
    fn smallest_cut(&mut self, packages: &[usize], cycle: &Way) -> Vec<Step> {
        let work = packages.len() * self.edges_among(packages);
        let max_tries = MAX_TRIES.min(MAX_WORK / work.max(1));
        let mut search = CutSearch { packages, cut: Vec::new(), most: 0, tries: 0, max_tries };
        while search.most < MAX_CUT {
            search.most += 1;
            if self.is_cut(&mut search, cycle) {
                return search.cut;
            }
        }
        Vec::new()
    }

    /// Whether some more steps make a cut. Each cut has a step of the cycle, so each of these is tried.
    fn is_cut(&mut self, search: &mut CutSearch<'_>, cycle: &Way) -> bool {
        for step in &cycle.steps {
            search.tries += 1;
            if search.tries > search.max_tries {
                return false;
            }
            search.cut.push(*step);
            let without = search.cut.clone();
            match self.shortest_cycle(search.packages, &without) {
                None => return true,
                Some(next) if search.cut.len() < search.most && self.is_cut(search, &next) => return true,
                Some(_) => drop(search.cut.pop()),
            }
        }
        false
    }
}
