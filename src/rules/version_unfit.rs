//! `version-unfit`: a module is required, or put in place of another, at a version that the policy does not want.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::guesses::{Guess, guess_questions};
use super::identity::{at_holder, at_module, module_name};
use super::{Binder, Context, RequirementScope, Rule};
use crate::finding::{Evidence, Family, IdentitySubject, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::go::{ModulePath, Version};
use crate::model::{Directness, Module, Replacement, Requirement};
use crate::policy::{ModulePattern, ModulePatterns, Subject};
use crate::text::{FileId, Span};

/// Forbids kinds of versions, and pins and bounds those of single modules.
#[derive(Debug)]
pub(crate) struct VersionUnfit {
    forbid: Vec<VersionKind>,
    except: ModulePatterns,
    pin: ModulePatterns,
    require: ModulePatterns,
    scope: RequirementScope,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionUnfitOptions {
    /// Kinds of versions that must not be required.
    forbid: Vec<VersionKind>,
    /// Modules to which `forbid` does not apply.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// Modules and the one version at which each may be required, after `@`.
    #[schemars(with = "Vec<String>")]
    pin: Vec<Spanned<String>>,
    /// Modules, each with the constraint on its required version after `@`.
    #[schemars(with = "Vec<String>")]
    require: Vec<Spanned<String>>,
    /// Which requirements count.
    scope: RequirementScope,
}

/// A kind of version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum VersionKind {
    /// One that names a commit, such as `v0.0.0-20240101000000-0123456789ab`.
    Pseudo,
    /// One before a release, such as `v1.2.0-rc.1`; pseudo-versions aside.
    Prerelease,
    /// A version from 2 on of a module without go.mod, marked `+incompatible`.
    Incompatible,
    /// One that promises nothing yet: `v0.x.y`, pseudo-versions aside.
    Zero,
}

impl VersionKind {
    fn is_of(self, version: &Version) -> bool {
        match self {
            Self::Pseudo => version.is_pseudo(),
            Self::Prerelease => version.is_prerelease() && !version.is_pseudo(),
            Self::Incompatible => version.is_incompatible(),
            Self::Zero => version.major() == "v0" && !version.is_pseudo(),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Pseudo => "a pseudo-version, which is a commit without a release",
            Self::Prerelease => "a pre-release",
            Self::Incompatible => "a version of a module that has no go.mod",
            Self::Zero => "a version 0, which promises no compatibility",
        }
    }
}

impl Rule for VersionUnfit {
    const META: RuleMeta = RuleMeta {
        id: "version-unfit",
        family: Family::Modules,
        summary: "The policy forbids the required version of a module.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = ();

    type Options = VersionUnfitOptions;

    fn new(options: VersionUnfitOptions, binder: &mut Binder<'_>) -> Self {
        let given = !options.forbid.is_empty() || !options.pin.is_empty() || !options.require.is_empty();
        binder.require(given, "this entry forbids nothing", "add `forbid`, `pin` or `require`");
        Self {
            forbid: options.forbid,
            except: binder.modules("except", &options.except),
            pin: binder.constraints("pin", &options.pin, "@v1.2.3"),
            require: binder.constraints("require", &options.require, "@>=1.2.0"),
            scope: options.scope,
        }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let unfit = self.unfit_requirements(*cx).into_iter();
        let requirements = unfit.filter(|(_, directness, _)| directness.counts()).map(|(_, _, violation)| violation);
        let replacements = cx.replacements().filter_map(|it| self.judge_replacement(*cx, it));
        requirements.chain(replacements).collect()
    }

    fn open_questions(&self, cx: &Context<'_>) -> Vec<OpenQuestion> {
        let unfit = self.unfit_requirements(*cx).into_iter();
        let guesses: Vec<Guess<'_>> =
            unfit.filter_map(|(requirement, directness, _)| Guess::new(requirement, directness)).collect();
        guess_questions(*cx, &guesses)
    }
}

/// A module at a version, and who asks for it.
struct AskedModule<'a> {
    module: Subject<'a>,
    version: &'a Version,
    /// The subject of the finding.
    identity: IdentitySubject,
    file: FileId,
    span: Span,
    /// How the line uses the module.
    done: &'static str,
}

impl VersionUnfit {
    /// The requirements at a version that is not wanted, and whether each is in scope.
    fn unfit_requirements<'m>(&self, cx: Context<'m>) -> Vec<(Requirement<'m>, Directness<'m>, Violation)> {
        let mut unfit = Vec::new();
        for requirement in cx.modules().flat_map(Module::requirements) {
            if let Some(violation) = self.judge_requirement(cx, requirement) {
                unfit.push((requirement, self.scope.directness(requirement), violation));
            }
        }
        unfit
    }

    /// Where a line replaces the module, nothing of the required version is used.
    fn judge_requirement(&self, cx: Context<'_>, requirement: Requirement<'_>) -> Option<Violation> {
        let (line, module) = (requirement.line(), requirement.module());
        let asked = AskedModule {
            module: cx.required(requirement),
            version: requirement.version(),
            identity: at_module(module).to(&module_name(cx.model(), requirement.path().as_str())),
            file: module.file(),
            span: line.path.span.to(line.version.span),
            done: "required",
        };
        let violation = self.judge(&asked)?;
        requirement.replacement().is_none().then_some(violation)
    }

    fn judge_replacement(&self, cx: Context<'_>, replacement: Replacement<'_>) -> Option<Violation> {
        let (path, version): (&ModulePath, &Version) = replacement.new_module()?;
        self.judge(&AskedModule {
            module: Subject::external(path.as_str()),
            version,
            identity: at_holder(replacement)
                .to(&module_name(cx.model(), replacement.old().as_str()))
                .to(&module_name(cx.model(), path.as_str())),
            file: replacement.file(),
            span: replacement.line().line.span,
            done: "used as a replacement",
        })
    }

    fn judge(&self, asked: &AskedModule<'_>) -> Option<Violation> {
        let unmet = |list: &'_ ModulePatterns| list.unmet(&asked.module, asked.version).cloned();
        if let Some(pin) = unmet(&self.pin) {
            return Some(asked.unmet(&pin, "the policy pins it to"));
        }
        if let Some(bound) = unmet(&self.require) {
            return Some(asked.unmet(&bound, "the policy requires"));
        }
        let kind = self.forbid.iter().find(|kind| kind.is_of(asked.version))?;
        let excepted = self.except.find(&asked.module, Some(asked.version)).is_some();
        (!excepted).then(|| asked.of_kind(*kind))
    }
}

