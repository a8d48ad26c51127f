//! The walk itself, a batch of commits after the other, so that memory does not grow with history.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::batch::{BatchReader, CommitBatch};
use super::environment::PolicyAt;
use super::facts::Facts;
use super::held::{CommitEdits, HeldFacts, Lineage, Timeline};
use super::judge::{Answers, JudgeInput, Verdicts};
use super::kept::{AskedQuestions, Dependence, KeptWalk, Origins, Traced, WalkKey};
use super::states::{JudgeState, StateReach};
use super::tracked::{Edits, Tracked, TrackedChange};
use crate::load::{ComparedPart, Dependencies, Input, Tree};
use crate::model::Question;
use crate::source::{Changes, Delta, Repository, SourceError, Step, Walk};
use crate::text::RepoPath;

/// The question of a walk.
pub(crate) struct PastQuestion<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// A state from which blobs are read, and the known facts about them: any state of the repository.
    pub input: Input<'a>,
    /// The commits.
    pub walk: &'a Walk,
    /// The policy that judges them.
    pub policy: PolicyAt,
    /// Finds the policy of a commit, where each is to be judged by its own.
    pub own_policy: Option<&'a OwnPolicy<'a>>,
    /// The answers of the module cache.
    pub answers: &'a Answers<'a>,
    /// The go.mod files of dependencies.
    pub dependencies: &'a Dependencies<'a>,
    /// Judges a commit as a whole; `None` where the findings of rules on whole states are not asked for.
    pub states: Option<&'a JudgeState<'a>>,
    /// The paths to which the findings are narrowed; empty for all.
    pub paths: &'a [RepoPath],
    /// The day, in UTC.
    pub today: Date,
    /// Whether these are all commits up to the last, so that the result may be kept and used again. Such a result does
    /// not have the births of findings.
    pub is_whole: bool,
}

/// Finds the policy that a commit itself holds.
pub(super) type OwnPolicy<'a> = dyn Fn(&Step) -> Result<PolicyAt, SourceError> + Sync + 'a;

/// Receives how far a walk is.
pub trait Progress: Sync {
    /// `done` of `total` commits are looked at.
    fn commits(&self, done: usize, total: usize);
}

/// Walks through the commits and returns which facts began and ended where. If the result for earlier commits is kept, only
/// the new ones are walked through.
pub(crate) fn trace(question: &PastQuestion<'_>, progress: &dyn Progress) -> Result<Timeline, SourceError> {
    let Some(key) = WalkKey::new(question)? else {
        return Ok(WalkFrom::start(question).run(progress)?.0);
    };
    let mut kept = key.load(question);
    let mut resumed = None;
    if let Some(kept) = &kept {
        let walk = WalkFrom::after(question, kept);
        if walk.walk.steps.len() == 1 {
            if let Some(timeline) = kept.whole_timeline() {
                return Ok(timeline);
            }
        } else {
            resumed = walk.run_resumed(kept, progress)?;
        }
    }
    let (timeline, dependence) = match resumed {
        Some(found) => found,
        None => {
            kept = None;
            WalkFrom::start(question).run(progress)?
        }
    };
    key.keep(question, Traced { timeline: &timeline, dependence, kept: kept.as_ref() });
    Ok(timeline)
}

/// The result of a walk, and everything else that it depends on.
type WalkResult = (Timeline, Dependence);

/// The commits of a walk that are walked through.
struct WalkFrom<'a> {
    question: &'a PastQuestion<'a>,
    walk: Walk,
    /// The place of the first of them in the whole walk.
    offset: usize,
}

impl<'a> WalkFrom<'a> {
    /// All of them.
    fn start(question: &'a PastQuestion<'a>) -> Self {
        Self { question, walk: question.walk.clone(), offset: 0 }
    }

    /// Those after an earlier result, and the last commit of that.
    fn after(question: &'a PastQuestion<'a>, kept: &KeptWalk) -> Self {
        let offset = kept.commits - 1;
        let mut steps = question.walk.steps[offset..].to_vec();
        for (at, step) in steps.iter_mut().enumerate() {
            step.parents = at.checked_sub(1).into_iter().collect();
        }
        Self { question, walk: Walk { steps, before: 1 }, offset }
    }

    /// Goes on from an earlier result; `None` if its last commit does not have the facts that the result says.
    fn run_resumed(&self, kept: &KeptWalk, progress: &dyn Progress) -> Result<Option<WalkResult>, SourceError> {
        let mut facts = Facts::default();
        let Some((timeline, origins)) = kept.timeline(&mut facts) else { return Ok(None) };
        self.run_from(Resumed { facts, timeline, origins: Some(origins) }, progress)
    }

    fn run(&self, progress: &dyn Progress) -> Result<WalkResult, SourceError> {
        let found = self.run_from(Resumed::default(), progress)?;
        Ok(found.expect("a walk from the first commit needs no earlier result"))
    }

