//! The grammar that `go.mod` and `go.work` share: lexer, statements, blocks and comments.
//!
//! Source: `golang.org/x/mod/modfile/read.go`. Go stops at the first error of this grammar; here it is the only one
//! reported too, but reading goes on with the next line, so that the tree has the rest.

mod layout;
mod removal;

use std::borrow::Cow;
use std::str::Chars;

use super::{AllowComment, Parsed, SyntaxError};
use crate::go::{is_print, quote_char};
use crate::text::{Span, Spanned};

pub(super) use layout::layout_fault;
pub use layout::{
    WantedRequirement as WrittenRequirement, WantedRequirements as WrittenRequirements, with_mark, with_requirements,
};
pub use removal::Removal;

/// A line of a module file: a directive on its own, or an entry of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Line {
    /// From the first token to the last, comments left out; for an entry of a block without the verb.
    pub span: Span,
    /// The block the line is in, from the verb to the closing parenthesis.
    pub block: Option<Span>,
    /// The whole-line comments above that belong to this line, then the comment at its end.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Comment {
    /// From `//` to the end of the line, line break excluded.
    pub span: Span,
    /// The text as written, `//` included.
    pub text: Box<str>,
    /// Whether there is something before it on its line.
    pub suffix: bool,
}

/// A module file as statements, not yet understood.
#[derive(Debug, Default)]
pub(super) struct File<'t> {
    statements: Vec<Statement<'t>>,
    allows: Vec<AllowComment>,
    error: Option<SyntaxError>,
}

/// One line of a file, or of a block, with its verb.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directive<'f, 't> {
    /// The verb; a quoted one is not unquoted.
    pub(super) verb: &'f str,
    /// The tokens after the verb.
    pub(super) args: &'f [Token<'t>],
    /// The line.
    pub(super) line: &'f Line,
    /// The comments that explain it: its own, or, where it has none, those of its block.
    comments: &'f [Comment],
}

/// A token. Quotes are part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) span: Span,
}

impl<'t> File<'t> {
    /// Reads the statements of a file; its name appears in one of the messages.
    pub(super) fn parse(text: &'t [u8], name: &str) -> Self {
        let mut parser = ModfileParser { name, lexer: Lexer::new(text), error: None };
        let statements = parser.statements();
        Self { statements, allows: parser.lexer.allows, error: parser.error }
    }

    /// The directives in order. A block whose verb is not among `block_verbs` is an error instead.
    pub(super) fn directives<'f>(
        &'f self,
        block_verbs: &'f [&str],
    ) -> impl Iterator<Item = Result<Directive<'f, 't>, UnknownBlock>> {
        self.statements.iter().flat_map(|statement| statement.directives(block_verbs))
    }

    /// The result of a file: the errors of its directives count only if the grammar was right.
    pub(super) fn finish<T>(self, tree: T, errors: Vec<SyntaxError>) -> Parsed<T> {
        let errors = self.error.map_or(errors, |error| vec![error]);
        Parsed { tree, errors, allows: self.allows }
    }
}

impl Directive<'_, '_> {
    /// The text of the comments that explain the directive, a line each, without `//`
    /// (`modfile.parseDirectiveComment`).
    pub(super) fn comment(&self) -> String {
        self.comments.iter().map(|comment| comment.content().trim()).collect::<Vec<_>>().join("\n")
    }

    /// Whether the comment at the end of the line marks it `// indirect` (`modfile.isIndirect`).
    pub(super) fn is_indirect(&self) -> bool {
        self.line.comments.last().is_some_and(|comment| comment.suffix && is_indirect(&comment.text))
    }
}

impl Comment {
    /// The text after `//`.
    fn content(&self) -> &str {
        content(&self.text)
    }
}

/// A block whose verb the file does not have.
#[derive(Debug)]
pub(super) struct UnknownBlock {
    /// The words in front of the bracket.
    pub(super) verb: String,
    span: Span,
}

impl From<UnknownBlock> for SyntaxError {
    fn from(UnknownBlock { verb, span }: UnknownBlock) -> Self {
        Self::new(span, format!("unknown block type: {verb}"))
    }
}

/// The text after `//`.
fn content(comment: &str) -> &str {
    comment.strip_prefix("//").unwrap_or(comment)
}

