//! `vendor/modules.txt`.
//!
//! Source: `modload/vendor.go: readVendorList`.

use crate::go::{ImportPath, ModulePath, Version};
use crate::text::Spanned;

/// The manifest of a vendor directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorModules {
    /// Whether the first line carries `## workspace`.
    pub workspace: bool,
    /// The module lines, in order, trailing replacement lines included.
    pub modules: Vec<VendoredModule>,
}

/// A `# path version` line and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredModule {
    /// The module path.
    pub path: Spanned<ModulePath>,
    /// The version; `None` on a line that replaces every version.
    pub version: Option<Spanned<Version>>,
    /// What stands after `=>`: a path and perhaps a version.
    pub replacement: Option<(Spanned<Box<str>>, Option<Spanned<Version>>)>,
    /// Whether `## explicit` was given.
    pub explicit: bool,
    /// The packages listed below it.
    pub packages: Vec<VendoredPackage>,
}

/// A package line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredPackage {
    /// The import path.
    pub path: Spanned<ImportPath>,
}
