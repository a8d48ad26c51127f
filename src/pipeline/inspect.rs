//! The facts as records for `modwarden inspect`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::policies::{PolicyChoice, load_policy};
use super::sight::{mistaken_policy, unseen, verdict};
use super::state::{StateEvidence, StateFacts, read_state};
use crate::finding::{Notification, Verdict};
use crate::go::BuildContext;
use crate::load::{Input, Tree};
use crate::model::{
    Effect, Exclusion, File, Idle, Import, Model, Module, Replacement, ResolutionKind, Standing, Vendor, Workspace,
};
use crate::report::facts::{
    EffectRecord, ImportRecord, ImportsRecord, KeyValue, ModuleLine, ModuleRecord, ModuleVersion, PathRecord,
    ReplaceRecord, ReplacementRecord, RequireRecord, Resolved, ResolvedKind, RetractRecord, UseRecord,
    VendoredPackageRecord, VendoredRecord, WorkspaceRecord,
};
use crate::source::{ModuleCache, SourceError, WithoutGoFiles};
use crate::syntax::{Exclude, Godebug, Replace, ReplaceTarget, VendoredModule};
use crate::text::{FileId, Files, RepoPath};

/// The facts of a state, to be printed.
#[derive(Debug)]
pub struct Inspected {
    /// The facts, and the paths that could not be read.
    pub facts: StateFacts,
    /// The table of files.
    pub files: Files,
    /// Whether the policy has mistakes, so that the modules that it may name were not looked for.
    pub mistaken_policy: bool,
    /// How long vendored files are, in bytes, where that was asked.
    pub vendored_sizes: HashMap<RepoPath, u64>,
}

impl Inspected {
    /// The same with the effect of each `replace` and `exclude` line.
    #[must_use]
    pub fn with_graphs(self, cache: Option<&ModuleCache>) -> Self {
        Self { facts: self.facts.with_graphs(cache), ..self }
    }

    /// The same with the files of vendor directories, and the length of each.
    pub fn with_vendored(mut self, input: Input<'_>) -> Result<Self, SourceError> {
        self.facts = self.facts.with_vendored(input, None, &mut self.files)?;
        let mut reader = input.source.reader();
        let entries = self.facts.vendored.listing.entries.iter();
        let sizes = entries.filter_map(|entry| Some((entry.path.clone(), reader.size(entry).ok()?)));
        self.vendored_sizes = sizes.collect();
        Ok(self)
    }

    /// Whether enough was read for these paths, and the paths that were not.
    pub fn sight(&self, paths: &[RepoPath]) -> (Verdict, Vec<Notification>) {
        let mut unseen = unseen(&self.facts, &self.files, paths);
        unseen.extend(self.mistaken_policy.then(mistaken_policy));
        (verdict(&unseen), unseen.into_iter().map(Notification::from).collect())
    }
}

/// Reads a state. The policy matters only for the modules that it names; one with mistakes names none.
pub fn inspect(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    let mut files = Files::default();
    let listing = input.source.list(&Tree::FirstParty)?;
    let policy = load_policy(policy, input, &listing, &mut files)?;
    let mistaken_policy = policy.is_err();
    let named = policy.map(|policy| policy.modules).unwrap_or_default();
    let facts = read_state(input, listing, StateEvidence { named: &named, cache }, &mut files)?;
    Ok(Inspected { facts, files, mistaken_policy, vendored_sizes: HashMap::new() })
}

/// Reads the module files of a state, and the effect of each `replace` and `exclude` line. Go files are read only if
/// such an effect depends on their imports.
pub(crate) fn inspect_module_files(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    let module_files = WithoutGoFiles(input.source);
    let mut inspected = inspect(Input { source: &module_files, ..input }, policy, cache)?;
    inspected.facts.model = inspected.facts.model.of_module_files();
    let inspected = inspected.with_graphs(cache);
    if inspected.facts.model.needs_go_files() {
        return Ok(inspect(input, policy, cache)?.with_graphs(cache));
    }
    Ok(inspected)
}

/// The build that `GOOS/GOARCH[,tag…]` names.
pub(crate) fn parse_build(text: &str) -> Result<BuildContext, String> {
    BuildContext::parse(text)
}

