//! The requirements of a module, their replacements, and which of the module's own imports lead to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{File, Import, Module, Package, Replacement, Resolution, ResolutionKind, Workspace};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::syntax::{ModuleSum, Require, SumContent, SumIndex};
use crate::text::RepoPath;

/// A `require` line of a module.
#[derive(Clone, Copy, Debug)]
pub struct Requirement<'m> {
    module: Module<'m>,
    line: &'m Require,
}

/// A requirement and the imports of its module that lead to it.
#[derive(Clone, Debug)]
pub struct RequirementUse<'m> {
    /// The requirement.
    pub requirement: Requirement<'m>,
    /// The imports that some build has, tests among them, by file and place.
    pub imports: Vec<Import<'m>>,
    /// Whether the module's own files and `tool` lines need it.
    pub usage: Usage,
}

/// Whether a module's own files and `tool` lines need a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// A package of it is imported, or named as a tool.
    Used,
    /// A package is imported that may be its or another requirement's; the sources that could decide are not available.
    Perhaps,
    /// None is. It may still be needed by other requirements.
    Unused,
}

/// Whether imports lead to a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directness<'m> {
    /// No import leads to it, and its line says `// indirect`.
    Indirect,
    /// This import may lead to it, but another requirement has a longer path and may have the package too. The sources that show
    /// it are not available.
    Perhaps(Import<'m>),
    /// An import leads to it unless another requirement has the package. The sources that show it are not available.
    Likely,
    /// An import leads to it, or its line does not say `// indirect`.
    Direct,
}

impl Directness<'_> {
    /// A rank for comparisons.
    fn rank(self) -> u8 {
        match self {
            Self::Indirect => 0,
            Self::Perhaps(_) => 1,
            Self::Likely => 2,
            Self::Direct => 3,
        }
    }

    /// The more certain one of two.
    pub fn or(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Whether it counts as direct where a rule has to choose one requirement.
    pub fn counts(self) -> bool {
        matches!(self, Self::Likely | Self::Direct)
    }
}

impl<'m> Module<'m> {
    /// The other modules of the repository that are built with it: those of its workspace, and those that lines put in
    /// place, which need not be main modules.
    fn built_with(self) -> Vec<Module<'m>> {
        let workspace = self.workspace();
        let lines = self.replacements().chain(workspace.into_iter().flat_map(Workspace::replacements));
        let replaced: HashSet<RepoPath> = lines.filter_map(Replacement::directory).collect();
        let is_built = |module: &Module<'m>| {
            *module != self
                && (replaced.contains(module.dir()) || (workspace.is_some() && module.workspace() == workspace))
        };
        self.model().all_modules().filter(is_built).collect()
    }

    /// The `require` lines of modules that only `replace` lines put in place, for modules that packages of these import and that no
    /// main module of the build requires.
    pub fn replaced_requirements(self) -> Vec<Requirement<'m>> {
        let mut found = Vec::new();
        for other in self.built_with().into_iter().filter(|other| !other.is_main()) {
            let unnamed = other.requirements().filter(|line| self.requirement_on(line.path()).is_none());
            found.extend(unnamed.filter(|line| line.is_imported()));
        }
        found
    }

    /// Those of its requirements that a build has to download and that nobody downloaded before, as go.sum shows.
    pub fn never_downloaded(self, requirements: Vec<Requirement<'m>>) -> Vec<Requirement<'m>> {
        let wanted: Vec<Requirement<'m>> = requirements.into_iter().filter(|it| it.needs_download()).collect();
        if wanted.is_empty() {
            return wanted;
        }
        let of_work = self.workspace().and_then(Workspace::sums).map(|sums| &sums.parsed.tree);
        let stated = [SumIndex::new(self.sums().map(|sums| &sums.parsed.tree)), SumIndex::new(of_work)];
        let is_known = |requirement: &Requirement<'m>| {
            let module = ModuleVersion { path: requirement.path().clone(), version: requirement.version().clone() };
            let sum = ModuleSum { module, content: SumContent::GoMod };
            stated.iter().any(|stated| stated.get(&sum).next().is_some())
        };
        wanted.into_iter().filter(|requirement| !is_known(requirement)).collect()
    }
}

