//! The result of `go mod tidy` for a module: its requirements, and the checksums that they need.
//!
//! It is worked out from the packages of the main module and the known packages of dependencies, and only if all of
//! them are available; otherwise it is reported which are missing. Source: `modcmd/tidy.go`, `modload/load.go`.

mod lookup;
mod packages;
mod requirements;
mod sums;
mod universe;

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use self::lookup::{LookupFault, find_now, pruning, query};
use self::packages::{Load, LoadedPackage, LoadedPackages};
use self::requirements::Requirements;
use self::universe::{TidySources, TidyUniverse};
use super::graph::{Build, ModuleTable, NodeId, NodeVersion, PathId, Pruning};
use super::replaces::SourceHome;
use super::{File, Import, Model, Module, ModuleData, Needed, NeededPackage, Package, Provider, Reach};
use crate::go::{GoVersion, ModulePath, ModuleVersion, Version};
use crate::syntax::{
    GoMod, ModuleSum, PackageContents, PackageDir, PackageImports, Parsed, ReadPackage, ReplaceTarget, Require,
    SyntaxError,
};
use crate::text::{FileId, RepoPath, Spanned};

/// The known facts about dependencies.
pub trait Dependencies {
    /// Whether anything outside of the repository is available at all.
    fn has_cache(&self) -> bool;

    /// The go.mod files of these modules, replacements done, in order; `None` for one that is not available.
    fn go_mods(&self, modules: &[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>;

    /// The contents of these directories, in order.
    fn packages(&self, dirs: &[PackageDir]) -> Vec<PackageContents>;

    /// The checksums of these, in order; `None` for one that is not available.
    fn sums(&self, wanted: &[ModuleSum]) -> Vec<Option<String>>;
}

/// The result of `go mod tidy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tidied {
    /// The requirements, by path.
    pub requirements: Vec<TidyRequirement>,
    /// The `go` line.
    pub go: GoVersion,
    /// The `toolchain` line.
    pub toolchain: Option<Arc<str>>,
    /// The lines of go.sum.
    pub sums: BTreeSet<ModuleSum>,
    /// Whether it rests on files that are not in the repository.
    pub reads_cache: bool,
    /// Whether it would be the same wherever the module has the same surroundings: everything that it rests on other
    /// than the facts of the model and the packages `beyond` has its checksum in go.sum.
    pub is_pinned: bool,
    /// The packages of the repository that were read and that the model does not have.
    pub beyond: Vec<ReadPackage>,
    /// The lines that the requirements need as they are stated, as far as that was worked out.
    pub listed_sums: BTreeSet<ModuleSum>,
}

/// A requirement that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TidyRequirement {
    /// The module and its version.
    pub module: ModuleVersion,
    /// Whether its line is marked `// indirect`.
    pub indirect: bool,
}

/// Why the result of `go mod tidy` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undecided {
    /// The module versions with missing files, replacements done.
    pub missing: BTreeSet<ModuleVersion>,
    /// The things that the go command would not accept either, or cannot know without the module proxy.
    pub obstacles: Vec<Obstacle>,
}

/// The reasons why the go command itself has no answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// No module that is required has the package.
    NotProvided(Arc<str>),
    /// Several modules have the package.
    Ambiguous(Arc<str>, Vec<ModulePath>),
    /// No import can have this path, or no build has a file of the package.
    NotAPackage(Arc<str>),
    /// A directory replaces this module that is outside the repository, or that cannot be read completely.
    Unreachable(ModuleVersion),
    /// The available files of a module are not those that were downloaded, or do not match go.sum.
    Altered(ModuleVersion),
    /// The version of this module is a query that the module proxy has to resolve.
    Query(ModulePath),
    /// The module file has no `go` line, and which one would be added depends on the Go version.
    NoGoLine,
    /// The module file could not be read in full.
    Unreadable,
    /// A module is put in the place of two others, and packages of both are needed.
    Shared(ModulePath, ModulePath),
    /// With the pruned graph and with that of Go 1.16, which go.sum is for as well, packages come from different
    /// modules.
    Incompatible,
    /// No end was reached.
    Endless,
}

/// A needed thing is not available, or cannot be had; the universe knows which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop;

/// How often packages are loaded before it counts as without end. Each time some version is higher than before.
const MAX_ROUNDS: usize = 1000;

