//! `indirect-unused`: nothing needs an indirect requirement.

use super::open::{lines_concerned, residual_questions};
use super::residual::{line, residue, unused};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{ResidualKind, ResidueFacts};

/// Finds indirect requirements that nothing needs.
#[derive(Debug)]
pub(crate) struct IndirectUnused;

impl Rule for IndirectUnused {
    const META: RuleMeta = RuleMeta {
        id: "indirect-unused",
        family: Family::Residual,
        summary: "An indirect requirement is not needed.",
        severity: Severity::Warn,
        evidence: Evidence::ModuleCache,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = ResidueFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<Violation> {
        let found = residue(*cx).filter_map(|(module, residual)| match &residual.kind {
            ResidualKind::Unused { line: at } if line(module, *at).indirect => Some(unused(module, residual, *at)),
            _ => None,
        });
        found.collect()
    }

    fn open_questions(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<OpenQuestion> {
        residual_questions(*cx, |module| {
            let open = module.open_requirements(cx.facts()).need.iter();
            lines_concerned(open.filter(|&&at| line(module, at).indirect).count())
        })
    }
}

const PAGE: &str = r#"

## What it does

Finds `// indirect` lines of go.mod that `go mod tidy` would remove: no package comes from the module, neither for the main module, its
tests and its tools nor for the tests of its imports, and no other package would come from elsewhere without the line.

## Why it matters

An indirect requirement that was left behind keeps a module in the graph, with all that it requires in turn.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

require (
	example.com/cart v1.0.0 // indirect; finds indirect-unused
	example.com/money v0.3.0 // indirect
)

replace (
	example.com/cart => ./forks/cart
	example.com/money => ./forks/money
	example.com/pay => ./forks/pay
)
-- shop.go --
package shop

import _ "example.com/pay"
-- forks/pay/go.mod --
module example.com/pay

go 1.24

require example.com/money v0.3.0
-- forks/pay/pay.go --
package pay

import _ "example.com/money"
-- forks/money/go.mod --
module example.com/money

go 1.24
-- forks/money/money.go --
package money
-- forks/cart/go.mod --
module example.com/cart

go 1.24
-- modwarden.toml --
[severity]
indirect-unused = "error"
```

## Options

None.

## Evidence

`module-cache`: all modules that the packages of the main module come from, with all that they import in turn. If one is not
available, the rule is undecided for the module, and the report lists the missing modules.

## How to fix

`modwarden fix` removes the line.
"#;
