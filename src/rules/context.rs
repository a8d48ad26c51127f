//! The facts that a rule reads, narrowed to the scope of one policy entry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::{OwnFiles, ReachFacts, ReadsModules, WholeState};
use super::identity;
use crate::finding::{Evidence, Label, Violation};
use crate::go::ModulePath;
use crate::model::{
    Basis, Chains, Directory, Exclusion, File, Import, ImportJudge, ImportedFacts, Model, Module, Package,
    PackageGraph, Replacement, Requirement, Resolution, ResolutionKind, Vendor, Workspace,
};
use crate::policy::{CaptureValues, PackagePatterns, Pattern, Scope, Subject};
use crate::text::{FileId, Files, RepoPath};

/// The facts in scope of one entry: those that every rule can read, and `F`, those that a rule asks for.
#[derive(Clone, Copy, Debug)]
pub struct Context<'m, F = ()> {
    model: &'m Model,
    files: &'m Files,
    scope: &'m Scope,
    below: &'m RepoPath,
    /// The only packages of which some can be in scope, where that is known.
    among: Option<&'m [Package<'m>]>,
    facts: F,
}

impl<'m> Context<'m> {
    /// The facts that `scope` covers in the directory `below`.
    pub fn new(model: &'m Model, files: &'m Files, scope: &'m Scope, below: &'m RepoPath) -> Self {
        Self { model, files, scope, below, among: None, facts: () }
    }
}

impl<'m, F: Copy + ReadsModules> Context<'m, F> {
    /// The facts that the rule asks for.
    pub fn facts(self) -> F {
        self.facts
    }

    /// The same with other facts that a rule asks for.
    pub fn with<G>(self, facts: G) -> Context<'m, G> {
        let Self { model, files, scope, below, among, .. } = self;
        Context { model, files, scope, below, among, facts }
    }

    /// The same in another scope, which covers no packages but some of these.
    pub(super) fn with_scope<'s>(self, scope: &'s Scope, among: Option<&'s [Package<'s>]>) -> Context<'s, F>
    where
        'm: 's,
    {
        let Self { model, files, below, facts, .. } = self;
        Context { model, files, scope, below, among, facts }
    }

    /// The scope of the entry.
    pub(super) fn scope(self) -> &'m Scope {
        self.scope
    }

    /// The values that the captures of these patterns have for packages of the repository and for imported ones.
    pub(super) fn captured_by(self, patterns: &PackagePatterns) -> BTreeSet<CaptureValues> {
        let mut subjects: Vec<Subject<'m>> = self.packages().map(package_subject).collect();
        subjects.extend(self.imports().map(|import| self.imported(import)));
        subjects.iter().filter_map(|subject| patterns.find(subject)?.captured(subject)).collect()
    }

    /// The values that the captures of `from` have, and the packages in scope that have them.
    pub(super) fn captured_by_importers(self) -> BTreeMap<CaptureValues, Vec<Package<'m>>> {
        let mut packages: BTreeMap<CaptureValues, Vec<Package<'m>>> = BTreeMap::new();
        let Some(from) = &self.scope.from else { return packages };
        for file in self.go_files() {
            let importer = self.importer(file);
            let Some(values) = from.find(&importer).and_then(|pattern| pattern.captured(&importer)) else { continue };
            let of_values = packages.entry(values).or_default();
            if of_values.last() != Some(&file.package()) {
                of_values.push(file.package());
            }
        }
        packages
    }

    /// The same without the facts that the rule asks for.
    pub fn plain(self) -> Context<'m> {
        self.with(())
    }

    /// The facts without a scope, for the identities of findings.
    pub fn model(self) -> &'m Model {
        self.model
    }

    /// The modules in scope whose module file is below the policy's directory.
    pub fn modules(self) -> impl Iterator<Item = Module<'m>> {
        self.model.modules().filter(move |module| {
            let path = self.path(module.file());
            path.is_within(self.below) && self.covers_module(*module) && self.scope.covers_file(path)
        })
    }

    /// The workspaces in scope whose file is below the policy's directory.
    pub fn workspaces(self) -> impl Iterator<Item = Workspace<'m>> {
        self.model.workspaces().filter(move |workspace| {
            let path = self.path(workspace.file());
            path.is_within(self.below) && self.scope.covers_file(path)
        })
    }

    /// The module whose file is in this directory of the repository, in scope or not.
    pub fn module_in(self, dir: &RepoPath) -> Option<Module<'m>> {
        self.model.module_in(dir)
    }

    /// The modules by path, in scope or not; of several of one path the first by directory.
    pub fn modules_by_path(self) -> HashMap<&'m ModulePath, Module<'m>> {
        let mut by_path = HashMap::new();
        for module in self.model.modules() {
            by_path.entry(module.path()).or_insert(module);
        }
        by_path
    }

    /// The workspaces below the policy's directory that do not count, because `GOWORK` says so: the directory of each
    /// and the files in scope.
    pub fn left_out_workspaces(self) -> impl Iterator<Item = (&'m RepoPath, FileId)> {
        let files =
            self.model.left_out_workspaces().flat_map(|(dir, files)| files.iter().map(move |file| (dir, *file)));
        files.filter(move |(_, file)| {
            let path = self.path(*file);
            path.is_within(self.below) && self.scope.covers_file(path)
        })
    }

    /// The `replace` lines of the modules and workspaces in scope.
    pub fn replacements(self) -> impl Iterator<Item = Replacement<'m>> {
        self.modules().flat_map(Module::replacements).chain(self.workspaces().flat_map(Workspace::replacements))
    }

    /// The `exclude` lines of the modules in scope.
    pub fn exclusions(self) -> impl Iterator<Item = Exclusion<'m>> {
        self.modules().flat_map(Module::exclusions)
    }

    /// The vendor directories of modules and workspaces in scope; a finding in one is checked with
    /// [`Context::covers`] by its file.
    pub fn vendors(self) -> impl Iterator<Item = Vendor<'m>> {
        self.model.vendors().filter(move |vendor| vendor.mains().iter().any(|module| self.covers_module(*module)))
    }

    /// Whether a list of checksums is in scope: its file, and the module beside it if there is one.
    pub fn covers_sums(self, file: FileId) -> bool {
        let dir = self.path(file).parent();
        let module = dir.and_then(|dir| self.model.module_in(&dir));
        self.covers(file) && module.is_none_or(|module| self.covers_module(module))
    }

    /// The facts about a directory that a `replace` or `use` line leads to.
    pub fn directory(self, dir: &RepoPath) -> Directory<'m> {
        self.model.directory(dir)
    }

    /// The packages of the repository, in scope or not.
    pub fn packages(self) -> impl Iterator<Item = Package<'m>> {
        self.model.packages()
    }

    /// Finds the imports of this state that no build can compile; asked about imports one by one.
    pub fn import_judge(self, facts: ImportedFacts<'m>) -> ImportJudge<'m> {
        ImportJudge::new(self.model, facts)
    }

    /// A required module, as patterns see it. One that is a module of this repository too is of the workspace.
    pub fn required(self, requirement: Requirement<'m>) -> Subject<'m> {
        let path = &requirement.line().path.value;
        Subject { in_workspace: self.model.has_module(path), ..Subject::external(path.as_str()) }
    }

    /// A module by its path, as patterns see it. One that is a module of this repository too is of the workspace.
    pub fn module_named(self, path: &'m str) -> Subject<'m> {
        Subject { in_workspace: self.model.has_module(&ModulePath::new(path)), ..Subject::external(path) }
    }
}

impl<'m> Context<'m, WholeState> {
    /// The imports between all packages of the repository, in scope or not, in the builds with the tags of the entry.
    pub(crate) fn package_graph(self) -> PackageGraph<'m> {
        PackageGraph::new(self.model, self.scope.tags.as_deref())
    }
}

impl<'m> Context<'m, ReachFacts<'m>> {
    /// The same without the graph of all imports.
    pub(crate) fn own_files(self) -> Context<'m, OwnFiles> {
        let Self { model, files, scope, below, among, .. } = self;
        Context { model, files, scope, below, among, facts: OwnFiles }
    }

    /// A search for chains of imports in the builds with the tags of the entry; `None` if no entry asks for chains.
    pub(crate) fn chains(self) -> Option<Chains<'m>> {
        Some(self.facts.0?.chains(self.scope.tags.as_deref()))
    }
}

