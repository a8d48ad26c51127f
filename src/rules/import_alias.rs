//! `import-alias`: a package is imported under another name than the agreed one.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, RuleMeta, Severity, Violation};
use crate::model::Import;
use crate::policy::{OptionError, PackagePatterns, Pattern, Subject};
use crate::text::Span;

/// Holds imports to one name.
#[derive(Debug)]
pub(crate) struct ImportAlias {
    agreed: Vec<AgreedName>,
    unnamed: Choice,
    unlisted: Choice,
    redundant: Choice,
}

/// The one name of some packages.
#[derive(Debug)]
struct AgreedName {
    packages: PackagePatterns,
    /// Empty for packages that are imported without a name.
    alias: String,
}

/// The agreed name of an imported package, and the pattern on the package.
#[derive(Clone, Copy)]
struct NamedBy<'p> {
    alias: &'p str,
    pattern: &'p Pattern,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportAliasOptions {
    /// The packages.
    #[schemars(with = "Vec<String>")]
    packages: Vec<Spanned<String>>,
    /// The name; `$1` and `${name}` stand for the groups of a `re:` pattern. Empty for packages that must not be given a name.
    #[schemars(with = "String")]
    alias: Option<Spanned<String>>,
    /// Patterns on packages, and the name for each.
    #[schemars(with = "BTreeMap<String, String>")]
    aliases: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Whether an import without a name passes. If not, it must be given the name, unless the path ends in it.
    unnamed: Choice,
    /// Whether a package without an agreed name may be given one.
    unlisted: Choice,
    /// Whether a package may be given the name that its path ends in.
    redundant: Choice,
}

/// Whether something passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// It passes.
    #[default]
    Allow,
    /// It does not.
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
        let has_pair = !options.packages.is_empty() && options.alias.is_some();
        let is_half = options.packages.is_empty() != options.alias.is_none();
        let denies = [options.unlisted, options.redundant].contains(&Choice::Deny);
        let given = !is_half && (has_pair || !options.aliases.is_empty() || denies);
        binder.require(
            given,
            "this entry has no effect",
            "add `packages` and `alias`, or `aliases`, `unlisted` or `redundant`",
        );
        let mut agreed = Vec::new();
        if let Some(alias) = options.alias {
            let packages = binder.packages("packages", &options.packages, Role::Imported);
            agreed.push(AgreedName::new("alias", packages, alias, binder));
        }
        for (key, alias) in options.aliases {
            if key.get_ref().starts_with('!') {
                let error = OptionError::new(Span::from(key.span()), "the name of a pattern cannot take away");
                binder.reject("aliases", error.help("write the packages that have the name"));
                continue;
            }
            let packages = binder.packages("aliases", &[as_pattern(key)], Role::Imported);
            agreed.push(AgreedName::new("aliases", packages, alias, binder));
        }
        Self { agreed, unnamed: options.unnamed, unlisted: options.unlisted, redundant: options.redundant }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        let agreed = cx.judge_imports(|subject| self.agreed_name(subject));
        let mut found = Vec::new();
        for (import, named_by) in &agreed {
            found.extend(self.judge(*cx, *import, *named_by));
        }
        if [self.unlisted, self.redundant].contains(&Choice::Deny) {
            let is_agreed: HashSet<Import<'_>> = agreed.iter().map(|(import, _)| *import).collect();
            let others = cx.imports().filter(|import| !is_agreed.contains(import));
            found.extend(others.filter_map(|import| self.judge_other(*cx, import)));
        }
        found
    }
}

impl AgreedName {
    /// The name `alias` of some packages, a value of the option `key`.
    fn new(key: &str, packages: PackagePatterns, alias: Spanned<String>, binder: &mut Binder<'_>) -> Self {
        if !is_name(alias.get_ref()) {
            let message = format!("`{}` is not a valid name for an import", alias.get_ref());
            let help = "write a Go identifier; `$1` stands for the first group of a `re:` pattern";
            binder.reject(key, OptionError::new(Span::from(alias.span()), message).help(help));
        }
        check_groups(key, &alias, &packages, binder);
        Self { packages, alias: alias.into_inner() }
    }
}

/// A regular expression can do without `re:`, as other linters have it: no import path has parentheses.
fn as_pattern(key: Spanned<String>) -> Spanned<String> {
    let span = key.span();
    let text = key.into_inner();
    let is_plain_regex = text.contains('(') && !text.starts_with("re:");
    Spanned::new(span, if is_plain_regex { format!("re:{text}") } else { text })
}

