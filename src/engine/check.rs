//! Runs the rules, and gives their violations a severity.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::comments::Extent;
use super::lost_scope::lost_scopes;
use super::subject::{Subject, Weighed};
use super::suppress::Suppressions;
use super::undecided::undecided_rules;
use super::vacuous::vacuous_patterns;
use super::{BoundEntry, RuleSet};
use crate::finding::{
    Finding, Identity, IdentityName, IdentitySubject, Label, Notification, RuleMeta, Severity, UndecidedRule, Violation,
};
use crate::go::is_go_file;
use crate::model::Model;
use crate::policy::{Entry, Level, Policy, Scope};
use crate::rules::{
    Context, ExceptionExpired, ExceptionUnused, Locality, PolicyVacuous, RuleKind, SyntaxInvalid, find,
};
use crate::text::{FileId, RepoPath, Span};

/// The result of the engine.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The findings that count.
    pub findings: Vec<Finding>,
    /// The findings that an exception or a comment covers.
    pub suppressed: Vec<Finding>,
    /// The questions that the rules could not decide.
    pub undecided: Vec<UndecidedRule>,
    /// Everything else that a report shows.
    pub notifications: Vec<Notification>,
}

/// Holds the facts against the rules. The result does not depend on the number of threads.
pub(crate) fn check(rules: &RuleSet<'_>, subject: &Subject<'_>) -> Outcome {
    let mut weighing = Weighing::of(rules, subject, |_| true);
    weighing.add(&SyntaxInvalid::META, None, syntax_errors(subject, |_| true));
    weighing.add(&PolicyVacuous::META, None, vacuous_patterns(rules, subject));

    weighing.add(&PolicyVacuous::META, None, lost_scopes(rules, subject));
    let mut suppressions = Suppressions::new(rules.policy, subject, Extent::Whole);
    let (suppressed, kept) = suppressions.divide(weighing.findings);
    let mut weighing = Weighing { rules, subject, findings: kept };
    weighing.add(&ExceptionExpired::META, None, suppressions.expired());
    weighing.add(&ExceptionUnused::META, None, suppressions.unused());
    let narrowing = &rules.policy.narrowing;
    let is_reported = |finding: &Finding| narrowing.covers(finding.rule.id, finding.entry.as_deref());
    let mut outcome = Outcome {
        findings: finish(weighing.findings, subject),
        suppressed: finish(suppressed, subject),
        undecided: undecided_rules(rules, subject),
        notifications: suppressions.notifications(),
    };
    outcome.findings.retain(is_reported);
    outcome.suppressed.retain(is_reported);
    outcome.undecided.retain(|undecided| narrowing.covers(undecided.rule.id, undecided.entry.as_deref()));
    outcome
}

/// The findings that count of the rules of this locality, for facts that are a part of a state, or of several. Findings
/// about the policy itself need a whole state and are left out. Equal identities are not distinguished.
pub(crate) fn check_part(rules: &RuleSet<'_>, subject: &Subject<'_>, locality: Locality) -> Vec<Finding> {
    let mut weighing = Weighing::of(rules, subject, |bound| bound.bound.rule.locality() == locality);
    let errors = syntax_errors(subject, |path| match locality {
        Locality::File => is_go_file(path.file_name()),
        Locality::Module => !is_go_file(path.file_name()),
        Locality::State | Locality::Pair => false,
    });
    weighing.add(&SyntaxInvalid::META, None, errors);
    let (_, kept) = Suppressions::new(rules.policy, subject, Extent::Part).divide(weighing.findings);
    let narrowing = &rules.policy.narrowing;
    let findings = kept.into_iter().map(|weighed| weighed.finding);
    findings.filter(|finding| narrowing.covers(finding.rule.id, finding.entry.as_deref())).collect()
}

/// The scope of a rule without an entry.
pub(super) struct Everywhere {
    scope: Scope,
    below: RepoPath,
}

impl Everywhere {
    /// The whole repository.
    pub(super) fn new() -> Self {
        Self { scope: Scope::default(), below: RepoPath::root() }
    }

    /// The facts in scope of an entry.
    pub(super) fn facts_for<'a>(&'a self, bound: &'a BoundEntry<'_>, subject: &Subject<'a>) -> Context<'a> {
        let (scope, below) = bound.entry.map_or((&self.scope, &self.below), |entry| (&entry.scope, &entry.below));
        Context::new(subject.model, subject.files, scope, below)
    }
}

/// How much a rule, or an entry of it, matters at a path; `None` where it is off.
pub(super) fn severity_at(policy: &Policy, rule: &RuleMeta, entry: Option<&str>, path: &RepoPath) -> Option<Severity> {
    match policy.severity.level(rule.id, entry, path) {
        Some(Level::Off) => None,
        Some(Level::At(severity)) => Some(severity),
        None => Some(rule.severity),
    }
}

struct Weighing<'a> {
    rules: &'a RuleSet<'a>,
    subject: &'a Subject<'a>,
    findings: Vec<Weighed>,
}

impl<'a> Weighing<'a> {
    /// The violations of the rules for which `is_asked` holds.
    fn of(rules: &'a RuleSet<'a>, subject: &'a Subject<'a>, is_asked: impl Fn(&BoundEntry<'_>) -> bool) -> Self {
        let everywhere = Everywhere::new();
        let run = |bound: &&BoundEntry<'_>| {
            let mut weighing = Self { rules, subject, findings: Vec::new() };
            let facts = everywhere.facts_for(bound, subject);
            bound.bound.rule.check_each(facts, subject.gathered(), &mut |violation| {
                weighing.add_one(bound.kind.meta(), bound.entry, violation);
            });
            weighing.findings
        };
        let asked: Vec<&BoundEntry<'_>> = rules.entries.iter().filter(|bound| is_asked(bound)).collect();
        let found: Vec<Vec<Weighed>> = asked.par_iter().map(run).collect();
        let mut weighing = Self { rules, subject, findings: found.into_iter().fold(Vec::new(), joined) };
        weighing.drop_repeated();
        weighing
    }

