//! Attempts to get a denied package into a build unseen, made at random. The go command confirms that the build has it,
//! and then `check` must not pass. The same repository without the denied import must pass.

#![expect(clippy::panic, reason = "a helper that fails fails its test")]
#![expect(clippy::disallowed_methods, reason = "tests start go and write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::date;
use modwarden::internals::finding::Verdict;
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{PolicyChoice, Request, Tables, check};
use modwarden::internals::source::{StateSpec, open};

use crate::support::go::{Go, go};
use crate::support::parallel;
use crate::support::program;
use crate::support::random::Random;
use crate::support::repo::Repo;

/// How many repositories a run makes, and how many attempts each of them holds.
const REPOSITORIES: u64 = 40;
const ATTEMPTS: usize = 60;
/// How many attempts the go command builds at least.
const BUILT: usize = 2000;

/// The denied package: one of the standard library with few dependencies.
const DENIED: &str = "html";

/// The entry at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    File(String),
    Link(String),
}

/// The content of a whole repository: the go command is asked once about all of its attempts.
#[derive(Clone, Debug)]
struct Build {
    goos: &'static str,
    /// A tag that the build sets.
    tag: bool,
    workspace: bool,
}

/// One attempt: a program, the packages that lead from it to the denied one, and lines of module files.
#[derive(Clone, Debug, Default)]
struct Attempt {
    nodes: BTreeMap<String, Node>,
    /// Lines for go.mod at the root.
    lines: BTreeSet<String>,
    /// Lines for go.work.
    uses: BTreeSet<String>,
    /// The file that imports the denied package, and the import as it is written there.
    import: (String, String),
    /// Whether part of it is not in the repository, so that nobody can say that it is clean.
    leaves: bool,
    /// The changes, for a person.
    means: Vec<String>,
}

/// Where a package is, and how it is imported.
struct Place {
    dir: String,
    path: String,
}

struct Maker<'r> {
    random: &'r mut Random,
    build: &'r Build,
    number: usize,
    attempt: Attempt,
    names: usize,
}

impl Attempt {
    fn any(random: &mut Random, build: &Build, number: usize) -> Self {
        let mut maker = Maker { random, build, number, attempt: Self::default(), names: 0 };
        maker.run();
        maker.attempt
    }

    /// The files of the attempt, with the denied import or without.
    fn tree(&self, build: &Build, is_denied: bool) -> BTreeMap<String, Node> {
        let mut nodes = self.nodes.clone();
        if !is_denied && let Some(Node::File(text)) = nodes.get_mut(&self.import.0) {
            *text = text.replace(&self.import.1, "");
        }
        nodes.extend(module_files(build, &self.lines, &self.uses));
        nodes
    }
}

fn module_files(build: &Build, lines: &BTreeSet<String>, uses: &BTreeSet<String>) -> BTreeMap<String, Node> {
    let joined = |lines: &BTreeSet<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let go_mod = format!("module example.com/m\n\ngo 1.25\n\nignore ./gen\n\nignore made\n\n{}", joined(lines));
    let mut files = BTreeMap::from([("go.mod".to_owned(), Node::File(go_mod))]);
    if build.workspace {
        let go_work = format!("go 1.25\n\nuse .\n\n{}", joined(uses));
        files.insert("go.work".to_owned(), Node::File(go_work));
    }
    files
}

