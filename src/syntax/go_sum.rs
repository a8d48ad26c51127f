//! `go.sum` and `go.work.sum`.
//!
//! Source: `cmd/go/internal/modfetch/fetch.go`, `readGoSum`. Such a file is long and most of it is never asked for, so
//! a line is no more than places in the text.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::modfile::first_char;
use super::{LayoutFault, LayoutFaultKind, Parsed, SyntaxError, WhiteSpace};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::text::Span;

/// A list of checksums.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoSum {
    text: Box<[u8]>,
    lines: Vec<[Span; 3]>,
}

/// The subject of a checksum: a module version, or its go.mod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleSum {
    /// The module version.
    pub module: ModuleVersion,
    /// The part of it that the checksum is for.
    pub content: SumContent,
}

/// The checksums of a list, by their subjects. Such a list is nearly sorted already, so sorting costs less than a table.
#[derive(Debug, Default)]
pub(crate) struct SumIndex<'s>(Vec<Sum<'s>>);

impl<'s> SumIndex<'s> {
    /// The checksums of a list, or none.
    pub(crate) fn new(list: Option<&'s GoSum>) -> Self {
        let mut sums: Vec<Sum<'_>> = list.into_iter().flat_map(GoSum::lines).filter(Sum::is_understood).collect();
        sums.sort_by(|one, other| one.written_key().cmp(&other.written_key()));
        Self(sums)
    }

    /// The checksums of something that the go command understands.
    pub(crate) fn get<'i>(&'i self, of: &'i ModuleSum) -> impl Iterator<Item = &'s str> + 'i {
        let key = SumKey { module: of.module.path.as_str(), version: of.module.version.as_str(), content: of.content };
        let first = self.0.partition_point(|sum| sum.written_key() < key);
        self.0[first..].iter().take_while(move |sum| sum.written_key() == key).map(|sum| sum.hash)
    }
}

/// The subject of a line, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SumKey<'s> {
    /// The module path.
    pub module: &'s str,
    /// The version, without `/go.mod`.
    pub version: &'s str,
    /// The part that the checksum is for.
    pub content: SumContent,
}

/// The beginning of a line.
impl fmt::Display for SumKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.module, self.version, self.content.suffix())
    }
}

/// A line: the checksum of a module version, or of its `go.mod` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum<'s> {
    /// The module path, as written.
    pub module: &'s str,
    /// The version, without `/go.mod`.
    pub version: &'s str,
    /// The part that the checksum is for.
    pub content: SumContent,
    /// The checksum, its algorithm in front.
    pub hash: &'s str,
    /// From the path to the checksum.
    pub span: Span,
}

impl SumContent {
    /// The version of a line, and the part that the checksum is for.
    fn of(written: &str) -> (&str, Self) {
        match written.strip_suffix("/go.mod") {
            Some(version) => (version, Self::GoMod),
            None => (written, Self::Zip),
        }
    }

    /// The suffix after the version in a line.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Zip => "",
            Self::GoMod => "/go.mod",
        }
    }
}

/// The beginning of a line.
impl fmt::Display for ModuleSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.module.path, self.module.version, self.content.suffix())
    }
}

/// The content that a checksum is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SumContent {
    /// All files of the module.
    Zip,
    /// Its `go.mod`.
    GoMod,
}

impl<'s> Sum<'s> {
    /// Its subject, as it is written.
    pub fn written_key(&self) -> SumKey<'s> {
        SumKey { module: self.module, version: self.version, content: self.content }
    }

    /// Whether the go command compares it with anything: it skips checksums of algorithms that it does not know, and
    /// that of an empty go.mod.
    pub fn is_understood(&self) -> bool {
        self.hash.starts_with("h1:") && !self.is_of_nothing()
    }

    /// A line as the go command writes it, which is in no file yet.
    fn of_line(line: &'s str) -> Self {
        let mut fields = line.split(' ');
        let mut next = || fields.next().unwrap_or_default();
        let (module, version, hash) = (next(), next(), next());
        let (version, content) = SumContent::of(version);
        Self { module, version, content, hash, span: Span::default() }
    }

    /// Its subject; `None` for a line that no go.mod can require.
    pub fn key(&self) -> Option<ModuleSum> {
        let module = ModuleVersion { path: ModulePath::new(self.module), version: Version::parse(self.version)? };
        (module.version.as_str() == self.version).then_some(ModuleSum { module, content: self.content })
    }

    /// By path, by version, the module before its go.mod, by checksum (`module.Sort`).
    fn compare(&self, other: &Self) -> Ordering {
        self.module
            .cmp(other.module)
            .then_with(|| Version::compare_texts(self.version, other.version))
            .then_with(|| (self.content, self.hash).cmp(&(other.content, other.hash)))
    }

    /// Whether both lines are written the same.
    fn says_as(&self, other: &Self) -> bool {
        (self.module, self.version, self.content, self.hash) == (other.module, other.version, other.content, other.hash)
    }

    /// Whether it is that of an empty go.mod, which was once written where there was none and is skipped
    /// (`modfetch.emptyGoModHash`).
    fn is_of_nothing(&self) -> bool {
        self.hash == "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
    }
}

