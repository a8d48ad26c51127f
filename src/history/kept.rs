//! The result of an earlier walk, so that only new commits are walked through.
//!
//! A result is used only if everything that it depends on is the same: the commits, the policy, the environment, the answers
//! of the module cache, the objects that the clone lacks, and the day where something ends on a day.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hasher as _;
use std::sync::{Mutex, PoisonError};

use super::environment::Unread;
use super::facts::{Fact, FactId, Facts};
use super::held::{CommitTotals, Life, LifeOrigin, Point, Timeline};
use super::judge::Answers;
use super::trace::PastQuestion;
use crate::engine::bind;
use crate::finding::Identity;
use crate::go::{ModulePath, Version};
use crate::load::{AnswerRow, FactRow, LifeRow, PointRow, UnseenRow, WalkRow};
use crate::model::Question;
use crate::rules::{self, Need};
use crate::source::{Boundary, Entry, Fingerprint, SourceError, Unseen};
use crate::text::{BlobId, RepoPath};

/// Where the result of a walk is kept.
pub(super) struct WalkKey([u8; 32]);

/// An earlier result.
pub(super) struct KeptWalk {
    row: WalkRow,
    /// How many commits it has.
    pub(super) commits: usize,
}

/// With fewer new commits than this the earlier result stays as it is: other branches may begin there.
const WORTH_KEEPING: usize = 64;

/// A result that depends on more objects that are missing is not kept.
const MAX_MISSING: usize = 256;

/// The questions that were asked, with the answers.
#[derive(Default)]
pub(super) struct AskedQuestions(Mutex<BTreeMap<Question, Option<bool>>>);

impl AskedQuestions {
    /// Asks, and remembers the answers.
    pub(super) fn ask(&self, answers: &Answers<'_>, questions: Vec<Question>) -> HashMap<Question, bool> {
        let found = answers(questions.clone());
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for question in questions {
            let answer = found.get(&question).copied();
            asked.insert(question, answer);
        }
        found
    }
}

/// The result of a walk, to be kept.
pub(super) struct Traced<'a> {
    pub(super) timeline: &'a Timeline,
    pub(super) dependence: Dependence,
    /// The earlier result that it began with.
    pub(super) kept: Option<&'a KeptWalk>,
}

/// Everything outside of its commits and its policy that a result depends on.
pub(super) struct Dependence {
    pub(super) questions: AskedQuestions,
    pub(super) unread: Unread,
}

impl Dependence {
    /// Adds the data that an earlier result depends on.
    fn join(&mut self, kept: &KeptWalk) {
        let WalkRow { answers, missing, day, .. } = &kept.row;
        let asked = self.questions.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        for row in answers {
            asked.extend(row.question().map(|question| (question, row.answer)));
        }
        self.unread.missing.extend(missing.iter().filter_map(|id| BlobId::new(id)));
        self.unread.has_dates |= day.is_some();
    }
}

impl AnswerRow {
    fn question(&self) -> Option<Question> {
        let version = Version::parse(&self.version)?;
        Some(Question { module: ModulePath::new(&self.module), version, directory: self.directory.clone() })
    }
}

