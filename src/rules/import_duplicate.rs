//! `import-duplicate`: a file imports one package twice.

use std::ptr;

use super::{Binder, Context, NoOptions, OwnFiles, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{File, Import};

/// Forbids a second import of a package in one file.
#[derive(Debug)]
pub(crate) struct ImportDuplicate;

impl Rule for ImportDuplicate {
    const META: RuleMeta = RuleMeta {
        id: "import-duplicate",
        family: Family::Imports,
        summary: "A file imports the same package twice.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = OwnFiles;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        cx.go_files().flat_map(|file| duplicates(*cx, file)).collect()
    }
}

/// `import "C"` may be repeated, each with its own preamble; `unsafe` may be imported again with a blank import,
/// which `//go:linkname` needs.
fn duplicates<'m>(cx: Context<'m, OwnFiles>, file: File<'m>) -> Vec<Violation> {
    let counts = |import: &Import<'_>| !matches!(import.path(), "C" | "unsafe");
    let mut imports: Vec<Import<'m>> = file.imports().filter(counts).collect();
    // Imports of one path share their resolution, which compares faster than the paths do.
    imports.sort_by_key(|import| ptr::from_ref(import.resolution()));
    let same = imports.chunk_by(|one, other| ptr::eq(one.resolution(), other.resolution()));
    same.flat_map(|same| same[1..].iter().map(|again| imported_twice(cx, *again, same[0]))).collect()
}

fn imported_twice(cx: Context<'_, OwnFiles>, import: Import<'_>, first: Import<'_>) -> Violation {
    let mut violation = cx.at_import(import, format!("`{}` is imported twice in this file", import.path()));
    violation.primary.message = "imported again here".to_owned();
    violation.related.push(Label::new(first.file().id(), first.spec().path_span, "first imported here"));
    violation
}

const PAGE: &str = r#"
## What it does

Finds a package that one file imports more than once, under whatever names.

## Why it matters

Two names for one package make readers look for a difference that does not exist. It is often the result of a hasty merge.

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
