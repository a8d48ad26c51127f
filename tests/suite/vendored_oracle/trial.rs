//! One repository: vendored files there are whole, and damage is found in every state and between states.

#![expect(clippy::disallowed_methods, reason = "tests write files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::damage::{Damage, EDIT};
use super::edits::{Edits, Known, identities};
use super::tree::{Source, Tree, resolved};
use super::universe::{Files, Universe, Vendor, joined};
use super::{Tally, World};
use crate::support::corpus::{files_below, list, text};
use crate::support::random::Random;
use crate::support::repo::Repo;

/// A repository in which things are vendored.
pub(crate) struct Trial<'w> {
    world: &'w World,
    repository: Repo,
    /// As it was vendored.
    pristine: Tree<'w>,
    /// The changes to it.
    story: Vec<String>,
    /// The modules that are no longer in the module cache as they were.
    altered: Vec<Source>,
    /// Whether something was damaged: then modwarden may be undecided, but never about the result of `go mod vendor`.
    is_damaged: bool,
}

/// Two states of a repository.
struct Change<'t, 'w> {
    before: &'t Tree<'w>,
    after: &'t Tree<'w>,
    /// The go command's messages about the second.
    inconsistent: &'t [String],
}

impl<'w> Trial<'w> {
    pub(crate) fn new(world: &'w World, universe: &'w Universe) -> Result<Self, String> {
        let repository = world.vendored(universe)?;
        let files = read(repository.root());
        let pristine = Tree { universe, files, has_cache: true };
        Ok(Self { world, repository, pristine, story: Vec::new(), altered: Vec::new(), is_damaged: false })
    }

    pub(crate) fn run(&mut self, tally: &mut Tally) {
        let mut random = Random::new(self.pristine.universe.seed ^ 0xD);
        self.find_nothing(tally);
        self.repository.git(&["init", "--quiet", "--initial-branch=main"]);
        self.repository.commit("vendored");
        if random.once_in(2) {
            self.vendor_anew(&mut random, tally);
        }
        let damaged = self.damage(&mut random);
        write(self.repository.root(), &self.pristine.files, &damaged.files);
        self.compare(&damaged, tally);
        let inconsistent = self.inconsistencies(&damaged);
        let change = Change { before: &self.pristine.clone(), after: &damaged, inconsistent: &inconsistent };
        if random.once_in(2) {
            self.compare_since(&change, &["--worktree", "--new-from", "HEAD", "--no-module-cache"], tally);
        } else {
            self.repository.git(&["add", "--all"]);
            self.compare_since(&change, &["--staged", "--new-from", "HEAD", "--no-module-cache"], tally);
        }
        self.repository.commit("damaged");
        let each: &[&str] = if random.once_in(2) { &["--each-commit"] } else { &[] };
        self.compare_since(&change, &[&["--range", "HEAD~1..HEAD"], each].concat(), tally);
        if random.once_in(3) {
            self.compare_since(&change, &["--range", "HEAD~1..HEAD", "--no-module-cache"], tally);
        }
    }

    /// Nothing is found in freshly vendored files.
    fn find_nothing(&self, tally: &mut Tally) {
        let found = self.compare(&self.pristine, tally);
        assert!(found.is_empty(), "{found:?}\n{}", self.show());
    }

    /// Changes the imports, vendors them, and finds nothing, whether or not it is compared with the earlier state.
    fn vendor_anew(&mut self, random: &mut Random, tally: &mut Tally) {
        let universe = self.pristine.universe;
        let mut changed = self.pristine.clone();
        let mut story = vec!["vendored anew".to_owned()];
        for vendor in &universe.vendors {
            let mut damage = Damage { tree: &mut changed, vendor, random: &mut *random, altered: Vec::new() };
            story.extend(damage.imports());
        }
        write(self.repository.root(), &self.pristine.files, &changed.files);
        let is_complete = random.once_in(2) || self.world.complete(&self.repository, universe, random).is_ok();
        if !is_complete || self.world.vendor(&self.repository, universe).is_err() {
            self.repository.git(&["reset", "--quiet", "--hard"]);
            self.repository.git(&["clean", "--quiet", "-dfx"]);
            return;
        }
        self.story.extend(story);
        tally.revendored += 1;
        let before = std::mem::replace(&mut self.pristine.files, read(self.repository.root()));
        let before = Tree { files: before, ..self.pristine.clone() };
        self.find_nothing(tally);
        self.repository.commit("anew");
        let change = Change { before: &before, after: &self.pristine.clone(), inconsistent: &[] };
        self.compare_since(&change, &["--range", "HEAD~1..HEAD", "--no-module-cache"], tally);
        let found = self.found(&["--range", "HEAD~1..HEAD"]).0;
        assert!(found.is_empty(), "{found:?}\n{}", self.show());
    }

