//! Borrowed, `Copy` views of the model for rules and reports of facts.

use std::sync::Arc;

use super::resolve::Universe;
use super::{
    FileData, GraphFacts, ImportData, Model, ModuleData, ModuleGraph, PackageData, Reach, Requirement, Resolution,
    ResolutionKind, WorkspaceData,
};
use crate::go::{BuildConstraint, ModulePath, prefixes};
use crate::syntax::{GoMod, GoWork, ImportSpec};
use crate::text::{FileId, RepoPath, Span};

macro_rules! view {
    ($(#[$doc:meta])* $name:ident, $data:ident, $table:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'m> {
            model: &'m Model,
            index: usize,
        }

        impl<'m> $name<'m> {
            pub(super) fn new(model: &'m Model, index: usize) -> Self {
                Self { model, index }
            }

            pub(super) fn data(self) -> &'m $data {
                &self.model.$table[self.index]
            }
        }

        impl std::hash::Hash for $name<'_> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.index.hash(state);
            }
        }

        impl PartialEq for $name<'_> {
            fn eq(&self, other: &Self) -> bool {
                std::ptr::eq(self.model, other.model) && self.index == other.index
            }
        }

        impl Eq for $name<'_> {}
    };
}

view! {
    /// A module of the repository.
    Module, ModuleData, modules
}

view! {
    /// A workspace: the content of a `go.work`, and the modules that it joins.
    Workspace, WorkspaceData, workspaces
}

view! {
    /// A package of a module: a directory with Go files.
    Package, PackageData, packages
}

view! {
    /// A Go file of a package.
    File, FileData, files
}

view! {
    /// An import declaration.
    Import, ImportData, imports
}

impl<'m> Module<'m> {
    /// The module path; where the file states none, the directory's.
    pub fn path(self) -> &'m ModulePath {
        &self.data().path
    }

    /// The directory of the module file.
    pub fn dir(self) -> &'m RepoPath {
        &self.data().dir
    }

    /// The directory that the path of a package names in this module, there or not; `None` for a path that is not the
    /// module's. The packages of the module `std` are named without it.
    pub fn dir_of(self, package: &str) -> Option<RepoPath> {
        let below = if self.path().as_str() == "std" { Some(package) } else { self.path().subpath(package) };
        Some(self.dir().join(below?))
    }

    /// The directory that the path of a package names for this module, there or not: in the module of the repository
    /// with the longest path that could contain it, unless a requirement with a longer path could.
    pub fn named_dir(self, package: &str) -> Option<RepoPath> {
        let is_required =
            |path: &str| self.universe().could_provide(package).next().is_some_and(|it| it.as_str() == path);
        for path in prefixes(package) {
            let own =
                if self.path().as_str() == path { self.dir_of(package) } else { self.model.dir_in(path, package) };
            if own.is_some() {
                return own;
            }
            if is_required(path) {
                return None;
            }
        }
        None
    }

    /// The module file.
    pub fn file(self) -> FileId {
        self.data().file
    }

    /// The content of the module file.
    pub fn go_mod(self) -> &'m GoMod {
        self.data().go_mod()
    }

    /// Its packages, by directory.
    pub fn packages(self) -> impl Iterator<Item = Package<'m>> {
        self.data().packages.clone().map(move |index| Package::new(self.model, index))
    }

    /// The other main modules in directories below its own.
    pub fn modules_below(self) -> impl Iterator<Item = Module<'m>> {
        let model = self.model;
        let below = model.layout.modules_below(self.dir()).filter(|&index| index < model.mains);
        below.map(|index| Module::new(model, index))
    }

    /// Its packages that `go mod tidy` in this module looks at: those that its patterns match, and those that imports of
    /// these lead to.
    pub fn tidied_packages(self) -> impl Iterator<Item = Package<'m>> {
        self.packages().filter(|package| package.reach() != Reach::Import)
    }

    /// Its `require` lines, in order.
    pub fn requirements(self) -> impl Iterator<Item = Requirement<'m>> {
        self.go_mod().require.iter().map(move |line| Requirement::new(self, line))
    }

    /// The workspace that it is built in, if any.
    pub fn workspace(self) -> Option<Workspace<'m>> {
        let universe = self.data().universe;
        (universe < self.model.workspaces.len()).then(|| Workspace::new(self.model, universe))
    }

    /// The modules that it is built with, alone or with the other modules of its workspace.
    pub(super) fn universe(self) -> &'m Universe {
        &self.model.universes[self.data().universe]
    }

    /// Its module graph; `None` for a module that only a `replace` line leads to.
    pub fn graph(self, _: GraphFacts<'m>) -> Option<&'m ModuleGraph> {
        self.known_graph()
    }

    /// Its module graph, if graphs were loaded.
    pub(super) fn known_graph(self) -> Option<&'m ModuleGraph> {
        self.model.effects.of_modules.get(self.index)
    }

    /// Whether the go command builds it from a vendor directory by default.
    pub fn is_vendored(self) -> bool {
        self.universe().is_vendored()
    }

    /// Whether it is a main module, and not only put in place of another one by a `replace` line.
    pub(super) fn is_main(self) -> bool {
        self.index < self.model.mains
    }

    /// Its place in the model's list.
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// The model that it is a part of.
    pub fn model(self) -> &'m Model {
        self.model
    }
}

