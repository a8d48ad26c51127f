//! Which groups the entries and exceptions of a policy name.

use std::collections::BTreeSet;

use super::group::Group;
use super::options::RawOptions;
use super::{Policy, RawValue};
use crate::text::RepoPath;

impl Policy {
    /// The groups that no entry and no exception names, neither directly nor through other groups.
    pub(crate) fn unused_groups(&self) -> Vec<&Group> {
        let mut used: BTreeSet<(&RepoPath, &str)> = BTreeSet::new();
        for entry in &self.entries {
            for name in names_in(&entry.options).into_iter().chain(names_in(&entry.common)) {
                self.use_group(&mut used, &entry.below, name);
            }
        }
        for exception in &self.exceptions {
            for name in names_in(&exception.raw) {
                self.use_group(&mut used, &exception.below, name);
            }
        }
        self.groups.iter().filter(|group| !used.contains(&(&group.below, group.name.as_str()))).collect()
    }

    /// Adds the group of this name that a policy of the directory sees, and those that it names.
    fn use_group<'p>(&'p self, used: &mut BTreeSet<(&'p RepoPath, &'p str)>, below: &RepoPath, name: &str) {
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            let is_meant = |group: &&Group| group.name == name && below.is_within(&group.below);
            let Some(group) = self.groups.iter().find(is_meant) else { continue };
            if used.insert((&group.below, &group.name)) {
                waiting.extend(group.patterns.iter().flat_map(|text| names_of(text.get_ref())));
            }
        }
    }
}

/// The keys of an entry with texts for readers.
const PROSE: [&str; 4] = ["docs", "owner", "reason", "use"];

fn names_in(options: &RawOptions) -> Vec<&str> {
    let mut names = Vec::new();
    for (_, option) in options.iter().filter(|(key, _)| !PROSE.contains(key)) {
        collect_names(option.value.get_ref(), &mut names);
    }
    names
}

fn collect_names<'v>(value: &'v RawValue, names: &mut Vec<&'v str>) {
    match value {
        RawValue::String(text) => names.extend(names_of(text)),
        RawValue::Array(items) => items.iter().for_each(|item| collect_names(item.get_ref(), names)),
        RawValue::Table(entries) => entries.iter().for_each(|(_, value)| collect_names(value.get_ref(), names)),
        RawValue::Number(_) | RawValue::Boolean(_) | RawValue::Datetime(_) => {}
    }
}

/// The names after each `$` of a text: a layer can have several groups.
fn names_of(text: &str) -> impl Iterator<Item = &str> {
    let is_outside = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.');
    text.split('$').skip(1).filter_map(move |rest| rest.split(is_outside).next())
}
