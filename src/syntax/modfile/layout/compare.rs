//! The first place where a module file differs from the go command's result if only its layout had to change.
//!
//! `go mod tidy -diff` compares the file in the go command's own format before and after, so that white space alone is
//! no difference to it; `go mod tidy` writes that as well. Both are distinguished here.

use std::collections::HashMap;

use super::super::super::layout_fault::{LayoutFault, LayoutFaultKind, WhiteSpace, first_different_line};
use super::{Layout, LayoutBlock, LayoutStatement, LineId, WantedRequirements};
use crate::text::Span;

/// Where a module file that has these requirements is laid out otherwise than the go command would; `None` where it is
/// not, or has an error in its grammar.
pub(in crate::syntax) fn layout_fault(text: &[u8], stated: &WantedRequirements) -> Option<LayoutFault> {
    let before = Layout::read(text)?;
    let mut after = before.clone();
    after.require(stated);
    let formatted = before.print();
    if formatted != after.print() {
        return Some(LayoutDifference::new(&before, &after).fault());
    }
    (formatted != text).then(|| LayoutFault {
        kind: LayoutFaultKind::WhiteSpace(WhiteSpace::between(text, &formatted)),
        place: first_different_line(text, &formatted),
    })
}

/// The printed text, piece by piece.
#[derive(Debug, PartialEq, Eq)]
struct PrintedRow<'l> {
    kind: RowKind,
    /// The verb, and for a line the words after it.
    verb: &'l str,
    args: &'l [String],
    /// The comments above.
    above: &'l [String],
    /// The comments at the end.
    suffix: &'l [String],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowKind {
    Comments,
    Line,
    Open,
    Entry,
    Close,
}

/// Where a row is in the file; empty for one that the file does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowPlace {
    /// The row itself.
    own: Span,
    /// The block that it is in.
    block: Option<Span>,
    /// The number of the statement that it is, or is in.
    statement: usize,
}

type Rows<'l> = Vec<(PrintedRow<'l>, RowPlace)>;

impl Layout {
    fn rows(&self) -> Rows<'_> {
        let mut rows = Rows::new();
        for (statement, content) in self.statements.iter().enumerate() {
            match content {
                LayoutStatement::Comments(comments) => {
                    rows.push((
                        PrintedRow::new(RowKind::Comments, "", comments),
                        RowPlace { statement, ..RowPlace::NONE },
                    ));
                }
                LayoutStatement::Line(id) => rows.push(self.line_row(*id, None, statement)),
                LayoutStatement::Block(block) => {
                    let verb = block.header.first().map(String::as_str).unwrap_or_default();
                    let open = PrintedRow {
                        suffix: &block.after_opening,
                        ..PrintedRow::new(RowKind::Open, verb, &block.before)
                    };
                    let place = RowPlace { own: block.place, block: None, statement };
                    rows.push((open, place));
                    rows.extend(block.lines.iter().map(|&id| self.line_row(id, Some((block, verb)), statement)));
                    let close = PrintedRow::new(RowKind::Close, verb, &block.before_closing);
                    rows.push((PrintedRow { suffix: &block.after_closing, ..close }, place));
                }
            }
        }
        rows
    }

    fn line_row<'l>(
        &'l self,
        id: LineId,
        block: Option<(&'l LayoutBlock, &'l str)>,
        statement: usize,
    ) -> (PrintedRow<'l>, RowPlace) {
        let line = self.line(id);
        let verb = block.map_or_else(|| line.tokens.first().map(String::as_str).unwrap_or_default(), |(_, verb)| verb);
        let kind = if block.is_some() { RowKind::Entry } else { RowKind::Line };
        let row = PrintedRow { args: self.args(id), suffix: &line.suffix, ..PrintedRow::new(kind, verb, &line.before) };
        (row, RowPlace { own: line.place, block: block.map(|(block, _)| block.place), statement })
    }
}

impl<'l> PrintedRow<'l> {
    fn new(kind: RowKind, verb: &'l str, above: &'l [String]) -> Self {
        Self { kind, verb, args: &[], above, suffix: &[] }
    }

    fn is_line(&self) -> bool {
        matches!(self.kind, RowKind::Line | RowKind::Entry)
    }

    /// The line as it would be on its own.
    fn text(&self) -> String {
        let mut text = self.verb.to_owned();
        for arg in self.args {
            text.push(' ');
            text.push_str(arg);
        }
        text
    }
}

impl RowPlace {
    const NONE: Self = Self { own: Span { start: 0, end: 0 }, block: None, statement: 0 };
}

/// A file before and after.
struct LayoutDifference<'l> {
    before: Rows<'l>,
    after: Rows<'l>,
    /// The lines that are there afterwards, by their places before.
    kept: HashMap<Span, usize>,
}

