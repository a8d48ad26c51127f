//! Many states: since when, by whom, and how it developed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::acquittal::comments_of;
use super::checksums::SeenSums;
use super::commit_state::{AskedVerdict, CommitJudge};
use super::compare::compare_commit;
use super::edits::{VendorLists, named};
use super::judge::with_rules;
use super::policies::{PolicyChoice, PolicyHome, load_policy, silent_policy};
use super::request::{Checked, Request, Tables};
use super::sight::matters;
use super::state::answers;
use super::sum_trail::{SumTrail, TrailCommit};
use crate::engine::{BoundEntry, RuleSet, bind, is_lost_scope};
use crate::finding::{
    Finding, Identity, Notification, NotificationKind, Provenance, Severity, TrendPoint, Verdict, Walked,
};
use crate::history::{CommitState, Fact, Life, PastQuestion, PolicyAt, Progress, Timeline, trace};
use crate::load::{BlobCounts, ComparedPart, Dependencies, FactStore, Input, Tree, TreePair, compare_trees};
use crate::report::facts::{CommitRecord, LifeRecord, PointRecord, WalkRecord};
use crate::rules::{self, Locality, Need};
use crate::source::{Boundary, CommitInfo, Delta, History, Parents, Repository, Source, SourceError, Step, Walk};
use crate::text::{CommitId, Files, RepoPath};

/// A walk through the commits of a repository.
#[derive(Clone, Copy)]
pub struct HistoryRequest<'a> {
    /// The state whose policy applies, and the other data of a check.
    pub check: Request<'a>,
    /// The repository.
    pub repository: &'a Repository,
    /// Which policy judges the commits.
    pub judges: Judges,
    /// Receives how far the walk is.
    pub progress: &'a dyn Progress,
}

/// Which policy judges the commits of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// The one that judges now.
    Today,
    /// The one that each commit itself holds.
    Each,
}

/// The commits of a walk.
#[derive(Clone, Copy)]
pub(super) enum Commits<'a> {
    /// All that lead to this one, itself included.
    UpTo(CommitId, Parents),
    /// Those that lead to the last one and to none of the first ones.
    Between(&'a [CommitId], CommitId),
}

/// The facts over time, and the commits.
pub struct Past {
    /// The facts over time.
    pub timeline: Timeline,
    /// The commits.
    pub walk: Walk,
    history: History,
    infos: HashMap<usize, CommitInfo>,
}

impl Past {
    /// Walks through these commits.
    pub(super) fn new(
        request: &HistoryRequest<'_>,
        policy: PolicyAt,
        commits: Commits<'_>,
        asked: AskedVerdict,
    ) -> Result<Self, SourceError> {
        let mut history = request.repository.history()?;
        let walk = match commits {
            Commits::UpTo(tip, parents) => history.all(tip, parents)?,
            Commits::Between(bases, head) => history.range(head, bases, Parents::All)?,
        };
        let Request { input, cache, paths, today, .. } = request.check;
        let (repository, store) = (request.repository, input.store);
        let PolicyChoice { packs, rules, .. } = request.check.policy;
        let own_policy = |step: &Step| {
            let choice = PolicyChoice { packs, rules, ..PolicyChoice::of_state() };
            own_policy(repository, choice, store, step)
        };
        let dependencies = Dependencies::new(cache);
        let judge = CommitJudge { repository, input, cache, paths, today, asked };
        let judge_state = |commit: &CommitState<'_>| judge.judge(commit);
        let question = PastQuestion {
            repository,
            input,
            walk: &walk,
            policy,
            own_policy: (request.judges == Judges::Each).then_some(&own_policy),
            answers: &|questions| cache.map(|cache| answers(cache, questions)).unwrap_or_default(),
            dependencies: &dependencies,
            states: if asked == AskedVerdict::Nothing { None } else { Some(&judge_state) },
            paths,
            today,
            is_whole: matches!(commits, Commits::UpTo(..)),
        };
        let mut timeline = trace(&question, request.progress)?;
        timeline.unseen.retain(|(_, path, _)| matters(path, paths));
        Ok(Self { timeline, walk, history, infos: HashMap::new() })
    }

