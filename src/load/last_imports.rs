//! Which commit took away the last import of a module that nothing imports any more, or since when it has been required
//! without one: a walk back over trees, for all modules at once.
//!
//! A module is followed from a commit to the first of its parents where nothing imports it either. Where every parent
//! has an import, that commit took the last one away.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{FactStore, Input, Tree, compare_trees};
use crate::go::prefixes;
use crate::source::{Change, CommitInfo, Entry, History, Leaf, Listing, PastCommit, Repository, SourceError};
use crate::syntax::{GoFile, GoMod, Parsed};
use crate::text::{BlobId, CommitId, FastMap, RepoPath};

/// A requirement that nothing imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRequirement {
    /// The file that requires it.
    pub file: RepoPath,
    /// The directories of other modules below the one that requires it.
    pub nested: Arc<[RepoPath]>,
    /// The directories of packages of the module that no pattern matches and that imports lead to today.
    pub reached: Arc<[RepoPath]>,
    /// The path of the required module.
    pub module: Arc<str>,
    /// Whether it is required. One that is not may have been imported anyway, as long as it was.
    pub is_required: bool,
}

impl AskedRequirement {
    /// Whether a file lies in the module that requires.
    pub(super) fn has(&self, path: &RepoPath) -> bool {
        let dir = self.file.parent().unwrap_or_else(RepoPath::root);
        path.is_within(&dir) && !self.nested.iter().any(|nested| path.is_within(nested))
    }
}

/// When a requirement was last imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastImportCommit {
    /// The commit that took away the last import, or that began to require the module.
    pub commit: Arc<CommitInfo>,
    /// Whether there was an import that it took away.
    pub was_imported: bool,
    /// Whether the history before this commit is not in this clone.
    pub is_least: bool,
}

/// How many commits are looked at together at first, and at most.
const STRETCHES: (usize, usize) = (32, 1024);

/// Finds when each requirement was last imported, going back from a commit where nothing imports it. If that is not
/// certain, because nothing imports it only in another state, the files of the commit are given as well; `None` for one
/// that the commit does not require, or still imports.
pub(crate) fn trace_imports(
    repository: &Repository,
    input: Input<'_>,
    (commit, files): (CommitId, Option<&Listing>),
    asked: &[AskedRequirement],
) -> Result<Vec<Option<LastImportCommit>>, SourceError> {
    let history = repository.history()?;
    let mut tracer = ImportTracer {
        repository,
        store: input.store,
        input,
        history,
        asked,
        open: BTreeMap::new(),
        settled: HashMap::new(),
        imports: HashMap::new(),
        requires: HashMap::new(),
    };
    let all: Vec<usize> = (0..asked.len()).collect();
    let file = |entry: &Entry| Change { path: entry.path.clone(), before: entry.blob.map(Leaf::File), after: None };
    let files: Option<Vec<Change>> = files.map(|files| files.entries.iter().map(file).collect());
    let uncommitted = files.map(|files| tracer.ended(&files, &all)).unwrap_or_default();
    let committed = all.into_iter().filter(|at| !uncommitted.contains_key(at)).collect();
    if let Some(past) = tracer.history.past(commit)? {
        tracer.enqueue(&past, committed, STRETCHES.0);
    }
    while let Some(((_, commit), (asked, stretch))) = tracer.open.pop_last() {
        tracer.follow(commit, asked, stretch)?;
    }
    tracer.finish()
}

/// The reason why a walk back stopped: an import in the older state, or a requirement that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WalkEnd {
    Imported,
    NotRequired,
}

struct ImportTracer<'a> {
    repository: &'a Repository,
    store: &'a FactStore,
    input: Input<'a>,
    history: History,
    asked: &'a [AskedRequirement],
    /// The requirements on their way, by the commit that they have come to, and how far to look at once; the newest is
    /// next.
    open: BTreeMap<(i64, CommitId), (Vec<usize>, usize)>,
    settled: HashMap<usize, (CommitId, WalkEnd, bool)>,
    /// Which of the modules each blob imports.
    imports: HashMap<BlobId, Arc<HashSet<Arc<str>>>>,
    /// Which of the modules each module file requires.
    requires: HashMap<BlobId, Arc<HashSet<Arc<str>>>>,
}

