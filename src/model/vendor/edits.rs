//! Vendored files that differ from their module at its version: files that changed while the version and its
//! replacement did not, and files that differ from the module itself.

use std::collections::{HashMap, HashSet};

use super::super::VendorEditFacts;
use super::{ListedPackage, Vendor};
use crate::go::{FileOwner, KnownFile, ModulePath, ModuleVersion};
use crate::syntax::{Owned, Owners, VendorModules, VendoredModule, is_metadata};
use crate::text::{FileId, RepoPath, Span};

/// A file that somebody edited, added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorEdit {
    /// Its path.
    pub path: RepoPath,
    /// The file; `None` if it is not there.
    pub file: Option<FileId>,
    /// The change of the file.
    pub kind: EditKind,
    /// The path of the module that it belongs to.
    pub module_path: ModulePath,
    /// The name of that module for a person, with its version and its replacement.
    pub module: String,
    /// The evidence.
    pub proof: Proof,
    /// The first lines that differ, as a unified diff.
    pub hunk: Option<String>,
}

/// The change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EditKind {
    /// It has other content.
    Changed,
    /// It is there and should not be.
    Added,
    /// It is not there and should be.
    Removed,
}

impl EditKind {
    /// The change of a file by whether it was there and is there.
    pub fn of(was_there: bool, is_there: bool) -> Self {
        match (was_there, is_there) {
            (false, _) => Self::Added,
            (true, false) => Self::Removed,
            (true, true) => Self::Changed,
        }
    }
}

/// The evidence that a file was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A state before, in which the module had the same version: its name.
    Before(String),
    /// The module's own files, which have the hash that go.sum states.
    Module,
    /// The directory of the repository that replaces the module.
    Directory(RepoPath),
}

impl<'m> Vendor<'m> {
    /// The files that were edited, by path.
    pub fn edits(self, facts: VendorEditFacts<'m>) -> impl Iterator<Item = &'m VendorEdit> {
        let is_its = move |edit: &&VendorEdit| {
            edit.path.is_within(self.dir())
                && self.model.vendor_of(&edit.path).is_some_and(|vendor| vendor.dir() == self.dir())
        };
        facts.0.edits.iter().filter(is_its)
    }

    /// The directory of the repository that a listed module is copied from, there or not, if it is one.
    pub fn replacing_directory(self, module: &VendoredModule) -> Option<RepoPath> {
        let replacement = module.replacement.as_ref().filter(|replacement| replacement.version.is_none())?;
        self.dir().parent()?.resolve(&*replacement.path.value)
    }

    /// The lines of `modules.txt` that list packages, by the directory of each.
    pub fn lines(self) -> HashMap<RepoPath, (FileId, Span)> {
        let file = self.manifest().map(|manifest| manifest.file);
        let line = |listed: ListedPackage<'m>| Some((self.dir().join(listed.path), (file?, listed.span)));
        self.listed().filter_map(line).collect()
    }
}

/// The lists of two states for one vendor directory.
#[derive(Debug)]
pub(crate) struct ListPair<'l> {
    before: Owners<'l>,
    after: Owners<'l>,
}

impl<'l> ListPair<'l> {
    /// The lists before and after.
    pub(crate) fn new(dir: &'l RepoPath, before: &'l VendorModules, after: &'l VendorModules) -> Self {
        Self { before: Owners::new(dir, before), after: Owners::new(dir, after) }
    }

    /// Whether a file is copied from the same source before and after, whichever module may have brought it. Otherwise
    /// the file may change too.
    pub(crate) fn has_same_owner(&self, path: &RepoPath) -> bool {
        let owned = self.before.of(path).zip(self.after.of(path));
        owned
            .is_some_and(|(before, after)| before.in_package == after.in_package && sources(&before) == sources(&after))
    }

