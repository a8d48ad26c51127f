//! Patterns that can match nothing here.
//!
//! What forbids a module that nobody requires yet is not vacuous: it stands guard. What names no package, file or
//! module in a place where only those of the repository count, or is written in another tool's language, is.

use std::collections::BTreeSet;

use super::{BoundEntry, RuleSet, Subject};
use crate::finding::{Evidence, Label, Violation};
use crate::go::std_packages;
use crate::model::Package;
use crate::policy::{Entry, PackagePatterns, Pattern, Shape, Subject as PackageSubject};
use crate::rules::{BoundPattern, Role};

/// The vacuous patterns of all entries but those of built-in packs, which are written for every repository.
pub(super) fn vacuous_patterns(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<Violation> {
    let facts = Known::new(subject);
    let own = rules.entries.iter().filter_map(|bound| Some((bound, bound.entry?)));
    own.filter(|(_, entry)| entry.from_pack.is_none()).flat_map(|(bound, entry)| facts.of_entry(bound, entry)).collect()
}
