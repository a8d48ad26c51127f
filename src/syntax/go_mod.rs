//! `go.mod`, all directives to Go 1.27.
//!
//! Source: `golang.org/x/mod/modfile/rule.go`; its messages are kept word for word.

use super::modfile::Line;
use crate::go::{GoVersion, ImportPath, ModulePath, Version};
use crate::text::Spanned;

/// A module file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoMod {
    /// `module`.
    pub module: Option<ModuleLine>,
    /// `go`.
    pub go: Option<Spanned<GoVersion>>,
    /// `toolchain`.
    pub toolchain: Option<Spanned<Box<str>>>,
    /// `godebug`.
    pub godebug: Vec<Godebug>,
    /// `require`.
    pub require: Vec<Require>,
    /// `exclude`.
    pub exclude: Vec<Exclude>,
    /// `replace`.
    pub replace: Vec<Replace>,
    /// `retract`.
    pub retract: Vec<Retract>,
    /// `tool`.
    pub tool: Vec<Tool>,
    /// `ignore`.
    pub ignore: Vec<Ignore>,
}

/// `module path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLine {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The message of a `// Deprecated:` paragraph.
    pub deprecated: Option<Box<str>>,
    /// The line.
    pub line: Line,
}

/// `godebug key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Godebug {
    /// The setting.
    pub key: Spanned<Box<str>>,
    /// Its value.
    pub value: Box<str>,
    /// The line.
    pub line: Line,
}

/// `require path version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Require {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version, canonical.
    pub version: Spanned<Version>,
    /// Whether the line is marked `// indirect`.
    pub indirect: bool,
    /// The line.
    pub line: Line,
}

/// `exclude path version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclude {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version, canonical.
    pub version: Spanned<Version>,
    /// The line.
    pub line: Line,
}

/// `replace old [version] => target`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The replaced module path.
    pub old: Spanned<ModulePath>,
    /// The replaced version; `None` for every version.
    pub old_version: Option<Spanned<Version>>,
    /// What takes its place.
    pub new: ReplaceTarget,
    /// The line.
    pub line: Line,
}

/// The right side of a `replace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplaceTarget {
    /// A directory, as written.
    Directory(Spanned<Box<str>>),
    /// A module version.
    Module {
        /// The module path.
        path: Spanned<ModulePath>,
        /// The version, canonical.
        version: Spanned<Version>,
    },
}

/// `retract version` or `retract [low, high]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retract {
    /// The lowest retracted version.
    pub low: Spanned<Version>,
    /// The highest; the same as `low` for a single version.
    pub high: Spanned<Version>,
    /// The comment that explains it, as the go command collects it.
    pub rationale: Box<str>,
    /// The line.
    pub line: Line,
}

/// `tool path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The package path.
    pub path: Spanned<ImportPath>,
    /// The line.
    pub line: Line,
}

/// `ignore path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The directory pattern, as written.
    pub path: Spanned<Box<str>>,
    /// The line.
    pub line: Line,
}
