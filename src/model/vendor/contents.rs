//! Compares the content of a vendor directory with its list and with the imports, as `go mod vendor` counts it: every
//! build at once, with the tests of the main modules and of no other (`modcmd.RunVendor`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::super::resolve::{Resolver, Universe};
use super::super::{File, Model, Module, Package, VendoredFacts};
use super::{Vendor, VendorData};
use crate::go::{ImportPath, is_go_file, prefixes, std_package};
use crate::syntax::{GoFile, Parsed, ParsedFile, VendoredFile, VendoredFiles, VendoredModule, is_metadata};
use crate::text::{FileId, RepoPath, Span};

/// The content of a vendor directory.
#[derive(Clone, Debug)]
pub(in crate::model) struct Contents {
    /// The files, those of a directory together.
    vendored: VendoredFiles,
    /// The directories with files, by the import path that each has.
    dirs: BTreeMap<String, Range<usize>>,
    walked: WalkedPackages,
}

/// Where imports lead.
#[derive(Clone, Debug, Default)]
struct WalkedPackages {
    /// The packages that an import leads to.
    reached: HashSet<String>,
    missing: Vec<Missing>,
    /// Whether a package is reached whose files are not there, so that its imports are not known.
    is_partial: bool,
}

/// A package that is imported but not vendored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The import path.
    pub path: String,
    /// The file of an import, or of the `tool` line.
    pub file: FileId,
    /// The place in it.
    pub span: Span,
}

/// A package line of `modules.txt`.
#[derive(Clone, Copy, Debug)]
pub struct ListedPackage<'m> {
    /// The module in whose directory it is.
    pub module: &'m VendoredModule,
    /// The import path.
    pub path: &'m str,
    /// The line.
    pub span: Span,
}

/// The fault of the directory of a listed package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageFault {
    /// It is not there.
    NoDirectory,
    /// It has no Go files.
    NoGoFiles,
}

impl<'m> Vendor<'m> {
    /// The package lines of `modules.txt`, in order.
    pub fn listed(self) -> impl Iterator<Item = ListedPackage<'m>> {
        let modules = self.manifest().map(|manifest| manifest.parsed.tree.modules.as_slice()).unwrap_or_default();
        modules.iter().flat_map(|module| {
            let listed = |package: &'m crate::syntax::VendoredPackage| ListedPackage {
                module,
                path: package.path.value.as_str(),
                span: package.path.span,
            };
            module.packages.iter().map(listed)
        })
    }

    /// The listed packages that cannot be built, and why. Each path once.
    pub fn unbuildable(self, _: VendoredFacts<'m>) -> Vec<(ListedPackage<'m>, PackageFault)> {
        let Some(contents) = self.data.contents.as_ref() else { return Vec::new() };
        let mut known = HashSet::new();
        let hidden: HashSet<&RepoPath> = contents.vendored.hidden.iter().collect();
        let fault = |listed: ListedPackage<'m>| {
            let dir = self.dir().join(listed.path);
            if dir.ancestors().any(|dir| hidden.contains(&dir)) {
                return None;
            }
            let fault = match contents.dirs.get(listed.path) {
                None => PackageFault::NoDirectory,
                Some(range) if !contents.has_go(range) => PackageFault::NoGoFiles,
                Some(_) => return None,
            };
            Some((listed, fault))
        };
        let listed = self.listed().filter(|listed| known.insert(listed.path) && !contents.is_of_tests(listed.path));
        listed.filter_map(fault).collect()
    }

    /// The directories with Go files that are not listed: the import path of each, and its first Go file.
    pub fn unlisted(self, _: VendoredFacts<'m>) -> Vec<(&'m str, FileId)> {
        let Some(contents) = self.data.contents.as_ref() else { return Vec::new() };
        let listed: HashSet<&str> = self.listed().map(|listed| listed.path).collect();
        let above_listed: HashSet<&str> = listed.iter().flat_map(|path| prefixes(path).skip(1)).collect();
        let stray = |(path, range): (&'m String, &Range<usize>)| {
            let is_license =
                |file: &VendoredFile| is_metadata(file.path.file_name()) && above_listed.contains(path.as_str());
            // A package that an import leads to is no file that another package embeds.
            let is_reached = contents.walked.reached.contains(path);
            let is_open = |file: &RepoPath| contents.vendored.may_be_embedded(file) && !is_reached;
            let is_stray = |file: &&VendoredFile| {
                let path = &file.path;
                is_go(path) && !contents.vendored.is_embedded(path) && !is_open(path) && !is_license(file)
            };
            let file = contents.vendored.files[range.clone()].iter().find(is_stray)?;
            Some((path.as_str(), file.file))
        };
        contents.dirs.iter().filter(|(path, _)| !listed.contains(path.as_str())).filter_map(stray).collect()
    }

    /// The packages that are imported and not there.
    pub fn missing(self, _: VendoredFacts<'m>) -> &'m [Missing] {
        self.data.contents.as_ref().map(|contents| contents.walked.missing.as_slice()).unwrap_or_default()
    }

    /// The listed packages that no import leads to. Each path once; nothing where some files are missing that might import
    /// them.
    pub fn excess(self, _: VendoredFacts<'m>) -> Vec<ListedPackage<'m>> {
        let contents = self.data.contents.as_ref().filter(|contents| !contents.walked.is_partial);
        let Some(contents) = contents else { return Vec::new() };
        let mut known: HashSet<&str> = contents.walked.reached.iter().map(String::as_str).collect();
        self.listed().filter(|listed| known.insert(listed.path)).collect()
    }

    /// The import paths that lead to packages of each vendored package, tests of the main modules included: from where.
    pub fn importers(self) -> BTreeMap<&'m str, Vec<&'m str>> {
        let mut importers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut add = |importer: &'m str, imported: &'m str| {
            let of = importers.entry(imported).or_default();
            if of.last() != Some(&importer) {
                of.push(importer);
            }
        };
        for package in self.mains().into_iter().flat_map(Module::tidied_packages) {
            let files = package.files().filter(|file| file.is_in_some_build());
            files.flat_map(File::imports).for_each(|import| add(package.path(), import.path()));
        }
        for module in self.mains() {
            module.go_mod().tool.iter().for_each(|tool| add(module.path().as_str(), tool.path.value.as_str()));
        }
        for (path, range) in self.data.contents.iter().flat_map(|contents| &contents.dirs) {
            let files = self.data.contents.as_ref().map(|contents| &contents.vendored.files[range.clone()]);
            for parsed in files
                .into_iter()
                .flatten()
                .filter_map(|file| file.parsed.as_ref())
                .filter(|it| it.tree.is_in_some_build())
            {
                parsed.tree.imports.iter().for_each(|import| add(path, &import.path));
            }
        }
        importers
    }

    /// The files of the directory of a package, by import path.
    pub fn files_of(self, package: &str) -> &'m [VendoredFile] {
        let contents = self.data.contents.as_ref();
        contents
            .and_then(|contents| Some(&contents.vendored.files[contents.dirs.get(package)?.clone()]))
            .unwrap_or_default()
    }

    /// The directory of a package of the main modules that an import leads to, whether or not a pattern reaches it.
    pub fn main_dir(self, import: &str) -> Option<RepoPath> {
        let resolver = Resolver { modules: &self.model.modules, layout: &self.model.layout, answers: &HashMap::new() };
        resolver.main_dir(self.data.universe(self.model), import)
    }
}

