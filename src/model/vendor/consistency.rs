//! The faults that the go command finds when it compares `vendor/modules.txt` with go.mod and go.work
//! (`modload.checkVendorConsistency`, and `initVendor` for the faults that this accepts), in its words.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::super::replaces::{Candidate, Holder, Replaces};
use super::super::{Model, ModuleData, VendorDirFacts};
use super::{Vendor, VendorData};
use crate::go::{ModulePath, Version};
use crate::syntax::{ReplaceTarget, VendoredModule, VendoredReplacement};
use crate::text::{FileId, RepoPath, Span};

/// A line of go.mod, go.work or modules.txt that the others contradict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inconsistency<'m> {
    /// The module, with its version if it is about one: `example.com/a@v1.0.0`.
    pub module: String,
    /// Its path alone.
    pub path: &'m str,
    /// The message of the go command.
    pub message: String,
    /// Which of its statements it is, in a word.
    pub kind: &'static str,
    /// The line.
    pub line: (FileId, Span),
    /// The line that says otherwise, if there is one.
    pub contradicted_by: Option<(FileId, Span)>,
}

impl<'m> Vendor<'m> {
    /// Everything that the go command complains of before it builds from the directory, in its order. Nothing where it
    /// does not use it.
    pub fn inconsistencies(self, _: VendorDirFacts<'m>) -> Vec<Inconsistency<'m>> {
        if *self.standing() != super::Standing::Used {
            return Vec::new();
        }
        let comparison = ListComparison::new(self.model, self.data);
        let mut found = comparison.requirements();
        found.extend(comparison.replacements());
        found.extend(comparison.marked_explicit());
        found.extend(comparison.marked_replaced());
        // The go command looks no further where it found something.
        if found.is_empty() { comparison.not_required() } else { found }
    }
}

impl<'m> Vendor<'m> {
    /// The packages that the list has below a module whose path does not begin theirs. The go command believes the list, so that
    /// such a package counts as one of the wrong module. Nothing where it does not use the directory.
    pub fn misplaced_packages(self, _: VendorDirFacts<'m>) -> Vec<Inconsistency<'m>> {
        let Some(manifest) = self.data.manifest.as_ref().filter(|_| *self.standing() == super::Standing::Used) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for module in &manifest.parsed.tree.modules {
            for package in &module.packages {
                if module.path.value.subpath(package.path.value.as_str()).is_some() {
                    continue;
                }
                found.push(Inconsistency {
                    module: module.name(),
                    path: module.path.value.as_str(),
                    message: format!(
                        "vendor/modules.txt lists {} below it, which cannot be its package",
                        package.path.value
                    ),
                    kind: "misplaced",
                    line: (manifest.file, package.path.span),
                    contradicted_by: None,
                });
            }
        }
        found
    }
}

/// A module version as a key: `None` for every version.
type VersionKey<'m> = (&'m str, Option<&'m str>);

/// The meaning of all lines of `modules.txt` for one key together.
#[derive(Clone, Copy, Default)]
struct Said<'m> {
    explicit: bool,
    replacement: Option<&'m VendoredReplacement>,
    line: Option<Span>,
}

struct ListComparison<'m> {
    model: &'m Model,
    vendor: &'m VendorData,
    mains: Vec<(usize, &'m ModuleData)>,
    main_paths: HashSet<&'m ModulePath>,
    /// The first line that requires each module.
    required: HashMap<&'m str, (FileId, Span)>,
    replaces: Replaces<'m>,
    list: &'m [VendoredModule],
    said: HashMap<VersionKey<'m>, Said<'m>>,
    /// The first line of each module, whatever its version.
    first_lines: HashMap<&'m str, Span>,
    /// The modules with packages, as far as each has a higher version than those before it (`vendorList`).
    with_packages: Vec<&'m VendoredModule>,
    /// The version of each that has the highest.
    vendored_version: HashMap<&'m str, Option<&'m Version>>,
    /// Whether the module is from before Go 1.14, when the list said less.
    is_old: bool,
}

impl<'m> ListComparison<'m> {
    fn new(model: &'m Model, vendor: &'m VendorData) -> Self {
        let mains: Vec<usize> = vendor.mains(model);
        let work = match vendor.holder {
            Holder::Workspace(at) => Some((at, &model.workspaces[at])),
            Holder::Module(_) => None,
        };
        let list: &[VendoredModule] = vendor.manifest.as_ref().map_or(&[], |manifest| &manifest.parsed.tree.modules);
        let (with_packages, vendored_version) = with_packages(list);
        let go = vendor.go(model).map(|go| &go.value);
        let data = || mains.iter().map(|&main| &model.modules[main]);
        let lines = data().flat_map(|main| main.go_mod().require.iter().map(move |line| (main.file, line)));
        // Of several lines for one module the first stays.
        let required = lines.map(|(file, line)| (line.path.value.as_str(), (file, line.line.span)));
        let first_lines = list.iter().map(|module| (module.path.value.as_str(), module.span));
        Self {
            model,
            vendor,
            replaces: Replaces::of(&model.modules, &mains, work),
            main_paths: data().map(|main| &main.path).collect(),
            required: firsts(required),
            first_lines: firsts(first_lines),
            mains: mains.iter().map(|&main| (main, &model.modules[main])).collect(),
            list,
            said: said(list),
            with_packages,
            vendored_version,
            is_old: work.is_none() && go.is_none_or(|go| !go.is_at_least("1.14")),
        }
    }

