//! Module caches that lack something, or have something else than what was downloaded.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::trial::{Case, Trial};
use super::universe::{Published, joined};
use crate::support::proxy::escaped;
use crate::support::tidy;

/// How often something is taken from the module cache.
const HOLES: usize = 6;

impl Trial<'_> {
    /// Takes one thing after another from the module cache of a module that is worked on.
    pub(super) fn run_with_holes(&mut self) {
        let written = Case { files: self.universe.files.clone(), story: Vec::new() };
        let Some(tidy) = self.tidy(&written) else { return };
        for at in 0..HOLES {
            let mut case = if at % 2 == 0 { tidy.clone() } else { self.changed(&tidy) };
            case.story.extend(self.make_hole());
            self.try_offline(&case);
        }
    }

    /// Compares what modwarden and the go command make of the main module with what is in the module cache now.
    fn try_offline(&mut self, case: &Case) {
        let main = &self.universe.main.dir;
        let others: Vec<String> =
            case.files.keys().filter(|path| path.ends_with("go.mod") && **path != joined(main, "go.mod")).cloned().collect();
        if !others.is_empty() {
            return;
        }
        // Modwarden comes first, because the go command fills what it can.
        let fixed = tidy::fixed(&case.files, &self.world.cache);
        let dir = self.write(case);
        let tidied = self.world.tidier.tidied_offline(&dir.join(main));
        self.remove(&dir);
        self.compare(case, &BTreeMap::from([(main.clone(), tidied)]), &fixed);
    }

    /// Takes something of a module away.
    fn make_hole(&mut self) -> Option<String> {
        let cached: Vec<&Published> =
            self.universe.published.iter().filter(|module| self.file(module, "mod").exists()).collect();
        let module = *cached.get(self.random.below(cached.len().max(1)))?;
        let name = format!("{}@{}", module.path, module.version);
        let go_mod = self.file(module, "mod");
        let extracted = self.world.root.join("cache").join(format!("{}@{}", escaped(&module.path), module.version));
        Some(match self.random.below(6) {
            0 => {
                fs::remove_file(go_mod).expect("it is there");
                format!("without the go.mod of {name}")
            }
            1 => {
                let text = fs::read_to_string(&go_mod).expect("it is there");
                fs::write(go_mod, text + "// changed\n").expect("it is written");
                format!("with another go.mod of {name}")
            }
            2 => {
                let _ = fs::remove_file(self.file(module, "zip"));
                format!("without the zip file of {name}")
            }
            3 => {
                let _ = (fs::remove_file(self.file(module, "zip")), fs::remove_file(self.file(module, "ziphash")));
                format!("without the zip file and its hash of {name}")
            }
            _ => {
                let _ = (fs::remove_file(self.file(module, "zip")), fs::remove_dir_all(extracted));
                format!("without {name}")
            }
        })
    }

    fn file(&self, module: &Published, end: &str) -> PathBuf {
        let Published { path, version, .. } = module;
        self.world.root.join(format!("cache/cache/download/{}/@v/{version}.{end}", escaped(path)))
    }
}
