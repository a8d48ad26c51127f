//! Which files of a tree matter.

use std::collections::HashSet;

use crate::go::{FileKind, GO_MOD, NAMED_MODULE_FILE, NAMED_SUM_FILE, VENDOR, has_imports, is_go_file};
use crate::source::{Entry, Listing, Selection, Unseen};
use crate::text::{FastSet, RepoPath};

/// The part of a repository that can hold Go's files and modwarden's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// All but the files below a directory `vendor`, where only `vendor/modules.txt` and Go files directly in
    /// the directory count.
    FirstParty,
    /// Vendored directories too, because the policy may name modules in them.
    Everything,
    /// All files of vendored directories, and nothing else.
    Vendored,
    /// All lists of checksums, and nothing else.
    Sums,
}

impl Selection for Tree {
    fn enters(&self, directory: &[u8]) -> bool {
        !matches!(self, Self::FirstParty | Self::Sums) || !below_vendor(directory)
    }

    fn wants(&self, file: &[u8]) -> bool {
        let name = file_name(file);
        match self {
            Self::Vendored => return below_vendor(file),
            Self::Sums => return name.ends_with(NAMED_SUM_FILE.as_bytes()),
            Self::FirstParty | Self::Everything => {}
        }
        match FileKind::of(name) {
            Some(FileKind::VendorModules) => is_in_vendor(file),
            Some(_) => true,
            None => may_be_named(name) || matches!(name, b"modwarden.toml" | b".modwarden.toml"),
        }
    }
}

/// Whether a policy may name a file as a module file, or as the checksums beside one.
fn may_be_named(name: &[u8]) -> bool {
    [NAMED_MODULE_FILE, NAMED_SUM_FILE].iter().any(|end| name.ends_with(end.as_bytes()))
}

/// Whether a file is directly in a directory `vendor`.
fn is_in_vendor(file: &[u8]) -> bool {
    file.rsplit(|&byte| byte == b'/').nth(1) == Some(VENDOR.as_bytes())
}

/// The files to read, and the facts from file names alone. Lists are sorted by path.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) go_files: Vec<Entry>,
    pub(super) go_mods: Vec<Entry>,
    pub(super) go_works: Vec<Entry>,
    pub(super) go_sums: Vec<Entry>,
    pub(super) vendor_modules: Vec<Entry>,
    pub(super) module_dirs: FastSet<RepoPath>,
    pub(super) go_dirs: FastSet<RepoPath>,
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
    pub(super) replacements: HashSet<RepoPath>,
}

impl Plan {
    /// Sorts a listing. `names_module` says whether the policy names a path as a module file although the go
    /// command's patterns would skip it.
    pub fn new(listing: &Listing, names_module: &dyn Fn(&RepoPath) -> bool) -> Self {
        let named = NamedModules::new(listing.entries.iter().map(|entry| &entry.path), names_module);
        let mut plan = Self::default();
        for entry in &listing.entries {
            plan.sort_in(entry, &named);
        }
        plan.unseen = listing.unseen.iter().filter(|(path, _)| named.matters(path)).cloned().collect();
        plan
    }

    /// The same where the modules in these directories are there because a `replace` line leads to them.
    pub fn with_replacements(self, replacements: HashSet<RepoPath>) -> Self {
        Self { replacements, ..self }
    }

    fn sort_in(&mut self, entry: &Entry, named: &NamedModules) {
        let Some(dir) = entry.path.parent() else { return };
        let role = named.role(&entry.path);
        if role.is_go {
            self.go_dirs.insert(dir.clone());
        }
        if role.begins_module {
            self.module_dirs.insert(dir);
        }
        let list = match role.kind {
            Some(FileKind::GoFile) => &mut self.go_files,
            Some(FileKind::GoMod) => &mut self.go_mods,
            Some(FileKind::GoWork) => &mut self.go_works,
            Some(FileKind::GoSum) => &mut self.go_sums,
            Some(FileKind::VendorModules) => &mut self.vendor_modules,
            None => return,
        };
        list.push(entry.clone());
    }
}

/// The module files that the policy names, and where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedModules {
    files: Vec<RepoPath>,
    dirs: HashSet<RepoPath>,
}

/// The role of a file for modwarden, by its name and place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EntryRole {
    /// The kind of file that it is read as, if at all.
    pub kind: Option<FileKind>,
    /// Whether it makes its directory one with Go files, read or not.
    pub is_go: bool,
    /// Whether a module begins in its directory, counted or not.
    pub begins_module: bool,
}

impl NamedModules {
    /// Those among `paths` that `names_module` picks.
    pub(crate) fn new<'p>(paths: impl Iterator<Item = &'p RepoPath>, names_module: &dyn Fn(&RepoPath) -> bool) -> Self {
        let files: Vec<RepoPath> = paths
            .filter(|path| path.file_name().ends_with(NAMED_MODULE_FILE.as_bytes()) && names_module(path))
            .cloned()
            .collect();
        let dirs = files.iter().filter_map(RepoPath::parent).collect();
        Self { files, dirs }
    }

    /// The role of the file at `path`.
    pub(crate) fn role(&self, path: &RepoPath) -> EntryRole {
        let Some(dir) = path.parent() else { return EntryRole::default() };
        let name = path.file_name();
        let is_go = is_go_file(name);
        let begins_module = name == GO_MOD.as_bytes() || self.files.contains(path);
        let reached = self.reaches(&dir);
        let is_replaced = || self.files.iter().any(|file| file != path && file.parent().as_ref() == Some(&dir));
        let kind = match FileKind::of(name) {
            _ if self.files.contains(path) => Some(FileKind::GoMod),
            Some(FileKind::GoMod) => Some(FileKind::GoMod).filter(|_| reached && !is_replaced()),
            Some(FileKind::VendorModules) => Some(FileKind::VendorModules),
            Some(FileKind::GoFile) => Some(FileKind::GoFile).filter(|_| reached && has_imports(name)),
            Some(kind) if reached => Some(kind),
            _ => Some(FileKind::GoSum).filter(|_| self.is_beside_named(&dir, name)),
        };
        EntryRole { kind, is_go, begins_module }
    }

    /// Whether a file has the checksums of a module file that the policy names: `vendor.sum` those of `vendor.mod`.
    fn is_beside_named(&self, dir: &RepoPath, name: &[u8]) -> bool {
        let stem = name.strip_suffix(NAMED_SUM_FILE.as_bytes()).filter(|_| !self.files.is_empty());
        stem.is_some_and(|stem| self.files.contains(&dir.join([stem, NAMED_MODULE_FILE.as_bytes()].concat())))
    }

    /// Whether the go command's patterns match packages in a directory, from the root or from a module that is named.
    pub(crate) fn reaches(&self, dir: &RepoPath) -> bool {
        is_reached(dir, &self.dirs)
    }

    /// Whether it makes a difference that `path` cannot be read.
    pub(crate) fn matters(&self, path: &RepoPath) -> bool {
        path.parent().is_none_or(|dir| self.reaches(&dir))
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
        let vendored = std::mem::replace(&mut above, part) == VENDOR.as_bytes();
        vendored || part.starts_with(b".") || part.starts_with(b"_") || part == b"testdata"
    })
}

fn below_vendor(directory: &[u8]) -> bool {
    directory.rsplit(|&byte| byte == b'/').skip(1).any(|part| part == VENDOR.as_bytes())
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
