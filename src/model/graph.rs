//! The module graph and the versions that minimal version selection takes from it, with graph pruning.
//!
//! Source: `modload/buildlist.go: readModGraph`, `mvs/graph.go`. The go.mod files of dependencies come from outside, a
//! batch at a time; if one is not available, the graph says so.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::replaces::{Candidate, ReplaceRef, Replaces, SourceHome};
use super::{Model, ModuleData, WorkspaceData};
use crate::go::{GoVersion, ModulePath, ModuleVersion, Version};
use crate::syntax::{Exclude, GoMod, Parsed, Require};

/// The go.mod files of dependencies, by their module versions, replacements done; `None` for one that is not
/// available.
pub(super) type DependencyFiles = HashMap<ModuleVersion, Option<Arc<Parsed<GoMod>>>>;

/// The requirements of each module, and the versions that are selected.
#[derive(Clone, Debug, Default)]
pub struct ModuleGraph {
    selected: HashMap<ModulePath, Version>,
    named: HashSet<ModuleVersion>,
    dropped: HashSet<ModuleVersion>,
    missing: BTreeSet<ModuleVersion>,
    unreachable: BTreeSet<ModuleVersion>,
    /// The module whose go.mod asks for the selected version; none if a main module asks for it.
    askers: HashMap<ModulePath, ModulePath>,
    /// The go.mod files that were read.
    files: HashMap<ModuleVersion, Arc<Parsed<GoMod>>>,
    inconsistent: bool,
    reads_cache: bool,
}

impl ModuleGraph {
    /// The version of a module that a build takes; `None` for one that is not in the graph, and for a main module.
    pub fn selected(&self, path: &ModulePath) -> Option<&Version> {
        self.selected.get(path)
    }

    /// The modules and versions that a build takes, main modules left out, by path.
    pub fn build_list(&self) -> Vec<(&ModulePath, &Version)> {
        let mut list: Vec<_> = self.selected.iter().collect();
        list.sort();
        list
    }

    /// Why a module is selected: a module that a main module requires, the next one that this one requires, and so on,
    /// up to the one before it. Empty if a main module requires it itself.
    pub fn chain(&self, path: &ModulePath) -> Vec<&ModulePath> {
        let mut chain = Vec::new();
        let mut next = self.askers.get(path);
        // Modules may ask for each other.
        while let Some(requirer) = next.filter(|requirer| !chain.contains(requirer)) {
            chain.push(requirer);
            next = self.askers.get(requirer);
        }
        chain.reverse();
        chain
    }

    /// The modules that a build takes and whose go.mod requires this one, at any version that is not excluded, as far
    /// as go.mod files were read (`go mod graph`).
    pub fn requirers(&self, path: &str) -> impl Iterator<Item = &ModulePath> {
        let counts = move |line: &Require| line.path.value.as_str() == path && !self.drops(&line.required());
        let taken = self.files.iter().filter(|(module, _)| self.selected(&module.path) == Some(&module.version));
        taken.filter(move |(_, file)| file.tree.require.iter().any(counts)).map(|(module, _)| &module.path)
    }

    /// Every module version that a requirement names, selected or not, without excluded ones.
    pub fn named(&self) -> impl ExactSizeIterator<Item = &ModuleVersion> {
        self.named.iter()
    }

    /// Whether a requirement that is not excluded names it.
    pub fn names(&self, module: &ModuleVersion) -> bool {
        self.named.contains(module)
    }

    /// Whether a requirement on it was left out because it is excluded.
    pub fn drops(&self, module: &ModuleVersion) -> bool {
        self.dropped.contains(module)
    }

    /// The modules whose go.mod would have to be read from the module cache, and is not there. Their requirements are
    /// not known.
    pub fn missing(&self) -> impl ExactSizeIterator<Item = &ModuleVersion> {
        self.missing.iter()
    }

    /// Whether a go.mod file that would have to be read was not read.
    pub fn lacks_files(&self) -> bool {
        !self.missing.is_empty() || !self.unreachable.is_empty()
    }

    /// Whether everything was read that the go command would read, and go.mod is as it would write it: then the
    /// versions selected here are those that it selects.
    pub fn is_certain(&self) -> bool {
        !self.lacks_files() && !self.inconsistent
    }

    /// Whether go.mod files were read that are not in the repository.
    pub fn reads_cache(&self) -> bool {
        self.reads_cache
    }

    /// Whether a build would take the same modules.
    pub(super) fn selects_like(&self, other: &Self) -> bool {
        self.selected == other.selected && self.is_certain() == other.is_certain()
    }
}

