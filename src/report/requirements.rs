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

/// The table for a terminal. Columns that say nothing are left out.
pub(super) fn table(to: Terminal, table: &RequirementTable, files: &Files) -> String {
    let rows: Vec<[String; 9]> = table.rows.iter().map(|row| cells(row).map(|cell| terminal(&cell))).collect();
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
    let mut text = to.paint(&terminal(&title(table, files)), &[BOLD]) + "\n";
    text += &(line(HEADINGS) + "\n");
    for (row, cells) in table.rows.iter().zip(&rows) {
        let written = line(cells.each_ref().map(String::as_str));
        text += &match color(&row.verdict) {
            Some(code) => to.paint(&written, &[code]),
            None => written,
        };
        text.push('\n');
    }
    if let Some(undecided) = &table.undecided {
        text += &format!("  {}\n", terminal(undecided));
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
