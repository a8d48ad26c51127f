//! Files that the go command on this machine reads and a run does not check: files that Git ignores, and files that `GOWORK`
//! and `GOFLAGS` name. Every output names them.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]

use std::process::Command;

use crate::support::go::go;
use crate::support::program::{Outcome, check, run};
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/m\n\ngo 1.24\n";
const GO_WORK: &str = "go 1.24\n\nuse .\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\nreason = \"r\"\n";

/// A repository with one module, nothing to find, and these lines in its `.gitignore`.
fn ignoring(patterns: &str) -> Repo {
    let repo = Repo::init();
    repo.write(".gitignore", patterns)
        .write("go.mod", GO_MOD)
        .write("a.go", "package m\n")
        .write("modwarden.toml", POLICY);
    repo.commit("first");
    repo
}

/// Runs a check with a variable of the environment.
fn check_with(repo: &Repo, variable: &str, value: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Outcome {
    let mut command = modwarden(repo);
    command.args(args).env(variable, value);
    run(command)
}

fn modwarden(repo: &Repo) -> Command {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["check", "--format", "concise"]).env("GOENV", "off").env("GOFLAGS", "").env("GOWORK", "");
    command
}

const GO_WORK_IGNORED: &str = "not read: go.work: it is ignored by Git";

#[test]
fn an_ignored_workspace_is_not_used_and_told_once() {
    let repo = ignoring("go.work*\n");
    repo.write("sub/go.mod", "module example.com/m/sub\n\ngo 1.24\n");
    repo.commit("second");
    repo.write("go.work", "go 1.24\n\nuse (\n\t.\n\t./sub\n)\n").write("go.work.sum", "");
    let outcome = check(&repo, &[]);
    outcome.assert(0, &[GO_WORK_IGNORED]);
    assert_eq!(outcome.text.matches("ignored by Git").count(), 1, "{}", outcome.text);
    for form in
        ["pretty", "json", "jsonl", "github", "gitlab", "sarif", "junit", "rdjson", "checkstyle", "markdown", "html"]
    {
        assert!(check(&repo, &["--format", form]).text.contains("ignored by Git"), "{form}");
    }
    for state in [&["--staged"][..], &["--rev", "HEAD"]] {
        let outcome = check(&repo, state);
        assert!(!outcome.text.contains("ignored by Git"), "{}", outcome.text);
    }
    let off = check_with(&repo, "GOWORK", "off", &[]);
    assert!(!off.text.contains("ignored by Git"), "{}", off.text);
    // One that is nearer, and not ignored, is what the go command uses for `sub`; nothing but that.
    repo.write("sub/go.work", GO_WORK);
    repo.git(&["add", "--force", "sub/go.work"]);
    check(&repo, &[]).assert(0, &[GO_WORK_IGNORED]);
    repo.git(&["add", "--force", "go.work"]);
    let tracked = check(&repo, &[]);
    assert!(!tracked.text.contains(GO_WORK_IGNORED), "{}", tracked.text);
}

#[test]
fn module_files_and_vendor_directories_that_git_ignores_are_told() {
    let repo = ignoring("/vendor/\ngo.sum\n/sub/go.mod\n");
    repo.write("sub/b.go", "package sub\n").commit("second");
    repo.write("vendor/modules.txt", "# example.com/x v1.0.0\nexample.com/x\n").write("go.sum", "");
    repo.write("sub/go.mod", "module example.com/m/sub\n");
    let told =
        ["not read: vendor: it is ignored by Git", "not read: go.sum: it is ign", "not read: sub/go.mod: it is ign"];
    check(&repo, &[]).assert(0, &told);
    let without = check_with(&repo, "GOFLAGS", "-mod=mod", &[]);
    assert!(!without.text.contains("vendor: it is ignored"), "{}", without.text);
}

#[test]
fn go_files_that_git_ignores_are_told() {
    let repo = ignoring("*.pb.go\n");
    repo.write("a.pb.go", "package m\n\nimport _ \"unsafe\"\n").write("testdata/x.pb.go", "package x\n");
    check(&repo, &[]).assert(0, &["not read: a.pb.go: it is ignored by Git"]);
    repo.write("b.pb.go", "package m\n").write("_c.pb.go", "package m\n");
    check(&repo, &[]).assert(0, &["not read: a.pb.go and 1 more Go file: they are ignored by Git"]);
    let narrowed = check(&repo, &["a.go"]);
    assert!(!narrowed.text.contains("ignored by Git"), "{}", narrowed.text);
    repo.git(&["add", "--force", "a.pb.go", "b.pb.go"]);
    let tracked = check(&repo, &[]);
    tracked.assert(1, &["a.pb.go:3"]);
    assert!(!tracked.text.contains("ignored by Git"), "{}", tracked.text);
}

