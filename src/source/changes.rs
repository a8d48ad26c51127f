//! The differences between two trees, without opening a directory that is the same.
//!
//! A renamed file has gone from one path and come at another.

use std::cmp::Ordering;

use gix::ObjectId;
use gix::objs::tree::{EntryKind, EntryMode, EntryRef};

use super::commit::CommitTree;
use super::git::Git;
use super::links::{Node, follow_directory, follow_trail};
use super::objects::{MAX_PATH_LENGTH, TreeOrder, blob_id, entry_at, is_checked_out, look, tree_entries, unreadable};
use super::{Change, Delta, Entry, Leaf, Selection, Unseen};
use crate::text::{RepoPath, TreeId};

/// Compares trees, on one thread.
pub struct Changes {
    repo: gix::Repository,
}

/// How much memory trees may take that are likely to be compared again.
const TREE_CACHE: usize = 16 << 20;

impl Changes {
    pub(super) fn new(git: &Git) -> Self {
        let mut repo = git.local();
        repo.object_cache_size(TREE_CACHE);
        Self { repo }
    }

    /// The differences between `before`, nothing if there is none, and `after` that `selection` wants.
    pub fn between(&self, before: Option<TreeId>, after: TreeId, selection: &dyn Selection) -> Delta {
        self.between_seen(before, after, selection).0
    }

    /// The same, and the directories of the earlier tree that could not be opened; they count as empty.
    pub(super) fn between_seen(
        &self,
        before: Option<TreeId>,
        after: TreeId,
        selection: &dyn Selection,
    ) -> (Delta, Vec<(RepoPath, Unseen)>) {
        if before == Some(after) {
            return Default::default();
        }
        let comparison = TreeComparison {
            repo: &self.repo,
            selection,
            delta: Delta::default(),
            unseen_before: Vec::new(),
            pending: Vec::new(),
        };
        comparison.run(before.map(object_id), object_id(after))
    }

    /// Whether a tree has a directory at this path.
    pub fn has_directory(&self, tree: TreeId, path: &RepoPath) -> bool {
        matches!(look(&self.repo, object_id(tree), path.as_bytes()), Ok(Node::Directory))
    }

    /// The directory of a tree at this path, if there is one.
    pub fn tree(&self, tree: TreeId, path: &RepoPath) -> Option<TreeId> {
        let (mode, id) = entry_at(&self.repo, object_id(tree), path.as_bytes()).ok()??;
        if mode.is_tree() { TreeId::new(id.as_bytes()) } else { None }
    }

    /// Where a directory of a tree really is, through symbolic links in any part of its path. `None` if there is none.
    pub fn directory(&self, tree: TreeId, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        follow_directory(&CommitTree { repo: self.repo.clone(), root: object_id(tree) }, path)
    }

    /// Where a symbolic link of a tree leads, and every path that was looked at on the way.
    pub fn follow(&self, tree: TreeId, link: &RepoPath) -> (Result<Option<Entry>, Unseen>, Vec<RepoPath>) {
        follow_trail(&CommitTree { repo: self.repo.clone(), root: object_id(tree) }, link)
    }
}

struct TreeComparison<'a> {
    repo: &'a gix::Repository,
    selection: &'a dyn Selection,
    delta: Delta,
    unseen_before: Vec<(RepoPath, Unseen)>,
    /// Directories that are still to be compared.
    pending: Vec<(Vec<u8>, Option<ObjectId>, Option<ObjectId>)>,
}

