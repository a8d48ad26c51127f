//! Vendored files that are not what their module's version says: what changed while the version and its replacement did
//! not, and what differs from the module itself.

use std::collections::{HashMap, HashSet};

use super::{ListedPackage, Vendor};
use crate::syntax::{Owned, Owners, VendorModules, VendoredModule, VendoredReplacement, is_metadata};
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
        let is_its = move |edit: &&VendorEdit| {
            edit.path.is_within(self.dir())
                && self.model.vendor_of(&edit.path).is_some_and(|vendor| vendor.dir() == self.dir())
        };
        self.model.vendor_edits.iter().filter(is_its)
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
pub struct ListPair<'l> {
    before: Owners<'l>,
    after: Owners<'l>,
}

impl<'l> ListPair<'l> {
    /// The lists before and after.
    pub fn new(dir: &'l RepoPath, before: &'l VendorModules, after: &'l VendorModules) -> Self {
        Self { before: Owners::new(dir, before), after: Owners::new(dir, after) }
    }

    /// Whether the module that a file belongs to has the same version before and after, and the same replacement, as all
    /// have that may have brought it. Otherwise the file may change too.
    pub fn has_same_owner(&self, path: &RepoPath) -> bool {
        self.before.of(path).zip(self.after.of(path)).is_some_and(|(before, after)| is_unchanged(&before, &after))
    }

    /// Whose file was edited if this one changed, appeared or went, and what became of it.
    ///
    /// Beside packages files come and go with the packages that embed them and the licenses that belong to these; module files
    /// come and go with the version of the go command, and these and hidden files with what .gitignore says. Of them only
    /// what changed tells something.
    pub fn edit(&self, path: &RepoPath, was_there: bool, is_there: bool) -> Option<PairEdit<'l>> {
        let (before, after) = (self.before.of(path)?, self.after.of(path)?);
        let kind = EditKind::of(was_there, is_there);
        let name = path.file_name();
        let is_odd = name.starts_with(b".") || matches!(name, b"go.mod" | b"go.sum" | b"go.work" | b"go.work.sum");
        let may_come = is_odd || !after.in_package;
        if (kind != EditKind::Changed && may_come) || !is_unchanged(&before, &after) {
            return None;
        }
        let names = |owned: &Owned<'l>| owned.bringers.iter().map(|(package, _)| *package).collect::<HashSet<_>>();
        let (was, is) = (names(&before), names(&after));
        let bringers: Vec<&str> = match kind {
            EditKind::Added => is.difference(&was).copied().collect(),
            EditKind::Removed => was.difference(&is).copied().collect(),
            EditKind::Changed => Vec::new(),
        };
        if !bringers.is_empty() && is_metadata(name) {
            return None;
        }
        Some(PairEdit { owned: after, kind, bringers })
    }
}

/// What two lists say of a file that is not the same.
#[derive(Clone, Debug)]
pub struct PairEdit<'l> {
    /// Whose it is.
    pub owned: Owned<'l>,
    /// What became of it.
    pub kind: EditKind,
    /// The packages above it that came or went with it: if one embeds it, nobody edited anything.
    pub bringers: Vec<&'l str>,
}

/// Whether a file is from the same source, from whichever module it is.
fn is_unchanged(before: &Owned<'_>, after: &Owned<'_>) -> bool {
    let others = |owned: &Owned<'_>| -> HashSet<Source> { owned.others().map(source).collect() };
    before.in_package == after.in_package
        && source(before.module) == source(after.module)
        && others(before) == others(after)
}

/// A module by its name, and what replaces it.
type Source = (String, Option<String>);

fn source(module: &VendoredModule) -> Source {
    let replacement = module.replacement.as_ref();
    let version = |it: &VendoredReplacement| it.version.as_ref().map(|version| version.value.to_string());
    (module.name(), replacement.map(|it| format!("{} {}", it.path.value, version(it).unwrap_or_default())))
}
