//! GitHub workflow commands, which the runner turns into annotations of a pull request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::covered::{NewlyCovered, newly_covered};
use super::escape::{github_data, github_property};
use super::place::{Region, first_line};
use super::undecided::{UndecidedGroup, undecided_groups};
use super::{Reporter, Terminal};
use crate::finding::{Label, Run, Severity};
use crate::text::{Files, Home};

/// How many errors, and how many warnings, the runner shows of one step.
const MAX_ANNOTATIONS: usize = 10;

/// The same number of notices, except one for the line that counts the others.
const MAX_NOTICES: usize = MAX_ANNOTATIONS - 1;

/// The reporter of `--format github`.
pub(super) struct Github {
    terminal: Terminal,
}

impl Github {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal }
    }
}

impl Reporter for Github {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let groups = undecided_groups(run);
        let questions: Vec<String> = groups.iter().map(rules_and_message).collect();
        let covered = newly_covered(run, files);
        let messages: Vec<String> = covered.iter().map(NewlyCovered::message).collect();
        let mut annotations = self.annotations(run, groups.iter().zip(&questions));
        annotations.extend(covered.iter().zip(&messages).map(|(covered, message)| Annotation {
            severity: Severity::Note,
            title: format!("newly covered: {}", covered.finding.code()),
            message: message.into(),
            help: None,
            label: Some(&covered.finding.primary),
            past: String::new(),
        }));
        let mut shown = 0;
        for severity in Severity::ALL.into_iter().rev() {
            for annotation in spread(&annotations, severity) {
                writeln!(out, "{}", annotation.command(files))?;
                shown += 1;
            }
        }
        match annotations.len() - shown {
            0 => {}
            more => {
                writeln!(out, "::notice title=modwarden::{more} more: GitHub shows no more than 10 of a kind a step")?;
            }
        }
        out.write_all(self.terminal.statistics(run).as_bytes())
    }
}

impl Github {
    fn annotations<'a>(
        &self,
        run: &'a Run,
        undecided: impl Iterator<Item = (&'a UndecidedGroup<'a>, &'a String)>,
    ) -> Vec<Annotation<'a>> {
        let notifications = self.terminal.notifications(run).map(|it| Annotation {
            severity: it.level,
            title: run.tool.name.to_owned(),
            message: it.message_with_repository(),
            help: it.help.clone(),
            label: it.label.as_ref(),
            past: String::new(),
        });
        let undecided = undecided.map(|(group, message)| Annotation {
            severity: if group.is_passed() { Severity::Note } else { group.severity() },
            title: "undecided".to_owned(),
            message: message.into(),
            help: group.remedy(),
            label: Some(&group.first().question.label),
            past: String::new(),
        });
        let findings = run.findings.iter().map(|it| Annotation {
            severity: it.severity,
            title: it.code(),
            message: it.message.as_str().into(),
            help: it.advice(),
            label: Some(&it.primary),
            past: it.origins().map(|(word, commit)| format!("\n{word}: {commit}")).collect(),
        });
        notifications.chain(undecided).chain(findings).collect()
    }
}

fn rules_and_message(group: &UndecidedGroup<'_>) -> String {
    format!("{}: {}", group.rules().join(", "), group.message())
}

struct Annotation<'a> {
    severity: Severity,
    title: String,
    message: Cow<'a, str>,
    help: Option<String>,
    label: Option<&'a Label>,
    past: String,
}

impl Annotation<'_> {
    fn command(&self, files: &Files) -> String {
        let name = match self.severity {
            Severity::Error => "error",
            Severity::Warn => "warning",
            Severity::Note => "notice",
        };
        let place = self.label.map(|label| place(label, files)).unwrap_or_default();
        let mut text = format!("{}{}", self.message, self.past);
        if let Some(help) = &self.help {
            // Writing to a string cannot fail.
            let _ = write!(text, "\nhelp: {help}");
        }
        format!("::{name} {place}title={}::{}", github_property(&self.title), github_data(&text))
    }
}

/// The properties of a place; none outside the repository, where GitHub has no file to show.
fn place(label: &Label, files: &Files) -> String {
    let file = files.get(label.file);
    if file.home() != Home::Repository {
        return String::new();
    }
    let path = github_property(&String::from_utf8_lossy(file.path().as_bytes()));
    match Region::chars(file, first_line(file, label.span)) {
        Some(Region { start, end }) => {
            let columns = format!("col={},endColumn={}", start.column, end.column);
            format!("file={path},line={},endLine={},{columns},", start.line, end.line)
        }
        None => format!("file={path},"),
    }
}

/// The first annotations of each title, then the second ones, and so on, as far as the runner shows them: a rule
/// with many findings does not hide the others.
fn spread<'s, 'a>(annotations: &'s [Annotation<'a>], severity: Severity) -> impl Iterator<Item = &'s Annotation<'a>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut ranked: Vec<(usize, &Annotation)> = Vec::new();
    for annotation in annotations.iter().filter(|it| it.severity == severity) {
        let rank = seen.entry(&annotation.title).or_default();
        ranked.push((*rank, annotation));
        *rank += 1;
    }
    ranked.sort_by_key(|&(rank, _)| rank);
    let limit = if severity == Severity::Note { MAX_NOTICES } else { MAX_ANNOTATIONS };
    ranked.into_iter().take(limit).map(|(_, annotation)| annotation)
}
