//! The files of a module in the module cache, and their `h1:` hash, for comparing them with vendored files.
//!
//! The files were written by the go command, or by anybody since: no link is followed, only regular files
//! are opened, and a file that no module can hold is an error. Source: `golang.org/x/mod/sumdb/dirhash/hash.go`.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use memchr::memchr;
use sha2::{Digest as _, Sha256};

use super::Unseen;
use super::disk::{disk_path, open_file, open_unlinked, read_whole, system};
use super::objects::MAX_LENGTH;
use crate::go::is_go_file;
use crate::text::RepoPath;

/// The directory of a module at a version, extracted in full.
#[derive(Clone, Debug)]
pub struct CachedModule {
    root: PathBuf,
    prefix: String,
}

/// A file of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedFile {
    /// Its path from the module's root, `/`-separated, as bytes.
    pub path: Box<[u8]>,
    /// How long it is.
    pub size: u64,
}

/// The SHA-256 of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The `h1:` hash of files, as `dirhash.Hash1` makes it, from their paths in any order and their contents. A name that
/// is hashed is `prefix` and the path: `PATH@VERSION/` for a module, nothing for a go.mod alone.
///
/// Fails where a path has a line break, with which one list of files could pass for another.
pub fn hash1<'p>(prefix: &str, files: impl IntoIterator<Item = (&'p [u8], ContentHash)>) -> Result<String, Unseen> {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_unstable_by_key(|(path, _)| *path);
    let mut summary = Sha256::new();
    for (path, content) in files {
        check_name(path)?;
        summary.update(HEXLOWER.encode(&content.0));
        summary.update("  ");
        summary.update(prefix);
        summary.update(path);
        summary.update("\n");
    }
    Ok(format!("h1:{}", BASE64.encode(&summary.finalize())))
}

impl CachedModule {
    /// The module at this version, whose files are below `root`.
    pub(super) fn new(root: PathBuf, module: &str, version: &str) -> Self {
        Self { root, prefix: format!("{module}@{version}/") }
    }

    /// The prefix of the names of the files in the hash: `PATH@VERSION/`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The `h1:` hash of the directory, as `dirhash.HashDir` makes it: the one in go.sum, unless something was
    /// changed. Files are read one after the other; [`hash1`] combines hashes of files that are read in parallel.
    pub fn hash(&self) -> Result<String, Unseen> {
        let files = self.files()?;
        let mut content = Vec::new();
        let mut hash = |file| self.read_listed(file, &mut content).map(|()| ContentHash::of(&content));
        let contents = files.iter().map(&mut hash).collect::<Result<Vec<_>, _>>()?;
        hash1(&self.prefix, files.iter().map(|file| &*file.path).zip(contents))
    }

    /// All files, sorted by path (`dirhash.DirFiles`).
    ///
    /// Fails where there is something that no module has: a link, a pipe, a name with a line break, or more than
    /// the go command extracts.
    pub fn files(&self) -> Result<Vec<CachedFile>, Unseen> {
        let metadata = fs::symlink_metadata(&self.root).map_err(|error| system(&error))?;
        if !metadata.is_dir() {
            return Err(Unseen::Unreadable("not a directory".to_owned()));
        }
        let mut walk = ModuleWalk { root: &self.root, pending: vec![Vec::new()], seen: 0, size: 0, files: Vec::new() };
        while let Some(directory) = walk.pending.pop() {
            walk.directory(&directory)?;
        }
        walk.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(walk.files)
    }

