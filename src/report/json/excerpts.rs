//! Which lines of which files go into a report: those that any format shows, so that all formats can be made of it
//! later.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::document::ExcerptRecord;
use super::lines::pieces;
use super::records::Records;
use crate::finding::{Finding, Label, Run};
use crate::text::{FileId, Files, SourceFile, Span};

/// The lines of one file that are written, by their number: each once for every byte in it at which something begins or
/// ends, and once without a byte if it is next to another line. There may be a million, so a sorted list holds them,
/// and duplicates go before it grows.
#[derive(Default)]
struct WantedLines(Vec<(u32, Option<u32>)>);

/// The files that places are in, and the lines that are written with them.
pub(in crate::report) struct ExcerptPlaces<'a> {
    files: &'a Files,
    /// The wanted lines of each file.
    wanted: BTreeMap<FileId, WantedLines>,
    /// The files in the order in which they are first mentioned, which is that of the excerpts: it is the same in a
    /// report that is read.
    order: Vec<FileId>,
    positions: HashMap<FileId, u32>,
}

impl<'a> ExcerptPlaces<'a> {
    /// Places without the lines that they are on.
    pub(in crate::report) fn without_excerpts(files: &'a Files) -> Self {
        Self { files, wanted: BTreeMap::new(), order: Vec::new(), positions: HashMap::new() }
    }

    /// The places of a run, with the lines that the forms for people show.
    pub(super) fn with_excerpts(run: &Run, files: &'a Files) -> Self {
        let mut places = Self::without_excerpts(files);
        let findings = run.findings.iter().chain(&run.suppressed).chain(&run.newly_covered);
        findings.for_each(|finding| places.want_finding(finding));
        run.undecided.iter().for_each(|undecided| places.want(&undecided.question.label));
        run.notifications.iter().filter_map(|it| it.label.as_ref()).for_each(|label| places.want(label));
        for table in &run.requirements {
            table.rows.iter().for_each(|row| places.want_span(table.file, row.span));
        }
        places.positions = places.order.iter().copied().zip(0..).collect();
        places.wanted.values_mut().for_each(WantedLines::sort);
        places
    }

    /// All files.
    pub(super) fn files(&self) -> &'a Files {
        self.files
    }

    /// Which of the excerpts has the lines of a file.
    pub(super) fn position(&self, file: FileId) -> Option<u32> {
        self.positions.get(&file).copied()
    }

    /// The excerpts.
    pub(super) fn records(&'a self) -> Vec<ExcerptRecord<'a>> {
        self.order.iter().map(|id| record(self.files.get(*id), &self.wanted[id])).collect()
    }

    fn want_finding(&mut self, finding: &Finding) {
        self.want(&finding.primary);
        finding.related.iter().for_each(|label| self.want(label));
        if let Some(suppression) = &finding.suppression {
            self.want(&suppression.label);
        }
        if let Some(fix) = &finding.fix {
            finding.edits.iter().for_each(|edit| self.want_span(fix.file, edit.span));
        }
    }

    /// The lines of a label, and those beside the first of them, unless they are blank.
    fn want(&mut self, label: &Label) {
        let file = self.files.get(label.file);
        self.want_span(label.file, label.span);
        let Some(lines) = self.wanted.get_mut(&label.file) else { return };
        let line = file.lines().line_of(label.span.start);
        for beside in [line.checked_sub(1), Some(line + 1)].into_iter().flatten() {
            if !file.slice(file.lines().line_span(beside)).trim_ascii().is_empty() {
                lines.push(beside, None);
            }
        }
    }

    /// The first and the last line of some bytes. A file whose text was not kept has none.
    fn want_span(&mut self, id: FileId, span: Span) {
        let file = self.files.get(id);
        if !file.has_text() {
            return;
        }
        let lines = self.wanted.entry(id).or_insert_with(|| {
            self.order.push(id);
            WantedLines::default()
        });
        for offset in [span.start, span.end] {
            let offset = within(file, offset);
            lines.push(file.lines().line_of(offset), Some(offset));
        }
    }
}

/// An offset that is in the file, or at its end.
pub(super) fn within(file: &SourceFile, offset: u32) -> u32 {
    u32::try_from(file.text().len()).unwrap_or(u32::MAX).min(offset)
}

impl WantedLines {
    fn push(&mut self, line: usize, offset: Option<u32>) {
        let wanted = (u32::try_from(line).unwrap_or(u32::MAX), offset);
        if self.0.len() == self.0.capacity() {
            self.sort();
        }
        self.0.push(wanted);
    }

    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Each line, and the bytes in it.
    fn iter(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = u32>)> {
        self.0.chunk_by(|one, other| one.0 == other.0).map(|line| {
            let offsets = line.iter().filter_map(|(_, offset)| *offset);
            (line[0].0 as usize, offsets)
        })
    }
}

fn record<'a>(file: &'a SourceFile, wanted: &'a WantedLines) -> ExcerptRecord<'a> {
    let lines = move || wanted.iter().flat_map(move |(line, offsets)| pieces(file, line, offsets));
    ExcerptRecord { file: file_name(file), lines: Records::made(lines) }
}

/// The path of a file as text.
pub(super) fn file_name(file: &SourceFile) -> Cow<'_, str> {
    String::from_utf8_lossy(file.path().as_bytes())
}
