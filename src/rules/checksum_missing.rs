//! `checksum-missing`: A needed checksum is missing from go.sum.

use super::identity::at_module;
use super::open::residual_questions;
use std::collections::HashMap;

use super::residual::{evidence, module_label, sum_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{
    Applicability, Change, Evidence, Family, Fix, Label, OpenQuestion, RuleMeta, Severity, Violation,
};
use crate::go::{ModulePath, ModuleVersion};
use crate::model::{Module, Residual, ResidualKind, ResidueFacts};
use crate::syntax::{ModuleSum, Require, SumContent};

/// Finds checksums that go.sum should have.
#[derive(Debug)]
pub(crate) struct ChecksumMissing;

impl Rule for ChecksumMissing {
    const META: RuleMeta = RuleMeta {
        id: "checksum-missing",
        family: Family::Residual,
        summary: "A needed checksum is missing from go.sum.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = ResidueFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<Violation> {
        cx.modules().flat_map(|module| missing_sums(module, cx.facts())).collect()
    }

    fn open_questions(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<OpenQuestion> {
        // The source shows only the checksums of the requirements themselves.
        residual_questions(*cx, |_| Some(None))
    }
}

fn missing_sums<'m>(module: Module<'m>, residue: ResidueFacts<'m>) -> Vec<Violation> {
    let mut required: HashMap<&ModulePath, &Require> = HashMap::new();
    for line in &module.go_mod().require {
        required.entry(&line.path.value).or_insert(line);
    }
    let found = module.residue(residue).iter().filter_map(|residual| match &residual.kind {
        ResidualKind::SumMissing { sum, hash } => {
            let required = required.get(&sum.module.path).copied();
            Some(missing(module, residual, sum, hash.as_deref(), required))
        }
        _ => None,
    });
    found.collect()
}

fn missing(
    module: Module<'_>,
    residual: &Residual,
    sum: &ModuleSum,
    hash: Option<&str>,
    required: Option<&Require>,
) -> Violation {
    let ModuleSum { module: ModuleVersion { path, version }, content } = sum;
    let what = match content {
        SumContent::Zip => "of",
        SumContent::GoMod => "of the go.mod of",
    };
    let primary = match required {
        Some(line) => Label::new(module.file(), line.line.span, "required here"),
        None => module_label(module, ""),
    };
    let fix = hash.map(|hash| Fix {
        message: "add the checksum".into(),
        file: module.sums().map_or(module.file(), |sums| sums.file),
        change: Change::AddSum(format!("{} {hash}", sum)),
        applicability: Applicability::Safe,
    });
    Violation {
        about: Some(path.to_string()),
        evidence: evidence(residual),
        help: fix.is_none().then(|| format!("run `go mod download {path}@{version}`, which adds it")),
        fix,
        ..Violation::new(
            at_module(module).to(&sum_name(module, path.as_str(), version.as_str(), *content)),
            format!("go.sum lacks the checksum {what} `{path}` {version}"),
            primary,
        )
    }
}

const PAGE: &str = r#"

## What it does

Finds checksums that `go mod tidy` would add to go.sum: of each go.mod that the module graph is made of, and of each module that a
package comes from or could come from.

## Why it matters

Without the line the go command stops (`missing go.sum entry`), or uses the module without a check.

## Example

```txtar
-- go.mod --
module example.com/shop // undecided checksum-missing

go 1.24

require example.com/pay v1.2.0
// ^ finds checksum-missing
-- go.sum --
example.com/pay v1.2.0/go.mod h1:nX8wgkPfqHOpYQeFmQbGYsdwLqpi0Sj+1VzKJGbRNJ0=
-- shop.go --
package shop

import _ "example.com/pay"
-- modwarden.toml --
[severity]
checksum-missing = "error"
```

## Options

None.

## Evidence

`source`: the checksums of the requirements themselves, where there is a go.sum. `module-cache`: all.

## How to fix

`modwarden fix` adds the checksums of modules in the module cache, which the go command stored at their download.
`go mod download` checks against the checksum database as well.
"#;
