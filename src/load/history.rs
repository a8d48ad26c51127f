//! Comparing many trees at once, for a walk over history.

use rayon::prelude::*;

use crate::source::{Delta, Repository, Selection, SourceError};
use crate::text::TreeId;

/// How many trees a thread compares in a row; neighbours share most of their directories.
const PAIRS_A_TASK: usize = 128;

/// What differs between the trees of each pair, in order.
pub fn compare_trees(
    repository: &Repository,
    pairs: &[(Option<TreeId>, TreeId)],
    selection: &dyn Selection,
) -> Result<Vec<Delta>, SourceError> {
    let chunks: Vec<Result<Vec<Delta>, SourceError>> = pairs
        .par_chunks(PAIRS_A_TASK)
        .map(|pairs| {
            let changes = repository.changes()?;
            Ok(pairs.iter().map(|(before, after)| changes.between(*before, *after, selection)).collect())
        })
        .collect();
    Ok(chunks.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
