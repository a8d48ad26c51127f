//! The fact store: it saves reading, and nothing that happens to it changes an answer.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and damage files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use modwarden::internals::go::BuildConstraint;
use modwarden::internals::load::{CODE, FactStore, Kind, decode_go_file, encode_go_file};
use modwarden::internals::syntax::{FileConstraint, GoFile, Parsed, parse_go_file};
use modwarden::internals::text::Span;
use rusqlite::Connection;
use serde_json::Value;

use crate::go_files::{fixtures, random_constraint, random_file};
use crate::support::corpus::files_below;
use crate::support::program::copy_program;
use crate::support::random::Random;
use crate::support::repo::Repo;

/// The script that hashes the source code.
#[expect(clippy::print_stdout, reason = "a build script talks to Cargo")]
#[path = "../../build.rs"]
#[expect(dead_code, reason = "Cargo calls `main`")]
mod build_script;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nreason = \"it listens\"\n";

/// A committed workspace of two modules with every sort of file that is read, some of them wrong.
fn repository() -> Repo {
    let repo = Repo::init();
    repo.write("go.work", "go 1.22\n\nuse .\nuse ./sub\n");
    repo.write("go.mod", "module example.com/m\n\ngo 1.22\n\nrequire example.com/x v1.2.3\n");
    repo.write("sub/go.mod", "module example.com/m/sub\n\ngo 1.22\n").write("modwarden.toml", POLICY);
    repo.write("vendor/modules.txt", "## workspace\n# example.com/x v1.2.3\n## explicit\nexample.com/x/y\n");
    repo.write("a/a.go", "package a\n\nimport (\n\t\"expvar\"\n\ty \"example.com/x/y\"\n)\n");
    repo.write(
        "a/b.go",
        "//go:build linux && !cgo\n\npackage a\n\nimport \"expvar\" //modwarden:allow import-denied why\n",
    );
    repo.write("sub/broken.go", "package sub\n\nimport (\n\t\"fmt\"\n\t'x'\n");
    for seed in 0..200 {
        repo.write(format!("random/{seed}/r.go"), random_file(&mut Random::new(seed)));
    }
    repo.commit("first");
    repo
}

/// The program, at the root of the repository.
fn modwarden(repo: &Repo, args: &[&str]) -> Command {
    let mut command = repo.command(MODWARDEN);
    command.args(args);
    command
}

/// The facts and the verdict of the last commit: all output, line for line. Fails unless the program ends as
/// a program does.
#[track_caller]
fn answer(repo: &Repo, args: &[&str]) -> String {
    let runs = [&["inspect", "imports"][..], &["inspect", "modules"], &["check", "--format", "jsonl"]];
    let outputs = runs.map(|run| modwarden(repo, &[run, &["--rev", "HEAD"], args].concat()).output().unwrap());
    outputs.iter().map(ended).collect()
}

/// The same without the parts of JSON lines about the store, and about the work that the run had because of it.
fn without_work(text: &str) -> String {
    let line = |line: &str| match serde_json::from_str(line) {
        Ok(Value::Object(mut record)) if record.contains_key("header") => {
            let summary = record["header"]["summary"].as_object_mut().unwrap();
            for name in ["blobs_read", "blobs_known", "elapsed_ms"] {
                assert!(summary.remove(name).is_some(), "{name}");
            }
            Value::Object(record).to_string()
        }
        _ => line.to_owned(),
    };
    let is_of_store = |line: &&str| line.starts_with("{\"notification\":") && line.contains("fact store");
    text.lines().filter(|line| !is_of_store(line)).map(|text| line(text) + "\n").collect()
}

/// All that a run printed.
#[track_caller]
fn ended(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.code().is_some_and(|code| code < 4), "{}: {text}", output.status);
    assert!(!text.contains("panicked"), "{text}");
    format!("{}ends with {}\n", without_work(&text), output.status.code().unwrap())
}

