//! Checksums that contradict each other, in made-up lists: in one state, in two, along a branch, and in the module
//! cache.

#![expect(clippy::panic, reason = "a helper that fails fails its test")]
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use modwarden::internals::source::{ContentHash, hash1};
use serde_json::Value;

use crate::support::judge;
use crate::support::program::{Outcome, check, run};
use crate::support::random::Random;
use crate::support::repo::Repo;

const POLICY: &str = "[severity]\nchecksum-conflict = \"error\"\n";

/// The lists that a made-up repository may have, and whether modwarden reads each.
const LISTS: [(&str, bool); 6] = [
    ("go.sum", true),
    ("go.work.sum", true),
    ("a/go.sum", true),
    ("b/c/go.sum", true),
    ("testdata/go.sum", false),
    ("_x/go.sum", false),
];

/// The lines of each list.
type Lists = BTreeMap<&'static str, Vec<String>>;

/// The checksums in the lists that are read, by their subjects.
fn stated(lists: &Lists) -> BTreeMap<String, BTreeSet<String>> {
    let mut stated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, lines) in lists.iter().filter(|(path, _)| LISTS.contains(&(**path, true))) {
        for line in lines {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [module, version, hash] = fields[..] else { panic!("{path}: {line}") };
            if hash.starts_with("h1:") && !hash.starts_with("h1:G7mAYYxg") {
                stated.entry(format!("{module} {version}")).or_default().insert(hash.to_owned());
            }
        }
    }
    stated
}

/// How often each conflict is to be found, by its identity.
type Conflicts = BTreeMap<String, usize>;

fn subject(key: &str, kind: &str) -> String {
    format!("checksum-conflict: {key} [{kind}]")
}

/// The conflicts of one state.
fn in_state(lists: &Lists) -> Conflicts {
    let stated = stated(lists).into_iter().filter(|(_, hashes)| hashes.len() > 1);
    stated.map(|(key, hashes)| (subject(&key, "two checksums"), hashes.len() - 1)).collect()
}

/// The conflicts that a state adds to one before.
fn since(before: &Lists, after: &Lists) -> Conflicts {
    let old = in_state(before);
    let mut new = in_state(after);
    new.iter_mut().for_each(|(key, count)| *count = count.saturating_sub(old.get(key).copied().unwrap_or_default()));
    let known = stated(before);
    for (key, hashes) in stated(after) {
        let count = known.get(&key).map_or(0, |known| hashes.difference(known).count());
        new.insert(subject(&key, "changed"), count);
    }
    new.retain(|_, count| *count > 0);
    new
}

/// Lists with few modules, so that they meet.
fn lists(random: &mut Random) -> Lists {
    let mut lists = Lists::new();
    for (path, _) in LISTS {
        for _ in 0..random.below(5) {
            let line = line(random);
            lists.entry(path).or_default().push(line);
        }
    }
    lists
}

fn line(random: &mut Random) -> String {
    let module = random.pick(&["example.com/a", "example.com/A", "example.com/a/v2"]);
    let version = random.pick(&["v1.0.0", "v1.0.0/go.mod", "v1.0.1", "v1.0.0-rc.1"]);
    let space = random.pick(&[" ", "\t", "  "]);
    let hash = match random.below(12) {
        0 => "h2:1111111111111111111111111111111111111111111=".to_owned(),
        1 => "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=".to_owned(),
        2 => format!("h1:{}=", "2".repeat(43)),
        3 => format!("h1:{}=", "3".repeat(43)),
        _ => format!("h1:{}=", "1".repeat(43)),
    };
    format!("{module}{space}{version} {hash}")
}

/// The files of a state, below a directory.
fn files(lists: &Lists, below: &str) -> Vec<(String, String)> {
    let mut files = vec![
        (format!("{below}modwarden.toml"), POLICY.to_owned()),
        (format!("{below}go.mod"), "module example.com/shop\n\ngo 1.24\n".to_owned()),
        (format!("{below}a/go.mod"), "module example.com/shop/a\n\ngo 1.24\n".to_owned()),
        (format!("{below}go.work"), "go 1.24\n\nuse (\n\t.\n\t./a\n)\n".to_owned()),
    ];
    files.extend(lists.iter().map(|(path, lines)| (format!("{below}{path}"), lines.join("\n"))));
    files
}

fn found(files: &[(String, String)]) -> Conflicts {
    let mut found = Conflicts::new();
    for finding in judge::check(files).run.findings {
        *found.entry(finding.identity.nth(1).to_string()).or_default() += 1;
    }
    found
}

#[test]
fn made_up_lists_conflict_exactly_where_they_state_two_checksums() {
    let mut broad = 0;
    for seed in 0..400 {
        let random = &mut Random::new(seed);
        let (before, after) = (lists(random), lists(random));
        let expected = in_state(&after);
        assert_eq!(found(&files(&after, "")), expected, "seed {seed}: {after:#?}");
        let expected = since(&before, &after);
        broad += usize::from(expected.len() > 1);
        let both = [files(&before, "before/"), files(&after, "")].concat();
        assert_eq!(found(&both), expected, "seed {seed}: {before:#?}\n{after:#?}");
    }
    assert!(broad > 50, "{broad}");
}

