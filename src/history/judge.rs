//! The files to check, and the verdicts: all files that wait for one environment are checked together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use super::environment::{CommitEnvironment, Ground, ModuleTexts, PolicyAt, ReadModuleFile, Unread, is_unclear};
use super::facts::{Fact, FactId, Facts};
use super::states::{AskedState, ContentPart, JudgeState, StateReach, StateVerdict, StateVerdicts};
use super::uses::Uses;
use super::words::{ImportNumbers, Sieve};
use crate::engine::{KnownComments, RuleSet, Sight, Subject, bind, check_part};
use crate::finding::Identity;
use crate::go::FileKind;
use crate::load::{Dependencies, Input, NamedModules};
use crate::model::{Ages, Question};
use crate::rules::{Locality, Need};
use crate::source::{Delta, Entry, SourceError, Unseen};
use crate::syntax::{GoFile, Parsed, ParsedFile};
use crate::text::{BlobId, FastMap, RepoPath};

/// Answers the questions that need the module cache.
pub(super) type Answers<'a> = dyn Fn(Vec<Question>) -> HashMap<Question, bool> + Sync + 'a;

/// The number of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct VerdictId(u32);

/// The facts from one file, or from the module files together.
#[derive(Clone, Debug, Default)]
pub(super) struct PartVerdict {
    /// The facts; a finding may occur several times.
    pub(super) facts: Box<[FactId]>,
    /// Go files of modules.
    pub(super) files: u32,
    /// Import declarations in them.
    pub(super) imports: u32,
    /// Modules.
    pub(super) modules: u32,
    /// Lines that require.
    pub(super) requirements: u32,
}

/// The policy and evidence of the verdicts.
#[derive(Clone, Copy)]
pub(super) struct JudgeInput<'a> {
    /// Where blobs are read.
    pub(super) blobs: Input<'a>,
    /// The answers of the module cache.
    pub(super) answers: &'a Answers<'a>,
    /// The go.mod files of dependencies.
    pub(super) dependencies: &'a Dependencies<'a>,
    /// Judges a commit as a whole; `None` where no rule does that.
    pub(super) states: Option<&'a JudgeState<'a>>,
    /// The paths to which the findings are narrowed; empty for all.
    pub(super) paths: &'a [RepoPath],
    /// The day, in UTC.
    pub(super) today: Date,
}

/// All verdicts, those that are still open, and the data that they need.
pub(super) struct Verdicts<'a> {
    input: JudgeInput<'a>,
    policies: Vec<PolicyAt>,
    texts: ModuleTexts<'a>,
    parsed: FastMap<BlobId, Result<JudgedSource, Unseen>>,
    unread: Unread,
    words: ImportNumbers,
    verdicts: Vec<PartVerdict>,
    /// The verdicts on files of the environments that are in use.
    known: FastMap<(usize, RepoPath, BlobId), VerdictId>,
    pending: BTreeMap<usize, EnvironmentBatch>,
    facts: Facts,
    environments: usize,
    /// For each policy, whether its rules about module files use the imports of the Go files.
    weighs_uses: Vec<bool>,
    /// For each policy, how much its rules on whole states read.
    state_reaches: Vec<StateReach>,
    /// The commits that are judged as a whole.
    states: StateVerdicts<'a>,
    /// The shortcomings of the verdicts on them that have some.
    state_gaps: FastMap<VerdictId, StateGaps>,
}

/// The shortcomings of a verdict on a whole state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StateGaps {
    /// The paths below vendor directories that could not be read.
    pub(super) unseen: Vec<(RepoPath, Unseen)>,
    /// Whether a rule could not decide something.
    pub(super) is_open: bool,
}

/// A Go file that was read.
struct JudgedSource {
    parsed: Arc<Parsed<GoFile>>,
    imports: Box<[u32]>,
}

/// The files that wait for one environment.
struct EnvironmentBatch {
    environment: Arc<CommitEnvironment>,
    files: Vec<(VerdictId, RepoPath, Arc<Parsed<GoFile>>)>,
    modules: Vec<(VerdictId, Uses)>,
}

