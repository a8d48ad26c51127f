//! The environment, which the rest of the program gets as arguments.

use std::collections::HashMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{PathBuf, absolute};
use std::time::SystemTime;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::args::Color;
use super::failure::{Failure, tell};
use super::place::{bytes, path_of};
use crate::load::{GoEnv, ModFlag, Substitute, SubstituteFlag, Workspaces};
use crate::report::Terminal;
use crate::source::{MAX_SETTINGS, Repository, read_file};
use crate::text::RepoPath;

/// Where Go keeps downloaded modules: `GOMODCACHE`, else `pkg/mod` in the first directory of `GOPATH`, else in
/// `go` in the home directory (`go help environment`).
pub(super) fn module_cache() -> Option<PathBuf> {
    let go = GoSettings::read();
    if let Some(cache) = go.get("GOMODCACHE") {
        return Some(PathBuf::from(cache));
    }
    let first_of_gopath = go.get("GOPATH").and_then(|paths| env::split_paths(&paths).next());
    let home = || variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| PathBuf::from(home).join("go"));
    first_of_gopath.or_else(home).map(|gopath| gopath.join("pkg").join("mod"))
}

/// A variable of the environment; an empty one counts as none, as for the go command.
pub(super) fn variable(name: impl AsRef<OsStr>) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a variable is set to nothing.
pub(super) fn is_empty(name: &OsStr) -> bool {
    env::var_os(name).is_some_and(|value| value.is_empty())
}

/// The go command's settings: its environment, and for missing variables the file of `go env -w` (`cfg.Getenv`).
struct GoSettings(HashMap<Vec<u8>, Vec<u8>>);

impl GoSettings {
    /// Reads the file, which need not be there. One that cannot be read counts as empty, as for the go command
    /// (`cfg.readEnvFile`).
    fn read() -> Self {
        let text = go_env_file().and_then(|file| read_file(&file, MAX_SETTINGS).ok()).unwrap_or_default();
        let setting = |line: &[u8]| {
            let at = line.iter().position(|&byte| byte == b'=')?;
            line[0].is_ascii_uppercase().then(|| (line[..at].to_vec(), line[at + 1..].to_vec()))
        };
        Self(text.split(|&byte| byte == b'\n').filter_map(setting).collect())
    }

    /// A setting; an empty one counts as none.
    fn get(&self, name: &str) -> Option<OsString> {
        let written = || self.0.get(name.as_bytes()).map(|value| path_of(&RepoPath::new(value)).into_os_string());
        variable(name).or_else(written).filter(|value| !value.is_empty())
    }
}

/// Where `go env -w` writes: the file that `GOENV` names, unless that is `off`; else `go/env` in the user's directory of
/// configurations (`cfg.EnvFile`, `os.UserConfigDir`).
fn go_env_file() -> Option<PathBuf> {
    match variable("GOENV") {
        Some(named) if named == "off" => return None,
        Some(named) => return Some(PathBuf::from(named)),
        None => {}
    }
    let home = |below: &str| variable("HOME").map(|home| PathBuf::from(home).join(below));
    let directory = if cfg!(windows) {
        variable("AppData").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        match variable("XDG_CONFIG_HOME").map(PathBuf::from) {
            Some(directory) => Some(directory).filter(|directory| directory.is_absolute()),
            None => home(".config"),
        }
    };
    directory.map(|directory| directory.join("go/env"))
}

/// The settings in the go command's environment that change its answers (`go help environment`).
pub(super) fn go_env(repository: &Repository) -> Result<GoEnv, Failure> {
    let go = GoSettings::read();
    let flags = GoFlags::of(&go);
    Ok(GoEnv {
        workspaces: workspaces(&go, repository)?,
        mod_flag: match flags.value("mod") {
            None => ModFlag::Unset,
            Some("vendor") => ModFlag::Vendor,
            Some(_) => ModFlag::Other,
        },
        substitutes: substitutes(&flags, repository),
        work_above: work_above(repository),
    })
}

/// The flags of `GOFLAGS`.
struct GoFlags(Vec<String>);

impl GoFlags {
    fn of(go: &GoSettings) -> Self {
        Self(split_quoted(&go.get("GOFLAGS").unwrap_or_default().to_string_lossy()))
    }

    /// The value of a flag where it stands last, which counts. An empty one counts as none.
    fn value(&self, name: &str) -> Option<&str> {
        for flag in self.0.iter().rev() {
            let Some((flag, value)) = flag.split_once('=') else { continue };
            if flag.strip_prefix("--").or_else(|| flag.strip_prefix('-')) == Some(name) {
                return Some(value).filter(|value| !value.is_empty());
            }
        }
        None
    }
}

