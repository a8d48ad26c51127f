//! `diff`: two commits, and the changes in the requirements and imports of modules between them.

use std::collections::BTreeSet;

use super::inspect::{Inspected, inspect};
use super::policies::PolicyChoice;
use super::sight::{Gap, NamedState, unseen_in_either, verdict};
use crate::finding::{Notification, NotificationKind, Severity, Tool};
use crate::load::{FactStore, GoEnv, Input};
use crate::model::{
    self, Change, Directive, Elsewhere, ImportedPackage, ModelDiff, Module, Note, Usage, VersionChange, Workspace,
};
use crate::report::diff::{
    Also, Diff, DiffSummary, DirectiveDiff, Endpoint, FilePlace, ModuleDiff, PackageDiff, Presence, Replaced,
    RequirementChange, RequirementDiff, WorkspaceDiff,
};
use crate::source::{ModuleCache, Source, SourceError};
use crate::text::{Files, RepoPath};

/// The request of a comparison.
#[derive(Clone, Copy)]
pub(crate) struct DiffRequest<'a> {
    /// The state before.
    pub base: DiffEnd<'a>,
    /// The state after.
    pub head: DiffEnd<'a>,
    /// The policy, for the modules that it names.
    pub policy: PolicyChoice<'a>,
    /// The module cache, as evidence.
    pub cache: Option<&'a ModuleCache>,
    /// The known facts about blobs, so that none is read twice.
    pub store: &'a FactStore,
    /// The settings of the go command's environment.
    pub env: &'a GoEnv,
    /// Only the modules at, below or around these paths; all where empty.
    pub paths: &'a [RepoPath],
}

/// One end of the comparison.
#[derive(Clone, Copy)]
pub(crate) struct DiffEnd<'a> {
    /// The state.
    pub source: &'a dyn Source,
    /// The revision by which it was asked for.
    pub revision: &'a str,
    /// Whether the state is not the revision's own, but where its history meets that of the other end.
    pub merge_base: bool,
}

/// Reads both states and returns the changes.
pub(crate) fn diff(request: &DiffRequest<'_>) -> Result<Diff, SourceError> {
    let read =
        |source| inspect(Input { source, store: request.store, env: request.env }, request.policy, request.cache);
    let (before, after) = (read(request.base.source)?, read(request.head.source)?);
    let (base, head) = (endpoint(request.base), endpoint(request.head));
    let unseen = unseen(&before, &after, request);
    let verdict = verdict(&unseen);
    let mut notifications: Vec<Notification> = unseen.into_iter().map(Notification::from).collect();
    let comparison = StateComparison {
        diff: ModelDiff::new((&before.facts.model, &before.files), (&after.facts.model, &after.files)),
        before: &before,
        after: &after,
        paths: request.paths,
    };
    let modules: Vec<ModuleDiff> = comparison.wanted().filter_map(|module| comparison.module(module)).collect();
    notifications.extend(guesses(&modules));
    let workspaces = comparison.workspaces(&modules);
    let summary = DiffSummary { compared: comparison.wanted().count(), ..summary(&modules, &workspaces) };
    let tool = Tool::this();
    let paths = request.paths.iter().map(ToString::to_string).collect();
    Ok(Diff { tool, base, head, paths, workspaces, modules, notifications, verdict, summary })
}

fn endpoint(end: DiffEnd<'_>) -> Endpoint {
    let commit = end.source.origin().commit().map(|id| id.to_string());
    Endpoint { commit, revision: end.revision.to_owned(), merge_base: end.merge_base }
}

/// The paths that could not be read in one of the states.
pub(super) fn unseen(before: &Inspected, after: &Inspected, request: &DiffRequest<'_>) -> Vec<Gap> {
    let name = |end: DiffEnd<'_>| match end.merge_base {
        true => format!("the merge base with {}", end.revision),
        false => end.revision.to_owned(),
    };
    let (base, head) = (name(request.base), name(request.head));
    let (before, after) = (NamedState { state: before, name: &base }, NamedState { state: after, name: &head });
    unseen_in_either(before, after, request.paths)
}

