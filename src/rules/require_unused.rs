//! `require-unused`: nothing needs a direct requirement.

use super::residual::{about_line, evidence, line, residue, unused};
use super::{Binder, Context, Locality, Need, NoOptions, Rule};
use crate::finding::{Applicability, Change, Evidence, Family, Fix, Label, RuleMeta, Severity, Violation};
use crate::model::{Added, LastImport, Module, Residual, ResidualKind};

/// Finds direct requirements that nothing imports.
#[derive(Debug)]
pub struct RequireUnused;

impl Rule for RequireUnused {
    const META: RuleMeta = RuleMeta {
        id: "require-unused",
        family: Family::Residual,
        summary: "A direct requirement is imported by nothing.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const LOCALITY: Locality = Locality::State;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Residue, Need::LastImports]
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let found = residue(*cx).filter_map(|(module, residual)| match &residual.kind {
            ResidualKind::Unused { line: at } if !line(module, *at).indirect => {
                Some(with_past(*cx, module, *at, unused(module, residual, *at)))
            }
            ResidualKind::Repeated { line: at } => Some(repeated(module, residual, *at)),
            ResidualKind::Toolchain { needed } => toolchain(module, residual, needed.as_deref()),
            _ => None,
        });
        found.collect()
    }
}

/// Says besides which commit took away the last import.
fn with_past(cx: Context<'_>, module: Module<'_>, at: usize, mut violation: Violation) -> Violation {
    let Some(LastImport { at, was_imported }) = cx.last_import(module.file(), &line(module, at).line) else {
        return violation;
    };
    let Added { commit, author, date, is_least, .. } = at;
    let least = if *is_least { "at least " } else { "" };
    violation.primary.message = if *was_imported {
        format!("not imported {least}since {commit:.12} ({author}, {date})")
    } else {
        format!("never imported {least}since {commit:.12} requires it ({author}, {date})")
    };
    violation
}

/// A second line for one module. What is written back has one.
fn repeated(module: Module<'_>, residual: &Residual, at: usize) -> Violation {
    let path = &line(module, at).path.value;
    let message = format!("`{path}` is required twice");
    Violation {
        evidence: evidence(residual),
        fix: Some(Fix {
            message: "remove the second line".to_owned(),
            file: module.file(),
            change: Change::Rewrite,
            applicability: Applicability::Safe,
        }),
        ..about_line(module, at, message, "an earlier line is for the same module")
    }
}

/// A `toolchain` line that the `go` line makes superfluous.
fn toolchain(module: Module<'_>, residual: &Residual, needed: Option<&str>) -> Option<Violation> {
    let stated = module.go_mod().toolchain.as_ref()?;
    let message = match needed {
        None => format!("`toolchain {}` says no more than the `go` line", stated.value),
        Some(needed) => format!("`toolchain {}` is below what is needed: {needed}", stated.value),
    };
    let label = Label::new(module.file(), stated.span, "");
    Some(Violation {
        evidence: evidence(residual),
        fix: Some(Fix {
            message: needed.map_or("remove the line".to_owned(), |needed| format!("toolchain {needed}")),
            file: module.file(),
            change: Change::Toolchain(needed.map(str::to_owned)),
            applicability: Applicability::Safe,
        }),
        ..Violation::new(format!("{} toolchain", module.path()), message, label)
    })
}

const PAGE: &str = r#"

## What it does

Finds `require` lines without `// indirect` for a module that no package and no test of the main module imports, in any build:
whatever the platform and the tags, but for files that only the tag `ignore` selects. A module that a `tool` line has a package
of is used. Two lines for one module, and a `toolchain` line that says no more than the `go` line, are found as well where the
module cache tells.

## Why it matters

A requirement that nobody needs is downloaded, scanned, updated and reviewed all the same, and it can raise the versions of
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

None. To keep a requirement all the same, say why on its line, `//modwarden:allow require-unused the plugin loads it`, or in an
`[[exception]]`; then `fix` keeps it as well.

## Evidence

`source`: that nothing imports it. A dependency may still need it, and then `go mod tidy` would mark it `// indirect` and not
remove it. With `vendor`, a module that has vendored packages is known to be needed. With `module-cache` it is decided as
`go mod tidy` would.

## How to fix

`modwarden fix` removes the line where the module cache decides, `modwarden fix --unsafe` in any case.
"#;
