//! Every state of every form of repository, made by the real `git` and compared with git's own answers.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use modwarden::internals::source::{
    Environment, Listing, MemorySource, Opened, Repository, Selection, Source, SourceError, StateSpec, Unseen, open,
};
use modwarden::internals::text::{Origin, RepoPath};

use crate::support::repo::Repo;

const WORK_TREE: StateSpec = StateSpec::WorkTree;
const INDEX: StateSpec = StateSpec::Index;

/// Everything.
struct All;

impl Selection for All {
    fn enters(&self, _: &[u8]) -> bool {
        true
    }

    fn wants(&self, _: &[u8]) -> bool {
        true
    }
}

/// `*.go`, not in directories named `vendor`.
struct GoFiles;

impl Selection for GoFiles {
    fn enters(&self, directory: &[u8]) -> bool {
        !directory.ends_with(b"vendor")
    }

    fn wants(&self, file: &[u8]) -> bool {
        file.ends_with(b".go")
    }
}

fn head() -> StateSpec {
    revision("HEAD")
}

fn revision(name: &str) -> StateSpec {
    StateSpec::Revision(name.to_owned())
}

#[track_caller]
fn source(directory: &Path, spec: &StateSpec) -> Box<dyn Source> {
    open(directory, spec, &Environment::default()).map(|opened| opened.source).unwrap()
}

#[track_caller]
fn error(directory: &Path, spec: &StateSpec) -> SourceError {
    match open(directory, spec, &Environment::default()).and_then(|opened| opened.source.list(&All)) {
        Ok(listing) => panic!("{directory:?} {spec:?} opened: {listing:?}"),
        Err(error) => error,
    }
}

/// Each file with its content, or with why it could not be read; then the paths that could not be read.
fn contents(source: &dyn Source, selection: &dyn Selection) -> Vec<String> {
    let listing = source.list(selection).unwrap();
    assert!(listing.entries.is_sorted_by_key(|entry| &entry.path), "{listing:?}");
    let (mut reader, mut buffer) = (source.reader(), Vec::new());
    let mut lines = Vec::new();
    for entry in &listing.entries {
        let target = entry.target.as_ref().map_or(String::new(), |target| format!(" -> {target}"));
        let content = match reader.read(entry, &mut buffer) {
            Ok(()) => String::from_utf8_lossy(&buffer).into_owned(),
            Err(reason) => format!("{reason:?}"),
        };
        assert_eq!(source.lookup(&entry.path).as_ref(), Ok(&Some(entry.clone())), "lookup of {}", entry.path);
        lines.push(format!("{}{target}: {content}", entry.path));
    }
    lines.extend(listing.unseen.iter().map(|(path, reason)| format!("{path}! {reason:?}")));
    lines
}

#[track_caller]
fn assert_contents(directory: &Path, spec: &StateSpec, expected: &[&str]) {
    assert_eq!(contents(&*source(directory, spec), &All), expected, "{spec:?}");
}

/// The paths of a listing, with their ids where they have one.
fn listed(listing: &Listing) -> BTreeSet<String> {
    let id = |blob: Option<_>| blob.map_or(String::new(), |blob| format!("{blob} "));
    listing.entries.iter().map(|entry| format!("{}{}", id(entry.blob), entry.path)).collect()
}

