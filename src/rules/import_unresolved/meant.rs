//! Suggestions for imports that cannot be compiled.

use std::collections::HashMap;
use std::fmt::Display;

use super::super::Context;
use crate::go::std_packages;
use crate::model::{Import, ImportFault, Module, Package};
use crate::text::{RepoPath, did_you_mean, nearest};

/// For how many imports something is looked for. More faults than these have one cause.
const MOST_ASKED: usize = 200;

/// How many neighbours are compared.
const MOST_NEIGHBOURS: usize = 2000;

/// Finds the import that was probably meant. The facts for that are collected at the first fault.
pub(super) struct Suggestions<'m> {
    cx: Context<'m>,
    known: Option<KnownPackages<'m>>,
    asked: usize,
}

/// The packages of the repository that can be imported.
struct KnownPackages<'m> {
    /// By import path.
    by_path: HashMap<&'m str, Package<'m>>,
    /// By the path in lower case.
    by_folded: HashMap<String, &'m str>,
    /// By the directory below the root of their module.
    by_relative: HashMap<&'m str, Vec<&'m str>>,
    /// By the directory of the repository that they are in; the root has itself.
    by_dir: HashMap<&'m RepoPath, &'m str>,
    /// The names of directories by the path above them.
    by_parent: HashMap<&'m str, Vec<&'m str>>,
}

impl<'m> Suggestions<'m> {
    pub(super) fn new(cx: Context<'m>) -> Self {
        Self { cx, known: None, asked: 0 }
    }

    /// "did you mean …?", if something was meant.
    pub(super) fn of(&mut self, import: Import<'m>, fault: &ImportFault<'_>) -> Option<String> {
        self.asked += 1;
        if self.asked > MOST_ASKED {
            return None;
        }
        let cx = self.cx;
        let known = self.known.get_or_insert_with(|| KnownPackages::of(cx));
        match fault {
            ImportFault::Relative => known.relative(import).map(question),
            ImportFault::NotInStd => known.elsewhere(import).map(question).or_else(|| near_std(import.path())),
            ImportFault::NoGoFiles(_)
            | ImportFault::NotProvided
            | ImportFault::NotVendored
            | ImportFault::Lacking(_) => known.package(import),
            _ => None,
        }
    }
}

fn question(path: impl Display) -> String {
    format!("did you mean `{path}`?")
}

/// Said of a package that another module of the repository has, which the importing one does not know of.
fn not_joined(module: Module<'_>) -> String {
    format!(
        "the module `{}` in this repository has it: require it with a `replace` line, or use both modules in a go.work",
        module.path()
    )
}

impl<'m> KnownPackages<'m> {
    fn of(cx: Context<'m>) -> Self {
        let (by_path, by_folded, by_relative, by_dir, by_parent) = Default::default();
        let mut known = Self { by_path, by_folded, by_relative, by_dir, by_parent };
        for package in cx.packages().filter(|package| can_be_imported(*package)) {
            let path = package.path();
            known.by_path.entry(path).or_insert(package);
            known.by_folded.entry(path.to_lowercase()).or_insert(path);
            known.by_dir.insert(package.dir(), path);
            if !package.relative().is_empty() {
                known.by_relative.entry(package.relative()).or_default().push(path);
            }
            if let Some((parent, name)) = path.rsplit_once('/') {
                known.by_parent.entry(parent).or_default().push(name);
            }
        }
        known
    }

    /// The package that a relative path leads to.
    fn relative(&self, import: Import<'m>) -> Option<&'m str> {
        let dir = import.file().package().dir().resolve(import.path())?;
        self.by_dir.get(&dir).copied()
    }

    /// The suggestion for a package that is not at the imported path.
    fn package(&self, import: Import<'m>) -> Option<String> {
        if let Some(package) = self.by_path.get(import.path()) {
            return Some(not_joined(package.module()));
        }
        let near = self.elsewhere(import).map(str::to_owned).or_else(|| self.neighbour(import.path()));
        near.or_else(|| other_major(import)).map(question)
    }

    /// The same path in other letters, or the same directory in a module of another path.
    fn elsewhere(&self, import: Import<'m>) -> Option<&'m str> {
        let path = import.path();
        if let Some(same) = self.by_folded.get(&path.to_lowercase()).filter(|same| **same != path) {
            return Some(*same);
        }
        let own = import.file().package().module();
        let ends = std::iter::successors(Some(path), |rest| rest.split_once('/').map(|(_, rest)| rest));
        for end in ends.take(MOST_NEIGHBOURS) {
            let alike = self.by_relative.get(end).map(Vec::as_slice).unwrap_or_default();
            let in_own = alike.iter().find(|path| own.path().subpath(path).is_some());
            // A single name means little, unless it is of this very module.
            let other = alike.first().filter(|_| end.contains('/'));
            if let Some(meant) = in_own.or(other).filter(|meant| **meant != path) {
                return Some(*meant);
            }
        }
        None
    }

    /// The package in a directory beside this one of nearly the same name.
    fn neighbour(&self, path: &str) -> Option<String> {
        let (parent, name) = path.rsplit_once('/')?;
        let names = self.by_parent.get(parent)?;
        let near = nearest(name, names.iter().take(MOST_NEIGHBOURS).copied())?;
        Some(format!("{parent}/{near}"))
    }
}

/// Whether other packages could import it: it has a file that is no test and of no program.
fn can_be_imported(package: Package<'_>) -> bool {
    let mut sources = package.files().filter(|file| !file.is_test() && file.is_in_some_build());
    sources.any(|file| file.package_name() != Some("main"))
}

/// The package of the required module that has the same path but for the major version.
fn other_major(import: Import<'_>) -> Option<String> {
    let path = import.path();
    let module: Module<'_> = import.file().package().module();
    let required = module.requirements().map(|requirement| requirement.path());
    for other in required.take(MOST_NEIGHBOURS) {
        let Some((stem, major)) = other.split_version() else { continue };
        let rest = path.strip_prefix(stem).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let Some(rest) = rest.filter(|_| other.subpath(path).is_none() && major.starts_with('/')) else { continue };
        // Another major version in the path gives way to the required one.
        let (first, below) = rest.trim_start_matches('/').split_once('/').unwrap_or((rest.trim_start_matches('/'), ""));
        let is_major = first.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok());
        let rest = if is_major { below } else { rest.trim_start_matches('/') };
        return Some(if rest.is_empty() { other.to_string() } else { format!("{other}/{rest}") });
    }
    None
}

/// A question after the package of the standard library that is nearest.
fn near_std(path: &str) -> Option<String> {
    let hidden = |package: &&str| package.split('/').any(|part| matches!(part, "internal" | "vendor"));
    did_you_mean(path, std_packages().filter(|package| !hidden(package)))
}
