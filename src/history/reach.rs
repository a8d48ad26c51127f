//! Packages of a commit that no pattern matches and imports lead to, kept up to date from commit to commit.

use std::collections::BTreeSet;

use super::judge::Verdicts;
use crate::load::NamedModules;
use crate::model::{Draft, OwnDirectory, Reach, Reached};
use crate::source::{Changes, Unseen};
use crate::text::{BlobId, FastMap, FastSet, RepoPath, TreeId};

/// Which paths the files that patterns match import, by module and by the number of the path, and in how many files.
#[derive(Clone, Debug, Default)]
pub(super) struct ImportCounts(FastMap<(usize, u32), usize>);

impl ImportCounts {
    /// Takes in the imports of a file. Whether its module now imports a path that it did not.
    pub(super) fn add(&mut self, module: usize, imports: &[u32]) -> bool {
        let mut changes = false;
        for word in imports {
            let count = self.0.entry((module, *word)).or_default();
            *count += 1;
            changes |= *count == 1;
        }
        changes
    }

    /// The reverse.
    pub(super) fn remove(&mut self, module: usize, imports: &[u32]) -> bool {
        let mut changes = false;
        for word in imports {
            let Some(count) = self.0.get_mut(&(module, *word)) else { continue };
            *count -= 1;
            if *count == 0 {
                self.0.remove(&(module, *word));
                changes = true;
            }
        }
        changes
    }
}

/// The packages that imports lead to in one commit.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundPackages {
    /// The directories with packages that no pattern matches.
    pub(super) reached: Reached,
    /// The directories of own packages that are not there.
    pub(super) missing: BTreeSet<RepoPath>,
    /// The directories that cannot be followed, and why.
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
}

/// The state of a commit, as far as imports are followed in it.
pub(super) struct Here<'a> {
    pub(super) draft: &'a Draft,
    pub(super) named: &'a NamedModules,
    pub(super) changes: &'a Changes,
    pub(super) tree: TreeId,
    /// The Go files, by directory as far as a directory is asked for.
    pub(super) files_in: &'a dyn Fn(&RepoPath) -> Vec<BlobId>,
    /// Whether a directory has Go files.
    pub(super) has_go_files: &'a dyn Fn(&RepoPath) -> bool,
}

/// Follows the imports that were counted, and those of the packages that they lead to.
pub(super) fn find_reached(counts: &ImportCounts, here: &Here<'_>, verdicts: &mut Verdicts<'_>) -> FoundPackages {
    let mut found = FoundPackages::default();
    let mut asked: FastSet<(usize, Reach, u32)> =
        counts.0.keys().map(|(module, word)| (*module, Reach::Pattern, *word)).collect();
    let mut pending: Vec<(usize, Reach, u32)> = asked.iter().copied().collect();
    while let Some((module, reach, word)) = pending.pop() {
        let own_directories = here.draft.own_directories(module, verdicts.word(word));
        for own in own_directories {
            let Some(target) = here.visit(&own, &mut found) else { continue };
            let reach = if target == module && reach > Reach::Import { Reach::OwnImport } else { Reach::Import };
            if found.reached.get(&own.dir).is_some_and(|known| *known >= reach) {
                continue;
            }
            for blob in (here.files_in)(&own.dir) {
                let imports = verdicts.built_imports(blob);
                pending.extend(imports.into_iter().map(|word| (target, reach, word)).filter(|it| asked.insert(*it)));
            }
            found.reached.insert(own.dir, reach);
        }
    }
    found
}

impl Here<'_> {
    /// The module of a package that only imports lead to; `None` for a package that patterns match, and for none.
    fn visit(&self, own: &OwnDirectory, found: &mut FoundPackages) -> Option<usize> {
        if (self.has_go_files)(&own.dir) {
            let is_matched = self.named.reaches(&own.dir) && self.draft.module_by_pattern(&own.dir).is_some();
            let is_there = !is_matched && self.draft.contains_package(own);
            return if is_there { self.draft.module_around(&own.dir) } else { None };
        }
        if found.missing.insert(own.dir.clone()) {
            match self.changes.directory(self.tree, &own.dir) {
                Ok(Some(real)) if real != own.dir => found.unseen.push((own.dir.clone(), Unseen::LinkToDirectory)),
                Ok(_) | Err(Unseen::LinkBroken) => {}
                Err(Unseen::Submodule) => found.unseen.push((own.dir.clone(), Unseen::ReachedSubmodule)),
                Err(reason) => found.unseen.push((own.dir.clone(), reason)),
            }
        }
        None
    }
}