/// The main modules of a build, and the lines that count for them.
#[derive(Debug)]
pub(super) struct Build<'a> {
    model: &'a Model,
    mains: Vec<usize>,
    main_paths: HashSet<&'a ModulePath>,
    work: Option<(usize, &'a WorkspaceData)>,
    replaces: Replaces<'a>,
    disputed: HashSet<&'a ModulePath>,
    excludes: HashMap<(&'a ModulePath, &'a Version), Vec<LineRef>>,
}

/// A `replace` or `exclude` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LineRef {
    /// A `replace` line.
    Replace(ReplaceRef),
    /// An `exclude` line, by its module and place there.
    Exclude {
        /// The module.
        module: usize,
        /// The place among its lines.
        line: usize,
    },
}

impl<'a> Build<'a> {
    /// The build of one module without a workspace.
    pub(super) fn alone(model: &'a Model, module: usize) -> Self {
        Self::of(model, vec![module], None)
    }

    /// The build of a workspace.
    pub(super) fn together(model: &'a Model, workspace: usize) -> Self {
        Self::of(model, model.workspaces[workspace].members.clone(), Some(workspace))
    }

    fn of(model: &'a Model, mains: Vec<usize>, workspace: Option<usize>) -> Self {
        let work = workspace.map(|index| (index, &model.workspaces[index]));
        let replaces = Replaces::of(&model.modules, &mains, work);
        let disputed = if work.is_some() { replaces.disputed() } else { HashSet::new() };
        let main_paths = mains.iter().map(|&main| &model.modules[main].path).collect();
        let mut excludes: HashMap<_, Vec<_>> = HashMap::new();
        for &module in &mains {
            for (line, Exclude { path, version, .. }) in model.modules[module].go_mod().exclude.iter().enumerate() {
                let at = LineRef::Exclude { module, line };
                excludes.entry((&path.value, &version.value)).or_default().push(at);
            }
        }
        Self { model, mains, main_paths, work, replaces, disputed, excludes }
    }

    pub(super) fn mains(&self) -> impl Iterator<Item = (usize, &'a ModuleData)> {
        self.mains.iter().map(|&main| (main, &self.model.modules[main]))
    }

    pub(super) fn work(&self) -> Option<(usize, &'a WorkspaceData)> {
        self.work
    }

    pub(super) fn model(&self) -> &'a Model {
        self.model
    }

    /// Whether it is the path of a main module.
    pub(super) fn is_main(&self, path: &ModulePath) -> bool {
        self.main_paths.contains(path)
    }

    /// Whether a line replaces one version of a module only.
    pub(super) fn has_versioned_lines(&self, path: &ModulePath) -> bool {
        self.replaces.has_versioned_lines(path)
    }

    /// Whether two lines of one file put different things in one place.
    pub(super) fn contradicts_itself(&self) -> bool {
        self.replaces.contradict()
    }

    /// The line of the workspace's file that goes before those of its members.
    pub(super) fn overriding(&self, path: &ModulePath, version: Option<&Version>) -> Option<Candidate<'a>> {
        self.replaces.overriding(path, version)
    }

    /// Whether the members' own lines for a module contradict each other.
    pub(super) fn members_disagree(&self, path: &ModulePath) -> bool {
        self.disputed.contains(path)
    }

    /// Whether a line excludes a module at a version.
    pub(super) fn excludes(&self, module: &ModuleVersion) -> bool {
        self.excludes.contains_key(&(&module.path, &module.version))
    }

    /// The line that replaces a module at a version.
    pub(super) fn replacement(&self, module: &ModuleVersion) -> Option<Candidate<'a>> {
        self.replaces.in_force(&module.path, &module.version)
    }

    /// The same as if the lines `gone` were not there.
    pub(super) fn replacement_without(&self, module: &ModuleVersion, gone: &HashSet<LineRef>) -> Option<Candidate<'a>> {
        let is_gone = |at| gone.contains(&LineRef::Replace(at));
        self.replaces.in_force_but(&module.path, &module.version, &is_gone)
    }

    /// The go.mod of a module, or of its replacement.
    pub(super) fn go_mod_of(
        &self,
        module: &ModuleVersion,
        replaced: Option<Candidate<'a>>,
        files: &DependencyFiles,
    ) -> Lookup {
        let home =
            replaced.map_or_else(|| SourceHome::Cache(module.path.clone(), module.version.clone()), Candidate::home);
        match home {
            SourceHome::Directory(dir) => self.model.go_mod_in(&dir).map_or(Lookup::Unreachable, Lookup::Found),
            SourceHome::Elsewhere => Lookup::Unreachable,
            SourceHome::Cache(path, version) => {
                let at = ModuleVersion { path, version };
                match files.get(&at) {
                    Some(Some(file)) => Lookup::Cached(Arc::clone(file)),
                    Some(None) => Lookup::Absent(at),
                    None => Lookup::Unknown(at),
                }
            }
        }
    }

    /// The graph, as if the lines `gone` were not there, from files that were asked for before. Others are missing.
    pub(super) fn graph_without(&self, gone: &HashSet<LineRef>, files: &DependencyFiles) -> ModuleGraph {
        let mut loader = GraphLoader::new(self, gone.clone());
        let wanted = loader.advance(files);
        let mut graph = loader.finish();
        graph.missing.extend(wanted);
        graph
    }
}

