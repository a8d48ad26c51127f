//! `import-required`: a package imports none of the packages of which it must import one.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::identity::at_package;
use super::{Binder, Context, Role, Rule, WholeState};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{File, Import};
use crate::policy::PackagePatterns;

/// How many patterns are named before the rest is counted.
const MAX_NAMED: usize = 3;

/// Asks packages for an import.
#[derive(Debug)]
pub(crate) struct ImportRequired {
    require: PackagePatterns,
    except: PackagePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportRequiredOptions {
    /// Packages of which each package in scope must import one.
    #[schemars(with = "Vec<String>")]
    require: Vec<Spanned<String>>,
    /// Packages that need not.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
}

impl Rule for ImportRequired {
    const META: RuleMeta = RuleMeta {
        id: "import-required",
        family: Family::Imports,
        summary: "A package does not import a package that it must import.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    // The verdict depends on all files of a package.
    type Facts<'m> = WholeState;

    type Options = ImportRequiredOptions;

    fn new(options: ImportRequiredOptions, binder: &mut Binder<'_>) -> Self {
        binder.require(!options.require.is_empty(), "this entry requires nothing", "add `require`");
        Self {
            require: binder.packages("require", &options.require, Role::Passing),
            except: binder.packages("except", &options.except, Role::Importer),
        }
    }

    fn check(&self, cx: &Context<'_, WholeState>) -> Vec<Violation> {
        let mut found = Vec::new();
        let files: Vec<File<'_>> = cx.go_files().collect();
        for files in files.chunk_by(|one, next| one.package() == next.package()) {
            // Test files count for packages of tests, and where an entry looks at nothing else.
            let plain: Vec<File<'_>> = files.iter().copied().filter(|file| !file.is_test()).collect();
            let files = if plain.is_empty() { files } else { &plain };
            let Some(first) = files.first() else { continue };
            let importer = cx.importer(*first);
            let need_not = self.except.find(&importer).is_some() || self.require.find(&importer).is_some();
            if !need_not && !files.iter().flat_map(|file| file.imports()).any(|import| self.is_met(*cx, import)) {
                found.push(self.not_imported(*first));
            }
        }
        found
    }
}

impl ImportRequired {
    /// Whether an import is one of a required package, by its path or by the path of the package that is built.
    fn is_met(&self, cx: Context<'_, WholeState>, import: Import<'_>) -> bool {
        if self.require.find(&cx.imported(import)).is_some() {
            return true;
        }
        let built = import.built_as().into_iter().filter(|built| !built.is_unlikely);
        built.into_iter().any(|built| self.require.find(&cx.built(import, &built.path)).is_some())
    }

    fn not_imported(&self, file: File<'_>) -> Violation {
        let adds: Vec<_> = self.require.iter().filter(|pattern| !pattern.is_negated()).collect();
        let mut names: Vec<String> = adds.iter().take(MAX_NAMED).map(|add| format!("`{}`", add.text())).collect();
        if adds.len() > MAX_NAMED {
            names.push(format!("{} more", adds.len() - MAX_NAMED));
        }
        let path = file.package().path();
        let message = match names.len() {
            0 => format!("`{path}` imports no package that it must import"),
            1 => format!("`{path}` does not import {}", names[0]),
            _ => format!("`{path}` imports none of {}", names.join(", ")),
        };
        let place = Label::new(file.id(), file.clause_span(), "the first file of the package");
        let mut violation = Violation::new(at_package(file), message, place);
        violation.related.extend(adds.first().map(|add| policy_line(add, "required by this pattern")));
        violation
    }
}

const PAGE: &str = r#"
## What it does

Asks each package in scope to import one of the packages that `require` matches. The finding is at the package clause of the first file of
the package. Imports of test files count only for packages of nothing but tests, or with `tests = "only"`. A package that `require` itself matches
need not import another one. An import in one file suffices, whatever its build constraint.

## Why it matters

Some imports are what makes a package one of its kind: the registration of a plug-in, the tracing of a command, the leak detector of a test.
A package without it compiles, and is not what it seems to be.

## Example

```txtar
-- modwarden.toml --
[[import-required]]
name    = "plug-ins-register"
from    = ["./plugins/..."]
require = ["./registry"]
-- go.mod --
module example.com/shop

go 1.24
-- registry/registry.go --
package registry
-- plugins/mail/mail.go --
package mail

import _ "example.com/shop/registry"
-- plugins/sms/sms.go --
package sms // finds import-required/plug-ins-register
```

## Options

- `require`: the packages of which each package in scope must import one. Several entries ask for several imports.
- `except`: packages that need not.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Import the package, or name this one in `except`.
"#;
