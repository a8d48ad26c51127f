//! `affected` against the go command: the packages and tests whose compiled files, or those of a package that they need, differ
//! between two commits in one of several builds.

#![expect(clippy::disallowed_methods, reason = "tests remove files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::corpus::{for_build, list, modwarden, records, text};
use crate::support::go::{Go, go};
use crate::support::random::{Random, seeds};
use crate::support::repo::Repo;

/// A file of a package: its name, its build constraint, and the end of its package name.
struct Kind {
    name: &'static str,
    constraint: &'static str,
    test: &'static str,
}

const KINDS: [Kind; 8] = [
    Kind { name: "all.go", constraint: "", test: "" },
    Kind { name: "a_windows.go", constraint: "", test: "" },
    Kind { name: "foo.go", constraint: "foo", test: "" },
    Kind { name: "bar.go", constraint: "!foo && linux", test: "" },
    Kind { name: "no.go", constraint: "ignore", test: "" },
    Kind { name: "all_test.go", constraint: "", test: "" },
    Kind { name: "win_windows_test.go", constraint: "", test: "" },
    Kind { name: "out_test.go", constraint: "foo", test: "_test" },
];

/// Every file is in one of them that is in any build.
const BUILDS: [&str; 6] =
    ["linux/amd64", "linux/amd64,foo", "windows/amd64", "windows/amd64,foo", "darwin/amd64", "darwin/amd64,foo"];

/// How many groups of packages are made. `SEEDS=1000..1100` makes others.
const CASES: u64 = 60;

/// The files of a group of packages.
type Tree = BTreeMap<String, String>;

/// The directory and the import path of a package: each third one is in a module of its own, which the other one replaces.
fn placed(case: &str, package: usize) -> (String, String) {
    match package % 3 {
        2 => (format!("nested/{case}/p{package}"), format!("example.com/n/{case}/p{package}")),
        _ => (format!("{case}/p{package}"), format!("example.com/m/{case}/p{package}")),
    }
}

/// Packages that import those after them; tests in a package of their own import any.
fn made(case: &str, random: &mut Random) -> Tree {
    let mut files = Tree::new();
    let packages = 3 + random.below(6);
    for package in 0..packages {
        let (dir, _) = placed(case, package);
        for (at, kind) in KINDS.iter().enumerate() {
            if at > 0 && random.once_in(2) {
                continue;
            }
            let mut source = match kind.constraint {
                "" => String::new(),
                constraint => format!("//go:build {constraint}\n\n"),
            };
            let name = if package == 0 { "main".to_owned() } else { format!("p{package}") };
            source.push_str(&format!("package {name}{}\n\n", kind.test));
            for other in 1..packages {
                let may_import = if kind.test.is_empty() { other > package } else { true };
                if may_import && random.once_in(3) {
                    source.push_str(&format!("import _ \"{}\"\n", placed(case, other).1));
                }
            }
            files.insert(format!("{dir}/{}", kind.name), source);
        }
        if random.once_in(3) {
            let name = if package == 0 { "main".to_owned() } else { format!("p{package}") };
            let file = if random.once_in(2) { "data.go" } else { "data_test.go" };
            let lines = "import _ \"embed\"\n\n//go:embed data/*.txt\nvar data string\n";
            files.insert(format!("{dir}/{file}"), format!("package {name}\n\n{lines}"));
            files.insert(format!("{dir}/data/one.txt"), "one\n".to_owned());
            files.insert(format!("{dir}/data/two.md"), "two\n".to_owned());
        }
    }
    files
}

/// Changes, removes and adds a few files.
fn change(files: &mut Tree, random: &mut Random) {
    for _ in 0..random.below(3) + usize::from(random.once_in(2)) {
        let paths: Vec<String> = files.keys().cloned().collect();
        let path = &paths[random.below(paths.len())];
        let is_needed = path.ends_with("/all.go") || path.ends_with(".txt");
        match random.below(4) {
            0 if !is_needed => drop(files.remove(path)),
            1 if path.ends_with(".go") && !path.ends_with("/all.go") && !path.contains("/data") => {
                let text = files[path].clone();
                let text =
                    text.strip_prefix("//go:build ").and_then(|rest| rest.split_once('\n')).map_or(&*text, |it| it.1);
                let constraint = random.pick(&["linux", "foo", "!foo", "windows && foo"]);
                files.insert(path.clone(), format!("//go:build {constraint}\n\n{}", text.trim_start()));
            }
            2 => {
                let dir = path.rsplit_once('/').expect("each file is in a directory").0.trim_end_matches("/data");
                let name = random.pick(&["new.go", "new_test.go", "data/new.txt", "notes.md"]);
                let package = if dir.ends_with("/p0") { "main" } else { dir.rsplit('/').next().unwrap_or_default() };
                let text = if name.ends_with(".go") { format!("package {package}\n") } else { "new\n".to_owned() };
                files.entry(format!("{dir}/{name}")).or_insert(text);
            }
            _ => files.entry(path.clone()).or_default().push_str(if path.ends_with(".go") {
                "\n// More.\n"
            } else {
                "more\n"
            }),
        }
    }
}

