//! Module paths and versions by number, and the requirements in the go.mod files that were read.
//!
//! All graphs of a model share one table, so that each path is compared by its text once, and each file is taken in once.
//! A table knows nothing of one build: neither its main modules nor its `replace` and `exclude` lines.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Pruning;
use crate::go::{GoVersion, ModulePath, ModuleVersion, Version};
use crate::syntax::{GoMod, Parsed};
use crate::text::{FastMap, RepoPath};

/// A module path, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) struct PathId(u32);

impl PathId {
    /// The pseudo-module whose version is that of the `go` line.
    pub(in crate::model) const GO: Self = Self(0);
    /// The pseudo-module whose version is the name on the `toolchain` line.
    pub(in crate::model) const TOOLCHAIN: Self = Self(1);

    /// Its place in a list by number.
    pub(in crate::model) fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether a module can have it.
    pub(in crate::model) fn is_module(self) -> bool {
        self > Self::TOOLCHAIN
    }
}

/// A version of a module, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) struct NodeId(u32);

impl NodeId {
    /// Its place in a list by number.
    pub(in crate::model) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The requirements of a go.mod file, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) struct SummaryId(u32);

/// A version, in the sense of its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::model) enum NodeVersion {
    /// Of the pseudo-module `go`.
    Go(GoVersion),
    /// Of the pseudo-module `toolchain`: the Go version that the name stands for, and the name.
    Toolchain(Option<GoVersion>, Arc<str>),
    /// Of a module.
    Module(Version),
    /// Of a main module as it is, which is above all others.
    Main,
}

impl NodeVersion {
    /// That of a `toolchain` line.
    pub(in crate::model) fn toolchain(name: &str) -> Self {
        Self::Toolchain(GoVersion::of_toolchain(name), name.into())
    }
}

/// The content of a go.mod, as far as a graph depends on it (`modload.modFileSummary`).
#[derive(Debug)]
pub(in crate::model) struct GoModSummary {
    /// The path on its `module` line.
    pub(in crate::model) declared: Option<ModulePath>,
    /// Its requirements in order, excluded ones too, its `go` line last if that is at least Go 1.21.
    pub(super) require: Vec<NodeId>,
    /// How far its requirements are followed.
    pub(super) pruning: Pruning,
}

/// The go.mod file that the module cache has for a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CachedFile {
    /// Nobody has asked for it yet.
    Unknown,
    /// The module cache does not have it.
    Absent,
    /// It was read. Those of pseudo-modules always were.
    Read(SummaryId),
}

#[derive(Debug)]
struct GraphNode {
    path: PathId,
    version: NodeVersion,
    file: CachedFile,
}

/// The paths, versions and files of module graphs.
#[derive(Debug)]
pub(in crate::model) struct ModuleTable {
    paths: Vec<ModulePath>,
    path_ids: FastMap<ModulePath, PathId>,
    nodes: Vec<GraphNode>,
    node_ids: FastMap<(PathId, NodeVersion), NodeId>,
    summaries: Vec<GoModSummary>,
    /// The files in directories of the repository.
    in_repository: FastMap<RepoPath, SummaryId>,
}

impl ModuleTable {
    /// A table without modules.
    pub(in crate::model) fn new() -> Self {
        let mut table = Self {
            paths: Vec::new(),
            path_ids: FastMap::default(),
            nodes: Vec::new(),
            node_ids: FastMap::default(),
            summaries: Vec::new(),
            in_repository: FastMap::default(),
        };
        // In the order of the constants.
        table.path(&ModulePath::new("go"));
        table.path(&ModulePath::new("toolchain"));
        table
    }

    /// The number of a path.
    pub(super) fn path(&mut self, path: &ModulePath) -> PathId {
        if let Some(&known) = self.path_ids.get(path) {
            return known;
        }
        let id = PathId(number(self.paths.len()));
        self.paths.push(path.clone());
        self.path_ids.insert(path.clone(), id);
        id
    }

    /// The number of a path that something requires.
    pub(in crate::model) fn known_path(&self, path: &str) -> Option<PathId> {
        self.path_ids.get(path).copied()
    }

    /// How many paths there are.
    pub(super) fn path_count(&self) -> usize {
        self.paths.len()
    }

    /// The number of a version.
    pub(in crate::model) fn node(&mut self, path: PathId, version: NodeVersion) -> NodeId {
        let key = (path, version);
        if let Some(&known) = self.node_ids.get(&key) {
            return known;
        }
        let file = self.file_of_pseudo(&key.1);
        let id = NodeId(number(self.nodes.len()));
        self.node_ids.insert(key.clone(), id);
        self.nodes.push(GraphNode { path, version: key.1, file });
        id
    }

    /// `go 1.21` and above require the toolchain of that name.
    fn file_of_pseudo(&mut self, version: &NodeVersion) -> CachedFile {
        let require = match version {
            NodeVersion::Module(_) | NodeVersion::Main => return CachedFile::Unknown,
            NodeVersion::Go(version) if version.is_at_least("1.21") => {
                vec![self.node(PathId::TOOLCHAIN, NodeVersion::toolchain(&format!("go{version}")))]
            }
            NodeVersion::Go(_) | NodeVersion::Toolchain(..) => Vec::new(),
        };
        CachedFile::Read(self.add(GoModSummary { declared: None, require, pruning: Pruning::Pruned }))
    }

