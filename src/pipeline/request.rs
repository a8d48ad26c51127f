//! The request of a check, and its result.

use std::collections::HashMap;

use jiff::civil::Date;

use super::ages::LineHistory;
use super::policies::PolicyChoice;
use crate::finding::{Finding, Run, UndecidedRule};
use crate::load::Input;
use crate::source::ModuleCache;
use crate::text::{FileId, Files, RepoPath};

/// The request of a check.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The state, and the known facts about it.
    pub input: Input<'a>,
    /// The policy.
    pub policy: PolicyChoice<'a>,
    /// The module cache, as evidence.
    pub cache: Option<&'a ModuleCache>,
    /// Finds when lines were added; `None` where there is no history.
    pub lines: Option<&'a dyn LineHistory>,
    /// The paths to which the findings are narrowed; empty for all.
    pub paths: &'a [RepoPath],
    /// Whether the requirements are listed one by one.
    pub tables: Tables,
    /// The day, in UTC.
    pub today: Date,
}

/// A run and the files that it points into.
#[derive(Debug)]
pub struct Checked {
    /// The run.
    pub run: Run,
    /// The files; those that are pointed into have their text.
    pub files: Files,
}

/// Whether the requirements are listed one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// Only the findings of rules.
    #[default]
    None,
    /// As they are.
    Now,
    /// And from when to when they were imported, which takes a walk through all of history.
    WithPast,
}

impl Checked {
    /// Adds a finding that points into other files.
    pub(super) fn adopt(&mut self, mut finding: Finding, others: &Files) {
        let mut adopted: HashMap<FileId, FileId> = HashMap::new();
        let labels = finding.related.iter_mut().chain([&mut finding.primary]);
        let fixed = finding.fix.iter_mut().map(|fix| &mut fix.file);
        for file in labels.map(|label| &mut label.file).chain(fixed) {
            let adopt = || self.files.adopt(others.get(*file));
            *file = *adopted.entry(*file).or_insert_with(adopt);
        }
        self.run.findings.push(finding);
    }

    /// Adds an open question of a rule about another state, unless it is known.
    pub(super) fn adopt_undecided(&mut self, mut undecided: UndecidedRule, others: &Files) {
        let about = |it: &UndecidedRule| (it.code(), it.question.module.clone(), it.question.reason.clone());
        if !self.run.undecided.iter().any(|known| about(known) == about(&undecided)) {
            undecided.question.label.file = self.files.adopt(others.get(undecided.question.label.file));
            self.run.undecided.push(undecided);
        }
    }
}
