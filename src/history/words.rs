//! Import paths by number.

use crate::model::ImportSet;
use crate::syntax::{GoFile, Parsed};
use crate::text::FastMap;

/// The import paths, each with a number, so that many files can be asked quickly for their imports.
#[derive(Default)]
pub(super) struct ImportNumbers {
    ids: FastMap<Box<str>, u32>,
    all: Vec<Box<str>>,
}

impl ImportNumbers {
    /// The numbers of the imports of a file.
    pub(super) fn of(&mut self, parsed: &Parsed<GoFile>) -> Box<[u32]> {
        parsed.tree.imports.iter().map(|import| self.id(&import.path)).collect()
    }

    /// The path of this number.
    pub(super) fn get(&self, word: u32) -> &str {
        self.all.get(word as usize).map_or("", |path| path)
    }

    /// The number of a path.
    pub(super) fn id(&mut self, path: &str) -> u32 {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.ids.insert(path.into(), id);
        self.all.push(path.into());
        id
    }
}

/// A set of imports that asks once for each path.
pub(super) struct Sieve<'s> {
    imports: &'s ImportSet,
    known: Vec<Option<bool>>,
}

impl<'s> Sieve<'s> {
    pub(super) fn new(imports: &'s ImportSet) -> Self {
        Self { imports, known: Vec::new() }
    }

    /// Whether the set has the path of this number.
    pub(super) fn admits(&mut self, word: u32, words: &ImportNumbers) -> bool {
        let at = word as usize;
        if self.known.len() <= at {
            self.known.resize(words.all.len(), None);
        }
        *self.known[at].get_or_insert_with(|| self.imports.contains(&words.all[at]))
    }
}