#[test]
fn an_import_of_an_ignored_package_is_told() {
    let repo = ignoring("/gen/\n");
    repo.write("a.go", "package m\n\nimport (\n\t_ \"example.com/m/gen/api\"\n\t_ \"example.com/m/gen/db\"\n)\n");
    repo.commit("second");
    let absent = check(&repo, &[]);
    absent.assert(0, &[]);
    assert!(!absent.text.contains("ignored by Git"), "{}", absent.text);
    repo.write("gen/api/api.go", "package api\n\nimport _ \"unsafe\"\n").write("gen/db/db.go", "package db\n");
    let outcome = check(&repo, &[]);
    outcome.assert(
        0,
        &["warn: not read: gen: it is ignored by Git, and the build on this machine needs packages from it"],
    );
    assert_eq!(outcome.text.matches("ignored by Git").count(), 1, "{}", outcome.text);
    // The finding is the same as in a clone without the files, and says why.
    repo.write("modwarden.toml", "[severity]\nimport-unresolved = \"error\"\n");
    for state in [&[][..], &["--rev", "HEAD"]] {
        let state = [state, &["--policy", "modwarden.toml"]].concat();
        check(&repo, &state).assert(0, &["a.go:4:4: warn", "no Go file that Git does not ignore"]);
    }
}

#[test]
fn a_use_or_replace_line_that_leads_to_an_ignored_module_ends_the_run() {
    let repo = ignoring("/local/\n");
    let require = "\nrequire example.com/x v1.0.0\n\nreplace example.com/x => ./local/x\n";
    repo.write("go.mod", format!("{GO_MOD}{require}")).commit("second");
    repo.write("local/x/go.mod", "module example.com/x\n").write("local/x/x.go", "package x\n");
    let told = "local: it is ignored by Git, and a `use` or `replace` line needs a module from it";
    check(&repo, &[]).assert(3, &[told]);
    repo.write("go.mod", GO_MOD).write("go.work", "go 1.24\n\nuse (\n\t.\n\t./local/x\n)\n");
    check(&repo, &[]).assert(3, &[told]);
    repo.git(&["add", "--force", "local"]);
    let tracked = check(&repo, &[]);
    tracked.assert(0, &[]);
    assert!(!tracked.text.contains("ignored by Git"), "{}", tracked.text);
}

#[test]
fn an_ignored_policy_judges_and_is_told() {
    let repo = Repo::init();
    repo.write(".gitignore", "modwarden.toml\n.modwarden.toml\n").write("go.mod", GO_MOD);
    repo.write("a.go", "package m\n\nimport _ \"unsafe\"\n").write("sub/b.go", "package sub\n\nimport _ \"expvar\"\n");
    repo.commit("first");
    repo.write("modwarden.toml", POLICY)
        .write("sub/modwarden.toml", POLICY.replace("unsafe", "expvar").replace("no-", "not-"));
    let told = "modwarden.toml is ignored by Git: it applies here, but in no commit and no other clone";
    check(&repo, &[]).assert(1, &["a.go:3", "sub/b.go:3", told, "sub/modwarden.toml is ignored by Git"]);
    let staged = check(&repo, &["--staged"]);
    assert!(!staged.text.contains("a.go:3") && !staged.text.contains("is ignored by Git"), "{}", staged.text);
    // One that Git tracks beside it counts alone.
    repo.write(".modwarden.toml", POLICY.replace("unsafe", "expvar"));
    repo.git(&["add", "--force", ".modwarden.toml"]);
    let tracked = check(&repo, &[]);
    tracked.assert(1, &["sub/b.go:3"]);
    assert!(!tracked.text.contains("a.go:3") && !tracked.text.contains(&format!("\n{told}")), "{}", tracked.text);
}

#[test]
fn a_workspace_above_the_repository_is_told() {
    let repo = ignoring("");
    std::fs::write(repo.beside("go.work"), "go 1.24\n\nuse ./repo\n").expect("the file is written");
    let told = "go.work: it is above the repository";
    check(&repo, &[]).assert(0, &[told]);
    let committed = check(&repo, &["--rev", "HEAD"]);
    assert!(!committed.text.contains(told), "{}", committed.text);
    repo.write("go.work", GO_WORK);
    let own = check(&repo, &[]);
    assert!(!own.text.contains(told), "{}", own.text);
}

#[test]
fn a_workspace_that_gowork_names_and_is_not_there_ends_the_run() {
    let repo = ignoring("/ignored/\n");
    repo.write("sub/go.work", "go 1.24\n\nuse ..\n");
    repo.write("ignored/go.work", "go 1.24\n\nuse ..\n");
    let at = |path: &str| repo.root().join(path);
    let outside = repo.beside("none").join("go.work");
    check_with(&repo, "GOWORK", at("none/go.work"), &[])
        .assert(3, &["GOWORK names none/go.work, which does not exist"]);
    check_with(&repo, "GOWORK", &outside, &[]).assert(3, &["which does not exist: every go command fails"]);
    check_with(&repo, "GOWORK", at("ignored/go.work"), &[])
        .assert(0, &["which is ignored by Git: no workspace is used"]);
    check_with(&repo, "GOWORK", at("sub/go.work"), &[]).assert(0, &[]);
    // It is on disk, and not in the commit.
    let committed = check_with(&repo, "GOWORK", at("sub/go.work"), &["--rev", "HEAD"]);
    committed.assert(3, &["GOWORK names sub/go.work, which does not exist in the commit"]);
    let Some(go) = go() else { return };
    for (path, works) in [(at("none/go.work"), false), (outside, false), (at("sub/go.work"), true)] {
        let go = go.clone().with_env("GOWORK", &path.display().to_string());
        assert_eq!(go.command(repo.root(), &["list", "-m"]).status.success(), works, "{}", path.display());
    }
}

