//! `layout-untidy`: `go mod tidy` would write the same requirements and checksums in another layout.

use std::borrow::Cow;

use super::open::residual_questions;
use super::residual::evidence;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{
    Applicability, Change, Evidence, Family, Fix, IdentitySubject, Label, OpenQuestion, RuleMeta, Severity, Violation,
};
use crate::go::GoVersion;
use crate::model::{LayoutFacts, Module, Residual, ResidualKind, ResidueFacts};
use crate::syntax::{LayoutFault, LayoutFaultKind, WhiteSpace};
use crate::text::FileId;

/// Finds module files and lists of checksums that `go mod tidy` would lay out in another way.
#[derive(Debug)]
pub(crate) struct LayoutUntidy;

impl Rule for LayoutUntidy {
    const META: RuleMeta = RuleMeta {
        id: "layout-untidy",
        family: Family::Residual,
        summary: "go.mod or go.sum is not laid out as `go mod tidy` does.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = (ResidueFacts<'m>, LayoutFacts<'m>);

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, (ResidueFacts<'_>, LayoutFacts<'_>)>) -> Vec<Violation> {
        let (residue, layouts) = cx.facts();
        let mut found = Vec::new();
        for module in cx.modules() {
            let toolchain = toolchain_fault(cx.with(residue), module);
            found.extend(toolchain.or_else(|| module_file_fault(cx.with(layouts), module)));
            found.extend(sums_fault(cx.plain(), module));
        }
        found
    }

    fn open_questions(&self, cx: &Context<'_, (ResidueFacts<'_>, LayoutFacts<'_>)>) -> Vec<OpenQuestion> {
        // Dependencies decide nothing else of the layout.
        let (residue, _) = cx.facts();
        residual_questions(cx.with(residue), |module| is_toolchain_open(module, residue).then_some(None))
    }
}

/// Whether a `toolchain` line is below the `go` line, and it is not known that `go mod tidy` changes it.
fn is_toolchain_open<'m>(module: Module<'m>, residue: ResidueFacts<'m>) -> bool {
    let is_settled = module.residue(residue).iter().any(|it| matches!(it.kind, ResidualKind::Toolchain { .. }));
    let (Some(go), Some(stated)) = (&module.go_mod().go, &module.go_mod().toolchain) else { return false };
    !is_settled && GoVersion::of_toolchain(&stated.value).is_some_and(|version| version < go.value)
}

/// A `toolchain` line that `go mod tidy` drops or changes, because of the `go` line.
fn toolchain_fault<'m>(cx: Context<'m, ResidueFacts<'m>>, module: Module<'m>) -> Option<Violation> {
    let toolchain = |residual: &'_ Residual| match &residual.kind {
        ResidualKind::Toolchain { needed } => Some(needed.clone()),
        _ => None,
    };
    let mut residue = module.residue(cx.facts()).iter();
    let (residual, needed) = residue.find_map(|residual| Some((residual, toolchain(residual)?)))?;
    let stated = module.go_mod().toolchain.as_ref()?;
    let (message, repair) = match needed.as_deref() {
        None => (format!("`toolchain {}` adds nothing to the `go` line", stated.value), "remove the line".to_owned()),
        Some(needed) => {
            (format!("`toolchain {}` is too old: {needed} is needed", stated.value), format!("toolchain {needed}"))
        }
    };
    let fix = fix(module.file(), repair, Change::Toolchain(needed.map(String::from)));
    let label = Label::new(module.file(), stated.span, "`go mod tidy` changes this line");
    Some(Violation {
        evidence: evidence(residual),
        ..untidy(cx.plain(), module, FaultyPlace { message, primary: label }, fix)
    })
}

/// The fault in the layout of a go.mod.
fn module_file_fault<'m>(cx: Context<'m, LayoutFacts<'m>>, module: Module<'m>) -> Option<Violation> {
    let fault = module.layout_fault(cx.facts())?;
    let repair = fix(module.file(), "write the file as `go mod tidy` does", Change::Rewrite);
    let violation = untidy(cx.plain(), module, told(cx.plain(), module.file(), fault), repair);
    if !matches!(fault.kind, LayoutFaultKind::WhiteSpace(_)) {
        return Some(violation);
    }
    let help =
        "`go mod tidy` changes this, but `go mod tidy -diff` does not show it, so this is never more than a note";
    Some(Violation { at_most: Some(Severity::Note), help: Some(help.to_owned()), ..violation })
}

/// The fault in the layout of a go.sum.
fn sums_fault(cx: Context<'_>, module: Module<'_>) -> Option<Violation> {
    let sums = module.sums()?;
    let fault = sums.parsed.tree.layout_fault()?;
    let repair = fix(sums.file, "write the list as `go mod tidy` does", Change::RewriteSums);
    Some(untidy(cx, module, told(cx, sums.file, &fault), repair))
}

