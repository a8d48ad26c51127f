//! The past, told in the plainest way: every commit is judged from scratch, and all else follows by definition.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::date;
use modwarden::internals::finding::{Identity, Verdict};
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::model::{File, Module, Package};
use modwarden::internals::pipeline::{Inspected, PolicyChoice, Request, Tables, check, inspect};
use modwarden::internals::source::{MemorySource, ModuleCache, Repository, Source, StateSpec, Unseen};
use modwarden::internals::syntax::{GoMod, ReplaceTarget};
use modwarden::internals::text::RepoPath;

use crate::support::repo::Repo;

/// The policy and evidence for everything.
pub(super) struct Judge {
    pub(super) repository: Repository,
    pub(super) policy: Policy,
    pub(super) cache: Option<ModuleCache>,
    pub(super) paths: Vec<RepoPath>,
    pub(super) store: FactStore,
}

/// Which policy judges.
pub(super) enum Policy {
    /// This one.
    Given(MemorySource),
    /// That of this state, the newest.
    Newest(Box<dyn Source>),
    /// That of each state.
    Own,
}

impl Judge {
    /// Calls `use_request` with the request for a check of this state.
    pub(super) fn with<T>(&self, state: &dyn Source, use_request: impl FnOnce(&Request<'_>) -> T) -> T {
        use_request(&Request {
            input: Input::new(state, &self.store),
            policy: match &self.policy {
                Policy::Given(source) => PolicyChoice::of(source),
                Policy::Newest(source) if source.origin() != state.origin() => PolicyChoice::of(source.as_ref()),
                Policy::Newest(_) | Policy::Own => PolicyChoice::of_state(),
            },
            cache: self.cache.as_ref(),
            paths: &self.paths,
            lines: None,
            tables: Tables::None,
            today: date(2026, 11, 21),
        })
    }

    /// The state of a commit.
    pub(super) fn state(&self, id: &str) -> Box<dyn Source> {
        self.repository.state(&StateSpec::Revision(id.to_owned())).expect("the commit is there")
    }
}

/// The facts that can hold of a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A fact, by its kind and parts.
    Fact(&'static str, BTreeMap<&'static str, String>),
    /// A finding; the first of equal ones stands for all.
    Finding(Identity),
}

impl Key {
    fn fact<const N: usize>(kind: &'static str, parts: [(&'static str, &str); N]) -> Self {
        Self::Fact(kind, parts.into_iter().map(|(name, part)| (name, part.to_owned())).collect())
    }

    /// As a record shows it.
    fn shown(&self, ordinal: u32) -> String {
        match self {
            Self::Fact(kind, parts) => format!("{kind} {parts:?}"),
            Self::Finding(identity) => {
                let parts = BTreeMap::from([("identity", identity.clone().nth(ordinal).to_string())]);
                format!("finding {parts:?}")
            }
        }
    }
}

/// A commit, judged from scratch.
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) parents: Vec<usize>,
    /// How often each is true; facts that are no findings once.
    counts: BTreeMap<Key, u32>,
    /// Every finding, those about the policy among them.
    pub(super) findings: BTreeMap<Identity, u32>,
    /// Modules, packages, files, imports, requirements, findings.
    totals: [usize; 6],
    /// Whether all was seen.
    pub(super) is_whole: bool,
    /// Whether the policy that judges has mistakes.
    pub(super) is_mistaken: bool,
}

/// Commits, parents first.
pub(super) struct Reference(pub(super) Vec<Commit>);

/// From when to when something was true, as a line of text.
pub(super) type Lives = BTreeSet<String>;

