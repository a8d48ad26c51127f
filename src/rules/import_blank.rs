//! `import-blank`: a library package imports a package only for its side effects.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::model::Import;
use crate::policy::PackagePatterns;

/// Forbids `import _ "path"` outside of programs and tests.
#[derive(Debug)]
pub(crate) struct ImportBlank {
    except: PackagePatterns,
    places: Vec<BlankImportPlace>,
}

/// The options of an entry.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportBlankOptions {
    /// Packages that every file may import with the name `_`.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// The files that may have any blank import.
    places: Vec<BlankImportPlace>,
}

/// A kind of file that may have any blank import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum BlankImportPlace {
    /// A file of a `package main`.
    Main,
    /// A test file.
    Test,
}

impl Default for ImportBlankOptions {
    fn default() -> Self {
        Self { except: Vec::new(), places: vec![BlankImportPlace::Main, BlankImportPlace::Test] }
    }
}

impl Rule for ImportBlank {
    const META: RuleMeta = RuleMeta {
        id: "import-blank",
        family: Family::Imports,
        summary: "A library package imports a package only for its side effects.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = OwnFiles;

    type Options = ImportBlankOptions;

    fn new(options: ImportBlankOptions, binder: &mut Binder<'_>) -> Self {
        let except = binder.packages("except", &options.except, Role::Passing);
        Self { except, places: options.places }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        let blanks = cx.imports().filter(|import| import.name() == Some("_") && !self.is_allowed(*import));
        let faults = blanks.filter(|import| self.except.find(&cx.imported(*import)).is_none());
        faults.map(|import| cx.at_import(import, blank_import(import))).collect()
    }
}

impl ImportBlank {
    /// `embed` is imported blank to allow `//go:embed`, which is no side effect.
    fn is_allowed(&self, import: Import<'_>) -> bool {
        let file = import.file();
        import.path() == "embed"
            || (file.is_test() && self.places.contains(&BlankImportPlace::Test))
            || (file.package_name() == Some("main") && self.places.contains(&BlankImportPlace::Main))
    }
}

fn blank_import(import: Import<'_>) -> String {
    format!("blank import of `{}` in a library package: import it in a program or a test", import.path())
}

const PAGE: &str = r#"
## What it does

Reports `import _ "path"` in library packages. Programs (`package main`) and tests may have such imports, and every file may
have `import _ "embed"`.

## Why it matters

A blank import runs the package's `init` functions: they register a driver, start a profiler or change a default. If a library
does this, it decides for every program that uses it.

## Example

```txtar
-- modwarden.toml --
[severity]
import-blank = "error"
-- go.mod --
module example.com/shop

go 1.24
-- store/store.go --
package store

import _ "net/http/pprof" // finds import-blank
-- main.go --
package main

import _ "net/http/pprof"
```

## Options

- `except`: packages that every file may import with the name `_`.
- `places`: the files that may have any blank import: `main` (programs), `test`, or both (the default).

## Evidence

`source`: the repository's own files suffice.

## How to fix

Move the import to the program that needs the side effect, or add the package to `except`.
"#;
