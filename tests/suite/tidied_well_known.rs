//! Well-known modules, as they come through the module proxy and after random changes: modwarden's fixes make of their
//! go.mod and go.sum the same as `go mod tidy`.
//!
//! `SEEDS=a..b` makes other changes: the seed of a change is its number.

#![expect(clippy::disallowed_methods, reason = "tests read files")]

mod edits;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use modwarden::internals::load::FactStore;
use modwarden::internals::source::ModuleCache;
use serde_json::{Deserializer, Value};

use self::edits::Edit;
use crate::support::corpus::{files_below, is_large, text};
use crate::support::go::{Go, go};
use crate::support::parallel;
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;
use crate::support::tidy::{self, Comparison, Diff, Pair, Tidied, Tidier};
use crate::tidied_oracle::{Mismatch, fail};

/// Modules that require others.
const MODULES: [&str; 38] = [
    "cloud.google.com/go/compute/metadata@v0.10.0",
    "github.com/Microsoft/go-winio@v0.6.4",
    "github.com/containerd/log@v0.2.0",
    "github.com/fsnotify/fsnotify@v1.10.1",
    "github.com/gin-gonic/gin@v1.12.0",
    "github.com/go-sql-driver/mysql@v1.10.1",
    "github.com/godbus/dbus/v5@v5.2.4",
    "github.com/gogo/protobuf@v1.3.2",
    "github.com/golang/protobuf@v1.5.4",
    "github.com/hashicorp/hcl/v2@v2.25.0",
    "github.com/hashicorp/hcl@v1.0.0",
    "github.com/jackc/pgx/v5@v5.12.0",
    "github.com/json-iterator/go@v1.1.12",
    "github.com/mattn/go-isatty@v0.0.24",
    "github.com/miekg/dns@v1.1.73",
    "github.com/prometheus/client_golang@v1.25.0",
    "github.com/shirou/gopsutil/v4@v4.26.10",
    "github.com/sirupsen/logrus@v1.10.2",
    "github.com/spf13/cobra@v1.10.2",
    "github.com/stretchr/testify@v1.12.1",
    "github.com/tklauser/go-sysconf@v0.4.0",
    "github.com/vishvananda/netlink@v1.3.1",
    "go.opentelemetry.io/otel@v1.47.0",
    "go.uber.org/atomic@v1.12.0",
    "go.uber.org/multierr@v1.11.0",
    "go.uber.org/zap@v1.28.0",
    "golang.org/x/crypto@v0.58.0",
    "golang.org/x/exp@v0.0.0-20260908205506-85c1c2202aba",
    "golang.org/x/mod@v0.42.0",
    "golang.org/x/net@v0.62.0",
    "golang.org/x/term@v0.47.0",
    "golang.org/x/text@v0.43.0",
    "golang.org/x/tools@v0.52.0",
    "google.golang.org/grpc@v1.85.0",
    "google.golang.org/protobuf@v1.36.12",
    "gopkg.in/yaml.v2@v2.4.0",
    "gopkg.in/yaml.v3@v3.0.1",
    "k8s.io/apimachinery@v0.37.2",
];

/// Texts by path.
pub(crate) type Files = BTreeMap<String, String>;

#[test]
fn fixes_of_well_known_modules_are_what_the_go_command_makes_of_them() {
    let Some(world) = World::new() else { return };
    let seeds = seeds(if is_large() { 0..60 } else { 0..12 });
    let trials = parallel::each(&MODULES, |name| world.try_module(name, seeds.clone()));
    let mut tally = Tally::default();
    let mut mismatches = Vec::new();
    for trial in trials {
        tally.add(trial.tally);
        mismatches.extend(trial.mismatches);
    }
    let _ = writeln!(std::io::stderr(), "{tally:#?}");
    fail(&mismatches);
    tally.assert_is_broad();
}

/// The features that occurred.
#[derive(Debug, Default)]
struct Tally {
    /// How many modules could not be downloaded.
    missing: usize,
    /// How many the go command tidied as they are.
    as_they_are: usize,
    /// How many after changes.
    changed: usize,
    different: usize,
    refused: usize,
    kinds: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.missing += other.missing;
        self.as_they_are += other.as_they_are;
        self.changed += other.changed;
        self.different += other.different;
        self.refused += other.refused;
        other.kinds.into_iter().for_each(|(name, count)| *self.kinds.entry(name).or_default() += count);
    }

    fn assert_is_broad(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        if self.missing > 0 {
            let _ = writeln!(std::io::stderr(), "SKIPPED: {} modules cannot be downloaded", self.missing);
            assert!(std::env::var_os("CI").is_none(), "the modules must be there in CI");
            return;
        }
        assert!(self.as_they_are >= 30 && self.changed >= 200 && self.different >= 120, "{self:#?}");
        for kind in
            ["requirement added", "requirement removed", "sums added", "sums removed", "mark added", "mark removed"]
        {
            assert!(self.kinds.get(kind).is_some_and(|count| *count >= 20), "{kind}: {self:#?}");
        }
    }
}

/// A module cache that outlives the run, and the go command.
struct World {
    tidier: Tidier,
    cache: PathBuf,
}

/// One module, and its result.
struct Trial<'w> {
    world: &'w World,
    name: &'static str,
    repo: Repo,
    tally: Tally,
    mismatches: Vec<Mismatch>,
}

impl World {
    fn new() -> Option<Self> {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules");
        fs::create_dir_all(&cache).expect("the cache can be made");
        let offline = go()?
            .with_env("GOMODCACHE", cache.to_str().expect("the path is text"))
            .with_env("GOFLAGS", "-mod=mod -modcacherw")
            .with_env("GOWORK", "off")
            .with_env("GOSUMDB", "off");
        let proxy = std::env::var("GOPROXY").unwrap_or_default();
        Some(Self { tidier: Tidier { online: offline.clone().with_env("GOPROXY", &proxy), offline }, cache })
    }

