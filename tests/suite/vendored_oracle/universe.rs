//! Made-up modules: the proxy's files for them, and repositories that import from them. Whether the go command reads a
//! file, and its imports, can be found from the text by simple means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::random::Random;

/// Texts by path.
pub(crate) type Files = BTreeMap<String, String>;

/// The proxy's modules for one repository, and the repository.
pub(crate) struct Universe {
    pub(crate) seed: u64,
    pub(crate) modules: Vec<Module>,
    /// The files of the repository, and, below `../`, those beside it.
    pub(crate) files: Files,
    /// Where vendor directories belong.
    pub(crate) vendors: Vec<Vendor>,
}

/// A version of a module in the proxy.
pub(crate) struct Module {
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) files: Files,
}

/// A module or workspace that has a vendor directory.
#[derive(Clone, Debug)]
pub(crate) struct Vendor {
    /// The directory of its go.mod or go.work; empty for the root.
    pub(crate) dir: String,
    pub(crate) is_workspace: bool,
    /// The main modules that are built from it.
    pub(crate) mains: Vec<Main>,
}

/// A main module.
#[derive(Clone, Debug)]
pub(crate) struct Main {
    pub(crate) dir: String,
    pub(crate) path: String,
    /// The directory that an `ignore` line hides.
    pub(crate) ignored: Option<&'static str>,
}

/// The modules that can be imported, each only by those before it. Some have paths below another's.
const MODULES: [&str; 9] = ["a", "a/sub", "b", "b/v2", "Cc/d", "e.f", "g", "t", "t/x"];

/// Where those begin that only tests import.
const FIRST_OF_TESTS: usize = 7;

/// The directories that packages can be in.
const DIRS: [&str; 9] = ["", "p", "p/inner", "q", "internal/z", "cmd/tool", "testdata/t", "_hid", "p/inner/deep/er"];

/// The same of main modules. Patterns reach the first five, and the last unless it is ignored.
const MAIN_DIRS: [&str; 9] =
    ["", "one", "two/deep", "internal/k", "cmd/app", "testdata/t", "_hid/h", "two/testdata/_x", "ign/x"];

/// The one of these that nothing imports.
const LONELY: &str = "cmd/app";

const GO_LINES: [&str; 7] = ["", "go 1.14\n", "go 1.16\n", "go 1.17\n", "go 1.21\n", "go 1.22\n", "go 1.24\n"];

/// The texts that can be above a package clause, and whether the go command reads such a file for some build.
const HEADERS: [(&str, bool); 14] = [
    ("//go:build ignore\n\n", false),
    ("//go:build ignore && linux\n\n", false),
    ("// +build ignore\n\n", false),
    ("// +build foo\n// +build ignore\n\n", false),
    ("//go:build foo && !bar\n\n", true),
    ("//go:build foo && !foo\n", true),
    ("//go:build !ignore\n\n", true),
    ("//go:build ignore || linux\n\n", true),
    ("//go:build windows && amd64\n\n", true),
    ("/* Licensed. */\n\n// More.\n\n//go:build go1.99\n\n", true),
    ("//go:build foo\n// +build ignore\n\n", true),
    ("// +build !foo,bar\n\n", true),
    ("// +build ignore\n", true),
    ("// go:build ignore\n\n", true),
];

/// The same, malformed: the go command reads none of these, and stops at them in a vendored package.
const MALFORMED: [&str; 3] = ["//go:build foo bar\n\n", "//go:build\n\n", "//go:build linux\n//go:build !linux\n\n"];

/// Whether the go command reads a Go file of this text.
pub(crate) fn counts(text: &str) -> bool {
    let is_above = |header: &&str| text.strip_prefix(*header).is_some_and(|rest| rest.starts_with("package "));
    let ignored = HEADERS.iter().filter(|(_, counts)| !counts).map(|(header, _)| *header);
    !ignored.chain(MALFORMED).any(|header| is_above(&header))
}

/// The imports of a Go file with this text.
pub(crate) fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.trim_start().trim_start_matches("import ").strip_prefix("_ \"")?.split('"').next())
}

