//! `vendor-edited`: a vendored file differs from the file in its module at that version.

use std::collections::HashMap;

use super::identity::{at_vendor, module_name, vendored_name};
use super::{Binder, Context, NoOptions, Rule, download_apart, regenerate_sums};
use crate::finding::{Evidence, Family, IdentityName, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::go::GO_SUM;
use crate::model::{
    DoubtReason, EditKind, Proof, Vendor, VendorDoubt, VendorEdit, VendorEditFacts, VendorLanguage, Workspace,
};
use crate::text::{FileId, RepoPath, Span};

/// Finds vendored files that somebody edited, added or removed.
#[derive(Debug)]
pub(crate) struct VendorEdited;

impl Rule for VendorEdited {
    const META: RuleMeta = RuleMeta {
        id: "vendor-edited",
        family: Family::Vendor,
        summary: "A vendored file differs from the original file of the module.",
        severity: Severity::Error,
        evidence: Evidence::Vendor,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = VendorEditFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, VendorEditFacts<'_>>) -> Vec<Violation> {
        let (mut edits, mut languages) = (Vec::new(), Vec::new());
        for vendor in cx.vendors() {
            let has_lost_files = vendor.edits(cx.facts()).any(|edit| edit.file.is_none());
            let lines = if has_lost_files { vendor.lines() } else { HashMap::new() };
            for edit in vendor.edits(cx.facts()) {
                edits.extend(violation(cx.plain(), vendor, &lines, edit));
            }
            for found in vendor.languages(cx.facts()) {
                languages.push(language(cx.plain(), vendor, found));
            }
        }
        edits.append(&mut languages);
        edits.retain(|violation| cx.covers(violation.primary.file));
        edits
    }

    fn open_questions(&self, cx: &Context<'_, VendorEditFacts<'_>>) -> Vec<OpenQuestion> {
        let mut questions = Vec::new();
        for vendor in cx.vendors() {
            for doubt in vendor.doubts(cx.facts()) {
                questions.extend(question(cx.plain(), vendor, doubt));
            }
        }
        questions
    }
}

/// The question about a module; `None` where the list of its vendor directory is not in scope.
fn question(cx: Context<'_>, vendor: Vendor<'_>, doubt: &VendorDoubt) -> Option<OpenQuestion> {
    let VendorDoubt { path, source, example, reason, .. } = doubt;
    let manifest = vendor.manifest().filter(|manifest| cx.covers(manifest.file))?;
    let listed = manifest.parsed.tree.modules.iter().rev().find(|module| module.path.value == *path);
    let span = listed.map_or(Span::at(0), |module| module.span);
    let example = example.as_ref().map(|path| format!("; `{path}` changed")).unwrap_or_default();
    Some(OpenQuestion {
        module: path.to_string(),
        reason: cause(reason).to_owned(),
        details: Some(format!("`{source}`{}{example}", detail(reason))),
        remedy: Some(remedy(cx, vendor, doubt)),
        label: Label::new(manifest.file, span, ""),
    })
}

/// Why a module could not be compared, in words that are the same for all modules with this reason.
fn cause(reason: &DoubtReason) -> &'static str {
    match reason {
        DoubtReason::NoChecksum => "go.sum has no checksum for vendored modules that must be compared",
        DoubtReason::TwoChecksums => "go.sum has two checksums of vendored modules",
        DoubtReason::OtherChecksum(_) => "the checksums of vendored modules differ from those of an earlier state",
        DoubtReason::NotCached => "vendored modules changed that are not in the module cache",
        DoubtReason::NotProved(_) => "vendored modules in the module cache cannot be trusted",
        DoubtReason::Outside => "vendored files changed that were copied from a directory outside the repository",
        DoubtReason::NoList(_) => "vendored files changed since a state that has no vendor/modules.txt",
    }
}

/// The details about one module.
fn detail(reason: &DoubtReason) -> String {
    match reason {
        DoubtReason::OtherChecksum(state) | DoubtReason::NoList(state) => format!(" since {state}"),
        DoubtReason::NotProved(why) => format!(": {why}"),
        _ => String::new(),
    }
}

