//! The table of files that findings point into.

use std::sync::{Arc, OnceLock};

use super::{LineIndex, RepoPath, Span};

/// A file of one run, by its place in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

impl FileId {
    /// The index in the table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a file of the table belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the checked repository or directory; its path is relative to that root.
    Repository,
    /// Elsewhere: a policy named by `--policy`. Its path is as the user gave it.
    Outside,
    /// In the program: a built-in pack. Its path is a name such as `pack:recommended`.
    Embedded,
}

/// A file's path and, for those that are shown, its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: RepoPath,
    home: Home,
    text: Option<Arc<[u8]>>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// The path from the root.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// Where the file belongs; only one in the repository has a place that other tools can open.
    pub fn home(&self) -> Home {
        self.home
    }

    /// The content; empty if it was not kept.
    pub fn text(&self) -> &[u8] {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether the content was kept, so that places in it can be shown.
    pub fn has_text(&self) -> bool {
        self.text.is_some()
    }

    /// The lines of the text, found on first use.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.text()))
    }

    /// The bytes that `span` covers, as far as they exist.
    pub fn slice(&self, span: Span) -> &[u8] {
        let text = self.text();
        let end = (span.end as usize).min(text.len());
        &text[(span.start as usize).min(end)..end]
    }
}

/// Every file that was looked at, in the order of their paths in the source. Texts are kept only of those that
/// a finding points into, so that memory does not grow with the repository.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<SourceFile>,
}

impl Files {
    /// Adds a file of the repository, its text still unread, and names it.
    pub fn add(&mut self, path: RepoPath) -> FileId {
        self.push(path, Home::Repository, None)
    }

    /// Adds a file with its text.
    pub fn add_text(&mut self, path: RepoPath, home: Home, text: Arc<[u8]>) -> FileId {
        self.push(path, home, Some(text))
    }

    /// Adds a file whose text must not be shown.
    pub fn add_hidden(&mut self, path: RepoPath, home: Home) -> FileId {
        self.push(path, home, None)
    }

    /// Adds a copy of a file of another table.
    pub fn adopt(&mut self, file: &SourceFile) -> FileId {
        self.push(file.path.clone(), file.home, file.text.clone())
    }

    fn push(&mut self, path: RepoPath, home: Home, text: Option<Arc<[u8]>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { path, home, text, lines: OnceLock::new() });
        id
    }

    /// Gives a file its text.
    pub fn set_text(&mut self, id: FileId, text: Arc<[u8]>) {
        let file = &mut self.files[id.index()];
        file.text = Some(text);
        file.lines = OnceLock::new();
    }

    /// The file of this id.
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(u32::try_from(index).unwrap_or(u32::MAX)), file))
    }
}
