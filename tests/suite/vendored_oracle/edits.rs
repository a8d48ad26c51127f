//! Which vendored files were edited, by the modules that they are copied from and by a state before, worked out by
//! simple means.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Listed, Source, Tree, ancestors, embeds, is_below, is_built, is_metadata, resolved, split};
use super::universe::{Vendor, joined};

/// The module versions whose files are known.
pub(crate) type Known = BTreeSet<Source>;

/// The changes of files.
pub(crate) type Edits = BTreeMap<String, Edit>;

/// An edited file.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// The word in the identity of the finding.
    pub(crate) kind: &'static str,
}

/// Whose a file is.
struct Owned<'l> {
    module: &'l Listed,
    in_package: bool,
    /// The other packages that may have brought it, and their modules.
    bringers: Vec<(&'l str, &'l Listed)>,
}

impl<'l> Owned<'l> {
    fn of(list: &'l [Listed], dir: &str, name: &str) -> Option<Self> {
        let package = |path: &str| {
            let lists =
                |module: &'l Listed| module.packages.iter().find(|it| *it == path).map(|it| (it.as_str(), module));
            list.iter().rev().find_map(lists)
        };
        let with_packages = || list.iter().filter(|module| !module.packages.is_empty());
        let above = || ancestors(dir).filter_map(|path| with_packages().find(|module| module.path == path));
        let own = package(dir).map(|(_, module)| module);
        let mut bringers: Vec<(&str, &Listed)> = ancestors(dir).skip(1).filter_map(package).collect();
        if is_metadata(name) {
            let packages = above().flat_map(|module| module.packages.iter().map(move |path| (path.as_str(), module)));
            bringers.extend(packages.filter(|(path, _)| is_below(path, dir)));
        }
        Some(Self { module: own.or_else(|| above().next())?, in_package: own.is_some(), bringers })
    }

    /// Whether this is a package above the file, or the one in its directory.
    fn has_package(&self, package: &str) -> bool {
        let own = self.in_package && self.module.packages.iter().any(|it| it == package);
        own || self.bringers.iter().any(|(path, _)| *path == package)
    }

    /// The packages that may have brought the file and are not among those of another state.
    fn new_since(&self, before: &Owned<'_>) -> Vec<&'l str> {
        let is_new = |path: &&str| !before.bringers.iter().any(|(old, _)| old == path);
        self.bringers.iter().map(|(path, _)| *path).filter(is_new).collect()
    }

    fn others(&self) -> impl Iterator<Item = &'l Listed> {
        let own = self.module.path.clone();
        self.bringers.iter().map(|(_, module)| *module).filter(move |module| module.path != own)
    }
}

fn below<'p>(module: &Listed, dir: &'p str) -> &'p str {
    dir.strip_prefix(module.path.as_str()).unwrap_or_default().trim_start_matches('/')
}

