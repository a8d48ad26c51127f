//! From an import path to the module that provides it, as `modload.importFromModules` does it, as far as the
//! repository's own files, its vendor directory and the module cache's answers show.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::affected::unlike;
use super::layout::DirectoryLayout;
use super::question::Question;
use super::replaces::{Candidate, ReplaceRef, Replaces, SourceHome};
use super::vendored::VendoredList;
use super::{ModuleData, WorkspaceData};
use crate::go::{ModulePath, Version, prefixes, std_package};
use crate::syntax::{Parsed, VendorModules, VendoredModule};
use crate::text::{FastMap, FastSet, RepoPath};

/// Where an imported package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The kind of place.
    pub kind: ResolutionKind,
    /// The module, for a package of a module.
    pub module: Option<ModulePath>,
    /// The version of a module that is not a main module.
    pub version: Option<Version>,
    /// The evidence of the decision.
    pub basis: Basis,
    /// The other requirements that could contain the package, if no source was available that shows which one does.
    pub others: Box<[ModulePath]>,
}

/// The kinds of place that an import can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolutionKind {
    /// The standard library.
    Std,
    /// The module of the importing file.
    Main,
    /// Another main module of the same workspace.
    Workspace,
    /// A required module.
    Module,
    /// `import "C"`.
    Cgo,
    /// Nothing that is known here provides it.
    Unknown,
}

/// The evidence that decided where a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The repository's own files.
    Source,
    /// The list of vendored packages.
    Vendor,
    /// The module cache.
    ModuleCache,
}

/// The modules that one module, or the modules of one workspace, are built with.
#[derive(Debug, Default)]
pub(super) struct Universe {
    /// The main modules, by path.
    mains: FastMap<String, Vec<usize>>,
    required: FastMap<String, Required>,
    /// The paths of main modules that one of them requires.
    required_mains: FastSet<String>,
    /// The paths that a `replace` line is for, required or not.
    replaced: FastSet<String>,
    /// The directories of the repository that `replace` lines put in place of modules, required or not.
    local: FastMap<String, Vec<RepoPath>>,
    vendored: Option<VendoredList>,
}

/// A requirement at the highest version that a main module asks for, and where its source is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Required {
    pub(super) path: ModulePath,
    pub(super) version: Version,
    pub(super) home: SourceHome,
    replaced_by: Option<ReplaceRef>,
    /// The path that the go.mod of a directory states which replaces it, if that is another one.
    stated: Option<ModulePath>,
}

/// Which modules have a package: main modules, and requirements as far as their source is known.
#[derive(Debug, Default)]
pub(super) struct Providers<'u> {
    /// The main modules that have it, by place in the list of modules.
    pub(super) mains: Vec<usize>,
    /// The requirements that have it, longest path first.
    pub(super) having: Vec<&'u Required>,
    /// The requirements that could have it by their path and do not.
    pub(super) lacking: Vec<&'u Required>,
    /// Whether there is a requirement that could have it and whose source nobody can look into.
    pub(super) is_open: bool,
}

impl Universe {
    /// Joins the requirements, replacements and exclusions of the main modules `mains`, and the workspace's
    /// replacements. `stated` are the module paths in the go.mod files of directories.
    pub(super) fn new(
        modules: &[ModuleData],
        mains: Vec<usize>,
        work: Option<(usize, &WorkspaceData)>,
        stated: &HashMap<RepoPath, ModulePath>,
    ) -> Self {
        let data = || mains.iter().map(|&main| &modules[main]);
        let mut by_path: FastMap<String, Vec<usize>> = FastMap::default();
        for &main in &mains {
            by_path.entry(modules[main].path.to_string()).or_default().push(main);
        }
        let excluded: HashSet<_> = data()
            .flat_map(|module| &module.go_mod().exclude)
            .map(|line| (&line.path.value, &line.version.value))
            .collect();
        let replaces = Replaces::of(modules, &mains, work);
        let mut required: FastMap<String, Required> = FastMap::default();
        let mut required_mains = FastSet::default();
        for line in data().flat_map(|module| &module.go_mod().require) {
            let (path, version) = (&line.path.value, &line.version.value);
            if by_path.contains_key(path.as_str()) {
                required_mains.insert(path.to_string());
                continue;
            }
            let known = required.get(path.as_str()).is_some_and(|known| known.version >= *version);
            if known || excluded.contains(&(path, version)) {
                continue;
            }
            let candidate = replaces.in_force(path, version);
            let home = candidate.map_or_else(|| SourceHome::Cache(path.clone(), version.clone()), Candidate::home);
            let replaced_by = candidate.map(|candidate| candidate.at);
            let stated = match &home {
                SourceHome::Directory(dir) => stated.get(dir).filter(|stated| *stated != path).cloned(),
                SourceHome::Elsewhere | SourceHome::Cache(..) => None,
            };
            let required_module = Required { path: path.clone(), version: version.clone(), home, replaced_by, stated };
            required.insert(path.to_string(), required_module);
        }
        let replaced = replaces.paths().map(ToString::to_string).collect();
        let local = replaces.directories();
        Self { mains: by_path, required, required_mains, replaced, local, vendored: None }
    }

