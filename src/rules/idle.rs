//! Texts that the rules about lines without effect share: why a line has no effect, and how to remove it.

use super::Context;
use super::identity::{at_holder, at_module, replaced_name, version_name};
use crate::finding::{Applicability, Evidence, Fix, IdentitySubject, Label};
use crate::model::{Exclusion, GraphFacts, Idle, ModuleGraph, Replacement};
use crate::text::{FileId, Span};

/// A line that does nothing, and where it would count if it did.
pub(super) struct IdleLine {
    /// The line as a reader would write it: `replace example.com/a => ../a`.
    pub(super) text: String,
    /// The module path that it is about.
    pub(super) path: String,
    /// The version that it is about, if it is about one.
    pub(super) version: Option<String>,
    /// Whose build it is about: a module's path, or a workspace's file.
    pub(super) build: String,
    pub(super) file: FileId,
    pub(super) span: Span,
    pub(super) evidence: Evidence,
    /// The subject of the identity.
    pub(super) subject: IdentitySubject,
}

impl IdleLine {
    pub(super) fn of_replacement<'m>(cx: Context<'m, GraphFacts<'m>>, replacement: Replacement<'m>) -> Self {
        let line = replacement.line();
        let old = &line.old.value;
        let version = line.old_version.as_ref().map(|version| version.value.to_string());
        let (build, graph) = match replacement.module() {
            Some(module) => (module.path().to_string(), module.graph(cx.facts())),
            None => {
                let graph = replacement.workspace().and_then(|workspace| workspace.graph(cx.facts()));
                (cx.path(replacement.file()).to_string(), graph)
            }
        };
        Self {
            text: line.to_string(),
            path: old.to_string(),
            version,
            build,
            file: replacement.file(),
            span: line.line.span,
            evidence: evidence(graph),
            subject: at_holder(replacement).to(&replaced_name(cx.model(), replacement)),
        }
    }

    pub(super) fn of_exclusion<'m>(cx: Context<'m, GraphFacts<'m>>, exclusion: Exclusion<'m>) -> Self {
        let line = exclusion.line();
        let module = exclusion.module();
        let version = Some(line.version.value.as_str());
        let excluded = version_name(module.model(), line.path.value.as_str(), version);
        Self {
            text: line.to_string(),
            path: line.path.value.to_string(),
            version: Some(line.version.value.to_string()),
            build: module.path().to_string(),
            file: module.file(),
            span: line.line.span,
            evidence: evidence(module.graph(cx.facts())),
            subject: at_module(module).to(&excluded),
        }
    }

    /// The module, with the version if the line is about one.
    fn module(&self) -> String {
        let Self { path, version, .. } = self;
        version.as_ref().map_or_else(|| format!("`{path}`"), |version| format!("`{path}` {version}"))
    }

    /// Why it does nothing.
    pub(super) fn why(&self, idle: &Idle) -> String {
        let Self { path, build, .. } = self;
        let module = self.module();
        match idle {
            Idle::Duplicate { .. } => "an earlier line says the same".to_owned(),
            Idle::Itself => format!("it replaces {module} by itself"),
            Idle::Main => format!("`{path}` is the main module itself; a line can only apply to its older versions"),
            Idle::Hidden { .. } => "other lines apply to every version that occurs".to_owned(),
            Idle::Overridden { .. } => "a line of go.work overrides it in the workspace".to_owned(),
            Idle::Package { of } => format!("`{path}` is a package of module `{of}`, and only modules can be replaced"),
            Idle::NotInGraph => format!("`{path}` is not in the module graph of `{build}`"),
            Idle::NotRequired => format!("`{build}` does not require `{path}`, so no package of it is built"),
            Idle::NeverRequired { selected } => {
                format!("nothing in the module graph of `{build}` requires {module}; {selected} is selected")
            }
            Idle::NeverSelected { selected } => {
                format!("{module} is never selected, since `{build}` builds with {selected}")
            }
        }
    }

    /// The line that counts instead, or before.
    pub(super) fn related(idle: &Idle) -> Vec<Label> {
        match idle {
            Idle::Duplicate { of: (file, span) } => vec![Label::new(*file, *span, "this line says the same")],
            Idle::Hidden { by: (file, span) } | Idle::Overridden { by: (file, span) } => {
                vec![Label::new(*file, *span, "this line applies")]
            }
            _ => Vec::new(),
        }
    }

    /// The change that removes it.
    pub(super) fn removal(&self, applicability: Applicability) -> Fix {
        Fix::remove_line(self.file, self.span, applicability)
    }

    /// The evidence of a statement: the source if it does not need the graph, otherwise the graph.
    pub(super) fn evidence_for(&self, idle: &Idle) -> Evidence {
        match idle {
            Idle::Duplicate { .. } | Idle::Itself | Idle::Overridden { .. } => Evidence::Source,
            _ => self.evidence,
        }
    }
}

fn evidence(graph: Option<&ModuleGraph>) -> Evidence {
    match graph {
        Some(graph) if graph.reads_cache() && graph.is_certain() => Evidence::ModuleCache,
        _ => Evidence::Source,
    }
}
