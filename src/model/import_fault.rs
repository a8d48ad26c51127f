//! Why no build can compile an import, as far as the repository, its vendor directories and the module cache show.
//!
//! Source: `modload/import.go: importFromModules`; `load/pkg.go: disallowInternal`, `disallowVendor`, `loadImport`.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::question::Question;
use super::replaces::SourceHome;
use super::resolve::{Providers, Required, Resolver, Universe, question};
use super::tidy::is_standard;
use super::{File, Import, ImportedFacts, Model, Module, Package, ResolutionKind};
use crate::go::{BuildConstraint, ImportPath, ModulePath, ModuleVersion, VENDOR, is_go_file, is_newer_than_known};
use crate::text::RepoPath;

/// Why no build can compile an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportFault<'m> {
    /// The path is relative, as `./x`.
    Relative,
    /// The path is absolute, as `/x`.
    Absolute,
    /// The path is the name of a pattern, such as `all`.
    Pattern,
    /// No module can have a package of this path; why, in the go command's words.
    Malformed(String),
    /// The path has an element `vendor`; the path after it.
    Vendored(&'m str),
    /// The package is `internal` to the packages below this path; an empty one is the standard library.
    Internal(&'m str),
    /// The package is a program.
    Program,
    /// The path has no dot in its first element and is not in the standard library.
    NotInStd,
    /// The package belongs to the commands of Go itself.
    OfGoCommand,
    /// The package is `builtin`, which only documents Go's predeclared names: the go command finds it, but the compiler does not.
    Builtin,
    /// The package would be the main module's, and this directory has no Go file.
    NoGoFiles(RepoPath),
    /// The directory has only tests.
    OnlyTests(RepoPath),
    /// No build that has the importing file has a file of the package.
    Excluded(RepoPath),
    /// No required module could have the package by its path.
    NotProvided,
    /// The same, but a `replace` line is for a module that could have it.
    ReplacedOnly(&'m str),
    /// The required modules that could have the package by their paths do not have it.
    Lacking(Vec<LackingModule>),
    /// The go command builds from the vendor directory, whose list lacks the package.
    NotVendored,
    /// Several modules have the package.
    Ambiguous(Vec<&'m ModulePath>),
    /// The importing package imports this as well, which differs in letter case only.
    Collides(&'m str),
}

/// A required module that does not have a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LackingModule {
    /// The module that is required, and its version.
    pub module: ModuleVersion,
    /// The directory where the package would be, if the source of the module is in the repository.
    pub dir: Option<RepoPath>,
}

/// An import that no build can compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyImport<'m> {
    /// Why.
    pub fault: ImportFault<'m>,
    /// The fact that the answer depends on and that was not read, if there is one.
    pub doubt: Option<Doubt>,
}

/// The reasons why a build may compile an import anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Only builds with tags that somebody sets have the file.
    Tags,
    /// Git ignores the files that are missing, so a step before the build may generate them.
    Generated,
    /// Another module of the workspace may bring in the module, or a higher version of it.
    Workspace,
    /// The module is for a release of Go that is newer than the known ones.
    NewerGo,
}

/// The known facts about imported packages other than the repository's own files.
#[derive(Clone, Debug, Default)]
pub struct ImportEvidence {
    /// The answers of the module cache.
    pub answers: HashMap<Question, bool>,
    /// The paths that could not be seen.
    pub unseen: Vec<RepoPath>,
    /// The directories without Go files in which Git would ignore Go files.
    pub ignored: BTreeSet<RepoPath>,
}

impl Model {
    /// The same with the known facts about imported packages.
    pub fn with_import_evidence(self, evidence: ImportEvidence) -> Self {
        Self { import_evidence: Some(evidence), ..self }
    }

    /// The questions about imported packages that only the module cache can answer, each once, sorted. If a vendor
    /// directory is used there is none.
    pub fn import_questions(&self) -> Vec<Question> {
        let mut questions = BTreeSet::new();
        for (module, path) in
            self.imported_paths(&[ResolutionKind::Main, ResolutionKind::Module, ResolutionKind::Unknown])
        {
            let universe = module.universe();
            if !universe.is_vendored() {
                questions.extend(universe.candidates(path).filter_map(|required| question(required, path)));
            }
        }
        questions.into_iter().collect()
    }

    /// The directories of the repository where imported packages would be, and that have no Go file.
    pub fn missing_package_dirs(&self) -> BTreeSet<RepoPath> {
        let mut dirs = BTreeSet::new();
        for (module, path) in self.imported_paths(&[ResolutionKind::Unknown]) {
            dirs.extend(self.dir_of_missing(module, path));
            dirs.extend(module.universe().candidates(path).filter_map(|required| directory_of(required, path)));
        }
        dirs
    }

    /// The imports of each module that are in a place of one of these kinds, each path once.
    fn imported_paths(&self, kinds: &[ResolutionKind]) -> Vec<(Module<'_>, &str)> {
        let mut seen = vec![false; self.resolutions.len()];
        let mut paths = Vec::new();
        for import in self.imports() {
            let is_seen = std::mem::replace(&mut seen[import.data().resolution], true);
            if !is_seen && kinds.contains(&import.resolution().kind) {
                paths.push((import.file().package().module(), import.path()));
            }
        }
        paths
    }

    /// Where a package of a main module would be that is not there.
    fn dir_of_missing(&self, module: Module<'_>, path: &str) -> Option<RepoPath> {
        ImportPath::new(path).check().ok()?;
        let main = &self.modules[module.universe().main_above(path)?];
        Some(main.dir.join(main.path.subpath(path)?))
    }
}

/// Checks imports one by one, and remembers the results that are the same for all imports of a path in a module.
#[derive(Debug)]
pub struct ImportJudge<'m> {
    model: &'m Model,
    evidence: &'m ImportEvidence,
    packages: HashMap<&'m RepoPath, Package<'m>>,
    /// The paths that could not be looked into.
    hidden: HashSet<RepoPath>,
    /// The directories with a Go file that could not be read.
    half_seen: HashSet<RepoPath>,
    /// Where the repository has the standard library itself.
    std_dir: Option<&'m RepoPath>,
    /// By the number of the resolution.
    known: HashMap<usize, PathVerdict<'m>>,
    folded: FoldedPaths<'m>,
}

