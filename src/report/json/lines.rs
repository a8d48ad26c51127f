//! Lines of a file as a report keeps them, and the text that is made of them again.
//!
//! In the text that is made, every kept byte is where it was, so that places mean the same. The rest is filled with
//! bytes that no form shows, and which count as many characters as those they stand for.

use std::borrow::Cow;
use std::ops::Range;

use super::document::LineRecord;
use super::read::{Faulty, percent_decoded};
use crate::report::escape;
use crate::text::{SourceFile, Span};

/// How long a line may be, in bytes, so that all of it is kept.
const MAX_WHOLE: usize = 1024;

/// How much of a longer line is kept around each place, and at its beginning. No form shows more than 240 bytes before
/// a place or after it.
const AROUND: usize = 320;

/// How much of its end, in which there may be a line break of two characters.
const TAIL: usize = 8;

/// How many bytes all texts that are made of a report may have together, and how many lines.
const MAX_BYTES: u64 = 256 << 20;
const MAX_LINES: u64 = 32 << 20;

/// The parts of a line that are kept, where something begins or ends at `offsets`.
pub(super) fn pieces(file: &SourceFile, line: usize, offsets: impl Iterator<Item = u32>) -> Vec<LineRecord<'_>> {
    let span = file.lines().line_span(line);
    let bytes = file.slice(span);
    let content = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let start = span.start as usize;
    let offsets = offsets.map(|offset| (offset as usize).saturating_sub(start));
    let windows = windows(content, offsets);
    windows.into_iter().map(|window| piece(file, line, start + window.start..start + window.end)).collect()
}

/// The parts of a line that are kept, in order and apart.
fn windows(content: &[u8], offsets: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let length = content.len();
    let beginning = if length <= MAX_WHOLE { length } else { AROUND };
    let around = |offset: usize| offset.saturating_sub(AROUND)..offset.saturating_add(AROUND);
    let mut wanted: Vec<Range<usize>> = offsets.map(around).collect();
    wanted.extend([0..beginning, length.saturating_sub(TAIL)..length]);
    wanted.sort_by_key(|range| range.start);
    let mut windows: Vec<Range<usize>> = Vec::new();
    for range in wanted {
        let range = boundary(content, range.start)..boundary(content, range.end);
        match windows.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => windows.push(range),
        }
    }
    windows
}

/// The first place from `at` on where no character is cut, unless it is too far away to be one. A line is kept from its
/// very beginning, whatever bytes are there.
fn boundary(content: &[u8], at: usize) -> usize {
    let at = at.min(content.len());
    if at == 0 {
        return 0;
    }
    let begins = |at: &usize| content.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (at..=at + 3).find(begins).unwrap_or(at)
}

fn piece<'a>(file: &'a SourceFile, line: usize, range: Range<usize>) -> LineRecord<'a> {
    let span = Span::from(range);
    let bytes = file.slice(span);
    let later = |column: u32| Some(column).filter(|column| *column > 1);
    LineRecord {
        line: u32::try_from(line + 1).unwrap_or(u32::MAX),
        start_byte: span.start,
        column: later(file.lines().chars(file.text(), span.start).column),
        column_utf16: later(file.lines().utf16(file.text(), span.start).column),
        text: String::from_utf8_lossy(bytes),
        text_bytes: std::str::from_utf8(bytes).is_err().then(|| Cow::from(escape::uri(bytes))),
    }
}

/// How much may still be made.
pub(super) struct Budget {
    bytes: u64,
    lines: u64,
}

impl Budget {
    /// The limits of one report.
    pub(super) fn new() -> Self {
        Self { bytes: MAX_BYTES, lines: MAX_LINES }
    }

    fn spend(&mut self, bytes: u64, lines: u64) -> Result<(), Faulty> {
        let left = |limit: u64, count: u64| limit.checked_sub(count).ok_or_else(too_large);
        self.bytes = left(self.bytes, bytes)?;
        self.lines = left(self.lines, lines)?;
        Ok(())
    }
}

