//! Denied modules that builds take, by every line that can bring one in: where `go list -deps` says that a denied
//! module is built, `check` never ends clean. Its counterpart, with another module denied, does.
//!
//! `SEEDS=a..b` tries other worlds.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use modwarden::internals::finding::Verdict;
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{Checked, PolicyChoice, Request, Tables, check};
use modwarden::internals::source::{Environment, ModuleCache, StateSpec, open};
use tempfile::TempDir;

use crate::support::go::{Go, go};
use crate::support::proxy::{Published, write_proxy};
use crate::support::random::{Random, seeds};

/// How a denied module is brought in.
const WAYS: [&str; 20] = [
    "require",
    "replace",
    "replace-version",
    "replace-work",
    "replace-directory",
    "replace-older",
    "replace-older-work",
    "tool",
    "member",
    "vendor-replace",
    "vendor-unnamed",
    "vendor-transitive",
    "graph",
    "raised",
    "nested-outer",
    "nested-inner",
    "nested-tool",
    "unnamed",
    "replaced-hidden",
    "replaced-hidden-unnamed",
];

/// Those in which no package of the main modules imports the denied module.
const WITHOUT_IMPORT: [&str; 4] = ["tool", "nested-tool", "graph", "vendor-transitive"];

#[test]
fn a_denied_module_that_is_built_is_never_passed_over() {
    let Some(go) = go() else { return };
    let universe = Universe::new(&go);
    for seed in seeds(0..60) {
        let world = World::new(seed, &universe);
        let built = world.built();
        // The newest go command refuses some vendor directories; older ones build them.
        let is_refused = built.is_err() && world.way.starts_with("vendor-");
        let is_built = built.as_ref().is_ok_and(|modules| modules.contains("example.com/denied"));
        assert!(is_built || is_refused, "{seed} {}: {built:?}", world.way);
        for cache in [Some(&universe.cache), None] {
            let found = world.check(&world.module_policy(world.deny), cache);
            let is_clean = found.run.findings.is_empty() && found.run.verdict == Verdict::Judged;
            let is_open = found.run.undecided.iter().any(|it| it.rule.id == "module-denied");
            // Which module of a module graph has a package is not looked up for this scope.
            let may_be_open = cache.is_none() || world.way == "unnamed";
            assert!(!is_clean || (may_be_open && is_open), "{seed} {}: nothing was found", world.way);
            if !may_be_open {
                let denied = found.run.findings.iter().filter(|finding| finding.rule.id == "module-denied");
                assert!(denied.count() > 0, "{seed} {}: {:?}", world.way, found.run.findings);
            }
        }
        if !WITHOUT_IMPORT.contains(&world.way) {
            let found = world.check(&import_policy("example.com/denied/..."), Some(&universe.cache));
            let denied = found.run.findings.iter().filter(|finding| finding.rule.id == "import-denied");
            assert!(denied.count() > 0, "{seed} {}: the import was not found", world.way);
        }
        let allowed = world.check(&import_policy("example.com/absent/..."), Some(&universe.cache));
        assert!(allowed.run.findings.is_empty(), "{seed} {}: {:?}", world.way, allowed.run.findings);
        let clean = world.check(&world.module_policy("example.com/absent"), Some(&universe.cache));
        let said: Vec<&String> = clean.run.findings.iter().map(|finding| &finding.message).collect();
        assert!(said.is_empty() && clean.run.undecided.is_empty(), "{seed} {}: {said:?}", world.way);
    }
}

/// The modules that there are, and a go command that has them all.
struct Universe {
    home: TempDir,
    go: Go,
    cache: ModuleCache,
}

