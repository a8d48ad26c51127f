//! Since when the `replace` and `exclude` lines of module files have stood.
//!
//! Known only where there is a history, and only if a rule asks.

use std::collections::HashMap;

use crate::text::{CommitId, FileId, Span};

/// The commit that added a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its id.
    pub commit: CommitId,
    /// The author's name.
    pub author: String,
    /// The day on which the author wrote it, in UTC, as `2026-01-31`.
    pub date: String,
    /// How many days ago that was.
    pub days: u32,
    /// Whether the line may be older: what was before this commit is not in this clone.
    pub is_least: bool,
}

/// The commits that added lines.
#[derive(Clone, Debug, Default)]
pub struct Ages(HashMap<(FileId, Span), Added>);

impl Ages {
    /// What is known of the line at this place; nothing of one that is in no commit yet.
    pub fn get(&self, file: FileId, line: Span) -> Option<&Added> {
        self.0.get(&(file, line))
    }

    /// All that is known.
    pub fn iter(&self) -> impl Iterator<Item = &Added> {
        self.0.values()
    }
}

impl FromIterator<((FileId, Span), Added)> for Ages {
    fn from_iter<I: IntoIterator<Item = ((FileId, Span), Added)>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}
