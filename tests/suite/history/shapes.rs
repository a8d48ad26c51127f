//! Clones of every shape, and comparisons that cannot be made: the answer is right, or the run prints the remedy.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::path::Path;

use serde_json::Value;

use crate::support::corpus::modwarden;
use crate::support::program::{Outcome, check, run};
use crate::support::repo::Repo;

const POLICY: &str = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\n";
const BREACH: &str = "package m\n\nimport _ \"unsafe\"\n";

/// Three commits: a clean one, one with a breach, one with another. Their ids, oldest first.
fn sample() -> (Repo, [String; 3]) {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("modwarden.toml", POLICY);
    repo.write("a.go", "package m\n");
    let first = repo.commit("first");
    let second = repo.write("b/b.go", BREACH).commit("second");
    let third = repo.write("c/c.go", BREACH).commit("third");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    (repo, [first, second, third])
}

/// A clone beside a repository; as if over a network, so that nothing is shared.
fn clone(repo: &Repo, options: &[&str]) -> std::path::PathBuf {
    let to = repo.beside("clone");
    let url = format!("file://{}", repo.root().display());
    repo.git(&[&["clone", "--quiet"], options, &[&url, to.to_str().unwrap()]].concat());
    to
}

fn git_in(repo: &Repo, dir: &Path, args: &[&str]) {
    repo.git(&[&["-C", dir.to_str().unwrap()], args].concat());
}

fn check_in(dir: &Path, args: &[&str]) -> Outcome {
    run(modwarden(dir, &[&["check", "--format", "json", "--no-module-cache"], args].concat()))
}

/// The report of a run that ends so; the lines of other streams aside.
#[track_caller]
fn report(outcome: &Outcome, code: i32) -> Value {
    outcome.assert(code, &[]);
    let line = outcome.text.lines().find(|line| line.starts_with('{')).unwrap();
    serde_json::from_str(line).unwrap()
}

#[track_caller]
fn summary(report: &Value) -> [u64; 3] {
    ["new", "fixed", "unchanged"].map(|name| report["summary"][name].as_u64().unwrap())
}

#[test]
fn several_merge_bases_are_named() {
    let (repo, [_, second, third]) = sample();
    repo.git(&["checkout", "--quiet", "-b", "one", &second]);
    repo.git(&["checkout", "--quiet", "-b", "other", &second]);
    let other = repo.write("d/d.go", BREACH).commit("fourth");
    repo.git(&["merge", "--quiet", "-m", "x", &third]);
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "-m", "y", &other]);
    let bases = [third.as_str(), other.as_str()];
    check(&repo, &["--range", "main...other"]).assert(3, &[&bases[..], &["2 merge bases"]].concat());
    check(&repo, &["--range", "main...other", "--each-commit"]).assert(3, &["2 merge bases"]);
    check(&repo, &["--range", &format!("{third}..main")]).assert(1, &["d/d.go"]);
}

#[test]
fn a_base_has_to_come_before() {
    let (repo, [first, _, third]) = sample();
    repo.git(&["checkout", "--quiet", "-b", "topic", &first]);
    repo.write("t/t.go", BREACH).commit("topic");
    for args in
        [&["--range", "main..topic"][..], &["--staged", "--new-from", "main"], &["--worktree", "--new-from", "main"]]
    {
        check(&repo, args).assert(3, &["not an ancestor", &third[..12], "main...", &first]);
    }
    check(&repo, &["--rev", "topic", "--new-from", "main"]).assert(3, &["not an ancestor", "main...topic"]);
    check(&repo, &["--range", "main...topic"]).assert(1, &["t/t.go"]);
    check(&repo, &["--range", "topic..topic"]).assert(0, &[]);
}

#[test]
fn a_base_that_is_missing_is_asked_for() {
    let (repo, [.., third]) = sample();
    repo.git(&["remote", "add", "origin", "https://example.com/shop.git"]);
    let nowhere = "0123456789012345678901234567890123456789";
    for base in ["no-such-branch", nowhere] {
        for args in [
            &["--range", &format!("{base}..HEAD")][..],
            &["--range", &format!("{base}...HEAD")],
            &["--range", &format!("{base}..HEAD"), "--each-commit"],
            &["--staged", "--new-from", base],
            &["--rev", "HEAD", "--new-from", base],
        ] {
            check(&repo, args).assert(3, &[base, "git fetch"]);
        }
    }
    // A head that is not there is a slip of whoever wrote the command.
    check(&repo, &["--range", &format!("{third}..nothing")]).assert(2, &["nothing"]);
    check(&repo, &["--range", "HEAD"]).assert(2, &["BASE..HEAD"]);
}

