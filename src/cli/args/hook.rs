//! The arguments of `hook` and its subcommands.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Install a hook; a hook that is there is kept and runs first
    Install {
        /// When to judge: `pre-commit` before each commit, `pre-push` before each push
        #[arg(long = "type", value_enum, default_value_t = Hook::PreCommit, value_name = "HOOK")]
        hook: Hook,

        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Remove the hooks and put back those that were there
    Uninstall {
        /// A directory of the repository
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Do what the hook does
    Run {
        /// Which hook
        #[arg(value_enum)]
        hook: Hook,

        /// What Git gives the hook: for `pre-push` the name of the remote and its address
        #[arg(value_name = "ARG")]
        args: Vec<String>,
    },
}

/// The hooks that modwarden can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Hook {
    /// Judges the index before a commit, and before the commit of a merge.
    PreCommit,
    /// Judges what a push adds to each branch.
    PrePush,
}
