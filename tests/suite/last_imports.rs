//! Which commit took the last import of a requirement away, in real histories: straight ones, with merges, cut short, and with
//! changes that are in no commit yet; and the ways that `why` shows.

use crate::support::program::{Outcome, check, run};
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/shop\n\ngo 1.24\n\nrequire example.com/pay v1.0.0\n";
const IMPORTS: &str = "package shop\n\nimport _ \"example.com/pay/card\"\n";
const WITHOUT: &str = "package shop\n";
const POLICY: &str = "[severity]\nrequire-unused = \"error\"\n";

/// A repository whose first commit requires the module and has this file.
fn repo(code: &str) -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("a.go", code).write("modwarden.toml", POLICY);
    repo.commit("begin");
    repo
}

fn found(repo: &Repo, args: &[&str]) -> Outcome {
    let form = ["--no-module-cache", "--format", "pretty"];
    check(repo, &[&form[..], args].concat())
}

fn short(commit: &str) -> &str {
    &commit[..12]
}

#[test]
fn the_commit_that_removes_the_last_import_is_named_in_every_state() {
    let repo = repo(IMPORTS);
    repo.write("b.go", IMPORTS);
    repo.commit("import it twice");
    repo.write("a.go", WITHOUT);
    repo.commit("once is left");
    repo.write("b.go", WITHOUT);
    let last = repo.commit("and none");
    repo.write("c.go", "package shop\n\nimport _ \"example.com/payments\"\n");
    repo.commit("another module with a path that begins alike");
    let said = format!("last import removed in {}", short(&last));
    found(&repo, &[]).assert(1, &[&said, "A U Thor"]);
    found(&repo, &["--staged"]).assert(1, &[&said]);
    found(&repo, &["--rev", "HEAD"]).assert(1, &[&said]);
    found(&repo, &["--rev", "HEAD~2"]).assert(0, &[]);
}

#[test]
fn a_requirement_that_never_had_an_import_is_told_from_the_commit_that_requires_it() {
    let repo = repo(WITHOUT);
    repo.write("go.mod", GO_MOD.replace("require", "// more\nrequire"));
    repo.commit("change something else");
    let required = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    found(&repo, &[]).assert(1, &[&format!("never imported; required since {}", short(required.trim()))]);
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/tax v1.0.0\n"));
    let outcome = found(&repo, &[]);
    outcome.assert(1, &["`example.com/tax` is required, but nothing needs it", "it provides no package"]);
    let added = repo.commit("require another");
    found(&repo, &[]).assert(1, &[&format!("never imported; required since {}", short(&added))]);
}

#[test]
fn what_a_commit_still_imports_has_no_last_import_yet() {
    let repo = repo(IMPORTS);
    repo.write("a.go", WITHOUT);
    let outcome = found(&repo, &[]);
    outcome.assert(1, &["it provides no package"]);
    assert!(!outcome.text.contains("since"), "{}", outcome.text);
}

#[test]
fn along_merges_the_side_without_imports_is_followed() {
    let repo = repo(IMPORTS);
    let branch = repo.git(&["symbolic-ref", "--short", "HEAD"]);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("a.go", WITHOUT);
    let removed = repo.commit("remove it on a branch");
    repo.git(&["checkout", "-q", branch.trim()]);
    repo.write("b.go", WITHOUT);
    repo.commit("go on here");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    found(&repo, &["--rev", "HEAD"]).assert(1, &[&format!("last import removed in {}", short(&removed))]);
}

#[test]
fn tests_count_and_files_that_no_build_has_do_not() {
    let repo = repo(IMPORTS);
    repo.write("a.go", WITHOUT).write("a_test.go", IMPORTS);
    repo.commit("only the test");
    repo.write("a_test.go", WITHOUT).write("gen.go", format!("//go:build ignore\n\n{IMPORTS}"));
    let last = repo.commit("only a generator");
    repo.write("gen.go", WITHOUT);
    repo.commit("not even that");
    found(&repo, &["--rev", "HEAD"]).assert(1, &[&format!("last import removed in {}", short(&last))]);
}

#[test]
fn a_clone_that_is_cut_short_says_at_least() {
    let repo = repo(IMPORTS);
    repo.write("a.go", WITHOUT);
    repo.commit("remove it");
    repo.write("b.go", WITHOUT);
    repo.commit("go on");
    let clone = Repo::plain();
    let from = format!("file://{}", repo.root().display());
    clone.git(&["clone", "-q", "--depth", "1", &from, "."]);
    found(&clone, &["--rev", "HEAD"]).assert(1, &["(or earlier)"]);
}

#[test]
fn a_module_of_its_own_below_does_not_count() {
    let repo = repo(WITHOUT);
    repo.write("sub/go.mod", GO_MOD.replace("shop", "sub")).write("sub/a.go", IMPORTS);
    repo.commit("a module that imports it");
    repo.write("sub/a.go", WITHOUT);
    repo.commit("and no longer");
    let first = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    found(&repo, &["go.mod"]).assert(1, &[&format!("never imported; required since {}", short(first.trim()))]);
}

#[test]
fn why_shows_the_shortest_way_and_what_was_looked_at() {
    let repo = repo("package shop\n\nimport _ \"example.com/shop/lib\"\n");
    let why = |args: &[&str]| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["why", "--no-module-cache"]).args(args);
        run(command)
    };
    repo.write("lib/lib.go", "package lib\n")
        .write("lib/lib_test.go", "package lib\n\nimport _ \"example.com/tax/rates\"\n");
    repo.write("forks/tax/go.mod", "module example.com/tax\n\ngo 1.24\n");
    repo.write("forks/tax/rates/rates.go", "package rates\n\nimport _ \"strings\"\n");
    repo.write(
        "go.mod",
        "module example.com/shop\n\ngo 1.24\n\nrequire example.com/tax v1.0.0\n\nreplace example.com/tax => ./forks/tax\n",
    );
    let way =
        ["example.com/shop needs example.com/tax:", "  example.com/shop/lib", "its test imports example.com/tax/rates"];
    why(&["example.com/tax"]).assert(0, &[&way[..], &["lib/lib_test.go:3"]].concat());
    why(&["strings"]).assert(0, &["imports strings  forks/tax/rates/rates.go:3"]);
    why(&["--not", "example.com/tax"]).assert(1, &["needs example.com/tax"]);
    why(&["--not", "example.com/pay"]).assert(0, &["example.com/shop does not need example.com/pay"]);
    why(&["example.com/pay"]).assert(1, &["does not need"]);
}
