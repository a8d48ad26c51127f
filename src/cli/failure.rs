//! Why a command could not do its work, and the exit code for it.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::report::escape;
use crate::source::SourceError;

/// The exit code where the command line or the policy is wrong.
pub(super) const INVALID: u8 = 2;

/// The exit code where the run could not judge.
pub(super) const UNDECIDED: u8 = 3;

/// A message, what to do about it, and the exit code.
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

    /// What was to be written could not be.
    pub(super) fn output(place: &str, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The reader has gone, as `head` does; it asked for no more.
            return Self { message: String::new(), help: String::new(), code: 0 };
        }
        Self::undecided(format!("cannot write to {place}: {error}"), "")
    }

    /// Says it on standard error.
    pub(super) fn report(&self) -> ExitCode {
        let mut text = String::new();
        if !self.message.is_empty() {
            text.push_str(&format!("error: {}\n", escape::terminal(&self.message)));
        }
        if !self.help.is_empty() {
            text.push_str(&format!("  help: {}\n", escape::terminal(&self.help)));
        }
        // Where standard error is closed too, the exit code is all that is left to say.
        drop(io::stderr().write_all(text.as_bytes()));
        ExitCode::from(self.code)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::undecided(error.message, error.help.unwrap_or_default())
    }
}
