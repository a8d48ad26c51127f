//! The arguments of `inspect` and its subcommands.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::shared::{CacheArgs, PastArgs, PolicyArgs, StateArgs};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum InspectCommand {
    /// List every Go file with its imports and their modules
    Imports {
        #[command(flatten)]
        inspect: InspectArgs,

        /// Only the files of one build; `cgo` is a tag, and `go1.24` sets the release of Go
        #[arg(long, value_name = "GOOS/GOARCH[,TAG…]")]
        build: Option<String>,
    },
    /// List packages and the imports between them, or modules and the requirements between them
    ///
    /// The packages and modules of the repository, and all that they need, as far as vendor directories and the module cache have them. If
    /// the graph is not whole, the last line says what could not be read.
    #[command(group = ArgGroup::new("nodes").required(true).args(["packages", "modules"]))]
    Graph {
        #[command(flatten)]
        inspect: InspectArgs,

        /// A line for each package, then one for each import
        #[arg(long)]
        packages: bool,

        /// For each module of the repository a line for each module version in its graph, then one for each requirement
        #[arg(long)]
        modules: bool,

        /// Only the files of one build; `cgo` is a tag, and `go1.24` sets the release of Go
        #[arg(long, value_name = "GOOS/GOARCH[,TAG…]", conflicts_with = "modules")]
        build: Option<String>,

        /// The graph of each module together with the other modules of its workspace, not alone
        #[arg(long, conflicts_with = "packages")]
        workspace: bool,
    },
    /// List facts and findings with their first and last commit
    ///
    /// The facts are modules, imports and requirements.
    History(HistoryArgs),
    /// List vendored modules with their packages, files, sizes and importers
    Vendor {
        #[command(flatten)]
        inspect: InspectArgs,
    },
    /// List go.mod and go.work files as `go mod edit -json` does
    ///
    /// A go.work is printed as `go work edit -json` does.
    Modules {
        #[command(flatten)]
        inspect: InspectArgs,
    },
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct HistoryArgs {
    /// The newest commit: any Git revision
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(in crate::cli) rev: String,

    #[command(flatten)]
    pub(in crate::cli) past: PastArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only findings in these files and directories; the first also selects the repository
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

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only these files and directories; the first also selects the repository
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}
