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
pub(crate) use fast::{FastMap, FastSet};
pub(crate) use files::SourceFile;
pub use files::{FileId, Files, Home};
pub use hidden::is_hidden;
pub use line_index::{LineColumn, LineIndex};
pub(crate) use origin::BlobId;
pub use origin::{CommitId, Origin, TreeId};
pub use path::RepoPath;
pub(crate) use path::names_git_directory;
pub use span::{Span, Spanned};
pub(crate) use suggest::{did_you_mean, nearest};
