//! Shared by the rules about requirements and checksums: the place, the evidence and the fix.

use super::identity::{at_module, module_name, version_name};
use super::{Context, context};
use crate::finding::{Applicability, Change, Evidence, Fix, IdentityName, Label, Violation};
use crate::model::{Module, Residual, ResidueFacts};
use crate::syntax::{Require, SumContent};

/// The lines that are unused, missing or marked wrongly in the modules in scope.
pub(super) fn residue<'m>(cx: Context<'m, ResidueFacts<'m>>) -> impl Iterator<Item = (Module<'m>, &'m Residual)> {
    cx.modules().flat_map(move |module| module.residue(cx.facts()).iter().map(move |residual| (module, residual)))
}

/// The evidence of a statement.
pub(super) fn evidence(residual: &Residual) -> Evidence {
    context::evidence(residual.basis)
}

/// A `require` line by its place.
pub(super) fn line(module: Module<'_>, at: usize) -> &Require {
    &module.go_mod().require[at]
}

/// The violation about a `require` line.
pub(super) fn about_line(module: Module<'_>, at: usize, message: String, label: &str) -> Violation {
    let line = line(module, at);
    let path = line.path.value.to_string();
    Violation {
        about: Some(path.clone()),
        ..Violation::new(
            at_module(module).to(&module_name(module.model(), &path)),
            message,
            Label::new(module.file(), line.line.span, label),
        )
    }
}

/// The change of a requirement: its version and whether it is indirect; `None` to remove it.
pub(super) fn requirement(module: Module<'_>, path: &str, to: Option<(&str, bool)>, residual: &Residual) -> Fix {
    let message = match to {
        Some((version, false)) => format!("require {path} {version}"),
        Some((version, true)) => format!("require {path} {version} // indirect"),
        None => format!("remove the requirement on {path}"),
    };
    let to = to.map(|(version, indirect)| (version.to_owned(), indirect));
    Fix {
        message: message.into(),
        file: module.file(),
        change: Change::Require { path: path.to_owned(), to },
        applicability: applicability(residual),
    }
}

/// The violation about a line that nothing needs. It is certain if all sources could be read.
pub(super) fn unused(module: Module<'_>, residual: &Residual, at: usize) -> Violation {
    let line = line(module, at);
    let (path, own) = (&line.path.value, module.path());
    let (message, label, help) = match residual.is_exact {
        true => (
            format!("`{path}` is required, but nothing needs it"),
            "it provides no package, and no version depends on it",
            None,
        ),
        false => (
            format!("`{path}` is required, but no package or test of `{own}` imports it"),
            "not imported in any build",
            Some(
                "run `go mod tidy`, which removes the line, or marks it `// indirect` if a dependency needs it; after `go mod download` \
                 modwarden knows which",
            ),
        ),
    };
    Violation {
        help: help.map(str::to_owned),
        evidence: evidence(residual),
        fix: Some(requirement(module, path.as_str(), None, residual)),
        ..about_line(module, at, message, label)
    }
}

/// A line of go.sum: the module, the version, and whether it is the checksum of the go.mod alone.
pub(super) fn sum_name(module: Module<'_>, path: &str, version: &str, content: SumContent) -> IdentityName {
    let version = format!("{version}{}", content.suffix());
    version_name(module.model(), path, Some(&version))
}

/// Whether a change that rests on this is certain.
pub(super) fn applicability(residual: &Residual) -> Applicability {
    if residual.is_exact { Applicability::Safe } else { Applicability::Unsafe }
}

/// A place for a line that is missing in a module file.
pub(super) fn module_label(module: Module<'_>, message: &str) -> Label {
    let span = module.go_mod().module.as_ref().map(|line| line.line.span).unwrap_or_default();
    Label::new(module.file(), span, message)
}
