//! Compares vendored files with their modules in the module cache and in directories of the repository, and reports the
//! ones that could not be compared.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::edits::{Base, named};
use super::state::{AlteredModule, StateFacts};
use crate::finding::{Notification, NotificationKind, Severity};
use crate::go::{ModulePath, ModuleVersion};
use crate::load::{Difference, Hidden, Input, SourceComparison, VendoredSource, Verification, verify_vendored};
use crate::model::{DoubtReason, Model, Module, SumLines, Vendor, VendorDoubt, Workspace};
use crate::rules::download_apart;
use crate::source::{Entry, ModuleCache, SourceError};
use crate::syntax::{GoSum, Owners, ParsedFile, SumContent, SumKey};
use crate::text::RepoPath;

/// A vendored file that differs from its module's.
pub(super) struct ModuleDifference {
    /// The path of the module.
    pub(super) module_path: ModulePath,
    /// The name of the module for a person, with its version and its replacement.
    pub(super) module: String,
    /// The file.
    pub(super) difference: Difference,
}

/// The result of the comparison with the modules themselves.
#[derive(Default)]
pub(super) struct Verified {
    /// The vendored files that are proved to be as a module has them.
    pub(super) proved: HashSet<RepoPath>,
    /// The files that differ from those of their modules.
    pub(super) differences: Vec<ModuleDifference>,
    /// The modules whose own files are known from the module cache, by vendor directory and path.
    modules: HashSet<(RepoPath, String)>,
    /// Those that are directories of the repository.
    directories: HashSet<(RepoPath, String)>,
    not_cached: usize,
    no_checksum: usize,
    /// The modules whose copies in the module cache have a different checksum than go.sum states.
    pub(super) altered: Vec<AlteredModule>,
    /// The modules that there is reason to ask about, whatever else the run looks at.
    suspects: Vec<VendorDoubt>,
    /// Modules whose copies in the module cache are not believed, and why.
    not_proved: BTreeSet<(String, String)>,
}

impl StateFacts {
    /// Compares the vendored files with the modules themselves.
    pub(super) fn verified(
        &mut self,
        input: Input<'_>,
        cache: Option<&ModuleCache>,
        trust: &Trust,
    ) -> Result<Verified, SourceError> {
        if self.vendored.dirs.is_empty() {
            self.list_vendored(input)?;
        }
        let mut verified = Verified::default();
        let mut unread = Vec::new();
        for vendor in self.model.vendors() {
            let Some(manifest) = vendor.manifest() else { continue };
            let owners = Owners::new(vendor.dir(), &manifest.parsed.tree);
            let sources = sources(vendor, trust);
            let is_its = |entry: &&Entry| self.model.vendor_of(&entry.path).is_some_and(|it| it.dir() == vendor.dir());
            let entries: Vec<Entry> = self.vendored.listing.entries.iter().filter(is_its).cloned().collect();
            let results = verify_vendored(input, &owners, &entries, cache, &sources);
            for (source, result) in sources.into_iter().zip(results) {
                unread.extend(verified.add(vendor.dir(), source, result, cache, trust));
            }
        }
        self.add_unseen(unread);
        Ok(verified)
    }
}

impl Verified {
    /// Adds the result for a module; returns the files that could not be read.
    fn add(
        &mut self,
        dir: &RepoPath,
        source: VendoredSource,
        result: Verification,
        cache: Option<&ModuleCache>,
        trust: &Trust,
    ) -> Hidden {
        let doubt = |origin: &ModuleVersion, reason: DoubtReason| VendorDoubt {
            dir: dir.clone(),
            path: ModulePath::new(source.path.as_str()),
            source: format!("{}@{}", origin.path, origin.version),
            example: None,
            reason,
        };
        match (result, &source.source) {
            (Verification::Compared(SourceComparison { proved, differences, unread }), _) => {
                self.proved.extend(proved);
                for difference in differences {
                    let module_path = ModulePath::new(source.path.as_str());
                    self.differences.push(ModuleDifference { module_path, module: source.name.clone(), difference });
                }
                let compared = if source.directory.is_some() { &mut self.directories } else { &mut self.modules };
                compared.insert((dir.clone(), source.path));
                return unread;
            }
            (Verification::NotSeen(hidden), _) => return hidden,
            (Verification::Directory | Verification::NoCache, _) | (_, None) => {}
            (Verification::NotCached, _) => self.not_cached += 1,
            (Verification::NoChecksum, Some(origin)) => {
                self.no_checksum += 1;
                // The module cache could decide, if only go.sum confirmed its content.
                let cached = cache.and_then(|cache| cache.module(origin.path.as_str(), origin.version.as_str()));
                let is_cached = cached.is_some();
                let reason = trust.of(dir, origin).err().filter(|_| is_cached);
                self.suspects.extend(reason.map(|reason| doubt(origin, reason)));
            }
            (Verification::OtherHash(hash), Some(origin)) => {
                let reason = "it has another checksum than go.sum states".to_owned();
                self.suspects.push(doubt(origin, DoubtReason::NotProved(reason.clone())));
                self.altered.push(AlteredModule { module: origin.clone(), hash: Some(hash) });
                self.not_proved.insert((format!("{}@{}", origin.path, origin.version), reason));
            }
            (Verification::NotProved(reason), Some(origin)) => {
                self.suspects.push(doubt(origin, DoubtReason::NotProved(reason.clone())));
                self.not_proved.insert((format!("{}@{}", origin.path, origin.version), reason));
            }
        }
        Vec::new()
    }

