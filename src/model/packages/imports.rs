//! The graph of imports in which chains are looked for: the packages of the repository, the packages of their dependencies as far
//! as they can be read, and the standard packages, which end a chain.
//!
//! It is made once for a state, and kept in the model without references into it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::edge::PackageEdge;
use super::outside::{FilePlace, OutsideContents, OutsideFile, OutsideSource, Unread};
use super::{PackageGraph, is_apart};
use crate::go::{BuildConstraint, BuildSet, Builds, ModuleVersion, file_name_constraint, std_package};
use crate::model::graph::Pruning;
use crate::model::replaces::SourceHome;
use crate::model::resolve::{Resolver, Universe};
use crate::model::{File, Import, Model, Module, Package, Question, ResolutionKind};
use crate::syntax::{FileConstraint, PackageDir};
use crate::text::{FastMap, RepoPath, Span};

/// Packages and their imports. The packages of the repository have the numbers that they have in the model; others come after
/// them.
#[derive(Clone, Debug)]
pub(crate) struct ImportGraph {
    pub(super) builds: Builds,
    /// How many packages are the repository's own.
    pub(super) own: usize,
    /// The other packages.
    pub(super) others: Vec<OtherNode>,
    /// The imports of each package outside of its tests.
    pub(super) edges: Vec<Vec<PackageEdge>>,
    /// The packages that import each package outside of tests, with the builds.
    pub(super) into: Vec<Vec<PackageEdge>>,
    /// Where each import of the model leads.
    targets: Vec<Option<u32>>,
    /// The builds that have each file of the model.
    files: Vec<BuildSet>,
    /// The files of packages outside of the model.
    pub(super) places: Vec<FilePlace>,
    /// The build constraint of each of them, by its lines and its name.
    pub(super) constraints: Vec<Option<Box<str>>>,
    /// The modules that are built together and whose go.mod files do not name all modules.
    incomplete: Vec<bool>,
    /// How many packages import another, each pair counted once.
    pub(super) imports: usize,
}

/// A package outside of the model, or one of the model that is built with other modules than its own, because a `replace` line puts its
/// module in place of a requirement.
#[derive(Clone, Debug)]
pub(super) struct OtherNode {
    /// The path by which it is imported.
    path: Arc<str>,
    /// The modules that it is built with, by their place in the model; `None` for the standard library.
    universe: Option<usize>,
    /// Its place in the model.
    package: Option<usize>,
    /// The module and version of a package of a dependency, if it is known.
    module: Option<String>,
    /// Its path by the module that replaces its own, if that is another one.
    replaced_path: Option<Box<str>>,
    unread: Option<Unread>,
    pub(super) imports: Arc<[OtherImport]>,
}

/// An import in a file outside of the model.
#[derive(Clone, Debug)]
pub(super) struct OtherImport {
    pub(super) path: Arc<str>,
    pub(super) builds: BuildSet,
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) span: Span,
}

/// A package of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GraphNode<'m> {
    pub(super) model: &'m Model,
    pub(super) graph: &'m ImportGraph,
    pub(super) at: usize,
}

/// The kinds of packages in the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NodeKind<'m> {
    /// One of the repository.
    Own(Package<'m>),
    /// One of the standard library. Its imports are not known.
    Std,
    /// One of a dependency.
    Outside,
}

impl<'m> GraphNode<'m> {
    /// Its number.
    pub(crate) fn number(self) -> usize {
        self.at
    }

