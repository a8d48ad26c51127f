//! The pre-push hook, driven by the real `git push`: the changes of a push are checked, and nothing else.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests start git and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n";
const BAD: &str = "package m\n\nimport \"expvar\"\n";

/// A repository with a commit, a bare one beside it that has nothing yet, and the hook.
fn module() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD);
    repo.commit("first");
    let remote = repo.beside("remote.git");
    repo.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let installed = repo.command(MODWARDEN).args(["hook", "install", "--type", "pre-push"]).output().unwrap();
    assert!(installed.status.success(), "{}", text(&installed));
    repo
}

/// The same, with a breach in the last commit on the branch `main`, which the remote has without asking the hook.
fn with_breach_there() -> Repo {
    let repo = module();
    repo.write("old.go", BAD);
    repo.commit("a breach");
    repo.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    repo
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn accepted(repo: &Repo, args: &[&str]) -> String {
    let output = repo.try_git(&[&["push", "origin"], args].concat());
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// A push that the hook refuses because of the file, and of no other.
#[track_caller]
fn refused(repo: &Repo, args: &[&str], file: &str) -> String {
    let before = repo.git(&["ls-remote", "origin"]);
    let output = repo.try_git(&[&["push", "origin"], args].concat());
    let text = text(&output);
    assert!(!output.status.success() && text.contains(&format!("[{file}:")), "{text}");
    assert_eq!(text.matches("error[import-denied").count(), 1, "{text}");
    assert_eq!(repo.git(&["ls-remote", "origin"]), before);
    text
}

#[test]
fn a_first_push_is_judged_whole() {
    let repo = module();
    let text = accepted(&repo, &["main"]);
    assert!(text.contains(", with no commit to compare with") && !text.contains("fixed"), "{text}");
    let repo = module();
    repo.write("a.go", BAD);
    repo.commit("a breach");
    refused(&repo, &["main"], "a.go");
}

#[test]
fn only_what_the_push_adds_counts() {
    let repo = with_breach_there();
    repo.write("new.go", GOOD);
    repo.commit("fine");
    let text = accepted(&repo, &["main"]);
    assert!(text.contains("1 unchanged"), "{text}");
    repo.write("sub/new.go", BAD);
    repo.commit("a second breach");
    refused(&repo, &["main"], "sub/new.go");
}

#[test]
fn what_is_pushed_is_judged_and_not_what_is_checked_out() {
    let repo = with_breach_there();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("sub/new.go", BAD);
    repo.commit("a breach on a branch");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("sub/other.go", BAD);
    accepted(&repo, &["main:elsewhere"]);
    refused(&repo, &["topic"], "sub/new.go");
}

#[test]
fn a_new_branch_is_held_against_what_the_remote_has() {
    let repo = with_breach_there();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    accepted(&repo, &["topic"]);
    repo.write("sub/new.go", BAD);
    repo.commit("a breach");
    refused(&repo, &["topic:another"], "sub/new.go");
}

#[test]
fn a_forced_push_is_held_against_where_the_histories_meet() {
    let repo = with_breach_there();
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.write("new.go", GOOD);
    repo.commit("another history");
    accepted(&repo, &["+main"]);
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.write("again.go", BAD);
    repo.commit("a third history");
    refused(&repo, &["+main"], "again.go");
}

#[test]
fn deletions_and_tags_of_no_commit_bring_nothing() {
    let repo = with_breach_there();
    accepted(&repo, &["main:gone"]);
    accepted(&repo, &[":gone"]);
    let blob = repo.git(&["hash-object", "-w", "old.go"]);
    repo.git(&["tag", "-a", "blob", "-m", "a file", &blob]);
    let text = accepted(&repo, &["blob"]);
    assert!(text.contains("refs/tags/blob is not a commit"), "{text}");
}

#[test]
fn a_tag_is_judged_by_its_commit() {
    let repo = with_breach_there();
    repo.git(&["tag", "-a", "v1", "-m", "old"]);
    accepted(&repo, &["v1"]);
    repo.write("sub/new.go", BAD);
    repo.commit("a breach");
    repo.git(&["tag", "-a", "v2", "-m", "new"]);
    refused(&repo, &["v2"], "sub/new.go");
}

#[test]
fn every_reference_of_a_push_is_judged() {
    let repo = with_breach_there();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("sub/new.go", BAD);
    repo.commit("a breach");
    refused(&repo, &["main:other", "topic"], "sub/new.go");
}

#[test]
fn what_was_never_fetched_is_held_against_what_was() {
    let repo = with_breach_there();
    let other = repo.beside("other");
    let remote = repo.beside("remote.git");
    repo.git(&["clone", "--quiet", remote.to_str().unwrap(), other.to_str().unwrap()]);
    let push =
        "git checkout -q main && git commit -q --allow-empty --no-verify -m elsewhere && git push -q origin main";
    let output = repo.command("sh").current_dir(&other).args(["-c", push]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    repo.write("sub/new.go", BAD);
    repo.commit("a breach");
    refused(&repo, &["+main"], "sub/new.go");
}

#[test]
fn a_hook_that_was_there_gets_the_same_lines() {
    let repo = module();
    let hook = repo.root().join(".git/hooks/pre-push.before-modwarden");
    fs::write(&hook, "#!/bin/sh\nprintf '%s ' \"$@\" > .git/told\ncat >> .git/told\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    accepted(&repo, &["main"]);
    let told = fs::read_to_string(repo.root().join(".git/told")).unwrap();
    assert!(told.starts_with("origin ") && told.contains("refs/heads/main"), "{told}");
    fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    repo.commit("second");
    assert!(!repo.try_git(&["push", "origin", "main"]).status.success());
}

#[test]
fn lines_that_git_would_not_write_are_refused() {
    let repo = module();
    let run = "echo refs/heads/main abc | \"$0\" hook run pre-push origin";
    let output = repo.command("sh").args(["-c", run, MODWARDEN]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}
