//! Reading blobs and trees, on one thread.
//!
//! Objects that are absent are distinguished from objects that are damaged, and neither stops a walk.

use gix::ObjectId;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::objs::{Find as _, Kind};
use gix::prelude::HeaderExt as _;

use super::links::Node;
use super::{SourceError, Unseen};
use crate::text::{BlobId, RepoPath};

/// No longer content is read, from an object or from disk.
pub(super) const MAX_LENGTH: u64 = 512 << 20;

/// A longer text is no path.
const MAX_LINK_LENGTH: usize = 4096;

/// No system opens a longer path; Windows opens the longest.
pub(super) const MAX_PATH_LENGTH: usize = 32 << 10;

/// How much of a tree is looked at: more than a million files. One small tree can be in many places, so that a few
/// objects make a tree without end in sight.
const MAX_WALK: usize = 512 << 20;

/// The cost of an entry in that limit, in addition to its path.
const ENTRY_COST: usize = 256;

/// The visitor of a walk over a tree.
pub(super) trait Visitor {
    /// Whether to open this directory.
    fn enters(&mut self, directory: &[u8]) -> bool;

    /// An entry that is no directory.
    fn entry(&mut self, path: &[u8], mode: EntryMode, id: ObjectId);

    /// A directory that could not be opened.
    fn unseen(&mut self, directory: &[u8], reason: Unseen);
}

/// Visits every entry below the tree `id`, whose path is `root`, directories in no certain order.
pub(super) fn walk_tree(repo: &gix::Repository, root: &[u8], id: ObjectId, visitor: &mut dyn Visitor) {
    let mut walk = TreeWalk { repo, visitor, pending: vec![(root.to_vec(), id)], left: MAX_WALK };
    let mut buffer = Vec::new();
    while let Some((directory, id)) = walk.pending.pop() {
        if let Err(reason) = walk.directory(&directory, id, &mut buffer) {
            walk.visitor.unseen(&directory, reason);
        }
        if walk.left == 0 {
            walk.visitor.unseen(root, Unseen::TooManyFiles);
            return;
        }
    }
}

struct TreeWalk<'w> {
    repo: &'w gix::Repository,
    visitor: &'w mut dyn Visitor,
    pending: Vec<(Vec<u8>, ObjectId)>,
    /// How much more is looked at.
    left: usize,
}

impl TreeWalk<'_> {
    fn directory(&mut self, directory: &[u8], id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        let mut path = directory.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        let start = path.len();
        let mut order = TreeOrder::default();
        for entry in tree_entries(self.repo, id, buffer)? {
            let entry = entry.map_err(|error| unreadable(&error))?;
            if let Some(fault) = order.fault_of(entry.filename, entry.mode) {
                self.visitor.unseen(directory, fault);
            }
            if !is_checked_out(entry.filename) {
                continue;
            }
            path.truncate(start);
            path.extend_from_slice(entry.filename);
            if path.len() > MAX_PATH_LENGTH {
                return Err(Unseen::PathTooLong);
            }
            self.left = self.left.saturating_sub(path.len() + ENTRY_COST);
            if self.left == 0 {
                return Ok(());
            }
            if !entry.mode.is_tree() {
                self.visitor.entry(&path, entry.mode, entry.oid.to_owned());
            } else if self.visitor.enters(&path) {
                self.pending.push((path.clone(), entry.oid.to_owned()));
            }
        }
        Ok(())
    }
}

/// Finds, entry by entry, faults that no tree has that Git wrote: a name twice, a name with a slash, another order than
/// Git's (`verify_ordered` in `fsck.c`). Programs read different contents from such a tree.
#[derive(Default)]
pub(super) struct TreeOrder<'t> {
    last: Option<(&'t [u8], EntryMode)>,
    /// The files whose names the last one begins with, so that a directory of that name may still come.
    files: Vec<&'t [u8]>,
    is_faulty: bool,
}

impl<'t> TreeOrder<'t> {
    /// The fault of the next entry, for the first entry that has one.
    pub(super) fn fault_of(&mut self, name: &'t [u8], mode: EntryMode) -> Option<Unseen> {
        let shown = || RepoPath::new(name);
        while let Some(file) = self.files.pop_if(|file| !may_follow(file, name)) {
            debug_assert!(file != name);
        }
        let is_twice = self.files.last() == Some(&name) || self.last.is_some_and(|(last, _)| last == name);
        let is_ordered = self.last.is_none_or(|(last, of_last)| sort_key(last, of_last).lt(sort_key(name, mode)));
        self.last = Some((name, mode));
        if !mode.is_tree() {
            self.files.push(name);
        }
        let words = match () {
            () if self.is_faulty => return None,
            () if name.contains(&b'/') => format!("a damaged directory: `{}` is no name", shown()),
            () if is_twice => format!("a damaged directory: `{}` is in it twice", shown()),
            () if !is_ordered => format!("a damaged directory: `{}` is not in its place", shown()),
            () => return None,
        };
        self.is_faulty = true;
        Some(Unseen::Unreadable(words))
    }
}

