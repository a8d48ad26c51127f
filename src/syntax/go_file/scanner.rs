//! Tokens of Go source, as far as the head of a file can hold them, and the faults of the tokens themselves.
//!
//! Source: `go/scanner/scanner.go`; its messages are kept word for word.

use memchr::{memchr, memchr_iter, memchr3, memmem, memrchr};

use super::super::{AllowComment, SyntaxError};
use crate::go::{is_digit, is_graphic, is_letter};
use crate::text::Span;

/// The kinds of token that the parser distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoToken {
    End,
    /// The semicolon that Go inserts at the end of a line.
    Newline,
    Semicolon,
    Comma,
    Period,
    OpenParen,
    CloseParen,
    CloseBrace,
    Identifier,
    Package,
    Import,
    String,
    /// A number or a rune.
    OtherLiteral,
    /// Another keyword or operator.
    Other,
    Illegal,
}

/// A scanner with one token read ahead. It collects the facts in comments and the errors of malformed tokens on the way.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    insert_semicolon: bool,
    /// How far the text was searched for bytes that may not occur.
    checked: usize,
    /// Whether a token other than a comment was read.
    in_code: bool,
    /// The current token.
    pub(super) token: GoToken,
    /// The place of the current token.
    pub(super) span: Span,
    /// The errors, in order of discovery.
    pub(super) errors: Vec<SyntaxError>,
    /// The allow comments so far.
    pub(super) allows: Vec<AllowComment>,
    /// Whether a comment before the package clause marks the file as generated.
    pub(super) generated: bool,
    /// Whether the end of the text was reached, so that more of it could change the answer.
    pub(super) reached_end: bool,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const OPERATORS: [&[u8]; 25] = [
    b"<<=", b">>=", b"&^=", b"...", b"&&", b"||", b"<-", b"++", b"--", b"==", b"!=", b"<=", b">=", b":=", b"+=", b"-=",
    b"*=", b"/=", b"%=", b"&=", b"|=", b"^=", b"<<", b">>", b"&^",
];

const KEYWORDS: [&[u8]; 25] = [
    b"break",
    b"case",
    b"chan",
    b"const",
    b"continue",
    b"default",
    b"defer",
    b"else",
    b"fallthrough",
    b"for",
    b"func",
    b"go",
    b"goto",
    b"if",
    b"import",
    b"interface",
    b"map",
    b"package",
    b"range",
    b"return",
    b"select",
    b"struct",
    b"switch",
    b"type",
    b"var",
];

