//! `syntax-invalid`: a file does not parse. Always on; checked by the engine, from the errors of the parsers.

use crate::finding::{Evidence, Family, RuleMeta, Severity};

/// Says that a Go file or a module file is not well-formed as far as it was read.
#[derive(Debug)]
pub(crate) struct SyntaxInvalid;

impl SyntaxInvalid {
    /// The metadata of the rule.
    pub(crate) const META: RuleMeta = RuleMeta {
        id: "syntax-invalid",
        family: Family::Policy,
        summary: "A Go file or module file has a syntax error.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };
}

const PAGE: &str = r#"
## What it does

Finds errors in go.mod and go.work, and in Go files up to the end of their imports, in the go command's words. The readable part
is still checked. It is always on; `[severity]` can set its level.

## Why it matters

Unreadable code cannot be checked, and the go command may skip the file silently.

## Example

```txtar
-- modwarden.toml --
[[import-denied]]
name = "no-unsafe"
deny = ["unsafe"]
-- go.mod --
module example.com/shop

go 1.24

requires example.com/a v1.0.0 // finds syntax-invalid
-- shop.go --
package shop

import fmt // finds syntax-invalid
```

## Options

None.

## Evidence

`source`: the file itself.

## How to fix

Correct the syntax. `go vet` and `go mod edit` report the same place.
"#;
