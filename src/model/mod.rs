//! The facts of one state of a repository: its modules, packages, files and imports, and which module each
//! import belongs to.
//!
//! The model owns the data; rules see it through `Copy` views with one lifetime. Facts are independent of the
//! policy, and inconsistencies and syntax errors are facts, not failures.

mod affected;
mod ages;
mod build;
mod built;
mod checksums;
mod clash;
mod diff;
mod directive;
mod effect;
mod file_faults;
mod gathered;
mod graph;
mod import_fault;
mod layout;
mod module_file;
mod needed;
mod packages;
mod purpose;
mod question;
mod reach;
mod replacement;
mod replaces;
mod requirement;
mod residue;
mod resolve;
mod tidy;
mod used;
mod vendor;
mod vendored;
mod views;

pub(crate) use affected::{Affected, ImportSet};
pub(crate) use ages::{Added, Ages, LastImport};
pub(crate) use ages::{AgeFacts, LastImportFacts};
pub use build::Draft;
pub(crate) use built::{Built, BuiltAs, BuiltRequirement, ListingReason};
pub(crate) use checksums::{CachedSum, EarlierSum, OtherSum, SumConflict, SumLine, SumLines, SumPlace};
pub(crate) use clash::{Clash, ClashOutcome};
pub use diff::{Change, ModelDiff};
pub(crate) use diff::{Elsewhere, ImportedPackage, Note, RequirementDiff, VersionChange};
pub(crate) use directive::Directive;
pub(crate) use effect::Gap;
pub use effect::{Effect, Idle};
pub(crate) use gathered::{
    GraphFacts, ImportGraphFacts, ImportedFacts, LayoutFacts, ResidueFacts, SumConflictFacts, VendorDirFacts,
    VendorEditFacts, VendoredFacts,
};
pub(crate) use graph::GraphRequirement;
pub use graph::ModuleGraph;
pub(crate) use import_fault::{Doubt, FaultyImport, ImportEvidence, ImportFault, ImportJudge, LackingModule};
pub use module_file::Directory;
pub(crate) use module_file::ModuleFile;
pub(crate) use needed::{Needed, NeededPackage, Provider};
pub(crate) use packages::{AffectedPackage, AffectedPart, ChangedParts, ComparedState, EmbedsByFile};
pub(crate) use packages::{
    ChainHop, ChainRules, Chains, GraphNode, HopPlace, ImportChain, ImportCycle, ImportGraph, ListedGraph,
    ListedImport, NodeKind, PackageGraph, Unread,
};
pub(crate) use packages::{FilePlace, OutsideContents, OutsideFile, OutsideSource};
pub(crate) use purpose::{Purpose, Worth};
pub(crate) use question::Question;
pub(crate) use reach::{OwnDirectory, Reach, Reached};
pub(crate) use replacement::Exclusion;
pub use replacement::Replacement;
pub(crate) use requirement::{Directness, Requirement, RequirementUse, Usage, is_major_of};
pub(crate) use residue::{IdleTool, Residual, ResidualKind};
pub(crate) use resolve::{Basis, Resolution, ResolutionKind};
pub(crate) use tidy::{Dependencies, Obstacle, Undecided};
pub(crate) use used::{Used, UsedPlace};
pub(crate) use vendor::{
    DoubtReason, EditKind, Inconsistency, ListPair, ListedPackage, Missing, NewSource, PackageFault, PairEdit, Proof,
    Standing, Vendor, VendorDoubt, VendorEdit, VendorFindings, VendorLanguage,
};
pub use views::{File, Import, Module, Package, Workspace};

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use self::effect::Effects;
use self::layout::DirectoryLayout;
use self::residue::ModuleResidue;
use self::resolve::Universe;
use self::vendor::VendorData;
use crate::go::{BuildConstraint, ModulePath, prefixes};
use crate::syntax::{
    AllowComment, GoMod, GoSum, GoWork, ImportSpec, LayoutFault, ModFlag, Parsed, ParsedFile, SyntaxError,
};
use crate::text::{FileId, RepoPath, Spanned};

