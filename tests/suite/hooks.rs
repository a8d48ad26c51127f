//! The hooks, driven by the real `git`: a commit is refused for its own content, and for nothing else.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start git and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::program::copy_program;
use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nreason = \"it listens\"\n";
const LENIENT: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"net/http/pprof\"]\nreason = \"it listens\"\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n";
const BAD: &str = "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n";

/// A repository with a module, a policy and one commit, where the hooks are installed.
fn hooked() -> Repo {
    let repo = module();
    install(&repo, repo.root());
    repo
}

/// The same without hooks.
fn module() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD).write("b.go", GOOD);
    repo.commit("first");
    repo
}

fn run(repo: &Repo, directory: &Path, program: &str, args: &[&str]) -> Output {
    repo.command(program).current_dir(directory).args(args).output().unwrap()
}

#[track_caller]
fn install(repo: &Repo, directory: &Path) -> String {
    succeed(&run(repo, directory, MODWARDEN, &["hook", "install"]))
}

#[track_caller]
fn uninstall(repo: &Repo) -> String {
    succeed(&run(repo, repo.root(), MODWARDEN, &["hook", "uninstall"]))
}

/// The output of the program, if it has to succeed.
#[track_caller]
fn succeed(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", output.status, all(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails unless the program ends with this code; gives all that it prints.
#[track_caller]
fn ends(code: i32, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", all(output));
    all(output)
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// husky lets Git look into a directory that it writes again at any time, and runs the hooks beside it, executable or
/// not.
#[test]
fn under_husky_hooks_are_written_where_husky_keeps_those_of_the_user() {
    let repo = module();
    let runs_user_hook = "#!/bin/sh\nhook=\"$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\"\n[ ! -f \"$hook\" ] || exec sh -e \"$hook\" \"$@\"\n";
    let write_husky = || {
        let _ = fs::remove_dir_all(repo.root().join(".husky/_"));
        repo.write(".husky/_/h", "# of husky\n");
        for name in ["pre-commit", "pre-merge-commit", "pre-push"] {
            let path = repo.root().join(".husky/_").join(name);
            repo.write(&path, runs_user_hook);
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    };
    write_husky();
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    repo.write(".husky/pre-commit", "echo own hook >> ran\n");
    let said = install(&repo, repo.root());
    assert!(said.contains(".husky/pre-commit") && !said.contains(".husky/_"), "{said}");
    write_husky();
    let search = format!("{}:{}", Path::new(MODWARDEN).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let commit = |search: &str| {
        repo.git(&["add", "--all", ".", ":!ran"]);
        repo.command("git").env("PATH", search).args(["commit", "--quiet", "-m", "x"]).output().unwrap()
    };
    repo.write("a.go", BAD);
    let refused = ends(1, &commit(&search));
    assert!(refused.contains("import-denied/no-expvar"), "{refused}");
    repo.write("a.go", GOOD).write("more.go", GOOD);
    ends(0, &commit(&search));
    assert_eq!(fs::read_to_string(repo.root().join("ran")).unwrap(), "own hook\nown hook\n");
    let script = fs::read_to_string(repo.root().join(".husky/pre-commit")).unwrap();
    assert!(!script.contains(MODWARDEN), "the hook is committed, and names no path of this machine: {script}");
    uninstall(&repo);
    assert_eq!(fs::read_to_string(repo.root().join(".husky/pre-commit")).unwrap(), "echo own hook >> ran\n");
    assert!(!repo.root().join(".husky/pre-merge-commit").exists());
}

fn head(repo: &Repo, directory: &Path) -> String {
    succeed(&run(repo, directory, "git", &["rev-parse", "HEAD"]))
}

/// Runs a command of Git that must make a commit.
#[track_caller]
fn accepted(repo: &Repo, args: &[&str]) {
    accepted_in(repo, repo.root(), args);
}

#[track_caller]
fn accepted_in(repo: &Repo, directory: &Path, args: &[&str]) {
    let before = head(repo, directory);
    let output = run(repo, directory, "git", args);
    assert!(output.status.success(), "git {args:?} is refused: {}", all(&output));
    assert_ne!(head(repo, directory), before, "git {args:?} made no commit: {}", all(&output));
}

/// Runs a command of Git that the hook must refuse for an import of `expvar` in `file`.
#[track_caller]
fn refused(repo: &Repo, args: &[&str], file: &str) -> String {
    refused_in(repo, repo.root(), args, file)
}

#[track_caller]
fn refused_in(repo: &Repo, directory: &Path, args: &[&str], file: &str) -> String {
    let text = stopped(repo, directory, args);
    assert!(text.contains(&format!("[{file}:")) && text.contains("no-expvar"), "git {args:?}: {file}: {text}");
    text
}

/// Runs a command of Git that must make no commit, for whatever reason.
#[track_caller]
fn stopped(repo: &Repo, directory: &Path, args: &[&str]) -> String {
    let before = head(repo, directory);
    let output = run(repo, directory, "git", args);
    assert!(!output.status.success(), "git {args:?} is not refused: {}", all(&output));
    assert_eq!(head(repo, directory), before, "git {args:?} made a commit: {}", all(&output));
    all(&output)
}

const COMMIT: [&str; 3] = ["commit", "-m", "next"];

fn commit<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&COMMIT, more].concat()
}

fn write_script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn hook(repo: &Repo, name: &str) -> PathBuf {
    repo.root().join(".git/hooks").join(name)
}

#[test]
fn a_commit_is_judged_by_what_is_staged() {
    let repo = hooked();
    repo.write("a.go", BAD).git(&["add", "a.go"]);
    refused(&repo, &COMMIT, "a.go");
    repo.write("a.go", GOOD);
    refused(&repo, &COMMIT, "a.go");
    repo.write("a.go", format!("{GOOD}\n")).git(&["add", "a.go"]);
    repo.write("a.go", BAD);
    accepted(&repo, &COMMIT);
}

#[test]
fn commit_all_is_judged_by_the_tracked_files_on_disk() {
    let repo = hooked();
    repo.write("a.go", BAD).write("b.go", format!("{GOOD}\n")).git(&["add", "b.go"]);
    refused(&repo, &commit(&["--all"]), "a.go");
    accepted(&repo, &COMMIT);
    repo.git(&["add", "a.go"]);
    repo.write("a.go", format!("{GOOD}\n\n"));
    accepted(&repo, &commit(&["--all"]));
}

#[test]
fn commit_of_a_path_is_judged_by_that_path_alone() {
    let repo = hooked();
    repo.write("a.go", BAD).write("c.go", BAD).write("b.go", format!("{GOOD}\n")).git(&["add", "--all"]);
    refused(&repo, &commit(&["a.go"]), "a.go");
    refused(&repo, &commit(&["c.go"]), "c.go");
    refused(&repo, &commit(&["--include", "b.go"]), "a.go");
    let text = refused(&repo, &commit(&["b.go", "c.go"]), "c.go");
    assert!(!text.contains("[a.go:"), "a.go is not part of the commit: {text}");
    accepted(&repo, &commit(&["b.go"]));
    refused(&repo, &COMMIT, "a.go");
}

#[test]
fn a_partially_staged_file_is_judged_by_the_staged_part() {
    let repo = hooked();
    let filler = "// a line\n".repeat(20);
    let text = |import: &str, end: &str| format!("package m\n\nimport \"{import}\"\n\n{filler}\nvar _ = {end}\n");
    for (answers, is_refused) in [("n\\ny\\n", false), ("y\\nn\\n", true)] {
        repo.write("p.go", text("fmt", "1"));
        repo.commit("before");
        repo.write("p.go", text("expvar", "2"));
        let patch = format!("printf '{answers}' | git add --patch p.go");
        succeed(&run(&repo, repo.root(), "sh", &["-c", &patch]));
        assert_eq!(repo.git(&["diff", "--name-only"]), "p.go", "only a part is staged");
        if is_refused {
            refused(&repo, &COMMIT, "p.go");
        } else {
            accepted(&repo, &COMMIT);
        }
    }
}

#[test]
fn a_staged_deletion_is_a_deletion() {
    let repo = hooked();
    repo.write("old.go", BAD);
    repo.commit("unjudged");
    fs::remove_file(repo.root().join("old.go")).unwrap();
    refused(&repo, &commit(&["--allow-empty"]), "old.go");
    repo.write("old.go", BAD).git(&["rm", "--quiet", "--cached", "old.go"]);
    accepted(&repo, &COMMIT);
}

#[test]
fn an_untracked_file_does_not_count() {
    let repo = hooked();
    repo.write("new.go", BAD).write("b.go", format!("{GOOD}\n")).git(&["add", "b.go"]);
    accepted(&repo, &COMMIT);
    repo.git(&["add", "new.go"]);
    refused(&repo, &COMMIT, "new.go");
}

#[test]
fn a_file_that_is_only_announced_does_not_count() {
    let repo = hooked();
    repo.write("new.go", BAD).write("b.go", format!("{GOOD}\n")).git(&["add", "b.go"]);
    repo.git(&["add", "--intent-to-add", "new.go"]);
    accepted(&repo, &COMMIT);
    refused(&repo, &commit(&["--all"]), "new.go");
}

#[test]
fn an_amended_commit_is_judged_whole() {
    let repo = hooked();
    repo.write("a.go", BAD).git(&["add", "a.go"]);
    refused(&repo, &["commit", "--amend", "-m", "amended"], "a.go");
    repo.git(&["commit", "--quiet", "--no-verify", "-m", "unjudged"]);
    refused(&repo, &["commit", "--amend", "-m", "amended"], "a.go");
    repo.write("a.go", GOOD);
    refused(&repo, &["commit", "--amend", "-m", "amended"], "a.go");
    accepted(&repo, &["commit", "--amend", "--all", "--allow-empty", "-m", "amended"]);
}

/// A repository where `main` forbids an import that `feature`, begun before, still has; the hooks have not seen either.
fn diverged() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", LENIENT).write("a.go", GOOD).write("b.go", GOOD);
    repo.commit("first");
    repo.git(&["switch", "--quiet", "--create", "feature"]);
    repo.write("new.go", BAD).write("b.go", GOOD.replace("Sprint", "Sprintf"));
    repo.commit("use what is still allowed");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("modwarden.toml", POLICY);
    repo.commit("forbid it");
    install(&repo, repo.root());
    repo
}

#[test]
fn an_automatic_merge_is_judged() {
    let repo = diverged();
    let merge = ["merge", "--no-edit", "feature"];
    refused(&repo, &merge, "new.go");
    repo.git(&["merge", "--abort"]);
    repo.git(&["switch", "--quiet", "feature"]);
    repo.write("new.go", GOOD);
    repo.commit("use another");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("untracked.go", BAD);
    accepted(&repo, &merge);
}

#[test]
fn a_merge_with_conflicts_is_judged_when_it_is_committed() {
    let repo = diverged();
    repo.write("b.go", GOOD.replace("Sprint", "Sprintln"));
    repo.commit("differ");
    assert!(!repo.try_git(&["merge", "--no-edit", "feature"]).status.success(), "b.go is in conflict");
    let output = run(&repo, repo.root(), MODWARDEN, &["check", "--staged"]);
    let text = all(&output);
    assert_eq!(output.status.code(), Some(1), "new.go is there already: {text}");
    assert!(text.contains("not read: b.go") && text.contains("git add"), "{text}");
    repo.write("b.go", GOOD).git(&["add", "b.go"]);
    refused(&repo, &COMMIT, "new.go");
    repo.git(&["rm", "--quiet", "--force", "new.go"]);
    accepted(&repo, &COMMIT);
    assert_eq!(repo.git(&["rev-list", "--count", "--merges", "HEAD"]), "1");
}

#[test]
fn a_conflict_leaves_the_index_undecided_only_where_it_matters() {
    for (file, code) in [("a.go", 3), ("go.mod", 3), ("modwarden.toml", 3), ("notes.txt", 0), ("testdata/a.go", 0)] {
        let repo = hooked();
        let base = repo.git(&["rev-parse", "HEAD"]);
        repo.write(file, "one\n");
        repo.commit("one");
        repo.git(&["switch", "--quiet", "--create", "other", &base]);
        repo.write(file, "two\n");
        repo.commit("two");
        assert!(!repo.try_git(&["merge", "main"]).status.success());
        assert!(!repo.git(&["ls-files", "--unmerged"]).is_empty(), "{file}: in conflict");
        for command in [&["check", "--staged"][..], &["hook", "run", "pre-commit"]] {
            let text = ends(code, &run(&repo, repo.root(), MODWARDEN, command));
            assert_eq!(text.contains("conflict"), code == 3, "{file}: {text}");
        }
    }
}

#[test]
fn a_linked_work_tree_has_its_own_index() {
    let repo = hooked();
    let linked = repo.beside("linked tree");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "-b", "linked"]);
    repo.write("a.go", BAD).git(&["add", "a.go"]);
    fs::write(linked.join("b.go"), format!("{GOOD}\n")).unwrap();
    accepted_in(&repo, &linked, &commit(&["--all"]));
    fs::write(linked.join("b.go"), BAD).unwrap();
    refused_in(&repo, &linked, &commit(&["--all"]), "b.go");
    refused_in(&repo, &linked, &commit(&["b.go"]), "b.go");
    succeed(&run(&repo, &linked, "git", &["add", "b.go"]));
    let text = refused_in(&repo, &linked, &COMMIT, "b.go");
    assert!(!text.contains("[a.go:"), "the other index does not count: {text}");
    let text = refused(&repo, &COMMIT, "a.go");
    assert!(!text.contains("[b.go:"), "the other index does not count: {text}");
}

