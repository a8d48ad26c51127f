//! One parser a file format, from bytes to a tree with a span on all that a finding may show.
//!
//! A parser never fails and never panics: it returns everything that could be read, together with the errors.

mod allow;
mod embed;
mod go_file;
mod go_mod;
mod go_sum;
mod go_work;
mod layout_fault;
mod modfile;
mod package;
mod vendor_modules;
mod vendor_owners;

pub use allow::AllowComment;
pub use embed::{EmbedPattern, parse_embeds};
pub use go_file::{FileConstraint, GoFile, ImportSpec, parse_go_file, parse_go_head};
pub(crate) use go_mod::layout_of_go_mod;
pub use go_mod::{
    Exclude, GoMod, Godebug, Ignore, Replace, ReplaceTarget, Require, Retract, Tool, parse_dependency_go_mod,
    parse_go_mod, without_requires,
};
pub use go_sum::{GoSum, parse_go_sum};
pub(crate) use go_sum::{ModuleSum, Sum, SumContent, SumIndex, SumKey, SumPlaces};
pub use go_work::{GoWork, Use, parse_go_work};
pub(crate) use layout_fault::{LayoutFault, LayoutFaultKind, WhiteSpace};
pub use modfile::{Line, Removal, WrittenRequirement, WrittenRequirements, with_mark, with_requirements};
pub(crate) use package::{PackageContents, PackageDir, PackageImports};
pub(crate) use vendor_modules::VendoredPackage;
pub use vendor_modules::{VendorModules, VendoredModule, VendoredReplacement, parse_vendor_modules};
pub use vendor_owners::Owners;
pub(crate) use vendor_owners::{Owned, is_metadata};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::text::{FastSet, FileId, RepoPath, Span};

/// The result of a parser, its errors, and the `modwarden:allow` comments it met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<T> {
    /// As much as could be read.
    pub tree: T,
    /// The errors, in order of place.
    pub errors: Vec<SyntaxError>,
    /// The comments that ask to allow a finding.
    pub allows: Vec<AllowComment>,
}

/// A fault in a file, in the go command's own words where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The bytes at fault.
    pub span: Span,
    /// The message, without file and line.
    pub message: String,
    /// The remedy, if there is one.
    pub help: Option<&'static str>,
    /// Whether an import has a path that no package can have. Such an import is not in the tree.
    pub is_import_path: bool,
}

impl SyntaxError {
    /// An error at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, is_import_path: false }
    }
}

/// A parsed file and where it is.
#[derive(Clone, Debug)]
pub struct ParsedFile<T> {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: RepoPath,
    /// Its parsed content, shared by all files with the same text.
    pub parsed: Arc<Parsed<T>>,
}

/// Which workspace files the go command would use: the setting `GOWORK` in its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Workspaces {
    /// For each module the nearest one above it.
    #[default]
    Nearest,
    /// None: each module is built by itself.
    Off,
    /// This one alone.
    Only(RepoPath),
}

impl Workspaces {
    /// Whether a workspace file counts.
    pub fn admit(&self, file: &RepoPath) -> bool {
        match self {
            Self::Nearest => true,
            Self::Off => false,
            Self::Only(path) => path == file,
        }
    }
}

/// The settings in the environment of the go command that change its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoEnv {
    /// Which workspace files count.
    pub workspaces: Workspaces,
    /// Whether vendor directories count.
    pub mod_flag: ModFlag,
    /// The files with which `GOFLAGS` replaces those of the repository.
    pub substitutes: Vec<Substitute>,
    /// The workspace file nearest above the repository, as the user knows its path.
    pub work_above: Option<Box<str>>,
}

impl GoEnv {
    /// Nothing.
    pub fn empty() -> &'static Self {
        static EMPTY: GoEnv = GoEnv {
            workspaces: Workspaces::Nearest,
            mod_flag: ModFlag::Unset,
            substitutes: Vec::new(),
            work_above: None,
        };
        &EMPTY
    }
}

/// A file with which `GOFLAGS` replaces those of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    /// The flag that names it.
    pub flag: SubstituteFlag,
    /// Its path, as the flag has it.
    pub given: Box<str>,
    /// Its path in the repository, seen from the current directory, if it is there.
    pub path: Option<RepoPath>,
}

/// A flag that replaces files of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubstituteFlag {
    /// `-modfile`: another file than go.mod.
    ModFile,
    /// `-overlay`: a list of files, and of those in their places.
    Overlay,
}

