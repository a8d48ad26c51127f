//! Well-known modules, as they come through the module proxy, read by modwarden and by the go command: which files
//! each build has, their imports with places, and the content of `go.mod`.

#![expect(clippy::disallowed_methods, reason = "the tests copy files")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::go_files_oracle::read_files;
use crate::support::corpus::{
    BUILDS, Listed, Packages, files_below, inspect, is_large, list, listed, module_dirs, packages_of, text,
    without_empty,
};
use crate::support::go::{Go, go};

/// Modules with many platforms, with cgo, with odd layouts, and those that everybody uses.
pub(crate) const MODULES: [&str; 62] = [
    "cloud.google.com/go/compute/metadata@v0.10.0",
    "github.com/BurntSushi/toml@v1.6.0",
    "github.com/Microsoft/go-winio@v0.6.4",
    "github.com/cespare/xxhash/v2@v2.3.0",
    "github.com/containerd/log@v0.2.0",
    "github.com/creack/pty@v1.1.24",
    "github.com/davecgh/go-spew@v1.1.1",
    "github.com/docker/go-units@v0.5.0",
    "github.com/ebitengine/purego@v0.11.3",
    "github.com/fsnotify/fsnotify@v1.10.1",
    "github.com/gin-gonic/gin@v1.12.0",
    "github.com/go-logr/logr@v1.4.4",
    "github.com/go-playground/validator/v10@v10.30.1",
    "github.com/go-sql-driver/mysql@v1.10.1",
    "github.com/godbus/dbus/v5@v5.2.4",
    "github.com/gogo/protobuf@v1.3.2",
    "github.com/golang/protobuf@v1.5.4",
    "github.com/google/go-cmp@v0.7.0",
    "github.com/google/uuid@v1.6.0",
    "github.com/gorilla/mux@v1.8.1",
    "github.com/gorilla/websocket@v1.5.3",
    "github.com/hashicorp/hcl/v2@v2.25.0",
    "github.com/hashicorp/hcl@v1.0.0",
    "github.com/jackc/pgx/v5@v5.12.0",
    "github.com/json-iterator/go@v1.1.12",
    "github.com/klauspost/compress@v1.20.3",
    "github.com/mattn/go-isatty@v0.0.24",
    "github.com/mattn/go-sqlite3@v1.14.52",
    "github.com/miekg/dns@v1.1.73",
    "github.com/opencontainers/go-digest@v1.0.0",
    "github.com/pelletier/go-toml/v2@v2.4.3",
    "github.com/pkg/errors@v0.9.1",
    "github.com/prometheus/client_golang@v1.25.0",
    "github.com/prometheus/common@v0.72.0",
    "github.com/prometheus/procfs@v0.22.0",
    "github.com/rivo/uniseg@v0.4.7",
    "github.com/seccomp/libseccomp-golang@v0.11.1",
    "github.com/shirou/gopsutil/v4@v4.26.10",
    "github.com/sirupsen/logrus@v1.10.2",
    "github.com/spf13/cobra@v1.10.2",
    "github.com/spf13/pflag@v1.0.10",
    "github.com/stretchr/testify@v1.12.1",
    "github.com/tklauser/go-sysconf@v0.4.0",
    "github.com/vishvananda/netlink@v1.3.1",
    "go.opentelemetry.io/otel@v1.47.0",
    "go.uber.org/atomic@v1.12.0",
    "go.uber.org/multierr@v1.11.0",
    "go.uber.org/zap@v1.28.0",
    "golang.org/x/crypto@v0.58.0",
    "golang.org/x/exp@v0.0.0-20260908205506-85c1c2202aba",
    "golang.org/x/mod@v0.42.0",
    "golang.org/x/net@v0.62.0",
    "golang.org/x/sync@v0.24.0",
    "golang.org/x/sys@v0.49.0",
    "golang.org/x/term@v0.47.0",
    "golang.org/x/text@v0.43.0",
    "golang.org/x/tools@v0.52.0",
    "google.golang.org/grpc@v1.85.0",
    "google.golang.org/protobuf@v1.36.12",
    "gopkg.in/yaml.v2@v2.4.0",
    "gopkg.in/yaml.v3@v3.0.1",
    "k8s.io/apimachinery@v0.37.2",
];

/// The builds that a module is compared in, in a run of minutes.
const BUILDS_OF_A_MODULE: usize = 2;

