//! Which files of vendor directories are not the same in two states, and how they differ.

use std::cmp::Ordering;

use similar::TextDiff;

use super::{Below, Input};
use crate::source::{Delta, Entry, Leaf, Listing, Reader, SourceError, Unseen};
use crate::text::RepoPath;

/// A file that is not the same in two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorChange {
    /// Its path.
    pub path: RepoPath,
    /// What was there.
    pub before: Option<Entry>,
    /// What is there.
    pub after: Option<Entry>,
}

/// What could not be seen, and why.
pub type Hidden = Vec<(RepoPath, Unseen)>;

/// The files below these directories that differ, by path, and what could not be compared.
pub fn vendor_changes(
    (before, after): (Input<'_>, Input<'_>),
    places: &[RepoPath],
) -> Result<(Vec<VendorChange>, Hidden), SourceError> {
    let below = Below::new(places.iter().cloned());
    if let Some(Delta { changes, unseen, .. }) = after.source.changes_since(before.source, &below) {
        // A link is what it says: the go command writes none, and follows each.
        let entry = |path: &RepoPath, leaf: Option<Leaf>| match leaf? {
            Leaf::File(blob) | Leaf::Link(blob) => Some(Entry { path: path.clone(), target: None, blob: Some(blob) }),
            Leaf::Submodule => None,
        };
        let changes = changes.into_iter().map(|change| VendorChange {
            before: entry(&change.path, change.before),
            after: entry(&change.path, change.after),
            path: change.path,
        });
        let is_file = |change: &VendorChange| change.before.is_some() || change.after.is_some();
        return Ok((changes.filter(is_file).collect(), unseen));
    }
    let old = before.source.list(&below)?;
    let new = after.source.list(&below)?;
    let mut comparison = Comparison {
        readers: (before.source.reader(), after.source.reader()),
        buffers: Default::default(),
        changes: Vec::new(),
        unseen: Vec::new(),
    };
    comparison.run(&old, &new);
    comparison.unseen.extend(old.unseen.into_iter().chain(new.unseen));
    Ok((comparison.changes, comparison.unseen))
}

struct Comparison<'a> {
    readers: (Box<dyn Reader + 'a>, Box<dyn Reader + 'a>),
    buffers: (Vec<u8>, Vec<u8>),
    changes: Vec<VendorChange>,
    unseen: Vec<(RepoPath, Unseen)>,
}

impl Comparison<'_> {
    /// Walks through both listings side by side.
    fn run(&mut self, old: &Listing, new: &Listing) {
        let (mut old, mut new) = (old.entries.iter().peekable(), new.entries.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return,
                (Some(old), Some(new)) => old.path.cmp(&new.path),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            let Some(path) = before.or(after).map(|entry| entry.path.clone()) else { return };
            let is_same = match (before, after) {
                (Some(before), Some(after)) => self.is_same(before, after),
                _ => Ok(false),
            };
            match is_same {
                Ok(true) => {}
                Ok(false) => {
                    self.changes.push(VendorChange { path, before: before.cloned(), after: after.cloned() });
                }
                Err(reason) => self.unseen.push((path, reason)),
            }
        }
    }

    /// Whether two files have the same content. Those on disk have no name for it and are read.
    fn is_same(&mut self, before: &Entry, after: &Entry) -> Result<bool, Unseen> {
        if let (Some(before), Some(after)) = (&before.blob, &after.blob) {
            return Ok(before == after);
        }
        self.readers.0.read(before, &mut self.buffers.0)?;
        self.readers.1.read(after, &mut self.buffers.1)?;
        let (before, after) = &self.buffers;
        Ok(before == after || with_line_feeds(before) == with_line_feeds(after))
    }
}

/// A text with its lines ended as in a blob: Git may check it out with carriage returns.
pub(super) fn with_line_feeds(text: &[u8]) -> Vec<u8> {
    let is_kept = |at: &usize| text[*at] != b'\r' || text.get(at + 1) != Some(&b'\n');
    (0..text.len()).filter(is_kept).map(|at| text[at]).collect()
}

/// How much of a difference is shown.
const MAX_LINES: usize = 16;

/// How much of a line is shown.
const MAX_LINE: usize = 160;

/// No longer text is compared line by line.
const MAX_TEXT: usize = 1 << 20;

/// The first lines in which two contents differ, as a unified diff; `None` where a person could read none.
pub fn first_hunk(before: &[u8], after: &[u8]) -> Option<String> {
    let is_text = |text: &[u8]| text.len() <= MAX_TEXT && !text.contains(&0);
    if !is_text(before) || !is_text(after) {
        return None;
    }
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::from_slices(&old, &new);
    let hunk = diff.unified_diff().iter_hunks().next()?;
    let mut shown = vec![hunk.header().to_string()];
    for line in hunk.iter_changes().take(MAX_LINES) {
        let text = String::from_utf8_lossy(line.value());
        let text: String = text.trim_end_matches(['\n', '\r']).chars().take(MAX_LINE).collect();
        shown.push(format!("{}{text}", line.tag()));
    }
    if hunk.iter_changes().nth(MAX_LINES).is_some() {
        shown.push("…".to_owned());
    }
    Some(shown.join("\n"))
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}