/// Asserts that all three states hold the files that `git` lists, symbolic links and submodules apart.
#[track_caller]
fn assert_agrees_with_git(repo: &Repo) {
    let of_object = |line: &[u8], field: usize| {
        let line = String::from_utf8(line.to_vec()).unwrap();
        let (head, path) = line.split_once('\t').unwrap();
        let words: Vec<_> = head.split(' ').collect();
        words[0].starts_with("100").then(|| format!("{} {}", words[field], RepoPath::from(path)))
    };
    let lines = |args: &[&str]| {
        let output = repo.git_bytes(args);
        output.split(|&byte| byte == 0).filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let tree = lines(&["ls-tree", "-rz", "HEAD"]);
    let index = lines(&["ls-files", "-sz"]);
    let disk = lines(&["ls-files", "-coz", "--exclude-standard"]);
    let is_file = |path: &&Vec<u8>| {
        fs::symlink_metadata(repo.root().join(OsStr::from_bytes(path))).is_ok_and(|metadata| metadata.is_file())
    };
    let expected = [
        (head(), tree.iter().filter_map(|line| of_object(line, 2)).collect::<BTreeSet<_>>()),
        (INDEX, index.iter().filter_map(|line| of_object(line, 1)).collect()),
        (WORK_TREE, disk.iter().filter(is_file).map(|path| RepoPath::new(path).to_string()).collect()),
    ];
    for (spec, expected) in expected {
        assert!(!expected.is_empty());
        let mut listing = source(repo.root(), &spec).list(&All).unwrap();
        listing.entries.retain(|entry| entry.target.is_none());
        assert_eq!(listed(&listing), expected, "{spec:?}");
    }
}

fn sample() -> Repo {
    let repo = Repo::init();
    repo.write("a.go", "package a").write("dir/b.go", "package b").write("dir/sub/c.txt", "c").commit("one");
    repo
}

const SAMPLE: [&str; 3] = ["a.go: package a", "dir/b.go: package b", "dir/sub/c.txt: c"];

#[test]
fn the_three_states_differ_as_git_says() {
    let repo = sample();
    repo.write(".gitignore", "*.log\n/build/\n!keep.log\n").write("dir/.gitignore", "/only-here\n");
    repo.git(&["add", "."]);
    repo.write("a.go", "package staged");
    repo.git(&["add", "a.go"]);
    repo.write("a.go", "package disk").write("untracked.go", "u").write("x.log", "").write("keep.log", "");
    repo.write("build/gen.go", "").write("dir/only-here", "").write("only-here", "").write("build/forced.go", "");
    repo.git(&["add", "--force", "build/forced.go"]);
    repo.git(&["rm", "--quiet", "--cached", "dir/sub/c.txt"]);
    fs::remove_file(repo.root().join("dir/b.go")).unwrap();
    repo.write(".git/info/exclude", "/excluded\n").write("excluded", "");
    repo.write("empty/deep/deeper/.gitignore", "*\n").write("empty/deep/deeper/hidden.go", "");
    assert_agrees_with_git(&repo);
    assert_eq!(
        contents(&*source(repo.root(), &INDEX), &GoFiles),
        ["a.go: package staged", "build/forced.go: ", "dir/b.go: package b"]
    );
    assert_eq!(
        contents(&*source(repo.root(), &WORK_TREE), &GoFiles),
        ["a.go: package disk", "build/forced.go: ", "untracked.go: u"]
    );
    assert_contents(repo.root(), &head(), &SAMPLE);
}

#[test]
fn a_selection_prunes_every_state() {
    struct Strict;
    impl Selection for Strict {
        fn enters(&self, directory: &[u8]) -> bool {
            assert!(!directory.starts_with(b"vendor/"), "asked about what lies below a pruned directory");
            directory != b"vendor"
        }
        fn wants(&self, file: &[u8]) -> bool {
            assert!(!file.starts_with(b"vendor/"), "asked about a file below a pruned directory");
            file.ends_with(b".go")
        }
    }
    let repo = sample();
    repo.write("vendor/deep/v.go", "").write("vendor/w.go", "").write("vendored.go", "v").commit("vendor");
    let expected = ["a.go: package a", "dir/b.go: package b", "vendored.go: v"];
    for spec in [WORK_TREE, INDEX, head()] {
        assert_eq!(contents(&*source(repo.root(), &spec), &Strict), expected, "{spec:?}");
    }
    let memory = MemorySource::new([("vendor/w.go", ""), ("vendored.go", "v"), ("dir/x.txt", "")]);
    assert_eq!(contents(&memory, &Strict), ["vendored.go: v"]);
}

#[test]
fn names_may_be_any_bytes() {
    let repo = sample();
    let names: [&[u8]; 6] =
        [b"line\nbreak.go", b"esc\x1b[31m.go", b"\xff\xfe/x.go", b" space .go", b"-.go", b"a\\b.go"];
    for name in names {
        repo.write(OsStr::from_bytes(name), "odd");
    }
    repo.commit("odd names");
    for spec in [WORK_TREE, INDEX, head()] {
        let source = source(repo.root(), &spec);
        for name in names {
            let entry = source.lookup(&RepoPath::new(name)).unwrap().expect("the file is there");
            let mut buffer = Vec::new();
            source.reader().read(&entry, &mut buffer).unwrap();
            assert_eq!(buffer, b"odd", "{spec:?} {name:?}");
        }
        let listing = source.list(&GoFiles).unwrap();
        for name in names {
            assert!(listing.entries.iter().any(|entry| entry.path.as_bytes() == name), "{spec:?} {name:?}");
        }
    }
}

#[test]
fn a_subdirectory_stands_for_the_whole_repository() {
    let repo = sample();
    let opened = open(&repo.root().join("dir/sub"), &WORK_TREE, &Environment::default()).unwrap();
    assert_eq!(opened.repository.root(), Some(repo.root()));
    assert_eq!(opened.repository.prefix(), &RepoPath::from("dir/sub"));
    assert_eq!(contents(&*opened.source, &All), SAMPLE);
}

#[test]
fn outside_a_repository_there_is_only_disk() {
    let folder = Repo::plain();
    folder.write(".gitignore", "ignored/\n*.log\n").write("a.go", "package a").write("ignored/b.go", "");
    folder.write("sub/.gitignore", "!x.log\n/c.go\n").write("sub/x.log", "x").write("sub/c.go", "").write("y.log", "");
    folder.symlink("link.go", "sub/x.log");
    let expected = [".gitignore: ignored/\n*.log\n", "a.go: package a", "link.go -> sub/x.log: x"];
    let expected = [&expected[..], &["sub/.gitignore: !x.log\n/c.go\n", "sub/x.log: x"]].concat();
    assert_contents(folder.root(), &WORK_TREE, &expected);
    for spec in [INDEX, head()] {
        let error = error(folder.root(), &spec);
        assert!(error.message.ends_with("is not in a Git repository"), "{error:?}");
    }
    let repository = Repository::discover(folder.root(), &Environment::default()).unwrap();
    assert_eq!((repository.git_dir(), repository.hooks_dir()), (None, None));
}

#[test]
fn a_bare_repository_has_commits_only() {
    let repo = sample();
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    assert_contents(&bare, &head(), &SAMPLE);
    assert_contents(&bare.join("refs"), &head(), &SAMPLE);
    assert_eq!(error(&bare, &WORK_TREE).message, "a bare repository has no work tree");
    let repository = Repository::discover(&bare, &Environment::default()).unwrap();
    assert_eq!(repository.root(), None);
    assert_eq!(repository.hooks_dir(), Some(bare.join("hooks")));
}

#[test]
fn a_linked_work_tree_has_its_own_index() {
    let repo = sample();
    let linked = repo.beside("linked");
    let path = linked.to_str().unwrap();
    repo.git(&["worktree", "add", "--quiet", path]);
    fs::write(linked.join("new.go"), "new").unwrap();
    repo.git(&["-C", path, "add", "new.go"]);
    let with_new = [&SAMPLE[..], &["new.go: new"]].concat();
    assert_contents(&linked, &INDEX, &with_new);
    assert_contents(&linked, &WORK_TREE, &with_new);
    assert_contents(&linked, &head(), &SAMPLE);
    assert_contents(repo.root(), &INDEX, &SAMPLE);
    let repository = Repository::discover(&linked.join("dir"), &Environment::default()).unwrap();
    assert_eq!(repository.root(), Some(&*linked));
    assert_eq!(repository.common_dir(), Some(&*repo.root().join(".git")));
    assert_eq!(repository.git_dir(), Some(&*repo.root().join(".git/worktrees/linked")));
    assert_eq!(repository.hooks_dir(), Some(repo.root().join(".git/hooks")));
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    let repository = Repository::discover(&linked, &Environment::default()).unwrap();
    assert_eq!(repository.hooks_dir(), Some(linked.join(".githooks")));
}

#[test]
fn sha256_alternates_and_packs_are_read() {
    let repo = Repo::init_with(&["--object-format=sha256"]);
    repo.write("a.go", "package a").write("dir/b.go", "package b").write("dir/sub/c.txt", "c").commit("one");
    for spec in [WORK_TREE, INDEX, head()] {
        assert_contents(repo.root(), &spec, &SAMPLE);
    }
    let Origin::Commit { id, .. } = source(repo.root(), &head()).origin().clone() else { panic!("not a commit") };
    assert_eq!(id.to_string(), repo.git(&["rev-parse", "HEAD"]));

    let repo = sample();
    repo.git(&["gc", "--quiet"]);
    assert_contents(repo.root(), &head(), &SAMPLE);
    let shared = repo.beside("shared");
    repo.git(&["clone", "--quiet", "--shared", ".", shared.to_str().unwrap()]);
    assert_contents(&shared, &head(), &SAMPLE);
    assert_contents(&shared, &INDEX, &SAMPLE);
}

#[test]
fn a_shallow_clone_says_why_its_history_ends() {
    let repo = sample();
    repo.write("a.go", "changed").commit("two");
    let url = format!("file://{}", repo.root().display());
    let shallow = repo.beside("shallow");
    repo.git(&["clone", "--quiet", "--depth=1", &url, shallow.to_str().unwrap()]);
    assert_contents(&shallow, &head(), &["a.go: changed", SAMPLE[1], SAMPLE[2]]);
    let error = error(&shallow, &revision("HEAD~1"));
    assert!(error.message.starts_with("no commit is named `HEAD~1`"), "{error:?}");
    assert!(error.help.unwrap().contains("shallow"));
}

#[test]
fn what_a_partial_clone_lacks_is_named() {
    let repo = sample();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.root().display());
    let partial = repo.beside("partial");
    repo.git(&["clone", "--quiet", "--bare", "--filter=blob:none", &url, partial.to_str().unwrap()]);
    let missing = ["a.go: MissingObject", "dir/b.go: MissingObject", "dir/sub/c.txt: MissingObject"];
    assert_contents(&partial, &head(), &missing);

    let treeless = repo.beside("treeless");
    repo.git(&["clone", "--quiet", "--bare", "--filter=tree:0", &url, treeless.to_str().unwrap()]);
    let error = error(&treeless, &head());
    assert!(error.message.ends_with("are not in this clone"), "{error:?}");
}

