//! The Go files of packages that are not the repository's own, with their build constraints: vendored packages, other directories
//! that imports of dependencies lead to, and packages in the module cache.

use std::collections::HashMap;

use rayon::prelude::*;

use super::packages::cached_files;
use super::{Below, Input, list_vendored};
use crate::go::{has_imports, is_test_file};
use crate::source::{Entry, ModuleCache, SourceError};
use crate::syntax::{GoFile, PackageDir};
use crate::text::RepoPath;

/// Reads such packages.
pub(crate) struct OutsidePackages<'a> {
    input: Input<'a>,
    cache: Option<&'a ModuleCache>,
    /// The Go files in vendor directories, by directory.
    vendored: HashMap<RepoPath, Vec<Entry>>,
    /// The vendor directories, and the paths in them that could not be read.
    roots: Vec<RepoPath>,
    unseen: Vec<RepoPath>,
}

/// A Go file that was read.
pub(crate) struct OutsideGoFile {
    /// Its path, if it is in the repository.
    pub(crate) path: Option<RepoPath>,
    /// Its name.
    pub(crate) name: String,
    /// Its head.
    pub(crate) tree: GoFile,
}

impl<'a> OutsidePackages<'a> {
    /// Those of a state with these vendor directories, and those of the module cache.
    pub(crate) fn new(
        input: Input<'a>,
        cache: Option<&'a ModuleCache>,
        vendors: &[RepoPath],
    ) -> Result<Self, SourceError> {
        let listing = list_vendored(input, vendors)?.listing;
        let mut vendored: HashMap<RepoPath, Vec<Entry>> = HashMap::new();
        for entry in listing.entries.into_iter().filter(|entry| is_read(&entry.path)) {
            if let Some(dir) = entry.path.parent() {
                vendored.entry(dir).or_default().push(entry);
            }
        }
        let unseen = listing.unseen.into_iter().map(|(path, _)| path).collect();
        Ok(Self { input, cache, vendored, roots: vendors.to_vec(), unseen })
    }

    /// The files of these directories, in order, without tests; none where a directory has no Go file, `None` where nobody could look.
    pub(crate) fn read(&self, dirs: &[PackageDir]) -> Vec<Option<Vec<OutsideGoFile>>> {
        let mut found = Vec::with_capacity(dirs.len());
        dirs.par_iter().map(|dir| self.in_cache(dir)).collect_into_vec(&mut found);
        for (dir, files) in dirs.iter().zip(&mut found) {
            if let PackageDir::InRepository(dir) = dir {
                *files = self.in_repository(dir);
            }
        }
        found
    }

    fn in_cache(&self, dir: &PackageDir) -> Option<Vec<OutsideGoFile>> {
        let PackageDir::InCache(module, below) = dir else { return None };
        let files = cached_files(self.cache?, module, below)?;
        Some(files.into_iter().map(|(name, tree)| OutsideGoFile { path: None, name, tree }).collect())
    }

    fn in_repository(&self, dir: &RepoPath) -> Option<Vec<OutsideGoFile>> {
        let listed;
        let entries = if self.roots.iter().any(|root| dir.is_within(root)) {
            if self.unseen.iter().any(|path| dir.is_within(path) || path.parent().as_ref() == Some(dir)) {
                return None;
            }
            self.vendored.get(dir).map(Vec::as_slice).unwrap_or_default()
        } else {
            listed = self.input.source.list(&Below::new([dir.clone()])).ok()?;
            if !listed.unseen.is_empty() {
                return None;
            }
            &listed.entries
        };
        let is_in = |entry: &&Entry| is_read(&entry.path) && entry.path.parent().as_ref() == Some(dir);
        let entries: Vec<&Entry> = entries.iter().filter(is_in).collect();
        let mut files = Vec::new();
        for (entry, parsed) in entries.iter().zip(self.input.go_files(&entries)) {
            let name = String::from_utf8_lossy(entry.path.file_name()).into_owned();
            files.push(OutsideGoFile { path: Some(entry.path.clone()), name, tree: parsed.ok()?.tree });
        }
        Some(files)
    }
}

/// Whether the file may be compiled with a package that others import.
fn is_read(path: &RepoPath) -> bool {
    has_imports(path.file_name()) && !is_test_file(path.file_name())
}