impl Model {
    /// The results of `go mod tidy` for these modules, in order.
    pub(super) fn tidy(
        &self,
        dependencies: &dyn Dependencies,
        modules: impl Iterator<Item = usize>,
    ) -> Vec<Result<Tidied, Undecided>> {
        let read: OnceCell<HashMap<&RepoPath, Arc<PackageImports>>> = OnceCell::new();
        let mut table = ModuleTable::new();
        let tidy = |module| {
            let build = Build::alone(self, module);
            let imported = (!dependencies.has_cache()).then(|| imported_from_cache(Module::new(self, module), &build));
            if let Some(missing) = imported.flatten() {
                return Err(Undecided { missing: BTreeSet::from([missing]), obstacles: Vec::new() });
            }
            let read = read.get_or_init(|| self.read_packages());
            let mut tidy = Tidy::new(&build, &mut table, TidySources { dependencies, read });
            tidy.run().map_err(|Stop| tidy.universe.into_undecided())
        };
        modules.map(tidy).collect()
    }

    /// Feeds a hash with everything that decides the result of `go mod tidy`, except the packages of dependencies.
    pub fn hash_requirements(&self, state: &mut impl Hasher) {
        for ModuleData { path, dir, file_name, parsed, sums, .. } in &self.modules {
            (path, dir, file_name, &parsed.tree, parsed.errors.is_empty()).hash(state);
            sums.as_ref().map(|sums| sums.parsed.tree.text()).hash(state);
        }
        for (dir, target) in &self.targets {
            (dir, &target.parsed.tree, target.parsed.errors.is_empty()).hash(state);
        }
        let broken = self.broken_files();
        for package in &self.packages {
            (package.module, &package.dir, &package.path, package.reach, package.files.len()).hash(state);
        }
        for file in self.files() {
            (file.is_test(), file.is_in_some_build(), broken.contains(&file.id()), file.imports().count()).hash(state);
            file.imports().for_each(|import| import.path().hash(state));
        }
        let mut hidden: Vec<&RepoPath> = self.hidden_dirs.iter().collect();
        hidden.sort_unstable();
        hidden.hash(state);
        self.layout.hash(state);
    }

    /// The packages that each of these modules needs, as far as that is known, and why not all are, if so. Packages
    /// that several need are found once.
    pub fn needed<'m>(
        &'m self,
        modules: impl Iterator<Item = Module<'m>>,
        dependencies: &dyn Dependencies,
    ) -> impl Iterator<Item = (Module<'m>, Needed, Option<Undecided>)> {
        let read = self.read_packages();
        let mut table = ModuleTable::new();
        modules.map(move |module| {
            let build = Build::alone(self, module.index());
            let mut tidy = Tidy::new(&build, &mut table, TidySources { dependencies, read: &read });
            let outcome = tidy.run();
            let needed = tidy.needed();
            (module, needed, outcome.is_err().then(|| tidy.universe.into_undecided()))
        })
    }

    /// The Go files with an import that no package can have as its path.
    fn broken_files(&self) -> HashSet<FileId> {
        let of = |(file, error): &(FileId, SyntaxError)| error.is_import_path.then_some(*file);
        self.errors().iter().filter_map(of).collect()
    }

    /// The imports of the packages of the model, by directory.
    fn read_packages(&self) -> HashMap<&RepoPath, Arc<PackageImports>> {
        let broken = self.broken_files();
        self.packages().map(|package| (package.dir(), Arc::new(imports_of(package, &broken)))).collect()
    }
}

/// A required module that a package of this one imports and that is nowhere but in the module cache, so that without
/// one nothing more is known.
fn imported_from_cache(module: Module<'_>, build: &Build<'_>) -> Option<ModuleVersion> {
    let lines: HashMap<&ModulePath, &Require> =
        module.go_mod().require.iter().map(|line| (&line.path.value, line)).collect();
    let files = module.tidied_packages().flat_map(Package::files).filter(|file| file.is_in_some_build());
    files.flat_map(File::imports).find_map(|import| {
        let line = lines.get(import.resolution().module.as_ref()?)?;
        let required = line.required();
        (build.replacement(&required.path, &required.version).is_none() && !build.excludes(&required))
            .then_some(required)
    })
}

