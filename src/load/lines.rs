//! Which commit added each line of the module files: back through history, as `git blame` would, but by the meaning of a
//! line and not by its place or spelling.
//!
//! A line is traced from a commit to the first of its parents that has it in the same file, or in a file that was
//! moved. Where none has it, that commit added it.

mod contents;
mod moved;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use self::contents::{PathContents, along, at_tree};
use self::moved::{Gone, gone_between, gone_since, sources};
use super::store::AgesRow;
use super::{FactStore, Kind};
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

/// How many commits are looked at before the first is known to have been worth it; twice as many each time after.
const FIRST_STRETCH: usize = 16;

/// The most commits that are looked at together.
const LONGEST_STRETCH: usize = 1024;

/// An answer that took no more commits than this is not worth keeping.
const CHEAP: usize = 64;

/// Finds for each line the commit that added it; `None` for a line that is in no commit yet.
pub fn trace_lines(
    repository: &Repository,
    store: &FactStore,
    start: Start<'_>,
    lines: &[AskedLine],
) -> Result<Vec<Option<Addition>>, SourceError> {
    let history = repository.history()?;
    let keeps = !history.is_rewritten();
    let mut tracer = LineTracer {
        repository,
        store,
        history,
        lines,
        keeps,
        open: BTreeMap::new(),
        settled: HashMap::new(),
        seen: 0,
    };
    let begun = tracer.begin(start)?;
    while let Some(((_, commit), group)) = tracer.open.pop_last() {
        tracer.follow(commit, group)?;
    }
    tracer.remember(start, &begun);
    tracer.additions()
}

struct LineTracer<'a> {
    repository: &'a Repository,
    store: &'a FactStore,
    history: History,
    lines: &'a [AskedLine],
    /// Whether the result holds for every clone, and so may be kept.
    keeps: bool,
    /// The lines that are still on their way, by the commit that they have come to; the newest is next.
    open: BTreeMap<(i64, CommitId), CommitGroup>,
    settled: HashMap<usize, SettledLine>,
    /// How many commits were looked at.
    seen: usize,
}

/// Lines that are at the same commit.
#[derive(Debug, Default)]
struct CommitGroup {
    tokens: Vec<LineToken>,
    /// How far to look at once.
    stretch: usize,
}

/// A line on its way back.
#[derive(Clone, Debug)]
struct LineToken {
    /// Which line.
    line: usize,
    /// Its file in the commit that it has come to.
    path: RepoPath,
}

#[derive(Clone, Copy, Debug)]
struct SettledLine {
    commit: CommitId,
    is_least: bool,
}

