//! The roots of a module graph, and how they are updated for the imports.
//!
//! Source: `modload/buildlist.go`: `updateRoots`, `tidyRoots`, `convertPruning`.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::Stop;
use super::lookup::{LookupFault, find_now};
use super::packages::LoadedPackages;
use super::universe::TidyUniverse;
use crate::go::GoVersion;
use crate::model::graph::{Graph, ModuleTable, NodeId, NodeVersion, PathId, Pruning};

/// The requirements of a go.mod (`modload.Requirements`).
#[derive(Debug)]
pub(super) struct Requirements {
    /// How the graph is loaded.
    pub(super) pruning: Pruning,
    /// The listed versions, the `go` and `toolchain` lines too, by path and version.
    pub(super) roots: Vec<NodeId>,
    /// The paths that are not marked `// indirect`.
    pub(super) direct: BTreeSet<PathId>,
    highest: HashMap<PathId, NodeId>,
    main: NodeId,
    main_path: PathId,
    graph: OnceCell<Rc<Graph>>,
}

impl Requirements {
    /// These roots, in any order.
    pub(super) fn new(
        universe: &TidyUniverse<'_>,
        pruning: Pruning,
        mut roots: Vec<NodeId>,
        direct: BTreeSet<PathId>,
    ) -> Rc<Self> {
        universe.table.sort(&mut roots);
        let highest = highest(universe.table, &roots);
        let (main, main_path) = (universe.main(), universe.table.path_of(universe.main()));
        Rc::new(Self { pruning, roots, direct, highest, main, main_path, graph: OnceCell::new() })
    }

    /// Those that the main module's file states (`modload.requirementsFromModFiles`).
    pub(super) fn stated(universe: &mut TidyUniverse<'_>) -> Rc<Self> {
        let go_mod = universe.go_mod();
        let mut roots = Vec::new();
        let mut direct = BTreeSet::from([PathId::GO]);
        for line in &go_mod.require {
            let node = universe.table.module(&line.path.value, &line.version.value);
            if universe.is_excluded(node) {
                continue;
            }
            roots.push(node);
            if !line.indirect {
                direct.insert(universe.table.path_of(node));
            }
        }
        if let Some(go) = &go_mod.go {
            roots.push(universe.table.go(&go.value));
        }
        if let Some(toolchain) = &go_mod.toolchain {
            roots.push(universe.table.node(PathId::TOOLCHAIN, NodeVersion::toolchain(&toolchain.value)));
        }
        Self::new(universe, Pruning::of(go_mod), roots, direct)
    }

    /// The version that is listed of a path; the main module's own is listed too.
    pub(super) fn root(&self, path: PathId) -> Option<NodeId> {
        if path == self.main_path { Some(self.main) } else { self.highest.get(&path).copied() }
    }

    /// The version on the `go` line.
    pub(super) fn go<'u>(&self, universe: &'u TidyUniverse<'_>) -> Option<&'u GoVersion> {
        match universe.table.version_of(self.root(PathId::GO)?) {
            NodeVersion::Go(version) => Some(version),
            NodeVersion::Toolchain(..) | NodeVersion::Module(_) | NodeVersion::Main => None,
        }
    }

    /// Whether the `go` line says at least so much.
    pub(super) fn is_at_least(&self, universe: &TidyUniverse<'_>, version: &str) -> bool {
        self.go(universe).is_some_and(|go| go.is_at_least(version))
    }

    /// The graph, loaded once. Fails if a go.mod is not available.
    pub(super) fn graph(&self, universe: &mut TidyUniverse<'_>) -> Result<Rc<Graph>, Stop> {
        let graph = self.graph.get_or_init(|| Rc::new(universe.load(self.pruning, &self.roots)));
        if graph.lacks_files() { Err(Stop) } else { Ok(Rc::clone(graph)) }
    }

    /// The graph, if it was needed so far, whole or not.
    pub(super) fn loaded_graph(&self) -> Option<&Rc<Graph>> {
        self.graph.get()
    }

    /// Whether a path is listed twice, or that of the main module.
    pub(super) fn has_redundant_root(&self) -> bool {
        self.highest.len() < self.roots.len() || self.highest.contains_key(&self.main_path)
    }

    /// The same in a graph that is pruned otherwise.
    pub(super) fn converted(self: &Rc<Self>, universe: &mut TidyUniverse<'_>, to: Pruning) -> Result<Rc<Self>, Stop> {
        if self.pruning == to {
            return Ok(Rc::clone(self));
        }
        if to == Pruning::Unpruned {
            return self.updated(universe, self.direct.clone(), &LoadedPackages::default(), &[]);
        }
        let roots = self.graph(universe)?.build_list(universe.table);
        Ok(Self::new(universe, to, roots, self.direct.clone()))
    }

