//! The modules around one main module: their versions by number, their requirements, and which packages they have.
//! Files that are not available yet are asked for in batches.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Dependencies, Obstacle, Undecided};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::model::ModuleData;
use crate::model::graph::{
    Build, BuildModules, Graph, GraphLoader, Lookup, ModuleTable, NodeId, PathId, Pruning, minimal_roots,
};
use crate::model::replaces::SourceHome;
use crate::syntax::{
    GoMod, ModuleSum, PackageContents as Contents, PackageDir, PackageImports, ReadPackage, SumContent, SumIndex,
};
use crate::text::{FastMap, FastSet, RepoPath};

/// The modules around one main module.
pub(super) struct TidyUniverse<'a> {
    /// The paths and versions by number.
    pub(super) table: &'a mut ModuleTable,
    modules: BuildModules<'a>,
    main: NodeId,
    data: &'a ModuleData,
    dependencies: &'a dyn Dependencies,
    read: &'a HashMap<&'a RepoPath, Arc<PackageImports>>,
    contents: FastMap<Arc<str>, Vec<(NodeId, Contents)>>,
    /// The packages that were asked for since the last batch.
    open: Vec<(NodeId, Arc<str>)>,
    /// The versions whose go.mod was looked up.
    looked_up: FastSet<NodeId>,
    /// The files that were taken from outside the repository.
    used: FastSet<(NodeId, SumContent)>,
    /// The packages of the repository that were read and that the model does not have.
    beyond: Vec<ReadPackage>,
    missing: BTreeSet<ModuleVersion>,
    obstacles: Vec<Obstacle>,
    /// The same, to recognise obstacles that were added before.
    noted: HashSet<Obstacle>,
    /// See [`TidyUniverse::highest_replaced`].
    highest_replaced: HashMap<&'a str, (&'a ModulePath, Option<&'a Version>)>,
}

/// The sources of the facts about packages.
#[derive(Clone, Copy)]
pub(super) struct TidySources<'a> {
    /// The modules of the module cache.
    pub(super) dependencies: &'a dyn Dependencies,
    /// The packages of the repository that are in the model, by directory.
    pub(super) read: &'a HashMap<&'a RepoPath, Arc<PackageImports>>,
}

impl<'a> TidyUniverse<'a> {
    /// The modules around the one main module of a build.
    pub(super) fn new(build: &'a Build<'a>, table: &'a mut ModuleTable, sources: TidySources<'a>) -> Self {
        let (_, data) = build.mains().next().expect("a module is tidied in a build of its own");
        let modules = BuildModules::new(build, table, HashSet::new());
        let main = table.main(&data.path);
        Self {
            table,
            modules,
            main,
            data,
            dependencies: sources.dependencies,
            read: sources.read,
            contents: FastMap::default(),
            open: Vec::new(),
            looked_up: FastSet::default(),
            used: FastSet::default(),
            beyond: Vec::new(),
            missing: BTreeSet::new(),
            obstacles: Vec::new(),
            noted: HashSet::new(),
            highest_replaced: highest_replaced(data.go_mod()),
        }
    }

