//! Finding and opening a repository, in all the forms that Git gives it.
//!
//! No hook, filter or command that a repository names is ever run, so a repository of another owner, which Git
//! itself refuses, can be read: its own configuration is then not trusted, and nothing else changes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::discover::upwards;
use gix::objs::Kind;
use gix::prelude::HeaderExt as _;
use gix::{ObjectId, ThreadSafeRepository, open, sec};

use super::commit::Commit;
use super::disk::read_file;
use super::index::{Index, Staged};
use super::objects::{MAX_LENGTH, failure};
use super::quarantine::Quarantine;
use super::revision;
use super::work_tree::WorkTree;
use super::{Changes, Environment, Fault, History, PathLookup, Source, SourceError, StateSpec};
use crate::text::{CommitId, Origin, RepoPath};

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
        let git = Git::new(repo, environment, (&directory, root.as_deref()))?;
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
            (StateSpec::Revision(revision), Some(git)) => Ok(Box::new(git.commit(revision)?)),
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

/// The part of Git that a source needs; cheap to clone.
#[derive(Clone)]
pub(super) struct Git {
    repo: ThreadSafeRepository,
    index_path: PathBuf,
    replaces_contents: bool,
    /// Kept for as long as objects may be read from it.
    _quarantine: Option<Arc<Quarantine>>,
}

impl Git {
    /// Applies the settings of `environment` for the index and objects. The directories are the requested one
    /// about and the root.
    fn new(
        mut repo: ThreadSafeRepository,
        environment: &Environment,
        (directory, root): (&Path, Option<&Path>),
    ) -> Result<Self, SourceError> {
        let index_path = match &environment.index_file {
            Some(path) => root.unwrap_or(directory).join(path),
            None => repo.git_dir().join("index"),
        };
        let quarantine = Quarantine::enter(environment, repo.objects_dir(), directory)
            .map_err(|error| SourceError::new(format!("cannot open the objects of this push: {error}")))?;
        check_format(&repo.to_thread_local())?;
        check_shallow(&repo.to_thread_local())?;
        let replaced = ReplacedObjects::read(&repo.to_thread_local())?;
        let replaces_contents = replaced.has_contents(&repo.to_thread_local());
        if quarantine.is_some() || replaced.is_chained {
            let directory = quarantine.as_ref().map_or(repo.objects_dir(), Quarantine::directory).to_owned();
            repo.objects = open_objects(&repo, directory, replaced)
                .map_err(|error| failure("cannot open the objects of this repository", &error))?
                .into();
        }
        Ok(Self { repo, index_path, replaces_contents, _quarantine: quarantine.map(Arc::new) })
    }

    /// The repository, for one thread.
    pub(super) fn local(&self) -> gix::Repository {
        self.repo.to_thread_local()
    }

    /// The index file, which need not exist.
    pub(super) fn index_path(&self) -> &Path {
        &self.index_path
    }

    /// The state of the commit that a revision names.
    fn commit(&self, revision: &str) -> Result<Commit, SourceError> {
        let CommitObject { id, tree } = self.commit_object(revision)?;
        let repo = self.local();
        let id = commit_id(id);
        if !repo.has_object(tree) && !tree.is_empty_tree() {
            return Err(SourceError::new(format!("the files of commit {id} are not in this clone")).help(
                "the clone is partial or damaged; run `git fetch --refetch --no-filter` to get the missing objects",
            ));
        }
        Ok(Commit { git: self.clone(), origin: Origin::Commit { id, revision: revision.to_owned() }, tree })
    }

    /// The commit that a revision names, through annotated tags.
    fn commit_object(&self, name: &str) -> Result<CommitObject, SourceError> {
        let repo = self.local();
        if has_unreadable_references(&repo) && ObjectId::from_hex(name.as_bytes()).is_err() {
            let message = format!("cannot look up `{}`: references are not stored as files", name.escape_debug());
            return Err(SourceError::new(message)
                .help("name the commit by its whole id, or run `git refs migrate --ref-format=files`"));
        }
        let unknown = |error: gix::Error| revision::unknown(&repo, name, &error);
        let named = repo.rev_parse_single(name.as_bytes().as_bstr()).map_err(unknown)?;
        let object = named.object().map_err(|error| SourceError { fault: Fault::State, ..unknown(error) })?;
        let commit = object.peel_to_commit().map_err(unknown)?;
        Ok(CommitObject { id: commit.id, tree: commit.tree_id().map_err(unknown)?.detach() })
    }
}

/// A commit and the tree of its files.
struct CommitObject {
    id: ObjectId,
    tree: ObjectId,
}

/// Our name for the id of a commit.
pub(super) fn commit_id(id: ObjectId) -> CommitId {
    CommitId::new(id.as_bytes()).expect("an object id has 20 or 32 bytes")
}

