//! Vendor directories that do not fit their module files: the findings of `vendor-inconsistent` are the go command's,
//! message for message, on pairs that fit and are then changed on either side. `SEEDS=10..20` makes other trees.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod changed;
mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::date;
use modwarden::internals::finding::Finding;
use modwarden::internals::load::{FactStore, GoEnv, Input, ModFlag, Workspaces};
use modwarden::internals::pipeline::{Checked, PolicyChoice, Request, Tables, check};
use modwarden::internals::source::MemorySource;
use serde_json::Value;

use crate::support::go::{Go, go};
use crate::support::program;
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;
use crate::support::txtar;
use changed::change;
use made::{Files, Unit, within};

/// How many trees a seed makes.
const TREES: usize = 3_000;

/// How many lists the go command writes for each seed.
const VENDORED: usize = 24;

/// Every how many trees the program itself is asked.
const ASKED: usize = 100;

const POLICY: &str = "[severity]\nvendor-inconsistent = \"error\"\n";

/// The go command's messages, by words that nothing else has.
const KINDS: [&str; 11] = [
    "but not marked as explicit in vendor/modules.txt",
    "but vendor/modules.txt indicates",
    "is replaced in go.mod, but not marked as replaced",
    "/go.mod, but not marked as replaced",
    "is replaced in go.work, but not marked as replaced",
    "but marked as replaced by",
    "but not explicitly required in go.mod",
    "but not explicitly required in a go.mod",
    "but not replaced in go.mod",
    "but not replaced in the workspace",
    "vendored module should be required explicitly in go.mod",
];

/// A tree, and in which environment it is looked at.
struct Case {
    files: Files,
    /// The directories in which the go command is asked: each a module alone or a workspace.
    units: Vec<&'static str>,
    /// `GOFLAGS` and `GOWORK`.
    flags: &'static str,
    go_work: &'static str,
}

#[test]
fn the_list_is_held_against_the_module_files_as_the_go_command_does() {
    let Some(go) = go() else { return };
    let mut tally = Tally::default();
    for seed in seeds(0..1) {
        let pool = pool(&go, seed);
        let tallies: Vec<Tally> = std::thread::scope(|scope| {
            let work = |part: usize| {
                let (go, pool) = (&go, &pool);
                scope.spawn(move || Bench::new(go).compare(seed, part..TREES, pool))
            };
            let workers: Vec<_> = (0..2).map(work).collect();
            workers.into_iter().map(|worker| worker.join().expect("the worker ends")).collect()
        });
        tallies.into_iter().for_each(|part| tally.add(part));
    }
    tally.assert_is_broad();
}

#[test]
fn odd_lists_are_read_as_the_go_command_reads_them() {
    let Some(go) = go() else { return };
    let (mut bench, mut tally) = (Bench::new(&go), Tally::default());
    for text in ODD {
        let files = txtar::parse(text).into_iter();
        let files = files.map(|(name, text)| (name, text.replace("\\xff", "\u{1}").into_bytes()));
        let invalid = |text: Vec<u8>| text.into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
        let files = files.map(|(name, text)| (name, invalid(text))).collect();
        bench.compare_one(&Case { files, units: vec![""], flags: "", go_work: "" }, text, &mut tally);
    }
    assert_eq!(tally.all, ODD.len(), "{tally:#?}");
}