impl Maker<'_> {
    fn run(&mut self) {
        let program = Place { dir: format!("cmd/app{}", self.number), path: String::new() };
        let mut from = program;
        let steps = 1 + self.random.below(3);
        let mut main = true;
        for _ in 0..steps {
            let next = self.place();
            self.package(&from, &next.path, main);
            (from, main) = (next, false);
        }
        let import = self.spelled(DENIED);
        self.attempt.import.1.clone_from(&import);
        self.file(&from, &import, main);
        self.attempt.import.0 = self.last_file(&from);
    }

    /// A package that imports another.
    fn package(&mut self, at: &Place, path: &str, main: bool) {
        let import = self.spelled(path);
        self.file(at, &import, main);
    }

    /// An import declaration in one of the ways that Go allows.
    fn spelled(&mut self, path: &str) -> String {
        let escaped = format!("\"\\x{:02x}{}\"", path.as_bytes()[0], &path[1..]);
        let raw = format!("`{path}`");
        let plain = format!("\"{path}\"");
        let form = self.random.below(8);
        match form {
            0 => format!("import _ {raw}"),
            1 => format!("import _ {escaped}"),
            2 => format!("import /* a */ _ /* b */ {plain}"),
            3 => format!("import (\n\t_ {plain}\n)"),
            4 => format!("import (_ {plain};)"),
            _ => format!("import _ {plain}"),
        }
    }

    /// Writes the file of a package that has one import.
    fn file(&mut self, at: &Place, import: &str, main: bool) {
        let package = if main { "main" } else { "p" };
        let end = if main { "\nfunc main() {}\n" } else { "" };
        let mut head = String::new();
        let mut name = "x".to_owned();
        match self.random.below(9) {
            0 if !main && self.build.goos == "windows" => name.push_str("_windows"),
            1 if !main && self.build.tag => head.push_str("//go:build custom && !other\n\n"),
            2 => head.push_str("// Code generated by hand. DO NOT EDIT.\n\n"),
            3 => head.push('\u{feff}'),
            4 if !main => head.push_str(&format!("//go:build {}\n\n", self.build.goos)),
            _ => {}
        }
        // A file that no build leaves out, so that the package is there in every one.
        if !main {
            self.put(format!("{}/doc.go", at.dir), Node::File("package p\n".to_owned()));
        }
        let separator = if self.random.once_in(6) { "; " } else { "\n\n" };
        let text = format!("{head}package {package}{separator}{import}\n{end}");
        let path = format!("{}/{name}.go", at.dir);
        if !main && self.random.once_in(6) {
            // The file itself is a link to one that no pattern would read.
            let depth = at.dir.split('/').count();
            let real = format!("notes/n{}-{}.txt", self.number, self.names);
            self.names += 1;
            self.put(path.clone(), Node::Link(format!("{}{real}", "../".repeat(depth))));
            self.put(real.clone(), Node::File(text));
            self.attempt.means.push(format!("file link {path} to {real}"));
            self.attempt.import.0 = real;
        } else {
            self.put(path.clone(), Node::File(text));
            self.attempt.import.0 = path;
        }
    }

    fn last_file(&self, _: &Place) -> String {
        self.attempt.import.0.clone()
    }

    fn put(&mut self, path: String, node: Node) {
        self.attempt.nodes.insert(path, node);
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("a{}x{}", self.number, self.names)
    }

    /// A directory that patterns skip, or not.
    fn dir(&mut self) -> String {
        let name = self.name();
        let dir = match self.random.below(8) {
            0 => format!("testdata/{name}"),
            1 => format!("internal/testdata/{name}/deep"),
            2 => format!("_{name}"),
            3 => format!(".{name}"),
            4 => format!("pkg/{name}/_x/.y/z"),
            5 => format!("gen/{name}"),
            6 => format!("pkg/made/{name}"),
            _ => format!("pkg/{name}"),
        };
        self.attempt.means.push(dir.clone());
        dir
    }

    /// The place of the next package.
    fn place(&mut self) -> Place {
        match self.random.below(if self.build.workspace { 6 } else { 5 }) {
            0 => self.linked(),
            1 | 2 => self.replaced(),
            5 => self.used(),
            _ => {
                let dir = self.dir();
                Place { path: format!("example.com/m/{dir}"), dir }
            }
        }
    }

    /// A package behind a link to a directory.
    fn linked(&mut self) -> Place {
        let (real, link) = (self.dir(), format!("links/{}", self.name()));
        if self.random.once_in(8) {
            self.attempt.leaves = true;
            let outside = self.name();
            self.put(link.clone(), Node::Link(format!("../../outside/{outside}")));
            self.attempt.means.push(format!("link {link} out of the repository"));
            return Place { dir: format!("../outside/{outside}"), path: format!("example.com/m/{link}") };
        }
        let (target, below) = match (self.random.below(3), real.rsplit_once('/')) {
            (0, Some((parent, last))) => (parent.to_owned(), format!("/{last}")),
            (1, _) => {
                let middle = format!("links/{}", self.name());
                self.put(middle.clone(), Node::Link(format!("../{real}")));
                (middle, String::new())
            }
            _ => (real.clone(), String::new()),
        };
        self.put(link.clone(), Node::Link(format!("../{target}")));
        self.attempt.means.push(format!("link {link} to {target}"));
        Place { dir: real, path: format!("example.com/m/{link}{below}") }
    }

    /// A package of a module that a `replace` line puts in place.
    fn replaced(&mut self) -> Place {
        let (root, name) = (self.dir(), self.name());
        let path = format!("example.com/r/{name}");
        let (stated, version) = (self.random.below(4), ["", " v0.0.0"][self.random.below(2)]);
        let go_mod = match stated {
            0 => String::new(),
            1 => "module example.com/other\n".to_owned(),
            _ => format!("module {path}\n\ngo 1.25\n"),
        };
        self.put(format!("{root}/go.mod"), Node::File(go_mod));
        let mut target = root.clone();
        if self.random.once_in(4) {
            target = format!("links/{}", self.name());
            self.put(target.clone(), Node::Link(format!("../{root}")));
        }
        self.attempt.lines.insert(format!("require {path} v0.0.0"));
        let replace = format!("replace {path}{version} => ./{target}");
        if self.build.workspace && self.random.once_in(3) {
            self.attempt.uses.insert(replace.clone());
        } else {
            self.attempt.lines.insert(replace.clone());
        }
        self.attempt.means.push(replace);
        self.inside(root, path)
    }

    /// A package of a module that a `use` line makes a member of the workspace.
    fn used(&mut self) -> Place {
        let (root, name) = (self.dir(), self.name());
        let path = format!("example.com/w/{name}");
        self.put(format!("{root}/go.mod"), Node::File(format!("module {path}\n\ngo 1.25\n")));
        self.attempt.uses.insert(format!("use ./{root}"));
        self.attempt.means.push(format!("use ./{root}"));
        self.inside(root, path)
    }

    /// A package in a module: at its root, or in a directory that patterns skip.
    fn inside(&mut self, root: String, path: String) -> Place {
        if self.random.once_in(2) {
            return Place { dir: root, path };
        }
        let below = ["testdata/in", "_in", "in/.in"][self.random.below(3)];
        Place { dir: format!("{root}/{below}"), path: format!("{path}/{below}") }
    }
}

