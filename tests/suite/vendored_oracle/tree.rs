//! A repository as texts, and the faults of its vendor directories, worked out from these by simple means.

use std::collections::{BTreeMap, BTreeSet};

use super::universe::{Files, Main, Universe, Vendor, counts, imports, joined};

/// A repository with its vendor directories.
#[derive(Clone)]
pub(crate) struct Tree<'u> {
    pub(crate) universe: &'u Universe,
    pub(crate) files: Files,
    /// Whether the module cache may be asked.
    pub(crate) has_cache: bool,
}

/// A module line of a list, and the lines below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) path: String,
    pub(crate) version: Option<String>,
    /// The text after `=>`.
    pub(crate) replacement: Option<String>,
    pub(crate) is_explicit: bool,
    pub(crate) packages: Vec<String>,
}

/// Where the files of a module are from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Module(String, String),
    Directory(String),
}

impl Listed {
    pub(crate) fn name(&self) -> String {
        self.version.as_ref().map_or_else(|| self.path.clone(), |version| format!("{}@{version}", self.path))
    }

    pub(crate) fn source(&self) -> Source {
        match self.replacement.as_deref().map(|it| it.split_once(' ').ok_or(it)) {
            Some(Ok((path, version))) => Source::Module(path.to_owned(), version.to_owned()),
            Some(Err(directory)) => Source::Directory(directory.to_owned()),
            None => Source::Module(self.path.clone(), self.version.clone().unwrap_or_default()),
        }
    }
}

/// A directory and those above it, without the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind('/').map(|cut| &path[..cut])).filter(|path| !path.is_empty())
}

pub(crate) fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// The directory and the name of a file.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether files of this name come along with the packages below.
pub(crate) fn is_metadata(name: &str) -> bool {
    ["AUTHORS", "COPYING", "LICENSE", "NOTICE", "PATENTS"].iter().any(|beginning| name.starts_with(beginning))
}

/// Whether the go command reads a Go file of this name.
fn is_source(name: &str) -> bool {
    name.ends_with(".go") && !name.starts_with(['_', '.'])
}

/// Whether a file takes part in builds of a package that is vendored.
pub(crate) fn is_built(name: &str, text: &str) -> bool {
    let is_go = is_source(name) && !name.ends_with("_test.go") && counts(text);
    is_go || (!name.starts_with(['_', '.']) && [".s", ".h"].iter().any(|end| name.ends_with(end)))
}

/// Whether a pattern of a `//go:embed` line takes a file.
pub(crate) fn embeds(pattern: &str, below: &str) -> bool {
    let (pattern, takes_hidden) = pattern.strip_prefix("all:").map_or((pattern, false), |rest| (rest, true));
    let mut parts = below.split('/');
    pattern.split('/').all(|pattern| parts.next().is_some_and(|part| is_like(pattern, part)))
        && parts.all(|part| takes_hidden || !part.starts_with(['.', '_']))
}

