//! Judging an import by the path that it has and by the paths under which its package may really be built.

use super::guesses::Guess;
use super::replaced_import::{in_words, replaced_here};
use super::{Context, OwnFiles};
use crate::finding::Violation;
use crate::model::{BuiltAs, Import};
use crate::policy::Subject;

/// The imports that a rule has judged.
#[derive(Debug)]
pub(super) struct JudgedImports<'m, T> {
    cx: Context<'m, OwnFiles>,
    /// Those with which something is wrong.
    pub(super) faults: Vec<ImportVerdict<'m, T>>,
    /// Those with which something may be wrong: which module has the package is not known.
    pub(super) guesses: Vec<Guess<'m>>,
}

/// An import and its fault.
#[derive(Debug)]
pub(super) struct ImportVerdict<'m, T> {
    pub(super) import: Import<'m>,
    pub(super) fault: T,
    /// The package that a `replace` line or modules.txt puts in place of the named one, if the fault is in that.
    pub(super) built: Option<BuiltAs<'m>>,
}

impl<'m, T> JudgedImports<'m, T> {
    /// No imports yet.
    pub(super) fn new(cx: Context<'m, OwnFiles>) -> Self {
        Self { cx, faults: Vec::new(), guesses: Vec::new() }
    }

    /// Judges an import by each of its paths.
    pub(super) fn judge(&mut self, import: Import<'m>, fault: impl Fn(&Subject<'_>) -> Option<T>) {
        if let Some(fault) = fault(&self.cx.imported(import)) {
            self.faults.push(ImportVerdict { import, fault, built: None });
            return;
        }
        let mut guesses = Vec::new();
        for built in import.built_as() {
            match fault(&self.cx.built(import, &built.path)) {
                Some(fault) if !built.is_unlikely => {
                    self.faults.push(ImportVerdict { import, fault, built: Some(built) });
                    return;
                }
                Some(_) => guesses.extend(built.requirement.map(|requirement| Guess::of_import(requirement, import))),
                None => {}
            }
        }
        self.guesses.extend(guesses);
    }

    /// A violation for each fault, with the place that puts another package there.
    pub(super) fn violations(&self, violation: impl Fn(Import<'m>, &T) -> Violation) -> Vec<Violation> {
        let mut found = Vec::new();
        for ImportVerdict { import, fault, built } in &self.faults {
            let mut violation = violation(*import, fault);
            if let Some(built) = built {
                violation.message = format!("{}: {}", violation.message, in_words(built));
                violation.related.extend(replaced_here(built));
            }
            found.push(violation);
        }
        found
    }
}
