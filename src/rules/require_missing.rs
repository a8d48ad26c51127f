//! `require-missing`: a requirement is not there, or too low.

use super::identity::{at_module, imported_name, module_name};
use super::open::residual_questions;
use super::residual::{about_line, evidence, line, module_label, requirement, residue};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{
    Applicability, Change, Evidence, Family, Fix, IdentityName, Label, OpenQuestion, RuleMeta, Severity, Violation,
};
use crate::go::ModuleVersion;
use crate::model::{Import, Module, Residual, ResidualKind, ResidueFacts};

/// Finds requirements that are missing or too low.
#[derive(Debug)]
pub(crate) struct RequireMissing;

impl Rule for RequireMissing {
    const META: RuleMeta = RuleMeta {
        id: "require-missing",
        family: Family::Residual,
        summary: "A needed requirement is missing, or its version is too low.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const YIELDS_TO: &'static [&'static str] = &["import-unresolved"];

    type Facts<'m> = ResidueFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<Violation> {
        let found = residue(*cx).filter_map(|(module, residual)| match &residual.kind {
            ResidualKind::NotProvided { import } => Some(not_provided(module.import_at(*import))),
            ResidualKind::Missing { module: missing, indirect } => {
                Some(self::missing(module, residual, missing, *indirect))
            }
            ResidualKind::Low { line, selected } => Some(low(module, residual, *line, selected)),
            ResidualKind::LowGo { needed } => low_go(module, residual, needed),
            _ => None,
        });
        found.collect()
    }

    fn open_questions(&self, cx: &Context<'_, ResidueFacts<'_>>) -> Vec<OpenQuestion> {
        // The source shows only packages that no requirement can have, not the needs of dependencies.
        residual_questions(*cx, |_| Some(None))
    }
}

fn not_provided(import: Import<'_>) -> Violation {
    let module = import.file().package().module();
    let message = format!("no module that `{}` requires has the package `{}`", module.path(), import.path());
    Violation {
        help: Some(format!("run `go get {}` to require the module that has it", import.path())),
        about: Some(import.path().to_owned()),
        ..Violation::new(
            at_module(module).to(&imported_name(import)),
            message,
            Label::new(import.file().id(), import.spec().path_span, "imported here"),
        )
    }
}

fn missing(module: Module<'_>, residual: &Residual, missing: &ModuleVersion, indirect: bool) -> Violation {
    let ModuleVersion { path, version } = missing;
    let message = if indirect {
        format!("`{path}` must be required at {version}, although only dependencies need it")
    } else {
        format!("`{path}` is imported but not required")
    };
    let subject = at_module(module).to(&module_name(module.model(), path.as_str()));
    Violation {
        about: Some(path.to_string()),
        evidence: evidence(residual),
        fix: Some(requirement(module, path.as_str(), Some((version.as_str(), indirect)), residual)),
        ..Violation::new(subject, message, module_label(module, "not required here"))
    }
}

fn low(module: Module<'_>, residual: &Residual, at: usize, selected: &ModuleVersion) -> Violation {
    let line = line(module, at);
    let ModuleVersion { path, version } = selected;
    let message = format!("`{path}` is required at {}, but {version} is selected", line.version.value);
    Violation {
        evidence: evidence(residual),
        fix: Some(requirement(module, path.as_str(), Some((version.as_str(), line.indirect)), residual)),
        ..about_line(module, at, message, "another requirement needs a higher version")
    }
}

fn low_go(module: Module<'_>, residual: &Residual, needed: &str) -> Option<Violation> {
    let go = module.go_mod().go.as_ref()?;
    let message = format!("`go {}` is too low: a dependency needs {needed}", go.value);
    Some(Violation {
        evidence: evidence(residual),
        fix: Some(Fix {
            message: format!("go {needed}").into(),
            file: module.file(),
            change: Change::Go(needed.to_owned()),
            applicability: Applicability::Safe,
        }),
        ..Violation::new(
            at_module(module).to(&IdentityName::word("go")),
            message,
            Label::new(module.file(), go.span, ""),
        )
    })
}

const PAGE: &str = r#"

## What it does

Finds imports of packages that no requirement can have: none has a path that is the package's or a prefix of it. With the module
cache it finds all requirements that `go mod tidy` would add or raise, those on `// indirect` lines too, and a `go` line that is
below a dependency's.

Imports of the module's own packages that are not there are passed over, since those are often generated; so are packages that
another module of the workspace has.

## Why it matters

The module does not build for somebody who has no go.work and no cache, or go.mod changes with the first command that somebody
runs.

## Example

```txtar
-- go.mod --
module example.com/shop // undecided require-missing

go 1.24

require example.com/pay v1.2.0
-- shop.go --
package shop

import (
	_ "example.com/pay"
	_ "example.com/payments" // finds require-missing
)
-- modwarden.toml --
[severity]
require-missing = "error"
```

## Options

None.

## Evidence

`source`: that no requirement has a package. `module-cache`: which requirements are needed, and at which versions.

## How to fix

`modwarden fix` adds requirements that the module cache proves. For a package that no module in it provides, run
`go get PACKAGE`.
"#;
