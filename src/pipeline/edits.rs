//! Which vendored files were edited: compared with other states, and with the module cache.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::checksums::SeenSums;
use super::languages::languages;
use super::state::StateFacts;
use super::verified::{ModuleDifference, Trust, Verified};
use crate::engine::ScopeFootprints;
use crate::finding::Notification;
use crate::go::ModuleVersion;
use crate::load::{
    Below, Difference, Hidden, Input, VendorChange, first_hunk, must_be_vendored, vendor_changes, with_line_feeds,
};
use crate::model::{
    DoubtReason, EditKind, ListPair, Model, NewSource, PairEdit, Proof, Vendor, VendorDoubt, VendorEdit, VendorFindings,
};
use crate::source::{Change, Delta, Entry, ModuleCache, Reader, Source, SourceError};
use crate::syntax::{GoSum, Parsed, ParsedFile, VendorModules, VendoredModule, is_metadata, parse_embeds};
use crate::text::{BlobId, Files, Origin, RepoPath};

/// A state with which another is compared, and its lists of vendored modules.
pub(super) struct Base<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) lists: ListsByDirectory,
    /// Its lists of checksums.
    pub(super) sums: Vec<ParsedFile<GoSum>>,
}

/// The states that a state is compared with.
#[derive(Clone, Copy)]
pub(super) struct StatesBefore<'a> {
    /// The states with which it is compared as a whole.
    pub(super) bases: &'a [Base<'a>],
    /// The checksums of earlier commits that it contradicts, in place of those of the bases.
    pub(super) seen: Option<&'a SeenSums>,
    /// The coverage of the entries' scopes in the bases.
    pub(super) scopes: &'a [ScopeFootprints],
}

impl StatesBefore<'_> {
    /// Nothing: the state is judged alone.
    pub(super) const NOTHING: Self = Self { bases: &[], seen: None, scopes: &[] };
}

/// The list of each vendor directory.
pub(super) type ListsByDirectory = BTreeMap<RepoPath, VendorList>;

/// The list of a vendor directory.
#[derive(Clone)]
pub(super) struct VendorList {
    pub(super) parsed: Arc<Parsed<VendorModules>>,
    /// Whether the go command writes the language versions of modules into it.
    pub(super) writes_languages: bool,
}

/// The lists of a state.
pub(super) fn lists(model: &Model) -> ListsByDirectory {
    let list = |vendor: Vendor<'_>| {
        let parsed = Arc::clone(&vendor.manifest()?.parsed);
        Some((vendor.dir().clone(), VendorList { parsed, writes_languages: vendor.writes_languages() }))
    };
    model.vendors().filter_map(list).collect()
}

/// The differences from the bases in vendor directories.
#[derive(Default)]
pub(super) struct PairFindings {
    /// The vendored files that were edited, by path.
    edits: BTreeMap<RepoPath, VendorEdit>,
    /// The modules that nothing in the repository confirms, by vendor directory and path.
    doubts: BTreeMap<(RepoPath, String), VendorDoubt>,
    /// The modules on whose new version, and its checksum in go.sum, it rests that a file was not edited, and such a
    /// file.
    relied_on: BTreeMap<(RepoPath, String), VendorDoubt>,
    /// The paths that could not be compared.
    hidden: Hidden,
}

/// The differences from the bases in vendor directories. An edit that one of the bases has too does not belong to this
/// state.
fn findings_since(
    input: Input<'_>,
    facts: &StateFacts,
    bases: &[Base<'_>],
    trust: &Trust,
    files: &mut Files,
) -> Result<PairFindings, SourceError> {
    let lists = lists(&facts.model);
    let places: Vec<RepoPath> = lists.keys().cloned().collect();
    let mut found = PairFindings::default();
    let mut sides = Vec::with_capacity(bases.len());
    for base in bases {
        let before = Input { source: base.source, ..input };
        let (changes, hidden) = vendor_changes(before, input, &places, &facts.vendored.listing)?;
        sides.push(Side::new(base, &lists, changes));
        found.hidden.extend(hidden);
    }
    for (at, side) in sides.iter().enumerate() {
        let others = || sides.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, side)| side);
        for (change, pair_edit) in side.edits() {
            let is_inherited = || others().any(|other| other.has(&change.path));
            if !found.edits.contains_key(&change.path) && !is_inherited() {
                EditJudge { input, side, trust, files: &mut *files, found: &mut found }.judge(change, &pair_edit);
            }
        }
    }
    Ok(found)
}

