//! Vendored files held against the files of their modules in the module cache, which are believed only if they have the hash
//! that go.sum states.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::vendor_changes::with_line_feeds;
use super::{Input, Kind, first_hunk};
use crate::go::{BuildConstraint, ModuleVersion};
use crate::source::{CachedModule, ContentHash, Entry, ModuleCache, Reader, hash1};
use crate::syntax::{FileConstraint, parse_go_file};
use crate::text::RepoPath;

/// A module of which packages are vendored.
#[derive(Clone, Debug)]
pub struct VendoredSource {
    /// The path that it is vendored under.
    pub path: String,
    /// Where its files are from: the module itself, or the version that replaces it.
    pub source: ModuleVersion,
    /// The checksums of these that go.sum states.
    pub sums: Vec<String>,
    /// The import paths of its vendored packages.
    pub packages: Vec<String>,
}

/// What came of the comparison of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Its files are proved to be its own; where the vendored ones differ.
    Compared(Vec<Difference>),
    /// It is not in the module cache, or not in full.
    NotCached,
    /// go.sum has no checksum of its files.
    NoChecksum,
    /// The files in the module cache are not those that go.sum means, or cannot be read: why.
    NotProved(String),
}

/// A vendored file that is not the module's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The vendored file, which need not be there.
    pub path: RepoPath,
    /// Whether the module has such a file.
    pub in_module: bool,
    /// Whether it is vendored.
    pub is_vendored: bool,
    /// The first lines that differ.
    pub hunk: Option<String>,
}

/// Compares what lies below a vendor directory with modules. `entries` are its files, by path; the results are in the order of
/// the modules. The store knows which contents were found to be those of which module.
pub fn verify_vendored(
    input: Input<'_>,
    (dir, entries): (&RepoPath, &[Entry]),
    (cache, sources): (&ModuleCache, &[VendoredSource]),
) -> Vec<Verification> {
    let shares = Share::of_all(dir, entries, sources);
    let key = |(at, share): (usize, &Share<'_>)| share.key((at, sources));
    let keys: Vec<Option<ContentHash>> = shares.iter().enumerate().map(key).collect();
    let known = known(input, &keys);
    let unknown = (0..sources.len()).filter(|&at| !known[at]);
    let needed: BTreeSet<usize> = unknown.flat_map(|at| shares[at].above.iter().copied().chain([at])).collect();
    let needed: Vec<usize> = needed.into_iter().collect();
    let read: Vec<_> = needed.par_iter().map(|&at| (at, Original::read(cache, &sources[at]))).collect();
    let originals: Originals = read.into_iter().collect();
    let verify = |(at, share): (usize, &Share<'_>)| match &originals.get(&at) {
        _ if known[at] => Verification::Compared(Vec::new()),
        Some(Ok(original)) => {
            let mut comparison = Comparison { input, dir, original, differences: Vec::new() };
            share.packages.iter().for_each(|(package, files)| comparison.package(&sources[at].path, package, files));
            comparison.beside(share, (at, sources), &originals);
            Verification::Compared(comparison.differences)
        }
        Some(Err(reason)) => reason.clone(),
        None => Verification::NotCached,
    };
    let verified: Vec<Verification> = shares.par_iter().enumerate().map(verify).collect();
    let is_clean = |verification: &Verification| *verification == Verification::Compared(Vec::new());
    let clean = verified.iter().zip(&keys).zip(&known).filter(|((it, _), known)| is_clean(it) && !**known);
    let rows: Vec<(&[u8], &[u8])> =
        clean.filter_map(|((_, key), _)| Some((key.as_ref()?.as_bytes(), &b"clean"[..]))).collect();
    input.store.put(Kind::Verified, &rows);
    verified
}

/// Of which modules the store knows that what is vendored is theirs.
fn known(input: Input<'_>, keys: &[Option<ContentHash>]) -> Vec<bool> {
    let asked: Vec<&[u8]> = keys.iter().flatten().map(ContentHash::as_bytes).collect();
    let mut answers = input.store.get(Kind::Verified, &asked).into_iter();
    keys.iter().map(|key| key.is_some() && answers.next().flatten().is_some()).collect()
}

/// The modules that were read, by their place.
type Originals = HashMap<usize, Result<Original, Verification>>;

/// What of a vendor directory is one module's.
#[derive(Default)]
struct Share<'e> {
    /// Its listed packages, and the files of each.
    packages: Vec<(&'e str, Vec<&'e Entry>)>,
    /// Files beside all listed packages, by the import path of their directory, to which it is the nearest module.
    beside: Vec<(String, &'e Entry)>,
    /// The modules with a shorter path, nearest first, which could have these files too.
    above: Vec<usize>,
}

impl<'e> Share<'e> {
    fn of_all(dir: &RepoPath, entries: &'e [Entry], sources: &'e [VendoredSource]) -> Vec<Self> {
        let by_path: HashMap<&str, usize> = sources.iter().map(|source| source.path.as_str()).zip(0..).collect();
        let listed: HashSet<&str> = sources.iter().flat_map(|it| &it.packages).map(String::as_str).collect();
        let mut by_dir: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            let below = entry.path.parent().and_then(|parent| Some(parent.strip_dir(dir)?.to_vec()));
            if let Some(below) = below.and_then(|below| String::from_utf8(below).ok()) {
                by_dir.entry(below).or_default().push(entry);
            }
        }
        let share = |source: &'e VendoredSource| Self {
            packages: source
                .packages
                .iter()
                .map(|it| (it.as_str(), by_dir.get(it).cloned().unwrap_or_default()))
                .collect(),
            beside: Vec::new(),
            above: ancestors(&source.path).skip(1).filter_map(|path| by_path.get(path).copied()).collect(),
        };
        let mut shares: Vec<Self> = sources.iter().map(share).collect();
        for (below, entries) in by_dir.into_iter().filter(|(below, _)| !listed.contains(below.as_str())) {
            if let Some(nearest) = ancestors(&below).find_map(|path| by_path.get(path).copied()) {
                shares[nearest].beside.extend(entries.into_iter().map(|entry| (below.clone(), entry)));
            }
        }
        shares
    }

    /// By what the store knows the verdict, which depends on nothing else: which modules these are, by their hashes, and what is
    /// vendored. `None` where a file has no blob.
    fn key(&self, (at, sources): (usize, &[VendoredSource])) -> Option<ContentHash> {
        let modules = std::iter::once(at).chain(self.above.iter().copied()).map(|at| &sources[at]);
        let mut text = format!("{:?}", modules.collect::<Vec<_>>()).into_bytes();
        let of_packages = self.packages.iter().flat_map(|(_, entries)| entries.iter().copied());
        for entry in of_packages.chain(self.beside.iter().map(|(_, entry)| *entry)) {
            text.extend_from_slice(entry.path.as_bytes());
            text.push(0);
            text.extend_from_slice(entry.blob.as_ref()?.as_bytes());
        }
        Some(ContentHash::of(&text))
    }
}

