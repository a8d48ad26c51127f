//! `render`: writes a saved report in other forms.

use std::path::Path;
use std::process::ExitCode;

use super::args::{Color, RenderArgs};
use super::failure::Failure;
use super::input::{STANDARD_INPUT, read_standard_input};
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
    let (json, name) = match path == Path::new(STANDARD_INPUT) {
        true => (read_standard_input(MAX_REPORT), "standard input".to_owned()),
        false => (read_file(path, MAX_REPORT), path.display().to_string()),
    };
    let json = json.map_err(|error| Failure::invalid(format!("cannot read {name}: {error}"), ""))?;
    read_report(&json, &|id| rules::find(id).map(|rule| rule.meta()))
        .map_err(|error| Failure::invalid(format!("{name}: {error}"), "give a report that `--format json` wrote"))
}
