//! `workspace-inconsistent`: go.work does not match its modules.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::identity::{at_module, at_workspace, module_name, replaced_name, version_name};
use super::open_lines::open_in_workspace;
use super::{Binder, Context, Rule};
use crate::finding::{
    Evidence, Family, IdentityName, IdentitySubject, Label, OpenQuestion, RuleMeta, Severity, Violation,
};
use crate::go::{GoVersion, ModulePath, Version};
use crate::model::{
    Clash, ClashOutcome, Directory, Exclusion, GraphFacts, Module, ModuleGraph, Requirement, Used, UsedPlace, Workspace,
};
use crate::text::{FileId, RepoPath, Span};

/// Finds faults for which the go command cannot load a workspace, or does not load the same one everywhere.
#[derive(Debug)]
pub(crate) struct WorkspaceInconsistent {
    members: Members,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkspaceInconsistentOptions {
    /// Which modules below a go.work it has to use.
    members: Members,
}

/// Which modules below a go.work it has to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Members {
    /// Those that it names.
    #[default]
    Listed,
    /// Every one.
    All,
}

impl Rule for WorkspaceInconsistent {
    const META: RuleMeta = RuleMeta {
        id: "workspace-inconsistent",
        family: Family::Workspace,
        summary: "go.work does not match its modules.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = GraphFacts<'m>;

    type Options = WorkspaceInconsistentOptions;

    fn new(options: WorkspaceInconsistentOptions, _: &mut Binder<'_>) -> Self {
        Self { members: options.members }
    }

    fn check<'m>(&self, cx: &Context<'m, GraphFacts<'m>>) -> Vec<Violation> {
        let mut violations: Vec<Violation> = cx.workspaces().flat_map(of_workspace).collect();
        for workspace in cx.workspaces() {
            violations.extend(removals(*cx, workspace).lost.iter().map(|removal| removed(workspace, removal)));
        }
        if self.members == Members::All {
            violations.extend(unused(cx.plain()));
        }
        violations
    }

    fn open_questions<'m>(&self, cx: &Context<'m, GraphFacts<'m>>) -> Vec<OpenQuestion> {
        let mut questions = Vec::new();
        for workspace in cx.workspaces() {
            questions.extend(open_in_workspace(*cx, workspace, removals(*cx, workspace).open));
        }
        questions
    }
}

/// An `exclude` line of one member for a version that another member requires.
struct Removal<'m> {
    exclusion: Exclusion<'m>,
    requirement: Requirement<'m>,
    /// The version that the workspace selects, if it selects one.
    selected: Option<&'m Version>,
    evidence: Evidence,
}

/// The lines by which members remove requirements of each other.
#[derive(Default)]
struct Removals<'m> {
    /// Those for which the workspace selects a lower version than the member requires, or none.
    lost: Vec<Removal<'m>>,
    /// Those for which the selected version is not known.
    open: Vec<Exclusion<'m>>,
}

/// The excluded versions of all members are removed from the requirements of each of them, and the go command does not
/// report it.
fn removals<'m>(cx: Context<'m, GraphFacts<'m>>, workspace: Workspace<'m>) -> Removals<'m> {
    let mut removals = Removals::default();
    let Some(graph) = workspace.graph(cx.facts()) else { return removals };
    for exclusion in workspace.modules().flat_map(Module::exclusions) {
        let Some(requirement) = removed_requirement(workspace, exclusion) else { continue };
        let path = requirement.path();
        let selected = graph.selected(path);
        let is_same_source = selected.is_some() && is_replaced_at_all_versions(workspace, path);
        // More go.mod files can only raise the selected version.
        if is_same_source || selected.is_some_and(|selected| selected >= requirement.version()) {
            continue;
        }
        if graph.is_certain() {
            removals.lost.push(Removal { exclusion, requirement, selected, evidence: evidence_of(graph) });
        } else {
            removals.open.push(exclusion);
        }
    }
    removals
}

/// The requirement of the first other member that an `exclude` line removes. A module that excludes the version itself
/// does not have it alone either.
fn removed_requirement<'m>(workspace: Workspace<'m>, exclusion: Exclusion<'m>) -> Option<Requirement<'m>> {
    let (path, version) = (&exclusion.line().path.value, &exclusion.line().version.value);
    for member in workspace.modules().filter(|member| *member != exclusion.module()) {
        let excludes =
            |other: Exclusion<'m>| other.line().path.value == *path && other.line().version.value == *version;
        let required = member.requirements().find(|line| line.path() == path && line.version() == version);
        if required.is_some() && !member.exclusions().any(excludes) {
            return required;
        }
    }
    None
}