/// How many blobs a check of the last commit read and knew, and its messages about the store.
#[track_caller]
fn work(repo: &Repo, args: &[&str]) -> (u64, u64, Option<String>) {
    let output = modwarden(repo, &[&["check", "--rev", "HEAD", "--format", "json"], args].concat()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |name: &str| report["summary"][name].as_u64().unwrap();
    let notes = report["notifications"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut messages = notes.iter().filter_map(|note| note["message"].as_str());
    let problem = messages.find(|message| message.contains("fact store")).map(str::to_owned);
    (count("blobs_read"), count("blobs_known"), problem)
}

fn directory(repo: &Repo) -> PathBuf {
    repo.root().join(".git/modwarden")
}

fn file(repo: &Repo) -> PathBuf {
    directory(repo).join("facts.db")
}

/// The names in the store's directory.
fn left(repo: &Repo) -> Vec<String> {
    let names = fs::read_dir(directory(repo)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_known_blob_is_not_read_and_nothing_else_changes() {
    let repo = repository();
    let fresh = answer(&repo, &["--no-cache"]);
    assert!(!directory(&repo).exists(), "--no-cache leaves nothing behind");
    let (read, known, problem) = work(&repo, &[]);
    assert!(read > 100 && known == 0 && problem.is_none(), "{read} {known} {problem:?}");
    assert_eq!(work(&repo, &[]), (0, read, None));
    assert_eq!((work(&repo, &["--no-cache"]).0, answer(&repo, &[])), (read, fresh.clone()));
    repo.write("a/a.go", "package a\n");
    repo.commit("second");
    assert_eq!(work(&repo, &[]), (1, read - 1, None));
    assert_eq!(left(&repo), ["facts.db"]);
    assert_eq!(answer(&repo, &[]), answer(&repo, &["--no-cache"]));
    let verbose = ended(&modwarden(&repo, &["check", "--rev", "HEAD", "--verbose"]).output().unwrap());
    assert!(verbose.contains(&format!("0 blobs read and {read} known")), "{verbose}");
}

#[test]
fn what_is_known_is_judged_though_the_blobs_are_gone() {
    let repo = repository();
    let answered = answer(&repo, &[]);
    let objects = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"]);
    for id in objects.lines().filter_map(|line| line.strip_prefix("blob ")) {
        fs::remove_file(repo.root().join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
    }
    let facts = |args: &[&str]| {
        ended(&modwarden(&repo, &[&["inspect", "imports", "--rev", "HEAD"], args].concat()).output().unwrap())
    };
    let imports = facts(&[]);
    assert_eq!(answered.get(..imports.len()), Some(imports.as_str()), "the facts are the same");
    assert_eq!(work(&repo, &[]).0, 0);
    let judged = ended(&modwarden(&repo, &["check", "--rev", "HEAD", "--format", "concise"]).output().unwrap());
    assert!(judged.contains("no-expvar") && judged.ends_with("ends with 1\n"), "{judged}");
    let unknown = facts(&["--no-cache"]);
    assert!(unknown.contains("cannot be read") || unknown.contains("not read"), "{unknown}");
}

#[test]
fn what_cannot_be_read_is_not_kept() {
    let repo = repository();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    repo.write("a/lfs.go", pointer).write("third/go.mod", pointer);
    repo.commit("pointers");
    let first = answer(&repo, &[]);
    assert!(
        first.contains("a/lfs.go: it is a Git LFS pointer") && first.contains("third/go.mod: it is a Git LFS pointer"),
        "{first}"
    );
    assert_eq!(answer(&repo, &[]), first);
    assert_eq!(work(&repo, &[]).0, 0);
}

#[test]
fn the_store_is_where_it_is_asked_for() {
    let repo = repository();
    let elsewhere = repo.beside("kept/in/here");
    let args = ["--cache-dir", elsewhere.to_str().unwrap()];
    let read = work(&repo, &args).0;
    assert_eq!((work(&repo, &args), elsewhere.join("facts.db").exists()), ((0, read, None), true));
    assert!(!directory(&repo).exists(), "the Git directory is left alone");
    let link = repo.beside("link");
    symlink(&elsewhere, &link).unwrap();
    assert_eq!(work(&repo, &["--cache-dir", link.to_str().unwrap()]), (0, read, None), "the user's own link");
    let both = modwarden(&repo, &["check", "--no-cache", "--cache-dir", "x"]).output().unwrap();
    assert_eq!(both.status.code(), Some(2));

    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    assert_eq!(work(&repo, &[]).0, read);
    let output = modwarden(&repo, &["check", "--staged", "--format", "json"]).current_dir(&linked).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["blobs_read"], 0, "all work trees share one store");

    let plain = Repo::plain();
    plain.write("go.mod", "module example.com/m\n").write("a.go", "package m\n");
    assert_eq!(modwarden(&plain, &["check"]).output().unwrap().status.code(), Some(0));
    assert_eq!(fs::read_dir(plain.root()).unwrap().count(), 2, "outside Git nothing is kept");
}

#[test]
fn the_store_has_the_permissions_of_the_git_directory() {
    for (mode, directory_mode, file_mode) in [(0o2775, 0o2775, 0o664), (0o700, 0o700, 0o600), (0o755, 0o755, 0o644)] {
        let repo = repository();
        fs::set_permissions(repo.root().join(".git"), fs::Permissions::from_mode(mode)).unwrap();
        answer(&repo, &[]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode(&directory(&repo)), mode(&file(&repo))), (directory_mode, file_mode));
    }
    let open = Repo::plain();
    fs::set_permissions(open.root(), fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(FactStore::open(&open.root().join("cache")).problem(), None);
    let mode = fs::metadata(open.root().join("cache")).unwrap().permissions().mode();
    assert_eq!(mode & 0o002, 0, "what is for all to write in is no example");
}

#[test]
fn a_run_that_is_killed_costs_nothing_but_its_work() {
    let repo = repository();
    for seed in 0..40 {
        let long = "long ".repeat(4_000);
        repo.write(format!("long/{seed}.go"), format!("package long\n//modwarden:allow import-denied {seed} {long}\n"));
    }
    repo.commit("a store that takes a while to write");
    let fresh = answer(&repo, &["--no-cache"]);
    let start = Instant::now();
    answer(&repo, &[]);
    let span = start.elapsed() / 3;
    let (mut random, mut killed, mut journals) = (Random::new(1), 0, 0);
    let rounds = std::env::var("KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    for round in 0..rounds {
        if round % 3 != 2 {
            fs::remove_dir_all(directory(&repo)).unwrap();
        }
        let mut run = modwarden(&repo, &["inspect", "imports", "--rev", "HEAD"]);
        let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let journal = directory(&repo).join("facts.db-journal");
        if random.once_in(3) {
            thread::sleep(span.mul_f64(random.below(1000) as f64 / 1000.0));
        } else {
            // A store of one page has a table, and a longer one is just being written.
            let is_written = || fs::metadata(file(&repo)).is_ok_and(|file| file.len() > 8192);
            while !is_written() && child.try_wait().unwrap().is_none() {}
            thread::sleep(Duration::from_micros(u64::try_from(random.below(4) * 50).unwrap()));
        }
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        journals += u32::from(journal.exists());
        fs::create_dir_all(directory(&repo)).unwrap();
        assert_eq!(answer(&repo, &[]), fresh, "round {round}");
        assert_eq!(left(&repo), ["facts.db"], "round {round}");
        assert_eq!(work(&repo, &[]).0, 0, "round {round}");
    }
    let _ = writeln!(std::io::stderr(), "{killed} of {rounds} runs were killed, {journals} of them in a transaction");
    assert!(killed > 0, "some run was killed");
}

#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let repo = repository();
    let fresh = answer(&repo, &["--no-cache"]);
    for round in 0..5 {
        let answers: Vec<String> = thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| answer(&repo, &[]))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == fresh), "round {round}");
        assert_eq!((left(&repo), work(&repo, &[]).0), (vec!["facts.db".to_owned()], 0), "round {round}");
        fs::remove_dir_all(directory(&repo)).unwrap();
    }
}