    fn run_from(&self, resumed: Resumed, progress: &dyn Progress) -> Result<Option<WalkResult>, SourceError> {
        let PastQuestion { repository, input, policy, own_policy, dependencies, states, paths, today, .. } =
            self.question;
        let _recent = input.store.hold_recent();
        let walk = &self.walk;
        let is_enough = policy.policy.modules.is_empty() && own_policy.is_none();
        let tree = if is_enough { Tree::FirstParty } else { Tree::Everything };
        let reads_states = own_policy.is_some() || StateReach::of(policy) != StateReach::Nothing;
        let states = states.filter(|_| reads_states);
        let part = if states.is_some() { ComparedPart::States(tree) } else { ComparedPart::Files(tree) };
        let plan = WalkPlan::new(walk);
        let questions = AskedQuestions::default();
        let answers = |asked: Vec<Question>| questions.ask(self.question.answers, asked);
        let judge = JudgeInput { blobs: *input, answers: &answers, dependencies, states, paths, today: *today };
        let mut verdicts = Verdicts::new(judge, policy.clone());
        let Resumed { facts, mut timeline, origins } = resumed;
        *verdicts.facts_mut() = facts;
        let mut tracing = Tracing {
            plan: &plan,
            offset: self.offset,
            origins,
            changes: repository.changes()?,
            own_policy: *own_policy,
            tracked: Frontier::new(&plan.diff_uses),
            held: Frontier::new(&plan.uses),
            unseen: timeline.unseen.iter().map(|(_, path, _)| path.clone()).collect(),
        };
        let names_module = |path: &RepoPath| own_policy.is_some() || policy.names(path);
        let names_module = &names_module;
        let (base, input) = (&plan.base, *input);
        let mut reader = BatchReader { repository, input, walk, base, part, names_module, module_dirs: HashSet::new() };
        let mut next = reader.read(0)?;
        while let Some(batch) = next {
            progress.commits(self.offset + batch.first, self.offset + walk.steps.len());
            // The next batch is read while this one is checked.
            let following = batch.first + batch.deltas.len();
            let (read, looked_at) = rayon::join(
                || reader.read(following),
                || tracing.look_at(batch, &walk.steps, &mut verdicts, &mut timeline),
            );
            if !looked_at? {
                return Ok(None);
            }
            next = read?;
        }
        progress.commits(self.offset + walk.steps.len(), self.offset + walk.steps.len());
        let tip = walk.steps.len().checked_sub(1).and_then(|tip| tracing.held.states.remove(&tip));
        let (facts, unread) = verdicts.into_facts();
        timeline.facts = facts;
        if let Some(held) = tip {
            held.close(&mut timeline);
        }
        Ok(Some((timeline, Dependence { questions, unread })))
    }
}

/// The result for the commits before those that are walked through.
#[derive(Default)]
struct Resumed {
    facts: Facts,
    timeline: Timeline,
    origins: Option<Origins>,
}

/// From which other commits each is made.
struct WalkPlan {
    /// The commit whose files a commit's are made from.
    base: Vec<Option<usize>>,
    /// The commit's other parents.
    others: Vec<Vec<usize>>,
    line: Vec<Lineage>,
    /// How often the files of a commit are needed.
    diff_uses: Vec<usize>,
    /// How often the facts of a commit are needed.
    uses: Vec<usize>,
}

impl WalkPlan {
    fn new(walk: &Walk) -> Self {
        let count = walk.steps.len();
        let before = |at: usize| at.checked_sub(1).filter(|_| at < walk.before);
        let base: Vec<Option<usize>> =
            walk.steps.iter().enumerate().map(|(at, step)| step.parents.first().copied().or(before(at))).collect();
        let others: Vec<Vec<usize>> =
            walk.steps.iter().map(|step| step.parents.iter().skip(1).copied().collect()).collect();
        let mut line: Vec<Lineage> =
            (0..count).map(|at| if at < walk.before { Lineage::Before } else { Lineage::Side }).collect();
        let mut at = count.checked_sub(1);
        while let Some(step) = at.filter(|&step| step >= walk.before) {
            at = walk.steps[step].parents.first().copied();
            line[step] = Lineage::Main(at);
        }
        let mut diff_uses = vec![0; count];
        base.iter().flatten().for_each(|&base| diff_uses[base] += 1);
        let mut uses = diff_uses.clone();
        others.iter().flatten().for_each(|&other| uses[other] += 1);
        if let Some(tip) = uses.last_mut() {
            *tip += 1;
        }
        Self { base, others, line, diff_uses, uses }
    }
}

/// The data of commits that is kept for the commits made from them.
struct Frontier<T> {
    states: HashMap<usize, T>,
    left: Vec<usize>,
}

impl<T: Clone + Default> Frontier<T> {
    fn new(uses: &[usize]) -> Self {
        Self { states: HashMap::new(), left: uses.to_vec() }
    }

