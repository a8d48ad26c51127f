//! The purpose of each requirement: who imports it, which packages are needed, and the evidence; and when its first
//! import came and its last one went, in real histories.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::program::{Outcome, check, run};
use crate::support::random::Random;
use crate::support::repo::Repo;

const MODULES: [&str; 4] = ["example.com/cart", "example.com/cart/v2", "example.com/pay", "example.com/tax"];

fn audit(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["audit", "--fail-on", "never", "--no-module-cache"]).args(args);
    run(command)
}

/// The rows of the module in a file, by path.
fn rows(outcome: &Outcome, file: &str) -> BTreeMap<String, Value> {
    let report: Value = serde_json::from_str(&outcome.text).expect("an audit is printed as JSON");
    let tables = report["requirements"].as_array().expect("there are tables");
    let table = tables.iter().find(|table| table["file"] == file).expect("the module has a table");
    let rows = table["requirements"].as_array().expect("a table has rows");
    rows.iter().map(|row| (row["path"].as_str().expect("a path").to_owned(), row.clone())).collect()
}

fn go_mod(name: &str) -> String {
    let lines: String = MODULES.iter().map(|module| format!("\t{module} {}\n", version(module))).collect();
    format!("module example.com/{name}\n\ngo 1.24\n\nrequire (\n{lines})\n")
}

fn version(module: &str) -> &'static str {
    if module.ends_with("/v2") { "v2.0.0" } else { "v1.0.0" }
}

/// A Go file that imports a package of each of these modules.
fn code(modules: &BTreeSet<&str>) -> String {
    let imports: String = modules.iter().map(|module| format!("import _ \"{module}/sub\"\n")).collect();
    format!("package x\n\n{imports}")
}

/// The commits that brought the first import of each module and took the last away, as the files of each commit tell.
fn spans<'m>(
    states: &[(String, BTreeMap<&str, BTreeSet<&'m str>>)],
    is_own: impl Fn(&str) -> bool,
) -> BTreeMap<&'m str, (Option<String>, Option<String>)> {
    let mut found: BTreeMap<&str, (Option<String>, Option<String>)> = BTreeMap::new();
    let mut before: BTreeSet<&str> = BTreeSet::new();
    for (commit, files) in states {
        let own = files.iter().filter(|(path, _)| is_own(path));
        let now: BTreeSet<&str> = own.flat_map(|(_, modules)| modules.iter().copied()).collect();
        for module in now.difference(&before) {
            let (first, last) = found.entry(module).or_default();
            first.get_or_insert_with(|| commit.clone());
            *last = None;
        }
        for module in before.difference(&now) {
            found.entry(module).or_default().1 = Some(commit.clone());
        }
        before = now;
    }
    found
}

#[test]
fn the_first_and_the_last_import_are_found_in_random_histories() {
    const PATHS: [&str; 6] = ["a.go", "a_test.go", "b/b.go", "b/testdata/no.go", "nested/n.go", "nested/deep/n.go"];
    let is_package = |path: &str| !path.contains("testdata");
    for seed in 0..8 {
        let (repo, mut random) = (Repo::init(), Random::new(seed));
        let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut states = Vec::new();
        for step in 0..24 {
            // At first there is no module: the content of a directory at that time counts as well.
            if step == 3 {
                repo.write("go.mod", go_mod("shop")).write("nested/go.mod", go_mod("nested"));
            }
            for _ in 0..=random.below(2) {
                let path = PATHS[random.below(PATHS.len())];
                let modules: BTreeSet<&str> = MODULES.into_iter().filter(|_| random.once_in(4)).collect();
                repo.write(path, code(&modules));
                files.insert(path, modules);
            }
            repo.write("step.txt", step.to_string());
            states.push((repo.commit("go on"), files.clone()));
        }
        let outcome = audit(&repo, &["--format", "json"]);
        let own = |path: &str| is_package(path) && !path.starts_with("nested/");
        let nested = |path: &str| is_package(path) && path.starts_with("nested/");
        for (file, expected) in [("go.mod", spans(&states, own)), ("nested/go.mod", spans(&states, nested))] {
            for (path, row) in rows(&outcome, file) {
                let (first, last) = expected.get(path.as_str()).cloned().unwrap_or_default();
                let commit = |name: &str| row[name]["commit"].as_str().map(str::to_owned);
                assert_eq!(commit("first_import"), first, "seed {seed}, {file}: first import of {path}");
                assert_eq!(commit("last_import"), last, "seed {seed}, {file}: last import of {path}");
                let imports = row["importers"].as_array().is_some_and(|importers| !importers.is_empty());
                assert_eq!(imports, expected.contains_key(path.as_str()) && last_is_open(&expected, &path), "{path}");
            }
        }
    }
}

