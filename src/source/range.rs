//! The two ends of a comparison, and whether one stands before the other.
//!
//! A base that is not what it seems would make everything look new, so each doubt is an error that names a remedy.

use super::history::{Common, History};
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

/// What is known of how a base stands to what is compared with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The head descends from it.
    Ancestor,
    /// It is the merge base of the two commits that were named.
    MergeBase,
    /// This clone is too shallow to tell.
    Unknown,
}

impl Repository {
    /// The commits that `BASE..HEAD` or `BASE...HEAD` names; an end that is left out is `HEAD`.
    pub fn range(&self, text: &str) -> Result<Range, SourceError> {
        let Some((base, head, dots)) = split(text) else {
            return Err(SourceError::request(format!("`{}` is no range of commits", text.escape_debug()))
                .help("write it as BASE..HEAD, or as BASE...HEAD for what HEAD adds to their merge base"));
        };
        let head_id = self.commit(head)?;
        let (base, relation) = match dots {
            Dots::Two => self.base(base, head_id, head)?,
            Dots::Three => (self.merge_base(base, head_id, head)?, Relation::MergeBase),
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
            Some(false) => Err(not_an_ancestor((base, id), revision, &history.common(head, &[id])?)),
        }
    }

    /// The merge base of `base` and the commit `head`, which `revision` names.
    pub fn merge_base(&self, base: &str, head: CommitId, revision: &str) -> Result<CommitId, SourceError> {
        let id = self.base_commit(base)?;
        let mut history: History = self.history()?;
        let Common { bases, ends } = history.common(head, &[id])?;
        let (base, revision) = (base.escape_debug(), revision.escape_debug());
        match bases.as_slice() {
            [only] => Ok(*only),
            [] if ends => Err(SourceError::new(format!(
                "the merge base of `{base}` and `{revision}` is not in this clone: its history ends before"
            ))
            .help("fetch more of it, with `git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout")),
            [] => Err(SourceError::new(format!("`{base}` and `{revision}` have no commit in common"))
                .help("name the base itself, with two dots")),
            several => Err(SourceError::new(format!(
                "`{base}` and `{revision}` have {} merge bases, and what is new differs with each: {}",
                several.len(),
                listed(several)
            ))
            .help(format!("choose one of them, as in --range {}..{revision}", several[0]))),
        }
    }

    /// The commit that a base names. Without it nothing can be called new, so its absence is no mere slip.
    fn base_commit(&self, revision: &str) -> Result<CommitId, SourceError> {
        self.commit(revision).map_err(|error| match (error.fault, self.git_dir()) {
            (Fault::Request, Some(_)) => {
                let help = "fetch it first: `git fetch --depth=1 origin BASE`, or `fetch-depth: 0` in actions/checkout";
                SourceError { fault: Fault::State, help: Some(help.to_owned()), ..error }
            }
            _ => error,
        })
    }
}

enum Dots {
    Two,
    Three,
}

fn split(text: &str) -> Option<(&str, &str, Dots)> {
    fn or_head(text: &str) -> &str {
        if text.is_empty() { "HEAD" } else { text }
    }
    let parts = |separator| text.split_once(separator).map(|(base, head)| (or_head(base), or_head(head)));
    let three = parts("...").map(|(base, head)| (base, head, Dots::Three));
    three.or_else(|| parts("..").map(|(base, head)| (base, head, Dots::Two)))
}

fn not_an_ancestor((base, id): (&str, CommitId), revision: &str, common: &Common) -> SourceError {
    let (base, revision) = (base.escape_debug(), revision.escape_debug());
    let message = format!("`{base}` ({id:.12}) is no ancestor of `{revision}`, so what is new cannot be told from it");
    let help = match common.bases.as_slice() {
        [only] => format!("compare with their merge base {only}; --range {base}...{revision} finds it"),
        _ => "name a commit that comes before it".to_owned(),
    };
    SourceError::new(message).help(help)
}

fn listed(ids: &[CommitId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
