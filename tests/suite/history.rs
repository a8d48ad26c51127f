//! The past in one pass, compared with a plain reference that checks every commit from scratch.

#![cfg(unix)]

mod contents;
mod descent;
mod hostile;
mod made;
mod reference;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use modwarden::internals::finding::{Finding, Identity, Verdict};
use modwarden::internals::history::Progress;
use modwarden::internals::load::FactStore;
use modwarden::internals::pipeline::{
    HistoryRequest, Judges, add_each_commit, add_since, check, compare, inspect_history,
};
use modwarden::internals::report::facts::{CommitRecord, LifeRecord};
use modwarden::internals::source::{Environment, MemorySource, ModuleCache, Parents, Repository};
use modwarden::internals::text::{CommitId, RepoPath};
use serde_json::Value;

use self::reference::{Introduced, Judge, Lives, Policy, Reference, life};
use crate::support::corpus::{list, modwarden, text};
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;

/// How many histories a run of the suite makes. `SEEDS=1000..2000` makes others.
const HISTORIES: u64 = 24;

#[test]
fn one_pass_says_what_every_commit_judged_alone_says() {
    let fails = |seed: &u64| std::panic::catch_unwind(|| Case::new(*seed).hold()).is_err();
    let failed: Vec<u64> = seeds(0..HISTORIES).filter(fails).collect();
    assert!(failed.is_empty(), "failing seeds: {failed:?}");
}

#[test]
fn the_program_says_the_same_with_and_without_what_was_kept() {
    for seed in [0, 1, 4] {
        Case::plain(seed).hold_program();
    }
}

#[test]
fn a_walk_from_an_earlier_result_finds_the_same_as_a_whole_walk() {
    let mut lengths = Vec::new();
    for seed in [29, 1, 2, 3, 8] {
        let mut random = Random::new(seed);
        let (repo, _) = made::history(&mut random, if seed > 3 { 900 } else { 300 });
        let policy = if seed == 8 { contents::STATES.to_owned() } else { contents::policy(&mut random) };
        repo.write("../policy.toml", policy);
        let line = repo.git(&["rev-list", "--first-parent", "--reverse", "HEAD"]);
        let line: Vec<&str> = line.lines().collect();
        let walked = |tip: &str, args: &[&str]| -> (Vec<Value>, u64) {
            let mut command = modwarden(repo.root(), &["inspect", "history", "--no-module-cache"]);
            command.args(["--policy", "../policy.toml", "--rev", tip]).args(args);
            let output = command.output().expect("it starts");
            let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
            let mut records: Vec<Value> =
                lines.map(|line| serde_json::from_slice(line).expect("each line is JSON")).collect();
            let mut seen = 0;
            for name in ["blobs_read", "blobs_known"] {
                let summary = records.last_mut().expect("there is a summary");
                seen += summary[name].take().as_u64().expect("a number");
            }
            (records, seen)
        };
        // From the middle on, with few new commits and with many, backwards too, and twice from the same.
        for place in [50, 52, 99, 99, 20, 75, 100, 100] {
            let tip = line[(line.len() - 1) * place / 100];
            let (expected, _) = walked(tip, &["--no-cache"]);
            let (found, _) = walked(tip, &["--cache-dir", "../store"]);
            assert_eq!(found, expected, "seed {seed}, {place} % of {} commits", line.len());
        }
        let (_, seen) = walked(line[line.len() - 1], &["--cache-dir", "../other"]);
        let (_, again) = walked(line[line.len() - 1], &["--cache-dir", "../other"]);
        assert!(seen > 0 && again == 0, "seed {seed}: nothing was kept: {seen}, {again}");
        lengths.push(line.len());
    }
    assert!(lengths.iter().any(|length| *length > 2 * 64), "too few commits: {lengths:?}");
}

