//! The table of requirements as text: the content of its cells, and its layout in a terminal.

use super::Terminal;
use super::escape::terminal;
use super::pretty::{BOLD, DIM, YELLOW};
use super::summary::counted;
use crate::finding::{Provenance, RequirementRow, RequirementTable, RequirementVerdict};
use crate::text::Files;

/// The headings of the columns.
pub(super) const HEADINGS: [&str; 9] =
    ["module", "version", "line", "imported by", "packages", "first import", "last import", "evidence", "verdict"];

/// The texts in the columns of a row.
pub(super) fn cells(row: &RequirementRow) -> [String; 9] {
    let line = if row.indirect { "indirect" } else { "direct" };
    let [first, last] = past(row);
    [
        row.path.clone(),
        row.version.clone(),
        line.to_owned(),
        row.counts().to_string(),
        row.packages.len().to_string(),
        first,
        last,
        row.evidence.as_str().to_owned(),
        row.verdict.to_string(),
    ]
}

/// When it was first and last imported. Without history, only that it is now.
fn past(row: &RequirementRow) -> [String; 2] {
    let commit = |it: &Provenance| {
        let least = if it.at_least { "at least " } else { "" };
        format!("{least}{} {:.12}", it.day(), it.commit)
    };
    let now = if row.importers.is_empty() { "" } else { "now" };
    match &row.past {
        None => [String::new(), now.to_owned()],
        Some(past) => {
            let first = past.first.as_ref().map_or_else(|| "never".to_owned(), commit);
            let last = past.last.as_ref().filter(|_| now.is_empty()).map_or_else(|| now.to_owned(), commit);
            [first, last]
        }
    }
}

/// The title of a table.
pub(super) fn title(table: &RequirementTable, files: &Files) -> String {
    let count = counted(table.rows.len(), "requirement");
    format!("{count} of {} ({})", table.module, files.get(table.file).path())
}

/// The table for a terminal: in columns, or where these are wider than the terminal, as a list.
pub(super) fn table(to: Terminal, table: &RequirementTable, files: &Files) -> String {
    let rows: Vec<[String; 9]> = table.rows.iter().map(|row| cells(row).map(|cell| terminal(&cell))).collect();
    let mut text = to.paint(&terminal(&title(table, files)), &[BOLD]) + "\n";
    let (headings, mut lines) = columns(&rows);
    let widest = lines.iter().chain([&headings]).map(|line| line.chars().count()).max().unwrap_or_default();
    match to.table_width.filter(|width| widest > *width) {
        Some(width) => {
            // A value that is the same in each row is printed once.
            let same_evidence = rows.iter().all(|row| row[EVIDENCE] == rows[0][EVIDENCE]);
            lines = rows.iter().map(|row| item(row, same_evidence, width)).collect();
            if same_evidence {
                text += &format!("  evidence: {}\n", rows[0][EVIDENCE]);
            }
        }
        None => text += &(headings + "\n"),
    }
    for (row, line) in table.rows.iter().zip(&lines) {
        text += &match color(&row.verdict) {
            Some(code) => to.paint(line, &[code]),
            None => line.clone(),
        };
        text.push('\n');
    }
    if let Some(undecided) = &table.undecided {
        text += &format!("  {}\n", terminal(undecided));
    }
    text
}

/// The column of the evidence.
const EVIDENCE: usize = 7;

/// The line of headings, and a line for each row. Columns that say nothing are left out.
fn columns(rows: &[[String; 9]]) -> (String, Vec<String>) {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|at| match width(at) {
            0 => 0,
            width => width.max(HEADINGS[at].len()),
        })
        .collect();
    let line = |cells: [&str; 9]| {
        let padded = cells.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let padded: String = padded.map(|(cell, &width)| format!("  {cell:<width$}")).collect();
        padded.trim_end().to_owned()
    };
    (line(HEADINGS), rows.iter().map(|cells| line(cells.each_ref().map(String::as_str))).collect())
}

/// A row in words, which go on in a further line where one is full.
fn item(row: &[String; 9], omits_evidence: bool, width: usize) -> String {
    let [path, version, line, by, packages, first, last, evidence, verdict] = row;
    let mut parts = vec![format!("{path} {version}: {verdict}"), line.clone()];
    if by == "0" {
        parts.push("not imported".to_owned());
    } else {
        parts.push(format!("imported by {by}"));
        parts.push(format!("packages: {packages}"));
    }
    for (name, past) in [("first import", first), ("last import", last)] {
        if !matches!(past.as_str(), "" | "now" | "never") {
            parts.push(format!("{name}: {past}"));
        }
    }
    if !omits_evidence {
        parts.push(format!("evidence: {evidence}"));
    }
    flow(&parts, width)
}

/// The parts one after the other, with `;` between them, in as few lines as there is room for.
fn flow(parts: &[String], width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for (at, part) in parts.iter().enumerate() {
        let end = if at + 1 < parts.len() { ";" } else { "" };
        let length = part.chars().count() + end.len();
        let lead = match at {
            0 => "  ",
            _ if column + 1 + length <= width => " ",
            _ => "\n      ",
        };
        column = if lead.starts_with('\n') { 0 } else { column };
        column += lead.trim_start_matches('\n').len() + length;
        text.push_str(lead);
        text.push_str(part);
        text.push_str(end);
    }
    text
}

/// Only verdicts that ask for an action or are open have a color.
fn color(verdict: &RequirementVerdict) -> Option<&'static str> {
    match verdict {
        RequirementVerdict::Needed => None,
        RequirementVerdict::Undecided => Some(DIM),
        _ => Some(YELLOW),
    }
}
