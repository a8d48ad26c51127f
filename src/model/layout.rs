//! Which directory belongs to which module.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use crate::syntax::GoMod;
use crate::text::{FastSet, RepoPath};

/// The directories of a repository, as far as modules and packages depend on them.
#[derive(Clone, Debug, Default)]
pub(super) struct DirectoryLayout {
    /// Module directories that count, with their index.
    modules: Arc<BTreeMap<RepoPath, usize>>,
    /// Every directory with a `go.mod`, counted or not: each ends the module around it.
    boundaries: Arc<FastSet<RepoPath>>,
    /// Every directory with an entry that ends in `.go`.
    go_dirs: Arc<FastSet<RepoPath>>,
}

impl DirectoryLayout {
    pub(super) fn new(
        modules: BTreeMap<RepoPath, usize>,
        boundaries: FastSet<RepoPath>,
        go_dirs: FastSet<RepoPath>,
    ) -> Self {
        Self { modules: Arc::new(modules), boundaries: Arc::new(boundaries), go_dirs: Arc::new(go_dirs) }
    }

    /// The same with Go files in other directories.
    pub(super) fn with_go_dirs(self, go_dirs: FastSet<RepoPath>) -> Self {
        Self { go_dirs: Arc::new(go_dirs), ..self }
    }

    /// Adds a directory with Go files.
    pub(super) fn add_go_dir(&mut self, dir: RepoPath) {
        Arc::make_mut(&mut self.go_dirs).insert(dir);
    }

    /// Adds a directory with a `go.mod` that does not count.
    pub(super) fn add_boundary(&mut self, dir: RepoPath) {
        Arc::make_mut(&mut self.boundaries).insert(dir);
    }

    /// Every directory with an entry that ends in `.go`.
    pub(super) fn go_dirs(&self) -> &FastSet<RepoPath> {
        &self.go_dirs
    }

    /// Whether modules begin in the same directories.
    pub(super) fn has_boundaries_of(&self, other: &Self) -> bool {
        self.boundaries == other.boundaries
    }

    /// The module whose tree holds `dir`; `None` where the nearest `go.mod` is one that does not count. `known` keeps
    /// the result for `dir` and every directory above it.
    pub(super) fn module_of(&self, dir: &RepoPath, known: &mut HashMap<RepoPath, Option<usize>>) -> Option<usize> {
        let mut passed = Vec::new();
        let mut found = None;
        for dir in dir.ancestors() {
            let module = self.beginning_in(dir.as_bytes()).or_else(|| known.get(&dir).copied());
            passed.push(dir);
            if let Some(module) = module {
                found = module;
                break;
            }
        }
        known.extend(passed.into_iter().map(|dir| (dir, found)));
        found
    }

    /// The same for a single directory.
    pub(super) fn module_around(&self, dir: &RepoPath) -> Option<usize> {
        dir.ancestor_bytes().find_map(|dir| self.beginning_in(dir))?
    }

    /// The modules that begin below a directory.
    pub(super) fn modules_below<'l>(&'l self, dir: &'l RepoPath) -> impl Iterator<Item = usize> + 'l {
        let prefix = if dir.is_root() { Vec::new() } else { [dir.as_bytes(), b"/"].concat() };
        let modules = self.modules.range::<[u8], _>((Bound::Included(prefix.as_slice()), Bound::Unbounded));
        let below = modules.take_while(|(other, _)| other.is_within(dir)).filter(move |(other, _)| *other != dir);
        below.map(|(_, module)| *module)
    }

    /// The module that begins in a directory, or `Some(None)` if one begins there that does not count.
    fn beginning_in(&self, dir: &[u8]) -> Option<Option<usize>> {
        let module = self.modules.get(dir).copied();
        (module.is_some() || self.boundaries.contains(dir)).then_some(module)
    }

    /// Whether the module at `root` contains the package in `dir`: there are Go files, and no other module begins
    /// between the two (`modload.dirInModule`).
    pub(super) fn contains_package(&self, root: &RepoPath, dir: &RepoPath) -> bool {
        let between = || dir.ancestor_bytes().take_while(|dir| *dir != root.as_bytes());
        self.go_dirs.contains(dir) && between().all(|dir| !self.boundaries.contains(dir))
    }
}

/// All of it, in order.
impl Hash for DirectoryLayout {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.modules.hash(state);
        for dirs in [&self.boundaries, &self.go_dirs] {
            let mut dirs: Vec<&RepoPath> = dirs.iter().collect();
            dirs.sort_unstable();
            dirs.hash(state);
        }
    }
}

/// Whether an `ignore` directive of the module hides a directory below its root; never the root itself.
pub(super) fn is_ignored(go_mod: &GoMod, below_root: &[u8]) -> bool {
    !below_root.is_empty() && go_mod.ignore.iter().any(|ignore| hides(&ignore.path.value, below_root))
}

/// Whether one `ignore` pattern hides a directory (`search.NewIgnorePatterns`): a leading `./` anchors it at the
/// root; otherwise its elements may be anywhere. No other character is special.
fn hides(pattern: &str, below_root: &[u8]) -> bool {
    let dir = slashed(below_root);
    match pattern.strip_prefix('.').filter(|rest| rest.starts_with('/')) {
        Some(anchored) => dir.starts_with(&slashed(anchored.as_bytes())),
        None => memchr::memmem::find(&dir, &slashed(pattern.as_bytes())).is_some(),
    }
}

/// The path with a slash at each end.
fn slashed(path: &[u8]) -> Vec<u8> {
    let mut slashed = Vec::with_capacity(path.len() + 2);
    if !path.starts_with(b"/") {
        slashed.push(b'/');
    }
    slashed.extend_from_slice(path);
    if !slashed.ends_with(b"/") {
        slashed.push(b'/');
    }
    slashed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_below_a_directory_are_found_by_their_place() {
        let dirs = ["", "a", "a-b", "a.b/c", "a/b", "a/b/c", "ab"].map(RepoPath::from);
        let modules: BTreeMap<RepoPath, usize> = dirs.clone().into_iter().zip(0..).collect();
        let layout = DirectoryLayout::new(modules, FastSet::default(), FastSet::default());
        for dir in &dirs {
            let below: Vec<usize> = layout.modules_below(dir).collect();
            let expected = dirs.iter().enumerate().filter(|(_, other)| *other != dir && other.is_within(dir));
            assert_eq!(below, expected.map(|(at, _)| at).collect::<Vec<_>>(), "{dir}");
        }
    }

    #[test]
    fn ignore_directives_match_whole_elements() {
        assert!(hides("./web", b"web/src"));
        assert!(!hides("./web", b"a/web"));
        assert!(hides("web", b"a/web/b"));
        assert!(!hides("bc", b"abc"));
        assert!(hides("./", b"any"));
    }
}
