//! The arguments of `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{CacheArgs, PolicyArgs};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DiffArgs {
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
    #[arg(long, value_enum, default_value_t = DiffFormat::Pretty, value_name = "FORMAT")]
    pub(in crate::cli) format: DiffFormat,

    /// Do not read the module cache
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only the modules at, below or around these paths; the first also selects the repository
    #[arg(last = true, value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}

/// The forms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people, one line per change.
    Pretty,
    /// For a comment in a pull request.
    Markdown,
    /// One JSON object with a stable form.
    Json,
    /// Numbers only, one `name=value` per line, for scripts.
    Totals,
}
