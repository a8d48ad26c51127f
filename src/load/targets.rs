//! The `go.mod` files that only a `replace` or `use` line leads to: the go command reads them wherever they are.

use std::collections::{BTreeSet, HashSet};

use crate::source::{Entry, Unseen};
use crate::syntax::{GoMod, GoWork, ParsedFile, ParsedState, Replace, ReplaceTarget};
use crate::text::RepoPath;

/// The `go.mod` files to read, and those of which nobody can say whether they are there.
#[derive(Debug, Default)]
pub struct Targets {
    /// The files of directories that a workspace uses, which are main modules there.
    pub used: Vec<Entry>,
    /// The files of others, which are read as those of dependencies.
    pub replaced: Vec<Entry>,
    /// The files that could not be looked for, and why.
    pub unseen: Vec<(RepoPath, Unseen)>,
}

impl Targets {
    /// Those that the modules and workspaces of a state lead to and that are none of its modules. `lookup` finds a
    /// file of the state.
    pub fn of(state: &ParsedState, lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>) -> Self {
        let is_main = |dir: &RepoPath| !state.replacements.contains(dir);
        let mains: Vec<&ParsedFile<GoMod>> = state.go_mods.iter().filter(|fact| is_main(&directory(fact))).collect();
        let modules: HashSet<RepoPath> = mains.iter().map(|fact| directory(fact)).collect();
        let is_target = |dir: &RepoPath| !modules.contains(dir);
        let fences: HashSet<RepoPath> =
            state.go_mods.iter().filter(|fact| fact.parsed.is_fence()).map(directory).collect();
        let may_replace = |dir: &RepoPath| is_target(dir) || fences.contains(dir);
        let used: BTreeSet<RepoPath> = state.go_works.iter().flat_map(uses).filter(is_target).collect();
        let of_modules = mains.iter().flat_map(|fact| targets(directory(fact), &fact.parsed.tree.replace));
        let of_workspaces = state.go_works.iter().flat_map(|fact| targets(directory(fact), &fact.parsed.tree.replace));
        let replaced: BTreeSet<RepoPath> =
            of_modules.chain(of_workspaces).filter(|dir| may_replace(dir) && !used.contains(dir)).collect();
        let mut targets = Self::default();
        targets.used = targets.find(used, lookup);
        targets.replaced = targets.find(replaced, lookup);
        targets
    }

    /// The `go.mod` files of these directories. Notes those that could not be looked for.
    fn find(
        &mut self,
        dirs: BTreeSet<RepoPath>,
        lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>,
    ) -> Vec<Entry> {
        let mut files = Vec::new();
        for path in dirs.into_iter().map(|dir| dir.join("go.mod")) {
            match lookup(&path) {
                Ok(found) => files.extend(found),
                Err(Unseen::LinkBroken) => {}
                Err(reason) => self.unseen.push((path, reason)),
            }
        }
        files
    }
}

/// The directories of the repository that a workspace uses.
fn uses(fact: &ParsedFile<GoWork>) -> Vec<RepoPath> {
    let dir = directory(fact);
    fact.parsed.tree.use_.iter().filter_map(|line| dir.resolve(&*line.path.value)).collect()
}

/// The directories of the repository that lines put in place.
fn targets(dir: RepoPath, lines: &[Replace]) -> impl Iterator<Item = RepoPath> {
    lines.iter().filter_map(move |line| target(&dir, line))
}

/// The directory of the repository that a line puts in place, if it is one.
fn target(dir: &RepoPath, line: &Replace) -> Option<RepoPath> {
    match &line.new {
        ReplaceTarget::Directory(path) => dir.resolve(&*path.value),
        ReplaceTarget::Module { .. } => None,
    }
}

fn directory<T>(fact: &ParsedFile<T>) -> RepoPath {
    fact.path.parent().unwrap_or_else(RepoPath::root)
}
