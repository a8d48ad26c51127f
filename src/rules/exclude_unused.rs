//! `exclude-unused`: no build could take the version that an `exclude` line names.

use super::idle::IdleLine;
use super::open_lines::open_exclusions;
use super::replace_unused::unused;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Effect, Exclusion, GraphFacts};

/// Finds `exclude` lines for versions that no build could take.
#[derive(Debug)]
pub(crate) struct ExcludeUnused;

impl Rule for ExcludeUnused {
    const META: RuleMeta = RuleMeta {
        id: "exclude-unused",
        family: Family::Residual,
        summary: "An `exclude` line names a version that no build could select.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = GraphFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check<'m>(&self, cx: &Context<'m, GraphFacts<'m>>) -> Vec<Violation> {
        let unused = |exclusion: Exclusion<'m>| match exclusion.effect(cx.facts()) {
            Effect::Unused(idle) => Some(unused(&IdleLine::of_exclusion(*cx, exclusion), &idle)),
            Effect::Acts | Effect::Idle(_) | Effect::Open(_) => None,
        };
        cx.exclusions().filter_map(unused).collect()
    }

    fn open_questions(&self, cx: &Context<'_, GraphFacts<'_>>) -> Vec<OpenQuestion> {
        open_exclusions(*cx)
    }
}

const PAGE: &str = r#"
## What it does

Finds `exclude` lines for a version that a module of the module graph requires, and without which the build would be the same:
every module that go.mod lists would be selected at the same version and come from the same place. Since Go 1.17 go.mod lists
every module that has a package in a build.

A line for a version that nothing requires is found by `exclude-ineffective`.

## Why it matters

`go mod tidy` never removes an `exclude` line, so it stays when the requirement has long moved on.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/pay v1.2.0
	example.com/till v1.0.0
)

replace (
	example.com/cart => ./cart
	example.com/pay => ./pay
	example.com/till => ./till
)

exclude example.com/cart v1.1.0 // finds exclude-unused
-- pay/go.mod --
module example.com/pay

go 1.24

require example.com/cart v1.0.0
-- till/go.mod --
module example.com/till

go 1.24

require example.com/cart v1.1.0
-- cart/go.mod --
module example.com/cart

go 1.24
-- shop.go --
package shop

import (
	_ "example.com/pay"
	_ "example.com/till"
)
-- pay/pay.go --
package pay
-- till/till.go --
package till
-- modwarden.toml --
[severity]
exclude-unused = "warn"
```

## Options

None.

## Evidence

`source` where the repository has the go.mod files of all modules in the graph, otherwise `module-cache`: the go.mod files that the
go command would read, with and without the line. Where one is missing the rule is undecided. `go mod graph` downloads those of the
build with the line and changes no file.

## How to fix

Remove the line, then run `go mod tidy`. `modwarden fix --unsafe` removes it.
"#;
