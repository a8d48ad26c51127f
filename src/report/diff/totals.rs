//! How much changed, one `name=value` a line, for scripts: nothing in it comes from the repository.

use std::io::{self, Write};

use super::Diff;
use crate::report::totals::write_totals;

pub(super) fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "version={}", diff.tool.version)?;
    writeln!(out, "verdict={}", diff.verdict.as_str())?;
    let summary = &diff.summary;
    let requirements: usize = diff.modules.iter().map(|module| module.requirements.len()).sum();
    let totals = [
        ("changes", requirements + summary.directives),
        ("requirements", requirements),
        ("directives", summary.directives),
        ("added", summary.added),
        ("removed", summary.removed),
        ("upgraded", summary.upgraded),
        ("downgraded", summary.downgraded),
        ("replaced", summary.replaced),
        ("modules-added", summary.modules_added),
        ("modules-removed", summary.modules_removed),
    ];
    write_totals(totals, out)
}