    /// Whose it is.
    pub(crate) fn kind(self) -> NodeKind<'m> {
        match self.graph.package(self.at) {
            Some(package) => NodeKind::Own(Package::new(self.model, package)),
            None if self.other().is_some_and(|other| other.universe.is_none()) => NodeKind::Std,
            None => NodeKind::Outside,
        }
    }

    /// The import path.
    pub(crate) fn path(self) -> &'m str {
        self.graph.path(self.model, self.at)
    }

    /// Its path by the module that really is built.
    pub(crate) fn replaced_path(self) -> Option<&'m str> {
        self.other()?.replaced_path.as_deref()
    }

    /// Its module and version, if it is one of a dependency and that is known.
    pub(crate) fn module(self) -> Option<&'m str> {
        self.other()?.module.as_deref()
    }

    /// Why its imports are not known, if they are not.
    pub(crate) fn unread(self) -> Option<&'m Unread> {
        self.other()?.unread.as_ref()
    }

    /// Whether a package whose path begins with these characters may be among the imports of this one, directly or not, though
    /// nobody could read them. Where go.mod names all modules, no other module is.
    pub(crate) fn may_lead_to(self, beginning: &str) -> bool {
        let Some(universe) = self.other().and_then(|other| other.universe) else { return false };
        let is_above = |above: &str, below: &str| below.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
        let may_hold =
            |module: &str| module.starts_with(beginning) || module == beginning || is_above(module, beginning);
        let required = &self.model.universes[universe];
        self.graph.incomplete[universe] || required.required_paths().any(may_hold)
    }

    /// Whether it is built together with the packages of a module, and is no standard package.
    pub(crate) fn is_built_with(self, module: Module<'m>) -> bool {
        self.other().is_some_and(|other| other.universe == Some(module.data().universe))
    }

    /// The same for one package: packages of the repository are not among the imports of dependencies.
    pub(crate) fn may_reach(self, path: &str) -> bool {
        let is_standard = !path.split('/').next().unwrap_or_default().contains('.');
        is_standard || self.may_lead_to(path)
    }

    pub(super) fn other(self) -> Option<&'m OtherNode> {
        self.at.checked_sub(self.graph.own).map(|at| &self.graph.others[at])
    }
}

impl ImportGraph {
    /// The package to which an import of the model leads; `None` for one that nothing provides, and for `C`.
    pub(crate) fn target(&self, import: Import<'_>) -> Option<usize> {
        self.targets[import.index()].map(|at| at as usize)
    }

    /// The place in the model of a package of the repository.
    pub(super) fn package(&self, at: usize) -> Option<usize> {
        match at.checked_sub(self.own) {
            None => Some(at),
            Some(other) => self.others[other].package,
        }
    }

    /// The path by which packages import another.
    pub(super) fn path<'m>(&'m self, model: &'m Model, at: usize) -> &'m str {
        at.checked_sub(self.own).map_or_else(|| Package::new(model, at).path(), |other| &self.others[other].path)
    }

    /// The builds that have the file of an import.
    pub(super) fn builds_of(&self, import: Import<'_>) -> BuildSet {
        self.builds_of_file(import.file())
    }

    /// The builds that have a file of the model.
    pub(super) fn builds_of_file(&self, file: File<'_>) -> BuildSet {
        self.files[file.index()]
    }

    /// The imports of this path by a package that is not in the model, or that is built with other modules than its own.
    pub(super) fn imports_of(&self, from: usize, path: &str) -> impl Iterator<Item = &OtherImport> {
        let other = from.checked_sub(self.own).map(|at| &self.others[at]);
        other.map(|other| &*other.imports).unwrap_or_default().iter().filter(move |import| *import.path == *path)
    }
}

impl Model {
    /// The same with the graph of all imports.
    #[must_use]
    pub(crate) fn with_import_graph(mut self, source: &mut dyn OutsideSource) -> Self {
        let graph = GraphWalk::new(&self, source).run();
        self.import_graph = Some(Arc::new(graph));
        self
    }
}

/// An import path, as modules that are built together import it.
type Named = (usize, Arc<str>);

