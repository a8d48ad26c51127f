//! `check`: one state, one policy, one run.

use super::edits::StatesBefore;
use super::judge::{judge, with_rules};
use super::request::{Checked, Request};
use super::requirements::requirement_tables;
use crate::source::SourceError;

/// Reads the state and holds it against the policy.
///
/// A policy with mistakes gives a run that holds nothing but them. The error is that the state could not be listed.
pub fn check(request: &Request<'_>) -> Result<Checked, SourceError> {
    let checked = with_rules(request, |rules, listing, mut files| {
        let mut judged = judge(request, rules, listing, StatesBefore::NOTHING, &mut files)?;
        judged.requirements = requirement_tables(request, &judged.facts, &files)?;
        Ok(judged.into_checked(request, rules, files))
    })?;
    Ok(checked.unwrap_or_else(|invalid| *invalid))
}
