//! Compares vendored files with the files of their modules: in the module cache, which are trusted only if they have the
//! hash in go.sum, and in directories of the repository that replace modules.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::vendor_changes::with_line_feeds;
use super::vendor_directories::{dir_of, read_directory_files};
use super::{Hidden, Input, Kind, first_hunk};
use crate::go::{ModulePath, ModuleVersion, is_go_file, is_test_file};
use crate::source::{CachedModule, ContentHash, Entry, ModuleCache, Reader, Unseen, hash1};
use crate::syntax::{Owners, VendoredModule, parse_go_file};
use crate::text::RepoPath;

/// A module with vendored packages.
#[derive(Clone, Debug)]
pub(crate) struct VendoredSource {
    /// The path that it is vendored under.
    pub path: String,
    /// Its name for a person, with its version and its replacement.
    pub name: String,
    /// Where its files are from: the module itself, or the version that replaces it; `None` for a directory.
    pub source: Option<ModuleVersion>,
    /// The directory of the repository that its files are copied from, if it is one.
    pub directory: Option<RepoPath>,
    /// The checksums of these that go.sum states.
    pub sums: Vec<String>,
    /// The import paths of its vendored packages.
    pub packages: Vec<String>,
}

/// The result of the comparison of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verification {
    /// Its files are proved to be its own.
    Compared(SourceComparison),
    /// Its files are copied from a directory outside of the repository.
    Directory,
    /// Its files are copied from a directory of the repository, and these could not be seen.
    NotSeen(Hidden),
    /// There is no module cache that could have it.
    NoCache,
    /// It is not in the module cache, or not in full.
    NotCached,
    /// go.sum has no checksum of its files.
    NoChecksum,
    /// The files in the module cache have a different checksum than go.sum states: theirs.
    OtherHash(String),
    /// The files in the module cache cannot be read: why.
    NotProved(String),
}

/// The vendored files of a module, compared with its own files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SourceComparison {
    /// The vendored files that are proved to be as a module has them.
    pub proved: Vec<RepoPath>,
    /// Those that differ.
    pub differences: Vec<Difference>,
    /// Those that could not be read.
    pub unread: Hidden,
}

/// A vendored file that is not the module's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The vendored file, which need not be there.
    pub path: RepoPath,
    /// Whether the module has such a file.
    pub in_module: bool,
    /// Whether it is vendored.
    pub is_vendored: bool,
    /// The file of the repository that it should be a copy of, there or not, if the module is a directory of the repository.
    pub original: Option<RepoPath>,
    /// The first lines that differ.
    pub hunk: Option<String>,
}

/// Compares the files below a vendor directory with modules. `entries` are its files, by path; the results are in the
/// order of the modules. The store knows which contents were found to be those of which module.
pub(crate) fn verify_vendored(
    input: Input<'_>,
    owners: &Owners<'_>,
    entries: &[Entry],
    cache: Option<&ModuleCache>,
    sources: &[VendoredSource],
) -> Vec<Verification> {
    let shares = Share::of_all(owners, entries, sources);
    let key = |(at, share): (usize, &Share<'_>)| share.key(at, sources);
    let keys: Vec<Option<ContentHash>> = shares.iter().enumerate().map(key).collect();
    let known = known(input, &keys);
    let unknown = (0..sources.len()).filter(|&at| !known[at]);
    let needed: BTreeSet<usize> = unknown.flat_map(|at| shares[at].others.iter().copied().chain([at])).collect();
    let needed: Vec<usize> = needed.into_iter().collect();
    let read = |&at: &usize| {
        let source = &sources[at];
        let original = match &source.directory {
            Some(root) => Original::of_directory(input, root, source, &below_module(owners, source, &shares[at])),
            None => Original::read(cache, source),
        };
        (at, original)
    };
    let read: Vec<_> = needed.par_iter().map(read).collect();
    let modules = Modules { owners, entries, sources, originals: read.into_iter().collect() };
    let verify = |(at, share): (usize, &Share<'_>)| match modules.originals.get(&at) {
        _ if known[at] => Verification::Compared(share.as_known()),
        Some(Ok(original)) => Verification::Compared(modules.compare(input, at, original, share)),
        Some(Err(reason)) => reason.clone(),
        None => Verification::NotCached,
    };
    let verified: Vec<Verification> = shares.par_iter().enumerate().map(verify).collect();
    let is_clean = |at: &usize| !known[*at] && verified[*at] == Verification::Compared(shares[*at].as_known());
    let clean = (0..sources.len()).filter(is_clean);
    let rows: Vec<(&[u8], &[u8])> =
        clean.filter_map(|at| Some((keys[at].as_ref()?.as_bytes(), &b"clean"[..]))).collect();
    input.store.put(Kind::Verified, &rows);
    verified
}

/// The paths of vendored files from the root of their module.
fn below_module(owners: &Owners<'_>, source: &VendoredSource, share: &Share<'_>) -> Vec<Vec<u8>> {
    let dir = owners.dir().join(source.path.as_str());
    let paths = share.files.iter().map(|file| &file.entry.path).chain(&share.of_others);
    paths.filter_map(|path| Some(path.strip_dir(&dir)?.to_vec())).collect()
}

/// For which modules the store knows that the vendored files are theirs.
fn known(input: Input<'_>, keys: &[Option<ContentHash>]) -> Vec<bool> {
    let asked: Vec<&[u8]> = keys.iter().flatten().map(ContentHash::as_bytes).collect();
    let mut answers = input.store.get(Kind::Verified, &asked).into_iter();
    keys.iter().map(|key| key.is_some() && answers.next().flatten().is_some()).collect()
}

/// The modules that were read, by their place.
type Originals<'a> = HashMap<usize, Result<Original<'a>, Verification>>;

/// Which comparison it was: another number for each that may come to another verdict, so that the store forgets those
/// before.
const COMPARISON: u32 = 2;

/// The part of a vendor directory that belongs to one module.
#[derive(Default)]
struct Share<'e> {
    files: Vec<VendoredCopy<'e>>,
    /// The other modules that may have brought some of these, by their place.
    others: BTreeSet<usize>,
    /// The files of other modules that it may have brought.
    of_others: Vec<RepoPath>,
}

