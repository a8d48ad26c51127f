//! Loads a module graph from some roots as far as go.mod files are available, and goes on when more are.
//!
//! Source: `modload/buildlist.go: readModGraph`, `mvs/graph.go`.

use std::collections::BTreeSet;

use super::Pruning;
use super::modules::{BuildModules, Lookup};
use super::table::{ModuleTable, NodeId, PathId, SummaryId};
use crate::text::FastSet;

/// The versions that minimal version selection takes, and whose requirements it has seen.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Graph {
    /// By path.
    selected: Vec<Option<NodeId>>,
    /// By path, the module whose go.mod asks for the selected version; none if a root does.
    askers: Vec<Option<PathId>>,
    /// The versions whose go.mod was read.
    read: Vec<NodeId>,
    /// By version, the file that was read.
    files: Vec<Option<SummaryId>>,
    /// The versions that requirements name.
    pub(super) named: NodeSet,
    /// The excluded versions that requirements name.
    pub(super) dropped: FastSet<NodeId>,
    /// The versions whose go.mod would have to be in the module cache, and is not.
    pub(super) missing: BTreeSet<NodeId>,
    /// The versions whose go.mod could not be had otherwise.
    pub(super) unreachable: BTreeSet<NodeId>,
    /// Whether go.mod files of the module cache were read.
    pub(super) reads_cache: bool,
    /// Whether the go command would change go.mod before it selects versions.
    pub(super) is_inconsistent: bool,
}

/// A set of versions.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeSet {
    has: Vec<bool>,
    list: Vec<NodeId>,
}

impl NodeSet {
    /// Adds one. Whether it is new.
    pub(super) fn insert(&mut self, node: NodeId) -> bool {
        if self.has.len() <= node.index() {
            self.has.resize((node.index() + 1).next_power_of_two(), false);
        }
        let is_new = !std::mem::replace(&mut self.has[node.index()], true);
        if is_new {
            self.list.push(node);
        }
        is_new
    }

    /// Whether it has one.
    pub(super) fn contains(&self, node: NodeId) -> bool {
        self.has.get(node.index()).copied().unwrap_or_default()
    }

    /// All of them, in the order in which they were added.
    pub(super) fn list(&self) -> &[NodeId] {
        &self.list
    }
}

impl Graph {
    /// The version that is selected of a path.
    pub(in crate::model) fn selected(&self, path: PathId) -> Option<NodeId> {
        self.selected.get(path.index()).copied().flatten()
    }

    /// All selected versions, those of main modules and pseudo-modules too.
    pub(super) fn all_selected(&self) -> impl Iterator<Item = NodeId> {
        self.selected.iter().flatten().copied()
    }

    /// The selected versions except main modules, by path.
    pub(in crate::model) fn build_list(&self, table: &ModuleTable) -> Vec<NodeId> {
        let mut list: Vec<NodeId> = self.all_selected().filter(|&node| !table.is_main(node)).collect();
        table.sort(&mut list);
        list
    }

    /// The module that asks for the selected version of a path; `None` if a root does.
    pub(super) fn asker(&self, path: PathId) -> Option<PathId> {
        self.askers.get(path.index()).copied().flatten()
    }

    /// The versions whose requirements are part of the graph, selected or not.
    pub(in crate::model) fn read(&self) -> &[NodeId] {
        &self.read
    }

    /// The file of a version whose requirements are part of the graph.
    pub(in crate::model) fn file(&self, node: NodeId) -> Option<SummaryId> {
        self.files.get(node.index()).copied().flatten()
    }

    fn add_file(&mut self, node: NodeId, file: SummaryId) {
        if self.files.len() <= node.index() {
            self.files.resize((node.index() + 1).next_power_of_two(), None);
        }
        if self.files[node.index()].replace(file).is_none() {
            self.read.push(node);
        }
    }

    /// Every version that a requirement names, selected or not, without excluded ones.
    pub(in crate::model) fn named(&self) -> &[NodeId] {
        self.named.list()
    }

    /// Whether a requirement that is not excluded names it.
    pub(in crate::model) fn names(&self, node: NodeId) -> bool {
        self.named.contains(node)
    }

    /// Whether a requirement on it was left out because it is excluded.
    pub(in crate::model) fn drops(&self, node: NodeId) -> bool {
        self.dropped.contains(&node)
    }

    /// The versions, replacements done, whose go.mod would have to be in the module cache, and is not.
    pub(in crate::model) fn missing(&self) -> &BTreeSet<NodeId> {
        &self.missing
    }

    /// The versions whose go.mod could not be had otherwise.
    pub(in crate::model) fn unreachable(&self) -> &BTreeSet<NodeId> {
        &self.unreachable
    }

    /// Whether a go.mod file that would have to be read was not read.
    pub(in crate::model) fn lacks_files(&self) -> bool {
        !self.missing.is_empty() || !self.unreachable.is_empty()
    }

    /// Whether everything was read that the go command would read, and go.mod is as it would write it.
    pub(in crate::model) fn is_certain(&self) -> bool {
        !self.lacks_files() && !self.is_inconsistent
    }

