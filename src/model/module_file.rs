//! What a directory has of a module, whether or not that is one of the repository's: what `replace` and `use` lines
//! lead to.

use super::Model;
use crate::syntax::{GoMod, Parsed, SyntaxError};
use crate::text::{FileId, RepoPath};

/// The module file of a directory.
#[derive(Clone, Copy, Debug)]
pub struct ModuleFile<'m> {
    file: FileId,
    parsed: &'m Parsed<GoMod>,
}

/// What is known of a directory that a `replace` or `use` line leads to.
#[derive(Clone, Copy, Debug)]
pub enum Directory<'m> {
    /// It has a module file.
    Module(ModuleFile<'m>),
    /// It has none, or is not there.
    NoModule,
    /// Nobody could look into it: it is in another repository, or could not be read.
    Hidden,
}

impl Model {
    /// The module file in a directory: of a module, or of one that a `replace` or `use` line leads to.
    pub fn module_file_at(&self, dir: &RepoPath) -> Option<ModuleFile<'_>> {
        let module = self.module_in.get(dir).map(|&index| {
            let data = &self.modules[index];
            ModuleFile { file: data.file, parsed: &data.parsed }
        });
        let target = || self.targets.get(dir).map(|fact| ModuleFile { file: fact.file, parsed: &fact.parsed });
        module.or_else(target)
    }

    /// What is known of a directory that a `replace` or `use` line leads to. Of others this says nothing.
    pub fn directory(&self, dir: &RepoPath) -> Directory<'_> {
        match self.module_file_at(dir) {
            Some(file) => Directory::Module(file),
            None if self.hidden_dirs.contains(dir) => Directory::Hidden,
            None => Directory::NoModule,
        }
    }
}

impl<'m> ModuleFile<'m> {
    /// The file.
    pub fn file(self) -> FileId {
        self.file
    }

    /// What it says.
    pub fn go_mod(self) -> &'m GoMod {
        &self.parsed.tree
    }

    /// What could not be parsed of it.
    pub fn errors(self) -> &'m [SyntaxError] {
        &self.parsed.errors
    }
}