#[test]
fn a_store_that_another_run_holds_is_done_without() {
    let repo = repository();
    let fresh = answer(&repo, &[]);
    let other = Connection::open(file(&repo)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (read, known, problem) = work(&repo, &[]);
    assert!(read > 100 && known == 0 && problem.as_ref().is_some_and(|it| it.contains("locked")), "{problem:?}");
    assert_eq!(answer(&repo, &[]), fresh);
    other.execute_batch("ROLLBACK; BEGIN IMMEDIATE").unwrap();
    assert_eq!(work(&repo, &[]), (0, read, None), "who may not write may read");
    repo.write("a/a.go", "package a\n");
    repo.commit("second");
    let (read, known, problem) = work(&repo, &[]);
    assert!(read == 1 && known > 100 && problem.is_some(), "{read} {known} {problem:?}");
}

#[test]
fn a_disk_that_is_full_is_no_failure() {
    let repo = repository();
    let fresh = answer(&repo, &["--no-cache"]);
    let mut problems = 0;
    for blocks in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256] {
        let _ = fs::remove_dir_all(directory(&repo));
        let limited = |args: &str| {
            let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{MODWARDEN}' {args} --rev HEAD");
            let output = repo.command("sh").args(["-c", &script]).output().unwrap();
            (ended(&output), String::from_utf8(output.stdout).unwrap())
        };
        let answered = ["inspect imports", "inspect modules", "check --format jsonl"].map(|args| limited(args).0);
        assert_eq!(answered.concat(), fresh, "{blocks} blocks");
        problems += u32::from(limited("check --format json").1.contains("fact store is not used in full"));
        assert_eq!(answer(&repo, &[]), fresh, "after {blocks} blocks");
        assert_eq!(work(&repo, &[]), (0, work(&repo, &["--no-cache"]).0, None), "after {blocks} blocks");
    }
    assert!(problems > 2, "{problems}");
}

