//! Findings that comments and exceptions newly cover, for people: every format shows a change that excuses itself.

use super::place::place;
use crate::finding::{Finding, Label, Run, SuppressionKind};
use crate::text::Files;

/// A finding that does not count, and that nothing covered in the state of the comparison.
pub(super) struct NewlyCovered<'a> {
    /// The finding.
    pub(super) finding: &'a Finding,
    /// The place of the comment or exception that covers it.
    pub(super) by: &'a Label,
    /// The exception or comment that covers it, its place, owner, end and reason.
    words: String,
}

/// The newly covered findings, in the order of the run.
pub(super) fn newly_covered<'a>(run: &'a Run, files: &Files) -> Vec<NewlyCovered<'a>> {
    let covered = |finding: &'a Finding| {
        let suppression = finding.suppression.as_ref()?;
        let kind = match suppression.kind {
            SuppressionKind::Exception => "exception",
            SuppressionKind::Inline => "comment",
        };
        let mut words = format!("the {kind} at {}", place(files, &suppression.label));
        if let Some(owner) = &suppression.owner {
            words.push_str(&format!(", owner {owner}"));
        }
        if let Some(until) = &suppression.until {
            words.push_str(&format!(", until {until}"));
        }
        words.push_str(&format!(": {}", suppression.reason));
        Some(NewlyCovered { finding, by: &suppression.label, words })
    };
    run.newly_covered.iter().filter_map(covered).collect()
}

impl NewlyCovered<'_> {
    /// The exception or comment that covers it, and why: "the comment at a.go:3:1, until 2026-12-31: the reason".
    pub(super) fn by_in_words(&self) -> &str {
        &self.words
    }

    /// One line: the finding that does not count, and the exception or comment that covers it.
    pub(super) fn message(&self) -> String {
        format!("not counted: {}; newly covered by {}", self.finding.message, self.words)
    }
}
