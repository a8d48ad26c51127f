//! `exclude-unused`: no build could take the version that an `exclude` line names.

use super::idle::IdleLine;
use super::replace_unused::unused;
use super::{Binder, Context, Locality, Need, NoOptions, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::model::{Effect, Exclusion};

/// Finds `exclude` lines for versions that no build could take.
#[derive(Debug)]
pub struct ExcludeUnused;

impl Rule for ExcludeUnused {
    const META: RuleMeta = RuleMeta {
        id: "exclude-unused",
        family: Family::Residual,
        summary: "An `exclude` line is for a version that no build could take.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const LOCALITY: Locality = Locality::Module;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Graph]
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let unused = |exclusion: Exclusion<'_>| match exclusion.effect() {
            Effect::Unused(idle) => Some(unused(&IdleLine::of_exclusion(exclusion), &idle)),
            Effect::Acts | Effect::Idle(_) | Effect::Open => None,
        };
        cx.exclusions().filter_map(unused).collect()
    }
}

const PAGE: &str = r#"
## What it does

Finds `exclude` lines for a version that no build could take, as far as the `require` lines show: the module is not required
at all, though go.mod lists every module that has a package in a build (since Go 1.17), or it is required at a higher
version. A version above the required one is passed over: the line may be there to keep `go get` from choosing it.

Where the go.mod files of all dependencies are at hand, `exclude-ineffective` decides, and this rule is silent.

## Why it matters

`go mod tidy` never removes an `exclude` line, so it stays when the requirement has long moved on.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

exclude (
	example.com/pay v1.1.0 // finds exclude-unused
	example.com/pay v1.3.0
	example.com/cart v1.0.0 // finds exclude-unused
)
-- shop.go --
package shop
-- modwarden.toml --
[severity]
exclude-unused = "warn"
```

## Options

None.

## Evidence

`source`: go.mod of the module, or of all modules of its workspace.

## How to fix

Remove the line and see whether `go list -m all` stays the same, or run `go mod download` so that modwarden can tell.
`modwarden fix --unsafe` removes it.
"#;
