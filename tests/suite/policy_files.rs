//! Where a policy may come from: no file that whoever wrote it cannot read, nothing that never ends, and no revision that
//! means two things.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::fs;

use crate::support::program::{check, run};
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/m\n\ngo 1.24\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\n";
const GOOD: &str = "package m\n";
const BAD: &str = "package m\n\nimport _ \"expvar\"\n";
const SECRET: &str = "AUTHORIZATION: basic c2VjcmV0";

/// A committed repository that keeps its policy.
fn sample() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD).commit("first");
    repo
}

/// A policy that would lead to a secret ends with 2, and nothing of the secret is said in any form.
#[track_caller]
fn refuses(repo: &Repo, args: &[&str], words: &[&str]) {
    for format in ["pretty", "concise", "json", "github", "sarif", "markdown", "html"] {
        let outcome = check(repo, &[args, &["--format", format]].concat());
        assert_eq!(outcome.code, Some(2), "{args:?} {format}: {}", outcome.text);
        assert!(!outcome.text.contains("c2Vjc"), "{args:?} {format}: {}", outcome.text);
    }
    check(repo, args).assert(2, words);
}

#[test]
fn extends_never_leads_into_the_git_directory() {
    let repo = sample();
    let config = repo.root().join(".git/config");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[http \"https://github.com/\"]\n\textraheader = {SECRET}\n")).unwrap();
    for path in ["./.git/config", "./sub/../.git/config", "./.GIT/config", "./git~1/config", "./.git./config"] {
        repo.write("modwarden.toml", format!("extends = [\"{path}\"]\n"));
        repo.git(&["add", "--all"]);
        for args in [&[][..], &["--staged"], &["--policy", "modwarden.toml"], &["--policy", "./modwarden.toml"]] {
            refuses(&repo, args, &["Git's own directory"]);
        }
    }
    repo.write("modwarden.toml", "extends = [\"./team.toml\"]\n").symlink("team.toml", ".git/config");
    refuses(&repo, &[], &["it is a symbolic link that leaves the repository"]);
    refuses(&repo, &["--policy", "modwarden.toml"], &["Git's own directory"]);
    refuses(&repo, &["--policy", "team.toml"], &["a symbolic link into Git's own directory"]);
    repo.commit("a link");
    refuses(&repo, &["--policy-from", "HEAD"], &["it is a symbolic link that leaves the repository"]);
    refuses(&repo, &["--rev", "HEAD"], &["it is a symbolic link that leaves the repository"]);
}

#[test]
fn extends_never_leaves_the_repository_or_the_directory_of_the_policy() {
    let repo = sample();
    let beside = repo.beside("secrets");
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("token.toml"), format!("[severity]\nimport-dot = \"{SECRET}\"\n")).unwrap();
    for path in ["../secrets/token.toml", "./../secrets/token.toml"] {
        repo.write("modwarden.toml", format!("extends = [\"{path}\"]\n"));
        for args in [&[][..], &["--policy", "modwarden.toml"]] {
            refuses(&repo, args, &["the path leaves the root"]);
        }
    }
    let absolute = beside.join("token.toml");
    repo.write("modwarden.toml", format!("extends = [\"{}\"]\n", absolute.display()));
    refuses(&repo, &[], &["no pack is called"]);
    repo.write("modwarden.toml", "extends = [\"./team.toml\"]\n").symlink("team.toml", "../secrets/token.toml");
    refuses(&repo, &[], &["it is a symbolic link that leaves the repository"]);
    refuses(&repo, &["--policy", "modwarden.toml"], &["leaves the directory of the policy"]);
    refuses(&repo, &["--policy", "team.toml"], &["it is a symbolic link that leaves the repository"]);
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    repo.symlink("modwarden.toml", "../secrets/token.toml");
    refuses(&repo, &[], &["it is a symbolic link that leaves the repository"]);
}

#[test]
fn a_policy_outside_of_the_repository_extends_files_beside_it_even_by_links() {
    let repo = sample();
    let mount = repo.beside("mount");
    fs::create_dir_all(mount.join("..2026")).unwrap();
    fs::write(mount.join("..2026/policy.toml"), "extends = [\"./team.toml\"]\n").unwrap();
    fs::write(mount.join("..2026/team.toml"), POLICY).unwrap();
    std::os::unix::fs::symlink("..2026", mount.join("..data")).unwrap();
    for name in ["policy.toml", "team.toml"] {
        std::os::unix::fs::symlink(format!("..data/{name}"), mount.join(name)).unwrap();
    }
    repo.write("a.go", BAD);
    let policy = mount.join("policy.toml");
    check(&repo, &["--policy", policy.to_str().unwrap()]).assert(1, &["import-denied/no-expvar"]);
}

