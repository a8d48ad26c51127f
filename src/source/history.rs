//! The commits of a repository and how they descend from each other.
//!
//! Commits are read from the object database itself, with the replacements, grafts and shallow boundaries that Git
//! would apply; a commit-graph file knows none of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix::ObjectId;
use gix::actor::SignatureRef;
use gix::bstr::ByteSlice as _;
use gix::objs::commit::MessageRef;
use gix::objs::{CommitRefIter, Find as _, Kind};

use super::commit::Commit;
use super::disk::read_file;
use super::git::{Git, commit_id};
use super::objects::{MAX_LENGTH, describe, failure};
use super::{Source, SourceError};
use crate::text::{CommitId, FastMap, FastSet, Origin, RepoPath, TreeId};

/// The history of a repository, for one thread.
pub struct History {
    git: Git,
    repo: gix::Repository,
    /// The parents in `info/grafts` and at the shallow boundary, in place of those in the commits themselves.
    parents: FastMap<ObjectId, Vec<ObjectId>>,
    shallow: FastSet<ObjectId>,
    nodes: FastMap<ObjectId, CommitNode>,
}

/// Which parents of a commit count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    /// The first: the branch that the commit was merged into.
    First,
    /// All.
    All,
}

/// The data of a commit that a walk needs.
#[derive(Clone, Debug)]
struct CommitNode {
    tree: ObjectId,
    /// Each once.
    parents: Vec<ObjectId>,
    time: i64,
}

/// A commit of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its id.
    pub id: CommitId,
    /// The tree of its files.
    pub tree: TreeId,
    /// Its parents that are part of the walk, by their place in it; each comes earlier.
    pub parents: Vec<usize>,
    /// Why it has fewer parents here than in truth, if so.
    pub boundary: Boundary,
}

/// Whether the history before a commit is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It is, or there was nothing.
    None,
    /// The clone is shallow and begins here.
    Shallow,
    /// A parent is not in this clone.
    Missing,
}

/// The commits between others, parents first.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The commits just before the range, then those of the range.
    pub steps: Vec<Step>,
    /// How many of the steps come before the range.
    pub before: usize,
}

/// The best common ancestors of commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    /// Their ids, sorted.
    pub bases: Vec<CommitId>,
    /// Whether history ended before all was seen: the clone is shallow, or a commit is missing.
    pub ends: bool,
}

/// A commit as one goes back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCommit {
    /// Its id.
    pub id: CommitId,
    /// The tree of its files.
    pub tree: TreeId,
    /// Its parents, whether they are in this clone or not.
    pub parents: Vec<CommitId>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// Whether it has other parents in truth, or could have: the clone is shallow, or a graft took them away.
    pub is_cut: bool,
}

/// Who made a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When the author wrote it, in seconds since 1970.
    pub seconds: i64,
    /// The author's offset from UTC, in seconds.
    pub offset: i32,
    /// The first line of the message.
    pub subject: String,
}

impl History {
    pub(super) fn new(git: &Git) -> Result<Self, SourceError> {
        let repo = git.local();
        let shallow = repo.shallow_commits().map_err(|error| {
            SourceError::new(format!("cannot find where this shallow clone begins: {}", describe(&error)))
        })?;
        let shallow: FastSet<ObjectId> = shallow.iter().flat_map(|commits| commits.iter().copied()).collect();
        let parents = grafts(&repo);
        Ok(Self { git: git.clone(), repo, parents, shallow, nodes: FastMap::default() })
    }

    /// The state that a commit holds.
    pub fn state(&self, step: &Step, revision: String) -> Box<dyn Source> {
        let tree = ObjectId::try_from(step.tree.as_bytes()).expect("the id of a tree that was read");
        Box::new(Commit { git: self.git.clone(), origin: Origin::Commit { id: step.id, revision }, tree })
    }