    /// The number of a version of a module.
    pub(in crate::model) fn module(&mut self, path: &ModulePath, version: &Version) -> NodeId {
        let path = self.path(path);
        self.node(path, NodeVersion::Module(version.clone()))
    }

    /// The number of a version of a module that something requires.
    pub(in crate::model) fn known_module(&self, path: &ModulePath, version: &Version) -> Option<NodeId> {
        let path = self.known_path(path.as_str())?;
        self.node_ids.get(&(path, NodeVersion::Module(version.clone()))).copied()
    }

    /// The number of a main module as it is.
    pub(in crate::model) fn main(&mut self, path: &ModulePath) -> NodeId {
        let path = self.path(path);
        self.node(path, NodeVersion::Main)
    }

    /// The number of a Go version.
    pub(in crate::model) fn go(&mut self, version: &GoVersion) -> NodeId {
        self.node(PathId::GO, NodeVersion::Go(version.clone()))
    }

    /// The path of a version.
    pub(in crate::model) fn path_of(&self, node: NodeId) -> PathId {
        self.nodes[node.index()].path
    }

    /// The text of a path.
    pub(in crate::model) fn path_text(&self, path: PathId) -> &ModulePath {
        &self.paths[path.index()]
    }

    /// A version.
    pub(in crate::model) fn version_of(&self, node: NodeId) -> &NodeVersion {
        &self.nodes[node.index()].version
    }

    /// The path and the version of a module; `None` for a node that no go.mod could require.
    pub(in crate::model) fn module_of(&self, node: NodeId) -> Option<(&ModulePath, &Version)> {
        match self.version_of(node) {
            NodeVersion::Module(version) => Some((self.path_text(self.path_of(node)), version)),
            NodeVersion::Go(_) | NodeVersion::Toolchain(..) | NodeVersion::Main => None,
        }
    }

    /// The same, apart from the table.
    pub(in crate::model) fn module_version(&self, node: NodeId) -> Option<ModuleVersion> {
        let (path, version) = self.module_of(node)?;
        Some(ModuleVersion { path: path.clone(), version: version.clone() })
    }

    /// Whether it is a main module as it is.
    pub(in crate::model) fn is_main(&self, node: NodeId) -> bool {
        *self.version_of(node) == NodeVersion::Main
    }

    /// Which of two versions of one path is higher.
    pub(in crate::model) fn compare(&self, a: NodeId, b: NodeId) -> Ordering {
        if a == b { Ordering::Equal } else { self.version_of(a).cmp(self.version_of(b)) }
    }

    /// Sorts by path, then by version (`gover.ModSort`).
    pub(in crate::model) fn sort(&self, nodes: &mut [NodeId]) {
        nodes.sort_by(|&a, &b| {
            let paths = self.path_text(self.path_of(a)).cmp(self.path_text(self.path_of(b)));
            paths.then_with(|| self.compare(a, b))
        });
    }

    /// Which file the module cache has for a version.
    pub(super) fn cached_file(&self, node: NodeId) -> CachedFile {
        self.nodes[node.index()].file
    }

    /// The content of a file.
    pub(in crate::model) fn summary(&self, file: SummaryId) -> &GoModSummary {
        &self.summaries[file.0 as usize]
    }

    /// The path that the go.mod of a version declares, if the module cache was asked for it.
    pub(in crate::model) fn declared_path(&self, node: NodeId) -> Option<&ModulePath> {
        match self.cached_file(node) {
            CachedFile::Read(file) => self.summary(file).declared.as_ref(),
            CachedFile::Unknown | CachedFile::Absent => None,
        }
    }

    /// Takes in the files that the module cache has for these versions, in the same order.
    pub(in crate::model) fn answer(&mut self, nodes: &[NodeId], files: Vec<Option<Arc<Parsed<GoMod>>>>) {
        for (&node, file) in nodes.iter().zip(files) {
            let file = match file {
                Some(file) => CachedFile::Read(self.take_in(&file.tree)),
                None => CachedFile::Absent,
            };
            self.nodes[node.index()].file = file;
        }
    }

    /// The file in a directory of the repository, which `read` is.
    pub(super) fn file_in(&mut self, dir: &RepoPath, read: &GoMod) -> SummaryId {
        if let Some(&known) = self.in_repository.get(dir) {
            return known;
        }
        let file = self.take_in(read);
        self.in_repository.insert(dir.clone(), file);
        file
    }

    /// Takes in a file, whether it is known or not.
    pub(super) fn take_in(&mut self, file: &GoMod) -> SummaryId {
        let mut require = Vec::with_capacity(file.require.len() + 1);
        for line in &file.require {
            require.push(self.module(&line.path.value, &line.version.value));
        }
        if let Some(go) = file.go.as_ref().filter(|go| go.value.is_at_least("1.21")) {
            require.push(self.go(&go.value));
        }
        let declared = file.module.as_ref().map(|line| line.path.value.clone());
        self.add(GoModSummary { declared, require, pruning: Pruning::of(file) })
    }

    fn add(&mut self, summary: GoModSummary) -> SummaryId {
        self.summaries.push(summary);
        SummaryId(number(self.summaries.len() - 1))
    }
}

/// A place as a number. No list has so many places that it is cut.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
