//! From the document back to a run, from which every format can then be made.
//!
//! The author of the document may be hostile: nothing in it is trusted beyond the escaping of the formats, and a
//! document that would cost more memory than a report is worth is refused.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::document::{
    EditRecord, FindingRecord, FixRecord, LocationRecord, MergedRecord, NotificationRecord, PolicyRecord,
    ProvenanceRecord, RelatedRecord, Report, RuleRecord, StateRecord, SummaryRecord, SuppressionRecord,
    UndecidedRecord, VERSION,
};
use super::lines::{Budget, restore};
use super::words::{HomeWord, StateWord};
use crate::finding::{
    Change, Comparison, Finding, Fix, Header, Identity, Label, MergedRun, Notification, OpenQuestion, PolicyUsed,
    Provenance, RuleMeta, Run, State, Stats, Suppression, Tool, UndecidedRule, Walked,
};
use crate::text::{CommitId, Edit, FileId, Files, Home, Origin, RepoPath, Span};

/// Finds a built-in rule by its id.
pub(super) type RuleLookup<'l> = dyn Fn(&str) -> Option<&'static RuleMeta> + 'l;

/// The program whose reports are read.
const TOOL: &str = "modwarden";

/// The highest exit code there is.
const MAX_EXIT_CODE: u8 = 3;

/// Why a report cannot be read, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The fault, and its place.
    pub message: String,
    /// The remedy.
    pub help: String,
}

impl ReadError {
    fn new(message: impl Into<String>) -> Self {
        let help = "write one with `modwarden check --output json=report.json`";
        Self { message: message.into(), help: help.to_owned() }
    }

    fn damaged(reason: impl fmt::Display) -> Self {
        Self::new(format!("the report is damaged: {reason}"))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

/// Something in the document that cannot be, and where it is.
#[derive(Debug)]
pub(super) struct Faulty {
    place: String,
    message: String,
}

impl Faulty {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { place: String::new(), message: message.into() }
    }

    /// The same, in this part of the document.
    pub(super) fn within(self, part: impl fmt::Display) -> Self {
        let place = if self.place.is_empty() { part.to_string() } else { format!("{part}.{}", self.place) };
        Self { place, ..self }
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Reads a report that `json` wrote. `rules` finds the rules of this program; others are taken as the report describes
/// them.
pub fn read_report(json: &[u8], rules: &RuleLookup<'_>) -> Result<(Run, Files), ReadError> {
    probe(json)?;
    let report: Report<'_> = serde_json::from_slice(json).map_err(ReadError::damaged)?;
    let mut reader = DocumentReader::new(&report, rules).map_err(ReadError::damaged)?;
    let run = reader.run(&report).map_err(ReadError::damaged)?;
    Ok((run, reader.files))
}

/// As much of any document as shows whether it is one of ours.
#[derive(Deserialize)]
struct Probe {
    version: u64,
    tool: ProbedTool,
}

#[derive(Deserialize)]
struct ProbedTool {
    name: String,
    version: String,
}

fn probe(json: &[u8]) -> Result<(), ReadError> {
    let probe: Probe = serde_json::from_slice(json).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ReadError::new("this is not a report of modwarden"),
        _ => ReadError::damaged(error),
    })?;
    if probe.tool.name != TOOL {
        return Err(ReadError::new("this is not a report of modwarden"));
    }
    if probe.version != u64::from(VERSION) {
        let (found, tool) = (probe.version, probe.tool.version);
        return Err(ReadError {
            message: format!("the report has version {found} of the form, and this modwarden reads version {VERSION}"),
            help: format!("use modwarden {tool}, which wrote it, or a newer one"),
        });
    }
    Ok(())
}

/// The meaning of names in the document.
pub(super) struct DocumentReader<'r> {
    files: Files,
    texts: Vec<Arc<[u8]>>,
    known: HashMap<(RepoPath, HomeWord, Option<u32>), FileId>,
    rules: HashMap<String, &'static RuleMeta>,
    lookup: &'r RuleLookup<'r>,
}

