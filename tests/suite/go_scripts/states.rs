//! The results of modwarden and `go mod tidy` for the module that a script has before it at some line.

#![expect(clippy::disallowed_methods, reason = "tests read and copy files")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::syntax::parse_go_mod;

use super::run::State;
use crate::support::corpus::files_below;
use crate::support::go::Go;
use crate::support::repo::Repo;
use crate::support::tidy::{self, Comparison, Pair, Tidied, Tidier};

/// The flags with which the command does something else than without.
const OTHER_FLAGS: [&str; 3] = ["-e", "-go=", "-compat="];

/// The comparisons in one script.
#[derive(Default)]
pub(crate) struct States {
    /// How many states that the script tidies.
    pub(crate) tidied: usize,
    /// How many others.
    pub(crate) others: usize,
    /// In how many of these the go command fails.
    pub(crate) refused: usize,
    /// In how many something was not tidy.
    pub(crate) different: usize,
    /// Why modwarden may be silent, for those where it is.
    pub(crate) excused: BTreeSet<&'static str>,
    /// Why something that the script tidies was not compared.
    pub(crate) not_compared: BTreeSet<String>,
    pub(crate) mismatches: Vec<String>,
    seen: HashSet<(PathBuf, BTreeMap<PathBuf, Vec<u8>>)>,
}

impl States {
    /// Compares the state before a go command with these arguments, unless it was seen already.
    pub(crate) fn compare(&mut self, state: &State, args: &[String], cache: &Path) {
        let is_tidy = args.len() >= 2 && args[0] == "mod" && args[1] == "tidy";
        let other = args.iter().find(|arg| OTHER_FLAGS.iter().any(|flag| arg.starts_with(flag)));
        if let Some(flag) = other.filter(|_| is_tidy) {
            let name = flag.split_inclusive('=').next().unwrap_or(flag);
            self.not_compared.insert(format!("tidies with {name}"));
            return;
        }
        match self.try_compare(state, cache) {
            Ok(()) if is_tidy => self.tidied += 1,
            Ok(()) => self.others += 1,
            Err(why) if is_tidy && !why.is_empty() => drop(self.not_compared.insert(why.to_owned())),
            Err(_) => {}
        }
    }

    fn try_compare(&mut self, state: &State, cache: &Path) -> Result<(), &'static str> {
        let env = |name: &str| state.env.get(name).map(String::as_str).unwrap_or_default();
        if env("GO111MODULE") == "off" {
            return Err("tidies without modules");
        }
        if env("GOFLAGS").contains("-modfile") {
            return Err("tidies another go.mod");
        }
        let root = state.dir.ancestors().find(|dir| dir.join("go.mod").is_file()).ok_or("tidies where no go.mod is")?;
        let top = state.top().filter(|top| root.starts_with(top)).ok_or("tidies outside of the script's files")?;
        let files = files_below(&top, &|_| true);
        let texts = files.iter().filter_map(|file| Some((file.clone(), fs::read(top.join(file)).ok()?)));
        if !self.seen.insert((root.to_owned(), texts.collect())) {
            // It counts as compared, but is not once more.
            return Ok(());
        }
        let place = Place { top: &top, root, tidier: &tidier(state, cache), cache };
        self.judge(&place);
        Ok(())
    }

    fn judge(&mut self, place: &Place<'_>) {
        let before = Pair::read(place.root);
        let tidied = place.tidier.tidied(place.root);
        let (ours, said) = place.ours();
        let comparison =
            |may_be_silent| Comparison { before: &before, tidied: &tidied, ours: &ours, may_be_silent }.judge();
        let excuse = || place.excuse(&before).filter(|_| comparison(true).is_ok());
        match comparison(false) {
            Ok(_) if matches!(tidied, Tidied::Refused(_)) => self.refused += 1,
            Ok(kinds) => self.different += usize::from(tidy::is_finding(&kinds)),
            Err(wrong) => match excuse() {
                Some(excuse) => drop(self.excused.insert(excuse)),
                None => self.mismatches.push(format!("in {}: {wrong}\n{said}", place.root.display())),
            },
        }
    }
}

/// Where a state is.
struct Place<'p> {
    /// The directory with all files of the script.
    top: &'p Path,
    /// The directory of the module.
    root: &'p Path,
    tidier: &'p Tidier,
    cache: &'p Path,
}

impl Place<'_> {
    /// The program's result for the module, and its output.
    fn ours(&self) -> (Pair, String) {
        let repo = Repo::init();
        copy(self.top, repo.root());
        let dir = repo.root().join(self.root.strip_prefix(self.top).expect("it is below"));
        let policy = repo.beside("policy.toml");
        fs::write(&policy, tidy::POLICY).expect("the policy is written");
        let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
        command.args(["fix", "--allow-dirty", "--no-cache", "--policy"]).arg(&policy);
        let files = ["go.mod", "go.sum"].into_iter().filter(|name| dir.join(name).exists());
        command.args(files);
        command.current_dir(&dir).env_remove("GOFLAGS").env_remove("GOWORK").env("GOMODCACHE", self.cache);
        let output = command.output().expect("modwarden starts");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}: {said}", self.root.display());
        (Pair::read(&dir), said)
    }

    /// Why modwarden may leave this open, if it may.
    fn excuse(&self, before: &Pair) -> Option<&'static str> {
        if !before.has_go_line() {
            return Some("which release of Go adds a go line is not known");
        }
        let targets = before.go_mod.lines().filter_map(|line| line.split(" => ").nth(1)).map(str::trim);
        let targets: Vec<&str> = targets.filter(|target| target.starts_with(['.', '/'])).collect();
        let is_within = |target: &&str| self.root.join(target).canonicalize().is_ok_and(|it| it.starts_with(self.top));
        let is_odd = |target: &&str| {
            let go_mod = fs::read(self.root.join(target).join("go.mod")).unwrap_or_default();
            target.contains("/vendor/") || !parse_go_mod(&go_mod).errors.is_empty()
        };
        if !targets.iter().all(is_within) {
            return Some("a directory outside of the repository stands in for a module");
        }
        targets.iter().any(is_odd).then_some("what stands in for a module is vendored, or has errors in its go.mod")
    }
}

/// The go command as the script has it, with a module cache of our own.
fn tidier(state: &State, cache: &Path) -> Tidier {
    let with = |go: Go, (name, value): (&String, &String)| go.with_env(name, value);
    let of_script = state.env.iter().filter(|(name, _)| !["PATH", "GOROOT", "TMPDIR"].contains(&name.as_str()));
    let online = of_script.fold(Go::plain(), with);
    let online =
        online.with_env("GOMODCACHE", &cache.display().to_string()).with_env("GOFLAGS", "-mod=mod -modcacherw");
    let online = online.with_env("GOTOOLCHAIN", "local").with_env("GODEBUG", "goindex=0");
    Tidier { offline: online.clone().with_env("GOPROXY", "off"), online }
}

/// Copies a directory with the links in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the directory can be read") {
        let entry = entry.expect("the entry can be read");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("it has a type");
        if kind.is_dir() {
            fs::create_dir_all(&target).expect("the directory is made");
            copy(&path, &target);
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(&path).expect("it is a link"), target).expect("the link is made");
        } else {
            fs::copy(&path, target).expect("the file is copied");
        }
    }
}
