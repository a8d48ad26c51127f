//! Module files that went where others came: a file that is moved keeps its lines.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::contents::{PathContents, at_tree, is_module_file, is_workspace_file};
use crate::load::Tree;
use crate::source::{Change, Leaf, Listing, Repository, Selection, SourceError, StateSpec};
use crate::text::{CommitId, RepoPath, TreeId};

/// A module file that is gone from one state to the next.
#[derive(Debug)]
pub(super) struct Gone {
    /// Where it was.
    pub(super) path: RepoPath,
    /// Its earlier content.
    pub(super) contents: PathContents,
}

/// The module files that are in one tree and not in the other.
pub(super) fn gone_between(repository: &Repository, before: TreeId, after: TreeId) -> Result<Vec<Gone>, SourceError> {
    let delta = repository.changes()?.between(Some(before), after, &ModuleFiles);
    let is_gone = |it: &Change| matches!((&it.before, &it.after), (Some(Leaf::File(_)), None));
    let paths = delta.changes.into_iter().filter(is_gone).map(|change| change.path);
    read(repository, before, paths.collect())
}

/// The module files that are in a commit, whose tree this is, and not among the listed ones.
pub(super) fn gone_since(
    repository: &Repository,
    (commit, tree): (CommitId, TreeId),
    listing: &Listing,
) -> Result<Vec<Gone>, SourceError> {
    let before = repository.state(&StateSpec::Revision(commit.to_string()))?.list(&ModuleFiles)?;
    let is_gone = |path: &RepoPath| listing.entry(path).is_none();
    let paths = before.entries.into_iter().map(|entry| entry.path).filter(is_gone);
    read(repository, tree, paths.collect())
}

/// The files that a new one at `path`, which says these lines, can come from; the one that shares the most lines with
/// it first.
pub(super) fn sources<'g>(gone: &'g [Gone], path: &RepoPath, lines: &HashSet<&str>) -> Vec<&'g Gone> {
    let is_like = |file: &&Gone| is_workspace_file(file.path.as_bytes()) == is_workspace_file(path.as_bytes());
    let mut sources: Vec<&Gone> = gone.iter().filter(is_like).collect();
    sources.sort_by_key(|file| (Reverse(lines.iter().filter(|line| file.contents.has(line)).count()), &file.path));
    sources
}

fn read(repository: &Repository, tree: TreeId, paths: Vec<RepoPath>) -> Result<Vec<Gone>, SourceError> {
    let contents = at_tree(repository, tree, &paths)?;
    Ok(paths.into_iter().zip(contents).map(|(path, contents)| Gone { path, contents }).collect())
}

/// The files whose lines are traced, but for vendored ones.
struct ModuleFiles;

impl Selection for ModuleFiles {
    fn enters(&self, directory: &[u8]) -> bool {
        Tree::FirstParty.enters(directory)
    }

    fn wants(&self, file: &[u8]) -> bool {
        is_module_file(file)
    }
}
