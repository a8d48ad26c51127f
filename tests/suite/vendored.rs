//! Vendor directories in real repositories: edits between states and along a branch, unreadable files, and hostile
//! lists.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

use std::fs;

use modwarden::internals::source::{ContentHash, hash1};
use serde_json::Value;

use crate::support::program::{Outcome, check, run};
use crate::support::repo::Repo;

const POLICY: &str = "extends = [\"vendoring\"]\n";
const GO_MOD: &str = "module example.com/shop\n\ngo 1.24\n\nrequire example.com/pay v1.2.0\n";
const LIST: &str = "# example.com/pay v1.2.0\n## explicit; go 1.20\nexample.com/pay\n";
const MAIN: &str = "package main\n\nimport _ \"example.com/pay\"\n";
const PAY: &str = "package pay\n\nconst Rate = 19\n";
const CARD: &str = "package card\n\nimport _ \"example.com/tax\"\n";
const SUM: &str = "h1:uPqOTs1CJCzzvmFKYMjJmq5qL3QPbjYTAjm7xG3ZBzo=";
const PAY_FILE: &str = "vendor/example.com/pay/pay.go";

/// A committed repository whose vendor directory is as it should be.
fn shop() -> Repo {
    let repo = Repo::init();
    repo.write("modwarden.toml", POLICY).write("go.mod", GO_MOD).write("main.go", MAIN);
    repo.write("vendor/modules.txt", LIST).write(PAY_FILE, PAY).commit("first");
    repo
}

fn check_alone(repo: &Repo, args: &[&str]) -> Outcome {
    check(repo, &[&["--no-module-cache"], args].concat())
}

#[test]
fn edits_are_found_in_each_state_that_is_compared() {
    let repo = shop();
    check_alone(&repo, &[])
        .assert(0, &["no findings", "vendored files were not checked for edits", "--range BASE..HEAD"]);
    check_alone(&repo, &["--new-from", "HEAD"]).assert(0, &["no new findings"]);
    repo.write(PAY_FILE, "package pay\n\nconst Rate = 7\n");
    let said = format!(
        "{PAY_FILE}:1:1: error[vendor-edited]: `{PAY_FILE}` changed, but the version of `example.com/pay@v1.2.0` did not"
    );
    check_alone(&repo, &["--new-from", "HEAD"]).assert(1, &[&said]);
    check_alone(&repo, &["--staged", "--new-from", "HEAD"]).assert(0, &["no new findings"]);
    repo.git(&["add", "--all"]);
    check_alone(&repo, &["--staged", "--new-from", "HEAD"]).assert(1, &[&said]);
    repo.commit("edit");
    check_alone(&repo, &["--range", "HEAD~1..HEAD"]).assert(1, &[&said, "1 new error"]);
    let pretty = check_alone(&repo, &["--range", "HEAD~1..HEAD", "--format", "pretty"]);
    pretty.assert(1, &["-const Rate = 19", "+const Rate = 7", "@@ -1,3 +1,3 @@", "run `go mod vendor` to restore"]);
}

#[test]
fn what_comes_and_goes_in_a_listed_package_is_an_edit_and_elsewhere_follows_the_list() {
    let repo = shop();
    repo.write("vendor/example.com/pay/more.go", "package pay\n").commit("more");
    let range = ["--range", "HEAD~1..HEAD"];
    check_alone(&repo, &range).assert(1, &["`vendor/example.com/pay/more.go` was added"]);
    fs::remove_file(repo.root().join("vendor/example.com/pay/more.go")).unwrap();
    repo.write("vendor/example.com/pay/x.s", "").commit("less");
    let outcome = check_alone(&repo, &range);
    outcome.assert(1, &["vendor/modules.txt:3:1: error[vendor-edited]: `vendor/example.com/pay/more.go` was removed"]);
    // A newly listed package brings its files and licenses, if go.sum has the checksum of its module.
    repo.write("vendor/modules.txt", format!("{LIST}example.com/pay/card\n"));
    repo.write("main.go", format!("{MAIN}import _ \"example.com/pay/card\"\n"));
    repo.write("vendor/example.com/pay/card/card.go", "package card\n");
    repo.write("vendor/example.com/LICENSE", "MIT").commit("card");
    check_alone(&repo, &range).assert(3, &["no new findings"]);
    repo.write("go.sum", format!("example.com/pay v1.2.0 {SUM}\nexample.com/pay v1.3.0 {SUM}\n"));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--amend", "-m", "card"]);
    check_alone(&repo, &range).assert(0, &["no new findings"]);
    // A version may change everything, and so may its replacement.
    repo.write("go.mod", GO_MOD.replace("v1.2.0", "v1.3.0"));
    repo.write("vendor/modules.txt", LIST.replace("v1.2.0", "v1.3.0")).write(PAY_FILE, "package pay // 1.3\n");
    repo.write("main.go", MAIN);
    fs::remove_dir_all(repo.root().join("vendor/example.com/pay/card")).unwrap();
    repo.commit("raise");
    check_alone(&repo, &range).assert(0, &["no new findings"]);
}

