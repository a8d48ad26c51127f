//! The differences between the layout of a file and the one that `go mod tidy` writes, whatever the content of the file.

use crate::text::Span;

/// The first difference between a file and the result of `go mod tidy` if nothing but the layout had to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutFault {
    /// The kind of difference.
    pub kind: LayoutFaultKind,
    /// The line where the difference begins.
    pub place: Span,
}

/// A difference in the layout of a `go.mod` or `go.sum`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutFaultKind {
    /// Another line says the same. The text of the line, with its verb.
    Repeated(String),
    /// The lines of a block with this verb are in another order.
    UnsortedBlock(String),
    /// The line belongs into another block. The text of the line, with its verb.
    OtherBlock(String),
    /// A block with this verb has one entry, and a line would do.
    OneEntry(String),
    /// A block with this verb has no entries.
    EmptyBlock(String),
    /// The comments above a block with this verb belong above another one.
    BlockComment(String),
    /// There is a blank line between requirements.
    BlankLine,
    /// The lines of a list of checksums are in another order.
    UnsortedSums,
    /// A line of a list of checksums is none.
    NoChecksum,
    /// The checksum of an empty go.mod, which old releases wrote for modules without one.
    EmptyGoMod,
    /// Only white space differs, or a quote that is not needed.
    WhiteSpace(WhiteSpace),
}

/// A difference in white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhiteSpace {
    /// Lines end with a carriage return and a line feed.
    LineEnds,
    /// The last line does not end.
    NoFinalLineEnd,
    /// Blank lines are missing, or there are too many.
    BlankLines,
    /// Indentation, spaces between words, or quotes.
    Spaces,
}

impl WhiteSpace {
    /// How two texts differ that differ only in white space.
    pub(super) fn between(text: &[u8], formatted: &[u8]) -> Self {
        let lines = |text: &[u8]| -> Vec<Vec<u8>> { text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect() };
        let without_returns =
            || lines(text).into_iter().map(|line| line.strip_suffix(b"\r").map_or(line.clone(), <[u8]>::to_vec));
        let is_said = |line: &Vec<u8>| !line.trim_ascii().is_empty();
        if formatted.strip_suffix(b"\n") == Some(text) {
            Self::NoFinalLineEnd
        } else if without_returns().eq(lines(formatted)) {
            Self::LineEnds
        } else if lines(text).into_iter().filter(is_said).eq(lines(formatted).into_iter().filter(is_said)) {
            Self::BlankLines
        } else {
            Self::Spaces
        }
    }
}

/// The line of a text in which it first differs from another, without its end.
pub(super) fn first_different_line(text: &[u8], other: &[u8]) -> Span {
    let at = text.iter().zip(other).position(|(a, b)| a != b).unwrap_or(text.len().min(other.len()));
    // A text that only lacks its last line end differs in its last line.
    let at = if at == text.len() { at.saturating_sub(1) } else { at };
    let start = text[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let end = text[at..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |length| at + length);
    Span::new(start, start.max(end))
}