    /// Whether a build would take the same modules. Both are of one table.
    pub(in crate::model) fn selects_like(&self, other: &Self) -> bool {
        let paths = self.selected.len().max(other.selected.len());
        let modules = PathId::TOOLCHAIN.index() + 1..paths;
        let at = |graph: &Self, path: usize| graph.selected.get(path).copied().flatten();
        let is_same = modules.into_iter().all(|path| at(self, path) == at(other, path));
        is_same && self.is_certain() == other.is_certain()
    }
}

/// A version that is looked at, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Visit {
    node: NodeId,
    pruning: Pruning,
}

/// Who has the requirements of a file, and how they are followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requirer {
    /// The path of the module; `None` for a main module.
    pub(super) path: Option<PathId>,
    /// How the required versions are read; `None` if they are not.
    pub(super) follow: Option<Pruning>,
}

/// A graph on its way.
#[derive(Debug, Default)]
pub(in crate::model) struct GraphLoader {
    pub(super) graph: Graph,
    queue: Vec<Visit>,
    seen: FastSet<Visit>,
    /// Which files were taken in, and how: one may be that of thousands of modules, and says nothing new the second
    /// time.
    taken: FastSet<(SummaryId, Option<Pruning>)>,
}

impl GraphLoader {
    /// The graph of a build with roots that its files need not list, followed as `pruning` says.
    pub(in crate::model) fn of_roots(
        table: &ModuleTable,
        modules: &BuildModules<'_>,
        pruning: Pruning,
        roots: &[NodeId],
    ) -> Self {
        let mut loader = Self::of_mains(table, modules);
        for &root in roots {
            loader.select(table, root, None);
            loader.enqueue(root, pruning);
        }
        loader
    }

    /// The graph of the main modules, without their requirements.
    pub(super) fn of_mains(table: &ModuleTable, modules: &BuildModules<'_>) -> Self {
        let mut loader = Self::default();
        for &main in modules.mains() {
            loader.select(table, main, None);
        }
        loader
    }

    /// Goes as far as it can, and returns the versions whose go.mod it needs from the module cache to go on; none when
    /// it has all.
    pub(in crate::model) fn advance(&mut self, table: &mut ModuleTable, modules: &BuildModules<'_>) -> Vec<NodeId> {
        let mut wanted = Vec::new();
        let mut waiting = Vec::new();
        while let Some(visit) = self.queue.pop() {
            match modules.look_up(table, visit.node) {
                Lookup::Found(file) => self.visit(visit, file, table, modules),
                Lookup::Cached(file, _) => {
                    self.graph.reads_cache = true;
                    self.visit(visit, file, table, modules);
                }
                Lookup::Absent(home) => {
                    self.graph.missing.insert(home);
                }
                Lookup::Unreachable | Lookup::Mismatched(_) => {
                    self.graph.unreachable.insert(visit.node);
                }
                Lookup::Unknown(home) => {
                    wanted.push(home);
                    waiting.push(visit);
                }
            }
        }
        self.queue = waiting;
        wanted
    }

    /// The graph as far as it was loaded.
    pub(in crate::model) fn finish(self) -> Graph {
        self.graph
    }

    fn visit(&mut self, visit: Visit, file: SummaryId, table: &ModuleTable, modules: &BuildModules<'_>) {
        let own = table.summary(file).pruning;
        let next = if visit.pruning == Pruning::Unpruned { Pruning::Unpruned } else { own };
        let follows = visit.pruning != Pruning::Pruned || own == Pruning::Unpruned;
        let follow = follows.then_some(next);
        if self.taken.insert((file, follow)) {
            let requirer = Requirer { path: Some(table.path_of(visit.node)), follow };
            self.require(file, requirer, table, modules);
        }
        self.graph.add_file(visit.node, file);
    }

    /// Adds the requirements of a file, and goes on to read them if they are followed.
    pub(super) fn require(
        &mut self,
        file: SummaryId,
        requirer: Requirer,
        table: &ModuleTable,
        modules: &BuildModules<'_>,
    ) {
        for &required in &table.summary(file).require {
            if modules.is_excluded(required) {
                self.graph.dropped.insert(required);
                continue;
            }
            self.select(table, required, requirer.path);
            if let Some(pruning) = requirer.follow {
                self.enqueue(required, pruning);
            }
            self.graph.named.insert(required);
        }
    }

    fn select(&mut self, table: &ModuleTable, node: NodeId, asker: Option<PathId>) {
        let path = table.path_of(node).index();
        if self.graph.selected.len() <= path {
            let count = table.path_count().max(path + 1);
            self.graph.selected.resize(count, None);
            self.graph.askers.resize(count, None);
        }
        let selected = &mut self.graph.selected[path];
        if selected.is_none_or(|known| table.compare(known, node).is_lt()) {
            *selected = Some(node);
            self.graph.askers[path] = asker;
        }
    }

    /// Adds a version to those that are still to be read. Whether it is new.
    pub(super) fn enqueue(&mut self, node: NodeId, pruning: Pruning) -> bool {
        let visit = Visit { node, pruning };
        let is_new = self.seen.insert(visit);
        if is_new {
            self.queue.push(visit);
        }
        is_new
    }
}
