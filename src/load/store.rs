//! The fact store: the facts of a blob, by the blob's id, so that it is read only once.
//!
//! It only ever saves work. A store that is damaged, foreign, full or busy is as good as an empty one, and whatever
//! goes wrong is said once, by [`FactStore::problem`], and never stops a run.

mod ages;
mod codec;
mod database;
mod delta;
mod place;
mod recent;
mod walk;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use self::ages::AgesRow;
pub use self::codec::{decode_go_file, encode_go_file};
pub use self::database::Kind;
use self::database::{Database, DatabaseFault};
pub(super) use self::delta::{decode_delta, encode_delta};
use self::place::StoreLocation;
use self::recent::{RecentFiles, RecentRows};
use self::walk::part_key;
pub(crate) use self::walk::{AnswerRow, FactRow, LifeRow, PointRow, UnseenRow, WalkRow};
use super::module_index::ModuleIndex;

/// A hash of the source code of this program, in hexadecimal digits. The facts depend on the code that found them, so
/// another program, which may find other facts, must not trust them.
pub const CODE: &str = env!("MODWARDEN_CODE");

/// A store that has grown beyond this is emptied when it is opened.
const MAX_LENGTH: u64 = 1 << 30;

/// The bytes that the store would keep in place of these: they are read as facts of this kind, and those written again.
/// `None` if no program wrote the bytes, or if facts of this kind have no shape of their own.
pub fn rewritten(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    match kind {
        Kind::GoFile => encode_go_file(&decode_go_file(bytes)?),
        Kind::Changes => encode_delta(&decode_delta(bytes)?),
        Kind::Lines => AgesRow::decode(bytes)?.encode(),
        Kind::Module => ModuleIndex::decode(bytes)?.encode(),
        Kind::Walk => WalkRow::decode(bytes)?.encode(),
        Kind::Text | Kind::Verified | Kind::Tidy => None,
    }
}

/// How many blobs the users of a store had to read, and how many they did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobCounts {
    /// Blobs that were read.
    pub read: usize,
    /// Blobs whose facts were all known.
    pub known: usize,
}

/// Facts by the ids of the objects that they were read from. It can be shared by threads; ask for many at once, and
/// outside of parallel steps.
#[derive(Debug, Default)]
pub struct FactStore {
    state: Mutex<OpenStore>,
    read: AtomicUsize,
    known: AtomicUsize,
    recent: RecentRows,
}

impl FactStore {
    /// Opens the store in a directory, and makes both if they are not there. This cannot fail: where it does, nothing
    /// is known and nothing kept.
    pub fn open(directory: &Path) -> Self {
        let mut state = OpenStore { place: Some(StoreLocation::new(directory)), ..OpenStore::default() };
        state.open();
        Self { state: Mutex::new(state), ..Self::default() }
    }

    /// A store that knows nothing and keeps nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Why less is known or kept than could be.
    pub fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    /// How much the store was worth so far.
    pub fn counts(&self) -> BlobCounts {
        BlobCounts { read: self.read.load(Ordering::Relaxed), known: self.known.load(Ordering::Relaxed) }
    }

    /// Adds to [`FactStore::counts`].
    pub fn count(&self, counts: BlobCounts) {
        self.read.fetch_add(counts.read, Ordering::Relaxed);
        self.known.fetch_add(counts.known, Ordering::Relaxed);
    }

    /// Whether anything can be kept, or was.
    pub fn keeps(&self) -> bool {
        self.state().place.is_some()
    }

    /// The known values, in the order of the keys.
    pub fn get(&self, kind: Kind, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        if keys.is_empty() {
            return Vec::new();
        }
        let Some(mut values) = self.recent.get(kind, keys) else { return self.state().get(kind, keys) };
        let missing: Vec<usize> = (0..keys.len()).filter(|&at| values[at].is_none()).collect();
        if !missing.is_empty() {
            let asked: Vec<&[u8]> = missing.iter().map(|&at| keys[at]).collect();
            for (at, value) in missing.iter().zip(self.state().get(kind, &asked)) {
                values[*at] = value;
            }
            self.recent.put(kind, missing.iter().filter_map(|&at| Some((keys[at], values[at].as_deref()?))));
        }
        values
    }

