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

pub use bind::{BoundEntry, RuleSet, bind};
pub use check::{Outcome, check, check_part};
pub use comments::KnownComments;
pub use lost_scope::{ScopeFootprints, is_lost_scope};
pub use schema::schema;
pub use subject::{Sight, Subject};
