//! Where the files come from: the work tree, the index, a commit, or memory.
//!
//! The only home of `gix` and of reading files. What a file means is not known here.

use std::path::Path;

use crate::text::{BlobId, Origin, RepoPath};

/// A state of a repository that can be listed and read.
pub trait Source: Sync {
    /// Which state this is.
    fn origin(&self) -> &Origin;

    /// Lists the files that `selection` wants, sorted by path, symbolic links to files inside the repository
    /// resolved, and names what it could not see.
    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError>;

    /// A reader for one thread.
    fn reader(&self) -> Box<dyn Reader + '_>;
}

/// Reads files, on one thread.
pub trait Reader {
    /// Replaces `buffer` by the content of `entry`.
    fn read(&mut self, entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), Unseen>;

    /// Replaces `buffer` by at least the first `limit` bytes of `entry` if it has so many, all of it where
    /// reading a part saves nothing. Returns whether that is all.
    fn read_head(&mut self, entry: &Entry, limit: usize, buffer: &mut Vec<u8>) -> Result<bool, Unseen> {
        let _ = limit;
        self.read(entry, buffer).map(|()| true)
    }
}

/// Which part of a tree matters, so that the rest is never opened. Paths are bytes from the root.
pub trait Selection: Sync {
    /// Whether anything below this directory matters.
    fn enters(&self, directory: &[u8]) -> bool;

    /// Whether this file matters.
    fn wants(&self, file: &[u8]) -> bool;
}

/// A file of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path; for a symbolic link the path of the link.
    pub path: RepoPath,
    /// Where its content really is, if a symbolic link was followed.
    pub target: Option<RepoPath>,
    /// The object id of the content; `None` for a file on disk.
    pub blob: Option<BlobId>,
}

/// The files of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, sorted by path.
    pub entries: Vec<Entry>,
    /// What was wanted, or could hold what was wanted, and could not be seen.
    pub unseen: Vec<(RepoPath, Unseen)>,
}

/// Why a path could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A submodule: its files are in another repository.
    Submodule,
    /// A Git LFS pointer stands in place of the content.
    LfsPointer,
    /// A symbolic link that leaves the repository.
    LinkLeaves,
    /// A symbolic link to nothing, to itself, or through too many others.
    LinkBroken,
    /// The object is not in the repository; a partial or damaged clone.
    MissingObject,
    /// The index holds several versions: a merge conflict is not resolved.
    Conflict,
    /// Longer than can be read.
    TooLarge,
    /// The system would not read it; its words.
    Unreadable(String),
}

/// Why a state could not be opened or listed. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// What went wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Which state to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateSpec {
    /// The files on disk.
    WorkTree,
    /// The index.
    Index,
    /// The commit that a revision names.
    Revision(String),
}

/// Opens the state of the repository that `directory` lies in.
///
/// A directory outside any repository has a work tree only.
pub fn open(directory: &Path, spec: &StateSpec) -> Result<Box<dyn Source>, SourceError> {
    let _ = (directory, spec);
    Err(SourceError { message: String::new(), help: None })
}