#[test]
fn a_chain_of_imports_has_a_past_where_nothing_else_is_found() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("cart/cart.go", "package cart\n");
    repo.write("app/app.go", "package app\n\nimport _ \"example.com/shop/cart\"\n");
    let policy =
        "[[import-denied]]\nname = \"safe\"\nfrom = [\"./app\"]\ndeny = [\"unsafe\"]\nreach = \"transitive\"\n";
    repo.write("modwarden.toml", policy).commit("before");
    repo.write("cart/cart.go", "package cart\n\nimport _ \"unsafe\"\n");
    let commit = repo.commit("the import");
    repo.write("README.md", "A shop.\n").commit("later");
    let output = modwarden(repo.root(), &["check", "--since", "--format", "json"]).output().expect("it starts");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let findings = list(&report["findings"]);
    assert_eq!(findings.len(), 1, "{report}");
    assert_eq!(text(&findings[0]["since"]["commit"]), commit.trim());
}

/// Nobody waits.
struct Silence;

impl Progress for Silence {
    fn commits(&self, _: usize, _: usize) {}
}

/// A made history, and the facts about it.
struct Case {
    seed: u64,
    repo: Repo,
    judge: Judge,
    reference: Reference,
    random: Random,
}

impl Case {
    fn new(seed: u64) -> Self {
        Self::judged(seed, |repo, judge, random| {
            judge.cache = random.once_in(3).then(|| module_cache(repo));
            judge.paths = if random.once_in(5) { ["a", "sub/go.mod"].map(RepoPath::from).to_vec() } else { Vec::new() };
            match seed % 4 {
                2 => judge.policy = Policy::Newest(judge.state("HEAD")),
                3 => judge.policy = Policy::Own,
                _ => {}
            }
        })
    }

    /// One that is judged as the program does by itself, by a policy that is given.
    fn plain(seed: u64) -> Self {
        Self::judged(seed, |_, _, _| {})
    }

    fn judged(seed: u64, adjust: impl FnOnce(&Repo, &mut Judge, &mut Random)) -> Self {
        let mut random = Random::new(seed);
        let count = 15 + random.below(45);
        let (repo, ids) = made::history(&mut random, count);
        if seed % 3 == 2 {
            made::rewrite(&repo, &ids, &mut random);
        }
        let text = contents::policy(&mut random);
        repo.write("../policy.toml", &text);
        let mut judge = Judge {
            repository: Repository::discover(repo.root(), &Environment::default()).expect("the repository is sound"),
            policy: Policy::Given(MemorySource::new([("modwarden.toml", text)])),
            cache: None,
            paths: Vec::new(),
            store: FactStore::none(),
        };
        adjust(&repo, &mut judge, &mut random);
        let reference = Reference::new(&repo, &judge);
        Self { seed, repo, judge, reference, random }
    }

    fn judges(&self) -> Judges {
        if matches!(self.judge.policy, Policy::Own) { Judges::Each } else { Judges::Today }
    }

    /// Asks the program everything, and compares.
    fn hold(mut self) {
        for (parents, introduced) in [(Parents::First, Introduced::Landed), (Parents::All, Introduced::Anywhere)] {
            self.hold_history(parents, introduced);
            self.hold_since(parents, introduced);
        }
        let ranges = if matches!(self.judge.policy, Policy::Given(_)) { 12 } else { 0 };
        for _ in 0..ranges {
            let head = self.random.below(self.reference.0.len());
            let mut below: Vec<usize> = self.reference.reached(head).into_iter().collect();
            below.sort_unstable();
            let base = below[self.random.below(below.len())];
            self.hold_range(base, head);
        }
    }

    fn id(&self, at: usize) -> CommitId {
        self.judge.repository.commit(&self.reference.0[at].id).expect("the commit is there")
    }

    fn hold_history(&self, parents: Parents, introduced: Introduced) {
        let tip = &self.reference.0[self.reference.tip()].id;
        let state = self.judge.state(tip);
        let mut past = self.judge.with(state.as_ref(), |request| {
            let request = HistoryRequest {
                check: *request,
                repository: &self.judge.repository,
                judges: self.judges(),
                progress: &Silence,
            };
            let past = inspect_history(&request, self.id(self.reference.tip()), parents);
            past.expect("the history can be walked")
        });
        let Ok(past) = &mut past else {
            return assert!(self.reference.0[self.reference.tip()].is_mistaken, "the policy, with seed {}", self.seed);
        };
        let lives: Lives = past.lives().expect("commits can be read").iter().map(shown).collect();
        let expected = self.reference.lives(introduced);
        let only = |one: &Lives, other: &Lives| one.difference(other).cloned().collect::<Vec<_>>();
        self.assert_eq("lives", parents, &only(&lives, &expected), &only(&expected, &lives));
        let points = past.points().expect("commits can be read").into_iter();
        let series: Vec<_> = points
            .map(|it| (it.commit, [it.modules, it.packages, it.files, it.imports, it.requirements, it.findings]))
            .collect();
        self.assert_eq("series", parents, &series, &self.reference.series());
        if parents == Parents::All {
            let is_whole = self.reference.0.iter().all(|commit| commit.is_whole);
            self.assert_eq("whether all was seen", parents, &past.sight().is_none(), &is_whole);
        }
    }

