//! Why a revision names no commit: nothing has this name, this clone is too shallow, or the repository is damaged; and
//! the remedy.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::{CommitRefIter, Find as _, Kind, TagRefIter};

use super::SourceError;
use super::objects::describe;
use crate::text::nearest;

/// How many commits are looked at for damage.
const MAX_COMMITS: usize = 10_000;

/// How many references may lead to one another (`refs.c`, `SYMREF_MAXDEPTH`).
const MAX_REFERENCES: usize = 5;

/// The error where gix could not find which commit a revision names.
pub(super) fn unknown(repo: &gix::Repository, revision: &str, error: &gix::Error) -> SourceError {
    let message = format!("no commit is named `{}`", revision.escape_debug());
    if repo.is_shallow().unwrap_or(false) {
        // Commits that a shallow clone lacks may be in the repository anyway.
        return SourceError::new(message).help(format!("this clone is shallow: {}", fetching(revision)));
    }
    if is_damaged(repo, revision) {
        return SourceError::new(format!("{message}: {}", describe(error)))
            .help("run `git fsck` to check the repository");
    }
    let Slip { reason, help } = slip(repo, revision, error);
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    SourceError::request(message + &reason).help(help)
}

/// Why a revision names nothing in a clone that is neither shallow nor damaged, and the remedy.
struct Slip {
    reason: Option<String>,
    help: String,
}

fn slip(repo: &gix::Repository, revision: &str, error: &gix::Error) -> Slip {
    let base = base_of(revision);
    let shown = base.escape_debug();
    if revision == "HEAD" && is_unborn(repo) {
        return Slip {
            reason: None,
            help: "the repository has no commit yet; use --staged to check the index".to_owned(),
        };
    }
    if let Some(kind) = kind_of(repo, revision) {
        return Slip {
            reason: Some(format!("it names {kind}")),
            help: "name a commit, by a branch, a tag or an id".to_owned(),
        };
    }
    if kind_of(repo, base).is_some() || commit_of(repo, base).is_some() {
        let goes_back = generations(revision) > 0;
        let ancestor = || format!("`{shown}` has no such commit before it");
        let help = if goes_back { format!("`git log {shown}` lists those before it") } else { VERIFY.to_owned() };
        return Slip { reason: Some(if goes_back { ancestor() } else { describe(error) }), help };
    }
    if is_beginning_of_several(repo, base) {
        return Slip {
            reason: Some(format!("several ids begin with `{shown}`")),
            help: "write more of the id".to_owned(),
        };
    }
    if base.is_empty() {
        return Slip { reason: None, help: VERIFY.to_owned() };
    }
    let names = reference_names(repo);
    let of_remote = names.iter().find(|name| name.split_once('/').is_some_and(|(_, branch)| branch == base));
    let near = nearest(base, names.iter().map(String::as_str));
    let help = match of_remote.map(String::as_str).or(near) {
        Some(name) => format!("did you mean `{}`?", name.escape_debug()),
        None => bringing(repo, revision),
    };
    Slip { reason: None, help }
}

const VERIFY: &str = "`git rev-parse --verify` shows what a revision stands for";

/// The commit that a revision names.
fn commit_of(repo: &gix::Repository, revision: &str) -> Option<ObjectId> {
    let object = repo.rev_parse_single(revision).ok()?.object().ok()?;
    object.peel_to_commit().ok().map(|commit| commit.id)
}

/// The kind of object that a revision names, if it is no commit.
fn kind_of(repo: &gix::Repository, revision: &str) -> Option<&'static str> {
    match repo.rev_parse_single(revision).ok()?.object().ok()?.peel_tags_to_end().ok()?.kind {
        Kind::Blob => Some("a file"),
        Kind::Tree => Some("a directory"),
        Kind::Commit | Kind::Tag => None,
    }
}

/// Whether the ids of several objects begin with these digits.
fn is_beginning_of_several(repo: &gix::Repository, digits: &str) -> bool {
    let prefix = gix::hash::Prefix::from_hex(digits);
    prefix.is_ok_and(|prefix| matches!(repo.objects.lookup_prefix(prefix, None), Ok(Some(Err(())))))
}

/// The names of branches, also those of remotes, and of tags, as Git shows them.
fn reference_names(repo: &gix::Repository) -> Vec<String> {
    let Ok(references) = repo.references() else { return Vec::new() };
    let Ok(all) = references.all() else { return Vec::new() };
    all.filter_map(Result::ok).map(|reference| reference.name().shorten().to_string()).collect()
}

/// Whether the current branch has no commit yet.
pub(super) fn is_unborn(repo: &gix::Repository) -> bool {
    repo.head().is_ok_and(|head| head.is_unborn())
}

/// How to fetch the object of a revision into a whole clone that lacks it.
fn bringing(repo: &gix::Repository, revision: &str) -> String {
    let lists = "`git branch --all` and `git tag` list the names";
    if repo.remote_names().is_empty() {
        return lists.to_owned();
    }
    // A depth would cut off the history of a whole clone.
    match ObjectId::from_hex(revision.as_bytes()) {
        Ok(commit) => format!("fetch the commit, with `git fetch origin {commit}`"),
        Err(_) => format!("{lists}; `git fetch --tags origin` brings those of the remote"),
    }
}

