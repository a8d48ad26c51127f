//! The changes between two commits in the dependencies of a repository, and their output formats.
//!
//! The records are filled by the pipeline, in the order in which they are shown. They hold text as it is in the
//! repository; each form escapes it.

mod json;
mod markdown;
mod pretty;
mod totals;

use std::io::{self, Write};

use serde::Serialize;

use super::Terminal;
use crate::finding::{Notification, Tool, Verdict};

/// The forms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiffForm {
    /// For a terminal.
    Pretty(Terminal),
    /// For a comment in a pull request.
    Markdown,
    /// One JSON object.
    Json,
    /// Numbers alone, one `name=value` a line.
    Totals,
}

/// The changes between two commits.
#[derive(Clone, Debug)]
pub(crate) struct Diff {
    /// Who compared.
    pub tool: Tool,
    /// The state before.
    pub base: Endpoint,
    /// The state after.
    pub head: Endpoint,
    /// The paths to which the comparison was narrowed; empty for all.
    pub paths: Vec<String>,
    /// The workspaces with a change in their file, and those of the modules below, by directory.
    pub workspaces: Vec<WorkspaceDiff>,
    /// The modules with a change, by directory.
    pub modules: Vec<ModuleDiff>,
    /// Further messages.
    pub notifications: Vec<Notification>,
    /// Whether everything was seen.
    pub verdict: Verdict,
    /// How much changed.
    pub summary: DiffSummary,
}

/// One of the two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Endpoint {
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The revision by which it was asked for.
    pub revision: String,
    /// Whether the commit is not the revision's own, but the merge base of both revisions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub merge_base: bool,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WorkspaceDiff {
    /// The directory from the root; `.` is the root itself.
    pub dir: String,
    /// Whether it came, went, or is there before and after.
    pub change: Presence,
    /// The lines of its file that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directives: Vec<DirectiveDiff>,
}

/// A module of the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ModuleDiff {
    /// The module path.
    pub path: String,
    /// The directory from the root; `.` is the root itself.
    pub dir: String,
    /// Whether it came, went, or is there before and after.
    pub change: Presence,
    /// Its path before, where it had another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_before: Option<String>,
    /// Its directory before, where it was in another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir_before: Option<String>,
    /// The directory of the workspace that it is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The lines of its file that changed, but for `require`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directives: Vec<DirectiveDiff>,
    /// The requirements that changed: direct ones first, then by change and path.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<RequirementDiff>,
}

/// Whether a thing came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Presence {
    /// It is there only after.
    Added,
    /// It is there only before.
    Removed,
    /// It is there before and after.
    Changed,
}

/// A line of a `go.mod` or `go.work`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DirectiveDiff {
    /// Its first word.
    pub directive: &'static str,
    /// Whether it came, went, or says something else.
    pub change: Presence,
    /// The subject; empty for `go` and `toolchain`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A required module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RequirementDiff {
    /// Its path.
    pub path: String,
    /// The change of the version.
    pub change: RequirementChange,
    /// Further changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Also>,
    /// The version before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The version after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Its replacement, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
    /// Whether its line does not say `// indirect`; where it is gone, whether it did not.
    pub direct: bool,
    /// Whether the module's own files or tools need it, or did; left out where that is not certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<bool>,
    /// The packages that are imported from it and were not, and the other way round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageDiff>,
}

/// The change of a requirement's version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RequirementChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// The version is higher.
    Upgraded,
    /// The version is lower.
    Downgraded,
    /// The version is the same.
    Changed,
}

/// Further changes of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Also {
    /// Something takes its place, and nothing did.
    Replaced,
    /// Nothing takes its place any more.
    NoLongerReplaced,
    /// Something else takes its place.
    ReplacedOtherwise,
    /// It is no longer marked `// indirect`.
    NewlyDirect,
    /// It is marked `// indirect`, and was not.
    NewlyIndirect,
    /// Nothing in the module imports it any more.
    NewlyUnused,
    /// The module imports it, and did not.
    NewlyUsed,
}

