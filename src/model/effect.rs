//! What each `replace` and `exclude` line does: whether anything would change without it, and if not, why.
//!
//! A line that no module of the graph meets does nothing. Of one that is met only where nothing is selected, the graph is
//! loaded again without it. All that is called idle may go together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::graph::{Build, DependencyFiles, LineRef, Loader, ModuleGraph};
use super::replaces::{Candidate, Holder, ReplaceRef};
use super::{File, Model, Module, Package, ResolutionKind};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::syntax::{Exclude, GoMod, Parsed, Replace, ReplaceTarget};
use crate::text::{FileId, Span};

/// What a line does in a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something would be selected, or come from, elsewhere without it.
    Acts,
    /// Nothing would change without it.
    Idle(Idle),
    /// No package of the build is concerned. Whether the choice of versions is, only the go.mod files of the
    /// dependencies can tell, and not all are at hand.
    Unused(Idle),
    /// That is not known.
    Open,
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
    /// It names the main module, which nothing replaces.
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

/// What the lines do, by line: in builds of one module alone, and in those of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Effects {
    alone: HashMap<LineRef, Effect>,
    together: HashMap<LineRef, Effect>,
    pub(super) of_modules: Vec<ModuleGraph>,
    pub(super) of_workspaces: Vec<ModuleGraph>,
}

impl Model {
    /// The same with the graphs of its modules and workspaces, and what their lines do. `find` is asked for go.mod files
    /// of dependencies, a batch at a time, each file once; it answers in order, with `None` for one that cannot be had.
    pub fn with_graphs(mut self, mut find: impl FnMut(&[ModuleVersion]) -> Vec<Option<Arc<Parsed<GoMod>>>>) -> Self {
        let alone: Vec<Build<'_>> = (0..self.modules.len()).map(|module| Build::alone(&self, module)).collect();
        let together: Vec<Build<'_>> =
            (0..self.workspaces.len()).map(|workspace| Build::together(&self, workspace)).collect();
        let mut files = DependencyFiles::new();
        let mut graphs = load(alone.iter().chain(&together), &mut files, &mut find);
        let of_workspaces = graphs.split_off(alone.len());
        let effects = effects((&alone, &graphs), (&together, &of_workspaces), &files);
        self.effects = Effects { of_modules: graphs, of_workspaces, ..effects };
        self
    }

    pub(super) fn effect_alone(&self, line: LineRef) -> &Effect {
        self.effects.alone.get(&line).unwrap_or(&Effect::Open)
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
    let mut loaders: Vec<Loader<'_>> = builds.map(|build| Loader::new(build, HashSet::new())).collect();
    loop {
        let mut wanted: Vec<ModuleVersion> = loaders.iter_mut().flat_map(|loader| loader.advance(files)).collect();
        if wanted.is_empty() {
            return loaders.into_iter().map(Loader::finish).collect();
        }
        wanted.sort();
        wanted.dedup();
        let found = find(&wanted);
        files.extend(wanted.into_iter().zip(found));
    }
}

/// Builds and their graphs, in the same order.
type Builds<'b, 'a> = (&'b [Build<'a>], &'b [ModuleGraph]);

/// Judges the lines of the modules first. In a workspace those of a member may only go if they may go there too.
fn effects(modules: Builds<'_, '_>, workspaces: Builds<'_, '_>, files: &DependencyFiles) -> Effects {
    let mut effects = Effects::default();
    for (build, graph) in modules.0.iter().zip(modules.1) {
        effects.alone.extend(Judge::new(build, graph, files).judge(&|_| true));
    }
    for (build, graph) in workspaces.0.iter().zip(workspaces.1) {
        let of_work = |line| matches!(line, LineRef::Replace(ReplaceRef { holder: Holder::Workspace(_), .. }));
        let is_idle_alone = |line: LineRef| matches!(effects.alone.get(&line), Some(Effect::Idle(_)));
        effects.together.extend(Judge::new(build, graph, files).judge(&|line| of_work(line) || is_idle_alone(line)));
    }
    for (build, graph) in modules.0.iter().zip(modules.1) {
        keep_what_is_needed_alone(&mut effects, (build, graph), files);
    }
    effects
}

/// What may go in the workspace is perhaps less than what may go in a module alone; whether so much may go there is
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
        && Judge::new(build, graph, files).try_without(&gone) != Trial::Same
    {
        effects.alone.extend(gone.into_iter().map(|line| (line, Effect::Acts)));
    }
}

