//! Which commits added the first import of a requirement and removed the last, in random histories with merges: one answer
//! in the table of requirements, in the message of `require-unused` and in `why`, compared with a search over all commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::program::run;
use crate::support::random::Random;
use crate::support::repo::Repo;

const MODULES: [&str; 3] = ["example.com/cart", "example.com/cart/v2", "example.com/pay"];
const PATHS: [&str; 5] = ["a.go", "a_test.go", "b/b.go", "b/testdata/no.go", "nested/n.go"];
const POLICY: &str = "[severity]\nrequire-unused = \"warn\"\n";

/// The modules that a file imports, by its path, and the modules that are required.
#[derive(Clone, Default)]
struct State {
    files: BTreeMap<&'static str, BTreeSet<&'static str>>,
    required: BTreeSet<&'static str>,
}

impl State {
    /// Whether a file of the module at the root imports a module.
    fn imports(&self, module: &str) -> bool {
        let is_own = |path: &str| !path.contains("testdata") && !path.starts_with("nested/");
        self.files.iter().any(|(path, modules)| is_own(path) && modules.contains(module))
    }

    fn change(&mut self, random: &mut Random) {
        for _ in 0..random.below(3) {
            let path = PATHS[random.below(PATHS.len())];
            let modules = MODULES.into_iter().filter(|_| random.once_in(5)).collect();
            self.files.insert(path, modules);
        }
        if random.once_in(6) {
            let module = MODULES[random.below(MODULES.len())];
            if !self.required.remove(module) {
                self.required.insert(module);
            }
        }
    }

    fn write(&self, stream: &mut String) {
        let mut put = |path: &str, text: &str| {
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).expect("a string grows");
        };
        for (path, modules) in &self.files {
            let imports: String = modules.iter().map(|module| format!("import _ \"{module}/sub\"\n")).collect();
            put(path, &format!("package x\n\n{imports}"));
        }
        let version = |module: &str| if module.ends_with("/v2") { "v2.0.0" } else { "v1.0.0" };
        let lines: String = self.required.iter().map(|path| format!("require {path} {}\n", version(path))).collect();
        put("go.mod", &format!("module example.com/shop\n\ngo 1.24\n\n{lines}"));
        put("nested/go.mod", "module example.com/nested\n\ngo 1.24\n");
        put("modwarden.toml", POLICY);
    }
}

/// A commit: its parents by number, and its files.
struct Commit {
    parents: Vec<usize>,
    state: State,
}

