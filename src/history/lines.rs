//! Which commit added each line of the module files: back through history, as `git blame` would, but by the meaning of a
//! line and not by its place or spelling.
//!
//! A line is traced from a commit to the first of its parents that has it in the same file, or in a file that was
//! moved. Where none has it, that commit added it.

mod contents;
mod moved;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::contents::{PathContents, along, at_tree};
use self::moved::{Gone, gone_between, gone_since, sources};
use super::back::{Along, BackWalk, Followed, ParentPair, Statements};
use crate::load::{AgesRow, FactStore, Kind};
use crate::source::{CommitInfo, History, Listing, PastCommit, Repository, SourceError};
use crate::text::{CommitId, RepoPath};

/// A line to trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedLine {
    /// Its file.
    pub path: RepoPath,
    /// Its meaning, on one line, as `syntax` prints the directive.
    pub text: Arc<str>,
}

/// The place of the traced lines.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// In this commit.
    Commit(CommitId),
    /// In files that may differ from this commit, which are listed.
    After(CommitId, &'a Listing),
}

/// The commit that added a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The commit.
    pub commit: Arc<CommitInfo>,
    /// Whether the line may be older, because the history before this commit is not in this clone.
    pub is_least: bool,
}

/// An answer that took no more commits than this is not worth keeping.
const CHEAP: usize = 64;

/// Finds for each line the commit that added it; `None` for a line that is in no commit yet.
pub fn trace_lines(
    repository: &Repository,
    store: &FactStore,
    start: Start<'_>,
    lines: &[AskedLine],
) -> Result<Vec<Option<Addition>>, SourceError> {
    let mut walk = BackWalk::new(repository)?;
    let keeps = !walk.history().is_rewritten();
    let mut tracer = LineTracer { repository, store, lines, keeps, settled: HashMap::new(), seen: 0 };
    let (Start::Commit(commit) | Start::After(commit, _)) = start;
    let begun = tracer.begin(start, walk.history())?;
    walk.start(commit, begun.clone())?;
    walk.run(&mut tracer)?;
    tracer.remember(commit, &begun);
    tracer.additions(walk.history())
}

struct LineTracer<'a> {
    repository: &'a Repository,
    store: &'a FactStore,
    lines: &'a [AskedLine],
    /// Whether the result holds for every clone, and so may be kept.
    keeps: bool,
    settled: HashMap<usize, SettledLine>,
    /// How many commits were compared.
    seen: usize,
}

/// A line on its way back.
#[derive(Clone, Debug)]
struct LineToken {
    /// Which line.
    line: usize,
    /// Its file in the commit that it has come to.
    path: RepoPath,
    /// Whether the file could not be read in a parent of that commit.
    is_unseen: bool,
}

#[derive(Clone, Copy, Debug)]
struct SettledLine {
    commit: CommitId,
    is_least: bool,
}