impl AskedModule<'_> {
    fn of_kind(&self, kind: VersionKind) -> Violation {
        let path = self.module.path;
        let message = format!("module `{path}` is {} at {}: {}", self.done, self.version, kind.noun());
        let help = match kind {
            VersionKind::Pseudo | VersionKind::Prerelease => {
                format!("run `go get {path}@latest` to use the newest release, if there is one")
            }
            VersionKind::Incompatible => format!("check whether `{path}/{}` exists", self.version.major()),
            VersionKind::Zero => "wait for version 1, or name the module in `except`".to_owned(),
        };
        Violation { help: Some(help), ..self.violation(message) }
    }

    fn unmet(&self, pattern: &ModulePattern, wanted: &str) -> Violation {
        let (path, constraint) = (self.module.path, pattern.constraint());
        let message = format!("module `{path}` is {} at {}, but {wanted} `{constraint}`", self.done, self.version);
        let help = format!("run `go get {path}@VERSION` with a version that satisfies `{constraint}`");
        Violation {
            related: vec![policy_line(pattern.path(), "by this pattern")],
            help: Some(help),
            ..self.violation(message)
        }
    }

    fn violation(&self, message: String) -> Violation {
        let label = format!("{} here", self.done);
        let about = Some(self.module.path.to_owned());
        Violation { about, ..Violation::new(self.identity.clone(), message, Label::new(self.file, self.span, label)) }
    }
}

const PAGE: &str = r#"
## What it does

Forbids kinds of versions: pseudo-versions, pre-releases, versions marked `+incompatible`, versions 0. Pins single modules to a
version, or to a range. It looks at `require` lines, and at the versions on the right side of `replace` lines in go.mod and
go.work. A requirement that is replaced is not looked at: nothing of its version is used.

## Why it matters

A pseudo-version names a commit that its authors never released, and that may be on no branch. A pre-release stays in go.mod
long after the release. And where a version was chosen for a reason, the next `go get -u` does not know it.

## Example

```txtar
-- modwarden.toml --
[[version-unfit]]
name   = "released"
forbid = ["pseudo", "prerelease"]
except = ["golang.org/x/..."]

[[version-unfit]]
name    = "chosen"
pin     = ["example.com/driver@v1.4.2"]
require = ["example.com/wire@>=1.2.0,<2"]
scope   = "required"
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/driver v1.5.0 // indirect; finds version-unfit/chosen
	example.com/ledger v0.0.0-20240102030405-0123456789ab // finds version-unfit/released
	example.com/wire v1.2.3
	golang.org/x/exp v0.0.0-20240102030405-0123456789ab
)

replace example.com/wire => example.com/fork/wire v1.2.4-rc.1 // finds version-unfit/released
-- shop.go --
package shop
```

## Options

- `forbid`: kinds of versions: `pseudo`; `prerelease`, without the former; `incompatible`; `zero` for `v0.x.y`, without pseudo-versions.
- `except`: modules to which `forbid` does not apply.
- `pin`: modules, each with its one version after `@`.
- `require`: modules, each with the condition on its version after `@`: `@>=1.2.0,<2`. Of several patterns, in either list,
  the most specific decides.
- `scope`: `direct` (default) for modules that the module itself imports or does not mark `// indirect`; `required` for every
  line of go.mod. Right sides of `replace` lines always count.

## Evidence

`source`: go.mod, go.work and the repository's own Go files suffice. It checks the required versions, not
the selected ones, which may be higher. With `scope = "direct"` it is undecided if several required modules could have an imported
package, and the module cache does not show which.

## How to fix

`go get MODULE@VERSION` with a version that fits.
"#;
