//! The result of a parser.

use std::sync::Arc;

use super::AllowComment;
use crate::text::{FileId, RepoPath, Span};

/// The result of a parser, its errors, and the `modwarden:allow` comments it met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<T> {
    /// As much as could be read.
    pub tree: T,
    /// The errors, in order of place.
    pub errors: Vec<SyntaxError>,
    /// The comments that ask to allow a finding.
    pub allows: Vec<AllowComment>,
}

/// A fault in a file, in the go command's own words where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The bytes at fault.
    pub span: Span,
    /// The message, without file and line.
    pub message: String,
    /// The remedy, if there is one.
    pub help: Option<&'static str>,
    /// Whether an import has a path that no package can have. Such an import is not in the tree.
    pub is_import_path: bool,
}

impl SyntaxError {
    /// An error at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, is_import_path: false }
    }
}

/// A parsed file and where it is.
#[derive(Clone, Debug)]
pub struct ParsedFile<T> {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: RepoPath,
    /// Its parsed content, shared by all files with the same text.
    pub parsed: Arc<Parsed<T>>,
}
