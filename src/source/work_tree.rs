//! The files on disk: those that Git tracks and those that it does not ignore.
//!
//! Tracked files that a sparse checkout leaves out are part of the tree anyway; they are read from the index.
//! Outside any repository `.gitignore` files count too.

use std::fs::{self, DirEntry, FileType, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use gix::AttributeStack;
use gix::bstr::ByteSlice as _;
use gix::index::entry::Mode;
use gix::worktree::Stack;
use gix::worktree::stack::State;
use gix::worktree::stack::state::{Ignore, ignore};

use super::disk::{disk_path, shown, system};
use super::gate::Gate;
use super::git::Git;
use super::index::{DiskPresence, Index, IndexedKind};
use super::links::{LinkTree, Node, follow, follow_directory};
use super::objects::failure;
use super::reader::{DiskReader, ObjectReader};
use super::{Entry, Listing, Reader, Selection, Source, SourceError, Unseen};
use crate::go::is_go_file;
use crate::text::{Origin, RepoPath};

/// The files below a directory.
pub(super) struct WorkTree {
    root: PathBuf,
    tracked: Option<(Git, Index)>,
}

impl WorkTree {
    /// The work tree at `root`, of the repository if it belongs to one.
    pub(super) fn open(root: PathBuf, git: Option<Git>) -> Result<Self, SourceError> {
        let tracked = git.map(|git| Index::read(&git).map(|index| (git, index))).transpose()?;
        Ok(Self { root, tracked })
    }

    fn tree(&self) -> DiskTree<'_> {
        let tracked = self.tracked.as_ref().map(|(git, index)| (git.local(), index));
        DiskTree { root: &self.root, tracked }
    }
}

impl Source for WorkTree {
    fn origin(&self) -> &Origin {
        &Origin::WorkTree
    }

    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError> {
        let tree = self.tree();
        let ignored = tree.ignored()?;
        let mut walk =
            DiskWalk { tree: &tree, selection, ignored, pending: vec![Vec::new()], listing: Listing::default() };
        while let Some(directory) = walk.pending.pop() {
            walk.directory(&directory);
        }
        let mut listing = walk.listing.sorted();
        if let Some((_, index)) = &self.tracked {
            add_tracked(&mut listing, &tree, index, selection);
            listing = listing.sorted();
        }
        Ok(listing)
    }

    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
        follow(&self.tree(), path)
    }

    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        follow_directory(&self.tree(), path)
    }

    fn ignored(&self, path: &RepoPath) -> Option<RepoPath> {
        let tree = self.tree();
        let mode = match tree.look(path.as_bytes()) {
            Ok(Node::Directory) => Mode::DIR,
            Ok(Node::File(_) | Node::Link(_)) => Mode::FILE,
            _ => return None,
        };
        let mut stack = tree.ignored().ok()?;
        let mut above: Vec<RepoPath> = path.ancestors().filter(|dir| !dir.is_root()).collect();
        above.reverse();
        for at in above {
            let mode = if at == *path { mode } else { Mode::DIR };
            let is_tracked = tree.index().is_some_and(|index| index.has_directory(at.as_bytes()))
                || tree.kind(at.as_bytes()).is_some();
            if !is_tracked && tree.ignores(&mut stack, at.as_bytes(), mode) {
                return Some(at);
            }
        }
        None
    }

    fn ignored_go_files(&self, dir: &RepoPath) -> Option<RepoPath> {
        if self.directory(dir).ok()?.as_ref() != Some(dir) {
            return None;
        }
        for entry in entries_of(&self.root, dir.as_bytes()).ok()? {
            let path = dir.join(entry.file_name().as_encoded_bytes());
            let is_go = is_go_file(path.file_name()) && entry.file_type().is_ok_and(|kind| !kind.is_dir());
            if let Some(ignored) = self.ignored(&path).filter(|_| is_go) {
                return if ignored == path { Some(dir.clone()) } else { Some(ignored) };
            }
        }
        None
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        let objects = self.tracked.as_ref().map(|(git, _)| ObjectReader(git.local()));
        Box::new(DiskReader { root: &self.root, objects })
    }
}

