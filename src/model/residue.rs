//! The lines of module files that are unused, missing or marked wrongly; each with its evidence.
//!
//! If all sources of the dependencies are available, it is the change that `go mod tidy` would make. Otherwise it is
//! the part that holds for all possible dependencies.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::build::beside_module;
use super::graph::Build;
use super::replaces::{Candidate, SourceHome};
use super::tidy::{Dependencies, Tidied, Undecided, asked_for, is_standard};
use super::{Basis, Import, Model, Module, Package, ResidueFacts};
use crate::go::{GoVersion, ImportPath, ModulePath, ModuleVersion, prefixes, std_package};
use crate::syntax::{ModuleSum, ReadPackage, SumContent, SumIndex};
use crate::text::RepoPath;

/// Something that a module's go.mod or go.sum should say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residual {
    /// The kind of change.
    pub kind: ResidualKind,
    /// The evidence.
    pub basis: Basis,
    /// Whether `go mod tidy` would make this change, because everything that it reads is available.
    pub is_exact: bool,
}

/// A change that a module's go.mod or go.sum needs. A line is given by its place among the `require` lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResidualKind {
    /// Nothing needs the requirement.
    Unused {
        /// The line.
        line: usize,
    },
    /// Another line requires the same module.
    Repeated {
        /// The line.
        line: usize,
    },
    /// A requirement is needed that is not there.
    Missing {
        /// The module.
        module: ModuleVersion,
        /// Whether it is to be marked `// indirect`.
        indirect: bool,
    },
    /// No requirement can have an imported package.
    NotProvided {
        /// The import, by its place in the model.
        import: usize,
    },
    /// A higher version is selected.
    Low {
        /// The line.
        line: usize,
        /// The version that is selected.
        selected: ModuleVersion,
    },
    /// The mark `// indirect` should be there, or not.
    Mismarked {
        /// The line.
        line: usize,
        /// Whether it should be there.
        indirect: bool,
    },
    /// The `go` line is below that of a dependency.
    LowGo {
        /// The needed value.
        needed: Box<str>,
    },
    /// The `toolchain` line would not be written so.
    Toolchain {
        /// The value that would be written; `None` for no line.
        needed: Option<Box<str>>,
    },
    /// A `tool` line has no effect.
    Tool {
        /// The line, by its place among the `tool` lines.
        line: usize,
        /// Why.
        why: IdleTool,
    },
    /// go.sum lacks a line.
    SumMissing {
        /// The subject.
        sum: ModuleSum,
        /// The checksum, if it is available.
        hash: Option<Box<str>>,
    },
    /// Nothing needs a line of go.sum.
    SumUnused {
        /// The line, by its place in go.sum.
        line: usize,
        /// Whether a requirement that nothing needs does need it.
        listed: bool,
    },
}

/// The `require` lines of a module about which something is not known, by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenRequirements {
    /// The lines for which it is not known whether anything needs them.
    pub need: BTreeSet<usize>,
    /// The lines for which it is not known whether they should be marked `// indirect`.
    pub mark: BTreeSet<usize>,
}

/// Why a `tool` line runs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleTool {
    /// An earlier line names the same package.
    Repeated,
    /// Neither the module nor a module that it requires has the package.
    NotProvided,
    /// The package is the module's own and no program.
    NoProgram,
}

impl ResidualKind {
    /// Whether it is something that `go mod tidy` would write otherwise in go.mod.
    pub fn is_of_go_mod(&self) -> bool {
        !matches!(self, Self::Tool { .. } | Self::SumMissing { .. } | Self::SumUnused { .. })
    }
}

/// The known facts about one module.
#[derive(Clone, Debug, Default)]
pub(super) struct ModuleResidue {
    pub(super) found: Vec<Residual>,
    pub(super) undecided: Option<Undecided>,
    /// The open questions about its `require` lines, if the result of `go mod tidy` is unknown.
    pub(super) open: OpenRequirements,
    /// The evidence of the answer, if the result of `go mod tidy` is known.
    pub(super) tidied_by: Option<Basis>,
    /// If `go mod tidy` would change nothing as long as [`Model::hash_requirements`] says the same and these packages
    /// are as they were read: the packages.
    pub(super) surely_tidy_with: Option<Vec<ReadPackage>>,
}