/// The most files that are judged in one go: enough to pay for making the model.
const FILES_A_TASK: usize = 512;

impl<'a> Verdicts<'a> {
    pub(super) fn new(input: JudgeInput<'a>, policy: PolicyAt) -> Self {
        Self {
            input,
            weighs_uses: vec![weighs_uses(&policy)],
            state_reaches: vec![StateReach::of(&policy)],
            states: StateVerdicts::new(input.states),
            state_gaps: FastMap::default(),
            policies: vec![policy],
            texts: ModuleTexts::new(input.blobs),
            parsed: FastMap::default(),
            unread: Unread::default(),
            words: ImportNumbers::default(),
            verdicts: Vec::new(),
            known: FastMap::default(),
            pending: BTreeMap::new(),
            facts: Facts::default(),
            environments: 0,
        }
    }

    /// Adds a policy, unless it is the same as the one before; gives its number.
    pub(super) fn add_policy(&mut self, policy: PolicyAt) -> usize {
        let known = self.policies.iter().position(|known| known.has_texts_of(&policy));
        known.unwrap_or_else(|| {
            self.weighs_uses.push(weighs_uses(&policy));
            self.state_reaches.push(StateReach::of(&policy));
            self.policies.push(policy);
            self.policies.len() - 1
        })
    }

    /// Whether a commit may have another policy than the one that its parent was judged by.
    pub(super) fn may_have_policy(&self, policy: usize, delta: &Delta) -> bool {
        self.environments == 0 || self.policies[policy].may_differ(delta)
    }

    /// Adds the files that were read in a batch of commits.
    pub(super) fn take_in(
        &mut self,
        go_files: Vec<(BlobId, Result<Parsed<GoFile>, Unseen>)>,
        module_files: Vec<ReadModuleFile>,
    ) {
        for (blob, read) in go_files {
            match &read {
                Ok(parsed) => self.unread.has_dates |= parsed.allows.iter().any(|comment| comment.until.is_some()),
                Err(reason) => self.unread.add(blob, reason),
            }
            let words = &mut self.words;
            let source = |parsed| JudgedSource { imports: words.of(&parsed), parsed: Arc::new(parsed) };
            self.parsed.entry(blob).or_insert_with(|| read.map(source));
        }
        self.texts.take_in(module_files);
    }

    /// Why a file that is to be read so cannot be read, if that is so.
    pub(super) fn unread(&mut self, list: FileKind, blob: BlobId) -> Option<Unseen> {
        match list {
            FileKind::GoFile => self.parsed.get(&blob)?.as_ref().err().cloned(),
            list => self.texts.get(list, blob).err(),
        }
    }

    /// Forgets the contents of all Go files except these, and which of them were checked.
    pub(super) fn forget_but(&mut self, blobs: impl Iterator<Item = BlobId>) {
        let mut parsed = std::mem::take(&mut self.parsed);
        self.parsed = blobs.filter_map(|blob| parsed.remove_entry(&blob)).collect();
        self.known.clear();
        self.texts.clear();
    }

