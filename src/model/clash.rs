//! Modules of one workspace that replace the same module otherwise (`modload.makeMainModules`, `replacementFrom`).

use std::collections::HashMap;

use super::{Replacement, Workspace};
use crate::go::{ModulePath, Version};

/// Two lines of different modules of a workspace that replace the same, and not by the same.
#[derive(Clone, Copy, Debug)]
pub struct Clash<'m> {
    /// The line of the module that is used first.
    pub first: Replacement<'m>,
    /// The line of the other module.
    pub second: Replacement<'m>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of a clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The go command loads nothing.
    Refused,
    /// It loads nothing once the version is in the module graph.
    RefusedInGraph,
    /// The later line counts, because it comes later.
    LaterCounts,
}

/// What a line replaces.
type Left<'m> = (&'m ModulePath, Option<&'m Version>);

/// The lines of a file, by what they replace.
type Lines<'m> = HashMap<Left<'m>, Replacement<'m>>;

impl<'m> Workspace<'m> {
    /// The lines of its modules that clash, by their place in the later module.
    pub fn clashes(self) -> Vec<Clash<'m>> {
        let of_workspace = by_left(self.replacements());
        let mut earlier: Vec<Lines<'m>> = Vec::new();
        let mut clashes = Vec::new();
        for file in self.uses().filter_map(super::Used::module_file) {
            let lines = by_left(file.replacements());
            for second in file.replacements() {
                let find = |before: &Lines<'m>| clash(before, second, &of_workspace);
                clashes.extend(earlier.iter().rev().filter_map(find).min_by_key(|clash| clash.outcome));
            }
            earlier.push(lines);
        }
        clashes
    }
}

/// How a line clashes with those of an earlier module, if it does.
fn clash<'m>(before: &Lines<'m>, second: Replacement<'m>, of_workspace: &Lines<'m>) -> Option<Clash<'m>> {
    let (path, version) = left(second);
    let is_settled = |version: Option<&'m Version>| {
        of_workspace.contains_key(&(path, version)) || of_workspace.contains_key(&(path, None))
    };
    let has_line = of_workspace.keys().any(|(replaced, _)| *replaced == path);
    if let Some(&first) = before.get(&(path, version)) {
        if !has_line && !first.leads_where(second) {
            return Some(Clash { first, second, outcome: Outcome::Refused });
        }
        let is_seen = version.is_some() && !is_settled(version) && is_written_otherwise(first, second);
        return is_seen.then_some(Clash { first, second, outcome: Outcome::RefusedInGraph });
    }
    let (first, outcome) = match version {
        Some(_) => (*before.get(&(path, None))?, Outcome::RefusedInGraph),
        None => {
            let mut versioned: Vec<_> = before.iter().filter(|((replaced, _), _)| *replaced == path).collect();
            versioned.retain(|((_, version), first)| !is_settled(*version) && is_written_otherwise(**first, second));
            versioned.sort_by_key(|((_, version), _)| *version);
            (*versioned.first()?.1, Outcome::LaterCounts)
        }
    };
    let is_seen = !is_settled(version.or(left(first).1)) && is_written_otherwise(first, second);
    is_seen.then_some(Clash { first, second, outcome })
}

/// The go command compares what is written here, and not where that leads.
fn is_written_otherwise(first: Replacement<'_>, second: Replacement<'_>) -> bool {
    first.to_string() != second.to_string()
}

fn by_left<'m>(lines: impl Iterator<Item = Replacement<'m>>) -> Lines<'m> {
    lines.map(|line| (left(line), line)).collect()
}

fn left(line: Replacement<'_>) -> Left<'_> {
    let line = line.line();
    (&line.old.value, line.old_version.as_ref().map(|version| &version.value))
}
