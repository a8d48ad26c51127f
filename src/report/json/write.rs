//! From a run to the document.

use std::borrow::Cow;

use super::document::{
    CoveredLine, EditRecord, FindingRecord, FixRecord, HeaderLine, HeaderRecord, LocationRecord, MergedRecord,
    NotificationLine, NotificationRecord, PolicyRecord, ProvenanceRecord, RelatedRecord, Report, RuleRecord,
    StateRecord, SummaryRecord, SuppressionRecord, ToolRecord, UndecidedLine, UndecidedRecord, VERSION,
};
use super::excerpts::{ExcerptPlaces, file_name, within};
use super::records::Records;
use super::requirements::{TableRecord, TrendRecord};
use super::words::{HomeWord, StateWord};
use crate::finding::{
    Finding, Fix, Header, Label, MergedRun, Notification, Provenance, RuleMeta, Run, Severity, State, Suppression,
    Tool, UndecidedRule,
};
use crate::report::escape;
use crate::report::place::{Region, policy_file};
use crate::text::{CommitId, Edit, Files, Home, Origin, SourceFile};

fn text(value: &Option<String>) -> Option<Cow<'_, str>> {
    value.as_deref().map(Cow::from)
}

fn id<'a>(commit: CommitId) -> Cow<'a, str> {
    commit.to_string().into()
}

impl<'a> Report<'a> {
    pub(super) fn new(run: &'a Run, places: &'a ExcerptPlaces<'a>) -> Self {
        let findings = |all: &'a [Finding]| Records::made(move || all.iter().map(|it| FindingRecord::new(it, places)));
        let HeaderRecord {
            version,
            tool,
            repository,
            commit,
            time,
            state,
            policy,
            verdict,
            fail_on,
            exit_code,
            summary,
        } = HeaderRecord::new(run, places.files());
        Self {
            version,
            tool,
            repository,
            commit,
            time,
            state,
            policy,
            verdict,
            fail_on,
            exit_code,
            findings: findings(&run.findings),
            suppressed: findings(&run.suppressed),
            newly_covered: findings(&run.newly_covered),
            undecided: run.undecided.iter().map(|it| UndecidedRecord::new(it, places)).collect(),
            requirements: run.requirements.iter().map(|table| TableRecord::new(table, places)).collect(),
            trend: run.trend.iter().map(TrendRecord::new).collect(),
            notifications: run.notifications.iter().map(|it| NotificationRecord::new(it, places)).collect(),
            rules: run.rules.iter().map(|rule| RuleRecord::new(rule)).collect(),
            excerpts: places.records(),
            merged: run.merged.iter().map(MergedRecord::new).collect(),
            summary,
        }
    }
}

impl<'a> HeaderRecord<'a> {
    fn new(run: &'a Run, files: &Files) -> Self {
        let Header { repository, commit, time, policy_sha256, fail_on, exit_code } = &run.header;
        Self {
            version: VERSION,
            tool: ToolRecord::new(&run.tool),
            repository: text(repository),
            commit: commit.map(id),
            time: text(time),
            state: StateRecord::new(run),
            policy: PolicyRecord {
                sha256: text(policy_sha256),
                in_repository: policy_file(run, files).is_some(),
                ..PolicyRecord::new(run)
            },
            verdict: run.verdict.into(),
            fail_on: (*fail_on).into(),
            exit_code: *exit_code,
            summary: SummaryRecord::new(run),
        }
    }
}

impl<'a> HeaderLine<'a> {
    /// The identity of `run`.
    pub(in crate::report) fn new(run: &'a Run, files: &Files) -> Self {
        Self { header: HeaderRecord::new(run, files) }
    }
}

impl<'a> ToolRecord<'a> {
    /// Copies the written part of `tool`.
    pub(in crate::report) fn new(tool: &'a Tool) -> Self {
        Self { name: tool.name.into(), version: tool.version.as_ref().into() }
    }
}

impl<'a> StateRecord<'a> {
    fn new(run: &'a Run) -> Self {
        let State { origin, paths, rules } = &run.state;
        let (kind, commit, revision) = match origin {
            Origin::WorkTree => (StateWord::Worktree, None, None),
            Origin::Index => (StateWord::Index, None, None),
            Origin::Commit { id, revision } => (StateWord::Commit, Some(*id), Some(revision.as_str())),
            Origin::Memory => (StateWord::Memory, None, None),
            Origin::Merged => (StateWord::Merged, None, None),
        };
        let bases = run.comparison.iter().flat_map(|it| &it.bases).map(|base| id(*base)).collect();
        let paths = paths.iter().map(Cow::from).collect();
        let rules = rules.iter().map(Cow::from).collect();
        Self { kind, commit: commit.map(id), revision: revision.map(Cow::from), bases, paths, rules }
    }
}