impl ImportAlias {
    /// The name of a package by the most specific pattern.
    fn agreed_name(&self, subject: &Subject<'_>) -> Option<NamedBy<'_>> {
        let mut best: Option<NamedBy<'_>> = None;
        for AgreedName { packages, alias } in &self.agreed {
            let Some(pattern) = packages.find(subject) else { continue };
            if best.is_none_or(|known| pattern.specificity(subject) > known.pattern.specificity(subject)) {
                best = Some(NamedBy { alias, pattern });
            }
        }
        best
    }

    fn judge(&self, cx: Context<'_, OwnFiles>, import: Import<'_>, named_by: NamedBy<'_>) -> Option<Violation> {
        let NamedBy { alias, pattern } = named_by;
        let agreed = pattern.expand(import.path(), alias);
        let passes = match import.name() {
            Some("." | "_") => true,
            Some(name) => name == agreed,
            None => {
                self.unnamed == Choice::Allow || agreed.is_empty() || import.path().rsplit('/').next() == Some(&agreed)
            }
        };
        if passes {
            return None;
        }
        let message = if agreed.is_empty() { with_name(import) } else { other_name(import, &agreed) };
        let mut violation = cx.at_import(import, message);
        violation.related.push(policy_line(pattern, "matched by this pattern"));
        violation.help = Some(format!("import {agreed} \"{}\"", import.path()).replace("  ", " "));
        Some(violation)
    }

    /// Judges an import of a package without an agreed name.
    fn judge_other(&self, cx: Context<'_, OwnFiles>, import: Import<'_>) -> Option<Violation> {
        let name = import.name().filter(|name| !matches!(*name, "." | "_"))?;
        let message = if self.redundant == Choice::Deny && name == assumed_name(import.path()) {
            format!("`{}` is imported as `{name}`, the name that its path ends in", import.path())
        } else if self.unlisted == Choice::Deny {
            with_name(import)
        } else {
            return None;
        };
        let mut violation = cx.at_import(import, message);
        violation.help = Some(format!("import \"{}\"", import.path()));
        Some(violation)
    }
}

/// The name of a package as goimports reads it from the path: the last element, without a major version, and without what
/// stands before or after an identifier, as in `go-yaml` and `yaml.v3`.
fn assumed_name(path: &str) -> &str {
    let mut elements = path.rsplit('/');
    let mut last = elements.next().unwrap_or_default();
    let is_major = last.strip_prefix('v').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(before) = elements.next().filter(|_| is_major && last.len() > 1) {
        last = before;
    }
    let name = last.strip_prefix("go-").unwrap_or(last);
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    &name[..end]
}

/// An identifier once the captures are filled in.
fn is_name(alias: &str) -> bool {
    alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '{' | '}'))
}

/// Rejects groups that no pattern fills in: `$1` if a pattern is no `re:`, and groups that a pattern does not have.
fn check_groups(key: &str, alias: &Spanned<String>, packages: &PackagePatterns, binder: &mut Binder<'_>) {
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
            return binder.reject(key, error);
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

fn with_name(import: Import<'_>) -> String {
    let name = import.name().unwrap_or_default();
    format!("`{}` is imported as `{name}`, and must not be given a name", import.path())
}

fn other_name(import: Import<'_>, agreed: &str) -> String {
    match import.name() {
        Some(name) => format!("`{}` is imported as `{name}`, not as `{agreed}`", import.path()),
        None => format!("`{}` is imported without the name `{agreed}`", import.path()),
    }
}

const PAGE: &str = r#"
## What it does

Holds the imports of a package to one name, or to none. Dot and blank imports are left to `import-dot` and `import-blank`.

## Why it matters

Where ten packages are called `v1`, one agreed name each lets a reader know them in every file.

## Example

```txtar
-- modwarden.toml --
[[import-alias]]
name     = "kubernetes-api"
packages = ['re:k8s\.io/api/(\w+)/(v\w+)']
alias    = "$1$2"

[[import-alias]]
name      = "errors"
aliases   = { "github.com/pkg/errors" = "pkgerrors", "k8s.io/api/(\\w+)/(v\\w+)" = "$1$2", "context" = "" }
redundant = "deny"
-- go.mod --
module example.com/operator

go 1.24

require (
	github.com/pkg/errors v0.9.1
	k8s.io/api v0.32.0
)
-- operator.go --
package operator

import (
	ctx "context" // finds import-alias/errors
	fmt "fmt" // finds import-alias/errors
	pkgerrors "github.com/pkg/errors"
	appsv1 "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1" // finds import-alias/kubernetes-api finds import-alias/errors
)
```

## Options

- `packages`: the packages.
- `alias`: the name. `$1` and `${name}` stand for the groups of a `re:` pattern. `""` for packages that must not be given a name.
- `aliases`: a table of patterns on packages and the name for each, instead of `packages` and `alias` or beside them. The most specific pattern
  counts. A pattern with parentheses is a regular expression, also without `re:`.
- `unnamed`: `allow` (default) lets an import without a name pass; `deny` does not, unless the path ends in the name.
- `unlisted`: `allow` (default), or `deny` where packages that have no agreed name must not be given one.
- `redundant`: `allow` (default), or `deny` where a package that has no agreed name must not be given the name that its path ends in. That is
  read as goimports reads it: `yaml` for `gopkg.in/yaml.v3`, `rand` for `math/rand/v2`.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Give the import the agreed name.
"#;
