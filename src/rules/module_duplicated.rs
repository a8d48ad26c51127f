//! `module-duplicated`: one module is required more than once, by several major versions or by a fork beside its
//! original.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::guesses::{Guess, guess_questions};
use super::identity::{at_module, module_name};
use super::{Binder, Context, RequirementScope, Rule};
use crate::finding::{Evidence, Family, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::go::ModulePath;
use crate::model::{File, Module, Package, Requirement};
use crate::policy::OptionError;

/// How many packages are named before the rest is counted.
const MAX_NAMED: usize = 3;

/// Finds modules that are there more than once.
#[derive(Debug)]
pub(crate) struct ModuleDuplicated {
    /// Paths without their major version that stand for one module, and its number and each one's rank.
    same: BTreeMap<String, (usize, usize)>,
    scope: RequirementScope,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModuleDuplicatedOptions {
    /// Lists of modules that are one under several names, the name to keep last.
    #[schemars(with = "Vec<Vec<String>>")]
    same: Vec<Vec<Spanned<String>>>,
    /// Which requirements count.
    scope: RequirementScope,
}

impl Rule for ModuleDuplicated {
    const META: RuleMeta = RuleMeta {
        id: "module-duplicated",
        family: Family::Modules,
        summary: "A module is required more than once: at several major versions, or together with its fork.",
        severity: Severity::Warn,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = ();

    type Options = ModuleDuplicatedOptions;

    fn new(options: ModuleDuplicatedOptions, binder: &mut Binder<'_>) -> Self {
        let mut same = BTreeMap::new();
        for (number, list) in options.same.iter().enumerate() {
            if let [only] = &list[..] {
                let error = OptionError::new(only.span().into(), "the list has only one name");
                binder.reject("same", error.help("list all names of the module, with the one to keep at the end"));
            }
            for (rank, path) in list.iter().enumerate() {
                let module = ModulePath::new(path.get_ref());
                let error = |message: String| OptionError::new(path.span().into(), message);
                if let Err(fault) = module.check() {
                    binder.reject(
                        "same",
                        error(fault.to_string()).help("write a module path, such as `example.com/shop`"),
                    );
                } else if same.insert(stem(&module).0.to_owned(), (number, rank)).is_some_and(|(it, _)| it != number) {
                    let message = format!("`{module}` is in two lists, with or without its major version");
                    binder.reject("same", error(message).help("put all its names into one list"));
                }
            }
        }
        Self { same, scope: options.scope }
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Violation> {
        cx.modules().flat_map(|module| self.judge(module)).collect()
    }

    fn open_questions(&self, cx: &Context<'_>) -> Vec<OpenQuestion> {
        let mut guesses = Vec::new();
        for lines in cx.modules().flat_map(|module| self.kin(module)) {
            let mut unsure = Vec::new();
            let mut counting = 0;
            for requirement in lines {
                let directness = self.scope.directness(requirement);
                unsure.extend(Guess::new(requirement, directness));
                counting += usize::from(directness.counts());
            }
            if counting + unsure.len() > 1 {
                guesses.extend(unsure);
            }
        }
        guess_questions(*cx, &guesses)
    }
}

/// The key that distinguishes modules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ModuleIdentity<'a> {
    /// The list of `same` that has it.
    Listed(usize),
    /// Its path without the major version.
    Path(&'a str),
}

impl ModuleDuplicated {
    /// The requirements that are of one identity, where there are several.
    fn kin<'m>(&self, module: Module<'m>) -> Vec<Vec<Requirement<'m>>> {
        let mut kin: BTreeMap<ModuleIdentity<'_>, Vec<Requirement<'_>>> = BTreeMap::new();
        for requirement in module.requirements() {
            kin.entry(self.identity(requirement.path())).or_default().push(requirement);
        }
        kin.into_values().filter(|lines| lines.len() > 1).collect()
    }

    fn judge(&self, module: Module<'_>) -> Vec<Violation> {
        let several = self.kin(module).into_iter();
        let duplicated: Vec<_> = several.map(|lines| self.by_rank(lines)).filter(|lines| lines.len() > 1).collect();
        let users = Users::of(module, duplicated.iter().flatten().map(|line| line.path()));
        let judge = |lines: &Vec<Requirement<'_>>| -> Vec<Violation> {
            let Some((kept, others)) = lines.split_first() else { return Vec::new() };
            others.iter().rev().map(|other| violation(*other, *kept, &users)).collect()
        };
        duplicated.iter().flat_map(judge).collect()
    }

    /// Those that count of one module's requirements, one for each path: the newest first, which stays, and of one path
    /// the line that the go command heeds.
    fn by_rank<'m>(&self, mut lines: Vec<Requirement<'m>>) -> Vec<Requirement<'m>> {
        lines.retain(|requirement| self.scope.directness(*requirement).counts());
        lines.sort_by_key(|requirement| Reverse((self.rank(requirement.path()), requirement.version().clone())));
        lines.dedup_by_key(|requirement| requirement.path());
        lines
    }

    fn identity<'a>(&self, path: &'a ModulePath) -> ModuleIdentity<'a> {
        let (stem, _) = stem(path);
        self.same.get(stem).map_or(ModuleIdentity::Path(stem), |(number, _)| ModuleIdentity::Listed(*number))
    }

    /// The higher, the more to be kept: the place in its list, then the major version.
    fn rank(&self, path: &ModulePath) -> (usize, u64) {
        let (stem, major) = stem(path);
        (self.same.get(stem).map_or(0, |(_, rank)| *rank), major)
    }
}