#[test]
fn installing_in_a_linked_work_tree_serves_all_of_them() {
    let repo = module();
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), "-b", "linked"]);
    install(&repo, &linked);
    repo.write("a.go", BAD);
    refused(&repo, &commit(&["--all"]), "a.go");
    fs::write(linked.join("b.go"), BAD).unwrap();
    refused_in(&repo, &linked, &commit(&["--all"]), "b.go");
}

#[test]
fn a_submodule_has_its_own_hooks() {
    let repo = module();
    let inner = module();
    let url = inner.root().to_str().unwrap();
    repo.git(&["submodule", "--quiet", "add", url, "inner"]);
    let directory = repo.root().join("inner");
    install(&repo, &directory);
    assert!(repo.root().join(".git/modules/inner/hooks/pre-commit").is_file());
    fs::write(directory.join("a.go"), BAD).unwrap();
    refused_in(&repo, &directory, &commit(&["--all"]), "a.go");
    fs::write(directory.join("a.go"), format!("{GOOD}\n")).unwrap();
    accepted_in(&repo, &directory, &commit(&["--all"]));
}

#[test]
fn the_staged_policy_judges() {
    let repo = hooked();
    repo.write("a.go", BAD).write("modwarden.toml", LENIENT).git(&["add", "a.go"]);
    refused(&repo, &COMMIT, "a.go");
    repo.git(&["add", "modwarden.toml"]);
    repo.write("modwarden.toml", POLICY);
    accepted(&repo, &COMMIT);
    refused(&repo, &commit(&["--all"]), "a.go");
}

