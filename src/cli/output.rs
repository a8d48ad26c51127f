//! Writing: standard output, and reports to files, which appear whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use super::failure::Failure;

/// Prints a text.
pub(super) fn say(text: &str) -> Result<ExitCode, Failure> {
    to_stdout(|out| out.write_all(text.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes to standard output. A reader that has gone, as `head` does, asked for no more; that is no failure.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output("standard output", &error)),
        _ => Ok(()),
    }
}

/// Writes a file: first beside its place, then there, so that a full disk leaves no half of one. A pipe or a device
/// is written to as it is.
pub(super) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    let whole = || {
        if is_special {
            let mut out = BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            return write(&mut out).and_then(|()| out.flush());
        }
        let mut out = BufWriter::new(fs::File::create(&beside)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&beside, path)
    };
    whole().map_err(|error| {
        drop(fs::remove_file(&beside));
        Failure::output(&path.display().to_string(), &error)
    })
}
