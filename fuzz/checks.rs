//! What must hold of every input, one function a fuzz target.
//!
//! The test suite runs the same functions over the seeds, so that a crash that was found stays found.

#![expect(clippy::disallowed_methods, reason = "the borders to Git and to the store are files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use modwarden::internals::go::GoVersion;
use modwarden::internals::load::{FactStore, Kind, Tree, decode_go_file, encode_go_file, rewritten};
use modwarden::internals::policy::{PolicyInput, PolicyText, load, show_text};
use modwarden::internals::source::{Environment, StateSpec, open};
use modwarden::internals::syntax::{
    AllowComment, GoFile, GoMod, GoWork, Line, Owners, Parsed, Removal, Replace, ReplaceTarget, SyntaxError,
    WrittenRequirement, WrittenRequirements, parse_dependency_go_mod, parse_embeds, parse_go_file, parse_go_head,
    parse_go_mod, parse_go_sum, parse_go_work, parse_vendor_modules, with_mark, with_requirements, without_requires,
};
use modwarden::internals::text::{Edit, Files, Home, RepoPath, Span};
use modwarden::internals::{engine, rules};

/// The length of a text, in which every span must lie.
#[derive(Clone, Copy)]
struct Bounds(usize);

impl Bounds {
    fn hold(self, span: Span) {
        assert!(span.start <= span.end && span.end as usize <= self.0, "{span:?} is not within {} bytes", self.0);
    }

    fn hold_all(self, errors: &[SyntaxError], allows: &[AllowComment]) {
        errors.iter().for_each(|error| self.hold(error.span));
        for allow in allows {
            self.hold(allow.span);
            self.hold(allow.rule.span);
            self.hold(allow.covers);
            allow.until.iter().for_each(|until| self.hold(until.span));
        }
    }

    fn hold_line(self, line: &Line) {
        self.hold(line.span);
        line.block.iter().for_each(|block| self.hold(*block));
        line.comments.iter().for_each(|comment| self.hold(comment.span));
    }

    fn hold_replace(self, replace: &Replace) {
        self.hold_line(&replace.line);
        self.hold(replace.old.span);
        replace.old_version.iter().for_each(|version| self.hold(version.span));
        match &replace.new {
            ReplaceTarget::Directory(directory) => self.hold(directory.span),
            ReplaceTarget::Module { path, version } => {
                self.hold(path.span);
                self.hold(version.span);
            }
        }
    }
}

/// A Go file: its head is read the same from a part that holds all of it, its facts come back from the store as they
/// went, and no span leaves the text.
pub fn go_file(text: &[u8]) {
    let parsed = parse_go_file(text);
    hold_go_file(text, &parsed);
    parse_embeds(text);
    assert_eq!(parse_go_head(text, true).as_ref(), Some(&parsed), "all of the text is not all of it");
    for part in [text.len() / 2, text.len().saturating_sub(1)] {
        if let Some(head) = parse_go_head(&text[..part], false) {
            assert_eq!(head, parsed, "the first {part} bytes were taken for enough");
        }
    }
    if let Some(bytes) = encode_go_file(&parsed) {
        assert_eq!(decode_go_file(&bytes).as_ref(), Some(&parsed), "the store changes a fact");
    }
}

fn hold_go_file(text: &[u8], parsed: &Parsed<GoFile>) {
    let bounds = Bounds(text.len());
    bounds.hold_all(&parsed.errors, &parsed.allows);
    parsed.tree.package.iter().for_each(|package| bounds.hold(package.span));
    for import in &parsed.tree.imports {
        bounds.hold(import.span);
        bounds.hold(import.path_span);
        import.name.iter().for_each(|name| bounds.hold(name.span));
        assert!(import.line > 0 && import.column > 0);
    }
    parsed.tree.is_in_some_build();
}

/// A go.mod: a written file has the requirements that were asked for, and writing it again changes nothing; edits
/// lie within the text and remove the lines that they were asked to remove, and no others.
pub fn go_mod(text: &[u8]) {
    let parsed = parse_go_mod(text);
    let bounds = Bounds(text.len());
    bounds.hold_all(&parsed.errors, &parsed.allows);
    hold_go_mod(bounds, &parsed.tree);
    let dependency = parse_dependency_go_mod(text);
    bounds.hold_all(&dependency.errors, &dependency.allows);
    hold_go_mod(bounds, &dependency.tree);
    without_requires(text);
    if parsed.errors.is_empty() {
        write_requirements(text, &parsed.tree);
        take_out(text, &parsed.tree);
    }
}

fn hold_go_mod(bounds: Bounds, tree: &GoMod) {
    tree.module.iter().for_each(|module| bounds.hold_line(&module.line));
    tree.go.iter().for_each(|go| bounds.hold(go.span));
    tree.toolchain.iter().for_each(|toolchain| bounds.hold(toolchain.span));
    tree.replace.iter().for_each(|replace| bounds.hold_replace(replace));
    for line in lines_of(tree) {
        bounds.hold_line(line);
    }
    for require in &tree.require {
        bounds.hold(require.path.span);
        bounds.hold(require.version.span);
    }
}