impl Contents {
    /// Sorts the files into packages, and follows the imports from the main modules on. `passed_over` are the Go files
    /// of packages of main modules that no pattern reaches and an import does.
    pub(super) fn new(
        model: &Model,
        vendor: &VendorData,
        mut vendored: VendoredFiles,
        passed_over: &[ParsedFile<GoFile>],
    ) -> Self {
        vendored.files.sort_by_cached_key(|file| (file.path.parent(), file.path.clone()));
        let dirs = directories(&vendored.dir, &vendored.files);
        let mut contents = Self { vendored, dirs, walked: WalkedPackages::default() };
        let mut of_dirs: HashMap<RepoPath, Vec<&ParsedFile<GoFile>>> = HashMap::new();
        for file in passed_over.iter().filter(|file| file.parsed.tree.is_in_some_build()) {
            file.path.parent().into_iter().for_each(|dir| of_dirs.entry(dir).or_default().push(file));
        }
        let walk = ImportWalk {
            model,
            universe: vendor.universe(model),
            listed: Vendor { model, data: vendor }.listed().map(|listed| listed.path).collect(),
            contents: &contents,
            passed_over: of_dirs,
            seen: HashSet::new(),
            lacking: HashSet::new(),
            pending: Vec::new(),
            walked: WalkedPackages::default(),
        };
        contents.walked = walk.run(vendor);
        contents.walked.is_partial |= !contents.vendored.is_whole;
        contents
    }

    fn has_go(&self, range: &Range<usize>) -> bool {
        self.vendored.files[range.clone()].iter().any(|file| is_go(&file.path))
    }

    /// Whether a package is known to have nothing but tests, so that its directory has nothing to build.
    fn is_of_tests(&self, package: &str) -> bool {
        self.vendored.only_tests.contains(&self.vendored.dir.join(package))
    }
}

/// The directories below a vendor directory by import path, with their files, which are adjacent. Files directly in
/// it are a package of the main module.
fn directories(root: &RepoPath, files: &[VendoredFile]) -> BTreeMap<String, Range<usize>> {
    let mut dirs: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        let Some(below) = file.path.parent().and_then(|dir| Some(dir.strip_dir(root)?.to_vec())) else { continue };
        let Some(path) = String::from_utf8(below).ok().filter(|path| !path.is_empty()) else { continue };
        dirs.entry(path).or_insert(at..at).end = at + 1;
    }
    dirs
}

