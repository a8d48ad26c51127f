//! One state of a repository, read and understood.

use std::collections::HashMap;

use crate::load::{Dependencies, Input, Loaded, Plan, Tree, read};
use crate::model::{Draft, Model, Question};
use crate::policy::ExtraModules;
use crate::source::{Listing, ModuleCache, SourceError, Unseen};
use crate::text::{Files, RepoPath};

/// The facts of one state, and what could not be seen of it.
#[derive(Debug)]
pub struct StateFacts {
    /// The facts.
    pub model: Model,
    /// Every file that was listed.
    pub listing: Listing,
    /// What matters and could not be seen.
    pub unseen: Vec<(RepoPath, Unseen)>,
    /// Files that look like a `go.mod` by another name, such as `vendor.mod`, and that the policy does not name.
    pub other_module_files: Vec<RepoPath>,
}

/// Reads the state of `input`, whose first-party part is listed. `named` are the modules that the policy names
/// besides those that the go command's patterns reach; the module cache answers what only it can tell.
pub(super) fn read_state(
    input: Input<'_>,
    listing: Listing,
    evidence: Evidence<'_>,
    files: &mut Files,
) -> Result<StateFacts, SourceError> {
    let Evidence { named, cache } = evidence;
    let listing = if named.is_empty() { listing } else { input.source.list(&Tree::Everything)? };
    let is_named = |path: &RepoPath| {
        named.is_module_file(path)
            || (path.file_name() == b"go.mod" && path.parent().is_some_and(|directory| named.holds(&directory)))
    };
    let is_other = |path: &&RepoPath| path.file_name() == b"vendor.mod" && !is_named(path);
    let other_module_files = listing.entries.iter().map(|entry| &entry.path).filter(is_other).cloned().collect();
    let plan = Plan::new(&listing, &is_named);
    let Loaded { state, unseen } = read(input, plan, files);
    let draft = Draft::new(state);
    let answers = cache.map(|cache| answers(cache, draft.questions())).unwrap_or_default();
    Ok(StateFacts { model: draft.finish(&answers), listing, unseen, other_module_files })
}

impl StateFacts {
    /// The same with the module graphs, as far as the module cache has what the repository has not.
    pub(super) fn with_graphs(self, cache: Option<&ModuleCache>) -> Self {
        let dependencies = Dependencies::new(cache);
        Self { model: self.model.with_graphs(|wanted| dependencies.go_mods(wanted)), ..self }
    }
}

/// What is known besides the state itself.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// The modules that the policy names.
    pub(super) named: &'a ExtraModules,
    /// The module cache.
    pub(super) cache: Option<&'a ModuleCache>,
}

/// What the module cache can tell.
pub(super) fn answers(cache: &ModuleCache, questions: Vec<Question>) -> HashMap<Question, bool> {
    let ask = |question: Question| {
        let has = cache.has_package(question.module.as_str(), question.version.as_str(), &question.directory)?;
        Some((question, has))
    };
    questions.into_iter().filter_map(ask).collect()
}
