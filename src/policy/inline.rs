//! `inline-exceptions`: whether `//modwarden:allow` comments count.

use serde::Deserialize;

use super::RawOption;
use crate::text::RepoPath;

/// The value of `inline-exceptions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum InlineChoice {
    /// Comments count, also those that the policy's own commit does not have.
    Allow,
    /// No comment counts, and each is reported.
    Deny,
}

/// Which comments count where.
#[derive(Clone, Debug, Default)]
pub struct InlineExceptions {
    /// The choice of the policy of the root, if it has one.
    pub(super) root: Option<InlineChoice>,
    /// The directories whose own policy says `"deny"`.
    pub(super) denied: Vec<RepoPath>,
    /// The line of the root's policy.
    pub(super) raw: Option<RawOption>,
    /// Whether the policy was taken from a commit so that the checked changes cannot change it.
    is_from_elsewhere: bool,
}

/// Which comments count in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InlineRule {
    /// All of them.
    All,
    /// Those that the commit has, too, from which the policy was taken.
    Known,
    /// None.
    None,
}

impl InlineExceptions {
    /// The same for a policy that was taken from a commit, so that comments that the commit lacks are not trusted either.
    pub fn with_known_comments_only(self) -> Self {
        Self { is_from_elsewhere: true, ..self }
    }

    /// Whether only comments may count that the policy's commit has, except where the policy allows or denies all.
    pub fn asks_for_known(&self) -> bool {
        self.is_from_elsewhere && self.root.is_none()
    }

    /// Which comments count in the file at `path`.
    pub fn at(&self, path: &RepoPath) -> InlineRule {
        let is_denied = self.denied.iter().any(|directory| path.is_within(directory));
        match self.root {
            Some(InlineChoice::Deny) => InlineRule::None,
            _ if is_denied => InlineRule::None,
            Some(InlineChoice::Allow) => InlineRule::All,
            None if self.is_from_elsewhere => InlineRule::Known,
            None => InlineRule::All,
        }
    }
}