#[test]
fn the_policy_of_a_directory_and_what_a_policy_extends_are_staged_too() {
    let repo = hooked();
    repo.write("modwarden.toml", "extends = [\"./policies/team.toml\"]\n").write("policies/team.toml", LENIENT);
    repo.write("a.go", BAD);
    repo.commit("allow it");
    repo.write("policies/team.toml", POLICY);
    accepted(&repo, &commit(&["--allow-empty"]));
    repo.git(&["add", "policies"]);
    refused(&repo, &COMMIT, "a.go");
    repo.git(&["checkout", "--quiet", "HEAD", "policies"]);
    repo.write("sub/modwarden.toml", POLICY.replace("no-expvar", "no-expvar-below")).write("sub/a.go", BAD);
    repo.git(&["add", "sub/a.go"]);
    accepted(&repo, &COMMIT);
    repo.git(&["add", "sub"]);
    refused(&repo, &COMMIT, "sub/a.go");
}

#[test]
fn a_mistake_in_the_staged_policy_refuses_the_commit() {
    let repo = hooked();
    repo.write("modwarden.toml", format!("{POLICY}colour = 1\n"));
    accepted(&repo, &commit(&["--allow-empty"]));
    repo.git(&["add", "modwarden.toml"]);
    let text = stopped(&repo, repo.root(), &COMMIT);
    assert!(text.contains("modwarden.toml:5") && text.contains("colour"), "{text}");
    ends(2, &run(&repo, repo.root(), MODWARDEN, &["hook", "run", "pre-commit"]));
}

