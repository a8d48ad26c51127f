//! `check` against a base: the findings that one state adds to others.
//!
//! All are checked against the same policy, so that a policy that changes does not make old findings new. Findings
//! about the policy itself are compared with those of the base's own policy.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::checksums::SeenSums;
use super::edits::{Base, ListsByDirectory, StatesBefore, lists};
use super::judge::{Judged, judge, with_rules};
use super::policies::{PolicyHome, load_policy};
use super::request::{Checked, Request};
use super::sight::{Gap, unseen_before, verdict};
use crate::engine::{RuleSet, ScopeFootprints, bind};
use crate::finding::{
    Comparison, Evidence, Finding, Identity, Notification, NotificationKind, Severity, UndecidedRule, Verdict,
};
use crate::load::{Input, Tree};
use crate::rules::is_about_policy;
use crate::source::{Source, SourceError};
use crate::syntax::{GoSum, ParsedFile};
use crate::text::{Files, Home, RepoPath};

/// Checks the state of `request` and keeps the findings that none of `bases` has. Without bases everything is new.
pub fn compare(request: &Request<'_>, bases: &[Box<dyn Source>]) -> Result<Checked, SourceError> {
    compare_with(request, bases, None)
}

/// Compares a commit with its parents. `seen` are the checksums of commits before it that it contradicts.
pub(super) fn compare_commit(
    request: &Request<'_>,
    parents: &[Box<dyn Source>],
    seen: &SeenSums,
) -> Result<Checked, SourceError> {
    compare_with(request, parents, Some(seen))
}

fn compare_with(
    request: &Request<'_>,
    bases: &[Box<dyn Source>],
    seen: Option<&SeenSums>,
) -> Result<Checked, SourceError> {
    let checked = with_rules(request, |rules, listing, mut files| {
        let mut before = Before::default();
        let mut covered_before = Before::default();
        let mut scopes_before = Vec::with_capacity(bases.len());
        let mut unseen = Vec::new();
        let mut open_before = BTreeSet::new();
        let mut compared = Vec::with_capacity(bases.len());
        for base in bases {
            let input = Input { source: base.as_ref(), ..request.input };
            let base = Request { input, ..*request };
            let FoundBefore { found, covered, open, scopes, lists, sums, unseen: hidden } =
                findings_before(&base, rules, &files)?;
            open_before.extend(open);
            before.take_in(found);
            covered_before.take_in(covered);
            scopes_before.push(scopes);
            compared.push(Base { source: base.input.source, lists, sums });
            unseen.extend(hidden);
        }
        // The state itself comes last: the history before the bases is known by then.
        let states_before = StatesBefore { bases: &compared, seen, scopes: &scopes_before };
        let mut judged = judge(request, rules, listing, states_before, &mut files)?;
        let findings = std::mem::take(&mut judged.outcome.findings);
        let total = findings.len();
        let (added, gone) = before.compared(findings, &files);
        judged.outcome.findings = added;
        let (newly_covered, _) = covered_before.compared(judged.outcome.suppressed.clone(), &files);
        let new = judged.outcome.findings.len();
        let fixed = gone.count_decided(&judged.outcome.undecided, &files);
        let bases = bases.iter().filter_map(|base| base.origin().commit()).collect();
        let comparison = Comparison { bases, new, fixed, unchanged: total - new };
        let mut checked = judged.into_checked(request, rules, files);
        checked.run.comparison = Some(comparison);
        checked.run.newly_covered = newly_covered;
        if verdict(&unseen) == Verdict::Undecided {
            checked.run.verdict = Verdict::Undecided;
        }
        checked.run.notifications.extend(unseen.into_iter().map(Notification::from));
        checked.run.notifications.extend(perhaps_older(&checked, &open_before));
        Ok(checked)
    })?;
    Ok(checked.unwrap_or_else(|invalid| *invalid))
}

/// The findings of a base: the identity of each, and its file.
type BaseFindings = Vec<(Identity, RepoPath)>;