/// The first module whose version is not written in full, so that the go command asks which is meant
/// (`modload.fixVersion`).
pub(super) fn asked_for(go_mod: &GoMod) -> Option<&ModulePath> {
    let is_short = |version: &Spanned<Version>| version.span.range().len() < version.value.as_str().len();
    let required = go_mod.require.iter().map(|line| (&line.path.value, Some(&line.version)));
    let excluded = go_mod.exclude.iter().map(|line| (&line.path.value, Some(&line.version)));
    let replaced = go_mod.replace.iter().map(|line| (&line.old.value, line.old_version.as_ref()));
    let replacing = go_mod.replace.iter().filter_map(|line| match &line.new {
        ReplaceTarget::Module { path, version } => Some((&path.value, Some(version))),
        ReplaceTarget::Directory(_) => None,
    });
    let mut all = required.chain(excluded).chain(replaced).chain(replacing);
    all.find(|(_, version)| version.is_some_and(is_short)).map(|(path, _)| path)
}

/// The imports of the files of a package of the model. One of the `broken` files has an import that no package can
/// have, and the go command stops there too.
fn imports_of(package: Package<'_>, broken: &HashSet<FileId>) -> PackageImports {
    let mut found = PackageImports::default();
    for file in package.files().filter(|file| file.is_in_some_build()) {
        found.add(file.is_test(), file.imports().map(Import::path));
        found.add(file.is_test(), broken.contains(&file.id()).then_some("").into_iter());
    }
    found.finish()
}

/// One module on its way.
struct Tidy<'a> {
    universe: TidyUniverse<'a>,
    /// The packages of the main module.
    own: Vec<Arc<str>>,
    /// The packages on its `tool` lines.
    tools: Vec<Arc<str>>,
    /// The packages that were loaded last.
    packages: LoadedPackages,
}

impl<'a> Tidy<'a> {
    fn new(build: &'a Build<'a>, table: &'a mut ModuleTable, sources: TidySources<'a>) -> Self {
        let universe = TidyUniverse::new(build, table, sources);
        let (read, data) = (sources.read, universe.module());
        let own = build.model().packages[data.packages.clone()].iter();
        let is_root = |dir: &RepoPath| read.get(dir).is_some_and(|package| package.has_files);
        let own = own
            .filter(|package| package.reach == Reach::Pattern && is_root(&package.dir))
            .map(|package| Arc::clone(&package.path));
        let tools = data.go_mod().tool.iter().map(|tool| tool.path.value.as_str().into());
        Self { universe, own: own.collect(), tools: tools.collect(), packages: LoadedPackages::default() }
    }

    /// Fails where the go command would, or its version would matter.
    fn check_file(&mut self) -> Result<(), Stop> {
        let obstacle = match self.universe.go_mod() {
            go_mod if go_mod.module.is_none() || self.universe.has_errors() => Obstacle::Unreadable,
            go_mod if go_mod.go.is_none() => Obstacle::NoGoLine,
            go_mod => match asked_for(go_mod) {
                Some(path) => Obstacle::Query(path.clone()),
                None => return Ok(()),
            },
        };
        self.universe.obstruct(obstacle);
        Err(Stop)
    }

    /// The packages that were loaded last.
    fn needed(&self) -> Needed {
        let universe = &self.universe;
        let package = |package: &LoadedPackage| NeededPackage {
            path: Arc::clone(&package.path),
            provider: match package.module {
                Some(module) if module == universe.main() => Provider::Own,
                Some(module) => universe.table.module_version(module).map_or(Provider::None, Provider::Module),
                None => Provider::None,
            },
            dir: package.module.and_then(|module| universe.dir(module, &package.path)),
            is_test: package.is_test(),
            below: package.imports.iter().copied().chain(package.test).collect(),
        };
        let packages = self.packages.all().iter().map(package).collect();
        Needed { packages, roots: self.packages.roots().to_vec() }
    }

    /// `modload.loadFromRoots`. Fails if something needed is not available, or the go command would fail.
    fn run(&mut self) -> Result<Tidied, Stop> {
        self.check_file()?;
        let mut requirements = self.begin()?;
        for _ in 0..MAX_ROUNDS {
            let lists_all = requirements.is_at_least(&self.universe, "1.17");
            requirements = requirements.converted(&mut self.universe, pruning(lists_all))?;
            if let Some(with_tools) = self.with_tools(&requirements)? {
                requirements = with_tools;
                continue;
            }
            let load = Load { own: &self.own, tools: &self.tools, requirements: &requirements };
            let packages = load.run(&mut self.universe)?;
            let outcome = self.update(&requirements, &packages);
            self.packages = packages;
            let (updated, has_changed) = outcome?;
            requirements = updated;
            if has_changed {
                continue;
            }
            let packages = std::mem::take(&mut self.packages);
            let add = self.resolve_missing(&requirements, &packages);
            let outcome = add.is_empty().then(|| self.finish(&requirements, &packages));
            self.packages = packages;
            if let Some(outcome) = outcome {
                return outcome;
            }
            let direct = requirements.direct.clone();
            requirements = requirements.updated(&mut self.universe, direct, &LoadedPackages::default(), &add)?;
        }
        self.universe.obstruct(Obstacle::Endless);
        Err(Stop)
    }