#[cfg(unix)]
#[test]
fn a_link_among_vendored_files_is_an_edit_and_line_ends_on_disk_are_none() {
    let repo = shop();
    repo.write(PAY_FILE, PAY.replace('\n', "\r\n"));
    check_alone(&repo, &["--new-from", "HEAD"]).assert(0, &["no new findings"]);
    repo.write(PAY_FILE, PAY).write("elsewhere.go", "package pay\n");
    repo.symlink("vendor/example.com/pay/more.go", "../../../elsewhere.go").commit("link");
    for range in [&["--range", "HEAD~1..HEAD"][..], &["--staged", "--new-from", "HEAD~1"]] {
        check_alone(&repo, range).assert(1, &["`vendor/example.com/pay/more.go` was added"]);
    }
}

#[test]
fn the_commit_that_makes_an_edit_is_named_also_where_a_later_one_hides_it() {
    let repo = shop();
    repo.write(PAY_FILE, "package pay // edited\n");
    let edit = repo.commit("edit");
    repo.write(PAY_FILE, PAY).commit("undo");
    repo.write("main.go", format!("{MAIN}// more\n")).commit("more");
    let outcome = check_alone(&repo, &["--range", "HEAD~3..HEAD", "--each-commit", "--format", "json"]);
    let report: Value = serde_json::from_str(&outcome.text[..=outcome.text.rfind('}').unwrap()]).unwrap();
    let introduced = |finding: &Value| finding["introduced_by"]["subject"].as_str().unwrap().to_owned();
    let found: Vec<String> = report["findings"].as_array().unwrap().iter().map(introduced).collect();
    assert_eq!(found, ["edit", "undo"], "{}", outcome.text);
    assert_eq!(report["findings"][0]["introduced_by"]["commit"], Value::from(edit));
    check_alone(&repo, &["--range", "HEAD~3..HEAD"]).assert(0, &["no new findings"]);
}

#[test]
fn a_merge_that_takes_what_a_parent_has_edits_nothing() {
    let repo = shop();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write(PAY_FILE, "package pay // edited\n").commit("edit");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("go.mod", GO_MOD.replace("v1.2.0", "v1.3.0"));
    repo.write("vendor/modules.txt", LIST.replace("v1.2.0", "v1.3.0")).write(PAY_FILE, "package pay // 1.3\n");
    repo.commit("raise");
    repo.try_git(&["merge", "--quiet", "--no-commit", "--strategy=ours", "topic"]);
    repo.commit("take ours");
    let range = ["--range", "main~1..main", "--each-commit"];
    check_alone(&repo, &range).assert(1, &["introduced by", "edit"]);
    let outcome = check_alone(&repo, &range);
    assert!(!outcome.text.contains("take ours"), "{}", outcome.text);
    // A change that neither parent has is an edit of the merge.
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.try_git(&["merge", "--quiet", "--no-commit", "--strategy=ours", "topic"]);
    repo.write(PAY_FILE, "package pay // 1.3 and more\n").commit("evil");
    check_alone(&repo, &range).assert(1, &["changed, but the version of `example.com/pay@v1.3.0` did not", "evil"]);
}

#[test]
fn a_package_that_a_commit_loses_is_told_along_the_branch_too() {
    let repo = shop();
    repo.write("main.go", format!("{MAIN}import _ \"example.com/pay/card\"\n")).commit("card");
    repo.write("main.go", MAIN).commit("undo");
    let outcome = check_alone(&repo, &["--range", "HEAD~2..HEAD", "--each-commit"]);
    outcome.assert(1, &["`example.com/pay/card` is imported but not vendored", "introduced by", "card"]);
}

