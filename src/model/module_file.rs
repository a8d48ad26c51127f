//! The module file of a directory, whether or not it is one of the repository's modules: the target of `replace` and
//! `use` lines.

use super::{LayoutFacts, Model, Module, Workspace};
use crate::go::ModulePath;
use crate::syntax::{GoMod, GoSum, LayoutFault, Parsed, ParsedFile, SyntaxError};
use crate::text::{FileId, RepoPath};

/// The module file of a directory.
#[derive(Clone, Copy, Debug)]
pub struct ModuleFile<'m> {
    file: FileId,
    dir: &'m RepoPath,
    role: FileRole,
    parsed: &'m Parsed<GoMod>,
}

/// The role of a module file in the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileRole {
    /// That of one of its modules.
    Module,
    /// One that only a line leads to.
    Target,
}

/// The known facts about a directory that a `replace` or `use` line leads to.
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
        let module = self.main_in(dir).map(|index| {
            let data = &self.modules[index];
            ModuleFile { file: data.file, dir: &data.dir, role: FileRole::Module, parsed: &data.parsed }
        });
        let target = || {
            let (dir, fact) = self.targets.get_key_value(dir)?;
            Some(ModuleFile { file: fact.file, dir, role: FileRole::Target, parsed: &fact.parsed })
        };
        module.or_else(target)
    }

    /// The known facts about a directory that a `replace` or `use` line leads to; nothing about others.
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

    /// Its directory.
    pub fn dir(self) -> &'m RepoPath {
        self.dir
    }

    /// Its content.
    pub fn go_mod(self) -> &'m GoMod {
        &self.parsed.tree
    }

    /// The module path that it states.
    pub fn path(self) -> Option<&'m ModulePath> {
        Some(&self.go_mod().module.as_ref()?.path.value)
    }

    /// Whether it is that of a module of the repository, so that its faults are reported there.
    pub fn is_main(self) -> bool {
        self.role == FileRole::Module
    }

    /// Its syntax errors.
    pub fn errors(self) -> &'m [SyntaxError] {
        &self.parsed.errors
    }
}

impl Model {
    /// The same with the layout fault of each module's file, in order of the modules.
    pub fn with_layout_faults(self, layout_faults: Vec<Option<LayoutFault>>) -> Self {
        Self { layout_faults, ..self }
    }
}

impl<'m> Module<'m> {
    /// Where its file is laid out otherwise than `go mod tidy` would.
    pub fn layout_fault(self, _: LayoutFacts<'m>) -> Option<&'m LayoutFault> {
        self.model().layout_faults.get(self.index())?.as_ref()
    }

    /// Its `go.sum`, if there is one.
    pub fn sums(self) -> Option<&'m ParsedFile<GoSum>> {
        self.data().sums.as_ref()
    }
}

impl<'m> Workspace<'m> {
    /// Its `go.work.sum`, if there is one.
    pub fn sums(self) -> Option<&'m ParsedFile<GoSum>> {
        self.data().sums.as_ref()
    }
}
