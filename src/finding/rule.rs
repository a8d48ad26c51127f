//! How a rule describes itself.

use std::fmt;
use std::str::FromStr;

/// How much a finding matters, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth mending; does not fail a run by default.
    Warn,
    /// Fails a run by default.
    Error,
}

impl Severity {
    /// All of them, least first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warn, Self::Error];

    /// The name used in policies, options and every report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name).ok_or(())
    }
}

/// The evidence of a statement, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The repository's own files.
    Source,
    /// And the packages in `vendor/`.
    Vendor,
    /// And the modules in the module cache.
    ModuleCache,
}

impl Evidence {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Vendor => "vendor",
            Self::ModuleCache => "module-cache",
        }
    }
}

/// The group that a rule is listed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Which packages may import which.
    Imports,
    /// Which modules may be required.
    Modules,
    /// Where `replace` and `exclude` lines are allowed, and whether they have an effect.
    Replace,
    /// Whether the modules of a workspace fit together.
    Workspace,
    /// Whether vendor directories match go.mod and their modules.
    Vendor,
    /// Lines that are unused, missing or marked wrongly.
    Residual,
    /// Whether checksums agree.
    Integrity,
    /// Whether the policy itself holds together.
    Policy,
}

impl Family {
    /// The name used in lists and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imports => "imports",
            Self::Modules => "modules",
            Self::Replace => "replace and exclude",
            Self::Workspace => "workspace",
            Self::Vendor => "vendor",
            Self::Residual => "residual",
            Self::Integrity => "integrity",
            Self::Policy => "policy",
        }
    }
}

/// Everything about a rule that does not depend on a policy.
#[derive(Debug)]
pub struct RuleMeta {
    /// The id, in kebab case, named for the fault.
    pub id: &'static str,
    /// The group.
    pub family: Family,
    /// One sentence: the fault that the rule finds.
    pub summary: &'static str,
    /// The severity when the policy gives none.
    pub severity: Severity,
    /// The weakest evidence that suffices.
    pub evidence: Evidence,
    /// The page that `modwarden explain` shows, in Markdown.
    pub page: &'static str,
}

impl RuleMeta {
    /// The address of the page on the web.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}rules/{}.html", env!("CARGO_PKG_HOMEPAGE"), self.id)
    }
}
