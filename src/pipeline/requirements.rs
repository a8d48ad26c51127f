//! The table of the requirements of a module: their facts in the words of reports, and their history.

use std::sync::Arc;

use super::ages::requiring_module;
use super::dependencies::KnownDependencies;
use super::history::provenance;
use super::request::{Request, Tables};
use super::sight::is_asked;
use super::state::StateFacts;
use super::undecided::describe_undecided;
use crate::finding::{ImportPast, Importer, RequirementRow, RequirementTable, RequirementVerdict};
use crate::history::{AskedRequirement, ImportSpan};
use crate::model::{Import, Module, Purpose, Worth};
use crate::rules::evidence;
use crate::source::SourceError;
use crate::text::Files;

/// The requirements of each module in scope, where that was asked for.
pub(super) fn requirement_tables(
    request: &Request<'_>,
    facts: &StateFacts,
    files: &Files,
) -> Result<Vec<RequirementTable>, SourceError> {
    if request.tables == Tables::None {
        return Ok(Vec::new());
    }
    let Some(residue) = facts.model.residue_facts() else { return Ok(Vec::new()) };
    let known = KnownDependencies::new(request.input, request.cache);
    let is_in_scope = |module: &Module<'_>| is_asked(files.get(module.file()).path(), request.paths);
    let (mut tables, mut asked) = (Vec::new(), Vec::new());
    let modules = facts.model.modules().filter(is_in_scope).filter(|module| !module.go_mod().require.is_empty());
    for (module, needed, undecided) in facts.model.needed(modules, &known) {
        let purposes = module.purposes(residue, undecided.is_none().then_some(&needed));
        let is_open = !module.open_requirements(residue).need.is_empty();
        let undecided = module.undecided(residue).filter(|_| is_open).map(|it| describe_undecided(it, &facts.model));
        let rows: Vec<RequirementRow> = purposes.iter().map(|purpose| row(purpose, files)).collect();
        let past = requiring_module(module, facts, files);
        let requirement = |path: &str| AskedRequirement { module: Arc::clone(&past), path: path.into() };
        asked.extend(rows.iter().map(|row| requirement(&row.path)));
        tables.push(RequirementTable { module: module.path().to_string(), file: module.file(), undecided, rows });
    }
    add_past(request, &mut tables, &asked)?;
    Ok(tables)
}

fn row(purpose: &Purpose<'_>, files: &Files) -> RequirementRow {
    let line = purpose.line;
    RequirementRow {
        span: line.line.span,
        path: line.path.value.to_string(),
        version: line.version.value.to_string(),
        indirect: line.indirect,
        importers: importers(&purpose.imports, files),
        packages: purpose.packages.iter().map(ToString::to_string).collect(),
        past: None,
        evidence: evidence(purpose.basis),
        verdict: match &purpose.worth {
            Worth::Needed => RequirementVerdict::Needed,
            Worth::Mismarked { indirect } => RequirementVerdict::Mismarked { indirect: *indirect },
            Worth::Low(selected) => RequirementVerdict::Low(selected.version.to_string()),
            Worth::Repeated => RequirementVerdict::Repeated,
            Worth::Unused => RequirementVerdict::Unused,
            Worth::Open => RequirementVerdict::Undecided,
        },
    }
}

/// The files of imports, each once, with the line of the first.
fn importers(imports: &[Import<'_>], files: &Files) -> Vec<Importer> {
    let mut importers: Vec<Importer> = Vec::new();
    for import in imports {
        let (file, line) = (import.file(), import.spec().line);
        let path = files.get(file.id()).path().to_string();
        match importers.last_mut() {
            Some(last) if last.file == path => {}
            _ => importers.push(Importer {
                file: path,
                line,
                is_test: file.is_test(),
                constraint: file.constraint().map(ToString::to_string),
            }),
        }
    }
    importers.sort_by(|a, b| a.file.cmp(&b.file));
    importers
}

/// Adds to each row from when to when it was imported.
fn add_past(
    request: &Request<'_>,
    tables: &mut [RequirementTable],
    asked: &[AskedRequirement],
) -> Result<(), SourceError> {
    let Some(history) = request.lines.filter(|_| request.tables == Tables::WithPast && !asked.is_empty()) else {
        return Ok(());
    };
    let spans = history.import_spans(request.input, asked)?.unwrap_or_default();
    for (row, span) in tables.iter_mut().flat_map(|table| &mut table.rows).zip(spans) {
        let ImportSpan { first, last, is_least } = span;
        // A requirement that is imported through a link, or in a missing file, is not known to be never imported.
        if first.is_none() && (is_least || !row.importers.is_empty()) {
            continue;
        }
        let first = first.map(|commit| provenance(&commit, is_least));
        row.past = Some(ImportPast { first, last: last.map(|commit| provenance(&commit, false)) });
    }
    Ok(())
}
