//! Which commit added each line: histories made at random against a definition that looks at whole commits, `git blame`
//! where that sees the same, and the program's output in every state of a repository.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests start git and write files")]

mod made;
mod said;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use modwarden::internals::history::{AskedLine, Start, trace_lines};
use modwarden::internals::load::{FactStore, Kind};
use modwarden::internals::source::{Environment, MemorySource, Repository, Source};
use modwarden::internals::text::{CommitId, RepoPath};

use crate::support::repo::Repo;

/// The commits of a repository, read by `git` alone.
struct Commits {
    commits: HashMap<String, Commit>,
    /// Newest first.
    order: Vec<String>,
    shallow: BTreeSet<String>,
}

struct Commit {
    parents: Vec<String>,
    /// The lines of each module file.
    files: BTreeMap<String, BTreeSet<String>>,
}

impl Commits {
    fn read(repo: &Repo) -> Self {
        let log = repo.git(&["rev-list", "--topo-order", "--parents", "--all"]);
        let mut commits = HashMap::new();
        let mut order = Vec::new();
        for line in log.lines() {
            let mut ids = line.split(' ').map(str::to_owned);
            let id = ids.next().unwrap();
            commits.insert(id.clone(), Commit { parents: ids.collect(), files: BTreeMap::new() });
            order.push(id);
        }
        let names = order.iter().flat_map(|id| made::PATHS.iter().map(move |path| (id, *path)));
        let names: Vec<(&String, &str)> = names.collect();
        for ((id, path), text) in names.iter().zip(texts(repo, &names)) {
            let files = &mut commits.get_mut(*id).unwrap().files;
            files.extend(text.map(|text| ((*path).to_owned(), lines_of(&text))));
        }
        let shallow = std::fs::read_to_string(repo.root().join(".git/shallow")).unwrap_or_default();
        Self { commits, order, shallow: shallow.lines().map(str::to_owned).collect() }
    }

    /// The commit that added a line, found one commit at a time.
    fn origin(&self, commit: &str, path: &str, line: &str) -> String {
        let (mut at, mut path) = (commit.to_owned(), path.to_owned());
        while let Some((parent, there)) = self.before(&at, &path, line) {
            (at, path) = (parent, there);
        }
        at
    }

    /// Where a parent has the line: in the same file, or in the file that this one was.
    fn before(&self, commit: &str, path: &str, line: &str) -> Option<(String, String)> {
        let after = &self.commits[commit];
        let parents = || after.parents.iter().filter_map(|parent| Some((parent, self.commits.get(parent)?)));
        let same = parents().find(|(_, before)| before.files.get(path).is_some_and(|lines| lines.contains(line)));
        if let Some((parent, _)) = same {
            return Some((parent.clone(), path.to_owned()));
        }
        for (parent, before) in parents().filter(|(_, before)| !before.files.contains_key(path)) {
            let is_work = |path: &str| path.ends_with("go.work");
            let mut gone: Vec<_> = before.files.iter().filter(|(old, _)| !after.files.contains_key(*old)).collect();
            gone.retain(|(old, _)| is_work(old) == is_work(path));
            gone.sort_by_key(|(old, lines)| {
                (usize::MAX - lines.intersection(&after.files[path]).count(), (*old).clone())
            });
            if let Some((old, _)) = gone.iter().find(|(_, lines)| lines.contains(line)) {
                return Some((parent.clone(), (*old).clone()));
            }
        }
        None
    }
}

/// The `replace` and `exclude` lines of a module file in the forms that these tests write.
fn lines_of(text: &str) -> BTreeSet<String> {
    let mut verb = "";
    let mut lines = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split("//").next().unwrap().split_whitespace().collect();
        match words[..] {
            [] => {}
            [opened, "("] => verb = opened,
            [")"] => verb = "",
            ["replace" | "exclude", ..] => _ = lines.insert(words.join(" ").replace('"', "")),
            _ if ["replace", "exclude"].contains(&verb) => {
                _ = lines.insert(format!("{verb} {}", words.join(" ")).replace('"', ""))
            }
            _ => {}
        }
    }
    lines
}

/// The texts of files of commits, where they are.
fn texts(repo: &Repo, names: &[(&String, &str)]) -> Vec<Option<String>> {
    let input = names.iter().fold(String::new(), |input, (id, path)| input + &format!("{id}:{path}\n"));
    let mut command = repo.command("git");
    let mut git = command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = git.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = String::from_utf8(git.wait_with_output().unwrap().stdout).unwrap();
    writer.join().unwrap();
    let mut rest = output.as_str();
    let mut next = || {
        let (header, after) = rest.split_once('\n').unwrap();
        let length = header.rsplit_once(" blob ").map(|(_, length)| length.parse::<usize>().unwrap());
        rest = length.map_or(after, |length| &after[length + 1..]);
        length.map(|length| after[..length].to_owned())
    };
    names.iter().map(|_| next()).collect()
}

fn open(root: &Path) -> Repository {
    Repository::discover(root, &Environment::default()).unwrap()
}

fn asked(commit: &Commit) -> Vec<AskedLine> {
    let files = commit.files.iter();
    let lines = files.flat_map(|(path, lines)| {
        lines.iter().map(|line| AskedLine { path: RepoPath::from(path.as_str()), text: line.as_str().into() })
    });
    lines.collect()
}