impl Vendor {
    /// The files with the checksums that count for it.
    pub(crate) fn sums(&self) -> Vec<String> {
        let of_mains = self.mains.iter().map(|main| joined(&main.dir, "go.sum"));
        of_mains.chain([joined(&self.dir, "go.work.sum")]).collect()
    }
}

impl Universe {
    /// The universe of a seed: alone standing modules, or a workspace.
    pub(crate) fn new(seed: u64, is_workspace: bool) -> Self {
        let mut random = Random::new(seed);
        let prefix = format!("example.com/u{seed}");
        let vendors = layout(&prefix, is_workspace, &mut random);
        let mut packages = Vec::new();
        let has_root = !random.once_in(2);
        for (at, name) in MODULES.iter().enumerate() {
            let first = packages.len();
            packages.extend(DIRS.iter().filter(|_| random.once_in(3)).map(|dir| (at, *dir)));
            match *name {
                // Packages of `a` may lie where the module `a/sub` has its own, and files beside these.
                "a" if !has_root => packages.extend([(at, "sub"), (at, "sub/own")]),
                "a/sub" => packages.retain(|package| *package != (at, "") || has_root),
                _ => {}
            }
            if packages.len() == first {
                packages.push((at, "q"));
            }
        }
        let mains: Vec<Main> = vendors.iter().flat_map(|vendor| vendor.mains.clone()).collect();
        let dirs = || MAIN_DIRS.into_iter().filter(|dir| *dir != LONELY);
        let own = |main: &Main| dirs().map(|dir| joined(&main.path, dir)).collect::<Vec<_>>();
        let own_of = |mains: &[Main]| mains.iter().flat_map(own).collect::<Vec<String>>();
        // Dependencies of modules that do not know each other import from neither.
        let own = if vendors.len() == 1 { own_of(&mains) } else { Vec::new() };
        let versions = MODULES.map(|_| 1 + random.below(2));
        let mut maker = Maker { random, prefix, packages, own, versions, files: Files::new(), is_plain: false };
        let modules = maker.modules();
        for vendor in &vendors {
            maker.own = own_of(&vendor.mains);
            for main in &vendor.mains {
                maker.main(main, is_workspace);
            }
            if is_workspace {
                maker.workspace(vendor);
            }
        }
        Self { seed, modules, files: maker.files, vendors }
    }
}

fn layout(prefix: &str, is_workspace: bool, random: &mut Random) -> Vec<Vendor> {
    let mut main = |dir: String, name: &str| {
        // A main module may have a path below a dependency's.
        let path = format!("{prefix}/{}{name}", if random.once_in(6) { "a/" } else { "" });
        Main { dir, path, ignored: random.once_in(3).then_some("ign") }
    };
    let (first, second) = (main(String::new(), "m"), main("in/two_n".to_owned(), "m/in/two_n"));
    if !is_workspace {
        let alone = |main: Main| Vendor { dir: main.dir.clone(), is_workspace, mains: vec![main] };
        return match random.below(5) {
            0 => vec![alone(Main { dir: "svc".to_owned(), ..first })],
            1 => vec![alone(first), alone(second)],
            _ => vec![alone(first)],
        };
    }
    let top = random.pick(&["", "ws"]);
    let within = |main: Main, dir: &str| Main { dir: joined(top, dir), ..main };
    let mut mains = vec![within(first.clone(), "one_m"), within(second, "in/two_n")];
    if random.once_in(2) {
        mains.push(Main { path: format!("{prefix}/o"), ..within(first, "") });
    }
    vec![Vendor { dir: top.to_owned(), is_workspace, mains }]
}

/// The path of something below a directory or module.
pub(crate) fn joined(dir: &str, name: &str) -> String {
    if dir.is_empty() || name.is_empty() { format!("{dir}{name}") } else { format!("{dir}/{name}") }
}