impl Statements for LineTracer<'_> {
    type Statement = LineToken;

    /// Settles the known lines at the first commit of a chain, and ends the chain at the next commit for which
    /// something is known, or to which other lines have come.
    fn shorten(
        &mut self,
        chain: &mut Vec<PastCommit>,
        tokens: Vec<LineToken>,
        is_met: &dyn Fn(&PastCommit) -> bool,
    ) -> Vec<LineToken> {
        let ids: Vec<&[u8]> = chain.iter().map(|commit| commit.id.as_bytes()).collect();
        let rows = if self.keeps { self.store.get(Kind::Lines, &ids) } else { Vec::new() };
        let is_known = |at: usize| rows.get(at).is_some_and(Option::is_some);
        let next = (1..chain.len()).find(|&at| is_known(at) || is_met(&chain[at]));
        let row = rows.first().and_then(|row| AgesRow::decode(row.as_deref()?)).unwrap_or_default();
        chain.truncate(next.map_or(chain.len(), |at| at + 1));
        let mut open = Vec::new();
        for token in tokens {
            match row.get(&token.path, &self.lines[token.line].text) {
                Some(commit) => _ = self.settled.insert(token.line, SettledLine { commit, is_least: false }),
                None => open.push(token),
            }
        }
        open
    }

    fn along(&mut self, chain: &[PastCommit], tokens: Vec<LineToken>) -> Result<Along<LineToken>, SourceError> {
        self.seen += chain.len();
        let paths = distinct_paths(&tokens);
        let mut at_path: Vec<Vec<LineToken>> = vec![Vec::new(); paths.len()];
        for token in tokens {
            let place = paths.binary_search(&token.path).expect("the path of each line is listed");
            at_path[place].push(token);
        }
        let mut lost = Vec::new();
        for changes in along(self.repository, chain, &paths)? {
            let mut gone = Vec::new();
            for (place, contents) in changes {
                let has = |token: &mut LineToken| contents.has(&self.lines[token.line].text);
                gone.extend(at_path[place].extract_if(.., |token| !has(token)));
            }
            lost.push(gone);
        }
        Ok(Along { lost, held: at_path.into_iter().flatten().collect() })
    }

    fn to_parent(&mut self, pair: ParentPair<'_>, tokens: Vec<LineToken>) -> Result<Followed<LineToken>, SourceError> {
        let (held, rest) = self.found_at(pair.parent, tokens)?;
        let mut lost = Vec::new();
        for (mut token, contents) in rest {
            token.is_unseen |= matches!(contents, PathContents::Unseen);
            lost.push(token);
        }
        Ok(Followed { held, lost })
    }

    /// Follows lines of files that a parent of the commit did not have into the files that went in the same commit.
    fn moved(
        &mut self,
        ParentPair { commit, parent }: ParentPair<'_>,
        tokens: Vec<LineToken>,
    ) -> Result<Followed<LineToken>, SourceError> {
        let paths = distinct_paths(&tokens);
        let before = at_tree(self.repository, parent.tree, &paths)?;
        let is_new = |token: &LineToken| {
            let place = paths.binary_search(&token.path).expect("the path of each line is listed");
            matches!(before[place], PathContents::Absent)
        };
        let (new, mut lost): (Vec<LineToken>, Vec<LineToken>) = tokens.into_iter().partition(is_new);
        let mut held = Vec::new();
        if new.is_empty() {
            return Ok(Followed { held, lost });
        }
        let gone = gone_between(self.repository, parent.tree, commit.tree)?;
        let new = by_path(new);
        let paths: Vec<RepoPath> = new.keys().cloned().collect();
        let contents = at_tree(self.repository, commit.tree, &paths)?;
        for ((path, tokens), contents) in new.into_iter().zip(contents) {
            let (moved, rest) = self.moved_from(tokens, &sources(&gone, &path, &contents.lines()));
            held.extend(moved);
            lost.extend(rest);
        }
        Ok(Followed { held, lost })
    }

    fn settle(&mut self, commit: CommitId, is_least: bool, tokens: Vec<LineToken>) {
        for token in tokens {
            let is_least = is_least || token.is_unseen;
            self.settled.insert(token.line, SettledLine { commit, is_least });
        }
    }
}

