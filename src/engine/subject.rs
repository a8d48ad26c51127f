//! The facts that are checked, and a finding on its way through the engine.

use jiff::civil::Date;

use super::{KnownComments, ScopeFootprints};
use crate::finding::Finding;
use crate::model::{Ages, Model};
use crate::rules::GatheredState;
use crate::text::{Files, RepoPath};

/// The facts that are checked, and the day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The facts.
    pub model: &'a Model,
    /// The table of files.
    pub files: &'a Files,
    /// Since when lines have stood, as far as a rule asks and it is known.
    pub ages: &'a Ages,
    /// The paths to which the findings are narrowed; empty for all.
    pub paths: &'a [RepoPath],
    /// Whether all that matters was seen.
    pub sight: Sight,
    /// The comments that the commit has from which the policy comes, the only ones that count where the policy says so;
    /// `None` where all comments are trusted.
    pub known: Option<&'a KnownComments>,
    /// The coverage of the entries' scopes in the states with which this one is compared.
    pub scopes_before: &'a [ScopeFootprints],
    /// The day, in UTC.
    pub today: Date,
}

/// Whether a run could see all that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It could.
    Whole,
    /// Something was not visible, so that nothing is called unused.
    Partial,
}

impl<'a> Subject<'a> {
    /// The facts, as far as they were gathered.
    pub(super) fn gathered(&self) -> GatheredState<'a> {
        GatheredState { model: self.model, ages: self.ages }
    }

    pub(super) fn covers(&self, path: &RepoPath) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|dir| path.is_within(dir))
    }

    /// Whether everything that was not found at or below `path` does not exist.
    pub(super) fn sees_all_below(&self, path: &RepoPath) -> bool {
        self.covers(path) && self.sight == Sight::Whole
    }
}

/// A finding and the data that exceptions are compared with.
#[derive(Debug)]
pub(super) struct Weighed {
    /// The finding, its identity not yet distinguished from equal ones.
    pub(super) finding: Finding,
    /// The imported package or the required module.
    pub(super) about: Option<String>,
}