/// Compares the result for every line of a commit, and returns how many there were.
#[track_caller]
fn compare(place: &str, commits: &Commits, id: &str, (repository, store): (&Repository, &FactStore)) -> usize {
    let lines = asked(&commits.commits[id]);
    let start = Start::Commit(repository.commit(id).unwrap());
    let found = trace_lines(repository, store, start, &lines).unwrap();
    for (line, found) in lines.iter().zip(found) {
        let found = found.expect("the line is in the commit");
        let expected = commits.origin(id, &line.path.to_string(), &line.text);
        assert_eq!(found.commit.id.to_string(), expected, "{place}: at {id}: {line:?}");
        assert_eq!(found.is_least, commits.shallow.contains(&expected), "{place}: at {id}: {line:?}");
    }
    lines.len()
}

#[test]
fn every_line_of_a_made_history_is_traced_to_the_commit_that_added_it() {
    let (mut lines, mut traced) = (0, BTreeSet::new());
    for seed in 0..24 {
        let repo = made::make(seed, 40);
        let commits = Commits::read(&repo);
        let (repository, store) = (open(repo.root()), FactStore::none());
        for id in &commits.order {
            lines += compare(&format!("seed {seed}"), &commits, id, (&repository, &store));
            for (path, lines) in &commits.commits[id].files {
                traced.extend(lines.iter().map(|line| commits.origin(id, path, line)));
            }
        }
    }
    assert!(
        lines > 1000 && traced.len() > 200,
        "the histories are too simple: {lines} lines, {} origins",
        traced.len()
    );
}

#[test]
fn what_was_kept_of_one_commit_serves_the_next() {
    for seed in 100..102 {
        let repo = made::make(seed, 300);
        let commits = Commits::read(&repo);
        let repository = open(repo.root());
        let directory = tempfile::tempdir().unwrap();
        let store = FactStore::open(directory.path());
        for id in commits.order.iter().rev().step_by(37).chain(commits.order.iter().step_by(41)) {
            compare(&format!("seed {seed}"), &commits, id, (&repository, &store));
        }
        let kept = |id: &String| {
            let id = repository.commit(id).unwrap();
            store.get(Kind::Lines, &[id.as_bytes()])[0].is_some()
        };
        assert!(commits.order.iter().any(kept), "seed {seed}: nothing was kept");
        assert_eq!(store.problem(), None);
    }
}

#[test]
fn a_shallow_clone_says_at_least() {
    let mut cut = 0;
    for seed in 200..206 {
        let repo = made::make(seed, 40);
        for depth in ["1", "3", "9"] {
            let clone = Repo::plain();
            let url = format!("file://{}", repo.root().display());
            clone.git(&["clone", "--quiet", "--bare", "--depth", depth, "--branch", "main", &url, ".git"]);
            let commits = Commits::read(&clone);
            cut += commits.shallow.len();
            compare(&format!("seed {seed}"), &commits, &commits.order[0], (&open(clone.root()), &FactStore::none()));
        }
    }
    assert!(cut > 18, "the clones are not shallow");
}

#[test]
fn files_that_are_not_committed_are_held_against_the_commit_before() {
    let (mut new, mut old) = (0, 0);
    for seed in 300..308 {
        let repo = made::make(seed, 40);
        let commits = Commits::read(&repo);
        let repository = open(repo.root());
        for (id, commit) in commits.commits.iter().filter(|(_, commit)| commit.parents.len() == 1) {
            let source = MemorySource::new(commit.files.keys().map(|path| (path.as_str(), "")));
            let listing = source.list(&modwarden::internals::load::Tree::FirstParty).unwrap();
            let parent = repository.commit(&commit.parents[0]).unwrap();
            let lines = asked(commit);
            let found = trace_lines(&repository, &FactStore::none(), Start::After(parent, &listing), &lines).unwrap();
            for (line, found) in lines.iter().zip(found) {
                let expected = commits.origin(id, &line.path.to_string(), &line.text);
                let expected = Some(expected).filter(|origin| origin != id);
                assert_eq!(found.map(|found| found.commit.id.to_string()), expected, "seed {seed}: {id}: {line:?}");
                *if expected.is_some() { &mut old } else { &mut new } += 1;
            }
        }
    }
    assert!(new > 50 && old > 500, "too simple: {new} new lines, {old} old ones");
}

#[test]
fn git_blame_names_the_same_commits_where_lines_stay_in_place() {
    let repo = Repo::init();
    let mut text = "module example.com/m\n".to_owned();
    for version in 0..30 {
        match version % 5 {
            4 => text = text.replace(&format!("p{} => ./x", version - 2), &format!("p{} => ./y", version - 2)),
            3 => text = text.replace("p1 ", "p1  "),
            _ => text.push_str(&format!("replace example.com/p{version} => ./x\n")),
        }
        repo.write("go.mod", &text).commit("next");
    }
    let blame = repo.git(&["blame", "-w", "-l", "-s", "--root", "go.mod"]);
    let blamed = blame.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_owned());
    let expected: Vec<String> = blamed.collect();
    let lines: Vec<AskedLine> = text
        .lines()
        .skip(1)
        .map(|line| AskedLine {
            path: RepoPath::from("go.mod"),
            text: line.split_whitespace().collect::<Vec<_>>().join(" ").into(),
        })
        .collect();
    let repository = open(repo.root());
    let head: CommitId = repository.commit("HEAD").unwrap();
    let found = trace_lines(&repository, &FactStore::none(), Start::Commit(head), &lines).unwrap();
    let found: Vec<String> = found.into_iter().map(|found| found.unwrap().commit.id.to_string()).collect();
    assert_eq!(found, expected);
    assert!(expected.iter().collect::<BTreeSet<_>>().len() > 15);
}