/// The imports of one package that have capital letters, by their paths in lower case.
#[derive(Debug, Default)]
struct FoldedPaths<'m> {
    package: Option<Package<'m>>,
    paths: HashMap<String, BTreeSet<&'m str>>,
}

/// The result that all imports of a path in a module have in common.
#[derive(Clone, Debug)]
enum PathVerdict<'m> {
    /// It is unknown, or not to be reported here.
    Open,
    /// The package is there; its directory if that is in the repository.
    Found(Option<RepoPath>),
    /// It is not.
    Faulty(FaultyImport<'m>),
}

impl<'m> ImportJudge<'m> {
    /// For the imports of a model.
    pub fn new(model: &'m Model, ImportedFacts(evidence): ImportedFacts<'m>) -> Self {
        let std_dir = model.modules().find(|module| module.path().as_str() == "std").map(Module::dir);
        let unseen = &evidence.unseen;
        let is_go = |path: &&RepoPath| is_go_file(path.file_name());
        Self {
            packages: model.packages().map(|package| (package.dir(), package)).collect(),
            hidden: model.hidden_dirs.iter().chain(unseen).cloned().collect(),
            half_seen: unseen.iter().filter(is_go).filter_map(RepoPath::parent).collect(),
            model,
            evidence,
            std_dir,
            known: HashMap::new(),
            folded: FoldedPaths::default(),
        }
    }

