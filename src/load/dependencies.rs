//! The go.mod files of dependencies, from the module cache: each is read and parsed once in a run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::go::ModuleVersion;
use crate::source::{ContentHash, ModuleCache, hash1};
use crate::syntax::{GoMod, ModuleSum, Parsed, SumContent, parse_dependency_go_mod};

/// The facts in the module cache about dependencies.
#[derive(Debug)]
pub struct Dependencies<'a> {
    cache: Option<&'a ModuleCache>,
    known: Mutex<KnownModules>,
}

type KnownModules = HashMap<ModuleVersion, GoModFile>;

/// A go.mod; `None` if it cannot be had, or if the go command could not read it either.
type GoModFile = Option<Arc<Parsed<GoMod>>>;

impl<'a> Dependencies<'a> {
    /// Those of this cache, or none.
    pub fn new(cache: Option<&'a ModuleCache>) -> Self {
        Self { cache, known: Mutex::default() }
    }

    /// Whether there is a cache at all.
    pub fn has_cache(&self) -> bool {
        self.cache.is_some()
    }

    /// The go.mod files of these modules, in order.
    pub fn go_mods(&self, modules: &[ModuleVersion]) -> Vec<GoModFile> {
        let Some(cache) = self.cache else { return vec![None; modules.len()] };
        let unknown: Vec<&ModuleVersion> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            modules.iter().filter(|module| !known.contains_key(module)).collect()
        };
        let read: Vec<(ModuleVersion, GoModFile)> =
            unknown.into_par_iter().map(|module| (module.clone(), read(cache, module))).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(read);
        modules.iter().map(|module| known.get(module).cloned().flatten()).collect()
    }

    /// The checksums of these, in order: of a module the one that the go command noted when it downloaded the module.
    pub fn sums(&self, wanted: &[ModuleSum]) -> Vec<Option<String>> {
        let Some(cache) = self.cache else { return vec![None; wanted.len()] };
        wanted.par_iter().map(|wanted| sum(cache, wanted)).collect()
    }
}

/// The checksum of the cached content.
fn sum(cache: &ModuleCache, ModuleSum { module, content }: &ModuleSum) -> Option<String> {
    let (path, version) = (module.path.as_str(), module.version.as_str());
    match content {
        SumContent::Zip => cache.zip_hash(path, version),
        SumContent::GoMod => {
            let text = cache.go_mod(path, version)?;
            hash1("", [(&b"go.mod"[..], ContentHash::of(&text))]).ok()
        }
    }
}

fn read(cache: &ModuleCache, module: &ModuleVersion) -> GoModFile {
    let text = cache.go_mod(module.path.as_str(), module.version.as_str())?;
    Some(parse_dependency_go_mod(&text)).filter(|parsed| parsed.errors.is_empty()).map(Arc::new)
}