impl<'m, F: Copy> Context<'m, F> {
    /// Whether a module cache was available, even an empty one.
    pub fn has_module_cache(self) -> bool {
        self.model.has_module_cache()
    }

    /// Whether a file that is not one of a package is in scope.
    pub fn covers(self, file: FileId) -> bool {
        let path = self.path(file);
        path.is_within(self.below) && self.scope.covers_file(path)
    }

    /// The Go files in scope.
    pub fn go_files(self) -> impl Iterator<Item = File<'m>> {
        let all = if self.among.is_some() { 0 } else { usize::MAX };
        let packages = self.among.into_iter().flatten().copied().chain(self.model.packages().take(all));
        let packages = packages.filter(move |package| self.covers_package(*package));
        packages.flat_map(Package::files).filter(move |file| self.covers_file(*file))
    }

    /// The imports of the Go files in scope.
    pub fn imports(self) -> impl Iterator<Item = Import<'m>> {
        self.go_files().flat_map(File::imports)
    }

    /// The imports in scope for which `judge` returns a value. It is asked once for each path that a module imports,
    /// in tests and outside, since nothing else enters a subject.
    pub fn judge_imports<T: Copy>(self, judge: impl Fn(&Subject<'m>) -> Option<T>) -> Vec<(Import<'m>, T)> {
        let mut known: HashMap<(*const Resolution, bool), Option<T>> = HashMap::new();
        let mut judged = Vec::new();
        for import in self.imports() {
            let key = (std::ptr::from_ref(import.resolution()), import.file().is_test());
            let verdict = known.entry(key).or_insert_with(|| judge(&self.imported(import)));
            judged.extend(verdict.map(|verdict| (import, verdict)));
        }
        judged
    }

    /// The file's path.
    pub fn path(self, file: FileId) -> &'m RepoPath {
        self.files.get(file).path()
    }

    /// An imported package, as patterns see it.
    pub fn imported(self, import: Import<'m>) -> Subject<'m> {
        imported_package(import)
    }

    /// Whether the entry names the build tags that are set.
    pub fn names_tags(self) -> bool {
        self.scope.tags.is_some()
    }

    /// Whether an import is in scope.
    pub(crate) fn covers_import(self, import: Import<'m>) -> bool {
        self.covers_package(import.file().package()) && self.covers_file(import.file())
    }

    /// The package that is built under another path than that of the import, as patterns see it.
    pub(crate) fn built<'s>(self, import: Import<'m>, path: &'s str) -> Subject<'s> {
        let module = import.file().package().module();
        let is_own = || module.named_dir(path) == module.dir_of(path);
        let relative = module.path().subpath(path).filter(|_| is_own());
        let in_module = relative.is_some();
        Subject { relative, in_module, in_workspace: in_module, ..Subject::external(path) }
    }

    /// An importing file's package, as patterns see it.
    pub fn importer(self, file: File<'m>) -> Subject<'m> {
        // Along the history a file is judged without the others of its package.
        let program = !file.is_test() && file.package_name() == Some("main");
        Subject { test: file.is_test(), program, ..place_of(file.package()) }
    }

    /// A violation at an import: the importing package and the imported path are its subject.
    pub fn at_import(self, import: Import<'m>, message: String) -> Violation {
        let file = import.file();
        let primary = Label::new(file.id(), import.spec().path_span, "imported here");
        Violation {
            help: import.resolution().is_guess().then(|| GUESS.to_owned()),
            evidence: evidence(import.resolution().basis),
            constraint: file.constraint().map(ToString::to_string),
            about: Some(import.path().to_owned()),
            ..Violation::new(identity::at_import(import), message, primary)
        }
    }

    fn covers_module(self, module: Module<'m>) -> bool {
        self.scope.covers_module(&Subject::module(module.path().as_str(), module.dir().as_str()))
    }

    fn covers_package(self, package: Package<'m>) -> bool {
        // `$test` in `from` is about the file, so a package counts where either kind of file would.
        let subject = package_subject(package);
        let covers =
            |test: bool| self.scope.covers_package(&Subject { test, program: subject.program && !test, ..subject });
        self.covers_module(package.module()) && (covers(false) || covers(true))
    }

    fn covers_file(self, file: File<'m>) -> bool {
        let path = self.path(file.id());
        path.is_within(self.below)
            && self.is_in_asked_build(file)
            && self.scope.tests.admits(file.is_test())
            && self.scope.generated.admits(file.is_generated())
            && self.scope.covers_file(path)
            && self.scope.covers_package(&self.importer(file))
    }

    fn is_in_asked_build(self, file: File<'m>) -> bool {
        let Some(tags) = &self.scope.tags else { return file.is_in_some_build() };
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        !file.is_never_built() && file.constraint().is_none_or(|constraint| constraint.may_include(&tags))
    }
}

/// Said of an import that several requirements could provide.
pub(super) const GUESS: &str =
    "several required modules could provide this package, and none is in the module cache, so this is a guess";

/// The line of policy that decided.
pub(super) fn policy_line(pattern: &Pattern, message: &str) -> Label {
    Label::new(pattern.file(), pattern.span(), message)
}

/// An imported package, as patterns see it.
pub(crate) fn imported_package(import: Import<'_>) -> Subject<'_> {
    let module = import.file().package().module();
    let resolution = import.resolution();
    let below = module.path().subpath(import.path());
    let first_party = matches!(resolution.kind, ResolutionKind::Main | ResolutionKind::Workspace);
    // A package of this module that is not there, generated perhaps, still is one of the module's by name.
    let in_module =
        resolution.kind == ResolutionKind::Main || (resolution.kind == ResolutionKind::Unknown && below.is_some());
    Subject {
        path: import.path(),
        relative: if in_module { below } else { None },
        std: resolution.kind == ResolutionKind::Std,
        in_module,
        in_workspace: in_module || first_party,
        test: import.file().is_test(),
        program: false,
    }
}

/// A package of the repository, as patterns see it.
pub(crate) fn package_subject(package: Package<'_>) -> Subject<'_> {
    Subject { program: package.is_program(), ..place_of(package) }
}

/// The same, without the content of its files.
fn place_of(package: Package<'_>) -> Subject<'_> {
    Subject {
        path: package.path(),
        relative: Some(package.relative()),
        std: package.module().path().as_str() == "std",
        in_module: true,
        in_workspace: true,
        test: false,
        program: false,
    }
}

/// The evidence of a fact of the model, in the words of findings.
pub(crate) fn evidence(basis: Basis) -> Evidence {
    match basis {
        Basis::Source => Evidence::Source,
        Basis::Vendor => Evidence::Vendor,
        Basis::ModuleCache => Evidence::ModuleCache,
    }
}