/// How far the requirements of a module are followed (`modload.modPruning`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pruning {
    /// Only those of the module itself count: its go.mod lists all that its packages need.
    Pruned,
    /// All count.
    Unpruned,
    /// All requirements of the main modules count, and the selected modules are looked at again.
    Workspace,
}

impl Pruning {
    /// How far the `go` line of a module lets its go.mod be pruned.
    pub(super) fn of(go_mod: &GoMod) -> Self {
        let lists_all = go_mod.go.as_ref().is_some_and(|go| go.value.is_at_least("1.17"));
        if lists_all { Self::Pruned } else { Self::Unpruned }
    }
}

/// Loads the graph of a build as far as files are available, and goes on when more are.
#[derive(Debug)]
pub(super) struct GraphLoader<'a> {
    build: &'a Build<'a>,
    gone: HashSet<LineRef>,
    graph: ModuleGraph,
    queue: Vec<(ModuleVersion, Pruning)>,
    seen: HashSet<(ModuleVersion, Pruning)>,
    /// Which files were taken in, and how: one may be that of thousands of modules, and says nothing new the second
    /// time.
    taken: HashSet<(usize, Option<Pruning>)>,
    /// The paths whose selected version a workspace's build looks at.
    watched: BTreeSet<ModulePath>,
    highest_go: Option<GoVersion>,
}

/// The known state of a go.mod.
pub(super) enum Lookup {
    /// It is in the repository.
    Found(Arc<Parsed<GoMod>>),
    /// It was found elsewhere.
    Cached(Arc<Parsed<GoMod>>),
    /// The module cache does not have it.
    Absent(ModuleVersion),
    /// It is in no module cache, and not in the repository.
    Unreachable,
    /// Nobody has asked for it yet.
    Unknown(ModuleVersion),
}

impl<'a> GraphLoader<'a> {
    /// A loader that has read the main modules, but for the lines `gone`.
    pub(super) fn new(build: &'a Build<'a>, gone: HashSet<LineRef>) -> Self {
        let mut loader = Self {
            build,
            gone,
            graph: ModuleGraph::default(),
            queue: Vec::new(),
            seen: HashSet::new(),
            taken: HashSet::new(),
            watched: BTreeSet::new(),
            highest_go: None,
        };
        for (_, main) in build.mains() {
            let own = Pruning::of(main.go_mod());
            // A pruned main module reads the go.mod of every root, and a root of an unpruned one is unpruned.
            loader.require(None, main.go_mod(), Some(own));
        }
        loader
    }

    /// Goes as far as it can, and returns the files that it needs to go on; none when it has all.
    pub(super) fn advance(&mut self, files: &DependencyFiles) -> Vec<ModuleVersion> {
        let mut wanted = Vec::new();
        let mut waiting = Vec::new();
        loop {
            while let Some((module, pruning)) = self.queue.pop() {
                match self.file_of(&module, files) {
                    Lookup::Found(file) => self.visit(module, pruning, file),
                    Lookup::Cached(file) => {
                        self.graph.reads_cache = true;
                        self.visit(module, pruning, file);
                    }
                    Lookup::Absent(file) => {
                        self.graph.missing.insert(file);
                    }
                    Lookup::Unreachable => {
                        self.graph.unreachable.insert(module);
                    }
                    Lookup::Unknown(file) => {
                        wanted.push(file);
                        waiting.push((module, pruning));
                    }
                }
            }
            if !waiting.is_empty() || !self.look_again() {
                break;
            }
        }
        self.queue = waiting;
        wanted
    }

    /// The graph as far as it was loaded.
    pub(super) fn finish(mut self) -> ModuleGraph {
        self.graph.inconsistent |= self.build.work.is_none() && self.needs_update();
        self.graph
    }

    fn visit(&mut self, module: ModuleVersion, pruning: Pruning, file: Arc<Parsed<GoMod>>) {
        let own = Pruning::of(&file.tree);
        let next = if pruning == Pruning::Unpruned { Pruning::Unpruned } else { own };
        let follows = pruning != Pruning::Pruned || own == Pruning::Unpruned;
        let follow = follows.then_some(next);
        if self.taken.insert((Arc::as_ptr(&file).addr(), follow)) {
            self.require(Some(&module.path), &file.tree, follow);
        }
        self.graph.files.insert(module, file);
    }

