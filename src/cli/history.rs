//! `inspect history`, and the history that `check` needs.

use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{CheckArgs, HistoryArgs};
use super::check::{cache, fact_store, with_policy};
use super::environment::{go_env, today, wants_progress};
use super::failure::{Failure, INVALID, UNDECIDED, tell};
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::history::Progress;
use crate::load::Input;
use crate::pipeline::{Checked, HistoryRequest, Request, Tables, add_each_commit, add_since, inspect_history};
use crate::report::facts::write_line;
use crate::report::{Format, Terminal};
use crate::source::{Range, Repository, StateSpec};

/// Prints how everything developed, and from when to when each fact was true.
pub(super) fn history(args: &HistoryArgs) -> Result<ExitCode, Failure> {
    let place = locate(&args.paths)?;
    let tip = place.repository.commit(&args.rev)?;
    tell_ambiguous(&place.repository, [args.rev.as_str()]);
    let source = place.repository.state(&StateSpec::Revision(tip.to_string()))?;
    let (cache, store, bar) = (cache(args.no_module_cache), fact_store(&args.cache, &place), Bar::new());
    let env = go_env(&place.repository)?;
    let past = with_policy(&args.policy.today(), &place, |policy| {
        let input = Input { source: source.as_ref(), store: &store, env: &env };
        let check = Request {
            input,
            policy,
            cache: cache.as_ref(),
            lines: None,
            paths: &place.paths,
            tables: Tables::None,
            today: today(),
        };
        let judges = args.policy.judges();
        let request = HistoryRequest { check, repository: &place.repository, judges, progress: &bar };
        inspect_history(&request, tip, args.past.parents()).map_err(Failure::from)
    })?;
    match past {
        Ok(mut past) => {
            let (points, lives, summary) = (past.points()?, past.lives()?, past.summary(store.counts()));
            to_stdout(|out| {
                points.iter().try_for_each(|record| write_line(record, out))?;
                lives.iter().try_for_each(|record| write_line(record, out))?;
                write_line(&summary, out)
            })?;
            Ok(past.sight().map_or(ExitCode::SUCCESS, |it| {
                tell(it.level.as_str(), &it.message, it.help.as_deref().unwrap_or_default());
                ExitCode::from(UNDECIDED)
            }))
        }
        Err(checked) => {
            let reporter = Format::Pretty.reporter(Terminal::PLAIN);
            to_stdout(|out| reporter.report(&checked.run, &checked.files, out))?;
            Ok(ExitCode::from(INVALID))
        }
    }
}

/// Adds the history of its findings to a run.
pub(super) fn add_past(
    args: &CheckArgs,
    check: Request<'_>,
    repository: &Repository,
    checked: &mut Checked,
) -> Result<(), Failure> {
    let bar = Bar::new();
    let request = HistoryRequest { check, repository, judges: args.policy.judges(), progress: &bar };
    if let Some(range) = args.compare.range.as_deref().filter(|_| args.compare.each_commit) {
        let Range { base, head, .. } = repository.range(range)?;
        add_each_commit(&request, checked, (head, &[base]))?;
    }
    if args.since {
        let tip = match check.input.source.origin().commit() {
            Some(tip) => tip,
            // Nothing has a past yet.
            None if repository.is_unborn() => return Ok(()),
            None => repository.commit("HEAD")?,
        };
        add_since(&request, checked, (tip, args.past.parents()))?;
    }
    Ok(())
}

/// A line on standard error, if that is a terminal and the work takes long enough to be noticed.
struct Bar {
    bar: ProgressBar,
    is_wanted: bool,
}

/// How long nobody minds a silence.
const PATIENCE: Duration = Duration::from_millis(500);

impl Bar {
    fn new() -> Self {
        Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()), is_wanted: wants_progress() }
    }
}

impl Progress for Bar {
    fn commits(&self, done: usize, total: usize) {
        let (done, total) = (done as u64, total as u64);
        if self.is_wanted && self.bar.is_hidden() && self.bar.elapsed() > PATIENCE && done < total {
            let style = ProgressStyle::with_template("{pos} of {len} commits {bar:40} {eta} left");
            self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        if done == total {
            self.bar.finish_and_clear();
        }
    }
}
