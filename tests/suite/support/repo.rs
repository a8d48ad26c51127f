//! Temporary repositories, made by the real `git`, the same on every machine and for every user.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start git and write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A repository in a folder of its own, which goes when this value does.
pub(crate) struct Repo {
    home: TempDir,
    root: PathBuf,
}

impl Repo {
    /// A new repository on the branch `main`.
    pub(crate) fn init() -> Self {
        Self::init_with(&[])
    }

    /// A new repository, with further options for `git init`.
    pub(crate) fn init_with(options: &[&str]) -> Self {
        let repo = Self::plain();
        repo.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
        repo
    }

    /// A folder that is no repository.
    pub(crate) fn plain() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&root).unwrap();
        Self { home, root }
    }

    /// The top of the work tree.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A folder beside the work tree, for clones and linked work trees.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.with_file_name(name)
    }

    /// Writes a file, and its directories.
    pub(crate) fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> &Self {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Makes a symbolic link.
    #[cfg(unix)]
    pub(crate) fn symlink(&self, path: impl AsRef<Path>, target: impl AsRef<Path>) -> &Self {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    /// Runs `git` at the top of the work tree and returns its output, without the last line break. Fails if
    /// `git` does.
    #[track_caller]
    pub(crate) fn git<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        String::from_utf8(self.git_bytes(args)).unwrap().trim_end_matches('\n').to_owned()
    }

    /// Like [`Repo::git`], for output that need not be text; nothing is taken away.
    #[track_caller]
    pub(crate) fn git_bytes<S: AsRef<OsStr>>(&self, args: &[S]) -> Vec<u8> {
        let output = self.try_git(args);
        let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Runs `git`, which may fail.
    pub(crate) fn try_git<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        self.command("git").args(args).output().expect("git is installed")
    }

    /// A command at the top of the work tree that sees no configuration but the repository's and no variable of
    /// the Git that may have started the tests.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let is_ours =
            |name: &OsStr| [&b"GIT_"[..], b"MODWARDEN_"].iter().any(|it| name.as_encoded_bytes().starts_with(it));
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command
            .current_dir(&self.root)
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.com")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_NAME", "A U Thor")
            .env("GIT_COMMITTER_EMAIL", "author@example.com")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_PROTOCOL_FROM_USER", "1")
            .env("SOURCE_DATE_EPOCH", "1767323045")
            .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"].iter().filter(|_| program == "git"));
        command
    }

    /// Stages everything and commits it; returns the id of the commit.
    #[track_caller]
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}
