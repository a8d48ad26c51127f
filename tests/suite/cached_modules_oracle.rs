//! Modules in the module cache, as the go command extracts them from a proxy of our own: their hashes are those that
//! it writes into go.sum, and a changed one is one that `go mod verify` complains of.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::source::{CachedModule, ContentHash, ModuleCache, hash1};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::go::{Go, go};
use crate::support::proxy::{Published, escaped, write_proxy};
use crate::support::random::Random;

/// How many modules there are.
const MODULES: usize = 60;

#[test]
fn modules_have_the_hashes_of_go_sum() {
    let Some(world) = World::new() else { return };
    for module in &world.modules {
        let Module { path, version, files, sum, go_mod_sum } = module;
        let cached = world.cached(module);
        assert_eq!(cached.hash().as_ref(), Ok(sum), "{path}@{version}");
        let go_mod = world.cache().go_mod(path, version).expect("the go.mod is there");
        assert_eq!(hash1("", [(&b"go.mod"[..], ContentHash::of(&go_mod))]).as_ref(), Ok(go_mod_sum));
        let found = cached.files().expect("the files can be listed");
        let names: BTreeSet<&[u8]> = found.iter().map(|file| &*file.path).collect();
        assert_eq!(names, files.keys().map(String::as_bytes).collect(), "{path}@{version}");
        for file in found {
            let mut content = Vec::new();
            cached.read(&file.path, &mut content).expect("the file can be read");
            assert_eq!(content.len() as u64, file.size);
            let mut listed = Vec::new();
            cached.read_listed(&file, &mut listed).expect("the file can be read");
            assert_eq!(listed, content);
            assert_eq!(files[str::from_utf8(&file.path).expect("names are text")].as_bytes(), content);
        }
    }
}

#[test]
fn changed_modules_are_those_that_go_mod_verify_names() {
    let Some(world) = World::new() else { return };
    let untouched = world.verify();
    assert!(untouched.is_empty(), "{untouched:?}");
    for (seed, module) in world.modules.iter().enumerate() {
        world.change(module, &mut Random::new(seed as u64));
    }
    let named = world.verify();
    let changed: BTreeSet<String> = world
        .modules
        .iter()
        .filter(|module| world.cached(module).hash().as_ref() != Ok(&module.sum))
        .map(|module| format!("{} {}", module.path, module.version))
        .collect();
    assert_eq!(changed, named);
    assert!((MODULES / 2..MODULES).contains(&changed.len()), "both should occur: {}", changed.len());
}

/// A module as it was published.
struct Module {
    path: String,
    version: String,
    files: BTreeMap<String, String>,
    /// The go command's checksum of all files.
    sum: String,
    /// Its checksum of the go.mod.
    go_mod_sum: String,
}

/// A proxy, a cache that was filled from it, and a main module that requires all there is.
struct World {
    dir: TempDir,
    go: Go,
    modules: Vec<Module>,
}

