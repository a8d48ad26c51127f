//! The index: the content of the next commit.
//!
//! It may be split, sparse, in conflict, absent, or not `.git/index` at all.

use std::ops::Range;

use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage};
use gix::objs::tree::{EntryKind, EntryMode};

use super::gate::Gate;
use super::git::Git;
use super::links::{LinkTree, Node, follow, follow_directory};
use super::objects::{self, Visitor, blob_id, failure, read_link, walk_tree};
use super::reader::ObjectReader;
use super::{Entry, Listing, Reader, Selection, Source, SourceError, Unseen};
use crate::text::{Origin, RepoPath};

/// The state that the index holds.
pub(super) struct Staged {
    pub(super) git: Git,
    pub(super) index: Index,
}

impl Source for Staged {
    fn origin(&self) -> &Origin {
        &Origin::Index
    }

    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError> {
        let tree = StagedTree { index: &self.index, repo: self.git.local() };
        let mut gate = Gate::new(selection);
        let mut listing = Listing { unseen: self.index.holes_in(selection), ..Listing::default() };
        for (path, record) in self.index.iter() {
            match record.kind {
                IndexedKind::Submodule if gate.enters(path) => {
                    listing.unseen.push((RepoPath::new(path), Unseen::Submodule))
                }
                IndexedKind::Submodule | IndexedKind::IntentToAdd => {}
                IndexedKind::Link if !gate.admits(path) => {
                    if gate.enters(path) {
                        listing.links.push(RepoPath::new(path));
                    }
                }
                _ if !gate.admits(path) => {}
                _ if path.len() > objects::MAX_PATH_LENGTH => {
                    listing.unseen.push((RepoPath::new(path), Unseen::PathTooLong));
                }
                IndexedKind::Conflict => listing.unseen.push((RepoPath::new(path), Unseen::Conflict)),
                IndexedKind::Link => listing.add_followed(&tree, path),
                IndexedKind::File => listing.entries.push(record.entry(path)),
            }
        }
        Ok(listing.sorted())
    }

    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
        follow(&StagedTree { index: &self.index, repo: self.git.local() }, path)
    }

    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        follow_directory(&StagedTree { index: &self.index, repo: self.git.local() }, path)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(ObjectReader(self.git.local()))
    }
}

struct StagedTree<'s> {
    index: &'s Index,
    repo: gix::Repository,
}

impl LinkTree for StagedTree<'_> {
    fn look(&self, path: &[u8]) -> Result<Node, Unseen> {
        self.index.look(path, &self.repo)
    }
}

/// The content of the index file, one record per path, sparse directories expanded.
pub(super) struct Index {
    file: gix::index::File,
    paths: Vec<u8>,
    records: Vec<Record>,
    holes: Vec<(RepoPath, Unseen)>,
}

/// One path of the index.
pub(super) struct Record {
    path: Range<usize>,
    id: ObjectId,
    /// The kind of entry.
    pub(super) kind: IndexedKind,
    /// Whether it should be on disk.
    pub(super) presence: DiskPresence,
}

/// Whether a file of the index should be on disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DiskPresence {
    OnDisk,
    /// A sparse checkout leaves it out, or `git update-index --skip-worktree`.
    Skipped,
}

/// The kinds of entries in the index.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IndexedKind {
    File,
    Link,
    Submodule,
    /// `git add --intent-to-add`: known to Git, and not part of the next commit.
    IntentToAdd,
    /// Several versions, of a merge.
    Conflict,
}

impl Record {
    /// The object of its content.
    pub(super) fn id(&self) -> ObjectId {
        self.id
    }

    /// The file that the record stands for.
    pub(super) fn entry(&self, path: &[u8]) -> Entry {
        Entry { path: RepoPath::new(path), target: None, blob: Some(blob_id(self.id)) }
    }
}

impl Index {
    /// Reads the index; an absent file is an empty index, as in a new repository.
    pub(super) fn read(git: &Git) -> Result<Self, SourceError> {
        let repo = git.local();
        let path = git.index_path();
        let limit = usize::try_from(objects::MAX_LENGTH).ok();
        let options =
            gix::index::decode::Options { thread_limit: Some(1), alloc_limit_bytes: limit, ..Default::default() };
        let file = gix::index::File::at_or_default(path, repo.object_hash(), false, options).map_err(|error| {
            failure(format_args!("cannot read the index {}", path.display()), &error)
                .help("`git read-tree HEAD` writes a new index; what was staged is then no longer")
        })?;
        let mut index = Self { paths: Vec::new(), records: Vec::new(), holes: Vec::new(), file };
        index.fill(&repo);
        Ok(index)
    }

