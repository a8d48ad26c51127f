//! One universe: its repository as it was written, and as it becomes when the tidy one is worked on.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::go::GoVersion;
use modwarden::internals::load::FactStore;

use super::edits::Edit;
use super::main_module;
use super::universe::{Files, Universe, joined, release};
use super::{Mismatch, Tally, World};
use crate::support::random::Random;
use crate::support::repo::Repo;
use crate::support::tidy::{self, Comparison, Diff, Fixed, Pair, Tidied};

/// How often a tidy module is worked on.
const VARIANTS: usize = 6;

/// How often the layout of a tidy module is changed.
const LAYOUTS: usize = 12;

/// How many main modules are made until the go command can tidy one.
const ATTEMPTS: usize = 5;

/// One universe, and its result.
pub(crate) struct Trial<'w> {
    pub(super) world: &'w World,
    pub(super) universe: &'w Universe,
    pub(super) random: Random,
    /// The go command's results for modules other than the main one, which many cases have in common.
    known: HashMap<Files, Tidied>,
    seen: HashSet<Pair>,
    checkout: Checkout,
    /// The store that is kept from case to case.
    store: FactStore,
    pub(super) cases: usize,
    pub(super) tally: Tally,
    pub(super) mismatches: Vec<Mismatch>,
}

/// A state of the repository.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) files: Files,
    pub(super) story: Vec<String>,
}

