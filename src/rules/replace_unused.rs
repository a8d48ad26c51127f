//! `replace-unused`: no package is built of what a `replace` line replaces.

use super::idle::IdleLine;
use super::{Binder, Context, Locality, Need, NoOptions, Rule};
use crate::finding::{Applicability, Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{Effect, Idle, Replacement};

/// Finds `replace` lines for modules, or versions of modules, that no build takes a package from.
#[derive(Debug)]
pub struct ReplaceUnused;

impl Rule for ReplaceUnused {
    const META: RuleMeta = RuleMeta {
        id: "replace-unused",
        family: Family::Residual,
        summary: "A `replace` line is for a module that nothing is built of.",
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
        let unused = |replacement: Replacement<'_>| match replacement.effect() {
            Effect::Unused(idle) => Some(unused(&IdleLine::of_replacement(*cx, replacement), &idle)),
            Effect::Acts | Effect::Idle(_) | Effect::Open => None,
        };
        cx.replacements().filter_map(unused).collect()
    }
}

/// Said of a `replace` and of an `exclude`.
pub(super) fn unused(line: &IdleLine, idle: &Idle) -> Violation {
    let message = format!("`{}` is not used: {}", line.text, line.why(idle));
    let help = "remove the line if `go list -m all` stays the same; `go mod download` lets modwarden tell";
    Violation {
        help: Some(help.to_owned()),
        evidence: Evidence::Source,
        about: Some(line.path.clone()),
        fix: Some(line.removal(Applicability::Unsafe)),
        ..Violation::new(
            line.subject.clone(),
            message,
            Label::new(line.file, line.span, "no build takes a package from it"),
        )
    }
}

const PAGE: &str = r#"
## What it does

Finds `replace` lines for a module that no package is built of, as far as the `require` lines show: since Go 1.17 go.mod
lists every module that has a package in a build, at the version that is selected. So a line for a module that is not
listed, or for another version than the listed one, changes no package.

It may still have a part in choosing versions: a dependency can require the module without any package of it being built.
Where the go.mod files of all dependencies are at hand, `replace-ineffective` decides that, and this rule is silent.

## Why it matters

A list of replacements that is copied from module to module grows with every module, and nobody knows which lines count.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

replace (
	example.com/pay => ../pay
	example.com/cart => ../cart // finds replace-unused
	example.com/pay v1.1.0 => ../old // finds replace-unused
)
-- shop.go --
package shop
-- modwarden.toml --
[severity]
replace-unused = "warn"
```

## Options

None.

## Evidence

`source`: go.mod of the module, or of all modules of its workspace, if each states Go 1.17 or later.

## How to fix

Remove the line and see whether `go list -m all` stays the same, or run `go mod download` so that modwarden can tell.
`modwarden fix --unsafe` removes it.
"#;