    /// A commit of the walk, and who made it.
    pub(super) fn provenance(&mut self, step: usize) -> Result<Provenance, SourceError> {
        let at_least = self.walk.steps[step].boundary != Boundary::None;
        Ok(provenance(self.info(step)?, at_least))
    }

    /// The files of a commit of the walk.
    fn state(&self, step: usize) -> Box<dyn Source> {
        let step = &self.walk.steps[step];
        self.history.state(step, step.id.to_string())
    }

    /// Why not all commits of a range could be compared with their parents, if so.
    fn cut_short(&self) -> Option<Notification> {
        let Walked { boundary, .. } = self.walked();
        Some(Notification {
            kind: NotificationKind::NotVisible,
            level: Severity::Error,
            message: format!(
                "the parents of commit {:.12} are not in this clone, so its new findings are not known",
                boundary.first()?
            ),
            label: None,
            help: Some("run `git fetch --unshallow`; in GitHub Actions, set `fetch-depth: 0`".to_owned()),
            repository: None,
        })
    }

    /// The commits that introduce findings, in order, and which. For a commit whose parents are not in the clone this
    /// is unknown.
    fn births(&self) -> BTreeMap<usize, HashSet<Identity>> {
        let mut births: BTreeMap<usize, HashSet<Identity>> = BTreeMap::new();
        let is_whole = |step: &usize| self.walk.steps[*step].boundary == Boundary::None;
        for (step, fact, _) in self.timeline.births.iter().filter(|(step, ..)| is_whole(step)) {
            if let Fact::Finding(identity) = self.timeline.facts.get(*fact) {
                births.entry(*step).or_default().insert(identity.clone());
            }
        }
        births
    }

    /// The commits that have to be compared with their parents because a rule on whole states could not decide something,
    /// or because vendored files were edited since one of the parents.
    fn beyond_walks(&self, request: &HistoryRequest<'_>, rules: &RuleSet<'_>) -> Result<BTreeSet<usize>, SourceError> {
        let mut steps = BTreeSet::new();
        steps.extend(self.timeline.open.iter().copied().filter(|step| *step >= self.walk.before));
        if rules.needs(Need::VendorEdits) {
            let mut lists = VendorLists::new(request.check.input);
            for (step, deltas) in self.changed(request, Tree::Vendored)? {
                let state = self.state(step);
                let is_edited = |(parent, delta): &(usize, Delta)| {
                    lists.may_have_edits(self.state(*parent).as_ref(), state.as_ref(), delta)
                };
                // If the modules themselves are available, a new version is no excuse.
                let is_asked = request.check.cache.is_some() || deltas.iter().any(is_edited);
                steps.extend(is_asked.then_some(step));
            }
        }
        Ok(steps)
    }

    /// The commits that add checksums which contradict others, and the earlier ones that each contradicts.
    fn sum_conflicts(
        &self,
        request: &HistoryRequest<'_>,
        names_module: &dyn Fn(&RepoPath) -> bool,
    ) -> Result<BTreeMap<usize, SeenSums>, SourceError> {
        let Request { input, cache, .. } = request.check;
        let mut trail = SumTrail::new(input, cache, names_module);
        let mut changed = self.changed(request, Tree::Sums)?;
        let mut conflicts = BTreeMap::new();
        for (at, step) in self.walk.steps.iter().enumerate() {
            let state = self.state(at);
            let name: Arc<str> = named(state.origin()).into();
            let commit = TrailCommit { state: state.as_ref(), name: &name };
            let all_lists = || -> Result<Vec<RepoPath>, SourceError> {
                Ok(state.list(&Tree::Sums)?.entries.into_iter().map(|entry| entry.path).collect())
            };
            // The changes of a commit before the range, or at the end of a shallow clone, are not known.
            if at < self.walk.before || step.boundary != Boundary::None {
                trail.start(commit, &all_lists()?);
                continue;
            }
            let paths = if step.parents.is_empty() { all_lists()? } else { Vec::new() };
            let deltas = changed.remove(&at).unwrap_or_default();
            if deltas.is_empty() && paths.is_empty() {
                continue;
            }
            let parents: Vec<Box<dyn Source>> = deltas.iter().map(|(parent, _)| self.state(*parent)).collect();
            let parents: Vec<(&dyn Source, &Delta)> =
                parents.iter().map(Box::as_ref).zip(deltas.iter().map(|(_, delta)| delta)).collect();
            conflicts.extend(trail.take_in(commit, &parents, &paths).map(|earlier| (at, earlier)));
        }
        Ok(conflicts)
    }

