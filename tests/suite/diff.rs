//! `diff` and its parts, on repositories that git made: each kind of change, in every format.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests read and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::model::{Change, ModelDiff};
use modwarden::internals::pipeline::{PolicyChoice, inspect};
use modwarden::internals::source::MemorySource;
use serde_json::{Value, json};

use crate::support::repo::Repo;
use crate::support::txtar;

const MODWARDEN: &str = env!("CARGO_BIN_EXE_modwarden");

/// A module that imports two packages of one requirement.
const BASE: &str = r#"
-- go.mod --
module example.com/shop

go 1.22

require (
	example.com/cart v1.2.0
	example.com/deep v0.1.0 // indirect
)
-- a.go --
package shop

import (
	_ "example.com/cart"
	_ "example.com/cart/price"
)
"#;

/// A workspace with a module outside of it, and one of everything that can change.
const RICH_BEFORE: &str = r#"
-- go.work --
go 1.22

use (
	./shop
	./till
)

replace example.com/paint v1.0.0 => ./paint
-- shop/go.mod --
module example.com/shop

go 1.22.0

toolchain go1.22.3

require (
	example.com/cart v1.2.0
	example.com/fork v1.0.0
	example.com/gone v0.3.0
	example.com/mark v1.0.0 // indirect
	example.com/paint v1.0.0
	example.com/plain v1.0.0
	example.com/unused v1.4.0
	example.com/deep v0.1.0 // indirect
)

replace example.com/fork => example.com/our/fork v1.0.0

exclude example.com/cart v1.1.9
-- shop/a.go --
package shop

import (
	_ "example.com/cart"
	_ "example.com/cart/old"
	_ "example.com/fork"
	_ "example.com/gone"
	_ "example.com/paint"
	_ "example.com/plain"
	_ "example.com/unused"
)
-- paint/go.mod --
module example.com/paint

go 1.22
-- paint/a.go --
package paint
-- till/go.mod --
module example.com/till

go 1.22
-- till/a.go --
package till
-- left/go.mod --
module example.com/left

go 1.21

require example.com/cart v1.0.0
-- left/a.go --
package left

import _ "example.com/cart"
-- name/go.mod --
module example.com/name

go 1.21
-- from/go.mod --
module example.com/moved

go 1.21
"#;

const RICH_AFTER: &str = r#"
-- go.work --
go 1.23

use (
	./shop
	./till
)
-- shop/go.mod --
module example.com/shop

go 1.23.0

require (
	example.com/cart v1.10.0
	example.com/fork v1.0.0
	example.com/late v0.1.0
	example.com/mark v1.0.0
	example.com/paint v1.0.0
	example.com/plain v0.9.0
	example.com/unused v1.4.0
	example.com/deep v0.2.0 // indirect
	example.com/other v0.1.0 // indirect
)

replace example.com/fork => example.com/their/fork v1.0.0

replace example.com/plain => ../plain

exclude example.com/cart v1.1.8

tool example.com/late/cmd/late
-- shop/a.go --
package shop

import (
	_ "example.com/cart"
	_ "example.com/cart/new"
	_ "example.com/fork"
	_ "example.com/mark"
	_ "example.com/paint"
	_ "example.com/plain"
)
-- shop/b/b_test.go --
package b

import _ "example.com/cart/new"
-- shop/c/c.go --
package c

import _ "example.com/cart/new"
-- shop/d/d.go --
package d

import _ "example.com/cart/new"
-- paint/go.mod --
module example.com/paint

go 1.22
-- paint/a.go --
package paint
-- till/go.mod --
module example.com/till

go 1.22

require example.com/cart v1.10.0
-- till/a.go --
package till

import _ "example.com/cart"
-- name/go.mod --
module example.com/name/v2

go 1.21
-- to/go.mod --
module example.com/moved

go 1.21
-- new/go.mod --
module example.com/new

go 1.23

require (
	example.com/cart v1.10.0
	example.com/deep v0.2.0 // indirect
)
"#;

