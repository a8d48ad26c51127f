//! Why a command could not do its work, and the exit code for it.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::report::escape;
use crate::source::{Fault, SourceError};

/// The exit code where findings fail the run.
pub(super) const FINDINGS: u8 = 1;

/// The exit code where the command line or the policy is wrong.
pub(super) const INVALID: u8 = 2;

/// The exit code where the run could not judge.
pub(super) const UNDECIDED: u8 = 3;

/// A message, its remedy, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    help: String,
    code: u8,
}

impl Failure {
    /// The command line or the policy is wrong.
    pub(super) fn invalid(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), code: INVALID }
    }

    /// The run could not judge.
    pub(super) fn undecided(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), code: UNDECIDED }
    }

    /// A report or file could not be written.
    pub(super) fn output(place: &str, error: &io::Error) -> Self {
        Self::undecided(format!("cannot write to {place}: {error}"), "")
    }

    /// The same, where something was done before that stays done.
    pub(super) fn after(self, count: usize, what: &str) -> Self {
        let message = if count == 0 { self.message } else { format!("{} ({count} {what})", self.message) };
        Self { message, ..self }
    }

    /// Says it on standard error.
    pub(super) fn report(&self) -> ExitCode {
        tell("error", &self.message, &self.help);
        ExitCode::from(self.code)
    }
}

/// Writes a message and its remedy to standard error.
pub(super) fn tell(level: &str, message: &str, help: &str) {
    let mut text = format!("{level}: {}\n", escape::terminal(message));
    if !help.is_empty() {
        text.push_str(&format!("  help: {}\n", escape::terminal(help)));
    }
    // Where standard error is closed too, the exit code is all that is left to say.
    drop(io::stderr().write_all(text.as_bytes()));
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let help = error.help.unwrap_or_default();
        match error.fault {
            Fault::Request => Self::invalid(error.message, help),
            Fault::State => Self::undecided(error.message, help),
        }
    }
}
