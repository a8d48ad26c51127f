//! Shared by the rules about `replace` and `exclude` lines: where a line is allowed, how old it may be, and the words
//! for its effect.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::identity::{at_module, at_workspace};
use super::{Binder, Context};
use crate::finding::{IdentityName, IdentitySubject, Label, OpenQuestion, Violation};
use crate::model::{Added, AgeFacts, Module, Replacement, Workspace};
use crate::policy::{FileGlobs, OptionError};
use crate::syntax::{Line, Replace, ReplaceTarget};
use crate::text::FileId;

/// A line of a module file or workspace file, with the data for every message about such a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct JudgedLine<'m> {
    /// The file that holds it.
    pub(super) holder: LineHolder<'m>,
    /// The line.
    pub(super) line: &'m Line,
    /// The module that it is about.
    pub(super) about: &'m str,
}

/// The module or workspace that a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineHolder<'m> {
    /// A module.
    Module(Module<'m>),
    /// A workspace.
    Workspace(Workspace<'m>),
}

impl<'m> LineHolder<'m> {
    /// The file.
    pub(super) fn file(self) -> FileId {
        match self {
            Self::Module(module) => module.file(),
            Self::Workspace(workspace) => workspace.file(),
        }
    }

    /// The workspace, or the one that the module is built in.
    pub(super) fn workspace(self) -> Option<Workspace<'m>> {
        match self {
            Self::Module(module) => module.workspace(),
            Self::Workspace(workspace) => Some(workspace),
        }
    }

    /// The kind of file.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Module(_) => "go.mod",
            Self::Workspace(_) => "go.work",
        }
    }

    /// The path of the module, or that of the workspace's file.
    fn name(self, cx: Context<'_>) -> String {
        match self {
            Self::Module(module) => module.path().to_string(),
            Self::Workspace(workspace) => cx.path(workspace.file()).to_string(),
        }
    }

    /// The subject of findings in the file.
    pub(super) fn identity(self) -> IdentitySubject {
        match self {
            Self::Module(module) => at_module(module),
            Self::Workspace(workspace) => at_workspace(workspace),
        }
    }
}

/// The `replace` lines in scope, each with the file that holds it.
pub(super) fn replaces<'m>(cx: Context<'m>) -> impl Iterator<Item = (LineHolder<'m>, Replacement<'m>)> {
    let of_modules =
        cx.modules().flat_map(|module| module.replacements().map(move |line| (LineHolder::Module(module), line)));
    let of_workspaces = cx
        .workspaces()
        .flat_map(|workspace| workspace.replacements().map(move |line| (LineHolder::Workspace(workspace), line)));
    of_modules.chain(of_workspaces)
}

impl JudgedLine<'_> {
    /// A violation at this line. `subject` is the module and version on its left; `fault` distinguishes this fault
    /// from others at the same line.
    pub(super) fn violation(&self, subject: &IdentityName, fault: &str, message: String) -> Violation {
        let subject = self.holder.identity().to(subject).fault(fault);
        let primary = Label::new(self.holder.file(), self.line.span, "");
        Violation { about: Some(self.about.to_owned()), ..Violation::new(subject, message, primary) }
    }

    /// Whether a comment on the line, or directly above it, explains it. One that only asks for an exception does not.
    pub(super) fn is_explained(&self) -> bool {
        let says_something = |text: &str| {
            let text = text.trim_start_matches('/').trim();
            !text.is_empty() && !text.starts_with("modwarden:")
        };
        self.line.comments.iter().any(|comment| says_something(&comment.text))
    }
}

/// The words for the effect of a `replace` line.
pub(super) fn replaced(line: &Replace) -> String {
    let target = match &line.new {
        ReplaceTarget::Directory(path) => format!("the directory `{}`", path.value),
        ReplaceTarget::Module { path, version } => format!("`{}` {}", path.value, version.value),
    };
    match &line.old_version {
        Some(version) => format!("`{}` {} is replaced by {target}", line.old.value, version.value),
        None => format!("every version of `{}` is replaced by {target}", line.old.value),
    }
}

/// Whether something must be there or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Demand {
    /// It must.
    Required,
    /// It must not.
    Forbidden,
}

/// That a comment must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CommentMissing {
    /// It must.
    Required,
}

/// The files in which lines are allowed.
#[derive(Debug)]
pub(super) struct Places {
    kinds: Vec<&'static str>,
    globs: FileGlobs,
    text: String,
}

impl Places {
    /// The value of the option `where`; `None` if it is not given.
    pub(super) fn bind(list: Option<&[Spanned<String>]>, binder: &mut Binder<'_>) -> Option<Self> {
        let list = list?;
        let kind = |item: &Spanned<String>| ["go.mod", "go.work"].into_iter().find(|kind| kind == item.get_ref());
        let others: Vec<Spanned<String>> = list.iter().filter(|item| kind(item).is_none()).cloned().collect();
        let names: Vec<String> = list.iter().map(|item| format!("`{}`", item.get_ref())).collect();
        let globs = binder.files("where", &others);
        Some(Self { kinds: list.iter().filter_map(kind).collect(), globs, text: names.join(" or ") })
    }