/// The files of a module, proved to be its own.
struct Original {
    module: CachedModule,
    files: HashMap<Vec<u8>, ContentHash>,
    by_dir: HashMap<Vec<u8>, Vec<Vec<u8>>>,
}

impl Original {
    fn read(cache: &ModuleCache, source: &VendoredSource) -> Result<Self, Verification> {
        let ModuleVersion { path, version } = &source.source;
        if source.sums.is_empty() {
            return Err(Verification::NoChecksum);
        }
        let module = cache.module(path.as_str(), version.as_str()).ok_or(Verification::NotCached)?;
        let unreadable = |reason: crate::source::Unseen| Verification::NotProved(reason.to_string());
        let files = module.files().map_err(unreadable)?;
        let hash = |file: &crate::source::CachedFile| module.content_hash(&file.path);
        let hashes = files.par_iter().map(hash).collect::<Result<Vec<ContentHash>, _>>().map_err(unreadable)?;
        let sum = hash1(module.prefix(), files.iter().map(|file| &*file.path).zip(hashes.iter().copied()));
        if !source.sums.contains(&sum.map_err(unreadable)?) {
            return Err(Verification::NotProved("it has another hash than go.sum states".to_owned()));
        }
        let mut by_dir: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        for file in &files {
            let dir = file.path.iter().rposition(|&byte| byte == b'/').map_or(&b""[..], |cut| &file.path[..cut]);
            by_dir.entry(dir.to_vec()).or_default().push(file.path.to_vec());
        }
        Ok(Self { module, files: files.into_iter().map(|file| file.path.into()).zip(hashes).collect(), by_dir })
    }

    fn text(&self, path: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        if self.module.read(path, &mut text).is_err() {
            text.clear();
        }
        text
    }
}

