//! The installed go command, which the oracle tests ask.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start the go command")]

use std::env;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// A go command that runs.
pub(crate) struct Go(());

/// The go command, or `None`, said aloud, where there is none. In CI that is a failure.
pub(crate) fn go() -> Option<Go> {
    static RUNS: LazyLock<bool> = LazyLock::new(|| Command::new("go").arg("version").output().is_ok());
    if *RUNS {
        return Some(Go(()));
    }
    assert!(env::var_os("CI").is_none(), "go not found, and CI must have it");
    eprintln!("SKIPPED: go not found");
    None
}

impl Go {
    /// Runs `go` in a directory, offline and without a workspace.
    pub(crate) fn command(&self, dir: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("go");
        command
            .args(args)
            .current_dir(dir)
            .env("GOWORK", "off")
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local");
        command.output().expect("go starts")
    }
}