/// The facts to print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inspection<'a> {
    /// The facts.
    pub model: &'a Model,
    /// The table of files.
    pub files: &'a Files,
    /// Only files below these; all where empty.
    pub paths: &'a [RepoPath],
    /// How long vendored files are, in bytes.
    pub vendored_sizes: &'a HashMap<RepoPath, u64>,
}

impl Inspection<'_> {
    /// Whether a file was asked for.
    pub(super) fn covers(&self, file: FileId) -> bool {
        let path = self.files.get(file).path();
        self.paths.is_empty() || self.paths.iter().any(|dir| path.is_within(dir))
    }
}

/// One record a Go file, by module and directory; with `build` only the files that this build has.
pub(crate) fn inspect_imports(inspection: &Inspection<'_>, build: Option<&BuildContext>) -> Vec<ImportsRecord> {
    let Inspection { model, files, .. } = *inspection;
    let wanted =
        |file: &File<'_>| inspection.covers(file.id()) && build.is_none_or(|build| is_in_build(*file, build, files));
    model.files().filter(wanted).map(|file| imports_record(file, files)).collect()
}

/// One record a module, by directory.
pub(crate) fn inspect_modules(inspection: &Inspection<'_>) -> Vec<ModuleRecord> {
    inspection.model.modules().filter(|module| inspection.covers(module.file())).map(module_record).collect()
}

/// One record a workspace, by directory.
pub(crate) fn inspect_workspaces(inspection: &Inspection<'_>) -> Vec<WorkspaceRecord> {
    let workspaces = inspection.model.workspaces().filter(|workspace| inspection.covers(workspace.file()));
    workspaces.map(workspace_record).collect()
}

/// One record a vendored module, in the order of the lists.
pub(crate) fn inspect_vendor(inspection: &Inspection<'_>) -> Vec<VendoredRecord> {
    let lists = inspection.model.vendors().filter_map(|vendor| Some((vendor, vendor.manifest()?)));
    let lists = lists.filter(|(_, list)| inspection.covers(list.file));
    lists
        .flat_map(|(vendor, list)| {
            let importers = vendor.importers();
            let record = |module| vendored_record(inspection, vendor, &importers, module);
            list.parsed.tree.modules.iter().map(record).collect::<Vec<_>>()
        })
        .collect()
}

/// The packages that import each package, by import path.
type Importers<'m> = BTreeMap<&'m str, Vec<&'m str>>;

fn vendored_record(
    inspection: &Inspection<'_>,
    vendor: Vendor<'_>,
    importers: &Importers<'_>,
    module: &VendoredModule,
) -> VendoredRecord {
    let package = |path: &str| {
        let files = vendor.files_of(path);
        let size = files.iter().filter_map(|file| inspection.vendored_sizes.get(&file.path)).sum();
        VendoredPackageRecord { path: path.to_owned(), files: files.len(), size }
    };
    let paths: Vec<&str> = module.packages.iter().map(|package| package.path.value.as_str()).collect();
    let own: HashSet<&str> = paths.iter().copied().collect();
    let importers = paths.iter().filter_map(|path| importers.get(path)).flatten();
    let importers: BTreeSet<&str> = importers.copied().filter(|importer| !own.contains(importer)).collect();
    let packages: Vec<VendoredPackageRecord> = paths.iter().copied().map(package).collect();
    VendoredRecord {
        vendor: shown_dir(vendor.dir()),
        used: *vendor.standing() == Standing::Used,
        module: module.path.value.to_string(),
        version: module.version.as_ref().map(|version| version.value.to_string()),
        replacement: module.replacement.as_ref().map(|replacement| ReplacementRecord {
            path: replacement.path.value.to_string(),
            version: replacement.version.as_ref().map(|version| version.value.to_string()),
        }),
        explicit: module.explicit,
        go: module.go.as_ref().map(|go| go.value.to_string()),
        files: packages.iter().map(|package| package.files).sum(),
        size: packages.iter().map(|package| package.size).sum(),
        packages,
        importers: importers.into_iter().map(str::to_owned).collect(),
    }
}

/// A file that imports `"C"` is in no build without cgo, and one of `package documentation` in none at all
/// (`go/build.Context.Import`).
pub(super) fn is_in_build(file: File<'_>, build: &BuildContext, files: &Files) -> bool {
    let name = String::from_utf8_lossy(files.get(file.id()).path().file_name()).into_owned();
    !file.is_never_built()
        && file.package_name() != Some("documentation")
        && build.includes(&name, file.constraint())
        && (build.matches_tag("cgo") || file.imports().all(|import| import.path() != "C"))
}

