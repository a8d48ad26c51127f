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

            /// The id that is written in these hexadecimal digits. `None` if they are of no id.
            pub fn from_hex(digits: &str) -> Option<Self> {
                let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
                let byte = |pair: &[u8]| Some(value(*pair.first()?)? << 4 | value(*pair.get(1)?)?);
                let bytes = digits.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
                Self::new(&bytes)
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
    /// The index: the content of the next commit.
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
    /// Several states, whose reports were joined.
    Merged,
}

impl Origin {
    /// The commit, if the state is one.
    pub fn commit(&self) -> Option<CommitId> {
        match self {
            Self::Commit { id, .. } => Some(*id),
            Self::WorkTree | Self::Index | Self::Memory | Self::Merged => None,
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
            Self::Merged => f.write_str("several states"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CommitId;

    #[test]
    fn ids_are_read_as_they_are_written() {
        for id in [CommitId::new(&[0xab; 20]), CommitId::new(&[0x1f; 32])] {
            assert_eq!(id.and_then(|id| CommitId::from_hex(&id.to_string())), id);
        }
        for digits in ["", "abc", &"g".repeat(40), &"a".repeat(41), &"é".repeat(20), &"a".repeat(42)] {
            assert_eq!(CommitId::from_hex(digits), None, "{digits}");
        }
    }
}
