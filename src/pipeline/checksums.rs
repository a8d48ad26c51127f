//! Which checksums contradict each other: in one state, in a state and those before it, and in go.sum and in the module
//! cache.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::edits::{Base, named};
use super::state::{AlteredModule, StateFacts};
use crate::load::cached_sums;
use crate::model::{CachedSum, EarlierSum, OtherSum, SumConflict, SumLine, SumLines};
use crate::source::ModuleCache;
use crate::syntax::{SumContent, SumKey};

/// With which states before the checksums of a state are compared.
#[derive(Clone, Copy)]
pub(super) enum SumsBefore<'a> {
    /// Those that the whole state is compared with.
    Bases(&'a [Base<'a>]),
    /// All that come before it in a range of commits.
    Seen(&'a SeenSums),
}

/// The checksums of a commit that contradict earlier commits, as lines of go.sum, with the earlier checksums.
pub(super) type SeenSums = BTreeMap<String, EarlierSum>;

/// A line as [`SeenSums`] has it.
pub(super) fn sum_line(name: &str, hash: &str) -> String {
    format!("{name} {hash}")
}

impl StateFacts {
    /// The same with the checksums that contradict each other.
    pub(super) fn with_sum_conflicts(mut self, before: SumsBefore<'_>, cache: Option<&ModuleCache>) -> Self {
        let lines = SumLines::new(self.model.sum_lists());
        let mut conflicts = lines.conflicts();
        match before {
            SumsBefore::Bases(bases) => conflicts.extend(changed_since(&lines, bases)),
            SumsBefore::Seen(seen) => conflicts.extend(seen_before(&lines, seen)),
        }
        if let Some(cache) = cache {
            conflicts.extend(unlike_cache(&lines, cache, &self.altered));
        }
        self.model = self.model.with_sum_conflicts(conflicts);
        self
    }
}

/// The checksums that some base states otherwise and none states so.
fn changed_since(lines: &SumLines<'_>, bases: &[Base<'_>]) -> Vec<SumConflict> {
    let earlier: Vec<EarlierLines<'_>> = bases.iter().map(EarlierLines::new).collect();
    let mut conflicts = Vec::new();
    for key in lines.keys() {
        for line in lines.of(key) {
            if earlier.iter().any(|earlier| earlier.has(key, line.hash)) {
                continue;
            }
            if let Some(other) = earlier.iter().find_map(|earlier| earlier.other(key)) {
                conflicts.push(SumConflict::new(key, line, OtherSum::Before(other)));
            }
        }
    }
    conflicts
}

/// The lines of a base.
struct EarlierLines<'a> {
    state: Arc<str>,
    lines: SumLines<'a>,
}

impl<'a> EarlierLines<'a> {
    fn new(base: &'a Base<'a>) -> Self {
        Self { state: named(base.source.origin()).into(), lines: SumLines::new(&base.sums) }
    }

    fn has(&self, key: SumKey<'a>, hash: &str) -> bool {
        self.lines.of(key).any(|line| line.hash == hash)
    }

    fn other(&self, key: SumKey<'a>) -> Option<EarlierSum> {
        let SumLine { list, hash, .. } = self.lines.of(key).next()?;
        Some(EarlierSum { state: Arc::clone(&self.state), list: list.path.clone(), hash: hash.into() })
    }
}

/// The checksums that a commit before states otherwise.
fn seen_before(lines: &SumLines<'_>, seen: &SeenSums) -> Vec<SumConflict> {
    if seen.is_empty() {
        return Vec::new();
    }
    let mut conflicts = Vec::new();
    for key in lines.keys() {
        let name = key.to_string();
        for line in lines.of(key) {
            let earlier = seen.get(&sum_line(&name, line.hash));
            conflicts.extend(earlier.map(|earlier| SumConflict::new(key, line, OtherSum::Before(earlier.clone()))));
        }
    }
    conflicts
}

/// The checksums that the module cache does not confirm.
fn unlike_cache(lines: &SumLines<'_>, cache: &ModuleCache, altered: &[AlteredModule]) -> Vec<SumConflict> {
    let keys = lines.keys();
    let files: HashMap<(&str, &str), Option<&str>> =
        altered.iter().map(|it| ((it.module.path.as_str(), it.module.version.as_str()), it.hash.as_deref())).collect();
    let mut conflicts = Vec::new();
    for (key, cached) in keys.iter().zip(cached_sums(cache, &keys)) {
        let files = files.get(&(key.module, key.version)).filter(|_| key.content == SumContent::Zip);
        let Some(first) = lines.of(*key).next() else { continue };
        let is_stated = |hash: &str| lines.of(*key).any(|line| line.hash == hash);
        let other = match (cached, files) {
            (Some(hash), _) if !is_stated(&hash) => match key.content {
                SumContent::Zip => CachedSum::Noted(hash.into()),
                SumContent::GoMod => CachedSum::GoMod(hash.into()),
            },
            (_, Some(hash)) => CachedSum::Files(hash.map(Into::into)),
            _ => continue,
        };
        conflicts.push(SumConflict::new(*key, first, OtherSum::Cache(other)));
    }
    conflicts
}
