//! `check` and `inspect`: from the command line to the pipeline and back.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::args::{AuditArgs, CacheArgs, CheckArgs, Color, FailOn, InspectArgs, PolicyArgs};
use super::environment::{go_env, module_cache, now, today};
use super::failure::{FINDINGS, Failure, INVALID, UNDECIDED, tell};
use super::history::add_past;
use super::output::to_stdout;
use super::place::{Place, locate};
use super::policy_file::PolicyFileArgument;
use super::report::Reports;
use super::revision::{ambiguous, refuse_ambiguous, tell_ambiguous};
use crate::finding::{Notification, NotificationKind, Run, Severity, Verdict};
use crate::load::{FactStore, Input};
use crate::pipeline::{
    BuiltWith, Inspected, Inspection, Judges, LineHistory, PolicyChoice, PolicyHome, Request, Tables,
    check as check_state, compare, inspect as inspect_state, inspect_import_graph, inspect_imports,
    inspect_module_files, inspect_module_graphs, inspect_modules, inspect_vendor, inspect_workspaces, parse_build,
    write_import_graph, write_module_graphs,
};
use crate::report::{Format, facts::write_line};
use crate::source::{Fault, ModuleCache, Range, Relation, Repository, Source, SourceError, StateSpec};
use crate::text::{CommitId, Origin};

/// Judges a state, prints and writes the reports.
pub(super) fn check(args: &CheckArgs, color: Color) -> Result<ExitCode, Failure> {
    let asks_the_past = args.since || args.compare.each_commit;
    if args.policy.judges() == Judges::Each && !asks_the_past {
        let message = "`--policy-from each` works only with --since or --each-commit";
        return Err(Failure::invalid(message, "name a commit, such as --policy-from origin/main"));
    }
    let place = locate(&args.paths)?;
    let mut asked = AskedStates::new(args, &place.repository)?;
    let given = [&args.state.rev, &args.compare.range, &args.compare.new_from];
    asked.doubts.extend(ambiguous(&place.repository, given.into_iter().flatten().map(String::as_str)));
    let states: Vec<&dyn Source> = asked.bases.iter().flatten().chain([&asked.state]).map(AsRef::as_ref).collect();
    place.refuse_absent(&states)?;
    judge(args, color, &place, asked)
}

/// Checks the requested state, prints and writes the reports.
pub(super) fn judge(args: &CheckArgs, color: Color, place: &Place, asked: AskedStates) -> Result<ExitCode, Failure> {
    let (start, time) = (Instant::now(), now());
    let cache = cache(args.no_module_cache);
    let store = fact_store(&args.cache, place);
    let env = go_env(&place.repository)?;
    let mut checked = with_policy(&args.policy.today(), place, |policy| {
        let input = Input { source: asked.state.as_ref(), store: &store, env: &env };
        let lines: Option<&dyn LineHistory> = Some(&place.repository);
        let request = Request {
            input,
            policy: PolicyChoice { rules: &args.narrow.rule, ..policy },
            cache: cache.as_ref(),
            lines,
            paths: &place.paths,
            tables: tables(args),
            today: today(),
        };
        let checked = match &asked.bases {
            Some(bases) => compare(&request, bases),
            None => check_state(&request),
        };
        let mut checked = checked?;
        if checked.run.verdict != Verdict::Invalid {
            add_past(args, request, &place.repository, &mut checked)?;
        }
        Ok(checked)
    })?;
    checked.run.notifications.extend(asked.doubts);
    // No format shows less than a millisecond, so a saved run has the same time that was shown.
    checked.run.stats.elapsed = Some(Duration::from_millis(u64::try_from(start.elapsed().as_millis()).unwrap_or(0)));
    args.undecided.weigh(&mut checked.run, args.fail_on);
    identify(&mut checked.run, args, place, time);
    let is_of_disk = checked.run.state.origin == Origin::WorkTree;
    let reports = Reports {
        args: &args.output,
        color,
        verbose: args.verbose,
        hints: asked.hints,
        work_tree: place.repository.root().filter(|_| is_of_disk),
        parts: &[],
    };
    reports.write(&checked.run, &checked.files)?;
    Ok(ExitCode::from(checked.run.header.exit_code))
}

/// Fills in the header that identifies a run.
fn identify(run: &mut Run, args: &CheckArgs, place: &Place, time: Timestamp) {
    let exit_code = exit_status(args.fail_on, run);
    let checked = run.state.origin.commit();
    let header = &mut run.header;
    header.repository = place.repository.remote_address();
    header.commit = checked.or_else(|| place.repository.head());
    header.time = Some(time.to_string());
    header.fail_on = args.fail_on.0;
    header.exit_code = exit_code;
}