fn too_large() -> Faulty {
    Faulty::new(format!("the files that it points into have more than {MAX_BYTES} bytes or {MAX_LINES} lines"))
}

/// A text in which these lines are where they say.
pub(super) fn restore(lines: &[LineRecord<'_>], budget: &mut Budget) -> Result<Vec<u8>, Faulty> {
    let mut made = MadeText { text: Vec::new(), line: 1, column: 1, column_utf16: 1 };
    for (at, record) in lines.iter().enumerate() {
        made.push(record, budget).map_err(|fault| fault.within(format_args!("lines[{at}]")))?;
    }
    Ok(made.text)
}

/// A text as far as it is made, and the place of its end.
struct MadeText {
    text: Vec<u8>,
    line: u32,
    column: u32,
    column_utf16: u32,
}

impl MadeText {
    fn push(&mut self, record: &LineRecord<'_>, budget: &mut Budget) -> Result<(), Faulty> {
        let misplaced = || Faulty::new("it cannot be where it says");
        let bytes: Cow<'_, [u8]> = match &record.text_bytes {
            Some(encoded) => percent_decoded(encoded)?.into(),
            None => record.text.as_bytes().into(),
        };
        let gap = (record.start_byte as usize).checked_sub(self.text.len()).ok_or_else(misplaced)?;
        let lines = record.line.checked_sub(self.line).ok_or_else(misplaced)?;
        budget.spend(gap as u64 + bytes.len() as u64, u64::from(lines))?;
        let (column, column_utf16) = (record.column.unwrap_or(1), record.column_utf16.unwrap_or(1));
        let filled = match lines {
            0 => self.fill_line(gap, column, column_utf16),
            lines => self.fill_lines(gap, lines as usize).filter(|()| column == 1 && column_utf16 == 1),
        };
        filled.ok_or_else(misplaced)?;
        let (chars, utf16) = lengths(&bytes);
        self.text.extend_from_slice(&bytes);
        self.line = record.line;
        self.column = column.checked_add(chars).ok_or_else(misplaced)?;
        self.column_utf16 = column_utf16.checked_add(utf16).ok_or_else(misplaced)?;
        Ok(())
    }

    /// Fills the rest of a line up to a column: with characters that are two units of UTF-16, with such that are one,
    /// and with bytes that count for nothing.
    fn fill_line(&mut self, gap: usize, column: u32, column_utf16: u32) -> Option<()> {
        let chars = column.checked_sub(self.column)? as usize;
        let wide = (column_utf16.checked_sub(self.column_utf16)? as usize).checked_sub(chars)?;
        let narrow = chars.checked_sub(wide)?;
        let rest = gap.checked_sub(chars)?;
        for (byte, count) in [(0xf0, wide), (b'x', narrow), (0x80, rest)] {
            self.text.resize(self.text.len() + count, byte);
        }
        Some(())
    }

    /// Fills whole lines with blanks: `gap` bytes, with as many line breaks. The existing text ends at the first of
    /// them.
    fn fill_lines(&mut self, gap: usize, lines: usize) -> Option<()> {
        let blanks = gap.checked_sub(lines)?;
        let first = usize::from(!self.text.is_empty() || self.column > 1);
        if blanks > 0 && lines < first + 1 {
            return None;
        }
        let begin = self.text.len();
        for (byte, count) in [(b'\n', first), (b' ', blanks), (b'\n', lines - first)] {
            self.text.resize(self.text.len() + count, byte);
        }
        debug_assert_eq!(self.text.len(), begin + gap);
        Some(())
    }
}

