//! Follows `extends`: which files and packs make up a policy, each once, those built on first.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::file::not_a_policy;
use super::packs::{pack, packs};
use super::{OptionError, PolicyError, PolicyFile, PolicyInput, PolicyText, ReadText, RuleInfo};
use crate::text::{FileId, Files, Home, RepoPath, did_you_mean};

/// The largest number of files between the policy and a policy that it extends.
const MAX_DEPTH: usize = 16;

/// The policy of the root, or of one directory, with all that it extends.
pub(super) struct PolicyTree {
    /// The directory; the root for the root's policy.
    pub(super) below: RepoPath,
    /// The files, in the order in which they apply: the later wins.
    pub(super) files: Vec<PolicyFile>,
}

/// All policies as read, before they are merged.
pub(super) struct Reading {
    /// The root's policy, then those of directories, upper ones first.
    pub(super) trees: Vec<PolicyTree>,
    /// The mistakes so far.
    pub(super) errors: Vec<PolicyError>,
    /// Whether every file was found and read to its end, so that a name that is missing is really missing.
    pub(super) complete: bool,
}

/// Reads the policies of the root and of directories.
pub(super) fn read(input: PolicyInput<'_>, files: &mut Files) -> Reading {
    let PolicyInput { root, mut nested, packs, rules, read } = input;
    let mut sources = Sources { rules, read, files, parsed: BTreeMap::new(), errors: Vec::new(), complete: true };
    let mut trees = Vec::new();
    sources.one_a_directory(root.iter().chain(&nested));
    trees.push(match root {
        Some(root) => sources.tree(root, RepoPath::root(), packs),
        None => PolicyTree { below: RepoPath::root(), files: sources.packs(packs) },
    });
    // A directory sorts before those in it; the paths of the policies themselves would not.
    nested.sort_by_key(|text| text.path.parent());
    for text in nested {
        let below = text.path.parent().unwrap_or_else(RepoPath::root);
        trees.push(sources.tree(text, below, &[]));
    }
    Reading { trees, errors: sources.errors, complete: sources.complete }
}

/// A file's name for telling whether two are the same: its home, and its path or the pack's name.
type PolicyKey = (u8, RepoPath);

struct Sources<'s> {
    rules: &'s [RuleInfo],
    read: ReadText<'s>,
    files: &'s mut Files,
    parsed: BTreeMap<PolicyKey, PolicyFile>,
    errors: Vec<PolicyError>,
    complete: bool,
}

/// The state of the walk along `extends`.
struct ExtendsWalk {
    /// The prefix of the paths of all files of the tree; empty in the repository.
    anchor: Vec<u8>,
    home: Home,
    stack: Vec<PolicyKey>,
    done: Vec<PolicyKey>,
    files: Vec<PolicyFile>,
}

