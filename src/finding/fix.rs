//! What a finding would have changed.

use std::borrow::Cow;

use crate::text::{FileId, Span};

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: "remove the line".
    pub message: Cow<'static, str>,
    /// The file that is changed.
    pub file: FileId,
    /// What is done to it.
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

/// What is done to a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A directive of a module file is removed, with what belongs to it: its comments, and its block where it is the
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

    /// What to type to have it applied.
    pub fn command(self) -> &'static str {
        match self {
            Self::Safe => "modwarden fix",
            Self::Unsafe => "modwarden fix --unsafe",
        }
    }
}