/// Whether a line puts the same in place of every version of a module.
fn is_replaced_at_all_versions(workspace: Workspace<'_>, path: &ModulePath) -> bool {
    let mut lines = workspace.replacements().chain(workspace.modules().flat_map(Module::replacements));
    lines.any(|line| line.old() == path && line.old_version().is_none())
}

fn evidence_of(graph: &ModuleGraph) -> Evidence {
    if graph.reads_cache() { Evidence::ModuleCache } else { Evidence::Source }
}

fn of_workspace(workspace: Workspace<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut seen = HashSet::new();
    let mut by_path: HashMap<&str, Used<'_>> = HashMap::new();
    for used in workspace.uses() {
        if !seen.insert(used.key()) {
            violations.push(used_twice(workspace, used));
            continue;
        }
        violations.extend(of_use(workspace, used));
        let Some(path) = used.module_path() else { continue };
        match by_path.get(path.as_str()) {
            Some(first) => violations.push(same_path(workspace, *first, used)),
            None => _ = by_path.insert(path.as_str(), used),
        }
    }
    violations.extend(replaced_members(workspace, &by_path));
    violations.extend(workspace.clashes().into_iter().map(|clash| clashing(workspace, clash)));
    violations
}

/// The fault of a `use` line by itself.
fn of_use(workspace: Workspace<'_>, used: Used<'_>) -> Option<Violation> {
    match (used.place(), used.directory()) {
        (UsedPlace::Absolute, _) => Some(not_in_repository(workspace, used, "is an absolute path")),
        (UsedPlace::Outside, _) => Some(not_in_repository(workspace, used, "is outside the repository")),
        (UsedPlace::Inside(_), Some(Directory::NoModule)) => Some(no_module(workspace, used)),
        (UsedPlace::Inside(_), Some(Directory::Module(file))) if !file.is_main() && !file.errors().is_empty() => {
            Some(malformed(workspace, used))
        }
        (UsedPlace::Inside(_), _) => too_new(workspace, used),
    }
}

/// The replacements of all versions of a module that the workspace uses.
fn replaced_members(workspace: Workspace<'_>, by_path: &HashMap<&str, Used<'_>>) -> Vec<Violation> {
    let lines = workspace.go_work().replace.iter();
    let wildcards = lines.filter(|line| line.old_version.is_none() && by_path.contains_key(line.old.value.as_str()));
    wildcards
        .map(|line| {
            let path = &line.old.value;
            let message = format!("workspace module `{path}` is replaced at all versions by {}", line.new);
            let primary = Label::new(workspace.file(), line.line.span, "replaced here");
            let subject = at_workspace(workspace).to(&IdentityName::word("replace"));
            Violation {
                help: Some("remove the line, or add the version at which to replace the module".to_owned()),
                about: Some(path.to_string()),
                ..Violation::new(subject.to(&module_name(workspace.model(), path.as_str())), message, primary)
            }
        })
        .collect()
}

/// A violation at a `use` line.
fn at_use(workspace: Workspace<'_>, used: Used<'_>, message: String) -> Violation {
    let primary = Label::new(workspace.file(), used.line().line.span, "used here");
    let directory = match used.place() {
        UsedPlace::Inside(dir) => IdentityName::own(&dir),
        UsedPlace::Outside | UsedPlace::Absolute => IdentityName::outside(used.written()),
    };
    let subject = at_workspace(workspace).to(&IdentityName::word("use").and(&directory));
    Violation { about: used.module_path().map(ToString::to_string), ..Violation::new(subject, message, primary) }
}

fn used_twice(workspace: Workspace<'_>, used: Used<'_>) -> Violation {
    let message = format!("path `{}` appears multiple times in the workspace", used.written());
    Violation { help: Some("remove one of the lines".to_owned()), ..at_use(workspace, used, message) }
}

