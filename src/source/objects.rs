//! Reading blobs and trees, on one thread.
//!
//! Objects that are absent are told apart from objects that are damaged, and neither stops a walk.

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

/// What a walk over a tree meets.
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
    let mut pending = vec![(root.to_vec(), id)];
    let mut buffer = Vec::new();
    while let Some((directory, id)) = pending.pop() {
        if let Err(reason) = visit_directory(repo, (&directory, id), &mut buffer, (visitor, &mut pending)) {
            visitor.unseen(&directory, reason);
        }
    }
}

fn visit_directory(
    repo: &gix::Repository,
    (directory, id): (&[u8], ObjectId),
    buffer: &mut Vec<u8>,
    (visitor, pending): (&mut dyn Visitor, &mut Vec<(Vec<u8>, ObjectId)>),
) -> Result<(), Unseen> {
    let mut path = directory.to_vec();
    if !path.is_empty() {
        path.push(b'/');
    }
    let start = path.len();
    for entry in tree_entries(repo, id, buffer)? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        // Git refuses to check such names out, so no build ever sees them.
        if matches!(&**entry.filename, b"" | b"." | b".." | b".git") || entry.filename.contains(&b'/') {
            continue;
        }
        path.truncate(start);
        path.extend_from_slice(entry.filename);
        if !entry.mode.is_tree() {
            visitor.entry(&path, entry.mode, entry.oid.to_owned());
        } else if visitor.enters(&path) {
            pending.push((path.clone(), entry.oid.to_owned()));
        }
    }
    Ok(())
}

fn tree_entries<'b>(
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

/// What is at `path` in the tree `root`.
pub(super) fn look(repo: &gix::Repository, root: ObjectId, path: &[u8]) -> Result<Node, Unseen> {
    let mut id = root;
    let mut mode = EntryKind::Tree.into();
    let mut buffer = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        if !EntryMode::is_tree(&mode) {
            return Ok(Node::Absent);
        }
        let mut entries = tree_entries(repo, id, &mut buffer)?.filter_map(Result::ok);
        let Some(entry) = entries.find(|entry| *entry.filename == *part) else {
            return Ok(Node::Absent);
        };
        (mode, id) = (entry.mode, entry.oid.to_owned());
    }
    match mode.kind() {
        EntryKind::Tree => Ok(Node::Directory),
        EntryKind::Blob | EntryKind::BlobExecutable => Ok(Node::File(Some(blob_id(id)))),
        EntryKind::Link => read_link(repo, id).map(Node::Link),
        EntryKind::Commit => Err(Unseen::Submodule),
    }
}

/// What the symbolic link that is stored in this blob says.
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
    // The repository is opened with a limit on what one object may take, so this cannot exhaust the memory.
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

/// A failure of gix, with what each of its causes adds, on one line and without control characters.
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