/// The files that a build takes from a package's directory, by what their names end in (`go/build.fileListForExt`).
const SOURCES: [&[u8]; 20] = [
    b"go", b"c", b"cc", b"cpp", b"cxx", b"m", b"h", b"hh", b"hpp", b"hxx", b"f", b"F", b"for", b"f90", b"s", b"S",
    b"sx", b"swig", b"swigcxx", b"syso",
];

/// The comparison of what is vendored of one module.
struct Comparison<'a> {
    input: Input<'a>,
    dir: &'a RepoPath,
    original: &'a Original,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn package(&mut self, module: &str, package: &str, vendored: &[&Entry]) {
        let Some(below) = below_module(module, package) else { return };
        let mut reader = self.input.source.reader();
        let mut names = HashSet::new();
        for entry in vendored {
            let name = entry.path.file_name();
            names.insert(name);
            self.differences.extend(differs(reader.as_mut(), entry, (self.original, &joined(below, name))));
        }
        let own = self.original.by_dir.get(below.as_bytes()).map(Vec::as_slice).unwrap_or_default();
        for path in own {
            let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            if !names.contains(name) && self.is_built(name, path) {
                let hunk = first_hunk(&self.original.text(path), b"");
                let path = self.dir.join(package).join(name);
                self.differences.push(Difference { path, in_module: true, is_vendored: false, hunk });
            }
        }
    }

    /// Whether a file of a package's directory takes part in builds, so that it must be there. `go mod vendor` copies others
    /// too (`modcmd.matchPotentialSourceFile`), but repositories leave out of them what their .gitignore names.
    fn is_built(&self, name: &[u8], path: &[u8]) -> bool {
        let extension = name.rsplit(|&byte| byte == b'.').next().filter(|it| it.len() < name.len());
        if name.starts_with(b".") || name.starts_with(b"_") || !extension.is_some_and(|it| SOURCES.contains(&it)) {
            return false;
        }
        if !name.ends_with(b".go") {
            return true;
        }
        let is_selected = match parse_go_file(&self.original.text(path)).tree.constraint {
            FileConstraint::Absent => true,
            FileConstraint::Expr(stated) => BuildConstraint::any_tags(&stated),
            FileConstraint::Never => false,
        };
        is_selected && !name.ends_with(b"_test.go")
    }

    /// Compares what lies beside the listed packages: licenses of the directories above, and files that packages embed. One
    /// differs if no module that could have it has it so, and all of these are known.
    fn beside(&mut self, share: &Share<'_>, (at, sources): (usize, &[VendoredSource]), originals: &Originals) {
        let mut known = Vec::new();
        for &other in &share.above {
            let Some(Ok(original)) = originals.get(&other) else { return };
            known.push((sources[other].path.as_str(), original));
        }
        let mut reader = self.input.source.reader();
        for (dir, entry) in &share.beside {
            let mut differs_from = |module: &str, original| {
                let below = below_module(module, dir).unwrap_or_default();
                differs(reader.as_mut(), entry, (original, &joined(below, entry.path.file_name())))
            };
            let own = differs_from(&sources[at].path, self.original);
            let is_other = known.iter().all(|(module, original)| differs_from(module, original).is_some());
            self.differences.extend(own.filter(|_| is_other));
        }
    }
}

/// How a vendored file differs from the module's, which would be at `path` in it.
fn differs(reader: &mut dyn Reader, entry: &Entry, (original, path): (&Original, &[u8])) -> Option<Difference> {
    let mut text = Vec::new();
    reader.read(entry, &mut text).ok()?;
    let known = original.files.get(path);
    let is_checked_out = || entry.blob.is_none() && known == Some(&ContentHash::of(&with_line_feeds(&text)));
    if known == Some(&ContentHash::of(&text)) || is_checked_out() {
        return None;
    }
    let own = known.map(|_| original.text(path)).unwrap_or_default();
    let hunk = first_hunk(&own, &text);
    Some(Difference { path: entry.path.clone(), in_module: known.is_some(), is_vendored: true, hunk })
}

/// `a/b/c`, `a/b`, `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind('/').map(|cut| &path[..cut]))
}

/// The directory of a package from the root of its module.
fn below_module<'p>(module: &str, package: &'p str) -> Option<&'p str> {
    let rest = package.strip_prefix(module)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

fn joined(dir: &str, name: &[u8]) -> Vec<u8> {
    if dir.is_empty() { name.to_vec() } else { [dir.as_bytes(), b"/", name].concat() }
}