    fn is_workspace(&self) -> bool {
        matches!(self.vendor.holder, Holder::Workspace(_))
    }

    fn manifest_file(&self) -> Option<FileId> {
        self.vendor.manifest.as_ref().map(|manifest| manifest.file)
    }

    /// A place in `modules.txt`.
    fn listed(&self, span: Option<Span>) -> Option<(FileId, Span)> {
        Some((self.manifest_file()?, span?))
    }

    /// The line of `modules.txt` for any version of a module.
    fn listed_otherwise(&self, path: &str) -> Option<(FileId, Span)> {
        self.listed(self.first_lines.get(path).copied())
    }

    /// The `require` lines that `modules.txt` does not mark.
    fn requirements(&self) -> Vec<Inconsistency<'m>> {
        let mut found = Vec::new();
        for (_, module) in &self.mains {
            for line in &module.go_mod().require {
                let (path, version) = (line.path.value.as_str(), &line.version.value);
                if self.said.get(&(path, Some(version.as_str()))).is_some_and(|said| said.explicit) {
                    continue;
                }
                let message = if self.is_old {
                    // The list did not mark explicit modules; it can only contradict.
                    let Some(vendored) = self.vendored_version.get(path).filter(|known| **known != Some(version))
                    else {
                        continue;
                    };
                    let vendored = vendored.map(Version::as_str).unwrap_or_default();
                    format!("is explicitly required in go.mod, but vendor/modules.txt indicates {path}@{vendored}")
                } else {
                    "is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt".to_owned()
                };
                found.push(Inconsistency {
                    module: named(path, Some(version.as_str())),
                    path,
                    message,
                    kind: "required",
                    line: (module.file, line.line.span),
                    contradicted_by: self.listed_otherwise(path),
                });
            }
        }
        found
    }

