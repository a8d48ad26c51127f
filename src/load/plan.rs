//! Which files of a tree matter.

use std::collections::HashSet;

use crate::source::{Entry, Listing, Selection, Unseen};
use crate::text::RepoPath;

/// The part of a repository that can hold Go's files and modwarden's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// All but what lies below a directory `vendor`, where only `vendor/modules.txt` and Go files directly in
    /// the directory count.
    FirstParty,
    /// Vendored directories too, because the policy may name modules in them.
    Everything,
}

impl Selection for Tree {
    fn enters(&self, directory: &[u8]) -> bool {
        *self == Self::Everything || !below_vendor(directory)
    }

    fn wants(&self, file: &[u8]) -> bool {
        let name = file_name(file);
        name.ends_with(b".go")
            || name.ends_with(b".mod")
            || matches!(name, b"go.work" | b"modwarden.toml" | b".modwarden.toml")
            || file == b"vendor/modules.txt"
            || file.ends_with(b"/vendor/modules.txt")
    }
}

/// What to read, and what the mere names say. Lists are sorted by path.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) go_files: Vec<Entry>,
    pub(super) go_mods: Vec<Entry>,
    pub(super) go_works: Vec<Entry>,
    pub(super) vendor_modules: Vec<Entry>,
    pub(super) module_dirs: HashSet<RepoPath>,
    pub(super) go_dirs: HashSet<RepoPath>,
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
}

impl Plan {
    /// Sorts a listing. `names_module` says whether the policy names a path as a module file although the go
    /// command's patterns would pass over it.
    pub fn new(listing: &Listing, names_module: &dyn Fn(&RepoPath) -> bool) -> Self {
        let named: Vec<RepoPath> = listing
            .entries
            .iter()
            .filter(|entry| entry.path.file_name().ends_with(b".mod") && names_module(&entry.path))
            .map(|entry| entry.path.clone())
            .collect();
        let named_dirs: HashSet<RepoPath> = named.iter().filter_map(RepoPath::parent).collect();
        let mut plan = Self::default();
        for entry in &listing.entries {
            plan.sort_in(entry, &named, &named_dirs);
        }
        let matters = |path: &RepoPath| path.parent().is_none_or(|dir| is_reached(&dir, &named_dirs));
        plan.unseen = listing.unseen.iter().filter(|(path, _)| matters(path)).cloned().collect();
        plan
    }

    fn sort_in(&mut self, entry: &Entry, named: &[RepoPath], named_dirs: &HashSet<RepoPath>) {
        let Some(dir) = entry.path.parent() else { return };
        let name = entry.path.file_name();
        if name.ends_with(b".go") {
            self.go_dirs.insert(dir.clone());
        }
        if name == b"go.mod" {
            self.module_dirs.insert(dir.clone());
        }
        let reached = is_reached(&dir, named_dirs);
        let is_module = match name {
            b"go.mod" => reached && named.iter().all(|file| file == &entry.path || file.parent() != Some(dir.clone())),
            _ => false,
        };
        if is_module || named.contains(&entry.path) {
            self.module_dirs.insert(dir);
            self.go_mods.push(entry.clone());
        } else if name == b"modules.txt" {
            self.vendor_modules.push(entry.clone());
        } else if reached && name == b"go.work" {
            self.go_works.push(entry.clone());
        } else if reached && name.ends_with(b".go") && !name.starts_with(b"_") && !name.starts_with(b".") {
            self.go_files.push(entry.clone());
        }
    }
}

/// Whether the go command's patterns reach a directory (`modload.matchPackages`), from the root or from a module
/// that the policy names.
fn is_reached(dir: &RepoPath, named_dirs: &HashSet<RepoPath>) -> bool {
    !is_passed_over(dir.as_bytes())
        || named_dirs.iter().any(|named| dir.strip_dir(named).is_some_and(|below| !is_passed_over(below)))
}

fn is_passed_over(below_root: &[u8]) -> bool {
    let mut above: &[u8] = b"";
    below_root.split(|&byte| byte == b'/').any(|part| {
        let vendored = std::mem::replace(&mut above, part) == b"vendor";
        vendored || part.starts_with(b".") || part.starts_with(b"_") || part == b"testdata"
    })
}

fn below_vendor(directory: &[u8]) -> bool {
    directory.rsplit(|&byte| byte == b'/').skip(1).any(|part| part == b"vendor")
}

fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(dir: &str, named: &[&str]) -> bool {
        is_reached(&RepoPath::from(dir), &named.iter().copied().map(RepoPath::from).collect())
    }

    #[test]
    fn patterns_pass_over_what_the_go_command_passes_over() {
        assert!(reached("", &[]) && reached("a/b", &[]) && reached("a/vendor", &[]) && reached("a/internal", &[]));
        for hidden in ["testdata", "a/testdata/b", "_a", "a/.b/c", "vendor/example.com/x"] {
            assert!(!reached(hidden, &[]), "{hidden}");
        }
    }

    #[test]
    fn a_named_module_is_reached_with_what_lies_below_it() {
        assert!(reached("testdata/m", &["testdata/m"]) && reached("testdata/m/a", &["testdata/m"]));
        assert!(!reached("testdata/m/_b", &["testdata/m"]));
        assert!(!reached("testdata/other", &["testdata/m"]));
    }

    #[test]
    fn nothing_below_vendor_is_entered() {
        assert!(Tree::FirstParty.enters(b"vendor") && Tree::FirstParty.enters(b"a/vendor"));
        assert!(!Tree::FirstParty.enters(b"vendor/github.com") && !Tree::FirstParty.enters(b"a/vendor/b/c"));
        assert!(Tree::Everything.enters(b"vendor/github.com"));
    }
}
