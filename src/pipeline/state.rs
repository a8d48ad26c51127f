//! One state of a repository, read and understood.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash as _;
use std::sync::Arc;

use super::beyond::{Beyond, State};
use super::dependencies::KnownDependencies;
use super::reach::{follow_imports, read_modules};
use crate::go::{GO_MOD, ModuleVersion, is_go_file};
use crate::load::{
    CODE, Dependencies, Hidden, Input, Loaded, Origins, Tree, VendorOrigin, Vendored, keep_tidy, known_tidy,
    list_vendored, look_up_origins, read_embeds, read_packages,
};
use crate::model::{Draft, File, Import, ImportEvidence, Model, Module, Package, Question, Reach, Vendor};
use crate::policy::ExtraModules;
use crate::source::{Fingerprint, Listing, ModuleCache, SourceError, Unseen, ignored_go_dirs};
use crate::syntax::{GoFile, ParsedFile, VendoredFiles, VendoredModule, layout_of_go_mod};
use crate::text::{Files, RepoPath};

/// The facts of one state, and the paths of it that could not be read.
#[derive(Debug)]
pub struct StateFacts {
    /// The facts.
    pub model: Model,
    /// Every file that was listed.
    pub listing: Listing,
    /// The paths that matter and could not be read.
    pub unseen: Vec<(RepoPath, Unseen)>,
    /// The files that were found in vendor directories.
    pub vendored: Vendored,
    /// The files that the go command on this machine reads besides this state.
    pub(super) beyond: Beyond,
    /// Files that look like a `go.mod` by another name, such as `vendor.mod`, and that the policy does not name.
    pub other_module_files: Vec<RepoPath>,
    /// The modules in the module cache whose files are known to have another checksum than go.sum states.
    pub(super) altered: Vec<AlteredModule>,
}

/// A module in the module cache whose files are not those that go.sum has the checksum of.
#[derive(Clone, Debug)]
pub(super) struct AlteredModule {
    pub(super) module: ModuleVersion,
    /// The checksum of its files, where it was worked out.
    pub(super) hash: Option<String>,
}

/// Reads the state of `input`, whose first-party part is listed. `named` are the modules that the policy names
/// in addition to those that the go command's patterns reach; the module cache answers the questions that need it.
pub(super) fn read_state(
    input: Input<'_>,
    listing: Listing,
    evidence: StateEvidence<'_>,
    files: &mut Files,
) -> Result<StateFacts, SourceError> {
    let StateEvidence { named, cache } = evidence;
    let mut listing = if named.is_empty() { listing } else { input.source.list(&Tree::Everything)? };
    let is_named = |path: &RepoPath| {
        named.is_module_file(path)
            || (path.file_name() == GO_MOD.as_bytes() && path.parent().is_some_and(|directory| named.holds(&directory)))
    };
    let is_other = |path: &&RepoPath| path.file_name() == b"vendor.mod" && !is_named(path);
    let other_module_files: Vec<RepoPath> =
        listing.entries.iter().map(|entry| &entry.path).filter(is_other).cloned().collect();
    let Loaded { mut state, mut unseen, .. } = read_modules(input, &mut listing, &is_named, files)?;
    let mut go_files = std::mem::take(&mut state.go_files);
    let mut draft = Draft::ground(state);
    let followed = follow_imports(input, &mut listing, files, &mut draft, &go_files)?;
    go_files.extend(followed.files);
    let told: HashSet<&RepoPath> = followed.unseen.iter().map(|(path, _)| path).collect();
    unseen.retain(|(path, _)| !told.contains(path));
    unseen.extend(followed.unseen);
    let draft = draft.with_reached(Arc::new(followed.reached)).with_files(go_files);
    let answers = cache.map(|cache| answers(cache, draft.questions())).unwrap_or_default();
    let model = draft.finish(&answers);
    let model = if cache.is_some() { model.with_module_cache() } else { model };
    let beyond = Beyond::of(State { input, listing: &listing, model: &model, files });
    let (vendored, altered) = (Vendored::default(), Vec::new());
    Ok(StateFacts { model, listing, unseen, vendored, beyond, other_module_files, altered })
}

impl StateFacts {
    /// The same with the module graphs, as far as the module cache has the files that the repository does not have.
    pub(super) fn with_graphs(self, cache: Option<&ModuleCache>) -> Self {
        let dependencies = Dependencies::new(cache);
        Self { model: self.model.with_graphs(|wanted| dependencies.go_mods(wanted)), ..self }
    }
}