impl<'l> LayoutDifference<'l> {
    fn new(before: &'l Layout, after: &'l Layout) -> Self {
        let (before, after) = (before.rows(), after.rows());
        let kept = after.iter().enumerate().filter(|(_, (row, _))| row.is_line());
        let kept = kept.map(|(at, (_, place))| (place.own, at)).collect();
        Self { before, after, kept }
    }

    fn fault(&self) -> LayoutFault {
        let same = self.before.iter().zip(&self.after).take_while(|((before, _), (after, _))| before == after).count();
        let found = self.unsorted(same).or_else(|| (same..self.before.len()).find_map(|at| self.fault_of(at)));
        // The rows that print otherwise are not the same, so that one of them is found.
        found.unwrap_or_else(|| {
            let (row, place) = self
                .before
                .get(same)
                .or(self.before.last())
                .map_or(("", RowPlace::NONE), |(row, place)| (row.verb, *place));
            LayoutFault { kind: LayoutFaultKind::UnsortedBlock(row.to_owned()), place: place.own }
        })
    }

    /// The fault, if the first row that differs is an entry of a block, and another one of that block is to come before
    /// it.
    fn unsorted(&self, at: usize) -> Option<LayoutFault> {
        let ((row, place), (next, next_place)) = (self.before.get(at)?, self.after.get(at)?);
        let is_moved = |(row, other): &(PrintedRow<'_>, RowPlace)| {
            row.is_line() && other.own == next_place.own && other.block == place.block
        };
        let is_order = row.kind == RowKind::Entry
            && next.kind == RowKind::Entry
            && place.own != next_place.own
            && self.kept.contains_key(&place.own)
            && self.before[at..].iter().any(is_moved);
        let kind = LayoutFaultKind::UnsortedBlock(row.verb.to_owned());
        is_order.then_some(LayoutFault { kind, place: place.own })
    }

    /// The change to a row, other than that others come before it, if there is one.
    fn fault_of(&self, at: usize) -> Option<LayoutFault> {
        let (row, place) = &self.before[at];
        let kind = match row.kind {
            RowKind::Comments | RowKind::Close => return None,
            RowKind::Open => self.fault_of_block(at)?,
            RowKind::Line | RowKind::Entry => match self.after_of(at) {
                None => LayoutFaultKind::Repeated(row.text()),
                Some((after, _))
                    if row.kind == RowKind::Entry && after.kind == RowKind::Line && self.is_only_entry(at) =>
                {
                    LayoutFaultKind::OneEntry(row.verb.to_owned())
                }
                Some((after, after_place)) if row.kind != after.kind || place.block != after_place.block => {
                    let other = self.goes_elsewhere(at, after_place.statement);
                    // Of a block that becomes a line because its other entries go, those are at fault.
                    let is_left = row.kind == RowKind::Entry && after.kind == RowKind::Line;
                    let (row, place) = &self.before[other.or((!is_left).then_some(at))?];
                    return Some(LayoutFault { kind: LayoutFaultKind::OtherBlock(row.text()), place: place.own });
                }
                Some((after, _)) if row.above != after.above => LayoutFaultKind::BlankLine,
                Some(_) => return None,
            },
        };
        Some(LayoutFault { kind, place: place.own })
    }

    /// The line that a row becomes.
    fn after_of(&self, at: usize) -> Option<&(PrintedRow<'l>, RowPlace)> {
        self.kept.get(&self.before[at].1.own).map(|&kept| &self.after[kept])
    }

    /// Whether an entry is the only one of its block.
    fn is_only_entry(&self, at: usize) -> bool {
        let kind = |at: usize| self.before.get(at).map(|(row, _)| row.kind);
        at.checked_sub(1).and_then(kind) == Some(RowKind::Open) && kind(at + 1) == Some(RowKind::Close)
    }

    /// The first line, in the block of the one at a place, that does not go to the statement `first` as that does.
    fn goes_elsewhere(&self, at: usize, first: usize) -> Option<usize> {
        let statement = self.before[at].1.statement;
        let mut rest = (at..self.before.len()).take_while(|&at| self.before[at].1.statement == statement);
        rest.find(|&at| {
            let after = self.after_of(at).filter(|_| self.before[at].0.is_line());
            after.is_some_and(|(_, place)| place.statement != first)
        })
    }

    fn fault_of_block(&self, at: usize) -> Option<LayoutFaultKind> {
        let (row, place) = &self.before[at];
        let verb = row.verb.to_owned();
        if self.before.get(at + 1).is_some_and(|(next, _)| next.kind == RowKind::Close) {
            return Some(LayoutFaultKind::EmptyBlock(verb));
        }
        let after = self.after.iter().find(|(row, other)| row.kind == RowKind::Open && other.own == place.own);
        after.filter(|(after, _)| after.above != row.above).map(|_| LayoutFaultKind::BlockComment(verb))
    }
}
