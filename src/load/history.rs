//! Comparing many trees at once, for a walk over history.

use rayon::prelude::*;

use super::Tree;
use super::store::{FactStore, Kind, decode_delta, encode_delta};
use crate::source::{Delta, Repository, Selection, SourceError};
use crate::text::TreeId;

/// A tree, and the one before it if there is one.
pub(crate) type TreePair = (Option<TreeId>, TreeId);

/// The part of two trees that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ComparedPart {
    /// The files that rules on files and on modules read. Checksums change with nearly every commit and decide nothing there.
    Files(Tree),
    /// Those that rules on whole states read: checksums, and symbolic links of any name, too.
    States(Tree),
    /// All that is wanted.
    All(Tree),
}

impl Selection for ComparedPart {
    fn enters(&self, directory: &[u8]) -> bool {
        match self {
            Self::Files(tree) | Self::States(tree) | Self::All(tree) => tree.enters(directory),
        }
    }

    fn wants(&self, file: &[u8]) -> bool {
        match self {
            Self::Files(tree) => !file.ends_with(b".sum") && tree.wants(file),
            Self::States(tree) | Self::All(tree) => tree.wants(file),
        }
    }

    fn wants_links(&self) -> bool {
        matches!(self, Self::States(_))
    }
}

/// How many trees a thread compares in a row; neighbours share most of their directories.
const PAIRS_A_TASK: usize = 128;

/// The differences between the trees of each pair, in order. The store is asked first, and keeps the new ones.
pub(crate) fn compare_trees(
    repository: &Repository,
    store: &FactStore,
    pairs: &[TreePair],
    part: ComparedPart,
) -> Result<Vec<Delta>, SourceError> {
    let keys: Vec<Vec<u8>> = pairs.iter().map(|pair| key(pair, part)).collect();
    let known = store.get(Kind::Changes, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut deltas: Vec<Option<Delta>> = known.into_par_iter().map(|value| decode_delta(&value?)).collect();
    deltas.resize(pairs.len(), None);
    let missing: Vec<usize> = (0..pairs.len()).filter(|&at| deltas[at].is_none()).collect();
    let found = missing.par_chunks(PAIRS_A_TASK).map(|places| {
        let changes = repository.changes()?;
        let compare = |&at: &usize| changes.between(pairs[at].0, pairs[at].1, &part);
        Ok(places.iter().map(compare).map(|delta| (encode_delta(&delta), delta)).collect())
    });
    let found: Vec<Vec<(Option<Vec<u8>>, Delta)>> = found.collect::<Result<_, SourceError>>()?;
    let mut rows: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for (at, (value, delta)) in missing.into_iter().zip(found.into_iter().flatten()) {
        rows.extend(value.map(|value| (keys[at].as_slice(), value)));
        deltas[at] = Some(delta);
    }
    store.put(Kind::Changes, &rows.iter().map(|(key, value)| (*key, value.as_slice())).collect::<Vec<_>>());
    Ok(deltas.into_iter().flatten().collect())
}

/// The key of a difference in the store: both trees, and the wanted part of them.
fn key((before, after): &TreePair, part: ComparedPart) -> Vec<u8> {
    let (extent, tree) = match part {
        ComparedPart::Files(tree) => (b'f', tree),
        ComparedPart::States(tree) => (b's', tree),
        ComparedPart::All(tree) => (b'a', tree),
    };
    let tree = match tree {
        Tree::FirstParty => b'f',
        Tree::Everything => b'e',
        Tree::Vendored => b'v',
        Tree::Sums => b's',
    };
    let mut key = vec![extent, tree];
    key.extend_from_slice(after.as_bytes());
    key.extend_from_slice(before.as_ref().map(TreeId::as_bytes).unwrap_or_default());
    key
}