    /// Who made a commit, and when. A broken author is shown as far as it can be read.
    pub fn info(&self, id: CommitId) -> Result<CommitInfo, SourceError> {
        let mut buffer = Vec::new();
        let object = object_id(id);
        let data = read_commit(&self.repo, object, &mut buffer)?.ok_or_else(|| self.absent(object))?;
        let (headers, message) = data.split_at(data.find("\n\n").map_or(data.len(), |end| end + 1));
        let author = headers.lines().find_map(|line| line.strip_prefix(b"author "));
        let author = author.and_then(|line| SignatureRef::from_bytes(line).ok());
        let time = author.as_ref().and_then(|author| author.time().ok()).unwrap_or_default();
        let text = |bytes: &[u8]| RepoPath::new(bytes).to_string();
        Ok(CommitInfo {
            id,
            author: author.as_ref().map(|author| text(author.name)).unwrap_or_default(),
            email: author.as_ref().map(|author| text(author.email)).unwrap_or_default(),
            seconds: time.seconds,
            offset: time.offset,
            subject: text(MessageRef::from_bytes(message.get(1..).unwrap_or_default()).summary().as_ref()),
        })
    }

    /// A commit, to go back from it; `None` if it is not in this clone.
    pub fn past(&mut self, id: CommitId) -> Result<Option<PastCommit>, SourceError> {
        let object = object_id(id);
        let is_grafted = self.parents.contains_key(&object);
        let is_shallow = self.shallow.contains(&object);
        let past = self.node(object)?.map(|node| PastCommit {
            id,
            tree: tree_id(node.tree),
            parents: node.parents.iter().copied().map(commit_id).collect(),
            time: node.time,
            is_cut: is_shallow || (is_grafted && node.parents.is_empty()),
        });
        Ok(past)
    }

    /// A commit and those that its first parents lead to, `limit` at most, as far as they are in this clone.
    pub fn first_parents(&mut self, from: CommitId, limit: usize) -> Result<Vec<PastCommit>, SourceError> {
        let mut chain = Vec::new();
        let mut next = Some(from);
        while let Some(id) = next.filter(|_| chain.len() < limit) {
            let Some(commit) = self.past(id)? else { break };
            next = commit.parents.first().copied();
            chain.push(commit);
        }
        Ok(chain)
    }

    /// Whether grafts or replacements give commits other parents than their ids name.
    pub fn is_rewritten(&self) -> bool {
        let prefix = "refs/replace/";
        let replaced = || Some(self.repo.references().ok()?.prefixed(prefix).ok()?.next().is_some());
        !self.parents.is_empty() || replaced().unwrap_or(true)
    }

    /// The commits of all references whose name begins with `prefix`, such as `refs/remotes/origin/`.
    pub fn reference_commits(&self, prefix: &str) -> Result<Vec<CommitId>, SourceError> {
        let failed = |error: gix::Error| failure("cannot read the references", &error);
        let references = self.repo.references().map_err(failed)?;
        let mut commits = Vec::new();
        for reference in references.prefixed(prefix).map_err(failed)?.filter_map(Result::ok) {
            let mut reference = reference;
            let commit = reference.peel_to_commit().ok();
            commits.extend(commit.map(|commit| commit_id(commit.id)));
        }
        commits.sort_unstable();
        commits.dedup();
        Ok(commits)
    }

    /// Every commit that `tip` descends from, and itself.
    pub fn all(&mut self, tip: CommitId, parents: Parents) -> Result<Walk, SourceError> {
        let reached = self.reach(&[object_id(tip)], parents)?;
        self.walk(&reached, &[], parents)
    }

    /// The commits that `tip` descends from and `bases` do not, and before them the parents of those that have
    /// others.
    pub fn range(&mut self, tip: CommitId, bases: &[CommitId], parents: Parents) -> Result<Walk, SourceError> {
        let bases: Vec<ObjectId> = bases.iter().copied().map(object_id).collect();
        let reached = self.between(object_id(tip), &bases, parents)?;
        let mut before = Vec::new();
        let mut known = FastSet::default();
        for id in &reached {
            for parent in self.counted(*id, parents)? {
                if !reached.contains(&parent) && known.insert(parent) && self.node(parent)?.is_some() {
                    before.push(parent);
                }
            }
        }
        before.sort_unstable();
        self.walk(&reached, &before, parents)
    }

