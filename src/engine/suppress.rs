//! Exceptions and `modwarden:allow` comments: the findings that they cover, and their faults.

use jiff::ToSpan;
use jiff::civil::Date;

use super::comments::{AskedComment, Extent, KnownComments};
use super::subject::{Subject, Weighed};
use crate::finding::{
    Finding, IdentityName, IdentitySubject, Label, Notification, NotificationKind, Severity, Suppression,
    SuppressionKind, Violation,
};
use crate::policy::{Exception, InlineRule, Policy, Subject as Named, parse_date};
use crate::rules::RULES;
use crate::syntax::AllowComment;
use crate::text::{FileId, RepoPath, did_you_mean};

/// How long before its last day an exception begins to be announced.
const NOTICE_DAYS: i64 = 14;

/// Everything that can cover a finding, and whether it did.
#[derive(Debug)]
pub(super) struct Suppressions<'a> {
    policy: &'a Policy,
    subject: &'a Subject<'a>,
    extent: Extent,
    exceptions: Vec<bool>,
    comments: Vec<bool>,
}

impl<'a> Suppressions<'a> {
    pub(super) fn new(policy: &'a Policy, subject: &'a Subject<'a>, extent: Extent) -> Self {
        let exceptions = vec![false; policy.exceptions.len()];
        let comments = vec![false; subject.model.allows().len()];
        Self { policy, subject, extent, exceptions, comments }
    }

    /// Separates the covered findings from the others.
    pub(super) fn divide(&mut self, mut findings: Vec<Weighed>) -> (Vec<Weighed>, Vec<Weighed>) {
        let comments: Vec<Option<usize>> = findings.iter().map(|weighed| self.comment_for(&weighed.finding)).collect();
        let trusted = self.trust(&findings, &comments);
        for ((weighed, comment), is_trusted) in findings.iter_mut().zip(comments).zip(trusted) {
            // A comment that is not trusted is reported with its finding, and not as one that covers nothing.
            comment.into_iter().for_each(|at| self.comments[at] = true);
            let is_covered = match comment.filter(|_| is_trusted) {
                Some(at) => {
                    let (file, comment) = &self.subject.model.allows()[at];
                    weighed.finding.suppression = Some(Box::new(by_comment(*file, comment)));
                    true
                }
                None => self.except(weighed),
            };
            if let Some(at) = comment.filter(|_| !is_covered) {
                let (file, comment) = &self.subject.model.allows()[at];
                distrust(&mut weighed.finding, *file, comment);
            }
        }
        let covered = findings.extract_if(.., |weighed| weighed.finding.suppression.is_some()).collect();
        (covered, findings)
    }

    /// Whether the comment of each finding counts by the policy.
    fn trust(&self, findings: &[Weighed], comments: &[Option<usize>]) -> Vec<bool> {
        let path = |weighed: &Weighed| self.subject.files.get(weighed.finding.primary.file).path();
        let ask = |(weighed, comment): (&Weighed, &Option<usize>)| {
            let until = until_of(&self.subject.model.allows()[(*comment)?].1);
            let identity = weighed.finding.identity.clone();
            Some(AskedComment { identity, path: path(weighed), until })
        };
        let trust = |known: &KnownComments| {
            let asked: Vec<Option<AskedComment<'_>>> = findings.iter().zip(comments).map(ask).collect();
            known.trust(&asked, self.extent)
        };
        let known = self.subject.known.filter(|_| self.policy.inline.asks_for_known()).map(trust);
        let counts = |(at, weighed): (usize, &Weighed)| match self.policy.inline.at(path(weighed)) {
            InlineRule::All => true,
            InlineRule::Known => known.as_ref().is_none_or(|known| known[at]),
            InlineRule::None => false,
        };
        findings.iter().enumerate().map(counts).collect()
    }

    /// Covers a finding with the first exception that does.
    fn except(&mut self, weighed: &mut Weighed) -> bool {
        let exceptions = &self.policy.exceptions;
        let Some(at) = exceptions.iter().position(|exception| self.exception_covers(exception, weighed)) else {
            return false;
        };
        self.exceptions[at] = true;
        weighed.finding.suppression = Some(Box::new(by_exception(&exceptions[at])));
        true
    }