#[test]
fn a_removed_policy_judges_no_more() {
    let repo = hooked();
    repo.write("a.go", BAD).git(&["add", "a.go"]);
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    refused(&repo, &COMMIT, "a.go");
    repo.git(&["rm", "--quiet", "--cached", "modwarden.toml"]);
    accepted(&repo, &COMMIT);
}

#[test]
fn an_index_of_the_users_own_choice_is_judged() {
    let repo = hooked();
    repo.write("a.go", BAD);
    let with_index =
        |args: &[&str]| repo.command("git").env("GIT_INDEX_FILE", "other.index").args(args).output().unwrap();
    succeed(&with_index(&["read-tree", "HEAD"]));
    succeed(&with_index(&["add", "a.go"]));
    let text = ends(1, &with_index(&COMMIT));
    assert!(text.contains("[a.go:"), "{text}");
    accepted(&repo, &commit(&["--allow-empty"]));
}

#[test]
fn a_hook_that_was_there_runs_first_with_its_arguments_and_environment() {
    let repo = module();
    let script = "#!/bin/sh\nprintf '%s|' \"$@\" \"$GIT_INDEX_FILE\" \"$EXTRA\" >>seen\n[ ! -e fail ] || exit 7\n";
    write_script(&hook(&repo, "pre-commit"), script);
    let report = install(&repo, repo.root());
    assert!(report.contains("runs first"), "{report}");
    repo.write("a.go", format!("{GOOD}\n")).git(&["add", "a.go"]);
    let output = repo.command("git").env("EXTRA", "as it was").args(COMMIT).output().unwrap();
    succeed(&output);
    assert_eq!(fs::read_to_string(repo.root().join("seen")).unwrap(), ".git/index|as it was|");
    fs::remove_file(repo.root().join("seen")).unwrap();
    let hook = hook(&repo, "pre-commit");
    succeed(&run(&repo, repo.root(), hook.to_str().unwrap(), &["one", "two  three", "$x"]));
    assert_eq!(fs::read_to_string(repo.root().join("seen")).unwrap(), "one|two  three|$x|||");
    repo.write("fail", "").write("b.go", BAD);
    let text = stopped(&repo, repo.root(), &commit(&["--all"]));
    assert!(!text.contains("no-expvar"), "the hook that was there comes first: {text}");
    ends(7, &run(&repo, repo.root(), hook.to_str().unwrap(), &[]));
    fs::remove_file(repo.root().join("fail")).unwrap();
    refused(&repo, &commit(&["--all"]), "b.go");
}

