//! `module-denied`: a build takes a module that the policy forbids.

mod guessed;
mod lines;
mod through;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use self::through::{Denied, Excuse};
use super::context::{GUESS, policy_line};
use super::identity::{at_module, module_name};
use super::module_line::{LineHolder, replaces};
use super::{Binder, Context, Rule};
use crate::finding::{Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::go::{ModulePath, Version};
use crate::model::{Built, BuiltRequirement, Directness, GraphFacts, Requirement};
use crate::policy::{ModulePattern, ModulePatterns, Pattern, Subject};

/// Forbids modules by a deny-list, an allow-list or both.
#[derive(Debug)]
pub(crate) struct ModuleDenied {
    deny: ModulePatterns,
    except: ModulePatterns,
    allow: ModulePatterns,
    through: ModulePatterns,
    scope: ModuleScope,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModuleDeniedOptions {
    /// Modules that must not be built, with a version constraint after `@` if only some versions are meant.
    #[schemars(with = "Vec<String>")]
    deny: Vec<Spanned<String>>,
    /// Modules that `deny` matches and that are allowed anyway.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// The only modules that may be built, where given.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Spanned<String>>,
    /// Modules that excuse a denied one: it may be built while the go.mod of one of these requires it.
    #[schemars(with = "Vec<String>")]
    through: Vec<Spanned<String>>,
    /// Which modules count.
    scope: ModuleScope,
}

/// Which modules count. A module that a `replace` line puts in place of another one counts in every scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ModuleScope {
    /// Those that the module itself imports, names as tools, or does not mark `// indirect`; also those that other
    /// modules of the repository import which are built with it and do not require them.
    #[default]
    Direct,
    /// Every line of go.mod.
    Required,
    /// Every module of the module graph, at the version that is selected. This needs the module cache.
    Graph,
    /// Those that have packages in a vendor directory.
    Vendored,
}

impl ModuleScope {
    /// Whether a requirement counts, as far as that is known.
    fn directness(self, requirement: Requirement<'_>) -> Directness<'_> {
        match self {
            Self::Direct => match requirement.directness() {
                Directness::Direct => Directness::Direct,
                own => own.or(requirement.directness_for_others()),
            },
            Self::Required | Self::Graph => Directness::Direct,
            Self::Vendored => Directness::Indirect,
        }
    }
}

/// Why a module must not be built.
#[derive(Clone, Copy, Debug)]
enum Denial<'p> {
    /// This pattern denies it.
    Denied(&'p Pattern),
    /// There is an allow-list, and it is not on it.
    NotAllowed,
}

impl Denial<'_> {
    fn in_words(self) -> &'static str {
        match self {
            Self::Denied(_) => "is denied",
            Self::NotAllowed => "is not on the allow-list",
        }
    }

    fn policy_line(self) -> Vec<Label> {
        match self {
            Self::Denied(pattern) => vec![policy_line(pattern, "denied by this pattern")],
            Self::NotAllowed => Vec::new(),
        }
    }
}

impl Rule for ModuleDenied {
    const META: RuleMeta = RuleMeta {
        id: "module-denied",
        family: Family::Modules,
        summary: "The policy forbids this module.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = Option<GraphFacts<'m>>;

    type Options = ModuleDeniedOptions;

    fn new(options: ModuleDeniedOptions, binder: &mut Binder<'_>) -> Self {
        let given = !options.deny.is_empty() || !options.allow.is_empty();
        binder.require(given, "this entry forbids nothing", "add `deny`, `allow` or both");
        Self {
            deny: binder.modules("deny", &options.deny),
            except: binder.modules("except", &options.except),
            allow: binder.modules("allow", &options.allow),
            through: binder.modules("through", &options.through),
            scope: options.scope,
        }
    }

    fn asks(&self) -> bool {
        self.scope == ModuleScope::Graph || self.asks_for_versions() || !self.through.is_empty()
    }

    fn check(&self, cx: &Context<'_, Option<GraphFacts<'_>>>) -> Vec<Violation> {
        let mut denied = self.denied(*cx);
        denied.retain(|denied| self.excuse(*cx, denied) == Excuse::None);
        denied.into_iter().map(|denied| denied.violation).collect()
    }

    fn open_questions(&self, cx: &Context<'_, Option<GraphFacts<'_>>>) -> Vec<OpenQuestion> {
        let unsure = self.perhaps_excused(*cx);
        let mut questions: Vec<OpenQuestion> =
            builds(*cx).filter_map(|build| self.open_question(*cx, build, &unsure)).collect();
        questions.extend(self.open_imports(*cx));
        questions
    }
}

/// The facts in scope, with module graphs if the options ask for them, or if another rule does.
type DeniedContext<'m> = Context<'m, Option<GraphFacts<'m>>>;

/// The modules in scope, each built alone, and the workspaces.
fn builds<'m>(cx: DeniedContext<'m>) -> impl Iterator<Item = LineHolder<'m>> {
    cx.modules().map(LineHolder::Module).chain(cx.workspaces().map(LineHolder::Workspace))
}