#[test]
fn a_missing_or_damaged_object_is_said_and_the_rest_is_read() {
    let repo = sample();
    let object = |revision: &str| {
        let id = repo.git(&["rev-parse", revision]);
        repo.root().join(".git/objects").join(&id[..2]).join(&id[2..])
    };
    let damage = |path: &Path, bytes: &[u8]| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let whole = fs::read(object("HEAD:a.go")).unwrap();
    for bytes in [&b""[..], b"not zlib", &whole[..whole.len() / 2], &[0; 100]] {
        damage(&object("HEAD:a.go"), bytes);
        let lines = contents(&*source(repo.root(), &head()), &All);
        assert!(lines[0].starts_with("a.go: Unreadable(") || lines[0] == "a.go: MissingObject", "{lines:?}");
        assert_eq!(lines[1..], SAMPLE[1..]);
    }
    fs::remove_file(object("HEAD:a.go")).unwrap();
    fs::remove_file(object("HEAD:dir/sub")).unwrap();
    let expected = ["a.go: MissingObject", SAMPLE[1], "dir/sub! MissingObject"];
    assert_contents(repo.root(), &head(), &expected);
    assert_eq!(source(repo.root(), &head()).lookup(&"dir/sub/c.txt".into()), Err(Unseen::MissingObject));
    damage(&object("HEAD:dir"), b"junk");
    let listing = source(repo.root(), &head()).list(&All).unwrap();
    assert!(matches!(&listing.unseen[..], [(path, Unseen::Unreadable(_))] if path.as_bytes() == b"dir"), "{listing:?}");
}

