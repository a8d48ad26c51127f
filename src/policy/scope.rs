//! Where an entry applies: which packages, files, modules and builds. Each question is a small pure function.

use super::{CaptureValues, FileGlobs, ModulePatterns, PackagePatterns, Subject};
use crate::text::RepoPath;

/// The part of a repository that an entry covers; a key without a value does not narrow it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The importing packages.
    pub from: Option<PackagePatterns>,
    /// The values that the captures of `from` must have; `None` for any.
    pub captured: Option<CaptureValues>,
    /// The files.
    pub files: Option<FileGlobs>,
    /// The main modules, by path or, with `./`, by directory.
    pub modules: Option<ModulePatterns>,
    /// Whether test files count.
    pub tests: Inclusion,
    /// Whether generated files count.
    pub generated: Inclusion,
    /// The build tags that are set; `None` for every build at once.
    pub tags: Option<Vec<String>>,
}

impl Scope {
    /// Whether the importing package is meant.
    pub fn covers_package(&self, importer: &Subject<'_>) -> bool {
        let Some(from) = &self.from else { return true };
        // Most packages have other values, and a search is much cheaper than a pattern.
        if self.captured.iter().flat_map(CaptureValues::values).any(|value| !importer.path.contains(value)) {
            return false;
        }
        let Some(pattern) = from.find(importer) else { return false };
        self.captured.as_ref().is_none_or(|values| pattern.captured(importer).as_ref() == Some(values))
    }

    /// Whether the file is meant, by its path alone.
    pub fn covers_file(&self, path: &RepoPath) -> bool {
        self.files.as_ref().is_none_or(|files| files.find(path.as_bytes()).is_some())
    }

    /// Whether the main module is meant: its path as `path`, its directory as `relative`.
    pub fn covers_module(&self, module: &Subject<'_>) -> bool {
        self.modules.as_ref().is_none_or(|modules| modules.find(module, None).is_some())
    }
}

/// How to treat files of a kind, such as tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inclusion {
    /// Look at them as at any other.
    #[default]
    Include,
    /// Leave them out.
    Exclude,
    /// Look at nothing else.
    Only,
}

impl Inclusion {
    /// Whether a file counts that is, or is not, of the kind.
    pub fn admits(self, of_kind: bool) -> bool {
        match self {
            Self::Include => true,
            Self::Exclude => !of_kind,
            Self::Only => of_kind,
        }
    }
}
