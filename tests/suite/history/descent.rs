//! How commits descend from each other, and the differences between trees, compared with `git` and the plainest search.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::{BTreeSet, HashMap, HashSet};

use modwarden::internals::source::{Change, Common, Environment, History, Leaf, Parents, Repository, Selection, Walk};
use modwarden::internals::text::{CommitId, TreeId};

use super::made::{self, Dates, Maker, Tree};
use crate::support::random::Random;
use crate::support::repo::Repo;

/// Commits of nothing, and how they descend from each other.
struct Family {
    repo: Repo,
    history: History,
    ids: Vec<CommitId>,
    parents: Vec<Vec<usize>>,
    dates: Dates,
}

impl Family {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let dates = Dates::any(&mut random);
        let parents = lineage(&mut random);
        let mut maker = Maker::new(&mut random, dates);
        for parents in &parents {
            maker.commit(parents, Tree::default());
        }
        let (repo, ids) = maker.import();
        let repository = Repository::discover(repo.root(), &Environment::default()).unwrap();
        let ids = ids.iter().map(|id| repository.commit(id).unwrap()).collect();
        Self { history: repository.history().unwrap(), repo, ids, parents, dates }
    }

    fn at(&self, id: CommitId) -> usize {
        self.ids.iter().position(|known| *known == id).unwrap()
    }

    /// This commit and all that it descends from.
    fn reached(&self, from: usize, parents: Parents) -> BTreeSet<usize> {
        let (mut reached, mut pending) = (BTreeSet::new(), vec![from]);
        let count = if parents == Parents::First { 1 } else { usize::MAX };
        while let Some(at) = pending.pop() {
            if reached.insert(at) {
                pending.extend(self.parents[at].iter().take(count));
            }
        }
        reached
    }

    fn git(&self, args: &[&str]) -> BTreeSet<usize> {
        let ids: HashMap<String, usize> = self.ids.iter().map(ToString::to_string).zip(0..).collect();
        let output = self.repo.try_git(args).stdout;
        String::from_utf8(output).unwrap().lines().map(|line| ids[line]).collect()
    }

    fn hold_common(&mut self, one: usize, others: &[usize]) {
        let other_ids: Vec<CommitId> = others.iter().map(|&at| self.ids[at]).collect();
        let Common { bases, ends } = self.history.common(self.ids[one], &other_ids).unwrap();
        let bases: BTreeSet<usize> = bases.into_iter().map(|id| self.at(id)).collect();
        let of_others: BTreeSet<usize> = others.iter().flat_map(|&other| self.reached(other, Parents::All)).collect();
        let common = &self.reached(one, Parents::All) & &of_others;
        let is_best = |at: &usize| {
            let descends = |other: &usize| other != at && self.reached(*other, Parents::All).contains(at);
            !common.iter().any(descends)
        };
        let best: BTreeSet<usize> = common.iter().copied().filter(is_best).collect();
        assert_eq!((&bases, ends), (&best, false), "{one} and {others:?}");
        let mut args = vec!["merge-base".to_owned(), "--all".to_owned(), self.ids[one].to_string()];
        args.extend(other_ids.iter().map(ToString::to_string));
        assert_eq!(bases, self.git(&args.iter().map(String::as_str).collect::<Vec<_>>()), "{one} and {others:?}");
    }

    fn hold_descends(&mut self, descendant: usize, ancestor: usize) {
        let told = self.history.descends(self.ids[descendant], self.ids[ancestor]).unwrap();
        assert_eq!(told, Some(self.reached(descendant, Parents::All).contains(&ancestor)), "{descendant} {ancestor}");
        let (descendant, ancestor) = (self.ids[descendant].to_string(), self.ids[ancestor].to_string());
        let output = self.repo.try_git(&["merge-base", "--is-ancestor", &ancestor, &descendant]);
        assert_eq!(told, Some(output.status.success()));
    }

    fn hold_range(&mut self, tip: usize, bases: &[usize], parents: Parents) {
        let base_ids: Vec<CommitId> = bases.iter().map(|&at| self.ids[at]).collect();
        let walk = self.history.range(self.ids[tip], &base_ids, parents).unwrap();
        let before: BTreeSet<usize> = bases.iter().flat_map(|&base| self.reached(base, Parents::All)).collect();
        let inside = &self.reached(tip, parents) - &before;
        let count = if parents == Parents::First { 1 } else { usize::MAX };
        let above = inside.iter().flat_map(|&at| self.parents[at].iter().take(count).copied());
        let before = &above.collect::<BTreeSet<usize>>() - &inside;
        self.hold_walk(&walk, &inside, parents);
        let stands = |walk: &Walk| walk.steps[..walk.before].iter().map(|step| self.at(step.id)).collect();
        assert_eq!(before, stands(&walk), "before {tip} without {bases:?}");
        // With dates that lie Git itself may list too much.
        if self.dates == Dates::Honest {
            let mut args = vec!["rev-list".to_owned(), self.ids[tip].to_string()];
            args.extend(base_ids.iter().map(|id| format!("^{id}")));
            args.extend((parents == Parents::First).then(|| "--first-parent".to_owned()));
            assert_eq!(inside, self.git(&args.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }

    /// Asserts that a walk has these commits after those that only come before, each after its parents.
    fn hold_walk(&self, walk: &Walk, inside: &BTreeSet<usize>, parents: Parents) {
        let ids: Vec<usize> = walk.steps.iter().map(|step| self.at(step.id)).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "each once");
        assert_eq!(&ids[walk.before..].iter().copied().collect::<BTreeSet<_>>(), inside);
        let count = if parents == Parents::First { 1 } else { usize::MAX };
        for (at, step) in walk.steps.iter().enumerate().skip(walk.before) {
            assert!(step.parents.iter().all(|&parent| parent < at));
            let shown: Vec<usize> = step.parents.iter().map(|&parent| ids[parent]).collect();
            let parents: Vec<usize> = self.parents[ids[at]].iter().take(count).copied().collect();
            assert_eq!(shown, parents, "the parents of {}", ids[at]);
        }
    }
}

/// For each commit its parents, each once: roots, merges of any number, criss-crosses.
fn lineage(random: &mut Random) -> Vec<Vec<usize>> {
    let count = 3 + random.below(40);
    let reach = 1 + random.below(10);
    let parents = |at: usize, random: &mut Random| {
        let wanted = *random.pick(&[&1, &1, &1, &2, &2, &3, &0]);
        let near = |random: &mut Random| at.saturating_sub(1 + random.below(reach));
        let mut parents: Vec<usize> = Vec::new();
        for parent in (0..wanted).filter(|_| at > 0).map(|_| near(random)) {
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        parents
    };
    (0..count).map(|at| parents(at, random)).collect()
}

#[test]
fn descent_is_as_git_has_it() {
    for seed in 0..24 {
        let mut random = Random::new(seed + 1000);
        let mut family = Family::new(seed);
        let count = family.ids.len();
        for _ in 0..8 {
            let (one, other) = (random.below(count), random.below(count));
            let third = random.below(count);
            family.hold_common(one, &[other]);
            family.hold_common(one, &[other, third]);
            family.hold_descends(one, other);
            family.hold_range(one, &[other], Parents::All);
            family.hold_range(one, &[other, third], Parents::First);
            let walk = family.history.all(family.ids[one], Parents::First).unwrap();
            family.hold_walk(&walk, &family.reached(one, Parents::First), Parents::First);
        }
    }
}

/// A range that begins far down, where the walk could stop too early: dates lie only beyond the commits that it reads
/// first.
#[test]
fn a_date_that_lies_brings_nothing_into_a_range() {
    let mut random = Random::new(1);
    let mut maker = Maker::new(&mut random, Dates::Honest);
    let mut last = maker.commit(&[], Tree::default());
    let root = last;
    for _ in 0..40 {
        last = maker.commit(&[last], Tree::default());
    }
    let base = last;
    let side = maker.commit_at(&[root], Tree::default(), 1);
    let tip = maker.commit(&[base, side], Tree::default());
    let (repo, ids) = maker.import();
    let repository = Repository::discover(repo.root(), &Environment::default()).unwrap();
    let id = |at: usize| repository.commit(&ids[at]).unwrap();
    let walk = repository.history().unwrap().range(id(tip), &[id(base)], Parents::All).unwrap();
    let mut inside: Vec<CommitId> = walk.steps[walk.before..].iter().map(|step| step.id).collect();
    inside.sort_unstable();
    let mut expected = vec![id(side), id(tip)];
    expected.sort_unstable();
    assert_eq!(inside, expected);
}

/// Everything.
struct All;

impl Selection for All {
    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn wants(&self, _: &[u8]) -> bool {
        true
    }
}

/// A change in the form of `git diff-tree`, modes aside.
fn raw(change: &Change) -> String {
    let leaf = |leaf: Option<Leaf>| match leaf {
        Some(Leaf::File(id)) => format!("file {id}"),
        Some(Leaf::Link(id)) => format!("link {id}"),
        Some(Leaf::Submodule) => "submodule".to_owned(),
        None => "none".to_owned(),
    };
    format!("{} {} {}", leaf(change.before), leaf(change.after), change.path)
}

#[test]
fn what_differs_is_what_git_says() {
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let (repo, ids) = made::history(&mut random, 25);
        let repository = Repository::discover(repo.root(), &Environment::default()).unwrap();
        let changes = repository.changes().unwrap();
        for _ in 0..10 {
            let (one, other) = (&ids[random.below(ids.len())], &ids[random.below(ids.len())]);
            let delta = changes.between(Some(tree(&repo, one)), tree(&repo, other), &All);
            assert_eq!(delta.unseen, []);
            let ours: Vec<String> = delta.changes.iter().map(raw).collect();
            assert_eq!(ours, differences(&repo, one, other), "{one} {other} with seed {seed}");
            let from_nothing = changes.between(None, tree(&repo, other), &All);
            assert_eq!(from_nothing.changes.len(), repo.git(&["ls-tree", "-r", other]).lines().count());
        }
    }
}

fn tree(repo: &Repo, commit: &str) -> TreeId {
    let hex = repo.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    let bytes: Vec<u8> =
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    TreeId::new(&bytes).unwrap()
}

/// The output of `git diff-tree`, without changes of only the executable bit.
fn differences(repo: &Repo, one: &str, other: &str) -> Vec<String> {
    let output = repo.git(&["diff-tree", "-r", "--raw", "--no-renames", "--no-abbrev", one, other]);
    let mut lines = Vec::new();
    for line in output.lines() {
        let (head, path) = line.split_once('\t').unwrap();
        let words: Vec<&str> = head[1..].split(' ').collect();
        let leaf = |mode: &str, id: &str| match mode {
            "000000" => "none".to_owned(),
            "120000" => format!("link {id}"),
            "160000" => "submodule".to_owned(),
            _ => format!("file {id}"),
        };
        let (before, after) = (leaf(words[0], words[2]), leaf(words[1], words[3]));
        if before != after {
            lines.push(format!("{before} {after} {path}"));
        }
    }
    lines
}