    /// The meaning of a change if nothing explains it: whose file was edited, and how. `None` where the lists
    /// themselves explain it.
    ///
    /// Files other than packages come and go with the packages that embed them and the licenses that belong to these;
    /// module files come and go with the version of the go command, and these and hidden files with .gitignore. For
    /// them only a changed file, or one that a package embeds and that was there before, is evidence.
    pub(crate) fn edit(&self, path: &RepoPath, was_there: bool, is_there: bool) -> Option<PairEdit<'l>> {
        let after = self.after.of(path)?;
        let kind = EditKind::of(was_there, is_there);
        let before = self.before.of(path);
        let new_sources = new_sources(before.as_ref(), &after, self.after.dir(), path);
        let edit = PairEdit { owned: after, kind, new_sources, bringers: Vec::new(), embedders: None };
        match before {
            Some(before) if edit.new_sources.is_empty() => edit.of_same_source(&before, self.after.dir(), path),
            _ => Some(edit),
        }
    }
}

/// The entries of two lists for a file that is not the same.
#[derive(Clone, Debug)]
pub(crate) struct PairEdit<'l> {
    /// Whose it is.
    pub owned: Owned<'l>,
    /// The change of the file.
    pub kind: EditKind,
    /// The sources that the state before has nothing from. If the file is from one of these, nobody edited anything.
    pub new_sources: Vec<NewSource<'l>>,
    /// The packages above it that came or went with it: if one embeds it, nobody edited anything.
    pub bringers: Vec<&'l str>,
    /// The packages that were there before and are there: only if one of these embeds it, it was edited. `None` where
    /// it was edited in any case.
    pub embedders: Option<Vec<String>>,
}

/// A source that the state before has nothing from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewSource<'l> {
    /// The module as it is listed.
    pub module: &'l VendoredModule,
    /// The package of that module which has to embed the file, because the file lies in no package of the module.
    pub embedder: Option<&'l str>,
}

impl<'l> PairEdit<'l> {
    /// The edit where the file is from the same source as before.
    fn of_same_source(mut self, before: &Owned<'l>, dir: &RepoPath, path: &RepoPath) -> Option<Self> {
        let name = path.file_name();
        if self.kind == EditKind::Changed {
            // A license may have come from any of the modules whose directories it lies above.
            return (!is_metadata(name) || sources(before) == sources(&self.owned)).then_some(self);
        }
        if self.owned.in_package && !before.in_package {
            self.new_sources = vec![NewSource { module: self.owned.module, embedder: None }];
            return Some(self);
        }
        let packages = |owned: &Owned<'l>| owned.bringers.iter().map(|(package, _)| *package).collect::<HashSet<_>>();
        let (was, is) = (packages(before), packages(&self.owned));
        self.bringers = match self.kind {
            EditKind::Added => is.difference(&was).copied().collect(),
            EditKind::Removed | EditKind::Changed => was.difference(&is).copied().collect(),
        };
        if !self.bringers.is_empty() && is_metadata(name) {
            return None;
        }
        let owner = KnownFile::find(name).map(|file| file.owner);
        let is_odd = name.starts_with(b".") || matches!(owner, Some(FileOwner::Module | FileOwner::Workspace));
        if is_odd || !self.owned.in_package {
            let own = path.parent().filter(|_| self.owned.in_package);
            let own = own.and_then(|own| Some(String::from_utf8_lossy(own.strip_dir(dir)?).into_owned()));
            self.embedders = Some(was.intersection(&is).map(|package| (*package).to_owned()).chain(own).collect());
        }
        Some(self).filter(|edit| edit.embedders.as_ref().is_none_or(|packages| !packages.is_empty()))
    }
}

/// Where the files of a module are from, whatever its line looks like: a version that is replaced by itself is that
/// version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ModuleSource {
    /// A module version.
    Module(ModuleVersion),
    /// A directory.
    Directory(Box<str>),
    /// The line states no version.
    Unknown(String),
}

impl ModuleSource {
    fn of(module: &VendoredModule) -> Self {
        match (module.source(), &module.replacement) {
            (Some(source), _) => Self::Module(source),
            (None, Some(replacement)) => Self::Directory(replacement.path.value.clone()),
            (None, None) => Self::Unknown(module.name()),
        }
    }
}

/// All sources that may have brought a file.
fn sources(owned: &Owned<'_>) -> HashSet<ModuleSource> {
    std::iter::once(owned.module).chain(owned.others()).map(ModuleSource::of).collect()
}

