//! Many states in one pass: which facts began and ended, at which commit.
//!
//! From one commit to the next only the differences are read. A version of a Go file is checked once for each
//! surrounding in which its imports lead elsewhere, together with all others of that surrounding; the facts of a
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

pub(crate) use environment::PolicyAt;
pub(crate) use facts::Fact;
pub(crate) use ledger::{Life, Point, Timeline};
pub use trace::Progress;
pub(crate) use trace::{PastQuestion, trace};
