//! A run, in SARIF's sense: rules, results, notifications, statistics.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Evidence, Fix, Identity, Label, PassedBy, RequirementTable, RuleMeta, Severity, TrendPoint, UndecidedRule,
};
use crate::text::{CommitId, Edit, Origin};

/// A violation that the engine has weighed. There may be a million of them, so rare values are in boxes.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static RuleMeta,
    /// The policy entry that asked; `None` for a rule that runs without one.
    pub entry: Option<String>,
    /// How much it matters here.
    pub severity: Severity,
    /// One sentence, with the names in back quotes.
    pub message: String,
    /// Where the fault is.
    pub primary: Label,
    /// Other places that explain it, the forbidding line of policy among them.
    pub related: Vec<Label>,
    /// The remedy.
    pub help: Option<String>,
    /// A page about the entry, from the policy's `docs`.
    pub docs: Option<String>,
    /// The evidence of the statement.
    pub evidence: Evidence,
    /// The build constraint of the file, in `//go:build` form.
    pub constraint: Option<String>,
    /// The change that fixes it, if it is known.
    pub fix: Option<Fix>,
    /// The change, byte by byte and without any other, in order of place; empty if the file's text is not available.
    pub edits: Vec<Edit>,
    /// The name that lasts.
    pub identity: Identity,
    /// Why it does not count, if it does not.
    pub suppression: Option<Box<Suppression>>,
    /// The commit that introduced it, where each commit was judged.
    pub introduced_by: Option<Box<Provenance>>,
    /// The commit since which it has been there without a break, where that was asked.
    pub since: Option<Box<Provenance>>,
    /// The address of the repository that it is in, where a report joins several.
    pub repository: Option<Arc<str>>,
}

impl Finding {
    /// The rule and, after a `/`, the policy entry, as an exception names it.
    pub fn code(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}/{entry}", self.rule.id),
            None => self.rule.id.to_owned(),
        }
    }

    /// The advice for a person: the help, and the command that applies the fix.
    pub fn advice(&self) -> Option<String> {
        let fix = self.fix.as_ref().filter(|_| !self.edits.is_empty());
        let fix = fix.map(|fix| format!("`{}` can {}", fix.applicability.command(), fix.message));
        [self.help.clone(), fix].into_iter().flatten().reduce(|help, fix| format!("{help}\n{fix}"))
    }

    /// Its origins, a word and a text each: the repository, and the known commits.
    pub fn origins(&self) -> impl Iterator<Item = (&'static str, String)> {
        let repository = self.repository.iter().map(|repository| ("repository", repository.to_string()));
        let introduced_by = self.introduced_by.iter().map(|commit| ("introduced by", commit.to_string()));
        repository.chain(introduced_by).chain(self.since.iter().map(|commit| ("since", commit.to_string())))
    }
}

/// A commit, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Its id.
    pub commit: CommitId,
    /// The author's name.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When the author wrote it, in RFC 3339 with the author's offset; as seconds since 1970 where no calendar has it.
    pub date: String,
    /// The first line of the message.
    pub subject: String,
    /// Whether history ends here before its beginning, so that the truth may be earlier.
    pub at_least: bool,
}

impl Provenance {
    /// The day on which the author wrote it.
    pub fn day(&self) -> &str {
        self.date.get(..10).unwrap_or(&self.date)
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_least = if self.at_least { "at least " } else { "" };
        write!(f, "{at_least}{:.12}, {}, {}: {}", self.commit, self.day(), self.author, self.subject)
    }
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The kind of exception.
    pub kind: SuppressionKind,
    /// Its place.
    pub label: Label,
    /// The reason that was given.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    pub until: Option<String>,
}

/// The kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionKind {
    /// An `[[exception]]` of the policy.
    Exception,
    /// A `//modwarden:allow` comment.
    Inline,
}

/// Something to say that is not a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The kind of message.
    pub kind: NotificationKind,
    /// How much it matters.
    pub level: Severity,
    /// The message.
    pub message: String,
    /// The place, if it is about one. The label's own words are shown at the underline.
    pub label: Option<Label>,
    /// The remedy.
    pub help: Option<String>,
    /// The address of the repository that it is about, where a report joins several.
    pub repository: Option<Arc<str>>,
}

impl Notification {
    /// The message, and in front of it the repository where a report joins several.
    pub fn message_with_repository(&self) -> Cow<'_, str> {
        match &self.repository {
            Some(repository) => format!("{repository}: {}", self.message).into(),
            None => self.message.as_str().into(),
        }
    }
}

/// The sorts of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationKind {
    /// A mistake in the policy.
    Policy,
    /// Something that could not be seen: a submodule, a missing object.
    NotVisible,
    /// Something worth knowing about how the run was done.
    Information,
    /// Detail that only `--verbose` asks for.
    Verbose,
}

impl NotificationKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::NotVisible => "not-visible",
            Self::Information => "information",
            Self::Verbose => "verbose",
        }
    }
}

/// Whether the run could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that matters was looked at.
    Judged,
    /// The command line or the policy is wrong; nothing was judged.
    Invalid,
    /// Something that could change the answer was not seen, or a rule that fails the run could not decide.
    Undecided,
}

impl Verdict {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::Invalid => "invalid",
            Self::Undecided => "undecided",
        }
    }
}

/// The program that made the run.
#[derive(Clone, Debug)]
pub struct Tool {
    /// `modwarden`.
    pub name: &'static str,
    /// The version of the package.
    pub version: Cow<'static, str>,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// The identity of a run: its repository, time, policy and result. It is empty if nobody needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The address of the repository's remote, without credentials.
    pub repository: Option<String>,
    /// The commit that was checked, or that the work tree or the index is based on.
    pub commit: Option<CommitId>,
    /// When the run began, in RFC 3339 and UTC.
    pub time: Option<String>,
    /// The SHA-256 of the texts that make up the policy, in hexadecimal digits.
    pub policy_sha256: Option<String>,
    /// The lowest severity that makes the run fail; `None` for never.
    pub fail_on: Option<Severity>,
    /// The exit code of the run.
    pub exit_code: u8,
}

