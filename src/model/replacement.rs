//! The `replace` and `exclude` lines, and the effect of each.

use std::fmt;

use super::graph::LineRef;
use super::replaces::{Holder, ReplaceRef};
use super::{Effect, Gap, GraphFacts, Idle, Model, Module, ModuleFile, UsedPlace, Workspace, file_faults};
use crate::go::{ModulePath, ModuleVersion, Version};
use crate::syntax::{Exclude, Replace, ReplaceTarget};
use crate::text::{FileId, RepoPath, Span};

/// A `replace` line, and the directory that its paths are relative to.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'m> {
    line: &'m Replace,
    dir: &'m RepoPath,
    file: FileId,
    /// Where it counts; `None` for a line of a module that is none of the repository's.
    counted: Option<(&'m Model, ReplaceRef)>,
}

/// An `exclude` line.
#[derive(Clone, Copy, Debug)]
pub struct Exclusion<'m> {
    module: Module<'m>,
    index: usize,
}

impl<'m> Module<'m> {
    /// The `replace` lines of its file, in order.
    pub fn replacements(self) -> impl Iterator<Item = Replacement<'m>> {
        let holder = Holder::Module(self.index());
        let at = move |line| Replacement::new(self.model(), ReplaceRef { holder, line });
        (0..self.go_mod().replace.len()).map(at)
    }

    /// The line of its own file that replaces a module at a version: one for the version, else one for all.
    pub fn replacement_of(self, path: &ModulePath, version: &Version) -> Option<Replacement<'m>> {
        most_exact(self.replacements().filter(|line| line.old() == path && line.covers(version)))
    }

    /// The `exclude` lines of its file, in order.
    pub fn exclusions(self) -> impl Iterator<Item = Exclusion<'m>> {
        (0..self.go_mod().exclude.len()).map(move |index| Exclusion { module: self, index })
    }
}

impl<'m> Workspace<'m> {
    /// The `replace` lines of its file, in order.
    pub fn replacements(self) -> impl Iterator<Item = Replacement<'m>> {
        let holder = Holder::Workspace(self.index());
        let at = move |line| Replacement::new(self.model(), ReplaceRef { holder, line });
        (0..self.go_work().replace.len()).map(at)
    }

    /// The line of its own file that replaces a module at a version: one for the version, else one for all.
    pub fn replacement_of(self, path: &ModulePath, version: &Version) -> Option<Replacement<'m>> {
        most_exact(self.replacements().filter(|line| line.old() == path && line.covers(version)))
    }
}

/// The first line for one version, else the first.
fn most_exact<'m>(lines: impl Iterator<Item = Replacement<'m>>) -> Option<Replacement<'m>> {
    lines.reduce(|best, next| if best.old_version().is_none() && next.old_version().is_some() { next } else { best })
}

impl<'m> ModuleFile<'m> {
    /// Its `replace` lines, in order.
    pub fn replacements(self) -> impl Iterator<Item = Replacement<'m>> + Clone {
        let (dir, file) = (self.dir(), self.file());
        self.go_mod().replace.iter().map(move |line| Replacement { line, dir, file, counted: None })
    }
}

impl<'m> Replacement<'m> {
    pub(super) fn new(model: &'m Model, at: ReplaceRef) -> Self {
        let (lines, dir, file) = match at.holder {
            Holder::Workspace(index) => {
                let work = &model.workspaces[index];
                (&work.go_work().replace, &work.dir, work.file)
            }
            Holder::Module(index) => {
                let module = &model.modules[index];
                (&module.go_mod().replace, &module.dir, module.file)
            }
        };
        Self { line: &lines[at.line], dir, file, counted: Some((model, at)) }
    }