impl WalkKey {
    /// The place for the result of this walk; `None` for one that is not kept: a walk through a part of the history, or
    /// one that depends on facts that cannot be compared.
    pub(super) fn new(question: &PastQuestion<'_>) -> Result<Option<Self>, SourceError> {
        let PastQuestion { walk, policy, input, paths, dependencies, .. } = question;
        let is_line =
            walk.steps.iter().enumerate().all(|(at, step)| {
                step.boundary == Boundary::None && step.parents.iter().copied().eq(at.checked_sub(1))
            });
        if !question.is_whole || !is_line || question.own_policy.is_some() || policy.known.is_some() {
            return Ok(None);
        }
        let texts = &policy.files;
        let files = &policy.policy.files;
        let needs = [Need::Graph, Need::Residue, Need::VendoredPackages, Need::ImportGraph];
        let reads_dependencies =
            bind(&policy.policy).is_ok_and(|rules| needs.into_iter().any(|need| rules.needs(need)));
        let is_open = reads_dependencies && dependencies.has_cache();
        if is_open || files.iter().any(|(_, file)| !texts.get(*file).has_text()) {
            return Ok(None);
        }
        if !input.store.keeps() || question.repository.history()?.is_rewritten() {
            return Ok(None);
        }
        let mut hash = Fingerprint::default();
        let mut add = |bytes: &[u8]| {
            hash.write(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.write(bytes);
        };
        for (below, file) in files {
            let file = texts.get(*file);
            add(below.as_bytes());
            add(file.path().as_bytes());
            add(format!("{:?}", file.home()).as_bytes());
            add(file.text());
        }
        add(b"rules");
        policy.policy.narrowing.names().iter().for_each(|name| add(name.to_string().as_bytes()));
        add(b"paths");
        paths.iter().for_each(|path| add(path.as_bytes()));
        add(if question.states.is_some() { b"states" } else { b"parts" });
        add(b"environment");
        add(format!("{:?}", input.env).as_bytes());
        Ok(Some(Self(hash.into_bytes())))
    }

    /// The earlier result, if it is still true of the commits that it has.
    pub(super) fn load(&self, question: &PastQuestion<'_>) -> Option<KeptWalk> {
        let row = question.input.store.walk(&self.0)?;
        let commits = usize::try_from(row.commits).ok()?;
        let tip = question.walk.steps.get(commits.checked_sub(1)?)?;
        let is_same = tip.id.as_bytes() == row.tip
            && row.day.as_ref().is_none_or(|day| *day == question.today.to_string())
            && has_same_answers(&row, question)
            && lacks_same_objects(&row, question);
        is_same.then_some(KeptWalk { row, commits })
    }

    /// Keeps the result of a walk, which may have begun with an earlier result.
    pub(super) fn keep(&self, question: &PastQuestion<'_>, traced: Traced<'_>) {
        let Traced { timeline, mut dependence, kept } = traced;
        if let Some(kept) = kept {
            if question.walk.steps.len() < kept.commits + WORTH_KEEPING {
                return;
            }
            dependence.join(kept);
        }
        if let Some(row) = row(question, timeline, dependence) {
            question.input.store.keep_walk(&self.0, &row);
        }
    }
}

fn has_same_answers(row: &WalkRow, question: &PastQuestion<'_>) -> bool {
    let mut asked = Vec::new();
    for row in &row.answers {
        let Some(question) = row.question() else { return false };
        asked.push(question);
    }
    let found = (question.answers)(asked.clone());
    asked.iter().zip(&row.answers).all(|(question, row)| found.get(question).copied() == row.answer)
}

fn lacks_same_objects(row: &WalkRow, question: &PastQuestion<'_>) -> bool {
    let mut reader = question.input.source.reader();
    let mut buffer = Vec::new();
    row.missing.iter().all(|id| {
        let Some(blob) = BlobId::new(id) else { return false };
        matches!(reader.read(&Entry::of_blob(blob), &mut buffer), Err(Unseen::MissingObject))
    })
}

impl KeptWalk {
    /// The whole timeline, where no commit is new.
    pub(super) fn whole_timeline(&self) -> Option<Timeline> {
        let mut facts = Facts::default();
        let (mut timeline, origins) = self.timeline(&mut facts)?;
        for (fact, origins) in origins {
            timeline.hold(fact, origins);
        }
        timeline.facts = facts;
        timeline.sort();
        Some(timeline)
    }