impl<'a> PolicyRecord<'a> {
    fn new(run: &'a Run) -> Self {
        let policy = &run.policy;
        let is_recommended = policy.is_recommended() && run.state.origin != Origin::Merged;
        Self {
            file: policy.file.as_ref().map(Cow::from),
            pack: is_recommended.then_some(Cow::from("recommended")),
            packs: policy.packs.iter().map(Cow::from).collect(),
            nested: policy.nested.iter().map(Cow::from).collect(),
            sha256: None,
            in_repository: false,
        }
    }
}

impl<'a> RuleRecord<'a> {
    pub(super) fn new(rule: &'a RuleMeta) -> Self {
        Self {
            id: rule.id.into(),
            family: rule.family.into(),
            severity: rule.severity.into(),
            evidence: rule.evidence.into(),
            summary: rule.summary.into(),
        }
    }
}

impl<'a> FindingRecord<'a> {
    /// Copies the written part of `finding`.
    pub(in crate::report) fn new(finding: &'a Finding, places: &ExcerptPlaces<'a>) -> Self {
        Self {
            rule: finding.rule.id.into(),
            entry: text(&finding.entry),
            severity: finding.severity.into(),
            message: finding.message.as_str().into(),
            identity: finding.identity.to_string().into(),
            location: LocationRecord::new(&finding.primary, places),
            related: finding.related.iter().map(|label| RelatedRecord::new(label, places)).collect(),
            help: text(&finding.help),
            docs: text(&finding.docs),
            evidence: finding.evidence.into(),
            constraint: text(&finding.constraint),
            fix: finding.fix.as_ref().map(|fix| FixRecord::new(fix, &finding.edits, places)),
            suppression: finding.suppression.as_deref().map(|it| SuppressionRecord::new(it, places)),
            introduced_by: finding.introduced_by.as_deref().map(ProvenanceRecord::new),
            since: finding.since.as_deref().map(ProvenanceRecord::new),
            repository: finding.repository.as_deref().map(Cow::from),
        }
    }
}

impl<'a> FixRecord<'a> {
    fn new(fix: &'a Fix, edits: &'a [Edit], places: &ExcerptPlaces<'a>) -> Self {
        let edits = edits.iter().map(|edit| EditRecord::new(fix, edit, places)).collect();
        Self { message: fix.message.as_ref().into(), applicability: fix.applicability.into(), edits }
    }
}

impl<'a> EditRecord<'a> {
    fn new(fix: &Fix, edit: &'a Edit, places: &ExcerptPlaces<'a>) -> Self {
        let bytes = &edit.replacement;
        Self {
            location: LocationRecord::new(&Label::new(fix.file, edit.span, ""), places),
            start_byte: edit.span.start,
            end_byte: edit.span.end,
            replacement: String::from_utf8_lossy(bytes),
            replacement_bytes: std::str::from_utf8(bytes).is_err().then(|| escape::uri(bytes).into()),
        }
    }
}

impl<'a> ProvenanceRecord<'a> {
    /// Copies the written part of a commit.
    pub(super) fn new(provenance: &'a Provenance) -> Self {
        Self {
            commit: id(provenance.commit),
            author: provenance.author.as_str().into(),
            email: provenance.email.as_str().into(),
            date: provenance.date.as_str().into(),
            subject: provenance.subject.as_str().into(),
            at_least: provenance.at_least,
        }
    }
}

impl<'a> LocationRecord<'a> {
    /// Copies a place and the words that belong to it.
    pub(super) fn new(label: &Label, places: &ExcerptPlaces<'a>) -> Self {
        let file = places.files().get(label.file);
        let region = Region::chars(file, label.span);
        let offset = |at: u32| file.has_text().then(|| within(file, at));
        Self {
            file: file_name(file),
            file_bytes: exact_name(file),
            home: Some(file.home()).filter(|home| *home != Home::Repository).map(HomeWord::from),
            line: region.map(|it| it.start.line),
            column: region.map(|it| it.start.column),
            end_line: region.map(|it| it.end.line),
            end_column: region.map(|it| it.end.column),
            start_byte: offset(label.span.start),
            end_byte: offset(label.span.end),
            excerpt: places.position(label.file),
            label: label.message.clone().into(),
        }
    }

    /// The place alone, where its words are beside it.
    fn without_words(label: &Label, places: &ExcerptPlaces<'a>) -> Self {
        Self { label: Cow::default(), ..Self::new(label, places) }
    }
}

