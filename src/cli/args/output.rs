//! How a report is printed, and where else it is written.

use clap::Args;

use super::values::{Output, OutputParser, Target, format_names};
use crate::report::Format;

/// The forms of a report, and where each goes.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct OutputArgs {
    /// How to print the report; `pretty` by default [env: MODWARDEN_FORMAT]
    #[arg(long, value_name = "FORM", value_parser = format_names())]
    format: Option<Format>,

    /// The form that is printed if the command line asks for none.
    #[arg(skip)]
    default: Format,

    /// Write the report to a file too, or to standard output with `-` as PATH, in place of the default form; may be given
    /// several times
    #[arg(long, value_name = "FORM=PATH", value_parser = OutputParser, hide_possible_values = true)]
    output: Vec<Output>,

    /// Print no report, only what keeps the run from an answer; files are written all the same
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,

    /// Show also how many findings each rule has, in the forms for people; with `--quiet`, only that
    #[arg(long)]
    pub(in crate::cli) statistics: bool,

    /// Print no more findings of one rule in one file, and count the others; 0 prints all. On a terminal, outside of CI, the
    /// default is 10; otherwise all are printed. Only `pretty` and `concise` on standard output leave findings out
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_findings: Option<usize>,
}

impl OutputArgs {
    /// Makes this the default form.
    pub(in crate::cli) fn set_default(&mut self, default: Format) {
        self.default = default;
    }

    /// All that is to be written, in order: what `--format` asks for, then each `--output`. The default form is printed only
    /// if nothing else goes to standard output, and never with `--quiet`.
    pub(in crate::cli) fn all(&self) -> Vec<Output> {
        let stdout = |format: Format| Output { format, target: Target::Stdout };
        let prints = self.output.iter().any(|output| output.target == Target::Stdout);
        let default = (!prints).then_some(self.default);
        let printed = self.format.or(default).filter(|_| !self.quiet);
        printed.map(stdout).into_iter().chain(self.output.iter().cloned()).collect()
    }
}
