//! `affected`: two commits, and the packages, tests, programs and modules that the change between them reaches.

use super::diff::{DiffRequest, unseen};
use super::inspect::{Inspected, inspect, is_in_build};
use super::sight::{Gap, GapEffect, verdict};
use crate::finding::{Notification, Verdict};
use crate::go::BuildContext;
use crate::load::Input;
use crate::model::{
    AffectedPackage, AffectedPart, ChangedParts, ComparedState, EmbedsByFile, File, GraphNode, Import, Model, Module,
};
use crate::report::affected::{AffectedKind, AffectedList, AffectedRecord};
use crate::rules::build_name;
use crate::source::{Selection, Source, SourceError};
use crate::syntax::parse_embeds;
use crate::text::{Files, RepoPath};

/// The answer, and the paths that were not read.
pub(crate) struct AffectedAnswer {
    /// The packages, tests, programs and modules.
    pub(crate) list: AffectedList,
    /// Whether enough was read.
    pub(crate) verdict: Verdict,
    /// The paths that were not read.
    pub(crate) notifications: Vec<Notification>,
}

/// Every file, of whatever kind.
struct AllFiles;

impl Selection for AllFiles {
    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn wants(&self, _: &[u8]) -> bool {
        true
    }
}

/// Reads both states, and finds the packages that the difference between them reaches.
///
/// With `build` only packages and tests with a file in that build are listed.
pub(crate) fn affected(request: &DiffRequest<'_>, build: Option<&BuildContext>) -> Result<AffectedAnswer, SourceError> {
    let input = |source| Input { source, store: request.store, env: request.env };
    let read = |source| inspect(input(source), request.policy, request.cache);
    let (before, mut after) = (read(request.base.source)?, read(request.head.source)?);
    let mut gaps = unseen(&before, &after, request);
    let head = request.head.source;
    let facts = after.facts.with_import_graph(input(head), request.cache, &mut after.files)?;
    after.facts = facts;
    let paths = with_links(changed_paths(request)?, &after, head);
    let embeds = embeds(head, &after.facts.model, &after.files);
    let changed = ChangedParts::between(compared(&before), compared(&after), &paths, &embeds);
    let mut packages = match after.facts.model.import_graph_facts() {
        Some(graph) => graph.affected(&changed),
        None => Vec::new(),
    };
    if let Some(build) = build {
        narrow(&mut packages, build, &after.files);
    }
    gaps.extend(unread_dependencies(&after.facts.model, &changed));
    let verdict = verdict(&gaps);
    Ok(AffectedAnswer {
        list: list(&packages, request.paths),
        verdict,
        notifications: gaps.into_iter().map(Notification::from).collect(),
    })
}

fn compared(state: &Inspected) -> ComparedState<'_> {
    ComparedState { model: &state.facts.model, files: &state.files }
}

/// The paths that differ, sorted.
fn changed_paths(request: &DiffRequest<'_>) -> Result<Vec<RepoPath>, SourceError> {
    let delta = request.head.source.changes_since(request.base.source, &AllFiles);
    let delta = delta.ok_or_else(|| SourceError::request("only commits can be compared file by file"))?;
    Ok(delta.changes.into_iter().map(|change| change.path).collect())
}

/// The same paths, and those of links that lead to them.
fn with_links(mut paths: Vec<RepoPath>, state: &Inspected, source: &dyn Source) -> Vec<RepoPath> {
    let listing = &state.facts.listing;
    let mut linked = Vec::new();
    for entry in &listing.entries {
        linked.extend(
            entry.target.as_ref().filter(|target| paths.binary_search(target).is_ok()).map(|_| entry.path.clone()),
        );
    }
    for link in &listing.links {
        let Ok(Some(real)) = source.directory(link) else { continue };
        for below in paths.iter().filter_map(|path| path.strip_dir(&real)) {
            linked.push(link.join(below));
        }
    }
    paths.extend(linked);
    paths.sort();
    paths.dedup();
    paths
}