/// The words of a text. One that begins with a quote ends with the next of the same kind (`cmd/internal/quoted.Split`).
fn split_quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match rest.strip_prefix(['\'', '"']) {
            Some(quoted) => quoted.split_once(first).unwrap_or((quoted, "")),
            None => rest.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_ascii_start();
    }
    words
}

/// The files that `-modfile` and `-overlay` name.
fn substitutes(flags: &GoFlags, repository: &Repository) -> Vec<Substitute> {
    let mut substitutes = Vec::new();
    for (flag, name) in [(SubstituteFlag::ModFile, "modfile"), (SubstituteFlag::Overlay, "overlay")] {
        let Some(given) = flags.value(name) else { continue };
        let file = absolute(given).and_then(|file| file.canonicalize().or(Ok(file)));
        let below = |file: PathBuf| file.strip_prefix(repository.root()?).ok().map(|below| RepoPath::new(bytes(below)));
        substitutes.push(Substitute { flag, given: given.into(), path: file.ok().and_then(below) });
    }
    substitutes
}

/// The nearest go.work above the repository, where the go command would find it.
fn work_above(repository: &Repository) -> Option<Box<str>> {
    let above = repository.root()?.ancestors().skip(1).map(|dir| dir.join("go.work"));
    let found = above.into_iter().find(|file| file.is_file())?;
    Some(found.display().to_string().into())
}

/// Which workspaces of the repository the go command would use here (`go help environment`): `GOWORK` is `off`, or the
/// absolute path of one, or says nothing.
fn workspaces(go: &GoSettings, repository: &Repository) -> Result<Workspaces, Failure> {
    let named = match go.get("GOWORK") {
        Some(named) if named != "auto" => named,
        _ => return Ok(Workspaces::Nearest),
    };
    if named == "off" {
        return Ok(Workspaces::Off);
    }
    let file = PathBuf::from(named);
    if !file.is_absolute() {
        let help = "unset it, or set it to `off` or to the absolute path of a go.work";
        return Err(Failure::invalid("invalid GOWORK: not an absolute path", help));
    }
    if file.file_name() != Some(OsStr::new("go.work")) {
        let message = format!("GOWORK names {}, but only files with the name go.work are read", file.display());
        return Err(Failure::undecided(message, "rename it to go.work, or unset GOWORK"));
    }
    let resolved = file.canonicalize().unwrap_or(file);
    let below = repository.root().and_then(|root| resolved.strip_prefix(root).ok());
    if let Some(below) = below {
        return Ok(Workspaces::Only(RepoPath::new(bytes(below))));
    }
    if !resolved.is_file() {
        let message = format!("GOWORK names {}, which does not exist: every go command fails", resolved.display());
        return Err(Failure::undecided(
            message,
            "unset GOWORK, or set it to `off` or to the absolute path of a go.work",
        ));
    }
    let message = format!("GOWORK names {}, which is not in the repository: no workspace is used", resolved.display());
    tell("note", &message, "unset GOWORK to use the go.work of the repository");
    Ok(Workspaces::Off)
}

/// The time that reports state: the clock's, or `SOURCE_DATE_EPOCH`, for output that can be reproduced
/// (<https://reproducible-builds.org/specs/source-date-epoch/>). The day on which exceptions end is always the clock's.
pub(super) fn now() -> Timestamp {
    let fixed = variable("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.to_str()?.parse().ok());
    let fixed = fixed.and_then(|seconds| Timestamp::from_second(seconds).ok());
    fixed.unwrap_or_else(|| {
        let now = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    })
}

/// The day, in UTC.
pub(super) fn today() -> Date {
    let now = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
    now.to_zoned(TimeZone::UTC).date()
}

/// Whether somebody may be watching standard error: not in CI, even where it is a terminal.
pub(super) fn wants_progress() -> bool {
    !is_ci() && std::io::stderr().is_terminal()
}

/// Whether somebody may be watching standard output. A log of CI has to hold everything.
pub(super) fn is_watched() -> bool {
    !is_ci() && std::io::stdout().is_terminal()
}

fn is_ci() -> bool {
    variable("CI").is_some_and(|value| value != "false")
}

/// The abilities of standard output.
pub(super) fn terminal(color: Color) -> Terminal {
    let stdout = std::io::stdout();
    let support = supports_color::on(supports_color::Stream::Stdout);
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => support.is_some_and(|level| level.has_basic),
    };
    let columns = || env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0)).or_else(columns);
    let hyperlinks = color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
    Terminal { color, width: width.unwrap_or(100), table_width: width, hyperlinks, ..Terminal::PLAIN }
}
