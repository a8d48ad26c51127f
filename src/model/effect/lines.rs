//! The lines of a build, and the known facts about its main modules other than the graph.

use std::collections::{BTreeMap, HashMap};

use crate::go::{ModulePath, ModuleVersion, Version};
use crate::model::graph::{Build, LineRef};
use crate::model::replaces::{Candidate, Holder, ReplaceRef};
use crate::model::{File, Module, Package, ResolutionKind};
use crate::syntax::{Exclude, Replace, ReplaceTarget};
use crate::text::{FileId, Span};

/// A line of a build.
#[derive(Clone, Copy, Debug)]
pub(super) enum BuildLine<'a> {
    Replace { at: ReplaceRef, file: FileId, line: &'a Replace },
    Exclude { module: usize, index: usize, file: FileId, line: &'a Exclude },
}

impl<'a> BuildLine<'a> {
    pub(super) fn at(self) -> LineRef {
        match self {
            Self::Replace { at, .. } => LineRef::Replace(at),
            Self::Exclude { module, index, .. } => LineRef::Exclude { module, line: index },
        }
    }

    pub(super) fn path(self) -> &'a ModulePath {
        match self {
            Self::Replace { line, .. } => &line.old.value,
            Self::Exclude { line, .. } => &line.path.value,
        }
    }

    /// The version that it is about; `None` for every one.
    pub(super) fn version(self) -> Option<&'a Version> {
        match self {
            Self::Replace { line, .. } => line.old_version.as_ref().map(|version| &version.value),
            Self::Exclude { line, .. } => Some(&line.version.value),
        }
    }

    pub(super) fn place(self) -> (FileId, Span) {
        match self {
            Self::Replace { file, line, .. } => (file, line.line.span),
            Self::Exclude { file, line, .. } => (file, line.line.span),
        }
    }

    /// The module version that it puts in place, if it does.
    pub(super) fn target(self) -> Option<ModuleVersion> {
        let Self::Replace { line: Replace { new: ReplaceTarget::Module { path, version }, .. }, .. } = self else {
            return None;
        };
        Some(ModuleVersion { path: path.value.clone(), version: version.value.clone() })
    }

    /// The file, and the subject of the line there. Two lines that have this in common say the same, or the go command
    /// refuses the file.
    pub(super) fn left(self) -> (FileId, bool, &'a ModulePath, Option<&'a Version>) {
        (self.place().0, matches!(self, Self::Replace { .. }), self.path(), self.version())
    }

    pub(super) fn replaces_itself(self) -> bool {
        self.target().is_some_and(|target| target.path == *self.path() && self.version() == Some(&target.version))
    }
}

/// The known facts about an imported package.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Imported<'a> {
    /// The module that has it.
    pub(super) module: Option<&'a ModulePath>,
    /// Whether it is not known where it leads: perhaps to a replaced module.
    pub(super) is_open: bool,
}

impl<'a> Build<'a> {
    /// The lines that count in the build, the workspace's first.
    pub(super) fn lines(&self) -> impl Iterator<Item = BuildLine<'a>> {
        let of_file = |holder: Holder, file: FileId, lines: &'a [Replace]| {
            lines.iter().enumerate().map(move |(index, line)| BuildLine::Replace {
                at: ReplaceRef { holder, line: index },
                file,
                line,
            })
        };
        let of_work =
            self.work().map(move |(index, work)| of_file(Holder::Workspace(index), work.file, &work.go_work().replace));
        let of_mains = self.mains().flat_map(move |(module, data)| {
            let excludes = data.go_mod().exclude.iter().enumerate();
            let exclude = move |(index, line)| BuildLine::Exclude { module, index, file: data.file, line };
            of_file(Holder::Module(module), data.file, &data.go_mod().replace).chain(excludes.map(exclude))
        });
        of_work.into_iter().flatten().chain(of_mains).collect::<Vec<_>>().into_iter()
    }

    pub(super) fn place(&self, candidate: Candidate<'a>) -> (FileId, Span) {
        let file = match candidate.at.holder {
            Holder::Workspace(index) => self.model().workspaces[index].file,
            Holder::Module(index) => self.model().modules[index].file,
        };
        (file, candidate.line.line.span)
    }

    /// The imports of the main modules, and their tools, without the modules that they lead to.
    pub(super) fn imported(&self) -> BTreeMap<&'a str, Imported<'a>> {
        let mut imports = BTreeMap::new();
        if self.lines().next().is_none() {
            return imports;
        }
        let modules = self.mains().map(|(index, _)| Module::new(self.model(), index));
        for import in modules.flat_map(Module::packages).flat_map(Package::files).flat_map(File::imports) {
            let resolution = import.resolution();
            let imported: &mut Imported<'a> = imports.entry(import.path()).or_default();
            imported.is_open |= resolution.is_guess() || resolution.kind == ResolutionKind::Unknown;
            imported.module = imported.module.or(resolution.module.as_ref());
        }
        for tool in self.mains().flat_map(|(_, main)| &main.go_mod().tool) {
            imports.entry(tool.path.value.as_str()).or_default().is_open = true;
        }
        imports
    }

    /// The requirements of the main modules, at the highest version that they state.
    pub(super) fn required(&self) -> HashMap<&'a ModulePath, &'a Version> {
        let mut required: HashMap<&ModulePath, &Version> = HashMap::new();
        for line in self.mains().flat_map(|(_, main)| &main.go_mod().require) {
            let highest = required.entry(&line.path.value).or_insert(&line.version.value);
            *highest = (*highest).max(&line.version.value);
        }
        required
    }

    /// Whether its files could be read in full, and none contradicts itself.
    pub(super) fn is_readable(&self) -> bool {
        !self.contradicts_itself()
            && self.mains().all(|(_, main)| main.parsed.errors.is_empty())
            && self.work().is_none_or(|(_, work)| work.parsed.errors.is_empty())
    }

    /// Whether go.mod lists every module that has a package in the build.
    pub(super) fn lists_all(&self) -> bool {
        self.mains().all(|(_, main)| main.go_mod().go.as_ref().is_some_and(|go| go.value.is_at_least("1.17")))
    }
}
