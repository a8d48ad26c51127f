//! `import-cycle` against the go command and against a plain search, on random packages with imports that only some builds have.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use modwarden::internals::finding::Finding;
use serde_json::Value;

use crate::support::go::{Go, go};
use crate::support::judge;
use crate::support::random::{Random, seeds};

/// A file of a package: its name, its build constraint, its package clause without the name, and whether a build of a
/// system and with or without the tag `foo` has it.
struct Kind {
    name: &'static str,
    constraint: &'static str,
    clause: &'static str,
    is_built: fn(&Build) -> bool,
}

struct Build {
    goos: &'static str,
    has_foo: bool,
}

const BUILDS: [Build; 4] = [
    Build { goos: "linux", has_foo: false },
    Build { goos: "linux", has_foo: true },
    Build { goos: "windows", has_foo: false },
    Build { goos: "windows", has_foo: true },
];

const IN_TEST: usize = 5;

const KINDS: [Kind; 7] = [
    Kind { name: "all.go", constraint: "", clause: "", is_built: |_| true },
    Kind { name: "a_windows.go", constraint: "", clause: "", is_built: |build| build.goos == "windows" },
    Kind { name: "foo.go", constraint: "foo", clause: "", is_built: |build| build.has_foo },
    Kind {
        name: "bar.go",
        constraint: "!foo && linux",
        clause: "",
        is_built: |build| !build.has_foo && build.goos == "linux",
    },
    Kind { name: "no.go", constraint: "ignore", clause: "", is_built: |_| false },
    Kind { name: "all_test.go", constraint: "", clause: "", is_built: |_| true },
    Kind { name: "out_test.go", constraint: "foo", clause: "_test", is_built: |build| build.has_foo },
];

/// An import of one package by a file of another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: usize,
    to: usize,
    kind: usize,
}

struct Case {
    name: String,
    packages: usize,
    edges: BTreeSet<Edge>,
}

impl Case {
    fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let packages = 2 + random.below(5);
        let mut edges = BTreeSet::new();
        for _ in 0..packages + random.below(packages) {
            let kind = if random.once_in(3) { random.below(KINDS.len()) } else { random.below(4) };
            let (from, to) = (random.below(packages), random.below(packages));
            // A package of tests may import the package beside it.
            if from != to || kind <= IN_TEST {
                edges.insert(Edge { from, to, kind });
            }
        }
        Self { name: format!("c{seed}"), packages, edges }
    }

    fn path(&self, package: usize) -> String {
        format!("example.com/m/{}/p{package}", self.name)
    }

    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for package in 0..self.packages {
            for (at, kind) in KINDS.iter().enumerate() {
                let constraint = match kind.constraint {
                    "" => String::new(),
                    constraint => format!("//go:build {constraint}\n\n"),
                };
                let mut text = format!("{constraint}package p{package}{}\n\n", kind.clause);
                for edge in self.edges.iter().filter(|edge| edge.from == package && edge.kind == at) {
                    text.push_str(&format!("import _ \"{}\"\n", self.path(edge.to)));
                }
                files.push((format!("{}/p{package}/{}", self.name, kind.name), text));
            }
        }
        files
    }

    /// The imports outside of tests that a build has, as pairs, but for some.
    fn steps(&self, build: &Build, without: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
        let is_built = |edge: &&Edge| edge.kind < IN_TEST && (KINDS[edge.kind].is_built)(build);
        let steps = self.edges.iter().filter(is_built).map(|edge| (edge.from, edge.to));
        steps.filter(|step| !without.contains(step)).collect()
    }

    /// The length of a shortest cycle in any build.
    fn shortest_cycle(&self, without: &[(usize, usize)]) -> Option<usize> {
        let mut best: Option<usize> = None;
        for steps in BUILDS.iter().map(|build| self.steps(build, without)) {
            for start in 0..self.packages {
                let length = distance(&steps, start, start);
                best = best.into_iter().chain(length).min();
            }
        }
        best
    }

    /// The imports that take part in a cycle of some build.
    fn steps_in_cycles(&self) -> BTreeSet<(usize, usize)> {
        let mut found = BTreeSet::new();
        for steps in BUILDS.iter().map(|build| self.steps(build, &[])) {
            found.extend(steps.iter().filter(|(from, to)| from == to || distance(&steps, *to, *from).is_some()));
        }
        found
    }

    /// Whether the test of a package imports one that needs it, in any build.
    fn has_test_cycle(&self) -> bool {
        BUILDS.iter().any(|build| {
            let steps = self.steps(build, &[]);
            let mut in_tests = self.edges.iter().filter(|edge| edge.kind == IN_TEST);
            in_tests.any(|edge| edge.from == edge.to || distance(&steps, edge.to, edge.from).is_some())
        })
    }
}

/// The fewest steps from a package to another, one at least.
fn distance(steps: &BTreeSet<(usize, usize)>, from: usize, to: usize) -> Option<usize> {
    let mut reached = BTreeSet::from([from]);
    for length in 1..=steps.len() {
        let next: BTreeSet<usize> = steps.iter().filter(|step| reached.contains(&step.0)).map(|step| step.1).collect();
        if next.contains(&to) {
            return Some(length);
        }
        reached.extend(next);
    }
    None
}

fn findings(case: &Case) -> Vec<Finding> {
    let mut files = case.files();
    files.push(("go.mod".to_owned(), "module example.com/m\n\ngo 1.24\n".to_owned()));
    files.push(("modwarden.toml".to_owned(), "[severity]\nimport-cycle = \"error\"\n".to_owned()));
    judge::check(&files).run.findings
}

