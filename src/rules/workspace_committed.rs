//! `workspace-committed`: a go.work is in the repository that should not hold one.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, IdentitySubject, Label, RuleMeta, Severity, Violation};
use crate::model::Workspace;
use crate::text::{FileId, RepoPath, Span};

/// Finds go.work and go.work.sum files, for teams that keep them out of the repository.
#[derive(Debug)]
pub(crate) struct WorkspaceCommitted {
    allow: Vec<RepoPath>,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkspaceCommittedOptions {
    /// Directories that may hold a go.work, from the repository's root; `.` is the root.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Spanned<String>>,
}

impl Rule for WorkspaceCommitted {
    const META: RuleMeta = RuleMeta {
        id: "workspace-committed",
        family: Family::Workspace,
        summary: "A go.work file is committed.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = ();

    type Options = WorkspaceCommittedOptions;

    fn new(options: WorkspaceCommittedOptions, binder: &mut Binder<'_>) -> Self {
        Self { allow: binder.directories("allow", &options.allow) }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let counted = cx.workspaces().flat_map(files);
        let found = counted.chain(cx.left_out_workspaces()).filter(|(dir, _)| !self.allow.contains(dir));
        found.map(|(_, file)| violation(*cx, file)).collect()
    }
}

fn files(workspace: Workspace<'_>) -> impl Iterator<Item = (&RepoPath, FileId)> {
    let files = std::iter::once(workspace.file()).chain(workspace.sums().map(|sums| sums.file));
    files.map(move |file| (workspace.dir(), file))
}

fn violation(cx: Context<'_>, file: FileId) -> Violation {
    let path = cx.path(file).to_string();
    let message = format!("`{path}` is committed, so builds in its directory use the workspace");
    Violation {
        help: Some(format!("run `git rm --cached {path}`, and add the file to .gitignore")),
        ..Violation::new(IdentitySubject::at(cx.path(file)), message, Label::new(file, Span::at(0), "committed"))
    }
}

const PAGE: &str = r#"
## What it does

Finds a go.work, and the go.work.sum beside it, in a repository that should have none. Files that Git ignores are not found; `GOWORK=off`
makes no difference.

## Why it matters

A go.work is often one person's set of modules. Committed, it changes every build below it: versions come from the
union of its modules, their replacements count for each other, and `go test` passes here and fails for those who use
one of the modules.

## Example

```txtar
-- modwarden.toml --
[[workspace-committed]]
name   = "no-workspace"
allow  = ["tools"]
reason = "each module is built by itself"
-- go.work --
// finds workspace-committed/no-workspace
go 1.24

use .
-- tools/go.work --
go 1.24
-- go.mod --
module example.com/shop

go 1.24
```

## Options

- `allow`: directories that may hold a go.work, from the repository's root; `.` is the root.

## Evidence

`source`: the file is there.

## How to fix

Add it to .gitignore and remove it from the index; `GOWORK=off` builds without it until then.
"#;