impl<'a> Scanner<'a> {
    /// A scanner at the first token.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self {
            text,
            at: start,
            insert_semicolon: false,
            checked: start,
            in_code: false,
            token: GoToken::End,
            span: Span::default(),
            errors: Vec::new(),
            allows: Vec::new(),
            generated: false,
            reached_end: false,
        }
    }

    /// Reads the next token.
    pub(super) fn advance(&mut self) {
        let newline = self.skip_blanks();
        let start = newline.unwrap_or(self.at);
        self.token = if newline.is_some() { GoToken::Newline } else { self.scan() };
        self.insert_semicolon = match self.token {
            GoToken::Identifier
            | GoToken::String
            | GoToken::OtherLiteral
            | GoToken::CloseParen
            | GoToken::CloseBrace => true,
            GoToken::Other => {
                matches!(
                    &self.text[start..self.at],
                    b"break" | b"continue" | b"fallthrough" | b"return" | b"]" | b"++" | b"--"
                )
            }
            GoToken::Illegal => self.insert_semicolon,
            _ => false,
        };
        self.in_code = true;
        self.span = if newline.is_some() { Span::new(start, start + 1) } else { Span::new(start, self.at) };
    }

    /// The bytes of the current token.
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.text[self.span.range()]
    }

    /// Adds an error about a token, and gives up if the text is hardly a Go file.
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.push_error(SyntaxError::new(span, message));
    }

    fn push_error(&mut self, error: SyntaxError) {
        const MAX_ERRORS: usize = 100;
        self.errors.push(error);
        if self.errors.len() > MAX_ERRORS {
            self.skip_to(None);
        }
    }

    /// Notes a fault of grammar, unless its line has a fault already, as `go/parser` does.
    pub(super) fn grammar_error(&mut self, span: Span, message: impl Into<String>) {
        self.push_grammar_error(SyntaxError::new(span, message));
    }

    /// Notes that no package can have the path of an import.
    pub(super) fn import_path_error(&mut self, span: Span, path: &[u8]) {
        let error = SyntaxError::new(span, format!("invalid import path: {}", shown(path)));
        self.push_grammar_error(SyntaxError { is_import_path: true, ..error });
    }

    fn push_grammar_error(&mut self, error: SyntaxError) {
        let last = self.errors.len().saturating_sub(1);
        self.check_encoding();
        if !self.errors[last..].iter().any(|known| same_line(self.text, known.span, error.span)) {
            self.push_error(error);
        }
    }

    /// Finds forbidden bytes in the text that was read since the last call and, since Go's scanner is one
    /// ahead, in the next character. The first of each sort is enough.
    pub(super) fn check_encoding(&mut self) {
        let from = self.checked;
        self.checked = self.at + self.peek_char().map_or(0, |(_, len)| len);
        let read = &self.text[from..self.checked];
        let mut found = Vec::new();
        found.extend(memchr(0, read).map(|at| (at, 1, "illegal character NUL")));
        if !read.is_ascii() {
            if let Err(error) = std::str::from_utf8(read) {
                let at = error.valid_up_to();
                let utf16 = from + at == 0 && (read.starts_with(b"\xff\xfe") || read.starts_with(b"\xfe\xff"));
                found.push((
                    at,
                    1,
                    if utf16 { "illegal UTF-8 encoding (got UTF-16)" } else { "illegal UTF-8 encoding" },
                ));
            }
            let mark = memmem::find(read, BYTE_ORDER_MARK);
            found.extend(mark.map(|at| (at, BYTE_ORDER_MARK.len(), "illegal byte order mark")));
        }
        for (at, len, message) in found {
            if !self.errors.iter().any(|error| error.message == message) {
                self.error(Span::new(from + at, from + at + len), message);
            }
        }
    }

    fn peek(&mut self, ahead: usize) -> Option<u8> {
        let byte = self.text.get(self.at + ahead).copied();
        self.reached_end |= byte.is_none();
        byte
    }

    /// The character at the current place; U+FFFD, of one byte, where there is none.
    fn peek_char(&mut self) -> Option<(char, usize)> {
        let rest = &self.text[self.at..];
        let first = self.peek(0)?;
        if first.is_ascii() {
            return Some((char::from(first), 1));
        }
        self.reached_end |= rest.len() < 4;
        let valid = rest[..rest.len().min(4)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        Some(valid.map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf8())))
    }

    /// Skips blanks and comments; gives the place of a line break that ends a statement.
    fn skip_blanks(&mut self) -> Option<usize> {
        loop {
            match self.peek(0) {
                Some(b'\n') if self.insert_semicolon => {
                    self.at += 1;
                    return Some(self.at - 1);
                }
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') => match self.peek(1) {
                    Some(b'/') => self.line_comment(),
                    Some(b'*') => {
                        let start = self.at;
                        self.block_comment();
                        if self.insert_semicolon
                            && let Some(newline) = memchr(b'\n', &self.text[start..self.at])
                        {
                            return Some(start + newline);
                        }
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn line_comment(&mut self) {
        let start = self.at;
        self.skip_to(memchr(b'\n', &self.text[start..]));
        let comment = &self.text[start..self.at];
        let before = self.text[..start].strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.text[..start]);
        if comment.starts_with(b"//line ") && matches!(before.last(), None | Some(b'\n')) {
            self.line_directive(start, comment.strip_suffix(b"\r").unwrap_or(comment));
        }
        let end = start + comment.strip_suffix(b"\r").unwrap_or(comment).len();
        let span = Span::new(start, end);
        if let Some(allow) = AllowComment::parse(&self.text[start..end], span, span) {
            let covers = AllowComment::covered(self.text, span, &self.allows);
            self.reached_end |= covers.end as usize >= self.text.len();
            self.allows.push(AllowComment { covers, ..allow });
        }
        self.generated |= !self.in_code && is_generated(comment);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let end = block_end(&self.text[start + 2..]);
        self.skip_to(end.map(|end| end + 2));
        if end.is_none() {
            self.error(Span::new(start, self.at), "comment not terminated");
            return;
        }
        let comment = &self.text[start..self.at];
        if comment.starts_with(b"/*line ") {
            self.line_directive(start, &comment[..comment.len() - 2]);
        }
        self.generated |= !self.in_code && is_generated(comment);
    }

    /// Goes on to a place ahead, or to the end if there is none.
    fn skip_to(&mut self, ahead: Option<usize>) {
        self.reached_end |= ahead.is_none();
        self.at = ahead.map_or(self.text.len(), |ahead| self.at + ahead);
    }

    /// Adds the error of a `//line` directive.
    fn line_directive(&mut self, start: usize, comment: &[u8]) {
        let text = &comment[b"//line ".len()..];
        if let Some((number, what)) = wrong_number(text) {
            let at = start + b"//line ".len() + number.start;
            let message = format!("invalid {what} number: {}", shown(&text[number.clone()]));
            self.error(Span::new(at, at + number.len()), message);
        }
    }

    /// Reads a token that is not a comment.
    fn scan(&mut self) -> GoToken {
        let Some((c, len)) = self.peek_char() else {
            return if self.insert_semicolon { GoToken::Newline } else { GoToken::End };
        };
        let start = self.at;
        if is_letter(c) || c == '_' {
            return self.identifier();
        }
        let after = self.peek(1);
        self.at += len;
        match c {
            '"' => self.quoted(b'"', "string"),
            '\'' => self.quoted(b'\'', "rune"),
            '`' => {
                let end = memchr(b'`', &self.text[self.at..]);
                self.skip_to(end.map(|end| end + 1));
                if end.is_none() {
                    self.error(Span::new(start, self.at), "raw string literal not terminated");
                }
                GoToken::String
            }
            '0'..='9' => self.number(start),
            '.' if after.is_some_and(|byte| byte.is_ascii_digit()) => self.number(start),
            ';' => GoToken::Semicolon,
            ',' => GoToken::Comma,
            '(' => GoToken::OpenParen,
            ')' => GoToken::CloseParen,
            '}' => GoToken::CloseBrace,
            '.' | ':' | '[' | ']' | '{' | '+' | '-' | '*' | '/' | '%' | '^' | '<' | '>' | '=' | '!' | '&' | '|'
            | '~' => self.operator(start),
            _ => self.illegal(c, Span::new(start, self.at)),
        }
    }

    fn identifier(&mut self) -> GoToken {
        let start = self.at;
        while let Some((c, len)) = self.peek_char() {
            if !(is_letter(c) || is_digit(c) || c == '_') {
                break;
            }
            self.at += len;
        }
        match &self.text[start..self.at] {
            b"package" => GoToken::Package,
            b"import" => GoToken::Import,
            word if KEYWORDS.contains(&word) => GoToken::Other,
            _ => GoToken::Identifier,
        }
    }

    fn operator(&mut self, start: usize) -> GoToken {
        self.reached_end |= self.text.len() < start + 3;
        let longer = OPERATORS.iter().find(|operator| self.text[start..].starts_with(operator));
        self.at = start + longer.map_or(1, |operator| operator.len());
        if &self.text[start..self.at] == b"." { GoToken::Period } else { GoToken::Other }
    }

    /// Reads a number. Whether it is well formed matters to no import.
    fn number(&mut self, start: usize) -> GoToken {
        self.at = start;
        let mut is_digit: fn(&u8) -> bool = u8::is_ascii_digit;
        if self.skip_one(b"0") {
            if self.skip_one(b"xX") {
                is_digit = u8::is_ascii_hexdigit;
            } else {
                self.skip_one(b"oObB");
            }
        }
        self.skip_digits(is_digit);
        if self.skip_one(b".") {
            self.skip_digits(is_digit);
        }
        if self.skip_one(b"eEpP") {
            self.skip_one(b"+-");
            self.skip_digits(u8::is_ascii_digit);
        }
        self.skip_one(b"i");
        GoToken::OtherLiteral
    }

    fn skip_one(&mut self, any_of: &[u8]) -> bool {
        let skip = self.peek(0).is_some_and(|byte| any_of.contains(&byte));
        self.at += usize::from(skip);
        skip
    }

    fn skip_digits(&mut self, is_digit: fn(&u8) -> bool) {
        while self.peek(0).is_some_and(|byte| byte == b'_' || is_digit(&byte)) {
            self.at += 1;
        }
    }

    fn illegal(&mut self, c: char, span: Span) -> GoToken {
        match c {
            '\u{feff}' => {}
            '“' | '”' => self.error(span, format!("curly quotation mark '{c}' (use neutral '\"')")),
            _ => self.error(span, format!("illegal character {}", code_point(c))),
        }
        let utf16 = span.start == 0 && (self.text.starts_with(b"\xff\xfe") || self.text.starts_with(b"\xfe\xff"));
        if utf16 {
            self.skip_to(None);
        }
        GoToken::Illegal
    }

    /// Reads a literal in quotes, whose first quote was read.
    fn quoted(&mut self, quote: u8, what: &str) -> GoToken {
        let (start, errors) = (self.at - 1, self.errors.len());
        loop {
            self.skip_to(memchr3(quote, b'\\', b'\n', &self.text[self.at..]));
            match self.text.get(self.at) {
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(quote);
                }
                Some(&byte) if byte == quote => break self.at += 1,
                _ if quote == b'\'' && self.errors.len() > errors => break,
                _ => break self.error(Span::new(start, self.at), format!("{what} literal not terminated")),
            }
        }
        if quote == b'"' {
            return GoToken::String;
        }
        let is_one = || unquote(&self.text[start..self.at]).is_some_and(|rune| rune.chars().count() == 1);
        if self.errors.len() == errors && !is_one() {
            self.error(Span::new(start, self.at), "illegal rune literal");
        }
        GoToken::OtherLiteral
    }

    /// Checks an escape sequence, whose backslash was read.
    fn escape(&mut self, quote: u8) {
        let start = self.at;
        let (digits, base, max) = match self.peek(0) {
            Some(b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\') => return self.at += 1,
            Some(byte) if byte == quote => return self.at += 1,
            Some(b'0'..=b'7') => (3, 8, 255),
            Some(b'x') => (2, 16, 255),
            Some(b'u') => (4, 16, u32::from(char::MAX)),
            Some(b'U') => (8, 16, u32::from(char::MAX)),
            Some(_) => return self.error(Span::new(start, start + 1), "unknown escape sequence"),
            None => return self.error(Span::at(start), "escape sequence not terminated"),
        };
        self.at += usize::from(base == 16);
        let mut value: u32 = 0;
        for _ in 0..digits {
            let Some((c, len)) = self.peek_char() else {
                return self.error(Span::at(self.at), "escape sequence not terminated");
            };
            let Some(digit) = c.to_digit(base) else {
                let message = format!("illegal character {} in escape sequence", code_point(c));
                return self.error(Span::new(self.at, self.at + len), message);
            };
            value = value.wrapping_mul(base) + digit;
            self.at += 1;
        }
        if value > max || (0xD800..0xE000).contains(&value) {
            self.error(Span::new(start, self.at), "escape sequence is invalid Unicode code point");
        }
    }
}

/// The value of a literal in quotes; `None` if it is malformed or not UTF-8. Carriage returns in a raw string do
/// not count.
pub(super) fn unquote(literal: &[u8]) -> Option<String> {
    let (quote, rest) = literal.split_first()?;
    let inner = rest.strip_suffix(&[*quote])?;
    let mut value = Vec::with_capacity(inner.len());
    if *quote == b'`' {
        value.extend(inner.iter().filter(|byte| **byte != b'\r'));
        return String::from_utf8(value).ok();
    }
    let mut rest = inner;
    while let Some(backslash) = memchr(b'\\', rest) {
        value.extend_from_slice(&rest[..backslash]);
        rest = unescape(&rest[backslash + 1..], &mut value)?;
    }
    value.extend_from_slice(rest);
    String::from_utf8(value).ok()
}

/// Appends the value of the escape sequence at the start of `text`; returns the rest.
fn unescape<'a>(text: &'a [u8], value: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (kind, rest) = text.split_first()?;
    let simple = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'"' | b'\'' => *kind,
        _ => {
            let (digits, base, rest) = match kind {
                b'x' => (2, 16, rest),
                b'u' => (4, 16, rest),
                b'U' => (8, 16, rest),
                _ => (3, 8, text),
            };
            let (digits, rest) = rest.split_at_checked(digits)?;
            let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()?;
            match kind {
                b'u' | b'U' => value.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => value.push(u8::try_from(code).ok()?),
            }
            return Some(rest);
        }
    };
    value.push(simple);
    Some(rest)
}