/// A package, or the tests of one.
type Reached = BTreeSet<(&'static str, String)>;

/// For each entry of `go list -deps -test`, the compiled files with their contents, and all entries that it needs.
struct Listed(BTreeMap<String, (BTreeMap<String, String>, Vec<String>)>);

impl Listed {
    fn new(go: &Go, (root, module): (&Path, &str), build: &str, files: &Tree) -> Self {
        const FIELDS: &str = "-json=Dir,ImportPath,GoFiles,CgoFiles,EmbedFiles,TestEmbedFiles,XTestEmbedFiles,Deps";
        let listed = for_build(go, build).text(&root.join(module), &["list", "-e", "-deps", "-test", FIELDS, "./..."]);
        let mut entries = BTreeMap::new();
        for entry in serde_json::Deserializer::from_str(&listed).into_iter::<Value>() {
            let entry = entry.expect("go list prints JSON");
            let Some(dir) = Path::new(text(&entry["Dir"])).strip_prefix(root).ok() else { continue };
            let mut compiled = BTreeMap::new();
            for kind in ["GoFiles", "EmbedFiles", "CgoFiles"] {
                for name in list(&entry[kind]) {
                    let path = format!("{}/{}", dir.display(), text(name));
                    compiled.insert(path.clone(), files.get(&path).cloned().unwrap_or_default());
                }
            }
            // The files that a package embeds for its tests belong to the variants of it that are tested.
            let name = text(&entry["ImportPath"]);
            let tested = name.split_once(" [").map(|(package, test)| (package.trim_end_matches("_test"), test));
            if tested.is_some_and(|(package, test)| test.strip_suffix(".test]") == Some(package)) {
                for name in list(&entry["TestEmbedFiles"]).iter().chain(list(&entry["XTestEmbedFiles"])) {
                    let path = format!("{}/{}", dir.display(), text(name));
                    compiled.insert(path.clone(), files.get(&path).cloned().unwrap_or_default());
                }
            }
            let deps = list(&entry["Deps"]).iter().map(text).map(str::to_owned).collect();
            entries.insert(text(&entry["ImportPath"]).to_owned(), (compiled, deps));
        }
        Self(entries)
    }

    /// All files of the repository that are compiled into an entry, with their contents.
    fn compiled(&self, name: &str) -> Option<BTreeMap<&str, &str>> {
        let (own, deps) = self.0.get(name)?;
        let of_deps = deps.iter().filter_map(|dep| self.0.get(dep)).map(|(files, _)| files);
        let files = of_deps.chain([own]).flatten();
        Some(files.map(|(path, text)| (path.as_str(), text.as_str())).collect())
    }

    /// The packages, and the tests, with other code than in `before`.
    fn reached_since(&self, before: &Self) -> Reached {
        let mut reached = Reached::new();
        for name in self.0.keys() {
            // A package of the other module that only a test needs may be listed as a variant for that test.
            let is_new = !before.0.contains_key(name) && !name.ends_with(".test");
            if is_new || self.compiled(name) == before.compiled(name) {
                continue;
            }
            match name.strip_suffix(".test") {
                Some(package) => _ = reached.insert(("tests", package.to_owned())),
                None if !name.contains(' ') => _ = reached.insert(("package", name.clone())),
                None => {}
            }
        }
        reached
    }
}

#[test]
fn a_change_reaches_the_same_packages_and_tests_as_by_the_go_command() {
    let Some(go) = go() else { return };
    let repo = Repo::init();
    let requires = |other: &str, dir: &str| {
        format!("go 1.24\n\nrequire example.com/{other} v0.0.0\n\nreplace example.com/{other} => {dir}\n")
    };
    repo.write("go.mod", format!("module example.com/m\n\n{}", requires("n", "./nested")));
    repo.write("nested/go.mod", format!("module example.com/n\n\n{}", requires("m", "../")));
    let (mut before, mut after) = (Tree::new(), Tree::new());
    for seed in seeds(0..CASES) {
        let mut random = Random::new(seed);
        let mut files = made(&format!("c{seed}"), &mut random);
        before.extend(files.clone());
        change(&mut files, &mut random);
        after.extend(files);
    }
    let listed = |files: &Tree| -> Vec<Listed> {
        files.iter().for_each(|(path, text)| _ = repo.write(path, text));
        let modules = ["", "nested"];
        let each = |build: &&str| modules.map(|module| Listed::new(&go, (repo.root(), module), build, files));
        BUILDS.iter().flat_map(each).collect()
    };
    let before_by_build = listed(&before);
    repo.commit("before");
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        std::fs::remove_file(repo.root().join(path)).expect("the file was written");
    }
    let after_by_build = listed(&after);
    repo.commit("after");
    let mut expected = Reached::new();
    for (before, after) in before_by_build.iter().zip(&after_by_build) {
        expected.extend(after.reached_since(before));
    }
    let found = found(&repo, &[]);
    let only = |one: &Reached, other: &Reached| -> Vec<_> { one.difference(other).cloned().collect() };
    assert_eq!(only(&found, &expected), [], "the go command compiles none of their files anew");
    assert_eq!(only(&expected, &found), [], "not found");
    assert!(expected.len() > 100, "too few packages are reached: {}", expected.len());
}

