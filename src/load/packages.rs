//! The packages of dependencies, from the module cache and from directories of the repository: each directory is read
//! once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::module_index::ModuleIndex;
use super::{Below, Input, Kind};
use crate::go::{ModuleVersion, has_imports, is_test_file};
use crate::source::{CachedModule, Entry, ModuleCache};
use crate::syntax::{
    GoFile, ImportSpec, PackageContents, PackageDir, PackageImports, Parsed, parse_go_file, parse_go_head,
};
use crate::text::RepoPath;

/// How much of a file is read at first; imports rarely go on after it.
const HEAD: usize = 8 << 10;

/// A module in the module cache.
enum Module {
    /// All that it has.
    Index(ModuleIndex),
    /// Its directory, where nothing is kept.
    Directory(CachedModule),
    /// It has another hash than it should.
    Altered,
}

/// Reads packages, and remembers them. With a store each module is read in full once ever, and compared with its hash;
/// without, only the packages that are asked for are read, and trusted as the go command trusts them.
pub(crate) struct Packages<'a> {
    input: Input<'a>,
    cache: Option<&'a ModuleCache>,
    modules: Mutex<HashMap<ModuleVersion, Option<Arc<Module>>>>,
    known: Mutex<HashMap<PackageDir, PackageContents>>,
}

impl<'a> Packages<'a> {
    /// Those of this state and this cache.
    pub(crate) fn new(input: Input<'a>, cache: Option<&'a ModuleCache>) -> Self {
        Self { input, cache, modules: Mutex::default(), known: Mutex::default() }
    }

    /// The contents of these directories, in order.
    pub(crate) fn get(&self, dirs: &[PackageDir]) -> Vec<PackageContents> {
        let unknown: Vec<&PackageDir> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            dirs.iter().filter(|dir| !known.contains_key(dir)).collect()
        };
        self.open(&unknown);
        let in_repository = unknown.iter().filter_map(|dir| match dir {
            PackageDir::InRepository(dir) => Some(dir.clone()),
            PackageDir::InCache(..) => None,
        });
        let mut read = self.in_repository(in_repository.collect());
        let in_cache = unknown.into_par_iter().filter_map(|dir| match dir {
            PackageDir::InRepository(_) => None,
            PackageDir::InCache(module, below) => Some((dir.clone(), self.in_cache(module, below))),
        });
        read.extend(in_cache.collect::<Vec<_>>());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(read);
        dirs.iter().map(|dir| known.get(dir).cloned().unwrap_or(PackageContents::Unknown)).collect()
    }

    /// The packages in directories of the repository, which have Go files.
    fn in_repository(&self, dirs: BTreeSet<RepoPath>) -> Vec<(PackageDir, PackageContents)> {
        if dirs.is_empty() {
            return Vec::new();
        }
        let Ok(listing) = self.input.source.list(&Below::new(dirs.iter().cloned())) else { return Vec::new() };
        let is_go = |path: &RepoPath| has_imports(path.file_name());
        let of = |dir: &RepoPath| {
            let is_in = |path: &RepoPath| is_go(path) && path.parent().as_ref() == Some(dir);
            if listing.unseen.iter().any(|(path, _)| is_in(path)) {
                return PackageContents::Unknown;
            }
            let entries: Vec<&Entry> = listing.entries.iter().filter(|entry| is_in(&entry.path)).collect();
            let mut imports = PackageImports::default();
            for (entry, parsed) in entries.iter().zip(self.input.go_files(&entries)) {
                let Ok(parsed) = parsed else { return PackageContents::Unknown };
                add(&mut imports, entry.path.file_name(), &parsed);
            }
            PackageContents::Package(Arc::new(imports.finish()))
        };
        dirs.iter().map(|dir| (PackageDir::InRepository(dir.clone()), of(dir))).collect()
    }

    fn in_cache(&self, module: &ModuleVersion, below: &str) -> PackageContents {
        let directory = match self.module(module).as_deref() {
            None => return PackageContents::Unknown,
            Some(Module::Index(index)) => {
                let package = index.get(below).cloned();
                return package.map_or(PackageContents::Nothing, PackageContents::Package);
            }
            Some(Module::Directory(directory)) => directory.clone(),
            Some(Module::Altered) => return PackageContents::Altered,
        };
        let mut imports = PackageImports::default();
        match each_file(&directory, below, |name, parsed| add(&mut imports, name, &parsed)) {
            Some(true) => PackageContents::Package(Arc::new(imports.finish())),
            Some(false) => PackageContents::Nothing,
            None => PackageContents::Unknown,
        }
    }

    /// The first file, by name, and the line where a package, or its test, imports another. Files of a module are named
    /// from its root.
    pub(crate) fn import(&self, dir: &PackageDir, test: bool, path: &str) -> Option<(String, u32)> {
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        let mut take = |file: String, parsed: Parsed<GoFile>| {
            let import = parsed.tree.imports.iter().find(|import| *import.path == *path);
            let counts = is_test_file(file.as_bytes()) == test && parsed.tree.is_in_some_build();
            found.extend(import.filter(|_| counts).map(|import| (file, import.line)));
        };
        match dir {
            PackageDir::InCache(module, below) => {
                let name = |name: &[u8]| String::from_utf8_lossy(&path_of(below, name)).into_owned();
                let directory = self.cache?.module(module.path.as_str(), module.version.as_str())?;
                each_file(&directory, below, |file, parsed| take(name(file), parsed))?;
            }
            PackageDir::InRepository(dir) => {
                let listing = self.input.source.list(&Below::new([dir.clone()])).ok()?;
                let is_in = |path: &RepoPath| has_imports(path.file_name()) && path.parent().as_ref() == Some(dir);
                let entries: Vec<&Entry> = listing.entries.iter().filter(|entry| is_in(&entry.path)).collect();
                for (entry, parsed) in entries.iter().zip(self.input.go_files(&entries)) {
                    parsed.into_iter().for_each(|parsed| take(entry.path.to_string(), parsed));
                }
            }
        }
        found.pop_first()
    }

    fn module(&self, module: &ModuleVersion) -> Option<Arc<Module>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner).get(module).cloned().flatten()
    }

    /// Opens the modules of these directories.
    fn open(&self, dirs: &[&PackageDir]) {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = dirs.iter().filter_map(|dir| match dir {
            PackageDir::InCache(module, _) => Some(module),
            PackageDir::InRepository(_) => None,
        });
        let wanted: BTreeSet<&ModuleVersion> = wanted.filter(|module| !modules.contains_key(module)).collect();
        let wanted: Vec<&ModuleVersion> = wanted.into_iter().collect();
        let keeps = self.input.store.keeps();
        let find = |module: &ModuleVersion| {
            let (path, version) = (module.path.as_str(), module.version.as_str());
            let cache = self.cache?;
            Some((cache.module(path, version)?, if keeps { cache.zip_hash(path, version)? } else { String::new() }))
        };
        let found: Vec<_> = wanted.par_iter().map(|module| find(module)).collect();
        let opened = if keeps { self.indexed(&wanted, found) } else { as_they_are(found) };
        modules.extend(wanted.into_iter().cloned().zip(opened.into_iter().map(|module| module.map(Arc::new))));
    }

    /// The known modules with these hashes in the store, which keeps the new ones.
    fn indexed(&self, wanted: &[&ModuleVersion], found: Vec<Option<(CachedModule, String)>>) -> Vec<Option<Module>> {
        let key = |(module, found): (&&ModuleVersion, &Option<(CachedModule, String)>)| {
            let hash = found.as_ref().map_or("", |(_, hash)| hash);
            format!("{}@{} {hash}", module.path, module.version).into_bytes()
        };
        let keys: Vec<Vec<u8>> = wanted.iter().zip(&found).map(key).collect();
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let known = self.input.store.get(Kind::Module, &keys);
        let known = known.into_iter().chain(std::iter::repeat(None));
        let read = |(found, known): (Option<(CachedModule, String)>, Option<Vec<u8>>)| {
            let (module, hash) = found?;
            if let Some(index) = known.and_then(|known| ModuleIndex::decode(&known)) {
                return Some((Module::Index(index), None));
            }
            let Some(index) = ModuleIndex::read(&module, &hash) else { return Some((Module::Altered, None)) };
            let value = index.encode();
            Some((Module::Index(index), value))
        };
        let pairs: Vec<_> = found.into_iter().zip(known).collect();
        let read: Vec<Option<(Module, Option<Vec<u8>>)>> = pairs.into_par_iter().map(read).collect();
        let new = keys.iter().zip(&read).filter_map(|(key, read)| Some((*key, read.as_ref()?.1.as_deref()?)));
        self.input.store.put(Kind::Module, &new.collect::<Vec<_>>());
        read.into_iter().map(|read| read.map(|(module, _)| module)).collect()
    }
}