    /// Whether `ancestor` is `descendant`, or one that it descends from. `None` where history ends before that is
    /// decided.
    pub fn descends(&mut self, descendant: CommitId, ancestor: CommitId) -> Result<Option<bool>, SourceError> {
        let Common { bases, ends } = self.common(descendant, &[ancestor])?;
        Ok(if bases.contains(&ancestor) { Some(true) } else { (!ends).then_some(false) })
    }

    /// The best common ancestors of `one` and any of `others`: those that no other common ancestor descends from
    /// (`git merge-base --all`).
    pub fn common(&mut self, one: CommitId, others: &[CommitId]) -> Result<Common, SourceError> {
        let mut painted = Painted::until(Flags::STALE);
        painted.paint(object_id(one), Flags::ONE, self.time(object_id(one))?);
        for other in others.iter().copied().map(object_id) {
            painted.paint(other, Flags::OTHER, self.time(other)?);
        }
        let mut ends = false;
        // A descendant of a common ancestor is met even if dates are wrong, since every commit that is painted again is
        // met again.
        while let Some((id, _)) = painted.pop_unless_done() {
            ends |= self.shallow.contains(&id);
            let flags = painted.flags[&id];
            let below = if flags.contains(Flags::COMMON) { Flags::ALL } else { flags };
            for parent in self.counted(id, Parents::All)? {
                match self.node(parent)?.map(|node| node.time) {
                    Some(time) => painted.paint(parent, below, time),
                    None => ends = true,
                }
            }
        }
        let is_best = |flags: Flags| flags.contains(Flags::COMMON) && !flags.contains(Flags::STALE);
        let best = painted.flags.iter().filter(|(_, flags)| is_best(**flags)).map(|(id, _)| *id).collect();
        Ok(Common { bases: self.independent(best)?, ends })
    }

