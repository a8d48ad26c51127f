//! The files of one commit, and how they become those of the next.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::environment::{CommitEnvironment, Ground, is_unclear};
use super::judge::{VerdictId, Verdicts};
use super::reach::{FoundPackages, Here, ImportCounts, find_reached};
use super::states::{AskedState, ContentPart, StateContent, StateReach};
use super::uses::Uses;
use super::words::Sieve;
use crate::go::{FileKind, has_imports};
use crate::load::NamedModules;
use crate::model::{Affected, Reached};
use crate::source::{Change, Changes, Delta, Leaf, Step, Unseen};
use crate::text::{BlobId, FastMap, FastSet, RepoPath};

/// The known facts about the files of a commit.
#[derive(Clone, Default)]
pub(super) struct Tracked {
    /// Every file whose name ends in `.go`.
    go_files: FastMap<RepoPath, GoEntry>,
    /// How many of them each directory has.
    go_dirs: FastMap<RepoPath, usize>,
    /// The module files, workspace files and vendor manifests.
    module_files: BTreeMap<RepoPath, BlobId>,
    /// The vendor directories beside them that have no list.
    bare_vendors: BTreeSet<RepoPath>,
    /// The symbolic links, and the paths that were read to find where each leads.
    links: BTreeMap<RepoPath, Vec<RepoPath>>,
    named: NamedModules,
    /// The imports of the files that patterns match.
    counts: ImportCounts,
    /// The packages that these imports lead to.
    found: FoundPackages,
    /// The packages that only imports lead to.
    reached: Arc<Reached>,
    environment: Option<Arc<CommitEnvironment>>,
    /// The facts from the module files.
    ground: Option<VerdictId>,
    /// The verdict of the rules on the module files, with all that they use of the Go files.
    modules: Option<VerdictId>,
    uses: Uses,
    /// Everything that rules on whole states read, and their verdict.
    content: StateContent,
    state: Option<VerdictId>,
}

#[derive(Clone, Copy)]
struct GoEntry {
    blob: BlobId,
    /// `None` for a file that no build has, or that cannot be read.
    verdict: Option<VerdictId>,
    /// Its part in the hash of everything that rules on whole states read.
    part: ContentPart,
}

/// The facts that no longer hold, and the new ones.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) gone: Vec<VerdictId>,
    pub(super) come: Vec<VerdictId>,
    /// The paths that changed and matter, and could not be read.
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
}

/// The difference, and its commit.
pub(super) struct TrackedChange<'a> {
    pub(super) delta: &'a Delta,
    pub(super) step: &'a Step,
    pub(super) changes: &'a Changes,
    /// The policy that judges from here on, by its number.
    pub(super) policy: usize,
}

/// The files that a change touched.
#[derive(Default)]
struct Touched {
    go_files: Vec<RepoPath>,
    /// The earlier versions of these files.
    before: FastMap<RepoPath, GoEntry>,
    /// The module files that changed.
    module_files: Vec<RepoPath>,
    /// Whether there are other vendor directories without a list.
    bare_vendors: bool,
    go_dirs: bool,
    /// Whether imports lead to other packages than before.
    reached: bool,
    /// The paths that could not be read, whether they matter or not.
    unseen: Vec<(RepoPath, Unseen)>,
}