/// Everything, with its past.
pub(super) fn audit(args: &AuditArgs, color: Color) -> Result<ExitCode, Failure> {
    check(&args.as_check(), color)
}

/// Whether anybody is going to read a table of the requirements.
fn tables(args: &CheckArgs) -> Tables {
    let shows = |format: Format| matches!(format, Format::Markdown | Format::Html);
    let is_shown = args.verbose || args.output.all().iter().any(|output| shows(output.format));
    let compares = args.compare.range.is_some() || args.compare.new_from.is_some();
    match args.since {
        _ if !is_shown || compares => Tables::None,
        true => Tables::WithPast,
        false => Tables::Now,
    }
}

/// The state to judge, and those that it is compared with.
pub(super) struct AskedStates {
    pub(super) state: Box<dyn Source>,
    pub(super) bases: Option<Vec<Box<dyn Source>>>,
    /// The doubts about the given revisions.
    pub(super) doubts: Vec<Notification>,
    /// Whether to say how to write a policy where there is none. A hook would say it each time.
    pub(super) hints: bool,
}

impl AskedStates {
    fn new(args: &CheckArgs, repository: &Repository) -> Result<Self, Failure> {
        let commit = |id: CommitId| repository.state(&StateSpec::Revision(id.to_string()));
        if let Some(range) = &args.compare.range {
            let Range { base, head, relation, .. } = repository.range(range)?;
            let bases = Some(vec![commit(base)?]);
            return Ok(Self {
                state: commit(head)?,
                bases,
                doubts: doubt(relation).into_iter().collect(),
                hints: true,
            });
        }
        let state = repository.state(&args.state.spec())?;
        let Some(base) = &args.compare.new_from else {
            return Ok(Self { state, bases: None, doubts: Vec::new(), hints: true });
        };
        let head = args.state.rev.as_deref().unwrap_or("HEAD");
        let id = repository.commit(head).map_err(|error| match args.state.rev {
            Some(_) => error,
            None => SourceError { fault: Fault::State, ..error },
        })?;
        let (base, relation) = repository.base(base, id, head)?;
        let bases = Some(vec![commit(base)?]);
        Ok(Self { state, bases, doubts: doubt(relation).into_iter().collect(), hints: true })
    }
}

/// In a clone of a commit or two it is unknown whether one descends from the other; the comparison holds anyway.
fn doubt(relation: Relation) -> Option<Notification> {
    (relation == Relation::Unknown).then(|| Notification {
        kind: NotificationKind::Information,
        level: Severity::Note,
        message: "this clone is too shallow to know whether the base is an ancestor of the checked state".to_owned(),
        label: None,
        help: None,
        repository: None,
    })
}

/// The exit code of a run. Findings fail it even where not everything could be checked: they are there.
pub(super) fn exit_code(fail_on: FailOn, run: &Run) -> ExitCode {
    ExitCode::from(exit_status(fail_on, run))
}

fn exit_status(fail_on: FailOn, run: &Run) -> u8 {
    let fails = |finding: &crate::finding::Finding| fail_on.0.is_some_and(|least| finding.severity >= least);
    match run.verdict {
        Verdict::Invalid => INVALID,
        _ if run.findings.iter().any(fails) => FINDINGS,
        Verdict::Undecided => UNDECIDED,
        Verdict::Judged => 0,
    }
}

/// Prints a record a Go file.
pub(super) fn imports(args: &InspectArgs, build: Option<&str>) -> Result<ExitCode, Failure> {
    let build = build.map(|build| parse_build(build).map_err(|message| Failure::invalid(message, "")));
    let build = build.transpose()?;
    inspect(args, whole_state, |inspection, out| {
        inspect_imports(inspection, build.as_ref()).iter().try_for_each(|record| write_line(record, out))
    })
}

/// Prints a record a package, then one an import.
pub(super) fn graph(args: &InspectArgs, build: Option<&str>) -> Result<ExitCode, Failure> {
    let build = build.map(|build| parse_build(build).map_err(|message| Failure::invalid(message, "")));
    let build = build.transpose()?;
    inspect(args, inspect_import_graph, |inspection, out| write_import_graph(inspection, build.as_ref(), out))
}

/// Prints for each module a record a module version of its graph, then one a requirement.
pub(super) fn module_graph(args: &InspectArgs, built_with: BuiltWith) -> Result<ExitCode, Failure> {
    inspect(args, inspect_module_graphs, |inspection, out| write_module_graphs(inspection, built_with, out))
}

