//! `affected`: from two revisions to the packages, tests, programs and modules that the change reaches.

use std::path::PathBuf;
use std::process::ExitCode;

use super::args::{AffectedArgs, AffectedFormat};
use super::check::{cache, fact_store, say_seen, with_policy};
use super::endpoints::endpoints;
use super::environment::go_env;
use super::failure::Failure;
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::pipeline::{DiffEnd, DiffRequest, affected as find, parse_build};
use crate::report::affected::AffectedForm;

/// Compares two commits and prints what the change reaches.
pub(super) fn affected(args: &AffectedArgs) -> Result<ExitCode, Failure> {
    let build = args.build.as_deref().map(|build| parse_build(build).map_err(|message| Failure::invalid(message, "")));
    let build = build.transpose()?;
    let place = locate(&args.paths)?;
    let ends = endpoints(&args.base, args.head.as_deref())?;
    let (base, head) = ends.open(&place.repository)?;
    tell_ambiguous(&place.repository, [args.base.as_str()].into_iter().chain(args.head.as_deref()));
    place.refuse_absent(&[base.as_ref(), head.as_ref()])?;
    let env = go_env(&place.repository)?;
    let (cache, store) = (cache(args.no_module_cache), fact_store(&args.cache, &place));
    let answer = with_policy(&args.policy, &place, |policy| {
        let request = DiffRequest {
            base: DiffEnd { source: base.as_ref(), revision: ends.base, merge_base: ends.merge_base },
            head: DiffEnd { source: head.as_ref(), revision: ends.head, merge_base: false },
            policy,
            cache: cache.as_ref(),
            store: &store,
            env: &env,
            paths: &place.paths,
        };
        find(&request, build.as_ref()).map_err(Failure::from)
    })?;
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
