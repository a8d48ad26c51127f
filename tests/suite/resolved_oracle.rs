//! Where the imports of well-known modules lead, as modwarden and the go command see it: as the modules are, with a
//! vendor directory, and in workspaces.

#![expect(clippy::disallowed_methods, reason = "the tests write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::corpus_oracle::{Downloaded, MODULES, cache, download, online};
use crate::support::corpus::{for_build_with, go_list, list, modwarden, records, text};
use crate::support::go::{Go, go};
use crate::support::parallel;

/// The build that is compared.
const BUILD: &str = "linux/amd64,cgo";

/// How many modules are in a workspace.
const IN_A_WORKSPACE: usize = 3;

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Std,
    /// A main module.
    Own(String),
    /// A version of another module.
    Module(String, String),
    Nowhere,
}

/// The imports of the packages of a repository, by directory and path.
type Places = BTreeMap<(PathBuf, String), Place>;

/// The comparisons.
#[derive(Debug, Default)]
struct Tally {
    repositories: usize,
    /// Directories with Go files that a build or test links, and those of them that patterns skip.
    linked: usize,
    skipped: usize,
    std: usize,
    own: usize,
    modules: usize,
    nowhere: usize,
    /// The differences, in words.
    wrong: Vec<String>,
}

impl Tally {
    /// All together. Fails where something was found wrong.
    fn of_all(tallies: Vec<Option<Self>>) -> Self {
        let mut all = Self::default();
        let tallies: Vec<Self> = tallies.into_iter().flatten().collect();
        let wrong: Vec<&str> = tallies.iter().flat_map(|tally| &tally.wrong).map(String::as_str).collect();
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
        for tally in tallies {
            all.repositories += 1;
            all.linked += tally.linked;
            all.skipped += tally.skipped;
            all.std += tally.std;
            all.own += tally.own;
            all.modules += tally.modules;
            all.nowhere += tally.nowhere;
        }
        let _ = writeln!(std::io::stderr(), "{all:?}");
        all
    }
}

#[test]
fn imports_of_well_known_modules_lead_where_the_go_command_finds_them() {
    let Some(go) = go() else { return };
    let Some(modules) = download(&go) else { return };
    let tallies = parallel::each(&modules, |module| {
        write_module_files(&go, module, &module.root());
        Some(compare(&go, &module.root(), &["./..."], module.name))
    });
    let tally = Tally::of_all(tallies);
    assert!(tally.repositories == MODULES.len() && tally.repositories >= 60, "{tally:?}");
    assert!(tally.linked > 600 && tally.skipped > 0 && tally.own > 1_000 && tally.modules > 500, "{tally:?}");
}

#[test]
fn imports_of_vendored_modules_lead_where_the_go_command_finds_them() {
    let Some(go) = go() else { return };
    let Some(modules) = download(&go) else { return };
    let tallies = parallel::each(&modules, |module| {
        write_module_files(&go, module, &module.root());
        let vendored = online(&go).command(&module.root(), &["mod", "vendor"]);
        // Without requirements there is nothing to vendor; some modules do not state all that they need.
        let is_vendored = vendored.status.success() && module.root().join("vendor/modules.txt").exists();
        is_vendored.then(|| compare(&go, &module.root(), &["./..."], &format!("{} with vendor/", module.name)))
    });
    let tally = Tally::of_all(tallies);
    assert!(tally.repositories >= 20 && tally.modules > 300, "{tally:?}");
}