/// The action after which the rule can decide.
fn remedy(cx: Context<'_>, vendor: Vendor<'_>, VendorDoubt { source, reason, .. }: &VendorDoubt) -> String {
    let module = || vendor.mains().into_iter().next();
    let sums = || {
        let list = vendor.workspace().and_then(Workspace::sums).or_else(|| module()?.sums());
        let beside = cx.path(vendor.holder_file()).parent().unwrap_or_else(RepoPath::root).join(GO_SUM);
        list.map_or(beside, |list| list.path.clone())
    };
    match reason {
        DoubtReason::NoChecksum => format!("run `go mod download {source}`, which adds the checksum to go.sum"),
        DoubtReason::TwoChecksums | DoubtReason::OtherChecksum(_) => regenerate_sums(&sums()),
        DoubtReason::NotCached => format!("run `go mod download {source}`"),
        DoubtReason::NotProved(_) => download_apart(source),
        DoubtReason::Outside => {
            format!(
                "move `{source}` into the repository, or require a version of the module and run `{}`",
                vendor.command()
            )
        }
        DoubtReason::NoList(_) => "run `go mod download`, so that the modules themselves can be compared".to_owned(),
    }
}

/// A module with another language version than its own.
fn language(cx: Context<'_>, vendor: Vendor<'_>, found: &VendorLanguage) -> Violation {
    let VendorLanguage { path, module, file, span, stated, expected, proof, .. } = found;
    let said = |version: &Option<Box<str>>| match version {
        Some(version) => version.to_string(),
        None => "none".to_owned(),
    };
    let (stated, expected) = (said(stated), said(expected));
    let (kind, message) = match proof {
        Proof::Before(state) => {
            let message = format!(
                "the Go version of `{module}` in modules.txt changed from {expected} in {state} to {stated}, but the module version did \
                 not"
            );
            ("changed", message)
        }
        Proof::Module => {
            ("other", format!("the Go version of `{module}` in modules.txt is {stated}, but its go.mod has {expected}"))
        }
        Proof::Directory(place) => {
            ("other", format!("the Go version of `{module}` in modules.txt is {stated}, but {place} has {expected}"))
        }
    };
    Violation {
        help: Some(format!("run `{}`, which writes the version from the go.mod of the module", vendor.command())),
        evidence: match proof {
            Proof::Before(_) | Proof::Directory(_) => Evidence::Vendor,
            Proof::Module => Evidence::ModuleCache,
        },
        about: Some(path.to_string()),
        ..Violation::new(
            at_vendor(vendor).to(&module_name(cx.model(), path.as_str()).and(&IdentityName::word("go"))).fault(kind),
            message,
            Label::new(*file, *span, ""),
        )
    }
}

/// The lines that list packages, by directory.
type ListLines = HashMap<RepoPath, (FileId, Span)>;

fn violation(cx: Context<'_>, vendor: Vendor<'_>, lines: &ListLines, edit: &VendorEdit) -> Option<Violation> {
    let VendorEdit { path, file, module_path, proof, hunk, .. } = edit;
    // A file that is missing is reported where its package is listed.
    let line = || path.parent().and_then(|dir| lines.get(&dir).copied());
    let manifest = || Some((vendor.manifest()?.file, Span::at(0)));
    let (file, span) = file.map(|file| (file, Span::at(0))).or_else(line).or_else(manifest)?;
    let hunk = hunk.as_ref().map(|hunk| format!("\n{hunk}")).unwrap_or_default();
    let command = vendor.command();
    let help = match proof {
        Proof::Before(state) => format!(
            "one of the two versions was edited: run `{command}` to restore the original; to keep a change, put it in \
             a fork and replace the module by that\nchanged since {state}:{hunk}"
        ),
        Proof::Module => format!(
            "run `{command}` to undo the edit; to keep it, put it in a fork and replace the module by that\n\
             compared with the module in the module cache:{hunk}"
        ),
        Proof::Directory(place) => format!("run `{command}` to copy `{place}` again; the file differs from it:{hunk}"),
    };
    let name = vendored_name(cx.model(), module_path.as_str(), path.strip_dir(vendor.dir())?);
    let subject = at_vendor(vendor).to(&name).fault(kind(edit));
    Some(Violation {
        help: Some(help),
        evidence: match proof {
            Proof::Before(_) | Proof::Directory(_) => Evidence::Vendor,
            Proof::Module => Evidence::ModuleCache,
        },
        about: Some(module_path.to_string()),
        ..Violation::new(subject, message(edit), Label::new(file, span, ""))
    })
}

