//! The build constraint in the lines above the package clause.
//!
//! Source: `parseFileHeader` and `shouldBuild` in `go/build/build.go`, the same in `cmd/go/internal/imports`.

use memchr::memchr;

use super::super::SyntaxError;
use super::FileConstraint;
use super::scanner::{BYTE_ORDER_MARK, block_end};
use crate::go::BuildConstraint;
use crate::text::Span;

/// The build constraints in the lines above the package clause.
#[derive(Default)]
pub(super) struct BuildHeader {
    /// The constraint.
    pub(super) constraint: FileConstraint,
    /// Its fault.
    pub(super) error: Option<SyntaxError>,
    /// Whether the end of the text was reached, so that more of it could change the answer.
    pub(super) reached_end: bool,
}

impl BuildHeader {
    /// Reads the lines up to the first that holds more than comments.
    pub(super) fn read(text: &[u8]) -> Self {
        let lines = Lines::find(text);
        let (constraint, error) = match lines.go_build[..] {
            [] => (plus_build(&text[start_of(text).min(lines.plus_build_end)..lines.plus_build_end]), None),
            [line] => go_build(text, line),
            [_, second, ..] => never(second, "multiple //go:build comments".to_owned()),
        };
        Self { constraint, error, reached_end: lines.reached_end }
    }
}

fn go_build(text: &[u8], line: Span) -> (FileConstraint, Option<SyntaxError>) {
    let expr = String::from_utf8_lossy(&text[line.range()][GO_BUILD.len()..]);
    match BuildConstraint::parse_go_build(expr.trim()) {
        Ok(constraint) => (FileConstraint::Expr(constraint), None),
        Err(error) => never(line, format!("parsing //go:build line: {}", error.message)),
    }
}

fn never(line: Span, message: String) -> (FileConstraint, Option<SyntaxError>) {
    (FileConstraint::Never, Some(SyntaxError::new(line, message)))
}

/// The `// +build` lines of a run of comments and blank lines; all of them must hold, malformed ones do not count.
fn plus_build(text: &[u8]) -> FileConstraint {
    if memchr(b'+', text).is_none() {
        return FileConstraint::Absent;
    }
    let constraints = text.split(|&byte| byte == b'\n').filter_map(|line| {
        let words = trim(trim(line).strip_prefix(b"//")?).strip_prefix(b"+build")?;
        let words = String::from_utf8_lossy(words);
        let is_apart = words.is_empty() || words.starts_with(char::is_whitespace);
        if is_apart { BuildConstraint::parse_plus_build(&words).ok() } else { None }
    });
    BuildConstraint::all(constraints).map_or(FileConstraint::Absent, FileConstraint::Expr)
}

const GO_BUILD: &[u8] = b"//go:build";

fn is_go_build(line: &[u8]) -> bool {
    line.strip_prefix(GO_BUILD).is_some_and(|rest| rest.is_empty() || trim_start(rest).len() < rest.len())
}

/// The place of the constraint lines.
#[derive(Default)]
struct Lines {
    /// The `//go:build` lines, trimmed; of several the first two.
    go_build: Vec<Span>,
    /// The end of the last blank line before anything but `//` comments; `// +build` counts only above it.
    plus_build_end: usize,
    reached_end: bool,
}

impl Lines {
    fn find(text: &[u8]) -> Self {
        let mut lines = Self::default();
        let mut at = start_of(text);
        let (mut in_block, mut only_line_comments) = (false, true);
        while at < text.len() {
            let newline = memchr(b'\n', &text[at..]).map(|newline| at + newline);
            lines.reached_end |= newline.is_none();
            let end = newline.unwrap_or(text.len());
            let line = trim_start(&text[at..end]);
            let start = end - line.len();
            let line = trim(line);
            at = newline.map_or(text.len(), |newline| newline + 1);
            if line.is_empty() && only_line_comments {
                lines.plus_build_end = at;
                continue;
            }
            only_line_comments &= line.starts_with(b"//");
            if !in_block && is_go_build(line) {
                lines.go_build.push(Span::new(start, start + line.len()));
            }
            if lines.go_build.len() == 2 || holds_code(line, &mut in_block) {
                return lines;
            }
        }
        lines.reached_end = true;
        lines
    }
}

/// Where the text begins, after a byte order mark, which `go/build` takes off (`newImportReader`).
fn start_of(text: &[u8]) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// Whether a line holds more than comments, given and giving whether a block comment is open.
fn holds_code(mut line: &[u8], in_block: &mut bool) -> bool {
    while !line.is_empty() {
        if *in_block {
            let Some(end) = block_end(line) else { return false };
            *in_block = false;
            line = trim_start(&line[end..]);
        } else if let Some(rest) = line.strip_prefix(b"/*") {
            *in_block = true;
            line = rest;
        } else {
            return !line.starts_with(b"//");
        }
    }
    false
}

/// `line` without white space at its ends, as `bytes.TrimSpace` counts it: Unicode's.
fn trim(line: &[u8]) -> &[u8] {
    let mut line = trim_start(line);
    while let Some(c) = last_char(line).filter(|c| c.is_whitespace()) {
        line = &line[..line.len() - c.len_utf8()];
    }
    line
}

fn trim_start(mut line: &[u8]) -> &[u8] {
    while let Some(c) = first_char(line).filter(|c| c.is_whitespace()) {
        line = &line[c.len_utf8()..];
    }
    line
}

fn first_char(text: &[u8]) -> Option<char> {
    match text.first()? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => text[..text.len().min(4)].utf8_chunks().next()?.valid().chars().next(),
    }
}

fn last_char(text: &[u8]) -> Option<char> {
    let from_end = |len| std::str::from_utf8(text.get(text.len().checked_sub(len)?..)?).ok()?.chars().next();
    (1..=4).find_map(from_end)
}