impl<'w> Trial<'w> {
    pub(super) fn new(world: &'w World, universe: &'w Universe) -> Self {
        let random = Random::new(universe.seed ^ 0xE);
        let dir = world.case_dir(&universe.seed.to_string());
        let store = FactStore::open(&dir.with_file_name("store"));
        let checkout = Checkout { dir, files: Files::new() };
        Self {
            world,
            universe,
            random,
            known: HashMap::new(),
            seen: HashSet::new(),
            checkout,
            store,
            cases: 0,
            tally: Tally::default(),
            mismatches: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) {
        let mut case = Case { files: self.universe.files.clone(), story: vec!["as it was written".to_owned()] };
        for _ in 0..self.random.below(4) {
            self.edit(&mut case, |edit| edit.looks());
        }
        self.settle(&mut case, &Files::new());
        self.try_case(&case);
        let Some(tidy) = self.tidy(case) else { return };
        // So that the store knows the tidy module before it is changed.
        self.fixed(&tidy, &self.store);
        for _ in 0..VARIANTS {
            let changed = self.changed(&tidy);
            self.try_case(&changed);
        }
    }

    /// Changes nothing but the layout of a tidy module.
    pub(super) fn run_with_layouts(&mut self) {
        let case = Case { files: self.universe.files.clone(), story: Vec::new() };
        let Some(tidy) = self.tidy(case) else { return };
        self.try_case(&tidy);
        for _ in 0..LAYOUTS {
            let mut case = tidy.clone();
            let count = 1 + self.random.below(4);
            for _ in 0..40 {
                if case.story.len() > count {
                    break;
                }
                self.edit(&mut case, |edit| edit.layout());
            }
            self.try_case(&case);
        }
    }

    /// Gives a tidy module a `toolchain` line, and changes lines that could decide whether it stays.
    pub(super) fn run_with_toolchains(&mut self) {
        let case = Case { files: self.universe.files.clone(), story: Vec::new() };
        let Some(tidy) = self.tidy(case) else { return };
        for _ in 0..LAYOUTS {
            let mut case = tidy.clone();
            self.edit(&mut case, |edit| edit.any_toolchain());
            for _ in 0..self.random.below(3) {
                self.edit(&mut case, |edit| edit.toolchains());
            }
            self.try_case(&case);
        }
    }

    /// The repository with the main module tidy, or one with another main module, if the go command can tidy that with
    /// all that there is to download.
    pub(super) fn tidy(&mut self, mut case: Case) -> Option<Case> {
        let main = &self.universe.main;
        for _ in 0..ATTEMPTS {
            if self.tidy_online(&mut case, &main.dir) {
                case.story = vec!["tidied".to_owned()];
                return Some(case);
            }
            case.files = main_module::files(&self.universe.world, main, &mut self.random);
            self.settle(&mut case, &Files::new());
        }
        *self.tally.features.entry("never tidy").or_default() += 1;
        None
    }

    /// Tidies a module with the proxy, and takes over the result.
    fn tidy_online(&mut self, case: &mut Case, dir: &str) -> bool {
        let root = self.write(case);
        let Tidied::As(pair, _) = tidy::run(&self.world.tidier.online, &root.join(dir)) else { return false };
        case.files.insert(joined(dir, "go.mod"), pair.go_mod);
        pair.go_sum.map(|text| case.files.insert(joined(dir, "go.sum"), text));
        true
    }

    /// The repository after two to five changes.
    pub(super) fn changed(&mut self, tidy: &Case) -> Case {
        let mut case = tidy.clone();
        let count = 2 + self.random.below(4);
        for _ in 0..20 {
            if case.story.len() > count {
                break;
            }
            self.edit(&mut case, |edit| edit.anything());
        }
        self.settle(&mut case, &tidy.files);
        case
    }

    fn edit(&mut self, case: &mut Case, change: impl FnOnce(&mut Edit<'_>) -> Option<String>) {
        let Universe { world, main, .. } = self.universe;
        let mut edit = Edit { world, main, files: &mut case.files, random: &mut self.random };
        case.story.extend(change(&mut edit));
    }

    /// Tidies the modules beside the main one that are new, or makes them simple, so that they leave nothing open.
    fn settle(&mut self, case: &mut Case, before: &Files) {
        let others = modules(&case.files).into_iter().filter(|dir| *dir != self.universe.main.dir);
        let new: Vec<String> = others.filter(|dir| !before.contains_key(&joined(dir, "go.mod"))).collect();
        if new.is_empty() || self.random.once_in(8) {
            return;
        }
        for dir in new {
            if self.tidy_online(case, &dir) {
                continue;
            }
            let below = format!("{dir}/");
            for (_, text) in case.files.iter_mut().filter(|(path, _)| path.starts_with(&below)) {
                let kept = text.lines().filter(|line| !line.contains("_ \"") && !line.contains("require "));
                *text = kept.map(|line| format!("{line}\n")).collect();
            }
        }
    }

    /// Compares the results of modwarden and the go command for a state.
    fn try_case(&mut self, case: &Case) {
        self.cases += 1;
        let dir = self.write(case);
        let mut tidied = BTreeMap::new();
        for module in modules(&case.files) {
            let done = self.tidied(case, &dir, &module);
            tidied.insert(module, done);
        }
        let fixed = self.fixed(case, &FactStore::none());
        for _ in 0..2 {
            if self.fixed(case, &self.store) != fixed {
                self.mismatch(case, "with what is kept of earlier runs it is something else");
            }
        }
        self.compare(case, &tidied, &fixed);
        if self.universe.seed.is_multiple_of(20) {
            self.run_program(case, &fixed);
        }
    }

    fn fixed(&self, case: &Case, store: &FactStore) -> Fixed {
        tidy::fixed(&case.files, &self.world.cache, store)
    }

    fn tidied(&mut self, case: &Case, root: &Path, dir: &str) -> Tidied {
        let tidier = &self.world.tidier;
        if dir == self.universe.main.dir {
            return tidier.tidied(&root.join(dir));
        }
        let below = format!("{dir}/");
        let files = case.files.iter().filter(|(path, _)| path.starts_with(&below));
        let files: Files = files.map(|(path, text)| (path.clone(), text.clone())).collect();
        self.known.entry(files).or_insert_with(|| tidier.tidied(&root.join(dir))).clone()
    }

    /// Compares the fixes with the go command's result for each module.
    pub(super) fn compare(&mut self, case: &Case, tidied: &BTreeMap<String, Tidied>, fixed: &Fixed) {
        let is_refused = tidied.values().any(Tidied::is_refused);
        let reaches_out = case.files.keys().any(|path| path.starts_with("../"));
        let may_be_silent = |dir: &str, done: &Tidied| {
            let others = tidied.iter().any(|(other, it)| other != dir && it.is_refused());
            others
                || reaches_out
                || done.is_fault()
                || (!pair(&case.files, dir).has_go_line() && matches!(done, Tidied::As(..)))
        };
        let mut is_excused = is_refused;
        for (dir, done) in tidied {
            let before = pair(&case.files, dir);
            let ours = fixed.pair(&before, dir);
            let may_be_silent = may_be_silent(dir, done);
            is_excused |= may_be_silent;
            let comparison = Comparison { before: &before, tidied: done, ours: &ours, may_be_silent };
            match comparison.judge() {
                // Many cases have the others in common.
                Ok(_) if *dir != self.universe.main.dir && !self.seen.insert(before.clone()) => {}
                Ok(kinds) => {
                    let mut features = features(&before);
                    features.extend(fate_of_toolchain(&before, done));
                    self.tally.add_module(done, &kinds, &features, may_be_silent);
                }
                Err(said) => self.mismatch(case, &format!("in {dir:?}: {said}")),
            }
        }
        if let Some(path) = fixed.others(tidied.keys()) {
            self.mismatch(case, &format!("{path} is changed too"));
        }
        let has_diff = tidied.values().any(|done| matches!(done, Tidied::As(_, Diff::Printed)));
        if !is_excused && fixed.has_errors != has_diff {
            let has = if fixed.has_errors { "an error" } else { "no error" };
            let prints = if has_diff { "something" } else { "nothing" };
            self.mismatch(case, &format!("modwarden has {has}, and go mod tidy -diff prints {prints}"));
        }
        self.compare_exit_codes(case, tidied, fixed);
        if (is_refused && fixed.is_judged) || (!is_excused && !fixed.is_judged) {
            let verdict = if fixed.is_judged { "all was decided" } else { "not all was decided" };
            let said = |(dir, done): (&String, &Tidied)| match done {
                Tidied::Refused(said) => format!("in {dir:?}: {said}\n"),
                Tidied::As(..) => format!("in {dir:?} it succeeds\n"),
            };
            let said: String = tidied.iter().map(said).collect();
            self.mismatch(case, &format!("modwarden says that {verdict}; the go command:\n{said}"));
        }
    }

    /// Whatever else: a run ends with 0 only where the go command has nothing to say, with and without a module cache.
    fn compare_exit_codes(&mut self, case: &Case, tidied: &BTreeMap<String, Tidied>, fixed: &Fixed) {
        if tidied.values().any(Tidied::is_fault) {
            return;
        }
        let is_tidy = tidied.values().all(|done| matches!(done, Tidied::As(_, Diff::Empty)));
        let without_cache = tidy::fixed_by(&case.files, None, &FactStore::none());
        for (run, evidence) in [(fixed, "with"), (&without_cache, "without")] {
            *self.tally.exit_codes.entry((evidence, run.exit_code())).or_default() += 1;
            if run.exit_code() == 0 && !is_tidy {
                self.mismatch(
                    case,
                    &format!("{evidence} a module cache modwarden ends with 0, and the go command would not"),
                );
            }
        }
    }

    fn mismatch(&mut self, case: &Case, said: &str) {
        let Universe { seed, published, .. } = self.universe;
        let mut text = format!("{said}\n\n{:#?}\n", case.story);
        for (path, content) in &case.files {
            let _ = write!(text, "-- {path} --\n{content}");
        }
        for module in published {
            let go_mod = module.files.get("go.mod").map_or("(no go.mod)\n", String::as_str);
            let _ = write!(text, "-- {}@{} --\n{go_mod}", module.path, module.version);
        }
        if std::env::var_os("KEEP").is_some() {
            let dir = self.world.case_dir(&format!("{seed}-{}", self.cases));
            Checkout { dir: dir.clone(), files: Files::new() }.write(&case.files);
            let _ = writeln!(text, "kept in {}", dir.display());
        }
        let summary = said.lines().next().unwrap_or_default().to_owned();
        self.mismatches.push(Mismatch { name: format!("universe {seed}, case {}", self.cases), summary, text });
    }

    /// The program prints the library's result, and ends accordingly.
    fn run_program(&mut self, case: &Case, fixed: &Fixed) {
        let repo = Repo::init();
        for (path, text) in &case.files {
            repo.write(path, text);
        }
        let done = tidy::patched(&repo, &self.world.root.join("cache"));
        for dir in modules(&case.files) {
            let before = pair(&case.files, &dir);
            if Pair::read(&repo.root().join(&dir)) != fixed.pair(&before, &dir) {
                self.mismatch(case, &format!("in {dir:?}: the program does something else than the library"));
            }
        }
        let expected = match () {
            () if !fixed.is_empty() => 1,
            () if fixed.is_judged => 0,
            () => 3,
        };
        if done.code != Some(expected) {
            self.mismatch(case, &format!("the program ends with {:?}: {}", done.code, done.text));
        }
        self.tally.programs += 1;
    }

    /// Writes a state to disk, and says where.
    pub(super) fn write(&mut self, case: &Case) -> PathBuf {
        self.checkout.write(&case.files);
        self.checkout.dir.clone()
    }
}

/// A state on disk; only the differences are written for the next.
struct Checkout {
    dir: PathBuf,
    files: Files,
}

impl Checkout {
    fn write(&mut self, files: &Files) {
        for path in self.files.keys().filter(|path| !files.contains_key(*path)) {
            let path = self.dir.join(path);
            fs::remove_file(&path).expect("the file is removed");
            // An empty directory is another thing than none.
            let mut above = path.ancestors().skip(1);
            while above.next().is_some_and(|dir| fs::remove_dir(dir).is_ok()) {}
        }
        for (path, text) in files.iter().filter(|(path, text)| self.files.get(*path) != Some(*text)) {
            let path = self.dir.join(path);
            fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
            fs::write(path, text).expect("the file is written");
        }
        fs::create_dir_all(&self.dir).expect("the directory is made");
        self.files.clone_from(files);
    }
}

impl Tally {
    fn add_module(
        &mut self,
        done: &Tidied,
        kinds: &BTreeSet<&'static str>,
        features: &BTreeSet<&'static str>,
        is_excused: bool,
    ) {
        self.count(kinds);
        match done {
            Tidied::Refused(_) => self.refused += 1,
            Tidied::As(..) => {
                self.succeeded += 1;
                self.excused += usize::from(is_excused);
                self.different += usize::from(!is_excused && tidy::is_finding(kinds));
                features.iter().for_each(|name| *self.features.entry(name).or_default() += 1);
            }
        }
    }
}

/// The directories with a go.mod in a repository.
pub(super) fn modules(files: &Files) -> Vec<String> {
    let below = |path: &String| path.strip_suffix("go.mod").map(|dir| dir.trim_end_matches('/').to_owned());
    files.keys().filter(|path| !path.starts_with("..")).filter_map(below).collect()
}

fn pair(files: &Files, dir: &str) -> Pair {
    let text = |name| files.get(&joined(dir, name)).cloned();
    Pair { go_mod: text("go.mod").expect("it is there"), go_sum: text("go.sum") }
}

/// Whether a `toolchain` line below the `go` line stays, which depends on whether the go command loads the module graph.
fn fate_of_toolchain(before: &Pair, done: &Tidied) -> Option<&'static str> {
    let Tidied::As(after, _) = done else { return None };
    let (old, new) = (before.tree(), after.tree());
    let stated = old.toolchain?.value;
    let version = GoVersion::of_toolchain(&stated)?;
    let is_below = version.is_at_least("1.21") && version < old.go?.value;
    let stays = new.toolchain.is_some_and(|line| line.value == stated);
    is_below.then_some(if stays { "toolchain below go stays" } else { "toolchain below go goes" })
}

/// The features of a module.
fn features(pair: &Pair) -> BTreeSet<&'static str> {
    let has = |start: &str| pair.go_mod.lines().any(|line| line.trim_start().starts_with(start));
    let go = pair.go_mod.lines().find_map(|line| line.strip_prefix("go ")).map_or(0, release);
    let words = ["tool ", "replace ", "exclude ", "ignore ", "toolchain "];
    let names = ["tool", "replace", "exclude", "ignore", "toolchain"];
    let lines = words.iter().zip(names).filter_map(|(word, name)| has(word).then_some(name));
    let ages = [
        (go == 0, "no go line"),
        ((1..16).contains(&go), "go < 1.16"),
        (go == 16, "go 1.16"),
        (go == 17, "go 1.17"),
        ((18..21).contains(&go), "go 1.18 to 1.20"),
        (go >= 21, "go >= 1.21"),
        (pair.go_sum.is_none(), "no go.sum"),
        (pair.go_mod.lines().any(|line| line.contains("//") && !line.ends_with("// indirect")), "comments"),
        (has("require ("), "blocks"),
    ];
    lines.chain(ages.into_iter().filter_map(|(is_so, name)| is_so.then_some(name))).collect()
}
