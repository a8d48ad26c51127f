//! The words of the document that have a fixed set of values, each next to the type that it copies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Applicability, Evidence, Family, NotificationKind, PassedBy, Severity, SuppressionKind, Verdict};
use crate::text::Home;

/// Declares an enum whose values are written as words, with the conversions from and to the type that it copies.
macro_rules! words {
    ($(#[$doc:meta])* $record:ident of $core:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub(in crate::report) enum $record {
            $($(#[$value_doc])* #[serde(rename = $word)] $value,)*
        }

        impl From<$core> for $record {
            fn from(value: $core) -> Self {
                match value { $($core::$value => Self::$value,)* }
            }
        }

        impl From<$record> for $core {
            fn from(value: $record) -> Self {
                match value { $($record::$value => Self::$value,)* }
            }
        }
    };
}

words! {
    /// How much something matters.
    SeverityWord of Severity {
        /// Worth knowing.
        Note = "note",
        /// Worth fixing; does not fail a run by default.
        Warn = "warn",
        /// Fails a run by default.
        Error = "error",
    }
}

words! {
    /// The evidence of a statement.
    EvidenceWord of Evidence {
        /// The repository's own files.
        Source = "source",
        /// And the packages in `vendor/`.
        Vendor = "vendor",
        /// And the modules in the module cache.
        ModuleCache = "module-cache",
    }
}

words! {
    /// The group of a rule.
    FamilyWord of Family {
        /// Which packages may import which.
        Imports = "imports",
        /// Which modules may be required.
        Modules = "modules",
        /// Where `replace` and `exclude` may be used.
        Replace = "replace and exclude",
        /// Whether the modules of a workspace fit together.
        Workspace = "workspace",
        /// Whether vendor directories match go.mod and their modules.
        Vendor = "vendor",
        /// Lines that are unused, missing or marked wrongly.
        Residual = "residual",
        /// Whether checksums agree.
        Integrity = "integrity",
        /// The policy itself.
        Policy = "policy",
    }
}

words! {
    /// Whether the run could do its work.
    VerdictWord of Verdict {
        /// Everything that matters was checked.
        Judged = "judged",
        /// The policy is wrong, so nothing was checked.
        Invalid = "invalid",
        /// Something that could change the answer was not seen or not decided.
        Undecided = "undecided",
    }
}

words! {
    /// The sort of a notification.
    NotificationWord of NotificationKind {
        /// A mistake in the policy.
        Policy = "policy",
        /// Something that could not be seen.
        NotVisible = "not-visible",
        /// Something about how the run was done.
        Information = "information",
        /// Detail that the forms for people show with `--verbose`.
        Verbose = "verbose",
    }
}

words! {
    /// The kind of exception that covers a finding.
    SuppressionWord of SuppressionKind {
        /// An `[[exception]]` of the policy.
        Exception = "exception",
        /// A `//modwarden:allow` comment.
        Inline = "inline",
    }
}

words! {
    /// Whether a fix is certain to be right.
    ApplicabilityWord of Applicability {
        /// `modwarden fix` applies it.
        Safe = "safe",
        /// `modwarden fix --unsafe` applies it.
        Unsafe = "unsafe",
    }
}

words! {
    /// Who lets a run pass although a rule is undecided.
    PassedByWord of PassedBy {
        /// The policy.
        Policy = "policy",
        /// The command line.
        CommandLine = "command-line",
    }
}

words! {
    /// Where a file belongs.
    HomeWord of Home {
        /// In the repository.
        Repository = "repository",
        /// Elsewhere on disk, such as a policy that `--policy` names.
        Outside = "outside",
        /// In modwarden itself: a built-in pack.
        Embedded = "program",
    }
}

/// The least severity that makes a run fail.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::report) enum FailOnWord {
    /// Every finding.
    Note,
    /// Warnings and errors.
    Warn,
    /// Errors.
    Error,
    /// None.
    Never,
}

impl From<Option<Severity>> for FailOnWord {
    fn from(value: Option<Severity>) -> Self {
        match value {
            Some(Severity::Note) => Self::Note,
            Some(Severity::Warn) => Self::Warn,
            Some(Severity::Error) => Self::Error,
            None => Self::Never,
        }
    }
}

impl From<FailOnWord> for Option<Severity> {
    fn from(value: FailOnWord) -> Self {
        match value {
            FailOnWord::Note => Some(Severity::Note),
            FailOnWord::Warn => Some(Severity::Warn),
            FailOnWord::Error => Some(Severity::Error),
            FailOnWord::Never => None,
        }
    }
}

/// Which state of the repository was checked.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::report) enum StateWord {
    /// The files on disk.
    Worktree,
    /// The index.
    Index,
    /// A commit.
    Commit,
    /// Files in memory.
    Memory,
    /// Several states, whose reports `modwarden merge` joined.
    Merged,
}

/// The verdict on a requirement.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::report) enum RequirementWord {
    /// It is needed as it is.
    Needed,
    /// It is needed, and should be marked `// indirect`.
    LacksIndirect,
    /// It is needed, and should not be marked `// indirect`.
    NotIndirect,
    /// It is needed, and a higher version is selected.
    Low,
    /// Another line requires the same module.
    Repeated,
    /// Nothing needs it.
    Unused,
    /// It is not known whether anything needs it.
    Undecided,
}