    /// The commits that are unlike each of their parents, and the differences from each.
    fn changed(
        &self,
        request: &HistoryRequest<'_>,
        selection: Tree,
    ) -> Result<BTreeMap<usize, Vec<(usize, Delta)>>, SourceError> {
        let steps = &self.walk.steps;
        let is_whole = |at: &usize| *at >= self.walk.before && steps[*at].boundary == Boundary::None;
        let with_parent = |nth: usize| move |at: usize| Some((at, *steps[at].parents.get(nth)?));
        let mut changed: BTreeMap<usize, Vec<(usize, Delta)>> = BTreeMap::new();
        let mut pairs: Vec<(usize, usize)> = (0..steps.len()).filter(is_whole).filter_map(with_parent(0)).collect();
        // Most merges are as their first parent has it, and of those the others need no look.
        for nth in 1.. {
            if pairs.is_empty() {
                break;
            }
            let trees: Vec<TreePair> =
                pairs.iter().map(|(at, parent)| (Some(steps[*parent].tree), steps[*at].tree)).collect();
            let deltas =
                compare_trees(request.repository, request.check.input.store, &trees, ComparedPart::All(selection))?;
            let mut next = Vec::new();
            for ((at, parent), delta) in pairs.into_iter().zip(deltas) {
                if delta.changes.is_empty() {
                    changed.remove(&at);
                } else {
                    changed.entry(at).or_default().push((parent, delta));
                    next.extend(with_parent(nth)(at));
                }
            }
            pairs = next;
        }
        Ok(changed)
    }

    fn info(&mut self, step: usize) -> Result<&CommitInfo, SourceError> {
        if !self.infos.contains_key(&step) {
            let info = self.history.info(self.walk.steps[step].id)?;
            self.infos.insert(step, info);
        }
        Ok(&self.infos[&step])
    }

    fn record(&mut self, step: usize) -> Result<CommitRecord, SourceError> {
        let Provenance { commit, date, author, at_least, .. } = self.provenance(step)?;
        Ok(CommitRecord { commit: commit.to_string(), date, author, at_least })
    }

    /// The paths of the commits that could not be read.
    fn unseen(&self, level: Severity) -> Option<Notification> {
        let (step, path, reason) = self.timeline.unseen.first()?;
        let more = match self.timeline.unseen.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Some(Notification {
            kind: NotificationKind::NotVisible,
            level,
            message: format!("not read: {path} in commit {:.12}: {reason}{more}", self.walk.steps[*step].id),
            label: None,
            help: Some("the results for earlier commits may be incomplete".to_owned()),
            repository: None,
        })
    }

    /// The paths that could change the answer and were not read.
    pub fn sight(&self) -> Option<Notification> {
        self.unseen(Severity::Error)
    }

    /// How the totals developed.
    pub fn points(&mut self) -> Result<Vec<PointRecord>, SourceError> {
        let series = self.timeline.series.clone();
        let record = |point: crate::history::Point| {
            let info = self.info(point.step)?;
            let totals = point.totals;
            Ok(PointRecord {
                record: "point",
                commit: info.id.to_string(),
                date: date(info),
                modules: totals.modules,
                packages: totals.packages,
                files: totals.files,
                imports: totals.imports,
                requirements: totals.requirements,
                findings: totals.findings,
            })
        };
        series.into_iter().map(record).collect()
    }