/// The rules that could not decide about a base, and the directories of the modules that this is about.
type Open = BTreeSet<(&'static str, RepoPath)>;

/// Reports which findings may be old, because their rule could not decide whether a base has them. Findings that the
/// repository alone proves are new.
fn perhaps_older(Checked { run, files }: &Checked, open: &Open) -> Vec<Notification> {
    let place = |finding: &Finding| {
        let file = files.get(finding.primary.file).path();
        (finding.rule.id, file.parent().unwrap_or_else(RepoPath::root))
    };
    let by_cache = run.findings.iter().filter(|finding| finding.evidence == Evidence::ModuleCache);
    let doubtful: BTreeSet<_> = by_cache.map(place).filter(|place| open.contains(place)).collect();
    let notification = |(rule, directory): (&'static str, RepoPath)| {
        let module = if directory.is_root() { "at the root".to_owned() } else { format!("in {directory}") };
        Notification {
            kind: NotificationKind::Information,
            level: Severity::Warn,
            message: format!(
                "`{rule}` is undecided for the earlier state of the module {module}, so its new findings may be old \
                 ones"
            ),
            label: None,
            help: Some("check the earlier commit with --rev; the report says what is missing".to_owned()),
            repository: None,
        }
    };
    doubtful.into_iter().map(notification).collect()
}

/// The result for a base.
struct FoundBefore {
    found: BaseFindings,
    /// The findings that comments and exceptions cover, by its own policy.
    covered: BaseFindings,
    /// Its open questions.
    open: Open,
    /// The coverage of the entries' scopes.
    scopes: ScopeFootprints,
    /// Its lists of vendored modules.
    lists: ListsByDirectory,
    /// Its lists of checksums.
    sums: Vec<ParsedFile<GoSum>>,
    /// The paths of it that were not read.
    unseen: Vec<Gap>,
}

/// Judges a base.
fn findings_before(base: &Request<'_>, rules: &RuleSet<'_>, head: &Files) -> Result<FoundBefore, SourceError> {
    let mut files = policy_files(head);
    let listing = base.input.source.list(&Tree::FirstParty)?;
    let Judged { facts, outcome, .. } = judge(base, rules, listing, StatesBefore::NOTHING, &mut files)?;
    let unseen = unseen_before(&facts, base.input.source.origin());
    let own = about_own_policy(base, head)?;
    let keeps = |finding: &&Finding| own.is_none() || !is_about_policy(finding.rule);
    let mut all = found(outcome.findings.iter().filter(keeps), &files);
    let mut covered = found(outcome.suppressed.iter(), &files);
    let open = outcome.undecided.iter().map(|undecided| (undecided.rule.id, directory_of(undecided, &files))).collect();
    let scopes = ScopeFootprints::of(rules, &facts.model, &files);
    if let Some(own) = own {
        all.extend(own.about_policy);
        covered = own.covered.unwrap_or(covered);
    }
    Ok(FoundBefore {
        found: all,
        covered,
        open,
        scopes,
        lists: lists(&facts.model),
        sums: facts.model.sum_lists().to_vec(),
        unseen,
    })
}

/// The directory of the module that a rule could not decide about.
fn directory_of(undecided: &UndecidedRule, files: &Files) -> RepoPath {
    files.get(undecided.question.label.file).path().parent().unwrap_or_else(RepoPath::root)
}

/// The identity of each finding, and its file.
fn found<'f>(findings: impl Iterator<Item = &'f Finding>, files: &Files) -> BaseFindings {
    let found = |it: &Finding| (it.identity.clone().nth(1), files.get(it.primary.file).path().clone());
    findings.map(found).collect()
}

/// The result of the base's own policy.
#[derive(Default)]
struct OwnPolicyFindings {
    /// The findings about the policy itself.
    about_policy: BaseFindings,
    /// The findings that comments and exceptions cover; `None` where the policy has mistakes.
    covered: Option<BaseFindings>,
}