    /// The comment that covers a finding. The range of a comment ends no earlier than the ranges of the comments above
    /// it, so the comments in reach are adjacent.
    fn comment_for(&self, finding: &Finding) -> Option<usize> {
        let comments = self.subject.model.allows();
        let (file, start) = (finding.primary.file, finding.primary.span.start);
        let next = comments.partition_point(|(id, comment)| (*id, comment.covers.start) <= (file, start));
        let reaches = |at: &usize| comments[*at].0 == file && comments[*at].1.covers.end > start;
        (0..next).rev().take_while(reaches).find(|&at| {
            let comment = &comments[at].1;
            names(&comment.rule.value, finding.rule.id, finding.entry.as_deref())
                && self.fault_of(file, comment).is_none()
                && !self.is_past(until_of(comment))
        })
    }

    fn exception_covers(&self, exception: &Exception, weighed: &Weighed) -> bool {
        let finding = &weighed.finding;
        let path = self.subject.files.get(finding.primary.file).path();
        exception.covers_rule(finding.rule.id, finding.entry.as_deref())
            && !self.is_past(exception.until)
            && exception.covers_file(path)
            && exception.covers_import(weighed.about.as_deref().map(Named::external).as_ref())
            && exception.covers_module(&self.main_module_of(path))
    }

    fn main_module_of(&self, path: &RepoPath) -> Named<'_> {
        let main = self.subject.model.module_of(path);
        main.map(|main| Named::module(main.path().as_str(), main.dir().as_str())).unwrap_or_default()
    }

    fn is_past(&self, until: Option<Date>) -> bool {
        until.is_some_and(|until| until < self.subject.today)
    }

    /// The exceptions and comments that are past their last day.
    pub(super) fn expired(&self) -> Vec<Violation> {
        let exceptions = self.policy.exceptions.iter().filter_map(|exception| {
            let until = exception.until.filter(|until| *until < self.subject.today)?;
            let place = Label::new(exception.file, exception.until_span(), "");
            Some(expired(place, &exception.target(), until))
        });
        let comments = self.subject.model.allows().iter().filter_map(|(file, comment)| {
            let written = comment.until.as_ref()?;
            let until = parse_date(&written.value).filter(|until| *until < self.subject.today)?;
            Some(expired(Label::new(*file, written.span, ""), &comment.rule.value, until))
        });
        exceptions.chain(comments).collect()
    }

    /// The exceptions and comments that cover nothing although they could have, and the comments that cannot.
    pub(super) fn unused(&self) -> Vec<Violation> {
        let comments = self.subject.model.allows().iter().zip(&self.comments);
        let faulty = comments.clone().filter_map(|((file, comment), _)| {
            self.fault_of(*file, comment)
                .map(|(message, help)| faulty(Label::new(*file, comment.span, ""), message, help))
        });
        let mut violations: Vec<Violation> = faulty.collect();
        let is_idle = |until: Option<Date>, used: bool| !used && !self.is_past(until);
        violations.extend(comments.filter_map(|((file, comment), used)| {
            let idle = self.fault_of(*file, comment).is_none() && is_idle(until_of(comment), *used);
            let seen = self.subject.sees_all_below(self.subject.files.get(*file).path());
            (idle && seen).then(|| unused(Label::new(*file, comment.span, ""), &comment.rule.value))
        }));
        violations.extend(self.policy.exceptions.iter().zip(&self.exceptions).filter_map(|(exception, used)| {
            let idle = is_idle(exception.until, *used) && self.subject.sees_all_below(&exception.below);
            idle.then(|| unused(place(exception), &exception.target()))
        }));
        violations
    }

    /// Why a comment can allow nothing, and the remedy.
    fn fault_of(&self, file: FileId, comment: &AllowComment) -> Option<(String, Option<String>)> {
        if self.policy.inline.at(self.subject.files.get(file).path()) == InlineRule::None {
            let message = "this comment allows nothing: the policy says `inline-exceptions = \"deny\"`".to_owned();
            return Some((message, Some("remove it; only an `[[exception]]` in the policy can allow this".to_owned())));
        }
        fault_of(comment)
    }

    /// The exceptions whose last day is near.
    pub(super) fn notifications(&self) -> Vec<Notification> {
        let notice = self.subject.today.checked_add(NOTICE_DAYS.days()).unwrap_or(Date::MAX);
        let near = |until: Option<Date>| until.filter(|until| *until >= self.subject.today && *until <= notice);
        let soon = self.policy.exceptions.iter().filter_map(|exception| {
            let until = near(exception.until)?;
            let place = Label::new(exception.file, exception.until_span(), "");
            Some(ends_soon(place, &exception.target(), until))
        });
        soon.collect()
    }
}

