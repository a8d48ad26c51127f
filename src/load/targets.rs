//! The `go.mod` files that only a `replace` or `use` line leads to: the go command reads them wherever they are.

use std::collections::{BTreeSet, HashSet};

use crate::source::{Entry, Unseen};
use crate::syntax::{ParsedFile, ParsedState, Replace, ReplaceTarget};
use crate::text::RepoPath;

/// The `go.mod` files to read, and the directories of which nobody can say whether they have one.
#[derive(Debug, Default)]
pub struct Targets {
    /// The files, by directory.
    pub files: Vec<Entry>,
    /// The directories that could not be looked into.
    pub hidden: HashSet<RepoPath>,
}

impl Targets {
    /// Those that the modules and workspaces of a state lead to and that are none of its modules. `lookup` finds a
    /// file of the state.
    pub fn of(state: &ParsedState, lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>) -> Self {
        let modules: HashSet<RepoPath> = state.go_mods.iter().map(directory).collect();
        let of_modules = state.go_mods.iter().flat_map(|fact| {
            let dir = directory(fact);
            fact.parsed.tree.replace.iter().filter_map(move |line| target(&dir, line))
        });
        let of_workspaces = state.go_works.iter().flat_map(|fact| {
            let dir = directory(fact);
            let tree = &fact.parsed.tree;
            let uses = tree.use_.iter().filter_map(|line| dir.resolve(&*line.path.value));
            uses.chain(tree.replace.iter().filter_map(|line| target(&dir, line))).collect::<Vec<_>>()
        });
        let dirs: BTreeSet<RepoPath> = of_modules.chain(of_workspaces).filter(|dir| !modules.contains(dir)).collect();
        let mut targets = Self::default();
        for dir in dirs {
            match lookup(&dir.join("go.mod")) {
                Ok(found) => targets.files.extend(found),
                Err(Unseen::LinkBroken) => {}
                Err(_) => {
                    targets.hidden.insert(dir);
                }
            }
        }
        targets
    }
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
