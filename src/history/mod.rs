//! Many states in one pass: what began and what ended, at which commit.
//!
//! From one commit to the next only what differs is looked at. A version of a Go file is judged once for each
//! surrounding in which its imports lead elsewhere, together with all others of that surrounding; what is true of a
//! commit is then the sum over the files that it has.

mod environment;
mod facts;
mod judge;
mod ledger;
mod reach;
mod stretch;
mod trace;
mod tracked;
mod uses;
mod words;

pub use environment::PolicyAt;
pub use facts::Fact;
pub use ledger::{Life, Point, Timeline};
pub use trace::{Progress, Question, trace};