#[test]
fn without_a_commit_nothing_can_be_compared() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n").write("modwarden.toml", POLICY).write("a.go", BREACH);
    repo.git(&["add", "--all"]);
    check(&repo, &["--staged", "--new-from", "HEAD"]).assert(3, &["no commit yet"]);
    check(&repo, &["--worktree", "--new-from", "HEAD"]).assert(3, &["no commit yet"]);
    check(&repo, &["--staged", "--since"]).assert(1, &["a.go"]);
    let (other, _) = sample();
    check(&other, &["--staged", "--new-from", "HEAD"]).assert(0, &[]);
}

#[test]
fn histories_that_do_not_meet_are_told_apart() {
    let (repo, _) = sample();
    repo.git(&["checkout", "--quiet", "--orphan", "alone"]);
    repo.commit("alone");
    check(&repo, &["--range", "main...alone"]).assert(3, &["no merge base"]);
    check(&repo, &["--range", "main..alone"]).assert(3, &["not an ancestor"]);
    repo.git(&["merge", "--quiet", "--allow-unrelated-histories", "-s", "ours", "-m", "both", "main"]);
    check(&repo, &["--range", "main..alone"]).assert(0, &[]);
}

/// A depth would make a shallow clone of it.
#[test]
fn a_whole_clone_is_not_made_shallow() {
    let (repo, _) = sample();
    repo.git(&["remote", "add", "origin", "https://example.com/shop.git"]);
    for base in ["origin/topic", "topic", "0123456789012345678901234567890123456789"] {
        let outcome = check(&repo, &["--range", &format!("{base}..HEAD")]);
        outcome.assert(3, &["`git fetch "]);
        assert!(!outcome.text.contains("--depth"), "{}", outcome.text);
    }
}

#[test]
fn a_clone_of_one_commit_says_what_to_fetch_and_then_works() {
    let (repo, [first, second, third]) = sample();
    let shallow = clone(&repo, &["--depth=1"]);
    for range in [format!("{second}..HEAD"), format!("{second}...HEAD")] {
        check_in(&shallow, &["--range", &range]).assert(3, &["git fetch --depth=1 origin", "fetch-depth: 0"]);
    }
    git_in(&repo, &shallow, &["fetch", "--quiet", "--depth=1", "origin", &second]);
    let told = report(&check_in(&shallow, &["--range", &format!("{second}..{third}")]), 1);
    assert_eq!(summary(&told), [1, 0, 1]);
    assert!(told["notifications"].to_string().contains("too shallow"), "{told}");
    check_in(&shallow, &["--range", &format!("{second}...{third}")]).assert(3, &["do not meet in this clone"]);
    let each = check_in(&shallow, &["--range", &format!("{second}..{third}"), "--each-commit"]);
    let told = report(&each, 3);
    assert_eq!(introducers(&told), [""; 0], "what the first commit of a clone adds is not known");
    assert!(told["notifications"].to_string().contains("--unshallow"), "{told}");
    git_in(&repo, &shallow, &["fetch", "--quiet", "--unshallow"]);
    let told = report(&check_in(&shallow, &["--range", &format!("{first}...{third}"), "--each-commit"]), 1);
    assert_eq!(introducers(&told), [second, third]);
}

