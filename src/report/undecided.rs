//! Open questions for people: those with the same reason and remedy together, so that a hundred modules make one
//! paragraph.

use super::place::place;
use super::summary::counted;
use crate::finding::{Run, Severity, UndecidedRule};
use crate::text::Files;

/// The open questions of a run, for a log: one line and one help for each reason.
pub(crate) fn undecided_notes(run: &Run) -> Vec<(String, String)> {
    let mut notes = Vec::new();
    for group in undecided_groups(run) {
        let message = format!("{}: {}", group.rules().join(", "), group.message());
        notes.push((message, group.remedy().unwrap_or_default().replace('\n', "; ")));
    }
    notes
}

/// How many modules of a group are named.
const MAX_NAMED: usize = 3;

/// Questions about one repository that have the same reason and the same remedy.
pub(super) struct UndecidedGroup<'a> {
    /// All of them, in the order of the run. There is at least one.
    pub(super) questions: Vec<&'a UndecidedRule>,
}

/// The questions of a run in groups: those that matter most first, else in the order of the run.
pub(super) fn undecided_groups(run: &Run) -> Vec<UndecidedGroup<'_>> {
    let mut groups: Vec<UndecidedGroup<'_>> = Vec::new();
    for undecided in &run.undecided {
        match groups.iter_mut().find(|group| group.is_of(undecided)) {
            Some(group) => group.questions.push(undecided),
            None => groups.push(UndecidedGroup { questions: vec![undecided] }),
        }
    }
    groups.sort_by_key(|group| (group.is_passed(), std::cmp::Reverse(group.severity())));
    groups
}

impl<'a> UndecidedGroup<'a> {
    fn is_of(&self, undecided: &UndecidedRule) -> bool {
        let (known, asked) = (&self.questions[0].question, &undecided.question);
        known.reason == asked.reason
            && known.remedy == asked.remedy
            && self.questions[0].passed_by == undecided.passed_by
            && self.questions[0].repository == undecided.repository
    }

    /// The first question, which has the reason, the remedy and the place of all.
    pub(super) fn first(&self) -> &'a UndecidedRule {
        self.questions[0]
    }

    /// The highest severity of its rules.
    pub(super) fn severity(&self) -> Severity {
        self.questions.iter().map(|undecided| undecided.severity).max().unwrap_or(Severity::Note)
    }

    /// Whether the run passes anyway.
    pub(super) fn is_passed(&self) -> bool {
        self.first().passed_by.is_some()
    }

    /// The rules, and entries of rules, by name.
    pub(super) fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = self.questions.iter().map(|undecided| undecided.code()).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// The modules, each once, in the order of the run.
    pub(super) fn modules(&self) -> Vec<&'a str> {
        let mut modules: Vec<&str> = Vec::new();
        for undecided in &self.questions {
            let module = undecided.question.module.as_str();
            if !modules.contains(&module) {
                modules.push(module);
            }
        }
        modules
    }

    /// The modules in a few words: "`a`, `b`, `c` and 96 more modules".
    pub(super) fn modules_in_words(&self) -> String {
        let modules = self.modules();
        let named: Vec<String> = modules.iter().take(MAX_NAMED).map(|module| format!("`{module}`")).collect();
        match modules.len().saturating_sub(MAX_NAMED) {
            0 => named.join(", "),
            more => format!("{} and {}", named.join(", "), counted(more, "more module")),
        }
    }

    /// The reason in one line, with the details of a single question.
    pub(super) fn message(&self) -> String {
        let first = &self.first().question;
        let details = first.details.as_ref().filter(|_| self.modules().len() == 1 && self.has_same_details());
        let details = details.map(|details| format!(" ({details})")).unwrap_or_default();
        let repository = self.first().repository.as_ref().map(|it| format!(", in {it}")).unwrap_or_default();
        format!("not decided for {}: {}{details}{repository}", self.modules_in_words(), first.reason)
    }

    fn has_same_details(&self) -> bool {
        self.questions.iter().all(|undecided| undecided.question.details == self.first().question.details)
    }

    /// The remedy, and whether the run passes anyway.
    pub(super) fn remedy(&self) -> Option<String> {
        let passed = self.first().passed_by.map(|by| format!("allowed by the {}", by.in_words()));
        self.first()
            .question
            .remedy
            .iter()
            .cloned()
            .chain(passed)
            .reduce(|remedy, passed| format!("{remedy}\n{passed}"))
    }

    /// Where the first of them is.
    pub(super) fn place(&self, files: &Files) -> String {
        place(files, &self.first().question.label)
    }
}
