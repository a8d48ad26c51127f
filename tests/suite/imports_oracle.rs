//! Imports that cannot be compiled, compared with the go command: random repositories in which each importing file has
//! one import, right or wrong. modwarden reports exactly those files that the go command rejects in every build that
//! has them. `SEEDS=10..20` makes other repositories.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::date;
use modwarden::internals::finding::Severity;
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{Checked, PolicyChoice, Request, Tables, check};
use modwarden::internals::source::{Environment, MemorySource, ModuleCache, StateSpec, open};
use serde_json::Value;
use tempfile::TempDir;

use self::tree::{Setting, Tree};
use crate::support::go::{Go, go};
use crate::support::proxy::{Published, write_proxy};
use crate::support::random::{Random, seeds};

/// How many repositories a seed makes.
const TREES: usize = 6;

/// The modules that can be required, and their files.
const PUBLISHED: [(&str, &[(&str, &str)]); 2] = [
    (
        "example.com/ext",
        &[
            ("go.mod", "module example.com/ext\n\ngo 1.20\n"),
            ("ext.go", "package ext\n"),
            ("x/x.go", "package x\n"),
            ("internal/z/z.go", "package z\n"),
            ("sub/sub.go", "package sub\n"),
            ("docs/README", "no Go here\n"),
        ],
    ),
    (
        "example.com/ext/sub",
        &[
            ("go.mod", "module example.com/ext/sub\n\ngo 1.20\n"),
            ("sub.go", "package sub\n"),
            ("deep/deep.go", "package deep\n"),
        ],
    ),
];

#[test]
fn imports_are_unresolved_exactly_where_the_go_command_rejects_them() {
    let Some(go) = go() else { return };
    let world = World::new(go);
    let (mut rejected, mut accepted) = (0, 0);
    for seed in seeds(0..1) {
        let mut random = Random::new(0x1A9 + (seed << 32));
        for number in 0..TREES {
            let setting = Setting::ALL[number % Setting::ALL.len()];
            let tree = Tree::random(&mut random, setting);
            let faulty = world.compare(&tree, seed);
            rejected += faulty;
            accepted += tree.importers.len() - faulty;
        }
    }
    assert!(rejected > 100 && accepted > 100, "{rejected} rejected, {accepted} accepted");
}

/// A go command with a module cache that has the published modules.
struct World {
    dir: TempDir,
    go: Go,
    go_sum: String,
}

impl World {
    fn new(go: Go) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let go =
            go.with_env("GOMODCACHE", &path("cache")).with_env("GOSUMDB", "off").with_env("GOFLAGS", "-modcacherw");
        let files: Vec<(&str, BTreeMap<String, String>)> = PUBLISHED
            .iter()
            .map(|(path, files)| {
                (*path, files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
            })
            .collect();
        let published = files.iter().map(|(path, files)| Published { path, version: "v1.0.0", files });
        write_proxy(&go, &dir.path().join("proxy"), published);
        let online = go.clone().with_env("GOPROXY", &format!("file://{}", path("proxy")));
        let mut args = vec!["mod", "download", "-json"];
        let names: Vec<String> = PUBLISHED.iter().map(|(path, _)| format!("{path}@v1.0.0")).collect();
        args.extend(names.iter().map(String::as_str));
        let output = online.text(dir.path(), &args);
        let mut go_sum = String::new();
        for answer in serde_json::Deserializer::from_str(&output).into_iter::<Value>() {
            let answer = answer.expect("the go command prints JSON");
            let text = |key: &str| answer[key].as_str().expect("a text").to_owned();
            let (path, sum, go_mod_sum) = (text("Path"), text("Sum"), text("GoModSum"));
            go_sum += &format!("{path} v1.0.0 {sum}\n{path} v1.0.0/go.mod {go_mod_sum}\n");
        }
        Self { dir, go, go_sum }
    }

    /// Compares the verdicts on a repository; gives how many importing files the go command rejects.
    fn compare(&self, tree: &Tree, seed: u64) -> usize {
        let root = tempfile::tempdir().expect("a temporary directory");
        write(root.path(), &tree.before(&self.go_sum));
        if tree.setting == Setting::Vendored {
            self.go.text(root.path(), &["mod", "vendor"]);
        }
        write(root.path(), &tree.after());
        let rejected = self.rejected(root.path(), tree);
        let checked = self.check(root.path());
        let levels = levels(&checked);
        let reported: BTreeSet<&str> =
            tree.importers.iter().map(|it| &*it.file).filter(|file| levels.contains_key(*file)).collect();
        let shown = |file: &str| {
            let importer = tree.importers.iter().find(|it| it.file == file).expect("it is one of them");
            format!("{file}: {:?}\n", importer)
        };
        let of_both = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| -> String {
            one.difference(other).map(|file| shown(file)).collect()
        };
        let names: BTreeSet<&str> = rejected.keys().map(String::as_str).collect();
        let (missed, invented) = (of_both(&names, &reported), of_both(&reported, &names));
        assert!(
            missed.is_empty() && invented.is_empty(),
            "seed {seed}, {:?}\nonly the go command rejects:\n{missed}only modwarden reports:\n{invented}{rejected:#?}",
            tree.setting
        );
        for importer in tree.importers.iter().filter(|it| reported.contains(&*it.file)) {
            let is_error = levels[&importer.file] == Severity::Error;
            let is_doubtful =
                importer.needs_tag() || tree.setting == Setting::Workspace && importer.lacks_requirement();
            assert_eq!(is_error, !is_doubtful, "seed {seed}, {:?}: {importer:?}", tree.setting);
        }
        rejected.len()
    }

