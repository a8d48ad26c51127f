//! Which paths each module imports anywhere: all that rules about module files know of the Go files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Draft, ImportSet};
use crate::syntax::{GoFile, ImportSpec, Parsed, ParsedFile};
use crate::text::{FastMap, Files, RepoPath, Span};

/// For each module, by its place in the list of modules, the paths that it imports and in how many files.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses(BTreeMap<usize, FastMap<Box<str>, usize>>);

impl Uses {
    /// Adds a Go file of the directory `dir`. Returns whether a module has a new import, and a requirement
    /// could provide that.
    pub(super) fn add(&mut self, draft: &Draft, dir: &RepoPath, file: &Parsed<GoFile>) -> bool {
        let Some(module) = draft.module_with_package(dir) else { return false };
        let paths = self.0.entry(module).or_default();
        let mut changes = false;
        for import in &file.tree.imports {
            let count = paths.entry(import.path.clone()).or_default();
            *count += 1;
            changes |= *count == 1 && draft.could_be_required(module, &import.path);
        }
        changes
    }

    /// The reverse.
    pub(super) fn remove(&mut self, draft: &Draft, dir: &RepoPath, file: &Parsed<GoFile>) -> bool {
        let Some(module) = draft.module_with_package(dir) else { return false };
        let paths = self.0.entry(module).or_default();
        let mut changes = false;
        for import in &file.tree.imports {
            let Some(count) = paths.get_mut(&import.path) else { continue };
            *count -= 1;
            if *count == 0 {
                paths.remove(&import.path);
                changes |= draft.could_be_required(module, &import.path);
            }
        }
        changes
    }

    /// Whether a module imports one of these, and a requirement could provide that.
    pub(super) fn has_any_of(&self, draft: &Draft, imports: &ImportSet) -> bool {
        let matters = |module: usize, path: &str| imports.contains(path) && draft.could_be_required(module, path);
        self.0.iter().any(|(&module, paths)| paths.keys().any(|path| matters(module, path)))
    }

    /// A file for each module with the imports that matter, which stands for all files that have them.
    pub(super) fn as_files(&self, draft: &Draft, files: &mut Files) -> Vec<ParsedFile<GoFile>> {
        let modules: Vec<RepoPath> = draft.model().modules().map(|module| module.dir().clone()).collect();
        let stand_in = |(&module, paths): (&usize, &FastMap<Box<str>, usize>)| {
            let mut paths: Vec<&str> =
                paths.keys().map(|path| &**path).filter(|path| draft.could_be_required(module, path)).collect();
            paths.sort_unstable();
            let path = modules.get(module)?.join("imports.go");
            let file = files.add(path.clone());
            let tree = GoFile { imports: paths.into_iter().map(import).collect(), ..GoFile::default() };
            Some(ParsedFile { file, path, parsed: Arc::new(Parsed { tree, ..Parsed::default() }) })
        };
        self.0.iter().filter_map(stand_in).collect()
    }
}

fn import(path: &str) -> ImportSpec {
    let nowhere = Span::at(0);
    ImportSpec { path: path.into(), path_span: nowhere, name: None, span: nowhere, line: 1, column: 1 }
}
