//! `checksum-unused`: nothing needs a line of go.sum.

use super::identity::at_module;
use super::open::residual_questions;
use super::residual::{evidence, sum_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{
    Applicability, Change, Evidence, Family, Fix, Label, OpenQuestion, RuleMeta, Severity, Violation,
};
use crate::model::{Module, Residual, ResidualKind, ResidueFacts};
use crate::syntax::{Sum, SumContent};
use crate::text::FileId;

/// Finds lines of go.sum that nothing needs.
#[derive(Debug)]
pub(crate) struct ChecksumUnused;

impl Rule for ChecksumUnused {
    const META: RuleMeta = RuleMeta {
        id: "checksum-unused",
        family: Family::Residual,
        summary: "A checksum in go.sum is not needed.",
        severity: Severity::Note,
        evidence: Evidence::ModuleCache,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = ResidueFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<Violation> {
        cx.modules().flat_map(|module| unused(module, cx.facts())).collect()
    }

    fn check_each(&self, cx: &Context<'_, ResidueFacts<'_>>, take: &mut dyn FnMut(Violation)) {
        cx.modules().flat_map(|module| unused(module, cx.facts())).for_each(take);
    }

    fn open_questions(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<OpenQuestion> {
        residual_questions(*cx, |module| {
            let lines = module.sums()?.parsed.tree.lines().count();
            (lines > 0).then(|| Some(format!("{lines} checksums")))
        })
    }
}

fn unused<'m>(module: Module<'m>, residue: ResidueFacts<'m>) -> impl Iterator<Item = Violation> + use<'m> {
    module.residue(residue).iter().filter_map(move |residual| {
        let ResidualKind::SumUnused { line, listed: false } = residual.kind else { return None };
        let sums = module.sums()?;
        Some(unused_line(module, residual, sums.file, sums.parsed.tree.line(line)?))
    })
}

fn unused_line(module: Module<'_>, residual: &Residual, file: FileId, line: Sum<'_>) -> Violation {
    let what = match line.content {
        SumContent::Zip => "of",
        SumContent::GoMod => "of the go.mod of",
    };
    let message = format!("nothing needs the checksum {what} `{}` {}", line.module, line.version);
    Violation {
        about: Some(line.module.to_owned()),
        evidence: evidence(residual),
        fix: Some(Fix {
            message: "remove the line".into(),
            file,
            change: Change::RemoveSum(line.span),
            applicability: Applicability::Safe,
        }),
        ..Violation::new(
            at_module(module).to(&sum_name(module, line.module, line.version, line.content)),
            message,
            Label::new(file, line.span, ""),
        )
    }
}

const PAGE: &str = r#"

## What it does

Finds lines of go.sum that `go mod tidy` would remove: neither a package nor the choice of versions depends on the module version.
Lines that only a requirement needs that is itself not needed go with that requirement.

## Why it matters

They do no harm, but they hide changes: an update that leaves an old version behind looks like one that needs both versions.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24
-- go.sum --
example.com/pay v1.2.0 h1:nX8wgkPfqHOpYQeFmQbGYsdwLqpi0Sj+1VzKJGbRNJ0=
^ finds checksum-unused
-- shop.go --
package shop
-- modwarden.toml --
[severity]
checksum-unused = "note"
```

## Options

None.

## Evidence

`module-cache`: all modules that packages come from, and the go.mod files of the whole module graph.

## How to fix

`modwarden fix` removes the line.
"#;
