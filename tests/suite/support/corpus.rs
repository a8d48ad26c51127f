//! modwarden and the go command on the same tree: which files each build has, and their imports.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and read directories")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use modwarden::internals::go::BuildContext;
use serde_json::Value;

use super::go::Go;

/// Whether the tests should use all modules, and not only as many as a run of minutes allows: `CORPUS=large`.
pub(crate) fn is_large() -> bool {
    std::env::var("CORPUS").is_ok_and(|size| size == "large")
}

/// The builds of the matrix, in the form that `--build` takes.
pub(crate) const BUILDS: [&str; 14] = [
    "linux/amd64,cgo",
    "windows/amd64",
    "darwin/arm64,cgo",
    "linux/arm64,integration,purego",
    "freebsd/386",
    "js/wasm",
    "android/arm64,cgo",
    "wasip1/wasm",
    "linux/386,cgo,e2e,debug,foo",
    "ios/arm64,cgo",
    "illumos/amd64",
    "plan9/arm",
    "linux/riscv64,ignore,tools",
    "aix/ppc64,netgo",
];

/// The content of one directory of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Package {
    files: BTreeSet<String>,
    tests: BTreeSet<String>,
    imports: BTreeSet<String>,
    test_imports: BTreeSet<String>,
}

impl Package {
    /// How many files there are.
    pub(crate) fn size(&self) -> usize {
        self.files.len() + self.tests.len()
    }
}

/// By directory from the root; the root itself is empty.
pub(crate) type Packages = BTreeMap<String, Package>;

/// A program of ours as the tests built it, without the environment of who started them.
pub(crate) fn modwarden(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_modwarden"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
        command.env_remove(name);
    }
    command.current_dir(dir).args(args);
    command
}

/// The records of `modwarden inspect …` on the files below `root`. The run may say that it could not see a file.
pub(crate) fn inspect(root: &Path, args: &[&str]) -> Vec<Value> {
    records(modwarden(root, &[&["inspect"], args].concat()))
}

/// The output of a run, line for line.
pub(crate) fn records(mut command: Command) -> Vec<Value> {
    let output = command.output().expect("modwarden starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{command:?}: {stderr}");
    assert_eq!(output.status.code() == Some(3), stderr.contains("not read"), "{command:?}: {stderr}");
    let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("each line is JSON")).collect()
}

/// The directories of the modules that `inspect modules` shows, from the root.
pub(crate) fn module_dirs(modules: &[Value]) -> Vec<String> {
    modules
        .iter()
        .filter(|record| record.get("Module").is_some())
        .map(|module| text(&module["Dir"]).replace('\\', "/"))
        .map(|dir| if dir == "." { String::new() } else { dir })
        .collect()
}

/// The packages of the module in `module`, one of `modules`, as modwarden's records show them.
pub(crate) fn packages_of(records: &[Value], module: &str, modules: &[String]) -> Packages {
    let mut packages = Packages::new();
    for record in records {
        let (dir, name) = text(&record["file"]).rsplit_once('/').unwrap_or(("", text(&record["file"])));
        let home = modules.iter().filter(|module| is_within(dir, module)).max_by_key(|module| module.len());
        if home.map(String::as_str) != Some(module) {
            continue;
        }
        let package = packages.entry(dir.to_owned()).or_default();
        let (files, imports) = match record["test"].as_bool() {
            Some(true) => (&mut package.tests, &mut package.test_imports),
            _ => (&mut package.files, &mut package.imports),
        };
        files.insert(name.to_owned());
        imports.extend(list(&record["imports"]).iter().map(|import| text(&import["path"]).to_owned()));
    }
    packages
}

