//! Finding and opening a repository, in all the forms that Git gives it.
//!
//! No hook, filter or command that a repository names is ever run, so a repository of another owner, which Git
//! itself refuses, can be read: its own configuration is then not trusted, and nothing else changes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use gix::discover::upwards;
use gix::{ThreadSafeRepository, open, sec};

use super::commit::Commit;
use super::disk::shown;
use super::git::{Git, commit_id, has_unreadable_references};
use super::index::{Index, Staged};
use super::objects::{MAX_LENGTH, failure};
use super::revision;
use super::work_tree::WorkTree;
use super::{Changes, Environment, History, PathLookup, Source, SourceError, StateSpec};
use crate::text::{CommitId, RepoPath};

/// A repository, or a directory that is in none.
#[derive(Clone)]
pub struct Repository {
    root: Option<PathBuf>,
    prefix: RepoPath,
    git: Option<Git>,
}

impl Repository {
    /// Finds the repository that `directory` lies in, or that `environment` names.
    pub fn discover(directory: &Path, environment: &Environment) -> Result<Self, SourceError> {
        let directory = canonical(directory)?;
        let Some(mut repo) = find(&directory, environment)? else {
            return Ok(Self { root: Some(directory), prefix: RepoPath::root(), git: None });
        };
        let root = match (&environment.work_tree, &repo.work_tree) {
            (Some(path), _) => Some(canonical(&directory.join(path))?),
            (None, Some(path)) => Some(canonical(path)?),
            // Git takes the current directory for the work tree of a repository that is named and not bare.
            (None, None) if environment.git_dir.is_some() && !repo.to_thread_local().is_bare() => {
                Some(directory.clone())
            }
            (None, None) => None,
        };
        repo.work_tree.clone_from(&root);
        repo.common_dir = repo.common_dir.as_deref().map(canonical).transpose()?;
        let prefix = root.as_deref().map_or(RepoPath::root(), |root| relative(&directory, root));
        let git = Git::new(repo, environment, &directory, root.as_deref())?;
        Ok(Self { root, prefix, git: Some(git) })
    }

    /// The top of the work tree, or the directory itself outside any repository; `None` if the repository is bare.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The directory that was asked about, from the root.
    pub fn prefix(&self) -> &RepoPath {
        &self.prefix
    }

    /// Git's directory for this work tree; `None` outside any repository.
    pub fn git_dir(&self) -> Option<&Path> {
        self.git.as_ref().map(|git| git.repo.git_dir())
    }

    /// Git's directory that all work trees of the repository share.
    pub fn common_dir(&self) -> Option<&Path> {
        self.git.as_ref().map(|git| git.repo.common_dir.as_deref().unwrap_or(git.repo.git_dir()))
    }

    /// Where Git looks for hooks: `core.hooksPath`, or `hooks` in the directory that all work trees share.
    pub fn hooks_dir(&self) -> Option<PathBuf> {
        let repo = self.git.as_ref()?.local();
        let configured = repo.config_snapshot().trusted_path("core.hooksPath").ok().flatten();
        let base = self.root.as_deref().unwrap_or(repo.git_dir());
        Some(configured.map_or_else(|| repo.common_dir().join("hooks"), |path| base.join(path)))
    }

    /// The path in the tree that a path on disk means, where there is no work tree: the repository's own directory is
    /// the root. `None` if it is not below that.
    pub fn bare_path(&self, absolute: &Path) -> Option<RepoPath> {
        let git_dir = self.git_dir()?;
        // Files of the tree are not on disk, so only directories above it can have links.
        let real = absolute.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
        let (above, real) = real?;
        let below = real.join(absolute.strip_prefix(above).ok()?);
        below.strip_prefix(git_dir).ok().map(|_| relative(&below, git_dir))
    }

    /// The commits of the repository.
    pub fn history(&self) -> Result<History, SourceError> {
        History::new(self.git.as_ref().ok_or_else(|| self.no_repository())?)
    }

    /// The commit that a revision names.
    pub fn commit(&self, revision: &str) -> Result<CommitId, SourceError> {
        let git = self.git.as_ref().ok_or_else(|| self.no_repository())?;
        Ok(commit_id(git.commit_object(revision)?.id))
    }

    /// The commit that is checked out, by the text of `HEAD`, without a look at the commit itself: no pack has to be
    /// opened for it.
    pub fn head(&self) -> Option<CommitId> {
        let repo = self.git.as_ref()?.local();
        let head = repo.head().ok().filter(|_| !has_unreadable_references(&repo));
        let id = head.as_ref().and_then(gix::Head::id).map(|id| commit_id(id.detach()));
        id.or_else(|| self.commit("HEAD").ok())
    }

    /// Whether the current branch has no commit yet.
    pub fn is_unborn(&self) -> bool {
        self.git.as_ref().is_some_and(|git| revision::is_unborn(&git.local()))
    }

    /// Whether replacements give files or directories another content than their ids name.
    pub fn replaces_contents(&self) -> bool {
        self.git.as_ref().is_some_and(|git| git.replaces_contents)
    }

    /// A comparer of trees, for one thread.
    pub fn changes(&self) -> Result<Changes, SourceError> {
        Ok(Changes::new(self.git.as_ref().ok_or_else(|| self.no_repository())?))
    }

    /// A finder of these paths in one tree after another, for one thread.
    pub fn path_lookup(&self, paths: &[RepoPath]) -> Result<PathLookup, SourceError> {
        Ok(PathLookup::new(self.git.as_ref().ok_or_else(|| self.no_repository())?, paths))
    }

