//! `diff`: from two revisions to the changes between them.

use std::process::ExitCode;

use super::args::{Color, DiffArgs, DiffFormat};
use super::check::{cache, fact_store, with_policy};
use super::endpoints::endpoints;
use super::environment::{go_env, terminal};
use super::failure::{Failure, UNDECIDED};
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::finding::Verdict;
use crate::pipeline::{DiffEnd, DiffRequest, diff as compare};
use crate::report::diff::DiffForm;

/// Compares two commits and prints the changes.
pub(super) fn diff(args: &DiffArgs, color: Color) -> Result<ExitCode, Failure> {
    let place = locate(&args.paths)?;
    let ends = endpoints(&args.base, args.head.as_deref())?;
    let (base, head) = ends.open(&place.repository)?;
    tell_ambiguous(&place.repository, [args.base.as_str()].into_iter().chain(args.head.as_deref()));
    place.refuse_absent(&[base.as_ref(), head.as_ref()])?;
    let env = go_env(&place.repository)?;
    let (cache, store) = (cache(args.no_module_cache), fact_store(&args.cache, &place));
    let diff = with_policy(&args.policy, &place, |policy| {
        let request = DiffRequest {
            base: DiffEnd { source: base.as_ref(), revision: ends.base, merge_base: ends.merge_base },
            head: DiffEnd { source: head.as_ref(), revision: ends.head, merge_base: false },
            policy,
            cache: cache.as_ref(),
            store: &store,
            env: &env,
            paths: &place.paths,
        };
        compare(&request).map_err(Failure::from)
    })?;
    let form = match args.format {
        DiffFormat::Pretty => DiffForm::Pretty(terminal(color)),
        DiffFormat::Markdown => DiffForm::Markdown,
        DiffFormat::Json => DiffForm::Json,
        DiffFormat::Totals => DiffForm::Totals,
    };
    to_stdout(|out| diff.write(form, out))?;
    Ok(if diff.verdict == Verdict::Judged { ExitCode::SUCCESS } else { ExitCode::from(UNDECIDED) })
}
