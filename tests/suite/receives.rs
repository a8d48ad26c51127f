//! The hooks of a server, driven by the real `git push` into a bare repository: the changes of a push are checked
//! before Git accepts it, by the policy of the default branch.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests start git and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n";
const BAD: &str = "package m\n\nimport \"expvar\"\n";
const HOOKS: [&str; 2] = ["pre-receive", "update"];

/// A repository with a commit that a bare repository beside it has too. There the hook is installed.
fn served(hook: &str) -> Repo {
    let repo = unserved(&[]);
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD);
    repo.commit("first");
    repo.git(&["push", "--quiet", "origin", "main"]);
    install(&repo, hook);
    repo
}

/// A repository without commits, and a bare one without any beside it.
fn unserved(options: &[&str]) -> Repo {
    let repo = Repo::init_with(options);
    let remote = server(&repo);
    let initialised = ["init", "--quiet", "--bare", "--initial-branch=main"];
    repo.git(&[&initialised, options, &[remote.to_str().unwrap()]].concat());
    repo.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    repo
}

fn server(repo: &Repo) -> PathBuf {
    repo.beside("server.git")
}

fn install(repo: &Repo, hook: &str) {
    let mut command = repo.command(MODWARDEN);
    let installed = command.args(["hook", "install", "--type", hook]).arg(server(repo)).output().unwrap();
    assert!(installed.status.success(), "{}", text(&installed));
}

