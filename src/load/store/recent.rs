//! Rows that stay in memory while many states are read one after the other: most of their files are the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use super::database::Kind;
use crate::text::FastMap;

/// The values of one kind, by their keys.
type Values = FastMap<Box<[u8]>, Box<[u8]>>;

/// How many bytes of values stay; with more than that all are forgotten.
const MAX_BYTES: usize = 16 << 20;

/// The rows of files by their kinds.
#[derive(Debug, Default)]
pub(super) struct RecentRows {
    /// How many walks ask for them.
    walks: AtomicUsize,
    rows: RwLock<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    go_files: Values,
    texts: Values,
    bytes: usize,
}

impl Rows {
    fn of(&self, kind: Kind) -> Option<&Values> {
        match kind {
            Kind::GoFile => Some(&self.go_files),
            Kind::Text => Some(&self.texts),
            _ => None,
        }
    }

    fn add(&mut self, kind: Kind, key: &[u8], value: &[u8]) {
        if self.bytes > MAX_BYTES {
            *self = Self::default();
        }
        let rows = match kind {
            Kind::GoFile => &mut self.go_files,
            Kind::Text => &mut self.texts,
            _ => return,
        };
        if rows.insert(key.into(), value.into()).is_none() {
            self.bytes += key.len() + value.len();
        }
    }
}

impl RecentRows {
    /// Begins a walk.
    pub(super) fn hold(&self) -> RecentFiles<'_> {
        self.walks.fetch_add(1, Ordering::Relaxed);
        RecentFiles(self)
    }

    /// The values that are in memory, in the order of the keys; nothing where no walk is under way.
    pub(super) fn get(&self, kind: Kind, keys: &[&[u8]]) -> Option<Vec<Option<Vec<u8>>>> {
        if self.walks.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let rows = rows.of(kind)?;
        Some(keys.iter().map(|key| rows.get(*key).map(|value| value.to_vec())).collect())
    }

    /// Adds values.
    pub(super) fn put<'r>(&self, kind: Kind, added: impl Iterator<Item = (&'r [u8], &'r [u8])>) {
        if self.walks.load(Ordering::Relaxed) > 0 {
            let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
            added.for_each(|(key, value)| rows.add(kind, key, value));
        }
    }
}

/// As long as this exists, the rows of files that are read or kept stay in memory.
pub(crate) struct RecentFiles<'s>(&'s RecentRows);

impl Drop for RecentFiles<'_> {
    fn drop(&mut self) {
        if self.0.walks.fetch_sub(1, Ordering::Relaxed) == 1 {
            *self.0.rows.write().unwrap_or_else(PoisonError::into_inner) = Rows::default();
        }
    }
}
