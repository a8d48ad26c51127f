//! The steps from a listed state to a run: its facts, its findings, and the texts that they point into.

use std::collections::BTreeSet;
use std::hash::Hasher as _;
use std::sync::Arc;

use super::acquittal::known_comments;
use super::ages::{ages, last_imports};
use super::edits::StatesBefore;
use super::fix::give_edits;
use super::gather::{GatheredFacts, gather};
use super::policies::{PolicyHome, load_policy, misplaced_policies, tell_ignored_policies};
use super::request::{Checked, Request};
use super::sight::{Gap, unseen, verdict};
use super::state::StateFacts;
use super::undecided::guesses;
use crate::engine::{Outcome, RuleSet, Sight, Subject, bind, check as check_rules};
use crate::finding::{
    Header, Label, Notification, NotificationKind, PolicyUsed, RequirementTable, RuleMeta, Run, Severity, State, Stats,
    Tool, Verdict,
};
use crate::load::{FactStore, Input, Tree};
use crate::model::{Model, Standing, Vendor};
use crate::policy::{Policy, PolicyError};
use crate::rules::{self, ExceptionExpired, ExceptionUnused, Need, PolicyVacuous, SyntaxInvalid};
use crate::source::{Fingerprint, Listing, Source, SourceError};
use crate::text::{FileId, Files, Home, Origin, RepoPath, did_you_mean};

