//! Patterns that can match nothing here.
//!
//! What forbids a module that nobody requires yet is not vacuous: it stands guard. What is written in another
//! tool's language is, and so is what narrows an entry to packages, files or modules that are not there.

use std::collections::HashSet;

use super::{BoundEntry, RuleSet, Subject};
use crate::finding::{Evidence, Label, Violation};
use crate::go::std_packages;
use crate::policy::{Entry, Impossible, Pattern, Shape, Subject as Named};
use crate::rules::{BoundPattern, Role};

/// The vacuous patterns of all entries but those of built-in packs, which are written for every repository.
pub(super) fn vacuous_patterns(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<Violation> {
    let facts = Known::new(subject);
    let own = rules.entries.iter().filter_map(|bound| Some((bound, bound.entry?)));
    own.filter(|(_, entry)| entry.from_pack.is_none()).flat_map(|(bound, entry)| facts.of_entry(bound, entry)).collect()
}

/// What patterns could match.
struct Known<'a> {
    subject: &'a Subject<'a>,
    importers: Vec<Named<'a>>,
    modules: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        let importers = subject.model.packages().flat_map(|package| {
            let named = Named {
                path: package.path(),
                relative: Some(package.relative()),
                std: package.module().path().as_str() == "std",
                in_module: true,
                in_workspace: true,
                test: false,
            };
            // `$test` is a set of importers too.
            [named, Named { test: true, ..named }]
        });
        let own = subject.model.modules().map(|module| module.path().as_str());
        let required = subject.model.modules().flat_map(|module| &module.go_mod().require);
        let modules = own.chain(required.map(|line| line.path.value.as_str())).collect();
        Self { subject, importers: importers.collect(), modules }
    }

    fn of_entry(&self, bound: &BoundEntry<'_>, entry: &Entry) -> Vec<Violation> {
        let options = bound.bound.patterns.iter().filter_map(|bound| self.of_option(bound));
        let from = entry.scope.from().map(|from| from.iter()).into_iter().flatten();
        let from = from.filter_map(|pattern| self.of_importers(pattern));
        let files = entry.scope.files().map(|files| files.iter()).into_iter().flatten();
        let files = files.filter(|glob| self.subject.is_whole() && !self.matches_file(glob)).map(|glob| Vacuous {
            place: Label::new(glob.file(), glob.span(), ""),
            text: glob.text().to_owned(),
            why: "it matches no Go file and no go.mod of this repository".to_owned(),
            help: None,
        });
        let modules = entry.scope.modules().map(|modules| modules.iter()).into_iter().flatten();
        let modules = modules.filter_map(|pattern| self.of_scope_module(pattern));
        let vacuous = options.chain(from).chain(files).chain(modules);
        vacuous.map(|vacuous| vacuous.violation(entry)).collect()
    }

    fn of_option(&self, bound: &BoundPattern) -> Option<Vacuous> {
        match bound {
            BoundPattern::Package(Role::Importer, pattern) => self.of_importers(pattern),
            BoundPattern::Package(Role::Imported, pattern) => self.of_imported(pattern),
            BoundPattern::Module(pattern) => {
                pattern.impossible().map(|impossible| Vacuous::by_form(pattern.place(), pattern.text(), impossible))
            }
        }
    }

    /// A path without a dot in its first element names the standard library or a module of this repository, or
    /// nothing.
    fn of_imported(&self, pattern: &Pattern) -> Option<Vacuous> {
        if let Some(impossible) = pattern.impossible() {
            return Some(Vacuous::by_form(pattern.place(), pattern.text(), impossible));
        }
        let (path, below) = match pattern.shape() {
            Shape::Exact(path) => (path, false),
            Shape::Below(path) => (path, true),
            _ => return None,
        };
        let first = path.split('/').next().unwrap_or_default();
        if path == "C" || first.contains('.') || self.provides(path) {
            return None;
        }
        let covers = |package: &&str| *package == path || (below && is_below(package, path));
        if std_packages().any(|package| covers(&package)) {
            return None;
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        let near = std_packages().find(|package| !package.contains("internal") && package.ends_with(&format!("/{last}")));
        Some(Vacuous {
            place: pattern.place(),
            text: pattern.text().to_owned(),
            why: "there is no such package in the standard library and no module of this name".to_owned(),
            help: near.map(|near| format!("did you mean `{near}`?")),
        })
    }

    /// Whether a module of this repository, or one it requires, could contain the path or lie below it.
    fn provides(&self, path: &str) -> bool {
        self.modules.iter().any(|module| *module == path || is_below(path, module) || is_below(module, path))
    }

    fn of_importers(&self, pattern: &Pattern) -> Option<Vacuous> {
        if let Some(impossible) = pattern.impossible() {
            return Some(Vacuous::by_form(pattern.place(), pattern.text(), impossible));
        }
        let matches = self.importers.iter().any(|package| pattern.matches(package));
        (self.subject.is_whole() && !matches && !pattern.is_negated()).then(|| Vacuous {
            place: pattern.place(),
            text: pattern.text().to_owned(),
            why: "it matches no package of this repository".to_owned(),
            help: None,
        })
    }
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// A pattern, and why it can match nothing.
struct Vacuous {
    place: Label,
    text: String,
    why: String,
    help: Option<String>,
}

impl Vacuous {
    fn by_form(place: Label, text: &str, impossible: &Impossible) -> Self {
        let why = format!("it has {}", impossible.message);
        Self { place, text: text.to_owned(), why, help: Some(impossible.help.clone()) }
    }

    fn violation(self, entry: &Entry) -> Violation {
        Violation {
            subject: format!("{}/{}: {}", entry.rule, entry.name, self.text),
            message: format!("`{}` can match nothing: {}", self.text, self.why),
            primary: self.place,
            related: Vec::new(),
            help: self.help,
            evidence: Evidence::Source,
            constraint: None,
            about: None,
        }
    }
}