impl Model {
    /// The same with the residue of each module, as far as the repository and `dependencies` can decide. The `tidy`
    /// modules are known to be unchanged by `go mod tidy`, from a run that read their packages as they are now.
    pub(crate) fn with_residue(
        mut self,
        dependencies: &dyn Dependencies,
        tidy: BTreeMap<usize, Vec<ReadPackage>>,
    ) -> Self {
        let mut residue = vec![ModuleResidue::default(); self.mains];
        let open: Vec<usize> = (0..self.mains).filter(|module| !tidy.contains_key(module)).collect();
        for (module, beyond) in tidy {
            if let Some(residue) = residue.get_mut(module) {
                residue.tidied_by = Some(Basis::ModuleCache);
                residue.surely_tidy_with = Some(beyond);
            }
        }
        for (&module, tidied) in open.iter().zip(self.tidy(dependencies, open.iter().copied())) {
            let view = Module::new(&self, module);
            residue[module] = match tidied {
                Ok(tidied) => Compared { module: view, tidied: &tidied, dependencies }.outcome(),
                Err(undecided) => {
                    let proved = Proved::of(view);
                    ModuleResidue {
                        open: proved.open(),
                        found: proved.residue(),
                        undecided: Some(undecided),
                        ..ModuleResidue::default()
                    }
                }
            };
        }
        for (module, residue) in self.modules().zip(&mut residue) {
            residue.found.extend(module.idle_tools());
        }
        self.residue = residue;
        self
    }

    /// The same, where a module cache was there to be asked.
    pub fn with_module_cache(self) -> Self {
        Self { has_module_cache: true, ..self }
    }

    /// Whether a module cache was there to be asked, whatever is in it.
    pub fn has_module_cache(&self) -> bool {
        self.has_module_cache
    }

    /// The modules, by their place, for which it can be kept that `go mod tidy` would change nothing, and the packages
    /// which that depends on besides the model.
    pub(crate) fn surely_tidy(&self) -> BTreeMap<usize, Vec<ReadPackage>> {
        let beyond = |(at, residue): (usize, &ModuleResidue)| Some((at, residue.surely_tidy_with.clone()?));
        self.residue.iter().enumerate().filter_map(beyond).collect()
    }
}

impl<'m> Module<'m> {
    /// The lines that are unused, missing or marked wrongly.
    pub fn residue(self, _: ResidueFacts<'m>) -> &'m [Residual] {
        let residue = self.model().residue.get(self.index());
        residue.map(|residue| residue.found.as_slice()).unwrap_or_default()
    }

    /// Why the result of `go mod tidy` is unknown, if it is.
    pub fn undecided(self, _: ResidueFacts<'m>) -> Option<&'m Undecided> {
        self.model().residue.get(self.index())?.undecided.as_ref()
    }

    /// The `require` lines about which something is not known. None if the result of `go mod tidy` is known.
    pub fn open_requirements(self, _: ResidueFacts<'m>) -> &'m OpenRequirements {
        static NONE: OpenRequirements = OpenRequirements { need: BTreeSet::new(), mark: BTreeSet::new() };
        self.model().residue.get(self.index()).map_or(&NONE, |residue| &residue.open)
    }

    /// The evidence of the answer, if the result of `go mod tidy` is known.
    pub(super) fn tidied_by(self, _: ResidueFacts<'m>) -> Option<Basis> {
        self.model().residue.get(self.index())?.tidied_by
    }

    /// The checksums that its go.sum has.
    fn stated_sums(self) -> SumIndex<'m> {
        SumIndex::new(self.sums().map(|sums| &sums.parsed.tree))
    }

    /// Whether it has the package, which need not be one that its patterns reach.
    fn has_package(self, package: &str) -> bool {
        let dir = |below: &str| self.dir().join(below);
        let has = |below: &str| self.model().layout.contains_package(self.dir(), &dir(below));
        self.path().subpath(package).is_some_and(has)
    }

    /// The `tool` lines that run nothing, which `go mod tidy` leaves.
    fn idle_tools(self) -> impl Iterator<Item = Residual> {
        let mut seen: HashSet<&str> = HashSet::new();
        let has_tools = !self.go_mod().tool.is_empty();
        let packages: HashMap<&str, Package<'_>> =
            self.packages().filter(|_| has_tools).map(|package| (package.path(), package)).collect();
        let required: HashSet<&str> =
            self.go_mod().require.iter().filter(|_| has_tools).map(|line| line.path.value.as_str()).collect();
        self.go_mod().tool.iter().enumerate().filter_map(move |(line, tool)| {
            let path = tool.path.value.as_str();
            let is_own = self.has_package(path);
            let own = || packages.get(path).into_iter().flat_map(|package| package.files());
            let mut names = own().filter(|file| !file.is_test()).filter_map(super::File::package_name).peekable();
            let in_workspace =
                self.workspace().is_some_and(|work| work.modules().any(|module| module.has_package(path)));
            let why = if !seen.insert(path) {
                IdleTool::Repeated
            } else if is_own && names.peek().is_some() && names.all(|name| name != "main") {
                IdleTool::NoProgram
            } else if !is_own
                && !in_workspace
                && !is_standard(path)
                && !prefixes(path).any(|prefix| required.contains(prefix))
            {
                IdleTool::NotProvided
            } else {
                return None;
            };
            let kind = ResidualKind::Tool { line, why };
            Some(Residual { kind, basis: Basis::Source, is_exact: why == IdleTool::Repeated })
        })
    }

    /// The modules that a vendor directory of its own has packages of.
    fn vendored_modules(self) -> HashSet<&'m ModulePath> {
        match self.workspace() {
            Some(_) => HashSet::new(),
            None => self.universe().vendored_modules().collect(),
        }
    }

    /// Where its list of checksums is, or would be, beside its file.
    pub fn sums_path(self, file: &RepoPath) -> RepoPath {
        beside_module(file)
    }

    /// The import of a `ResidualKind::NotProvided`.
    pub fn import_at(self, place: usize) -> Import<'m> {
        Import::new(self.model(), place)
    }
}

