//! Made-up modules for one repository: the proxy's files for them, in which version each package is, and the imports of
//! a main module.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::Range;

use super::main_module;
use crate::support::random::Random;

/// Texts by path.
pub(crate) type Files = BTreeMap<String, String>;

/// The proxy's modules for one repository, and the repository.
pub(crate) struct Universe {
    pub(crate) seed: u64,
    pub(crate) world: Modules,
    pub(crate) published: Vec<Published>,
    /// The files of the repository, and, below `../`, those beside it.
    pub(crate) files: Files,
    pub(crate) main: Main,
}

/// A version of a module in the proxy.
pub(crate) struct Published {
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) files: Files,
}

/// The module that the repository is about.
#[derive(Clone, Debug)]
pub(crate) struct Main {
    /// The directory of its go.mod; empty for the root.
    pub(crate) dir: String,
    pub(crate) path: String,
    /// Whether there is a module within it.
    pub(crate) has_nested: bool,
}

/// The modules that can be required: those before `FIRST_OF_TESTS` mostly only by those before them.
pub(crate) const NAMES: [&str; 9] = ["a", "a/sub", "b", "b/v2", "Cc/d", "e", "g", "t", "t/x"];

/// Where those begin that only tests import.
const FIRST_OF_TESTS: usize = 7;

/// The directories that packages can be in.
const DIRS: [&str; 8] = ["", "p", "p/inner", "q", "internal/z", "cmd/tool", "testdata/t", "_hid"];

const GO_LINES: [&str; 8] = ["", "1.15", "1.16", "1.17", "1.20", "1.21", "1.21.0", "1.24"];

/// The same of main modules, more of those with lazy loading.
const MAIN_GO_LINES: [&str; 13] =
    ["1.14", "1.15", "1.16", "1.16", "1.17", "1.17", "1.18", "1.20", "1.21", "1.21.0", "1.22", "1.24", "1.24"];

/// The texts that can be above a package clause. The go command reads those with the last four for no build.
pub(crate) const HEADERS: [&str; 12] = [
    "//go:build foo && !bar\n\n",
    "//go:build foo && !foo\n",
    "//go:build !ignore\n\n",
    "//go:build ignore || linux\n\n",
    "/* Licensed. */\n\n// More.\n\n//go:build go1.99\n\n",
    "//go:build foo\n// +build ignore\n\n",
    "// +build !foo,bar\n\n",
    "// +build ignore\n",
    "//go:build ignore\n\n",
    "//go:build ignore && linux\n\n",
    "// +build ignore\n\n",
    "// +build foo\n// +build ignore\n\n",
];

/// All modules of a universe, and which packages they have.
pub(crate) struct Modules {
    pub(crate) prefix: String,
    /// The path of the main module.
    pub(crate) main: String,
    /// The versions of each module, from the lowest.
    pub(crate) versions: Vec<Vec<String>>,
    pub(crate) packages: Vec<Package>,
    /// Whether there is a module that can replace each.
    forks: Vec<bool>,
    /// The `go` line of the main module.
    pub(crate) go: &'static str,
    /// The `go` lines that dependencies have.
    go_lines: Vec<&'static str>,
}

/// A package of a dependency.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) module: usize,
    pub(crate) dir: &'static str,
    /// The versions that have it.
    pub(crate) versions: Range<usize>,
}

/// The path of something below a directory or module.
pub(crate) fn joined(dir: &str, name: &str) -> String {
    if dir.is_empty() || name.is_empty() { format!("{dir}{name}") } else { format!("{dir}/{name}") }
}

/// The paths that are imported in a text.
pub(crate) fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim_start().trim_start_matches("import ").strip_prefix("_ \"")?.split('"').next())
}

impl Universe {
    /// The universe of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let world = Modules::new(format!("example.com/u{seed}"), &mut random);
        let path = world.main.clone();
        let published = Publisher { world: &world, random: &mut random, required: HashMap::new() }.all();
        let dir = if random.once_in(8) { "svc" } else { "" }.to_owned();
        let main = Main { dir, path, has_nested: random.once_in(5) };
        let files = main_module::files(&world, &main, &mut random);
        Self { seed, world, published, files, main }
    }
}