/// The walk from the packages of the repository to those of their dependencies.
struct GraphWalk<'m, 's> {
    model: &'m Model,
    source: &'s mut dyn OutsideSource,
    builds: Builds,
    dirs: FastMap<&'m RepoPath, usize>,
    /// The vendor directory of the modules that are built together.
    vendors: HashMap<usize, RepoPath>,
    answers: HashMap<Question, bool>,
    /// The packages that were found, by number.
    known: HashMap<Named, Option<usize>>,
    std: HashMap<Arc<str>, usize>,
    others: Vec<OtherNode>,
    read: HashMap<PackageDir, Option<Arc<[OtherImport]>>>,
    /// The builds that have each file of the model.
    files: Vec<BuildSet>,
    /// The imports of packages of the model, by their place.
    of_packages: HashMap<usize, Arc<[OtherImport]>>,
    places: Vec<FilePlace>,
    constraints: Vec<Option<Box<str>>>,
}

/// Where a package is.
enum Located {
    Own(usize),
    Std,
    In(PackageDir, Option<ModuleVersion>),
    Unread(Unread),
    /// No package has this path.
    Nowhere,
}

impl<'m, 's> GraphWalk<'m, 's> {
    fn new(model: &'m Model, source: &'s mut dyn OutsideSource) -> Self {
        let mut vendors = HashMap::new();
        for vendor in model.vendors.iter().filter(|vendor| vendor.used_list().is_some()) {
            let of = vendor.universe(model);
            let at = model.universes.iter().position(|universe| std::ptr::eq(universe, of));
            vendors.extend(at.map(|at| (at, vendor.dir.clone())));
        }
        Self {
            model,
            source,
            builds: Builds::default(),
            dirs: model.packages.iter().zip(0..).map(|(package, at)| (&package.dir, at)).collect(),
            vendors,
            answers: HashMap::new(),
            known: HashMap::new(),
            std: HashMap::new(),
            others: Vec::new(),
            read: HashMap::new(),
            files: Vec::new(),
            of_packages: HashMap::new(),
            places: Vec::new(),
            constraints: Vec::new(),
        }
    }

    fn run(mut self) -> ImportGraph {
        let model = self.model;
        let mut base = PackageGraph::new(model, None);
        for package in model.packages() {
            let one_name = base.builds_with_one_name(package);
            for file in package.files() {
                let of_file = base.builds_of(file);
                let is_documentation = file.package_name() == Some("documentation");
                // Tests in a package of their own are compiled apart.
                let limit = if is_apart(file) { base.builds.all() } else { one_name };
                let built = base.builds.both(of_file, limit);
                self.files.push(if is_documentation { BuildSet::NONE } else { built });
            }
        }
        let own_targets: Vec<Option<usize>> = model
            .imports()
            .map(|import| base.imported(import).filter(|package| self.is_at_home(*package, universe_of(import))))
            .collect();
        self.builds = base.builds;
        let mut wanted: BTreeSet<Named> = BTreeSet::new();
        for (import, own) in model.imports().zip(&own_targets) {
            if own.is_none() {
                wanted.extend(self.named(import));
            }
        }
        while !wanted.is_empty() {
            wanted = self.add(wanted);
        }
        let mut targets = Vec::with_capacity(own_targets.len());
        for (import, own) in model.imports().zip(own_targets) {
            let other = || self.named(import).and_then(|named| self.known.get(&named).copied().flatten());
            targets.push(own.or_else(other).map(|at| at as u32));
        }
        self.finish(targets)
    }

    /// A package of no module of the repository, as an import of the model names it.
    fn named(&self, import: Import<'m>) -> Option<Named> {
        let is_outside = matches!(import.resolution().kind, ResolutionKind::Std | ResolutionKind::Module);
        is_outside.then(|| (universe_of(import), Arc::from(import.path())))
    }

