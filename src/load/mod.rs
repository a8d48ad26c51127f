//! From a source to parsed files: which entries matter, read and parsed in parallel, each blob once.
//!
//! What the files mean together is the model's.

mod plan;
mod read;

pub use plan::{List, NamedModules, Plan, Role, Tree};
pub use read::{Loaded, read};