impl Modules {
    fn new(prefix: String, random: &mut Random) -> Self {
        let versions: Vec<Vec<String>> = NAMES.iter().map(|name| versions(name, random)).collect();
        let mut packages = Vec::new();
        for (module, name) in NAMES.iter().enumerate() {
            let count = versions[module].len();
            let first = packages.len();
            for dir in DIRS {
                if random.once_in(3) {
                    packages.push(Package { module, dir, versions: some_versions(count, random) });
                }
            }
            if packages.len() == first {
                packages.push(Package { module, dir: "q", versions: 0..count });
            }
            // Packages of `a` may lie where the module `a/sub` has its own, and may have moved there.
            if *name == "a" && !random.once_in(3) {
                let until = if random.once_in(3) { count } else { count - 1 };
                packages.push(Package { module, dir: "sub/w", versions: 0..until });
                packages.push(Package { module: 1, dir: "w", versions: 0..versions[1].len() });
            }
        }
        packages.retain(|package: &Package| !package.versions.is_empty());
        packages.sort_by_key(|package| package.module);
        let go = random.pick(&MAIN_GO_LINES);
        let may_rise = random.once_in(4);
        let is_low = |line: &&&str| may_rise || release(line) < 21 || release(line) <= release(go);
        let go_lines = GO_LINES.iter().filter(is_low).copied().collect();
        let forks = NAMES.iter().map(|_| random.once_in(2)).collect();
        // A main module may have a path below a dependency's.
        let main = format!("{prefix}/{}m", if random.once_in(8) { "a/" } else { "" });
        Self { prefix, main, versions, packages, forks, go, go_lines }
    }

    pub(crate) fn path(&self, module: usize) -> String {
        joined(&self.prefix, NAMES[module])
    }

    /// The path of the module that can replace another.
    pub(crate) fn fork(&self, module: usize) -> String {
        format!("{}/fork/{}", self.prefix, NAMES[module].replace('/', "-"))
    }

    /// Whether the proxy has it.
    pub(crate) fn has_fork(&self, module: usize) -> bool {
        self.forks[module]
    }

    pub(crate) fn import_path(&self, package: &Package) -> String {
        joined(&self.path(package.module), package.dir)
    }

    /// A package for the import at this place in the order.
    pub(crate) fn package(&self, from: usize, for_test: bool, random: &mut Random) -> Option<&Package> {
        let end = self.packages.iter().position(|package| package.module >= FIRST_OF_TESTS)?;
        let range = match from {
            // Tests import packages that are only for tests, or any others.
            _ if for_test && random.once_in(2) => end.max(from)..self.packages.len(),
            _ if for_test && random.once_in(3) => 0..self.packages.len(),
            from if from < end => from..end,
            from => from..self.packages.len(),
        };
        (!range.is_empty()).then(|| &self.packages[range.start + random.below(range.len())])
    }

    /// A version of the module that has the import, or now and then any.
    fn version_with(&self, import: &str, random: &mut Random) -> Option<(usize, usize)> {
        let package = self.packages.iter().rev().find(|package| self.import_path(package) == import)?;
        let count = self.versions[package.module].len();
        let range = if random.once_in(20) { 0..count } else { package.versions.clone() };
        Some((package.module, range.start + random.below(range.len())))
    }

    /// Versions of the modules that these files import from.
    pub(crate) fn required(&self, files: &Files, random: &mut Random) -> BTreeMap<usize, usize> {
        let imported: BTreeSet<&str> = files.values().flat_map(|text| imports(text)).collect();
        let mut required = BTreeMap::new();
        for (module, version) in imported.into_iter().filter_map(|import| self.version_with(import, random)) {
            let least = required.entry(module).or_insert(version);
            *least = (*least).max(version);
        }
        required
    }

    pub(crate) fn random_version(&self, module: usize, random: &mut Random) -> &str {
        let versions = &self.versions[module];
        &versions[random.below(versions.len())]
    }

    pub(crate) fn go_line(&self, random: &mut Random) -> String {
        match *random.pick(&self.go_lines.iter().collect::<Vec<_>>()) {
            "" => String::new(),
            version => format!("go {version}\n"),
        }
    }

    /// The imports of a Go file, up to `count`.
    pub(crate) fn imports(&self, from: usize, count: usize, own: &Own<'_>, random: &mut Random) -> Vec<String> {
        (0..random.below(count + 1)).map(|_| self.import(from, own, random)).collect()
    }