    /// One to three things go wrong.
    fn damage(&mut self, random: &mut Random) -> Tree<'w> {
        self.is_damaged = true;
        let mut damaged = self.pristine.clone();
        let universe = self.pristine.universe;
        let count = 1 + random.below(3);
        let mut done = 0;
        for _ in 0..20 {
            let vendor = &universe.vendors[random.below(universe.vendors.len())];
            let mut damage = Damage { tree: &mut damaged, vendor, random: &mut *random, altered: Vec::new() };
            if let Some(said) = damage.anything() {
                self.altered.append(&mut damage.altered);
                self.story.push(said);
                done += 1;
            }
            if done == count {
                break;
            }
        }
        for source in &self.altered {
            if let Source::Module(path, version) = source {
                self.world.alter(path, version);
            }
        }
        damaged
    }

    /// Compares the findings for the state on disk with the expected ones; returns them.
    fn compare(&self, tree: &Tree<'_>, tally: &mut Tally) -> Vec<String> {
        let (found, notes, helps) = self.found(&[]);
        let mut expected = self.expected(tree, &self.differences(tree));
        expected.extend(self.inconsistencies(tree));
        assert_eq!(found, expected, "left is modwarden\n{}", self.show());
        assert_eq!(notes, self.notes(tree), "left is modwarden\n{}", self.show());
        self.check_hunks(tree, &helps);
        tally.add(&found, &notes);
        found
    }

    /// Compares the findings for a state in comparison with an earlier one with the expected ones.
    fn compare_since(&self, change: &Change<'_, 'w>, args: &[&str], tally: &mut Tally) {
        let has_cache = !args.contains(&"--no-module-cache");
        let with = |tree: &Tree<'w>| Tree { has_cache, ..tree.clone() };
        let (before, after) = (with(change.before), with(change.after));
        let found = self.found(args).0;
        let old = self.expected(&before, &self.differences(&before));
        let mut new = self.expected(&after, &|vendor| self.edits_since(&before, &after, vendor));
        new.extend_from_slice(change.inconsistent);
        for it in &old {
            let at = new.iter().position(|new| new == it);
            at.map(|at| new.remove(at));
        }
        assert_eq!(found, new, "{args:?}, left is modwarden\n{}", self.show());
        tally.add(&found, &[]);
    }

    /// The edits since an earlier state, where the modules themselves override the earlier files.
    fn edits_since(&self, before: &Tree<'_>, after: &Tree<'_>, vendor: &Vendor) -> Edits {
        let mut edits = after.changes_since(before, vendor);
        let known = self.known(after, vendor);
        let proved = after.proved(vendor, &known);
        let differences = after.differences(vendor, &known);
        edits.retain(|path, _| !proved.contains(path));
        for (path, edit) in differences {
            edits.entry(path).or_insert(edit);
        }
        edits
    }

    fn differences<'t>(&'t self, tree: &'t Tree<'_>) -> impl Fn(&Vendor) -> Edits + use<'t, 'w> {
        |vendor| tree.differences(vendor, &self.known(tree, vendor))
    }

    /// The module versions whose checksums are in go.sum, with matching files in the module cache; and the directories of
    /// the repository.
    fn known(&self, tree: &Tree<'_>, vendor: &Vendor) -> Known {
        let lines = |files: &Files, path: &str| -> BTreeSet<String> {
            files.get(path).map(|text| text.lines().map(str::to_owned).collect()).unwrap_or_default()
        };
        let paths = vendor.sums();
        let stated: BTreeSet<String> = paths.iter().flat_map(|path| lines(&tree.files, path)).collect();
        let right: BTreeSet<String> = paths.iter().flat_map(|path| lines(&self.pristine.files, path)).collect();
        let module = |line: &String| {
            let (path, rest) = line.split_once(' ')?;
            let (version, _) = rest.split_once(" h1:")?;
            Some(Source::Module(path.to_owned(), version.to_owned()))
        };
        let known = stated.intersection(&right).filter_map(module);
        let listed = tree.list(vendor).into_iter().map(|module| module.source());
        let is_here = |source: &Source| match source {
            Source::Directory(directory) => resolved(&vendor.dir, directory).is_some(),
            Source::Module(..) => false,
        };
        known.filter(|source| !self.altered.contains(source)).chain(listed.filter(is_here)).collect()
    }

    /// All that is to be found in a state, with these edits.
    fn expected(&self, tree: &Tree<'_>, edits: &dyn Fn(&Vendor) -> Edits) -> Vec<String> {
        let mut expected = Vec::new();
        for vendor in &tree.universe.vendors {
            expected.extend(tree.incomplete(vendor));
            expected.extend(tree.excess(vendor));
            expected.extend(identities(tree, vendor, &edits(vendor)));
        }
        expected.sort();
        expected
    }

    /// The go command's messages about the lists on disk.
    fn inconsistencies(&self, tree: &Tree<'_>) -> Vec<String> {
        let mut said = Vec::new();
        for vendor in tree.universe.vendors.iter().filter(|vendor| tree.is_used(vendor)) {
            let Err(output) = self.world.run(&self.repository.root().join(&vendor.dir), &["list", "-m"], &[]) else {
                continue;
            };
            let should = " should be required explicitly in go.mod";
            for line in output.lines() {
                let module = line.strip_prefix("go: vendored module ").and_then(|line| line.strip_suffix(should));
                said.extend(module.map(|module| format!("{module}: vendored module{should}")));
                said.extend(line.strip_prefix('\t').filter(|line| line.contains(": is ")).map(str::to_owned));
            }
        }
        said.sort();
        said
    }

    /// The notes on files that were not checked for edits.
    fn notes(&self, tree: &Tree<'_>) -> Vec<String> {
        let mut notes = BTreeSet::new();
        let (mut open, mut compared, mut has_packages) = (0, 0, false);
        for vendor in &tree.universe.vendors {
            let known = self.known(tree, vendor);
            has_packages |= !tree.has_list(vendor) && tree.is_there(vendor);
            let mut modules: Vec<_> = tree.list(vendor).into_iter().filter(|it| !it.packages.is_empty()).collect();
            modules.dedup_by(|other, one| one.path == other.path);
            has_packages |= !modules.is_empty();
            for module in modules {
                let source = module.source();
                if known.contains(&source) {
                    compared += 1;
                    continue;
                }
                open += 1;
                let Source::Module(path, version) = &source else { continue };
                let is_stated = self.has_sum(tree, vendor, &source);
                if is_stated {
                    notes.insert(format!("{path}@{version} in the module cache is not trusted"));
                }
            }
        }
        let nothing = "vendored files were not checked for edits: there is nothing to compare them with";
        if has_packages && compared == 0 {
            notes.insert(nothing.to_owned());
        } else if open > 0 {
            notes.insert(format!("vendored files of {open} of {} modules were not checked", open + compared));
        }
        notes.into_iter().collect()
    }

    fn has_sum(&self, tree: &Tree<'_>, vendor: &Vendor, source: &Source) -> bool {
        let Source::Module(path, version) = source else { return false };
        let start = format!("{path} {version} h1:");
        let texts = vendor.sums().into_iter().filter_map(|path| tree.files.get(&path));
        texts.into_iter().any(|text| text.lines().any(|line| line.starts_with(&start)))
    }

    /// The identities of the findings, the notes on files that were not checked, and the help of each edit by its file.
    fn found(&self, args: &[&str]) -> (Vec<String>, Vec<String>, Vec<(String, String)>) {
        let report = self.world.check(&self.repository, args);
        let is_allowed = report["verdict"] == "judged" || (self.is_damaged && report["verdict"] == "undecided");
        assert!(is_allowed, "{report:#}\n{}", self.show());
        let findings = list(&report["findings"]);
        // Messages that the go command has too are compared word for word.
        let (inconsistent, others): (Vec<&Value>, Vec<&Value>) =
            findings.iter().partition(|it| it["rule"] == "vendor-inconsistent");
        let mut found: Vec<String> = others.iter().map(|it| text(&it["identity"]).to_owned()).collect();
        found.sort();
        let mut inconsistent: Vec<String> = inconsistent.iter().map(|it| text(&it["message"]).to_owned()).collect();
        inconsistent.sort();
        found.append(&mut inconsistent);
        let notes = list(&report["notifications"]).iter().filter(|it| it["kind"] == "information");
        let mut notes: Vec<String> = notes.map(|it| shortened(text(&it["message"]))).collect();
        notes.sort();
        let edits = findings.iter().filter(|it| it["rule"] == "vendor-edited");
        let help = |it: &Value| (text(&it["identity"]).to_owned(), text(&it["help"]).to_owned());
        (found, notes, edits.map(help).collect())
    }

    /// Each edit shows the difference.
    fn check_hunks(&self, tree: &Tree<'_>, helps: &[(String, String)]) {
        for (identity, help) in helps {
            let (path, kind) =
                identity.split_once(" -> ").and_then(|(_, it)| it.rsplit_once(" [")).expect("an identity");
            let is_edit = tree.universe.vendors.iter().any(|vendor| {
                let text = tree.files.get(&joined(&Tree::dir(vendor), path));
                text.is_some_and(|text| text.ends_with(EDIT))
            });
            // The directory that a file is copied from may have a line more.
            let signs: &[&str] = match kind.split(']').next() {
                Some("lacking") => &["\n-"],
                Some("other") => &["\n+", "\n-"],
                _ => &["\n+"],
            };
            assert!(signs.iter().any(|sign| help.contains(sign)), "{identity}: {help}\n{}", self.show());
            // Only the first lines that differ are shown.
            let shows = [format!("\n+{}", EDIT.trim_end()), "\n+import _ \"".to_owned()];
            let is_shown = shows.iter().any(|line| help.contains(line));
            assert!(!is_edit || is_shown, "{identity}: {help}\n{}", self.show());
        }
    }

    fn show(&self) -> String {
        format!("seed {}: {:#?}\n{}", self.pristine.universe.seed, self.story, self.repository.root().display())
    }
}