/// The files of the policy, with the ids that the rules know them by.
pub(super) fn policy_files(head: &Files) -> Files {
    let mut files = Files::default();
    for (_, file) in head.iter().take_while(|(_, file)| file.has_text()) {
        files.add_text(file.path().clone(), file.home(), file.text().into());
    }
    files
}

/// The result of the base's own policy; `None` if it is the policy of the check. Nothing is known for a base whose
/// policy has mistakes.
fn about_own_policy(base: &Request<'_>, head: &Files) -> Result<Option<OwnPolicyFindings>, SourceError> {
    if !matches!(base.policy.home, PolicyHome::OfState) {
        return Ok(None);
    }
    let mut files = Files::default();
    let listing = base.input.source.list(&Tree::FirstParty)?;
    let policy = load_policy(base.policy, base.input, &listing, &mut files)?;
    let texts = |files: &Files| -> Vec<(RepoPath, Home, Vec<u8>)> {
        let policies = files.iter().map(|(_, file)| file).take_while(|file| file.has_text());
        policies.map(|file| (file.path().clone(), file.home(), file.text().to_vec())).collect()
    };
    if texts(&files) == texts(head) {
        return Ok(None);
    }
    let Ok(policy) = policy else { return Ok(Some(OwnPolicyFindings::default())) };
    let Ok(rules) = bind(&policy) else { return Ok(Some(OwnPolicyFindings::default())) };
    let outcome = judge(base, &rules, listing, StatesBefore::NOTHING, &mut files)?.outcome;
    let own = outcome.findings.iter().filter(|finding| is_about_policy(finding.rule));
    let about_policy = found(own, &files);
    let covered = Some(found(outcome.suppressed.iter(), &files));
    Ok(Some(OwnPolicyFindings { about_policy, covered }))
}

/// The earlier findings: for each identity the files that have it, of the base that has the most.
#[derive(Default)]
struct Before(HashMap<Identity, Vec<RepoPath>>);

impl Before {
    fn take_in(&mut self, found: BaseFindings) {
        let mut base: HashMap<Identity, Vec<RepoPath>> = HashMap::new();
        for (identity, path) in found {
            base.entry(identity).or_default().push(path);
        }
        for (identity, paths) in base {
            let known = self.0.entry(identity).or_default();
            if known.len() < paths.len() {
                *known = paths;
            }
        }
    }

    /// The number of findings of rules that could decide. Where a rule is undecided about a module now, it is unknown
    /// whether its earlier findings there are fixed.
    fn count_decided(&self, undecided: &[UndecidedRule], files: &Files) -> usize {
        let mut open: HashSet<(&str, Option<RepoPath>)> = HashSet::new();
        for UndecidedRule { rule, question, .. } in undecided {
            open.insert((rule.id, files.get(question.label.file).path().parent()));
        }
        let mut decided = 0;
        for (identity, paths) in &self.0 {
            decided += paths.iter().filter(|path| !open.contains(&(identity.rule(), path.parent()))).count();
        }
        decided
    }

    /// The findings that were not there before, and the earlier ones that are not among them. Of equal ones, those
    /// in a file that had none count as new.
    fn compared(&self, findings: Vec<Finding>, files: &Files) -> (Vec<Finding>, Self) {
        let mut left = self.0.clone();
        let path = |finding: &Finding| files.get(finding.primary.file).path().clone();
        let mut is_old: Vec<bool> = findings
            .iter()
            .map(|finding| {
                let Some(paths) = left.get_mut(&finding.identity.clone().nth(1)) else { return false };
                let same = paths.iter().position(|known| *known == path(finding));
                same.map(|at| paths.swap_remove(at)).is_some()
            })
            .collect();
        for (finding, is_old) in findings.iter().zip(&mut is_old).filter(|(_, is_old)| !**is_old) {
            let paths = left.get_mut(&finding.identity.clone().nth(1));
            *is_old = paths.is_some_and(|paths| paths.pop().is_some());
        }
        let added = findings.into_iter().zip(is_old).filter(|(_, is_old)| !is_old).map(|(finding, _)| finding);
        (added.collect(), Self(left))
    }
}