fn same_path(workspace: Workspace<'_>, first: Used<'_>, used: Used<'_>) -> Violation {
    let path = used.module_path().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "module `{path}` appears multiple times in the workspace: in `{}` and `{}`",
        first.written(),
        used.written()
    );
    Violation {
        related: vec![Label::new(workspace.file(), first.line().line.span, "used first here")],
        help: Some("use one of the two directories, or change the path of one module".to_owned()),
        ..at_use(workspace, used, message)
    }
}

fn not_in_repository(workspace: Workspace<'_>, used: Used<'_>, fault: &str) -> Violation {
    let message = format!("`use {}` {fault}, so the workspace is not the same on other machines", used.written());
    let help = "use a directory of this repository, or do not commit such a go.work";
    Violation { help: Some(help.to_owned()), ..at_use(workspace, used, message) }
}

fn no_module(workspace: Workspace<'_>, used: Used<'_>) -> Violation {
    let message = format!("cannot load module `{}` listed in go.work: it has no go.mod", used.written());
    Violation {
        help: Some("remove the line, or make the directory a module with `go mod init`".to_owned()),
        ..at_use(workspace, used, message)
    }
}

fn malformed(workspace: Workspace<'_>, used: Used<'_>) -> Violation {
    let errors = used.module_file().map(|file| file.errors()).unwrap_or_default();
    let error = errors.first().map(|error| error.message.as_str()).unwrap_or_default();
    let message = format!("cannot load module `{}` listed in go.work: its go.mod: {error}", used.written());
    Violation { help: Some("correct the go.mod".to_owned()), ..at_use(workspace, used, message) }
}

/// A module that asks for a newer Go than its workspace, from the version on with which that became strict.
fn too_new(workspace: Workspace<'_>, used: Used<'_>) -> Option<Violation> {
    let wanted = &used.module_file()?.go_mod().go.as_ref()?.value;
    let listed = workspace.go_work().go.as_ref().map(|go| &go.value);
    let is_enough = match listed {
        Some(listed) => listed.is_at_least(wanted.as_str()),
        None => GoVersion::parse("1.18").is_some_and(|implied| implied.is_at_least(wanted.as_str())),
    };
    if is_enough || !wanted.is_at_least("1.21") {
        return None;
    }
    let listed = match listed {
        Some(listed) => format!("lists go {listed}"),
        None => "implicitly requires go 1.18".to_owned(),
    };
    let message = format!("module `{}` requires go >= {wanted}, but go.work {listed}", used.written());
    let help = format!("run `go work use`, or write `go {wanted}` in go.work");
    Some(Violation { help: Some(help), ..at_use(workspace, used, message) })
}

/// Two modules of a workspace that replace the same otherwise.
fn clashing(workspace: Workspace<'_>, clash: Clash<'_>) -> Violation {
    let Clash { first, second, outcome } = clash;
    let (one, other) = (first.replaced(), second.replaced());
    let message = match outcome {
        ClashOutcome::Refused => format!("conflicting replacements for {other} in one workspace: {first} and {second}"),
        ClashOutcome::RefusedInGraph => format!(
            "conflicting replacements for {other} in one workspace, where that is in the module graph: {first} and \
             {second}"
        ),
        ClashOutcome::LaterCounts => {
            format!(
                "{one} is replaced by {first} without effect: {second}, for all versions, comes later in the workspace"
            )
        }
    };
    let path = &second.line().old.value;
    Violation {
        related: vec![
            Label::new(first.file(), first.line().line.span, "replaced differently here"),
            Label::new(workspace.file(), Span::at(0), "in this workspace"),
        ],
        help: Some(format!("choose one of them in go.work: `go work edit -replace {one}=…`")),
        about: Some(path.to_string()),
        ..Violation::new(
            IdentitySubject::at(second.dir()).to(&replaced_name(workspace.model(), second)),
            message,
            Label::new(second.file(), second.line().line.span, "replaced here"),
        )
    }
}

