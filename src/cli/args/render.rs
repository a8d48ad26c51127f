//! The arguments of `render`.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct RenderArgs {
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,

    /// Show also how the run was done
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,

    /// A report that `--format json` wrote; `-` for standard input
    #[arg(value_name = "REPORT.json")]
    pub(in crate::cli) report: PathBuf,
}
