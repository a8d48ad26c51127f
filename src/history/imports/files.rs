//! Which of the asked modules each version of a file imports, for all of them at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::go::{FileKind, has_imports, prefixes};
use crate::history::words::ImportNumbers;
use crate::load::{Input, NamedModules};
use crate::source::{Change, Entry, Leaf};
use crate::syntax::{GoFile, GoMod, Parsed};
use crate::text::{BlobId, FastMap, FastSet, RepoPath};

/// A module that requires others, in the state whose past is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiringModule {
    /// The file that requires them.
    pub file: RepoPath,
    /// The directories of other modules below this one.
    pub nested: HashSet<RepoPath>,
    /// The directories of its packages that no pattern matches and that imports lead to.
    pub reached: Vec<RepoPath>,
    /// The paths of the modules that it requires.
    pub required: HashSet<Arc<str>>,
}

/// A module that may have been imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRequirement {
    /// The module that imported it.
    pub module: Arc<RequiringModule>,
    /// The path of the imported module.
    pub path: Arc<str>,
}

/// Reads the files of commits, each content once.
pub(super) struct ImportReader<'a> {
    input: Input<'a>,
    pub(super) asked: &'a [AskedRequirement],
    /// Whether everything could be read.
    pub(super) is_whole: bool,
    modules: Vec<&'a RequiringModule>,
    /// The asked requirements of each module, by path.
    places: Vec<FastMap<&'a str, Vec<usize>>>,
    /// Every path that an import may belong to.
    paths: FastSet<&'a str>,
    named: NamedModules,
    /// The directories of packages that no pattern matches and that imports lead to.
    reached: FastSet<&'a RepoPath>,
    /// The modules of each directory.
    owners: FastMap<RepoPath, Arc<[usize]>>,
    /// The imports of each blob that may belong to an asked module, by their numbers.
    imports: FastMap<BlobId, Box<[u32]>>,
    numbers: ImportNumbers,
    /// The asked requirements that an import belongs to, by module and number.
    belongs: FastMap<(usize, u32), Arc<[usize]>>,
    /// The paths that each module file requires.
    requires: FastMap<BlobId, FastSet<Box<str>>>,
}

impl<'a> ImportReader<'a> {
    pub(super) fn new(input: Input<'a>, asked: &'a [AskedRequirement]) -> Self {
        let mut reader = Self {
            input,
            asked,
            is_whole: true,
            modules: Vec::new(),
            places: Vec::new(),
            paths: FastSet::default(),
            named: NamedModules::default(),
            reached: FastSet::default(),
            owners: FastMap::default(),
            imports: FastMap::default(),
            numbers: ImportNumbers::default(),
            belongs: FastMap::default(),
            requires: FastMap::default(),
        };
        let mut known: HashMap<&RepoPath, usize> = HashMap::new();
        for (at, requirement) in asked.iter().enumerate() {
            let module = *known.entry(&requirement.module.file).or_insert_with(|| reader.add(&requirement.module));
            reader.places[module].entry(&requirement.path).or_default().push(at);
            reader.paths.insert(&requirement.path);
        }
        reader
    }

    fn add(&mut self, module: &'a RequiringModule) -> usize {
        self.modules.push(module);
        self.places.push(FastMap::default());
        self.reached.extend(&module.reached);
        self.modules.len() - 1
    }

    /// Whether an asked module is required today.
    pub(super) fn is_required(&self, at: usize) -> bool {
        let AskedRequirement { module, path } = &self.asked[at];
        module.required.contains(path)
    }