/// Appends options to the call of the program in the installed hook.
fn add_options(repo: &Repo, hook: &str, options: &str) {
    let path = server(repo).join("hooks").join(hook);
    let script = fs::read_to_string(&path).unwrap();
    let call = format!("hook run {hook}");
    assert!(script.contains(&call), "{script}");
    fs::write(&path, script.replace(&call, &format!("{call} {options}"))).unwrap();
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn accepted(repo: &Repo, args: &[&str]) -> String {
    let output = repo.try_git(&[&["push", "origin"], args].concat());
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// A push that the server refuses, with all of these words in the output for the user who pushes.
#[track_caller]
fn refused(repo: &Repo, args: &[&str], words: &[&str]) -> String {
    let before = repo.git(&["ls-remote", "origin"]);
    let output = repo.try_git(&[&["push", "origin"], args].concat());
    let text = text(&output);
    assert!(!output.status.success() && text.contains("hook declined"), "{text}");
    for word in words {
        assert!(text.lines().any(|line| line.starts_with("remote: ") && line.contains(word)), "{word}: {text}");
    }
    assert_eq!(repo.git(&["ls-remote", "origin"]), before);
    text
}

#[test]
fn a_breach_never_reaches_the_server() {
    for (hook, options) in HOOKS.iter().flat_map(|hook| [(hook, ""), (hook, "--object-format=sha256")]) {
        let options: Vec<&str> = options.split_whitespace().collect();
        let repo = unserved(&options);
        install(&repo, hook);
        repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD);
        repo.commit("first");
        accepted(&repo, &["main"]);
        repo.write("sub/new.go", BAD);
        repo.commit("a breach");
        refused(&repo, &["main"], &["error[import-denied/no-expvar]", "sub/new.go:3"]);
        repo.write("sub/new.go", GOOD);
        repo.commit("repaired");
        accepted(&repo, &["main"]);
    }
}

#[test]
fn only_what_the_push_adds_counts() {
    for hook in HOOKS {
        let repo = served("pre-push");
        repo.write("old.go", BAD);
        repo.commit("a breach from before the hook");
        repo.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
        install(&repo, hook);
        repo.write("fine.go", GOOD);
        repo.commit("fine");
        accepted(&repo, &["main"]);
        repo.git(&["checkout", "--quiet", "-b", "topic"]);
        accepted(&repo, &["topic"]);
        repo.write("sub/new.go", BAD);
        repo.commit("a second breach");
        let text = refused(&repo, &["topic", "topic:another"], &["sub/new.go"]);
        assert!(!text.contains("old.go:"), "{text}");
    }
}

#[test]
fn a_push_cannot_loosen_the_policy_that_checks_it() {
    for hook in HOOKS {
        let repo = served(hook);
        repo.write("modwarden.toml", "").write("a.go", BAD);
        repo.commit("no policy, and a breach");
        refused(&repo, &["main"], &["error[import-denied/no-expvar]"]);
        refused(&repo, &["main:another"], &["error[import-denied/no-expvar]"]);
        repo.write("modwarden.toml", POLICY)
            .write("a.go", BAD.replace("expvar\"", "expvar\" //modwarden:allow import-denied mine"));
        repo.commit("an exception of its own");
        refused(&repo, &["main"], &["error[import-denied/no-expvar]"]);
    }
}

#[test]
fn a_policy_with_mistakes_is_refused_because_it_would_stop_every_later_push() {
    for hook in HOOKS {
        let repo = served(hook);
        repo.write("modwarden.toml", "[[import-denied]]\nname = \"x\"\ndenny = [\"expvar\"]\n");
        repo.commit("a mistake");
        refused(&repo, &["main"], &["unknown key `denny`", "modwarden.toml:3"]);
        repo.write("modwarden.toml", format!("{POLICY}reason = \"it leaks\"\n"));
        repo.commit("no mistake");
        accepted(&repo, &["main"]);
    }
}

#[test]
fn the_server_can_have_a_policy_of_its_own() {
    for hook in HOOKS {
        let repo = served(hook);
        let policy = repo.beside("server.toml");
        fs::write(&policy, POLICY.replace("expvar", "unsafe")).unwrap();
        add_options(&repo, hook, &format!("--policy {}", policy.display()));
        repo.write("new.go", BAD);
        repo.commit("allowed there");
        accepted(&repo, &["main"]);
        repo.write("newer.go", "package m\n\nimport _ \"unsafe\"\n");
        repo.commit("denied there");
        refused(&repo, &["main"], &["import-denied", "newer.go"]);
    }
}

#[test]
fn deletions_tags_and_branches_without_go_files_are_accepted() {
    for hook in HOOKS {
        let repo = served(hook);
        accepted(&repo, &["main:topic"]);
        accepted(&repo, &[":topic"]);
        repo.git(&["tag", "-a", "v1", "-m", "a version"]);
        accepted(&repo, &["v1"]);
        let blob = repo.git(&["hash-object", "-w", "a.go"]);
        repo.git(&["tag", "-a", "blob", "-m", "a file", &blob]);
        accepted(&repo, &["blob"]);
        repo.git(&["checkout", "--quiet", "--orphan", "pages"]);
        repo.git(&["rm", "--quiet", "-rf", "."]);
        repo.write("index.html", "<p>");
        repo.commit("pages");
        let text = accepted(&repo, &["pages"]);
        assert!(text.contains("refs/heads/pages has no Go files"), "{text}");
    }
}

#[test]
fn a_push_is_checked_in_bounded_time() {
    let repo = served("pre-receive");
    let mut command = repo.command(MODWARDEN);
    command.current_dir(server(&repo)).args(["hook", "run", "pre-receive", "--max-seconds", "1"]);
    // Whoever starts the hook never closes its input.
    let hook = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut hook = hook;
    let input = hook.stdin.take();
    let output = hook.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("took longer than 1 second"), "{}", text(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_push_is_checked_in_bounded_memory() {
    for hook in HOOKS {
        let repo = served(hook);
        add_options(&repo, hook, "--max-memory 40");
        accepted(&repo, &["main:small"]);
        repo.write("big.go", format!("package m\n\nimport (\n{})\n", "\t\"fmt\"\n".repeat(10 << 20)));
        repo.commit("80 MB of imports");
        refused(&repo, &["main"], &["needed more than 40 MiB of memory"]);
        assert!(fs::read_dir(server(&repo).join("objects")).unwrap().count() < 20, "nothing is left of the push");
    }
}

#[test]
fn arguments_that_git_would_not_give_are_refused() {
    let repo = served("update");
    let run = |args: &[&str], input: &str| {
        let script = format!("printf '{input}' | \"$0\" hook run \"$@\"");
        let mut command = repo.command("sh");
        command.current_dir(server(&repo)).args(["-c", &script, MODWARDEN]).args(args);
        command.output().unwrap()
    };
    for output in [run(&["update", "refs/heads/main"], ""), run(&["pre-receive"], "abc\\n")] {
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
}
