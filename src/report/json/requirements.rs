//! The purpose of each requirement, and the history of the totals: the shapes, written and read.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{LocationRecord, ProvenanceRecord};
use super::excerpts::ExcerptPlaces;
use super::read::{DocumentReader, Faulty};
use super::words::{EvidenceWord, RequirementWord};
use crate::finding::{ImportPast, Importer, Label, RequirementRow, RequirementTable, RequirementVerdict, TrendPoint};
use crate::text::{Home, RepoPath};

/// The requirements of one module.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct TableRecord<'a> {
    /// The path of the module.
    module: Cow<'a, str>,
    /// Its module file.
    file: Cow<'a, str>,
    /// Why not all of it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undecided: Option<Cow<'a, str>>,
    /// The requirements, in order of their lines.
    requirements: Vec<RowRecord<'a>>,
}

impl<'a> TableRecord<'a> {
    pub(super) fn new(table: &'a RequirementTable, places: &ExcerptPlaces<'a>) -> Self {
        Self {
            module: table.module.as_str().into(),
            file: places.files().get(table.file).path().to_string().into(),
            undecided: table.undecided.as_deref().map(Cow::from),
            requirements: table.rows.iter().map(|row| RowRecord::new(table, row, places)).collect(),
        }
    }

    pub(super) fn read(&self, reader: &mut DocumentReader<'_>) -> Result<RequirementTable, Faulty> {
        let file = match self.requirements.first() {
            Some(row) => reader.file(&row.location)?,
            None => reader.named(RepoPath::new(self.file.as_bytes()), Home::Repository),
        };
        let rows = self.requirements.iter().map(|row| row.read(reader)).collect::<Result<_, _>>()?;
        let undecided = self.undecided.as_deref().map(str::to_owned);
        Ok(RequirementTable { module: self.module.clone().into_owned(), file, undecided, rows })
    }
}

/// A `require` line.
#[derive(Serialize, Deserialize, JsonSchema)]
struct RowRecord<'a> {
    /// The path of the required module.
    path: Cow<'a, str>,
    /// The version.
    version: Cow<'a, str>,
    /// Whether it is marked `// indirect`.
    indirect: bool,
    /// The line.
    location: LocationRecord<'a>,
    /// The files that import it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    importers: Vec<ImporterRecord<'a>>,
    /// Its packages that are needed, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packages: Vec<Cow<'a, str>>,
    /// Whether its past was looked at, so that no `first_import` means that there never was one; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    past_known: bool,
    /// The commit that brought the first import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_import: Option<ProvenanceRecord<'a>>,
    /// The commit that removed the last import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_import: Option<ProvenanceRecord<'a>>,
    /// The evidence of the verdict.
    evidence: EvidenceWord,
    /// The verdict on the line.
    verdict: RequirementWord,
    /// The version that is selected, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selected: Option<Cow<'a, str>>,
}

impl<'a> RowRecord<'a> {
    fn new(table: &RequirementTable, row: &'a RequirementRow, places: &ExcerptPlaces<'a>) -> Self {
        let past = row.past.as_ref();
        let (verdict, selected) = verdict(&row.verdict);
        Self {
            path: row.path.as_str().into(),
            version: row.version.as_str().into(),
            indirect: row.indirect,
            location: LocationRecord::new(&Label::new(table.file, row.span, ""), places),
            importers: row.importers.iter().map(ImporterRecord::new).collect(),
            packages: row.packages.iter().map(Cow::from).collect(),
            past_known: past.is_some(),
            first_import: past.and_then(|past| past.first.as_ref()).map(ProvenanceRecord::new),
            last_import: past.and_then(|past| past.last.as_ref()).map(ProvenanceRecord::new),
            evidence: row.evidence.into(),
            verdict,
            selected: selected.map(Cow::from),
        }
    }

