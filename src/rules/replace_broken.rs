//! `replace-broken`: a replacement leads to nothing, or to something else.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::identity::{at_holder, replaced_name, replacing_name};
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::go::{ModulePath, Version};
use crate::model::{Directory, GraphFacts, ModuleFile, Replacement, UsedPlace};
use crate::text::RepoPath;

/// Finds replacements that cannot work, or that lead to another module than they name.
#[derive(Debug)]
pub(crate) struct ReplaceBroken {
    declares: Declares,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplaceBrokenOptions {
    /// Which path the go.mod of a directory may declare.
    declares: Declares,
}

/// Which path the go.mod of a directory may declare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Declares {
    /// The one that it takes the place of.
    #[default]
    Same,
    /// Any.
    Any,
}

impl Rule for ReplaceBroken {
    const META: RuleMeta = RuleMeta {
        id: "replace-broken",
        family: Family::Replace,
        summary: "A `replace` line points to a missing or wrong module.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = GraphFacts<'m>;

    type Options = ReplaceBrokenOptions;

    fn new(options: ReplaceBrokenOptions, _: &mut Binder<'_>) -> Self {
        Self { declares: options.declares }
    }

    fn check<'m>(&self, cx: &Context<'m, GraphFacts<'m>>) -> Vec<Violation> {
        let lines: Vec<Replacement<'m>> = cx.replacements().collect();
        let circles = circles(&lines);
        // A line that picks a version of the same module leads nowhere else.
        let goes_round = |at: usize, line: Replacement<'m>| {
            circles.contains(&at) && line.new_module().is_some_and(|(path, _)| path != line.old())
        };
        let judge = |(at, &line): (usize, &Replacement<'m>)| {
            let fault = self.fault(*cx, line).or_else(|| goes_round(at, line).then(|| leads_back(line)))?;
            Some(violation(cx.plain(), line, fault))
        };
        lines.iter().enumerate().filter_map(judge).collect()
    }
}

/// The fault of a line, and its remedy.
struct BrokenLine {
    message: String,
    help: String,
}

impl BrokenLine {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl ReplaceBroken {
    fn fault<'m>(&self, cx: Context<'m, GraphFacts<'m>>, line: Replacement<'m>) -> Option<BrokenLine> {
        if let Some((path, version)) = line.new_module() {
            return impossible(path, version).or_else(|| misnamed(cx.facts(), line, path));
        }
        match line.place()? {
            UsedPlace::Absolute => {
                Some(BrokenLine::new("is an absolute path, which is not the same on other machines", KEEP_OUT))
            }
            UsedPlace::Outside => {
                Some(BrokenLine::new("is outside the repository, so others cannot build the same code", KEEP_OUT))
            }
            UsedPlace::Inside(dir) => match cx.directory(&dir) {
                Directory::Module(file) => self.of_file(line, file),
                Directory::NoModule => Some(missing(&dir)),
                Directory::Hidden => None,
            },
        }
    }

    fn of_file(&self, line: Replacement<'_>, file: ModuleFile<'_>) -> Option<BrokenLine> {
        if let Some(error) = file.errors().first().filter(|_| !file.is_main()) {
            let message = format!("has a go.mod that does not parse: {}", error.message);
            return Some(BrokenLine::new(message, "correct that go.mod"));
        }
        let declared = file.path().filter(|path| *path != line.old())?;
        (self.declares == Declares::Same).then(|| {
            let message = format!("declares `{declared}`, which the go command accepts for a directory");
            let help = format!("write `module {}` in that go.mod, or allow this with `declares = \"any\"`", line.old());
            BrokenLine::new(message, help)
        })
    }
}

const KEEP_OUT: &str = "replace by a directory of this repository or by a version of a module";

fn missing(dir: &RepoPath) -> BrokenLine {
    let file = dir.join("go.mod");
    let message = format!("has no go.mod: `{file}` does not exist, and the go command fails when it needs the module");
    BrokenLine::new(message, "correct the directory, or remove the line")
}

/// A module version whose go.mod declares a path that is neither its own nor the one that it takes the place of.
fn misnamed<'m>(facts: GraphFacts<'m>, line: Replacement<'m>, own: &ModulePath) -> Option<BrokenLine> {
    let declared = line.declared(facts).filter(|declared| *declared != own && *declared != line.old())?;
    let message = format!("declares its path as `{declared}`, and the go command refuses that");
    let help = format!("replace `{declared}` instead, or use a version that declares `{}`", line.old());
    Some(BrokenLine::new(message, help))
}

