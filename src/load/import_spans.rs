//! Which commits brought the first import of each required module, and which took the last one away: one walk along the
//! first parents, for all of them at once, by the files below the directory of the module that requires them, whatever
//! it was called.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{AskedRequirement, Input, NamedModules, Tree, compare_trees};
use crate::go::{FileKind, has_imports, prefixes};
use crate::source::{Change, CommitInfo, Entry, Leaf, PastCommit, Repository, SourceError};
use crate::text::{BlobId, CommitId, RepoPath};

/// From when to when a module was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSpan {
    /// The commit that brought the first import; `None` if there never was one.
    pub first: Option<Arc<CommitInfo>>,
    /// The commit that took the last one away; `None` while there is one.
    pub last: Option<Arc<CommitInfo>>,
    /// Whether there may have been an earlier one: in commits that are not in this clone, or in files that could not be
    /// read.
    pub is_least: bool,
}

/// How many commits are looked at together.
const STRETCH: usize = 1024;

/// When each required module was imported, up to a commit.
pub(crate) fn trace_import_spans(
    repository: &Repository,
    input: Input<'_>,
    commit: CommitId,
    asked: &[AskedRequirement],
) -> Result<Vec<ImportSpan>, SourceError> {
    let mut history = repository.history()?;
    let mut line = history.first_parents(commit, usize::MAX)?;
    line.reverse();
    let mut count = Count::new(asked);
    let mut before: Option<&PastCommit> = None;
    for stretch in line.chunks(STRETCH) {
        let parents = std::iter::once(before).chain(stretch.iter().map(Some));
        let pairs: Vec<_> =
            parents.zip(stretch).map(|(parent, commit)| (parent.map(|parent| parent.tree), commit.tree)).collect();
        let deltas = compare_trees(repository, input.store, &pairs, Tree::FirstParty)?;
        count.read(input, deltas.iter().flat_map(|delta| &delta.changes));
        count.is_whole &= deltas.iter().all(|delta| delta.unseen.is_empty());
        for (commit, delta) in stretch.iter().zip(&deltas) {
            count.go_on(commit.id, &delta.changes);
        }
        before = stretch.last();
    }
    let is_cut = line.first().is_some_and(|commit| commit.is_cut);
    let first = line.first().map(|commit| commit.id);
    let mut known: HashMap<CommitId, Arc<CommitInfo>> = HashMap::new();
    let mut info = |id: CommitId| -> Result<Arc<CommitInfo>, SourceError> {
        if let Some(info) = known.get(&id) {
            return Ok(Arc::clone(info));
        }
        let info = Arc::new(history.info(id)?);
        known.insert(id, Arc::clone(&info));
        Ok(info)
    };
    let span = |row: &SpanRow| {
        let is_least = !count.is_whole || (is_cut && row.first.is_none_or(|commit| Some(commit) == first));
        Ok(ImportSpan {
            first: row.first.map(&mut info).transpose()?,
            last: row.last.map(&mut info).transpose()?,
            is_least,
        })
    };
    count.rows.iter().map(span).collect()
}

/// A requirement on its way through history.
#[derive(Clone, Default)]
struct SpanRow {
    /// How many files import it.
    files: usize,
    first: Option<CommitId>,
    last: Option<CommitId>,
}

/// How many files import each required module.
struct Count<'a> {
    asked: &'a [AskedRequirement],
    rows: Vec<SpanRow>,
    /// The places of the requirements of each module.
    places: HashMap<Arc<str>, Vec<usize>>,
    /// Which of the modules each blob imports.
    imports: HashMap<BlobId, Arc<HashSet<Arc<str>>>>,
    /// Whether everything could be read.
    is_whole: bool,
    named: NamedModules,
    /// The directories of packages that no pattern matches and that imports lead to.
    reached: HashSet<&'a RepoPath>,
}

impl<'a> Count<'a> {
    fn new(asked: &'a [AskedRequirement]) -> Self {
        let mut places: HashMap<Arc<str>, Vec<usize>> = HashMap::new();
        for (at, asked) in asked.iter().enumerate() {
            places.entry(Arc::clone(&asked.module)).or_default().push(at);
        }
        let rows = vec![SpanRow::default(); asked.len()];
        let reached = asked.iter().flat_map(|asked| asked.reached.iter()).collect();
        let named = NamedModules::default();
        Self { asked, rows, places, imports: HashMap::new(), is_whole: true, named, reached }
    }

    fn is_go_file(&self, path: &RepoPath) -> bool {
        let is_reached =
            || path.parent().is_some_and(|dir| self.reached.contains(&dir)) && has_imports(path.file_name());
        self.named.role(path).kind == Some(FileKind::GoFile) || is_reached()
    }

    /// Reads the unknown ones of the files that change.
    fn read<'c>(&mut self, input: Input<'_>, changes: impl Iterator<Item = &'c Change>) {
        let changed = changes.filter(|change| self.is_go_file(&change.path));
        let blobs: HashSet<BlobId> = changed
            .flat_map(|change| [change.before, change.after].map(|leaf| leaf.and_then(Leaf::blob)))
            .flatten()
            .collect();
        let unknown = blobs.into_iter().filter(|blob| !self.imports.contains_key(blob));
        let entries: Vec<Entry> = unknown.map(Entry::of_blob).collect();
        let entries: Vec<&Entry> = entries.iter().collect();
        for (entry, parsed) in entries.iter().zip(input.go_files(&entries)) {
            self.is_whole &= parsed.is_ok();
            let parsed = parsed.ok().filter(|parsed| parsed.tree.is_in_some_build());
            let imports = parsed.iter().flat_map(|parsed| &parsed.tree.imports);
            let imported = imports.filter_map(|import| self.module_of(&import.path)).collect();
            self.imports.extend(entry.blob.map(|blob| (blob, Arc::new(imported))));
        }
    }

    /// The required module with the longest path that could have a package.
    fn module_of(&self, package: &str) -> Option<Arc<str>> {
        prefixes(package).find_map(|path| Some(Arc::clone(self.places.get_key_value(path)?.0)))
    }

    /// Adds the changes of a commit.
    fn go_on(&mut self, commit: CommitId, changes: &[Change]) {
        let mut differences: HashMap<usize, isize> = HashMap::new();
        for change in changes.iter().filter(|change| self.is_go_file(&change.path)) {
            for (leaf, difference) in [(change.before, -1), (change.after, 1)] {
                let imports = leaf.and_then(Leaf::blob).and_then(|blob| self.imports.get(&blob));
                let places = imports.iter().flat_map(|imports| imports.iter()).flat_map(|module| &self.places[module]);
                for &at in places.filter(|&&at| self.asked[at].has(&change.path)) {
                    *differences.entry(at).or_default() += difference;
                }
            }
        }
        for (at, difference) in differences {
            let row = &mut self.rows[at];
            let before = row.files;
            row.files = before.saturating_add_signed(difference);
            match (before, row.files) {
                (0, 1..) => {
                    row.first.get_or_insert(commit);
                    row.last = None;
                }
                (1.., 0) => row.last = Some(commit),
                _ => {}
            }
        }
    }
}
