//! Module graphs and the effect of each line compared with the go command, on module universes that are made up: the
//! selected and replaced modules are those of `go list -m`, and lines that are called idle can be deleted without
//! changing that.
//!
//! `SEEDS=a..b` tries other universes.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jiff::civil::date;
use modwarden::internals::go::{ModulePath, Version};
use modwarden::internals::load::{Dependencies, FactStore, Input, Plan, Tree, read};
use modwarden::internals::model::{Draft, Effect, Idle, Model, Module, ModuleGraph, Replacement};
use modwarden::internals::pipeline::{PolicyChoice, Request, Tables, check};
use modwarden::internals::source::{MemorySource, ModuleCache, Source};
use modwarden::internals::text::{FileId, Files, Span};
use serde_json::{Deserializer, Value, json};
use tempfile::TempDir;

use crate::support::go::{Go, go};
use crate::support::random::{Random, seeds};

/// The reason why there is a proof.
const LOADED: &str = "the graphs were loaded";

/// The modules that can be required, one with a path below another's, one with a major suffix.
const PATHS: [&str; 7] = [
    "example.com/a",
    "example.com/a/sub",
    "example.com/b",
    "example.com/b/v2",
    "example.com/c",
    "example.com/d",
    "example.com/e",
];

/// The `go` lines, and none: before and after pruning, before and after they became requirements.
const GO_LINES: [&str; 6] = ["", "go 1.15\n", "go 1.16\n", "go 1.17\n", "go 1.20\n", "go 1.21\n"];

/// The directories that can be put in place of a module.
const DIRECTORIES: [&str; 2] = ["forks/x", "forks/y"];

#[test]
fn modules_alone_select_and_replace_what_the_go_command_does() {
    let Some(go) = go() else { return };
    let mut tally = Tally::default();
    for seed in seeds(0..330) {
        let world = World::new(seed, &go);
        world.write("go.mod", &world.module_file("example.com/m", "", &mut Random::new(seed ^ 0xA)));
        world.check_alone("", &mut tally);
    }
    tally.assert_is_broad();
    assert!(tally.unused > 20 || std::env::var_os("SEEDS").is_some(), "{tally:?}");
}

#[test]
fn workspaces_select_and_replace_what_the_go_command_does() {
    let Some(go) = go() else { return };
    let mut tally = Tally::default();
    for seed in seeds(1_000..1_250) {
        let world = World::new(seed, &go);
        let mut random = Random::new(seed ^ 0xB);
        let mut work = "go 1.21\n\n".to_owned();
        for member in ["m", "n", "o"].iter().take(2 + random.below(2)) {
            let _ = writeln!(work, "use ./{member}");
            let path = format!("example.com/{member}");
            world.write(&format!("{member}/go.mod"), &world.module_file(&path, "../", &mut random));
        }
        for _ in 0..random.below(3) {
            work += &world.replace_line("./", &mut random);
        }
        world.write("go.work", &work);
        world.check_workspace(&mut tally);
    }
    tally.assert_is_broad();
}

#[test]
fn a_replacement_that_declares_another_path_is_broken_as_the_go_command_says() {
    let Some(go) = go() else { return };
    for (declared, is_broken) in [("example.com/c", true), ("example.com/a", false), ("example.com/b", false)] {
        let world = World::new(0, &go);
        world.write_at("modules/cache/download/example.com/a/@v/v1.0.0.mod", "module example.com/a\n");
        let fork = format!("module {declared}\n");
        world.write_at("modules/cache/download/example.com/b/@v/v1.0.0.mod", &fork);
        let replace = "replace example.com/a => example.com/b v1.0.0\n";
        world.write("go.mod", &format!("module example.com/m\ngo 1.21\nrequire example.com/a v1.0.0\n{replace}"));
        let refused = world.list("", &["-mod=mod"]).err().unwrap_or_default();
        assert_eq!(refused.contains("module declares its path as: example.com/c"), is_broken, "{refused}");
        let (model, _) = world.model();
        let line = model.modules().find_map(|module| module.replacements().next()).expect("the line is there");
        let graphs = model.graph_facts().expect(LOADED);
        assert_eq!(line.declared(graphs).map(ToString::to_string).as_deref(), Some(declared));
        let found = world.findings();
        assert_eq!(found.iter().any(|it| it.contains("declares its path as `example.com/c`")), is_broken, "{found:?}");
    }
}

