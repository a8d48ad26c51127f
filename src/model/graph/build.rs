//! The main modules of a build, and their `replace` and `exclude` lines.

use std::collections::{HashMap, HashSet};

use crate::go::{ModulePath, ModuleVersion, Version};
use crate::model::replaces::{Candidate, ReplaceRef, Replaces};
use crate::model::{Model, ModuleData, WorkspaceData};
use crate::syntax::Exclude;

/// The main modules of a build, and the lines that count for them.
#[derive(Debug)]
pub(in crate::model) struct Build<'a> {
    model: &'a Model,
    mains: Vec<usize>,
    main_paths: HashSet<&'a ModulePath>,
    work: Option<(usize, &'a WorkspaceData)>,
    replaces: Replaces<'a>,
    disputed: HashSet<&'a ModulePath>,
    excludes: HashMap<(&'a ModulePath, &'a Version), Vec<LineRef>>,
}

/// A `replace` or `exclude` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::model) enum LineRef {
    /// A `replace` line.
    Replace(ReplaceRef),
    /// An `exclude` line, by its module and place there.
    Exclude {
        /// The module.
        module: usize,
        /// The place among its lines.
        line: usize,
    },
}

impl<'a> Build<'a> {
    /// The build of one module without a workspace.
    pub(in crate::model) fn alone(model: &'a Model, module: usize) -> Self {
        Self::of(model, vec![module], None)
    }

    /// The build of a workspace.
    pub(in crate::model) fn together(model: &'a Model, workspace: usize) -> Self {
        Self::of(model, model.workspaces[workspace].members.clone(), Some(workspace))
    }

    fn of(model: &'a Model, mains: Vec<usize>, workspace: Option<usize>) -> Self {
        let work = workspace.map(|index| (index, &model.workspaces[index]));
        let replaces = Replaces::of(&model.modules, &mains, work);
        let disputed = if work.is_some() { replaces.disputed() } else { HashSet::new() };
        let main_paths = mains.iter().map(|&main| &model.modules[main].path).collect();
        let mut excludes: HashMap<_, Vec<_>> = HashMap::new();
        for &module in &mains {
            for (line, Exclude { path, version, .. }) in model.modules[module].go_mod().exclude.iter().enumerate() {
                let at = LineRef::Exclude { module, line };
                excludes.entry((&path.value, &version.value)).or_default().push(at);
            }
        }
        Self { model, mains, main_paths, work, replaces, disputed, excludes }
    }

    pub(in crate::model) fn mains(&self) -> impl Iterator<Item = (usize, &'a ModuleData)> {
        self.mains.iter().map(|&main| (main, &self.model.modules[main]))
    }

    pub(in crate::model) fn work(&self) -> Option<(usize, &'a WorkspaceData)> {
        self.work
    }

    pub(in crate::model) fn model(&self) -> &'a Model {
        self.model
    }

    /// Whether it is the path of a main module.
    pub(in crate::model) fn is_main(&self, path: &ModulePath) -> bool {
        self.main_paths.contains(path)
    }

    /// Whether a line replaces one version of a module only.
    pub(in crate::model) fn has_versioned_lines(&self, path: &ModulePath) -> bool {
        self.replaces.has_versioned_lines(path)
    }

    /// Whether two lines of one file put different things in one place.
    pub(in crate::model) fn contradicts_itself(&self) -> bool {
        self.replaces.contradict()
    }

    /// The line of the workspace's file that goes before those of its members.
    pub(in crate::model) fn overriding(&self, path: &ModulePath, version: Option<&Version>) -> Option<Candidate<'a>> {
        self.replaces.overriding(path, version)
    }

    /// Whether the members' own lines for a module contradict each other.
    pub(in crate::model) fn members_disagree(&self, path: &ModulePath) -> bool {
        self.disputed.contains(path)
    }

    /// Whether a line excludes a module at a version.
    pub(in crate::model) fn excludes(&self, module: &ModuleVersion) -> bool {
        self.excludes.contains_key(&(&module.path, &module.version))
    }

    /// The excluded versions, without those that only lines of `gone` exclude.
    pub(super) fn excluded_without(
        &self,
        gone: &HashSet<LineRef>,
    ) -> impl Iterator<Item = (&'a ModulePath, &'a Version)> {
        let counts = |lines: &[LineRef]| lines.iter().any(|line| !gone.contains(line));
        self.excludes.iter().filter(move |(_, lines)| counts(lines)).map(|(module, _)| *module)
    }

    /// The paths on the left of `replace` lines.
    pub(super) fn replaced_paths(&self) -> impl Iterator<Item = &'a ModulePath> {
        self.replaces.paths()
    }

    /// The line that replaces a module at a version.
    pub(in crate::model) fn replacement(&self, path: &ModulePath, version: &Version) -> Option<Candidate<'a>> {
        self.replaces.in_force(path, version)
    }

    /// The same as if the lines `gone` were not there.
    pub(in crate::model) fn replacement_without(
        &self,
        path: &ModulePath,
        version: &Version,
        gone: &HashSet<LineRef>,
    ) -> Option<Candidate<'a>> {
        self.replaces.in_force_but(path, version, &|at| gone.contains(&LineRef::Replace(at)))
    }
}