    fn import(&self, from: usize, own: &Own<'_>, random: &mut Random) -> String {
        match random.below(40) {
            0 => random.pick(&["nosuch/pkg", "appengine/x", "C", "nosuch"]).to_owned(),
            // The go command takes its time to find all that most of these import.
            1 if random.once_in(4) => random.pick(&["unicode/utf8", "embed", "internal/abi", "cmp"]).to_owned(),
            1 | 2 => "unsafe".to_owned(),
            choice if choice < own.share && !own.paths.is_empty() => own.paths[random.below(own.paths.len())].clone(),
            _ => self
                .package(from, own.is_test, random)
                .map_or_else(|| "unsafe".to_owned(), |package| self.import_path(package)),
        }
    }
}

/// The imports that a file can have of its own module.
pub(crate) struct Own<'a> {
    pub(crate) paths: &'a [String],
    /// How many of 40 imports are of these.
    pub(crate) share: usize,
    pub(crate) is_test: bool,
}

fn versions(name: &str, random: &mut Random) -> Vec<String> {
    let lists: &[&[&str]] = match name {
        "b/v2" => &[&["v2.0.0"], &["v2.0.0", "v2.1.0"], &["v2.0.0-pre", "v2.0.0"]],
        // Without go.mod files, as before there were modules.
        "e" => &[&["v1.0.0"], &["v1.0.0", "v2.0.0+incompatible"], &["v1.0.0", "v1.1.0"]],
        _ => &[
            &["v1.0.0"],
            &["v1.0.0", "v1.1.0"],
            &["v1.0.0", "v1.1.0-rc.1", "v1.1.0"],
            &["v0.0.0-20240101000000-abcdefabcdef", "v0.1.0"],
            &["v0.9.0", "v0.10.0", "v1.0.0"],
        ],
    };
    lists[random.below(lists.len())].iter().map(|version| (*version).to_owned()).collect()
}

/// Mostly all, sometimes not the first or not the last.
fn some_versions(count: usize, random: &mut Random) -> Range<usize> {
    match random.below(24) {
        0 if count > 1 => 1..count,
        1 if count > 1 => 0..count - 1,
        _ => 0..count,
    }
}

/// The minor number of a Go version.
pub(crate) fn release(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}

/// Makes the proxy's modules.
struct Publisher<'u> {
    world: &'u Modules,
    random: &'u mut Random,
    /// The requirements of each version.
    required: HashMap<(usize, usize), BTreeMap<usize, usize>>,
}

