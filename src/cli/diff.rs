//! `diff`: from two revisions to the changes between them.

use std::process::ExitCode;

use super::args::{Color, DiffArgs, DiffFormat};
use super::endpoints::compare_ends;
use super::environment::terminal;
use super::failure::{Failure, UNDECIDED};
use super::output::to_stdout;
use super::place::locate;
use crate::finding::Verdict;
use crate::pipeline::diff as compare;
use crate::report::diff::DiffForm;

/// Compares two commits and prints the changes.
pub(super) fn diff(args: &DiffArgs, color: Color) -> Result<ExitCode, Failure> {
    let place = locate(&args.paths)?;
    let diff = compare_ends(&args.compared, &place, compare)?;
    let form = match args.format {
        DiffFormat::Pretty => DiffForm::Pretty(terminal(color)),
        DiffFormat::Markdown => DiffForm::Markdown,
        DiffFormat::Json => DiffForm::Json,
        DiffFormat::Totals => DiffForm::Totals,
    };
    to_stdout(|out| diff.write(form, out))?;
    Ok(if diff.verdict == Verdict::Judged { ExitCode::SUCCESS } else { ExitCode::from(UNDECIDED) })
}
