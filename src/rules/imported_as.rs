//! Judging an import by the path that it has and by the paths under which its package may really be built.

use super::guesses::Guess;
use super::replaced_import::{in_words, replaced_here};
use super::{Context, OwnFiles};
use crate::finding::Violation;
use crate::model::{BuiltAs, Import};
use crate::policy::Subject;

/// The result of judging an import.
#[derive(Debug)]
pub(super) enum Judged<'m, T> {
    /// Nothing is wrong.
    Fine,
    /// Something is wrong with the package under the path of the import.
    Named(T),
    /// Something is wrong with the package that a `replace` line or modules.txt puts in its place.
    Replaced(T, BuiltAs<'m>),
    /// Something may be wrong: which module has the package is not known.
    Open(Vec<Guess<'m>>),
}

/// Judges an import by each of its paths.
pub(super) fn judge_import<'m, T>(
    cx: Context<'m, OwnFiles>,
    import: Import<'m>,
    judge: impl Fn(&Subject<'_>) -> Option<T>,
) -> Judged<'m, T> {
    if let Some(fault) = judge(&cx.imported(import)) {
        return Judged::Named(fault);
    }
    let mut guesses = Vec::new();
    for built in import.built_as() {
        match judge(&cx.built(import, &built.path)) {
            Some(fault) if !built.is_unlikely => return Judged::Replaced(fault, built),
            Some(_) => guesses.extend(built.requirement.map(|requirement| Guess::of_import(requirement, import))),
            None => {}
        }
    }
    if guesses.is_empty() { Judged::Fine } else { Judged::Open(guesses) }
}

/// Adds to a violation that the package is built from somewhere else than its path says.
pub(super) fn explain_replaced(violation: &mut Violation, built: &BuiltAs<'_>) {
    violation.message = format!("{}: {}", violation.message, in_words(built));
    violation.related.extend(replaced_here(built));
}
