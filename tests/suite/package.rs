//! The files around the code: the hook manifest and that installing through it works, the examples.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::print_stdout,
    reason = "these tests start pre-commit, prek, git and modwarden, write repositories for them, and say what they skip"
)]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use modwarden::internals::rules::RULES;
use tempfile::TempDir;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const MANIFESTS: [&str; 2] = [".pre-commit-hooks.yaml", "pre-commit-hooks.yaml"];

#[test]
fn pre_commit_accepts_the_manifest() {
    accepts_the_manifest("pre-commit");
}

#[test]
fn prek_accepts_the_manifest() {
    accepts_the_manifest("prek");
}

fn accepts_the_manifest(tool: &str) {
    if is_missing(tool) {
        return;
    }
    for manifest in MANIFESTS {
        succeed(Command::new(tool).args(["validate-manifest", manifest]).current_dir(ROOT));
    }
}

#[test]
#[cfg(unix)]
fn the_name_without_a_dot_is_a_link() {
    let target = fs::read_link(Path::new(ROOT).join(MANIFESTS[1])).expect("pre-commit-hooks.yaml is a symbolic link");
    assert_eq!(target, Path::new(MANIFESTS[0]));
}

#[test]
fn hooks_call_commands_that_exist() {
    let manifest = read(MANIFESTS[0]);
    let entries: Vec<&str> =
        manifest.lines().filter_map(|line| line.trim().strip_prefix("entry: modwarden ")).collect();
    assert_eq!(entries.len(), manifest.matches("- id: ").count(), "every hook starts modwarden");
    for entry in entries {
        succeed(Command::new(MODWARDEN).args(entry.split(' ')).arg("--help"));
    }
}

#[test]
fn hooks_install_the_wheel_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let manifest: toml::Table = read("pyproject.toml").parse().expect("pyproject.toml is TOML");
    let project = &manifest["project"];
    assert_eq!(project["version"].as_str(), Some(version));
    assert_eq!(project["dependencies"], toml::Value::from(vec![format!("modwarden=={version}")]));
}

#[test]
fn documents_name_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (document, before) in [
        ("README.md", "modwarden:"),
        ("RELEASING.md", "git tag -s v"),
        ("SECURITY.md", "modwarden-v"),
        ("docs/git-hook.md", "rev: v"),
    ] {
        let wanted = format!("{before}{version}");
        assert!(read(document).contains(&wanted), "{document} does not say {wanted}");
    }
}

#[test]
fn compiles_through_pre_commit() {
    compiles_through("pre-commit");
}

#[test]
fn compiles_through_prek() {
    compiles_through("prek");
}

/// Builds the committed state in the way a user's machine would, and commits with it.
fn compiles_through(tool: &str) {
    if env::var_os("MODWARDEN_TEST_INSTALL").is_none() {
        return skipped(&format!("compiling through {tool} takes minutes; MODWARDEN_TEST_INSTALL=1 turns it on"));
    }
    if !is_missing(tool) && !is_missing("git") {
        checks_commits_through(tool, "modwarden-src", &Sandbox::new());
    }
}

#[test]
fn installs_the_wheel_through_pre_commit() {
    installs_the_wheel_through("pre-commit");
}

#[test]
fn installs_the_wheel_through_prek() {
    installs_the_wheel_through("prek");
}

/// Installs the wheel that `packaging/build` wrote, where nothing can be compiled, and commits with it.
fn installs_the_wheel_through(tool: &str) {
    let Some(packages) = env::var_os("MODWARDEN_TEST_PACKAGES") else {
        return skipped("MODWARDEN_TEST_PACKAGES must name the directory that packaging/build wrote");
    };
    if is_missing(tool) || is_missing("git") {
        return;
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let has_rust = |directory: &PathBuf| directory.join("cargo").exists() || directory.join("rustc").exists();
    let without_rust = env::join_paths(env::split_paths(&path).filter(|directory| !has_rust(directory)));
    let mut sandbox = Sandbox::new();
    sandbox.variables.push(("PATH", without_rust.expect("these were paths before")));
    sandbox.variables.push(("PIP_FIND_LINKS", packages.clone()));
    sandbox.variables.push(("UV_FIND_LINKS", packages));
    checks_commits_through(tool, "modwarden", &sandbox);
}

/// A good commit passes the hook, a bad one does not, and one that only deletes files is checked too.
fn checks_commits_through(tool: &str, hook: &str, sandbox: &Sandbox) {
    sandbox.git("..", &["clone", "--quiet", ROOT, "published"]);
    let revision = sandbox.git("../published", &["rev-parse", "HEAD"]);
    let published = sandbox.directory.path().join("published");
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: {hook}\n",
        published.display(),
        revision.trim()
    );
    sandbox.write(".pre-commit-config.yaml", &config);
    sandbox.write("modwarden.toml", "[[import-denied]]\nname = \"no-unsafe\"\ndeny = [\"unsafe\"]\n");
    sandbox.write("go.mod", "module example.com/shop\n\ngo 1.24\n");
    sandbox.write("shop.go", "package shop\n");
    sandbox.git(".", &["add", "."]);
    succeed(sandbox.command(tool).arg("install"));

    let first = sandbox.commit("a commit that keeps the policy");
    assert!(first.status.success(), "{}", shown(&first));

    sandbox.write("price.go", "package shop\n\nimport _ \"unsafe\"\n");
    sandbox.git(".", &["add", "."]);
    let forbidden = sandbox.commit("a commit with a forbidden import");
    assert!(!forbidden.status.success(), "{}", shown(&forbidden));
    assert!(shown(&forbidden).contains("import-denied/no-unsafe"), "{}", shown(&forbidden));

    sandbox.git(".", &["rm", "--quiet", "--cached", "price.go"]);
    sandbox.git(".", &["rm", "--quiet", "shop.go"]);
    let deletion = sandbox.commit("a commit that only deletes");
    assert!(deletion.status.success(), "{}", shown(&deletion));
    assert!(shown(&deletion).contains("Passed"), "the hook must run: {}", shown(&deletion));
}

