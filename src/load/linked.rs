//! Files that a listing lacks: those below a vendor directory, and those behind a symbolic link to a directory.
//!
//! They are listed only where an import, a `use` line or a `replace` line leads to them.

use std::collections::HashSet;

use super::Tree;
use crate::source::{Entry, Listing, Selection, Source, SourceError, Unseen};
use crate::text::RepoPath;

/// The most files that are listed through links, so that links to links cannot fill the memory.
const MAX_LINKED: usize = 1 << 20;

/// How much of a directory is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The Go files and module files directly in it.
    Files,
    /// Every file directly in it.
    AllFiles,
    /// The Go files and module files below it.
    Tree,
}

/// Files in one directory.
pub(super) struct Within<'a> {
    pub(super) dir: &'a RepoPath,
    pub(super) depth: Depth,
}

impl Selection for Within<'_> {
    fn enters(&self, directory: &[u8]) -> bool {
        let dir = self.dir.as_bytes();
        let is_above = dir.starts_with(directory) && matches!(dir.get(directory.len()), None | Some(b'/'));
        is_above || (self.depth == Depth::Tree && RepoPath::new(directory).is_within(self.dir))
    }

    fn wants(&self, file: &[u8]) -> bool {
        let file_path = RepoPath::new(file);
        match self.depth {
            Depth::Files => file_path.is_directly_in(self.dir) && Tree::Everything.wants(file),
            Depth::AllFiles => file_path.is_directly_in(self.dir),
            Depth::Tree => file_path.is_within(self.dir) && Tree::Everything.wants(file),
        }
    }
}

/// Lists a directory under the path `dir`, which may lead there through links. `None` if there is no such directory;
/// the error says why that is unknown.
pub(crate) fn list_directory(
    source: &dyn Source,
    dir: &RepoPath,
    depth: Depth,
) -> Result<Result<Option<Listing>, Unseen>, SourceError> {
    let real = match source.directory(dir) {
        Ok(Some(real)) => real,
        Ok(None) | Err(Unseen::LinkBroken) => return Ok(Ok(None)),
        Err(reason) => return Ok(Err(reason)),
    };
    let mut found = source.list(&Within { dir: &real, depth })?;
    found.entries.retain(|entry| entry.path.is_within(&real));
    found.unseen.retain(|(path, _)| path.is_within(&real));
    found.links.retain(|path| path.is_within(&real));
    found.ignored.retain(|path| path.is_within(&real));
    if real != *dir {
        rename(&mut found, &real, dir);
    }
    Ok(Ok(Some(found)))
}

/// Gives every path below `real` its name below `dir`.
fn rename(listing: &mut Listing, real: &RepoPath, dir: &RepoPath) {
    let renamed = |path: &RepoPath| match path.strip_dir(real) {
        Some(below) if !below.is_empty() => dir.join(below),
        _ => dir.clone(),
    };
    for entry in &mut listing.entries {
        let path = renamed(&entry.path);
        let target = std::mem::replace(&mut entry.path, path);
        entry.target.get_or_insert(target);
    }
    for (path, _) in &mut listing.unseen {
        *path = renamed(path);
    }
    for path in listing.links.iter_mut().chain(&mut listing.ignored) {
        *path = renamed(path);
    }
}

impl Listing {
    /// Adds the files that another listing has and this one lacks. Past [`MAX_LINKED`] files it adds nothing, and the
    /// error says so.
    pub(crate) fn add_linked(&mut self, linked: Listing, added: &mut usize) -> Result<(), Unseen> {
        *added += linked.entries.len();
        if *added > MAX_LINKED {
            return Err(Unseen::TooManyFiles);
        }
        let known: HashSet<RepoPath> = self.entries.iter().map(|entry| entry.path.clone()).collect();
        let is_new = |entry: &Entry| !known.contains(&entry.path);
        self.entries.extend(linked.entries.into_iter().filter(is_new));
        self.entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        for hidden in linked.unseen {
            if !self.unseen.contains(&hidden) {
                self.unseen.push(hidden);
            }
        }
        self.unseen.sort_by(|a, b| a.0.cmp(&b.0));
        self.links.extend(linked.links);
        self.links.sort_unstable();
        self.links.dedup();
        self.ignored.extend(linked.ignored);
        self.ignored.sort_unstable();
        self.ignored.dedup();
        Ok(())
    }
}
