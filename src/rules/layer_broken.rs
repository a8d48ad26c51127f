//! `layer-broken`: an import goes up, across or past the layers that the policy lists.

use std::ops::Range;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::context::policy_line;
use super::guesses::guess_questions;
use super::imported_as::JudgedImports;
use super::{Binder, Context, OwnFiles, Role, Rule};
use crate::finding::{Evidence, Family, IdentitySubject, Label, OpenQuestion, RuleMeta, Severity, Violation};
use crate::model::{File, Import};
use crate::policy::{OptionError, PackagePatterns, Pattern, Specificity, Subject};

/// Keeps the order of layers.
#[derive(Debug)]
pub(crate) struct LayerBroken {
    layers: Vec<Layer>,
    is_closed: bool,
    exhaustive: PackagePatterns,
    containers: PackagePatterns,
}

/// The options of an entry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LayerBrokenOptions {
    /// The layers, the highest first. ` | ` separates parts of one layer that are independent of each other; a layer in parentheses
    /// may be missing.
    #[schemars(with = "Vec<String>")]
    layers: Vec<Spanned<String>>,
    /// Whether a layer may import only the next one below it.
    closed: bool,
    /// Packages that must be in a layer.
    #[schemars(with = "Vec<String>")]
    exhaustive: Vec<Spanned<String>>,
    /// Directories that each have these layers, for themselves.
    #[schemars(with = "Vec<String>")]
    containers: Vec<Spanned<String>>,
}

#[derive(Debug)]
struct Layer {
    /// The parts that are independent of each other.
    parts: Vec<PackagePatterns>,
    is_optional: bool,
}

/// The layer of a package.
#[derive(Clone, Copy)]
struct Place<'p, 's> {
    layer: usize,
    part: usize,
    pattern: &'p Pattern,
    /// The directory that has its own layers, if there are such.
    container: Option<&'s str>,
}

/// The reason why an import breaks the layers.
#[derive(Clone, Copy)]
struct LayerBreach<'p> {
    kind: BreachKind,
    importer: &'p Pattern,
    imported: &'p Pattern,
}

#[derive(Clone, Copy)]
enum BreachKind {
    Upwards,
    Across,
    Past,
}

impl Rule for LayerBroken {
    const META: RuleMeta = RuleMeta {
        id: "layer-broken",
        family: Family::Imports,
        summary: "An import breaks the order of layers.",
        severity: Severity::Error,
        evidence: Evidence::Source,
        page: PAGE,
    };

    const STANDS_ALONE: bool = false;

    type Facts<'m> = OwnFiles;

    type Options = LayerBrokenOptions;

    fn new(options: LayerBrokenOptions, binder: &mut Binder<'_>) -> Self {
        let has_order =
            options.layers.len() > 1 || options.layers.iter().any(|layer| layer.get_ref().contains(SEPARATOR));
        binder.require(
            has_order,
            "this entry orders nothing",
            "add `layers` with two or more layers, the highest first",
        );
        reject_mistakes(&options.layers, binder);
        let containers = binder.containers("containers", &options.containers);
        let mut layers = Vec::new();
        for text in &options.layers {
            let (parts, is_optional) = parts(text);
            let mut compiled = Vec::new();
            for part in parts {
                compiled.push(if is_optional {
                    binder.optional_packages("layers", &[part])
                } else if containers.is_empty() {
                    binder.packages("layers", &[part], Role::Passing)
                } else {
                    binder.packages_within("layers", &[part], &containers)
                });
            }
            layers.push(Layer { parts: compiled, is_optional });
        }
        Self {
            layers,
            is_closed: options.closed,
            exhaustive: binder.packages("exhaustive", &options.exhaustive, Role::Importer),
            containers,
        }
    }

    fn check(&self, cx: &Context<'_, OwnFiles>) -> Vec<Violation> {
        let mut found = self.judged(*cx).violations(|import, breach| broken(*cx, import, breach));
        for file in cx.go_files() {
            let importer = cx.importer(file);
            if let Some(pattern) = self.exhaustive.find(&importer).filter(|_| self.place(&importer).is_none()) {
                found.push(without_layer(file, pattern));
            }
        }
        found
    }

