//! The settings in the environment of the go command that change its answers.

use crate::text::RepoPath;

/// Which workspace files the go command would use: the setting `GOWORK` in its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Workspaces {
    /// For each module the nearest one above it.
    #[default]
    Nearest,
    /// None: each module is built by itself.
    Off,
    /// This one alone.
    Only(RepoPath),
}

impl Workspaces {
    /// Whether a workspace file counts.
    pub fn admit(&self, file: &RepoPath) -> bool {
        match self {
            Self::Nearest => true,
            Self::Off => false,
            Self::Only(path) => path == file,
        }
    }
}

/// The settings in the environment of the go command that change its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoEnv {
    /// Which workspace files count.
    pub workspaces: Workspaces,
    /// Whether vendor directories count.
    pub mod_flag: ModFlag,
    /// The files with which `GOFLAGS` replaces those of the repository.
    pub substitutes: Vec<Substitute>,
    /// The workspace file nearest above the repository, as the user knows its path.
    pub work_above: Option<Box<str>>,
}

impl GoEnv {
    /// Nothing.
    pub fn empty() -> &'static Self {
        static EMPTY: GoEnv = GoEnv {
            workspaces: Workspaces::Nearest,
            mod_flag: ModFlag::Unset,
            substitutes: Vec::new(),
            work_above: None,
        };
        &EMPTY
    }
}

/// A file with which `GOFLAGS` replaces those of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    /// The flag that names it.
    pub flag: SubstituteFlag,
    /// Its path, as the flag has it.
    pub given: Box<str>,
    /// Its path in the repository, seen from the current directory, if it is there.
    pub path: Option<RepoPath>,
}

/// A flag that replaces files of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubstituteFlag {
    /// `-modfile`: another file than go.mod.
    ModFile,
    /// `-overlay`: a list of files, and of those in their places.
    Overlay,
}

/// Whether the go command would use vendor directories: the flag `-mod` in `GOFLAGS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModFlag {
    /// Nothing: it decides by the vendor directory and the Go version.
    #[default]
    Unset,
    /// `-mod=vendor`: always.
    Vendor,
    /// `-mod=mod` or `-mod=readonly`: never.
    Other,
}