impl Sources<'_> {
    /// Both names of a policy in one directory would leave open which one holds.
    fn one_a_directory<'t>(&mut self, texts: impl Iterator<Item = &'t PolicyText>) {
        let mut found = BTreeMap::new();
        let named = |text: &&PolicyText| super::FILE_NAMES.iter().any(|name| name.as_bytes() == text.path.file_name());
        for text in texts.filter(named).filter(|text| text.home == Home::Repository) {
            let Some(first) = found.insert(text.path.parent(), &text.path) else { continue };
            let file = self.files.add_text(text.path.clone(), text.home, Arc::clone(&text.text));
            let error = OptionError::new(Default::default(), format!("this directory has a second policy, `{first}`"));
            self.errors.push(PolicyError::new(file, error.help("keep one of the two")));
        }
    }

    /// These packs without a policy; the pack `recommended` if there are none.
    fn packs(&mut self, packs: &[String]) -> Vec<PolicyFile> {
        let mut walk = ExtendsWalk::new(Home::Embedded, Vec::new());
        let recommended = ["recommended".to_owned()];
        let packs = if packs.is_empty() { &recommended } else { packs };
        self.extend_packs(&mut walk, packs);
        walk.files
    }

    fn extend_packs(&mut self, walk: &mut ExtendsWalk, packs: &[String]) {
        for pack in packs {
            self.extend(walk, None, &Spanned::new(0..0, pack.clone()));
        }
    }

    /// A policy, and these packs as if it extended them last.
    fn tree(&mut self, text: PolicyText, below: RepoPath, packs: &[String]) -> PolicyTree {
        let PolicyText { path, home, text } = text;
        let anchor = match home {
            Home::Repository | Home::Embedded => 0,
            Home::Outside => path.as_bytes().len() - path.file_name().len(),
        };
        let mut walk = ExtendsWalk::new(home, path.as_bytes()[..anchor].to_vec());
        let key = (home_key(home), path.clone());
        self.add(&mut walk, key, packs, || (path, home, text));
        PolicyTree { below, files: walk.files }
    }

    /// Parses the file, unless that was done, then applies the policies that it extends, then the packs `added`, then
    /// the file itself.
    fn add(
        &mut self,
        walk: &mut ExtendsWalk,
        key: PolicyKey,
        added: &[String],
        text: impl FnOnce() -> (RepoPath, Home, Arc<[u8]>),
    ) {
        if !self.parsed.contains_key(&key) {
            let (mut policy, errors) = {
                let (path, home, text) = text();
                self.parse(path, home, text)
            };
            policy.pack = packs().find(|pack| key == pack_key(pack.name)).map(|pack| pack.name);
            self.complete &= policy.whole;
            self.errors.extend(errors);
            self.parsed.insert(key.clone(), policy);
        }
        let policy = self.parsed[&key].clone();
        walk.stack.push(key.clone());
        for name in &policy.extends {
            self.extend(walk, Some(policy.file), name);
        }
        self.extend_packs(walk, added);
        walk.stack.pop();
        walk.done.push(key);
        walk.files.push(policy);
    }

    /// Parses a file. The text of one that is no policy is forgotten, so that no error can show a line of it.
    fn parse(&mut self, path: RepoPath, home: Home, text: Arc<[u8]>) -> (PolicyFile, Vec<PolicyError>) {
        match not_a_policy(&text, self.rules) {
            None => PolicyFile::parse(self.files.add_text(path, home, text), self.files, self.rules),
            Some(error) => {
                let file = self.files.add_hidden(path, home);
                (PolicyFile::empty(file), vec![PolicyError::new(file, error)])
            }
        }
    }

    /// Applies the policy that one string of `extends` in the file `from` names.
    fn extend(&mut self, walk: &mut ExtendsWalk, from: Option<FileId>, name: &Spanned<String>) {
        let found =
            if is_path(name.get_ref()) { self.find_file(walk, name.get_ref()) } else { find_pack(name.get_ref()) };
        let (key, path, home) = match found {
            Ok(found) => found,
            Err((message, help)) => return self.error(from, name, message, help),
        };
        if walk.done.contains(&key) {
            return;
        }
        if walk.stack.contains(&key) {
            return self.error(from, name, "the policy extends itself".to_owned(), None);
        }
        if walk.stack.len() > MAX_DEPTH {
            return self.error(from, name, format!("more than {MAX_DEPTH} policies extend each other"), None);
        }
        match self.text_of(&key, &path, home) {
            Ok(text) => self.add(walk, key, &[], || (path, home, text)),
            Err(message) => self.error(from, name, message, None),
        }
    }

    fn text_of(&mut self, key: &PolicyKey, path: &RepoPath, home: Home) -> Result<Arc<[u8]>, String> {
        if self.parsed.contains_key(key) {
            return Ok(Arc::from([]));
        }
        match pack(path.as_str().and_then(|path| path.strip_prefix("pack:")).unwrap_or_default()) {
            Some(pack) if home == Home::Embedded => Ok(Arc::from(pack.text.as_bytes())),
            _ => (self.read)(path, home)?.ok_or_else(|| format!("there is no file `{path}`")),
        }
    }

    /// The file that a path in the innermost policy names; it stays below the anchor.
    fn find_file(
        &self,
        walk: &ExtendsWalk,
        name: &str,
    ) -> Result<(PolicyKey, RepoPath, Home), (String, Option<String>)> {
        let current = walk.stack.last().map(|(_, path)| path.as_bytes()).unwrap_or_default();
        let local = RepoPath::new(current.strip_prefix(walk.anchor.as_slice()).unwrap_or_default());
        let directory = local.parent().unwrap_or_else(RepoPath::root);
        let outside = || ("the path leaves the root".to_owned(), Some("keep all policies below it".to_owned()));
        let resolved = directory.resolve(name).filter(|path| !path.is_root()).ok_or_else(outside)?;
        if resolved.enters_git_directory() {
            let help = "keep policies among the files of the repository".to_owned();
            return Err(("the path leads into Git's own directory".to_owned(), Some(help)));
        }
        let path = RepoPath::new([walk.anchor.as_slice(), resolved.as_bytes()].concat());
        Ok(((home_key(walk.home), path.clone()), path, walk.home))
    }

    fn error(&mut self, from: Option<FileId>, name: &Spanned<String>, message: String, help: Option<String>) {
        let Some(file) = from else { return };
        self.complete = false;
        self.errors.push(PolicyError { file, span: name.span().into(), message, help });
    }
}

impl ExtendsWalk {
    fn new(home: Home, anchor: Vec<u8>) -> Self {
        Self { anchor, home, stack: Vec::new(), done: Vec::new(), files: Vec::new() }
    }
}

fn is_path(name: &str) -> bool {
    name.starts_with("./") || name.starts_with("../")
}

fn find_pack(name: &str) -> Result<(PolicyKey, RepoPath, Home), (String, Option<String>)> {
    if pack(name).is_some() {
        let key = pack_key(name);
        return Ok((key.clone(), key.1, Home::Embedded));
    }
    let near = did_you_mean(name, packs().map(|pack| pack.name));
    let names = || packs().map(|pack| format!("`{}`", pack.name)).collect::<Vec<_>>().join(", ");
    let help = match near {
        Some(near) => near,
        None if name.contains('/') || name.ends_with(".toml") => {
            format!("a file begins with `./`: `./{}`", name.trim_start_matches('/'))
        }
        None => format!("the packs are {}; a file begins with `./`", names()),
    };
    Err((format!("no pack is called `{name}`"), Some(help)))
}

fn pack_key(name: &str) -> PolicyKey {
    (home_key(Home::Embedded), RepoPath::new(format!("pack:{name}")))
}

fn home_key(home: Home) -> u8 {
    match home {
        Home::Repository => 0,
        Home::Outside => 1,
        Home::Embedded => 2,
    }
}
