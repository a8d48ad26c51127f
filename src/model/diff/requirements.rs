//! The changes of a module's requirements.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::{Change, pair};
use crate::go::ModulePath;
use crate::model::requirement::RequirementUses;
use crate::model::{Import, Module, RequirementUse, Usage};

/// A requirement before and after, with the imports that lead to it.
#[derive(Clone, Debug)]
pub struct RequirementDiff<'m> {
    /// The two sides.
    pub sides: Change<RequirementUse<'m>>,
    /// The packages that are imported from it on one side only, by path.
    pub packages: Vec<Change<ImportedPackage<'m>>>,
}

/// The change of the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionChange {
    /// There was no such requirement.
    Added,
    /// There is none any more.
    Removed,
    /// The version is higher.
    Upgraded,
    /// The version is lower.
    Downgraded,
    /// The version is the same.
    Same,
}

/// Other changes of a requirement that is there before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Another module or a directory takes its place, and none did.
    Replaced,
    /// Nothing takes its place any more.
    NoLongerReplaced,
    /// Something else takes its place.
    ReplacedOtherwise,
    /// Its line no longer says `// indirect`.
    NewlyDirect,
    /// Its line says `// indirect`, and did not.
    NewlyIndirect,
    /// The module's own files and tools no longer need it.
    NewlyUnused,
    /// The module's own files or tools need it, and did not.
    NewlyUsed,
}

/// A package of a requirement that is imported on one side only.
#[derive(Clone, Debug)]
pub struct ImportedPackage<'m> {
    /// The import path.
    pub path: &'m str,
    /// The imports of it on that side.
    pub imports: Vec<Import<'m>>,
    /// Where it comes from on the other side.
    pub elsewhere: Elsewhere<'m>,
}

/// Where a package comes from on the side on which no requirement of the same path has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere<'m> {
    /// It is not imported there.
    NotImported,
    /// Another module.
    Module(&'m ModulePath),
    /// It is imported there too, and no module is known that has it.
    Unknown,
}

impl<'m> Change<Module<'m>> {
    /// The requirements by path, changed or not.
    pub fn requirements(self) -> Vec<RequirementDiff<'m>> {
        let uses = |module: Option<&Module<'m>>| module.copied().map(RequirementUses::of).unwrap_or_default();
        let (before, after) = (uses(self.before()), uses(self.after()));
        let sides =
            pair(before.requirements.into_values(), after.requirements.into_values(), |side| side.requirement.path());
        let with_packages = |sides: Change<RequirementUse<'m>>| {
            let was = packages(sides.before(), &after.providers);
            let mut packages = pair(was, packages(sides.after(), &before.providers), |package| package.path);
            packages.retain(|change| !matches!(change, Change::Both(..)));
            RequirementDiff { sides, packages }
        };
        sides.into_iter().map(with_packages).collect()
    }
}

/// The packages that one side imports. `providers` is where those come from on the other.
fn packages<'m>(
    side: Option<&RequirementUse<'m>>,
    providers: &HashMap<&'m str, Option<&'m ModulePath>>,
) -> impl Iterator<Item = ImportedPackage<'m>> {
    let mut by_path: BTreeMap<&'m str, Vec<Import<'m>>> = BTreeMap::new();
    for import in side.iter().flat_map(|side| &side.imports) {
        by_path.entry(import.path()).or_default().push(*import);
    }
    let elsewhere = |path: &str| match providers.get(path) {
        None => Elsewhere::NotImported,
        Some(provider) => provider.map_or(Elsewhere::Unknown, Elsewhere::Module),
    };
    by_path.into_iter().map(move |(path, imports)| ImportedPackage { path, imports, elsewhere: elsewhere(path) })
}

impl<'m> RequirementDiff<'m> {
    /// The change of the version.
    pub fn version(&self) -> VersionChange {
        let Change::Both(before, after) = &self.sides else {
            return if self.sides.before().is_some() { VersionChange::Removed } else { VersionChange::Added };
        };
        match after.requirement.version().cmp(before.requirement.version()) {
            Ordering::Greater => VersionChange::Upgraded,
            Ordering::Less => VersionChange::Downgraded,
            Ordering::Equal => VersionChange::Same,
        }
    }

    /// The other changes; nothing where one side is missing.
    pub fn notes(&self) -> Vec<Note> {
        let Change::Both(before, after) = &self.sides else { return Vec::new() };
        let replaced = match (before.requirement.replacement(), after.requirement.replacement()) {
            (None, Some(_)) => Some(Note::Replaced),
            (Some(_), None) => Some(Note::NoLongerReplaced),
            (Some(before), Some(after)) if !before.leads_where(after) => Some(Note::ReplacedOtherwise),
            _ => None,
        };
        let marked = match (before.requirement.line().indirect, after.requirement.line().indirect) {
            (true, false) => Some(Note::NewlyDirect),
            (false, true) => Some(Note::NewlyIndirect),
            _ => None,
        };
        let used = match (before.usage, after.usage) {
            (Usage::Used, Usage::Unused) => Some(Note::NewlyUnused),
            (Usage::Unused, Usage::Used) => Some(Note::NewlyUsed),
            _ => None,
        };
        replaced.into_iter().chain(marked).chain(used).collect()
    }

    /// Whether all of it is as it was.
    pub fn is_unchanged(&self) -> bool {
        self.version() == VersionChange::Same && self.notes().is_empty() && self.packages.is_empty()
    }
}