impl ImportTracer<'_> {
    fn enqueue(&mut self, commit: &PastCommit, asked: Vec<usize>, stretch: usize) {
        if !asked.is_empty() {
            let (open, length) = self.open.entry((commit.time, commit.id)).or_insert_with(|| (Vec::new(), stretch));
            open.extend(asked);
            *length = (*length).max(stretch);
        }
    }

    /// Goes back through the first parents, as far as a stretch.
    fn follow(&mut self, commit: CommitId, mut asked: Vec<usize>, stretch: usize) -> Result<(), SourceError> {
        let chain = self.history.first_parents(commit, stretch + 1)?;
        let pairs: Vec<_> = chain.windows(2).map(|pair| (Some(pair[1].tree), pair[0].tree)).collect();
        let deltas = compare_trees(self.repository, self.store, &pairs, Tree::FirstParty)?;
        for (child, delta) in chain.iter().zip(deltas) {
            let ended = self.ended(&delta.changes, &asked);
            asked.retain(|at| !ended.contains_key(at));
            self.leave(child, ended)?;
            if asked.is_empty() {
                return Ok(());
            }
        }
        let Some(last) = chain.last() else { return Ok(()) };
        if chain.len() <= stretch {
            // Here history begins, or this clone.
            let ended = asked.into_iter().filter(|&at| self.asked[at].is_required);
            let ended = ended.map(|at| (at, WalkEnd::NotRequired)).collect();
            return self.leave(last, ended);
        }
        self.enqueue(last, asked, (stretch * 2).min(STRETCHES.1));
        Ok(())
    }

    /// Follows the requirements that ended towards the first parent of a commit to another parent, or settles them.
    fn leave(&mut self, commit: &PastCommit, mut ended: BTreeMap<usize, WalkEnd>) -> Result<(), SourceError> {
        for &parent in commit.parents.iter().skip(1) {
            if ended.is_empty() {
                return Ok(());
            }
            let Some(parent) = self.history.past(parent)? else { continue };
            let pair = (Some(parent.tree), commit.tree);
            let deltas = compare_trees(self.repository, self.store, &[pair], Tree::FirstParty)?;
            let asked: Vec<usize> = ended.keys().copied().collect();
            let here = deltas.first().map(|delta| self.ended(&delta.changes, &asked)).unwrap_or_default();
            let goes_on: Vec<usize> = asked.into_iter().filter(|at| !here.contains_key(at)).collect();
            ended.retain(|at, _| !goes_on.contains(at));
            self.enqueue(&parent, goes_on, STRETCHES.0);
        }
        for (at, end) in ended {
            self.settled.insert(at, (commit.id, end, commit.is_cut));
        }
        Ok(())
    }

    /// Which of the requirements the earlier of two states imports, or does not have.
    fn ended(&mut self, changes: &[Change], asked: &[usize]) -> BTreeMap<usize, WalkEnd> {
        self.read(changes, asked);
        let mut by_file: FastMap<&RepoPath, Vec<usize>> = FastMap::default();
        let mut by_module: FastMap<&str, Vec<usize>> = FastMap::default();
        for &at in asked {
            by_file.entry(&self.asked[at].file).or_default().push(at);
            by_module.entry(&self.asked[at].module).or_default().push(at);
        }
        let mut ended = BTreeMap::new();
        for change in changes {
            let before = change.before.and_then(Leaf::blob);
            let requires = before.and_then(|blob| self.requires.get(&blob));
            for &at in by_file.get(&change.path).into_iter().flatten().filter(|at| self.asked[**at].is_required) {
                if requires.is_none_or(|requires| !requires.contains(&self.asked[at].module)) {
                    ended.entry(at).or_insert(WalkEnd::NotRequired);
                }
            }
            let imports = before.and_then(|blob| self.imports.get(&blob));
            for module in imports.into_iter().flat_map(|imports| imports.iter()) {
                let importing = by_module.get(&**module).into_iter().flatten();
                let importing = importing.filter(|at| self.asked[**at].has(&change.path));
                ended.extend(importing.map(|at| (*at, WalkEnd::Imported)));
            }
        }
        ended
    }

    /// Reads the earlier content of the changed files, as far as it matters and is not known.
    fn read(&mut self, changes: &[Change], asked: &[usize]) {
        let before = |change: &Change| change.before.and_then(Leaf::blob);
        let modules: HashSet<Arc<str>> = self.asked.iter().map(|asked| Arc::clone(&asked.module)).collect();
        let files: HashSet<&RepoPath> = asked.iter().map(|&at| &self.asked[at].file).collect();
        let blobs = |wanted: &dyn Fn(&RepoPath) -> bool, known: &dyn Fn(&BlobId) -> bool| -> Vec<Entry> {
            let wanted = changes.iter().filter(|change| wanted(&change.path)).filter_map(before);
            wanted.filter(|blob| !known(blob)).map(Entry::of_blob).collect()
        };
        let go_files = blobs(&|path| path.file_name().ends_with(b".go"), &|blob| self.imports.contains_key(blob));
        let go_mods = blobs(&|path| files.contains(path), &|blob| self.requires.contains_key(blob));
        let entries: Vec<&Entry> = go_files.iter().collect();
        for (entry, parsed) in entries.iter().zip(self.input.go_files(&entries)) {
            let imported = parsed.map(|parsed| imported(&parsed, &modules)).unwrap_or_default();
            self.imports.extend(entry.blob.map(|blob| (blob, Arc::new(imported))));
        }
        let entries: Vec<&Entry> = go_mods.iter().collect();
        for (entry, parsed) in entries.iter().zip(self.input.go_mods(&entries)) {
            let required = parsed.map(|parsed| required(&parsed, &modules)).unwrap_or_default();
            self.requires.extend(entry.blob.map(|blob| (blob, Arc::new(required))));
        }
    }

    fn finish(self) -> Result<Vec<Option<LastImportCommit>>, SourceError> {
        let mut found = vec![None; self.asked.len()];
        for (at, (commit, end, is_least)) in self.settled {
            let commit = Arc::new(self.history.info(commit)?);
            found[at] = Some(LastImportCommit { commit, was_imported: end == WalkEnd::Imported, is_least });
        }
        Ok(found)
    }
}

/// Which of the modules a file imports, if some build has it.
fn imported(parsed: &Parsed<GoFile>, modules: &HashSet<Arc<str>>) -> HashSet<Arc<str>> {
    if !parsed.tree.is_in_some_build() {
        return HashSet::new();
    }
    let required = |path| prefixes(path).filter_map(|path| modules.get(path).cloned());
    parsed.tree.imports.iter().flat_map(|import| required(&import.path)).collect()
}

/// Which of the modules a module file requires.
fn required(parsed: &Parsed<GoMod>, modules: &HashSet<Arc<str>>) -> HashSet<Arc<str>> {
    parsed.tree.require.iter().filter_map(|line| modules.get(line.path.value.as_str()).cloned()).collect()
}
