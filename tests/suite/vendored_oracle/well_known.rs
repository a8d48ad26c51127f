//! Well-known modules, as they come through the module proxy, vendored by the go command: no rule finds anything, also
//! when the fact store has the facts.

#![expect(clippy::disallowed_methods, reason = "tests copy files")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use serde_json::{Deserializer, Value};

use super::POLICY;
use crate::support::corpus::{files_below, is_large, list, text};
use crate::support::go::{Go, go};
use crate::support::repo::Repo;

/// Modules that import from others, some of them from many.
const MODULES: [&str; 17] = [
    "cloud.google.com/go/compute/metadata@v0.10.0",
    "github.com/Microsoft/go-winio@v0.6.4",
    "github.com/fsnotify/fsnotify@v1.10.1",
    "github.com/go-sql-driver/mysql@v1.10.1",
    "github.com/golang/protobuf@v1.5.4",
    "github.com/hashicorp/hcl/v2@v2.25.0",
    "github.com/jackc/pgx/v5@v5.12.0",
    "github.com/json-iterator/go@v1.1.12",
    "github.com/miekg/dns@v1.1.73",
    "github.com/sirupsen/logrus@v1.10.2",
    "github.com/spf13/cobra@v1.10.2",
    "github.com/stretchr/testify@v1.12.1",
    "github.com/vishvananda/netlink@v1.3.1",
    "go.uber.org/multierr@v1.11.0",
    "go.uber.org/zap@v1.28.0",
    "golang.org/x/crypto@v0.58.0",
    "gopkg.in/yaml.v3@v3.0.1",
];

/// Larger ones, for a run of minutes.
const MORE: [&str; 8] = [
    "github.com/gin-gonic/gin@v1.12.0",
    "github.com/gogo/protobuf@v1.3.2",
    "github.com/prometheus/client_golang@v1.25.0",
    "github.com/shirou/gopsutil/v4@v4.26.10",
    "golang.org/x/net@v0.62.0",
    "golang.org/x/tools@v0.52.0",
    "google.golang.org/grpc@v1.85.0",
    "k8s.io/apimachinery@v0.37.2",
];

#[test]
fn what_is_vendored_for_well_known_modules_is_whole() {
    let Some(go) = go() else { return };
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("modules");
    fs::create_dir_all(&cache).expect("the cache can be made");
    let proxy = std::env::var("GOPROXY").unwrap_or_default();
    let go = go
        .with_env("GOMODCACHE", cache.to_str().expect("the path is text"))
        .with_env("GOFLAGS", "-modcacherw")
        .with_env("GOWORK", "off")
        .with_env("GOPROXY", &proxy);
    let more: &[&str] = if is_large() { &MORE } else { &[] };
    let mut vendored = 0;
    for name in MODULES.iter().chain(more) {
        match vendor(&go, &cache, name) {
            Ok(repository) => {
                vendored += 1;
                check(&repository, &cache, name);
            }
            Err(reason) => {
                let _ = writeln!(std::io::stderr(), "SKIPPED: {name}: {reason}");
            }
        }
    }
    assert!(vendored >= 15 || std::env::var_os("CI").is_none(), "the modules must be there in CI: {vendored}");
}

/// A repository with a copy of the module and with its vendor directory, or why there is none.
fn vendor(go: &Go, cache: &Path, name: &str) -> Result<Repo, String> {
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let output = go.command(cache, &["mod", "download", "-json", name]);
    let answer = Deserializer::from_slice(&output.stdout).into_iter::<Value>().next().and_then(Result::ok);
    let answer = answer.filter(|answer| answer["Dir"].is_string()).ok_or_else(|| said(&output))?;
    let (from, repository) = (Path::new(text(&answer["Dir"])), Repo::init());
    // A module's own .gitignore would hide the vendor directory.
    for file in files_below(from, &|name| name != ".gitignore") {
        repository.write(&file, fs::read(from.join(&file)).expect("the file can be read"));
    }
    repository.write("modwarden.toml", POLICY);
    let mut output = go.command(repository.root(), &["mod", "vendor"]);
    if said(&output).contains("missing go.sum entry") || said(&output).contains("updates to go.mod needed") {
        let tidied = go.command(repository.root(), &["mod", "tidy"]);
        output = if tidied.status.success() { go.command(repository.root(), &["mod", "vendor"]) } else { tidied };
    }
    if !output.status.success() {
        return Err(said(&output));
    }
    if said(&output).contains("no dependencies to vendor") { Err(said(&output)) } else { Ok(repository) }
}

/// Finds nothing on disk, nor in a commit, nor there once more.
fn check(repository: &Repo, cache: &Path, name: &str) {
    let report = |args: &[&str]| {
        let mut command = repository.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["check", "--format", "json"]).args(args);
        command.env_remove("GOFLAGS").env_remove("GOWORK").env("GOMODCACHE", cache);
        let output = command.output().expect("modwarden starts");
        let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        assert_eq!(output.status.code(), Some(0), "{name}: {report:#}");
        report
    };
    let is_clean = |report: &Value| {
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{name}");
        // That the go command uses no vendor directory of an old module is said too, to those who ask.
        let notes = list(&report["notifications"]).iter().filter(|note| note["kind"] != "verbose");
        assert_eq!(notes.count(), 0, "{name}: {report:#}");
    };
    is_clean(&report(&[]));
    repository.commit("vendored");
    let store = repository.beside("store");
    let args = ["--rev", "HEAD", "--cache-dir", store.to_str().expect("the path is text")];
    let (first, again) = (report(&args), report(&args));
    is_clean(&first);
    is_clean(&again);
    assert_eq!(again["summary"]["blobs_read"], 0, "{name}: {again:#}");
}