/// A version that one member excludes and another requires.
fn removed(workspace: Workspace<'_>, removal: &Removal<'_>) -> Violation {
    let Removal { exclusion, requirement, selected, evidence } = removal;
    let (line, module) = (exclusion.line(), exclusion.module());
    let (path, version) = (&line.path.value, &line.version.value);
    let instead = match selected {
        Some(selected) => format!("the workspace selects {selected}"),
        None => "the workspace has no version of it".to_owned(),
    };
    let message = format!(
        "`{}` excludes `{path}` {version}, which `{}` requires: {instead}",
        module.path(),
        requirement.module().path()
    );
    let subject = at_module(module).to(&version_name(workspace.model(), path.as_str(), Some(version.as_str())));
    Violation {
        related: vec![
            Label::new(requirement.module().file(), requirement.line().line.span, "required here"),
            Label::new(workspace.file(), Span::at(0), "in this workspace"),
        ],
        help: Some(format!("remove the line, or require another version of `{path}` in both modules")),
        about: Some(path.to_string()),
        evidence: *evidence,
        ..Violation::new(subject, message, Label::new(module.file(), line.line.span, "excluded here"))
    }
}

/// The modules below a go.work that does not use them.
fn unused(cx: Context<'_>) -> Vec<Violation> {
    let workspaces: HashMap<&RepoPath, Workspace<'_>> = cx.workspaces().map(|it| (it.dir(), it)).collect();
    let dir_of = |used: Used<'_>| match used.place() {
        UsedPlace::Inside(dir) => Some(dir),
        UsedPlace::Outside | UsedPlace::Absolute => None,
    };
    let uses = |workspace: &Workspace<'_>| -> HashSet<RepoPath> { workspace.uses().filter_map(dir_of).collect() };
    let used: HashMap<FileId, HashSet<RepoPath>> =
        workspaces.values().map(|workspace| (workspace.file(), uses(workspace))).collect();
    let judge = |module: Module<'_>| {
        let nearest = *module.dir().ancestors().find_map(|dir| workspaces.get(&dir))?;
        if used[&nearest.file()].contains(module.dir()) { None } else { not_used(cx, nearest, module) }
    };
    cx.modules().filter_map(judge).collect()
}

fn not_used(cx: Context<'_>, nearest: Workspace<'_>, module: Module<'_>) -> Option<Violation> {
    let line = module.go_mod().module.as_ref()?;
    let message = format!("module `{}` is not used by `{}`", module.path(), cx.path(nearest.file()));
    let dir = module.dir().strip_dir(nearest.dir()).map(String::from_utf8_lossy).unwrap_or_default();
    Some(Violation {
        help: Some(format!("run `go work use ./{dir}`")),
        about: Some(module.path().to_string()),
        ..Violation::new(
            at_module(module).fault("unused"),
            message,
            Label::new(module.file(), line.path.span, "not in the workspace"),
        )
    })
}

const PAGE: &str = r#"
## What it does

Finds faults for which the go command cannot load a workspace, with its messages where it has some: `use` of a directory without
go.mod, or twice of one; two modules of one path; a module that requires a newer Go than go.work lists; modules that
replace the same module differently; a used module that go.work replaces at all versions. It also finds lines that make the workspace
different on other machines: `use` of an absolute path or of a directory outside the repository.

An `exclude` line of one module applies to all modules of the workspace. It is reported if it removes a version that another
module requires, and the workspace selects a lower version or none. A module that excludes the version itself does not count.

The pack `recommended` has it. Lines that go.work cannot have, such as `exclude`, are `syntax-invalid`.

## Why it matters

Not one command works in such a workspace, or it works on one machine only. Of two modules that replace the same
version, one at all versions, the order of the `use` lines decides which counts, and the go command does not say so. Neither does it
report that an `exclude` line removed a requirement: it builds with a lower version, or says that no required module provides the package.

## Example

```txtar
-- modwarden.toml --
[severity]
workspace-inconsistent = "error"
-- go.work --
go 1.24

use (
	.
	./lib
	./nothing // finds workspace-inconsistent
	./new // finds workspace-inconsistent
	./lib/ // finds workspace-inconsistent
	../other // finds workspace-inconsistent
)
-- go.mod --
module example.com/shop

go 1.24
-- lib/go.mod --
module example.com/lib

go 1.24
-- new/go.mod --
module example.com/new

go 1.25.0
```

## Options

- `members`: `listed` (default), or `all` where a go.work has to use every module below it.

## Evidence

`source`: the repository's own go.work and go.mod files. `module-cache` for `exclude` lines: the selected version depends on the
go.mod files of dependencies. If one is missing, the rule is undecided about the line.

## How to fix

`go work use -r .` brings the list and the Go version up to date; `go work edit -replace` settles which replacement counts.
"#;
