//! Modules of one workspace that replace the same module otherwise (`modload.makeMainModules`, `replacementFrom`).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Replacement, Used, Workspace};
use crate::go::{ModulePath, Version};

/// Two lines of different modules of a workspace that replace the same, and not by the same.
#[derive(Clone, Copy, Debug)]
pub struct Clash<'m> {
    /// The line of the module that is used first.
    pub first: Replacement<'m>,
    /// The line of the other module.
    pub second: Replacement<'m>,
    /// The outcome.
    pub outcome: ClashOutcome,
}

/// The outcome of a clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClashOutcome {
    /// The go command loads nothing.
    Refused,
    /// It loads nothing once the version is in the module graph.
    RefusedInGraph,
    /// The later line counts, because it comes later.
    LaterCounts,
}

/// The left side of a line.
type Left<'m> = (&'m ModulePath, Option<&'m Version>);

impl<'m> Workspace<'m> {
    /// The lines of its modules that clash, by their place in the later module.
    pub fn clashes(self) -> Vec<Clash<'m>> {
        let settled = Settled::by(self);
        let mut before = LinesBefore::default();
        let mut clashes = Vec::new();
        for file in self.uses().filter_map(Used::module_file) {
            clashes.extend(file.replacements().filter_map(|line| before.clash(line, &settled)));
            before.add(file.replacements());
        }
        clashes
    }
}

/// The left sides of the workspace's own lines, for which those of its modules do not count.
struct Settled<'m> {
    lefts: HashSet<Left<'m>>,
    paths: HashSet<&'m ModulePath>,
}

impl<'m> Settled<'m> {
    fn by(workspace: Workspace<'m>) -> Self {
        let lefts: HashSet<Left<'m>> = workspace.replacements().map(left).collect();
        Self { paths: lefts.iter().map(|(path, _)| *path).collect(), lefts }
    }

    fn covers(&self, path: &'m ModulePath, version: &'m Version) -> bool {
        self.lefts.contains(&(path, Some(version))) || self.lefts.contains(&(path, None))
    }
}

/// The lines of the modules that were used before.
#[derive(Default)]
struct LinesBefore<'m> {
    /// The last line for each left side.
    last: HashMap<Left<'m>, Replacement<'m>>,
    /// The lines that would count if no other module came.
    counting: HashMap<&'m ModulePath, Counting<'m>>,
}

/// The lines for one path that count: of the last module that has one for a version.
#[derive(Default)]
struct Counting<'m> {
    of_all: Option<Replacement<'m>>,
    of_versions: BTreeMap<&'m Version, Replacement<'m>>,
}

impl<'m> LinesBefore<'m> {
    /// Takes in the lines of the next module.
    fn add(&mut self, lines: impl Iterator<Item = Replacement<'m>> + Clone) {
        for line in lines.clone().filter(|line| line.old_version().is_none()) {
            self.counting.insert(line.old(), Counting { of_all: Some(line), of_versions: BTreeMap::new() });
        }
        for line in lines {
            self.last.insert(left(line), line);
            if let Some(version) = line.old_version() {
                self.counting.entry(line.old()).or_default().of_versions.insert(version, line);
            }
        }
    }

    /// How a line of the next module clashes with those before, if it does.
    fn clash(&self, second: Replacement<'m>, settled: &Settled<'m>) -> Option<Clash<'m>> {
        let path = second.old();
        let same = self.last.get(&left(second)).filter(|first| !first.leads_where(second));
        if let Some(&first) = same.filter(|_| !settled.paths.contains(path)) {
            return Some(Clash { first, second, outcome: ClashOutcome::Refused });
        }
        let counting = self.counting.get(path)?;
        let is_seen = |version: &'m Version, first: &Replacement<'m>| {
            !settled.covers(path, version) && is_written_otherwise(*first, second)
        };
        let (first, outcome) = match second.old_version() {
            Some(version) => {
                let first = counting.of_versions.get(version).or(counting.of_all.as_ref());
                (first.filter(|first| is_seen(version, first))?, ClashOutcome::RefusedInGraph)
            }
            None => {
                let mut versions = counting.of_versions.iter();
                (versions.find(|(version, first)| is_seen(version, first))?.1, ClashOutcome::LaterCounts)
            }
        };
        Some(Clash { first: *first, second, outcome })
    }
}

/// The go command compares the written text, and not the place where it leads.
fn is_written_otherwise(first: Replacement<'_>, second: Replacement<'_>) -> bool {
    first.to_string() != second.to_string()
}

fn left(line: Replacement<'_>) -> Left<'_> {
    (line.old(), line.old_version())
}