#[test]
fn every_revision_that_git_accepts_names_a_commit() {
    let repo = sample();
    repo.write("a.go", "two").commit("second: with [x]");
    repo.git(&["tag", "-a", "v1", "-m", "annotated"]);
    repo.git(&["tag", "-a", "v1-again", "-m", "tag of a tag", "v1"]);
    repo.git(&["checkout", "--quiet", "-b", "topic/one"]);
    repo.write("a.go", "three").commit("third");
    let short = &repo.git(&["rev-parse", "HEAD"])[..8];
    let names =
        ["HEAD", "HEAD~2", "HEAD^", "v1", "v1-again", "v1^{}", "main", "topic/one", "refs/heads/main", "@", short];
    for name in [&names[..], &["main@{1}", "@{-1}", "HEAD^{/second}", ":/one", "HEAD^{commit}", "v1~1"]].concat() {
        let source = source(repo.root(), &revision(name));
        let Origin::Commit { id, revision } = source.origin() else { panic!("not a commit") };
        assert_eq!(id.to_string(), repo.git(&["rev-list", "--max-count=1", name]), "{name}");
        assert_eq!(revision, name);
    }
    for name in
        ["nope", "HEAD~9", "v2", "", "HEAD:a.go", "HEAD^{tree}", "main..HEAD", "-x", "\x1b[31m", "@{u}", "..", "^"]
    {
        let error = error(repo.root(), &revision(name));
        assert!(error.message.starts_with("no commit is named `"), "{name}: {error:?}");
        assert!(!error.message.contains(char::is_control) && error.help.is_some(), "{name}: {error:?}");
    }
}

/// A name that is wrong is met with the one that was meant, or with how to have it, and never with the words of a library.
#[test]
fn an_unknown_revision_has_a_remedy() {
    let repo = sample();
    repo.git(&["branch", "release-1.2"]);
    repo.git(&["update-ref", "refs/remotes/origin/topic", "HEAD"]);
    let file = "no commit is named `HEAD:a.go`: it names a file";
    let no_ancestor = "no commit is named `main~9`: `main` has no such commit before it";
    for (name, message, help) in [
        ("mian", "no commit is named `mian`", "did you mean `main`?"),
        ("release-1.3", "no commit is named `release-1.3`", "did you mean `release-1.2`?"),
        ("topic", "no commit is named `topic`", "did you mean `origin/topic`?"),
        (
            "wholly/different",
            "no commit is named `wholly/different`",
            "`git branch --all` and `git tag` list the names",
        ),
        ("HEAD:a.go", file, "name a commit, by a branch, a tag or an id"),
        ("main~9", no_ancestor, "`git log main` lists those before it"),
    ] {
        let error = error(repo.root(), &revision(name));
        assert_eq!((error.message.as_str(), error.help.as_deref()), (message, Some(help)), "{name}");
    }
    repo.git(&["remote", "add", "origin", "https://git.example.com/shop.git"]);
    let unknown = "1".repeat(40);
    let help = error(repo.root(), &revision(&unknown)).help.unwrap();
    assert_eq!(help, format!("fetch the commit, with `git fetch origin {unknown}`"));
    let help = error(repo.root(), &revision("wholly/different")).help.unwrap();
    assert!(help.ends_with("`git fetch --tags origin` brings those of the remote"), "{help}");
}

