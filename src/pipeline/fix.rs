//! `fix`: the changes that would fix the findings of a state, file by file. Writing them is left to the command line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::changes::{Editor, apply};
use super::edits::StatesBefore;
use super::judge::{judge, with_rules};
use super::request::{Checked, Request};
use super::state::StateFacts;
use crate::finding::{Applicability, Change, Finding, Fix, Run, Verdict};
use crate::model::{Model, Module, ResidualKind, Workspace};
use crate::source::{Entry, SourceError};
use crate::syntax::{ParsedFile, parse_go_mod, parse_go_work};
use crate::text::{FileId, Files, RepoPath};

/// The findings of a state, and the changes that would fix them.
#[derive(Debug)]
pub struct FixPlan {
    /// The findings.
    pub checked: Checked,
    /// The files that would change, by path.
    pub changes: Vec<FileChange>,
}

/// A file before and after its fixes.
#[derive(Debug)]
pub struct FileChange {
    /// Where the file really is, symbolic links followed.
    pub path: RepoPath,
    /// Whether it is not there yet.
    pub is_new: bool,
    /// Its content as it was judged.
    pub before: Vec<u8>,
    /// Its content with all of the fixes.
    pub after: Vec<u8>,
    /// The findings that this fixes.
    pub mends: Vec<Finding>,
}

/// Judges the state and puts together the fixes of the findings that count, up to `riskiest`.
///
/// Where something was not seen that could change the answer, no fix is safe.
pub fn plan_fixes(request: &Request<'_>, riskiest: Applicability) -> Result<FixPlan, SourceError> {
    let plan = with_rules(request, |rules, listing, mut files| {
        let judged = judge(request, rules, listing, StatesBefore::NOTHING, &mut files)?;
        let places = DiskPlaces::new(&judged.facts, &files);
        let checked = judged.into_checked(request, rules, files);
        let changes = changes(&checked, &places, riskiest);
        Ok(FixPlan { checked, changes })
    })?;
    Ok(plan.unwrap_or_else(|invalid| FixPlan { checked: *invalid, changes: Vec::new() }))
}

/// Turns the fixes of a run into edits. A file that has changed since it was judged has none.
pub(super) fn give_edits(run: &mut Run, model: &Model, files: &Files) {
    let mut known: HashMap<FileId, Option<Editor<'_>>> = HashMap::new();
    for finding in run.findings.iter_mut().chain(&mut run.suppressed) {
        let Some(fix) = &finding.fix else { continue };
        let text = files.get(fix.file).text();
        let editor =
            known.entry(fix.file).or_insert_with(|| is_as_judged(model, fix.file, text).then(|| Editor::new(text)));
        // A list of checksums that is not there yet has no place in a report.
        let editor = editor.as_ref().filter(|_| !is_of_new_file(fix, model));
        finding.edits = editor.map(|editor| editor.edits(&fix.change)).unwrap_or_default();
    }
}

/// Whether a change makes the list of checksums beside a module file.
fn is_of_new_file(fix: &Fix, model: &Model) -> bool {
    matches!(fix.change, Change::AddSum(_)) && model.modules().any(|module| module.file() == fix.file)
}

/// Whether a module or workspace file still has the same content, at the same places, as when it was checked.
fn is_as_judged(model: &Model, file: FileId, text: &[u8]) -> bool {
    let module = model.modules().find(|module| module.file() == file);
    let workspace = model.workspaces().find(|workspace| workspace.file() == file);
    let sums = model.modules().filter_map(Module::sums).find(|sums| sums.file == file);
    sums.is_some_and(|sums| sums.parsed.tree.text() == text)
        || module.is_some_and(|module| *module.go_mod() == parse_go_mod(text).tree)
        || workspace.is_some_and(|workspace| *workspace.go_work() == parse_go_work(text).tree)
}

/// Where each file that was judged is on disk, symbolic links followed. Those that a sparse checkout leaves out are not.
struct DiskPlaces {
    judged: HashMap<FileId, RepoPath>,
    /// The lists of checksums that modules do not have yet, by module file.
    new_sums: HashMap<FileId, RepoPath>,
    /// The checksums that go with changes of go.mod, by module file.
    loose: HashMap<FileId, Loose>,
}

/// The checksums that nothing needs once go.mod is as it should be.
struct Loose {
    /// How many changes that takes. Each of them removes second lines for one module as well.
    changes: usize,
    /// Whether there are such second lines.
    has_repeated: bool,
    sums: FileId,
    /// The list as it was judged.
    text: Box<[u8]>,
    lines: Vec<Change>,
}

impl DiskPlaces {
    fn new(facts: &StateFacts, files: &Files) -> Self {
        let model = &facts.model;
        let sums = model.modules().filter_map(Module::sums).map(|sums| sums.file);
        let judged = model.modules().map(Module::file).chain(model.workspaces().map(Workspace::file)).chain(sums);
        let place = |file: FileId| {
            let Entry { path, target, blob } = facts.listing.entry(files.get(file).path())?;
            blob.is_none().then(|| (file, target.as_ref().unwrap_or(path).clone()))
        };
        let new_sums = model.modules().filter(|module| module.sums().is_none());
        Self {
            judged: judged.filter_map(place).collect(),
            new_sums: new_sums
                .map(|module| (module.file(), module.sums_path(files.get(module.file()).path())))
                .collect(),
            loose: model.modules().filter_map(|module| Some((module.file(), Loose::of(module)?))).collect(),
        }
    }

