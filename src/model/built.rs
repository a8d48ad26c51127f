//! The modules that builds take in place of requirements, and lines other than `require` that add modules.

use std::collections::{HashMap, HashSet};

use super::graph::Pruning;
use super::replaces::Replaces;
use super::{
    File, GraphFacts, Import, Model, Module, ModuleGraph, Package, Replacement, Requirement, Resolution,
    ResolutionKind, Vendor, Workspace,
};
use crate::go::{ModulePath, Version};
use crate::syntax::{Tool, Use, VendoredModule};

/// A requirement, and the module that the builds of its module take for it.
#[derive(Clone, Debug)]
pub struct BuiltRequirement<'m> {
    /// The requirement.
    pub requirement: Requirement<'m>,
    /// The build of the module alone, then that of its workspace, if it has one.
    pub builds: Vec<Built<'m>>,
}

/// The module that one build takes for a required module.
#[derive(Clone, Copy, Debug)]
pub struct Built<'m> {
    /// The workspace, if the build is one of a workspace.
    pub workspace: Option<Workspace<'m>>,
    /// The version before replacement: the one that is required, or the higher one that the workspace is known to
    /// select.
    pub version: &'m Version,
    /// The line that replaces it at that version.
    pub replacement: Option<Replacement<'m>>,
}

impl<'m> Built<'m> {
    /// The module and version that is built, if it is one; `None` where a directory is in its place.
    pub fn module(self, required: &'m ModulePath) -> Option<(&'m ModulePath, &'m Version)> {
        match self.replacement {
            None => Some((required, self.version)),
            Some(replacement) => replacement.new_module(),
        }
    }
}

impl<'m> Module<'m> {
    /// Its requirements, in order, and the modules that builds take for them (`modload.Replacement`).
    pub fn built_requirements(self) -> Vec<BuiltRequirement<'m>> {
        let model = self.model();
        let alone = Replaces::of(&model.modules, &[self.index()], None);
        let work = self.workspace();
        let members: Vec<usize> = work.iter().flat_map(|work| work.modules()).map(Self::index).collect();
        let together = work.map(|work| Replaces::of(&model.modules, &members, Some((work.index(), work.data()))));
        let in_place = |replaces: &Replaces<'m>, requirement: Requirement<'m>, version: &'m Version| {
            let line = replaces.in_force(requirement.path(), version)?;
            Some(Replacement::new(model, line.at))
        };
        let built = |requirement: Requirement<'m>| {
            let version = requirement.version();
            let replacement = in_place(&alone, requirement, version);
            let mut builds = vec![Built { workspace: None, version, replacement }];
            if let (Some(work), Some(replaces)) = (work, &together) {
                let version = work.version_of(requirement);
                let replacement = in_place(replaces, requirement, version);
                builds.push(Built { workspace: Some(work), version, replacement });
            }
            BuiltRequirement { requirement, builds }
        };
        self.requirements().map(built).collect()
    }

    /// The modules of its graph, and those that its build alone takes for them.
    pub fn built_list(self, _: GraphFacts<'m>) -> Vec<(&'m ModulePath, Built<'m>)> {
        let replaces = Replaces::of(&self.model().modules, &[self.index()], None);
        built_list(self.model(), (self.known_graph(), None), &replaces)
    }

    /// Its `tool` lines, and where the package of each is.
    pub fn tools(self) -> impl Iterator<Item = (&'m Tool, &'m Resolution)> {
        self.go_mod().tool.iter().zip(&self.data().tools)
    }

    /// The modules that it requires, or its workspace, and that could have a package by their paths, longest first.
    pub fn could_provide(self, package: &'m str) -> impl Iterator<Item = &'m ModulePath> {
        self.universe().could_provide(package)
    }

    /// The `require` line for a module: its own, or else that of another module of its workspace.
    pub fn requirement_on(self, path: &ModulePath) -> Option<Requirement<'m>> {
        let others = self.workspace().into_iter().flat_map(Workspace::modules);
        let mut all = self.requirements().chain(others.flat_map(Module::requirements));
        all.find(|requirement| requirement.path() == path)
    }
}

fn built_list<'m>(
    model: &'m Model,
    (graph, workspace): (Option<&'m ModuleGraph>, Option<Workspace<'m>>),
    replaces: &Replaces<'m>,
) -> Vec<(&'m ModulePath, Built<'m>)> {
    let built = |(path, version): (&'m ModulePath, &'m Version)| {
        let line = replaces.in_force(path, version);
        let replacement = line.map(|line| Replacement::new(model, line.at));
        (path, Built { workspace, version, replacement })
    };
    graph.map(ModuleGraph::build_list).unwrap_or_default().into_iter().map(built).collect()
}

impl<'m> Workspace<'m> {
    /// The modules of its graph, and those that its build takes for them.
    pub fn built_list(self, _: GraphFacts<'m>) -> Vec<(&'m ModulePath, Built<'m>)> {
        let members: Vec<usize> = self.modules().map(Module::index).collect();
        let replaces = Replaces::of(&self.model().modules, &members, Some((self.index(), self.data())));
        built_list(self.model(), (self.known_graph(), Some(self)), &replaces)
    }