impl Reference {
    /// Judges the tip and all that it descends from, as Git lists them.
    pub(super) fn new(repo: &Repo, judge: &Judge) -> Self {
        let list = repo.git(&["rev-list", "--topo-order", "--reverse", "--parents", "HEAD"]);
        let ids: HashMap<&str, usize> = list.lines().map(|line| &line[..40]).zip(0..).collect();
        let commit = |line: &str| {
            let mut parents = Vec::new();
            for parent in line.split(' ').skip(1).map(|id| ids[id]) {
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            Commit::judged(judge, line[..40].to_owned(), parents)
        };
        Self(list.lines().map(commit).collect())
    }

    fn count(&self, at: usize, key: &Key) -> u32 {
        self.0[at].counts.get(key).copied().unwrap_or(0)
    }

    /// The newest commit.
    pub(super) fn tip(&self) -> usize {
        self.0.len() - 1
    }

    /// The commits from the first to the newest that are each other's first parent.
    pub(super) fn line(&self) -> Vec<usize> {
        let mut line: Vec<usize> =
            std::iter::successors(Some(self.tip()), |&at| self.0[at].parents.first().copied()).collect();
        line.reverse();
        line
    }

    /// The commit that introduced the fact that this one has at least `ordinal` times.
    fn origin(&self, at: usize, key: &Key, ordinal: u32) -> usize {
        let heir = self.0[at].parents.iter().find(|&&parent| self.count(parent, key) >= ordinal);
        heir.map_or(at, |&parent| self.origin(parent, key, ordinal))
    }

    /// From when to when everything was true on the line of first parents.
    pub(super) fn lives(&self, introduces: Introduced) -> Lives {
        let line = self.line();
        let keys: BTreeSet<&Key> = line.iter().flat_map(|&at| self.0[at].counts.keys()).collect();
        let mut lives = Lives::new();
        for key in keys {
            let most = line.iter().map(|&at| self.count(at, key)).max().unwrap_or(0);
            for ordinal in 1..=most {
                let has: Vec<usize> = (0..line.len()).filter(|&at| self.count(line[at], key) >= ordinal).collect();
                for run in has.chunk_by(|one, next| one + 1 == *next) {
                    let (first, last) = (run[0], run[run.len() - 1]);
                    let id = |at: usize| &self.0[line[at]].id[..];
                    let origin = match introduces {
                        Introduced::Landed => line[first],
                        Introduced::Anywhere => self.origin(line[first], key, ordinal),
                    };
                    let introduced = (origin != line[first]).then(|| &self.0[origin].id[..]);
                    let ended = (last + 1 < line.len()).then(|| (id(last), id(last + 1)));
                    lives.insert(life(&key.shown(ordinal), id(first), introduced, ended));
                }
            }
        }
        lives
    }

    /// The totals where they change.
    pub(super) fn series(&self) -> Vec<(String, [usize; 6])> {
        let mut series: Vec<(String, [usize; 6])> = Vec::new();
        let mut last = [0; 6];
        for commit in self.line().into_iter().map(|at| &self.0[at]) {
            if commit.totals != last {
                series.push((commit.id.clone(), commit.totals));
                last = commit.totals;
            }
        }
        series
    }

    /// The findings of the newest commit, and since when each has been there.
    pub(super) fn since(&self, introduces: Introduced) -> BTreeSet<(String, String)> {
        let line = self.line();
        let mut since = BTreeSet::new();
        for (key, &count) in &self.0[self.tip()].counts {
            let Key::Finding(identity) = key else { continue };
            for ordinal in 1..=count {
                let origin = match introduces {
                    Introduced::Anywhere => self.origin(self.tip(), key, ordinal),
                    Introduced::Landed => {
                        let has = |at: &&usize| self.count(**at, key) >= ordinal;
                        *line.iter().rev().take_while(has).last().expect("the newest commit has it")
                    }
                };
                since.insert((identity.clone().nth(ordinal).to_string(), self.0[origin].id.clone()));
            }
        }
        since
    }

    /// This commit and all that it descends from.
    pub(super) fn reached(&self, from: usize) -> HashSet<usize> {
        let (mut reached, mut pending) = (HashSet::new(), vec![from]);
        while let Some(at) = pending.pop() {
            if reached.insert(at) {
                pending.extend(&self.0[at].parents);
            }
        }
        reached
    }

    /// The findings that some commit of a range introduces.
    pub(super) fn introduced(&self, base: usize, head: usize) -> Vec<(String, String)> {
        let (before, after) = (self.reached(base), self.reached(head));
        let mut introduced = Vec::new();
        for &at in after.difference(&before) {
            for (key, &count) in &self.0[at].counts {
                let Key::Finding(identity) = key else { continue };
                let inherited = self.0[at].parents.iter().map(|&parent| self.count(parent, key)).max().unwrap_or(0);
                (inherited..count).for_each(|_| introduced.push((self.0[at].id.clone(), identity.to_string())));
            }
        }
        introduced.sort();
        introduced
    }
}

/// Which commit counts as the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Introduced {
    /// That of the line of first parents.
    Landed,
    /// That on whichever branch.
    Anywhere,
}

