//! `merge`: makes one report of many saved ones.

use std::process::ExitCode;

use super::args::{Color, MergeArgs};
use super::failure::Failure;
use super::render::read;
use super::report::Reports;
use super::variables;
use crate::finding::{self, Run, Tool};
use crate::text::Files;

/// Writes the reports as one, in the forms that the command line asks for. The exit code is the worst of all.
pub(super) fn merge(args: &MergeArgs, color: Color) -> Result<ExitCode, Failure> {
    let parts: Vec<(Run, Files)> = args.reports.iter().map(|report| read(report)).collect::<Result<_, _>>()?;
    let (run, files) = finding::merge(Tool::this(), parts.clone());
    let output = variables::output_args(&args.output)?;
    Reports { args: &output, color, verbose: args.verbose, parts: &parts }.write(&run, &files)?;
    Ok(ExitCode::from(run.header.exit_code))
}
