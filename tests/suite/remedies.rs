//! The advice helps: each printed command is run unchanged, and afterwards the run ends differently.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;

use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

/// A repository with three commits, a branch and a tag, for making clones.
fn origin() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("a.go", "package m\n").commit("first");
    repo.git(&["branch", "topic"]);
    repo.git(&["tag", "--annotate", "--message", "t", "v1"]);
    repo.write("b.go", "package m\n").commit("second");
    repo.write("c.go", "package m\n").commit("third");
    for name in ["allowFilter", "allowAnySHA1InWant"] {
        repo.git(&["config", &format!("uploadpack.{name}"), "true"]);
    }
    repo
}

fn clone(repo: &Repo, name: &str, options: &[&str]) -> std::path::PathBuf {
    let place = repo.beside(name);
    let url = format!("file://{}", repo.root().display());
    repo.git(&[&["clone", "--quiet"], options, &[&url, place.to_str().unwrap()]].concat());
    place
}

fn check(repo: &Repo, directory: &Path, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.current_dir(directory).args(["check", "--no-cache", "--format", "concise"]).args(args);
    run(command)
}

/// The commands of Git that the help names.
fn advised(text: &str) -> Vec<String> {
    let commands =
        text.split('`').skip(1).step_by(2).map(|words| words.split_whitespace().collect::<Vec<_>>().join(" "));
    commands.filter(|command| command.starts_with("git fetch")).collect()
}

/// One of the commands that a failed run names helps.
#[track_caller]
fn helps(repo: &Repo, clone: impl Fn() -> std::path::PathBuf, args: &[&str]) {
    let failed = check(repo, &clone(), args);
    failed.assert(3, &[]);
    let commands = advised(&failed.text);
    assert!(!commands.is_empty(), "{args:?}: {}", failed.text);
    let does_help = |command: &String| {
        let directory = clone();
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let mut git = repo.command("git");
        git.current_dir(&directory).args(words);
        let fetched = run(git);
        fetched.code == Some(0) && check(repo, &directory, args).code == Some(0)
    };
    assert!(commands.iter().any(does_help), "{args:?}: none of {commands:?} helps");
}

#[test]
fn what_a_shallow_clone_lacks_is_fetched_as_advised() {
    let repo = origin();
    let first = repo.git(&["rev-parse", "HEAD~2"]);
    let count = std::cell::Cell::new(0);
    let clone = || {
        count.set(count.get() + 1);
        clone(&repo, &format!("shallow-{}", count.get()), &["--depth=1"])
    };
    for revision in ["HEAD~1", "HEAD^^", "main~2", "topic", "origin/topic", "v1", &first] {
        helps(&repo, clone, &["--rev", revision]);
        helps(&repo, clone, &["--new-from", revision]);
    }
    helps(&repo, clone, &["--range", "HEAD~1..HEAD"]);
    helps(&repo, clone, &["--range", "origin/topic..HEAD"]);
}

#[test]
fn what_a_partial_clone_lacks_is_fetched_as_advised() {
    let repo = origin();
    let count = std::cell::Cell::new(0);
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let clone = || {
            count.set(count.get() + 1);
            clone(&repo, &format!("partial-{}", count.get()), &["--no-checkout", filter])
        };
        helps(&repo, clone, &["--rev", "HEAD~1"]);
    }
}