/// The patterns of all files that may embed others. One that cannot be read was reported with the state.
fn embeds(state: &dyn Source, model: &Model, files: &Files) -> EmbedsByFile {
    let imports_embed = |file: &File<'_>| file.imports().any(|import: Import<'_>| import.path() == "embed");
    let mut embeds = EmbedsByFile::new();
    let mut reader = state.reader();
    let mut text = Vec::new();
    for file in model.files().filter(imports_embed) {
        let entry = state.lookup(files.get(file.id()).path());
        let Ok(Some(entry)) = entry else { continue };
        if reader.read(&entry, &mut text).is_ok() {
            embeds.insert(file.id(), parse_embeds(&text));
        }
    }
    embeds
}

/// Leaves only packages and tests with a file in a build.
fn narrow(packages: &mut Vec<AffectedPackage<'_>>, build: &BuildContext, files: &Files) {
    for affected in packages.iter_mut() {
        let has = |is_test: bool| {
            let mut built = affected.package.files().filter(|file| is_in_build(*file, build, files));
            built.any(|file| file.is_test() == is_test)
        };
        let (has_code, has_tests) = (has(false), has(true));
        affected.code = affected.code.take().filter(|_| has_code);
        affected.tests = affected.tests.take().filter(|_| has_tests);
    }
    packages.retain(|affected| affected.code.is_some() || affected.tests.is_some());
}

/// Says that packages of dependencies were not read, so that more packages than necessary may be listed.
fn unread_dependencies(model: &Model, changed: &ChangedParts) -> Option<Gap> {
    let graph = model.import_graph_facts()?;
    let is_asked = |module: &Module<'_>| changed.dependencies.get(module.dir()).is_some_and(|it| it.are_any());
    let modules: Vec<Module<'_>> = model.modules().filter(is_asked).collect();
    let is_of = |node: &GraphNode<'_>| modules.iter().any(|module| node.is_built_with(*module));
    let unread = graph.chains(None).nodes().find(|node| node.unread().is_some() && is_of(node))?;
    Some(Gap {
        effect: GapEffect::Harmless,
        message: format!(
            "packages of dependencies could not be read, such as `{}`: those that import them are listed, because a \
             dependency changed",
            unread.path()
        ),
        help: Some("run `go mod download`, and run modwarden with the module cache".to_owned()),
    })
}

/// The records, by kind and path.
fn list(packages: &[AffectedPackage<'_>], paths: &[RepoPath]) -> AffectedList {
    let mut records = Vec::new();
    let mut modules: Vec<Module<'_>> = Vec::new();
    for affected in packages {
        let package = affected.package;
        let is_asked = paths.is_empty() || paths.iter().any(|path| package.dir().is_within(path));
        if !is_asked {
            continue;
        }
        let module = package.module();
        if !modules.contains(&module) {
            modules.push(module);
        }
        let record = |kind: AffectedKind, part: &AffectedPart| AffectedRecord {
            kind,
            path: package.path().to_owned(),
            module: module.path().to_string(),
            dir: package.dir().to_string(),
            module_dir: module.dir().to_string(),
            changed: part.is_changed,
            build: part.build.as_ref().and_then(build_name),
        };
        records.extend(affected.code.as_ref().map(|part| record(AffectedKind::Package, part)));
        records.extend(affected.tests.as_ref().map(|part| record(AffectedKind::Tests, part)));
        if package.is_program() {
            records.extend(affected.code.as_ref().map(|part| record(AffectedKind::Program, part)));
        }
    }
    for module in modules {
        records.push(AffectedRecord {
            kind: AffectedKind::Module,
            path: module.path().to_string(),
            module: module.path().to_string(),
            dir: module.dir().to_string(),
            module_dir: module.dir().to_string(),
            changed: false,
            build: None,
        });
    }
    records.sort_by(|one, other| (one.kind, &one.path, &one.dir).cmp(&(other.kind, &other.path, &other.dir)));
    AffectedList { records }
}
