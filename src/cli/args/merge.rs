//! The arguments of `merge`.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct MergeArgs {
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,

    /// Show also how the runs were done
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,

    /// Reports that `--format json` wrote; `-` for standard input
    #[arg(value_name = "REPORT.json", required = true)]
    pub(in crate::cli) reports: Vec<PathBuf>,
}
