//! `replace-skewed`: modules of the repository that require the same module replace it differently.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::identity::{at_module, module_name};
use super::replace_missing::relative;
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::go::ModulePath;
use crate::model::{Module, Replacement, Requirement, UsedPlace, Workspace};
use crate::policy::ModulePatterns;
use crate::text::{FileId, RepoPath, Span};

/// Finds replacements that not all modules have which require the replaced one.
#[derive(Debug)]
pub(crate) struct ReplaceSkewed {
    except: ModulePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplaceSkewedOptions {
    /// Replaced modules that are not compared.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
}

impl Rule for ReplaceSkewed {
    const META: RuleMeta = RuleMeta {
        id: "replace-skewed",
        family: Family::Replace,
        summary: "Modules of the repository replace one dependency differently.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    const YIELDS_TO: &'static [&'static str] = &["replace-missing"];

    type Facts<'m> = ();

    type Options = ReplaceSkewedOptions;

    fn new(options: ReplaceSkewedOptions, binder: &mut Binder<'_>) -> Self {
        Self { except: binder.modules("except", &options.except) }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let clashing = clashing_lines(*cx);
        let mut found = Vec::new();
        for uses in self.uses(*cx) {
            let mut others = Vec::new();
            for it in &uses {
                match it.replacing_sibling(&uses) {
                    Some(sibling) => found.push(not_inherited(it, &sibling)),
                    None => others.push(it),
                }
            }
            let Some(common) = most_common(&others) else { continue };
            for it in others.iter().filter(|it| it.source != common.source && !it.is_in(&clashing)) {
                found.extend(differing(it, common, &others));
            }
        }
        found
    }
}

impl ReplaceSkewed {
    /// The requirements on each module that some module of the repository replaces.
    fn uses<'m>(&self, cx: Context<'m>) -> Vec<Vec<Use<'m>>> {
        let mut by_path: BTreeMap<&ModulePath, Vec<Requirement<'m>>> = BTreeMap::new();
        for module in cx.modules() {
            for line in module.requirements() {
                by_path.entry(line.path()).or_default().push(line);
            }
        }
        let replaced: HashSet<&ModulePath> =
            cx.modules().flat_map(Module::replacements).map(Replacement::old).collect();
        by_path.retain(|path, _| {
            replaced.contains(path) && self.except.find(&cx.module_named(path.as_str()), None).is_none()
        });
        by_path.into_values().map(|lines| lines.into_iter().map(Use::new).collect()).collect()
    }
}

/// A requirement, and where the required module comes from if its own module is the main one.
struct Use<'m> {
    requirement: Requirement<'m>,
    /// The line of the module itself.
    line: Option<Replacement<'m>>,
    source: ModuleSource,
}

/// Where a required module comes from.
#[derive(PartialEq, Eq, Hash)]
enum ModuleSource {
    /// From its own origin, at the version that is required.
    Required,
    /// From the right side of a line, or from a directory of the workspace.
    InPlace(String),
}

impl<'m> Use<'m> {
    fn new(requirement: Requirement<'m>) -> Self {
        let (path, version, module) = (requirement.path(), requirement.version(), requirement.module());
        let line = module.replacement_of(path, version);
        let of_workspace = || in_workspace(module.workspace()?, requirement);
        let source = line.map(Replacement::target).or_else(of_workspace);
        Self { requirement, line, source: source.map_or(ModuleSource::Required, ModuleSource::InPlace) }
    }

    /// For one that is not replaced: the module that this one builds from its directory, and that replaces the required
    /// module. Its line does not count here.
    fn replacing_sibling<'u>(&self, all: &'u [Self]) -> Option<ReplacedUse<'u, 'm>> {
        if self.source != ModuleSource::Required {
            return None;
        }
        let lines = self.requirement.module().replacements();
        let built: HashSet<RepoPath> = lines.filter_map(Replacement::directory).collect();
        for user in all.iter().filter(|it| built.contains(it.requirement.module().dir())) {
            if let Some(line) = user.line.filter(|line| line.covers(self.requirement.version())) {
                return Some(ReplacedUse { user, line });
            }
        }
        None
    }

    fn is_in(&self, clashing: &HashSet<(FileId, Span)>) -> bool {
        self.line.is_some_and(|line| clashing.contains(&(line.file(), line.line().line.span)))
    }

    fn module(&self) -> &'m ModulePath {
        self.requirement.module().path()
    }
}

