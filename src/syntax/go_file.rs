//! The head of a Go file: package clause, imports, build constraints.
//!
//! Source: `go/parser` with `ImportsOnly`, and `readGoInfo` in `go/build/read.go`; messages are kept word for word.

mod header;
mod scanner;

use memchr::memchr_iter;

use self::header::BuildHeader;
use self::scanner::{GoToken, Scanner, same_line, shown, unquote};
use super::{Parsed, SyntaxError};
use crate::go::{BuildConstraint, BuildContext, is_graphic};
use crate::text::{Span, Spanned};

/// The content of a Go file before its first declaration that is not an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFile {
    /// The name in the package clause; `None` if there is no readable one.
    pub package: Option<Spanned<Box<str>>>,
    /// The imports in order of place, `import "C"` included, duplicates included.
    pub imports: Vec<ImportSpec>,
    /// The build constraint that the file's own lines state; the file name is not considered.
    pub constraint: FileConstraint,
    /// Whether a line `// Code generated … DO NOT EDIT.` is where Go looks for it.
    pub generated: bool,
}

/// One import specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSpec {
    /// The import path, unquoted.
    pub path: Box<str>,
    /// The quoted literal.
    pub path_span: Span,
    /// An identifier, `.` or `_`, if given.
    pub name: Option<Spanned<Box<str>>>,
    /// From the name, or the path where there is none, to the end of the path.
    pub span: Span,
    /// The line of `span`'s first byte, from 1.
    pub line: u32,
    /// The column of `span`'s first byte, from 1, in bytes, as `go/token` counts (a byte order mark counts).
    pub column: u32,
}

/// The constraints in the `//go:build` or `// +build` lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FileConstraint {
    /// Nothing: the file is in every build that its name allows.
    #[default]
    Absent,
    /// It is in the builds that satisfy this.
    Expr(BuildConstraint),
    /// The line is malformed or there are two, so the file is in no build. The error list says why.
    Never,
}

impl GoFile {
    /// Whether the file imports `"C"`, so that it is in no build without cgo.
    pub fn uses_cgo(&self) -> bool {
        self.imports.iter().any(|import| &*import.path == "C")
    }

    /// The condition for building a file, apart from its name: the constraint of its lines, and `cgo` if it imports
    /// `"C"`.
    pub fn condition(&self) -> FileConstraint {
        if !self.uses_cgo() {
            return self.constraint.clone();
        }
        let cgo = BuildConstraint::tag("cgo");
        match &self.constraint {
            FileConstraint::Absent => FileConstraint::Expr(cgo),
            FileConstraint::Expr(constraint) => FileConstraint::Expr(constraint.clone().and(cgo)),
            FileConstraint::Never => FileConstraint::Never,
        }
    }

    /// Whether some build has the file, whatever its name; one that only the tag `ignore` selects is in none
    /// (`imports.AnyTags`).
    pub fn is_in_some_build(&self) -> bool {
        match &self.constraint {
            FileConstraint::Absent => true,
            FileConstraint::Expr(stated) => stated.any_tags(),
            FileConstraint::Never => false,
        }
    }

    /// Whether `build` compiles the file under this name: `go/build.(*Context).ImportDir`.
    pub fn is_in(&self, build: &BuildContext, file_name: &str) -> bool {
        match self.condition() {
            FileConstraint::Absent => build.includes(file_name, None),
            FileConstraint::Expr(constraint) => build.includes(file_name, Some(&constraint)),
            FileConstraint::Never => false,
        }
    }
}

/// Reads a Go file up to its first declaration that is not an import.
///
/// The readable part of a broken file is kept, and reading goes on with the next import where that is possible.
/// An import whose path Go does not accept is left out.
pub fn parse_go_file(text: &[u8]) -> Parsed<GoFile> {
    parse_go_head(text, true).unwrap_or_default()
}

/// As [`parse_go_file`], from the beginning of a file; `complete` says whether `text` is all of it.
///
/// `None` if the answer depends on the text after it, so that the caller reads more.
pub fn parse_go_head(text: &[u8], complete: bool) -> Option<Parsed<GoFile>> {
    let header = BuildHeader::read(text);
    if header.reached_end && !complete {
        return None;
    }
    let mut parser = GoFileParser { scanner: Scanner::new(text), package: None, imports: Vec::new() };
    parser.file();
    let GoFileParser { mut scanner, package, mut imports } = parser;
    scanner.check_encoding();
    if scanner.reached_end && !complete {
        return None;
    }
    set_places(text, &mut imports);
    let Scanner { errors, allows, generated, .. } = scanner;
    let errors = one_a_line(text, errors.into_iter().chain(header.error).collect());
    let tree = GoFile { package, imports, constraint: header.constraint, generated };
    Some(Parsed { tree, errors, allows })
}

/// The grammar, on top of the scanner.
struct GoFileParser<'a> {
    scanner: Scanner<'a>,
    package: Option<Spanned<Box<str>>>,
    imports: Vec<ImportSpec>,
}