/// How to bring a commit into a shallow clone, so that the revision names it afterwards.
fn fetching(revision: &str) -> String {
    let revision = revision.escape_debug().to_string();
    let actions = "in GitHub Actions, `fetch-depth: 0` brings all of history";
    if ObjectId::from_hex(revision.as_bytes()).is_ok() {
        return format!("fetch the commit, with `git fetch --depth=1 origin {revision}`; {actions}");
    }
    match (base_of(&revision), generations(&revision)) {
        (base, 0) if base != revision || matches!(base, "HEAD" | "@") => {
            format!("`git fetch --unshallow` brings all of history; {actions}")
        }
        (_, 0) => match revision.strip_prefix("origin/") {
            Some(branch) => {
                let place = format!("{branch}:refs/remotes/origin/{branch}");
                format!("fetch the branch, with `git fetch --depth=1 origin {place}`; {actions}")
            }
            None => format!(
                "fetch the branch, with `git fetch --depth=1 origin {revision}:{revision}`, or the tag, with `git fetch \
                 --depth=1 origin tag {revision}`; {actions}"
            ),
        },
        (_, count) => {
            let depth = count.saturating_add(1);
            format!(
                "fetch more of history, with `git fetch --deepen={count}`; in GitHub Actions, `fetch-depth: {depth}`"
            )
        }
    }
}

/// The name that a revision begins with, before `~`, `^`, `:` and `@{`.
fn base_of(revision: &str) -> &str {
    let end = revision.find(['~', '^', ':']).unwrap_or(revision.len());
    let end = revision.find("@{").unwrap_or(end).min(end);
    &revision[..end]
}

/// How many commits a revision goes back, at most.
fn generations(revision: &str) -> usize {
    let mut count: usize = 0;
    let mut rest = revision;
    while let Some(at) = rest.find(['~', '^']) {
        let after = &rest[at + 1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let steps = match rest.as_bytes()[at] {
            b'~' => after[..digits].parse().unwrap_or(1),
            // `^{commit}` and `^0` stay where they are.
            _ if after.starts_with('{') || &after[..digits] == "0" => 0,
            _ => 1,
        };
        count = count.saturating_add(steps);
        rest = &after[digits..];
    }
    count
}

/// Whether an object on the way to the one that a revision names cannot be read, or is missing though the repository
/// refers to it.
fn is_damaged(repo: &gix::Repository, revision: &str) -> bool {
    let base = base_of(revision);
    let asked = ObjectId::from_hex(base.as_bytes()).ok();
    let Some(start) = asked.or_else(|| target_of(repo, base)) else { return false };
    let depth = generations(revision);
    let (mut pending, mut seen, mut buffer) = (vec![(start, 0)], HashSet::new(), Vec::new());
    while let Some((id, generation)) = pending.pop() {
        if !seen.insert(id) || seen.len() > MAX_COMMITS {
            continue;
        }
        let found = match repo.objects.try_find(&id, &mut buffer) {
            Ok(Some(found)) => found,
            Ok(None) if Some(id) == asked => return false,
            Ok(None) | Err(_) => return true,
        };
        match found.kind {
            Kind::Tag => {
                let target = TagRefIter::from_bytes(found.data, id.kind()).target_id();
                let Ok(target) = target else { return true };
                pending.push((target, generation));
            }
            Kind::Commit if generation < depth => {
                let parents = CommitRefIter::from_bytes(found.data, id.kind()).parent_ids();
                pending.extend(parents.map(|parent| (parent, generation + 1)));
            }
            _ => {}
        }
    }
    false
}

/// The object that a reference stands for in the end, be it there or not.
fn target_of(repo: &gix::Repository, name: &str) -> Option<ObjectId> {
    let name = if matches!(name, "" | "@") { "HEAD" } else { name };
    let mut reference = repo.find_reference(name).ok()?;
    for _ in 0..MAX_REFERENCES {
        if let Some(id) = reference.try_id() {
            return Some(id.detach());
        }
        reference = reference.follow()?.ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{base_of, fetching, generations};

    #[test]
    fn a_revision_has_a_name_and_goes_back() {
        for (revision, base, count) in [
            ("HEAD", "HEAD", 0),
            ("HEAD~1", "HEAD", 1),
            ("v1^{commit}", "v1", 0),
            ("origin/main~3^2^", "origin/main", 5),
            ("@{-1}~2", "", 2),
            ("a~", "a", 1),
            ("a^0", "a", 0),
            ("a~99999999999999999999", "a", 1),
        ] {
            assert_eq!((base_of(revision), generations(revision)), (base, count), "{revision}");
        }
    }

    #[test]
    fn nothing_relative_is_fetched_by_name() {
        for revision in ["HEAD~1", "HEAD^", "main~2", "@{1}", "HEAD", "v1^{commit}"] {
            assert!(!fetching(revision).contains("--depth=1"), "{revision}: {}", fetching(revision));
        }
    }
}
