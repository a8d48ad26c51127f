//! `exception-unused`: an exception covers nothing. Checked by the engine, which weighs exceptions.

use crate::finding::{Evidence, Family, RuleMeta, Severity};

/// Says that an exception or an allow comment covers no finding.
#[derive(Debug)]
pub(crate) struct ExceptionUnused;

impl ExceptionUnused {
    /// The metadata of the rule.
    pub(crate) const META: RuleMeta = RuleMeta {
        id: "exception-unused",
        family: Family::Policy,
        summary: "An exception covers no finding.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };
}

const PAGE: &str = r#"
## What it does

Finds an `[[exception]]` or a `//modwarden:allow` comment that covers no finding. A run that was narrowed to some paths does
not ask.

## Why it matters

An exception that nothing needs any more lets the next breach in unseen.

## Example

```txtar
-- modwarden.toml --
[[import-denied]]
name = "no-pprof"
deny = ["net/http/pprof"]

[[exception]]
rule   = "import-denied/no-pprof" # finds exception-unused
files  = ["cmd/debugd/**"]
reason = "debugd never leaves the lab"
-- go.mod --
module example.com/shop

go 1.24
-- cmd/debugd/main.go --
package main

import "fmt" //modwarden:allow import-denied/no-pprof gone by now, finds exception-unused

var _ = fmt.Sprint
```

## Options

None.

## Evidence

`source`: the findings of the other rules are enough.

## How to fix

Remove the exception.
"#;
