//! `replace-missing`: a module of the repository is required at a version that nobody can download, and not replaced.

use super::identity::{at_module, module_name};
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::go::Version;
use crate::model::{Module, Requirement};
use crate::text::RepoPath;

/// Finds requirements of modules of the repository at placeholder versions that nothing replaces.
#[derive(Debug)]
pub(crate) struct ReplaceMissing;

impl Rule for ReplaceMissing {
    const META: RuleMeta = RuleMeta {
        id: "replace-missing",
        family: Family::Replace,
        summary: "A module of this repository is required at a version that does not exist.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = ();

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let own = cx.modules_by_path();
        let mut found = Vec::new();
        for module in cx.modules() {
            let is_open = |it: &Requirement<'_>| is_placeholder(it.version()) && own.contains_key(it.path());
            for requirement in module.never_downloaded(module.requirements().filter(is_open).collect()) {
                found.extend(own.get(requirement.path()).map(|target| missing(*cx, requirement, *target)));
            }
        }
        found
    }
}

/// Whether a version only stands for one: `v0.0.0`, or a pseudo-version without a time or without a commit, which nobody can
/// publish. Also `v0.0.0-` with a word, such as `v0.0.0-unpublished`.
fn is_placeholder(version: &Version) -> bool {
    let text = version.as_str();
    if text == "v0.0.0" {
        return true;
    }
    if version.is_pseudo() {
        let (before, commit) = text.rsplit_once('-').unwrap_or_default();
        let time = before.get(before.len().saturating_sub(14)..).unwrap_or_default();
        return matches!(time, "00010101000000" | "00000000000000") || commit.bytes().all(|byte| byte == b'0');
    }
    text.starts_with("v0.0.0-")
}

fn missing(cx: Context<'_>, requirement: Requirement<'_>, target: Module<'_>) -> Violation {
    let (module, path, version) = (requirement.module(), requirement.path(), requirement.version());
    let dir = relative(module.dir(), target.dir());
    let message = format!(
        "`{path}` is required at {version}, which does not exist: it is the module in `{}`, and nothing replaces it",
        cx.path(target.file()).parent().map(|dir| dir.to_string()).unwrap_or_default()
    );
    let help = match dir {
        Some(dir) => format!(
            "add `replace {path} => {dir}`, require a version that is published, or use both modules in a go.work"
        ),
        None => "require a version that is published, or use both modules in a go.work".to_owned(),
    };
    Violation {
        help: Some(help),
        about: Some(path.to_string()),
        ..Violation::new(
            at_module(module).to(&module_name(cx.model(), path.as_str())),
            message,
            Label::new(module.file(), requirement.line().version.span, "no such version"),
        )
    }
}

/// The way from one directory to another, as a `replace` line has it; `None` where that cannot be written.
pub(super) fn relative(from: &RepoPath, to: &RepoPath) -> Option<String> {
    let parts = |dir: &RepoPath| -> Option<Vec<String>> {
        Some(dir.as_str()?.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect())
    };
    let (from, to) = (parts(from)?, parts(to)?);
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = vec!["..".to_owned(); from.len() - common];
    let steps = [up, to[common..].to_vec()].concat();
    let path = steps.join("/");
    Some(if path.starts_with("..") { path } else { format!("./{path}") })
}

const PAGE: &str = r#"
## What it does

Finds `require` lines for a module of this repository at a placeholder version, if no effective `replace` line names the
module's directory and no go.work joins the two modules. Such versions are `v0.0.0`, `v0.0.0-unpublished` or another word in
its place, and pseudo-versions without a time or a commit, such as `v0.0.0-00010101000000-000000000000`.

A version whose checksum is in go.sum exists and is not reported. Neither is a module that is built from a vendor directory which has
it.

## Why it matters

The go command looks for the version on the module proxy and fails. If only this line is copied to a new module and the `replace` line is
not, the fault shows only when that module is built alone.

## Example

```txtar
-- modwarden.toml --
[severity]
replace-missing = "error"
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/shop/api v0.0.0
	example.com/shop/tax v0.0.0-00010101000000-000000000000 // finds replace-missing
)

replace example.com/shop/api => ./api
-- api/go.mod --
module example.com/shop/api

go 1.24
-- tax/go.mod --
module example.com/shop/tax

go 1.24
```

## Options

None.

## Evidence

`source`: the repository's own files.

## How to fix

Add the `replace` line that the help names, require a version that is published, or use both modules in a go.work.
"#;
