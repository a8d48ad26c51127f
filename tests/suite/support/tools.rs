//! Programs of others that check and run the GitHub Action. Those in Go are built by hash from the module proxy, once,
//! into the build directory; those in `.ci/tools.txt` must be on the PATH.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::support::go::go;
use crate::support::readers::{output, skipped};
use crate::support::txtar;

/// Only one test at a time builds something.
static BUILDING: Mutex<()> = Mutex::new(());

/// actionlint, which checks workflows.
pub(crate) fn actionlint() -> Option<Command> {
    built("actionlint", "github.com/rhysd/actionlint/cmd/actionlint").map(Command::new)
}

/// act, which runs workflows on this machine. It is built without the parts that only containers need.
pub(crate) fn act() -> Option<PathBuf> {
    built("act", "github.com/nektos/act")
}

/// A program that `.ci/tools.txt` installs.
pub(crate) fn installed(name: &str) -> Option<Command> {
    let mut version = Command::new(name);
    match output(version.arg("--version")) {
        Ok(_) => Some(Command::new(name)),
        Err(why) => {
            skipped(name, &why);
            None
        }
    }
}

fn built(name: &str, package: &str) -> Option<PathBuf> {
    go()?;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools");
    let module = directory.join("module");
    let program = directory.join(name);
    let guard = BUILDING.lock();
    if program.is_file() {
        return Some(program);
    }
    fs::create_dir_all(&module).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/go.txtar");
    for (name, text) in txtar::parse(&fs::read_to_string(sources).unwrap()) {
        fs::write(module.join(name), text).unwrap();
    }
    let mut build = Command::new("go");
    build.args(["build", "-tags", "WITHOUT_DOCKER", "-o"]).arg(&program).arg(package);
    let result = output(build.current_dir(module).env("GOFLAGS", "-mod=readonly").env("GOWORK", "off"));
    drop(guard);
    match result {
        Ok(_) => Some(program),
        Err(why) => {
            skipped(name, &why);
            None
        }
    }
}