/// Whether a comment is the mark `// indirect`, or begins with it (`modfile.isIndirect`).
fn is_indirect(comment: &str) -> bool {
    let mut words = content(comment).split_whitespace();
    matches!((words.next(), words.next()), (Some("indirect"), None) | (Some("indirect;"), Some(_)))
}

impl Token<'_> {
    /// The string value of the token, or the fault of its quotes (`modfile.parseString`).
    pub(super) fn unquote(&self) -> Result<Spanned<String>, &'static str> {
        let value = match self.text.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"').and_then(unescape).ok_or("invalid syntax")?,
            None if self.text.contains(['"', '\'', '`']) => return Err("unquoted string cannot contain quote"),
            None => self.text.clone().into_owned(),
        };
        Ok(Spanned::new(value, self.span))
    }
}

#[derive(Debug)]
enum Statement<'t> {
    Line(ModfileEntry<'t>),
    Block { header: Vec<Token<'t>>, comments: Vec<Comment>, entries: Vec<ModfileEntry<'t>> },
}

#[derive(Debug)]
struct ModfileEntry<'t> {
    tokens: Vec<Token<'t>>,
    line: Line,
    /// Whether a blank line parts it from the entry before, which keeps it from taking its block's comments.
    after_blank: bool,
}

impl<'t> Statement<'t> {
    fn directives(&self, block_verbs: &[&str]) -> Vec<Result<Directive<'_, 't>, UnknownBlock>> {
        match self {
            Self::Line(ModfileEntry { tokens, line, .. }) => {
                let directive = |(verb, args)| Ok(Directive::new(verb, args, line));
                tokens.split_first().map(directive).into_iter().collect()
            }
            Self::Block { header, comments, entries } => match &header[..] {
                [verb] if block_verbs.contains(&&*verb.text) => {
                    entries.iter().map(|entry| Ok(entry.directive(verb, comments))).collect()
                }
                _ => {
                    let words: Vec<_> = header.iter().map(|token| &*token.text).collect();
                    vec![Err(UnknownBlock { verb: words.join(" "), span: span_of(header) })]
                }
            },
        }
    }
}

impl<'t> ModfileEntry<'t> {
    fn new(tokens: Vec<Token<'t>>, mut comments: Vec<Comment>, suffix: Option<Comment>) -> Self {
        comments.extend(suffix);
        let line = Line { span: span_of(&tokens), block: None, comments };
        Self { tokens, line, after_blank: false }
    }

    fn directive<'f>(&'f self, verb: &'f Token<'t>, of_block: &'f [Comment]) -> Directive<'f, 't> {
        let directive = Directive::new(verb, &self.tokens, &self.line);
        let has_own = self.after_blank || !directive.comments.is_empty();
        if has_own { directive } else { Directive { comments: of_block, ..directive } }
    }
}

impl<'f, 't> Directive<'f, 't> {
    fn new(verb: &'f Token<'t>, args: &'f [Token<'t>], line: &'f Line) -> Self {
        Self { verb: &verb.text, args, line, comments: &line.comments }
    }
}

/// From the first token to the last.
fn span_of(tokens: &[Token]) -> Span {
    match tokens {
        [] => Span::default(),
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
    }
}

struct ModfileParser<'n, 't> {
    name: &'n str,
    lexer: Lexer<'t>,
    error: Option<SyntaxError>,
}