    /// How many names each file has.
    fn names(&self) -> HashMap<&RepoPath, usize> {
        let mut names = HashMap::new();
        self.judged.values().for_each(|place| *names.entry(place).or_default() += 1);
        names
    }

    /// The file that a fix changes.
    fn of(&self, fix: &Fix) -> Option<&RepoPath> {
        let is_new = matches!(fix.change, Change::AddSum(_));
        self.new_sums.get(&fix.file).filter(|_| is_new).or_else(|| self.judged.get(&fix.file))
    }
}

impl Loose {
    fn of(module: Module<'_>) -> Option<Self> {
        let ParsedFile { file, parsed, .. } = module.sums()?;
        let residue = module.residue(module.model().residue_facts()?);
        let kinds = || residue.iter().map(|residual| &residual.kind);
        let loose = kinds().filter_map(|kind| match kind {
            ResidualKind::SumUnused { line, listed: true } => Some(*line),
            _ => None,
        });
        let lines: Vec<Change> =
            loose.filter_map(|line| Some(Change::RemoveSum(parsed.tree.line(line)?.span))).collect();
        let is_repeated = |kind: &&ResidualKind| matches!(kind, ResidualKind::Repeated { .. });
        let changes = kinds().filter(|kind| kind.is_of_go_mod() && !is_repeated(kind)).count();
        let has_repeated = kinds().any(|kind| is_repeated(&kind));
        let text = parsed.tree.text().into();
        (!lines.is_empty()).then_some(Self { changes, has_repeated, sums: *file, text, lines })
    }

    /// Whether these changes of go.mod are all that it takes.
    fn is_free(&self, made: &MadeChanges) -> bool {
        made.changes == self.changes && (!self.has_repeated || made.changes > 0 || made.is_rewritten)
    }
}

/// The changes of a go.mod.
#[derive(Default)]
struct MadeChanges {
    /// How many requirements and lines.
    changes: usize,
    /// Whether it is written in the go command's layout in any case.
    is_rewritten: bool,
}

fn changes(checked: &Checked, places: &DiskPlaces, riskiest: Applicability) -> Vec<FileChange> {
    let mut wanted: BTreeMap<&RepoPath, WantedFile<'_>> = BTreeMap::new();
    let mut made: HashMap<FileId, MadeChanges> = HashMap::new();
    for finding in &checked.run.findings {
        let Some(fix) = finding.fix.as_ref().filter(|fix| is_applied(checked, fix, riskiest)) else { continue };
        let is_new = places.new_sums.contains_key(&fix.file) && matches!(fix.change, Change::AddSum(_));
        let Some(place) = places.of(fix).filter(|_| is_new || !finding.edits.is_empty()) else { continue };
        let wanted = wanted.entry(place).or_default();
        wanted.is_new |= is_new;
        wanted.ask(&fix.change, fix.file);
        wanted.findings.push((&fix.change, finding));
        let made = made.entry(fix.file).or_default();
        match fix.change {
            Change::Require { .. } | Change::Go(_) | Change::Toolchain(_) => made.changes += 1,
            Change::Rewrite => made.is_rewritten = true,
            _ => {}
        }
    }
    for (file, loose) in &places.loose {
        let place = places.judged.get(&loose.sums).filter(|_| made.get(file).is_some_and(|made| loose.is_free(made)));
        if let Some(place) = place {
            let wanted = wanted.entry(place).or_default();
            wanted.text = Some(&loose.text);
            loose.lines.iter().for_each(|line| wanted.ask(line, loose.sums));
        }
    }
    let names = places.names();
    let change = |(path, wanted): (&RepoPath, WantedFile<'_>)| {
        wanted.change(path, names.get(path).copied().unwrap_or(1), &checked.files)
    };
    wanted.into_iter().filter_map(change).collect()
}

fn is_applied(checked: &Checked, fix: &Fix, riskiest: Applicability) -> bool {
    let is_sure = checked.run.verdict == Verdict::Judged;
    let applicability = if is_sure { fix.applicability } else { Applicability::Unsafe };
    applicability <= riskiest
}

/// The changes of one file, which may be there under several names.
#[derive(Default)]
struct WantedFile<'a> {
    changes: BTreeMap<&'a Change, BTreeSet<FileId>>,
    findings: Vec<(&'a Change, &'a Finding)>,
    /// The content, if no finding has it read.
    text: Option<&'a [u8]>,
    is_new: bool,
}

impl<'a> WantedFile<'a> {
    fn ask(&mut self, change: &'a Change, name: FileId) {
        self.changes.entry(change).or_default().insert(name);
    }

    /// The change, if all names of the file agree on one: a line without effect in one directory may have some in
    /// another.
    fn change(self, path: &RepoPath, names: usize, files: &Files) -> Option<FileChange> {
        let agreed: BTreeSet<&Change> =
            self.changes.iter().filter(|(_, askers)| askers.len() == names).map(|(change, _)| *change).collect();
        let file = *self.changes.values().flatten().next()?;
        let before = if self.is_new { b"" } else { self.text.unwrap_or_else(|| files.get(file).text()) };
        let after = apply(before, &agreed).filter(|after| after != before)?;
        let mends = self.findings.into_iter().filter(|(change, _)| agreed.contains(change));
        Some(FileChange {
            path: path.clone(),
            is_new: self.is_new,
            before: before.to_vec(),
            after,
            mends: mends.map(|(_, finding)| finding.clone()).collect(),
        })
    }
}