#[test]
fn a_directory_that_cannot_be_written_is_used_as_it_is() {
    let repo = repository();
    let fresh = answer(&repo, &[]);
    let read = work(&repo, &["--no-cache"]).0;
    let Some(reader) = Reader::new(&repo) else { return };
    assert_eq!(reader.work(&repo), (0, read, false), "all is known");
    repo.write("a/a.go", "package a\n");
    repo.commit("second");
    reader.close(&repo);
    assert_eq!(reader.work(&repo), (1, read - 1, true), "one file is new, and is not kept");
    assert_eq!(reader.work(&repo), (1, read - 1, true));
    assert_eq!(left(&repo), ["facts.db"]);
    fs::set_permissions(directory(&repo), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_dir_all(directory(&repo)).unwrap();
    reader.close(&repo);
    assert_eq!(reader.work(&repo), (read, 0, true), "there is none, and none can be made");
    assert!(!directory(&repo).exists() && !fresh.is_empty());
}

/// Who may read a repository and not write it. `root` may do everything, and runs the program as somebody else.
struct Reader {
    program: PathBuf,
    is_root: bool,
}

impl Reader {
    fn new(repo: &Repo) -> Option<Self> {
        let id = repo.command("id").arg("-u").output().unwrap().stdout;
        let reader = Self { program: repo.beside("modwarden"), is_root: id.trim_ascii() == b"0" };
        copy_program(repo, &reader.program);
        reader.close(repo);
        fs::set_permissions(repo.root().parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
        if reader.command(repo).arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Some(reader);
        }
        let _ = writeln!(std::io::stderr(), "SKIPPED: root cannot run a program as somebody else here");
        None
    }

    /// Takes away the right to write.
    fn close(&self, repo: &Repo) {
        for (path, mode) in [(repo.root().join(".git"), 0o555), (directory(repo), 0o555), (file(repo), 0o444)] {
            let mode = if self.is_root { mode | 0o200 } else { mode };
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        }
    }

    fn command(&self, repo: &Repo) -> Command {
        if !self.is_root {
            return repo.command(self.program.to_str().unwrap());
        }
        let mut command = repo.command("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&self.program);
        command
    }

    /// How many blobs were read and known, and whether there was trouble with the store.
    fn work(&self, repo: &Repo) -> (u64, u64, bool) {
        let output = self.command(repo).args(["check", "--rev", "HEAD", "--format", "json"]).output().unwrap();
        let text = ended(&output);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |name: &str| report["summary"][name].as_u64().unwrap();
        (count("blobs_read"), count("blobs_known"), text.contains("fact store is not used in full"))
    }
}

#[test]
fn a_store_of_another_version_or_owner_is_made_anew() {
    let repo = repository();
    let fresh = answer(&repo, &[]);
    let read = work(&repo, &["--no-cache"]).0;
    for change in [
        "PRAGMA user_version = 7",
        "PRAGMA user_version = 0",
        "PRAGMA application_id = 7",
        "DROP TABLE fact",
        "CREATE TABLE other (x)",
        "CREATE TRIGGER t AFTER INSERT ON fact BEGIN DELETE FROM fact; END",
        "DROP TABLE fact; CREATE TABLE fact (id, record)",
        "DROP TABLE fact; CREATE VIEW fact AS SELECT 1 AS id, 2 AS record",
    ] {
        Connection::open(file(&repo)).unwrap().execute_batch(change).unwrap();
        assert_eq!(work(&repo, &[]), (read, 0, None), "{change}");
        assert_eq!(work(&repo, &[]), (0, read, None), "{change}");
        assert_eq!(answer(&repo, &[]), fresh, "{change}");
    }
    Connection::open(file(&repo)).unwrap().execute_batch("PRAGMA journal_mode = WAL").unwrap();
    assert_eq!((work(&repo, &[]), left(&repo)), ((0, read, None), vec!["facts.db".to_owned()]));
}

#[test]
fn a_store_that_has_grown_too_large_is_emptied() {
    let repo = repository();
    let read = work(&repo, &[]).0;
    fs::OpenOptions::new().write(true).open(file(&repo)).unwrap().set_len((1 << 30) + 1).unwrap();
    assert_eq!(work(&repo, &[]), (read, 0, None));
    assert!(fs::metadata(file(&repo)).unwrap().len() < 1 << 22);
    assert_eq!(work(&repo, &[]), (0, read, None));
}

#[test]
fn what_is_no_store_is_replaced_if_it_is_a_file_and_left_alone_if_not() {
    let repo = repository();
    let fresh = answer(&repo, &["--no-cache"]);
    let read = work(&repo, &["--no-cache"]).0;
    fs::create_dir(directory(&repo)).unwrap();
    for content in [&b""[..], b"x", b"SQLite format 3\0", &[0; 4096], &b"garbage\n".repeat(10_000)] {
        fs::write(file(&repo), content).unwrap();
        assert_eq!(work(&repo, &[]), (read, 0, None));
        assert_eq!((answer(&repo, &[]), work(&repo, &[])), (fresh.clone(), (0, read, None)));
    }
    let outside = repo.beside("outside");
    fs::write(&outside, "mine").unwrap();
    type Obstruct = fn(&Path, &Path);
    let obstacles: [(&str, Obstruct); 4] = [
        ("directory", |path, _| fs::create_dir(path).unwrap()),
        ("pipe", |path, _| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("link", |path, outside| symlink(outside, path).unwrap()),
        ("dangling link", |path, outside| symlink(outside.with_file_name("none"), path).unwrap()),
    ];
    for (name, obstruct) in obstacles {
        for place in [file(&repo), directory(&repo)] {
            let _ = fs::remove_dir_all(directory(&repo));
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            obstruct(&place, &outside);
            if name == "directory" && place == directory(&repo) {
                continue;
            }
            let (found, known, problem) = work(&repo, &[]);
            assert!((found, known) == (read, 0) && problem.is_some(), "{name}: {found} {known} {problem:?}");
            assert_eq!(answer(&repo, &[]), fresh, "{name}");
            assert!(fs::symlink_metadata(&place).is_ok() && !repo.beside("none").exists(), "{name}");
            let _ = fs::remove_file(&place);
        }
    }
    assert_eq!(fs::read(&outside).unwrap(), b"mine");
}

#[test]
fn a_journal_that_is_a_link_is_not_followed() {
    let repo = repository();
    answer(&repo, &[]);
    let outside = repo.beside("outside");
    fs::write(&outside, "mine").unwrap();
    symlink(&outside, directory(&repo).join("facts.db-journal")).unwrap();
    repo.write("a/a.go", "package a\n");
    repo.commit("second");
    assert_eq!(answer(&repo, &[]), answer(&repo, &["--no-cache"]));
    assert_eq!(fs::read(&outside).unwrap(), b"mine");
}

/// Changed bytes anywhere in the file give no wrong fact, and lost facts are kept again, unless a row came to lie where
/// it is not looked for.
#[test]
fn changed_bytes_are_noticed() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("store");
    let rows: Vec<([u8; 20], Vec<u8>)> = (0..400_u64)
        .map(|seed| {
            let mut random = Random::new(seed);
            let mut key = [0; 20];
            key.fill_with(|| random.next().to_le_bytes()[0]);
            (key, (0..random.below(400)).map(|_| random.next().to_le_bytes()[0]).collect())
        })
        .collect();
    let keys: Vec<&[u8]> = rows.iter().map(|(key, _)| &key[..]).collect();
    let pairs: Vec<(&[u8], &[u8])> = rows.iter().map(|(key, value)| (&key[..], &value[..])).collect();
    let whole: Vec<Option<Vec<u8>>> = rows.iter().map(|(_, value)| Some(value.clone())).collect();
    let store = FactStore::open(&place);
    store.put(Kind::GoFile, &pairs);
    assert_eq!(store.get(Kind::GoFile, &keys), whole);
    assert!(store.get(Kind::Text, &keys).iter().all(Option::is_none), "each kind is for itself");
    drop(store);
    let sound = fs::read(place.join("facts.db")).unwrap();
    let (mut lost, mut unmended) = (0, 0);
    for seed in 0..600 {
        let mut random = Random::new(seed);
        fs::write(place.join("facts.db"), damaged(&sound, &mut random)).unwrap();
        let store = FactStore::open(&place);
        let found = store.get(Kind::GoFile, &keys);
        let is_right = |(found, whole): (&Option<Vec<u8>>, &Option<Vec<u8>>)| found.is_none() || found == whole;
        assert!(found.iter().zip(&whole).all(is_right), "seed {seed}");
        lost += u32::from(found != whole);
        store.put(Kind::GoFile, &pairs);
        let mended = store.get(Kind::GoFile, &keys);
        assert!(mended.iter().zip(&whole).all(is_right), "seed {seed}");
        unmended += u32::from(mended != whole);
    }
    let _ =
        writeln!(std::io::stderr(), "of 600 damaged stores {lost} had lost facts, and {unmended} lost them for good");
    assert!(lost > 300 && unmended < 30, "{lost} {unmended}");
}

/// With some bytes changed, often near the beginning, or the end cut off.
fn damaged(sound: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    if random.once_in(10) {
        bytes.truncate(random.below(sound.len()));
        return bytes;
    }
    for _ in 0..=random.below(8) {
        let end = if random.once_in(4) { 200 } else { bytes.len() };
        let at = random.below(end);
        bytes[at] ^= 1 << random.below(8);
    }
    if random.once_in(10) {
        let at = random.below(bytes.len() / 4096) * 4096;
        bytes[at..at + 4096].fill(0);
    }
    bytes
}

#[test]
fn the_program_answers_the_same_by_a_damaged_store() {
    let repo = repository();
    let fresh = answer(&repo, &[]);
    let sound = fs::read(file(&repo)).unwrap();
    for seed in 0..40 {
        fs::write(file(&repo), damaged(&sound, &mut Random::new(seed))).unwrap();
        assert_eq!(answer(&repo, &[]), fresh, "seed {seed}");
    }
}

/// A store with facts that no parser would produce is believed, and harms nothing.
#[test]
fn forged_facts_do_no_harm() {
    let repo = repository();
    let ids = repo.git(&["ls-tree", "-r", "--format=%(objectname) %(path)", "HEAD"]);
    let go_files = ids.lines().filter(|line| line.ends_with(".go"));
    let blobs: Vec<Vec<u8>> = go_files.map(|line| unhex(&line[..40])).collect();
    for seed in 0..8 {
        let mut random = Random::new(seed);
        let store = FactStore::open(&directory(&repo));
        let values: Vec<Vec<u8>> = blobs.iter().map(|_| forged(&mut random)).collect();
        let rows: Vec<(&[u8], &[u8])> = blobs.iter().zip(&values).map(|(id, value)| (&id[..], &value[..])).collect();
        store.put(Kind::GoFile, &rows);
        assert_eq!(store.problem(), None);
        drop(store);
        for format in ["pretty", "concise", "json", "jsonl", "github", "sarif"] {
            ended(&modwarden(&repo, &["check", "--staged", "--format", format]).output().unwrap());
        }
        ended(&modwarden(&repo, &["inspect", "imports", "--staged"]).output().unwrap());
    }
}

/// Facts with spans and places from anywhere, or bytes that are no facts.
fn forged(random: &mut Random) -> Vec<u8> {
    let parsed = parse_go_file(&random_file(random));
    let mut wild = parsed.clone();
    let mut span = |span: &mut Span| {
        let [start, length] = [0; 2].map(|_| if random.once_in(2) { random.below(100) } else { random.below(1 << 32) });
        *span = Span::new(start, start + length);
    };
    for import in &mut wild.tree.imports {
        import.name.iter_mut().for_each(|name| span(&mut name.span));
        span(&mut import.path_span);
        (import.line, import.column) = (0, u32::MAX);
        import.path = "expvar\u{1b}[31m".into();
    }
    wild.errors.iter_mut().for_each(|error| span(&mut error.span));
    for allow in &mut wild.allows {
        [&mut allow.span, &mut allow.covers, &mut allow.rule.span].into_iter().for_each(&mut span);
        allow.until.iter_mut().for_each(|until| span(&mut until.span));
    }
    let mut bytes = encode_go_file(&wild).unwrap_or_default();
    if random.once_in(3) && !bytes.is_empty() {
        let at = random.below(bytes.len());
        bytes[at] = random.next().to_le_bytes()[0];
    }
    bytes
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The files whose facts stand for all that the parser can say.
fn files() -> Vec<Vec<u8>> {
    let mut fixtures = fixtures();
    fixtures.sort();
    let allows = "package p\n//modwarden:allow a/b until=2026-01-01 owner=@é why  not\nimport (\n\tx \"y\" //modwarden:allow\n)\n";
    let random = (0..3_000).map(|seed| random_file(&mut Random::new(seed)));
    fixtures.into_iter().chain([allows.into()]).chain(random).collect()
}

#[test]
fn facts_come_back_as_they_were() {
    let mut kept = 0;
    for text in files() {
        let parsed = parse_go_file(&text);
        let Some(bytes) = encode_go_file(&parsed) else { continue };
        kept += 1;
        assert_eq!(decode_go_file(&bytes).as_ref(), Some(&parsed), "{}", String::from_utf8_lossy(&text));
        assert_eq!(decode_go_file(&[&bytes[..], b"\0"].concat()), None);
        (0..bytes.len()).for_each(|end| assert_eq!(decode_go_file(&bytes[..end]), None));
    }
    assert_eq!(kept, files().len());
}

#[test]
fn constraints_come_back_as_they_were() {
    let with = |constraint: BuildConstraint| {
        let constraint = FileConstraint::Expr(constraint);
        Parsed { tree: GoFile { constraint, ..GoFile::default() }, ..Parsed::default() }
    };
    for seed in 0..2_000 {
        let mut random = Random::new(seed);
        let Ok(constraint) = BuildConstraint::parse_go_build(&random_constraint(&mut random, 5)) else { continue };
        let parsed = with(constraint);
        assert_eq!(encode_go_file(&parsed).and_then(|bytes| decode_go_file(&bytes)), Some(parsed), "seed {seed}");
    }
    let lines = (0..2_000).map(|tag| BuildConstraint::tag(format!("t{tag}")));
    let long = with(BuildConstraint::all(lines).unwrap());
    assert_eq!(encode_go_file(&long), None, "no line can say this, and so it is read each time");
}

/// A store has the facts of other code, unless the version distinguishes that code from this. Every byte of every
/// source file counts.
#[test]
fn the_version_tells_which_code_found_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hash = |root: &Path| format!("{:016x}", build_script::code_hash(root).unwrap());
    assert_eq!(hash(root), CODE, "the build script has hashed the code that runs");

    let copy = tempfile::tempdir().unwrap();
    let files = files_below(&root.join("src"), &|name| name.ends_with(".rs"));
    let sources: Vec<PathBuf> = files.into_iter().map(|path| Path::new("src").join(path)).collect();
    assert!(sources.len() > 200, "the sources are found");
    for path in &sources {
        let to = copy.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root.join(path), to).unwrap();
    }
    fs::copy(root.join("Cargo.lock"), copy.path().join("Cargo.lock")).unwrap();
    let before = hash(copy.path());
    for path in ["src/model/tidy/sums.rs", "src/syntax/go_file/scanner.rs", "src/pipeline/state.rs", "Cargo.lock"] {
        let path = copy.path().join(path);
        let text = fs::read(&path).unwrap();
        let mut changed = text.clone();
        changed[text.len() / 2] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert_ne!(hash(copy.path()), before, "{}", path.display());
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(hash(copy.path()), before);
    fs::rename(copy.path().join("src/lib.rs"), copy.path().join("src/lib2.rs")).unwrap();
    assert_ne!(hash(copy.path()), before, "a file has another name");
}

/// The facts of another build of the program are not believed: they are removed.
#[test]
fn what_other_code_kept_is_not_believed() {
    let repo = repository();
    let expected = answer(&repo, &["--no-cache"]);
    assert_eq!(answer(&repo, &[]), expected);
    let file = repo.root().join(".git/modwarden/facts.db");
    let connection = Connection::open(&file).unwrap();
    let version: i32 = connection.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    assert_eq!(version, i64::from_str_radix(&CODE[8..], 16).unwrap() as u32 as i32);
    connection.pragma_update(None, "user_version", version ^ 1).unwrap();
    drop(connection);
    assert_eq!(answer(&repo, &[]), expected);
    let connection = Connection::open(&file).unwrap();
    assert_eq!(connection.query_row("PRAGMA user_version", (), |row| row.get::<_, i32>(0)).unwrap(), version);
}