fn is_like(pattern: &str, name: &str) -> bool {
    let Some((start, end)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(start).is_some_and(|rest| (0..=rest.len()).any(|at| is_like(end, &rest[at..])))
}

impl Tree<'_> {
    /// The path of the vendor directory.
    pub(crate) fn dir(vendor: &Vendor) -> String {
        joined(&vendor.dir, "vendor")
    }

    pub(crate) fn has_list(&self, vendor: &Vendor) -> bool {
        self.files.contains_key(&joined(&Self::dir(vendor), "modules.txt"))
    }

    /// Whether the go command builds from it.
    pub(crate) fn is_used(&self, vendor: &Vendor) -> bool {
        self.is_there(vendor) && (self.has_list(vendor) || !vendor.is_workspace)
    }

    pub(crate) fn is_there(&self, vendor: &Vendor) -> bool {
        self.files.keys().any(|path| is_below(path, &Self::dir(vendor)))
    }

    /// The content of `modules.txt`.
    pub(crate) fn list(&self, vendor: &Vendor) -> Vec<Listed> {
        let text = self.files.get(&joined(&Self::dir(vendor), "modules.txt"));
        let mut modules: Vec<Listed> = Vec::new();
        for line in text.map(String::as_str).unwrap_or_default().lines() {
            if let Some(line) = line.strip_prefix("# ") {
                let (left, replacement) =
                    line.split_once(" => ").map_or((line, None), |(left, right)| (left, Some(right)));
                let (path, version) =
                    left.split_once(' ').map_or((left, None), |(path, version)| (path, Some(version)));
                modules.push(Listed {
                    path: path.to_owned(),
                    version: version.map(str::to_owned),
                    replacement: replacement.map(str::to_owned),
                    ..Listed::default()
                });
            } else if let Some(module) = modules.last_mut() {
                match line.strip_prefix("## ") {
                    Some(said) => module.is_explicit |= said.starts_with("explicit"),
                    None => module.packages.push(line.to_owned()),
                }
            }
        }
        modules
    }

    /// The vendored files: the import path of the directory, the name, and the text of each.
    pub(crate) fn vendored(&self, vendor: &Vendor) -> Vec<(&str, &str, &str)> {
        let dir = Self::dir(vendor) + "/";
        let below = self.files.iter().filter_map(|(path, text)| Some((path.strip_prefix(&dir)?, text)));
        below.map(|(path, text)| (split(path).0, split(path).1, text.as_str())).filter(|it| !it.0.is_empty()).collect()
    }

    /// The files of a module by their paths in it, if they are available.
    pub(crate) fn origin(&self, vendor: &Vendor, module: &Listed) -> Option<BTreeMap<String, &str>> {
        match module.source() {
            Source::Module(path, version) => {
                let is_it = |it: &&super::universe::Module| it.path == path && it.version == version;
                let module = self.universe.modules.iter().find(is_it).filter(|_| self.has_cache)?;
                Some(module.files.iter().map(|(path, text)| (path.clone(), text.as_str())).collect())
            }
            Source::Directory(directory) => {
                let root = resolved(&vendor.dir, &directory)? + "/";
                let below = self.files.iter().filter_map(|(path, text)| Some((path.strip_prefix(&root)?, text)));
                Some(below.map(|(path, text)| (path.to_owned(), text.as_str())).collect())
            }
        }
    }

    /// The faults of the vendor directory, as the identities of findings.
    pub(crate) fn incomplete(&self, vendor: &Vendor) -> Vec<String> {
        if !self.is_used(vendor) {
            return Vec::new();
        }
        let list = self.list(vendor);
        let walk = Walk::new(self, vendor, &list);
        let missing = walk.edges.iter().filter(|(_, import)| walk.missing.contains(import));
        let mut subjects: Vec<String> =
            missing.map(|(_, path)| format!("{} [not vendored]", self.named(path))).collect();
        subjects.extend(
            self.unlisted(vendor, &list, &walk).into_iter().map(|path| format!("{} [not listed]", self.named(&path))),
        );
        let packages: BTreeSet<&String> = list.iter().flat_map(|module| &module.packages).collect();
        let is_empty = |path: &&&String| !walk.has_go(path) && !walk.is_of_tests(path);
        subjects.extend(packages.iter().filter(is_empty).map(|path| format!("{} [no files]", self.named(path))));
        let is_idle = |it: &&Listed| it.packages.is_empty() && !it.is_explicit && it.replacement.is_none();
        subjects
            .extend(list.iter().filter(is_idle).map(|module| format!("{} [no packages]", self.named(&module.path))));
        subjects.extend(doubled(list.iter().map(|module| (module.name(), self.named(&module.path)))));
        subjects.extend(doubled(list.iter().flat_map(|it| &it.packages).map(|path| (path.clone(), self.named(path)))));
        numbered(subjects.into_iter().map(|it| format!("vendor-incomplete: {} -> {it}", self.name(vendor))).collect())
    }

    /// The listed packages that no import leads to.
    pub(crate) fn excess(&self, vendor: &Vendor) -> Vec<String> {
        let list = self.list(vendor);
        let walk = Walk::new(self, vendor, &list);
        if !self.is_used(vendor) || walk.is_partial {
            return Vec::new();
        }
        let packages: BTreeSet<&String> = list.iter().flat_map(|module| &module.packages).collect();
        let excess = packages.into_iter().filter(|path| !walk.reached.contains(*path));
        excess.map(|path| format!("vendor-excess: {} -> {}", self.name(vendor), self.named(path))).collect()
    }

    pub(crate) fn name(&self, vendor: &Vendor) -> String {
        match (vendor.is_workspace, vendor.dir.as_str()) {
            (true, dir) => format!("./{}", joined(dir, "go.work")),
            (false, "") => ".".to_owned(),
            (false, dir) => format!("./{dir}"),
        }
    }

    /// A package, module or vendored file in an identity: packages of the repository are named by their directory.
    pub(crate) fn named(&self, path: &str) -> String {
        let module = |text: &str| Some(text.lines().find_map(|line| line.strip_prefix("module "))?.trim().to_owned());
        let files = self.files.iter().filter_map(|(file, text)| match split(file) {
            (dir, "go.mod") if !dir.split('/').any(|part| part == "vendor") => Some((module(text)?, dir)),
            _ => None,
        });
        let own: BTreeMap<String, &str> = files.collect();
        let Some((dir, above)) = ancestors(path).find_map(|above| Some((own.get(above)?, above))) else {
            return path.to_owned();
        };
        match joined(dir, path[above.len()..].trim_start_matches('/')).trim_end_matches('/') {
            "" => ".".to_owned(),
            place => format!("./{place}"),
        }
    }

    fn unlisted(&self, vendor: &Vendor, list: &[Listed], walk: &Walk<'_>) -> BTreeSet<String> {
        let packages: BTreeSet<&str> = list.iter().flat_map(|it| &it.packages).map(String::as_str).collect();
        let is_explained = |dir: &str, name: &str| {
            let embedded = ancestors(dir).skip(1).filter(|above| packages.contains(above)).any(|above| {
                let below = joined(&dir[above.len() + 1..], name);
                self.patterns(vendor, list, above).iter().any(|pattern| embeds(pattern, &below))
            });
            // The files that tests embed are known only where these are.
            let is_open = self.go_version(vendor) < 22
                && !walk.reached.contains(dir)
                && ancestors(dir).skip(1).filter(|above| packages.contains(above)).any(|above| {
                    let lists = |module: &&Listed| module.packages.iter().any(|it| it == above);
                    list.iter().rfind(lists).is_none_or(|module| self.origin(vendor, module).is_none())
                });
            embedded || is_open || (is_metadata(name) && packages.iter().any(|path| is_below(path, dir)))
        };
        let vendored = self.vendored(vendor);
        let go_files = vendored.iter().filter(|(dir, name, _)| name.ends_with(".go") && !packages.contains(dir));
        let strays = go_files.filter(|(dir, name, _)| !is_explained(dir, name));
        strays.map(|(dir, _, _)| (*dir).to_owned()).collect()
    }

    /// The embed patterns of a vendored package, by its vendored files and by those of its module.
    fn patterns(&self, vendor: &Vendor, list: &[Listed], package: &str) -> Vec<String> {
        let with_tests = self.go_version(vendor) < 22;
        let module = list.iter().rfind(|module| module.packages.iter().any(|it| it == package));
        let origin = module.and_then(|module| Some((module, self.origin(vendor, module)?)));
        let of_origin = origin.iter().flat_map(|(module, files)| {
            let below = package[module.path.len()..].trim_start_matches('/');
            files.iter().map(|(path, text)| (split(path), *text)).filter(move |((dir, _), _)| *dir == below)
        });
        let of_origin = of_origin.filter(|((_, name), _)| with_tests || !name.ends_with("_test.go"));
        let of_origin: Vec<(&str, &str)> = of_origin.map(|((_, name), text)| (name, text)).collect();
        let vendored =
            self.vendored(vendor).into_iter().filter(|(dir, name, _)| *dir == package && !name.ends_with("_test.go"));
        let texts = vendored.map(|(_, name, text)| (name, text)).chain(of_origin).filter(|(name, _)| is_source(name));
        let lines = texts.flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("//go:embed "));
        lines.flat_map(str::split_whitespace).map(|pattern| pattern.trim_matches('"').to_owned()).collect()
    }

    /// The embed patterns of a vendored package, by its vendored files alone.
    pub(crate) fn vendored_patterns(&self, vendor: &Vendor, package: &str) -> Vec<String> {
        self.patterns(vendor, &[], package)
    }

    /// The minor version in the `go` line that counts.
    fn go_version(&self, vendor: &Vendor) -> u32 {
        let file = if vendor.is_workspace { "go.work" } else { "go.mod" };
        let line = self.files[&joined(&vendor.dir, file)].lines().find_map(|line| line.strip_prefix("go 1."));
        line.and_then(|minor| minor.split('.').next()?.parse().ok()).unwrap_or_default()
    }

    /// The directories of the packages of a main module that patterns reach.
    fn is_matched(&self, main: &Main, dir: &str) -> bool {
        let below = if main.dir.is_empty() { Some(dir) } else { dir.strip_prefix(main.dir.as_str()) };
        let Some(below) = below.filter(|it| main.dir.is_empty() || it.is_empty() || it.starts_with('/')) else {
            return false;
        };
        let below = below.trim_start_matches('/');
        let is_hidden = |part: &str| part.starts_with(['.', '_']) || matches!(part, "testdata" | "vendor");
        let is_ignored = main.ignored.is_some_and(|ignored| below == ignored || is_below(below, ignored));
        !(below.split('/').any(is_hidden) || is_ignored || self.is_of_other(&main.dir, dir))
    }

    /// Whether another module begins below a directory and above or in another.
    fn is_of_other(&self, root: &str, dir: &str) -> bool {
        ancestors(dir).take_while(|it| *it != root).any(|it| self.files.contains_key(&joined(it, "go.mod")))
    }

    /// The files directly in a directory.
    fn files_of(&self, dir: &str) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().map(|(path, text)| (split(path), text.as_str()));
        files.filter(move |((of, _), _)| *of == dir).map(|((_, name), text)| (name, text))
    }
}