impl Universe {
    fn new(go: &Go) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        let (proxy, cache) = (home.path().join("proxy"), home.path().join("cache"));
        let files = |list: &[(&str, &str)]| -> BTreeMap<String, String> {
            list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
        };
        let denied = files(&[
            ("go.mod", "module example.com/denied\n\ngo 1.16\n"),
            ("x.go", "package denied\n"),
            ("cmd/gen/main.go", "package main\n\nfunc main() {}\n"),
            ("nested/outer/x.go", "package outer\n"),
            ("nested/gen/main.go", "package main\n\nfunc main() {}\n"),
        ]);
        let nested =
            files(&[("go.mod", "module example.com/denied/nested\n\ngo 1.16\n"), ("inner/x.go", "package inner\n")]);
        // Without a statement of its own, so that it can be put in place of another module.
        let bare = files(&[("x.go", "package denied\n"), ("pkg/x.go", "package pkg\n")]);
        let good = files(&[
            ("go.mod", "module example.com/good\n\ngo 1.16\n"),
            ("x.go", "package good\n"),
            ("pkg/x.go", "package pkg\n"),
        ]);
        let uses = files(&[
            ("go.mod", "module example.com/uses\n\ngo 1.16\n\nrequire example.com/denied v1.5.0\n"),
            ("x.go", "package uses\n\nimport _ \"example.com/denied\"\n"),
        ]);
        let modules = [
            ("example.com/denied", "v1.0.0", &denied),
            ("example.com/denied", "v1.5.0", &denied),
            ("example.com/denied", "v1.9.0", &bare),
            ("example.com/denied/nested", "v1.0.0", &nested),
            ("example.com/good", "v1.0.0", &good),
            ("example.com/uses", "v1.0.0", &uses),
        ];
        write_proxy(go, &proxy, modules.map(|(path, version, files)| Published { path, version, files }));
        let go = go
            .clone()
            .with_env("GOPROXY", &format!("file://{}", proxy.display()))
            .with_env("GOMODCACHE", &cache.display().to_string())
            .with_env("GOFLAGS", "-modcacherw")
            .with_env("GOSUMDB", "off");
        Self { home, go, cache: ModuleCache::open(cache) }
    }
}

/// A repository in which a denied module is built.
struct World<'u> {
    universe: &'u Universe,
    root: PathBuf,
    way: &'static str,
    deny: &'static str,
    scope: &'static str,
    /// The target of `go list -deps`.
    target: &'static str,
    /// The directory in which it is asked.
    dir: &'static str,
}

