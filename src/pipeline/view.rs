//! The policy itself, for `modwarden policy`.

use jiff::civil::Date;

use super::inspect::inspect;
use super::judge::invalid;
use super::policies::{PolicyChoice, load_policy};
use super::request::Checked;
use crate::load::{FactStore, Input, Tree};
use crate::policy::{InitFacts, Policy, init_text};
use crate::source::{Source, SourceError};
use crate::text::Files;

/// A policy, or a run with its mistakes.
#[derive(Debug)]
pub(crate) enum PolicyView {
    /// The policy, and the files that it came from.
    Valid {
        /// The policy.
        policy: Box<Policy>,
        /// Its files.
        files: Files,
    },
    /// Its mistakes.
    Invalid(Box<Checked>),
}

/// Loads the policy that would judge the state.
pub(crate) fn view_policy(input: Input<'_>, choice: PolicyChoice<'_>) -> Result<PolicyView, SourceError> {
    let mut files = Files::default();
    let listing = input.source.list(&Tree::FirstParty)?;
    Ok(match load_policy(choice, input, &listing, &mut files)? {
        Ok(policy) => PolicyView::Valid { policy: Box::new(policy), files },
        Err(errors) => PolicyView::Invalid(Box::new(invalid(input.source.origin(), &[], &errors, files))),
    })
}

/// The text of a first policy for the state, on this day.
pub(crate) fn first_policy(source: &dyn Source, today: Date) -> Result<String, SourceError> {
    let store = FactStore::none();
    let inspected = inspect(Input::new(source, &store), PolicyChoice::of_state(), None)?;
    let model = &inspected.facts.model;
    let has = |dir: &str| {
        let below = |relative: &str| relative.split('/').next() == Some(dir);
        model.packages().any(|package| below(package.relative()))
    };
    let modules = model.modules().map(|module| module.path().to_string()).collect();
    let (has_commands, has_internal) = (has("cmd"), has("internal"));
    Ok(init_text(&InitFacts { modules, has_commands, has_internal, today }))
}