    /// The timeline up to the last commit of this result, without the facts that hold there, and the origins of those.
    pub(super) fn timeline(&self, facts: &mut Facts) -> Option<(Timeline, Origins)> {
        let mut ids = Vec::new();
        for row in &self.row.facts {
            ids.push(facts.intern(fact(row)?));
        }
        let (mut timeline, mut origins) = (Timeline::default(), Origins::new());
        for row in &self.row.lives {
            let fact = *ids.get(usize::try_from(row.fact).ok()?)?;
            let place = |commit: u32| usize::try_from(commit).ok().filter(|at| *at < self.commits);
            let origin = LifeOrigin { introduced: place(row.introduced)?, landed: place(row.landed)? };
            match row.ended {
                Some((last, by)) => {
                    let ended = Some((place(last)?, place(by)?));
                    timeline.lives.push(Life { fact, ordinal: row.ordinal, origin, ended });
                }
                None => _ = origins.entry(fact).or_default().insert(row.ordinal, origin),
            }
        }
        for PointRow { commit, totals } in &self.row.points {
            let [modules, packages, files, imports, requirements, findings] =
                totals.map(|total| usize::try_from(total).unwrap_or(usize::MAX));
            let totals = CommitTotals { modules, packages, files, imports, requirements, findings };
            timeline.series.push(Point { step: usize::try_from(*commit).ok()?, totals });
        }
        for row in &self.row.unseen {
            let reason = REASONS.get(usize::from(row.reason))?.clone();
            timeline.unseen.push((usize::try_from(row.commit).ok()?, RepoPath::new(&row.path), reason));
        }
        Some((timeline, origins))
    }
}

/// Where the facts that hold of a commit began, by their ordinals.
pub(super) type Origins = HashMap<FactId, BTreeMap<u32, LifeOrigin>>;

/// The reasons that depend on the commits alone, or on objects that are looked for again.
const REASONS: [Unseen; 12] = [
    Unseen::Submodule,
    Unseen::ReachedSubmodule,
    Unseen::LfsPointer,
    Unseen::Returning,
    Unseen::LinkLeaves,
    Unseen::LinkBroken,
    Unseen::LinkToDirectory,
    Unseen::Untracked,
    Unseen::MissingObject,
    Unseen::TooLarge,
    Unseen::PathTooLong,
    Unseen::TooManyFiles,
];

/// The result to keep; `None` if it cannot be told later whether it is still true.
fn row(question: &PastQuestion<'_>, timeline: &Timeline, dependence: Dependence) -> Option<WalkRow> {
    let Unread { mut missing, is_unclear, has_dates } = dependence.unread;
    missing.sort_unstable();
    missing.dedup();
    if is_unclear || missing.len() > MAX_MISSING {
        return None;
    }
    let has_dates = has_dates || question.policy.policy.exceptions.iter().any(|exception| exception.until.is_some());
    let mut row = WalkRow {
        tip: question.walk.steps.last()?.id.as_bytes().to_vec(),
        commits: number(question.walk.steps.len())?,
        day: has_dates.then(|| question.today.to_string()),
        missing: missing.iter().map(|blob| blob.as_bytes().to_vec()).collect(),
        ..WalkRow::default()
    };
    for (Question { module, version, directory }, answer) in
        dependence.questions.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    {
        let (module, version) = (module.as_str().to_owned(), version.as_str().to_owned());
        row.answers.push(AnswerRow { module, version, directory, answer });
    }
    let mut places: HashMap<FactId, u32> = HashMap::new();
    for Life { fact, ordinal, origin, ended } in &timeline.lives {
        let place = match places.get(fact) {
            Some(place) => *place,
            None => {
                let place = number(row.facts.len())?;
                row.facts.push(fact_row(timeline.facts.get(*fact))?);
                places.insert(*fact, place);
                place
            }
        };
        let ended = match ended {
            Some((last, by)) => Some((number(*last)?, number(*by)?)),
            None => None,
        };
        let (introduced, landed) = (number(origin.introduced)?, number(origin.landed)?);
        row.lives.push(LifeRow { fact: place, ordinal: *ordinal, introduced, landed, ended });
    }
    for Point { step, totals } in &timeline.series {
        let CommitTotals { modules, packages, files, imports, requirements, findings } = *totals;
        let totals = [modules, packages, files, imports, requirements, findings];
        let totals = totals.map(|total| u64::try_from(total).unwrap_or(u64::MAX));
        row.points.push(PointRow { commit: number(*step)?, totals });
    }
    for (step, path, reason) in &timeline.unseen {
        let reason = REASONS.iter().position(|known| known == reason)?;
        let (commit, reason) = (number(*step)?, u8::try_from(reason).ok()?);
        row.unseen.push(UnseenRow { commit, path: path.as_bytes().to_vec(), reason });
    }
    Some(row)
}

fn number(place: usize) -> Option<u32> {
    u32::try_from(place).ok()
}

/// A fact in texts; `None` if these would not be read as the same fact.
fn fact_row(fact: &Fact) -> Option<FactRow> {
    let (kind, texts): (u8, Vec<&str>) = match fact {
        Fact::Module(path) => (0, vec![path]),
        Fact::Require { module, path, version } => (1, vec![module, path, version]),
        Fact::Replace { module, old, new } => (2, vec![module, old, new]),
        Fact::Exclude { module, path, version } => (3, vec![module, path, version]),
        Fact::Tool { module, path } => (4, vec![module, path]),
        Fact::Package(path) => (5, vec![path]),
        Fact::Import { package, path } => (6, vec![package, path]),
        Fact::Finding(identity) => {
            let text = identity.to_string();
            let is_same = Identity::parse(identity.rule(), &text).as_ref() == Some(identity);
            return is_same.then(|| FactRow { kind: 7, texts: vec![identity.rule().to_owned(), text] });
        }
    };
    Some(FactRow { kind, texts: texts.into_iter().map(str::to_owned).collect() })
}

fn fact(FactRow { kind, texts }: &FactRow) -> Option<Fact> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Some(match (kind, texts.as_slice()) {
        (0, &[path]) => Fact::Module(path.into()),
        (1, &[module, path, version]) => {
            Fact::Require { module: module.into(), path: path.into(), version: version.into() }
        }
        (2, &[module, old, new]) => Fact::Replace { module: module.into(), old: old.into(), new: new.into() },
        (3, &[module, path, version]) => {
            Fact::Exclude { module: module.into(), path: path.into(), version: version.into() }
        }
        (4, &[module, path]) => Fact::Tool { module: module.into(), path: path.into() },
        (5, &[path]) => Fact::Package(path.into()),
        (6, &[package, path]) => Fact::Import { package: package.into(), path: path.into() },
        (7, &[rule, identity]) => Fact::Finding(Identity::parse(rules::find(rule)?.meta().id, identity)?),
        _ => return None,
    })
}