    /// The same with a vendor directory's list of packages, if there is one.
    pub(super) fn with_vendored(self, list: Option<Arc<Parsed<VendorModules>>>) -> Self {
        Self { vendored: list.map(VendoredList::new), ..self }
    }

    /// Whether there is a vendor directory that is used by default.
    pub(super) fn is_vendored(&self) -> bool {
        self.vendored.is_some()
    }

    /// Whether the main modules are the same, by path and place in the list of modules.
    pub(super) fn has_mains_of(&self, other: &Self) -> bool {
        self.mains == other.mains
    }

    /// The paths of the requirements that one of both has not, or has otherwise.
    pub(super) fn requirements_unlike<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = String> + 'a {
        unlike(&self.required, &other.required)
    }

    /// The paths that one of both replaces by a directory of the repository, and the other does not, or by another.
    pub(super) fn local_unlike<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = String> + 'a {
        unlike(&self.local, &other.local)
    }

    /// The vendored packages that one of both has not, or from elsewhere.
    pub(super) fn vendored_unlike(&self, other: &Self) -> Vec<String> {
        VendoredList::unlike(self.vendored.as_ref(), other.vendored.as_ref())
    }

    /// Whether a requirement, be it of another main module, a vendored module, or one that is replaced though nothing
    /// requires it could contain the package.
    pub(super) fn could_contain(&self, import: &str) -> bool {
        let is_among = |paths: &FastSet<String>| !paths.is_empty() && prefixes(import).any(|path| paths.contains(path));
        self.vendored_module(import).is_some()
            || self.candidates(import).next().is_some()
            || is_among(&self.required_mains)
            || is_among(&self.replaced)
    }

    /// The modules that the vendor directory has packages of, if it is used by default.
    pub(super) fn vendored_modules(&self) -> impl Iterator<Item = &ModulePath> {
        self.vendored.iter().flat_map(VendoredList::modules)
    }

    /// The packages in the vendor directory, if it is used by default, each with its module.
    pub(super) fn vendored_packages(&self) -> impl Iterator<Item = (&str, &ModulePath)> {
        self.vendored.iter().flat_map(VendoredList::packages_of_modules)
    }

    /// The vendored module that has the package.
    pub(super) fn vendored_module(&self, import: &str) -> Option<&VendoredModule> {
        self.vendored.as_ref()?.module_of(import)
    }

    /// The requirements whose source is in the repository, and where.
    pub(super) fn directories(&self) -> impl Iterator<Item = (&str, &RepoPath)> {
        self.required.values().filter_map(|required| match &required.home {
            SourceHome::Directory(root) => Some((required.path.as_str(), root)),
            SourceHome::Elsewhere | SourceHome::Cache(..) => None,
        })
    }

    /// Where the source of a required module is.
    pub(super) fn home(&self, path: &ModulePath) -> Option<&SourceHome> {
        Some(&self.required.get(path.as_str())?.home)
    }

    /// The paths of the modules that are required.
    pub(super) fn required_paths(&self) -> impl Iterator<Item = &str> {
        self.required.keys().map(String::as_str)
    }

    /// The directory of the repository that takes the place of a required module.
    pub(super) fn home_dir(&self, path: &ModulePath) -> Option<&RepoPath> {
        match &self.required.get(path.as_str())?.home {
            SourceHome::Directory(dir) => Some(dir),
            SourceHome::Elsewhere | SourceHome::Cache(..) => None,
        }
    }

    /// The line that is in force where `path` is required, at the version that the go command would begin with.
    pub(super) fn replaced_by(&self, path: &ModulePath) -> Option<ReplaceRef> {
        self.required.get(path.as_str())?.replaced_by
    }

    /// Whether a module that is no main module is required, at a version that is not excluded.
    pub(super) fn requires(&self, path: &ModulePath) -> bool {
        self.required.contains_key(path.as_str())
    }

    /// The paths of the requirements that could contain the package `import`, longest first.
    pub(super) fn could_provide<'u>(&'u self, import: &'u str) -> impl Iterator<Item = &'u ModulePath> {
        self.candidates(import).map(|required| &required.path)
    }

    /// The main modules of this path, by their place in the list of modules.
    pub(super) fn mains_of(&self, path: &str) -> impl Iterator<Item = usize> {
        self.mains.get(path).into_iter().flatten().copied()
    }

    /// The main modules by path.
    pub(super) fn mains(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.mains.iter().map(|(path, mains)| (path.as_str(), mains.as_slice()))
    }

    /// The directories of the repository that `replace` lines put in place of modules, in force or not, by path.
    pub(super) fn local(&self) -> impl Iterator<Item = (&str, &[RepoPath])> {
        self.local.iter().map(|(path, dirs)| (path.as_str(), dirs.as_slice()))
    }

    /// The path of the module that replaces a requirement, if that is another one: the path that the line names, or that the go.mod
    /// of the directory states.
    pub(super) fn replacing(&self, module: &ModulePath) -> Option<ModulePath> {
        let required = self.required.get(module.as_str())?;
        match &required.home {
            SourceHome::Cache(path, _) if path != module => Some(path.clone()),
            _ => required.stated.clone(),
        }
    }

    /// Whether the package would be one of a main module by its name.
    pub(super) fn has_main_above(&self, import: &str) -> bool {
        prefixes(import).any(|path| self.mains.contains_key(path))
    }

    /// The main modules, by place in the list of modules.
    pub(super) fn main_modules(&self) -> impl Iterator<Item = usize> {
        self.mains.values().flatten().copied()
    }

    /// The main module with the longest path that could have the package by its name.
    pub(super) fn main_above(&self, import: &str) -> Option<usize> {
        prefixes(import).find_map(|path| self.mains.get(path)?.last().copied())
    }

    /// The path of a module that a `replace` line is for and that could have the package, the longest first.
    pub(super) fn replaced_above<'u>(&'u self, import: &'u str) -> Option<&'u str> {
        prefixes(import).find_map(|path| self.replaced.get(path)).map(String::as_str)
    }

    /// The requirements whose path is a prefix of `import` at a path boundary, longest first.
    pub(super) fn candidates<'u>(&'u self, import: &'u str) -> impl Iterator<Item = &'u Required> {
        prefixes(import).filter_map(|prefix| self.required.get(prefix))
    }
}

