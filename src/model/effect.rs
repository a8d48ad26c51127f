//! The effect of each `replace` and `exclude` line: whether anything would change without it, and if not, why.
//!
//! A line that no module of the graph meets does nothing. Of one that is met only where nothing is selected, the graph
//! is loaded again without it. All that is called idle may go together.

mod judge;
mod lines;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use self::judge::EffectJudge;
use self::lines::BuildLine;
use super::Model;
use super::graph::{Build, Graph, LineRef, ModuleGraph, ModuleGraphLoader, ModuleTable, NodeId};
use super::replaces::{Holder, ReplaceRef};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::syntax::{GoMod, Parsed};
use crate::text::{FileId, Span};

/// The effect of a line in a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something would be selected, or come from, elsewhere without it.
    Acts,
    /// Nothing would change without it.
    Idle(Idle),
    /// It takes part in the choice of versions, and nothing is built from the module that it names: without it every
    /// module that go.mod lists would be selected at the same version and come from the same place.
    Unused(Idle),
    /// That is not known.
    Open(Gap),
}

/// Why the effect of a line is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The graph was not asked for, or the effect depends on imports and Go files were not read.
    NotAsked,
    /// The graph lacks go.mod files: those of [`ModuleGraph::missing`], and files that no module cache has.
    Graph,
    /// go.mod is not up to date, so the go command would change it before it selects versions.
    Stale,
    /// A file has errors, or contradicts itself, so the go command refuses it.
    Unreadable,
    /// An import or a tool leads nowhere, and the module that the line names could be meant.
    Import,
    /// Without the line, the go.mod files of these modules would be read.
    Trial(BTreeSet<ModuleVersion>),
    /// There are too many such lines to try each.
    TooMany,
}

/// Why a line does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// An earlier line of the file says the same.
    Duplicate {
        /// The earlier line.
        of: (FileId, Span),
    },
    /// It puts a version in its own place.
    Itself,
    /// It names the main module. Only older versions of that can be concerned, and none makes a difference.
    Main,
    /// For every version that occurs another line counts.
    Hidden {
        /// The other line.
        by: (FileId, Span),
    },
    /// In its workspace, a line of the workspace's file goes before it; without the workspace it acts.
    Overridden {
        /// The other line.
        by: (FileId, Span),
    },
    /// It names a package; the module that has it has another path.
    Package {
        /// The path of the module.
        of: ModulePath,
    },
    /// The module graph does not have the module.
    NotInGraph,
    /// No `require` line names the module, so that no package of it is built.
    NotRequired,
    /// No requirement names this version.
    NeverRequired {
        /// The version that is selected.
        selected: Version,
    },
    /// Another version is selected.
    NeverSelected {
        /// The version that is selected.
        selected: Version,
    },
}

/// The effects of the lines: in builds of one module alone, and in those of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Effects {
    alone: HashMap<LineRef, Effect>,
    together: HashMap<LineRef, Effect>,
    /// The path that the go.mod of a replacement declares, as far as that was read.
    pub(super) declared: HashMap<ModuleVersion, ModulePath>,
    pub(super) of_modules: Vec<ModuleGraph>,
    pub(super) of_workspaces: Vec<ModuleGraph>,
}

impl Effects {
    /// The modules whose go.mod files would be read without a line.
    fn lacking(&self) -> BTreeSet<ModuleVersion> {
        let mut lacking = BTreeSet::new();
        for effect in self.alone.values().chain(self.together.values()) {
            if let Effect::Open(Gap::Trial(modules)) = effect {
                lacking.extend(modules.iter().cloned());
            }
        }
        lacking
    }
}

impl Model {
    /// The same, of module files alone: Go files were not read.
    pub(crate) fn of_module_files(self) -> Self {
        Self { lacks_go_files: true, ..self }
    }

    /// Whether the effect of a line depends on imports, and Go files were not read.
    pub(crate) fn needs_go_files(&self) -> bool {
        let mut effects = self.effects.alone.values().chain(self.effects.together.values());
        effects.any(|effect| *effect == Effect::Open(Gap::NotAsked))
    }