    /// Begins to read many states one after the other.
    pub(crate) fn hold_recent(&self) -> RecentFiles<'_> {
        self.recent.hold()
    }

    /// Keeps values by their keys.
    pub fn put(&self, kind: Kind, rows: &[(&[u8], &[u8])]) {
        if !rows.is_empty() {
            self.recent.put(kind, rows.iter().copied());
            self.state().put(kind, rows);
        }
    }

    /// The result of a walk over history that is kept by a key.
    pub(crate) fn walk(&self, key: &[u8]) -> Option<WalkRow> {
        let mut rows = vec![self.get(Kind::Walk, &[&part_key(key, 0)]).pop()??];
        let keys: Vec<Vec<u8>> = (1..WalkRow::part_count(&rows[0])?).map(|part| part_key(key, part)).collect();
        for row in self.get(Kind::Walk, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>()) {
            rows.push(row?);
        }
        WalkRow::join(&rows)
    }

    /// Keeps the result of a walk over history by a key.
    pub(crate) fn keep_walk(&self, key: &[u8], walk: &WalkRow) {
        let mut rows = Vec::new();
        for (part, row) in (0..).zip(walk.parts()) {
            rows.push((part_key(key, part), row));
        }
        self.put(Kind::Walk, &rows.iter().map(|(key, row)| (key.as_slice(), row.as_slice())).collect::<Vec<_>>());
    }

    fn state(&self) -> MutexGuard<'_, OpenStore> {
        // A thread that panicked leaves a database behind, which keeps itself whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The open file, for as long as it is of use.
#[derive(Debug, Default)]
struct OpenStore {
    place: Option<StoreLocation>,
    database: Option<Database>,
    access: Access,
    problem: Option<String>,
}

/// Whether anything more is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Access {
    #[default]
    ReadWrite,
    Read,
}

impl OpenStore {
    /// Opens the file, and makes it again if its content is of no use.
    fn open(&mut self) {
        match self.try_open() {
            Ok(database) => self.database = Some(database),
            Err(DatabaseFault::Damaged) => self.rebuild(),
            Err(DatabaseFault::Refused(problem)) => self.give_up(problem),
        }
    }

    fn try_open(&self) -> Result<Database, DatabaseFault> {
        let Some(place) = &self.place else { return Err(DatabaseFault::Damaged) };
        if place.prepare().map_err(DatabaseFault::Refused)? > MAX_LENGTH {
            return Err(DatabaseFault::Damaged);
        }
        Database::open(place.file(), version())
    }

    fn rebuild(&mut self) {
        // The connection is closed first, or its locks would be held on a file that nobody else can see.
        self.database = None;
        let Some(place) = &self.place else { return };
        match place.clear().map_err(DatabaseFault::Refused).and_then(|()| self.try_open()) {
            Ok(database) => self.database = Some(database),
            Err(DatabaseFault::Damaged) => self.give_up("it is damaged, and cannot be made anew".to_owned()),
            Err(DatabaseFault::Refused(problem)) => self.give_up(problem),
        }
    }

    fn give_up(&mut self, problem: String) {
        self.database = None;
        self.problem.get_or_insert(problem);
    }

    fn get(&mut self, kind: Kind, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        match self.database.as_mut().map(|database| database.get(kind, keys)) {
            Some(Ok(values)) => return values,
            Some(Err(DatabaseFault::Damaged)) => self.rebuild(),
            Some(Err(DatabaseFault::Refused(problem))) => self.give_up(problem),
            None => {}
        }
        vec![None; keys.len()]
    }

    fn put(&mut self, kind: Kind, rows: &[(&[u8], &[u8])]) {
        if self.access == Access::Read {
            return;
        }
        let mut outcome = self.try_put(kind, rows);
        if let Err(DatabaseFault::Damaged) = outcome {
            self.rebuild();
            outcome = self.try_put(kind, rows);
        }
        if let Err(fault) = outcome {
            self.access = Access::Read;
            self.problem.get_or_insert(match fault {
                DatabaseFault::Damaged => "it is damaged".to_owned(),
                DatabaseFault::Refused(problem) => problem,
            });
        }
    }

    fn try_put(&mut self, kind: Kind, rows: &[(&[u8], &[u8])]) -> Result<(), DatabaseFault> {
        self.database.as_mut().map_or(Ok(()), |database| database.put(kind, rows))
    }
}

/// The version of everything that decides the meaning of the bytes of a row, and whether they are true.
fn version() -> i32 {
    let [.., a, b, c, d] = u64::from_str_radix(CODE, 16).unwrap_or_default().to_be_bytes();
    i32::from_be_bytes([a, b, c, d])
}
