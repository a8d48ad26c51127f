//! `replace-unused`: no build has a package of the module that a `replace` line replaces.

use super::idle::IdleLine;
use super::open_lines::open_replacements;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Applicability, Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Effect, GraphFacts, Idle, Replacement};

/// Finds `replace` lines for modules, or versions of modules, that no build takes a package from.
#[derive(Debug)]
pub(crate) struct ReplaceUnused;

impl Rule for ReplaceUnused {
    const META: RuleMeta = RuleMeta {
        id: "replace-unused",
        family: Family::Residual,
        summary: "A `replace` line is for a module that no build uses.",
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
        let unused = |replacement: Replacement<'m>| match replacement.effect(cx.facts()) {
            Effect::Unused(idle) => Some(unused(&IdleLine::of_replacement(*cx, replacement), &idle)),
            Effect::Acts | Effect::Idle(_) | Effect::Open(_) => None,
        };
        cx.replacements().filter_map(unused).collect()
    }

    fn open_questions(&self, cx: &Context<'_, GraphFacts<'_>>) -> Vec<OpenQuestion> {
        open_replacements(*cx)
    }
}

/// Said of a `replace` and of an `exclude`.
pub(super) fn unused(line: &IdleLine, idle: &Idle) -> Violation {
    let message = format!("`{}` is not used: {}", line.text, line.why(idle));
    Violation {
        help: Some("remove the line, then run `go mod tidy`".to_owned()),
        evidence: line.evidence_for(idle),
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

Finds `replace` lines for a module of the module graph if no package of it is built, and if the build would be the
same without the line: every module that go.mod lists would be selected at the same version and come from the same place. Since Go
1.17 go.mod lists every module that has a package in a build.

`replace-ineffective` finds lines without any effect. A line is used if without it the go command would have to read
a go.mod that is not in the module cache, such as that of a version that was never published.

## Why it matters

A list of replacements that is copied from module to module grows with every module, and it becomes unclear which lines count.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

replace (
	example.com/cart => ./cart // finds replace-unused
	example.com/pay => ./pay
)
-- pay/go.mod --
module example.com/pay

go 1.24

require example.com/cart v1.0.0
-- cart/go.mod --
module example.com/cart

go 1.24
-- modcache/cache/download/example.com/cart/@v/v1.0.0.mod --
module example.com/cart

go 1.24
-- shop.go --
package shop

import _ "example.com/pay"
-- pay/pay.go --
package pay
-- modwarden.toml --
[severity]
replace-unused = "warn"
```

The file below `modcache` stands for the module cache in this example.

## Options

None.

## Evidence

`source` where the repository has the go.mod files of all modules in the graph, otherwise `module-cache`: the go.mod files that the
go command would read. If one is missing, the rule is undecided, because a line for a module without built packages may still take
part in the choice of versions. `go mod graph` downloads them and changes no file.

## How to fix

Remove the line, then run `go mod tidy`. `modwarden fix --unsafe` removes it.
"#;
