//! What changes make of a text, all of them together.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Change;
use crate::go::GoVersion;
use crate::syntax::{
    GoMod, Removal, WrittenRequirement, WrittenRequirements, parse_go_mod, parse_go_sum, with_mark, with_requirements,
};
use crate::text::{Edit, Span};

/// The text after these changes; `None` if one of them cannot be made.
pub(super) fn apply(text: &[u8], changes: &BTreeSet<&Change>) -> Option<Vec<u8>> {
    let of_sums = |change: &&Change| matches!(change, Change::AddSum(_) | Change::RemoveSum(_));
    if changes.iter().any(of_sums) {
        return Some(with_sums(text, changes));
    }
    let (mut removed, mut edits, mut is_rewritten) = (Vec::new(), Vec::new(), false);
    for change in changes {
        match change {
            Change::RemoveLine(line) => removed.push(*line),
            Change::Mark { line, indirect } => edits.push(with_mark(text, *line, *indirect)),
            _ => is_rewritten = true,
        }
    }
    // What is marked is never removed at the same time.
    edits.extend(Removal::new(text).edits(&removed));
    edits.sort_by_key(|edit| edit.span);
    let text = Edit::apply(&edits, text);
    if !is_rewritten {
        return Some(text);
    }
    let parsed = parse_go_mod(&text);
    if !parsed.errors.is_empty() {
        return None;
    }
    with_requirements(&text, &required(&parsed.tree, changes)?)
}

/// The edits that make one change to a text; none if it cannot be made. A line of a list of checksums stands for itself, for
/// there may be thousands.
pub(super) fn edits(text: &[u8], change: &Change) -> Vec<Edit> {
    match change {
        Change::RemoveSum(line) => {
            let end = line.end as usize;
            let end = text[end..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |length| end + length + 1);
            vec![Edit::removal(Span::new(line.start as usize, end))]
        }
        Change::AddSum(line) => {
            let replacement = Box::from(format!("{line}\n").as_bytes());
            vec![Edit { span: Span::at(parse_go_sum(text).tree.place_of(line)), replacement }]
        }
        change => apply(text, &BTreeSet::from([change])).map(|after| difference(text, &after)).unwrap_or_default(),
    }
}

/// The edit that makes one text of another: whole lines.
fn difference(before: &[u8], after: &[u8]) -> Vec<Edit> {
    if before == after {
        return Vec::new();
    }
    let lines = |text| <[u8]>::split_inclusive(text, |byte| *byte == b'\n');
    let same = |(a, b): &(&[u8], &[u8])| a == b;
    let head: usize = lines(before).zip(lines(after)).take_while(same).map(|(line, _)| line.len()).sum();
    let (rest, other) = (&before[head..], &after[head..]);
    let tail: usize = lines(rest).rev().zip(lines(other).rev()).take_while(same).map(|(line, _)| line.len()).sum();
    let replacement = Box::from(&other[..other.len() - tail]);
    vec![Edit { span: Span::new(head, before.len() - tail), replacement }]
}

/// What a module file requires after these changes.
fn required(stated: &GoMod, changes: &BTreeSet<&Change>) -> Option<WrittenRequirements> {
    let mut go = stated.go.as_ref()?.value.clone();
    let mut toolchain = stated.toolchain.as_ref().map(|toolchain| toolchain.value.clone());
    let mut require: BTreeMap<&str, (String, bool)> = BTreeMap::new();
    for line in &stated.require {
        let to = (line.version.value.to_string(), line.indirect);
        require.entry(line.path.value.as_str()).or_insert(to);
    }
    // A raised version and a corrected mark of one line are two changes.
    for change in changes {
        match change {
            Change::Require { path, to: None } => drop(require.remove(path.as_str())),
            Change::Require { path, to: Some((version, indirect)) } => {
                let line = stated.require.iter().find(|line| *line.path.value.as_str() == **path);
                let entry = require.entry(path).or_insert_with(|| (version.clone(), *indirect));
                if line.is_none_or(|line| line.version.value.as_str() != version) {
                    entry.0.clone_from(version);
                }
                if line.is_none_or(|line| line.indirect != *indirect) {
                    entry.1 = *indirect;
                }
            }
            Change::Go(version) => go = GoVersion::parse(version)?,
            Change::Toolchain(name) => toolchain = name.as_deref().map(Box::from),
            Change::Mark { .. }
            | Change::Rewrite
            | Change::RemoveLine(_)
            | Change::AddSum(_)
            | Change::RemoveSum(_) => {}
        }
    }
    let written = |(path, (version, indirect)): (&str, (String, bool))| WrittenRequirement {
        path: path.into(),
        version: version.into(),
        indirect,
    };
    Some(WrittenRequirements { require: require.into_iter().map(written).collect(), go, toolchain })
}

/// A list of checksums with and without these lines.
fn with_sums(text: &[u8], changes: &BTreeSet<&Change>) -> Vec<u8> {
    let (mut removed, mut added) = (BTreeSet::new(), Vec::new());
    for change in changes {
        match change {
            Change::AddSum(line) => added.push(line.as_str()),
            Change::RemoveSum(line) => drop(removed.insert(*line)),
            _ => {}
        }
    }
    parse_go_sum(text).tree.written(&removed, &added)
}