/// A repository with two commits, the tags `base` and `head`.
fn commits(before: &str, after: &str) -> Repo {
    let repo = Repo::init();
    put(&repo, before);
    repo.git(&["tag", "base"]);
    put(&repo, after);
    repo.git(&["tag", "head"]);
    repo
}

/// Commits these files and no others; gives the id.
fn put(repo: &Repo, files: &str) -> String {
    for entry in fs::read_dir(repo.root()).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != ".git") {
        let path = entry.path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    for (path, content) in txtar::parse(files) {
        repo.write(path, content);
    }
    repo.commit("a state")
}

fn run(repo: &Repo, args: &[&str]) -> Output {
    repo.command(MODWARDEN).args(["diff", "--no-module-cache"]).args(args).output().unwrap()
}

#[track_caller]
fn ends(code: i32, repo: &Repo, args: &[&str]) -> String {
    let output = run(repo, args);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[track_caller]
fn json(code: i32, repo: &Repo, args: &[&str]) -> Value {
    serde_json::from_str(&ends(code, repo, &[&["--format", "json"], args].concat())).unwrap()
}

#[track_caller]
fn between(before: &str, after: &str) -> Value {
    json(0, &commits(before, after), &["base", "head"])
}

/// `path change also…` of each requirement of the only module with changes.
#[track_caller]
fn requirements(diff: &Value) -> Vec<String> {
    let modules = diff["modules"].as_array().unwrap();
    assert!(modules.len() <= 1, "{diff}");
    let line = |requirement: &Value| {
        let also = requirement["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words = ["path", "change"].map(|key| requirement[key].as_str().unwrap());
        words.into_iter().chain(also).collect::<Vec<_>>().join(" ")
    };
    modules.iter().flat_map(|module| module["requirements"].as_array().into_iter().flatten()).map(line).collect()
}

#[track_caller]
fn check(changes: &[(&str, &str)], expected: &[&str]) -> Value {
    let after = changes.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    let diff = between(BASE, &after);
    assert_eq!(requirements(&diff), expected);
    diff
}

#[test]
fn versions_are_compared_as_go_does() {
    let diff = check(&[("cart v1.2.0", "cart v1.10.0")], &["example.com/cart upgraded"]);
    assert_eq!(diff["modules"][0]["requirements"][0]["before"], "v1.2.0");
    assert_eq!(diff["modules"][0]["requirements"][0]["after"], "v1.10.0");
    check(&[("cart v1.2.0", "cart v1.2.0-rc.1")], &["example.com/cart downgraded"]);
    check(&[("deep v0.1.0", "deep v0.1.1-0.20260102030405-abcdefabcdef")], &["example.com/deep upgraded"]);
}

#[test]
fn what_comes_and_goes_is_told_with_its_packages_and_files() {
    let diff = check(
        &[("\texample.com/cart v1.2.0\n", "\texample.com/new v1.0.0\n"), ("example.com/cart", "example.com/new")],
        &["example.com/new added", "example.com/cart removed"],
    );
    let requirements = &diff["modules"][0]["requirements"];
    assert_eq!(
        requirements[0]["packages"],
        json!([
            { "path": "example.com/new", "change": "added", "files": [{ "file": "a.go", "line": 4 }] },
            { "path": "example.com/new/price", "change": "added", "files": [{ "file": "a.go", "line": 5 }] },
        ])
    );
    assert_eq!(requirements[1]["packages"][1]["change"], "removed");
    assert_eq!(requirements[1]["before"], "v1.2.0");
    assert_eq!(requirements[1].get("after"), None);
}

#[test]
fn a_requirement_that_only_moves_between_its_marks_is_told() {
    check(&[("deep v0.1.0 // indirect", "deep v0.1.0")], &["example.com/deep changed newly-direct"]);
    check(&[("cart v1.2.0", "cart v1.2.0 // indirect")], &["example.com/cart changed newly-indirect"]);
}

#[test]
fn a_requirement_that_is_no_longer_imported_is_told() {
    let gone = ("\t_ \"example.com/cart\"\n\t_ \"example.com/cart/price\"\n", "\t_ \"fmt\"\n");
    let diff = check(&[gone], &["example.com/cart changed newly-unused"]);
    assert_eq!(diff["modules"][0]["requirements"][0]["used"], false);
    check(&[("\t_ \"example.com/cart\"\n", "")], &["example.com/cart changed"]);
    check(&[("cart/price\"", "cart/price\"\n\t_ \"example.com/deep\"")], &["example.com/deep changed newly-used"]);
    // A tool needs it too, and so does a test; a file that no build has does not.
    check(&[gone, ("go 1.22", "go 1.22\n\ntool example.com/cart/cmd/x")], &["example.com/cart changed"]);
    check(
        &[gone, ("-- a.go --", "-- a_test.go --\npackage shop\n\nimport _ \"example.com/cart\"\n-- a.go --")],
        &["example.com/cart changed"],
    );
    check(
        &[
            gone,
            (
                "-- a.go --",
                "-- x.go --\n//go:build ignore\n\npackage main\n\nimport _ \"example.com/cart\"\n-- a.go --",
            ),
        ],
        &["example.com/cart changed newly-unused"],
    );
}

#[test]
fn where_it_is_not_certain_what_is_imported_nothing_is_claimed() {
    // The new requirement may have the packages, or the old one still does; no source is available to decide.
    let diff = check(
        &[
            ("\texample.com/cart v1.2.0\n", "\texample.com/cart v1.2.0\n\texample.com/cart/price v0.1.0\n"),
            ("\t_ \"example.com/cart\"\n", ""),
        ],
        &["example.com/cart/price added", "example.com/cart changed"],
    );
    let [added, kept] = [0, 1].map(|index| &diff["modules"][0]["requirements"][index]);
    assert_eq!(
        (&added["packages"][0]["from"], &added["packages"][0]["guess"]),
        (&json!("example.com/cart"), &json!(true))
    );
    assert_eq!(kept["packages"][1]["to"], "example.com/cart/price");
    assert_eq!((kept.get("used"), added.get("used")), (None, None));
    assert_eq!(diff["notifications"][0]["level"], "note");
}

#[test]
fn what_is_in_force_counts_and_not_where_it_is_written() {
    let with = |line: &str| format!("go 1.22\n\n{line}\n");
    let replaced = with("replace example.com/cart => ../cart");
    check(&[("go 1.22\n", &replaced)], &["example.com/cart changed replaced"]);
    check(&[("go 1.22\n", &with("replace example.com/cart v1.1.0 => ../cart"))], &[]);
    let before = BASE.replace("go 1.22\n", &replaced);
    let changed = |line: &str| requirements(&between(&before, &BASE.replace("go 1.22\n", &with(line))));
    assert_eq!(changed(""), ["example.com/cart changed no-longer-replaced"]);
    assert_eq!(changed("replace example.com/cart => ../other"), ["example.com/cart changed replaced-otherwise"]);
    assert_eq!(changed("replace example.com/cart v1.2.0 => ../cart"), [""; 0]);
}

#[test]
fn a_workspace_decides_what_replaces() {
    let member = BASE.replace("-- go.mod --", "-- shop/go.mod --").replace("-- a.go --", "-- shop/a.go --");
    let before = format!("{member}-- go.work --\ngo 1.22\n\nuse ./shop\n");
    let after = format!("{before}\nreplace example.com/cart => ./cart\n");
    let diff = between(&before, &after);
    assert_eq!(requirements(&diff), ["example.com/cart changed replaced"]);
    assert_eq!(diff["modules"][0]["workspace"], ".");
    assert_eq!(
        diff["workspaces"],
        json!([{ "dir": ".", "change": "changed", "directives": [
            { "directive": "replace", "change": "added", "subject": "example.com/cart", "after": "./cart" },
        ] }])
    );
    // No such directory is there, so its packages are not known, and nothing is reported about use.
    let package = &diff["modules"][0]["requirements"][0]["packages"][0];
    assert_eq!((&package["change"], &package["unresolved"]), (&json!("removed"), &json!(true)));
    assert_eq!(
        requirements(&between(&after, &after.replace("./cart", "./other"))),
        ["example.com/cart changed replaced-otherwise",]
    );
    // The same directory, written from elsewhere, is no change of the effective replacement.
    let moved = before.replace("go 1.22\n\nrequire", "go 1.22\n\nreplace example.com/cart => ../cart\n\nrequire");
    assert_eq!(requirements(&between(&after, &moved)), [""; 0]);
}

#[test]
fn lines_of_module_files_are_compared() {
    let diff =
        check(&[("go 1.22\n", "go 1.23\n\ntoolchain go1.24.1\n\nretract [v1.0.0, v1.1.0]\n\ngodebug a=b\n")], &[]);
    assert_eq!(
        diff["modules"][0]["directives"],
        json!([
            { "directive": "go", "change": "changed", "before": "1.22", "after": "1.23" },
            { "directive": "godebug", "change": "added", "subject": "a", "after": "b" },
            { "directive": "retract", "change": "added", "subject": "[v1.0.0, v1.1.0]" },
            { "directive": "toolchain", "change": "added", "after": "go1.24.1" },
        ])
    );
    let summary = &diff["summary"];
    assert_eq!((&summary["directives"], &summary["modules"], &summary["compared"]), (&json!(4), &json!(1), &json!(1)));
}

#[test]
fn modules_come_go_move_and_change_their_path() {
    let diff = between(RICH_BEFORE, RICH_AFTER);
    let seen: Vec<String> = diff["modules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|module| {
            let word = |key: &str| module[key].as_str().unwrap_or("-").to_owned();
            ["dir", "change", "path_before", "dir_before", "workspace"].map(word).join(" ")
        })
        .collect();
    assert_eq!(
        seen,
        [
            "left removed - - -",
            "name changed example.com/name - -",
            "new added - - -",
            "shop changed - - .",
            "till changed - - .",
            "to changed - from -",
        ]
    );
    assert_eq!(diff["summary"]["compared"], 7);
}

#[test]
fn a_repository_of_many_changes_in_each_form() {
    let repo = commits(RICH_BEFORE, RICH_AFTER);
    let text = |form: &str| ends(0, &repo, &["base..head", "--format", form]);
    check_file("rich.pretty", &text("pretty"));
    check_file("rich.markdown", &text("markdown"));
    let pretty = serde_json::to_string_pretty(&json(0, &repo, &["base", "head"])).unwrap() + "\n";
    check_file("rich.json", &pretty);
    let colored = ends(0, &repo, &["base", "--color", "always"]);
    assert_eq!(without_color(&colored), text("pretty").replace("to head (", "to HEAD ("));
}

fn check_file(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "tests/diff/{name} differs; UPDATE=1 rewrites it");
}

