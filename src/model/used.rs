//! The `use` lines of a workspace, and the directory of each.

use std::borrow::Cow;

use super::{Directory, ModuleFile, Workspace};
use crate::go::ModulePath;
use crate::syntax::Use;
use crate::text::RepoPath;

/// A `use` line.
#[derive(Clone, Copy, Debug)]
pub struct Used<'m> {
    workspace: Workspace<'m>,
    line: &'m Use,
}

/// Where a directory is that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsedPlace {
    /// In the repository.
    Inside(RepoPath),
    /// Beside the repository, or above it.
    Outside,
    /// On this one machine.
    Absolute,
}

impl UsedPlace {
    /// Where `path`, which is relative to `dir` unless it is absolute, leads.
    pub fn of(dir: &RepoPath, path: &str) -> Self {
        // A path with a drive is absolute for some of those who build this.
        let has_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        if has_drive || path.starts_with(['/', '\\']) {
            return Self::Absolute;
        }
        dir.resolve(path).map_or(Self::Outside, Self::Inside)
    }

    /// A key that distinguishes a directory from others, however it is written: a text that is no path of the
    /// repository.
    pub fn key(dir: &RepoPath, path: &str) -> String {
        if Self::of(dir, path) == Self::Absolute {
            return path.to_owned();
        }
        let whole = dir.join(path);
        let mut parts: Vec<Cow<'_, str>> = Vec::new();
        for part in whole.as_bytes().split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b".")) {
            let goes_up = part == b".." && parts.last().is_some_and(|last| last != "..");
            if goes_up {
                parts.pop();
            } else {
                parts.push(String::from_utf8_lossy(part));
            }
        }
        format!("./{}", parts.join("/"))
    }
}

impl<'m> Used<'m> {
    /// The line.
    pub fn line(self) -> &'m Use {
        self.line
    }

    /// The directory, as written.
    pub fn written(self) -> &'m str {
        &self.line.path.value
    }

    /// Where that is.
    pub fn place(self) -> UsedPlace {
        UsedPlace::of(self.workspace.dir(), self.written())
    }

    /// The known facts about the directory; `None` if it is not in the repository.
    pub fn directory(self) -> Option<Directory<'m>> {
        match self.place() {
            UsedPlace::Inside(dir) => Some(self.workspace.model().directory(&dir)),
            UsedPlace::Outside | UsedPlace::Absolute => None,
        }
    }

    /// The module file of the directory.
    pub fn module_file(self) -> Option<ModuleFile<'m>> {
        match self.directory()? {
            Directory::Module(file) => Some(file),
            Directory::NoModule | Directory::Hidden => None,
        }
    }

    /// The path that the module file states.
    pub fn module_path(self) -> Option<&'m ModulePath> {
        self.module_file()?.path()
    }

    /// A key that distinguishes the directory from those of other lines, however it is written.
    pub fn key(self) -> String {
        UsedPlace::key(self.workspace.dir(), self.written())
    }
}

impl<'m> Workspace<'m> {
    /// Its `use` lines, in order.
    pub fn uses(self) -> impl Iterator<Item = Used<'m>> {
        self.go_work().use_.iter().map(move |line| Used { workspace: self, line })
    }
}