    /// Reads both versions of the Go files that changed, as far as they are not known.
    pub(super) fn read<'c>(&mut self, changes: impl Iterator<Item = &'c Change>) {
        let (mut unknown, mut seen) = (Vec::new(), FastSet::default());
        for change in changes {
            if !self.is_go_file(&change.path) {
                continue;
            }
            for blob in [change.before, change.after].into_iter().flatten().filter_map(Leaf::blob) {
                if !self.imports.contains_key(&blob) && seen.insert(blob) {
                    unknown.push(Entry::of_blob(blob));
                }
            }
        }
        let entries: Vec<&Entry> = unknown.iter().collect();
        for (entry, parsed) in entries.iter().zip(self.input.go_files(&entries)) {
            self.is_whole &= parsed.is_ok();
            let imports = parsed.map(|parsed| self.imports_of(&parsed)).unwrap_or_default();
            self.imports.extend(entry.blob.map(|blob| (blob, imports)));
        }
    }

    /// The imports of a file that some build has.
    fn imports_of(&mut self, parsed: &Parsed<GoFile>) -> Box<[u32]> {
        let mut imports = Vec::new();
        if !parsed.tree.is_in_some_build() {
            return imports.into();
        }
        for import in &parsed.tree.imports {
            if prefixes(&import.path).any(|path| self.paths.contains(path)) {
                imports.push(self.numbers.id(&import.path));
            }
        }
        imports.into()
    }

    /// How many files more import each of the asked modules after these changes. Their files were read.
    pub(super) fn differences(&mut self, changes: &[Change]) -> HashMap<usize, isize> {
        let mut differences = HashMap::new();
        for change in changes {
            if !self.is_go_file(&change.path) {
                continue;
            }
            for (leaf, difference) in [(change.before, -1), (change.after, 1)] {
                let Some(blob) = leaf.and_then(Leaf::blob) else { continue };
                for at in self.imported(&change.path, blob) {
                    *differences.entry(at).or_default() += difference;
                }
            }
        }
        differences.retain(|_, difference| *difference != 0);
        differences
    }

    /// The asked modules that a file imports.
    fn imported(&mut self, path: &RepoPath, blob: BlobId) -> HashSet<usize> {
        let mut imported = HashSet::new();
        let imports = self.imports.get(&blob).cloned().unwrap_or_default();
        if imports.is_empty() {
            return imported;
        }
        for &module in self.owners(path).iter() {
            for &import in &imports {
                imported.extend(self.belongs_to(module, import).iter());
            }
        }
        imported
    }

    /// The modules that a file belongs to: several, where a directory has several module files.
    fn owners(&mut self, path: &RepoPath) -> Arc<[usize]> {
        let dir = path.parent().unwrap_or_else(RepoPath::root);
        if let Some(owners) = self.owners.get(&dir) {
            return Arc::clone(owners);
        }
        let mut owners = Vec::new();
        for (at, module) in self.modules.iter().enumerate() {
            let root = module.file.parent().unwrap_or_else(RepoPath::root);
            let is_nested = || dir.ancestors().any(|above| module.nested.contains(&above));
            if dir.is_within(&root) && !is_nested() {
                owners.push(at);
            }
        }
        let owners: Arc<[usize]> = owners.into();
        self.owners.insert(dir, Arc::clone(&owners));
        owners
    }

    /// The asked requirements of a module that an import of it belongs to: the required module with the longest path,
    /// and any that is asked for and not required.
    fn belongs_to(&mut self, module: usize, import: u32) -> Arc<[usize]> {
        if let Some(found) = self.belongs.get(&(module, import)) {
            return Arc::clone(found);
        }
        let mut found = Vec::new();
        for prefix in prefixes(self.numbers.get(import)) {
            found.extend(self.places[module].get(prefix).into_iter().flatten());
            if self.modules[module].required.contains(prefix) {
                break;
            }
        }
        let found: Arc<[usize]> = found.into();
        self.belongs.insert((module, import), Arc::clone(&found));
        found
    }

    /// The asked modules that are required today and were not before these changes.
    pub(super) fn not_required(&mut self, changes: &[Change]) -> HashSet<usize> {
        let mut missing = HashSet::new();
        for module in 0..self.modules.len() {
            let file = &self.modules[module].file;
            let Some(change) = changes.iter().find(|change| change.path == *file) else { continue };
            let blob = change.before.and_then(Leaf::blob);
            if let Some(blob) = blob.filter(|blob| !self.requires.contains_key(blob)) {
                let required = self.input.go_mods(&[&Entry::of_blob(blob)]).pop();
                self.requires
                    .insert(blob, required.and_then(Result::ok).map(|it| required_paths(&it)).unwrap_or_default());
            }
            let required = blob.and_then(|blob| self.requires.get(&blob));
            for (path, places) in &self.places[module] {
                if required.is_none_or(|required| !required.contains(*path)) {
                    missing.extend(places.iter().copied().filter(|&at| self.is_required(at)));
                }
            }
        }
        missing
    }

    /// Whether a file counts, by its place and name.
    fn is_go_file(&self, path: &RepoPath) -> bool {
        if !path.file_name().ends_with(b".go") {
            return false;
        }
        let is_reached =
            || path.parent().is_some_and(|dir| self.reached.contains(&dir)) && has_imports(path.file_name());
        self.named.role(path).kind == Some(FileKind::GoFile) || is_reached()
    }
}

fn required_paths(parsed: &Parsed<GoMod>) -> FastSet<Box<str>> {
    parsed.tree.require.iter().map(|line| line.path.value.as_str().into()).collect()
}