#[test]
fn imports_in_workspaces_lead_where_the_go_command_finds_them() {
    let Some(go) = go() else { return };
    let Some(modules) = download(&go) else { return };
    let groups: Vec<&[Downloaded]> = modules.chunks(IN_A_WORKSPACE).collect();
    let tallies = parallel::each(&groups, |group| {
        let root = tempfile::tempdir().expect("a temporary directory can be made");
        let root = root.path().canonicalize().expect("the directory is there");
        let mut patterns = Vec::new();
        for (number, module) in group.iter().enumerate() {
            let dir = root.join(format!("m{number}"));
            fs::rename(module.root(), &dir).expect("the module can be moved");
            write_module_files(&go, module, &dir);
            patterns.push(format!("./m{number}/..."));
        }
        let members = (0..group.len()).map(|number| format!("./m{number}"));
        let init = ["work", "init"].map(str::to_owned).into_iter().chain(members).collect::<Vec<_>>();
        go.text(&root, &init.iter().map(String::as_str).collect::<Vec<_>>());
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let names: Vec<&str> = group.iter().map(|module| module.name).collect();
        let plain = compare(&go, &root, &patterns, &format!("a workspace of {names:?}"));
        let vendored = online(&go).command(&root, &["work", "vendor"]).status.success();
        let vendored =
            vendored.then(|| compare(&go, &root, &patterns, &format!("a workspace of {names:?} with vendor/")));
        [Some(plain), vendored]
    });
    let (plain, vendored): (Vec<_>, Vec<_>) = tallies.into_iter().map(|[plain, vendored]| (plain, vendored)).unzip();
    let (plain, vendored) = (Tally::of_all(plain), Tally::of_all(vendored));
    assert!(plain.repositories >= 20 && plain.modules > 500, "{plain:?}");
    assert!(vendored.repositories >= 10 && vendored.modules > 300, "{vendored:?}");
}

/// Writes go.mod and go.sum as they were published, without lines that replace modules by directories that were not.
fn write_module_files(go: &Go, module: &Downloaded, dir: &Path) {
    let go_mod = fs::read_to_string(&module.go_mod).expect("the module file can be read");
    let is_elsewhere = |line: &&str| line.contains("=> .");
    let kept: String = go_mod.lines().filter(|line| !is_elsewhere(line)).map(|line| format!("{line}\n")).collect();
    let is_changed = go_mod.lines().any(|line| is_elsewhere(&line));
    let sums = fs::read(module.dir.join("go.sum"));
    fs::write(dir.join("go.mod"), kept).expect("the file can be written");
    let lacks_sums = sums.is_err() && module.dir.join("go.mod").exists();
    if let Ok(sums) = sums {
        fs::write(dir.join("go.sum"), sums).expect("the file can be written");
    }
    if is_changed || lacks_sums {
        online(go).with_env("GOFLAGS", "-mod=mod -modcacherw").text(dir, &["mod", "tidy"]);
    }
}

/// Asserts that every import that the go command has of a package of the repository is in our facts and leads to the
/// same module and version, and that every directory that it links has a package in our facts.
fn compare(go: &Go, root: &Path, patterns: &[&str], what: &str) -> Tally {
    let go = for_build_with(&online(go), BUILD, "-modcacherw");
    let listed = go_list(&go, root, &[&["-deps", "-test"], patterns].concat());
    let theirs = places_of_go(&listed, root);
    let linked = linked(&listed, root);
    let mut wrong = Vec::new();
    for with_cache in [true, false] {
        let mut command = modwarden(root, &["inspect", "imports", "--build", BUILD]);
        if with_cache {
            command.env("GOMODCACHE", cache());
        } else {
            command.arg("--no-module-cache");
        }
        let ours = records(command);
        let dirs: BTreeSet<PathBuf> = ours.iter().map(dir_of).collect();
        wrong.extend(linked.difference(&dirs).map(|dir| format!("{what}: {} is linked", dir.display())));
        let places = places_of_ours(&ours);
        for ((dir, path), place) in &theirs {
            let (ours, is_guess) = places.get(&(dir.clone(), path.clone())).cloned().unzip();
            // The release that modwarden takes for the current one may be newer than the go command.
            let is_newer = *place == Place::Nowhere && ours == Some(Place::Std) && !path.contains('.');
            let may_differ =
                is_newer || !with_cache && (is_guess == Some(true) || is_raised(root, place, ours.as_ref()));
            if ours.as_ref() != Some(place) && !may_differ {
                wrong.push(format!("{what}, {with_cache}: {}: {path}: go {place:?}, ours {ours:?}", dir.display()));
            }
        }
    }
    let count = |is_so: fn(&Place) -> bool| theirs.values().filter(|place| is_so(place)).count();
    Tally {
        repositories: 1,
        linked: linked.len(),
        skipped: linked.iter().filter(|dir| dir.iter().any(|part| part == "testdata")).count(),
        std: count(|place| *place == Place::Std),
        own: count(|place| matches!(place, Place::Own(_))),
        modules: count(|place| matches!(place, Place::Module(..))),
        nowhere: count(|place| *place == Place::Nowhere),
        wrong,
    }
}