    fn go(&self) -> &Go {
        &self.tidier.online
    }

    fn try_module(&self, name: &&'static str, seeds: Range<u64>) -> Trial<'_> {
        let (tally, mismatches) = (Tally::default(), Vec::new());
        let mut trial = Trial { world: self, name, repo: Repo::init(), tally, mismatches };
        let Some(files) = self.download(name) else {
            trial.tally.missing += 1;
            return trial;
        };
        for (path, text) in &files {
            trial.repo.write(path, text);
        }
        trial.try_state(&files, &files, &[]);
        trial.run_program(&files);
        for seed in seeds {
            let of_name = name.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            let mut random = Random::new(seed ^ of_name);
            let mut changed = files.clone();
            let mut edit = Edit { files: &mut changed, go: self.go(), cache: &self.cache, random: &mut random };
            let story: Vec<String> = (0..8).filter_map(|_| edit.anything()).take(1 + seed as usize % 4).collect();
            trial.try_state(&files, &changed, &[vec![format!("change {seed}")], story].concat());
        }
        trial
    }

    /// The files of the module that the go command reads.
    fn download(&self, name: &str) -> Option<Files> {
        let output = self.go().command(&self.cache, &["mod", "download", "-json", name]);
        let answer = Deserializer::from_slice(&output.stdout).into_iter::<Value>().next()?.ok()?;
        let from = PathBuf::from(text(&answer["Dir"]));
        let wanted = |name: &str| name.ends_with(".go") || name == "go.mod" || name == "go.sum";
        let file = |path: PathBuf| {
            let text = String::from_utf8(fs::read(from.join(&path)).ok()?).ok()?;
            Some((path.to_str()?.to_owned(), text))
        };
        from.join("go.mod").exists().then(|| files_below(&from, &wanted).into_iter().filter_map(file).collect())
    }
}

impl Trial<'_> {
    /// Compares the results of modwarden and the go command for the module in this state, and restores the first on
    /// disk.
    fn try_state(&mut self, original: &Files, files: &Files, story: &[String]) {
        self.change(original, files);
        let before = Pair::read(self.repo.root());
        let tidied = self.world.tidier.tidied(self.repo.root());
        self.change(files, original);
        let fixed = tidy::fixed(files, &ModuleCache::open(self.world.cache.clone()), &FactStore::none());
        let ours = fixed.pair(&before, "");
        let may_be_silent = !before.has_go_line();
        let comparison = Comparison { before: &before, tidied: &tidied, ours: &ours, may_be_silent };
        match (comparison.judge(), &tidied) {
            (Err(wrong), _) => self.mismatch(story, &wrong),
            (Ok(_), Tidied::As(..)) if !fixed.is_judged && !may_be_silent => {
                self.mismatch(story, "modwarden says that not all was decided")
            }
            (Ok(_), Tidied::Refused(said)) if fixed.is_judged && tidied.is_refused() => {
                self.mismatch(story, &format!("modwarden says that all was decided; go mod tidy fails: {said}"));
            }
            (Ok(_), Tidied::As(_, diff)) if !may_be_silent && fixed.has_errors != (*diff == Diff::Printed) => {
                let has = if fixed.has_errors { "an error" } else { "no error" };
                self.mismatch(story, &format!("modwarden has {has}; go mod tidy -diff: {diff:?}"));
            }
            (Ok(kinds), Tidied::As(..)) => {
                let count = if story.is_empty() { &mut self.tally.as_they_are } else { &mut self.tally.changed };
                *count += 1;
                self.tally.different += usize::from(tidy::is_finding(&kinds));
                kinds.into_iter().for_each(|kind| *self.tally.kinds.entry(kind).or_default() += 1);
            }
            (Ok(kinds), Tidied::Refused(_)) => {
                self.tally.refused += 1;
                kinds.into_iter().for_each(|kind| *self.tally.kinds.entry(kind).or_default() += 1);
            }
        }
        if let Some(path) = fixed.others([&String::new()]) {
            self.mismatch(story, &format!("{path} is changed too"));
        }
    }

    /// Turns one state on disk into another.
    fn change(&self, from: &Files, to: &Files) {
        for path in from.keys().filter(|path| !to.contains_key(*path)) {
            fs::remove_file(self.repo.root().join(path)).expect("the file is removed");
        }
        for (path, text) in to.iter().filter(|(path, text)| from.get(*path) != Some(*text)) {
            self.repo.write(path, text);
        }
    }

    fn mismatch(&mut self, story: &[String], said: &str) {
        let mut text = format!("{said}\n");
        for line in story {
            let _ = writeln!(text, "- {line}");
        }
        let summary = said.lines().next().unwrap_or_default().to_owned();
        let name = format!("{}, {}", self.name, story.first().map_or("as it is", String::as_str));
        self.mismatches.push(Mismatch { name, summary, text });
    }

    /// The program prints the library's result, for the module as it is.
    fn run_program(&mut self, files: &Files) {
        let before = Pair::read(self.repo.root());
        let fixed = tidy::fixed(files, &ModuleCache::open(self.world.cache.clone()), &FactStore::none());
        let done = tidy::patched(&self.repo, &self.world.cache);
        let expected = match () {
            () if !fixed.is_empty() => 1,
            () if fixed.is_judged => 0,
            () => 3,
        };
        if Pair::read(self.repo.root()) != fixed.pair(&before, "") || done.code != Some(expected) {
            let said = format!("the program does something else than the library: {:?} {}", done.code, done.text);
            self.mismatch(&[], &said);
        }
        before.write(self.repo.root());
    }
}