fn imports_record(file: File<'_>, files: &Files) -> ImportsRecord {
    ImportsRecord {
        file: String::from_utf8_lossy(files.get(file.id()).path().as_bytes()).into_owned(),
        module: file.package().module().path().to_string(),
        package: file.package().path().to_owned(),
        test: file.is_test(),
        generated: file.is_generated(),
        constraint: file.constraint().map(ToString::to_string),
        imports: file.imports().map(import_record).collect(),
    }
}

/// The version of its module that an import's own go.mod requires, and the one that a build takes, where both are known.
fn versions(import: Import<'_>) -> Option<(String, String)> {
    let module = import.resolution().module.as_ref()?;
    let importing = import.file().package().module();
    let required = importing.go_mod().require.iter().find(|line| line.path.value == *module)?;
    let graphs = importing.model().graph_facts()?;
    let graph = importing.workspace().map_or_else(|| importing.graph(graphs), |workspace| workspace.graph(graphs));
    let selected = graph.filter(|graph| graph.is_certain())?.selected(module)?;
    Some((required.version.value.to_string(), selected.to_string()))
}

fn import_record(import: Import<'_>) -> ImportRecord {
    let resolution = import.resolution();
    let (required, selected) = versions(import).unzip();
    ImportRecord {
        path: import.path().to_owned(),
        name: import.name().unwrap_or_default().to_owned(),
        line: import.spec().line,
        column: import.spec().column,
        resolved: Resolved {
            kind: match resolution.kind {
                ResolutionKind::Std => ResolvedKind::Std,
                ResolutionKind::Main => ResolvedKind::Main,
                ResolutionKind::Workspace => ResolvedKind::Workspace,
                ResolutionKind::Module => ResolvedKind::Module,
                ResolutionKind::Cgo => ResolvedKind::Cgo,
                ResolutionKind::Unknown => ResolvedKind::Unknown,
            },
            module: resolution.module.as_ref().map(ToString::to_string),
            version: resolution.version.as_ref().map(ToString::to_string),
            required,
            selected,
            guess: resolution.is_guess(),
        },
    }
}

fn module_record(module: Module<'_>) -> ModuleRecord {
    let go_mod = module.go_mod();
    let version = |path: &dyn ToString, version: &dyn ToString| ModuleVersion {
        path: path.to_string(),
        version: version.to_string(),
    };
    ModuleRecord {
        dir: shown_dir(module.dir()),
        module: ModuleLine {
            path: go_mod.module.as_ref().map(|line| line.path.value.to_string()).unwrap_or_default(),
            deprecated: go_mod
                .module
                .as_ref()
                .and_then(|line| line.deprecated.as_deref())
                .unwrap_or_default()
                .to_owned(),
        },
        go: go_mod.go.as_ref().map(|go| go.value.to_string()).unwrap_or_default(),
        toolchain: go_mod.toolchain.as_ref().map(|name| name.value.to_string()).unwrap_or_default(),
        godebug: settings(&go_mod.godebug),
        require: go_mod
            .require
            .iter()
            .map(|line| RequireRecord {
                path: line.path.value.to_string(),
                version: line.version.value.to_string(),
                indirect: line.indirect,
            })
            .collect(),
        exclude: firsts(go_mod.exclude.iter().map(|line| version(&line.path.value, &line.version.value))),
        replace: lasts(go_mod.replace.iter().map(replace_record)),
        retract: go_mod
            .retract
            .iter()
            .map(|line| RetractRecord {
                low: line.low.value.to_string(),
                high: line.high.value.to_string(),
                rationale: line.rationale.to_string(),
            })
            .collect(),
        tool: firsts(go_mod.tool.iter().map(|line| PathRecord { path: line.path.value.to_string() })),
        ignore: firsts(go_mod.ignore.iter().map(|line| PathRecord { path: line.path.value.to_string() })),
        effects: effects(module.model(), module.replacements(), module.exclusions()),
    }
}

