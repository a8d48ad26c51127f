//! The pre-commit hook: checks the content of the next commit.

use std::env;
use std::process::ExitCode;

use super::args::{CheckArgs, Color, PolicyArgs, StateArgs, UndecidedArgs};
use super::check::{AskedStates, judge};
use super::failure::Failure;
use super::place::locate;
use crate::source::{MAX_SETTINGS, Repository, StateSpec, read_file};
use crate::text::CommitId;

/// Checks the index; with `new_only`, reports only findings that the commits before it do not have.
pub(super) fn pre_commit(new_only: bool, policy: &PolicyArgs, color: Color) -> Result<ExitCode, Failure> {
    let place = locate(&[])?;
    let state = place.repository.state(&StateSpec::Index)?;
    let parents = if new_only { parents(&place.repository)? } else { Vec::new() };
    let commit = |id: &CommitId| place.repository.state(&StateSpec::Revision(id.to_string()));
    let bases = parents.iter().map(commit).collect::<Result<Vec<_>, _>>()?;
    let bases = Some(bases).filter(|bases| !bases.is_empty());
    let asked = AskedStates { state, bases, doubts: Vec::new(), hints: false };
    let args = CheckArgs {
        state: StateArgs { staged: true, ..StateArgs::default() },
        policy: policy.clone(),
        undecided: UndecidedArgs::pass(),
        ..CheckArgs::default()
    };
    judge(&args, color, &place, asked)
}

/// The parents that the next commit will have. None if the branch has no commit yet.
fn parents(repository: &Repository) -> Result<Vec<CommitId>, Failure> {
    if repository.is_unborn() {
        return Ok(Vec::new());
    }
    let mut parents = vec![repository.commit("HEAD")?];
    for id in merged(repository) {
        let parent = repository.commit(&id)?;
        if !parents.contains(&parent) {
            parents.push(parent);
        }
    }
    Ok(parents)
}

/// The commits that the next commit merges. After a conflict they are in the file `MERGE_HEAD`; during a merge without
/// one, each has an environment variable `GITHEAD_` with its id (`builtin/merge.c`).
fn merged(repository: &Repository) -> Vec<String> {
    let file = repository.git_dir().and_then(|git_dir| read_file(&git_dir.join("MERGE_HEAD"), MAX_SETTINGS).ok());
    let file = file.unwrap_or_default();
    let lines = String::from_utf8_lossy(&file).lines().map(str::to_owned).collect::<Vec<_>>();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let variables = names.filter_map(|name| name.strip_prefix("GITHEAD_").map(str::to_owned));
    lines.into_iter().chain(variables).filter(|id| is_object_id(id)).collect()
}

fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
