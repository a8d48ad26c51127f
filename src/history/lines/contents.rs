//! The directives in the module files of commits, as sets of lines.
//!
//! Commits are read in parallel, and of each only the differences from the commit before it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::source::{Found, PastCommit, PathLookup, Repository, SourceError};
use crate::syntax::{parse_go_mod, parse_go_work, without_requires};
use crate::text::{RepoPath, TreeId};

/// The content at a path.
#[derive(Clone, Debug)]
pub(super) enum PathContents {
    /// No file.
    Absent,
    /// A file with these lines.
    Lines(Arc<HashSet<Box<str>>>),
    /// Something that could not be read.
    Unseen,
}

/// The contents at some of the paths, by their place.
pub(super) type ContentChanges = Vec<(usize, PathContents)>;

/// How many commits a thread takes in a row; neighbours share most of their directories.
const COMMITS_A_TASK: usize = 64;

/// For each of the commits but the first, the contents at the paths where it differs from the commit before.
pub(super) fn along(
    repository: &Repository,
    commits: &[PastCommit],
    paths: &[RepoPath],
) -> Result<Vec<ContentChanges>, SourceError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<usize> = (1..commits.len()).collect();
    let chunk = |places: &[usize]| -> Result<Vec<ContentChanges>, SourceError> {
        let mut contents = ContentReader::new(repository, paths)?;
        contents.lookup.changes(commits[places[0] - 1].tree);
        Ok(places.iter().map(|&at| contents.changes(commits[at].tree)).collect())
    };
    let chunks: Vec<Vec<ContentChanges>> = places.par_chunks(COMMITS_A_TASK).map(chunk).collect::<Result<_, _>>()?;
    Ok(chunks.into_iter().flatten().collect())
}

/// The contents at the paths in one tree.
pub(super) fn at_tree(
    repository: &Repository,
    tree: TreeId,
    paths: &[RepoPath],
) -> Result<Vec<PathContents>, SourceError> {
    let mut found = ContentReader::new(repository, paths)?.changes(tree);
    found.sort_unstable_by_key(|(place, _)| *place);
    Ok(found.into_iter().map(|(_, contents)| contents).collect())
}

/// Whether a file can hold the lines that are traced, by its name.
pub(super) fn is_module_file(path: &[u8]) -> bool {
    path.ends_with(b".mod") || is_workspace_file(path)
}

/// Whether it is a workspace file and no module file.
pub(super) fn is_workspace_file(path: &[u8]) -> bool {
    path.ends_with(b"go.work")
}

impl PathContents {
    /// Whether this line is there.
    pub(super) fn has(&self, line: &str) -> bool {
        matches!(self, Self::Lines(lines) if lines.contains(line))
    }

    /// All the lines.
    pub(super) fn lines(&self) -> HashSet<&str> {
        match self {
            Self::Lines(lines) => lines.iter().map(|line| &**line).collect(),
            Self::Absent | Self::Unseen => HashSet::new(),
        }
    }

    /// The directives of a file; only the part that can hold lines is given.
    fn parse(path: &RepoPath, text: &[u8]) -> Self {
        let mut lines = HashSet::new();
        let mut add = |line: &dyn ToString| _ = lines.insert(line.to_string().into_boxed_str());
        if is_workspace_file(path.as_bytes()) {
            parse_go_work(text).tree.replace.iter().for_each(|line| add(line));
        } else {
            let tree = parse_go_mod(text).tree;
            tree.replace.iter().for_each(|line| add(line));
            tree.exclude.iter().for_each(|line| add(line));
        }
        Self::Lines(Arc::new(lines))
    }
}

/// Reads the contents at paths, on one thread.
struct ContentReader<'a> {
    lookup: PathLookup,
    paths: &'a [RepoPath],
    /// By path, the part of the last file there that can hold lines, and the lines.
    last: Vec<Option<(Vec<u8>, PathContents)>>,
}

impl<'a> ContentReader<'a> {
    fn new(repository: &Repository, paths: &'a [RepoPath]) -> Result<Self, SourceError> {
        Ok(Self { lookup: repository.path_lookup(paths)?, paths, last: vec![None; paths.len()] })
    }

    fn changes(&mut self, tree: TreeId) -> ContentChanges {
        let changes = self.lookup.changes(tree);
        changes.into_iter().map(|(place, found)| (place, self.contents(place, found))).collect()
    }

    fn contents(&mut self, place: usize, found: Found) -> PathContents {
        let blob = match found {
            Found::File(blob) => blob,
            Found::Nothing => return PathContents::Absent,
            Found::Unseen => return PathContents::Unseen,
        };
        let path = &self.paths[place];
        let Ok(text) = self.lookup.read(blob) else { return PathContents::Unseen };
        let is_work = is_workspace_file(path.as_bytes());
        let part = if is_work { Cow::Borrowed(&text[..]) } else { without_requires(&text) };
        match &self.last[place] {
            Some((last, contents)) if *last == *part => contents.clone(),
            _ => {
                let contents = PathContents::parse(path, &part);
                self.last[place] = Some((part.into_owned(), contents.clone()));
                contents
            }
        }
    }
}