impl<'t> ModfileParser<'_, 't> {
    /// `modfile.parseFile`: comments belong to the statement that follows them without a blank line.
    fn statements(&mut self) -> Vec<Statement<'t>> {
        let mut statements = Vec::new();
        let mut comments = Vec::new();
        while let Some(line) = self.lexer.line() {
            match line {
                RawLine { error: Some(error), .. } => {
                    self.report(error);
                    comments.clear();
                }
                RawLine { tokens, comment: Some(comment), .. } if tokens.is_empty() => comments.push(comment),
                RawLine { tokens, .. } if tokens.is_empty() => comments.clear(),
                RawLine { tokens, comment, .. } => {
                    statements.push(self.statement(ModfileEntry::new(tokens, std::mem::take(&mut comments), comment)));
                }
            }
        }
        statements
    }

    /// `modfile.parseStmt`: a parenthesis opens a block only at the end of the line.
    fn statement(&mut self, mut entry: ModfileEntry<'t>) -> Statement<'t> {
        let words: Vec<&str> = entry.tokens.iter().map(|token| &*token.text).collect();
        let (words_in_header, is_open) = match words[..] {
            [_, .., "("] => (words.len() - 1, true),
            [_, .., "(", ")"] => (words.len() - 2, false),
            _ => return Statement::Line(entry),
        };
        entry.line.comments.retain(|comment| !comment.suffix);
        entry.tokens.truncate(words_in_header);
        let (header, comments) = (entry.tokens, entry.line.comments);
        let entries = if is_open { self.entries(entry.line.span.start as usize) } else { Vec::new() };
        Statement::Block { header, comments, entries }
    }

    /// `modfile.parseLineBlock`: comments belong to the entry that follows them, blank lines or not.
    fn entries(&mut self, start: usize) -> Vec<ModfileEntry<'t>> {
        let mut entries = Vec::new();
        let mut comments = Vec::new();
        let mut after_blank = false;
        let end = loop {
            let Some(line) = self.lexer.line() else {
                self.report(self.lexer.unterminated_block(start, self.name));
                break self.lexer.text.len();
            };
            match line {
                RawLine { tokens, error, .. } if tokens.first().is_some_and(|token| token.text == ")") => {
                    break self.close(&tokens, error);
                }
                RawLine { error: Some(error), .. } => {
                    self.report(error);
                    comments.clear();
                }
                RawLine { tokens, comment: Some(comment), .. } if tokens.is_empty() => comments.push(comment),
                RawLine { tokens, .. } if tokens.is_empty() => after_blank = !entries.is_empty(),
                RawLine { tokens, comment, .. } => {
                    let entry = ModfileEntry::new(tokens, std::mem::take(&mut comments), comment);
                    entries.push(ModfileEntry { after_blank, ..entry });
                    after_blank = false;
                }
            }
        };
        for entry in &mut entries {
            entry.line.block = Some(Span::new(start, end));
        }
        entries
    }

    /// Checks that nothing follows the parenthesis that closes a block, and returns where that ends.
    fn close(&mut self, tokens: &[Token], error: Option<SyntaxError>) -> usize {
        if let Some(extra) = tokens.get(1) {
            let after = Span::at(extra.span.end as usize);
            self.report(SyntaxError::new(after, "syntax error (expected newline after closing paren)"));
        }
        error.into_iter().for_each(|error| self.report(error));
        span_of(&tokens[..1]).end as usize
    }

    /// Keeps the first error, where Go stops.
    fn report(&mut self, error: SyntaxError) {
        self.error.get_or_insert(error);
    }
}

/// The tokens of one line, up to the first error.
#[derive(Default)]
struct RawLine<'t> {
    tokens: Vec<Token<'t>>,
    comment: Option<Comment>,
    error: Option<SyntaxError>,
}