    /// Why no build can compile an import; `None` if one can, or if that is unknown. Files that no build has are not
    /// asked about.
    pub fn judge(&mut self, import: Import<'m>) -> Option<FaultyImport<'m>> {
        let number = import.data().resolution;
        if !self.known.contains_key(&number) {
            let verdict = self.of_path(import.file().package().module(), import.path());
            self.known.insert(number, verdict);
        }
        let verdict = self.known.get(&number)?;
        let found = match verdict {
            PathVerdict::Open => return None,
            PathVerdict::Faulty(faulty) => Some(faulty.clone()),
            PathVerdict::Found(dir) => {
                let dir = dir.clone();
                self.of_found(import, dir.as_ref()).map(|fault| FaultyImport { fault, doubt: None })
            }
        };
        let FaultyImport { fault, doubt } = found?;
        let doubt = doubt.or_else(|| needs_tags(import.file()).then_some(Doubt::Tags));
        Some(FaultyImport { fault, doubt })
    }

    fn of_path(&self, module: Module<'m>, path: &'m str) -> PathVerdict<'m> {
        let universe = module.universe();
        let is_broken = |main: usize| !self.model.modules[main].parsed.errors.is_empty();
        if path == "C" || universe.main_modules().any(is_broken) {
            return PathVerdict::Open;
        }
        if let Some(fault) = fault_of_form(path) {
            return PathVerdict::Faulty(FaultyImport { fault, doubt: None });
        }
        if self.is_standard_here(module, path) {
            return PathVerdict::Found(None);
        }
        let resolver = self.resolver();
        let providers = resolver.providers(universe, path);
        if let [main, others @ ..] = providers.mains.as_slice() {
            return self.of_main(module, path, *main, others, &providers);
        }
        if universe.is_vendored() {
            return self.of_vendored(module, path);
        }
        let having: Vec<&ModulePath> = providers.having.iter().map(|required| &required.path).collect();
        match having.as_slice() {
            [] if providers.is_open || self.excludes_candidate(universe, path) => PathVerdict::Open,
            [] => self.of_missing(module, path, &providers.lacking),
            [_] => PathVerdict::Found(providers.having.first().and_then(|required| directory_of(required, path))),
            _ => PathVerdict::Faulty(FaultyImport { fault: ImportFault::Ambiguous(having), doubt: None }),
        }
    }

    /// Whether the package is of the standard library, or of Go's own commands where they are in the repository.
    fn is_standard_here(&self, module: Module<'m>, path: &str) -> bool {
        let in_repository = |root: &RepoPath| self.model.layout.contains_package(root, &root.join(path));
        crate::go::std_package(path).is_some()
            || self.std_dir.is_some_and(in_repository)
            || (is_of_go(module) && path.starts_with("cmd/"))
    }

