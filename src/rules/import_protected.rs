//! `import-protected`: a package is imported by one that is not among those that may.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::guesses::guess_questions;
use super::imported_as::{ImportVerdict, JudgedImports};
use super::reached::{Reach, ReachQuery, ReachedPackage, at_chain, chain_in_words, may_be_below};
use super::replaced_import::{in_words, replaced_here};
use super::{Binder, Context, OwnFiles, ReachFacts, Role, Rule};
use crate::finding::{Evidence, Family, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{BuiltAs, Import};
use crate::policy::{PackagePatterns, Pattern};

/// Keeps packages for a few importers.
#[derive(Debug)]
pub(crate) struct ImportProtected {
    protect: PackagePatterns,
    to: PackagePatterns,
    reach: Reach,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportProtectedOptions {
    /// Packages that only some may import.
    #[schemars(with = "Vec<String>")]
    protect: Vec<Spanned<String>>,
    /// The packages that may.
    #[schemars(with = "Vec<String>")]
    to: Vec<Spanned<String>>,
    /// How a protected package may be reached.
    reach: Reach,
}

impl Rule for ImportProtected {
    const META: RuleMeta = RuleMeta {
        id: "import-protected",
        family: Family::Imports,
        summary: "A package imports a protected package.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    const BINDING: Option<&'static str> = Some("protect");

    type Facts<'m> = ReachFacts<'m>;

    type Options = ImportProtectedOptions;

    fn new(options: ImportProtectedOptions, binder: &mut Binder<'_>) -> Self {
        let given = !options.protect.is_empty() && !options.to.is_empty();
        binder.require(given, "this entry protects nothing", "add `protect` and `to`");
        Self {
            protect: binder.packages("protect", &options.protect, Role::Imported),
            to: binder.packages("to", &options.to, Role::Importer),
            reach: options.reach,
        }
    }

    fn asks(&self) -> bool {
        self.reach == Reach::Transitive
    }

    fn check(&self, cx: &Context<'_, ReachFacts<'_>>) -> Vec<Violation> {
        let own = cx.own_files();
        let mut found = Vec::new();
        for ImportVerdict { import, fault: pattern, built } in self.judged(own).faults {
            found.push(match built {
                None => kept_for_others(own, import, pattern),
                Some(built) => replaced(own, import, &built, pattern),
            });
        }
        if self.asks() {
            let reached = self.query(|query| query.reached(*cx));
            found.extend(reached.iter().filter_map(reached_protected));
        }
        found
    }

    fn open_questions(&self, cx: &Context<'_, ReachFacts<'_>>) -> Vec<OpenQuestion> {
        let own = cx.own_files();
        let mut questions = guess_questions(own, &self.judged(own).guesses);
        if self.asks() {
            questions.extend(self.query(|query| query.open_questions(*cx)));
        }
        questions
    }
}

impl ImportProtected {
    /// Chains through a package that may import the protected ones are allowed: that is the door.
    fn query<'s, R>(&'s self, ask: impl FnOnce(&ReachQuery<'_, &'s Pattern>) -> R) -> R {
        ask(&ReachQuery {
            fault: &|subject| self.protect.find(subject),
            is_judged: &|importer| self.to.find(importer).is_none() && self.protect.find(importer).is_none(),
            is_allowed: &|subject| self.to.find(subject).is_some(),
            via: &PackagePatterns::default(),
            lists: &[&self.protect, &self.to],
            may_lead: &|node| may_be_below(node, &self.protect),
        })
    }

    /// The imports of protected packages, except those by packages that may import them. Protected packages may import each
    /// other, as parts of one whole.
    fn judged<'m>(&self, cx: Context<'m, OwnFiles>) -> JudgedImports<'m, &Pattern> {
        let mut judged = JudgedImports::new(cx);
        for file in cx.go_files() {
            let importer = cx.importer(file);
            if self.to.find(&importer).is_some() || self.protect.find(&importer).is_some() {
                continue;
            }
            for import in file.imports() {
                judged.judge(import, |imported| self.protect.find(imported));
            }
        }
        judged
    }
}

fn kept_for_others(cx: Context<'_, OwnFiles>, import: Import<'_>, pattern: &Pattern) -> Violation {
    let importer = import.file().package().path();
    let message = format!("`{importer}` may not import `{}`, which is protected", import.path());
    let mut violation = cx.at_import(import, message);
    violation.related.push(policy_line(pattern, "protected by this pattern"));
    violation
}

fn reached_protected(reached: &ReachedPackage<'_, &Pattern>) -> Option<Violation> {
    let hops = &reached.chain.hops;
    let (importer, end) = (hops.first()?.from.path(), hops.last()?.to.path());
    let message = format!("`{importer}` may not reach `{end}`, which is protected: {}", chain_in_words(hops));
    let mut violation = at_chain(reached, message)?;
    violation.related.push(policy_line(reached.fault, "protected by this pattern"));
    Some(violation)
}

fn replaced(cx: Context<'_, OwnFiles>, import: Import<'_>, built: &BuiltAs<'_>, pattern: &Pattern) -> Violation {
    let importer = import.file().package().path();
    let message = format!("`{importer}` may not import `{}`: {}, which is protected", import.path(), in_words(built));
    let mut violation = cx.at_import(import, message);
    violation.related.push(policy_line(pattern, "protected by this pattern"));
    violation.related.extend(replaced_here(built));
    violation
}

const PAGE: &str = r#"
## What it does

Lets only the packages of `to` import the packages of `protect`. The protected packages may import each other. Where a `replace` line puts
another module in place of the package's, or a directory whose go.mod states another module path, `protect` is compared with the path in that
module, too.

With `reach = "transitive"`, no other package may lead to a protected one by a chain of imports, such as one through a library, unless the chain goes
through a package of `to`. Chains are those of [`import-denied`](import-denied.md): one build contains all of a chain, and it ends at the
first package of the standard library.

## Why it matters

Some things have one door: the database driver behind the store, a client behind the package that counts its calls. A
deny-list would have to name everyone else; this names the door.

## Example

```txtar
-- modwarden.toml --
[[import-protected]]
name    = "sql-only-through-store"
protect = ["database/sql"]
to      = ["./internal/store/..."]
-- go.mod --
module example.com/shop

go 1.24
-- internal/store/store.go --
package store

import "database/sql"

var DB *sql.DB
-- cmd/report/main.go --
package main

import "database/sql" // finds import-protected/sql-only-through-store

var db *sql.DB
```

## Options

- `protect`: packages that only some may import.
- `to`: the packages that may.
- `reach`: `direct`, an import in the package itself, or `transitive`, a chain of imports, too.

## Evidence

`source`: the repository's own files suffice. With `reach = "transitive"`, the vendor directory and the module cache are read too, and the rule
is undecided where a chain may go through packages that are in neither.

## How to fix

Go through one of the packages of `to`, or add the importing package there.
"#;
