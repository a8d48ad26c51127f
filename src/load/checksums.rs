//! The checksums in the module cache, for comparing those in go.sum with them.

use rayon::prelude::*;

use crate::go::GO_MOD;
use crate::source::{ContentHash, ModuleCache, hash1};
use crate::syntax::{SumContent, SumKey};

/// How many files a thread looks for at least.
const FILES_A_TASK: usize = 64;

/// The `h1:` checksums in the module cache, in the order of the keys: of a whole module the one that the go command
/// noted when it downloaded it, of a go.mod its own. `None` where the module cache has nothing, or a noted checksum is
/// of an unknown algorithm.
pub(crate) fn cached_sums(cache: &ModuleCache, keys: &[SumKey<'_>]) -> Vec<Option<String>> {
    keys.par_iter().with_min_len(FILES_A_TASK).map(|key| cached_sum(cache, *key)).collect()
}

fn cached_sum(cache: &ModuleCache, key: SumKey<'_>) -> Option<String> {
    match key.content {
        SumContent::Zip => cache.zip_hash(key.module, key.version).filter(|hash| hash.starts_with("h1:")),
        SumContent::GoMod => {
            let text = cache.go_mod(key.module, key.version)?;
            hash1("", [(GO_MOD.as_bytes(), ContentHash::of(&text))]).ok()
        }
    }
}
