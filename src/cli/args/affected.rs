//! The arguments of `affected`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::ComparedArgs;

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct AffectedArgs {
    #[command(flatten)]
    pub(in crate::cli) compared: ComparedArgs,

    /// The format of the output
    #[arg(long, value_enum, default_value_t = AffectedFormat::List, value_name = "FORMAT")]
    pub(in crate::cli) format: AffectedFormat,

    /// Only packages and tests with a file in one build; `cgo` is a tag, and `go1.24` sets the release of Go
    #[arg(long, value_name = "GOOS/GOARCH[,TAG…]")]
    pub(in crate::cli) build: Option<String>,

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