impl<'m> Workspace<'m> {
    /// The directory of the workspace file.
    pub fn dir(self) -> &'m RepoPath {
        &self.data().dir
    }

    /// The workspace file.
    pub fn file(self) -> FileId {
        self.data().file
    }

    /// The content of the workspace file.
    pub fn go_work(self) -> &'m GoWork {
        self.data().go_work()
    }

    /// The modules of the repository that it joins, in the order in which it uses them.
    pub fn modules(self) -> impl Iterator<Item = Module<'m>> {
        self.data().members.iter().map(move |&index| Module::new(self.model, index))
    }

    /// The module graph of all its modules together.
    pub fn graph(self, _: GraphFacts<'m>) -> Option<&'m ModuleGraph> {
        self.known_graph()
    }

    /// The module graph of all its modules together, if graphs were loaded.
    pub(super) fn known_graph(self) -> Option<&'m ModuleGraph> {
        self.model.effects.of_workspaces.get(self.index)
    }

    /// Whether the go command builds it from a vendor directory by default.
    pub fn is_vendored(self) -> bool {
        self.model.universes[self.index].is_vendored()
    }

    /// Its place in the model's list.
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// The model that it is a part of.
    pub fn model(self) -> &'m Model {
        self.model
    }
}

impl<'m> Package<'m> {
    /// Its place in the model's list.
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// The import path.
    pub fn path(self) -> &'m str {
        &self.data().path
    }

    /// The import path, to be kept.
    pub fn shared_path(self) -> Arc<str> {
        Arc::clone(&self.data().path)
    }

    /// The path below the module's root; empty for the root package.
    pub fn relative(self) -> &'m str {
        let rest = self.data().dir.strip_dir(self.module().dir()).unwrap_or_default();
        std::str::from_utf8(rest).unwrap_or_default()
    }

    /// The directory.
    pub fn dir(self) -> &'m RepoPath {
        &self.data().dir
    }

    /// How the go command comes to it.
    pub fn reach(self) -> Reach {
        self.data().reach
    }

    /// The module it belongs to.
    pub fn module(self) -> Module<'m> {
        Module::new(self.model, self.data().module)
    }

    /// Whether it is a program: some build has a file of the package `main` that is not a test.
    pub fn is_program(self) -> bool {
        let mut files = self.files().filter(|file| !file.is_test() && file.is_in_some_build());
        files.any(|file| file.package_name() == Some("main"))
    }

    /// Its files, by name, those for tests among them.
    pub fn files(self) -> impl Iterator<Item = File<'m>> {
        self.data().files.clone().map(move |index| File::new(self.model, index))
    }
}

impl<'m> File<'m> {
    /// Its place in the model's list.
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// The file.
    pub fn id(self) -> FileId {
        self.data().id
    }

    /// The package of its directory.
    pub fn package(self) -> Package<'m> {
        Package::new(self.model, self.data().package)
    }

    /// The name in its package clause, if it could be read.
    pub fn package_name(self) -> Option<&'m str> {
        self.data().clause.as_ref().map(|clause| &*clause.value)
    }

    /// The name in its package clause, as a place in the file; its start if it could not be read.
    pub fn clause_span(self) -> Span {
        self.data().clause.as_ref().map_or(Span::at(0), |clause| clause.span)
    }

    /// Whether its name ends in `_test.go`.
    pub fn is_test(self) -> bool {
        self.data().test
    }

    /// Whether it carries the mark of generated code.
    pub fn is_generated(self) -> bool {
        self.data().generated
    }

    /// In which builds it is, by its lines and its name; `None` for all.
    pub fn constraint(self) -> Option<&'m BuildConstraint> {
        self.data().constraint.as_ref()
    }

    /// Whether its build constraint is malformed, so that no build has it.
    pub fn is_never_built(self) -> bool {
        self.data().never
    }

    /// Whether it counts by default: some build has it that does not set the tag `ignore`, as `go mod tidy`
    /// sees it (`imports.AnyTags`).
    pub fn is_in_some_build(self) -> bool {
        !self.is_never_built() && self.constraint().is_none_or(BuildConstraint::any_tags)
    }

    /// Its imports, in order.
    pub fn imports(self) -> impl Iterator<Item = Import<'m>> {
        self.data().imports.clone().map(move |index| Import::new(self.model, index))
    }
}

impl<'m> Import<'m> {
    /// Its place in the model's list.
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// The import path.
    pub fn path(self) -> &'m str {
        &self.spec().path
    }

    /// The name it is given: an identifier, `.` or `_`.
    pub fn name(self) -> Option<&'m str> {
        self.spec().name.as_ref().map(|name| &*name.value)
    }

    /// The declaration as it was read.
    pub fn spec(self) -> &'m ImportSpec {
        &self.data().spec
    }

    /// The file that holds it.
    pub fn file(self) -> File<'m> {
        File::new(self.model, self.data().file)
    }

    /// The directory of the imported package, if that is one of a module of the repository by its path, there or not.
    pub fn own_dir(self) -> Option<RepoPath> {
        let importing = self.file().package().module();
        let resolution = self.resolution();
        match resolution.kind {
            ResolutionKind::Std | ResolutionKind::Cgo => None,
            ResolutionKind::Main => importing.dir_of(self.path()),
            ResolutionKind::Workspace => {
                let mut members = importing.workspace()?.modules();
                members.find(|member| Some(member.path()) == resolution.module.as_ref())?.dir_of(self.path())
            }
            ResolutionKind::Module => self.model.dir_in(resolution.module.as_ref()?.as_str(), self.path()),
            ResolutionKind::Unknown => importing.named_dir(self.path()),
        }
    }

    /// Where the imported package is.
    pub fn resolution(self) -> &'m Resolution {
        &self.model.resolutions[self.data().resolution]
    }
}
