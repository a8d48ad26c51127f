//! Runs the rules and weighs what they say.

use std::collections::HashMap;

use rayon::prelude::*;

use super::subject::{Subject, Weighed};
use super::suppress::Suppressions;
use super::vacuous::vacuous_patterns;
use super::{BoundEntry, RuleSet};
use crate::finding::{Evidence, Finding, Identity, Label, Notification, RuleMeta, Violation};
use crate::policy::{Entry, Level, Scope};
use crate::rules::{Context, ExceptionExpired, ExceptionUnused, PolicyVacuous, SyntaxInvalid};
use crate::text::RepoPath;

/// What the engine has to say.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What counts.
    pub findings: Vec<Finding>,
    /// What an exception or a comment covers.
    pub suppressed: Vec<Finding>,
    /// What else there is to say.
    pub notifications: Vec<Notification>,
}

/// Holds the facts against the rules. The result does not depend on the number of threads.
pub fn check(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Outcome {
    let everything = (Scope::default(), RepoPath::root());
    let run = |bound: &BoundEntry<'_>| {
        let (scope, below) = bound.entry.map_or((&everything.0, &everything.1), |entry| (&entry.scope, &entry.below));
        bound.bound.rule.check(&Context::new(subject.model, subject.files, scope, below))
    };
    let violations: Vec<Vec<Violation>> = rules.entries.par_iter().map(run).collect();

    let mut weighing = Weighing { rules, subject, findings: Vec::new() };
    for (bound, violations) in rules.entries.iter().zip(violations) {
        weighing.add(bound.kind.meta(), bound.entry, violations);
    }
    weighing.add(&SyntaxInvalid::META, None, syntax_errors(subject));
    weighing.add(&PolicyVacuous::META, None, vacuous_patterns(rules, subject));

    let mut suppressions = Suppressions::new(rules.policy, subject);
    let (mut suppressed, mut kept) = (Vec::new(), Vec::new());
    for mut weighed in weighing.findings {
        let side = if suppressions.cover(&mut weighed) { &mut suppressed } else { &mut kept };
        side.push(weighed);
    }
    let mut weighing = Weighing { rules, subject, findings: kept };
    weighing.add(&ExceptionExpired::META, None, suppressions.expired());
    weighing.add(&ExceptionUnused::META, None, suppressions.unused());
    Outcome {
        findings: finish(weighing.findings, subject),
        suppressed: finish(suppressed, subject),
        notifications: suppressions.notifications(),
    }
}

struct Weighing<'a> {
    rules: &'a RuleSet<'a>,
    subject: &'a Subject<'a>,
    findings: Vec<Weighed>,
}

impl Weighing<'_> {
    fn add(&mut self, rule: &'static RuleMeta, entry: Option<&Entry>, violations: Vec<Violation>) {
        let weighed = violations.into_iter().filter_map(|violation| self.weigh(rule, entry, violation));
        let weighed: Vec<Weighed> = weighed.collect();
        self.findings.extend(weighed);
    }

    /// Gives a violation its severity, and what the entry says about it. `None` where the rule is off or the path
    /// was not asked for.
    fn weigh(&self, rule: &'static RuleMeta, entry: Option<&Entry>, violation: Violation) -> Option<Weighed> {
        let path = self.subject.files.get(violation.primary.file).path();
        if !self.subject.covers(path) {
            return None;
        }
        let name = entry.map(|entry| entry.name.as_str());
        let severity = match self.rules.policy.severity.level(rule.id, name, path) {
            Some(Level::Off) => return None,
            Some(Level::At(severity)) => severity,
            None => rule.severity,
        };
        let Violation { subject, mut message, primary, mut related, help, evidence, constraint, about } = violation;
        if let Some(reason) = entry.and_then(|entry| entry.reason.as_deref()) {
            message = format!("{message}: {reason}");
        }
        if let Some(entry) = entry.filter(|_| related.is_empty()) {
            related.push(Label::new(entry.file, entry.span, "required by this entry"));
        }
        let instead = entry.and_then(|entry| entry.use_.as_ref()).map(|instead| format!("use {instead} instead"));
        let finding = Finding {
            rule,
            entry: name.map(str::to_owned),
            severity,
            message,
            primary,
            related,
            help: [instead, help].into_iter().flatten().reduce(|first, next| format!("{first}\n{next}")),
            docs: entry.and_then(|entry| entry.docs.clone()),
            evidence,
            constraint,
            identity: Identity::new(rule.id, name.map(str::to_owned), subject, 1),
            suppression: None,
            introduced_by: None,
            since: None,
        };
        Some(Weighed { finding, about })
    }
}

/// Sorts by place, and tells equal identities apart by their order.
fn finish(weighed: Vec<Weighed>, subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = weighed.into_iter().map(|weighed| weighed.finding).collect();
    let path = |finding: &Finding| subject.files.get(finding.primary.file).path();
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.primary.span, finding.rule.id);
        (path(a), key(a), &a.entry).cmp(&(path(b), key(b), &b.entry))
    });
    let mut counts: HashMap<Identity, u32> = HashMap::new();
    for finding in &mut findings {
        let count = counts.entry(finding.identity.clone()).or_default();
        *count += 1;
        finding.identity = finding.identity.clone().nth(*count);
    }
    findings
}

fn syntax_errors(subject: &Subject<'_>) -> Vec<Violation> {
    let errors = subject.model.errors().iter();
    errors
        .map(|(file, error)| {
            let path = subject.files.get(*file).path().to_string();
            let (first, rest) = error.message.split_once('\n').unwrap_or((&error.message, ""));
            Violation {
                subject: format!("{path}: {first}"),
                message: first.to_owned(),
                primary: Label::new(*file, error.span, ""),
                related: Vec::new(),
                help: Some(rest.trim().to_owned()).filter(|help| !help.is_empty()),
                evidence: Evidence::Source,
                constraint: None,
                about: None,
            }
        })
        .collect()
}
