//! `undecided`: whether a run passes though a rule could not decide.

use crate::text::{FileId, RepoPath, Span};

/// The choice of a policy for a rule that could not decide. The greater is the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UndecidedChoice {
    /// It is reported, and the run passes.
    Pass,
    /// It is reported, and the run does not pass where findings of the rule would fail it.
    Fail,
}

impl UndecidedChoice {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Pass, Self::Fail];

    /// The name used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }

    /// The choice of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == name)
    }
}

/// All choices of a policy for rules that could not decide.
#[derive(Clone, Debug, Default)]
pub struct UndecidedChoices {
    lines: Vec<UndecidedLine>,
}

/// One line of `[undecided]`, or `undecided = "…"`.
#[derive(Clone, Debug)]
pub(super) struct UndecidedLine {
    /// The rule, or every one.
    pub(super) rule: Option<String>,
    pub(super) entry: Option<String>,
    pub(super) choice: UndecidedChoice,
    pub(super) file: FileId,
    pub(super) key: Span,
    /// The directory of the policy that has the line.
    pub(super) below: RepoPath,
    /// Whether it can only tighten a choice that is inherited from a policy above.
    pub(super) tightens: bool,
}

impl UndecidedLine {
    fn speaks_of(&self, rule: &str, entry: Option<&str>) -> bool {
        self.rule.as_deref().is_none_or(|named| named == rule)
            && self.entry.as_deref().is_none_or(|named| entry == Some(named))
    }

    /// A line for an entry counts before one for its rule, and that before one for all.
    fn rank(&self) -> usize {
        usize::from(self.rule.is_some()) + usize::from(self.entry.is_some())
    }
}

impl UndecidedChoices {
    /// The choice for `entry`, or for the rule run without one, at `path`. A run fails unless there is a choice.
    pub fn choice(&self, rule: &str, entry: Option<&str>, path: &RepoPath) -> UndecidedChoice {
        let here = || self.lines.iter().filter(|line| line.speaks_of(rule, entry) && path.is_within(&line.below));
        let set = here().filter(|line| !line.tightens).max_by_key(|line| line.rank());
        let is_tightened = here().any(|line| line.tightens && line.choice == UndecidedChoice::Fail);
        match set {
            Some(line) if !is_tightened => line.choice,
            _ => UndecidedChoice::Fail,
        }
    }

    /// Adds a line; it replaces one that says the same of the same place.
    pub(super) fn add(&mut self, line: UndecidedLine) {
        let same = |old: &UndecidedLine| (&old.rule, &old.entry, &old.below) == (&line.rule, &line.entry, &line.below);
        self.lines.retain(|old| !same(old));
        self.lines.push(line);
    }

    /// Every line that still counts.
    pub(super) fn lines(&self) -> &[UndecidedLine] {
        &self.lines
    }
}
