//! The module graph: which requirements count, which versions minimal version selection takes, and how far go.mod files
//! are pruned. The one graph for builds as their files state them, and for roots that are worked out.
//!
//! The go.mod files of dependencies come from outside, a batch at a time; if one is not available, the graph says so.

mod build;
mod loader;
mod module_graph;
mod modules;
mod roots;
mod table;

pub(super) use self::build::{Build, LineRef};
pub(super) use self::loader::{Graph, GraphLoader};
pub(crate) use self::module_graph::GraphRequirement;
pub use self::module_graph::ModuleGraph;
pub(super) use self::module_graph::ModuleGraphLoader;
pub(super) use self::modules::{BuildModules, Lookup};
pub(super) use self::roots::minimal_roots;
pub(super) use self::table::{ModuleTable, NodeId, NodeVersion, PathId};
use crate::syntax::GoMod;

/// How far the requirements of a module are followed (`modload.modPruning`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pruning {
    /// Only those of the module itself count: its go.mod lists all that its packages need.
    Pruned,
    /// All count.
    Unpruned,
    /// All requirements of the main modules count, and the selected modules are looked at again.
    Workspace,
}

impl Pruning {
    /// How far the `go` line of a module lets its go.mod be pruned.
    pub(super) fn of(go_mod: &GoMod) -> Self {
        let lists_all = go_mod.go.as_ref().is_some_and(|go| go.value.is_at_least("1.17"));
        if lists_all { Self::Pruned } else { Self::Unpruned }
    }
}
