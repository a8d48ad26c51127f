//! Writing: standard output, and reports to files, which appear whole or not at all.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf, absolute};
use std::process::ExitCode;

use super::args::{OutputArgs, Target};
use super::failure::Failure;
use crate::report::escape;

/// Prints a text.
pub(super) fn say(text: &str) -> Result<ExitCode, Failure> {
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints lines with names of files, each on one line and harmless.
pub(super) fn tell_lines(lines: &[String]) -> Result<ExitCode, Failure> {
    say(&lines.iter().map(|line| escape::terminal(line) + "\n").collect::<String>())
}

/// Writes to standard output. A reader that has gone, as `head` does, asked for no more; that is no failure.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output("standard output", &error)),
        _ => Ok(()),
    }
}

/// Writes to standard error. Where that is closed, the exit code is all that is left to say.
pub(super) fn to_stderr(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stderr().lock());
    drop(write(&mut out).and_then(|()| out.flush()));
    Ok(())
}

/// Writes a file: first beside its place, then there, so that a full disk leaves no half of one. A pipe or a device
/// is written to as it is.
pub(super) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let written = if is_special(path) {
        let special = || {
            let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            write(&mut out).and_then(|()| out.flush())
        };
        special()
    } else {
        whole(path, |file| {
            let mut out = BufWriter::new(file);
            write(&mut out)?;
            out.flush()
        })
    };
    written.map_err(|error| Failure::output(&path.display().to_string(), &error))
}

/// Fails if two reports are to be written to one file, however its path is spelled: the second would replace the first.
pub(super) fn refuse_one_file_for_two(args: &OutputArgs) -> Result<(), Failure> {
    let mut known: HashMap<PathBuf, PathBuf> = HashMap::new();
    for output in args.all() {
        let Target::File(path) = output.target else { continue };
        if is_special(&path) {
            continue;
        }
        let Some(place) = place_of(&path) else { continue };
        if let Some(first) = known.insert(place, path.clone()) {
            let message = format!("two reports go to one file: {} and {}", first.display(), path.display());
            return Err(Failure::invalid(message, "give each `--output` a file of its own"));
        }
    }
    Ok(())
}

/// Where a file is, through links on the way to it. A link at the end is itself replaced. `None` if nobody can tell.
fn place_of(path: &Path) -> Option<PathBuf> {
    let absolute = absolute(path).ok()?;
    let parent = absolute.parent()?;
    let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_path_buf());
    Some(parent.join(absolute.file_name()?))
}

/// Whether a path leads to a pipe, a device or a directory.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes a file that must not be there yet, whole or not at all.
pub(super) fn create(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_ok() {
        let message = format!("{} exists now", path.display());
        return Err(Failure::undecided(message, "it was left as it is; run the command again"));
    }
    whole(path, |file| file.write_all(content)).map_err(|error| Failure::output(&path.display().to_string(), &error))
}

/// Puts `after` in the place of a file that must hold `before`, whole or not at all. It keeps its permissions, and
/// one that may not be written to stays as it is.
pub(super) fn replace(path: &Path, before: &[u8], after: &[u8]) -> Result<(), Failure> {
    let failed = |error: &io::Error| Failure::output(&path.display().to_string(), error);
    let changed = || {
        let message = format!("{} was changed by another program in the meantime", path.display());
        Failure::undecided(message, "it was left as it is; run the command again")
    };
    let original = fs::OpenOptions::new().read(true).write(true).open(path).map_err(|error| failed(&error))?;
    let permissions = original.metadata().map_err(|error| failed(&error))?.permissions();
    let mut is_same = true;
    let replaced = whole(path, |file| {
        file.write_all(after)?;
        file.set_permissions(permissions)?;
        // As late as can be, so that little time is left in which it could change.
        is_same = fs::read(path)? == before;
        if is_same { Ok(()) } else { Err(io::Error::other("changed")) }
    });
    match replaced {
        Err(_) if !is_same => Err(changed()),
        outcome => outcome.map_err(|error| failed(&error)),
    }
}

/// Writes a file beside `path`, which must not be there yet, and moves it into place once it is on disk. Where that
/// fails nothing is left of it.
fn whole(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = write(&mut file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_in_the_meantime_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("go.mod");
        fs::write(&path, "theirs").unwrap();
        assert!(replace(&path, b"before", b"after").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert!(replace(&path, b"theirs", b"after").is_ok());
        assert_eq!(fs::read(&path).unwrap(), b"after");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_stands_beside_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("go.mod");
        let beside = directory.path().join(format!("go.mod.{}.tmp", std::process::id()));
        fs::write(&path, "before").unwrap();
        fs::write(&beside, "theirs").unwrap();
        assert!(replace(&path, b"before", b"after").is_err());
        assert_eq!((fs::read(&path).unwrap(), fs::read(&beside).unwrap()), (b"before".to_vec(), b"theirs".to_vec()));
    }
}
