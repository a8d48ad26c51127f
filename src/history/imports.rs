//! Which commit added the first import of a required module, and which one removed the last: one definition of the files that
//! count and of the module that an import belongs to, for every question about it.
//!
//! The files of a module are those below its directory that patterns match, but for modules below it, whatever the
//! module was called. An import belongs to the required module with the longest path.

mod files;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::files::ImportReader;
pub(crate) use self::files::{AskedRequirement, RequiringModule};
use super::back::{Along, BackWalk, Followed, ParentPair, Statements};
use crate::load::{ComparedPart, FactStore, Input, Tree, compare_trees};
use crate::source::{Change, CommitInfo, Delta, History, Leaf, Listing, PastCommit, Repository, SourceError};
use crate::text::{CommitId, TreeId};

/// When a requirement was last imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastImportCommit {
    /// The commit that removed the last import, or that began to require the module.
    pub commit: Arc<CommitInfo>,
    /// Whether there was an import that it removed.
    pub was_imported: bool,
    /// Whether the history before this commit is not in this clone.
    pub is_least: bool,
}

/// From when to when a module was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSpan {
    /// The commit that added the first import; `None` if there never was one.
    pub first: Option<Arc<CommitInfo>>,
    /// The commit that removed the last one; `None` while there is one.
    pub last: Option<Arc<CommitInfo>>,
    /// Whether there may have been an earlier one: in commits that are not in this clone, or in files that could not be
    /// read.
    pub is_least: bool,
}

/// A state to look back from.
#[derive(Clone, Copy)]
pub(crate) struct LookBack<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Where blobs are read.
    pub input: Input<'a>,
    /// The commit of the state, or the one that it was made from.
    pub commit: CommitId,
}

/// How many commits are compared at once.
const COMMITS: usize = 1024;

/// Finds when each module was last imported, going back from a commit where nothing imports it. If that is not certain,
/// because nothing imports it only in another state, the files of the commit are given as well; `None` for one that the
/// commit still imports, or does not require as the state does, and for one that was never required nor imported.
pub(crate) fn trace_last_imports(
    from: LookBack<'_>,
    files: Option<&Listing>,
    asked: &[AskedRequirement],
) -> Result<Vec<Option<LastImportCommit>>, SourceError> {
    let mut tracer = ImportTracer::new(from, asked);
    let mut unused: Vec<ImportState> = (0..asked.len()).map(ImportState::unused).collect();
    if let Some(files) = files {
        unused = tracer.unused_in(files, unused);
    }
    let mut walk = BackWalk::new(from.repository)?;
    walk.start(from.commit, unused)?;
    walk.run(&mut tracer)?;
    let mut infos = CommitInfos::new(walk.history());
    let mut found = vec![None; asked.len()];
    for (at, origin) in &tracer.settled {
        let Origin { commit, is_change, is_least, required_since } = *origin;
        let (commit, is_least) = match required_since.filter(|_| !is_change) {
            Some(since) => (since, false),
            None => (commit, is_least),
        };
        if is_change || tracer.reader.is_required(*at) {
            found[*at] = Some(LastImportCommit { commit: infos.get(commit)?, was_imported: is_change, is_least });
        }
    }
    Ok(found)
}