impl Tree<'_> {
    /// The files that differ from those of their modules, as far as these are known.
    pub(crate) fn differences(&self, vendor: &Vendor, known: &Known) -> Edits {
        let list = self.list(vendor);
        let mut found = Edits::new();
        let text_of = |module: &Listed, dir: &str, name: &str| {
            let files = self.origin(vendor, module).filter(|_| known.contains(&module.source()))?;
            Some(files.get(&joined(below(module, dir), name)).copied())
        };
        for (dir, name, text) in self.vendored(vendor) {
            let Some(owned) = Owned::of(&list, dir, name) else { continue };
            let Some(own) = text_of(owned.module, dir, name) else { continue };
            let is_explained = |other: &Listed| match text_of(other, dir, name) {
                Some(its) => its == Some(text),
                None => !owned.in_package || own.is_none() || other.path.len() > owned.module.path.len(),
            };
            if own != Some(text) && !owned.others().any(is_explained) {
                let kind = if own.is_some() { "other" } else { "foreign" };
                found.insert(joined(dir, name), Edit { kind });
            }
        }
        for module in list.iter().filter(|module| known.contains(&module.source())) {
            let files = self.origin(vendor, module).unwrap_or_default();
            for (package, (path, text)) in
                module.packages.iter().flat_map(|it| files.iter().map(move |file| (it, file)))
            {
                let (dir, name) = split(path);
                let vendored = joined(package, name);
                let is_there = self.files.contains_key(&format!("{}/{vendored}", Tree::dir(vendor)));
                let is_own = Owned::of(&list, package, name).is_some_and(|owned| owned.module.path == module.path);
                if dir == below(module, package) && is_own && !is_there && is_built(name, text) {
                    found.insert(vendored, Edit { kind: "lacking" });
                }
            }
        }
        found
    }

    /// The files that are as a module has them, as far as these are known.
    pub(crate) fn proved(&self, vendor: &Vendor, known: &Known) -> BTreeSet<String> {
        let list = self.list(vendor);
        let mut proved = BTreeSet::new();
        for (dir, name, text) in self.vendored(vendor) {
            let Some(owned) = Owned::of(&list, dir, name) else { continue };
            let has_it = |module: &Listed| {
                let files = self.origin(vendor, module).filter(|_| known.contains(&module.source()));
                files.is_some_and(|files| files.get(&joined(below(module, dir), name)).copied() == Some(text))
            };
            // Of a module that is not known itself nothing is looked at.
            if known.contains(&owned.module.source()) && std::iter::once(owned.module).chain(owned.others()).any(has_it)
            {
                proved.insert(joined(dir, name));
            }
        }
        proved
    }

    /// The files that changed, came or went since a state before, while the list has their modules as it had.
    pub(crate) fn changes_since(&self, before: &Tree<'_>, vendor: &Vendor) -> Edits {
        if !(before.has_list(vendor) && self.has_list(vendor)) {
            return Edits::new();
        }
        let (old, new) = (before.list(vendor), self.list(vendor));
        let texts = |tree: &Tree<'_>| -> BTreeMap<String, String> {
            tree.vendored(vendor).into_iter().map(|(dir, name, text)| (joined(dir, name), text.to_owned())).collect()
        };
        let (old_texts, new_texts) = (texts(before), texts(self));
        let paths: BTreeSet<&String> = old_texts.keys().chain(new_texts.keys()).collect();
        let mut found = Edits::new();
        for path in paths {
            let (dir, name) = split(path);
            let (was, is) = (old_texts.get(path), new_texts.get(path));
            let (Some(one), Some(other)) = (Owned::of(&old, dir, name), Owned::of(&new, dir, name)) else { continue };
            if was == is || !is_same(&one, &other) {
                continue;
            }
            let with = if is.is_some() { self } else { before };
            let bringers = if is.is_some() { other.new_since(&one) } else { one.new_since(&other) };
            let is_embedded = |package: &&str| {
                let below = joined(dir.strip_prefix(package).unwrap_or_default().trim_start_matches('/'), name);
                with.vendored_patterns(vendor, package).iter().any(|it| embeds(it, &below))
            };
            let brings = |package: &&str| is_metadata(name) || is_embedded(package);
            // Files that a package embeds that was there before are not added or removed.
            let is_kept = |package: &&str| one.has_package(package) && other.has_package(package);
            let mut kept = ancestors(dir).filter(is_kept);
            let comes = may_come(&other, name) && !kept.any(|package| is_embedded(&package));
            if (was.is_none() || is.is_none()) && (comes || bringers.iter().any(brings)) {
                continue;
            }
            let text = is.or(was).map(String::as_str).unwrap_or_default();
            if (was.is_none() || is.is_none()) && name.ends_with(".go") && !is_built(name, text) {
                continue;
            }
            let kind = if was.is_none() {
                "added"
            } else if is.is_none() {
                "removed"
            } else {
                "changed"
            };
            let kind = self.kind_by_directories(vendor, &other, (dir, name, is.map(String::as_str)), kind);
            found.extend(kind.map(|kind| (path.clone(), Edit { kind })));
        }
        found
    }

    /// The change of a file that may be copied from directories of the repository; nothing where one of these has it
    /// so, or is not in the repository.
    fn kind_by_directories(
        &self,
        vendor: &Vendor,
        owned: &Owned<'_>,
        (dir, name, text): (&str, &str, Option<&str>),
        mut kind: &'static str,
    ) -> Option<&'static str> {
        for module in std::iter::once(owned.module).chain(owned.others()) {
            let Source::Directory(directory) = module.source() else { continue };
            let root = resolved(&vendor.dir, &directory)?;
            let copied = self.files.get(&joined(&root, &joined(below(module, dir), name))).map(String::as_str);
            let copied = copied.filter(|copied| text.is_some() || !name.ends_with(".go") || is_built(name, copied));
            if copied == text {
                return None;
            }
            if module.path == owned.module.path {
                kind = match (copied, text) {
                    (None, _) => "foreign",
                    (_, None) => "lacking",
                    _ => "other",
                };
            }
        }
        Some(kind)
    }
}

fn is_same(one: &Owned<'_>, other: &Owned<'_>) -> bool {
    let source = |module: &Listed| (module.name(), module.replacement.clone());
    let others = |owned: &Owned<'_>| owned.others().map(source).collect::<BTreeSet<_>>();
    one.in_package == other.in_package && source(one.module) == source(other.module) && others(one) == others(other)
}

/// Whether a file may come and go though its module is the same.
fn may_come(owned: &Owned<'_>, name: &str) -> bool {
    let is_odd = name.starts_with('.') || matches!(name, "go.mod" | "go.sum" | "go.work" | "go.work.sum");
    is_odd || !owned.in_package
}

/// All findings of a kind of comparison, as identities.
pub(crate) fn identities(tree: &Tree<'_>, vendor: &Vendor, edits: &Edits) -> Vec<String> {
    let name = tree.name(vendor);
    edits.iter().map(|(path, edit)| format!("vendor-edited: {name} -> {} [{}]", tree.named(path), edit.kind)).collect()
}
