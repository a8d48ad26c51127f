//! The document: one struct for each object, for writing, reading and the published schema alike.
//!
//! Fields are added here and never renamed or removed. The comments are the descriptions in the schema.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::records::Records;
use super::requirements::{TableRecord, TrendRecord};
use super::words::{
    ApplicabilityWord, EvidenceWord, FailOnWord, FamilyWord, HomeWord, NotificationWord, PassedByWord, SeverityWord,
    StateWord, SuppressionWord, VerdictWord,
};

/// The version of the document. It rises only where a reader of an older one could be misled.
pub(super) const VERSION: u32 = 1;

/// The report of a run of modwarden.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Report<'a> {
    /// The version of this form. It rises only where a reader of an older version could be misled.
    pub(super) version: u32,
    /// The program that made the report.
    pub(super) tool: ToolRecord<'a>,
    /// The address of the repository's remote, without user name, password and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
    /// The commit that was checked, or that the work tree or the index is based on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<Cow<'a, str>>,
    /// When the run began, in RFC 3339 and UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<Cow<'a, str>>,
    /// Which state of the repository was checked.
    pub(super) state: StateRecord<'a>,
    /// The policy.
    pub(super) policy: PolicyRecord<'a>,
    /// Whether the run could do its work.
    pub(super) verdict: VerdictWord,
    /// The lowest severity that makes the run fail.
    pub(super) fail_on: FailOnWord,
    /// The exit code of the run.
    pub(super) exit_code: u8,
    /// The findings, in order of file, place and rule.
    pub(super) findings: Records<'a, FindingRecord<'a>>,
    /// The findings that an exception or a comment covers.
    #[serde(default, skip_serializing_if = "Records::is_empty")]
    pub(super) suppressed: Records<'a, FindingRecord<'a>>,
    /// The covered findings that nothing covered in the state of the comparison.
    #[serde(default, skip_serializing_if = "Records::is_empty")]
    pub(super) newly_covered: Records<'a, FindingRecord<'a>>,
    /// The rules that could not decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) undecided: Vec<UndecidedRecord<'a>>,
    /// The purpose of each requirement. It is there with `--verbose`, and where the same run writes Markdown or HTML.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) requirements: Vec<TableRecord<'a>>,
    /// How the totals developed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) trend: Vec<TrendRecord<'a>>,
    /// Further messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notifications: Vec<NotificationRecord<'a>>,
    /// The rules that were on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rules: Vec<RuleRecord<'a>>,
    /// The lines of files that the report points at, and those beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) excerpts: Vec<ExcerptRecord<'a>>,
    /// The runs that `modwarden merge` joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) merged: Vec<MergedRecord<'a>>,
    /// Counts.
    pub(super) summary: SummaryRecord,
}

/// A program.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(in crate::report) struct ToolRecord<'a> {
    /// `modwarden`.
    pub(super) name: Cow<'a, str>,
    /// Its version.
    pub(super) version: Cow<'a, str>,
}

/// A state of the repository.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct StateRecord<'a> {
    /// The sort of state.
    pub(super) kind: StateWord,
    /// The commit, if the state is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<Cow<'a, str>>,
    /// The revision that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<Cow<'a, str>>,
    /// The commits with which the state was compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) bases: Vec<Cow<'a, str>>,
    /// The paths to which the findings were narrowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) paths: Vec<Cow<'a, str>>,
    /// The rules, and entries of rules, to which the findings were narrowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rules: Vec<Cow<'a, str>>,
}

/// The policy.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct PolicyRecord<'a> {
    /// The file at the root, or the one that the command line names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Cow<'a, str>>,
    /// The built-in pack that is used where there is no file, and the command line names no pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pack: Option<Cow<'a, str>>,
    /// The built-in packs that the command line names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) packs: Vec<Cow<'a, str>>,
    /// The policies of directories, beside the pack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) nested: Vec<Cow<'a, str>>,
    /// The SHA-256 of the texts that make up the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<Cow<'a, str>>,
    /// Whether the file is in the repository; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) in_repository: bool,
}

/// A rule that was on.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct RuleRecord<'a> {
    /// The id.
    pub(super) id: Cow<'a, str>,
    /// The group.
    pub(super) family: FamilyWord,
    /// The severity where the policy gives none.
    pub(super) severity: SeverityWord,
    /// The weakest evidence that suffices.
    pub(super) evidence: EvidenceWord,
    /// The fault that the rule finds.
    pub(super) summary: Cow<'a, str>,
}

