//! Modules and workspaces with the list of a vendor directory that fits them: written here as the go command would
//! write it, or by the go command itself.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::go::Go;
use crate::support::random::Random;

/// The content of each file of a tree.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// The modules that can be required or replaced, the last two of them modules of the repository.
pub(super) const PATHS: [&str; 8] = [
    "example.com/a",
    "example.com/a/sub",
    "example.com/b/v2",
    "example.com/c",
    "example.com/d",
    "gopkg.in/e.v1",
    "example.com/n",
    "example.com/o",
];

/// The modules that the go command vendors, each with a directory that takes its place.
const FORKS: [(&str, &str); 4] = [
    ("example.com/a", "forks/a"),
    ("example.com/b/v2", "forks/b"),
    ("example.com/c", "forks/c"),
    ("example.com/d", "forks/d"),
];

/// The Go versions that matter, and none: annotations since 1.14, pruning since 1.17.
pub(super) const GO: [&str; 8] = ["", "1.13", "1.14", "1.16", "1.17", "1.21", "1.24", "1.24"];

/// A version that a module can have by its path.
pub(super) fn version(path: &str, random: &mut Random) -> &'static str {
    let v1 = ["v1.0.0", "v1.1.0", "v1.2.0-rc.1", "v1.10.0"];
    let any = ["v1.0.0", "v1.1.0", "v1.10.0", "v0.1.0", "v0.0.0-20240102030405-abcdef123456", "v2.0.0+incompatible"];
    match path {
        "example.com/b/v2" => random.pick(&["v2.0.0", "v2.1.0", "v2.0.1-0.20240102030405-abcdef123456"]),
        "gopkg.in/e.v1" => random.pick(&v1),
        _ => random.pick(&any),
    }
}

/// The replacement of a module.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// A directory of the repository.
    Fork(&'static str),
    /// A directory of the machine.
    Machine,
    /// A module.
    Module(&'static str, &'static str),
}

impl Target {
    /// Any of them.
    pub(super) fn any(random: &mut Random) -> Self {
        match random.below(8) {
            0 => Self::Machine,
            1 | 2 => {
                let path = random.pick(&PATHS);
                Self::Module(path, version(path, random))
            }
            _ => Self::Fork(FORKS[random.below(FORKS.len())].1),
        }
    }

    /// As a file in this directory says it.
    pub(super) fn text(self, dir: &str) -> String {
        match self {
            Self::Fork(fork) => format!("{}{fork}", to_root(dir)),
            Self::Machine => "/srv/fork".to_owned(),
            Self::Module(path, version) => format!("{path} {version}"),
        }
    }
}