    fn read(&self, reader: &mut DocumentReader<'_>) -> Result<RequirementRow, Faulty> {
        let commit = |it: &Option<ProvenanceRecord<'_>>| it.as_ref().map(ProvenanceRecord::read).transpose();
        let past = ImportPast { first: commit(&self.first_import)?, last: commit(&self.last_import)? };
        Ok(RequirementRow {
            span: reader.label(&self.location)?.span,
            path: self.path.clone().into_owned(),
            version: self.version.clone().into_owned(),
            indirect: self.indirect,
            importers: self.importers.iter().map(ImporterRecord::read).collect(),
            packages: self.packages.iter().map(|it| it.clone().into_owned()).collect(),
            past: self.past_known.then_some(past),
            evidence: self.evidence.into(),
            verdict: self.read_verdict(),
        })
    }

    fn read_verdict(&self) -> RequirementVerdict {
        match self.verdict {
            RequirementWord::Needed => RequirementVerdict::Needed,
            RequirementWord::LacksIndirect => RequirementVerdict::Mismarked { indirect: true },
            RequirementWord::NotIndirect => RequirementVerdict::Mismarked { indirect: false },
            RequirementWord::Low => RequirementVerdict::Low(self.selected.clone().unwrap_or_default().into_owned()),
            RequirementWord::Repeated => RequirementVerdict::Repeated,
            RequirementWord::Unused => RequirementVerdict::Unused,
            RequirementWord::Undecided => RequirementVerdict::Undecided,
        }
    }
}

/// The verdict in a word, and the version that is selected where that is another.
fn verdict(verdict: &RequirementVerdict) -> (RequirementWord, Option<&str>) {
    match verdict {
        RequirementVerdict::Needed => (RequirementWord::Needed, None),
        RequirementVerdict::Mismarked { indirect: true } => (RequirementWord::LacksIndirect, None),
        RequirementVerdict::Mismarked { indirect: false } => (RequirementWord::NotIndirect, None),
        RequirementVerdict::Low(selected) => (RequirementWord::Low, Some(selected)),
        RequirementVerdict::Repeated => (RequirementWord::Repeated, None),
        RequirementVerdict::Unused => (RequirementWord::Unused, None),
        RequirementVerdict::Undecided => (RequirementWord::Undecided, None),
    }
}

/// A file that imports a package of a requirement.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ImporterRecord<'a> {
    /// The path.
    file: Cow<'a, str>,
    /// The line of the first such import, from 1.
    line: u32,
    /// Whether it is compiled for tests only.
    test: bool,
    /// The builds that have it, in `//go:build` form, if not all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    constraint: Option<Cow<'a, str>>,
}

impl<'a> ImporterRecord<'a> {
    fn new(importer: &'a Importer) -> Self {
        let Importer { file, line, is_test, constraint } = importer;
        Self { file: file.into(), line: *line, test: *is_test, constraint: constraint.as_deref().map(Cow::from) }
    }

    fn read(&self) -> Importer {
        let Self { file, line, test, constraint } = self;
        let constraint = constraint.as_deref().map(str::to_owned);
        Importer { file: file.clone().into_owned(), line: *line, is_test: *test, constraint }
    }
}

/// The totals of one commit.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct TrendRecord<'a> {
    /// The id of the commit.
    commit: Cow<'a, str>,
    /// When its author wrote it, in RFC 3339.
    date: Cow<'a, str>,
    /// Modules.
    modules: usize,
    /// Packages.
    packages: usize,
    /// Go files.
    files: usize,
    /// `require` lines.
    requirements: usize,
    /// Findings by the policy of today.
    findings: usize,
}

impl<'a> TrendRecord<'a> {
    pub(super) fn new(point: &'a TrendPoint) -> Self {
        let TrendPoint { commit, date, modules, packages, files, requirements, findings } = point;
        Self {
            commit: commit.into(),
            date: date.into(),
            modules: *modules,
            packages: *packages,
            files: *files,
            requirements: *requirements,
            findings: *findings,
        }
    }

    pub(super) fn read(&self) -> TrendPoint {
        let Self { commit, date, modules, packages, files, requirements, findings } = self;
        TrendPoint {
            commit: commit.clone().into_owned(),
            date: date.clone().into_owned(),
            modules: *modules,
            packages: *packages,
            files: *files,
            requirements: *requirements,
            findings: *findings,
        }
    }
}
