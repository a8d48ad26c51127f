//! Made-up modules, as somebody has written them and as they become when a tidy one is worked on: the results of
//! modwarden's fixes for their go.mod and go.sum are those of `go mod tidy`, to the byte; and where that fails, nothing
//! is claimed.
//!
//! `SEEDS=a..b` tries other universes, `KEEP=dir` leaves the proxy, the module cache and the failed cases there.

#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]
#![expect(clippy::panic, reason = "in tests a panic is the report")]

mod edits;
mod holes;
pub(crate) mod lines;
mod main_module;
mod trial;
mod universe;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use modwarden::internals::source::ModuleCache;
use tempfile::TempDir;

use self::trial::Trial;
use self::universe::Universe;
use crate::support::corpus::is_large;
use crate::support::go::go;
use crate::support::parallel;
use crate::support::proxy::{Published, write_proxy};
use crate::support::random::seeds;
use crate::support::tidy::Tidier;

#[test]
fn fixes_of_made_up_modules_are_what_the_go_command_makes_of_them() {
    let seeds = seeds(if is_large() { 0..2_000 } else { 0..200 });
    let Some(world) = World::new(seeds) else { return };
    let (tally, mismatches) = world.each(|trial| trial.run());
    tally.report();
    fail(&mismatches);
    tally.assert_is_broad();
}

#[test]
fn a_module_cache_with_holes_is_as_good_as_for_the_go_command() {
    let Some(world) = World::new(seeds(100_000..100_040)) else { return };
    let (tally, mismatches) = world.each(|trial| trial.run_with_holes());
    tally.report();
    fail(&mismatches);
    tally.assert_has_holes();
}

#[test]
fn a_module_passes_if_and_only_if_go_mod_tidy_shows_no_difference() {
    let Some(world) = World::new(seeds(200_000..200_045)) else { return };
    let (tally, mismatches) = world.each(|trial| trial.run_with_layouts());
    tally.report();
    fail(&mismatches);
    tally.assert_has_layouts();
}

#[test]
fn the_toolchain_line_is_what_the_go_command_makes_of_it() {
    let Some(world) = World::new(seeds(if is_large() { 300_000..301_000 } else { 300_000..300_040 })) else { return };
    let (tally, mismatches) = world.each(|trial| trial.run_with_toolchains());
    tally.report();
    fail(&mismatches);
    tally.assert_has_toolchains();
}

/// A case in which modwarden does something else than the go command.
pub(crate) struct Mismatch {
    pub(crate) name: String,
    /// In a few words, for the list.
    pub(crate) summary: String,
    /// All that is needed to see it.
    pub(crate) text: String,
}

/// Shows the smallest case, and the names of the others.
pub(crate) fn fail(mismatches: &[Mismatch]) {
    let Some(smallest) = mismatches.iter().min_by_key(|mismatch| mismatch.text.len()) else { return };
    let mut list = String::new();
    for Mismatch { name, summary, .. } in mismatches {
        let _ = writeln!(list, "{name}: {summary}");
    }
    panic!("{} cases are wrong:\n{list}\nthe smallest is {}:\n{}", mismatches.len(), smallest.name, smallest.text);
}

/// The features that occurred, so that a sample is not one-sided.
#[derive(Debug, Default)]
struct Tally {
    /// How many modules the go command tidied.
    succeeded: usize,
    /// How many of these were not tidy, not only in their layout.
    different: usize,
    refused: usize,
    /// How many of those that were tidied modwarden may leave alone.
    excused: usize,
    /// Which differences there were, and why it failed.
    kinds: BTreeMap<&'static str, usize>,
    /// The features when it succeeded.
    features: BTreeMap<&'static str, usize>,
    /// How often a run with or without a module cache had which exit code.
    exit_codes: BTreeMap<(&'static str, u8), usize>,
    /// Whether the real program was run.
    programs: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.succeeded += other.succeeded;
        self.different += other.different;
        self.refused += other.refused;
        self.excused += other.excused;
        self.programs += other.programs;
        other.exit_codes.into_iter().for_each(|(code, count)| *self.exit_codes.entry(code).or_default() += count);
        for (all, more) in [(&mut self.kinds, other.kinds), (&mut self.features, other.features)] {
            more.into_iter().for_each(|(name, count)| *all.entry(name).or_default() += count);
        }
    }

    fn count(&mut self, kinds: &BTreeSet<&'static str>) {
        kinds.iter().for_each(|kind| *self.kinds.entry(kind).or_default() += 1);
    }

