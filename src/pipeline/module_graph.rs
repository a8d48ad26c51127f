//! The module graphs as records for `modwarden inspect graph --modules`.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::inspect::{Inspected, Inspection, inspect};
use super::policies::PolicyChoice;
use crate::go::ModuleVersion;
use crate::load::Input;
use crate::model::{GraphFacts, GraphRequirement, Module, ModuleGraph, Replacement};
use crate::report::facts::{IncompleteRecord, ModuleNodeRecord, Replaced, RequireEdgeRecord, write_line};
use crate::source::{ModuleCache, SourceError};
use crate::syntax::ReplaceTarget;
use crate::text::Files;

/// Which graph of a module that is a member of a workspace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuiltWith {
    /// That of the module alone.
    Nothing,
    /// That of all modules of its workspace together.
    Workspace,
}

/// Reads a state with its module graphs and the texts of its go.mod files.
pub(crate) fn inspect_module_graphs(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    let mut inspected = inspect(input, policy, cache)?.with_graphs(cache);
    for file in inspected.facts.model.modules().map(Module::file).collect::<Vec<_>>() {
        let entry = inspected.facts.listing.entry(inspected.files.get(file).path());
        if let Some(Ok(text)) = entry.map(|entry| input.text(entry)) {
            inspected.files.set_text(file, text.into());
        }
    }
    Ok(inspected)
}

/// Writes for each module the modules in its graph, then the requirements between them, and at the end which go.mod files could not be read.
pub(crate) fn write_module_graphs(
    inspection: &Inspection<'_>,
    built_with: BuiltWith,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(facts) = inspection.model.graph_facts() else { return Ok(()) };
    let mut missing = BTreeSet::new();
    for module in inspection.model.modules().filter(|module| inspection.covers(module.file())) {
        let Some(graph) = graph_of(module, built_with, facts) else { continue };
        let written = WrittenGraph { module, graph, built_with, files: inspection.files };
        written.write(out)?;
        missing.extend(graph.missing().map(ToString::to_string));
    }
    if missing.is_empty() {
        return Ok(());
    }
    write_line(&IncompleteRecord { incomplete: missing.into_iter().collect() }, out)
}

fn graph_of<'m>(module: Module<'m>, built_with: BuiltWith, facts: GraphFacts<'m>) -> Option<&'m ModuleGraph> {
    match module.workspace().filter(|_| built_with == BuiltWith::Workspace) {
        Some(workspace) => workspace.graph(facts),
        None => module.graph(facts),
    }
}

/// The graph of one main module.
struct WrittenGraph<'m> {
    module: Module<'m>,
    graph: &'m ModuleGraph,
    built_with: BuiltWith,
    files: &'m Files,
}

impl WrittenGraph<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let main = self.module.path().to_string();
        let requirements = self.graph.requirements();
        let lines = &self.module.go_mod().require;
        let excluded: BTreeSet<ModuleVersion> = self.excluded().collect();
        let own = lines.iter().filter(|line| !excluded.contains(&line.required()));
        let mut modules: BTreeSet<ModuleVersion> = own.clone().map(|line| line.required()).collect();
        for GraphRequirement { from, to } in &requirements {
            modules.extend([from.clone(), to.clone()]);
        }
        let selected = self.graph.build_list().into_iter();
        modules.extend(selected.map(|(path, version)| ModuleVersion { path: path.clone(), version: version.clone() }));
        for module in modules {
            let record = ModuleNodeRecord {
                node: "module",
                main: main.clone(),
                path: module.path.to_string(),
                version: module.version.to_string(),
                selected: self.graph.selects(&module),
                replaced_by: self.replaced_by(&module),
            };
            write_line(&record, out)?;
        }
        let file = self.files.get(self.module.file());
        for line in own {
            let record = RequireEdgeRecord {
                edge: "requires",
                main: main.clone(),
                from: main.clone(),
                to: line.required().to_string(),
                file: Some(file.path().to_string()),
                line: Some(file.lines().bytes(line.line.span.start).line),
            };
            write_line(&record, out)?;
        }
        for GraphRequirement { from, to } in &requirements {
            let (from, to) = (from.to_string(), to.to_string());
            let record = RequireEdgeRecord { edge: "requires", main: main.clone(), from, to, file: None, line: None };
            write_line(&record, out)?;
        }
        Ok(())
    }

    /// The versions that `exclude` lines take out of the graph.
    fn excluded(&self) -> impl Iterator<Item = ModuleVersion> {
        let workspace = self.module.workspace().filter(|_| self.built_with == BuiltWith::Workspace);
        let members: Vec<Module<'_>> = match workspace {
            Some(workspace) => workspace.modules().collect(),
            None => vec![self.module],
        };
        members
            .into_iter()
            .flat_map(|module| &module.go_mod().exclude)
            .map(|line| ModuleVersion { path: line.path.value.clone(), version: line.version.value.clone() })
    }

    fn replaced_by(&self, module: &ModuleVersion) -> Option<Replaced> {
        let of = |it: Module<'_>| it.replacement_of(&module.path, &module.version).map(target);
        let Some(workspace) = self.module.workspace().filter(|_| self.built_with == BuiltWith::Workspace) else {
            return of(self.module);
        };
        let of_workspace = workspace.replacement_of(&module.path, &module.version).map(target);
        of_workspace.or_else(|| workspace.modules().find_map(of))
    }
}

fn target(replacement: Replacement<'_>) -> Replaced {
    match &replacement.line().new {
        ReplaceTarget::Directory(path) => Replaced { path: path.value.to_string(), version: None },
        ReplaceTarget::Module { path, version } => {
            Replaced { path: path.value.to_string(), version: Some(version.value.to_string()) }
        }
    }
}
