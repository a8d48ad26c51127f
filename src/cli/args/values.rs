//! The values of options that clap cannot read by itself: forms, outputs and severities.

use std::path::PathBuf;

use crate::finding::Severity;
use crate::report::Format;

/// A report to write.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Output {
    pub(in crate::cli) format: Format,
    pub(in crate::cli) target: Target,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// The least severity that makes a run fail; `None` for never.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct FailOn(pub(in crate::cli) Option<Severity>);

impl Default for FailOn {
    fn default() -> Self {
        Self(Some(Severity::Error))
    }
}

pub(super) fn parse_format(name: &str) -> Result<Format, String> {
    name.parse().map_err(|_| format!("the forms are {}", forms()))
}

fn forms() -> String {
    Format::ALL.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A line of help, with the forms there are.
pub(super) fn with_forms(help: &str) -> String {
    format!("{help}: {} [default: {}]", forms(), Format::default())
}

pub(super) fn parse_output(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORM=PATH, for example sarif=modwarden.sarif")?;
    if path.is_empty() {
        return Err("the path is missing after `=`".to_owned());
    }
    let target = if path == "-" { Target::Stdout } else { Target::File(PathBuf::from(path)) };
    Ok(Output { format: parse_format(format)?, target })
}

pub(super) fn parse_fail_on(name: &str) -> Result<FailOn, String> {
    match name {
        "never" => Ok(FailOn(None)),
        name => {
            name.parse().map(|severity| FailOn(Some(severity))).map_err(|()| "error, warn, note or never".to_owned())
        }
    }
}
