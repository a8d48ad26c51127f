//! The files in vendor directories: the names of all files, and the imports of those that the go command would read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use super::Input;
use crate::go::{MODULES_TXT, has_imports, is_go_file, is_test_file};
use crate::source::{Entry, Listing, Selection, SourceError, Unseen};
use crate::syntax::{GoFile, ParsedFile, VendoredFile, VendoredFiles, parse_embeds};
use crate::text::{Files, RepoPath};

/// All that lies below certain directories.
#[derive(Clone, Debug)]
pub(crate) struct Below(BTreeSet<RepoPath>);

impl Below {
    /// The files below these.
    pub(crate) fn new(roots: impl IntoIterator<Item = RepoPath>) -> Self {
        Self(roots.into_iter().collect())
    }

    fn is_above_root(&self, directory: &[u8]) -> bool {
        let below = [directory, b"/"].concat();
        // A neighbour such as `a-b` is sorted between `a` and `a/b`.
        let first = self.0.range::<[u8], _>((Bound::Included(&*below), Bound::Unbounded)).next();
        first.is_some_and(|root| root.as_bytes().starts_with(&below))
    }

    /// The directory of these that a path is in.
    fn root_of(&self, path: &RepoPath) -> Option<RepoPath> {
        path.ancestors().find(|dir| self.0.contains(dir))
    }

    fn is_in_root(&self, path: &[u8]) -> bool {
        let mut ends = path.iter().zip(0..).filter(|(byte, _)| **byte == b'/').map(|(_, end)| end);
        ends.any(|end: usize| self.0.contains(&path[..end]))
    }
}

impl Selection for Below {
    fn enters(&self, directory: &[u8]) -> bool {
        self.0.contains(directory) || self.is_in_root(directory) || self.is_above_root(directory)
    }

    /// A root that is no directory is listed itself.
    fn wants(&self, file: &[u8]) -> bool {
        self.0.contains(file) || self.is_in_root(file)
    }
}

/// The files that were found in vendor directories.
#[derive(Debug, Default)]
pub struct Vendored {
    /// The directories that are there, by path.
    pub dirs: Vec<RepoPath>,
    /// Their files.
    pub listing: Listing,
}

/// Lists the vendor directories among `places`. Of one that is a link or a submodule, or has
/// links to directories, it says that these are not visible.
pub(crate) fn list_vendored(input: Input<'_>, places: &[RepoPath]) -> Result<Vendored, SourceError> {
    let below = Below::new(places.iter().cloned());
    let Listing { mut entries, mut unseen, links, ignored } = input.source.list(&below)?;
    // A file named `vendor` is no vendor directory.
    entries.retain(|entry| !below.0.contains(&entry.path));
    // A directory in which there is nothing but links is a vendor directory, too.
    let hidden = unseen.iter().map(|(path, _)| path).filter(|path| !below.0.contains(*path));
    let paths = entries.iter().map(|entry| &entry.path).chain(&links).chain(hidden);
    let dirs: BTreeSet<RepoPath> = paths.filter_map(|path| below.root_of(&path.parent()?)).collect();
    for place in below.0.iter().filter(|place| !dirs.contains(*place)) {
        let told = unseen.iter().any(|(path, _)| path == place);
        match input.source.lookup(&place.join(MODULES_TXT)) {
            Ok(Some(entry)) if entry.target.is_some() && !told => {
                unseen.push((place.clone(), Unseen::LinkToDirectory));
            }
            _ => {}
        }
    }
    // A submodule anywhere else holds no Go files of this repository; one in this place hides the files to check.
    for (_, reason) in unseen.iter_mut().filter(|(path, reason)| *reason == Unseen::Submodule && below.0.contains(path))
    {
        *reason = Unseen::Unreadable(reason.to_string());
    }
    // The go command follows a link to a directory of packages, and `go mod vendor` makes none.
    for link in links.iter().filter(|link| below.root_of(link).is_some()) {
        match input.source.directory(link) {
            Ok(Some(_)) => unseen.push((link.clone(), Unseen::LinkToDirectory)),
            Ok(None) | Err(Unseen::LinkBroken) => {}
            Err(reason) => unseen.push((link.clone(), reason)),
        }
    }
    // Files that only links lead to are read at their real place.
    unseen.retain(|(_, reason)| *reason != Unseen::LinkBroken);
    unseen.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Vendored { dirs: dirs.into_iter().collect(), listing: Listing { entries, unseen, links, ignored } })
}