fn without_color(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

#[test]
fn nothing_changed_says_so() {
    let repo = commits(BASE, &BASE.replace("package shop", "// Package shop sells.\npackage shop"));
    for args in [["base", "base"], ["base", "head"]] {
        for form in ["pretty", "markdown"] {
            let text = ends(0, &repo, &[&args[..], &["--format", form]].concat());
            assert!(text.to_lowercase().contains("no change in the dependencies of 1 module"), "{text}");
        }
        assert_eq!(json(0, &repo, &args)["modules"], json!([]));
    }
}

#[test]
fn revisions_are_named_as_in_git() {
    let repo = commits(BASE, &BASE.replace("cart v1.2.0", "cart v1.3.0"));
    repo.git(&["checkout", "--quiet", "-b", "topic", "base"]);
    let topic = put(&repo, &BASE.replace("deep v0.1.0", "deep v0.2.0"));
    let changed = |args: &[&str]| requirements(&json(0, &repo, args));
    assert_eq!(changed(&["main"]), ["example.com/cart downgraded", "example.com/deep upgraded"]);
    assert_eq!(changed(&["main", "topic"]), changed(&["main..topic"]));
    assert_eq!(changed(&["main.."]), changed(&["main"]));
    assert_eq!(changed(&["..main"]), ["example.com/cart upgraded", "example.com/deep downgraded"]);
    assert_eq!(changed(&["main...topic"]), ["example.com/deep upgraded"]);
    let diff = json(0, &repo, &["main...topic"]);
    let base = repo.git(&["rev-parse", "base"]);
    assert_eq!(diff["base"], json!({ "commit": base, "revision": "main", "merge_base": true }));
    assert_eq!(diff["head"], json!({ "commit": topic, "revision": "topic" }));
    let text = ends(0, &repo, &["main...topic"]);
    assert!(text.contains(&format!("from {} (the merge base with main) to topic (", &base[..12])), "{text}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let repo = commits(BASE, BASE);
    for args in [&["nowhere"][..], &["base", "nowhere"], &["base..head", "head"], &[".."], &[], &["base", "head", "."]]
    {
        ends(2, &repo, args);
    }
    ends(2, &repo, &["base", "--policy", "missing.toml"]);
    repo.git(&["checkout", "--quiet", "--orphan", "island"]);
    put(&repo, &BASE.replace("cart v1.2.0", "cart v1.4.0"));
    assert_eq!(requirements(&json(0, &repo, &["base", "island"])), ["example.com/cart upgraded"]);
    let text = ends(3, &repo, &["base...island"]);
    assert!(text.contains("do not meet: there is no merge base"), "{text}");
}

#[test]
fn several_merge_bases_are_named() {
    let repo = commits(BASE, &BASE.replace("1.22", "1.23"));
    repo.git(&["checkout", "--quiet", "-b", "other", "base"]);
    let other = put(&repo, &BASE.replace("deep v0.1.0", "deep v0.2.0"));
    let main = repo.git(&["rev-parse", "main"]);
    let merge = |into: &str, with: &str| {
        repo.git(&["checkout", "--quiet", into]);
        repo.git(&["merge", "--quiet", "--strategy=ours", "-m", "a merge", with]);
    };
    merge("main", &other);
    merge("other", &main);
    let text = ends(3, &repo, &["main...other"]);
    assert!(text.contains("meet in 2 merge bases") && text.contains(&main) && text.contains(&other), "{text}");
    ends(0, &repo, &["main..other"]);
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let repo = commits(BASE, &BASE.replace("cart v1.2.0", "cart v1.3.0"));
    repo.git(&["checkout", "--quiet", "-b", "topic", "base"]);
    put(&repo, BASE);
    let clone = repo.beside("clone");
    let from = format!("file://{}", repo.root().display());
    repo.git(&["clone", "--quiet", "--depth=1", "--no-tags", "--no-single-branch", &from, clone.to_str().unwrap()]);
    let in_clone = |args: &[&str]| {
        let output = repo.command(MODWARDEN).current_dir(&clone).arg("diff").args(args).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(in_clone(&["origin/main", "origin/topic"]).0, Some(0));
    let (code, text) = in_clone(&["origin/main...origin/topic"]);
    assert!(code == Some(3) && text.contains("fetch-depth: 0"), "{code:?} {text}");
}

#[test]
fn paths_narrow_to_the_modules_around_them() {
    let repo = commits(RICH_BEFORE, RICH_AFTER);
    let dirs = |paths: &[&str]| {
        let diff = json(0, &repo, &[&["base", "head", "--"], paths].concat());
        let modules = diff["modules"].as_array().unwrap().iter();
        modules.map(|module| module["dir"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(dirs(&["shop"]), ["shop"]);
    assert_eq!(dirs(&["shop/b", "left"]), ["left", "shop"]);
    assert_eq!(dirs(&["from"]), ["to"]);
    assert_eq!(dirs(&["paint"]), [""; 0]);
    assert_eq!(dirs(&["."]).len(), 6);
    let text = ends(2, &repo, &["base", "head", "--", "nothing"]);
    assert!(text.contains("there is no file or directory `nothing`"), "{text}");
}

#[test]
fn a_state_without_modules_is_one_from_which_they_came() {
    let repo = commits("-- README --\nnothing yet\n", BASE);
    let diff = json(0, &repo, &["base", "head"]);
    assert_eq!(diff["modules"][0]["change"], "added");
    assert_eq!(diff["summary"]["modules_added"], 1);
    let text = ends(3, &repo, &["base", "base"]);
    assert!(text.contains("no go.mod was found"), "{text}");
}

#[test]
fn the_policy_names_modules_and_no_more() {
    let named = format!("-- modwarden.toml --\nmodules = [\"vendor.mod\"]\n{}", BASE.replace("go.mod", "vendor.mod"));
    let diff = between(&named, &named.replace("cart v1.2.0", "cart v1.3.0"));
    assert_eq!(requirements(&diff), ["example.com/cart upgraded"]);
    let repo = commits(BASE, &format!("-- modwarden.toml --\ncolour = 1\n{BASE}"));
    let text = ends(3, &repo, &["base", "head"]);
    assert!(text.contains("in head: the policy has errors"), "{text}");
    ends(0, &repo, &["base", "head", "--policy-from", "base"]);
}

#[test]
fn what_was_not_seen_is_said_with_its_state() {
    let repo = commits(BASE, BASE);
    fs::remove_file(repo.root().join("go.mod")).unwrap();
    repo.symlink("go.mod", "/etc/hostname");
    repo.commit("a link");
    let diff = json(3, &repo, &["base", "HEAD"]);
    assert_eq!(diff["verdict"], "undecided");
    let message = diff["notifications"][0]["message"].as_str().unwrap();
    assert_eq!(message, "in HEAD: not read: go.mod: it is a symbolic link that leaves the repository");
    let text = ends(3, &repo, &["base", "HEAD", "--format", "markdown"]);
    assert!(text.contains("Incomplete"), "{text}");
}

#[test]
fn a_damaged_module_file_gives_what_can_be_read() {
    check(
        &[("go 1.22", "go 1.22\n\n)))\nrequire {\nreplace =>\n\u{1}"), ("cart v1.2.0", "cart v1.3.0")],
        &["example.com/cart upgraded"],
    );
    let diff = between(BASE, &BASE.replace("module example.com/shop", "modul"));
    assert_eq!(diff["modules"][0]["path_before"], "example.com/shop");
}

/// Text that would be a workflow command, an escape sequence, a mention, a table cell, a link or HTML.
const HOSTILE: [&str; 8] = [
    "::error::x",
    "##[error]x",
    "\x1b[31mred\x1b]8;;x\x07",
    "@everyone",
    "a|b`c",
    "<img src=x onerror=alert(1)>",
    "\u{202e}evil",
    "[x](https://example.com)",
];

#[test]
fn hostile_names_stay_text_in_every_form() {
    let index_of = |name: &str| HOSTILE.iter().position(|it| *it == name).unwrap();
    let line = |name: &&str| {
        let index = index_of(name);
        let quoted = name.replace(['\x1b', '\x07'], "");
        format!("require example.com/r{index} v1.0.0\nreplace example.com/r{index} => \"../{quoted}\"\n")
    };
    let repo = commits(BASE, &BASE.replace("go 1.22", &HOSTILE.iter().map(line).collect::<String>()));
    for (index, name) in HOSTILE.iter().enumerate() {
        repo.write(format!("{index}{name}/go.mod").replace("//", "/ /"), format!("module `{name}`\n"));
        repo.write(format!("{name}.go").replace('/', ":"), "package shop\n\nimport _ \"example.com/cart/x\"\n");
        repo.write(format!("{name}/x.go"), format!("package x\n\nimport _ \"example.com/cart/y{index}\"\n"));
    }
    repo.commit("hostile");
    let pretty = ends(0, &repo, &["base", "HEAD"]);
    assert!(pretty.contains("../@everyone") && !pretty.contains("##[") && !harmful(&pretty), "{pretty}");
    assert!(pretty.lines().all(|line| !line.trim_start().starts_with("::")), "{pretty}");
    let text = ends(0, &repo, &["base", "HEAD", "--format", "json"]);
    assert!(text.contains("../@everyone") && !text.contains("##[") && !harmful(&text), "{text}");
    let markdown = ends(0, &repo, &["base", "HEAD", "--format", "markdown"]);
    assert!(markdown.contains("../@everyone") && !harmful(&markdown), "{markdown}");
    assert!(!markdown.contains("a|b") && !markdown.contains("b`c"), "{markdown}");
    let outside = outside_code(&markdown);
    for word in ["everyone", "error", "example.com", "red", "x]", "img"] {
        assert!(!outside.contains(word), "{word}: {outside}");
    }
    let tables = markdown.lines().filter(|line| line.starts_with('|'));
    assert!(tables.clone().count() > 8 && tables.clone().all(|row| row.matches('|').count() == 6), "{markdown}");
}

fn harmful(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
}

/// The part of a Markdown text that is not between back quotes; each line closes the spans that it opens.
fn outside_code(text: &str) -> String {
    let outside = |line: &str| {
        let parts: Vec<&str> = line.split('`').collect();
        assert_eq!(parts.len() % 2, 1, "{line}");
        parts.into_iter().step_by(2).collect::<String>()
    };
    text.lines().map(outside).collect::<Vec<_>>().join("\n").replace("<details><summary>", "")
}

#[test]
fn a_comment_fits_and_says_what_it_leaves_out() {
    let lines = |version: &str| {
        let line = |index: usize| format!("\texample.com/{}/m{index} {version}\n", "long".repeat(20));
        format!("-- go.mod --\nmodule example.com/m\n\nrequire (\n{})\n", (0..1500).map(line).collect::<String>())
    };
    let repo = commits(&lines("v1.0.0"), &lines("v1.1.0"));
    let text = ends(0, &repo, &["base", "head", "--format", "markdown"]);
    assert!(text.chars().count() < 65_536 && text.len() > 50_000, "{}", text.len());
    let shown = text.lines().filter(|line| line.starts_with("| upgraded")).count();
    assert!(text.contains(&format!("… and {} more: ", 1500 - shown)), "{}", &text[text.len() - 300..]);
    assert!(text.contains("**1500 upgraded** in 1 of 1 module"), "{}", &text[..300]);
    assert_eq!(json(0, &repo, &["base", "head"])["modules"][0]["requirements"].as_array().unwrap().len(), 1500);
}

#[test]
fn the_difference_is_seen_by_module_package_and_file() {
    let tree = |text: &str| {
        let files = txtar::parse(text);
        let source = MemorySource::new(files.iter().map(|(name, content)| (name.as_str(), content.as_bytes())));
        inspect(Input::new(&source, &FactStore::none()), PolicyChoice::of_state(), None).unwrap()
    };
    let before = tree(RICH_BEFORE);
    let after = tree(RICH_AFTER);
    let diff = ModelDiff::new((&before.facts.model, &before.files), (&after.facts.model, &after.files));
    let paths = |side: Option<&modwarden::internals::model::File<'_>>, files: &modwarden::internals::text::Files| {
        side.map_or("-".to_owned(), |file| files.get(file.id()).path().to_string())
    };
    let files: Vec<String> = diff
        .files()
        .iter()
        .map(|change| format!("{} {}", paths(change.before(), &before.files), paths(change.after(), &after.files)))
        .collect();
    assert_eq!(
        files,
        [
            "left/a.go -",
            "paint/a.go paint/a.go",
            "shop/a.go shop/a.go",
            "- shop/b/b_test.go",
            "- shop/c/c.go",
            "- shop/d/d.go",
            "till/a.go till/a.go",
        ]
    );
    let packages = diff.packages();
    let of = |kind: fn(&Change<modwarden::internals::model::Package<'_>>) -> bool| {
        packages.iter().filter(|change| kind(change)).map(|change| change.last().path()).collect::<BTreeSet<_>>()
    };
    assert_eq!(of(|change| matches!(change, Change::Removed(_))), BTreeSet::from(["example.com/left"]));
    assert_eq!(of(|change| matches!(change, Change::Added(_))).len(), 3);
    let workspaces = diff.workspaces();
    let members = |workspace: &modwarden::internals::model::Workspace<'_>| workspace.modules().count();
    assert_eq!(workspaces.iter().map(|change| members(change.last())).collect::<Vec<_>>(), [2]);
    assert_ne!(before.facts.model.modules().next(), after.facts.model.modules().next());
}
