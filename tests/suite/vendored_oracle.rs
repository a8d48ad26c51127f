//! Vendor directories as `go mod vendor` and `go work vendor` make them of made-up and of well-known modules: no rule
//! finds anything there, and later damage is found, no more and no less.
//!
//! `SEEDS=a..b` tries other universes.

#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]
#![expect(clippy::panic, reason = "in tests a panic is the report")]

mod damage;
mod edits;
mod tree;
mod trial;
mod universe;
mod well_known;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use self::trial::Trial;
use self::universe::{Module, Universe};
use crate::support::corpus::is_large;
use crate::support::go::{Go, go};
use crate::support::proxy::{Published, escaped, write_proxy};
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;

/// A policy with the rules on vendor directories, and no other.
const POLICY: &str = r#"[severity]
syntax-invalid = "off"
vendor-edited = "error"
vendor-excess = "error"
vendor-incomplete = "error"
vendor-inconsistent = "error"
"#;

#[test]
fn what_is_vendored_for_modules_is_whole_and_what_is_damaged_is_found() {
    try_universes(if is_large() { 0..1_000 } else { 0..100 }, false);
}

#[test]
fn what_is_vendored_for_workspaces_is_whole_and_what_is_damaged_is_found() {
    try_universes(if is_large() { 10_000..10_600 } else { 10_000..10_050 }, true);
}

fn try_universes(default: Range<u64>, is_workspace: bool) {
    let Some(world) = World::new(seeds(default), is_workspace) else { return };
    let mut tally = Tally::default();
    for universe in &world.universes {
        match Trial::new(&world, universe) {
            Ok(mut trial) => trial.run(&mut tally),
            Err(reason) => tally.refused.push(format!("{}: {reason}", universe.seed)),
        }
    }
    tally.assert_is_broad(world.universes.len());
}

/// The features that occurred, so that a sample is not one-sided.
#[derive(Debug, Default)]
struct Tally {
    /// Why the go command did not vendor.
    refused: Vec<String>,
    /// How often there was each kind of finding.
    found: BTreeMap<String, usize>,
    notes: BTreeMap<String, usize>,
    revendored: usize,
}

impl Tally {
    fn add(&mut self, found: &[String], notes: &[String]) {
        let kind = |it: &String| {
            let rule = it.split(':').next().unwrap_or_default();
            let kind = it.split_once('[').map(|(_, kind)| kind.split(']').next().unwrap_or_default());
            format!("{rule} {}", kind.unwrap_or_default())
        };
        found.iter().map(kind).for_each(|kind| *self.found.entry(kind).or_default() += 1);
        notes.iter().for_each(|note| *self.notes.entry(note.clone()).or_default() += 1);
    }

    fn assert_is_broad(&self, universes: usize) {
        let _ = writeln!(std::io::stderr(), "{universes} universes: {self:#?}");
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.refused.len() * 8 < universes, "{self:#?}");
        for kind in [
            "vendor-edited added",
            "vendor-edited changed",
            "vendor-edited foreign",
            "vendor-edited lacking",
            "vendor-edited other",
            "vendor-edited removed",
            "vendor-excess ",
            "vendor-incomplete duplicate",
            "vendor-incomplete no files",
            "vendor-incomplete not listed",
            "vendor-incomplete not vendored",
        ] {
            assert!(self.found.get(kind).is_some_and(|count| *count * 60 >= universes), "{kind}: {self:#?}");
        }
        assert!(self.revendored > 4 && self.notes.len() > 2, "{self:#?}");
    }
}

/// Universes, and the proxy and module cache that they share.
struct World {
    dir: TempDir,
    go: Go,
    universes: Vec<Universe>,
}

impl World {
    fn new(seeds: Range<u64>, is_workspace: bool) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let go = go()?
            .with_env("GOPROXY", &format!("file://{}", dir.path().join("proxy").display()))
            .with_env("GOMODCACHE", &dir.path().join("cache").display().to_string())
            .with_env("GOFLAGS", "-modcacherw")
            .with_env("GOSUMDB", "off");
        let universes: Vec<Universe> = seeds.map(|seed| Universe::new(seed, is_workspace)).collect();
        let modules = universes.iter().flat_map(|universe| &universe.modules);
        let published = modules.map(|it| Published { path: &it.path, version: &it.version, files: &it.files });
        write_proxy(&go, &dir.path().join("proxy"), published);
        Some(Self { dir, go, universes })
    }

    /// The repository of a universe with its vendor directories, or why the go command makes none.
    fn vendored(&self, universe: &Universe) -> Result<Repo, String> {
        let repository = Repo::plain();
        for (path, text) in &universe.files {
            repository.write(path, text);
        }
        repository.write("modwarden.toml", POLICY);
        self.complete(&repository, universe, &mut Random::new(universe.seed ^ 0xC))?;
        self.vendor(&repository, universe)?;
        Ok(repository)
    }

    /// Has the go command make vendor directories.
    fn vendor(&self, repository: &Repo, universe: &Universe) -> Result<(), String> {
        for vendor in &universe.vendors {
            let command = if vendor.is_workspace { "work" } else { "mod" };
            self.run(&repository.root().join(&vendor.dir), &[command, "vendor"], &[])?;
        }
        Ok(())
    }

    /// Has the go command complete each go.mod, and makes some require more than is imported, or another version of
    /// that.
    fn complete(&self, repository: &Repo, universe: &Universe, random: &mut Random) -> Result<(), String> {
        for vendor in &universe.vendors {
            for dir in vendor.mains.iter().map(|main| repository.root().join(&main.dir)) {
                // Members import from each other, which alone they cannot.
                let tidy: &[&str] = if vendor.is_workspace { &["mod", "tidy", "-e"] } else { &["mod", "tidy"] };
                self.run(&dir, tidy, &[("GOWORK", "off")])?;
                if !vendor.is_workspace && random.once_in(2) {
                    self.require(&dir, universe, random)?;
                }
            }
        }
        Ok(())
    }

    /// Makes a go.mod require one of the modules.
    fn require(&self, dir: &Path, universe: &Universe, random: &mut Random) -> Result<(), String> {
        let modules: Vec<&Module> = universe.modules.iter().filter(|module| !module.path.contains("/fork/")).collect();
        let module = modules[random.below(modules.len())];
        let require = format!("-require={}@{}", module.path, module.version);
        for args in [&["mod", "edit", &require][..], &["list", "-mod=mod", "-m", "all"], &["mod", "download", "all"]] {
            self.run(dir, args, &[("GOWORK", "off")])?;
        }
        Ok(())
    }

    fn run(&self, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Result<String, String> {
        let go = env.iter().fold(self.go.clone(), |go, (name, value)| go.with_env(name, value));
        let output = go.command(dir, args);
        let said = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        if output.status.success() {
            Ok(said(&output.stdout))
        } else {
            Err(format!("go {args:?}: {}", said(&output.stderr)))
        }
    }

    /// The report of `modwarden check`.
    fn check(&self, repository: &Repo, args: &[&str]) -> Value {
        let mut command = repository.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--format", "json"]).args(args);
        command.env_remove("GOFLAGS").env_remove("GOWORK").env("GOMODCACHE", self.dir.path().join("cache"));
        let output = command.output().expect("modwarden starts");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// Changes the files of a module in the module cache.
    fn alter(&self, path: &str, version: &str) {
        let dir = self.dir.path().join("cache").join(format!("{}@{}", escaped(path), escaped(version)));
        fs::write(dir.join("altered.txt"), "").expect("the module is there");
    }
}