impl Tracked {
    /// Makes these files those of the next commit.
    pub(super) fn apply(&mut self, change: &TrackedChange<'_>, verdicts: &mut Verdicts<'_>) -> Edits {
        let mut touched = Touched { unseen: change.delta.unseen.clone(), ..Touched::default() };
        for (path, blob) in self.resolved(change, &mut touched.unseen) {
            let part = blob.map(|blob| verdicts.content_part(&path, blob));
            let entry = blob.zip(part).map(|(blob, part)| GoEntry { blob, verdict: None, part });
            self.set(path, entry, &mut touched);
        }
        let before = self.environment.clone();
        let is_stale = before.as_ref().is_none_or(|before| before.policy != change.policy);
        let mut reads_modules = is_stale || !touched.module_files.is_empty();
        touched.bare_vendors = self.find_bare_vendors(change, reads_modules);
        reads_modules |= touched.bare_vendors;
        if reads_modules || touched.go_dirs {
            self.enter(change, reads_modules, verdicts);
        }
        let environment = self.environment.clone().expect("every commit has one from its first change on");
        let affected = match &before {
            Some(before) if !Arc::ptr_eq(before, &environment) => environment.affected_since(before),
            Some(_) => Affected::Imports(Default::default()),
            None => Affected::Everything,
        };
        let is_same_ground = before.as_ref().is_some_and(|before| Arc::ptr_eq(before, &environment));
        self.follow_imports(change, (&affected, is_same_ground), &mut touched, verdicts);
        let gone = touched.before.values().filter_map(|entry| entry.verdict).collect();
        let mut edits = Edits { gone, ..Edits::default() };
        let environment = self.environment.clone().expect("every commit has one from its first change on");
        self.judge_unchanged(&affected, &touched, verdicts, &mut edits);
        for path in &touched.go_files {
            let is_read = self.is_read(path);
            let Some(entry) = self.go_files.get_mut(path) else { continue };
            entry.verdict = if is_read { verdicts.of_file(path, entry.blob, &environment) } else { None };
            edits.come.extend(entry.verdict);
        }
        self.judge_modules(&affected, &touched, verdicts, &mut edits);
        self.judge_state(change, verdicts, &mut edits);
        if touched.unseen.iter().chain(&self.found.unseen).any(|(_, reason)| is_unclear(reason)) {
            verdicts.note_unclear();
        }
        edits.unseen = self.unseen(touched, verdicts);
        edits
    }

    /// Whether a Go file is judged: patterns match it, or an import leads to it.
    fn is_read(&self, path: &RepoPath) -> bool {
        is_read(&self.named, &self.reached, path)
    }

    /// Brings up to date to which packages only imports lead. The files of those that came or went are touched.
    fn follow_imports(
        &mut self,
        change: &TrackedChange<'_>,
        (affected, is_same_ground): (&Affected, bool),
        touched: &mut Touched,
        verdicts: &mut Verdicts<'_>,
    ) {
        let mut environment = self.environment.clone().expect("the caller made it");
        let is_touched = self.count_imports(&environment, affected, touched, verdicts);
        let in_reached = |path: &RepoPath| self.reached.contains_key(&directory(path));
        if is_touched || !is_same_ground || !self.found.missing.is_empty() || touched.go_files.iter().any(in_reached) {
            let here = Here {
                draft: &environment.draft,
                named: &self.named,
                changes: change.changes,
                tree: change.step.tree,
                files_in: &|dir| self.files_in(dir).into_iter().map(|(_, entry)| entry.blob).collect(),
                has_go_files: &|dir| self.go_dirs.contains_key(dir),
            };
            self.found = find_reached(&self.counts, &here, verdicts);
        }
        if self.found.reached != *self.reached {
            let (before, after) = (Arc::clone(&self.reached), &self.found.reached);
            let dirs = before.keys().chain(after.keys()).filter(|dir| before.get(*dir) != after.get(*dir));
            let dirs: BTreeSet<RepoPath> = dirs.cloned().collect();
            for (path, entry) in dirs.iter().flat_map(|dir| self.files_in(dir)) {
                if !touched.go_files.contains(&path) {
                    touched.before.insert(path.clone(), entry);
                    touched.go_files.push(path);
                }
            }
            touched.reached = true;
            self.reached = Arc::new(self.found.reached.clone());
            environment = Arc::new(environment.with_reached(verdicts.next_environment(), Arc::clone(&self.reached)));
        } else if !is_same_ground && !self.reached.is_empty() {
            environment = Arc::new(environment.with_reached(environment.id, Arc::clone(&self.reached)));
        }
        self.environment = Some(environment);
    }

