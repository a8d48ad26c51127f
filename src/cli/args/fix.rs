//! The arguments of `fix`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{CacheArgs, PolicyArgs, UndecidedArgs};
use super::values::{FailOn, FailOnParser};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct FixArgs {
    /// Print the changes as a patch and write nothing; exit code 1 if there are any
    #[arg(long)]
    pub(in crate::cli) diff: bool,

    /// Apply also fixes that rest on weaker evidence or may undo something intended
    #[arg(long = "unsafe")]
    pub(in crate::cli) risky: bool,

    /// Change also untracked files and files with unstaged changes
    #[arg(long)]
    pub(in crate::cli) allow_dirty: bool,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// The lowest severity of a remaining finding that makes the run fail
    #[arg(long, env = "MODWARDEN_FAIL_ON", hide_env_values = true, default_value = "error", value_name = "SEVERITY")]
    #[arg(value_parser = FailOnParser)]
    pub(in crate::cli) fail_on: FailOn,

    #[command(flatten)]
    pub(in crate::cli) undecided: UndecidedArgs,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only findings in these files and directories; the first also selects the repository
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}
