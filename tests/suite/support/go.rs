//! The go command as an oracle: found, run offline, and fed with programs of our own.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start the go command and write files")]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A go command that works.
#[derive(Clone)]
pub(crate) struct Go {
    env: Vec<(String, String)>,
}

/// The go command. Where it is missing, says so and gives `None`; in continuous integration that is a failure.
pub(crate) fn go() -> Option<Go> {
    let go = Go { env: Vec::new() };
    if Command::new("go").arg("version").output().is_ok_and(|output| output.status.success()) {
        return Some(go);
    }
    let _ = writeln!(std::io::stderr(), "SKIPPED: go not found");
    assert!(std::env::var_os("CI").is_none(), "the tests against the go command must run in CI");
    None
}

impl Go {
    /// The go command that is known to be there.
    pub(crate) fn plain() -> Self {
        Self { env: Vec::new() }
    }

    /// The same with a variable in its environment.
    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the go command in a directory, offline, with no configuration but its own defaults.
    pub(crate) fn command(&self, dir: &Path, args: &[&str]) -> Output {
        self.prepare(dir, args).output().expect("the go command starts")
    }

    /// The same, where it has to succeed: its output without the last line break.
    pub(crate) fn text(&self, dir: &Path, args: &[&str]) -> String {
        let output = self.command(dir, args);
        assert!(output.status.success(), "go {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("the go command prints UTF-8").trim_end().to_owned()
    }

    /// The directory of the standard library.
    pub(crate) fn std_dir(&self) -> PathBuf {
        PathBuf::from(self.text(Path::new("."), &["env", "GOROOT"])).join("src")
    }

    /// Runs a Go program that imports only the standard library; returns its output.
    pub(crate) fn run_program(&self, source: &str, stdin: &[u8]) -> Vec<u8> {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        fs::write(dir.path().join("main.go"), source).expect("the program can be written");
        let input = dir.path().join("stdin");
        fs::write(&input, stdin).expect("the input can be written");
        let mut command = self.prepare(dir.path(), &["run", "main.go"]);
        command.stdin(File::open(&input).expect("the input can be read"));
        let output = command.output().expect("the go command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn prepare(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new("go");
        command.current_dir(dir).args(args);
        command.env("GOENV", "off").env("GOFLAGS", "").env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}