struct Maker {
    random: Random,
    prefix: String,
    /// All packages of dependencies: the module, and the directory in it.
    packages: Vec<(usize, &'static str)>,
    /// The import paths of the packages of main modules.
    own: Vec<String>,
    /// How many versions there are of each module.
    versions: [usize; MODULES.len()],
    /// The files of the repository.
    files: Files,
    /// Whether the made modules have nothing that only the module itself can show.
    is_plain: bool,
}

/// The content of one package.
struct Place<'a> {
    files: &'a mut Files,
    dir: &'static str,
    /// The first package that it may import.
    from: usize,
    is_main: bool,
}

impl Maker {
    fn modules(&mut self) -> Vec<Module> {
        let mut modules = Vec::new();
        for (at, name) in MODULES.iter().enumerate() {
            for minor in 0..self.versions[at] {
                let path = self.path(at);
                let files = self.module_files(at, &path);
                modules.push(Module { path, version: version(name, minor), files });
            }
            let path = self.fork(at);
            let files = self.module_files(at, &path);
            modules.push(Module { path, version: "v1.5.0".to_owned(), files });
        }
        modules
    }

    fn path(&self, module: usize) -> String {
        joined(&self.prefix, MODULES[module])
    }

    /// The path of the module that can replace another.
    fn fork(&self, module: usize) -> String {
        format!("{}/fork/{}", self.prefix, MODULES[module].replace('/', "-"))
    }

    fn random_version(&mut self, module: usize) -> String {
        version(MODULES[module], self.random.below(self.versions[module]))
    }