/// Makes commits at random, and the repository of them; the last is `main`, and requires all modules.
fn made(seed: u64, count: usize) -> (Repo, Vec<Commit>, Vec<String>) {
    let mut random = Random::new(seed);
    let repo = Repo::init();
    let (mut commits, mut stream): (Vec<Commit>, String) = (Vec::new(), String::new());
    for at in 0..count {
        let mut parents: Vec<usize> = Vec::new();
        for _ in 0..(1 + usize::from(random.once_in(3))).min(at) {
            let parent = at - 1 - if random.once_in(3) { random.below(at.min(6)) } else { 0 };
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        let mut state = parents.first().map(|&it| commits[it].state.clone()).unwrap_or_default();
        for &other in parents.iter().skip(1) {
            let other = commits[other].state.clone();
            state.files.extend(other.files.into_iter().filter(|_| random.once_in(2)));
        }
        state.change(&mut random);
        if at + 1 == count {
            state.required = MODULES.into();
        }
        writeln!(stream, "commit refs/heads/made\nmark :{}", at + 1).expect("a string grows");
        writeln!(stream, "committer A U Thor <author@example.com> {} +0000\ndata 1\n.", 1_600_000_000 + at * 60)
            .expect("a string grows");
        for (nth, parent) in parents.iter().enumerate() {
            let word = if nth == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{}", parent + 1).expect("a string grows");
        }
        stream.push_str("deleteall\n");
        state.write(&mut stream);
        stream.push_str("\nreset refs/heads/made\n\n");
        commits.push(Commit { parents, state });
    }
    writeln!(stream, "reset refs/heads/main\nfrom :{count}").expect("a string grows");
    let mut import = repo.command("git");
    import.args(["fast-import", "--quiet", "--force"]).stdin(Stdio::piped());
    let mut import = import.spawn().expect("git starts");
    import.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("git reads");
    assert!(import.wait().expect("git ends").success(), "seed {seed}");
    let mut ids = vec![String::new(); count];
    for line in repo.git(&["log", "--format=%ct %H", "main"]).lines() {
        let (seconds, id) = line.split_once(' ').expect("a time and an id");
        ids[(seconds.parse::<usize>().expect("a number") - 1_600_000_000) / 60] = id.to_owned();
    }
    (repo, commits, ids)
}

/// The commit that made something true that is true of this one.
fn origin(commits: &[Commit], mut at: usize, is_true: &dyn Fn(&State) -> bool) -> usize {
    while let Some(&parent) = commits[at].parents.iter().find(|&&parent| is_true(&commits[parent].state)) {
        at = parent;
    }
    at
}

/// The commits that added the first import of a module and removed the last.
fn span(commits: &[Commit], module: &str) -> (Option<usize>, Option<usize>) {
    let (tip, mut line) = (commits.len() - 1, vec![commits.len() - 1]);
    while let Some(&parent) = commits[line[line.len() - 1]].parents.first() {
        line.push(parent);
    }
    let first = line.into_iter().rev().find(|&at| commits[at].state.imports(module));
    let first = first.map(|at| origin(commits, at, &|state| state.imports(module)));
    if commits[tip].state.imports(module) || first.is_none() {
        return (first, None);
    }
    let last = origin(commits, tip, &|state| !state.imports(module));
    (first, Some(last).filter(|&at| !commits[at].parents.is_empty()))
}

/// The last commit that began to require a module that was never imported, on the way back to a first commit.
fn required_since(commits: &[Commit], module: &str) -> usize {
    let mut at = commits.len() - 1;
    while let Some(&parent) = commits[at].parents.iter().find(|&&parent| !commits[parent].state.imports(module)) {
        if !commits[parent].state.required.contains(module) {
            return at;
        }
        at = parent;
    }
    at
}

#[test]
fn every_report_names_the_same_commits() {
    let (mut merged, mut removed, mut required) = (0, 0, 0);
    for seed in 0..24 {
        let (repo, commits, ids) = made(seed, 30);
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["audit", "--fail-on", "never", "--no-module-cache", "--format", "json", "--rev", "main"]);
        let report: Value = serde_json::from_str(&run(command).text).expect("an audit is printed as JSON");
        let table = report["requirements"].as_array().expect("there are tables");
        let table = table.iter().find(|table| table["file"] == "go.mod").expect("the module has a table");
        for module in MODULES {
            let rows = table["requirements"].as_array().expect("a table has rows");
            let row = rows.iter().find(|row| row["path"] == module).expect("all are required");
            let (first, last) = span(&commits, module);
            let commit = |name: &str| row[name]["commit"].as_str().map(str::to_owned);
            assert_eq!(commit("first_import"), first.map(|at| ids[at].clone()), "seed {seed}: first of {module}");
            assert_eq!(commit("last_import"), last.map(|at| ids[at].clone()), "seed {seed}: last of {module}");
            merged += usize::from(last.is_some_and(|at| !on_first_parents(&commits, at)));
            // Packages of `cart/v2` could be those of a directory `v2` of `cart`, for all that the repository shows.
            let is_used = |state: &State| state.imports(module) || state.imports(&format!("{module}/v2"));
            if is_used(&commits[commits.len() - 1].state) {
                continue;
            }
            let (event, at) = match last {
                Some(at) => ("last import removed in", at),
                None => ("never imported; required since", required_since(&commits, module)),
            };
            let expected = format!("{event} {:.12}", ids[at]);
            let text = report["findings"].to_string();
            assert!(text.contains(&expected), "seed {seed}: {module}: {expected}\n{text}");
            let mut why = repo.command(env!("CARGO_BIN_EXE_modwarden"));
            why.args(["why", "--no-module-cache", "--rev", "main", module]);
            let why = run(why).text;
            assert!(why.contains(&expected), "seed {seed}: {module}: {expected}\n{why}");
            *(if last.is_some() { &mut removed } else { &mut required }) += 1;
        }
    }
    assert!(merged > 2 && removed > 10 && required > 5, "too simple: {merged}, {removed}, {required}");
}

fn on_first_parents(commits: &[Commit], commit: usize) -> bool {
    let mut at = Some(commits.len() - 1);
    while let Some(step) = at {
        if step == commit {
            return true;
        }
        at = commits[step].parents.first().copied();
    }
    false
}
