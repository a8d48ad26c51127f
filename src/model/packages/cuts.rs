//! The fewest imports of the repository without which a package does not reach another: a smallest cut (Ford and Fulkerson 1956)
//! in which only imports in the repository's own packages count, since nobody can remove others.
//!
//! Builds are not told apart here, so where no build has all chains, a smaller cut may do for each build.

use std::collections::VecDeque;

use super::chains::{Chains, WaysTo};
use crate::model::Import;
use crate::text::FastMap;

/// How many steps a cut may have.
const MAX_CUT: usize = 3;
/// How many imports are looked at for cuts in all.
const MAX_CUT_WORK: usize = 2_000_000;

/// The part of the graph that lies on chains from one package, which is the first one of it.
#[derive(Default)]
struct Region {
    /// The number that each package has in the graph.
    packages: Vec<usize>,
    target: usize,
    imports: Vec<RegionImport>,
    /// The imports of each package, and those by which others import it.
    around: Vec<Vec<usize>>,
    work: usize,
}

/// An import of one package of a region by another.
struct RegionImport {
    from: usize,
    to: usize,
    /// Whether it is in a package of the repository, so that it can be removed.
    is_own: bool,
    /// How many ways lead along it.
    flow: usize,
}

impl<'m> Chains<'m> {
    /// Imports of the repository, those of one step together, without which no chain leads from a package to the target; of several
    /// such sets the one that is nearest to the target. Empty if it would have more than a few steps, or takes too long to find.
    pub(crate) fn cut(&mut self, ways: &WaysTo<'_>, target: usize, imports: &[Import<'m>]) -> Vec<Vec<Import<'m>>> {
        let Some(first) = imports.first().filter(|_| self.cut_work < MAX_CUT_WORK) else { return Vec::new() };
        let source = first.file().package().index();
        let starts: Vec<usize> = imports.iter().filter_map(|import| self.graph.target(*import)).collect();
        let mut region = self.region(ways, source, target, &starts);
        let steps = region.smallest_cut();
        self.cut_work += region.work;
        let mut cut = Vec::new();
        for (from, to) in steps.into_iter().map(|(from, to)| (region.packages[from], region.packages[to])) {
            let of_package: Vec<Import<'m>> = if from == source {
                imports.iter().copied().filter(|import| self.graph.target(*import) == Some(to)).collect()
            } else {
                self.imports_between(from, to).collect()
            };
            cut.push(of_package);
        }
        cut
    }

    fn region(&self, ways: &WaysTo<'_>, source: usize, target: usize, starts: &[usize]) -> Region {
        let mut region = Region::default();
        let mut places: FastMap<usize, usize> = FastMap::default();
        region.add(source, &mut places);
        region.target = region.add(target, &mut places);
        let counts = |package: usize| package == target || (!ways.rules.closed[package] && ways.has_chain(package));
        let mut at = 0;
        while at < region.packages.len() {
            let package = region.packages[at];
            let all = self.graph.edges[package].iter().map(|edge| edge.to);
            let mut next: Vec<usize> = match package {
                _ if at == 0 => starts.to_vec(),
                _ if package == target => Vec::new(),
                _ => all.collect(),
            };
            next.retain(|to| *to != source && counts(*to));
            next.sort_unstable();
            next.dedup();
            region.work += next.len();
            let is_own = self.graph.package(package).is_some();
            for to in next {
                let to = region.add(to, &mut places);
                region.around[at].push(region.imports.len());
                region.around[to].push(region.imports.len());
                region.imports.push(RegionImport { from: at, to, is_own, flow: 0 });
            }
            at += 1;
        }
        region
    }
}

impl RegionImport {
    /// Whether one more way may lead along it. One of a package of the repository carries one way.
    fn is_open(&self) -> bool {
        self.flow == 0 || !self.is_own
    }
}

impl Region {
    /// The place of a package, which is added unless it is there.
    fn add(&mut self, package: usize, places: &mut FastMap<usize, usize>) -> usize {
        let place = *places.entry(package).or_insert(self.packages.len());
        if place == self.packages.len() {
            self.packages.push(package);
            self.around.push(Vec::new());
        }
        place
    }

    fn smallest_cut(&mut self) -> Vec<(usize, usize)> {
        for _ in 0..=MAX_CUT {
            if !self.add_way() {
                return self.saturated();
            }
        }
        Vec::new()
    }

    /// Adds one more way to those that share no import of the repository; whether there is one.
    fn add_way(&mut self) -> bool {
        let mut before: Vec<Option<usize>> = vec![None; self.packages.len()];
        let mut queue = VecDeque::from([0]);
        while let Some(at) = queue.pop_front().filter(|_| before[self.target].is_none()) {
            for &number in &self.around[at] {
                self.work += 1;
                let import = &self.imports[number];
                let next = match import {
                    _ if import.from == at && import.is_open() => import.to,
                    _ if import.to == at && import.flow > 0 => import.from,
                    _ => continue,
                };
                if next != 0 && before[next].is_none() {
                    before[next] = Some(number);
                    queue.push_back(next);
                }
            }
        }
        let mut at = self.target;
        while at != 0 {
            let Some(number) = before[at] else { return false };
            let import = &mut self.imports[number];
            if import.to == at {
                import.flow += 1;
                at = import.from;
            } else {
                import.flow -= 1;
                at = import.to;
            }
        }
        true
    }

    /// The imports that lead to the packages from which one more way to the target would be open.
    fn saturated(&mut self) -> Vec<(usize, usize)> {
        let mut near = vec![false; self.packages.len()];
        near[self.target] = true;
        let mut queue = VecDeque::from([self.target]);
        while let Some(at) = queue.pop_front() {
            for &number in &self.around[at] {
                self.work += 1;
                let import = &self.imports[number];
                let before = match import {
                    _ if import.to == at && import.is_open() => import.from,
                    _ if import.from == at && import.flow > 0 => import.to,
                    _ => continue,
                };
                if !near[before] {
                    near[before] = true;
                    queue.push_back(before);
                }
            }
        }
        let cut = self.imports.iter().filter(|import| !near[import.from] && near[import.to]);
        cut.map(|import| (import.from, import.to)).collect()
    }
}
