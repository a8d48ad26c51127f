//! `replace` and `exclude` lines with an unknown effect: the question of each module or workspace, and the
//! remedy.

use std::collections::BTreeSet;

use super::Context;
use super::idle::IdleLine;
use super::open::{Cause, DIRECTORY, STALE, cause_of_graph};
use crate::finding::{Label, OpenQuestion};
use crate::go::ModuleVersion;
use crate::model::{Effect, Exclusion, Gap, GraphFacts, Module, ModuleGraph, Workspace};

/// The questions about the `replace` lines in scope.
pub(super) fn open_replacements<'m>(cx: Context<'m, GraphFacts<'m>>) -> Vec<OpenQuestion> {
    let mut open = Vec::new();
    for replacement in cx.replacements() {
        if let Effect::Open(gap) = replacement.effect(cx.facts()) {
            open.push(OpenLine {
                line: IdleLine::of_replacement(cx, replacement),
                gap,
                graphs: graphs(cx.facts(), replacement.module(), replacement.workspace()),
            });
        }
    }
    questions(cx.plain(), open)
}

/// The questions about the `exclude` lines in scope.
pub(super) fn open_exclusions<'m>(cx: Context<'m, GraphFacts<'m>>) -> Vec<OpenQuestion> {
    let mut open = Vec::new();
    for exclusion in cx.exclusions() {
        if let Effect::Open(gap) = exclusion.effect(cx.facts()) {
            open.push(OpenLine {
                line: IdleLine::of_exclusion(cx, exclusion),
                gap,
                graphs: graphs(cx.facts(), Some(exclusion.module()), exclusion.module().workspace()),
            });
        }
    }
    questions(cx.plain(), open)
}

/// The questions about `exclude` lines with an effect in a workspace that its graph does not show.
pub(super) fn open_in_workspace<'m>(
    cx: Context<'m, GraphFacts<'m>>,
    workspace: Workspace<'m>,
    exclusions: Vec<Exclusion<'m>>,
) -> Vec<OpenQuestion> {
    let mut open = Vec::new();
    for exclusion in exclusions {
        let line = IdleLine { build: cx.path(workspace.file()).to_string(), ..IdleLine::of_exclusion(cx, exclusion) };
        open.push(OpenLine { line, gap: Gap::Graph, graphs: graphs(cx.facts(), None, Some(workspace)) });
    }
    questions(cx.plain(), open)
}

/// A line with an unknown effect.
struct OpenLine<'m> {
    line: IdleLine,
    gap: Gap,
    /// The graphs in which it counts.
    graphs: Vec<&'m ModuleGraph>,
}

fn graphs<'m>(
    facts: GraphFacts<'m>,
    module: Option<Module<'m>>,
    workspace: Option<Workspace<'m>>,
) -> Vec<&'m ModuleGraph> {
    let of_module = module.and_then(|module| module.graph(facts));
    let of_workspace = workspace.and_then(|workspace| workspace.graph(facts));
    of_module.into_iter().chain(of_workspace).collect()
}

/// One question for each file and cause, at the first of its lines.
fn questions(cx: Context<'_>, open: Vec<OpenLine<'_>>) -> Vec<OpenQuestion> {
    let mut groups: Vec<(MissingEvidence, Vec<OpenLine<'_>>)> = Vec::new();
    for line in open {
        let kind = MissingEvidence::of(&line);
        match groups.iter_mut().find(|(known, lines)| *known == kind && lines[0].line.file == line.line.file) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((kind, vec![line])),
        }
    }
    groups.iter().map(|(kind, lines)| kind.question(cx, lines)).collect()
}

/// The kind of missing evidence, so that lines with the same remedy are one question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MissingEvidence {
    /// go.mod files are missing from the module cache.
    Files,
    /// A directory is outside the repository, or has no go.mod.
    Directory,
    /// go.mod is not up to date.
    Stale,
    /// A file has errors.
    Unreadable,
    /// An import leads nowhere.
    Import,
    /// go.mod files are missing from the module cache that only a build without the line would read.
    Trial,
    /// There are too many lines.
    TooMany,
}

impl MissingEvidence {
    fn of(open: &OpenLine<'_>) -> Self {
        match &open.gap {
            Gap::NotAsked | Gap::Graph if open.graphs.iter().any(|graph| graph.missing().len() > 0) => Self::Files,
            Gap::NotAsked | Gap::Graph => Self::Directory,
            Gap::Stale => Self::Stale,
            Gap::Unreadable => Self::Unreadable,
            Gap::Import => Self::Import,
            Gap::Trial(_) => Self::Trial,
            Gap::TooMany => Self::TooMany,
        }
    }

    fn question(self, cx: Context<'_>, lines: &[OpenLine<'_>]) -> OpenQuestion {
        let first = &lines[0].line;
        let Cause { reason, details, remedy } = self.cause(cx, lines);
        let count = if lines.len() == 1 { format!("`{}`", first.text) } else { format!("{} lines", lines.len()) };
        OpenQuestion {
            module: first.build.clone(),
            reason: reason.to_owned(),
            details: Some(details.map_or_else(|| count.clone(), |details| format!("{count}; {details}"))),
            remedy,
            label: Label::new(first.file, first.span, ""),
        }
    }

    fn cause(self, cx: Context<'_>, lines: &[OpenLine<'_>]) -> Cause {
        let cause = |reason: &'static str, remedy: &str| Cause {
            reason,
            details: None,
            remedy: Some(remedy.to_owned()).filter(|remedy| !remedy.is_empty()),
        };
        match self {
            Self::Files => {
                let missing: BTreeSet<&ModuleVersion> =
                    lines.iter().flat_map(|open| &open.graphs).flat_map(|graph| graph.missing()).collect();
                cause_of_graph(missing.into_iter(), cx.has_module_cache())
            }
            Self::Directory => cause(DIRECTORY, ""),
            Self::Stale => cause(STALE, "run `go mod tidy`, which updates go.mod and go.sum"),
            Self::Unreadable => cause("go.mod or go.work has errors, so the go command refuses it", "correct the file"),
            Self::Import => cause(
                "no required module provides an import, and the module of this line might",
                "require the module of the import, or remove the import",
            ),
            Self::Trial => {
                let missing: BTreeSet<String> = lines.iter().flat_map(|open| without_line(&open.gap)).collect();
                let missing: Vec<String> = missing.into_iter().collect();
                cause(
                    "go.mod files that a build without this line would read are not in the module cache",
                    &format!("outside of any module, run `go mod download {}`", missing.join(" ")),
                )
            }
            Self::TooMany => cause("there are too many lines to load the module graph without each of them", ""),
        }
    }
}

/// The modules whose go.mod files a build without the line would read.
fn without_line(gap: &Gap) -> Vec<String> {
    match gap {
        Gap::Trial(modules) => modules.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
