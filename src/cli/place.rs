//! Which repository and which paths in it the command line means.

use std::env;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::source::{Environment, Repository};
use crate::text::RepoPath;

/// A repository, and the paths in it to which a command is narrowed; none for all of it.
pub(super) struct Place {
    pub(super) repository: Repository,
    pub(super) paths: Vec<RepoPath>,
}

/// Finds the repository that the first path lies in, or that it is, else the current directory.
pub(super) fn locate(paths: &[PathBuf]) -> Result<Place, Failure> {
    let here = env::current_dir()
        .map_err(|error| Failure::undecided(format!("cannot tell the current directory: {error}"), ""))?;
    // A path need not be on disk: it may be in a commit, or in a repository without a work tree.
    let first = paths.first().map(|path| here.join(path));
    let start = first.as_deref().and_then(|path| path.ancestors().find(|above| above.is_dir())).unwrap_or(&here);
    let repository = Repository::discover(start, &Environment::from_process())?;
    if let Some(path) = first.filter(|path| repository.git_dir().is_none() && path.symlink_metadata().is_err()) {
        let message = format!("{}: no such file or directory", path.display());
        return Err(Failure::invalid(message, "give a path of a repository"));
    }
    let in_repository = |path: &PathBuf| relative(&here, path, &repository);
    let paths = paths.iter().map(in_repository).collect::<Result<Vec<_>, _>>()?;
    let paths = if paths.iter().any(RepoPath::is_root) { Vec::new() } else { paths };
    Ok(Place { repository, paths })
}

/// Finds the repository that a directory lies in, else the current one. Unlike a path that is judged, which may be
/// in a commit alone, this one has to be there.
pub(super) fn locate_directory(path: Option<&Path>) -> Result<Place, Failure> {
    if let Some(path) = path.filter(|path| !path.is_dir()) {
        return Err(Failure::invalid(format!("{} is not a directory", path.display()), "give one of the repository"));
    }
    locate(&path.map(Path::to_path_buf).into_iter().collect::<Vec<_>>())
}

/// The path from the root of the repository. One that is not on disk may still be in a commit.
fn relative(here: &Path, path: &Path, repository: &Repository) -> Result<RepoPath, Failure> {
    let outside = || {
        let message = format!("{} is not in the repository that is checked", path.display());
        Failure::invalid(message, "give paths of one repository")
    };
    let absolute = here.join(path);
    let Some(root) = repository.root() else {
        let in_tree = || repository.prefix().resolve(bytes(path));
        return repository.bare_path(&absolute).or_else(in_tree).ok_or_else(outside);
    };
    if repository.git_dir().is_some_and(|git_dir| absolute.canonicalize().is_ok_and(|path| path == git_dir)) {
        return Ok(RepoPath::root());
    }
    // A link at the end is judged as itself; those on the way to it are followed.
    let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
    let resolved = match (absolute.is_symlink(), parent, absolute.file_name()) {
        (true, Some(parent), Some(name)) => parent.join(name),
        _ => absolute.canonicalize().unwrap_or(absolute),
    };
    let below = resolved.strip_prefix(root).map(bytes);
    let root = RepoPath::root();
    below.ok().and_then(|below| root.resolve(below)).ok_or_else(outside)
}

/// A path outside the repository, as it was given.
pub(super) fn as_given(path: &Path) -> RepoPath {
    RepoPath::new(bytes(path))
}

/// Where a file of the work tree is on disk.
pub(super) fn on_disk(repository: &Repository, path: &RepoPath) -> Result<PathBuf, Failure> {
    let root = repository.root().ok_or_else(|| Failure::undecided("there is no work tree", ""))?;
    Ok(root.join(path_of(path)))
}

/// Where such a path, or one from the root of a work tree, is on disk.
#[cfg(unix)]
pub(super) fn path_of(path: &RepoPath) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes()))
}

/// Where such a path, or one from the root of a work tree, is on disk.
#[cfg(not(unix))]
pub(super) fn path_of(path: &RepoPath) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path.as_bytes()).into_owned())
}

#[cfg(unix)]
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}
