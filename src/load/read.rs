//! Reads and parses the files of the plan.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::{BlobCounts, FactStore, Kind, Plan, Targets, decode_go_file, encode_go_file};
use crate::source::{Entry, Reader, Source, Unseen};
use crate::syntax::{
    GoEnv, GoFile, GoMod, GoSum, GoWork, Parsed, ParsedFile, ParsedState, VendorModules, parse_dependency_go_mod,
    parse_go_file, parse_go_head, parse_go_mod, parse_go_sum, parse_go_work, parse_vendor_modules,
};
use crate::text::{BlobId, FastMap, Files, RepoPath};

/// The data that was read of one state.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The parsed files.
    pub state: ParsedState,
    /// The directories with a `go.mod` that are no main module's and that `use` lines lead to.
    pub used_dirs: Vec<RepoPath>,
    /// The directories with a `go.mod` that are no main module's and that only `replace` lines lead to.
    pub replaced_dirs: Vec<RepoPath>,
    /// The paths that should have been read and could not be.
    pub unseen: Vec<(RepoPath, Unseen)>,
}

/// How much of a Go file on disk is read first: nearly every import clause ends before.
const HEAD: usize = 16 * 1024;

/// How many files a thread takes at least, so that opening its reader pays.
const FILES_A_TASK: usize = 64;

/// A state that can be read, and the known facts about its blobs.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The state.
    pub source: &'a dyn Source,
    /// The known facts.
    pub store: &'a FactStore,
    /// The settings of the go command's environment.
    pub env: &'a GoEnv,
}

impl<'a> Input<'a> {
    /// A state, in an environment that says nothing.
    pub fn new(source: &'a dyn Source, store: &'a FactStore) -> Self {
        Self { source, store, env: GoEnv::empty() }
    }

    /// The text of a small file, from the store if it is known there.
    pub fn text(&self, entry: &Entry) -> Result<Vec<u8>, Unseen> {
        let Self { source, store, .. } = self;
        let key = entry.blob.as_ref().map(BlobId::as_bytes);
        if let Some(text) = key.and_then(|key| store.get(Kind::Text, &[key]).pop().flatten()) {
            store.count(BlobCounts { known: 1, read: 0 });
            return Ok(text);
        }
        let mut text = Vec::new();
        source.reader().read(entry, &mut text)?;
        if let Some(key) = key {
            store.put(Kind::Text, &[(key, &text)]);
            store.count(BlobCounts { known: 0, read: 1 });
        }
        Ok(text)
    }

    /// Go files as far as their imports go, in the order of the entries.
    pub fn go_files(&self, entries: &[&Entry]) -> Vec<Result<Parsed<GoFile>, Unseen>> {
        self.parse(entries, &Go)
    }

    /// Module files, in the order of the entries.
    pub fn go_mods(&self, entries: &[&Entry]) -> Vec<Result<Parsed<GoMod>, Unseen>> {
        self.parse(entries, &Text(parse_go_mod))
    }

    /// Workspace files, in the order of the entries.
    pub fn go_works(&self, entries: &[&Entry]) -> Vec<Result<Parsed<GoWork>, Unseen>> {
        self.parse(entries, &Text(parse_go_work))
    }

    /// Lists of checksums, in the order of the entries.
    pub fn go_sums(&self, entries: &[&Entry]) -> Vec<Result<Parsed<GoSum>, Unseen>> {
        self.parse(entries, &Text(parse_go_sum))
    }

    /// Manifests of vendor directories, in the order of the entries.
    pub fn vendor_modules(&self, entries: &[&Entry]) -> Vec<Result<Parsed<VendorModules>, Unseen>> {
        self.parse(entries, &Text(parse_vendor_modules))
    }

    /// Parses files of one form, and has the store keep the new ones.
    fn parse<F: FileFormat>(&self, entries: &[&Entry], form: &F) -> Vec<Result<Parsed<F::Tree>, Unseen>> {
        self.parse_unknown(entries, &known(self.store, F::KIND, entries), form)
    }

    /// The same where the store was asked already.
    fn parse_unknown<F: FileFormat>(
        &self,
        entries: &[&Entry],
        known: &[Option<Vec<u8>>],
        form: &F,
    ) -> Vec<Result<Parsed<F::Tree>, Unseen>> {
        let source = self.source;
        let read = |reader: &mut Option<Box<dyn Reader + 'a>>, buffer: &mut Vec<u8>, at: usize| {
            if let Some(parsed) = known[at].as_deref().and_then(|value| form.recall(value)) {
                return Ok(ReadFile { parsed, from: From::Store });
            }
            let reader = reader.get_or_insert_with(|| source.reader());
            let parsed = form.read(reader.as_mut(), entries[at], buffer)?;
            let from = entries[at].blob.map_or(From::Disk, |_| From::Blob(form.value(&parsed, buffer)));
            Ok(ReadFile { parsed, from })
        };
        let read: Vec<Result<ReadFile<F::Tree>, Unseen>> = (0..entries.len())
            .into_par_iter()
            .with_min_len(FILES_A_TASK)
            .map_init(|| (None, Vec::new()), |(reader, buffer), at| read(reader, buffer, at))
            .collect();
        self.keep::<F>(entries, &read);
        read.into_iter().map(|read| read.map(|read| read.parsed)).collect()
    }

    /// Has the store keep the facts of blobs.
    fn keep<F: FileFormat>(&self, entries: &[&Entry], read: &[Result<ReadFile<F::Tree>, Unseen>]) {
        let mut counts = BlobCounts::default();
        let mut rows: Vec<(&[u8], &[u8])> = Vec::new();
        for (entry, read) in entries.iter().zip(read) {
            let (Some(blob), Ok(read)) = (&entry.blob, read) else { continue };
            match &read.from {
                From::Blob(value) => {
                    counts.read += 1;
                    rows.extend(value.as_deref().map(|value| (blob.as_bytes(), value)));
                }
                From::Store => counts.known += 1,
                From::Disk => {}
            }
        }
        self.store.put(F::KIND, &rows);
        self.store.count(counts);
    }
}

