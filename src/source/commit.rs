//! A commit, read from the object database.
//!
//! Only trees that the selection enters are opened.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::tree::{EntryKind, EntryMode};

use super::git::{CommitObject, Git, commit_id};
use super::links::{LinkTree, Node, follow, follow_directory};
use super::objects::{Visitor, blob_id, look, walk_tree};
use super::reader::ObjectReader;
use super::{Changes, Delta, Entry, Listing, Reader, Selection, Source, SourceError, Unseen};
use crate::text::{Origin, RepoPath, TreeId};

/// The files of one commit.
pub(super) struct Commit {
    pub(super) git: Git,
    pub(super) origin: Origin,
    pub(super) tree: ObjectId,
}

impl Commit {
    /// The state of the commit that a revision names.
    pub(super) fn open(git: &Git, revision: &str) -> Result<Self, SourceError> {
        let CommitObject { id, tree } = git.commit_object(revision)?;
        let repo = git.local();
        let id = commit_id(id);
        if !repo.has_object(tree) && !tree.is_empty_tree() {
            return Err(SourceError::new(format!("the files of commit {id} are not in this clone")).help(
                "the clone is partial or damaged; run `git fetch --refetch --no-filter` to get the missing objects",
            ));
        }
        Ok(Self { git: git.clone(), origin: Origin::Commit { id, revision: revision.to_owned() }, tree })
    }
}

impl Source for Commit {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError> {
        let tree = CommitTree { repo: self.git.local(), root: self.tree };
        let mut collector = Collector { tree: &tree, selection, listing: Listing::default() };
        walk_tree(&tree.repo, b"", self.tree, &mut collector);
        Ok(collector.listing.sorted())
    }

    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
        follow(&CommitTree { repo: self.git.local(), root: self.tree }, path)
    }

    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        follow_directory(&CommitTree { repo: self.git.local(), root: self.tree }, path)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(ObjectReader(self.git.local()))
    }

    fn tree(&self) -> Option<TreeId> {
        TreeId::new(self.tree.as_bytes())
    }

    fn changes_since(&self, before: &dyn Source, selection: &dyn Selection) -> Option<Delta> {
        let changes = Changes::new(&self.git);
        let (mut delta, unseen) = changes.between_seen(Some(before.tree()?), self.tree()?, selection);
        // The earlier content is not known, so nothing is reported as added or removed.
        let hidden: HashSet<&RepoPath> = unseen.iter().map(|(path, _)| path).collect();
        delta.changes.retain(|change| !change.path.ancestors().any(|dir| hidden.contains(&dir)));
        delta.unseen.extend(unseen);
        Some(delta)
    }
}

/// A tree in which links can be followed.
pub(super) struct CommitTree {
    pub(super) repo: gix::Repository,
    pub(super) root: ObjectId,
}

impl LinkTree for CommitTree {
    fn look(&self, path: &[u8]) -> Result<Node, Unseen> {
        look(&self.repo, self.root, path)
    }
}

struct Collector<'s> {
    tree: &'s CommitTree,
    selection: &'s dyn Selection,
    listing: Listing,
}

impl Visitor for Collector<'_> {
    fn enters(&mut self, directory: &[u8]) -> bool {
        self.selection.enters(directory)
    }

    fn entry(&mut self, path: &[u8], mode: EntryMode, id: ObjectId) {
        match mode.kind() {
            EntryKind::Commit if self.selection.enters(path) => self.unseen(path, Unseen::Submodule),
            EntryKind::Commit | EntryKind::Tree => {}
            EntryKind::Link if !self.selection.wants(path) => {
                if self.selection.enters(path) {
                    self.listing.links.push(RepoPath::new(path));
                }
            }
            _ if !self.selection.wants(path) => {}
            EntryKind::Link => self.listing.add_followed(self.tree, path),
            EntryKind::Blob | EntryKind::BlobExecutable => {
                self.listing.entries.push(Entry { path: RepoPath::new(path), target: None, blob: Some(blob_id(id)) });
            }
        }
    }

    fn unseen(&mut self, directory: &[u8], reason: Unseen) {
        self.listing.unseen.push((RepoPath::new(directory), reason));
    }
}
