//! `replace-stale`: a `replace` line has stood for a long time.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::identity::replaced_name;
use super::module_line::{JudgedLine, MaxAge, replaced, replaces, since};
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::AgeFacts;

/// Points at `replace` lines that are older than a limit.
#[derive(Debug)]
pub(crate) struct ReplaceStale {
    max_age: MaxAge,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ReplaceStaleOptions {
    /// How old a line may be, in days or weeks: `90d`, `12w`. 180 days if not given.
    #[schemars(with = "Option<String>")]
    max_age: Option<Spanned<String>>,
}

/// A line that is meant to be temporary should not last half a year.
const DEFAULT: MaxAge = MaxAge::of_days(180);

impl Rule for ReplaceStale {
    const META: RuleMeta = RuleMeta {
        id: "replace-stale",
        family: Family::Replace,
        summary: "A `replace` line is old.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = AgeFacts<'m>;

    type Options = ReplaceStaleOptions;

    fn new(options: ReplaceStaleOptions, binder: &mut Binder<'_>) -> Self {
        Self { max_age: MaxAge::bind(options.max_age.as_ref(), binder).unwrap_or(DEFAULT) }
    }

    fn check(&self, cx: &Context<'_, AgeFacts<'_>>) -> Vec<Violation> {
        let stale = replaces(cx.plain()).filter_map(|(holder, replacement)| {
            let replace = replacement.line();
            let line = JudgedLine { holder, line: &replace.line, about: replace.old.value.as_str() };
            let added = self.max_age.exceeded(cx.facts(), &line)?;
            let message = format!("{} {}", replaced(replace), since(added));
            let help =
                format!("remove it if it is no longer needed; `git show {:.10}` shows why it was added", added.commit);
            let violation = line.violation(&replaced_name(cx.model(), replacement), "stale", message);
            Some(Violation { help: Some(help), ..violation })
        });
        stale.collect()
    }

    fn open_questions(&self, cx: &Context<'_, AgeFacts<'_>>) -> Vec<OpenQuestion> {
        self.max_age
            .open_questions(*cx, replaces(cx.plain()).map(|(holder, replacement)| (holder, &replacement.line().line)))
    }
}

const PAGE: &str = r#"
## What it does

Finds the commit that added each `replace` line of go.mod and go.work, and points at the lines that are older than a
limit, with the day, the commit and its author.

A line keeps its age when it is moved within its file, indented, put into a block or out of one, or when its comment
changes, and when its file is moved. A line with another target, or for another module or version, is a new one.

## Why it matters

A `replace` line is added for a week and found two years later, when nobody remembers its purpose and nobody
dares to remove it.

## Example

```txtar
-- modwarden.toml --
[[replace-stale]]
name    = "nothing-is-forever"
max-age = "90d"
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/cart v1.2.0
	example.com/till v1.4.0
)

replace (
	example.com/cart => ../cart // added 2026-01-31; finds replace-stale/nothing-is-forever
	example.com/till => ../till // added 2026-11-01
)
-- shop.go --
package shop
```

In this example a comment says when the line came in; in a repository its history does. The day is 21 November 2026.

## Options

- `max-age`: how old a line may be, in days or weeks: `90d`, `12w`. 180 days if not given.

## Evidence

`source`: the commits of the repository. In a shallow clone the known age is a minimum; if that is not above the limit,
the rule is undecided. It is undecided outside of Git, too. A line that is in no commit yet has no age. The age is the one of today, so
walks of history (`--since`, `--each-commit`, `inspect history`) skip this rule.

## How to fix

Look at the commit, and at the replaced module: if a release has the change by now, require that release and remove the line.
Otherwise say so in an exception with an owner and an end.
"#;
