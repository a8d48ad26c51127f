//! `diff`: from two revisions to the changes between them.

use std::process::ExitCode;

use super::args::{Color, DiffArgs, DiffFormat};
use super::check::{cache, fact_store, with_policy};
use super::environment::{go_env, terminal};
use super::failure::{Failure, UNDECIDED};
use super::output::to_stdout;
use super::place::locate;
use super::revision::tell_ambiguous;
use crate::finding::Verdict;
use crate::pipeline::{DiffEnd, DiffRequest, diff as compare};
use crate::report::diff::DiffForm;
use crate::source::{RangeSpec, Repository, Source, StateSpec};

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

/// The two revisions that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Endpoints<'a> {
    base: &'a str,
    head: &'a str,
    /// Whether the base is where the history of the first revision meets that of the second.
    merge_base: bool,
}

type OpenedEnds = (Box<dyn Source>, Box<dyn Source>);

impl Endpoints<'_> {
    fn open(&self, repository: &Repository) -> Result<OpenedEnds, Failure> {
        let state = |revision: &str| repository.state(&StateSpec::Revision(revision.to_owned()));
        let base = match self.merge_base {
            true => state(&repository.merge_base(self.base, self.head)?.to_string())?,
            false => state(self.base)?,
        };
        Ok((base, state(self.head)?))
    }
}

/// The revisions on the command line: two revisions, or one range, in which a missing end is `HEAD`, as in Git.
fn endpoints<'a>(base: &'a str, head: Option<&'a str>) -> Result<Endpoints<'a>, Failure> {
    let range = RangeSpec::parse(base);
    match (range, head) {
        (None, _) if base.contains("..") => {
            Err(Failure::invalid(format!("`{base}` names no commit"), "write it as BASE..HEAD, or BASE HEAD"))
        }
        (None, head) => Ok(Endpoints { base, head: head.unwrap_or("HEAD"), merge_base: false }),
        (Some(RangeSpec { base, head, merge_base }), None) => Ok(Endpoints { base, head, merge_base }),
        (Some(_), Some(head)) => Err(Failure::invalid(
            format!("`{base}` names both commits, and `{head}` a third"),
            "give two revisions or one range; paths come after `--`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(args: (&str, Option<&str>), expected: Option<(&str, &str, bool)>) {
        let ends = endpoints(args.0, args.1).ok().map(|ends| (ends.base, ends.head, ends.merge_base));
        assert_eq!(ends, expected, "{args:?}");
    }

    #[test]
    fn ranges_are_read_as_git_reads_them() {
        check(("v1", None), Some(("v1", "HEAD", false)));
        check(("v1", Some("v2")), Some(("v1", "v2", false)));
        check(("v1.0..v2.0", None), Some(("v1.0", "v2.0", false)));
        check(("v1.0...v2.0", None), Some(("v1.0", "v2.0", true)));
        check(("main...", None), Some(("main", "HEAD", true)));
        check(("..topic", None), Some(("HEAD", "topic", false)));
        check(("v1..v2", Some("v3")), None);
        check(("..", None), None);
        check(("...", None), None);
    }
}
