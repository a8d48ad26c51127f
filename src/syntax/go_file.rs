//! The head of a Go file: package clause, imports, build constraints.

use super::Parsed;
use crate::go::BuildConstraint;
use crate::text::{Span, Spanned};

/// What a Go file says before its first declaration that is not an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFile {
    /// The name in the package clause; `None` if there is no readable one.
    pub package: Option<Spanned<Box<str>>>,
    /// The imports in order of place, `import "C"` included, duplicates included.
    pub imports: Vec<ImportSpec>,
    /// The build constraint that the file's own lines state; the file name is not considered.
    pub constraint: FileConstraint,
    /// Whether a line `// Code generated … DO NOT EDIT.` stands where Go looks for it.
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

/// What the `//go:build` or `// +build` lines of a file say.
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