/// The change of the file, in one word.
fn kind(edit: &VendorEdit) -> &'static str {
    match (edit.kind, &edit.proof) {
        (EditKind::Changed, Proof::Before(_)) => "changed",
        (EditKind::Added, Proof::Before(_)) => "added",
        (EditKind::Removed, Proof::Before(_)) => "removed",
        (EditKind::Changed, _) => "other",
        (EditKind::Added, _) => "foreign",
        (EditKind::Removed, _) => "lacking",
    }
}

fn message(VendorEdit { path, kind, module, proof, .. }: &VendorEdit) -> String {
    match (proof, kind) {
        (Proof::Before(_), EditKind::Changed) => format!("`{path}` changed, but the version of `{module}` did not"),
        (Proof::Before(_), EditKind::Added) => format!("`{path}` was added, but the version of `{module}` is the same"),
        (Proof::Before(_), EditKind::Removed) => {
            format!("`{path}` was removed, but the version of `{module}` is the same")
        }
        (_, EditKind::Changed) => format!("`{path}` differs from the file in `{module}`"),
        (_, EditKind::Added) => format!("`{path}` is not in `{module}`"),
        (_, EditKind::Removed) => format!("`{path}` is missing, but `{module}` has it"),
    }
}

const PAGE: &str = r#"
## What it does

Finds vendored files that somebody edited, added or removed by hand, and modules that are compiled with another Go version than their
own. There are three kinds of evidence, and each is enough:

- **two states**: with `--range`, `--new-from` or `--each-commit`, a file that changed, came or went while its module is from the
  same source: the same version, or the same replacement. `replace M => M` with the same version is the same source. Packages that are
  newly vendored, or no longer, may be added or removed, and so may their licenses and embedded files. `go mod vendor` never copies a
  symbolic link, and a change of the file that it leads to is a change;
- **the module cache**: a file that differs from the module's own, that the module does not have, or that is missing from a package and
  takes part in builds. The copy in the cache is trusted only if it has the checksum that go.sum states, if that is the only one, and
  if no state that is compared has another;
- **a directory of the repository**: the vendored files of a module that a `replace` line takes from such a directory must be the same as
  `go mod vendor` would copy from there now. Each state is compared with the directory in the same state. So a changed directory
  must be vendored again, in the same commit.

In `vendor/modules.txt`, `## explicit; go 1.21` is the language version of vendored code, and the go command does not check it. The
rule compares it with the same three: it must not change while the source is the same, and it must be the one in the module's own go.mod, in the
module cache or in the directory that replaces the module.

Each finding shows the first lines that differ. Without any evidence, the run reports that edits were not looked for.

A new version, or a new replacement, explains that files change, if go.sum has its checksum. So an ordinary `go mod vendor` passes
without a module cache. The rule is *undecided*, and names the module, where files changed and the new source is in doubt:

- go.sum has no checksum of it, has two, or has another than the state before;
- the module cache has other vendored modules, but not this version: then it may be a version that does not exist. With a module cache that has
  none of them this is not asked, since a new version and a made-up one look the same there;
- it is a directory outside of the repository;
- the state before has the file, but no `modules.txt` that names its module.

It is undecided in one state, too, where the module cache has a vendored module and go.sum has no checksum of it, or another.

## Why it matters

The go command checks neither: edited code builds silently, and the next `go mod vendor` reverts it. A backdoor in a
vendored file hides among thousands of unread lines. Another language version changes the meaning of code without an edit: since
Go 1.22 each iteration of a loop has its own variables.

## Example

```txtar
-- before/go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0
-- before/vendor/modules.txt --
# example.com/pay v1.2.0
## explicit; go 1.20
example.com/pay
-- before/vendor/example.com/pay/pay.go --
package pay

const Rate = 19
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0
-- vendor/modules.txt --
# example.com/pay v1.2.0
## explicit; go 1.20
example.com/pay
-- vendor/example.com/pay/pay.go --
package pay // finds vendor-edited

const Rate = 7
-- modwarden.toml --
[severity]
vendor-edited = "error"
```

## Options

None.

## Evidence

`vendor` for two states or a directory of the repository, `module-cache` for the modules themselves. Walks of history (`--since`,
`inspect history`) do not report edits; `--each-commit` names the commit that makes each.

## How to fix

`go mod vendor` restores the files. To keep a change, make a fork, `replace` the module by it, and vendor that.
"#;
