//! The arguments that several subcommands have: the state, the comparison, the policy, the fact store.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{FailOn, ParseRule, pack_names};
use crate::finding::Run;
use crate::pipeline::Judges;
use crate::policy::RuleName;
use crate::source::{Parents, StateSpec};

/// Which state of the repository is read.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct StateArgs {
    /// Read the files on disk (the default)
    #[arg(long, group = "state")]
    pub(in crate::cli) worktree: bool,

    /// Read the index: the content of the next commit
    #[arg(long, group = "state")]
    pub(in crate::cli) staged: bool,

    /// Read a commit: any Git revision
    #[arg(long, group = "state", value_name = "REV")]
    pub(in crate::cli) rev: Option<String>,
}

impl StateArgs {
    pub(in crate::cli) fn spec(&self) -> StateSpec {
        match &self.rev {
            Some(revision) => StateSpec::Revision(revision.clone()),
            None if self.staged => StateSpec::Index,
            None => StateSpec::WorkTree,
        }
    }
}

/// The state that the checked one is compared with, so that only new findings count.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct CompareArgs {
    /// Only findings that HEAD adds to BASE; with three dots, to their merge base
    #[arg(long, value_name = "BASE..HEAD", conflicts_with_all = ["state", "new_from"])]
    pub(in crate::cli) range: Option<String>,

    /// Only findings that this ancestor commit does not have
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) new_from: Option<String>,

    /// Compare each commit of the range with its parents, and name the one that introduces each finding
    #[arg(long, requires = "range")]
    pub(in crate::cli) each_commit: bool,
}

/// Which commits of the history are read.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct PastArgs {
    /// Look at all commits, not only at first parents
    #[arg(long)]
    pub(in crate::cli) all_commits: bool,
}

impl PastArgs {
    pub(in crate::cli) fn parents(&self) -> Parents {
        if self.all_commits { Parents::All } else { Parents::First }
    }
}

/// Which policy judges.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct PolicyArgs {
    /// Use this policy file, or standard input with `-`, instead of the repository's modwarden.toml [env:
    /// MODWARDEN_POLICY, except in hooks]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) policy: Option<PathBuf>,

    /// Take the policy from a commit, so that the checked changes cannot change it; `each` checks every
    /// earlier commit against its own policy
    #[arg(long, value_name = "REV", conflicts_with = "policy")]
    pub(in crate::cli) policy_from: Option<String>,

    /// Use this built-in pack too, as if the policy extended it; without a policy, use only the pack. Can be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = pack_names())]
    pub(in crate::cli) pack: Vec<String>,
}

/// Which findings count.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct NarrowArgs {
    /// Only findings of this rule, or of this entry of a rule; can be repeated, or a list with commas
    #[arg(long, value_name = "RULE[/ENTRY]", value_delimiter = ',', value_parser = ParseRule, hide_possible_values = true)]
    pub(in crate::cli) rule: Vec<RuleName>,
}

impl PolicyArgs {
    /// The policy that checks the present state.
    pub(in crate::cli) fn today(&self) -> Self {
        let policy_from = self.policy_from.clone().filter(|revision| revision != EACH);
        Self { policy_from, ..self.clone() }
    }

    /// Which policy judges the commits of the past.
    pub(in crate::cli) fn judges(&self) -> Judges {
        if self.policy_from.as_deref() == Some(EACH) { Judges::Each } else { Judges::Today }
    }
}

/// In place of a revision: every commit is judged by its own policy. A branch of this name is `heads/each`.
const EACH: &str = "each";

/// The options of the store.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct CacheArgs {
    /// Keep the cache in this directory, not in the Git directory [env: MODWARDEN_CACHE_DIR]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) cache_dir: Option<PathBuf>,

    /// Read every file again, and keep no cache
    #[arg(long, conflicts_with = "cache_dir")]
    pub(in crate::cli) no_cache: bool,
}

/// Whether a run passes though a rule could not decide.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct UndecidedArgs {
    /// Whether the run passes if a rule is undecided. By default the policy says so; without a setting the run ends with
    /// exit code 3 if findings of the rule would make it fail
    #[arg(long = "undecided", env = "MODWARDEN_UNDECIDED", hide_env_values = true, value_enum, value_name = "CHOICE")]
    choice: Option<OnUndecided>,
}

/// The effect of an undecided rule on the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnUndecided {
    /// Report it, and let the run pass.
    Pass,
    /// Report it, and end the run with exit code 3.
    Fail,
}

impl UndecidedArgs {
    /// The choice of the hooks: the module cache of a developer may be incomplete.
    pub(in crate::cli) fn pass() -> Self {
        Self { choice: Some(OnUndecided::Pass) }
    }

    /// Applies the choice, and sets the verdict by the severity that fails a run.
    pub(in crate::cli) fn weigh(&self, run: &mut Run, fail_on: FailOn) {
        match self.choice {
            Some(OnUndecided::Pass) => run.let_undecided_pass(),
            Some(OnUndecided::Fail) => run.let_no_undecided_pass(),
            None => {}
        }
        run.weigh_undecided(fail_on.0);
    }
}

/// Two commits that are compared.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ComparedArgs {
    /// The commit before; `A..B` gives both commits, and `A...B` compares B with the merge base
    #[arg(value_name = "BASE")]
    pub(in crate::cli) base: String,

    /// The commit after (default: HEAD)
    #[arg(value_name = "HEAD")]
    pub(in crate::cli) head: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,
}