/// A path in a directory of the repository.
pub(super) fn within(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The path from a directory to the top of the repository.
fn to_root(dir: &str) -> String {
    if dir.is_empty() { "./".to_owned() } else { "../".repeat(1 + dir.matches('/').count()) }
}

/// `path` or `path version`.
fn name((path, version): (&str, Option<&str>)) -> String {
    version.map_or_else(|| path.to_owned(), |version| format!("{path} {version}"))
}

/// A `replace` line: path, version or all, and the replacement.
#[derive(Clone, Copy)]
struct Replace {
    old: (&'static str, Option<&'static str>),
    new: Target,
}

impl Replace {
    fn text(self, dir: &str) -> String {
        format!("{} => {}", name(self.old), self.new.text(dir))
    }

    /// The line that counts for a module: that for its version before that for all.
    fn of(lines: &[Self], old: (&str, Option<&str>)) -> Option<Self> {
        let named = |wanted: (&str, Option<&str>)| lines.iter().find(|line| line.old == wanted);
        named(old).or_else(|| named((old.0, None))).copied()
    }
}

/// A module of the repository, or the `go.work`, which has no path and requires nothing.
struct File {
    dir: &'static str,
    path: &'static str,
    go: &'static str,
    requires: Vec<(&'static str, &'static str)>,
    replaces: Vec<Replace>,
}

/// A module alone or a workspace with one vendor directory.
pub(super) struct Unit {
    work: Option<File>,
    modules: Vec<File>,
}

impl Unit {
    /// A module alone.
    pub(super) fn alone(dir: &'static str, random: &mut Random) -> Self {
        Self { work: None, modules: vec![File::new(dir, "example.com/m", random.pick(&GO))] }
    }

    /// Several modules, and a `go.work` in this directory.
    pub(super) fn workspace(dir: &'static str, random: &mut Random) -> Self {
        let go = random.pick(&["1.14", "1.18", "1.21", "1.24", "1.24", "1.24", "1.24"]);
        let all = [("m", "example.com/m"), ("n", "example.com/n"), ("deep/o", "example.com/o"), (dir, "example.com/r")];
        let first = random.below(all.len());
        let members = all.iter().enumerate().filter(|(at, _)| *at == first || !random.once_in(3));
        let modules: Vec<File> = members.map(|(_, (dir, path))| File::new(dir, path, "")).collect();
        let mut unit = Self { work: Some(File::new(dir, "", go)), modules };
        for module in &mut unit.modules {
            module.go = random.pick(&GO);
            if minor(module.go) > minor(go) {
                module.go = go;
            }
        }
        unit
    }

    /// Requires and replaces modules that are nowhere to be found.
    pub(super) fn filled(mut self, random: &mut Random) -> Self {
        for module in &mut self.modules {
            for path in PATHS {
                if random.below(5) < 2 {
                    module.requires.push((path, version(path, random)));
                }
            }
        }
        for path in PATHS {
            if !random.once_in(3) {
                continue;
            }
            let lines = self.replacements(path, random);
            let is_twice = random.once_in(4);
            self.owner(path, random).replaces.extend(&lines);
            if is_twice && self.work.is_some() {
                let last = self.modules.len() - 1;
                let other = &mut self.modules[last].replaces;
                if other.iter().all(|line| line.old.0 != path) {
                    other.extend(lines);
                }
            }
        }
        self
    }

    fn replacements(&self, path: &'static str, random: &mut Random) -> Vec<Replace> {
        let required: Vec<&'static str> = self.modules.iter().flat_map(|module| module.version_of(path)).collect();
        let version = if required.is_empty() || random.once_in(4) {
            version(path, random)
        } else {
            required[random.below(required.len())]
        };
        let of_all = Replace { old: (path, None), new: Target::any(random) };
        let of_one = Replace { old: (path, Some(version)), new: Target::any(random) };
        match random.below(5) {
            0 | 1 => vec![of_all],
            2 | 3 => vec![of_one],
            _ => vec![of_all, of_one],
        }
    }

    /// A file that may replace this module: not the `go.work` where it is one of the workspace.
    fn owner(&mut self, path: &str, random: &mut Random) -> &mut File {
        let at = random.below(self.modules.len());
        let is_member = self.modules.iter().any(|module| module.path == path);
        match &mut self.work {
            Some(work) if !is_member && random.once_in(3) => work,
            _ => &mut self.modules[at],
        }
    }

    /// The directory in which the go command is asked.
    pub(super) fn dir(&self) -> &'static str {
        self.work.as_ref().unwrap_or(&self.modules[0]).dir
    }

    /// Where the list is.
    fn list_path(&self) -> String {
        within(self.dir(), "vendor/modules.txt")
    }

    /// The module files, and the list that fits them.
    pub(super) fn files(&self, random: &mut Random) -> Files {
        let mut files = self.module_files(random);
        files.insert(self.list_path(), self.list(random).into_bytes());
        files.insert(within(self.dir(), "vendor/LICENSE"), b"as is\n".to_vec());
        files
    }

    fn module_files(&self, random: &mut Random) -> Files {
        let mut files = Files::new();
        for module in &self.modules {
            files.insert(within(module.dir, "go.mod"), module.go_mod(random).into_bytes());
        }
        if let Some(work) = &self.work {
            let uses: Vec<String> = self
                .modules
                .iter()
                .map(|module| if module.dir == work.dir { ".".to_owned() } else { to_root(work.dir) + module.dir })
                .collect();
            files.insert(within(work.dir, "go.work"), work.go_work(&uses, random).into_bytes());
        }
        files
    }

    /// The replacement of a module, as the list names it.
    fn resolved(&self, old: (&str, Option<&str>)) -> Option<String> {
        if old.1.is_none() && self.modules.iter().any(|module| module.path == old.0) {
            return None;
        }
        let files = self.work.iter().chain(self.modules.iter().rev());
        files.filter_map(|file| Replace::of(&file.replaces, old)).map(|line| line.new.text(self.dir())).next()
    }

    /// The list (`modcmd/vendor.go: RunVendor`).
    fn list(&self, random: &mut Random) -> String {
        let go = minor(self.work.as_ref().unwrap_or(&self.modules[0]).go);
        let required: BTreeSet<(&str, &str)> = self.modules.iter().flat_map(|it| it.requires.iter().copied()).collect();
        let mut listed = required.clone();
        if go < 17 || self.work.is_some() {
            // The list may have more where the module graph is not pruned.
            let path = random.pick(&PATHS[..6]);
            listed.insert((path, version(path, random)));
        }
        let mut text = if self.work.is_some() { "## workspace\n".to_owned() } else { String::new() };
        for module in &listed {
            let packages: Vec<String> = ["", "/pkg", "/internal/x"]
                .iter()
                .filter(|_| random.once_in(2))
                .map(|below| format!("{}{below}\n", module.0))
                .collect();
            if go < 14 && packages.is_empty() {
                continue;
            }
            text += &self.module_line((module.0, Some(module.1)));
            let dependency_go = if go < 17 { "" } else { random.pick(&["", "go 1.13", "go 1.20"]) };
            match (go >= 14 && required.contains(module), dependency_go) {
                (true, "") => text += "## explicit\n",
                (true, go) => _ = writeln!(text, "## explicit; {go}"),
                (false, "") => {}
                (false, go) => _ = writeln!(text, "## {go}"),
            }
            text.extend(packages);
        }
        if go >= 14 {
            let lines = self.work.iter().chain(&self.modules).flat_map(|file| &file.replaces);
            let mut seen: BTreeSet<_> = listed.iter().map(|(path, version)| (*path, Some(*version))).collect();
            let rest: Vec<_> =
                lines.filter(|line| seen.insert(line.old) && self.resolved(line.old).is_some()).collect();
            text.extend(rest.iter().map(|line| self.module_line(line.old)));
        }
        text
    }

    fn module_line(&self, module: (&str, Option<&str>)) -> String {
        let arrow = self.resolved(module).map(|new| format!(" => {new}")).unwrap_or_default();
        format!("# {}{arrow}\n", name(module))
    }

    /// Requires modules that directories take the place of, and has the go command vendor them.
    pub(super) fn vendored_by(mut self, go: &Go, random: &mut Random) -> Files {
        let root = tempfile::tempdir().expect("a temporary directory");
        let mut sources = Files::new();
        for (path, fork) in FORKS {
            let (requires, imports) = match path {
                "example.com/a" => {
                    ("\nrequire example.com/c v0.0.0-20200101000000-abcdef123456\n", "import _ \"example.com/c\"\n")
                }
                _ => ("", ""),
            };
            let go_line = random.pick(&["", "\ngo 1.13\n", "\ngo 1.17\n"]);
            sources.insert(within(fork, "go.mod"), format!("module {path}\n{go_line}{requires}").into_bytes());
            sources.insert(within(fork, "x.go"), format!("package x\n\n{imports}").into_bytes());
            sources.insert(within(fork, "pkg/y.go"), b"package y\n".to_vec());
            let of_all = Replace { old: (path, None), new: Target::Fork(fork) };
            self.owner(path, random).replaces.push(of_all);
        }
        for module in &mut self.modules {
            let mut text = "package main\n\n".to_owned();
            for path in ["example.com/c", "example.com/a", "example.com/b/v2", "example.com/d"] {
                let is_needed = path == "example.com/c" || random.once_in(2);
                let version = version(path, random);
                module.requires.extend(is_needed.then_some((path, version)));
                if is_needed && (path == "example.com/c" || !random.once_in(3)) {
                    _ = writeln!(text, "import _ \"{path}{}\"", random.pick(&["", "/pkg"]));
                }
            }
            sources.insert(within(module.dir, "main.go"), (text + "\nfunc main() {}\n").into_bytes());
        }
        self.replace_versions_too(random);
        let mut files = self.module_files(random);
        write(root.path(), sources.iter().chain(&files));
        let what = if self.work.is_some() { "work" } else { "mod" };
        go.text(&root.path().join(self.dir()), &[what, "vendor"]);
        let list = fs::read(root.path().join(self.list_path())).expect("the list was written");
        files.insert(self.list_path(), list);
        files.insert(within(self.dir(), "vendor/LICENSE"), b"as is\n".to_vec());
        files
    }

    /// Adds lines for single versions beside those for all.
    fn replace_versions_too(&mut self, random: &mut Random) {
        let required: Vec<_> = self.modules.iter().flat_map(|module| module.requires.clone()).collect();
        for file in self.work.iter_mut().chain(&mut self.modules) {
            for line in file.replaces.clone() {
                let mut versions = required.iter().filter(|(path, _)| *path == line.old.0);
                if let Some((path, version)) = versions.next_back().filter(|_| random.once_in(3)) {
                    file.replaces.push(Replace { old: (path, Some(version)), new: line.new });
                }
            }
        }
    }
}

