//! Comparing many trees at once, for a walk over history.

use rayon::prelude::*;

use super::Tree;
use super::store::{FactStore, Kind, decode_delta, encode_delta};
use crate::source::{Delta, Repository, Selection, SourceError};
use crate::text::TreeId;

/// A tree, and the one before it if there is one.
pub(crate) type TreePair = (Option<TreeId>, TreeId);

/// How many trees a thread compares in a row; neighbours share most of their directories.
const PAIRS_A_TASK: usize = 128;

/// The differences between the trees of each pair, in order. The store is asked first, and keeps the new ones.
pub(crate) fn compare_trees(
    repository: &Repository,
    store: &FactStore,
    pairs: &[TreePair],
    selection: Tree,
) -> Result<Vec<Delta>, SourceError> {
    let keys: Vec<Vec<u8>> = pairs.iter().map(|pair| key(pair, selection)).collect();
    let known = store.get(Kind::Changes, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut deltas: Vec<Option<Delta>> = known.into_par_iter().map(|value| decode_delta(&value?)).collect();
    deltas.resize(pairs.len(), None);
    let missing: Vec<usize> = (0..pairs.len()).filter(|&at| deltas[at].is_none()).collect();
    let found = missing.par_chunks(PAIRS_A_TASK).map(|places| {
        let changes = repository.changes()?;
        let without_sums = WithoutSums(selection);
        let is_of_walk = matches!(selection, Tree::FirstParty | Tree::Everything);
        let selection: &dyn Selection = if is_of_walk { &without_sums } else { &selection };
        let compare = |&at: &usize| changes.between(pairs[at].0, pairs[at].1, selection);
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

/// The files that a walk over history reads. Checksums change with nearly every commit and decide nothing there.
struct WithoutSums(Tree);

impl Selection for WithoutSums {
    fn enters(&self, directory: &[u8]) -> bool {
        self.0.enters(directory)
    }

    fn wants(&self, file: &[u8]) -> bool {
        !file.ends_with(b".sum") && self.0.wants(file)
    }
}

/// The key of a difference in the store: both trees, and the wanted part of them.
fn key((before, after): &TreePair, selection: Tree) -> Vec<u8> {
    let mut key = vec![match selection {
        Tree::FirstParty => b'f',
        Tree::Everything => b'e',
        Tree::Vendored => b'v',
        Tree::Sums => b's',
    }];
    key.extend_from_slice(after.as_bytes());
    key.extend_from_slice(before.as_ref().map(TreeId::as_bytes).unwrap_or_default());
    key
}