/// Adds the entries that only the index knows: submodules, and files that are not meant to be on disk.
fn add_tracked(listing: &mut Listing, tree: &DiskTree<'_>, index: &Index, selection: &dyn Selection) {
    let mut gate = Gate::new(selection);
    let on_disk = listing.entries.len();
    listing.unseen.extend(index.holes_in(selection));
    for (path, record) in index.iter() {
        if record.kind == IndexedKind::Submodule {
            if gate.enters(path) {
                listing.unseen.push((RepoPath::new(path), Unseen::Submodule));
            }
            continue;
        }
        let is_listed = |listing: &Listing| {
            listing.entries[..on_disk].binary_search_by(|entry| entry.path.as_bytes().cmp(path)).is_ok()
        };
        if record.presence != DiskPresence::Skipped || is_listed(listing) {
            continue;
        }
        if gate.admits(path) {
            listing.add_followed(tree, path);
        } else if record.kind == IndexedKind::Link && gate.enters(path) {
            listing.links.push(RepoPath::new(path));
        }
    }
}

/// The files on disk, and behind them those of the index that are not meant to be there.
struct DiskTree<'s> {
    root: &'s Path,
    tracked: Option<(gix::Repository, &'s Index)>,
}

impl DiskTree<'_> {
    fn index(&self) -> Option<&Index> {
        self.tracked.as_ref().map(|(_, index)| *index)
    }

    fn kind(&self, path: &[u8]) -> Option<IndexedKind> {
        self.index()?.find(path).map(|record| record.kind)
    }

    /// Whether a directory is another repository, of which Git tracks no files in this one.
    fn is_other_repository(&self, directory: &[u8]) -> bool {
        let is_tracked = self.index().is_some_and(|index| index.has_directory(directory));
        let git_dir = disk_path(self.root, directory).map(|path| path.join(".git"));
        !directory.is_empty() && !is_tracked && git_dir.is_ok_and(|git_dir| gix::discover::is_git(&git_dir).is_ok())
    }

    /// The ignore rules: of `.gitignore` files, `info/exclude` and the user's own list; outside any repository
    /// by the first alone.
    fn ignored(&self) -> Result<Stack, SourceError> {
        let source = ignore::Source::WorktreeThenIdMappingIfNotSkipped;
        if let Some((repo, index)) = &self.tracked {
            check_own_patterns(repo)?;
            let stack = repo.excludes(index.file(), None, source);
            return stack
                .map(AttributeStack::detach)
                .map_err(|error| failure("cannot read the ignore rules of Git", &error));
        }
        let ignore = Ignore::new(Default::default(), Default::default(), None, source, Default::default());
        Ok(Stack::new(self.root, State::IgnoreStack(ignore), Default::default(), Vec::new(), Vec::new()))
    }

    /// Whether a path is ignored, by the rules of [`Self::ignored`].
    fn ignores(&self, ignored: &mut Stack, path: &[u8], mode: Mode) -> bool {
        let objects: &dyn gix::objs::Find = match &self.tracked {
            Some((repo, _)) => &repo.objects,
            None => &gix::objs::find::Never,
        };
        ignored.at_path(path.as_bstr(), Some(mode), objects).is_ok_and(|place| place.is_excluded())
    }

    /// The entry of the index where there is nothing on disk.
    fn look_behind(&self, path: &[u8]) -> Result<Node, Unseen> {
        let Some((repo, index)) = &self.tracked else { return Ok(Node::Absent) };
        match index.find(path) {
            Some(record) if record.presence == DiskPresence::OnDisk => Ok(Node::Absent),
            _ => index.look(path, repo),
        }
    }
}

impl LinkTree for DiskTree<'_> {
    fn look(&self, path: &[u8]) -> Result<Node, Unseen> {
        let on_disk = disk_path(self.root, path)?;
        let kind = match fs::symlink_metadata(&on_disk) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return self.look_behind(path);
            }
            Err(error) => return Err(system(&error)),
        };
        if kind.is_file() {
            Ok(Node::File(None))
        } else if kind.is_symlink() {
            let target = fs::read_link(&on_disk).map_err(|error| system(&error))?;
            let target = gix::path::into_bstr(target).map_err(|_| Unseen::LinkBroken)?;
            Ok(Node::Link(gix::path::to_unix_separators_on_windows(target).into_owned().into()))
        } else if !kind.is_dir() {
            Err(Unseen::Irregular)
        } else if self.kind(path) == Some(IndexedKind::Submodule) || self.is_other_repository(path) {
            Err(Unseen::Submodule)
        } else {
            Ok(Node::Directory)
        }
    }
}