#[test]
fn an_ambiguous_abbreviation_names_nothing() {
    let repo = sample();
    let ids: Vec<String> = (0..40).map(|n| repo.commit(&n.to_string())).collect();
    let is_ambiguous = |prefix: &&str| ids.iter().filter(|id| id.starts_with(*prefix)).count() > 1;
    let prefix = ids.iter().map(|id| &id[..1]).find(is_ambiguous).unwrap();
    let four = &ids[0][..4];
    assert!(open(repo.root(), &revision(four), &Environment::default()).is_ok());
    assert!(error(repo.root(), &revision(prefix)).message.starts_with("no commit is named `"));
}

#[test]
fn replaced_objects_are_read_as_git_reads_them() {
    let repo = sample();
    repo.write("other", "replacement").commit("two");
    repo.git(&["replace", "HEAD:a.go", "HEAD:other"]);
    let expected = ["a.go: replacement", SAMPLE[1], SAMPLE[2], "other: replacement"];
    assert_contents(repo.root(), &head(), &expected);
}

#[test]
fn without_a_commit_there_is_an_index() {
    let repo = Repo::init();
    assert_contents(repo.root(), &INDEX, &[]);
    repo.write("a.go", "package a");
    repo.git(&["add", "."]);
    assert_contents(repo.root(), &INDEX, &["a.go: package a"]);
    assert_contents(repo.root(), &WORK_TREE, &["a.go: package a"]);
    assert!(error(repo.root(), &head()).help.unwrap().contains("no commit yet"));
}

#[test]
fn conflicts_and_intents_to_add_are_not_in_the_index() {
    let repo = sample();
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("a.go", "ours").commit("ours");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("a.go", "theirs").commit("theirs");
    assert!(!repo.try_git(&["merge", "topic"]).status.success());
    repo.write("later.go", "later");
    repo.git(&["add", "--intent-to-add", "later.go"]);
    assert_contents(repo.root(), &INDEX, &[SAMPLE[1], SAMPLE[2], "a.go! Conflict"]);
    let source = source(repo.root(), &INDEX);
    assert_eq!(source.lookup(&"a.go".into()), Err(Unseen::Conflict));
    assert_eq!(source.lookup(&"later.go".into()), Ok(None));
    struct Text;
    impl Selection for Text {
        fn enters(&self, _: &[u8]) -> bool {
            true
        }
        fn wants(&self, file: &[u8]) -> bool {
            file.ends_with(b".txt")
        }
    }
    assert_eq!(contents(&*source, &Text), [SAMPLE[2]]);
}

