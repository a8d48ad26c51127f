//! `vendor-incomplete`: a vendor directory lacks something, or has something that nobody lists.

use std::collections::HashSet;

use super::identity::{at_vendor, module_name, package_name, vendored_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, IdentityName, Label, RuleMeta, Severity, Violation};
use crate::model::{ListedPackage, Missing, PackageFault, Standing, Vendor, VendoredFacts};
use crate::syntax::VendoredModule;
use crate::text::{FileId, Span};

/// Finds vendored packages that are not there or not listed, and lines of `modules.txt` that say nothing.
#[derive(Debug)]
pub(crate) struct VendorIncomplete;

impl Rule for VendorIncomplete {
    const META: RuleMeta = RuleMeta {
        id: "vendor-incomplete",
        family: Family::Vendor,
        summary: "A vendor directory lacks a package, or modules.txt does not match it.",
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

    fn check(&self, cx: &Context<'_, VendoredFacts<'_>>) -> Vec<Violation> {
        let used = cx.vendors().filter(|vendor| *vendor.standing() == Standing::Used);
        used.flat_map(|vendor| in_vendor(*cx, vendor)).filter(|it| cx.covers(it.primary.file)).collect()
    }
}

fn in_vendor<'m>(cx: Context<'m, VendoredFacts<'m>>, vendor: Vendor<'m>) -> Vec<Violation> {
    let faults = Faults { cx: cx.plain(), vendor };
    // Once for each package that imports it.
    let mut known = HashSet::new();
    let missing = vendor.missing(cx.facts()).iter().filter(|it| known.insert((&it.path, cx.path(it.file).parent())));
    let missing = missing.map(|missing| faults.not_vendored(missing));
    let unlisted = vendor.unlisted(cx.facts()).into_iter().map(|(path, file)| faults.not_listed(path, file));
    let mut found: Vec<Violation> = missing.chain(unlisted).collect();
    let Some(manifest) = vendor.manifest() else { return found };
    let unbuildable = vendor.unbuildable(cx.facts()).into_iter();
    found.extend(unbuildable.map(|(listed, fault)| faults.without_files(manifest.file, listed, fault)));
    let modules = &manifest.parsed.tree.modules;
    found.extend(modules.iter().filter(|it| is_idle(it)).map(|module| faults.without_packages(manifest.file, module)));
    found.extend(faults.duplicates(manifest.file, modules));
    found
}

/// Whether a module line says nothing: it lists no package, and stands neither for a requirement nor for a replacement.
fn is_idle(module: &VendoredModule) -> bool {
    module.packages.is_empty() && !module.explicit && module.replacement.is_none()
}

/// A package or module, and its name in an identity.
struct About<'p> {
    path: &'p str,
    name: IdentityName,
}

struct Faults<'m> {
    cx: Context<'m>,
    vendor: Vendor<'m>,
}

impl Faults<'_> {
    fn violation(&self, about: About<'_>, kind: &str, message: String, file: FileId, span: Span) -> Violation {
        let About { path, name } = about;
        Violation {
            help: Some(format!("run `{}` to regenerate the vendor directory", self.vendor.command())),
            evidence: Evidence::Vendor,
            about: Some(path.to_owned()),
            ..Violation::new(at_vendor(self.vendor).to(&name).fault(kind), message, Label::new(file, span, ""))
        }
    }

    /// A package that nobody lists.
    fn package<'p>(&self, path: &'p str) -> About<'p> {
        let main = self.vendor.mains().first().copied();
        let name = main.map_or_else(|| IdentityName::outside(path), |main| package_name(main, path));
        About { path, name }
    }

    fn listed<'p>(&self, module: &VendoredModule, path: &'p str) -> About<'p> {
        About { path, name: vendored_name(self.cx.model(), module.path.value.as_str(), path.as_bytes()) }
    }

    fn module<'p>(&self, module: &'p VendoredModule) -> About<'p> {
        let path = module.path.value.as_str();
        About { path, name: module_name(self.cx.model(), path) }
    }

    fn not_vendored(&self, Missing { path, file, span }: &Missing) -> Violation {
        let message = format!("`{path}` is imported but not vendored");
        self.violation(self.package(path), "not vendored", message, *file, *span)
    }

    fn not_listed(&self, path: &str, file: FileId) -> Violation {
        let message = format!("`{path}` has Go files but is not listed in vendor/modules.txt");
        self.violation(self.package(path), "not listed", message, file, Span::at(0))
    }

    fn without_files(
        &self,
        file: FileId,
        ListedPackage { module, path, span }: ListedPackage<'_>,
        fault: PackageFault,
    ) -> Violation {
        let what = match fault {
            PackageFault::NoDirectory => "its directory is missing",
            PackageFault::NoGoFiles => "its directory has no Go files",
        };
        self.violation(self.listed(module, path), "no files", format!("`{path}` is listed, but {what}"), file, span)
    }

    fn without_packages(&self, file: FileId, module: &VendoredModule) -> Violation {
        let name = module.name();
        let message = format!("`{name}` is listed without a package, and nothing requires it explicitly");
        self.violation(self.module(module), "no packages", message, file, module.span)
    }

    /// The lines that an earlier one has said already.
    fn duplicates(&self, file: FileId, modules: &[VendoredModule]) -> Vec<Violation> {
        let mut names = HashSet::new();
        let mut packages = HashSet::new();
        let mut found = Vec::new();
        for module in modules {
            let name = module.name();
            if !names.insert(name.clone()) {
                let message = format!("`{name}` is listed already");
                found.push(self.violation(self.module(module), "duplicate", message, file, module.span));
            }
            for package in &module.packages {
                let path = package.path.value.as_str();
                if !packages.insert(path) {
                    let message = format!("`{path}` is listed already");
                    found.push(self.violation(
                        self.listed(module, path),
                        "duplicate",
                        message,
                        file,
                        package.path.span,
                    ));
                }
            }
        }
        found
    }
}

const PAGE: &str = r#"
## What it does

Finds, in every build at once:

- a package that a Go file of the module, its tests included, or a vendored file imports, and that is not vendored;
- a package that `vendor/modules.txt` lists, and that has no directory or no Go files;
- a directory with Go files that `vendor/modules.txt` does not list, unless a package embeds them;
- a module line without packages that nothing requires explicitly, and a line that is there twice.

It looks where the go command builds from the vendor directory. Imports without a dot in their first element that no required module
could have are left alone, as `go mod vendor` leaves them: they can only be of the standard library.

## Why it matters

The go command compares `vendor/modules.txt` with go.mod and looks no further. A package that is missing shows when somebody
builds for another platform, or runs another test.

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
-- vendor/example.com/pay/pay.go --
package pay
-- vendor/example.com/stray/stray.go --
package stray // finds vendor-incomplete
-- shop_windows.go --
package shop

import (
	_ "example.com/pay"
	_ "example.com/pay/card" // finds vendor-incomplete
)
-- modwarden.toml --
[severity]
vendor-incomplete = "error"
```

## Options

None.

## Evidence

`vendor`: the repository's own Go files, the list and the vendored files.

## How to fix

`go mod vendor`, or `go work vendor` in a workspace.
"#;
