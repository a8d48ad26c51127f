//! Readers: content by object id, or from disk.
//!
//! A Git LFS pointer is never taken for the content that it stands for.

use std::io::Read as _;
use std::path::Path;

use gix::ObjectId;
use gix::prelude::HeaderExt as _;

use super::disk::{open_file, system};
use super::objects::{MAX_LENGTH, read_blob};
use super::{Entry, Reader, Unseen};

/// Reads blobs.
pub(super) struct ObjectReader(pub(super) gix::Repository);

impl Reader for ObjectReader {
    fn read(&mut self, entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        let id = entry.blob.as_ref().and_then(|blob| ObjectId::try_from(blob.as_bytes()).ok());
        let id = id.ok_or_else(|| Unseen::Unreadable("no object of this repository".to_owned()))?;
        read_blob(&self.0, id, buffer)?;
        reject_pointer(buffer, buffer.len() as u64)
    }

    fn size(&mut self, entry: &Entry) -> Result<u64, Unseen> {
        let id = entry.blob.as_ref().and_then(|blob| ObjectId::try_from(blob.as_bytes()).ok());
        let header = id.and_then(|id| self.0.objects.header(id).ok());
        header.map(|header| header.size()).ok_or(Unseen::MissingObject)
    }
}

/// Reads files on disk, and blobs where an entry has one.
pub(super) struct DiskReader<'s> {
    pub(super) root: &'s Path,
    pub(super) objects: Option<ObjectReader>,
}

impl Reader for DiskReader<'_> {
    fn read(&mut self, entry: &Entry, buffer: &mut Vec<u8>) -> Result<(), Unseen> {
        self.read_head(entry, usize::MAX, buffer).map(|_| ())
    }

    fn size(&mut self, entry: &Entry) -> Result<u64, Unseen> {
        if let (Some(_), Some(objects)) = (&entry.blob, &mut self.objects) {
            return objects.size(entry);
        }
        open_file(self.root, entry.target.as_ref().unwrap_or(&entry.path).as_bytes()).map(|(_, length)| length)
    }

    fn read_head(&mut self, entry: &Entry, limit: usize, buffer: &mut Vec<u8>) -> Result<bool, Unseen> {
        if let (Some(_), Some(objects)) = (&entry.blob, &mut self.objects) {
            return objects.read(entry, buffer).map(|()| true);
        }
        let (file, length) = open_file(self.root, entry.target.as_ref().unwrap_or(&entry.path).as_bytes())?;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).min(MAX_LENGTH);
        buffer.clear();
        buffer.reserve(usize::try_from(length.min(limit)).unwrap_or_default() + 1);
        let read = file.take(limit).read_to_end(buffer).map_err(|error| system(&error))? as u64;
        reject_pointer(buffer, length)?;
        Ok(read < limit || read >= length)
    }
}

/// Fails if the content, which begins with `buffer`, is a Git LFS pointer: they are shorter than 1024
/// bytes and begin with their version.
fn reject_pointer(buffer: &[u8], length: u64) -> Result<(), Unseen> {
    let is_pointer = length < 1024 && buffer.starts_with(b"version https://git-lfs.github.com/spec/v1");
    if is_pointer { Err(Unseen::LfsPointer) } else { Ok(()) }
}