/// Trees for which modwarden once had another result, where `\xff` stands for that byte.
const ODD: [&str; 6] = [
    // White space that is not ASCII, before and after a word.
    "-- go.mod --\nmodule example.com/m\n\ngo 1.24\n\nrequire example.com/a v1.0.0\n\
     -- vendor/modules.txt --\n## \u{a0}workspace\u{b}\u{85}\n",
    // Names that are not UTF-8.
    "-- go.mod --\nmodule example.com/m\n\ngo 1.24\n\nrequire example.com/a v1.0.0\n\
     -- vendor/modules.txt --\n# example.com/a v1.0.0 => ./\\xff/a\n## \\xff; explicit\nexample.com/\\xff\nexample.com/a\n\
     # example.com/\\xff v1.0.0 => ./a\n## explicit\nexample.com/a/b\n",
    // Versions that are equal: only the first has packages.
    "-- go.mod --\nmodule example.com/m\n\ngo 1.24\n\nrequire example.com/a v1.0.0\n\
     -- vendor/modules.txt --\n# example.com/a v1.0.0\n## explicit\nexample.com/a\n\
     # example.com/a v1.0.0+b\n## explicit\nexample.com/a/b\n# example.com/a v1\n## explicit\nexample.com/a/c\n",
    // No version of these is higher than another.
    "-- go.mod --\nmodule example.com/m\n\ngo 1.16\n\
     -- vendor/modules.txt --\n# go v1.0.0\nexample.com/a\n# go v1.1.0\n## explicit\nexample.com/b\n\
     # toolchain v1.0.0\nexample.com/c\n# toolchain v1.1.0\n## explicit\nexample.com/d\n",
    // Modules that say the same in other words: the first is named.
    "-- go.work --\ngo 1.24\n\nuse ./m\nuse ./deep/n\n\
     -- m/go.mod --\nmodule example.com/m\n\nreplace example.com/a v1.0.0 => ../a\n\
     -- deep/n/go.mod --\nmodule example.com/n\n\nreplace example.com/a v1.0.0 => ../../a\n\
     -- vendor/modules.txt --\n## workspace\n",
    // Likewise where the first has a line for all versions.
    "-- go.work --\ngo 1.24\n\nuse ./deep/n\nuse ./m\n\
     -- m/go.mod --\nmodule example.com/m\n\nreplace example.com/a v1.0.0 => ../a\n\
     -- deep/n/go.mod --\nmodule example.com/n\n\nreplace example.com/a => ../../b\n\
     -- vendor/modules.txt --\n## workspace\n",
];

/// Trees whose lists the go command wrote.
fn pool(go: &Go, seed: u64) -> Vec<(&'static str, Files)> {
    let mut random = Random::new((seed << 32) ^ 0x9001);
    let unit = |at: usize, random: &mut Random| {
        let unit = if at.is_multiple_of(2) {
            Unit::alone("", random)
        } else {
            Unit::workspace(["", "ws"][at / 2 % 2], random)
        };
        (unit.dir(), unit.vendored_by(go, random))
    };
    (0..VENDORED).map(|at| unit(at, &mut random)).collect()
}

