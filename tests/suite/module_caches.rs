//! Module caches that are not as the go command made them: altered, truncated or missing files decide nothing.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests write files, and make pipes")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use modwarden::internals::finding::{Applicability, Evidence, OpenQuestion};
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{PolicyChoice, Request, Tables, plan_fixes};
use modwarden::internals::source::{ContentHash, MemorySource, ModuleCache, hash1};
use tempfile::TempDir;

use crate::support::program::run;
use crate::support::repo::Repo;

const POLICY: &str = "[severity]\nindirect-unused = \"error\"\nrequire-unused = \"error\"\n";

const GO_MOD: &str = "module example.com/shop

go 1.24

require example.com/pay v1.0.0

require (
	example.com/cart v1.0.0 // indirect
	example.com/tax v1.0.0 // indirect
)
";

/// A module cache with three modules: `pay` needs `cart`, and nothing needs `tax`; and go.sum.
struct Cache {
    dir: TempDir,
    go_mod: String,
    sums: String,
    /// A package of the repository that patterns skip; none if it has no text.
    gift: String,
}

impl Cache {
    fn empty() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        Self { dir, go_mod: GO_MOD.to_owned(), sums: String::new(), gift: String::new() }
    }

    fn new() -> Self {
        let mut cache = Self::empty();
        cache.add("cart", "", "package cart\n");
        cache.add("pay", "\nrequire example.com/cart v1.0.0\n", "package pay\n\nimport _ \"example.com/cart\"\n");
        cache.add("tax", "", "package tax\n");
        cache
    }

    fn add(&mut self, name: &str, require: &str, code: &str) {
        let go_mod = format!("module example.com/{name}\n\ngo 1.24\n{require}");
        let of = |text: &str| ContentHash::of(text.as_bytes());
        let prefix = format!("example.com/{name}@v1.0.0/");
        let file = format!("{name}.go");
        let zip = hash1(&prefix, [(file.as_bytes(), of(code)), (b"go.mod", of(&go_mod))]).expect("plain names");
        let mod_only = hash1("", [(&b"go.mod"[..], of(&go_mod))]).expect("plain names");
        write(&self.code(name), code);
        write(&self.code(name).with_file_name("go.mod"), &go_mod);
        write(&self.noted(name, "mod"), &go_mod);
        write(&self.noted(name, "ziphash"), &zip);
        self.sums += &format!("example.com/{name} v1.0.0 {zip}\nexample.com/{name} v1.0.0/go.mod {mod_only}\n");
    }

    fn code(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("example.com/{name}@v1.0.0/{name}.go"))
    }

    fn noted(&self, name: &str, extension: &str) -> PathBuf {
        self.dir.path().join(format!("cache/download/example.com/{name}/@v/v1.0.0.{extension}"))
    }

    /// The findings on the evidence of this cache, and how many modules were left open.
    fn judge(&self, store: &FactStore) -> (Vec<String>, usize) {
        let (found, open) = self.judge_in_words(store);
        (found, open.len())
    }

    /// The same, and why they were.
    fn judge_in_words(&self, store: &FactStore) -> (Vec<String>, Vec<String>) {
        let code = "package shop\n\nimport _ \"example.com/pay\"\n";
        let gift = ("testdata/gift/gift.go", &*self.gift);
        let files =
            [("go.mod", &*self.go_mod), ("go.sum", &self.sums), ("shop.go", code), ("modwarden.toml", POLICY), gift];
        let files = files.into_iter().filter(|(_, text)| !text.is_empty());
        let source = MemorySource::new(files.map(|(path, text)| (path, text.as_bytes())));
        let cache = ModuleCache::open(self.dir.path().to_owned());
        let request = Request {
            input: Input::new(&source, store),
            policy: PolicyChoice::of(&source),
            cache: Some(&cache),
            lines: None,
            paths: &[],
            tables: Tables::None,
            today: date(2026, 11, 21),
        };
        let plan = plan_fixes(&request, Applicability::Safe).expect("memory can be listed");
        let found = plan.checked.run.findings.iter();
        let found = found.filter(|finding| finding.evidence == Evidence::ModuleCache);
        let mut open = Vec::new();
        for undecided in &plan.checked.run.undecided {
            let OpenQuestion { reason, details, remedy, .. } = &undecided.question;
            open.push(format!("{reason}: {}: {}", details.as_deref().unwrap_or("-"), remedy.as_deref().unwrap_or("-")));
        }
        (found.map(|finding| finding.message.clone()).collect(), open)
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
    fs::write(path, text).expect("the file is written");
}

