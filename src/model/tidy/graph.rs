//! The module graph of any list of roots, and the shortest list of roots that selects the same.
//!
//! Source: `modload/buildlist.go: readModGraph`, `mvs/mvs.go: Req`. Unlike [`super::super::ModuleGraph`] it is of roots
//! that no go.mod lists yet, and it remembers the requirements of each module.

use std::collections::{HashMap, HashSet};

use super::super::graph::Pruning;
use super::Stop;
use super::universe::{NodeId, PathId, TidyUniverse};

/// The versions that are selected with some roots, and whose requirements are part of it.
#[derive(Debug)]
pub(super) struct Graph {
    selected: Vec<Option<NodeId>>,
    required: Vec<NodeId>,
    is_whole: bool,
}

impl Graph {
    /// Loads the graph of a main module with these roots, as far as go.mod files are available.
    pub(super) fn load(universe: &mut TidyUniverse<'_>, pruning: Pruning, roots: &[NodeId]) -> Self {
        let mut graph = Self { selected: Vec::new(), required: Vec::new(), is_whole: true };
        graph.select(universe, NodeId::MAIN);
        roots.iter().for_each(|&root| graph.select(universe, root));
        let mut seen: HashSet<(NodeId, Pruning)> = HashSet::new();
        let mut read: HashSet<NodeId> = HashSet::from([NodeId::MAIN]);
        let mut wave: Vec<(NodeId, Pruning)> = roots.iter().map(|&root| (root, pruning)).collect();
        while !wave.is_empty() {
            wave.retain(|visit| visit.0 != NodeId::MAIN && seen.insert(*visit));
            let nodes: Vec<NodeId> = wave.iter().map(|(node, _)| *node).collect();
            universe.summarize(&nodes);
            let mut next = Vec::new();
            for (node, pruning) in wave {
                let Some(summary) = universe.summary(node).cloned() else {
                    graph.is_whole = false;
                    continue;
                };
                if read.insert(node) {
                    graph.required.push(node);
                    summary.require.iter().for_each(|&required| graph.select(universe, required));
                }
                let below = if pruning == Pruning::Unpruned { Pruning::Unpruned } else { summary.pruning };
                if pruning == Pruning::Unpruned || summary.pruning == Pruning::Unpruned {
                    next.extend(summary.require.iter().map(|&required| (required, below)));
                }
            }
            wave = next;
        }
        graph
    }

    fn select(&mut self, universe: &TidyUniverse<'_>, node: NodeId) {
        let path = universe.path_of(node).index();
        if self.selected.len() <= path {
            self.selected.resize(universe.path_count().max(path + 1), None);
        }
        let selected = &mut self.selected[path];
        if selected.is_none_or(|known| universe.compare(known, node).is_lt()) {
            *selected = Some(node);
        }
    }

    /// Fails if a go.mod was not available.
    pub(super) fn check_whole(&self) -> Result<(), Stop> {
        if self.is_whole { Ok(()) } else { Err(Stop) }
    }

    /// The version that is selected of a path.
    pub(super) fn selected(&self, path: PathId) -> Option<NodeId> {
        self.selected.get(path.index()).copied().flatten()
    }

    /// The versions whose requirements are part of the graph, selected or not.
    pub(super) fn required(&self) -> &[NodeId] {
        &self.required
    }

    /// The selected versions except the main module, by path.
    pub(super) fn build_list(&self, universe: &TidyUniverse<'_>) -> Vec<NodeId> {
        let mut list: Vec<NodeId> =
            self.selected.iter().flatten().copied().filter(|&node| node != NodeId::MAIN).collect();
        universe.sort(&mut list);
        list
    }
}

/// Roots that select the versions that `keep` selects, as few as possible, those of the paths in `base` among them; and
/// the selected versions (`mvs.Req`). Fails if a go.mod is not available.
pub(super) fn minimal_roots(
    universe: &mut TidyUniverse<'_>,
    base: &[PathId],
    keep: &[NodeId],
) -> Result<(Vec<NodeId>, Vec<NodeId>), Stop> {
    let graph = Graph::load(universe, Pruning::Unpruned, keep);
    graph.check_whole()?;
    let list = graph.build_list(universe);
    let order = postorder(universe, &list);
    let mut implied: HashSet<NodeId> = HashSet::new();
    let mut roots: Vec<NodeId> = Vec::new();
    let mut listed: HashSet<PathId> = HashSet::new();
    for &path in base {
        if let Some(node) = graph.selected(path).filter(|_| listed.insert(path)) {
            roots.push(node);
            imply(universe, node, &mut implied);
        }
    }
    for &node in order.iter().rev() {
        if graph.selected(universe.path_of(node)) == Some(node) && !implied.contains(&node) {
            roots.push(node);
            imply(universe, node, &mut implied);
        }
    }
    universe.sort(&mut roots);
    Ok((roots, list))
}

/// The versions below these, each after its requirements.
fn postorder(universe: &TidyUniverse<'_>, list: &[NodeId]) -> Vec<NodeId> {
    enum GraphStep {
        Enter(NodeId),
        Leave(NodeId),
    }
    let mut order = Vec::new();
    let mut seen: HashSet<NodeId> = HashSet::from([NodeId::MAIN]);
    for &first in list {
        let mut steps = vec![GraphStep::Enter(first)];
        while let Some(step) = steps.pop() {
            match step {
                GraphStep::Leave(node) => order.push(node),
                GraphStep::Enter(node) if seen.insert(node) => {
                    steps.push(GraphStep::Leave(node));
                    let require = universe.summary(node).map(|summary| summary.require.as_slice()).unwrap_or_default();
                    steps.extend(require.iter().rev().map(|&required| GraphStep::Enter(required)));
                }
                GraphStep::Enter(_) => {}
            }
        }
    }
    order
}

/// Marks a version and all that it leads to.
fn imply(universe: &TidyUniverse<'_>, node: NodeId, implied: &mut HashSet<NodeId>) {
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        if implied.insert(node) {
            let require = universe.summary(node).map(|summary| summary.require.as_slice()).unwrap_or_default();
            pending.extend(require);
        }
    }
}

/// The highest version of each path among roots.
pub(super) fn highest(universe: &TidyUniverse<'_>, roots: &[NodeId]) -> HashMap<PathId, NodeId> {
    let mut highest: HashMap<PathId, NodeId> = HashMap::new();
    for &root in roots {
        let known = highest.entry(universe.path_of(root)).or_insert(root);
        if universe.compare(*known, root).is_lt() {
            *known = root;
        }
    }
    highest
}
