//! `go.work`.
//!
//! Source: `golang.org/x/mod/modfile/work.go`.

use super::go_mod::{Godebug, Replace};
use super::modfile::Line;
use crate::go::GoVersion;
use crate::text::Spanned;

/// A workspace file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoWork {
    /// `go`.
    pub go: Option<Spanned<GoVersion>>,
    /// `toolchain`.
    pub toolchain: Option<Spanned<Box<str>>>,
    /// `godebug`.
    pub godebug: Vec<Godebug>,
    /// `use`.
    pub use_: Vec<Use>,
    /// `replace`.
    pub replace: Vec<Replace>,
}

/// `use directory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The directory, as written, relative to the workspace file.
    pub path: Spanned<Box<str>>,
    /// The line.
    pub line: Line,
}
