//! `import-denied` with `reach = "transitive"` against a plain search and against `go list -deps`, on random packages of the repository
//! and of a vendored module, with imports that only some builds have.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use modwarden::internals::finding::Finding;
use serde_json::Value;

use crate::support::corpus::{inspect, list, text};
use crate::support::go::{Go, go};
use crate::support::judge;
use crate::support::random::{Random, seeds};

/// A file of a package: its name, its build constraint, the end of its package clause, and the builds that have it, as bits in the
/// order of `BUILDS`.
struct Kind {
    name: &'static str,
    constraint: &'static str,
    clause: &'static str,
    builds: u8,
}

/// A system, and whether the tag `foo` is set.
const BUILDS: [(&str, bool); 4] = [("linux", false), ("linux", true), ("windows", false), ("windows", true)];

const KINDS: [Kind; 7] = [
    Kind { name: "all.go", constraint: "", clause: "", builds: 0b1111 },
    Kind { name: "a_windows.go", constraint: "", clause: "", builds: 0b1100 },
    Kind { name: "foo.go", constraint: "foo", clause: "", builds: 0b1010 },
    Kind { name: "bar.go", constraint: "!foo && linux", clause: "", builds: 0b0001 },
    Kind { name: "no.go", constraint: "ignore", clause: "", builds: 0b0000 },
    Kind { name: "in_test.go", constraint: "", clause: "", builds: 0b1111 },
    Kind { name: "out_test.go", constraint: "foo", clause: "_test", builds: 0b1010 },
];

const FIRST_TEST: usize = 5;

/// An import of one package by a file of another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: usize,
    to: usize,
    kind: usize,
}

struct Case {
    name: String,
    /// How many packages are of the repository; the others are vendored.
    own: usize,
    packages: usize,
    edges: BTreeSet<Edge>,
    deny: BTreeSet<usize>,
    via: BTreeSet<usize>,
    not_via: BTreeSet<usize>,
}

/// Whether imports may lead in circles, as the go command forbids.
#[derive(Clone, Copy, PartialEq)]
enum Circles {
    Some,
    None,
}

impl Case {
    fn random(seed: u64, circles: Circles) -> Self {
        let mut random = Random::new(seed);
        let own = 2 + random.below(5);
        let packages = own + 1 + random.below(4);
        let mut edges = BTreeSet::new();
        for _ in 0..packages + random.below(packages) {
            let (from, to) = (random.below(packages), random.below(packages));
            let is_forward = from < to || (circles == Circles::Some && from != to && to < own && from < own);
            let last = if from < own { KINDS.len() } else { FIRST_TEST };
            let kind = if random.once_in(3) { random.below(last) } else { random.below(4) };
            if is_forward {
                edges.insert(Edge { from, to, kind });
            }
        }
        let mut deny = BTreeSet::from([packages - 1]);
        if random.once_in(3) {
            deny.insert(1 + random.below(packages - 1));
        }
        let some = |random: &mut Random| (0..packages).filter(|_| random.once_in(3)).collect::<BTreeSet<usize>>();
        let (mut via, mut not_via) = (BTreeSet::new(), BTreeSet::new());
        if circles == Circles::Some {
            match random.below(4) {
                0 => via = some(&mut random),
                1 => not_via = some(&mut random),
                _ => {}
            }
        }
        Self { name: format!("c{seed}"), own, packages, edges, deny, via, not_via }
    }

