//! The result of `go mod tidy` for a module, and whether modwarden's is the same.

#![expect(clippy::disallowed_methods, reason = "tests read and write files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::date;
use modwarden::internals::finding::{Applicability, Severity, Verdict};
use modwarden::internals::go::Version;
use modwarden::internals::load::{FactStore, Input};
use modwarden::internals::pipeline::{PolicyChoice, Request, Tables, plan_fixes};
use modwarden::internals::source::{MemorySource, ModuleCache};
use modwarden::internals::syntax::{GoMod, parse_go_mod};
use similar::TextDiff;

use super::go::Go;
use super::program::Outcome;
use super::repo::Repo;

/// A policy with the rules that together have the effect of `go mod tidy`, and no other.
pub(crate) const POLICY: &str = r#"[severity]
syntax-invalid = "off"
checksum-missing = "error"
checksum-unused = "error"
indirect-mismarked = "error"
indirect-unused = "error"
layout-untidy = "error"
require-missing = "error"
require-unused = "error"
"#;

/// The two files of a module that tidying changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) go_mod: String,
    pub(crate) go_sum: Option<String>,
}

/// The result of `go mod tidy` for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tidied {
    /// The files that it writes; for a go.sum with only another layout, the output of `-diff`, because that is not
    /// written.
    As(Pair, Diff),
    /// It fails, and says this.
    Refused(String),
}

/// Whether `go mod tidy -diff` prints anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Diff {
    Empty,
    Printed,
}

/// The go command with a proxy, and without one.
#[derive(Clone)]
pub(crate) struct Tidier {
    pub(crate) online: Go,
    pub(crate) offline: Go,
}

/// The files that modwarden would write.
#[derive(PartialEq, Eq)]
pub(crate) struct Fixed {
    changes: BTreeMap<String, String>,
    /// Whether nothing was left undecided.
    pub(crate) is_judged: bool,
    /// Whether one of the findings fails a run.
    pub(crate) has_errors: bool,
}

/// A module before and after.
pub(crate) struct Comparison<'a> {
    pub(crate) before: &'a Pair,
    pub(crate) tidied: &'a Tidied,
    pub(crate) ours: &'a Pair,
    /// Whether nothing at all is as good as the right thing.
    pub(crate) may_be_silent: bool,
}

impl Pair {
    /// The files in this directory, which has a go.mod.
    pub(crate) fn read(dir: &Path) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the file is text");
        let go_mod = text(fs::read(dir.join("go.mod")).expect("there is a go.mod"));
        Self { go_mod, go_sum: fs::read(dir.join("go.sum")).ok().map(text) }
    }

    /// Writes the files, where they are not so already.
    pub(crate) fn write(&self, dir: &Path) {
        let now = Self::read(dir);
        if now.go_mod != self.go_mod {
            fs::write(dir.join("go.mod"), &self.go_mod).expect("the file is written");
        }
        match &self.go_sum {
            _ if now.go_sum == self.go_sum => {}
            Some(text) => fs::write(dir.join("go.sum"), text).expect("the file is written"),
            None => fs::remove_file(dir.join("go.sum")).expect("the file is removed"),
        }
    }

    /// Whether it says which release of Go it is for. Where it does not, the go command writes its own, which nobody
    /// else knows.
    pub(crate) fn has_go_line(&self) -> bool {
        self.tree().go.is_some()
    }

    pub(crate) fn tree(&self) -> GoMod {
        parse_go_mod(self.go_mod.as_bytes()).tree
    }

    /// The lines of go.sum that say something, each once.
    fn sums(&self) -> BTreeSet<Vec<&str>> {
        let lines = self.go_sum.as_deref().unwrap_or_default().lines();
        lines.filter(|line| is_sum(line)).map(|line| line.split_whitespace().collect()).collect()
    }
}

impl Tidier {
    /// The go command's result for the module in a directory with the files in the module cache, once that has been
    /// filled with its downloads. The files are afterwards unchanged.
    pub(crate) fn tidied(&self, dir: &Path) -> Tidied {
        match self.tidied_offline(dir) {
            Tidied::As(pair, diff) => Tidied::As(pair, diff),
            Tidied::Refused(_) => {
                run(&self.online, dir);
                self.tidied_offline(dir)
            }
        }
    }

    /// The same with the present module cache.
    pub(crate) fn tidied_offline(&self, dir: &Path) -> Tidied {
        run(&self.offline, dir)
    }
}

