//! `version-skewed`: modules of the repository use different versions of one dependency.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::guesses::{Guess, guess_questions};
use super::identity::{at_module, module_name};
use super::open::{Cause, cause_of_graphs};
use super::residual::module_label;
use super::{Binder, Context, RequirementScope, Rule};
use crate::finding::{Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::go::{ModulePath, Version};
use crate::model::{GraphFacts, Module, ModuleGraph, Requirement, Workspace};
use crate::policy::ModulePatterns;

/// Finds versions that are not the same everywhere.
#[derive(Debug)]
pub(crate) struct VersionSkewed {
    compare: Compare,
    except: ModulePatterns,
    scope: RequirementScope,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionSkewedOptions {
    /// Which versions must be the same.
    compare: Compare,
    /// Dependencies that are not compared.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// Which requirements count.
    scope: RequirementScope,
}

/// Which versions must be the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Compare {
    /// Those that the modules of the repository require.
    #[default]
    Modules,
    /// Those that a module selects alone, and in its workspace.
    Workspace,
}

impl Rule for VersionSkewed {
    const META: RuleMeta = RuleMeta {
        id: "version-skewed",
        family: Family::Modules,
        summary: "Modules of the repository use different versions of one dependency.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = true;

    type Facts<'m> = Option<GraphFacts<'m>>;

    type Options = VersionSkewedOptions;

    fn new(options: VersionSkewedOptions, binder: &mut Binder<'_>) -> Self {
        Self { compare: options.compare, except: binder.modules("except", &options.except), scope: options.scope }
    }

    fn asks(&self) -> bool {
        self.compare == Compare::Workspace
    }

    fn check<'m>(&self, cx: &Context<'m, Option<GraphFacts<'m>>>) -> Vec<Violation> {
        let mut found = Vec::new();
        match (self.compare, cx.facts()) {
            (Compare::Modules, _) => {
                for lines in self.differing(cx.plain()) {
                    let counting: Vec<Requirement<'m>> = lines.into_iter().filter(|line| self.counts(*line)).collect();
                    let Some(newest) = newest(&counting) else { continue };
                    let older = counting.into_iter().filter(|line| line.version() < newest.version());
                    found.extend(older.map(|line| older_than(line, newest)));
                }
            }
            (Compare::Workspace, Some(facts)) => {
                for build in builds(cx.with(facts)) {
                    found.extend(self.otherwise_in_workspace(cx.plain(), &build));
                }
            }
            (Compare::Workspace, None) => {}
        }
        found
    }

    fn open_questions<'m>(&self, cx: &Context<'m, Option<GraphFacts<'m>>>) -> Vec<OpenQuestion> {
        match (self.compare, cx.facts()) {
            (Compare::Modules, _) => guess_questions(*cx, &self.guesses(cx.plain())),
            (Compare::Workspace, Some(facts)) => {
                let open = builds(cx.with(facts)).into_iter().filter(|build| !build.is_certain());
                open.map(|build| build.question(cx.has_module_cache())).collect()
            }
            (Compare::Workspace, None) => Vec::new(),
        }
    }
}

impl VersionSkewed {
    /// The requirements on each module that is required at several versions, one for each module that requires it.
    fn differing<'m>(&self, cx: Context<'m>) -> Vec<Vec<Requirement<'m>>> {
        let mut by_path: BTreeMap<&ModulePath, Vec<Requirement<'m>>> = BTreeMap::new();
        for module in cx.modules() {
            for line in self.compared(cx, module) {
                by_path.entry(line.path()).or_default().push(line);
            }
        }
        let is_skewed = |lines: &Vec<Requirement<'m>>| lines.iter().any(|line| line.version() != lines[0].version());
        by_path.into_values().filter(is_skewed).collect()
    }

    /// The requirements of a module that are compared, by path. Nothing is used of a version that a line of the module or of its
    /// workspace replaces; of two lines for one module the higher counts.
    fn compared<'m>(&self, cx: Context<'m>, module: Module<'m>) -> Vec<Requirement<'m>> {
        let mut lines: BTreeMap<&ModulePath, Requirement<'m>> = BTreeMap::new();
        for line in module.requirements() {
            let is_excepted = self.except.find(&cx.required(line), Some(line.version())).is_some();
            let own = module.replacement_of(line.path(), line.version());
            if is_excepted || own.is_some() || line.replacement().is_some() {
                continue;
            }
            let known = lines.entry(line.path()).or_insert(line);
            if line.version() > known.version() {
                *known = line;
            }
        }
        lines.into_values().collect()
    }

    fn counts(&self, line: Requirement<'_>) -> bool {
        self.scope.directness(line).counts()
    }

    /// The requirements of which it is not known whether they count, and that have another version than those that do.
    fn guesses<'m>(&self, cx: Context<'m>) -> Vec<Guess<'m>> {
        let mut guesses = Vec::new();
        for lines in self.differing(cx) {
            let counting: Vec<Requirement<'m>> = lines.iter().copied().filter(|line| self.counts(*line)).collect();
            let Some(newest) = newest(&counting) else { continue };
            for line in lines.into_iter().filter(|line| line.version() != newest.version()) {
                guesses.extend(Guess::new(line, self.scope.directness(line)));
            }
        }
        guesses
    }

    /// The dependencies of a module that have another version in its workspace.
    fn otherwise_in_workspace(&self, cx: Context<'_>, build: &WorkspaceBuild<'_>) -> Vec<Violation> {
        let mut found = Vec::new();
        if !build.is_certain() {
            return found;
        }
        for line in self.compared(cx, build.module) {
            let selected = |graph: &ModuleGraph| graph.selected(line.path()).cloned();
            let (Some(alone), Some(together)) = (selected(build.alone), selected(build.together)) else { continue };
            if alone != together && self.counts(line) {
                found.push(otherwise(build, line, SelectedVersions { alone, together }));
            }
        }
        found
    }
}