    fn hold_since(&self, parents: Parents, introduced: Introduced) {
        let tip = self.reference.tip();
        let state = self.judge.state(&self.reference.0[tip].id);
        let checked = self.judge.with(state.as_ref(), |request| {
            let mut checked = check(request).expect("the commit can be listed");
            if checked.run.verdict == Verdict::Invalid {
                return checked;
            }
            let request = HistoryRequest {
                check: *request,
                repository: &self.judge.repository,
                judges: self.judges(),
                progress: &Silence,
            };
            add_since(&request, &mut checked, (self.id(tip), parents)).expect("the history can be walked");
            checked
        });
        let dated = checked.run.findings.iter().filter_map(|it| Some((it.identity.to_string(), it.since.as_ref()?)));
        let since: BTreeSet<_> = dated.map(|(it, since)| (it, since.commit.to_string())).collect();
        self.assert_eq("since", parents, &since, &self.reference.since(introduced));
    }

    fn hold_range(&self, base: usize, head: usize) {
        let bases = [self.judge.state(&self.reference.0[base].id)];
        let state = self.judge.state(&self.reference.0[head].id);
        let place = (&self.reference.0[base].id, &self.reference.0[head].id);
        let [checked, each] = self.judge.with(state.as_ref(), |request| {
            let compare = || compare(request, &bases).expect("both commits can be listed");
            let (plain, mut each) = (compare(), compare());
            let request = HistoryRequest {
                check: *request,
                repository: &self.judge.repository,
                judges: self.judges(),
                progress: &Silence,
            };
            add_each_commit(&request, &mut each, (self.id(head), &[self.id(base)])).expect("the range can be walked");
            [plain, each]
        });
        let (before, after) = (&self.reference.0[base].findings, &self.reference.0[head].findings);
        // An entry that lost its scope is found by comparing alone.
        let is_lost = |finding: &Finding| finding.identity.subject().ends_with("[scope]");
        let (lost, found): (Vec<Finding>, Vec<Finding>) = checked.run.findings.iter().cloned().partition(is_lost);
        self.assert_eq("new", place, &counted(&found), &beyond(after, before));
        let total = |counts: &BTreeMap<Identity, u32>| counts.values().map(|&count| count as usize).sum::<usize>();
        let fixed = total(&beyond(before, after));
        let new = total(&beyond(after, before));
        let comparison = checked.run.comparison.as_ref().expect("two states were compared");
        // A finding that a rule can no longer decide is not fixed.
        let fixed = if checked.run.undecided.is_empty() { fixed } else { fixed.min(comparison.fixed) };
        let summary = (comparison.new, comparison.fixed, comparison.unchanged);
        self.assert_eq("summary", place, &summary, &(new + lost.len(), fixed, total(after) - new));
        let mut introduced: Vec<(String, String)> =
            each.run.findings.iter().filter(|it| !is_lost(it)).map(introducer).collect();
        introduced.sort();
        self.assert_eq("introduced", place, &introduced, &self.reference.introduced(base, head));
    }