enum Lexeme {
    Token(Span),
    Comment(Span),
    End,
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    allows: Vec<AllowComment>,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, allows: Vec::new() }
    }

    /// The next line; after an error the rest of it is skipped. A quoted line break does not end a line.
    fn line(&mut self) -> Option<RawLine<'t>> {
        if self.at == self.text.len() {
            return None;
        }
        let mut line = RawLine::default();
        loop {
            match self.lexeme() {
                Ok(Lexeme::Token(span)) => line.tokens.push(Token { text: lossy(&self.text[span.range()]), span }),
                Ok(Lexeme::Comment(span)) => line.comment = Some(self.comment(span, !line.tokens.is_empty())),
                Ok(Lexeme::End) => break,
                Err(error) => {
                    line.error = Some(error);
                    self.at = self.end_of_line();
                }
            }
        }
        self.at = self.text.len().min(self.at + 1);
        Some(line)
    }

    /// The next token or comment of the line; stays before the line break.
    fn lexeme(&mut self) -> Result<Lexeme, SyntaxError> {
        while let Some(b' ' | b'\t' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        match self.text[start..] {
            [] | [b'\n', ..] => return Ok(Lexeme::End),
            [b'/', b'/', ..] => {
                self.at = self.end_of_line();
                let comment = &self.text[start..self.at];
                let is_crlf = comment.ends_with(b"\r") && self.at < self.text.len();
                return Ok(Lexeme::Comment(Span::new(start, self.at - usize::from(is_crlf))));
            }
            [b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',', ..] => self.at += 1,
            [quote @ (b'"' | b'`'), ..] => self.string(quote)?,
            _ => self.identifier()?,
        }
        Ok(Lexeme::Token(Span::new(start, self.at)))
    }

    fn string(&mut self, quote: u8) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.text[self.at..] {
                [] => return Err(SyntaxError::new(Span::new(start, self.at), "unexpected EOF in string")),
                [b'\n', ..] => return Err(SyntaxError::new(Span::at(self.at), "unexpected newline in string")),
                [b'\\', _, ..] if quote == b'"' => self.at += 2,
                [byte, ..] => {
                    self.at += 1;
                    if byte == quote {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn identifier(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while let Some((c, len)) = first_char(&self.text[self.at..]) {
            match self.text[self.at..] {
                [b'/', b'/', ..] => break,
                [b'/', b'*', ..] => {
                    let message = "mod files must use // comments (not /* */ comments)";
                    return Err(SyntaxError::new(Span::new(self.at, self.at + 2), message));
                }
                _ if is_identifier(c) => self.at += len,
                _ if self.at > start => break,
                _ => {
                    let message = format!("unexpected input character {}", quote_char(c));
                    return Err(SyntaxError::new(Span::new(start, start + len), message));
                }
            }
        }
        Ok(())
    }

    fn comment(&mut self, span: Span, suffix: bool) -> Comment {
        let text = &self.text[span.range()];
        if let Some(allow) = AllowComment::parse(text, span, span) {
            let covers = AllowComment::covered(self.text, span, &self.allows);
            self.allows.push(AllowComment { covers, ..allow });
        }
        Comment { span, text: lossy(text).into(), suffix }
    }

    fn end_of_line(&self) -> usize {
        memchr::memchr(b'\n', &self.text[self.at..]).map_or(self.text.len(), |len| self.at + len)
    }

    /// The one message that names a place: where the block began, with the column in characters.
    fn unterminated_block(&self, start: usize, name: &str) -> SyntaxError {
        let before = lossy(&self.text[..start]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = format!("syntax error (unterminated block started at {name}:{line}:{column})");
        SyntaxError::new(Span::at(self.text.len()), message)
    }
}

/// `modfile.isIdent`. No white space but the ASCII space is printable.
fn is_identifier(c: char) -> bool {
    is_print(c) && !matches!(c, ' ' | '(' | ')' | '[' | ']' | '{' | '}' | ',')
}

/// The first character and its length. As in Go, a byte that is not UTF-8 reads as U+FFFD.
pub(super) fn first_char(text: &[u8]) -> Option<(char, usize)> {
    let head = &text[..text.len().min(4)];
    let chunk = head.utf8_chunks().next()?;
    Some(chunk.valid().chars().next().map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf8())))
}

/// The text, with U+FFFD for each byte that is not UTF-8.
fn lossy(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(text) {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::new();
    for chunk in text.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(decoded)
}

/// The value of an interpreted string literal without its quotes (`strconv.Unquote`).
fn unescape(quoted: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => bytes.extend(escape(&mut chars)?),
            c => bytes.extend(utf8(c)),
        }
    }
    Some(lossy(&bytes).into_owned())
}

/// The bytes of the escape sequence after a backslash.
fn escape(chars: &mut Chars<'_>) -> Option<Vec<u8>> {
    let byte = |byte| Some(vec![byte]);
    match chars.next()? {
        'a' => byte(0x07),
        'b' => byte(0x08),
        'f' => byte(0x0c),
        'n' => byte(b'\n'),
        'r' => byte(b'\r'),
        't' => byte(b'\t'),
        'v' => byte(0x0b),
        '\\' => byte(b'\\'),
        '"' => byte(b'"'),
        'x' => byte(u8::try_from(number(chars, 2, 16)?).ok()?),
        'u' => Some(utf8(char::from_u32(number(chars, 4, 16)?)?)),
        'U' => Some(utf8(char::from_u32(number(chars, 8, 16)?)?)),
        first @ '0'..='7' => byte(u8::try_from(first.to_digit(8)? * 64 + number(chars, 2, 8)?).ok()?),
        _ => None,
    }
}

fn number(chars: &mut Chars<'_>, digits: u32, radix: u32) -> Option<u32> {
    let mut value: u32 = 0;
    for _ in 0..digits {
        value = value.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
    }
    Some(value)
}

fn utf8(c: char) -> Vec<u8> {
    c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}
