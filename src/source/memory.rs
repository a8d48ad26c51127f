//! Files held in memory: for tests, and for judging text that is in no repository.

use std::collections::BTreeMap;

use super::gate::Gate;
use super::{Entry, Listing, Reader, Selection, Source, SourceError, Unseen};
use crate::text::{Origin, RepoPath};

/// A list of files and their contents.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    files: BTreeMap<RepoPath, Vec<u8>>,
}

impl MemorySource {
    /// A source of these files.
    pub fn new<P: Into<RepoPath>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        Self { files: files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect() }
    }
}

impl Source for MemorySource {
    fn origin(&self) -> &Origin {
        &Origin::Memory
    }

    fn list(&self, selection: &dyn Selection) -> Result<Listing, SourceError> {
        let mut gate = Gate::new(selection);
        let entries = self.files.keys().filter(|path| gate.admits(path.as_bytes())).map(entry).collect();
        Ok(Listing { entries, ..Listing::default() })
    }

    fn lookup(&self, path: &RepoPath) -> Result<Option<Entry>, Unseen> {
        Ok(self.files.contains_key(path).then(|| entry(path)))
    }

    fn directory(&self, path: &RepoPath) -> Result<Option<RepoPath>, Unseen> {
        let is_there = self.files.keys().any(|file| file != path && file.is_within(path));
        Ok(is_there.then(|| path.clone()))
    }

    fn reader(&self) -> Box<dyn Reader + '_> {
        Box::new(MemoryReader(&self.files))
    }
}

fn entry(path: &RepoPath) -> Entry {
    Entry { path: path.clone(), target: None, blob: None }
}

struct MemoryReader<'s>(&'s BTreeMap<RepoPath, Vec<u8>>);

impl Reader for MemoryReader<'_> {
    fn read(&mut self, entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        let bytes = self.0.get(&entry.path).ok_or_else(|| Unseen::Unreadable("no such file".to_owned()))?;
        buffer.clear();
        buffer.extend_from_slice(bytes);
        Ok(())
    }
}