    /// A copy of a state; the state itself where nobody else will ask.
    fn take(&mut self, at: Option<usize>) -> T {
        let Some(at) = at else { return T::default() };
        self.left[at] -= 1;
        let state = if self.left[at] == 0 { self.states.remove(&at) } else { self.states.get(&at).cloned() };
        state.expect("a commit comes after those that it is made from")
    }

    fn release(&mut self, at: usize) {
        self.left[at] -= 1;
        if self.left[at] == 0 {
            self.states.remove(&at);
        }
    }

    fn put(&mut self, at: usize, state: T) {
        if self.left[at] > 0 {
            self.states.insert(at, state);
        }
    }

    fn values(&self) -> impl Iterator<Item = &T> {
        self.states.values()
    }
}

struct Tracing<'a> {
    plan: &'a WalkPlan,
    /// The place of the first commit in the whole walk.
    offset: usize,
    /// Where the facts of the first commit began, if an earlier result tells that.
    origins: Option<Origins>,
    changes: Changes,
    own_policy: Option<&'a OwnPolicy<'a>>,
    tracked: Frontier<Tracked>,
    held: Frontier<HeldFacts>,
    /// The paths that could not be seen in some commit; each is reported once.
    unseen: HashSet<RepoPath>,
}

impl Tracing<'_> {
    /// Judges a batch of commits. Whether the first one has the facts of the earlier result.
    fn look_at(
        &mut self,
        batch: CommitBatch,
        steps: &[Step],
        verdicts: &mut Verdicts<'_>,
        timeline: &mut Timeline,
    ) -> Result<bool, SourceError> {
        let CommitBatch { first, deltas, go_files, module_files } = batch;
        verdicts.take_in(go_files, module_files);
        let mut edits = self.track(first, &steps[first..first + deltas.len()], &deltas, verdicts)?;
        for (at, edits) in (first..).zip(&mut edits) {
            for (path, reason) in std::mem::take(&mut edits.unseen) {
                if self.unseen.insert(path.clone()) {
                    timeline.unseen.push((self.offset + at, path, reason));
                }
            }
        }
        verdicts.settle()?;
        self.note_gaps(first, &edits, verdicts, timeline);
        let is_same = self.enter(first, &edits, verdicts, timeline);
        verdicts.forget_but(self.tracked.values().flat_map(Tracked::blobs));
        Ok(is_same)
    }

    /// Notes the shortcomings of the new verdicts on whole states of a batch of commits.
    fn note_gaps(&mut self, first: usize, edits: &[Edits], verdicts: &Verdicts<'_>, timeline: &mut Timeline) {
        for (at, edits) in (first..).zip(edits) {
            for gaps in edits.come.iter().filter_map(|id| verdicts.state_gaps(*id)) {
                if gaps.is_open {
                    timeline.open.push(self.offset + at);
                }
                for (path, reason) in &gaps.unseen {
                    if self.unseen.insert(path.clone()) {
                        timeline.unseen.push((self.offset + at, path.clone(), reason.clone()));
                    }
                }
            }
        }
    }

    /// Follows the files through a batch of commits.
    fn track(
        &mut self,
        first: usize,
        steps: &[Step],
        deltas: &[Delta],
        verdicts: &mut Verdicts<'_>,
    ) -> Result<Vec<Edits>, SourceError> {
        let mut all = Vec::with_capacity(steps.len());
        for ((at, step), delta) in (first..).zip(steps).zip(deltas) {
            let mut tracked = self.tracked.take(self.plan.base[at]);
            let policy = match self.own_policy.filter(|_| verdicts.may_have_policy(tracked.policy(), delta)) {
                Some(find) => verdicts.add_policy(find(step)?),
                None => tracked.policy(),
            };
            let change = TrackedChange { delta, step, changes: &self.changes, policy };
            all.push(tracked.apply(&change, verdicts));
            self.tracked.put(at, tracked);
        }
        Ok(all)
    }

    /// Enters the verdicts of a batch of commits. Whether the first one has the facts of the earlier result.
    fn enter(&mut self, first: usize, edits: &[Edits], verdicts: &Verdicts<'_>, timeline: &mut Timeline) -> bool {
        for (at, edits) in (first..).zip(edits) {
            let mut held = self.held.take(self.plan.base[at]);
            let others = &self.plan.others[at];
            let known: Vec<&HeldFacts> = others.iter().filter_map(|other| self.held.states.get(other)).collect();
            let line = self.plan.line[at].after(self.offset);
            let commit = CommitEdits { step: self.offset + at, edits, others: &known, line };
            held.enter(&commit, verdicts, timeline);
            if let Some(origins) = self.origins.take().filter(|origins| !held.resume(origins)) {
                drop(origins);
                return false;
            }
            others.iter().for_each(|other| self.held.release(*other));
            self.held.put(at, held);
        }
        true
    }
}