    /// The violation if the line is in another file.
    pub(super) fn check(
        &self,
        cx: Context<'_>,
        line: &JudgedLine<'_>,
        subject: &IdentityName,
        does: &str,
    ) -> Option<Violation> {
        let path = cx.path(line.holder.file());
        let is_named = self.globs.iter().next().is_some() && self.globs.find(path.as_bytes()).is_some();
        if self.kinds.contains(&line.holder.kind()) || is_named {
            return None;
        }
        let (message, help) = if self.text.is_empty() {
            (format!("{does} in {path}, where the policy allows no such line"), "remove the line".to_owned())
        } else {
            let message = format!("{does} in {path}, but the policy allows such lines only in {}", self.text);
            (message, format!("move the line to {}", self.text))
        };
        Some(Violation { help: Some(help), ..line.violation(subject, "where", message) })
    }
}

/// How old a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaxAge {
    days: u32,
}

impl MaxAge {
    /// A limit in days.
    pub(super) const fn of_days(days: u32) -> Self {
        Self { days }
    }

    /// The value of the option `max-age`; `None` if it is not given, or wrong.
    pub(super) fn bind(text: Option<&Spanned<String>>, binder: &mut Binder<'_>) -> Option<Self> {
        let text = text?;
        let days = days(text.get_ref());
        if days.is_none() {
            let error = OptionError::new(text.span().into(), format!("`{}` is not an age", text.get_ref()));
            binder.reject("max-age", error.help("write days or weeks, such as `90d` or `12w`"));
        }
        days.map(Self::of_days)
    }

    /// The commit that added a line which is older than this.
    pub(super) fn exceeded<'m>(self, ages: AgeFacts<'m>, line: &JudgedLine<'m>) -> Option<&'m Added> {
        ages.added(line.holder.file(), line.line.span).filter(|added| added.days > self.days)
    }

    /// The open questions about the age of lines: one for each file, at the first of its lines.
    pub(super) fn open_questions<'m>(
        self,
        cx: Context<'m, AgeFacts<'m>>,
        lines: impl Iterator<Item = (LineHolder<'m>, &'m Line)>,
    ) -> Vec<OpenQuestion> {
        let (reason, remedy) = match cx.facts().lacks_history() {
            true => (
                "the files are not in a Git repository, so the age of their lines is unknown",
                "run modwarden in a clone of the repository",
            ),
            false => (
                "the history of this clone is too short to know the age of lines",
                "run `git fetch --unshallow`; in GitHub Actions, set `fetch-depth: 0`",
            ),
        };
        let mut open: Vec<(LineHolder<'m>, Label, usize)> = Vec::new();
        for (holder, line) in lines.filter(|(holder, line)| self.is_open(cx.facts(), *holder, line)) {
            match open.iter_mut().find(|(known, ..)| *known == holder) {
                Some((_, _, count)) => *count += 1,
                None => open.push((holder, Label::new(holder.file(), line.span, ""), 1)),
            }
        }
        let question = |(holder, label, lines): (LineHolder<'m>, Label, usize)| OpenQuestion {
            module: holder.name(cx.plain()),
            reason: reason.to_owned(),
            details: Some(if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }),
            remedy: Some(remedy.to_owned()),
            label,
        };
        open.into_iter().map(question).collect()
    }

    /// Whether a line may be older than this, and nobody knows.
    fn is_open(self, ages: AgeFacts<'_>, holder: LineHolder<'_>, line: &Line) -> bool {
        let is_cut_short = |added: &Added| added.is_least && added.days <= self.days;
        ages.lacks_history() || ages.added(holder.file(), line.span).is_some_and(is_cut_short)
    }

    /// Says that the line is older, if it is.
    pub(super) fn check<'m>(
        self,
        ages: AgeFacts<'m>,
        line: &JudgedLine<'m>,
        subject: &IdentityName,
        does: &str,
    ) -> Option<Violation> {
        let added = self.exceeded(ages, line)?;
        let message = format!("{does} {}, but the policy allows only {}", since(added), count(self.days));
        let help = format!(
            "remove the line if it is no longer needed; `git show {:.10}` shows why it was added",
            added.commit
        );
        Some(Violation { help: Some(help), ..line.violation(subject, "max-age", message) })
    }
}

/// For how long a line has stood, by which commit and whose.
pub(super) fn since(added: &Added) -> String {
    let Added { commit, author, date, days, is_least } = added;
    let at_least = if *is_least { "at least " } else { "" };
    format!("for {at_least}{}, since {date} (commit {commit:.10} by {author})", count(*days))
}

fn count(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The days in `90d` or `12w`.
fn days(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let days = match unit {
        "d" => 1,
        "w" => 7,
        _ => return None,
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(days)
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn an_age_is_a_number_of_days_or_weeks() {
        assert_eq!(["90d", "12w", "0d", "1d"].map(days), [Some(90), Some(84), Some(0), Some(1)]);
        for wrong in ["", "d", "90", "90 d", "-1d", "+1d", "1.5w", "3m", "1y", "99999999999d", "700000000w", "1é"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