impl Publisher<'_> {
    fn all(mut self) -> Vec<Published> {
        let mut published = vec![self.main()];
        for module in (0..NAMES.len()).rev() {
            for (at, version) in self.world.versions[module].iter().enumerate() {
                let path = self.world.path(module);
                let files = self.module((module, at), &path);
                published.push(Published { path, version: version.clone(), files });
            }
            if self.world.has_fork(module) {
                let at = self.world.versions[module].len() - 1;
                // It must declare its own path, or that of the module that it replaces.
                let (path, old) = (self.world.fork(module), self.world.path(module));
                let declared = if self.random.once_in(2) { &path } else { &old };
                let files = self.module((module, at), declared);
                published.push(Published { path, version: "v1.5.0".to_owned(), files });
            }
        }
        published
    }

    /// A version of the main module, which others may require.
    fn main(&mut self) -> Published {
        let (path, module) = (self.world.main.clone(), self.random.below(NAMES.len()));
        let version = self.world.random_version(module, self.random);
        let text = format!("module {path}\n\ngo 1.17\nrequire {} {version}\n", self.world.path(module));
        Published { path, version: "v1.0.0".to_owned(), files: Files::from([("go.mod".to_owned(), text)]) }
    }

    /// The files of a version of a module.
    fn module(&mut self, (module, version): (usize, usize), path: &str) -> Files {
        let mut files = Files::new();
        for (at, package) in self.world.packages.iter().enumerate().filter(|(_, it)| it.module == module) {
            if package.versions.contains(&version) {
                self.package(&mut files, package.dir, at + 1);
            }
        }
        if files.is_empty() {
            files.insert("README.md".to_owned(), "Nothing.\n".to_owned());
        }
        let mut required = self.world.required(&files, self.random);
        required.remove(&module);
        let is_old = NAMES[module] == "e";
        if !is_old {
            if self.random.once_in(8) {
                let other = self.random.below(NAMES.len());
                required.entry(other).or_insert(self.random.below(self.world.versions[other].len()));
            }
            let text = self.go_mod(path, &mut required);
            files.insert("go.mod".to_owned(), text);
            self.required.entry((module, version)).or_insert(required);
        }
        files
    }

    fn package(&mut self, files: &mut Files, dir: &str, from: usize) {
        let own = Own { paths: &[], share: 0, is_test: false };
        let of_tests = Own { is_test: true, ..own };
        for (name, count, rarely, own) in [
            ("p.go", 2, 1, &own),
            ("p_test.go", 2, 3, &of_tests),
            ("ext_test.go", 2, 5, &of_tests),
            ("p_windows.go", 1, 9, &own),
            ("p_linux_arm64.go", 1, 12, &own),
            ("tagged.go", 1, 9, &own),
            ("gen_test.go", 1, 12, &of_tests),
        ] {
            if self.random.once_in(rarely) {
                let header = if matches!(name, "tagged.go" | "gen_test.go") { self.random.pick(&HEADERS) } else { "" };
                let imports = self.world.imports(from, count, own, self.random);
                files.insert(joined(dir, name), go_file(header, name, &imports));
            }
        }
        if self.random.once_in(12) {
            let nowhere = format!("{}/nowhere/x", self.world.prefix);
            let name = self.random.pick(&["_under.go", ".dot.go", "testdata/deep/x.go", "x.go.txt", "_d/x.go"]);
            files.insert(joined(dir, name), go_file("", name, &[nowhere]));
        }
    }

    fn go_mod(&mut self, path: &str, required: &mut BTreeMap<usize, usize>) -> String {
        let world = self.world;
        let go = world.go_line(self.random);
        // Imports from nothing that is required happen too.
        if self.random.once_in(15) {
            let dropped = required.keys().next().copied();
            dropped.map(|module| required.remove(&module));
        }
        let direct: BTreeSet<usize> = required.keys().copied().collect();
        if release(go.trim()) >= 17 && !self.random.once_in(4) {
            self.close(required);
        }
        let mut text = format!("module {path}\n\n{go}");
        for (module, version) in required.iter() {
            let mark = if direct.contains(module) != self.random.once_in(12) { "" } else { " // indirect" };
            let _ = writeln!(text, "require {} {}{mark}", world.path(*module), world.versions[*module][*version]);
        }
        if self.random.once_in(8) {
            let module = self.random.below(NAMES.len());
            let version = world.random_version(module, self.random);
            let line = match self.random.below(7) {
                0 => format!("exclude {} {version}", world.path(module)),
                1 => format!("replace {} => ../elsewhere", world.path(module)),
                2 => "retract v1.9.0 // bad".to_owned(),
                3 => format!("tool {path}/cmd/tool"),
                4 | 5 => {
                    let version = if self.random.once_in(12) { "v1.9.0" } else { "v1.0.0" };
                    format!("require {} {version}", world.main)
                }
                _ => "toolchain go1.23.0".to_owned(),
            };
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Adds the requirements of these, as far as they are known.
    fn close(&self, required: &mut BTreeMap<usize, usize>) {
        loop {
            let before = required.clone();
            for pair in &before {
                for (module, version) in self.required.get(&(*pair.0, *pair.1)).into_iter().flatten() {
                    let least = required.entry(*module).or_insert(*version);
                    *least = (*least).max(*version);
                }
            }
            if *required == before {
                return;
            }
        }
    }
}

/// The files of a module in a directory that replaces one.
pub(crate) fn fork_files(world: &Modules, module: usize, random: &mut Random) -> Files {
    let (fork, path) = (world.fork(module), world.path(module));
    let version = random.below(world.versions[module].len());
    let path = if random.once_in(2) { &fork } else { &path };
    let mut files = Publisher { world, random, required: HashMap::new() }.module((module, version), path);
    files.entry("go.mod".to_owned()).or_insert_with(|| format!("module {path}\n"));
    files
}

/// A Go file, with the imports in one of several forms.
pub(crate) fn go_file(header: &str, name: &str, imports: &[String]) -> String {
    let package = if name.ends_with("ext_test.go") { "p_test" } else { "p" };
    let mut text = format!("{header}package {package}\n\n");
    for (at, import) in imports.iter().enumerate() {
        match (at + name.len()) % 4 {
            0 => text += &format!("import (\n\t_ \"{import}\" // why\n)\n"),
            _ => text += &format!("import _ \"{import}\"\n"),
        }
    }
    text + "\nvar _ = 0\n"
}
