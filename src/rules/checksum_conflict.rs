//! `checksum-conflict`: one module version has two checksums.

use super::identity::version_name;
use super::{Binder, Context, NoOptions, Rule};
use crate::finding::{Evidence, Family, IdentitySubject, Label, RuleMeta, Severity, Violation};
use crate::model::{CachedSum, EarlierSum, OtherSum, SumConflict, SumConflictFacts, SumPlace};
use crate::syntax::SumContent;
use crate::text::RepoPath;

/// Finds checksums that contradict each other.
#[derive(Debug)]
pub(crate) struct ChecksumConflict;

impl Rule for ChecksumConflict {
    const META: RuleMeta = RuleMeta {
        id: "checksum-conflict",
        family: Family::Integrity,
        summary: "One module version has two checksums.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = SumConflictFacts<'m>;

    type Options = NoOptions;

    fn new(_: NoOptions, _: &mut Binder<'_>) -> Self {
        Self
    }

    fn check(&self, cx: &Context<'_, SumConflictFacts<'_>>) -> Vec<Violation> {
        let conflicts = cx.facts().conflicts().iter();
        conflicts.filter_map(|conflict| violation(cx.plain(), conflict)).collect()
    }
}

/// The violation for a conflict; `None` where neither of its lines is in scope.
fn violation(cx: Context<'_>, conflict: &SumConflict) -> Option<Violation> {
    let SumConflict { line, other, .. } = conflict;
    let found = match other {
        OtherSum::Line(first) if cx.covers_sums(line.file) => in_one_state(cx, conflict, line, first),
        OtherSum::Line(first) => in_one_state(cx, conflict, first, line),
        OtherSum::Before(earlier) => changed(cx, conflict, earlier),
        OtherSum::Cache(cached) => unlike_cache(cx, conflict, cached),
    };
    cx.covers_sums(found.primary.file).then_some(found)
}

/// Two lines of one state.
fn in_one_state(cx: Context<'_>, conflict: &SumConflict, at: &SumPlace, other: &SumPlace) -> Violation {
    let message = format!("{} has two checksums", subject_of(conflict));
    let place = if at.file == other.file { String::new() } else { format!(" in {}", cx.path(other.file)) };
    Violation {
        related: vec![Label::new(other.file, other.span, "the other checksum")],
        help: Some(format!("the other checksum{place} is `{}`\n{}", other.hash, regenerate_sums(cx.path(at.file)))),
        ..about(cx, conflict, "two checksums", message, Label::new(at.file, at.span, "one checksum"))
    }
}

/// A line that says something else than an earlier state.
fn changed(cx: Context<'_>, conflict: &SumConflict, earlier: &EarlierSum) -> Violation {
    let EarlierSum { state, list, hash } = earlier;
    let message = format!("{} has a different checksum than in {state}", subject_of(conflict));
    let line = &conflict.line;
    Violation {
        help: Some(format!("in {state}, {list} has `{hash}`\n{}", regenerate_sums(cx.path(line.file)))),
        ..about(cx, conflict, "changed", message, Label::new(line.file, line.span, "changed"))
    }
}

/// A line that says something else than the module cache.
fn unlike_cache(cx: Context<'_>, conflict: &SumConflict, cached: &CachedSum) -> Violation {
    let subject = subject_of(conflict);
    let (message, has) = match cached {
        CachedSum::Noted(hash) | CachedSum::GoMod(hash) => {
            (format!("{subject} has a different checksum in the module cache"), Some(hash))
        }
        CachedSum::Files(hash) => {
            (format!("the files of {subject} in the module cache have a different checksum"), hash.as_ref())
        }
    };
    let has = has.map(|hash| format!("the module cache has `{hash}`\n")).unwrap_or_default();
    let line = &conflict.line;
    Violation {
        help: Some(format!("{has}{}", regenerate_sums(cx.path(line.file)))),
        evidence: Evidence::ModuleCache,
        ..about(cx, conflict, "module cache", message, Label::new(line.file, line.span, ""))
    }
}

fn about(
    cx: Context<'_>,
    SumConflict { module, version, content, .. }: &SumConflict,
    kind: &str,
    message: String,
    at: Label,
) -> Violation {
    let version = format!("{version}{}", content.suffix());
    let subject = IdentitySubject::of(&version_name(cx.model(), module, Some(&version))).fault(kind);
    Violation { about: Some(module.to_string()), ..Violation::new(subject, message, at) }
}

/// The names of the module or go.mod that has two checksums.
fn subject_of(SumConflict { module, version, content, .. }: &SumConflict) -> String {
    match content {
        SumContent::Zip => format!("`{module}` {version}"),
        SumContent::GoMod => format!("the go.mod of `{module}` {version}"),
    }
}

/// How to find out which checksums are right. Neither go.sum nor the module cache is touched: both may be the only
/// evidence of the cause, and a checksum that is removed in place is simply believed the next time.
pub(crate) fn regenerate_sums(list: &RepoPath) -> String {
    let name = String::from_utf8_lossy(list.file_name()).into_owned();
    let command = match name.as_str() {
        "go.work.sum" => "go mod download".to_owned(),
        "go.sum" => "go mod tidy".to_owned(),
        other => format!("go mod tidy -modfile={}.mod", quoted(other.trim_end_matches(".sum"))),
    };
    let dir = list.parent().filter(|dir| !dir.is_root());
    let dir = dir.map(|dir| format!("/{}", quoted(&dir.to_string()))).unwrap_or_default();
    let name = quoted(&name);
    format!(
        "leave {name} and the module cache as they are; regenerate the checksums in a scratch work tree with an empty module \
         cache, and compare:\n\
         scratch=$(mktemp -d) && git worktree add --detach \"$scratch\" && cd \"$scratch\"{dir} &&\n\
         : > {name} && GOFLAGS=-modcacherw GOMODCACHE=$(mktemp -d) {command}; git diff -- {name}"
    )
}

/// How to compare a module in the module cache with the published one, without touching the module cache.
pub(crate) fn download_apart(module: &str) -> String {
    format!(
        "leave the module cache as it is; download the module into an empty one, and compare the checksums: \
         `cd \"$(mktemp -d)\" && GOFLAGS=-modcacherw GOMODCACHE=$PWD go mod download -json {}`",
        quoted(module)
    )
}

/// A name as a word of a shell's command line.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if name.chars().all(is_plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

const PAGE: &str = r#"
## What it does

Finds module versions with two checksums, for the whole module and for its go.mod separately:

- **in one state**: two lines of go.sum and go.work.sum files disagree. All of the repository are compared with each other,
  also those of different modules, and `vendor.sum` if the policy names `vendor.mod`;
- **in two states**: with `--range` and `--new-from`, a line has another checksum than the base; with `--each-commit`, than any
  commit of the range or before it. A line that is removed is no conflict; one that is removed in a commit and comes back in another with
  another checksum is;
- **in the module cache**: the checksum that the go command noted when it downloaded the module, or that of the cached go.mod, is
  not in go.sum. Where another rule reads all files of a module, their real checksum is compared as well.

Like the go command, the rule skips checksums that do not begin with `h1:`, and that of an empty go.mod. A malformed line is reported by
`syntax-invalid`.

## Why it matters

A version never changes once it is published, so at least one of the two is wrong: somebody moved a tag, a proxy served something
else, or somebody edited go.sum so that other code passes. The go command compares only modules that it downloads or builds with the go.sum
of the main module, and asks the checksum database only about missing lines. So a changed line is trusted wherever the
module cache agrees with it.

## Example

```txtar
-- go.mod --
module example.com/shop

go 1.24

require example.com/pay v1.2.0
-- go.sum --
example.com/pay v1.2.0 h1:uPqOTs1CJCzzvmFKYMjJmq5qL3QPbjYTAjm7xG3ZBzo=
example.com/pay v1.2.0/go.mod h1:nX8wgkPfqHOpYQeFmQbGYsdwLqpi0Sj+1VzKJGbRNJ0=
-- tools/go.mod --
module example.com/shop/tools

go 1.24

require example.com/pay v1.2.0
-- tools/go.sum --
example.com/pay v1.2.0 h1:Xxqu9kXkfMBhDkEGUGgDrwTSxVK3rJdGQ1XxQjgQ3cE=
^ finds checksum-conflict
example.com/pay v1.2.0/go.mod h1:nX8wgkPfqHOpYQeFmQbGYsdwLqpi0Sj+1VzKJGbRNJ0=
-- modwarden.toml --
[severity]
checksum-conflict = "error"
```

## Options

None.

## Evidence

`source` for go.sum files, `module-cache` for the checksums in the module cache. `--since` and `inspect history` do not
read checksums; `--each-commit` names the commit that makes each conflict.

## How to fix

Find out which checksum is right. Do not remove lines from go.sum, and do not empty the module cache: the go command would
trust the next download. Regenerate the checksums in a scratch work tree, with an empty module cache, and compare:

```sh
scratch=$(mktemp -d) && git worktree add --detach "$scratch" && cd "$scratch" &&
: > go.sum && GOFLAGS=-modcacherw GOMODCACHE=$(mktemp -d) go mod tidy; git diff -- go.sum
```

For go.work.sum, empty that and run `go mod download` instead of `go mod tidy`. The checksum database confirms the downloads, unless
`GONOSUMDB`, `GOPRIVATE` or `GOSUMDB=off` leave the module out. If the regenerated line is the old one, restore it and ask who
changed it. If it is the new one, the author published the version twice: read the differences before you accept it, or require another version.
`git worktree remove --force "$scratch"` removes the scratch work tree.
"#;
