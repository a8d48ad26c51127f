//! The two ends of a comparison, and whether one is an ancestor of the other.
//!
//! A wrong base would make everything look new, so each doubt is an error that names a remedy.

use super::history::Common;
use super::{Fault, Repository, SourceError};
use crate::text::CommitId;

/// Two commits to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The commit before.
    pub base: CommitId,
    /// The commit after.
    pub head: CommitId,
    /// The revision that named the commit after.
    pub revision: String,
    /// How the base came to be that.
    pub relation: Relation,
}

/// The known relation between a base and the state that is compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The head descends from it.
    Ancestor,
    /// It is the merge base of the two commits that were named.
    MergeBase,
    /// This clone is too shallow to know.
    Unknown,
}

impl Repository {
    /// The commits that `BASE..HEAD` or `BASE...HEAD` names; an end that is left out is `HEAD`.
    pub fn range(&self, text: &str) -> Result<Range, SourceError> {
        let Some(RangeSpec { base, head, merge_base }) = RangeSpec::parse(text) else {
            return Err(SourceError::request(format!("`{}` is not a range of commits", text.escape_debug()))
                .help("write it as BASE..HEAD, or as BASE...HEAD for what HEAD adds to their merge base"));
        };
        let head_id = self.commit(head)?;
        let (base, relation) = match merge_base {
            false => self.base(base, head_id, head)?,
            true => {
                self.base_commit(base)?;
                (self.merge_base(base, head)?, Relation::MergeBase)
            }
        };
        Ok(Range { base, head: head_id, revision: head.to_owned(), relation })
    }

    /// The commit `base`, from which the commit `head`, which `revision` names, has to descend.
    pub fn base(&self, base: &str, head: CommitId, revision: &str) -> Result<(CommitId, Relation), SourceError> {
        let id = self.base_commit(base)?;
        let mut history = self.history()?;
        match history.descends(head, id)? {
            Some(true) => Ok((id, Relation::Ancestor)),
            None => Ok((id, Relation::Unknown)),
            Some(false) => Err(not_an_ancestor(base, id, revision, &history.common(head, &[id])?)),
        }
    }

    /// Where the histories of two revisions meet. There must be one such commit: without any nothing can be compared,
    /// and with several none of them is the common beginning.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<CommitId, SourceError> {
        let ids = (self.commit(one)?, self.commit(other)?);
        let Common { bases, ends } = self.history()?.common(ids.0, &[ids.1])?;
        let histories = format!("the histories of `{}` and `{}`", one.escape_debug(), other.escape_debug());
        match bases.as_slice() {
            [base] => Ok(*base),
            [] if ends => {
                let message = format!("{histories} do not meet in this clone, which is shallow or lacks commits");
                Err(SourceError::new(message).help(
                    "fetch more of its history, with `git fetch --unshallow` or, in GitHub Actions, `fetch-depth: 0`",
                ))
            }
            [] => Err(SourceError::new(format!("{histories} do not meet: there is no merge base"))
                .help("two dots, or two revisions, compare the commits themselves")),
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                let help = format!("name the one that is meant, in place of the first revision: {}", ids.join(", "));
                Err(SourceError::new(format!("{histories} meet in {} merge bases", ids.len())).help(help))
            }
        }
    }

    /// The commits from which a push of `head` starts: where its history meets that of `old`, the commit that the
    /// reference named before. For a new reference, and where `old` is not in this repository, they are where the
    /// history of `head` meets the references below `references`, for example `refs/remotes/origin/`. Empty if the
    /// histories do not meet.
    pub fn pushed_from(
        &self,
        head: CommitId,
        old: Option<&str>,
        references: &str,
    ) -> Result<Vec<CommitId>, SourceError> {
        let mut history = self.history()?;
        let known = old.and_then(|old| self.commit(old).ok());
        let there = known.map_or_else(|| history.reference_commits(references), |old| Ok(vec![old]))?;
        let Common { bases, ends } = history.common(head, &there)?;
        if bases.is_empty() && ends && !there.is_empty() {
            let message = "this clone is too shallow to know what the push adds".to_owned();
            return Err(SourceError::new(message).help("`git fetch --unshallow` brings all of history"));
        }
        Ok(bases)
    }

    /// The commit that a base names. Without it nothing can be called new, so its absence is no mere slip.
    fn base_commit(&self, revision: &str) -> Result<CommitId, SourceError> {
        let found = self.commit(revision);
        if self.git_dir().is_none() {
            found
        } else {
            found.map_err(|error| SourceError { fault: Fault::State, ..error })
        }
    }
}

/// `BASE..HEAD` or `BASE...HEAD`, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RangeSpec<'a> {
    /// The revision before the dots, or `HEAD`.
    pub base: &'a str,
    /// The revision after them, or `HEAD`.
    pub head: &'a str,
    /// Whether there are three dots: the base is then where the histories of both meet.
    pub merge_base: bool,
}

impl<'a> RangeSpec<'a> {
    /// Reads a range as Git does; `None` if there are no dots, or nothing else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let three = text.split_once("...").map(|ends| (ends, true));
        let ((base, head), merge_base) = three.or_else(|| text.split_once("..").map(|ends| (ends, false)))?;
        let or_head = |revision: &'a str| if revision.is_empty() { "HEAD" } else { revision };
        (!base.is_empty() || !head.is_empty()).then(|| Self { base: or_head(base), head: or_head(head), merge_base })
    }
}

fn not_an_ancestor(base: &str, id: CommitId, revision: &str, common: &Common) -> SourceError {
    let (base, revision) = (base.escape_debug(), revision.escape_debug());
    let message =
        format!("`{base}` ({id:.12}) is not an ancestor of `{revision}`, so the new findings cannot be determined");
    let help = match common.bases.as_slice() {
        [only] => format!("compare with their merge base {only}; --range {base}...{revision} finds it"),
        _ => "name a commit that comes before it".to_owned(),
    };
    SourceError::new(message).help(help)
}
