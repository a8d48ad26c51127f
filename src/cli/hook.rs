//! Installs and removes the Git hooks.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::failure::Failure;
use super::output::say;
use super::place::locate_directory;

/// The hooks through which every commit passes: Git asks the second one, and not the first, before the commit of
/// a merge without conflicts.
const HOOKS: [&str; 2] = ["pre-commit", "pre-merge-commit"];

/// What tells our hook from another's.
const MARK: &str = "# Installed by `modwarden hook install`";

/// What is appended to the name of a hook that was there.
const KEPT: &str = ".before-modwarden";

/// What installing or removing did, a line each.
type Report = Vec<String>;

/// Installs the hooks of the repository that `path` lies in.
pub(super) fn install(path: Option<&Path>) -> Result<ExitCode, Failure> {
    let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("modwarden"));
    let report = write_hooks(&hooks_of(path)?, &program)?;
    say(&(report.join("\n") + "\n"))
}

/// Removes the hooks of the repository that `path` lies in.
pub(super) fn uninstall(path: Option<&Path>) -> Result<ExitCode, Failure> {
    let report = remove_hooks(&hooks_of(path)?)?;
    say(&(report.join("\n") + "\n"))
}

fn hooks_of(path: Option<&Path>) -> Result<PathBuf, Failure> {
    let place = locate_directory(path)?;
    if place.repository.git_dir().is_some() && place.repository.root().is_none() {
        let message = "a bare repository makes no commits, so these hooks would never run";
        return Err(Failure::invalid(message, "run in a work tree"));
    }
    place.repository.hooks_dir().ok_or_else(|| Failure::invalid("not in a Git repository", "run `git init` first"))
}

/// Writes the hooks into `hooks`. A hook that is there is kept under another name and runs first.
fn write_hooks(hooks: &Path, program: &Path) -> Result<Report, Failure> {
    fs::create_dir_all(hooks).map_err(|error| failed("create", hooks, &error))?;
    let mut report = Report::new();
    for name in HOOKS {
        let hook = hooks.join(name);
        let kept = kept_as(&hook);
        if exists(&hook) && !is_ours(&hook) {
            if exists(&kept) {
                let message = format!("both {} and {} exist", hook.display(), kept.display());
                return Err(Failure::invalid(message, "remove or rename one of them, then install again"));
            }
            fs::rename(&hook, &kept).map_err(|error| failed("rename", &hook, &error))?;
            report.push(format!("kept {} as {}; it runs first", hook.display(), kept.display()));
        }
        fs::write(&hook, script(program)).map_err(|error| failed("write", &hook, &error))?;
        make_executable(&hook).map_err(|error| failed("make executable", &hook, &error))?;
        report.push(format!("installed {}", hook.display()));
    }
    Ok(report)
}

/// Removes the hooks from `hooks`, and puts back those that were kept.
fn remove_hooks(hooks: &Path) -> Result<Report, Failure> {
    let mut report = Report::new();
    for name in HOOKS {
        let hook = hooks.join(name);
        let kept = kept_as(&hook);
        if exists(&hook) && !is_ours(&hook) {
            report.push(format!("left {}: it is not modwarden's", hook.display()));
            continue;
        }
        if exists(&hook) {
            fs::remove_file(&hook).map_err(|error| failed("remove", &hook, &error))?;
            report.push(format!("removed {}", hook.display()));
        }
        if exists(&kept) {
            fs::rename(&kept, &hook).map_err(|error| failed("rename", &kept, &error))?;
            report.push(format!("put back {}", hook.display()));
        }
    }
    if report.is_empty() {
        report.push(format!("no hook of modwarden in {}", hooks.display()));
    }
    Ok(report)
}

/// The hook. It looks for the program where it was at the time, then on the search path; a hook that finds none
/// must not let a commit pass unjudged.
fn script(program: &Path) -> String {
    let program = quoted(&program.to_string_lossy());
    format!(
        r#"#!/bin/sh
{MARK}; `modwarden hook uninstall` removes it and puts back what was here.
kept="$0{KEPT}"
if [ -x "$kept" ]; then
	"$kept" "$@" || exit $?
fi
modwarden={program}
if [ ! -x "$modwarden" ]; then
	modwarden=$(command -v modwarden) || {{
		echo "modwarden is not installed, so this commit was not judged." >&2
		echo "Install it, or remove this hook: $0" >&2
		exit 1
	}}
fi
exec "$modwarden" hook run pre-commit
"#
    )
}

/// A word of the shell's language that means `text`.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn kept_as(hook: &Path) -> PathBuf {
    let mut name = hook.as_os_str().to_owned();
    name.push(KEPT);
    PathBuf::from(name)
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn is_ours(hook: &Path) -> bool {
    fs::read(hook).is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARK))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::undecided(format!("cannot {what} {}: {error}", path.display()), "")
}
