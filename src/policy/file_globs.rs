//! Globs on file names, from the repository's root, `/`-separated on every system.

use globset::{Candidate, GlobSet};

use super::OptionError;
use super::groups::ListPlace;
use super::items::{Item, Items};
use super::pattern::globs;
use crate::text::{FileId, Span};

/// A list of globs on paths.
#[derive(Clone, Debug, Default)]
pub struct FileGlobs {
    items: Items<FileGlob>,
}

impl FileGlobs {
    /// Compiles the strings of one list of the policy `file`, or yields every error in it.
    pub fn compile(list: &[toml::Spanned<String>], file: FileId) -> Result<Self, Vec<OptionError>> {
        Items::compile(list, file, FileGlob::compile).map(|items| Self { items })
    }

    /// The same. Lists of files cannot name groups.
    pub(crate) fn compile_in(list: &[toml::Spanned<String>], place: ListPlace<'_>) -> Result<Self, Vec<OptionError>> {
        Self::compile(list, place.file)
    }

    /// The first glob that decides that `path` is in the list.
    pub fn find(&self, path: &[u8]) -> Option<&FileGlob> {
        self.items.matching(|glob| glob.matches(path)).next()
    }

    /// Every glob, those that take away last.
    pub fn iter(&self) -> impl Iterator<Item = &FileGlob> {
        self.items.iter()
    }
}

/// One glob. It covers the paths that it matches and, since these may be directories, everything below.
#[derive(Clone, Debug)]
pub struct FileGlob {
    text: String,
    file: FileId,
    span: Span,
    globs: GlobSet,
}

impl FileGlob {
    fn compile(item: &Item<'_>) -> Result<Self, OptionError> {
        let body = item.body.strip_prefix("./").unwrap_or(item.body);
        if body.split('/').any(|part| part == "..") {
            return Err(item.error("the path contains `..`").help("paths are from the root of the repository"));
        }
        if body.split('/').any(|part| part == "...") {
            return Err(item.error("this is a Go pattern, but file names are expected").help("use `**` for any depth"));
        }
        let globs = match body.strip_suffix('/').unwrap_or(body) {
            "" | "." => globs(&["**"]),
            directory if directory.len() < body.len() => globs(&[&format!("{directory}/**")]),
            path => globs(&[path, &format!("{path}/**")]),
        };
        let globs = globs.map_err(|message| item.error(message))?;
        Ok(Self { text: item.text.to_owned(), file: item.file, span: item.span, globs })
    }

    /// Whether the glob itself, without its `!`, covers the path.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.globs.is_match_candidate(&Candidate::from_bytes(path))
    }

    /// Whether the glob takes away.
    pub fn is_negated(&self) -> bool {
        self.text.starts_with('!')
    }

    /// The text as written, `!` included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The policy file that contains it.
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The string in that file, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }
}
