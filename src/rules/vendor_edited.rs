//! `vendor-edited`: a vendored file is not what its module's version says.

use std::collections::HashMap;

use super::{Binder, Context, Locality, Need, NoOptions, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{EditKind, Proof, Vendor, VendorEdit};
use crate::text::{FileId, RepoPath, Span};

/// Finds vendored files that somebody edited, added or removed.
#[derive(Debug)]
pub struct VendorEdited;

impl Rule for VendorEdited {
    const META: RuleMeta = RuleMeta {
        id: "vendor-edited",
        family: Family::Vendor,
        summary: "A vendored file is not what its module's version says.",
        severity: Severity::Error,
        evidence: Evidence::Vendor,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const LOCALITY: Locality = Locality::Pair;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::VendorDirs, Need::VendorEdits]
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let found = cx.vendors().flat_map(|vendor| {
            let lines = if vendor.edits().any(|edit| edit.file.is_none()) { vendor.lines() } else { HashMap::new() };
            vendor.edits().filter_map(move |edit| violation(*cx, (vendor, &lines), edit)).collect::<Vec<_>>()
        });
        found.filter(|violation| cx.covers(violation.primary.file)).collect()
    }
}

/// The lines that list packages, by directory.
type Lines = HashMap<RepoPath, (FileId, Span)>;

fn violation(cx: Context<'_>, (vendor, lines): (Vendor<'_>, &Lines), edit: &VendorEdit) -> Option<Violation> {
    let VendorEdit { path, file, module, proof, hunk, .. } = edit;
    // What is not there is told where its package is listed.
    let line = || path.parent().and_then(|dir| lines.get(&dir).copied());
    let manifest = || Some((vendor.manifest()?.file, Span::at(0)));
    let (file, span) = file.map(|file| (file, Span::at(0))).or_else(line).or_else(manifest)?;
    let hunk = hunk.as_ref().map(|hunk| format!("\n{hunk}")).unwrap_or_default();
    let command = vendor.command();
    let help = match proof {
        Proof::Before(state) => format!(
            "one of the two is not the module's: `{command}` restores it, and the module cache tells which; what must stay \
             belongs in a fork that a `replace` line names\nsince {state}:{hunk}"
        ),
        Proof::Module => format!(
            "`{command}` undoes it; what must stay belongs in a fork that a `replace` line names\nfrom the module in the module \
             cache:{hunk}"
        ),
        Proof::Directory(place) => format!("`{command}` copies `{place}`, from which it differs:{hunk}"),
    };
    let below = path.strip_dir(vendor.dir()).map(|below| String::from_utf8_lossy(below).into_owned())?;
    let subject = format!("{} -> {below} [{}]", cx.vendor_name(vendor), kind(edit));
    Some(Violation {
        help: Some(help),
        evidence: match proof {
            Proof::Before(_) | Proof::Directory(_) => Evidence::Vendor,
            Proof::Module => Evidence::ModuleCache,
        },
        about: Some(module.split('@').next().unwrap_or(module).to_owned()),
        ..Violation::new(subject, message(edit), Label::new(file, span, ""))
    })
}

/// What became of the file, in a word.
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
        (Proof::Before(_), EditKind::Changed) => format!("`{path}` changed, and the version of `{module}` did not"),
        (Proof::Before(_), EditKind::Added) => format!("`{path}` was added, and the version of `{module}` is the same"),
        (Proof::Before(_), EditKind::Removed) => {
            format!("`{path}` was removed, and the version of `{module}` is the same")
        }
        (_, EditKind::Changed) => format!("`{path}` is not what `{module}` has"),
        (_, EditKind::Added) => format!("`{path}` is not in `{module}`"),
        (_, EditKind::Removed) => format!("`{path}` is missing, and `{module}` has it"),
    }
}

const PAGE: &str = r#"
## What it does

Finds vendored files that somebody edited, added or removed by hand. Two things show it, and neither needs the other:

- **two states**: with `--range`, `--new-from` or `--each-commit`, a file that changed, came or went while
  `vendor/modules.txt` has its module at the same version and with the same replacement. What is copied from a directory of the
  repository follows that directory. Packages that are newly vendored, or no longer, may come and go, and so may licenses and embedded files;
- **the module cache**: a file that differs from the module's own, that the module does not have, or that is missing from a package and
  takes part in builds. The copy in the cache is believed only if it has the hash that go.sum states.

Each finding shows the first lines that differ. Where neither is at hand, the run says that edits were not looked for.

## Why it matters

The go command compares neither: edited code builds without a word, and the next `go mod vendor` reverts it. A backdoor in a
vendored file hides among thousands of lines that nobody reads.

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

`vendor` for what two states show, `module-cache` for what the modules themselves show. Along the history (`--since`, `inspect
history`) nothing is said of edits; `--each-commit` names the commit that makes each.

## How to fix

`go mod vendor` restores the files. A change that must stay belongs into a fork: `replace` the module by it, and vendor that.
"#;
