//! A module path and a version together: what Go calls a module version.

use super::{ModulePath, Version};

/// A module at a version (`module.Version`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleVersion {
    /// The module path.
    pub path: ModulePath,
    /// The version.
    pub version: Version,
}
