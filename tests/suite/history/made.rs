//! Histories made at random, each the same for its seed, by one `git fast-import`.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::Stdio;

use super::contents;
use crate::support::random::Random;
use crate::support::repo::Repo;

/// The entry at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A file.
    File(String),
    /// A file that may be run.
    Program(String),
    /// A symbolic link.
    Link(String),
    /// A commit of another repository.
    Submodule,
}

/// The files of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree(pub(super) BTreeMap<String, Node>);

impl Tree {
    /// Puts something at a path; entries in its way are removed.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        let below = format!("{path}/");
        let is_above = |other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        self.0.retain(|other, _| !other.starts_with(&below) && !is_above(other));
        self.0.insert(path.to_owned(), node);
    }
}

/// How the dates of commits run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dates {
    /// Each later than the one before.
    Honest,
    /// All the same.
    Equal,
    /// Each earlier than the one before.
    Backwards,
    /// Anything, before 1970 and after 2038 too.
    Lying,
}

impl Dates {
    /// One of them.
    pub(super) fn any(random: &mut Random) -> Self {
        *random.pick(&[&Self::Honest, &Self::Honest, &Self::Equal, &Self::Backwards, &Self::Lying])
    }

    fn of(self, at: usize, random: &mut Random) -> i64 {
        let at = i64::try_from(at).unwrap();
        match self {
            Self::Honest => 1_700_000_000 + at * 60,
            Self::Equal => 1_700_000_000,
            Self::Backwards => 1_700_000_000 - at * 60,
            Self::Lying => {
                *random.pick(&[&-1_000_000_000, &-1, &0, &1, &1_700_000_000, &4_000_000_000, &9_999_999_999])
            }
        }
    }
}

/// Commits in the making.
pub(super) struct Maker<'r> {
    random: &'r mut Random,
    dates: Dates,
    stream: Vec<u8>,
    trees: Vec<Tree>,
    parents: Vec<Vec<usize>>,
}

impl<'r> Maker<'r> {
    /// No commit yet.
    pub(super) fn new(random: &'r mut Random, dates: Dates) -> Self {
        Self { random, dates, stream: Vec::new(), trees: Vec::new(), parents: Vec::new() }
    }

    /// Adds a commit and returns its number.
    pub(super) fn commit(&mut self, parents: &[usize], tree: Tree) -> usize {
        let date = self.dates.of(self.trees.len(), self.random);
        self.commit_at(parents, tree, date)
    }

