//! An edge of the graphs of packages.

use crate::go::BuildSet;

/// The imports of one package by another.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackageEdge {
    pub(super) to: usize,
    /// The builds in which one of the importing files takes part.
    pub(super) builds: BuildSet,
}
