//! A pull request does not acquit itself: comments that the commit of the policy does not have do not count.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::fs;

use crate::support::program::check;
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/m\n\ngo 1.24\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\", \"net/http/pprof\"]\n\n\
                      [[module-denied]]\nname = \"no-x\"\ndeny = [\"example.com/x\"]\nscope = \"required\"\n";
const GOOD: &str = "package m\n";
const BAD: &str = "package m\n\nimport _ \"expvar\"\n";
const ALLOWED: &str =
    "package m\n\n//modwarden:allow import-denied/no-expvar it is a debug server\nimport _ \"expvar\"\n";
const ALLOWED_MOD: &str =
    "module example.com/m\n\ngo 1.24\n\nrequire example.com/x v1.0.0 //modwarden:allow module-denied/no-x old\n";

/// A committed repository with the tag `base` on its commit.
fn sample(policy: &str, a_go: &str) -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", policy).write("a.go", a_go).commit("first");
    repo.git(&["tag", "base"]);
    repo
}

const FROM_BASE: [&str; 2] = ["--policy-from", "base"];
const REFUSED: &str = "the commit that the policy comes from does not have it";

/// Asserts the exit code in every state in which a change can be judged.
#[track_caller]
fn judged(repo: &Repo, code: i32, words: &[&str]) {
    repo.commit("a change");
    for state in [
        &[][..],
        &["--staged"],
        &["--rev", "HEAD"],
        &["--range", "base..HEAD"],
        &["--new-from", "base"],
        &["--range", "base..HEAD", "--each-commit"],
    ] {
        let outcome = check(repo, &[&FROM_BASE[..], state, &["--format", "pretty"]].concat());
        assert_eq!(outcome.code, Some(code), "{state:?}: {}", outcome.text);
        words
            .iter()
            .for_each(|word| assert!(outcome.text.contains(word), "{state:?}: no `{word}` in {}", outcome.text));
    }
}

#[test]
fn a_new_comment_does_not_count() {
    let repo = sample(POLICY, GOOD);
    repo.write("a.go", ALLOWED);
    check(&repo, &[]).assert(0, &[]);
    judged(&repo, 1, &["import-denied/no-expvar", REFUSED]);
    let repo = sample(POLICY, GOOD);
    repo.write("go.mod", ALLOWED_MOD);
    check(&repo, &[]).assert(0, &[]);
    judged(&repo, 1, &["module-denied/no-x", REFUSED]);
    let repo = sample(POLICY, BAD);
    repo.write("a.go", ALLOWED).commit("an old finding gets a comment");
    check(&repo, &FROM_BASE).assert(1, &["import-denied/no-expvar"]);
}

#[test]
fn a_known_comment_counts_wherever_it_moves_within_its_package() {
    let repo = sample(POLICY, ALLOWED);
    judged(&repo, 0, &[]);
    fs::rename(repo.root().join("a.go"), repo.root().join("b.go")).unwrap();
    judged(&repo, 0, &[]);
    repo.write("b.go", ALLOWED.replace("it is", "worded anew,"));
    judged(&repo, 0, &[]);
}

#[test]
fn a_known_comment_covers_nothing_else_and_only_once() {
    let cases = [
        // Another import below the same comment.
        ("a.go", ALLOWED.replace("\"expvar\"", "\"net/http/pprof\"")),
        // The same import once more in the package.
        ("b.go", ALLOWED.to_owned()),
        // In another package.
        ("sub/a.go", ALLOWED.to_owned()),
    ];
    for (path, text) in cases {
        let repo = sample(POLICY, ALLOWED);
        repo.write(path, text);
        judged(&repo, 1, &["import-denied/no-expvar", REFUSED]);
    }
    let repo = sample(POLICY, &ALLOWED.replace("it is", "until=2099-01-01 it is"));
    repo.write("a.go", ALLOWED.replace("it is", "until=2098-12-31 it is"));
    judged(&repo, 0, &[]);
    for longer in ["until=2099-01-02 it is", "it is"] {
        repo.write("a.go", ALLOWED.replace("it is", longer));
        judged(&repo, 1, &[REFUSED]);
    }
}

#[test]
fn the_policy_of_the_commit_says_whether_comments_count() {
    let repo = sample(&format!("inline-exceptions = \"allow\"\n{POLICY}"), GOOD);
    repo.write("a.go", ALLOWED);
    judged(&repo, 0, &[]);
    let denies = format!("inline-exceptions = \"deny\"\n{POLICY}");
    let repo = sample(&denies, ALLOWED);
    check(&repo, &[]).assert(1, &["import-denied/no-expvar", "exception-unused", "inline-exceptions = \"deny\""]);
    let repo = sample(&denies, GOOD);
    // The change itself cannot allow them.
    repo.write("a.go", ALLOWED).write("modwarden.toml", format!("inline-exceptions = \"allow\"\n{POLICY}"));
    check(&repo, &[]).assert(0, &[]);
    judged(&repo, 1, &["import-denied/no-expvar"]);
}