/// The surroundings of a hook: its directory and the variables that Git gave it.
fn hook_environment(repo: &Repo, hook: &str, hooks: &Path, run: &[&str]) -> (String, Environment) {
    let seen = repo.beside("seen");
    let index = repo.beside("index-copy");
    let script = format!(
        "#!/bin/sh\npwd >'{0}'\nenv | grep ^GIT_ >>'{0}'\ntest -z \"$GIT_INDEX_FILE\" || cp \"$GIT_INDEX_FILE\" '{1}'\n",
        seen.display(),
        index.display()
    );
    fs::create_dir_all(hooks).unwrap();
    fs::write(hooks.join(hook), script).unwrap();
    fs::set_permissions(hooks.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    repo.git(run);
    let text = fs::read_to_string(seen).unwrap();
    let variable = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let mut environment = Environment {
        git_dir: variable("GIT_DIR").map(Into::into),
        work_tree: variable("GIT_WORK_TREE").map(Into::into),
        index_file: variable("GIT_INDEX_FILE").map(Into::into),
        ..Environment::default()
    };
    // Git has removed its temporary index by now; the hook has kept a copy.
    if environment.index_file.as_ref().is_some_and(|path| !repo.root().join(path).ends_with(".git/index")) {
        environment.index_file = Some(index);
    }
    (text.lines().next().unwrap().to_owned(), environment)
}

#[test]
fn a_hook_sees_the_index_that_is_being_committed() {
    let repo = sample();
    let hooks = repo.root().join(".git/hooks");
    repo.write("a.go", "all").write("dir/b.go", "path");
    let run = ["commit", "--quiet", "-m", "x", "dir/b.go"];
    let (directory, environment) = hook_environment(&repo, "pre-commit", &hooks, &run);
    let opened = open(Path::new(&directory), &INDEX, &environment).unwrap();
    assert_eq!(contents(&*opened.source, &All), [SAMPLE[0], "dir/b.go: path", SAMPLE[2]]);
    let (directory, environment) = hook_environment(&repo, "pre-commit", &hooks, &["commit", "--quiet", "-am", "x"]);
    let opened = open(Path::new(&directory), &INDEX, &environment).unwrap();
    assert_eq!(contents(&*opened.source, &All), ["a.go: all", "dir/b.go: path", SAMPLE[2]]);

    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    fs::write(linked.join("a.go"), "linked").unwrap();
    let run = ["-C", linked.to_str().unwrap(), "commit", "--quiet", "-am", "x"];
    let (directory, environment) = hook_environment(&repo, "pre-commit", &hooks, &run);
    assert!(environment.git_dir.is_some());
    let opened = open(Path::new(&directory), &INDEX, &environment).unwrap();
    assert_eq!(contents(&*opened.source, &All), ["a.go: linked", "dir/b.go: path", SAMPLE[2]]);
    assert_eq!(opened.repository.root(), Some(&*linked));
}

#[test]
fn the_index_may_be_elsewhere() {
    let repo = sample();
    repo.write("a.go", "staged");
    repo.git(&["add", "a.go"]);
    fs::rename(repo.root().join(".git/index"), repo.root().join(".git/other")).unwrap();
    assert_contents(repo.root(), &INDEX, &[]);
    for index_file in [".git/other".into(), repo.root().join(".git/other")] {
        let environment = Environment { index_file: Some(index_file), ..Environment::default() };
        let opened = open(&repo.root().join("dir"), &INDEX, &environment).unwrap();
        assert_eq!(contents(&*opened.source, &All), ["a.go: staged", SAMPLE[1], SAMPLE[2]]);
    }
}

#[test]
fn the_environment_names_the_repository_and_the_work_tree() {
    let repo = sample();
    let elsewhere = repo.beside("elsewhere");
    fs::create_dir_all(elsewhere.join("sub")).unwrap();
    fs::write(elsewhere.join("x.go"), "x").unwrap();
    let inside = Environment { git_dir: Some(".".into()), ..Environment::default() };
    let opened = open(&repo.root().join(".git"), &head(), &inside).unwrap();
    assert_eq!(contents(&*opened.source, &All), SAMPLE);
    let environment = Environment {
        git_dir: Some("../repo/.git".into()),
        work_tree: Some("../elsewhere".into()),
        ..Environment::default()
    };
    let Opened { source, repository } = open(&elsewhere, &WORK_TREE, &environment).unwrap();
    assert_eq!(contents(&*source, &All), ["x.go: x"]);
    assert_eq!(repository.root(), Some(&*elsewhere));
    let ceiling =
        Environment { ceiling_directories: Some(repo.root().join("dir").into_os_string()), ..Environment::default() };
    let repository = Repository::discover(&repo.root().join("dir/sub"), &ceiling);
    assert!(repository.is_err() || repository.is_ok_and(|repository| repository.git_dir().is_none()));
}

#[test]
fn objects_in_quarantine_are_seen() {
    let repo = sample();
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let kept = repo.beside("quarantine");
    let script = format!(
        "#!/bin/sh\ncp -R \"$GIT_OBJECT_DIRECTORY\" '{}'\nenv | grep ^GIT_ >'{}'\n",
        kept.display(),
        repo.beside("seen").display()
    );
    fs::write(bare.join("hooks/pre-receive"), script).unwrap();
    fs::set_permissions(bare.join("hooks/pre-receive"), fs::Permissions::from_mode(0o755)).unwrap();
    let before = repo.git(&["rev-parse", "HEAD"]);
    let pushed = repo.write("a.go", "pushed").commit("pushed");
    repo.git(&["push", "--quiet", bare.to_str().unwrap(), "HEAD"]);
    let seen = fs::read_to_string(repo.beside("seen")).unwrap();
    assert!(seen.contains("GIT_OBJECT_DIRECTORY="), "{seen}");
    // As it was while the hook ran: the new objects are nowhere but in quarantine.
    fs::remove_dir_all(&bare).unwrap();
    repo.git(&["init", "--quiet", "--bare", bare.to_str().unwrap()]);
    repo.git(&["push", "--quiet", bare.to_str().unwrap(), &format!("{before}:refs/heads/main")]);
    assert!(open(&bare, &revision(&pushed), &Environment::default()).is_err());
    let environment = Environment {
        git_dir: Some(".".into()),
        object_directory: Some("../quarantine".into()),
        alternate_object_directories: Some(bare.join("objects").into_os_string()),
        ..Environment::default()
    };
    let opened = open(&bare, &revision(&pushed), &environment).unwrap();
    assert_eq!(contents(&*opened.source, &All), ["a.go: pushed", SAMPLE[1], SAMPLE[2]]);
}

#[test]
fn split_and_sparse_indexes_are_whole() {
    let repo = sample();
    repo.git(&["update-index", "--split-index"]);
    repo.write("new.go", "new");
    repo.git(&["add", "new.go"]);
    assert!(
        fs::read_dir(repo.root().join(".git"))
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().as_bytes().starts_with(b"sharedindex.") })
    );
    assert_agrees_with_git_index_and_disk(&repo, &[&SAMPLE[..], &["new.go: new"]].concat());
    repo.git(&["rm", "--quiet", "-f", "new.go"]);
    repo.git(&["update-index", "--no-split-index"]);

    repo.write("in/x.go", "x").write("dir/a.b/y.go", "y").symlink("dir/link.go", "../a.go").commit("more");
    let all = ["a.go: package a", "dir/a.b/y.go: y", "dir/b.go: package b", "dir/link.go -> a.go: package a"];
    let all = [&all[..], &["dir/sub/c.txt: c", "in/x.go: x"]].concat();
    assert_agrees_with_git_index_and_disk(&repo, &all);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(!repo.root().join("dir").exists());
    assert!(repo.git(&["ls-files", "--sparse", "--stage"]).contains("040000"));
    assert_agrees_with_git_index_and_disk(&repo, &all);
    repo.git(&["sparse-checkout", "set", "--cone", "--no-sparse-index", "in"]);
    assert_agrees_with_git_index_and_disk(&repo, &all);
    repo.write("dir/b.go", "back on disk");
    assert_eq!(contents(&*source(repo.root(), &WORK_TREE), &GoFiles)[2], "dir/b.go: back on disk");
}