/// A module, and the result of `go mod tidy` for it.
struct Compared<'c> {
    module: Module<'c>,
    tidied: &'c Tidied,
    dependencies: &'c dyn Dependencies,
}

impl Compared<'_> {
    fn outcome(&self) -> ModuleResidue {
        let basis = if self.tidied.reads_cache { Basis::ModuleCache } else { Basis::Source };
        let kinds = self.kinds().into_iter();
        let found: Vec<Residual> = kinds.map(|kind| Residual { kind, basis, is_exact: true }).collect();
        // An answer that needs no module cache is not worth keeping.
        let is_surely_tidy = found.is_empty() && self.tidied.is_pinned && self.tidied.reads_cache;
        let surely_tidy_with = is_surely_tidy.then(|| self.tidied.beyond.clone());
        ModuleResidue { found, tidied_by: Some(basis), surely_tidy_with, ..ModuleResidue::default() }
    }

    fn kinds(&self) -> Vec<ResidualKind> {
        let mut kinds = self.requirements();
        let go_mod = self.module.go_mod();
        if go_mod.go.as_ref().is_some_and(|go| go.value != self.tidied.go) {
            kinds.push(ResidualKind::LowGo { needed: self.tidied.go.as_str().into() });
        }
        let toolchain = go_mod.toolchain.as_ref().map(|toolchain| &*toolchain.value);
        if toolchain != self.tidied.toolchain.as_deref() {
            kinds.push(ResidualKind::Toolchain { needed: self.tidied.toolchain.as_deref().map(Box::from) });
        }
        kinds.extend(self.sums());
        kinds
    }

    fn requirements(&self) -> Vec<ResidualKind> {
        let mut needed: BTreeMap<&ModulePath, _> = BTreeMap::new();
        for requirement in &self.tidied.requirements {
            needed.insert(&requirement.module.path, requirement);
        }
        let mut kinds = Vec::new();
        let mut seen: HashSet<&ModulePath> = HashSet::new();
        for (line, stated) in self.module.go_mod().require.iter().enumerate() {
            let path = &stated.path.value;
            if !seen.insert(path) && needed.contains_key(path) {
                kinds.push(ResidualKind::Repeated { line });
                continue;
            }
            let Some(requirement) = needed.get(path) else {
                kinds.push(ResidualKind::Unused { line });
                continue;
            };
            if requirement.module.version != stated.version.value {
                kinds.push(ResidualKind::Low { line, selected: requirement.module.clone() });
            }
            if requirement.indirect != stated.indirect {
                kinds.push(ResidualKind::Mismarked { line, indirect: requirement.indirect });
            }
        }
        let missing = needed.into_values().filter(|requirement| !seen.contains(&requirement.module.path));
        kinds.extend(missing.map(|requirement| ResidualKind::Missing {
            module: requirement.module.clone(),
            indirect: requirement.indirect,
        }));
        kinds
    }

    fn sums(&self) -> Vec<ResidualKind> {
        let stated = self.module.stated_sums();
        let is_missing = |sum: &&ModuleSum| stated.get(sum).next().is_none();
        let missing: Vec<ModuleSum> = self.tidied.sums.iter().filter(is_missing).cloned().collect();
        let hashes = self.dependencies.sums(&missing);
        let mut kinds = Vec::new();
        for (sum, hash) in missing.into_iter().zip(hashes) {
            kinds.push(ResidualKind::SumMissing { sum, hash: hash.map(String::into_boxed_str) });
        }
        for (line, sum) in self.module.sums().into_iter().flat_map(|sums| sums.parsed.tree.placed_lines()) {
            let is_in = |sums: &BTreeSet<ModuleSum>| sum.key().is_some_and(|key| sums.contains(&key));
            if !is_in(&self.tidied.sums) {
                kinds.push(ResidualKind::SumUnused { line, listed: is_in(&self.tidied.listed_sums) });
            }
        }
        kinds
    }
}

