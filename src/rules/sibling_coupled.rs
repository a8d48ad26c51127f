//! `sibling-coupled`: a package imports one of a sibling, where siblings must not know each other.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::guesses::guess_questions;
use super::imported_as::JudgedImports;
use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::Import;
use crate::policy::{CapturePattern, PackagePatterns, Pattern};

/// Keeps groups of packages apart.
#[derive(Debug)]
pub(crate) struct SiblingCoupled {
    each: Option<CapturePattern>,
    except: PackagePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SiblingCoupledOptions {
    /// A pattern with captures. Packages with different values must not import each other.
    #[schemars(with = "Option<String>")]
    each: Option<Spanned<String>>,
    /// Packages that all siblings may import.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
}

impl Rule for SiblingCoupled {
    const META: RuleMeta = RuleMeta {
        id: "sibling-coupled",
        family: Family::Imports,
        summary: "A package imports a package of a sibling.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = OwnFiles;

    type Options = SiblingCoupledOptions;

    fn new(options: SiblingCoupledOptions, binder: &mut Binder<'_>) -> Self {
        binder.require(options.each.is_some(), "this entry separates nothing", "add `each`");
        Self {
            each: binder.captures("each", options.each.as_ref()),
            except: binder.packages("except", &options.except, Role::Passing),
        }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        self.judged(*cx).violations(|import, each| coupled(*cx, import, each))
    }

    fn open_questions(&self, cx: &Context<'_, OwnFiles>) -> Vec<OpenQuestion> {
        guess_questions(*cx, &self.judged(*cx).guesses)
    }
}

impl SiblingCoupled {
    /// The imports of siblings.
    fn judged<'m>(&self, cx: Context<'m, OwnFiles>) -> JudgedImports<'m, &Pattern> {
        let mut judged = JudgedImports::new(cx);
        let Some(each) = &self.each else { return judged };
        for file in cx.go_files() {
            let Some(own) = each.values(&cx.importer(file)) else { continue };
            for import in file.imports() {
                judged.judge(import, |imported| {
                    let is_other = each.values(imported).is_some_and(|other| other != own);
                    if is_other && self.except.find(imported).is_none() { Some(each.pattern()) } else { None }
                });
            }
        }
        judged
    }
}

fn coupled(cx: Context<'_, OwnFiles>, import: Import<'_>, each: &Pattern) -> Violation {
    let importer = import.file().package().path();
    let message = format!("`{importer}` imports `{}`, which belongs to a sibling", import.path());
    let mut violation = cx.at_import(import, message);
    violation
        .related
        .push(policy_line(each, "packages with different values for this pattern must not import each other"));
    violation
}

const PAGE: &str = r#"
## What it does

Keeps groups of packages apart. `each` is a pattern with captures, such as `{svc}` in `./services/{svc}/...`; a capture stands for one
element of the path. Two packages that the pattern matches with different values must not import each other. Packages that `except`
matches may be imported by all.

## Why it matters

Services, plug-ins and drivers are built to be changed one at a time. The first import from one to another ends that, and nothing in Go
forbids it while both are in one module.

## Example

```txtar
-- modwarden.toml --
[[sibling-coupled]]
name   = "services-are-independent"
each   = "./services/{svc}/..."
except = ["./services/*/api/..."]
-- go.mod --
module example.com/shop

go 1.24
-- services/cart/cart.go --
package cart

import (
	"example.com/shop/services/cart/store"
	"example.com/shop/services/price/api"
	"example.com/shop/services/price/store" // finds sibling-coupled/services-are-independent
)

var _, _, _ = store.Open, api.Of, pricestore.Open
-- services/cart/store/store.go --
package store

func Open() {}
-- services/price/api/api.go --
package api

func Of() {}
-- services/price/store/store.go --
package pricestore

func Open() {}
```

## Options

- `each`: a pattern with captures. `{name}` stands for one element of the path, `*` for a part of one, `**` for any number of them, and
  `/...` at the end for everything below. `re:` and a regular expression with named groups works as well.
- `except`: packages that all siblings may import.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Move the shared code to a package outside of the siblings, or to the public part of the one that owns it.
"#;