/// The source of a required module by the lines of a workspace's own file, or by its members.
fn in_workspace(workspace: Workspace<'_>, requirement: Requirement<'_>) -> Option<String> {
    if let Some(line) = workspace.replacement_of(requirement.path(), requirement.version()) {
        return Some(line.target());
    }
    let member = workspace.modules().find(|member| member.path() == requirement.path())?;
    Some(UsedPlace::key(member.dir(), "."))
}

/// The lines that contradict another one of their workspace, which is `workspace-inconsistent`.
fn clashing_lines(cx: Context<'_>) -> HashSet<(FileId, Span)> {
    let mut lines = HashSet::new();
    for clash in cx.workspaces().flat_map(Workspace::clashes) {
        lines.extend([clash.first, clash.second].map(|line| (line.file(), line.line().line.span)));
    }
    lines
}

/// The first of the uses with the source that most have; of sources that equally many have, one that is replaced.
fn most_common<'u, 'm>(uses: &[&'u Use<'m>]) -> Option<&'u Use<'m>> {
    let mut counts: HashMap<&ModuleSource, usize> = HashMap::new();
    for it in uses {
        *counts.entry(&it.source).or_default() += 1;
    }
    let rank = |it: &Use<'m>| (counts[&it.source], it.source != ModuleSource::Required);
    uses.iter().copied().reduce(|best, next| if rank(next) > rank(best) { next } else { best })
}

