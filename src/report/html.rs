//! One HTML page that needs nothing else: no script, no font, no picture from elsewhere.

mod trend;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::covered::{NewlyCovered, newly_covered};
use super::escape::{pieces, terminal as safe};
use super::place::{first_line, line_content, place};
use super::requirements::{HEADINGS, cells, title};
use super::statistics::rule_counts;
use super::summary::Summary;
use super::undecided::{UndecidedGroup, undecided_groups};
use super::{Reporter, Terminal};
use crate::finding::{
    Finding, Label, Notification, RequirementRow, RequirementTable, RequirementVerdict, Run, Severity,
};
use crate::text::{Files, Span};

/// Nothing is loaded and nothing is run, whatever a repository contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = include_str!("html/style.css");

/// How much of a line is shown.
const MAX_LINE: u32 = 240;

/// The reporter of `--format html`.
pub(super) struct Html {
    terminal: Terminal,
}

impl Html {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal: Terminal { color: false, ..terminal } }
    }
}

impl Reporter for Html {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.page(run, files).into_string().as_bytes())
    }
}

impl Html {
    fn page(&self, run: &Run, files: &Files) -> Markup {
        let summary = Summary::of(run, self.terminal);
        let notifications: Vec<&Notification> = self.terminal.notifications(run).collect();
        let covered = newly_covered(run, files);
        let undecided = undecided_groups(run);
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "modwarden: " (summary.headline) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    @for (at, line) in summary.lines().lines().enumerate() {
                        @if at == 0 { h1 class=(summary.severity.map_or("good", Severity::as_str)) { (line) } } @else { p { (prose(line)) } }
                    }
                    (trend::charts(&run.trend))
                    @if self.terminal.statistics { (statistics(run)) }
                    @if !run.findings.is_empty() {
                        h2 { "Findings" }
                        @for finding in &run.findings { (self::finding(finding, files)) }
                    }
                    @if !covered.is_empty() {
                        h2 { "Newly covered, and not counted" }
                        @for covered in &covered { (newly_covered_finding(covered, files)) }
                    }
                    @if !undecided.is_empty() {
                        h2 { "Undecided" }
                        @for group in &undecided { (self::undecided(group, files)) }
                    }
                    @if !notifications.is_empty() {
                        h2 { "Notes" }
                        @for notification in notifications { (self::notification(notification, files)) }
                    }
                    @for table in &run.requirements { (requirements(table, files)) }
                    footer class="dim" { p { (run.tool.name) " " (safe(&run.tool.version)) } }
                }
            }
        }
    }
}

/// How many findings each rule has.
fn statistics(run: &Run) -> Markup {
    let counts = rule_counts(run);
    html! {
        @if !counts.is_empty() {
            table {
                thead { tr { th { "findings" } th { "severity" } th { "rule" } } }
                tbody {
                    @for count in counts {
                        tr {
                            td { (count.findings) }
                            td class=(count.severity.as_str()) { (count.severity.as_str()) }
                            td { code { (safe(&count.code)) } }
                        }
                    }
                }
            }
        }
    }
}

fn finding(finding: &Finding, files: &Files) -> Markup {
    let code = safe(&finding.code());
    html! {
        article {
            p {
                b class=(finding.severity.as_str()) { (finding.severity.as_str()) } " "
                @match finding.docs.as_deref().filter(|docs| docs.starts_with("https://")) {
                    Some(docs) => a href=(safe(docs)) rel="noreferrer" { code { (code) } },
                    None => code { (code) },
                }
                " " (prose(&finding.message))
            }
            (at(&finding.primary, files))
            @for label in &finding.related { (at(label, files)) }
            @if let Some(constraint) = &finding.constraint {
                p class="dim" { "only in builds with " code { (safe(constraint)) } }
            }
            @for (word, commit) in finding.origins() { p class="dim" { (word) " " (safe(&commit.to_string())) } }
            @if let Some(advice) = finding.advice() {
                @for line in advice.lines() { p { (prose(line)) } }
            }
            p class="dim" { "evidence: " (finding.evidence.as_str()) }
        }
    }
}

