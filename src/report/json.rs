//! JSON: one object, version 1. Later versions add fields; none is ever renamed or taken away.
//!
//! The shapes are copies of the core types, so that those can change. What is absent is left out, never `null` or
//! empty, but `findings` is always there.

mod requirements;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use self::requirements::{TableRecord, TrendRecord};
use super::place::Region;
use super::{Reporter, Terminal, escape, facts};
use crate::finding::{
    Comparison, Finding, Fix, Label, Notification, PassedBy, PolicyUsed, Provenance, Run, Severity, State, Suppression,
    Tool, UndecidedRule,
};
use crate::text::{Edit, Files, Origin, SourceFile};

/// The reporter of `--format json`.
pub(super) struct Json {
    terminal: Terminal,
}

impl Json {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Json {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let mut report = Report::new(run, files);
        if !self.terminal.verbose {
            report.requirements.clear();
        }
        facts::write_line(&report, out)
    }
}

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    tool: ToolRecord,
    state: StateRecord<'a>,
    policy: PolicyRecord<'a>,
    verdict: &'static str,
    findings: Vec<FindingRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<FindingRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    newly_covered: Vec<FindingRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undecided: Vec<UndecidedRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<TableRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trend: Vec<TrendRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notifications: Vec<NotificationRecord<'a>>,
    summary: SummaryRecord,
}

impl<'a> Report<'a> {
    fn new(run: &'a Run, files: &'a Files) -> Self {
        let records = |findings: &'a [Finding]| findings.iter().map(|it| FindingRecord::new(it, files)).collect();
        Self {
            version: 1,
            tool: ToolRecord::new(&run.tool),
            state: StateRecord::new(&run.state, run.comparison.as_ref()),
            policy: PolicyRecord::new(&run.policy),
            verdict: run.verdict.as_str(),
            findings: records(&run.findings),
            suppressed: records(&run.suppressed),
            newly_covered: records(&run.newly_covered),
            undecided: run.undecided.iter().map(|it| UndecidedRecord::new(it, files)).collect(),
            requirements: run.requirements.iter().map(|table| TableRecord::new(table, files)).collect(),
            trend: run.trend.iter().map(TrendRecord::new).collect(),
            notifications: run.notifications.iter().map(|it| NotificationRecord::new(it, files)).collect(),
            summary: SummaryRecord::new(run),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ToolRecord {
    name: &'static str,
    version: &'static str,
}

impl ToolRecord {
    /// Copies what is written of `tool`.
    pub(super) fn new(tool: &Tool) -> Self {
        Self { name: tool.name, version: tool.version }
    }
}

#[derive(Serialize)]
struct StateRecord<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bases: Vec<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    paths: &'a [String],
}

impl<'a> StateRecord<'a> {
    fn new(state: &'a State, comparison: Option<&Comparison>) -> Self {
        let (kind, commit, revision) = match &state.origin {
            Origin::WorkTree => ("worktree", None, None),
            Origin::Index => ("index", None, None),
            Origin::Commit { id, revision } => ("commit", Some(id.to_string()), Some(revision.as_str())),
            Origin::Memory => ("memory", None, None),
        };
        let bases = comparison.iter().flat_map(|it| &it.bases).map(ToString::to_string).collect();
        Self { kind, commit, revision, bases, paths: &state.paths }
    }
}

#[derive(Serialize)]
struct PolicyRecord<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    nested: &'a [String],
}

impl<'a> PolicyRecord<'a> {
    fn new(policy: &'a PolicyUsed) -> Self {
        match policy {
            PolicyUsed::File(file) => Self { file: Some(file), pack: None, nested: &[] },
            PolicyUsed::Recommended(nested) => Self { file: None, pack: Some("recommended"), nested },
        }
    }
}

/// A finding, as `json` and `jsonl` write it.
#[derive(Serialize)]
pub(super) struct FindingRecord<'a> {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a str>,
    severity: &'static str,
    message: &'a str,
    identity: String,
    location: LocationRecord<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<&'a str>,
    evidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introduced_by: Option<ProvenanceRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<ProvenanceRecord<'a>>,
}

impl<'a> FindingRecord<'a> {
    /// Copies what is written of `finding`.
    pub(super) fn new(finding: &'a Finding, files: &'a Files) -> Self {
        Self {
            rule: finding.rule.id,
            entry: finding.entry.as_deref(),
            severity: finding.severity.as_str(),
            message: &finding.message,
            identity: finding.identity.to_string(),
            location: LocationRecord::new(&finding.primary, files),
            related: finding.related.iter().map(|label| RelatedRecord::new(label, files)).collect(),
            help: finding.help.as_deref(),
            docs: finding.docs.as_deref(),
            evidence: finding.evidence.as_str(),
            constraint: finding.constraint.as_deref(),
            fix: finding.fix.as_ref().map(|fix| FixRecord::new(fix, &finding.edits, files)),
            suppression: finding.suppression.as_ref().map(|it| SuppressionRecord::new(it, files)),
            introduced_by: finding.introduced_by.as_ref().map(ProvenanceRecord::new),
            since: finding.since.as_ref().map(ProvenanceRecord::new),
        }
    }
}

/// A change that mends a finding. Without edits it is known what to do, but not where.
#[derive(Serialize)]
struct FixRecord<'a> {
    message: &'a str,
    applicability: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edits: Vec<EditRecord<'a>>,
}

impl<'a> FixRecord<'a> {
    fn new(fix: &'a Fix, edits: &'a [Edit], files: &'a Files) -> Self {
        let edits = edits.iter().map(|edit| EditRecord::new(fix, edit, files)).collect();
        Self { message: &fix.message, applicability: fix.applicability.as_str(), edits }
    }
}

