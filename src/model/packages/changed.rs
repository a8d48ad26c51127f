//! From the paths that differ between two states to the packages whose code or tests are not as they were.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::affected::{ChangedDependencies, ChangedParts, EarlierFile};
use crate::go::{GO_MOD, GO_WORK, is_go_file};
use crate::model::checksums::SumLines;
use crate::model::graph::Pruning;
use crate::model::{File, Import, Model, Module, Package, Vendor, Workspace};
use crate::syntax::{EmbedPattern, GoMod, GoWork, Godebug, Replace, ReplaceTarget, VendorModules};
use crate::text::{FileId, Files, RepoPath};

/// A state, and the table of its files.
#[derive(Clone, Copy)]
pub(crate) struct ComparedState<'m> {
    /// The facts.
    pub(crate) model: &'m Model,
    /// The files.
    pub(crate) files: &'m Files,
}

/// The patterns of the `//go:embed` lines of some Go files.
pub(crate) type EmbedsByFile = HashMap<FileId, Vec<EmbedPattern>>;

/// The file names, by their ends, that the go command compiles besides Go files.
///
/// Source: `go/build: matchFile`, `(*Context).Import`.
const COMPILED: [&[u8]; 19] = [
    b".c",
    b".cc",
    b".cpp",
    b".cxx",
    b".m",
    b".h",
    b".hh",
    b".hpp",
    b".hxx",
    b".f",
    b".F",
    b".for",
    b".f90",
    b".s",
    b".S",
    b".sx",
    b".swig",
    b".swigcxx",
    b".syso",
];

/// The profile with which the go command optimises the program beside it (`go help build`, `-pgo=auto`).
const PROFILE: &[u8] = b"default.pgo";

impl ChangedParts {
    /// The packages that the differing paths change.
    pub(crate) fn between(
        before: ComparedState<'_>,
        after: ComparedState<'_>,
        paths: &[RepoPath],
        embeds: &EmbedsByFile,
    ) -> Self {
        let mut changes = Changes::new(before, after);
        for module in after.model.modules() {
            changes.module(module);
        }
        for workspace in after.model.workspaces() {
            changes.workspace(workspace);
        }
        for vendor in after.model.vendors() {
            changes.vendor(vendor);
        }
        changes.checksums();
        changes.moved_packages();
        changes.exchanged_directories(paths);
        for path in paths {
            changes.path(path, embeds);
        }
        changes.parts
    }
}

/// The changes that were found so far.
struct Changes<'m> {
    before: ComparedState<'m>,
    after: ComparedState<'m>,
    packages: HashSet<&'m RepoPath>,
    packages_before: HashSet<&'m RepoPath>,
    /// The Go files of the later state by their paths.
    files: HashMap<&'m RepoPath, File<'m>>,
    files_before: HashMap<&'m RepoPath, File<'m>>,
    parts: ChangedParts,
}

impl<'m> Changes<'m> {
    fn new(before: ComparedState<'m>, after: ComparedState<'m>) -> Self {
        Self {
            before,
            after,
            packages: after.model.packages().map(Package::dir).collect(),
            packages_before: before.model.packages().map(Package::dir).collect(),
            files: after.model.files().map(|file| (after.files.get(file.id()).path(), file)).collect(),
            files_before: before.model.files().map(|file| (before.files.get(file.id()).path(), file)).collect(),
            parts: ChangedParts::default(),
        }
    }

    fn dependencies(&mut self, module: Module<'m>) -> &mut ChangedDependencies {
        self.parts.dependencies.entry(module.dir().clone()).or_default()
    }

    /// All packages of a module.
    fn whole(&mut self, module: Module<'m>) {
        self.parts.packages.extend(module.packages().map(Package::dir).cloned());
    }

    fn module(&mut self, module: Module<'m>) {
        let before = self.before.model.modules().find(|before| before.dir() == module.dir());
        let Some(before) = before.filter(|before| before.path() == module.path()) else {
            return self.whole(module);
        };
        let (old, new) = (before.go_mod(), module.go_mod());
        if settings(old) != settings(new) || before.workspace().is_some() != module.workspace().is_some() {
            return self.whole(module);
        }
        let mut changed = HashSet::new();
        let (lines_before, lines) = (dependency_lines(old), dependency_lines(new));
        for (path, _) in lines_before.symmetric_difference(&lines) {
            changed.insert(path.clone());
        }
        let is_pruned = Pruning::of(old) == Pruning::Pruned && Pruning::of(new) == Pruning::Pruned;
        let dependencies = self.dependencies(module);
        dependencies.is_open |= !changed.is_empty() && !is_pruned;
        dependencies.modules.extend(changed);
    }