impl LineTracer<'_> {
    /// Puts every line at the commit where its trace begins, and returns those that have one.
    fn begin(&mut self, start: Start<'_>) -> Result<Vec<LineToken>, SourceError> {
        let all = self.lines.iter().enumerate();
        let tokens: Vec<LineToken> = all.map(|(line, asked)| LineToken { line, path: asked.path.clone() }).collect();
        let (commit, tokens) = match start {
            Start::Commit(commit) => (commit, tokens),
            Start::After(commit, listing) => (commit, self.committed(commit, listing, tokens)?),
        };
        let past = self.history.past(commit)?;
        past.into_iter().for_each(|past| self.enqueue(&past, tokens.clone(), FIRST_STRETCH));
        Ok(tokens)
    }

    /// The lines that are in the commit from which the listed files were changed, with their files there.
    fn committed(
        &mut self,
        commit: CommitId,
        listing: &Listing,
        tokens: Vec<LineToken>,
    ) -> Result<Vec<LineToken>, SourceError> {
        let Some(past) = self.history.past(commit)? else { return Ok(Vec::new()) };
        let (mut committed, rest) = self.found_at(&past, tokens)?;
        let new = rest.into_iter().filter(|(_, contents)| matches!(contents, PathContents::Absent));
        let new: Vec<LineToken> = new.map(|(token, _)| token).collect();
        if new.is_empty() {
            return Ok(committed);
        }
        let gone = gone_since(self.repository, (commit, past.tree), listing)?;
        for (path, tokens) in by_path(new) {
            let lines = tokens.iter().map(|token| &*self.lines[token.line].text).collect();
            committed.extend(self.moved(tokens, &sources(&gone, &path, &lines)).0);
        }
        Ok(committed)
    }

    fn enqueue(&mut self, commit: &PastCommit, tokens: Vec<LineToken>, stretch: usize) {
        if !tokens.is_empty() {
            let group = self.open.entry((commit.time, commit.id)).or_default();
            group.tokens.extend(tokens);
            group.stretch = group.stretch.max(stretch);
        }
    }

    /// Follows lines back through the first parents, as far as the group's stretch.
    fn follow(&mut self, commit: CommitId, group: CommitGroup) -> Result<(), SourceError> {
        let mut chain = self.history.first_parents(commit, group.stretch + 1)?;
        let whole = chain.len();
        let tokens = self.shorten(&mut chain, group.tokens);
        let is_end = whole <= group.stretch && chain.len() == whole;
        self.seen += chain.len();
        let paths = distinct_paths(&tokens);
        let mut at_path: Vec<Vec<LineToken>> = vec![Vec::new(); paths.len()];
        for token in tokens {
            let place = paths.binary_search(&token.path).expect("the path of each line is listed");
            at_path[place].push(token);
        }
        let changes = along(self.repository, &chain, &paths)?;
        for (child, changes) in chain.iter().zip(changes) {
            let mut gone = Vec::new();
            for (place, contents) in changes {
                let has = |token: &mut LineToken| contents.has(&self.lines[token.line].text);
                gone.extend(at_path[place].extract_if(.., |token| !has(token)));
            }
            self.leave(child, gone)?;
        }
        let left: Vec<LineToken> = at_path.into_iter().flatten().collect();
        let Some(last) = chain.last() else { return Ok(()) };
        if is_end {
            return self.leave(last, left);
        }
        self.enqueue(last, left, (group.stretch * 2).min(LONGEST_STRETCH));
        Ok(())
    }

    /// Settles the known lines at the first commit of a chain, and ends the chain at the next commit for which
    /// something is known, or to which other lines have come.
    fn shorten(&mut self, chain: &mut Vec<PastCommit>, tokens: Vec<LineToken>) -> Vec<LineToken> {
        let ids: Vec<&[u8]> = chain.iter().map(|commit| commit.id.as_bytes()).collect();
        let rows = if self.keeps { self.store.get(Kind::Lines, &ids) } else { Vec::new() };
        let is_met = |at: usize| {
            rows.get(at).is_some_and(Option::is_some) || self.open.contains_key(&(chain[at].time, chain[at].id))
        };
        let next = (1..chain.len()).find(|&at| is_met(at));
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

    /// Finds another way for lines that the first parent of a commit may not have, or settles them there.
    fn leave(&mut self, commit: &PastCommit, tokens: Vec<LineToken>) -> Result<(), SourceError> {
        if tokens.is_empty() {
            return Ok(());
        }
        let mut is_least = commit.is_cut;
        let mut left = tokens;
        let mut absent: Vec<(PastCommit, HashSet<RepoPath>)> = Vec::new();
        let mut unseen: HashSet<RepoPath> = HashSet::new();
        for &parent in &commit.parents {
            let Some(parent) = self.history.past(parent)? else {
                is_least = true;
                continue;
            };
            let (found, rest) = self.found_at(&parent, left)?;
            self.enqueue(&parent, found, FIRST_STRETCH);
            let paths = |wanted: fn(&PathContents) -> bool| {
                rest.iter()
                    .filter(move |(_, it)| wanted(it))
                    .map(|(token, _)| token.path.clone())
                    .collect::<HashSet<_>>()
            };
            unseen.extend(paths(|contents| matches!(contents, PathContents::Unseen)));
            absent.push((parent, paths(|contents| matches!(contents, PathContents::Absent))));
            left = rest.into_iter().map(|(token, _)| token).collect();
        }
        for (parent, paths) in absent {
            left = self.leave_by_move(commit, &parent, (left, &paths))?;
        }
        for token in left {
            let is_least = is_least || unseen.contains(&token.path);
            self.settled.insert(token.line, SettledLine { commit: commit.id, is_least });
        }
        Ok(())
    }

    /// The lines that a commit has, and the others with the contents at their paths.
    fn found_at(&self, commit: &PastCommit, tokens: Vec<LineToken>) -> Result<FoundAt, SourceError> {
        let paths = distinct_paths(&tokens);
        let contents = at_tree(self.repository, commit.tree, &paths)?;
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for token in tokens {
            let place = paths.binary_search(&token.path).expect("the path of each line is listed");
            match &contents[place] {
                contents if contents.has(&self.lines[token.line].text) => found.push(token),
                contents => rest.push((token, contents.clone())),
            }
        }
        Ok((found, rest))
    }

    /// Follows lines of files that a parent of the commit did not have into the files that went in the same commit, and
    /// returns the other lines.
    fn leave_by_move(
        &mut self,
        commit: &PastCommit,
        parent: &PastCommit,
        (tokens, absent): (Vec<LineToken>, &HashSet<RepoPath>),
    ) -> Result<Vec<LineToken>, SourceError> {
        let (new, mut left): (Vec<LineToken>, Vec<LineToken>) =
            tokens.into_iter().partition(|token| absent.contains(&token.path));
        if new.is_empty() {
            return Ok(left);
        }
        let gone = gone_between(self.repository, parent.tree, commit.tree)?;
        let new = by_path(new);
        let paths: Vec<RepoPath> = new.keys().cloned().collect();
        let contents = at_tree(self.repository, commit.tree, &paths)?;
        for ((path, tokens), contents) in new.into_iter().zip(contents) {
            let (moved, rest) = self.moved(tokens, &sources(&gone, &path, &contents.lines()));
            self.enqueue(parent, moved, FIRST_STRETCH);
            left.extend(rest);
        }
        Ok(left)
    }

    /// The lines of a new file that one of the files that went had, each in the first that had it, and the others.
    fn moved(&self, tokens: Vec<LineToken>, sources: &[&Gone]) -> (Vec<LineToken>, Vec<LineToken>) {
        let (mut moved, mut rest) = (Vec::new(), Vec::new());
        for token in tokens {
            let text = &self.lines[token.line].text;
            match sources.iter().find(|file| file.contents.has(text)) {
                Some(file) => moved.push(LineToken { path: file.path.clone(), ..token }),
                None => rest.push(token),
            }
        }
        (moved, rest)
    }

    /// Keeps the result for the commit where the traces began, if that took some work.
    fn remember(&self, start: Start<'_>, begun: &[LineToken]) {
        if !self.keeps || self.seen <= CHEAP {
            return;
        }
        let (Start::Commit(commit) | Start::After(commit, _)) = start;
        let mut row = AgesRow::default();
        for token in begun {
            let exact = self.settled.get(&token.line).filter(|settled| !settled.is_least);
            exact.into_iter().for_each(|it| row.insert(&token.path, &self.lines[token.line].text, it.commit));
        }
        let value = row.encode();
        value.into_iter().for_each(|value| self.store.put(Kind::Lines, &[(commit.as_bytes(), &value)]));
    }

    fn additions(&self) -> Result<Vec<Option<Addition>>, SourceError> {
        let mut infos: HashMap<CommitId, Arc<CommitInfo>> = HashMap::new();
        let mut additions = vec![None; self.lines.len()];
        for (&line, settled) in &self.settled {
            let commit = match infos.entry(settled.commit) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => Arc::clone(new.insert(Arc::new(self.history.info(settled.commit)?))),
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
