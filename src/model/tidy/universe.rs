//! The modules around one main module: their versions by number, their requirements, and which packages they have.
//! Files that are not available yet are asked for in batches.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::super::graph::{Build, Pruning};
use super::super::replaces::{Candidate, SourceHome};
use super::{Dependencies, Obstacle, Undecided};
use crate::go::{GoVersion, ModulePath, ModuleVersion, Version};
use crate::syntax::{
    GoMod, ModuleSum, PackageContents as Contents, PackageDir, PackageImports, Parsed, SumContent, SumIndex,
};
use crate::text::RepoPath;

/// A module path, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PathId(u32);

impl PathId {
    /// The pseudo-module whose version is that of the `go` line.
    pub(super) const GO: Self = Self(0);
    /// The pseudo-module whose version is the name on the `toolchain` line.
    pub(super) const TOOLCHAIN: Self = Self(1);
    /// The main module.
    pub(super) const MAIN: Self = Self(2);

    /// Its place in a list by number.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether a module can have it.
    pub(super) fn is_module(self) -> bool {
        self > Self::TOOLCHAIN
    }
}

/// A version of a module, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

impl NodeId {
    /// The main module as it is.
    pub(super) const MAIN: Self = Self(0);

    /// Its place in a list by number.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A version, in the sense of its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NodeVersion {
    /// Of the pseudo-module `go`.
    Go(GoVersion),
    /// Of the pseudo-module `toolchain`: the Go version that the name stands for, and the name.
    Toolchain(Option<GoVersion>, Arc<str>),
    /// Of a module.
    Module(Version),
    /// Of the main module as it is, which is above all others.
    Main,
}

impl NodeVersion {
    /// That of a `toolchain` line.
    pub(super) fn toolchain(name: &str) -> Self {
        Self::Toolchain(GoVersion::of_toolchain(name), name.into())
    }
}

/// The content of the go.mod of a version, as far as the graph depends on it (`modload.modFileSummary`).
#[derive(Debug)]
pub(super) struct GoModSummary {
    /// Its requirements that are not excluded, in order, its `go` line last.
    pub(super) require: Vec<NodeId>,
    /// How far its requirements are followed.
    pub(super) pruning: Pruning,
}

#[derive(Debug)]
struct GraphNode {
    path: PathId,
    version: NodeVersion,
    summary: Option<Arc<GoModSummary>>,
}

/// The modules around one main module.
pub(super) struct TidyUniverse<'a> {
    build: &'a Build<'a>,
    main: usize,
    dependencies: &'a dyn Dependencies,
    read: &'a HashMap<&'a RepoPath, Arc<PackageImports>>,
    paths: Vec<ModulePath>,
    path_ids: HashMap<ModulePath, PathId>,
    nodes: Vec<GraphNode>,
    node_ids: HashMap<(PathId, NodeVersion), NodeId>,
    excluded: HashSet<NodeId>,
    contents: HashMap<Arc<str>, Vec<(NodeId, Contents)>>,
    /// The packages that were asked for since the last batch.
    open: Vec<(NodeId, Arc<str>)>,
    /// The files that were taken from outside the repository.
    used: BTreeSet<ModuleSum>,
    /// Whether a directory of the repository was looked into that is no package of the model.
    reads_beyond: bool,
    missing: BTreeSet<ModuleVersion>,
    obstacles: Vec<Obstacle>,
    /// The same, to recognise obstacles that were added before.
    noted: HashSet<Obstacle>,
    /// See [`TidyUniverse::highest_replaced`].
    highest_replaced: HashMap<&'a str, (&'a ModulePath, Option<&'a Version>)>,
}

impl<'a> TidyUniverse<'a> {
    /// The modules around the main module of a build. `read` are the packages of the repository that are in the model,
    /// by directory.
    pub(super) fn new(
        (build, main): (&'a Build<'a>, usize),
        dependencies: &'a dyn Dependencies,
        read: &'a HashMap<&'a RepoPath, Arc<PackageImports>>,
    ) -> Self {
        let mut universe = Self {
            build,
            main,
            dependencies,
            read,
            paths: Vec::new(),
            path_ids: HashMap::new(),
            nodes: Vec::new(),
            node_ids: HashMap::new(),
            excluded: HashSet::new(),
            contents: HashMap::new(),
            open: Vec::new(),
            used: BTreeSet::new(),
            reads_beyond: false,
            missing: BTreeSet::new(),
            obstacles: Vec::new(),
            noted: HashSet::new(),
            highest_replaced: highest_replaced(build.model().modules[main].go_mod()),
        };
        let main = build.model().modules[main].path.clone();
        for path in [&ModulePath::new("go"), &ModulePath::new("toolchain"), &main] {
            universe.path(path);
        }
        universe.node(PathId::MAIN, NodeVersion::Main);
        for line in &universe.go_mod().exclude {
            let node = universe.module(&line.path.value, &line.version.value);
            universe.excluded.insert(node);
        }
        universe
    }

