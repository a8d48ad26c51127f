//! The verdicts of the rules on whole states. A commit is judged again only if something changed that such a rule reads.

use std::hash::Hash as _;

use rayon::prelude::*;

use super::environment::PolicyAt;
use super::judge::VerdictId;
use crate::engine::{KnownComments, RuleSet, bind};
use crate::finding::Identity;
use crate::model::Question;
use crate::rules::{Locality, Need};
use crate::source::{Fingerprint, Leaf, SourceError, Step, Unseen};
use crate::syntax::{GoFile, Parsed};
use crate::text::{BlobId, FastMap, Files, RepoPath, TreeId};

/// A commit that is judged as a whole.
pub(crate) struct CommitState<'a> {
    /// The commit.
    pub step: &'a Step,
    /// The rules on whole states.
    pub rules: &'a RuleSet<'a>,
    /// The files of their policy.
    pub files: &'a Files,
    /// See [`PolicyAt::known`].
    pub known: Option<&'a KnownComments>,
}

/// The verdict on it.
#[derive(Debug, Default)]
pub(crate) struct StateVerdict {
    /// The findings; equal ones occur several times.
    pub findings: Vec<Identity>,
    /// The paths below vendor directories that could not be read.
    pub unseen: Vec<(RepoPath, Unseen)>,
    /// Whether a rule could not decide something.
    pub is_open: bool,
    /// The questions that the module cache was asked.
    pub questions: Vec<Question>,
}

/// Judges a commit as a whole.
pub(crate) type JudgeState<'a> = dyn Fn(&CommitState<'_>) -> Result<StateVerdict, SourceError> + Sync + 'a;

/// How much of a state the rules on whole states read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StateReach {
    /// No such rule is on.
    Nothing,
    /// The files of modules.
    Modules,
    /// Vendored files too.
    Vendored,
}

impl StateReach {
    /// That of the rules of a policy.
    pub(super) fn of(policy: &PolicyAt) -> Self {
        let Ok(rules) = bind(&policy.policy).map(|rules| rules.of_locality(Locality::State)) else {
            return Self::Nothing;
        };
        if rules.entries.is_empty() {
            Self::Nothing
        } else if rules.needs(Need::VendoredPackages) || rules.needs(Need::ImportGraph) {
            Self::Vendored
        } else {
            Self::Modules
        }
    }
}

/// A hash of everything that rules on whole states read of a commit. It follows the changes from commit to commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct StateContent {
    sum: u128,
    /// How many symbolic links there are.
    links: usize,
    vendored: u128,
}

/// The part that one file has in the hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ContentPart(u128);

impl ContentPart {
    /// The part of a Go file: the same for two versions that differ in nothing but code and comments.
    pub(super) fn of_go_file(path: &RepoPath, blob: BlobId, parsed: Option<&Parsed<GoFile>>) -> Self {
        let mut hash = Fingerprint::default();
        path.as_bytes().hash(&mut hash);
        match parsed.filter(|parsed| parsed.errors.is_empty() && parsed.allows.is_empty()) {
            None => blob.as_bytes().hash(&mut hash),
            Some(Parsed { tree, .. }) => {
                tree.package.as_ref().map(|name| &name.value).hash(&mut hash);
                tree.imports.len().hash(&mut hash);
                for import in &tree.imports {
                    (&import.path, import.name.as_ref().map(|name| &name.value)).hash(&mut hash);
                }
                format!("{:?}", tree.constraint).hash(&mut hash);
                tree.generated.hash(&mut hash);
            }
        }
        Self::new(hash)
    }

    fn of_leaf(path: &RepoPath, leaf: Leaf) -> Self {
        let mut hash = Fingerprint::default();
        path.as_bytes().hash(&mut hash);
        match leaf {
            Leaf::File(blob) => (0, blob.as_bytes()).hash(&mut hash),
            Leaf::Link(blob) => (1, blob.as_bytes()).hash(&mut hash),
            Leaf::Submodule => 2.hash(&mut hash),
        }
        Self::new(hash)
    }

    fn new(hash: Fingerprint) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.into_bytes()[..16]);
        Self(u128::from_le_bytes(bytes))
    }
}