impl GoSum {
    /// The text that it was read from.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The lines, in order. One that is not text is left out: it belongs to no module.
    pub fn lines(&self) -> impl Iterator<Item = Sum<'_>> {
        self.lines.iter().filter_map(|line| self.sum(line))
    }

    /// The same, each with the place by which [`GoSum::line`] finds it.
    pub fn placed_lines(&self) -> impl Iterator<Item = (usize, Sum<'_>)> {
        self.lines.iter().enumerate().filter_map(|(at, line)| Some((at, self.sum(line)?)))
    }

    /// The line at a place of [`GoSum::placed_lines`].
    pub fn line(&self, at: usize) -> Option<Sum<'_>> {
        self.sum(self.lines.get(at)?)
    }

    /// The list without the lines at these places and with others, as the go command writes it: in order, each line once
    /// (`modfetch.tidyGoSum`). Malformed lines are dropped.
    pub fn written(&self, removed: &BTreeSet<Span>, added: &[&str]) -> Vec<u8> {
        let kept = self.lines().filter(|sum| !removed.contains(&sum.span) && !sum.is_of_nothing());
        let mut lines: Vec<Sum<'_>> = kept.chain(added.iter().map(|line| Sum::of_line(line))).collect();
        lines.sort_by(Sum::compare);
        lines.dedup_by(|one, other| one.says_as(other));
        let mut written = Vec::with_capacity(self.text.len());
        for Sum { module, version, content, hash, .. } in lines {
            let parts = [module, " ", version, content.suffix(), " ", hash, "\n"];
            parts.into_iter().for_each(|part| written.extend_from_slice(part.as_bytes()));
        }
        written
    }

    /// Where the list first differs from the one that `go mod tidy -diff` compares it with, if no line is missing in it
    /// and none is too many. That reads every byte, white space as well.
    pub fn layout_fault(&self) -> Option<LayoutFault> {
        let mut at = 0;
        let mut last: Option<Sum<'_>> = None;
        for spans in &self.lines {
            let sum = self.sum(spans).filter(|_| self.is_plain(at, spans));
            let Some(sum) = sum.filter(|sum| !sum.is_of_nothing()) else { return Some(self.fault_at(at)) };
            let order = last.map_or(Ordering::Less, |last| last.compare(&sum));
            if order.is_gt() {
                return Some(LayoutFault { kind: LayoutFaultKind::UnsortedSums, place: sum.span });
            } else if order.is_eq() && last.is_some_and(|last| last.says_as(&sum)) {
                return Some(LayoutFault { kind: LayoutFaultKind::Repeated(sum.to_string()), place: sum.span });
            }
            at = sum.span.end as usize + 1;
            last = Some(sum);
        }
        (at < self.text.len()).then(|| self.fault_at(at))
    }

    /// Whether a line begins here, and has single spaces between its fields and a line feed after them.
    fn is_plain(&self, at: usize, [module, version, hash]: &[Span; 3]) -> bool {
        let is_next = |before: &Span, next: &Span| {
            next.start == before.end + 1 && self.text.get(before.end as usize) == Some(&b' ')
        };
        module.start as usize == at
            && is_next(module, version)
            && is_next(version, hash)
            && self.text.get(hash.end as usize) == Some(&b'\n')
    }

    /// The fault of the line that begins here.
    fn fault_at(&self, at: usize) -> LayoutFault {
        let end = memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |length| at + length);
        let place = Span::new(at, end);
        let (spans, count) = fields(&self.text, at, end);
        let sum = spans.filter(|_| count == 3).and_then(|spans| self.sum(&spans));
        let kind = match sum {
            None if count == 0 => LayoutFaultKind::WhiteSpace(WhiteSpace::BlankLines),
            None => LayoutFaultKind::NoChecksum,
            Some(sum) if sum.is_of_nothing() => LayoutFaultKind::EmptyGoMod,
            Some(sum) => {
                let line = &self.text[place.range()];
                let is_written = |line: &[u8]| line == sum.to_string().as_bytes();
                LayoutFaultKind::WhiteSpace(match line.strip_suffix(b"\r") {
                    Some(line) if is_written(line) => WhiteSpace::LineEnds,
                    None if is_written(line) => WhiteSpace::NoFinalLineEnd,
                    _ => WhiteSpace::Spaces,
                })
            }
        };
        LayoutFault { kind, place }
    }

    fn sum(&self, [module, version, hash]: &[Span; 3]) -> Option<Sum<'_>> {
        let text = |span: &Span| std::str::from_utf8(&self.text[span.range()]).ok();
        let (written, span) = (text(version)?, module.to(*hash));
        let (version, content) = SumContent::of(written);
        Some(Sum { module: text(module)?, version, content, hash: text(hash)?, span })
    }
}

/// The line as the go command writes it.
impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, version, content, hash, .. } = self;
        write!(f, "{module} {version}{} {hash}", content.suffix())
    }
}

/// Where lines belong that a list of checksums does not have.
#[derive(Debug)]
pub(crate) struct SumPlaces {
    list: GoSum,
    /// The lines that come after all lines before them.
    heads: Vec<usize>,
}

impl SumPlaces {
    /// Of a list with this text.
    pub(crate) fn new(text: &[u8]) -> Self {
        let list = parse_go_sum(text).tree;
        let mut heads: Vec<usize> = Vec::new();
        let mut highest: Option<Sum<'_>> = None;
        for (at, sum) in list.placed_lines() {
            if highest.is_none_or(|highest| highest.compare(&sum).is_lt()) {
                heads.push(at);
                highest = Some(sum);
            }
        }
        Self { list, heads }
    }

    /// Where a line belongs: before the first that comes after it.
    pub(crate) fn place_of(&self, line: &str) -> usize {
        let new = Sum::of_line(line);
        let sum = |at: &usize| self.list.line(*at);
        let next = self.heads.partition_point(|at| sum(at).is_some_and(|sum| sum.compare(&new).is_le()));
        let after = self.heads.get(next).and_then(sum);
        after.map_or(self.list.text.len(), |sum| sum.span.start as usize)
    }
}

/// Reads a list of checksums. Go stops at the first line that is malformed, so there is one error at most; the rest is
/// read anyway.
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
