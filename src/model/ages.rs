//! Since when the `replace` and `exclude` lines of module files have stood, and since when requirements have been left
//! over.
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
    /// Whether the line may be older: the history before this commit is not in this clone.
    pub is_least: bool,
}

/// When a requirement that nothing imports was last imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastImport {
    /// The commit that took away the last import, or that began to require the module.
    pub at: Added,
    /// Whether there was an import that it took away.
    pub was_imported: bool,
}

/// The commits that added lines, and those that removed the last use of lines.
#[derive(Clone, Debug, Default)]
pub struct Ages {
    added: HashMap<(FileId, Span), Added>,
    last_imports: HashMap<(FileId, Span), LastImport>,
    lacks_history: bool,
}

/// Proof that the history of lines was looked at.
#[derive(Clone, Copy, Debug)]
pub struct AgeFacts<'m>(&'m Ages);

/// Proof that the last imports of requirements were looked for.
#[derive(Clone, Copy, Debug)]
pub struct LastImportFacts<'m>(&'m Ages);

impl Ages {
    /// Nothing, because the files are in no Git repository.
    pub fn without_history() -> Self {
        Self { lacks_history: true, ..Self::default() }
    }

    /// The same with last imports.
    pub fn with_last_imports(self, found: impl IntoIterator<Item = ((FileId, Span), LastImport)>) -> Self {
        Self { last_imports: found.into_iter().collect(), ..self }
    }
}

impl Ages {
    /// The proof for the history of lines.
    pub fn age_facts(&self) -> AgeFacts<'_> {
        AgeFacts(self)
    }

    /// The proof for last imports.
    pub fn last_import_facts(&self) -> LastImportFacts<'_> {
        LastImportFacts(self)
    }
}

impl<'m> AgeFacts<'m> {
    /// The commit of the line at this place; nothing for a line that is in no commit yet.
    pub fn added(self, file: FileId, line: Span) -> Option<&'m Added> {
        self.0.added.get(&(file, line))
    }

    /// Whether nothing can be known, because the files are in no Git repository.
    pub fn lacks_history(self) -> bool {
        self.0.lacks_history
    }
}

impl<'m> LastImportFacts<'m> {
    /// When the module that the line at this place requires was last imported, if nothing imports it.
    pub fn last_import(self, file: FileId, line: Span) -> Option<&'m LastImport> {
        self.0.last_imports.get(&(file, line))
    }
}

impl FromIterator<((FileId, Span), Added)> for Ages {
    fn from_iter<I: IntoIterator<Item = ((FileId, Span), Added)>>(lines: I) -> Self {
        Self { added: lines.into_iter().collect(), ..Self::default() }
    }
}
