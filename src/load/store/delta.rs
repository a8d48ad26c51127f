//! The differences between two trees as bytes, and back.

use serde::{Deserialize, Serialize};

use crate::source::{Change, Delta, Leaf};
use crate::text::{BlobId, RepoPath};

/// A difference as bytes; `None` if not all of it was seen, so that the next run looks again.
pub(crate) fn encode_delta(delta: &Delta) -> Option<Vec<u8>> {
    let record = DeltaRecord {
        changes: delta.changes.iter().map(ChangeRecord::new).collect(),
        opened: delta.opened.iter().map(RepoPath::as_bytes).collect(),
    };
    postcard::to_stdvec(&record).ok().filter(|_| delta.unseen.is_empty())
}

/// The argument of [`encode_delta`]; `None` for other bytes.
pub(crate) fn decode_delta(bytes: &[u8]) -> Option<Delta> {
    let (record, rest) = postcard::take_from_bytes::<DeltaRecord<'_>>(bytes).ok()?;
    let changes = record.changes.iter().map(ChangeRecord::change).collect::<Option<Vec<_>>>()?;
    let opened = record.opened.iter().map(RepoPath::new).collect();
    rest.is_empty().then_some(Delta { changes, opened, unseen: Vec::new() })
}

#[derive(Deserialize, Serialize)]
struct DeltaRecord<'a> {
    #[serde(borrow)]
    changes: Vec<ChangeRecord<'a>>,
    opened: Vec<&'a [u8]>,
}

#[derive(Deserialize, Serialize)]
struct ChangeRecord<'a> {
    path: &'a [u8],
    #[serde(borrow)]
    before: LeafRecord<'a>,
    after: LeafRecord<'a>,
}

#[derive(Deserialize, Serialize)]
enum LeafRecord<'a> {
    Nothing,
    File(&'a [u8]),
    Link(&'a [u8]),
    Submodule,
}

impl<'a> ChangeRecord<'a> {
    fn new(change: &'a Change) -> Self {
        let Change { path, before, after } = change;
        Self { path: path.as_bytes(), before: LeafRecord::new(before.as_ref()), after: LeafRecord::new(after.as_ref()) }
    }

    fn change(&self) -> Option<Change> {
        Some(Change { path: RepoPath::new(self.path), before: self.before.leaf()?, after: self.after.leaf()? })
    }
}

impl<'a> LeafRecord<'a> {
    fn new(leaf: Option<&'a Leaf>) -> Self {
        match leaf {
            None => Self::Nothing,
            Some(Leaf::File(blob)) => Self::File(blob.as_bytes()),
            Some(Leaf::Link(blob)) => Self::Link(blob.as_bytes()),
            Some(Leaf::Submodule) => Self::Submodule,
        }
    }

    /// The leaf, or nothing; `None` if the bytes are no object id.
    #[expect(clippy::option_option, reason = "no leaf is an answer too")]
    fn leaf(&self) -> Option<Option<Leaf>> {
        match self {
            Self::Nothing => Some(None),
            Self::File(id) => Some(Some(Leaf::File(BlobId::new(id)?))),
            Self::Link(id) => Some(Some(Leaf::Link(BlobId::new(id)?))),
            Self::Submodule => Some(Some(Leaf::Submodule)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_comes_back_as_it_was() {
        let blob = |byte: u8| BlobId::new(&[byte; 20]).unwrap();
        let change = |path: &[u8], before, after| Change { path: RepoPath::new(path), before, after };
        let delta = Delta {
            changes: vec![
                change(b"a.go", None, Some(Leaf::File(blob(1)))),
                change(b"b\xff.go", Some(Leaf::Link(blob(2))), Some(Leaf::Submodule)),
                change(b"c.go", Some(Leaf::File(BlobId::new(&[3; 32]).unwrap())), None),
            ],
            opened: vec![RepoPath::root(), RepoPath::from("dir")],
            unseen: Vec::new(),
        };
        let bytes = encode_delta(&delta).unwrap();
        assert_eq!(decode_delta(&bytes), Some(delta));
        assert!((0..bytes.len()).all(|end| decode_delta(&bytes[..end]).is_none()));
    }
}
