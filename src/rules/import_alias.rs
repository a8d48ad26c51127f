//! `import-alias`: a package is imported under another name than the agreed one.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::model::Import;
use crate::policy::{OptionError, PackagePatterns, Pattern};
use crate::text::Span;

/// Holds imports to one name.
#[derive(Debug)]
pub(crate) struct ImportAlias {
    packages: PackagePatterns,
    alias: String,
    unnamed: Unnamed,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportAliasOptions {
    /// The packages.
    #[schemars(with = "Vec<String>")]
    packages: Vec<Spanned<String>>,
    /// The name; `$1` and `${name}` stand for the groups of a `re:` pattern.
    #[schemars(with = "String")]
    alias: Option<Spanned<String>>,
    /// Whether an import without a name passes.
    unnamed: Unnamed,
}

/// How to treat an import without a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Unnamed {
    /// It passes.
    #[default]
    Allow,
    /// It must be given the name, unless the path ends in it.
    Deny,
}

impl Rule for ImportAlias {
    const META: RuleMeta = RuleMeta {
        id: "import-alias",
        family: Family::Imports,
        summary: "A package is imported under a name that is not the agreed one.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = OwnFiles;

    type Options = ImportAliasOptions;

    fn new(options: ImportAliasOptions, binder: &mut Binder<'_>) -> Self {
        let given = !options.packages.is_empty() && options.alias.is_some();
        binder.require(given, "this entry has no effect", "add `packages` and `alias`");
        let packages = binder.packages("packages", &options.packages, Role::Imported);
        if let Some(alias) = options.alias.as_ref().filter(|alias| !is_name(alias.get_ref())) {
            let message = format!("`{}` is not a valid name for an import", alias.get_ref());
            let help = "write a Go identifier; `$1` stands for the first group of a `re:` pattern";
            binder.reject("alias", OptionError::new(Span::from(alias.span()), message).help(help));
        }
        if let Some(alias) = &options.alias {
            check_groups(alias, &packages, binder);
        }
        Self { packages, alias: options.alias.map(Spanned::into_inner).unwrap_or_default(), unnamed: options.unnamed }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        let named = cx.judge_imports(|subject| self.packages.find(subject));
        named.into_iter().filter_map(|(import, pattern)| self.judge(*cx, import, pattern)).collect()
    }
}

impl ImportAlias {
    fn judge(&self, cx: Context<'_, OwnFiles>, import: Import<'_>, pattern: &Pattern) -> Option<Violation> {
        let agreed = pattern.expand(import.path(), &self.alias);
        let passes = match import.name() {
            Some("." | "_") => true,
            Some(name) => name == agreed,
            None => self.unnamed == Unnamed::Allow || import.path().rsplit('/').next() == Some(&agreed),
        };
        if passes {
            return None;
        }
        let mut violation = cx.at_import(import, other_name(import, &agreed));
        violation.related.push(policy_line(pattern, "matched by this pattern"));
        violation.help = Some(format!("import {agreed} \"{}\"", import.path()));
        Some(violation)
    }
}

/// An identifier once the captures are filled in.
fn is_name(alias: &str) -> bool {
    !alias.is_empty() && alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '{' | '}'))
}

/// Rejects groups that no pattern fills in: `$1` if a pattern is no `re:`, and groups that a pattern does not have.
fn check_groups(alias: &Spanned<String>, packages: &PackagePatterns, binder: &mut Binder<'_>) {
    let used = groups_in(alias.get_ref());
    for pattern in packages.iter().filter(|pattern| !pattern.is_negated()) {
        let known = pattern.groups();
        for group in &used {
            let error = match &known {
                None => {
                    let message = format!("`{}` captures nothing for `${group}`", pattern.text());
                    OptionError::new(alias.span().into(), message)
                        .help("write a `re:` pattern with a group in parentheses, or the name itself")
                }
                Some(groups) if has_group(groups, group) => continue,
                Some(_) => {
                    let message = format!("`{}` has no group `{group}`", pattern.text());
                    let help = match group.split_once('_') {
                        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                            format!("write `${{{number}}}_{rest}`")
                        }
                        _ => "groups are counted from 1, one for each `(`".to_owned(),
                    };
                    OptionError::new(alias.span().into(), message).help(help)
                }
            };
            return binder.reject("alias", error);
        }
    }
}

fn has_group(groups: &[Option<&str>], group: &str) -> bool {
    match group.parse::<usize>() {
        Ok(number) => number < groups.len(),
        Err(_) => groups.contains(&Some(group)),
    }
}

/// The groups that a template names, as `regex` reads it: `$name` takes all letters, digits and `_` that follow.
fn groups_in(template: &str) -> Vec<&str> {
    let mut groups = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            continue;
        }
        let name = match rest.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some((name, _)) => name,
            None => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                &rest[..end]
            }
        };
        groups.push(name);
    }
    groups
}

fn other_name(import: Import<'_>, agreed: &str) -> String {
    match import.name() {
        Some(name) => format!("`{}` is imported as `{name}`, not as `{agreed}`", import.path()),
        None => format!("`{}` is imported without the name `{agreed}`", import.path()),
    }
}

const PAGE: &str = r#"
## What it does

Holds the imports of a package to one name. Dot and blank imports are left to `import-dot` and `import-blank`.

## Why it matters

Where ten packages are called `v1`, one agreed name each lets a reader know them in every file.

## Example

```txtar
-- modwarden.toml --
[[import-alias]]
name     = "kubernetes-api"
packages = ['re:k8s\.io/api/(\w+)/(v\w+)']
alias    = "$1$2"
-- go.mod --
module example.com/operator

go 1.24

require k8s.io/api v0.32.0
-- operator.go --
package operator

import (
	appsv1 "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1" // finds import-alias/kubernetes-api
)
```

## Options

- `packages`: the packages.
- `alias`: the name. `$1` and `${name}` stand for the groups of a `re:` pattern.
- `unnamed`: `allow` (default) lets an import without a name pass; `deny` does not, unless the path ends in the name.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Give the import the agreed name.
"#;
