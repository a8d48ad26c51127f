//! The packages of dependencies, as far as somebody can read them, and the reasons why others are not known.

use std::collections::HashMap;

use crate::go::ModuleVersion;
use crate::model::question::Question;
use crate::syntax::{GoFile, PackageDir};
use crate::text::FileId;

/// Reads packages that are not in the model.
pub(crate) trait OutsideSource {
    /// The answers of the module cache, as far as it has them.
    fn answers(&self, questions: Vec<Question>) -> HashMap<Question, bool>;

    /// The contents of these directories, in order.
    fn read(&mut self, dirs: &[PackageDir]) -> Vec<OutsideContents>;
}

/// The content of a directory outside of the model.
#[derive(Clone, Debug)]
pub(crate) enum OutsideContents {
    /// The Go files of a package, without tests.
    Package(Vec<OutsideFile>),
    /// No Go file.
    Nothing,
    /// Nobody could look.
    Unknown,
}

/// A Go file of such a package.
#[derive(Clone, Debug)]
pub(crate) struct OutsideFile {
    /// Where it is.
    pub place: FilePlace,
    /// Its name.
    pub name: String,
    /// Its head.
    pub tree: GoFile,
}

/// Where a file outside of the model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FilePlace {
    /// In the repository, in a vendor directory for instance.
    InRepository(FileId),
    /// In the module cache: the module with its version, and the path in it.
    InCache(String),
}

/// Why the imports of a package are not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unread {
    /// The module cache does not have its module.
    NotDownloaded(ModuleVersion),
    /// It is in a directory outside of the repository.
    Elsewhere,
    /// Several required modules could have it.
    Ambiguous,
    /// No required module has it.
    NotProvided,
    /// The vendor directory, or another directory of the repository, does not have it.
    NotThere,
}
