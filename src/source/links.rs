//! Following symbolic links, the same way on disk, in the index and in a commit.
//!
//! A link counts only while it stays inside the repository; files outside differ from machine to machine.

use super::{Entry, Listing, Unseen};
use crate::text::{BlobId, RepoPath, names_git_directory};

/// How many links may lead to one file, as on Linux.
const MAX_LINKS: usize = 40;

/// A tree of files in which links can be followed.
pub(super) trait LinkTree {
    /// The node at `path`, which goes through no links.
    fn look(&self, path: &[u8]) -> Result<Node, Unseen>;
}

/// The node at a path.
pub(super) enum Node {
    /// Nothing.
    Absent,
    /// A directory.
    Directory,
    /// A file, and its object unless it is on disk.
    File(Option<BlobId>),
    /// A symbolic link and its target.
    Link(Vec<u8>),
}

/// Finds the file that `path` names, following the links on the way and at the end.
///
/// `None` if there is nothing, or if it ends at a directory: the go command follows no links to directories.
pub(super) fn follow(tree: &dyn LinkTree, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
    follow_trail(tree, path).0
}

/// Finds where the directory that `path` names really is, following the links on the way and at the end. `None` if
/// there is no directory.
pub(super) fn follow_directory(tree: &dyn LinkTree, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
    match walk(tree, path, &mut Vec::new())? {
        LinkEnd::Directory(real) => Ok(Some(real)),
        LinkEnd::File(_) | LinkEnd::Nothing => Ok(None),
    }
}

/// The same, and every path that was looked at on the way: while nothing changes there, nor does the answer.
pub(super) fn follow_trail(tree: &dyn LinkTree, path: &RepoPath) -> (Result<Option<Entry>, Unseen>, Vec<RepoPath>) {
    let mut trail = Vec::new();
    let found = walk(tree, path, &mut trail).map(|end| match end {
        LinkEnd::File(entry) => Some(entry),
        LinkEnd::Directory(_) | LinkEnd::Nothing => None,
    });
    (found, trail)
}

/// The end of a path.
enum LinkEnd {
    File(Entry),
    /// A directory, by its path without links.
    Directory(RepoPath),
    Nothing,
}

fn walk(tree: &dyn LinkTree, path: &RepoPath, trail: &mut Vec<RepoPath>) -> Result<LinkEnd, Unseen> {
    let mut here = Vec::new();
    let mut pending = Vec::new();
    push_parts(&mut pending, path.as_bytes());
    let mut links = 0;
    while let Some(part) = pending.pop() {
        match step(&mut here, &part)? {
            LinkStep::Stay => continue,
            LinkStep::Into => {}
        }
        trail.push(RepoPath::new(&here));
        match tree.look(&here)? {
            Node::Directory => {}
            Node::File(blob) if pending.is_empty() => {
                let target = (links > 0).then(|| RepoPath::new(&here));
                return Ok(LinkEnd::File(Entry { path: path.clone(), target, blob }));
            }
            Node::File(_) | Node::Absent if links == 0 => return Ok(LinkEnd::Nothing),
            Node::File(_) | Node::Absent => return Err(Unseen::LinkBroken),
            Node::Link(_) if links == MAX_LINKS => return Err(Unseen::LinkBroken),
            Node::Link(text) if is_absolute(&text) => return Err(Unseen::LinkLeaves),
            Node::Link(text) => {
                links += 1;
                pop(&mut here);
                push_parts(&mut pending, &text);
            }
        }
    }
    Ok(LinkEnd::Directory(RepoPath::new(&here)))
}

impl Listing {
    /// Adds the file at `path`, or the one that a symbolic link there leads to, or says why there is none.
    pub(super) fn add_followed(&mut self, tree: &dyn LinkTree, path: &[u8]) {
        let path = RepoPath::new(path);
        match follow(tree, &path) {
            Ok(Some(entry)) => self.entries.push(entry),
            Ok(None) => self.links.push(path),
            Err(reason) => self.unseen.push((path, reason)),
        }
    }
}

enum LinkStep {
    Stay,
    Into,
}