impl<'u> World<'u> {
    fn new(seed: u64, universe: &'u Universe) -> Self {
        let mut random = Random::new(seed);
        let way = WAYS[usize::try_from(seed).unwrap_or_default() % WAYS.len()];
        let root = universe.home.path().join(format!("world-{seed}"));
        let (mut deny, mut scope) = ("example.com/denied", "direct");
        let mut world = Self { universe, root, way, deny, scope, target: "./...", dir: "m" };
        let module = "module example.com/m\n\ngo 1.24\n";
        let good = "require example.com/good v1.0.0\n";
        let imports = if random.once_in(2) { "example.com/good" } else { "example.com/good/pkg" };
        let import = |path: &str| format!("package m\n\nimport _ \"{path}\"\n");
        // A test, or a file of another system, is built as well.
        let file = ["m/a.go", "m/a_windows.go", "m/a_test.go"][random.below(3)];
        let newest = "example.com/denied v1.9.0";
        match way {
            "require" => {
                let mark = if random.once_in(2) { " // indirect" } else { "" };
                world.write("m/go.mod", &format!("{module}require example.com/denied v1.0.0{mark}\n"));
                world.write(file, &import("example.com/denied"));
            }
            "replace" | "replace-version" | "vendor-replace" => {
                let old = if way == "replace-version" { "example.com/good v1.0.0" } else { "example.com/good" };
                world.write("m/go.mod", &format!("{module}{good}replace {old} => {newest}\n"));
                world.write(file, &import(imports));
                if random.once_in(2) {
                    deny = "example.com/denied@>=1.9.0";
                }
            }
            "replace-work" => {
                world.write("m/go.mod", &format!("{module}{good}"));
                world.write("go.work", &format!("go 1.24\n\nuse ./m\n\nreplace example.com/good => {newest}\n"));
                world.write(file, &import(imports));
            }
            "replace-directory" => {
                world.write("m/go.mod", &format!("{module}{good}replace example.com/good => ../third_party/x\n"));
                world.write("third_party/x/go.mod", "module example.com/denied\n");
                world.write("third_party/x/x.go", "package denied\n");
                world.write("third_party/x/pkg/x.go", "package pkg\n");
                world.write(file, &import(imports));
            }
            "replace-older" | "replace-older-work" => {
                deny = "example.com/denied@<1.4.0";
                let line = "replace example.com/denied => example.com/denied v1.0.0\n";
                let (own, of_work) = if way == "replace-older" { (line, "") } else { ("", line) };
                world.write("m/go.mod", &format!("{module}require example.com/denied v1.5.0\n{own}"));
                if !of_work.is_empty() {
                    world.write("go.work", &format!("go 1.24\n\nuse ./m\n\n{of_work}"));
                }
                world.write(file, &import("example.com/denied"));
            }
            "tool" => {
                let tool = "tool example.com/denied/cmd/gen\n";
                world.write("m/go.mod", &format!("{module}{tool}require example.com/denied v1.0.0 // indirect\n"));
                world.write("m/a.go", "package m\n");
                world.target = "tool";
            }
            "member" => {
                world.write("m/go.mod", module);
                world.write("x/go.mod", "module example.com/denied\n\ngo 1.24\n");
                world.write("x/x.go", "package denied\n");
                world.write("go.work", "go 1.24\n\nuse (\n\t./m\n\t./x\n)\n");
                world.write(file, &import("example.com/denied"));
            }
            "vendor-unnamed" | "vendor-transitive" => {
                world.write("m/go.mod", &format!("{module}{good}"));
                world.write(file, &import("example.com/good"));
            }
            "nested-outer" | "nested-inner" | "nested-tool" => {
                let both = "require (\n\texample.com/denied v1.0.0 // indirect\n\texample.com/denied/nested v1.0.0 // indirect\n)\n";
                let tool = if way == "nested-tool" { "tool example.com/denied/nested/gen\n" } else { "" };
                world.write("m/go.mod", &format!("{module}{tool}{both}"));
                let package = if way == "nested-inner" { "inner" } else { "outer" };
                let text = import(&format!("example.com/denied/nested/{package}"));
                world.write(file, if way == "nested-tool" { "package m\n" } else { &text });
                deny = if way == "nested-inner" { "example.com/denied/nested" } else { deny };
                world.target = if way == "nested-tool" { "tool" } else { world.target };
            }
            "replaced-hidden" | "replaced-hidden-unnamed" => {
                // The directory is no main module, since patterns skip it.
                let is_named = way == "replaced-hidden";
                let go = if is_named { "1.24" } else { "1.16" };
                let named = if is_named { "require example.com/denied v1.0.0 // indirect\n" } else { "" };
                let lines = "require example.com/x v0.0.0\n\nreplace example.com/x => ../_x\n";
                world.write("m/go.mod", &format!("module example.com/m\n\ngo {go}\n\n{lines}{named}"));
                world.write(
                    "_x/go.mod",
                    &format!("module example.com/x\n\ngo {go}\n\nrequire example.com/denied v1.0.0\n"),
                );
                world.write("_x/x.go", &import("example.com/denied"));
                world.write(file, &import("example.com/x"));
            }
            "unnamed" => {
                // The package is in a module that only the module graph of the workspace has.
                world.write("m/go.mod", module);
                world.write("n/go.mod", "module example.com/n\n\ngo 1.16\n\nrequire example.com/uses v1.0.0\n");
                world.write("n/n.go", "package n\n\nimport _ \"example.com/uses\"\n");
                world.write("go.work", "go 1.24\n\nuse (\n\t./m\n\t./n\n)\n");
                world.write(file, &import("example.com/denied"));
            }
            "graph" => {
                scope = "graph";
                let indirect = if random.once_in(2) { "" } else { " // indirect" };
                world.write(
                    "m/go.mod",
                    &format!("module example.com/m\n\ngo 1.16\n\nrequire example.com/uses v1.0.0{indirect}\n"),
                );
                world.write(file, &import("example.com/uses"));
            }
            _ => {
                // Another module of the workspace raises the version.
                deny = "example.com/denied@>=1.4.0";
                scope = "required";
                let lower = "require example.com/denied v1.0.0\n";
                world.write("m/go.mod", &format!("{module}{lower}"));
                world.write("n/go.mod", "module example.com/n\n\ngo 1.16\n\nrequire example.com/uses v1.0.0\n");
                world.write("n/n.go", "package n\n\nimport _ \"example.com/uses\"\n");
                world.write("go.work", "go 1.24\n\nuse (\n\t./m\n\t./n\n)\n");
                world.write("m/a.go", &import("example.com/denied"));
            }
        }
        (world.deny, world.scope) = (deny, scope);
        world.finish();
        world
    }