/// The replacement of a requirement: a directory, or a module path and a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Replaced {
    /// The replacement before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The replacement after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A package of a requirement that is imported on one side only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PackageDiff {
    /// The import path.
    pub path: String,
    /// Whether it is imported now, or was.
    pub change: Presence,
    /// The module that it came from before, if it was imported then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The module that it comes from now, if it is still imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether it is imported on the other side too, and no module is known there that has it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unresolved: bool,
    /// Whether several requirements could have it and no evidence decides which does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub guess: bool,
    /// Where it is imported, or was.
    pub files: Vec<FilePlace>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FilePlace {
    /// The path from the root.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// How much changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DiffSummary {
    /// Modules that were compared.
    pub compared: usize,
    /// Modules with a change.
    pub modules: usize,
    /// Modules that came.
    pub modules_added: usize,
    /// Modules that went.
    pub modules_removed: usize,
    /// Requirements that came.
    pub added: usize,
    /// Requirements that went.
    pub removed: usize,
    /// Requirements with a higher version.
    pub upgraded: usize,
    /// Requirements with a lower version.
    pub downgraded: usize,
    /// Requirements that are replaced, no longer replaced, or replaced by something else.
    pub replaced: usize,
    /// Requirements that are no longer marked `// indirect`.
    pub newly_direct: usize,
    /// Requirements that are marked `// indirect`, and were not.
    pub newly_indirect: usize,
    /// Requirements that nothing in their module imports any more.
    pub newly_unused: usize,
    /// Requirements that their module imports, and did not.
    pub newly_used: usize,
    /// Other lines of module and workspace files that changed.
    pub directives: usize,
}

impl Diff {
    /// Writes all of it in a form.
    pub(crate) fn write(&self, form: DiffForm, out: &mut dyn Write) -> io::Result<()> {
        match form {
            DiffForm::Pretty(terminal) => pretty::write(self, terminal, out),
            DiffForm::Markdown => markdown::write(self, out),
            DiffForm::Json => json::write(self, out),
            DiffForm::Totals => totals::write(self, out),
        }
    }

    /// The modules of each workspace below it, then those of none.
    fn sections(&self) -> impl Iterator<Item = (Option<&WorkspaceDiff>, Vec<&ModuleDiff>)> {
        self.workspaces.iter().map(Some).chain([None]).map(|workspace| (workspace, self.modules_of(workspace)))
    }

    fn modules_of(&self, workspace: Option<&WorkspaceDiff>) -> Vec<&ModuleDiff> {
        let dir = workspace.map(|workspace| &workspace.dir);
        self.modules.iter().filter(|module| module.workspace.as_ref() == dir).collect()
    }

    /// Whether there is nothing to show.
    fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.workspaces.is_empty()
    }

    /// The numbers of changes; empty if there are none.
    fn counts(&self) -> String {
        let summary = &self.summary;
        let (came, went) = (summary.modules_added, summary.modules_removed);
        let counts = [
            (came, if came == 1 { "module added" } else { "modules added" }),
            (went, if went == 1 { "module removed" } else { "modules removed" }),
            (summary.added, "added"),
            (summary.removed, "removed"),
            (summary.upgraded, "upgraded"),
            (summary.downgraded, "downgraded"),
            (summary.replaced, if summary.replaced == 1 { "replacement changed" } else { "replacements changed" }),
            (summary.newly_direct, "newly direct"),
            (summary.newly_indirect, "newly indirect"),
            (summary.newly_unused, "newly unused"),
            (summary.newly_used, "newly used"),
        ];
        let there = counts.into_iter().filter(|(count, _)| *count > 0);
        there.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}

impl Endpoint {
    /// Names it, with the text that is not ours passed through `show`.
    fn say(&self, show: Show) -> String {
        let commit = self.commit.as_deref().unwrap_or("no commit");
        let short = show(commit.get(..12).unwrap_or(commit));
        match self.merge_base {
            true => format!("{short} (the merge base with {})", show(&self.revision)),
            false if commit.starts_with(&self.revision) => short,
            false => format!("{} ({short})", show(&self.revision)),
        }
    }
}