impl<'m> Requirement<'m> {
    pub(super) fn new(module: Module<'m>, line: &'m Require) -> Self {
        Self { module, line }
    }

    /// The module that requires.
    pub fn module(self) -> Module<'m> {
        self.module
    }

    /// The line.
    pub fn line(self) -> &'m Require {
        self.line
    }

    /// The path of the required module.
    pub fn path(self) -> &'m ModulePath {
        &self.line.path.value
    }

    /// The version asked for.
    pub fn version(self) -> &'m Version {
        &self.line.version.value
    }

    /// Whether the module itself imports a package of the requirement, or its line does not say `// indirect`.
    pub fn directness(self) -> Directness<'m> {
        if !self.line.indirect {
            return Directness::Direct;
        }
        let mut directness = Directness::Indirect;
        for import in self.module.tidied_packages().flat_map(Package::files).flat_map(File::imports) {
            directness = directness.or(self.directness_by(import));
            if directness == Directness::Direct {
                break;
            }
        }
        directness
    }

    /// Whether another module of the repository imports a package of the requirement and has no `require` line for it, so that
    /// this line provides it where both are built together: in a workspace, or because a line puts the other's directory in place.
    pub fn directness_for_others(self) -> Directness<'m> {
        let mut directness = Directness::Indirect;
        for other in self.module.built_with() {
            // The line of another main module is judged itself.
            if other.is_main() && other.requirements().any(|line| line.path() == self.path()) {
                continue;
            }
            for import in other.packages().flat_map(Package::files).flat_map(File::imports) {
                directness = directness.or(self.directness_by_other(import));
            }
        }
        directness
    }

    /// Whether a package of its module may import one of its packages.
    fn is_imported(self) -> bool {
        let mut imports = self.module.packages().flat_map(Package::files).flat_map(File::imports);
        imports.any(|import| self.directness_by(import) != Directness::Indirect)
    }

    /// Whether an import that is resolved with the requirements of this module leads to it.
    fn directness_by(self, import: Import<'m>) -> Directness<'m> {
        let resolution = import.resolution();
        match resolution.candidates().position(|path| path == self.path()) {
            None => Directness::Indirect,
            Some(0) if resolution.is_guess() => Directness::Likely,
            Some(0) => Directness::Direct,
            Some(_) if resolution.module.as_ref().is_some_and(|likely| is_major_of(likely, self.path())) => {
                Directness::Indirect
            }
            Some(_) => Directness::Perhaps(import),
        }
    }

    /// Whether an import of another module that is built with this one leads to it.
    fn directness_by_other(self, import: Import<'m>) -> Directness<'m> {
        let universe = self.module.universe();
        let is_resolved_here = std::ptr::eq(universe, import.file().package().module().universe());
        match import.resolution().kind {
            ResolutionKind::Unknown => {}
            ResolutionKind::Module if !is_resolved_here => {}
            _ => return self.directness_by(import),
        }
        if let Some(vendored) = universe.vendored_module(import.path()) {
            let is_it = vendored.path.value == *self.path();
            return if is_it { Directness::Direct } else { Directness::Indirect };
        }
        let mut candidates = universe.could_provide(import.path());
        let first = candidates.next();
        let has_others = candidates.next().is_some();
        match first == Some(self.path()) {
            true if has_others => Directness::Likely,
            true => Directness::Direct,
            false if first.is_some_and(|likely| is_major_of(likely, self.path())) => Directness::Indirect,
            false if self.path().subpath(import.path()).is_some() => Directness::Perhaps(import),
            false => Directness::Indirect,
        }
    }

    /// Whether a build has to download the module: nothing replaces or excludes it, no main module is it, and no vendor
    /// directory that is used has it.
    fn needs_download(self) -> bool {
        let universe = self.module.universe();
        let is_vendored = universe.vendored_modules().any(|path| path == self.path());
        universe.requires(self.path()) && universe.replaced_by(self.path()).is_none() && !is_vendored
    }

    /// The line that replaces it where its module is built: one of the workspace's file, else of a module's. None
    /// where the workspace has the module itself, or excludes the version.
    pub fn replacement(self) -> Option<Replacement<'m>> {
        let at = self.module.universe().replaced_by(self.path())?;
        Some(Replacement::new(self.module.model(), at))
    }
}

