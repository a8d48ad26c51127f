//! The graph of the main modules of a build, as their files state it.
//!
//! Source: `modload/buildlist.go: readModGraph`, `updatePrunedRoots`, `updateWorkspaceRoots`.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Pruning;
use super::build::{Build, LineRef};
use super::loader::{Graph, GraphLoader, Requirer};
use super::modules::BuildModules;
use super::table::{ModuleTable, NodeId, NodeVersion, PathId, SummaryId};
use crate::go::{ModulePath, ModuleVersion, Version};

/// The requirements of each module, and the versions that are selected.
#[derive(Clone, Debug)]
pub struct ModuleGraph {
    table: Arc<ModuleTable>,
    graph: Graph,
    missing: BTreeSet<ModuleVersion>,
}

impl ModuleGraph {
    /// The graph, whose numbers are of this table.
    pub(in crate::model) fn new(table: Arc<ModuleTable>, graph: Graph) -> Self {
        let missing = graph.missing().iter().filter_map(|&node| table.module_version(node)).collect();
        Self { table, graph, missing }
    }

    /// The version of a module that a build takes; `None` for one that is not in the graph, and for a main module.
    pub fn selected(&self, path: &ModulePath) -> Option<&Version> {
        let node = self.graph.selected(self.table.known_path(path.as_str())?)?;
        self.table.module_of(node).map(|(_, version)| version)
    }

    /// The modules and versions that a build takes, main modules left out, by path.
    pub fn build_list(&self) -> Vec<(&ModulePath, &Version)> {
        let mut list: Vec<_> = self.graph.all_selected().filter_map(|node| self.table.module_of(node)).collect();
        list.sort();
        list
    }

    /// Why a module is selected: a module that a main module requires, the next one that this one requires, and so on,
    /// up to the one before it. Empty if a main module requires it itself.
    pub fn chain(&self, path: &ModulePath) -> Vec<&ModulePath> {
        let mut chain = Vec::new();
        let mut next = self.table.known_path(path.as_str()).and_then(|path| self.graph.asker(path));
        // Modules may ask for each other.
        while let Some(requirer) = next.filter(|requirer| !chain.contains(requirer)) {
            chain.push(requirer);
            next = self.graph.asker(requirer);
        }
        chain.into_iter().rev().map(|path| self.table.path_text(path)).collect()
    }

    /// The modules that a build takes and whose go.mod requires this one, at any version that is not excluded, as far
    /// as go.mod files were read (`go mod graph`).
    pub fn requirers(&self, path: &str) -> impl Iterator<Item = &ModulePath> {
        let path = self.table.known_path(path);
        let counts = move |&node: &NodeId| Some(self.table.path_of(node)) == path && !self.graph.drops(node);
        let requires = move |node: NodeId| {
            let file = self.graph.file(node).map(|file| self.table.summary(file));
            file.is_some_and(|file| file.require.iter().any(counts))
        };
        let taken = self.graph.read().iter().copied().filter(|&node| self.is_selected(node));
        taken.filter(move |&node| requires(node)).filter_map(|node| Some(self.table.module_of(node)?.0))
    }

    /// The requirements of the dependencies whose go.mod files are part of the graph, sorted; excluded versions are left out
    /// (`go mod graph`).
    pub fn requirements(&self) -> Vec<GraphRequirement> {
        let mut requirements = Vec::new();
        for &node in self.graph.read() {
            let file = self.graph.file(node).map(|file| self.table.summary(file));
            let Some((from, file)) = self.table.module_version(node).zip(file) else { continue };
            for to in file.require.iter().filter(|&&node| !self.graph.drops(node)) {
                let to = self.table.module_version(*to);
                requirements.extend(to.map(|to| GraphRequirement { from: from.clone(), to }));
            }
        }
        requirements.sort();
        requirements.dedup();
        requirements
    }

    /// Whether a build takes this version of the module.
    pub fn selects(&self, module: &ModuleVersion) -> bool {
        self.selected(&module.path) == Some(&module.version)
    }

    fn is_selected(&self, node: NodeId) -> bool {
        self.graph.selected(self.table.path_of(node)) == Some(node)
    }

    /// The modules whose go.mod would have to be read from the module cache, and is not there. Their requirements are
    /// not known.
    pub fn missing(&self) -> impl ExactSizeIterator<Item = &ModuleVersion> {
        self.missing.iter()
    }

    /// Whether a go.mod file that would have to be read was not read.
    pub fn lacks_files(&self) -> bool {
        self.graph.lacks_files()
    }

    /// Whether everything was read that the go command would read, and go.mod is as it would write it: then the
    /// versions selected here are those that it selects.
    pub fn is_certain(&self) -> bool {
        self.graph.is_certain()
    }

    /// Whether go.mod files were read that are not in the repository.
    pub fn reads_cache(&self) -> bool {
        self.graph.reads_cache
    }
}

/// A requirement in the go.mod of a dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GraphRequirement {
    /// The dependency.
    pub from: ModuleVersion,
    /// The version that it requires.
    pub to: ModuleVersion,
}

