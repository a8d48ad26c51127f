//! The vocabulary of text for every layer: spans, files, paths and where they come from.
//!
//! Nothing here reads a file or knows a format.

mod edit;
mod fast;
mod files;
mod hidden;
mod line_index;
mod origin;
mod path;
mod span;
mod suggest;

pub use edit::Edit;
pub use fast::{FastMap, FastSet};
pub use files::{FileId, Files, Home, SourceFile};
pub use hidden::is_hidden;
pub use line_index::{LineColumn, LineIndex};
pub use origin::{BlobId, CommitId, Origin, TreeId};
pub use path::{RepoPath, names_git_directory};
pub use span::{Span, Spanned};
pub use suggest::{did_you_mean, nearest};
