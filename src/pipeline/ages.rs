//! Since when the lines of module files have stood: from the facts of a state to its history and back.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::request::Request;
use super::state::StateFacts;
use crate::engine::RuleSet;
use crate::history::{
    self, Addition, AskedLine, AskedRequirement, ImportSpan, LookBack, RequiringModule, Start, trace_import_spans,
    trace_last_imports, trace_lines,
};
use crate::load::{Input, Tree};
use crate::model::{Added, Ages, LastImport, Model, Module, Reach, ResidualKind};
use crate::rules::Need;
use crate::source::{CommitInfo, Listing, Repository, SourceError, StateSpec};
use crate::syntax::{Exclude, Replace};
use crate::text::{FileId, Files, Origin, RepoPath, Span};

/// Knows which commits added lines, and which took away imports.
pub trait LineHistory {
    /// The commit that added each of the lines to the listed files of a state; nothing for a line that is in no commit
    /// yet. `None` where there is no history at all.
    fn added(
        &self,
        input: Input<'_>,
        listing: &Listing,
        lines: &[AskedLine],
    ) -> Result<Option<Vec<Option<Addition>>>, SourceError>;

    /// When requirements that nothing in a state imports were last imported; no entry for a requirement if no commit
    /// shows it. `None` where there is no history at all.
    fn last_imports(
        &self,
        input: Input<'_>,
        asked: &[AskedRequirement],
    ) -> Result<Option<Vec<Option<history::LastImportCommit>>>, SourceError> {
        let _ = (input, asked);
        Ok(None)
    }

    /// From when to when requirements were imported, up to the commit of a state, or the one that it is based on.
    /// `None` where there is no history at all.
    fn import_spans(
        &self,
        input: Input<'_>,
        asked: &[AskedRequirement],
    ) -> Result<Option<Vec<ImportSpan>>, SourceError> {
        let _ = (input, asked);
        Ok(None)
    }
}

impl LineHistory for Repository {
    fn added(
        &self,
        Input { source, store, .. }: Input<'_>,
        listing: &Listing,
        lines: &[AskedLine],
    ) -> Result<Option<Vec<Option<Addition>>>, SourceError> {
        let start = match source.origin() {
            Origin::Memory | Origin::Merged => return Ok(None),
            Origin::WorkTree | Origin::Index if self.git_dir().is_none() => return Ok(None),
            Origin::WorkTree | Origin::Index if self.is_unborn() => return Ok(Some(vec![None; lines.len()])),
            Origin::WorkTree | Origin::Index => Start::After(self.commit("HEAD")?, listing),
            Origin::Commit { id, .. } => Start::Commit(*id),
        };
        trace_lines(self, store, start, lines).map(Some)
    }

    fn last_imports(
        &self,
        input: Input<'_>,
        asked: &[AskedRequirement],
    ) -> Result<Option<Vec<Option<history::LastImportCommit>>>, SourceError> {
        match input.source.origin() {
            Origin::Memory | Origin::Merged => Ok(None),
            Origin::WorkTree | Origin::Index if self.git_dir().is_none() => Ok(None),
            Origin::WorkTree | Origin::Index if self.is_unborn() => Ok(Some(vec![None; asked.len()])),
            Origin::WorkTree | Origin::Index => {
                let head = self.state(&StateSpec::Revision("HEAD".to_owned()))?;
                let files = head.list(&Tree::FirstParty)?;
                let input = Input { source: head.as_ref(), ..input };
                let from = LookBack { repository: self, input, commit: self.commit("HEAD")? };
                trace_last_imports(from, Some(&files), asked).map(Some)
            }
            Origin::Commit { id, .. } => {
                trace_last_imports(LookBack { repository: self, input, commit: *id }, None, asked).map(Some)
            }
        }
    }

    fn import_spans(
        &self,
        input: Input<'_>,
        asked: &[AskedRequirement],
    ) -> Result<Option<Vec<ImportSpan>>, SourceError> {
        let commit = match input.source.origin() {
            Origin::Memory | Origin::Merged => return Ok(None),
            Origin::WorkTree | Origin::Index if self.git_dir().is_none() || self.is_unborn() => return Ok(None),
            Origin::WorkTree | Origin::Index => self.commit("HEAD")?,
            Origin::Commit { id, .. } => *id,
        };
        let state = self.state(&StateSpec::Revision(commit.to_string()))?;
        let input = Input { source: state.as_ref(), ..input };
        trace_import_spans(LookBack { repository: self, input, commit }, asked).map(Some)
    }
}