impl GoFileParser<'_> {
    fn file(&mut self) {
        self.scanner.advance();
        if self.scanner.token != GoToken::Package {
            return self.expected("'package'");
        }
        self.scanner.advance();
        if self.scanner.token != GoToken::Identifier {
            return self.expected("'IDENT'");
        }
        self.package = Some(self.take());
        self.end_of_statement();
        while self.scanner.token == GoToken::Import {
            self.scanner.advance();
            if self.scanner.token == GoToken::OpenParen { self.group() } else { self.spec() }
        }
    }

    /// Reads the specifications between parentheses. A keyword `import` ends a group that was not closed.
    fn group(&mut self) {
        self.scanner.advance();
        loop {
            match self.scanner.token {
                GoToken::CloseParen => {
                    self.scanner.advance();
                    return self.end_of_statement();
                }
                GoToken::End => return self.expected("')'"),
                GoToken::Import => return self.error("missing import path"),
                _ => self.spec(),
            }
        }
    }

    fn spec(&mut self) {
        let name = matches!(self.scanner.token, GoToken::Identifier | GoToken::Period).then(|| self.take());
        match self.scanner.token {
            GoToken::String => self.path(name),
            GoToken::Identifier | GoToken::OtherLiteral => {
                self.error("import path must be a string");
                self.scanner.advance();
            }
            _ => {
                self.error("missing import path");
                self.recover();
            }
        }
        self.end_of_statement();
    }

    fn path(&mut self, name: Option<Spanned<Box<str>>>) {
        let path_span = self.scanner.span;
        let literal = self.scanner.bytes();
        let span = name.as_ref().map_or(path_span, |name| name.span.to(path_span));
        let broken = self.scanner.errors.last().is_some_and(|error| path_span.start <= error.span.start);
        match unquote(literal) {
            Some(path) if is_valid_import(&path) => {
                self.imports.push(ImportSpec { path: path.into(), path_span, name, span, line: 0, column: 0 });
            }
            _ if broken => {}
            Some(path) => self.scanner.import_path_error(span, path.as_bytes()),
            None => self.scanner.import_path_error(span, literal),
        }
        self.scanner.advance();
    }

    /// Asks for the end of a statement, which a closing bracket implies.
    fn end_of_statement(&mut self) {
        match self.scanner.token {
            GoToken::CloseParen | GoToken::CloseBrace => {}
            GoToken::Semicolon | GoToken::Newline => self.scanner.advance(),
            GoToken::Comma => {
                self.expected("';'");
                self.scanner.advance();
            }
            _ => {
                self.expected("';'");
                self.recover();
                if matches!(self.scanner.token, GoToken::Semicolon | GoToken::Newline) {
                    self.scanner.advance();
                }
            }
        }
    }

    /// Goes on to where the next import may begin.
    fn recover(&mut self) {
        use GoToken::{CloseParen, End, Import, Newline, Semicolon};
        while !matches!(self.scanner.token, Semicolon | Newline | CloseParen | Import | End) {
            self.scanner.advance();
        }
    }

    /// The current token as a name.
    fn take(&mut self) -> Spanned<Box<str>> {
        let name = Spanned::new(String::from_utf8_lossy(self.scanner.bytes()).into(), self.scanner.span);
        self.scanner.advance();
        name
    }

    fn error(&mut self, message: impl Into<String>) {
        self.scanner.grammar_error(self.scanner.span, message);
    }

    fn expected(&mut self, what: &str) {
        // Go drops the carriage returns of a raw string early.
        let text = shown(self.scanner.bytes()).replace('\r', "");
        self.error(match self.scanner.token {
            GoToken::Newline => format!("expected {what}, found newline"),
            GoToken::End => format!("expected {what}, found 'EOF'"),
            GoToken::Illegal => format!("expected {what}, found 'ILLEGAL'"),
            GoToken::Identifier | GoToken::String | GoToken::OtherLiteral => format!("expected {what}, found {text}"),
            _ => format!("expected {what}, found '{text}'"),
        });
    }
}

/// Whether the go command accepts an import path at all: `go/build.isValidImport`.
fn is_valid_import(path: &str) -> bool {
    const ILLEGAL: &str = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}";
    // Nearly all are plain, and the tables of Unicode are slow.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let is_legal = |c| is_plain(c) || is_graphic(c) && !c.is_whitespace() && !ILLEGAL.contains(c);
    !path.is_empty() && path.chars().all(is_legal)
}

/// Gives every import its line and column, in one walk over the text.
fn set_places(text: &[u8], imports: &mut [ImportSpec]) {
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for import in imports {
        let start = import.span.start;
        for newline in memchr_iter(b'\n', &text[at as usize..start as usize]) {
            line += 1;
            line_start = at + u32::try_from(newline).unwrap_or(u32::MAX - 1) + 1;
        }
        at = start;
        import.line = line;
        import.column = start - line_start + 1;
    }
}

/// The errors in order of place, the first of each line, and not more than Go prints.
fn one_a_line(text: &[u8], mut errors: Vec<SyntaxError>) -> Vec<SyntaxError> {
    const MAX_ERRORS: usize = 10;
    errors.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
    errors.dedup_by(|later, earlier| same_line(text, earlier.span, later.span));
    errors.truncate(MAX_ERRORS);
    errors
}
