//! The arguments of `check` and `audit`.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;
use super::shared::{CacheArgs, CompareArgs, NarrowArgs, PastArgs, PolicyArgs, StateArgs, UndecidedArgs};
use super::values::{FailOn, FailOnParser};

#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    pub(in crate::cli) state: StateArgs,

    #[command(flatten)]
    pub(in crate::cli) compare: CompareArgs,

    /// Show since which commit each finding exists
    #[arg(long)]
    pub(in crate::cli) since: bool,

    #[command(flatten)]
    pub(in crate::cli) past: PastArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,

    #[command(flatten)]
    pub(in crate::cli) narrow: NarrowArgs,

    /// The lowest severity that makes the run fail
    #[arg(long, env = "MODWARDEN_FAIL_ON", hide_env_values = true, default_value = "error", value_name = "SEVERITY")]
    #[arg(value_parser = FailOnParser)]
    pub(in crate::cli) fail_on: FailOn,

    #[command(flatten)]
    pub(in crate::cli) undecided: UndecidedArgs,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Show also undecided imports and how the run was done
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,

    /// Only findings in these files and directories; the first also selects the repository
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(flatten)]
    past: PastArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,

    #[command(flatten)]
    narrow: NarrowArgs,

    /// The lowest severity that makes the run fail
    #[arg(long, env = "MODWARDEN_FAIL_ON", hide_env_values = true, default_value = "error", value_name = "SEVERITY")]
    #[arg(value_parser = FailOnParser)]
    fail_on: FailOn,

    #[command(flatten)]
    undecided: UndecidedArgs,

    /// Do not read the module cache
    #[arg(long)]
    no_module_cache: bool,

    /// Only findings in these files and directories; the first also selects the repository
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl AuditArgs {
    /// The check that it is.
    pub(in crate::cli) fn as_check(&self) -> CheckArgs {
        let Self { state, past, policy, cache, output, narrow, fail_on, undecided, no_module_cache, paths } =
            self.clone();
        let (since, verbose, compare) = (true, true, CompareArgs::default());
        CheckArgs {
            state,
            compare,
            since,
            past,
            policy,
            cache,
            output,
            narrow,
            fail_on,
            undecided,
            no_module_cache,
            verbose,
            paths,
        }
    }
}