#[test]
fn an_exclude_that_removes_a_requirement_of_another_member_is_found() {
    let Some(go) = go() else { return };
    let (mut lost, mut kept) = (0, 0);
    for seed in seeds(2_000..2_060) {
        let world = World::new(seed, &go);
        let mut random = Random::new(seed ^ 0xC);
        let (path, version) = world.module(&mut random);
        let requires = |random: &mut Random| format!("{}{}", world.requires(3, random), world.requires(2, random));
        let excluding = format!("module example.com/x\ngo 1.20\n{}", requires(&mut random));
        let exclude = format!("exclude {path} {version}\n");
        world.write("go.work", "go 1.21\n\nuse ./x\nuse ./y\n");
        world.write("x/go.mod", &excluding);
        let required = format!("require {path} {version}\n");
        world.write("y/go.mod", &format!("module example.com/y\ngo 1.20\n{required}{}", requires(&mut random)));
        let selected = |world: &World| -> Option<String> {
            let listed = world.list("", &[]).expect("the workspace can be loaded");
            listed.iter().find(|module| module["Path"] == path).map(|module| string(&module["Version"]))
        };
        let with_all = selected(&world);
        world.write("x/go.mod", &format!("{excluding}{exclude}"));
        let is_lost = selected(&world) != with_all;
        let found = world.findings();
        let is_found = found.iter().any(|it| it.starts_with("workspace-inconsistent: `example.com/x` excludes"));
        assert_eq!(is_found, is_lost, "{found:?}\n{}", world.show());
        *(if is_lost { &mut lost } else { &mut kept }) += 1;
    }
    assert!(std::env::var_os("SEEDS").is_some() || (lost > 10 && kept > 10), "{lost} lost, {kept} kept");
}

#[test]
fn versions_that_differ_in_a_workspace_are_those_that_the_go_command_selects() {
    let Some(go) = go() else { return };
    let (mut differing, mut same) = (0, 0);
    for seed in seeds(3_000..3_120) {
        let world = World::new(seed, &go);
        let mut random = Random::new(seed ^ 0xD);
        world.write("go.work", "go 1.21\n\nuse ./x\nuse ./y\n");
        world.write(
            "modwarden.toml",
            "[[version-skewed]]\nname = \"w\"\ncompare = \"workspace\"\nscope = \"required\"\n",
        );
        for member in ["x", "y"] {
            let requires = format!("{}{}", world.requires(3, &mut random), world.requires(2, &mut random));
            world.write(&format!("{member}/go.mod"), &format!("module example.com/{member}\ngo 1.20\n{requires}"));
        }
        let mut wanted = BTreeSet::new();
        // The go command first writes into each go.mod what it would have there.
        let builds = ["x", "y"].map(|member| (member, world.selected(member, "off")));
        let together = world.selected("", "");
        for (member, alone) in builds {
            let go_mod = world.text(&format!("{member}/go.mod"));
            for (path, version) in &alone {
                let other = together.get(path).filter(|other| *other != version);
                let Some(other) = other.filter(|_| go_mod.contains(&format!("{path} v"))) else {
                    same += 1;
                    continue;
                };
                differing += 1;
                let message = format!("builds with `{path}` {version} alone, and {other} in its workspace");
                wanted.insert(format!("version-skewed: `example.com/{member}` {message}"));
            }
        }
        let found: BTreeSet<String> =
            world.findings().into_iter().filter(|it| it.starts_with("version-skewed")).collect();
        assert_eq!(found, wanted, "{}", world.show());
    }
    let is_broad = differing > 20 && same > 20;
    assert!(std::env::var_os("SEEDS").is_some() || is_broad, "{differing} differ, {same} are the same");
}

/// The number of cases of each kind, so that a sample is not one-sided.
#[derive(Debug, Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    acts: usize,
    /// Lines that act only on modules without built packages.
    unused: usize,
    deleted: HashMap<&'static str, usize>,
}

impl Tally {
    fn assert_is_broad(&self) {
        if std::env::var_os("SEEDS").is_some() {
            return;
        }
        assert!(self.accepted > 100 && self.acts > 100, "{self:?}");
        for reason in ["duplicate", "hidden", "main", "not-in-graph", "never-required", "never-selected"] {
            assert!(self.deleted.get(reason).is_some_and(|count| *count > 1), "{reason}: {self:?}");
        }
    }
}