#[test]
fn nothing_is_called_excess_where_a_file_could_not_be_seen() {
    let repo = shop();
    repo.write("vendor/modules.txt", format!("{LIST}example.com/pay/card\n"));
    repo.write("vendor/example.com/pay/card/card.go", "package card\n").commit("card");
    check_alone(&repo, &["--rev", "HEAD"]).assert(1, &["the vendored package `example.com/pay/card` of"]);
    let blob = repo.git(&["rev-parse", &format!("HEAD:{PAY_FILE}")]);
    fs::remove_file(repo.root().join(".git/objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let outcome = check_alone(&repo, &["--rev", "HEAD", "--no-cache"]);
    outcome.assert(3, &["no findings", &format!("not read: {PAY_FILE}: its object is not in this clone")]);
}

#[test]
fn a_vendor_directory_that_go_does_not_use_is_named_to_those_who_ask() {
    let repo = shop();
    repo.write("vendor/modules.txt", "# example.com/pay v1.1.0\n");
    check_alone(&repo, &[]).assert(1, &["error[vendor-inconsistent]"]);
    repo.write("go.mod", GO_MOD.replace("1.24", "1.13"));
    let outcome = check_alone(&repo, &["--verbose"]);
    outcome.assert(0, &["not checked: vendor: the go command does not build from it", "1.13, which is below 1.14"]);
    repo.write("go.mod", GO_MOD.replace("go 1.24\n", ""));
    check_alone(&repo, &["--verbose"]).assert(0, &["the Go version in go.mod is unspecified"]);
    repo.write("go.mod", GO_MOD);
    let with_flags = |flags: &str| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--format", "concise", "--no-module-cache", "--verbose"]).env("GOFLAGS", flags);
        run(command)
    };
    with_flags("-mod=vendor").assert(1, &["error[vendor-inconsistent]"]);
    with_flags("-mod=vendor -mod=mod").assert(0, &["GOFLAGS has -mod=mod or -mod=readonly"]);
    with_flags("-v").assert(1, &["error[vendor-inconsistent]"]);
    repo.write("vendor/modules.txt", "## workspace\n");
    check_alone(&repo, &["--verbose"]).assert(0, &["it was made for a workspace, and there is none here"]);
    repo.write("go.work", "go 1.24\n\nuse .\n").write("vendor/modules.txt", LIST);
    check_alone(&repo, &["--verbose"]).assert(0, &["it was not made for the workspace beside it"]);
}

#[cfg(unix)]
#[test]
fn a_vendor_directory_that_is_none_is_not_looked_into() {
    let repo = shop();
    fs::remove_dir_all(repo.root().join("vendor")).unwrap();
    repo.write("vendor", "a file\n").commit("file");
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        check_alone(&repo, state).assert(0, &["no findings"]);
    }
    fs::remove_file(repo.root().join("vendor")).unwrap();
    repo.write("deps/modules.txt", LIST).symlink("vendor", "deps").commit("link");
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        check_alone(&repo, state).assert(3, &["not read: vendor: it is a symbolic link to a directory"]);
    }
    fs::remove_file(repo.root().join("vendor")).unwrap();
    repo.symlink("vendor", "/etc").commit("out");
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        let outcome = check_alone(&repo, state);
        assert!(outcome.code == Some(3) && outcome.text.contains("vendor: it is a symbolic link"), "{}", outcome.text);
        assert!(!outcome.text.contains("passwd"), "{}", outcome.text);
    }
    let other = shop();
    fs::remove_file(repo.root().join("vendor")).unwrap();
    repo.commit("nothing");
    repo.git(&["submodule", "--quiet", "add", other.root().to_str().unwrap(), "vendor"]);
    repo.commit("submodule");
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        check_alone(&repo, state).assert(3, &["not read: vendor: it is in another repository"]);
    }
}

#[test]
fn hostile_lists_are_read_to_the_end() {
    let repo = shop();
    let climbing = "# ../../etc v1.0.0\n## explicit\n../../etc/passwd\n../../../../etc\n# /etc v1.0.0 => ../../../..\n/etc/passwd\n";
    let cases: [(&str, Vec<u8>); 6] = [
        ("climbing", climbing.into()),
        ("one line", [b"# example.com/pay v1.2.0 ".as_slice(), &b"x ".repeat(1 << 20)].concat()),
        ("a NUL", format!("{LIST}\0\0\nexample.com/\0pay\n").into()),
        ("carriage returns", LIST.replace('\n', "\r\n").into()),
        ("no text", [LIST.as_bytes(), &[0xff, 0xfe, b'\n', b'#', b' ', 0xff, b' ', b'v', b'\n']].concat()),
        ("nothing", Vec::new()),
    ];
    for (name, list) in cases {
        repo.write("vendor/modules.txt", list);
        let outcome = check_alone(&repo, &["--new-from", "HEAD"]);
        assert!(matches!(outcome.code, Some(0 | 1)), "{name}: {}", outcome.text);
        assert!(!outcome.text.contains("panicked") && !outcome.text.contains("root:"), "{name}: {}", outcome.text);
    }
    repo.write("vendor/modules.txt", LIST.replace('\n', "\r\n"));
    check_alone(&repo, &[]).assert(0, &["no findings"]);
}

