//! The arguments of `policy` and its subcommands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{CacheArgs, PolicyArgs, StateArgs};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// Write a commented modwarden.toml that passes now
    Init {
        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Show the effective policy and where each value comes from
    Show(ShowArgs),
    /// Print the JSON schema of the policy language
    Schema,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    pub(in crate::cli) state: StateArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// A directory of the repository
    #[arg(value_name = "PATH")]
    pub(in crate::cli) path: Option<PathBuf>,
}
