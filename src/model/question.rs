//! The question to the module cache on which the module of an import depends.

use crate::go::{ModulePath, Version};

/// Whether a module version has Go files in a directory: a question that only the module cache can answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The module path, after replacement.
    pub module: ModulePath,
    /// The version, after replacement.
    pub version: Version,
    /// The directory below the module's root; empty for the root.
    pub directory: String,
}
