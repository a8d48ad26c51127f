//! `modwarden fix`: the files that it writes, refuses, and leaves unchanged.

#![expect(clippy::disallowed_methods, reason = "tests read files")]

use std::fs;
use std::process::{Output, Stdio};

use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");

const POLICY: &str = "\
[[directive-denied]]
name       = \"tidy\"
deny       = [\"toolchain\"]
duplicates = \"denied\"
";

const GO_MOD: &str = "\
module example.com/shop

go 1.24

toolchain go1.25.0

// Not built.
ignore (
	./web
	// Twice.
	./web // really
	./docs
)
";

const FIXED: &str = "\
module example.com/shop

go 1.24

toolchain go1.25.0

// Not built.
ignore (
	./web
	./docs
)
";

const FIXED_UNSAFE: &str = "\
module example.com/shop

go 1.24

// Not built.
ignore (
	./web
	./docs
)
";

fn shop() -> Repo {
    let repo = Repo::init();
    repo.write("modwarden.toml", POLICY).write("go.mod", GO_MOD).write("shop.go", "package shop\n");
    repo.commit("all");
    repo
}

fn output(repo: &Repo, args: &[&str]) -> Output {
    repo.command(MODWARDEN).args(args).output().expect("the program starts")
}

/// Runs `fix`; fails unless it ends with this code, and without a panic. Gives both outputs.
#[track_caller]
fn fix(code: i32, repo: &Repo, args: &[&str]) -> String {
    let output = output(repo, &[&["fix"], args].concat());
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[track_caller]
fn holds(repo: &Repo, path: &str, expected: &str) {
    let text = fs::read_to_string(repo.root().join(path)).expect("the file is there");
    assert_eq!(text, expected, "{path}");
}

/// Nothing is left beside the files.
#[track_caller]
fn is_clean(repo: &Repo, expected: &str) {
    assert_eq!(repo.git(&["status", "--porcelain"]), expected);
}

#[test]
fn what_is_certain_is_written_and_the_rest_is_left() {
    let repo = shop();
    let text = fix(1, &repo, &[]);
    holds(&repo, "go.mod", FIXED);
    assert!(text.contains("go.mod:11: fixed[directive-denied/tidy]: `ignore ./web`"), "{text}");
    assert!(text.contains("go.mod:5:11: error[directive-denied/tidy]"), "{text}");
    assert!(text.contains("fixed: 1, left: 1\n"), "{text}");
    assert!(text.contains("`--unsafe` fixes 1 of these too"), "{text}");
    is_clean(&repo, " M go.mod");
    fix(0, &repo, &["--fail-on", "never", "--allow-dirty"]);
    holds(&repo, "go.mod", FIXED);

    let text = fix(0, &repo, &["--unsafe", "--allow-dirty"]);
    holds(&repo, "go.mod", FIXED_UNSAFE);
    assert!(text.contains("fixed: 1, left: 0\n"), "{text}");
    assert!(fix(0, &repo, &["--unsafe"]).contains("fixed: 0, left: 0\n"));
}

#[test]
fn a_patch_is_what_would_be_written() {
    let repo = shop();
    repo.write("with space/é/go.mod", "module example.com/far\n\nignore ./a\nignore ./a").commit("far");
    let shown = output(&repo, &["fix", "--diff", "--unsafe"]);
    assert_eq!(shown.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&shown.stderr), "note: this patch fixes 3 of 3 findings in 2 files\n");
    is_clean(&repo, "");
    let patch = repo.beside("fix.patch");
    fs::write(&patch, &shown.stdout).expect("the patch is written");
    repo.git(&["apply", patch.to_str().expect("a plain path")]);
    let applied: Vec<String> = repo.git(&["diff"]).lines().map(str::to_owned).collect();
    repo.git(&["checkout", "--quiet", "."]);
    fix(0, &repo, &["--unsafe"]);
    assert_eq!(repo.git(&["diff"]).lines().collect::<Vec<_>>(), applied);
    holds(&repo, "with space/é/go.mod", "module example.com/far\n\nignore ./a\n");

    let shown = output(&repo, &["fix", "--diff"]);
    assert_eq!((shown.status.code(), shown.stdout), (Some(0), Vec::new()), "nothing is left to show");
}

#[test]
fn unfinished_work_is_not_changed() {
    let repo = shop();
    repo.write("new/go.mod", "module example.com/new\n\nignore ./a\nignore ./a\n");
    let changed = GO_MOD.replace("go 1.24\n", "go 1.25\n");
    repo.write("go.mod", &changed);
    let text = fix(2, &repo, &[]);
    let both = "nothing was changed: go.mod has changes that are not staged; new/go.mod is not tracked by Git";
    assert!(text.contains(both), "{text}");
    holds(&repo, "go.mod", &changed);

    repo.git(&["add", "go.mod"]);
    let text = fix(2, &repo, &[]);
    assert!(text.contains("nothing was changed: new/go.mod is not tracked by Git\n"), "{text}");
    holds(&repo, "go.mod", &changed);
    repo.git(&["add", "--intent-to-add", "new/go.mod"]);
    assert!(fix(2, &repo, &[]).contains("new/go.mod is not tracked"));
    fix(1, &repo, &["go.mod"]);
    holds(&repo, "go.mod", &FIXED.replace("go 1.24\n", "go 1.25\n"));
    fix(1, &repo, &["--allow-dirty"]);
    holds(&repo, "new/go.mod", "module example.com/new\n\nignore ./a\n");
}

#[test]
fn outside_git_somebody_has_to_ask_for_it() {
    let repo = Repo::plain();
    repo.write("modwarden.toml", POLICY).write("go.mod", GO_MOD);
    assert!(fix(2, &repo, &[]).contains("go.mod is not in a Git repository"));
    holds(&repo, "go.mod", GO_MOD);
    fix(1, &repo, &["--allow-dirty"]);
    holds(&repo, "go.mod", FIXED);
}

#[test]
fn line_endings_on_disk_are_no_unfinished_work() {
    let repo = shop();
    repo.git(&["config", "core.autocrlf", "true"]);
    fs::remove_file(repo.root().join("go.mod")).expect("the file can be removed");
    repo.git(&["checkout", "go.mod"]);
    holds(&repo, "go.mod", &GO_MOD.replace('\n', "\r\n"));
    fix(1, &repo, &[]);
    holds(&repo, "go.mod", &FIXED.replace('\n', "\r\n"));
}

#[test]
fn what_is_excepted_is_left_alone() {
    let repo = shop();
    repo.write("go.mod", GO_MOD.replace("// really", "//modwarden:allow directive-denied/tidy as it should be"));
    repo.commit("allowed");
    assert!(fix(0, &repo, &["--fail-on", "never"]).contains("fixed: 0, left: 1\n"));
    is_clean(&repo, "");
}

#[test]
fn a_wrong_policy_and_commits_of_the_past_fix_nothing() {
    let repo = shop();
    assert!(fix(2, &repo, &["--policy-from", "each"]).contains("earlier commits"));
    repo.write("modwarden.toml", "[[directive-denied]]\nname = \"x\"\ndeny = [\"toolchian\"]\n");
    assert!(fix(2, &repo, &[]).contains("toolchian"));
    holds(&repo, "go.mod", GO_MOD);
    fix(1, &repo, &["--policy-from", "HEAD"]);
    holds(&repo, "go.mod", FIXED);
}

#[test]
fn where_not_all_was_seen_nothing_is_certain() {
    let repo = shop();
    repo.write("lib/go.mod", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n").commit("pointer");
    assert!(fix(1, &repo, &[]).contains("fixed: 0, left: 2\n"));
    is_clean(&repo, "");
    fix(3, &repo, &["--unsafe"]);
    holds(&repo, "go.mod", FIXED_UNSAFE);
}

/// A file with several names gets only the changes that all names agree on; and the file is written at its real place.
#[cfg(unix)]
#[test]
fn a_link_is_written_through_and_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let repo = shop();
    fs::rename(repo.root().join("go.mod"), repo.root().join("shared.mod")).expect("the file moves");
    repo.symlink("go.mod", "shared.mod");
    fs::set_permissions(repo.root().join("shared.mod"), fs::Permissions::from_mode(0o750)).expect("permissions");
    repo.commit("link");
    fix(1, &repo, &[]);
    holds(&repo, "shared.mod", FIXED);
    is_clean(&repo, " M shared.mod");
    let mode = fs::metadata(repo.root().join("shared.mod")).expect("the file is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);

    // The second name is under another policy, which allows the module that the first denies.
    let repo = shop();
    repo.symlink("vendored/go.mod", "../go.mod");
    let only_one = "[[directive-denied]]\nname = \"a\"\ndeny = [\"toolchain\"]\nfiles = [\"go.mod\"]\n";
    repo.write("modwarden.toml", only_one).commit("two names");
    assert!(fix(1, &repo, &["--unsafe"]).contains("fixed: 0, left: 1\n"));
    holds(&repo, "go.mod", GO_MOD);

    let outside = repo.beside("outside.mod");
    fs::write(&outside, GO_MOD).expect("the file is written");
    fs::remove_file(repo.root().join("go.mod")).expect("the file is removed");
    symlink(&outside, repo.root().join("go.mod")).expect("the link is made");
    fix(3, &repo, &["--unsafe", "--allow-dirty"]);
    assert_eq!(fs::read_to_string(&outside).expect("the file is there"), GO_MOD);
}

#[test]
fn a_file_that_a_sparse_checkout_leaves_out_is_not_made() {
    let repo = shop();
    repo.write("lib/go.mod", "module example.com/lib\n\nignore ./a\nignore ./a\n").commit("lib");
    repo.git(&["update-index", "--skip-worktree", "lib/go.mod"]);
    fs::remove_file(repo.root().join("lib/go.mod")).expect("the file can be removed");
    assert!(fix(1, &repo, &["--unsafe"]).contains("fixed: 2, left: 1\n"));
    assert!(!repo.root().join("lib/go.mod").exists());
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing() {
    let repo = shop();
    let script = format!("trap '' XFSZ; ulimit -f 0; exec '{MODWARDEN}' fix --no-cache");
    let mut command = repo.command("sh");
    let output =
        command.args(["-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).output().expect("sh starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("cannot write to") && text.contains("go.mod: File too large"), "{text}");
    holds(&repo, "go.mod", GO_MOD);
    is_clean(&repo, "");
}

/// Where a directory, or the file, may not be written to. Root may do all, so this needs another user.
#[cfg(unix)]
#[test]
fn what_may_not_be_written_stays() {
    use std::os::unix::fs::PermissionsExt;

    let repo = shop();
    let read_only = |path: &str, mode| {
        fs::set_permissions(repo.root().join(path), fs::Permissions::from_mode(mode)).expect("permissions are set");
    };
    read_only("go.mod", 0o444);
    let is_root = fs::OpenOptions::new().append(true).open(repo.root().join("go.mod")).is_ok();
    read_only("go.mod", 0o644);
    for (path, closed, open) in [("go.mod", 0o444, 0o644), (".", 0o555, 0o755)] {
        read_only(path, closed);
        if !is_root {
            let text = fix(3, &repo, &["--no-cache"]);
            assert!(text.contains("cannot write to") && text.contains("ermission denied"), "{text}");
            holds(&repo, "go.mod", GO_MOD);
        }
        read_only(path, open);
    }
    is_clean(&repo, "");
}

#[test]
fn the_written_file_is_what_go_mod_edit_writes() {
    let Some(go) = crate::support::go::go() else { return };
    let repo = shop();
    fix(0, &repo, &["--unsafe"]);
    let ours = go.text(repo.root(), &["mod", "edit", "-json"]);
    repo.git(&["checkout", "--quiet", "."]);
    go.text(repo.root(), &["mod", "edit", "-toolchain=none", "-dropignore=./web"]);
    go.text(repo.root(), &["mod", "edit", "-ignore=./web"]);
    let theirs = go.text(repo.root(), &["mod", "edit", "-json"]);
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&ours), sorted(&theirs));
}
