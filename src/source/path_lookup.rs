//! The same paths in one tree after another, as one goes back in history.
//!
//! A directory that is as it was in the tree before is not opened again, so that a commit which touches none of the
//! paths costs hardly more than its root.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::objs::tree::EntryMode;

use super::Unseen;
use super::git::Git;
use super::objects::{blob_id, read_blob, tree_entries};
use crate::text::{BlobId, RepoPath, TreeId};

/// Finds paths in trees, on one thread.
pub struct PathLookup {
    repo: gix::Repository,
    root: PathPart,
    buffer: Vec<u8>,
}

/// The content at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(BlobId),
    /// No file.
    Nothing,
    /// A directory above it could not be opened.
    Unseen,
}

/// A part of a path, and its content in the earlier tree.
#[derive(Debug, Default)]
struct PathPart {
    below: BTreeMap<Vec<u8>, PathPart>,
    /// Which path ends here.
    path: Option<usize>,
    last: Option<Content>,
}

/// The entry at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Entry(EntryMode, ObjectId),
    Nothing,
    Unseen,
}

impl PathLookup {
    pub(super) fn new(git: &Git, paths: &[RepoPath]) -> Self {
        let mut root = PathPart::default();
        for (at, path) in paths.iter().enumerate() {
            let parts = path.as_bytes().split(|&byte| byte == b'/');
            let place = parts.fold(&mut root, |place, part| place.below.entry(part.to_vec()).or_default());
            place.path = Some(at);
        }
        Self { repo: git.local(), root, buffer: Vec::new() }
    }

    /// The contents in this tree at the paths where it differs from the tree before, by the place of the path; in the
    /// first tree, at all of them.
    pub fn changes(&mut self, tree: TreeId) -> Vec<(usize, Found)> {
        let id = ObjectId::try_from(tree.as_bytes()).expect("a tree id has 20 or 32 bytes");
        let mode = gix::objs::tree::EntryKind::Tree.into();
        let mut changes = Vec::new();
        self.root.meet(&self.repo, Content::Entry(mode, id), &mut self.buffer, &mut changes);
        changes
    }

    /// The content of a file.
    pub fn read(&self, blob: BlobId) -> Result<Vec<u8>, Unseen> {
        let id = ObjectId::try_from(blob.as_bytes()).expect("a blob id has 20 or 32 bytes");
        let mut text = Vec::new();
        read_blob(&self.repo, id, &mut text).map(|()| text)
    }
}

impl PathPart {
    /// Remembers the present content, and collects the changes at the paths from here.
    fn meet(
        &mut self,
        repo: &gix::Repository,
        content: Content,
        buffer: &mut Vec<u8>,
        changes: &mut Vec<(usize, Found)>,
    ) {
        if self.last.replace(content) == Some(content) {
            return;
        }
        changes.extend(self.path.map(|path| (path, content.found())));
        if self.below.is_empty() {
            return;
        }
        let found = content.at_names(repo, &self.below, buffer);
        for ((_, place), content) in self.below.iter_mut().zip(found) {
            place.meet(repo, content, buffer, changes);
        }
    }
}

impl Content {
    fn found(self) -> Found {
        match self {
            Self::Entry(mode, id) if mode.is_blob() => Found::File(blob_id(id)),
            Self::Entry(..) | Self::Nothing => Found::Nothing,
            Self::Unseen => Found::Unseen,
        }
    }

    /// The entries at each of these names below it, in their order.
    fn at_names(self, repo: &gix::Repository, names: &BTreeMap<Vec<u8>, PathPart>, buffer: &mut Vec<u8>) -> Vec<Self> {
        let id = match self {
            Self::Entry(mode, id) if mode.is_tree() => id,
            Self::Entry(..) | Self::Nothing => return vec![Self::Nothing; names.len()],
            Self::Unseen => return vec![Self::Unseen; names.len()],
        };
        let Ok(entries) = tree_entries(repo, id, buffer) else { return vec![Self::Unseen; names.len()] };
        let names: Vec<&[u8]> = names.keys().map(Vec::as_slice).collect();
        let mut found = vec![Self::Nothing; names.len()];
        for entry in entries {
            let Ok(entry) = entry else { return vec![Self::Unseen; names.len()] };
            if let Ok(at) = names.binary_search(&entry.filename.as_ref()) {
                found[at] = Self::Entry(entry.mode, entry.oid.to_owned());
            }
        }
        found
    }
}
