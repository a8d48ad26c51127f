//! The parallel steps of a walk over history: comparing trees, and reading the Go files that come.

use rayon::prelude::*;

use super::read::{go_file, parse_each};
use crate::source::{Delta, Entry, Repository, Selection, Source, SourceError, Unseen};
use crate::syntax::{GoFile, Parsed};
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

/// Reads Go files as far as their imports go, in order.
pub fn read_go_files(source: &dyn Source, entries: &[Entry]) -> Vec<Result<Parsed<GoFile>, Unseen>> {
    let all: Vec<usize> = (0..entries.len()).collect();
    parse_each(source, entries, &all, &go_file)
}
