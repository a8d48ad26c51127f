//! For people: each finding with the lines it is about, drawn by miette, then one line that sums up.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use miette::{ThemeCharacters, ThemeStyles};

use super::covered::{NewlyCovered, newly_covered};
use super::escape::terminal;
use super::excerpt::Excerpt;
use super::file_links::FileLinks;
use super::limit::{Shown, shown};
use super::place::place;
use super::requirements::table;
use super::summary::Summary;
use super::undecided::{UndecidedGroup, undecided_groups};
use super::{Reporter, Terminal};
use crate::finding::{Finding, Label, Notification, Run, Severity};
use crate::text::Files;

/// Labels in other files are drawn up to this many; a longer chain reads better as one line each.
const MAX_OTHER_SNIPPETS: usize = 2;

/// The narrowest that is drawn.
const MIN_WIDTH: usize = 40;

pub(super) const BOLD: &str = "1";
pub(super) const DIM: &str = "2";
pub(super) const GREEN: &str = "32";
pub(super) const YELLOW: &str = "33";

/// The reporter of `--format pretty`.
pub(super) struct Pretty {
    terminal: Terminal,
    handler: GraphicalReportHandler,
    links: Option<FileLinks>,
}

impl Reporter for Pretty {
    fn report(&self, run: &Run, files: &Files, out: &mut dyn Write) -> io::Result<()> {
        for shown in shown(self.terminal, run, files) {
            match shown {
                Shown::Finding(finding) => writeln!(out, "{}", self.finding(finding, files))?,
                Shown::Count(count) => writeln!(out, "{}\n", self.terminal.paint(&terminal(&count), &[DIM]))?,
            }
        }
        let (placed, others): (Vec<_>, Vec<_>) = self.terminal.notifications(run).partition(|it| it.label.is_some());
        for notification in placed {
            writeln!(out, "{}", self.notification(notification, files))?;
        }
        for notification in &others {
            out.write_all(remark(self.terminal, notification).as_bytes())?;
        }
        if !others.is_empty() {
            writeln!(out)?;
        }
        let covered = newly_covered(run, files);
        for covered in &covered {
            out.write_all(self.newly_covered(covered, files).as_bytes())?;
        }
        if !covered.is_empty() {
            writeln!(out)?;
        }
        for group in undecided_groups(run) {
            writeln!(out, "{}", self.undecided(&group, files))?;
        }
        for requirements in run.requirements.iter().filter(|_| self.terminal.verbose) {
            writeln!(out, "{}", table(self.terminal, requirements, files))?;
        }
        out.write_all(self.terminal.statistics(run).as_bytes())?;
        out.write_all(self.summary(run).as_bytes())
    }
}

impl Pretty {
    pub(super) fn new(terminal: Terminal) -> Self {
        let mut characters = if terminal.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        if terminal.unicode {
            "•".clone_into(&mut characters.advice);
        }
        let styles = if terminal.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_width(terminal.width.max(MIN_WIDTH))
            .with_urls(false)
            .without_syntax_highlighting()
            .with_break_words(false);
        Self { terminal, handler, links: None }
    }

    /// The same, with links from the names of files to the files, if the terminal can follow any.
    pub(super) fn with_links(self, links: FileLinks) -> Self {
        Self { links: Some(links).filter(|_| self.terminal.hyperlinks), ..self }
    }

    fn finding(&self, finding: &Finding, files: &Files) -> String {
        let mut text = self.header(finding);
        let (drawn, listed) = arrange(files, &finding.primary, &finding.related);
        let block = FindingBlock {
            severity: finding.severity,
            message: terminal(&finding.message),
            help: finding.advice().as_deref().map(help),
            excerpt: Excerpt::new(files, &drawn, self.links.as_ref()),
        };
        self.draw(&mut text, &block);
        self.push_labels(&mut text, files, &listed);
        if let Some(constraint) = &finding.constraint {
            push_line(&mut text, "only in builds with", constraint);
        }
        for (word, commit) in finding.origins() {
            push_line(&mut text, word, &commit.to_string());
        }
        if let Some(docs) = finding.docs.as_deref().filter(|docs| !self.links_to(docs)) {
            push_line(&mut text, "docs", docs);
        }
        text
    }

    fn notification(&self, notification: &Notification, files: &Files) -> String {
        let code = format!("{}[{}]", notification.level, notification.kind.as_str());
        let mut text = self.terminal.paint(&code, &[BOLD, color(notification.level)]) + "\n";
        let labels = notification.label.iter();
        let (drawn, listed): (Vec<_>, Vec<_>) = labels.partition(|label| files.get(label.file).has_text());
        let block = FindingBlock {
            severity: notification.level,
            message: terminal(&notification.message_with_repository()),
            help: notification.help.as_deref().map(help),
            excerpt: Excerpt::new(files, &drawn, self.links.as_ref()),
        };
        self.draw(&mut text, &block);
        self.push_labels(&mut text, files, &listed);
        text
    }

