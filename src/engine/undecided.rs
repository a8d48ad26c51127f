//! Asks the enabled rules for their open questions, and gives these a severity as for findings.

use rayon::prelude::*;

use super::check::{Everywhere, severity_at};
use super::subject::Subject;
use super::{BoundEntry, RuleSet};
use crate::finding::{OpenQuestion, PassedBy, UndecidedRule};
use crate::policy::UndecidedChoice;

/// The open questions of the rules, in order of file, place and rule. A rule that is off at a place has no question
/// there.
pub(crate) fn undecided_rules(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Vec<UndecidedRule> {
    let everywhere = Everywhere::new();
    let ask = |bound: &BoundEntry<'_>| {
        bound.bound.rule.open_questions(everywhere.facts_for(bound, subject), subject.gathered())
    };
    let questions: Vec<Vec<OpenQuestion>> = rules.entries.par_iter().map(ask).collect();
    let mut undecided = Vec::new();
    for (bound, questions) in rules.entries.iter().zip(questions) {
        undecided.extend(questions.into_iter().filter_map(|question| weigh(rules, subject, bound, question)));
    }
    undecided.sort_by(|a, b| {
        let path = |undecided: &UndecidedRule| subject.files.get(undecided.question.label.file).path();
        let key = |undecided: &UndecidedRule| (undecided.question.label.span, undecided.rule.id);
        (path(a), key(a), &a.entry, &a.question.module).cmp(&(path(b), key(b), &b.entry, &b.question.module))
    });
    undecided
}

/// Gives a question the severity of its rule. `None` where the rule is off or the path was not asked for.
fn weigh(
    rules: &RuleSet<'_>,
    subject: &Subject<'_>,
    bound: &BoundEntry<'_>,
    question: OpenQuestion,
) -> Option<UndecidedRule> {
    let rule = bound.kind.meta();
    let path = subject.files.get(question.label.file).path();
    if !subject.covers(path) {
        return None;
    }
    let entry = bound.entry.map(|entry| entry.name.as_str());
    let severity = severity_at(rules.policy, rule, entry, path)?;
    let choice = rules.policy.undecided.choice(rule.id, entry, path);
    let passed_by = (choice == UndecidedChoice::Pass).then_some(PassedBy::Policy);
    Some(UndecidedRule { rule, entry: entry.map(str::to_owned), severity, question, passed_by, repository: None })
}