/// Whether another main module of a workspace may raise a version through its requirements, which only the module graph
/// shows.
fn is_raised(root: &Path, theirs: &Place, ours: Option<&Place>) -> bool {
    let (Place::Module(path, _), Some(Place::Module(our_path, _))) = (theirs, ours) else { return false };
    path == our_path && root.join("go.work").exists() && !root.join("vendor").exists()
}

/// The directory of a package of the repository, from its root.
fn own_dir(package: &Value, root: &Path) -> Option<PathBuf> {
    let is_main = package["Module"]["Main"].as_bool() == Some(true);
    is_main.then(|| Some(Path::new(text(&package["Dir"])).strip_prefix(root).ok()?.to_owned())).flatten()
}

/// The directories of the repository with Go files that are linked.
fn linked(listed: &[Value], root: &Path) -> BTreeSet<PathBuf> {
    let own = listed.iter().filter(|package| !list(&package["GoFiles"]).is_empty());
    own.filter(|package| !text(&package["ImportPath"]).ends_with(".test")).filter_map(|it| own_dir(it, root)).collect()
}

fn places_of_go(listed: &[Value], root: &Path) -> Places {
    // A package that a test compiles again has its name behind its path.
    let plain = |path: &Value| text(path).split(' ').next().unwrap_or_default().to_owned();
    let by_path: BTreeMap<String, Place> =
        listed.iter().map(|package| (plain(&package["ImportPath"]), place_of_go(package))).collect();
    let mut places = Places::new();
    for package in listed.iter().filter(|package| !text(&package["ImportPath"]).ends_with(".test")) {
        let Some(dir) = own_dir(package, root) else { continue };
        let imports = ["Imports", "TestImports", "XTestImports"].into_iter().flat_map(|key| list(&package[key]));
        for path in imports.map(plain).filter(|path| path != "C") {
            let place = by_path.get(&path).cloned().unwrap_or(Place::Nowhere);
            places.insert((dir.clone(), path), place);
        }
    }
    places
}

fn place_of_go(package: &Value) -> Place {
    let (module, standard) = (&package["Module"], package["Standard"].as_bool() == Some(true));
    match () {
        () if standard => Place::Std,
        () if module["Main"].as_bool() == Some(true) => Place::Own(text(&module["Path"]).to_owned()),
        () if module.is_object() => {
            Place::Module(text(&module["Path"]).to_owned(), text(&module["Version"]).to_owned())
        }
        () => Place::Nowhere,
    }
}

fn dir_of(record: &Value) -> PathBuf {
    Path::new(text(&record["file"])).parent().unwrap_or(Path::new("")).to_owned()
}

/// The imports in our facts, and whether where they lead is a guess.
fn places_of_ours(records: &[Value]) -> BTreeMap<(PathBuf, String), (Place, bool)> {
    let mut places = BTreeMap::new();
    for record in records {
        for import in list(&record["imports"]) {
            let resolved = &import["resolved"];
            let module = || text(&resolved["module"]).to_owned();
            let version = if resolved["selected"].is_string() { &resolved["selected"] } else { &resolved["version"] };
            let place = match text(&resolved["kind"]) {
                "std" => Place::Std,
                "main" | "workspace" => Place::Own(module()),
                "module" => Place::Module(module(), text(version).to_owned()),
                _ => Place::Nowhere,
            };
            let is_guess = resolved["guess"].as_bool() == Some(true);
            places.insert((dir_of(record), text(&import["path"]).to_owned()), (place, is_guess));
        }
    }
    places
}