impl StateFacts {
    /// The same with the residue of module files. A module that was tidy before is not worked out again, unless it
    /// depends on something else now.
    pub(super) fn with_residue(self, input: Input<'_>, cache: Option<&ModuleCache>) -> Self {
        let key = cache.filter(|_| input.store.keeps()).map(|_| {
            let mut fingerprint = Fingerprint::default();
            CODE.hash(&mut fingerprint);
            self.model.hash_requirements(&mut fingerprint);
            fingerprint.into_bytes()
        });
        let dependencies = KnownDependencies::new(input, cache);
        let known = key.map(|key| known_tidy(input.store, &key, dependencies.packages())).unwrap_or_default();
        let model = self.model.with_residue(&dependencies, known.clone());
        let tidy = model.surely_tidy();
        if let Some(key) = key.filter(|_| tidy != known) {
            keep_tidy(input.store, &key, &tidy);
        }
        Self { model, ..self }
    }

    /// The same with the layout faults of module files. A file that cannot be read has none; that it was not read is
    /// said elsewhere.
    pub(super) fn with_layout_faults(mut self, input: Input<'_>, files: &Files) -> Self {
        let fault = |module: Module<'_>| {
            let entry = self.listing.entry(files.get(module.file()).path())?;
            layout_of_go_mod(&input.text(entry).ok()?)
        };
        let faults = self.model.modules().map(fault).collect();
        self.model = self.model.with_layout_faults(faults);
        self
    }

    /// The same with the known facts about the imported packages.
    pub(super) fn with_imported_packages(
        self,
        input: Input<'_>,
        cache: Option<&ModuleCache>,
    ) -> Result<Self, SourceError> {
        let answers = cache.map(|cache| answers(cache, self.model.import_questions())).unwrap_or_default();
        let missing = self.model.missing_package_dirs();
        let mut ignored = if missing.is_empty() { BTreeSet::new() } else { ignored_go_dirs(input.source, &missing)? };
        let is_ignored = |(_, reason): &&(RepoPath, Unseen)| *reason == Unseen::IgnoredPackage;
        let above: Vec<&RepoPath> = self.unseen.iter().filter(is_ignored).map(|(path, _)| path).collect();
        ignored.extend(missing.into_iter().filter(|dir| above.iter().any(|above| dir.is_within(above))));
        let unseen = self.unseen.iter().chain(&self.listing.unseen).filter(|hidden| !is_ignored(hidden));
        let unseen = unseen.map(|(path, _)| path.clone()).collect();
        let evidence = ImportEvidence { answers, unseen, ignored };
        Ok(Self { model: self.model.with_import_evidence(evidence), ..self })
    }

    /// The same with the vendor directories that have no `modules.txt`, as far as there are any.
    pub(super) fn with_vendor_dirs(mut self, input: Input<'_>) -> Result<Self, SourceError> {
        let known: HashSet<RepoPath> = self.model.vendors().map(|vendor| vendor.dir().clone()).collect();
        let places: Vec<RepoPath> = self.model.vendor_places().filter(|place| !known.contains(place)).collect();
        let Vendored { dirs, listing } = list_vendored(input, &places)?;
        self.add_unseen(listing.unseen);
        self.model = self.model.with_vendor_dirs(&dirs);
        Ok(self)
    }

    /// The same with all vendor directories, their files, and the imports of these.
    pub(super) fn with_vendored(
        mut self,
        input: Input<'_>,
        cache: Option<&ModuleCache>,
        files: &mut Files,
    ) -> Result<Self, SourceError> {
        self.list_vendored(input)?;
        let hidden: Vec<RepoPath> = self.unseen.iter().map(|(path, _)| path.clone()).collect();
        let mut vendored = std::mem::take(&mut self.vendored);
        self.model = self.model.with_vendor_dirs(&vendored.dirs);
        let mut contents = vendored.read(input, files);
        self.add_unseen(std::mem::take(&mut vendored.listing.unseen));
        let is_harmless = |reason: &Unseen| matches!(reason, Unseen::LinkBroken | Unseen::Submodule);
        let is_go = |path: &RepoPath| is_go_file(path.file_name());
        let is_whole = self.unseen.iter().all(|(path, reason)| !is_go(path) || is_harmless(reason));
        for contents in &mut contents {
            contents.is_whole = is_whole;
            contents.hidden = hidden.iter().filter(|path| path.is_within(&contents.dir)).cloned().collect();
            let vendor = self.model.vendors().find(|vendor| *vendor.dir() == contents.dir);
            let packages = vendor.iter().flat_map(|vendor| vendor.listed());
            let listed: BTreeSet<RepoPath> = packages.map(|listed| contents.dir.join(listed.path)).collect();
            read_embeds(input, contents, &|dir| listed.contains(dir));
            let with_tests = vendor.is_some_and(Vendor::copies_embeds_of_tests);
            let packages = vendor.iter().flat_map(|vendor| vendor.listed());
            let modules: HashMap<RepoPath, &VendoredModule> =
                packages.map(|listed| (contents.dir.join(listed.path), listed.module)).collect();
            let of = |dir: &RepoPath| origin(vendor?, modules.get(dir)?, dir);
            look_up_origins(Origins { input, cache, with_tests }, contents, &listed, &of);
        }
        let (passed_over, unseen) = self.passed_over(input, &contents, files);
        self.add_unseen(unseen);
        self.model = self.model.with_vendored(contents, &passed_over);
        self.vendored = vendored;
        Ok(self)
    }

    /// Lists the files in vendor directories.
    pub(super) fn list_vendored(&mut self, input: Input<'_>) -> Result<(), SourceError> {
        let places: Vec<RepoPath> = self.model.vendor_places().collect();
        self.vendored = list_vendored(input, &places)?;
        let unseen = std::mem::take(&mut self.vendored.listing.unseen);
        self.add_unseen(unseen);
        Ok(())
    }

    /// Adds the paths of vendor directories that could not be read, in place of earlier reasons for the same paths.
    pub(super) fn add_unseen(&mut self, unseen: Hidden) {
        let told: HashSet<RepoPath> = unseen.iter().map(|(path, _)| path.clone()).collect();
        self.unseen.retain(|(path, _)| !told.contains(path));
        self.unseen.extend(unseen);
    }

    /// The Go files of packages of the main modules that no pattern reaches, such as one in `testdata`, and that an
    /// import leads to anyway, and those of them that could not be read.
    fn passed_over(
        &self,
        input: Input<'_>,
        contents: &[VendoredFiles],
        files: &mut Files,
    ) -> (Vec<ParsedFile<GoFile>>, Hidden) {
        let own = self.model.packages().filter(|package| package.reach() != Reach::Import);
        let mut known: HashSet<RepoPath> = own.map(|package| package.dir().clone()).collect();
        let mut found: Vec<ParsedFile<GoFile>> = Vec::new();
        let mut hidden = Hidden::new();
        for vendor in self.model.vendors() {
            let vendored = contents.iter().filter(|files| files.dir == *vendor.dir()).flat_map(|files| &files.files);
            let vendored = vendored.filter_map(|file| file.parsed.as_ref()).flat_map(|parsed| &parsed.tree.imports);
            let own = vendor.mains().into_iter().flat_map(Module::packages).flat_map(Package::files);
            let own = own.flat_map(File::imports).map(Import::path);
            let tools = vendor.mains().into_iter().flat_map(|module| &module.go_mod().tool);
            let own = own.chain(tools.map(|tool| tool.path.value.as_str()));
            let imports: HashSet<&str> = own.chain(vendored.map(|import| &*import.path)).collect();
            let mut wanted: HashSet<RepoPath> = imports.into_iter().filter_map(|path| vendor.main_dir(path)).collect();
            loop {
                wanted.retain(|dir| known.insert(dir.clone()));
                if wanted.is_empty() {
                    break;
                }
                let (read, unread) = read_packages(input, &self.listing, &wanted, files);
                hidden.extend(unread);
                let imports = read.iter().flat_map(|file| &file.parsed.tree.imports);
                wanted = imports.filter_map(|import| vendor.main_dir(&import.path)).collect();
                found.extend(read);
            }
        }
        (found, hidden)
    }
}