    fn workspace(&mut self, workspace: Workspace<'m>) {
        let before = self.before.model.workspaces().find(|before| before.dir() == workspace.dir());
        let members = |of: Workspace<'_>| -> BTreeSet<RepoPath> { of.modules().map(|it| it.dir().clone()).collect() };
        let is_same = before.is_some_and(|before| {
            let (old, new) = (before.go_work(), workspace.go_work());
            build_lines(old) == build_lines(new) && members(before) == members(workspace)
        });
        if !is_same {
            workspace.modules().for_each(|module| self.whole(module));
        }
    }

    /// The packages that are there with the same files, and belong to another module than before, or to one at all.
    fn moved_packages(&mut self) {
        let before: HashMap<&RepoPath, Module<'_>> =
            self.before.model.packages().map(|package| (package.dir(), package.module())).collect();
        for package in self.after.model.packages() {
            let module = package.module();
            let is_same =
                before.get(package.dir()).is_some_and(|it| it.dir() == module.dir() && it.path() == module.path());
            if !is_same {
                self.parts.packages.insert(package.dir().clone());
            }
        }
    }

    /// The modules in whose place a `replace` line puts a directory that is another one as a whole, such as a submodule.
    fn exchanged_directories(&mut self, paths: &[RepoPath]) {
        let is_exchanged = |dir: &RepoPath| paths.iter().any(|path| dir.is_within(path));
        for module in self.after.model.modules() {
            let of_workspace = module.workspace().map(|workspace| (workspace.dir(), &workspace.go_work().replace));
            let holders = [(module.dir(), &module.go_mod().replace)].into_iter().chain(of_workspace);
            let mut exchanged = Vec::new();
            for (holder, lines) in holders {
                for line in lines {
                    let ReplaceTarget::Directory(target) = &line.new else { continue };
                    if holder.resolve(&*target.value).is_some_and(|dir| is_exchanged(&dir)) {
                        exchanged.push(line.old.value.to_string());
                    }
                }
            }
            self.dependencies(module).modules.extend(exchanged);
        }
    }

    /// The modules that have another checksum than before at the same version.
    fn checksums(&mut self) {
        let (before, after) = (self.before.model.sum_lists(), self.after.model.sum_lists());
        let (before, after) = (SumLines::new(before), SumLines::new(after));
        let mut changed: HashSet<String> = HashSet::new();
        for key in after.keys() {
            let known: Vec<&str> = before.of(key).map(|line| line.hash).collect();
            if !known.is_empty() && after.of(key).any(|line| !known.contains(&line.hash)) {
                changed.insert(key.module.to_owned());
            }
        }
        for module in self.after.model.modules().filter(|_| !changed.is_empty()) {
            self.dependencies(module).modules.extend(changed.clone());
        }
    }

    fn vendor(&mut self, vendor: Vendor<'m>) {
        let before = self.before.model.vendors().find(|before| before.dir() == vendor.dir());
        let list = |of: Vendor<'_>| of.manifest().map(|list| vendored_lines(&list.parsed.tree)).unwrap_or_default();
        let (old, new) = (before.map(list), list(vendor));
        for main in vendor.mains() {
            let dependencies = self.dependencies(main);
            match &old {
                None => dependencies.is_open = true,
                Some(old) => dependencies.modules.extend(old.symmetric_difference(&new).map(|(path, _)| path.clone())),
            }
        }
    }

    fn path(&mut self, path: &RepoPath, embeds: &EmbedsByFile) {
        self.embedding(path, embeds);
        let name = path.file_name();
        if name == GO_MOD.as_bytes() || name == GO_WORK.as_bytes() || self.vendored(path) {
            return;
        }
        let dir = path.parent().unwrap_or_else(RepoPath::root);
        let is_package = self.packages.contains(&dir) || self.packages_before.contains(&dir);
        if is_go_file(name) && is_package {
            return self.go_file(path, dir);
        }
        if name == PROFILE && is_package {
            self.parts.packages.insert(dir.clone());
        }
        if COMPILED.iter().any(|end| name.ends_with(end)) {
            if is_package {
                self.parts.packages.insert(dir.clone());
            } else {
                self.included(&dir);
            }
        }
        if let Some(package) = tested_with(path).filter(|package| self.packages.contains(package)) {
            self.parts.tests.insert(package);
        }
    }

