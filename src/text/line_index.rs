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

/// The line starts of one text, found once, so that a place costs a binary search and a few bytes.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// How long the text is, in each unit, up to every multiple of [`STEP`]; a line may be as long as the file.
    marks: Vec<Length>,
    len: u32,
}

const STEP: usize = 1024;

/// The length of a text. A byte that is no part of a character counts as one where it could begin one.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    chars: u32,
    utf16: u32,
}

impl Length {
    fn of(text: &[u8]) -> Self {
        let count = |counts: fn(&u8) -> bool| clamp(text.iter().filter(|byte| counts(byte)).count());
        let chars = count(|byte| byte & 0xc0 != 0x80);
        Self { chars, utf16: chars.saturating_add(count(|byte| *byte >= 0xf0)) }
    }

    fn plus(self, other: Self) -> Self {
        Self { chars: self.chars.saturating_add(other.chars), utf16: self.utf16.saturating_add(other.utf16) }
    }
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl LineIndex {
    /// Finds the lines of `text`.
    pub fn new(text: &[u8]) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| clamp(at + 1))).collect();
        let mut mark = Length::default();
        let mut marks = vec![mark];
        for step in text.chunks_exact(STEP) {
            mark = mark.plus(Length::of(step));
            marks.push(mark);
        }
        Self { starts, marks, len: clamp(text.len()) }
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
        self.counted(text, offset, |length| length.chars)
    }

    /// The place of a byte, with the column in UTF-16 code units, SARIF's default.
    pub fn utf16(&self, text: &[u8], offset: u32) -> LineColumn {
        self.counted(text, offset, |length| length.utf16)
    }

    fn counted(&self, text: &[u8], offset: u32, unit: fn(Length) -> u32) -> LineColumn {
        let line = self.line_of(offset);
        let up_to = |offset: u32| unit(self.length_to(text, offset.min(self.len)));
        self.place(line, up_to(offset).saturating_sub(up_to(self.starts[line])).min(u32::MAX - 1))
    }

    /// How long the text is up to a byte.
    fn length_to(&self, text: &[u8], offset: u32) -> Length {
        let offset = offset as usize;
        let marked = self.marks.get(offset / STEP).copied().unwrap_or_default();
        let rest = text.get(offset / STEP * STEP..offset).unwrap_or_default();
        marked.plus(Length::of(rest))
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
    fn columns_of_a_long_line_count_from_its_start() {
        let text = "é\n".repeat(700) + &"a𝄞".repeat(3000);
        let index = LineIndex::new(text.as_bytes());
        for count in [0, 1, 511, 512, 2999, 3000_u32] {
            let offset = 700 * 3 + count * 5;
            assert_eq!(index.chars(text.as_bytes(), offset), LineColumn { line: 701, column: 2 * count + 1 });
            assert_eq!(index.utf16(text.as_bytes(), offset), LineColumn { line: 701, column: 3 * count + 1 });
        }
    }

    #[test]
    fn a_column_at_a_mark_is_like_any_other() {
        let text = [b'a'; 3 * STEP];
        let index = LineIndex::new(&text);
        for offset in [STEP - 1, STEP, STEP + 1, 3 * STEP] {
            assert_eq!(index.chars(&text, clamp(offset)).column, clamp(offset + 1));
        }
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        let index = LineIndex::new(b"ab");
        assert_eq!(index.bytes(99), LineColumn { line: 1, column: 3 });
        assert_eq!(LineIndex::new(b"").bytes(0), LineColumn { line: 1, column: 1 });
    }
}