    fn fill(&mut self, repo: &gix::Repository) {
        let file = std::mem::replace(&mut self.file, empty(repo));
        self.paths.reserve(file.path_backing().len());
        self.records.reserve(file.entries().len());
        for entry in file.entries() {
            let path = entry.path(&file);
            if entry.mode == Mode::DIR {
                walk_tree(repo, path.strip_suffix(b"/").unwrap_or(path), entry.id, self);
            } else {
                self.push(path, entry.id, kind(entry), presence(entry));
            }
        }
        if file.is_sparse() {
            let Self { paths, records, .. } = self;
            records.sort_by(|a, b| paths[a.path.clone()].cmp(&paths[b.path.clone()]));
        }
        self.file = file;
    }

    /// The index as gix knows it.
    pub(super) fn file(&self) -> &gix::index::File {
        &self.file
    }

    /// Every path, sorted, and its record.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Record)> {
        self.records.iter().map(|record| (self.path(record), record))
    }

    /// The record of a path.
    pub(super) fn find(&self, path: &[u8]) -> Option<&Record> {
        let at = self.records.binary_search_by(|record| self.path(record).cmp(path)).ok()?;
        Some(&self.records[at])
    }

    /// Whether there is anything below this directory.
    pub(super) fn has_directory(&self, directory: &[u8]) -> bool {
        let mut prefix = directory.to_vec();
        prefix.push(b'/');
        let at = self.records.partition_point(|record| self.path(record) < prefix.as_slice());
        self.records.get(at).is_some_and(|record| self.path(record).starts_with(&prefix))
    }

    /// The entry at a path, in the sense of [`LinkTree::look`].
    pub(super) fn look(&self, path: &[u8], repo: &gix::Repository) -> Result<Node, Unseen> {
        let Some(record) = self.find(path) else {
            return Ok(if self.has_directory(path) { Node::Directory } else { Node::Absent });
        };
        match record.kind {
            IndexedKind::File => Ok(Node::File(Some(blob_id(record.id)))),
            IndexedKind::Link => read_link(repo, record.id).map(Node::Link),
            IndexedKind::Submodule => Err(Unseen::Submodule),
            IndexedKind::IntentToAdd => Ok(Node::Absent),
            IndexedKind::Conflict => Err(Unseen::Conflict),
        }
    }

    /// The sparse directories whose trees are not in this clone and that the selection enters.
    pub(super) fn holes_in(&self, selection: &dyn Selection) -> Vec<(RepoPath, Unseen)> {
        let mut gate = Gate::new(selection);
        self.holes.iter().filter(|(path, _)| gate.enters(path.as_bytes())).cloned().collect()
    }

    fn path(&self, record: &Record) -> &[u8] {
        &self.paths[record.path.clone()]
    }

    fn push(&mut self, path: &[u8], id: ObjectId, kind: IndexedKind, presence: DiskPresence) {
        if self.records.last().is_some_and(|last| self.path(last) == path) {
            return;
        }
        let start = self.paths.len();
        self.paths.extend_from_slice(path);
        self.records.push(Record { path: start..self.paths.len(), id, kind, presence });
    }
}

/// Takes in the tree of a sparse directory.
impl Visitor for Index {
    fn enters(&mut self, _: &[u8]) -> bool {
        true
    }

    fn entry(&mut self, path: &[u8], mode: EntryMode, id: ObjectId) {
        let kind = match mode.kind() {
            EntryKind::Commit => IndexedKind::Submodule,
            EntryKind::Link => IndexedKind::Link,
            EntryKind::Tree | EntryKind::Blob | EntryKind::BlobExecutable => IndexedKind::File,
        };
        self.push(path, id, kind, DiskPresence::Skipped);
    }

    fn unseen(&mut self, directory: &[u8], reason: Unseen) {
        self.holes.push((RepoPath::new(directory), reason));
    }
}

fn empty(repo: &gix::Repository) -> gix::index::File {
    gix::index::File::from_state(gix::index::State::new(repo.object_hash()), repo.index_path())
}

fn kind(entry: &gix::index::Entry) -> IndexedKind {
    if entry.stage() != Stage::Unconflicted {
        IndexedKind::Conflict
    } else if entry.flags.contains(Flags::INTENT_TO_ADD) {
        IndexedKind::IntentToAdd
    } else if entry.mode.is_submodule() {
        IndexedKind::Submodule
    } else if entry.mode == Mode::SYMLINK {
        IndexedKind::Link
    } else {
        IndexedKind::File
    }
}

fn presence(entry: &gix::index::Entry) -> DiskPresence {
    if entry.flags.contains(Flags::SKIP_WORKTREE) { DiskPresence::Skipped } else { DiskPresence::OnDisk }
}
