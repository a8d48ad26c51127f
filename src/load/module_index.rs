//! The imports of the packages of a module in the module cache, all of them at once, so that the store can keep them by
//! the module's version and its hash, which identifies all of its content.
//!
//! A module is read in full once, and only if its files have the hash that the go command noted, it counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::packages::add;
use crate::go::{has_imports, is_go_file};
use crate::source::{CachedFile, CachedModule, ContentHash, hash1};
use crate::syntax::{PackageImports, parse_go_file};

/// How many files a thread takes at least.
const FILES_A_TASK: usize = 16;

/// The packages of a module, by directory from the module's root.
#[derive(Debug)]
pub(super) struct ModuleIndex(HashMap<Box<str>, Arc<PackageImports>>);

impl ModuleIndex {
    /// Reads a whole module; `None` unless it has this hash.
    pub(super) fn read(module: &CachedModule, hash: &str) -> Option<Self> {
        let files = module.files().ok()?;
        let read = |text: &mut Vec<u8>, file: &CachedFile| {
            module.read_listed(file, text).ok()?;
            let parsed = has_imports(split(&file.path).1).then(|| parse_go_file(text));
            Some((ContentHash::of(text), parsed))
        };
        let read: Vec<_> =
            files.par_iter().with_min_len(FILES_A_TASK).map_init(Vec::new, read).collect::<Option<_>>()?;
        let mut contents = Vec::with_capacity(files.len());
        let mut packages: HashMap<Box<str>, PackageImports> = HashMap::new();
        for (CachedFile { path, .. }, (content, parsed)) in files.iter().zip(read) {
            contents.push((&**path, content));
            let (dir, name) = split(path);
            let dir = is_go_file(name).then(|| std::str::from_utf8(dir).ok()).flatten();
            let package = dir.map(|dir| packages.entry(dir.into()).or_default());
            if let Some((package, parsed)) = package.zip(parsed) {
                add(package, name, &parsed);
            }
        }
        let found = hash1(module.prefix(), contents).ok()?;
        let packages = packages.into_iter().map(|(dir, package)| (dir, Arc::new(package.finish())));
        (found == hash).then(|| Self(packages.collect()))
    }

    /// The package in a directory; `None` if no Go file is there.
    pub(super) fn get(&self, dir: &str) -> Option<&Arc<PackageImports>> {
        self.0.get(dir)
    }

    /// The index as bytes.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let all = self.0.values().flat_map(|package| package.imports.iter().chain(&package.test_imports));
        let paths: BTreeSet<&str> = all.map(|path| &**path).collect();
        let paths: Vec<&str> = paths.into_iter().collect();
        let place = |path: &Arc<str>| paths.binary_search(&&**path).ok().and_then(|at| u32::try_from(at).ok());
        let places = |list: &[Arc<str>]| list.iter().map(place).collect::<Option<Vec<u32>>>();
        let mut packages = Vec::with_capacity(self.0.len());
        for (dir, package) in &self.0 {
            let (imports, test_imports) = (places(&package.imports)?, places(&package.test_imports)?);
            packages.push(PackageRecord { dir, has_files: package.has_files, imports, test_imports });
        }
        packages.sort_by_key(|package| package.dir);
        postcard::to_stdvec(&IndexRecord { paths, packages }).ok()
    }

    /// The argument of [`Self::encode`]; `None` for other bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (record, rest) = postcard::take_from_bytes::<IndexRecord<'_>>(bytes).ok()?;
        let paths: Vec<Arc<str>> = record.paths.into_iter().map(Arc::from).collect();
        let list =
            |places: &[u32]| places.iter().map(|&at| paths.get(at as usize).cloned()).collect::<Option<Vec<_>>>();
        let package = |package: PackageRecord<'_>| {
            let (imports, test_imports) = (list(&package.imports)?, list(&package.test_imports)?);
            let imports = PackageImports { imports, test_imports, has_files: package.has_files };
            Some((package.dir.into(), Arc::new(imports)))
        };
        let packages = record.packages.into_iter().map(package).collect::<Option<_>>()?;
        rest.is_empty().then_some(Self(packages))
    }
}

/// The paths that are imported, and the packages with the places of theirs.
#[derive(Deserialize, Serialize)]
struct IndexRecord<'a> {
    #[serde(borrow)]
    paths: Vec<&'a str>,
    packages: Vec<PackageRecord<'a>>,
}

#[derive(Deserialize, Serialize)]
struct PackageRecord<'a> {
    dir: &'a str,
    has_files: bool,
    imports: Vec<u32>,
    test_imports: Vec<u32>,
}

/// The directory of a file, empty for the root, and its name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}