    /// The facts, with their first and last commits.
    pub fn lives(&mut self) -> Result<Vec<LifeRecord>, SourceError> {
        let lives = std::mem::take(&mut self.timeline.lives);
        let records = lives.iter().map(|life| self.life(life)).collect();
        self.timeline.lives = lives;
        records
    }

    fn life(&mut self, life: &Life) -> Result<LifeRecord, SourceError> {
        let (record, what) = described(self.timeline.facts.get(life.fact), life.ordinal);
        let introduced = Some(life.origin.introduced).filter(|step| *step != life.origin.landed);
        Ok(LifeRecord {
            record,
            what,
            first: self.record(life.origin.landed)?,
            introduced_by: introduced.map(|step| self.record(step)).transpose()?,
            last: life.ended.map(|(last, _)| self.record(last)).transpose()?,
            ended_by: life.ended.map(|(_, by)| self.record(by)).transpose()?,
        })
    }

    /// How much was looked at.
    fn walked(&self) -> Walked {
        let steps = &self.walk.steps[self.walk.before..];
        let ends = steps.iter().filter(|step| step.boundary != Boundary::None);
        Walked { commits: steps.len(), boundary: ends.map(|step| step.id).collect() }
    }

    /// How much was looked at.
    pub fn summary(&self, blobs: BlobCounts) -> WalkRecord {
        let Walked { commits, boundary } = self.walked();
        WalkRecord {
            record: "summary",
            commits,
            blobs_read: blobs.read,
            blobs_known: blobs.known,
            boundary: boundary.iter().map(ToString::to_string).collect(),
        }
    }

    /// Adds to each finding the commit since which it exists, if the newest commit has it.
    fn date_findings<'f>(&mut self, findings: impl Iterator<Item = &'f mut Finding>) -> Result<(), SourceError> {
        let alive = self.timeline.lives.iter().filter(|life| life.ended.is_none());
        let alive: HashMap<_, _> = alive.map(|life| ((life.fact, life.ordinal), life.origin)).collect();
        for finding in findings {
            let fact = self.timeline.facts.find(&Fact::Finding(finding.identity.clone().nth(1)));
            let origin = fact.and_then(|fact| alive.get(&(fact, finding.identity.ordinal())));
            finding.since = origin.map(|origin| self.provenance(origin.introduced)).transpose()?.map(Box::new);
        }
        Ok(())
    }
}

/// Keeps the differences between both ends of a range that no commit shows, because the state in between had nothing to
/// compare with: a vendor directory that one commit removes and another adds again, for instance. Code that moved out
/// of a scope is reported for both ends, too.
fn keep_what_no_commit_shows(checked: &mut Checked, whole: Vec<Finding>) {
    let identity = |finding: &Finding| finding.identity.clone().nth(1);
    let told: HashSet<Identity> = checked.run.findings.iter().map(identity).collect();
    let is_kept = |it: &Finding| (is_of_pair(it) || is_lost_scope(it)) && !told.contains(&identity(it));
    checked.run.findings.extend(whole.into_iter().filter(is_kept));
}

/// Whether a finding is about the differences from an earlier state, which no walk follows.
fn is_of_pair(finding: &Finding) -> bool {
    rules::find(finding.rule.id).is_some_and(|rule| rule.locality() == Locality::Pair)
}