/// The bytes of a name that is not UTF-8, percent-encoded.
fn exact_name<'a>(file: &SourceFile) -> Option<Cow<'a, str>> {
    file.path().as_str().is_none().then(|| escape::uri(file.path().as_bytes()).into())
}

impl<'a> RelatedRecord<'a> {
    fn new(label: &'a Label, places: &ExcerptPlaces<'a>) -> Self {
        let location = LocationRecord::without_words(label, places);
        Self { location, message: label.message.as_str().into(), step: label.is_step }
    }
}

impl<'a> SuppressionRecord<'a> {
    fn new(suppression: &'a Suppression, places: &ExcerptPlaces<'a>) -> Self {
        Self {
            kind: suppression.kind.into(),
            reason: suppression.reason.as_str().into(),
            owner: text(&suppression.owner),
            until: text(&suppression.until),
            location: LocationRecord::new(&suppression.label, places),
        }
    }
}

impl<'a> UndecidedRecord<'a> {
    fn new(undecided: &'a UndecidedRule, places: &ExcerptPlaces<'a>) -> Self {
        let UndecidedRule { rule, entry, severity, question, passed_by, repository } = undecided;
        Self {
            rule: rule.id.into(),
            entry: text(entry),
            severity: (*severity).into(),
            module: question.module.as_str().into(),
            reason: question.reason.as_str().into(),
            details: text(&question.details),
            remedy: text(&question.remedy),
            location: LocationRecord::new(&question.label, places),
            passed_by: passed_by.map(Into::into),
            repository: repository.as_deref().map(Cow::from),
        }
    }
}

impl<'a> UndecidedLine<'a> {
    /// Copies the written part of `undecided`.
    pub(in crate::report) fn new(undecided: &'a UndecidedRule, places: &ExcerptPlaces<'a>) -> Self {
        Self { undecided: UndecidedRecord::new(undecided, places) }
    }
}

impl<'a> CoveredLine<'a> {
    /// Copies the written part of `finding`.
    pub(in crate::report) fn new(finding: &'a Finding, places: &ExcerptPlaces<'a>) -> Self {
        Self { newly_covered: FindingRecord::new(finding, places) }
    }
}

impl<'a> NotificationRecord<'a> {
    /// Copies the written part of `notification`.
    pub(in crate::report) fn new(notification: &'a Notification, places: &ExcerptPlaces<'a>) -> Self {
        Self {
            kind: notification.kind.into(),
            level: notification.level.into(),
            message: notification.message.as_str().into(),
            location: notification.label.as_ref().map(|label| LocationRecord::new(label, places)),
            help: text(&notification.help),
            repository: notification.repository.as_deref().map(Cow::from),
        }
    }
}

impl<'a> NotificationLine<'a> {
    /// Copies the written part of `notification`.
    pub(in crate::report) fn new(notification: &'a Notification, places: &ExcerptPlaces<'a>) -> Self {
        Self { notification: NotificationRecord::new(notification, places) }
    }
}

impl<'a> MergedRecord<'a> {
    fn new(merged: &'a MergedRun) -> Self {
        let Header { repository, commit, time, policy_sha256, fail_on, exit_code } = &merged.header;
        Self {
            tool_version: merged.tool_version.as_str().into(),
            repository: text(repository),
            commit: commit.map(id),
            time: text(time),
            policy_sha256: text(policy_sha256),
            verdict: merged.verdict.into(),
            fail_on: (*fail_on).into(),
            exit_code: *exit_code,
            findings: merged.findings,
        }
    }
}

impl SummaryRecord {
    fn new(run: &Run) -> Self {
        let stats = &run.stats;
        let comparison = run.comparison.as_ref();
        Self {
            findings: run.findings.len(),
            error: run.count(Severity::Error),
            warn: run.count(Severity::Warn),
            note: run.count(Severity::Note),
            suppressed: stats.suppressed,
            undecided: Some(run.undecided.len()).filter(|&count| count > 0),
            new: comparison.map(|it| it.new),
            fixed: comparison.map(|it| it.fixed),
            unchanged: comparison.map(|it| it.unchanged),
            commits: run.walked.as_ref().map(|it| it.commits),
            boundary: run.walked.iter().flat_map(|it| &it.boundary).map(ToString::to_string).collect(),
            modules: stats.modules,
            packages: stats.packages,
            files: stats.go_files,
            imports: stats.imports,
            blobs_read: stats.blobs_read,
            blobs_known: stats.blobs_known,
            elapsed_ms: stats.elapsed.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}