/// The differences from one base.
struct Side<'a> {
    base: &'a Base<'a>,
    pairs: HashMap<RepoPath, ListPair<'a>>,
    changes: Vec<VendorChange>,
    changed: HashSet<RepoPath>,
}

/// The list of a directory that has none.
static NO_LIST: VendorModules = VendorModules { workspace: false, modules: Vec::new() };

impl<'a> Side<'a> {
    fn new(base: &'a Base<'a>, lists: &'a ListsByDirectory, changes: Vec<VendorChange>) -> Self {
        let pair = |(dir, after): (&'a RepoPath, &'a VendorList)| {
            let before = base.lists.get(dir).map_or(&NO_LIST, |list| &list.parsed.tree);
            (dir.clone(), ListPair::new(dir, before, &after.parsed.tree))
        };
        let pairs = lists.iter().map(pair).collect();
        let changed = changes.iter().map(|change| change.path.clone()).collect();
        Self { base, pairs, changes, changed }
    }

    fn dir_of(&self, path: &RepoPath) -> Option<RepoPath> {
        path.ancestors().find(|dir| self.pairs.contains_key(dir))
    }

    fn pair_of(&self, path: &RepoPath) -> Option<&ListPair<'a>> {
        self.pairs.get(&self.dir_of(path)?)
    }

    /// The changes that are edits unless something explains them.
    fn edits(&self) -> impl Iterator<Item = (&VendorChange, PairEdit<'a>)> {
        self.changes.iter().filter_map(|change| {
            let pair = self.pair_of(&change.path)?;
            Some((change, pair.edit(&change.path, change.before.is_some(), change.after.is_some())?))
        })
    }

    /// Whether the base has the file as it is, of the same module.
    fn has(&self, path: &RepoPath) -> bool {
        !self.changed.contains(path) && self.pair_of(path).is_some_and(|pair| pair.has_same_owner(path))
    }
}

/// Judges one change.
struct EditJudge<'a, 'f> {
    input: Input<'a>,
    side: &'a Side<'a>,
    trust: &'a Trust,
    files: &'f mut Files,
    found: &'f mut PairFindings,
}

/// The explanation of a change by a source of a file.
enum Explanation {
    /// The file is from there, for all that is known.
    Explained,
    /// The file is not from there.
    Unexplained,
    /// Unknown.
    Doubtful(DoubtReason),
}

impl EditJudge<'_, '_> {
    /// Notes that a change is an edit, or that it is doubtful whether it is one.
    fn judge(mut self, change: &VendorChange, edit: &PairEdit<'_>) {
        if self.is_explained_by_version(change, edit) {
            return;
        }
        let before = text(self.side.base.source.reader().as_mut(), change.before.as_ref());
        let after = text(self.input.source.reader().as_mut(), change.after.as_ref());
        if self.is_no_edit(change, edit, &before, &after) {
            return;
        }
        let mut doubts = Vec::new();
        for source in &edit.new_sources {
            match self.explanation(change, source, &after) {
                Explanation::Explained => return,
                Explanation::Unexplained => {}
                Explanation::Doubtful(reason) => doubts.push((source.module, reason)),
            }
        }
        if doubts.is_empty() {
            self.add_edit(change, edit, before, after);
        }
        for (module, reason) in doubts {
            let doubt = self.doubt(change, module, reason);
            self.found.doubts.entry((doubt.dir.clone(), doubt.path.to_string())).or_insert(doubt);
        }
    }