fn write(root: &Path, nodes: &BTreeMap<String, Node>) {
    for (path, node) in nodes {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("directories can be made");
        match node {
            Node::File(text) => std::fs::write(&path, text).expect("files can be written"),
            Node::Link(target) => std::os::unix::fs::symlink(target, &path).expect("links can be made"),
        }
    }
}

/// The result of `check` for a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Passes,
    Finds,
    CannotTell,
}

const POLICIES: [&str; 3] = [
    "[[import-denied]]\nname = \"no\"\ndeny = [\"html\"]\n",
    "[[import-denied]]\nname = \"no\"\ndeny = [\"html\"]\nfrom = [\"./...\"]\n",
    "[[import-denied]]\nname = \"only\"\nallow = [\"$workspace\", \"$external\", \"!html\"]\n",
];

/// Checks a state of a tree in this process, or by the program.
fn answer(tree: &BTreeMap<String, Node>, policy: &str, state: usize, by_program: bool) -> Answer {
    let repo = if state == 0 { Repo::plain() } else { Repo::init() };
    write(repo.root(), tree);
    repo.write("modwarden.toml", policy);
    let spec = match state {
        0 => StateSpec::WorkTree,
        1 => {
            repo.git(&["add", "--all", "--force"]);
            StateSpec::Index
        }
        _ => {
            repo.git(&["add", "--all", "--force"]);
            repo.commit("all");
            StateSpec::Revision("HEAD".to_owned())
        }
    };
    if by_program {
        let flag: &[&str] = [&["--worktree"][..], &["--staged"], &["--rev", "HEAD"]][state];
        let outcome = program::check(&repo, &[flag, &["--no-cache", "--no-module-cache"]].concat());
        return match outcome.code {
            Some(0) => Answer::Passes,
            Some(1) => Answer::Finds,
            Some(3) => Answer::CannotTell,
            code => panic!("exit code {code:?}: {}", outcome.text),
        };
    }
    let opened = open(repo.root(), &spec, &Default::default()).expect("the state can be opened");
    let store = FactStore::none();
    let request = Request {
        input: Input::new(opened.source.as_ref(), &store),
        policy: PolicyChoice::of_state(),
        cache: None,
        lines: None,
        paths: &[],
        tables: Tables::None,
        today: date(2026, 11, 21),
    };
    let run = check(&request).expect("the state can be listed").run;
    assert_ne!(run.verdict, Verdict::Invalid, "{:?}", run.notifications);
    let is_denied = run.findings.iter().any(|finding| finding.rule.id == "import-denied");
    match (is_denied, run.verdict) {
        (true, _) => Answer::Finds,
        (false, Verdict::Judged) if run.findings.is_empty() => Answer::Passes,
        (false, Verdict::Judged) => panic!("other findings: {:?}", run.findings),
        (false, _) => Answer::CannotTell,
    }
}