    fn report(&self) {
        let _ = writeln!(std::io::stderr(), "{self:#?}");
    }

    /// Fails unless there were as many of each of these.
    fn has(&self, least: usize, names: &[&str]) {
        let count = |name: &str| self.kinds.get(name).or_else(|| self.features.get(name)).copied().unwrap_or(0);
        for name in names {
            assert!(count(name) >= least, "{name}: {self:#?}");
        }
    }

    fn assert_is_broad(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.succeeded - self.excused >= 1_000 && self.different >= 600, "{self:#?}");
        assert!(self.refused >= 100 && self.programs >= 20, "{self:#?}");
        self.has(2, &["version lowered"]);
        self.has(5, &["refused: no such package", "layout of go.sum", "no go line", "malformed sums"]);
        self.has(10, &["refused: ambiguous import", "refused: checksum mismatch", "toolchain line", "go line"]);
        self.has(50, &["mark added", "mark removed", "duplicate removed", "version raised", "layout of go.mod"]);
        self.has(100, &["requirement added", "requirement removed", "sums added", "sums removed"]);
        self.has(100, &["refused: not in the module cache"]);
        self.has(30, &["go 1.17", "ignore", "toolchain"]);
        self.has(100, &["go < 1.16", "go 1.16", "go 1.18 to 1.20", "go >= 1.21", "exclude", "replace", "tool"]);
        self.has(100, &["blocks", "comments", "no go.sum"]);
    }

    fn assert_has_layouts(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.succeeded - self.excused >= 200, "{self:#?}");
        self.has(50, &["layout of go.mod", "layout of go.sum", "tidy", "only white space"]);
        self.has(10, &["toolchain line", "malformed sums"]);
    }

    fn assert_has_toolchains(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.succeeded - self.excused >= 300, "{self:#?}");
        self.has(20, &["toolchain line", "toolchain below go stays", "toolchain below go goes"]);
    }

    fn assert_has_holes(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.succeeded >= 50 && self.different >= 12 && self.refused >= 50, "{self:#?}");
        self.has(10, &["refused: not in the module cache", "refused: checksum mismatch"]);
    }
}

/// Universes, and the proxy and module cache that they share.
struct World {
    root: PathBuf,
    /// The directory that goes when this value does.
    _temporary: Option<TempDir>,
    tidier: Tidier,
    cache: ModuleCache,
    universes: Vec<Universe>,
}

impl World {
    fn new(seeds: Range<u64>) -> Option<Self> {
        let kept = std::env::var_os("KEEP").map(|dir| Path::new(&dir).join(seeds.start.to_string()));
        let temporary = kept.is_none().then(|| tempfile::tempdir().expect("a temporary directory"));
        let root = kept.or_else(|| temporary.as_ref().map(|dir| dir.path().to_owned()))?;
        fs::create_dir_all(&root).expect("the directory is made");
        let root = root.canonicalize().expect("it is there");
        let cache = root.join("cache");
        // The index of old directories reads broken files in another way than the scan does.
        let offline = go()?
            .with_env("GOMODCACHE", &cache.display().to_string())
            .with_env("GOFLAGS", "-mod=mod -modcacherw")
            .with_env("GODEBUG", "goindex=0")
            .with_env("GOSUMDB", "off");
        let online = offline.clone().with_env("GOPROXY", &format!("file://{}", root.join("proxy").display()));
        let universes: Vec<Universe> = seeds.map(Universe::new).collect();
        let modules = universes.iter().flat_map(|universe| &universe.published);
        let modules = modules.map(|it| Published { path: &it.path, version: &it.version, files: &it.files });
        write_proxy(&online, &root.join("proxy"), modules);
        let tidier = Tidier { online, offline };
        Some(Self { root, _temporary: temporary, tidier, cache: ModuleCache::open(cache), universes })
    }

    /// Where a state of this name can be.
    fn case_dir(&self, name: &str) -> PathBuf {
        self.root.join("cases").join(name).join("repository")
    }

    /// Does something with each universe.
    fn each(&self, what: impl Fn(&mut Trial<'_>) + Sync) -> (Tally, Vec<Mismatch>) {
        let done = parallel::each(&self.universes, |universe| {
            let mut trial = Trial::new(self, universe);
            what(&mut trial);
            (trial.tally, trial.mismatches)
        });
        let mut all = (Tally::default(), Vec::new());
        for (tally, mismatches) in done {
            all.0.add(tally);
            all.1.extend(mismatches);
        }
        all
    }
}
