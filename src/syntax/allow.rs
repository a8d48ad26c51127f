//! `//modwarden:allow` comments, the same in Go files and in every line-oriented module file.

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
    /// The bytes it covers: the rest of its own line, and, where it stands on a line of its own, all of the next
    /// line that is not a comment.
    pub covers: Span,
}
