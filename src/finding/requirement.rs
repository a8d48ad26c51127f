//! The purpose of each requirement of a module, for a person to read.

use std::fmt;

use super::{Evidence, Provenance};
use crate::text::{FileId, Span};

/// The requirements of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementTable {
    /// The path of the module.
    pub module: String,
    /// Its module file.
    pub file: FileId,
    /// Why not all of it is decided, and how to decide it, if so.
    pub undecided: Option<String>,
    /// A row a `require` line, in order.
    pub rows: Vec<RequirementRow>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementRow {
    /// The line.
    pub span: Span,
    /// The path of the required module.
    pub path: String,
    /// The version asked for.
    pub version: String,
    /// Whether the line is marked `// indirect`.
    pub indirect: bool,
    /// The files of the module that import it, by path.
    pub importers: Vec<Importer>,
    /// The packages of it that are needed, by path, as far as that is known.
    pub packages: Vec<String>,
    /// From when to when it was imported, where that was asked.
    pub past: Option<ImportPast>,
    /// The evidence of the verdict.
    pub evidence: Evidence,
    /// The verdict on the line.
    pub verdict: RequirementVerdict,
}

/// A file that imports a package of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importer {
    /// Its path.
    pub file: String,
    /// The line of the first such import, from 1.
    pub line: u32,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
    /// Which builds have it, in `//go:build` form, if not all do.
    pub constraint: Option<String>,
}

/// From when to when a requirement was imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportPast {
    /// The commit that brought the first import; `None` if there never was one.
    pub first: Option<Provenance>,
    /// The commit that took the last import away; `None` while there is one, or if there never was one.
    pub last: Option<Provenance>,
}

/// The verdict on a `require` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementVerdict {
    /// It is needed as it is.
    Needed,
    /// It is needed, and should be marked `// indirect`, or, if not, should not be.
    Mismarked {
        /// Whether it should be.
        indirect: bool,
    },
    /// It is needed, and this higher version is selected.
    Low(String),
    /// Another line requires the same module.
    Repeated,
    /// Nothing needs it.
    Unused,
    /// It is not known whether anything needs it.
    Undecided,
}

impl fmt::Display for RequirementVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Needed => f.write_str("needed"),
            Self::Mismarked { indirect: true } => f.write_str("needed, lacks // indirect"),
            Self::Mismarked { indirect: false } => f.write_str("needed, not // indirect"),
            Self::Low(version) => write!(f, "needed at {version}"),
            Self::Repeated => f.write_str("required twice"),
            Self::Unused => f.write_str("unused"),
            Self::Undecided => f.write_str("not decided"),
        }
    }
}

impl RequirementRow {
    /// How many files import it: in all, of these tests, and of these those that only some builds have.
    pub fn counts(&self) -> ImporterCounts {
        ImporterCounts {
            shipped: self.importers.iter().filter(|it| !it.is_test).count(),
            tests: self.importers.iter().filter(|it| it.is_test).count(),
            some_builds: self.importers.iter().filter(|it| it.constraint.is_some()).count(),
        }
    }

    /// Whether something is to be done about it.
    pub fn is_faulty(&self) -> bool {
        !matches!(self.verdict, RequirementVerdict::Needed | RequirementVerdict::Undecided)
    }
}

/// How many files import a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImporterCounts {
    /// Files that are shipped.
    pub shipped: usize,
    /// Files of tests.
    pub tests: usize,
    /// Of both, those that only some builds have.
    pub some_builds: usize,
}

impl fmt::Display for ImporterCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shipped, tests, some_builds } = self;
        match (shipped, tests) {
            (0, 0) => return f.write_str("0"),
            (shipped, 0) => write!(f, "{shipped}")?,
            (0, tests) => write!(f, "{tests} in tests")?,
            (shipped, tests) => write!(f, "{shipped} + {tests} in tests")?,
        }
        match some_builds {
            0 => Ok(()),
            some if *some == shipped + tests => f.write_str(", only in some builds"),
            some => write!(f, ", {some} only in some builds"),
        }
    }
}

/// The totals of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendPoint {
    /// The id of the commit.
    pub commit: String,
    /// When its author wrote it, in RFC 3339.
    pub date: String,
    /// Modules.
    pub modules: usize,
    /// Packages.
    pub packages: usize,
    /// Go files.
    pub files: usize,
    /// `require` lines.
    pub requirements: usize,
    /// The violations of today's policy.
    pub findings: usize,
}