fn fix(file: FileId, message: impl Into<Cow<'static, str>>, change: Change) -> Fix {
    Fix { message: message.into(), file, change, applicability: Applicability::Safe }
}

/// A fault in words, and where it is.
struct FaultyPlace {
    message: String,
    primary: Label,
}

/// One file has one finding, so that the file is its subject.
fn untidy(cx: Context<'_>, module: Module<'_>, place: FaultyPlace, fix: Fix) -> Violation {
    let FaultyPlace { message, primary } = place;
    let subject = IdentitySubject::at(cx.path(primary.file));
    let about = Some(module.path().to_string());
    Violation { about, fix: Some(fix), ..Violation::new(subject, message, primary) }
}

/// A fault in the layout, and where.
fn told(cx: Context<'_>, file: FileId, fault: &LayoutFault) -> FaultyPlace {
    let name = String::from_utf8_lossy(cx.path(file).file_name()).into_owned();
    let label = Label::new(file, fault.place, "from here on, `go mod tidy` writes the file differently");
    FaultyPlace { message: message(&name, &fault.kind), primary: label }
}

fn message(name: &str, kind: &LayoutFaultKind) -> String {
    match kind {
        LayoutFaultKind::Repeated(line) => format!("another line of {name} repeats `{line}`"),
        LayoutFaultKind::UnsortedBlock(verb) => format!("the `{verb}` block is not sorted"),
        LayoutFaultKind::OtherBlock(line) => format!("`{line}` is in the wrong block of {name}"),
        LayoutFaultKind::OneEntry(verb) => format!("the `{verb}` block has only one entry"),
        LayoutFaultKind::EmptyBlock(verb) => format!("the `{verb}` block is empty"),
        LayoutFaultKind::BlockComment(verb) => {
            format!("the comment above the `{verb}` block belongs above another block")
        }
        LayoutFaultKind::BlankLine => format!("{name} has a blank line between requirements"),
        LayoutFaultKind::UnsortedSums => format!("{name} is not sorted"),
        LayoutFaultKind::NoChecksum => format!("a line of {name} is not a checksum"),
        LayoutFaultKind::EmptyGoMod => format!("{name} has the checksum of an empty go.mod, which Go no longer writes"),
        LayoutFaultKind::WhiteSpace(WhiteSpace::LineEnds) => format!("a line of {name} ends with a carriage return"),
        LayoutFaultKind::WhiteSpace(WhiteSpace::NoFinalLineEnd) => format!("the last line of {name} has no line end"),
        LayoutFaultKind::WhiteSpace(WhiteSpace::BlankLines) => {
            format!("{name} has not the same blank lines as `go mod tidy` writes")
        }
        LayoutFaultKind::WhiteSpace(WhiteSpace::Spaces) => {
            format!("a line of {name} has spaces, tabs or quotes that `go mod tidy` does not write")
        }
    }
}

const PAGE: &str = r#"

## What it does

Finds files that `go mod tidy` would write in another layout, although they require and list the same:

- go.mod: lines of a block that are not sorted, a second line for the same thing, direct and indirect requirements in the wrong
  block, blocks that are empty or have one entry, blank lines between requirements, and a `toolchain` line that adds nothing to
  the `go` line, or less.
- go.sum: lines that are not sorted, a second copy of a line, lines that are not checksums, blank lines, other white space, line
  ends that are not line feeds, and a last line without one.

There is one finding for each file, at the first line that would change. Findings of other rules, such as a requirement that
nothing needs, are not reported here.

`go mod tidy -diff` does not show white space in go.mod: blank lines, line ends, indentation, quotes. `go mod tidy` changes it
anyway. Such a finding is never more than a note, whatever level the policy gives the rule, and `--fail-on note` makes it count.
`go mod tidy` leaves a go.sum as it is that only lacks order, and `-diff` shows it; that is a finding.

The `go` line decides, as it does in the go command itself: below 1.17 requirements stay in their blocks, from 1.17 on direct and
indirect ones have blocks of their own, and from 1.27 on there are no other blocks of requirements. The order of `exclude` lines is
by version from 1.21 on. Go 1.26 and Go 1.27 tidy a module with the same `go` line in the same way, and modwarden does the
same. Only they know all directives; an older release stops at a `go` line that is above its own version.

## Why it matters

The next `go get` or `go mod tidy` makes the changes anyway, and then they hide the purpose of that commit.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

exclude (
	example.com/pay v1.2.0 // finds layout-untidy
	example.com/cart v1.0.0
)
-- shop.go --
package shop
-- modwarden.toml --
[severity]
layout-untidy = "error"
```

## Options

None.

## Evidence

`source`: the file itself. Whether a `toolchain` line that is below the `go` line stays can depend on dependencies, and then needs
the `module-cache`.

## How to fix

`modwarden fix` writes the file as `go mod tidy` does. Comments stay.
"#;