    /// The requirements as they are stated, each path once and, in a graph that is not pruned, at its selected version.
    fn begin(&mut self) -> Result<Rc<Requirements>, Stop> {
        let universe = &mut self.universe;
        let stated = Requirements::stated(universe);
        let update = |requirements: &Rc<Requirements>, universe: &mut TidyUniverse<'_>| {
            requirements.updated(universe, requirements.direct.clone(), &LoadedPackages::default(), &[])
        };
        let requirements = if stated.has_redundant_root() { update(&stated, universe)? } else { stated };
        if requirements.pruning == Pruning::Pruned {
            return Ok(requirements);
        }
        let graph = requirements.graph(universe)?;
        let is_selected = |&root: &NodeId| graph.selected(universe.table.path_of(root)) == Some(root);
        if requirements.roots.iter().all(is_selected) { Ok(requirements) } else { update(&requirements, universe) }
    }

    /// The requirements with the modules of the tools, if one of those is no root as it is found
    /// (`modload.preloadRootModules`).
    fn with_tools(&mut self, requirements: &Rc<Requirements>) -> Result<Option<Rc<Requirements>>, Stop> {
        if requirements.pruning == Pruning::Unpruned {
            return Ok(None);
        }
        let mut add = Vec::new();
        for tool in self.tools.clone() {
            let module = match find_now(&mut self.universe, &tool, requirements, None) {
                Ok(found) => found.module,
                Err(LookupFault::Missing) => query(&mut self.universe, &tool, requirements),
                Err(LookupFault::Invalid | LookupFault::Absent | LookupFault::Ambiguous(_)) => None,
            };
            let is_new = |&module: &NodeId| requirements.root(self.universe.table.path_of(module)) != Some(module);
            add.extend(module.filter(is_new));
        }
        if add.is_empty() {
            return Ok(None);
        }
        requirements
            .updated(&mut self.universe, requirements.direct.clone(), &LoadedPackages::default(), &add)
            .map(Some)
    }

    /// The requirements with those that the packages need, and whether other packages may be found with them
    /// (`modload.updateRequirements`).
    fn update(
        &mut self,
        requirements: &Rc<Requirements>,
        packages: &LoadedPackages,
    ) -> Result<(Rc<Requirements>, bool), Stop> {
        let imported =
            packages.own().flat_map(|package| &package.imports).filter_map(|&at| packages.external_module(at));
        let direct: BTreeSet<PathId> = imported.map(|module| self.universe.table.path_of(module)).collect();
        let add = requirements.tidied(&mut self.universe, packages)?.roots.clone();
        let updated = requirements.updated(&mut self.universe, direct, packages, &add)?;
        if updated.go(&self.universe) != requirements.go(&self.universe) {
            return Ok((updated, true));
        }
        if updated.roots == requirements.roots {
            return Ok((updated, false));
        }
        let graph = updated.graph(&mut self.universe)?;
        let moved = |module: NodeId| graph.selected(self.universe.table.path_of(module)) != Some(module);
        if packages.external().filter_map(|package| package.module).any(moved) {
            return Ok((updated, true));
        }
        for package in packages.all().iter().filter(|package| package.fault.is_some()) {
            if find_now(&mut self.universe, &package.path, &updated, None).is_ok() {
                return Ok((updated, true));
            }
        }
        Ok((updated, false))
    }

    /// The modules to require for packages that nothing provides, as far as `replace` lines name them.
    fn resolve_missing(&mut self, requirements: &Rc<Requirements>, packages: &LoadedPackages) -> Vec<NodeId> {
        let mut add = Vec::new();
        for package in packages.all().iter().filter(|package| package.fault == Some(LookupFault::Missing)) {
            add.extend(query(&mut self.universe, &package.path, requirements));
        }
        add
    }

    fn finish(&mut self, requirements: &Rc<Requirements>, packages: &LoadedPackages) -> Result<Tidied, Stop> {
        self.check_faults(packages)?;
        self.check_homes(packages)?;
        let tidied = requirements.tidied(&mut self.universe, packages)?;
        let sums = sums::needed(&mut self.universe, &tidied, packages)?;
        self.check_sums()?;
        let stated = Requirements::stated(&mut self.universe);
        let listed_sums = sums::needed(&mut self.universe, &stated, packages).unwrap_or_default();
        let universe = &self.universe;
        let Some(go) = tidied.go(universe).cloned() else { return Err(Stop) };
        let requirement = |&root: &NodeId| {
            let indirect = !tidied.direct.contains(&universe.table.path_of(root));
            Some(TidyRequirement { module: universe.table.module_version(root)?, indirect })
        };
        let requirements = tidied.roots.iter().filter_map(requirement).collect();
        let toolchain = match tidied.root(PathId::TOOLCHAIN).map(|root| universe.table.version_of(root)) {
            Some(NodeVersion::Toolchain(Some(version), name)) => {
                let is_said = **name == *format!("go{go}") || !version.is_at_least("1.21");
                (!is_said).then(|| Arc::clone(name))
            }
            _ => None,
        };
        let reads_cache = !universe.used().is_empty();
        let is_pinned = universe.is_pinned();
        let beyond = universe.beyond().to_vec();
        Ok(Tidied { requirements, go, toolchain, sums, reads_cache, is_pinned, beyond, listed_sums })
    }

    /// Fails if an available file does not match go.sum.
    fn check_sums(&mut self) -> Result<(), Stop> {
        let stated = self.universe.stated_sums();
        let used = self.universe.used().into_iter();
        let known: Vec<ModuleSum> = used.filter(|sum| stated.get(sum).next().is_some()).collect();
        let found = self.universe.sums(&known);
        // Of two checksums the go command compares its files with the first.
        let is_altered = |(sum, found): &(ModuleSum, Option<String>)| {
            found.as_ref().is_some_and(|found| stated.get(sum).next().is_some_and(|hash| hash != found))
        };
        let altered: Vec<ModuleVersion> =
            known.into_iter().zip(found).filter(is_altered).map(|(sum, _)| sum.module).collect();
        if altered.is_empty() {
            return Ok(());
        }
        altered.into_iter().for_each(|module| self.universe.obstruct(Obstacle::Altered(module)));
        Err(Stop)
    }

    /// Fails where one place has the packages of two modules (`modload.checkMultiplePaths`).
    fn check_homes(&mut self, packages: &LoadedPackages) -> Result<(), Stop> {
        let mut paths: HashMap<SourceHome, PathId> = HashMap::new();
        for module in packages.external().filter_map(|package| package.module) {
            let path = self.universe.table.path_of(module);
            let Some(home) = self.universe.home(module) else { continue };
            let first = *paths.entry(home).or_insert(path);
            if first != path {
                let text = |path: PathId| self.universe.table.path_text(path).clone();
                let shared = Obstacle::Shared(text(first), text(path));
                self.universe.obstruct(shared);
                return Err(Stop);
            }
        }
        Ok(())
    }

    /// Fails where packages were not found. Paths that only the standard library can have are skipped, as the go
    /// command does it.
    fn check_faults(&mut self, packages: &LoadedPackages) -> Result<(), Stop> {
        let mut is_whole = true;
        for package in packages.all() {
            let path = Arc::clone(&package.path);
            let obstacle = match &package.fault {
                None => continue,
                Some(LookupFault::Missing) if is_standard(&path) => continue,
                Some(LookupFault::Missing) => Obstacle::NotProvided(path),
                Some(LookupFault::Absent) => {
                    is_whole = false;
                    continue;
                }
                Some(LookupFault::Invalid) => Obstacle::NotAPackage(path),
                Some(LookupFault::Ambiguous(modules)) => {
                    let text =
                        |&module: &NodeId| self.universe.table.path_text(self.universe.table.path_of(module)).clone();
                    Obstacle::Ambiguous(path, modules.iter().map(text).collect())
                }
            };
            self.universe.obstruct(obstacle);
            is_whole = false;
        }
        if is_whole { Ok(()) } else { Err(Stop) }
    }
}

/// Whether only the standard library can have the path (`search.IsStandardImportPath`).
pub(super) fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or_default().contains('.')
}
