//! Findings keep their identity: a module of the repository may get another path, and lines may move, and nothing
//! becomes new or is fixed.

#![expect(clippy::disallowed_methods, reason = "cases are files")]

use std::collections::BTreeSet;
use std::path::Path;

use modwarden::internals::finding::Verdict;
use modwarden::internals::rules::RULES;
use serde_json::Value;

use crate::support::random::Random;
use crate::support::repo::Repo;
use crate::support::{judge, txtar};

type Tree = Vec<(String, String)>;

/// Cases in which the path of a module decides the findings.
const ABOUT_PATHS: [&str; 2] = [
    // `module = "valid"` is about the path itself.
    "directive-denied",
    // A path that is malformed is a syntax error.
    "syntax-invalid",
];

#[test]
fn the_findings_of_each_case_keep_their_identity_when_its_modules_are_renamed() {
    let mut rules = BTreeSet::new();
    for (place, text) in cases() {
        let files = txtar::without_marks(txtar::parse(&text));
        let paths = own_paths(&files);
        // A word such as `shop` would be replaced in other places too.
        if paths.iter().any(|path| !path.contains(['.', '/'])) || ABOUT_PATHS.iter().any(|rule| place.contains(rule)) {
            continue;
        }
        for end in ["", "/v3"] {
            let renamed: Tree =
                files.iter().map(|(name, text)| (name.clone(), with_new_paths(text, &paths, end))).collect();
            let renamed_names: Tree =
                renamed.into_iter().map(|(name, text)| (with_new_paths(&name, &paths, end), text)).collect();
            let (before, after) = (identities(&files), identities(&renamed_names));
            // A version of another major version is no version of such a path.
            let is_valid = after.iter().filter(|it| it.starts_with("syntax-invalid")).count()
                <= before.iter().filter(|it| it.starts_with("syntax-invalid")).count();
            if end.is_empty() || is_valid {
                assert_eq!(before, after, "{place}");
            }
            rules.extend(before.iter().filter_map(|it| Some(it.split([':', '/']).next()?.to_owned())));
        }
    }
    let missing: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).filter(|id| !rules.contains(*id)).collect();
    assert!(missing.iter().all(|id| ABOUT_PATHS.contains(id)), "no case for {missing:?}");
}

/// The example of each page and every case in `tests/rules`.
fn cases() -> Vec<(String, String)> {
    let example = |page: &str| page.split("```txtar\n").nth(1)?.split("```").next().map(str::to_owned);
    let pages = RULES.iter().filter_map(|rule| Some((rule.meta().id.to_owned(), example(&rule.page())?)));
    let mut cases: Vec<(String, String)> = pages.collect();
    for rule in RULES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(rule.meta().id);
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let file = entry.expect("the folder can be listed").path();
            let text = std::fs::read_to_string(&file).expect("a case is text");
            cases.push((file.display().to_string(), text));
        }
    }
    cases.sort();
    cases
}

/// The paths of the modules of the repository, longest first.
fn own_paths(files: &Tree) -> Vec<String> {
    let is_own = |name: &str| name.ends_with("go.mod") && !name.split('/').any(|part| part == "vendor");
    let lines = files.iter().filter(|(name, _)| is_own(name)).flat_map(|(_, text)| text.lines());
    let paths = lines.filter_map(|line| line.trim().strip_prefix("module ")?.split_whitespace().next());
    let mut paths: Vec<String> = paths.map(|path| path.trim_matches('"').to_owned()).collect();
    paths.sort_by_key(|path| (std::cmp::Reverse(path.len()), path.clone()));
    paths.dedup();
    paths
}