/// A module version that no module can have, or that no proxy can serve.
fn impossible(path: &ModulePath, version: &Version) -> Option<BrokenLine> {
    const HELP: &str = "name a version that the module has";
    if let Err(error) = path.check() {
        return Some(BrokenLine::new(format!("cannot be fetched: {error}"), "name a module path that can be fetched"));
    }
    let (_, major) = path.split_version()?;
    if let Err(error) = version.check_path_major(major) {
        return Some(BrokenLine::new(format!("is invalid: {error}"), HELP));
    }
    version
        .impossible(major)
        .map(|reason| BrokenLine::new(format!("is invalid: version \"{version}\" invalid: {reason}"), HELP))
}

/// The places of the lines that are in a circle: each puts a module in place that the next line of the same file
/// replaces, and the last leads to the first.
fn circles(lines: &[Replacement<'_>]) -> HashSet<usize> {
    let mut by_left: HashMap<_, usize> = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        by_left.entry((line.file(), line.old(), line.old_version())).or_insert(at);
    }
    let next = |at: usize| {
        let (path, version) = lines[at].new_module()?;
        let replacing = |version| by_left.get(&(lines[at].file(), path, version)).copied();
        replacing(Some(version)).or_else(|| replacing(None))
    };
    let mut circles = HashSet::new();
    let mut seen_from: Vec<Option<usize>> = vec![None; lines.len()];
    for start in 0..lines.len() {
        let mut at = Some(start);
        while let Some(place) = at.filter(|&place| seen_from[place].is_none()) {
            seen_from[place] = Some(start);
            at = next(place);
        }
        // Only a walk that meets itself has gone round; others end, or go on where an earlier one went.
        at = at.filter(|&place| seen_from[place] == Some(start));
        while let Some(place) = at.filter(|&place| circles.insert(place)) {
            at = next(place);
        }
    }
    circles
}

/// The go command follows only one replacement, so it does not loop, and the lines do not have the effect that they
/// seem to have.
fn leads_back(line: Replacement<'_>) -> BrokenLine {
    let message = format!("leads back to `{}`; the go command follows only one replacement", line.old());
    BrokenLine::new(message, "remove one of the lines")
}

fn violation(cx: Context<'_>, line: Replacement<'_>, fault: BrokenLine) -> Violation {
    let BrokenLine { message, help } = fault;
    let replaced = match line.old_version() {
        Some(version) => format!("`{}` {version}", line.old()),
        None => format!("`{}`", line.old()),
    };
    Violation {
        help: Some(help),
        about: Some(line.old().to_string()),
        ..Violation::new(
            at_holder(line).to(&replaced_name(cx.model(), line)).to(&replacing_name(cx.model(), line)),
            format!("the replacement of {replaced}, `{line}`, {message}"),
            Label::new(line.file(), line.new_span(), "replaced by this"),
        )
    }
}

const PAGE: &str = r#"
## What it does

Checks the right side of `=>`, in go.mod and go.work. A directory must be in the repository, also one
that the go command skips otherwise, and must have a valid go.mod that declares the replaced path. A module
must be one that can be fetched, at a version that it can have, and its go.mod must declare its own path or the one that is
replaced.

The pack `recommended` has it as a warning.

## Why it matters

The go command looks at a replacement only where it needs the module. A line that leads to nothing fails for the next
person who requires the module; one that leads out of the repository, or to a directory of one machine, works for its author only.

A directory may declare another path: the go command accepts that, but code that imports the packages by that path gets
another copy of them.

## Example

```txtar
-- modwarden.toml --
[severity]
replace-broken = "error"
-- go.mod --
module example.com/shop

go 1.24

replace example.com/a => ./a

replace example.com/b => ./b // finds replace-broken

replace example.com/c => ../c // finds replace-broken

replace example.com/d => ./a // finds replace-broken

replace example.com/e => example.com/e/v2 v2.0.0+incompatible // finds replace-broken
-- a/go.mod --
module example.com/a

go 1.24
-- b/b.go --
package b
```

## Options

- `declares`: `same` (default), or `any` where the go.mod of a directory may declare another path than the replaced one.

## Evidence

`source`: the repository's own files. Directories in a submodule, or that could not be read, are not checked. The declared path of a module
is read from the module cache, if it has the go.mod.

## How to fix

Correct the right side, or remove the line. `go mod edit -dropreplace` does.
"#;