/// The packages and tests that `affected` names.
fn found(repo: &Repo, args: &[&str]) -> Reached {
    let mut found = Reached::new();
    for record in affected(repo, args) {
        match text(&record["kind"]) {
            "package" => _ = found.insert(("package", text(&record["path"]).to_owned())),
            "tests" => _ = found.insert(("tests", text(&record["path"]).to_owned())),
            _ => {}
        }
    }
    found
}

fn affected(repo: &Repo, args: &[&str]) -> Vec<Value> {
    let mut command = modwarden(repo.root(), &["affected", "HEAD~1", "--format", "json"]);
    command.args(["--no-cache", "--no-module-cache"]).args(args);
    records(command)
}

/// A repository with files, and a second commit in which some are others; `None` removes one.
fn changed(files: &[(&str, &str)], changes: &[(&str, Option<&str>)]) -> Repo {
    let repo = Repo::init();
    files.iter().for_each(|(path, text)| _ = repo.write(path, text));
    repo.commit("before");
    for (path, text) in changes {
        match text {
            Some(text) => _ = repo.write(path, text),
            None => std::fs::remove_file(repo.root().join(path)).expect("the file is there"),
        }
    }
    repo.commit("after");
    repo
}

const SHOP: [(&str, &str); 8] = [
    ("go.mod", "module example.com/shop\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n"),
    ("main.go", "package main\n\nimport _ \"example.com/shop/cart\"\n\nfunc main() {}\n"),
    ("cart/cart.go", "package cart\n\nimport _ \"example.com/shop/price\"\n"),
    ("cart/cart_test.go", "package cart_test\n\nimport _ \"example.com/dep/assert\"\n"),
    ("price/price.go", "package price\n"),
    ("tools/go.mod", "module example.com/shop/tools\n\ngo 1.24\n"),
    ("tools/gen/gen.go", "package main\n\nfunc main() {}\n"),
    ("README.md", "A shop.\n"),
];