impl Vendored {
    /// Reads the imports of the Go files, and adds each file to `files`.
    pub fn read(&mut self, input: Input<'_>, files: &mut Files) -> Vec<VendoredFiles> {
        let below = Below::new(self.dirs.iter().cloned());
        let entries = &self.listing.entries;
        let sources: Vec<&Entry> = entries.iter().filter(|entry| is_read(entry)).collect();
        let mut parsed = input.go_files(&sources).into_iter();
        // The files of a vendor directory within another one are sorted between the other's.
        let mut all: BTreeMap<RepoPath, VendoredFiles> = BTreeMap::new();
        for entry in entries {
            let Some(dir) = below.root_of(&entry.path) else { continue };
            let of_dir = all.entry(dir).or_insert_with_key(|dir| VendoredFiles::new(dir.clone()));
            let parsed = if is_read(entry) { parsed.next() } else { None };
            let parsed = parsed.and_then(|read| match read {
                Ok(parsed) => Some(Arc::new(parsed)),
                Err(reason) => {
                    self.listing.unseen.push((entry.path.clone(), reason));
                    None
                }
            });
            let file = VendoredFile { file: files.add(entry.path.clone()), path: entry.path.clone(), parsed };
            of_dir.files.push(file);
        }
        all.into_values().collect()
    }
}

/// Reads the embed patterns of the listed packages that have directories with Go files below them which are not listed.
pub(crate) fn read_embeds(input: Input<'_>, vendored: &mut VendoredFiles, is_listed: &dyn Fn(&RepoPath) -> bool) {
    let dir_of = |file: &VendoredFile| file.path.parent().filter(|_| is_go_file(file.path.file_name()));
    let dirs: BTreeSet<RepoPath> = vendored.files.iter().filter_map(dir_of).collect();
    let strays = dirs.iter().filter(|dir| **dir != vendored.dir && !is_listed(dir));
    let above = |dir: &RepoPath| dir.ancestors().skip(1).filter(is_listed).collect::<Vec<_>>();
    let packages: HashSet<RepoPath> = strays.flat_map(above).collect();
    let mut reader = input.source.reader();
    let mut text = Vec::new();
    for file in &vendored.files {
        let Some(dir) = file.path.parent().filter(|dir| file.parsed.is_some() && packages.contains(dir)) else {
            continue;
        };
        let entry = input.source.lookup(&file.path).ok().flatten();
        if entry.is_some_and(|entry| reader.read(&entry, &mut text).is_ok()) {
            vendored.embeds.entry(dir).or_default().extend(parse_embeds(&text));
        }
    }
}

/// Reads the Go files that lie directly in certain directories of a listing, and says which of them could not be seen.
pub(crate) fn read_packages(
    input: Input<'_>,
    listing: &Listing,
    dirs: &HashSet<RepoPath>,
    files: &mut Files,
) -> (Vec<ParsedFile<GoFile>>, Vec<(RepoPath, Unseen)>) {
    let is_in = |path: &RepoPath| path.parent().is_some_and(|dir| dirs.contains(&dir)) && has_imports(path.file_name());
    let entries: Vec<&Entry> = listing.entries.iter().filter(|entry| is_in(&entry.path)).collect();
    let (found, mut unseen) = read_go_files(input, &entries, files);
    unseen.extend(listing.unseen.iter().filter(|(path, _)| is_in(path)).cloned());
    (found, unseen)
}

/// Reads Go files, adds each to `files`, and says which could not be read.
pub(crate) fn read_go_files(
    input: Input<'_>,
    entries: &[&Entry],
    files: &mut Files,
) -> (Vec<ParsedFile<GoFile>>, Vec<(RepoPath, Unseen)>) {
    let mut found = Vec::with_capacity(entries.len());
    let mut unseen = Vec::new();
    for (entry, read) in entries.iter().zip(input.go_files(entries)) {
        let path = entry.path.clone();
        match read {
            Ok(parsed) => {
                found.push(ParsedFile { file: files.add(path.clone()), path, parsed: Arc::new(parsed) });
            }
            Err(reason) => unseen.push((path, reason)),
        }
    }
    (found, unseen)
}

/// Whether the go command looks for imports in a file of a vendor directory: it never tests vendored packages.
fn is_read(entry: &Entry) -> bool {
    has_imports(entry.path.file_name()) && !is_test_file(entry.path.file_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_above_a_root_are_entered_beside_neighbours_of_like_names() {
        let below = Below::new(["a/c", "a-b", "d.e/f"].map(RepoPath::from));
        for directory in ["a", "a/c", "a/c/x", "a-b", "d.e"] {
            assert!(below.enters(directory.as_bytes()), "{directory}");
        }
        for directory in ["a/b", "d", "a-"] {
            assert!(!below.enters(directory.as_bytes()), "{directory}");
        }
    }
}