/// The packages that a text names in back quotes, by their numbers.
fn packages(text: &str) -> Vec<usize> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.map(|path| path.rsplit_once("/p").expect("a package of the case").1.parse().expect("a number")).collect()
}

#[test]
fn cycles_are_those_of_a_plain_search() {
    let mut found = 0;
    for seed in seeds(0..1500) {
        let case = Case::random(seed);
        let findings = findings(&case);
        found += findings.len();
        let (tests, plain): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.message.starts_with("import cycle in a test"));
        let lengths = plain.iter().map(|finding| packages(&finding.message).len() - 1);
        assert_eq!(lengths.min(), case.shortest_cycle(&[]), "{seed}: {plain:?}");
        assert_eq!(!tests.is_empty(), case.has_test_cycle(), "{seed}: {tests:?}");
        for finding in &plain {
            check_steps(&case, finding);
        }
        let firsts: BTreeSet<(usize, usize)> = plain.iter().map(|finding| first_step(finding)).collect();
        assert_eq!(firsts, case.steps_in_cycles(), "{seed}: {plain:?}");
        check_cuts(&case, &findings);
    }
    assert!(found > 300, "too few cycles for a test: {found}");
}

/// The packages of the import at which a finding is.
fn first_step(finding: &Finding) -> (usize, usize) {
    let packages = packages(&finding.message);
    (packages[0], packages[1])
}

/// One build has all imports of a cycle.
fn check_steps(case: &Case, finding: &Finding) {
    let packages = packages(&finding.message);
    let has_all = BUILDS.iter().any(|build| {
        let steps = case.steps(build, &[]);
        packages.windows(2).all(|pair| steps.contains(&(pair[0], pair[1])))
    });
    assert!(has_all, "{}: {}", case.name, finding.message);
}

/// The cuts together leave no cycle, and where there is one finding, no smaller cut does.
fn check_cuts(case: &Case, findings: &[Finding]) {
    let plain: Vec<&Finding> = findings.iter().filter(|finding| !finding.message.contains("in a test")).collect();
    let mut cuts = BTreeSet::new();
    for help in plain.iter().filter_map(|finding| finding.help.as_deref()) {
        cuts.insert(packages(help).chunks(2).map(|pair| (pair[1], pair[0])).collect::<Vec<_>>());
    }
    let cut: Vec<(usize, usize)> = cuts.iter().flatten().copied().collect();
    assert_eq!(case.shortest_cycle(&cut), None, "{}: {plain:?}", case.name);
    if cuts.len() == 1 && cut.len() > 1 {
        let steps: BTreeSet<(usize, usize)> = BUILDS.iter().flat_map(|build| case.steps(build, &[])).collect();
        let steps: Vec<(usize, usize)> = steps.into_iter().collect();
        let mut subsets: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
        for step in steps {
            let with: Vec<_> = subsets.iter().map(|subset| [&subset[..], &[step]].concat()).collect();
            subsets.extend(with.into_iter().filter(|subset| subset.len() < cut.len()));
        }
        let smaller = subsets.iter().find(|subset| case.shortest_cycle(subset).is_none());
        assert_eq!(smaller, None, "{}: {plain:?}", case.name);
    }
}

#[test]
fn the_go_command_rejects_the_same_packages() {
    let Some(go) = go() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join("go.mod"), "module example.com/m\n\ngo 1.24\n").expect("the file is written");
    let cases: Vec<Case> = seeds(0..250).map(Case::random).collect();
    for (name, text) in cases.iter().flat_map(Case::files) {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, text).expect("the file is written");
    }
    let mut rejected = BTreeSet::new();
    for build in &BUILDS {
        rejected.extend(rejected_cases(&go, dir.path(), build));
    }
    assert!(rejected.len() > 50, "too few cycles for a test: {}", rejected.len());
    for case in &cases {
        let findings = findings(case);
        assert_eq!(!findings.is_empty(), rejected.contains(&case.name), "{}: {findings:?}", case.name);
    }
}

/// The cases in which the go command finds a cycle.
fn rejected_cases(go: &Go, dir: &Path, build: &Build) -> BTreeSet<String> {
    let go = go.clone().with_env("GOOS", build.goos).with_env("GOARCH", "amd64");
    let tags = if build.has_foo { "-tags=foo" } else { "-tags=" };
    let output = go.command(dir, &["list", "-e", "-test", tags, "-json=ImportPath,Error,DepsErrors", "./..."]);
    let mut rejected = BTreeSet::new();
    for package in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let package = package.expect("the go command prints JSON");
        let errors = package["DepsErrors"].as_array().into_iter().flatten().chain([&package["Error"]]);
        if errors.filter_map(|error| error["Err"].as_str()).any(|error| error.contains("import cycle not allowed")) {
            let path = package["ImportPath"].as_str().expect("a package has a path");
            rejected.extend(path.split('/').nth(2).map(str::to_owned));
        }
    }
    rejected
}

#[test]
fn packages_that_all_import_each_other_end() {
    let packages = 60;
    let mut edges = BTreeSet::new();
    for from in 0..packages {
        edges.extend((0..packages).filter(|to| *to != from).map(|to| Edge { from, to, kind: 0 }));
    }
    let case = Case { name: "all".to_owned(), packages, edges };
    let findings = findings(&case);
    assert_eq!(findings.len(), packages * (packages - 1));
    let first = "import cycle: `example.com/m/all/p0` imports `example.com/m/all/p1` imports `example.com/m/all/p0`";
    assert_eq!(findings[0].message, first);
    assert_eq!(findings[0].help, None, "the fewest imports to remove were not worked out");
}