/// The lines of all directives that there may be many of.
fn lines_of(tree: &GoMod) -> impl Iterator<Item = &Line> {
    let replace = tree.replace.iter().map(|it| &it.line);
    let require = tree.require.iter().map(|it| &it.line).chain(tree.exclude.iter().map(|it| &it.line));
    let retract = tree.retract.iter().map(|it| &it.line).chain(tree.tool.iter().map(|it| &it.line));
    require.chain(replace).chain(retract).chain(tree.ignore.iter().map(|it| &it.line))
}

fn requirements(tree: &GoMod) -> Vec<WrittenRequirement> {
    let mut seen = BTreeSet::new();
    let first = tree.require.iter().filter(|line| seen.insert(line.path.value.as_str().to_owned()));
    let written = first.map(|line| WrittenRequirement {
        path: line.path.value.as_str().into(),
        version: line.version.value.as_str().into(),
        indirect: line.indirect,
    });
    let mut written: Vec<_> = written.collect();
    written.sort();
    written
}

fn write_requirements(text: &[u8], tree: &GoMod) {
    let version = tree.go.as_ref().map(|go| go.value.clone()).or_else(|| GoVersion::parse("1.16"));
    let Some(go) = version else { return };
    let toolchain = tree.toolchain.as_ref().map(|toolchain| toolchain.value.clone());
    let wanted = WrittenRequirements { require: requirements(tree), go, toolchain };
    let written = with_requirements(text, &wanted).expect("a file without errors can be written");
    let again = parse_go_mod(&written);
    let shown = String::from_utf8_lossy(&written);
    assert_eq!(again.errors, [], "what is written is no go.mod: {shown}");
    assert_eq!(requirements(&again.tree), wanted.require, "{shown}");
    // Not at once: a blank line that sorting brings to the top of a block goes the next time, as with `go mod tidy`.
    let write = |text: &[u8]| with_requirements(text, &wanted).expect("what was written can be written");
    let twice = write(&written);
    assert_eq!(String::from_utf8_lossy(&write(&twice)), String::from_utf8_lossy(&twice), "written again it differs");
    for require in &tree.require {
        let marked = with_mark(text, require.line.span, !require.indirect);
        Bounds(text.len()).hold(marked.span);
        let after = parse_go_mod(&Edit::apply(&[marked], text));
        let changed = after.tree.require.iter().filter(|line| line.path.value == require.path.value);
        assert!(changed.map(|line| line.indirect).any(|mark| mark != require.indirect));
    }
}

/// Takes every second directive out.
fn take_out(text: &[u8], tree: &GoMod) {
    let mut places: Vec<Span> = lines_of(tree).map(|line| line.span).collect();
    places.sort_unstable();
    let chosen: Vec<Span> = places.iter().copied().step_by(2).collect();
    let edits = Removal::new(text).edits(&chosen);
    edits.iter().for_each(|edit| Bounds(text.len()).hold(edit.span));
    assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "edits overlap: {edits:?}");
    let after = Edit::apply(&edits, text);
    let left = parse_go_mod(&after);
    assert_eq!(left.errors, [], "{}", String::from_utf8_lossy(&after));
    assert_eq!(lines_of(&left.tree).count(), places.len() - chosen.len(), "{}", String::from_utf8_lossy(&after));
}

/// A go.work: no span leaves the text, and a line that is taken out takes no other with it.
pub fn go_work(text: &[u8]) {
    let parsed = parse_go_work(text);
    let bounds = Bounds(text.len());
    bounds.hold_all(&parsed.errors, &parsed.allows);
    let GoWork { go, toolchain, godebug, use_, replace } = &parsed.tree;
    go.iter().for_each(|go| bounds.hold(go.span));
    toolchain.iter().for_each(|toolchain| bounds.hold(toolchain.span));
    godebug.iter().for_each(|setting| bounds.hold_line(&setting.line));
    replace.iter().for_each(|replace| bounds.hold_replace(replace));
    for it in use_ {
        bounds.hold(it.path.span);
        bounds.hold_line(&it.line);
    }
    if let ([], Some(first)) = (&*parsed.errors, use_.first()) {
        let edits = Removal::new(text).edits(&[first.line.span]);
        let after = parse_go_work(&Edit::apply(&edits, text));
        assert_eq!((after.errors.len(), after.tree.use_.len()), (0, use_.len() - 1));
    }
}

/// A go.sum: a written file reads as the same lines, and writing it again changes nothing.
pub fn go_sum(text: &[u8]) {
    let parsed = parse_go_sum(text);
    let bounds = Bounds(text.len());
    bounds.hold_all(&parsed.errors, &parsed.allows);
    assert_eq!(parsed.tree.text(), text);
    for sum in parsed.tree.lines() {
        bounds.hold(sum.span);
        sum.key();
    }
    let written = parsed.tree.written(&BTreeSet::new(), &["example.com/a v1.0.0 h1:x="]);
    let again = parse_go_sum(&written);
    assert_eq!(again.errors, [], "{}", String::from_utf8_lossy(&written));
    assert_eq!(again.tree.written(&BTreeSet::new(), &[]), written, "written again it differs");
}