/// Reads and parses the files of the plan, and adds each to `files`.
pub fn read(input: Input<'_>, plan: Plan, files: &mut Files) -> Loaded {
    let Plan { go_files, go_mods, go_works, go_sums, vendor_modules, module_dirs, go_dirs, unseen, replacements } =
        plan;
    let [go_mods, go_works, go_sums, vendor_modules] = [&go_mods, &go_works, &go_sums, &vendor_modules]
        .map(|entries| AskedEntries::new(input.store, Kind::Text, entries));
    // The few large module files are parsed while the store is asked about the many Go files.
    let mut module_files = None;
    let go_files = rayon::in_place_scope(|scope| {
        scope.spawn(|_| {
            let go_mods = go_mods.parse(input, &Text(parse_go_mod));
            let go_works = go_works.parse(input, &Text(parse_go_work));
            let go_sums = go_sums.parse(input, &Text(parse_go_sum));
            let vendor_modules = vendor_modules.parse(input, &Text(parse_vendor_modules));
            module_files = Some((go_mods, go_works, go_sums, vendor_modules));
        });
        AskedEntries::new(input.store, Kind::GoFile, &go_files)
    });
    let (go_mods, go_works, go_sums, vendor_modules) = module_files.expect("the scope ends after what it spawned");
    let go_files = go_files.parse(input, &Go);
    let mut into = Into { files, unseen };
    let mut state = ParsedState {
        go_mods: into.add(go_mods),
        go_works: into.add(go_works),
        env: input.env.clone(),
        go_sums: into.add(go_sums),
        vendor_modules: into.add(vendor_modules),
        go_files: into.add(go_files),
        module_dirs,
        go_dirs,
        replacements,
        ..ParsedState::default()
    };
    let Targets { used, replaced, unseen } = Targets::of(&state, &|path| input.source.lookup(path));
    let asked = |entries| AskedEntries::new(input.store, Kind::Text, entries);
    state.targets = into.add(asked(&used).parse(input, &Text(parse_go_mod)));
    state.targets.extend(into.add(asked(&replaced).parse(input, &Text(parse_dependency_go_mod))));
    let targets: HashSet<&RepoPath> = used.iter().chain(&replaced).map(|entry| &entry.path).collect();
    let [used_dirs, replaced_dirs] =
        [&used, &replaced].map(|entries| entries.iter().filter_map(|entry| entry.path.parent()).collect());
    let unread = into.unseen.iter().filter(|(path, _)| targets.contains(path));
    state.hidden_dirs = unread.chain(&unseen).filter_map(|(path, _)| path.parent()).collect();
    into.add_unseen(unseen);
    Loaded { state, used_dirs, replaced_dirs, unseen: into.unseen }
}

/// A file format: how a file becomes a tree, and how the store keeps it.
trait FileFormat: Sync {
    type Tree: Clone + Send + Sync;

    /// Under which kind the store has it.
    const KIND: Kind;

    /// The meaning of a value of the store.
    fn recall(&self, value: &[u8]) -> Option<Parsed<Self::Tree>>;

    /// Reads a file, or as much of it as matters, and leaves that in `buffer`.
    fn read(&self, reader: &mut dyn Reader, entry: &Entry, buffer: &mut Vec<u8>) -> Result<Parsed<Self::Tree>, Unseen>;

    /// The value for the store of a file that was just read.
    fn value(&self, parsed: &Parsed<Self::Tree>, buffer: &[u8]) -> Option<Vec<u8>>;
}

/// A short file that is kept as it is, and parsed each time.
struct Text<T>(fn(&[u8]) -> Parsed<T>);

impl<T: Clone + Send + Sync> FileFormat for Text<T> {
    type Tree = T;

    const KIND: Kind = Kind::Text;

    fn recall(&self, value: &[u8]) -> Option<Parsed<T>> {
        Some((self.0)(value))
    }

    fn read(&self, reader: &mut dyn Reader, entry: &Entry, buffer: &mut Vec<u8>) -> Result<Parsed<T>, Unseen> {
        reader.read(entry, buffer)?;
        Ok((self.0)(buffer))
    }

