//! The command line, through the built program: its output, its files, and its exit codes.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use modwarden::internals::report::{Format, report_schema};
use modwarden::internals::rules::RULES;
use serde_json::{Value, json};

use crate::support::go::go;
use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nreason = \"it listens\"\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n";
const BAD: &str = "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n";

/// Five mistakes, and a word of the message for each.
const MISTAKES: &str = "colour = 1\n\n[severity]\nimport-deny = \"error\"\n\n[[import-denied]]\nname = \"x\"\n\
                        deny = \"expvar\"\n\n[[module-denied]]\ndeny = [\"example.com/x\"]\n\n\
                        [[exception]]\nrule = \"import-denied/x\"\nfiles = [\"a.go\"]\n";
const MISTAKEN: [&str; 5] =
    ["unknown key `colour`", "`import-deny`", "a string, but a list is expected", "has no `name`", "has no `reason`"];

/// The names of all forms.
fn formats() -> Vec<&'static str> {
    Format::ALL.map(Format::as_str).to_vec()
}

/// A committed module with a policy that it keeps.
fn clean() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD).write("sub/b.go", GOOD);
    repo.commit("first");
    repo
}

/// The same with one breach, in `a.go`, on disk, in the index and in the last commit.
fn broken() -> Repo {
    let repo = clean();
    repo.write("a.go", BAD);
    repo.commit("second");
    repo
}

fn run_in<S: AsRef<OsStr>>(repo: &Repo, directory: &Path, args: &[S]) -> Output {
    repo.command(MODWARDEN).current_dir(directory).args(args).output().unwrap()
}

/// Runs the program at the root; fails unless it ends with this code, and without a panic. Gives both outputs.
#[track_caller]
fn ends<S: AsRef<OsStr>>(code: i32, repo: &Repo, args: &[S]) -> String {
    ends_in(code, repo, repo.root(), args)
}

#[track_caller]
fn ends_in<S: AsRef<OsStr>>(code: i32, repo: &Repo, directory: &Path, args: &[S]) -> String {
    ended(code, &run_in(repo, directory, args))
}

