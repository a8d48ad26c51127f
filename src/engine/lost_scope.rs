//! Entries whose scope covered something in the state of the comparison, and covers nothing now.
//!
//! `./` in a scope is relative to each module, so a new go.mod, or a rename, can move code out of it without a word: the
//! entry is kept, and nobody keeps it any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{RuleSet, Sight, Subject};
use crate::finding::{Finding, IdentityName, IdentitySubject, Label, Severity, Violation};
use crate::go::GO_MOD;
use crate::model::{File, Model, Module, Package};
use crate::policy::{Entry, FileGlobs, ModulePatterns, PackagePatterns, Scope};
use crate::rules::{Context, PolicyVacuous};
use crate::text::{Files, RepoPath};

/// The directories that the scope of each entry covers in a state, in the order of the rules' entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeFootprints(Vec<Footprint>);

/// The directories of packages and modules that a scope covers; none for an entry without a scope.
#[derive(Clone, Debug, Default)]
struct Footprint(BTreeMap<RepoPath, Covered>);

/// A directory that a scope covers.
#[derive(Clone, Debug)]
struct Covered {
    /// The directory of the module that it belongs to.
    module: RepoPath,
    /// The names of the Go files in it.
    files: BTreeSet<Vec<u8>>,
}

/// The word for the fault in the identity of such a finding.
const FAULT: &str = "scope";

/// Whether a finding is one of these: only whole states can be compared for it.
pub(crate) fn is_lost_scope(finding: &Finding) -> bool {
    finding.rule.id == PolicyVacuous::META.id && finding.identity.fault() == Some(FAULT)
}

impl ScopeFootprints {
    /// The directories that the scopes of the entries cover in a state.
    pub(crate) fn of(rules: &RuleSet<'_>, model: &Model, files: &Files) -> Self {
        let of_entry =
            |entry: Option<&Entry>| entry.map(|entry| Footprint::of(entry, model, files)).unwrap_or_default();
        Self(rules.entries.iter().map(|bound| of_entry(bound.entry)).collect())
    }
}

impl Footprint {
    fn of(entry: &Entry, model: &Model, files: &Files) -> Self {
        let Scope { from, files: globs, modules, .. } = &entry.scope;
        let mut covered = BTreeMap::new();
        if from.is_none() && globs.is_none() && modules.is_none() {
            return Self(covered);
        }
        // The kind of file and the builds do not matter for the question where code is.
        let scope = Scope { from: from.clone(), files: globs.clone(), modules: modules.clone(), ..Scope::default() };
        let facts = Context::new(model, files, &scope, &entry.below);
        let modules = facts.modules().filter(|_| from.is_none());
        for dir in modules.map(Module::dir) {
            covered.insert(dir.clone(), Covered { module: dir.clone(), files: BTreeSet::new() });
        }
        for file in facts.go_files() {
            let package = file.package();
            let module = package.module().dir().clone();
            let new = || Covered { module, files: BTreeSet::new() };
            covered.entry(package.dir().clone()).or_insert_with(new).files.insert(name_of(file, files));
        }
        Self(covered)
    }
}

fn name_of(file: File<'_>, files: &Files) -> Vec<u8> {
    files.get(file.id()).path().file_name().to_vec()
}

/// The entries that lost their scope, or directories of it to another module. Nothing is lost as long as not all is
/// seen.
pub(super) fn lost_scopes(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<Violation> {
    if subject.scopes_before.is_empty() || subject.sight == Sight::Partial {
        return Vec::new();
    }
    let now = ScopeFootprints::of(rules, subject.model, subject.files);
    let mut lost = Vec::new();
    for (at, bound) in rules.entries.iter().enumerate() {
        let before = subject.scopes_before.iter().filter_map(|scopes| scopes.0.get(at));
        let before: BTreeMap<&RepoPath, &Covered> = before.flat_map(|footprint| &footprint.0).collect();
        let (Some(entry), Some(now)) = (bound.entry, now.0.get(at)) else { continue };
        lost.extend(lost_scope(entry, &before, now, subject));
    }
    lost
}

fn lost_scope(
    entry: &Entry,
    before: &BTreeMap<&RepoPath, &Covered>,
    now: &Footprint,
    subject: &Subject<'_>,
) -> Option<Violation> {
    let name = format!("{}/{}", entry.rule, entry.name);
    let message = if now.0.is_empty() {
        let (first, covered) = before.first_key_value()?;
        let more = and_more(before.len() - 1);
        let place = whereabouts(first, covered, subject).unwrap_or_else(|| "it no longer exists".to_owned());
        format!("`{name}` no longer covers anything: its scope covered {}{more} before, and {place}", shown(first))
    } else {
        let moved: Vec<(&RepoPath, String)> = before
            .iter()
            .filter(|(dir, _)| !now.0.contains_key(**dir))
            .filter_map(|(dir, covered)| Some((*dir, other_module(dir, covered, subject)?)))
            .collect();
        let (first, place) = moved.first()?;
        let more = and_more(moved.len() - 1);
        format!("`{name}` no longer covers {}{more}: {place}", shown(first))
    };
    let help = "correct the scope; an import path, or a glob in `files`, does not depend on go.mod files";
    Some(Violation {
        help: Some(help.to_owned()),
        severity: Some(Severity::Error),
        ..Violation::new(IdentitySubject::of(&IdentityName::word(&name)).fault(FAULT), message, place_of(entry))
    })
}

fn and_more(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and 1 more directory".to_owned(),
        _ => format!(" and {count} more directories"),
    }
}

fn shown(dir: &RepoPath) -> String {
    if dir.is_root() { "the root".to_owned() } else { format!("`{dir}`") }
}

/// Where the code of a directory is now, if it is known.
fn whereabouts(dir: &RepoPath, covered: &Covered, subject: &Subject<'_>) -> Option<String> {
    other_module(dir, covered, subject).or_else(|| moved_to(covered, subject))
}

/// The package in the same directory, if another module has it now.
fn other_module(dir: &RepoPath, covered: &Covered, subject: &Subject<'_>) -> Option<String> {
    let package = subject.model.packages().find(|package| package.dir() == dir)?;
    let module = package.module();
    let is_other = *module.dir() != covered.module;
    is_other.then(|| format!("it is now in the module `{}` of {}", module.path(), shown(&module.dir().join(GO_MOD))))
}

/// The package that has most of the files of a directory, by their names, and at least half of them.
fn moved_to(covered: &Covered, subject: &Subject<'_>) -> Option<String> {
    let common = |package: &Package<'_>| {
        package.files().filter(|file| covered.files.contains(&name_of(*file, subject.files))).count()
    };
    let nearest = subject.model.packages().max_by_key(common)?;
    let is_same = common(&nearest) > 0 && common(&nearest) * 2 >= covered.files.len();
    is_same.then(|| format!("files of these names are now in {}", shown(nearest.dir())))
}

/// The first pattern of the scope.
fn place_of(entry: &Entry) -> Label {
    let Scope { from, files, modules, .. } = &entry.scope;
    let of_packages = from.iter().flat_map(PackagePatterns::iter).map(|pattern| (pattern.file(), pattern.span()));
    let of_files = files.iter().flat_map(FileGlobs::iter).map(|glob| (glob.file(), glob.span()));
    let of_modules =
        modules.iter().flat_map(ModulePatterns::iter).map(|pattern| (pattern.path().file(), pattern.path().span()));
    let (file, span) = of_packages.chain(of_modules).chain(of_files).next().unwrap_or((entry.file, entry.span));
    Label::new(file, span, "")
}
