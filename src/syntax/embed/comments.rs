//! Where a Go file has comments that end with their line, and the words of one.
//!
//! Source: `go/scanner/scanner.go`; only its literals and comments matter here; `ParseDirective` and `ParseArgs`
//! in `go/ast/directive.go`.

use memchr::{memchr, memmem};

use super::first_char;

/// The comments from `//` up to the end of the line.
pub(super) struct LineComments<'a> {
    rest: &'a [u8],
}

impl<'a> LineComments<'a> {
    /// Those of a file.
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for LineComments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let start = self.rest.iter().position(|byte| matches!(byte, b'/' | b'"' | b'\'' | b'`'))?;
            let text = &self.rest[start..];
            let length = match text {
                [b'/', b'/', ..] => memchr(b'\n', text),
                [b'/', b'*', rest @ ..] => memmem::find(rest, b"*/").map(|end| end + 4),
                [b'`', rest @ ..] => memchr(b'`', rest).map(|end| end + 2),
                [b'/', ..] => Some(1),
                _ => Some(quoted_length(text)),
            };
            let (found, rest) = text.split_at(length.unwrap_or(text.len()));
            self.rest = rest;
            if found.starts_with(b"//") {
                return Some(found);
            }
        }
    }
}

/// The length of a literal in quotes, which ends with its line at the latest.
fn quoted_length(text: &[u8]) -> usize {
    let quote = text[0];
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' => return at,
            // Any other character after a backslash ends no literal.
            b'\\' if text.get(at + 1).is_some_and(|&next| next == quote || next == b'\\') => at += 2,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The words behind the name of a directive, which white space must end: bare, or Go strings in quotes. `None` if the
/// name goes on, or a quotation is broken.
pub(super) fn words_of(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut words, mut rest) = (Vec::new(), text);
    while let Some(&first) = trim_space(&mut rest)?.first() {
        words.push(match first {
            b'"' | b'`' => take_quoted(&mut rest)?,
            _ => take_bare(&mut rest).to_vec(),
        });
    }
    Some(words)
}

/// Removes the white space, which must be there unless this is the end.
fn trim_space<'a>(text: &mut &'a [u8]) -> Option<&'a [u8]> {
    let space = length_while(text, char::is_whitespace);
    let is_apart = space > 0 || text.is_empty();
    *text = &text[space..];
    is_apart.then_some(*text)
}

fn take_bare<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let (word, rest) = text.split_at(length_while(text, |c| !c.is_whitespace()));
    *text = rest;
    word
}

fn length_while(text: &[u8], is_in: impl Fn(char) -> bool) -> usize {
    let mut length = 0;
    while length < text.len() {
        let (c, len) = first_char(&text[length..]);
        if !is_in(c) {
            break;
        }
        length += len;
    }
    length
}

/// Takes a string in quotes, and returns its value (`strconv.QuotedPrefix`, `strconv.Unquote`).
fn take_quoted(text: &mut &[u8]) -> Option<Vec<u8>> {
    let (&quote, mut rest) = text.split_first()?;
    if quote == b'`' {
        let end = memchr(b'`', rest)?;
        *text = &rest[end + 1..];
        return Some(rest[..end].to_vec());
    }
    let mut value = Vec::new();
    loop {
        match rest.split_first()? {
            (b'"', after) => {
                *text = after;
                return Some(value);
            }
            (b'\\', after) => rest = unescape(after, &mut value)?,
            _ => {
                let (c, length) = first_char(rest);
                value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[length..];
            }
        }
    }
}

/// Appends the value of an escape sequence, given without its backslash; returns the rest of the text
/// (`strconv.UnquoteChar`).
fn unescape<'a>(text: &'a [u8], value: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&kind, rest) = text.split_first()?;
    let (digits, base, text) = match kind {
        b'x' => (2, 16, rest),
        b'u' => (4, 16, rest),
        b'U' => (8, 16, rest),
        b'0'..=b'7' => (3, 8, text),
        _ => {
            value.push(simple_escape(kind)?);
            return Some(rest);
        }
    };
    let (digits, rest) = text.split_at_checked(digits)?;
    let code = digits.iter().try_fold(0_u32, |code, &digit| Some(code * base + char::from(digit).to_digit(base)?))?;
    match kind {
        b'u' | b'U' => value.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => value.push(u8::try_from(code).ok()?),
    }
    Some(rest)
}

fn simple_escape(kind: u8) -> Option<u8> {
    match kind {
        b'a' => Some(7),
        b'b' => Some(8),
        b'f' => Some(12),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'v' => Some(11),
        b'\\' | b'"' => Some(kind),
        _ => None,
    }
}
