//! Files that the go command on this machine reads, and that the run does not check: files that Git ignores, and files
//! that `GOWORK` and `GOFLAGS` name.

use std::collections::HashSet;

use super::sight::{Gap, GapEffect, is_asked};
use crate::go::{FileKind, FileOwner, GO_MOD, GO_WORK, KnownFile, MODULES_TXT, has_imports};
use crate::load::{GoEnv, Input, ModFlag, NamedModules, Substitute, SubstituteFlag, Workspaces};
use crate::model::{Model, Module};
use crate::source::Listing;
use crate::text::{Files, Origin, RepoPath};

/// The files that the go command reads besides the state that is checked.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// The module files, and the vendor directories, that Git ignores.
    module_files: Vec<RepoPath>,
    /// The Go files that Git ignores in directories that it does not ignore.
    go_files: Vec<RepoPath>,
    /// The gaps that the go command's settings make.
    settings: Vec<Gap>,
}

/// A state that was read.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) input: Input<'a>,
    pub(super) listing: &'a Listing,
    pub(super) model: &'a Model,
    pub(super) files: &'a Files,
}

impl Beyond {
    /// The files besides a state.
    pub(super) fn of(state: State<'_>) -> Self {
        let named = NamedModules::default();
        let is_reached = |path: &RepoPath| path.parent().is_some_and(|dir| named.reaches(&dir));
        let ignored = || state.listing.ignored.iter().filter(|path| is_reached(path));
        let builds = |path: &&RepoPath| has_imports(path.file_name()) && state.model.module_of(path).is_some();
        Self {
            module_files: module_files(state, &ignored().collect()),
            go_files: ignored().filter(builds).cloned().collect(),
            settings: settings(state),
        }
    }

    /// Names them, as far as they are in the requested paths; all if there are none.
    pub(super) fn gaps(&self, paths: &[RepoPath]) -> Vec<Gap> {
        let mut gaps = self.settings.clone();
        for path in &self.module_files {
            let message = format!("not read: {path}: it is ignored by Git, but the go command on this machine uses it");
            gaps.push(Gap { effect: GapEffect::Harmless, message, help: None });
        }
        let go_files: Vec<&RepoPath> = self.go_files.iter().filter(|path| is_asked(path, paths)).collect();
        let Some(first) = go_files.first() else { return gaps };
        let message = match go_files.len() {
            1 => format!("not read: {first}: it is ignored by Git, but the build on this machine uses it"),
            2 => format!(
                "not read: {first} and 1 more Go file: they are ignored by Git, but the build on this machine uses them"
            ),
            count => format!(
                "not read: {first} and {} more Go files: they are ignored by Git, but the build on this machine uses them",
                count - 1
            ),
        };
        gaps.push(Gap { effect: GapEffect::Harmless, message, help: None });
        gaps
    }
}

