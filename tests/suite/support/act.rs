//! Runs workflows with the GitHub Action on this machine, with act: a copy of the action that knows the program under
//! test as a released version, and a local server that has the archive. Actions of others that workflows use are
//! replaced by one that prints its inputs, and brings the file `numbers` beside the repository as the artifact of
//! another run.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

use crate::support::program::run_for;
use crate::support::repo::Repo;
use crate::support::server;
use crate::support::tools::act;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The placeholder in workflows for the commit of a release.
const UNRELEASED: &str = "0000000000000000000000000000000000000000";
/// How long a job may take. The program is not optimised, and act is slow with long logs.
const PATIENCE: Duration = Duration::from_secs(300);
/// The token of every run. No log may have it.
pub(crate) const TOKEN: &str = "ghs_ThisIsTheTokenOfTheRun";

/// The released version, made once.
pub(crate) static RELEASE: LazyLock<Release> = LazyLock::new(release);

/// A release of the program under test.
pub(crate) struct Release {
    /// The copy of the action.
    pub(crate) action: PathBuf,
    /// The directory that the server has.
    pub(crate) served: PathBuf,
    /// The address of the server.
    pub(crate) address: String,
    /// The archive, relative to the served directory.
    pub(crate) archive: String,
    stub: PathBuf,
}

/// How a run ended.
pub(crate) struct Ran {
    /// Whether the job succeeded.
    pub(crate) succeeded: bool,
    /// All that act printed.
    pub(crate) log: String,
}

impl Ran {
    /// An output of the action; the last step that sets it is the action itself.
    pub(crate) fn output(&self, name: &str) -> Option<&str> {
        let mark = format!("⚙  ::set-output:: {name}=");
        self.log.lines().rev().find_map(|line| line.split_once(mark.as_str())).map(|(_, value)| value)
    }

    /// The lines that the runner took for commands, without the outputs that are set. act prints text that it only
    /// shows after a bar.
    pub(crate) fn commands(&self) -> Vec<&str> {
        let lines = self.log.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]   "));
        let taken = lines.map(|(_, text)| text).filter(|text| !text.starts_with("| "));
        let commands = taken.filter_map(|text| text.split_once("  ").map(|(_, command)| command));
        let commands = commands.filter(|command| command.starts_with("::") || command.starts_with("Summary - "));
        commands.filter(|command| !command.starts_with("::set-output:: ")).collect()
    }

    /// The annotations.
    pub(crate) fn annotations(&self) -> Vec<&str> {
        let marks = ["::error ", "::warning ", "::notice ", "::error::", "::warning::", "::notice::"];
        self.commands().into_iter().filter(|line| marks.iter().any(|mark| line.starts_with(mark))).collect()
    }

    /// Fails unless these outputs have these values.
    #[track_caller]
    pub(crate) fn assert_outputs(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(self.output(name), Some(*value), "{name} in {}", self.log);
        }
    }
}

fn release() -> Release {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("action");
    let _ = fs::remove_dir_all(&directory);
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("modwarden-v{version}-x86_64-unknown-linux-musl");
    let (action, packed, served) = (directory.join("action"), directory.join(&name), directory.join("served"));
    let archive = format!("v{version}/{name}.tar.gz");
    for made in [&action, &packed, &served.join(format!("v{version}"))] {
        fs::create_dir_all(made).unwrap();
    }
    done(Command::new("cp").arg(env!("CARGO_BIN_EXE_modwarden")).arg(packed.join("modwarden")));
    let mut tar = Command::new("tar");
    tar.args(["--use-compress-program=gzip -1", "-cf"]).arg(served.join(&archive)).arg("-C").arg(&directory).arg(&name);
    done(&mut tar);
    fs::remove_dir_all(packed).unwrap();
    copy_action(&action);
    let content = fs::read(served.join(&archive)).unwrap();
    write_table(&action, &archive, &content);
    let address = server::files(served.clone());
    Release { stub: stub(&directory), action, served, address, archive }
}

/// Copies the files of the action.
pub(crate) fn copy_action(to: &Path) {
    fs::create_dir_all(to).unwrap();
    for part in ["action.yml", "action", "setup", "comment"] {
        done(Command::new("cp").arg("-R").arg(Path::new(ROOT).join(part)).arg(to));
    }
}