/// Resolves imports within one set of facts.
pub(super) struct Resolver<'a> {
    pub(super) modules: &'a [ModuleData],
    pub(super) layout: &'a DirectoryLayout,
    pub(super) answers: &'a HashMap<Question, bool>,
}

impl Resolver<'_> {
    /// Where the package `import` is, for files of the module `from`.
    pub(super) fn resolve(&self, universe: &Universe, from: usize, import: &str) -> Resolution {
        if import == "C" {
            return Resolution::of(ResolutionKind::Cgo);
        }
        if let Some(main) = self.main_of(universe, import).filter(|&main| self.modules[main].path.as_str() == "std") {
            return self.main(from, main);
        }
        if std_package(import).is_some() {
            return Resolution::of(ResolutionKind::Std);
        }
        if let Some(main) = self.main_of(universe, import) {
            return self.main(from, main);
        }
        if let Some(vendored) = universe.vendored_module(import) {
            let basis = Basis::Vendor;
            let version = vendored.version.as_ref().map(|version| version.value.clone());
            let module = Some(vendored.path.value.clone());
            return Resolution { module, version, basis, ..Resolution::of(ResolutionKind::Module) };
        }
        self.required(universe, import)
    }

    /// The questions that `required` would ask of the module cache: none unless several requirements could
    /// contain the package.
    pub(super) fn questions(&self, universe: &Universe, import: &str) -> Vec<Question> {
        let settled = import == "C" || std_package(import).is_some() || universe.vendored_module(import).is_some();
        if settled || universe.candidates(import).nth(1).is_none() || self.main_of(universe, import).is_some() {
            return Vec::new();
        }
        universe.candidates(import).filter_map(|required| question(required, import)).collect()
    }

    /// The directory of the package, if a main module has it.
    pub(super) fn main_dir(&self, universe: &Universe, import: &str) -> Option<RepoPath> {
        let module = &self.modules[self.main_of(universe, import)?];
        let below = if module.path.as_str() == "std" { Some(import) } else { module.path.subpath(import) };
        Some(module.dir.join(below?))
    }

    /// All modules that have the package, as the go command looks for them before it says which counts.
    pub(super) fn providers<'u>(&self, universe: &'u Universe, import: &'u str) -> Providers<'u> {
        let mut providers = Providers { mains: self.mains_of(universe, import).collect(), ..Providers::default() };
        for required in universe.candidates(import) {
            match self.has_package(required, import) {
                Some(true) => providers.having.push(required),
                Some(false) => providers.lacking.push(required),
                None => providers.is_open = true,
            }
        }
        providers
    }

    fn main(&self, from: usize, main: usize) -> Resolution {
        let kind = if main == from { ResolutionKind::Main } else { ResolutionKind::Workspace };
        Resolution { module: Some(self.modules[main].path.clone()), ..Resolution::of(kind) }
    }

    /// The main module with the longest path that has the package. The packages of the module `std` are named
    /// without it (`modload.dirInModule`).
    fn main_of(&self, universe: &Universe, import: &str) -> Option<usize> {
        self.mains_of(universe, import).next()
    }

    /// All main modules that have the package, the one with the longest path first.
    fn mains_of(&self, universe: &Universe, import: &str) -> impl Iterator<Item = usize> {
        let has = |main: usize, below: &str| {
            let dir = &self.modules[main].dir;
            self.layout.contains_package(dir, &dir.join(below))
        };
        let mains = |path: &str| universe.mains.get(path).into_iter().flatten().rev().copied();
        let could_be = names_directory(import);
        prefixes(import)
            .filter(move |path| could_be && *path != "std")
            .flat_map(mains)
            .filter(move |&main| self.modules[main].path.subpath(import).is_some_and(|below| has(main, below)))
            .chain(mains("std").filter(move |&main| could_be && has(main, import)))
    }

    fn required(&self, universe: &Universe, import: &str) -> Resolution {
        let mut candidates: Vec<(&Required, Option<bool>)> =
            universe.candidates(import).map(|required| (required, self.has_package(required, import))).collect();
        candidates.retain(|(_, has)| *has != Some(false));
        let proved = candidates.iter().find(|(_, has)| *has == Some(true));
        let Some((required, has)) = proved.or(candidates.first()) else {
            return Resolution::of(ResolutionKind::Unknown);
        };
        let asked = has.is_some() && matches!(required.home, SourceHome::Cache(..));
        let others = if has.is_none() { &candidates[1..] } else { &[] };
        Resolution {
            module: Some(required.path.clone()),
            version: Some(required.version.clone()),
            basis: if asked { Basis::ModuleCache } else { Basis::Source },
            others: others.iter().map(|(required, _)| required.path.clone()).collect(),
            ..Resolution::of(ResolutionKind::Module)
        }
    }

    /// Whether a requirement has the package; `None` if its source is not available.
    fn has_package(&self, required: &Required, import: &str) -> Option<bool> {
        match &required.home {
            SourceHome::Directory(root) => {
                let below = required.path.subpath(import)?;
                Some(names_directory(import) && self.layout.contains_package(root, &root.join(below)))
            }
            SourceHome::Elsewhere => None,
            SourceHome::Cache(..) => self.answers.get(&question(required, import)?).copied(),
        }
    }
}

/// Whether a directory can be found by this import path: one such as `./a` names none in any module.
pub(super) fn names_directory(import: &str) -> bool {
    import.as_bytes().split(|&byte| byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// The question to the module cache about a requirement; `None` if its source is not there.
pub(super) fn question(required: &Required, import: &str) -> Option<Question> {
    let SourceHome::Cache(module, version) = &required.home else { return None };
    let directory = required.path.subpath(import)?.to_owned();
    Some(Question { module: module.clone(), version: version.clone(), directory })
}

impl Resolution {
    fn of(kind: ResolutionKind) -> Self {
        Self { kind, module: None, version: None, basis: Basis::Source, others: Box::default() }
    }

    /// Whether several requirements could contain the package, and the module is only the most likely one.
    pub fn is_guess(&self) -> bool {
        !self.others.is_empty()
    }

    /// The modules that could contain the package, the most likely one first.
    pub fn candidates(&self) -> impl Iterator<Item = &ModulePath> {
        self.module.iter().chain(&self.others)
    }
}