/// As much of a note as does not depend on its words.
fn shortened(message: &str) -> String {
    let end =
        message.find(" in the module cache is not trusted").map(|at| at + " in the module cache is not trusted".len());
    let end =
        end.or_else(|| message.find(" modules were not checked").map(|at| at + " modules were not checked".len()));
    message[..end.unwrap_or(message.len())].to_owned()
}

/// All files of a repository.
fn read(root: &Path) -> Files {
    let path = |file: &Path| file.to_str().expect("names are text").to_owned();
    let files = files_below(root, &|_| true).into_iter().filter(|file| !file.starts_with(".git"));
    files.map(|file| (path(&file), fs::read_to_string(root.join(&file)).expect("the file is text"))).collect()
}

/// Brings the files of a repository from one state to another.
fn write(root: &Path, before: &Files, after: &Files) {
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        fs::remove_file(root.join(path)).expect("the file is there");
        for dir in Path::new(path).ancestors().skip(1).filter(|dir| !dir.as_os_str().is_empty()) {
            // The go command takes an empty directory for one, and Git has none.
            let _ = fs::remove_dir(root.join(dir));
        }
    }
    for (path, text) in after.iter().filter(|(path, text)| before.get(*path) != Some(text)) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("the directory is made");
        fs::write(path, text).expect("the file is written");
    }
}