#[test]
fn a_hook_that_git_would_not_run_is_not_run() {
    let repo = module();
    fs::write(hook(&repo, "pre-commit"), "#!/bin/sh\nexit 1\n").unwrap();
    install(&repo, repo.root());
    accepted(&repo, &commit(&["--allow-empty"]));
}

#[test]
fn installing_twice_changes_nothing() {
    let repo = module();
    write_script(&hook(&repo, "pre-commit"), "#!/bin/sh\necho run >>seen\n");
    install(&repo, repo.root());
    let first = fs::read(hook(&repo, "pre-commit")).unwrap();
    install(&repo, repo.root());
    assert_eq!(fs::read(hook(&repo, "pre-commit")).unwrap(), first);
    accepted(&repo, &commit(&["--allow-empty"]));
    assert_eq!(fs::read_to_string(repo.root().join("seen")).unwrap(), "run\n", "it ran once");
}

#[test]
fn uninstalling_puts_back_what_was_there() {
    let repo = module();
    write_script(&hook(&repo, "pre-commit"), "#!/bin/sh\nexit 7\n");
    fs::write(repo.root().join(".git/merge-hook"), "#!/bin/sh\nexit 8\n").unwrap();
    symlink("../merge-hook", hook(&repo, "pre-merge-commit")).unwrap();
    install(&repo, repo.root());
    uninstall(&repo);
    let back = hook(&repo, "pre-commit");
    assert_eq!(fs::read_to_string(&back).unwrap(), "#!/bin/sh\nexit 7\n");
    assert_eq!(fs::metadata(&back).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_link(hook(&repo, "pre-merge-commit")).unwrap(), Path::new("../merge-hook"));
    assert_eq!(ours(&repo), [""; 0]);
    let report = uninstall(&repo);
    assert!(report.contains("left") && back.is_file(), "{report}");
}

