//! Gives the model the packages of dependencies that `load` reads, for the graph of all imports.

use std::collections::HashMap;

use super::state::{StateFacts, answers};
use crate::load::{Input, OutsidePackages};
use crate::model::{FilePlace, OutsideContents, OutsideFile, OutsideSource, Question, Vendor};
use crate::source::{ModuleCache, SourceError};
use crate::syntax::PackageDir;
use crate::text::{Files, RepoPath};

/// The packages of dependencies of one state. Files of the repository are added to the table when they are read.
struct KnownOutside<'a> {
    packages: OutsidePackages<'a>,
    cache: Option<&'a ModuleCache>,
    files: &'a mut Files,
}

impl StateFacts {
    /// The same with the graph of all imports.
    pub(super) fn with_import_graph(
        self,
        input: Input<'_>,
        cache: Option<&ModuleCache>,
        files: &mut Files,
    ) -> Result<Self, SourceError> {
        let vendors: Vec<RepoPath> = self.model.vendors().map(Vendor::dir).cloned().collect();
        let packages = OutsidePackages::new(input, cache, &vendors)?;
        let mut known = KnownOutside { packages, cache, files };
        Ok(Self { model: self.model.with_import_graph(&mut known), ..self })
    }
}

impl OutsideSource for KnownOutside<'_> {
    fn answers(&self, questions: Vec<Question>) -> HashMap<Question, bool> {
        self.cache.map(|cache| answers(cache, questions)).unwrap_or_default()
    }

    fn read(&mut self, dirs: &[PackageDir]) -> Vec<OutsideContents> {
        let mut contents = Vec::new();
        for (dir, files) in dirs.iter().zip(self.packages.read(dirs)) {
            contents.push(match files {
                None => OutsideContents::Unknown,
                Some(files) if files.is_empty() => OutsideContents::Nothing,
                Some(files) => {
                    let mut package = Vec::new();
                    for file in files {
                        let place = match file.path {
                            Some(path) => FilePlace::InRepository(self.files.add(path)),
                            None => FilePlace::InCache(cached_path(dir, &file.name)),
                        };
                        package.push(OutsideFile { place, name: file.name, tree: file.tree });
                    }
                    OutsideContents::Package(package)
                }
            });
        }
        contents
    }
}

/// A file in the module cache, as people know it: `MODULE@VERSION/PATH`.
fn cached_path(dir: &PackageDir, name: &str) -> String {
    match dir {
        PackageDir::InCache(module, below) if below.is_empty() => format!("{module}/{name}"),
        PackageDir::InCache(module, below) => format!("{module}/{below}/{name}"),
        PackageDir::InRepository(dir) => format!("{dir}/{name}"),
    }
}
