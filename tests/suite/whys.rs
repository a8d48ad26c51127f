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