impl World {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let go = go()?
            .with_env("GOPROXY", &format!("file://{}", dir.path().join("proxy").display()))
            .with_env("GOMODCACHE", &dir.path().join("cache").display().to_string())
            .with_env("GOFLAGS", "-modcacherw")
            .with_env("GOSUMDB", "off");
        let modules = (0..MODULES).map(|number| Module::random(number, &mut Random::new(number as u64))).collect();
        let mut world = Self { dir, go, modules };
        write_proxy(&world.go, &world.dir.path().join("proxy"), world.modules.iter().map(Module::published));
        world.download();
        Some(world)
    }

    /// Fills the cache, and notes the hashes.
    fn download(&mut self) {
        let names: Vec<String> =
            self.modules.iter().map(|module| format!("{}@{}", module.path, module.version)).collect();
        let args: Vec<&str> =
            ["mod", "download", "-json"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let output = self.go.text(self.dir.path(), &args);
        let answers = serde_json::Deserializer::from_str(&output).into_iter::<Value>();
        let answers: BTreeMap<String, Value> = answers
            .map(|answer| answer.expect("the go command prints JSON"))
            .map(|answer| (answer["Path"].as_str().expect("a path").to_owned(), answer))
            .collect();
        for module in &mut self.modules {
            let text = |key: &str| answers[&module.path][key].as_str().expect("a text").to_owned();
            (module.sum, module.go_mod_sum) = (text("Sum"), text("GoModSum"));
        }
        let main = self.dir.path().join("main");
        let (mut go_mod, mut go_sum) = ("module example.com/main\n\ngo 1.24\n\n".to_owned(), String::new());
        for Module { path, version, sum, go_mod_sum, .. } in &self.modules {
            go_mod += &format!("require {path} {version}\n");
            go_sum += &format!("{path} {version} {sum}\n{path} {version}/go.mod {go_mod_sum}\n");
        }
        fs::create_dir_all(&main).expect("the directory is made");
        fs::write(main.join("go.mod"), go_mod).expect("the file is written");
        fs::write(main.join("go.sum"), go_sum).expect("the file is written");
    }

    fn cache(&self) -> ModuleCache {
        ModuleCache::open(self.dir.path().join("cache"))
    }

    fn cached(&self, module: &Module) -> CachedModule {
        self.cache().module(&module.path, &module.version).expect("the module is extracted")
    }

    /// The modules whose directories `go mod verify` says were changed.
    fn verify(&self) -> BTreeSet<String> {
        let output = self.go.command(&self.dir.path().join("main"), &["mod", "verify"]);
        let complaints = String::from_utf8(output.stderr).expect("the go command prints text");
        let named = complaints.lines().map(|line| {
            let (module, _) = line.split_once(": dir has been modified").expect("it says nothing else");
            module.to_owned()
        });
        named.collect()
    }

    /// Changes something in the cache, or nothing that matters.
    fn change(&self, module: &Module, random: &mut Random) {
        let dir = self.dir.path().join("cache").join(format!("{}@{}", escaped(&module.path), escaped(&module.version)));
        let file = |random: &mut Random| -> PathBuf {
            dir.join(module.files.keys().nth(random.below(module.files.len())).expect("there are files"))
        };
        let result = match random.below(8) {
            0 => fs::remove_file(file(random)),
            1 => fs::write(dir.join("new.txt"), ""),
            2 => fs::rename(file(random), dir.join("renamed")),
            3 => fs::create_dir_all(dir.join("empty/directory")),
            4 => write_back(&file(random), |content| content.push(b'\n')),
            5 => write_back(&file(random), |_| ()),
            6 => fs::create_dir(dir.join("moved"))
                .and_then(|()| fs::rename(dir.join("go.mod"), dir.join("moved/go.mod"))),
            _ => write_back(&dir.join("go.mod"), |content| content[0] ^= 1),
        };
        result.expect("the cache can be changed");
    }
}

fn write_back(path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> std::io::Result<()> {
    let mut content = fs::read(path)?;
    change(&mut content);
    fs::write(path, content)
}

impl Module {
    fn random(number: usize, random: &mut Random) -> Self {
        const NAMES: [&str; 16] = [
            "a", "a.go", "a-b.go", "B.go", "é.txt", "a b", "!x", "d", "d.d", "e", "LICENSE", "[x]", "~", "_x", ".y",
            "ü",
        ];
        let path = format!("example.com/{}{number}", random.pick(&["a", "Upper", "azUre/SDK", "x_y.z", "d/e/f"]));
        let version = random.pick(&["v1.0.0", "v0.1.2-RC1.x", "v1.2.3-0.20240101000000-0123456789ab", "v0.0.0-Z"]);
        let mut files =
            BTreeMap::from([("go.mod".to_owned(), format!("module {path}\n\ngo 1.{}\n", random.below(25)))]);
        for _ in 0..random.below(20) {
            let depth = 1 + random.below(3);
            let name = (0..depth).map(|_| random.pick(&NAMES)).collect::<Vec<_>>().join("/");
            // A zip file may not have names that differ in case alone, nor a directory that is a file too.
            let clashes = |other: &String| is_below(other, &name) || is_below(&name, other);
            if !files.keys().any(clashes) {
                files.insert(name, random_content(random));
            }
        }
        Self { path, version: version.to_owned(), files, sum: String::new(), go_mod_sum: String::new() }
    }

    fn published(&self) -> Published<'_> {
        Published { path: &self.path, version: &self.version, files: &self.files }
    }
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A text of a length at which SHA-256 or a buffer has a border.
fn random_content(random: &mut Random) -> String {
    const LENGTHS: [usize; 12] = [0, 1, 55, 56, 63, 64, 65, 119, 8191, 8192, 8193, 100_000];
    let length = LENGTHS[random.below(LENGTHS.len())];
    let word = random.next().to_string();
    word.chars().cycle().take(length).collect()
}
