//! Paths as Git stores them: bytes, `/` between the parts, relative to the repository's root.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::is_hidden;

/// A path from the root of the checked tree, `/`-separated on every system; the root itself is empty.
///
/// The bytes need not be UTF-8. `Display` shows them lossily and escapes control characters, so a path can be
/// printed anywhere; [`RepoPath::as_bytes`] gives the real ones.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<[u8]>);

impl RepoPath {
    /// The path of these bytes. A leading `./` and trailing slashes are dropped; `.` is the root.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        let mut bytes = bytes.as_ref();
        while let Some(rest) = bytes.strip_prefix(b"./") {
            bytes = rest;
        }
        while let Some(rest) = bytes.strip_suffix(b"/") {
            bytes = rest;
        }
        Self(if bytes == b"." { Arc::from(&b""[..]) } else { Arc::from(bytes) })
    }

    /// The root.
    pub fn root() -> Self {
        Self(Arc::from(&b""[..]))
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last part; empty for the root.
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or_default()
    }

    /// The directory that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let cut = self.0.iter().rposition(|&b| b == b'/').unwrap_or(0);
        Some(Self(Arc::from(&self.0[..cut])))
    }

    /// Whether this path is an entry of the directory `dir`.
    pub fn is_directly_in(&self, dir: &Self) -> bool {
        self.strip_dir(dir).is_some_and(|name| !name.is_empty() && !name.contains(&b'/'))
    }

    /// This path, its directory, and so on up to the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// The same as bytes, which costs no memory: where most of them are only looked up.
    pub fn ancestor_bytes(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::successors(Some(self.as_bytes()), |path| {
            let cut = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            (!path.is_empty()).then(|| &path[..cut])
        })
    }

    /// This directory's entry `name`, which may have several parts. `.` and `..` are not interpreted.
    pub fn join(&self, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        if self.is_root() {
            return Self::new(name);
        }
        if name.is_empty() {
            return self.clone();
        }
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Self::new(bytes)
    }

    /// The path of `relative` from this directory, `.` and `..` resolved as text.
    ///
    /// `None` if it climbs out of the root or is absolute.
    pub fn resolve(&self, relative: impl AsRef<[u8]>) -> Option<Self> {
        let relative = relative.as_ref();
        if relative.starts_with(b"/") {
            return None;
        }
        let mut parts: Vec<&[u8]> = self.0.split(|&b| b == b'/').filter(|part| !part.is_empty()).collect();
        for part in relative.split(|&b| b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(Self(Arc::from(parts.join(&b'/'))))
    }

    /// The rest below the directory `dir`, without a leading slash; empty if they are equal, `None` if not below.
    pub fn strip_dir(&self, dir: &Self) -> Option<&[u8]> {
        if dir.is_root() {
            return Some(&self.0);
        }
        match self.0.strip_prefix(dir.as_bytes())? {
            b"" => Some(b""),
            rest => rest.strip_prefix(b"/"),
        }
    }

    /// Whether a part of this path names Git's own directory on some system: there may be secrets below it, and it is no
    /// part of the repository's files.
    pub fn enters_git_directory(&self) -> bool {
        self.0.split(|&byte| byte == b'/').any(names_git_directory)
    }

    /// Whether this path is `dir` or below it.
    pub fn is_within(&self, dir: &Self) -> bool {
        self.strip_dir(dir).is_some()
    }
}

/// Whether a file of this name is Git's own directory on Linux, macOS or Windows, which Git refuses in trees
/// (`verify_dotfile` and `is_ntfs_dotgit` in its sources): in any letter case, under its short name, with the
/// characters that Windows drops at the end or takes for a stream, and with the characters that HFS+ ignores.
pub(crate) fn names_git_directory(name: &[u8]) -> bool {
    let first = name.split(|byte| matches!(byte, b':' | b'\\')).next().unwrap_or_default();
    let kept = first.iter().rposition(|byte| !matches!(byte, b'.' | b' ')).map_or(0, |last| last + 1);
    let lower = String::from_utf8_lossy(&first[..kept]).to_lowercase();
    let is_ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let plain: String = lower.chars().filter(|c| !is_ignored(c)).collect();
    plain == ".git" || plain == "git~1"
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in String::from_utf8_lossy(&self.0).chars() {
            if is_hidden(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                fmt::Write::write_char(f, c)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl From<&str> for RepoPath {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl Borrow<[u8]> for RepoPath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::RepoPath;

    #[test]
    fn resolves_relative_paths_and_refuses_to_climb_out() {
        let dir = RepoPath::from("a/b");
        assert_eq!(dir.resolve("../c/./d"), Some(RepoPath::from("a/c/d")));
        assert_eq!(dir.resolve("../.."), Some(RepoPath::root()));
        assert_eq!(dir.resolve("../../.."), None);
        assert_eq!(dir.resolve("/etc/passwd"), None);
    }

    #[test]
    fn is_within_stops_at_a_path_boundary() {
        assert!(RepoPath::from("foo/bar").is_within(&RepoPath::from("foo")));
        assert!(!RepoPath::from("foobar").is_within(&RepoPath::from("foo")));
        assert!(RepoPath::from("foo").is_within(&RepoPath::root()));
    }

    #[test]
    fn the_git_directory_is_known_by_all_its_names() {
        for path in
            [".git", "a/.GIT/config", "git~1", "GIT~1/x", ".git ", ".git. .", ".git::$INDEX_ALLOCATION", ".g\u{200c}it"]
        {
            assert!(RepoPath::from(path).enters_git_directory(), "{path}");
        }
        for path in ["", ".github/x.toml", "a.git/x", ".gitignore", "git", "git~10", ".. "] {
            assert!(!RepoPath::from(path).enters_git_directory(), "{path}");
        }
    }

    #[test]
    fn control_characters_are_shown_escaped() {
        assert_eq!(RepoPath::from("a\u{200b}b\u{e0041}").to_string(), "a\\u{200b}b\\u{e0041}");
        assert_eq!(RepoPath::new(b"a\x1b[31m\n::error").to_string(), "a\\u{1b}[31m\\n::error");
    }
}
