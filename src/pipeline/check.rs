//! `check`: one state, one policy, one run.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::policies::{PolicyChoice, load_policy};
use super::state::{Evidence, StateFacts, read_state};
use crate::engine::{Outcome, RuleSet, Sight, Subject, bind, check as check_rules};
use crate::finding::{
    Finding, Label, Notification, NotificationKind, PolicyUsed, RuleMeta, Run, Severity, State, Stats, Tool, Verdict,
};
use crate::load::Tree;
use crate::model::{Model, ResolutionKind};
use crate::policy::PolicyError;
use crate::rules::{ExceptionExpired, ExceptionUnused, PolicyVacuous, SyntaxInvalid};
use crate::source::{Listing, ModuleCache, Source, SourceError, Unseen};
use crate::text::{FileId, Files, Home, Origin, RepoPath, SourceFile};

/// What to check.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The state.
    pub source: &'a dyn Source,
    /// The policy.
    pub policy: PolicyChoice<'a>,
    /// The module cache, as evidence.
    pub cache: Option<&'a ModuleCache>,
    /// The paths to which the findings are narrowed; empty for all.
    pub paths: &'a [RepoPath],
    /// The day, in UTC.
    pub today: Date,
}

/// A run and the files that it points into.
#[derive(Debug)]
pub struct Checked {
    /// The run.
    pub run: Run,
    /// The files; those that are pointed into have their text.
    pub files: Files,
}

/// Reads the state and holds it against the policy.
///
/// A policy with mistakes gives a run that holds nothing but them. The error is that the state could not be listed.
pub fn check(request: &Request<'_>) -> Result<Checked, SourceError> {
    let mut files = Files::default();
    let listing = request.source.list(&Tree::FirstParty)?;
    let policy = match load_policy(request.policy, request.source, &listing, &mut files)? {
        Ok(policy) => policy,
        Err(errors) => return Ok(invalid(request.source.origin(), request.paths, &errors, files)),
    };
    let rules = match bind(&policy) {
        Ok(rules) => rules,
        Err(errors) => return Ok(invalid(request.source.origin(), request.paths, &errors, files)),
    };
    let evidence = Evidence { named: &policy.modules, cache: request.cache };
    let facts = read_state(request.source, listing, evidence, &mut files)?;
    let (verdict, seen) = sight(&facts, &files, request.paths);
    let subject = Subject {
        model: &facts.model,
        files: &files,
        paths: request.paths,
        sight: if verdict == Verdict::Judged { Sight::Whole } else { Sight::Partial },
        today: request.today,
    };
    let Outcome { findings, suppressed, mut notifications } = check_rules(&rules, &subject);
    notifications.extend(seen);
    let run = Run {
        stats: stats(&facts.model, &suppressed),
        rules: active(&rules),
        findings,
        suppressed,
        notifications,
        verdict,
        ..empty(request.source.origin(), request.paths, policy.used.clone())
    };
    give_texts(&run, &facts.listing, request.source, &mut files);
    Ok(Checked { run, files })
}

fn empty(origin: &Origin, paths: &[RepoPath], policy: PolicyUsed) -> Run {
    Run {
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        state: State { origin: origin.clone(), paths: paths.iter().map(ToString::to_string).collect() },
        policy,
        rules: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        notifications: Vec::new(),
        stats: Stats::default(),
        verdict: Verdict::Judged,
    }
}

/// A run that holds nothing but the mistakes of its policy.
pub(super) fn invalid(origin: &Origin, paths: &[RepoPath], errors: &[PolicyError], files: Files) -> Checked {
    let notification = |error: &PolicyError| Notification {
        kind: NotificationKind::Policy,
        level: Severity::Error,
        message: error.message.clone(),
        label: Some(Label::new(error.file, error.span, "")),
        help: error.help.clone(),
    };
    let notifications = errors.iter().map(notification).collect();
    let first = errors.first().map(|error| files.get(error.file).path().to_string());
    let used = PolicyUsed::File(first.unwrap_or_default());
    Checked { run: Run { notifications, verdict: Verdict::Invalid, ..empty(origin, paths, used) }, files }
}

