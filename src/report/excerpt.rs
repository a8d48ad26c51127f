//! The lines that a finding points at, of one file or several, made safe to show, as miette reads a source.
//!
//! miette looks for a span from the first byte of a source, and knows one source a finding. An excerpt holds only
//! the lines that are shown, so a finding costs the same in any file, and its labels may be in several files.

use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::escape::{push_terminal, terminal};
use super::file_links::{FileLinks, linked_path};
use super::place::{Region, first_line, line_content};
use crate::finding::Label;
use crate::text::{FileId, Files, LineColumn, SourceFile, Span};

/// How many bytes are shown of a long line.
const MAX_LINE: usize = 240;

/// How many of them come before its first label.
const LEAD: usize = 80;

/// Lines of files, end to end in one imaginary text whose bytes the labels count.
#[derive(Debug, Default)]
pub(super) struct Excerpt {
    sections: Vec<Section>,
    labels: Vec<(LabeledSpan, LineColumn)>,
}

/// Some lines of a file that follow each other.
#[derive(Debug)]
struct Section {
    name: String,
    /// The zero-based number of the first line.
    line: usize,
    /// Where the imaginary text has these lines.
    start: usize,
    text: String,
}

/// A label, cut to its first line.
struct Mark<'a> {
    label: &'a Label,
    primary: bool,
    line: usize,
    span: Span,
    place: LineColumn,
}

impl Excerpt {
    /// Shows the first of `labels` with the lines next to it, unless they are blank, and the others in their places.
    /// Labels in files whose text was not kept are left out. The names of files lead to the files if there are links.
    pub(super) fn new(files: &Files, labels: &[&Label], links: Option<&FileLinks>) -> Self {
        let mut excerpt = Self::default();
        let mut shown: Vec<FileId> = Vec::new();
        for label in labels {
            if shown.contains(&label.file) {
                continue;
            }
            let context = usize::from(shown.is_empty());
            shown.push(label.file);
            let marks = marks(files, labels, label.file);
            for together in marks.chunk_by(|one, next| next.line - one.line <= 2 * context + 1) {
                let file = files.get(label.file);
                excerpt.push_section(file, linked_path(links, file), together, context);
            }
        }
        excerpt
    }

    /// The labels, as places in the imaginary text.
    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        self.labels.iter().map(|(label, _)| label.clone())
    }

    fn push_section(&mut self, file: &SourceFile, name: String, marks: &[Mark<'_>], context: usize) {
        let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return };
        let has_text = |&line: &usize| !file.slice(file.lines().line_span(line)).trim_ascii().is_empty();
        let line = (first.line.saturating_sub(context)..first.line).find(has_text).unwrap_or(first.line);
        let end = (last.line + 1..=last.line + context).rfind(has_text).unwrap_or(last.line);
        // One byte apart, so that no offset is in two sections.
        let start = self.sections.last().map_or(0, |section| section.range().end + 1);
        let mut section = Section { name, line, start, text: String::new() };
        for line in line..=end {
            let on_line: Vec<&Mark> = marks.iter().filter(|mark| mark.line == line).collect();
            let content = line_content(file, line);
            let spans: Vec<Range<usize>> = on_line.iter().map(|mark| mark.within(content)).collect();
            let shown = push_text(&mut section.text, file.slice(content), &spans);
            let labels = on_line.iter().zip(shown).map(|(mark, shown)| (mark.labeled(start, shown), mark.place));
            self.labels.extend(labels);
            section.text.push('\n');
        }
        self.sections.push(section);
    }
}

impl Mark<'_> {
    /// The bytes of its line that it covers.
    fn within(&self, line: Span) -> Range<usize> {
        (self.span.start - line.start) as usize..(self.span.end - line.start) as usize
    }

    /// The label for miette, at `shown` of the section that begins at `start`.
    fn labeled(&self, start: usize, shown: Range<usize>) -> LabeledSpan {
        let words = Some(terminal(&self.label.message)).filter(|words| !words.is_empty());
        let span = SourceSpan::from((start + shown.start, shown.len()));
        if self.primary {
            LabeledSpan::new_primary_with_span(words, span)
        } else {
            LabeledSpan::new_with_span(words, span)
        }
    }
}

impl Section {
    fn range(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }
}