/// The finding about a use with another source than the most common one, if the lines are about the same versions.
fn differing(it: &Use<'_>, common: &Use<'_>, all: &[&Use<'_>]) -> Option<Violation> {
    let Some(own) = it.line else {
        // A workspace decides.
        let is_required = it.source == ModuleSource::Required;
        let line = common.line.filter(|line| is_required && line.covers(it.requirement.version()))?;
        return Some(not_replaced(it, &ReplacedUse { user: common, line }));
    };
    if let Some(line) = common.line {
        return line
            .covers(it.requirement.version())
            .then(|| replaced_otherwise(it, own, &ReplacedUse { user: common, line }));
    }
    let mut same = all.iter().filter(|other| other.source == common.source);
    let other = same.find(|other| own.covers(other.requirement.version()))?;
    Some(replaced_alone(it, own, other))
}

/// A use that is replaced, and the line that does it.
struct ReplacedUse<'u, 'm> {
    user: &'u Use<'m>,
    line: Replacement<'m>,
}

/// The right side of a line, with directories from the root of the repository.
fn shown(line: Replacement<'_>) -> String {
    line.directory().map_or_else(|| line.to_string(), |dir| format!("{dir}/"))
}

/// The right side of a line, as the file of another module would have it.
fn written_in(module: Module<'_>, line: Replacement<'_>) -> String {
    let dir = line.directory().and_then(|dir| relative(module.dir(), &dir));
    dir.unwrap_or_else(|| line.to_string())
}

fn at_requirement(it: &Use<'_>, message: String) -> Violation {
    let label = Label::new(it.requirement.module().file(), it.requirement.line().version.span, "not replaced");
    about(it, message, label)
}

fn at_line(it: &Use<'_>, line: Replacement<'_>, message: String) -> Violation {
    about(it, message, Label::new(line.file(), line.line().line.span, "replaced here"))
}

fn about(it: &Use<'_>, message: String, primary: Label) -> Violation {
    let (module, path) = (it.requirement.module(), it.requirement.path());
    let subject = at_module(module).to(&module_name(module.model(), path.as_str()));
    Violation { about: Some(path.to_string()), ..Violation::new(subject, message, primary) }
}

fn not_inherited(it: &Use<'_>, sibling: &ReplacedUse<'_, '_>) -> Violation {
    let (path, user, other) = (it.requirement.path(), it.module(), sibling.user.module());
    let message = format!(
        "`{user}` requires `{path}` and does not replace it; `{other}`, which it builds from a directory, replaces it by \
         `{}`, and `replace` lines count only in the main module",
        shown(sibling.line)
    );
    let span = sibling.line.line().line.span;
    Violation {
        related: vec![Label::new(sibling.line.file(), span, "replaced here, for builds of this module only")],
        help: Some(add_line(it, sibling.line)),
        ..at_requirement(it, message)
    }
}

fn not_replaced(it: &Use<'_>, common: &ReplacedUse<'_, '_>) -> Violation {
    let (path, user, other) = (it.requirement.path(), it.module(), common.user.module());
    let target = shown(common.line);
    let message = format!("`{user}` requires `{path}` and does not replace it; `{other}` replaces it by `{target}`");
    Violation {
        related: vec![Label::new(common.line.file(), common.line.line().line.span, "replaced here")],
        help: Some(add_line(it, common.line)),
        ..at_requirement(it, message)
    }
}

fn add_line(it: &Use<'_>, line: Replacement<'_>) -> String {
    let target = written_in(it.requirement.module(), line);
    format!("add `replace {} => {target}` to this go.mod, or remove the line of the other module", line.replaced())
}

fn replaced_otherwise(it: &Use<'_>, own: Replacement<'_>, common: &ReplacedUse<'_, '_>) -> Violation {
    let (path, user, other) = (it.requirement.path(), it.module(), common.user.module());
    let (here, there) = (shown(own), shown(common.line));
    let message = format!("`{user}` replaces `{path}` by `{here}`, and `{other}` replaces it by `{there}`");
    let target = written_in(it.requirement.module(), common.line);
    Violation {
        related: vec![Label::new(common.line.file(), common.line.line().line.span, "replaced differently here")],
        help: Some(format!("replace it by the same in both modules, here by `{target}`")),
        ..at_line(it, own, message)
    }
}

fn replaced_alone(it: &Use<'_>, own: Replacement<'_>, other: &Use<'_>) -> Violation {
    let (path, user, there) = (it.requirement.path(), it.module(), other.module());
    let message =
        format!("`{user}` replaces `{path}` by `{}`; `{there}` requires it and does not replace it", shown(own));
    let file = other.requirement.module().file();
    Violation {
        related: vec![Label::new(file, other.requirement.line().version.span, "not replaced here")],
        help: Some("remove the line, or add it to all modules that require the module".to_owned()),
        ..at_line(it, own, message)
    }
}

const PAGE: &str = r#"
## What it does

Compares the modules of the repository that require the same module. If one of them replaces it, the others have to replace it by the
same. The finding is at the modules that do otherwise than most of them; if equally many do and do not, at those that do not.

`replace` lines count only in the main module. A module that builds another one from its directory does not get the replacements of
that one, and is reported where it needs them.

A line of go.work counts for the modules of its workspace that have no line of their own, and modules of a workspace need no `replace` line for each
other. Lines that contradict each other in a workspace are [`workspace-inconsistent`](workspace-inconsistent.md). A line for one version is compared
with requirements of that version only.

The pack `monorepo` has it as a warning.

## Why it matters

A module is built and tested with the fork in one place, and with the original in another. The go command reports nothing:
for it these are builds that have nothing to do with each other.

## Example

```txtar
-- modwarden.toml --
[severity]
replace-skewed = "error"
-- go.mod --
module example.com/shop

go 1.24

require example.com/mux v1.2.0

replace example.com/mux => ./forks/mux
-- forks/mux/go.mod --
module example.com/mux

go 1.24
-- cmd/go.mod --
module example.com/shop/cmd

go 1.24

require (
	example.com/mux v1.2.0 // finds replace-skewed
	example.com/shop v0.1.0
)

replace example.com/shop => ../
```

## Options

- `except`: replaced modules that are not compared.

The setting `modules` says which modules of the repository are compared, such as `["!./tools/..."]`.

## Evidence

`source`: the repository's own go.mod and go.work files. It compares `require` lines, so a module that is in the graph without a
`require` line is not looked at; since Go 1.17 `go mod tidy` lists all modules with packages of the build.

## How to fix

Add the line that the help names, or remove it everywhere.
"#;