/// Whether the go command would use vendor directories: the flag `-mod` in `GOFLAGS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModFlag {
    /// Nothing: it decides by the vendor directory and the Go version.
    #[default]
    Unset,
    /// `-mod=vendor`: always.
    Vendor,
    /// `-mod=mod` or `-mod=readonly`: never.
    Other,
}

/// The files below a vendor directory, sorted by path.
#[derive(Clone, Debug)]
pub struct VendoredFiles {
    /// The vendor directory.
    pub dir: RepoPath,
    /// The files.
    pub files: Vec<VendoredFile>,
    /// The embed patterns of packages that have Go files below them that no list names: each with the directory of its
    /// package.
    pub embeds: HashMap<RepoPath, Vec<EmbedPattern>>,
    /// The directories of packages whose embed patterns are unknown.
    pub unknown_embeds: HashSet<RepoPath>,
    /// Paths that exist and could not be read.
    pub hidden: Vec<RepoPath>,
    /// Whether all Go files could be read, those of the repository's own modules among them.
    pub is_whole: bool,
    /// The directories of packages that are known to have only tests, and are never vendored.
    pub only_tests: HashSet<RepoPath>,
}

impl VendoredFiles {
    /// Those of a directory, as far as nothing is known yet.
    pub fn new(dir: RepoPath) -> Self {
        Self {
            dir,
            files: Vec::new(),
            embeds: HashMap::new(),
            unknown_embeds: HashSet::new(),
            hidden: Vec::new(),
            is_whole: true,
            only_tests: HashSet::new(),
        }
    }

    /// Whether a package above the file embeds it.
    pub fn is_embedded(&self, path: &RepoPath) -> bool {
        path.ancestors().skip(1).any(|dir| {
            let below = path.strip_dir(&dir).and_then(|below| std::str::from_utf8(below).ok()).unwrap_or_default();
            let patterns = self.embeds.get(&dir).map(Vec::as_slice).unwrap_or_default();
            patterns.iter().any(|pattern| pattern.matches(below))
        })
    }

    /// Whether a package above the file may embed it, for all that is known here.
    pub fn may_be_embedded(&self, path: &RepoPath) -> bool {
        path.ancestors().skip(1).any(|dir| self.unknown_embeds.contains(&dir))
    }
}

/// A file below a vendor directory.
#[derive(Clone, Debug)]
pub struct VendoredFile {
    /// The file.
    pub file: FileId,
    /// Its path.
    pub path: RepoPath,
    /// Its imports; `None` for a file in which the go command does not look for imports.
    pub parsed: Option<Arc<Parsed<GoFile>>>,
}

/// Everything that was parsed of one state of a repository, and the facts from file names alone. Each list is sorted by
/// path.
#[derive(Clone, Debug, Default)]
pub struct ParsedState {
    /// The Go files of directories that the go command's patterns reach.
    pub go_files: Vec<ParsedFile<GoFile>>,
    /// The module files that count.
    pub go_mods: Vec<ParsedFile<GoMod>>,
    /// The workspace files.
    pub go_works: Vec<ParsedFile<GoWork>>,
    /// Which of them count, and the other settings of the environment.
    pub env: GoEnv,
    /// The lists of checksums beside them.
    pub go_sums: Vec<ParsedFile<GoSum>>,
    /// The manifests of vendor directories.
    pub vendor_modules: Vec<ParsedFile<VendorModules>>,
    /// Vendor directories without one, if somebody looked for them.
    pub vendor_dirs: Option<Vec<RepoPath>>,
    /// The `go.mod` files that are no module's of the repository, and that a `replace` or `use` line leads to.
    pub targets: Vec<ParsedFile<GoMod>>,
    /// The directories of modules that only a `replace` line leads to. They are built as dependencies, so that their
    /// own `replace`, `exclude` and `tool` lines never count, and the go command accepts more in their go.mod.
    pub replacements: HashSet<RepoPath>,
    /// The directories that such a line leads to and that nobody could look into.
    pub hidden_dirs: HashSet<RepoPath>,
    /// Every directory with a `go.mod`, counted or not.
    pub module_dirs: FastSet<RepoPath>,
    /// Every directory with an entry that ends in `.go`, read or not.
    pub go_dirs: FastSet<RepoPath>,
}