/// One of several runs that a report joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRun {
    /// The identity of the run.
    pub header: Header,
    /// The version of modwarden that made it.
    pub tool_version: String,
    /// Whether it could do its work.
    pub verdict: Verdict,
    /// How many findings it had.
    pub findings: usize,
}

/// Which policy judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyUsed {
    /// The path of the file; `None` if there is none at the root.
    pub file: Option<String>,
    /// The packs that the command line adds. The pack `recommended` judges if there is neither a file nor such a pack.
    pub packs: Vec<String>,
    /// Without a file, the paths of the policies of directories, which apply to the files below them.
    pub nested: Vec<String>,
}

impl PolicyUsed {
    /// The file at this path, and nothing else.
    pub fn file(path: impl Into<String>) -> Self {
        Self { file: Some(path.into()), ..Self::default() }
    }

    /// Whether the pack `recommended` judged for want of another policy.
    pub fn is_recommended(&self) -> bool {
        self.file.is_none() && self.packs.is_empty()
    }
}

/// The states that the findings were compared with, and the result. The findings of the run are the new ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The commits before, or none where there was nothing before.
    pub bases: Vec<CommitId>,
    /// How many findings are new.
    pub new: usize,
    /// How many are no longer there.
    pub fixed: usize,
    /// How many were there before.
    pub unchanged: usize,
}

/// How much of the past was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// How many commits.
    pub commits: usize,
    /// The commits at which history ends before its beginning: the clone is shallow, or commits are missing.
    pub boundary: Vec<CommitId>,
}

/// The checked state.
#[derive(Clone, Debug)]
pub struct State {
    /// Work tree, index or commit.
    pub origin: Origin,
    /// The paths that the run was narrowed to; empty for all.
    pub paths: Vec<String>,
    /// The rules, and entries of rules, that the run was narrowed to; empty for all.
    pub rules: Vec<String>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Modules.
    pub modules: usize,
    /// Packages of those modules.
    pub packages: usize,
    /// Go files read.
    pub go_files: usize,
    /// Import declarations in them.
    pub imports: usize,
    /// Blobs of Git that had to be read.
    pub blobs_read: usize,
    /// Blobs whose facts were all known from earlier runs.
    pub blobs_known: usize,
    /// Findings that an exception or a comment covers.
    pub suppressed: usize,
    /// Wall time; absent where the output must not depend on it.
    pub elapsed: Option<Duration>,
}

/// All that a run has to say.
#[derive(Clone, Debug)]
pub struct Run {
    /// Who made it.
    pub tool: Tool,
    /// The identity of the run.
    pub header: Header,
    /// The runs that it joins; empty for a run of its own.
    pub merged: Vec<MergedRun>,
    /// The checked state.
    pub state: State,
    /// By which policy.
    pub policy: PolicyUsed,
    /// The rules that were on, by id.
    pub rules: Vec<&'static RuleMeta>,
    /// The comparison with other states, if there was one.
    pub comparison: Option<Comparison>,
    /// How much of the past was looked at, if any was.
    pub walked: Option<Walked>,
    /// The findings that count, in order of file, place and rule.
    pub findings: Vec<Finding>,
    /// The findings that an exception or a comment covers.
    pub suppressed: Vec<Finding>,
    /// The covered findings that nothing covered in the state of the comparison.
    pub newly_covered: Vec<Finding>,
    /// The rules that are on and could not decide, in order of file, place and rule.
    pub undecided: Vec<UndecidedRule>,
    /// The purpose of each requirement, if it was asked for.
    pub requirements: Vec<RequirementTable>,
    /// How the totals developed, oldest first, where that was asked.
    pub trend: Vec<TrendPoint>,
    /// Further messages.
    pub notifications: Vec<Notification>,
    /// How much was looked at.
    pub stats: Stats,
    /// Whether the run could do its work.
    pub verdict: Verdict,
}

impl Run {
    /// A run in which nothing was checked yet.
    pub fn empty(tool: Tool, state: State, policy: PolicyUsed) -> Self {
        Self {
            tool,
            header: Header::default(),
            merged: Vec::new(),
            state,
            policy,
            rules: Vec::new(),
            comparison: None,
            walked: None,
            findings: Vec::new(),
            suppressed: Vec::new(),
            newly_covered: Vec::new(),
            undecided: Vec::new(),
            requirements: Vec::new(),
            trend: Vec::new(),
            notifications: Vec::new(),
            stats: Stats::default(),
            verdict: Verdict::Judged,
        }
    }

    /// Lets the run pass though rules could not decide, as the command line asks.
    pub fn let_undecided_pass(&mut self) {
        for undecided in &mut self.undecided {
            undecided.passed_by.get_or_insert(PassedBy::CommandLine);
        }
    }

    /// Makes the run fail for every undecided rule, whatever the policy says.
    pub fn let_no_undecided_pass(&mut self) {
        self.undecided.iter_mut().for_each(|undecided| undecided.passed_by = None);
    }

    /// Makes the verdict of a run that judged `Undecided` where a rule could not decide whose findings would fail it:
    /// those of at least the severity `least`.
    pub fn weigh_undecided(&mut self, least: Option<Severity>) {
        if self.verdict == Verdict::Judged && self.undecided.iter().any(|undecided| undecided.blocks(least)) {
            self.verdict = Verdict::Undecided;
        }
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