    /// Lets the go command complete the module files, and changes vendor directories.
    fn finish(&self) {
        let dir = self.root.join("m");
        let go = &self.universe.go;
        if self.way != "member" {
            go.text(&self.root.join("m"), &["mod", "download", "all"]);
        }
        if self.root.join("n").is_dir() {
            go.text(&self.root.join("n"), &["mod", "download", "all"]);
        }
        match self.way {
            "vendor-replace" => drop(go.text(&dir, &["mod", "vendor"])),
            "vendor-unnamed" | "vendor-transitive" => {
                go.text(&dir, &["mod", "vendor"]);
                let list = dir.join("vendor/modules.txt");
                let text = fs::read_to_string(&list).expect("go mod vendor writes a list");
                fs::write(&list, format!("{text}# example.com/denied v1.0.0\nexample.com/denied\n"))
                    .expect("it can be written");
                self.write("m/vendor/example.com/denied/x.go", "package denied\n");
                let importer = if self.way == "vendor-unnamed" { "m/b.go" } else { "m/vendor/example.com/good/y.go" };
                let package = if self.way == "vendor-unnamed" { "m" } else { "good" };
                self.write(importer, &format!("package {package}\n\nimport _ \"example.com/denied\"\n"));
            }
            _ => {}
        }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// The modules of all packages that are built, in every build that the file may be in.
    fn built(&self) -> Result<String, String> {
        let form =
            "{{with .Module}}{{.Path}} {{.Version}} {{with .Replace}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}";
        let windows = self.universe.go.clone().with_env("GOOS", "windows");
        let args = ["list", "-deps", "-test", "-f", form, self.target];
        let output = windows.command(&self.root.join(self.dir), &args);
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // The path that a directory declares is its module.
        Ok(if self.way == "replace-directory" { text.replace("third_party/x", "example.com/denied") } else { text })
    }

    fn module_policy(&self, deny: &str) -> String {
        format!("[[module-denied]]\nname = \"no\"\ndeny = [\"{deny}\"]\nscope = \"{}\"\n", self.scope)
    }

    fn check(&self, text: &str, cache: Option<&ModuleCache>) -> Checked {
        fs::write(self.root.join("modwarden.toml"), text).expect("the policy can be written");
        let source =
            open(&self.root, &StateSpec::WorkTree, &Environment::default()).expect("the world can be opened").source;
        let store = FactStore::none();
        let request = Request {
            input: Input::new(source.as_ref(), &store),
            policy: PolicyChoice::of_state(),
            cache,
            lines: None,
            paths: &[],
            tables: Tables::None,
            today: date(2026, 11, 21),
        };
        check(&request).expect("the world can be listed")
    }
}

fn import_policy(deny: &str) -> String {
    format!("[[import-denied]]\nname = \"no\"\ndeny = [\"{deny}\"]\n")
}

#[test]
fn a_policy_in_words_names_the_line_that_brings_a_module_in() {
    let Some(go) = go() else { return };
    let universe = Universe::new(&go);
    for (seed, way) in WAYS.iter().enumerate() {
        let world = World::new(seed as u64, &universe);
        if *way == "unnamed" {
            continue;
        }
        let found = world.check(&world.module_policy(world.deny), Some(&universe.cache));
        let finding = found.run.findings.first().expect("it is found");
        let file = found.files.get(finding.primary.file);
        let name = file.path().to_string();
        let expected = match *way {
            "replace-work" | "replace-older-work" | "member" => "go.work",
            "vendor-unnamed" | "vendor-transitive" => "modules.txt",
            _ => "go.mod",
        };
        assert_eq!(
            Path::new(&name).file_name().and_then(|name| name.to_str()),
            Some(expected),
            "{way}: {}",
            finding.message
        );
        let line = String::from_utf8_lossy(file.slice(finding.primary.span)).into_owned();
        assert!(!line.is_empty(), "{way}: {}", finding.message);
    }
}