/// Whether references are in a form that gix cannot read, such as `reftable`. It does not look, and would find none,
/// or old ones.
fn has_unreadable_references(repo: &gix::Repository) -> bool {
    repo.config_snapshot().string("extensions.refStorage").is_some_and(|form| form != "files")
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

/// The extensions of a repository that do not change anything that is read here, or are handled where they do
/// (`setup.c`).
const EXTENSIONS: [&str; 9] = [
    "compatobjectformat",
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "worktreeconfig",
];

/// Fails if the repository's own configuration says that it is in a form which nobody here knows, as Git does
/// (`verify_repository_format`): the facts read from it could be wrong.
fn check_format(repo: &gix::Repository) -> Result<(), SourceError> {
    let config = repo.config_snapshot();
    let own = |name| {
        let sections = config.plumbing().sections_by_name(name).into_iter().flatten();
        sections.filter(|section| section.meta().source == gix::config::Source::Local)
    };
    let stated =
        own("core").filter_map(|section| section.value("repositoryFormatVersion").map(|it| it.to_string())).last();
    for section in own("extensions").filter(|_| stated.as_deref() == Some("1")) {
        let group = section.header().subsection_name().map(|name| format!("{name}.")).unwrap_or_default();
        let mut names = section.value_names().map(|name| format!("{group}{}", name.to_string().to_ascii_lowercase()));
        if let Some(name) = names.find(|name| !EXTENSIONS.contains(&name.as_str())) {
            let message =
                format!("the repository has the extension `{}`, which modwarden does not know", name.escape_debug());
            return Err(SourceError::new(message)
                .help("`git config --local --get-regexp ^extensions` shows it; a newer modwarden may know it"));
        }
    }
    Ok(())
}

/// The longest list of commits at which a shallow clone begins, in bytes.
const MAX_SHALLOW: u64 = 64 << 20;

/// Fails if the list of commits at which a shallow clone begins holds anything else than their ids, with which gix
/// panics.
fn check_shallow(repo: &gix::Repository) -> Result<(), SourceError> {
    let place = repo.shallow_file().map_err(|error| failure("cannot find where this shallow clone begins", &error));
    let path = place?;
    let unreadable = |reason: &dyn std::fmt::Display| {
        let message = format!("cannot find where this shallow clone begins: {}: {reason}", shown(&path));
        SourceError::new(message).help("put the file back as it was; `git fsck` says whether Git can read it")
    };
    let text = match read_file(&path, MAX_SHALLOW) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(&error)),
        Ok(text) => text,
    };
    let length = repo.object_hash().len_in_hex();
    let is_id = |line: &[u8]| line.len() == length && line.iter().all(u8::is_ascii_hexdigit);
    let lines = text.strip_suffix(b"\n").unwrap_or(&text).split(|&byte| byte == b'\n');
    match lines.enumerate().find(|(_, line)| !text.is_empty() && !is_id(line)) {
        None => Ok(()),
        Some((at, _)) => Err(unreadable(&format_args!("line {} is not the id of a commit", at + 1))),
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

/// Opens an object directory, with the replacements of some objects.
fn open_objects(
    repo: &ThreadSafeRepository,
    directory: PathBuf,
    replaced: ReplacedObjects,
) -> Result<gix::odb::Store, gix::Error> {
    let hash = repo.to_thread_local().object_hash();
    let limit = usize::try_from(MAX_LENGTH).ok();
    let options = gix::odb::store::init::Options { alloc_limit_bytes: limit, ..Default::default() };
    gix::odb::Store::at_opts(directory, hash, &mut replaced.objects.into_iter(), options)
        .map_err(gix::Error::from_error)
}

/// The replacements of objects by the repository's references.
struct ReplacedObjects {
    objects: HashMap<ObjectId, ObjectId>,
    /// Whether the replacement of an object is itself replaced. Git goes on to the end, gix does not.
    is_chained: bool,
}

impl ReplacedObjects {
    fn read(repo: &gix::Repository) -> Result<Self, SourceError> {
        let mut objects = HashMap::new();
        if repo.config_snapshot().boolean("core.useReplaceRefs").unwrap_or(true) {
            let failed = |error: gix::Error| failure("cannot read the references", &error);
            let references = repo.references().map_err(failed)?;
            for reference in references.prefixed("refs/replace/").map_err(failed)?.filter_map(Result::ok) {
                let hex = reference.name().as_bstr().strip_prefix(b"refs/replace/").unwrap_or_default();
                let replaced = ObjectId::from_hex(hex).ok();
                objects.extend(replaced.zip(reference.try_id().map(gix::Id::detach)));
            }
        }
        let is_chained = objects.values().any(|stand_in| objects.contains_key(stand_in));
        let ends = objects.keys().map(|id| Ok((*id, end_of(&objects, *id)?)));
        Ok(Self { objects: ends.collect::<Result<_, SourceError>>()?, is_chained })
    }

    /// Whether something else is replaced than commits.
    fn has_contents(&self, repo: &gix::Repository) -> bool {
        let is_commit = |id: &ObjectId| repo.objects.header(id).is_ok_and(|header| header.kind() == Kind::Commit);
        !self.objects.values().all(is_commit)
    }
}

/// How many objects that replace each other Git looks at (`replace-object.c`).
const MAX_REPLACED: usize = 5;

/// The final replacement of an object.
fn end_of(objects: &HashMap<ObjectId, ObjectId>, id: ObjectId) -> Result<ObjectId, SourceError> {
    let mut chain = std::iter::successors(Some(id), |id| objects.get(id).copied()).take(MAX_REPLACED);
    chain.find(|id| !objects.contains_key(id)).ok_or_else(|| {
        SourceError::new(format!("object {id} is replaced too many times, perhaps in a cycle"))
            .help(format!("`git replace --list` shows how; `git replace -d {id}` ends it"))
    })
}

fn canonical(path: &Path) -> Result<PathBuf, SourceError> {
    fs::canonicalize(path).map_err(|error| SourceError::new(format!("cannot open {}: {error}", shown(path))))
}

fn relative(directory: &Path, root: &Path) -> RepoPath {
    let below = directory.strip_prefix(root).unwrap_or(Path::new(""));
    RepoPath::new(gix::path::to_unix_separators_on_windows(gix::path::into_bstr(below).unwrap_or_default()).as_ref())
}

/// A path for a message, without control characters.
pub(super) fn shown(path: &Path) -> RepoPath {
    RepoPath::new(path.as_os_str().as_encoded_bytes())
}