impl<'r> DocumentReader<'r> {
    fn new(report: &Report<'_>, lookup: &'r RuleLookup<'r>) -> Result<Self, Faulty> {
        let mut budget = Budget::new();
        let mut texts = Vec::new();
        for (at, record) in report.excerpts.iter().enumerate() {
            let text = restore(record.lines.read(), &mut budget);
            texts.push(Arc::from(text.map_err(|fault| fault.within(format_args!("excerpts[{at}]")))?));
        }
        let mut rules = HashMap::new();
        for record in &report.rules {
            let id = record.id.as_ref();
            rules.entry(id.to_owned()).or_insert_with(|| lookup(id).unwrap_or_else(|| record.read()));
        }
        Ok(Self { files: Files::default(), texts, known: HashMap::new(), rules, lookup })
    }

    fn run(&mut self, report: &Report<'_>) -> Result<Run, Faulty> {
        let rules = report.rules.iter().map(|record| self.rule(&record.id)).collect::<Result<_, _>>()?;
        let mut each = |name: &str, records: &[FindingRecord<'_>]| {
            let records = records.iter().enumerate();
            let read =
                records.map(|(at, it)| it.read(self).map_err(|fault| fault.within(format_args!("{name}[{at}]"))));
            read.collect::<Result<Vec<Finding>, Faulty>>()
        };
        let findings = each("findings", report.findings.read())?;
        let suppressed = each("suppressed", report.suppressed.read())?;
        let newly_covered = each("newly_covered", report.newly_covered.read())?;
        let mut run = Run {
            tool: Tool { name: TOOL, version: report.tool.version.clone().into_owned().into() },
            header: header(report)?,
            merged: Vec::new(),
            state: report.state.read()?,
            policy: self.policy(&report.policy),
            rules,
            comparison: report.comparison()?,
            walked: report.summary.walked()?,
            findings,
            suppressed,
            newly_covered,
            undecided: Vec::new(),
            requirements: Vec::new(),
            trend: report.trend.iter().map(super::requirements::TrendRecord::read).collect(),
            notifications: Vec::new(),
            stats: report.summary.stats(),
            verdict: report.verdict.into(),
        };
        self.rest(report, &mut run)?;
        Ok(run)
    }

    fn rest(&mut self, report: &Report<'_>, run: &mut Run) -> Result<(), Faulty> {
        for (at, record) in report.undecided.iter().enumerate() {
            run.undecided.push(record.read(self).map_err(|fault| fault.within(format_args!("undecided[{at}]")))?);
        }
        for (at, record) in report.requirements.iter().enumerate() {
            let table = record.read(self).map_err(|fault| fault.within(format_args!("requirements[{at}]")))?;
            run.requirements.push(table);
        }
        for (at, record) in report.notifications.iter().enumerate() {
            let read = record.read(self).map_err(|fault| fault.within(format_args!("notifications[{at}]")))?;
            run.notifications.push(read);
        }
        for (at, record) in report.merged.iter().enumerate() {
            run.merged.push(record.read().map_err(|fault| fault.within(format_args!("merged[{at}]")))?);
        }
        Ok(())
    }