/// Explains the word "a guess", if it is at a package.
fn guesses(modules: &[ModuleDiff]) -> Option<Notification> {
    let mut packages = modules.iter().flat_map(|module| &module.requirements).flat_map(|it| &it.packages);
    packages.any(|package| package.guess).then(|| Notification {
        kind: NotificationKind::Information,
        level: Severity::Note,
        message: "\"a guess\" means that several required modules could have the package".to_owned(),
        label: None,
        help: Some("run `go mod download`, so that the module cache can decide".to_owned()),
        repository: None,
    })
}

struct StateComparison<'a> {
    diff: ModelDiff<'a>,
    before: &'a Inspected,
    after: &'a Inspected,
    paths: &'a [RepoPath],
}

impl<'a> StateComparison<'a> {
    /// The modules that were asked for.
    fn wanted(&self) -> impl Iterator<Item = Change<Module<'a>>> {
        let holds = |module: &Module<'_>, path: &RepoPath| {
            let models = [&self.before.facts.model, &self.after.facts.model];
            models.iter().any(|model| model.module_of(path).as_ref() == Some(module))
        };
        let is_asked = move |module: &Module<'_>| {
            self.paths.is_empty() || self.paths.iter().any(|path| module.dir().is_within(path) || holds(module, path))
        };
        self.diff.modules().filter(move |change| change.before().into_iter().chain(change.after()).any(is_asked))
    }

    /// The changes of a module; `None` if there are none.
    fn module(&self, change: Change<Module<'a>>) -> Option<ModuleDiff> {
        let last = *change.last();
        let differing = |of: fn(&Module<'_>) -> String| {
            let before = change.before().map(of);
            before.filter(|before| *before != of(&last))
        };
        let requirements = change.requirements();
        let mut requirements: Vec<RequirementDiff> =
            requirements.iter().filter(|it| !it.is_unchanged()).map(|it| self.requirement(it)).collect();
        requirements.sort_by(|a, b| (!a.direct, a.change, &a.path).cmp(&(!b.direct, b.change, &b.path)));
        let record = ModuleDiff {
            path: last.path().to_string(),
            dir: dir(last.dir()),
            change: presence(&change),
            path_before: differing(|module| module.path().to_string()),
            dir_before: differing(|module| dir(module.dir())),
            workspace: last.workspace().map(|workspace| dir(workspace.dir())),
            directives: change.directives().into_iter().map(directive).collect(),
            requirements,
        };
        let is_same = record.change == Presence::Changed
            && record.path_before.is_none()
            && record.dir_before.is_none()
            && record.directives.is_empty()
            && record.requirements.is_empty();
        (!is_same).then_some(record)
    }

    fn requirement(&self, diff: &model::RequirementDiff<'a>) -> RequirementDiff {
        let last = diff.sides.last();
        let (before, after) = (diff.sides.before(), diff.sides.after());
        let version = |side: &model::RequirementUse<'_>| side.requirement.version().to_string();
        let replacement = |side: &model::RequirementUse<'_>| {
            side.requirement.replacement().map(|replacement| replacement.to_string())
        };
        let replaced = Replaced { before: before.and_then(replacement), after: after.and_then(replacement) };
        RequirementDiff {
            path: last.requirement.path().to_string(),
            change: match diff.version() {
                VersionChange::Added => RequirementChange::Added,
                VersionChange::Removed => RequirementChange::Removed,
                VersionChange::Upgraded => RequirementChange::Upgraded,
                VersionChange::Downgraded => RequirementChange::Downgraded,
                VersionChange::Same => RequirementChange::Changed,
            },
            also: diff.notes().into_iter().map(also).collect(),
            before: before.map(version),
            after: after.map(version),
            replaced: (replaced.before.is_some() || replaced.after.is_some()).then_some(replaced),
            direct: !last.requirement.line().indirect,
            used: match last.usage {
                Usage::Used => Some(true),
                Usage::Perhaps => None,
                Usage::Unused => Some(false),
            },
            packages: diff.packages.iter().map(|package| self.package(package)).collect(),
        }
    }

    fn package(&self, change: &Change<ImportedPackage<'a>>) -> PackageDiff {
        let files: &Files = if change.after().is_some() { &self.after.files } else { &self.before.files };
        let package = change.last();
        let place = |import: &model::Import<'_>| FilePlace {
            file: text(files.get(import.file().id()).path()),
            line: import.spec().line,
        };
        let elsewhere = match package.elsewhere {
            Elsewhere::Module(path) => Some(path.to_string()),
            Elsewhere::NotImported | Elsewhere::Unknown => None,
        };
        let (from, to) = if change.after().is_some() { (elsewhere, None) } else { (None, elsewhere) };
        PackageDiff {
            path: package.path.to_owned(),
            change: presence(change),
            from,
            to,
            unresolved: package.elsewhere == Elsewhere::Unknown,
            guess: package.imports.iter().any(|import| import.resolution().is_guess()),
            files: package.imports.iter().map(place).collect(),
        }
    }

    /// The workspaces that changed, and those of `modules`.
    fn workspaces(&self, modules: &[ModuleDiff]) -> Vec<WorkspaceDiff> {
        let named: BTreeSet<&str> = modules.iter().filter_map(|module| module.workspace.as_deref()).collect();
        let is_asked = |workspace: &Workspace<'_>| {
            let is_near = |path: &RepoPath| workspace.dir().is_within(path) || path.is_within(workspace.dir());
            self.paths.is_empty() || self.paths.iter().any(is_near)
        };
        let record = |change: Change<Workspace<'a>>| {
            let directives = if is_asked(change.last()) { change.directives() } else { Vec::new() };
            let record = WorkspaceDiff {
                dir: dir(change.last().dir()),
                change: presence(&change),
                directives: directives.into_iter().map(directive).collect(),
            };
            let is_same = record.change == Presence::Changed && record.directives.is_empty();
            let is_shown = named.contains(record.dir.as_str()) || (is_asked(change.last()) && !is_same);
            is_shown.then_some(record)
        };
        self.diff.workspaces().into_iter().filter_map(record).collect()
    }
}