/// Loads the graph of a build as far as files are available, and goes on when more are.
#[derive(Debug)]
pub(in crate::model) struct ModuleGraphLoader<'a> {
    modules: BuildModules<'a>,
    /// The files of the main modules.
    files: Vec<SummaryId>,
    loader: GraphLoader,
    /// The paths whose selected version a workspace's build looks at.
    watched: Vec<PathId>,
}

impl<'a> ModuleGraphLoader<'a> {
    /// A loader that has read the main modules, but for the lines `gone`.
    pub(in crate::model) fn new(build: &'a Build<'a>, table: &mut ModuleTable, gone: HashSet<LineRef>) -> Self {
        let modules = BuildModules::new(build, table, gone);
        let files: Vec<SummaryId> = build.mains().map(|(_, main)| table.take_in(main.go_mod())).collect();
        let mut loader = GraphLoader::of_mains(table, &modules);
        for &file in &files {
            // A pruned main module reads the go.mod of every root, and a root of an unpruned one is unpruned.
            let requirer = Requirer { path: None, follow: Some(table.summary(file).pruning) };
            loader.require(file, requirer, table, &modules);
        }
        Self { modules, files, loader, watched: Vec::new() }
    }

    /// Goes as far as it can, and returns the versions whose go.mod it needs from the module cache to go on; none when
    /// it has all.
    pub(in crate::model) fn advance(&mut self, table: &mut ModuleTable) -> Vec<NodeId> {
        loop {
            let wanted = self.loader.advance(table, &self.modules);
            if !wanted.is_empty() || !self.look_again(table) {
                return wanted;
            }
        }
    }

    /// The graph as far as it was loaded.
    pub(in crate::model) fn finish(mut self, table: &ModuleTable) -> Graph {
        self.loader.graph.is_inconsistent |= self.modules.build().work().is_none() && self.needs_update(table);
        self.loader.finish()
    }

    /// The graph from files that were asked for before. Others are missing.
    pub(in crate::model) fn finish_now(mut self, table: &mut ModuleTable) -> Graph {
        let wanted = self.advance(table);
        let mut graph = self.finish(table);
        graph.missing.extend(wanted);
        graph
    }

    /// When nothing is left to read: whether the selected modules ask for more.
    fn look_again(&mut self, table: &ModuleTable) -> bool {
        match self.modules.build().work() {
            Some(_) => self.look_at_selected(table),
            None => self.raise_roots(table),
        }
    }

    /// Pruned files of lower versions are not enough to know which versions a workspace selects from several of them,
    /// so the selected ones are read as if they were main modules.
    fn look_at_selected(&mut self, table: &ModuleTable) -> bool {
        let mut raised = Vec::new();
        for &file in &self.files {
            self.add_raised_above(file, table, &mut raised);
        }
        self.watched.sort_by_key(|&path| table.path_text(path));
        self.watched.dedup();
        for node in self.watched.iter().filter_map(|&path| self.selected_module(path, table)) {
            if let Some(file) = self.loader.graph.file(node) {
                self.add_raised_above(file, table, &mut raised);
            }
            raised.push(node);
        }
        let mut grows = false;
        for node in raised {
            self.watched.push(table.path_of(node));
            grows |= self.loader.enqueue(node, Pruning::Workspace);
        }
        grows
    }

    /// Adds the modules that are selected at higher versions than a file requires.
    fn add_raised_above(&self, file: SummaryId, table: &ModuleTable, raised: &mut Vec<NodeId>) {
        for required in self.modules.requirements(table, file) {
            let selected = self.selected_module(table.path_of(required), table);
            raised.extend(selected.filter(|&selected| table.compare(selected, required).is_gt()));
        }
    }

    /// The selected version of a module that is no main module.
    fn selected_module(&self, path: PathId, table: &ModuleTable) -> Option<NodeId> {
        self.loader.graph.selected(path).filter(|&node| table.module_of(node).is_some())
    }

    /// A pruned main module whose roots are not at their selected versions is loaded again with those
    /// (`modload.updatePrunedRoots`); the go command asks for go.mod to be updated.
    fn raise_roots(&mut self, table: &ModuleTable) -> bool {
        let Some(&file) = self.files.first() else { return false };
        if table.summary(file).pruning == Pruning::Unpruned {
            return false;
        }
        let mut grows = false;
        for &required in &table.summary(file).require {
            if let Some(root) = self.selected_module(table.path_of(required), table) {
                grows |= self.loader.enqueue(root, Pruning::Pruned);
            }
        }
        self.loader.graph.is_inconsistent |= grows;
        grows
    }

    /// Whether the go command would ask for go.mod to be updated before it lists the modules of the build.
    fn needs_update(&self, table: &ModuleTable) -> bool {
        let mut mains = self.modules.build().mains();
        let (Some((_, main)), Some(&file)) = (mains.next(), self.files.first()) else { return false };
        let graph = &self.loader.graph;
        let highest_go = graph.selected(PathId::GO).map(|node| table.version_of(node));
        let stated = main.go_mod().go.as_ref().map(|go| NodeVersion::Go(go.value.clone()));
        let is_stale = |&required: &NodeId| {
            table.module_of(required).is_some() && graph.selected(table.path_of(required)) != Some(required)
        };
        highest_go > stated.as_ref() || table.summary(file).require.iter().any(is_stale)
    }
}
