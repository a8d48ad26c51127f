//! Objects that are not in the repository's own directory: those that a push has brought but that are not yet
//! accepted.
//!
//! `git receive-pack` passes their place to its hooks in two variables, and gix 0.90 reads neither. It does read the
//! file `info/alternates` of an object directory, so for these runs one is made that has nothing else.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gix::bstr::ByteSlice as _;

use super::Environment;

/// A temporary object directory that stands for several others; it goes when this value does.
#[derive(Debug)]
pub(super) struct Quarantine {
    directory: PathBuf,
}

impl Quarantine {
    /// Makes one if `environment` names other objects than those in `objects`, the repository's own. Relative paths
    /// in it start from `base`.
    pub(super) fn enter(environment: &Environment, objects: &Path, base: &Path) -> io::Result<Option<Self>> {
        let own = environment.object_directory.as_ref().map_or_else(|| objects.to_owned(), |path| base.join(path));
        let alternates = environment.alternate_object_directories.as_deref();
        if alternates.is_none() && own == objects {
            return Ok(None);
        }
        let mut lines = own.into_os_string().into_encoded_bytes();
        lines.push(b'\n');
        for path in split(alternates.unwrap_or_default()) {
            // A quoted path is as good in the file as it is in the variable.
            let line = if path.starts_with(b"\"") { path.to_vec() } else { absolute(path, base) };
            lines.extend_from_slice(&line);
            lines.push(b'\n');
        }
        // Git removes its own directory if it refuses the push, so nothing is left even if this process is killed.
        let parent = environment.quarantine.as_ref().map(|path| base.join(path)).filter(|path| path.is_dir());
        let quarantine = Self { directory: create_private_directory(&parent.unwrap_or_else(std::env::temp_dir))? };
        let info = quarantine.directory.join("info");
        fs::create_dir(&info)?;
        fs::write(info.join("alternates"), lines)?;
        Ok(Some(quarantine))
    }

    /// The object directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Quarantine {
    fn drop(&mut self) {
        // Nothing depends on its going; the system clears its temporary files.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn absolute(path: &[u8], base: &Path) -> Vec<u8> {
    let path = gix::path::from_byte_slice(path).unwrap_or(Path::new(""));
    base.join(path).into_os_string().into_encoded_bytes()
}

/// Splits a list of directories as Git does: an entry that begins with `"` is quoted and may hold the separator.
fn split(list: &OsStr) -> Vec<&[u8]> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut rest = list.as_encoded_bytes();
    let mut paths = Vec::new();
    while !rest.is_empty() {
        let quoted = if rest[0] == b'"' { quoted_length(rest) } else { 0 };
        let end = rest[quoted..].find_byte(separator).map_or(rest.len(), |at| quoted + at);
        paths.push(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// How long the quoted text is that `text` begins with, both quotes included.
fn quoted_length(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Creates a directory that nobody else can write objects into. It certainly did not exist before: creating it
/// fails otherwise.
fn create_private_directory(parent: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("modwarden-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = parent.join(name);
        match create_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|()| path),
        }
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::split;

    #[cfg(unix)]
    #[test]
    fn a_list_of_directories_may_be_quoted() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("/a:/b", &["/a", "/b"]),
            (":/a::", &["/a"]),
            (r#""/a:\"b":/c"#, &[r#""/a:\"b""#, "/c"]),
            (r#""/open:/c"#, &[r#""/open:/c"#]),
            ("\"/ends\\", &["\"/ends\\"]),
        ];
        for (list, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|path| path.as_bytes()).collect();
            assert_eq!(split(OsStr::new(list)), expected, "{list}");
        }
    }
}
