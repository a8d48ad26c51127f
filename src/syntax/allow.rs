//! `//modwarden:allow` comments, the same in Go files and in every line-oriented module file.
//!
//! Only the text of such a comment is read here; the engine judges its effect.

use crate::text::{Span, Spanned};

/// A comment that allows one rule, or one entry of it, on one line.
///
/// `//modwarden:allow import-denied/no-ioutil until=2026-12-31 vendored copy goes in Q1`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowComment {
    /// The whole comment.
    pub span: Span,
    /// The rule, or `rule/entry`; as written, and empty if there is none.
    pub rule: Spanned<Box<str>>,
    /// The value of `until=`, as written.
    pub until: Option<Spanned<Box<str>>>,
    /// The value of `owner=`, as written.
    pub owner: Option<Box<str>>,
    /// The rest of the line; empty if no reason was given.
    pub reason: Box<str>,
    /// The bytes it covers: the rest of its own line, and, if it is on a line of its own, all of the next
    /// line that is not a comment.
    pub covers: Span,
}

impl AllowComment {
    /// A word of the reason that is meant as `until=` or `owner=`, and counts as neither: it comes too late, or a second time.
    pub fn misplaced_word(&self) -> Option<&str> {
        let mut words = self.reason.split_whitespace();
        words.find(|word| {
            let key = word.split_once('=').map(|(key, _)| key.to_ascii_lowercase());
            matches!(key.as_deref(), Some("until" | "owner"))
        })
    }
}

const MARKER: &[u8] = b"//modwarden:allow";

impl AllowComment {
    /// Reads a `//` comment, from its slashes to the end of the line; `None` if it is some other comment.
    ///
    /// `span` is the place of `comment`. Like Go's directives, the marker follows the slashes without a blank.
    pub fn parse(comment: &[u8], span: Span, covers: Span) -> Option<Self> {
        let rest = comment.strip_prefix(MARKER)?;
        if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        let mut words = Words { rest, at: span.start as usize + MARKER.len() };
        let rule = words.next_if(|word| !word.starts_with(b"until=") && !word.starts_with(b"owner="));
        let rule = rule.unwrap_or_else(|| Spanned::new(Box::default(), Span::at(span.start as usize + MARKER.len())));
        let (mut until, mut owner) = (None, None);
        loop {
            if until.is_none() && words.peek().starts_with(b"until=") {
                until = words.next_value(b"until=");
            } else if owner.is_none() && words.peek().starts_with(b"owner=") {
                owner = words.next_value(b"owner=").map(|owner| owner.value);
            } else {
                break;
            }
        }
        Some(Self { span, rule, until, owner, reason: lossy(words.rest.trim_ascii()), covers })
    }

    /// The bytes that a comment at `comment` covers in `text`: its own line, and, if nothing is before it on that
    /// line, also the next line that is not a `//` comment.
    ///
    /// `earlier` are the allow comments above it. They share the line below a run of comments, so that a long run
    /// is walked once.
    pub fn covered(text: &[u8], comment: Span, earlier: &[Self]) -> Span {
        let start = comment.start as usize;
        let line_start = memchr::memrchr(b'\n', &text[..start]).map_or(0, |newline| newline + 1);
        let mut end = line_end(text, start);
        if !text[line_start..start].trim_ascii().is_empty() {
            return Span::new(line_start, end);
        }
        if let Some(above) = earlier.last().filter(|above| above.covers.contains(comment.start)) {
            return Span::new(line_start, above.covers.end as usize);
        }
        while end < text.len() {
            let next = end + 1;
            end = line_end(text, next);
            if !text[next..end].trim_ascii_start().starts_with(b"//") {
                break;
            }
        }
        Span::new(line_start, end)
    }
}

/// The words that are left, and where they begin in the file.
struct Words<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> &'a [u8] {
        let rest = self.rest.trim_ascii_start();
        &rest[..rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len())]
    }

    /// Takes the next word if there is one and it is wanted.
    fn next_if(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Option<Spanned<Box<str>>> {
        let word = self.peek();
        if word.is_empty() || !wanted(word) {
            return None;
        }
        let start = self.at + (self.rest.len() - self.rest.trim_ascii_start().len());
        let end = start + word.len();
        self.rest = &self.rest[end - self.at..];
        self.at = end;
        Some(Spanned::new(lossy(word), Span::new(start, end)))
    }

    /// Takes the next word, `key` and all, for its value.
    fn next_value(&mut self, key: &[u8]) -> Option<Spanned<Box<str>>> {
        let value = lossy(self.peek().strip_prefix(key)?);
        let Span { start, end } = self.next_if(|_| true)?.span;
        Some(Spanned::new(value, Span::new(start as usize + key.len(), end as usize)))
    }
}

fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |newline| from + newline)
}

fn lossy(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows a comment as `rule@start..end until owner: reason`.
    fn check(comment: &str, expected: &str) {
        let parsed = AllowComment::parse(comment.as_bytes(), Span::new(10, 10 + comment.len()), Span::default());
        let shown = parsed.map_or_else(String::new, |allow| {
            let Span { start, end } = allow.rule.span;
            assert_eq!(&comment[start as usize - 10..end as usize - 10], &*allow.rule.value, "{comment}");
            let until = allow.until.map_or_else(String::new, |until| {
                assert_eq!(&comment[until.span.start as usize - 10..until.span.end as usize - 10], &*until.value);
                format!(" until {}", until.value)
            });
            let owner = allow.owner.map_or_else(String::new, |owner| format!(" owner {owner}"));
            format!("{}@{start}..{end}{until}{owner}: {}", allow.rule.value, allow.reason)
        });
        assert_eq!(shown, expected, "{comment}");
    }

    #[test]
    fn the_words_of_a_comment() {
        check("//modwarden:allow import-denied/no-ioutil goes in Q1", "import-denied/no-ioutil@28..51: goes in Q1");
        check(
            "//modwarden:allow a until=2026-12-31 owner=@x  why  not \r",
            "a@28..29 until 2026-12-31 owner @x: why  not",
        );
        check("//modwarden:allow\ta owner=@x until=2026 why", "a@28..29 until 2026 owner @x: why");
        check("//modwarden:allow a why until=2026", "a@28..29: why until=2026");
        check("//modwarden:allow a until=1 until=2", "a@28..29 until 1: until=2");
        check("//modwarden:allow a until=", "a@28..29 until : ");
        check("//modwarden:allow", "@27..27: ");
        check("//modwarden:allow until=2026 why", "@27..27 until 2026: why");
        check("//modwarden:allowed a", "");
        check("// modwarden:allow a", "");
        check("//nolint", "");
    }

    #[test]
    fn words_that_come_too_late() {
        let misplaced = |comment: &str| {
            let parsed = AllowComment::parse(comment.as_bytes(), Span::new(0, comment.len()), Span::default());
            parsed.expect("it is an allow comment").misplaced_word().map(str::to_owned)
        };
        assert_eq!(misplaced("//modwarden:allow a until=1 owner=@x why until then"), None);
        assert_eq!(misplaced("//modwarden:allow a why https://example.com/?until=1"), None);
        assert_eq!(misplaced("//modwarden:allow a why until=1"), Some("until=1".to_owned()));
        assert_eq!(misplaced("//modwarden:allow a until=1 why Owner=@x"), Some("Owner=@x".to_owned()));
        assert_eq!(misplaced("//modwarden:allow a until=1 until=2"), Some("until=2".to_owned()));
    }

    #[test]
    fn what_a_comment_covers() {
        let covered = |text: &str| {
            let start = text.find("//modwarden").expect("the text holds a comment");
            let span = AllowComment::covered(text.as_bytes(), Span::new(start, start + 3), &[]);
            text[span.range()].to_owned()
        };
        assert_eq!(covered("a\nb //modwarden:allow x\nc\n"), "b //modwarden:allow x");
        assert_eq!(covered("a\n  //modwarden:allow x\nc\nd"), "  //modwarden:allow x\nc");
        assert_eq!(covered("//modwarden:allow x\n\t// and\nc"), "//modwarden:allow x\n\t// and\nc");
        assert_eq!(covered("//modwarden:allow x\n\nc"), "//modwarden:allow x\n");
        assert_eq!(covered("//modwarden:allow x"), "//modwarden:allow x");
        assert_eq!(covered("//modwarden:allow x\n"), "//modwarden:allow x\n");
    }

    #[test]
    fn a_run_of_comments_covers_the_line_below() {
        let text = b"//modwarden:allow a\n//modwarden:allow b\nc\nd";
        let first = AllowComment::parse(&text[..19], Span::new(0, 19), AllowComment::covered(text, Span::at(0), &[]));
        let first = [first.expect("it is an allow comment")];
        assert_eq!(first[0].covers, Span::new(0, 41));
        assert_eq!(AllowComment::covered(text, Span::new(20, 39), &first), Span::new(20, 41));
    }
}
