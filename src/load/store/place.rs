//! Where the store's file is, and that it is a file of ours.
//!
//! The only place other than `source` and `cli` that touches the file system: SQLite opens the file itself, and has to
//! be kept from following links out of the directory.

#![expect(clippy::disallowed_methods, reason = "the store's file is made, looked at and removed here alone")]

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The name of the store's file.
const FILE: &str = "facts.db";

/// The file that SQLite may leave next to another one when it is killed.
const JOURNAL: &str = "facts.db-journal";

/// The store's file in a directory of its own.
#[derive(Debug)]
pub(super) struct StoreLocation {
    directory: PathBuf,
    file: PathBuf,
}

impl StoreLocation {
    pub(super) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), file: directory.join(FILE) }
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Makes sure that there is a file, if an empty one, and gives its length. Links and everything else in its
    /// place are refused.
    pub(super) fn prepare(&self) -> Result<u64, String> {
        match fs::symlink_metadata(&self.directory) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(format!("{} is not a directory", self.directory.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make_directory().map_err(|it| self.failed(&it))?
            }
            Err(error) => return Err(self.failed(&error)),
        }
        match fs::symlink_metadata(&self.file) {
            Ok(found) if found.is_file() => Ok(found.len()),
            Ok(_) => Err(format!("{} is not a regular file", self.file.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => self.make_file().map_err(|it| self.failed(&it)),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Removes the file and its journal, so that [`StoreLocation::prepare`] makes a new one.
    pub(super) fn clear(&self) -> Result<(), String> {
        for file in [&self.file, &self.directory.join(JOURNAL)] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.failed(&error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn make_directory(&self) -> Result<(), Error> {
        DirBuilder::new().recursive(true).create(&self.directory)?;
        let above = self.directory.parent().map(fs::metadata).transpose()?;
        above.map_or(Ok(()), |above| share(&self.directory, &above))
    }

    fn make_file(&self) -> Result<u64, Error> {
        match OpenOptions::new().write(true).create_new(true).open(&self.file) {
            Ok(_) => share(&self.file, &fs::metadata(&self.directory)?).map(|()| 0),
            // Another run was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn failed(&self, error: &Error) -> String {
        format!("{}: {error}", self.directory.display())
    }
}

/// Lets everybody use the path who may use the directory `above` it: repositories can be shared, and Git shows that by
/// the mode of its own directory. A directory that is for all to write in, such as `/tmp`, shows nothing.
#[cfg(unix)]
fn share(path: &Path, above: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;

    const OTHERS_WRITE: u32 = 0o002;
    let mode = above.permissions().mode();
    if mode & OTHERS_WRITE != 0 {
        return Ok(());
    }
    let kept = if fs::symlink_metadata(path)?.is_dir() { 0o2777 } else { 0o666 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode & kept))
}

#[cfg(not(unix))]
fn share(_: &Path, _: &Metadata) -> Result<(), Error> {
    Ok(())
}