    /// The `replace` lines that `modules.txt` does not have, or has otherwise.
    fn replacements(&self) -> Vec<Inconsistency<'m>> {
        let of_mains = self.mains.iter().map(|(_, module)| (module.file, &module.go_mod().replace));
        let of_work = match self.vendor.holder {
            Holder::Workspace(at) => {
                let work = &self.model.workspaces[at];
                Some((work.file, &work.go_work().replace))
            }
            Holder::Module(_) => None,
        };
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for (file, line) in of_mains.chain(of_work).flat_map(|(file, lines)| lines.iter().map(move |line| (file, line)))
        {
            let old_version = line.old_version.as_ref().map(|version| &version.value);
            let key = (line.old.value.as_str(), old_version.map(Version::as_str));
            if !seen.insert(key) {
                continue;
            }
            let said = self.said.get(&key).copied().unwrap_or_default();
            let new = self.in_force(&line.old.value, old_version);
            let message = match (said.replacement, new) {
                (None, None) => continue,
                (None, Some(_)) if self.is_old && !self.is_vendored_at(key) => continue,
                (None, Some(new)) => {
                    format!("is replaced in {}, but not marked as replaced in vendor/modules.txt", self.source(new))
                }
                (Some(said), new) if self.is_same(said, new) => continue,
                (Some(said), new) => format!(
                    "is replaced by {} in {}, but marked as replaced by {} in vendor/modules.txt",
                    new.map(written).unwrap_or_default(),
                    new.map(|new| self.source(new)).unwrap_or_default(),
                    marked(said)
                ),
            };
            found.push(Inconsistency {
                module: named(key.0, key.1),
                path: key.0,
                message,
                kind: "replaced",
                line: (file, line.line.span),
                contradicted_by: self.listed(said.line),
            });
        }
        found
    }

    /// The modules that `modules.txt` marks as explicit and no go.mod requires.
    fn marked_explicit(&self) -> Vec<Inconsistency<'m>> {
        let required: HashSet<VersionKey<'_>> = self
            .mains
            .iter()
            .flat_map(|(_, module)| &module.go_mod().require)
            .map(|line| (line.path.value.as_str(), Some(line.version.value.as_str())))
            .collect();
        let article = if self.is_workspace() { "a " } else { "" };
        let is_wrong = |module: &&&VendoredModule| {
            let key = key(module);
            self.said.get(&key).is_some_and(|said| said.explicit) && !required.contains(&key)
        };
        let complain = |module: &&'m VendoredModule| {
            let message =
                format!("is marked as explicit in vendor/modules.txt, but not explicitly required in {article}go.mod");
            self.in_list(module, "explicit", message)
        };
        self.with_packages.iter().filter(is_wrong).filter_map(complain).collect()
    }

    /// The modules that `modules.txt` marks as replaced and no line replaces.
    fn marked_replaced(&self) -> Vec<Inconsistency<'m>> {
        let place = if self.is_workspace() { "the workspace" } else { "go.mod" };
        let is_wrong = |module: &&VendoredModule| {
            let version = module.version.as_ref().map(|version| &version.value);
            module.replacement.is_some() && self.in_force(&module.path.value, version).is_none()
        };
        let complain = |module: &'m VendoredModule| {
            let message = format!("is marked as replaced in vendor/modules.txt, but not replaced in {place}");
            self.in_list(module, "marked replaced", message)
        };
        self.list.iter().filter(is_wrong).filter_map(complain).collect()
    }

    /// The modules with packages that a go.mod from Go 1.17 on would have to require, and at that version.
    fn not_required(&self) -> Vec<Inconsistency<'m>> {
        let [(_, main)] = self.mains.as_slice() else { return Vec::new() };
        let go_mod = main.go_mod();
        let is_pruned = go_mod.go.as_ref().is_some_and(|go| go.value.is_at_least("1.17"));
        if self.is_workspace() || !is_pruned {
            return Vec::new();
        }
        let excluded: HashSet<VersionKey<'_>> =
            go_mod.exclude.iter().map(|line| (line.path.value.as_str(), Some(line.version.value.as_str()))).collect();
        let mut roots: HashMap<&str, &Version> = HashMap::new();
        for line in &go_mod.require {
            let (path, version) = (line.path.value.as_str(), &line.version.value);
            if excluded.contains(&(path, Some(version.as_str()))) {
                continue;
            }
            let highest = roots.entry(path).or_insert(version);
            *highest = (*highest).max(version);
        }
        let is_root = |module: &VendoredModule| {
            let version = module.version.as_ref().map(|version| version.value.as_str());
            match module.path.value.as_str() {
                path if path == main.path.as_str() => version.is_none(),
                path => roots.get(path).map(|root| root.as_str()) == Some(version.unwrap_or_default()),
            }
        };
        let complain = |module: &&'m VendoredModule| {
            let message = "vendored module should be required explicitly in go.mod".to_owned();
            self.in_list(module, "not required", message)
        };
        self.with_packages.iter().filter(|module| !is_root(module)).filter_map(complain).collect()
    }

    /// A complaint about a line of `modules.txt`.
    fn in_list(&self, module: &'m VendoredModule, kind: &'static str, message: String) -> Option<Inconsistency<'m>> {
        let path = module.path.value.as_str();
        Some(Inconsistency {
            module: module.name(),
            path,
            message,
            kind,
            line: (self.manifest_file()?, module.span),
            contradicted_by: self.required.get(path).copied(),
        })
    }

    /// Whether packages of the module are vendored at this version.
    fn is_vendored_at(&self, (path, version): VersionKey<'_>) -> bool {
        version.is_some() && self.vendored_version.get(path).is_some_and(|known| known.map(Version::as_str) == version)
    }

    /// The replacement of a module, at a version or at every one (`modload.replacementFrom`). Nothing replaces a main
    /// module.
    fn in_force(&self, path: &ModulePath, version: Option<&Version>) -> Option<Candidate<'m>> {
        let is_main = self.main_paths.contains(path);
        if is_main && version.is_none() { None } else { self.replaces.named(path, version) }
    }

    /// The file of a line, from the directory of the module or workspace.
    fn source(&self, line: Candidate<'_>) -> String {
        let file = match line.at.holder {
            Holder::Workspace(_) => "go.work".to_owned(),
            // A module file by another name is one that `-modfile` gives.
            Holder::Module(at) => self.model.modules[at].file_name.clone(),
        };
        let from = self.vendor.dir.parent().unwrap_or_else(RepoPath::root);
        let dir = relative(&from, line.dir, ".");
        if dir == "." { file } else { format!("{dir}/{file}") }
    }

    /// Whether `modules.txt` has a replacement as the go command would write it.
    fn is_same(&self, said: &VendoredReplacement, new: Option<Candidate<'_>>) -> bool {
        let Some(new) = new else { return false };
        let said_version = said.version.as_ref().map(|version| version.value.as_str());
        match &new.line.new {
            ReplaceTarget::Module { path, version } => {
                *said.path.value == *path.value.as_str() && said_version == Some(version.value.as_str())
            }
            ReplaceTarget::Directory(path) => {
                said_version.is_none() && *said.path.value == *self.canonical(new, &path.value)
            }
        }
    }

    /// The directory of a member's line, relative to the workspace (`modload.canonicalizeReplacePath`).
    fn canonical(&self, line: Candidate<'_>, target: &str) -> String {
        let is_member = self.is_workspace() && matches!(line.at.holder, Holder::Module(_));
        if !is_member || target.starts_with('/') {
            return target.to_owned();
        }
        let from = self.vendor.dir.parent().unwrap_or_else(RepoPath::root);
        let path = relative(&from, line.dir, target);
        if path == "." || path == ".." || path.starts_with("../") { path } else { format!("./{path}") }
    }
}