    /// Finds and reads packages, and returns those that they import and that are not known yet.
    fn add(&mut self, wanted: BTreeSet<Named>) -> BTreeSet<Named> {
        let model = self.model;
        let mut questions = BTreeSet::new();
        for (universe, path) in &wanted {
            questions.extend(self.resolver().questions(&model.universes[*universe], path));
        }
        questions.retain(|question| !self.answers.contains_key(question));
        let answers = self.source.answers(questions.into_iter().collect());
        self.answers.extend(answers);
        let mut placed = Vec::new();
        for named in wanted {
            let located = self.locate(&named);
            placed.push((named, located));
        }
        let dirs = placed.iter().filter_map(|(_, located)| match located {
            Located::In(dir, _) => Some(dir.clone()),
            _ => None,
        });
        self.read_dirs(dirs.collect());
        let mut next = BTreeSet::new();
        for (named, located) in placed {
            let universe = named.0;
            let at = self.add_node(&named, located);
            self.known.insert(named, at);
            let imports = at.and_then(|at| at.checked_sub(model.packages.len())).map(|at| &self.others[at].imports);
            for import in imports.into_iter().flat_map(|imports| imports.iter()) {
                let named = (universe, Arc::clone(&import.path));
                if !self.known.contains_key(&named) {
                    next.insert(named);
                }
            }
        }
        next.retain(|named| !self.known.contains_key(named));
        next
    }