    /// The names that end in `.go` directly in a directory, `/`-separated from the module's root; `None` if there is
    /// none (`modload.dirInModule`).
    ///
    /// Fails if there is a link, or another thing that no module has.
    pub fn go_files(&self, dir: &str) -> Result<Option<Vec<Box<[u8]>>>, Unseen> {
        let mut place = self.root.clone();
        for part in dir.split('/').filter(|part| !part.is_empty()) {
            place.push(one_name(part.as_bytes())?);
            match fs::symlink_metadata(&place) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) if metadata.is_file() => return Ok(None),
                Ok(_) => return Err(within(dir.as_bytes(), &Unseen::Irregular)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(within(dir.as_bytes(), &system(&error))),
            }
        }
        let fault = |error: &io::Error| within(dir.as_bytes(), &system(error));
        let mut names = Vec::new();
        for entry in fs::read_dir(&place).map_err(|error| fault(&error))? {
            let entry = entry.map_err(|error| fault(&error))?;
            let name = entry.file_name();
            if !is_go_file(name.as_encoded_bytes()) {
                continue;
            }
            let kind = entry.file_type().map_err(|error| fault(&error))?;
            if kind.is_file() {
                names.push(Box::from(name.as_encoded_bytes()));
            } else if !kind.is_dir() {
                return Err(within(name.as_encoded_bytes(), &Unseen::Irregular));
            }
        }
        Ok((!names.is_empty()).then_some(names))
    }

    /// Replaces `buffer` by the beginning of a file that [`Self::go_files`] named, up to `length` bytes; whether that
    /// is all of it.
    pub fn read_head(&self, dir: &str, name: &[u8], length: usize, buffer: &mut Vec<u8>) -> Result<bool, Unseen> {
        let place = self.root.join(dir).join(one_name(name)?);
        buffer.clear();
        buffer.resize(length, 0);
        let mut filled = 0;
        let (mut file, _) = open_unlinked(&place).map_err(|reason| within(name, &reason))?;
        let mut fill = || {
            while filled < buffer.len() {
                match file.read(&mut buffer[filled..])? {
                    0 => break,
                    count => filled += count,
                }
            }
            Ok(())
        };
        fill().map_err(|error: io::Error| within(name, &system(&error)))?;
        buffer.truncate(filled);
        Ok(filled < length)
    }

    /// Replaces `buffer` by the content of the file at this path from the module's root.
    pub fn read(&self, path: &[u8], buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        buffer.clear();
        let read = self.open(path).and_then(|file| read_whole(file, buffer));
        read.map_err(|reason| within(path, &reason))
    }

    /// Replaces `buffer` by the content of a file that [`Self::files`] has just listed, so that the way to it is not
    /// looked at again.
    pub fn read_listed(&self, file: &CachedFile, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        buffer.clear();
        buffer.reserve(usize::try_from(file.size).unwrap_or_default() + 1);
        let read = open_file(&self.root, &file.path).and_then(|(opened, _)| read_whole(opened, buffer));
        read.map_err(|reason| within(&file.path, &reason))
    }

    /// Opens a file if nothing on the way to it is a link.
    fn open(&self, path: &[u8]) -> Result<File, Unseen> {
        let mut place = self.root.clone();
        let mut parts = path.split(|&byte| byte == b'/').peekable();
        while let Some(part) = parts.next() {
            place.push(one_name(part)?);
            let metadata = fs::symlink_metadata(&place).map_err(|error| system(&error))?;
            let is_expected = if parts.peek().is_some() { metadata.is_dir() } else { metadata.is_file() };
            if !is_expected {
                return Err(Unseen::Irregular);
            }
        }
        open_unlinked(&place).map(|(file, _)| file)
    }
}

/// A part of a path as the name of something in a directory, and of nothing above it.
fn one_name(part: &[u8]) -> Result<PathBuf, Unseen> {
    let name = disk_path(Path::new(""), part)?;
    let mut components = name.components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(only)), None) if only == name.as_os_str() => Ok(name),
        _ => Err(Unseen::Unreadable("not a path here".to_owned())),
    }
}

/// A reason, with the path in the module that it is about.
fn within(path: &[u8], reason: &Unseen) -> Unseen {
    Unseen::Unreadable(format!("{}: {reason}", RepoPath::new(path)))
}

fn check_name(path: &[u8]) -> Result<(), Unseen> {
    match memchr(b'\n', path) {
        Some(_) => Err(within(path, &Unseen::Unreadable("a line break in the name".to_owned()))),
        None => Ok(()),
    }
}