    fn value(&self, _: &Parsed<T>, buffer: &[u8]) -> Option<Vec<u8>> {
        Some(buffer.to_vec())
    }
}

/// A Go file; only its head matters.
struct Go;

impl FileFormat for Go {
    type Tree = GoFile;

    const KIND: Kind = Kind::GoFile;

    fn recall(&self, value: &[u8]) -> Option<Parsed<GoFile>> {
        decode_go_file(value)
    }

    fn read(&self, reader: &mut dyn Reader, entry: &Entry, buffer: &mut Vec<u8>) -> Result<Parsed<GoFile>, Unseen> {
        let complete = reader.read_head(entry, HEAD, buffer)?;
        if let Some(parsed) = parse_go_head(buffer, complete) {
            return Ok(parsed);
        }
        reader.read(entry, buffer)?;
        Ok(parse_go_file(buffer))
    }

    fn value(&self, parsed: &Parsed<GoFile>, _: &[u8]) -> Option<Vec<u8>> {
        encode_go_file(parsed)
    }
}

/// A parsed file, and how it was come by.
struct ReadFile<T> {
    parsed: Parsed<T>,
    from: From,
}

enum From {
    /// The store.
    Store,
    /// A blob; the store is to have this.
    Blob(Option<Vec<u8>>),
    /// The disk.
    Disk,
}

/// Some entries, each content once, and the store's values for it.
struct AskedEntries<'e> {
    entries: &'e [Entry],
    firsts: Vec<&'e Entry>,
    first_of: Vec<usize>,
    known: Vec<Option<Vec<u8>>>,
}

impl<'e> AskedEntries<'e> {
    fn new(store: &FactStore, kind: Kind, entries: &'e [Entry]) -> Self {
        let (firsts, first_of) = distinct(entries);
        let firsts: Vec<&Entry> = firsts.into_iter().map(|index| &entries[index]).collect();
        let known = known(store, kind, &firsts);
        Self { entries, firsts, first_of, known }
    }

    fn parse<F: FileFormat>(self, input: Input<'_>, form: &F) -> ReadParts<'e, F::Tree> {
        let Self { entries, firsts, first_of, known } = self;
        let parsed = input.parse_unknown(&firsts, &known, form);
        ReadParts { entries, parsed: parsed.into_iter().map(|parsed| parsed.map(Arc::new)).collect(), first_of }
    }
}

/// The results for some entries: each content once, and which entry has which.
struct ReadParts<'e, T> {
    entries: &'e [Entry],
    parsed: Vec<Result<Arc<Parsed<T>>, Unseen>>,
    first_of: Vec<usize>,
}

/// Collects the results, in order.
struct Into<'f> {
    files: &'f mut Files,
    unseen: Vec<(RepoPath, Unseen)>,
}

impl Into<'_> {
    fn add<T>(&mut self, parts: ReadParts<'_, T>) -> Vec<ParsedFile<T>> {
        let ReadParts { entries, parsed, first_of } = parts;
        let mut found = Vec::with_capacity(entries.len());
        for (entry, first) in entries.iter().zip(first_of) {
            match &parsed[first] {
                Ok(parsed) => {
                    let file = self.files.add(entry.path.clone());
                    found.push(ParsedFile { file, path: entry.path.clone(), parsed: Arc::clone(parsed) });
                }
                Err(unseen) => self.unseen.push((entry.path.clone(), unseen.clone())),
            }
        }
        found
    }

    /// Takes in module files that a line leads to and that could not be looked for. The listing names links in their
    /// place.
    fn add_unseen(&mut self, files: Vec<(RepoPath, Unseen)>) {
        let told: HashSet<RepoPath> = self.unseen.iter().map(|(path, _)| path.clone()).collect();
        for (path, reason) in files.into_iter().filter(|(path, _)| !told.contains(path)) {
            let reason = if reason == Unseen::Submodule { Unseen::ReachedSubmodule } else { reason };
            self.unseen.push((path, reason));
        }
    }
}

/// The store's values for these files, in their order.
fn known(store: &FactStore, kind: Kind, entries: &[&Entry]) -> Vec<Option<Vec<u8>>> {
    let blobs = entries.iter().zip(0..).filter_map(|(entry, at)| Some((entry.blob.as_ref()?.as_bytes(), at)));
    let (keys, places): (Vec<&[u8]>, Vec<usize>) = blobs.unzip();
    let mut known = vec![None; entries.len()];
    for (value, at) in store.get(kind, &keys).into_iter().zip(places) {
        known[at] = value;
    }
    known
}

/// The entries with a content that no earlier one has, and for each entry the place of its content among them.
fn distinct(entries: &[Entry]) -> (Vec<usize>, Vec<usize>) {
    let mut firsts = Vec::with_capacity(entries.len());
    let mut known: FastMap<BlobId, usize> = FastMap::default();
    let mut first_of = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let next = firsts.len();
        let first = entry.blob.map_or(next, |blob| *known.entry(blob).or_insert(next));
        if first == next {
            firsts.push(index);
        }
        first_of.push(first);
    }
    (firsts, first_of)
}