fn last_is_open(spans: &BTreeMap<&str, (Option<String>, Option<String>)>, path: &str) -> bool {
    spans.get(path).is_some_and(|(_, last)| last.is_none())
}

/// A repository with a file of each sort.
fn shop() -> Repo {
    let repo = Repo::init();
    repo.write(
        "go.mod",
        "module example.com/shop\n\ngo 1.24\n\nrequire (\n\texample.com/cart v1.0.0\n\texample.com/pay v1.0.0\n\
         \texample.com/left v1.0.0\n\texample.com/deep v1.0.0 // indirect\n)\n",
    );
    repo.write("a.go", "package shop\n\nimport _ \"example.com/cart\"\nimport _ \"example.com/cart/big\"\n");
    repo.write("b_windows.go", "package shop\n\nimport _ \"example.com/cart\"\n");
    repo.write("a_test.go", "package shop\n\nimport _ \"example.com/cart\"\nimport _ \"example.com/pay/mock\"\n");
    repo.write("gen.go", "//go:build ignore\n\npackage main\n\nimport _ \"example.com/left\"\n");
    repo.commit("begin");
    repo
}

#[test]
fn a_row_says_who_imports_what_and_what_that_proves() {
    let repo = shop();
    let rows = rows(&audit(&repo, &["--format", "json"]), "go.mod");
    let files = |path: &str| -> Vec<String> {
        let importers = rows[path]["importers"].as_array().map(Vec::as_slice).unwrap_or_default();
        importers.iter().map(|it| format!("{} {} {}", it["file"], it["test"], it["constraint"])).collect()
    };
    assert_eq!(
        files("example.com/cart"),
        [r#""a.go" false null"#, r#""a_test.go" true null"#, r#""b_windows.go" false "windows""#]
    );
    assert_eq!(files("example.com/pay"), [r#""a_test.go" true null"#]);
    assert_eq!(rows["example.com/cart"]["packages"], serde_json::json!(["example.com/cart", "example.com/cart/big"]));
    let verdict = |path: &str| format!("{} {}", rows[path]["verdict"], rows[path]["evidence"]);
    assert_eq!(verdict("example.com/cart"), r#""needed" "source""#);
    assert_eq!(verdict("example.com/left"), r#""unused" "source""#);
    assert_eq!(verdict("example.com/deep"), r#""undecided" "source""#);
}

#[test]
fn the_vendor_directory_shows_what_is_needed() {
    let repo = shop();
    let packages = "# example.com/cart v1.0.0\n## explicit\nexample.com/cart\nexample.com/cart/big\n# example.com/deep v1.0.0\n\
                    ## explicit\nexample.com/deep/er\n";
    repo.write("vendor/modules.txt", packages).write("vendor/example.com/deep/er/x.go", "package er\n");
    let rows = rows(&audit(&repo, &["--format", "json"]), "go.mod");
    let deep = &rows["example.com/deep"];
    assert_eq!((&deep["verdict"], &deep["evidence"]), (&"needed".into(), &"vendor".into()));
    assert_eq!(deep["packages"], serde_json::json!(["example.com/deep/er"]));
}

#[test]
fn a_person_sees_the_table_where_it_was_asked_for() {
    let repo = shop();
    let args = ["--no-module-cache", "--fail-on", "never"];
    let quiet = check(&repo, &args);
    assert!(!quiet.text.contains("imported by"), "{}", quiet.text);
    for form in ["pretty", "concise"] {
        let shown = check(&repo, &[&args[..], &["--verbose", "--format", form]].concat());
        shown.assert(
            0,
            &["4 requirements of example.com/shop (go.mod)", "2 + 1 in tests, 1 only in some builds", "unused"],
        );
        assert!(!shown.text.contains("first import"), "{}", shown.text);
    }
    let markdown = check(&repo, &[&args[..], &["--format", "markdown"]].concat());
    markdown.assert(0, &["| `example.com/pay` | `v1.0.0` | direct | 1 in tests | 1 |"]);
    let page = audit(&repo, &["--format", "html"]);
    page.assert(0, &["<!DOCTYPE html>", "<code>example.com/left</code>", "never", "A U Thor"]);
    let other = audit(&repo, &["--format", "json", "vendor"]);
    assert!(!other.text.contains("\"requirements\":["), "{}", other.text);
}

#[test]
fn an_audit_reads_a_bare_repository_and_says_where_a_clone_ends() {
    let repo = shop();
    repo.write("b_windows.go", "package shop\n");
    repo.commit("go on");
    let bare = Repo::plain();
    let from = format!("file://{}", repo.root().display());
    bare.git(&["clone", "-q", "--bare", "--depth", "1", &from, "."]);
    let outcome = audit(&bare, &["--rev", "HEAD", "--format", "concise"]);
    outcome.assert(0, &["at least ", "example.com/cart"]);
}