fn as_they_are(found: Vec<Option<(CachedModule, String)>>) -> Vec<Option<Module>> {
    found.into_iter().map(|found| found.map(|(module, _)| Module::Directory(module))).collect()
}

/// The Go files of a package in the module cache, without tests, by name; none where it has no Go file. `None` if they cannot be read.
pub(super) fn cached_files(cache: &ModuleCache, module: &ModuleVersion, below: &str) -> Option<Vec<(String, GoFile)>> {
    let directory = cache.module(module.path.as_str(), module.version.as_str())?;
    let mut files = Vec::new();
    each_file(&directory, below, |name, parsed| {
        if !is_test_file(name) {
            files.push((String::from_utf8_lossy(name).into_owned(), parsed.tree));
        }
    })?;
    files.sort_by(|one, other| one.0.cmp(&other.0));
    Some(files)
}

/// Reads the files of a directory of a module; whether there are any. `None` if they cannot be read.
fn each_file(files: &CachedModule, below: &str, mut take: impl FnMut(&[u8], Parsed<GoFile>)) -> Option<bool> {
    let Some(names) = files.go_files(below).ok()? else { return Some(false) };
    let mut buffer = Vec::new();
    for name in names.iter().filter(|name| has_imports(name)) {
        let complete = files.read_head(below, name, HEAD, &mut buffer).ok()?;
        let parsed = match parse_go_head(&buffer, complete) {
            Some(parsed) => parsed,
            None => {
                files.read(&path_of(below, name), &mut buffer).ok()?;
                parse_go_file(&buffer)
            }
        };
        take(name, parsed);
    }
    Some(true)
}

/// A file of a directory, from the module's root.
fn path_of(dir: &str, name: &[u8]) -> Vec<u8> {
    match dir {
        "" => name.to_vec(),
        dir => [dir.as_bytes(), b"/", name].concat(),
    }
}

/// Adds the imports of a file, if some build has it.
pub(super) fn add(imports: &mut PackageImports, name: &[u8], parsed: &Parsed<GoFile>) {
    if parsed.tree.is_in_some_build() {
        let paths = parsed.tree.imports.iter().map(|ImportSpec { path, .. }| &**path);
        imports.add(is_test_file(name), paths);
        let is_broken = parsed.errors.iter().any(|error| error.is_import_path);
        imports.add(is_test_file(name), is_broken.then_some("").into_iter());
    }
}