/// A module of the cache, and its files in a directory where they can be judged.
pub(crate) struct Downloaded {
    pub(crate) name: &'static str,
    /// Where the go command unpacked it.
    pub(crate) dir: PathBuf,
    /// Its module file, which is made up where it has none.
    pub(crate) go_mod: PathBuf,
    copy: tempfile::TempDir,
}

impl Downloaded {
    /// Where its files can be judged.
    pub(crate) fn root(&self) -> PathBuf {
        self.copy.path().canonicalize().expect("the directory is there")
    }
}

/// The module cache that outlives the run.
pub(crate) fn cache() -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules");
    fs::create_dir_all(&cache).expect("the cache can be made");
    cache
}

/// The go command with that cache and the module proxy.
pub(crate) fn online(go: &Go) -> Go {
    let proxy = std::env::var("GOPROXY").unwrap_or_default();
    go.clone()
        .with_env("GOMODCACHE", cache().to_str().expect("the path is text"))
        .with_env("GOFLAGS", "-modcacherw")
        .with_env("GOPROXY", &proxy)
}

/// Brings the modules into the cache. Where they cannot be had, says so and gives `None`; in
/// continuous integration that is a failure.
pub(crate) fn download(go: &Go) -> Option<Vec<Downloaded>> {
    let (go, cache) = (online(go), cache());
    let output = go.command(&cache, &[&["mod", "download", "-json"], &MODULES[..]].concat());
    let answers: Vec<Value> =
        serde_json::Deserializer::from_slice(&output.stdout).into_iter().filter_map(Result::ok).collect();
    let find = |name: &&'static str| {
        let is_it = |answer: &&Value| format!("{}@{}", text(&answer["Path"]), text(&answer["Version"])) == **name;
        let answer = answers.iter().find(is_it).filter(|answer| answer["Dir"].is_string())?;
        let dir = PathBuf::from(text(&answer["Dir"]));
        let copy = copy_go_files(&dir);
        Some(Downloaded { name, dir, go_mod: PathBuf::from(text(&answer["GoMod"])), copy })
    };
    let modules: Vec<Downloaded> = MODULES.iter().filter_map(find).collect();
    if modules.len() == MODULES.len() {
        return Some(modules);
    }
    let missing = MODULES.len() - modules.len();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing} modules cannot be downloaded");
    assert!(std::env::var_os("CI").is_none(), "the modules must be there in CI");
    None
}

/// Copies the files that the go command reads for a list of packages. The module file stays behind: its requirements
/// are not available, and change neither files nor imports; its `ignore` lines would. `.gitignore` stays behind on
/// purpose, because modwarden honours it outside of Git too and the go command never does.
fn copy_go_files(from: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary directory can be made");
    for file in files_below(from, &|name| name.ends_with(".go")) {
        let target = copy.path().join(&file);
        fs::create_dir_all(target.parent().expect("a file has a directory")).expect("the directory can be made");
        fs::copy(from.join(&file), target).expect("the file can be copied");
    }
    copy
}

fn write_go_mod(module: &Downloaded) {
    let path = module.name.split('@').next().unwrap_or_default();
    let stated = fs::read_to_string(&module.go_mod).expect("the module file can be read");
    assert!(!stated.lines().any(|line| line.starts_with("ignore")), "{path} ignores directories: copy the lines");
    fs::write(module.root().join("go.mod"), format!("module {path}\n\ngo 1.20\n")).expect("the file can be written");
}

#[test]
fn builds_of_well_known_modules_are_those_of_the_go_command() {
    let Some(go) = go() else { return };
    let Some(modules) = download(&go) else { return };
    let mut files = 0;
    for (index, module) in modules.iter().enumerate() {
        write_go_mod(module);
        let count = if is_large() { BUILDS.len() } else { BUILDS_OF_A_MODULE };
        // Every module is compared on Linux with cgo, and on another platform that differs from module to module.
        let builds = (0..count).map(|nth| if nth == 0 { 0 } else { 1 + (index + nth - 1) % (BUILDS.len() - 1) });
        for build in builds.map(|build| BUILDS[build]) {
            files += compare(&go, &module.root(), build, module.name);
        }
    }
    assert!(files > 8_000, "too small a sample: {files}");
}