    /// Updates the imports of the files that patterns match. Returns whether a module imports other paths than before.
    fn count_imports(
        &mut self,
        environment: &CommitEnvironment,
        affected: &Affected,
        touched: &Touched,
        verdicts: &mut Verdicts<'_>,
    ) -> bool {
        let draft = &environment.draft;
        let module_of = |named: &NamedModules, path: &RepoPath| {
            let is_matched = named.role(path).kind == Some(FileKind::GoFile);
            draft.module_by_pattern(&directory(path)).filter(|_| is_matched)
        };
        if *affected == Affected::Everything {
            self.counts = ImportCounts::default();
            for (path, entry) in &self.go_files {
                if let Some(module) = module_of(&self.named, path) {
                    self.counts.add(module, &verdicts.built_imports(entry.blob));
                }
            }
            return true;
        }
        let mut changes = false;
        for (path, entry) in &touched.before {
            if let Some(module) = module_of(&self.named, path) {
                changes |= self.counts.remove(module, &verdicts.built_imports(entry.blob));
            }
        }
        for path in &touched.go_files {
            if let Some((entry, module)) = self.go_files.get(path).zip(module_of(&self.named, path)) {
                changes |= self.counts.add(module, &verdicts.built_imports(entry.blob));
            }
        }
        changes
    }

