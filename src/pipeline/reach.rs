//! From the files that the go command's patterns match to all that its builds use: modules that only a `use` or `replace` line
//! leads to, and packages that only an import leads to.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::go::{GO_MOD, has_imports};
use crate::load::{Depth, Input, Loaded, Plan, list_directory, read, read_go_files};
use crate::model::{Draft, OwnDirectory, Reach, Reached};
use crate::source::{Entry, Listing, SourceError, Unseen};
use crate::syntax::{GoFile, ParsedFile};
use crate::text::{FastMap, FastSet, Files, RepoPath};

/// How often the module files are read again because a line in one of them led to another module.
const MAX_ROUNDS: usize = 64;

/// Reads the files of a listed state. `names_module` says which module files the policy names. A directory of the repository with a
/// `go.mod` that a `use` or `replace` line leads to is a module, whatever it is called; its files that the listing lacks are added.
pub(super) fn read_modules(
    input: Input<'_>,
    listing: &mut Listing,
    names_module: &dyn Fn(&RepoPath) -> bool,
    files: &mut Files,
) -> Result<Loaded, SourceError> {
    let mut led_to: HashSet<RepoPath> = HashSet::new();
    let mut replacements: HashSet<RepoPath> = HashSet::new();
    let mut too_far: Vec<(RepoPath, Unseen)> = Vec::new();
    let mut linked = 0;
    let mut rounds = 0;
    loop {
        let is_named = |path: &RepoPath| {
            let is_led_to = || path.parent().is_some_and(|dir| led_to.contains(&dir));
            names_module(path) || (path.file_name() == GO_MOD.as_bytes() && is_led_to())
        };
        let before = files.clone();
        let mut loaded = read(input, Plan::new(listing, &is_named).with_replacements(replacements.clone()), files);
        let dirs = loaded.used_dirs.iter().chain(&loaded.replaced_dirs);
        let new: Vec<RepoPath> = dirs.filter(|dir| !led_to.contains(*dir)).cloned().collect();
        if new.is_empty() || rounds == MAX_ROUNDS {
            let reason = Unseen::Unreadable("a module behind too many `replace` lines".to_owned());
            too_far.extend(new.into_iter().map(|dir| (dir, reason.clone())));
            loaded.unseen.extend(too_far);
            return Ok(loaded);
        }
        *files = before;
        rounds += 1;
        replacements.extend(loaded.replaced_dirs);
        replacements.retain(|dir| !loaded.used_dirs.contains(dir));
        for dir in new {
            let found = match list_directory(input.source, &dir, Depth::Tree)? {
                Ok(found) => listing.add_linked(found.unwrap_or_default(), &mut linked),
                Err(reason) => Err(reason),
            };
            too_far.extend(found.err().map(|reason| (dir.clone(), reason)));
            let ignored = input.source.ignored(&dir.join(GO_MOD));
            too_far.extend(ignored.map(|ignored| (ignored, Unseen::IgnoredModule)));
            led_to.insert(dir);
        }
    }
}

/// The packages that imports lead to.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// The directories with packages that no pattern matches.
    pub(super) reached: Reached,
    /// The files of these packages.
    pub(super) files: Vec<ParsedFile<GoFile>>,
    /// The paths that the build needs and that could not be seen.
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
}

/// Follows the imports of Go files, and the `tool` lines, to packages of the repository that no pattern matches. `draft` has the modules
/// and no Go files; directories behind links are added to it and to the listing.
pub(super) fn follow_imports(
    input: Input<'_>,
    listing: &mut Listing,
    files: &mut Files,
    draft: &mut Draft,
    go_files: &[ParsedFile<GoFile>],
) -> Result<Followed, SourceError> {
    let mut walk = ReachWalk {
        input,
        draft,
        matched: FastSet::default(),
        unmatched: HashMap::new(),
        asked: FastMap::default(),
        followed: Followed::default(),
        linked: 0,
        hidden: listing.unseen.iter().cloned().collect(),
        links: listing.links.iter().cloned().collect(),
    };
    let mut wanted = walk.follow_matched(listing, go_files)?;
    while !wanted.is_empty() {
        let found = walk.read(listing, files, wanted);
        wanted = Wanted::new();
        for package in &found {
            walk.follow(listing, package, &mut wanted)?;
        }
    }
    let Followed { reached, mut unseen, files } = walk.followed;
    let hidden = listing.unseen.iter().filter(|(path, _)| path.parent().is_some_and(|dir| reached.contains_key(&dir)));
    unseen.extend(hidden.cloned());
    unseen.sort_by(|a, b| a.0.cmp(&b.0));
    unseen.dedup();
    Ok(Followed { reached, files, unseen })
}

