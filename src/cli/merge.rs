//! `merge`: makes one report of many saved ones.

use std::path::Path;
use std::process::ExitCode;

use super::args::{Color, MergeArgs};
use super::failure::{Failure, tell};
use super::input::STANDARD_INPUT;
use super::render::SavedReport;
use super::report::Reports;
use crate::finding::{self, MergedRun, Run, Tool};
use crate::text::Files;

/// Writes the reports as one, in the forms that the command line asks for. The exit code is the worst of all.
pub(super) fn merge(args: &MergeArgs, color: Color) -> Result<ExitCode, Failure> {
    if args.reports.iter().filter(|path| path.as_path() == Path::new(STANDARD_INPUT)).count() > 1 {
        let message = "standard input holds one report, and `-` is given more than once";
        return Err(Failure::invalid(message, "write the reports to files"));
    }
    let parts = read_once(args)?;
    tell_repeated_runs(&parts);
    let (run, files) = finding::merge(Tool::this(), parts.clone());
    Reports { args: &args.output, color, verbose: args.verbose, hints: true, work_tree: None, parts: &parts }
        .write(&run, &files)?;
    Ok(ExitCode::from(run.header.exit_code))
}

/// Reads the reports. One that is given twice, byte for byte, counts once.
fn read_once(args: &MergeArgs) -> Result<Vec<(Run, Files)>, Failure> {
    let mut seen: Vec<([u8; 32], String)> = Vec::new();
    let mut parts = Vec::new();
    for path in &args.reports {
        let saved = SavedReport::read(path)?;
        let digest = saved.digest();
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == digest) {
            let message = format!("{} and {first} are the same report, which counts once", saved.name);
            tell("warn", &message, "leave one of them out");
            continue;
        }
        parts.push(saved.parse()?);
        seen.push((digest, saved.name));
    }
    Ok(parts)
}

/// Warns of runs that are in two of the reports, because one of these was itself merged from others: their findings count
/// twice.
fn tell_repeated_runs(parts: &[(Run, Files)]) {
    let mut seen: Vec<&MergedRun> = Vec::new();
    for run in parts.iter().flat_map(|(run, _)| &run.merged) {
        let is_known = seen.contains(&run);
        let is_a_part = parts.iter().any(|(part, _)| part.merged.is_empty() && part.summarised() == *run);
        if is_known || is_a_part {
            let header = &run.header;
            let repository = header.repository.as_deref().unwrap_or("a repository without an address");
            let time = header.time.as_deref().unwrap_or("an unknown time");
            let message =
                format!("the run of {repository} at {time} is in two of the reports, so its findings count twice");
            tell("warn", &message, "merge reports of single runs");
        }
        seen.push(run);
    }
}
