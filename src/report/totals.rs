//! Numbers alone, one `name=value` a line, for scripts: nothing in it comes from the repository.

use std::io::{self, Write};

use super::Reporter;
use crate::finding::{Run, Severity};
use crate::text::Files;

/// The reporter of `--format totals`.
pub(super) struct Totals;

impl Reporter for Totals {
    fn report(&self, run: &Run, _: &Files, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "version={}", run.tool.version)?;
        writeln!(out, "verdict={}", run.verdict.as_str())?;
        let always = [
            ("findings", run.findings.len()),
            ("errors", run.count(Severity::Error)),
            ("warnings", run.count(Severity::Warn)),
            ("notes", run.count(Severity::Note)),
            ("undecided", run.undecided.len()),
            ("suppressed", run.stats.suppressed),
            ("newly-covered", run.newly_covered.len()),
            ("modules", run.stats.modules),
        ];
        let compared = run.comparison.as_ref().map(|comparison| {
            [("new", comparison.new), ("fixed", comparison.fixed), ("unchanged", comparison.unchanged)]
        });
        let totals = always.into_iter().chain(compared.into_iter().flatten());
        write_totals(totals, out)
    }
}

/// Writes a line for each number.
pub(super) fn write_totals(
    totals: impl IntoIterator<Item = (&'static str, usize)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    totals.into_iter().try_for_each(|(name, count)| writeln!(out, "{name}={count}"))
}