/// A line of a build.
#[derive(Clone, Copy, Debug)]
pub(super) enum BuildLine<'a> {
    Replace { at: ReplaceRef, file: FileId, line: &'a Replace },
    Exclude { module: usize, index: usize, file: FileId, line: &'a Exclude },
}

impl<'a> BuildLine<'a> {
    fn at(self) -> LineRef {
        match self {
            Self::Replace { at, .. } => LineRef::Replace(at),
            Self::Exclude { module, index, .. } => LineRef::Exclude { module, line: index },
        }
    }

    fn path(self) -> &'a ModulePath {
        match self {
            Self::Replace { line, .. } => &line.old.value,
            Self::Exclude { line, .. } => &line.path.value,
        }
    }

    /// The version that it is about; `None` for every one.
    fn version(self) -> Option<&'a Version> {
        match self {
            Self::Replace { line, .. } => line.old_version.as_ref().map(|version| &version.value),
            Self::Exclude { line, .. } => Some(&line.version.value),
        }
    }

    fn place(self) -> (FileId, Span) {
        match self {
            Self::Replace { file, line, .. } => (file, line.line.span),
            Self::Exclude { file, line, .. } => (file, line.line.span),
        }
    }

    /// Whether both are in one file and say the same.
    fn repeats(self, other: Self) -> bool {
        match (self, other) {
            (Self::Replace { file, line, .. }, Self::Replace { file: of, line: other, .. }) => {
                file == of && line.new.to_string() == other.new.to_string()
            }
            (Self::Exclude { file, .. }, Self::Exclude { file: of, .. }) => file == of,
            _ => false,
        }
    }

    fn replaces_itself(self) -> bool {
        let Self::Replace { line, .. } = self else { return false };
        let ReplaceTarget::Module { path, version } = &line.new else { return false };
        path.value == line.old.value && self.version() == Some(&version.value)
    }
}

impl<'a> Build<'a> {
    /// The lines that count in the build, the workspace's first.
    fn lines(&self) -> impl Iterator<Item = BuildLine<'a>> {
        let of_file = |holder: Holder, file: FileId, lines: &'a [Replace]| {
            lines.iter().enumerate().map(move |(index, line)| BuildLine::Replace {
                at: ReplaceRef { holder, line: index },
                file,
                line,
            })
        };
        let of_work =
            self.work().map(move |(index, work)| of_file(Holder::Workspace(index), work.file, &work.go_work().replace));
        let of_mains = self.mains().flat_map(move |(module, data)| {
            let excludes = data.go_mod().exclude.iter().enumerate();
            let exclude = move |(index, line)| BuildLine::Exclude { module, index, file: data.file, line };
            of_file(Holder::Module(module), data.file, &data.go_mod().replace).chain(excludes.map(exclude))
        });
        of_work.into_iter().flatten().chain(of_mains).collect::<Vec<_>>().into_iter()
    }
}

/// How the graph without some lines compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    /// The same is selected, from the same places.
    Same,
    /// Something else is.
    Other,
    /// A go.mod would have to be read that is not at hand.
    Unknown,
}

/// Judges the lines of one build.
struct Judge<'j, 'a> {
    build: &'j Build<'a>,
    graph: &'j ModuleGraph,
    files: &'j DependencyFiles,
    /// The versions of each module that the graph names.
    named: HashMap<&'j ModulePath, Vec<&'j ModuleVersion>>,
    /// The lines that count for a version that the graph names, and whether one of those is selected.
    met: HashMap<ReplaceRef, bool>,
    /// What the main modules require, at the highest version that they state.
    required: HashMap<&'a ModulePath, &'a Version>,
    /// What the main modules import.
    imports: BTreeMap<&'a str, Imported<'a>>,
}

/// What is known of an imported package.
#[derive(Clone, Copy, Debug, Default)]
struct Imported<'a> {
    /// The module that has it.
    module: Option<&'a ModulePath>,
    /// Whether it is not known where it leads: a replaced module may be what it wants.
    is_open: bool,
}

/// How many graphs are loaded for trials at most. Each takes as long as loading the graph, so that a file with many
/// thousands of lines would keep one waiting; real ones have a handful.
const MAX_TRIALS: usize = 256;

