//! Two states seen together: before and after, by module, package, file and directive.
//!
//! Everything is a view of one of the two models. Things that belong together are found here; rules and reports
//! decide the meaning of the differences.

mod requirements;

use std::collections::BTreeMap;

pub(crate) use self::requirements::{Elsewhere, ImportedPackage, Note, RequirementDiff, VersionChange};
use super::{Directive, File, Model, Module, Package, Workspace};
use crate::text::{Files, RepoPath};

/// Two models, and which things of one are the same in the other.
#[derive(Clone, Debug)]
pub struct ModelDiff<'m> {
    before: ModelAndFiles<'m>,
    after: ModelAndFiles<'m>,
    modules: Vec<Change<Module<'m>>>,
}

/// A model and the table that its file ids are of. Both states may share one.
type ModelAndFiles<'m> = (&'m Model, &'m Files);

/// A thing in one of two states, or in both, changed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<T> {
    /// Only after.
    Added(T),
    /// Only before.
    Removed(T),
    /// Before and after.
    Both(T, T),
}

impl<'m> ModelDiff<'m> {
    /// Holds two states beside each other.
    pub fn new(before: ModelAndFiles<'m>, after: ModelAndFiles<'m>) -> Self {
        let modules = pair_modules(before.0, after.0);
        Self { before, after, modules }
    }

    /// The modules by directory. A module is the one that was in the same directory, whatever its path was; where
    /// there was none, the one of the same path whose directory has none now.
    pub fn modules(&self) -> impl Iterator<Item = Change<Module<'m>>> {
        self.modules.iter().copied()
    }

    /// The workspaces, by directory.
    pub fn workspaces(&self) -> Vec<Change<Workspace<'m>>> {
        pair(self.before.0.workspaces(), self.after.0.workspaces(), |workspace| workspace.dir())
    }

    /// The packages of all modules: of the same module, in the same directory below its root.
    pub fn packages(&self) -> Vec<Change<Package<'m>>> {
        self.modules().flat_map(Change::packages).collect()
    }

    /// The Go files of all packages, by path from the repository's root.
    pub fn files(&self) -> Vec<Change<File<'m>>> {
        let paths = |(model, files): ModelAndFiles<'m>| model.files().map(|file| (file, files.get(file.id()).path()));
        let pairs: Vec<Change<(File<'m>, &RepoPath)>> = pair(paths(self.before), paths(self.after), |(_, path)| *path);
        pairs.into_iter().map(|change| change.map(|(file, _)| file)).collect()
    }
}

impl<T> Change<T> {
    /// `None` where there is nothing on either side.
    fn of(before: Option<T>, after: Option<T>) -> Option<Self> {
        match (before, after) {
            (Some(before), Some(after)) => Some(Self::Both(before, after)),
            (Some(before), None) => Some(Self::Removed(before)),
            (None, after) => after.map(Self::Added),
        }
    }

    /// How it was.
    pub fn before(&self) -> Option<&T> {
        match self {
            Self::Removed(before) | Self::Both(before, _) => Some(before),
            Self::Added(_) => None,
        }
    }

    /// How it is.
    pub fn after(&self) -> Option<&T> {
        match self {
            Self::Added(after) | Self::Both(_, after) => Some(after),
            Self::Removed(_) => None,
        }
    }

    /// How it is, or how it was where it is gone.
    pub fn last(&self) -> &T {
        match self {
            Self::Added(last) | Self::Removed(last) | Self::Both(_, last) => last,
        }
    }

    /// The same of something else.
    pub fn map<U>(self, mut of: impl FnMut(T) -> U) -> Change<U> {
        match self {
            Self::Added(after) => Change::Added(of(after)),
            Self::Removed(before) => Change::Removed(of(before)),
            Self::Both(before, after) => Change::Both(of(before), of(after)),
        }
    }
}

impl<'m> Change<Module<'m>> {
    /// The packages, by directory below the module's root.
    pub fn packages(self) -> Vec<Change<Package<'m>>> {
        let packages = |module: Option<&Module<'m>>| module.copied().into_iter().flat_map(Module::packages);
        let below = |package: &Package<'m>| package.dir().strip_dir(package.module().dir()).unwrap_or_default();
        pair(packages(self.before()), packages(self.after()), below)
    }

    /// The lines of the module files that are not the same, but for `module` and `require`.
    pub fn directives(self) -> Vec<Change<Directive<'m>>> {
        let lines = |module: Option<&Module<'m>>| module.copied().into_iter().flat_map(Module::directives);
        differing(lines(self.before()), lines(self.after()))
    }
}

impl<'m> Change<Workspace<'m>> {
    /// The lines of the workspace files that are not the same.
    pub fn directives(self) -> Vec<Change<Directive<'m>>> {
        let lines = |workspace: Option<&Workspace<'m>>| workspace.copied().into_iter().flat_map(Workspace::directives);
        differing(lines(self.before()), lines(self.after()))
    }
}

/// Finds the modules of the same directory first. Of the others those of the same path have moved.
fn pair_modules<'m>(before: &'m Model, after: &'m Model) -> Vec<Change<Module<'m>>> {
    let in_place = pair(before.modules(), after.modules(), |module| module.dir());
    let (mut modules, rest): (Vec<_>, Vec<_>) =
        in_place.into_iter().partition(|change| matches!(change, Change::Both(..)));
    let gone = rest.iter().filter_map(Change::before).copied();
    let come = rest.iter().filter_map(Change::after).copied();
    modules.extend(pair(gone, come, |module| module.path()));
    modules.sort_by_key(|change| change.last().dir());
    modules
}

fn differing<'m>(
    before: impl Iterator<Item = Directive<'m>>,
    after: impl Iterator<Item = Directive<'m>>,
) -> Vec<Change<Directive<'m>>> {
    let mut changes = pair(before, after, |line| (line.verb(), line.subject()));
    changes.retain(|change| !matches!(change, Change::Both(before, after) if before.value() == after.value()));
    changes
}

/// Puts the things of one key beside each other, in their order, sorted by key.
fn pair<T, K: Ord>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<Change<T>> {
    let mut by_key: BTreeMap<K, (Vec<T>, Vec<T>)> = BTreeMap::new();
    before.for_each(|it| by_key.entry(key(&it)).or_default().0.push(it));
    after.for_each(|it| by_key.entry(key(&it)).or_default().1.push(it));
    let side_by_side = |(before, after): (Vec<T>, Vec<T>)| {
        let (mut before, mut after) = (before.into_iter(), after.into_iter());
        std::iter::from_fn(move || Change::of(before.next(), after.next()))
    };
    by_key.into_values().flat_map(side_by_side).collect()
}
