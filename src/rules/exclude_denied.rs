//! `exclude-denied`: the policy forbids an `exclude` line.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::identity::version_name;
use super::module_line::{CommentMissing, JudgedLine, LineHolder, MaxAge, Places};
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{AgeFacts, Exclusion};
use crate::policy::{ModulePatterns, Subject};

/// Forbids `exclude` lines, all or some.
#[derive(Debug)]
pub(crate) struct ExcludeDenied {
    /// The versions that may be excluded; `None` for all.
    allow: Option<ModulePatterns>,
    places: Option<Places>,
    comment: Option<CommentMissing>,
    max_age: Option<MaxAge>,
}

/// The options of an entry. One without any forbids every `exclude`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExcludeDeniedOptions {
    /// The only module versions that may be excluded, such as `example.com/broken@v1.2.3`.
    #[schemars(with = "Option<Vec<String>>")]
    allow: Option<Vec<Spanned<String>>>,
    /// Where `exclude` lines are allowed: `go.mod`, or globs on directories and files.
    #[schemars(with = "Option<Vec<String>>")]
    r#where: Option<Vec<Spanned<String>>>,
    /// Whether a comment on the line, or directly above it, must explain it.
    comment: Option<CommentMissing>,
    /// How old a line may be, in days or weeks: `90d`, `12w`.
    #[schemars(with = "Option<String>")]
    max_age: Option<Spanned<String>>,
}

impl Rule for ExcludeDenied {
    const META: RuleMeta = RuleMeta {
        id: "exclude-denied",
        family: Family::Replace,
        summary: "The policy forbids this `exclude` line.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = Option<AgeFacts<'m>>;

    type Options = ExcludeDeniedOptions;

    fn new(options: ExcludeDeniedOptions, binder: &mut Binder<'_>) -> Self {
        let ExcludeDeniedOptions { allow, r#where, comment, max_age } = options;
        let is_bare = r#where.is_none() && comment.is_none() && max_age.is_none();
        let allow = allow.or_else(|| is_bare.then(Vec::new));
        Self {
            allow: allow.map(|allow| binder.modules("allow", &allow)),
            places: Places::bind(r#where.as_deref(), binder),
            comment,
            max_age: MaxAge::bind(max_age.as_ref(), binder),
        }
    }

    fn asks(&self) -> bool {
        self.max_age.is_some()
    }

    fn check(&self, cx: &Context<'_, Option<AgeFacts<'_>>>) -> Vec<Violation> {
        cx.exclusions().flat_map(|exclusion| self.judge(*cx, exclusion)).collect()
    }

    fn open_questions(&self, cx: &Context<'_, Option<AgeFacts<'_>>>) -> Vec<OpenQuestion> {
        let (Some(max_age), Some(ages)) = (self.max_age, cx.facts()) else { return Vec::new() };
        let lines = cx.exclusions().map(|exclusion| (LineHolder::Module(exclusion.module()), &exclusion.line().line));
        max_age.open_questions(cx.with(ages), lines)
    }
}

impl ExcludeDenied {
    /// Every way in which the line breaks the entry.
    fn judge<'m>(&self, cx: Context<'m, Option<AgeFacts<'m>>>, exclusion: Exclusion<'m>) -> Vec<Violation> {
        let exclude = exclusion.line();
        let (path, version) = (&exclude.path.value, &exclude.version.value);
        let line =
            JudgedLine { holder: LineHolder::Module(exclusion.module()), line: &exclude.line, about: path.as_str() };
        let subject = version_name(cx.model(), path.as_str(), Some(version.as_str()));
        let does = format!("`{path}` {version} is excluded");
        let is_allowed =
            |allow: &ModulePatterns| allow.find(&Subject::external(path.as_str()), Some(version)).is_some();
        let denied = self.allow.as_ref().filter(|allow| !is_allowed(allow)).map(|allow| {
            let (why, help) = match allow.is_empty() {
                true => (
                    ", but the policy allows no `exclude` line",
                    "remove the line; require a version above the excluded one instead",
                ),
                false => (", but it is not on the allow-list", "remove the line, or add the version to `allow`"),
            };
            let message = format!("{does}{why}");
            Violation { help: Some(help.to_owned()), ..line.violation(&subject, "denied", message) }
        });
        let unexplained = self.comment.filter(|_| !line.is_explained()).map(|CommentMissing::Required| {
            let message = format!("{does}, and no comment explains why");
            let help = "add a comment on the line or above it: what is wrong with the version".to_owned();
            Violation { help: Some(help), ..line.violation(&subject, "comment", message) }
        });
        let misplaced = self.places.as_ref().and_then(|places| places.check(cx.plain(), &line, &subject, &does));
        let aged = self.max_age.zip(cx.facts()).and_then(|(max_age, ages)| max_age.check(ages, &line, &subject, &does));
        [denied, misplaced, unexplained, aged].into_iter().flatten().collect()
    }
}

const PAGE: &str = r#"
## What it does

Forbids `exclude` lines of go.mod: all, or those that are not on a list, are in the wrong file, have no
comment or are too old. Each fault is a separate finding at the line.

## Why it matters

An `exclude` line works only in its own module, so everybody who depends on that module still gets the version. It
is often added for a short time, and stays.

## Example

```txtar
-- modwarden.toml --
[[exclude-denied]]
name  = "known-bad-versions-only"
allow = ["example.com/broken@v1.2.3", "example.com/till@<1.0.0"]

[[exclude-denied]]
name    = "not-for-long"
max-age = "26w"
-- go.mod --
module example.com/shop

go 1.24

exclude (
	example.com/broken v1.2.3 // added 2026-11-01
	example.com/cart v1.4.0 // added 2026-11-01; finds exclude-denied/known-bad-versions-only
	example.com/till v0.9.0 // added 2025-02-01; finds exclude-denied/not-for-long
)
-- shop.go --
package shop
```

In this example a comment says when a line came in; in a repository its history does. The day is 21 November 2026.

## Options

An entry without any of these forbids every `exclude`.

- `allow`: the only module versions that may be excluded, such as `example.com/broken@v1.2.3` or `example.com/x/...@<1.2.0`.
- `where`: where the lines are allowed: `go.mod` for every module, or globs on directories and files, from the root of the
  repository: `tools/**`, `./go.mod`.
- `comment = "required"`: a comment on the line, or directly above it, must explain it. One that only asks for an exception
  does not.
- `max-age`: how old a line may be, in days or weeks: `90d`, `12w`, since the commit that added it.

## Evidence

`source`: the module files, and for `max-age` the commits of the repository: see `replace-stale` for the definition of the age. Walks of
history (`--since`, `--each-commit`, `inspect history`) do not report ages.

## How to fix

Require a version above the excluded one, and remove the line.
"#;
