//! The part of Git that a source needs: a repository that is open, its objects, and the commits that revisions name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use gix::prelude::HeaderExt as _;
use gix::{ObjectId, ThreadSafeRepository};

use super::disk::{read_file, shown};
use super::objects::{MAX_LENGTH, failure};
use super::quarantine::Quarantine;
use super::revision;
use super::{Environment, Fault, SourceError};
use crate::text::CommitId;

/// The part of Git that a source needs; cheap to clone.
#[derive(Clone)]
pub(super) struct Git {
    pub(super) repo: ThreadSafeRepository,
    index_path: PathBuf,
    /// Whether replacements give files or directories another content than their ids name.
    pub(super) replaces_contents: bool,
    /// Kept for as long as objects may be read from it.
    _quarantine: Option<Arc<Quarantine>>,
}

impl Git {
    /// Applies the settings of `environment` for the index and objects. The directories are the requested one
    /// about and the root.
    pub(super) fn new(
        mut repo: ThreadSafeRepository,
        environment: &Environment,
        directory: &Path,
        root: Option<&Path>,
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

    /// The commit that a revision names, through annotated tags.
    pub(super) fn commit_object(&self, name: &str) -> Result<CommitObject, SourceError> {
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
pub(super) struct CommitObject {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
}

/// Our name for the id of a commit.
pub(super) fn commit_id(id: ObjectId) -> CommitId {
    CommitId::new(id.as_bytes()).expect("an object id has 20 or 32 bytes")
}

/// Whether references are in a form that gix cannot read, such as `reftable`. It does not look, and would find none,
/// or old ones.
pub(super) fn has_unreadable_references(repo: &gix::Repository) -> bool {
    repo.config_snapshot().string("extensions.refStorage").is_some_and(|form| form != "files")
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