/// The text with other module paths, wherever one is a word or comes before a slash.
fn with_new_paths(text: &str, paths: &[String], end: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "-_.~/".contains(c);
    let mut renamed = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let begins =
            !renamed.ends_with(is_part) || ["vendor/", "download/", "=./"].iter().any(|it| renamed.ends_with(it));
        let stands = |path: &&String| {
            rest.strip_prefix(path.as_str()).is_some_and(|after| {
                let sentence_ends = after.starts_with(['.', ',']) && !after[1..].starts_with(is_part);
                after.starts_with('/') || sentence_ends || !after.starts_with(is_part)
            })
        };
        match paths.iter().find(|path| begins && stands(path)) {
            Some(path) => {
                renamed.push_str(&new_path(path, paths, end));
                rest = &rest[path.len()..];
            }
            None => {
                renamed.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    renamed
}

/// Another path for a module. One that is below another module's path stays below it.
fn new_path(path: &str, paths: &[String], end: &str) -> String {
    let above =
        paths.iter().rev().find(|above| path.strip_prefix(above.as_str()).is_some_and(|it| it.starts_with('/')));
    let top = above.map_or(path, String::as_str);
    let at = paths.iter().position(|it| it == top).expect("it is one of them");
    format!("renamed.example/{}{end}{}", (b'a' + u8::try_from(at).expect("few")) as char, &path[top.len()..])
}

fn identities(files: &Tree) -> Vec<String> {
    let checked = judge::check(files);
    let mut identities: Vec<String> = checked.run.findings.iter().map(|it| it.identity.to_string()).collect();
    identities.sort();
    identities
}

/// The identities that only one of both states has.
fn difference(files: &Tree) -> String {
    let below = |name: &str| name.strip_prefix("before/").map(str::to_owned);
    let before = files.iter().filter_map(|(name, text)| Some((below(name)?, text.clone()))).collect();
    let after = files.iter().filter(|(name, _)| below(name).is_none()).cloned().collect();
    let (before, after) = (identities(&before), identities(&after));
    let lines = |one: &[String], other: &[String], mark: &str| {
        one.iter().filter(|it| !other.contains(it)).map(|it| format!("\n{mark} {it}")).collect::<String>()
    };
    lines(&before, &after, "-") + &lines(&after, &before, "+")
}

/// A repository as a plan, which is written down in more than one way.
struct Plan {
    modules: Vec<Module>,
    is_workspace: bool,
}

struct Module {
    dir: &'static str,
    packages: Vec<Package>,
    /// Paths and versions of modules that are not in the repository.
    requires: Vec<(&'static str, &'static str)>,
    /// The modules of the repository that it requires and replaces by their directories.
    siblings: Vec<usize>,
    other_lines: Vec<&'static str>,
}

struct Package {
    dir: &'static str,
    files: Vec<(String, Vec<Imported>)>,
}

/// The imported path, and its name.
#[derive(Clone, Copy)]
struct Imported {
    name: &'static str,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Outside(&'static str),
    /// A directory of a module of the repository, there or not.
    Own(usize, &'static str),
}

const MODULE_DIRS: [&str; 4] = ["", "api", "tools/gen -> x", "größe [test] #2"];
const PACKAGE_DIRS: [&str; 6] = ["", "internal/db", "cmd/app", "util/x y", "ünï", "%2e"];
const OUTSIDE: [&str; 7] =
    ["fmt", "net/http", "C", "example.com/log", "example.com/log/v2/deep", "example.com/nobody", "./relative"];
const REQUIRES: [(&str, &str); 5] = [
    ("example.com/log", "v1.4.0"),
    ("example.com/log/v2", "v2.0.1"),
    ("example.com/left-over", "v0.0.0-20200101000000-0123456789ab"),
    ("github.com/golang/protobuf", "v1.3.0"),
    ("google.golang.org/protobuf", "v1.36.0"),
];
const LINES: [&str; 6] = [
    "exclude example.com/log v1.3.0",
    "replace example.com/log => ../nowhere",
    "replace example.com/gone v1.0.0 => example.com/fork v1.0.0",
    "tool example.com/nobody/cmd",
    "toolchain go1.25.3",
    "ignore ./left",
];

/// Every rule whose verdict rests on the repository alone. Patterns name directories, as those of a repository do whose
/// modules may be renamed.
const POLICY: &str = r#"
[severity]
syntax-invalid = "error"
import-dot = "error"
import-blank = "error"
import-duplicate = "error"
replace-broken = "error"
replace-ineffective = "error"
replace-unused = "error"
exclude-ineffective = "error"
exclude-unused = "error"
require-unused = "error"
require-missing = "error"
indirect-mismarked = "error"
tool-unused = "error"
vendor-inconsistent = "error"
workspace-inconsistent = "error"

[[import-denied]]
name = "all"
deny = ["..."]

[[import-protected]]
name = "db"
protect = ["./internal/..."]
to = ["./nowhere/..."]

[[import-alias]]
name = "h"
packages = ["net/http", "./internal/..."]
alias = "agreed"

[[module-denied]]
name = "none"
deny = ["**"]
scope = "required"

[[module-duplicated]]
name = "one"
same = [["github.com/golang/protobuf", "google.golang.org/protobuf"]]
scope = "required"

[[version-unfit]]
name = "released"
forbid = ["pseudo"]

[[directive-denied]]
name = "none"
deny = ["go", "toolchain", "tool", "ignore"]

[[replace-denied]]
name = "none"
local = "never"

[[exclude-denied]]
name = "none"
allow = []

[[workspace-committed]]
name = "none"
"#;

impl Plan {
    fn new(random: &mut Random) -> Self {
        let count = 1 + random.below(MODULE_DIRS.len());
        let modules = (0..count).map(|at| Module::new(random, at, count)).collect();
        Self { modules, is_workspace: random.once_in(2) }
    }

    /// The files, with these module paths.
    fn files(&self, paths: &[String], style: &mut Style) -> Tree {
        let mut files: Tree = Vec::new();
        for (at, module) in self.modules.iter().enumerate() {
            files.push((joined(module.dir, "go.mod"), module.go_mod(&paths[at], (self, paths), style)));
            for package in &module.packages {
                for (name, imports) in &package.files {
                    let path = joined(&joined(module.dir, package.dir), name);
                    files.push((path, style.go_file(imports, (self, paths))));
                }
            }
        }
        if self.is_workspace {
            let uses = self.modules.iter().map(|module| format!("\t{:?}\n", format!("./{}", module.dir)));
            files.push(("go.work".to_owned(), format!("go 1.24\n\nuse (\n{}\t./gone\n)\n", uses.collect::<String>())));
        }
        files
    }
}

impl Module {
    fn new(random: &mut Random, at: usize, count: usize) -> Self {
        let imported = |random: &mut Random| {
            let own = Place::Own(random.below(count), PACKAGE_DIRS[random.below(PACKAGE_DIRS.len())]);
            let outside = Place::Outside(random.pick(&OUTSIDE));
            let place = if random.once_in(2) { own } else { outside };
            Imported { name: random.pick(&["", "", ".", "_", "other"]), place }
        };
        let mut packages = Vec::new();
        for dir in PACKAGE_DIRS.into_iter().filter(|_| !random.once_in(3)).collect::<Vec<_>>() {
            let names = ["a.go", "b_windows.go", "a_test.go", "x_test.go"];
            let file = |name: &str, random: &mut Random| {
                (name.to_owned(), (0..random.below(5)).map(|_| imported(random)).collect::<Vec<_>>())
            };
            packages.push(Package { dir, files: names.iter().map(|name| file(name, random)).collect() });
        }
        Self {
            dir: MODULE_DIRS[at],
            packages,
            requires: REQUIRES.into_iter().filter(|_| random.once_in(2)).collect(),
            siblings: (0..count).filter(|other| *other != at && random.once_in(2)).collect(),
            other_lines: LINES.into_iter().filter(|_| random.once_in(2)).collect(),
        }
    }

    fn go_mod(&self, path: &str, (plan, paths): (&Plan, &[String]), style: &mut Style) -> String {
        let mut lines: Vec<String> =
            self.requires.iter().map(|(path, version)| format!("require {path} {version}")).collect();
        for sibling in &self.siblings {
            let (path, dir) = (&paths[*sibling], plan.modules[*sibling].dir);
            let up = "../".repeat(self.dir.split('/').filter(|part| !part.is_empty()).count());
            lines.push(format!("require {path} {}", version_of(path)));
            lines.push(format!("replace {path} => {:?}", format!("./{up}{dir}")));
        }
        lines.extend(self.other_lines.iter().map(|line| (*line).to_owned()));
        format!("{}module {path}\n\ngo 1.24\n\n{}", style.lead("//"), style.lines(&lines))
    }
}

/// A version that a module of this path can have.
fn version_of(path: &str) -> &'static str {
    if path.ends_with("/v3") { "v3.0.0" } else { "v0.1.0" }
}

fn joined(dir: &str, name: &str) -> String {
    if dir.is_empty() || name.is_empty() { format!("{dir}{name}") } else { format!("{dir}/{name}") }
}

/// How files are written, as far as Go does not mind.
struct Style(Option<Random>);

impl Style {
    /// Something that moves all lines below it.
    fn lead(&mut self, comment: &str) -> String {
        let Some(random) = &mut self.0 else { return String::new() };
        format!("{comment} moved\n\n").repeat(random.below(3))
    }

    fn lines(&mut self, lines: &[String]) -> String {
        let mut lines: Vec<String> = lines.to_vec();
        let Some(random) = &mut self.0 else { return lines.iter().map(|line| format!("{line}\n")).collect() };
        for at in (1..lines.len()).rev() {
            lines.swap(at, random.below(at + 1));
        }
        let block = |line: &String| match (line.split_once(' '), line.starts_with("toolchain")) {
            (Some((verb, rest)), false) => format!("{verb} (\n\t{rest}\n)\n\n"),
            _ => format!("{line}\n"),
        };
        lines.iter().map(block).collect()
    }

    fn go_file(&mut self, imports: &[Imported], (plan, paths): (&Plan, &[String])) -> String {
        let spec = |it: &Imported| {
            let path = match it.place {
                Place::Outside(path) => path.to_owned(),
                Place::Own(module, dir) => joined(&paths[module.min(plan.modules.len() - 1)], dir),
            };
            format!("{} {path:?}", it.name)
        };
        let mut specs: Vec<String> = imports.iter().map(spec).collect();
        let lead = self.lead("//");
        let Some(random) = &mut self.0 else {
            return format!("package p\n\nimport (\n\t{}\n)\n", specs.join("\n\t"));
        };
        for at in (1..specs.len()).rev() {
            specs.swap(at, random.below(at + 1));
        }
        let specs: String = specs.iter().map(|spec| format!("import {spec} // again\n")).collect();
        format!("{lead}package p\n\n{specs}")
    }
}

/// The paths of the modules: as they were, each with a new major version, or all others.
fn paths(count: usize, kind: usize) -> Vec<String> {
    let names = ["shop", "api", "gen", "size"];
    let path = |name: &str| match kind {
        0 => format!("example.com/{name}"),
        1 => format!("example.com/{name}/v3"),
        _ => format!("new.example/of/{name}"),
    };
    names[..count].iter().map(|name| path(name)).collect()
}

#[test]
fn modules_may_be_renamed_and_lines_may_move_and_nothing_is_new_or_fixed() {
    let mut rules = BTreeSet::new();
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let plan = Plan::new(&mut random);
        let count = plan.modules.len();
        let before = plan.files(&paths(count, 0), &mut Style(None));
        for (kind, style) in [(0, Some(1)), (1, None), (2, None), (1, Some(2)), (2, Some(3))] {
            let mut style = Style(style.map(|it| Random::new(seed * 7 + it)));
            let mut files = plan.files(&paths(count, kind), &mut style);
            files.push(("modwarden.toml".to_owned(), POLICY.to_owned()));
            files.extend(before.iter().map(|(name, text)| (format!("before/{name}"), text.clone())));
            files.push(("before/modwarden.toml".to_owned(), POLICY.to_owned()));
            let checked = judge::check(&files);
            assert_ne!(checked.run.verdict, Verdict::Invalid, "{}", judge::pretty(&checked));
            let comparison = checked.run.comparison.as_ref().expect("two states are compared");
            if (comparison.new, comparison.fixed) != (0, 0) {
                panic!("seed {seed}, paths {kind}: {}", difference(&files));
            }
            assert!(comparison.unchanged > 0, "seed {seed} finds nothing");
        }
        let mut alone = before.clone();
        alone.push(("modwarden.toml".to_owned(), POLICY.to_owned()));
        let identities = identities(&alone);
        for identity in &identities {
            let own = ["example.com/shop", "example.com/api", "example.com/gen", "example.com/size"];
            assert!(!own.iter().any(|path| identity.contains(path)), "seed {seed}: {identity}");
        }
        rules.extend(identities.iter().filter_map(|it| Some(it.split([':', '/']).next()?.to_owned())));
    }
    assert!(rules.len() >= 18, "findings of {rules:?} only");
}

