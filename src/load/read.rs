//! Reads and parses what the plan names.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Plan;
use crate::source::{Entry, Reader, Source, Unseen};
use crate::syntax::{
    GoFile, Parsed, ParsedFile, ParsedState, parse_go_file, parse_go_head, parse_go_mod, parse_go_work,
    parse_vendor_modules,
};
use crate::text::{BlobId, Files, RepoPath};

/// What was read of one state.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What was parsed.
    pub state: ParsedState,
    /// What was to be read and could not be.
    pub unseen: Vec<(RepoPath, Unseen)>,
}

/// How much of a Go file on disk is read first: nearly every import clause ends before.
const HEAD: usize = 16 * 1024;

/// How many files a thread takes at least, so that opening its reader pays.
const FILES_A_TASK: usize = 64;

/// Reads and parses the files of the plan, and adds each to `files`.
pub fn read(source: &dyn Source, mut plan: Plan, files: &mut Files) -> Loaded {
    let mut unseen = std::mem::take(&mut plan.unseen);
    let mut into = Into { source, files, unseen: &mut unseen };
    let go_mods = into.parse(&plan.go_mods, &|reader, entry, buffer| whole(reader, entry, buffer, parse_go_mod));
    let go_works = into.parse(&plan.go_works, &|reader, entry, buffer| whole(reader, entry, buffer, parse_go_work));
    let vendor_modules =
        into.parse(&plan.vendor_modules, &|reader, entry, buffer| whole(reader, entry, buffer, parse_vendor_modules));
    let go_files = into.parse(&plan.go_files, &go_file);
    let Plan { module_dirs, go_dirs, .. } = plan;
    Loaded { state: ParsedState { go_files, go_mods, go_works, vendor_modules, module_dirs, go_dirs }, unseen }
}

pub(super) type Parse<'p, T> = &'p (dyn Fn(&mut dyn Reader, &Entry, &mut Vec<u8>) -> Result<Parsed<T>, Unseen> + Sync);

struct Into<'a> {
    source: &'a dyn Source,
    files: &'a mut Files,
    unseen: &'a mut Vec<(RepoPath, Unseen)>,
}

impl Into<'_> {
    fn parse<T: Clone + Send + Sync>(&mut self, entries: &[Entry], parse: Parse<'_, T>) -> Vec<ParsedFile<T>> {
        let (firsts, first_of) = distinct(entries);
        let parsed = parse_each(self.source, entries, &firsts, parse);
        let mut found = Vec::with_capacity(entries.len());
        for (entry, first) in entries.iter().zip(first_of) {
            match &parsed[first] {
                Ok(parsed) => {
                    let file = self.files.add(entry.path.clone());
                    found.push(ParsedFile { file, path: entry.path.clone(), parsed: parsed.clone() });
                }
                Err(unseen) => self.unseen.push((entry.path.clone(), unseen.clone())),
            }
        }
        found
    }
}

/// Reads and parses the entries at these places, in order.
pub(super) fn parse_each<T: Send>(
    source: &dyn Source,
    entries: &[Entry],
    places: &[usize],
    parse: Parse<'_, T>,
) -> Vec<Result<Parsed<T>, Unseen>> {
    places
        .par_iter()
        .with_min_len(FILES_A_TASK)
        .map_init(
            || (source.reader(), Vec::new()),
            |(reader, buffer), &index| parse(reader.as_mut(), &entries[index], buffer),
        )
        .collect()
}

/// The entries with a content that no earlier one has, and for each entry the place of its content among them.
fn distinct(entries: &[Entry]) -> (Vec<usize>, Vec<usize>) {
    let mut firsts = Vec::with_capacity(entries.len());
    let mut known: HashMap<BlobId, usize> = HashMap::new();
    let mut first_of = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let next = firsts.len();
        let first = entry.blob.map_or(next, |blob| *known.entry(blob).or_insert(next));
        if first == next {
            firsts.push(index);
        }
        first_of.push(first);
    }
    (firsts, first_of)
}

fn whole<T>(
    reader: &mut dyn Reader,
    entry: &Entry,
    buffer: &mut Vec<u8>,
    parse: fn(&[u8]) -> Parsed<T>,
) -> Result<Parsed<T>, Unseen> {
    reader.read(entry, buffer)?;
    Ok(parse(buffer))
}

/// Reads as much of a Go file as its imports need.
pub(super) fn go_file(reader: &mut dyn Reader, entry: &Entry, buffer: &mut Vec<u8>) -> Result<Parsed<GoFile>, Unseen> {
    let complete = reader.read_head(entry, HEAD, buffer)?;
    if let Some(parsed) = parse_go_head(buffer, complete) {
        return Ok(parsed);
    }
    whole(reader, entry, buffer, parse_go_file)
}