/// Where the listed package of a directory is copied from; `None` where that is outside of the repository.
fn origin(vendor: Vendor<'_>, module: &VendoredModule, dir: &RepoPath) -> Option<VendorOrigin> {
    let package = std::str::from_utf8(dir.strip_dir(vendor.dir())?).ok()?;
    let below = package.strip_prefix(module.path.value.as_str())?.trim_start_matches('/');
    if let Some(source) = module.source() {
        return Some(VendorOrigin::Module(source, below.to_owned()));
    }
    let root = vendor.dir().parent()?.resolve(&*module.replacement.as_ref()?.path.value)?;
    Some(VendorOrigin::Directory(root.join(below)))
}

/// The known facts other than the state itself.
#[derive(Clone, Copy)]
pub(super) struct StateEvidence<'a> {
    /// The modules that the policy names.
    pub(super) named: &'a ExtraModules,
    /// The module cache.
    pub(super) cache: Option<&'a ModuleCache>,
}

/// The answers of the module cache.
pub(super) fn answers(cache: &ModuleCache, questions: Vec<Question>) -> HashMap<Question, bool> {
    let ask = |question: Question| {
        let has = cache.has_package(question.module.as_str(), question.version.as_str(), &question.directory)?;
        Some((question, has))
    };
    questions.into_iter().filter_map(ask).collect()
}
