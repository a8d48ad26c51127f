//! The store's file, as a database: one table, one row a fact, found by a hash of its key.
//!
//! SQLite keeps the file whole through kills and between runs. It does not notice changed bytes inside a row, so each
//! row carries its key and a checksum, and one that is wrong is as good as none.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Transaction, TransactionBehavior, params};
use twox_hash::XxHash3_64;

/// The kinds of facts in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The facts of a Go file, by the id of its blob.
    GoFile = 1,
    /// The text of a module file or policy, which is parsed each time, by the id of its blob.
    Text = 2,
    /// The changes between two trees, by the ids of both.
    Changes = 3,
    /// When the lines of a commit's module files came in, by the commit's id.
    Lines = 4,
    /// That the vendored files of a module are the module's own, by a hash of both.
    Verified = 5,
    /// The imports of the packages of a module in the module cache, by its version and its hash.
    Module = 6,
    /// Which modules of a state are tidy, by a hash of the files that this depends on.
    Tidy = 7,
    /// The result of a walk over history, by a hash of the policy and of the rest that it depends on.
    Walk = 8,
}

/// The number that distinguishes a store from other databases.
const APPLICATION: i32 = 0x6D_6F_64_77;

/// The only table. Rows are found by number, which is the fastest that SQLite has.
const SCHEMA: &str = "CREATE TABLE fact (id INTEGER PRIMARY KEY, record BLOB NOT NULL)";

/// No longer value is kept: who has one reads it again.
const MAX_VALUE: usize = 1 << 20;

/// How long another run's transaction is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bytes of a checksum.
const CHECKSUM: usize = size_of::<u64>();

/// An open store.
#[derive(Debug)]
pub(super) struct Database(Connection);

/// Why the database could not do its work.
pub(super) enum DatabaseFault {
    /// The content of the file is not, or no longer, a store of this version.
    Damaged,
    /// The system or another run is in the way; in SQLite's words.
    Refused(String),
}

impl From<Error> for DatabaseFault {
    fn from(error: Error) -> Self {
        use ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, FileLockingProtocolFailed, OutOfMemory,
            PermissionDenied, ReadOnly, SystemIoFailure,
        };
        match error.sqlite_error_code() {
            Some(
                CannotOpen
                | DatabaseBusy
                | DatabaseLocked
                | DiskFull
                | FileLockingProtocolFailed
                | OutOfMemory
                | PermissionDenied
                | ReadOnly
                | SystemIoFailure,
            ) => Self::Refused(error.to_string()),
            _ => Self::Damaged,
        }
    }
}

impl Database {
    /// Opens the store in `file`, which may be empty, if its writer had this `version`.
    pub(super) fn open(file: &Path, version: i32) -> Result<Self, DatabaseFault> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let mut database = Self(Connection::open_with_flags(file, flags)?);
        database.configure()?;
        match content(&database.0, version)? {
            FileContent::Facts => Ok(database),
            FileContent::Nothing => database.create(version).map(|()| database),
            FileContent::Other => Err(DatabaseFault::Damaged),
        }
    }

    /// The values of these keys, in their order.
    pub(super) fn get(&mut self, kind: Kind, keys: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, DatabaseFault> {
        let mut order: Vec<(i64, usize)> = keys.iter().map(|key| row_id(kind, key)).zip(0..).collect();
        // Neighbours in the file are read one after the other.
        order.sort_unstable();
        let mut values = vec![None; keys.len()];
        let transaction = self.0.transaction()?;
        let mut select = transaction.prepare("SELECT record FROM fact WHERE id = ?1")?;
        for (id, at) in order {
            let mut rows = select.query(params![id])?;
            let Some(row) = rows.next()? else { continue };
            if let ValueRef::Blob(record) = row.get_ref(0)? {
                values[at] = unframe(kind, keys[at], record).map(<[u8]>::to_vec);
            }
        }
        Ok(values)
    }

    /// Keeps these values, all or none of them.
    pub(super) fn put(&mut self, kind: Kind, rows: &[(&[u8], &[u8])]) -> Result<(), DatabaseFault> {
        let rows = rows.iter().filter(|(_, value)| value.len() <= MAX_VALUE);
        let mut order: Vec<_> = rows.map(|row| (row_id(kind, row.0), row)).collect();
        order.sort_unstable_by_key(|(id, _)| *id);
        let transaction = self.write()?;
        let mut insert = transaction.prepare("INSERT OR REPLACE INTO fact (id, record) VALUES (?1, ?2)")?;
        for (id, (key, value)) in order {
            insert.execute(params![id, frame(kind, key, value)])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    /// The settings of every connection. A file from another program is only data: nothing in it is run.
    fn configure(&self) -> Result<(), Error> {
        let connection = &self.0;
        connection.busy_timeout(PATIENCE)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(2 * MAX_VALUE).unwrap_or(i32::MAX))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
        // A journal that is rolled back needs no file beside the store for reading, so that a directory that cannot be
        // written is enough. Nothing waits for the disk: data that a power failure destroys is detected, and read again.
        connection.execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cell_size_check = ON; \
             PRAGMA temp_store = MEMORY;",
        )
    }

    fn create(&mut self, version: i32) -> Result<(), DatabaseFault> {
        let transaction = self.write()?;
        if !matches!(content(&transaction, version)?, FileContent::Nothing) {
            // Another run was faster.
            return Ok(());
        }
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", version)?;
        Ok(transaction.commit()?)
    }

    fn write(&mut self) -> Result<Transaction<'_>, Error> {
        self.0.transaction_with_behavior(TransactionBehavior::Immediate)
    }
}

/// The content of a file.
enum FileContent {
    /// Nothing at all.
    Nothing,
    /// Facts of the version that was asked for.
    Facts,
    /// Anything else.
    Other,
}

fn content(connection: &Connection, version: i32) -> Result<FileContent, Error> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let mut statement = connection.prepare("SELECT sql FROM sqlite_schema")?;
    let schema = statement.query_map([], |row| row.get::<_, Option<String>>(0))?.collect::<Result<Vec<_>, _>>()?;
    let (application, found) = (number("application_id")?, number("user_version")?);
    Ok(match schema.as_slice() {
        [] if (application, found) == (0, 0) => FileContent::Nothing,
        [Some(sql)] if (sql.as_str(), application, found) == (SCHEMA, APPLICATION, version) => FileContent::Facts,
        _ => FileContent::Other,
    })
}

/// The number of the row of a key. Where two keys share one, the later replaces the earlier.
fn row_id(kind: Kind, key: &[u8]) -> i64 {
    XxHash3_64::oneshot_with_seed(kind as u64, key).cast_signed()
}

/// A row: a checksum, the key, the value.
fn frame(kind: Kind, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut record = vec![0; CHECKSUM];
    record.extend_from_slice(key);
    record.extend_from_slice(value);
    let checksum = checksum(kind, &record[CHECKSUM..]);
    record[..CHECKSUM].copy_from_slice(&checksum);
    record
}

/// The value in a row, if the row is whole and this key's.
fn unframe<'r>(kind: Kind, key: &[u8], record: &'r [u8]) -> Option<&'r [u8]> {
    let (found, content) = record.split_at_checked(CHECKSUM)?;
    let value = content.strip_prefix(key)?;
    (found == checksum(kind, content)).then_some(value)
}

fn checksum(kind: Kind, content: &[u8]) -> [u8; CHECKSUM] {
    XxHash3_64::oneshot_with_seed(kind as u64, content).to_le_bytes()
}
