//! How files on disk compare with the index, so that nobody's unfinished work is changed.

use gix::ObjectId;
use gix::objs::{Kind as ObjectKind, compute_hash};

use super::index::{DiskPresence, Index, IndexedKind, Record};
use super::objects::read_blob;
use super::{Repository, SourceError};
use crate::text::RepoPath;

/// Git's status of a file on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The index holds this content.
    Staged,
    /// The index holds another content, or several.
    Changed,
    /// The index does not have the file.
    Untracked,
    /// There is no repository.
    NoRepository,
}

impl Repository {
    /// Compares files, each with its content, with the index. Line endings do not count: which ones are on disk is a
    /// matter of configuration.
    pub fn status<'f>(
        &self,
        files: impl IntoIterator<Item = (&'f RepoPath, &'f [u8])>,
    ) -> Result<Vec<Status>, SourceError> {
        let files = files.into_iter();
        let Some(git) = self.git() else { return Ok(files.map(|_| Status::NoRepository).collect()) };
        let (index, repo) = (Index::read(git)?, git.local());
        Ok(files.map(|(path, content)| status(&repo, index.find(path.as_bytes()), content)).collect())
    }
}

fn status(repo: &gix::Repository, record: Option<&Record>, content: &[u8]) -> Status {
    let Some(record) = record else { return Status::Untracked };
    match (record.kind, record.presence) {
        (IndexedKind::IntentToAdd, _) => Status::Untracked,
        (IndexedKind::File, DiskPresence::OnDisk) if holds(repo, record.id(), content) => Status::Staged,
        _ => Status::Changed,
    }
}

/// Whether a blob has this content. A blob that is not in this clone is compared by its id.
fn holds(repo: &gix::Repository, blob: ObjectId, content: &[u8]) -> bool {
    if compute_hash(repo.object_hash(), ObjectKind::Blob, content).is_ok_and(|id| id == blob) {
        return true;
    }
    let mut staged = Vec::new();
    let without_cr = |text: &[u8]| text.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<u8>>();
    read_blob(repo, blob, &mut staged).is_ok() && without_cr(&staged) == without_cr(content)
}
