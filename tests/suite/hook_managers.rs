//! The hooks under husky and lefthook, installed from npm as docs/git-hook.md says.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::readers::{output, skipped};
use crate::support::repo::Repo;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn husky_runs_the_hook() {
    let Some(repo) = with_managers() else { return };
    run(&repo, "npx", &["husky"]);
    run(&repo, MODWARDEN, &["hook", "install"]);
    checks_commits(&repo);
    // As the `prepare` script of a package does with each `npm install`.
    run(&repo, "npx", &["husky"]);
    refuses(&repo);
}

#[test]
fn husky_runs_what_the_page_says() {
    let Some(repo) = with_managers() else { return };
    run(&repo, "npx", &["husky"]);
    repo.write(".husky/pre-commit", block("## husky", "```sh\n"));
    checks_commits(&repo);
}

#[test]
fn lefthook_runs_what_the_page_says() {
    let Some(repo) = with_managers() else { return };
    repo.write("lefthook.yml", block("## lefthook", "```yaml\n"));
    run(&repo, "npx", &["lefthook", "install"]);
    checks_commits(&repo);
}

/// A repository of a user in which husky and lefthook are installed, and neither is set up.
fn with_managers() -> Option<Repo> {
    let repo = Repo::init();
    for file in ["package.json", "package-lock.json"] {
        repo.write(file, fs::read(Path::new(ROOT).join("tests/hook_managers").join(file)).unwrap());
    }
    if let Err(why) = output(command(&repo, "npm").args(["ci", "--ignore-scripts", "--no-audit", "--prefer-offline"])) {
        skipped("husky and lefthook", &why);
        return None;
    }
    repo.write(".gitignore", "node_modules\n").write("go.mod", "module example.com/shop\n\ngo 1.24\n");
    repo.write("modwarden.toml", "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\n");
    repo.write("shop.go", "package shop\n").write("old.go", "package shop\n");
    Some(repo)
}

/// A good commit passes, a bad one does not, and a commit that only deletes files is checked too.
fn checks_commits(repo: &Repo) {
    let good = commit(repo);
    assert!(good.status.success(), "{}", all(&good));
    refuses(repo);
    repo.write("modwarden.toml", "[[import-denied]]\n");
    repo.git(&["add", "modwarden.toml"]);
    repo.git(&["commit", "--quiet", "--no-verify", "-m", "a policy with a mistake"]);
    fs::remove_file(repo.root().join("old.go")).unwrap();
    let deletion = commit(repo);
    assert!(!deletion.status.success(), "a commit that only deletes must be checked: {}", all(&deletion));
    repo.git(&["reset", "--quiet", "--hard", "HEAD^"]);
}

fn refuses(repo: &Repo) {
    repo.write("price.go", "package shop\n\nimport _ \"unsafe\"\n");
    let bad = commit(repo);
    assert!(!bad.status.success(), "{}", all(&bad));
    assert!(all(&bad).contains("import-denied/no-unsafe"), "{}", all(&bad));
    repo.git(&["rm", "--quiet", "--force", "price.go"]);
}

fn commit(repo: &Repo) -> Output {
    repo.git(&["add", "--all"]);
    command(repo, "git").args(["commit", "--quiet", "-m", "a change"]).output().unwrap()
}

#[track_caller]
fn run(repo: &Repo, program: &str, args: &[&str]) {
    let result = command(repo, program).args(args).output().unwrap();
    assert!(result.status.success(), "{program} {args:?}: {}", all(&result));
}

/// A command with modwarden on the search path. npm keeps its downloads where it does for the user.
fn command(repo: &Repo, program: &str) -> Command {
    let cache = env::var_os("HOME").map(|home| Path::new(&home).join(".npm"));
    let beside = Path::new(MODWARDEN).parent().unwrap().to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([beside].into_iter().chain(env::split_paths(&path))).unwrap();
    let mut command = repo.command(program);
    // Both managers do nothing where CI is set.
    command.env("PATH", path).env("npm_config_update_notifier", "false").env_remove("CI");
    command.envs(cache.map(|cache| ("npm_config_cache", cache)));
    command
}

/// The first block of a kind in a section of docs/git-hook.md.
fn block(section: &str, start: &str) -> String {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/git-hook.md")).unwrap();
    let (_, section) = page.split_once(&format!("\n{section}\n")).unwrap();
    let (_, text) = section.split_once(start).unwrap();
    text.split_once("```").unwrap().0.to_owned()
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