    /// The same at a certain date.
    pub(super) fn commit_at(&mut self, parents: &[usize], tree: Tree, date: i64) -> usize {
        let at = self.trees.len();
        let who = format!("A U Thor <author@example.com> {date} +0100");
        let head = format!("commit refs/made/{at}\nmark :{}\nauthor {who}\ncommitter {who}\n", at + 1);
        let message = format!("Commit {at}\n");
        self.stream.extend_from_slice(format!("{head}data {}\n{message}", message.len()).as_bytes());
        for (parent, word) in parents.iter().zip(std::iter::once("from").chain(std::iter::repeat("merge"))) {
            self.stream.extend_from_slice(format!("{word} :{}\n", parent + 1).as_bytes());
        }
        self.stream.extend_from_slice(b"deleteall\n");
        for (path, node) in &tree.0 {
            let line = match node {
                Node::File(text) => format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()),
                Node::Program(text) => format!("M 100755 inline {path}\ndata {}\n{text}\n", text.len()),
                Node::Link(to) => format!("M 120000 inline {path}\ndata {}\n{to}\n", to.len()),
                Node::Submodule => format!("M 160000 {} {path}\n", "1234567890".repeat(4)),
            };
            self.stream.extend_from_slice(line.as_bytes());
        }
        self.trees.push(tree);
        self.parents.push(parents.to_vec());
        at
    }

    /// A commit that carries on `parent`.
    fn next(&mut self, parent: usize) -> usize {
        let mut tree = self.trees[parent].clone();
        match self.random.below(12) {
            0 => {}
            // A revert, of as many commits as that is.
            1 => tree = self.trees[*self.parents[parent].first().unwrap_or(&parent)].clone(),
            2 => (0..6).for_each(|_| contents::change(&mut tree, self.random)),
            _ => contents::change(&mut tree, self.random),
        }
        self.commit(&[parent], tree)
    }

    /// A merge: each path as one of the parents has it, and now and then something that none has.
    fn merge(&mut self, parents: &[usize]) -> usize {
        let mut tree = self.trees[parents[0]].clone();
        for &other in &parents[1..] {
            let other = self.trees[other].clone();
            let differs = |path: &&String| tree.0.get(*path) != other.0.get(*path);
            let paths: BTreeSet<String> = tree.0.keys().chain(other.0.keys()).filter(differs).cloned().collect();
            for path in paths {
                match other.0.get(&path) {
                    Some(node) if self.random.once_in(2) => tree.put(&path, node.clone()),
                    None if self.random.once_in(3) => drop(tree.0.remove(&path)),
                    _ => {}
                }
            }
        }
        if self.random.once_in(3) {
            contents::change(&mut tree, self.random);
        }
        self.commit(parents, tree)
    }

    /// Makes so many commits and some more; all are in the past of the last one.
    fn grow(&mut self, count: usize) {
        let first = contents::first(self.random);
        let mut heads = vec![self.commit(&[], first)];
        while self.trees.len() < count {
            let at = self.random.below(heads.len());
            match self.random.below(14) {
                0 if heads.len() < 5 => heads.push(self.next(heads[at])),
                1 if self.random.once_in(3) => {
                    let root = contents::first(self.random);
                    heads.push(self.commit(&[], root));
                }
                2 | 3 if heads.len() > 1 => {
                    let one = heads.swap_remove(at);
                    let other = self.random.below(heads.len());
                    heads[other] = self.merge(&[one, heads[other]]);
                }
                4 if heads.len() > 1 => {
                    // Both sides merge the other, so that later commits have two merge bases.
                    let (one, other) = (heads[at], heads[(at + 1) % heads.len()]);
                    heads[at] = self.merge(&[one, other]);
                    let next = (at + 1) % heads.len();
                    heads[next] = self.merge(&[other, one]);
                }
                5 if heads.len() > 2 => {
                    let octopus = self.merge(&heads.clone());
                    heads = vec![octopus];
                }
                _ => heads[at] = self.next(heads[at]),
            }
        }
        if heads.len() > 1 {
            self.merge(&heads);
        }
    }

    /// Gives the commits to a new repository, whose `main` is the last of them, and returns their ids.
    pub(super) fn import(self) -> (Repo, Vec<String>) {
        let repo = Repo::init();
        let mut stream = self.stream;
        stream.extend_from_slice(format!("reset refs/heads/main\nfrom :{}\n\n", self.trees.len()).as_bytes());
        let marks = repo.beside("marks");
        let mut child = repo
            .command("git")
            .args(["fast-import", "--quiet", "--date-format=raw-permissive"])
            .arg(format!("--export-marks={}", marks.display()))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&stream).unwrap();
        assert!(child.wait().unwrap().success());
        let marks = read(&marks);
        let mut ids: Vec<(usize, String)> = marks
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(mark, id)| (mark[1..].parse().unwrap(), id.to_owned()))
            .collect();
        ids.sort_unstable();
        (repo, ids.into_iter().map(|(_, id)| id).collect())
    }
}

#[expect(clippy::disallowed_methods, reason = "tests read files")]
fn read(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A repository with a history of at least `count` commits, and the ids of its commits, parents first.
pub(super) fn history(random: &mut Random, count: usize) -> (Repo, Vec<String>) {
    let dates = Dates::any(random);
    let mut maker = Maker::new(random, dates);
    maker.grow(count);
    maker.import()
}

/// Puts other commits in place of some, in the ways that Git has.
pub(super) fn rewrite(repo: &Repo, ids: &[String], random: &mut Random) {
    for _ in 0..1 + random.below(3) {
        let at = random.below(ids.len());
        let parents: Vec<&str> =
            (0..random.below(3)).filter(|_| at > 0).map(|_| ids[random.below(at)].as_str()).collect();
        match random.below(3) {
            0 => drop(repo.try_git(&[&["replace", "-f", "--graft", &ids[at]], &*parents].concat())),
            1 => {
                let line = format!("{} {}", ids[at], parents.join(" "));
                repo.write(".git/info/grafts", line.trim_end().to_owned() + "\n");
            }
            // An edited copy of an earlier commit, with its parents.
            _ if at > 0 => drop(repo.try_git(&["replace", "-f", &ids[at], &ids[random.below(at)]])),
            _ => {}
        }
    }
}
