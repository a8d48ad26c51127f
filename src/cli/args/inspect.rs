//! The arguments of `inspect` and what it can print.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{CacheArgs, PastArgs, PolicyArgs, StateArgs};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum InspectCommand {
    /// Every Go file with its imports and the module each belongs to
    Imports {
        #[command(flatten)]
        inspect: InspectArgs,

        /// Only the files of one build; `cgo` counts as a tag, and `go1.24` says which release of Go builds
        #[arg(long, value_name = "GOOS/GOARCH[,TAG…]")]
        build: Option<String>,
    },
    /// How modules, imports, requirements and findings developed, and from which commit to which each was there
    History(HistoryArgs),
    /// Every vendored module, with its packages, files, sizes and who imports it
    Vendor {
        #[command(flatten)]
        inspect: InspectArgs,
    },
    /// Every go.mod, in the shape of `go mod edit -json`, and every go.work, in that of `go work edit -json`
    Modules {
        #[command(flatten)]
        inspect: InspectArgs,
    },
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct HistoryArgs {
    /// The newest commit, by any revision Git accepts
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(in crate::cli) rev: String,

    #[command(flatten)]
    pub(in crate::cli) past: PastArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only findings in these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct InspectArgs {
    #[command(flatten)]
    pub(in crate::cli) state: StateArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only these files and directories; the first also tells which repository is meant
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}
