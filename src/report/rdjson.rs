//! reviewdog's diagnostic format (`rdjson`), which it turns into comments on many Git hosts. Columns count bytes.

use std::io::{self, Write};

use serde::Serialize;

use super::place::{Region, place};
use super::remarks::{Remark, RemarkKind, Spot, remarks};
use super::{Reporter, Terminal, escape, facts};
use crate::finding::{Applicability, Finding, Label, Run, Severity};
use crate::text::{Files, LineColumn};

/// The reporter of `--format rdjson`.
pub(super) struct Rdjson {
    terminal: Terminal,
}

impl Rdjson {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Rdjson {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let remarks = remarks(run, files, self.terminal);
        let diagnostics = remarks.iter().map(|remark| Diagnostic::new(remark, run, files)).collect();
        let worst = remarks.iter().map(|remark| remark.severity).max();
        let source = DiagnosticSource { name: run.tool.name };
        facts::write_line(&DiagnosticResult { source, severity: worst.map(severity), diagnostics }, out)
    }
}

#[derive(Serialize)]
struct DiagnosticResult {
    source: DiagnosticSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct DiagnosticSource {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    original_output: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<RelatedLocation>,
}

impl Diagnostic {
    fn new(remark: &Remark<'_>, run: &Run, files: &Files) -> Self {
        let finding = match remark.kind {
            RemarkKind::Finding(finding) => Some(finding),
            _ => None,
        };
        let docs = finding.and_then(|finding| finding.docs.as_deref()).filter(|docs| docs.starts_with("https://"));
        let spot = remark.spot(run, files);
        Self {
            message: shown(&remark.sentence()),
            severity: severity(remark.severity),
            code: Code { value: shown(&remark.code), url: docs.map(shown) },
            suggestions: finding.and_then(|finding| suggestion(finding, files)).into_iter().collect(),
            original_output: original(remark, &spot, files),
            related_locations: finding.map(|finding| related(finding, files)).unwrap_or_default(),
            location: Location::of(remark, spot),
        }
    }
}

#[derive(Serialize)]
struct Code {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Location {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<ByteRange>,
}

impl Location {
    fn of(remark: &Remark<'_>, spot: Spot<'_>) -> Self {
        let region = remark.label.zip(spot.file).and_then(|(label, file)| Region::bytes(file, label.span));
        Self { path: spot.path, range: region.map(ByteRange::new) }
    }

    fn of_label(label: &Label, files: &Files) -> Self {
        let file = files.get(label.file);
        let path = String::from_utf8_lossy(file.path().as_bytes()).into_owned();
        Self { path, range: Region::bytes(file, label.span).map(ByteRange::new) }
    }
}

/// The first byte, and the one after the last.
#[derive(Serialize)]
struct ByteRange {
    start: Position,
    end: Position,
}

impl ByteRange {
    fn new(region: Region) -> Self {
        Self { start: Position::new(region.start), end: Position::new(region.end) }
    }
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

impl Position {
    fn new(LineColumn { line, column }: LineColumn) -> Self {
        Self { line, column }
    }
}

#[derive(Serialize)]
struct Suggestion {
    range: ByteRange,
    text: String,
}

#[derive(Serialize)]
struct RelatedLocation {
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    location: Location,
}

/// The fix, where it is certain and one place alone changes: reviewdog takes several suggestions for a choice.
fn suggestion(finding: &Finding, files: &Files) -> Option<Suggestion> {
    let fix = finding.fix.as_ref().filter(|fix| fix.applicability == Applicability::Safe)?;
    let [edit] = finding.edits.as_slice() else { return None };
    let region = Region::bytes(files.get(fix.file), edit.span).filter(|_| fix.file == finding.primary.file)?;
    let text = String::from_utf8(edit.replacement.to_vec()).ok()?;
    Some(Suggestion { range: ByteRange::new(region), text })
}

fn related(finding: &Finding, files: &Files) -> Vec<RelatedLocation> {
    let labels = finding.related.iter();
    labels
        .map(|label| RelatedLocation { message: shown(&label.message), location: Location::of_label(label, files) })
        .collect()
}

/// The line that `concise` prints.
fn original(remark: &Remark<'_>, spot: &Spot<'_>, files: &Files) -> String {
    let at = remark.label.map_or_else(|| spot.path.clone(), |label| place(files, label));
    shown(&format!("{at}: {}[{}]: {}", remark.severity, remark.code, remark.message))
}

/// Text for a person, on one line.
fn shown(text: &str) -> String {
    escape::terminal(text)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "ERROR",
        Severity::Warn => "WARNING",
        Severity::Note => "INFO",
    }
}
