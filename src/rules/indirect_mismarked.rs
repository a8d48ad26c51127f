//! `indirect-mismarked`: `// indirect` is wrong or missing.

use super::open::{lines_concerned, residual_questions};
use super::residual::{about_line, evidence, line, requirement, residue};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Applicability, Change, Evidence, Family, Fix, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Module, Residual, ResidualKind, ResidueFacts};

/// Finds wrong `// indirect` marks.
#[derive(Debug)]
pub(crate) struct IndirectMismarked;

impl Rule for IndirectMismarked {
    const META: RuleMeta = RuleMeta {
        id: "indirect-mismarked",
        family: Family::Residual,
        summary: "The `// indirect` mark of a requirement is wrong or missing.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = ResidueFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<Violation> {
        let found = residue(*cx).filter_map(|(module, residual)| match residual.kind {
            ResidualKind::Mismarked { line, indirect } => Some(mismarked(module, residual, line, indirect)),
            _ => None,
        });
        found.collect()
    }

    fn open_questions(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<OpenQuestion> {
        residual_questions(*cx, |module| lines_concerned(module.open_requirements(cx.facts()).mark.len()))
    }
}

fn mismarked(module: Module<'_>, residual: &Residual, at: usize, indirect: bool) -> Violation {
    let line = line(module, at);
    let (path, own) = (&line.path.value, module.path());
    let (message, label) = if indirect {
        (
            format!("`{path}` is needed only by dependencies, so its line should say `// indirect`"),
            "nothing here imports it",
        )
    } else {
        (format!("`{path}` is marked `// indirect`, but `{own}` imports it"), "imported")
    };
    let fix = if residual.is_exact {
        requirement(module, path.as_str(), Some((line.version.value.as_str(), indirect)), residual)
    } else {
        Fix {
            message: if indirect { "mark it `// indirect`" } else { "remove the mark" }.into(),
            file: module.file(),
            change: Change::Mark { line: line.line.span, indirect },
            applicability: Applicability::Safe,
        }
    };
    Violation { evidence: evidence(residual), fix: Some(fix), ..about_line(module, at, message, label) }
}

const PAGE: &str = r#"

## What it does

Finds requirements that are marked `// indirect` though a package or a test of the main module imports them, and such that are not
marked though only dependencies or tools need them.

## Why it matters

The mark lets people and tools distinguish chosen dependencies from those that came with others. A wrong mark hides a dependency from review, or
leads to updates of an unused one.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0 // indirect
// ^ finds indirect-mismarked
-- shop.go --
package shop

import _ "example.com/pay/card"
-- modwarden.toml --
[severity]
indirect-mismarked = "error"
```

## Options

None.

## Evidence

`source`: that a module is imported, if no other requirement could have the package. `vendor`: both directions, for modules with
vendored packages. `module-cache`: all.

## How to fix

`modwarden fix` corrects the mark and, since Go 1.17, moves the line to the block where it belongs, as `go mod tidy` would.
"#;