impl LineTracer<'_> {
    /// The lines that are in the commit where their traces begin.
    fn begin(&self, start: Start<'_>, history: &mut History) -> Result<Vec<LineToken>, SourceError> {
        let mut tokens = Vec::new();
        for (line, asked) in self.lines.iter().enumerate() {
            tokens.push(LineToken { line, path: asked.path.clone(), is_unseen: false });
        }
        let Start::After(commit, listing) = start else { return Ok(tokens) };
        let Some(commit) = history.past(commit)? else { return Ok(Vec::new()) };
        self.committed(&commit, listing, tokens)
    }

    /// The lines that are in the commit from which the listed files were changed, with their files there.
    fn committed(
        &self,
        commit: &PastCommit,
        listing: &Listing,
        tokens: Vec<LineToken>,
    ) -> Result<Vec<LineToken>, SourceError> {
        let (mut committed, rest) = self.found_at(commit, tokens)?;
        let new = rest.into_iter().filter(|(_, contents)| matches!(contents, PathContents::Absent));
        let new: Vec<LineToken> = new.map(|(token, _)| token).collect();
        if new.is_empty() {
            return Ok(committed);
        }
        let gone = gone_since(self.repository, (commit.id, commit.tree), listing)?;
        for (path, tokens) in by_path(new) {
            let lines = tokens.iter().map(|token| &*self.lines[token.line].text).collect();
            committed.extend(self.moved_from(tokens, &sources(&gone, &path, &lines)).0);
        }
        Ok(committed)
    }

    /// The lines that a commit has, and the others with the contents at their paths.
    fn found_at(&self, commit: &PastCommit, tokens: Vec<LineToken>) -> Result<FoundAt, SourceError> {
        let paths = distinct_paths(&tokens);
        let contents = at_tree(self.repository, commit.tree, &paths)?;
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for token in tokens {
            let place = paths.binary_search(&token.path).expect("the path of each line is listed");
            match &contents[place] {
                contents if contents.has(&self.lines[token.line].text) => {
                    found.push(LineToken { is_unseen: false, ..token });
                }
                contents => rest.push((token, contents.clone())),
            }
        }
        Ok((found, rest))
    }

    /// The lines of a new file that one of the files that went had, each in the first that had it, and the others.
    fn moved_from(&self, tokens: Vec<LineToken>, sources: &[&Gone]) -> (Vec<LineToken>, Vec<LineToken>) {
        let (mut moved, mut rest) = (Vec::new(), Vec::new());
        for token in tokens {
            let text = &self.lines[token.line].text;
            match sources.iter().find(|file| file.contents.has(text)) {
                Some(file) => moved.push(LineToken { path: file.path.clone(), is_unseen: false, ..token }),
                None => rest.push(token),
            }
        }
        (moved, rest)
    }

    /// Keeps the result for the commit where the traces began, if that took some work.
    fn remember(&self, commit: CommitId, begun: &[LineToken]) {
        if !self.keeps || self.seen <= CHEAP {
            return;
        }
        let mut row = AgesRow::default();
        for token in begun {
            let exact = self.settled.get(&token.line).filter(|settled| !settled.is_least);
            exact.into_iter().for_each(|it| row.insert(&token.path, &self.lines[token.line].text, it.commit));
        }
        let value = row.encode();
        value.into_iter().for_each(|value| self.store.put(Kind::Lines, &[(commit.as_bytes(), &value)]));
    }

    fn additions(&self, history: &History) -> Result<Vec<Option<Addition>>, SourceError> {
        let mut infos: HashMap<CommitId, Arc<CommitInfo>> = HashMap::new();
        let mut additions = vec![None; self.lines.len()];
        for (&line, settled) in &self.settled {
            let commit = match infos.entry(settled.commit) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => Arc::clone(new.insert(Arc::new(history.info(settled.commit)?))),
            };
            additions[line] = Some(Addition { commit, is_least: settled.is_least });
        }
        Ok(additions)
    }
}

/// Lines that were found, and the others with the contents at their paths.
type FoundAt = (Vec<LineToken>, Vec<(LineToken, PathContents)>);

fn by_path(tokens: Vec<LineToken>) -> BTreeMap<RepoPath, Vec<LineToken>> {
    let mut by_path: BTreeMap<RepoPath, Vec<LineToken>> = BTreeMap::new();
    tokens.into_iter().for_each(|token| by_path.entry(token.path.clone()).or_default().push(token));
    by_path
}

fn distinct_paths(tokens: &[LineToken]) -> Vec<RepoPath> {
    let mut paths: Vec<RepoPath> = tokens.iter().map(|token| token.path.clone()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
