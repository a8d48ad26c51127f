//! The arguments of `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::ComparedArgs;

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    #[command(flatten)]
    pub(in crate::cli) compared: ComparedArgs,

    /// The format of the output
    #[arg(long, value_enum, default_value_t = DiffFormat::Pretty, value_name = "FORMAT")]
    pub(in crate::cli) format: DiffFormat,

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
