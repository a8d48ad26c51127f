//! `module-denied`: a module is required that the policy forbids.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::identity::{at_module, module_name};
use super::{Binder, Context, Locality, RequirementScope, Rule};
use crate::finding::{Evidence, Family, Label, RuleMeta, Severity, Violation};
use crate::model::{Module, Requirement};
use crate::policy::{ModulePattern, ModulePatterns, Pattern};

/// Forbids modules by a deny-list, an allow-list or both.
#[derive(Debug)]
pub struct ModuleDenied {
    deny: ModulePatterns,
    except: ModulePatterns,
    allow: ModulePatterns,
    scope: RequirementScope,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Modules that must not be required, with a version constraint after `@` if only some versions are meant.
    #[schemars(with = "Vec<String>")]
    deny: Vec<Spanned<String>>,
    /// Modules that `deny` matches and that may be required all the same.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// The only modules that may be required, where given.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Spanned<String>>,
    /// Which requirements count.
    scope: RequirementScope,
}

impl Rule for ModuleDenied {
    const META: RuleMeta = RuleMeta {
        id: "module-denied",
        family: Family::Modules,
        summary: "A module is required that the policy forbids.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    const LOCALITY: Locality = Locality::Module;

    type Options = Options;

    fn new(options: Options, binder: &mut Binder<'_>) -> Self {
        let given = !options.deny.is_empty() || !options.allow.is_empty();
        binder.require(given, "this entry forbids nothing", "give it `deny`, `allow` or both");
        Self {
            deny: binder.modules("deny", &options.deny),
            except: binder.modules("except", &options.except),
            allow: binder.modules("allow", &options.allow),
            scope: options.scope,
        }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        let requirements = cx.modules().flat_map(Module::requirements);
        requirements.filter_map(|requirement| self.judge(*cx, requirement)).collect()
    }
}

impl ModuleDenied {
    fn judge(&self, cx: Context<'_>, requirement: Requirement<'_>) -> Option<Violation> {
        let line = requirement.line();
        let (path, version) = (&line.path.value, &line.version.value);
        let subject = cx.required(requirement);
        let denied = self.deny.find(&subject, Some(version));
        let denied = denied.filter(|_| self.except.find(&subject, Some(version)).is_none()).map(ModulePattern::path);
        let allowed = self.allow.find(&subject, Some(version)).map(ModulePattern::path);
        let (message, pattern) = match (denied, allowed) {
            (Some(deny), Some(allow)) if allow.specificity(&subject) > deny.specificity(&subject) => return None,
            (Some(deny), _) => (format!("module `{path}` {version} is denied"), Some(deny)),
            (None, None) if !self.allow.is_empty() => {
                (format!("module `{path}` {version} is not on the allow-list"), None)
            }
            (None, _) => return None,
        };
        if !self.scope.admits(requirement) {
            return None;
        }
        Some(violation(requirement, message, pattern))
    }
}

fn violation(requirement: Requirement<'_>, message: String, pattern: Option<&Pattern>) -> Violation {
    let line = requirement.line();
    let module = requirement.module();
    let primary = Label::new(module.file(), line.path.span.to(line.version.span), "required here");
    Violation {
        related: pattern.map(|pattern| policy_line(pattern, "denied by this pattern")).into_iter().collect(),
        about: Some(line.path.value.to_string()),
        ..Violation::new(at_module(module).to(&module_name(module.model(), line.path.value.as_str())), message, primary)
    }
}

const PAGE: &str = r#"
## What it does

Forbids modules by path, and by version where a constraint stands after `@`. The finding is at the `require` line.

## Why it matters

Deprecated, renamed and vulnerable modules come back with the next copied snippet. A line in go.mod is the one place
through which every one of them must pass.

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
	github.com/gogo/protobuf v1.3.2 // finds module-denied/no-gogo
	github.com/golang/protobuf v1.5.4
	github.com/pelletier/go-toml/v2 v2.3.0-rc.1 // indirect; finds module-denied/no-prereleases-anywhere
)
-- shop.go --
package shop
```

## Options

- `deny`: modules that must not be required.
- `except`: modules that `deny` matches and that may be required all the same.
- `allow`: the only modules that may be required.
- `scope`: `direct` (default) for what the module itself imports or does not mark `// indirect`; `required` for every
  line of go.mod.

A version constraint is `@<1.4.0`, `@>=1.2.0,<1.4.0`, `@v1.2.3`, `@v0`, `@pseudo`, `@prerelease` or `@incompatible`.

## Evidence

`source`: go.mod and the repository's own Go files suffice.

## How to fix

Require what the entry's `use` names, or a version that the constraint lets pass.
"#;
