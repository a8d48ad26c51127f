//! `render`: writes a saved report in other forms.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{Color, RenderArgs};
use super::failure::Failure;
use super::report::Reports;
use super::variables;
use crate::finding::Run;
use crate::report::read_report;
use crate::rules;
use crate::source::read_file;
use crate::text::Files;

/// How long a report may be, in bytes.
const MAX_REPORT: u64 = 512 << 20;

/// Writes the report in the forms that the command line asks for. The exit code is that of the run.
pub(super) fn render(args: &RenderArgs, color: Color) -> Result<ExitCode, Failure> {
    let (run, files) = read(&args.report)?;
    let output = variables::output_args(&args.output)?;
    Reports { args: &output, color, verbose: args.verbose, parts: &[] }.write(&run, &files)?;
    Ok(ExitCode::from(run.header.exit_code))
}

/// Reads a saved report.
pub(super) fn read(path: &Path) -> Result<(Run, Files), Failure> {
    let json = bytes(path)?;
    let name = path.display();
    read_report(&json, &|id| rules::find(id).map(|rule| rule.meta()))
        .map_err(|error| Failure::invalid(format!("{name}: {error}"), "give a report that `--format json` wrote"))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return read_file(path, MAX_REPORT).map_err(|error| {
            Failure::invalid(
                format!("cannot read {}: {error}", path.display()),
                "give a report that `--format json` wrote",
            )
        });
    }
    let mut json = Vec::new();
    let read = std::io::stdin().take(MAX_REPORT).read_to_end(&mut json);
    read.map_err(|error| Failure::invalid(format!("cannot read standard input: {error}"), ""))?;
    Ok(json)
}