/// Modwarden's result for a repository with this module cache, and with the store. Files outside of the repository
/// cannot be seen.
pub(crate) fn fixed(files: &BTreeMap<String, String>, cache: &ModuleCache, store: &FactStore) -> Fixed {
    fixed_by(files, Some(cache), store)
}

/// The same with or without a module cache.
pub(crate) fn fixed_by(files: &BTreeMap<String, String>, cache: Option<&ModuleCache>, store: &FactStore) -> Fixed {
    let inside = files.iter().filter(|(path, _)| !path.starts_with("../"));
    let source = MemorySource::new(inside.map(|(path, text)| (path.as_str(), text.as_bytes())));
    let policy = MemorySource::new([("modwarden.toml", POLICY.as_bytes())]);
    let request = Request {
        input: Input::new(&source, store),
        policy: PolicyChoice::of(&policy),
        cache,
        lines: None,
        paths: &[],
        tables: Tables::None,
        today: date(2026, 11, 21),
    };
    let mut plan = plan_fixes(&request, Applicability::Safe).expect("memory can be listed");
    plan.checked.run.weigh_undecided(Some(Severity::Note));
    let verdict = plan.checked.run.verdict;
    assert_ne!(verdict, Verdict::Invalid, "{:#?}", plan.checked.run.notifications);
    let text = |bytes| String::from_utf8(bytes).expect("the files are text");
    let changes = plan.changes.into_iter().map(|change| (change.path.to_string(), text(change.after))).collect();
    let has_errors = plan.checked.run.findings.iter().any(|finding| finding.severity == Severity::Error);
    Fixed { changes, is_judged: verdict == Verdict::Judged, has_errors }
}

impl Fixed {
    /// The exit code of `check` with these rules.
    pub(crate) fn exit_code(&self) -> u8 {
        match (self.has_errors, self.is_judged) {
            (true, _) => 1,
            (false, true) => 0,
            (false, false) => 3,
        }
    }

    /// The files of the module in a directory, which were these.
    pub(crate) fn pair(&self, before: &Pair, dir: &str) -> Pair {
        let dir = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let go_mod = self.changes.get(&format!("{dir}go.mod")).unwrap_or(&before.go_mod).clone();
        let go_sum = self.changes.get(&format!("{dir}go.sum")).or(before.go_sum.as_ref()).cloned();
        Pair { go_mod, go_sum }
    }

