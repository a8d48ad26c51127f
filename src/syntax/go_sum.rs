//! `go.sum` and `go.work.sum`.
//!
//! Source: `cmd/go/internal/modfetch/fetch.go`, `readGoSum`. Such a file is long and most of it is never asked for, so
//! a line is no more than places in the text.

use super::modfile::first_char;
use super::{Parsed, SyntaxError};
use crate::text::Span;

/// A list of checksums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoSum {
    text: Box<[u8]>,
    lines: Vec<[Span; 3]>,
}

/// A line: the checksum of a module version, or of its `go.mod` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum<'s> {
    /// The module path, as written.
    pub module: &'s str,
    /// The version, without `/go.mod`.
    pub version: &'s str,
    /// What is summed up.
    pub content: SumContent,
    /// The checksum, its algorithm in front.
    pub hash: &'s str,
    /// From the path to the checksum.
    pub span: Span,
}

/// What a checksum sums up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumContent {
    /// All files of the module.
    Zip,
    /// Its `go.mod`.
    GoMod,
}

impl GoSum {
    /// The lines, in order. One that is not text is left out: it belongs to no module.
    pub fn lines(&self) -> impl Iterator<Item = Sum<'_>> {
        self.lines.iter().filter_map(|line| self.sum(line))
    }

    fn sum(&self, [module, version, hash]: &[Span; 3]) -> Option<Sum<'_>> {
        let text = |span: &Span| std::str::from_utf8(&self.text[span.range()]).ok();
        let (written, span) = (text(version)?, module.to(*hash));
        let (version, content) = match written.strip_suffix("/go.mod") {
            Some(version) => (version, SumContent::GoMod),
            None => (written, SumContent::Zip),
        };
        Some(Sum { module: text(module)?, version, content, hash: text(hash)?, span })
    }
}

/// Reads a list of checksums. Go stops at the first line that is malformed, so there is one error at most; the rest is
/// read all the same.
pub fn parse_go_sum(text: &[u8]) -> Parsed<GoSum> {
    let mut lines = Vec::with_capacity(text.len() / 90);
    let mut error = None;
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
        match fields(text, start, end) {
            (Some(line), 3) => lines.push(line),
            (_, 0) => {}
            (_, count) => {
                let message = format!("malformed go.sum: wrong number of fields {count}");
                error.get_or_insert(SyntaxError::new(Span::new(start, end), message));
            }
        }
        start = end + 1;
    }
    let errors = error.into_iter().collect();
    Parsed { tree: GoSum { text: text.into(), lines }, errors, allows: Vec::new() }
}

/// The fields of a line (`strings.Fields`): the first three, if there are so many, and how many there are.
fn fields(text: &[u8], start: usize, end: usize) -> (Option<[Span; 3]>, usize) {
    let mut first = [Span::default(); 3];
    let mut count = 0;
    let mut at = start;
    while at < end {
        let (is_space, length) = classify(&text[at..end]);
        if is_space {
            at += length;
            continue;
        }
        let field = at;
        while at < end {
            match classify(&text[at..end]) {
                (true, _) => break,
                (false, length) => at += length,
            }
        }
        if let Some(slot) = first.get_mut(count) {
            *slot = Span::new(field, at);
        }
        count += 1;
    }
    ((count >= 3).then_some(first), count)
}

/// Whether the first character is a space (`unicode.IsSpace`), and how long it is.
fn classify(text: &[u8]) -> (bool, usize) {
    match text[0] {
        byte if byte.is_ascii() => (matches!(byte, b'\t'..=b'\r' | b' '), 1),
        _ => first_char(text).map_or((false, 1), |(c, length)| (c.is_whitespace(), length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_three_fields_with_any_space_between() {
        let text = "example.com/a v1.0.0 h1:x=\r\n\n \texample.com/b\u{a0}v2.0.0/go.mod\x0bh1:y=";
        let Parsed { tree, errors, .. } = parse_go_sum(text.as_bytes());
        assert_eq!(errors, []);
        let lines: Vec<_> = tree.lines().map(|sum| (sum.module, sum.version, sum.content, sum.hash)).collect();
        let expected = [
            ("example.com/a", "v1.0.0", SumContent::Zip, "h1:x="),
            ("example.com/b", "v2.0.0", SumContent::GoMod, "h1:y="),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_first_malformed_line_is_the_error() {
        let text = b"a v1 h1:x\n<<<<<<< HEAD\nb v1 h1:y z\nb v1 h1:y\n";
        let Parsed { tree, errors, .. } = parse_go_sum(text);
        let message = "malformed go.sum: wrong number of fields 2";
        assert_eq!(errors, [SyntaxError::new(Span::new(10, 22), message)]);
        assert_eq!(tree.lines().count(), 2);
    }
}
