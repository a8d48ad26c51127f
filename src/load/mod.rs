//! From a source to parsed files: which entries matter, read and parsed in parallel, each blob once.
//!
//! What the files mean together is the model's.

mod history;
mod plan;
mod read;

pub use history::{compare_trees, read_go_files};
pub use plan::{List, NamedModules, Plan, Role, Tree};
pub use read::{Loaded, read};