fn whole_state(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    Ok(inspect_state(input, policy, cache)?.with_graphs(cache))
}

/// Prints a record a module, then one a workspace.
pub(super) fn modules(args: &InspectArgs) -> Result<ExitCode, Failure> {
    // Whether there is anything at a path, Go files decide too.
    let read = if args.paths.is_empty() { inspect_module_files } else { whole_state };
    inspect(args, read, |inspection, out| {
        inspect_modules(inspection).iter().try_for_each(|record| write_line(record, out))?;
        inspect_workspaces(inspection).iter().try_for_each(|record| write_line(record, out))
    })
}

/// Prints a record a vendored module.
pub(super) fn vendor(args: &InspectArgs) -> Result<ExitCode, Failure> {
    inspect(args, vendor_state, |inspection, out| {
        inspect_vendor(inspection).iter().try_for_each(|record| write_line(record, out))
    })
}

fn vendor_state(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    inspect_state(input, policy, cache)?.with_vendored(input)
}

fn inspect(
    args: &InspectArgs,
    read: fn(Input<'_>, PolicyChoice<'_>, Option<&ModuleCache>) -> Result<Inspected, SourceError>,
    write: impl FnOnce(&Inspection<'_>, &mut dyn Write) -> std::io::Result<()>,
) -> Result<ExitCode, Failure> {
    let place = locate(&args.paths)?;
    let source = place.repository.state(&args.state.spec())?;
    tell_ambiguous(&place.repository, args.state.rev.as_deref());
    place.refuse_absent(&[source.as_ref()])?;
    let cache = cache(args.no_module_cache);
    let store = fact_store(&args.cache, &place);
    let env = go_env(&place.repository)?;
    let input = Input { source: source.as_ref(), store: &store, env: &env };
    let inspected =
        with_policy(&args.policy, &place, |policy| read(input, policy, cache.as_ref()).map_err(Failure::from))?;
    let (verdict, seen) = inspected.sight(&place.paths);
    let Inspected { facts, files, vendored_sizes, .. } = &inspected;
    let inspection = Inspection { model: &facts.model, files, paths: &place.paths, vendored_sizes };
    to_stdout(|out| write(&inspection, out))?;
    Ok(say_seen(verdict, &seen))
}

/// Reports the facts that could not be read.
pub(super) fn say_seen(verdict: Verdict, seen: &[Notification]) -> ExitCode {
    for notification in seen {
        tell(notification.level.as_str(), &notification.message, notification.help.as_deref().unwrap_or_default());
    }
    if verdict == Verdict::Judged { ExitCode::SUCCESS } else { ExitCode::from(UNDECIDED) }
}

/// Calls `use_policy` with the policy that the command line asks for.
pub(super) fn with_policy<T>(
    args: &PolicyArgs,
    place: &Place,
    use_policy: impl FnOnce(PolicyChoice<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let choice = |home| PolicyChoice { packs: &args.pack, ..PolicyChoice::new(home) };
    if let Some(revision) = &args.policy_from {
        refuse_ambiguous(&place.repository, revision)?;
        let source = place.repository.state(&StateSpec::Revision(revision.clone()))?;
        return use_policy(choice(PolicyHome::From(source.as_ref())));
    }
    match &args.policy {
        Some(path) => {
            let file = PolicyFileArgument::new(path, &place.repository);
            use_policy(choice(PolicyHome::File { path: file.path(), read: &|path| file.read(path) }))
        }
        None => use_policy(choice(PolicyHome::OfState)),
    }
}

/// The store that the command line asks for: by default in the directory of Git that all work trees share.
pub(super) fn fact_store(args: &CacheArgs, place: &Place) -> FactStore {
    match (&args.cache_dir, place.repository.common_dir()) {
        _ if args.no_cache => FactStore::none(),
        // The store finds content by its id, which does not identify the content in such a repository.
        _ if place.repository.replaces_contents() => FactStore::none(),
        // Links on the way to a directory that the user names are the user's.
        (Some(directory), _) => FactStore::open(&directory.canonicalize().unwrap_or_else(|_| directory.clone())),
        (None, Some(common)) => FactStore::open(&common.join("modwarden")),
        (None, None) => FactStore::none(),
    }
}

/// The module cache, unless it is not wanted.
pub(super) fn cache(off: bool) -> Option<ModuleCache> {
    if off { None } else { module_cache().map(ModuleCache::open) }
}
