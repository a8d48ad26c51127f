//! What makes two findings the same one.

use std::fmt;

/// The name of a finding that edits and moves do not change: rule, entry and subject, and which of several
/// equal ones it is. Lines and positions never enter it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    rule: &'static str,
    entry: Option<String>,
    subject: String,
    ordinal: u32,
}

impl Identity {
    /// The identity of the `ordinal`-th finding, from 1, about `subject`.
    pub fn new(rule: &'static str, entry: Option<String>, subject: String, ordinal: u32) -> Self {
        Self { rule, entry, subject, ordinal }
    }

    /// The same identity as the `ordinal`-th of equal ones, from 1.
    pub fn nth(self, ordinal: u32) -> Self {
        Self { ordinal, ..self }
    }

    /// Which of equal ones it is, from 1.
    pub fn ordinal(&self) -> u32 {
        self.ordinal
    }

    /// Packages, modules or a file.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        if let Some(entry) = &self.entry {
            write!(f, "/{entry}")?;
        }
        write!(f, ": {}", self.subject)?;
        if self.ordinal > 1 {
            write!(f, " #{}", self.ordinal)?;
        }
        Ok(())
    }
}