impl TreeComparison<'_> {
    /// Compares a directory that differs, and all that is below it.
    fn run(mut self, before: Option<ObjectId>, after: ObjectId) -> (Delta, Vec<(RepoPath, Unseen)>) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        self.pending.push((Vec::new(), before, Some(after)));
        while let Some((path, before, after)) = self.pending.pop() {
            let directory = RepoPath::new(&path);
            let old = before.map(|id| entries(self.repo, id, &mut old)).transpose().unwrap_or_else(|reason| {
                self.unseen_before.push((directory.clone(), reason));
                None
            });
            let new = after.map(|id| entries(self.repo, id, &mut new)).transpose().unwrap_or_else(|reason| {
                self.delta.unseen.push((directory.clone(), reason));
                None
            });
            self.delta.opened.push(directory);
            self.directory(path, &old.unwrap_or_default(), &new.unwrap_or_default());
        }
        self.delta.changes.sort_by(|a, b| a.path.cmp(&b.path));
        (self.delta, self.unseen_before)
    }

    /// Walks through the entries of both trees side by side.
    fn directory(&mut self, mut path: Vec<u8>, mut old: &[EntryRef<'_>], mut new: &[EntryRef<'_>]) {
        if !path.is_empty() {
            path.push(b'/');
        }
        let start = path.len();
        loop {
            let order = match (old.first(), new.first()) {
                (None, None) => return,
                (Some(old), Some(new)) => old.cmp(new),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let before = if order.is_le() { take_first(&mut old) } else { None };
            let after = if order.is_ge() { take_first(&mut new) } else { None };
            if let Some(entry) = before.or(after).filter(|_| content(before) != content(after)) {
                path.truncate(start);
                path.extend_from_slice(entry.filename);
                self.entry(&path, content(before), content(after));
            }
        }
    }

    fn entry(&mut self, path: &[u8], before: NamedContent, after: NamedContent) {
        if path.len() > MAX_PATH_LENGTH {
            return;
        }
        let tree = |content: NamedContent| content.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| id);
        let (old_tree, new_tree) = (tree(before), tree(after));
        if old_tree != new_tree && self.selection.enters(path) {
            self.pending.push((path.to_vec(), old_tree, new_tree));
        }
        let (before, after) =
            (before.and_then(|(mode, id)| leaf(mode, id)), after.and_then(|(mode, id)| leaf(mode, id)));
        let is_wanted = match (before, after) {
            (Some(Leaf::Submodule), None) | (None, Some(Leaf::Submodule)) => self.selection.enters(path),
            (Some(Leaf::Link(_)), _) | (_, Some(Leaf::Link(_))) if self.selection.wants_links() => {
                self.selection.enters(path)
            }
            _ => self.selection.wants(path),
        };
        if before != after && is_wanted {
            self.delta.changes.push(Change { path: RepoPath::new(path), before, after });
        }
    }
}

/// The entry at a name, if there is one.
type NamedContent = Option<(EntryMode, ObjectId)>;

fn content(entry: Option<EntryRef<'_>>) -> NamedContent {
    entry.map(|entry| (entry.mode, entry.oid.to_owned()))
}

fn take_first<'e>(entries: &mut &[EntryRef<'e>]) -> Option<EntryRef<'e>> {
    let (first, rest) = entries.split_first()?;
    *entries = rest;
    Some(*first)
}

/// The entries of a tree that Git would check out, in Git's order. Fails where they are in another, or one is there
/// twice.
fn entries<'b>(repo: &gix::Repository, id: ObjectId, buffer: &'b mut Vec<u8>) -> Result<Vec<EntryRef<'b>>, Unseen> {
    let entries = tree_entries(repo, id, buffer)?.map(|entry| entry.map_err(|error| unreadable(&error)));
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    let mut order = TreeOrder::default();
    if let Some(fault) = entries.iter().find_map(|entry| order.fault_of(entry.filename, entry.mode)) {
        return Err(fault);
    }
    entries.retain(|entry| is_checked_out(entry.filename));
    Ok(entries)
}

fn leaf(mode: EntryMode, id: ObjectId) -> Option<Leaf> {
    match mode.kind() {
        EntryKind::Tree => None,
        EntryKind::Blob | EntryKind::BlobExecutable => Some(Leaf::File(blob_id(id))),
        EntryKind::Link => Some(Leaf::Link(blob_id(id))),
        EntryKind::Commit => Some(Leaf::Submodule),
    }
}

fn object_id(id: TreeId) -> ObjectId {
    ObjectId::try_from(id.as_bytes()).expect("a tree id has 20 or 32 bytes")
}