    /// The importing files that are rejected in every build that has them, each with the go command's message.
    fn rejected(&self, root: &Path, tree: &Tree) -> BTreeMap<String, String> {
        let mut rejected: BTreeMap<String, String> = BTreeMap::new();
        let mut accepted: BTreeSet<String> = BTreeSet::new();
        for (goos, tags) in [("linux", ""), ("windows", ""), ("linux", "never"), ("windows", "never")] {
            let go = self.go.clone().with_env("GOOS", goos);
            let mut said: BTreeMap<String, String> = BTreeMap::new();
            for dir in tree.module_dirs() {
                said.extend(errors(&go, &root.join(dir), tags));
            }
            // That a package has only tests shows only when it is to be compiled.
            for importer in tree.importers.iter().filter(|it| it.imports_tests() && it.is_in(goos, tags)) {
                let (dir, _) = importer.file.rsplit_once('/').expect("it is in a directory");
                let output = go.command(&root.join(dir), &["vet", "-tags", tags, "."]);
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                if text.contains("no non-test Go files") {
                    said.insert(importer.package.clone(), text);
                }
            }
            for importer in tree.importers.iter().filter(|it| it.is_in(goos, tags)) {
                match said.get(&importer.package) {
                    Some(error) => _ = rejected.insert(importer.file.clone(), error.clone()),
                    None => _ = accepted.insert(importer.file.clone()),
                }
            }
        }
        rejected.retain(|file, _| !accepted.contains(file));
        rejected
    }

    fn check(&self, root: &Path) -> Checked {
        let opened = open(root, &StateSpec::WorkTree, &Environment::default()).expect("the files can be listed");
        let policy = MemorySource::new([("modwarden.toml", "[severity]\nimport-unresolved = \"error\"\n")]);
        let cache = ModuleCache::open(self.dir.path().join("cache"));
        let store = FactStore::none();
        let request = Request {
            input: Input::new(opened.source.as_ref(), &store),
            policy: PolicyChoice::of(&policy),
            cache: Some(&cache),
            lines: None,
            paths: &[],
            tables: Tables::None,
            today: date(2026, 11, 21),
        };
        check(&request).expect("the files can be listed")
    }
}

/// The go command's errors for each package of a module, or of its tests.
fn errors(go: &Go, dir: &Path, tags: &str) -> BTreeMap<String, String> {
    let fields = "-json=ImportPath,Error,DepsErrors";
    let output = go.command(dir, &["list", "-e", "-test", "-tags", tags, fields, "./..."]);
    let mut said = BTreeMap::new();
    for package in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let package = package.expect("the go command prints JSON");
        let path = package["ImportPath"].as_str().expect("a path").split(' ').next().unwrap_or_default();
        let path = path.strip_suffix(".test").unwrap_or(path);
        let path = path.strip_suffix("_test").unwrap_or(path).to_owned();
        let of_deps = package["DepsErrors"].as_array().into_iter().flatten();
        let mut errors = std::iter::once(&package["Error"]).chain(of_deps).filter_map(|error| error["Err"].as_str());
        // Random letters may collide with an import of quite another package.
        if let Some(error) = errors.find(|error| !error.contains("case-insensitive import collision")) {
            said.entry(path).or_insert_with(|| error.to_owned());
        }
    }
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!said.is_empty() || output.status.success(), "{text}");
    said
}

/// The severity of the finding in each file: of an import, or of a path that is none.
fn levels(checked: &Checked) -> BTreeMap<String, Severity> {
    let mut levels = BTreeMap::new();
    for finding in &checked.run.findings {
        assert!(matches!(finding.rule.id, "import-unresolved" | "syntax-invalid"), "{}", finding.message);
        levels.insert(checked.files.get(finding.primary.file).path().to_string(), finding.severity);
    }
    levels
}

fn write(root: &Path, files: &[(String, String)]) {
    for (name, content) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("the directory is made");
        std::fs::write(path, content).expect("the file is written");
    }
}