/// Whether `rule` or `rule/entry`, as an exception writes it, names this rule and entry.
fn names(written: &str, rule: &str, entry: Option<&str>) -> bool {
    match written.split_once('/') {
        Some((id, name)) => id == rule && entry == Some(name),
        None => written == rule,
    }
}

fn until_of(comment: &AllowComment) -> Option<Date> {
    comment.until.as_ref().and_then(|until| parse_date(&until.value))
}

/// Why a comment can allow nothing: no known rule, no reason, a date that is none, or one that does not count.
fn fault_of(comment: &AllowComment) -> Option<(String, Option<String>)> {
    let id = comment.rule.value.split('/').next().unwrap_or_default();
    if RULES.iter().all(|rule| rule.meta().id != id) {
        let known = RULES.iter().map(|rule| rule.meta().id);
        let help = did_you_mean(id, known).unwrap_or_else(|| "`modwarden rules` lists them".to_owned());
        return Some((format!("this comment allows nothing: there is no rule `{id}`"), Some(help)));
    }
    if comment.reason.trim().is_empty() {
        let help = "write the reason after the rule".to_owned();
        return Some(("this comment allows nothing: it gives no reason".to_owned(), Some(help)));
    }
    if let Some(until) = comment.until.as_ref().filter(|until| parse_date(&until.value).is_none()) {
        let help = "write it as `until=2026-12-31`".to_owned();
        return Some((format!("this comment allows nothing: `{}` is not a date", until.value), Some(help)));
    }
    let word = comment.misplaced_word()?;
    let help = "write each of `until=` and `owner=` once, between the rule and the reason".to_owned();
    Some((format!("this comment allows nothing: `{word}` in its reason does not count"), Some(help)))
}

fn place(exception: &Exception) -> Label {
    Label::new(exception.file, exception.span, "")
}

fn by_comment(file: FileId, comment: &AllowComment) -> Suppression {
    Suppression {
        kind: SuppressionKind::Inline,
        label: Label::new(file, comment.span, "allowed by this comment"),
        reason: comment.reason.to_string(),
        owner: comment.owner.as_ref().map(ToString::to_string),
        until: comment.until.as_ref().map(|until| until.value.to_string()),
    }
}

fn by_exception(exception: &Exception) -> Suppression {
    Suppression {
        kind: SuppressionKind::Exception,
        label: Label::new(exception.file, exception.span, "covered by this exception"),
        reason: exception.reason.clone(),
        owner: exception.owner.clone(),
        until: exception.until.map(|until| until.to_string()),
    }
}

/// Says at a finding why the comment at its line does not cover it.
fn distrust(finding: &mut Finding, file: FileId, comment: &AllowComment) {
    let words = "this comment does not count: the commit that the policy comes from does not have it";
    finding.related.push(Label::new(file, comment.span, words));
    let more = "a comment of the change itself does not count; an `[[exception]]` in the policy, or the same comment in the \
                commit that the policy comes from, does";
    let help = finding.help.take().map_or_else(|| more.to_owned(), |help| format!("{help}\n{more}"));
    finding.help = Some(help);
}

fn expired(place: Label, rule: &str, until: Date) -> Violation {
    let help = "fix its findings and remove it, or give it a later date".to_owned();
    about_exception(rule, place, format!("this exception from `{rule}` ended on {until}"), Some(help))
}

fn unused(place: Label, rule: &str) -> Violation {
    about_exception(rule, place, format!("this exception from `{rule}` covers nothing"), Some("remove it".to_owned()))
}

fn faulty(place: Label, message: String, help: Option<String>) -> Violation {
    about_exception("", place, message, help)
}

fn about_exception(rule: &str, primary: Label, message: String, help: Option<String>) -> Violation {
    Violation { help, ..Violation::new(IdentitySubject::of(&IdentityName::word(rule)), message, primary) }
}

fn ends_soon(label: Label, rule: &str, until: Date) -> Notification {
    Notification {
        kind: NotificationKind::Information,
        level: Severity::Warn,
        message: format!("the exception from `{rule}` ends on {until}"),
        label: Some(label),
        help: None,
        repository: None,
    }
}