impl<'j, 'a> Judge<'j, 'a> {
    fn new(build: &'j Build<'a>, graph: &'j ModuleGraph, files: &'j DependencyFiles) -> Self {
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

    /// What each line does. Only those that `may_go` are taken to be away when the next is judged.
    fn judge(&self, may_go: &dyn Fn(LineRef) -> bool) -> Vec<(LineRef, Effect)> {
        if !self.build.is_readable() {
            return Vec::new();
        }
        let mut firsts: HashMap<(&ModulePath, Option<&Version>, bool), Vec<BuildLine<'a>>> = HashMap::new();
        let mut effects = Vec::new();
        let mut doubtful = Vec::new();
        for line in self.build.lines() {
            let is_replace = matches!(line, BuildLine::Replace { .. });
            let alike = firsts.entry((line.path(), line.version(), is_replace)).or_default();
            let first = alike.iter().find(|first| line.repeats(**first)).copied();
            alike.push(line);
            let duplicate = first.map(|first| Effect::Idle(Idle::Duplicate { of: first.place() }));
            match duplicate.or_else(|| self.by_form(line)) {
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
        let (tried, left) = doubtful.split_at(doubtful.len().min(MAX_TRIALS));
        effects.extend(tried.iter().map(|line| (line.at(), self.by_trial(*line, &mut gone, may_go))));
        effects.extend(left.iter().map(|line| (line.at(), Effect::Open)));
        effects
    }

    /// What a line's own form says of it, or that a line of the workspace's file always goes before it.
    fn by_form(&self, line: BuildLine<'a>) -> Option<Effect> {
        let of_work = matches!(line, BuildLine::Replace { at: ReplaceRef { holder: Holder::Workspace(_), .. }, .. });
        if of_work && self.build.members_disagree(line.path()) {
            return Some(Effect::Acts);
        }
        if line.replaces_itself() && self.is_alone(line) {
            return Some(Effect::Idle(Idle::Itself));
        }
        let BuildLine::Replace { at: ReplaceRef { holder: Holder::Module(_), .. }, .. } = line else { return None };
        let (_, work) = self.build.work()?;
        let hides = |other: &&Replace| {
            let old = other.old_version.as_ref().map(|version| &version.value);
            other.old.value == *line.path() && (old.is_none() || old == line.version())
        };
        let by = work.go_work().replace.iter().find(hides)?;
        Some(Effect::Idle(Idle::Overridden { by: (work.file, by.line.span) }))
    }

    /// Whether no other line would take the place of one that is for a version.
    fn is_alone(&self, line: BuildLine<'a>) -> bool {
        let version = line.version().cloned();
        let module = version.map(|version| ModuleVersion { path: line.path().clone(), version });
        let without = HashSet::from([line.at()]);
        module.is_none_or(|module| self.build.replacement_without(&module, &without).is_none())
    }

    /// What the whole graph says of a line; `None` where only a trial tells.
    fn by_graph(&self, line: BuildLine<'a>) -> Option<Effect> {
        match line {
            BuildLine::Exclude { line: exclude, .. } => {
                let module = ModuleVersion { path: exclude.path.value.clone(), version: exclude.version.value.clone() };
                (!self.graph.drops(&module)).then(|| self.not_met(line))
            }
            BuildLine::Replace { at, .. } => match self.met.get(&at) {
                None => Some(self.not_met(line)),
                Some(is_selected) => is_selected.then_some(Effect::Acts),
            },
        }
    }

    /// Why a line that no module of the graph meets is not met.
    fn not_met(&self, line: BuildLine<'a>) -> Effect {
        let named = self.named.get(line.path()).map(Vec::as_slice).unwrap_or_default();
        let concerned = named.iter().filter(|module| line.version().is_none_or(|version| module.version == *version));
        let other = concerned.filter_map(|module| self.build.replacement(module)).next();
        if let (Some(other), BuildLine::Replace { at, .. }) = (other, line) {
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
            return Effect::Open;
        }
        let of = self.module_with(line.path()).filter(|of| self.graph.selected(of).is_some());
        Effect::Idle(of.map_or(Idle::NotInGraph, |of| Idle::Package { of }))
    }

    /// Loads the graph without a line, and without those that are idle besides.
    fn by_trial(&self, line: BuildLine<'a>, gone: &mut HashSet<LineRef>, may_go: &dyn Fn(LineRef) -> bool) -> Effect {
        gone.insert(line.at());
        let trial = self.try_without(gone);
        if trial != Trial::Same || !may_go(line.at()) {
            gone.remove(&line.at());
        }
        let selected = self.graph.selected(line.path());
        let idle = selected.map_or(Idle::Main, |selected| Idle::NeverSelected { selected: selected.clone() });
        match trial {
            Trial::Same => Effect::Idle(idle),
            // A version above the selected one would be selected if it could.
            Trial::Unknown if selected.is_some_and(|selected| line.version().is_none_or(|it| it < selected)) => {
                Effect::Unused(idle)
            }
            Trial::Unknown | Trial::Other => Effect::Acts,
        }
    }

    /// Whether the same is selected, from the same places, without these lines.
    fn try_without(&self, gone: &HashSet<LineRef>) -> Trial {
        let target =
            |candidate: Option<Candidate<'a>>| candidate.map(|Candidate { dir, line, .. }| (dir, line.new.to_string()));
        let is_replaced_alike = |(path, version): (&ModulePath, &Version)| {
            let module = ModuleVersion { path: path.clone(), version: version.clone() };
            target(self.build.replacement(&module)) == target(self.build.replacement_without(&module, gone))
        };
        let without = self.build.graph_without(gone, self.files);
        if without.missing().len() > 0 {
            return Trial::Unknown;
        }
        let is_same = without.selects_like(self.graph) && self.graph.build_list().into_iter().all(is_replaced_alike);
        if is_same { Trial::Same } else { Trial::Other }
    }

    /// What the `require` lines alone say: a pruned module lists every module that has a package in its builds, at the
    /// version that is selected.
    fn by_requirements(&self, line: BuildLine<'a>) -> Effect {
        if line.version().is_none() && self.build.is_main(line.path()) {
            return Effect::Unused(Idle::Main);
        }
        match (self.required.get(line.path()).copied(), line.version()) {
            (Some(required), _) if self.meets(line, required) => Effect::Acts,
            (None, _) if self.build.lists_all() && !self.may_be_wanted(line) => {
                let of = self.module_with(line.path());
                Effect::Unused(of.map_or(Idle::NotRequired, |of| Idle::Package { of }))
            }
            (Some(required), Some(version)) if self.never_selects(line, version, required) => {
                Effect::Unused(Idle::NeverSelected { selected: required.clone() })
            }
            _ => Effect::Open,
        }
    }

    /// Whether a line counts for what is required. A workspace may select a higher version, for which only a line counts
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

    /// Whether the version of a line is not selected where `required` is. A go.mod that is up to date requires what is
    /// selected; in a workspace others may ask for more. A higher one may be excluded so that nobody comes to require it.
    fn never_selects(&self, line: BuildLine<'a>, version: &Version, required: &Version) -> bool {
        let may_rise = self.build.work().is_some() || matches!(line, BuildLine::Exclude { .. });
        if may_rise { version < required } else { version != required }
    }

    /// Whether an import that leads nowhere could be meant to lead to the module of a line.
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

impl<'a> Build<'a> {
    fn place(&self, candidate: Candidate<'a>) -> (FileId, Span) {
        let file = match candidate.at.holder {
            Holder::Workspace(index) => self.model().workspaces[index].file,
            Holder::Module(index) => self.model().modules[index].file,
        };
        (file, candidate.line.line.span)
    }

    /// What the main modules import.
    fn imported(&self) -> BTreeMap<&'a str, Imported<'a>> {
        let mut imports = BTreeMap::new();
        if self.lines().next().is_none() {
            return imports;
        }
        let modules = self.mains().map(|(index, _)| Module::new(self.model(), index));
        for import in modules.flat_map(Module::packages).flat_map(Package::files).flat_map(File::imports) {
            let resolution = import.resolution();
            let imported: &mut Imported<'a> = imports.entry(import.path()).or_default();
            imported.is_open |= resolution.guess || resolution.kind == ResolutionKind::Unknown;
            imported.module = imported.module.or(resolution.module.as_ref());
        }
        imports
    }

    /// What the main modules require, at the highest version that they state.
    fn required(&self) -> HashMap<&'a ModulePath, &'a Version> {
        let mut required: HashMap<&ModulePath, &Version> = HashMap::new();
        for line in self.mains().flat_map(|(_, main)| &main.go_mod().require) {
            let highest = required.entry(&line.path.value).or_insert(&line.version.value);
            *highest = (*highest).max(&line.version.value);
        }
        required
    }

    /// Whether its files could be read in full.
    fn is_readable(&self) -> bool {
        self.mains().all(|(_, main)| main.parsed.errors.is_empty())
            && self.work().is_none_or(|(_, work)| work.parsed.errors.is_empty())
    }

    /// Whether go.mod lists every module that has a package in the build.
    fn lists_all(&self) -> bool {
        self.mains().all(|(_, main)| main.go_mod().go.as_ref().is_some_and(|go| go.value.is_at_least("1.17")))
    }
}
