//! The result of a walk over history as bytes and back, in as many rows as it needs.
//!
//! Texts are kept once each, and the rest names them by number.

use serde::{Deserialize, Serialize};

/// The result of a walk, and everything outside of its commits that it depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct WalkRow {
    /// The last commit.
    pub(crate) tip: Vec<u8>,
    /// How many commits there are.
    pub(crate) commits: u32,
    /// The day, if the result depends on it.
    pub(crate) day: Option<String>,
    /// The questions to the module cache, with the answers.
    pub(crate) answers: Vec<AnswerRow>,
    /// The blobs that were not in the clone.
    pub(crate) missing: Vec<Vec<u8>>,
    /// The facts.
    pub(crate) facts: Vec<FactRow>,
    /// The times at which they held, which name the facts by their place.
    pub(crate) lives: Vec<LifeRow>,
    /// The commits at which the totals changed, and the totals.
    pub(crate) points: Vec<PointRow>,
    /// The paths that were not read: the commit, the path, and the number of the reason.
    pub(crate) unseen: Vec<UnseenRow>,
}

/// A question to the module cache.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct AnswerRow {
    pub(crate) module: String,
    pub(crate) version: String,
    pub(crate) directory: String,
    pub(crate) answer: Option<bool>,
}

/// A fact: the number of its kind, and its texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct FactRow {
    pub(crate) kind: u8,
    pub(crate) texts: Vec<String>,
}

/// A time at which a fact held. Commits are named by their place in the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct LifeRow {
    pub(crate) fact: u32,
    pub(crate) ordinal: u32,
    pub(crate) introduced: u32,
    pub(crate) landed: u32,
    pub(crate) ended: Option<(u32, u32)>,
}

/// The totals of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct PointRow {
    pub(crate) commit: u32,
    pub(crate) totals: [u64; 6],
}

/// A path that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct UnseenRow {
    pub(crate) commit: u32,
    pub(crate) path: Vec<u8>,
    pub(crate) reason: u8,
}

/// How many bytes one row takes at most.
const PART: usize = 900 << 10;

/// A longer result is not kept.
const MAX_PARTS: usize = 64;

/// The bytes in a row: how many rows there are, and which walk they are of, so that rows of two walks are never joined.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct PartRow<'a> {
    parts: u32,
    tip: &'a [u8],
    bytes: &'a [u8],
}

impl WalkRow {
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        postcard::to_stdvec(self).ok()
    }

    /// The argument of [`WalkRow::encode`]; `None` for other bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (row, rest) = postcard::take_from_bytes::<Self>(bytes).ok()?;
        rest.is_empty().then_some(row)
    }

    /// The rows that keep this; none for a result that is too long.
    pub(super) fn parts(&self) -> Vec<Vec<u8>> {
        let whole = self.encode().unwrap_or_default();
        let chunks: Vec<&[u8]> = whole.chunks(PART).collect();
        if chunks.len() > MAX_PARTS {
            return Vec::new();
        }
        let parts = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
        let mut rows = Vec::new();
        for bytes in chunks {
            rows.extend(postcard::to_stdvec(&PartRow { parts, tip: &self.tip, bytes }).ok());
        }
        rows
    }

    /// How many rows there are, by the first of them.
    pub(super) fn part_count(first: &[u8]) -> Option<u32> {
        let PartRow { parts, .. } = postcard::from_bytes(first).ok()?;
        Some(parts).filter(|parts| usize::try_from(*parts).is_ok_and(|parts| (1..=MAX_PARTS).contains(&parts)))
    }

    /// The argument of [`WalkRow::parts`]; `None` for other rows, and for rows of two walks.
    pub(super) fn join(rows: &[Vec<u8>]) -> Option<Self> {
        let mut whole = Vec::new();
        let mut first: Option<PartRow<'_>> = None;
        for row in rows {
            let part: PartRow<'_> = postcard::from_bytes(row).ok()?;
            whole.extend_from_slice(part.bytes);
            let first = first.get_or_insert(PartRow { bytes: &[], ..part });
            let count = usize::try_from(first.parts).ok()?;
            if (part.parts, part.tip) != (first.parts, first.tip) || count != rows.len() {
                return None;
            }
        }
        Self::decode(&whole)
    }
}

/// The key of a row of a walk.
pub(super) fn part_key(key: &[u8], part: u32) -> Vec<u8> {
    [key, &part.to_le_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_comes_back_as_it_was() {
        let mut row =
            WalkRow { tip: vec![1; 20], commits: 9, day: Some("2026-01-31".to_owned()), ..WalkRow::default() };
        for number in 0..60_000 {
            row.facts.push(FactRow { kind: 1, texts: vec![format!("example.com/module/{number}")] });
        }
        row.lives.push(LifeRow { fact: 2, ordinal: 1, introduced: 3, landed: 4, ended: Some((5, 6)) });
        row.points.push(PointRow { commit: 7, totals: [1, 2, 3, 4, 5, 6] });
        let parts = row.parts();
        assert!(parts.len() > 1, "one part is enough");
        assert_eq!(WalkRow::part_count(&parts[0]), Some(2));
        assert_eq!(WalkRow::join(&parts).as_ref(), Some(&row));
        assert_eq!(WalkRow::join(&parts[..1]), None);
        // Two runs may have written the parts.
        let other = WalkRow { tip: vec![2; 20], ..row };
        assert_eq!(WalkRow::join(&[other.parts()[0].clone(), parts[1].clone()]), None);
    }
}