    /// The version that a workspace takes of a module: the one that its graph selects, if that is known, else the
    /// highest one that its modules require.
    fn version_of(self, requirement: Requirement<'m>) -> &'m Version {
        let graph = self.known_graph().and_then(|graph| graph.selected(requirement.path()));
        let required = self.modules().flat_map(Module::requirements);
        let of_path = required.filter(|other| other.path() == requirement.path()).map(Requirement::version);
        of_path.chain(graph).chain([requirement.version()]).max().unwrap_or(requirement.version())
    }

    /// The `use` lines that lead to modules which packages of other modules import, each with the first of those
    /// imports.
    pub fn imported_members(self) -> Vec<(&'m Use, Module<'m>, Import<'m>)> {
        let mut first: HashMap<&ModulePath, Import<'m>> = HashMap::new();
        let files = self.modules().flat_map(Module::packages).flat_map(Package::files);
        for import in files.flat_map(File::imports) {
            let resolution = import.resolution();
            if let (ResolutionKind::Workspace, Some(path)) = (resolution.kind, &resolution.module) {
                first.entry(path).or_insert(import);
            }
        }
        let used = |line: &'m Use| {
            let dir = self.dir().resolve(&*line.path.value)?;
            let module = self.modules().find(|module| *module.dir() == dir)?;
            Some((line, module, *first.get(module.path())?))
        };
        self.go_work().use_.iter().filter_map(used).collect()
    }
}

/// A module that is vendored, and the other lines that add it.
#[derive(Clone, Copy, Debug)]
pub struct ListedModule<'m> {
    /// Its line in modules.txt, with the packages that are listed below it.
    pub line: &'m VendoredModule,
    /// The other lines that add it.
    pub listing: ListingReason,
}

/// The other lines that add a module that is listed in modules.txt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingReason {
    /// A module that is built from the directory requires it.
    Required,
    /// Packages of those modules import one of its packages, and no go.mod names it.
    Imported,
    /// Nothing: by their `go` lines, go.mod would have to name it if packages needed it.
    Unnamed,
    /// Perhaps a requirement of a requirement: go.mod of a module below Go 1.17 does not name all.
    Transitive,
}

impl<'m> Vendor<'m> {
    /// The modules in its `modules.txt` that have packages there, in order.
    pub fn listed_modules(self) -> Vec<ListedModule<'m>> {
        let mains = self.mains();
        let required = mains.iter().flat_map(|main| main.requirements()).map(Requirement::path);
        let required: HashSet<&ModulePath> = required.collect();
        let files = mains.iter().flat_map(|main| main.packages()).flat_map(Package::files);
        let imported = files.flat_map(File::imports).filter_map(|import| import.resolution().module.as_ref());
        let imported: HashSet<&ModulePath> = imported.collect();
        let names_all = mains.iter().all(|main| Pruning::of(main.go_mod()) == Pruning::Pruned);
        let listing = |path: &ModulePath| match () {
            () if required.contains(path) => ListingReason::Required,
            () if imported.contains(path) => ListingReason::Imported,
            () if names_all => ListingReason::Unnamed,
            () => ListingReason::Transitive,
        };
        let lines = self.manifest().into_iter().flat_map(|manifest| &manifest.parsed.tree.modules);
        let listed = |line: &'m VendoredModule| ListedModule { line, listing: listing(&line.path.value) };
        lines.filter(|line| !line.packages.is_empty()).map(listed).collect()
    }
}

/// A package that is built under the path of an import, and has another path by its module.
#[derive(Clone, Debug)]
pub struct BuiltAs<'m> {
    /// Its path by the module that replaces that of the import.
    pub path: String,
    /// The line that replaces the module; `None` where only modules.txt does.
    pub line: Option<Replacement<'m>>,
    /// The required module that the import may lead to.
    pub requirement: Option<Requirement<'m>>,
    /// Whether another requirement is more likely to have the package.
    pub is_unlikely: bool,
}

impl<'m> Import<'m> {
    /// The packages that may be built under the path of the import because a module with another path replaces its module: another
    /// module, or a directory whose go.mod states another path. There are several only where the module of the import is a guess.
    pub fn built_as(self) -> Vec<BuiltAs<'m>> {
        let resolution = self.resolution();
        if resolution.kind != ResolutionKind::Module {
            return Vec::new();
        }
        let importing = self.file().package().module();
        let universe = importing.universe();
        let vendored = universe.vendored_module(self.path()).and_then(|module| module.source());
        let mut built = Vec::new();
        for (at, module) in resolution.candidates().enumerate() {
            let of_list = || vendored.as_ref().map(|source| source.path.clone()).filter(|path| path != module);
            let Some(replacing) = universe.replacing(module).or_else(of_list) else { continue };
            let Some(below) = module.subpath(self.path()) else { continue };
            let path = if below.is_empty() { replacing.to_string() } else { format!("{replacing}/{below}") };
            let line = universe.replaced_by(module).map(|at| Replacement::new(importing.model(), at));
            let requirement = importing.requirement_on(module);
            built.push(BuiltAs { path, line, requirement, is_unlikely: at > 0 });
        }
        built
    }
}