    /// Whether the module that a file belongs to has a new version with a checksum, so that no file need be read: the
    /// common case.
    fn is_explained_by_version(&mut self, change: &VendorChange, edit: &PairEdit<'_>) -> bool {
        let [NewSource { module, embedder: None }, ..] = edit.new_sources[..] else { return false };
        let Some(dir) = self.side.dir_of(&change.path) else { return false };
        let has_list = self.side.base.lists.contains_key(&dir);
        let source = module.source().filter(|_| has_list && !change.leads_elsewhere);
        let is_trusted = source.is_some_and(|source| self.trust.of(&dir, &source).is_ok());
        if is_trusted {
            self.rely_on(change, module);
        }
        is_trusted
    }

    fn rely_on(&mut self, change: &VendorChange, module: &VendoredModule) {
        let doubt = self.doubt(change, module, DoubtReason::NotCached);
        self.found.relied_on.entry((doubt.dir.clone(), doubt.path.to_string())).or_insert(doubt);
    }

    /// Whether the files themselves show that nothing was edited.
    fn is_no_edit(
        &self,
        change: &VendorChange,
        edit: &PairEdit<'_>,
        before: &Option<Vec<u8>>,
        after: &Option<Vec<u8>>,
    ) -> bool {
        // Git may have been told to keep other line ends.
        let lines = |text: &Option<Vec<u8>>| text.as_deref().map(with_line_feeds);
        let is_changed = edit.kind == EditKind::Changed;
        if is_changed && before.is_some() && lines(before) == lines(after) && !is_link(change) {
            return true;
        }
        if edit.bringers.iter().any(|package| self.embeds(package, change)) {
            return true;
        }
        if edit.embedders.as_ref().is_some_and(|all| !all.iter().any(|package| self.embeds(package, change))) {
            return true;
        }
        // Go 1.12 and other tools copied Go files that no build has.
        let known = after.as_deref().or(before.as_deref()).unwrap_or_default();
        !is_changed && change.path.file_name().ends_with(b".go") && !must_be_vendored(change.path.file_name(), known)
    }

    /// Whether a file is from a source that the state before has nothing from.
    fn explanation(&mut self, change: &VendorChange, source: &NewSource<'_>, after: &Option<Vec<u8>>) -> Explanation {
        let NewSource { module, embedder } = source;
        let is_license = is_metadata(change.path.file_name());
        if embedder.is_some_and(|package| !is_license && !self.embeds(package, change)) {
            return Explanation::Unexplained;
        }
        if is_directory(module) {
            return match self.copied_from(change, module) {
                Some((_, copied)) if copied == *after => Explanation::Explained,
                Some(_) => Explanation::Unexplained,
                None => Explanation::Doubtful(DoubtReason::Outside),
            };
        }
        // The go command copies no links.
        if change.leads_elsewhere {
            return Explanation::Unexplained;
        }
        if self.has_other_elsewhere(change, module, after) {
            return Explanation::Unexplained;
        }
        if let Some(reason) = self.no_list(change) {
            return Explanation::Doubtful(reason);
        }
        let Some(dir) = self.side.dir_of(&change.path) else { return Explanation::Unexplained };
        match module.source().map(|it| self.trust.of(&dir, &it)) {
            Some(Ok(())) => {
                self.rely_on(change, module);
                Explanation::Explained
            }
            Some(Err(reason)) => Explanation::Doubtful(reason),
            None => Explanation::Unexplained,
        }
    }

    /// Whether the base has the same source in a vendor directory at another place, and there another file. So a
    /// directory that moves is compared, too.
    fn has_other_elsewhere(&self, change: &VendorChange, module: &VendoredModule, after: &Option<Vec<u8>>) -> bool {
        let base = self.side.base;
        let Some(dir) = self.side.dir_of(&change.path).filter(|dir| !base.lists.contains_key(dir)) else {
            return false;
        };
        let Some(source) = module.source() else { return false };
        let has_source = |list: &VendorList| {
            let modules = list.parsed.tree.modules.iter();
            modules.filter(|it| !it.packages.is_empty()).any(|it| it.source().as_ref() == Some(&source))
        };
        let below = change.path.strip_dir(&dir).map(<[u8]>::to_vec).unwrap_or_default();
        base.lists.iter().filter(|(_, list)| has_source(list)).any(|(other, _)| {
            let there = base.source.lookup(&other.join(&below)).ok().flatten();
            let there = there.map(|entry| text(base.source.reader().as_mut(), Some(&entry)));
            there.is_some_and(|there| there.as_deref().map(with_line_feeds) != after.as_deref().map(with_line_feeds))
        })
    }