    pub(super) fn verdict(&self, id: VerdictId) -> &PartVerdict {
        &self.verdicts[id.0 as usize]
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The facts, and everything else that the verdicts depend on.
    pub(super) fn into_facts(self) -> (Facts, Unread) {
        let mut unread = self.unread;
        unread.join(self.texts.unread);
        (self.facts, unread)
    }

    /// The facts, to add others.
    pub(super) fn facts_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Notes that something was not read that may be read another time.
    pub(super) fn note_unclear(&mut self) {
        self.unread.is_unclear = true;
    }

    /// Whether the verdict on the module files depends on the imports of the Go files.
    pub(super) fn weighs_uses(&self, policy: usize) -> bool {
        self.weighs_uses[policy]
    }

    /// Whether any commit is judged as a whole.
    pub(super) fn judges_states(&self) -> bool {
        self.states.are_asked()
    }

    /// How much of a commit the rules on whole states read.
    pub(super) fn state_reach(&self, policy: usize) -> StateReach {
        if self.judges_states() { self.state_reaches[policy] } else { StateReach::Nothing }
    }

    /// The part of a Go file in the hash of everything that rules on whole states read.
    pub(super) fn content_part(&self, path: &RepoPath, blob: BlobId) -> ContentPart {
        if !self.judges_states() {
            return ContentPart::default();
        }
        let source = self.parsed.get(&blob).and_then(|read| read.as_ref().ok());
        ContentPart::of_go_file(path, blob, source.map(|source| &*source.parsed))
    }

    /// The verdict of the rules on whole states, which may still be open.
    pub(super) fn of_state(&mut self, asked: &AskedState<'_>) -> VerdictId {
        self.states.known(asked).unwrap_or_else(|| {
            let id = self.open();
            self.states.add(id, asked);
            id
        })
    }

    /// The shortcomings of a verdict, if it has some.
    pub(super) fn state_gaps(&self, id: VerdictId) -> Option<&StateGaps> {
        self.state_gaps.get(&id)
    }

    pub(super) fn next_environment(&mut self) -> usize {
        self.environments += 1;
        self.environments
    }

    /// The module files among `paths` that the policy names, and those of the directories that lines led to.
    pub(super) fn named<'p>(
        &self,
        policy: usize,
        paths: impl Iterator<Item = &'p RepoPath>,
        led_to: &HashSet<RepoPath>,
    ) -> NamedModules {
        let is_led_to = |path: &RepoPath| {
            path.file_name() == b"go.mod" && path.parent().is_some_and(|directory| led_to.contains(&directory))
        };
        NamedModules::new(paths, &|path| self.policies[policy].names(path) || is_led_to(path))
    }

    pub(super) fn read_environment(&mut self, policy: usize, ground: &Ground<'_>) -> CommitEnvironment {
        let files = self.policies[policy].files.clone();
        CommitEnvironment::read(&mut self.texts, (policy, files), ground)
    }

    /// The content of a Go file; nothing if it cannot be read.
    pub(super) fn parsed(&mut self, blob: BlobId) -> Option<Arc<Parsed<GoFile>>> {
        self.source(blob).map(|source| Arc::clone(&source.parsed))
    }

    fn source(&mut self, blob: BlobId) -> Option<&JudgedSource> {
        if !self.parsed.contains_key(&blob) {
            let read = self.input.blobs.go_files(&[&Entry::of_blob(blob)]);
            self.take_in(read.into_iter().map(|read| (blob, read)).collect(), Vec::new());
        }
        self.parsed.get(&blob)?.as_ref().ok()
    }

    /// The import path of this number.
    pub(super) fn word(&self, word: u32) -> &str {
        self.words.get(word)
    }

    /// The numbers of the imports of a Go file, if some build has the file.
    pub(super) fn built_imports(&mut self, blob: BlobId) -> Box<[u32]> {
        let source = self.source(blob).filter(|source| source.parsed.tree.is_in_some_build());
        source.map(|source| source.imports.clone()).unwrap_or_default()
    }

    /// Whether a Go file has an import that `sieve` lets through.
    pub(super) fn imports_any(&mut self, blob: BlobId, sieve: &mut Sieve<'_>) -> bool {
        let Some(Ok(source)) = self.parsed.get(&blob) else { return false };
        source.imports.iter().any(|word| sieve.admits(*word, &self.words))
    }

    /// The verdict on a Go file, which may still be open; `None` where it cannot be read.
    pub(super) fn of_file(
        &mut self,
        path: &RepoPath,
        blob: BlobId,
        environment: &Arc<CommitEnvironment>,
    ) -> Option<VerdictId> {
        let parsed = self.parsed(blob)?;
        let key = (environment.id, path.clone(), blob);
        if let Some(id) = self.known.get(&key) {
            return Some(*id);
        }
        let id = self.open();
        self.known.insert(key, id);
        self.batch(environment).files.push((id, path.clone(), parsed));
        Some(id)
    }