#[track_caller]
fn ended(code: i32, output: &Output) -> String {
    let text = all(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The findings as `file:line`, by the JSON on standard output.
#[track_caller]
fn found<S: AsRef<OsStr> + Clone>(code: i32, repo: &Repo, args: &[S]) -> Vec<String> {
    let args: Vec<&OsStr> = args.iter().map(AsRef::as_ref).chain(["--format".as_ref(), "json".as_ref()]).collect();
    let output = run_in(repo, repo.root(), &args);
    ended(code, &output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place =
        |finding: &Value| format!("{}:{}", finding["location"]["file"].as_str().unwrap(), finding["location"]["line"]);
    report["findings"].as_array().unwrap().iter().map(place).collect()
}

#[test]
fn the_exit_code_says_what_came_of_the_run() {
    ends(0, &clean(), &["check"]);
    let repo = broken();
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"], &["--rev", "main^{commit}"]] {
        assert_eq!(found(1, &repo, &[&["check"], state].concat()), ["a.go:3"]);
    }
    assert_eq!(found(0, &repo, &["check", "--rev", "HEAD~1"]), [""; 0]);
    repo.write("modwarden.toml", "colour = 1\n");
    ends(2, &repo, &["check"]);
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    ends(2, &repo, &["check"]);
    fs::remove_file(repo.root().join("modwarden.toml")).unwrap();
    let text = ends(3, &repo, &["check"]);
    assert!(text.contains("no go.mod was found"), "{text}");
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let repo = clean();
    let wrong: [&[&str]; 20] = [
        &[],
        &["nonsense"],
        &["check", "--nonsense"],
        &["check", "--format", "yaml"],
        &["check", "--output", "json"],
        &["check", "--output", "json="],
        &["check", "--output", "yaml=x"],
        &["check", "--fail-on", "always"],
        &["check", "--color", "blue"],
        &["check", "--staged", "--worktree"],
        &["check", "--staged", "--rev", "HEAD"],
        &["check", "--worktree", "--rev", "HEAD"],
        &["check", "--policy", "modwarden.toml", "--policy-from", "HEAD"],
        &["inspect", "imports", "--staged", "--worktree"],
        &["inspect", "imports", "--build", "linux"],
        &["explain"],
        &["explain", "nonsense"],
        &["completions", "tcsh"],
        &["policy"],
        &["hook", "run", "post-commit"],
    ];
    for args in wrong {
        let output = run_in(&repo, repo.root(), args);
        ended(2, &output);
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn facts_that_a_mistaken_policy_may_hide_are_not_all() {
    let repo = clean();
    repo.write("modwarden.toml", "modules = [\"vendor.mod\"]\ncolour = 1\n");
    let text = ends(3, &repo, &["inspect", "modules"]);
    assert!(text.contains("example.com/m") && text.contains("the policy has errors"), "{text}");
    ends(0, &repo, &["inspect", "modules", "--policy-from", "HEAD"]);
}

#[test]
fn an_unknown_revision_is_a_wrong_command_line() {
    let repo = clean();
    let commands: [&[&str]; 5] = [
        &["check", "--rev", "nowhere"],
        &["check", "--policy-from", "nowhere"],
        &["inspect", "imports", "--rev", "nowhere"],
        &["inspect", "modules", "--rev", "HEAD~7"],
        &["policy", "show", "--rev", "HEAD:a.go"],
    ];
    for args in commands {
        let text = ends(2, &repo, args);
        assert!(text.contains(&format!("`{}`", args.last().unwrap())) && text.contains("help:"), "{text}");
    }
    let empty = Repo::init();
    let text = ends(2, &empty, &["check", "--rev", "HEAD"]);
    assert!(text.contains("no commit yet"), "{text}");
}

#[test]
fn beyond_a_shallow_boundary_nothing_is_known() {
    let repo = broken();
    let shallow = repo.beside("shallow");
    let url = format!("file://{}", repo.root().display());
    repo.git(&["clone", "--quiet", "--depth=1", &url, shallow.to_str().unwrap()]);
    for args in [&["check", "--rev", "HEAD~1"][..], &["check", "--policy-from", "HEAD~1"]] {
        let text = ends_in(3, &repo, &shallow, args);
        assert!(text.contains("shallow") && text.contains("--deepen=1"), "{text}");
    }
    ends_in(1, &repo, &shallow, &["check", "--rev", "HEAD"]);
}

#[test]
fn a_missing_object_leaves_the_run_undecided() {
    let repo = clean();
    let blob = repo.git(&["rev-parse", "HEAD:sub/b.go"]);
    repo.write("sub/b.go", format!("{GOOD}\n"));
    repo.write("a.go", format!("{GOOD}\n"));
    let first = repo.git(&["rev-parse", "HEAD"]);
    repo.commit("differ");
    let object = repo.root().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let text = ends(3, &repo, &["check", "--rev", &first]);
    assert!(text.contains("not read: a.go") && text.contains("not read: sub/b.go"), "{text}");
    ends(0, &repo, &["check"]);
}

#[test]
fn outside_git_the_files_on_disk_are_judged() {
    let plain = Repo::plain();
    plain.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", BAD).write(".gitignore", "hidden.go\n");
    plain.write("hidden.go", BAD);
    assert_eq!(found(1, &plain, &["check"]), ["a.go:3"]);
    for args in [&["check", "--staged"][..], &["check", "--rev", "HEAD"], &["check", "--policy-from", "HEAD"]] {
        let text = ends(2, &plain, args);
        assert!(text.contains("not in a Git repository"), "{text}");
    }
    ends(0, &plain, &["inspect", "imports"]);
    ends(0, &plain, &["policy", "show"]);
}

#[test]
fn a_bare_repository_is_judged_by_its_commits() {
    let repo = broken();
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "--quiet", "--bare", repo.root().to_str().unwrap(), bare.to_str().unwrap()]);
    ends_in(1, &repo, &bare, &["check", "--rev", "HEAD"]);
    ends_in(0, &repo, &bare, &["check", "--rev", "HEAD", "sub"]);
    for args in [&["check"][..], &["inspect", "imports"], &["policy", "show"], &["policy", "init"]] {
        let text = ends_in(2, &repo, &bare, args);
        assert!(text.contains("bare repository") && text.contains("help:"), "{text}");
    }
}

#[test]
fn the_least_severity_that_fails_can_be_chosen() {
    let repo = broken();
    for (severity, failing) in [("error", "error note warn"), ("warn", "note warn"), ("note", "note")] {
        repo.write("modwarden.toml", format!("{POLICY}\n[severity]\n\"import-denied/no-expvar\" = \"{severity}\"\n"));
        for least in ["error", "warn", "note", "never"] {
            let code = i32::from(failing.contains(least));
            ends(code, &repo, &["check", "--fail-on", least]);
        }
    }
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    ends(3, &repo, &["check", "--fail-on", "never"]);
    repo.write("modwarden.toml", "colour = 1\n");
    ends(2, &repo, &["check", "--fail-on", "never"]);
}

#[test]
fn every_mistake_of_a_policy_is_shown_in_every_form() {
    let repo = clean();
    repo.write("modwarden.toml", MISTAKES);
    for format in formats() {
        let output = run_in(&repo, repo.root(), &["check", "--format", format]);
        let text = ended(2, &output);
        let stdout = String::from_utf8(output.stdout).unwrap();
        for mistake in MISTAKEN {
            let words = stdout.replace("<code>", "`").replace("</code>", "`");
            assert!(matches!(format, "sarif" | "totals") || words.contains(mistake), "{format}: {mistake}: {text}");
        }
        match format {
            "json" => {
                let report: Value = serde_json::from_str(&stdout).unwrap();
                let lines: Vec<u64> =
                    list(&report["notifications"]).iter().map(|it| it["location"]["line"].as_u64().unwrap()).collect();
                assert_eq!((lines, &report["verdict"]), (vec![1, 4, 8, 10, 13], &json!("invalid")));
            }
            "sarif" => {
                assert_eq!(stdout, "", "SARIF without results would close all alerts");
                MISTAKEN.iter().for_each(|mistake| assert!(text.contains(mistake), "{mistake}: {text}"));
            }
            "github" => assert_eq!(stdout.lines().filter(|line| line.starts_with("::error file=")).count(), 5),
            "jsonl" => {
                assert_eq!(stdout.lines().count(), 1 + MISTAKEN.len(), "the header, and a line for each mistake")
            }
            "totals" => assert!(stdout.contains("verdict=invalid\nfindings=0\n"), "{stdout}"),
            _ => {}
        }
    }
    let outputs = ["--output=sarif=out.sarif", "--output=json=out.json"];
    let text = ends(2, &repo, &[&["check"][..], &outputs].concat());
    assert!(text.contains("no SARIF was written to out.sarif"), "{text}");
    assert!(!repo.root().join("out.sarif").exists() && repo.root().join("out.json").exists(), "{text}");
    fs::remove_file(repo.root().join("out.json")).unwrap();
    let text = ends(2, &repo, &["policy", "show"]);
    MISTAKEN.iter().for_each(|mistake| assert!(text.contains(mistake), "{mistake}: {text}"));
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn every_form_goes_to_standard_output_or_to_a_file() {
    let repo = broken();
    let outputs: Vec<String> = formats().iter().map(|format| format!("--output={format}=out.{format}")).collect();
    let args: Vec<&str> =
        ["check", "--format", "concise"].into_iter().chain(outputs.iter().map(String::as_str)).collect();
    let output = run_in(&repo, repo.root(), &args);
    ended(1, &output);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("a.go:3:8: error[import-denied/no-expvar]: "));
    for format in formats() {
        let written = fs::read_to_string(repo.root().join(format!("out.{format}"))).unwrap();
        let printed = run_in(&repo, repo.root(), &["check", "--format", format]);
        assert_eq!(without_time(&written), without_time(&String::from_utf8(printed.stdout).unwrap()), "{format}");
        let named = if format == "totals" { "errors=1\n" } else { "expvar" };
        assert!(written.contains(named), "{format}: {written}");
    }
    let left: Vec<_> = fs::read_dir(repo.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

/// The text without how long the run took.
fn without_time(text: &str) -> String {
    let starts = ["\"elapsed_ms\":", " time=\""];
    let line = |line: &str| match starts.iter().find_map(|start| line.split_once(start)) {
        Some((before, after)) => {
            format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
        }
        None => {
            line.rsplit_once(" (").filter(|(_, time)| time.ends_with("s)")).map_or(line, |(text, _)| text).to_owned()
        }
    };
    // The time ends a line, but for the end of an element.
    let text = text.replace("</h1>", "\n</h1>").replace("</system-out>", "\n</system-out>");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_report_that_cannot_be_written_is_never_a_success() {
    let repo = clean();
    repo.write("file", "");
    for place in ["nowhere/out.json", "file/out.json", "sub"] {
        let bad = format!("json={place}");
        let text = ends(3, &repo, &["check", "--output", &bad, "--output", "sarif=good.sarif"]);
        assert!(text.contains(&format!("cannot write to {place}")), "{text}");
        fs::remove_file(repo.root().join("good.sarif")).expect("the other report is written all the same");
    }
    let text = ends(3, &broken(), &["check", "--output", "json=nowhere/out.json"]);
    assert!(text.contains("no-expvar") && text.contains("cannot write"), "{text}");
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_old_one() {
    let repo = clean();
    repo.write("reports/out.json", "old");
    let reports = repo.root().join("reports");
    fs::set_permissions(&reports, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(reports.join("probe"), "").is_ok() {
        skipped("this user may write everywhere");
        return;
    }
    ends(3, &repo, &["check", "--output", "json=reports/out.json"]);
    assert_eq!(fs::read_to_string(reports.join("out.json")).unwrap(), "old");
    fs::set_permissions(&reports, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Prints which test is skipped. That some users may do everything is no failure, in continuous integration or not.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

#[test]
fn a_full_disk_is_never_a_success() {
    if !Path::new("/dev/full").exists() {
        skipped("there is no /dev/full");
        return;
    }
    let repo = clean();
    let text = ends(3, &repo, &["check", "--output", "json=/dev/full"]);
    assert!(text.contains("cannot write to /dev/full"), "{text}");
    let commands: [&[&str]; 8] = [
        &["check"],
        &["check", "--output", "json=out.json"],
        &["rules"],
        &["explain", "import-dot"],
        &["inspect", "imports"],
        &["policy", "show"],
        &["policy", "schema"],
        &["completions", "zsh"],
    ];
    for args in commands {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let text = ended(3, &repo.command(MODWARDEN).args(args).stdout(full).output().unwrap());
        assert!(text.contains("cannot write to standard output"), "{args:?}: {text}");
    }
    assert!(repo.root().join("out.json").is_file(), "the other report is written all the same");
}

#[test]
fn a_reader_that_leaves_early_changes_nothing() {
    let repo = broken();
    for index in 0..2000 {
        repo.write(format!("many/f{index}.go"), BAD);
    }
    let mut command = repo.command(MODWARDEN);
    command.args(["check", "--format", "json", "--output", "jsonl=out.jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut begin = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut begin).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(ended(1, &output), "", "the findings are there, whoever reads them");
    let written = fs::read_to_string(repo.root().join("out.jsonl")).unwrap();
    assert_eq!(written.lines().count(), 2002, "the header, and the findings");
}

#[test]
fn a_policy_outside_the_repository_judges() {
    let repo = broken();
    let team = repo.beside("policies");
    fs::create_dir(&team).unwrap();
    fs::write(team.join("base.toml"), POLICY.replace("\"expvar\"", "\"fmt\"")).unwrap();
    fs::write(team.join("team.toml"), "extends = [\"./base.toml\"]\n").unwrap();
    let absolute = team.join("team.toml");
    for policy in ["../policies/team.toml", absolute.to_str().unwrap()] {
        for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
            let args = [&["check", "--policy", policy], state].concat();
            assert_eq!(found(1, &repo, &args), ["sub/b.go:3"], "{policy}");
        }
    }
    let sub = repo.root().join("sub");
    ends_in(1, &repo, &sub, &["check", "--policy", "../../policies/team.toml"]);
    fs::remove_file(team.join("base.toml")).unwrap();
    let text = ends(2, &repo, &["check", "--policy", "../policies/team.toml"]);
    assert!(text.contains("base.toml"), "{text}");
    let text = ends(2, &repo, &["check", "--policy", "../policies/base.toml"]);
    assert!(text.contains("../policies/base.toml"), "{text}");
}

#[test]
fn what_is_judged_cannot_loosen_a_policy_from_elsewhere() {
    const LOOSE: &str = "[severity]\nimport-dot = \"error\"\n";
    let repo = clean();
    repo.write("modwarden.toml", "extends = [\"./team.toml\"]\n").write("team.toml", POLICY);
    let base = repo.commit("a policy in two files");
    repo.write("modwarden.toml", LOOSE).write("team.toml", "").write("a.go", BAD);
    repo.write("sub/modwarden.toml", "colour = 1\n");
    ends(2, &repo, &["check"]);
    fs::remove_file(repo.root().join("sub/modwarden.toml")).unwrap();
    ends(0, &repo, &["check"]);
    assert_eq!(found(1, &repo, &["check", "--policy-from", &base]), ["a.go:3"]);
    repo.commit("loosened");
    for state in [&["--staged"][..], &["--rev", "HEAD"]] {
        assert_eq!(found(0, &repo, &[&["check"], state].concat()), [""; 0]);
        assert_eq!(found(1, &repo, &[&["check", "--policy-from", "HEAD~1"], state].concat()), ["a.go:3"]);
    }
}

#[test]
fn paths_narrow_what_is_found() {
    let repo = broken();
    repo.write("sub/b.go", BAD).write("sub/deep/c.go", BAD).write("subway/d.go", BAD);
    let cases: [(&[&str], &[&str]); 8] = [
        (&["a.go"], &["a.go:3"]),
        (&["./sub/../a.go"], &["a.go:3"]),
        (&["sub"], &["sub/b.go:3", "sub/deep/c.go:3"]),
        (&["sub/"], &["sub/b.go:3", "sub/deep/c.go:3"]),
        (&["sub/deep", "a.go"], &["a.go:3", "sub/deep/c.go:3"]),
        (&["a.go", "a.go"], &["a.go:3"]),
        (&["."], &["a.go:3", "sub/b.go:3", "sub/deep/c.go:3", "subway/d.go:3"]),
        (&["sub", "."], &["a.go:3", "sub/b.go:3", "sub/deep/c.go:3", "subway/d.go:3"]),
    ];
    for (paths, expected) in cases {
        assert_eq!(found(1, &repo, &[&["check"], paths].concat()), expected, "{paths:?}");
    }
    let absolute = repo.root().join("subway");
    assert_eq!(found(1, &repo, &["check", absolute.to_str().unwrap()]), ["subway/d.go:3"]);
    assert_eq!(found(0, &repo, &["check", "--rev", "HEAD", "sub"]), [""; 0]);
    fs::remove_dir_all(repo.root().join("sub")).unwrap();
    assert_eq!(found(0, &repo, &["check", "--rev", "HEAD", "sub/b.go"]), [""; 0], "it is in the commit");
    let elsewhere = Repo::plain();
    ends_in(1, &elsewhere, elsewhere.root(), &[OsStr::new("check"), repo.root().as_os_str()]);
}

#[test]
fn a_path_where_nothing_is_judged_is_never_clean() {
    let repo = clean();
    repo.write("notes.txt", "").write("testdata/x.go", GOOD).write("_old.go", GOOD).write("ignored/x.go", GOOD);
    repo.write(".gitignore", "ignored\n").write("vendor/example.com/x/x.go", GOOD);
    fs::create_dir(repo.root().join("empty")).unwrap();
    let nothing = ["notes.txt", "empty", "testdata", "testdata/x.go", "_old.go", "ignored", "vendor/example.com"];
    for path in nothing {
        for command in [&["check"][..], &["inspect", "imports"], &["inspect", "modules"]] {
            let text = ends(3, &repo, &[command, &[path]].concat());
            assert!(text.contains(path), "{path}: {text}");
            let text = ends(3, &repo, &[command, &["sub", path]].concat());
            assert!(text.contains(path), "{path}: {text}");
        }
    }
    for path in ["nowhere", "nowhere.go"] {
        assert!(ends(2, &repo, &["check", "sub", path]).contains(&format!("no file or directory `{path}`")));
    }
    for path in ["a.go", "sub", "go.mod", "modwarden.toml"] {
        ends(0, &repo, &["check", path]);
    }
    repo.write("apart/go.mod", "module example.com/apart\n");
    ends(0, &repo, &["check", "apart"]);
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    ends(3, &repo, &["check", "sub"]);
}

#[test]
fn paths_of_another_repository_are_refused() {
    let (repo, other) = (clean(), broken());
    let other = other.root().join("a.go");
    for path in [other.to_str().unwrap(), "..", "../..", "/"] {
        let text = ends(2, &repo, &["check", "a.go", path]);
        assert!(text.contains("not in the repository"), "{path}: {text}");
    }
}

#[test]
fn colour_is_for_those_who_want_it() {
    let repo = broken();
    let colours = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = repo.command(MODWARDEN);
        for name in
            ["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "TERM", "COLORTERM", "IGNORE_IS_TERMINAL"]
        {
            command.env_remove(name);
        }
        let output = command.arg("check").args(args).envs(env.iter().copied()).output().unwrap();
        ended(1, &output).contains('\u{1b}')
    };
    assert!(!colours(&[], &[]), "not in a pipe");
    assert!(colours(&[], &[("FORCE_COLOR", "1")]));
    assert!(!colours(&[], &[("NO_COLOR", "1")]));
    assert!(colours(&["--color", "always"], &[]));
    assert!(colours(&["--color", "always"], &[("NO_COLOR", "1")]), "the command line wins");
    assert!(!colours(&["--color", "never"], &[("FORCE_COLOR", "1")]), "the command line wins");
    for format in ["concise", "json", "jsonl", "github", "sarif"] {
        assert!(!colours(&["--color", "always", "--format", format], &[]), "{format} is for programs");
    }
    let out = format!("pretty={}", repo.beside("out").display());
    assert!(colours(&["--color", "always", "--output", &out], &[]));
    assert!(!fs::read_to_string(repo.beside("out")).unwrap().contains('\u{1b}'), "a file is no terminal");
}

#[test]
fn each_rule_is_listed_and_explained() {
    let repo = Repo::plain();
    let listed = ends(0, &repo, &["rules"]);
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(ids, RULES.iter().map(|rule| rule.meta().id).collect::<Vec<_>>());
    for id in ids {
        let page = ends(0, &repo, &["explain", id]);
        assert!(page.starts_with(&format!("# {id}\n")) && page.contains("## How to fix"), "{page}");
        let text = ends(2, &repo, &["explain", &format!("{id}/some-entry")]);
        assert!(text.contains(&format!("no entry `some-entry` of the rule `{id}`")), "{text}");
    }
    let text = ends(2, &repo, &["explain", "import-deny/x"]);
    assert!(text.contains("no rule `import-deny`") && text.contains("did you mean `import-denied`?"), "{text}");
    let text = ends(2, &repo, &["explain", "wholly-different"]);
    assert!(text.contains("modwarden rules"), "{text}");
    ends(2, &repo, &["explain", "::error::\u{1b}[31m"]);
    let text = ends(2, &repo, &["explain", "\u{1b}[31m"]);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn completions_know_every_command() {
    let repo = Repo::plain();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = ends(0, &repo, &["completions", shell]);
        for word in ["check", "diff", "explain", "rules", "inspect", "policy", "hook", "completions", "policy-from"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn a_first_policy_passes_and_is_never_written_over_another() {
    let repo = clean();
    let text = ends(2, &repo, &["policy", "init"]);
    assert!(text.contains("exists already"), "{text}");
    assert_eq!(fs::read_to_string(repo.root().join("modwarden.toml")).unwrap(), POLICY);
    fs::rename(repo.root().join("modwarden.toml"), repo.root().join(".modwarden.toml")).unwrap();
    ends(2, &repo, &["policy", "init"]);
    fs::remove_file(repo.root().join(".modwarden.toml")).unwrap();
    repo.write("a.go", BAD);
    ends(2, &repo, &["policy", "init", "nowhere"]);
    let text = ends(0, &repo, &["policy", "init", "sub"]);
    assert!(text.contains("modwarden.toml"), "{text}");
    assert!(repo.root().join("modwarden.toml").is_file(), "it stands at the root");
    ends(0, &repo, &["check", "--fail-on", "note"]);
    ends(0, &repo, &["policy", "show"]);
}

#[test]
fn the_effective_policy_says_where_it_comes_from() {
    let repo = clean();
    repo.write("team.toml", POLICY);
    repo.write(
        "modwarden.toml",
        "extends = [\"recommended\", \"./team.toml\"]\n[severity]\nimport-denied = \"warn\"\n",
    );
    let text = ends(0, &repo, &["policy", "show"]);
    assert!(text.contains("no-expvar") && text.contains("team.toml:3") && text.contains("pack:recommended"), "{text}");
    assert!(text.contains("modwarden.toml:3"), "{text}");
    let text = ends(0, &repo, &["policy", "show", "--staged"]);
    assert!(text.contains("modwarden.toml:3") && !text.contains("team.toml"), "{text}");
    let schema: Value = serde_json::from_str(&ends(0, &repo, &["policy", "schema"])).unwrap();
    assert!(schema["properties"]["import-denied"].is_object());
}

#[test]
fn imports_are_printed_as_the_rules_see_them() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.22\n\nrequire example.com/dep v1.2.3\n");
    repo.write(
        "x_linux.go",
        "// Code generated by hand. DO NOT EDIT.\n\n//go:build amd64 && tag\n\npackage x\n\nimport (\n\t\"fmt\"\n\td \"example.com/dep/pkg\"\n\t. \"example.com/m/sub\"\n\t_ \"example.com/none\"\n)\n\nimport \"C\"\n",
    );
    repo.write("sub/s_test.go", "package sub\n");
    repo.git(&["add", "--all"]);
    let spec = |path: &str, name: &str, line: u32, column: u32, resolved: Value| json!({"path": path, "name": name, "line": line, "column": column, "resolved": resolved});
    let first = json!({
        "file": "sub/s_test.go", "module": "example.com/m", "package": "example.com/m/sub", "test": true,
        "generated": false, "constraint": null, "imports": [],
    });
    let second = json!({
        "file": "x_linux.go", "module": "example.com/m", "package": "example.com/m", "test": false,
        "generated": true, "constraint": "amd64 && tag && linux",
        "imports": [
            spec("fmt", "", 8, 2, json!({"kind": "std"})),
            spec("example.com/dep/pkg", "d", 9, 2, json!({"kind": "module", "module": "example.com/dep", "version": "v1.2.3"})),
            spec("example.com/m/sub", ".", 10, 2, json!({"kind": "main", "module": "example.com/m"})),
            spec("example.com/none", "_", 11, 2, json!({"kind": "unknown"})),
            spec("C", "", 14, 8, json!({"kind": "cgo"})),
        ],
    });
    let both: BTreeSet<String> = [&first, &second].map(ToString::to_string).into();
    for state in ["--worktree", "--staged"] {
        let lines = json_lines(&ends(0, &repo, &["inspect", "imports", state]));
        let lines: BTreeSet<String> = lines.iter().map(in_one_order).collect();
        assert_eq!(lines, both.iter().map(|line| in_one_order(&serde_json::from_str(line).unwrap())).collect());
    }
    let count = |build: &str| json_lines(&ends(0, &repo, &["inspect", "imports", "--build", build])).len();
    let builds = ["linux/amd64,tag,cgo", "linux/amd64,cgo", "linux/amd64,tag", "windows/amd64,tag,cgo"];
    assert_eq!(builds.map(count), [2, 1, 1, 1]);
    let narrowed = json_lines(&ends(0, &repo, &["inspect", "imports", "sub"]));
    assert_eq!(narrowed, [first]);
}

/// A record as text, its keys in one order.
fn in_one_order(record: &Value) -> String {
    let mut record = record.clone();
    record.sort_all_objects();
    record.to_string()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn modules_are_printed_as_the_go_command_prints_them() {
    let go_mod = "// Deprecated: use another\nmodule example.com/m\n\ngo 1.24\n\ntoolchain go1.24.1\n\ngodebug panicnil=1\n\n\
        require (\n\texample.com/a v1.0.0\n\texample.com/b v1.1.0 // indirect\n)\n\nexclude example.com/a v0.9.0\n\n\
        replace example.com/a v1.0.0 => ./local\n\nreplace example.com/b => example.com/c v1.0.0\n\n\
        // broken\nretract [v1.0.0, v1.0.1]\n\ntool example.com/a/cmd\n\nignore ./node\n";
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/root\n").write("sub/go.mod", go_mod);
    let lines = json_lines(&ends(0, &repo, &["inspect", "modules"]));
    let empty = json!({
        "Dir": ".", "Module": {"Path": "example.com/root"}, "Require": null, "Exclude": null, "Replace": null,
        "Retract": null, "Tool": null, "Ignore": null,
    });
    assert_eq!((lines.len(), &lines[0]), (2, &empty));
    assert_eq!(lines[1]["Dir"], json!("sub"));
    let Some(go) = go() else { return };
    for (line, directory) in lines.iter().zip(["", "sub"]) {
        let mut ours = line.as_object().unwrap().clone();
        ours.remove("Dir");
        ours.remove("Effects");
        let edited = go.text(&repo.root().join(directory), &["mod", "edit", "-json"]);
        let theirs: Value = serde_json::from_str(&edited).unwrap();
        assert_eq!(Value::Object(ours), theirs);
    }
}

/// A Go file whose content nobody has does not matter where module files decide, and does where an import could.
#[test]
fn modules_are_printed_from_module_files_alone() {
    let repo = Repo::init();
    let go_mod = "module example.com/m\n\ngo 1.24\n\nreplace example.com/m v0.9.0 => ./old\n";
    repo.write("a.go", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n").write("go.mod", go_mod);
    repo.write("b/b.go", "package b\n\nimport _ \"example.com/other/x\"\n");
    let lines = json_lines(&ends(0, &repo, &["inspect", "modules"]));
    assert_eq!(lines[0]["Effects"][0]["Reason"], "main-module");
    ends(3, &repo, &["inspect", "imports"]);
    repo.write("go.mod", go_mod.replace("example.com/m v0.9.0", "example.com/other"));
    let text = ends(3, &repo, &["inspect", "modules"]);
    assert!(text.contains("a.go") && text.contains("\"open\""), "{text}");
}

#[test]
fn workspaces_are_printed_as_the_go_command_prints_them() {
    let go_work = "go 1.24\n\ntoolchain go1.24.1\n\ngodebug panicnil=1\n\nuse (\n\t./sub\n\t./other/\n)\n\n\
        replace example.com/a v1.0.0 => ./local\n\nreplace example.com/b => example.com/c v1.0.0\n";
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/root\n").write("w/go.work", go_work).write("x/go.work", "");
    let lines = json_lines(&ends(0, &repo, &["inspect", "modules"]));
    let dirs: Vec<_> = lines.iter().map(|line| (line["Dir"].as_str().unwrap(), line.get("Module").is_some())).collect();
    assert_eq!(dirs, [(".", true), ("w", false), ("x", false)]);
    assert_eq!(lines[2], json!({"Dir": "x"}));
    assert_eq!(lines[1]["Godebug"], json!([{"Key": "panicnil", "Value": "1"}]));
    let Some(go) = go() else { return };
    let theirs: Value = serde_json::from_str(&go.text(&repo.root().join("w"), &["work", "edit", "-json"])).unwrap();
    // Before Go 1.27 some of it is left out.
    for (name, value) in theirs.as_object().unwrap() {
        assert_eq!(&lines[1][name], value, "{name}");
    }
}

#[test]
fn the_environment_says_which_workspaces_count() {
    let repo = Repo::init();
    repo.write("go.work", "go 1.20\n\nuse ./a\n").write("b/go.work", "go 1.20\n\nuse ./c\n");
    for dir in ["a", "b/c"] {
        repo.write(format!("{dir}/go.mod"), format!("module example.com/{dir}\n\ngo 1.24\n"));
    }
    repo.write("modwarden.toml", "[severity]\nworkspace-inconsistent = \"error\"\n");
    let lines = |gowork: &str| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        let output = command.args(["check", "--format", "concise"]).env("GOWORK", gowork).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let found: Vec<String> =
            stdout.lines().filter_map(|line| line.split_once(':')).map(|it| it.0.to_owned()).collect();
        (found, output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let absolute = |path: &str| repo.root().join(path).display().to_string();
    let outside = repo.beside("outside").join("go.work");
    fs::create_dir(repo.beside("outside")).unwrap();
    fs::write(&outside, "go 1.20\n").unwrap();
    for (gowork, files) in [
        ("", vec!["b/go.work", "go.work"]),
        ("auto", vec!["b/go.work", "go.work"]),
        (&absolute("go.work"), vec!["go.work"]),
        (&absolute("b/../b/go.work"), vec!["b/go.work"]),
        ("off", vec![]),
        (&outside.display().to_string(), vec![]),
    ] {
        let (found, code, _) = lines(gowork);
        assert_eq!(found, files, "{gowork}");
        assert_eq!(code, Some(i32::from(!files.is_empty())), "{gowork}");
    }
    let (_, code, stderr) = lines("go.work");
    assert!(code == Some(2) && stderr.contains("invalid GOWORK: not an absolute path"), "{stderr}");
    assert!(lines(&outside.display().to_string()).2.contains("no workspace is used"));
}

#[test]
fn facts_that_cannot_be_seen_are_said_to_be_missing() {
    let nothing = Repo::init();
    for command in ["imports", "modules"] {
        let text = ends(3, &nothing, &["inspect", command]);
        assert!(text.contains("no go.mod was found"), "{text}");
    }
    let repo = clean();
    repo.symlink("gone.go", "nowhere.go").symlink("sub/loop.go", "loop.go");
    let text = ends(0, &repo, &["inspect", "imports"]);
    assert!(text.contains("gone.go") && text.contains("sub/loop.go"), "{text}");
    repo.symlink("out.go", "../outside.go");
    let text = ends(3, &repo, &["inspect", "imports"]);
    let told: Vec<&str> = text.lines().filter(|line| line.contains("not read: ")).collect();
    assert_eq!(told.len(), 3, "a line each: {text}");
}

/// Fails on a field that the schema does not have.
fn check_schema(report: &Value) {
    let mut schema: Value = serde_json::from_str(&report_schema()).unwrap();
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Makes a schema refuse unknown properties.
fn close(schema: &mut Value) {
    if let Some(fields) = schema.as_object_mut() {
        if fields.contains_key("properties") {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        fields.values_mut().for_each(close);
    }
}

/// Fails on a field that is there and says nothing.
fn check_fields(place: &str, value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                seen.insert(format!("{place}.{name}"));
                check_fields(name, value, seen);
            }
        }
        Value::Array(items) => {
            assert!(place == "findings" || !items.is_empty(), "{place} is empty");
            items.iter().for_each(|item| check_fields(place, item, seen));
        }
        Value::String(text) => assert!(!text.is_empty() || matches!(place, "text" | "replacement"), "{place} is empty"),
        Value::Null => panic!("{place} is null"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn json_holds_what_is_promised_and_leaves_out_what_is_absent() {
    let repo = clean();
    repo.write("a_windows.go", BAD).write("old.go", BAD).write("broken.go", "package\n");
    repo.symlink("gone.go", "nowhere.go");
    repo.write(
        "modwarden.toml",
        format!(
            "{POLICY}use = \"./metrics\"\ndocs = \"https://example.com/docs\"\n\n[[import-blank]]\nname = \"blank\"\n\n\
             [[exception]]\nrule = \"import-denied/no-expvar\"\nfiles = [\"old.go\"]\nreason = \"as it was\"\n\
             owner = \"@team\"\nuntil = 9999-12-31\n"
        ),
    );
    repo.commit("mixed");
    repo.write("notes.txt", "");
    let mut seen = BTreeSet::new();
    for args in [&["--rev", "HEAD"][..], &["--staged"], &["sub"], &["notes.txt"]] {
        let output = run_in(&repo, repo.root(), &[&["check", "--format", "json"], args].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["version"], json!(1));
        assert_eq!(output.stdout.iter().filter(|&&byte| byte == b'\n').count(), 1, "one line");
        check_schema(&report);
        check_fields("", &report, &mut seen);
    }
    let audit = run_in(&repo, repo.root(), &["audit", "--format", "json"]);
    let audit: Value = serde_json::from_slice(&audit.stdout).unwrap();
    check_schema(&audit);
    check_fields("", &audit, &mut seen);
    let lines = run_in(&repo, repo.root(), &["check", "--format", "jsonl"]);
    let report = run_in(&repo, repo.root(), &["check", "--format", "json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let mut findings = report["findings"].clone();
    findings.as_array_mut().unwrap().iter_mut().for_each(without_excerpts);
    let lines = json_lines(&String::from_utf8(lines.stdout).unwrap());
    assert_eq!(&lines[1..=list(&findings).len()], list(&findings));
    for field in [".suppressed", "state.commit", "state.revision", "findings.entry", "findings.help", "findings.docs"] {
        assert!(seen.contains(field), "{field}: {seen:?}");
    }
    for field in
        ["findings.constraint", "related.message", "suppressed.suppression", "suppression.owner", "state.paths"]
    {
        assert!(seen.contains(field), "{field}: {seen:?}");
    }
}

/// Takes away the references to excerpts, which single lines do not have.
fn without_excerpts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("excerpt");
            fields.values_mut().for_each(without_excerpts);
        }
        Value::Array(items) => items.iter_mut().for_each(without_excerpts),
        _ => {}
    }
}

#[test]
fn names_from_a_repository_are_harmless_in_every_form() {
    let name = b"a\n::error::x\x1b[31m##[error]\xff%0A.go";
    let module = "module example.com/m\n\nrequire \"example.com/\\x1b[31m\\n::error::x##[y]\" v1.0.0\n";
    let repo = clean();
    repo.write(OsStr::from_bytes(name), BAD).write("sub/go.mod", module);
    repo.commit("names");
    for state in [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]] {
        for format in formats() {
            let output = run_in(&repo, repo.root(), &[&["check", "--verbose", "--format", format], state].concat());
            let text = ended(1, &output);
            assert!(
                format == "totals" || text.contains("##") && text.contains("%0A") | text.contains("%250A"),
                "{format}: it is named: {text}"
            );
            assert!(!text.contains('\u{1b}') && !text.contains("##["), "{format}: {text}");
            for line in text.lines().filter(|line| line.trim_start().starts_with("::")) {
                let ours = line.starts_with("::error file=") || line.starts_with("::notice file=");
                assert!(format == "github" && ours, "{format}: {line}");
            }
        }
        for command in ["imports", "modules"] {
            let output = run_in(&repo, repo.root(), &[&["inspect", command], state].concat());
            let text = all(&output);
            assert!(!text.contains('\u{1b}') && !text.contains("##[") && !text.contains("panicked"), "{text}");
            assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
        }
    }
    let path = [b"nowhere".as_slice(), name].concat();
    let text = ends(2, &repo, &[OsStr::new("check"), OsStr::from_bytes(&path)]);
    assert!(text.contains("nowhere") && !text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
}

#[test]
fn a_huge_file_is_read_up_to_its_imports() {
    let repo = clean();
    let mut comment = vec![b'x'; 100 << 20];
    comment.splice(0..0, *b"package m\n\n/*");
    comment.extend_from_slice(b"*/\n\nimport \"expvar\"\n");
    repo.write("huge.go", &comment);
    assert_eq!(found(1, &repo, &["check"]), ["huge.go:5"]);
    let sparse = fs::File::create(repo.root().join("huge.go")).unwrap();
    sparse.set_len(600 << 20).unwrap();
    let text = ends(3, &repo, &["check", "huge.go"]);
    assert!(text.contains("huge.go") && text.contains("512 MiB"), "{text}");
}

#[test]
fn many_imports_are_all_judged() {
    let repo = clean();
    let imports: String = (0..10_000).map(|index| format!("\t_ \"example.com/p{index}\"\n")).collect();
    repo.write("many.go", format!("package m\n\nimport (\n{imports}\t\"expvar\"\n)\n"));
    assert_eq!(found(1, &repo, &["check"]), ["many.go:10004"]);
    let lines = ends(0, &repo, &["inspect", "imports", "many.go"]);
    assert_eq!(list(&json_lines(&lines)[0]["imports"]).len(), 10_001);
}

#[test]
fn broken_module_files_are_named() {
    let texts: [&[u8]; 5] =
        [b"go 1.24\n", b"module x\0y\n", b"module example.com/m\nrequire \0 v1\n", b"\xff\xfe\x00", b"module (((\n"];
    for text in texts {
        let repo = clean();
        repo.write("go.mod", text);
        repo.git(&["add", "--all"]);
        for state in ["--worktree", "--staged"] {
            let found = found(1, &repo, &["check", state]);
            assert!(found.iter().all(|place| place.starts_with("go.mod:")) && !found.is_empty(), "{text:?}: {found:?}");
        }
    }
}

#[test]
fn what_is_no_file_is_not_taken_for_one() {
    let repo = clean();
    let fifo = Command::new("mkfifo").arg(repo.root().join("pipe.go")).status();
    if !fifo.is_ok_and(|status| status.success()) {
        skipped("mkfifo not found");
    }
    fs::create_dir(repo.root().join("dir.go")).unwrap();
    repo.write("dir.go/e.go", BAD);
    repo.symlink("self.go", "self.go").symlink("one.go", "two.go").symlink("two.go", "one.go").symlink("here", ".");
    repo.symlink("dir2.go", "dir.go");
    let text = ends(1, &repo, &["check"]);
    assert!(text.contains("dir.go/e.go:3"), "{text}");
    for link in ["self.go", "one.go", "two.go"] {
        assert!(text.contains(&format!("not read: {link}")), "{link}: {text}");
    }
    for path in ["pipe.go", "self.go"] {
        ends(3, &repo, &["check", path]);
    }
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    fs::create_dir(repo.root().join("go.mod")).unwrap();
    let text = ends(3, &repo, &["check"]);
    assert!(text.contains("no go.mod was found"), "{text}");
}

#[test]
fn an_unreadable_file_leaves_the_run_undecided() {
    let repo = clean();
    for path in ["sub/b.go", "sub"] {
        let path = repo.root().join(path);
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(repo.root().join("sub/b.go")).is_ok() {
            skipped("this user may read everything");
        } else {
            let text = ends(3, &repo, &["check"]);
            assert!(text.contains("not read: sub"), "{text}");
            ends(0, &repo, &["check", "--staged"]);
        }
        fs::set_permissions(&path, mode).unwrap();
    }
}

#[test]
fn deep_directories_are_no_trouble() {
    let repo = clean();
    let deep = "d/".repeat(1000);
    repo.write(format!("{deep}x.go"), BAD);
    assert_eq!(found(1, &repo, &["check"]), [format!("{deep}x.go:3")]);
    let deep = "d/".repeat(2000);
    let stream = format!(
        "commit refs/heads/deep\ncommitter a <a@example.com> 1 +0000\ndata 1\nx\nM 100644 inline go.mod\ndata {}\n{GO_MOD}\n\
         M 100644 inline modwarden.toml\ndata {}\n{POLICY}\nM 100644 inline {deep}x.go\ndata {}\n{BAD}\n",
        GO_MOD.len(),
        POLICY.len(),
        BAD.len(),
    );
    let input = repo.beside("stream");
    fs::write(&input, stream).unwrap();
    let input = fs::File::open(&input).unwrap();
    let imported = repo.command("git").args(["fast-import", "--quiet"]).stdin(input).output().unwrap();
    ended(0, &imported);
    assert_eq!(found(1, &repo, &["check", "--rev", "deep"]), [format!("{deep}x.go:3")]);
}

#[test]
fn a_workspace_of_modules_that_do_not_exist_is_judged_without_them() {
    let repo = clean();
    repo.write("go.work", "go 1.22\n\nuse (\n\t.\n\t./nowhere\n\t../outside\n\t/absolute\n)\n").write("a.go", BAD);
    assert_eq!(found(1, &repo, &["check"]), ["a.go:3"]);
    repo.write("go.work", "use \0\n");
    assert_eq!(found(1, &repo, &["check"]), ["a.go:3", "go.work:1"]);
}

#[test]
fn an_empty_repository_cannot_be_judged() {
    let repo = Repo::init();
    for args in [&["check"][..], &["check", "--staged"], &["hook", "run", "pre-commit"]] {
        let text = ends(3, &repo, args);
        assert!(text.contains("no go.mod was found"), "{text}");
    }
    ends(0, &repo, &["policy", "init"]);
}

/// A saved report gives the output that the run itself gave, in every form, and its exit code.
#[test]
fn a_saved_report_is_rendered_in_every_form() {
    let repo = broken();
    let check = ["check", "--output=json=saved.json"];
    ended(1, &run_in(&repo, repo.root(), &check));
    for format in formats() {
        let printed = run_in(&repo, repo.root(), &["check", "--format", format]);
        let rendered = run_in(&repo, repo.root(), &["render", "saved.json", "--format", format]);
        ended(1, &rendered);
        let text = |output: &Output| without_time(&String::from_utf8(output.stdout.clone()).unwrap());
        assert_eq!(text(&rendered), text(&printed), "{format}");
    }
    let piped = repo.command("sh").args(["-c", "\"$0\" render - --format concise < saved.json", MODWARDEN]).output();
    assert!(ended(1, &piped.unwrap()).contains("a.go:3:8: error[import-denied/no-expvar]: "));
}

#[test]
fn what_is_no_report_is_not_rendered() {
    let repo = broken();
    repo.write("list.json", "[]").write("text.json", "no").write("other.json", "{\"version\":1}");
    for name in ["list.json", "text.json", "other.json"] {
        let text = ends(2, &repo, &["render", name]);
        assert!(text.contains(name) && text.contains("give a report that `--format json` wrote"), "{text}");
    }
    for name in ["nowhere.json", "."] {
        assert!(ends(2, &repo, &["render", name]).contains(&format!("cannot read {name}: ")), "{name}");
    }
}
