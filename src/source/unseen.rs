//! Why a path could not be seen.

use std::fmt;

/// Why a path could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A submodule, or another repository inside this one: its files are not this repository's.
    Submodule,
    /// The same, and an import, a `use` line or a `replace` line leads into it.
    ReachedSubmodule,
    /// A directory that Git ignores, and an import leads into it.
    IgnoredPackage,
    /// A directory that Git ignores, and a `use` line or a `replace` line leads into it.
    IgnoredModule,
    /// The file is a Git LFS pointer without the content.
    LfsPointer,
    /// A module to which a `use` or `replace` line could lead by way of a directory outside of the repository.
    Returning,
    /// A symbolic link that leaves the repository.
    LinkLeaves,
    /// A symbolic link to nothing, to itself, or through too many others.
    LinkBroken,
    /// A symbolic link to a directory, which is not followed.
    LinkToDirectory,
    /// A module below a vendor directory or behind a symbolic link, in a walk over history.
    Untracked,
    /// The object is not in the repository; a partial or damaged clone.
    MissingObject,
    /// The index holds several versions: a merge conflict is not resolved.
    Conflict,
    /// Longer than can be read.
    TooLarge,
    /// Its path, or one below it, is longer than any system opens.
    PathTooLong,
    /// It holds more files than can be looked at.
    TooManyFiles,
    /// A pipe, a socket or a device, which is never opened.
    Irregular,
    /// The system would not read it; its words.
    Unreadable(String),
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Submodule => "it is in another repository",
            Self::ReachedSubmodule => "it is in another repository, and the build needs packages from it",
            Self::IgnoredPackage => "it is ignored by Git, and the build on this machine needs packages from it",
            Self::IgnoredModule => "it is ignored by Git, and a `use` or `replace` line needs a module from it",
            Self::Returning => {
                "a path that leaves the repository may lead back to this module, depending on the name of the clone"
            }
            Self::LfsPointer => "it is a Git LFS pointer without the content",
            Self::LinkLeaves => "it is a symbolic link that leaves the repository",
            Self::LinkBroken => "it is a symbolic link that leads to no file",
            Self::LinkToDirectory => "it is a symbolic link to a directory, which is not followed",
            Self::Untracked => {
                "it is in a vendor directory or behind a symbolic link, which are not followed in earlier commits"
            }
            Self::MissingObject => "its object is not in this clone",
            Self::Conflict => "its merge conflict is not resolved",
            Self::TooLarge => "it is larger than 512 MiB",
            Self::PathTooLong => "its path is longer than 32 KiB",
            Self::TooManyFiles => "it has too many files",
            Self::Irregular => "it is not a regular file",
            Self::Unreadable(reason) => reason,
        })
    }
}