    /// The same with all roots at their selected versions, those added that packages come from, and `add`
    /// (`modload.updateRoots`).
    pub(super) fn updated(
        self: &Rc<Self>,
        universe: &mut TidyUniverse<'_>,
        direct: BTreeSet<PathId>,
        packages: &LoadedPackages,
        add: &[NodeId],
    ) -> Result<Rc<Self>, Stop> {
        let roots = match self.pruning {
            Pruning::Unpruned => self.updated_unpruned(universe, &direct, add)?,
            Pruning::Pruned | Pruning::Workspace => return self.updated_pruned(universe, direct, packages, add),
        };
        let is_same = roots == self.roots && direct == self.direct;
        Ok(if is_same { Rc::clone(self) } else { Self::new(universe, self.pruning, roots, direct) })
    }

    fn updated_unpruned(
        &self,
        universe: &mut TidyUniverse<'_>,
        direct: &BTreeSet<PathId>,
        add: &[NodeId],
    ) -> Result<Vec<NodeId>, Stop> {
        let graph = self.graph(universe)?;
        let (mut base, mut seen) = (Vec::new(), HashSet::new());
        for &root in &self.roots {
            let path = universe.table.path_of(root);
            if graph.selected(path) == Some(root) && seen.insert(path) {
                base.push(path);
            }
        }
        let mut keep = graph.build_list(universe.table);
        keep.extend(add);
        for &node in &keep {
            let path = universe.table.path_of(node);
            if direct.contains(&path) && seen.insert(path) {
                base.push(path);
            }
        }
        Ok(MinimalRoots::of(universe, &base, &keep)?.roots)
    }

    fn updated_pruned(
        self: &Rc<Self>,
        universe: &mut TidyUniverse<'_>,
        direct: BTreeSet<PathId>,
        packages: &LoadedPackages,
        add: &[NodeId],
    ) -> Result<Rc<Self>, Stop> {
        let (mut roots, mut upgraded) = (self.roots.clone(), false);
        let mut providers: BTreeSet<NodeId> = BTreeSet::new();
        for module in packages.external().filter(|package| package.in_all).filter_map(|package| package.module) {
            if self.root(universe.table.path_of(module)).is_some() {
                providers.insert(module);
            } else {
                roots.push(module);
                upgraded = true;
            }
        }
        for &module in add {
            if self.root(universe.table.path_of(module)).is_none_or(|root| universe.table.compare(root, module).is_lt())
            {
                roots.push(module);
                upgraded = true;
            }
        }
        let mut requirements = Rc::clone(self);
        loop {
            let graph = if upgraded {
                requirements = Self::new(universe, Pruning::Pruned, roots, direct.clone());
                Some(requirements.graph(universe)?)
            } else if let Some(graph) = requirements.loaded_graph() {
                // One that lacks a file shows which roots are too low anyway.
                Some(Rc::clone(graph))
            } else if requirements.is_surpassed(universe, &providers) {
                Some(requirements.graph(universe)?)
            } else {
                None
            };
            (roots, upgraded) = requirements.at_selected(universe, graph.as_deref());
            if !upgraded {
                break;
            }
        }
        let is_same = roots == requirements.roots && direct == requirements.direct;
        Ok(if is_same { requirements } else { Self::new(universe, Pruning::Pruned, roots, direct) })
    }

    /// Whether one of these modules requires more than the roots say (`modload.spotCheckRoots`). The go command takes
    /// the main module, which has no version, for lower than any version of it that is required.
    fn is_surpassed(&self, universe: &mut TidyUniverse<'_>, modules: &BTreeSet<NodeId>) -> bool {
        let modules: Vec<NodeId> = modules.iter().copied().collect();
        universe.summarize(&modules);
        modules.iter().any(|&module| {
            let Some(requirements) = universe.requirements(module) else { return true };
            requirements.into_iter().any(|required| {
                let path = universe.table.path_of(required);
                let is_lower = |root| universe.table.compare(root, required).is_lt();
                path == self.main_path || self.root(path).is_some_and(is_lower)
            })
        })
    }

    /// The roots at their selected versions, each path once; and whether one is not as it was.
    fn at_selected(&self, universe: &TidyUniverse<'_>, graph: Option<&Graph>) -> (Vec<NodeId>, bool) {
        let mut seen = HashSet::from([self.main_path]);
        let (mut roots, mut upgraded) = (Vec::new(), false);
        for &root in &self.roots {
            let path = universe.table.path_of(root);
            if !seen.insert(path) {
                continue;
            }
            let selected = graph.map_or_else(|| self.root(path), |graph| graph.selected(path)).unwrap_or(root);
            roots.push(selected);
            upgraded |= selected != root;
        }
        (roots, upgraded)
    }

    /// The roots that loaded packages need, and no others (`modload.tidyRoots`).
    pub(super) fn tidied(&self, universe: &mut TidyUniverse<'_>, packages: &LoadedPackages) -> Result<Rc<Self>, Stop> {
        let lines = [PathId::GO, PathId::TOOLCHAIN].into_iter().filter_map(|path| self.root(path)).collect();
        match self.pruning {
            Pruning::Unpruned => self.tidied_unpruned(universe, packages, lines),
            Pruning::Pruned | Pruning::Workspace => self.tidied_pruned(universe, packages, lines),
        }
    }

