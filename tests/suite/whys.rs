//! `why`: without a module cache, after the requirement is gone, and for a directory that is no module.

#![cfg(unix)]

use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

fn why(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["why", "--no-module-cache"]).args(args);
    run(command)
}

/// A module that imports a package of a module whose path is shorter, and one of a nested module's.
fn repository() -> Repo {
    let repo = Repo::init();
    repo.write(
        "go.mod",
        "module example.com/m\n\ngo 1.24\n\nrequire (\n\texample.com/x v1.0.0\n\texample.com/x/y v1.1.0\n\texample.com/z v1.2.0\n)\n",
    );
    repo.write("m.go", "package m\n\nimport (\n\t_ \"example.com/x/a/b\"\n\t_ \"example.com/x/y/c\"\n)\n");
    repo.write("m_test.go", "package m\n\nimport _ \"example.com/z/t\"\n");
    repo.commit("Import x");
    repo
}

#[test]
fn a_module_that_is_imported_is_needed_without_a_module_cache() {
    let repo = repository();
    for (module, words) in [
        ("example.com/x", "imports example.com/x/a/b (example.com/x v1.0.0)  m.go:4"),
        ("example.com/x/y", "imports example.com/x/y/c (example.com/x/y v1.1.0)  m.go:5"),
        ("example.com/z", "its test imports example.com/z/t (example.com/z v1.2.0)  m_test.go:3"),
    ] {
        why(&repo, &[module]).assert(0, &["example.com/m needs ", words]);
        why(&repo, &["--not", module]).assert(1, &[words]);
    }
    why(&repo, &["example.com/none"])
        .assert(3, &["does not need example.com/none", "note: example.com/m: not decided"]);
}

/// No import path begins so: an answer that nothing needs it would be true and misleading.
#[test]
fn a_directory_is_not_asked_for() {
    let repo = repository();
    for target in ["./sub", "../m/sub", "."] {
        why(&repo, &[target]).assert(2, &[&format!("`{target}` is a directory"), "write the path of the module"]);
    }
}

#[test]
fn the_commit_is_named_although_the_requirement_is_gone() {
    let repo = repository();
    repo.write("m_test.go", "package m\n");
    let taken = repo.commit("Test without z");
    repo.write("other.go", "package m\n").commit("Something else");
    repo.write(
        "go.mod",
        "module example.com/m\n\ngo 1.24\n\nrequire (\n\texample.com/x v1.0.0\n\texample.com/x/y v1.1.0\n)\n",
    );
    repo.commit("Tidy");
    repo.write(
        "go.mod",
        "module example.com/m\n\ngo 1.25\n\nrequire (\n\texample.com/x v1.0.0\n\texample.com/x/y v1.1.0\n)\n",
    );
    repo.commit("Raise Go");
    let words = format!("last import removed in {} (A U Thor: Test without z)", &taken[..12]);
    let outcome = why(&repo, &["--not", "example.com/z"]);
    assert!(outcome.text.contains(&words), "{}", outcome.text);
    let outcome = why(&repo, &["--not", "example.com/never"]);
    assert!(!outcome.text.contains("last import") && !outcome.text.contains("required"), "{}", outcome.text);
}

#[test]
fn a_directory_that_has_no_module_is_reported() {
    let repo = repository();
    repo.write("sub/s.go", "package sub\n")
        .write("tools/go.mod", "module example.com/tools\n\ngo 1.24\n")
        .commit("more");
    why(&repo, &["example.com/x", "sub"]).assert(2, &["sub has no module", "the module around it is at the root"]);
    why(&repo, &["example.com/x", ".", "sub"]).assert(0, &["example.com/m needs"]);
    why(&repo, &["example.com/x", "none"]).assert(2, &["none has no module"]);
    why(&repo, &["--rev", "HEAD", "fmt", "tools"]).assert(1, &["example.com/tools does not need fmt"]);
    repo.write("tools/deep/d.go", "package deep\n");
    why(&repo, &["fmt", "tools/deep"]).assert(2, &["tools/deep has no module", "the module around it is in tools"]);
}