/// The first of those with the highest version.
fn newest<'m>(lines: &[Requirement<'m>]) -> Option<Requirement<'m>> {
    lines.iter().copied().reduce(|best, next| if next.version() > best.version() { next } else { best })
}

/// A module of a workspace, and its two builds.
struct WorkspaceBuild<'m> {
    module: Module<'m>,
    workspace: Workspace<'m>,
    alone: &'m ModuleGraph,
    together: &'m ModuleGraph,
}

/// The versions of one dependency in both builds.
struct SelectedVersions {
    alone: Version,
    together: Version,
}

/// The builds of the modules in scope that are in a workspace.
fn builds<'m>(cx: Context<'m, GraphFacts<'m>>) -> Vec<WorkspaceBuild<'m>> {
    let mut builds = Vec::new();
    for module in cx.modules() {
        let Some(workspace) = module.workspace() else { continue };
        if let (Some(alone), Some(together)) = (module.graph(cx.facts()), workspace.graph(cx.facts())) {
            builds.push(WorkspaceBuild { module, workspace, alone, together });
        }
    }
    builds
}

impl WorkspaceBuild<'_> {
    fn is_certain(&self) -> bool {
        self.alone.is_certain() && self.together.is_certain()
    }

    fn question(&self, has_module_cache: bool) -> OpenQuestion {
        let Cause { reason, details, remedy } = cause_of_graphs(&[self.alone, self.together], has_module_cache);
        OpenQuestion {
            module: self.module.path().to_string(),
            reason: reason.to_owned(),
            details,
            remedy,
            label: module_label(self.module, ""),
        }
    }

    fn evidence(&self) -> Evidence {
        let reads_cache = self.alone.reads_cache() || self.together.reads_cache();
        if reads_cache { Evidence::ModuleCache } else { Evidence::Source }
    }
}

/// A violation at the version of a requirement.
fn at_version(line: Requirement<'_>, message: String, label: String) -> Violation {
    let module = line.module();
    Violation {
        about: Some(line.path().to_string()),
        ..Violation::new(
            at_module(module).to(&module_name(module.model(), line.path().as_str())),
            message,
            Label::new(module.file(), line.line().version.span, label),
        )
    }
}

fn older_than(line: Requirement<'_>, newest: Requirement<'_>) -> Violation {
    let (path, version) = (line.path(), newest.version());
    let message = format!(
        "`{}` requires `{path}` at {}, and `{}` at {version}",
        line.module().path(),
        line.version(),
        newest.module().path()
    );
    Violation {
        related: vec![Label::new(
            newest.module().file(),
            newest.line().version.span,
            "required at a higher version here",
        )],
        help: Some(format!("run `go get {path}@{version}` in the directory of this go.mod")),
        ..at_version(line, message, "lower than in another module".to_owned())
    }
}

fn otherwise(build: &WorkspaceBuild<'_>, line: Requirement<'_>, selected: SelectedVersions) -> Violation {
    let path = line.path();
    let SelectedVersions { alone, together } = selected;
    let message =
        format!("`{}` builds with `{path}` {alone} alone, and {together} in its workspace", line.module().path());
    let mut requirements = build.workspace.modules().flat_map(Module::requirements);
    let cause = requirements.find(|other| other.path() == path && *other.version() == together);
    let label = |cause: Requirement<'_>| {
        Label::new(cause.module().file(), cause.line().version.span, "this version is selected in the workspace")
    };
    Violation {
        related: cause.map(label).into_iter().collect(),
        help: Some("run `go work sync`, which writes the versions of the workspace into its modules".to_owned()),
        evidence: build.evidence(),
        ..at_version(line, message, format!("{together} in the workspace"))
    }
}

const PAGE: &str = r#"
## What it does

Compares the versions that the modules of the repository require of one dependency. A requirement at a lower version than that of
another module is reported. A requirement that is replaced does not count: nothing of its version is used.

With `compare = "workspace"` it compares the version that a module selects alone with the one that its workspace selects.

The pack `monorepo` has it as a warning.

## Why it matters

A fault of one version shows in one module and not in another, and a fix for it reaches only a part of the repository. In a workspace
all modules build with the highest version; whoever uses one of the modules gets the version that its own go.mod selects, and nobody
has tested it with that.

## Example

```txtar
-- modwarden.toml --
[severity]
version-skewed = "error"
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/log v1.3.0
	example.com/wire v1.0.0
)
-- tools/go.mod --
module example.com/shop/tools

go 1.24

require (
	example.com/log v1.2.0 // finds version-skewed
	example.com/wire v1.0.0
)
```

## Options

- `compare`: `modules` (default) for the versions that modules require, `workspace` for those that a module selects alone and in its
  workspace. Two entries check both.
- `except`: dependencies that are not compared. `["...", "!k8s.io/..."]` compares those of `k8s.io` alone.
- `scope`: `direct` (default) for modules that the module itself imports or does not mark `// indirect`; `required` for every
  line of go.mod.

The setting `modules` says which modules of the repository are compared, such as `["!./tools/..."]`.

## Evidence

`source`: go.mod and the repository's own Go files suffice. With `scope = "direct"` it is undecided if several required modules could
have an imported package, and the module cache does not show which. `compare = "workspace"` needs the go.mod files of all modules in
both graphs, `module-cache` where they are not in the repository; it is undecided if one is missing.

## How to fix

`go get MODULE@VERSION` in the directory of the module with the lower version, or `go work sync` in a workspace.
"#;