#[test]
fn a_list_of_fifty_megabytes_is_read_in_seconds() {
    let repo = shop();
    // Most of it says nothing to the go command, and the rest is a finding or more a line.
    let idle = "x".repeat(2_500);
    let lines = (0..20_000).map(|at| format!("# example.com/m{at} v1.0.0\n{idle} {at}\nexample.com/m{at}/package\n"));
    repo.write("vendor/modules.txt", format!("{LIST}{}", lines.collect::<String>()));
    let size = fs::metadata(repo.root().join("vendor/modules.txt")).unwrap().len();
    assert!(size > 50_000_000, "{size}");
    let outcome = check_alone(&repo, &["--format", "jsonl"]);
    assert_eq!(outcome.code, Some(1), "{}", &outcome.text[..outcome.text.len().min(2000)]);
}

#[test]
fn inspect_vendor_prints_modules_packages_sizes_and_importers() {
    let repo = shop();
    repo.write(
        "vendor/modules.txt",
        format!("{LIST}example.com/pay/card\n# example.com/tax v1.0.0 => ./tax\nexample.com/tax\n"),
    );
    repo.write("vendor/example.com/pay/card/card.go", CARD);
    repo.write("vendor/example.com/tax/tax.go", "package tax\n").commit("more");
    for state in [&["--worktree"][..], &["--rev", "HEAD"]] {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["inspect", "vendor"]).args(state);
        let outcome = run(command);
        let records: Vec<Value> = outcome.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [pay, tax] = records.as_slice() else { panic!("{}", outcome.text) };
        assert_eq!(pay["module"], "example.com/pay");
        assert_eq!(pay["version"], "v1.2.0");
        assert_eq!((&pay["explicit"], &pay["used"], &pay["files"]), (&true.into(), &true.into(), &2.into()));
        assert_eq!(pay["size"], PAY.len() + CARD.len());
        assert_eq!(pay["packages"][1]["path"], "example.com/pay/card");
        assert_eq!(pay["importers"], serde_json::json!(["example.com/shop"]));
        assert_eq!(tax["replacement"], serde_json::json!({"path": "./tax"}));
        assert_eq!(tax["importers"], serde_json::json!(["example.com/pay/card"]));
    }
}