/// Finds from when to when each module was imported, up to a commit. The first time is looked for along the first parents;
/// where a merge brought it, the commit that was merged is found.
pub(crate) fn trace_import_spans(
    from: LookBack<'_>,
    asked: &[AskedRequirement],
) -> Result<Vec<ImportSpan>, SourceError> {
    let mut walk = BackWalk::new(from.repository)?;
    let mut line = walk.history().first_parents(from.commit, usize::MAX)?;
    line.reverse();
    let mut tracer = ImportTracer::new(from, asked);
    let counts = tracer.count_along(&line)?;
    let is_whole = tracer.reader.is_whole;
    let mut first: BTreeMap<CommitId, Vec<ImportState>> = BTreeMap::new();
    let mut unused = Vec::new();
    for (at, row) in counts.iter().enumerate() {
        let Some(FirstImport { commit, files }) = row.first else { continue };
        first.entry(commit).or_default().push(ImportState::imported(at, files));
        unused.extend((row.files == 0).then(|| ImportState::unused(at)));
    }
    for (commit, imported) in first {
        walk.start(commit, imported)?;
    }
    walk.run(&mut tracer)?;
    let first = std::mem::take(&mut tracer.settled);
    walk.start(from.commit, unused)?;
    walk.run(&mut tracer)?;
    let is_cut = line.first().is_some_and(|commit| commit.is_cut);
    let begin = line.first().map(|commit| commit.id);
    let mut infos = CommitInfos::new(walk.history());
    let mut spans = Vec::new();
    for (at, row) in counts.iter().enumerate() {
        let on_line = row.first.map(|first| first.commit);
        let (first, last) = (first.get(&at), tracer.settled.get(&at));
        spans.push(ImportSpan {
            first: first.map(|origin| infos.get(origin.commit)).transpose()?,
            last: last.filter(|origin| origin.is_change).map(|origin| infos.get(origin.commit)).transpose()?,
            is_least: !is_whole
                || first.is_some_and(|origin| origin.is_least)
                || (is_cut && (on_line.is_none() || on_line == begin)),
        });
    }
    Ok(spans)
}

/// Whether files import a module, on the way back.
#[derive(Clone, Debug)]
struct ImportState {
    /// Which of the asked requirements.
    at: usize,
    /// The statement that is followed.
    kind: StateKind,
    /// How many files import it in the commit that this has come to.
    files: usize,
    /// Whether a parent of that commit has imports where the commit has none, or the reverse.
    is_change: bool,
    /// The last commit that began to require the module, if it was passed.
    required_since: Option<CommitId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StateKind {
    /// Files import the module.
    Imported,
    /// No file does.
    Unused,
}

impl ImportState {
    fn imported(at: usize, files: usize) -> Self {
        Self { at, kind: StateKind::Imported, files, is_change: false, required_since: None }
    }

    fn unused(at: usize) -> Self {
        Self { at, kind: StateKind::Unused, files: 0, is_change: false, required_since: None }
    }
}

/// The commit that made a statement true.
#[derive(Clone, Copy)]
struct Origin {
    commit: CommitId,
    /// Whether it was not true before; otherwise history begins here.
    is_change: bool,
    is_least: bool,
    required_since: Option<CommitId>,
}

struct ImportTracer<'a> {
    repository: &'a Repository,
    store: &'a FactStore,
    reader: ImportReader<'a>,
    settled: HashMap<usize, Origin>,
}

impl Statements for ImportTracer<'_> {
    type Statement = ImportState;

    fn along(&mut self, chain: &[PastCommit], states: Vec<ImportState>) -> Result<Along<ImportState>, SourceError> {
        let pairs: Vec<_> = chain.windows(2).map(|pair| (Some(pair[1].tree), pair[0].tree)).collect();
        let mut along = Along { lost: Vec::new(), held: states };
        for (commit, delta) in chain.iter().zip(self.deltas(&pairs)?) {
            if along.held.is_empty() {
                break;
            }
            let Followed { held, lost } = self.before(commit.id, &delta.changes, along.held);
            along.held = held;
            along.lost.push(lost);
        }
        Ok(along)
    }

    fn to_parent(
        &mut self,
        ParentPair { commit, parent }: ParentPair<'_>,
        states: Vec<ImportState>,
    ) -> Result<Followed<ImportState>, SourceError> {
        if states.is_empty() {
            return Ok(Followed { held: Vec::new(), lost: states });
        }
        let deltas = self.deltas(&[(Some(parent.tree), commit.tree)])?;
        let changes = deltas.first().map(|delta| delta.changes.as_slice()).unwrap_or_default();
        Ok(self.before(commit.id, changes, states))
    }

    fn settle(&mut self, commit: CommitId, is_least: bool, states: Vec<ImportState>) {
        for ImportState { at, is_change, required_since, .. } in states {
            self.settled.insert(at, Origin { commit, is_change, is_least, required_since });
        }
    }
}

impl<'a> ImportTracer<'a> {
    fn new(from: LookBack<'a>, asked: &'a [AskedRequirement]) -> Self {
        let LookBack { repository, input, .. } = from;
        Self { repository, store: input.store, reader: ImportReader::new(input, asked), settled: HashMap::new() }
    }

