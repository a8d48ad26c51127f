//! Which commits of a range bring checksums that contradict those before, whichever commit removed them in between.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::checksums::{SeenSums, sum_line};
use crate::go::FileKind;
use crate::load::{Input, NamedModules, cached_sums};
use crate::model::EarlierSum;
use crate::source::{Delta, ModuleCache, Source};
use crate::syntax::{GoSum, Parsed, SumContent, SumKey};
use crate::text::{BlobId, RepoPath};

/// The checksums that commits have stated so far. Commits are taken in one after the other, each after its parents.
pub(super) struct SumTrail<'a> {
    input: Input<'a>,
    cache: Option<&'a ModuleCache>,
    /// Whether the policy names a path as a module file.
    names_module: &'a dyn Fn(&RepoPath) -> bool,
    known: HashMap<String, Vec<EarlierSum>>,
    parsed: HashMap<BlobId, Arc<Parsed<GoSum>>>,
}

/// A commit, and its name.
#[derive(Clone, Copy)]
pub(super) struct TrailCommit<'a> {
    pub(super) state: &'a dyn Source,
    pub(super) name: &'a Arc<str>,
}

/// A line: its subject, and the checksum.
type SumEntry<'s> = (SumKey<'s>, &'s str);

/// How many lists are remembered; each is asked for again by the next commit that changes it.
const MAX_PARSED: usize = 2000;

impl<'a> SumTrail<'a> {
    /// A trail without any known checksums.
    pub(super) fn new(
        input: Input<'a>,
        cache: Option<&'a ModuleCache>,
        names_module: &'a dyn Fn(&RepoPath) -> bool,
    ) -> Self {
        Self { input, cache, names_module, known: HashMap::new(), parsed: HashMap::new() }
    }

    /// Takes in all lists of a commit before the range.
    pub(super) fn start(&mut self, commit: TrailCommit<'_>, paths: &[RepoPath]) {
        for path in paths {
            let Some(list) = self.list(commit.state, path).filter(|_| self.is_read(path)) else { continue };
            for (key, hash) in lines(&list) {
                self.add(&key.to_string(), earlier(commit.name, path, hash));
            }
        }
    }

    /// Adds the changes of a commit, by its differences from each of its parents; a commit without parents changes all
    /// lists, which are `paths`. Returns the earlier checksums that it contradicts, or `None` if nothing that it adds
    /// contradicts anything.
    pub(super) fn take_in(
        &mut self,
        commit: TrailCommit<'_>,
        parents: &[(&dyn Source, &Delta)],
        paths: &[RepoPath],
    ) -> Option<SeenSums> {
        let changed = parents.iter().flat_map(|(_, delta)| &delta.changes).map(|change| &change.path);
        let changed: BTreeSet<&RepoPath> = changed.chain(paths).filter(|path| self.is_read(path)).collect();
        let mut contradicted = SeenSums::new();
        let mut added: BTreeMap<String, Vec<EarlierSum>> = BTreeMap::new();
        let mut is_suspicious = false;
        for path in changed {
            for (name, sum) in self.added(commit, parents, path) {
                let known = self.known.get(&name).map(Vec::as_slice).unwrap_or_default();
                let is_known = known.iter().any(|known| known.hash == sum.hash);
                let other = known.iter().find(|known| known.hash != sum.hash);
                is_suspicious |= other.is_some() || self.is_unlike_cache(&name, &sum.hash);
                if let Some(other) = other.filter(|_| !is_known) {
                    contradicted.insert(sum_line(&name, &sum.hash), other.clone());
                }
                added.entry(name).or_default().push(sum);
            }
        }
        for (name, sums) in added {
            // Two lists of one commit may contradict each other, too.
            is_suspicious |= sums.iter().any(|sum| sum.hash != sums[0].hash);
            sums.into_iter().for_each(|sum| self.add(&name, sum));
        }
        is_suspicious.then_some(contradicted)
    }

    /// The lines of a list that some parent does not have, by their subjects.
    fn added(
        &mut self,
        commit: TrailCommit<'_>,
        parents: &[(&dyn Source, &Delta)],
        path: &RepoPath,
    ) -> Vec<(String, EarlierSum)> {
        let Some(list) = self.list(commit.state, path) else { return Vec::new() };
        let before: Vec<_> = parents.iter().map(|(parent, _)| self.list(*parent, path)).collect();
        let before: Vec<HashSet<SumEntry<'_>>> =
            before.iter().map(|list| list.iter().flat_map(|list| lines(list)).collect()).collect();
        let is_old = |line: &SumEntry<'_>| !before.is_empty() && before.iter().all(|parent| parent.contains(line));
        let new = lines(&list).filter(|line| !is_old(line));
        new.map(|(key, hash)| (key.to_string(), earlier(commit.name, path, hash))).collect()
    }

    /// Whether the module cache has another checksum. `name` is the subject, as a line begins.
    fn is_unlike_cache(&self, name: &str, hash: &str) -> bool {
        let Some((cache, (module, version))) = self.cache.zip(name.split_once(' ')) else { return false };
        let key = match version.strip_suffix(SumContent::GoMod.suffix()) {
            Some(version) => SumKey { module, version, content: SumContent::GoMod },
            None => SumKey { module, version, content: SumContent::Zip },
        };
        cached_sums(cache, &[key]).pop().flatten().is_some_and(|cached| cached != hash)
    }

    /// Whether a list is one that `check` reads.
    fn is_read(&self, path: &RepoPath) -> bool {
        let bytes = path.as_bytes();
        let module_file = bytes.strip_suffix(b".sum").map(|stem| RepoPath::new([stem, b".mod"].concat()));
        let named = NamedModules::new(module_file.iter(), self.names_module);
        named.role(path).kind == Some(FileKind::GoSum)
    }

    fn list(&mut self, state: &dyn Source, path: &RepoPath) -> Option<Arc<Parsed<GoSum>>> {
        let entry = state.lookup(path).ok().flatten()?;
        if let Some(known) = entry.blob.and_then(|blob| self.parsed.get(&blob)) {
            return Some(Arc::clone(known));
        }
        let input = Input { source: state, ..self.input };
        let list = Arc::new(input.go_sums(&[&entry]).pop()?.ok()?);
        if self.parsed.len() >= MAX_PARSED {
            self.parsed.clear();
        }
        self.parsed.extend(entry.blob.map(|blob| (blob, Arc::clone(&list))));
        Some(list)
    }

    fn add(&mut self, name: &str, sum: EarlierSum) {
        let known = self.known.entry(name.to_owned()).or_default();
        if !known.iter().any(|known| known.hash == sum.hash) {
            known.push(sum);
        }
    }
}

fn lines(list: &Parsed<GoSum>) -> impl Iterator<Item = SumEntry<'_>> {
    list.tree.lines().filter(|sum| sum.is_understood()).map(|sum| (sum.written_key(), sum.hash))
}

fn earlier(state: &Arc<str>, list: &RepoPath, hash: &str) -> EarlierSum {
    EarlierSum { state: Arc::clone(state), list: list.clone(), hash: hash.into() }
}