/// A vendored file.
struct VendoredCopy<'e> {
    entry: &'e Entry,
    /// Whether it lies in a listed package of its module.
    in_package: bool,
    /// The other modules that may have brought it.
    others: Vec<usize>,
}

impl<'e> Share<'e> {
    fn of_all(owners: &Owners<'_>, entries: &'e [Entry], sources: &[VendoredSource]) -> Vec<Self> {
        let places: HashMap<&str, usize> = sources.iter().map(|source| source.path.as_str()).zip(0..).collect();
        let place = |module: &VendoredModule| places.get(module.path.value.as_str()).copied();
        let mut shares: Vec<Self> = sources.iter().map(|_| Self::default()).collect();
        for entry in entries {
            let Some(owned) = owners.of(&entry.path) else { continue };
            let Some(at) = place(owned.module) else { continue };
            let others: Vec<usize> = owned.others().filter_map(place).collect();
            shares[at].others.extend(&others);
            for other in &others {
                shares[*other].of_others.push(entry.path.clone());
            }
            shares[at].files.push(VendoredCopy { entry, in_package: owned.in_package, others });
        }
        shares
    }

    /// The result if every file is proved to be as a module has it, and none is missing.
    fn as_known(&self) -> SourceComparison {
        let proved = self.files.iter().map(|file| file.entry.path.clone()).collect();
        SourceComparison { proved, ..SourceComparison::default() }
    }

    /// The key of the verdict in the store, which depends on nothing else: which modules these are, by their hashes,
    /// and the vendored files. `None` where a file has no blob, and for directories, whose files no hash names.
    fn key(&self, at: usize, sources: &[VendoredSource]) -> Option<ContentHash> {
        let modules = std::iter::once(at).chain(self.others.iter().copied()).map(|at| &sources[at]);
        if modules.clone().any(|module| module.directory.is_some()) {
            return None;
        }
        let mut text = format!("{COMPARISON} {:?}", modules.collect::<Vec<_>>()).into_bytes();
        for VendoredCopy { entry, .. } in &self.files {
            text.extend_from_slice(entry.path.as_bytes());
            text.push(0);
            text.extend_from_slice(entry.blob.as_ref()?.as_bytes());
        }
        Some(ContentHash::of(&text))
    }
}

/// Where the files of a module are read.
enum Place<'a> {
    /// In the module cache.
    Cache(CachedModule),
    /// In a directory of the repository.
    Directory { input: Input<'a>, root: RepoPath, files: HashMap<Vec<u8>, Entry> },
}

/// The files of a module, proved to be its own.
struct Original<'a> {
    place: Place<'a>,
    files: HashMap<Vec<u8>, ContentHash>,
    by_dir: HashMap<Vec<u8>, Vec<Vec<u8>>>,
}

