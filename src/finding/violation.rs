//! The result of a rule.

use super::{Evidence, Fix, IdentitySubject, Severity};
use crate::text::{FileId, Span};

/// A place in a file and the message for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: FileId,
    /// The bytes to underline.
    pub span: Span,
    /// A few words for this place; may be empty on a primary label.
    pub message: String,
    /// Whether it is the next step of a chain that begins at the primary label.
    pub is_step: bool,
}

impl Label {
    /// A label with its words.
    pub fn new(file: FileId, span: Span, message: impl Into<String>) -> Self {
        Self { file, span, message: message.into(), is_step: false }
    }

    /// The next step of a chain that begins at the primary label.
    pub fn step(file: FileId, span: Span, message: impl Into<String>) -> Self {
        Self { is_step: true, ..Self::new(file, span, message) }
    }
}

/// A fact that breaks a rule: its message and place. The engine weighs it and makes it a `Finding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The subject of the identity: directories, packages, modules or a file, never a line.
    pub subject: IdentitySubject,
    /// One sentence, with the names in back quotes.
    pub message: String,
    /// Where the fault is.
    pub primary: Label,
    /// The line of policy that forbids it, each hop of a chain, the first of two duplicates.
    pub related: Vec<Label>,
    /// The remedy.
    pub help: Option<String>,
    /// The default severity of this violation, if it differs from that of the rule.
    pub severity: Option<Severity>,
    /// The evidence of the statement.
    pub evidence: Evidence,
    /// The highest severity that it can have, whatever the policy says; `None` where the policy alone decides.
    pub at_most: Option<Severity>,
    /// The build constraint of the file, in `//go:build` form, where there is one.
    pub constraint: Option<String>,
    /// The path that an exception's `imports` patterns are compared with: the imported package or the module's path.
    pub about: Option<String>,
    /// The change that fixes it, if it is known.
    pub fix: Option<Fix>,
}

impl Violation {
    /// A violation with no more than it must have, which rests on the repository's own files.
    pub fn new(subject: IdentitySubject, message: impl Into<String>, primary: Label) -> Self {
        Self {
            subject,
            message: message.into(),
            primary,
            related: Vec::new(),
            help: None,
            severity: None,
            evidence: Evidence::Source,
            at_most: None,
            constraint: None,
            about: None,
            fix: None,
        }
    }
}
