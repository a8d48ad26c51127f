//! The lists of patterns of one entry: the effect of each pattern, and of the whole list.

use super::Vacuous;
use super::groups::PatternPlace;
use super::known::{KnownBelow, sides};
use crate::policy::{ModulePattern, ModulePatterns, PackagePatterns, Pattern, Scope, Subject as Named};
use crate::rules::{BoundList, Role};

/// The lists of one entry, as far as they were looked at.
pub(super) struct EntryLists<'k> {
    known: KnownBelow<'k>,
    pub(super) found: Vec<Vacuous>,
    /// Whether a list without which the entry judges nothing can match something, for each of them.
    needed: Vec<bool>,
    /// Whether everything that is not listed is denied.
    is_closed: bool,
    /// The patterns of groups in these lists, one for each list that has it.
    pub(super) of_groups: Vec<PatternPlace>,
}

impl<'k> EntryLists<'k> {
    pub(super) fn new(known: KnownBelow<'k>) -> Self {
        Self { known, found: Vec::new(), needed: Vec::new(), is_closed: false, of_groups: Vec::new() }
    }

    /// Whether the entry judges nothing because of these lists.
    pub(super) fn leave_nothing(&self) -> bool {
        !self.is_closed && !self.needed.is_empty() && !self.needed.contains(&true)
    }

    fn note_groups<'p>(&mut self, patterns: impl Iterator<Item = &'p Pattern>) {
        self.of_groups.extend(patterns.filter(|pattern| pattern.group().is_some()).map(PatternPlace::of));
    }

    /// Looks at a list of an option.
    pub(super) fn add(&mut self, list: &BoundList) {
        let known = self.known;
        match list {
            BoundList::Packages(_, list) | BoundList::Containers(list) | BoundList::Within { packages: list, .. } => {
                self.note_groups(list.iter());
            }
            BoundList::Modules(_, list) => self.note_groups(list.iter().map(ModulePattern::path)),
            BoundList::Files(_) | BoundList::Directories(_) => {}
        }
        match list {
            BoundList::Packages(Role::Importer, patterns) => self.importers(patterns),
            BoundList::Packages(Role::Absent, patterns) => {
                self.found.extend(patterns.iter().filter_map(|pattern| known.of_absent(pattern)));
            }
            BoundList::Packages(role, patterns) => self.imported(*role, patterns),
            BoundList::Modules(role, patterns) => {
                self.found.extend(patterns.iter().filter_map(|pattern| known.of_module(pattern, *role)));
            }
            BoundList::Files(globs) => self.found.extend(globs.iter().filter_map(|glob| known.of_files(glob))),
            BoundList::Containers(patterns) => {
                let before = self.found.len();
                self.found.extend(patterns.iter().filter_map(|pattern| known.of_container(pattern)));
                if !patterns.is_empty() {
                    self.needed.push(self.found.len() - before < patterns.iter().count());
                }
            }
            BoundList::Within { containers, packages } => {
                self.found.extend(packages.iter().filter_map(|pattern| known.of_contained(pattern, containers)));
            }
            BoundList::Directories(directories) => {
                self.found.extend(directories.iter().filter_map(|directory| known.of_directory(directory)));
            }
        }
    }

    /// Looks at the lists that say where an entry applies: it needs all of them.
    pub(super) fn add_scope(&mut self, scope: &Scope) {
        let mut is_empty = false;
        if let Some(from) = &scope.from {
            self.note_groups(from.iter());
            self.importers(from);
            is_empty |= self.known.is_whole && self.known.importers().all(|it| from.find(&it).is_none());
        }
        if let Some(files) = &scope.files {
            self.add(&BoundList::Files(files.clone()));
            let mut paths = self.known.subject.files.iter().map(|(_, file)| file.path());
            is_empty |= self.known.is_whole && paths.all(|path| files.find(path.as_bytes()).is_none());
        }
        if let Some(modules) = &scope.modules {
            self.add_mains(modules);
            is_empty |= self.known.is_whole && self.known.mains().all(|it| modules.find(&it, None).is_none());
        }
        self.needed = vec![!is_empty || self.found.is_empty()];
    }

    /// Looks at patterns on modules of the repository.
    pub(super) fn add_mains(&mut self, patterns: &ModulePatterns) {
        self.note_groups(patterns.iter().map(ModulePattern::path));
        self.found.extend(patterns.iter().filter_map(|pattern| self.known.of_main(pattern)));
    }

    /// Looks at patterns on the subjects of findings.
    pub(super) fn add_abouts(&mut self, patterns: &PackagePatterns) {
        self.note_groups(patterns.iter());
        self.found.extend(patterns.iter().filter_map(|pattern| self.known.of_about(pattern)));
    }

    fn importers(&mut self, patterns: &PackagePatterns) {
        let known = self.known;
        let vacuous: Vec<Vacuous> = patterns.iter().filter_map(|pattern| known.of_importer(pattern)).collect();
        if vacuous.is_empty() && known.is_whole {
            let all: Vec<Named<'_>> = negated(patterns).map(|_| known.importers().collect()).unwrap_or_default();
            self.found.extend(emptied(patterns, &all, Role::Importer));
            self.found.extend(idle(patterns, &all, Role::Importer));
        }
        self.found.extend(vacuous);
    }

    fn imported(&mut self, role: Role, patterns: &PackagePatterns) {
        let known = self.known;
        let vacuous: Vec<Vacuous> = patterns.iter().filter_map(|pattern| known.of_imported(pattern)).collect();
        let mut is_empty = false;
        if vacuous.is_empty() && known.is_whole {
            let all: Vec<Named<'_>> = negated(patterns).map(|_| known.imported()).unwrap_or_default();
            let emptied = emptied(patterns, &all, role);
            is_empty = emptied.is_some();
            self.found.extend(emptied);
            self.found.extend(idle(patterns, &all, role));
        }
        let adds = sides(patterns).0.len();
        let dead = vacuous.iter().filter(|it| !it.text.starts_with('!')).count();
        match role {
            Role::Imported if !patterns.is_empty() => self.needed.push(!is_empty && (adds == 0 || dead < adds)),
            Role::Allowed => self.is_closed |= !patterns.is_empty(),
            _ => {}
        }
        self.found.extend(vacuous);
    }
}