    /// Opens a state.
    pub fn state(&self, spec: &StateSpec) -> Result<Box<dyn Source>, SourceError> {
        match (spec, &self.git) {
            (StateSpec::WorkTree, git) => Ok(Box::new(WorkTree::open(self.work_tree()?, git.clone())?)),
            (StateSpec::Index, Some(git)) => Ok(Box::new(Staged { index: Index::read(git)?, git: git.clone() })),
            (StateSpec::Revision(revision), Some(git)) => Ok(Box::new(Commit::open(git, revision)?)),
            (StateSpec::Index | StateSpec::Revision(_), None) => {
                Err(self.no_repository().help("without --staged and --rev the files on disk are checked"))
            }
        }
    }

    /// The Git repository; `None` outside any repository.
    pub(super) fn git(&self) -> Option<&Git> {
        self.git.as_ref()
    }

    fn no_repository(&self) -> SourceError {
        let root = self.root.as_deref().unwrap_or(Path::new("."));
        SourceError::request(format!("{} is not in a Git repository", shown(root)))
    }

    fn work_tree(&self) -> Result<PathBuf, SourceError> {
        self.root.clone().ok_or_else(|| {
            SourceError::request("a bare repository has no work tree")
                .help("name a commit with --rev, such as --rev HEAD")
        })
    }
}

fn find(directory: &Path, environment: &Environment) -> Result<Option<ThreadSafeRepository>, SourceError> {
    let opened = match &environment.git_dir {
        Some(git_dir) => {
            // gix cannot open `.`, which Git gives to the hooks of a push.
            let git_dir = canonical(&directory.join(git_dir))?;
            refuse_pipes(&git_dir)?;
            ThreadSafeRepository::open_opts(git_dir, options(environment, directory).open_path_as_is(true))
        }
        None => {
            for directory in directory.ancestors() {
                refuse_pipes(&directory.join(".git"))?;
                refuse_pipes(directory)?;
            }
            ThreadSafeRepository::discover_opts(directory, upward(environment), trust(environment, directory))
        }
    };
    match opened {
        Ok(repo) => Ok(Some(repo)),
        Err(error) if error.downcast_any_ref::<upwards::Error>().is_some() => refuse_damaged(directory).map(|()| None),
        Err(error) => Err(failure(format_args!("cannot open the repository at {}", shown(directory)), &error)
            .help("run `git fsck` to check the repository")),
    }
}

/// Fails if a file that gix opens in Git's directory is a pipe, which would block, or a device, which may never end.
fn refuse_pipes(git_dir: &Path) -> Result<(), SourceError> {
    const OPENED: [&str; 8] = [
        "HEAD",
        "commondir",
        "config",
        "config.worktree",
        "index",
        "objects/info/alternates",
        "packed-refs",
        "shallow",
    ];
    if !git_dir.join("objects").is_dir() && !git_dir.join("commondir").exists() {
        return Ok(());
    }
    let is_other = |path: &PathBuf| fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir());
    match OPENED.iter().map(|name| git_dir.join(name)).find(is_other) {
        None => Ok(()),
        Some(path) => Err(SourceError::new(format!("cannot open {}: not a regular file", shown(&path)))),
    }
}

/// Fails if there is a `.git` that is no repository: taking the files for unversioned ones would be wrong.
fn refuse_damaged(directory: &Path) -> Result<(), SourceError> {
    let is_there = |path: &PathBuf| fs::symlink_metadata(path).is_ok();
    match directory.ancestors().map(|directory| directory.join(".git")).find(is_there) {
        None => Ok(()),
        Some(path) => Err(SourceError::new(format!("{} is not a Git repository that can be read", shown(&path)))
            .help("run `git status` there to see the error")),
    }
}

fn upward(environment: &Environment) -> upwards::Options<'static> {
    let ceilings = environment.ceiling_directories.as_deref().unwrap_or(OsStr::new(""));
    upwards::Options {
        ceiling_dirs: std::env::split_paths(ceilings).filter(|path| path.is_absolute()).collect(),
        match_ceiling_dir_or_error: false,
        cross_fs: environment.across_filesystems,
        ..Default::default()
    }
}

fn trust(environment: &Environment, directory: &Path) -> sec::trust::Mapping<open::Options> {
    let options = options(environment, directory);
    sec::trust::Mapping { full: options.clone(), reduced: options }
}

/// How gix is to open a repository: by the user's configuration, but where things are by `environment` alone, not by
/// the variables of this process.
fn options(environment: &Environment, directory: &Path) -> open::Options {
    let mut permissions = open::Permissions::all();
    permissions.env.git_prefix = sec::Permission::Deny;
    let mut overrides = vec![format!("gitoxide.objects.allocLimit={MAX_LENGTH}").into_bytes()];
    if let Some(path) = &environment.shallow_file {
        let mut shallow = b"gitoxide.core.shallowFile=".to_vec();
        shallow.extend_from_slice(directory.join(path).as_os_str().as_encoded_bytes());
        overrides.push(shallow);
    }
    open::Options::default().permissions(permissions).config_overrides(overrides)
}

fn canonical(path: &Path) -> Result<PathBuf, SourceError> {
    fs::canonicalize(path).map_err(|error| SourceError::new(format!("cannot open {}: {error}", shown(path))))
}

fn relative(directory: &Path, root: &Path) -> RepoPath {
    let below = directory.strip_prefix(root).unwrap_or(Path::new(""));
    RepoPath::new(gix::path::to_unix_separators_on_windows(gix::path::into_bstr(below).unwrap_or_default()).as_ref())
}