impl ModuleDiff {
    /// Its name in the output: a file may state no path.
    fn name(&self) -> &str {
        if self.path.is_empty() { "a module without a path" } else { &self.path }
    }

    /// The remarks after its name.
    fn remarks(&self) -> Vec<DiffRemark<'_>> {
        let change = self.change.remark();
        let path = self.path_before.as_deref().map(|name| DiffRemark { words: "was", name: Some(name) });
        let dir = self.dir_before.as_deref().map(|name| DiffRemark { words: "was in", name: Some(name) });
        change.into_iter().chain(path).chain(dir).collect()
    }
}

impl RequirementDiff {
    /// The remarks about it, in addition to its versions.
    fn remarks(&self) -> Vec<DiffRemark<'_>> {
        let after = self.replaced.as_ref().and_then(|replaced| replaced.after.as_deref());
        let before = self.replaced.as_ref().and_then(|replaced| replaced.before.as_deref());
        let mut remarks: Vec<DiffRemark> = self.also.iter().flat_map(|also| also.remarks(before, after)).collect();
        let is_told = |also: &Also| matches!(also, Also::Replaced | Also::NoLongerReplaced | Also::ReplacedOtherwise);
        if let Some(by) = after.or(before).filter(|_| !self.also.iter().any(is_told)) {
            remarks.push(DiffRemark { words: "replaced by", name: Some(by) });
        }
        remarks
    }
}

impl PackageDiff {
    /// The words between its path and its files.
    fn relation(&self) -> &'static str {
        if self.change == Presence::Removed { "was imported in" } else { "imported in" }
    }

    /// The remarks about it.
    fn remarks(&self) -> Vec<DiffRemark<'_>> {
        let from = self.from.as_deref().map(|name| DiffRemark { words: "before from", name: Some(name) });
        let to = self.to.as_deref().map(|name| DiffRemark { words: "now from", name: Some(name) });
        let unknown = if self.change == Presence::Removed {
            "still imported, from no module that is known"
        } else {
            "imported before, from no module that was known"
        };
        let unknown = self.unresolved.then_some(DiffRemark { words: unknown, name: None });
        let guess = self.guess.then_some(DiffRemark { words: "a guess", name: None });
        from.into_iter().chain(to).chain(unknown).chain(guess).collect()
    }
}

/// Makes text from a repository harmless in one of the forms.
type Show = fn(&str) -> String;

/// Words of ours, and perhaps a name from the repository behind them.
struct DiffRemark<'a> {
    words: &'static str,
    name: Option<&'a str>,
}

impl DiffRemark<'_> {
    fn say(&self, show: Show) -> String {
        match self.name {
            Some(name) => format!("{} {}", self.words, show(name)),
            None => self.words.to_owned(),
        }
    }
}

/// The remarks, one after the other.
fn list(remarks: &[DiffRemark<'_>], show: Show) -> String {
    remarks.iter().map(|remark| remark.say(show)).collect::<Vec<_>>().join(", ")
}

impl Also {
    fn remarks<'a>(self, before: Option<&'a str>, after: Option<&'a str>) -> Vec<DiffRemark<'a>> {
        let (words, name) = match self {
            Self::Replaced | Self::ReplacedOtherwise => ("now replaced by", after),
            Self::NoLongerReplaced => ("no longer replaced by", before),
            Self::NewlyDirect => ("newly direct", None),
            Self::NewlyIndirect => ("newly indirect", None),
            Self::NewlyUnused => ("no longer imported", None),
            Self::NewlyUsed => ("newly imported", None),
        };
        let was = (self == Self::ReplacedOtherwise).then_some(DiffRemark { words: "no longer by", name: before });
        [DiffRemark { words, name }].into_iter().chain(was).collect()
    }
}

impl RequirementChange {
    fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Upgraded => "upgraded",
            Self::Downgraded => "downgraded",
            Self::Changed => "changed",
        }
    }
}

impl Presence {
    fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    /// The remark after the name of an added or removed thing.
    fn remark(self) -> Option<DiffRemark<'static>> {
        (self != Self::Changed).then_some(DiffRemark { words: self.as_str(), name: None })
    }
}