    /// Whether the base has a file that changed since, but no list that says whose it was.
    fn no_list(&self, change: &VendorChange) -> Option<DoubtReason> {
        let dir = self.side.dir_of(&change.path)?;
        let has_list = self.side.base.lists.contains_key(&dir) || change.before.is_none();
        (!has_list).then(|| DoubtReason::NoList(named(self.side.base.source.origin())))
    }

    fn doubt(&self, change: &VendorChange, module: &VendoredModule, reason: DoubtReason) -> VendorDoubt {
        VendorDoubt {
            dir: self.side.dir_of(&change.path).unwrap_or_else(RepoPath::root),
            path: module.path.value.clone(),
            source: source_name(module),
            example: Some(change.path.clone()),
            reason,
        }
    }

    fn add_edit(
        &mut self,
        change: &VendorChange,
        pair_edit: &PairEdit<'_>,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
    ) {
        let owned = &pair_edit.owned;
        let mut edit = VendorEdit {
            path: change.path.clone(),
            file: None,
            kind: pair_edit.kind,
            module_path: owned.module.path.value.clone(),
            module: owned.module.name_with_replacement(),
            proof: Proof::Before(named(self.side.base.source.origin())),
            hunk: None,
        };
        // Of a text that cannot be read nothing is shown.
        if before.is_some() == change.before.is_some() && after.is_some() == change.after.is_some() {
            edit.hunk = first_hunk(before.as_deref().unwrap_or_default(), after.as_deref().unwrap_or_default());
        }
        for module in std::iter::once(owned.module).chain(owned.others()).filter(|module| is_directory(module)) {
            // A file that is copied from a directory follows that directory.
            let Some((place, copied)) = self.copied_from(change, module) else { return };
            if copied == after {
                return;
            }
            if module == owned.module {
                edit.kind = EditKind::of(copied.is_some(), after.is_some());
                edit.hunk = first_hunk(copied.as_deref().unwrap_or_default(), after.as_deref().unwrap_or_default());
                edit.proof = Proof::Directory(place);
            }
        }
        edit.file = change.after.as_ref().map(|_| self.files.add(change.path.clone()));
        self.found.edits.insert(change.path.clone(), edit);
    }

    /// Whether a package embeds a file.
    fn embeds(&self, package: &str, change: &VendorChange) -> bool {
        let Some(vendor) = change.path.ancestors().find(|dir| self.side.pairs.contains_key(dir)) else { return false };
        let source = if change.after.is_some() { self.input.source } else { self.side.base.source };
        let dir = vendor.join(package);
        let below = change.path.strip_dir(&dir).and_then(|below| std::str::from_utf8(below).ok());
        let Some((listing, below)) = source.list(&Below::new([dir.clone()])).ok().zip(below) else { return false };
        let is_of_package =
            |entry: &&Entry| entry.path.is_directly_in(&dir) && entry.path.file_name().ends_with(b".go");
        let texts =
            listing.entries.iter().filter(is_of_package).filter_map(|it| text(source.reader().as_mut(), Some(it)));
        texts.flat_map(|text| parse_embeds(&text)).any(|pattern| pattern.matches(below))
    }

