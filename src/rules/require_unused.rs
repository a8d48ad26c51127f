//! `require-unused`: nothing needs a direct requirement.

use super::open::{lines_concerned, residual_questions};
use super::residual::{line, residue, unused};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Added, LastImport, LastImportFacts, Module, ResidualKind, ResidueFacts};

/// Finds direct requirements that nothing imports.
#[derive(Debug)]
pub(crate) struct RequireUnused;

impl Rule for RequireUnused {
    const META: RuleMeta = RuleMeta {
        id: "require-unused",
        family: Family::Residual,
        summary: "A direct requirement is never imported.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = (ResidueFacts<'m>, LastImportFacts<'m>);

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, (ResidueFacts<'_>, LastImportFacts<'_>)>) -> Vec<Violation> {
        let (gathered, last_imports) = cx.facts();
        let found = residue(cx.with(gathered)).filter_map(|(module, residual)| match &residual.kind {
            ResidualKind::Unused { line: at } if !line(module, *at).indirect => {
                Some(with_past(last_imports, module, *at, unused(module, residual, *at)))
            }
            _ => None,
        });
        found.collect()
    }

    fn open_questions(&self, cx: &Context<'_, (ResidueFacts<'_>, LastImportFacts<'_>)>) -> Vec<OpenQuestion> {
        let (residue, _) = cx.facts();
        residual_questions(cx.with(residue), |module| {
            let open = module.open_requirements(residue).need.iter();
            lines_concerned(open.filter(|&&at| !line(module, at).indirect).count())
        })
    }
}

/// Adds the commit that removed the last import to the label.
fn with_past(facts: LastImportFacts<'_>, module: Module<'_>, at: usize, mut violation: Violation) -> Violation {
    let Some(LastImport { at, was_imported }) = facts.last_import(module.file(), line(module, at).line.span) else {
        return violation;
    };
    let Added { commit, author, date, is_least, .. } = at;
    let least = if *is_least { " (or earlier)" } else { "" };
    let event = if *was_imported { "last import removed in" } else { "never imported; required since" };
    violation.primary.message = format!("{event} {commit:.12}{least} ({author}, {date})");
    violation
}

const PAGE: &str = r#"

## What it does

Finds `require` lines without `// indirect` for a module that no package and no test of the main module imports, in any build:
whatever the platform and the tags, but for files that only the tag `ignore` selects. A module that a `tool` line has a package
of is used.

## Why it matters

An unused requirement is still downloaded, scanned, updated and reviewed, and it can raise the versions of
others.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/pay v1.2.0
	example.com/cart v1.0.0 // finds require-unused
	example.com/mock v0.3.0
)
-- shop.go --
package shop

import _ "example.com/pay"
-- shop_test.go --
package shop

import _ "example.com/mock/server"
-- modwarden.toml --
[severity]
require-unused = "error"
```

## Options

None. To keep a requirement anyway, write the reason on its line, `//modwarden:allow require-unused the plugin loads it`, or in an
`[[exception]]`; then `fix` keeps it as well.

## Evidence

`source`: that nothing imports it. A dependency may still need it, and then `go mod tidy` would mark it `// indirect` and not
remove it. With `vendor`, a module that has vendored packages is known to be needed. With `module-cache` it is decided as
`go mod tidy` would.

## How to fix

`modwarden fix` removes the line where the module cache decides, `modwarden fix --unsafe` in any case.
"#;
