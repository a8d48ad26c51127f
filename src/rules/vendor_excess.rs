//! `vendor-excess`: a package is vendored that no import leads to.

use super::identity::{at_vendor, vendored_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{ListedPackage, Standing, Vendor, VendoredFacts};

/// Finds vendored packages that nothing builds.
#[derive(Debug)]
pub(crate) struct VendorExcess;

impl Rule for VendorExcess {
    const META: RuleMeta = RuleMeta {
        id: "vendor-excess",
        family: Family::Vendor,
        summary: "A vendored package is not needed by any import.",
        severity: Severity::Error,
        evidence: Evidence::Vendor,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = VendoredFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check<'m>(&self, cx: &Context<'m, VendoredFacts<'m>>) -> Vec<Violation> {
        let used = cx.vendors().filter(|vendor| *vendor.standing() == Standing::Used);
        let excess = |vendor: Vendor<'m>| {
            vendor.excess(cx.facts()).into_iter().filter_map(move |it| violation(cx.plain(), vendor, it))
        };
        used.flat_map(excess).collect()
    }
}

fn violation(
    cx: Context<'_>,
    vendor: Vendor<'_>,
    ListedPackage { module, path, span }: ListedPackage<'_>,
) -> Option<Violation> {
    let file = vendor.manifest()?.file;
    let message = format!("the vendored package `{path}` of `{}` is not needed: no import leads to it", module.name());
    let name = vendored_name(cx.model(), module.path.value.as_str(), path.as_bytes());
    cx.covers(file).then(|| Violation {
        help: Some(format!("run `{}`, which removes it", vendor.command())),
        evidence: Evidence::Vendor,
        about: Some(path.to_owned()),
        ..Violation::new(at_vendor(vendor).to(&name), message, Label::new(file, span, ""))
    })
}

const PAGE: &str = r#"
## What it does

Finds packages in `vendor/modules.txt` to which no import leads, in any build: not from the Go files of the module and its
tests, not from its `tool` lines, and not from the vendored packages that those lead to. Of vendored packages tests do not count, as
`go mod vendor` does not count them. In a workspace all of its modules count together.

It looks where the go command builds from the vendor directory.

## Why it matters

An unused package is still reviewed, scanned and shipped in archives. The go command never checks for it.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0
-- vendor/modules.txt --
# example.com/pay v1.2.0
## explicit; go 1.20
example.com/pay
example.com/pay/card
// ^ finds vendor-excess
-- vendor/example.com/pay/pay.go --
package pay
-- vendor/example.com/pay/card/card.go --
package card
-- shop.go --
package shop

import _ "example.com/pay"
-- modwarden.toml --
[severity]
vendor-excess = "error"

```

## Options

None.

## Evidence

`vendor`: the repository's own Go files, the list and the vendored files.

## How to fix

`go mod tidy` and `go mod vendor`, or `go work vendor` in a workspace.
"#;