    /// Drops a finding if its rule yields to another one that has a finding at the same place and at least as severe.
    fn drop_repeated(&mut self) {
        let rule_of = |weighed: &Weighed| find(weighed.finding.rule.id);
        let yielding: HashSet<&str> =
            self.findings.iter().filter_map(rule_of).flat_map(RuleKind::yields_to).copied().collect();
        let mut said: HashMap<(&str, FileId, Span), Severity> = HashMap::new();
        for Weighed { finding, .. } in self.findings.iter().filter(|it| yielding.contains(it.finding.rule.id)) {
            let known =
                said.entry((finding.rule.id, finding.primary.file, finding.primary.span)).or_insert(finding.severity);
            *known = finding.severity.max(*known);
        }
        self.findings.retain(|weighed| {
            let Finding { primary, severity, .. } = &weighed.finding;
            let others = rule_of(weighed).map(RuleKind::yields_to).unwrap_or_default();
            !others.iter().any(|other| said.get(&(*other, primary.file, primary.span)).is_some_and(|it| it >= severity))
        });
    }

    fn add(&mut self, rule: &'static RuleMeta, entry: Option<&Entry>, violations: Vec<Violation>) {
        violations.into_iter().for_each(|violation| self.add_one(rule, entry, violation));
    }

    fn add_one(&mut self, rule: &'static RuleMeta, entry: Option<&Entry>, violation: Violation) {
        let weighed = self.weigh(rule, entry, violation);
        self.findings.extend(weighed);
    }

    /// Gives a violation its severity and the texts of its entry. `None` where the rule is off or the path
    /// was not asked for.
    fn weigh(&self, rule: &'static RuleMeta, entry: Option<&Entry>, violation: Violation) -> Option<Weighed> {
        let path = self.subject.files.get(violation.primary.file).path();
        if !self.subject.covers(path) {
            return None;
        }
        let name = entry.map(|entry| entry.name.as_str());
        let severity = match violation.severity {
            Some(severity) if self.rules.policy.severity.level(rule.id, name, path).is_none() => severity,
            _ => severity_at(self.rules.policy, rule, name, path)?,
        };
        let severity = violation.at_most.map_or(severity, |most| severity.min(most));
        let Violation { subject, mut message, primary, mut related, help, evidence, constraint, about, fix, .. } =
            violation;
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
            fix,
            edits: Vec::new(),
            identity: Identity::new(rule.id, name.map(str::to_owned), subject, 1),
            suppression: None,
            introduced_by: None,
            since: None,
            repository: None,
        };
        Some(Weighed { finding, about })
    }
}

/// Both lists as one, in which each keeps its own order. The longer one is not copied: it may have a million findings.
fn joined(mut one: Vec<Weighed>, mut other: Vec<Weighed>) -> Vec<Weighed> {
    if one.len() < other.len() {
        std::mem::swap(&mut one, &mut other);
    }
    one.append(&mut other);
    one
}

/// Sorts by place, and distinguishes equal identities by their order.
fn finish(weighed: Vec<Weighed>, subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = weighed.into_iter().map(|weighed| weighed.finding).collect();
    let path = |finding: &Finding| subject.files.get(finding.primary.file).path();
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.primary.span, finding.rule.id);
        (path(a), key(a), &a.entry).cmp(&(path(b), key(b), &b.entry))
    });
    for (finding, ordinal) in ordinals(&findings).into_iter().enumerate() {
        findings[finding].identity.set_ordinal(ordinal);
    }
    findings
}

/// Which of the findings with the same identity each is, from 1.
fn ordinals(findings: &[Finding]) -> Vec<u32> {
    let mut counts: HashMap<&Identity, u32> = HashMap::with_capacity(findings.len());
    let mut ordinals = Vec::with_capacity(findings.len());
    for finding in findings {
        let count = counts.entry(&finding.identity).or_default();
        *count += 1;
        ordinals.push(*count);
    }
    ordinals
}

/// The syntax errors of the files that `is_asked` picks.
fn syntax_errors(subject: &Subject<'_>, is_asked: impl Fn(&RepoPath) -> bool) -> Vec<Violation> {
    let errors = subject.model.errors().iter();
    errors
        .filter(|(file, _)| is_asked(subject.files.get(*file).path()))
        .map(|(file, error)| {
            let path = subject.files.get(*file).path();
            Violation {
                help: error.help.map(str::to_owned),
                ..Violation::new(
                    IdentitySubject::at(path).fault(&kind_of(&error.message, subject.model)),
                    error.message.as_str(),
                    Label::new(*file, error.span, ""),
                )
            }
        })
        .collect()
}

/// The kind of a syntax error: its words without the quoted text, and the directories of modules of the repository for
/// their paths.
fn kind_of(message: &str, model: &Model) -> String {
    let mut kind = String::new();
    for (at, part) in message.split(['"', '`']).enumerate() {
        if at % 2 == 1 {
            kind.push('…');
            continue;
        }
        for word in part.split_inclusive([' ', ':', ',', ';']) {
            let path = word.trim_end_matches([' ', ':', ',', ';']);
            match model.named_dir(path) {
                Some(dir) => kind.push_str(&format!("{}{}", IdentityName::own(&dir), &word[path.len()..])),
                None => kind.push_str(word),
            }
        }
    }
    kind
}
