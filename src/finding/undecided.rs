//! A rule that is enabled and could not decide: its question, and the weighed result of the engine.

use std::sync::Arc;

use super::{Label, RuleMeta, Severity};

/// A question that a rule could not answer with the available evidence. The engine weighs it and makes it an
/// [`UndecidedRule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The path of the module that it is about; where there is none, the path of the file.
    pub module: String,
    /// Why it could not be decided, as a clause that is the same for all modules with the same cause: "modules are
    /// missing from the module cache". Reports group by it.
    pub reason: String,
    /// Names, versions and counts that belong to the reason, if there are any.
    pub details: Option<String>,
    /// The action after which the rule can decide. It must be enough to do it once.
    pub remedy: Option<String>,
    /// The place that it is about, such as the `module` line of go.mod. The engine compares the paths of the command
    /// line with its file.
    pub label: Label,
}

/// A rule that could not decide about a module: an [`OpenQuestion`] that the engine has weighed.
#[derive(Clone, Debug)]
pub struct UndecidedRule {
    /// The rule.
    pub rule: &'static RuleMeta,
    /// The policy entry that asked; `None` for a rule that runs without one.
    pub entry: Option<String>,
    /// The severity that a finding of the rule would have at this place.
    pub severity: Severity,
    /// The open question, and why.
    pub question: OpenQuestion,
    /// Who lets the run pass anyway; `None` if it must not pass.
    pub passed_by: Option<PassedBy>,
    /// The address of the repository that it is about, where a report joins several.
    pub repository: Option<Arc<str>>,
}

impl UndecidedRule {
    /// The rule and, after a `/`, the policy entry, as an exception names it.
    pub fn code(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}/{entry}", self.rule.id),
            None => self.rule.id.to_owned(),
        }
    }

    /// Whether the run must not pass because of it, if findings of at least this severity fail a run.
    pub fn blocks(&self, least: Option<Severity>) -> bool {
        self.passed_by.is_none() && least.is_some_and(|least| self.severity >= least)
    }
}

/// Who lets a run pass though a rule is undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedBy {
    /// `undecided = "pass"` in the policy.
    Policy,
    /// `--undecided pass` on the command line.
    CommandLine,
}

impl PassedBy {
    /// The name used in sentences.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::CommandLine => "command line",
        }
    }
}