    fn path(&self, package: usize) -> String {
        let module = if package < self.own { "example.com/m" } else { "example.com/dep" };
        format!("{module}/{}/p{package}", self.name)
    }

    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for package in 0..self.packages {
            let dir =
                self.path(package).replace("example.com/m/", "").replace("example.com/dep/", "vendor/example.com/dep/");
            let kinds = if package < self.own { &KINDS[..] } else { &KINDS[..FIRST_TEST] };
            for (at, kind) in kinds.iter().enumerate() {
                let constraint = match kind.constraint {
                    "" => String::new(),
                    constraint => format!("//go:build {constraint}\n\n"),
                };
                let mut text = format!("{constraint}package p{package}{}\n\n", kind.clause);
                for edge in self.edges.iter().filter(|edge| edge.from == package && edge.kind == at) {
                    text.push_str(&format!("import _ \"{}\"\n", self.path(edge.to)));
                }
                files.push((format!("{dir}/{}", kind.name), text));
            }
        }
        files
    }

    fn policy(&self) -> String {
        let list = |packages: &BTreeSet<usize>| {
            let paths: Vec<String> = packages.iter().map(|at| format!("\"{}\"", self.path(*at))).collect();
            format!("[{}]", paths.join(", "))
        };
        let mut policy =
            format!("[[import-denied]]\nname = \"it\"\nreach = \"transitive\"\ndeny = {}\n", list(&self.deny));
        if !self.via.is_empty() {
            policy.push_str(&format!("via = {}\n", list(&self.via)));
        }
        if !self.not_via.is_empty() {
            policy.push_str(&format!("not-via = {}\n", list(&self.not_via)));
        }
        policy
    }

    /// The packages that a package, or its test, imports in a build, but for some steps.
    fn imported(&self, from: usize, in_test: bool, build: usize, without: &[(usize, usize)]) -> BTreeSet<usize> {
        let is_built = |edge: &&Edge| {
            edge.from == from
                && (edge.kind >= FIRST_TEST) == in_test
                && KINDS[edge.kind].builds & (1 << build) != 0
                && !without.contains(&(edge.from, edge.to))
        };
        self.edges.iter().filter(is_built).map(|edge| edge.to).collect()
    }

    /// The fewest imports from a package to a denied one by a chain that counts, in a build.
    fn shortest(&self, start: Start, target: usize, build: usize, without: &[(usize, usize)]) -> Option<usize> {
        let first = self.imported(start.package, start.in_test, build, without);
        // Each package with whether the chain went through one of `via`.
        let mut reached: BTreeSet<(usize, bool)> = first.into_iter().map(|to| (to, self.via.is_empty())).collect();
        let mut seen = reached.clone();
        for steps in 1..=2 * self.packages {
            if reached.contains(&(target, true)) {
                return Some(steps);
            }
            let mut next = BTreeSet::new();
            for &(at, is_through) in &reached {
                if self.deny.contains(&at) || self.not_via.contains(&at) {
                    continue;
                }
                let is_through = is_through || self.via.contains(&at);
                next.extend(self.imported(at, false, build, without).into_iter().map(|to| (to, is_through)));
            }
            reached = next.difference(&seen).copied().collect();
            seen.extend(&reached);
        }
        None
    }

    fn shortest_of_builds(&self, start: Start, target: usize, without: &[(usize, usize)]) -> Option<usize> {
        (0..BUILDS.len()).filter_map(|build| self.shortest(start, target, build, without)).min()
    }

    /// The findings with a chain that there should be, and how many imports each has.
    fn expected(&self) -> BTreeMap<(Start, usize), usize> {
        let mut expected = BTreeMap::new();
        for package in 0..self.own {
            for &target in &self.deny {
                let mut is_told = false;
                for in_test in [false, true] {
                    let start = Start { package, in_test };
                    let imports = |build| self.imported(package, in_test, build, &[]).contains(&target);
                    if is_told || (self.via.is_empty() && (0..BUILDS.len()).any(imports)) {
                        is_told = true;
                        continue;
                    }
                    if let Some(length) = self.shortest_of_builds(start, target, &[]) {
                        expected.insert((start, target), length);
                        is_told = true;
                    }
                }
            }
        }
        expected
    }
}

/// The beginning of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    package: usize,
    in_test: bool,
}

/// The module files: the vendored module has the packages of all cases.
fn module_files(cases: &[Case]) -> Vec<(String, String)> {
    let mut listed = "# example.com/dep v1.0.0\n## explicit; go 1.24\n".to_owned();
    for case in cases {
        (case.own..case.packages).for_each(|package| listed.push_str(&format!("{}\n", case.path(package))));
    }
    vec![
        ("go.mod".to_owned(), "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n".to_owned()),
        ("vendor/modules.txt".to_owned(), listed),
    ]
}