    fn rule(&self, id: &str) -> Result<&'static RuleMeta, Faulty> {
        let known = self.rules.get(id).copied().or_else(|| (self.lookup)(id));
        known.ok_or_else(|| Faulty::new(format!("the rule `{id}` is not among its rules")).within("rule"))
    }

    /// The policy. Its file is known even where nothing points into it.
    fn policy(&mut self, record: &PolicyRecord<'_>) -> PolicyUsed {
        if let Some(file) = record.file.as_ref().filter(|_| record.in_repository) {
            self.named(RepoPath::new(file.as_bytes()), Home::Repository);
        }
        PolicyUsed {
            file: record.file.clone().map(Cow::into_owned),
            packs: all_owned(&record.packs),
            nested: all_owned(&record.nested),
        }
    }

    /// A file without lines.
    pub(super) fn named(&mut self, path: RepoPath, home: Home) -> FileId {
        let Self { files, known, .. } = self;
        let add = || files.add_hidden(path.clone(), home);
        *known.entry((path.clone(), home.into(), None)).or_insert_with(add)
    }

    /// The file of a place.
    pub(super) fn file(&mut self, location: &LocationRecord<'_>) -> Result<FileId, Faulty> {
        let path = match &location.file_bytes {
            Some(encoded) => RepoPath::new(percent_decoded(encoded).map_err(|fault| fault.within("file_bytes"))?),
            None => RepoPath::new(location.file.as_bytes()),
        };
        let home: Home = location.home.unwrap_or(HomeWord::Repository).into();
        let Some(excerpt) = location.excerpt else { return Ok(self.named(path, home)) };
        let unknown = || Faulty::new(format!("there is no excerpt {excerpt}")).within("excerpt");
        let text = self.texts.get(excerpt as usize).ok_or_else(unknown)?;
        let files = &mut self.files;
        let add = || files.add_text(path.clone(), home, Arc::clone(text));
        Ok(*self.known.entry((path.clone(), home.into(), Some(excerpt))).or_insert_with(add))
    }

    /// A place, and the words that belong to it.
    pub(super) fn label(&mut self, location: &LocationRecord<'_>) -> Result<Label, Faulty> {
        let file = self.file(location).map_err(|fault| fault.within("location"))?;
        let (start, end) = (location.start_byte.unwrap_or_default(), location.end_byte.unwrap_or_default());
        Ok(Label::new(file, span(start, end), location.label.clone()))
    }
}

fn span(start: u32, end: u32) -> Span {
    Span { start, end: end.max(start) }
}

fn all_owned(values: &[Cow<'_, str>]) -> Vec<String> {
    values.iter().map(|value| value.clone().into_owned()).collect()
}

fn owned(value: &Option<Cow<'_, str>>) -> Option<String> {
    value.as_deref().map(str::to_owned)
}

fn commit(id: &str) -> Result<CommitId, Faulty> {
    CommitId::from_hex(id).ok_or_else(|| Faulty::new(format!("`{id}` is not the id of a commit")))
}

fn exit_code(code: u8) -> Result<u8, Faulty> {
    let refuse = || Faulty::new(format!("there is no exit code {code}")).within("exit_code");
    (code <= MAX_EXIT_CODE).then_some(code).ok_or_else(refuse)
}

/// The bytes of a percent-encoded text.
pub(super) fn percent_decoded(text: &str) -> Result<Vec<u8>, Faulty> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let [high, low, after @ ..] = after else { return Err(Faulty::new("`%` without two digits after it")) };
        let byte = value(*high).zip(value(*low)).map(|(high, low)| high << 4 | low);
        bytes.push(byte.ok_or_else(|| Faulty::new("`%` without two digits after it"))?);
        rest = after;
    }
    Ok(bytes)
}

fn header(report: &Report<'_>) -> Result<Header, Faulty> {
    let id = report.commit.as_deref().map(commit).transpose().map_err(|fault| fault.within("commit"))?;
    Ok(Header {
        repository: owned(&report.repository),
        commit: id,
        time: owned(&report.time),
        policy_sha256: owned(&report.policy.sha256),
        fail_on: report.fail_on.into(),
        exit_code: exit_code(report.exit_code)?,
    })
}

impl Report<'_> {
    fn comparison(&self) -> Result<Option<Comparison>, Faulty> {
        let Some(new) = self.summary.new else { return Ok(None) };
        let bases = self.state.bases.iter().map(|base| commit(base)).collect::<Result<_, _>>();
        Ok(Some(Comparison {
            bases: bases.map_err(|fault: Faulty| fault.within("state.bases"))?,
            new,
            fixed: self.summary.fixed.unwrap_or_default(),
            unchanged: self.summary.unchanged.unwrap_or_default(),
        }))
    }
}

