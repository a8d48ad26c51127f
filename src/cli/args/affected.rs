//! The arguments of `affected`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{CacheArgs, PolicyArgs};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct AffectedArgs {
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

    /// The format of the output
    #[arg(long, value_enum, default_value_t = AffectedFormat::List, value_name = "FORMAT")]
    pub(in crate::cli) format: AffectedFormat,

    /// Only packages and tests with a file in one build; `cgo` is a tag, and `go1.24` sets the release of Go
    #[arg(long, value_name = "GOOS/GOARCH[,TAG…]")]
    pub(in crate::cli) build: Option<String>,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only packages at or below these paths; the first also selects the repository
    #[arg(last = true, value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}

/// The forms of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AffectedFormat {
    /// One line each: `module`, `package`, `program` or `tests`, and the path.
    List,
    /// One JSON object per line.
    Json,
    /// For each module a line of arguments for `go test`.
    GoTest,
}
