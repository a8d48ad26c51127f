//! Which files of vendor directories are not the same in two states, and how they differ.

use std::cmp::Ordering;
use std::collections::HashSet;

use similar::{ChangeTag, TextDiff};

use super::{Below, Input};
use crate::source::{Change, Delta, Entry, Leaf, Listing, Reader, Selection as _, SourceError, Unseen};
use crate::text::RepoPath;

/// A file that is not the same in two states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VendorChange {
    /// Its path.
    pub path: RepoPath,
    /// The entry before.
    pub before: Option<Entry>,
    /// The entry after.
    pub after: Option<Entry>,
    /// Whether a symbolic link is there, or is on the way.
    pub leads_elsewhere: bool,
}

/// The paths that could not be read, and why.
pub(crate) type Hidden = Vec<(RepoPath, Unseen)>;

/// The files below these directories that differ, by path, and those that could not be compared. `vendored` has the
/// files of the later state there; files that only links lead to are compared as well.
pub(crate) fn vendor_changes(
    before: Input<'_>,
    after: Input<'_>,
    places: &[RepoPath],
    vendored: &Listing,
) -> Result<(Vec<VendorChange>, Hidden), SourceError> {
    let below = Below::new(places.iter().cloned());
    let (mut changes, mut hidden) = match after.source.changes_since(before.source, &below) {
        Some(delta) => of_trees(delta),
        None => of_listings(before, after, &below)?,
    };
    let known: HashSet<RepoPath> = changes.iter().map(|change| change.path.clone()).collect();
    let is_link = |entry: &&Entry| entry.target.is_some() && !known.contains(&entry.path);
    for entry in vendored.entries.iter().filter(is_link).filter(|entry| below.wants(entry.path.as_bytes())) {
        match behind_link(before, after, entry) {
            Ok(change) => changes.extend(change),
            Err(reason) => hidden.push((entry.path.clone(), reason)),
        }
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((changes, hidden))
}

/// The differences between two trees. The content of a link is its target.
fn of_trees(Delta { changes, unseen: mut hidden, .. }: Delta) -> (Vec<VendorChange>, Hidden) {
    let entry = |path: &RepoPath, leaf: Option<Leaf>| match leaf? {
        Leaf::File(blob) | Leaf::Link(blob) => Some(Entry { path: path.clone(), target: None, blob: Some(blob) }),
        Leaf::Submodule => None,
    };
    let mut found = Vec::new();
    for Change { path, before, after } in changes {
        if before == Some(Leaf::Submodule) || after == Some(Leaf::Submodule) {
            hidden.push((
                path.clone(),
                Unseen::Unreadable("in another repository, and not the same as before".to_owned()),
            ));
        }
        let leads_elsewhere = matches!(after, Some(Leaf::Link(_)));
        let (before, after) = (entry(&path, before), entry(&path, after));
        if before.is_some() || after.is_some() {
            found.push(VendorChange { path, before, after, leads_elsewhere });
        }
    }
    (found, hidden)
}

/// The differences between two states, where one of them has no tree.
fn of_listings(before: Input<'_>, after: Input<'_>, below: &Below) -> Result<(Vec<VendorChange>, Hidden), SourceError> {
    let old = before.source.list(below)?;
    let new = after.source.list(below)?;
    let mut comparison = VendorComparison {
        readers: (before.source.reader(), after.source.reader()),
        buffers: Default::default(),
        changes: Vec::new(),
        unseen: Vec::new(),
    };
    comparison.run(&old, &new);
    comparison.unseen.extend(old.unseen.into_iter().chain(new.unseen));
    let VendorComparison { mut changes, unseen, .. } = comparison;
    // A path that cannot be read in one of them is not known to have been added or removed.
    let hidden: HashSet<&RepoPath> = unseen.iter().map(|(path, _)| path).collect();
    changes.retain(|change| !change.path.ancestors().any(|path| hidden.contains(&path)));
    Ok((changes, unseen))
}

/// The change of a file that a link leads to which is itself as it was.
fn behind_link(before: Input<'_>, after: Input<'_>, entry: &Entry) -> Result<Option<VendorChange>, Unseen> {
    let old = before.source.lookup(&entry.path)?;
    let is_same = match &old {
        None => false,
        Some(old) if old.blob.is_some() && entry.blob.is_some() => old.blob == entry.blob,
        Some(old) => {
            let (mut was, mut is) = (Vec::new(), Vec::new());
            before.source.reader().read(old, &mut was)?;
            after.source.reader().read(entry, &mut is)?;
            with_line_feeds(&was) == with_line_feeds(&is)
        }
    };
    let change =
        VendorChange { path: entry.path.clone(), before: old, after: Some(entry.clone()), leads_elsewhere: true };
    Ok((!is_same).then_some(change))
}

struct VendorComparison<'a> {
    readers: (Box<dyn Reader + 'a>, Box<dyn Reader + 'a>),
    buffers: (Vec<u8>, Vec<u8>),
    changes: Vec<VendorChange>,
    unseen: Vec<(RepoPath, Unseen)>,
}

