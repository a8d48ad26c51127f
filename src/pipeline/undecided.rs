//! What was not decided, and what would decide it: told with `--verbose`.

use std::collections::BTreeSet;

use crate::finding::{Label, Notification, NotificationKind, Severity};
use crate::go::ModuleVersion;
use crate::model::{Effect, Exclusion, Model, Module, ModuleGraph, Obstacle, Replacement, Undecided, Workspace};
use crate::rules::download_apart;
use crate::source::ModuleCache;

/// What was not decided of imports and of `replace` and `exclude` lines.
pub(super) fn undecided(model: &Model) -> Vec<Notification> {
    guesses(model).into_iter().chain(lines(model)).collect()
}

/// Of which modules it is not known what `go mod tidy` would write. Who does without the module cache knows why.
pub(super) fn open_modules(model: &Model, cache: Option<&ModuleCache>) -> Vec<Notification> {
    let modules = cache.into_iter().flat_map(|_| model.modules());
    modules.filter_map(|module| Some(residue(module, module.undecided()?))).collect()
}

/// Which of several requirements an import leads to.
fn guesses(model: &Model) -> Option<Notification> {
    let guesses = model.imports().filter(|import| import.resolution().guess).count();
    (guesses > 0).then(|| Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!("not decided: which of several required modules is meant, in imports: {guesses}"),
        label: None,
        help: Some("`go mod download`, so that the module cache can tell".to_owned()),
    })
}

/// What `replace` and `exclude` lines do, where a rule asked.
fn lines(model: &Model) -> Option<Notification> {
    let graphs = model.modules().filter_map(Module::graph).chain(model.workspaces().filter_map(Workspace::graph));
    let missing: BTreeSet<&ModuleVersion> = graphs.flat_map(ModuleGraph::missing).collect();
    let replaces = model.modules().flat_map(Module::replacements).map(Replacement::effect);
    let of_works = model.workspaces().flat_map(Workspace::replacements).map(Replacement::effect);
    let excludes = model.modules().flat_map(Module::exclusions).map(Exclusion::effect);
    let is_open = |effect: &Effect| matches!(effect, Effect::Open | Effect::Unused(_));
    let open = replaces.chain(of_works).chain(excludes).filter(is_open).count();
    let first = missing.first()?;
    (open > 0).then(|| Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!(
            "not decided: whether `replace` and `exclude` lines do anything, lines: {open}; go.mod files of dependencies \
             that are not at hand: {}, the first of {} {}",
            missing.len(),
            first.path,
            first.version
        ),
        label: None,
        help: Some("`go mod download`, so that the module cache can tell".to_owned()),
    })
}

/// Why it is not known what `go mod tidy` would write, in one sentence.
pub(super) fn describe_undecided(undecided: &Undecided) -> String {
    let (reason, help) = reason(undecided);
    match help {
        Some(help) => format!("not decided: {reason}; {help} would decide it"),
        None => format!("not decided: {reason}"),
    }
}

/// What `go mod tidy` would write for a module.
fn residue(module: Module<'_>, undecided: &Undecided) -> Notification {
    let own = module.path();
    let (reason, help) = reason(undecided);
    let span = module.go_mod().module.as_ref().map(|line| line.line.span).unwrap_or_default();
    Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!("not decided: what `go mod tidy` would write for `{own}`; {reason}"),
        label: Some(Label::new(module.file(), span, "")),
        help,
    }
}

/// What is missing or wrong, and what would decide it.
fn reason(Undecided { missing, obstacles }: &Undecided) -> (String, Option<String>) {
    const SHOWN: usize = 20;
    let modules: BTreeSet<String> =
        missing.iter().map(|ModuleVersion { path, version }| format!("{path}@{version}")).collect();
    let more = if modules.len() > SHOWN { ", and what these lead to" } else { "" };
    let shown = modules.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(" ");
    let others = match obstacles.len().saturating_sub(1) {
        0 => String::new(),
        others => format!(", and {others} more such"),
    };
    match obstacles.first() {
        Some(obstacle) => {
            let help = match obstacle {
                Obstacle::Altered(ModuleVersion { path, version }) => {
                    Some(download_apart(&format!("{path}@{version}")))
                }
                _ => None,
            };
            (describe(obstacle) + &others, help)
        }
        None => {
            let reason = format!("modules that are not in the module cache: {}", modules.len());
            (reason, Some(format!("`go mod download {shown}`{more}")))
        }
    }
}

fn describe(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NotProvided(path) => format!("no module that is required has the package `{path}`"),
        Obstacle::Ambiguous(path, modules) => {
            let modules: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
            format!("more than one module has the package `{path}`: {}", modules.join(", "))
        }
        Obstacle::NotAPackage(path) if path.is_empty() => "a file imports what no package can be called".to_owned(),
        Obstacle::NotAPackage(path) => format!("`{path}` is not a package that can be imported"),
        Obstacle::Altered(ModuleVersion { path, version }) => {
            format!(
                "in the module cache `{path}` {version} is not what was downloaded, or not what go.sum has the checksum of"
            )
        }
        Obstacle::Shared(one, other) => format!("one place has the packages of `{one}` and of `{other}`"),
        Obstacle::Query(path) => format!("which version of `{path}` is meant, only the module proxy can say"),
        Obstacle::NoGoLine => "go.mod has no `go` line, and that of the go command at hand would be added".to_owned(),
        Obstacle::Unreadable => "go.mod has errors".to_owned(),
        Obstacle::Incompatible => "Go 1.16 would find packages elsewhere".to_owned(),
        Obstacle::Endless => "requirements keep raising each other".to_owned(),
    }
}
