//! How a file on disk is opened, in one place: only a regular file, and never more of it than a limit.
//!
//! A pipe would block every reader, a device may never end, and a link can lead to either.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::Unseen;
use super::objects::MAX_LENGTH;
use crate::text::RepoPath;

/// The longest file of settings that is read, in bytes: a policy, Go's own settings, a list of commits.
pub(crate) const MAX_SETTINGS: u64 = 1 << 20;

/// Reads a regular file of at most `limit` bytes, through symbolic links.
///
/// Fails with the system's error, or with `InvalidData` if it is no regular file or too long. Such a file is not opened.
pub(crate) fn read_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let length = check(&fs::metadata(path)?, limit)?;
    text.reserve(usize::try_from(length).unwrap_or_default() + 1);
    let file = File::open(path)?;
    check(&file.metadata()?, limit)?;
    read_to_limit(file, limit, &mut text)?;
    Ok(text)
}

/// Appends the content of an open file, which may grow while it is read.
fn read_to_limit(file: File, limit: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let length = file.take(limit.saturating_add(1)).read_to_end(buffer)?;
    if length as u64 > limit { Err(too_long(limit)) } else { Ok(()) }
}

/// The length of a regular file of at most `limit` bytes; anything else is an error.
fn check(metadata: &Metadata, limit: u64) -> io::Result<u64> {
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, NOT_REGULAR));
    }
    if metadata.len() > limit { Err(too_long(limit)) } else { Ok(metadata.len()) }
}

const NOT_REGULAR: &str = "not a regular file";

fn too_long(limit: u64) -> io::Error {
    let size = match limit {
        0..0x10_0000 => format!("{} KiB", limit >> 10),
        _ => format!("{} MiB", limit >> 20),
    };
    io::Error::new(io::ErrorKind::InvalidData, format!("longer than {size}"))
}

/// Opens a regular file of the tree below `root` and says how long it is. A link at its end is not followed.
pub(super) fn open_file(root: &Path, path: &[u8]) -> Result<(File, u64), Unseen> {
    open_unlinked(&disk_path(root, path)?)
}

/// Opens a regular file and says how long it is. A link at its end is not followed.
pub(super) fn open_unlinked(path: &Path) -> Result<(File, u64), Unseen> {
    let is_readable = |metadata: &Metadata| {
        if !metadata.is_file() {
            return Err(Unseen::Irregular);
        }
        if metadata.len() > MAX_LENGTH { Err(Unseen::TooLarge) } else { Ok(metadata.len()) }
    };
    is_readable(&fs::symlink_metadata(path).map_err(|error| system(&error))?)?;
    let file = File::open(path).map_err(|error| system(&error))?;
    let length = is_readable(&file.metadata().map_err(|error| system(&error))?)?;
    Ok((file, length))
}

/// Appends the content of an open file.
pub(super) fn read_whole(file: File, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
    match file.take(MAX_LENGTH + 1).read_to_end(buffer) {
        Ok(length) if length as u64 > MAX_LENGTH => Err(Unseen::TooLarge),
        Ok(_) => Ok(()),
        Err(error) => Err(system(&error)),
    }
}

/// Where a path of the repository is on disk.
pub(super) fn disk_path(root: &Path, path: &[u8]) -> Result<PathBuf, Unseen> {
    let relative = gix::path::from_byte_slice(path).map_err(|_| Unseen::Unreadable("not a path here".to_owned()))?;
    Ok(root.join(relative))
}

/// A failure of the system, in its words.
pub(super) fn system(error: &io::Error) -> Unseen {
    Unseen::Unreadable(error.to_string())
}

/// A path for a message, without control characters.
pub(super) fn shown(path: &Path) -> RepoPath {
    RepoPath::new(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::read_file;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, [b'x'; 2048]).unwrap();
        assert_eq!(read_file(&path, 2048).unwrap().len(), 2048);
        let words = |limit| read_file(&path, limit).map_err(|error| error.to_string());
        assert_eq!(words(2047), Err("longer than 1 KiB".to_owned()));
        assert_eq!(read_file(&directory.path().join("none"), 1).unwrap_err().kind(), ErrorKind::NotFound);
        let error = read_file(directory.path(), 1).unwrap_err();
        assert_eq!(error.to_string(), "not a regular file");
    }

    #[test]
    #[cfg(unix)]
    fn what_never_ends_is_not_opened_not_even_through_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(read_file(&link, u64::MAX).unwrap_err().to_string(), "not a regular file");
        let socket = directory.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(read_file(&socket, 1).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
