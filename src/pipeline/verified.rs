//! Vendored files held against their modules in the module cache, and what is to be said where that could not be done.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::state::StateFacts;
use crate::finding::{Notification, NotificationKind, Severity};
use crate::go::ModuleVersion;
use crate::load::{Comparison, Difference, Hidden, Input, VendoredSource, Verification, verify_vendored};
use crate::model::{Model, Module, Vendor, Workspace};
use crate::rules::download_apart;
use crate::source::{Entry, ModuleCache, SourceError};
use crate::syntax::{Owners, SumContent};
use crate::text::RepoPath;

/// What came of the comparison with the module cache.
#[derive(Default)]
pub(super) struct Verified {
    /// The vendored files that are proved to be as a module has them.
    pub(super) proved: HashSet<RepoPath>,
    /// The files that differ, each with the module's name.
    pub(super) differences: Vec<(String, Difference)>,
    /// The modules whose own files are known, by vendor directory and path.
    modules: HashSet<(RepoPath, String)>,
    not_cached: usize,
    no_checksum: usize,
    /// Modules whose copies in the module cache are not believed, and why.
    not_proved: BTreeSet<(String, String)>,
}

impl StateFacts {
    /// Holds what is vendored against the module cache.
    pub(super) fn verified(&mut self, input: Input<'_>, cache: &ModuleCache) -> Result<Verified, SourceError> {
        if self.vendored.dirs.is_empty() {
            self.list_vendored(input)?;
        }
        let mut verified = Verified::default();
        let mut unread = Vec::new();
        for vendor in self.model.vendors() {
            let Some(manifest) = vendor.manifest() else { continue };
            let owners = Owners::new(vendor.dir(), &manifest.parsed.tree);
            let sources = sources(vendor);
            let is_its = |entry: &&Entry| self.model.vendor_of(&entry.path).is_some_and(|it| it.dir() == vendor.dir());
            let entries: Vec<Entry> = self.vendored.listing.entries.iter().filter(is_its).cloned().collect();
            let results = verify_vendored(input, (&owners, &entries), (cache, &sources));
            for (source, result) in sources.into_iter().zip(results) {
                unread.extend(verified.add((vendor.dir(), source), result));
            }
        }
        self.add_unseen(unread);
        Ok(verified)
    }
}

impl Verified {
    /// Takes in what came of a module; gives the files that could not be read.
    fn add(&mut self, (dir, source): (&RepoPath, VendoredSource), result: Verification) -> Hidden {
        match result {
            Verification::Compared(Comparison { proved, differences, unread }) => {
                self.proved.extend(proved);
                self.differences.extend(differences.into_iter().map(|difference| (source.name.clone(), difference)));
                self.modules.insert((dir.clone(), source.path));
                return unread;
            }
            Verification::Directory => {}
            Verification::NotCached => self.not_cached += 1,
            Verification::NoChecksum => self.no_checksum += 1,
            Verification::NotProved(reason) => {
                let module = |it: &ModuleVersion| format!("{}@{}", it.path, it.version);
                self.not_proved.insert((source.source.as_ref().map_or(source.name, module), reason));
            }
        }
        Vec::new()
    }

    /// What to say of the modules of which nothing shows whether their files were edited: neither a base, which has the
    /// modules `compared`, nor the module cache, if that was looked at.
    pub(super) fn notifications(
        &self,
        model: &Model,
        compared: &HashSet<(RepoPath, String)>,
        cache: Option<&ModuleCache>,
    ) -> Vec<Notification> {
        let mut said = Vec::new();
        for (module, reason) in &self.not_proved {
            let message = format!("the module cache has {module}, which is not believed: {reason}");
            said.push(note(message, &download_apart(module)));
        }
        let listed = model.vendors().flat_map(|vendor| vendor.listed().map(move |listed| (vendor, listed)));
        let all: HashSet<(RepoPath, String)> =
            listed.map(|(vendor, listed)| (vendor.dir().clone(), listed.module.path.value.to_string())).collect();
        let open = all.iter().filter(|it| !compared.contains(it) && !self.modules.contains(it)).count();
        let is_bare = model.vendors().any(|vendor| vendor.manifest().is_none());
        if open == 0 && !(all.is_empty() && is_bare) {
            return said;
        }
        let message = if open == all.len() {
            "vendored files were not checked for edits: there is nothing to hold them against".to_owned()
        } else {
            format!(
                "vendored files of {open} of {} modules were not checked for edits; not in the module cache: {}, without \
                 a checksum in go.sum: {}, not believed: {}",
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

const WITH_CACHE: &str = "`--range BASE..HEAD` or `--new-from REV` compares with a commit that has the same versions; `go mod \
                          download` brings the modules themselves, which count if go.sum has their checksums";

const WITHOUT_CACHE: &str = "`--range BASE..HEAD` or `--new-from REV` compares with a commit that has the same versions; without \
                             `--no-module-cache` the modules in the module cache count";

fn note(message: String, help: &str) -> Notification {
    let help = Some(help.to_owned());
    Notification { kind: NotificationKind::Information, level: Severity::Note, message, label: None, help }
}

/// The modules whose packages are vendored, and where their files are from.
fn sources(vendor: Vendor<'_>) -> Vec<VendoredSource> {
    let sums = checksums(vendor);
    let mut by_path: BTreeMap<&str, VendoredSource> = BTreeMap::new();
    for listed in vendor.listed() {
        let path = listed.module.path.value.as_str();
        let known = by_path.entry(path).or_insert_with(|| {
            let source = listed.module.source();
            let key = source.as_ref().map(|source| (source.path.as_str(), source.version.as_str()));
            let sums = key.and_then(|key| sums.get(&key)).cloned().unwrap_or_default();
            let name = listed.module.name_with_replacement();
            VendoredSource { path: path.to_owned(), name, source, sums, packages: Vec::new() }
        });
        known.packages.push(listed.path.to_owned());
    }
    by_path.into_values().collect()
}

/// The checksums of module files that count where a vendor directory does.
fn checksums(vendor: Vendor<'_>) -> HashMap<(&str, &str), Vec<String>> {
    let of_work = vendor.workspace().and_then(Workspace::sums);
    let of_mains = vendor.mains().into_iter().filter_map(Module::sums);
    let mut sums: HashMap<(&str, &str), Vec<String>> = HashMap::new();
    for line in of_work.into_iter().chain(of_mains).flat_map(|file| file.parsed.tree.lines()) {
        if line.content == SumContent::Zip {
            sums.entry((line.module, line.version)).or_default().push(line.hash.to_owned());
        }
    }
    sums
}
