//! Module caches that lack something, or have something else than the download.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::load::FactStore;

use super::trial::{Case, Trial, modules};
use super::universe::Published;
use crate::support::proxy::escaped;
use crate::support::tidy;

/// How often something is taken from the module cache.
const HOLES: usize = 8;

/// The removed files, and where they are now.
struct Hole(Vec<(PathBuf, PathBuf)>);

impl Hole {
    fn new(paths: &[PathBuf]) -> Self {
        let away = |path: &PathBuf| (path.clone(), PathBuf::from(format!("{}.away", path.display())));
        let moved = paths.iter().map(away).filter(|(path, away)| fs::rename(path, away).is_ok());
        Self(moved.collect())
    }

    fn fill(self) {
        for (path, away) in self.0 {
            let _ = (fs::remove_file(&path), fs::remove_dir_all(&path));
            fs::rename(away, path).expect("it goes back");
        }
    }
}

impl Trial<'_> {
    /// Takes one thing after another from the module cache of a module that is worked on.
    pub(super) fn run_with_holes(&mut self) {
        let written = Case { files: self.universe.files.clone(), story: Vec::new() };
        let Some(tidy) = self.tidy(written) else { return };
        // Modules in directories would be tidied too.
        if modules(&tidy.files).len() > 1 {
            return;
        }
        for at in 0..HOLES {
            let mut case = if at % 2 == 0 { tidy.clone() } else { self.changed(&tidy) };
            let Some((story, hole)) = self.make_hole() else { continue };
            case.story.push(story);
            if modules(&case.files).len() == 1 {
                self.try_offline(&case);
            }
            hole.fill();
        }
    }

    /// Compares the results of modwarden and the go command for the main module with the present module cache.
    fn try_offline(&mut self, case: &Case) {
        self.cases += 1;
        let main = &self.universe.main.dir;
        // Modwarden comes first, because the go command fills the cache as far as it can.
        let fixed = tidy::fixed(&case.files, &self.world.cache, &FactStore::none());
        let dir = self.write(case);
        let tidied = self.world.tidier.tidied_offline(&dir.join(main));
        self.compare(case, &BTreeMap::from([(main.clone(), tidied)]), &fixed);
    }

    /// Takes something of a module away.
    fn make_hole(&mut self) -> Option<(String, Hole)> {
        let universe = self.universe;
        let cached: Vec<&Published> =
            universe.published.iter().filter(|module| self.file(module, "mod").exists()).collect();
        let (at, kind) = (self.random.below(cached.len().max(1)), self.random.below(7));
        let module = *cached.get(at)?;
        let name = format!("{}@{}", module.path, module.version);
        let file = |end: &str| self.file(module, end);
        let extracted = self.world.root.join("cache").join(format!("{}@{}", escaped(&module.path), module.version));
        let (what, paths) = match kind {
            0 => ("the go.mod of ", vec![file("mod"), file("info")]),
            1 => ("the list of versions of ", vec![file("mod").with_file_name("list"), file("info")]),
            2 => ("the zip file of ", vec![file("zip")]),
            3 => ("the zip file and its hash of ", vec![file("zip"), file("ziphash")]),
            4 => {
                let text = fs::read_to_string(file("mod")).expect("it is there");
                let hole = Hole::new(&[file("mod")]);
                fs::write(file("mod"), text + "// changed\n").expect("it is written");
                return Some((format!("with another go.mod of {name}"), hole));
            }
            _ => ("", vec![file("zip"), extracted]),
        };
        Some((format!("without {what}{name}"), Hole::new(&paths)))
    }

    fn file(&self, module: &Published, end: &str) -> PathBuf {
        let Published { path, version, .. } = module;
        let dir = Path::new("cache/cache/download").join(escaped(path)).join("@v");
        self.world.root.join(dir).join(format!("{version}.{end}"))
    }
}
