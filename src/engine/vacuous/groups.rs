//! Patterns of groups that match nothing in any list that has them, and groups that no list names.
//!
//! The patterns of one group need not all make sense in each list: `database/sql` is imported and imports nothing.

use std::collections::BTreeMap;

use super::Vacuous;
use crate::finding::{Label, Severity, Violation};
use crate::model::Model;
use crate::policy::{Pattern, Policy};
use crate::text::{FileId, Span};

/// The place of a pattern of a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PatternPlace {
    file: FileId,
    span: Span,
}

impl PatternPlace {
    pub(super) fn of(pattern: &Pattern) -> Self {
        Self { file: pattern.file(), span: pattern.span() }
    }
}

/// The patterns of groups, by their places.
#[derive(Default)]
pub(super) struct GroupPatterns(BTreeMap<PatternPlace, PatternUses>);

#[derive(Default)]
struct PatternUses {
    /// How many lists have it.
    lists: usize,
    /// The lists in which it matches nothing.
    found: Vec<FoundInList>,
}

/// A pattern of a group that matches nothing in a list of an entry.
struct FoundInList {
    entry: String,
    vacuous: Vacuous,
}

impl GroupPatterns {
    /// Counts the lists of an entry that have patterns of groups.
    pub(super) fn count(&mut self, places: &[PatternPlace]) {
        for place in places {
            self.0.entry(*place).or_default().lists += 1;
        }
    }

    /// Takes out the findings about patterns of groups, and returns the others.
    pub(super) fn take_out(&mut self, entry: &str, found: Vec<Vacuous>) -> Vec<Vacuous> {
        let mut others = Vec::new();
        for vacuous in found {
            let place = PatternPlace { file: vacuous.place.file, span: vacuous.place.span };
            match self.0.get_mut(&place).filter(|_| vacuous.group.is_some()) {
                Some(uses) => uses.found.push(FoundInList { entry: entry.to_owned(), vacuous }),
                None => others.push(vacuous),
            }
        }
        others
    }

    /// The findings: at the group for a pattern that matches nothing in any list, and at the list for a group without
    /// which an entry checks nothing.
    pub(super) fn violations(self, model: &Model) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut at_lists: Vec<FoundInList> = Vec::new();
        for PatternUses { lists, mut found } in self.0.into_values() {
            found.sort_by_key(|it| it.vacuous.severity != Some(Severity::Error));
            if found.len() < lists {
                at_lists.extend(found.into_iter().filter(|it| it.vacuous.severity == Some(Severity::Error)));
            } else if let Some(FoundInList { vacuous, .. }) = found.into_iter().next() {
                let name = vacuous.group.as_ref().map(|group| group.name.to_string()).unwrap_or_default();
                violations.push(vacuous.violation(model, &format!("groups/{name}")));
            }
        }
        let mut seen = Vec::new();
        for FoundInList { entry, vacuous } in at_lists {
            let Some(group) = vacuous.group.clone().filter(|group| !seen.contains(group)) else { continue };
            let why = format!(
                "the entry `{entry}` checks nothing, since no pattern of the group matches anything in this list"
            );
            let place = Label::new(group.file, group.span, "");
            let at_list = Vacuous { place, text: format!("${}", group.name), why, help: None, ..vacuous };
            violations.push(at_list.violation(model, &entry));
            seen.push(group);
        }
        violations
    }
}

/// The groups that nothing names.
pub(super) fn unused_groups(policy: &Policy, model: &Model) -> Vec<Violation> {
    let mut violations = Vec::new();
    for group in policy.unused_groups() {
        let why = "no entry and no exception names this group".to_owned();
        let vacuous = Vacuous::new(Label::new(group.file, group.key, ""), &group.name, why).saying("has no effect");
        violations.push(
            vacuous
                .help(Some(format!("write `${}` in a list, or remove the group", group.name)))
                .violation(model, "groups"),
        );
    }
    violations
}
