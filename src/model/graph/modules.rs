//! The modules of a table as one build sees them: replaced where a line says so, and without excluded versions.

use std::collections::HashSet;

use super::build::{Build, LineRef};
use super::table::{CachedFile, ModuleTable, NodeId, NodeVersion, PathId, SummaryId};
use crate::model::replaces::{Candidate, SourceHome};
use crate::text::FastSet;

/// The modules of a build.
#[derive(Debug)]
pub(in crate::model) struct BuildModules<'a> {
    build: &'a Build<'a>,
    /// The lines that are taken not to be there.
    gone: HashSet<LineRef>,
    mains: Vec<NodeId>,
    excluded: FastSet<NodeId>,
    replaced: FastSet<PathId>,
}

/// The known state of the go.mod of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Lookup {
    /// It is in the repository, or that of a pseudo-module.
    Found(SummaryId),
    /// The module cache has it, for the version itself or its replacement.
    Cached(SummaryId, NodeId),
    /// The module cache does not have it for this version.
    Absent(NodeId),
    /// It is in no module cache, and not in the repository.
    Unreachable,
    /// The module cache has one for this version that declares another path, so the go command refuses it.
    Mismatched(NodeId),
    /// Nobody has asked for that of this version yet.
    Unknown(NodeId),
}

impl Lookup {
    /// The file, if it is available.
    pub(in crate::model) fn file(self) -> Option<SummaryId> {
        match self {
            Self::Found(file) | Self::Cached(file, _) => Some(file),
            Self::Absent(_) | Self::Unreachable | Self::Mismatched(_) | Self::Unknown(_) => None,
        }
    }
}

impl<'a> BuildModules<'a> {
    /// Those of a build, as if the lines `gone` were not there.
    pub(in crate::model) fn new(build: &'a Build<'a>, table: &mut ModuleTable, gone: HashSet<LineRef>) -> Self {
        let mains = build.mains().map(|(_, main)| table.main(&main.path)).collect();
        let excluded = build.excluded_without(&gone).map(|(path, version)| table.module(path, version)).collect();
        let replaced = build.replaced_paths().map(|path| table.path(path)).collect();
        Self { build, gone, mains, excluded, replaced }
    }

    /// The build.
    pub(in crate::model) fn build(&self) -> &'a Build<'a> {
        self.build
    }

    /// The main modules.
    pub(in crate::model) fn mains(&self) -> &[NodeId] {
        &self.mains
    }

    /// Whether a line excludes it.
    pub(in crate::model) fn is_excluded(&self, node: NodeId) -> bool {
        !self.excluded.is_empty() && self.excluded.contains(&node)
    }

    /// The line that replaces a version.
    pub(in crate::model) fn replacement(&self, table: &ModuleTable, node: NodeId) -> Option<Candidate<'a>> {
        if !self.replaced.contains(&table.path_of(node)) {
            return None;
        }
        let (path, version) = table.module_of(node)?;
        self.build.replacement_without(path, version, &self.gone)
    }

    /// The place of the files of a version; `None` if it has none.
    pub(in crate::model) fn home(&self, table: &ModuleTable, node: NodeId) -> Option<SourceHome> {
        let (path, version) = table.module_of(node)?;
        let replaced = self.replacement(table, node);
        Some(replaced.map_or_else(|| SourceHome::Cache(path.clone(), version.clone()), Candidate::home))
    }

    /// The go.mod of a version, or of its replacement.
    pub(in crate::model) fn look_up(&self, table: &mut ModuleTable, node: NodeId) -> Lookup {
        let Some(replaced) = self.replacement(table, node) else { return self.look_up_cached(table, node) };
        match replaced.home() {
            SourceHome::Elsewhere => Lookup::Unreachable,
            SourceHome::Directory(dir) => match self.build.model().go_mod_in(&dir) {
                Some(read) => Lookup::Found(table.file_in(&dir, &read.tree)),
                None => Lookup::Unreachable,
            },
            SourceHome::Cache(path, version) => {
                let home = table.module(&path, &version);
                // One in place of another may declare any path (`modload.goModSummary`).
                match table.cached_file(home) {
                    CachedFile::Unknown => Lookup::Unknown(home),
                    CachedFile::Absent => Lookup::Absent(home),
                    CachedFile::Read(file) => Lookup::Cached(file, home),
                }
            }
        }
    }

    fn look_up_cached(&self, table: &ModuleTable, node: NodeId) -> Lookup {
        match (table.cached_file(node), table.version_of(node)) {
            (_, NodeVersion::Main) => Lookup::Unreachable,
            (CachedFile::Read(file), NodeVersion::Go(_) | NodeVersion::Toolchain(..)) => Lookup::Found(file),
            (CachedFile::Unknown, _) => Lookup::Unknown(node),
            (CachedFile::Absent, _) => Lookup::Absent(node),
            (CachedFile::Read(file), NodeVersion::Module(_)) => {
                let declared = table.summary(file).declared.as_ref();
                let is_own = declared.is_none_or(|declared| declared == table.path_text(table.path_of(node)));
                if is_own { Lookup::Cached(file, node) } else { Lookup::Mismatched(node) }
            }
        }
    }

    /// The requirements in a file that are not excluded, in order.
    pub(in crate::model) fn requirements<'s>(
        &'s self,
        table: &'s ModuleTable,
        file: SummaryId,
    ) -> impl DoubleEndedIterator<Item = NodeId> + 's {
        table.summary(file).require.iter().copied().filter(|&required| !self.is_excluded(required))
    }
}
