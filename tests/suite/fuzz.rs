//! The checks of the fuzz targets, here on their seeds: the fixtures, and inputs that crashed a target before.
//!
//! `FUZZ_SEEDS=1 cargo test --test suite fuzz::` writes the seeds to `fuzz/corpus`, where cargo-fuzz begins.

#![expect(clippy::disallowed_methods, reason = "fixtures are read, and seeds written")]
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

#[expect(unreachable_pub, reason = "in `fuzz` it is a library")]
#[path = "../../fuzz/checks.rs"]
mod checks;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::load::{FactStore, Kind, encode_go_file};
use modwarden::internals::syntax::parse_go_file;

use crate::go_files::{fixtures, random_file};
use crate::module_files::{MOD_FILES, VENDOR_FILE, WORK_FILE};
use crate::support::random::Random;
use crate::support::repo::Repo;
use crate::support::txtar;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a target's check over its seeds, over beginnings of them, and over some with a byte changed.
fn hold(target: &str, seeds: &BTreeSet<Vec<u8>>, check: impl Fn(&[u8])) {
    assert!(seeds.len() > 2, "{target} has {} seeds", seeds.len());
    if env::var_os("FUZZ_SEEDS").is_some() {
        write(target, seeds);
    }
    let mut random = Random::new(1);
    for seed in seeds.iter().chain(&crashes(target)) {
        check(seed);
        for _ in 0..8 {
            let mut changed = seed[..random.below(seed.len() + 1)].to_vec();
            check(&changed);
            if !changed.is_empty() {
                let at = random.below(changed.len());
                changed[at] = u8::try_from(random.below(256)).unwrap();
                check(&changed);
            }
        }
    }
}

fn write(target: &str, seeds: &BTreeSet<Vec<u8>>) {
    let directory = Path::new(ROOT).join("fuzz/corpus").join(target);
    fs::create_dir_all(&directory).unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number}")), seed).unwrap();
    }
}

/// Inputs that once crashed a target.
fn crashes(target: &str) -> BTreeSet<Vec<u8>> {
    files_below(&Path::new(ROOT).join("tests/crashes").join(target))
        .iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// The files of all cases and examples that are called so, or end so.
fn named(name: &str) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    for folder in ["tests/rules", "tests/policies", "policies", "examples"] {
        for path in files_below(&Path::new(ROOT).join(folder)) {
            let text = fs::read(&path).unwrap();
            if path.to_string_lossy().ends_with(".txtar") {
                let files = txtar::parse(&String::from_utf8_lossy(&text));
                found.extend(
                    files.into_iter().filter(|(path, _)| path.ends_with(name)).map(|(_, text)| text.into_bytes()),
                );
            } else if path.to_string_lossy().ends_with(name) {
                found.insert(text);
            }
        }
    }
    found
}

fn with(mut seeds: BTreeSet<Vec<u8>>, more: &[&[u8]]) -> BTreeSet<Vec<u8>> {
    seeds.extend(more.iter().map(|text| text.to_vec()));
    seeds
}

#[test]
fn go_files_hold() {
    let mut seeds = named(".go");
    seeds.extend(fixtures());
    seeds.extend((0..100).map(|seed| random_file(&mut Random::new(seed))));
    hold("go_file", &seeds, checks::go_file);
}

#[test]
fn go_mods_hold() {
    hold("go_mod", &with(named("go.mod"), &MOD_FILES), checks::go_mod);
}

#[test]
fn go_works_hold() {
    hold("go_work", &with(named("go.work"), &[WORK_FILE]), checks::go_work);
}

#[test]
fn go_sums_hold() {
    hold("go_sum", &named(".sum"), checks::go_sum);
}

#[test]
fn lists_of_vendored_modules_hold() {
    hold("modules_txt", &with(named("modules.txt"), &[VENDOR_FILE]), checks::modules_txt);
}

#[test]
fn policies_hold() {
    hold("policy", &named(".toml"), checks::policy);
}

#[test]
fn indexes_hold() {
    let place = checks::scratch("index");
    hold("index", &indexes(), |seed| checks::index(&place, seed));
    fs::remove_dir_all(place).unwrap();
}

/// Indexes of several versions and contents, without their checksums.
fn indexes() -> BTreeSet<Vec<u8>> {
    let repo = Repo::init();
    let mut seeds = BTreeSet::new();
    let mut add = |repo: &Repo| {
        let index = fs::read(repo.root().join(".git/index")).unwrap();
        seeds.insert(index[..index.len() - 20].to_vec());
    };
    repo.write("go.mod", "module example.com/m\n").write("a/b/c.go", "package b\n").write("a.go", "package a\n");
    repo.git(&["add", "."]);
    add(&repo);
    let blob = repo.git(&["rev-parse", ":a.go"]);
    for entry in ["160000,1111111111111111111111111111111111111111,sub", &format!("120000,{blob},link.go")] {
        repo.git(&["update-index", "--add", "--cacheinfo", entry]);
    }
    repo.git(&["update-index", "--skip-worktree", "a.go"]);
    repo.write("new.go", "package a\n").git(&["add", "--intent-to-add", "new.go"]);
    add(&repo);
    for version in ["2", "4"] {
        repo.git(&["update-index", "--index-version", version]);
        add(&repo);
    }
    repo.git(&["update-index", "--untracked-cache"]);
    repo.git(&["write-tree"]);
    add(&repo);
    seeds
}

#[test]
fn stores_hold() {
    let place = checks::scratch("store");
    hold("store", &stores(), |seed| checks::store(&place, seed));
    fs::remove_dir_all(place).unwrap();
}

/// Values and whole files of the store, each after the byte that names its kind.
fn stores() -> BTreeSet<Vec<u8>> {
    let mut seeds: BTreeSet<Vec<u8>> = [&[2, 0, 0][..], &[3, 0, 0], &[4, 0, 0], &[0]].map(<[u8]>::to_vec).into();
    let facts: Vec<Vec<u8>> = fixtures().iter().filter_map(|text| encode_go_file(&parse_go_file(text))).collect();
    seeds.extend(facts.iter().map(|facts| [&[1], &**facts].concat()));
    let directory = tempfile::tempdir().unwrap();
    let store = FactStore::open(directory.path());
    store.put(Kind::GoFile, &[(b"key", &facts[0])]);
    store.put(Kind::Text, &[(b"key", b"text"), (&[7; 20], b"more")]);
    drop(store);
    seeds.insert([&[0], &*fs::read(directory.path().join("facts.db")).unwrap()].concat());
    seeds
}
