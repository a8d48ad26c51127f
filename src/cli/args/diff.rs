//! The arguments of `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{CacheArgs, PolicyArgs};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// The commit before; `A..B` names both, and in `A...B` it is the merge base of the two
    #[arg(value_name = "BASE")]
    pub(in crate::cli) base: String,

    /// The commit after; HEAD if it is not given
    #[arg(value_name = "HEAD")]
    pub(in crate::cli) head: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) cache: CacheArgs,

    /// How to print the changes
    #[arg(long, value_enum, default_value_t = DiffFormat::Pretty, value_name = "FORM")]
    pub(in crate::cli) format: DiffFormat,

    /// Do not use the module cache as evidence
    #[arg(long)]
    pub(in crate::cli) no_module_cache: bool,

    /// Only the modules at or below these paths, and those that hold them; the first also tells which repository is meant
    #[arg(last = true, value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,
}

/// The forms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people, a line a change.
    Pretty,
    /// For a comment in a pull request.
    Markdown,
    /// One JSON object, with a promise of what stays.
    Json,
    /// Numbers alone, one `name=value` a line, for scripts.
    Totals,
}
