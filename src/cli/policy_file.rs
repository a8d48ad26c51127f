//! Reads the file that `--policy` names, and the files that it extends.
//!
//! A policy of a pull request may be a symbolic link, or extend one: neither may lead to a file that its author
//! cannot read, such as the token in `.git/config`, for messages show lines of policies.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::input::{STANDARD_INPUT, read_standard_input};
use super::place::{as_given, bytes, path_of};
use crate::source::{MAX_SETTINGS, Repository, read_file};
use crate::text::RepoPath;

/// The name that reports give to a policy from standard input. It extends files of the current directory.
const STANDARD_INPUT_NAME: &str = "<stdin>";

/// The policy on standard input, which can be read only once, but is asked for again for further states.
fn standard_input() -> Result<Arc<[u8]>, String> {
    static TEXT: OnceLock<Result<Arc<[u8]>, String>> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = read_standard_input(MAX_SETTINGS).map_err(|error| format!("standard input: {error}"))?;
        // The command that was to write it may have failed.
        if text.trim_ascii().is_empty() {
            return Err("standard input is empty, so there is no policy".to_owned());
        }
        Ok(Arc::from(text))
    })
    .clone()
}

/// The policy file that the command line names.
pub(super) struct PolicyFileArgument {
    given: RepoPath,
    /// The directory that contains it, links resolved: files that it extends are there too.
    directory: Option<PathBuf>,
    /// The work tree of the repository that is judged.
    work_tree: Option<PathBuf>,
    /// Git's directories of that repository.
    git_directories: Vec<PathBuf>,
}

impl PolicyFileArgument {
    /// The file at `path`, for judging `repository`; standard input if it is `-`.
    pub(super) fn new(path: &Path, repository: &Repository) -> Self {
        let path = if path == Path::new(STANDARD_INPUT) { Path::new(STANDARD_INPUT_NAME) } else { path };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let git_directories = [repository.git_dir(), repository.common_dir()];
        Self {
            given: as_given(path),
            directory: parent.canonicalize().ok(),
            work_tree: repository.root().map(Path::to_path_buf),
            git_directories: git_directories.into_iter().flatten().filter_map(|dir| dir.canonicalize().ok()).collect(),
        }
    }

    /// The path, as it was given.
    pub(super) fn path(&self) -> &RepoPath {
        &self.given
    }

    /// Reads the file, or one that it extends; `None` if there is none.
    pub(super) fn read(&self, path: &RepoPath) -> Result<Option<Arc<[u8]>>, String> {
        if *path == self.given && path.as_bytes() == STANDARD_INPUT_NAME.as_bytes() {
            return standard_input().map(Some);
        }
        let file = match path_of(path).canonicalize() {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{path}: {error}")),
        };
        let refused = if *path == self.given { self.refuses_given(&file) } else { self.refuses_extended(&file) };
        match refused {
            Some(reason) => Err(format!("{path}: {reason}")),
            None => match read_file(&file, MAX_SETTINGS) {
                Ok(text) => Ok(Some(Arc::from(text))),
                Err(error) => Err(format!("{path}: {error}")),
            },
        }
    }

    /// Why the file that was named must not be read. The user may keep it anywhere, but a link of the repository stays
    /// in it.
    fn refuses_given(&self, file: &Path) -> Option<&'static str> {
        let directory = self.directory.as_deref()?;
        let leaves = |root: &PathBuf| directory.starts_with(root) && !file.starts_with(root);
        if self.is_of_git(file) && !self.is_of_git(directory) {
            return Some("it is a symbolic link into Git's own directory");
        }
        self.work_tree.as_ref().is_some_and(leaves).then_some("it is a symbolic link that leaves the repository")
    }

    /// Why a file that is extended must not be read: it stays below the directory of the one that was named.
    fn refuses_extended(&self, file: &Path) -> Option<&'static str> {
        let below = self.directory.as_deref().and_then(|directory| file.strip_prefix(directory).ok());
        let Some(below) = below else { return Some("it is a symbolic link that leaves the directory of the policy") };
        let is_of_git = self.is_of_git(file) || RepoPath::new(bytes(below)).enters_git_directory();
        is_of_git.then_some("it is a file in Git's own directory")
    }

    fn is_of_git(&self, file: &Path) -> bool {
        self.git_directories.iter().any(|directory| file.starts_with(directory))
    }
}
