//! The walk itself, a stretch of commits at a time, so that memory does not grow with history.

use std::collections::HashMap;

use jiff::civil::Date;

use super::environment::PolicyAt;
use super::judge::{Answers, Court, Docket};
use super::ledger::{Ledger, Line, Posting, Timeline};
use super::tracked::{Change, Edits, Tracked};
use crate::load::{Input, List, Tree, TreePair, compare_trees};
use crate::source::{Changes, Delta, Leaf, Repository, SourceError, Step, Unseen, Walk};
use crate::text::{BlobId, RepoPath};

/// What is to be found out.
pub struct Question<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Where blobs are read, and what is known of them: any state of the repository.
    pub input: Input<'a>,
    /// The commits.
    pub walk: &'a Walk,
    /// The policy that judges all of them.
    pub policy: PolicyAt,
    /// What the module cache knows.
    pub answers: &'a Answers<'a>,
    /// The paths to which the findings are narrowed; empty for all.
    pub paths: &'a [RepoPath],
    /// The day, in UTC.
    pub today: Date,
}

/// Is told how far a walk is.
pub trait Progress {
    /// `done` of `total` commits are looked at.
    fn commits(&self, done: usize, total: usize);
}

/// How many commits are looked at together.
const STRETCH: usize = 2048;

/// Walks through the commits and says what began and ended where.
pub fn trace(question: Question<'_>, progress: &dyn Progress) -> Result<Timeline, SourceError> {
    let Question { repository, input, walk, policy, answers, paths, today } = question;
    let selection = if policy.policy.modules.is_empty() { Tree::FirstParty } else { Tree::Everything };
    let plan = Itinerary::new(walk);
    let mut docket = Docket::new(Court { input, answers, paths, today }, policy);
    let changes = repository.changes()?;
    let mut tracing =
        Tracing { plan: &plan, changes, tracked: Frontier::new(&plan.diff_uses), ledgers: Frontier::new(&plan.uses) };
    let mut timeline = Timeline::default();
    for (index, steps) in walk.steps.chunks(STRETCH).enumerate() {
        let first = index * STRETCH;
        progress.commits(first, walk.steps.len());
        let pairs: Vec<TreePair> = (first..first + steps.len())
            .map(|at| (plan.base[at].map(|base| walk.steps[base].tree), walk.steps[at].tree))
            .collect();
        let deltas = compare_trees(repository, input.store, &pairs, selection)?;
        // Versions of one file are kept as differences from each other, so they are read one after the other.
        let mut blobs: Vec<(&RepoPath, BlobId)> = deltas.iter().flat_map(go_blobs).collect();
        blobs.sort_by_key(|(path, _)| *path);
        docket.read(blobs.into_iter().map(|(_, blob)| blob));
        docket.read_modules(deltas.iter().flat_map(module_blobs).collect());
        timeline.unseen.extend((first..).zip(&deltas).flat_map(|(at, delta)| unseen(at, delta, &docket)));
        let edits = tracing.track(first, steps, &deltas, &mut docket);
        docket.settle();
        tracing.post(first, &edits, &docket, &mut timeline);
        docket.forget_but(tracing.tracked.values().flat_map(Tracked::blobs));
    }
    progress.commits(walk.steps.len(), walk.steps.len());
    if let Some(ledger) = walk.steps.len().checked_sub(1).and_then(|tip| tracing.ledgers.states.remove(&tip)) {
        ledger.close(&mut timeline);
    }
    timeline.facts = docket.into_facts();
    Ok(timeline)
}

/// The Go files that come with a change, as far as their names say.
fn go_blobs(delta: &Delta) -> impl Iterator<Item = (&RepoPath, BlobId)> {
    delta.changes.iter().filter_map(|change| match change.after {
        Some(Leaf::File(blob)) if may_be_read(&change.path) => Some((&change.path, blob)),
        _ => None,
    })
}