impl VendorComparison<'_> {
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
                    let leads_elsewhere = after.is_some_and(|after| after.target.is_some());
                    let (before, after) = (before.cloned(), after.cloned());
                    self.changes.push(VendorChange { path, before, after, leads_elsewhere });
                }
                Err(reason) => self.unseen.push((path, reason)),
            }
        }
    }

    /// Whether two files have the same content. Those on disk have no name for it and are read.
    fn is_same(&mut self, before: &Entry, after: &Entry) -> Result<bool, Unseen> {
        // A link is no file: the go command writes none.
        if before.target.is_some() != after.target.is_some() {
            return Ok(false);
        }
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
pub(crate) fn with_line_feeds(text: &[u8]) -> Vec<u8> {
    let is_kept = |at: &usize| text[*at] != b'\r' || text.get(at + 1) != Some(&b'\n');
    (0..text.len()).filter(is_kept).map(|at| text[at]).collect()
}

/// How much of a difference is shown.
const MAX_LINES: usize = 16;

/// How much of a line is shown.
const MAX_LINE: usize = 160;

/// How many lines from the first difference on are compared: later lines make no difference to the shown part.
const WINDOW: usize = 256;

/// How many lines are shown before the first that differs.
const CONTEXT: usize = 3;

/// The first lines in which two contents differ, as a unified diff; `None` where a person could read none.
pub(crate) fn first_hunk(before: &[u8], after: &[u8]) -> Option<String> {
    if before.contains(&0) || after.contains(&0) {
        return None;
    }
    let (old, new) = (lines(before), lines(after));
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let start = same.saturating_sub(CONTEXT);
    let window = |lines: &[&[u8]]| lines[start..].iter().take(WINDOW).map(|line| line.to_vec()).collect::<Vec<_>>();
    let (old, new) = (window(&old), window(&new));
    let (old, new): (Vec<&[u8]>, Vec<&[u8]>) =
        (old.iter().map(Vec::as_slice).collect(), new.iter().map(Vec::as_slice).collect());
    let diff = TextDiff::from_slices(&old, &new);
    let hunk = diff.unified_diff().iter_hunks().next()?;
    let changes: Vec<(ChangeTag, &[u8])> = hunk.iter_changes().map(|line| (line.tag(), line.value())).collect();
    let count = |tag: ChangeTag| changes.iter().filter(|(other, _)| *other != tag).count();
    let range = |first: usize, count: usize| match count {
        0 => format!("{},0", first + start),
        1 => format!("{}", first + start + 1),
        count => format!("{},{count}", first + start + 1),
    };
    let first = hunk.ops().first()?;
    let (of_old, of_new) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    let old_range = range(first.old_range().start, of_old);
    let new_range = range(first.new_range().start, of_new);
    let mut shown = vec![format!("@@ -{old_range} +{new_range} @@")];
    shown.extend(changes.iter().take(MAX_LINES).map(|(tag, line)| format!("{tag}{}", shown_line(line))));
    if changes.len() > MAX_LINES {
        shown.push("…".to_owned());
    }
    Some(shown.join("\n"))
}

/// A line for a person to read, its end included where that may be the difference.
fn shown_line(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).replace('\r', "\u{240d}");
    let end = if line.ends_with(b"\n") { "" } else { " (no newline)" };
    format!("{}{end}", text.chars().take(MAX_LINE).collect::<String>())
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

#[cfg(test)]
mod tests {
    use super::{first_hunk, with_line_feeds};

    #[test]
    fn the_first_difference_is_shown_with_its_place() {
        let text = |lines: &[&str]| lines.join("\n") + "\n";
        let before = text(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        let after = text(&["1", "2", "3", "4", "five", "6", "7", "8", "9"]);
        let hunk = first_hunk(before.as_bytes(), after.as_bytes());
        assert_eq!(hunk.as_deref(), Some("@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8"));
        assert_eq!(first_hunk(b"", b"one\n").as_deref(), Some("@@ -0,0 +1 @@\n+one"));
        assert_eq!(first_hunk(b"one\n", b"").as_deref(), Some("@@ -1 +0,0 @@\n-one"));
        assert_eq!(first_hunk(b"one\r\n", b"one").as_deref(), Some("@@ -1 +1 @@\n-one\u{240d}\n+one (no newline)"));
        assert_eq!(first_hunk(b"a\0", b"b"), None);
        let many = "x\n".repeat(400_000);
        let hunk = first_hunk(many.as_bytes(), many.replace("x\n", "y\n").as_bytes()).expect("they differ");
        assert!(hunk.len() < 200 && hunk.ends_with('…'), "{hunk}");
    }

    #[test]
    fn line_ends_are_made_equal_and_nothing_else() {
        assert_eq!(with_line_feeds(b"a\r\nb\rc\r"), b"a\nb\rc\r");
    }
}