/// The attempts of one repository that the go command builds with the denied package.
fn confirmed(seed: u64, go: &Go) -> (Build, Vec<Attempt>) {
    let mut random = Random::new(seed);
    let build =
        Build { goos: ["linux", "windows"][random.below(2)], tag: random.once_in(2), workspace: random.once_in(2) };
    let attempts: Vec<Attempt> = (0..ATTEMPTS).map(|number| Attempt::any(&mut random, &build, number)).collect();
    let repo = Repo::plain();
    let mut lines = BTreeSet::new();
    let mut uses = BTreeSet::new();
    for attempt in &attempts {
        write(repo.root(), &attempt.nodes);
        lines.extend(attempt.lines.iter().cloned());
        uses.extend(attempt.uses.iter().cloned());
    }
    write(repo.root(), &module_files(&build, &lines, &uses));
    let tags = if build.tag { "-tags=custom" } else { "-tags=" };
    let go = go.clone().with_env("GOOS", build.goos).with_env("CGO_ENABLED", "0");
    let form = "{{.ImportPath}} {{.DepsErrors}} {{join .Deps \" \"}}";
    let mode = if build.workspace { "-mod=readonly" } else { "-mod=mod" };
    let listed = go.text(repo.root(), &["list", "-e", mode, tags, "-f", form, "./cmd/..."]);
    let mut kept = Vec::new();
    for (number, attempt) in attempts.into_iter().enumerate() {
        let own = format!("example.com/m/cmd/app{number} ");
        let line = listed.lines().find(|line| line.starts_with(&own)).unwrap_or_else(|| panic!("{own} in {listed}"));
        if line.contains(" [] ") && line.split(' ').any(|package| package == DENIED) {
            kept.push(attempt);
        }
    }
    (build, kept)
}

#[test]
fn what_is_built_is_judged_wherever_it_is() {
    let Some(go) = go() else { return };
    let seeds: Vec<u64> =
        (0..std::env::var("EVASIONS").map_or(REPOSITORIES, |text| text.parse().unwrap_or(1))).collect();
    let tried = parallel::each(&seeds, |&seed| failures_of(seed, &go));
    let built: usize = tried.iter().map(|(built, _)| built).sum();
    let failures: Vec<String> = tried.into_iter().flat_map(|(_, failures)| failures).collect();
    assert!(failures.is_empty(), "{} attempts:\n{}", failures.len(), failures[..failures.len().min(5)].join("\n"));
    assert!(built >= BUILT || seeds.len() < 40, "only {built} attempts are built");
}

/// How many attempts of a repository are built, and which get through, and which are stopped without reason.
fn failures_of(seed: u64, go: &Go) -> (usize, Vec<String>) {
    let (build, attempts) = confirmed(seed, go);
    let mut failures = Vec::new();
    for (at, attempt) in attempts.iter().enumerate() {
        // Most are checked on disk and outside of Git, where no other program has to be started.
        let (policy, state) = (POLICIES[at % POLICIES.len()], if at % 10 < 3 { at % 10 } else { 0 });
        let by_program = at % 26 == 7;
        let with = answer(&attempt.tree(&build, true), policy, state, by_program);
        let is_stopped = with == Answer::Finds || (attempt.leaves && with == Answer::CannotTell);
        if !is_stopped {
            failures.push(format!("seed {seed}, attempt {at}, state {state}: {with:?} with `{policy}`\n{attempt:#?}"));
        }
        let without = answer(&attempt.tree(&build, false), policy, state, by_program);
        let expected = if attempt.leaves { Answer::CannotTell } else { Answer::Passes };
        if without != expected {
            failures.push(format!("seed {seed}, attempt {at}, state {state}: {without:?} without\n{attempt:#?}"));
        }
    }
    (attempts.len(), failures)
}
