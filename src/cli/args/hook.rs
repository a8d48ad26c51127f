//! The arguments of `hook` and its subcommands.

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::PolicyArgs;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Install a hook; an existing hook is kept and runs first
    Install(InstallArgs),
    /// Remove the hooks and restore the previous ones
    Uninstall {
        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Run the check of a hook
    ///
    /// Of the variables MODWARDEN_…, only MODWARDEN_COLOR is used.
    Run(RunArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InstallArgs {
    /// When to check
    #[arg(long = "type", value_enum, default_value_t = Hook::PreCommit, value_name = "HOOK")]
    pub(in crate::cli) hook: Hook,

    /// Report only findings that the commit adds
    #[arg(long)]
    pub(in crate::cli) new_only: bool,

    /// A directory of the repository
    #[arg(value_name = "PATH")]
    pub(in crate::cli) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// Which hook
    #[arg(value_enum)]
    pub(in crate::cli) hook: Hook,

    /// For `pre-commit`: report only findings that the commit adds
    #[arg(long)]
    pub(in crate::cli) new_only: bool,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    /// For `pre-receive` and `update`: refuse a push that takes longer to check
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    pub(in crate::cli) max_seconds: NonZeroU64,

    /// For `pre-receive` and `update`: refuse a push that takes more memory to check
    #[arg(long, value_name = "MIB", default_value = "1024")]
    pub(in crate::cli) max_memory: NonZeroU64,

    /// The arguments from Git: for `pre-push` the name of the remote and its address, for `update` the name of the
    /// reference, its old and its new object
    #[arg(value_name = "ARG")]
    pub(in crate::cli) args: Vec<String>,
}

/// The hooks that modwarden can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Hook {
    /// Before each commit, and before the commit of a merge: check the index
    PreCommit,
    /// Before each push: check the changes in the push
    PrePush,
    /// On a server, before a push is accepted: check its changes
    PreReceive,
    /// On a server, for each branch: refuse only branches with findings
    Update,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::PreReceive => "pre-receive",
            Self::Update => "update",
        })
    }
}