fn is_within(dir: &str, above: &str) -> bool {
    above.is_empty() || dir.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The output of the go command for the packages of a module.
pub(crate) struct Listed {
    /// The packages in the build.
    pub(crate) packages: Packages,
    /// The files that are at fault, with their directory.
    pub(crate) invalid: BTreeSet<(String, String)>,
    /// All files of the directories of packages, in the build or not, but those that the go command never reads.
    pub(crate) all: BTreeMap<String, BTreeSet<String>>,
}

/// Asks the go command for the packages of the module in `module` below `root`.
pub(crate) fn listed(go: &Go, root: &Path, module: &str, build: &str) -> Listed {
    let go = for_build(go, build).with_env("GOWORK", "off");
    let mut result = Listed { packages: Packages::new(), invalid: BTreeSet::new(), all: BTreeMap::new() };
    for answer in go_list(&go, &root.join(module), &["./..."]) {
        let dir = Path::new(text(&answer["Dir"])).strip_prefix(root).expect("packages lie below the root");
        let dir = dir.to_str().expect("the names are text").replace('\\', "/");
        let names = |keys: &[&str]| -> BTreeSet<String> {
            keys.iter().flat_map(|key| list(&answer[key])).map(|name| text(name).to_owned()).collect()
        };
        let package = Package {
            files: names(&["GoFiles", "CgoFiles"]),
            tests: names(&["TestGoFiles", "XTestGoFiles"]),
            imports: names(&["Imports"]),
            test_imports: names(&["TestImports", "XTestImports"]),
        };
        let ignored = names(&["InvalidGoFiles", "IgnoredGoFiles"]).into_iter();
        let read = ignored.filter(|name| !name.starts_with(['_', '.']));
        result.all.insert(dir.clone(), read.chain(package.files.clone()).chain(package.tests.clone()).collect());
        result.invalid.extend(names(&["InvalidGoFiles"]).into_iter().map(|name| (dir.clone(), name)));
        if package != Package::default() {
            result.packages.insert(dir, package);
        }
    }
    result
}

/// The go command for a build.
pub(crate) fn for_build(go: &Go, build: &str) -> Go {
    for_build_with(go, build, "-mod=readonly")
}

/// The go command for a build, with further flags.
pub(crate) fn for_build_with(go: &Go, build: &str, flags: &str) -> Go {
    let build = BuildContext::parse(build).expect("the build is well formed");
    // The release that modwarden takes for the current one may be newer than the go command.
    let releases = (20..=build.release).map(|minor| format!("go1.{minor}"));
    let tags: Vec<String> = build.tags.iter().map(ToString::to_string).chain(releases).collect();
    go.clone()
        .with_env("GOOS", &build.goos)
        .with_env("GOARCH", &build.goarch)
        .with_env("CGO_ENABLED", if build.cgo { "1" } else { "0" })
        .with_env("GOEXPERIMENT", "none")
        .with_env("GOFLAGS", &format!("{flags} -tags={}", tags.join(",")))
}

/// The objects that `go list -e` prints.
pub(crate) fn go_list(go: &Go, dir: &Path, args: &[&str]) -> Vec<Value> {
    const FIELDS: &str = "-json=Dir,ImportPath,ForTest,Standard,Module,Error,DepsErrors,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,\
                          IgnoredGoFiles,InvalidGoFiles,Imports,TestImports,XTestImports";
    // The index of old directories reads broken files in another way than the builds do.
    let go = go.clone().with_env("GODEBUG", "goindex=0");
    let output = go.text(dir, &[&["list", "-e", FIELDS], args].concat());
    let stream = serde_json::Deserializer::from_str(&output).into_iter();
    stream.map(|value| value.expect("go list prints JSON")).collect()
}

/// Every file below a directory whose name is wanted, from there, sorted; links are not followed.
pub(crate) fn files_below(root: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let (mut dirs, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).expect("the directory can be read") {
            let entry = entry.expect("the entry can be read");
            if entry.file_type().expect("it has a type").is_dir() {
                dirs.push(entry.path());
            } else if wanted(&entry.file_name().to_string_lossy()) {
                files.push(entry.path().strip_prefix(root).expect("it lies below").to_owned());
            }
        }
    }
    files.sort();
    files
}

/// A string, or nothing.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An array, or nothing.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Without values that are `null`, empty or false, which the go command prints in some lists and leaves out of others.
pub(crate) fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, without_empty(value)))
            .filter(|(_, value)| !value.is_null())
            .collect(),
        Value::Array(values) if values.is_empty() => Value::Null,
        Value::Array(values) => values.into_iter().map(without_empty).collect(),
        value => value,
    }
}
