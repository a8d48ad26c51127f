//! The names in the repository that patterns could match.

use std::collections::HashSet;

use super::meant::Meant;
use super::{Subject, Vacuous, is_of_go, mentions};
use crate::finding::Label;
use crate::go::std_packages;
use crate::model::{Module, Package};
use crate::policy::{FileGlob, ModulePattern, PackagePatterns, Pattern, Scope, Shape, Subject as Named};
use crate::rules::{BoundDirectory, Context, ModuleRole, imported_package, package_subject};
use crate::text::RepoPath;

/// The names that the patterns of a policy could match.
pub(super) struct KnownSubjects<'a> {
    subject: &'a Subject<'a>,
    everywhere: Scope,
    root: RepoPath,
    /// The paths of modules of the repository, and of those that they require.
    modules: HashSet<&'a str>,
    meant: Meant<'a>,
}

/// The part of it that is below the directory of a policy.
#[derive(Clone, Copy)]
pub(super) struct KnownBelow<'k> {
    known: &'k KnownSubjects<'k>,
    pub(super) subject: &'k Subject<'k>,
    below: &'k RepoPath,
    /// Whether everything that is not known does not exist.
    pub(super) is_whole: bool,
}

impl<'a> KnownSubjects<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        let own = subject.model.modules().map(|module| module.path().as_str());
        let required = subject.model.modules().flat_map(|module| &module.go_mod().require);
        Self {
            subject,
            everywhere: Scope::default(),
            root: RepoPath::root(),
            modules: own.chain(required.map(|line| line.path.value.as_str())).collect(),
            meant: Meant::new(subject),
        }
    }

    pub(super) fn below<'k>(&'k self, below: &'k RepoPath) -> KnownBelow<'k> {
        KnownBelow { known: self, subject: self.subject, below, is_whole: self.subject.sees_all_below(below) }
    }
}