/// The sources that may have brought a file and that the state before has nothing of it from. A module whose path is
/// not above the file cannot have brought it, whatever is listed below its line.
fn new_sources<'l>(
    before: Option<&Owned<'l>>,
    after: &Owned<'l>,
    dir: &RepoPath,
    path: &RepoPath,
) -> Vec<NewSource<'l>> {
    let known = before.map(sources).unwrap_or_default();
    let own = NewSource { module: after.module, embedder: None };
    let own_path = &after.module.path.value;
    let others = after.bringers.iter().filter(|(_, module)| module.path.value != *own_path);
    let others = others.map(|(package, module)| NewSource { module, embedder: Some(package) });
    let is_above = |source: &NewSource<'l>| path.is_within(&dir.join(source.module.path.value.as_str()));
    let is_metadata = is_metadata(path.file_name());
    let may_bring = |source: &NewSource<'l>| is_metadata || is_above(source);
    let all = std::iter::once(own).chain(others).filter(may_bring);
    all.filter(|source| !known.contains(&ModuleSource::of(source.module))).collect()
}

/// The `go` version that a line of `modules.txt` states for a module, which is not the one that the module itself
/// states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorLanguage {
    /// The vendor directory.
    pub dir: RepoPath,
    /// The path that the module is vendored under.
    pub path: ModulePath,
    /// The module, with its version and replacement.
    pub module: String,
    /// `modules.txt`.
    pub file: FileId,
    /// The version in it, or the module's line if there is none.
    pub span: Span,
    /// The stated version.
    pub stated: Option<Box<str>>,
    /// The version that should be stated.
    pub expected: Option<Box<str>>,
    /// The evidence.
    pub proof: Proof,
}

/// A module with changed or suspicious vendored files, and no available evidence of whether the files are its
/// own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorDoubt {
    /// The vendor directory.
    pub dir: RepoPath,
    /// The path that the module is vendored under.
    pub path: ModulePath,
    /// Where its files are from, for a person: `PATH@VERSION`, or a directory.
    pub source: String,
    /// A vendored file that changed, if that is the reason to ask.
    pub example: Option<RepoPath>,
    /// Why nothing shows it.
    pub reason: DoubtReason,
}

/// Why nothing shows whether vendored files are a module's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DoubtReason {
    /// go.sum has no checksum of the module version.
    NoChecksum,
    /// go.sum has two checksums of it.
    TwoChecksums,
    /// go.sum has another checksum of it than a state before, which is named.
    OtherChecksum(String),
    /// The module cache has other vendored modules, but not this one.
    NotCached,
    /// The copy in the module cache is not the one that go.sum has the checksum of, or cannot be read: why.
    NotProved(String),
    /// The files are copied from a directory that is not in this repository.
    Outside,
    /// The state before, which is named, has the files and no `modules.txt`.
    NoList(String),
}

impl<'m> Vendor<'m> {
    /// The modules whose language version is not their own.
    pub fn languages(self, facts: VendorEditFacts<'m>) -> impl Iterator<Item = &'m VendorLanguage> {
        facts.0.languages.iter().filter(move |it| it.dir == *self.dir())
    }

    /// The modules without evidence of whether the vendored files are theirs, though there is reason to ask.
    pub fn doubts(self, facts: VendorEditFacts<'m>) -> impl Iterator<Item = &'m VendorDoubt> {
        facts.0.doubts.iter().filter(move |it| it.dir == *self.dir())
    }

    /// Whether the go command writes the language versions of modules into its list (`modcmd.RunVendor`).
    pub fn writes_languages(self) -> bool {
        self.data.go(self.model).is_some_and(|go| go.value.is_at_least("1.17"))
    }
}

/// The results of comparing vendor directories with other states and with modules.
#[derive(Clone, Debug, Default)]
pub struct VendorFindings {
    /// The files that were edited, by path.
    pub edits: Vec<VendorEdit>,
    /// The modules whose language version is not their own.
    pub languages: Vec<VendorLanguage>,
    /// The questions without evidence.
    pub doubts: Vec<VendorDoubt>,
}