    /// The line.
    pub fn line(self) -> &'m Replace {
        self.line
    }

    /// The file that holds it.
    pub fn file(self) -> FileId {
        self.file
    }

    /// The directory of the file that holds it.
    pub fn dir(self) -> &'m RepoPath {
        self.dir
    }

    /// The module whose file holds it; `None` for a line of a workspace, and of a module that is none of the
    /// repository's.
    pub fn module(self) -> Option<Module<'m>> {
        match self.counted? {
            (model, ReplaceRef { holder: Holder::Module(index), .. }) => Some(Module::new(model, index)),
            _ => None,
        }
    }

    /// The workspace where it counts, with its file or with a member's.
    pub fn workspace(self) -> Option<Workspace<'m>> {
        match self.counted? {
            (model, ReplaceRef { holder: Holder::Workspace(index), .. }) => Some(Workspace::new(model, index)),
            _ => self.module()?.workspace(),
        }
    }

    /// The path of the module that it replaces.
    pub fn old(self) -> &'m ModulePath {
        &self.line.old.value
    }

    /// The version that it replaces; `None` for every version.
    pub fn old_version(self) -> Option<&'m Version> {
        self.line.old_version.as_ref().map(|version| &version.value)
    }

    /// The module version that it puts in place, if it is one.
    pub fn new_module(self) -> Option<(&'m ModulePath, &'m Version)> {
        match &self.line.new {
            ReplaceTarget::Module { path, version } => Some((&path.value, &version.value)),
            ReplaceTarget::Directory(_) => None,
        }
    }

    /// The path that the go.mod of the module version declares which it puts in place, where that was read.
    pub fn declared(self, _: GraphFacts<'m>) -> Option<&'m ModulePath> {
        let (path, version) = self.new_module()?;
        let (model, _) = self.counted?;
        model.effects.declared.get(&ModuleVersion { path: path.clone(), version: version.clone() })
    }

    /// The place of its right side.
    pub fn new_span(self) -> Span {
        match &self.line.new {
            ReplaceTarget::Directory(path) => path.span,
            ReplaceTarget::Module { path, version } => path.span.to(version.span),
        }
    }

    /// Where the directory is that it puts in place, if it is one.
    pub fn place(self) -> Option<UsedPlace> {
        match &self.line.new {
            ReplaceTarget::Directory(target) => Some(UsedPlace::of(self.dir, &target.value)),
            ReplaceTarget::Module { .. } => None,
        }
    }

    /// The directory of the repository that it puts in place, if it is one.
    pub fn directory(self) -> Option<RepoPath> {
        match &self.line.new {
            ReplaceTarget::Directory(target) => self.dir.resolve(&*target.value),
            ReplaceTarget::Module { .. } => None,
        }
    }

    /// Whether both put the same in place, however they are written.
    pub fn leads_where(self, other: Self) -> bool {
        self.target() == other.target()
    }

    /// A key for its right side, the same for all lines that put the same in place.
    pub fn target(self) -> String {
        match &self.line.new {
            ReplaceTarget::Directory(path) => UsedPlace::key(self.dir, &path.value),
            ReplaceTarget::Module { .. } => self.to_string(),
        }
    }

    /// Whether it replaces a version of its module.
    pub fn covers(self, version: &Version) -> bool {
        self.old_version().is_none_or(|old| old == version)
    }

    /// Its left side, as the go command names it: a path, or a path and a version.
    pub fn replaced(self) -> String {
        file_faults::left_side(self.line)
    }

    /// The effect of the line.
    pub fn effect(self, _: GraphFacts<'m>) -> Effect {
        let Some((model, at)) = self.counted else { return Effect::Open(Gap::NotAsked) };
        let line = LineRef::Replace(at);
        match at.holder {
            Holder::Workspace(_) => model.effect_together(line).cloned().unwrap_or(Effect::Open(Gap::NotAsked)),
            Holder::Module(_) => effect_of_both(model, line),
        }
    }
}

/// The right side, as it is written: a directory, or a path and a version.
impl fmt::Display for Replacement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.new.fmt(f)
    }
}

impl<'m> Exclusion<'m> {
    /// The line.
    pub fn line(self) -> &'m Exclude {
        &self.module.go_mod().exclude[self.index]
    }

    /// The module whose file holds it.
    pub fn module(self) -> Module<'m> {
        self.module
    }

    /// The effect of the line.
    pub fn effect(self, _: GraphFacts<'m>) -> Effect {
        let line = LineRef::Exclude { module: self.module.index(), line: self.index };
        effect_of_both(self.module.model(), line)
    }
}

/// The effect of a line of a module, if that is built alone, and in its workspace if it has one.
fn effect_of_both(model: &Model, line: LineRef) -> Effect {
    let alone = model.effect_alone(line);
    match (alone, model.effect_together(line)) {
        (alone, None) | (alone @ Effect::Idle(_), Some(Effect::Idle(_))) => alone.clone(),
        (_, Some(overridden @ Effect::Idle(Idle::Overridden { .. }))) => overridden.clone(),
        (Effect::Acts, _) | (_, Some(Effect::Acts)) => Effect::Acts,
        (open @ Effect::Open(_), _) | (_, Some(open @ Effect::Open(_))) => open.clone(),
        (unused @ Effect::Unused(_), _) | (_, Some(unused @ Effect::Unused(_))) => unused.clone(),
    }
}