/// The facts that the repository alone proves about a module.
struct Proved<'m> {
    module: Module<'m>,
    /// The `require` lines by path; of two for one path the first.
    lines: HashMap<&'m str, usize>,
    /// The lines that surely have an imported package.
    imported: HashSet<usize>,
    /// The lines that may have one, or a tool that another line may have too.
    perhaps: HashSet<usize>,
    /// The lines that have a tool, which no other line can have.
    tools: HashSet<usize>,
    /// The paths whose checksums of all files are needed.
    sums: BTreeSet<usize>,
    /// The paths of the modules that its workspace joins.
    members: HashSet<&'m str>,
    /// For each path that nothing provides, the first import.
    not_provided: BTreeMap<&'m str, usize>,
}

impl<'m> Proved<'m> {
    fn of(module: Module<'m>) -> Self {
        let go_mod = module.go_mod();
        let mut lines = HashMap::new();
        for (at, line) in go_mod.require.iter().enumerate() {
            lines.entry(line.path.value.as_str()).or_insert(at);
        }
        let (imported, perhaps, tools, sums, not_provided) = Default::default();
        let members = module.workspace().into_iter().flat_map(|workspace| workspace.modules());
        let members = members.map(|member| member.path().as_str()).collect();
        let mut proved = Self { module, lines, imported, perhaps, tools, sums, members, not_provided };
        let mut seen: HashSet<&str> = HashSet::new();
        let files = module.tidied_packages().flat_map(Package::files).filter(|file| file.is_in_some_build());
        for import in files.flat_map(super::File::imports) {
            if seen.insert(import.path()) {
                proved.add_import(import);
            }
        }
        for tool in &go_mod.tool {
            let candidates: Vec<usize> = proved.candidates(tool.path.value.as_str()).collect();
            match candidates[..] {
                [only] => proved.tools.extend([only]),
                _ => proved.perhaps.extend(candidates),
            }
        }
        proved
    }

    /// The questions that the repository alone cannot answer.
    fn open(&self) -> OpenRequirements {
        let mut open = OpenRequirements::default();
        let vendored = self.module.vendored_modules();
        for (at, line) in self.module.go_mod().require.iter().enumerate() {
            let first = self.lines.get(line.path.value.as_str()).copied().unwrap_or(at);
            if !self.module.data().parsed.errors.is_empty() {
                open.need.insert(at);
                open.mark.insert(at);
            } else if !self.imported.contains(&first) {
                self.note_open(&mut open, (at, first), vendored.contains(&line.path.value));
            }
        }
        open
    }

    /// Adds the open questions about a line for a module that no import surely leads to. `first` is the first line for
    /// that module.
    fn note_open(&self, open: &mut OpenRequirements, (at, first): (usize, usize), is_vendored: bool) {
        let is_indirect = self.module.go_mod().require[at].indirect;
        let may_be_imported = self.perhaps.contains(&first);
        let is_needed = is_vendored || self.tools.contains(&first);
        // A direct requirement that nothing imports is reported; only its need decides whether it is removed.
        if !is_needed && (is_indirect || may_be_imported) {
            open.need.insert(at);
        }
        let is_found = is_vendored && !may_be_imported;
        if may_be_imported || (!is_indirect && !is_found) {
            open.mark.insert(at);
        }
    }

    /// The requirements that could have a package, longest path first.
    fn candidates(&self, package: &'m str) -> impl Iterator<Item = usize> {
        prefixes(package).filter_map(|prefix| self.lines.get(prefix).copied())
    }

