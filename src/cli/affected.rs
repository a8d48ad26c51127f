//! `affected`: from two revisions to the packages, tests, programs and modules that the change reaches.

use std::path::PathBuf;
use std::process::ExitCode;

use super::args::{AffectedArgs, AffectedFormat};
use super::check::say_seen;
use super::endpoints::compare_ends;
use super::failure::Failure;
use super::output::to_stdout;
use super::place::locate;
use crate::pipeline::{affected as find, parse_build};
use crate::report::affected::AffectedForm;

/// Compares two commits and prints the packages that the change reaches.
pub(super) fn affected(args: &AffectedArgs) -> Result<ExitCode, Failure> {
    let build = args.build.as_deref().map(|build| parse_build(build).map_err(|message| Failure::invalid(message, "")));
    let build = build.transpose()?;
    let place = locate(&args.paths)?;
    let answer = compare_ends(&args.compared, &place, |request| find(request, build.as_ref()))?;
    let form = match args.format {
        AffectedFormat::List => AffectedForm::List,
        AffectedFormat::Json => AffectedForm::Json,
        AffectedFormat::GoTest => AffectedForm::GoTest(depth_below_root(&args.paths)),
    };
    to_stdout(|out| answer.list.write(form, out))?;
    Ok(say_seen(answer.verdict, &answer.notifications))
}

/// How many directories below the root of the repository the program was started, if that is the repository in question.
fn depth_below_root(paths: &[PathBuf]) -> usize {
    if !paths.is_empty() {
        return 0;
    }
    let here = locate(&[PathBuf::from(".")]).ok().and_then(|place| place.paths.into_iter().next());
    here.map_or(0, |here| here.ancestors().count() - 1)
}