/// A list of vendored modules: no span leaves the text, and every package has an owner.
pub fn modules_txt(text: &[u8]) {
    let parsed = parse_vendor_modules(text);
    let bounds = Bounds(text.len());
    bounds.hold_all(&parsed.errors, &parsed.allows);
    let dir = RepoPath::from("vendor");
    let owners = Owners::new(&dir, &parsed.tree);
    for module in &parsed.tree.modules {
        bounds.hold(module.span);
        bounds.hold(module.path.span);
        module.version.iter().for_each(|version| bounds.hold(version.span));
        module.go.iter().for_each(|go| bounds.hold(go.span));
        module.name_with_replacement();
        module.source();
        for package in &module.packages {
            bounds.hold(package.path.span);
            assert!(owners.of_package(package.path.value.as_str()).is_some());
            owners.of(&RepoPath::new(format!("vendor/{}/x.go", package.path.value.as_str())));
        }
    }
}

/// A policy: every error is at a place in a file that exists, and a policy without one can be shown and bound.
pub fn policy(text: &[u8]) {
    let mut files = Files::default();
    let root = PolicyText { path: RepoPath::from("modwarden.toml"), home: Home::Repository, text: Arc::from(text) };
    let infos = rules::infos();
    let mut read = |path: &RepoPath, _: Home| match path.as_bytes() {
        b"more.toml" => Ok(Some(Arc::from(&b"extends = [\"./modwarden.toml\"]\n"[..]))),
        _ => Ok(None),
    };
    let input = PolicyInput { root: Some(root), nested: Vec::new(), packs: &[], rules: &infos, read: &mut read };
    let errors = match load(input, &mut files) {
        Err(errors) => {
            assert!(!errors.is_empty());
            errors
        }
        Ok(policy) => {
            show_text(&policy, &files);
            engine::bind(&policy).err().unwrap_or_default()
        }
    };
    for error in errors {
        Bounds(files.get(error.file).text().len()).hold(error.span);
        assert!(!error.message.is_empty());
    }
}

/// Git's index: whatever stands in the file, it is read or refused. The input is given an empty checksum, which Git
/// and gix do not compare. `place` is a directory for this.
pub fn index(place: &Path, content: &[u8]) {
    make_repository(place);
    let mut file = content.to_vec();
    file.extend_from_slice(&[0; 20]);
    fs::write(place.join(".git/index"), file).expect("the index is written");
    for spec in [StateSpec::Index, StateSpec::WorkTree] {
        let Ok(opened) = open(place, &spec, &Environment::default()) else { continue };
        let Ok(listing) = opened.source.list(&Tree::Everything) else { continue };
        assert!(listing.entries.is_sorted_by(|a, b| a.path < b.path), "{:?}", listing.entries);
        let mut buffer = Vec::new();
        let mut reader = opened.source.reader();
        for entry in &listing.entries {
            drop(reader.read(entry, &mut buffer));
            drop(opened.source.lookup(&entry.path));
        }
    }
}

/// An empty repository, made without git, unless it is there.
fn make_repository(root: &Path) {
    if root.join(".git/config").exists() {
        return;
    }
    for directory in ["objects", "refs/heads"] {
        fs::create_dir_all(root.join(".git").join(directory)).expect("a directory is made");
    }
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").expect("HEAD is written");
    fs::write(root.join(".git/config"), "[core]\n\trepositoryformatversion = 0\n").expect("config is written");
}

/// The store: the first byte chooses the test. A file that is not a store counts as none, and every kept value is read
/// back; a value that nobody wrote is refused, or is a value that is written as the same bytes. `place` is a directory for this.
pub fn store(place: &Path, input: &[u8]) {
    let Some((&first, content)) = input.split_first() else { return };
    let kind = match first {
        0 => return store_file(place, content),
        1 => Kind::GoFile,
        2 => Kind::Changes,
        3 => Kind::Lines,
        4 => Kind::Walk,
        _ => Kind::Module,
    };
    if let Some(bytes) = rewritten(kind, content) {
        assert_eq!(rewritten(kind, &bytes).as_ref(), Some(&bytes), "what the store wrote it does not read back");
    }
}

fn store_file(place: &Path, content: &[u8]) {
    fs::write(place.join("facts.db"), content).expect("the store is written");
    let store = FactStore::open(place);
    for kind in
        [Kind::GoFile, Kind::Text, Kind::Changes, Kind::Lines, Kind::Verified, Kind::Module, Kind::Tidy, Kind::Walk]
    {
        for value in store.get(kind, &[b"key", &[7; 20]]).into_iter().flatten() {
            rewritten(kind, &value);
        }
    }
    store.put(Kind::Text, &[(b"key", b"value")]);
    if store.problem().is_none() {
        assert_eq!(store.get(Kind::Text, &[b"key"]), [Some(b"value".to_vec())]);
    }
}

/// A directory of this process alone, in memory where the system has such a place. It is there when the process has ended.
pub fn scratch(name: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let root = base.join(format!("modwarden-fuzz-{}-{name}", std::process::id()));
    fs::create_dir_all(&root).expect("a directory is made");
    root.canonicalize().expect("it is there")
}