fn findings(case: &Case) -> Vec<Finding> {
    let mut files = case.files();
    files.extend(module_files(std::slice::from_ref(case)));
    files.push(("modwarden.toml".to_owned(), case.policy()));
    let checked = judge::check(&files);
    assert!(checked.run.undecided.is_empty(), "{}: {:?}", case.name, checked.run.undecided);
    checked.run.findings.into_iter().filter(|finding| finding.rule.id == "import-denied").collect()
}

/// The packages that a text names in back quotes, by their numbers.
fn packages(text: &str) -> Vec<usize> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.map(|path| path.rsplit_once("/p").expect("a package of the case").1.parse().expect("a number")).collect()
}

/// The chain of a finding, if it has one.
fn chain(finding: &Finding) -> Option<(Start, Vec<usize>)> {
    let chain = packages(finding.message.split_once(" is denied: ")?.1);
    let in_test = finding.identity.to_string().contains("test");
    Some((Start { package: chain[0], in_test }, chain))
}

#[test]
fn chains_are_those_of_a_plain_search() {
    let (mut found, mut cuts) = (0, 0);
    for seed in seeds(0..1500) {
        let case = Case::random(seed, Circles::Some);
        let findings = findings(&case);
        let mut actual = BTreeMap::new();
        for finding in &findings {
            let Some((start, chain)) = chain(finding) else { continue };
            let target = *chain.last().expect("a chain has an end");
            check_chain(&case, start, &chain);
            cuts += usize::from(check_cut(&case, start, target, finding));
            assert_eq!(actual.insert((start, target), chain.len() - 1), None, "{seed}: twice");
        }
        found += actual.len();
        assert_eq!(actual, case.expected(), "{seed}: {}{findings:?}", case.policy());
    }
    assert!(found > 600 && cuts > 300, "too few chains for a test: {found}, {cuts} with a cut");
}

/// One build has all imports of a chain.
fn check_chain(case: &Case, start: Start, chain: &[usize]) {
    let has_all = (0..BUILDS.len()).any(|build| {
        let mut in_test = start.in_test;
        chain.windows(2).all(|pair| case.imported(pair[0], std::mem::take(&mut in_test), build, &[]).contains(&pair[1]))
    });
    assert!(has_all, "{}: {chain:?}", case.name);
}

/// Without the imports that a finding names there is no chain in any build; whether it names some.
fn check_cut(case: &Case, start: Start, target: usize, finding: &Finding) -> bool {
    let help = finding.help.as_deref().unwrap_or_default();
    let Some((_, cut)) = help.split_once("no chain is left: ") else { return false };
    let cut: Vec<(usize, usize)> = packages(cut).chunks(2).map(|pair| (pair[1], pair[0])).collect();
    assert!(cut.iter().all(|(from, _)| *from < case.own), "{}: {help}", case.name);
    // Where a test imports its package, the first step and a later one can be of the same package.
    if !start.in_test {
        assert_eq!(case.shortest_of_builds(start, target, &cut), None, "{}: {help}", case.name);
    }
    true
}

#[test]
fn the_go_command_reaches_the_same_packages() {
    let Some(go) = go() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    let cases: Vec<Case> = seeds(0..200).map(|seed| Case::random(seed, Circles::None)).collect();
    let files = cases.iter().flat_map(Case::files).chain(module_files(&cases));
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, text).expect("the file is written");
    }
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for build in &BUILDS {
        add_needed(&go, dir.path(), build, &mut needed);
    }
    let (mut found, mut none) = (0, 0);
    for case in &cases {
        let judged: BTreeSet<usize> = findings(case).iter().map(|finding| importer(case, finding)).collect();
        for package in 0..case.own {
            let needs = needed.get(&case.path(package));
            let is_needed = case.deny.iter().any(|target| needs.is_some_and(|it| it.contains(&case.path(*target))));
            assert_eq!(judged.contains(&package), is_needed, "{}: p{package} {:?}", case.name, case.deny);
            found += usize::from(is_needed);
            none += usize::from(!is_needed);
        }
    }
    assert!(found > 200 && none > 200, "too few packages for a test: {found}, {none}");
}