/// Lists the first-party part of the state, makes the rules of its policy, and goes on with `run`. The inner error is a
/// run that holds nothing but the mistakes of the policy.
pub(super) fn with_rules<T>(
    request: &Request<'_>,
    run: impl FnOnce(&RuleSet<'_>, Listing, Files) -> Result<T, SourceError>,
) -> Result<Result<T, Box<Checked>>, SourceError> {
    let mut files = Files::default();
    let source = request.input.source;
    let listing = source.list(&Tree::FirstParty)?;
    let policy = match load_policy(request.policy, request.input, &listing, &mut files)? {
        Ok(policy) => policy,
        Err(errors) => return Ok(Err(Box::new(invalid(source.origin(), request.paths, &errors, files)))),
    };
    match bind(&policy) {
        Ok(rules) => {
            check_narrowing(&rules)?;
            run(&rules, listing, files).map(Ok)
        }
        Err(errors) => Ok(Err(Box::new(invalid(source.origin(), request.paths, &errors, files)))),
    }
}

/// Refuses names of rules that are not on: a run without findings of them would look clean.
fn check_narrowing(rules: &RuleSet<'_>) -> Result<(), SourceError> {
    let on: Vec<String> = active(rules).iter().map(|rule| rule.id.to_owned()).collect();
    let entries: Vec<String> =
        rules.policy.entries.iter().map(|entry| format!("{}/{}", entry.rule, entry.name)).collect();
    let names = rules.policy.narrowing.names().iter().map(ToString::to_string);
    let Some(unknown) = names.into_iter().find(|name| !on.contains(name) && !entries.contains(name)) else {
        return Ok(());
    };
    let message = match unknown.split_once('/') {
        Some((rule, entry)) => format!("the policy has no entry `{entry}` of the rule `{rule}`"),
        None => format!("the rule `{unknown}` is not enabled in this policy"),
    };
    Err(SourceError::request(message).with_help(narrowing_help(&unknown, &on, &entries)))
}

/// The remedy for a name that is no enabled rule, and no entry of one.
fn narrowing_help(unknown: &str, on: &[String], entries: &[String]) -> String {
    if rules::find(unknown).is_some() {
        return format!(
            "enable it in the policy, with `[severity] {unknown} = \"error\"`, an entry or a pack, or use `--pack`"
        );
    }
    let candidates: Vec<&str> = match unknown.split_once('/') {
        Some(_) => entries.iter().map(String::as_str).collect(),
        None => on.iter().map(String::as_str).collect(),
    };
    did_you_mean(unknown, candidates)
        .unwrap_or_else(|| "`modwarden policy show` lists the enabled rules and entries".to_owned())
}

/// A state, read and judged, and not yet made a run.
pub(super) struct Judged {
    pub(super) facts: StateFacts,
    pub(super) outcome: Outcome,
    /// The paths that were not read.
    pub(super) unseen: Vec<Gap>,
    /// The modules whose vendored files were compared with nothing.
    pub(super) not_compared: Vec<Notification>,
    /// The purpose of each requirement, if it was asked for.
    pub(super) requirements: Vec<RequirementTable>,
}

/// Reads the rest of a listed state and checks it against the rules. The difference from earlier states is worked out
/// afterwards.
pub(super) fn judge(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    listing: Listing,
    before: StatesBefore<'_>,
    files: &mut Files,
) -> Result<Judged, SourceError> {
    let GatheredFacts { facts, not_compared } = gather(request, rules, listing, before, files)?;
    let unseen = unseen(&facts, files, request.paths);
    let ages = ages(request, rules, &facts, files)?;
    let ages = ages.with_last_imports(last_imports(request, rules, &facts, files)?);
    let known = known_comments(request, rules, &facts.model, files)?;
    let subject = Subject {
        known: known.as_ref(),
        scopes_before: before.scopes,
        model: &facts.model,
        files,
        ages: &ages,
        paths: request.paths,
        sight: if verdict(&unseen) == Verdict::Undecided { Sight::Partial } else { Sight::Whole },
        today: request.today,
    };
    let outcome = check_rules(rules, &subject);
    Ok(Judged { facts, outcome, unseen, not_compared, requirements: Vec::new() })
}

impl Judged {
    /// The run, with the texts of the files that it points into.
    pub(super) fn into_checked(self, request: &Request<'_>, rules: &RuleSet<'_>, mut files: Files) -> Checked {
        let Self {
            facts,
            outcome: Outcome { findings, suppressed, undecided: open, mut notifications },
            unseen,
            not_compared,
            requirements,
        } = self;
        let Input { source, store, .. } = request.input;
        let verdict = verdict(&unseen);
        notifications.extend(unseen.into_iter().map(Notification::from));
        notifications.extend(not_compared);
        notifications.extend(guesses(&facts.model));
        if !matches!(request.policy.home, PolicyHome::File { .. }) {
            notifications.extend(misplaced_policies(&facts.listing));
        }
        if matches!(request.policy.home, PolicyHome::OfState) {
            notifications.extend(tell_ignored_policies(&facts.listing));
        }
        if rules.needs(Need::VendorDirs) {
            notifications.extend(facts.model.vendors().filter_map(unused_vendor));
        }
        notifications.extend(store_problem(store));
        let only = rules.policy.narrowing.names().iter().map(ToString::to_string).collect();
        let empty = empty(source.origin(), request.paths, rules.policy.used.clone());
        let mut run = Run {
            state: State { rules: only, ..empty.state },
            header: Header { policy_sha256: Some(policy_sha256(rules.policy, &files)), ..Header::default() },
            stats: Stats { suppressed: suppressed.len(), ..stats(&facts.model, store) },
            rules: reported(rules),
            findings,
            suppressed,
            undecided: open,
            requirements,
            notifications,
            verdict,
            ..empty
        };
        give_texts(&run, &[&facts.listing, &facts.vendored.listing], source, &mut files);
        give_edits(&mut run, &facts.model, &files);
        Checked { run, files }
    }
}

fn empty(origin: &Origin, paths: &[RepoPath], policy: PolicyUsed) -> Run {
    let paths = paths.iter().map(ToString::to_string).collect();
    Run::empty(Tool::this(), State { origin: origin.clone(), paths, rules: Vec::new() }, policy)
}

/// The key that distinguishes two policies: of each file of the policy the directory that it governs, the length of its
/// text and the text, each behind a zero byte. docs/output.md says the same.
fn policy_sha256(policy: &Policy, files: &Files) -> String {
    let mut hash = Fingerprint::default();
    for (below, file) in &policy.files {
        let text = files.get(*file).text();
        let directory = if below.is_root() { b"." } else { below.as_bytes() };
        hash.write(directory);
        hash.write(format!("\0{}\0", text.len()).as_bytes());
        hash.write(text);
    }
    hash.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A run that holds nothing but the mistakes of its policy.
pub(super) fn invalid(origin: &Origin, paths: &[RepoPath], errors: &[PolicyError], files: Files) -> Checked {
    let notification = |error: &PolicyError| Notification {
        kind: NotificationKind::Policy,
        level: Severity::Error,
        message: error.message.clone(),
        label: Some(Label::new(error.file, error.span, "")),
        help: error.help.clone(),
        repository: None,
    };
    let notifications = errors.iter().map(notification).collect();
    let first = errors.first().map(|error| files.get(error.file).path().to_string());
    let used = PolicyUsed::file(first.unwrap_or_default());
    Checked { run: Run { notifications, verdict: Verdict::Invalid, ..empty(origin, paths, used) }, files }
}

/// The rules that were on and are reported, by id.
fn reported(rules: &RuleSet<'_>) -> Vec<&'static RuleMeta> {
    let mut reported = active(rules);
    reported.retain(|rule| rules.policy.narrowing.covers_some(rule.id));
    reported
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

/// Why the go command does not build from a vendor directory, so that nothing is said of it either.
fn unused_vendor(vendor: Vendor<'_>) -> Option<Notification> {
    let file = if vendor.workspace().is_some() { "go.work" } else { "go.mod" };
    let reason = match vendor.standing() {
        Standing::Used => return None,
        Standing::Member => "the module is built in a workspace".to_owned(),
        Standing::OtherFlag => "GOFLAGS has -mod=mod or -mod=readonly".to_owned(),
        Standing::NoGoVersion => format!("the Go version in {file} is unspecified"),
        Standing::OldGoVersion(version) => format!("the Go version in {file} is {version}, which is below 1.14"),
        Standing::ForWorkspace => "it was made for a workspace, and there is none here".to_owned(),
        Standing::NotForWorkspace => "it was not made for the workspace beside it".to_owned(),
    };
    Some(Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!("not checked: {}: the go command does not build from it, because {reason}", vendor.dir()),
        label: None,
        help: None,
        repository: None,
    })
}

/// Why the run was slower than it could be, which changes nothing else.
fn store_problem(store: &FactStore) -> Option<Notification> {
    store.problem().map(|problem| Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!("the fact store is not used in full: {problem}"),
        label: None,
        help: Some("choose another directory with `--cache-dir`, or use `--no-cache`".to_owned()),
        repository: None,
    })
}

fn stats(model: &Model, store: &FactStore) -> Stats {
    let blobs = store.counts();
    Stats {
        modules: model.modules().count(),
        packages: model.packages().count(),
        go_files: model.files().count(),
        imports: model.imports().count(),
        blobs_read: blobs.read,
        blobs_known: blobs.known,
        suppressed: 0,
        elapsed: None,
    }
}

/// Reads the texts of the files that are pointed into. One that has gone in the meantime is shown without.
fn give_texts(run: &Run, listings: &[&Listing], source: &dyn Source, files: &mut Files) {
    let findings = run.findings.iter().chain(&run.suppressed);
    let fixed = findings.clone().filter_map(|finding| finding.fix.as_ref()).map(|fix| fix.file);
    let labels = findings.flat_map(|finding| finding.related.iter().chain([&finding.primary]));
    let wanted: BTreeSet<FileId> = labels
        .chain(run.notifications.iter().filter_map(|notification| notification.label.as_ref()))
        .chain(run.undecided.iter().map(|undecided| &undecided.question.label))
        .map(|label| label.file)
        .chain(fixed)
        .chain(run.requirements.iter().map(|table| table.file))
        .filter(|&file| !files.get(file).has_text())
        .collect();
    let mut reader = source.reader();
    let mut buffer = Vec::new();
    for file in wanted {
        let path = files.get(file).path();
        let listed = listings.iter().find_map(|listing| listing.entry(path)).cloned();
        // A file that a chain of imports leads through may be in a vendor directory, which was listed for itself.
        let is_own = files.get(file).home() == Home::Repository;
        let looked_up = || source.lookup(path).ok().flatten().filter(|_| is_own);
        let Some(entry) = listed.or_else(looked_up) else { continue };
        if reader.read(&entry, &mut buffer).is_ok() {
            files.set_text(file, Arc::from(buffer.as_slice()));
        }
    }
}
