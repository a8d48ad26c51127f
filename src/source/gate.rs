//! Applying a selection to a sorted list of paths.
//!
//! Trees are walked and ask of each directory once; lists have no directories, so they are asked of here.

use super::Selection;

/// Applies a [`Selection`] to a sorted list of files, asking once for each directory.
pub(super) struct Gate<'s> {
    selection: &'s dyn Selection,
    directory: Vec<u8>,
    open: bool,
}

impl<'s> Gate<'s> {
    pub(super) fn new(selection: &'s dyn Selection) -> Self {
        Self { selection, directory: Vec::new(), open: true }
    }

    /// Whether the file is wanted and every directory above it entered.
    pub(super) fn admits(&mut self, file: &[u8]) -> bool {
        self.reaches(file) && self.selection.wants(file)
    }

    /// Whether this directory and every one above it is entered.
    pub(super) fn enters(&mut self, directory: &[u8]) -> bool {
        self.reaches(directory) && self.selection.enters(directory)
    }

    fn reaches(&mut self, path: &[u8]) -> bool {
        let parent = &path[..memchr::memrchr(b'/', path).unwrap_or(0)];
        if parent != self.directory {
            self.directory.clear();
            self.directory.extend_from_slice(parent);
            let mut ends = memchr::memchr_iter(b'/', path);
            self.open = ends.all(|end| self.selection.enters(&path[..end]));
        }
        self.open
    }
}