    /// The content of the main module's file.
    pub(super) fn go_mod(&self) -> &'a GoMod {
        self.build.model().modules[self.main].go_mod()
    }

    /// The checksums that go.sum has.
    pub(super) fn stated_sums(&self) -> SumIndex<'a> {
        SumIndex::new(self.build.model().modules[self.main].sums.as_ref().map(|sums| &sums.parsed.tree))
    }

    /// The files that were taken from outside the repository.
    pub(super) fn used(&self) -> &BTreeSet<ModuleSum> {
        &self.used
    }

    /// The checksums of the available files.
    pub(super) fn sums(&self, wanted: &[ModuleSum]) -> Vec<Option<String>> {
        self.dependencies.sums(wanted)
    }

    /// Whether that file could not be read in full.
    pub(super) fn has_errors(&self) -> bool {
        !self.build.model().modules[self.main].parsed.errors.is_empty()
    }

    /// The directory that a package of a module is in; `None` for one of the model.
    pub(super) fn dir(&self, module: NodeId, package: &str) -> Option<PackageDir> {
        match self.place(module, package) {
            PackageLocation::In(dir) => Some(dir),
            PackageLocation::Known(_) => None,
        }
    }

    /// The number of a path.
    fn path(&mut self, path: &ModulePath) -> PathId {
        if let Some(&known) = self.path_ids.get(path) {
            return known;
        }
        let id = PathId(u32::try_from(self.paths.len()).unwrap_or(u32::MAX));
        self.paths.push(path.clone());
        self.path_ids.insert(path.clone(), id);
        id
    }

    /// The number of a path that something requires.
    pub(super) fn known_path(&self, path: &str) -> Option<PathId> {
        self.path_ids.get(path).copied()
    }

    /// The number of a version.
    pub(super) fn node(&mut self, path: PathId, version: NodeVersion) -> NodeId {
        if let Some(&known) = self.node_ids.get(&(path, version.clone())) {
            return known;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.node_ids.insert((path, version.clone()), id);
        self.nodes.push(GraphNode { path, version, summary: None });
        id
    }

    /// The number of a version of a module.
    pub(super) fn module(&mut self, path: &ModulePath, version: &Version) -> NodeId {
        let path = self.path(path);
        self.node(path, NodeVersion::Module(version.clone()))
    }

    /// The number of a Go version.
    pub(super) fn go(&mut self, version: &GoVersion) -> NodeId {
        self.node(PathId::GO, NodeVersion::Go(version.clone()))
    }

    /// The path of a version.
    pub(super) fn path_of(&self, node: NodeId) -> PathId {
        self.nodes[node.index()].path
    }

    /// The text of a path.
    pub(super) fn path_text(&self, path: PathId) -> &ModulePath {
        &self.paths[path.index()]
    }

    /// A version.
    pub(super) fn version_of(&self, node: NodeId) -> &NodeVersion {
        &self.nodes[node.index()].version
    }

    /// A version of a module; `None` for a node that no go.mod could require.
    pub(super) fn module_version(&self, node: NodeId) -> Option<ModuleVersion> {
        match self.version_of(node) {
            NodeVersion::Module(version) => {
                Some(ModuleVersion { path: self.path_text(self.path_of(node)).clone(), version: version.clone() })
            }
            NodeVersion::Go(_) | NodeVersion::Toolchain(..) | NodeVersion::Main => None,
        }
    }

    /// How many paths there are.
    pub(super) fn path_count(&self) -> usize {
        self.paths.len()
    }

    /// Which of two versions of one path is higher.
    pub(super) fn compare(&self, a: NodeId, b: NodeId) -> Ordering {
        if a == b { Ordering::Equal } else { self.version_of(a).cmp(self.version_of(b)) }
    }

    /// Sorts by path, then by version (`gover.ModSort`).
    pub(super) fn sort(&self, nodes: &mut [NodeId]) {
        nodes.sort_by(|&a, &b| {
            let paths = self.path_text(self.path_of(a)).cmp(self.path_text(self.path_of(b)));
            paths.then_with(|| self.compare(a, b))
        });
    }

    /// Whether the main module excludes it.
    pub(super) fn is_excluded(&self, node: NodeId) -> bool {
        self.excluded.contains(&node)
    }

    /// The place of the files of a version; `None` if it has none.
    pub(super) fn home(&self, node: NodeId) -> Option<SourceHome> {
        let ModuleVersion { path, version } = self.module_version(node)?;
        let replaced = self.build.replacement(&ModuleVersion { path: path.clone(), version: version.clone() });
        Some(replaced.map_or_else(|| SourceHome::Cache(path, version), Candidate::home))
    }

    /// Whether a path is replaced, and the highest version that is replaced of it; `None` for that where every version
    /// is.
    pub(super) fn highest_replaced(&self, path: &str) -> Option<(&'a ModulePath, Option<&'a Version>)> {
        self.highest_replaced.get(path).copied()
    }

    /// The content of the go.mod of a version, if that was asked for before.
    pub(super) fn summary(&self, node: NodeId) -> Option<&Arc<GoModSummary>> {
        self.nodes[node.index()].summary.as_ref()
    }

    /// Reads the go.mod files of these, and records those that are not available.
    pub(super) fn summarize(&mut self, nodes: &[NodeId]) {
        let unknown = nodes.iter().copied().filter(|&node| self.summary(node).is_none());
        let (mut cached, mut wanted) = (Vec::new(), Vec::new());
        for node in unknown.collect::<BTreeSet<_>>() {
            match self.home(node) {
                None => self.summarize_pseudo(node),
                Some(SourceHome::Directory(dir)) => match self.build.model().go_mod_in(&dir) {
                    Some(file) => self.take_in(node, &file),
                    None => self.lack(node),
                },
                Some(SourceHome::Elsewhere) => self.lack(node),
                Some(SourceHome::Cache(path, version)) => {
                    let module = ModuleVersion { path, version };
                    self.used.insert(ModuleSum { module: module.clone(), content: SumContent::GoMod });
                    cached.push(node);
                    wanted.push(module);
                }
            }
        }
        let found = if wanted.is_empty() { Vec::new() } else { self.dependencies.go_mods(&wanted) };
        for (node, file) in cached.into_iter().zip(found) {
            match file.filter(|file| self.declares(node, &file.tree)) {
                Some(file) => self.take_in(node, &file),
                None => self.lack(node),
            }
        }
    }

    /// Whether a go.mod states the path that it is required by; one in place of another may state any
    /// (`modload.goModSummary`).
    fn declares(&self, node: NodeId, file: &GoMod) -> bool {
        let is_replaced = self.module_version(node).is_some_and(|module| self.build.replacement(&module).is_some());
        let stated = file.module.as_ref().map(|line| &line.path.value);
        is_replaced || stated.is_none_or(|stated| stated == self.path_text(self.path_of(node)))
    }

    /// `go 1.21` and above require the toolchain of that name.
    fn summarize_pseudo(&mut self, node: NodeId) {
        let require = match self.version_of(node) {
            NodeVersion::Go(version) if version.is_at_least("1.21") => {
                let toolchain = NodeVersion::toolchain(&format!("go{version}"));
                vec![self.node(PathId::TOOLCHAIN, toolchain)]
            }
            _ => Vec::new(),
        };
        self.nodes[node.index()].summary = Some(Arc::new(GoModSummary { require, pruning: Pruning::Pruned }));
    }

    fn take_in(&mut self, node: NodeId, file: &Arc<Parsed<GoMod>>) {
        let tree = &file.tree;
        let mut require = Vec::with_capacity(tree.require.len() + 1);
        for line in &tree.require {
            let required = self.module(&line.path.value, &line.version.value);
            if !self.is_excluded(required) {
                require.push(required);
            }
        }
        if let Some(go) = tree.go.as_ref().filter(|go| go.value.is_at_least("1.21")) {
            require.push(self.go(&go.value));
        }
        self.nodes[node.index()].summary = Some(Arc::new(GoModSummary { require, pruning: Pruning::of(tree) }));
    }

    /// Records that something of a version is not available.
    fn lack(&mut self, node: NodeId) {
        let Some(module) = self.module_version(node) else { return };
        match self.home(node) {
            Some(SourceHome::Cache(path, version)) => {
                self.missing.insert(ModuleVersion { path, version });
            }
            _ => self.obstruct(Obstacle::Unreachable(module)),
        }
    }

    /// Whether a version has a package, if that is known. If not, it will be after the next [`TidyUniverse::ask`].
    pub(super) fn contents(&mut self, node: NodeId, package: &Arc<str>) -> Option<&Contents> {
        let known = self.contents.get(package).is_some_and(|known| known.iter().any(|(of, _)| *of == node));
        if !known {
            self.open.push((node, Arc::clone(package)));
            return None;
        }
        self.known_contents(node, package)
    }

    fn known_contents(&self, node: NodeId, package: &str) -> Option<&Contents> {
        self.contents.get(package)?.iter().find(|(of, _)| *of == node).map(|(_, contents)| contents)
    }

    /// Looks for the packages that were asked for.
    pub(super) fn ask(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        open.sort();
        open.dedup();
        let (mut asked, mut wanted) = (Vec::new(), Vec::new());
        for (node, package) in &open {
            match self.place(*node, package) {
                PackageLocation::Known(contents) => self.answer(*node, package, contents),
                PackageLocation::In(dir) => {
                    self.reads_beyond |= matches!(dir, PackageDir::InRepository(_));
                    asked.push((*node, package));
                    wanted.push(dir);
                }
            }
        }
        let found = if wanted.is_empty() { Vec::new() } else { self.dependencies.packages(&wanted) };
        for ((node, package), contents) in asked.into_iter().zip(found) {
            self.answer(node, package, contents);
        }
    }

    fn answer(&mut self, node: NodeId, package: &Arc<str>, contents: Contents) {
        if let Some(SourceHome::Cache(path, version)) = self.home(node) {
            let module = ModuleVersion { path, version };
            if matches!(contents, Contents::Altered) {
                self.obstruct(Obstacle::Altered(module.clone()));
            }
            self.used.insert(ModuleSum { module, content: SumContent::Zip });
        }
        if matches!(contents, Contents::Unknown) {
            self.lack(node);
        }
        self.contents.entry(Arc::clone(package)).or_default().push((node, contents));
    }

    /// Where a package would be in a version, or that it is not there.
    fn place(&self, node: NodeId, package: &str) -> PackageLocation {
        let Some(below) = self.path_text(self.path_of(node)).subpath(package) else {
            return PackageLocation::Known(Contents::Nothing);
        };
        let root = match self.home(node) {
            None => self.build.model().modules[self.main].dir.clone(),
            Some(SourceHome::Directory(root)) => root,
            Some(SourceHome::Elsewhere) => return PackageLocation::Known(Contents::Unknown),
            Some(SourceHome::Cache(path, version)) => {
                return PackageLocation::In(PackageDir::InCache(ModuleVersion { path, version }, below.to_owned()));
            }
        };
        let dir = root.join(below);
        if !self.build.model().layout.contains_package(&root, &dir) {
            return PackageLocation::Known(Contents::Nothing);
        }
        match self.read.get(&dir) {
            Some(read) => PackageLocation::Known(Contents::Package(Arc::clone(read))),
            None => PackageLocation::In(PackageDir::InRepository(dir)),
        }
    }

    /// Records a reason for which the go command would fail.
    pub(super) fn obstruct(&mut self, obstacle: Obstacle) {
        if self.noted.insert(obstacle.clone()) {
            self.obstacles.push(obstacle);
        }
    }

    /// Whether go.sum has the checksums of all that was taken from outside, and nothing else was looked at that the
    /// model has not.
    pub(super) fn is_pinned(&self) -> bool {
        let stated = self.stated_sums();
        !self.reads_beyond && self.used.iter().all(|sum| stated.get(sum).next().is_some())
    }

    /// Why there is no answer.
    pub(super) fn into_undecided(self) -> Undecided {
        Undecided { missing: self.missing, obstacles: self.obstacles }
    }
}

/// The paths on the left of `replace` lines, each with the highest version that is replaced.
fn highest_replaced(go_mod: &GoMod) -> HashMap<&str, (&ModulePath, Option<&Version>)> {
    let mut highest: HashMap<&str, (&ModulePath, Option<&Version>)> = HashMap::new();
    for line in &go_mod.replace {
        let version = line.old_version.as_ref().map(|version| &version.value);
        let known = highest.entry(line.old.value.as_str()).or_insert((&line.old.value, None));
        known.1 = known.1.max(version);
    }
    highest
}

/// Where a package would be.
enum PackageLocation {
    /// There.
    In(PackageDir),
    /// Its content is known.
    Known(Contents),
}