/// All facts of one state, immutable.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The main modules, by directory, and after them those that only a `replace` line leads to.
    modules: Vec<ModuleData>,
    /// How many of them are main modules.
    mains: usize,
    module_in: HashMap<RepoPath, usize>,
    module_paths: HashSet<ModulePath>,
    /// The directory of each module path of the repository; of several with one path, as example modules have, the
    /// first.
    dirs_by_path: HashMap<ModulePath, RepoPath>,
    workspaces: Vec<WorkspaceData>,
    /// The workspaces that do not count: where each is, and its files.
    left_out: Vec<(RepoPath, Vec<FileId>)>,
    /// The `go.mod` files that are no module's and that a `replace` or `use` line leads to, by directory.
    targets: BTreeMap<RepoPath, ParsedFile<GoMod>>,
    /// The directories that such a line leads to and that nobody could look into.
    hidden_dirs: HashSet<RepoPath>,
    /// The modules that are built together: first one set for each workspace, then one for each module outside of them.
    universes: Arc<[Universe]>,
    packages: Vec<PackageData>,
    files: Vec<FileData>,
    imports: Vec<ImportData>,
    resolutions: Vec<Resolution>,
    errors: Vec<(FileId, SyntaxError)>,
    allows: Vec<(FileId, AllowComment)>,
    strays: Vec<FileId>,
    effects: Effects,
    /// Whether vendor directories count.
    mod_flag: ModFlag,
    vendors: Vec<VendorData>,
    /// Whether vendor directories without a `modules.txt` were looked for.
    lists_vendors: bool,
    vendor_findings: Option<VendorFindings>,
    /// All lists of checksums that were read, by path.
    sum_lists: Vec<ParsedFile<GoSum>>,
    sum_conflicts: Option<Vec<SumConflict>>,
    /// For each module, in order; none before it was asked for.
    residue: Vec<ModuleResidue>,
    /// The fault in the layout of each module's file, in order of the modules; none before it was asked for.
    layout_faults: Vec<Option<LayoutFault>>,
    /// Whether it is of module files alone, because Go files were not read.
    lacks_go_files: bool,
    /// Whether a module cache was there to be asked, whatever is in it.
    has_module_cache: bool,
    layout: DirectoryLayout,
    import_evidence: Option<ImportEvidence>,
    import_graph: Option<Arc<ImportGraph>>,
}

#[derive(Clone, Debug)]
struct ModuleData {
    path: ModulePath,
    dir: RepoPath,
    file: FileId,
    /// `go.mod`, or the file that `-modfile` would name.
    file_name: String,
    parsed: Arc<Parsed<GoMod>>,
    sums: Option<ParsedFile<GoSum>>,
    universe: usize,
    packages: Range<usize>,
    /// Where the packages of its `tool` lines are.
    tools: Vec<Resolution>,
}

impl ModuleData {
    fn go_mod(&self) -> &GoMod {
        &self.parsed.tree
    }
}

#[derive(Clone, Debug)]
struct WorkspaceData {
    dir: RepoPath,
    file: FileId,
    parsed: Arc<Parsed<GoWork>>,
    /// The modules that it joins, in the order in which it uses them.
    members: Vec<usize>,
    sums: Option<ParsedFile<GoSum>>,
}

impl WorkspaceData {
    fn go_work(&self) -> &GoWork {
        &self.parsed.tree
    }
}

#[derive(Clone, Debug)]
struct PackageData {
    module: usize,
    dir: RepoPath,
    path: Arc<str>,
    reach: Reach,
    files: Range<usize>,
}

#[derive(Clone, Debug)]
struct FileData {
    id: FileId,
    package: usize,
    clause: Option<Spanned<Box<str>>>,
    test: bool,
    generated: bool,
    never: bool,
    constraint: Option<BuildConstraint>,
    imports: Range<usize>,
}

