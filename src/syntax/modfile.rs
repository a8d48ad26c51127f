//! The grammar that `go.mod` and `go.work` share: lexer, statements, blocks and comments.
//!
//! Source: `golang.org/x/mod/modfile/read.go`.

use crate::text::Span;

/// A line of a module file: a directive on its own, or an entry of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// From the first token to the last, comments left out; for an entry of a block without the verb.
    pub span: Span,
    /// The block the line is in, from the verb to the closing parenthesis.
    pub block: Option<Span>,
    /// The whole-line comments above that belong to this line, then the comment at its end.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `//` to the end of the line, line break excluded.
    pub span: Span,
    /// The text as written, `//` included.
    pub text: Box<str>,
    /// Whether something stands before it on its line.
    pub suffix: bool,
}
