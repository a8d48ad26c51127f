//! The differences between two trees.

use super::Unseen;
use crate::text::{BlobId, RepoPath};

/// A path that is not the same in two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: RepoPath,
    /// The entry before.
    pub before: Option<Leaf>,
    /// The entry after.
    pub after: Option<Leaf>,
}

/// The entries that a tree can hold other than directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A file.
    File(BlobId),
    /// A symbolic link; its object is its target path.
    Link(BlobId),
    /// A commit of another repository.
    Submodule,
}

impl Leaf {
    /// The content, if it is a file.
    pub fn blob(self) -> Option<BlobId> {
        match self {
            Self::File(blob) => Some(blob),
            Self::Link(_) | Self::Submodule => None,
        }
    }
}

/// All that differs between two trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// The wanted paths that differ, sorted.
    pub changes: Vec<Change>,
    /// The directories that were opened because they differ, the root among them.
    pub opened: Vec<RepoPath>,
    /// Directories of the later tree that differ and could not be opened; they count as empty.
    pub unseen: Vec<(RepoPath, Unseen)>,
}
