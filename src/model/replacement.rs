//! The `replace` and `exclude` lines, and what each does.

use std::fmt;

use super::graph::LineRef;
use super::replaces::{Holder, ReplaceRef};
use super::{Effect, Idle, Model, Module, Workspace};
use crate::syntax::{Exclude, Replace, ReplaceTarget};
use crate::text::{FileId, RepoPath};

/// A `replace` line, and what it is relative to.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'m> {
    model: &'m Model,
    at: ReplaceRef,
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
}

impl<'m> Replacement<'m> {
    pub(super) fn new(model: &'m Model, at: ReplaceRef) -> Self {
        Self { model, at }
    }

    /// The line.
    pub fn line(self) -> &'m Replace {
        let lines = match self.at.holder {
            Holder::Workspace(index) => &self.model.workspaces[index].go_work().replace,
            Holder::Module(index) => &self.model.modules[index].go_mod().replace,
        };
        &lines[self.at.line]
    }

    /// The file that holds it.
    pub fn file(self) -> FileId {
        match self.at.holder {
            Holder::Workspace(index) => self.model.workspaces[index].file,
            Holder::Module(index) => self.model.modules[index].file,
        }
    }

    /// The module whose file holds it; `None` for a line of a workspace.
    pub fn module(self) -> Option<Module<'m>> {
        match self.at.holder {
            Holder::Workspace(_) => None,
            Holder::Module(index) => Some(Module::new(self.model, index)),
        }
    }

    /// The workspace where it counts, with its file or with a member's.
    pub fn workspace(self) -> Option<Workspace<'m>> {
        match self.at.holder {
            Holder::Workspace(index) => Some(Workspace::new(self.model, index)),
            Holder::Module(index) => Module::new(self.model, index).workspace(),
        }
    }

    /// The directory of the repository that it puts in place, if it is one.
    pub fn directory(self) -> Option<RepoPath> {
        let dir = match self.at.holder {
            Holder::Workspace(index) => &self.model.workspaces[index].dir,
            Holder::Module(index) => &self.model.modules[index].dir,
        };
        match &self.line().new {
            ReplaceTarget::Directory(target) => dir.resolve(&*target.value),
            ReplaceTarget::Module { .. } => None,
        }
    }

    /// Whether both put the same in place, however they are written.
    pub fn leads_where(self, other: Self) -> bool {
        match (self.directory(), other.directory()) {
            (None, None) => self.to_string() == other.to_string(),
            (one, other) => one == other,
        }
    }

    /// What the line does.
    pub fn effect(self) -> Effect {
        let line = LineRef::Replace(self.at);
        match self.at.holder {
            Holder::Workspace(_) => self.model.effect_together(line).cloned().unwrap_or(Effect::Open),
            Holder::Module(_) => effect_of_both(self.model, line),
        }
    }
}

/// What is put in place, as it is written: a directory, or a path and a version.
impl fmt::Display for Replacement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line().new.fmt(f)
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

    /// What the line does.
    pub fn effect(self) -> Effect {
        let line = LineRef::Exclude { module: self.module.index(), line: self.index };
        effect_of_both(self.module.model(), line)
    }
}

/// What a line of a module does, where that is built alone, and in its workspace if it has one.
fn effect_of_both(model: &Model, line: LineRef) -> Effect {
    let alone = model.effect_alone(line);
    match (alone, model.effect_together(line)) {
        (alone, None) | (alone @ Effect::Idle(_), Some(Effect::Idle(_))) => alone.clone(),
        (_, Some(overridden @ Effect::Idle(Idle::Overridden { .. }))) => overridden.clone(),
        (Effect::Acts, _) | (_, Some(Effect::Acts)) => Effect::Acts,
        (unused @ Effect::Unused(_), Some(Effect::Unused(_) | Effect::Idle(_))) => unused.clone(),
        (Effect::Idle(_), Some(unused @ Effect::Unused(_))) => unused.clone(),
        (Effect::Open, _) | (_, Some(Effect::Open)) => Effect::Open,
    }
}
