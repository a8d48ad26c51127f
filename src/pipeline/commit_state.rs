//! A commit of the past, judged by the rules on whole states.

use jiff::civil::Date;

use super::edits::StatesBefore;
use super::gather::gather;
use super::policies::PolicyChoice;
use super::request::{Request, Tables};
use crate::engine::{Sight, Subject, check_part, undecided_rules};
use crate::history::{CommitState, StateVerdict};
use crate::load::{Input, Tree};
use crate::model::Ages;
use crate::rules::{Locality, Need};
use crate::source::{ModuleCache, Repository, SourceError};
use crate::text::RepoPath;

/// How much the rules on whole states are asked about a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedVerdict {
    /// Nothing.
    Nothing,
    /// The findings.
    Findings,
    /// Whether a rule cannot decide something, too.
    OpenQuestions,
}

/// Judges commits by the rules on whole states.
#[derive(Clone, Copy)]
pub(super) struct CommitJudge<'a> {
    pub(super) repository: &'a Repository,
    /// A state of the repository, and the known facts.
    pub(super) input: Input<'a>,
    pub(super) cache: Option<&'a ModuleCache>,
    pub(super) paths: &'a [RepoPath],
    pub(super) today: Date,
    pub(super) asked: AskedVerdict,
}

impl CommitJudge<'_> {
    /// Judges a commit.
    pub(super) fn judge(&self, commit: &CommitState<'_>) -> Result<StateVerdict, SourceError> {
        let state = self.repository.history()?.state(commit.step, commit.step.id.to_string());
        let Self { cache, paths, today, .. } = *self;
        let input = Input { source: state.as_ref(), ..self.input };
        let policy = PolicyChoice::of_state();
        let request = Request { input, policy, cache, paths, today, lines: None, tables: Tables::None };
        let mut files = commit.files.clone();
        let listing = input.source.list(&Tree::FirstParty)?;
        let facts = gather(&request, commit.rules, listing, StatesBefore::NOTHING, &mut files)?.facts;
        let subject = Subject {
            model: &facts.model,
            files: &files,
            known: commit.known,
            scopes_before: &[],
            ages: &Ages::default(),
            paths,
            sight: Sight::Partial,
            today,
        };
        let found = check_part(commit.rules, &subject, Locality::State);
        let is_vendored = |path: &RepoPath| facts.model.vendors().any(|vendor| path.is_within(vendor.dir()));
        Ok(StateVerdict {
            findings: found.into_iter().map(|finding| finding.identity).collect(),
            unseen: facts.unseen.iter().filter(|(path, _)| is_vendored(path)).cloned().collect(),
            is_open: self.asked == AskedVerdict::OpenQuestions && !undecided_rules(commit.rules, &subject).is_empty(),
            questions: if commit.rules.needs(Need::ImportedPackages) {
                facts.model.import_questions()
            } else {
                Vec::new()
            },
        })
    }
}
