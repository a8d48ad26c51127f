//! Vendored files held against their modules in the module cache, and what is to be said where that could not be done.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::state::StateFacts;
use crate::finding::{Notification, NotificationKind, Severity};
use crate::go::ModuleVersion;
use crate::load::{Difference, Input, VendoredSource, Verification, verify_vendored};
use crate::model::{Module, Vendor, VendorEdit, Workspace};
use crate::source::{Entry, ModuleCache, SourceError};
use crate::syntax::{Owners, SumContent};
use crate::text::RepoPath;

/// What came of the comparison with the module cache.
#[derive(Default)]
pub(super) struct Verified {
    /// The modules whose own files are known, by vendor directory and name.
    modules: HashSet<(RepoPath, String)>,
    /// The files that differ, each with the module's name.
    pub(super) differences: Vec<(String, Difference)>,
    not_cached: Vec<String>,
    no_checksum: Vec<String>,
    /// Modules whose copies in the module cache are not believed, and why.
    not_proved: Vec<(String, String)>,
}

impl StateFacts {
    /// Holds what is vendored against the module cache.
    pub(super) fn verified(&mut self, input: Input<'_>, cache: &ModuleCache) -> Result<Verified, SourceError> {
        if self.vendored.dirs.is_empty() {
            self.list_vendored(input)?;
        }
        let mut verified = Verified::default();
        for vendor in self.model.vendors() {
            let Some(manifest) = vendor.manifest() else { continue };
            let owners = Owners::new(vendor.dir(), &manifest.parsed.tree);
            let sources = sources(vendor);
            let entries: Vec<Entry> =
                self.vendored.listing.entries.iter().filter(|it| it.path.is_within(vendor.dir())).cloned().collect();
            let named: Vec<VendoredSource> = sources.iter().map(|(_, source)| source.clone()).collect();
            let results = verify_vendored(input, (&owners, &entries), (cache, &named));
            for ((name, source), result) in sources.into_iter().zip(results) {
                verified.add((vendor.dir(), name), &source, result);
            }
        }
        Ok(verified)
    }
}

impl Verified {
    /// Whether the own files of the module are known that has this file.
    pub(super) fn knows(&self, edit: &VendorEdit) -> bool {
        self.modules.iter().any(|(dir, name)| *name == edit.module && edit.path.is_within(dir))
    }

    fn add(&mut self, (dir, name): (&RepoPath, String), source: &VendoredSource, result: Verification) {
        match result {
            Verification::Compared(differences) => {
                self.differences.extend(differences.into_iter().map(|difference| (name.clone(), difference)));
                self.modules.insert((dir.clone(), name));
            }
            Verification::Directory => {}
            Verification::NotCached => self.not_cached.push(name),
            Verification::NoChecksum => self.no_checksum.push(name),
            Verification::NotProved(reason) => {
                let module = |it: &ModuleVersion| format!("{}@{}", it.path, it.version);
                self.not_proved.push((source.source.as_ref().map_or(name, module), reason));
            }
        }
    }

    /// What to say of what was not compared.
    pub(super) fn notifications(&self, has_bases: bool, has_vendored: bool) -> Vec<Notification> {
        let mut said = Vec::new();
        for (module, reason) in self.not_proved.iter().collect::<BTreeSet<_>>() {
            let message = format!("the module cache has {module}, which is not believed: {reason}");
            said.push(note(
                message,
                "`go mod verify` says what is wrong with the module cache, `go clean -modcache` empties it",
            ));
        }
        if has_vendored && !has_bases && self.modules.is_empty() {
            let message = "vendored files were not checked for edits: there is nothing to hold them against";
            said.push(note(message.to_owned(), "`--range BASE..HEAD` or `--new-from REV` compares with a commit; `go mod download` brings the modules themselves, if go.sum has their checksums"));
            return said;
        }
        let open = self.not_cached.len() + self.no_checksum.len() + self.not_proved.len();
        if !has_bases && open > 0 {
            let message = format!(
                "vendored files of {open} of {} modules were not checked for edits; not in the module cache: {}, without \
                 a checksum in go.sum: {}, not believed: {}",
                open + self.modules.len(),
                self.not_cached.len(),
                self.no_checksum.len(),
                self.not_proved.len(),
            );
            said.push(note(
                message,
                "`--range BASE..HEAD` compares with a commit; `go mod download` brings the modules themselves",
            ));
        }
        said
    }
}

fn note(message: String, help: &str) -> Notification {
    let help = Some(help.to_owned());
    Notification { kind: NotificationKind::Information, level: Severity::Note, message, label: None, help }
}

/// The modules whose packages are vendored, by name, and where their files are from.
fn sources(vendor: Vendor<'_>) -> Vec<(String, VendoredSource)> {
    let sums = checksums(vendor);
    let mut by_path: BTreeMap<&str, (String, VendoredSource)> = BTreeMap::new();
    for listed in vendor.listed() {
        let path = listed.module.path.value.as_str();
        let (_, known) = by_path.entry(path).or_insert_with(|| {
            let source = listed.module.source();
            let key = source.as_ref().map(|source| (source.path.as_str(), source.version.as_str()));
            let sums = key.and_then(|key| sums.get(&key)).cloned().unwrap_or_default();
            let source = VendoredSource { path: path.to_owned(), source, sums, packages: Vec::new() };
            (listed.module.name(), source)
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
