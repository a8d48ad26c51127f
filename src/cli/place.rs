//! Which repository and which paths in it the command line means.

use std::env;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::source::{Environment, RangeSpec, Repository, Source};
use crate::text::{Origin, RepoPath};

/// A repository, and the paths in it to which a command is narrowed; none for all of it.
pub(super) struct Place {
    pub(super) repository: Repository,
    pub(super) paths: Vec<RepoPath>,
}

impl Place {
    /// Fails if there is nothing at one of the paths in any of these states: a check of it would pass, whatever was meant.
    pub(super) fn refuse_absent(&self, states: &[&dyn Source]) -> Result<(), Failure> {
        let is_absent = |path: &&RepoPath| !states.iter().any(|state| is_there(*state, path));
        let absent: Vec<String> = self.paths.iter().filter(is_absent).map(ToString::to_string).collect();
        let Some(first) = absent.first() else { return Ok(()) };
        let states: Vec<String> = states.iter().map(|state| named(state.origin())).collect();
        let message = format!("there is no file or directory `{}` in {}", absent.join("`, `"), states.join(" or "));
        let help = match RangeSpec::parse(first) {
            Some(RangeSpec { base, head, .. }) if self.is_revision(base) && self.is_revision(head) => {
                format!("did you mean `--range {first}`?")
            }
            None if self.is_revision(first) => format!("did you mean `--rev {first}`?"),
            _ => "give a path that is there; paths count from the current directory".to_owned(),
        };
        Err(Failure::invalid(message, help))
    }

    fn is_revision(&self, text: &str) -> bool {
        self.repository.commit(text).is_ok()
    }
}

/// Whether there is something at the path, if only something that cannot be read.
fn is_there(state: &dyn Source, path: &RepoPath) -> bool {
    !matches!((state.lookup(path), state.directory(path)), (Ok(None), Ok(None)))
}

fn named(origin: &Origin) -> String {
    match origin {
        Origin::WorkTree => "the work tree".to_owned(),
        Origin::Index => "the index".to_owned(),
        Origin::Commit { id, .. } => format!("commit {id:.12}"),
        Origin::Memory | Origin::Merged => "what is read".to_owned(),
    }
}

/// Finds the repository that the first path lies in, or that it is, else the current directory.
pub(super) fn locate(paths: &[PathBuf]) -> Result<Place, Failure> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| without_dots(path)).collect();
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

/// The directory that a pattern such as `./...` or `cmd/...` stands for. A directory means all below it anyway, and whoever
/// uses the go command writes these.
fn without_dots(path: &Path) -> PathBuf {
    match (path.file_name(), path.parent()) {
        (Some(name), Some(parent)) if name == "..." => {
            if parent.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                parent.to_path_buf()
            }
        }
        _ => path.to_path_buf(),
    }
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