/// The module files that come with a change, by what their names make of them.
fn module_blobs(delta: &Delta) -> impl Iterator<Item = (List, BlobId)> + '_ {
    delta.changes.iter().filter_map(|change| {
        let Some(Leaf::File(blob)) = change.after else { return None };
        match change.path.file_name() {
            b"go.work" => Some((List::GoWork, blob)),
            b"modules.txt" => Some((List::VendorModules, blob)),
            name => name.ends_with(b".mod").then_some((List::GoMod, blob)),
        }
    })
}

/// What of a change could not be seen.
fn unseen(at: usize, delta: &Delta, docket: &Docket<'_>) -> Vec<(usize, RepoPath, Unseen)> {
    let directories = delta.unseen.iter().map(|(path, reason)| (at, path.clone(), reason.clone()));
    let files = go_blobs(delta).filter_map(|(path, blob)| Some((at, path.clone(), docket.unread(&blob)?.clone())));
    directories.chain(files).collect()
}

fn may_be_read(path: &RepoPath) -> bool {
    let name = path.file_name();
    let passes_over = |part: &[u8]| part == b"testdata" || part.starts_with(b"_") || part.starts_with(b".");
    name.ends_with(b".go") && !path.as_bytes().split(|&byte| byte == b'/').any(passes_over)
}

/// How each commit is come by.
struct Itinerary {
    /// The commit whose files a commit's are made from.
    base: Vec<Option<usize>>,
    /// The commit's other parents.
    others: Vec<Vec<usize>>,
    line: Vec<Line>,
    /// How often the files of a commit are needed.
    diff_uses: Vec<usize>,
    /// How often the ledger of a commit is needed.
    uses: Vec<usize>,
}

impl Itinerary {
    fn new(walk: &Walk) -> Self {
        let count = walk.steps.len();
        let before = |at: usize| at.checked_sub(1).filter(|_| at < walk.before);
        let base: Vec<Option<usize>> =
            walk.steps.iter().enumerate().map(|(at, step)| step.parents.first().copied().or(before(at))).collect();
        let others: Vec<Vec<usize>> =
            walk.steps.iter().map(|step| step.parents.iter().skip(1).copied().collect()).collect();
        let mut line: Vec<Line> =
            (0..count).map(|at| if at < walk.before { Line::Before } else { Line::Side }).collect();
        let mut at = count.checked_sub(1);
        while let Some(step) = at.filter(|&step| step >= walk.before) {
            at = walk.steps[step].parents.first().copied();
            line[step] = Line::Main(at);
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

/// What is kept of commits for those that are made from them.
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
    plan: &'a Itinerary,
    changes: Changes,
    tracked: Frontier<Tracked>,
    ledgers: Frontier<Ledger>,
}

impl Tracing<'_> {
    /// Follows the files through a stretch of commits.
    fn track(&mut self, first: usize, steps: &[Step], deltas: &[Delta], docket: &mut Docket<'_>) -> Vec<Edits> {
        let mut all = Vec::with_capacity(steps.len());
        for ((at, step), delta) in (first..).zip(steps).zip(deltas) {
            let mut tracked = self.tracked.take(self.plan.base[at]);
            let change = Change { delta, tree: step.tree, changes: &self.changes, policy: 0 };
            all.push(tracked.apply(&change, docket));
            self.tracked.put(at, tracked);
        }
        all
    }

    /// Enters the verdicts of a stretch of commits.
    fn post(&mut self, first: usize, edits: &[Edits], docket: &Docket<'_>, timeline: &mut Timeline) {
        for (at, edits) in (first..).zip(edits) {
            let mut ledger = self.ledgers.take(self.plan.base[at]);
            let others = &self.plan.others[at];
            let known: Vec<&Ledger> = others.iter().filter_map(|other| self.ledgers.states.get(other)).collect();
            let posting = Posting { step: at, edits, others: &known, line: self.plan.line[at] };
            ledger.post(&posting, docket, timeline);
            others.iter().for_each(|other| self.ledgers.release(*other));
            self.ledgers.put(at, ledger);
        }
    }
}
