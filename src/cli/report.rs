//! Prints a run, and writes it to files, in all the forms that the command line asks for.

use super::args::{Color, Output, OutputArgs, Target};
use super::environment::terminal;
use super::failure::{Failure, tell};
use super::output::{to_file, to_stderr, to_stdout};
use crate::finding::{Run, Verdict};
use crate::report::{Format, Terminal};
use crate::text::Files;

/// How to write reports: as the command line asks, for this terminal.
#[derive(Clone, Copy)]
pub(super) struct Reports<'a> {
    pub(super) args: &'a OutputArgs,
    pub(super) color: Color,
    pub(super) verbose: bool,
}

impl Reports<'_> {
    /// Writes all of them. Each is tried, whatever became of the others; the first failure is returned.
    pub(super) fn write(self, run: &Run, files: &Files) -> Result<(), Failure> {
        let outcomes: Vec<Result<(), Failure>> =
            self.args.all().iter().map(|output| self.write_one(output, run, files)).collect();
        outcomes.into_iter().collect()
    }

    fn write_one(self, Output { format, target }: &Output, run: &Run, files: &Files) -> Result<(), Failure> {
        let closes_alerts = closes_alerts(*format, run);
        match target {
            Target::Stdout if closes_alerts => {
                tell_instead_of_sarif("standard output");
                let reporter = Format::Concise.reporter(terminal(self.color, self.verbose));
                to_stderr(|out| reporter.report(run, files, out))
            }
            Target::Stdout => {
                let reporter = format.reporter(terminal(self.color, self.verbose));
                to_stdout(|out| reporter.report(run, files, out))
            }
            Target::File(path) if closes_alerts => {
                tell_instead_of_sarif(&path.display().to_string());
                Ok(())
            }
            Target::File(path) => {
                let reporter = format.reporter(Terminal { verbose: self.verbose, ..Terminal::PLAIN });
                to_file(path, |out| reporter.report(run, files, out))
            }
        }
    }
}

/// Whether a report would close every alert that is open: code scanning takes SARIF without results for good news, and does
/// not look at `executionSuccessful`. So none is written where nothing was judged, because the policy is wrong or there is
/// no module.
fn closes_alerts(format: Format, run: &Run) -> bool {
    let judged_nothing = match run.verdict {
        Verdict::Invalid => true,
        Verdict::Undecided => run.stats.modules == 0 && run.findings.is_empty(),
        Verdict::Judged => false,
    };
    format == Format::Sarif && judged_nothing
}

fn tell_instead_of_sarif(place: &str) {
    let message =
        format!("no SARIF was written to {place}: nothing was judged, and SARIF without results closes all alerts");
    tell("note", &message, "");
}
