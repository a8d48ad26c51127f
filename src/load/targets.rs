//! The `go.mod` files that only a `replace` or `use` line leads to: the go command reads them wherever they are.

use std::collections::{BTreeSet, HashSet};

use crate::go::GO_MOD;
use crate::source::{Entry, Unseen};
use crate::syntax::{GoMod, GoWork, ParsedFile, ParsedState, Replace, ReplaceTarget};
use crate::text::RepoPath;

/// The `go.mod` files to read, and those whose existence is unknown.
#[derive(Debug, Default)]
pub(crate) struct Targets {
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
    pub(crate) fn of(state: &ParsedState, lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>) -> Self {
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
        targets.note_returning(&mains, state, &is_target, lookup);
        targets
    }

    /// Adds the modules of the repository, other than its main modules, that a line could lead to by way of a directory
    /// outside of it: `../shop/testdata/x` leads back into a repository that somebody cloned as `shop`. Nobody can tell
    /// that from the repository itself.
    fn note_returning(
        &mut self,
        mains: &[&ParsedFile<GoMod>],
        state: &ParsedState,
        is_target: &dyn Fn(&RepoPath) -> bool,
        lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>,
    ) {
        let mut outside: BTreeSet<&str> = BTreeSet::new();
        for file in mains {
            outside.extend(leading_out(&directory(file), replace_paths(&file.parsed.tree.replace)));
        }
        for file in &state.go_works {
            let used = file.parsed.tree.use_.iter().map(|line| &*line.path.value);
            outside.extend(leading_out(&directory(file), used));
            outside.extend(leading_out(&directory(file), replace_paths(&file.parsed.tree.replace)));
        }
        let returning: BTreeSet<RepoPath> = outside.into_iter().flat_map(ends).filter(is_target).collect();
        for path in returning.into_iter().map(|dir| dir.join(GO_MOD)) {
            if let Ok(Some(_)) = lookup(&path) {
                self.unseen.push((path, Unseen::Returning));
            }
        }
    }

    /// The `go.mod` files of these directories. Notes those that could not be looked for.
    fn find(
        &mut self,
        dirs: BTreeSet<RepoPath>,
        lookup: &dyn Fn(&RepoPath) -> Result<Option<Entry>, Unseen>,
    ) -> Vec<Entry> {
        let mut files = Vec::new();
        for path in dirs.into_iter().map(|dir| dir.join(GO_MOD)) {
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

/// The directories that `replace` lines put in place, as they are written.
fn replace_paths(lines: &[Replace]) -> impl Iterator<Item = &str> {
    lines.iter().filter_map(|line| match &line.new {
        ReplaceTarget::Directory(path) => Some(&*path.value),
        ReplaceTarget::Module { .. } => None,
    })
}

/// Those of the paths, which are relative to `dir`, that lead out of the repository.
fn leading_out<'p>(dir: &RepoPath, paths: impl Iterator<Item = &'p str>) -> impl Iterator<Item = &'p str> {
    paths.filter(move |path| dir.resolve(path).is_none())
}

/// The directories of the repository that a path outside of it means if the repository lies on the way, whatever the
/// repository is called: all ends of the path that do not go up again.
fn ends(path: &str) -> Vec<RepoPath> {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    let ends = (1..parts.len()).map(|first| parts[first..].join("/"));
    ends.filter_map(|end| RepoPath::root().resolve(&end)).filter(|dir| !dir.is_root()).collect()
}

fn directory<T>(fact: &ParsedFile<T>) -> RepoPath {
    fact.path.parent().unwrap_or_else(RepoPath::root)
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn each_end_of_a_path_may_be_a_directory_of_the_repository() {
        let shown = |path: &str| ends(path).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown("../shop/testdata/x"), ["shop/testdata/x", "testdata/x", "x"]);
        assert_eq!(shown("/srv/shop/./_x/"), ["shop/_x", "_x"]);
        assert_eq!(shown("../shop/a/../b"), ["shop/b", "b", "b"]);
        assert!(shown("..").is_empty());
    }
}
