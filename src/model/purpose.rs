//! The purpose of each requirement of a module: who imports it, which packages of it are needed, and whether its line is
//! correct.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::requirement::{RequirementUses, Usage};
use super::{Basis, Import, Module, Needed, Provider, ResidualKind, ResidueFacts};
use crate::go::{ModulePath, ModuleVersion};
use crate::syntax::Require;

/// The purpose of a requirement.
#[derive(Clone, Debug)]
pub struct Purpose<'m> {
    /// Its line.
    pub line: &'m Require,
    /// The module's own imports that lead to it and that some build has, by file and place.
    pub imports: Vec<Import<'m>>,
    /// The packages of it that are needed, as far as that is known.
    pub packages: BTreeSet<Arc<str>>,
    /// The verdict on the line.
    pub worth: Worth,
    /// The evidence of the verdict.
    pub basis: Basis,
}

/// The verdict on a `require` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is needed as it is.
    Needed,
    /// It is needed, and should be marked `// indirect`, or should not be.
    Mismarked {
        /// Whether it should be.
        indirect: bool,
    },
    /// It is needed, and a higher version is selected.
    Low(ModuleVersion),
    /// Another line requires the same module.
    Repeated,
    /// Nothing needs it.
    Unused,
    /// It is not known whether anything needs it.
    Open,
}

impl<'m> Module<'m> {
    /// The purpose of each `require` line, in order. `needed` are the packages that the module needs, if all of them are
    /// known.
    pub fn purposes(self, facts: ResidueFacts<'m>, needed: Option<&Needed>) -> Vec<Purpose<'m>> {
        let judge = PurposeJudge {
            module: self,
            facts,
            uses: RequirementUses::of(self),
            packages: needed.map(packages_by_module),
            vendored: self.vendored_packages(),
            found: found_by_line(self, facts),
        };
        self.go_mod().require.iter().enumerate().map(|(at, line)| judge.purpose(at, line)).collect()
    }

    /// The packages that a vendor directory of its own has, by module.
    fn vendored_packages(self) -> HashMap<&'m ModulePath, BTreeSet<Arc<str>>> {
        let mut packages: HashMap<&ModulePath, BTreeSet<Arc<str>>> = HashMap::new();
        if self.workspace().is_none() {
            for (package, module) in self.universe().vendored_packages() {
                packages.entry(module).or_default().insert(package.into());
            }
        }
        packages
    }
}

struct PurposeJudge<'m> {
    module: Module<'m>,
    facts: ResidueFacts<'m>,
    uses: RequirementUses<'m>,
    /// The packages that are needed, by the path of their module; `None` where not all of them are known.
    packages: Option<HashMap<ModulePath, BTreeSet<Arc<str>>>>,
    vendored: HashMap<&'m ModulePath, BTreeSet<Arc<str>>>,
    /// The verdicts on lines, by their places.
    found: HashMap<usize, (Worth, Basis)>,
}

impl<'m> PurposeJudge<'m> {
    fn purpose(&self, at: usize, line: &'m Require) -> Purpose<'m> {
        let path = &line.path.value;
        let used = self.uses.requirements.get(path);
        let imports = used.map(|used| used.imports.clone()).unwrap_or_default();
        let imported = || imports.iter().map(|import| import.path().into()).collect();
        let packages = match &self.packages {
            Some(needed) => needed.get(path).cloned().unwrap_or_default(),
            None => self.vendored.get(path).cloned().unwrap_or_else(imported),
        };
        let (worth, basis) = self.worth(at, line);
        Purpose { line, imports, packages, worth, basis }
    }

    /// The verdict that was found for the line, or else the one that is known without it.
    fn worth(&self, at: usize, line: &Require) -> (Worth, Basis) {
        if let Some(found) = self.found.get(&at) {
            return found.clone();
        }
        if let Some(basis) = self.module.tidied_by(self.facts) {
            return (Worth::Needed, basis);
        }
        let usage = self.uses.requirements.get(&line.path.value).map(|used| used.usage);
        match usage {
            _ if self.module.open_requirements(self.facts).need.contains(&at) => (Worth::Open, Basis::Source),
            Some(Usage::Used) => (Worth::Needed, Basis::Source),
            _ if self.vendored.contains_key(&line.path.value) => (Worth::Needed, Basis::Vendor),
            _ => (Worth::Needed, Basis::Source),
        }
    }
}

/// The first that was found of each `require` line.
fn found_by_line<'m>(module: Module<'m>, facts: ResidueFacts<'m>) -> HashMap<usize, (Worth, Basis)> {
    let mut found: HashMap<usize, (Worth, Basis)> = HashMap::new();
    for residual in module.residue(facts) {
        let (line, worth) = match &residual.kind {
            ResidualKind::Unused { line } => (*line, Worth::Unused),
            ResidualKind::Repeated { line } => (*line, Worth::Repeated),
            ResidualKind::Low { line, selected } => (*line, Worth::Low(selected.clone())),
            ResidualKind::Mismarked { line, indirect } => (*line, Worth::Mismarked { indirect: *indirect }),
            _ => continue,
        };
        found.entry(line).or_insert((worth, residual.basis));
    }
    found
}

fn packages_by_module(needed: &Needed) -> HashMap<ModulePath, BTreeSet<Arc<str>>> {
    let mut packages: HashMap<ModulePath, BTreeSet<Arc<str>>> = HashMap::new();
    for package in &needed.packages {
        if let Provider::Module(module) = &package.provider {
            packages.entry(module.path.clone()).or_default().insert(Arc::clone(&package.path));
        }
    }
    packages
}
