//! One line a finding: `path:line:column: severity[rule/entry]: message`.

use std::io::{self, Write};

use super::covered::newly_covered;
use super::escape;
use super::limit::{Shown, shown};
use super::place::place;
use super::requirements::table;
use super::summary::Summary;
use super::undecided::undecided_groups;
use super::{Reporter, Terminal};
use crate::finding::Run;
use crate::text::Files;

/// The reporter of `--format concise`.
pub(super) struct Concise {
    terminal: Terminal,
}

impl Concise {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Concise {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        for shown in shown(self.terminal, run, files) {
            let finding = match shown {
                Shown::Finding(finding) => finding,
                Shown::Count(count) => {
                    write_line(out, &count)?;
                    continue;
                }
            };
            let place = place(files, &finding.primary);
            let past: String = finding.origins().map(|(word, commit)| format!(" ({word} {commit})")).collect();
            let message = &finding.message;
            write_line(out, &format!("{place}: {}[{}]: {message}{past}", finding.severity, finding.code()))?;
        }
        write_notifications(self.terminal, run, files, out)?;
        for covered in newly_covered(run, files) {
            let place = place(files, &covered.finding.primary);
            let (finding, by) = (covered.finding, covered.by_in_words());
            write_line(out, &format!("{place}: newly covered[{}]: {} (by {by})", finding.code(), finding.message))?;
        }
        write_undecided(run, files, out)?;
        for requirements in run.requirements.iter().filter(|_| self.terminal.verbose) {
            out.write_all(table(self.terminal, requirements, files).as_bytes())?;
        }
        out.write_all(self.terminal.statistics(run).as_bytes())?;
        out.write_all(Summary::of(run, self.terminal).lines().as_bytes())
    }
}

/// Writes the problems that prevent a result, and no findings: for `--quiet`.
pub(crate) fn write_obstacles(run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
    write_notifications(Terminal::PLAIN, run, files, out)?;
    write_undecided(run, files, out)
}

fn write_notifications(terminal: Terminal, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
    for notification in terminal.notifications(run) {
        let place = notification.label.as_ref().map(|label| place(files, label) + ": ").unwrap_or_default();
        let help = notification.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        let message = notification.message_with_repository();
        write_line(out, &format!("{place}{}: {message}{help}", notification.level))?;
    }
    Ok(())
}

fn write_undecided(run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
    for group in undecided_groups(run) {
        let help = group.remedy().map(|help| format!(" ({})", help.replace('\n', "; "))).unwrap_or_default();
        let (place, rules) = (group.place(files), group.rules().join(", "));
        write_line(out, &format!("{place}: undecided[{rules}]: {}{help}", group.message()))?;
    }
    Ok(())
}

/// Escapes the whole line at once: a file named `:` makes a `::` only together with the text after it.
fn write_line(out: &mut dyn Write, line: &str) -> io::Result<()> {
    writeln!(out, "{}", escape::terminal(line))
}