/// A walk along imports.
struct ImportWalk<'a> {
    model: &'a Model,
    universe: &'a Universe,
    listed: HashSet<&'a str>,
    contents: &'a Contents,
    /// The Go files of packages of main modules that no pattern reaches, by directory.
    passed_over: HashMap<RepoPath, Vec<&'a ParsedFile<GoFile>>>,
    seen: HashSet<&'a str>,
    /// The imports that lead to packages which are not there.
    lacking: HashSet<&'a str>,
    /// The files whose imports are to be followed.
    pending: Vec<(FileId, &'a Parsed<GoFile>)>,
    walked: WalkedPackages,
}

/// Where an import leads, as far as a vendor directory is concerned.
enum Leads {
    /// Into the vendor directory.
    Inside,
    /// To a package of a main module.
    Own(RepoPath),
    /// To the standard library, or nowhere by its form.
    Elsewhere,
    /// To a package of a main module that is not there: the build may generate it.
    Generated,
    /// To a package that should be there.
    Missing,
}

impl<'a> ImportWalk<'a> {
    fn run(mut self, vendor: &'a VendorData) -> WalkedPackages {
        for module in vendor.mains(self.model).into_iter().map(|at| Module::new(self.model, at)) {
            for file in module.tidied_packages().flat_map(Package::files).filter(|file| file.is_in_some_build()) {
                for import in file.imports() {
                    self.follow(import.path(), file.id(), import.spec().path_span);
                }
            }
            for tool in &module.go_mod().tool {
                self.follow(tool.path.value.as_str(), module.file(), tool.path.span);
            }
        }
        while let Some((file, parsed)) = self.pending.pop() {
            for import in &parsed.tree.imports {
                self.follow(&import.path, file, import.path_span);
            }
        }
        self.walked.missing.sort_by(|one, other| one.path.cmp(&other.path));
        self.walked
    }

    fn follow(&mut self, import: &'a str, file: FileId, span: Span) {
        if !self.seen.insert(import) {
            if self.lacking.contains(import) {
                self.walked.missing.push(Missing { path: import.to_owned(), file, span });
            }
            return;
        }
        match self.leads(import) {
            Leads::Inside => self.enter(import),
            Leads::Own(dir) => {
                let files = self.passed_over.get(&dir).into_iter().flatten();
                self.pending.extend(files.map(|file| (file.file, &*file.parsed)));
            }
            Leads::Elsewhere => {}
            Leads::Generated => self.walked.is_partial = true,
            Leads::Missing => {
                self.walked.is_partial = true;
                self.lacking.insert(import);
                self.walked.missing.push(Missing { path: import.to_owned(), file, span });
            }
        }
    }

    fn enter(&mut self, package: &str) {
        self.walked.reached.insert(package.to_owned());
        let files = self.contents.dirs.get(package).map(|range| &self.contents.vendored.files[range.clone()]);
        let files = files.unwrap_or_default();
        self.walked.is_partial |= !files.iter().any(|file| is_go(&file.path)) && !self.contents.is_of_tests(package);
        let parsed = |file: &'a VendoredFile| Some((file.file, file.parsed.as_deref()?));
        self.pending.extend(files.iter().filter_map(parsed).filter(|(_, parsed)| parsed.tree.is_in_some_build()));
    }

    fn leads(&self, import: &str) -> Leads {
        let resolver = Resolver { modules: &self.model.modules, layout: &self.model.layout, answers: &HashMap::new() };
        if is_no_package(import) || std_package(import).is_some() {
            return Leads::Elsewhere;
        }
        if let Some(dir) = resolver.main_dir(self.universe, import) {
            return Leads::Own(dir);
        }
        let has_go = || self.contents.dirs.get(import).is_some_and(|range| self.contents.has_go(range));
        if self.listed.contains(import) || has_go() {
            return Leads::Inside;
        }
        let is_required = self.universe.could_provide(import).next().is_some();
        // The go command silently leaves out imports that could only be of the standard library.
        let is_dotted = import.split('/').next().is_some_and(|first| first.contains('.'));
        match (is_required, self.universe.has_main_above(import), is_dotted) {
            (true, ..) | (false, false, true) => Leads::Missing,
            (false, true, _) => Leads::Generated,
            (false, false, false) => Leads::Elsewhere,
        }
    }
}

/// Whether an import is never looked up (`modload.scanDir`, `importFromModules`).
fn is_no_package(import: &str) -> bool {
    let first = import.split('/').next().unwrap_or_default();
    matches!(first, "C" | "appengine" | "appengine_internal") || ImportPath::new(import).check().is_err()
}

fn is_go(path: &RepoPath) -> bool {
    is_go_file(path.file_name())
}
