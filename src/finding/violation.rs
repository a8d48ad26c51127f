//! What a rule returns.

use super::{Evidence, Fix, IdentitySubject, Severity};
use crate::text::{FileId, Span};

/// A place in a file and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: FileId,
    /// The bytes to underline.
    pub span: Span,
    /// A few words for this place; may be empty on a primary label.
    pub message: String,
}

impl Label {
    /// A label with its words.
    pub fn new(file: FileId, span: Span, message: impl Into<String>) -> Self {
        Self { file, span, message: message.into() }
    }
}

/// A fact that breaks a rule: what and where. The engine weighs it and makes it a `Finding`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What the identity rests on: directories, packages, modules or a file, never a line.
    pub subject: IdentitySubject,
    /// One sentence, with the names in back quotes.
    pub message: String,
    /// Where the fault is.
    pub primary: Label,
    /// The line of policy that forbids it, each hop of a chain, the first of two duplicates.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// How much it matters where the policy says nothing of it, if that is not what the rule's findings usually matter.
    pub severity: Option<Severity>,
    /// What the statement rests on.
    pub evidence: Evidence,
    /// The highest severity that it can have, whatever the policy says; `None` where the policy alone decides.
    pub at_most: Option<Severity>,
    /// The build constraint of the file, in `//go:build` form, where there is one.
    pub constraint: Option<String>,
    /// What an exception's `imports` patterns are held against: the imported package or the module's path.
    pub about: Option<String>,
    /// The change that mends it, where that is known.
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