    /// The same with the graphs of its modules and workspaces, and the effects of their lines. `find` is asked for
    /// go.mod files of dependencies, a batch at a time, each file once; it answers in order, with `None` for one that
    /// cannot be had.
    pub fn with_graphs(mut self, find: impl FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>) -> Self {
        let alone: Vec<Build<'_>> = (0..self.mains).map(|module| Build::alone(&self, module)).collect();
        let together: Vec<Build<'_>> =
            (0..self.workspaces.len()).map(|workspace| Build::together(&self, workspace)).collect();
        let mut files = GraphFiles { table: ModuleTable::new(), asked: HashSet::new(), find };
        let mut graphs = files.load(alone.iter().chain(&together));
        let of_workspaces = graphs.split_off(alone.len());
        for (build, graph) in alone.iter().zip(&graphs).chain(together.iter().zip(&of_workspaces)) {
            let wanted = without_lines(build, graph, &mut files.table);
            files.look_up(wanted);
        }
        let (alone_builds, together_builds) =
            (Builds { builds: &alone, graphs: &graphs }, Builds { builds: &together, graphs: &of_workspaces });
        let mut effects = effects(alone_builds, together_builds, &mut files.table);
        // Without a line more go.mod files are read, and each may lead to others.
        while files.look_up_modules(effects.lacking()) {
            effects = self::effects(alone_builds, together_builds, &mut files.table);
        }
        let declared = declared(alone.iter().chain(&together), &files.table);
        let table = Arc::new(files.table);
        let whole = |graph: Graph| ModuleGraph::new(Arc::clone(&table), graph);
        let of_modules = graphs.into_iter().map(whole).collect();
        let of_workspaces = of_workspaces.into_iter().map(whole).collect();
        self.effects = Effects { of_modules, of_workspaces, declared, ..effects };
        self
    }

    pub(super) fn effect_alone(&self, line: LineRef) -> &Effect {
        self.effects.alone.get(&line).unwrap_or(&Effect::Open(Gap::NotAsked))
    }

    pub(super) fn effect_together(&self, line: LineRef) -> Option<&Effect> {
        self.effects.together.get(&line)
    }
}

/// The go.mod files of dependencies, which `find` finds.
struct GraphFiles<F> {
    table: ModuleTable,
    asked: HashSet<NodeId>,
    find: F,
}

impl<F: FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>> GraphFiles<F> {
    /// Loads the graphs side by side, so that each file is asked for once.
    fn load<'a, 'b: 'a>(&mut self, builds: impl Iterator<Item = &'a Build<'b>>) -> Vec<Graph> {
        let mut loaders: Vec<ModuleGraphLoader<'a>> = Vec::new();
        for build in builds {
            loaders.push(ModuleGraphLoader::new(build, &mut self.table, HashSet::new()));
        }
        loop {
            let mut wanted = Vec::new();
            for loader in &mut loaders {
                wanted.extend(loader.advance(&mut self.table));
            }
            if !self.look_up(wanted) {
                return loaders.into_iter().map(|loader| loader.finish(&self.table)).collect();
            }
        }
    }

    /// Looks up the go.mod files that were not asked for before. Whether there were any.
    fn look_up(&mut self, mut wanted: Vec<NodeId>) -> bool {
        wanted.retain(|&node| self.asked.insert(node));
        if wanted.is_empty() {
            return false;
        }
        self.table.sort(&mut wanted);
        let modules: Vec<ModuleVersion> = wanted.iter().filter_map(|&node| self.table.module_version(node)).collect();
        let found = (self.find)(&modules);
        self.table.answer(&wanted, found);
        true
    }

    /// The same for modules that need not be in the table.
    fn look_up_modules(&mut self, wanted: BTreeSet<ModuleVersion>) -> bool {
        let nodes = wanted.iter().map(|module| self.table.module(&module.path, &module.version)).collect();
        self.look_up(nodes)
    }
}

