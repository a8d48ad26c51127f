//! Where the files come from: the work tree, the index, a commit, or memory.
//!
//! The only home of `gix` and of reading files. The meaning of a file is not known here.

#![expect(clippy::disallowed_methods, reason = "the one home of reading files")]

mod ambiguity;
mod cached_module;
mod changes;
mod commit;
mod delta;
mod disk;
mod environment;
mod error;
mod fingerprint;
mod gate;
mod git;
mod history;
mod ignored;
mod index;
mod links;
mod memory;
mod module_cache;
mod module_files;
mod objects;
mod path_lookup;
mod quarantine;
mod range;
mod reader;
mod remote;
mod repository;
mod revision;
mod state;
mod status;
mod unseen;
mod work_tree;

use std::path::Path;

pub(crate) use ambiguity::Ambiguity;
pub(crate) use cached_module::CachedFile;
pub use cached_module::{CachedModule, ContentHash, hash1};
pub(crate) use changes::Changes;
pub(crate) use delta::Delta;
pub use delta::{Change, Leaf};
pub(crate) use disk::{MAX_SETTINGS, read_file};
pub use environment::Environment;
pub(crate) use error::Fault;
pub use error::SourceError;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use history::{Boundary, PastCommit, Step};
pub use history::{CommitInfo, Common, History, Parents, Walk};
pub(crate) use ignored::ignored_go_dirs;
pub use memory::MemorySource;
pub use module_cache::ModuleCache;
pub(crate) use module_files::WithoutGoFiles;
pub(crate) use path_lookup::{Found, PathLookup};
pub(crate) use range::{Range, RangeSpec, Relation};
pub use repository::Repository;
pub(crate) use state::Reader;
pub use state::{Entry, Listing, Selection, Source, StateSpec};
pub(crate) use status::Status;
pub use unseen::Unseen;

/// A state, and the repository that it belongs to.
pub struct Opened {
    /// The state.
    pub source: Box<dyn Source>,
    /// The repository, for its directories and for further states.
    pub repository: Repository,
}

/// Opens a state of the repository that `directory` lies in.
///
/// A directory outside any repository has a work tree only. `environment` has Git's variables of this process; the
/// default is nothing.
pub fn open(directory: &Path, spec: &StateSpec, environment: &Environment) -> Result<Opened, SourceError> {
    let repository = Repository::discover(directory, environment)?;
    Ok(Opened { source: repository.state(spec)?, repository })
}