/// A finding, as `json` and `jsonl` write it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(in crate::report) struct FindingRecord<'a> {
    /// The rule.
    pub(super) rule: Cow<'a, str>,
    /// The entry of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<Cow<'a, str>>,
    /// The severity.
    pub(super) severity: SeverityWord,
    /// The fault, in one sentence.
    pub(super) message: Cow<'a, str>,
    /// The name of the finding that edits and moves do not change.
    pub(super) identity: Cow<'a, str>,
    /// Where it is.
    pub(super) location: LocationRecord<'a>,
    /// Other places that explain it, such as the line of the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) related: Vec<RelatedRecord<'a>>,
    /// The remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<Cow<'a, str>>,
    /// A page about the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) docs: Option<Cow<'a, str>>,
    /// The evidence of the finding.
    pub(super) evidence: EvidenceWord,
    /// The build constraint of the file, in `//go:build` form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) constraint: Option<Cow<'a, str>>,
    /// The change that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<FixRecord<'a>>,
    /// Why it does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) suppression: Option<SuppressionRecord<'a>>,
    /// The commit that introduced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) introduced_by: Option<ProvenanceRecord<'a>>,
    /// The commit since which it has been there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<ProvenanceRecord<'a>>,
    /// The address of the repository that it is in, in a report that joins several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
}

/// A change that fixes a finding. Without edits the change is known, but not its place.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct FixRecord<'a> {
    /// The change, in the imperative.
    pub(super) message: Cow<'a, str>,
    /// Whether it is certain to be right.
    pub(super) applicability: ApplicabilityWord,
    /// The edits, in order of place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) edits: Vec<EditRecord<'a>>,
}

/// Bytes of a file, which count from 0, and the text that replaces them.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct EditRecord<'a> {
    /// The same place in lines and columns.
    pub(super) location: LocationRecord<'a>,
    /// The first byte.
    pub(super) start_byte: u32,
    /// The byte after the last.
    pub(super) end_byte: u32,
    /// The text.
    pub(super) replacement: Cow<'a, str>,
    /// The text, percent-encoded, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replacement_bytes: Option<Cow<'a, str>>,
}

/// A commit, and who made it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ProvenanceRecord<'a> {
    /// Its id.
    pub(super) commit: Cow<'a, str>,
    /// The author's name.
    pub(super) author: Cow<'a, str>,
    /// The author's address.
    pub(super) email: Cow<'a, str>,
    /// When the author wrote it, in RFC 3339.
    pub(super) date: Cow<'a, str>,
    /// The first line of the message.
    pub(super) subject: Cow<'a, str>,
    /// Whether the clone is too shallow to know whether an earlier commit did; left out if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) at_least: bool,
}

/// A place. Lines and columns count from 1, columns in characters; the end column is the one after the last.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct LocationRecord<'a> {
    /// The path of the file from the root of the repository.
    pub(super) file: Cow<'a, str>,
    /// The path, percent-encoded, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file_bytes: Option<Cow<'a, str>>,
    /// Where the file belongs, if not in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) home: Option<HomeWord>,
    /// The first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    /// The column of the first character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    /// The last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_line: Option<u32>,
    /// The column after the last character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_column: Option<u32>,
    /// The first byte, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) start_byte: Option<u32>,
    /// The byte after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end_byte: Option<u32>,
    /// Which of the `excerpts` has the lines, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) excerpt: Option<u32>,
    /// A few words about the place.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub(super) label: Cow<'a, str>,
}

/// A place that explains a finding.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct RelatedRecord<'a> {
    /// The place.
    pub(super) location: LocationRecord<'a>,
    /// Its relation to the finding.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub(super) message: Cow<'a, str>,
    /// Whether it is the next step of a chain that begins at the place of the finding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) step: bool,
}

/// Why a finding does not count.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct SuppressionRecord<'a> {
    /// The exception or comment that covers it.
    pub(super) kind: SuppressionWord,
    /// The reason that was given.
    pub(super) reason: Cow<'a, str>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) owner: Option<Cow<'a, str>>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Cow<'a, str>>,
    /// Where the exception or the comment is.
    pub(super) location: LocationRecord<'a>,
}

/// A rule that could not decide.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct UndecidedRecord<'a> {
    /// The rule.
    pub(super) rule: Cow<'a, str>,
    /// The entry of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<Cow<'a, str>>,
    /// The severity that a finding would have.
    pub(super) severity: SeverityWord,
    /// The path of the module that it is about; where there is none, of the file.
    pub(super) module: Cow<'a, str>,
    /// Why it could not be decided.
    pub(super) reason: Cow<'a, str>,
    /// Names, versions and counts that belong to the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Cow<'a, str>>,
    /// The action after which the rule can decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<Cow<'a, str>>,
    /// The place that it is about.
    pub(super) location: LocationRecord<'a>,
    /// Who lets the run pass anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) passed_by: Option<PassedByWord>,
    /// The address of the repository that it is about, in a report that joins several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
}