/// A path without its major version, and that version; 1 where the path does not say.
fn stem(path: &ModulePath) -> (&str, u64) {
    let (stem, suffix) = path.split_version().unwrap_or((path.as_str(), ""));
    let digits: String = suffix.chars().filter(char::is_ascii_digit).collect();
    (stem, digits.parse().unwrap_or(1))
}

/// The packages that import each of some modules.
struct Users<'m>(BTreeMap<&'m ModulePath, BTreeSet<&'m str>>);

impl<'m> Users<'m> {
    fn of(module: Module<'m>, paths: impl Iterator<Item = &'m ModulePath>) -> Self {
        let mut users: BTreeMap<_, BTreeSet<_>> = paths.map(|path| (path, BTreeSet::new())).collect();
        if users.is_empty() {
            return Self(users);
        }
        for import in module.packages().flat_map(Package::files).flat_map(File::imports) {
            let provider = import.resolution().module.as_ref();
            if let Some(packages) = provider.and_then(|provider| users.get_mut(provider)) {
                packages.insert(import.file().package().path());
            }
        }
        Self(users)
    }

    /// Who imports a module, in a few words; `None` if nobody does.
    fn importers(&self, path: &ModulePath) -> Option<String> {
        let packages = self.0.get(path).filter(|packages| !packages.is_empty())?;
        let named: Vec<String> = packages.iter().take(MAX_NAMED).map(|package| format!("`{package}`")).collect();
        let more = packages.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{}{more}", named.join(", ")))
    }
}

fn violation(other: Requirement<'_>, kept: Requirement<'_>, users: &Users<'_>) -> Violation {
    let module = other.module();
    let span = |requirement: Requirement<'_>| {
        let line = requirement.line();
        line.path.span.to(line.version.span)
    };
    let (old, new) = (other.path(), kept.path());
    let message = format!("module `{old}` {} is required as well as `{new}` {}", other.version(), kept.version());
    let help = match (users.importers(old), users.importers(new)) {
        (None, _) => format!("no package imports `{old}`: remove it with `go get {old}@none`"),
        (Some(importers), None) => {
            format!("`{old}` is imported by {importers}, and nothing imports `{new}`: move to that one, or remove it")
        }
        (Some(importers), Some(others)) => {
            format!("`{old}` is imported by {importers}; `{new}` by {others}: move to `{new}`, then remove the other")
        }
    };
    let name = |requirement: Requirement<'_>| module_name(module.model(), requirement.path().as_str());
    let subject = at_module(module).to(&name(other).and(&name(kept)));
    let primary = Label::new(module.file(), span(other), "required here");
    Violation {
        related: vec![Label::new(module.file(), span(kept), "and here")],
        help: Some(help),
        about: Some(other.path().to_string()),
        ..Violation::new(subject, message, primary)
    }
}

const PAGE: &str = r#"
## What it does

Finds modules that one go.mod requires more than once: at several major versions (`example.com/log` beside `example.com/log/v2`,
`gopkg.in/yaml.v2` beside `gopkg.in/yaml.v3`), or, where the entry lists them, a fork beside its original or an old name beside
the new one.

## Why it matters

Two majors of a module are two packages: their types are not the same, both are compiled in, both register their flags, drivers
or protobuf files, and both need to be kept up to date. Mostly one of them is a migration that somebody did not finish.

## Example

```txtar
-- modwarden.toml --
[[module-duplicated]]
name = "one-of-each"
same = [["github.com/golang/protobuf", "google.golang.org/protobuf"]]
-- go.mod --
module example.com/shop

go 1.24

require (
	example.com/log v1.4.0 // finds module-duplicated/one-of-each
	example.com/log/v2 v2.0.1
	github.com/golang/protobuf v1.5.4 // finds module-duplicated/one-of-each
	google.golang.org/protobuf v1.36.0
)

require gopkg.in/yaml.v3 v3.0.1

require gopkg.in/yaml.v2 v2.4.0 // indirect
-- shop.go --
package shop

import (
	_ "example.com/log"
	_ "example.com/log/v2"
)
```

## Options

- `same`: lists of modules that are one under several names, the name to keep last. Major versions in them do not count.
- `scope`: `direct` (default) for modules that the module itself imports or does not mark `// indirect`; `required` for every
  line of go.mod.

## Evidence

`source`: go.mod and the repository's own Go files suffice. With `scope = "direct"` it is undecided where several required modules could have
an imported package, and the module cache does not show which.

## How to fix

Move the packages that the help names to the module that stays, and `go mod tidy`. The finding is at the line to remove:
the lower major version, or the earlier name in `same`.
"#;