fn presence<T>(change: &Change<T>) -> Presence {
    match change {
        Change::Added(_) => Presence::Added,
        Change::Removed(_) => Presence::Removed,
        Change::Both(..) => Presence::Changed,
    }
}

fn directive(change: Change<Directive<'_>>) -> DirectiveDiff {
    DirectiveDiff {
        directive: change.last().verb(),
        change: presence(&change),
        subject: change.last().subject(),
        before: change.before().and_then(|line| line.value()),
        after: change.after().and_then(|line| line.value()),
    }
}

fn also(note: Note) -> Also {
    match note {
        Note::Replaced => Also::Replaced,
        Note::NoLongerReplaced => Also::NoLongerReplaced,
        Note::ReplacedOtherwise => Also::ReplacedOtherwise,
        Note::NewlyDirect => Also::NewlyDirect,
        Note::NewlyIndirect => Also::NewlyIndirect,
        Note::NewlyUnused => Also::NewlyUnused,
        Note::NewlyUsed => Also::NewlyUsed,
    }
}

fn summary(modules: &[ModuleDiff], workspaces: &[WorkspaceDiff]) -> DiffSummary {
    let requirements = || modules.iter().flat_map(|module| &module.requirements);
    let changed = |change| requirements().filter(|requirement| requirement.change == change).count();
    let noted = |notes: &[Also]| requirements().filter(|it| it.also.iter().any(|also| notes.contains(also))).count();
    let present = |change| modules.iter().filter(|module| module.change == change).count();
    let of_modules: usize = modules.iter().map(|module| module.directives.len()).sum();
    let of_workspaces: usize = workspaces.iter().map(|workspace| workspace.directives.len()).sum();
    DiffSummary {
        compared: 0,
        modules: modules.len(),
        modules_added: present(Presence::Added),
        modules_removed: present(Presence::Removed),
        added: changed(RequirementChange::Added),
        removed: changed(RequirementChange::Removed),
        upgraded: changed(RequirementChange::Upgraded),
        downgraded: changed(RequirementChange::Downgraded),
        replaced: noted(&[Also::Replaced, Also::NoLongerReplaced, Also::ReplacedOtherwise]),
        newly_direct: noted(&[Also::NewlyDirect]),
        newly_indirect: noted(&[Also::NewlyIndirect]),
        newly_unused: noted(&[Also::NewlyUnused]),
        newly_used: noted(&[Also::NewlyUsed]),
        directives: of_modules + of_workspaces,
    }
}

/// The root is `.`, as the go command writes it.
fn dir(path: &RepoPath) -> String {
    if path.is_root() { ".".to_owned() } else { text(path) }
}

fn text(path: &RepoPath) -> String {
    String::from_utf8_lossy(path.as_bytes()).into_owned()
}
