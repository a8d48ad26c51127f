//! Vendored files that are not what their module's version says: what changed while the version and its replacement did
//! not, and what differs from the module itself.

use std::collections::HashMap;

use super::Vendor;
use crate::syntax::{VendorModules, VendoredModule};
use crate::text::{FileId, RepoPath, Span};

/// A file that somebody edited, added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorEdit {
    /// Its path.
    pub path: RepoPath,
    /// The file; `None` if it is not there.
    pub file: Option<FileId>,
    /// What became of it.
    pub kind: EditKind,
    /// The module that it belongs to, with its version.
    pub module: String,
    /// What shows it.
    pub proof: Proof,
    /// The first lines that differ, as a unified diff.
    pub hunk: Option<String>,
}

/// What became of a file.
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
    /// What became of a file by whether it was there and is there.
    pub fn of(was_there: bool, is_there: bool) -> Self {
        match (was_there, is_there) {
            (false, _) => Self::Added,
            (true, false) => Self::Removed,
            (true, true) => Self::Changed,
        }
    }
}

/// What shows that a file was edited.
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
    /// The files that were edited, by path. Nothing where nobody looked.
    pub fn edits(self) -> impl Iterator<Item = &'m VendorEdit> {
        self.model.vendor_edits.iter().filter(move |edit| edit.path.is_within(self.dir()))
    }

    /// The line of `modules.txt` that lists the package of a directory, or else the first.
    pub fn line_of(self, path: &RepoPath) -> Option<(FileId, Span)> {
        let manifest = self.manifest()?;
        let dir = path.parent()?;
        let package = std::str::from_utf8(dir.strip_dir(self.dir())?).ok()?;
        let listed = self.listed().find(|listed| listed.path == package).map(|listed| listed.span);
        Some((manifest.file, listed.unwrap_or(Span::at(0))))
    }
}

/// What a list of vendored modules says of the files below its directory.
#[derive(Debug)]
pub struct Owners<'l> {
    dir: &'l RepoPath,
    packages: HashMap<&'l str, &'l VendoredModule>,
    with_packages: HashMap<&'l str, &'l VendoredModule>,
}

/// Whose a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned<'l> {
    /// It lies in a listed package of this module.
    Package(&'l VendoredModule),
    /// It lies elsewhere: a license, or what a package embeds. These modules could have it.
    Beside(Vec<&'l VendoredModule>),
}

impl<'l> Owners<'l> {
    /// Those of the vendor directory `dir`.
    pub fn new(dir: &'l RepoPath, list: &'l VendorModules) -> Self {
        let modules = list.modules.iter().filter(|module| !module.packages.is_empty());
        let mut owners = Self { dir, packages: HashMap::new(), with_packages: HashMap::new() };
        for module in modules {
            owners.with_packages.insert(module.path.value.as_str(), module);
            owners.packages.extend(module.packages.iter().map(|package| (package.path.value.as_str(), module)));
        }
        owners
    }

    /// Whose a file is.
    pub fn of(&self, path: &RepoPath) -> Owned<'l> {
        let dir = path.parent().and_then(|dir| Some(String::from_utf8_lossy(dir.strip_dir(self.dir)?).into_owned()));
        let dir = dir.unwrap_or_default();
        if let Some(module) = self.packages.get(dir.as_str()) {
            return Owned::Package(module);
        }
        let above = super::super::resolve::prefixes(&dir).filter_map(|path| self.with_packages.get(path).copied());
        Owned::Beside(above.collect())
    }
}

/// The lists of two states for one vendor directory.
#[derive(Debug)]
pub struct ListPair<'l> {
    before: Owners<'l>,
    after: Owners<'l>,
}

impl<'l> ListPair<'l> {
    /// The lists before and after.
    pub fn new(dir: &'l RepoPath, before: &'l VendorModules, after: &'l VendorModules) -> Self {
        Self { before: Owners::new(dir, before), after: Owners::new(dir, after) }
    }

    /// The module that a file belongs to before and after, at the same version and with the same replacement. `None` where
    /// that changed, so that the file may too.
    pub fn unchanged_owner(&self, path: &RepoPath) -> Option<&'l VendoredModule> {
        match (self.before.of(path), self.after.of(path)) {
            (Owned::Package(before), Owned::Package(after)) => is_same(before, after).then_some(after),
            (Owned::Beside(before), Owned::Beside(after)) => {
                let same =
                    before.len() == after.len() && before.iter().zip(&after).all(|(one, other)| is_same(one, other));
                after.first().copied().filter(|_| same)
            }
            _ => None,
        }
    }

    /// The module whose file was edited if this one changed, appeared or went, and what became of it.
    ///
    /// Beside packages files come and go with the packages that embed them and the licenses that belong to these, and with
    /// the version of the go command; only what changed there tells something.
    pub fn edit(&self, path: &RepoPath, was_there: bool, is_there: bool) -> Option<(&'l VendoredModule, EditKind)> {
        let kind = EditKind::of(was_there, is_there);
        let is_module_file = matches!(path.file_name(), b"go.mod" | b"go.sum");
        let is_beside = matches!(self.after.of(path), Owned::Beside(_));
        if kind != EditKind::Changed && (is_beside || is_module_file) {
            return None;
        }
        Some((self.unchanged_owner(path)?, kind))
    }
}

/// Whether two lines stand for the same source.
fn is_same(one: &VendoredModule, other: &VendoredModule) -> bool {
    fn source(module: &VendoredModule) -> (String, Option<(&str, Option<&str>)>) {
        let replacement = module.replacement.as_ref();
        (
            module.name(),
            replacement.map(|it| (&*it.path.value, it.version.as_ref().map(|version| version.value.as_str()))),
        )
    }
    source(one) == source(other)
}