/// A walk over all directories of a module.
struct ModuleWalk<'m> {
    root: &'m Path,
    pending: Vec<Vec<u8>>,
    seen: usize,
    size: u64,
    files: Vec<CachedFile>,
}

impl ModuleWalk<'_> {
    /// The most entries that are looked at. A zip of 500 MiB could hold more, but only of files with nothing in them.
    const MAX_ENTRIES: usize = 1 << 20;

    fn directory(&mut self, directory: &[u8]) -> Result<(), Unseen> {
        let fault = |error: &io::Error| match directory {
            b"" => system(error),
            _ => within(directory, &system(error)),
        };
        let entries = fs::read_dir(disk_path(self.root, directory)?).map_err(|error| fault(&error))?;
        for entry in entries {
            let entry = entry.map_err(|error| fault(&error))?;
            let mut path = directory.to_vec();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.file_name().as_encoded_bytes());
            let metadata = entry.metadata().map_err(|error| within(&path, &system(&error)))?;
            self.entry(path, &metadata)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: Vec<u8>, metadata: &Metadata) -> Result<(), Unseen> {
        self.seen += 1;
        if self.seen > Self::MAX_ENTRIES {
            return Err(Unseen::TooManyFiles);
        }
        if metadata.is_dir() {
            self.pending.push(path);
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(within(&path, &Unseen::Irregular));
        }
        check_name(&path)?;
        self.size = self.size.saturating_add(metadata.len());
        if self.size > MAX_LENGTH {
            return Err(Unseen::TooLarge);
        }
        self.files.push(CachedFile { path: path.into(), size: metadata.len() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use tempfile::TempDir;

    use super::super::{ModuleCache, Unseen};
    use super::{CachedModule, ContentHash, hash1};

    const FILES: [(&str, &str); 5] = [
        ("go.mod", "module example.com/Hand\n"),
        ("a/b.go", "package a\n"),
        ("a-b.go", "package hand\n"),
        ("a.go", ""),
        ("é !.txt", "x\r\n"),
    ];

    /// A cache with a module made by hand, and where the module's files are.
    fn cache() -> (TempDir, PathBuf) {
        let cache = tempfile::tempdir().unwrap();
        let root = cache.path().join("example.com/!hand@v1.0.0-!r!c1");
        FILES.iter().for_each(|(path, content)| write(&root.join(path), content));
        write(&beside(cache.path(), "ziphash"), "");
        (cache, root)
    }

    fn write(path: &Path, content: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A file of the module cache about the module.
    fn beside(cache: &Path, extension: &str) -> PathBuf {
        cache.join(format!("cache/download/example.com/!hand/@v/v1.0.0-!r!c1.{extension}"))
    }

    fn module(cache: &TempDir) -> Option<CachedModule> {
        ModuleCache::open(cache.path().to_owned()).module("example.com/Hand", "v1.0.0-RC1")
    }

    fn reason(unseen: Unseen) -> String {
        unseen.to_string()
    }

    #[test]
    fn a_tree_has_the_hash_that_is_worked_out_by_hand() {
        let (cache, root) = cache();
        let module = module(&cache).unwrap();
        let hash = "h1:rXaULb7jYmawgGH2MOajz/QiprorwFTsw0+vvazKHno=";
        assert_eq!(module.hash().as_deref(), Ok(hash));
        let files = module.files().unwrap();
        let listed: Vec<_> = files.iter().map(|file| (str::from_utf8(&file.path).unwrap(), file.size)).collect();
        assert_eq!(listed, [("a-b.go", 13), ("a.go", 0), ("a/b.go", 10), ("go.mod", 24), ("é !.txt", 3)]);
        let of_text = FILES.iter().map(|(path, content)| (path.as_bytes(), ContentHash::of(content.as_bytes())));
        assert_eq!(hash1(module.prefix(), of_text).as_deref(), Ok(hash));
        for (path, content) in FILES {
            let mut buffer = b"before".to_vec();
            module.read(path.as_bytes(), &mut buffer).unwrap();
            assert_eq!(buffer, content.as_bytes());
        }
        fs::create_dir(root.join("empty")).unwrap();
        assert_eq!(module.hash().as_deref(), Ok(hash), "directories do not count");
        write(&root.join("empty/x"), "");
        assert_ne!(module.hash().as_deref(), Ok(hash));
    }

    #[test]
    fn known_hashes() {
        let of = |files: &[(&str, &str)]| {
            hash1("", files.iter().map(|(path, content)| (path.as_bytes(), ContentHash::of(content.as_bytes()))))
        };
        assert_eq!(of(&[("go.mod", "")]).as_deref(), Ok("h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="));
        assert_eq!(of(&[]).as_deref(), Ok("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
        assert_eq!(of(&[("a", ""), ("b\nc", "")]).map_err(reason), Err("b\\nc: a line break in the name".to_owned()));
    }

    #[test]
    fn a_module_is_there_when_it_is_extracted_in_full() {
        let (cache, root) = cache();
        write(&beside(cache.path(), "partial"), "");
        assert!(module(&cache).is_none());
        fs::remove_file(beside(cache.path(), "partial")).unwrap();
        assert!(module(&cache).is_some());
        fs::remove_file(beside(cache.path(), "ziphash")).unwrap();
        assert!(module(&cache).is_none());
        write(&beside(cache.path(), "ziphash"), "");
        fs::remove_dir_all(&root).unwrap();
        assert!(module(&cache).is_none());
        assert!(ModuleCache::open(root).module("..", "v1.0.0").is_none());
    }

    #[test]
    fn nothing_outside_of_the_module_is_read() {
        let (cache, root) = cache();
        write(&cache.path().join("secret"), "s");
        let module = module(&cache).unwrap();
        let absolute = cache.path().join("secret");
        for path in
            ["../../secret", "a/../a.go", "./a.go", "a//b.go", "", "/", absolute.to_str().unwrap(), "a.go/x", "a"]
        {
            assert!(module.read(path.as_bytes(), &mut Vec::new()).is_err(), "{path}");
        }
        let file = fs::File::create(root.join("long")).unwrap();
        file.set_len((512 << 20) + 1).unwrap();
        assert_eq!(module.files(), Err(Unseen::TooLarge));
        assert_eq!(
            module.read(b"long", &mut Vec::new()).map_err(reason),
            Err("long: it is larger than 512 MiB".to_owned())
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_no_module_can_hold_makes_it_unusable() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let (cache, root) = cache();
        let module = module(&cache).unwrap();
        for (target, link) in [("a.go", "to-file"), ("a", "to-dir"), ("../..", "a/out"), ("nothing", "broken")] {
            symlink(target, root.join(link)).unwrap();
            let message = Err(format!("{link}: it is not a regular file"));
            assert_eq!(module.hash().map_err(reason), message);
            for path in [link.to_owned(), format!("{link}/a.go"), format!("{link}/b.go")] {
                let message = format!("{path}: it is not a regular file");
                assert_eq!(module.read(path.as_bytes(), &mut Vec::new()).map_err(reason), Err(message));
            }
            fs::remove_file(root.join(link)).unwrap();
        }
        let socket = UnixListener::bind(root.join("a/socket")).unwrap();
        assert_eq!(module.hash().map_err(reason), Err("a/socket: it is not a regular file".to_owned()));
        assert!(module.read(b"a/socket", &mut Vec::new()).is_err());
        drop(socket);
        fs::remove_file(root.join("a/socket")).unwrap();
        write(&root.join("a/b\nc"), "");
        assert_eq!(module.hash().map_err(reason), Err("a/b\\nc: a line break in the name".to_owned()));
        fs::remove_file(root.join("a/b\nc")).unwrap();
        assert!(module.hash().is_ok());
        fs::rename(&root, cache.path().join("real")).unwrap();
        symlink(cache.path().join("real"), &root).unwrap();
        assert_eq!(module.hash().map_err(reason), Err("not a directory".to_owned()));
    }
}