#[test]
fn files_that_goflags_puts_in_place_are_told() {
    let repo = ignoring("local.mod\nlocal.json\n");
    repo.write("alt.mod", GO_MOD).write("alt.json", "{}").write("local.mod", GO_MOD).write("local.json", "{}");
    let elsewhere = repo.beside("else where.mod");
    std::fs::write(&elsewhere, GO_MOD).expect("the file is written");
    let elsewhere = format!("'-modfile={}'", elsewhere.display());
    let go_mod = format!("-modfile={}", repo.root().join("go.mod").display());
    let modfile = "the go command reads that file instead of go.mod, and it was not checked";
    let overlay = "the go command builds other files than those that were checked";
    let cases: [(&str, i32, Option<&str>); 12] = [
        ("-modfile=alt.mod", 3, Some(modfile)),
        ("--modfile=alt.mod", 3, Some(modfile)),
        ("-modfile=local.mod -modfile=alt.mod", 3, Some(modfile)),
        ("-modfile=local.mod", 0, Some(modfile)),
        ("-modfile=nowhere.mod", 0, Some(modfile)),
        (&elsewhere, 0, Some(modfile)),
        ("-overlay=alt.json", 3, Some(overlay)),
        ("\"-overlay=local.json\"", 0, Some(overlay)),
        ("-modfile=go.mod", 0, None),
        (&go_mod, 0, None),
        ("-modfile=alt.mod -modfile= -overlay=", 0, None),
        ("-tags=modfile=alt.mod", 0, None),
    ];
    for (flags, code, told) in cases {
        let outcome = check_with(&repo, "GOFLAGS", flags, &[]);
        assert_eq!(outcome.code, Some(code), "{flags}: {}", outcome.text);
        assert_eq!(outcome.text.contains("GOFLAGS has"), told.is_some(), "{flags}: {}", outcome.text);
        assert!(told.is_none_or(|told| outcome.text.contains(told)), "{flags}: {}", outcome.text);
    }
    // What `go env -w` wrote counts as well.
    repo.write("env", "GOFLAGS=-modfile=alt.mod\n");
    let mut command = modwarden(&repo);
    command.env("GOENV", repo.root().join("env"));
    run(command).assert(3, &["GOFLAGS has -modfile=alt.mod"]);
    // A policy that names the file judges it.
    repo.write("modwarden.toml", format!("modules = [\"alt.mod\"]\n{POLICY}"));
    let named = check_with(&repo, "GOFLAGS", "-modfile=alt.mod", &[]);
    named.assert(0, &[]);
    assert!(!named.text.contains("GOFLAGS has"), "{}", named.text);
}

#[test]
fn quoted_flags_are_read_as_the_go_command_reads_them() {
    let repo = ignoring("");
    repo.write("vendor/modules.txt", "# example.com/x v1.0.0\n## explicit\nexample.com/x\n");
    repo.write("modwarden.toml", "[severity]\nvendor-inconsistent = \"error\"\n");
    check(&repo, &[]).assert(1, &["vendor-inconsistent"]);
    for (flags, code) in
        [("'-mod=mod'", 0), ("\"-tags=a b\" --mod=mod", 0), ("'-tags=x -mod=mod'", 1), ("-mod=mod -mod=", 1)]
    {
        let outcome = check_with(&repo, "GOFLAGS", flags, &[]);
        assert_eq!(outcome.code, Some(code), "{flags}: {}", outcome.text);
    }
}

#[test]
fn a_policy_without_a_rule_is_vacuous() {
    let repo = ignoring("");
    for text in ["", "# nothing yet\n", "[severity]\nimport-dot = \"off\"\n"] {
        repo.write("modwarden.toml", text);
        let outcome = check(&repo, &[]);
        outcome.assert(1, &["modwarden.toml:1:1: error", "policy-vacuous", "the policy turns on no rule"]);
        check(&repo, &["--policy", "modwarden.toml"]).assert(1, &["the policy turns on no rule"]);
        check(&repo, &["--pack", "recommended"]).assert(0, &[]);
    }
    for text in ["[severity]\npolicy-vacuous = \"off\"\n", "extends = [\"recommended\"]\n", POLICY] {
        repo.write("modwarden.toml", text);
        check(&repo, &[]).assert(0, &[]);
    }
    repo.write("modwarden.toml", "# nothing here\n")
        .write("sub/modwarden.toml", POLICY)
        .write("sub/b.go", "package sub\n");
    check(&repo, &[]).assert(0, &[]);
    repo.git(&["rm", "--quiet", "--cached", "modwarden.toml"]);
    std::fs::remove_file(repo.root().join("modwarden.toml")).expect("the file is removed");
    let init = {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["policy", "init"]);
        run(command)
    };
    init.assert(0, &[]);
    check(&repo, &[]).assert(0, &[]);
}