/// The module files and the vendor directories that Git ignores and that the go command uses for a module of the state.
fn module_files(state: State<'_>, ignored: &HashSet<&RepoPath>) -> Vec<RepoPath> {
    let State { input, listing, model, .. } = state;
    let module_dirs: HashSet<&RepoPath> = model.modules().map(Module::dir).collect();
    let works: HashSet<RepoPath> = model.modules().filter_map(|module| nearest_work(state, module)).collect();
    let mut found: Vec<RepoPath> = Vec::new();
    for path in ignored.iter().copied() {
        let dir = path.parent().unwrap_or_else(RepoPath::root);
        let is_used = match KnownFile::find(path.file_name()) {
            Some(KnownFile { kind: FileKind::GoMod, .. }) => true,
            Some(KnownFile { kind: FileKind::GoWork, .. }) => {
                works.contains(path) && input.env.workspaces == Workspaces::Nearest
            }
            Some(KnownFile { kind: FileKind::GoSum, owner: FileOwner::Workspace, .. }) => {
                model.workspaces().any(|work| *work.dir() == dir)
            }
            Some(KnownFile { kind: FileKind::GoSum, .. }) => module_dirs.contains(&dir),
            _ => false,
        };
        if is_used {
            found.push(path.clone());
        }
    }
    if input.env.mod_flag != ModFlag::Other {
        for place in model.vendor_places() {
            let list = place.join(MODULES_TXT);
            if listing.entry(&list).is_none() && input.source.ignored(&list).is_some() {
                found.push(place);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The workspace file nearest to a module, at its directory or above it, whether Git ignores it or not.
fn nearest_work(state: State<'_>, module: Module<'_>) -> Option<RepoPath> {
    let works = module.dir().ancestors().map(|dir| dir.join(GO_WORK));
    let State { listing, .. } = state;
    let is_there = |path: &RepoPath| listing.entry(path).is_some() || listing.ignored.binary_search(path).is_ok();
    works.into_iter().find(is_there)
}

/// The files that `GOWORK` and `GOFLAGS` name and the run does not check.
fn settings(state: State<'_>) -> Vec<Gap> {
    let GoEnv { workspaces, substitutes, work_above, .. } = state.input.env;
    let mut gaps = Vec::new();
    match workspaces {
        Workspaces::Only(path) => gaps.extend(missing_work(state, path)),
        Workspaces::Nearest => gaps.extend(work_above.as_deref().and_then(|path| above(state, path))),
        Workspaces::Off => {}
    }
    gaps.extend(substitutes.iter().filter_map(|substitute| substituted(state, substitute)));
    gaps
}

/// Says that `GOWORK` names a file that is not in the state.
fn missing_work(state: State<'_>, path: &RepoPath) -> Option<Gap> {
    if state.model.workspaces().any(|work| state.files.get(work.file()).path() == path) {
        return None;
    }
    if state.input.source.ignored(path).is_some() {
        let message = format!("GOWORK names {path}, which is ignored by Git: no workspace is used");
        let help = "unset GOWORK to use the go.work of the repository";
        return Some(Gap { effect: GapEffect::Local, message, help: Some(help.to_owned()) });
    }
    let message = match state.input.source.lookup(path) {
        Ok(None) => format!(
            "GOWORK names {path}, which does not exist in the {}: every go command fails",
            state.input.source.origin()
        ),
        _ => format!("GOWORK names {path}, which was not read as a workspace"),
    };
    let help = "unset GOWORK, or set it to `off` or to the absolute path of a go.work";
    Some(Gap { effect: GapEffect::Undecided, message, help: Some(help.to_owned()) })
}

/// Says that the go command uses a workspace above the repository.
fn above(state: State<'_>, path: &str) -> Option<Gap> {
    let is_alone = |module: Module<'_>| nearest_work(state, module).is_none();
    if *state.input.source.origin() != Origin::WorkTree || !state.model.modules().any(is_alone) {
        return None;
    }
    let message = format!("not read: {path}: it is above the repository, but the go command on this machine uses it");
    Some(Gap { effect: GapEffect::Harmless, message, help: None })
}

/// Says that a flag replaces files that were checked.
fn substituted(state: State<'_>, substitute: &Substitute) -> Option<Gap> {
    let Substitute { flag, given, .. } = substitute;
    let (message, help) = match flag {
        SubstituteFlag::ModFile => {
            let mut module_files = state.model.modules().map(|module| state.files.get(module.file()).path());
            if module_files.any(|path| is_meant(substitute, path)) {
                return None;
            }
            let help = format!(
                "to check it, add it at the top of the policy: modules = [\"{given}\"]; otherwise unset the flag"
            );
            (
                format!(
                    "GOFLAGS has -modfile={given}: the go command reads that file instead of go.mod, and it was not checked"
                ),
                help,
            )
        }
        SubstituteFlag::Overlay => {
            let message =
                format!("GOFLAGS has -overlay={given}: the go command builds other files than those that were checked");
            (message, "unset the flag for modwarden".to_owned())
        }
    };
    let source = state.input.source;
    let is_in_state = |path: &RepoPath| matches!(source.lookup(path), Ok(Some(_))) && source.ignored(path).is_none();
    let is_known = substitute.path.as_ref().is_some_and(is_in_state)
        || state.listing.entries.iter().any(|entry| is_meant(substitute, &entry.path));
    let effect = if is_known { GapEffect::Undecided } else { GapEffect::Local };
    Some(Gap { effect, message, help: Some(help) })
}

/// Whether a flag means a file: as seen from the current directory, or from wherever the go command may be started. A file that is
/// called go.mod is in its own place with the former alone.
fn is_meant(substitute: &Substitute, file: &RepoPath) -> bool {
    if substitute.path.as_ref() == Some(file) {
        return true;
    }
    let is_relative = !substitute.given.starts_with(['/', '\\']);
    let name = substitute.given.rsplit(['/', '\\']).next().unwrap_or_default();
    is_relative && name != GO_MOD && file.file_name() == name.as_bytes()
}
