//! The shortest list of roots that selects the same versions.
//!
//! Source: `mvs/mvs.go: Req`.

use super::loader::{Graph, NodeSet};
use super::modules::BuildModules;
use super::table::{ModuleTable, NodeId, PathId};
use crate::text::FastSet;

/// Roots that select the versions that a graph selects, as few as possible, those of the paths in `base` among them.
/// The graph is whole, and not pruned.
pub(in crate::model) fn minimal_roots(
    graph: &Graph,
    base: &[PathId],
    table: &ModuleTable,
    modules: &BuildModules<'_>,
) -> Vec<NodeId> {
    let requirements = Edges { graph, table, modules };
    let order = requirements.postorder(&graph.build_list(table));
    let mut implied = NodeSet::default();
    let mut roots: Vec<NodeId> = Vec::new();
    let mut listed: FastSet<PathId> = FastSet::default();
    for &path in base {
        if let Some(node) = graph.selected(path).filter(|_| listed.insert(path)) {
            roots.push(node);
            requirements.imply(node, &mut implied);
        }
    }
    for &node in order.iter().rev() {
        if graph.selected(table.path_of(node)) == Some(node) && !implied.contains(node) {
            roots.push(node);
            requirements.imply(node, &mut implied);
        }
    }
    table.sort(&mut roots);
    roots
}

/// The requirements of the versions in a graph.
struct Edges<'e> {
    graph: &'e Graph,
    table: &'e ModuleTable,
    modules: &'e BuildModules<'e>,
}

impl<'e> Edges<'e> {
    /// The versions that one requires, in order.
    fn below(&self, node: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<'e> {
        let (table, modules) = (self.table, self.modules);
        self.graph.file(node).into_iter().flat_map(move |file| modules.requirements(table, file))
    }

    /// The versions below these, each after its requirements.
    fn postorder(&self, list: &[NodeId]) -> Vec<NodeId> {
        enum GraphStep {
            Enter(NodeId),
            Leave(NodeId),
        }
        let mut order = Vec::new();
        let mut seen = NodeSet::default();
        for &first in list {
            let mut steps = vec![GraphStep::Enter(first)];
            while let Some(step) = steps.pop() {
                match step {
                    GraphStep::Leave(node) => order.push(node),
                    GraphStep::Enter(node) if seen.insert(node) => {
                        steps.push(GraphStep::Leave(node));
                        steps.extend(self.below(node).rev().map(GraphStep::Enter));
                    }
                    GraphStep::Enter(_) => {}
                }
            }
        }
        order
    }

    /// Marks a version and all that it leads to.
    fn imply(&self, node: NodeId, implied: &mut NodeSet) {
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if implied.insert(node) {
                pending.extend(self.below(node));
            }
        }
    }
}
