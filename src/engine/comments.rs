//! `//modwarden:allow` comments of the commit that the policy comes from: only these count where a change must not
//! acquit itself.
//!
//! A comment is known there if one covers the same finding. So a comment may move and get other words, and nobody can
//! use an old one for a new finding.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::finding::{Finding, Identity, SuppressionKind};
use crate::policy::parse_date;
use crate::text::{Files, RepoPath};

/// The findings of a commit that comments cover there.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownComments(HashMap<Identity, Vec<KnownComment>>);

/// A comment that covers a finding.
#[derive(Clone, Debug)]
struct KnownComment {
    path: RepoPath,
    until: Option<Date>,
}

/// How much is looked at: it decides whether a finding may have come from another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A whole state, so that each known comment can be given to one finding.
    Whole,
    /// A part of one: a comment counts only in the file that has it in the other commit.
    Part,
}

impl KnownComments {
    /// The findings that comments cover, among the findings of a whole state that do not count.
    pub(crate) fn of(suppressed: &[Finding], files: &Files) -> Self {
        let mut known: HashMap<Identity, Vec<KnownComment>> = HashMap::new();
        for finding in suppressed {
            let Some(suppression) = finding.suppression.as_ref().filter(|it| it.kind == SuppressionKind::Inline) else {
                continue;
            };
            let path = files.get(finding.primary.file).path().clone();
            let until = suppression.until.as_deref().and_then(parse_date);
            known.entry(finding.identity.clone().nth(1)).or_default().push(KnownComment { path, until });
        }
        Self(known)
    }

    /// Whether each of these comments covers a finding that a comment covers here, too. One here stands for one there,
    /// in a file of the same name if possible.
    pub(super) fn trust(&self, asked: &[Option<AskedComment<'_>>], extent: Extent) -> Vec<bool> {
        let mut left = self.0.clone();
        let mut trusted = vec![false; asked.len()];
        for (asked, trusted) in asked.iter().zip(&mut trusted) {
            let Some(asked) = asked else { continue };
            let known = left.get_mut(&asked.identity).map(Vec::as_mut_slice).unwrap_or_default();
            let at = known.iter().position(|known| known.path == *asked.path && known.holds_as_long_as(asked.until));
            *trusted = at.is_some();
            if let (Extent::Whole, Some(at), Some(known)) = (extent, at, left.get_mut(&asked.identity)) {
                known.swap_remove(at);
            }
        }
        if extent == Extent::Part {
            return trusted;
        }
        for (asked, trusted) in asked.iter().zip(&mut trusted).filter(|(_, trusted)| !**trusted) {
            let Some(asked) = asked else { continue };
            let Some(known) = left.get_mut(&asked.identity) else { continue };
            let at = known.iter().position(|known| known.holds_as_long_as(asked.until));
            *trusted = at.map(|at| known.swap_remove(at)).is_some();
        }
        trusted
    }
}

/// A comment that would cover a finding.
#[derive(Clone, Debug)]
pub(super) struct AskedComment<'a> {
    /// The finding, not distinguished from equal ones.
    pub(super) identity: Identity,
    /// The file of the finding, which is that of the comment.
    pub(super) path: &'a RepoPath,
    /// The last day of the comment.
    pub(super) until: Option<Date>,
}

impl KnownComment {
    /// Whether a comment with this last day ends no later: a later day was given by nobody who may.
    fn holds_as_long_as(&self, until: Option<Date>) -> bool {
        match (self.until, until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(known), Some(until)) => until <= known,
        }
    }
}