/// Whether a directory with the name of `file` may still come after an entry called `name`.
fn may_follow(file: &[u8], name: &[u8]) -> bool {
    name.strip_prefix(file).is_some_and(|rest| rest.first().is_none_or(|&byte| byte < b'/'))
}

/// The bytes by which Git orders entries: those of a directory end in a slash.
fn sort_key(name: &[u8], mode: EntryMode) -> impl Iterator<Item = u8> {
    name.iter().copied().chain(mode.is_tree().then_some(b'/'))
}

/// Whether Git checks such a name out. One that it refuses is seen by no build.
pub(super) fn is_checked_out(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b".." | b".git") && !name.contains(&b'/')
}

/// The entries of a tree, in their order.
pub(super) fn tree_entries<'b>(
    repo: &gix::Repository,
    id: ObjectId,
    buffer: &'b mut Vec<u8>,
) -> Result<gix::objs::TreeRefIter<'b>, Unseen> {
    buffer.clear();
    if id.is_empty_tree() {
        return Ok(gix::objs::TreeRefIter::from_bytes(&[], id.kind()));
    }
    let data = repo.objects.try_find(&id, buffer).map_err(|error| unreadable(&error))?;
    let data = data.ok_or(Unseen::MissingObject)?;
    data.try_into_tree_iter().ok_or_else(|| Unseen::Unreadable(format!("object {id} is not a tree")))
}

/// The node at `path` in the tree `root`.
pub(super) fn look(repo: &gix::Repository, root: ObjectId, path: &[u8]) -> Result<Node, Unseen> {
    let Some((mode, id)) = entry_at(repo, root, path)? else { return Ok(Node::Absent) };
    match mode.kind() {
        EntryKind::Tree => Ok(Node::Directory),
        EntryKind::Blob | EntryKind::BlobExecutable => Ok(Node::File(Some(blob_id(id)))),
        EntryKind::Link => read_link(repo, id).map(Node::Link),
        EntryKind::Commit => Err(Unseen::Submodule),
    }
}

/// The kind and the object of the entry at `path` in the tree `root`.
pub(super) fn entry_at(
    repo: &gix::Repository,
    root: ObjectId,
    path: &[u8],
) -> Result<Option<(EntryMode, ObjectId)>, Unseen> {
    let (mut mode, mut id) = (EntryMode::from(EntryKind::Tree), root);
    let mut buffer = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        if !mode.is_tree() {
            return Ok(None);
        }
        let mut entries = tree_entries(repo, id, &mut buffer)?;
        let found = entries.find(|entry| entry.as_ref().map_or(true, |entry| *entry.filename == *part));
        let Some(entry) = found.transpose().map_err(|error| unreadable(&error))? else { return Ok(None) };
        (mode, id) = (entry.mode, entry.oid.to_owned());
    }
    Ok(Some((mode, id)))
}

/// The target of the symbolic link that is stored in this blob.
pub(super) fn read_link(repo: &gix::Repository, id: ObjectId) -> Result<Vec<u8>, Unseen> {
    let mut text = Vec::new();
    read_blob(repo, id, &mut text)?;
    if text.len() > MAX_LINK_LENGTH { Err(Unseen::LinkBroken) } else { Ok(text) }
}

/// Replaces `buffer` by the content of a blob.
pub(super) fn read_blob(repo: &gix::Repository, id: ObjectId, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
    buffer.clear();
    if id.is_empty_blob() {
        return Ok(());
    }
    // The repository is opened with a limit on the size of one object, so this cannot exhaust the memory.
    match repo.objects.try_find(&id, buffer) {
        Ok(None) => Err(Unseen::MissingObject),
        Ok(Some(data)) if data.kind == Kind::Blob => Ok(()),
        Ok(Some(_)) => Err(Unseen::Unreadable(format!("object {id} is not a blob"))),
        Err(_) if repo.objects.header(id).is_ok_and(|header| header.size() > MAX_LENGTH) => Err(Unseen::TooLarge),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Our name for an object id.
pub(super) fn blob_id(id: ObjectId) -> BlobId {
    BlobId::new(id.as_bytes()).expect("an object id has 20 or 32 bytes")
}

/// A failure of gix, in its words.
pub(super) fn unreadable(error: &gix::Error) -> Unseen {
    Unseen::Unreadable(describe(error))
}

/// A failure of gix, with the message of each of its causes, on one line and without control characters.
pub(super) fn describe(error: &gix::Error) -> String {
    let mut words = Vec::<String>::new();
    for cause in error.iter_errors() {
        let text = cause.to_string();
        if !text.is_empty() && !words.contains(&text) {
            words.push(text);
        }
    }
    RepoPath::new(words.join(": ")).to_string()
}

/// An error about something that gix could not do.
pub(super) fn failure(what: impl std::fmt::Display, error: &gix::Error) -> SourceError {
    SourceError::new(format!("{what}: {}", describe(error)))
}
