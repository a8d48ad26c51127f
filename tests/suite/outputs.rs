//! Reports through the built program: their places, their identities, and the results of saved ones.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::process::Output;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nreason = \"it listens\"\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n";
const BAD: &str = "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n";

/// A repository with a finding in its last commit.
fn broken() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", BAD);
    repo.commit("first");
    repo
}

fn run(repo: &Repo, args: &[&str]) -> Output {
    repo.command(MODWARDEN).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_report_names_repository_commit_time_and_policy() {
    let repo = broken();
    repo.git(&["remote", "add", "a-mirror", "https://mirror.example.com/shop.git"]);
    repo.git(&["remote", "add", "origin", "https://user:hunter2@git.example.com/shop.git?token=hunter2#hunter2"]);
    let head = repo.git(&["rev-parse", "HEAD"]);
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        let output = run(&repo, &[&["check", "--format", "json"], state].concat());
        let text = stdout(&output);
        assert!(!text.contains("hunter2"), "{text}");
        let report = json(&text);
        assert_eq!(report["repository"], "https://git.example.com/shop.git");
        assert_eq!(report["commit"], head.as_str());
        assert_eq!(report["time"], "2026-01-02T03:04:05Z");
        assert_eq!(report["tool"]["version"], env!("CARGO_PKG_VERSION"));
        let hash = sha256(&[(".", POLICY)]);
        assert_eq!(report["policy"]["sha256"], hash.as_str());
        let lines = stdout(&run(&repo, &[&["check", "--format", "jsonl"], state].concat()));
        let header = &json(lines.lines().next().unwrap())["header"];
        for name in ["version", "tool", "repository", "commit", "time", "state", "policy", "verdict", "exit_code"] {
            assert_eq!(header[name], report[name], "{name}");
        }
    }
    repo.git(&["remote", "remove", "origin"]);
    let report = json(&stdout(&run(&repo, &["check", "--format", "json"])));
    assert_eq!(report["repository"], "https://mirror.example.com/shop.git");
}

#[test]
fn a_report_from_no_repository_names_none() {
    let repo = Repo::plain();
    repo.write("go.mod", GO_MOD).write("a.go", GOOD);
    let report = json(&stdout(&run(&repo, &["check", "--format", "json"])));
    assert!(report.get("repository").is_none() && report.get("commit").is_none(), "{report}");
    let packs = modwarden::internals::policy::packs();
    let recommended = packs.into_iter().find(|pack| pack.name == "recommended").unwrap();
    assert_eq!(report["policy"]["sha256"], sha256(&[(".", recommended.text)]).as_str());
}

/// As docs/output.md says it.
fn sha256(texts: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for (directory, text) in texts {
        hash.update([directory.as_bytes(), b"\0", text.len().to_string().as_bytes(), b"\0", text.as_bytes()].concat());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_hash_of_a_policy_covers_all_that_it_extends() {
    let repo = broken();
    let root = format!("extends = [\"./policies/team.toml\"]\n{POLICY}");
    let team = "[[import-denied]]\nname = \"no-pprof\"\ndeny = [\"net/http/pprof\"]\n";
    let nested = "[[import-denied]]\nname = \"no-fmt\"\ndeny = [\"fmt\"]\n";
    repo.write("modwarden.toml", &root).write("policies/team.toml", team).write("sub/modwarden.toml", nested);
    repo.write("sub/b.go", GOOD);
    let hash = |args: &[&str]| {
        let output = run(&repo, &[&["check", "--format", "json"], args].concat());
        json(&stdout(&output))["policy"]["sha256"].as_str().map(str::to_owned)
    };
    assert_eq!(hash(&[]), Some(sha256(&[(".", team), (".", &root), ("sub", nested)])));
    assert_eq!(hash(&["--policy", "policies/team.toml"]), Some(sha256(&[(".", team)])));
    repo.write("modwarden.toml", "colour = 1\n");
    assert_eq!(hash(&[]), None);
}

#[test]
fn a_report_says_how_the_run_ended() {
    let repo = broken();
    let ended = |args: &[&str]| {
        let output = run(&repo, &[&["check", "--format", "json"], args].concat());
        let report = json(&stdout(&output));
        assert_eq!(report["exit_code"].as_i64(), output.status.code().map(i64::from), "{report}");
        (report["exit_code"].as_i64(), report["fail_on"].as_str().map(str::to_owned))
    };
    assert_eq!(ended(&[]), (Some(1), Some("error".to_owned())));
    assert_eq!(ended(&["--fail-on", "never"]), (Some(0), Some("never".to_owned())));
    repo.write("modwarden.toml", "colour = 1\n");
    assert_eq!(ended(&[]).0, Some(2));
    std::fs::remove_file(repo.root().join("go.mod")).unwrap();
    std::fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    assert_eq!(ended(&[]).0, Some(3));
}

#[test]
fn a_dash_is_standard_output() {
    let repo = broken();
    let output = run(&repo, &["check", "--output", "json=-"]);
    assert_eq!(json(&stdout(&output))["findings"].as_array().map(Vec::len), Some(1));
    let output = run(&repo, &["check", "--output", "jsonl=-", "--format", "concise", "--output", "json=-"]);
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("a.go:3:8: error[import-denied/no-expvar]"), "{text}");
    assert!(lines[2].starts_with("{\"header\":") && lines[3].starts_with("{\"rule\":"), "{text}");
    assert_eq!(json(lines[4])["summary"]["findings"], 1);
    assert_eq!(lines.len(), 5, "{text}");
    let output = run(&repo, &["check", "--output", "json=./-", "--output", "sarif=-"]);
    assert_eq!(json(&stdout(&output))["version"], "2.1.0");
    assert_eq!(json(&std::fs::read_to_string(repo.root().join("-")).unwrap())["version"], 1);
    repo.write("modwarden.toml", "colour = 1\n");
    let output = run(&repo, &["check", "--output", "sarif=-"]);
    assert!(output.stdout.is_empty() && output.status.code() == Some(2));
}

#[test]
fn two_reports_do_not_go_to_one_file() {
    let repo = broken();
    std::fs::create_dir(repo.root().join("real")).unwrap();
    std::os::unix::fs::symlink("real", repo.root().join("link")).unwrap();
    std::os::unix::fs::symlink("c.json", repo.root().join("real/points.json")).unwrap();
    let absolute = repo.root().join("real/a.json").display().to_string();
    let check = |first: &str, second: &str| {
        let (first, second) = (format!("json={first}"), format!("sarif={second}"));
        run(&repo, &["check", "--quiet", "--output", &first, "--output", &second])
    };
    let same = [
        ("a.json", "a.json"),
        ("a.json", "./a.json"),
        ("real/a.json", "link/a.json"),
        ("real/../a.json", "a.json"),
        ("real/a.json", absolute.as_str()),
        ("nowhere/a.json", "./nowhere//a.json"),
    ];
    for (first, second) in same {
        let output = check(first, second);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{first} {second}: {stderr}");
        assert!(stderr.contains(&format!("two reports go to one file: {first} and {second}")), "{stderr}");
        assert!(!repo.root().join(first).exists(), "{first}");
    }
    for (first, second) in [("a.json", "b.json"), ("real/c.json", "real/points.json"), ("/dev/null", "/dev/null")] {
        let output = check(first, second);
        assert_eq!(output.status.code(), Some(1), "{first} {second}: {output:?}");
    }
    for args in [["render", "a.json"], ["merge", "a.json"]] {
        let output = run(&repo, &[&args[..], &["--output", "sarif=x", "--output", "junit=./x"]].concat());
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
