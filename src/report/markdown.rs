//! Markdown: for a comment in a pull request, or the summary of a job.

use std::io::{self, Write};

use super::covered::newly_covered;
use super::escape::{markdown, markdown_code as code};
use super::place::place;
use super::requirements::{HEADINGS, cells};
use super::statistics::{RuleCount, rule_counts};
use super::summary::{Summary, counted};
use super::undecided::undecided_groups;
use super::{Reporter, Terminal};
use crate::finding::{Finding, Notification, RequirementTable, Run};
use crate::text::Files;

/// How long a text may become. GitHub takes 65,536 characters; some room is left for who puts something around it.
const MAX_LENGTH: usize = 64_000;

/// The part of it that is kept for the end of the text.
const RESERVE: usize = 4_000;

/// How many notifications are shown.
const MAX_NOTIFICATIONS: usize = 5;

/// A text that stops growing before it is too long, and counts the items that do not fit.
#[derive(Default)]
pub(super) struct Page {
    /// The text so far.
    pub(super) text: String,
    /// How many things there was no room for.
    pub(super) left_out: usize,
}

impl Page {
    /// Adds text around items, unless the page is full. Returns whether it did.
    pub(super) fn push(&mut self, text: &str) -> bool {
        let fits = self.left_out == 0 && self.text.len() + text.len() + RESERVE <= MAX_LENGTH;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// Adds a thing, or counts it.
    pub(super) fn push_counted(&mut self, text: &str) {
        if !self.push(text) {
            self.left_out += 1;
        }
    }
}

/// Notifications as quotes, of many the first.
pub(super) fn notes<'n>(notifications: impl Iterator<Item = &'n Notification>) -> String {
    let notifications: Vec<&Notification> = notifications.collect();
    let mut text = String::new();
    for notification in notifications.iter().take(MAX_NOTIFICATIONS) {
        let help = notification.help.as_ref().map(|help| format!(" ({})", markdown(help))).unwrap_or_default();
        text.push_str(&format!(
            "\n> **{}**: {}{help}\n",
            notification.level,
            markdown(&notification.message_with_repository())
        ));
    }
    let more = notifications.len().saturating_sub(MAX_NOTIFICATIONS);
    if more > 0 {
        text.push_str(&format!("\n> and {more} more like these\n"));
    }
    text
}

/// The reporter of `--format markdown`.
pub(super) struct Markdown {
    terminal: Terminal,
}

impl Markdown {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal: Terminal { color: false, ..terminal } }
    }
}

impl Reporter for Markdown {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::default();
        let summary = Summary::of(run, self.terminal);
        page.push("### modwarden\n");
        for line in summary.lines().lines() {
            page.push(&format!("\n{}\n", markdown(line)));
        }
        if self.terminal.statistics {
            push_statistics(&mut page, run);
        }
        push_findings(&mut page, run, files);
        push_covered(&mut page, run, files);
        push_undecided(&mut page, run, files);
        run.requirements.iter().for_each(|table| push_requirements(&mut page, table, files));
        if page.left_out > 0 {
            let more = page.left_out;
            page.text.push_str(&format!("\n… and {more} more: in a terminal, or as JSON or HTML, all are shown.\n"));
        }
        page.text.push_str(&notes(self.terminal.notifications(run)));
        out.write_all(page.text.as_bytes())
    }
}

fn push_statistics(page: &mut Page, run: &Run) {
    let counts = rule_counts(run);
    if counts.is_empty() {
        return;
    }
    page.push("\n| findings | | rule |\n| ---: | --- | --- |\n");
    for RuleCount { severity, code: rule, findings } in counts {
        page.push_counted(&format!("| {findings} | {severity} | {} |\n", code(&rule)));
    }
}

fn push_findings(page: &mut Page, run: &Run, files: &Files) {
    if run.findings.is_empty() {
        return;
    }
    page.push("\n| | rule | place | |\n| --- | --- | --- | --- |\n");
    for finding in &run.findings {
        page.push_counted(&format!(
            "| {} | {} | {} | {} |\n",
            finding.severity,
            code(&finding.code()),
            code(&place(files, &finding.primary)),
            message(finding),
        ));
    }
}

fn push_covered(page: &mut Page, run: &Run, files: &Files) {
    let newly_covered = newly_covered(run, files);
    if newly_covered.is_empty() {
        return;
    }
    page.push("\n#### Newly covered, and not counted\n\n| rule | place | | by |\n| --- | --- | --- | --- |\n");
    for covered in newly_covered {
        let finding = covered.finding;
        let place = code(&place(files, &finding.primary));
        let (message, by) = (markdown(&finding.message), markdown(covered.by_in_words()));
        page.push_counted(&format!("| {} | {place} | {message} | {by} |\n", code(&finding.code())));
    }
}

fn push_undecided(page: &mut Page, run: &Run, files: &Files) {
    let groups = undecided_groups(run);
    if groups.is_empty() {
        return;
    }
    page.push("\n#### Undecided\n\n| rules | place | |\n| --- | --- | --- |\n");
    for group in groups {
        let rules: Vec<String> = group.rules().iter().map(|rule| code(rule)).collect();
        let message = std::iter::once(group.message()).chain(group.remedy());
        let lines: Vec<String> = message.flat_map(|part| part.lines().map(markdown).collect::<Vec<_>>()).collect();
        let place = code(&group.place(files));
        page.push_counted(&format!("| {} | {place} | {} |\n", rules.join(" "), lines.join("<br>")));
    }
}

/// The fault, its history, and the remedy.
fn message(finding: &Finding) -> String {
    let label = Some(&finding.primary.message).filter(|label| !label.is_empty()).cloned();
    let past = finding.origins().map(|(word, commit)| format!("{word} {commit}"));
    let parts = std::iter::once(finding.message.clone()).chain(label).chain(past).chain(finding.advice());
    let lines = parts.flat_map(|part| part.lines().map(markdown).collect::<Vec<_>>());
    lines.collect::<Vec<_>>().join("<br>")
}

fn push_requirements(page: &mut Page, table: &RequirementTable, files: &Files) {
    let (module, file) = (code(&table.module), code(&files.get(table.file).path().to_string()));
    let faults = table.rows.iter().filter(|row| row.is_faulty()).count();
    page.push(&format!("\n#### Requirements of {module} in {file}\n"));
    if let Some(undecided) = &table.undecided {
        page.push(&format!("\n> {}\n", markdown(undecided)));
    }
    let count = counted(table.rows.len(), "requirement");
    let open = page.push(&format!("\n<details><summary>{count}, to be changed: {faults}</summary>\n"));
    page.push(&format!("\n| {} |\n|{}\n", HEADINGS.join(" | "), " --- |".repeat(HEADINGS.len())));
    for row in &table.rows {
        let [path, version, others @ ..] = cells(row);
        let others = others.map(|cell| markdown(&cell)).join(" | ");
        page.push_counted(&format!("| {} | {} | {others} |\n", code(&path), code(&version)));
    }
    if open {
        page.text.push_str("\n</details>\n");
    }
}
