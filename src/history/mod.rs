//! Many states in one pass: which facts began and ended, at which commit.
//!
//! From one commit to the next only the differences are read. A version of a Go file is checked once for each
//! surrounding in which its imports lead elsewhere, together with all others of that surrounding; the facts of a
//! commit is then the sum over the files that it has.

mod back;
mod batch;
mod environment;
mod facts;
mod held;
mod imports;
mod judge;
mod kept;
mod lines;
mod reach;
mod states;
mod trace;
mod tracked;
mod uses;
mod words;

pub(crate) use environment::PolicyAt;
pub(crate) use facts::Fact;
pub(crate) use held::{Life, Point, Timeline};
pub(crate) use imports::{
    AskedRequirement, ImportSpan, LastImportCommit, LookBack, RequiringModule, trace_import_spans, trace_last_imports,
};
pub use lines::{Addition, AskedLine, Start, trace_lines};
pub(crate) use states::{CommitState, StateVerdict};
pub use trace::Progress;
pub(crate) use trace::{PastQuestion, trace};
