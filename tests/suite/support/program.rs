//! Runs the built program, and ends it if it hangs.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::repo::Repo;

/// How long a run may take before it counts as one that never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// The output of a run, and its exit code.
pub(crate) struct Outcome {
    /// The exit code; `None` if it was ended by a signal.
    pub(crate) code: Option<i32>,
    /// Its output, both streams.
    pub(crate) text: String,
}

impl Outcome {
    #[track_caller]
    /// Asserts the exit code, and that all of these were said.
    pub(crate) fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "no `{word}` in {}", self.text);
        }
    }
}

/// Runs `modwarden check` and ends it if it does not end by itself.
pub(crate) fn check(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    let form = if args.contains(&"--format") { &[][..] } else { &["--format", "concise"] };
    command.arg("check").args(form).args(args);
    run(command)
}

/// Runs a program and ends it if it does not end by itself.
pub(crate) fn run(command: Command) -> Outcome {
    run_for(PATIENCE, command)
}

/// Runs a program and ends it if it does not end by itself in this time.
pub(crate) fn run_for(patience: Duration, mut command: Command) -> Outcome {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let output = wait.recv_timeout(patience);
    if output.is_err() {
        Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
    }
    let output = output.expect("the run ends").unwrap();
    let text = [output.stdout, output.stderr].concat();
    Outcome { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// Copies the program. `cp` does it: a file that this process has open for writing cannot be run while another test
/// starts a process, because the new process has it open too for a moment ("Text file busy").
#[track_caller]
pub(crate) fn copy_program(repo: &Repo, to: &Path) {
    let copied = repo.command("cp").arg(env!("CARGO_BIN_EXE_modwarden")).arg(to).output().expect("there is cp");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
}