    /// A file that would be changed and is of none of the modules in these directories.
    pub(crate) fn others<'d>(&self, dirs: impl IntoIterator<Item = &'d String>) -> Option<&str> {
        let path = |dir: &String, name: &str| if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") };
        let known: BTreeSet<String> =
            dirs.into_iter().flat_map(|dir| [path(dir, "go.mod"), path(dir, "go.sum")]).collect();
        self.changes.keys().find(|path| !known.contains(*path)).map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Has the program print its changes for a repository, and applies them.
pub(crate) fn patched(repo: &Repo, cache: &Path) -> Outcome {
    let (policy, patch) = (repo.beside("policy.toml"), repo.beside("fix.patch"));
    fs::write(&policy, POLICY).expect("the policy is written");
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(["fix", "--diff", "--no-cache", "--policy"]).arg(&policy);
    command.env_remove("GOFLAGS").env_remove("GOWORK").env("GOMODCACHE", cache);
    let output = command.output().expect("modwarden starts");
    if output.status.code() == Some(1) {
        fs::write(&patch, &output.stdout).expect("the patch is written");
        repo.git(&["apply", "--whitespace=nowarn", patch.to_str().expect("the path is text")]);
    }
    let text = [output.stdout, output.stderr].concat();
    Outcome { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// Whether one of these differences is more than one of the layout.
pub(crate) fn is_finding(differences: &BTreeSet<&'static str>) -> bool {
    differences.iter().any(|difference| !LAYOUT.contains(difference))
}

/// Runs `go mod tidy`, and undoes it; and with `-diff`.
pub(crate) fn run(go: &Go, dir: &Path) -> Tidied {
    let before = Pair::read(dir);
    let output = go.command(dir, &["mod", "tidy"]);
    let mut after = Pair::read(dir);
    before.write(dir);
    if !output.status.success() {
        return Tidied::Refused(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let output = go.command(dir, &["mod", "tidy", "-diff"]);
    let printed = String::from_utf8(output.stdout).expect("the files are text");
    assert_eq!(output.status.success(), printed.is_empty(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    if let Some((_, diff)) = printed.split_once("+++ tidy/go.sum\n") {
        let shown = patched_text(before.go_sum.as_deref().unwrap_or_default(), diff);
        assert!(before.go_sum == after.go_sum || after.go_sum.as_ref() == Some(&shown), "{printed}");
        after.go_sum = Some(shown);
    }
    Tidied::As(after, if printed.is_empty() { Diff::Empty } else { Diff::Printed })
}

/// The text after the hunks of a unified difference.
fn patched_text(before: &str, diff: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let (mut at, mut after) = (0, String::new());
    let mut lines = diff.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let ends = lines.peek().is_some_and(|next| next.starts_with('\\'));
        let text = line.get(1..).unwrap_or_default();
        let text = if ends { text.trim_end_matches('\n') } else { text };
        match line.as_bytes()[0] {
            b'@' => {
                let (start, _) = line["@@ -".len()..].split_once([',', ' ']).expect("where the hunk begins");
                let start = start.parse::<usize>().expect("a number").saturating_sub(1);
                after.extend(old[at..start].iter().copied());
                at = start;
            }
            b' ' | b'-' => {
                assert_eq!(old.get(at), Some(&text), "{diff}");
                at += 1;
                after.push_str(if line.starts_with(' ') { text } else { "" });
            }
            b'+' => after.push_str(text),
            _ => {}
        }
    }
    after.extend(old[at..].iter().copied());
    after
}

impl Tidied {
    /// Whether the go command found something that modwarden has to leave open, too.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_)) && !self.is_fault()
    }

    /// Whether the go command says that it is itself at fault, as it does of some modules with `go 1.17` in whose graph
    /// are toolchains, or that it is too old. Then nothing can be learned from it.
    pub(crate) fn is_fault(&self) -> bool {
        let faults = ["go: internal error", "(running go "];
        matches!(self, Self::Refused(said) if faults.iter().any(|fault| said.contains(fault)))
    }
}

impl Comparison<'_> {
    /// How the go command's result differs from the original; or the fault of ours.
    pub(crate) fn judge(&self) -> Result<BTreeSet<&'static str>, String> {
        let is_silent = self.is_silent();
        let after = match self.tidied {
            Tidied::Refused(said) if is_silent || self.tidied.is_fault() => return Ok(BTreeSet::from([refusal(said)])),
            Tidied::Refused(said) => {
                return Err(format!(
                    "go mod tidy fails, and modwarden claims to know\n{said}\n{}",
                    self.show(self.ours)
                ));
            }
            Tidied::As(after, _) => after,
        };
        let (of_mod, of_sum) = (mod_differences(self.before, after), sum_differences(self.before, after));
        // An empty list of checksums says no more than none.
        let bytes = |pair: &'_ Pair| (pair.go_mod.clone(), pair.go_sum.clone().unwrap_or_default());
        let is_right = (self.may_be_silent && is_silent) || bytes(after) == bytes(self.ours);
        if !is_right {
            return Err(format!("from what go mod tidy does ({of_mod:?}, {of_sum:?}) to ours:\n{}", self.show(after)));
        }
        let mut all = &of_mod | &of_sum;
        if matches!(self.tidied, Tidied::As(_, Diff::Empty)) {
            all.insert(if of_mod.is_empty() { "tidy" } else { "only white space" });
        }
        Ok(all)
    }

    /// Whether nothing was added or removed: only changes that the source alone proves may be there, which are marks
    /// and the layout. Of two lines for one module the one with the lower version says nothing.
    fn is_silent(&self) -> bool {
        let required = |pair: &Pair| -> BTreeMap<String, Version> {
            let mut required: BTreeMap<String, Version> = BTreeMap::new();
            for line in pair.tree().require {
                let version = required.entry(line.path.value.to_string()).or_insert_with(|| line.version.value.clone());
                *version = line.version.value.max(version.clone());
            }
            required
        };
        required(self.before) == required(self.ours) && self.before.sums() == self.ours.sums()
    }

    /// The original, and the differences from a wanted state to ours.
    fn show(&self, wanted: &Pair) -> String {
        let sum = |pair: &Pair| pair.go_sum.clone().unwrap_or_else(|| "(no go.sum)\n".to_owned());
        let diff = |old: &str, new: &str, name: &str| {
            TextDiff::from_lines(old, new).unified_diff().context_radius(100).header(name, name).to_string()
        };
        let base = if wanted == self.ours { self.before } else { wanted };
        let difference = diff(&base.go_mod, &self.ours.go_mod, "go.mod") + &diff(&sum(base), &sum(self.ours), "go.sum");
        format!(
            "{difference}\n-- before: go.mod --\n{}\n-- before: go.sum --\n{}",
            self.before.go_mod,
            sum(self.before)
        )
    }
}

/// Kinds of changes that are independent of the dependencies.
const LAYOUT: [&str; 7] =
    ["tidy", "only white space", "layout of go.mod", "layout of go.sum", "malformed sums", "go line", "toolchain line"];

/// The differences of a go.mod, in the words of the tests.
fn mod_differences(before: &Pair, after: &Pair) -> BTreeSet<&'static str> {
    let (old, new) = (before.tree(), after.tree());
    let required = |tree: &GoMod| -> BTreeMap<String, Vec<(Version, bool)>> {
        let mut required: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for line in &tree.require {
            required.entry(line.path.value.to_string()).or_default().push((line.version.value.clone(), line.indirect));
        }
        required
    };
    let (old_lines, new_lines) = (required(&old), required(&new));
    let mut found = BTreeSet::new();
    for (path, new) in &new_lines {
        match old_lines.get(path) {
            None => drop(found.insert("requirement added")),
            Some(old) => found.extend(line_differences(old, new)),
        }
    }
    if old_lines.keys().any(|path| !new_lines.contains_key(path)) {
        found.insert("requirement removed");
    }
    if old.go.map(|it| it.value) != new.go.map(|it| it.value) {
        found.insert("go line");
    }
    if old.toolchain.map(|it| it.value) != new.toolchain.map(|it| it.value) {
        found.insert("toolchain line");
    }
    if found.is_empty() && before.go_mod != after.go_mod {
        found.insert("layout of go.mod");
    }
    found
}

fn line_differences(old: &[(Version, bool)], new: &[(Version, bool)]) -> Vec<&'static str> {
    let (Some(was), Some(is)) = (old.iter().map(|it| &it.0).max(), new.iter().map(|it| &it.0).max()) else {
        return Vec::new();
    };
    let differences = [
        (old.len() > new.len(), "duplicate removed"),
        (was < is, "version raised"),
        (was > is, "version lowered"),
        (old[0].1 && !new[0].1, "mark removed"),
        (!old[0].1 && new[0].1, "mark added"),
    ];
    differences.into_iter().filter_map(|(is_so, name)| is_so.then_some(name)).collect()
}

/// Whether the go command takes a line of go.sum for one. It also drops those that an old release wrote for modules
/// without a go.mod.
fn is_sum(line: &str) -> bool {
    line.split_whitespace().count() == 3 && !line.ends_with(" h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=")
}

/// The differences of a go.sum, in the words of the tests.
fn sum_differences(before: &Pair, after: &Pair) -> BTreeSet<&'static str> {
    let (old, new) = (before.sums(), after.sums());
    let is_malformed = |line: &str| !line.trim().is_empty() && !is_sum(line);
    let has_malformed = before.go_sum.as_deref().unwrap_or_default().lines().any(is_malformed);
    let differences = [
        (new.difference(&old).next().is_some(), "sums added"),
        (old.difference(&new).next().is_some(), "sums removed"),
        (has_malformed && before.go_sum != after.go_sum, "malformed sums"),
    ];
    let mut found: BTreeSet<_> = differences.into_iter().filter_map(|(is_so, name)| is_so.then_some(name)).collect();
    if found.is_empty() && before.go_sum != after.go_sum {
        found.insert("layout of go.sum");
    }
    found
}

/// Why the go command does not tidy, in the words of the tests. The first one is what it found first.
pub(crate) fn refusal(said: &str) -> &'static str {
    let known = [
        ("go: internal error", "refused: fault of the go command"),
        ("ambiguous import: ", "refused: ambiguous import"),
        ("checksum mismatch", "refused: checksum mismatch"),
        ("but not at required version", "refused: only in another version"),
        ("does not contain package", "refused: no such package"),
        ("module lookup disabled by GOPROXY=off", "refused: not in the module cache"),
        ("no Go source files", "refused: no Go files"),
        (" go 1.16 would ", "refused: not compatible with an older go"),
        ("relative import", "refused: relative import"),
        ("malformed import path", "refused: malformed import path"),
        ("replacement directory", "refused: replacement directory"),
        ("(replaced by .", "refused: replacement directory"),
        ("declares its path as", "refused: other path"),
        ("errors parsing", "refused: syntax"),
    ];
    known.iter().find(|(words, _)| said.contains(words)).map_or("refused: other", |(_, name)| name)
}