    fn deltas(&self, pairs: &[(Option<TreeId>, TreeId)]) -> Result<Vec<Delta>, SourceError> {
        compare_trees(self.repository, self.store, pairs, ComparedPart::Files(Tree::FirstParty))
    }

    /// Those of the modules that a commit with these files requires, as the state does, and does not import.
    fn unused_in(&mut self, files: &Listing, states: Vec<ImportState>) -> Vec<ImportState> {
        let mut changes = Vec::new();
        for entry in &files.entries {
            let before = entry.blob.map(Leaf::File);
            changes.push(Change { path: entry.path.clone(), before, after: None });
        }
        for AskedRequirement { module, .. } in self.reader.asked {
            if files.entry(&module.file).is_none() {
                changes.push(Change { path: module.file.clone(), before: None, after: None });
            }
        }
        self.reader.read(changes.iter());
        let imports = self.reader.differences(&changes);
        let not_required = self.reader.not_required(&changes);
        let is_unused = |state: &ImportState| !imports.contains_key(&state.at) && !not_required.contains(&state.at);
        states.into_iter().filter(is_unused).collect()
    }

    /// Follows statements from a commit to the state before these changes.
    fn before(&mut self, commit: CommitId, changes: &[Change], states: Vec<ImportState>) -> Followed<ImportState> {
        self.reader.read(changes.iter());
        let differences = self.reader.differences(changes);
        let not_required = self.reader.not_required(changes);
        let mut followed = Followed { held: Vec::new(), lost: Vec::new() };
        for mut state in states {
            let difference = differences.get(&state.at).copied().unwrap_or_default();
            let files = state.files.saturating_add_signed(-difference);
            if (files > 0) == (state.kind == StateKind::Imported) {
                if not_required.contains(&state.at) {
                    state.required_since.get_or_insert(commit);
                }
                followed.held.push(ImportState { files, is_change: false, ..state });
            } else {
                followed.lost.push(ImportState { is_change: true, ..state });
            }
        }
        followed
    }

    /// Counts the files that import each module, from the first of these commits to the last.
    fn count_along(&mut self, line: &[PastCommit]) -> Result<Vec<ImportCount>, SourceError> {
        let mut counts = vec![ImportCount::default(); self.reader.asked.len()];
        let mut before = None;
        for commits in line.chunks(COMMITS) {
            let mut pairs = Vec::new();
            for commit in commits {
                pairs.push((before.replace(commit.tree), commit.tree));
            }
            let deltas = self.deltas(&pairs)?;
            self.reader.read(deltas.iter().flat_map(|delta| &delta.changes));
            self.reader.is_whole &= deltas.iter().all(|delta| delta.unseen.is_empty());
            for (commit, delta) in commits.iter().zip(&deltas) {
                for (at, difference) in self.reader.differences(&delta.changes) {
                    let row = &mut counts[at];
                    row.files = row.files.saturating_add_signed(difference);
                    if row.files > 0 {
                        row.first.get_or_insert(FirstImport { commit: commit.id, files: row.files });
                    }
                }
            }
        }
        Ok(counts)
    }
}

/// How many files import a module in one commit, and where the first did.
#[derive(Clone, Default)]
struct ImportCount {
    files: usize,
    first: Option<FirstImport>,
}

/// The first commit in which files import a module, and how many do.
#[derive(Clone, Copy)]
struct FirstImport {
    commit: CommitId,
    files: usize,
}

/// The data of commits, each read once.
struct CommitInfos<'a> {
    history: &'a History,
    known: HashMap<CommitId, Arc<CommitInfo>>,
}

impl<'a> CommitInfos<'a> {
    fn new(history: &'a History) -> Self {
        Self { history, known: HashMap::new() }
    }

    fn get(&mut self, id: CommitId) -> Result<Arc<CommitInfo>, SourceError> {
        if let Some(info) = self.known.get(&id) {
            return Ok(Arc::clone(info));
        }
        let info = Arc::new(self.history.info(id)?);
        self.known.insert(id, Arc::clone(&info));
        Ok(info)
    }
}
