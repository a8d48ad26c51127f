//! A state of a repository: the trait of all that have one, and its files.

use super::{Delta, SourceError, Unseen};
use crate::text::{BlobId, Origin, RepoPath, TreeId};

/// A state of a repository that can be listed and read.
pub trait Source: Send + Sync {
    /// Which state this is.
    fn origin(&self) -> &Origin;

    /// Lists the files that `selection` wants, sorted by path, symbolic links to files inside the repository
    /// resolved, and names the paths that it could not read.
    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError>;

    /// Finds the one file at `path`, through symbolic links in any part of it. `None` if there is nothing, or a
    /// directory.
    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen>;

    /// Finds where the directory at `path` really is, through symbolic links in any part of the path. `None` if there
    /// is no directory.
    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen>;

    /// Where Git ignores the file or directory at `path`: there, or at a directory above it. `None` if it ignores nothing there, or nothing
    /// is there; always in a state other than the work tree.
    fn ignored(&self, path: &RepoPath) -> Option<RepoPath> {
        let _ = path;
        None
    }

    /// The same of the Go files in the directory `dir`, of which it is enough that Git ignores one; a file counts as its directory.
    fn ignored_go_files(&self, dir: &RepoPath) -> Option<RepoPath> {
        let _ = dir;
        None
    }

    /// A reader for one thread.
    fn reader(&self) -> Box<dyn Reader + '_>;

    /// The tree of the state, where it has one.
    fn tree(&self) -> Option<TreeId> {
        None
    }

    /// The wanted differences from another state, found without looking at anything else; `None` where one of them has
    /// no tree.
    fn changes_since(&self, before: &dyn Source, selection: &dyn Selection) -> Option<Delta> {
        let _ = (before, selection);
        None
    }
}

/// Reads files, on one thread.
pub trait Reader {
    /// Replaces `buffer` by the content of `entry`.
    fn read(&mut self, entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), Unseen>;

    /// How long the content of `entry` is, in bytes.
    fn size(&mut self, entry: &Entry) -> Result<u64, Unseen> {
        let mut buffer = Vec::new();
        self.read(entry, &mut buffer).map(|()| buffer.len() as u64)
    }

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

    /// Whether this file matters. Asked only of files whose directories are all entered.
    fn wants(&self, file: &[u8]) -> bool;

    /// Whether symbolic links matter whatever their names: each may lead to a directory.
    fn wants_links(&self) -> bool {
        false
    }
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

impl Entry {
    /// Some file with this content, wherever it is.
    pub fn of_blob(blob: BlobId) -> Self {
        Self { path: RepoPath::root(), target: None, blob: Some(blob) }
    }
}

/// The files of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, sorted by path.
    pub entries: Vec<Entry>,
    /// The paths that were wanted, or could hold wanted files, and could not be read; sorted by path.
    pub unseen: Vec<(RepoPath, Unseen)>,
    /// The symbolic links in directories that were entered, unless each is listed as the file that it leads to; sorted
    /// by path. One of these may lead to a directory, and no file of such a directory is listed.
    pub links: Vec<RepoPath>,
    /// The files in directories that were entered that are wanted, and that Git ignores; sorted by path.
    pub ignored: Vec<RepoPath>,
}

impl Listing {
    /// The file at this path, if the listing has it.
    pub(crate) fn entry(&self, path: &RepoPath) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
        Some(&self.entries[at])
    }

    /// Brings the lists into their order.
    pub(super) fn sorted(mut self) -> Self {
        self.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.unseen.sort_by(|a, b| a.0.cmp(&b.0));
        self.links.sort_unstable();
        self.ignored.sort_unstable();
        self
    }
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