    /// A package that a main module has.
    fn of_main(
        &self,
        module: Module<'m>,
        path: &'m str,
        main: usize,
        others: &[usize],
        providers: &Providers<'m>,
    ) -> PathVerdict<'m> {
        let universe = module.universe();
        let others = others.iter().map(|&other| &self.model.modules[other].path);
        // In a workspace the go command looks at requirements only if no main module has the package.
        let asks_requirements = !universe.is_vendored() && module.workspace().is_none();
        let required = providers.having.iter().map(|required| &required.path).filter(|_| asks_requirements);
        let vendored = universe.vendored_module(path).map(|vendored| &vendored.path.value);
        let main = &self.model.modules[main];
        let all: Vec<&ModulePath> = std::iter::once(&main.path).chain(others).chain(required).chain(vendored).collect();
        if all.len() > 1 {
            return PathVerdict::Faulty(FaultyImport { fault: ImportFault::Ambiguous(all), doubt: None });
        }
        let below = if main.path.as_str() == "std" { Some(path) } else { main.path.subpath(path) };
        below.map_or(PathVerdict::Open, |below| PathVerdict::Found(Some(main.dir.join(below))))
    }

    /// A package that has to be in the vendor directory.
    fn of_vendored(&self, module: Module<'m>, path: &'m str) -> PathVerdict<'m> {
        let universe = module.universe();
        if universe.vendored_module(path).is_some() {
            return PathVerdict::Found(None);
        }
        match self.of_missing(module, path, &[]) {
            PathVerdict::Faulty(FaultyImport {
                fault: ImportFault::NotProvided | ImportFault::ReplacedOnly(_),
                ..
            }) => PathVerdict::Faulty(FaultyImport { fault: ImportFault::NotVendored, doubt: None }),
            verdict => verdict,
        }
    }

    /// A package that nothing has.
    fn of_missing(&self, module: Module<'m>, path: &'m str, lacking: &[&Required]) -> PathVerdict<'m> {
        let universe = module.universe();
        let faulty = |fault, doubt| PathVerdict::Faulty(FaultyImport { fault, doubt });
        if let Some(dir) = self.model.dir_of_missing(module, path) {
            if self.is_hidden(&dir) {
                return PathVerdict::Open;
            }
            let is_ignored = self.evidence.ignored.contains(&dir);
            return faulty(ImportFault::NoGoFiles(dir), is_ignored.then_some(Doubt::Generated));
        }
        if !lacking.is_empty() {
            return self.of_lacking(universe, path, lacking);
        }
        if is_standard(path) {
            let is_newer = module.go_mod().go.as_ref().is_some_and(|go| is_newer_than_known(&go.value));
            let fault = if path.starts_with("cmd/") { ImportFault::OfGoCommand } else { ImportFault::NotInStd };
            return faulty(fault, is_newer.then_some(Doubt::NewerGo));
        }
        let fault = universe.replaced_above(path).map_or(ImportFault::NotProvided, ImportFault::ReplacedOnly);
        faulty(fault, Self::doubt(universe))
    }

    /// A package that the modules which could have it do not have.
    fn of_lacking(&self, universe: &Universe, path: &str, lacking: &[&Required]) -> PathVerdict<'m> {
        let mut modules = Vec::new();
        for required in lacking {
            let module = ModuleVersion { path: required.path.clone(), version: required.version.clone() };
            modules.push(LackingModule { module, dir: directory_of(required, path) });
        }
        let mut dirs = modules.iter().filter_map(|lacking| lacking.dir.as_ref());
        if dirs.clone().any(|dir| self.is_hidden(dir)) {
            return PathVerdict::Open;
        }
        let is_ignored = dirs.any(|dir| self.evidence.ignored.contains(dir));
        let is_downloaded = modules.iter().any(|lacking| lacking.dir.is_none());
        let of_workspace = Self::doubt(universe).filter(|_| is_downloaded);
        let doubt = is_ignored.then_some(Doubt::Generated).or(of_workspace);
        PathVerdict::Faulty(FaultyImport { fault: ImportFault::Lacking(modules), doubt })
    }

    /// The reason why a module could be added that no main module requires, or a higher version of one.
    fn doubt(universe: &Universe) -> Option<Doubt> {
        universe.main_modules().nth(1).is_some().then_some(Doubt::Workspace)
    }

    /// Whether a module that could have the package is required at a version that is excluded.
    fn excludes_candidate(&self, universe: &Universe, path: &str) -> bool {
        let mains = universe.main_modules().map(|main| self.model.modules[main].go_mod());
        mains.flat_map(|go_mod| &go_mod.exclude).any(|line| line.path.value.subpath(path).is_some())
    }

    /// The fault of importing a package that exists.
    fn of_found(&mut self, import: Import<'m>, dir: Option<&RepoPath>) -> Option<ImportFault<'m>> {
        let fault = dir.and_then(|dir| self.of_directory(import, dir));
        fault.or_else(|| breach_of_internal(import)).or_else(|| self.collision(import))
    }

    /// The fault of importing the package in a directory of the repository.
    fn of_directory(&self, import: Import<'m>, dir: &RepoPath) -> Option<ImportFault<'m>> {
        if self.is_hidden(dir) {
            return None;
        }
        let package = self.packages.get(dir)?;
        let importer = import.file();
        let is_self = importer.package() == *package;
        let built: Vec<File<'m>> = package.files().filter(|file| is_built(*file)).collect();
        let (tests, sources): (Vec<File<'m>>, Vec<File<'m>>) = built.into_iter().partition(|file| file.is_test());
        if sources.is_empty() && !tests.is_empty() {
            // The tests inside a package are a package for those outside.
            let is_inside = |file: &File<'m>| file.package_name().is_some_and(|name| !name.ends_with("_test"));
            let is_there = is_self && tests.iter().any(is_inside);
            return (!is_there).then(|| ImportFault::OnlyTests(dir.clone()));
        }
        let mut common = sources.iter().filter(|file| meet(importer.constraint(), file.constraint())).peekable();
        if common.peek().is_none() {
            return Some(ImportFault::Excluded(dir.clone()));
        }
        let is_main = |file: &File<'m>| file.package_name() == Some("main");
        let is_program = !is_self && common.all(is_main);
        // A file that only a tag of its own builds may name programs that are run as tools.
        let names_tool = import.name() == Some("_") && needs_tags(importer);
        (is_program && !names_tool).then_some(ImportFault::Program)
    }

    /// Another import of the same package that differs in letter case only.
    fn collision(&mut self, import: Import<'m>) -> Option<ImportFault<'m>> {
        let has_capitals = |path: &str| path.bytes().any(|byte| byte.is_ascii_uppercase());
        if !has_capitals(import.path()) {
            return None;
        }
        let package = import.file().package();
        if self.folded.package != Some(package) {
            self.folded = FoldedPaths { package: Some(package), paths: HashMap::new() };
            let files = package.files().filter(|file| is_built(*file));
            for path in files.flat_map(File::imports).map(Import::path) {
                self.folded.paths.entry(path.to_ascii_lowercase()).or_default().insert(path);
            }
        }
        let alike = self.folded.paths.get(&import.path().to_ascii_lowercase())?;
        alike.iter().find(|path| **path != import.path()).map(|path| ImportFault::Collides(path))
    }

    /// Whether a directory, or one above it, could not be looked into, or a Go file in it could not be read.
    fn is_hidden(&self, dir: &RepoPath) -> bool {
        self.half_seen.contains(dir)
            || (!self.hidden.is_empty() && dir.ancestors().any(|dir| self.hidden.contains(&dir)))
    }

    fn resolver(&self) -> Resolver<'m> {
        Resolver { modules: &self.model.modules, layout: &self.model.layout, answers: &self.evidence.answers }
    }
}

/// The fault of a path wherever it is imported, as the go command checks it before it looks for a package.
fn fault_of_form(path: &str) -> Option<ImportFault<'_>> {
    if matches!(path, "." | "..") || path.starts_with("./") || path.starts_with("../") {
        return Some(ImportFault::Relative);
    }
    if path.starts_with('/') {
        return Some(ImportFault::Absolute);
    }
    if matches!(path, "all" | "std" | "cmd" | "tool" | "work") {
        return Some(ImportFault::Pattern);
    }
    if path == "builtin" {
        return Some(ImportFault::Builtin);
    }
    if let Err(error) = ImportPath::new(path).check() {
        return Some(ImportFault::Malformed(error.to_string()));
    }
    after_element(path, VENDOR).map(ImportFault::Vendored)
}

