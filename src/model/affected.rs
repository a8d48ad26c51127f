//! Which imports may lead elsewhere after their surroundings have changed.

use std::collections::HashSet;

use super::build::Draft;
use super::resolve::Universe;
use super::{ModuleData, layout};
use crate::go::prefixes;
use crate::text::{FastMap, RepoPath};

/// Which Go files must be checked again although they themselves are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affected {
    /// Everything: the modules are others.
    Everything,
    /// Files with one of these imports; perhaps none.
    Imports(ImportSet),
}

/// Import paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSet {
    exact: HashSet<String>,
    below: HashSet<String>,
}

impl ImportSet {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.below.is_empty()
    }

    /// Whether a path is one of them.
    pub fn contains(&self, import: &str) -> bool {
        self.exact.contains(import)
            || (!self.below.is_empty() && prefixes(import).any(|path| self.below.contains(path)))
    }
}

impl Draft {
    /// Which imports may lead elsewhere than they did in `before`. The Go files of both drafts do not matter.
    pub fn affected_since(&self, before: &Self) -> Affected {
        let is_same = |(one, other): (&ModuleData, &ModuleData)| {
            let ignored = |module: &ModuleData| -> Vec<Box<str>> {
                module.go_mod().ignore.iter().map(|line| line.path.value.clone()).collect()
            };
            (&one.path, &one.dir, one.universe) == (&other.path, &other.dir, other.universe)
                && ignored(one) == ignored(other)
        };
        let (modules, modules_before) = (self.modules(), before.modules());
        let same_modules = modules.len() == modules_before.len()
            && modules.iter().zip(modules_before).all(is_same)
            && self.layout().has_boundaries_of(before.layout());
        let universes = self.universes().iter().zip(before.universes());
        if !same_modules || universes.clone().any(|(one, other)| !one.has_mains_of(other)) {
            return Affected::Everything;
        }
        let mut imports = ImportSet::default();
        let is_shared = std::ptr::eq(self.universes(), before.universes());
        for (one, other) in universes.filter(|_| !is_shared) {
            imports.below.extend(one.requirements_unlike(other));
            imports.below.extend(one.local_unlike(other));
            imports.exact.extend(one.vendored_unlike(other));
        }
        for dir in self.layout().go_dirs_unlike(before.layout()) {
            imports.exact.extend(self.packages_in(dir));
        }
        Affected::Imports(imports)
    }

    /// The import paths that the package in `dir` could have: below each module around it, and below each requirement
    /// that is replaced by a directory around it.
    fn packages_in(&self, dir: &RepoPath) -> Vec<String> {
        let below = |root: &RepoPath, path: &str| {
            let rest = std::str::from_utf8(dir.strip_dir(root)?).ok()?;
            Some(match (path, rest) {
                (path, "") => path.to_owned(),
                ("std", rest) => rest.to_owned(),
                (path, rest) => format!("{path}/{rest}"),
            })
        };
        let mains = self.modules().iter().filter_map(|module| below(&module.dir, module.path.as_str()));
        let replaced = self.universes().iter().flat_map(Universe::directories);
        mains.chain(replaced.filter_map(|(path, root)| below(root, path))).collect()
    }
}

/// The keys with different values.
pub(super) fn unlike<'a, V: PartialEq>(
    one: &'a FastMap<String, V>,
    other: &'a FastMap<String, V>,
) -> impl Iterator<Item = String> + 'a {
    let changed = one.iter().filter(|(key, value)| other.get(*key) != Some(value)).map(|(key, _)| key.clone());
    changed.chain(other.keys().filter(|key| !one.contains_key(*key)).cloned())
}

impl layout::DirectoryLayout {
    fn go_dirs_unlike<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a RepoPath> {
        self.go_dirs().symmetric_difference(other.go_dirs())
    }
}
