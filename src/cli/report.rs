//! Prints a run, and writes it to files, in all the forms that the command line asks for.

use std::io::{self, Write};
use std::path::Path;

use super::args::{Color, Output, OutputArgs, Target};
use super::environment::{is_watched, terminal};
use super::failure::{Failure, tell};
use super::output::{to_file, to_stderr, to_stdout};
use super::place::bytes;
use crate::finding::{Run, Verdict};
use crate::report::{FileLinks, Format, Terminal, linked_pretty, statistics, write_obstacles, write_sarif_runs};
use crate::text::Files;

/// How many findings of one rule in one file a terminal shows.
const MAX_FINDINGS: usize = 10;

/// How to write reports: as the command line asks, for this terminal.
#[derive(Clone, Copy)]
pub(super) struct Reports<'a> {
    pub(super) args: &'a OutputArgs,
    pub(super) color: Color,
    pub(super) verbose: bool,
    /// Whether a person asked, who can do something about a missing policy, and no hook.
    pub(super) hints: bool,
    /// Where the files of the run are on disk, if it is about these.
    pub(super) work_tree: Option<&'a Path>,
    /// The runs that the one to be written joins, if it joins some: SARIF has them one by one.
    pub(super) parts: &'a [(Run, Files)],
}

impl Reports<'_> {
    /// Writes all of them. Each is tried, even if others failed; the first failure is returned.
    pub(super) fn write(self, run: &Run, files: &Files) -> Result<(), Failure> {
        let mut outcomes = Vec::new();
        if self.args.quiet {
            outcomes.push(self.write_quietly(run, files));
        }
        outcomes.extend(self.args.all().iter().map(|output| self.write_one(output, run, files)));
        outcomes.into_iter().collect()
    }

    /// Writes the problems that prevent a result, and the numbers for `--statistics`.
    fn write_quietly(self, run: &Run, files: &Files) -> Result<(), Failure> {
        if run.verdict != Verdict::Judged {
            to_stderr(|out| write_obstacles(run, files, out))?;
        }
        if !self.args.statistics {
            return Ok(());
        }
        to_stdout(|out| out.write_all(statistics(self.terminal(), run).as_bytes()))
    }

    fn write_one(self, Output { format, target }: &Output, run: &Run, files: &Files) -> Result<(), Failure> {
        let left_out = self.parts.iter().filter(|(part, _)| closes_alerts(*format, part)).count();
        let writes_nothing = match self.parts {
            [] => closes_alerts(*format, run),
            parts => left_out == parts.len(),
        };
        if left_out > 0 && !writes_nothing {
            let message =
                format!("{left_out} of {} reports are left out of the SARIF: nothing was checked", self.parts.len());
            tell("note", &message, "");
        }
        match target {
            Target::Stdout if writes_nothing => {
                tell_instead_of_sarif("standard output");
                // A quiet run has already printed why it has no answer.
                if self.args.quiet {
                    return Ok(());
                }
                let reporter = Format::Concise.reporter(self.terminal());
                to_stderr(|out| reporter.report(run, files, out))
            }
            Target::Stdout => to_stdout(|out| self.write_form(*format, self.terminal(), run, files, out)),
            Target::File(path) if writes_nothing => {
                tell_instead_of_sarif(&path.display().to_string());
                Ok(())
            }
            Target::File(path) => {
                to_file(path, |out| self.write_form(*format, self.wanted(Terminal::PLAIN), run, files, out))
            }
        }
    }

    fn write_form(
        self,
        format: Format,
        terminal: Terminal,
        run: &Run,
        files: &Files,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if format == Format::Sarif && !self.parts.is_empty() {
            return write_sarif_runs(self.parts.iter().filter(|(part, _)| !closes_alerts(format, part)), out);
        }
        let reporter = match self.work_tree {
            Some(root) if format == Format::Pretty => linked_pretty(terminal, FileLinks::new(&bytes(root))),
            _ => format.reporter(terminal),
        };
        reporter.report(run, files, out)
    }

    /// The abilities of standard output, with the options applied.
    fn terminal(self) -> Terminal {
        let limit = self.args.max_findings.or_else(|| is_watched().then_some(MAX_FINDINGS));
        Terminal { max_findings: limit.filter(|limit| *limit > 0), ..self.wanted(terminal(self.color)) }
    }

    fn wanted(self, terminal: Terminal) -> Terminal {
        Terminal { verbose: self.verbose, hints: self.hints, statistics: self.args.statistics, ..terminal }
    }
}

/// Whether a report would close every alert that is open: code scanning takes SARIF without results for good news, and
/// does not look at `executionSuccessful`. So none is written where nothing was judged, because the policy is wrong or
/// there is no module.
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
        format!("no SARIF was written to {place}: nothing was checked, and SARIF without results closes all alerts");
    tell("note", &message, "");
}