/// The package of the file of a finding.
fn importer(case: &Case, finding: &Finding) -> usize {
    let identity = finding.identity.to_string();
    let after = identity.split_once(&format!("{}/p", case.name)).expect("a package of the case").1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// The packages that the go command needs for each package and its tests, in a build.
fn add_needed(go: &Go, dir: &Path, build: &(&str, bool), needed: &mut BTreeMap<String, BTreeSet<String>>) {
    let go = go.clone().with_env("GOOS", build.0).with_env("GOARCH", "amd64");
    let tags = if build.1 { "-tags=foo" } else { "-tags=" };
    let output = go.command(dir, &["list", "-e", "-test", tags, "-json=ImportPath,ForTest,Deps", "./..."]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for package in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let package = package.expect("the go command prints JSON");
        let of_test = package["ForTest"].as_str().filter(|path| !path.is_empty());
        let path = of_test.or(package["ImportPath"].as_str()).expect("a package has a path");
        let deps = package["Deps"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let deps = deps.map(|path| path.split(' ').next().unwrap_or_default().to_owned());
        needed.entry(path.to_owned()).or_default().extend(deps);
    }
}

/// An edge of the graph: the importing package, whether in a test, and the imported package.
type Imported = (String, bool, String);

#[test]
fn the_graph_of_one_build_is_that_of_the_go_command() {
    let Some(go) = go() else { return };
    let dir = tempfile::tempdir().expect("a temporary directory");
    let cases: Vec<Case> = seeds(0..150).map(|seed| Case::random(seed, Circles::None)).collect();
    let files = cases.iter().flat_map(Case::files).chain(module_files(&cases));
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, text).expect("the file is written");
    }
    for build in &BUILDS {
        let named = format!("{}/amd64{}", build.0, if build.1 { ",foo" } else { "" });
        let records = inspect(dir.path(), &["graph", "--packages", "--build", &named]);
        let (packages, imports) = listed(&go, dir.path(), build);
        assert!(imports.len() > 200, "too few imports for a test: {}", imports.len());
        let nodes = records.iter().filter(|record| record["node"] == "package").map(|record| text(&record["path"]));
        assert_eq!(nodes.map(str::to_owned).collect::<BTreeSet<_>>(), packages, "{named}");
        let edges = records.iter().filter(|record| record["edge"] == "imports").map(|record| {
            let test = record["test"].as_bool().unwrap_or_default();
            (text(&record["from"]).to_owned(), test, text(&record["to"]).to_owned())
        });
        assert_eq!(edges.collect::<BTreeSet<Imported>>(), imports, "{named}");
        assert!(records.iter().all(|record| record.get("incomplete").is_none()), "{named}");
    }
}

/// The packages that the go command needs for all packages and their tests in a build, apart from those of the standard library, and
/// their imports.
fn listed(go: &Go, dir: &Path, build: &(&str, bool)) -> (BTreeSet<String>, BTreeSet<Imported>) {
    let go = go.clone().with_env("GOOS", build.0).with_env("GOARCH", "amd64");
    let tags = if build.1 { "-tags=foo" } else { "-tags=" };
    let fields = "-json=ImportPath,ForTest,Standard,DepOnly,Imports,TestImports,XTestImports";
    let output = go.command(dir, &["list", "-e", "-deps", "-test", tags, fields, "./..."]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut packages, mut imports) = (BTreeSet::new(), BTreeSet::new());
    for package in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let package = package.expect("the go command prints JSON");
        let path = text(&package["ImportPath"]);
        if package["Standard"] == true || !text(&package["ForTest"]).is_empty() || path.ends_with(".test") {
            continue;
        }
        packages.insert(path.to_owned());
        for (key, test) in [("Imports", false), ("TestImports", true), ("XTestImports", true)] {
            for to in list(&package[key]).iter().filter(|_| !test || package["DepOnly"] != true) {
                imports.insert((path.to_owned(), test, text(to).to_owned()));
            }
        }
    }
    (packages, imports)
}