/// Checks the lines of the default form.
#[track_caller]
fn assert_reached(changes: &[(&str, Option<&str>)], expected: &[&str]) {
    let repo = changed(&SHOP, changes);
    let output = modwarden(repo.root(), &["affected", "HEAD~1", "--no-module-cache"]).output().expect("it starts");
    let lines = String::from_utf8(output.stdout).expect("paths are UTF-8");
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

#[test]
fn a_change_reaches_those_that_import_the_package() {
    assert_reached(
        &[("price/price.go", Some("package price\n\nconst Tax = 19\n"))],
        &[
            "module example.com/shop",
            "package example.com/shop",
            "package example.com/shop/cart",
            "package example.com/shop/price",
            "program example.com/shop",
            "tests example.com/shop/cart",
        ],
    );
}

#[test]
fn a_package_that_is_gone_reaches_those_that_still_import_it() {
    assert_reached(
        &[("price/price.go", None)],
        &[
            "module example.com/shop",
            "package example.com/shop",
            "package example.com/shop/cart",
            "program example.com/shop",
            "tests example.com/shop/cart",
        ],
    );
}

#[test]
fn test_data_and_tests_reach_tests_only() {
    let expected = ["module example.com/shop", "tests example.com/shop/cart"];
    assert_reached(&[("cart/testdata/deep/one.json", Some("{}"))], &expected);
    assert_reached(&[("cart/cart_test.go", Some("package cart_test\n"))], &expected);
}

#[test]
fn a_new_version_reaches_those_that_import_the_module() {
    let go_mod = "module example.com/shop\n\ngo 1.24\n\nrequire example.com/dep v1.1.0\n";
    assert_reached(&[("go.mod", Some(go_mod))], &["module example.com/shop", "tests example.com/shop/cart"]);
}

#[test]
fn another_go_line_reaches_the_whole_module_and_no_other() {
    assert_reached(
        &[("tools/go.mod", Some("module example.com/shop/tools\n\ngo 1.25\n"))],
        &["module example.com/shop/tools", "package example.com/shop/tools/gen", "program example.com/shop/tools/gen"],
    );
}

#[test]
fn c_code_reaches_the_package_beside_it() {
    assert_reached(
        &[("price/price.h", Some("#define TAX 19\n")), ("README.md", Some("A good shop.\n"))],
        &[
            "module example.com/shop",
            "package example.com/shop",
            "package example.com/shop/cart",
            "package example.com/shop/price",
            "program example.com/shop",
            "tests example.com/shop/cart",
        ],
    );
}

#[test]
fn documents_reach_nothing() {
    assert_reached(&[("README.md", Some("A good shop.\n")), ("price/notes.txt", Some("None.\n"))], &[]);
}

#[test]
fn go_test_gets_one_line_of_arguments_per_module() {
    let repo = changed(
        &[
            ("go.mod", "module example.com/shop\n\ngo 1.24\n"),
            ("shop_test.go", "package shop\n"),
            ("a b/x_test.go", "package x\n"),
            ("tools/go.mod", "module example.com/shop/tools\n\ngo 1.24\n"),
            ("tools/gen/gen_test.go", "package main\n"),
        ],
        &[
            ("shop_test.go", Some("package shop\n\n// More.\n")),
            ("a b/x_test.go", Some("package x\n\n// More.\n")),
            ("tools/gen/gen_test.go", Some("package main\n\n// More.\n")),
        ],
    );
    let output = modwarden(repo.root(), &["affected", "HEAD~1..", "--format", "go-test"]).output().expect("it starts");
    let lines = String::from_utf8(output.stdout).expect("paths are UTF-8");
    assert_eq!(lines, "-C . . './a b'\n-C tools ./gen\n");
}

#[test]
fn a_package_that_changes_its_module_reaches_its_importers() {
    let repo = changed(
        &[
            ("go.mod", "module example.com/shop\n\ngo 1.24\n"),
            ("sub/go.mod", "module example.com/shop/sub\n\ngo 1.24\n"),
            ("sub/sub.go", "package sub\n"),
            ("use/use.go", "package use\n\nimport _ \"example.com/shop/sub\"\n"),
        ],
        &[("sub/go.mod", None)],
    );
    let expected = [("package", "example.com/shop/sub"), ("package", "example.com/shop/use")];
    assert_eq!(found(&repo, &[]), expected.map(|(kind, path)| (kind, path.to_owned())).into());
}

#[test]
fn code_behind_links_is_code_of_the_package() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("lib/l.go", "package lib\n");
    repo.write("flink/own.go", "package lib\n").symlink("flink/l.go", "../lib/l.go");
    repo.write("real/r.go", "package real\n").symlink("dlink", "real");
    repo.write(
        "use/use.go",
        "package use\n\nimport (\n\t_ \"example.com/shop/flink\"\n\t_ \"example.com/shop/dlink\"\n)\n",
    );
    repo.write("shared/f.txt", "f\n").write("td/td_test.go", "package td\n").symlink("td/testdata", "../shared");
    repo.commit("before");
    let paths = |changed: &str, text: &str| {
        repo.write(changed, text).commit(changed);
        found(&repo, &[])
            .into_iter()
            .map(|(kind, path)| format!("{kind} {}", path.trim_start_matches("example.com/shop/")))
            .collect::<Vec<_>>()
    };
    assert_eq!(paths("lib/l.go", "package lib\n\n// More.\n"), ["package flink", "package lib", "package use"]);
    assert_eq!(paths("real/r.go", "package real\n\n// More.\n"), ["package dlink", "package real", "package use"]);
    assert_eq!(paths("shared/f.txt", "g\n"), ["tests td"]);
}

#[test]
fn a_profile_reaches_its_program() {
    let expected = ["module example.com/shop", "package example.com/shop", "program example.com/shop"];
    assert_reached(&[("default.pgo", Some("profile"))], &expected);
}

#[test]
fn go_test_gets_directories_from_where_one_is_and_only_what_the_build_has() {
    let repo = changed(
        &[
            ("go.mod", "module example.com/shop\n\ngo 1.24\n"),
            ("win/x_windows_test.go", "package win\n"),
            ("deep/down/x_test.go", "package down\n"),
        ],
        &[
            ("win/x_windows_test.go", Some("package win\n\n// More.\n")),
            ("deep/down/x_test.go", Some("package down\n\n// More.\n")),
        ],
    );
    let args = ["affected", "HEAD~1", "--format", "go-test", "--build", "linux/amd64"];
    let output = modwarden(&repo.root().join("deep/down"), &args).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "-C ../../ ./deep/down\n");
}
