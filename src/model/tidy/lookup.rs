//! From an import path to the module that has the package, with some requirements.
//!
//! Source: `modload/import.go`: `importFromModules`, `queryImport`.

use std::rc::Rc;
use std::sync::Arc;

use super::Stop;
use super::requirements::Requirements;
use super::universe::TidyUniverse;
use crate::go::{ImportPath, ModulePath, Version, prefixes, std_package};
use crate::model::graph::{Graph, NodeId, PathId, Pruning};
use crate::syntax::{PackageContents as Contents, PackageImports};

/// Where a package was found.
#[derive(Clone, Debug)]
pub(super) struct FoundPackage {
    /// The module; `None` for the standard library.
    pub(super) module: Option<NodeId>,
    /// The imports of its files.
    pub(super) imports: Arc<PackageImports>,
    /// The other modules that could have had it.
    pub(super) alternatives: Vec<NodeId>,
}

/// Why a package was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LookupFault {
    /// No import can name it.
    Invalid,
    /// A module that could have it is not available.
    Absent,
    /// No module that is required has it.
    Missing,
    /// Several have it.
    Ambiguous(Vec<NodeId>),
}

/// [`find`], asking the universe until it knows.
pub(super) fn find_now(
    universe: &mut TidyUniverse<'_>,
    path: &Arc<str>,
    requirements: &Rc<Requirements>,
    graph: Option<&Graph>,
) -> Result<FoundPackage, LookupFault> {
    loop {
        if let Some(found) = find(universe, path, requirements, graph) {
            return found;
        }
        universe.ask();
    }
}

/// The module that has a package: with `graph` one that it selects; without, a root if one has it. `None` if the
/// universe has to be asked first.
pub(super) fn find(
    universe: &mut TidyUniverse<'_>,
    path: &Arc<str>,
    requirements: &Rc<Requirements>,
    graph: Option<&Graph>,
) -> Option<Result<FoundPackage, LookupFault>> {
    if ImportPath::new(path).check().is_err() || is_meta(path) {
        return Some(Err(LookupFault::Invalid));
    }
    let selected = |path: PathId| match graph {
        Some(graph) => graph.selected(path),
        None => requirements.root(path),
    };
    let found = among(universe, path, &selected);
    match found {
        Some(Err(LookupFault::Missing)) if graph.is_none() => match requirements.graph(universe) {
            Ok(graph) => among(universe, path, &|path| graph.selected(path)),
            Err(Stop) => Some(Err(LookupFault::Absent)),
        },
        found => found,
    }
}

/// The patterns that no package has the name of (`search.IsMetaPackage`).
fn is_meta(path: &str) -> bool {
    matches!(path, "all" | "std" | "cmd" | "tool" | "work")
}

/// The one module with the package among those that could have it, longest path first.
fn among(
    universe: &mut TidyUniverse<'_>,
    path: &Arc<str>,
    selected: &dyn Fn(PathId) -> Option<NodeId>,
) -> Option<Result<FoundPackage, LookupFault>> {
    let paths = prefixes(path).filter_map(|prefix| universe.table.known_path(prefix));
    let candidates: Vec<NodeId> = paths.filter(|path| path.is_module()).filter_map(selected).collect();
    // The commands of the Go distribution are packages too, which a `tool` line may name.
    let is_std = std_package(path).is_some() || path.starts_with("cmd/");
    let (mut providers, mut alternatives, mut imports) = (Vec::new(), Vec::new(), None);
    let (mut is_open, mut is_absent) = (false, false);
    for candidate in candidates {
        match universe.contents(candidate, path) {
            None => is_open = true,
            Some(Contents::Package(package)) => {
                imports = Some(Arc::clone(package));
                providers.push(candidate);
            }
            Some(Contents::Nothing) => alternatives.push(candidate),
            Some(Contents::Unknown | Contents::Altered) => is_absent = true,
        }
    }
    if is_open {
        return None;
    }
    if is_absent {
        return Some(Err(LookupFault::Absent));
    }
    Some(match (providers.as_slice(), imports, is_std) {
        ([], _, true) => Ok(FoundPackage { module: None, imports: Arc::default(), alternatives }),
        ([], ..) => Err(LookupFault::Missing),
        ([module], Some(imports), false) => Ok(FoundPackage { module: Some(*module), imports, alternatives }),
        _ => Err(LookupFault::Ambiguous(providers)),
    })
}

/// The requirement for a package that nothing provides: one of the modules that a `replace` line is for, the longest
/// path first. `None` if none has it, where only the module proxy could go on.
pub(super) fn query(
    universe: &mut TidyUniverse<'_>,
    path: &Arc<str>,
    requirements: &Rc<Requirements>,
) -> Option<NodeId> {
    let mut candidates: Vec<(ModulePath, Version)> = Vec::new();
    for (module, version) in prefixes(path).filter_map(|prefix| universe.highest_replaced(prefix)) {
        candidates.push((module.clone(), version.cloned().unwrap_or_else(|| lowest_version(module))));
    }
    for (module, version) in candidates {
        let node = universe.table.module(&module, &version);
        let Ok(graph) = requirements.graph(universe) else { return None };
        let selected = graph.selected(universe.table.path_of(node));
        if selected.is_some_and(|selected| universe.table.compare(selected, node).is_ge()) {
            continue;
        }
        if universe.contents(node, path).is_none() {
            universe.ask();
        }
        match universe.contents(node, path) {
            Some(Contents::Package(_)) => return Some(node),
            Some(Contents::Nothing) => {}
            Some(Contents::Unknown | Contents::Altered) | None => return None,
        }
    }
    None
}

/// Below every version that a module can have (`module.ZeroPseudoVersion`).
fn lowest_version(module: &ModulePath) -> Version {
    let major = module.split_version().map_or("", |(_, major)| major).trim_start_matches(['/', '.']);
    let major = major.strip_suffix("-unstable").unwrap_or(major);
    let major = if major.is_empty() { "v0" } else { major };
    let text = format!("{major}.0.0-00010101000000-000000000000");
    Version::parse(&text).unwrap_or_else(|| unreachable!("a version by its form"))
}

/// How the graph of a module is loaded whose `go` line says whether it is at least Go 1.17.
pub(super) fn pruning(lists_all: bool) -> Pruning {
    if lists_all { Pruning::Pruned } else { Pruning::Unpruned }
}