impl<'a> Original<'a> {
    /// The files of a directory of the repository: those of the vendored packages, and `others` by their paths below it.
    fn of_directory(
        input: Input<'a>,
        root: &RepoPath,
        source: &VendoredSource,
        others: &[Vec<u8>],
    ) -> Result<Self, Verification> {
        let module = ModulePath::new(source.path.as_str());
        let packages = source.packages.iter().filter_map(|package| module.subpath(package));
        let dirs: BTreeSet<Vec<u8>> = packages.map(|below| below.as_bytes().to_vec()).collect();
        let found = read_directory_files(input, root, &dirs, others).map_err(Verification::NotSeen)?;
        let mut entries = HashMap::new();
        let mut hashes = HashMap::new();
        for (path, (entry, hash)) in found.files {
            entries.insert(path.clone(), entry);
            hashes.insert(path, hash);
        }
        let by_dir = by_directory(hashes.keys().map(Vec::as_slice));
        let place = Place::Directory { input, root: root.clone(), files: entries };
        Ok(Self { place, files: hashes, by_dir })
    }

    fn read(cache: Option<&ModuleCache>, source: &VendoredSource) -> Result<Self, Verification> {
        let ModuleVersion { path, version } = source.source.as_ref().ok_or(Verification::Directory)?;
        let cache = cache.ok_or(Verification::NoCache)?;
        if source.sums.is_empty() {
            return Err(Verification::NoChecksum);
        }
        let module = cache.module(path.as_str(), version.as_str()).ok_or(Verification::NotCached)?;
        let unreadable = |reason: crate::source::Unseen| Verification::NotProved(reason.to_string());
        let files = module.files().map_err(unreadable)?;
        let hash = |text: &mut Vec<u8>, file: &crate::source::CachedFile| {
            module.read_listed(file, text).map(|()| ContentHash::of(text))
        };
        let hashes = files.par_iter().map_init(Vec::new, hash).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        let sum = hash1(module.prefix(), files.iter().map(|file| &*file.path).zip(hashes.iter().copied()));
        let sum = sum.map_err(unreadable)?;
        if !source.sums.contains(&sum) {
            return Err(Verification::OtherHash(sum));
        }
        let by_dir = by_directory(files.iter().map(|file| &*file.path));
        let files = files.into_iter().map(|file| file.path.into()).zip(hashes).collect();
        Ok(Self { place: Place::Cache(module), files, by_dir })
    }

    fn text(&self, path: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let is_read = match &self.place {
            Place::Cache(module) => module.read(path, &mut text).is_ok(),
            Place::Directory { input, files, .. } => {
                files.get(path).is_some_and(|entry| input.source.reader().read(entry, &mut text).is_ok())
            }
        };
        if !is_read {
            text.clear();
        }
        text
    }

    /// Where a file is in the repository, there or not; `None` for a module in the module cache.
    fn place_of(&self, path: &[u8]) -> Option<RepoPath> {
        match &self.place {
            Place::Cache(_) => None,
            Place::Directory { root, .. } => Some(root.join(path)),
        }
    }
}

/// Paths by the directory that each lies in.
fn by_directory<'p>(paths: impl Iterator<Item = &'p [u8]>) -> HashMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut by_dir: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
    for path in paths {
        let dir = dir_of(path);
        by_dir.entry(dir.to_vec()).or_default().push(path.to_vec());
    }
    by_dir
}

/// The files that a build takes from a package's directory, by their suffixes (`go/build.fileListForExt`).
const SOURCES: [&[u8]; 20] = [
    b"go", b"c", b"cc", b"cpp", b"cxx", b"m", b"h", b"hh", b"hpp", b"hxx", b"f", b"F", b"for", b"f90", b"s", b"S",
    b"sx", b"swig", b"swigcxx", b"syso",
];

/// The modules of a vendor directory, as far as their files are known.
struct Modules<'a> {
    owners: &'a Owners<'a>,
    entries: &'a [Entry],
    sources: &'a [VendoredSource],
    originals: Originals<'a>,
}

/// The result for one file.
enum FileVerdict {
    /// It is as a module has it.
    Proved,
    /// It may be that of a module whose files are not known.
    Open,
    /// It is not its module's.
    Other(Difference),
}

