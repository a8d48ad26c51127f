//! Two revisions that are compared, as the command line names them.

use super::args::ComparedArgs;
use super::check::{cache, fact_store, with_policy};
use super::environment::go_env;
use super::failure::Failure;
use super::place::Place;
use super::revision::tell_ambiguous;
use crate::pipeline::{DiffEnd, DiffRequest};
use crate::source::{RangeSpec, Repository, Source, SourceError, StateSpec};

/// Calls `compare` with the states of both commits.
pub(super) fn compare_ends<T>(
    args: &ComparedArgs,
    place: &Place,
    compare: impl FnOnce(&DiffRequest<'_>) -> Result<T, SourceError>,
) -> Result<T, Failure> {
    let ends = endpoints(&args.base, args.head.as_deref())?;
    let (base, head) = ends.open(&place.repository)?;
    tell_ambiguous(&place.repository, [args.base.as_str()].into_iter().chain(args.head.as_deref()));
    place.refuse_absent(&[base.as_ref(), head.as_ref()])?;
    let env = go_env(&place.repository)?;
    let (cache, store) = (cache(args.no_module_cache), fact_store(&args.cache, place));
    with_policy(&args.policy, place, |policy| {
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
    })
}

/// The two revisions that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Endpoints<'a> {
    /// The one before.
    base: &'a str,
    /// The one after.
    head: &'a str,
    /// Whether the base is where the history of the first revision meets that of the second.
    merge_base: bool,
}

/// The states of both revisions.
type OpenedEnds = (Box<dyn Source>, Box<dyn Source>);

impl Endpoints<'_> {
    /// Opens both states.
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