/// A program that reaches pprof by two ways, the shorter of which no build has as a whole.
fn chained() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/x v1.0.0\n");
    repo.write("cmd/m/main.go", "package main\n\nimport (\n\t_ \"example.com/m/a\"\n\t_ \"example.com/m/b\"\n)\n");
    repo.write("cmd/m/main_test.go", "package main\n\nimport _ \"expvar\"\n");
    repo.write("a/a_linux.go", "package a\n\nimport _ \"example.com/m/c\"\n");
    repo.write("b/b.go", "package b\n\nimport _ \"example.com/m/d\"\n");
    repo.write("c/c_windows.go", "package c\n\nimport _ \"net/http/pprof\"\n");
    repo.write("c/c.go", "package c\n\nimport _ \"example.com/m/e\"\n");
    repo.write("d/d.go", "package d\n\nimport _ \"example.com/m/f\"\n");
    repo.write("e/e.go", "package e\n\nimport _ \"net/http/pprof\"\n");
    repo.write("f/f.go", "package f\n\nimport _ \"net/http/pprof\"\n");
    repo.write("g/g.go", "package g\n\nimport _ \"example.com/x\"\n");
    repo.commit("first");
    repo
}

#[test]
fn the_shortest_chain_that_one_build_contains_is_shown() {
    let repo = chained();
    let through_a = "example.com/m/cmd/m needs net/http/pprof:\n  example.com/m/cmd/m\n  imports example.com/m/a  cmd/m/main.go:4\n  \
                     imports example.com/m/c  a/a_linux.go:3\n  imports example.com/m/e  c/c.go:3\n  imports net/http/pprof  e/e.go:3\n  \
                     only in builds with: linux\n";
    let through_b = "example.com/m/cmd/m needs net/http/pprof through other packages (2):\n  example.com/m/cmd/m\n  \
                     imports example.com/m/b  cmd/m/main.go:5\n  imports example.com/m/d  b/b.go:3\n  \
                     imports example.com/m/f  d/d.go:3\n  imports net/http/pprof  f/f.go:3\n";
    assert_eq!(why(&repo, &["example.com/m/cmd/m", "net/http/pprof"]).text, through_a);
    let both = why(&repo, &["--all", "./cmd/m", "net/http/pprof"]);
    both.assert(0, &[]);
    assert_eq!(both.text, format!("{through_a}{through_b}"));
    repo.write("b/b.go", "package b\n\nimport _ \"net/http/pprof\"\n");
    why(&repo, &["./cmd/m", "net/http/pprof"]).assert(0, &["imports net/http/pprof  b/b.go:3"]);
    let before = why(&repo, &["--rev", "HEAD", "./cmd/m", "net/http/pprof"]);
    assert_eq!(before.text, through_a);
}

#[test]
fn a_chain_may_begin_in_a_test_and_may_not_be_there() {
    let repo = chained();
    why(&repo, &["./cmd/m", "expvar"]).assert(0, &["its test imports expvar  cmd/m/main_test.go:3"]);
    why(&repo, &["./cmd/m", "os/exec"]).assert(1, &["example.com/m/cmd/m does not need os/exec"]);
    why(&repo, &["--not", "./cmd/m", "os/exec"])
        .assert(0, &["no chain of imports outside of the standard library leads there in any build"]);
    why(&repo, &["--not", "./cmd/m", "expvar"]).assert(1, &["its test imports"]);
    why(&repo, &["./g", "os/exec"]).assert(3, &["note: not decided", "`example.com/x`", "go mod download"]);
    why(&repo, &["./g", "example.com/other"]).assert(1, &["does not need"]);
    why(&repo, &["./none", "expvar"]).assert(2, &["`./none` is no package of the repository"]);
    why(&repo, &["--all", "expvar"]).assert(2, &["`--all` is about two packages"]);
}