    fn open_questions(&self, cx: &Context<'_, OwnFiles>) -> Vec<OpenQuestion> {
        guess_questions(*cx, &self.judged(*cx).guesses)
    }
}

impl LayerBroken {
    /// The imports of packages in layers.
    fn judged<'m>(&self, cx: Context<'m, OwnFiles>) -> JudgedImports<'m, LayerBreach<'_>> {
        let mut judged = JudgedImports::new(cx);
        for file in cx.go_files() {
            let importer = cx.importer(file);
            let Some(place) = self.place(&importer) else { continue };
            for import in file.imports() {
                judged.judge(import, |imported| self.breach(place, self.place(imported)?));
            }
        }
        judged
    }

    /// The layer of a package: that of the pattern which names it most closely.
    fn place<'p, 's>(&'p self, package: &Subject<'s>) -> Option<Place<'p, 's>> {
        let (container, subject) = self.within_container(package)?;
        let mut best: Option<(Specificity, Place<'p, 's>)> = None;
        for (layer, parts) in self.layers.iter().enumerate() {
            for (part, patterns) in parts.parts.iter().enumerate() {
                let Some(pattern) = patterns.find(&subject) else { continue };
                let specificity = pattern.specificity(&subject);
                if best.is_none_or(|(known, _)| specificity > known) {
                    best = Some((specificity, Place { layer, part, pattern, container }));
                }
            }
        }
        best.map(|(_, place)| place)
    }

    /// The directory around a package that has its own layers, and the package as seen from there; `None` for a package
    /// outside of such directories, where there are any.
    fn within_container<'s>(&self, package: &Subject<'s>) -> Option<(Option<&'s str>, Subject<'s>)> {
        if self.containers.is_empty() {
            return Some((None, *package));
        }
        let (directory, inside) = package.within(&self.containers)?;
        Some((Some(directory.path), inside))
    }

    fn breach<'p>(&self, importer: Place<'p, '_>, imported: Place<'p, '_>) -> Option<LayerBreach<'p>> {
        if importer.container != imported.container {
            return None;
        }
        let kind = if imported.layer < importer.layer {
            BreachKind::Upwards
        } else if imported.layer == importer.layer {
            if importer.part == imported.part {
                return None;
            }
            BreachKind::Across
        } else {
            let between = &self.layers[importer.layer + 1..imported.layer];
            if !self.is_closed || between.iter().all(|layer| layer.is_optional) {
                return None;
            }
            BreachKind::Past
        };
        Some(LayerBreach { kind, importer: importer.pattern, imported: imported.pattern })
    }
}

const SEPARATOR: &str = " | ";

/// The parts of a layer, each with its place, and whether the layer may be missing.
fn parts(layer: &Spanned<String>) -> (Vec<Spanned<String>>, bool) {
    let text = layer.get_ref().trim_start();
    let inner = text.trim_end().strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let mut start = layer.get_ref().len() - text.len() + usize::from(inner.is_some());
    let mut parts = Vec::new();
    for piece in inner.unwrap_or(text).split(SEPARATOR) {
        let part = piece.trim_start();
        let place = place_in(layer, start + piece.len() - part.len(), part.trim_end().len());
        parts.push(Spanned::new(place, part.trim_end().to_owned()));
        start += piece.len() + SEPARATOR.len();
    }
    (parts, inner.is_some())
}

/// The place of some bytes of a string; that of the whole string if it is written with escapes.
fn place_in(string: &Spanned<String>, start: usize, length: usize) -> Range<usize> {
    let span = string.span();
    // There is a quote before and after the string.
    if span.len() != string.get_ref().len() + 2 || length == string.get_ref().len() {
        return span;
    }
    span.start + 1 + start..span.start + 1 + start + length
}