/// A path from a directory, unless it leads out of the repository.
pub(crate) fn resolved(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The paths of those that came before.
fn doubled(all: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut known = BTreeSet::new();
    all.filter(|(name, _)| !known.insert(name.clone())).map(|(_, path)| format!("{path} [duplicate]")).collect()
}

/// Equal ones get numbers.
fn numbered(all: Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = |it: String| {
        let count = counts.entry(it.clone()).or_default();
        *count += 1;
        if *count > 1 { format!("{it} #{count}") } else { it }
    };
    all.into_iter().map(&mut number).collect()
}

/// Where the imports of the main modules lead.
struct Walk<'t> {
    tree: &'t Tree<'t>,
    vendor: &'t Vendor,
    list: &'t [Listed],
    reached: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// All imports, each with the directory of a file that has it.
    edges: BTreeSet<(String, String)>,
    /// Whether something is reached that is not there.
    is_partial: bool,
}

impl<'t> Walk<'t> {
    fn new(tree: &'t Tree<'t>, vendor: &'t Vendor, list: &'t [Listed]) -> Self {
        let (reached, missing, edges) = Default::default();
        let mut walk = Self { tree, vendor, list, reached, missing, edges, is_partial: false };
        let mut pending: Vec<(String, String)> = Vec::new();
        for main in &vendor.mains {
            for (path, text) in &tree.files {
                let (dir, name) = split(path);
                if is_source(name) && counts(text) && tree.is_matched(main, dir) {
                    pending.extend(imports(text).map(|import| (dir.to_owned(), import.to_owned())));
                }
            }
            let tools = tree.files[&joined(&main.dir, "go.mod")].lines().filter_map(|line| line.strip_prefix("tool "));
            pending.extend(tools.map(|tool| (main.dir.clone(), tool.to_owned())));
        }
        let mut seen = BTreeSet::new();
        while let Some((dir, import)) = pending.pop() {
            walk.edges.insert((dir, import.clone()));
            if seen.insert(import.clone()) {
                pending.extend(walk.follow(&import));
            }
        }
        walk
    }