fn write(repo: &Repo, lists: &Lists) {
    for (path, _) in LISTS {
        let _ = fs::remove_file(repo.root().join(path));
    }
    for (path, text) in files(lists, "") {
        repo.write(path, text);
    }
}

/// The identities that a run over a range found.
fn identities(outcome: &Outcome) -> BTreeSet<String> {
    let end = outcome.text.rfind('}').unwrap_or_else(|| panic!("{}", outcome.text));
    let report: Value = serde_json::from_str(&outcome.text[..=end]).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let identity = |finding: &Value| {
        let identity = finding["identity"].as_str().unwrap();
        identity.rsplit_once(']').unwrap().0.to_owned() + "]"
    };
    findings.iter().map(identity).collect()
}

#[test]
fn along_a_branch_a_checksum_conflicts_with_all_that_came_before() {
    for seed in 0..12 {
        let random = &mut Random::new(seed ^ 0x5EED);
        let repo = Repo::init();
        let states: Vec<Lists> = (0..4).map(|_| lists(random)).collect();
        for lists in &states {
            write(&repo, lists);
            repo.commit("state");
        }
        // A checksum that was stated once counts, also if it was removed in between.
        let mut known: BTreeMap<String, BTreeSet<String>> = stated(&states[0]);
        let mut expected = BTreeSet::new();
        for pair in states.windows(2) {
            for (key, hashes) in stated(&pair[1]) {
                let before = known.entry(key.clone()).or_default();
                if !before.is_empty() && hashes.iter().any(|hash| !before.contains(hash)) {
                    expected.insert(subject(&key, "changed"));
                }
                before.extend(hashes);
            }
            let new = since(&pair[0], &pair[1]).into_keys().filter(|subject| subject.ends_with("[two checksums]"));
            expected.extend(new);
        }
        let args = ["--range", "HEAD~3..HEAD", "--each-commit", "--format", "json", "--no-module-cache"];
        let outcome = check(&repo, &args);
        assert_eq!(identities(&outcome), expected, "seed {seed}: {states:#?}\n{}", outcome.text);
    }
}

#[test]
fn a_checksum_that_comes_back_changed_is_found_by_each_commit_and_between_both_ends() {
    let repo = Repo::init();
    let line = |digit: &str| format!("example.com/pay v1.2.0 h1:{}=\n", digit.repeat(43));
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("modwarden.toml", POLICY);
    repo.write("go.sum", line("1")).commit("first");
    repo.write("go.sum", "").commit("removed");
    repo.write("go.sum", line("2")).commit("back");
    let args = ["--no-module-cache", "--range", "HEAD~2..HEAD"];
    let said = "go.sum:1:1: error[checksum-conflict]: `example.com/pay` v1.2.0 has a different checksum than in commit";
    check(&repo, &args).assert(1, &[said]);
    check(&repo, &[&args[..], &["--each-commit"]].concat()).assert(1, &[said, "introduced by", "back"]);
    check(&repo, &["--no-module-cache", "--range", "HEAD~1..HEAD"]).assert(0, &["no new findings"]);
    check(&repo, &["--no-module-cache", "--range", "HEAD~1..HEAD", "--each-commit"]).assert(0, &["no new findings"]);
    // The checksum that was there first may come back.
    repo.write("go.sum", line("1")).commit("undone");
    let args = ["--no-module-cache", "--range", "HEAD~3..HEAD", "--each-commit", "--format", "json"];
    assert_eq!(identities(&check(&repo, &args)).len(), 1);
}

#[test]
fn what_the_module_cache_has_is_compared_with_go_sum() {
    let repo = Repo::init();
    let go_mod = "module example.com/pay\n";
    let right = hash1("", [(&b"go.mod"[..], ContentHash::of(go_mod.as_bytes()))]).unwrap();
    let other = format!("h1:{}=", "1".repeat(43));
    let noted = repo.beside("cache").join("cache/download/example.com/pay/@v");
    fs::create_dir_all(&noted).unwrap();
    fs::write(noted.join("v1.2.0.mod"), go_mod).unwrap();
    fs::write(noted.join("v1.2.0.ziphash"), &other).unwrap();
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("modwarden.toml", POLICY);
    let list = |zip: &str, go_mod: &str| {
        format!("example.com/card v1.0.0 {zip}\nexample.com/pay v1.2.0 {zip}\nexample.com/pay v1.2.0/go.mod {go_mod}\n")
    };
    let cached = |args: &[&str]| {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--format", "concise"]).args(args).env("GOMODCACHE", repo.beside("cache"));
        run(command)
    };
    repo.write("go.sum", list(&other, &right)).commit("right");
    cached(&[]).assert(0, &["no findings"]);
    repo.write("go.sum", list(&right, &right)).commit("zip");
    cached(&[]).assert(
        1,
        &[
            "go.sum:2:1: error[checksum-conflict]: `example.com/pay` v1.2.0 has a different checksum in the module cache",
            "1 error",
        ],
    );
    repo.write("go.sum", list(&other, &other)).commit("go.mod");
    cached(&[]).assert(1, &["go.sum:3:1: error[checksum-conflict]: the go.mod of `example.com/pay` v1.2.0 has a different checksum in the module cache"]);
    check(&repo, &["--no-module-cache"]).assert(0, &["no findings"]);
    cached(&["--range", "HEAD~2..HEAD", "--each-commit"]).assert(1, &["in the module cache", "introduced by"]);
}