#[test]
fn the_commit_that_raises_the_module_to_another_major_version_gets_no_blame() {
    let repo = Repo::init();
    let policy = "[[import-denied]]\nname = \"none\"\ndeny = [\"net/http\", \"./internal/...\"]\n";
    let go_file = |path: &str| format!("package app\n\nimport (\n\t_ \"net/http\"\n\t_ \"{path}/internal/db\"\n)\n");
    repo.write("modwarden.toml", policy).write("internal/db/db.go", "package db\n");
    repo.write("go.mod", "module example.com/shop\n\ngo 1.24\n").write("cmd/app/main.go", go_file("example.com/shop"));
    let first = repo.commit("write");
    repo.write("go.mod", "module example.com/shop/v3\n\ngo 1.24\n");
    repo.write("cmd/app/main.go", go_file("example.com/shop/v3"));
    let second = repo.commit("raise");

    let json = |args: &[&str]| -> Vec<Value> {
        let output = repo.command(env!("CARGO_BIN_EXE_modwarden")).args(args).output().expect("it starts");
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).expect("each line is JSON")).collect()
    };
    let range = format!("{first}..{second}");
    for extra in [&[][..], &["--each-commit"]] {
        let report = &json(&[&["check", "--format", "json", "--range", &range], extra].concat())[0];
        let summary = ["new", "fixed", "unchanged"].map(|key| report["summary"][key].as_u64());
        assert_eq!(summary, [Some(0), Some(0), Some(2)], "{report:#}");
    }
    let since = &json(&["check", "--format", "json", "--rev", "HEAD", "--since"])[0];
    let commits: Vec<_> =
        since["findings"].as_array().expect("a list").iter().map(|it| &it["since"]["commit"]).collect();
    assert_eq!(commits, [&Value::from(first.clone()), &Value::from(first.clone())], "{since:#}");
    let past = json(&["inspect", "history"]);
    let findings: Vec<&Value> = past.iter().filter(|it| it["record"] == "finding").collect();
    assert_eq!(findings.len(), 2, "{past:#?}");
    assert!(findings.iter().all(|it| it["first"]["commit"] == first.as_str() && it["last"].is_null()), "{findings:#?}");
}
