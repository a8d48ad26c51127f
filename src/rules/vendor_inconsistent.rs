//! `vendor-inconsistent`: `vendor/modules.txt` and go.mod or go.work contradict each other.

use super::identity::{at_vendor, module_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{Inconsistency, Vendor, VendorDirFacts};

/// Finds the faults for which the go command stops with "inconsistent vendoring", and packages that are listed
/// below the wrong module.
#[derive(Debug)]
pub(crate) struct VendorInconsistent;

impl Rule for VendorInconsistent {
    const META: RuleMeta = RuleMeta {
        id: "vendor-inconsistent",
        family: Family::Vendor,
        summary: "vendor/modules.txt does not match go.mod or go.work.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = VendorDirFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, VendorDirFacts<'_>>) -> Vec<Violation> {
        let mut found = Vec::new();
        for vendor in cx.vendors() {
            let (inconsistent, misplaced) = (vendor.inconsistencies(cx.facts()), vendor.misplaced_packages(cx.facts()));
            for complaint in inconsistent.into_iter().chain(misplaced) {
                if cx.covers(complaint.line.0) {
                    found.push(violation(cx.plain(), vendor, complaint));
                }
            }
        }
        found
    }
}

fn violation(cx: Context<'_>, vendor: Vendor<'_>, it: Inconsistency<'_>) -> Violation {
    let Inconsistency { module, path, message, kind, line: (file, span), contradicted_by } = it;
    let subject = at_vendor(vendor).to(&module_name(cx.model(), path)).fault(kind);
    let other = contradicted_by.map(|(file, span)| Label::new(file, span, "this line contradicts it"));
    Violation {
        related: other.into_iter().collect(),
        help: Some(format!("run `{}` to regenerate the vendor directory", vendor.command())),
        about: Some(path.to_owned()),
        ..Violation::new(subject, format!("{module}: {message}"), Label::new(file, span, ""))
    }
}

const PAGE: &str = r#"
## What it does

Finds everything for which the go command refuses to build from a vendor directory, in its words and each at its line:

- a `require` line that `vendor/modules.txt` does not mark as explicit, or has at another version;
- a `replace` line of go.mod or go.work that `vendor/modules.txt` does not have, or has otherwise;
- a module that `vendor/modules.txt` marks as explicit and nothing requires, or marks as replaced and nothing replaces;
- a vendored module that go.mod, from Go 1.17 on, would have to require.

It also finds a package that `vendor/modules.txt` lists below a module whose path does not begin the package's. The go command believes
that line: what is imported counts as the other module, for it and for every rule about modules.

It looks where the go command would: there is a directory `vendor` beside go.mod or go.work, and the file states Go 1.14 or
later. `GOFLAGS=-mod=mod` turns it off, `-mod=vendor` on; where it does not look, `--verbose` says why.

## Why it matters

The go command stops at the first build after the commit is checked out. This rule finds the fault before the commit.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0 // finds vendor-inconsistent
-- vendor/modules.txt --
# example.com/pay v1.1.0 // finds vendor-inconsistent
## explicit; go 1.20
example.com/pay
-- vendor/example.com/pay/pay.go --
package pay
-- shop.go --
package shop

import _ "example.com/pay"
-- modwarden.toml --
[severity]
vendor-inconsistent = "error"
```

## Options

None.

## Evidence

`source`: go.mod, go.work and `vendor/modules.txt`.

## How to fix

`go mod vendor`, or `go work vendor` in a workspace, after go.mod is correct.
"#;