/// How many characters, and units of UTF-16, some bytes count as, in the way of `LineIndex`.
fn lengths(bytes: &[u8]) -> (u32, u32) {
    let chars = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    let wide = bytes.iter().filter(|byte| **byte >= 0xf0).count();
    let clamp = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (clamp(chars), clamp(chars + wide))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::text::{Files, Home, LineColumn, RepoPath};

    fn file(text: &[u8]) -> Files {
        let mut files = Files::default();
        files.add_text(RepoPath::from("a.go"), Home::Repository, Arc::from(text));
        files
    }

    /// The places of these offsets, in characters and in UTF-16, and the text around them.
    fn places(text: &[u8], offsets: &BTreeSet<u32>) -> Vec<(LineColumn, LineColumn, Vec<u8>)> {
        let files = file(text);
        let (_, file) = files.iter().next().expect("there is one");
        let lines = file.lines();
        let around = |at: u32| file.slice(Span::new(at as usize, at as usize + 200)).to_vec();
        let line = |at: u32| around(at).split(|byte| *byte == b'\n').next().map(<[u8]>::to_vec);
        offsets.iter().map(|&at| (lines.chars(text, at), lines.utf16(text, at), line(at).unwrap_or_default())).collect()
    }

    fn check(text: &[u8], offsets: &[u32]) {
        let offsets: BTreeSet<u32> = offsets.iter().copied().collect();
        let files = file(text);
        let (_, file) = files.iter().next().expect("there is one");
        let mut records = Vec::new();
        let lines: BTreeSet<usize> = offsets.iter().map(|&at| file.lines().line_of(at)).collect();
        for line in lines {
            let span = file.lines().line_span(line);
            let on_line = offsets.iter().copied().filter(|&at| file.lines().line_of(at) == line && at >= span.start);
            records.extend(pieces(file, line, on_line));
        }
        let made = restore(&records, &mut Budget::new()).unwrap_or_default();
        assert_eq!(places(&made, &offsets), places(text, &offsets));
    }

    #[test]
    fn what_is_made_again_has_the_same_places() {
        check(b"", &[0]);
        check(b"abc", &[0, 3]);
        check(b"abc\n", &[0, 3, 4]);
        check(b"one\ntwo\n\n\nthree\nfour\n", &[4, 13]);
        check(b"\n\n\n\nx", &[4]);
        check("é𝄞\r\nx𝄞y\r\n".as_bytes(), &[6, 8, 12]);
        check(b"\xff\x80a\n\x80\x80b", &[2, 6]);
    }

    #[test]
    fn of_a_long_line_only_parts_are_kept() {
        let line = "é".repeat(5000) + "TARGET" + &"𝄞x".repeat(9000) + "OTHER" + &"y".repeat(70_000) + "\r\nnext";
        let (target, other) = (10_000, 10_006 + 45_000);
        let next = u32::try_from(line.len() - 4).expect("short");
        check(line.as_bytes(), &[target, target + 6, other, next - 2, next]);
        let files = file(line.as_bytes());
        let (_, file) = files.iter().next().expect("there is one");
        let kept = pieces(file, 0, [target, other].into_iter());
        assert!(kept.iter().map(|piece| piece.text.len()).sum::<usize>() < 2000 && kept.len() == 4);
    }

    fn line(line: u32, start_byte: u32, column: Option<u32>) -> LineRecord<'static> {
        LineRecord { line, start_byte, column, column_utf16: column, text: "text".into(), text_bytes: None }
    }

    #[test]
    fn lines_that_cannot_be_where_they_say_are_refused() {
        let odd = [
            vec![line(0, 0, None)],
            vec![line(2, 0, None)],
            vec![line(3, 9, Some(2))],
            vec![line(1, 0, None), line(1, 2, Some(9))],
            vec![line(1, 0, None), line(2, 4, None)],
            vec![line(1, 0, None), line(2, 9, None)],
            vec![line(1, 0, None), line(1, 4, Some(4))],
            vec![line(1, 0, None), line(1, 9, Some(u32::MAX))],
            vec![line(2, 9, None), line(1, 20, None)],
            vec![line(u32::MAX, u32::MAX, None)],
            vec![line(2, u32::MAX, None)],
        ];
        for (at, lines) in odd.iter().enumerate() {
            assert!(restore(lines, &mut Budget::new()).is_err(), "{at}");
        }
    }
}