/// The policy of a commit. One with mistakes says nothing.
fn own_policy(
    repository: &Repository,
    choice: PolicyChoice<'_>,
    store: &FactStore,
    step: &Step,
) -> Result<PolicyAt, SourceError> {
    let state = repository.history()?.state(step, step.id.to_string());
    let input = Input::new(state.as_ref(), store);
    let mut files = Files::default();
    let listing = state.list(&Tree::FirstParty)?;
    match load_policy(choice, input, &listing, &mut files)? {
        Ok(policy) if bind(&policy).is_ok() => Ok(PolicyAt { policy, files, known: None }),
        _ => Ok(PolicyAt { policy: silent_policy(&mut files), files, known: None }),
    }
}

/// The policy that judges today, for commits of the past.
fn policy_at(request: &Request<'_>, rules: &RuleSet<'_>, files: Files) -> Result<PolicyAt, SourceError> {
    let known = match request.policy.home {
        PolicyHome::From(_) if rules.policy.inline.asks_for_known() => Some(comments_of(request, rules, &files)?),
        _ => None,
    };
    Ok(PolicyAt { policy: rules.policy.clone(), files, known })
}

/// Walks through all commits before `tip`. With a policy that has mistakes, a run that holds nothing but them.
pub fn inspect_history(
    request: &HistoryRequest<'_>,
    tip: CommitId,
    parents: Parents,
) -> Result<Result<Past, Box<Checked>>, SourceError> {
    with_rules(&request.check, |rules, _, files| {
        let policy = policy_at(&request.check, rules, files)?;
        Past::new(request, policy, Commits::UpTo(tip, parents), AskedVerdict::Findings)
    })
}

/// Adds to each finding of a run the commit since which it exists, by the commits up to `tip`.
pub fn add_since(
    request: &HistoryRequest<'_>,
    checked: &mut Checked,
    (tip, parents): (CommitId, Parents),
) -> Result<(), SourceError> {
    let has_trend = request.check.tables == Tables::WithPast;
    let past = with_rules(&request.check, |rules, _, files| {
        let is_of_state = |bound: &&BoundEntry<'_>| bound.bound.rule.locality() == Locality::State;
        let found_by = |bound: &BoundEntry<'_>| {
            let entry = bound.entry.map(|entry| entry.name.as_str());
            let is_its = |it: &Finding| it.rule.id == bound.kind.meta().id && it.entry.as_deref() == entry;
            checked.run.findings.iter().any(is_its)
        };
        let is_asked = has_trend || rules.entries.iter().filter(is_of_state).any(found_by);
        let asked = if is_asked { AskedVerdict::Findings } else { AskedVerdict::Nothing };
        let policy = policy_at(&request.check, rules, files)?;
        Past::new(request, policy, Commits::UpTo(tip, parents), asked)
    })?;
    if let Ok(mut past) = past {
        past.date_findings(checked.run.findings.iter_mut())?;
        checked.run.notifications.extend(past.unseen(Severity::Warn));
        checked.run.walked = Some(past.walked());
        if has_trend {
            checked.run.trend = past.points()?.into_iter().map(trend_point).collect();
        }
    }
    Ok(())
}

fn trend_point(point: PointRecord) -> TrendPoint {
    let PointRecord { commit, date, modules, packages, files, requirements, findings, .. } = point;
    TrendPoint { commit, date, modules, packages, files, requirements, findings }
}

