//! When the lines of a commit's module files came in, as bytes and back.
//!
//! A line is kept by a hash of its file and of its meaning, since nobody asks for all lines, only about one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::text::{CommitId, RepoPath};

/// The commits that added the lines of one commit's module files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AgesRow(HashMap<LineHash, CommitId>);

/// Long enough that no two lines of a repository share it.
type LineHash = (u64, u64);

#[derive(Default, Deserialize, Serialize)]
struct AgesRecord<'a> {
    #[serde(borrow)]
    commits: Vec<&'a [u8]>,
    /// Each line, and which of the commits added it.
    lines: Vec<(LineHash, usize)>,
}

impl AgesRow {
    /// The commit that added the line of the file at `path`.
    pub(crate) fn get(&self, path: &RepoPath, line: &str) -> Option<CommitId> {
        self.0.get(&hash(path, line)).copied()
    }

    pub(crate) fn insert(&mut self, path: &RepoPath, line: &str, added_by: CommitId) {
        self.0.insert(hash(path, line), added_by);
    }

    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut lines: Vec<(&LineHash, &CommitId)> = self.0.iter().collect();
        lines.sort_unstable();
        let mut commits: Vec<&CommitId> = self.0.values().collect();
        commits.sort_unstable();
        commits.dedup();
        let place = |commit| commits.binary_search(&commit).expect("every commit of a line is listed");
        let lines = lines.into_iter().map(|(hash, commit)| (*hash, place(commit))).collect();
        let record = AgesRecord { commits: commits.iter().map(|commit| commit.as_bytes()).collect(), lines };
        postcard::to_stdvec(&record).ok()
    }

    /// The argument of [`AgesRow::encode`]; `None` for other bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (record, rest) = postcard::take_from_bytes::<AgesRecord<'_>>(bytes).ok()?;
        let commits = record.commits.iter().map(|id| CommitId::new(id)).collect::<Option<Vec<_>>>()?;
        let line = |(hash, place): &(LineHash, usize)| Some((*hash, *commits.get(*place)?));
        let lines = record.lines.iter().map(line).collect::<Option<HashMap<_, _>>>()?;
        rest.is_empty().then_some(Self(lines))
    }
}

fn hash(path: &RepoPath, line: &str) -> LineHash {
    let text = [path.as_bytes(), line.as_bytes()].join(&0);
    (XxHash3_64::oneshot_with_seed(1, &text), XxHash3_64::oneshot_with_seed(2, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was() {
        let commit = |byte: u8| CommitId::new(&[byte; 20]).unwrap();
        let (root, below) = (RepoPath::from("go.mod"), RepoPath::from("a/go.mod"));
        let mut row = AgesRow::default();
        row.insert(&root, "exclude example.com/a v1.0.0", commit(1));
        row.insert(&below, "exclude example.com/a v1.0.0", commit(2));
        row.insert(&below, "replace example.com/a => ../a", commit(1));
        let bytes = row.encode().unwrap();
        let back = AgesRow::decode(&bytes).unwrap();
        assert_eq!(back, row);
        assert_eq!(back.get(&below, "exclude example.com/a v1.0.0"), Some(commit(2)));
        assert_eq!(back.get(&root, "replace example.com/a => ../a"), None);
        assert!((0..bytes.len()).all(|end| AgesRow::decode(&bytes[..end]).is_none()));
    }
}
