//! `[severity]`: how much the findings of a rule, or of one entry, matter in a place.

use crate::finding::Severity;
use crate::text::{FileId, RepoPath, Span};

/// A severity, or none at all. The greater is the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The rule or entry does not run.
    Off,
    /// Its findings have this severity.
    At(Severity),
}

impl Level {
    /// The level of this name: a severity or `off`.
    pub fn parse(name: &str) -> Option<Self> {
        if name == "off" { Some(Self::Off) } else { name.parse().ok().map(Self::At) }
    }

    /// The name used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.as_str(),
        }
    }
}

/// All levels that a policy gives.
#[derive(Clone, Debug, Default)]
pub struct Severities {
    lines: Vec<LevelLine>,
}

/// One line of a `[severity]` table.
#[derive(Clone, Debug)]
pub(super) struct LevelLine {
    pub(super) rule: String,
    pub(super) entry: Option<String>,
    pub(super) level: Level,
    pub(super) file: FileId,
    pub(super) key: Span,
    /// The directory of the policy that has the line.
    pub(super) below: RepoPath,
    /// Whether it can only raise a level that is inherited from a policy above.
    pub(super) raises: bool,
}

impl LevelLine {
    fn speaks_of(&self, rule: &str, entry: Option<&str>) -> bool {
        self.rule == rule && self.entry.as_deref().is_none_or(|named| entry == Some(named))
    }
}

impl Severities {
    /// The level of findings of `entry`, or of the rule run without one, at `path`.
    ///
    /// A line for the entry counts before a line for its rule; policies further down can only raise the level.
    /// `None` means that nothing is said: an entry then has its rule's own severity, and a rule without an entry
    /// does not run there.
    pub fn level(&self, rule: &str, entry: Option<&str>, path: &RepoPath) -> Option<Level> {
        let here = || self.lines.iter().filter(|line| line.speaks_of(rule, entry) && path.is_within(&line.below));
        let set = here().filter(|line| !line.raises).max_by_key(|line| line.entry.is_some());
        let raised = here().filter(|line| line.raises).map(|line| line.level).max();
        set.map(|line| line.level).max(raised)
    }

    /// Whether the rule runs without an entry, at least below some directory.
    pub fn turns_on(&self, rule: &str) -> bool {
        let named = |line: &&LevelLine| line.rule == rule && line.entry.is_none();
        self.lines.iter().filter(named).any(|line| self.level(rule, None, &line.below) > Some(Level::Off))
    }

    /// Adds a line; it replaces one that says the same of the same place.
    pub(super) fn add(&mut self, line: LevelLine) {
        let same = |old: &LevelLine| (&old.rule, &old.entry, &old.below) == (&line.rule, &line.entry, &line.below);
        self.lines.retain(|old| !same(old));
        self.lines.push(line);
    }

    /// Every line that still counts.
    pub(super) fn lines(&self) -> &[LevelLine] {
        &self.lines
    }
}