impl SourceCode for Excerpt {
    /// The whole section that holds `span`, whatever context is asked for: miette then joins its labels, and none
    /// of different sections. Without context, which is how miette asks for the place to print, that place.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        _context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let end = span.offset() + span.len();
        let holds = |section: &&Section| section.start <= span.offset() && end <= section.range().end;
        let section = self.sections.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let place = self.labels.iter().find(|(label, _)| label.inner() == span).map(|&(_, place)| place);
        let (line, column) = match place {
            Some(place) if context_lines_before == 0 => (place.line as usize - 1, place.column as usize - 1),
            _ => (section.line, 0),
        };
        let range = SourceSpan::from((section.start, section.text.len()));
        let data = section.text.as_bytes();
        let lines = section.text.lines().count();
        Ok(Box::new(MietteSpanContents::new_named(section.name.clone(), data, range, line, column, lines)))
    }
}

/// The labels of one file, in order.
fn marks<'a>(files: &Files, labels: &[&'a Label], id: FileId) -> Vec<Mark<'a>> {
    let file = files.get(id);
    let mut marks: Vec<Mark> = Vec::new();
    for (index, label) in labels.iter().enumerate().filter(|(_, label)| label.file == id) {
        let span = first_line(file, label.span);
        if let Some(Region { start: place, .. }) = Region::chars(file, span) {
            marks.push(Mark { label, primary: index == 0, line: file.lines().line_of(span.start), span, place });
        }
    }
    marks.sort_by_key(|mark| mark.span);
    marks
}

/// Appends `line` as far as it is shown, and returns where in `out` each of `spans` went.
fn push_text(out: &mut String, line: &[u8], spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> = spans.iter().flat_map(|span| [span.start, span.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let window = window(line, cuts.first().copied().unwrap_or(0));
    if window.start > 0 {
        out.push_str("...");
    }
    let mut at = window.start;
    let mut shown = Vec::with_capacity(cuts.len());
    for &cut in &cuts {
        let cut = cut.clamp(at, window.end);
        push_terminal(out, &String::from_utf8_lossy(&line[at..cut]));
        shown.push(out.len());
        at = cut;
    }
    push_terminal(out, &String::from_utf8_lossy(&line[at..window.end]));
    if window.end < line.len() {
        out.push_str("...");
    }
    let place = |cut: usize| cuts.binary_search(&cut).map_or(out.len(), |index| shown[index]);
    spans.iter().map(|span| place(span.start)..place(span.end)).collect()
}

/// The bytes of a line that are shown when `focus` must be among them.
fn window(line: &[u8], focus: usize) -> Range<usize> {
    if line.len() <= MAX_LINE {
        return 0..line.len();
    }
    // A character has at most three bytes that do not begin it.
    let begins = |&at: &usize| line.get(at).is_none_or(|byte| byte & 0xc0 != 0x80);
    let boundary = |at: usize| (at..=at + 3).find(begins).unwrap_or(at);
    let start = boundary(focus.saturating_sub(LEAD).min(line.len() - MAX_LINE));
    start..boundary((start + MAX_LINE).min(line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &[u8], span: Range<usize>, expected: (&str, Range<usize>)) {
        let mut out = String::new();
        let shown = push_text(&mut out, line, std::slice::from_ref(&span));
        assert_eq!((out.as_str(), shown), (expected.0, vec![expected.1]));
    }

    #[test]
    fn spans_move_with_what_is_escaped_before_them() {
        check(b"\t\"a\"", 1..4, ("    \"a\"", 4..7));
        check(b"\x1b[m x\xff", 4..6, ("\\u{1b}[m x\u{fffd}", 9..13));
        check(b"##[x]", 2..3, ("##\\[x]", 2..4));
        check(b"\x80\x80\x80", 0..1, ("\u{fffd}\u{fffd}\u{fffd}", 0..3));
    }

    #[test]
    fn a_long_line_is_cut_around_its_first_label() {
        let line = "é".repeat(5000) + "\"x\"" + &"é".repeat(5000);
        let mut out = String::new();
        let shown = push_text(&mut out, line.as_bytes(), std::slice::from_ref(&(10_000..10_003)));
        assert_eq!(&out[shown[0].clone()], "\"x\"");
        assert!(out.starts_with("...é") && out.ends_with("é...") && out.len() < 300, "{out}");
    }

    #[test]
    fn bytes_that_begin_no_character_do_not_widen_the_window() {
        let window = window(&[0x80; 100_000], 50_000);
        assert!(window.contains(&50_000) && window.len() <= MAX_LINE + 3, "{window:?}");
    }
}