    fn tidied_unpruned(
        &self,
        universe: &mut TidyUniverse<'_>,
        packages: &LoadedPackages,
        mut keep: Vec<NodeId>,
    ) -> Result<Rc<Self>, Stop> {
        let mut kept: HashSet<PathId> = keep.iter().map(|&node| universe.table.path_of(node)).collect();
        let mut base = Vec::new();
        let mut alternatives: HashMap<PathId, NodeId> = HashMap::new();
        for package in packages.external() {
            let Some(module) = package.module else { continue };
            let path = universe.table.path_of(module);
            if kept.insert(path) {
                keep.push(module);
                base.extend(self.direct.contains(&path).then_some(path));
            }
            alternatives.extend(package.alternatives.iter().map(|&other| (universe.table.path_of(other), other)));
        }
        let mut minimal = MinimalRoots::of(universe, &base, &keep)?;
        let lowered = |&node: &NodeId| {
            let before = *alternatives.get(&universe.table.path_of(node))?;
            universe.table.compare(node, before).is_lt().then_some(before)
        };
        let lowered: Vec<NodeId> = minimal.selected.iter().filter_map(lowered).collect();
        if !lowered.is_empty() {
            keep.extend(lowered);
            minimal = MinimalRoots::of(universe, &base, &keep)?;
        }
        Ok(Self::new(universe, Pruning::Unpruned, minimal.roots, self.direct.clone()))
    }

    fn tidied_pruned(
        &self,
        universe: &mut TidyUniverse<'_>,
        packages: &LoadedPackages,
        mut roots: Vec<NodeId>,
    ) -> Result<Rc<Self>, Stop> {
        let mut listed: HashSet<PathId> = roots.iter().map(|&node| universe.table.path_of(node)).collect();
        listed.insert(self.main_path);
        let mut level: Vec<usize> = packages.in_all().collect();
        for module in level.iter().filter_map(|&at| packages.external_module(at)) {
            if listed.insert(universe.table.path_of(module)) {
                roots.push(module);
            }
        }
        let mut seen: HashSet<usize> = level.iter().copied().collect();
        let mut tidy = Self::new(universe, Pruning::Pruned, roots, self.direct.clone());
        while !level.is_empty() {
            let graph = tidy.graph(universe)?;
            let (mut roots, mut next) = (tidy.roots.clone(), Vec::new());
            for at in level {
                if packages.module(at).is_none() {
                    continue;
                }
                next.extend(packages.below(at).filter(|&below| seen.insert(below)));
                let Some(module) = packages.external_module(at) else { continue };
                let path = universe.table.path_of(module);
                let is_low =
                    graph.selected(path).is_none_or(|selected| universe.table.compare(selected, module).is_lt());
                if is_low && listed.insert(path) {
                    roots.push(module);
                }
            }
            if roots.len() > tidy.roots.len() {
                tidy = Self::new(universe, Pruning::Pruned, roots, self.direct.clone());
            }
            level = next;
        }
        tidy.disambiguated(universe, packages, listed)
    }

    /// The same with those roots that keep a package from being found in two modules.
    fn disambiguated(
        self: Rc<Self>,
        universe: &mut TidyUniverse<'_>,
        packages: &LoadedPackages,
        mut listed: HashSet<PathId>,
    ) -> Result<Rc<Self>, Stop> {
        let mut tidy = self;
        loop {
            tidy.graph(universe)?;
            let mut roots = tidy.roots.clone();
            let mut known: HashSet<NodeId> = roots.iter().copied().collect();
            let unlisted = packages.external().filter(|package| !package.is_test());
            for package in unlisted {
                let Some(module) = package.module.filter(|&module| !listed.contains(&universe.table.path_of(module)))
                else {
                    continue;
                };
                let found = find_now(universe, &package.path, &tidy, None);
                if matches!(found, Err(LookupFault::Ambiguous(_))) && known.insert(module) {
                    roots.push(module);
                }
            }
            if roots.len() == tidy.roots.len() {
                return Ok(tidy);
            }
            listed.extend(roots.iter().map(|&root| universe.table.path_of(root)));
            tidy = Self::new(universe, Pruning::Pruned, roots, tidy.direct.clone());
        }
    }
}

/// The shortest list of roots that selects the versions that `keep` selects, with those of the paths in `base`.
struct MinimalRoots {
    roots: Vec<NodeId>,
    /// The selected versions.
    selected: Vec<NodeId>,
}

impl MinimalRoots {
    /// Fails if a go.mod is not available.
    fn of(universe: &mut TidyUniverse<'_>, base: &[PathId], keep: &[NodeId]) -> Result<Self, Stop> {
        let graph = universe.load(Pruning::Unpruned, keep);
        if graph.lacks_files() {
            return Err(Stop);
        }
        let roots = universe.minimal_roots(&graph, base);
        Ok(Self { roots, selected: graph.build_list(universe.table) })
    }
}

/// The highest version of each path among roots.
fn highest(table: &ModuleTable, roots: &[NodeId]) -> HashMap<PathId, NodeId> {
    let mut highest: HashMap<PathId, NodeId> = HashMap::new();
    for &root in roots {
        let known = highest.entry(table.path_of(root)).or_insert(root);
        if table.compare(*known, root).is_lt() {
            *known = root;
        }
    }
    highest
}