#[track_caller]
fn assert_agrees_with_git_index_and_disk(repo: &Repo, expected: &[&str]) {
    for spec in [INDEX, WORK_TREE] {
        assert_contents(repo.root(), &spec, expected);
    }
}

#[test]
fn links_are_followed_in_every_state() {
    let repo = sample();
    repo.symlink("to-file.go", "dir/b.go").symlink("dir/up.go", "../to-file.go").symlink("to-dir", "dir");
    repo.symlink("through.go", "to-dir/sub/../b.go").symlink("absolute.go", repo.root().join("a.go"));
    repo.symlink("leaves.go", "../outside.go").symlink("nothing.go", "none").symlink("self.go", "self.go");
    repo.symlink("one.go", "two.go").symlink("two.go", "one.go").symlink("secret.go", ".git/config");
    repo.write("vendor/v.go", "vendored").symlink("vendored.go", "vendor/v.go");
    repo.symlink("chain-0.go", "a.go").write("../outside.go", "outside");
    for n in 1..=40 {
        repo.symlink(format!("chain-{n}.go"), format!("chain-{}.go", n - 1));
    }
    repo.commit("links");
    let expected = [
        "a.go: package a",
        "dir/b.go: package b",
        "dir/up.go -> dir/b.go: package b",
        "through.go -> dir/b.go: package b",
        "to-file.go -> dir/b.go: package b",
        "vendored.go -> vendor/v.go: vendored",
        "absolute.go! LinkLeaves",
        "chain-40.go! LinkBroken",
        "leaves.go! LinkLeaves",
        "nothing.go! LinkBroken",
        "one.go! LinkBroken",
        "secret.go! LinkLeaves",
        "self.go! LinkBroken",
        "two.go! LinkBroken",
    ];
    for spec in [WORK_TREE, INDEX, head()] {
        let source = source(repo.root(), &spec);
        let mut lines = contents(&*source, &GoFiles);
        let chain = lines.iter().filter(|line| line.starts_with("chain-") && line.contains(" -> a.go: ")).count();
        assert_eq!(chain, 40, "{lines:?}");
        lines.retain(|line| !line.starts_with("chain-") || line.starts_with("chain-40"));
        assert_eq!(lines, expected, "{spec:?}");
        let through = source.lookup(&"to-dir/sub/c.txt".into()).unwrap().unwrap();
        assert_eq!(through.target, Some("dir/sub/c.txt".into()));
        assert_eq!(source.lookup(&"to-dir".into()), Ok(None));
        assert_eq!(source.lookup(&"none/at/all".into()), Ok(None));
        assert_eq!(source.lookup(&".git/config".into()), Err(Unseen::LinkLeaves));
    }
}

#[test]
fn other_repositories_are_named_and_not_entered() {
    let repo = sample();
    let inner = Repo::init();
    inner.write("inner.go", "inner").commit("inner");
    repo.git(&["submodule", "--quiet", "add", inner.root().to_str().unwrap(), "module"]);
    repo.commit("submodule");
    repo.git(&["clone", "--quiet", inner.root().to_str().unwrap(), "nested/clone"]);
    repo.symlink("into.go", "module/inner.go").write("nested/plain.go", "plain");
    let gitmodules = repo.git(&["show", "HEAD:.gitmodules"]) + "\n";
    let gitmodules = format!(".gitmodules: {gitmodules}");
    let tracked = [&[&*gitmodules], &SAMPLE[..]].concat();
    let on_disk = [&tracked[..], &["nested/plain.go: plain"]].concat();
    assert_contents(repo.root(), &head(), &[&tracked[..], &["module! Submodule"]].concat());
    assert_contents(repo.root(), &INDEX, &[&tracked[..], &["module! Submodule"]].concat());
    let unseen = ["into.go! Submodule", "module! Submodule", "nested/clone! Submodule"];
    assert_contents(repo.root(), &WORK_TREE, &[&on_disk[..], &unseen].concat());
    assert_contents(&repo.root().join("module"), &head(), &["inner.go: inner"]);
    assert_contents(&repo.root().join("module"), &WORK_TREE, &["inner.go: inner"]);
    let module = Repository::discover(&repo.root().join("module"), &Environment::default()).unwrap();
    assert_eq!(module.root(), Some(&*repo.root().join("module")));
    fs::remove_dir_all(repo.root().join("module")).unwrap();
    let lines = contents(&*source(repo.root(), &WORK_TREE), &All);
    assert!(lines.contains(&"module! Submodule".to_owned()), "{lines:?}");
}

