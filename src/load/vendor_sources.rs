//! Vendored files held against the files of their modules in the module cache, which are believed only if they have the hash
//! that go.sum states.

use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::{Input, first_hunk};
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
/// the modules.
pub fn verify_vendored(
    input: Input<'_>,
    (dir, entries): (&RepoPath, &[Entry]),
    (cache, sources): (&ModuleCache, &[VendoredSource]),
) -> Vec<Verification> {
    let listed: HashSet<&str> = sources.iter().flat_map(|source| &source.packages).map(String::as_str).collect();
    let tree = Tree::new(dir, entries);
    let originals: Vec<Result<Original, Verification>> =
        sources.par_iter().map(|source| Original::read(cache, source)).collect();
    let compare = |(source, original): (&VendoredSource, &Result<Original, Verification>)| match original {
        Ok(original) => {
            let mut comparison = Comparison { input, source, original, tree: &tree, differences: Vec::new() };
            source.packages.iter().for_each(|package| comparison.package(package));
            Verification::Compared(comparison.differences)
        }
        Err(reason) => reason.clone(),
    };
    let mut verified: Vec<Verification> = sources.par_iter().zip(&originals).map(compare).collect();
    for (at, difference) in beside(input, &tree, sources, &originals, &listed) {
        if let Verification::Compared(differences) = &mut verified[at] {
            differences.push(difference);
        }
    }
    verified
}

/// The files of a vendor directory, by directory.
struct Tree<'e> {
    dir: &'e RepoPath,
    by_dir: BTreeMap<String, Vec<&'e Entry>>,
}

impl<'e> Tree<'e> {
    fn new(dir: &'e RepoPath, entries: &'e [Entry]) -> Self {
        let mut by_dir: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in entries {
            let below = entry.path.parent().and_then(|parent| Some(parent.strip_dir(dir)?.to_vec()));
            if let Some(below) = below.and_then(|below| String::from_utf8(below).ok()) {
                by_dir.entry(below).or_default().push(entry);
            }
        }
        Self { dir, by_dir }
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

/// The comparison of the packages of one module.
struct Comparison<'a> {
    input: Input<'a>,
    source: &'a VendoredSource,
    original: &'a Original,
    tree: &'a Tree<'a>,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn package(&mut self, package: &str) {
        let Some(below) = below_module(&self.source.path, package) else { return };
        let mut reader = self.input.source.reader();
        let vendored = self.tree.by_dir.get(package).map(Vec::as_slice).unwrap_or_default();
        let mut names = HashSet::new();
        for entry in vendored {
            let name = entry.path.file_name();
            names.insert(name);
            let path = joined(below, name);
            self.differences.extend(differs(reader.as_mut(), entry, (self.original, &path)));
        }
        let own = self.original.by_dir.get(below.as_bytes()).map(Vec::as_slice).unwrap_or_default();
        for path in own {
            let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            if !names.contains(name) && self.is_copied(name, path) {
                let hunk = first_hunk(&self.original.text(path), b"");
                let path = self.tree.dir.join(package).join(name);
                self.differences.push(Difference { path, in_module: true, is_vendored: false, hunk });
            }
        }
    }

    /// Whether `go mod vendor` would copy a file of a package's directory (`modcmd.matchPotentialSourceFile`). Module files
    /// depend on the Go version, so nothing is said of them.
    fn is_copied(&self, name: &[u8], path: &[u8]) -> bool {
        if !name.ends_with(b".go") {
            return !matches!(name, b"go.mod" | b"go.sum");
        }
        !name.ends_with(b"_test.go")
            && match parse_go_file(&self.original.text(path)).tree.constraint {
                FileConstraint::Absent => true,
                FileConstraint::Expr(stated) => BuildConstraint::any_tags(&stated),
                FileConstraint::Never => false,
            }
    }
}

/// How a vendored file differs from the module's, which would be at `path` in it.
fn differs(reader: &mut dyn Reader, entry: &Entry, (original, path): (&Original, &[u8])) -> Option<Difference> {
    let mut text = Vec::new();
    reader.read(entry, &mut text).ok()?;
    let known = original.files.get(path);
    if known == Some(&ContentHash::of(&text)) {
        return None;
    }
    let own = known.map(|_| original.text(path)).unwrap_or_default();
    let hunk = first_hunk(&own, &text);
    Some(Difference { path: entry.path.clone(), in_module: known.is_some(), is_vendored: true, hunk })
}

/// What lies beside the listed packages: licenses of the directories above, and files that packages embed. One differs if no
/// module that could have it has it so, and all of these are known.
fn beside(
    input: Input<'_>,
    tree: &Tree<'_>,
    sources: &[VendoredSource],
    originals: &[Result<Original, Verification>],
    listed: &HashSet<&str>,
) -> Vec<(usize, Difference)> {
    let by_path: HashMap<&str, usize> = sources.iter().map(|source| source.path.as_str()).zip(0..).collect();
    let mut reader = input.source.reader();
    let mut found = Vec::new();
    for (dir, entries) in tree.by_dir.iter().filter(|(dir, _)| !listed.contains(dir.as_str())) {
        let modules = ancestors(dir).filter_map(|path| by_path.get(path).copied()).collect::<Vec<usize>>();
        let known: Option<Vec<&Original>> = modules.iter().map(|&at| originals[at].as_ref().ok()).collect();
        let Some(known) = known.filter(|known| !known.is_empty()) else { continue };
        for entry in entries {
            let mut differences = modules.iter().zip(&known).map(|(&at, original)| {
                let below = below_module(&sources[at].path, dir).unwrap_or_default();
                differs(reader.as_mut(), entry, (original, &joined(below, entry.path.file_name())))
            });
            // The nearest module is the one to name; another may have the file as it is.
            let nearest = differences.next().flatten();
            let is_other = differences.all(|difference| difference.is_some());
            found.extend(nearest.filter(|_| is_other).map(|difference| (modules[0], difference)));
        }
    }
    found
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