/// The first pattern of a list that takes away packages of the repository, where the list has others too.
fn negated(patterns: &PackagePatterns) -> Option<&Pattern> {
    let (adds, takes_away) = sides(patterns);
    takes_away.into_iter().find(|pattern| !adds.is_empty() && pattern.is_relative())
}

/// A list that matches nothing, since all that it has is taken away.
fn emptied(patterns: &PackagePatterns, all: &[Named<'_>], role: Role) -> Option<Vacuous> {
    let pattern = negated(patterns)?;
    let (adds, _) = sides(patterns);
    let is_something = adds.iter().all(|add| all.iter().any(|it| add.matches(it)));
    let is_left = all.iter().any(|it| patterns.find(it).is_some());
    (is_something && !is_left).then(|| {
        let (left, help) = match role {
            Role::Allowed => ("nothing is allowed, not even the standard library", meant_by_negation(pattern, &adds)),
            _ => ("no package is left", "remove it, or make it remove less".to_owned()),
        };
        let why = format!("it removes everything from the list, so {left}");
        Vacuous::of_list(pattern, why).saying("removes too much").help(Some(help))
    })
}

/// The patterns that remove packages of the repository from a list that has none of them.
fn idle(patterns: &PackagePatterns, all: &[Named<'_>], role: Role) -> Vec<Vacuous> {
    let (adds, takes_away) = sides(patterns);
    let takes_nothing = |pattern: &&Pattern| {
        let mut taken = all.iter().filter(|it| pattern.matches(it)).peekable();
        pattern.is_relative() && taken.peek().is_some() && !taken.any(|it| adds.iter().any(|add| add.matches(it)))
    };
    if adds.is_empty() {
        return Vec::new();
    }
    let has_std = adds.iter().any(|add| add.is_std() || all.iter().any(|it| it.std && add.matches(it)));
    let role = if has_std && role == Role::Allowed { Role::Passing } else { role };
    let idle = takes_away.into_iter().filter(takes_nothing).map(|pattern| {
        let (rest, help) = match role {
            Role::Allowed => (
                ", and everything that the list does not name is denied, the standard library too",
                meant_by_negation(pattern, &adds),
            ),
            _ => ("", "remove it".to_owned()),
        };
        let why = format!("no other pattern of the list matches what it removes{rest}");
        Vacuous::of(pattern, why).saying("removes nothing").help(Some(help))
    });
    idle.collect()
}

/// How to say "not these, but for those".
fn meant_by_negation(pattern: &Pattern, adds: &[&Pattern]) -> String {
    let denied = pattern.text().trim_start_matches('!');
    let allowed: Vec<String> = adds.iter().map(|add| format!("\"{}\"", add.text())).collect();
    format!(
        "to deny `{denied}` and allow everything else, write `deny = [\"{denied}\"]` instead, with `except = [{}]` \
         for the exceptions",
        allowed.join(", ")
    )
}