#[test]
fn no_line_is_shown_of_a_file_that_is_no_policy() {
    let repo = sample();
    for text in
        [format!("TOKEN={SECRET}\n"), format!("[registry]\ntoken = \"{SECRET}\"\n"), format!("{SECRET}\n\u{0}\n")]
    {
        repo.write(".env", text).write("modwarden.toml", "extends = [\"./.env\"]\n");
        refuses(&repo, &[], &["this is not a policy: it has no key of a policy"]);
        refuses(&repo, &["--policy", ".env"], &["not a policy"]);
        fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
        repo.symlink("modwarden.toml", ".env");
        refuses(&repo, &[], &["not a policy"]);
        fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    }
    repo.write("modwarden.toml", "[[import-deneid]]\nname = \"x\"\n");
    check(&repo, &["--format", "pretty"]).assert(2, &["[[import-deneid]]", "did you mean `import-denied`?"]);
}

#[test]
fn a_policy_is_a_regular_file_of_bounded_size() {
    let repo = sample();
    repo.command("mkfifo").arg("pipe.toml").status().unwrap();
    fs::create_dir(repo.root().join("dir.toml")).unwrap();
    repo.write("long.toml", "#".repeat(2 << 20)).symlink("zero.toml", "/dev/zero").symlink("to-pipe.toml", "pipe.toml");
    for (path, word) in [
        ("/dev/zero", "not a regular file"),
        ("pipe.toml", "not a regular file"),
        ("to-pipe.toml", "not a regular file"),
        ("dir.toml", "not a regular file"),
        ("zero.toml", "it is a symbolic link that leaves the repository"),
        ("long.toml", "longer than"),
    ] {
        check(&repo, &["--policy", path]).assert(2, &[word]);
    }
    let extended = ["./pipe.toml", "./to-pipe.toml", "./dir.toml", "./zero.toml", "./long.toml"];
    for path in extended {
        repo.write("modwarden.toml", format!("extends = [\"{path}\"]\n"));
        check(&repo, &[]).assert(2, &["modwarden.toml:1:12: error: "]);
        check(&repo, &["--policy", "modwarden.toml"]).assert(2, &["modwarden.toml:1:12: error: "]);
    }
    for path in ["pipe.toml", "zero.toml", "long.toml"] {
        fs::rename(repo.root().join(path), repo.root().join("modwarden.toml")).unwrap();
        check(&repo, &[]).assert(2, &["the policy modwarden.toml cannot be read: "]);
    }
}

/// Whether `git` itself warns of a revision.
fn git_warns(repo: &Repo, revision: &str) -> bool {
    let output = repo.try_git(&["rev-parse", revision]);
    String::from_utf8_lossy(&output.stderr).contains("is ambiguous")
}

#[test]
fn an_ambiguous_revision_gives_no_policy_and_a_warning_elsewhere() {
    let repo = sample();
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", &first]);
    repo.write("modwarden.toml", "[severity]\nimport-dot = \"error\"\n").write("a.go", BAD).commit("loosened");
    check(&repo, &["--policy-from", "origin/main"]).assert(1, &["no-expvar"]);
    repo.git(&["tag", "origin/main", "HEAD"]);
    repo.git(&["branch", "release", &first]);
    repo.git(&["tag", "-a", "-m", "x", "release", "HEAD"]);
    repo.git(&["branch", &first[..8], "HEAD"]);
    repo.git(&["branch", "plain", &first]);
    let ambiguous = ["origin/main", "origin/main~0", "release", "release^{commit}", &first[..8]];
    let plain = [
        "plain",
        "HEAD",
        "main",
        "refs/remotes/origin/main",
        "refs/tags/origin/main",
        &first,
        "heads/release",
        "tags/release",
    ];
    for revision in ambiguous {
        assert!(git_warns(&repo, revision), "{revision}");
        check(&repo, &["--policy-from", revision]).assert(2, &["ambiguous", "refs/", &first[..12]]);
        check(&repo, &["--rev", revision]).assert(0, &["warn: `", "is ambiguous: it names ", " is used"]);
        let mut why = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        why.args(["why", "expvar", "--rev", revision]);
        assert!(run(why).text.contains("is ambiguous: it names "), "{revision}");
    }
    for revision in plain {
        assert!(!git_warns(&repo, revision), "{revision}");
        let outcome = check(&repo, &["--policy-from", revision, "--rev", revision]);
        assert!(
            matches!(outcome.code, Some(0 | 1)) && !outcome.text.contains("ambiguous"),
            "{revision}: {}",
            outcome.text
        );
    }
    check(&repo, &["--range", "origin/main..main"]).assert(0, &["`origin/main` is ambiguous"]);
    check(&repo, &["--new-from", "release"]).assert(0, &["`release` is ambiguous"]);
    let mut diff = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    diff.args(["diff", "origin/main", "main"]);
    run(diff).assert(0, &["`origin/main` is ambiguous"]);
}

#[test]
fn the_meaning_that_is_used_is_the_one_that_git_uses() {
    let repo = sample();
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.write("a.go", BAD).commit("second");
    let second = repo.git(&["rev-parse", "HEAD"]);
    for (branch, tag) in [(&first, &second), (&second, &first)] {
        repo.git(&["branch", "-f", "both", branch]);
        repo.git(&["tag", "-f", "both", tag]);
        let used = repo.git(&["rev-parse", "both"]);
        check(&repo, &["--rev", "both"]).assert(i32::from(used == second), &[&format!("({:.12}) is used", used)]);
    }
}