    /// The Go files directly in a directory that the go command would read.
    fn files_in(&self, dir: &RepoPath) -> Vec<(RepoPath, GoEntry)> {
        let in_dir = |path: &RepoPath| path.is_directly_in(dir) && has_imports(path.file_name());
        let mut found: Vec<(RepoPath, GoEntry)> =
            self.go_files.iter().filter(|(path, _)| in_dir(path)).map(|(path, entry)| (path.clone(), *entry)).collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// Looks for vendor directories without a list, where they may be others than before. Whether they are.
    fn find_bare_vendors(&mut self, change: &TrackedChange<'_>, reads_modules: bool) -> bool {
        if !reads_modules && !change.delta.opened.iter().any(|dir| dir.file_name() == b"vendor") {
            return false;
        }
        let is_bare = |vendor: &RepoPath| {
            !self.module_files.contains_key(&vendor.join("modules.txt"))
                && change.changes.has_directory(change.step.tree, vendor)
        };
        let places = self.module_files.keys().filter(|path| path.file_name() != b"modules.txt");
        let bare = places.map(|path| directory(path).join("vendor")).filter(is_bare).collect();
        std::mem::replace(&mut self.bare_vendors, bare) != self.bare_vendors
    }

    /// The paths of a change that could not be read and matter.
    fn unseen(&self, touched: Touched, verdicts: &mut Verdicts<'_>) -> Vec<(RepoPath, Unseen)> {
        let Touched { go_files, module_files, mut unseen, .. } = touched;
        for path in go_files.into_iter().chain(module_files) {
            let go_file = self.go_files.get(&path).map(|entry| entry.blob);
            let blob = go_file.or_else(|| self.module_files.get(&path).copied());
            let Some((list, blob)) = self.named.role(&path).kind.zip(blob) else { continue };
            unseen.extend(verdicts.unread(list, blob).map(|reason| (path, reason)));
        }
        let is_hidden = |reason: &Unseen| !matches!(reason, Unseen::LinkBroken | Unseen::Submodule);
        let is_reached = |path: &RepoPath| self.reached.contains_key(&directory(path));
        unseen.retain(|(path, reason)| (self.named.matters(path) || is_reached(path)) && is_hidden(reason));
        unseen.extend(self.found.unseen.iter().cloned());
        let dirs = self.environment.iter().flat_map(|it| it.used_dirs.iter().chain(&it.replaced_dirs));
        let untracked = dirs.filter(|dir| !self.module_files.contains_key(&dir.join("go.mod")));
        unseen.extend(untracked.map(|dir| (dir.clone(), Unseen::Untracked)));
        unseen
    }

    /// The present entry at each path that changed, links resolved. `None` for nothing.
    fn resolved(
        &mut self,
        change: &TrackedChange<'_>,
        unseen: &mut Vec<(RepoPath, Unseen)>,
    ) -> Vec<(RepoPath, Option<BlobId>)> {
        let mut found = Vec::with_capacity(change.delta.changes.len());
        let mut new_links = HashSet::new();
        for it in &change.delta.changes {
            self.links.remove(&it.path);
            let blob = match it.after {
                Some(Leaf::File(blob)) => Some(blob),
                Some(Leaf::Link(_)) => {
                    new_links.insert(it.path.clone());
                    self.follow(&it.path, change, unseen)
                }
                Some(Leaf::Submodule) | None => None,
            };
            found.push((it.path.clone(), blob));
        }
        if self.links.len() > new_links.len() {
            let opened: HashSet<&RepoPath> = change.delta.opened.iter().collect();
            let may_lead_elsewhere = |(link, trail): &(&RepoPath, &Vec<RepoPath>)| {
                !new_links.contains(*link)
                    && trail
                        .iter()
                        .any(|path| path.parent().is_none_or(|dir| opened.contains(&dir) || !dir_is_watched(&dir)))
            };
            let again: Vec<RepoPath> =
                self.links.iter().filter(may_lead_elsewhere).map(|(link, _)| link.clone()).collect();
            for link in again {
                let blob = self.follow(&link, change, unseen);
                found.push((link, blob));
            }
        }
        found
    }

    fn follow(
        &mut self,
        link: &RepoPath,
        change: &TrackedChange<'_>,
        unseen: &mut Vec<(RepoPath, Unseen)>,
    ) -> Option<BlobId> {
        let (target, trail) = change.changes.follow(change.step.tree, link);
        self.links.insert(link.clone(), trail);
        let target = target.map_err(|reason| unseen.push((link.clone(), reason)));
        target.ok().flatten()?.blob
    }

    /// Puts a file at a path, or takes it away.
    fn set(&mut self, path: RepoPath, entry: Option<GoEntry>, touched: &mut Touched) {
        let name = path.file_name();
        if name.ends_with(b".go") {
            self.set_go(path, entry, touched);
        } else if name.ends_with(b".mod") || name == b"go.work" || name == b"modules.txt" {
            let blob = entry.map(|entry| entry.blob);
            let before = match blob {
                Some(blob) => self.module_files.insert(path.clone(), blob),
                None => self.module_files.remove(&path),
            };
            touched.module_files.extend((before != blob).then_some(path));
        }
    }

    fn set_go(&mut self, path: RepoPath, entry: Option<GoEntry>, touched: &mut Touched) {
        let before = match entry {
            Some(entry) => self.go_files.insert(path.clone(), entry),
            None => self.go_files.remove(&path),
        };
        before.iter().for_each(|before| self.content.remove(before.part));
        entry.iter().for_each(|entry| self.content.add(entry.part));
        let dir = directory(&path);
        match (before.is_some(), entry.is_some()) {
            (false, true) => {
                let count = self.go_dirs.entry(dir).or_default();
                *count += 1;
                touched.go_dirs |= *count == 1;
            }
            (true, false) => {
                let count = self.go_dirs.get_mut(&dir).expect("a directory counts the files that it has");
                *count -= 1;
                if *count == 0 {
                    self.go_dirs.remove(&dir);
                    touched.go_dirs = true;
                }
            }
            _ => {}
        }
        if let Some(before) = before {
            touched.before.entry(path.clone()).or_insert(before);
        }
        touched.go_files.push(path);
    }

    /// Makes the environment that these files are judged in.
    fn enter(&mut self, change: &TrackedChange<'_>, reads_modules: bool, verdicts: &mut Verdicts<'_>) {
        let go_dirs: FastSet<RepoPath> = self.go_dirs.keys().cloned().collect();
        if reads_modules {
            let ground = self.read_modules(change, verdicts);
            self.environment = Some(Arc::new(ground.with(verdicts.next_environment(), go_dirs)));
        } else if let Some(before) = &self.environment {
            self.environment = Some(Arc::new(before.with(verdicts.next_environment(), go_dirs)));
        }
    }

    /// Reads the modules, those that only a `use` or `replace` line leads to among them.
    fn read_modules(&mut self, change: &TrackedChange<'_>, verdicts: &mut Verdicts<'_>) -> CommitEnvironment {
        let lookup = |path: &RepoPath| change.changes.follow(change.step.tree, path).0;
        let mut led_to: HashSet<RepoPath> = HashSet::new();
        let mut replacements: HashSet<RepoPath> = HashSet::new();
        loop {
            self.named = verdicts.named(change.policy, self.module_files.keys(), &led_to);
            let ground = Ground {
                module_files: &self.module_files,
                named: &self.named,
                replacements: &replacements,
                bare_vendors: &self.bare_vendors,
                lookup: &lookup,
            };
            let environment = verdicts.read_environment(change.policy, &ground);
            let is_tracked = |dir: &&RepoPath| self.module_files.contains_key(&dir.join("go.mod"));
            let known = led_to.len();
            let dirs = environment.used_dirs.iter().chain(&environment.replaced_dirs);
            led_to.extend(dirs.filter(is_tracked).cloned());
            if led_to.len() == known {
                return environment;
            }
            replacements.extend(environment.replaced_dirs);
            replacements.retain(|dir| !environment.used_dirs.contains(dir));
        }
    }

    /// Checks again the files of which only the surroundings changed, and the module files.
    fn judge_unchanged(
        &mut self,
        affected: &Affected,
        touched: &Touched,
        verdicts: &mut Verdicts<'_>,
        edits: &mut Edits,
    ) {
        let environment = self.environment.as_ref().expect("the caller made it");
        if *affected == Affected::Everything || !touched.module_files.is_empty() {
            edits.gone.extend(self.ground.take());
            self.ground = Some(verdicts.of_ground(environment));
            edits.come.extend(self.ground);
        }
        if matches!(affected, Affected::Imports(imports) if imports.is_empty()) {
            return;
        }
        let mut sieve = match affected {
            Affected::Everything => None,
            Affected::Imports(imports) => Some(Sieve::new(imports)),
        };
        let changed: FastSet<&RepoPath> = touched.go_files.iter().collect();
        let (named, reached) = (&self.named, &self.reached);
        for (path, entry) in self.go_files.iter_mut().filter(|(path, _)| !changed.contains(path)) {
            let is_touched = match &mut sieve {
                None => true,
                Some(sieve) => entry.verdict.is_some() && verdicts.imports_any(entry.blob, sieve),
            };
            if is_touched {
                edits.gone.extend(entry.verdict);
                let is_read = is_read(named, reached, path);
                entry.verdict = if is_read { verdicts.of_file(path, entry.blob, environment) } else { None };
                edits.come.extend(entry.verdict);
            }
        }
    }

    /// Checks the module files again if anything changed that the rules about them use.
    fn judge_modules(
        &mut self,
        affected: &Affected,
        touched: &Touched,
        verdicts: &mut Verdicts<'_>,
        edits: &mut Edits,
    ) {
        let environment = self.environment.clone().expect("the caller made it");
        let mut changes = !touched.module_files.is_empty()
            || touched.bare_vendors
            || self.modules.is_none()
            || *affected == Affected::Everything;
        if verdicts.weighs_uses(environment.policy) {
            changes |= self.count_uses(affected, touched, verdicts);
        } else {
            self.uses = Uses::default();
        }
        if changes {
            edits.gone.extend(self.modules.take());
            self.modules = Some(verdicts.of_modules(self.uses.clone(), &environment));
            edits.come.extend(self.modules);
        }
    }

    /// Judges the commit as a whole again if anything changed that the rules on whole states read.
    fn judge_state(&mut self, change: &TrackedChange<'_>, verdicts: &mut Verdicts<'_>, edits: &mut Edits) {
        if !verdicts.judges_states() {
            return;
        }
        for Change { path, before, after } in &change.delta.changes {
            let is_leaf = |leaf: &Leaf| !path.file_name().ends_with(b".go") || leaf.blob().is_none();
            before.iter().copied().filter(is_leaf).for_each(|leaf| self.content.remove_leaf(path, leaf));
            after.iter().copied().filter(is_leaf).for_each(|leaf| self.content.add_leaf(path, leaf));
        }
        let reach = verdicts.state_reach(change.policy);
        let mut state = None;
        if reach != StateReach::Nothing {
            if self.content.follows_vendors(reach) {
                self.follow_vendors(change);
            }
            let asked = AskedState { step: change.step, policy: change.policy, content: self.content };
            state = Some(verdicts.of_state(&asked));
        }
        if state != self.state {
            edits.gone.extend(self.state.take());
            edits.come.extend(state);
            self.state = state;
        }
    }

    /// Looks up the vendor directories, and the directories of modules that may be vendored from there.
    fn follow_vendors(&mut self, change: &TrackedChange<'_>) {
        let environment = self.environment.as_ref().expect("the caller made it");
        let modules = self.module_files.keys().filter(|path| path.file_name() != b"modules.txt");
        let mut dirs: BTreeSet<RepoPath> = modules.map(|path| directory(path).join("vendor")).collect();
        dirs.extend(environment.used_dirs.iter().chain(&environment.replaced_dirs).cloned());
        let tree = |dir| Some((dir, change.changes.tree(change.step.tree, dir)?));
        self.content.set_vendored(dirs.iter().filter_map(tree));
    }

    /// Brings up to date which paths each module imports. Whether one changed that could be required.
    fn count_uses(&mut self, affected: &Affected, touched: &Touched, verdicts: &mut Verdicts<'_>) -> bool {
        let draft = &self.environment.as_ref().expect("the caller made it").draft;
        let mut changes = false;
        if *affected == Affected::Everything || touched.reached {
            changes |= touched.reached;
            self.uses = Uses::default();
            for (path, entry) in self.go_files.iter().filter(|(_, entry)| entry.verdict.is_some()) {
                if let Some(parsed) = verdicts.parsed(entry.blob) {
                    self.uses.add(draft, &directory(path), &parsed);
                }
            }
        } else {
            for (path, entry) in touched.before.iter().filter(|(_, entry)| entry.verdict.is_some()) {
                let parsed = verdicts.parsed(entry.blob);
                changes |= parsed.is_some_and(|parsed| self.uses.remove(draft, &directory(path), &parsed));
            }
            for path in &touched.go_files {
                let entry = self.go_files.get(path).filter(|entry| entry.verdict.is_some());
                let parsed = entry.and_then(|entry| verdicts.parsed(entry.blob));
                changes |= parsed.is_some_and(|parsed| self.uses.add(draft, &directory(path), &parsed));
            }
        }
        if let Affected::Imports(imports) = affected {
            changes |= !imports.is_empty() && self.uses.has_any_of(draft, imports);
        }
        changes
    }

    /// The number of the policy that judged these files last.
    pub(super) fn policy(&self) -> usize {
        self.environment.as_ref().map_or(0, |environment| environment.policy)
    }

    /// The contents of the Go files, so that the facts about them are kept.
    pub(super) fn blobs(&self) -> impl Iterator<Item = BlobId> + '_ {
        self.go_files.values().map(|entry| entry.blob)
    }
}

/// Whether a Go file is judged: patterns match it, or an import leads to it.
fn is_read(named: &NamedModules, reached: &Reached, path: &RepoPath) -> bool {
    named.role(path).kind == Some(FileKind::GoFile)
        || (reached.contains_key(&directory(path)) && has_imports(path.file_name()))
}

fn directory(path: &RepoPath) -> RepoPath {
    path.parent().unwrap_or_else(RepoPath::root)
}

/// Whether changes below a directory are listed at all; below a vendor directory they are not.
fn dir_is_watched(dir: &RepoPath) -> bool {
    let mut parts: Vec<&[u8]> = dir.as_bytes().split(|&byte| byte == b'/').collect();
    parts.pop();
    parts.iter().all(|part| *part != b"vendor")
}