/// A life as a line of text.
pub(super) fn life(what: &str, first: &str, introduced: Option<&str>, ended: Option<(&str, &str)>) -> String {
    format!("{what} from {first} by {introduced:?} to {ended:?}")
}

impl Commit {
    fn judged(judge: &Judge, id: String, parents: Vec<usize>) -> Self {
        let state = judge.state(&id);
        let (run, inspected) = judge.with(state.as_ref(), |request| {
            let run = check(request).expect("a commit can be listed").run;
            (run, inspect(request.input, request.policy, request.cache).expect("a commit can be listed"))
        });
        let mut findings: BTreeMap<Identity, u32> = BTreeMap::new();
        run.findings.iter().for_each(|it| *findings.entry(it.identity.clone().nth(1)).or_default() += 1);
        let is_about_policy =
            |it: &&Identity| ["policy-", "exception-"].iter().any(|family| it.to_string().starts_with(family));
        let of_code: Vec<(&Identity, &u32)> = findings.iter().filter(|(it, _)| !is_about_policy(it)).collect();
        let facts: BTreeSet<Key> = facts(&inspected);
        let total = |count: usize| count;
        let model = &inspected.facts.model;
        let totals = [
            total(model.modules().count()),
            facts.iter().filter(|key| matches!(key, Key::Fact("package", _))).count(),
            model.files().count(),
            model.imports().count(),
            model.modules().flat_map(Module::requirements).count(),
            of_code.iter().map(|(_, count)| **count as usize).sum(),
        ];
        let matters = |path: &RepoPath| {
            let paths = &judge.paths;
            paths.is_empty() || !path.file_name().ends_with(b".go") || paths.iter().any(|dir| path.is_within(dir))
        };
        let is_hidden = |(path, reason): &(RepoPath, Unseen)| {
            matters(path) && !matches!(reason, Unseen::LinkBroken | Unseen::Submodule)
        };
        // A walk does not look below vendor directories, and says so where a line leads to a module there.
        let is_below_vendor = |path: &RepoPath| {
            path.file_name() == b"go.mod" && path.ancestors().skip(2).any(|dir| dir.file_name() == b"vendor")
        };
        let is_untracked = inspected.files.iter().any(|(_, file)| is_below_vendor(file.path()));
        let is_whole = !is_untracked && !inspected.facts.unseen.iter().any(is_hidden);
        let of_code = of_code.into_iter().map(|(it, count)| (Key::Finding(it.clone()), *count));
        let counts = facts.iter().map(|fact| (fact.clone(), 1)).chain(of_code).collect();
        Self { id, parents, counts, findings, totals, is_whole, is_mistaken: run.verdict == Verdict::Invalid }
    }
}

fn facts(inspected: &Inspected) -> BTreeSet<Key> {
    let model = &inspected.facts.model;
    let mut facts = BTreeSet::new();
    for module in model.modules() {
        let path = module.path().as_str();
        facts.insert(Key::fact("module", [("path", path)]));
        facts.extend(lines(path, module.go_mod()));
        for package in module.packages() {
            facts.insert(Key::fact("package", [("path", package.path())]));
            let imports = Package::files(package).flat_map(File::imports);
            facts.extend(imports.map(|it| Key::fact("import", [("package", package.path()), ("path", it.path())])));
        }
    }
    facts
}

fn lines(module: &str, go_mod: &GoMod) -> Vec<Key> {
    let mut keys = Vec::new();
    for line in &go_mod.require {
        let (path, version) = (line.path.value.to_string(), line.version.value.to_string());
        keys.push(Key::fact("require", [("module", module), ("path", &path), ("version", &version)]));
    }
    for line in &go_mod.exclude {
        let (path, version) = (line.path.value.to_string(), line.version.value.to_string());
        keys.push(Key::fact("exclude", [("module", module), ("path", &path), ("version", &version)]));
    }
    for line in &go_mod.replace {
        let version = line.old_version.as_ref().map(|version| format!("@{}", version.value)).unwrap_or_default();
        let old = format!("{}{version}", line.old.value);
        let new = match &line.new {
            ReplaceTarget::Directory(path) => path.value.to_string(),
            ReplaceTarget::Module { path, version } => format!("{}@{}", path.value, version.value),
        };
        keys.push(Key::fact("replace", [("module", module), ("old", &old), ("new", &new)]));
    }
    for line in &go_mod.tool {
        keys.push(Key::fact("tool", [("module", module), ("path", &line.path.value.to_string())]));
    }
    keys
}
