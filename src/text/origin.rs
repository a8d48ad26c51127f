//! Where a text was read: the names Git has for it.

use std::fmt;

macro_rules! object_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name { len: u8, bytes: [u8; 32] }

        impl $name {
            /// The id of these bytes: 20 for SHA-1, 32 for SHA-256. `None` for any other length.
            pub fn new(id: &[u8]) -> Option<Self> {
                let mut bytes = [0; 32];
                if id.len() != 20 && id.len() != 32 {
                    return None;
                }
                bytes[..id.len()].copy_from_slice(id);
                Some(Self { len: u8::try_from(id.len()).ok()?, bytes })
            }

            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes[..usize::from(self.len)]
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let digits = f.precision().unwrap_or(usize::MAX);
                let hex: String = self.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                f.write_str(&hex[..digits.min(hex.len())])
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

object_id! {
    /// The object id of a blob: a file's content, whatever its name.
    BlobId
}

object_id! {
    /// The object id of a commit.
    CommitId
}

object_id! {
    /// The object id of a tree: a directory with all that is below it.
    TreeId
}

/// Which state of the repository was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The files on disk.
    WorkTree,
    /// The index: what the next commit will hold.
    Index,
    /// A commit, and the revision by which it was asked for.
    Commit {
        /// Its object id.
        id: CommitId,
        /// The revision as given, for messages.
        revision: String,
    },
    /// Files held in memory.
    Memory,
}

impl Origin {
    /// The commit, if the state is one.
    pub fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Commit { id, .. } => Some(*id),
            Self::WorkTree | Self::Index | Self::Memory => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkTree => f.write_str("work tree"),
            Self::Index => f.write_str("index"),
            Self::Commit { id, .. } => write!(f, "commit {id}"),
            Self::Memory => f.write_str("memory"),
        }
    }
}