    /// The verdict of the rules on the module files, which is still open.
    pub(super) fn of_modules(&mut self, uses: Uses, environment: &Arc<CommitEnvironment>) -> VerdictId {
        let id = self.open();
        self.batch(environment).modules.push((id, uses));
        id
    }

    /// The facts from the module files themselves.
    pub(super) fn of_ground(&mut self, environment: &CommitEnvironment) -> VerdictId {
        let model = environment.draft.model();
        let id = self.open();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.verdicts[id.0 as usize] = PartVerdict {
            facts: self.facts.add_modules(model).into(),
            modules: count(model.modules().count()),
            requirements: count(model.modules().map(|module| module.requirements().count()).sum()),
            ..PartVerdict::default()
        };
        id
    }

    fn open(&mut self) -> VerdictId {
        let id = VerdictId(u32::try_from(self.verdicts.len()).unwrap_or(u32::MAX));
        self.verdicts.push(PartVerdict::default());
        id
    }

    fn batch(&mut self, environment: &Arc<CommitEnvironment>) -> &mut EnvironmentBatch {
        self.pending.entry(environment.id).or_insert_with(|| EnvironmentBatch {
            environment: Arc::clone(environment),
            files: Vec::new(),
            modules: Vec::new(),
        })
    }

    /// The policy and evidence for a batch.
    fn standard<'b>(&'b self, bound: &'b [Option<RuleSet<'b>>], batch: &EnvironmentBatch) -> Standard<'b> {
        let policy = batch.environment.policy;
        Standard { rules: bound[policy].as_ref(), known: self.policies[policy].known.as_ref() }
    }

    /// Gives every verdict that is open.
    pub(super) fn settle(&mut self) -> Result<(), SourceError> {
        self.settle_parts();
        for (id, verdict) in self.states.settle(&self.policies)? {
            let StateVerdict { findings, unseen, is_open, questions } = verdict;
            (self.input.answers)(questions);
            for (_, reason) in &unseen {
                self.unread.is_unclear |= is_unclear(reason);
            }
            let gaps = StateGaps { unseen, is_open };
            if gaps != StateGaps::default() {
                self.state_gaps.insert(id, gaps);
            }
            let facts = findings.into_iter().map(|identity| self.facts.add(Fact::Finding(identity))).collect();
            self.verdicts[id.0 as usize] = PartVerdict { facts, ..PartVerdict::default() };
        }
        Ok(())
    }

    /// Gives every verdict on a file and on module files that is open.
    fn settle_parts(&mut self) {
        let batches = std::mem::take(&mut self.pending);
        let bound: Vec<Option<RuleSet<'_>>> = self.policies.iter().map(|policy| bind(&policy.policy).ok()).collect();
        let tasks: Vec<(&EnvironmentBatch, &[_])> = batches
            .values()
            .flat_map(|batch| batch.files.chunks(FILES_A_TASK).map(move |files| (batch, files)))
            .collect();
        let of_files: Vec<Vec<JudgedGoFile>> = tasks
            .par_iter()
            .map(|(batch, files)| self.input.judge_files(self.standard(&bound, batch), batch, files))
            .collect();
        let modules: Vec<(&EnvironmentBatch, &(VerdictId, Uses))> =
            batches.values().flat_map(|batch| batch.modules.iter().map(move |uses| (batch, uses))).collect();
        let of_modules: Vec<Vec<Identity>> = modules
            .par_iter()
            .map(|(batch, (_, uses))| self.input.judge_modules(self.standard(&bound, batch), batch, uses))
            .collect();
        drop(bound);
        for ((_, files), judged) in tasks.iter().zip(of_files) {
            for ((id, _, parsed), judged) in files.iter().zip(judged) {
                self.verdicts[id.0 as usize] = self.facts.verdict(parsed, judged);
            }
        }
        for ((_, (id, _)), findings) in modules.iter().zip(of_modules) {
            let facts = findings.into_iter().map(|identity| self.facts.add(Fact::Finding(identity))).collect();
            self.verdicts[id.0 as usize] = PartVerdict { facts, ..PartVerdict::default() };
        }
    }
}

