//! `tool-unused`: a `tool` line runs nothing.

use super::identity::{at_module, package_name};
use super::residual::{applicability, evidence, residue};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, Fix, IdentityName, Label, RuleMeta, Severity, Violation};
use crate::model::{IdleTool, Module, Residual, ResidualKind, ResidueFacts};

/// Finds `tool` lines that run nothing.
#[derive(Debug)]
pub(crate) struct ToolUnused;

impl Rule for ToolUnused {
    const META: RuleMeta = RuleMeta {
        id: "tool-unused",
        family: Family::Residual,
        summary: "A `tool` line has no effect.",
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
            ResidualKind::Tool { line, why } => Some(idle(module, residual, line, why)),
            _ => None,
        });
        found.collect()
    }
}

fn idle(module: Module<'_>, residual: &Residual, at: usize, why: IdleTool) -> Violation {
    let tool = &module.go_mod().tool[at];
    let (path, own) = (&tool.path.value, module.path());
    let why = match why {
        IdleTool::Repeated => "an earlier line names the same package".to_owned(),
        IdleTool::NotProvided => format!("neither `{own}` nor a module that it requires has the package"),
        IdleTool::NoProgram => "the package is not a program".to_owned(),
    };
    Violation {
        about: Some(path.to_string()),
        evidence: evidence(residual),
        fix: Some(Fix::remove_line(module.file(), tool.line.span, applicability(residual))),
        ..Violation::new(
            at_module(module).to(&IdentityName::word("tool").and(&package_name(module, path.as_str()))),
            format!("`tool {path}` has no effect: {why}"),
            Label::new(module.file(), tool.line.span, ""),
        )
    }
}

const PAGE: &str = r#"
## What it does

Finds `tool` lines for a package that neither the module nor a requirement of it can have, for a package of the module that is no
program, and the second of two lines for one package.

Whether somebody runs a tool is not asked: that may be a person.

## Why it matters

`go mod tidy` never removes a `tool` line, and all that the tool needs stays in go.mod and go.sum with it.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

tool (
	example.com/lint/cmd/lint
	example.com/shop/cmd/gen
	example.com/stringer // finds tool-unused
)

require example.com/lint v1.3.0
-- cmd/gen/main.go --
package main
-- modwarden.toml --
[severity]
tool-unused = "warn"
```

## Options

None.

## Evidence

`source`: go.mod and the packages of the module.

## How to fix

`modwarden fix` removes a duplicate line, `modwarden fix --unsafe` the others: perhaps the requirement is missing instead.
"#;
