//! The facts that can hold of a commit, each with a small number.

use std::sync::Arc;

use crate::finding::Identity;
use crate::go::{ModulePath, Version};
use crate::model::Model;
use crate::syntax::{GoMod, Replace, ReplaceTarget};
use crate::text::FastMap;

/// Something that is true of a commit or not, or several times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// There is a module of this path.
    Module(Arc<str>),
    /// A module file requires a module version.
    Require {
        /// The module.
        module: Arc<str>,
        /// The required module.
        path: Arc<str>,
        /// The version.
        version: Arc<str>,
    },
    /// A module file replaces a module.
    Replace {
        /// The module.
        module: Arc<str>,
        /// The left side: a path, or a path and a version.
        old: Arc<str>,
        /// The replacement: a directory, or a path and a version.
        new: Arc<str>,
    },
    /// A module file excludes a module version.
    Exclude {
        /// The module.
        module: Arc<str>,
        /// The excluded module.
        path: Arc<str>,
        /// The version.
        version: Arc<str>,
    },
    /// A module file names a tool.
    Tool {
        /// The module.
        module: Arc<str>,
        /// The package.
        path: Arc<str>,
    },
    /// There is a package of this path.
    Package(Arc<str>),
    /// A package imports another.
    Import {
        /// The importing package.
        package: Arc<str>,
        /// The imported path.
        path: Arc<str>,
    },
    /// The policy is broken. Which of equal findings it is does not matter here.
    Finding(Identity),
}

impl Fact {
    /// Whether it is a finding, which can occur several times.
    pub fn is_finding(&self) -> bool {
        matches!(self, Self::Finding(_))
    }
}

/// The number of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(u32);

/// All facts that were met, each once.
#[derive(Debug, Default)]
pub struct Facts {
    all: Vec<Fact>,
    ids: FastMap<Fact, FactId>,
    words: FastMap<Arc<str>, u32>,
    imports: FastMap<(u32, u32), FactId>,
}

impl Facts {
    /// The fact of this number.
    pub fn get(&self, id: FactId) -> &Fact {
        &self.all[id.0 as usize]
    }

    /// The number of a fact, if it was met.
    pub fn find(&self, fact: &Fact) -> Option<FactId> {
        match fact {
            Fact::Import { package, path } => {
                let pair = (*self.words.get(package)?, *self.words.get(path)?);
                self.imports.get(&pair).copied()
            }
            fact => self.ids.get(fact).copied(),
        }
    }

    /// The number of a fact.
    pub(super) fn add(&mut self, fact: Fact) -> FactId {
        if let Some(id) = self.ids.get(&fact) {
            return *id;
        }
        let id = self.push(fact.clone());
        self.ids.insert(fact, id);
        id
    }

    /// The number of a fact of any kind.
    pub(super) fn intern(&mut self, fact: Fact) -> FactId {
        match fact {
            Fact::Import { package, path } => self.add_import(&package, &path),
            fact => self.add(fact),
        }
    }

    /// The number of the fact that a package imports a path. There are so many of these that they are found without
    /// making one first.
    pub(super) fn add_import(&mut self, package: &str, path: &str) -> FactId {
        let pair = (self.word(package), self.word(path));
        if let Some(id) = self.imports.get(&pair) {
            return *id;
        }
        let id = self.push(Fact::Import { package: package.into(), path: path.into() });
        self.imports.insert(pair, id);
        id
    }

    /// The facts of the module files.
    pub(super) fn add_modules(&mut self, model: &Model) -> Vec<FactId> {
        let mut ids = Vec::new();
        for module in model.modules() {
            let path: Arc<str> = module.path().as_str().into();
            ids.push(self.add(Fact::Module(Arc::clone(&path))));
            ids.extend(self.add_lines(&path, module.go_mod()));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn add_lines(&mut self, module: &Arc<str>, go_mod: &GoMod) -> Vec<FactId> {
        let module = || Arc::clone(module);
        let of = |path: &ModulePath, version: &Version| -> (Arc<str>, Arc<str>) {
            (path.as_str().into(), version.as_str().into())
        };
        let require = go_mod.require.iter().map(|line| {
            let (path, version) = of(&line.path.value, &line.version.value);
            Fact::Require { module: module(), path, version }
        });
        let exclude = go_mod.exclude.iter().map(|line| {
            let (path, version) = of(&line.path.value, &line.version.value);
            Fact::Exclude { module: module(), path, version }
        });
        let replace = go_mod.replace.iter().map(|line| {
            let (old, new) = sides(line);
            Fact::Replace { module: module(), old: old.into(), new: new.into() }
        });
        let tool =
            go_mod.tool.iter().map(|line| Fact::Tool { module: module(), path: line.path.value.as_str().into() });
        let facts: Vec<Fact> = require.chain(exclude).chain(replace).chain(tool).collect();
        facts.into_iter().map(|fact| self.add(fact)).collect()
    }

    fn word(&mut self, text: &str) -> u32 {
        if let Some(word) = self.words.get(text) {
            return *word;
        }
        let word = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.insert(text.into(), word);
        word
    }

    fn push(&mut self, fact: Fact) -> FactId {
        let id = FactId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(fact);
        id
    }
}

/// Both sides of a `replace`, a version after `@`.
fn sides(line: &Replace) -> (String, String) {
    let old = match &line.old_version {
        Some(version) => format!("{}@{}", line.old.value, version.value),
        None => line.old.value.to_string(),
    };
    let new = match &line.new {
        ReplaceTarget::Directory(path) => path.value.to_string(),
        ReplaceTarget::Module { path, version } => format!("{}@{}", path.value, version.value),
    };
    (old, new)
}