fn workspace_record(workspace: Workspace<'_>) -> WorkspaceRecord {
    let go_work = workspace.go_work();
    WorkspaceRecord {
        dir: shown_dir(workspace.dir()),
        go: go_work.go.as_ref().map(|go| go.value.to_string()).unwrap_or_default(),
        toolchain: go_work.toolchain.as_ref().map(|name| name.value.to_string()).unwrap_or_default(),
        godebug: settings(&go_work.godebug),
        uses: go_work.use_.iter().map(|line| UseRecord { disk_path: line.path.value.to_string() }).collect(),
        replace: lasts(go_work.replace.iter().map(replace_record)),
        effects: effects(workspace.model(), workspace.replacements(), std::iter::empty()),
    }
}

fn shown_dir(dir: &RepoPath) -> String {
    if dir.is_root() { ".".to_owned() } else { dir.to_string() }
}

fn settings(lines: &[Godebug]) -> Vec<KeyValue> {
    let setting = |line: &Godebug| KeyValue { key: line.key.value.to_string(), value: line.value.to_string() };
    lines.iter().map(setting).collect()
}

/// The effects of the lines.
fn effects<'m>(
    model: &'m Model,
    replacements: impl Iterator<Item = Replacement<'m>>,
    exclusions: impl Iterator<Item = Exclusion<'m>>,
) -> Vec<EffectRecord> {
    let Some(graphs) = model.graph_facts() else { return Vec::new() };
    let replaces = replacements.map(|replacement| {
        let old = replace_record(replacement.line()).old;
        effect_record("replace", old, &replacement.effect(graphs))
    });
    let excludes = exclusions.map(|exclusion| {
        let Exclude { path, version, .. } = exclusion.line();
        let old = ModuleVersion { path: path.value.to_string(), version: version.value.to_string() };
        effect_record("exclude", old, &exclusion.effect(graphs))
    });
    replaces.chain(excludes).collect()
}

fn effect_record(directive: &'static str, old: ModuleVersion, effect: &Effect) -> EffectRecord {
    let (effect, idle) = match effect {
        Effect::Acts => ("acts", None),
        Effect::Idle(idle) => ("none", Some(idle)),
        Effect::Unused(idle) => ("unused", Some(idle)),
        Effect::Open(_) => ("open", None),
    };
    let (mut selected_version, mut module) = (None, None);
    let reason = idle.map(|idle| match idle {
        Idle::Duplicate { .. } => "duplicate",
        Idle::Itself => "itself",
        Idle::Main => "main-module",
        Idle::Hidden { .. } => "hidden",
        Idle::Overridden { .. } => "overridden",
        Idle::Package { of } => {
            module = Some(of.to_string());
            "package"
        }
        Idle::NotInGraph => "not-in-graph",
        Idle::NotRequired => "not-required",
        Idle::NeverRequired { selected } => {
            selected_version = Some(selected.to_string());
            "never-required"
        }
        Idle::NeverSelected { selected } => {
            selected_version = Some(selected.to_string());
            "never-selected"
        }
    });
    EffectRecord { directive, old, effect, reason, selected: selected_version, module }
}

/// Like `go mod edit`, which keeps the first of equal lines (`modfile.removeDups`).
fn firsts<T: PartialEq>(lines: impl Iterator<Item = T>) -> Vec<T> {
    lines.fold(Vec::new(), |mut kept, line| {
        if !kept.contains(&line) {
            kept.push(line);
        }
        kept
    })
}

/// Like `go mod edit`, which keeps the last of the lines that replace the same.
fn lasts(lines: impl DoubleEndedIterator<Item = ReplaceRecord>) -> Vec<ReplaceRecord> {
    let mut kept: Vec<ReplaceRecord> = Vec::new();
    for line in lines.rev() {
        if kept.iter().all(|other| other.old != line.old) {
            kept.push(line);
        }
    }
    kept.reverse();
    kept
}

fn replace_record(line: &Replace) -> ReplaceRecord {
    let old = ModuleVersion {
        path: line.old.value.to_string(),
        version: line.old_version.as_ref().map(|version| version.value.to_string()).unwrap_or_default(),
    };
    let new = match &line.new {
        ReplaceTarget::Directory(path) => ModuleVersion { path: path.value.to_string(), version: String::new() },
        ReplaceTarget::Module { path, version } => {
            ModuleVersion { path: path.value.to_string(), version: version.value.to_string() }
        }
    };
    ReplaceRecord { old, new }
}
