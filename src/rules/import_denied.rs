//! `import-denied`: a package is imported that the policy forbids.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::guesses::{Guess, guess_questions};
use super::reached::{Reach, ReachQuery, ReachedPackage, at_chain, chain_in_words, may_be_below};
use super::replaced_import::{in_words, replaced_here};
use super::{Binder, Context, OwnFiles, ReachFacts, Role, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{BuiltAs, Import};
use crate::policy::{PackagePatterns, Pattern, Subject};

/// Forbids imports by a deny-list, an allow-list or both.
#[derive(Debug)]
pub(crate) struct ImportDenied {
    deny: PackagePatterns,
    except: PackagePatterns,
    allow: PackagePatterns,
    via: PackagePatterns,
    not_via: PackagePatterns,
    reach: Reach,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportDeniedOptions {
    /// Packages that must not be imported.
    #[schemars(with = "Vec<String>")]
    deny: Vec<Spanned<String>>,
    /// Packages that `deny` matches and that are allowed anyway.
    #[schemars(with = "Vec<String>")]
    except: Vec<Spanned<String>>,
    /// The only packages that may be imported, where given.
    #[schemars(with = "Vec<String>")]
    allow: Vec<Spanned<String>>,
    /// How a forbidden package may be reached.
    reach: Reach,
    /// With `reach = "transitive"`, only chains through one of these packages count.
    #[schemars(with = "Vec<String>")]
    via: Vec<Spanned<String>>,
    /// With `reach = "transitive"`, chains through one of these packages are allowed.
    #[schemars(with = "Vec<String>")]
    #[serde(rename = "not-via")]
    not_via: Vec<Spanned<String>>,
}

impl Rule for ImportDenied {
    const META: RuleMeta = RuleMeta {
        id: "import-denied",
        family: Family::Imports,
        summary: "The policy forbids this import.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = ReachFacts<'m>;

    type Options = ImportDeniedOptions;

    fn new(options: ImportDeniedOptions, binder: &mut Binder<'_>) -> Self {
        let is_through = !options.via.is_empty() || !options.not_via.is_empty();
        binder.require(
            options.reach == Reach::Transitive || !is_through,
            "`via` and `not-via` are about chains of imports, and this entry judges none",
            "add `reach = \"transitive\"`",
        );
        let given = !options.deny.is_empty() || !options.allow.is_empty();
        binder.require(given, "this entry forbids nothing", "add `deny`, `allow` or both");
        Self {
            deny: binder.packages("deny", &options.deny, Role::Imported),
            except: binder.packages("except", &options.except, Role::Passing),
            allow: binder.packages("allow", &options.allow, Role::Allowed),
            via: binder.packages("via", &options.via, Role::Passing),
            not_via: binder.packages("not-via", &options.not_via, Role::Passing),
            reach: options.reach,
        }
    }

    fn asks(&self) -> bool {
        self.reach == Reach::Transitive
    }

    fn check(&self, cx: &Context<'_, ReachFacts<'_>>) -> Vec<Violation> {
        // An import of the package itself goes through nothing.
        let mut found = if self.via.is_empty() { self.direct(cx.own_files()) } else { Vec::new() };
        if self.asks() {
            let reached = self.query(|query| query.reached(*cx));
            found.extend(reached.iter().filter_map(reached_denied));
        }
        found
    }

    fn open_questions(&self, cx: &Context<'_, ReachFacts<'_>>) -> Vec<OpenQuestion> {
        let mut questions = if self.via.is_empty() { self.guesses(cx.own_files()) } else { Vec::new() };
        if self.asks() {
            questions.extend(self.query(|query| query.open_questions(*cx)));
        }
        questions
    }
}

impl ImportDenied {
    /// The imports of packages that must not be imported.
    fn direct(&self, cx: Context<'_, OwnFiles>) -> Vec<Violation> {
        let judged = cx.judge_imports(|subject| self.judge(subject));
        let is_named: HashSet<Import<'_>> = judged.iter().map(|(import, _)| *import).collect();
        let faults = judged.iter().filter_map(|(import, fault)| match fault {
            DenialReason::Denied(pattern) => Some(denied(cx, *import, pattern)),
            DenialReason::NotAllowed if is_own_package(*import) => None,
            DenialReason::NotAllowed => Some(not_allowed(cx, *import)),
        });
        let mut found: Vec<Violation> = faults.collect();
        // The replacement of the package is built, whatever path the import has.
        for import in cx.imports().filter(|import| !is_named.contains(import)) {
            for built in self.denied_as(cx, import).iter().filter(|denied| !denied.built.is_unlikely) {
                found.push(replaced(cx, import, built));
            }
        }
        found
    }

    fn guesses(&self, cx: Context<'_, OwnFiles>) -> Vec<OpenQuestion> {
        let mut guesses = Vec::new();
        for import in cx.imports().filter(|import| import.resolution().is_guess()) {
            if self.judge(&cx.imported(import)).is_some() {
                continue;
            }
            let denied = self.denied_as(cx, import);
            if denied.iter().all(|denied| denied.built.is_unlikely) {
                let requirements = denied.into_iter().filter_map(|denied| denied.built.requirement);
                guesses.extend(requirements.map(|requirement| Guess::of_import(requirement, import)));
            }
        }
        guess_questions(cx, &guesses)
    }

    fn query<'s, R>(&'s self, ask: impl FnOnce(&ReachQuery<'_, DenialReason<'s>>) -> R) -> R {
        ask(&ReachQuery {
            fault: &|subject| self.judge(subject),
            is_judged: &|_| true,
            is_allowed: &|subject| self.not_via.find(subject).is_some(),
            via: &self.via,
            lists: &[&self.deny, &self.except, &self.allow, &self.via, &self.not_via],
            may_lead: &|node| !self.allow.is_empty() || may_be_below(node, &self.deny),
        })
    }
}

/// The reason why an import is denied.
#[derive(Clone, Copy)]
enum DenialReason<'p> {
    Denied(&'p Pattern),
    NotAllowed,
}

/// A package that is denied by the name of the module that is really built.
struct DeniedAs<'p, 'm> {
    built: BuiltAs<'m>,
    pattern: &'p Pattern,
}

impl ImportDenied {
    /// The denied packages that may be built under the path of an import.
    fn denied_as<'m>(&self, cx: Context<'m, OwnFiles>, import: Import<'m>) -> Vec<DeniedAs<'_, 'm>> {
        let mut denied = Vec::new();
        for built in import.built_as() {
            if let Some(DenialReason::Denied(pattern)) = self.judge(&cx.built(import, &built.path)) {
                denied.push(DeniedAs { built, pattern });
            }
        }
        denied
    }

    fn judge(&self, subject: &Subject<'_>) -> Option<DenialReason<'_>> {
        let denied = self.deny.find(subject).filter(|_| self.except.find(subject).is_none());
        match (denied, self.allow.find(subject)) {
            (Some(deny), Some(allow)) if allow.specificity(subject) > deny.specificity(subject) => None,
            (Some(deny), _) => Some(DenialReason::Denied(deny)),
            (None, None) if !self.allow.is_empty() => Some(DenialReason::NotAllowed),
            (None, _) => None,
        }
    }
}

/// An external test must import the package it tests, whatever the allow-list contains.
fn is_own_package(import: Import<'_>) -> bool {
    import.file().is_test() && import.path() == import.file().package().path()
}

fn denied(cx: Context<'_, OwnFiles>, import: Import<'_>, pattern: &Pattern) -> Violation {
    let mut violation = cx.at_import(import, format!("import of `{}` is denied", import.path()));
    violation.related.push(policy_line(pattern, "denied by this pattern"));
    violation
}

fn replaced(
    cx: Context<'_, OwnFiles>,
    import: Import<'_>,
    DeniedAs { built, pattern }: &DeniedAs<'_, '_>,
) -> Violation {
    let message = format!("import of `{}` is denied: {}", import.path(), in_words(built));
    let mut violation = cx.at_import(import, message);
    violation.related.push(policy_line(pattern, "denied by this pattern"));
    violation.related.extend(replaced_here(built));
    violation
}

fn reached_denied(reached: &ReachedPackage<'_, DenialReason<'_>>) -> Option<Violation> {
    let relation = match reached.fault {
        DenialReason::Denied(_) => "is denied",
        DenialReason::NotAllowed => "is not on the allow-list",
    };
    let end = reached.chain.hops.last()?.to.path();
    let message = format!("this import leads to `{end}`, which {relation}: {}", chain_in_words(&reached.chain.hops));
    let mut violation = at_chain(reached, message)?;
    if let DenialReason::Denied(pattern) = reached.fault {
        violation.related.push(policy_line(pattern, "denied by this pattern"));
    }
    Some(violation)
}

fn not_allowed(cx: Context<'_, OwnFiles>, import: Import<'_>) -> Violation {
    cx.at_import(import, format!("import of `{}` is not on the allow-list", import.path()))
}

const PAGE: &str = r#"
## What it does

Forbids the import of packages: those that `deny` matches and `except` does not, and, if `allow` is given,
all that it does not match. With both, `deny` wins unless the `allow` pattern is the more specific. Every file counts, whatever its
build constraint, tests and generated files included, unless the entry's scope says otherwise.

Where a `replace` line puts another module in place of the package's, `deny` is compared with the path in that module, too. So it is where
the line leads to a directory of the repository and the go.mod there states another module path. The go command builds such code under the
path of the import, and `go list -deps` shows only that one; the finding names the line. An allow-list is compared with the path of the import
alone.

With `reach = "transitive"`, a package must not lead to a forbidden one by a chain of imports either. A chain counts only if one build contains
all of its imports; the finding names such a build where not all builds have the chain. Tests count only as the first step. The finding is at the
first import of a shortest chain, and shows each further import with its file and line, how many other imports of the package lead there, and
imports of the repository (three at most) without which no chain is left. A chain ends at the first forbidden package.

Chains go through packages of the repository, vendored packages, and packages in the module cache, at the versions that go.mod requires. They end
at the first package of the standard library: modwarden does not know the imports of standard packages. Imports of packages that do not exist are not
followed; `import-unresolved` finds them.

## Why it matters

An import is a decision: it adds code to ship and to keep up to date, and people who can break your code. Written as a policy the
decision holds in every file, also in the one that only Windows builds.

## Example

```txtar
-- modwarden.toml --
[[import-denied]]
name   = "no-ioutil"
deny   = ["io/ioutil"]
reason = "superseded in Go 1.16"
use    = "io or os"

[[import-denied]]
name  = "api-is-small"
from  = ["./api/..."]
allow = ["$std", "$module/..."]
-- go.mod --
module example.com/shop

go 1.24

require github.com/google/uuid v1.6.0
-- main.go --
package main

import (
	"io/ioutil" // finds import-denied/no-ioutil
	"os"
)
-- api/id_windows.go --
package api

import "github.com/google/uuid" // finds import-denied/api-is-small
```

## Options

- `deny`: packages that must not be imported.
- `except`: packages that `deny` matches and that are allowed anyway.
- `allow`: the only packages that may be imported. `import "C"` is in no set; name it as `C`.
- `reach`: `direct`, an import in the package itself, or `transitive`, a chain of imports, too.
- `via`: with `reach = "transitive"`, only chains through one of these packages count. An import of the forbidden package itself goes through nothing.
- `not-via`: with `reach = "transitive"`, chains through one of these packages are allowed.

## Evidence

`source`: the repository's own files suffice. Where several required modules could have an imported package, and one of them is replaced by a
denied one, the rule is undecided until the module cache has these modules.

With `reach = "transitive"`, `vendor` or `module-cache` where the chain goes through vendored packages or through the module cache. Where it has
to go through packages that are in neither, the rule is undecided until `go mod download` has run, unless no module that go.mod names could have a
package that `deny` matches.

## How to fix

Import the alternative that the entry's `use` names. If the import is intended, add an `[[exception]]` with a reason, or the pattern to
`except`.
"#;