fn introducers(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["introduced_by"]["commit"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn in_a_shallow_clone_the_truth_may_be_earlier() {
    let (repo, [_, second, third]) = sample();
    let shallow = clone(&repo, &["--depth=2"]);
    for args in [&["--rev", "HEAD", "--since"][..], &["--since"], &["--since", "--all-commits"]] {
        let told = report(&check_in(&shallow, args), 1);
        let since = |at: usize| {
            (told["findings"][at]["since"]["commit"].clone(), told["findings"][at]["since"]["at_least"].clone())
        };
        assert_eq!(since(0), (Value::from(second.as_str()), Value::from(true)), "{args:?}");
        assert_eq!(since(1), (Value::from(third.as_str()), Value::Null), "{args:?}");
    }
    let history = run(modwarden(&shallow, &["inspect", "history", "--no-module-cache"]));
    history.assert(0, &["\"at_least\":true", &format!("\"boundary\":[\"{second}\"]")]);
}

#[test]
fn a_clone_without_contents_is_never_called_clean() {
    let (repo, [first, second, third]) = sample();
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let partial = repo.beside(filter);
        let url = format!("file://{}", repo.root().display());
        repo.git(&["clone", "--quiet", "--bare", filter, &url, partial.to_str().unwrap()]);
        let range = format!("{first}..{third}");
        for args in [
            &["--range", &range][..],
            &["--range", &range, "--each-commit"],
            &["--rev", "HEAD", "--new-from", &second],
            &["--rev", "HEAD", "--since"],
        ] {
            check_in(&partial, args).assert(3, &["git fetch --refetch --no-filter"]);
        }
        run(modwarden(&partial, &["inspect", "history"])).assert(3, &["not "]);
    }
}

/// Some old contents are absent: the others are checked, and the absent ones are named.
#[test]
fn what_is_absent_from_the_past_is_named() {
    let (repo, [first, _, third]) = sample();
    let large = format!("{BREACH}\n// {}\n", "x".repeat(5000));
    let fourth = repo.write("big.go", &large).commit("fourth");
    let fifth = repo.write("big.go", "package m\n").write("d/d.go", BREACH).commit("fifth");
    let partial = repo.beside("partial");
    let url = format!("file://{}", repo.root().display());
    repo.git(&["clone", "--quiet", "--bare", "--filter=blob:limit=2k", &url, partial.to_str().unwrap()]);
    let told = report(&check_in(&partial, &["--range", &format!("{third}..{fifth}")]), 1);
    assert_eq!(summary(&told), [1, 0, 2]);
    let each = check_in(&partial, &["--range", &format!("{third}..{fifth}"), "--each-commit"]);
    each.assert(1, &["not read: big.go", &fourth[..12]]);
    assert_eq!(introducers(&report(&each, 1)), std::slice::from_ref(&fifth));
    check_in(&partial, &["--range", &format!("{third}..{fourth}")]).assert(3, &["not read: big.go"]);
    check_in(&partial, &["--range", &format!("{first}..{third}")]).assert(1, &[]);
    let since = check_in(&partial, &["--rev", "HEAD", "--since"]);
    since.assert(1, &["not read: big.go", &fourth[..12], "earlier commits"]);
    run(modwarden(&partial, &["inspect", "history"])).assert(3, &["not read: big.go", &fourth[..12]]);
}

/// A module file that is absent decides for every file below it.
#[test]
fn a_module_file_absent_from_the_past_is_named() {
    let (repo, [.., third]) = sample();
    repo.write("go.mod", format!("module example.com/m\n\ngo 1.24\n\n// {}\n", "x".repeat(5000)));
    let fourth = repo.commit("fourth");
    let fifth = repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").commit("fifth");
    let partial = repo.beside("partial");
    let url = format!("file://{}", repo.root().display());
    repo.git(&["clone", "--quiet", "--bare", "--filter=blob:limit=2k", &url, partial.to_str().unwrap()]);
    let range = format!("{third}..{fifth}");
    check_in(&partial, &["--range", &range]).assert(0, &[]);
    let each = ["--range", &range, "--each-commit", "--fail-on", "never"];
    check_in(&partial, &each).assert(3, &["not read: go.mod", &fourth[..12]]);
    run(modwarden(&partial, &["inspect", "history"])).assert(3, &["not read: go.mod", &fourth[..12]]);
}

#[test]
fn each_commit_is_asked_for_chains_of_imports() {
    let repo = Repo::init();
    let policy =
        "[[import-denied]]\nname = \"no-unsafe\"\nfrom = [\"./a\"]\ndeny = [\"unsafe\"]\nreach = \"transitive\"\n";
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n").write("modwarden.toml", policy);
    repo.write("a/a.go", "package a\n\nimport _ \"example.com/m/b\"\n").write("b/b.go", "package b\n");
    let first = repo.commit("first");
    let second =
        repo.write("b/b.go", "package b\n\nimport _ \"example.com/m/c\"\n").write("c/c.go", BREACH).commit("second");
    repo.write("d/d.go", "package d\n").commit("third");
    let range = format!("{first}..HEAD");
    let told = check(&repo, &["--range", &range, "--each-commit"]);
    told.assert(1, &["a/a.go:3", "leads to `unsafe`", &second[..12]]);
    assert_eq!(told.text.matches("leads to").count(), 1, "{}", told.text);
}