    /// Asks the built program the same, twice: its stored facts make no difference.
    fn hold_program(&self) {
        let (base, head) = (self.reference.line()[0], self.reference.tip());
        let range = format!("{}..{}", self.reference.0[base].id, self.reference.0[head].id);
        for _ in 0..2 {
            let new = self.told(&["check", "--format", "json", "--rev", "HEAD", "--since", "--all-commits"]);
            let since: BTreeSet<_> = told_findings(&new[0], "since").collect();
            self.assert_eq("since", "HEAD", &since, &self.reference.since(Introduced::Anywhere));
            let each = self.told(&["check", "--format", "json", "--range", &range, "--each-commit"]);
            let introduced: BTreeSet<_> =
                told_findings(&each[0], "introduced_by").map(|(it, by)| (by, first_of_equal(&it))).collect();
            let expected: BTreeSet<_> = self.reference.introduced(base, head).into_iter().collect();
            self.assert_eq("introduced", &range, &introduced, &expected);
            for (parents, introduced) in [(None, Introduced::Landed), (Some("--all-commits"), Introduced::Anywhere)] {
                let args: Vec<&str> = ["inspect", "history"].into_iter().chain(parents).collect();
                let lives: Lives = self.told(&args).iter().filter(|it| it["what"].is_object()).map(told_life).collect();
                self.assert_eq("lives", &args, &lives, &self.reference.lives(introduced));
            }
        }
    }

    fn told(&self, args: &[&str]) -> Vec<Value> {
        let mut command = modwarden(self.repo.root(), args);
        let output = command.args(["--no-module-cache", "--policy", "../policy.toml"]).output().expect("it starts");
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).expect("each line is JSON")).collect()
    }

    #[track_caller]
    fn assert_eq<T: std::fmt::Debug + PartialEq>(&self, what: &str, place: impl std::fmt::Debug, is: &T, should: &T) {
        assert_eq!(is, should, "{what} {place:?} with seed {}", self.seed);
    }
}

fn introducer(finding: &Finding) -> (String, String) {
    let by = finding.introduced_by.as_ref().expect("every finding names the commit");
    (by.commit.to_string(), finding.identity.clone().nth(1).to_string())
}

fn counted(findings: &[Finding]) -> BTreeMap<Identity, u32> {
    let mut counts = BTreeMap::new();
    findings.iter().for_each(|it| *counts.entry(it.identity.clone().nth(1)).or_default() += 1);
    counts
}

/// The facts that one has more often than the other.
fn beyond(one: &BTreeMap<Identity, u32>, other: &BTreeMap<Identity, u32>) -> BTreeMap<Identity, u32> {
    let more = |(it, count): (&Identity, &u32)| {
        let more = count.saturating_sub(other.get(it).copied().unwrap_or(0));
        (more > 0).then(|| (it.clone(), more))
    };
    one.iter().filter_map(more).collect()
}

fn shown(record: &LifeRecord) -> String {
    let id = |commit: &CommitRecord| commit.commit.clone();
    let introduced = record.introduced_by.as_ref().map(id);
    let ended = record.last.as_ref().map(id).zip(record.ended_by.as_ref().map(id));
    let what = format!("{} {:?}", record.record, record.what);
    let ended = ended.as_ref().map(|(last, by)| (last.as_str(), by.as_str()));
    life(&what, &id(&record.first), introduced.as_deref(), ended)
}

/// The findings of a report that name a commit, which.
fn told_findings<'r>(report: &'r Value, name: &'r str) -> impl Iterator<Item = (String, String)> + 'r {
    let findings = list(&report["findings"]).iter().filter(move |it| it[name].is_object());
    findings.map(move |it| (text(&it["identity"]).to_owned(), text(&it[name]["commit"]).to_owned()))
}

/// An identity without which of equal ones it is.
fn first_of_equal(identity: &str) -> String {
    identity.split_once(" #").map_or(identity, |(first, _)| first).to_owned()
}

fn told_life(record: &Value) -> String {
    let parts = record["what"].as_object().expect("it has parts");
    let parts: BTreeMap<&str, &str> = parts.iter().map(|(name, part)| (name.as_str(), text(part))).collect();
    let what = format!("{} {parts:?}", text(&record["record"]));
    let id = |name: &str| record[name]["commit"].as_str();
    life(&what, id("first").expect("it began"), id("introduced_by"), id("last").zip(id("ended_by")))
}

/// A module cache with some of the requirements of made commits.
fn module_cache(repo: &Repo) -> ModuleCache {
    for path in
        ["dep@v1.1.0/p/x.go", "dep@v1.2.0/x.go", "dep/p@v1.1.0/q/x.go", "fork@v1.0.0/x.go", "m/sub@v0.1.0/p/x.go"]
    {
        repo.write(format!("../cache/example.com/{path}"), "package p\n");
    }
    ModuleCache::open(repo.beside("cache"))
}
