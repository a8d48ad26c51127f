//! `why`: the shortest way by which a module needs a package or another module.

use std::sync::Arc;

use super::ages::{LineHistory, asked_requirement};
use super::dependencies::Known;
use super::inspect::Inspected;
use super::state::StateFacts;
use super::undecided::describe_undecided;
use crate::load::Input;
use crate::model::{File, Import, Module, Needed, NeededPackage, Package, Provider, Undecided};
use crate::report::why::{Answer, Ground, Hop, LastImport};
use crate::source::{ModuleCache, SourceError};
use crate::text::{Files, RepoPath};

/// What is asked, and of which state.
#[derive(Clone, Copy)]
pub struct WhyRequest<'a> {
    /// The state.
    pub input: Input<'a>,
    /// The module cache, as evidence.
    pub cache: Option<&'a ModuleCache>,
    /// Tells when something was last imported.
    pub history: Option<&'a dyn LineHistory>,
    /// A package or module.
    pub target: &'a str,
    /// Only the modules below these; all where empty.
    pub paths: &'a [RepoPath],
}

/// For each module whether and why it needs the target.
pub fn why(request: &WhyRequest<'_>, inspected: &Inspected) -> Result<Vec<Answer>, SourceError> {
    let Inspected { facts, files, .. } = inspected;
    let known = Known::new(request.input, request.cache);
    let is_asked = |module: &Module<'_>| {
        let path = files.get(module.file()).path();
        request.paths.is_empty() || request.paths.iter().any(|dir| path.is_within(dir))
    };
    let mut answers = Vec::new();
    for module in facts.model.modules().filter(is_asked) {
        let (needed, undecided) = facts.model.needed(module, &known);
        let asked = Asked { request, module, facts, files, known: &known, needed: &needed };
        answers.push(asked.answer(undecided.as_ref())?);
    }
    Ok(answers)
}

struct Asked<'a> {
    request: &'a WhyRequest<'a>,
    module: Module<'a>,
    facts: &'a StateFacts,
    files: &'a Files,
    known: &'a Known<'a>,
    needed: &'a Needed,
}

impl Asked<'_> {
    fn answer(&self, undecided: Option<&Undecided>) -> Result<Answer, SourceError> {
        let target = self.request.target;
        let is_of_module = |package: &NeededPackage| match &package.provider {
            Provider::Module(module) => module.path.as_str() == target,
            Provider::Own | Provider::None => false,
        };
        let way = self.needed.way(is_of_module).or_else(|| self.needed.way(|package| *package.path == *target));
        let line = self.module.go_mod().require.iter().find(|line| line.path.value.as_str() == target);
        let requirement = line.map(|line| {
            let mark = if line.indirect { " // indirect" } else { "" };
            format!("{} {}{mark}", line.path.value, line.version.value)
        });
        let tests = self.needed.packages.iter().filter(|package| package.is_test).count();
        Ok(Answer {
            module: self.module.path().to_string(),
            target: target.to_owned(),
            last_import: if way.is_none() { self.last_import()? } else { None },
            hops: way.map(|way| self.hops(&way)).unwrap_or_default(),
            requirement,
            packages: self.needed.packages.len() - tests,
            tests,
            undecided: undecided.map(|it| describe_undecided(it, &self.facts.model)),
        })
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
                None if package.provider == Provider::Own => Ground::Own,
                None => Ground::Tool,
            };
            let module = match &package.provider {
                Provider::Module(module) => Some((module.path.to_string(), module.version.to_string())),
                Provider::Own | Provider::None => None,
            };
            hops.push(Hop { package: package.path.to_string(), module, ground });
            from = Some(package);
        }
        hops
    }

    /// Where a package, or its test, imports another.
    fn import(&self, from: &NeededPackage, path: &Arc<str>) -> Ground {
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
        Ground::Import { test: from.is_test, place }
    }

    /// When the target was last imported, if it is required and nothing imports it.
    fn last_import(&self) -> Result<Option<LastImport>, SourceError> {
        let asked = [asked_requirement(self.facts, self.files, (self.module, self.request.target))];
        let is_required =
            self.module.go_mod().require.iter().any(|line| *line.path.value.as_str() == *self.request.target);
        let Some(history) = self.request.history.filter(|_| is_required) else { return Ok(None) };
        let found = history.last_imports(self.request.input, &asked)?;
        let found = found.and_then(|mut found| found.pop().flatten());
        Ok(found.map(|found| LastImport {
            commit: found.commit.id.to_string(),
            author: found.commit.author.clone(),
            subject: found.commit.subject.clone(),
            was_imported: found.was_imported,
            is_least: found.is_least,
        }))
    }
}