/// Whether a rule of the policy is about the module files. Without one only their syntax is judged.
fn weighs_uses(policy: &PolicyAt) -> bool {
    bind(&policy.policy)
        .is_ok_and(|rules| rules.entries.iter().any(|bound| bound.bound.rule.locality() == Locality::Module))
}

/// The rules of a policy, and which comments count.
#[derive(Clone, Copy)]
struct Standard<'b> {
    /// `None` where the policy has mistakes.
    rules: Option<&'b RuleSet<'b>>,
    /// See [`PolicyAt::known`].
    known: Option<&'b KnownComments>,
}

/// The verdict on one Go file.
#[derive(Clone, Debug, Default)]
struct JudgedGoFile {
    /// The path of its package; `None` for a file of no module.
    package: Option<Arc<str>>,
    findings: Vec<Identity>,
}

impl JudgeInput<'_> {
    fn judge_files(
        &self,
        Standard { rules, known }: Standard<'_>,
        batch: &EnvironmentBatch,
        files: &[(VerdictId, RepoPath, Arc<Parsed<GoFile>>)],
    ) -> Vec<JudgedGoFile> {
        let environment = &batch.environment;
        let mut table = environment.files.clone();
        let go_files = files.iter().map(|(_, path, parsed)| ParsedFile {
            file: table.add(path.clone()),
            path: path.clone(),
            parsed: Arc::clone(parsed),
        });
        let draft = environment.draft.clone().with_files(go_files.collect());
        let answers = (self.answers)(draft.questions());
        let model = draft.finish(&answers);
        let mut judged = vec![JudgedGoFile::default(); files.len()];
        for file in model.files() {
            if let Some(at) = environment.place_of(file.id()) {
                judged[at].package = Some(file.package().shared_path());
            }
        }
        let subject = Subject {
            model: &model,
            files: &table,
            known,
            scopes_before: &[],
            ages: &Ages::default(),
            paths: self.paths,
            sight: Sight::Partial,
            today: self.today,
        };
        for finding in rules.map(|rules| check_part(rules, &subject, Locality::File)).unwrap_or_default() {
            if let Some(at) = environment.place_of(finding.primary.file) {
                judged[at].findings.push(finding.identity);
            }
        }
        judged
    }

    fn judge_modules(
        &self,
        Standard { rules, known }: Standard<'_>,
        batch: &EnvironmentBatch,
        uses: &Uses,
    ) -> Vec<Identity> {
        let environment = &batch.environment;
        let mut table = environment.files.clone();
        let files = uses.as_files(&environment.draft, &mut table);
        let draft = environment.draft.clone().with_files(files);
        let answers = (self.answers)(draft.questions());
        let mut model = draft.finish(&answers);
        if rules.is_some_and(|rules| rules.needs(Need::Graph)) {
            model = model.with_graphs(|wanted| self.dependencies.go_mods(wanted));
        }
        let subject = Subject {
            model: &model,
            files: &table,
            known,
            scopes_before: &[],
            ages: &Ages::default(),
            paths: self.paths,
            sight: Sight::Partial,
            today: self.today,
        };
        let findings = rules.map(|rules| check_part(rules, &subject, Locality::Module)).unwrap_or_default();
        findings.into_iter().map(|finding| finding.identity).collect()
    }
}

impl Facts {
    fn verdict(&mut self, parsed: &Parsed<GoFile>, judged: JudgedGoFile) -> PartVerdict {
        let JudgedGoFile { package, findings } = judged;
        let Some(package) = package else { return PartVerdict::default() };
        let mut facts = vec![self.add(Fact::Package(Arc::clone(&package)))];
        let imports = &parsed.tree.imports;
        facts.extend(imports.iter().map(|import| self.add_import(&package, &import.path)));
        facts.sort_unstable();
        facts.dedup();
        facts.extend(findings.into_iter().map(|identity| self.add(Fact::Finding(identity))));
        let imports = u32::try_from(imports.len()).unwrap_or(u32::MAX);
        PartVerdict { facts: facts.into(), files: 1, imports, ..PartVerdict::default() }
    }
}
