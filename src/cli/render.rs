//! `render`: writes a saved report in other forms.

use std::hash::Hasher as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{Color, RenderArgs};
use super::failure::Failure;
use super::input::{STANDARD_INPUT, read_standard_input};
use super::report::Reports;
use crate::finding::Run;
use crate::report::read_report;
use crate::rules;
use crate::source::{Fingerprint, read_file};
use crate::text::Files;

/// How long a report may be, in bytes.
const MAX_REPORT: u64 = 512 << 20;

/// Writes the report in the forms that the command line asks for. The exit code is that of the run.
pub(super) fn render(args: &RenderArgs, color: Color) -> Result<ExitCode, Failure> {
    let (run, files) = SavedReport::read(&args.report)?.parse()?;
    Reports { args: &args.output, color, verbose: args.verbose, hints: true, work_tree: None, parts: &[] }
        .write(&run, &files)?;
    Ok(ExitCode::from(run.header.exit_code))
}

/// A report that `--format json` wrote, before it is parsed.
pub(super) struct SavedReport {
    /// Where it comes from, in words.
    pub(super) name: String,
    json: Vec<u8>,
}

impl SavedReport {
    /// Reads a file, or standard input.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (json, name) = match path == Path::new(STANDARD_INPUT) {
            true => (read_standard_input(MAX_REPORT), "standard input".to_owned()),
            false => (read_file(path, MAX_REPORT), path.display().to_string()),
        };
        let json = json.map_err(|error| Failure::invalid(format!("cannot read {name}: {error}"), ""))?;
        Ok(Self { name, json })
    }

    /// A hash of its bytes.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut fingerprint = Fingerprint::default();
        fingerprint.write(&self.json);
        fingerprint.into_bytes()
    }

    /// The run that it is about.
    pub(super) fn parse(&self) -> Result<(Run, Files), Failure> {
        read_report(&self.json, &|id| rules::find(id).map(|rule| rule.meta())).map_err(|error| {
            Failure::invalid(format!("{}: {error}", self.name), "give a report that `--format json` wrote")
        })
    }
}
