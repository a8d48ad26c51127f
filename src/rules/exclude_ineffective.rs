//! `exclude-ineffective`: an `exclude` line does nothing.

use super::idle::IdleLine;
use super::open_lines::open_exclusions;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Applicability, Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{Effect, Exclusion, GraphFacts, Idle};

/// Finds `exclude` lines without which nothing would change.
#[derive(Debug)]
pub(crate) struct ExcludeIneffective;

impl Rule for ExcludeIneffective {
    const META: RuleMeta = RuleMeta {
        id: "exclude-ineffective",
        family: Family::Replace,
        summary: "An `exclude` line has no effect.",
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
        let idle = |exclusion: Exclusion<'m>| match exclusion.effect(cx.facts()) {
            Effect::Idle(idle) => Some(without_effect(*cx, exclusion, &idle)),
            Effect::Acts | Effect::Unused(_) | Effect::Open(_) => None,
        };
        cx.exclusions().filter_map(idle).collect()
    }

    fn open_questions(&self, cx: &Context<'_, GraphFacts<'_>>) -> Vec<OpenQuestion> {
        open_exclusions(*cx)
    }
}

fn without_effect<'m>(cx: Context<'m, GraphFacts<'m>>, exclusion: Exclusion<'m>, idle: &Idle) -> Violation {
    let line = IdleLine::of_exclusion(cx, exclusion);
    let version = &exclusion.line().version.value;
    let (help, applicability) = match idle {
        Idle::NeverRequired { selected } if version > selected => {
            let help = "remove the line, unless it must stop `go get` and `go mod tidy` from choosing the version";
            (help, Applicability::Unsafe)
        }
        // The go command then reads the go.mod of that version, and go.sum must have its checksum.
        Idle::NeverSelected { .. } => ("remove the line, then run `go mod tidy`", Applicability::Unsafe),
        _ => ("remove the line", Applicability::Safe),
    };
    let message = format!("`{}` does nothing: {}", line.text, line.why(idle));
    Violation {
        related: IdleLine::related(idle),
        help: Some(help.to_owned()),
        evidence: line.evidence_for(idle),
        about: Some(line.path.clone()),
        fix: Some(line.removal(applicability)),
        ..Violation::new(line.subject.clone(), message, Label::new(line.file, line.span, "has no effect"))
    }
}

const PAGE: &str = r#"
## What it does

Finds `exclude` lines without which the same versions would be selected. The message says why: an earlier line says the
same, the module is not in the module graph, no requirement in it names the version, or a requirement does but
another version is selected anyway.

## Why it matters

`exclude` removes one version from every requirement list; it does not choose another, and `go mod tidy` never removes
an outdated line. An old line is a warning about a version that no build could get.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0

replace example.com/pay => ./pay

exclude (
	example.com/pay v1.1.0 // finds exclude-ineffective
	example.com/cart v1.0.0 // finds exclude-ineffective
)
-- pay/go.mod --
module example.com/pay

go 1.24
-- shop.go --
package shop
-- modwarden.toml --
[severity]
exclude-ineffective = "warn"
```

## Options

None.

## Evidence

`source` where the repository has the go.mod files of all modules in the graph; otherwise `module-cache`, with the go.mod
files that the go command would read. If one is missing, `exclude-unused` reports what the `require` lines alone prove.

## How to fix

`modwarden fix` removes the line. A version above the selected one may be excluded so that `go get` does not choose it; such
a line is removed only with `--unsafe`, and so is one for a version that is required and not selected, because go.sum may
then have to know more: run `go mod tidy` afterwards.
"#;
