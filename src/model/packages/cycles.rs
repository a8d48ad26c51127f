//! Cycles of imports that one build contains, and the fewest imports that break them.
//!
//! Source: `load.reusePackage`, "import cycle not allowed"; `load.TestPackagesFor`, "import cycle not allowed in test".

use super::{PackageGraph, Search, Step, Way};
use crate::go::{BuildExample, BuildSet};
use crate::model::Import;

/// The cycles of imports in the repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportCycles<'m> {
    /// One for each import of a package that takes part in a cycle, and that was asked for.
    pub(crate) cycles: Vec<ImportCycle<'m>>,
    /// Whether more imports take part in cycles than could be looked at.
    pub(crate) is_partial: bool,
}

/// Imports that lead from a package back to it, all of them in one build. The go command does not build such a package.
#[derive(Clone, Debug)]
pub(crate) struct ImportCycle<'m> {
    /// An import for each step; the last one leads to the package of the first.
    pub(crate) imports: Vec<Import<'m>>,
    /// The imports to remove, as few steps as possible, so that no packages that import each other like these have a cycle; empty
    /// where that would take too long to find out.
    pub(crate) cut: Vec<Vec<Import<'m>>>,
    /// A build that has all of them.
    pub(crate) build: BuildExample,
}

/// How many steps a cut may have.
const MAX_CUT: usize = 4;
/// How many steps are tried for a cut.
const MAX_TRIES: usize = 300;
/// How many imports are looked at for a cut, and for a shorter cycle once one is known.
const MAX_CUT_WORK: usize = 5_000_000;
/// How many imports are looked at in all.
const MAX_WORK: usize = 10_000_000;

/// A cut that is being looked for.
struct CutSearch<'p> {
    packages: &'p [usize],
    cut: Vec<Step>,
    most: usize,
    tries: usize,
    max_tries: usize,
}

impl<'m> PackageGraph<'m> {
    /// For each import that takes part in a cycle, a shortest one. `is_asked` says which imports count as the first of a cycle.
    /// Tests in the package `x_test` may import packages that need `x`.
    pub(crate) fn cycles(&mut self, is_asked: &dyn Fn(Import<'m>) -> bool) -> ImportCycles<'m> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.edges.len()];
        for (package, component) in self.components.iter().enumerate() {
            members[*component].push(package);
        }
        members.retain(|packages| self.may_have_cycle(packages));
        let mut found = ImportCycles::default();
        for packages in members {
            let Some(way) = self.shortest_cycle(&packages, &[]) else { continue };
            let all = self.builds.all();
            let cut: Vec<_> =
                self.smallest_cut(&packages, &way).into_iter().map(|step| self.imports_of(step, all)).collect();
            self.add_cycles(&packages, &cut, is_asked, &mut found);
        }
        for from in 0..self.test_edges.len() {
            for edge in self.test_edges[from].clone() {
                let step = Step { from, to: edge.to, is_test: true };
                let cycle = self.cycle_through(step, edge.builds, is_asked);
                found.cycles.extend(cycle);
            }
        }
        found.is_partial = self.work > MAX_WORK;
        found
    }

    /// Adds a cycle for each import among packages that import each other.
    fn add_cycles(
        &mut self,
        packages: &[usize],
        cut: &[Vec<Import<'m>>],
        is_asked: &dyn Fn(Import<'m>) -> bool,
        found: &mut ImportCycles<'m>,
    ) {
        for &from in packages {
            for edge in self.edges[from].clone() {
                let cycle = self.cycle_through(Step::new(from, edge.to), edge.builds, is_asked);
                found.cycles.extend(cycle.map(|cycle| ImportCycle { cut: cut.to_vec(), ..cycle }));
            }
        }
    }

    /// A shortest cycle that begins with a step.
    fn cycle_through(
        &mut self,
        step: Step,
        builds: BuildSet,
        is_asked: &dyn Fn(Import<'m>) -> bool,
    ) -> Option<ImportCycle<'m>> {
        if self.components[step.to] < self.components[step.from] || self.work > MAX_WORK {
            return None;
        }
        let back = if step.from == step.to {
            Way { steps: Vec::new(), builds }
        } else {
            self.shortest_way(&Search { from: step.to, to: step.from, builds, without: &[], below: usize::MAX })?
        };
        let first = self.imports_of(step, back.builds).into_iter().find(|import| is_asked(*import))?;
        let of_file = self.builds_of(first.file());
        let mut common = self.builds.both(back.builds, of_file);
        let mut imports = vec![first];
        for step in back.steps {
            let import = self.imports_of(step, common).into_iter().next()?;
            let of_file = self.builds_of(import.file());
            common = self.builds.both(common, of_file);
            imports.push(import);
        }
        Some(ImportCycle { imports, cut: Vec::new(), build: self.builds.example(common)? })
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
            if best.is_some() && tried * edges > MAX_CUT_WORK {
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

    /// The fewest steps without which some packages have no cycle; none if that takes too many tries.
    fn smallest_cut(&mut self, packages: &[usize], cycle: &Way) -> Vec<Step> {
        let work = packages.len() * self.edges_among(packages);
        let max_tries = MAX_TRIES.min(MAX_CUT_WORK / work.max(1));
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
