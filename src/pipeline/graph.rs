//! The graph of all imports as records for `modwarden inspect graph --packages`.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Write};

use super::inspect::{Inspected, Inspection, inspect};
use super::policies::PolicyChoice;
use crate::go::BuildContext;
use crate::load::Input;
use crate::model::{GraphNode, HopPlace, ListedGraph, ListedImport, NodeKind};
use crate::report::facts::{ImportEdgeRecord, IncompleteRecord, PackageNodeRecord, write_line};
use crate::source::{ModuleCache, SourceError};
use crate::text::Files;

/// Reads a state with the graph of its imports.
pub(crate) fn inspect_import_graph(
    input: Input<'_>,
    policy: PolicyChoice<'_>,
    cache: Option<&ModuleCache>,
) -> Result<Inspected, SourceError> {
    let Inspected { facts, mut files, mistaken_policy, vendored_sizes } = inspect(input, policy, cache)?;
    let facts = facts.with_import_graph(input, cache, &mut files)?;
    Ok(Inspected { facts, files, mistaken_policy, vendored_sizes })
}

/// Writes the packages, their imports, and at the end which packages could not be read. Packages that several modules need with the
/// same imports are written once.
pub(crate) fn write_import_graph(
    inspection: &Inspection<'_>,
    build: Option<&BuildContext>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(graph) = inspection.model.import_graph_facts() else { return Ok(()) };
    let ListedGraph { packages, imports } =
        graph.listed(build, &|package| package.files().any(|file| inspection.covers(file.id())));
    let mut written = HashSet::new();
    for package in &packages {
        let record = node_record(*package);
        if written.insert(record.clone()) {
            write_line(&record, out)?;
        }
    }
    let mut written = HashSet::new();
    for import in &imports {
        let record = edge_record(import, inspection.files);
        if written.insert(record.clone()) {
            write_line(&record, out)?;
        }
    }
    let unread = packages.iter().filter(|package| package.unread().is_some());
    let unread: BTreeSet<String> = unread.map(|package| package.path().to_owned()).collect();
    if unread.is_empty() {
        return Ok(());
    }
    write_line(&IncompleteRecord { incomplete: unread.into_iter().collect() }, out)
}

fn node_record(node: GraphNode<'_>) -> PackageNodeRecord {
    let (kind, module, dir) = match node.kind() {
        NodeKind::Own(package) => {
            let dir = if package.dir().is_root() { ".".to_owned() } else { package.dir().to_string() };
            ("own", Some(package.module().path().to_string()), Some(dir))
        }
        NodeKind::Std => ("std", None, None),
        NodeKind::Outside => ("module", node.module().map(str::to_owned), None),
    };
    PackageNodeRecord { node: "package", path: node.path().to_owned(), module, dir, kind }
}

fn edge_record(import: &ListedImport<'_>, files: &Files) -> ImportEdgeRecord {
    let path = |file| files.get(file).path().to_string();
    let (file, line) = match import.place {
        HopPlace::Own(import) => (path(import.file().id()), import.spec().line),
        HopPlace::InRepository(file, _, line) => (path(file), line),
        HopPlace::InCache(file, line) => (file.to_owned(), line),
    };
    ImportEdgeRecord {
        edge: "imports",
        from: import.from.path().to_owned(),
        to: import.to.path().to_owned(),
        file,
        line,
        test: import.is_test,
        constraint: import.constraint.clone(),
    }
}