/// Whether a module is another major version of one whose path it extends. A package below `example.com/log/v2` is that module's
/// wherever it is required: `example.com/log` has no such directory, or another module begins there.
pub(crate) fn is_major_of(longer: &ModulePath, shorter: &ModulePath) -> bool {
    longer.split_version().is_some_and(|(stem, _)| stem == shorter.as_str())
}

/// The requirements and imports of a module.
#[derive(Default)]
pub(super) struct RequirementUses<'m> {
    /// The requirements, each with the imports that lead to it. Where a module is required twice, the line with the
    /// higher version counts.
    pub(super) requirements: BTreeMap<&'m ModulePath, RequirementUse<'m>>,
    /// The module that each imported package comes from; `None` where none is known that has it.
    pub(super) providers: HashMap<&'m str, Option<&'m ModulePath>>,
}

impl<'m> RequirementUses<'m> {
    pub(super) fn of(module: Module<'m>) -> Self {
        let mut lines: BTreeMap<&ModulePath, Requirement> = BTreeMap::new();
        for requirement in module.requirements() {
            let known = lines.get(requirement.path());
            if known.is_none_or(|known| known.version() < requirement.version()) {
                lines.insert(requirement.path(), requirement);
            }
        }
        let Needs { mut imports, usage, providers } = Needs::of(module);
        let with_use = |(path, requirement)| {
            let usage = usage.get(path).copied().unwrap_or(Usage::Unused);
            (path, RequirementUse { requirement, imports: imports.remove(path).unwrap_or_default(), usage })
        };
        Self { requirements: lines.into_iter().map(with_use).collect(), providers }
    }
}

/// The paths that a module's files and `tool` lines need, by module path.
#[derive(Default)]
struct Needs<'m> {
    imports: HashMap<&'m ModulePath, Vec<Import<'m>>>,
    usage: HashMap<&'m ModulePath, Usage>,
    providers: HashMap<&'m str, Option<&'m ModulePath>>,
}

impl<'m> Needs<'m> {
    fn of(module: Module<'m>) -> Self {
        let mut needs = Self::default();
        let files = module.tidied_packages().flat_map(Package::files).filter(|file| file.is_in_some_build());
        for import in files.flat_map(File::imports) {
            needs.add_import(module, import);
        }
        for (_, resolution) in module.tools() {
            needs.add_tool(resolution);
        }
        needs
    }

    fn add_tool(&mut self, resolution: &'m Resolution) {
        if !resolution.is_guess() {
            self.usage.extend(resolution.module.iter().map(|path| (path, Usage::Used)));
            return;
        }
        for candidate in resolution.candidates() {
            self.usage.entry(candidate).or_insert(Usage::Perhaps);
        }
    }

    fn add_import(&mut self, module: Module<'m>, import: Import<'m>) {
        let resolution = import.resolution();
        let provider = resolution.module.as_ref();
        if matches!(resolution.kind, ResolutionKind::Std | ResolutionKind::Cgo) {
            return;
        }
        self.providers.insert(import.path(), provider);
        if let Some(provider) = provider {
            self.imports.entry(provider).or_default().push(import);
            if !resolution.is_guess() {
                self.usage.insert(provider, Usage::Used);
                return;
            }
        }
        // The imports of a directory that is missing are as uncertain as a guess.
        for candidate in module.universe().could_provide(import.path()) {
            self.usage.entry(candidate).or_insert(Usage::Perhaps);
        }
    }
}
