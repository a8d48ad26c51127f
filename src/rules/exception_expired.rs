//! `exception-expired`: an exception has outlived its date. Checked by the engine, which weighs exceptions.

use crate::finding::{Evidence, Family, RuleMeta, Severity};

/// Says that an exception or an allow comment is past its `until`.
#[derive(Debug)]
pub(crate) struct ExceptionExpired;

impl ExceptionExpired {
    /// The metadata of the rule.
    pub(crate) const META: RuleMeta = RuleMeta {
        id: "exception-expired",
        family: Family::Policy,
        summary: "An exception has expired.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };
}

const PAGE: &str = r#"
## What it does

Finds an `[[exception]]` or a `//modwarden:allow` comment whose `until` has passed. It covers nothing from the next day
on, in UTC; 14 days before, the run begins to say so.

## Why it matters

An exception with a date is a promise. This is the day it is due.

## Example

```txtar
-- modwarden.toml --
[[import-denied]]
name = "no-pprof"
deny = ["net/http/pprof"]

[[exception]]
rule   = "import-denied/no-pprof"
files  = ["cmd/**"]
reason = "until the new profiler is in"
until  = 2020-03-31 # finds exception-expired
-- go.mod --
module example.com/shop

go 1.24
-- cmd/shop/main.go --
package main

import _ "net/http/pprof" // finds import-denied/no-pprof
```

## Options

None.

## Evidence

`source`: the policy and the date suffice.

## How to fix

Fix the findings that the exception covers, and remove it. If it must stay, give it a later date in a commit that says why.
"#;
