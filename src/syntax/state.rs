//! All that was parsed of one state of a repository.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{EmbedPattern, GoEnv, GoFile, GoMod, GoSum, GoWork, Parsed, ParsedFile, VendorModules};
use crate::text::{FastSet, FileId, RepoPath};

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