    fn resolver(&self) -> Resolver<'_> {
        Resolver { modules: &self.model.modules, layout: &self.model.layout, answers: &self.answers }
    }

    fn locate(&self, (at, path): &Named) -> Located {
        let resolver = self.resolver();
        if std_package(path).is_some() {
            return Located::Std;
        }
        if is_of_app_engine(path) {
            return Located::Nowhere;
        }
        let universe = &self.model.universes[*at];
        let resolution = resolver.resolve(universe, usize::MAX, path);
        match (resolution.kind, &resolution.module) {
            (ResolutionKind::Main | ResolutionKind::Workspace, _) => {
                let dir = resolver.main_dir(universe, path);
                self.in_repository(dir)
            }
            (ResolutionKind::Module, Some(module)) => {
                let below = module.subpath(path).unwrap_or_default();
                let home = universe.home(module);
                if let Some(SourceHome::Directory(root)) = home
                    && let Some(own) = self.dirs.get(&root.join(below))
                {
                    return Located::Own(*own);
                }
                if let Some(vendor) = self.vendors.get(at) {
                    return Located::In(PackageDir::InRepository(vendor.join(&**path)), None);
                }
                match home {
                    Some(SourceHome::Directory(root)) => self.in_repository(Some(root.join(below))),
                    Some(SourceHome::Cache(..)) if resolution.is_guess() => Located::Unread(Unread::Ambiguous),
                    Some(SourceHome::Cache(path, version)) => {
                        let module = ModuleVersion { path: path.clone(), version: version.clone() };
                        Located::In(PackageDir::InCache(module.clone(), below.to_owned()), Some(module))
                    }
                    Some(SourceHome::Elsewhere) => Located::Unread(Unread::Elsewhere),
                    None => Located::Unread(Unread::NotProvided),
                }
            }
            _ => Located::Unread(Unread::NotProvided),
        }
    }

    fn in_repository(&self, dir: Option<RepoPath>) -> Located {
        match dir {
            Some(dir) => match self.dirs.get(&dir) {
                Some(own) => Located::Own(*own),
                None => Located::In(PackageDir::InRepository(dir), None),
            },
            None => Located::Unread(Unread::NotThere),
        }
    }

    fn read_dirs(&mut self, mut dirs: Vec<PackageDir>) {
        dirs.sort();
        dirs.dedup();
        dirs.retain(|dir| !self.read.contains_key(dir));
        let contents = self.source.read(&dirs);
        for (dir, contents) in dirs.into_iter().zip(contents) {
            let imports = match contents {
                OutsideContents::Package(files) => Some(self.imports(files)),
                OutsideContents::Nothing | OutsideContents::Unknown => None,
            };
            self.read.insert(dir, imports);
        }
    }

    /// The imports of the files of a package, with the builds that have them.
    fn imports(&mut self, files: Vec<OutsideFile>) -> Arc<[OtherImport]> {
        let mut by_name: BTreeMap<Box<str>, BuildSet> = BTreeMap::new();
        let mut built = Vec::new();
        for file in &files {
            let name = file.tree.package.as_ref().map(|name| name.value.clone()).unwrap_or_default();
            let builds = if &*name == "documentation" { BuildSet::NONE } else { self.builds_of(file) };
            let all = by_name.entry(name).or_insert(BuildSet::NONE);
            *all = self.builds.either(*all, builds);
            built.push(builds);
        }
        let sets: Vec<BuildSet> = by_name.into_values().collect();
        let (mut seen, mut valid) = (BuildSet::NONE, self.builds.all());
        for builds in sets {
            let twice = self.builds.both(seen, builds);
            valid = self.builds.without(valid, twice);
            seen = self.builds.either(seen, builds);
        }
        let mut imports = Vec::new();
        for (file, builds) in files.into_iter().zip(built) {
            let builds = self.builds.both(builds, valid);
            if builds.is_empty() {
                continue;
            }
            let at = self.places.len() as u32;
            self.constraints.push(constraint_of(&file));
            self.places.push(file.place);
            for spec in file.tree.imports.iter().filter(|spec| &*spec.path != "C") {
                let path = Arc::from(&*spec.path);
                imports.push(OtherImport { path, builds, file: at, line: spec.line, span: spec.path_span });
            }
        }
        imports.into()
    }

    fn builds_of(&mut self, file: &OutsideFile) -> BuildSet {
        let by_lines = match file.tree.condition() {
            FileConstraint::Absent => self.builds.all(),
            FileConstraint::Expr(constraint) => self.builds.of(Some(&constraint)),
            FileConstraint::Never => return BuildSet::NONE,
        };
        let by_name: Option<BuildConstraint> = file_name_constraint(&file.name);
        let by_name = self.builds.of(by_name.as_ref());
        self.builds.both(by_lines, by_name)
    }

    fn add_node(&mut self, (universe, path): &Named, located: Located) -> Option<usize> {
        let mut node = OtherNode {
            path: Arc::clone(path),
            universe: Some(*universe),
            package: None,
            module: None,
            replaced_path: None,
            unread: None,
            imports: Arc::from([]),
        };
        match located {
            Located::Own(own) if self.is_at_home(own, *universe) => return Some(own),
            Located::Own(own) => {
                node.package = Some(own);
                node.imports = self.imports_of_package(own);
            }
            Located::Nowhere => return None,
            Located::Std => {
                if let Some(known) = self.std.get(path) {
                    return Some(*known);
                }
                node.universe = None;
                self.std.insert(Arc::clone(path), self.model.packages.len() + self.others.len());
            }
            Located::Unread(unread) => node.unread = Some(unread),
            Located::In(dir, module) => {
                let listed = self.model.universes[*universe].vendored_module(path);
                let listed = listed.map(|module| module.name_with_replacement());
                node.module = module.as_ref().map(ToString::to_string).or(listed);
                match self.read.get(&dir).cloned().flatten() {
                    Some(imports) => node.imports = imports,
                    None => node.unread = Some(module.map_or(Unread::NotThere, Unread::NotDownloaded)),
                }
            }
        }
        node.replaced_path = self.replaced_path(*universe, path);
        self.others.push(node);
        Some(self.model.packages.len() + self.others.len() - 1)
    }

    fn replaced_path(&self, universe: usize, path: &str) -> Option<Box<str>> {
        let universe: &Universe = &self.model.universes[universe];
        let module = universe.candidates(path).next()?;
        let below = module.path.subpath(path)?;
        let replacing = universe.replacing(&module.path)?;
        Some(if below.is_empty() { replacing.to_string() } else { format!("{replacing}/{below}") }.into())
    }

    /// Whether a package of the model is built with these modules when its own module is built.
    fn is_at_home(&self, package: usize, universe: usize) -> bool {
        Package::new(self.model, package).module().data().universe == universe
    }

    /// The imports of a package of the model outside of tests.
    fn imports_of_package(&mut self, package: usize) -> Arc<[OtherImport]> {
        if let Some(known) = self.of_packages.get(&package) {
            return Arc::clone(known);
        }
        let mut imports = Vec::new();
        for file in Package::new(self.model, package).files().filter(|file| !file.is_test()) {
            let builds = self.files[file.index()];
            if builds.is_empty() {
                continue;
            }
            let at = self.places.len() as u32;
            self.constraints.push(file.constraint().map(|constraint| constraint.to_string().into()));
            self.places.push(FilePlace::InRepository(file.id()));
            for import in file.imports().filter(|import| import.path() != "C") {
                let path = Arc::from(import.path());
                imports.push(OtherImport {
                    path,
                    builds,
                    file: at,
                    span: import.spec().path_span,
                    line: import.spec().line,
                });
            }
        }
        let imports: Arc<[OtherImport]> = imports.into();
        self.of_packages.insert(package, Arc::clone(&imports));
        imports
    }

    fn finish(mut self, targets: Vec<Option<u32>>) -> ImportGraph {
        let model = self.model;
        let own = model.packages.len();
        let mut edges: Vec<Vec<PackageEdge>> = vec![Vec::new(); own + self.others.len()];
        for import in model.imports().filter(|import| !import.file().is_test()) {
            let from = import.file().package().index();
            let builds = self.files[import.file().index()];
            if let Some(to) = targets[import.index()] {
                add_edge(&mut self.builds, &mut edges[from], PackageEdge { to: to as usize, builds });
            }
        }
        for (at, node) in self.others.iter().enumerate() {
            let Some(universe) = node.universe else { continue };
            for import in &*node.imports {
                let to = self.known.get(&(universe, Arc::clone(&import.path))).copied().flatten();
                if let Some(to) = to {
                    add_edge(&mut self.builds, &mut edges[own + at], PackageEdge { to, builds: import.builds });
                }
            }
        }
        let mut into: Vec<Vec<PackageEdge>> = vec![Vec::new(); edges.len()];
        for (from, imports) in edges.iter().enumerate() {
            for edge in imports {
                into[edge.to].push(PackageEdge { to: from, builds: edge.builds });
            }
        }
        let incomplete = model.universes.iter().map(|universe| {
            universe.main_modules().any(|main| Pruning::of(Module::new(model, main).go_mod()) != Pruning::Pruned)
        });
        ImportGraph {
            incomplete: incomplete.collect(),
            imports: edges.iter().map(Vec::len).sum(),
            builds: self.builds,
            own,
            others: self.others,
            edges,
            into,
            targets,
            files: self.files,
            places: self.places,
            constraints: self.constraints,
        }
    }
}

/// The build constraint of a file by its lines and its name.
fn constraint_of(file: &OutsideFile) -> Option<Box<str>> {
    let by_name = file_name_constraint(&file.name);
    let constraint = match (&file.tree.constraint, by_name) {
        (FileConstraint::Expr(stated), Some(by_name)) => by_name.and(stated.clone()),
        (FileConstraint::Expr(stated), None) => stated.clone(),
        (_, by_name) => by_name?,
    };
    Some(constraint.to_string().into())
}

/// The modules with which the module of an import is built, by their place in the model.
fn universe_of(import: Import<'_>) -> usize {
    import.file().package().module().data().universe
}

fn add_edge(builds: &mut Builds, edges: &mut Vec<PackageEdge>, edge: PackageEdge) {
    if edge.builds.is_empty() {
        return;
    }
    match edges.iter_mut().find(|known| known.to == edge.to) {
        Some(known) => known.builds = builds.either(known.builds, edge.builds),
        None => edges.push(edge),
    }
}

/// Whether a path names a package of Google's App Engine, which no module has.
fn is_of_app_engine(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    matches!(first, "appengine" | "appengine_internal")
}