impl Case {
    /// A pair that fits, and up to four changes.
    fn new(random: &mut Random, pool: &[(&'static str, Files)]) -> Self {
        let mut case = Self::fitting(random, pool);
        let changes = if random.once_in(8) { 0 } else { 1 + random.below(4).min(random.below(4)) };
        for _ in 0..changes {
            let unit = random.pick(&case.units);
            change(&mut case.files, unit, random);
        }
        if case.has_directory("m") && case.work_leaves_out("m") {
            // The go command would build it only where no workspace counts.
            case.units.push("m");
        }
        case
    }

    fn fitting(random: &mut Random, pool: &[(&'static str, Files)]) -> Self {
        let flags = match random.below(16) {
            0 => random.pick(&["-mod=readonly", "-mod=mod"]),
            1..=4 => random.pick(&["-mod=vendor", "-tags=x --mod=vendor", "-mod=mod -mod=vendor"]),
            _ => "",
        };
        let mut case = Self { files: Files::new(), units: Vec::new(), flags, go_work: "" };
        match random.below(10) {
            0..=2 => {
                let (dir, files) = &pool[random.below(pool.len())];
                case.units.push(dir);
                case.files = files.clone();
            }
            3..=5 => case.add(&Unit::alone("", random).filled(random), random),
            6 => {
                case.add(&Unit::alone("", random).filled(random), random);
                case.add(&Unit::alone("tools/x", random).filled(random), random);
            }
            7 => case.add_members(random),
            _ => {
                let unit = Unit::workspace(random.pick(&["", "", "ws"]), random).filled(random);
                case.add(&unit, random);
            }
        }
        if case.units.contains(&"ws") {
            // There, the modules are not below the directory of their workspace, and are looked at alone as well.
            case.flags = "";
        }
        case
    }

    fn add(&mut self, unit: &Unit, random: &mut Random) {
        self.units.push(unit.dir());
        self.files.extend(unit.files(random));
        if unit.dir() == "" && random.once_in(3) && self.files.contains_key("go.work") {
            // No one looks at the list of a member.
            let list = b"# example.com/a v1.0.0 => ./forks/a\n## explicit\nexample.com/a\n".to_vec();
            self.files.insert("m/vendor/modules.txt".to_owned(), list);
        }
    }

    /// Modules that a `go.work` uses which does not count.
    fn add_members(&mut self, random: &mut Random) {
        self.go_work = "off";
        for dir in ["m", "n"] {
            self.add(&Unit::alone(dir, random).filled(random), random);
        }
        self.files.insert("go.work".to_owned(), b"go 1.24\n\nuse ./m\nuse ./n\n".to_vec());
        self.files.insert("vendor/modules.txt".to_owned(), b"## workspace\n# example.com/a v1.0.0 => ./x\n".to_vec());
    }

    /// Which unit a file belongs to.
    fn unit_of(&self, file: &str) -> &'static str {
        let holds = |unit: &&&'static str| file.starts_with(&within(unit, ""));
        // A workspace has modules beside its directory too.
        self.units.iter().filter(holds).max_by_key(|unit| unit.len()).unwrap_or(&self.units[0])
    }

    /// Whether there is a `go.work` that does not use the module in this directory.
    fn work_leaves_out(&self, dir: &str) -> bool {
        let uses =
            |text: &Vec<u8>| String::from_utf8_lossy(text).split_whitespace().any(|word| word == format!("./{dir}"));
        self.files.contains_key(&within(dir, "go.mod")) && self.files.get("go.work").is_some_and(|text| !uses(text))
    }

    fn has_directory(&self, unit: &str) -> bool {
        self.files.keys().any(|name| name.starts_with(&within(unit, "vendor/")))
    }

    fn show(&self) -> String {
        let file =
            |(name, text): (&String, &Vec<u8>)| format!("-- {name} --\n{}\n", text.escape_ascii()).replace("\\n", "\n");
        let files: String = self.files.iter().map(file).collect();
        format!("GOFLAGS={:?} GOWORK={:?} in {:?}\n{files}", self.flags, self.go_work, self.units)
    }

    /// Modwarden's findings in memory.
    fn findings(&self) -> Checked {
        let mut files: Vec<(&str, &[u8])> =
            self.files.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
        files.push(("modwarden.toml", POLICY.as_bytes()));
        let source = MemorySource::new(files);
        let store = FactStore::none();
        let mod_flag = match self.flags {
            "" => ModFlag::Unset,
            flags if flags.ends_with("-mod=vendor") => ModFlag::Vendor,
            _ => ModFlag::Other,
        };
        let workspaces = if self.go_work == "off" { Workspaces::Off } else { Workspaces::Nearest };
        let request = Request {
            input: Input { source: &source, store: &store, env: &GoEnv { workspaces, mod_flag, ..GoEnv::default() } },
            policy: PolicyChoice::of(&source),
            cache: None,
            lines: None,
            paths: &[],
            tables: Tables::None,
            today: date(2026, 11, 21),
        };
        check(&request).expect("a tree in memory can be listed")
    }
}

/// A directory in which one tree after the other is laid out.
struct Bench<'g> {
    go: &'g Go,
    repo: Repo,
    files: Files,
}

impl<'g> Bench<'g> {
    fn new(go: &'g Go) -> Self {
        let repo = Repo::init();
        repo.write("modwarden.toml", POLICY);
        Self { go, repo, files: Files::new() }
    }

    /// Makes every second of these trees, and compares.
    fn compare(mut self, seed: u64, trees: Range<usize>, pool: &[(&'static str, Files)]) -> Tally {
        let mut tally = Tally::default();
        for tree in trees.step_by(2) {
            let case = Case::new(&mut Random::new((seed << 32) + tree as u64), pool);
            self.compare_one(&case, &format!("seed {seed}, tree {tree}"), &mut tally);
        }
        tally
    }

    /// Compares both results for a tree, and now and then the program's.
    fn compare_one(&mut self, case: &Case, name: &str, tally: &mut Tally) {
        self.lay_out(&case.files);
        let mut ours = by_unit(case, &case.findings());
        let mut said_by_go = Vec::new();
        let mut all_count = true;
        for unit in &case.units {
            let found = ours.remove(unit).unwrap_or_default();
            let complaints = self.complaints(unit, case, tally);
            // `-mod=vendor` demands a directory, but there is none that could be wrong.
            let is_there = case.has_directory(unit);
            let Some(expected) = complaints.filter(|_| is_there || !found.is_empty()) else {
                all_count = false;
                continue;
            };
            assert!(is_there, "{name}, in `{unit}`\n{}{found:#?}", case.show());
            assert_eq!(found, expected, "{name}, in `{unit}`\n{}", case.show());
            tally.count(&expected, case);
            said_by_go.extend(expected);
        }
        if all_count && tally.all >= tally.asked * ASKED {
            said_by_go.sort();
            assert_eq!(self.said_by_program(case), said_by_go, "{name}\n{}", case.show());
            tally.asked += 1;
        }
    }

    /// Writes the missing files, and removes the rest.
    fn lay_out(&mut self, files: &Files) {
        let root = self.repo.root();
        for name in self.files.keys().filter(|name| !files.contains_key(*name)) {
            fs::remove_file(root.join(name)).expect("the file is removed");
            // A vendor directory counts even if it is empty.
            let _ = fs::remove_dir(root.join(name).parent().expect("a file has a directory"));
        }
        made::write(root, files.iter().filter(|(name, text)| self.files.get(*name) != Some(text)));
        self.files = files.clone();
    }

    /// The go command's complaints, sorted; `None` where it does not get to look at the list.
    fn complaints(&self, unit: &str, case: &Case, tally: &mut Tally) -> Option<Vec<String>> {
        let go_work = if unit == "m" && case.work_leaves_out(unit) { "off" } else { case.go_work };
        let go = self.go.clone().with_env("GOFLAGS", case.flags).with_env("GOWORK", go_work);
        let output = go.command(&self.dir(unit), &["list", "-m"]);
        let text = String::from_utf8_lossy(&output.stderr);
        if let Some((_, rest)) = text.split_once("go: inconsistent vendoring in ") {
            let (_, rest) = rest.split_once(":\n\t").expect("a list of complaints");
            let (list, _) = rest.split_once("\n\n\tTo ignore the vendor directory").expect("the list ends");
            let mut list: Vec<String> = list.split("\n\t").map(str::to_owned).collect();
            list.sort();
            return Some(list);
        }
        let mut missing: Vec<String> = text.lines().filter_map(missing_requirement).collect();
        missing.sort();
        // This is said only afterwards.
        if missing.is_empty() && !output.status.success() && !text.contains("go: updates to go.mod needed") {
            tally.refuse(&text);
            return None;
        }
        Some(missing)
    }

    fn dir(&self, unit: &str) -> PathBuf {
        self.repo.root().join(unit)
    }

    /// The program's findings for the tree on disk.
    fn said_by_program(&self, case: &Case) -> Vec<String> {
        let mut command = self.repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.env("GOFLAGS", case.flags).env("GOWORK", case.go_work);
        command.args(["check", "--format", "json"]).arg(self.repo.root());
        let outcome = program::run(command);
        let start = outcome.text.find('{').unwrap_or_default();
        let document: Value = serde_json::from_str(&outcome.text[start..]).expect(&outcome.text);
        let findings = document["findings"].as_array().expect("a list of findings");
        let ours = findings.iter().filter(|finding| finding["rule"] == "vendor-inconsistent");
        let mut said: Vec<String> =
            ours.map(|finding| finding["message"].as_str().expect("a message").to_owned()).collect();
        said.retain(|message| !is_of_ours(message));
        said.sort();
        said
    }
}

/// `M@V: …` of the line in which the go command misses a requirement.
fn missing_requirement(line: &str) -> Option<String> {
    let module = line.strip_prefix("go: vendored module ")?.strip_suffix(" should be required explicitly in go.mod")?;
    Some(format!("{module}: vendored module should be required explicitly in go.mod"))
}

/// Whether a message is about a package below the wrong module, of which the go command does not complain.
fn is_of_ours(message: &str) -> bool {
    message.ends_with("below it, which cannot be its package")
}

/// The messages of each unit, sorted.
fn by_unit(case: &Case, checked: &Checked) -> BTreeMap<&'static str, Vec<String>> {
    let mut messages: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for finding in checked.run.findings.iter().filter(|finding| finding.rule.id == "vendor-inconsistent") {
        if is_of_ours(&finding.message) {
            continue;
        }
        let file = file_of(finding, checked, case);
        messages.entry(case.unit_of(&file)).or_default().push(finding.message.clone());
    }
    messages.values_mut().for_each(|messages| messages.sort());
    messages
}

/// The file of a finding, which is at a line that names its module.
fn file_of(finding: &Finding, checked: &Checked, case: &Case) -> String {
    let file = checked.files.get(finding.primary.file);
    let name = file.path().to_string();
    let is_known = ["go.mod", "go.work", "vendor/modules.txt"].iter().any(|known| name.ends_with(known));
    let line = file.lines().bytes(finding.primary.span.start).line;
    let mut lines = (1..).zip(case.files[&name].split(|byte| *byte == b'\n'));
    let (_, text) = lines.find(|(number, _)| *number == line).expect("the line is there");
    let (module, _) = finding.message.split_once(": ").expect("a message names its module");
    let (path, _) = module.rsplit_once('@').unwrap_or((module, ""));
    let names = String::from_utf8_lossy(text).contains(path);
    assert!(is_known && names, "{name}:{line} is not about {}\n{}", finding.message, case.show());
    name
}

/// The number of cases of each kind.
#[derive(Debug, Default)]
struct Tally {
    /// Those that count.
    all: usize,
    /// Those without a complaint though the go command looks at the list.
    fitting: usize,
    /// Those with more than one.
    several: usize,
    /// Those that the program itself was asked of.
    asked: usize,
    kinds: BTreeMap<&'static str, usize>,
    /// Why the go command did not look at the list.
    refused: BTreeMap<String, usize>,
}

impl Tally {
    fn count(&mut self, complaints: &[String], case: &Case) {
        self.all += 1;
        self.fitting += usize::from(complaints.is_empty() && case.flags.ends_with("-mod=vendor"));
        self.several += usize::from(complaints.len() > 1);
        let kinds: BTreeSet<&'static str> = complaints
            .iter()
            .map(|complaint| {
                let kind = KINDS.iter().find(|kind| complaint.contains(*kind));
                kind.copied().expect(complaint)
            })
            .collect();
        kinds.into_iter().for_each(|kind| *self.kinds.entry(kind).or_default() += 1);
    }

    fn refuse(&mut self, text: &str) {
        let words: String = text.split_whitespace().take(6).collect::<Vec<_>>().join(" ");
        *self.refused.entry(words).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.fitting += other.fitting;
        self.several += other.several;
        self.asked += other.asked;
        other.kinds.into_iter().for_each(|(kind, count)| *self.kinds.entry(kind).or_default() += count);
        other.refused.into_iter().for_each(|(words, count)| *self.refused.entry(words).or_default() += count);
    }

    fn assert_is_broad(&self) {
        assert!(self.all >= 1_000 && self.fitting > 50 && self.several > 200 && self.asked >= 24, "{self:#?}");
        for kind in KINDS {
            assert!(self.kinds.get(kind).is_some_and(|count| *count >= 15), "{kind}: {self:#?}");
        }
    }
}
