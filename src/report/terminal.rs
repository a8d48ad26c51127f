//! The reporters' common trait, and the abilities of the output for which they write.

use std::io::{self, Write};

use crate::finding::{Notification, NotificationKind, Run};
use crate::text::Files;

/// Writes a run in one form.
pub trait Reporter {
    /// Writes all of `run`, whose labels point into `files`, to `out`.
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()>;
}

/// The abilities of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Whether to write colours.
    pub color: bool,
    /// How many columns a line has.
    pub width: usize,
    /// How many columns a row of a table may have; `None` in a pipe or a file, where rows are as long as they are.
    pub table_width: Option<usize>,
    /// Whether a text can be made a link.
    pub hyperlinks: bool,
    /// Whether to draw with more than ASCII.
    pub unicode: bool,
    /// Whether to show [`NotificationKind::Verbose`].
    pub verbose: bool,
    /// Whether to show how many findings each rule has.
    pub statistics: bool,
    /// Whether to show how to write a policy where there is none.
    pub hints: bool,
    /// How many findings of one rule in one file to show; `None` for all. Only the forms for terminals look at it.
    pub max_findings: Option<usize>,
}

impl Terminal {
    /// A file or a pipe: no colours, no links, 100 columns.
    pub const PLAIN: Self = Self {
        color: false,
        width: 100,
        table_width: None,
        hyperlinks: false,
        unicode: true,
        verbose: false,
        statistics: false,
        hints: true,
        max_findings: None,
    };

    /// The text in these colours, by their ANSI codes, where there are colours.
    pub(super) fn paint(self, text: &str, codes: &[&str]) -> String {
        if self.color { format!("\x1b[{}m{text}\x1b[0m", codes.join(";")) } else { text.to_owned() }
    }

    /// The notifications that this terminal wants to see.
    pub(super) fn notifications(self, run: &Run) -> impl Iterator<Item = &Notification> {
        run.notifications.iter().filter(move |it| self.verbose || it.kind != NotificationKind::Verbose)
    }
}