/// Compares the files and imports of every package in one build; gives the number of files.
pub(crate) fn compare(go: &Go, root: &Path, build: &str, what: &str) -> usize {
    let modules = module_dirs(&inspect(root, &["modules"]));
    let (ours, everything) = (inspect(root, &["imports", "--build", build]), inspect(root, &["imports"]));
    let mut count = 0;
    for module in &modules {
        let theirs = listed(go, root, module, build);
        let mut ours = packages_of(&ours, module, &modules);
        count += ours.values().map(crate::support::corpus::Package::size).sum::<usize>();
        compare_packages(
            &mut ours,
            theirs,
            &packages_of(&everything, module, &modules),
            &format!("{what} {module} {build}"),
        );
    }
    count
}

fn compare_packages(ours: &mut Packages, theirs: Listed, _everything: &Packages, what: &str) {
    for dir in ours.keys().chain(theirs.packages.keys()) {
        // Packages that only imports lead to are not among those that the pattern lists.
        let is_skipped = |part: &str| part == "testdata" || part.starts_with(['_', '.']);
        if dir.split('/').any(is_skipped) {
            continue;
        }
        let none = Default::default();
        let (ours, theirs) = (ours.get(dir).unwrap_or(&none), theirs.packages.get(dir).unwrap_or(&none));
        assert_eq!(ours, theirs, "{what}: {dir}: left is modwarden, right is Go");
    }
}

#[test]
fn imports_of_well_known_modules_stand_where_go_parser_finds_them() {
    let Some(go) = go() else { return };
    let Some(modules) = download(&go) else { return };
    let mut count = 0;
    for module in modules {
        write_go_mod(&module);
        count += compare_positions(&go, &module.root());
    }
    assert!(count > 5_000, "too small a sample: {count}");
}

/// Compares each file with `go/parser`, those apart that it refuses; gives their number.
pub(crate) fn compare_positions(go: &Go, root: &Path) -> usize {
    let records = inspect(root, &["imports"]);
    let paths = records.iter().map(|record| root.join(text(&record["file"])).into_os_string().into_encoded_bytes());
    let answers = read_files(go, paths);
    assert_eq!(records.len(), answers.len());
    let mut count = 0;
    for (record, answer) in records.iter().zip(&answers).filter(|(_, answer)| answer["Fault"].is_null()) {
        let ours: Vec<Value> =
            list(&record["imports"]).iter().map(|import| spec(import, ["path", "name", "line", "column"])).collect();
        let theirs: Vec<Value> =
            list(&answer["Imports"]).iter().map(|import| spec(import, ["Path", "Name", "Line", "Column"])).collect();
        assert_eq!((ours, &record["generated"]), (theirs, &answer["Generated"]), "{}", record["file"]);
        count += 1;
    }
    count
}

fn spec(import: &Value, [path, name, line, column]: [&str; 4]) -> Value {
    json!([import[path], import[name], import[line], import[column]])
}

#[test]
fn module_files_of_the_cache_are_what_go_mod_edit_prints() {
    let Some(go) = go() else { return };
    let Some(_) = download(&go) else { return };
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules/cache/download");
    let files = files_below(&cache, &|name| name.ends_with(".mod"));
    assert!(files.len() >= MODULES.len());
    let tree = tempfile::tempdir().expect("a temporary directory can be made");
    for (index, file) in files.iter().enumerate() {
        let dir = tree.path().join(index.to_string());
        fs::create_dir(&dir).expect("the directory can be made");
        fs::copy(cache.join(file), dir.join("go.mod")).expect("the file can be copied");
    }
    assert_eq!(compare_module_files(&go, tree.path()), files.len());
}

/// Compares every module that modwarden finds with `go mod edit -json`, and every workspace with `go work edit -json`;
/// gives their number.
pub(crate) fn compare_module_files(go: &Go, root: &Path) -> usize {
    let records = inspect(root, &["modules"]);
    let mut seen = BTreeMap::new();
    for mut record in records {
        let fields = record.as_object_mut().expect("it is an object");
        let dir = fields.shift_remove("Dir").expect("it says where it is");
        fields.shift_remove("Effects");
        let kind = if fields.contains_key("Module") { "mod" } else { "work" };
        let theirs = go.text(&root.join(text(&dir)), &[kind, "edit", "-json"]);
        let theirs: Value = serde_json::from_str(&theirs).expect("it prints JSON");
        // Before Go 1.27 it leaves these out.
        fields.retain(|name, _| {
            kind == "mod" || theirs.get(name).is_some() || !matches!(&**name, "Toolchain" | "Godebug")
        });
        let dir = format!("{kind} {dir}");
        assert_eq!(without_empty(record), without_empty(theirs), "{dir}");
        assert_eq!(seen.insert(dir, ()), None);
    }
    seen.len()
}