impl ModuleDenied {
    /// Every denied module that is built, excused or not.
    fn denied<'m>(&self, cx: DeniedContext<'m>) -> Vec<Denied<'m>> {
        let mut denied = Vec::new();
        let mut add = |build: Option<LineHolder<'m>>, found: Vec<Violation>| {
            denied.extend(found.into_iter().map(|violation| Denied { build, violation }));
        };
        for module in cx.modules() {
            let required = module.built_requirements().iter().filter_map(|built| self.requirement(cx, built)).collect();
            add(Some(LineHolder::Module(module)), required);
            add(Some(LineHolder::Module(module)), self.tools(cx, module));
            add(Some(LineHolder::Module(module)), self.of_replacements(cx, module));
        }
        add(None, replaces(cx.plain()).filter_map(|(holder, line)| self.replacement(cx, holder, line)).collect());
        add(None, cx.workspaces().flat_map(|workspace| self.members(cx, workspace)).collect());
        for vendor in cx.vendors() {
            let workspace = vendor.workspace().map(LineHolder::Workspace);
            add(vendor.module().map(LineHolder::Module).or(workspace), self.vendored(cx, vendor));
        }
        if self.scope == ModuleScope::Graph {
            builds(cx).for_each(|build| add(Some(build), self.in_graph(cx, build)));
        }
        denied
    }

    /// Whether it depends on the version that is built.
    fn asks_for_versions(&self) -> bool {
        self.deny.iter().chain(self.allow.iter()).any(|pattern| !pattern.constraint().is_empty())
    }

    /// The pattern that denies a module, at a version where that is known.
    fn denying(&self, subject: &Subject<'_>, version: Option<&Version>) -> Option<&Pattern> {
        let denied = self.deny.find(subject, version)?;
        self.except.find(subject, version).is_none().then_some(denied.path())
    }

    /// Why a module must not be built, at a version where that is known.
    fn verdict(&self, subject: &Subject<'_>, version: Option<&Version>) -> Option<Denial<'_>> {
        let allowed = self.allow.find(subject, version).map(ModulePattern::path);
        self.weigh(subject, self.denying(subject, version), allowed)
    }

    /// The same for a module that a build replaces by another module: the constraints on its versions do not
    /// count, and its name does.
    fn verdict_by_name(&self, subject: &Subject<'_>, required: &Version) -> Option<Denial<'_>> {
        let allowed = self.allow.find(subject, Some(required)).map(ModulePattern::path);
        self.weigh(subject, self.denying(subject, None), allowed)
    }

    /// Denial wins unless the permission is the more specific.
    fn weigh<'p>(
        &self,
        subject: &Subject<'_>,
        denied: Option<&'p Pattern>,
        allowed: Option<&Pattern>,
    ) -> Option<Denial<'p>> {
        match (denied, allowed) {
            (Some(deny), Some(allow)) if allow.specificity(subject) > deny.specificity(subject) => None,
            (Some(deny), _) => Some(Denial::Denied(deny)),
            (None, None) if !self.allow.is_empty() => Some(Denial::NotAllowed),
            (None, _) => None,
        }
    }

    /// Why the version or replacement that a build uses must not be built.
    fn judge_built(&self, subject: &Subject<'_>, path: &ModulePath, built: Built<'_>) -> Option<Denial<'_>> {
        match built.module(path) {
            // A directory has no version, so that of the requirement counts.
            None => self.verdict(subject, Some(built.version)),
            Some((new, version)) if new == path => self.verdict(subject, Some(version)),
            Some(_) => self.verdict_by_name(subject, built.version),
        }
    }

    /// A requirement that is denied, in scope or not: how a build takes it, and why that must not be.
    fn judge_requirement<'m>(
        &self,
        cx: DeniedContext<'m>,
        required: &BuiltRequirement<'m>,
    ) -> Option<(Built<'m>, Denial<'_>)> {
        let path = required.requirement.path();
        let subject = cx.required(required.requirement);
        required.builds.iter().find_map(|built| Some((*built, self.judge_built(&subject, path, *built)?)))
    }

    fn requirement(&self, cx: DeniedContext<'_>, required: &BuiltRequirement<'_>) -> Option<Violation> {
        let requirement = required.requirement;
        let (built, verdict) = self.judge_requirement(cx, required)?;
        let directness = self.scope.directness(requirement);
        let help = (directness == Directness::Likely).then(|| GUESS.to_owned());
        directness.counts().then(|| Violation { help, ..violation(cx, requirement, built, verdict) })
    }
}