/// The directories to read, and how the go command comes to each.
type Wanted = BTreeMap<RepoPath, Reach>;

/// A package whose imports are to be followed.
struct PendingPackage {
    module: usize,
    reach: Reach,
    files: Vec<ParsedFile<GoFile>>,
}

struct ReachWalk<'a> {
    input: Input<'a>,
    draft: &'a mut Draft,
    /// The directories with packages that patterns match.
    matched: FastSet<RepoPath>,
    /// The files that were read and that no pattern matches, by directory: go.mod ignores them.
    unmatched: HashMap<RepoPath, Vec<ParsedFile<GoFile>>>,
    /// The paths that were followed, for each module, and for packages of each reach.
    asked: FastMap<PathImporter, FastSet<Box<str>>>,
    followed: Followed,
    /// How many files were listed through links.
    linked: usize,
    hidden: HashMap<RepoPath, Unseen>,
    links: HashSet<RepoPath>,
}

/// The importer of a path: its module, by its place, and how its package is reached.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PathImporter {
    module: usize,
    reach: Reach,
}

impl ReachWalk<'_> {
    /// Follows the imports of the packages that patterns match, and the `tool` lines.
    fn follow_matched(
        &mut self,
        listing: &mut Listing,
        go_files: &[ParsedFile<GoFile>],
    ) -> Result<Wanted, SourceError> {
        let mut modules: Vec<Option<usize>> = Vec::with_capacity(go_files.len());
        for (at, file) in go_files.iter().enumerate() {
            let is_beside_last = at > 0 && file.path.parent() == go_files[at - 1].path.parent();
            let module = if is_beside_last {
                modules[at - 1]
            } else {
                let dir = file.path.parent().unwrap_or_else(RepoPath::root);
                let module = self.draft.module_with_package(&dir);
                if module.is_some() {
                    self.matched.insert(dir);
                }
                module
            };
            modules.push(module);
        }
        let mut imported: BTreeMap<usize, FastSet<&str>> = BTreeMap::new();
        for (file, module) in go_files.iter().zip(modules) {
            let Some(module) = module else {
                let dir = file.path.parent().unwrap_or_else(RepoPath::root);
                self.unmatched.entry(dir).or_default().push(file.clone());
                continue;
            };
            if file.parsed.tree.is_in_some_build() {
                let paths = imported.entry(module).or_default();
                paths.extend(file.parsed.tree.imports.iter().map(|import| &*import.path));
            }
        }
        let mut wanted = Wanted::new();
        for (module, paths) in imported {
            for path in paths {
                self.follow_path(listing, PathImporter { module, reach: Reach::Pattern }, path, &mut wanted)?;
            }
        }
        for (module, path) in self.tools() {
            self.follow_path(listing, PathImporter { module, reach: Reach::Pattern }, &path, &mut wanted)?;
        }
        Ok(wanted)
    }

    /// The packages that `tool` lines name, each with its module.
    fn tools(&self) -> Vec<(usize, String)> {
        let modules = self.draft.model().modules().enumerate();
        let tools = modules.flat_map(|(at, module)| module.go_mod().tool.iter().map(move |tool| (at, tool)));
        tools.map(|(at, tool)| (at, tool.path.value.as_str().to_owned())).collect()
    }

    fn follow(&mut self, listing: &mut Listing, from: &PendingPackage, wanted: &mut Wanted) -> Result<(), SourceError> {
        let importer = PathImporter { module: from.module, reach: from.reach };
        for file in from.files.iter().filter(|file| file.parsed.tree.is_in_some_build()) {
            for import in &file.parsed.tree.imports {
                self.follow_path(listing, importer, &import.path, wanted)?;
            }
        }
        Ok(())
    }

    /// Notes the directories of the repository that an import leads to and that are to be read.
    fn follow_path(
        &mut self,
        listing: &mut Listing,
        importer: PathImporter,
        path: &str,
        wanted: &mut Wanted,
    ) -> Result<(), SourceError> {
        let asked = self.asked.entry(importer).or_default();
        if asked.contains(path) {
            return Ok(());
        }
        asked.insert(path.into());
        for own in self.draft.own_directories(importer.module, path) {
            if self.matched.contains(&own.dir) || !self.is_there(listing, &own)? {
                continue;
            }
            let is_same_module = self.draft.module_around(&own.dir) == Some(importer.module);
            let reach = if is_same_module && importer.reach > Reach::Import { Reach::OwnImport } else { Reach::Import };
            if self.followed.reached.get(&own.dir).is_none_or(|known| *known < reach) {
                let known = wanted.entry(own.dir).or_insert(reach);
                *known = (*known).max(reach);
            }
        }
        Ok(())
    }

    /// Whether there is a package in a directory of a module. A path that cannot be seen is noted.
    fn is_there(&mut self, listing: &mut Listing, own: &OwnDirectory) -> Result<bool, SourceError> {
        if self.draft.contains_package(own) {
            return Ok(true);
        }
        let hidden = own.dir.ancestors().find_map(|dir| self.hidden.get_key_value(&dir));
        if let Some((path, reason)) = hidden {
            let reason = if *reason == Unseen::Submodule { Unseen::ReachedSubmodule } else { reason.clone() };
            self.followed.unseen.push((path.clone(), reason));
        } else if own.dir.ancestors().take_while(|dir| *dir != own.root).any(|dir| self.links.contains(&dir)) {
            return self.is_behind_link(listing, own);
        } else if let Some(ignored) = self.input.source.ignored_go_files(&own.dir) {
            self.followed.unseen.push((ignored, Unseen::IgnoredPackage));
        }
        Ok(false)
    }

    /// The same of a directory with a link on its path. Its files are added to the listing.
    fn is_behind_link(&mut self, listing: &mut Listing, own: &OwnDirectory) -> Result<bool, SourceError> {
        let found = match list_directory(self.input.source, &own.dir, Depth::Files)? {
            Ok(Some(found)) if found.entries.iter().any(|entry| entry.path.file_name().ends_with(b".go")) => found,
            Ok(_) => return Ok(false),
            Err(reason) => {
                let reason = if reason == Unseen::Submodule { Unseen::ReachedSubmodule } else { reason };
                self.followed.unseen.push((own.dir.clone(), reason));
                return Ok(false);
            }
        };
        for dir in own.dir.ancestors().take_while(|dir| *dir != own.root) {
            if matches!(self.input.source.lookup(&dir.join(GO_MOD)), Ok(Some(_))) {
                self.draft.add_linked_boundary(dir);
                return Ok(false);
            }
        }
        if let Err(reason) = listing.add_linked(found, &mut self.linked) {
            self.followed.unseen.push((own.dir.clone(), reason));
            return Ok(false);
        }
        self.draft.add_linked_directory(own.dir.clone());
        Ok(true)
    }

    /// Reads the packages in these directories.
    fn read(&mut self, listing: &Listing, files: &mut Files, wanted: Wanted) -> Vec<PendingPackage> {
        let mut importers = Vec::new();
        for (dir, reach) in wanted {
            let is_known = self.followed.reached.insert(dir.clone(), reach).is_some();
            let found: Vec<ParsedFile<GoFile>> = if let Some(found) = self.unmatched.get(&dir) {
                found.clone()
            } else if is_known {
                self.followed.files.iter().filter(|file| file.path.is_directly_in(&dir)).cloned().collect()
            } else {
                let (found, unseen) = read_go_files(self.input, &files_in(listing, &dir), files);
                self.followed.unseen.extend(unseen);
                self.followed.files.extend(found.iter().cloned());
                found
            };
            let module = self.draft.module_around(&dir);
            importers.extend(module.map(|module| PendingPackage { module, reach, files: found }));
        }
        importers
    }
}

/// The listed Go files directly in a directory that the go command would read.
fn files_in<'l>(listing: &'l Listing, dir: &RepoPath) -> Vec<&'l Entry> {
    let first = listing.entries.partition_point(|entry| entry.path.as_bytes() < dir.as_bytes());
    let within = listing.entries[first..].iter().take_while(|entry| entry.path.as_bytes().starts_with(dir.as_bytes()));
    let is_read = |entry: &&Entry| entry.path.is_directly_in(dir) && has_imports(entry.path.file_name());
    within.filter(is_read).collect()
}