    /// Whether the files of a module were compared with its own.
    fn is_compared(&self, module: &(RepoPath, String)) -> bool {
        self.modules.contains(module) || self.directories.contains(module)
    }

    /// All doubts, by vendor directory and module: those of `doubts` that no module of the module cache has decided,
    /// and those that rest on checksums of modules that the module cache lacks, although it has others of those that
    /// are vendored. An empty module cache is no evidence: in continuous integration there often is no other.
    pub(super) fn doubts(&self, doubts: Doubts, relied_on: Doubts) -> Vec<VendorDoubt> {
        let is_decided = |key: &(RepoPath, String)| self.is_compared(key);
        let is_used = !self.modules.is_empty() || !self.not_proved.is_empty();
        let mut all: Doubts = relied_on.into_iter().filter(|(key, _)| is_used && !is_decided(key)).collect();
        all.extend(doubts.into_iter().filter(|(key, _)| !is_decided(key)));
        for doubt in &self.suspects {
            all.insert((doubt.dir.clone(), doubt.path.to_string()), doubt.clone());
        }
        all.into_values().collect()
    }

    /// The messages about the modules without evidence of whether their files were edited: neither a base, which has the
    /// modules `compared`, nor the module cache, if that was looked at.
    pub(super) fn notifications(
        &self,
        model: &Model,
        compared: &HashSet<(RepoPath, String)>,
        cache: Option<&ModuleCache>,
    ) -> Vec<Notification> {
        let mut said = Vec::new();
        for (module, reason) in &self.not_proved {
            let message = format!("{module} in the module cache is not trusted: {reason}");
            said.push(note(message, &download_apart(module)));
        }
        let listed = model.vendors().flat_map(|vendor| vendor.listed().map(move |listed| (vendor, listed)));
        let all: HashSet<(RepoPath, String)> =
            listed.map(|(vendor, listed)| (vendor.dir().clone(), listed.module.path.value.to_string())).collect();
        let open = all.iter().filter(|it| !compared.contains(it) && !self.is_compared(it)).count();
        let is_bare = model.vendors().any(|vendor| vendor.manifest().is_none());
        if open == 0 && !(all.is_empty() && is_bare) {
            return said;
        }
        let message = if open == all.len() {
            "vendored files were not checked for edits: there is nothing to compare them with".to_owned()
        } else {
            format!(
                "vendored files of {open} of {} modules were not checked for edits; not in the module cache: {}, without \
                 a checksum in go.sum: {}, not trusted: {}",
                all.len(),
                self.not_cached,
                self.no_checksum,
                self.not_proved.len(),
            )
        };
        said.push(note(message, if cache.is_some() { WITH_CACHE } else { WITHOUT_CACHE }));
        said
    }
}

const WITH_CACHE: &str = "use `--range BASE..HEAD` or `--new-from REV` to compare with a commit that has the same versions, or \
                          run `go mod download`; modules are used if go.sum has their checksums";

const WITHOUT_CACHE: &str = "use `--range BASE..HEAD` or `--new-from REV` to compare with a commit that has the same \
                             versions, or use the module cache, without `--no-module-cache`";

fn note(message: String, help: &str) -> Notification {
    let help = Some(help.to_owned());
    Notification {
        kind: NotificationKind::Information,
        level: Severity::Note,
        message,
        label: None,
        help,
        repository: None,
    }
}