/// A finding that does not count, and the exception or comment that newly covers it.
fn newly_covered_finding(covered: &NewlyCovered<'_>, files: &Files) -> Markup {
    html! {
        article {
            p { b class="note" { "newly covered" } " " code { (safe(&covered.finding.code())) } " " (prose(&covered.finding.message)) }
            (at(&covered.finding.primary, files))
            p { "by " (prose(covered.by_in_words())) }
            (at(covered.by, files))
        }
    }
}

/// Questions with one reason and one remedy.
fn undecided(group: &UndecidedGroup<'_>, files: &Files) -> Markup {
    let class = if group.is_passed() { "dim" } else { group.severity().as_str() };
    html! {
        article {
            p { b class=(class) { "undecided" } " " (prose(&group.message())) }
            p { @for rule in group.rules() { code { (safe(&rule)) } " " } }
            (at(&group.first().question.label, files))
            @if let Some(remedy) = group.remedy() { @for line in remedy.lines() { p { (prose(line)) } } }
        }
    }
}

/// A sentence, with text in back quotes as code.
fn prose(text: &str) -> Markup {
    html! { @for (piece, is_code) in pieces(text) { @if is_code { code { (safe(piece)) } } @else { (safe(piece)) } } }
}

/// A place, its line, and its label.
fn at(label: &Label, files: &Files) -> Markup {
    let line = line(label, files);
    html! {
        p { code { (safe(&place(files, label))) } @if !label.message.is_empty() { ": " (prose(&label.message)) } }
        @if let Some(line) = line { pre { (safe(&line)) } }
    }
}

/// The line that a label is on, as far as it is shown.
fn line(label: &Label, files: &Files) -> Option<String> {
    let file = files.get(label.file);
    let whole = file.has_text().then(|| line_content(file, file.lines().line_of(label.span.start)))?;
    let marked = first_line(file, label.span);
    let begin = if marked.start > whole.start + MAX_LINE { marked.start } else { whole.start };
    let shown = Span { start: begin, end: whole.end.min(begin + MAX_LINE) };
    Some(String::from_utf8_lossy(file.slice(shown)).into_owned())
}

fn notification(notification: &Notification, files: &Files) -> Markup {
    html! {
        article {
            p {
                b class=(notification.level.as_str()) { (notification.level.as_str()) } " " (prose(&notification.message_with_repository()))
            }
            @if let Some(label) = &notification.label { (at(label, files)) }
            @if let Some(help) = &notification.help { @for line in help.lines() { p { (prose(line)) } } }
        }
    }
}

fn requirements(table: &RequirementTable, files: &Files) -> Markup {
    html! {
        h2 { (safe(&title(table, files))) }
        @if let Some(undecided) = &table.undecided { p { (prose(undecided)) } }
        div class="wide" {
            table {
                thead { tr { @for heading in HEADINGS { th { (heading) } } } }
                tbody { @for row in &table.rows { (requirement(row)) } }
            }
        }
    }
}

fn requirement(row: &RequirementRow) -> Markup {
    let [path, version, line, importers, packages, first, last, evidence, verdict] = cells(row).map(|cell| safe(&cell));
    let files = row.importers.iter().map(|it| {
        let builds = it.constraint.as_ref().map(|constraint| format!(" ({constraint})")).unwrap_or_default();
        format!("{}:{}{builds}", it.file, it.line)
    });
    html! {
        tr {
            td { code { (path) } }
            td { code { (version) } }
            td { (line) }
            td { (folded(&importers, &files.collect::<Vec<_>>())) }
            td { (folded(&packages, &row.packages)) }
            td { (first) @if let Some(commit) = row.past.as_ref().and_then(|past| past.first.as_ref()) { br; (safe(&commit.author)) } }
            td { (last) @if let Some(commit) = row.past.as_ref().and_then(|past| past.last.as_ref()) { br; (safe(&commit.author)) } }
            td { (evidence) }
            td class=(color(&row.verdict)) { (verdict) }
        }
    }
}

/// A count that opens to the counted items.
fn folded(count: &str, items: &[String]) -> Markup {
    html! {
        @if items.is_empty() {
            (count)
        } @else {
            details { summary { (count) } ul { @for item in items { li { code { (safe(item)) } } } } }
        }
    }
}

fn color(verdict: &RequirementVerdict) -> &'static str {
    match verdict {
        RequirementVerdict::Needed => "good",
        RequirementVerdict::Undecided => "dim",
        _ => "warn",
    }
}
