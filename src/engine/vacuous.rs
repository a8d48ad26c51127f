//! Patterns that can match nothing here.
//!
//! What forbids a module that nobody requires yet is not vacuous: it stands guard. What is written in another
//! tool's language is, and so is what narrows an entry to packages, files or modules that are not there.

use std::collections::HashSet;

use super::{BoundEntry, RuleSet, Subject};
use crate::finding::{IdentityName, IdentitySubject, Label, Violation};
use crate::go::std_packages;
use crate::model::{Model, Module};
use crate::policy::{
    Entry, FileGlob, FileGlobs, ModulePattern, ModulePatterns, PackagePatterns, Pattern, Shape, Subject as Named,
};
use crate::rules::{BoundPattern, Role, imported_package, package_subject};
use crate::text::RepoPath;

/// The vacuous patterns of all entries but those of built-in packs, which are written for every repository.
pub(super) fn vacuous_patterns(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<Violation> {
    let own = rules.entries.iter().filter_map(|bound| Some((bound, bound.entry?)));
    let own = own.filter(|(_, entry)| entry.from_pack.is_none());
    own.flat_map(|(bound, entry)| Known::new(subject, &entry.below).of_entry(bound, entry)).collect()
}

/// What the patterns of an entry could match.
struct Known<'a> {
    subject: &'a Subject<'a>,
    /// Whether what is not known is not there.
    is_whole: bool,
    importers: Vec<Named<'a>>,
    modules: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn new(subject: &'a Subject<'a>, below: &RepoPath) -> Self {
        let packages = subject.model.packages().filter(|package| package.dir().is_within(below));
        let importers = packages.flat_map(|package| {
            let named = package_subject(package);
            // `$test` is a set of importers too.
            [named, Named { test: true, ..named }]
        });
        let own = subject.model.modules().map(|module| module.path().as_str());
        let required = subject.model.modules().flat_map(|module| &module.go_mod().require);
        let modules = own.chain(required.map(|line| line.path.value.as_str())).collect();
        Self { subject, is_whole: subject.sees_all_below(below), importers: importers.collect(), modules }
    }

    fn of_entry(&self, bound: &BoundEntry<'_>, entry: &Entry) -> Vec<Violation> {
        let options = bound.bound.patterns.iter().filter_map(|bound| self.of_option(bound));
        let scope = &entry.scope;
        let from = scope.from.iter().flat_map(PackagePatterns::iter).filter_map(|pattern| self.of_importers(pattern));
        let files = scope.files.iter().flat_map(FileGlobs::iter).filter_map(|glob| self.of_files(glob));
        let modules = scope.modules.iter().flat_map(ModulePatterns::iter).filter_map(|pattern| self.of_mains(pattern));
        let vacuous = options.chain(from).chain(files).chain(modules);
        vacuous.map(|vacuous| vacuous.violation(self.subject.model, entry)).collect()
    }

    fn of_option(&self, bound: &BoundPattern) -> Option<Vacuous> {
        match bound {
            BoundPattern::Package(Role::Importer, pattern) => self.of_importers(pattern),
            BoundPattern::Package(Role::Imported, pattern) => self.of_imported(pattern),
            BoundPattern::Package(Role::Absent, pattern) => self.of_absent(pattern),
            BoundPattern::Module(pattern) => Vacuous::by_form(pattern.path()),
            BoundPattern::File(glob) => self.of_files(glob),
        }
    }

    /// A path without a dot in its first element names the standard library or a module of this repository, or
    /// nothing.
    fn of_imported(&self, pattern: &Pattern) -> Option<Vacuous> {
        if pattern.impossible().is_some() {
            return Vacuous::by_form(pattern);
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
        let near =
            std_packages().find(|package| !package.contains("internal") && package.ends_with(&format!("/{last}")));
        Some(Vacuous {
            place: place(pattern),
            text: pattern.text().to_owned(),
            why: "there is no such package in the standard library and no module of this name".to_owned(),
            help: near.map(|near| format!("did you mean `{near}`?")),
        })
    }

    /// A pattern on packages that need not be here means nothing if no import is of one.
    fn of_absent(&self, pattern: &Pattern) -> Option<Vacuous> {
        let matches = || self.subject.model.imports().any(|import| pattern.matches(&imported_package(import)));
        Vacuous::by_form(pattern).or_else(|| self.unless(matches, pattern, "import"))
    }

    /// Whether a module of this repository, or one it requires, could contain the path or lie below it.
    fn provides(&self, path: &str) -> bool {
        self.modules.iter().any(|module| *module == path || is_below(path, module) || is_below(module, path))
    }

    fn of_importers(&self, pattern: &Pattern) -> Option<Vacuous> {
        let matches = || self.importers.iter().any(|package| pattern.matches(package));
        Vacuous::by_form(pattern).or_else(|| self.unless(matches, pattern, "package"))
    }

    fn of_mains(&self, pattern: &ModulePattern) -> Option<Vacuous> {
        let named = |main: Module<'a>| Named::module(main.path().as_str(), main.dir().as_str());
        let mut mains = self.subject.model.modules().map(named);
        let matches = || mains.any(|main| pattern.matches(&main, None));
        Vacuous::by_form(pattern.path()).or_else(|| self.unless(matches, pattern.path(), "module"))
    }

    fn of_files(&self, glob: &FileGlob) -> Option<Vacuous> {
        let matches = || self.subject.files.iter().any(|(_, file)| glob.matches(file.path().as_bytes()));
        (self.is_whole && !glob.is_negated() && !matches()).then(|| Vacuous {
            place: Label::new(glob.file(), glob.span(), ""),
            text: glob.text().to_owned(),
            why: "it matches no Go file and no module file of this repository".to_owned(),
            help: None,
        })
    }

    fn unless(&self, matches: impl FnOnce() -> bool, pattern: &Pattern, what: &str) -> Option<Vacuous> {
        (self.is_whole && !pattern.is_negated() && !matches()).then(|| Vacuous {
            place: place(pattern),
            text: pattern.text().to_owned(),
            why: format!("it matches no {what} of this repository"),
            help: None,
        })
    }
}

fn place(pattern: &Pattern) -> Label {
    Label::new(pattern.file(), pattern.span(), "")
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
    fn by_form(pattern: &Pattern) -> Option<Self> {
        let impossible = pattern.impossible()?;
        let why = format!("it has {}", impossible.message);
        Some(Self { place: place(pattern), text: pattern.text().to_owned(), why, help: Some(impossible.help.clone()) })
    }

    fn violation(self, model: &Model, entry: &Entry) -> Violation {
        let at = IdentityName::word(&format!("{}/{}", entry.rule, entry.name));
        let subject = IdentitySubject::of(&at).to(&pattern_name(model, &self.text));
        let message = format!("`{}` can match nothing: {}", self.text, self.why);
        Violation { help: self.help, ..Violation::new(subject, message, self.place) }
    }
}

/// A pattern in an identity. One that spells out a module path of the repository is named by the directory.
fn pattern_name(model: &Model, text: &str) -> IdentityName {
    let (mark, path) = text.strip_prefix('!').map_or(("", text), |path| ("!", path));
    match model.named_dir(path) {
        Some(dir) => IdentityName::word(&format!("{mark}./{dir}")),
        None => IdentityName::word(text),
    }
}
