//! How a report is printed, and where else it is written.

use clap::Args;

use super::values::{Output, OutputParser, Target, format_names};
use crate::report::Format;

/// The forms of a report, and where each goes.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct OutputArgs {
    /// The format of the printed report; `pretty` by default [env: MODWARDEN_FORMAT]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    format: Option<Format>,

    /// The form that is printed if the command line asks for none.
    #[arg(skip)]
    default: Format,

    /// Write the report also to a file; with `-` as PATH to standard output, instead of the default format. Can
    /// be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = OutputParser, hide_possible_values = true)]
    output: Vec<Output>,

    /// Print no report, only the problems that prevent a result; files are still written
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,

    /// Show also the number of findings per rule, in the formats for people; with `--quiet`, only these numbers
    #[arg(long)]
    pub(in crate::cli) statistics: bool,

    /// Print at most N findings per rule and file, and count the others; 0 prints all. The default is 10 on a terminal
    /// outside CI; elsewhere all are printed. Only `pretty` and `concise` on standard output leave findings out
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_findings: Option<usize>,
}

impl OutputArgs {
    /// Makes this the default form.
    pub(in crate::cli) fn set_default(&mut self, default: Format) {
        self.default = default;
    }

    /// All outputs, in order: the one of `--format`, then each `--output`. The default format is printed only
    /// if nothing else goes to standard output, and never with `--quiet`.
    pub(in crate::cli) fn all(&self) -> Vec<Output> {
        let stdout = |format: Format| Output { format, target: Target::Stdout };
        let prints = self.output.iter().any(|output| output.target == Target::Stdout);
        let default = (!prints).then_some(self.default);
        let printed = self.format.or(default).filter(|_| !self.quiet);
        printed.map(stdout).into_iter().chain(self.output.iter().cloned()).collect()
    }
}