/// The first value for each key.
fn firsts<K: Eq + Hash, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, V> {
    let mut firsts = HashMap::new();
    for (key, value) in pairs {
        firsts.entry(key).or_insert(value);
    }
    firsts
}

fn key(module: &VendoredModule) -> VersionKey<'_> {
    (module.path.value.as_str(), module.version.as_ref().map(|version| version.value.as_str()))
}

fn said(list: &[VendoredModule]) -> HashMap<VersionKey<'_>, Said<'_>> {
    let mut all: HashMap<VersionKey<'_>, Said<'_>> = HashMap::new();
    for module in list {
        let said = all.entry(key(module)).or_default();
        said.explicit |= module.explicit;
        said.replacement = module.replacement.as_ref().or(said.replacement);
        if said.line.is_none() || module.replacement.is_some() {
            said.line = Some(module.span);
        }
    }
    all
}

type WithPackages<'m> = (Vec<&'m VendoredModule>, HashMap<&'m str, Option<&'m Version>>);

fn with_packages(list: &[VendoredModule]) -> WithPackages<'_> {
    let mut modules = Vec::new();
    let mut versions: HashMap<&str, Option<&Version>> = HashMap::new();
    for module in list.iter().filter(|module| !module.packages.is_empty()) {
        let version = module.version.as_ref().map(|version| &version.value);
        let path = module.path.value.as_str();
        if versions.get(path).is_none_or(|known| is_lower(path, *known, version)) {
            modules.push(module);
            versions.insert(path, version);
        }
    }
    (modules, versions)
}

/// `gover.ModCompare`: the part after `+` does not count, and `go` and `toolchain` have no such versions.
fn is_lower(path: &str, one: Option<&Version>, other: Option<&Version>) -> bool {
    match (one, other) {
        _ if matches!(path, "go" | "toolchain") => false,
        (Some(one), Some(other)) => one.compare(other).is_lt(),
        _ => one < other,
    }
}

fn named(path: &str, version: Option<&str>) -> String {
    version.map_or_else(|| path.to_owned(), |version| format!("{path}@{version}"))
}

/// A replacement as its line has it.
fn written(line: Candidate<'_>) -> String {
    match &line.line.new {
        ReplaceTarget::Directory(path) => path.value.to_string(),
        ReplaceTarget::Module { path, version } => format!("{}@{}", path.value, version.value),
    }
}

/// A replacement as `modules.txt` has it.
fn marked(replacement: &VendoredReplacement) -> String {
    named(&replacement.path.value, replacement.version.as_ref().map(|version| version.value.as_str()))
}

/// The path from the directory `from` to the place that `target` names in the directory `base`, by the names alone
/// (`filepath.Join`, `filepath.Rel`). It may lead above the repository.
fn relative(from: &RepoPath, base: &RepoPath, target: &str) -> String {
    let base = base.to_string();
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(target.split('/')).filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let from = from.to_string();
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let common = parts.iter().zip(&from).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let path = up.chain(parts[common..].iter().copied()).collect::<Vec<_>>().join("/");
    if path.is_empty() { ".".to_owned() } else { path }
}
