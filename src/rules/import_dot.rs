//! `import-dot`: a package is imported into the file's own scope.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::model::Import;
use crate::policy::PackagePatterns;

/// Forbids `import . "path"`.
#[derive(Debug)]
pub(crate) struct ImportDot {
    except: PackagePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportDotOptions {
    /// Packages that may be imported so.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
}

impl Rule for ImportDot {
    const META: RuleMeta = RuleMeta {
        id: "import-dot",
        family: Family::Imports,
        summary: "A dot import adds the names of a package to the file's scope.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = OwnFiles;

    type Options = ImportDotOptions;

    fn new(options: ImportDotOptions, binder: &mut Binder<'_>) -> Self {
        Self { except: binder.packages("except", &options.except, Role::Passing) }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        let dots = cx.imports().filter(|import| import.name() == Some("."));
        let faults = dots.filter(|import| self.except.find(&cx.imported(*import)).is_none());
        faults.map(|import| cx.at_import(import, dot_import(import))).collect()
    }
}

fn dot_import(import: Import<'_>) -> String {
    format!("dot import of `{}`", import.path())
}

const PAGE: &str = r#"
## What it does

Forbids `import . "path"`, which puts every exported name of a package into the file's scope.

## Why it matters

A reader cannot tell where a name comes from, and a new name in the imported package can break the file.

## Example

```txtar
-- modwarden.toml --
[[import-dot]]
name   = "no-dot-imports"
except = ["github.com/onsi/gomega"]
-- go.mod --
module example.com/shop

go 1.24

require github.com/onsi/gomega v1.36.0
-- price.go --
package shop

import . "math" // finds import-dot/no-dot-imports

var half = Floor(0.5)
-- price_test.go --
package shop

import . "github.com/onsi/gomega"
```

## Options

- `except`: packages that may be imported so, a matcher library for instance.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Import the package by its name, and write its name before each identifier.
"#;