/// A module proxy, and a repository that requires its modules.
struct World {
    seed: u64,
    root: TempDir,
    go: Go,
    /// Each version of each path.
    versions: BTreeMap<&'static str, Vec<String>>,
}

impl World {
    fn new(seed: u64, go: &Go) -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| root.path().join(name).display().to_string();
        let go = go
            .clone()
            .with_env("GOPROXY", &format!("file://{}", at("modules/cache/download")))
            .with_env("GOMODCACHE", &at("downloaded"))
            .with_env("GOFLAGS", "-modcacherw")
            .with_env("GOSUMDB", "off");
        let mut random = Random::new(seed);
        let mut versions = BTreeMap::new();
        for path in PATHS {
            let major = if path.ends_with("/v2") { 2 } else { 1 };
            let count = 1 + random.below(4);
            versions.insert(path, (0..count).map(|minor| format!("v{major}.{minor}.0")).collect::<Vec<_>>());
        }
        // A module may have required an earlier version of the main module.
        versions.insert("example.com/m", vec!["v1.0.0".to_owned(), "v1.1.0".to_owned()]);
        let world = Self { seed, root, go, versions };
        world.publish(&mut random);
        for directory in DIRECTORIES {
            let text = format!(
                "module example.com/{directory}\n{}{}",
                world.go_line(&mut random),
                world.requires(3, &mut random)
            );
            world.write(&format!("{directory}/go.mod"), &text);
        }
        world
    }

    fn publish(&self, random: &mut Random) {
        for (path, versions) in &self.versions {
            let dir = format!("modules/cache/download/{path}/@v");
            self.write_at(&format!("{dir}/list"), &versions.join("\n"));
            for version in versions {
                let text = format!("module {path}\n{}{}", self.go_line(random), self.requires(4, random));
                self.write_at(&format!("{dir}/{version}.mod"), &text);
                let info = format!("{{\"Version\":\"{version}\",\"Time\":\"2024-01-01T00:00:00Z\"}}");
                self.write_at(&format!("{dir}/{version}.info"), &info);
            }
        }
    }

    fn go_line(&self, random: &mut Random) -> &'static str {
        random.pick(&GO_LINES)
    }

    fn requires(&self, most: usize, random: &mut Random) -> String {
        let line = |(path, version)| format!("require {path} {version}\n");
        (0..random.below(most + 1)).map(|_| line(self.module(random))).collect()
    }

    /// A path and one of its versions.
    fn module(&self, random: &mut Random) -> (&'static str, String) {
        let paths: Vec<&'static str> = self.versions.keys().copied().collect();
        // The main module is required more rarely.
        let path = if random.once_in(8) { "example.com/m" } else { paths[random.below(paths.len() - 1)] };
        let versions = &self.versions[path];
        (path, versions[random.below(versions.len())].clone())
    }

    /// A go.mod with directives of every kind that matters.
    fn module_file(&self, path: &str, to_root: &str, random: &mut Random) -> String {
        let to_root = if to_root.is_empty() { "./" } else { to_root };
        let mut text = format!("module {path}\n{}{}", self.go_line(random), self.requires(5, random));
        for _ in 0..random.below(5) {
            text += &self.replace_line(to_root, random);
        }
        for _ in 0..random.below(3) {
            let (path, version) = self.module(random);
            let _ = writeln!(text, "exclude {path} {version}");
        }
        if let Some(line) = text
            .lines()
            .last()
            .filter(|line| line.contains(" example.com/") && !line.starts_with("module") && random.once_in(3))
            .map(str::to_owned)
        {
            let _ = writeln!(text, "{line} // once more");
        }
        text
    }

    fn replace_line(&self, to_root: &str, random: &mut Random) -> String {
        let (old, version) = self.module(random);
        let old = if random.once_in(8) { format!("{old}/pkg") } else { old.to_owned() };
        let left = if random.once_in(2) { old.clone() } else { format!("{old} {version}") };
        let right = match random.below(4) {
            0 => format!("{to_root}{}", random.pick(&DIRECTORIES)),
            1 if !old.ends_with("/pkg") => format!("{old} {version}"),
            _ => {
                // A replacing module must declare the old path or its own, and has its own.
                let (new, version) = self.module(random);
                format!("{new} {version}")
            }
        };
        format!("replace {left} => {right}\n")
    }

    fn write(&self, path: &str, text: &str) {
        self.write_at(&format!("repository/{path}"), text);
    }

    fn write_at(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, text).expect("the file is written");
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.path().join("repository").join(path)).expect("the file is there")
    }

    /// The seed and the files, for the message of a failure.
    fn show(&self) -> String {
        let mut contents = Vec::new();
        collect(&self.root.path().join("repository"), "", &mut contents);
        let file = |(path, text): &(String, Vec<u8>)| format!("-- {path} --\n{}", String::from_utf8_lossy(text));
        let modules = contents.iter().filter(|(path, _)| !path.ends_with(".sum"));
        format!("seed {}\n{}", self.seed, modules.map(file).collect::<String>())
    }

    /// The version of each module that a build selects in this directory, main modules left out, with this value of `GOWORK`.
    fn selected(&self, dir: &str, go_work: &str) -> BTreeMap<String, String> {
        let go = self.go.clone().with_env("GOWORK", go_work);
        let mode = if go_work.is_empty() { "-mod=readonly" } else { "-mod=mod" };
        let path = self.root.path().join("repository").join(dir);
        let output = go.command(&path, &["list", "-m", mode, "-json", "all"]);
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), self.show());
        let mut selected = BTreeMap::new();
        for module in Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
            let module = module.expect("the go command prints JSON");
            if module["Main"] != true {
                selected.insert(string(&module["Path"]), string(&module["Version"]));
            }
        }
        selected
    }

    /// The output of `go list -m -json all`, or its error.
    fn list(&self, dir: &str, args: &[&str]) -> Result<Vec<Value>, String> {
        let dir = self.root.path().join("repository").join(dir);
        let args = [&["list", "-m"], args, &["-json", "all"]].concat();
        let output = self.go.command(&dir, &args);
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let values = Deserializer::from_slice(&output.stdout).into_iter();
        Ok(values.collect::<Result<_, _>>().expect("the go command prints JSON"))
    }

    /// The facts of the repository, with the proxy as module cache.
    fn model(&self) -> (Model, Files) {
        let mut contents = Vec::new();
        collect(&self.root.path().join("repository"), "", &mut contents);
        let source = MemorySource::new(contents.iter().map(|(path, text)| (path.as_str(), text.as_slice())));
        let listing = source.list(&Tree::FirstParty).expect("memory can be listed");
        let mut files = Files::default();
        let store = FactStore::none();
        let loaded = read(Input::new(&source, &store), Plan::new(&listing, &|_| false), &mut files);
        let cache = ModuleCache::open(self.root.path().join("modules"));
        let dependencies = Dependencies::new(Some(&cache));
        let model = Draft::new(loaded.state).finish(&HashMap::new());
        (model.with_graphs(|wanted| dependencies.go_mods(wanted)), files)
    }

    /// The findings of the recommended rules, with the proxy as module cache.
    fn findings(&self) -> Vec<String> {
        let mut contents = Vec::new();
        collect(&self.root.path().join("repository"), "", &mut contents);
        let source = MemorySource::new(contents.iter().map(|(path, text)| (path.as_str(), text.as_slice())));
        let cache = ModuleCache::open(self.root.path().join("modules"));
        let store = FactStore::none();
        let request = Request {
            input: Input::new(&source, &store),
            policy: PolicyChoice::of(&source),
            cache: Some(&cache),
            lines: None,
            paths: &[],
            tables: Tables::None,
            today: date(2026, 11, 21),
        };
        let checked = check(&request).expect("memory can be listed");
        checked.run.findings.iter().map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect()
    }

    fn check_alone(&self, dir: &str, tally: &mut Tally) {
        let before = self.show();
        let listed = self.list(dir, &["-mod=readonly"]);
        if let Err(error) = &listed {
            tally.refused += 1;
            let needs_update = error.contains("updates to go.mod needed") || error.contains("on excluded version");
            if needs_update && !error.contains("missing go.sum entry") {
                let (model, _) = self.model();
                let module = model.modules().find(|module| module.dir().is_root()).expect("the module is there");
                assert!(
                    !module.graph(model.graph_facts().expect(LOADED)).expect("it was loaded").is_certain(),
                    "{error}\n{}",
                    self.show()
                );
            }
        }
        // The lines that the go command writes into go.mod are those that it would have had.
        if let Err(error) = self.list(dir, &["-mod=mod"]) {
            let is_known = ["conflicting replacements", "declares its path as", "go.mod requires go", "invalid"];
            assert!(is_known.iter().any(|known| error.contains(known)), "{error}\n{}", self.show());
            return;
        }
        let Ok(listed) = self.list(dir, &["-mod=readonly"]) else { return };
        tally.accepted += 1;
        let (model, files) = self.model();
        let module = model.modules().find(|module| module.dir().is_root()).expect("the module is there");
        let graph = module.graph(model.graph_facts().expect(LOADED)).expect("it was loaded");
        assert!(graph.is_certain(), "{graph:?}\n{}", self.show());
        let replacements: Vec<Replacement<'_>> = module.replacements().collect();
        self.compare((&model, graph), &listed, &replacements);
        self.compare_requirers(dir, graph);
        self.compare_edges(dir, module, graph);
        let idle = self.idle(&model, tally);
        self.check_unused(dir, (module, &files), &idle, tally);
        self.delete(&idle, &files);
        // Without a line go.sum may have to say more, which only this mode writes.
        let after = self.list(dir, &["-mod=mod"]).unwrap_or_else(|error| vec![Value::String(error)]);
        assert_eq!(comparable(&listed), comparable(&after), "{idle:?}\n{before}");
    }

    /// The requirements between module versions are those that `go mod graph` lists, but for those on Go itself.
    fn compare_edges(&self, dir: &str, module: Module<'_>, graph: &ModuleGraph) {
        let printed = self.go.text(&self.root.path().join("repository").join(dir), &["mod", "graph"]);
        let is_on_go = |edge: &&str| edge.contains(" go@") || edge.contains(" toolchain@") || edge.starts_with("go@");
        let theirs: BTreeSet<String> = printed.lines().filter(|edge| !is_on_go(edge)).map(str::to_owned).collect();
        let excluded = |path: &ModulePath, version: &Version| {
            let mut lines = module.go_mod().exclude.iter();
            lines.any(|line| line.path.value == *path && line.version.value == *version)
        };
        let mut ours = BTreeSet::new();
        for line in &module.go_mod().require {
            if !excluded(&line.path.value, &line.version.value) {
                ours.insert(format!("{} {}@{}", module.path(), line.path.value, line.version.value));
            }
        }
        for requirement in graph.requirements() {
            ours.insert(format!("{} {}", requirement.from, requirement.to));
        }
        assert_eq!(ours, theirs, "{}", self.show());
    }

    /// The modules that require a built module are those that `go mod graph` lists for the selected versions.
    fn compare_requirers(&self, dir: &str, graph: &ModuleGraph) {
        let printed = self.go.text(&self.root.path().join("repository").join(dir), &["mod", "graph"]);
        let mut theirs = BTreeSet::new();
        for edge in printed.lines() {
            let Some((requirer, required)) = edge.split_once(' ') else { continue };
            let (Some((requirer, version)), Some((required, _))) = (requirer.split_once('@'), required.split_once('@'))
            else {
                continue;
            };
            let is_taken = |(path, selected): (&ModulePath, &Version)| {
                path.as_str() == requirer && selected.to_string() == version
            };
            if graph.build_list().into_iter().any(is_taken) {
                theirs.insert((requirer.to_owned(), required.to_owned()));
            }
        }
        theirs.retain(|(_, required)| PATHS.contains(&required.as_str()));
        let ours: BTreeSet<_> = PATHS
            .iter()
            .flat_map(|path| graph.requirers(path).map(|requirer| (requirer.to_string(), (*path).to_owned())))
            .collect();
        assert_eq!(ours, theirs, "{}", self.show());
    }

    /// Deletes each line that acts only on modules without built packages: the go command can still list all modules,
    /// and those that go.mod requires are the same.
    fn check_unused(
        &self,
        dir: &str,
        (module, files): (Module<'_>, &Files),
        idle: &[(FileId, Span)],
        tally: &mut Tally,
    ) {
        let graphs = module.model().graph_facts().expect(LOADED);
        let replaces = module.replacements().map(|line| (line.effect(graphs), (line.file(), line.line().line.span)));
        let excludes = module.exclusions().map(|line| (line.effect(graphs), (module.file(), line.line().line.span)));
        let lines = replaces.chain(excludes).filter(|(effect, _)| matches!(effect, Effect::Unused(_)));
        let unused: Vec<(FileId, Span)> = lines.map(|(_, place)| place).collect();
        let go_mod = self.text("go.mod");
        let go_sum = fs::read_to_string(self.root.path().join("repository/go.sum")).unwrap_or_default();
        let required: HashSet<&str> = module.go_mod().require.iter().map(|line| line.path.value.as_str()).collect();
        let of_required = |listed: &[Value]| -> Vec<Value> {
            comparable(listed).into_iter().filter(|it| required.contains(string(&it[0]).as_str())).collect()
        };
        // One a case, since each takes the go command twice.
        if let Some(line) = unused.first().copied() {
            self.delete(idle, files);
            let Ok(before) = self.list(dir, &["-mod=mod"]) else { return };
            self.write("go.mod", &go_mod);
            self.write("go.sum", &go_sum);
            self.delete(&[idle, &[line]].concat(), files);
            let after = self.list(dir, &["-mod=mod"]).unwrap_or_else(|error| vec![Value::String(error)]);
            assert_eq!(of_required(&before), of_required(&after), "{line:?}\n{}\n{go_mod}", self.show());
            self.write("go.mod", &go_mod);
            self.write("go.sum", &go_sum);
            tally.unused += 1;
        }
    }

    fn check_workspace(&self, tally: &mut Tally) {
        let before = self.show();
        let listed = match self.list("", &[]) {
            Ok(listed) => listed,
            Err(_) => {
                tally.refused += 1;
                return;
            }
        };
        tally.accepted += 1;
        let (model, files) = self.model();
        let workspace = model.workspaces().next().expect("the workspace is there");
        let graph = workspace.graph(model.graph_facts().expect(LOADED)).expect("it was loaded");
        assert!(graph.is_certain(), "{graph:?}\n{}", self.show());
        let of_members = workspace.modules().flat_map(|module| module.replacements());
        let replacements: Vec<Replacement<'_>> = workspace.replacements().chain(of_members).collect();
        self.compare((&model, graph), &listed, &replacements);
        let members: Vec<String> = workspace.modules().map(|module| module.dir().to_string()).collect();
        let alone = |dir: &String| self.list_alone(dir);
        let alone_before: Vec<_> = members.iter().map(alone).collect();
        let idle = self.idle(&model, tally);
        self.delete(&idle, &files);
        let after = self.list("", &[]).unwrap_or_else(|error| vec![Value::String(error)]);
        assert_eq!(comparable(&listed), comparable(&after), "{idle:?}\n{before}");
        let alone_after: Vec<_> = members.iter().map(alone).collect();
        assert_eq!(alone_before, alone_after, "{idle:?}\n{before}");
    }

    /// The list of a member without its workspace; any error counts as the same.
    fn list_alone(&self, dir: &str) -> Option<String> {
        let go = self.go.clone().with_env("GOWORK", "off");
        let world =
            Self { seed: self.seed, root: tempfile::tempdir().expect("a directory"), go, versions: BTreeMap::new() };
        let path = self.root.path().join("repository").join(dir);
        let output = world.go.command(&path, &["list", "-m", "-json", "all"]);
        let values = Deserializer::from_slice(&output.stdout).into_iter::<Value>();
        let listed: Vec<Value> = values.collect::<Result<_, _>>().expect("the go command prints JSON");
        output.status.success().then(|| format!("{:?}", comparable(&listed)))
    }

    /// Compares the selected modules, and their sources, with the list.
    fn compare(&self, (model, graph): (&Model, &ModuleGraph), listed: &[Value], replacements: &[Replacement<'_>]) {
        let graphs = model.graph_facts().expect(LOADED);
        let dependencies = listed.iter().filter(|module| module["Main"] != true);
        let expected: Vec<(String, String)> =
            dependencies.map(|module| (string(&module["Path"]), string(&module["Version"]))).collect();
        let selected: Vec<(String, String)> =
            graph.build_list().iter().map(|(path, version)| (path.to_string(), version.to_string())).collect();
        assert_eq!(selected, expected, "{}", self.show());
        for module in listed.iter().filter(|module| module["Replace"].is_object()) {
            let target = string(&module["Replace"]["Path"]);
            let version = string(&module["Replace"]["Version"]);
            let (path, replaced) = (string(&module["Path"]), string(&module["Version"]));
            let acting = replacements.iter().filter(|line| {
                matches!(
                    line.effect(graphs),
                    Effect::Acts | Effect::Unused(_) | Effect::Open(_) | Effect::Idle(Idle::Itself)
                )
            });
            let mut targets = acting.filter(|line| {
                line.line().old.value.as_str() == path
                    && line.line().old_version.as_ref().is_none_or(|old| old.value.as_str() == replaced)
            });
            let is_it = |line: &Replacement<'_>| match line.directory() {
                Some(directory) => target.ends_with(&directory.to_string()),
                None => line.to_string() == format!("{target} {version}"),
            };
            assert!(targets.any(is_it), "no line for {module}\n{}", self.show());
        }
    }

    /// The lines that do nothing.
    fn idle(&self, model: &Model, tally: &mut Tally) -> Vec<(FileId, Span)> {
        let modules = model.modules().filter(|module| !module.dir().to_string().starts_with("forks"));
        let modules: Vec<_> = modules.collect();
        let graphs = model.graph_facts().expect(LOADED);
        let replaces = modules.iter().flat_map(|module| module.replacements());
        let replaces = replaces.chain(model.workspaces().flat_map(|workspace| workspace.replacements()));
        let replaces = replaces.map(|line| (line.effect(graphs), (line.file(), line.line().line.span)));
        let excludes = modules.iter().flat_map(|module| module.exclusions());
        let excludes = excludes.map(|line| (line.effect(graphs), (line.module().file(), line.line().line.span)));
        let mut idle = Vec::new();
        for (effect, place) in replaces.chain(excludes) {
            let reason = match effect {
                Effect::Acts => {
                    tally.acts += 1;
                    continue;
                }
                // It shows in the list, though it has no effect; and a line that the workspace overrides acts without
                // it.
                Effect::Unused(_) | Effect::Open(_) | Effect::Idle(Idle::Itself | Idle::Overridden { .. }) => continue,
                Effect::Idle(Idle::Duplicate { .. }) => "duplicate",
                Effect::Idle(Idle::Main) => "main",
                Effect::Idle(Idle::Hidden { .. }) => "hidden",
                Effect::Idle(Idle::Package { .. }) => "package",
                Effect::Idle(Idle::NotInGraph | Idle::NotRequired) => "not-in-graph",
                Effect::Idle(Idle::NeverRequired { .. }) => "never-required",
                Effect::Idle(Idle::NeverSelected { .. }) => "never-selected",
            };
            *tally.deleted.entry(reason).or_default() += 1;
            idle.push(place);
        }
        idle
    }

    /// Deletes lines from their files.
    fn delete(&self, lines: &[(FileId, Span)], files: &Files) {
        let touched: HashSet<FileId> = lines.iter().map(|(file, _)| *file).collect();
        for file in touched {
            let path = files.get(file).path().to_string();
            let text = self.text(&path);
            let mut at = 0;
            let kept: String = text
                .split_inclusive('\n')
                .filter(|line| {
                    let start = at;
                    at += line.len();
                    !lines.iter().any(|(of, span)| *of == file && (start..at).contains(&(span.start as usize)))
                })
                .collect();
            self.write(&path, &kept);
        }
    }
}

/// The selected modules and their sources, without the files that the go command has downloaded by chance, and without
/// the traces of a line that replaces a version by itself.
fn comparable(listed: &[Value]) -> Vec<Value> {
    let pick = |module: &Value| {
        let replace = &module["Replace"];
        let is_itself = replace["Path"] == module["Path"] && replace["Version"] == module["Version"];
        let target = if is_itself { Value::Null } else { json!([replace["Path"], replace["Version"]]) };
        json!([module["Path"], module["Version"], module["Main"], module["Indirect"], target])
    };
    listed.iter().map(|module| if module.is_string() { module.clone() } else { pick(module) }).collect()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn collect(dir: &Path, below: &str, contents: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).expect("the directory can be listed") {
        let entry = entry.expect("the entry can be read");
        let name = entry.file_name().into_string().expect("names are text");
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, contents);
        } else {
            contents.push((path, fs::read(entry.path()).expect("the file can be read")));
        }
    }
    contents.sort();
}