/// Judges each commit that `head` of a comparison has and `bases` have not, against all its parents. The findings are
/// those that some commit introduces, whatever became of them; which are fixed and unchanged the comparison of both
/// ends has told.
pub fn add_each_commit(
    request: &HistoryRequest<'_>,
    checked: &mut Checked,
    (head, bases): (CommitId, &[CommitId]),
) -> Result<(), SourceError> {
    let past = with_rules(&request.check, |rules, _, files| {
        let policy = policy_at(&request.check, rules, files)?;
        let past = Past::new(request, policy, Commits::Between(bases, head), AskedVerdict::OpenQuestions)?;
        let mut judged = past.beyond_walks(request, rules)?;
        let mut sums = BTreeMap::new();
        if rules.needs(Need::SumConflicts) {
            let modules = &rules.policy.modules;
            sums = past.sum_conflicts(request, &|path| modules.is_module_file(path))?;
            judged.extend(sums.keys());
        }
        Ok((past, judged, sums))
    })?;
    let Ok((mut past, judged, sums)) = past else { return Ok(()) };
    let mut births = past.births();
    for step in judged {
        births.entry(step).or_default();
    }
    let nothing = SeenSums::new();
    let home = match (request.judges, request.check.policy.home) {
        (Judges::Each, _) => PolicyHome::OfState,
        (Judges::Today, PolicyHome::OfState) => PolicyHome::Of(request.check.input.source),
        (Judges::Today, given) => given,
    };
    let policy = request.check.policy.at(home);
    let whole = std::mem::take(&mut checked.run.findings);
    for (step, born) in births {
        let introduced_by = Box::new(past.provenance(step)?);
        let state = past.state(step);
        let input = Input { source: state.as_ref(), ..request.check.input };
        let parents: Vec<Box<dyn Source>> =
            past.walk.steps[step].parents.iter().map(|parent| past.state(*parent)).collect();
        let request = Request { input, policy, lines: None, ..request.check };
        let seen = sums.get(&step).unwrap_or(&nothing);
        let Checked { run, files } = compare_commit(&request, &parents, seen)?;
        let is_born = |finding: &Finding| is_of_pair(finding) || born.contains(&finding.identity.clone().nth(1));
        let new = run.findings.into_iter().filter(is_born);
        for mut finding in new {
            finding.introduced_by = Some(introduced_by.clone());
            checked.adopt(finding, &files);
        }
        run.undecided.into_iter().for_each(|undecided| checked.adopt_undecided(undecided, &files));
    }
    keep_what_no_commit_shows(checked, whole);
    checked.run.walked = Some(past.walked());
    if let Some(comparison) = &mut checked.run.comparison {
        comparison.new = checked.run.findings.len();
    }
    for unseen in past.unseen(Severity::Error).into_iter().chain(past.cut_short()) {
        checked.run.verdict = Verdict::Undecided;
        checked.run.notifications.push(unseen);
    }
    Ok(())
}

/// The kind of a fact and its parts by name.
fn described(fact: &Fact, ordinal: u32) -> (&'static str, BTreeMap<&'static str, String>) {
    let (kind, parts): (_, Vec<(&str, &str)>) = match fact {
        Fact::Module(path) => ("module", vec![("path", path)]),
        Fact::Require { module, path, version } => {
            ("require", vec![("module", module), ("path", path), ("version", version)])
        }
        Fact::Replace { module, old, new } => ("replace", vec![("module", module), ("old", old), ("new", new)]),
        Fact::Exclude { module, path, version } => {
            ("exclude", vec![("module", module), ("path", path), ("version", version)])
        }
        Fact::Tool { module, path } => ("tool", vec![("module", module), ("path", path)]),
        Fact::Package(path) => ("package", vec![("path", path)]),
        Fact::Import { package, path } => ("import", vec![("package", package), ("path", path)]),
        Fact::Finding(identity) => {
            let identity = identity.clone().nth(ordinal).to_string();
            return ("finding", BTreeMap::from([("identity", identity)]));
        }
    };
    (kind, parts.into_iter().map(|(name, text)| (name, text.to_owned())).collect())
}

/// A commit, and who made it.
pub(super) fn provenance(info: &CommitInfo, at_least: bool) -> Provenance {
    let CommitInfo { id, author, email, subject, .. } = info.clone();
    Provenance { commit: id, author, email, date: date(info), subject, at_least }
}

/// The author's time in RFC 3339. A time that no calendar has is given in seconds since 1970.
fn date(info: &CommitInfo) -> String {
    let offset = Offset::from_seconds(info.offset).unwrap_or(Offset::UTC);
    match Timestamp::from_second(info.seconds) {
        Ok(time) => time.display_with_offset(offset).to_string(),
        Err(_) => format!("{} seconds since 1970", info.seconds),
    }
}
