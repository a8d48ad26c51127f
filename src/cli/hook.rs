//! Installs and removes the Git hooks.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum as _;

use super::args::{Hook, InstallArgs};
use super::failure::Failure;
use super::output::tell_lines;
use super::place::{Place, locate_directory};
use crate::policy::FILE_NAMES;
use crate::source::{MAX_SETTINGS, read_file};

/// The files of a hook. Every commit passes through the first two: Git asks the second one, and not the first, before
/// the commit of a merge without conflicts.
fn names(hook: Hook) -> &'static [&'static str] {
    match hook {
        Hook::PreCommit => &["pre-commit", "pre-merge-commit"],
        Hook::PrePush => &["pre-push"],
        Hook::PreReceive => &["pre-receive"],
        Hook::Update => &["update"],
    }
}

/// Identifies our hook.
const MARK: &str = "# Installed by `modwarden hook install`";

/// The suffix of the name of an existing hook that is kept.
const KEPT: &str = ".before-modwarden";

/// The actions of installing or removing, one line each.
type HookReport = Vec<String>;

/// Installs a hook of the repository that `path` lies in.
pub(super) fn install(args: &InstallArgs) -> Result<ExitCode, Failure> {
    let InstallArgs { hook, new_only, path } = args;
    if *new_only && *hook != Hook::PreCommit {
        let message = format!("`--new-only` is for pre-commit, and {hook} checks only what is new anyway");
        return Err(Failure::invalid(message, "leave it out"));
    }
    let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("modwarden"));
    let place = locate_directory(path.as_deref())?;
    let Hooks { directory, runner } = hooks_of(*hook, &place)?;
    let script = Script { hook: *hook, runner, new_only: *new_only }.text(&program);
    let mut report = write_hooks(names(*hook), &directory, &script)?;
    if place.repository.root().is_some_and(|root| !FILE_NAMES.iter().any(|name| exists(&root.join(name)))) {
        report.push(NO_POLICY.to_owned());
    }
    tell_lines(&report)
}

/// The hooks themselves do not repeat this each time.
const NO_POLICY: &str = "no modwarden.toml found: the hook judges by the built-in pack recommended; \
                         write one with `modwarden policy init`";

/// Removes the hooks of the repository that `path` lies in.
pub(super) fn uninstall(path: Option<&Path>) -> Result<ExitCode, Failure> {
    let report = remove_hooks(&hooks_of(Hook::PrePush, &locate_directory(path)?)?.directory)?;
    tell_lines(&report)
}

/// Where hooks are written, and who runs them.
struct Hooks {
    directory: PathBuf,
    runner: Runner,
}

/// Who runs a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    /// Git, if the file is executable.
    Git,
    /// husky, as a script of the shell, executable or not. The file is committed, so it holds no path of this machine.
    Husky,
}

impl Hooks {
    /// Git looks in this directory. husky writes the hooks in `.husky/_` again with each installation of npm, and they
    /// run the hooks in the parent directory.
    fn new(directory: PathBuf) -> Self {
        let is_of_husky = directory.file_name().is_some_and(|name| name == "_")
            && (directory.join("h").exists() || directory.ends_with(".husky/_"));
        match directory.parent() {
            Some(parent) if is_of_husky => Self { directory: parent.to_owned(), runner: Runner::Husky },
            _ => Self { directory, runner: Runner::Git },
        }
    }
}

fn hooks_of(hook: Hook, place: &Place) -> Result<Hooks, Failure> {
    let is_bare = place.repository.git_dir().is_some() && place.repository.root().is_none();
    if is_bare && hook == Hook::PreCommit {
        let message = "a bare repository makes no commits, so these hooks would never run";
        return Err(Failure::invalid(message, "run in a work tree"));
    }
    let directory = place.repository.hooks_dir();
    directory.map(Hooks::new).ok_or_else(|| Failure::invalid("not in a Git repository", "run `git init` first"))
}

/// Writes the hooks into `directory`. A hook that is there is kept under another name and runs first.
fn write_hooks(names: &[&str], directory: &Path, script: &str) -> Result<HookReport, Failure> {
    fs::create_dir_all(directory).map_err(|error| failed("create", directory, &error))?;
    let mut report = HookReport::new();
    for name in names {
        let hook = directory.join(name);
        let kept = kept_as(&hook);
        if exists(&hook) && !is_ours(&hook) {
            if exists(&kept) {
                let message = format!("both {} and {} exist", hook.display(), kept.display());
                return Err(Failure::invalid(message, "remove or rename one of them, then install again"));
            }
            fs::rename(&hook, &kept).map_err(|error| failed("rename", &hook, &error))?;
            report.push(format!("kept {} as {}; it runs first", hook.display(), kept.display()));
        }
        fs::write(&hook, script).map_err(|error| failed("write", &hook, &error))?;
        make_executable(&hook).map_err(|error| failed("make executable", &hook, &error))?;
        report.push(format!("installed {}", hook.display()));
    }
    Ok(report)
}

/// Removes the hooks from `hooks`, and puts back those that were kept.
fn remove_hooks(hooks: &Path) -> Result<HookReport, Failure> {
    let mut report = HookReport::new();
    for name in Hook::value_variants().iter().flat_map(|hook| names(*hook)) {
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

/// Passes Git's lines about a push to a program.
const FEED: &str = r#"printf '%s\n' "$refs" | "#;

/// A hook, as a script of the shell.
#[derive(Clone, Copy)]
struct Script {
    hook: Hook,
    runner: Runner,
    new_only: bool,
}

impl Script {
    /// The script. It looks for the program where it was at the time, then on the search path; a hook that finds none
    /// must not let a commit or a push pass unchecked. Both hooks, the existing one and ours, get Git's lines about a
    /// push from standard input.
    fn text(self, program: &Path) -> String {
        let (program, is_run, shell) = match self.runner {
            Runner::Git => (quoted(&program.to_string_lossy()), "-x", ""),
            Runner::Husky => ("''".to_owned(), "-f", "sh -e "),
        };
        let (what, read, feed) = match self.hook {
            Hook::PreCommit => ("commit", "", ""),
            Hook::PrePush | Hook::PreReceive => ("push", "refs=$(cat)\n", FEED),
            Hook::Update => ("push", "", ""),
        };
        let hook = self.hook;
        let arguments = match hook {
            Hook::PreCommit if self.new_only => " --new-only",
            Hook::PreCommit | Hook::PreReceive => "",
            Hook::PrePush | Hook::Update => r#" -- "$@""#,
        };
        format!(
            r#"#!/bin/sh
{MARK}; `modwarden hook uninstall` removes it and puts back what was here.
{read}kept="$0{KEPT}"
if [ {is_run} "$kept" ]; then
	{feed}{shell}"$kept" "$@" || exit $?
fi
modwarden={program}
if [ ! -x "$modwarden" ]; then
	modwarden=$(command -v modwarden) || {{
		echo "modwarden is not installed, so this {what} was not checked." >&2
		echo "Install it, or remove this hook: $0" >&2
		exit 1
	}}
fi
{feed}"$modwarden" hook run {hook}{arguments}
"#
        )
    }
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
    read_file(hook, MAX_SETTINGS).is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARK))
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
