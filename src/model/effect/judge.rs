//! Judges the lines of one build, by the graph where it is whole, else by the requirements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lines::{BuildLine, Imported};
use super::{Effect, Gap, Idle};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::model::graph::{Build, BuildModules, Graph, LineRef, ModuleGraphLoader, ModuleTable, NodeId, PathId};
use crate::model::replaces::{Candidate, Holder, ReplaceRef};
use crate::text::FastMap;

/// Judges the lines of one build.
pub(super) struct EffectJudge<'j, 'a> {
    build: &'j Build<'a>,
    graph: &'j Graph,
    table: &'j mut ModuleTable,
    /// The versions that the graph names of each module that a line is about.
    named: FastMap<PathId, Vec<NodeId>>,
    /// The lines that count for a version that the graph names, and whether one of those is selected.
    met: HashMap<ReplaceRef, bool>,
    /// The requirements of the main modules, at the highest version that they state.
    required: HashMap<&'a ModulePath, &'a Version>,
    /// The imports of the main modules, and their tools; `None` where Go files were not read.
    imports: Option<BTreeMap<&'a str, Imported<'a>>>,
}

/// How the graph without some lines compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// The same is selected, from the same places.
    Same,
    /// The same is, of the modules that go.mod lists, and all that is selected can be had.
    SameOfListed,
    /// Something else is.
    Other,
    /// The go.mod files of these modules would have to be read, and are not available.
    Unknown(BTreeSet<ModuleVersion>),
}

impl Trial {
    /// Whether the same is selected, from the same places.
    pub(super) fn is_same(&self) -> bool {
        *self == Self::Same
    }
}

/// How many graphs are loaded for trials at most. Each takes as long as loading the graph, so that a file with many
/// thousands of lines would keep one waiting; real ones have a handful.
const MAX_TRIALS: usize = 256;

/// How many module versions those graphs may have together. A real graph has some thousands.
const MAX_TRIED: usize = 1 << 19;

impl<'j, 'a> EffectJudge<'j, 'a> {
    pub(super) fn new(build: &'j Build<'a>, graph: &'j Graph, table: &'j mut ModuleTable) -> Self {
        let imports = (!build.model().lacks_go_files).then(|| build.imported());
        let paths = build.lines().filter_map(|line| table.known_path(line.path().as_str()));
        let mut named: FastMap<PathId, Vec<NodeId>> = paths.map(|path| (path, Vec::new())).collect();
        let mut met: HashMap<ReplaceRef, bool> = HashMap::new();
        for &node in graph.named() {
            let Some(of_path) = named.get_mut(&table.path_of(node)) else { continue };
            of_path.push(node);
            let candidate = table.module_of(node).and_then(|(path, version)| build.replacement(path, version));
            if let Some(candidate) = candidate {
                *met.entry(candidate.at).or_default() |= graph.selected(table.path_of(node)) == Some(node);
            }
        }
        Self { build, graph, table, named, met, required: build.required(), imports }
    }

    /// The version of a module that the build takes.
    fn selected(&self, path: &ModulePath) -> Option<&Version> {
        let node = self.graph.selected(self.table.known_path(path.as_str())?)?;
        self.table.module_of(node).map(|(_, version)| version)
    }

