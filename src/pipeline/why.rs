//! `why`: the shortest way by which a module needs a package or another module.

use std::collections::HashMap;
use std::sync::Arc;

use super::ages::{LineHistory, requiring_module};
use super::dependencies::KnownDependencies;
use super::inspect::Inspected;
use super::state::StateFacts;
use super::undecided::describe_undecided;
use crate::go::ModuleVersion;
use crate::history::{AskedRequirement, LastImportCommit};
use crate::load::Input;
use crate::model::{File, Import, Module, Needed, NeededPackage, Package, Provider, Resolution, Undecided};
use crate::report::why::{Answer, Hop, LastImportLine, WhyGround};
use crate::source::{ModuleCache, SourceError};
use crate::text::{Files, RepoPath};

/// The question, and its state.
#[derive(Clone, Copy)]
pub struct WhyRequest<'a> {
    /// The state.
    pub input: Input<'a>,
    /// The module cache, as evidence.
    pub cache: Option<&'a ModuleCache>,
    /// Finds when something was last imported.
    pub history: Option<&'a dyn LineHistory>,
    /// A package or module.
    pub target: &'a str,
    /// Only the modules below these; all where empty.
    pub paths: &'a [RepoPath],
}

/// For each module whether and why it needs the target.
pub fn why(request: &WhyRequest<'_>, inspected: &Inspected) -> Result<Vec<Answer>, SourceError> {
    let Inspected { facts, files, .. } = inspected;
    let known = KnownDependencies::new(request.input, request.cache);
    let is_asked = |module: &Module<'_>| {
        let path = files.get(module.file()).path();
        request.paths.is_empty() || request.paths.iter().any(|dir| path.is_within(dir))
    };
    let mut answers = Vec::new();
    let (mut unneeded, mut asked_past) = (Vec::new(), Vec::new());
    for (module, needed, undecided) in facts.model.needed(facts.model.modules().filter(is_asked), &known) {
        let imported = imported(module);
        let asked = AskedPath { request, module, facts, files, known: &known, needed: &needed, imported: &imported };
        let answer = asked.answer(undecided.as_ref());
        if answer.hops.is_empty() && request.history.is_some() {
            unneeded.push(answers.len());
            let module = requiring_module(module, facts, files);
            asked_past.push(AskedRequirement { module, path: request.target.into() });
        }
        answers.push(answer);
    }
    let Some(history) = request.history.filter(|_| !asked_past.is_empty()) else { return Ok(answers) };
    // One walk through the past for all modules.
    let found = history.last_imports(request.input, &asked_past)?.unwrap_or_default();
    for (at, found) in unneeded.into_iter().zip(found) {
        answers[at].last_import = found.map(|found| last_import(&found));
    }
    Ok(answers)
}

fn last_import(found: &LastImportCommit) -> LastImportLine {
    LastImportLine {
        commit: found.commit.id.to_string(),
        author: found.commit.author.clone(),
        subject: found.commit.subject.clone(),
        was_imported: found.was_imported,
        is_least: found.is_least,
    }
}

/// Those of the paths below which there is no module, each with the directory of the module around it, if there is one.
pub(crate) fn without_module(inspected: &Inspected, paths: &[RepoPath]) -> Vec<(RepoPath, Option<RepoPath>)> {
    let Inspected { facts, files, .. } = inspected;
    let has_module = |path: &RepoPath| facts.model.modules().any(|it| files.get(it.file()).path().is_within(path));
    let around = |path: &RepoPath| path.ancestors().find_map(|dir| facts.model.module_in(&dir).map(|_| dir));
    paths.iter().filter(|path| !has_module(path)).map(|path| (path.clone(), around(path))).collect()
}

struct AskedPath<'a> {
    request: &'a WhyRequest<'a>,
    module: Module<'a>,
    facts: &'a StateFacts,
    files: &'a Files,
    known: &'a KnownDependencies<'a>,
    needed: &'a Needed,
    /// The required module that the model takes each import of the module to be of.
    imported: &'a HashMap<&'a str, ModuleVersion>,
}

/// The required module that each import of a module is taken to be of, by import path.
fn imported<'m>(module: Module<'m>) -> HashMap<&'m str, ModuleVersion> {
    let files = module.packages().flat_map(Package::files).filter(|file| file.is_in_some_build());
    let mut imported = HashMap::new();
    for import in files.flat_map(File::imports) {
        let Resolution { module, version, .. } = import.resolution();
        if let (Some(path), Some(version)) = (module.clone(), version.clone()) {
            imported.insert(import.path(), ModuleVersion { path, version });
        }
    }
    imported
}

fn named(module: &ModuleVersion) -> (String, String) {
    (module.path.to_string(), module.version.to_string())
}

impl AskedPath<'_> {
    fn answer(&self, undecided: Option<&Undecided>) -> Answer {
        let target = self.request.target;
        let is_of_module = |package: &NeededPackage| match &package.provider {
            Provider::Module(module) => module.path.as_str() == target,
            Provider::Own => false,
            // Without the module's files, the requirement for the import has to be enough.
            Provider::None => self.imported.get(&*package.path).is_some_and(|module| module.path.as_str() == target),
        };
        let way = self.needed.way(is_of_module).or_else(|| self.needed.way(|package| *package.path == *target));
        let line = self.module.go_mod().require.iter().find(|line| line.path.value.as_str() == target);
        let requirement = line.map(|line| {
            let mark = if line.indirect { " // indirect" } else { "" };
            format!("{} {}{mark}", line.path.value, line.version.value)
        });
        let tests = self.needed.packages.iter().filter(|package| package.is_test).count();
        Answer {
            module: self.module.path().to_string(),
            target: target.to_owned(),
            last_import: None,
            hops: way.map(|way| self.hops(&way)).unwrap_or_default(),
            requirement,
            packages: self.needed.packages.len() - tests,
            tests,
            undecided: undecided.map(|it| describe_undecided(it, &self.facts.model)),
        }
    }

    fn hops(&self, way: &[usize]) -> Vec<Hop> {
        let packages = &self.needed.packages;
        let mut hops = Vec::new();
        let mut from: Option<&NeededPackage> = None;
        for package in way.iter().map(|&at| &packages[at]) {
            if package.is_test {
                from = Some(package);
                continue;
            }
            let ground = match from {
                Some(from) => self.import(from, &package.path),
                None if package.provider == Provider::Own => WhyGround::Own,
                None => WhyGround::Tool,
            };
            let module = match &package.provider {
                Provider::Module(module) => Some(named(module)),
                Provider::Own => None,
                Provider::None => self.imported.get(&*package.path).map(named),
            };
            hops.push(Hop { package: package.path.to_string(), module, ground });
            from = Some(package);
        }
        hops
    }

    /// Where a package, or its test, imports another.
    fn import(&self, from: &NeededPackage, path: &Arc<str>) -> WhyGround {
        let own = || {
            let package = self.module.packages().find(|package| *package.path() == *from.path);
            let files = package.into_iter().flat_map(Package::files);
            let files = files.filter(|file| file.is_test() == from.is_test && file.is_in_some_build());
            let import = files.flat_map(File::imports).find(|import| *import.path() == **path);
            import.map(|import: Import<'_>| (self.files.get(import.file().id()).path().to_string(), import.spec().line))
        };
        let place = match &from.dir {
            Some(dir) => self.known.import(dir, from.is_test, path),
            None => own(),
        };
        WhyGround::Import { test: from.is_test, place }
    }
}