/// The length of the rest of a block comment, its end included.
pub(super) fn block_end(text: &[u8]) -> Option<usize> {
    memchr_iter(b'/', text).find(|&slash| slash > 0 && text[slash - 1] == b'*').map(|slash| slash + 1)
}

/// Whether two places are on one line. Like Go, counts the end of the file to the last line that is not empty.
pub(super) fn same_line(text: &[u8], one: Span, other: Span) -> bool {
    let (from, to) = (one.start.min(other.start) as usize, one.start.max(other.start) as usize);
    let to = if to == text.len() { to.saturating_sub(1).max(from) } else { to };
    memchr(b'\n', &text[from..to]).is_none()
}

/// Text of the file as a message shows it, lossily and not without end.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MAX: usize = 100;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * MAX)]);
    if text.chars().count() > MAX { text.chars().take(MAX).chain(['…']).collect() } else { text.into_owned() }
}

/// A character as `%#U` prints it.
fn code_point(c: char) -> String {
    let number = u32::from(c);
    let is_print = is_graphic(c) && (c == ' ' || !c.is_whitespace());
    if is_print { format!("U+{number:04X} '{c}'") } else { format!("U+{number:04X}") }
}

/// Whether a comment has a line that marks generated code: `go/ast.IsGenerated`. Go drops carriage returns first.
fn is_generated(comment: &[u8]) -> bool {
    let marks =
        |line: &[u8]| line.strip_prefix(b"// Code generated ").is_some_and(|rest| rest.ends_with(b" DO NOT EDIT."));
    if memchr(b'\r', comment).is_none() {
        return comment.split(|&byte| byte == b'\n').any(marks);
    }
    let stripped: Vec<u8> = comment.iter().copied().filter(|&byte| byte != b'\r').collect();
    stripped.split(|&byte| byte == b'\n').any(marks)
}

/// The number in a `//line` directive, without the words before it, that Go does not accept, and its kind.
fn wrong_number(text: &[u8]) -> Option<(std::ops::Range<usize>, &'static str)> {
    let number = |digits: &[u8]| {
        let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        if plain { std::str::from_utf8(digits).ok()?.parse::<u64>().ok() } else { None }
    };
    let is_fit = |number: u64| (1..=1 << 30).contains(&number);
    let last = memrchr(b':', text)? + 1;
    let Some(value) = number(&text[last..]) else {
        return Some((last..text.len(), "line"));
    };
    let before = memrchr(b':', &text[..last - 1]).map(|colon| colon + 1);
    match before.and_then(|start| Some((start, number(&text[start..last - 1])?))) {
        Some(_) if !is_fit(value) => Some((last..text.len(), "column")),
        Some((start, line)) if !is_fit(line) => Some((start..last - 1, "line")),
        None if !is_fit(value) => Some((last..text.len(), "line")),
        _ => None,
    }
}
