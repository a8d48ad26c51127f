//! The data of a batch of commits that is read before they are checked: the differences, and the new files.

use std::collections::HashSet;

use super::environment::{ReadModuleFile, read_module_files};
use crate::go::FileKind;
use crate::load::{ComparedPart, Input, TreePair, compare_trees};
use crate::source::{Delta, Entry, Leaf, Repository, SourceError, Unseen, Walk};
use crate::syntax::{GoFile, Parsed};
use crate::text::{BlobId, RepoPath};

/// The commits of a walk, and how they are read.
pub(super) struct BatchReader<'a> {
    pub(super) repository: &'a Repository,
    pub(super) input: Input<'a>,
    pub(super) walk: &'a Walk,
    /// The commit that each is compared with.
    pub(super) base: &'a [Option<usize>],
    pub(super) part: ComparedPart,
    /// Whether a file that is no `go.mod` may be a module file anyway.
    pub(super) names_module: &'a (dyn Fn(&RepoPath) -> bool + Sync),
    /// Where a module or workspace was met so far: the list of a vendor directory elsewhere is never asked for.
    pub(super) module_dirs: HashSet<RepoPath>,
}

/// The data that was read of some commits.
pub(super) struct CommitBatch {
    /// The place of the first of them in the walk.
    pub(super) first: usize,
    /// The differences of each.
    pub(super) deltas: Vec<Delta>,
    /// The Go files that come with them.
    pub(super) go_files: Vec<(BlobId, Result<Parsed<GoFile>, Unseen>)>,
    /// The module files that come with them.
    pub(super) module_files: Vec<ReadModuleFile>,
}

/// How many commits are looked at together.
const COMMITS: usize = 1024;

impl BatchReader<'_> {
    /// Reads the batch that begins at `first`; `None` at the end.
    pub(super) fn read(&mut self, first: usize) -> Result<Option<CommitBatch>, SourceError> {
        let steps = &self.walk.steps;
        let end = steps.len().min(first + COMMITS);
        if first >= end {
            return Ok(None);
        }
        let pair = |at: usize| (self.base[at].map(|base| steps[base].tree), steps[at].tree);
        let pairs: Vec<TreePair> = (first..end).map(pair).collect();
        let deltas = compare_trees(self.repository, self.input.store, &pairs, self.part)?;
        let go_files = self.go_files(&deltas);
        let module_files = read_module_files(self.input, self.module_blobs(&deltas));
        Ok(Some(CommitBatch { first, deltas, go_files, module_files }))
    }

    fn go_files(&self, deltas: &[Delta]) -> Vec<(BlobId, Result<Parsed<GoFile>, Unseen>)> {
        // Versions of one file are kept as differences from each other, so they are read one after the other.
        let mut blobs: Vec<(&RepoPath, BlobId)> = deltas.iter().flat_map(go_blobs).collect();
        blobs.sort_by_key(|(path, _)| *path);
        let mut seen = HashSet::new();
        let blobs: Vec<BlobId> = blobs.into_iter().map(|(_, blob)| blob).filter(|blob| seen.insert(*blob)).collect();
        let entries: Vec<Entry> = blobs.iter().map(|blob| Entry::of_blob(*blob)).collect();
        let read = self.input.go_files(&entries.iter().collect::<Vec<_>>());
        blobs.into_iter().zip(read).collect()
    }

    /// The module files in the changes, with the kinds that their names give them.
    fn module_blobs(&mut self, deltas: &[Delta]) -> Vec<(FileKind, BlobId)> {
        let mut blobs = Vec::new();
        for change in deltas.iter().flat_map(|delta| &delta.changes) {
            let (Some(Leaf::File(blob)), Some(dir)) = (change.after, change.path.parent()) else { continue };
            let name = change.path.file_name();
            let list = match name {
                b"go.mod" => FileKind::GoMod,
                b"go.work" => FileKind::GoWork,
                b"modules.txt" if dir.parent().is_some_and(|dir| self.module_dirs.contains(&dir)) => {
                    FileKind::VendorModules
                }
                _ if name.ends_with(b".mod") && (self.names_module)(&change.path) => FileKind::GoMod,
                _ => continue,
            };
            if list != FileKind::VendorModules {
                self.module_dirs.insert(dir);
            }
            blobs.push((list, blob));
        }
        blobs
    }
}

/// The Go files that come with a change, as far as their names say.
fn go_blobs(delta: &Delta) -> impl Iterator<Item = (&RepoPath, BlobId)> {
    delta.changes.iter().filter_map(|change| match change.after {
        Some(Leaf::File(blob)) if may_be_read(&change.path) => Some((&change.path, blob)),
        _ => None,
    })
}

fn may_be_read(path: &RepoPath) -> bool {
    let name = path.file_name();
    let passes_over = |part: &[u8]| part == b"testdata" || part.starts_with(b"_") || part.starts_with(b".");
    name.ends_with(b".go") && !path.as_bytes().split(|&byte| byte == b'/').any(passes_over)
}
