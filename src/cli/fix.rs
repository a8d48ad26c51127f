//! `fix`: applies or shows the safe fixes, and reports the remaining findings.

use std::io::IsTerminal;
use std::process::ExitCode;

use super::args::{Color, FixArgs};
use super::check::{cache, exit_code, fact_store, with_policy};
use super::environment::{go_env, terminal, today};
use super::failure::{Failure, UNDECIDED, tell};
use super::output::{create, replace, to_stdout};
use super::place::{Place, locate, on_disk};
use crate::finding::{Applicability, Finding, Verdict};
use crate::load::Input;
use crate::pipeline::{FileChange, FixPlan, Judges, Request, Tables, plan_fixes};
use crate::report::patch::write_patch;
use crate::report::undecided::undecided_notes;
use crate::report::{Format, Terminal};
use crate::report::{counted, escape};
use crate::source::{StateSpec, Status};

/// Judges the work tree, and writes or shows its fixes.
pub(super) fn fix(args: &FixArgs, color: Color) -> Result<ExitCode, Failure> {
    if args.policy.judges() == Judges::Each {
        let message = "`fix` cannot use `--policy-from each`, which is for earlier commits";
        return Err(Failure::invalid(message, "name a commit, such as --policy-from origin/main"));
    }
    let place = locate(&args.paths)?;
    let plan = plan(args, &place)?;
    let terminal = terminal(color);
    if plan.checked.run.verdict == Verdict::Invalid {
        report(&plan, Format::Pretty, terminal)?;
        return Ok(exit_code(args.fail_on, &plan.checked.run));
    }
    if args.diff {
        return show(args, &plan);
    }
    if !args.allow_dirty {
        refuse_dirty(&place, &plan.changes)?;
    }
    for (done, change) in plan.changes.iter().enumerate() {
        write(&place, change).map_err(|failure| failure.after(done, "files are fixed already"))?;
    }
    let after = self::plan(args, &place)?;
    say_fixed(&plan)?;
    report(&after, Format::Concise, terminal)?;
    sum_up(args, &plan, &after)?;
    Ok(exit_code(args.fail_on, &after.checked.run))
}

/// Reads the files as they are now.
fn plan(args: &FixArgs, place: &Place) -> Result<FixPlan, Failure> {
    let source = place.repository.state(&StateSpec::WorkTree)?;
    place.refuse_absent(&[source.as_ref()])?;
    let cache = cache(args.no_module_cache);
    let store = fact_store(&args.cache, place);
    let env = go_env(&place.repository)?;
    let input = Input { source: source.as_ref(), store: &store, env: &env };
    let riskiest = if args.risky { Applicability::Unsafe } else { Applicability::Safe };
    with_policy(&args.policy, place, |policy| {
        let request = Request {
            input,
            policy,
            cache: cache.as_ref(),
            lines: Some(&place.repository),
            paths: &place.paths,
            tables: Tables::None,
            today: today(),
        };
        let mut plan = plan_fixes(&request, riskiest)?;
        args.undecided.weigh(&mut plan.checked.run, args.fail_on);
        Ok(plan)
    })
}

/// Prints the changes as a patch. A terminal gets no control characters of the files.
fn show(args: &FixArgs, plan: &FixPlan) -> Result<ExitCode, Failure> {
    let to_person = std::io::stdout().is_terminal();
    to_stdout(|out| {
        plan.changes.iter().try_for_each(|change| {
            let mut patch = Vec::new();
            let before = (!change.is_new).then_some(change.before.as_slice());
            write_patch(&change.path, before, &change.after, &mut patch)?;
            if !to_person {
                return out.write_all(&patch);
            }
            String::from_utf8_lossy(&patch).lines().try_for_each(|line| writeln!(out, "{}", escape::terminal(line)))
        })
    })?;
    for (message, help) in undecided_notes(&plan.checked.run) {
        tell("undecided", &message, &help);
    }
    let (message, help) = announcement(args, plan);
    tell("note", &message, help);
    Ok(match plan.checked.run.verdict {
        _ if !plan.changes.is_empty() => ExitCode::FAILURE,
        Verdict::Judged => ExitCode::SUCCESS,
        Verdict::Invalid | Verdict::Undecided => ExitCode::from(UNDECIDED),
    })
}