    /// The files of a module or of one that replaces it.
    fn module_files(&mut self, module: usize, path: &str) -> Files {
        let mut files = Files::new();
        let places: Vec<(usize, &'static str)> =
            self.packages.iter().enumerate().filter(|(_, it)| it.0 == module).map(|(at, it)| (at, it.1)).collect();
        for &(at, dir) in &places {
            self.package(Place { files: &mut files, dir, from: at + 1, is_main: false });
        }
        for &(at, dir) in &places {
            if self.random.once_in(5) {
                self.embed(Place { files: &mut files, dir, from: at + 1, is_main: false }, &places);
            }
        }
        let dirs: BTreeSet<&str> = places.iter().flat_map(|(_, dir)| ancestors(dir)).collect();
        for dir in dirs {
            self.metadata(dir, &mut files);
        }
        let requires = self.requires(&files, 6);
        if !requires.is_empty() || !self.random.once_in(8) {
            let go = self.random.pick(&GO_LINES);
            files.insert("go.mod".to_owned(), format!("module {path}\n\n{go}{requires}"));
            if self.random.once_in(3) {
                files.insert("go.sum".to_owned(), String::new());
            }
        }
        files
    }

    /// A `require` line for each module that is imported from, but for one in `times`.
    fn requires(&mut self, files: &Files, times: usize) -> String {
        let imported: BTreeSet<usize> =
            files.values().flat_map(|text| imports(text)).filter_map(|import| self.module_of(import)).collect();
        let mut lines = String::new();
        for module in imported {
            if !self.random.once_in(times) {
                let _ = writeln!(lines, "require {} {}", self.path(module), self.random_version(module));
            }
        }
        lines
    }

    fn module_of(&self, import: &str) -> Option<usize> {
        let is_it = |(module, dir): &&(usize, &str)| joined(&self.path(*module), dir) == import;
        self.packages.iter().find(is_it).map(|(module, _)| *module)
    }

    /// The files of a package.
    fn package(&mut self, mut place: Place<'_>) {
        let special = match self.random.below(if place.is_main { 12 } else { 150 }) {
            // An import of a package that has no other files is refused.
            0 | 1 if self.is_plain => 2,
            0 if place.is_main && place.dir != LONELY || !place.is_main && !self.random.once_in(8) => 2,
            special => special,
        };
        if special > 1 {
            let count = if place.is_main { 3 } else { 2 };
            let text = self.go_file("", count, &mut place);
            place.insert("p.go", text);
            self.more_go_files(&mut place);
        }
        if special == 1 || self.random.once_in(4) {
            let text = self.go_file("", 1, &mut place).replace("package p", "package p_test");
            let text = self.with_test_import(text);
            place.insert("ext_test.go", text);
        }
        // Nothing else may be there.
        if special == 0 {
            let text = self.go_file("//go:build ignore\n\n", 1, &mut place);
            place.insert("gen.go", text);
        }
        for name in ["asm_amd64.s", "h.h", "README.md", ".gitignore", "data.txt", "run.sh", "x.go.txt"] {
            if self.random.once_in(12) {
                place.insert(name, format!("# {}\n", self.random.below(1000)));
            }
        }
    }

    fn more_go_files(&mut self, place: &mut Place<'_>) {
        for name in ["p_windows.go", "p_linux_arm64.go", "zos.go"] {
            if self.random.once_in(8) {
                let text = self.go_file("", 1, place);
                place.insert(name, text);
            }
        }
        for name in ["tagged.go", "gen.go", "p_js.go"] {
            if self.random.once_in(5) {
                let header = HEADERS[self.random.below(HEADERS.len())].0;
                let text = self.go_file(header, 2, place);
                place.insert(name, text);
            }
        }
        if self.random.once_in(if place.is_main { 8 } else { 1000 }) {
            let header = MALFORMED[self.random.below(MALFORMED.len())];
            let text = self.go_file(header, 1, place);
            place.insert("malformed.go", text);
        }
        if self.random.once_in(4) {
            let text = self.go_file("", 1, place);
            let text = self.with_test_import(text);
            place.insert(self.random.pick(&["p_test.go", "p_windows_test.go"]), text);
        }
        let nowhere = format!("import _ \"{}/nowhere/x\"\n", self.prefix);
        for name in ["_under.go", ".dot.go"] {
            if self.random.once_in(20) {
                place.insert(name, format!("package p\n\n{nowhere}"));
            }
        }
        if self.random.once_in(15) {
            let text = self.go_file("", 1, place);
            place.insert("doc.go", text.replace("package p", "package documentation"));
        }
        if self.random.once_in(10) {
            let text = self.go_file("", 1, place);
            place.insert("c.go", text + "import \"C\"\n");
        }
    }

    /// A Go file with up to `count` imports.
    fn go_file(&mut self, header: &str, count: usize, place: &mut Place<'_>) -> String {
        let mut text = format!("{header}package p\n\n");
        for _ in 0..self.random.below(count + 1) {
            let import = self.import(place);
            match self.random.below(3) {
                0 => text += &format!("import (\n\t_ \"{import}\" // why\n)\n"),
                _ => text += &format!("import _ \"{import}\"\n"),
            }
        }
        let _ = writeln!(text, "// {}", self.random.below(1000));
        text
    }

    fn import(&mut self, place: &Place<'_>) -> String {
        match self.random.below(24) {
            0 => "nosuch/pkg".to_owned(),
            1 => self.random.pick(&["unicode/utf8", "embed", "cmp"]).to_owned(),
            2 => "appengine/x".to_owned(),
            choice if choice < 6 || (place.is_main && choice < 10) => self.own_import(),
            _ => {
                let known = self.packages.iter().position(|(module, _)| *module == FIRST_OF_TESTS);
                let end = if place.from < known.unwrap_or(0) { known.unwrap_or(0) } else { self.packages.len() };
                if place.from >= end {
                    return "unicode/utf16".to_owned();
                }
                let (module, dir) = self.packages[place.from + self.random.below(end - place.from)];
                joined(&self.path(module), dir)
            }
        }
    }

    fn own_import(&mut self) -> String {
        let own = &self.own;
        if own.is_empty() { "unsafe".to_owned() } else { own[self.random.below(own.len())].clone() }
    }

    /// The same with an import of a module that only tests need.
    fn with_test_import(&mut self, text: String) -> String {
        if self.random.once_in(2) {
            return text;
        }
        let of_tests: Vec<(usize, &str)> =
            self.packages.iter().copied().filter(|(module, _)| *module >= FIRST_OF_TESTS).collect();
        let (module, dir) = of_tests[self.random.below(of_tests.len())];
        format!("{text}import _ \"{}\"\n", joined(&self.path(module), dir))
    }

    /// A file that embeds others.
    fn embed(&mut self, mut place: Place<'_>, packages: &[(usize, &'static str)]) {
        let below = |dir: &'static str| dir.strip_prefix(place.dir).map(|rest| rest.trim_start_matches('/'));
        let subs: Vec<&str> = packages
            .iter()
            .filter_map(|(_, dir)| below(dir))
            .filter(|sub| !sub.is_empty() && !sub.starts_with('_'))
            .collect();
        let pattern = match self.random.below(8) {
            0 | 1 if !subs.is_empty() => {
                let sub = subs[self.random.below(subs.len())];
                self.random.pick(&["SUB", "all:SUB", "SUB/*.*", "SUB/*_test.go"]).replace("SUB", sub)
            }
            0..=4 => self.static_files(&mut place),
            5 => {
                place.insert("LICENSE", "embedded\n".to_owned());
                "LICENSE".to_owned()
            }
            _ => {
                place.insert("data.txt", "embedded\n".to_owned());
                self.random.pick(&["*.txt", "\"data.txt\"", "all:*.txt"]).to_owned()
            }
        };
        if let Some(sub) = pattern.strip_suffix("/*_test.go") {
            place.insert(&format!("{sub}/embedded_test.go"), "package p\n".to_owned());
        }
        if let Some(sub) = pattern.strip_suffix("/*.*") {
            place.insert(&format!("{sub}/embedded.txt"), "embedded\n".to_owned());
        }
        let (name, header) = match self.random.below(8) {
            0 | 1 if self.is_plain => ("embed.go", ""),
            0 => ("embed_test.go", ""),
            1 => ("embed_gen.go", HEADERS[self.random.below(4)].0),
            2 => ("embed_windows.go", "//go:build !foo\n\n"),
            _ => ("embed.go", ""),
        };
        place.insert(name, format!("{header}package p\n\nimport _ \"embed\"\n\n//go:embed {pattern}\nvar it string\n"));
    }

    /// A directory to embed, in which some things are Go files.
    fn static_files(&mut self, place: &mut Place<'_>) -> String {
        place.insert("static/page.html", format!("<p>{}</p>\n", self.random.below(1000)));
        let nowhere = format!("package p\n\nimport _ \"{}/nowhere/x\"\n", self.prefix);
        for name in ["tmpl.go", "deep/gen_test.go", "deep/more.go", "_x/y.go", ".hidden", "_draft.txt", "deep/LICENSE"]
        {
            if self.random.once_in(3) {
                place.insert(&format!("static/{name}"), nowhere.clone());
            }
        }
        self.random.pick(&["static", "all:static", "static/*.html static"]).to_owned()
    }

    /// Licenses and the like, in a directory that may have no package.
    fn metadata(&mut self, dir: &str, files: &mut Files) {
        for name in ["LICENSE", "LICENSE.md", "COPYING", "NOTICE-of-it", "PATENTS", "license.txt", "AUTHORS"] {
            if self.random.once_in(if dir.is_empty() { 4 } else { 9 }) {
                files.insert(joined(dir, name), format!("{name} {}\n", self.random.below(1000)));
            }
        }
        if self.random.once_in(30) {
            files.insert(joined(dir, "LICENSE.go"), "package p\n".to_owned());
        }
        if self.random.once_in(40) {
            files.insert(joined(dir, "NOTICE_test.go"), "package p\n".to_owned());
        }
    }

    /// A main module, and the targets of its `replace` lines.
    fn main(&mut self, main: &Main, is_workspace: bool) {
        let mut files = Files::new();
        for dir in MAIN_DIRS {
            self.package(Place { files: &mut files, dir, from: 0, is_main: true });
        }
        let go = GO_LINES[1 + self.random.below(GO_LINES.len() - 1)];
        let mut go_mod = format!("module {}\n\n{go}{}", main.path, self.requires(&files, 3));
        if let Some(dir) = main.ignored {
            let _ = writeln!(go_mod, "ignore {}{dir}", self.random.pick(&["./", ""]));
        }
        if self.random.once_in(3) {
            let (module, dir) = self.packages[self.random.below(self.packages.len())];
            let tool = if self.random.once_in(3) { self.own_import() } else { joined(&self.path(module), dir) };
            let _ = writeln!(go_mod, "tool {tool}");
        }
        // Members may not contradict each other.
        if !is_workspace || main.path.ends_with("/m") {
            let lines: Vec<String> = (0..self.random.below(4)).map(|_| self.replace_line(&main.dir)).collect();
            go_mod += &without_conflicts(lines);
        }
        files.insert("go.mod".to_owned(), go_mod);
        self.files.extend(files.into_iter().map(|(path, text)| (joined(&main.dir, &path), text)));
    }

    /// A `replace` line of a file in `dir`, and the directory that it leads to.
    fn replace_line(&mut self, dir: &str) -> String {
        let module = self.random.below(MODULES.len());
        let path = self.path(module);
        let old = match self.random.below(4) {
            0 => format!("{path} {}", self.random_version(module)),
            1 if self.random.once_in(4) => format!("{path} v0.9.0"),
            2 if self.random.once_in(4) => format!("{}/nothere", self.prefix),
            _ => path.clone(),
        };
        if self.random.once_in(2) {
            return format!("replace {old} => {} v1.5.0\n", self.fork(module));
        }
        let name = MODULES[module].replace('/', "-");
        let home = if self.random.once_in(3) { format!("../outside/{name}") } else { format!("forks/{name}") };
        if !self.files.contains_key(&format!("{home}/go.mod")) {
            // Files outside of the repository are no evidence.
            self.is_plain = home.starts_with("..");
            let mut files = self.module_files(module, &path);
            self.is_plain = false;
            files.entry("go.mod".to_owned()).or_insert_with(|| format!("module {path}\n"));
            self.files.extend(files.into_iter().map(|(path, text)| (format!("{home}/{path}"), text)));
        }
        let up = "../".repeat(dir.split('/').filter(|part| !part.is_empty()).count());
        let target = format!("{up}{home}");
        let target = if target.starts_with("..") { target } else { format!("./{target}") };
        format!("replace {old} => {target}{}\n", if self.random.once_in(5) { "/" } else { "" })
    }

    fn workspace(&mut self, vendor: &Vendor) {
        let of_member =
            |main: &Main| self.files[&joined(&main.dir, "go.mod")].lines().nth(2).unwrap_or_default().to_owned();
        let least = vendor.mains.iter().map(of_member).max().unwrap_or_default();
        let go: Vec<&str> =
            ["go 1.18", "go 1.21", "go 1.22", "go 1.24"].into_iter().filter(|go| **go >= *least).collect();
        let mut work = format!("{}\n\n", self.random.pick(&go));
        for main in &vendor.mains {
            let dir = main.dir.strip_prefix(vendor.dir.as_str()).unwrap_or(&main.dir).trim_start_matches('/');
            let _ = writeln!(work, "use ./{dir}");
        }
        let lines: Vec<String> = (0..self.random.below(3)).map(|_| self.replace_line(&vendor.dir)).collect();
        work += &without_conflicts(lines);
        self.files.insert(joined(&vendor.dir, "go.work"), work);
    }
}

impl Place<'_> {
    fn insert(&mut self, name: &str, text: String) {
        self.files.insert(joined(self.dir, name), text);
    }
}

/// The first line for each module version.
fn without_conflicts(lines: Vec<String>) -> String {
    let mut known = BTreeSet::new();
    let is_first = |line: &String| known.insert(line.split(" => ").next().unwrap_or_default().to_owned());
    lines.into_iter().filter(is_first).collect()
}

fn version(module: &str, minor: usize) -> String {
    format!("v{}.{minor}.0", if module.ends_with("/v2") { 2 } else { 1 })
}

/// A directory and those above it, the root last.
fn ancestors(dir: &'static str) -> impl Iterator<Item = &'static str> {
    std::iter::successors(Some(dir), |dir| (!dir.is_empty()).then(|| &dir[..dir.rfind('/').unwrap_or(0)]))
}