    /// The imports of the imported package.
    fn follow(&mut self, import: &str) -> Vec<(String, String)> {
        if !import.split('/').next().is_some_and(|first| first.contains('.')) {
            return Vec::new();
        }
        if let Some(dir) = self.own_dir(import) {
            return self.imports_of(&dir, true);
        }
        let is_listed = self.list.iter().any(|module| module.packages.iter().any(|it| it == import));
        if is_listed || self.has_go(import) {
            self.reached.insert(import.to_owned());
            self.is_partial |= !self.has_go(import) && !self.is_of_tests(import);
            return self.imports_of(&format!("{}/{import}", Tree::dir(self.vendor)), false);
        }
        self.is_partial = true;
        let is_own = self.vendor.mains.iter().any(|main| import == main.path || is_below(import, &main.path));
        if !is_own || self.is_required(import) {
            self.missing.insert(import.to_owned());
        }
        Vec::new()
    }

    /// The directory of a package of a main module.
    fn own_dir(&self, import: &str) -> Option<String> {
        let mut mains: Vec<&Main> = self.vendor.mains.iter().collect();
        mains.sort_by_key(|main| std::cmp::Reverse(main.path.len()));
        let dir = |main: &Main| {
            let below = if import == main.path { "" } else { import.strip_prefix(&format!("{}/", main.path))? };
            let dir = joined(&main.dir, below);
            let has_go = self.tree.files_of(&dir).any(|(name, _)| name.ends_with(".go"));
            (has_go && !self.tree.is_of_other(&main.dir, &dir)).then_some(dir)
        };
        mains.into_iter().find_map(dir)
    }