/// A store in a directory of its own.
fn store(dir: &TempDir) -> FactStore {
    FactStore::open(dir.path())
}

fn right() -> (Vec<String>, usize) {
    (vec!["`example.com/tax` is required, but nothing needs it".to_owned()], 0)
}

fn open() -> (Vec<String>, usize) {
    (Vec::new(), 1)
}

#[test]
fn a_whole_cache_decides_with_and_without_a_store() {
    let (cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
    assert_eq!(cache.judge(&FactStore::none()), right());
    assert_eq!(cache.judge(&store(&dir)), right());
    assert_eq!(cache.judge(&store(&dir)), right(), "from the store");
}

#[test]
fn altered_files_decide_nothing() {
    let alter: [fn(&Cache); 5] = [
        |cache| write(&cache.code("pay"), "package pay\n\nimport _ \"example.com/tax\"\n"),
        |cache| write(&cache.code("pay"), "package pay\n\nimp"),
        |cache| write(&cache.code("pay").with_file_name("more.go"), "package pay\n\nimport _ \"example.com/tax\"\n"),
        |cache| fs::remove_file(cache.code("cart")).expect("it is there"),
        |cache| write(&cache.noted("cart", "ziphash"), "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    for (at, alter) in alter.into_iter().enumerate() {
        let (cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
        alter(&cache);
        assert_eq!(cache.judge(&store(&dir)), open(), "alteration {at}");
    }
}

#[test]
fn what_is_altered_is_told_from_what_is_missing() {
    let (cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
    write(&cache.code("pay"), "package pay\n");
    let (_, open) = cache.judge_in_words(&store(&dir));
    assert!(open[0].contains("was changed after its download, or does not match go.sum"), "{open:?}");
    assert!(open[0].contains("`example.com/pay@v1.0.0`"), "{open:?}");
    assert!(open[0].contains("go mod download -json example.com/pay@v1.0.0"), "{open:?}");
    let cache = Cache::new();
    fs::remove_file(cache.noted("pay", "ziphash")).expect("it is there");
    let (_, open) = cache.judge_in_words(&store(&dir));
    assert!(open[0].contains("are not in the module cache: 2 requirements; `example.com/pay@v1.0.0`"), "{open:?}");
    assert!(open[0].contains("run `go mod tidy -diff`"), "{open:?}");
}

#[test]
fn what_is_known_to_be_tidy_is_so_only_as_long_as_nothing_changes() {
    let (mut cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
    cache.go_mod = GO_MOD.replace("\texample.com/tax v1.0.0 // indirect\n", "");
    cache.sums = cache.sums.lines().filter(|line| !line.contains("tax")).map(|line| format!("{line}\n")).collect();
    let tidy = (Vec::new(), 0);
    assert_eq!(cache.judge(&store(&dir)), tidy);
    fs::remove_dir_all(cache.code("cart").parent().expect("a directory")).expect("it is there");
    assert_eq!(cache.judge(&store(&dir)), tidy, "what go.sum states is known");
    assert_eq!(cache.judge(&FactStore::none()), open());
    cache.go_mod.push_str("\nexclude example.com/cart v1.1.0\n");
    assert_eq!(cache.judge(&store(&dir)), open(), "another go.mod");
    cache.go_mod = cache.go_mod.replace("\nexclude example.com/cart v1.1.0\n", "");
    assert_eq!(cache.judge(&store(&dir)), tidy, "the one before");
    cache.sums = cache.sums.replace("example.com/pay v1.0.0 h1:", "example.com/pay v1.0.0 h1:A");
    assert_eq!(cache.judge(&store(&dir)), open(), "another checksum");
}

/// Only a dependency leads to the package `gift`, so it is not in the model, and its imports count all the same.
#[test]
fn what_is_known_to_be_tidy_depends_on_packages_that_patterns_skip() {
    let (mut cache, dir) = (Cache::empty(), tempfile::tempdir().expect("a temporary directory"));
    cache.add("cart", "", "package cart\n");
    cache.add("tax", "", "package tax\n");
    cache.add("pay", "", "package pay\n\nimport _ \"example.com/shop/testdata/gift\"\n");
    let line = "\texample.com/cart v1.0.0 // indirect\n";
    cache.go_mod =
        GO_MOD.replace(line, "\texample.com/cart v1.0.0\n").replace("\texample.com/tax v1.0.0 // indirect\n", "");
    cache.sums = cache.sums.lines().filter(|line| !line.contains("tax")).map(|line| format!("{line}\n")).collect();
    cache.gift = "package gift\n\nimport _ \"example.com/cart\"\n".to_owned();
    let tidy = (Vec::new(), 0);
    assert_eq!(cache.judge(&store(&dir)), tidy);
    fs::remove_dir_all(cache.code("cart").parent().expect("a directory")).expect("it is there");
    assert_eq!(cache.judge(&store(&dir)), tidy, "what go.sum states is known");
    let before = std::mem::replace(&mut cache.gift, "package gift\n".to_owned());
    assert_ne!(cache.judge(&store(&dir)), tidy, "the package does not need `cart`");
    cache.gift = before + "// more\n";
    assert_eq!(cache.judge(&store(&dir)), tidy, "with the same imports");
}

#[test]
fn a_module_is_believed_by_its_hash_once_it_was_read() {
    let (cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
    assert_eq!(cache.judge(&store(&dir)), right());
    write(&cache.code("pay"), "package pay\n\nimport _ \"example.com/tax\"\n");
    assert_eq!(cache.judge(&store(&dir)), right(), "what has this hash is known");
}

#[test]
fn what_is_missing_or_written_at_the_time_decides_nothing() {
    let alter: [fn(&Cache); 5] = [
        |cache| fs::remove_file(cache.noted("cart", "mod")).expect("it is there"),
        |cache| {
            write(&cache.noted("cart", "mod"), "module example.com/cart\n\ngo 1.24\n\nrequire example.com/tax v1.0.0\n")
        },
        |cache| write(&cache.noted("cart", "mod"), "module example.com/ca"),
        |cache| write(&cache.noted("cart", "partial"), ""),
        |cache| fs::remove_file(cache.noted("pay", "ziphash")).expect("it is there"),
    ];
    for (at, alter) in alter.into_iter().enumerate() {
        let cache = Cache::new();
        alter(&cache);
        assert_eq!(cache.judge(&FactStore::none()), open(), "alteration {at}");
    }
}

/// Files that never end, or would block, in place of one file of the cache.
#[test]
#[cfg(unix)]
fn what_is_no_regular_file_is_not_opened_and_decides_nothing() {
    let files: [fn(&Cache) -> PathBuf; 3] =
        [|cache| cache.noted("cart", "mod"), |cache| cache.noted("pay", "ziphash"), |cache| cache.code("pay")];
    for file in files {
        let (cache, dir) = (Cache::new(), tempfile::tempdir().expect("a temporary directory"));
        let path = file(&cache);
        let replace: [fn(&Path); 3] = [
            |path| std::os::unix::fs::symlink("/dev/zero", path).expect("a link is made"),
            |path| assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success()),
            |path| fs::File::create(path).and_then(|file| file.set_len(1 << 40)).expect("a sparse file is made"),
        ];
        for replace in replace {
            fs::remove_file(&path).expect("it is there");
            replace(&path);
            for store in [store(&dir), FactStore::none()] {
                assert_eq!(cache.judge(&store), open(), "{}", path.display());
            }
        }
    }
}

/// A finding that the module cache proves of the head, and cannot of the base, is called new; the report says that it
/// may be old.
#[test]
fn what_is_new_may_be_old_where_the_cache_lacks_a_module_of_the_base() {
    let cache = Cache::new();
    let repo = Repo::init();
    repo.write("modwarden.toml", POLICY).write("go.sum", &cache.sums);
    repo.write("shop.go", "package shop\n\nimport _ \"example.com/pay\"\n");
    repo.write("go.mod", cache.go_mod.replace("pay v1.0.0", "pay v0.9.0")).commit("an older version");
    repo.write("go.mod", &cache.go_mod).commit("the version that the cache has");
    let doubt = "`indirect-unused` is undecided for the earlier state of the module at the root";
    for form in ["pretty", "concise", "json", "github"] {
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--range", "HEAD~1..HEAD", "--format", form, "--no-cache"]);
        command.env("GOMODCACHE", cache.dir.path()).env_remove("GOFLAGS").env_remove("GOWORK");
        run(command).assert(1, &["example.com/tax", doubt]);
    }
}
