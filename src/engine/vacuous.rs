//! Parts of the policy that do nothing here: patterns that can match nothing, lists that a `!` empties, build tags that
//! no file mentions, entries that judge nothing.
//!
//! A pattern that forbids a module that nobody requires yet is not vacuous: it is a guard. A pattern on packages of this
//! repository that matches none is vacuous, whatever its purpose, and so is a pattern in another tool's language.

mod groups;
mod known;
mod lists;
mod meant;

use self::groups::{GroupPatterns, unused_groups};
use self::known::KnownSubjects;
use self::lists::EntryLists;
use super::{BoundEntry, RuleSet, Subject};
use crate::finding::{IdentityName, IdentitySubject, Label, Severity, Violation};
use crate::go::{is_build_tag, is_known_arch, is_known_os};
use crate::model::{File, Model};
use crate::policy::{Entry, Exception, FileGlob, GroupUse, Pattern, Scope};
use crate::rules::{BoundList, Context, SyntaxInvalid};
use crate::text::{Home, RepoPath, Span};

/// The parts of entries and exceptions that have no effect, except those of built-in packs, which are written for every
/// repository.
pub(super) fn vacuous_patterns(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<Violation> {
    let known = KnownSubjects::new(subject);
    let mut patterns = GroupPatterns::default();
    let mut found = Vec::new();
    for bound in &rules.entries {
        found.extend(bound.entry.map(|entry| of_entry(&known, bound, entry, &mut patterns)).unwrap_or_default());
    }
    for exception in &rules.policy.exceptions {
        found.extend(of_exception(&known, exception, &mut patterns));
    }
    let root = RepoPath::root();
    let whole = known.below(&root);
    let modules = rules.policy.modules.globs().filter_map(|glob| whole.of_module_glob(glob));
    let modules = modules.map(|vacuous| vacuous.violation(subject.model, "modules"));
    found.extend(modules.chain(without_rule(rules)));
    found.extend(patterns.violations(subject.model));
    found.extend(unused_groups(rules.policy, subject.model));
    found.retain(|it| subject.files.get(it.primary.file).home() != Home::Embedded);
    found
}

/// A policy that turns on no rule: it checks nothing. `syntax-invalid` is always on, and counts if `[severity]` names it.
fn without_rule(rules: &RuleSet<'_>) -> Option<Violation> {
    if !rules.entries.is_empty() || rules.policy.severity.turns_on(SyntaxInvalid::META.id) {
        return None;
    }
    let (_, file) = rules.policy.files.iter().find(|(below, _)| below.is_root())?;
    let help = "write `extends = [\"recommended\"]` at its top, or add rules; `modwarden policy init` writes a policy";
    Some(Violation {
        help: Some(help.to_owned()),
        severity: Some(Severity::Error),
        ..Violation::new(
            IdentitySubject::of(&IdentityName::word("policy")).fault("no rule"),
            "the policy turns on no rule, so it checks nothing".to_owned(),
            Label::new(*file, Span::at(0), ""),
        )
    })
}

fn of_entry(
    known: &KnownSubjects<'_>,
    bound: &BoundEntry<'_>,
    entry: &Entry,
    patterns: &mut GroupPatterns,
) -> Vec<Violation> {
    let known = known.below(&entry.below);
    let mut options = EntryLists::new(known);
    bound.bound.lists.iter().for_each(|list| options.add(list));
    let mut scope = EntryLists::new(known);
    scope.add_scope(&entry.scope);
    for lists in [&mut options, &mut scope] {
        if lists.leave_nothing() {
            lists.found.iter_mut().for_each(|it| it.leaves_nothing(&entry.name));
        }
    }
    let name = format!("{}/{}", entry.rule, entry.name);
    patterns.count(&[options.of_groups, scope.of_groups].concat());
    let mut found: Vec<Vacuous> = [options.found, scope.found].concat();
    if found.is_empty() {
        found.extend(disjoint_scope(known.subject, entry));
    }
    found.extend(entry.tags().into_iter().filter(|(_, tag, _)| known.is_unmentioned(tag)).map(|(file, tag, span)| {
        let why = "no file of this repository mentions this build tag".to_owned();
        Vacuous::new(Label::new(file, span, ""), tag, why).saying("has no effect")
    }));
    let found = patterns.take_out(&name, found);
    found.into_iter().map(|it| it.violation(known.subject.model, &name)).collect()
}

fn of_exception(known: &KnownSubjects<'_>, exception: &Exception, patterns: &mut GroupPatterns) -> Vec<Violation> {
    let known = known.below(&exception.below);
    let mut lists = EntryLists::new(known);
    if let Some(files) = &exception.files {
        lists.add(&BoundList::Files(files.clone()));
    }
    if let Some(modules) = &exception.modules {
        lists.add_mains(modules);
    }
    if let Some(imports) = &exception.imports {
        lists.add_abouts(imports);
    }
    let name = format!("exception/{}", exception.target());
    patterns.count(&lists.of_groups);
    let found = patterns.take_out(&name, lists.found);
    found.into_iter().map(|it| it.violation(known.subject.model, &name)).collect()
}

/// Each pattern of the scope matches something, but nothing is in all lists at once.
fn disjoint_scope(subject: &Subject<'_>, entry: &Entry) -> Option<Vacuous> {
    let scope = &entry.scope;
    let lists =
        [("from", scope.from.is_some()), ("files", scope.files.is_some()), ("modules", scope.modules.is_some())];
    let given: Vec<String> =
        lists.iter().filter(|(_, is_given)| *is_given).map(|(key, _)| format!("`{key}`")).collect();
    if given.len() < 2 || !subject.sees_all_below(&entry.below) {
        return None;
    }
    let patterns = Scope {
        from: scope.from.clone(),
        files: scope.files.clone(),
        modules: scope.modules.clone(),
        ..Scope::default()
    };
    let facts = Context::new(subject.model, subject.files, &patterns, &entry.below);
    let has_facts = facts.go_files().next().is_some()
        || facts.modules().next().is_some()
        || facts.workspaces().next().is_some()
        || facts.vendors().next().is_some();
    if has_facts {
        return None;
    }
    let why = format!("no file matches all of {}", given.join(" and "));
    let mut vacuous = Vacuous::new(Label::new(entry.file, entry.span, ""), &entry.name, why).saying("checks nothing");
    vacuous.severity = Some(Severity::Error);
    Some(vacuous)
}

/// A part of the policy that does nothing, and why.
#[derive(Clone)]
struct Vacuous {
    place: Label,
    text: String,
    /// The effect that it does not have.
    fault: &'static str,
    why: String,
    help: Option<String>,
    /// Unless the policy gives another.
    severity: Option<Severity>,
    /// The use of the group that has the pattern.
    group: Option<GroupUse>,
}

impl Vacuous {
    fn new(place: Label, text: &str, why: String) -> Self {
        Self {
            place,
            text: text.to_owned(),
            fault: "cannot match anything",
            why,
            help: None,
            severity: None,
            group: None,
        }
    }

    fn of(pattern: &Pattern, why: impl Into<String>) -> Self {
        let place = Label::new(pattern.file(), pattern.span(), "");
        Self { group: pattern.group().cloned(), ..Self::new(place, pattern.text(), why.into()) }
    }

    /// The same about a whole list: a pattern of a group stands for the group.
    fn of_list(pattern: &Pattern, why: String) -> Self {
        let Some(group) = pattern.group() else { return Self::of(pattern, why) };
        let mark = if pattern.is_negated() { "!" } else { "" };
        Self::new(Label::new(group.file, group.span, ""), &format!("{mark}${}", group.name), why)
    }

    fn of_glob(glob: &FileGlob, why: impl Into<String>) -> Self {
        Self::new(Label::new(glob.file(), glob.span(), ""), glob.text(), why.into())
    }

    fn saying(self, fault: &'static str) -> Self {
        Self { fault, ..self }
    }

    fn help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// Nothing else is in the list, so that the entry does nothing.
    fn leaves_nothing(&mut self, entry: &str) {
        self.why.push_str(&format!(", so the entry `{entry}` checks nothing"));
        self.severity = Some(Severity::Error);
    }

    fn violation(self, model: &Model, of: &str) -> Violation {
        let subject = IdentitySubject::of(&IdentityName::word(of)).to(&pattern_name(model, &self.text));
        let message = format!("`{}` {}: {}", self.text, self.fault, self.why);
        Violation { help: self.help, severity: self.severity, ..Violation::new(subject, message, self.place) }
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

/// Whether a file of the repository could be built or not because of this tag.
fn mentions(file: File<'_>, tag: &str) -> bool {
    file.constraint().is_some_and(|constraint| constraint.mentions(tag))
}

/// Whether every build has an opinion on this tag, as on `linux`, so that it need not be mentioned.
fn is_of_go(tag: &str) -> bool {
    is_known_os(tag) || is_known_arch(tag) || is_build_tag(tag)
}