/// A module cache with one module, and the checksum of its files.
fn cached(repo: &Repo, name: &str, files: &[(&str, &str)]) -> String {
    let (path, version) = name.split_once('@').unwrap();
    let cache = repo.beside("cache");
    for (file, text) in files {
        let file = cache.join(format!("{path}@{version}/{file}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let notes = cache.join(format!("cache/download/{path}/@v"));
    fs::create_dir_all(&notes).unwrap();
    fs::write(notes.join(format!("{version}.ziphash")), "").unwrap();
    let hashes = files.iter().map(|(file, text)| (file.as_bytes(), ContentHash::of(text.as_bytes())));
    format!("{path} {version} {}\n", hash1(&format!("{name}/"), hashes).unwrap())
}

/// A check that has that module cache.
fn check_cached(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["check", "--format", "concise"]).args(args).env("GOMODCACHE", repo.beside("cache"));
    run(command)
}

#[test]
fn what_the_module_cache_proves_counts_and_no_more() {
    let repo = shop();
    let one = cached(&repo, "example.com/pay@v1.2.0", &[("pay.go", PAY), ("x.s", "TEXT\n")]);
    let two = cached(&repo, "example.com/pay@v1.3.0", &[("pay.go", PAY), ("x.s", "TEXT\n")]);
    repo.write("go.sum", format!("{one}{two}")).write("vendor/example.com/pay/x.s", "TEXT\n").commit("sums");
    check_cached(&repo, &[]).assert(0, &["no findings"]);
    let outcome = check_cached(&repo, &["--rev", "HEAD"]);
    assert!(!outcome.text.contains("not checked"), "{}", outcome.text);
    // A hand edit is undone: the file is as the module has it, which overrides the change.
    repo.write(PAY_FILE, "package pay // edited\n").commit("edit");
    check_cached(&repo, &["--rev", "HEAD"]).assert(1, &["differs from the file in `example.com/pay@v1.2.0`"]);
    repo.write(PAY_FILE, PAY).commit("undo");
    check_cached(&repo, &["--range", "HEAD~1..HEAD"]).assert(0, &["no new findings"]);
    check_alone(&repo, &["--range", "HEAD~1..HEAD"]).assert(1, &["changed, but the version"]);
    // A new version is no excuse for a file that it does not have, along a branch neither.
    repo.write("go.mod", GO_MOD.replace("v1.2.0", "v1.3.0"));
    repo.write("vendor/modules.txt", LIST.replace("v1.2.0", "v1.3.0")).write(PAY_FILE, "package pay // 1.3\n");
    repo.commit("raise");
    for range in [&["--range", "HEAD~1..HEAD"][..], &["--range", "HEAD~1..HEAD", "--each-commit"]] {
        check_cached(&repo, range).assert(1, &["differs from the file in `example.com/pay@v1.3.0`"]);
        let outcome = check_alone(&repo, range);
        outcome.assert(0, &["vendored files were not checked for edits"]);
    }
    // A file that cannot be read is not taken for equal.
    repo.write(PAY_FILE, PAY).write("vendor/example.com/pay/x.s", "version https://git-lfs.github.com/spec/v1\n");
    repo.commit("pointer");
    for _ in 0..2 {
        let outcome = check_cached(&repo, &["--rev", "HEAD"]);
        outcome.assert(3, &["not read: vendor/example.com/pay/x.s: it is a Git LFS pointer"]);
    }
    // An altered module is not believed.
    fs::write(repo.beside("cache").join("example.com/pay@v1.3.0/pay.go"), "package pay // altered\n").unwrap();
    repo.write("vendor/example.com/pay/x.s", "TEXT\n").write(PAY_FILE, "package pay // altered\n").commit("altered");
    let outcome = check_cached(&repo, &["--rev", "HEAD"]);
    let reason = "is not trusted: it has another checksum than go.sum states";
    outcome.assert(1, &["error[checksum-conflict]", reason, "were not checked for edits"]);
}

#[test]
fn a_module_that_is_not_at_hand_excuses_only_what_it_may_have_brought() {
    let repo = shop();
    let sum = cached(&repo, "example.com/pay/deep@v1.0.0", &[("deep.go", "package deep\n")]);
    repo.write("go.sum", sum).write("main.go", format!("{MAIN}import _ \"example.com/pay/deep\"\n"));
    repo.write("go.mod", format!("{GO_MOD}require example.com/pay/deep v1.0.0\n"));
    let list = format!("{LIST}# example.com/pay/deep v1.0.0\n## explicit\nexample.com/pay/deep\n");
    repo.write("vendor/modules.txt", list)
        .write("vendor/example.com/pay/deep/deep.go", "package deep\n")
        .commit("deep");
    repo.write("vendor/example.com/pay/deep/evil.go", "package deep\n").commit("evil");
    for args in [&["--range", "HEAD~1..HEAD"][..], &["--range", "HEAD~1..HEAD", "--each-commit"]] {
        check_cached(&repo, args).assert(1, &["vendor/example.com/pay/deep/evil.go"]);
        check_alone(&repo, args).assert(1, &["`vendor/example.com/pay/deep/evil.go` was added"]);
    }
}

#[test]
fn a_package_that_comes_above_an_added_file_excuses_it_only_if_it_embeds_it() {
    let repo = shop();
    let deep = "vendor/example.com/pay/deep";
    repo.write("vendor/modules.txt", LIST.replace("example.com/pay\n", "example.com/pay/deep\n"));
    repo.write("main.go", MAIN.replace("example.com/pay", "example.com/pay/deep"));
    fs::remove_file(repo.root().join(PAY_FILE)).unwrap();
    repo.write(format!("{deep}/deep.go"), "package deep\n").commit("deep");
    repo.write("vendor/modules.txt", format!("{LIST}example.com/pay/deep\n"));
    repo.write("main.go", format!("{MAIN}import _ \"example.com/pay/deep\"\n"));
    repo.write(PAY_FILE, "package pay\n\nimport _ \"embed\"\n\n//go:embed deep/rates.json\nvar rates string\n");
    repo.write(format!("{deep}/rates.json"), "{}").write(format!("{deep}/evil.go"), "package deep\n").commit("both");
    let outcome = check_alone(&repo, &["--range", "HEAD~1..HEAD"]);
    outcome.assert(1, &["deep/evil.go` was added", "1 new error"]);
    assert!(!outcome.text.contains("rates.json"), "{}", outcome.text);
}