#[test]
fn neither_the_policy_of_a_directory_nor_an_extended_file_of_the_change_loosens() {
    let repo = sample(&format!("extends = [\"./team.toml\"]\n{POLICY}"), GOOD);
    repo.write("team.toml", "").commit("with a second file");
    repo.git(&["tag", "-f", "base"]);
    repo.write("sub/b.go", BAD);
    let exception = "[[exception]]\nrule = \"import-denied/no-expvar\"\nreason = \"r\"\n";
    for (path, text) in [
        ("sub/modwarden.toml", exception),
        ("sub/modwarden.toml", "inline-exceptions = \"allow\"\n"),
        ("sub/modwarden.toml", "[severity]\n\"import-denied/no-expvar\" = \"off\"\n"),
        ("team.toml", exception),
        ("modwarden.toml", ""),
    ] {
        repo.write(path, text);
        judged(&repo, 1, &["import-denied/no-expvar"]);
    }
    let repo = sample(POLICY, GOOD);
    repo.write("sub/modwarden.toml", "inline-exceptions = \"allow\"\n");
    check(&repo, &[]).assert(2, &["the policy of a directory cannot say `allow`"]);
    repo.write("sub/modwarden.toml", "inline-exceptions = \"deny\"\n")
        .write("sub/b.go", ALLOWED)
        .write("a.go", ALLOWED);
    check(&repo, &[]).assert(1, &["sub/b.go:4"]);
    let text = check(&repo, &[]).text;
    assert!(!text.contains("\na.go:"), "{text}");
}

#[test]
fn every_form_reports_what_is_newly_covered() {
    let repo = sample(POLICY, BAD);
    let exception =
        "[[exception]]\nrule = \"import-denied/no-expvar\"\nfiles = [\"sub/**\"]\nreason = \"see the ticket\"\n";
    repo.write("a.go", ALLOWED).write("sub/b.go", BAD).write("modwarden.toml", format!("{POLICY}\n{exception}"));
    repo.commit("covered by a comment and an exception");
    for format in ["pretty", "concise", "json", "jsonl", "github", "sarif", "markdown", "html"] {
        let text = check(&repo, &["--range", "base..HEAD", "--format", format]).text;
        for word in ["it is a debug server", "see the ticket", "a.go", "sub/b.go", "no-expvar", "ewly"] {
            assert!(text.contains(word), "{format}: no `{word}` in {text}");
        }
    }
    let text = check(&repo, &["--format", "sarif", "--range", "base..HEAD"]).text;
    assert!(text.contains("\"results\":[]"), "no alert is opened for what does not count: {text}");
    repo.git(&["tag", "-f", "base"]);
    repo.write("c.go", GOOD).commit("nothing new");
    let text = check(&repo, &["--range", "base..HEAD"]).text;
    assert!(!text.contains("newly covered"), "{text}");
    repo.write("d.go", BAD)
        .write("modwarden.toml", format!("{POLICY}\n{exception}\n{}", exception.replace("sub/**", "d.go")));
    let text = check(&repo, &["--new-from", "HEAD"]).text;
    assert_eq!(text.matches("newly covered").count(), 1, "{text}");
}

#[test]
fn code_that_moves_out_of_a_scope_is_an_error_of_the_change() {
    let policy = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nfrom = [\"./cmd/...\"]\n";
    for (path, text, words) in [
        ("cmd/app/go.mod", "module example.com/app\n\ngo 1.24\n", "it is now in the module `example.com/app`"),
        ("app/main.go", BAD, "files of these names are now in `app`"),
    ] {
        let repo = sample(policy, GOOD);
        repo.write("cmd/app/main.go", GOOD).commit("code in the scope");
        repo.git(&["tag", "-f", "base"]);
        if path == "app/main.go" {
            fs::remove_dir_all(repo.root().join("cmd")).unwrap();
        } else {
            repo.write("cmd/app/main.go", BAD);
        }
        repo.write(path, text);
        check(&repo, &["--rev", "base"]).assert(0, &[]);
        repo.commit("a change");
        for state in
            [&["--range", "base..HEAD"][..], &["--new-from", "base"], &["--range", "base..HEAD", "--each-commit"]]
        {
            for policy in [&[][..], &FROM_BASE] {
                let args = [state, policy, &["--format", "concise"]].concat();
                check(&repo, &args).assert(
                    1,
                    &["error[policy-vacuous]", "`import-denied/no-expvar` no longer covers anything", words],
                );
            }
        }
        // A policy that follows the code is no fault.
        let scope = if path == "app/main.go" { "./app" } else { "example.com/app/..." };
        repo.write("modwarden.toml", policy.replace("./cmd/...", scope)).commit("the policy follows");
        let text = check(&repo, &["--range", "base..HEAD"]).text;
        assert!(!text.contains("no longer covers anything"), "{text}");
    }
}