/// The part after the last element of this name, if there is one (`load.FindVendor`).
fn after_element<'p>(path: &'p str, element: &str) -> Option<&'p str> {
    let inside = format!("/{element}/");
    match path.rfind(&inside) {
        Some(at) => Some(&path[at + inside.len()..]),
        None => path.strip_prefix(&inside[1..]),
    }
}

/// Whether a file imports an `internal` package from outside of the tree that may (`load.disallowInternal`): by import
/// path, and for the standard library by directory.
fn breach_of_internal(import: Import<'_>) -> Option<ImportFault<'_>> {
    let path = import.path();
    let parent = parent_of_internal(path)?;
    let importer = import.file().package();
    let is_of_std = parent.is_empty() || import.resolution().kind == ResolutionKind::Std;
    if is_of_std && !is_of_go(importer.module()) {
        return Some(ImportFault::Internal(""));
    }
    let below = importer.path().strip_prefix(parent);
    let is_inside = parent.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (!is_inside).then_some(ImportFault::Internal(parent))
}

/// The path of the tree that an `internal` package is for; empty where that begins with the path itself.
/// The last element counts (`load.findInternal`).
fn parent_of_internal(path: &str) -> Option<&str> {
    if let Some(parent) = path.strip_suffix("/internal") {
        return Some(parent);
    }
    if let Some(at) = path.rfind("/internal/") {
        return Some(&path[..at]);
    }
    (path == "internal" || path.starts_with("internal/")).then_some("")
}

/// Whether a module is a part of Go itself.
fn is_of_go(module: Module<'_>) -> bool {
    matches!(module.path().as_str(), "std" | "cmd")
}

/// The directory of a package of a requirement whose source is in the repository.
fn directory_of(required: &Required, path: &str) -> Option<RepoPath> {
    match &required.home {
        SourceHome::Directory(root) => Some(root.join(required.path.subpath(path)?)),
        SourceHome::Elsewhere | SourceHome::Cache(..) => None,
    }
}

/// Whether some build compiles a file: not one that only the tag `ignore` selects, and not one that is for documentation
/// (`go/build.(*Context).Import`).
fn is_built(file: File<'_>) -> bool {
    file.is_in_some_build() && file.package_name() != Some("documentation")
}

/// Whether only builds have the file that set a tag which no platform and no release sets.
fn needs_tags(file: File<'_>) -> bool {
    file.constraint().is_some_and(|constraint| !constraint.may_include(&[]))
}

/// Whether one build can have both files.
fn meet(one: Option<&BuildConstraint>, other: Option<&BuildConstraint>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.clone().and(other.clone()).satisfiable(),
        (Some(constraint), None) | (None, Some(constraint)) => constraint.satisfiable(),
        (None, None) => true,
    }
}