/// The module versions that a build would take without one of its lines: selected modules that a line replaces, and
/// required versions that a line excludes.
fn without_lines(build: &Build<'_>, graph: &Graph, table: &mut ModuleTable) -> Vec<NodeId> {
    let mut modules = Vec::new();
    for line in build.lines() {
        match line {
            BuildLine::Replace { at, line, .. } => {
                let selected = table.known_path(line.old.value.as_str()).and_then(|path| graph.selected(path));
                let Some((path, version)) = selected.and_then(|node| table.module_of(node)) else { continue };
                let is_met = build.replacement(path, version).is_some_and(|candidate| candidate.at == at);
                modules.extend(selected.filter(|_| is_met));
            }
            BuildLine::Exclude { line, .. } => {
                let module = table.known_module(&line.path.value, &line.version.value);
                modules.extend(module.filter(|&module| graph.drops(module)));
            }
        }
    }
    modules
}

/// The paths that the go.mod files of replacements declare.
fn declared<'a, 'b: 'a>(
    builds: impl Iterator<Item = &'a Build<'b>>,
    table: &ModuleTable,
) -> HashMap<ModuleVersion, ModulePath> {
    let mut declared = HashMap::new();
    for target in builds.flat_map(Build::lines).filter_map(BuildLine::target) {
        let node = table.known_module(&target.path, &target.version);
        if let Some(path) = node.and_then(|node| table.declared_path(node)) {
            declared.insert(target, path.clone());
        }
    }
    declared
}

/// Builds and their graphs, in the same order.
#[derive(Clone, Copy)]
struct Builds<'b, 'a> {
    builds: &'b [Build<'a>],
    graphs: &'b [Graph],
}

impl<'b, 'a> Builds<'b, 'a> {
    fn pairs(self) -> impl Iterator<Item = (&'b Build<'a>, &'b Graph)> {
        self.builds.iter().zip(self.graphs)
    }
}

/// Judges the lines of the modules first. In a workspace those of a member may only go if they may go there too.
fn effects(modules: Builds<'_, '_>, workspaces: Builds<'_, '_>, table: &mut ModuleTable) -> Effects {
    let mut effects = Effects::default();
    for (build, graph) in modules.pairs() {
        effects.alone.extend(EffectJudge::new(build, graph, table).judge(&|_| true));
    }
    for (build, graph) in workspaces.pairs() {
        let of_work = |line| matches!(line, LineRef::Replace(ReplaceRef { holder: Holder::Workspace(_), .. }));
        let is_idle_alone = |line: LineRef| matches!(effects.alone.get(&line), Some(Effect::Idle(_)));
        effects
            .together
            .extend(EffectJudge::new(build, graph, table).judge(&|line| of_work(line) || is_idle_alone(line)));
    }
    for (build, graph) in modules.pairs() {
        keep_needed_alone(&mut effects, build, graph, table);
    }
    effects
}

/// Fewer lines may be removable in the workspace than in a module alone; whether all of them may go there is
/// asked again.
fn keep_needed_alone(effects: &mut Effects, build: &Build<'_>, graph: &Graph, table: &mut ModuleTable) {
    let is_idle = |effect: Option<&Effect>| matches!(effect, Some(Effect::Idle(_)));
    let lines: Vec<LineRef> = build.lines().map(|line| line.at()).collect();
    let idle: HashSet<LineRef> = lines.into_iter().filter(|line| is_idle(effects.alone.get(line))).collect();
    let may_go = |line: &&LineRef| effects.together.get(line).is_none_or(|effect| is_idle(Some(effect)));
    let gone: HashSet<LineRef> = idle.iter().filter(may_go).copied().collect();
    if gone.len() < idle.len()
        && graph.is_certain()
        && !EffectJudge::new(build, graph, table).try_without(&gone).is_same()
    {
        effects.alone.extend(gone.into_iter().map(|line| (line, Effect::Acts)));
    }
}