/// The hooks in the usual place that are modwarden's or were kept by it.
fn ours(repo: &Repo) -> Vec<String> {
    let names = fs::read_dir(repo.root().join(".git/hooks")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let is_ours = |name: &String| {
        let text = fs::read(hook(repo, name)).unwrap_or_default();
        name.ends_with(".before-modwarden") || String::from_utf8_lossy(&text).contains("modwarden hook install")
    };
    names.filter(is_ours).collect()
}

#[test]
fn uninstalling_leaves_nothing_where_nothing_was() {
    let repo = hooked();
    assert_eq!(ours(&repo).len(), 2);
    uninstall(&repo);
    assert_eq!(ours(&repo), [""; 0]);
    repo.write("a.go", BAD);
    accepted(&repo, &commit(&["--all"]));
    assert!(uninstall(&repo).contains("no hook of modwarden"));
}

#[test]
fn uninstalling_puts_back_what_was_there_though_the_hook_was_deleted_by_hand() {
    let repo = module();
    write_script(&hook(&repo, "pre-commit"), "#!/bin/sh\nexit 7\n");
    install(&repo, repo.root());
    fs::remove_file(hook(&repo, "pre-commit")).unwrap();
    uninstall(&repo);
    assert_eq!(fs::read_to_string(hook(&repo, "pre-commit")).unwrap(), "#!/bin/sh\nexit 7\n");
    assert_eq!(ours(&repo), [""; 0]);
}

#[test]
fn no_hook_is_ever_overwritten() {
    let repo = module();
    write_script(&hook(&repo, "pre-commit"), "#!/bin/sh\n# first\n");
    install(&repo, repo.root());
    write_script(&hook(&repo, "pre-commit"), "#!/bin/sh\n# second\n");
    let text = ends(2, &run(&repo, repo.root(), MODWARDEN, &["hook", "install"]));
    assert!(text.contains("both") && text.contains("help:"), "{text}");
    assert!(fs::read_to_string(hook(&repo, "pre-commit")).unwrap().contains("second"));
    assert!(fs::read_to_string(hook(&repo, "pre-commit.before-modwarden")).unwrap().contains("first"));
}

#[test]
fn the_hooks_go_where_git_looks_for_them() {
    for path in ["my hooks", "deep/er/hooks", "ABSOLUTE", "~/hooks"] {
        let repo = module();
        let absolute = repo.beside("hooks outside");
        let path = if path == "ABSOLUTE" { absolute.to_str().unwrap() } else { path };
        repo.git(&["config", "core.hooksPath", path]);
        fs::create_dir(repo.root().join("sub")).unwrap();
        install(&repo, &repo.root().join("sub"));
        assert_eq!(ours(&repo), [""; 0], "{path}: nothing where Git does not look");
        repo.write("a.go", BAD);
        refused(&repo, &commit(&["--all"]), "a.go");
        uninstall(&repo);
        accepted(&repo, &commit(&["--all"]));
    }
}

#[test]
fn hooks_that_git_is_told_not_to_look_for_are_not_installed() {
    let repo = module();
    repo.git(&["config", "core.hooksPath", "/dev/null"]);
    let text = ends(3, &run(&repo, repo.root(), MODWARDEN, &["hook", "install"]));
    assert!(text.contains("/dev/null"), "{text}");
}

#[test]
fn the_hooks_are_found_whatever_their_path_is() {
    let outer = Repo::plain();
    for name in ["with space", "it's", "a \"quoted\" $HOME `id` \\n", "-dash", "ü\nnewline"] {
        let directory = outer.root().join(name);
        let program = outer.beside("bin").join(name);
        fs::create_dir_all(&directory).unwrap();
        fs::create_dir_all(&program).unwrap();
        let program = program.join("modwarden");
        copy_program(&outer, &program);
        succeed(&run(&outer, &directory, "git", &["init", "--quiet"]));
        for (file, text) in [("go.mod", GO_MOD), ("modwarden.toml", POLICY), ("a.go", GOOD)] {
            fs::write(directory.join(file), text).unwrap();
        }
        succeed(&run(&outer, &directory, "git", &["add", "--all"]));
        succeed(&run(&outer, &directory, program.to_str().unwrap(), &["hook", "install"]));
        succeed(&run(&outer, &directory, "git", &COMMIT));
        fs::write(directory.join("a.go"), BAD).unwrap();
        refused_in(&outer, &directory, &commit(&["--all"]), "a.go");
    }
}

#[test]
fn a_repository_that_the_environment_names_is_meant() {
    let repo = module();
    let elsewhere = repo.beside("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let git_dir = repo.root().join(".git");
    for (directory, value) in
        [(elsewhere.as_path(), git_dir.as_path()), (&git_dir, Path::new(".")), (repo.root(), Path::new(".git"))]
    {
        let hook_command = |args: &[&str]| {
            let mut command = repo.command(MODWARDEN);
            command.current_dir(directory).env("GIT_DIR", value).env("GIT_WORK_TREE", repo.root()).args(args);
            command.output().unwrap()
        };
        succeed(&hook_command(&["hook", "install"]));
        assert_eq!(ours(&repo).len(), 2, "{}", directory.display());
        succeed(&hook_command(&["hook", "uninstall"]));
        assert_eq!(ours(&repo), [""; 0], "{}", directory.display());
    }
    install(&repo, repo.root());
    repo.write("a.go", BAD);
    let (git_dir, work_tree) = (git_dir.display(), repo.root().display());
    let at = [format!("--git-dir={git_dir}"), format!("--work-tree={work_tree}")];
    let args = |more: &[&'static str]| [at.each_ref().map(String::as_str).to_vec(), commit(more)].concat();
    let text = ends(1, &run(&repo, &elsewhere, "git", &args(&["--all"])));
    assert!(text.contains("[a.go:"), "{text}");
    succeed(&run(&repo, &elsewhere, "git", &args(&["--allow-empty"])));
}

#[test]
fn a_commit_from_a_subdirectory_is_judged_whole() {
    let repo = hooked();
    let sub = repo.root().join("sub");
    fs::create_dir(&sub).unwrap();
    repo.write("a.go", BAD).write("sub/c.go", GOOD).git(&["add", "sub"]);
    accepted_in(&repo, &sub, &COMMIT);
    refused_in(&repo, &sub, &commit(&["--all"]), "a.go");
    repo.write("a.go", GOOD).write("sub/c.go", BAD);
    refused_in(&repo, &sub, &commit(&["."]), "sub/c.go");
}

#[test]
fn hooks_are_refused_where_no_commit_is_made() {
    let bare = Repo::init_with(&["--bare"]);
    let text = ends(2, &run(&bare, bare.root(), MODWARDEN, &["hook", "install"]));
    assert!(text.contains("bare") && text.contains("help:"), "{text}");
    assert!(!bare.root().join("hooks/pre-commit").exists());
    let plain = Repo::plain();
    let text = ends(2, &run(&plain, plain.root(), MODWARDEN, &["hook", "install"]));
    assert!(text.contains("not in a Git repository") && text.contains("git init"), "{text}");
    let repo = module();
    let text = ends(2, &run(&repo, repo.root(), MODWARDEN, &["hook", "install", "nowhere"]));
    assert!(text.contains("nowhere"), "{text}");
    assert_eq!(ours(&repo), [""; 0]);
}

/// Whoever commits knows it already the second time.
#[test]
fn a_hook_does_not_ask_for_a_policy() {
    let repo = hooked();
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    repo.write("a.go", format!("{GOOD}\n"));
    assert!(install(&repo, repo.root()).contains("no modwarden.toml found: the hook judges by the built-in pack"));
    let output = run(&repo, repo.root(), "git", &commit(&["--all"]));
    let text = all(&output);
    assert!(
        output.status.success()
            && text.contains(", checked against the pack recommended")
            && !text.contains("policy init"),
        "{text}"
    );
    let text = succeed(&run(&repo, repo.root(), MODWARDEN, &["check"]));
    assert!(text.contains("write one with `modwarden policy init`"), "{text}");
}

#[test]
fn a_hook_without_its_program_refuses() {
    let repo = module();
    let program = repo.beside("modwarden-was-here");
    copy_program(&repo, &program);
    succeed(&run(&repo, repo.root(), program.to_str().unwrap(), &["hook", "install"]));
    repo.write("a.go", format!("{GOOD}\n"));
    accepted(&repo, &commit(&["--all"]));
    fs::remove_file(&program).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let without: Vec<PathBuf> = std::env::split_paths(&path).filter(|dir| !dir.join("modwarden").exists()).collect();
    let git = |path: &[PathBuf], args: &[&str]| {
        let path = std::env::join_paths(path).unwrap();
        repo.command("git").env("PATH", path).args(args).output().unwrap()
    };
    let text = ends(1, &git(&without, &commit(&["--allow-empty"])));
    assert!(text.contains("not checked") && text.contains("Install it") && text.contains("remove this hook"), "{text}");
    let bin = repo.beside("bin");
    fs::create_dir(&bin).unwrap();
    symlink(MODWARDEN, bin.join("modwarden")).unwrap();
    let with = [vec![bin], without].concat();
    succeed(&git(&with, &commit(&["--allow-empty"])));
    repo.write("a.go", BAD);
    assert!(ends(1, &git(&with, &commit(&["--all"]))).contains("[a.go:"));
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let repo = hooked();
    repo.git(&["rm", "--quiet", "go.mod"]);
    let text = stopped(&repo, repo.root(), &COMMIT);
    assert!(text.contains("go.mod"), "{text}");
    let output = Command::new(MODWARDEN).args(["hook", "run", "post-commit"]).output().unwrap();
    assert!(ends(2, &output).contains("pre-commit"), "the hooks that there are are named");
}

/// A repository with a breach in its only commit, and a hook that lets old breaches pass.
fn hooked_for_new_breaches() -> Repo {
    let repo = module();
    repo.write("old.go", BAD);
    repo.commit("an old breach");
    succeed(&run(&repo, repo.root(), MODWARDEN, &["hook", "install", "--new-only"]));
    repo
}

#[test]
fn with_new_only_an_old_breach_does_not_stop_a_commit() {
    let repo = hooked_for_new_breaches();
    repo.write("good.go", GOOD);
    repo.git(&["add", "--all"]);
    accepted(&repo, &commit(&[]));
    repo.write("sub/new.go", BAD);
    repo.git(&["add", "--all"]);
    refused(&repo, &commit(&[]), "sub/new.go");
}

#[test]
fn with_new_only_a_merge_brings_nothing_new_that_either_side_has() {
    for conflicts in [false, true] {
        let repo = hooked_for_new_breaches();
        repo.git(&["checkout", "--quiet", "-b", "topic"]);
        repo.write("theirs/theirs.go", BAD).write("note.txt", "theirs");
        repo.commit("a breach of theirs");
        repo.git(&["checkout", "--quiet", "main"]);
        repo.write(if conflicts { "note.txt" } else { "other.txt" }, "ours");
        repo.commit("ours");
        if conflicts {
            assert!(!repo.try_git(&["merge", "topic"]).status.success());
            repo.write("note.txt", "both");
            repo.git(&["add", "--all"]);
            accepted(&repo, &commit(&[]));
        } else {
            accepted(&repo, &["merge", "--no-edit", "topic"]);
        }
    }
}

#[test]
fn new_only_is_refused_where_it_changes_nothing() {
    let repo = module();
    let output = run(&repo, repo.root(), MODWARDEN, &["hook", "install", "--type", "pre-push", "--new-only"]);
    ends(2, &output);
}