impl StateContent {
    /// Adds the part of a file.
    pub(super) fn add(&mut self, part: ContentPart) {
        self.sum = self.sum.wrapping_add(part.0);
    }

    /// The reverse.
    pub(super) fn remove(&mut self, part: ContentPart) {
        self.sum = self.sum.wrapping_sub(part.0);
    }

    /// Adds an entry that is no Go file.
    pub(super) fn add_leaf(&mut self, path: &RepoPath, leaf: Leaf) {
        self.add(ContentPart::of_leaf(path, leaf));
        self.links += usize::from(matches!(leaf, Leaf::Link(_)));
    }

    /// The reverse.
    pub(super) fn remove_leaf(&mut self, path: &RepoPath, leaf: Leaf) {
        self.remove(ContentPart::of_leaf(path, leaf));
        self.links -= usize::from(matches!(leaf, Leaf::Link(_)));
    }

    /// Whether files of vendor directories can matter to rules that read so much: a link can lead there, too.
    pub(super) fn follows_vendors(&self, reach: StateReach) -> bool {
        reach == StateReach::Vendored || self.links > 0
    }

    /// Sets the directories with vendored files, and those that they are copied from.
    pub(super) fn set_vendored<'p>(&mut self, dirs: impl Iterator<Item = (&'p RepoPath, TreeId)>) {
        let mut hash = Fingerprint::default();
        dirs.for_each(|(path, tree)| (path.as_bytes(), tree.as_bytes()).hash(&mut hash));
        self.vendored = ContentPart::new(hash).0;
    }
}

/// The commits that wait to be judged as a whole, and the contents that were judged.
pub(super) struct StateVerdicts<'a> {
    judge: Option<&'a JudgeState<'a>>,
    known: FastMap<(usize, StateContent), VerdictId>,
    pending: Vec<PendingState>,
}

/// A commit that waits.
struct PendingState {
    id: VerdictId,
    step: Step,
    policy: usize,
}

/// A commit, and the policy that judges it, by its number.
pub(super) struct AskedState<'a> {
    pub(super) step: &'a Step,
    pub(super) policy: usize,
    pub(super) content: StateContent,
}

impl<'a> StateVerdicts<'a> {
    /// Those of a walk; without `judge` it has no rule on whole states.
    pub(super) fn new(judge: Option<&'a JudgeState<'a>>) -> Self {
        Self { judge, known: FastMap::default(), pending: Vec::new() }
    }

    /// Whether any commit is judged as a whole.
    pub(super) fn are_asked(&self) -> bool {
        self.judge.is_some()
    }

    /// The verdict on this content, if a commit with it was judged or waits.
    pub(super) fn known(&self, asked: &AskedState<'_>) -> Option<VerdictId> {
        self.known.get(&(asked.policy, asked.content)).copied()
    }

    /// Adds a commit that waits for its verdict.
    pub(super) fn add(&mut self, id: VerdictId, asked: &AskedState<'_>) {
        self.known.insert((asked.policy, asked.content), id);
        self.pending.push(PendingState { id, step: asked.step.clone(), policy: asked.policy });
    }

    /// Judges the commits that wait.
    pub(super) fn settle(&mut self, policies: &[PolicyAt]) -> Result<Vec<(VerdictId, StateVerdict)>, SourceError> {
        let pending = std::mem::take(&mut self.pending);
        let Some(judge) = self.judge.filter(|_| !pending.is_empty()) else { return Ok(Vec::new()) };
        let mut bound = Vec::new();
        for policy in policies {
            bound.push(bind(&policy.policy).ok().map(|rules| rules.of_locality(Locality::State)));
        }
        let settle = |PendingState { id, step, policy }: &PendingState| {
            let Some(rules) = &bound[*policy] else { return Ok((*id, StateVerdict::default())) };
            let PolicyAt { files, known, .. } = &policies[*policy];
            let verdict = judge(&CommitState { step, rules, files, known: known.as_ref() })?;
            Ok((*id, verdict))
        };
        pending.par_iter().map(settle).collect()
    }
}
