//! All that a run has to say as one list, for the forms whose readers know one sort of thing.

use super::Terminal;
use super::covered::newly_covered;
use super::place::{Region, first_line};
use super::undecided::{UndecidedGroup, undecided_groups};
use crate::finding::{Finding, Label, NotificationKind, Run, Severity};
use crate::text::{Files, Home, SourceFile};

/// The place of a remark about no file: a person would look at the policy first.
const NOWHERE: &str = "modwarden.toml";

/// One thing that is said.
pub(super) struct Remark<'a> {
    /// The kind of remark.
    pub(super) kind: RemarkKind<'a>,
    /// How much it matters.
    pub(super) severity: Severity,
    /// A short name: the rule and the entry, or a word.
    pub(super) code: String,
    /// A name that nothing else of the run has, and that edits do not change where it can be helped.
    pub(super) identity: String,
    /// The message, in one sentence.
    pub(super) message: String,
    /// The remedy.
    pub(super) help: Option<String>,
    /// Where.
    pub(super) label: Option<&'a Label>,
}

/// The sorts of remark.
#[derive(Clone, Copy)]
pub(super) enum RemarkKind<'a> {
    /// A finding.
    Finding(&'a Finding),
    /// A finding that does not count, and nothing covered before.
    NewlyCovered,
    /// An open question of rules. It lets the run pass or not.
    Undecided {
        /// Whether the run passes anyway.
        is_passed: bool,
    },
    /// Something else.
    Notification(NotificationKind),
}

/// Everything that this terminal wants to see of a run: findings first, in the order of the run.
pub(super) fn remarks<'a>(run: &'a Run, files: &Files, terminal: Terminal) -> Vec<Remark<'a>> {
    let mut remarks: Vec<Remark<'a>> = run.findings.iter().map(of_finding).collect();
    for covered in newly_covered(run, files) {
        let finding = covered.finding;
        remarks.push(Remark {
            kind: RemarkKind::NewlyCovered,
            severity: Severity::Note,
            code: finding.code(),
            identity: format!("newly covered: {}", finding.identity),
            message: covered.message(),
            help: None,
            label: Some(&finding.primary),
        });
    }
    remarks.extend(undecided_groups(run).iter().map(of_undecided));
    for notification in terminal.notifications(run) {
        let kind = notification.kind;
        remarks.push(Remark {
            kind: RemarkKind::Notification(kind),
            severity: notification.level,
            code: kind.as_str().to_owned(),
            identity: format!("{}: {}", kind.as_str(), notification.message_with_repository()),
            message: notification.message_with_repository().into_owned(),
            help: notification.help.clone(),
            label: notification.label.as_ref(),
        });
    }
    remarks
}

fn of_finding(finding: &Finding) -> Remark<'_> {
    let past = finding.origins().map(|(word, commit)| format!(" ({word} {commit})"));
    Remark {
        kind: RemarkKind::Finding(finding),
        severity: finding.severity,
        code: finding.code(),
        identity: finding.identity.to_string(),
        message: std::iter::once(finding.message.clone()).chain(past).collect(),
        help: finding.advice(),
        label: Some(&finding.primary),
    }
}

fn of_undecided<'a>(group: &UndecidedGroup<'a>) -> Remark<'a> {
    let rules = group.rules().join(", ");
    let repository = group.first().repository.as_ref().map(|it| format!(", in {it}")).unwrap_or_default();
    Remark {
        kind: RemarkKind::Undecided { is_passed: group.is_passed() },
        severity: if group.is_passed() { Severity::Note } else { group.severity() },
        identity: format!("undecided: {rules}: {}{repository}", group.first().question.reason),
        code: rules,
        message: group.message(),
        help: group.remedy(),
        label: Some(&group.first().question.label),
    }
}

/// Where a remark is shown.
pub(super) struct Spot<'a> {
    /// The path of the file.
    pub(super) path: String,
    /// The file, if the remark is about one.
    pub(super) file: Option<&'a SourceFile>,
    /// The part on its first line, with columns in characters; the beginning of the file if nothing is known.
    pub(super) region: Region,
}

impl Remark<'_> {
    /// Its place. A remark about no file of the repository is shown at the policy.
    pub(super) fn spot<'a>(&self, run: &Run, files: &'a Files) -> Spot<'a> {
        let at_policy = || Spot { path: policy_path(run), file: None, region: Region::BEGINNING };
        let Some(label) = self.label else { return at_policy() };
        let file = files.get(label.file);
        if file.home() == Home::Embedded {
            return at_policy();
        }
        Spot {
            path: String::from_utf8_lossy(file.path().as_bytes()).into_owned(),
            file: Some(file),
            region: Region::chars(file, first_line(file, label.span)).unwrap_or(Region::BEGINNING),
        }
    }

    /// The message and the help, on one line.
    pub(super) fn sentence(&self) -> String {
        let help = self.help.as_ref().map(|help| format!(" ({})", help.replace('\n', "; "))).unwrap_or_default();
        format!("{}{help}", self.message)
    }
}

fn policy_path(run: &Run) -> String {
    let path = run.policy.file.clone().filter(|path| !path.is_empty());
    path.unwrap_or_else(|| NOWHERE.to_owned())
}
