//! Shared by the open questions of several rules: why the result of `go mod tidy` is unknown, and how to get the
//! evidence.

use std::collections::BTreeSet;

use super::Context;
use super::checksum_conflict::download_apart;
use super::residual::module_label;
use crate::finding::OpenQuestion;
use crate::go::ModuleVersion;
use crate::model::{Module, ModuleGraph, Obstacle, ResidueFacts, Undecided};

/// Brings the go.mod files of the module graph.
const GRAPH: &str = "run `go mod graph` in the directory of the go.mod or go.work file";

/// Brings all that `go mod tidy` reads.
const TIDY: &str = "run `go mod tidy -diff` in the directory of the go.mod file";

/// Why something is not known, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// Why, as a clause that is the same wherever the cause is.
    pub reason: &'static str,
    /// Names, versions and counts that belong to it.
    pub details: Option<String>,
    /// The remedy.
    pub remedy: Option<String>,
}

/// Why the result of `go mod tidy` is unknown, with or without a module cache.
pub(crate) fn cause_of(Undecided { missing, obstacles }: &Undecided, has_module_cache: bool) -> Cause {
    let Some(first) = obstacles.first() else {
        let reason = "modules that `go mod tidy` reads are not in the module cache";
        return cause_of_missing(reason, TIDY, missing.iter(), has_module_cache);
    };
    let mut cause = cause_of_obstacle(first);
    if obstacles.len() > 1 {
        let more = format!("and {} more such causes", obstacles.len() - 1);
        cause.details = Some(cause.details.map_or_else(|| more.clone(), |details| format!("{details}, {more}")));
    }
    cause
}

/// Why the effect of lines is unknown if go.mod files of the module graph are missing.
pub(super) fn cause_of_graph<'m>(
    missing: impl ExactSizeIterator<Item = &'m ModuleVersion>,
    has_module_cache: bool,
) -> Cause {
    let reason = "go.mod files of dependencies are not in the module cache";
    cause_of_missing(reason, GRAPH, missing, has_module_cache)
}

/// Why the versions that some builds select are unknown.
pub(super) fn cause_of_graphs(graphs: &[&ModuleGraph], has_module_cache: bool) -> Cause {
    let missing: BTreeSet<&ModuleVersion> = graphs.iter().flat_map(|graph| graph.missing()).collect();
    if !missing.is_empty() {
        return cause_of_graph(missing.into_iter(), has_module_cache);
    }
    if graphs.iter().any(|graph| graph.lacks_files()) {
        return Cause { reason: DIRECTORY, details: None, remedy: None };
    }
    let remedy = "run `go mod tidy`, which updates go.mod and go.sum";
    Cause { reason: STALE, details: None, remedy: Some(remedy.to_owned()) }
}

/// A directory that nobody can look into.
pub(super) const DIRECTORY: &str =
    "a `replace` line points to a directory that is outside the repository or has no go.mod";

/// Requirements that the go command would change.
pub(super) const STALE: &str = "go.mod is not up to date, so the go command would change it before it selects versions";

/// `command` downloads the missing files, if the module cache is read at all.
fn cause_of_missing<'m>(
    reason: &'static str,
    command: &str,
    mut missing: impl ExactSizeIterator<Item = &'m ModuleVersion>,
    has_module_cache: bool,
) -> Cause {
    let count = missing.len();
    let details = missing.next().map(|first| match count {
        1 => format!("`{first}`"),
        _ => format!("{count} modules, among them `{first}`"),
    });
    if has_module_cache {
        let remedy = format!("{command}; it downloads the missing files and changes none of yours");
        return Cause { reason, details, remedy: Some(remedy) };
    }
    let remedy = format!("{command}, then run modwarden with the module cache, without `--no-module-cache`");
    Cause { reason: "the module cache is not read", details: None, remedy: Some(remedy) }
}

fn cause_of_obstacle(obstacle: &Obstacle) -> Cause {
    let cause = |reason: &'static str, details: String, remedy: &str| Cause {
        reason,
        details: Some(details).filter(|details| !details.is_empty()),
        remedy: Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
    };
    match obstacle {
        Obstacle::NotProvided(path) => cause(
            "no required module has an imported package",
            format!("`{path}`"),
            &format!("run `go get {path}`, or remove the import"),
        ),
        Obstacle::Ambiguous(path, modules) => {
            let modules: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
            cause(
                "more than one required module has the same package",
                format!("`{path}` is in {}", modules.join(", ")),
                "require only one of them, or upgrade both to versions in which only one has the package",
            )
        }
        Obstacle::NotAPackage(path) => cause(
            "an import path is not the path of a package",
            if path.is_empty() { String::new() } else { format!("`{path}`") },
            "correct or remove the import",
        ),
        Obstacle::Unreachable(module) => cause(
            "a directory outside the repository, or one that cannot be read, replaces a module",
            format!("`{module}`"),
            "",
        ),
        Obstacle::Altered(module) => cause(
            "a module in the module cache was changed after its download, or does not match go.sum",
            format!("`{module}`"),
            &download_apart(&module.to_string()),
        ),
        Obstacle::Shared(one, other) => cause(
            "two modules are replaced by the same module or directory, and packages of both are needed",
            format!("`{one}` and `{other}`"),
            "",
        ),
        Obstacle::Query(path) => cause(
            "go.mod has a version that only the module proxy can resolve",
            format!("the version of `{path}`"),
            "write the version in full, or run `go mod tidy`, which changes go.mod",
        ),
        Obstacle::NoGoLine => cause(
            "go.mod has no `go` line, and the go command would add that of its own version",
            String::new(),
            "add a `go` line to go.mod",
        ),
        Obstacle::Unreadable => cause("go.mod has errors", String::new(), "correct go.mod"),
        Obstacle::Incompatible => cause("Go 1.16 would find packages in other modules", String::new(), ""),
        Obstacle::Endless => cause("requirements keep raising each other", String::new(), ""),
    }
}

/// The questions of a rule about the modules in scope for which the result of `go mod tidy` is unknown. `concerned`
/// returns whether the rule needs that result, and for how many lines, such as "3 requirements".
pub(super) fn residual_questions<'m>(
    cx: Context<'m, ResidueFacts<'m>>,
    concerned: impl Fn(Module<'m>) -> Option<Option<String>>,
) -> Vec<OpenQuestion> {
    let mut questions = Vec::new();
    for module in cx.modules() {
        let Some(undecided) = module.undecided(cx.facts()) else { continue };
        let Some(concerned) = concerned(module) else { continue };
        let Cause { reason, details, remedy } = cause_of(undecided, cx.has_module_cache());
        questions.push(OpenQuestion {
            module: module.path().to_string(),
            reason: reason.to_owned(),
            details: concerned.into_iter().chain(details).reduce(|first, next| format!("{first}; {next}")),
            remedy,
            label: module_label(module, ""),
        });
    }
    questions
}

/// How many `require` lines are concerned; `None` for none.
pub(super) fn lines_concerned(count: usize) -> Option<Option<String>> {
    let lines = match count {
        0 => return None,
        1 => "1 requirement".to_owned(),
        _ => format!("{count} requirements"),
    };
    Some(Some(lines))
}
