//! The fewest imports of the repository without which a package does not reach another: a smallest cut (Ford and Fulkerson 1956)
//! in which only imports in the repository's own packages count, since nobody can remove others.
//!
//! Builds are not told apart here, so where no build has all chains, a smaller cut may do for each build.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::chains::{Chains, WaysTo};
use crate::model::Import;

/// How many steps a cut may have.
const MAX_CUT: usize = 3;
/// How many imports are looked at for cuts in all.
const MAX_CUT_WORK: usize = 5_000_000;

/// The part of the graph that lies on chains from one package.
struct Region {
    source: usize,
    target: usize,
    /// The imports, by importing package.
    from: BTreeMap<usize, Vec<usize>>,
    /// The same, by imported package.
    into: HashMap<usize, Vec<usize>>,
    /// How many ways lead along an import.
    flow: HashMap<(usize, usize), usize>,
    /// The packages of the repository, whose imports can be removed.
    own: HashSet<usize>,
    work: usize,
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
        for (from, to) in steps {
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
        let mut region = Region {
            source,
            target,
            from: BTreeMap::new(),
            into: HashMap::new(),
            flow: HashMap::new(),
            own: HashSet::new(),
            work: 0,
        };
        let counts = |package: usize| package == target || (!ways.rules.closed[package] && ways.has_chain(package));
        let mut pending = vec![source];
        while let Some(from) = pending.pop() {
            if region.from.contains_key(&from) || (from == target && from != source) {
                continue;
            }
            let all = self.graph.edges[from].iter().map(|edge| edge.to);
            let mut next: Vec<usize> = if from == source { starts.to_vec() } else { all.collect() };
            next.retain(|to| *to != source && counts(*to));
            next.sort_unstable();
            next.dedup();
            for &to in &next {
                region.into.entry(to).or_default().push(from);
            }
            region.work += next.len();
            if self.graph.package(from).is_some() {
                region.own.insert(from);
            }
            pending.extend(&next);
            region.from.insert(from, next);
        }
        region
    }
}

impl Region {
    fn smallest_cut(&mut self) -> Vec<(usize, usize)> {
        for _ in 0..=MAX_CUT {
            if !self.add_way() {
                return self.saturated();
            }
        }
        Vec::new()
    }

    /// How many more ways an import could carry. One of a package of the repository carries one way.
    fn is_open(&self, from: usize, to: usize) -> bool {
        let carried = self.flow.get(&(from, to)).copied().unwrap_or(0);
        let is_import = self.from.get(&from).is_some_and(|next| next.contains(&to));
        let back = self.flow.get(&(to, from)).copied().unwrap_or(0);
        back > 0 || (is_import && (carried == 0 || !self.own.contains(&from)))
    }

    /// The packages beside one, in either direction.
    fn neighbours(&self, at: usize) -> Vec<usize> {
        let next = self.from.get(&at).into_iter().flatten();
        next.chain(self.into.get(&at).into_iter().flatten()).copied().collect()
    }

    /// Adds one more way to those that share no import of the repository; whether there is one.
    fn add_way(&mut self) -> bool {
        let mut before: HashMap<usize, usize> = HashMap::from([(self.source, self.source)]);
        let mut queue = VecDeque::from([self.source]);
        while let Some(at) = queue.pop_front() {
            for next in self.neighbours(at) {
                self.work += 1;
                if !before.contains_key(&next) && self.is_open(at, next) {
                    before.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        let mut at = self.target;
        while at != self.source {
            let Some(&from) = before.get(&at) else { return false };
            match self.flow.get_mut(&(at, from)).filter(|back| **back > 0) {
                Some(back) => *back -= 1,
                None => *self.flow.entry((from, at)).or_default() += 1,
            }
            at = from;
        }
        true
    }

    /// The imports that lead to the packages from which one more way to the target would be open.
    fn saturated(&mut self) -> Vec<(usize, usize)> {
        let mut near = BTreeSet::from([self.target]);
        let mut queue = VecDeque::from([self.target]);
        while let Some(at) = queue.pop_front() {
            for before in self.neighbours(at) {
                self.work += 1;
                if !near.contains(&before) && self.is_open(before, at) {
                    near.insert(before);
                    queue.push_back(before);
                }
            }
        }
        let mut cut = Vec::new();
        for (&from, next) in self.from.iter().filter(|(from, _)| !near.contains(from)) {
            cut.extend(next.iter().filter(|to| near.contains(to)).map(|to| (from, *to)));
        }
        cut
    }
}
