//! Revisions that mean more than one thing: refused where a policy is taken from one, and reported elsewhere.

use super::failure::{Failure, tell};
use crate::finding::{Notification, NotificationKind, Severity};
use crate::source::{Ambiguity, RangeSpec, Repository};

/// Fails if a revision is ambiguous. Everybody who can push a tag named like the branch could otherwise choose the
/// policy.
pub(super) fn refuse_ambiguous(repository: &Repository, revision: &str) -> Result<(), Failure> {
    match repository.ambiguity(revision) {
        None => Ok(()),
        Some(ambiguity) => Err(Failure::invalid(
            format!("the policy cannot come from an ambiguous revision: {ambiguity}"),
            whole_name(&ambiguity),
        )),
    }
}

/// A warning for each of these revisions, or ranges of them, that is ambiguous.
pub(super) fn ambiguous<'r>(repository: &Repository, given: impl IntoIterator<Item = &'r str>) -> Vec<Notification> {
    let mut warnings: Vec<Notification> = Vec::new();
    for text in given {
        let ends = match RangeSpec::parse(text) {
            Some(RangeSpec { base, head, .. }) => vec![base, head],
            None => vec![text],
        };
        let found = ends.into_iter().filter_map(|revision| repository.ambiguity(revision)).map(|it| warning(&it));
        let found: Vec<Notification> = found.filter(|warning| !warnings.contains(warning)).collect();
        warnings.extend(found);
    }
    warnings
}

/// Says on standard error which of these revisions, or ranges of them, are ambiguous.
pub(super) fn tell_ambiguous<'r>(repository: &Repository, given: impl IntoIterator<Item = &'r str>) {
    for Notification { level, message, help, .. } in ambiguous(repository, given) {
        tell(level.as_str(), &message, help.as_deref().unwrap_or_default());
    }
}

fn warning(ambiguity: &Ambiguity) -> Notification {
    let taken = match ambiguity.taken {
        Some(taken) => format!("; {} is used", ambiguity.meanings[taken]),
        None => String::new(),
    };
    Notification {
        kind: NotificationKind::Information,
        level: Severity::Warn,
        message: format!("{ambiguity}{taken}"),
        label: None,
        help: Some(whole_name(ambiguity)),
        repository: None,
    }
}

/// The unambiguous text: the whole name of a reference has only one meaning.
fn whole_name(ambiguity: &Ambiguity) -> String {
    let named = ambiguity.meanings.iter().rev().find(|meaning| meaning.name.starts_with("refs/"));
    match named {
        Some(meaning) => format!("write the whole name, such as {}, or a whole commit id", meaning.name.escape_debug()),
        None => "write a whole commit id".to_owned(),
    }
}
