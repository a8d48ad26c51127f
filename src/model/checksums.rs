//! Checksums that contradict each other: two for one module version, in one state, in two, or in go.sum and in the
//! module cache.
//!
//! Source: `haveModSumLocked` in `cmd/go/internal/modfetch/fetch.go`. The go command looks at one module at a time and
//! only when it needs it; here all lists of the repository are compared.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Model, SumConflictFacts};
use crate::syntax::{GoSum, ParsedFile, SumContent, SumKey};
use crate::text::{FileId, RepoPath, Span};

/// A line of a list of checksums that contradicts another statement about the same module version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumConflict {
    /// The module path.
    pub module: Box<str>,
    /// The version.
    pub version: Box<str>,
    /// Whether the whole module is summed up, or its go.mod alone.
    pub content: SumContent,
    /// The line.
    pub line: SumPlace,
    /// The checksum that it contradicts.
    pub other: OtherSum,
}

/// Where a checksum is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumPlace {
    /// The list.
    pub file: FileId,
    /// The line.
    pub span: Span,
    /// The checksum.
    pub hash: Box<str>,
}

/// The statement that a line contradicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherSum {
    /// Another line of the same state.
    Line(SumPlace),
    /// A line of an earlier state.
    Before(EarlierSum),
    /// The checksum in the module cache.
    Cache(CachedSum),
}

/// A checksum that an earlier state has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierSum {
    /// The name of the state.
    pub state: Arc<str>,
    /// The list, in that state.
    pub list: RepoPath,
    /// The checksum.
    pub hash: Box<str>,
}

/// The checksum of the content in the module cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CachedSum {
    /// The one that the go command noted when it downloaded the module.
    Noted(Box<str>),
    /// The one of the go.mod that the module proxy served.
    GoMod(Box<str>),
    /// The one of the extracted files, where it is known; they are not those that were downloaded.
    Files(Option<Box<str>>),
}

/// The lines of all lists of a state that the go command understands, by their subjects.
#[derive(Debug, Default)]
pub(crate) struct SumLines<'m> {
    first: HashMap<SumKey<'m>, SumLine<'m>>,
    /// The lines that state another checksum than the first for the same key, one for each checksum.
    others: HashMap<SumKey<'m>, Vec<SumLine<'m>>>,
}

/// A line of a list of checksums.
#[derive(Clone, Copy, Debug)]
pub struct SumLine<'m> {
    /// The list.
    pub list: &'m ParsedFile<GoSum>,
    /// The line.
    pub span: Span,
    /// The checksum.
    pub hash: &'m str,
}

impl SumLine<'_> {
    /// The line, apart from the model.
    pub fn place(self) -> SumPlace {
        SumPlace { file: self.list.file, span: self.span, hash: self.hash.into() }
    }
}

impl<'m> SumLines<'m> {
    /// The lines of these lists, in order.
    pub(crate) fn new(lists: &'m [ParsedFile<GoSum>]) -> Self {
        let mut lines = Self::default();
        for list in lists {
            for sum in list.parsed.tree.lines().filter(|sum| sum.is_understood()) {
                let line = SumLine { list, span: sum.span, hash: sum.hash };
                let first = *lines.first.entry(sum.written_key()).or_insert(line);
                if first.hash != line.hash {
                    let others = lines.others.entry(sum.written_key()).or_default();
                    if !others.iter().any(|known| known.hash == line.hash) {
                        others.push(line);
                    }
                }
            }
        }
        lines
    }

    /// The different checksums of a module version, in the order of the lists.
    pub(crate) fn of(&self, key: SumKey<'m>) -> impl Iterator<Item = SumLine<'m>> + '_ {
        let others = self.others.get(&key).into_iter().flatten().copied();
        self.first.get(&key).copied().into_iter().chain(others)
    }

    /// The subjects, sorted.
    pub(crate) fn keys(&self) -> Vec<SumKey<'m>> {
        let mut keys: Vec<SumKey<'m>> = self.first.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// The checksums that contradict another of the same state.
    pub(crate) fn conflicts(&self) -> Vec<SumConflict> {
        let mut keys: Vec<&SumKey<'m>> = self.others.keys().collect();
        keys.sort_unstable();
        let mut conflicts = Vec::new();
        for key in keys {
            let first = self.first[key];
            for line in &self.others[key] {
                conflicts.push(SumConflict::new(*key, *line, OtherSum::Line(first.place())));
            }
        }
        conflicts
    }
}

impl SumConflict {
    /// A line that contradicts something.
    pub fn new(key: SumKey<'_>, line: SumLine<'_>, other: OtherSum) -> Self {
        Self { module: key.module.into(), version: key.version.into(), content: key.content, line: line.place(), other }
    }
}

impl<'m> SumConflictFacts<'m> {
    /// The checksums that contradict another.
    pub fn conflicts(self) -> &'m [SumConflict] {
        self.0
    }
}

impl Model {
    /// All lists of checksums that were read, by path, whether a module or workspace is beside them or not.
    pub fn sum_lists(&self) -> &[ParsedFile<GoSum>] {
        &self.sum_lists
    }

    /// The same with the checksums that contradict another.
    #[must_use]
    pub fn with_sum_conflicts(self, sum_conflicts: Vec<SumConflict>) -> Self {
        Self { sum_conflicts: Some(sum_conflicts), ..self }
    }
}