impl StateRecord<'_> {
    fn read(&self) -> Result<State, Faulty> {
        let origin = match self.kind {
            StateWord::Worktree => Origin::WorkTree,
            StateWord::Index => Origin::Index,
            StateWord::Commit => {
                let id = commit(self.commit.as_deref().unwrap_or_default());
                let revision = self.revision.clone().unwrap_or_default().into_owned();
                Origin::Commit { id: id.map_err(|fault| fault.within("state.commit"))?, revision }
            }
            StateWord::Memory => Origin::Memory,
            StateWord::Merged => Origin::Merged,
        };
        Ok(State { origin, paths: all_owned(&self.paths), rules: all_owned(&self.rules) })
    }
}

impl RuleRecord<'_> {
    /// A rule that this program does not have. A report has few, and a program reads few reports.
    fn read(&self) -> &'static RuleMeta {
        let summary: &'static str = self.summary.clone().into_owned().leak();
        Box::leak(Box::new(RuleMeta {
            id: self.id.clone().into_owned().leak(),
            family: self.family.into(),
            summary,
            severity: self.severity.into(),
            evidence: self.evidence.into(),
            page: summary,
        }))
    }
}

impl FindingRecord<'_> {
    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<Finding, Faulty> {
        let rule = reader.rule(&self.rule)?;
        let of_other_rule = || Faulty::new("it is not of this rule").within("identity");
        let primary = reader.label(&self.location)?;
        let mut related = Vec::with_capacity(self.related.len());
        for (at, record) in self.related.iter().enumerate() {
            related.push(record.read(reader).map_err(|fault| fault.within(format_args!("related[{at}]")))?);
        }
        let past = |it: &Option<ProvenanceRecord<'_>>| it.as_ref().map(ProvenanceRecord::read).transpose();
        let fix = self.fix.as_ref().map(|fix| fix.read(primary.file, reader)).transpose();
        let (fix, edits) = fix.map_err(|fault| fault.within("fix"))?.unzip();
        let suppression = self.suppression.as_ref().map(|it| it.read(reader)).transpose();
        Ok(Finding {
            rule,
            entry: owned(&self.entry),
            severity: self.severity.into(),
            message: self.message.clone().into_owned(),
            primary,
            related,
            help: owned(&self.help),
            docs: owned(&self.docs),
            evidence: self.evidence.into(),
            constraint: owned(&self.constraint),
            fix,
            edits: edits.unwrap_or_default(),
            identity: Identity::parse(rule.id, &self.identity).ok_or_else(of_other_rule)?,
            suppression: suppression.map_err(|fault| fault.within("suppression"))?.map(Box::new),
            introduced_by: past(&self.introduced_by).map_err(|fault| fault.within("introduced_by"))?.map(Box::new),
            since: past(&self.since).map_err(|fault| fault.within("since"))?.map(Box::new),
            repository: self.repository.as_deref().map(Arc::from),
        })
    }
}

impl FixRecord<'_> {
    /// The fix and its edits. The change as the rule named it is not in the document; no format shows it.
    fn read(&self, primary: FileId, reader: &mut DocumentReader<'_>) -> Result<(Fix, Vec<Edit>), Faulty> {
        let file = self.edits.first().map(|edit| reader.file(&edit.location)).transpose()?.unwrap_or(primary);
        let message = self.message.clone().into_owned().into();
        let fix = Fix { message, file, change: Change::Rewrite, applicability: self.applicability.into() };
        Ok((fix, self.edits.iter().map(EditRecord::read).collect::<Result<_, _>>()?))
    }
}

impl EditRecord<'_> {
    fn read(&self) -> Result<Edit, Faulty> {
        let replacement = match &self.replacement_bytes {
            Some(encoded) => percent_decoded(encoded).map_err(|fault| fault.within("replacement_bytes"))?,
            None => self.replacement.as_bytes().to_vec(),
        };
        Ok(Edit { span: span(self.start_byte, self.end_byte), replacement: replacement.into() })
    }
}

