//! The environment variables that Git sets for the programs that it starts, as a value.
//!
//! Taken once from the process; the tests make their own.

use std::ffi::OsString;
use std::path::PathBuf;

/// The variables by which Git says which repository, index and objects a hook is about.
///
/// Relative paths are relative to the directory that is opened, but for the index, which Git reads from the top
/// of the work tree. The user's configuration is found by `HOME`, as Git finds it; `GIT_CONFIG_GLOBAL` and
/// `GIT_CONFIG_SYSTEM` are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: `git commit -a` and `git commit PATH` point it at a temporary file.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: during a push, the quarantine that holds the new objects.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`: a list of directories.
    pub alternate_object_directories: Option<OsString>,
    /// `GIT_QUARANTINE_PATH`: where Git keeps the objects of a push, until it accepts the push.
    pub quarantine: Option<PathBuf>,
    /// `GIT_SHALLOW_FILE`: during a push into a shallow repository, the new boundary.
    pub shallow_file: Option<PathBuf>,
    /// `GIT_CEILING_DIRECTORIES`: a list of directories above which no repository is looked for.
    pub ceiling_directories: Option<OsString>,
    /// `GIT_DISCOVERY_ACROSS_FILESYSTEM`.
    pub across_filesystems: bool,
}

impl Environment {
    /// The environment of this process. An empty variable counts as none.
    pub fn from_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| variable(name).map(PathBuf::from);
        Self {
            git_dir: path("GIT_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            index_file: path("GIT_INDEX_FILE"),
            object_directory: path("GIT_OBJECT_DIRECTORY"),
            alternate_object_directories: variable("GIT_ALTERNATE_OBJECT_DIRECTORIES"),
            quarantine: path("GIT_QUARANTINE_PATH"),
            shallow_file: path("GIT_SHALLOW_FILE"),
            ceiling_directories: variable("GIT_CEILING_DIRECTORIES"),
            across_filesystems: variable("GIT_DISCOVERY_ACROSS_FILESYSTEM")
                .is_some_and(|value| ["1", "true", "yes", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))),
        }
    }
}