/// A notification, as every JSON form writes it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(in crate::report) struct NotificationRecord<'a> {
    /// The sort.
    pub(super) kind: NotificationWord,
    /// How much it matters.
    pub(super) level: SeverityWord,
    /// The message.
    pub(super) message: Cow<'a, str>,
    /// The place, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<LocationRecord<'a>>,
    /// The remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<Cow<'a, str>>,
    /// The address of the repository that it is about, in a report that joins several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
}

/// Lines of one file. Other lines of the file are not in the report.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ExcerptRecord<'a> {
    /// The path of the file from the root of the repository.
    pub(super) file: Cow<'a, str>,
    /// The lines, in order. Of a very long line there are only parts.
    pub(super) lines: Records<'a, LineRecord<'a>>,
}

/// A line, or a part of a very long one.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct LineRecord<'a> {
    /// The number of the line, from 1.
    pub(super) line: u32,
    /// Where in the file the text begins, in bytes from 0.
    pub(super) start_byte: u32,
    /// The column at which the text begins, in characters; left out if it is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<u32>,
    /// The same column in UTF-16 code units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) column_utf16: Option<u32>,
    /// The text, without the line break.
    pub(super) text: Cow<'a, str>,
    /// The text, percent-encoded, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text_bytes: Option<Cow<'a, str>>,
}

/// A run that `modwarden merge` joined with others.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct MergedRecord<'a> {
    /// The version of modwarden that made it.
    pub(super) tool_version: Cow<'a, str>,
    /// The address of the repository's remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<Cow<'a, str>>,
    /// When the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<Cow<'a, str>>,
    /// The SHA-256 of the texts that make up the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) policy_sha256: Option<Cow<'a, str>>,
    /// Whether the run could do its work.
    pub(super) verdict: VerdictWord,
    /// The least severity that made the run fail.
    pub(super) fail_on: FailOnWord,
    /// The exit code of the run.
    pub(super) exit_code: u8,
    /// How many findings it had.
    pub(super) findings: usize,
}

/// Counts.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct SummaryRecord {
    /// Findings.
    pub(super) findings: usize,
    /// Findings of severity `error`.
    pub(super) error: usize,
    /// Findings of severity `warn`.
    pub(super) warn: usize,
    /// Findings of severity `note`.
    pub(super) note: usize,
    /// Findings that an exception or a comment covers.
    pub(super) suppressed: usize,
    /// Elements of `undecided`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) undecided: Option<usize>,
    /// Findings that are new, in a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new: Option<usize>,
    /// Findings that are no longer there, in a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fixed: Option<usize>,
    /// Findings that were there before, in a comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unchanged: Option<usize>,
    /// Commits of the past that were checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commits: Option<usize>,
    /// The commits at which the history of this clone ends too early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) boundary: Vec<String>,
    /// Modules.
    pub(super) modules: usize,
    /// Packages.
    pub(super) packages: usize,
    /// Go files.
    pub(super) files: usize,
    /// Import declarations.
    pub(super) imports: usize,
    /// Blobs of Git that had to be read.
    pub(super) blobs_read: usize,
    /// Blobs that an earlier run read.
    pub(super) blobs_known: usize,
    /// How long the run took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) elapsed_ms: Option<u64>,
}

/// The first line of `jsonl`: the identity of the run.
#[derive(Serialize)]
pub(in crate::report) struct HeaderLine<'a> {
    pub(super) header: HeaderRecord<'a>,
}

/// The identity of a run, with the names that `json` has for it.
#[derive(Serialize)]
pub(super) struct HeaderRecord<'a> {
    pub(super) version: u32,
    pub(super) tool: ToolRecord<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<Cow<'a, str>>,
    pub(super) state: StateRecord<'a>,
    pub(super) policy: PolicyRecord<'a>,
    pub(super) verdict: VerdictWord,
    pub(super) fail_on: FailOnWord,
    pub(super) exit_code: u8,
    pub(super) summary: SummaryRecord,
}

/// A finding that something newly covers, on a line of its own, which distinguishes it from one that counts.
#[derive(Serialize)]
pub(in crate::report) struct CoveredLine<'a> {
    pub(super) newly_covered: FindingRecord<'a>,
}

/// A rule that could not decide, on a line of its own, which distinguishes it from a finding.
#[derive(Serialize)]
pub(in crate::report) struct UndecidedLine<'a> {
    pub(super) undecided: UndecidedRecord<'a>,
}

/// A notification, on a line of its own, which distinguishes it from a finding.
#[derive(Serialize)]
pub(in crate::report) struct NotificationLine<'a> {
    pub(super) notification: NotificationRecord<'a>,
}