impl<'k> KnownBelow<'k> {
    /// The packages of the repository that the policy is for, as importers.
    pub(super) fn importers(self) -> impl Iterator<Item = Named<'k>> {
        let is_below = move |package: &Package<'_>| package.dir().is_within(self.below);
        // `$test` is a set of importers too.
        self.subject.model.packages().filter(is_below).flat_map(|package| {
            let named = package_subject(package);
            [named, Named { test: true, program: false, ..named }]
        })
    }

    /// The packages of the repository, and those that are imported.
    pub(super) fn imported(self) -> Vec<Named<'k>> {
        let mut all: Vec<Named<'_>> = self.subject.model.packages().map(package_subject).collect();
        let facts = Context::new(self.subject.model, self.subject.files, &self.known.everywhere, &self.known.root);
        // Imports of one path share their resolution.
        let mut seen = HashSet::new();
        for import in self.subject.model.imports() {
            if seen.insert(std::ptr::from_ref(import.resolution())) {
                all.push(facts.imported(import));
            }
        }
        all
    }

    /// Whether a package of the repository, or one that is imported, is matched.
    fn is_imported(self, pattern: &Pattern) -> bool {
        let mut own = self.subject.model.packages().map(package_subject);
        own.any(|package| pattern.matches(&package)) || self.imported().iter().any(|package| pattern.matches(package))
    }

    /// A package pattern that is compared with importing packages.
    pub(super) fn of_importer(self, pattern: &Pattern) -> Option<Vacuous> {
        let by_form = by_form(pattern);
        if by_form.is_some() || !self.is_whole || !is_told(pattern) || self.importers().any(|it| pattern.matches(&it)) {
            return by_form;
        }
        let help = self.known.meant.package(pattern);
        Some(Vacuous::of(pattern, "it matches no package of this repository").help(help))
    }

    /// A pattern on directories that have layers of their own, for instance.
    pub(super) fn of_container(self, pattern: &Pattern) -> Option<Vacuous> {
        let is_there =
            || self.importers().any(|it| it.directories().iter().any(|directory| pattern.matches(directory)));
        let by_form = by_form(pattern);
        if by_form.is_some() || !self.is_whole || is_there() {
            return by_form;
        }
        let help = self.known.meant.package(pattern);
        Some(Vacuous::of(pattern, "it matches no directory with packages").help(help))
    }

    /// A pattern on packages as they are seen from such directories. Without any, these are the fault.
    pub(super) fn of_contained(self, pattern: &Pattern, containers: &PackagePatterns) -> Option<Vacuous> {
        let by_form = by_form(pattern);
        if by_form.is_some() || !self.is_whole || !pattern.is_relative() {
            return by_form;
        }
        let inside: Vec<Named<'_>> = self.importers().filter_map(|it| Some(it.within(containers)?.1)).collect();
        let is_vacuous = !inside.is_empty() && !inside.iter().any(|it| pattern.matches(it));
        is_vacuous.then(|| Vacuous::of(pattern, "it matches no package in any of the directories of `containers`"))
    }

    /// A pattern on packages that need not be here means nothing if no import is of one.
    pub(super) fn of_absent(self, pattern: &Pattern) -> Option<Vacuous> {
        let by_form = by_form(pattern);
        let mut imports = self.subject.model.imports();
        if by_form.is_some()
            || !self.is_whole
            || pattern.is_negated()
            || imports.any(|it| pattern.matches(&imported_package(it)))
        {
            return by_form;
        }
        Some(Vacuous::of(pattern, "it matches no import of this repository").help(self.known.meant.package(pattern)))
    }

    /// A package pattern that is compared with imported packages.
    ///
    /// A path without a dot in its first element names the standard library or a module of this repository, or nothing.
    pub(super) fn of_imported(self, pattern: &Pattern) -> Option<Vacuous> {
        if let Some(vacuous) = by_form(pattern) {
            return Some(vacuous);
        }
        if pattern.is_std() {
            return self.of_std(pattern);
        }
        if pattern.is_relative() || self.is_spelled_own(pattern) {
            let is_open = !self.is_whole || !is_told(pattern) || self.is_imported(pattern);
            let vacuous = || Vacuous::of(pattern, "it matches no package of this repository, and nothing imports one");
            return (!is_open).then(|| vacuous().help(self.known.meant.package(pattern)));
        }
        let (path, below) = match pattern.shape() {
            Shape::Exact(path) => (path, false),
            Shape::Below(path) => (path, true),
            _ => return None,
        };
        let first = path.split('/').next().unwrap_or_default();
        if path == "C" || first.contains('.') || self.provides(path) {
            return None;
        }
        if std_packages().any(|package| package == path || (below && is_below(package, path))) {
            return None;
        }
        let why = "there is no such package in the standard library and no module of this name";
        Some(Vacuous::of(pattern, why).help(self.known.meant.package(pattern)))
    }

    fn of_std(self, pattern: &Pattern) -> Option<Vacuous> {
        let is_there = std_packages().any(|path| pattern.matches(&Named { path, std: true, ..Named::default() }));
        let vacuous = || Vacuous::of(pattern, "there is no such package in the standard library");
        (!is_there && is_told(pattern)).then(|| vacuous().help(self.known.meant.std(pattern)))
    }

    /// Whether it spells out the path of a module of the repository, so that it can only match packages of it.
    fn is_spelled_own(self, pattern: &Pattern) -> bool {
        let spelled = pattern.spelled();
        let is_own = self.subject.model.named_dir(spelled.trim_end_matches('/')).is_some();
        let is_required = || {
            let mut required = self.subject.model.modules().flat_map(|module| &module.go_mod().require);
            required.any(|line| {
                let path = &line.path.value;
                !self.subject.model.has_module(path)
                    && (path.subpath(spelled).is_some() || is_below(path.as_str(), spelled))
            })
        };
        is_own && !is_required()
    }

    /// Whether a module of this repository, or one it requires, could contain the path or lie below it.
    fn provides(self, path: &str) -> bool {
        self.known.modules.iter().any(|module| *module == path || is_below(path, module) || is_below(module, path))
    }

    /// A pattern that is compared with the subject of a finding: an imported package or a module, by its path.
    pub(super) fn of_about(self, pattern: &Pattern) -> Option<Vacuous> {
        let by_path = "it is compared with the paths of imports and requirements, and matches none";
        by_form(pattern).or_else(|| {
            pattern.is_relative().then(|| Vacuous::of(pattern, by_path).help(self.known.meant.path(pattern)))
        })
    }

    /// A pattern that is compared with modules of the repository.
    pub(super) fn of_main(self, pattern: &ModulePattern) -> Option<Vacuous> {
        let path = pattern.path();
        let by_form = by_form(path);
        let matches = || self.mains().any(|main| pattern.matches(&main, None));
        if by_form.is_some() || !self.is_whole || !is_told(path) || matches() {
            return by_form;
        }
        Some(Vacuous::of(path, "it matches no module of this repository").help(self.known.meant.main(path)))
    }

    /// The modules of the repository.
    pub(super) fn mains(self) -> impl Iterator<Item = Named<'k>> {
        let named = |main: Module<'k>| Named::module(main.path().as_str(), main.dir().as_str());
        self.subject.model.modules().map(named)
    }

    /// A pattern that is compared with modules in lines of module files.
    pub(super) fn of_module(self, pattern: &ModulePattern, role: ModuleRole) -> Option<Vacuous> {
        let path = pattern.path();
        if let Some(vacuous) = by_form(path) {
            return Some(vacuous);
        }
        if !path.text().trim_start_matches('!').starts_with(['.', '$']) || !path.is_relative() {
            return None;
        }
        match role {
            ModuleRole::Named => {
                let is_set = matches!(path.text(), "$workspace" | "!$workspace");
                let vacuous = || Vacuous::of(path, "it is compared with module paths, and matches none");
                (!is_set).then(|| vacuous().help(Some("write the path of the module".to_owned())))
            }
            ModuleRole::Replacing => {
                let mut dirs = self.directories();
                let is_there = dirs.any(|dir| path.matches(&Named { relative: dir.as_str(), ..Named::default() }));
                let vacuous = || Vacuous::of(path, "it matches no directory of this repository");
                (self.is_whole && is_told(path) && !is_there).then(|| vacuous().help(self.known.meant.main(path)))
            }
        }
    }

    /// The directories of the repository that hold something which was read, from the files up.
    fn directories(self) -> impl Iterator<Item = RepoPath> {
        self.subject.files.iter().flat_map(|(_, file)| file.path().ancestors().skip(1))
    }

    /// A glob on files.
    pub(super) fn of_files(self, glob: &FileGlob) -> Option<Vacuous> {
        let matches = || self.subject.files.iter().any(|(_, file)| glob.matches(file.path().as_bytes()));
        (self.is_whole && !glob.is_negated() && !matches()).then(|| {
            let why = "it matches no Go file and no module file of this repository";
            Vacuous::of_glob(glob, why).help(self.known.meant.file(glob))
        })
    }

    /// A glob on directories with modules, or on files in place of a go.mod.
    pub(super) fn of_module_glob(self, glob: &FileGlob) -> Option<Vacuous> {
        let is_of = |main: Module<'_>| {
            let file = self.subject.files.get(main.file()).path();
            glob.matches(main.dir().as_bytes()) || glob.matches(file.as_bytes())
        };
        let matches = || self.subject.model.modules().any(is_of);
        (self.is_whole && !glob.is_negated() && !matches())
            .then(|| Vacuous::of_glob(glob, "it matches no directory with a module, and no module file"))
    }

    /// A directory by its path.
    pub(super) fn of_directory(self, directory: &BoundDirectory) -> Option<Vacuous> {
        let is_there = || directory.path.is_root() || self.directories().any(|dir| dir == directory.path);
        (self.is_whole && !is_there()).then(|| {
            let place = Label::new(directory.file, directory.span, "");
            let why = "no directory of this repository has this path, or it holds no file that is read".to_owned();
            Vacuous::new(place, &directory.text, why).help(self.known.meant.directory(&directory.text))
        })
    }

    /// Whether no file mentions a build tag that builds do not set by themselves.
    pub(super) fn is_unmentioned(self, tag: &str) -> bool {
        self.is_whole && !is_of_go(tag) && !self.subject.model.files().any(|file| mentions(file, tag))
    }
}

/// Whether it would be a mistake if nothing matched. A negated pattern may be for files that come and go, unless it
/// names a package.
fn is_told(pattern: &Pattern) -> bool {
    !pattern.is_negated() || pattern.is_spelled_out()
}

fn by_form(pattern: &Pattern) -> Option<Vacuous> {
    let impossible = pattern.impossible()?;
    Some(Vacuous::of(pattern, format!("it has {}", impossible.message)).help(Some(impossible.help.clone())))
}

fn is_below(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// The patterns of a list that add to it, and those that take away.
pub(super) fn sides(list: &PackagePatterns) -> (Vec<&Pattern>, Vec<&Pattern>) {
    list.iter().partition(|pattern| !pattern.is_negated())
}
