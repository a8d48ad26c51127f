//! Where the files come from: the work tree, the index, a commit, or memory.
//!
//! The only home of `gix` and of reading files. The meaning of a file is not known here.

#![expect(clippy::disallowed_methods, reason = "the one home of reading files")]

mod ambiguity;
mod cached_module;
mod changes;
mod commit;
mod disk;
mod environment;
mod fingerprint;
mod gate;
mod history;
mod ignored;
mod index;
mod links;
mod memory;
mod module_cache;
mod objects;
mod path_lookup;
mod quarantine;
mod range;
mod reader;
mod remote;
mod repository;
mod revision;
mod status;
mod work_tree;

use std::fmt;
use std::path::Path;

use crate::text::{BlobId, Origin, RepoPath, TreeId};

pub(crate) use ambiguity::Ambiguity;
pub(crate) use cached_module::CachedFile;
pub use cached_module::{CachedModule, ContentHash, hash1};
pub use changes::{Change, Leaf};
pub(crate) use changes::{Changes, Delta};
pub(crate) use disk::{MAX_SETTINGS, read_file};
pub use environment::Environment;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use history::{Boundary, PastCommit, Step};
pub use history::{CommitInfo, Common, History, Parents, Walk};
pub(crate) use ignored::ignored_go_dirs;
pub use memory::MemorySource;
pub use module_cache::ModuleCache;
pub(crate) use path_lookup::{Found, PathLookup};
pub(crate) use range::{Range, RangeSpec, Relation};
pub use repository::Repository;
pub(crate) use status::Status;

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
    fn sorted(mut self) -> Self {
        self.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.unseen.sort_by(|a, b| a.0.cmp(&b.0));
        self.links.sort_unstable();
        self.ignored.sort_unstable();
        self
    }
}

/// Why a path could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A submodule, or another repository inside this one: its files are not this repository's.
    Submodule,
    /// The same, and an import, a `use` line or a `replace` line leads into it.
    ReachedSubmodule,
    /// A directory that Git ignores, and an import leads into it.
    IgnoredPackage,
    /// A directory that Git ignores, and a `use` line or a `replace` line leads into it.
    IgnoredModule,
    /// The file is a Git LFS pointer without the content.
    LfsPointer,
    /// A module to which a `use` or `replace` line could lead by way of a directory outside of the repository.
    Returning,
    /// A symbolic link that leaves the repository.
    LinkLeaves,
    /// A symbolic link to nothing, to itself, or through too many others.
    LinkBroken,
    /// A symbolic link to a directory, which is not followed.
    LinkToDirectory,
    /// A module below a vendor directory or behind a symbolic link, in a walk over history.
    Untracked,
    /// The object is not in the repository; a partial or damaged clone.
    MissingObject,
    /// The index holds several versions: a merge conflict is not resolved.
    Conflict,
    /// Longer than can be read.
    TooLarge,
    /// Its path, or one below it, is longer than any system opens.
    PathTooLong,
    /// It holds more files than can be looked at.
    TooManyFiles,
    /// A pipe, a socket or a device, which is never opened.
    Irregular,
    /// The system would not read it; its words.
    Unreadable(String),
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Submodule => "it is in another repository",
            Self::ReachedSubmodule => "it is in another repository, and the build needs packages from it",
            Self::IgnoredPackage => "it is ignored by Git, and the build on this machine needs packages from it",
            Self::IgnoredModule => "it is ignored by Git, and a `use` or `replace` line needs a module from it",
            Self::Returning => {
                "a path that leaves the repository may lead back to this module, depending on the name of the clone"
            }
            Self::LfsPointer => "it is a Git LFS pointer without the content",
            Self::LinkLeaves => "it is a symbolic link that leaves the repository",
            Self::LinkBroken => "it is a symbolic link that leads to no file",
            Self::LinkToDirectory => "it is a symbolic link to a directory, which is not followed",
            Self::Untracked => {
                "it is in a vendor directory or behind a symbolic link, which are not followed in earlier commits"
            }
            Self::MissingObject => "its object is not in this clone",
            Self::Conflict => "its merge conflict is not resolved",
            Self::TooLarge => "it is larger than 512 MiB",
            Self::PathTooLong => "its path is longer than 32 KiB",
            Self::TooManyFiles => "it has too many files",
            Self::Irregular => "it is not a regular file",
            Self::Unreadable(reason) => reason,
        })
    }
}

/// Why a state could not be opened or listed. The message is the error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The error.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// Where the mistake lies.
    pub fault: Fault,
}

/// Where the mistake lies when a state cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// In the request: there is no such thing here.
    Request,
    /// In the state: it may exist, and cannot be read.
    State,
}

impl SourceError {
    /// Something that could not be seen.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, fault: Fault::State }
    }

    /// Something that was asked for and is not there.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self { fault: Fault::Request, ..Self::new(message) }
    }

    /// The same with a remedy.
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        self.help(help)
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}

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
