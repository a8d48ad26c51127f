//! The lines that go.sum needs.
//!
//! Source: `modload/init.go: keepSums`.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::lookup::{find_now, pruning};
use super::packages::LoadedPackages;
use super::requirements::Requirements;
use super::universe::TidyUniverse;
use super::{Obstacle, Stop};
use crate::go::{ModuleVersion, prefixes};
use crate::model::graph::{NodeId, PathId};
use crate::model::replaces::SourceHome;
use crate::syntax::{ModuleSum, SumContent};

/// The lines for loaded packages and these requirements, replacements done. A go.sum of Go 1.17 is one for Go 1.16 as
/// well. Fails if a go.mod is not available, or if packages would come from elsewhere with Go 1.16.
pub(super) fn needed(
    universe: &mut TidyUniverse<'_>,
    requirements: &Rc<Requirements>,
    packages: &LoadedPackages,
) -> Result<BTreeSet<ModuleSum>, Stop> {
    let mut keep = Keep::default();
    keep.add(universe, requirements, packages)?;
    let is_read_by_1_16 = requirements.is_at_least(universe, "1.17") && !requirements.is_at_least(universe, "1.18");
    if is_read_by_1_16 {
        let (roots, direct) = (requirements.roots.clone(), requirements.direct.clone());
        let unpruned = Requirements::new(universe, pruning(false), roots, direct);
        check_compatible(universe, &unpruned, packages)?;
        keep.add(universe, &unpruned, packages)?;
    }
    let home = |(node, content): (NodeId, SumContent)| match universe.home(node)? {
        SourceHome::Cache(path, version) => Some(ModuleSum { module: ModuleVersion { path, version }, content }),
        SourceHome::Directory(_) | SourceHome::Elsewhere => None,
    };
    Ok(keep.0.into_iter().filter_map(home).collect())
}

#[derive(Default)]
struct Keep(BTreeSet<(NodeId, SumContent)>);

impl Keep {
    fn add(
        &mut self,
        universe: &mut TidyUniverse<'_>,
        requirements: &Rc<Requirements>,
        packages: &LoadedPackages,
    ) -> Result<(), Stop> {
        let with_go_mods = requirements.is_at_least(universe, "1.21");
        let is_pruned = requirements.pruning != pruning(false);
        for package in packages.all().iter().filter(|package| !package.is_test()) {
            if package.module.is_none() && package.fault.is_none() {
                continue;
            }
            if with_go_mods {
                self.0.extend(package.module.map(|module| (module, SumContent::GoMod)));
            }
            let is_of_root = |module: NodeId| requirements.root(universe.table.path_of(module)) == Some(module);
            let graph = match package.module {
                Some(module) if is_pruned && is_of_root(module) => None,
                _ => Some(requirements.graph(universe)?),
            };
            let selected = |path: PathId| match &graph {
                None => requirements.root(path),
                Some(graph) => graph.selected(path),
            };
            let paths = prefixes(&package.path).filter_map(|prefix| universe.table.known_path(prefix));
            self.0.extend(paths.filter_map(selected).map(|node| (node, SumContent::Zip)));
        }
        let read = match requirements.loaded_graph() {
            Some(graph) => graph.read(),
            None => &requirements.roots,
        };
        self.0.extend(read.iter().map(|&node| (node, SumContent::GoMod)));
        Ok(())
    }
}

/// Fails if a package would be found elsewhere, or not at all (`modload.checkTidyCompatibility`).
fn check_compatible(
    universe: &mut TidyUniverse<'_>,
    requirements: &Rc<Requirements>,
    packages: &LoadedPackages,
) -> Result<(), Stop> {
    let graph = requirements.graph(universe)?;
    let is_selected = |&root: &NodeId| graph.selected(universe.table.path_of(root)) == Some(root);
    let mut is_compatible = requirements.roots.iter().all(is_selected);
    for package in packages.all().iter().filter(|package| package.module.is_some()) {
        let found = find_now(universe, &package.path, requirements, Some(&graph));
        is_compatible &= found.is_ok_and(|found| found.module == package.module);
    }
    if !is_compatible {
        universe.obstruct(Obstacle::Incompatible);
        return Err(Stop);
    }
    Ok(())
}