/// The rules that were on, by id: those of the entries, and those that always are.
fn active(rules: &RuleSet<'_>) -> Vec<&'static RuleMeta> {
    let always = [&ExceptionExpired::META, &ExceptionUnused::META, &PolicyVacuous::META, &SyntaxInvalid::META];
    let mut active: Vec<&'static RuleMeta> =
        rules.entries.iter().map(|entry| entry.kind.meta()).chain(always).collect();
    active.sort_by_key(|meta| meta.id);
    active.dedup_by_key(|meta| meta.id);
    active
}

fn stats(model: &Model, suppressed: &[Finding]) -> Stats {
    Stats {
        modules: model.modules().count(),
        packages: model.packages().count(),
        go_files: model.files().count(),
        imports: model.imports().count(),
        suppressed: suppressed.len(),
        elapsed: None,
    }
}

/// Whether enough of a state was seen to speak of these paths, and what there is to say about it.
pub(super) fn sight(facts: &StateFacts, files: &Files, paths: &[RepoPath]) -> (Verdict, Vec<Notification>) {
    let missing = missing_paths(paths, &facts.model, files);
    let verdict = if missing.is_empty() { verdict(facts) } else { Verdict::Undecided };
    (verdict, sights(facts).into_iter().chain(missing).collect())
}

fn verdict(facts: &StateFacts) -> Verdict {
    let decides = |(path, unseen): &(RepoPath, Unseen)| decides(path, unseen, &facts.model);
    // A module file by another name tells that the files without a module are meant to be built.
    let astray = facts.model.stray_files() > 0 && !facts.other_module_files.is_empty();
    if facts.model.modules().next().is_none() || astray || facts.unseen.iter().any(decides) {
        Verdict::Undecided
    } else {
        Verdict::Judged
    }
}

/// Whether what was not seen could change the answer. The go command passes over a link to nothing too; a submodule
/// matters if a package of it is imported.
fn decides(path: &RepoPath, unseen: &Unseen, model: &Model) -> bool {
    match unseen {
        Unseen::LinkBroken => false,
        Unseen::Submodule => leads_into(model, path),
        _ => true,
    }
}

/// Whether a package of this repository is imported from the directory of a submodule.
fn leads_into(model: &Model, submodule: &RepoPath) -> bool {
    model.imports().filter(|import| import.resolution().kind == ResolutionKind::Unknown).any(|import| {
        let module = import.file().package().module();
        let below = module.path().subpath(import.path());
        below.is_some_and(|below| module.dir().join(below).is_within(submodule))
    })
}

/// What to say about what was and was not seen.
fn sights(facts: &StateFacts) -> Vec<Notification> {
    let mut notifications: Vec<Notification> =
        facts.unseen.iter().map(|(path, unseen)| not_visible(path, unseen, &facts.model)).collect();
    if facts.model.modules().next().is_none() {
        notifications.push(no_module());
    }
    let strays = facts.model.stray_files();
    if strays > 0 {
        notifications.push(Notification {
            kind: NotificationKind::NotVisible,
            level: if facts.other_module_files.is_empty() { Severity::Note } else { Severity::Error },
            message: format!("{strays} Go files lie outside every module, so they were not judged"),
            label: None,
            help: facts.other_module_files.first().map(|path| {
                format!("if {path} is their module file, say so at the top of the policy: modules = [\"{path}\"]")
            }),
        });
    }
    notifications
}

/// The paths that were asked for and hold nothing that was judged. A Go file that is in no module is not.
fn missing_paths(paths: &[RepoPath], model: &Model, files: &Files) -> Vec<Notification> {
    let of_modules: HashSet<FileId> = model.files().map(|file| file.id()).collect();
    let is_judged = |id: FileId, file: &SourceFile| {
        file.home() == Home::Repository && (of_modules.contains(&id) || !file.path().file_name().ends_with(b".go"))
    };
    let holds = |path: &RepoPath| files.iter().any(|(id, file)| file.path().is_within(path) && is_judged(id, file));
    let missing = paths.iter().filter(|path| !holds(path)).map(|path| Notification {
        kind: NotificationKind::NotVisible,
        level: Severity::Error,
        message: format!("there is no Go file of a module and no module file at {path}, so nothing was judged there"),
        label: None,
        help: None,
    });
    missing.collect()
}

fn no_module() -> Notification {
    Notification {
        kind: NotificationKind::NotVisible,
        level: Severity::Error,
        message: "no go.mod was found, so nothing could be judged".to_owned(),
        label: None,
        help: Some(
            "run in a Go module, or name the module's file in the policy: modules = [\"vendor.mod\"]".to_owned(),
        ),
    }
}

fn not_visible(path: &RepoPath, unseen: &Unseen, model: &Model) -> Notification {
    let level = if decides(path, unseen, model) { Severity::Error } else { Severity::Note };
    let help = match unseen {
        Unseen::LfsPointer => Some("run `git lfs pull` and judge the work tree"),
        Unseen::MissingObject => Some("fetch it with `git fetch --refetch`, or clone without `--filter`"),
        Unseen::Conflict => Some("resolve it, and `git add` the file"),
        _ => None,
    };
    Notification {
        kind: NotificationKind::NotVisible,
        level,
        message: format!("not visible: {path}: {unseen}"),
        label: None,
        help: help.map(str::to_owned),
    }
}

/// Reads the texts of the files that are pointed into. One that has gone in the meantime is shown without.
fn give_texts(run: &Run, listing: &Listing, source: &dyn Source, files: &mut Files) {
    let findings = run.findings.iter().chain(&run.suppressed);
    let labels = findings.flat_map(|finding| finding.related.iter().chain([&finding.primary]));
    let wanted: BTreeSet<FileId> = labels
        .chain(run.notifications.iter().filter_map(|notification| notification.label.as_ref()))
        .map(|label| label.file)
        .filter(|&file| !files.get(file).has_text())
        .collect();
    let mut reader = source.reader();
    let mut buffer = Vec::new();
    for file in wanted {
        let path = files.get(file).path();
        let Ok(at) = listing.entries.binary_search_by(|entry| entry.path.cmp(path)) else { continue };
        if reader.read(&listing.entries[at], &mut buffer).is_ok() {
            files.set_text(file, Arc::from(buffer.as_slice()));
        }
    }
}