#[derive(Clone, Debug)]
struct ImportData {
    file: usize,
    spec: ImportSpec,
    resolution: usize,
}

impl Model {
    /// The main modules, by directory. Those that only a `replace` line leads to have packages and are not among these.
    pub fn modules(&self) -> impl Iterator<Item = Module<'_>> {
        (0..self.mains).map(|index| Module::new(self, index))
    }

    /// The main modules, and after them those that only a `replace` line leads to.
    fn all_modules(&self) -> impl Iterator<Item = Module<'_>> {
        (0..self.modules.len()).map(|index| Module::new(self, index))
    }

    /// The workspaces, by directory.
    pub fn workspaces(&self) -> impl Iterator<Item = Workspace<'_>> {
        (0..self.workspaces.len()).map(|index| Workspace::new(self, index))
    }

    /// The workspaces that do not count, because `GOWORK` says so: the directory and the files of each.
    pub fn left_out_workspaces(&self) -> impl Iterator<Item = (&RepoPath, &[FileId])> {
        self.left_out.iter().map(|(dir, files)| (dir, files.as_slice()))
    }

    /// The packages of all modules.
    pub fn packages(&self) -> impl Iterator<Item = Package<'_>> {
        (0..self.packages.len()).map(|index| Package::new(self, index))
    }

    /// The Go files of all packages.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        (0..self.files.len()).map(|index| File::new(self, index))
    }

    /// The imports of all files.
    pub fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        (0..self.imports.len()).map(|index| Import::new(self, index))
    }

    /// Whether a module of the repository has this path.
    pub fn has_module(&self, path: &ModulePath) -> bool {
        self.module_paths.contains(path)
    }

    /// The directory of the module of this path, if that is in the repository: also where only a `replace` or `use` line
    /// leads to it. Where several have the path, as example modules do, the first by directory.
    pub fn dir_of_module(&self, path: &str) -> Option<&RepoPath> {
        self.dirs_by_path.get(path)
    }

    /// The directory that the path of a package names, there or not, in the module of the repository with the longest
    /// path that could contain it.
    pub fn named_dir(&self, package: &str) -> Option<RepoPath> {
        prefixes(package).find_map(|path| self.dir_in(path, package))
    }

    /// The directory that the path of a package names in the module of this path, if that is in the repository.
    fn dir_in(&self, module: &str, package: &str) -> Option<RepoPath> {
        let (path, dir) = self.dirs_by_path.get_key_value(module)?;
        Some(dir.join(path.subpath(package)?))
    }

    /// The module whose directory is the nearest above a path.
    pub fn module_of(&self, path: &RepoPath) -> Option<Module<'_>> {
        let index = path.ancestors().find_map(|dir| self.module_in.get(&dir).copied())?;
        Some(Module::new(self, index))
    }

    /// The main module whose file is in this directory.
    pub fn module_in(&self, dir: &RepoPath) -> Option<Module<'_>> {
        self.main_in(dir).map(|index| Module::new(self, index))
    }

    fn main_in(&self, dir: &RepoPath) -> Option<usize> {
        self.module_in.get(dir).copied().filter(|&index| index < self.mains)
    }

    /// The module file in a directory, if it could be read in full.
    fn go_mod_in(&self, dir: &RepoPath) -> Option<Arc<Parsed<GoMod>>> {
        let of_module = self.main_in(dir).map(|index| &self.modules[index].parsed);
        let parsed = of_module.or_else(|| Some(&self.targets.get(dir)?.parsed))?;
        parsed.errors.is_empty().then(|| Arc::clone(parsed))
    }

    /// The syntax errors, in order of file and place.
    pub fn errors(&self) -> &[(FileId, SyntaxError)] {
        &self.errors
    }

    /// The `modwarden:allow` comments, in order of file and place.
    pub fn allows(&self) -> &[(FileId, AllowComment)] {
        &self.allows
    }

    /// The Go files that lie outside every module, and so in no build.
    pub fn stray_files(&self) -> &[FileId] {
        &self.strays
    }
}
