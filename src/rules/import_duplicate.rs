//! `import-duplicate`: a file imports one package twice.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Binder, Context, Locality, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{File, Import};

/// Forbids a second import of a package in one file.
#[derive(Debug)]
pub struct ImportDuplicate;

/// The options of an entry: none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

impl Rule for ImportDuplicate {
    const META: RuleMeta = RuleMeta {
        id: "import-duplicate",
        family: Family::Imports,
        summary: "A file imports one package twice.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const LOCALITY: Locality = Locality::File;

    type Options = Options;

    fn new(_: Options, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        cx.go_files().flat_map(|file| duplicates(*cx, file)).collect()
    }
}

/// `import "C"` may stand several times, each with a preamble of its own; `unsafe` may stand beside a blank import
/// of it, which `//go:linkname` needs.
fn duplicates(cx: Context<'_>, file: File<'_>) -> Vec<Violation> {
    let mut first: HashMap<&str, Import<'_>> = HashMap::new();
    let mut violations = Vec::new();
    for import in file.imports().filter(|import| !matches!(import.path(), "C" | "unsafe")) {
        match first.get(import.path()) {
            Some(earlier) => violations.push(imported_twice(cx, import, *earlier)),
            None => drop(first.insert(import.path(), import)),
        }
    }
    violations
}

fn imported_twice(cx: Context<'_>, import: Import<'_>, first: Import<'_>) -> Violation {
    let mut violation = cx.at_import(import, format!("`{}` is imported twice in this file", import.path()));
    violation.primary.message = "imported again here".to_owned();
    violation.related.push(Label::new(first.file().id(), first.spec().path_span, "first imported here"));
    violation
}

const PAGE: &str = r#"
## What it does

Finds a package that one file imports more than once, under whatever names.

## Why it matters

Two names for one package make a reader look for a difference that is not there. It is what a hasty merge leaves behind.

## Example

```txtar
-- modwarden.toml --
[severity]
import-duplicate = "error"
-- go.mod --
module example.com/shop

go 1.24
-- shop.go --
package shop

import (
	"fmt"
	f "fmt" // finds import-duplicate
)
```

## Options

None.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Keep one of the imports and use its name.
"#;