#[test]
fn a_pointer_is_not_taken_for_the_content() {
    let repo = sample();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    repo.write("a.go", pointer).write("long.go", pointer.to_owned() + &" ".repeat(1024)).commit("pointers");
    for spec in [WORK_TREE, INDEX, head()] {
        let lines = contents(&*source(repo.root(), &spec), &GoFiles);
        assert_eq!(lines[0], "a.go: LfsPointer", "{spec:?}");
        assert!(lines[2].starts_with("long.go: version"), "{spec:?}");
    }
}

#[test]
fn only_regular_files_are_opened() {
    let repo = sample();
    fs::remove_file(repo.root().join("a.go")).unwrap();
    assert!(repo.command("mkfifo").args(["a.go", "pipe.go"]).status().unwrap().success());
    repo.symlink("to-pipe.go", "pipe.go");
    let lines = contents(&*source(repo.root(), &WORK_TREE), &All);
    assert_eq!(lines, [SAMPLE[1], SAMPLE[2], "a.go! Irregular", "pipe.go! Irregular", "to-pipe.go! Irregular"]);
    let listed = source(repo.root(), &INDEX).lookup(&"a.go".into()).unwrap().unwrap();
    let on_disk = modwarden::internals::source::Entry { blob: None, ..listed };
    let disk = source(repo.root(), &WORK_TREE);
    let result = disk.reader().read(&on_disk, &mut Vec::new());
    assert_eq!(result, Err(Unseen::Irregular));
}

#[test]
fn the_head_of_a_file_is_enough() {
    let repo = sample();
    repo.write("big.go", "x".repeat(100_000)).commit("big");
    for (spec, read) in [(WORK_TREE, 10), (INDEX, 100_000), (head(), 100_000)] {
        let source = source(repo.root(), &spec);
        let entry = source.lookup(&"big.go".into()).unwrap().unwrap();
        let mut buffer = b"left over".to_vec();
        assert_eq!(source.reader().read_head(&entry, 10, &mut buffer), Ok(read == 100_000), "{spec:?}");
        assert_eq!(buffer.len(), read, "{spec:?}");
        assert_eq!(source.reader().read_head(&entry, 200_000, &mut buffer), Ok(true), "{spec:?}");
        assert_eq!(buffer.len(), 100_000, "{spec:?}");
    }
}

#[test]
fn a_damaged_repository_is_an_error_that_says_so() {
    let repo = sample();
    let whole = fs::read(repo.root().join(".git/index")).unwrap();
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    for bytes in [&whole[..whole.len() / 2], &flipped, b"junk", b"", &whole[..12], &[0; 64]] {
        repo.write(".git/index", bytes);
        for spec in [INDEX, WORK_TREE] {
            let error = error(repo.root(), &spec);
            assert!(error.message.starts_with("cannot read the index "), "{error:?}");
        }
    }
    for (path, text) in [(".git/config", "[core\n"), (".git/HEAD", "junk"), (".git/HEAD", "")] {
        let repo = sample();
        repo.write(path, text);
        let error = error(repo.root(), &head());
        assert!(error.help.is_some(), "{path} {text:?} {error:?}");
    }
    let folder = Repo::plain();
    folder.write(".git", "gitdir: nowhere\n").write("a.go", "");
    assert!(error(folder.root(), &WORK_TREE).help.is_some());
}

#[test]
fn references_that_are_not_files_are_not_guessed() {
    let repo = sample();
    let id = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.refStorage", "reftable"]);
    repo.write(".git/HEAD", "ref: refs/heads/.invalid\n");
    assert_contents(repo.root(), &INDEX, &SAMPLE);
    assert_contents(repo.root(), &revision(&id), &SAMPLE);
    for name in ["HEAD", "main", &id[..12]] {
        let error = error(repo.root(), &revision(name));
        assert!(error.message.ends_with("references are not stored as files"), "{error:?}");
    }
}

#[test]
fn states_are_read_by_many_threads() {
    let repo = sample();
    for spec in [WORK_TREE, INDEX, head()] {
        let source = source(repo.root(), &spec);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| contents(&*source, &All))).collect();
            for thread in threads {
                assert_eq!(thread.join().unwrap(), SAMPLE, "{spec:?}");
            }
        });
    }
}