    /// The content of the main module's file.
    pub(super) fn go_mod(&self) -> &'a GoMod {
        self.data.go_mod()
    }

    /// The facts about the main module.
    pub(super) fn module(&self) -> &'a ModuleData {
        self.data
    }

    /// The main module.
    pub(super) fn main(&self) -> NodeId {
        self.main
    }

    /// The checksums that go.sum has.
    pub(super) fn stated_sums(&self) -> SumIndex<'a> {
        SumIndex::new(self.data.sums.as_ref().map(|sums| &sums.parsed.tree))
    }

    /// The files that were taken from outside the repository.
    pub(super) fn used(&self) -> BTreeSet<ModuleSum> {
        let sum = |&(node, content): &(NodeId, SumContent)| {
            Some(ModuleSum { module: self.table.module_version(node)?, content })
        };
        self.used.iter().filter_map(sum).collect()
    }

    /// The checksums of the available files.
    pub(super) fn sums(&self, wanted: &[ModuleSum]) -> Vec<Option<String>> {
        self.dependencies.sums(wanted)
    }

    /// Whether that file could not be read in full.
    pub(super) fn has_errors(&self) -> bool {
        !self.data.parsed.errors.is_empty()
    }

    /// The directory that a package of a module is in; `None` for one of the model.
    pub(super) fn dir(&self, module: NodeId, package: &str) -> Option<PackageDir> {
        match self.place(module, package) {
            PackageLocation::In(dir) => Some(dir),
            PackageLocation::Known(_) => None,
        }
    }

    /// Whether the main module excludes it.
    pub(super) fn is_excluded(&self, node: NodeId) -> bool {
        self.modules.is_excluded(node)
    }

    /// The place of the files of a version; `None` if it has none.
    pub(super) fn home(&self, node: NodeId) -> Option<SourceHome> {
        self.modules.home(self.table, node)
    }

    /// Whether a path is replaced, and the highest version that is replaced of it; `None` for that where every version
    /// is.
    pub(super) fn highest_replaced(&self, path: &str) -> Option<(&'a ModulePath, Option<&'a Version>)> {
        self.highest_replaced.get(path).copied()
    }

    /// Loads the graph of these roots, as far as go.mod files are available.
    pub(super) fn load(&mut self, pruning: Pruning, roots: &[NodeId]) -> Graph {
        let mut loader = GraphLoader::of_roots(self.table, &self.modules, pruning, roots);
        loop {
            let wanted = loader.advance(self.table, &self.modules);
            if wanted.is_empty() {
                break;
            }
            self.fetch(wanted);
        }
        let graph = loader.finish();
        for &node in graph.read().iter().chain(graph.unreachable()).chain(graph.missing()) {
            self.look_up(node);
        }
        graph
    }

    /// The shortest list of roots that selects what a graph selects (`mvs.Req`).
    pub(super) fn minimal_roots(&self, graph: &Graph, base: &[PathId]) -> Vec<NodeId> {
        minimal_roots(graph, base, self.table, &self.modules)
    }

    /// The requirements of a version that are not excluded; `None` if its go.mod is not available, or was not asked for.
    pub(super) fn requirements(&mut self, node: NodeId) -> Option<Vec<NodeId>> {
        let file = self.modules.look_up(self.table, node).file()?;
        Some(self.modules.requirements(self.table, file).collect())
    }

    /// Reads the go.mod files of these, and records those that are not available.
    pub(super) fn summarize(&mut self, nodes: &[NodeId]) {
        let mut wanted = Vec::new();
        for &node in nodes {
            if let Lookup::Unknown(home) = self.modules.look_up(self.table, node) {
                wanted.push(home);
            }
        }
        if !wanted.is_empty() {
            self.fetch(wanted);
        }
        nodes.iter().for_each(|&node| self.look_up(node));
    }

    /// Whether the go.mod of a version is available.
    pub(super) fn has_go_mod(&mut self, node: NodeId) -> bool {
        self.modules.look_up(self.table, node).file().is_some()
    }

    /// Reads files of the module cache.
    fn fetch(&mut self, mut wanted: Vec<NodeId>) {
        wanted.sort_unstable();
        wanted.dedup();
        let modules: Vec<ModuleVersion> = wanted.iter().filter_map(|&node| self.table.module_version(node)).collect();
        let found = self.dependencies.go_mods(&modules);
        self.table.answer(&wanted, found);
    }

    /// Records that the go.mod of a version is used, or is not available.
    fn look_up(&mut self, node: NodeId) {
        if !self.looked_up.insert(node) {
            return;
        }
        let lookup = self.modules.look_up(self.table, node);
        match lookup {
            Lookup::Cached(_, home) | Lookup::Absent(home) | Lookup::Mismatched(home) => {
                self.used.insert((home, SumContent::GoMod));
            }
            Lookup::Found(_) | Lookup::Unreachable | Lookup::Unknown(_) => {}
        }
        if lookup.file().is_none() {
            self.lack(node);
        }
    }

    /// Records that something of a version is not available.
    fn lack(&mut self, node: NodeId) {
        let Some(module) = self.table.module_version(node) else { return };
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
                    asked.push((*node, package));
                    wanted.push(dir);
                }
            }
        }
        let found = if wanted.is_empty() { Vec::new() } else { self.dependencies.packages(&wanted) };
        for (dir, contents) in wanted.into_iter().zip(&found) {
            if let (PackageDir::InRepository(dir), Contents::Package(imports)) = (dir, contents) {
                self.beyond.push(ReadPackage { dir, imports: Arc::clone(imports) });
            }
        }
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
            let home = self.table.module(&module.path, &module.version);
            self.used.insert((home, SumContent::Zip));
        }
        if matches!(contents, Contents::Unknown) {
            self.lack(node);
        }
        self.contents.entry(Arc::clone(package)).or_default().push((node, contents));
    }

    /// Where a package would be in a version, or that it is not there.
    fn place(&self, node: NodeId, package: &str) -> PackageLocation {
        let Some(below) = self.table.path_text(self.table.path_of(node)).subpath(package) else {
            return PackageLocation::Known(Contents::Nothing);
        };
        let root = match self.home(node) {
            None => self.data.dir.clone(),
            Some(SourceHome::Directory(root)) => root,
            Some(SourceHome::Elsewhere) => return PackageLocation::Known(Contents::Unknown),
            Some(SourceHome::Cache(path, version)) => {
                return PackageLocation::In(PackageDir::InCache(ModuleVersion { path, version }, below.to_owned()));
            }
        };
        let dir = root.join(below);
        if !self.modules.build().model().layout.contains_package(&root, &dir) {
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

    /// The packages of the repository that were read and that the model does not have.
    pub(super) fn beyond(&self) -> &[ReadPackage] {
        &self.beyond
    }

    /// Whether go.sum has the checksums of all that was taken from outside.
    pub(super) fn is_pinned(&self) -> bool {
        let stated = self.stated_sums();
        self.used().iter().all(|sum| stated.get(sum).next().is_some())
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