fn reject_mistakes(layers: &[Spanned<String>], binder: &mut Binder<'_>) {
    let mut known: Vec<String> = Vec::new();
    for part in layers.iter().flat_map(|layer| parts(layer).0) {
        let text = part.get_ref();
        let mistake = if known.contains(text) {
            Some((format!("`{text}` is listed twice"), "a package has one place among the layers: remove one of them"))
        } else if text.starts_with('!') {
            Some(("a layer cannot take packages away".to_owned(), "name the packages of the layer"))
        } else if text.contains(['(', ')']) && !text.starts_with("re:") {
            Some(("the parentheses are not around the whole layer".to_owned(), "write `(./one/... | ./two/...)`"))
        } else {
            None
        };
        if let Some((message, help)) = mistake {
            binder.reject("layers", OptionError::new(part.span().into(), message).help(help));
        }
        known.push(part.into_inner());
    }
}

fn broken(cx: Context<'_, OwnFiles>, import: Import<'_>, breach: &LayerBreach<'_>) -> Violation {
    let importer = import.file().package().path();
    let relation = match breach.kind {
        BreachKind::Upwards => "which is in a higher layer",
        BreachKind::Across => "which is in the same layer and must stay independent",
        BreachKind::Past => "which is below the next layer",
    };
    let mut violation = cx.at_import(import, format!("`{importer}` imports `{}`, {relation}", import.path()));
    violation.related.push(policy_line(breach.importer, "the layer of the importing package"));
    violation.related.push(policy_line(breach.imported, "the layer of the imported package"));
    violation
}

fn without_layer(file: File<'_>, pattern: &Pattern) -> Violation {
    let package = file.package();
    let subject = IdentitySubject::at(package.dir());
    let subject = if file.is_test() { subject.in_tests() } else { subject };
    let place = Label::new(file.id(), file.clause_span(), "a file of this package");
    let mut violation = Violation::new(subject, format!("`{}` is in no layer", package.path()), place);
    violation.related.push(policy_line(pattern, "every package that this matches must be in a layer"));
    violation
}

const PAGE: &str = r#"
## What it does

Keeps the order of layers. `layers` lists them, the highest first. A package may import packages of its own layer and of those below it, and
none of a higher one. The package belongs to the layer whose pattern names it most closely; packages that no layer names are not judged, unless
`exhaustive` names them: then they are findings themselves.

Parts of a layer that ` | ` separates must not import each other: in `"./store/... | ./mail/..."` both parts are independent.

With `closed = true` a layer may import only the next one. A layer in parentheses, as `"(./cache/...)"`, may be missing, and may be passed by.

With `containers`, each directory that it matches has these layers for itself, and `./` in `layers` begins there; of directories within each
other the outermost counts. Imports from one container to
another are not judged; `sibling-coupled` forbids them.

## Why it matters

A picture of layers is in the head of everyone who designed them, and in nobody's compiler. The first import upwards is small and
convenient; after the tenth, no part can be tested, moved or replaced alone.

## Example

```txtar
-- modwarden.toml --
[[layer-broken]]
name   = "onion"
layers = ["./cmd/...", "./internal/app/...", "./internal/store/... | ./internal/mail/...", "./internal/domain/..."]
-- go.mod --
module example.com/shop

go 1.24
-- cmd/shop/main.go --
package main

import "example.com/shop/internal/app"

func main() { app.Run() }
-- internal/app/app.go --
package app

import (
	"example.com/shop/internal/mail"
	"example.com/shop/internal/store"
)

func Run() { mail.Send(store.Customer()) }
-- internal/store/store.go --
package store

import "example.com/shop/internal/domain"

func Customer() domain.Customer { return domain.Customer{} }
-- internal/mail/mail.go --
package mail

import (
	"example.com/shop/internal/domain"
	"example.com/shop/internal/store" // finds layer-broken/onion
)

var Last = store.Customer()

func Send(domain.Customer) {}
-- internal/domain/domain.go --
package domain

import _ "example.com/shop/internal/app" // finds layer-broken/onion

type Customer struct{}
```

## Options

- `layers`: the layers, the highest first.
- `closed`: with `true`, a layer may import only the next one.
- `exhaustive`: packages that must be in a layer. `!` in front of a pattern takes packages away.
- `containers`: directories that each have these layers for themselves, such as `./services/*`.

## Evidence

`source`: the repository's own files suffice.

## How to fix

Move the code that is needed above and below to the lower layer, or turn the dependency round: the lower layer declares an interface, and the
higher one implements it.
"#;
