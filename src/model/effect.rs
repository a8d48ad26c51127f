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
use super::graph::{Build, DependencyFiles, GraphLoader, LineRef, ModuleGraph};
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
    /// The graph was not asked for.
    NotAsked,
    /// The graph lacks go.mod files: those of [`ModuleGraph::missing`] and [`ModuleGraph::unreachable`].
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
    /// The same with the graphs of its modules and workspaces, and the effects of their lines. `find` is asked for
    /// go.mod files of dependencies, a batch at a time, each file once; it answers in order, with `None` for one that
    /// cannot be had.
    pub fn with_graphs(mut self, mut find: impl FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>) -> Self {
        let alone: Vec<Build<'_>> = (0..self.mains).map(|module| Build::alone(&self, module)).collect();
        let together: Vec<Build<'_>> =
            (0..self.workspaces.len()).map(|workspace| Build::together(&self, workspace)).collect();
        let mut files = DependencyFiles::new();
        let mut graphs = load(alone.iter().chain(&together), &mut files, &mut find);
        let of_workspaces = graphs.split_off(alone.len());
        let pairs = || alone.iter().zip(&graphs).chain(together.iter().zip(&of_workspaces));
        look_up(pairs().flat_map(|(build, graph)| without_lines(build, graph)).collect(), &mut files, &mut find);
        let mut effects = effects((&alone, &graphs), (&together, &of_workspaces), &files);
        // Without a line more go.mod files are read, and each may lead to others.
        while look_up(effects.lacking(), &mut files, &mut find) {
            effects = self::effects((&alone, &graphs), (&together, &of_workspaces), &files);
        }
        let declared = declared(alone.iter().chain(&together), &files);
        self.effects = Effects { of_modules: graphs, of_workspaces, declared, ..effects };
        self
    }

    pub(super) fn effect_alone(&self, line: LineRef) -> &Effect {
        self.effects.alone.get(&line).unwrap_or(&Effect::Open(Gap::NotAsked))
    }

    pub(super) fn effect_together(&self, line: LineRef) -> Option<&Effect> {
        self.effects.together.get(&line)
    }
}

/// Loads the graphs side by side, so that each file is asked for once.
fn load<'a, 'b: 'a>(
    builds: impl Iterator<Item = &'a Build<'b>>,
    files: &mut DependencyFiles,
    find: &mut impl FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>,
) -> Vec<ModuleGraph> {
    let mut loaders: Vec<GraphLoader<'_>> = builds.map(|build| GraphLoader::new(build, HashSet::new())).collect();
    loop {
        let mut wanted: Vec<ModuleVersion> = loaders.iter_mut().flat_map(|loader| loader.advance(files)).collect();
        if wanted.is_empty() {
            return loaders.into_iter().map(GraphLoader::finish).collect();
        }
        wanted.sort();
        wanted.dedup();
        let found = find(&wanted);
        files.extend(wanted.into_iter().zip(found));
    }
}

/// Looks up the go.mod files that were not asked for before. Whether there were any.
fn look_up(
    wanted: BTreeSet<ModuleVersion>,
    files: &mut DependencyFiles,
    find: &mut impl FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>,
) -> bool {
    let wanted: Vec<ModuleVersion> = wanted.into_iter().filter(|module| !files.contains_key(module)).collect();
    if wanted.is_empty() {
        return false;
    }
    let found = find(&wanted);
    files.extend(wanted.into_iter().zip(found));
    true
}

/// The module versions that a build would take without one of its lines: selected modules that a line replaces, and
/// required versions that a line excludes.
fn without_lines(build: &Build<'_>, graph: &ModuleGraph) -> Vec<ModuleVersion> {
    let mut modules = Vec::new();
    for line in build.lines() {
        let version = match line {
            BuildLine::Replace { .. } => graph.selected(line.path()),
            BuildLine::Exclude { .. } => line.version(),
        };
        let module = version.map(|version| ModuleVersion { path: line.path().clone(), version: version.clone() });
        let is_met = |module: &ModuleVersion| match line {
            BuildLine::Replace { at, .. } => build.replacement(module).is_some_and(|candidate| candidate.at == at),
            BuildLine::Exclude { .. } => graph.drops(module),
        };
        modules.extend(module.filter(is_met));
    }
    modules
}

/// The paths that the go.mod files of replacements declare.
fn declared<'a, 'b: 'a>(
    builds: impl Iterator<Item = &'a Build<'b>>,
    files: &DependencyFiles,
) -> HashMap<ModuleVersion, ModulePath> {
    let declared_by = |target: ModuleVersion| {
        let path = files.get(&target)?.as_ref()?.tree.module.as_ref()?.path.value.clone();
        Some((target, path))
    };
    builds.flat_map(Build::lines).filter_map(BuildLine::target).filter_map(declared_by).collect()
}

/// Builds and their graphs, in the same order.
type Builds<'b, 'a> = (&'b [Build<'a>], &'b [ModuleGraph]);

/// Judges the lines of the modules first. In a workspace those of a member may only go if they may go there too.
fn effects(modules: Builds<'_, '_>, workspaces: Builds<'_, '_>, files: &DependencyFiles) -> Effects {
    let mut effects = Effects::default();
    for (build, graph) in modules.0.iter().zip(modules.1) {
        effects.alone.extend(EffectJudge::new(build, graph, files).judge(&|_| true));
    }
    for (build, graph) in workspaces.0.iter().zip(workspaces.1) {
        let of_work = |line| matches!(line, LineRef::Replace(ReplaceRef { holder: Holder::Workspace(_), .. }));
        let is_idle_alone = |line: LineRef| matches!(effects.alone.get(&line), Some(Effect::Idle(_)));
        effects
            .together
            .extend(EffectJudge::new(build, graph, files).judge(&|line| of_work(line) || is_idle_alone(line)));
    }
    for (build, graph) in modules.0.iter().zip(modules.1) {
        keep_what_is_needed_alone(&mut effects, (build, graph), files);
    }
    effects
}

/// Fewer lines may be removable in the workspace than in a module alone; whether all of them may go there is
/// asked again.
fn keep_what_is_needed_alone(
    effects: &mut Effects,
    (build, graph): (&Build<'_>, &ModuleGraph),
    files: &DependencyFiles,
) {
    let is_idle = |effect: Option<&Effect>| matches!(effect, Some(Effect::Idle(_)));
    let lines: Vec<LineRef> = build.lines().map(|line| line.at()).collect();
    let idle: HashSet<LineRef> = lines.into_iter().filter(|line| is_idle(effects.alone.get(line))).collect();
    let may_go = |line: &&LineRef| effects.together.get(line).is_none_or(|effect| is_idle(Some(effect)));
    let gone: HashSet<LineRef> = idle.iter().filter(may_go).copied().collect();
    if gone.len() < idle.len()
        && graph.is_certain()
        && !EffectJudge::new(build, graph, files).try_without(&gone).is_same()
    {
        effects.alone.extend(gone.into_iter().map(|line| (line, Effect::Acts)));
    }
}
