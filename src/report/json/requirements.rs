//! What each requirement is there for, and how the totals developed.

use serde::Serialize;

use super::{LocationRecord, ProvenanceRecord};
use crate::finding::{Importer, Label, RequirementRow, RequirementTable, RequirementVerdict, TrendPoint};
use crate::text::Files;

/// The requirements of one module.
#[derive(Serialize)]
pub(super) struct TableRecord<'a> {
    module: &'a str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'a str>,
    requirements: Vec<RowRecord<'a>>,
}

impl<'a> TableRecord<'a> {
    pub(super) fn new(table: &'a RequirementTable, files: &'a Files) -> Self {
        Self {
            module: &table.module,
            file: files.get(table.file).path().to_string(),
            undecided: table.undecided.as_deref(),
            requirements: table.rows.iter().map(|row| RowRecord::new(table, row, files)).collect(),
        }
    }
}

#[derive(Serialize)]
struct RowRecord<'a> {
    path: &'a str,
    version: &'a str,
    indirect: bool,
    location: LocationRecord<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    importers: Vec<ImporterRecord<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    packages: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    first_import: Option<ProvenanceRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_import: Option<ProvenanceRecord<'a>>,
    evidence: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected: Option<&'a str>,
}

impl<'a> RowRecord<'a> {
    fn new(table: &RequirementTable, row: &'a RequirementRow, files: &'a Files) -> Self {
        let past = row.past.as_ref();
        let (verdict, selected) = verdict(&row.verdict);
        Self {
            path: &row.path,
            version: &row.version,
            indirect: row.indirect,
            location: LocationRecord::new(&Label::new(table.file, row.span, ""), files),
            importers: row.importers.iter().map(ImporterRecord::new).collect(),
            packages: &row.packages,
            first_import: past.and_then(|past| past.first.as_ref()).map(ProvenanceRecord::new),
            last_import: past.and_then(|past| past.last.as_ref()).map(ProvenanceRecord::new),
            evidence: row.evidence.as_str(),
            verdict,
            selected,
        }
    }
}

/// The verdict in a word, and the version that is selected where that is another.
fn verdict(verdict: &RequirementVerdict) -> (&'static str, Option<&str>) {
    match verdict {
        RequirementVerdict::Needed => ("needed", None),
        RequirementVerdict::Mismarked { indirect: true } => ("lacks-indirect", None),
        RequirementVerdict::Mismarked { indirect: false } => ("not-indirect", None),
        RequirementVerdict::Low(selected) => ("low", Some(selected)),
        RequirementVerdict::Repeated => ("repeated", None),
        RequirementVerdict::Unused => ("unused", None),
        RequirementVerdict::Undecided => ("undecided", None),
    }
}

#[derive(Serialize)]
struct ImporterRecord<'a> {
    file: &'a str,
    line: u32,
    test: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraint: Option<&'a str>,
}

impl<'a> ImporterRecord<'a> {
    fn new(importer: &'a Importer) -> Self {
        let Importer { file, line, is_test, constraint } = importer;
        Self { file, line: *line, test: *is_test, constraint: constraint.as_deref() }
    }
}

/// The totals of one commit.
#[derive(Serialize)]
pub(super) struct TrendRecord<'a> {
    commit: &'a str,
    date: &'a str,
    modules: usize,
    packages: usize,
    files: usize,
    requirements: usize,
    findings: usize,
}

impl<'a> TrendRecord<'a> {
    pub(super) fn new(point: &'a TrendPoint) -> Self {
        let TrendPoint { commit, date, modules, packages, files, requirements, findings } = point;
        Self {
            commit,
            date,
            modules: *modules,
            packages: *packages,
            files: *files,
            requirements: *requirements,
            findings: *findings,
        }
    }
}