    /// Those of `ids` that none of the others descends from.
    fn independent(&mut self, ids: Vec<ObjectId>) -> Result<Vec<CommitId>, SourceError> {
        let mut below = FastSet::default();
        if ids.len() > 1 {
            for id in &ids {
                let parents = self.counted(*id, Parents::All)?;
                below.extend(self.reach(&parents, Parents::All)?);
            }
        }
        let mut ids: Vec<CommitId> = ids.into_iter().filter(|id| !below.contains(id)).map(commit_id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Every commit that can be reached from `tips`.
    fn reach(&mut self, tips: &[ObjectId], parents: Parents) -> Result<FastSet<ObjectId>, SourceError> {
        let mut reached = FastSet::default();
        let mut pending = tips.to_vec();
        while let Some(id) = pending.pop() {
            if !reached.contains(&id) && self.node(id)?.is_some() {
                reached.insert(id);
                pending.extend(self.counted(id, parents)?);
            }
        }
        Ok(reached)
    }

    /// The commits that `tip` reaches and `bases` do not.
    ///
    /// Commits are met newest first, so that the walk can end soon after all that is left descends from a base. Dates
    /// may lie: where one does, and always for [`SLACK`] commits more, it goes on.
    fn between(
        &mut self,
        tip: ObjectId,
        bases: &[ObjectId],
        parents: Parents,
    ) -> Result<FastSet<ObjectId>, SourceError> {
        let mut painted = Painted::until(Flags::OTHER);
        for base in bases {
            painted.paint(*base, Flags::OTHER, self.time(*base)?);
        }
        painted.paint(tip, Flags::ONE, self.time(tip)?);
        let (mut slack, mut honest) = (SLACK, true);
        while let Some((id, time)) = painted.pop() {
            let flags = painted.flags[&id];
            let counted = if flags.contains(Flags::OTHER) { Parents::All } else { parents };
            for parent in self.counted(id, counted)? {
                let Some(parent_time) = self.node(parent)?.map(|node| node.time) else { continue };
                honest &= parent_time <= time;
                painted.paint(parent, flags, parent_time);
            }
            if honest && painted.is_done() {
                slack -= 1;
                if slack == 0 {
                    break;
                }
            }
        }
        let wanted = painted.flags.into_iter().filter(|(_, flags)| !flags.contains(Flags::OTHER));
        Ok(wanted.map(|(id, _)| id).collect())
    }

    fn time(&mut self, id: ObjectId) -> Result<i64, SourceError> {
        match self.node(id)? {
            Some(node) => Ok(node.time),
            None => Err(self.absent(id)),
        }
    }

    /// Orders commits so that parents come first.
    fn walk(
        &mut self,
        reached: &FastSet<ObjectId>,
        before: &[ObjectId],
        parents: Parents,
    ) -> Result<Walk, SourceError> {
        let mut order = before.to_vec();
        order.extend(self.parents_first(reached, parents)?);
        let place: FastMap<ObjectId, usize> = order.iter().copied().zip(0..).collect();
        let mut steps = Vec::with_capacity(order.len());
        for (at, id) in order.into_iter().enumerate() {
            let counted = if at < before.len() { Vec::new() } else { self.counted(id, parents)? };
            let known: Vec<usize> = counted.iter().filter_map(|parent| place.get(parent).copied()).collect();
            let boundary = match () {
                () if at < before.len() => Boundary::None,
                () if self.shallow.contains(&id) => Boundary::Shallow,
                () if known.len() < counted.len() => Boundary::Missing,
                () => Boundary::None,
            };
            let Some(node) = self.node(id)? else { return Err(self.absent(id)) };
            let tree = node.tree;
            steps.push(Step { id: commit_id(id), tree: tree_id(tree), parents: known, boundary });
        }
        Ok(Walk { steps, before: before.len() })
    }

    /// The commits, oldest first as far as descent leaves the choice, ties by id.
    fn parents_first(&mut self, reached: &FastSet<ObjectId>, parents: Parents) -> Result<Vec<ObjectId>, SourceError> {
        let mut waits: FastMap<ObjectId, usize> = FastMap::default();
        let mut children: FastMap<ObjectId, Vec<ObjectId>> = FastMap::default();
        let mut ready = BinaryHeap::new();
        for id in reached {
            let above: Vec<ObjectId> =
                self.counted(*id, parents)?.into_iter().filter(|parent| reached.contains(parent)).collect();
            if above.is_empty() {
                ready.push(Reverse((self.time(*id)?, *id)));
            }
            waits.insert(*id, above.len());
            above.into_iter().for_each(|parent| children.entry(parent).or_default().push(*id));
        }
        let mut order = Vec::with_capacity(reached.len());
        while let Some(Reverse((_, id))) = ready.pop() {
            order.push(id);
            for child in children.remove(&id).unwrap_or_default() {
                let left = waits.get_mut(&child).expect("every commit that was reached waits");
                *left -= 1;
                if *left == 0 {
                    ready.push(Reverse((self.time(child)?, child)));
                }
            }
        }
        if order.len() < reached.len() {
            return Err(SourceError::new("the history of this repository has a cycle")
                .help("look for replaced commits in `git replace --list` and .git/info/grafts"));
        }
        Ok(order)
    }

    /// The parents of a commit that count.
    fn counted(&mut self, id: ObjectId, parents: Parents) -> Result<Vec<ObjectId>, SourceError> {
        let Some(node) = self.node(id)? else { return Ok(Vec::new()) };
        let count = if parents == Parents::First { 1 } else { usize::MAX };
        Ok(node.parents.iter().take(count).copied().collect())
    }

    /// The commit as a node; `None` if it is not in this clone.
    fn absent(&self, id: ObjectId) -> SourceError {
        let help = match self.shallow.is_empty() {
            true => "run `git fsck` to check the repository",
            false => "`git fetch --unshallow` brings all of history",
        };
        SourceError::new(format!("commit {id} is not in this clone")).help(help)
    }

    fn node(&mut self, id: ObjectId) -> Result<Option<&CommitNode>, SourceError> {
        if !self.nodes.contains_key(&id) {
            let mut buffer = Vec::new();
            let Some(data) = read_commit(&self.repo, id, &mut buffer)? else { return Ok(None) };
            let mut node = node(id, data).map_err(|error| broken(id, &error))?;
            if self.shallow.contains(&id) {
                node.parents.clear();
            } else if let Some(parents) = self.parents.get(&id) {
                node.parents.clone_from(parents);
            }
            let mut seen = FastSet::default();
            node.parents.retain(|parent| seen.insert(*parent));
            self.nodes.insert(id, node);
        }
        Ok(self.nodes.get(&id))
    }
}

/// How many commits more a walk looks at once it seems to be done.
const SLACK: usize = 2048;

/// From where a commit can be reached, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flags(u8);

impl Flags {
    const ONE: Self = Self(1);
    const OTHER: Self = Self(2);
    const COMMON: Self = Self(1 | 2);
    /// A common ancestor descends from it.
    const STALE: Self = Self(4);
    const ALL: Self = Self(1 | 2 | 4);

    fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

/// Commits, newest first, and from where each can be reached.
struct Painted {
    flags: FastMap<ObjectId, Flags>,
    pending: BinaryHeap<(i64, ObjectId)>,
    open: FastSet<ObjectId>,
    /// The flags of a commit below which there is nothing more to learn.
    until: Flags,
    /// How many of the pending commits have not.
    fresh: usize,
}

impl Painted {
    fn until(until: Flags) -> Self {
        Self { flags: FastMap::default(), pending: BinaryHeap::new(), open: FastSet::default(), until, fresh: 0 }
    }

    fn paint(&mut self, id: ObjectId, flags: Flags, time: i64) {
        let known = self.flags.entry(id).or_default();
        if known.contains(flags) {
            return;
        }
        let was_fresh = !known.contains(self.until);
        known.0 |= flags.0;
        let is_fresh = !known.contains(self.until);
        if self.open.insert(id) {
            self.pending.push((time, id));
            self.fresh += usize::from(is_fresh);
        } else if was_fresh && !is_fresh {
            self.fresh -= 1;
        }
    }

    fn is_done(&self) -> bool {
        self.fresh == 0
    }

    fn pop_unless_done(&mut self) -> Option<(ObjectId, i64)> {
        if self.is_done() { None } else { self.pop() }
    }

    fn pop(&mut self) -> Option<(ObjectId, i64)> {
        let (time, id) = self.pending.pop()?;
        self.open.remove(&id);
        self.fresh -= usize::from(!self.flags[&id].contains(self.until));
        Some((id, time))
    }
}

fn node(id: ObjectId, data: &[u8]) -> Result<CommitNode, gix::Error> {
    let mut commit = CommitRefIter::from_bytes(data, id.kind());
    let tree = commit.tree_id()?;
    let parents = commit.parent_ids().collect();
    let time = commit.committer().ok().and_then(|committer| committer.time().ok()).map_or(0, |time| time.seconds);
    Ok(CommitNode { tree, parents, time })
}

fn read_commit<'b>(
    repo: &gix::Repository,
    id: ObjectId,
    buffer: &'b mut Vec<u8>,
) -> Result<Option<&'b [u8]>, SourceError> {
    match repo.objects.try_find(&id, buffer).map_err(|error| broken(id, &error))? {
        None => Ok(None),
        Some(data) if data.kind == Kind::Commit => Ok(Some(data.data)),
        Some(data) => Err(SourceError::new(format!("object {id} is a {} where a commit belongs", data.kind))
            .help("run `git fsck` to check the repository")),
    }
}

/// `info/grafts`: a line for each commit that is given other parents.
fn grafts(repo: &gix::Repository) -> FastMap<ObjectId, Vec<ObjectId>> {
    let text = read_file(&repo.common_dir().join("info/grafts"), MAX_LENGTH).unwrap_or_default();
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"#"));
    let ids = |line: &[u8]| -> Option<Vec<ObjectId>> {
        line.trim_ascii().split(|&byte| byte == b' ').map(|hex| ObjectId::from_hex(hex).ok()).collect()
    };
    lines.filter_map(ids).filter_map(|ids| Some((*ids.first()?, ids[1..].to_vec()))).collect()
}

fn object_id(id: CommitId) -> ObjectId {
    ObjectId::try_from(id.as_bytes()).expect("a commit id has 20 or 32 bytes")
}

fn tree_id(id: ObjectId) -> TreeId {
    TreeId::new(id.as_bytes()).expect("an object id has 20 or 32 bytes")
}

fn broken(id: ObjectId, error: &gix::Error) -> SourceError {
    SourceError::new(format!("commit {id} cannot be read: {}", describe(error)))
        .help("run `git fsck` to check the repository")
}