    fn go_file(&mut self, path: &RepoPath, dir: RepoPath) {
        if !self.packages.contains(&dir) {
            // Those that still import the package find another one, or none.
            self.parts.packages.insert(dir);
            return;
        }
        let (before, after) = (self.files_before.get(path), self.files.get(path));
        self.parts.files.extend(after.map(|after| after.id()));
        let Some(before) = before.filter(|before| !before.is_never_built()) else { return };
        let is_same = after.is_some_and(|after| after.constraint() == before.constraint());
        if !is_same {
            let (is_test, constraint) = (before.is_test(), before.constraint().cloned());
            self.parts.earlier.push(EarlierFile { dir, is_test, constraint });
        }
    }

    /// A header or another file that C code of any package around may include.
    fn included(&mut self, dir: &RepoPath) {
        let module = dir.ancestors().find_map(|dir| self.after.model.module_in(&dir));
        let uses_c =
            |package: &Package<'_>| package.files().flat_map(File::imports).any(|it: Import<'_>| it.path() == "C");
        let packages = module.into_iter().flat_map(Module::packages).filter(uses_c);
        self.parts.packages.extend(packages.map(Package::dir).cloned());
    }

    /// The files that embed this one.
    fn embedding(&mut self, path: &RepoPath, embeds: &EmbedsByFile) {
        for (file, patterns) in embeds {
            let Some(dir) = self.after.files.get(*file).path().parent() else { continue };
            let Some(Ok(below)) = path.strip_dir(&dir).map(std::str::from_utf8) else { continue };
            if patterns.iter().any(|pattern| pattern.matches(below)) {
                self.parts.files.insert(*file);
            }
        }
    }

    /// Whether a path is in a vendor directory, whose package is then another one.
    fn vendored(&mut self, path: &RepoPath) -> bool {
        let vendors = self.after.model.vendors().chain(self.before.model.vendors());
        let Some(dir) = vendors.map(Vendor::dir).find(|dir| path.is_within(dir)).cloned() else { return false };
        let package = path.strip_dir(&dir).and_then(|below| RepoPath::new(below).parent());
        let package = package.filter(|package| !package.is_root()).map(|package| package.to_string());
        for vendor in self.after.model.vendors().filter(|vendor| *vendor.dir() == dir) {
            for main in vendor.mains() {
                self.dependencies(main).packages.extend(package.clone());
            }
        }
        true
    }
}

/// The package whose tests read a path, by the go command's convention: the one around the outermost directory `testdata`.
fn tested_with(path: &RepoPath) -> Option<RepoPath> {
    let testdata = path.ancestors().filter(|dir| dir.file_name() == b"testdata").last()?;
    testdata.parent()
}

/// The lines of a go.mod that decide how every package of its module is compiled or run.
fn settings(go_mod: &GoMod) -> BTreeSet<String> {
    let mut lines = debug_lines(&go_mod.godebug);
    lines.extend(go_mod.go.as_ref().map(|go| format!("go {}", go.value)));
    lines.extend(go_mod.toolchain.as_ref().map(|toolchain| format!("toolchain {}", toolchain.value)));
    lines
}

/// The lines of a go.work that decide how the modules of the workspace are built.
fn build_lines(go_work: &GoWork) -> BTreeSet<String> {
    let mut lines = debug_lines(&go_work.godebug);
    lines.extend(go_work.go.as_ref().map(|go| format!("go {}", go.value)));
    lines.extend(go_work.toolchain.as_ref().map(|toolchain| format!("toolchain {}", toolchain.value)));
    lines.extend(go_work.replace.iter().map(Replace::to_string));
    lines
}

fn debug_lines(lines: &[Godebug]) -> BTreeSet<String> {
    lines.iter().map(|line| format!("godebug {}={}", line.key.value, line.value)).collect()
}

/// The lines about other modules, each with the path of that module.
fn dependency_lines(go_mod: &GoMod) -> BTreeSet<(String, String)> {
    let mut lines = BTreeSet::new();
    for line in &go_mod.require {
        lines.insert((line.path.value.to_string(), format!("require {}", line.version.value)));
    }
    for line in &go_mod.exclude {
        lines.insert((line.path.value.to_string(), format!("exclude {}", line.version.value)));
    }
    for line in &go_mod.replace {
        lines.insert((line.old.value.to_string(), line.to_string()));
    }
    lines
}

/// The vendored modules, each with its version and the release of Go that it is compiled for.
fn vendored_lines(list: &VendorModules) -> BTreeSet<(String, String)> {
    let mut lines = BTreeSet::new();
    for module in &list.modules {
        let version = module.version.as_ref().map(|version| &version.value);
        let go = module.go.as_ref().map(|go| &go.value);
        let replacement =
            module.replacement.as_ref().map(|it| (&it.path.value, it.version.as_ref().map(|it| &it.value)));
        lines.insert((module.path.value.to_string(), format!("{version:?} {go:?} {replacement:?}")));
    }
    lines
}