    /// Two lines: the finding that does not count, and the exception or comment that newly covers it.
    fn newly_covered(&self, covered: &NewlyCovered<'_>, files: &Files) -> String {
        let code = terminal(&format!("newly covered[{}]", covered.finding.code()));
        let place = self.place(files, &covered.finding.primary);
        let message = terminal(&covered.finding.message);
        let mut text = format!("{}: {message}\n", self.terminal.paint(&code, &[BOLD, YELLOW]));
        push_escaped(&mut text, "at", &place);
        push_line(&mut text, "by", covered.by_in_words());
        text
    }

    /// One paragraph: the open question, its rules, its place, and the remedy.
    fn undecided(&self, group: &UndecidedGroup<'_>, files: &Files) -> String {
        let color = if group.is_passed() { DIM } else { color(group.severity()) };
        let mut text =
            format!("{}: {}\n", self.terminal.paint("undecided", &[BOLD, color]), terminal(&group.message()));
        push_line(&mut text, "rules", &group.rules().join(", "));
        push_line(&mut text, "at", &group.place(files));
        group.remedy().iter().flat_map(|remedy| remedy.lines()).for_each(|line| push_line(&mut text, "help", line));
        text
    }

    /// The first line: severity, rule and entry, which lead to the entry's page, or to the rule's, where a terminal can.
    fn header(&self, finding: &Finding) -> String {
        let code = terminal(&format!("{}[{}]", finding.severity, finding.code()));
        let painted = self.terminal.paint(&code, &[BOLD, color(finding.severity)]);
        let page = finding.rule.url();
        let docs = finding.docs.as_deref().filter(|docs| self.links_to(docs)).unwrap_or(&page);
        if self.links_to(docs) { format!("\x1b]8;;{docs}\x1b\\{painted}\x1b]8;;\x1b\\\n") } else { painted + "\n" }
    }

    /// Labels as words.
    fn push_labels(&self, out: &mut String, files: &Files, labels: &[&Label]) {
        for label in labels {
            match (self.place(files, label), label.message.as_str()) {
                (place, "") => push_escaped(out, "at", &place),
                (place, message) => push_escaped(out, "note", &format!("{place}: {}", terminal(message))),
            }
        }
    }

    /// `path:line:column`, escaped, as a link where a terminal can follow it.
    fn place(&self, files: &Files, label: &Label) -> String {
        let shown = terminal(&place(files, label));
        self.links.as_ref().map_or_else(|| shown.clone(), |links| links.link(files.get(label.file), &shown))
    }

    fn draw(&self, text: &mut String, block: &FindingBlock) {
        // The excerpt holds every label, so that only writing to the string could fail, which it cannot.
        let _ = self.handler.render_report(text, block);
    }

    fn summary(&self, run: &Run) -> String {
        let mut summary = Summary::of(run, self.terminal);
        summary.headline = self.terminal.paint(&summary.headline, &[BOLD, summary.severity.map_or(GREEN, color)]);
        summary.lines()
    }

    /// Whether `url` can be put behind a text: it must not be able to end the escape sequence that does so.
    fn links_to(&self, url: &str) -> bool {
        self.terminal.hyperlinks && url.starts_with("https://") && url.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

/// A notification about no place.
pub(super) fn remark(to: Terminal, notification: &Notification) -> String {
    let level = to.paint(notification.level.as_str(), &[BOLD, color(notification.level)]);
    let mut text = format!("{level}: {}\n", terminal(&notification.message_with_repository()));
    if let Some(help) = &notification.help {
        push_line(&mut text, "help", help);
    }
    text
}

/// The part of a finding that miette draws.
#[derive(Debug)]
struct FindingBlock {
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Excerpt,
}

impl fmt::Display for FindingBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FindingBlock {}

impl Diagnostic for FindingBlock {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warn => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}

/// Which labels are drawn with their lines, the primary one first, and which are listed.
fn arrange<'a>(files: &Files, primary: &'a Label, related: &'a [Label]) -> (Vec<&'a Label>, Vec<&'a Label>) {
    let elsewhere = related.iter().filter(|label| label.file != primary.file).count();
    let is_drawn = |label: &&Label| {
        files.get(label.file).has_text() && (label.file == primary.file || elsewhere <= MAX_OTHER_SNIPPETS)
    };
    std::iter::once(primary).chain(related).partition(is_drawn)
}

fn push_line(out: &mut String, name: &str, text: &str) {
    push_escaped(out, name, &terminal(text));
}

/// A line with a text that is escaped already.
fn push_escaped(out: &mut String, name: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {name}: {text}");
}

/// Help may have several lines; each is escaped by itself.
fn help(text: &str) -> String {
    text.lines().map(terminal).collect::<Vec<_>>().join("\n")
}

pub(super) fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "31",
        Severity::Warn => "33",
        Severity::Note => "36",
    }
}