/// Writes files below a directory.
pub(super) fn write<'f>(root: &Path, files: impl IntoIterator<Item = (&'f String, &'f Vec<u8>)>) {
    for (name, content) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, content).expect("the file is written");
    }
}

impl File {
    fn new(dir: &'static str, path: &'static str, go: &'static str) -> Self {
        Self { dir, path, go, requires: Vec::new(), replaces: Vec::new() }
    }

    fn version_of(&self, path: &str) -> Option<&'static str> {
        self.requires.iter().find(|required| required.0 == path).map(|required| required.1)
    }

    fn go_mod(&self, random: &mut Random) -> String {
        let mut text = format!("module {}\n\n", self.path) + &self.go_line();
        let comment = |random: &mut Random| random.pick(&["", "", " // indirect"]);
        let requires =
            self.requires.iter().map(|(path, version)| format!("{path} {version}{}", comment(random))).collect();
        text += &directives("require", requires, random);
        text += &directives("replace", self.replaces.iter().map(|line| line.text(self.dir)).collect(), random);
        text
    }

    fn go_work(&self, uses: &[String], random: &mut Random) -> String {
        let uses = directives("use", uses.to_vec(), random);
        let replaces = directives("replace", self.replaces.iter().map(|line| line.text(self.dir)).collect(), random);
        self.go_line() + &uses + &replaces
    }

    fn go_line(&self) -> String {
        if self.go.is_empty() { String::new() } else { format!("go {}\n\n", self.go) }
    }
}

/// Lines of one kind, in a block or not.
fn directives(verb: &str, lines: Vec<String>, random: &mut Random) -> String {
    if lines.is_empty() {
        return String::new();
    }
    if random.once_in(2) {
        let lines: String = lines.iter().map(|line| format!("\t{line}\n")).collect();
        return format!("{verb} (\n{lines})\n\n");
    }
    lines.iter().map(|line| format!("{verb} {line}\n")).collect()
}

/// The second number of a Go version, and 0 where there is none.
fn minor(go: &str) -> u32 {
    go.strip_prefix("1.").map_or(0, |minor| minor.parse().expect("a number"))
}