/// The place that goes, also as bytes, which count from 0, and the text that comes instead.
#[derive(Serialize)]
struct EditRecord<'a> {
    location: LocationRecord<'a>,
    start_byte: u32,
    end_byte: u32,
    replacement: Cow<'a, str>,
}

impl<'a> EditRecord<'a> {
    fn new(fix: &Fix, edit: &'a Edit, files: &'a Files) -> Self {
        Self {
            location: LocationRecord::new(&Label::new(fix.file, edit.span, ""), files),
            start_byte: edit.span.start,
            end_byte: edit.span.end,
            replacement: String::from_utf8_lossy(&edit.replacement),
        }
    }
}

/// A commit, and who made it.
#[derive(Serialize)]
pub(super) struct ProvenanceRecord<'a> {
    commit: String,
    author: &'a str,
    email: &'a str,
    date: &'a str,
    subject: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    at_least: bool,
}

impl<'a> ProvenanceRecord<'a> {
    /// Copies what is written of a commit.
    pub(super) fn new(provenance: &'a Provenance) -> Self {
        Self {
            commit: provenance.commit.to_string(),
            author: &provenance.author,
            email: &provenance.email,
            date: &provenance.date,
            subject: &provenance.subject,
            at_least: provenance.at_least,
        }
    }
}

/// Lines and columns count from 1, columns in characters; the end column is the one after the last.
#[derive(Serialize)]
pub(super) struct LocationRecord<'a> {
    file: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

impl<'a> LocationRecord<'a> {
    fn new(label: &Label, files: &'a Files) -> Self {
        let file = files.get(label.file);
        let region = Region::chars(file, label.span);
        Self {
            file: String::from_utf8_lossy(file.path().as_bytes()),
            file_bytes: exact_name(file),
            line: region.map(|it| it.start.line),
            column: region.map(|it| it.start.column),
            end_line: region.map(|it| it.end.line),
            end_column: region.map(|it| it.end.column),
        }
    }
}

/// The bytes of a name that is not UTF-8, percent-encoded.
fn exact_name(file: &SourceFile) -> Option<String> {
    file.path().as_str().is_none().then(|| escape::uri(file.path().as_bytes()))
}

#[derive(Serialize)]
struct RelatedRecord<'a> {
    location: LocationRecord<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
}

impl<'a> RelatedRecord<'a> {
    fn new(label: &'a Label, files: &'a Files) -> Self {
        Self { location: LocationRecord::new(label, files), message: &label.message }
    }
}

#[derive(Serialize)]
struct SuppressionRecord<'a> {
    kind: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    location: LocationRecord<'a>,
}

impl<'a> SuppressionRecord<'a> {
    fn new(suppression: &'a Suppression, files: &'a Files) -> Self {
        Self {
            kind: suppression.kind.as_str(),
            reason: &suppression.reason,
            owner: suppression.owner.as_deref(),
            until: suppression.until.as_deref(),
            location: LocationRecord::new(&suppression.label, files),
        }
    }
}

/// A finding that something newly covers, on a line of its own, which tells it from one that counts.
#[derive(Serialize)]
pub(super) struct CoveredLine<'a> {
    newly_covered: FindingRecord<'a>,
}

impl<'a> CoveredLine<'a> {
    /// Copies what is written of `finding`.
    pub(super) fn new(finding: &'a Finding, files: &'a Files) -> Self {
        Self { newly_covered: FindingRecord::new(finding, files) }
    }
}

/// A rule that could not decide. It was let pass by the policy or by the command line if `passed_by` says so.
#[derive(Serialize)]
struct UndecidedRecord<'a> {
    rule: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a str>,
    severity: &'static str,
    module: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    location: LocationRecord<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed_by: Option<&'static str>,
}

impl<'a> UndecidedRecord<'a> {
    fn new(undecided: &'a UndecidedRule, files: &'a Files) -> Self {
        let UndecidedRule { rule, entry, severity, question, passed_by } = undecided;
        Self {
            rule: rule.id,
            entry: entry.as_deref(),
            severity: severity.as_str(),
            module: &question.module,
            reason: &question.reason,
            details: question.details.as_deref(),
            remedy: question.remedy.as_deref(),
            location: LocationRecord::new(&question.label, files),
            passed_by: passed_by.map(PassedBy::as_str),
        }
    }
}

/// The same on a line of its own, which tells it from a finding.
#[derive(Serialize)]
pub(super) struct UndecidedLine<'a> {
    undecided: UndecidedRecord<'a>,
}

impl<'a> UndecidedLine<'a> {
    /// Copies what is written of `undecided`.
    pub(super) fn new(undecided: &'a UndecidedRule, files: &'a Files) -> Self {
        Self { undecided: UndecidedRecord::new(undecided, files) }
    }
}

/// A notification, as every JSON form writes it.
#[derive(Serialize)]
pub(super) struct NotificationRecord<'a> {
    kind: &'static str,
    level: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

impl<'a> NotificationRecord<'a> {
    /// Copies what is written of `notification`.
    pub(super) fn new(notification: &'a Notification, files: &'a Files) -> Self {
        Self {
            kind: notification.kind.as_str(),
            level: notification.level.as_str(),
            message: &notification.message,
            location: notification.label.as_ref().map(|label| LocationRecord::new(label, files)),
            help: notification.help.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct SummaryRecord {
    findings: usize,
    error: usize,
    warn: usize,
    note: usize,
    suppressed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boundary: Vec<String>,
    modules: usize,
    packages: usize,
    files: usize,
    imports: usize,
    blobs_read: usize,
    blobs_known: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
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