    fn imports_of(&self, dir: &str, with_tests: bool) -> Vec<(String, String)> {
        let files = self.tree.files_of(dir).filter(|(name, _)| is_source(name));
        let files = files.filter(|(name, text)| counts(text) && (with_tests || !name.ends_with("_test.go")));
        files.flat_map(|(_, text)| imports(text)).map(|import| (dir.to_owned(), import.to_owned())).collect()
    }

    /// Whether a required module could have the package.
    fn is_required(&self, import: &str) -> bool {
        let files = self.vendor.mains.iter().map(|main| &self.tree.files[&joined(&main.dir, "go.mod")]);
        let lines = files.flat_map(|text| text.lines()).filter(|line| !line.contains("=>"));
        lines.map(|line| line.trim().trim_start_matches("require ")).any(|line| {
            let Some((path, version)) = line.split_once(' ') else { return false };
            version.starts_with('v') && (import == path || is_below(import, path))
        })
    }

    fn has_go(&self, package: &str) -> bool {
        self.tree.files_of(&format!("{}/{package}", Tree::dir(self.vendor))).any(|(name, _)| name.ends_with(".go"))
    }

    /// Whether a listed package is known to have nothing but tests.
    fn is_of_tests(&self, package: &str) -> bool {
        let Some(module) = self.list.iter().rfind(|it| it.packages.iter().any(|path| path == package)) else {
            return false;
        };
        let below = package[module.path.len()..].trim_start_matches('/');
        let Some(files) = self.tree.origin(self.vendor, module) else { return false };
        let files = files.iter().map(|(path, text)| (split(path), *text)).filter(|((dir, _), _)| *dir == below);
        let mut files = files.map(|((_, name), text)| (name, text)).filter(|(name, _)| is_source(name)).peekable();
        files.peek().is_some() && !files.any(|(name, text)| is_built(name, text))
    }
}