/// The effect of a fix, in one sentence, and how to fix more.
fn announcement(args: &FixArgs, plan: &FixPlan) -> (String, &'static str) {
    let fixed: usize = plan.changes.iter().map(|change| change.mends.len()).sum();
    let findings = &plan.checked.run.findings;
    let fixable = findings.iter().filter(|finding| !finding.edits.is_empty()).count();
    let help =
        if fixable > fixed && !args.risky { "`--unsafe` applies also fixes that rest on weaker evidence" } else { "" };
    let files = counted(plan.changes.len(), "file");
    let message = match (plan.changes.len(), findings.len()) {
        (0, 0) if !plan.checked.run.undecided.is_empty() => "there is nothing to fix in the decided rules".to_owned(),
        (0, 0) => "there is nothing to fix".to_owned(),
        (0, _) => format!("none of {} can be fixed", counted(findings.len(), "finding")),
        _ => format!("this patch fixes {} of {} in {files}", fixed, counted(findings.len(), "finding")),
    };
    (message, help)
}

/// Fails, before anything is written, if Git could not restore the files that a fix changes.
fn refuse_dirty(place: &Place, changes: &[FileChange]) -> Result<(), Failure> {
    let changes: Vec<&FileChange> = changes.iter().filter(|change| !change.is_new).collect();
    let files = changes.iter().map(|change| (&change.path, change.before.as_slice()));
    let status = place.repository.status(files)?;
    let why = |status: Status| match status {
        Status::Staged => None,
        Status::Changed => Some("has changes that are not staged"),
        Status::Untracked => Some("is not tracked by Git"),
        Status::NoRepository => Some("is not in a Git repository"),
    };
    let dirty = changes.iter().zip(status).filter_map(|(change, status)| Some((&change.path, why(status)?)));
    let dirty: Vec<String> = dirty.map(|(path, why)| format!("{path} {why}")).collect();
    if dirty.is_empty() {
        return Ok(());
    }
    let help = "stage or commit them first, look with `--diff`, or give `--allow-dirty`";
    Err(Failure::invalid(format!("nothing was changed: {}", dirty.join("; ")), help))
}

fn write(place: &Place, change: &FileChange) -> Result<(), Failure> {
    let path = on_disk(&place.repository, &change.path)?;
    if change.is_new { create(&path, &change.after) } else { replace(&path, &change.before, &change.after) }
}

fn say_fixed(plan: &FixPlan) -> Result<(), Failure> {
    let line = |finding: &Finding| {
        let file = plan.checked.files.get(finding.primary.file);
        let line = file.lines().bytes(finding.primary.span.start).line;
        escape::terminal(&format!("{}:{line}: fixed[{}]: {}", file.path(), finding.code(), finding.message))
    };
    to_stdout(|out| {
        let mut fixed = plan.changes.iter().flat_map(|change| &change.mends);
        fixed.try_for_each(|finding| writeln!(out, "{}", line(finding)))
    })
}

fn report(plan: &FixPlan, format: Format, terminal: Terminal) -> Result<(), Failure> {
    let reporter = format.reporter(terminal);
    to_stdout(|out| reporter.report(&plan.checked.run, &plan.checked.files, out))
}

/// The last line: the numbers of fixed and remaining findings; and how to fix more, where that is possible.
fn sum_up(args: &FixArgs, before: &FixPlan, after: &FixPlan) -> Result<(), Failure> {
    let fixed: usize = before.changes.iter().map(|change| change.mends.len()).sum();
    let findings = &after.checked.run.findings;
    let again: usize = after.changes.iter().map(|change| change.mends.len()).sum();
    let fixable = findings.iter().filter(|finding| !finding.edits.is_empty()).count();
    to_stdout(|out| {
        writeln!(out, "fixed: {fixed}, left: {}", findings.len())?;
        if again > 0 {
            writeln!(out, "run it again: {again} of these can be fixed now")
        } else if fixable > 0 && !args.risky {
            writeln!(out, "`--unsafe` fixes {fixable} of these too; look with `--diff` first")
        } else {
            Ok(())
        }
    })
}
