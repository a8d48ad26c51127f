//! The changes that fix findings.

use std::borrow::Cow;

use crate::text::{FileId, Span};

/// A change that fixes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The change, in the imperative: "remove the line".
    pub message: Cow<'static, str>,
    /// The file that is changed.
    pub file: FileId,
    /// The kind of change.
    pub change: Change,
    /// Whether the change is certain to be right.
    pub applicability: Applicability,
}

impl Fix {
    /// The removal of a directive of a module file.
    pub fn remove_line(file: FileId, line: Span, applicability: Applicability) -> Self {
        Self { message: "remove the line".into(), file, change: Change::RemoveLine(line), applicability }
    }
}

/// A change to a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A directive of a module file is removed, together with its comments, and its block if it is the
    /// last in it.
    RemoveLine(Span),
    /// A module file requires a module, or no longer. It is written as the go command writes it.
    Require {
        /// The module path.
        path: String,
        /// The version, and whether it is marked `// indirect`; `None` to remove it.
        to: Option<(String, bool)>,
    },
    /// A requirement is marked `// indirect`, or no longer; its line stays where it is.
    Mark {
        /// The line.
        line: Span,
        /// Whether it is marked.
        indirect: bool,
    },
    /// A module file gets this version on its `go` line.
    Go(String),
    /// A module file gets this name on its `toolchain` line, or loses the line.
    Toolchain(Option<String>),
    /// A module file is written as the go command writes it, each requirement once.
    Rewrite,
    /// A list of checksums is written as the go command writes it, each line once.
    RewriteSums,
    /// The list of checksums of a module gets a line.
    AddSum(String),
    /// A list of checksums loses a line.
    RemoveSum(Span),
}

/// Whether a change is certain to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// It rests on all that the go command would look at.
    Safe,
    /// It rests on less, or a person may have meant it so.
    Unsafe,
}

impl Applicability {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }

    /// The command that applies it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Safe => "modwarden fix",
            Self::Unsafe => "modwarden fix --unsafe",
        }
    }
}
