//! Back through history: which commit made a statement true, for many statements at once.
//!
//! A statement that is true of a commit is followed to the first of its parents of which it is true too. If it is true of no
//! parent, that commit made it true, as `git blame` would say of a line.

use std::collections::BTreeMap;

use crate::source::{History, PastCommit, Repository, SourceError};
use crate::text::CommitId;

/// Statements about commits, such as "this file has this line".
pub(super) trait Statements {
    /// One of them, with the data that change on its way.
    type Statement;

    /// Removes the statements whose commit is known, and ends a chain where more is known about a later commit of it.
    /// `is_met` tells whether other statements have come to a commit.
    fn shorten(
        &mut self,
        _chain: &mut Vec<PastCommit>,
        statements: Vec<Self::Statement>,
        _is_met: &dyn Fn(&PastCommit) -> bool,
    ) -> Vec<Self::Statement> {
        statements
    }

    /// Follows statements that are true of the first commit of a chain, in which each commit is the first parent of the
    /// one before.
    fn along(
        &mut self,
        chain: &[PastCommit],
        statements: Vec<Self::Statement>,
    ) -> Result<Along<Self::Statement>, SourceError>;

    /// Follows statements from a commit to one of its parents.
    fn to_parent(
        &mut self,
        pair: ParentPair<'_>,
        statements: Vec<Self::Statement>,
    ) -> Result<Followed<Self::Statement>, SourceError>;

    /// Follows statements that are true of no parent to a parent of which they are true in another form, such as that
    /// the file had another name.
    fn moved(
        &mut self,
        _pair: ParentPair<'_>,
        statements: Vec<Self::Statement>,
    ) -> Result<Followed<Self::Statement>, SourceError> {
        Ok(Followed { held: Vec::new(), lost: statements })
    }

    /// Takes the statements that a commit made true. With `is_least` an earlier commit may have done so, because the
    /// history before this one is not in this clone.
    fn settle(&mut self, commit: CommitId, is_least: bool, statements: Vec<Self::Statement>);
}

/// A commit, and one of its parents.
#[derive(Clone, Copy)]
pub(super) struct ParentPair<'a> {
    pub(super) commit: &'a PastCommit,
    pub(super) parent: &'a PastCommit,
}

/// The statements that are true of another commit too, and the others.
pub(super) struct Followed<S> {
    pub(super) held: Vec<S>,
    pub(super) lost: Vec<S>,
}

/// Statements after a chain of commits.
pub(super) struct Along<S> {
    /// For each commit but the last, the statements that are not true of the next.
    pub(super) lost: Vec<Vec<S>>,
    /// Those that are true of the last commit.
    pub(super) held: Vec<S>,
}

/// How many commits are compared at once at first; twice as many each time after.
const FIRST_LENGTH: usize = 16;

/// The most commits that are compared at once.
const LONGEST: usize = 1024;

/// A walk back through all parents.
pub(super) struct BackWalk<S> {
    history: History,
    /// The statements on their way, by the commit that they have come to; the newest is next.
    open: BTreeMap<(i64, CommitId), CommitGroup<S>>,
}

/// Statements that are at the same commit.
struct CommitGroup<S> {
    statements: Vec<S>,
    /// How many commits to compare at once.
    length: usize,
}

impl<S> BackWalk<S> {
    pub(super) fn new(repository: &Repository) -> Result<Self, SourceError> {
        Ok(Self { history: repository.history()?, open: BTreeMap::new() })
    }

    /// The commits.
    pub(super) fn history(&mut self) -> &mut History {
        &mut self.history
    }

    /// Adds statements that are true of a commit. One that is not in this clone has none.
    pub(super) fn start(&mut self, commit: CommitId, statements: Vec<S>) -> Result<(), SourceError> {
        if let Some(commit) = self.history.past(commit)? {
            self.enqueue(&commit, statements, FIRST_LENGTH);
        }
        Ok(())
    }

    /// Follows all statements to the commits that made them true.
    pub(super) fn run(&mut self, asked: &mut impl Statements<Statement = S>) -> Result<(), SourceError> {
        while let Some(((_, commit), group)) = self.open.pop_last() {
            self.follow(commit, group, asked)?;
        }
        Ok(())
    }

    fn enqueue(&mut self, commit: &PastCommit, statements: Vec<S>, length: usize) {
        if statements.is_empty() {
            return;
        }
        let new = || CommitGroup { statements: Vec::new(), length };
        let group = self.open.entry((commit.time, commit.id)).or_insert_with(new);
        group.statements.extend(statements);
        group.length = group.length.max(length);
    }

    /// Follows a group through the first parents, as far as its length.
    fn follow(
        &mut self,
        commit: CommitId,
        group: CommitGroup<S>,
        asked: &mut impl Statements<Statement = S>,
    ) -> Result<(), SourceError> {
        let mut chain = self.history.first_parents(commit, group.length + 1)?;
        let whole = chain.len();
        let is_met = |commit: &PastCommit| self.open.contains_key(&(commit.time, commit.id));
        let statements = asked.shorten(&mut chain, group.statements, &is_met);
        let is_end = whole <= group.length && chain.len() == whole;
        let Along { lost, held } = asked.along(&chain, statements)?;
        for (commit, lost) in chain.iter().zip(lost) {
            self.leave(commit, lost, asked)?;
        }
        let Some(last) = chain.last() else { return Ok(()) };
        if is_end {
            return self.leave(last, held, asked);
        }
        self.enqueue(last, held, (group.length * 2).min(LONGEST));
        Ok(())
    }

    /// Follows statements to any parent of a commit, or settles them there.
    fn leave(
        &mut self,
        commit: &PastCommit,
        statements: Vec<S>,
        asked: &mut impl Statements<Statement = S>,
    ) -> Result<(), SourceError> {
        if statements.is_empty() {
            return Ok(());
        }
        let (mut is_least, mut left, mut parents) = (commit.is_cut, statements, Vec::new());
        for &parent in &commit.parents {
            match self.history.past(parent)? {
                Some(parent) => parents.push(parent),
                None => is_least = true,
            }
        }
        for parent in &parents {
            let Followed { held, lost } = asked.to_parent(ParentPair { commit, parent }, left)?;
            self.enqueue(parent, held, FIRST_LENGTH);
            left = lost;
        }
        for parent in &parents {
            let Followed { held, lost } = asked.moved(ParentPair { commit, parent }, left)?;
            self.enqueue(parent, held, FIRST_LENGTH);
            left = lost;
        }
        asked.settle(commit.id, is_least, left);
        Ok(())
    }
}