/// A walk over the disk that opens only directories that the selection enters and that are not ignored.
struct DiskWalk<'s> {
    tree: &'s DiskTree<'s>,
    selection: &'s dyn Selection,
    ignored: Stack,
    pending: Vec<Vec<u8>>,
    listing: Listing,
}

impl DiskWalk<'_> {
    fn directory(&mut self, directory: &[u8]) {
        match entries_of(self.tree.root, directory) {
            Err(reason) => self.listing.unseen.push((RepoPath::new(directory), reason)),
            Ok(entries) => entries.iter().for_each(|entry| self.entry(directory, entry)),
        }
    }

    fn entry(&mut self, directory: &[u8], entry: &DirEntry) {
        let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { return };
        if name == ".git" {
            return;
        }
        let mut path = directory.to_vec();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_encoded_bytes());
        if kind.is_dir() {
            if self.selection.enters(&path) && self.is_open(&path) {
                self.pending.push(path);
            }
        } else if self.selection.wants(&path) {
            if self.is_listed(&path) {
                self.add(&path, kind);
            } else {
                self.listing.ignored.push(RepoPath::new(&path));
            }
        } else if kind.is_symlink() && self.selection.enters(&path) && self.is_listed(&path) {
            self.listing.links.push(RepoPath::new(&path));
        }
    }

    /// Whether to go into a directory: another repository is not this one's, unless Git tracks files in it.
    fn is_open(&mut self, directory: &[u8]) -> bool {
        if self.tree.index().is_some_and(|index| index.has_directory(directory)) {
            return true;
        }
        if self.tree.kind(directory) == Some(IndexedKind::Submodule) || self.is_ignored(directory, Mode::DIR) {
            return false;
        }
        let is_repository = self.tree.is_other_repository(directory);
        if is_repository {
            self.listing.unseen.push((RepoPath::new(directory), Unseen::Submodule));
        }
        !is_repository
    }

    /// Whether Git knows the file or would at least not hide it.
    fn is_listed(&mut self, file: &[u8]) -> bool {
        self.tree.kind(file).is_some() || !self.is_ignored(file, Mode::FILE)
    }

    fn is_ignored(&mut self, path: &[u8], mode: Mode) -> bool {
        self.tree.ignores(&mut self.ignored, path, mode)
    }

    fn add(&mut self, path: &[u8], kind: FileType) {
        if kind.is_file() {
            self.listing.entries.push(Entry { path: RepoPath::new(path), target: None, blob: None });
        } else {
            self.listing.add_followed(self.tree, path);
        }
    }
}

/// The entries of a directory, for which gix can then be asked whether they are ignored.
fn entries_of(root: &Path, directory: &[u8]) -> Result<Vec<DirEntry>, Unseen> {
    let path = disk_path(root, directory)?;
    check_patterns(fs::symlink_metadata(path.join(".gitignore")))
        .map_err(|reason| Unseen::Unreadable(format!("its .gitignore is {reason}")))?;
    let entries = fs::read_dir(path).map_err(|error| system(&error))?;
    entries.collect::<Result<_, _>>().map_err(|error| system(&error))
}

/// The longest list of ignore patterns that is read: each is tried on each path.
const MAX_PATTERNS: u64 = 1 << 20;

/// Fails if a list of ignore patterns must not be opened, as gix would: a pipe blocks, a device may never end. gix
/// does not follow a `.gitignore` that is a link.
fn check_patterns(metadata: io::Result<Metadata>) -> Result<(), &'static str> {
    match metadata {
        Ok(metadata) if metadata.len() > MAX_PATTERNS => Err("longer than 1 MiB"),
        Ok(metadata) if metadata.is_file() || metadata.is_symlink() || metadata.is_dir() => Ok(()),
        Ok(_) => Err("not a regular file"),
        Err(_) => Ok(()),
    }
}

/// Checks the lists that are in force everywhere: the repository's, and the one that its configuration names.
fn check_own_patterns(repo: &gix::Repository) -> Result<(), SourceError> {
    let own = repo.common_dir().join("info/exclude");
    let configured = repo.config_snapshot().trusted_path("core.excludesFile").ok().flatten();
    for path in configured.as_deref().into_iter().chain([own.as_path()]).filter(|path| *path != Path::new("/dev/null"))
    {
        check_patterns(fs::metadata(path)).map_err(|reason| {
            SourceError::new(format!("cannot read the ignore rules of Git: {} is {reason}", shown(path)))
        })?;
    }
    Ok(())
}
