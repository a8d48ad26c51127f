//! From verdicts that come and go to the first and last commit of each fact.

use std::collections::BTreeMap;

use super::facts::{Fact, FactId, Facts};
use super::judge::{PartVerdict, Verdicts};
use super::kept::Origins;
use super::tracked::Edits;
use crate::source::Unseen;
use crate::text::{FastMap, RepoPath};

/// Where something began. Commits are named by their place in the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeOrigin {
    /// The commit that introduced it: no parent of that has it.
    pub introduced: usize,
    /// The commit that brought it to the line of first parents that is looked at.
    pub landed: usize,
}

/// From when to when something was true, on the line of first parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// The fact.
    pub fact: FactId,
    /// Which of several equal ones, from 1.
    pub ordinal: u32,
    /// Where it began.
    pub origin: LifeOrigin,
    /// The last commit that has it, and the one after that; `None` if it is true at the end.
    pub ended: Option<(usize, usize)>,
}

/// How many of everything a commit has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitTotals {
    /// Modules.
    pub modules: usize,
    /// Packages of modules.
    pub packages: usize,
    /// Go files of modules.
    pub files: usize,
    /// Import declarations in them.
    pub imports: usize,
    /// Lines of module files that require.
    pub requirements: usize,
    /// Findings.
    pub findings: usize,
}

/// A commit of the line of first parents that is not like the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The commit.
    pub step: usize,
    /// The totals of the commit.
    pub totals: CommitTotals,
}

/// The result of a walk.
#[derive(Debug, Default)]
pub struct Timeline {
    /// The facts that can hold.
    pub facts: Facts,
    /// The times at which facts held, in the order of their ends.
    pub lives: Vec<Life>,
    /// The findings that a commit has and no parent of it, in order of commits.
    pub births: Vec<(usize, FactId, u32)>,
    /// How the totals developed.
    pub series: Vec<Point>,
    /// The paths that could not be seen, each with the first commit where.
    pub unseen: Vec<(usize, RepoPath, Unseen)>,
    /// The commits about which a rule on whole states could not decide something that it had not left open before.
    pub open: Vec<usize>,
}

/// The facts that hold of one commit, and since when.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldFacts {
    /// A fact that is no finding is here once however often it is true.
    origins: FastMap<FactId, Vec<LifeOrigin>>,
    counts: FastMap<FactId, u32>,
    totals: CommitTotals,
}

/// One commit on its way into the facts that hold.
pub(super) struct CommitEdits<'a> {
    /// Its place in the walk.
    pub(super) step: usize,
    /// The changes since the first parent.
    pub(super) edits: &'a Edits,
    /// The facts that hold of the other parents.
    pub(super) others: &'a [&'a HeldFacts],
    /// Its relation to the result.
    pub(super) line: Lineage,
}

/// The commits to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lineage {
    /// One of the line of first parents; the place of the one before it.
    Main(Option<usize>),
    /// One that was merged into it.
    Side,
    /// One before the range.
    Before,
}

impl Lineage {
    /// The same in a walk that begins `offset` commits later.
    pub(super) fn after(self, offset: usize) -> Self {
        match self {
            Self::Main(last) => Self::Main(last.map(|last| offset + last)),
            other => other,
        }
    }
}

impl HeldFacts {
    /// Makes the facts of the first parent those of the commit.
    pub(super) fn enter(&mut self, commit: &CommitEdits<'_>, verdicts: &Verdicts<'_>, timeline: &mut Timeline) {
        let mut changes: FastMap<FactId, i64> = FastMap::default();
        let totals = self.totals;
        for (ids, sign) in [(&commit.edits.gone, -1), (&commit.edits.come, 1)] {
            for verdict in ids.iter().map(|id| verdicts.verdict(*id)) {
                self.totals.shift(verdict, sign);
                verdict.facts.iter().for_each(|fact| *changes.entry(*fact).or_default() += sign);
            }
        }
        let mut changes: Vec<(FactId, i64)> = changes.into_iter().filter(|(_, change)| *change != 0).collect();
        changes.sort_unstable();
        for (fact, change) in changes {
            self.change(fact, change, commit, (verdicts.facts(), timeline));
        }
        if let (Lineage::Main(_), true) = (commit.line, totals != self.totals) {
            timeline.series.push(Point { step: commit.step, totals: self.totals });
        }
    }

