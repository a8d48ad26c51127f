//! Why a state could not be opened or listed.

use std::fmt;

/// Why a state could not be opened or listed. The message is the error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    /// The error.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// Where the mistake lies.
    pub fault: Fault,
}

/// Where the mistake lies when a state cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// In the request: there is no such thing here.
    Request,
    /// In the state: it may exist, and cannot be read.
    State,
}

impl SourceError {
    /// Something that could not be seen.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, fault: Fault::State }
    }

    /// Something that was asked for and is not there.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self { fault: Fault::Request, ..Self::new(message) }
    }

    /// The same with a remedy.
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        self.help(help)
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}