/// Since when the lines of a state have stood, as far as that is known. Nothing if no rule asks.
pub(super) fn ages(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    facts: &StateFacts,
    files: &Files,
) -> Result<Ages, SourceError> {
    let (places, lines): (Vec<_>, Vec<_>) = if rules.needs(Need::Ages) {
        lines_of(&facts.model, |file| place(files.get(file).path(), &facts.listing)).into_iter().unzip()
    } else {
        Default::default()
    };
    if lines.is_empty() {
        return Ok(Default::default());
    }
    let added = request.lines.map(|history| history.added(request.input, &facts.listing, &lines));
    let Some(added) = added.transpose()?.flatten() else {
        return Ok(Ages::without_history());
    };
    let added = added.iter().map(|addition| Some(dated(addition.as_ref()?, request.today)));
    let ages: Ages = places.into_iter().zip(added).filter_map(|(place, added)| Some((place, added?))).collect();
    Ok(ages)
}

/// When requirements were last imported, by their lines.
type LastImports = Vec<((FileId, Span), LastImport)>;

/// When the requirements of a state that nothing imports were last imported. Nothing if no rule asks.
pub(super) fn last_imports(
    request: &Request<'_>,
    rules: &RuleSet<'_>,
    facts: &StateFacts,
    files: &Files,
) -> Result<LastImports, SourceError> {
    let Some(history) = request.lines.filter(|_| rules.needs(Need::LastImports)) else { return Ok(Vec::new()) };
    let model = &facts.model;
    let Some(residue) = model.residue_facts() else { return Ok(Vec::new()) };
    let (mut places, mut asked) = (Vec::new(), Vec::new());
    for module in model.modules() {
        let past = requiring_module(module, facts, files);
        let lines = module.residue(residue).iter().filter_map(|residual| match residual.kind {
            ResidualKind::Unused { line } => Some(&module.go_mod().require[line]),
            _ => None,
        });
        for line in lines.filter(|line| !line.indirect) {
            places.push((module.file(), line.line.span));
            asked.push(AskedRequirement { module: Arc::clone(&past), path: line.path.value.as_str().into() });
        }
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let found = history.last_imports(request.input, &asked)?.unwrap_or_default();
    let dated = |found: history::LastImportCommit| {
        let addition = Addition { commit: found.commit, is_least: found.is_least };
        LastImport { at: dated(&addition, request.today), was_imported: found.was_imported }
    };
    Ok(places.into_iter().zip(found).filter_map(|(place, found)| Some((place, dated(found?)))).collect())
}

/// A module whose past is asked for requirements. All of them share it, and there may be a hundred thousand.
pub(super) fn requiring_module(module: Module<'_>, facts: &StateFacts, files: &Files) -> Arc<RequiringModule> {
    let reached = module.tidied_packages().filter(|package| package.reach() == Reach::OwnImport);
    Arc::new(RequiringModule {
        file: place(files.get(module.file()).path(), &facts.listing),
        nested: module.modules_below().map(|other| other.dir().clone()).collect(),
        reached: reached.map(|package| package.dir().clone()).collect(),
        required: module.go_mod().require.iter().map(|line| line.path.value.as_str().into()).collect(),
    })
}

/// The `replace` and `exclude` lines, each with its place.
fn lines_of(model: &Model, path: impl Fn(FileId) -> RepoPath) -> Vec<((FileId, Span), AskedLine)> {
    let mut lines = Vec::new();
    let mut add = |file: FileId, (replaces, excludes): (&[Replace], &[Exclude])| {
        let path = path(file);
        let replaces = replaces.iter().map(|line| (line.line.span, line.to_string()));
        let excludes = excludes.iter().map(|line| (line.line.span, line.to_string()));
        for (span, text) in replaces.chain(excludes) {
            lines.push(((file, span), AskedLine { path: path.clone(), text: text.into() }));
        }
    };
    model.modules().for_each(|it| add(it.file(), (&it.go_mod().replace, &it.go_mod().exclude)));
    model.workspaces().for_each(|it| add(it.file(), (&it.go_work().replace, &[])));
    lines
}

/// Where the content of a file really is, if its path is that of a symbolic link.
fn place(path: &RepoPath, listing: &Listing) -> RepoPath {
    let target = listing.entry(path).and_then(|entry| entry.target.clone());
    target.unwrap_or_else(|| path.clone())
}

fn dated(addition: &Addition, today: Date) -> Added {
    let CommitInfo { id, author, seconds, .. } = &*addition.commit;
    // A day that no calendar has is shown as the nearest that it has.
    let nearest = if *seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let day = Timestamp::from_second(*seconds).unwrap_or(nearest).to_zoned(TimeZone::UTC).date();
    let days = day.until((Unit::Day, today)).map_or(0, |span| span.get_days());
    Added {
        commit: *id,
        author: author.clone(),
        date: day.to_string(),
        days: u32::try_from(days).unwrap_or(0),
        is_least: addition.is_least,
    }
}
