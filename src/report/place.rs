//! Spans as the lines and columns that each form counts.

use crate::finding::{Label, Run};
use crate::text::{Files, Home, LineColumn, LineIndex, SourceFile, Span};

/// The first character of a span and the one after its last, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: LineColumn,
    pub(super) end: LineColumn,
}

impl Region {
    /// The beginning of a file.
    pub(super) const BEGINNING: Self =
        Self { start: LineColumn { line: 1, column: 1 }, end: LineColumn { line: 1, column: 1 } };

    /// With columns in characters; `None` where the text was not kept.
    pub(super) fn chars(file: &SourceFile, span: Span) -> Option<Self> {
        Self::counted(file, span, LineIndex::chars)
    }

    /// With columns in UTF-16 code units; `None` where the text was not kept.
    pub(super) fn utf16(file: &SourceFile, span: Span) -> Option<Self> {
        Self::counted(file, span, LineIndex::utf16)
    }

    /// With columns in bytes; `None` where the text was not kept.
    pub(super) fn bytes(file: &SourceFile, span: Span) -> Option<Self> {
        Self::counted(file, span, |lines, _, offset| lines.bytes(offset))
    }

    fn counted(file: &SourceFile, span: Span, unit: fn(&LineIndex, &[u8], u32) -> LineColumn) -> Option<Self> {
        let at = |offset| unit(file.lines(), file.text(), offset);
        file.has_text().then(|| Self { start: at(span.start), end: at(span.end) })
    }
}

/// The part of `span` on its first line, line break excluded. GitHub shows a region only if all its lines are in
/// the diff, and drops the columns of one that has several.
pub(super) fn first_line(file: &SourceFile, span: Span) -> Span {
    let line = line_content(file, file.lines().line_of(span.start));
    let start = span.start.min(line.end);
    Span { start, end: span.end.clamp(start, line.end) }
}

/// The bytes of a line by its zero-based number, without its line break.
pub(super) fn line_content(file: &SourceFile, line: usize) -> Span {
    let span = file.lines().line_span(line);
    let bytes = file.slice(span);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    Span::new(span.start as usize, span.start as usize + bytes.len())
}

/// `path:line:column`, or the path alone where the text was not kept. The path is not escaped for any format yet.
pub(super) fn place(files: &Files, label: &Label) -> String {
    let file = files.get(label.file);
    match Region::chars(file, label.span) {
        Some(Region { start, .. }) => format!("{}:{}:{}", file.path(), start.line, start.column),
        None => file.path().to_string(),
    }
}

/// The policy, if it is in the repository: where a finding about something outside of it is shown.
pub(super) fn policy_file<'a>(run: &Run, files: &'a Files) -> Option<&'a SourceFile> {
    let path = run.policy.file.as_ref()?;
    let mut in_repository = files.iter().map(|(_, file)| file).filter(|file| file.home() == Home::Repository);
    in_repository.find(|file| file.path().as_bytes() == path.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::{Home, RepoPath};

    fn check(text: &str, span: (usize, usize), expected: (u32, u32)) {
        let mut files = Files::default();
        let id = files.add_text(RepoPath::from("a.go"), Home::Repository, Arc::from(text.as_bytes()));
        let cut = first_line(files.get(id), Span::new(span.0, span.1));
        assert_eq!((cut.start, cut.end), expected, "{text:?} {span:?}");
    }

    #[test]
    fn a_region_is_cut_to_its_first_line() {
        check("ab\ncd\n", (1, 5), (1, 2));
        check("ab\r\ncd", (0, 6), (0, 2));
        check("ab\ncd", (2, 4), (2, 2));
        check("ab\ncd", (3, 5), (3, 5));
        check("ab", (9, 12), (2, 2));
        check("", (0, 0), (0, 0));
    }
}