    /// The line that replaces a version.
    fn replacement(&self, node: NodeId) -> Option<Candidate<'a>> {
        let (path, version) = self.table.module_of(node)?;
        self.build.replacement(path, version)
    }

    /// The effect of each line. Only those that `may_go` are taken to be removed when the next is checked. If the go
    /// command refuses a file, the effect is unknown.
    pub(super) fn judge(mut self, may_go: &dyn Fn(LineRef) -> bool) -> Vec<(LineRef, Effect)> {
        if !self.build.is_readable() {
            return self.build.lines().map(|line| (line.at(), Effect::Open(Gap::Unreadable))).collect();
        }
        let mut firsts: HashMap<_, BuildLine<'a>> = HashMap::new();
        let mut effects = Vec::new();
        let mut doubtful = Vec::new();
        for line in self.build.lines() {
            let first = *firsts.entry(line.left()).or_insert(line);
            let duplicate = Effect::Idle(Idle::Duplicate { of: first.place() });
            match Some(duplicate).filter(|_| first.at() != line.at()).or_else(|| self.by_form(line)) {
                Some(effect) => effects.push((line.at(), effect)),
                None if !self.graph.is_certain() => effects.push((line.at(), self.by_requirements(line))),
                None if self.needs_imports(line) => effects.push((line.at(), Effect::Open(Gap::NotAsked))),
                None => match self.by_graph(line) {
                    Some(effect) => effects.push((line.at(), effect)),
                    None => doubtful.push(line),
                },
            }
        }
        let is_idle = |(line, effect): &&(LineRef, Effect)| matches!(effect, Effect::Idle(_)) && may_go(*line);
        let mut gone: HashSet<LineRef> = effects.iter().filter(is_idle).map(|(line, _)| *line).collect();
        let affordable = MAX_TRIALS.min(MAX_TRIED / self.graph.named().len().max(1));
        let (tried, left) = doubtful.split_at(doubtful.len().min(affordable));
        for line in tried {
            effects.push((line.at(), self.by_trial(*line, &mut gone, may_go)));
        }
        effects.extend(left.iter().map(|line| (line.at(), Effect::Open(Gap::TooMany))));
        effects
    }

    /// The effect of a line by its own form, or because a line of the workspace's file always overrides it.
    fn by_form(&self, line: BuildLine<'a>) -> Option<Effect> {
        let of_work = matches!(line, BuildLine::Replace { at: ReplaceRef { holder: Holder::Workspace(_), .. }, .. });
        if of_work && self.build.members_disagree(line.path()) {
            return Some(Effect::Acts);
        }
        if line.replaces_itself() && self.is_alone(line) {
            return Some(Effect::Idle(Idle::Itself));
        }
        let BuildLine::Replace { at: ReplaceRef { holder: Holder::Module(_), .. }, .. } = line else { return None };
        let by = self.build.overriding(line.path(), line.version())?;
        Some(Effect::Idle(Idle::Overridden { by: self.build.place(by) }))
    }

    /// Whether no other line would take the place of one that is for a version.
    fn is_alone(&self, line: BuildLine<'a>) -> bool {
        let without = HashSet::from([line.at()]);
        let other = |version| self.build.replacement_without(line.path(), version, &without);
        line.version().and_then(other).is_none()
    }

    /// The effect of a line by the whole graph; `None` if only a trial can decide.
    fn by_graph(&mut self, line: BuildLine<'a>) -> Option<Effect> {
        match self.is_met(line) {
            None => Some(self.not_met(line)),
            Some(true) => self.is_needed(line).then_some(Effect::Acts),
            Some(false) => None,
        }
    }

    /// Whether the effect of a line depends on imports that were not read.
    fn needs_imports(&self, line: BuildLine<'a>) -> bool {
        if self.imports.is_some() {
            return false;
        }
        match (self.is_met(line), self.selected(line.path())) {
            (None, None) => !self.build.is_main(line.path()),
            (Some(true), _) => !self.required.contains_key(line.path()) && self.build.lists_all(),
            (None | Some(false), _) => false,
        }
    }

    /// Whether a line counts for a version that the graph names: `None` if it does not, else whether that is selected.
    fn is_met(&self, line: BuildLine<'a>) -> Option<bool> {
        match line {
            BuildLine::Replace { at, .. } => self.met.get(&at).copied(),
            BuildLine::Exclude { line: exclude, .. } => {
                let module = self.table.known_module(&exclude.path.value, &exclude.version.value);
                module.is_some_and(|module| self.graph.drops(module)).then_some(false)
            }
        }
    }

    /// Why a line that no module of the graph meets is not met.
    fn not_met(&self, line: BuildLine<'a>) -> Effect {
        if let (Some(other), BuildLine::Replace { at, .. }) = (self.counting_instead(line), line) {
            let by = self.build.place(other);
            let is_of_work = |holder| matches!(holder, Holder::Workspace(_));
            let overridden = is_of_work(other.at.holder) && !is_of_work(at.holder);
            return Effect::Idle(if overridden { Idle::Overridden { by } } else { Idle::Hidden { by } });
        }
        if let Some(selected) = self.selected(line.path()) {
            return Effect::Idle(Idle::NeverRequired { selected: selected.clone() });
        }
        if self.build.is_main(line.path()) {
            return Effect::Idle(Idle::Main);
        }
        if self.may_be_wanted(line) {
            return Effect::Open(Gap::Import);
        }
        let of = self.module_with(line.path()).filter(|of| self.selected(of).is_some());
        Effect::Idle(of.map_or(Idle::NotInGraph, |of| Idle::Package { of }))
    }

    /// The line that counts for a version that the graph names and that a line, which is not met, is about.
    fn counting_instead(&self, line: BuildLine<'a>) -> Option<Candidate<'a>> {
        let Some(version) = line.version() else {
            let path = self.table.known_path(line.path().as_str())?;
            return self.named.get(&path)?.iter().find_map(|&node| self.replacement(node));
        };
        let node = self.table.known_module(line.path(), version)?;
        self.graph.names(node).then(|| self.replacement(node))?
    }

    /// Loads the graph without a line, and without those that are also idle.
    fn by_trial(
        &mut self,
        line: BuildLine<'a>,
        gone: &mut HashSet<LineRef>,
        may_go: &dyn Fn(LineRef) -> bool,
    ) -> Effect {
        gone.insert(line.at());
        let trial = self.try_without(gone);
        if !trial.is_same() || !may_go(line.at()) {
            gone.remove(&line.at());
        }
        let selected = self.selected(line.path());
        let is_selected = matches!(line, BuildLine::Replace { at, .. } if self.met.get(&at) == Some(&true));
        let idle = || match selected {
            None if self.build.is_main(line.path()) => Idle::Main,
            Some(selected) if !is_selected => Idle::NeverSelected { selected: selected.clone() },
            None | Some(_) => Idle::NotRequired,
        };
        let is_required = self.required.contains_key(line.path());
        match trial {
            Trial::Same => Effect::Idle(idle()),
            Trial::SameOfListed if is_required => Effect::Unused(idle()),
            Trial::SameOfListed => Effect::Unused(Idle::NotRequired),
            Trial::Unknown(_) if is_selected => Effect::Acts,
            // A version above the selected one would be selected if it could.
            Trial::Unknown(missing) if selected.is_some_and(|it| line.version().is_none_or(|version| version < it)) => {
                Effect::Open(Gap::Trial(missing))
            }
            Trial::Unknown(_) | Trial::Other => Effect::Acts,
        }
    }

    /// Whether a line that counts for a selected version surely acts: the build may have packages of the module, or
    /// without the line nobody could have its go.mod. A pruned go.mod lists every module that has a package in its
    /// builds.
    fn is_needed(&mut self, line: BuildLine<'a>) -> bool {
        if self.required.contains_key(line.path()) || !self.build.lists_all() || self.may_be_wanted(line) {
            return true;
        }
        let path = self.table.known_path(line.path().as_str());
        let selected = path.and_then(|path| self.graph.selected(path));
        let without = BuildModules::new(self.build, self.table, HashSet::from([line.at()]));
        selected.is_none_or(|selected| !self.can_be_had(selected, &without))
    }

    /// Whether the same is selected, from the same places, without these lines.
    pub(super) fn try_without(&mut self, gone: &HashSet<LineRef>) -> Trial {
        let without = ModuleGraphLoader::new(self.build, self.table, gone.clone()).finish_now(self.table);
        if without.lacks_files() {
            let missing = without.missing().iter().filter_map(|&node| self.table.module_version(node));
            return Trial::Unknown(missing.collect());
        }
        let modules = BuildModules::new(self.build, self.table, gone.clone());
        let build_list = self.graph.build_list(self.table);
        if without.selects_like(self.graph) && build_list.iter().all(|&node| self.is_replaced_alike(node, &modules)) {
            return Trial::Same;
        }
        if !self.build.lists_all() || !without.is_certain() {
            return Trial::Other;
        }
        let required: Vec<&ModulePath> = self.required.keys().copied().collect();
        for path in required {
            let path = self.table.known_path(path.as_str());
            let before = path.and_then(|path| self.graph.selected(path));
            let after = path.and_then(|path| without.selected(path));
            if before != after || before.is_some_and(|node| !self.is_replaced_alike(node, &modules)) {
                return Trial::Other;
            }
        }
        let had = without.build_list(self.table).into_iter().all(|node| self.can_be_had(node, &modules));
        if had { Trial::SameOfListed } else { Trial::Other }
    }

    /// Whether a version comes from the same place as in a build without some lines.
    fn is_replaced_alike(&self, node: NodeId, without: &BuildModules<'_>) -> bool {
        let (before, after) = (self.replacement(node), without.replacement(self.table, node));
        let target = |Candidate { dir, line, .. }: Candidate<'_>| (dir.clone(), line.new.to_string());
        before.map(target) == after.map(target)
    }

    /// Whether the go.mod of a selected version is available without some lines, so that the go command can list it.
    fn can_be_had(&mut self, node: NodeId, without: &BuildModules<'_>) -> bool {
        let (before, after) = (self.replacement(node), without.replacement(self.table, node));
        let is_same_line = before.map(|line| line.at) == after.map(|line| line.at);
        let is_as_before = self.graph.selected(self.table.path_of(node)) == Some(node) && is_same_line;
        is_as_before || without.look_up(self.table, node).file().is_some()
    }

    /// The effect by the `require` lines alone: a line for a required module acts. For any other only the whole graph
    /// can decide.
    fn by_requirements(&self, line: BuildLine<'a>) -> Effect {
        match self.required.get(line.path()) {
            Some(required) if self.meets(line, required) => Effect::Acts,
            _ if self.graph.lacks_files() => Effect::Open(Gap::Graph),
            _ => Effect::Open(Gap::Stale),
        }
    }

    /// Whether a line counts for a requirement. A workspace may select a higher version, for which only a line counts
    /// that is for every version.
    fn meets(&self, line: BuildLine<'a>, required: &Version) -> bool {
        match line {
            BuildLine::Exclude { .. } => line.version() == Some(required),
            BuildLine::Replace { at, .. } => {
                let candidate = self.build.replacement(line.path(), required);
                let counts = candidate.is_some_and(|candidate| candidate.at == at);
                counts && (self.build.work().is_none() || !self.build.has_versioned_lines(line.path()))
            }
        }
    }

    /// Whether an import that leads nowhere, or a tool, could be meant to lead to the module of a line.
    fn may_be_wanted(&self, line: BuildLine<'a>) -> bool {
        self.imports_below(line.path()).any(|imported| imported.is_open)
    }

    /// The module that has the package with this path, if a main module imports it or one below it.
    fn module_with(&self, package: &ModulePath) -> Option<ModulePath> {
        let modules = self.imports_below(package).filter_map(|imported| imported.module);
        modules.filter(|module| *module != package).find(|module| module.subpath(package.as_str()).is_some()).cloned()
    }

    /// The imports of the package with this path, and of those below it.
    fn imports_below<'s>(&'s self, path: &'s ModulePath) -> impl Iterator<Item = Imported<'a>> + 's {
        let imports = self.imports.iter().flat_map(|imports| imports.range(path.as_str()..));
        let from_it = imports.take_while(|(import, _)| import.starts_with(path.as_str()));
        from_it.filter(|(import, _)| path.subpath(import).is_some()).map(|(_, imported)| *imported)
    }
}