    /// The file of the directory of the repository that a module is copied from, and its text. `None` where that is not
    /// known.
    fn copied_from(&self, change: &VendorChange, module: &VendoredModule) -> Option<(RepoPath, Option<Vec<u8>>)> {
        let vendor = change.path.ancestors().find(|dir| self.side.pairs.contains_key(dir))?;
        let below = change.path.strip_dir(&vendor.join(module.path.value.as_str()))?;
        let directory = vendor.parent()?.resolve(&*module.replacement.as_ref()?.path.value)?;
        let place = directory.join(below);
        let entry = self.input.source.lookup(&place).ok()?;
        let text = text(self.input.source.reader().as_mut(), entry.as_ref());
        // A file that is no longer copied may go.
        let name = change.path.file_name();
        let stays = |text: &Vec<u8>| change.after.is_some() || !name.ends_with(b".go") || must_be_vendored(name, text);
        Some((place, text.filter(stays)))
    }
}

/// A state in few words.
pub(super) fn named(origin: &Origin) -> String {
    origin.commit().map_or_else(|| origin.to_string(), |id| format!("commit {id:.12}"))
}

/// Whether one of both is a symbolic link.
fn is_link(change: &VendorChange) -> bool {
    let is_link = |entry: &Option<Entry>| entry.as_ref().is_some_and(|entry| entry.target.is_some());
    change.leads_elsewhere || is_link(&change.before) || is_link(&change.after)
}

/// Where the files of a module are from, for a person.
fn source_name(module: &VendoredModule) -> String {
    match (module.source(), &module.replacement) {
        (Some(ModuleVersion { path, version }), _) => format!("{path}@{version}"),
        (None, Some(replacement)) => replacement.path.value.to_string(),
        (None, None) => module.name(),
    }
}

/// Whether a module is copied from a directory.
fn is_directory(module: &VendoredModule) -> bool {
    module.replacement.as_ref().is_some_and(|replacement| replacement.version.is_none())
}

fn text(reader: &mut dyn Reader, entry: Option<&Entry>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    reader.read(entry?, &mut text).ok()?;
    Some(text)
}

/// The lists of vendored modules of commits, each content once.
pub(super) struct VendorLists<'a> {
    input: Input<'a>,
    known: HashMap<BlobId, Option<Arc<Parsed<VendorModules>>>>,
}

impl<'a> VendorLists<'a> {
    pub(super) fn new(input: Input<'a>) -> Self {
        Self { input, known: HashMap::new() }
    }

    /// Whether vendored files changed between two commits that no list explains.
    pub(super) fn may_have_edits(&mut self, before: &dyn Source, state: &dyn Source, delta: &Delta) -> bool {
        let mut by_dir: BTreeMap<RepoPath, Vec<&Change>> = BTreeMap::new();
        for change in &delta.changes {
            let dir = change.path.ancestors().filter(|dir| dir.file_name() == b"vendor").last();
            dir.into_iter().for_each(|dir| by_dir.entry(dir).or_default().push(change));
        }
        by_dir.into_iter().any(|(dir, changes)| {
            let path = dir.join("modules.txt");
            let Some(after) = self.at(state, &path) else { return false };
            let before = self.at(before, &path);
            let pair = ListPair::new(&dir, before.as_ref().map_or(&NO_LIST, |list| &list.tree), &after.tree);
            // The list itself may state other language versions.
            let is_edit =
                |it: &Change| it.path == path || pair.edit(&it.path, it.before.is_some(), it.after.is_some()).is_some();
            changes.into_iter().any(is_edit)
        })
    }

    /// The list at a path of a commit.
    fn at(&mut self, state: &dyn Source, path: &RepoPath) -> Option<Arc<Parsed<VendorModules>>> {
        let entry = state.lookup(path).ok().flatten()?;
        let input = self.input;
        let read = || input.vendor_modules(&[&entry]).pop()?.ok().map(Arc::new);
        self.known.entry(entry.blob?).or_insert_with(read).clone()
    }
}