/// Names the `require` line, or the `replace` line that changes the version.
fn violation(cx: DeniedContext<'_>, requirement: Requirement<'_>, built: Built<'_>, verdict: Denial<'_>) -> Violation {
    let (line, module, path) = (requirement.line(), requirement.module(), requirement.path());
    let required = Label::new(module.file(), line.path.span.to(line.version.span), "required here");
    let version = built.version;
    let is = verdict.in_words();
    let mut related = verdict.policy_line();
    let (primary, message) = match (built.replacement, built.module(path)) {
        (Some(replacement), Some((new, version))) if new == path => {
            related.push(required);
            let primary = Label::new(replacement.file(), replacement.new_span(), "introduced here");
            (primary, format!("module `{path}` {version} {is}, and this line replaces {} by it", requirement.version()))
        }
        (Some(_), Some((new, version))) => {
            (required, format!("module `{path}` {is}; builds use `{new}` {version} instead"))
        }
        _ => match built.workspace.filter(|_| version != requirement.version()) {
            Some(workspace) => {
                let work = cx.path(workspace.file());
                (required, format!("module `{path}` {version} {is}, and `{work}` selects this version"))
            }
            None => (required, format!("module `{path}` {version} {is}")),
        },
    };
    Violation {
        related,
        about: Some(path.to_string()),
        ..Violation::new(at_module(module).to(&module_name(module.model(), path.as_str())), message, primary)
    }
}

const PAGE: &str = r#"
## What it does

Forbids modules by path, and by version if the pattern has a constraint after `@`. It checks the modules that builds use, and names the line
that adds the module:

- a `require` line. A version constraint is compared with the version that is built: the one that is required or, where a `replace` line
  gives another version of the module, that one, and in a workspace the version that the workspace selects. Each module is checked as it is
  built alone and as it is built in its workspace.
- a `replace` line in go.mod or go.work that replaces another module by a denied module, or by a directory whose go.mod declares one. In
  every scope, and whether or not something needs the line today.
- a `tool` line whose package a denied module has, although the `require` line of that module says `// indirect`.
- a `use` line that leads to a module of the repository under a denied path, where another module of the workspace imports it.
- a module in `vendor/modules.txt` that has packages there and that go.mod does not name.

A module that another one replaces is denied by its name alone: code still imports it under that name, and everybody who requires this module gets
it, because `replace` lines count for main modules only. Constraints on its version do not apply, because no version of it is built.

## Why it matters

Deprecated, renamed and vulnerable modules come back with the next copied snippet. A line in go.mod is the one place
through which every one of them must pass, but it need not be a `require` line.

## Example

```txtar
-- modwarden.toml --
[[module-denied]]
name   = "no-gogo"
deny   = ["github.com/gogo/protobuf", "github.com/golang/protobuf@<1.4.0"]
reason = "unmaintained"
use    = "google.golang.org/protobuf"

[[module-denied]]
name  = "no-prereleases-anywhere"
deny  = ["**@prerelease"]
scope = "required"
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/codec v1.0.0
	github.com/gogo/protobuf v1.3.2 // finds module-denied/no-gogo
	github.com/golang/protobuf v1.5.4
	github.com/pelletier/go-toml/v2 v2.3.0-rc.1 // indirect; finds module-denied/no-prereleases-anywhere
)

replace example.com/codec => github.com/gogo/protobuf v1.3.2 // finds module-denied/no-gogo
-- shop.go --
package shop
```

## Options

- `deny`: modules that must not be built.
- `except`: modules that `deny` matches and that are allowed anyway.
- `allow`: the only modules that may be built. Replacements must be on the list, too; modules of the repository that a workspace
  joins need not.
- `through`: modules that excuse a denied one. It may be required, be needed by a tool, be vendored and be in the graph while the go.mod of
  one of these, at the version that is built, requires it; a `replace` line that replaces another module by it is never excused.
- `scope`: `direct` (default) for modules that the module itself imports, names as a tool, or does not mark `// indirect`, and for those that
  another module of the repository imports that is built with it and has no `require` line of its own for it, or is no main module; `required` for every
  line of go.mod; `graph` for every module of the module graph, at the version that is selected; `vendored` for the modules that have packages
  in a vendor directory.

A version constraint is `@<1.4.0`, `@>=1.2.0,<1.4.0`, `@v1.2.3`, `@v0`, `@pseudo`, `@prerelease` or `@incompatible`.

## Evidence

`source`: go.mod and the repository's own Go files suffice. `scope = "graph"`, `through`, and constraints on versions in a workspace need the
go.mod files of dependencies from the module cache. Where these are missing the rule is undecided.

So it is where several required modules could have the package of an import or of a `tool` line, one that is denied among them, and the module
cache does not show which of them has it (a package below `example.com/log/v2` counts as that module's, and not as one of
`example.com/log`); and where a package that is imported in a workspace is of no module that a go.mod file names, and a
denied module could have it.

## How to fix

Require the alternative that the entry's `use` names, or a version that the constraint allows; remove the line that the finding names.
"#;
