//! A state without its Go files, for questions that module files alone decide.

use super::{Delta, Entry, Listing, Reader, Selection, Source, SourceError, Unseen};
use crate::text::{Origin, RepoPath, TreeId};

/// A state in which no Go file is listed. Everything else is as it was.
pub(crate) struct WithoutGoFiles<'a>(pub &'a dyn Source);

impl Source for WithoutGoFiles<'_> {
    fn origin(&self) -> &Origin {
        self.0.origin()
    }

    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError> {
        self.0.list(&NoGoFiles(selection))
    }

    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
        self.0.lookup(path)
    }

    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        self.0.directory(path)
    }

    fn ignored(&self, path: &RepoPath) -> Option<RepoPath> {
        self.0.ignored(path)
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        self.0.reader()
    }

    fn tree(&self) -> Option<TreeId> {
        self.0.tree()
    }

    fn changes_since(&self, before: &dyn Source, selection: &dyn Selection) -> Option<Delta> {
        self.0.changes_since(before, &NoGoFiles(selection))
    }
}

struct NoGoFiles<'s>(&'s dyn Selection);

impl Selection for NoGoFiles<'_> {
    fn enters(&self, directory: &[u8]) -> bool {
        self.0.enters(directory)
    }

    fn wants(&self, file: &[u8]) -> bool {
        !file.ends_with(b".go") && self.0.wants(file)
    }
}