    fn change(
        &mut self,
        fact: FactId,
        change: i64,
        commit: &CommitEdits<'_>,
        (facts, timeline): (&Facts, &mut Timeline),
    ) {
        let count = self.counts.entry(fact).or_default();
        let (before, after) = (*count, u32::try_from(i64::from(*count) + change).unwrap_or(0));
        *count = after;
        if after == 0 {
            self.counts.remove(&fact);
        }
        let is_finding = facts.get(fact).is_finding();
        let instances = |count: u32| if is_finding { count } else { count.min(1) };
        let (before, after) = (instances(before), instances(after));
        self.totals.count(facts, fact, i64::from(after) - i64::from(before));
        let origins = self.origins.entry(fact).or_default();
        for ordinal in (after + 1..=before).rev() {
            let origin = origins.pop().expect("what was true began somewhere");
            if let Lineage::Main(Some(last)) = commit.line {
                timeline.lives.push(Life { fact, ordinal, origin, ended: Some((last, commit.step)) });
            }
        }
        for ordinal in before + 1..=after {
            let inherited = commit.others.iter().find_map(|other| other.origin(fact, ordinal));
            let introduced = inherited.map_or(commit.step, |origin| origin.introduced);
            origins.push(LifeOrigin { introduced, landed: commit.step });
            if inherited.is_none() && is_finding && commit.line != Lineage::Before {
                timeline.births.push((commit.step, fact, ordinal));
            }
        }
        if after == 0 {
            self.origins.remove(&fact);
        }
    }

    /// Gives the facts that hold their known origins. Whether these are origins of just these facts.
    pub(super) fn resume(&mut self, known: &Origins) -> bool {
        let is_same = |fact: &FactId, origins: &Vec<LifeOrigin>| {
            let known = known.get(fact).map(BTreeMap::keys).into_iter().flatten().copied();
            known.eq(1..=u32::try_from(origins.len()).unwrap_or(u32::MAX))
        };
        if self.origins.len() != known.len() || !self.origins.iter().all(|(fact, origins)| is_same(fact, origins)) {
            return false;
        }
        for (fact, known) in known {
            self.origins.insert(*fact, known.values().copied().collect());
        }
        true
    }

    fn origin(&self, fact: FactId, ordinal: u32) -> Option<LifeOrigin> {
        self.origins.get(&fact)?.get(ordinal as usize - 1).copied()
    }

    /// Ends the facts that hold at the end, and sorts all of them.
    pub(super) fn close(self, timeline: &mut Timeline) {
        for (fact, origins) in self.origins {
            timeline.hold(fact, (1..).zip(origins));
        }
        timeline.sort();
    }
}

impl Timeline {
    /// Adds a fact that holds at the end, by its ordinals.
    pub(super) fn hold(&mut self, fact: FactId, origins: impl IntoIterator<Item = (u32, LifeOrigin)>) {
        for (ordinal, origin) in origins {
            self.lives.push(Life { fact, ordinal, origin, ended: None });
        }
    }

    /// Sorts the lives by where they began.
    pub(super) fn sort(&mut self) {
        let facts = &self.facts;
        self.lives.sort_unstable_by(|one, other| {
            let fact = |life: &Life| facts.get(life.fact);
            let key = |life: &Life| (life.ordinal, life.ended);
            (one.origin.landed, fact(one), key(one)).cmp(&(other.origin.landed, fact(other), key(other)))
        });
    }
}

impl CommitTotals {
    fn shift(&mut self, verdict: &PartVerdict, sign: i64) {
        let shift = |total: &mut usize, count: u32| {
            *total = total.saturating_add_signed(isize::try_from(sign * i64::from(count)).unwrap_or(0));
        };
        shift(&mut self.modules, verdict.modules);
        shift(&mut self.files, verdict.files);
        shift(&mut self.imports, verdict.imports);
        shift(&mut self.requirements, verdict.requirements);
    }

    fn count(&mut self, facts: &Facts, fact: FactId, change: i64) {
        let total = match facts.get(fact) {
            Fact::Finding(_) => &mut self.findings,
            Fact::Package(_) => &mut self.packages,
            _ => return,
        };
        *total = total.saturating_add_signed(isize::try_from(change).unwrap_or(0));
    }
}