    /// Adds the requirements of a module's file, a main module if it is none, and goes on to read them if `follow` says
    /// how.
    fn require(&mut self, requirer: Option<&ModulePath>, go_mod: &GoMod, follow: Option<Pruning>) {
        if let Some(go) = go_mod.go.as_ref().filter(|go| go.value.is_at_least("1.21")) {
            self.highest_go = self.highest_go.take().max(Some(go.value.clone()));
        }
        for line in &go_mod.require {
            let module = line.required();
            if self.is_excluded(&module) {
                self.graph.dropped.insert(module);
                continue;
            }
            let known = self.graph.selected.get(&module.path);
            if known.is_none_or(|known| *known < module.version) && !self.build.is_main(&module.path) {
                self.graph.selected.insert(module.path.clone(), module.version.clone());
                match requirer {
                    Some(requirer) => self.graph.askers.insert(module.path.clone(), requirer.clone()),
                    None => self.graph.askers.remove(&module.path),
                };
            }
            if let Some(pruning) = follow {
                self.enqueue(module.clone(), pruning);
            }
            self.graph.named.insert(module);
        }
    }

    fn enqueue(&mut self, module: ModuleVersion, pruning: Pruning) -> bool {
        let is_new = self.seen.insert((module.clone(), pruning));
        if is_new {
            self.queue.push((module, pruning));
        }
        is_new
    }

    fn is_excluded(&self, module: &ModuleVersion) -> bool {
        let lines = self.build.excludes.get(&(&module.path, &module.version));
        lines.is_some_and(|lines| lines.iter().any(|line| !self.gone.contains(line)))
    }

    fn file_of(&self, module: &ModuleVersion, files: &DependencyFiles) -> Lookup {
        let replaced = self.build.replacement_without(module, &self.gone);
        self.build.go_mod_of(module, replaced, files)
    }

    /// When nothing is left to read: whether the selected modules ask for more.
    fn look_again(&mut self) -> bool {
        match self.build.work {
            Some(_) => self.look_at_selected(),
            None => self.raise_roots(),
        }
    }

    /// Pruned files of lower versions are not enough to know which versions a workspace selects from several of them,
    /// so the selected ones are read as if they were main modules.
    fn look_at_selected(&mut self) -> bool {
        let mut raised: Vec<ModuleVersion> =
            self.build.mains().flat_map(|(_, main)| self.raised_above(main.go_mod())).collect();
        for module in self.watched.iter().filter_map(|path| self.module_selected(path)) {
            let file = self.graph.files.get(&module);
            raised.extend(file.into_iter().flat_map(|file| self.raised_above(&file.tree)));
            raised.push(module);
        }
        let mut grows = false;
        for module in raised {
            self.watched.insert(module.path.clone());
            grows |= self.enqueue(module, Pruning::Workspace);
        }
        grows
    }

    /// The modules that are selected at higher versions than a file requires.
    fn raised_above(&self, go_mod: &GoMod) -> Vec<ModuleVersion> {
        let raised = |line: &Require| {
            let required = line.required();
            let selected = self.module_selected(&required.path)?;
            (selected.version > required.version && !self.is_excluded(&required)).then_some(selected)
        };
        go_mod.require.iter().filter_map(raised).collect()
    }

    fn module_selected(&self, path: &ModulePath) -> Option<ModuleVersion> {
        let version = self.graph.selected.get(path)?.clone();
        Some(ModuleVersion { path: path.clone(), version })
    }

    /// A pruned main module whose roots are not at their selected versions is loaded again with those
    /// (`modload.updatePrunedRoots`); the go command asks for go.mod to be updated.
    fn raise_roots(&mut self) -> bool {
        let Some((_, main)) = self.build.mains().next() else { return false };
        if Pruning::of(main.go_mod()) == Pruning::Unpruned {
            return false;
        }
        let roots = main.go_mod().require.iter().filter_map(|line| self.module_selected(&line.path.value));
        let roots: Vec<ModuleVersion> = roots.collect();
        let mut grows = false;
        for root in roots {
            grows |= self.enqueue(root, Pruning::Pruned);
        }
        self.graph.inconsistent |= grows;
        grows
    }

    /// Whether the go command would ask for go.mod to be updated before it lists the modules of the build.
    fn needs_update(&self) -> bool {
        let Some((_, main)) = self.build.mains().next() else { return false };
        let go_mod = main.go_mod();
        let stated = go_mod.go.as_ref().map(|go| &go.value);
        let is_stale = |line: &Require| {
            line.path.value == main.path || self.graph.selected.get(&line.path.value) != Some(&line.version.value)
        };
        self.highest_go.as_ref() > stated || go_mod.require.iter().any(is_stale)
    }
}
