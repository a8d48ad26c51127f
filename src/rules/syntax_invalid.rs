//! `syntax-invalid`: a file does not parse. Always on; checked by the engine, from what the parsers said.

use crate::finding::{Evidence, Family, RuleMeta, Severity};

/// Says that a Go file or a module file is not well-formed as far as it was read.
#[derive(Debug)]
pub struct SyntaxInvalid;

impl SyntaxInvalid {
    /// What the rule says of itself.
    pub const META: RuleMeta = RuleMeta {
        id: "syntax-invalid",
        family: Family::Policy,
        summary: "A Go file or module file does not parse.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };
}

const PAGE: &str = r#"
## What it does

Finds errors in go.mod and go.work, and in Go files up to the end of their imports, in the go command's words. What could be
read is judged all the same. It is always on; `[severity]` can set its level.

## Why it matters

What cannot be read cannot be judged, and the go command may pass over the file without a word.

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

Mend the syntax. `go vet` and `go mod edit` name the same place.
"#;