impl ProvenanceRecord<'_> {
    pub(super) fn read(&self) -> Result<Provenance, Faulty> {
        Ok(Provenance {
            commit: commit(&self.commit)?,
            author: self.author.clone().into_owned(),
            email: self.email.clone().into_owned(),
            date: self.date.clone().into_owned(),
            subject: self.subject.clone().into_owned(),
            at_least: self.at_least,
        })
    }
}

impl RelatedRecord<'_> {
    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<Label, Faulty> {
        let label = reader.label(&self.location)?;
        Ok(Label { message: self.message.clone().into_owned(), is_step: self.step, ..label })
    }
}

impl SuppressionRecord<'_> {
    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<Suppression, Faulty> {
        Ok(Suppression {
            kind: self.kind.into(),
            label: reader.label(&self.location)?,
            reason: self.reason.clone().into_owned(),
            owner: owned(&self.owner),
            until: owned(&self.until),
        })
    }
}

impl UndecidedRecord<'_> {
    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<UndecidedRule, Faulty> {
        let question = OpenQuestion {
            module: self.module.clone().into_owned(),
            reason: self.reason.clone().into_owned(),
            details: owned(&self.details),
            remedy: owned(&self.remedy),
            label: reader.label(&self.location)?,
        };
        Ok(UndecidedRule {
            rule: reader.rule(&self.rule)?,
            entry: owned(&self.entry),
            severity: self.severity.into(),
            question,
            passed_by: self.passed_by.map(Into::into),
            repository: self.repository.as_deref().map(Arc::from),
        })
    }
}

impl NotificationRecord<'_> {
    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<Notification, Faulty> {
        Ok(Notification {
            kind: self.kind.into(),
            level: self.level.into(),
            message: self.message.clone().into_owned(),
            label: self.location.as_ref().map(|location| reader.label(location)).transpose()?,
            help: owned(&self.help),
            repository: self.repository.as_deref().map(Arc::from),
        })
    }
}

impl MergedRecord<'_> {
    fn read(&self) -> Result<MergedRun, Faulty> {
        let header = Header {
            repository: owned(&self.repository),
            commit: self.commit.as_deref().map(commit).transpose().map_err(|fault| fault.within("commit"))?,
            time: owned(&self.time),
            policy_sha256: owned(&self.policy_sha256),
            fail_on: self.fail_on.into(),
            exit_code: exit_code(self.exit_code)?,
        };
        let tool_version = self.tool_version.clone().into_owned();
        Ok(MergedRun { header, tool_version, verdict: self.verdict.into(), findings: self.findings })
    }
}

impl SummaryRecord {
    fn stats(&self) -> Stats {
        Stats {
            modules: self.modules,
            packages: self.packages,
            go_files: self.files,
            imports: self.imports,
            blobs_read: self.blobs_read,
            blobs_known: self.blobs_known,
            suppressed: self.suppressed,
            elapsed: self.elapsed_ms.map(Duration::from_millis),
        }
    }

    fn walked(&self) -> Result<Option<Walked>, Faulty> {
        let Some(commits) = self.commits else { return Ok(None) };
        let boundary = self.boundary.iter().map(|id| commit(id)).collect::<Result<_, _>>();
        Ok(Some(Walked { commits, boundary: boundary.map_err(|fault: Faulty| fault.within("summary.boundary"))? }))
    }
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;
    use crate::report::escape::uri;

    #[test]
    fn what_is_percent_encoded_is_read_again() {
        for bytes in [&b""[..], b"a/b.go", b"\xff\x00 %", "é:#".as_bytes()] {
            assert_eq!(percent_decoded(&uri(bytes)).ok().as_deref(), Some(bytes));
        }
        for text in ["%", "%4", "%zz", "a%4"] {
            assert!(percent_decoded(text).is_err(), "{text}");
        }
    }
}