/// Applies one part of a path to the directory `here`. Git's own directory is not part of the repository's files,
/// and may hold secrets.
fn step(here: &mut Vec<u8>, part: &[u8]) -> Result<LinkStep, Unseen> {
    match part {
        b"" | b"." => Ok(LinkStep::Stay),
        b".." if here.is_empty() => Err(Unseen::LinkLeaves),
        b".." => {
            pop(here);
            Ok(LinkStep::Stay)
        }
        _ if names_git_directory(part) || is_foreign(part) => Err(Unseen::LinkLeaves),
        _ => {
            if !here.is_empty() {
                here.push(b'/');
            }
            here.extend_from_slice(part);
            Ok(LinkStep::Into)
        }
    }
}

fn pop(path: &mut Vec<u8>) {
    path.truncate(memchr::memrchr(b'/', path).unwrap_or(0));
}

fn push_parts(pending: &mut Vec<Vec<u8>>, path: &[u8]) {
    pending.extend(path.rsplit(|&byte| byte == b'/').map(<[u8]>::to_vec));
}

fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/')
}

/// Whether a part of a path would be more than one there: a drive or a separator on Windows.
fn is_foreign(part: &[u8]) -> bool {
    cfg!(windows) && part.iter().any(|byte| matches!(byte, b'\\' | b':'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{LinkTree, Node, follow};
    use crate::source::Unseen;
    use crate::text::RepoPath;

    struct Links(BTreeMap<&'static str, &'static str>);

    impl LinkTree for Links {
        fn look(&self, path: &[u8]) -> Result<Node, Unseen> {
            let path = std::str::from_utf8(path).unwrap();
            let below = format!("{path}/");
            Ok(match self.0.get(path) {
                Some(&"") => Node::File(None),
                Some(link) => Node::Link(link.as_bytes().to_vec()),
                None if self.0.keys().any(|key| key.starts_with(&below)) => Node::Directory,
                None => Node::Absent,
            })
        }
    }

    #[test]
    fn links_are_followed_within_the_repository_only() {
        let tree = Links(BTreeMap::from([
            ("a/file", ""),
            ("a/up", "../b/chain"),
            ("b/chain", ".././b//dir/file"),
            ("b/dir", "../a"),
            ("b/dir-up", "dir/../a/file"),
            ("loop", "pool"),
            ("pool", "loop"),
            ("self", "self/x"),
            ("out", "../x"),
            ("climbs", "a/../../x"),
            ("absolute", "/a/file"),
            ("nothing", "a/none"),
            ("through-file", "a/file/x"),
            ("slash", "a/file/"),
            ("to-dir", "a"),
            ("secret", "sub/../.GIT/config"),
            ("sub/x", ""),
        ]));
        let cases: &[(&str, Result<Option<&str>, Unseen>)] = &[
            ("a/file", Ok(Some("a/file"))),
            ("a/up", Ok(Some("a/file"))),
            ("b/dir/file", Ok(Some("a/file"))),
            ("b/dir-up", Ok(Some("a/file"))),
            ("b/dir", Ok(None)),
            ("to-dir", Ok(None)),
            ("a", Ok(None)),
            ("", Ok(None)),
            ("none/at/all", Ok(None)),
            ("a/file/x", Ok(None)),
            ("loop", Err(Unseen::LinkBroken)),
            ("self", Err(Unseen::LinkBroken)),
            ("nothing", Err(Unseen::LinkBroken)),
            ("through-file", Err(Unseen::LinkBroken)),
            ("slash", Err(Unseen::LinkBroken)),
            ("out", Err(Unseen::LinkLeaves)),
            ("climbs", Err(Unseen::LinkLeaves)),
            ("absolute", Err(Unseen::LinkLeaves)),
            ("secret", Err(Unseen::LinkLeaves)),
            ("../x", Err(Unseen::LinkLeaves)),
        ];
        for (path, expected) in cases {
            let found = follow(&tree, &RepoPath::from(*path))
                .map(|entry| entry.map(|entry| entry.target.unwrap_or(entry.path).as_str().unwrap().to_owned()));
            assert_eq!(found, expected.clone().map(|path| path.map(str::to_owned)), "{path}");
        }
    }
}