impl Modules<'_> {
    fn compare(&self, input: Input<'_>, at: usize, original: &Original<'_>, share: &Share<'_>) -> SourceComparison {
        let mut reader = input.source.reader();
        let mut comparison =
            SourceComparison { differences: self.lacking(at, original), ..SourceComparison::default() };
        for file in &share.files {
            let path = &file.entry.path;
            match self.present(reader.as_mut(), at, original, file) {
                Ok(FileVerdict::Proved) => comparison.proved.push(path.clone()),
                Ok(FileVerdict::Open) => {}
                Ok(FileVerdict::Other(difference)) => comparison.differences.push(difference),
                Err(reason) => comparison.unread.push((path.clone(), reason)),
            }
        }
        comparison
    }

    /// How a vendored file differs from its module's. It does not if another module may have brought it as it is; where
    /// that is one whose files are not known, the question stays open.
    fn present(
        &self,
        reader: &mut dyn Reader,
        at: usize,
        original: &Original<'_>,
        file: &VendoredCopy<'_>,
    ) -> Result<FileVerdict, Unseen> {
        let VendoredCopy { entry, in_package, others } = file;
        let mut text = Vec::new();
        reader.read(entry, &mut text)?;
        let hash = ContentHash::of(&text);
        // Git may keep a file with other line ends than the module has, and check it out with others again.
        let lines = with_line_feeds(&text);
        let is_same = |(module, path): (&Original<'_>, &[u8])| {
            module.files.get(path).is_some_and(|known| {
                *known == hash || (!lines.is_empty() && with_line_feeds(&module.text(path)) == lines)
            })
        };
        let path = self.below(at, &entry.path).unwrap_or_default();
        let in_module = original.files.contains_key(&path);
        let mut is_open = false;
        for &other in others {
            match self.originals.get(&other) {
                Some(Ok(module)) => {
                    if self.below(other, &entry.path).is_some_and(|path| is_same((module, &path))) {
                        return Ok(FileVerdict::Proved);
                    }
                }
                // The files of a package are copied after those that modules above it bring.
                _ if *in_package && in_module && self.sources[other].path.len() < self.sources[at].path.len() => {}
                _ => is_open = true,
            }
        }
        if is_same((original, &path)) {
            return Ok(FileVerdict::Proved);
        }
        if is_open {
            return Ok(FileVerdict::Open);
        }
        let own = if in_module { original.text(&path) } else { Vec::new() };
        let hunk = first_hunk(&own, &text);
        let place = original.place_of(&path);
        Ok(FileVerdict::Other(Difference {
            path: entry.path.clone(),
            in_module,
            is_vendored: true,
            original: place,
            hunk,
        }))
    }

    /// The files of a module's packages that should be vendored and are not.
    fn lacking(&self, at: usize, original: &Original<'_>) -> Vec<Difference> {
        let source = &self.sources[at];
        let is_own = |package: &&String| {
            self.owners.of_package(package).is_some_and(|module| module.path.value.as_str() == source.path)
        };
        let mut lacking = Vec::new();
        // A list may name a package twice.
        let packages: BTreeSet<&String> = source.packages.iter().filter(is_own).collect();
        for package in packages {
            let dir = self.owners.dir().join(package);
            let below = self.below(at, &dir).unwrap_or_default();
            for path in original.by_dir.get(&below).into_iter().flatten() {
                let vendored = dir.join(name_of(path));
                let is_there = self.entries.binary_search_by(|entry| entry.path.cmp(&vendored)).is_ok();
                if !is_there && must_be_vendored(name_of(path), &original.text(path)) {
                    let hunk = first_hunk(&original.text(path), b"");
                    lacking.push(Difference {
                        path: vendored,
                        in_module: true,
                        is_vendored: false,
                        original: original.place_of(path),
                        hunk,
                    });
                }
            }
        }
        lacking
    }

    /// The path of a vendored file from the root of a module.
    fn below(&self, at: usize, path: &RepoPath) -> Option<Vec<u8>> {
        Some(path.strip_dir(&self.owners.dir().join(self.sources[at].path.as_str()))?.to_vec())
    }
}

/// Whether a file of a package's directory takes part in builds, so that it must be there. `go mod vendor` copies others
/// too (`modcmd.matchPotentialSourceFile`), but repositories leave out those that their .gitignore names.
pub(crate) fn must_be_vendored(name: &[u8], text: &[u8]) -> bool {
    let extension = name.rsplit(|&byte| byte == b'.').next().filter(|it| it.len() < name.len());
    if name.starts_with(b".") || name.starts_with(b"_") || !extension.is_some_and(|it| SOURCES.contains(&it)) {
        return false;
    }
    if !is_go_file(name) {
        return true;
    }
    !is_test_file(name) && parse_go_file(text).tree.is_in_some_build()
}

fn name_of(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}
