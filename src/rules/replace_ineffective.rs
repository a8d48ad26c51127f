//! `replace-ineffective`: a `replace` line does nothing.

use super::identity::{at_holder, package_of};
use super::idle::IdleLine;
use super::open_lines::open_replacements;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Applicability, Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Effect, GraphFacts, Idle, Module, Replacement, Workspace};

/// Finds `replace` lines without which nothing would change.
#[derive(Debug)]
pub(crate) struct ReplaceIneffective;

impl Rule for ReplaceIneffective {
    const META: RuleMeta = RuleMeta {
        id: "replace-ineffective",
        family: Family::Replace,
        summary: "A `replace` line has no effect.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = GraphFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check<'m>(&self, cx: &Context<'m, GraphFacts<'m>>) -> Vec<Violation> {
        let idle = |replacement: Replacement<'m>| match replacement.effect(cx.facts()) {
            Effect::Idle(idle) => Some(without_effect(*cx, replacement, &idle)),
            Effect::Acts | Effect::Unused(_) | Effect::Open(_) => None,
        };
        cx.replacements().filter_map(idle).collect()
    }

    fn open_questions(&self, cx: &Context<'_, GraphFacts<'_>>) -> Vec<OpenQuestion> {
        open_replacements(*cx)
    }
}

fn without_effect<'m>(cx: Context<'m, GraphFacts<'m>>, replacement: Replacement<'m>, idle: &Idle) -> Violation {
    let line = IdleLine::of_replacement(cx, replacement);
    let is_vendored = replacement.module().is_some_and(Module::is_vendored)
        || replacement.workspace().is_some_and(Workspace::is_vendored);
    let (help, applicability) = match idle {
        Idle::Overridden { .. } => ("remove one of the two, or make them agree", None),
        _ if is_vendored => ("remove the line, then run `go mod vendor`", Some(Applicability::Unsafe)),
        Idle::NeverSelected { .. } => ("remove the line, then run `go mod tidy`", Some(Applicability::Unsafe)),
        Idle::Package { .. } => ("replace the module as a whole, or remove the line", Some(Applicability::Unsafe)),
        _ => ("remove the line", Some(Applicability::Safe)),
    };
    let subject = match idle {
        Idle::Package { of } => at_holder(replacement).to(&package_of(cx.model(), of, &line.path)),
        _ => line.subject.clone(),
    };
    let message = format!("`{}` does nothing: {}", line.text, line.why(idle));
    Violation {
        related: IdleLine::related(idle),
        help: Some(help.to_owned()),
        evidence: line.evidence_for(idle),
        about: Some(line.path.clone()),
        fix: applicability.map(|applicability| line.removal(applicability)),
        ..Violation::new(subject, message, Label::new(line.file, line.span, "has no effect"))
    }
}

const PAGE: &str = r#"
## What it does

Finds `replace` lines of go.mod and go.work without which nothing would change: the same versions of the same modules
would be selected, and come from the same places. The message says why:

- an earlier line of the file says the same;
- it replaces a version by itself;
- the module is not in the module graph, or no requirement in it names the version;
- another version is selected, and the requirements of the replaced one make no difference;
- other lines apply to every version that occurs: one with the version, or one of go.work;
- the left side is the path of a package, and only modules can be replaced;
- the left side is the main module itself.

A line of a module that go.work overrides does nothing in the workspace and acts without it; it is reported, and no fix
is offered. Lines in go.mod files of dependencies never count, so the line of a module that another one replaces by
directory is checked only where that module itself is built.

## Why it matters

The go command says nothing of a line that does nothing, and `go mod tidy` never removes one. So a reader takes a fork to be
built that is not, and the line is carried along for years.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

replace (
	example.com/pay => ./pay
	example.com/pay v1.1.0 => ./old // finds replace-ineffective
	example.com/cart => ./cart // finds replace-ineffective
)
-- pay/go.mod --
module example.com/pay

go 1.24
-- shop.go --
package shop
-- modwarden.toml --
[severity]
replace-ineffective = "warn"
```

## Options

None.

## Evidence

`source` where the repository has the go.mod files of all modules in the graph, and for faults in a line's own form.
Otherwise `module-cache`: the go.mod files that the go command would read must be there; `go mod download` or any build
downloads them. If one is missing, the rule is undecided about lines that need it, and `replace-unused` reports what the `require`
lines alone prove.

## How to fix

`modwarden fix` removes the line. It does so only with `--unsafe` where something else has to follow: with a vendor
directory, because `vendor/modules.txt` has the line too (`go mod vendor`), and where the line is for a version that is
required and not selected, because go.sum may then have to know more (`go mod tidy`).
"#;
