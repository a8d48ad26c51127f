//! `fix`: what would mend the findings of a state, file by file. Writing it is left to the command line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::check::{Checked, Request, judge, with_rules};
use super::state::StateFacts;
use crate::finding::{Applicability, Change, Finding, Run, Verdict};
use crate::model::{Model, Module, Workspace};
use crate::source::{Entry, SourceError};
use crate::syntax::{Removal, parse_go_mod, parse_go_work};
use crate::text::{Edit, FileId, Files, RepoPath, Span};

/// What a state has, and what would mend it.
#[derive(Debug)]
pub struct FixPlan {
    /// What was found.
    pub checked: Checked,
    /// The files that would change, by path.
    pub changes: Vec<FileChange>,
}

/// A file before and after its fixes.
#[derive(Debug)]
pub struct FileChange {
    /// Where the file really is, symbolic links followed.
    pub path: RepoPath,
    /// Its content as it was judged.
    pub before: Vec<u8>,
    /// Its content with all of the fixes.
    pub after: Vec<u8>,
    /// The findings that this mends.
    pub mends: Vec<Finding>,
}

/// Judges the state and puts together the fixes of the findings that count, up to `riskiest`.
///
/// Where something was not seen that could change the answer, no fix is safe.
pub fn plan_fixes(request: &Request<'_>, riskiest: Applicability) -> Result<FixPlan, SourceError> {
    let plan = with_rules(request, |rules, listing, mut files| {
        let judged = judge(request, rules, (listing, &[]), &mut files)?;
        let places = Places::new(&judged.facts, &files);
        let checked = judged.into_checked(request, rules, files);
        let changes = changes(&checked, &places, riskiest);
        Ok(FixPlan { checked, changes })
    })?;
    Ok(plan.unwrap_or_else(|invalid| FixPlan { checked: *invalid, changes: Vec::new() }))
}

/// Turns the fixes of a run into edits. A file that has changed since it was judged has none.
pub(super) fn give_edits(run: &mut Run, model: &Model, files: &Files) {
    let mut known: HashMap<FileId, Option<Removal>> = HashMap::new();
    for finding in run.findings.iter_mut().chain(&mut run.suppressed) {
        let Some(fix) = &finding.fix else { continue };
        let Change::RemoveLine(line) = fix.change;
        let text = files.get(fix.file).text();
        let removal =
            known.entry(fix.file).or_insert_with(|| is_as_judged(model, fix.file, text).then(|| Removal::new(text)));
        finding.edits = removal.as_ref().map(|removal| removal.edits(&[line])).unwrap_or_default();
    }
}

/// Whether a module or workspace file still says, at the same places, what was judged.
fn is_as_judged(model: &Model, file: FileId, text: &[u8]) -> bool {
    let module = model.modules().find(|module| module.file() == file);
    let workspace = model.workspaces().find(|workspace| workspace.file() == file);
    module.is_some_and(|module| *module.go_mod() == parse_go_mod(text).tree)
        || workspace.is_some_and(|workspace| *workspace.go_work() == parse_go_work(text).tree)
}

/// Where each file that was judged is on disk, symbolic links followed. Those that a sparse checkout leaves out are not.
struct Places(HashMap<FileId, RepoPath>);

impl Places {
    fn new(facts: &StateFacts, files: &Files) -> Self {
        let modules = facts.model.modules().map(Module::file);
        let judged = modules.chain(facts.model.workspaces().map(Workspace::file));
        let entries = &facts.listing.entries;
        let place = |file: FileId| {
            let at = entries.binary_search_by(|entry| entry.path.cmp(files.get(file).path())).ok()?;
            let Entry { path, target, blob } = &entries[at];
            blob.is_none().then(|| (file, target.as_ref().unwrap_or(path).clone()))
        };
        Self(judged.filter_map(place).collect())
    }

    /// How many names each file has.
    fn names(&self) -> HashMap<&RepoPath, usize> {
        let mut names = HashMap::new();
        self.0.values().for_each(|place| *names.entry(place).or_default() += 1);
        names
    }
}

fn changes(checked: &Checked, places: &Places, riskiest: Applicability) -> Vec<FileChange> {
    let mut wanted: BTreeMap<RepoPath, Wanted<'_>> = BTreeMap::new();
    for finding in &checked.run.findings {
        let Some(fix) = finding.fix.as_ref().filter(|_| is_applied(checked, finding, riskiest)) else { continue };
        if let Some(place) = places.0.get(&fix.file) {
            let Change::RemoveLine(line) = fix.change;
            wanted.entry(place.clone()).or_default().add(line, fix.file, finding);
        }
    }
    let names = places.names();
    let change = |(path, wanted): (RepoPath, Wanted<'_>)| {
        let names = *names.get(&path)?;
        wanted.change(path, names, &checked.files)
    };
    wanted.into_iter().filter_map(change).collect()
}

fn is_applied(checked: &Checked, finding: &Finding, riskiest: Applicability) -> bool {
    let is_sure = checked.run.verdict == Verdict::Judged;
    let applicability = |it: Applicability| if is_sure { it } else { Applicability::Unsafe };
    finding.fix.as_ref().is_some_and(|fix| applicability(fix.applicability) <= riskiest) && !finding.edits.is_empty()
}

/// What is asked of one file, which may be there under several names.
#[derive(Default)]
struct Wanted<'a> {
    lines: BTreeMap<Span, BTreeSet<FileId>>,
    findings: Vec<(Span, &'a Finding)>,
}

impl<'a> Wanted<'a> {
    fn add(&mut self, line: Span, name: FileId, finding: &'a Finding) {
        self.lines.entry(line).or_default().insert(name);
        self.findings.push((line, finding));
    }

    /// The change, if all names of the file agree on one: a line without effect in one directory may have some in
    /// another.
    fn change(self, path: RepoPath, names: usize, files: &Files) -> Option<FileChange> {
        let agreed: Vec<Span> =
            self.lines.iter().filter(|(_, askers)| askers.len() == names).map(|(line, _)| *line).collect();
        let text = files.get(*self.lines.values().flatten().next()?).text();
        let edits = Removal::new(text).edits(&agreed);
        let mends = self.findings.into_iter().filter(|(line, _)| agreed.binary_search(line).is_ok());
        (!edits.is_empty()).then(|| FileChange {
            path,
            before: text.to_vec(),
            after: Edit::apply(&edits, text),
            mends: mends.map(|(_, finding)| finding.clone()).collect(),
        })
    }
}