    fn add_import(&mut self, import: Import<'m>) {
        let path = import.path();
        let is_of_std = path == "C" || std_package(path).is_some();
        if is_of_std || self.module.has_package(path) {
            return;
        }
        let candidates: Vec<usize> = self.candidates(path).collect();
        self.sums.extend(&candidates);
        match candidates[..] {
            [] => self.note_missing(import),
            [only] => {
                self.imported.insert(only);
            }
            _ => {
                let provider = self.module.universe().vendored_module(path);
                let provider = provider.and_then(|provider| self.lines.get(provider.path.value.as_str()).copied());
                match provider {
                    Some(provider) => {
                        self.imported.insert(provider);
                    }
                    None => self.perhaps.extend(candidates),
                }
            }
        }
    }

    /// Adds that nothing provides an import. A package of the module itself is perhaps generated, and a package of a
    /// workspace is meant to come from there.
    fn note_missing(&mut self, import: Import<'m>) {
        let path = import.path();
        let is_own = self.module.path().subpath(path).is_some();
        let is_in_workspace = prefixes(path).any(|prefix| self.members.contains(prefix));
        if is_standard(path) || is_own || is_in_workspace || ImportPath::new(path).check().is_err() {
            return;
        }
        self.not_provided.entry(path).or_insert(import.index());
    }

    fn residue(self) -> Vec<Residual> {
        let go_mod = self.module.go_mod();
        if !self.module.data().parsed.errors.is_empty() {
            return Vec::new();
        }
        let proved_by = |basis, kind| Residual { kind, basis, is_exact: false };
        let source = |kind| proved_by(Basis::Source, kind);
        let mut found: Vec<Residual> =
            self.not_provided.values().map(|&import| source(ResidualKind::NotProvided { import })).collect();
        let vendored = self.module.vendored_modules();
        for (at, line) in go_mod.require.iter().enumerate() {
            if self.lines.get(line.path.value.as_str()) != Some(&at) {
                continue;
            }
            if line.indirect && self.imported.contains(&at) {
                found.push(source(ResidualKind::Mismarked { line: at, indirect: false }));
            } else if !line.indirect
                && !self.imported.contains(&at)
                && !self.perhaps.contains(&at)
                && !self.tools.contains(&at)
            {
                found.push(if vendored.contains(&line.path.value) {
                    proved_by(Basis::Vendor, ResidualKind::Mismarked { line: at, indirect: true })
                } else {
                    source(ResidualKind::Unused { line: at })
                });
            }
        }
        found.extend(self.missing_sums().into_iter().map(source));
        found.extend(self.idle_toolchain().map(source));
        found
    }

    /// A `toolchain` line that is dropped whatever the dependencies are: it adds nothing to the `go` line, or names a
    /// release from before such lines (`modload.UpdateGoModFromReqs`).
    fn idle_toolchain(&self) -> Option<ResidualKind> {
        let go_mod = self.module.go_mod();
        let (go, name) = (&go_mod.go.as_ref()?.value, &go_mod.toolchain.as_ref()?.value);
        let is_old = GoVersion::of_toolchain(name).is_none_or(|version| !version.is_at_least("1.21"));
        (is_old || **name == *format!("go{go}")).then_some(ResidualKind::Toolchain { needed: None })
    }

    /// The lines that go.sum must have in any case. Without a go.sum, or where the workspace has them, nobody misses
    /// them.
    fn missing_sums(&self) -> Vec<ResidualKind> {
        let is_open = asked_for(self.module.go_mod()).is_some();
        if self.module.sums().is_none() || self.module.workspace().is_some() || is_open {
            return Vec::new();
        }
        let stated = self.module.stated_sums();
        let build = Build::alone(self.module.model(), self.module.index());
        let mut missing = BTreeSet::new();
        for (at, line) in self.module.go_mod().require.iter().enumerate() {
            let module = line.required();
            let replaced = build.replacement(&module.path, &module.version).map(Candidate::home);
            let module = match replaced {
                None => module,
                Some(SourceHome::Cache(path, version)) => ModuleVersion { path, version },
                Some(SourceHome::Directory(_) | SourceHome::Elsewhere) => continue,
            };
            if build.excludes(&module) {
                continue;
            }
            let contents = [SumContent::GoMod].into_iter().chain(self.sums.contains(&at).then_some(SumContent::Zip));
            let sums = contents.map(|content| ModuleSum { module: module.clone(), content });
            missing.extend(sums.filter(|sum| stated.get(sum).next().is_none()));
        }
        missing.into_iter().map(|sum| ResidualKind::SumMissing { sum, hash: None }).collect()
    }
}
