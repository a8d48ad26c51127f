//! Undecided facts that no rule asks for: shown with `--verbose`, in tables and by `why`.

use crate::finding::{Notification, NotificationKind, Severity};
use crate::model::{Model, Undecided};
use crate::rules::{Cause, cause_of};

/// Which of several requirements imports lead to, where that is a guess.
pub(super) fn guesses(model: &Model) -> Option<Notification> {
    let guesses = model.imports().filter(|import| import.resolution().is_guess()).count();
    (guesses > 0).then(|| Notification {
        kind: NotificationKind::Verbose,
        level: Severity::Note,
        message: format!("not decided: which of several required modules is imported; number of imports: {guesses}"),
        label: None,
        help: Some("run `go mod download`, so that the module cache can decide".to_owned()),
        repository: None,
    })
}

/// Why the result of `go mod tidy` is unknown, in one sentence.
pub(super) fn describe_undecided(undecided: &Undecided, model: &Model) -> String {
    let Cause { reason, details, remedy } = cause_of(undecided, model.has_module_cache());
    let details = details.map(|details| format!(" ({details})")).unwrap_or_default();
    let remedy = remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("not decided: {reason}{details}{remedy}")
}
