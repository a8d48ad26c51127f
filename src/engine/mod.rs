//! Checks the facts against the policy: binds rules to entries, runs them, weighs their violations.
//!
//! Severity, exceptions, allow comments, identity and order are decided here and nowhere else.

mod bind;
mod check;
mod comments;
mod lost_scope;
mod schema;
mod subject;
mod suppress;
mod undecided;
mod vacuous;

pub use bind::bind;
pub(crate) use bind::{BoundEntry, RuleSet};
pub(crate) use check::{Outcome, check, check_part};
pub(crate) use comments::KnownComments;
pub(crate) use lost_scope::{ScopeFootprints, is_lost_scope};
pub use schema::schema;
pub(crate) use subject::{Sight, Subject};
pub(crate) use undecided::undecided_rules;