/// Writes the table of releases of a copy of the action.
pub(crate) fn write_table(action: &Path, archive: &str, content: &[u8]) {
    let (_, file) = archive.split_once('/').unwrap();
    let row = [
        env!("CARGO_PKG_VERSION"),
        "x86_64-unknown-linux-musl",
        file,
        &content.len().to_string(),
        &crate::support::server::sha256(content),
    ];
    fs::write(action.join("action/releases.tsv"), format!("# version\n{}\n", row.join("\t"))).unwrap();
}

/// An action that prints its inputs, under each path at which an action of others is used.
fn stub(directory: &Path) -> PathBuf {
    let stub = directory.join("stub");
    fs::create_dir_all(&stub).unwrap();
    for path in ["", "restore", "save", "upload-sarif"] {
        fs::create_dir_all(stub.join(path)).unwrap();
        fs::write(stub.join(path).join("action.yml"), STUB).unwrap();
    }
    stub
}

const STUB: &str = r#"name: stub
description: prints its inputs
inputs: {path: {}, key: {}, restore-keys: {}, sarif_file: {}, category: {}, checkout_path: {}, name: {}, go-version: {}, cache: {}, run-id: {}}
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "stub $INPUTS"
      env:
        INPUTS: ${{ toJson(inputs) }}
    - if: inputs.run-id
      shell: bash
      run: mkdir -p "$DIRECTORY" && cp "$ARTIFACT" "$DIRECTORY/numbers"
      env:
        DIRECTORY: ${{ inputs.path }}
"#;

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs an example workflow in a repository for an event.
#[track_caller]
pub(crate) fn workflow(repo: &Repo, name: &str, event: &str, payload: &Value) -> Option<Ran> {
    let text = fs::read_to_string(Path::new(ROOT).join("examples/workflows").join(name)).unwrap();
    run_workflow(repo, &text, event, payload)
}

/// Runs a workflow in a repository for an event. Programs in the directory `programs` beside the repository are found
/// first.
#[track_caller]
pub(crate) fn run_workflow(repo: &Repo, text: &str, event: &str, payload: &Value) -> Option<Ran> {
    let file = repo.beside("workflow.yml");
    fs::write(&file, text).unwrap();
    let payload_file = repo.beside("event.json");
    fs::write(&payload_file, payload.to_string()).unwrap();
    let release = &*RELEASE;
    let mut command = repo.command("/usr/bin/env");
    command.arg(act()?).arg(event).arg("-W").arg(file).arg("-e").arg(payload_file);
    command.args(["-P", "ubuntu-latest=-self-hosted", "--action-offline-mode", "--insecure-secrets"]);
    command.arg("-s").arg(format!("GITHUB_TOKEN={TOKEN}"));
    for used in
        text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, used)| used).chain(NESTED.iter().copied())
    {
        let (name, pin) = used.split_once('@').unwrap();
        let repository: Vec<&str> = name.split('/').take(2).collect();
        let pin = pin.split(' ').next().unwrap();
        let local = if pin == UNRELEASED { &release.action } else { &release.stub };
        if repository != ["actions", "checkout"] {
            command.args(["--local-repository", &format!("{}@{pin}={}", repository.join("/"), local.display())]);
        }
    }
    // The release on GitHub is asked first, and is not there.
    let environment = [format!("MODWARDEN_MIRROR={}", release.address), "https_proxy=http://127.0.0.1:1".to_owned()];
    command.args(["--env", &format!("ARTIFACT={}", repo.beside("numbers").display())]);
    for variable in environment.iter().map(String::as_str).chain(["no_proxy=127.0.0.1", "RUNNER_ARCH=X64"]) {
        command.args(["--env", variable]);
    }
    let config = repo.beside("home");
    fs::create_dir_all(config.join(".config/act")).unwrap();
    fs::write(config.join(".config/act/actrc"), "").unwrap();
    command.env("HOME", &config).env("XDG_CACHE_HOME", config.join("cache")).env_remove("XDG_CONFIG_HOME");
    command.env("PATH", format!("{}:{}", repo.beside("programs").display(), std::env::var("PATH").unwrap()));
    let outcome = run_for(PATIENCE, command);
    Some(Ran { succeeded: outcome.code == Some(0), log: outcome.text })
}

/// The actions of others that the action uses itself.
static NESTED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let text: &'static str = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap().leak();
    text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, used)| used).collect()
});
