//! Programs of others that read our reports: got from the package registries once, into the build directory.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::support::go::go;
use crate::support::txtar;

/// Only one test at a time makes something in the build directory.
static MAKING: Mutex<()> = Mutex::new(());

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers")
}

fn made() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers")
}

/// Says that a reader is missing; in continuous integration that is a failure.
pub(crate) fn skipped(what: &str, why: &str) -> Option<Command> {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} cannot be had: {why}");
    assert!(std::env::var_os("CI").is_none(), "the tests against {what} must run in CI: {why}");
    None
}

/// Runs a program to its end; its output on standard error is the error.
pub(crate) fn output(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(output) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// reviewdog's parser for a form.
pub(crate) fn reviewdog(form: &str) -> Option<Command> {
    let program = made().join("reviewdog");
    go()?;
    let guard = MAKING.lock();
    if !program.is_file() {
        let module = made().join("reviewdog-module");
        fs::create_dir_all(&module).unwrap();
        for (name, text) in txtar::parse(&fs::read_to_string(sources().join("reviewdog.txtar")).unwrap()) {
            fs::write(module.join(name), text).unwrap();
        }
        let mut build = Command::new("go");
        build.args(["build", "-o"]).arg(&program).arg(".").current_dir(module);
        if let Err(why) = output(build.env("GOFLAGS", "-mod=readonly")) {
            return skipped("reviewdog", &why);
        }
    }
    drop(guard);
    let mut command = Command::new(program);
    command.arg(form);
    Some(command)
}

/// junitparser, which prints its result as JSON.
pub(crate) fn junitparser() -> Option<Command> {
    let environment = made().join("python");
    let python = environment.join("bin/python");
    let guard = MAKING.lock();
    let mut check = Command::new(&python);
    if output(check.args(["-c", "import junitparser"])).is_err() {
        let venv = output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"]);
        install.arg(sources().join("junitparser.txt"));
        if let Err(why) = venv.and_then(|_| output(&mut install)) {
            return skipped("junitparser", &why);
        }
    }
    drop(guard);
    let mut command = Command::new(python);
    command.arg(sources().join("junit.py"));
    Some(command)
}

/// A reader's result for a report.
#[track_caller]
pub(crate) fn read(mut reader: Command, report: &str) -> Value {
    let mut child = reader.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let report = report.as_bytes().to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&report));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
