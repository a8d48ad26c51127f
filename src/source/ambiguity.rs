//! Revisions that mean more than one thing.
//!
//! A tag may have the name of a branch, so everybody who can push tags could choose the meaning of `origin/main`. Git
//! takes the first meaning and warns (`ref_rev_parse_rules` and `get_oid_basic` in its sources).

use std::fmt;

use gix::ObjectId;

use super::disk::read_file;
use super::git::commit_id;
use super::repository::Repository;
use crate::text::CommitId;

/// A revision that has several meanings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    /// The name, without a suffix such as `~1`.
    pub name: String,
    /// Its possible meanings, in the order in which Git looks; at least two.
    pub meanings: Vec<Meaning>,
    /// Which of them is taken; `None` if it is none of them.
    pub taken: Option<usize>,
}

/// One of the things that a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The reference by its whole name, or words for another kind of meaning.
    pub name: String,
    /// The object, tags followed.
    pub id: CommitId,
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:.12})", self.name.escape_debug(), self.id)
    }
}

impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meanings: Vec<String> = self.meanings.iter().map(ToString::to_string).collect();
        write!(f, "`{}` is ambiguous: it names {}", self.name.escape_debug(), meanings.join(" and "))
    }
}

impl Repository {
    /// The meanings of a revision, if it has several. The whole name of a reference, and the whole id of an object,
    /// have one.
    pub fn ambiguity(&self, revision: &str) -> Option<Ambiguity> {
        let repo = self.git()?.local();
        let name = base_name(revision);
        if name.is_empty() || name.starts_with("refs/") || ObjectId::from_hex(name.as_bytes()).is_ok() {
            return None;
        }
        let meanings = [in_git_directory(&repo, name), references(&repo, name), by_id(&repo, name)].concat();
        if meanings.len() < 2 {
            return None;
        }
        let taken = repo.rev_parse_single(name).ok().and_then(|id| peeled(&id)).map(commit_id);
        let taken = meanings.iter().position(|meaning| Some(meaning.id) == taken);
        Some(Ambiguity { name: name.to_owned(), meanings, taken })
    }
}

/// The part of a revision that names something, before `^`, `~`, `:` and `@{`.
fn base_name(revision: &str) -> &str {
    let end = revision.find(['^', '~', ':']).unwrap_or(revision.len());
    let name = &revision[..end];
    &name[..name.find("@{").unwrap_or(name.len())]
}

/// The references of this name. Git prefers those that come first.
fn references(repo: &gix::Repository, name: &str) -> Vec<Meaning> {
    let mut meanings = Vec::new();
    let names = [
        format!("refs/{name}"),
        format!("refs/tags/{name}"),
        format!("refs/heads/{name}"),
        format!("refs/remotes/{name}"),
        format!("refs/remotes/{name}/HEAD"),
    ];
    for full in names {
        let found = repo.try_find_reference(full.as_str()).ok().flatten();
        let found = found.filter(|reference| reference.name().as_bstr() == full.as_str());
        let id = found.and_then(|mut reference| reference.peel_to_id().ok()).map(gix::Id::detach);
        meanings.extend(id.map(|id| Meaning { name: full, id: commit_id(id) }));
    }
    meanings
}

/// A reference in Git's directory itself, such as `HEAD`, or one that `git update-ref main` once made.
fn in_git_directory(repo: &gix::Repository, name: &str) -> Vec<Meaning> {
    const LONGEST: u64 = 4096;
    if gix::validate::reference::name_partial(name.into()).is_err() {
        return Vec::new();
    }
    let read = read_file(&repo.git_dir().join(name), LONGEST).ok();
    let Some(text) = read.and_then(|text| String::from_utf8(text).ok()) else { return Vec::new() };
    let text = text.trim_end();
    let id = match text.strip_prefix("ref: ") {
        Some(target) => repo.find_reference(target).ok().and_then(|mut it| it.peel_to_id().ok()).map(gix::Id::detach),
        None => ObjectId::from_hex(text.as_bytes()).ok(),
    };
    let in_directory = |id| Meaning { name: format!("{name} in the Git directory"), id: commit_id(id) };
    id.map(in_directory).into_iter().collect()
}

/// The object whose id begins with the name, alone or at the end of the output of `git describe`.
fn by_id(repo: &gix::Repository, name: &str) -> Vec<Meaning> {
    let (prefix, what) = match name.rsplit_once("-g") {
        Some((_, prefix)) => (prefix, "the commit that `git describe` names so"),
        None => (name, "the object whose id begins so"),
    };
    let prefix = gix::hash::Prefix::from_hex(prefix).ok();
    let found = prefix.and_then(|prefix| repo.objects.lookup_prefix(prefix, None).ok().flatten());
    let id = found.and_then(Result::ok).and_then(|id| repo.find_object(id).ok()).and_then(|object| {
        let peeled = object.peel_tags_to_end().ok()?;
        (peeled.kind == gix::objs::Kind::Commit).then_some(peeled.id)
    });
    id.map(|id| Meaning { name: what.to_owned(), id: commit_id(id) }).into_iter().collect()
}

/// The object behind tags.
fn peeled(id: &gix::Id<'_>) -> Option<ObjectId> {
    id.object().ok()?.peel_tags_to_end().ok().map(|object| object.id)
}

#[cfg(test)]
mod tests {
    use super::base_name;

    #[test]
    fn what_follows_a_name_is_cut() {
        let names = ["main", "main~2^{commit}", "origin/main@{1}", "main:a.go", "@", "a@b", "@{-1}"];
        assert_eq!(names.map(base_name), ["main", "main", "origin/main", "main", "@", "a@b", ""]);
    }
}
