//! The files of vendored modules that are not vendored with them: files that embed others, and tests where there
//! is nothing else. It is looked up only where something looks amiss without it.

use std::collections::BTreeSet;

use super::{Below, Input, must_be_vendored};
use crate::go::{ModuleVersion, has_imports, is_go_file, is_test_file};
use crate::source::ModuleCache;
use crate::syntax::{VendoredFile, VendoredFiles, parse_embeds};
use crate::text::RepoPath;

/// Where a vendored package is copied from.
#[derive(Clone, Debug)]
pub(crate) enum VendorOrigin {
    /// A directory of the repository.
    Directory(RepoPath),
    /// A directory of a module.
    Module(ModuleVersion, String),
}

/// Where origins are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Origins<'a> {
    /// The state, for directories.
    pub input: Input<'a>,
    /// The module cache, for modules.
    pub cache: Option<&'a ModuleCache>,
    /// Whether the files that tests embed are vendored too, as they were before Go 1.22.
    pub with_tests: bool,
}

/// Adds the facts to vendored files that only the origins of packages have. `of` is the origin of a listed package, by
/// its directory.
pub(crate) fn look_up_origins(
    origins: Origins<'_>,
    vendored: &mut VendoredFiles,
    listed: &BTreeSet<RepoPath>,
    of: &dyn Fn(&RepoPath) -> Option<VendorOrigin>,
) {
    let is_go = |file: &&VendoredFile| is_go_file(file.path.file_name());
    let go_files = || vendored.files.iter().filter(is_go);
    let strays = go_files().filter(|file| {
        file.path.parent().is_some_and(|dir| dir != vendored.dir && !listed.contains(&dir))
            && !vendored.is_embedded(&file.path)
    });
    let embedding: BTreeSet<RepoPath> =
        strays.flat_map(|file| file.path.ancestors().skip(2)).filter(|dir| listed.contains(dir)).collect();
    let full: BTreeSet<RepoPath> = go_files().filter_map(|file| file.path.parent()).collect();
    for dir in embedding {
        let Some(files) = of(&dir).and_then(|origin| origins.go_files(&origin)) else {
            // Files that only tests embed are vendored without them.
            vendored.unknown_embeds.extend(origins.with_tests.then_some(dir));
            continue;
        };
        let counted = files.iter().filter(|(name, _)| origins.with_tests || !is_test_file(name));
        let patterns = counted.flat_map(|(_, text)| parse_embeds(text));
        vendored.embeds.entry(dir).or_default().extend(patterns);
    }
    for dir in listed.difference(&full) {
        let files = of(dir).and_then(|origin| origins.go_files(&origin)).unwrap_or_default();
        if !files.is_empty() && !files.iter().any(|(name, text)| must_be_vendored(name, text)) {
            vendored.only_tests.insert(dir.clone());
        }
    }
}

impl Origins<'_> {
    /// The Go files directly in a directory that the go command reads, with their names. `None` if they are not
    /// available.
    fn go_files(&self, origin: &VendorOrigin) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut found = Vec::new();
        match origin {
            VendorOrigin::Directory(dir) => {
                let listing = self.input.source.list(&Below::new([dir.clone()])).ok()?;
                let mut reader = self.input.source.reader();
                for entry in listing.entries.iter().filter(|entry| entry.path.parent().as_ref() == Some(dir)) {
                    let mut text = Vec::new();
                    if has_imports(entry.path.file_name()) && reader.read(entry, &mut text).is_ok() {
                        found.push((entry.path.file_name().to_vec(), text));
                    }
                }
            }
            VendorOrigin::Module(ModuleVersion { path, version }, dir) => {
                let module = self.cache?.module(path.as_str(), version.as_str())?;
                let dir = if dir.is_empty() { String::new() } else { format!("{dir}/") };
                for file in module.files().ok()? {
                    let name = file.path.strip_prefix(dir.as_bytes()).filter(|name| !name.contains(&b'/'));
                    let mut text = Vec::new();
                    if let Some(name) = name.filter(|name| has_imports(name)) {
                        module.read(&file.path, &mut text).ok()?;
                        found.push((name.to_vec(), text));
                    }
                }
            }
        }
        Some(found)
    }
}