/// The modules whose packages are vendored, and where their files are from. Checksums that are not to be trusted are
/// left out.
fn sources(vendor: Vendor<'_>, trust: &Trust) -> Vec<VendoredSource> {
    let mut by_path: BTreeMap<&str, VendoredSource> = BTreeMap::new();
    for listed in vendor.listed() {
        let path = listed.module.path.value.as_str();
        let known = by_path.entry(path).or_insert_with(|| {
            let source = listed.module.source();
            let sums = source.as_ref().and_then(|source| trust.sum(vendor.dir(), source));
            let sums = sums.map(str::to_owned).into_iter().collect();
            let name = listed.module.name_with_replacement();
            let directory = vendor.replacing_directory(listed.module);
            VendoredSource { path: path.to_owned(), name, source, directory, sums, packages: Vec::new() }
        });
        known.packages.push(listed.path.to_owned());
    }
    by_path.into_values().collect()
}

/// Doubts by vendor directory and module path.
pub(super) type Doubts = BTreeMap<(RepoPath, String), VendorDoubt>;

/// Which checksums of vendored modules are to be trusted: one that is the only one, and that no state before
/// contradicts.
#[derive(Default)]
pub(super) struct Trust {
    /// By vendor directory and subject, as a line begins.
    sums: HashMap<(RepoPath, String), Result<String, DoubtReason>>,
}

impl Trust {
    /// Those of the modules of a state.
    pub(super) fn new(model: &Model, bases: &[Base<'_>]) -> Self {
        let mut trust = Self::default();
        let earlier: Vec<(String, SumLines<'_>)> =
            bases.iter().map(|base| (named(base.source.origin()), SumLines::new(&base.sums))).collect();
        for vendor in model.vendors() {
            let of_work = vendor.workspace().and_then(Workspace::sums);
            let lists = of_work.into_iter().chain(vendor.mains().into_iter().filter_map(Module::sums));
            let lists: Vec<ParsedFile<GoSum>> = lists.cloned().collect();
            let lines = SumLines::new(&lists);
            for key in lines.keys() {
                let hashes: Vec<&str> = lines.of(key).map(|line| line.hash).collect();
                let name = (vendor.dir().clone(), key.to_string());
                trust.sums.insert(name, trusted(&hashes, key, &earlier));
            }
        }
        trust
    }

    /// The checksum of the files of a module version.
    pub(super) fn sum(&self, dir: &RepoPath, module: &ModuleVersion) -> Option<&str> {
        self.find(dir, module, SumContent::Zip).and_then(|sum| sum.as_deref().ok())
    }

    /// The checksum of the go.mod of a module version.
    pub(super) fn go_mod_sum(&self, dir: &RepoPath, module: &ModuleVersion) -> Option<&str> {
        self.find(dir, module, SumContent::GoMod).and_then(|sum| sum.as_deref().ok())
    }

    /// Whether there is a checksum of the files of a module version that is to be trusted, or why not.
    pub(super) fn of(&self, dir: &RepoPath, module: &ModuleVersion) -> Result<(), DoubtReason> {
        match self.find(dir, module, SumContent::Zip) {
            Some(Ok(_)) => Ok(()),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err(DoubtReason::NoChecksum),
        }
    }

    fn find(
        &self,
        dir: &RepoPath,
        module: &ModuleVersion,
        content: SumContent,
    ) -> Option<&Result<String, DoubtReason>> {
        let key = SumKey { module: module.path.as_str(), version: module.version.as_str(), content };
        self.sums.get(&(dir.clone(), key.to_string()))
    }
}

/// The one checksum, if there is only one and no state before has another.
fn trusted(hashes: &[&str], key: SumKey<'_>, earlier: &[(String, SumLines<'_>)]) -> Result<String, DoubtReason> {
    let [hash] = hashes else { return Err(DoubtReason::TwoChecksums) };
    let has = |lines: &SumLines<'_>| lines.of(key).any(|line| line.hash == *hash);
    let is_confirmed = earlier.iter().any(|(_, lines)| has(lines));
    let other = earlier.iter().find(|(_, lines)| !is_confirmed && lines.of(key).next().is_some());
    match other {
        Some((state, _)) => Err(DoubtReason::OtherChecksum(state.clone())),
        None => Ok((*hash).to_owned()),
    }
}
