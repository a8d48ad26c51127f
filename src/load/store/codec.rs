//! The facts of a Go file as bytes, and back.
//!
//! The shapes are copies of the core types, so that those can change: the stored bytes then change too, and so does
//! [`CODE`](super::CODE), by which it is known. Bytes that nobody wrote decode to nothing, or to facts that are wrong
//! and harmless: every span is a span.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::go::BuildConstraint;
use crate::syntax::{AllowComment, FileConstraint, GoFile, ImportSpec, Parsed, SyntaxError};
use crate::text::{Span, Spanned};

/// The facts as bytes; `None` if these bytes would not say the same, so that the facts cannot be kept.
pub fn encode_go_file(parsed: &Parsed<GoFile>) -> Option<Vec<u8>> {
    let Parsed { tree, errors, allows } = parsed;
    let record = GoFileRecord {
        package: tree.package.as_ref().map(NameRecord::new),
        imports: tree.imports.iter().map(StoredImport::new).collect(),
        constraint: ConstraintRecord::new(&tree.constraint)?,
        generated: tree.generated,
        errors: errors.iter().map(ErrorRecord::new).collect(),
        allows: allows.iter().map(AllowRecord::new).collect(),
    };
    postcard::to_stdvec(&record).ok()
}

/// The argument of [`encode_go_file`]; `None` for other bytes.
pub fn decode_go_file(bytes: &[u8]) -> Option<Parsed<GoFile>> {
    let (record, rest) = postcard::take_from_bytes::<GoFileRecord<'_>>(bytes).ok()?;
    let tree = GoFile {
        package: record.package.map(|name| name.spanned()),
        imports: record.imports.iter().map(StoredImport::spec).collect(),
        constraint: record.constraint.constraint()?,
        generated: record.generated,
    };
    let errors = record.errors.iter().map(ErrorRecord::error).collect();
    let allows = record.allows.iter().map(AllowRecord::comment).collect();
    rest.is_empty().then_some(Parsed { tree, errors, allows })
}

#[derive(Deserialize, Serialize)]
struct GoFileRecord<'a> {
    #[serde(borrow)]
    package: Option<NameRecord<'a>>,
    imports: Vec<StoredImport<'a>>,
    constraint: ConstraintRecord<'a>,
    generated: bool,
    errors: Vec<ErrorRecord<'a>>,
    allows: Vec<AllowRecord<'a>>,
}

/// A span by its length, which takes one byte where the end would take three.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct SpanRecord {
    start: u32,
    length: u32,
}

impl SpanRecord {
    fn new(span: Span) -> Self {
        Self { start: span.start, length: span.end.saturating_sub(span.start) }
    }

    fn span(self) -> Span {
        Span { start: self.start, end: self.start.saturating_add(self.length) }
    }
}

#[derive(Deserialize, Serialize)]
struct NameRecord<'a> {
    text: &'a str,
    span: SpanRecord,
}

impl<'a> NameRecord<'a> {
    fn new(name: &'a Spanned<Box<str>>) -> Self {
        Self { text: &name.value, span: SpanRecord::new(name.span) }
    }

    fn spanned(&self) -> Spanned<Box<str>> {
        Spanned::new(self.text.into(), self.span.span())
    }
}

/// The whole specification spans from its name to its path, which is not said twice.
#[derive(Deserialize, Serialize)]
struct StoredImport<'a> {
    path: &'a str,
    path_span: SpanRecord,
    #[serde(borrow)]
    name: Option<NameRecord<'a>>,
    line: u32,
    column: u32,
}

impl<'a> StoredImport<'a> {
    fn new(spec: &'a ImportSpec) -> Self {
        Self {
            path: &spec.path,
            path_span: SpanRecord::new(spec.path_span),
            name: spec.name.as_ref().map(NameRecord::new),
            line: spec.line,
            column: spec.column,
        }
    }

    fn spec(&self) -> ImportSpec {
        let path_span = self.path_span.span();
        let name = self.name.as_ref().map(NameRecord::spanned);
        let span = name.as_ref().map_or(path_span, |name| name.span.to(path_span));
        ImportSpec { path: self.path.into(), path_span, name, span, line: self.line, column: self.column }
    }
}

/// An expression as the text that Go has for it.
#[derive(Deserialize, Serialize)]
enum ConstraintRecord<'a> {
    Absent,
    Expr(#[serde(borrow)] Cow<'a, str>),
    Never,
}

impl ConstraintRecord<'_> {
    /// `None` where the text cannot be read again: `// +build` lines may say more than one `//go:build` line may.
    fn new(constraint: &FileConstraint) -> Option<Self> {
        Some(match constraint {
            FileConstraint::Absent => Self::Absent,
            FileConstraint::Never => Self::Never,
            FileConstraint::Expr(expr) => {
                let text = format!("{expr:#}");
                if BuildConstraint::parse_go_build(&text).as_ref() != Ok(expr) {
                    return None;
                }
                Self::Expr(Cow::Owned(text))
            }
        })
    }

    fn constraint(&self) -> Option<FileConstraint> {
        Some(match self {
            Self::Absent => FileConstraint::Absent,
            Self::Never => FileConstraint::Never,
            Self::Expr(text) => FileConstraint::Expr(BuildConstraint::parse_go_build(text).ok()?),
        })
    }
}

#[derive(Deserialize, Serialize)]
struct ErrorRecord<'a> {
    span: SpanRecord,
    message: &'a str,
    is_import_path: bool,
}

impl<'a> ErrorRecord<'a> {
    fn new(error: &'a SyntaxError) -> Self {
        Self { span: SpanRecord::new(error.span), message: &error.message, is_import_path: error.is_import_path }
    }

    fn error(&self) -> SyntaxError {
        let &Self { ref span, message, is_import_path } = self;
        SyntaxError { is_import_path, ..SyntaxError::new(span.span(), message) }
    }
}

#[derive(Deserialize, Serialize)]
struct AllowRecord<'a> {
    span: SpanRecord,
    #[serde(borrow)]
    rule: NameRecord<'a>,
    until: Option<NameRecord<'a>>,
    owner: Option<&'a str>,
    reason: &'a str,
    covers: SpanRecord,
}

impl<'a> AllowRecord<'a> {
    fn new(comment: &'a AllowComment) -> Self {
        Self {
            span: SpanRecord::new(comment.span),
            rule: NameRecord::new(&comment.rule),
            until: comment.until.as_ref().map(NameRecord::new),
            owner: comment.owner.as_deref(),
            reason: &comment.reason,
            covers: SpanRecord::new(comment.covers),
        }
    }

    fn comment(&self) -> AllowComment {
        AllowComment {
            span: self.span.span(),
            rule: self.rule.spanned(),
            until: self.until.as_ref().map(NameRecord::spanned),
            owner: self.owner.map(Box::from),
            reason: self.reason.into(),
            covers: self.covers.span(),
        }
    }
}
