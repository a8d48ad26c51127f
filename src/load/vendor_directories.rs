//! The files of a directory of the repository that replaces a module, as far as vendored files can be copies of them.

use std::collections::{BTreeSet, HashMap};

use super::linked::{Depth, Within};
use super::{Hidden, Input};
use crate::source::{ContentHash, Entry, Unseen};
use crate::text::RepoPath;

/// The files of a directory that replaces a module, by their paths below it.
#[derive(Debug, Default)]
pub(super) struct DirectoryFiles {
    /// Where each is, and the hash of its content.
    pub(super) files: HashMap<Vec<u8>, (Entry, ContentHash)>,
}

/// Reads the files that lie in certain directories, and certain other files, all given by their paths below `root`. A symbolic
/// link to a file is left out: `go mod vendor` copies no links. `Err` names the files that could not be read.
pub(super) fn read_directory_files(
    input: Input<'_>,
    root: &RepoPath,
    dirs: &BTreeSet<Vec<u8>>,
    others: &[Vec<u8>],
) -> Result<DirectoryFiles, Hidden> {
    let mut hidden = Vec::new();
    let mut entries: HashMap<Vec<u8>, Entry> = HashMap::new();
    for below in dirs {
        match list_directly(input, &root.join(below)) {
            Ok(found) => {
                for entry in found {
                    let name = entry.path.file_name();
                    let path = if below.is_empty() { name.to_vec() } else { [below, &b"/"[..], name].concat() };
                    entries.insert(path, entry);
                }
            }
            Err(reason) => hidden.push((root.join(below), reason)),
        }
    }
    for path in others.iter().filter(|path| !dirs.contains(dir_of(path))) {
        match file_at(input, &root.join(path)) {
            Ok(found) => entries.extend(found.map(|entry| (path.clone(), entry))),
            Err(reason) => hidden.push((root.join(path), reason)),
        }
    }
    let mut reader = input.source.reader();
    let mut text = Vec::new();
    let mut files = DirectoryFiles::default();
    for (path, entry) in entries {
        match reader.read(&entry, &mut text) {
            Ok(()) => drop(files.files.insert(path, (entry, ContentHash::of(&text)))),
            Err(reason) => hidden.push((entry.path, reason)),
        }
    }
    hidden.sort_by(|one, other| one.0.cmp(&other.0));
    if hidden.is_empty() { Ok(files) } else { Err(hidden) }
}

/// The file at a path, unless it is a link. The directories above it may be links.
fn file_at(input: Input<'_>, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
    let Some(parent) = path.parent() else { return Ok(None) };
    let Some(dir) = directory_at(input, &parent)? else { return Ok(None) };
    let found = input.source.lookup(&dir.join(path.file_name()));
    Ok(none_if_broken(found)?.filter(|entry| entry.target.is_none()))
}

/// The files directly in a directory. The directory may be reached through links.
fn list_directly(input: Input<'_>, dir: &RepoPath) -> Result<Vec<Entry>, Unseen> {
    let Some(dir) = directory_at(input, dir)? else { return Ok(Vec::new()) };
    let listing = input
        .source
        .list(&Within { dir: &dir, depth: Depth::AllFiles })
        .map_err(|error| Unseen::Unreadable(error.to_string()))?;
    let is_in = |path: &RepoPath| path.is_directly_in(&dir);
    if let Some((_, reason)) = listing.unseen.into_iter().find(|(path, reason)| is_in(path) && !is_link(reason)) {
        return Err(reason);
    }
    Ok(listing.entries.into_iter().filter(|entry| is_in(&entry.path) && entry.target.is_none()).collect())
}

fn directory_at(input: Input<'_>, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
    none_if_broken(input.source.directory(path))
}

fn none_if_broken<T>(found: Result<Option<T>, Unseen>) -> Result<Option<T>, Unseen> {
    match found {
        Err(Unseen::LinkBroken) => Ok(None),
        found => found,
    }
}

fn is_link(reason: &Unseen) -> bool {
    matches!(reason, Unseen::LinkBroken | Unseen::LinkLeaves | Unseen::LinkToDirectory)
}

/// The directory of a file, as a part of its path; empty for a file without one.
pub(super) fn dir_of(path: &[u8]) -> &[u8] {
    path.iter().rposition(|&byte| byte == b'/').map_or(&b""[..], |cut| &path[..cut])
}