/// A Git repository of a user, and places for the files of the tools.
struct Sandbox {
    directory: TempDir,
    repository: PathBuf,
    /// The variables of commands in addition to the environment of the tests.
    variables: Vec<(&'static str, OsString)>,
}

impl Sandbox {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let repository = directory.path().join("repository");
        fs::create_dir(&repository).expect("a new directory");
        let sandbox = Self { directory, repository, variables: Vec::new() };
        sandbox.git(".", &["init", "--quiet"]);
        sandbox
    }

    /// A command in the repository that sees no settings but ours. The build shares its artefacts with this one, and
    /// takes less care of modwarden itself: that it can be installed is asked here, not how fast it is.
    fn command(&self, program: &str) -> Command {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| Path::new(ROOT).join("target").into());
        let mut command = Command::new(program);
        command.current_dir(&self.repository).env("CARGO_TARGET_DIR", target);
        command.env("CARGO_PROFILE_RELEASE_PACKAGE_MODWARDEN_OPT_LEVEL", "0");
        command.env("PRE_COMMIT_HOME", self.directory.path().join("pre-commit"));
        command.env("PREK_HOME", self.directory.path().join("prek"));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "shop").env(format!("GIT_{role}_EMAIL"), "shop@example.com");
        }
        command.env("GIT_CONFIG_GLOBAL", self.directory.path().join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn git(&self, directory: &str, arguments: &[&str]) -> String {
        let output = succeed(self.command("git").args(["-C", directory]).args(arguments));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn commit(&self, message: &str) -> Output {
        self.command("git").args(["commit", "--quiet", "-m", message]).output().expect("git starts")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.repository.join(name), text).expect("the repository is writable");
    }
}

#[test]
fn examples_show_every_rule() {
    let findings = findings(Path::new(ROOT), "examples");
    // The age of a line, and changes, need the history of a repository, and an example has none of its own. That
    // the go command could do without a replacement needs the module cache.
    let is_shown_here = |id: &&str| !["replace-stale", "replace-unused", "vendor-edited"].contains(id);
    let shown_here = RULES.iter().map(|rule| rule.meta().id).filter(is_shown_here);
    for id in shown_here {
        let shown = findings.iter().any(|line| line.contains(&format!("[{id}]")) || line.contains(&format!("[{id}/")));
        assert!(shown, "nothing in examples/ breaks `{id}`:\n{}", findings.join("\n"));
    }
}

#[test]
fn examples_can_be_copied_out() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    copy(&Path::new(ROOT).join("examples"), directory.path());
    let here: Vec<String> =
        findings(Path::new(ROOT), "examples").iter().map(|line| line.replace("examples/", "")).collect();
    assert_eq!(findings(directory.path(), "."), here);
}

#[test]
fn examples_parse_but_for_one() {
    if is_missing("gofmt") {
        return;
    }
    let output = Command::new("gofmt").args(["-l", "examples"]).current_dir(ROOT).output().expect("gofmt starts");
    let faults = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(faults.trim(), "examples/shop/internal/feature/feature.go:4:10: missing import path");
}

/// The lines of `--format concise` that are findings, from the files on disk.
fn findings(directory: &Path, path: &str) -> Vec<String> {
    let arguments = ["check", "--no-module-cache", "--format", "concise", path];
    let output = Command::new(MODWARDEN).args(arguments).current_dir(directory).output().expect("modwarden starts");
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    stdout.lines().filter(|line| line.contains("]: ")).map(str::to_owned).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a new directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", shown(&output));
    output
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether a program is not on the search path. Says so loudly, and fails where `CI` is set.
fn is_missing(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|directory| {
        let file = directory.join(program);
        file.is_file() || file.with_extension(env::consts::EXE_EXTENSION).is_file()
    });
    if !found {
        skipped(&format!("{program} not found"));
    }
    !found
}

fn skipped(why: &str) {
    println!("SKIPPED: {why}");
    assert!(env::var_os("CI").is_none_or(|ci| ci == OsStr::new("")), "CI must not skip: {why}");
}
