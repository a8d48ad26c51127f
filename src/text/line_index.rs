//! Byte offsets to lines and columns.

use super::Span;

/// A place a person can go to. Both numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in the unit that was asked for.
    pub column: u32,
}

/// The line starts of one text, found once, so that a place costs a binary search and one short line.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Finds the lines of `text`.
    pub fn new(text: &[u8]) -> Self {
        let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| clamp(at + 1))).collect();
        Self { starts, len: clamp(text.len()) }
    }

    /// How many lines there are; a final line break begins one more.
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The zero-based number of the line that holds `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset.min(self.len)) - 1
    }

    /// The bytes of a line by its zero-based number, line break included; the empty span past the end.
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.starts.get(line).copied().unwrap_or(self.len);
        let end = self.starts.get(line + 1).copied().unwrap_or(self.len);
        Span { start, end }
    }

    /// The place of a byte, with the column in bytes, as `go/token` counts.
    pub fn bytes(&self, offset: u32) -> LineColumn {
        let line = self.line_of(offset);
        self.place(line, offset.min(self.len) - self.starts[line])
    }

    /// The place of a byte, with the column in Unicode scalar values, as editors count.
    pub fn chars(&self, text: &[u8], offset: u32) -> LineColumn {
        self.counted(text, offset, |_| 1)
    }

    /// The place of a byte, with the column in UTF-16 code units, SARIF's default.
    pub fn utf16(&self, text: &[u8], offset: u32) -> LineColumn {
        self.counted(text, offset, char::len_utf16)
    }

    fn counted(&self, text: &[u8], offset: u32, unit: fn(char) -> usize) -> LineColumn {
        let line = self.line_of(offset);
        let before = text.get(self.starts[line] as usize..offset.min(self.len) as usize).unwrap_or_default();
        let units: usize = String::from_utf8_lossy(before).chars().map(unit).sum();
        self.place(line, u32::try_from(units).unwrap_or(u32::MAX - 1))
    }

    fn place(&self, line: usize, column: u32) -> LineColumn {
        LineColumn { line: u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, column: column + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_differ_by_unit() {
        let text = "a\né𝄞x\n".as_bytes();
        let index = LineIndex::new(text);
        let x = u32::try_from(text.iter().position(|&b| b == b'x').expect("x is there")).expect("short");
        assert_eq!(index.bytes(x), LineColumn { line: 2, column: 7 });
        assert_eq!(index.chars(text, x), LineColumn { line: 2, column: 3 });
        assert_eq!(index.utf16(text, x), LineColumn { line: 2, column: 4 });
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        let index = LineIndex::new(b"ab");
        assert_eq!(index.bytes(99), LineColumn { line: 1, column: 3 });
        assert_eq!(LineIndex::new(b"").bytes(0), LineColumn { line: 1, column: 1 });
    }
}