impl StateFacts {
    /// The same with the vendored files that were edited, and the messages about those that were not compared.
    pub(super) fn with_vendor_edits(
        mut self,
        input: Input<'_>,
        bases: &[Base<'_>],
        cache: Option<&ModuleCache>,
        files: &mut Files,
    ) -> Result<(Self, Vec<Notification>), SourceError> {
        let lists = lists(&self.model);
        if self.vendored.dirs.is_empty() && (cache.is_some() || !bases.is_empty()) && !lists.is_empty() {
            self.list_vendored(input)?;
        }
        let trust = Trust::new(&self.model, bases);
        let mut found = findings_since(input, &self, bases, &trust, files)?;
        self.add_unseen(std::mem::take(&mut found.hidden));
        let verified = match cache.is_some() || has_directories(&self.model) {
            true => self.verified(input, cache, &trust)?,
            false => Verified::default(),
        };
        let mut edits: Vec<VendorEdit> = found.edits.into_values().collect();
        // A file that is as in the module was not edited, whatever it was before.
        edits.retain(|edit| !verified.proved.contains(&edit.path));
        let told: HashSet<RepoPath> = edits.iter().map(|edit| edit.path.clone()).collect();
        let more = verified.differences.iter().filter(|found| !told.contains(&found.difference.path));
        edits.extend(more.map(|found| edit_of(found, files)));
        edits.sort_by(|one, other| one.path.cmp(&other.path));
        self.show(input, &edits);
        let notifications = verified.notifications(&self.model, &compared(&self.model, bases), cache);
        let languages = languages(input, &self.model, bases, cache, &trust);
        let doubts = verified.doubts(found.doubts, found.relied_on);
        self.altered.extend(verified.altered);
        self.model = self.model.with_vendor_findings(VendorFindings { edits, languages, doubts });
        Ok((self, notifications))
    }

    /// Sees to it that the texts of edited files can be shown.
    fn show(&mut self, input: Input<'_>, edits: &[VendorEdit]) {
        let found = edits.iter().filter(|edit| edit.file.is_some());
        let entries = found.filter_map(|edit| input.source.lookup(&edit.path).ok().flatten());
        let listing = &mut self.vendored.listing.entries;
        listing.extend(entries);
        listing.sort_by(|one, other| one.path.cmp(&other.path));
        listing.dedup_by(|one, other| one.path == other.path);
    }
}

/// Whether modules are vendored from directories of the repository.
fn has_directories(model: &Model) -> bool {
    let modules = model.vendors().flat_map(|vendor| vendor.listed().map(move |listed| (vendor, listed.module)));
    modules.into_iter().any(|(vendor, module)| vendor.replacing_directory(module).is_some())
}

/// The modules that a base has at the same version and with the same replacement, in the repository if that is a directory.
fn compared(model: &Model, bases: &[Base<'_>]) -> HashSet<(RepoPath, String)> {
    let mut compared = HashSet::new();
    for (vendor, before) in model.vendors().flat_map(|it| bases.iter().map(move |base| (it, base.lists.get(it.dir()))))
    {
        let before: HashSet<String> = before
            .into_iter()
            .flat_map(|list| &list.parsed.tree.modules)
            .map(VendoredModule::name_with_replacement)
            .collect();
        let is_here = |module: &VendoredModule| {
            let replacement = module.replacement.as_ref().filter(|replacement| replacement.version.is_none());
            let holder = vendor.dir().parent().unwrap_or_else(RepoPath::root);
            replacement.is_none_or(|replacement| holder.resolve(&*replacement.path.value).is_some())
        };
        let modules = vendor.manifest().into_iter().flat_map(|manifest| &manifest.parsed.tree.modules);
        let same = modules.filter(|module| before.contains(&module.name_with_replacement()) && is_here(module));
        compared.extend(same.map(|module| (vendor.dir().clone(), module.path.value.to_string())));
    }
    compared
}

/// The edit that a difference from the module shows.
fn edit_of(found: &ModuleDifference, files: &mut Files) -> VendorEdit {
    let Difference { path, in_module, is_vendored, original, hunk } = &found.difference;
    VendorEdit {
        path: path.clone(),
        file: is_vendored.then(|| files.add(path.clone())),
        kind: EditKind::of(*in_module, *is_vendored),
        module_path: found.module_path.clone(),
        module: found.module.clone(),
        proof: original.clone().map_or(Proof::Module, Proof::Directory),
        hunk: hunk.clone(),
    }
}
