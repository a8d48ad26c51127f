//! The modules that `through` excuses: a denied module that another module requires.

use super::lines::graph_of;
use super::{DeniedContext, ModuleDenied};
use crate::finding::Violation;
use crate::rules::module_line::LineHolder;

/// A denied module that is built.
pub(super) struct Denied<'m> {
    /// The module or workspace whose build it is in because its own packages, tools or go.mod files ask for it; `None`
    /// where a line puts it in place of another module, which nothing excuses.
    pub(super) build: Option<LineHolder<'m>>,
    /// The violation for it.
    pub(super) violation: Violation,
}

/// Whether a denied module may be built because a module of `through` requires it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excuse {
    /// No module of `through` requires it.
    None,
    /// One does.
    Given,
    /// go.mod files that could decide were not read.
    Unknown,
}

impl ModuleDenied {
    /// Whether a module of `through` requires a denied one in the build of its module, alone or in its workspace.
    pub(super) fn excuse(&self, cx: DeniedContext<'_>, denied: &Denied<'_>) -> Excuse {
        let (Some(build), Some(path)) = (denied.build, &denied.violation.about) else { return Excuse::None };
        let workspace = build.workspace().map(LineHolder::Workspace).filter(|workspace| *workspace != build);
        let excuses = [Some(build), workspace].into_iter().flatten().map(|build| self.excuse_in(cx, build, path));
        excuses.fold(Excuse::None, |first, next| match (first, next) {
            (Excuse::Given, _) | (_, Excuse::Given) => Excuse::Given,
            (Excuse::Unknown, _) | (_, Excuse::Unknown) => Excuse::Unknown,
            _ => Excuse::None,
        })
    }

    fn excuse_in(&self, cx: DeniedContext<'_>, build: LineHolder<'_>, path: &str) -> Excuse {
        let (Some(graph), false) = (graph_of(cx, build).0, self.through.is_empty()) else { return Excuse::None };
        let mut requirers = graph.requirers(path);
        let excuses = requirers.any(|requirer| {
            let subject = cx.module_named(requirer.as_str());
            self.through.find(&subject, graph.selected(requirer)).is_some()
        });
        match (excuses, graph.is_certain()) {
            (true, _) => Excuse::Given,
            (false, true) => Excuse::None,
            (false, false) => Excuse::Unknown,
        }
    }

    /// The denied modules that `through` may excuse.
    pub(super) fn perhaps_excused<'m>(&self, cx: DeniedContext<'m>) -> Vec<Denied<'m>> {
        if self.through.is_empty() {
            return Vec::new();
        }
        let mut denied = self.denied(cx);
        denied.retain(|denied| self.excuse(cx, denied) == Excuse::Unknown);
        denied
    }
}
