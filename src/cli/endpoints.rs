//! Two revisions that are compared, as the command line names them.

use super::failure::Failure;
use crate::source::{RangeSpec, Repository, Source, StateSpec};

/// The two revisions that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoints<'a> {
    /// The one before.
    pub(super) base: &'a str,
    /// The one after.
    pub(super) head: &'a str,
    /// Whether the base is where the history of the first revision meets that of the second.
    pub(super) merge_base: bool,
}

/// The states of both revisions.
type OpenedEnds = (Box<dyn Source>, Box<dyn Source>);

impl Endpoints<'_> {
    /// Opens both states.
    pub(super) fn open(&self, repository: &Repository) -> Result<OpenedEnds, Failure> {
        let state = |revision: &str| repository.state(&StateSpec::Revision(revision.to_owned()));
        let base = match self.merge_base {
            true => state(&repository.merge_base(self.base, self.head)?.to_string())?,
            false => state(self.base)?,
        };
        Ok((base, state(self.head)?))
    }
}

/// The revisions on the command line: two revisions, or one range, in which a missing end is `HEAD`, as in Git.
pub(super) fn endpoints<'a>(base: &'a str, head: Option<&'a str>) -> Result<Endpoints<'a>, Failure> {
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
