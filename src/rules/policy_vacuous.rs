//! `policy-vacuous`: a pattern of the policy can match nothing. Checked by the engine, which knows all patterns.

use crate::finding::{Evidence, Family, RuleMeta, Severity};

/// Says that a pattern can match nothing.
#[derive(Debug)]
pub(crate) struct PolicyVacuous;

impl PolicyVacuous {
    /// The metadata of the rule.
    pub(crate) const META: RuleMeta = RuleMeta {
        id: "policy-vacuous",
        family: Family::Policy,
        summary: "A pattern in the policy cannot match anything in this repository.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };
}

const PAGE: &str = r#"
## What it does

Finds parts of the policy without effect:

- patterns that cannot match anything: one in the language of another tool (`$` at the end, `...` in the middle), a path without a dot that is no
  package of the standard library and of no module, a glob that matches no file, a pattern on modules of the repository that matches none;
- patterns on packages of the repository that match none, in `deny`, `protect` and `except` as in `from`: `./servr/...`, `$module/servr`, and
  paths below the path of one of its modules. A package that an import names counts, although it is generated;
- `!` patterns that remove everything from their list, or nothing;
- build tags in `tags` that no file mentions;
- entries whose `from`, `files` and `modules` cover nothing, each alone or all together;
- a policy that turns on no rule, such as an empty file.

A pattern that forbids a module or package of another repository that nothing uses yet is not reported: that is its purpose.

If a finding means that an entry, or the whole policy, checks nothing, it is an error unless `[severity]` says otherwise.

In a comparison it also finds entries whose scope (`from`, `files`, `modules`) covered something before and covers nothing now, and
directories that another module has now, so that a scope misses them. `./` in a scope is relative to each module: a new go.mod, or a
rename, moves code out of it. Such a finding is an error unless `[severity]` says otherwise, and names the new place of the code.

## Why it matters

A rule that never matches looks like a rule that nobody breaks.

## Example

```txtar
-- modwarden.toml --
[[import-denied]]
name = "no-compression"
deny = [
  "compress/zlib",
  "gzip", # finds policy-vacuous
  "github.com/klauspost/compress$", # finds policy-vacuous
]
from = ["./services/..."] # finds policy-vacuous
-- go.mod --
module example.com/shop

go 1.24
-- shop.go --
package shop

import _ "embed"
```

## Options

None. Patterns of built-in packs are never reported.

## Evidence

`source`: the repository's own files and the standard library's list suffice.

## How to fix

Write the pattern as it was meant, or remove it.
"#;
