//! A change must not excuse itself: its new comments do not count.

use super::compare::policy_files;
use super::edits::StatesBefore;
use super::judge::{Judged, judge};
use super::policies::PolicyHome;
use super::request::Request;
use crate::engine::{KnownComments, RuleSet};
use crate::load::{Input, Tree};
use crate::model::Model;
use crate::source::SourceError;
use crate::text::Files;

/// The comments that the commit has from which the policy comes; `None` where all comments are trusted. That commit is
/// judged for it, unless the state has no comment, or is that commit.
pub(super) fn known_comments(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    model: &Model,
    files: &Files,
) -> Result<Option<KnownComments>, SourceError> {
    let PolicyHome::From(source) = request.policy.home else { return Ok(None) };
    let commit = source.origin().commit();
    let is_same = commit.is_some() && request.input.source.origin().commit() == commit;
    if is_same || !rules.policy.inline.asks_for_known() || model.allows().is_empty() {
        return Ok(None);
    }
    comments_of(request, rules, files).map(Some)
}

/// The comments of the commit from which the policy comes, and the findings that they cover there.
pub(super) fn comments_of(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    files: &Files,
) -> Result<KnownComments, SourceError> {
    let PolicyHome::From(source) = request.policy.home else { return Ok(KnownComments::default()) };
    let input = Input { source, ..request.input };
    let request = Request { input, policy: request.policy.at(PolicyHome::Of(source)), ..*request };
    let mut files = policy_files(files);
    let listing = source.list(&Tree::FirstParty)?;
    let Judged { outcome, .. } = judge(&request, rules, listing, StatesBefore::NOTHING, &mut files)?;
    Ok(KnownComments::of(&outcome.suppressed, &files))
}
