//! Judges the lines of one build, by the graph where it is whole, else by the requirements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lines::{BuildLine, Imported};
use super::{Effect, Gap, Idle};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::model::graph::{Build, DependencyFiles, LineRef, Lookup, ModuleGraph};
use crate::model::replaces::{Candidate, Holder, ReplaceRef};

/// Judges the lines of one build.
pub(super) struct EffectJudge<'j, 'a> {
    build: &'j Build<'a>,
    graph: &'j ModuleGraph,
    files: &'j DependencyFiles,
    /// The versions of each module that the graph names.
    named: HashMap<&'j ModulePath, Vec<&'j ModuleVersion>>,
    /// The lines that count for a version that the graph names, and whether one of those is selected.
    met: HashMap<ReplaceRef, bool>,
    /// The requirements of the main modules, at the highest version that they state.
    required: HashMap<&'a ModulePath, &'a Version>,
    /// The imports of the main modules, and their tools.
    imports: BTreeMap<&'a str, Imported<'a>>,
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
    pub(super) fn new(build: &'j Build<'a>, graph: &'j ModuleGraph, files: &'j DependencyFiles) -> Self {
        let mut named: HashMap<_, Vec<_>> = HashMap::new();
        let mut met: HashMap<ReplaceRef, bool> = HashMap::new();
        for module in graph.named() {
            named.entry(&module.path).or_default().push(module);
            if let Some(candidate) = build.replacement(module) {
                *met.entry(candidate.at).or_default() |= graph.selected(&module.path) == Some(&module.version);
            }
        }
        Self { build, graph, files, named, met, required: build.required(), imports: build.imported() }
    }

    /// The effect of each line. Only those that `may_go` are taken to be removed when the next is checked. If the go
    /// command refuses a file, the effect is unknown.
    pub(super) fn judge(&self, may_go: &dyn Fn(LineRef) -> bool) -> Vec<(LineRef, Effect)> {
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
        effects.extend(tried.iter().map(|line| (line.at(), self.by_trial(*line, &mut gone, may_go))));
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
        let version = line.version().cloned();
        let module = version.map(|version| ModuleVersion { path: line.path().clone(), version });
        let without = HashSet::from([line.at()]);
        module.is_none_or(|module| self.build.replacement_without(&module, &without).is_none())
    }

    /// The effect of a line by the whole graph; `None` if only a trial can decide.
    fn by_graph(&self, line: BuildLine<'a>) -> Option<Effect> {
        match line {
            BuildLine::Exclude { line: exclude, .. } => {
                let module = ModuleVersion { path: exclude.path.value.clone(), version: exclude.version.value.clone() };
                (!self.graph.drops(&module)).then(|| self.not_met(line))
            }
            BuildLine::Replace { at, .. } => match self.met.get(&at) {
                None => Some(self.not_met(line)),
                Some(true) => self.is_needed(line).then_some(Effect::Acts),
                Some(false) => None,
            },
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
        if let Some(selected) = self.graph.selected(line.path()) {
            return Effect::Idle(Idle::NeverRequired { selected: selected.clone() });
        }
        if self.build.is_main(line.path()) {
            return Effect::Idle(Idle::Main);
        }
        if self.may_be_wanted(line) {
            return Effect::Open(Gap::Import);
        }
        let of = self.module_with(line.path()).filter(|of| self.graph.selected(of).is_some());
        Effect::Idle(of.map_or(Idle::NotInGraph, |of| Idle::Package { of }))
    }

    /// The line that counts for a version that the graph names and that a line, which is not met, is about.
    fn counting_instead(&self, line: BuildLine<'a>) -> Option<Candidate<'a>> {
        let Some(version) = line.version() else {
            return self.named.get(line.path())?.iter().find_map(|module| self.build.replacement(module));
        };
        let module = ModuleVersion { path: line.path().clone(), version: version.clone() };
        self.graph.names(&module).then(|| self.build.replacement(&module))?
    }

    /// Loads the graph without a line, and without those that are also idle.
    fn by_trial(&self, line: BuildLine<'a>, gone: &mut HashSet<LineRef>, may_go: &dyn Fn(LineRef) -> bool) -> Effect {
        gone.insert(line.at());
        let trial = self.try_without(gone);
        if !trial.is_same() || !may_go(line.at()) {
            gone.remove(&line.at());
        }
        let selected = self.graph.selected(line.path());
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
    fn is_needed(&self, line: BuildLine<'a>) -> bool {
        let is_built = self.required.contains_key(line.path()) || !self.build.lists_all() || self.may_be_wanted(line);
        let without = HashSet::from([line.at()]);
        let had = |selected: &Version| self.can_be_had((line.path(), selected), &without);
        is_built || !self.graph.selected(line.path()).is_some_and(had)
    }

    /// Whether the same is selected, from the same places, without these lines.
    pub(super) fn try_without(&self, gone: &HashSet<LineRef>) -> Trial {
        let target =
            |candidate: Option<Candidate<'a>>| candidate.map(|Candidate { dir, line, .. }| (dir, line.new.to_string()));
        let is_replaced_alike = |(path, version): (&ModulePath, &Version)| {
            let module = ModuleVersion { path: path.clone(), version: version.clone() };
            target(self.build.replacement(&module)) == target(self.build.replacement_without(&module, gone))
        };
        let without = self.build.graph_without(gone, self.files);
        if without.lacks_files() {
            return Trial::Unknown(without.missing().cloned().collect());
        }
        let is_same = without.selects_like(self.graph) && self.graph.build_list().into_iter().all(is_replaced_alike);
        if is_same {
            return Trial::Same;
        }
        let is_listed_alike = |path: &&ModulePath| {
            let (before, after) = (self.graph.selected(path), without.selected(path));
            before == after && before.is_none_or(|version| is_replaced_alike((path, version)))
        };
        let lists_all = self.build.lists_all() && without.is_certain();
        let can_be_had = || without.build_list().into_iter().all(|module| self.can_be_had(module, gone));
        let is_same = lists_all && self.required.keys().all(is_listed_alike) && can_be_had();
        if is_same { Trial::SameOfListed } else { Trial::Other }
    }

    /// Whether the go.mod of the selected version is available, so that the go command can list it.
    fn can_be_had(&self, (path, version): (&ModulePath, &Version), gone: &HashSet<LineRef>) -> bool {
        let module = ModuleVersion { path: path.clone(), version: version.clone() };
        let before = self.build.replacement(&module).map(|candidate| candidate.at);
        let after = self.build.replacement_without(&module, gone);
        let is_as_before = self.graph.selected(path) == Some(version) && before == after.map(|candidate| candidate.at);
        is_as_before || matches!(self.build.go_mod_of(&module, after, self.files), Lookup::Found(_) | Lookup::Cached(_))
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
        let module = ModuleVersion { path: line.path().clone(), version: required.clone() };
        match line {
            BuildLine::Exclude { .. } => line.version() == Some(required),
            BuildLine::Replace { at, .. } => {
                let counts = self.build.replacement(&module).is_some_and(|candidate| candidate.at == at);
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
        let from_it = self.imports.range(path.as_str()..).take_while(|(import, _)| import.starts_with(path.as_str()));
        from_it.filter(|(import, _)| path.subpath(import).is_some()).map(|(_, imported)| *imported)
    }
}
