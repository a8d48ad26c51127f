//! A comparison for a terminal: a section a module, a line a change, and one line that sums up.

use std::io::{self, Write};

use super::{
    Also, Diff, DiffRemark, DirectiveDiff, FilePlace, ModuleDiff, PackageDiff, Presence, RequirementChange,
    RequirementDiff, WorkspaceDiff, list,
};
use crate::finding::Verdict;
use crate::report::Terminal;
use crate::report::escape::terminal as escape;
use crate::report::pretty::{BOLD, DIM, GREEN, YELLOW, remark};
use crate::report::summary::counted;

/// How many packages of a requirement are shown.
const MAX_PACKAGES: usize = 5;

/// How many files of a package are shown, where they fit in the width.
const MAX_FILES: usize = 3;

/// How wide the column of paths may become.
const MAX_PATH: usize = 60;

/// How wide the column of versions may become; two pseudo-versions need more.
const MAX_VERSIONS: usize = 24;

/// How wide the first column is: that of the longest change.
const VERB: usize = 12;

const RED: &str = "31";
const CYAN: &str = "36";

pub(super) fn write(diff: &Diff, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let pretty = PrettyDiff { terminal };
    for (workspace, modules) in diff.sections() {
        if let Some(workspace) = workspace {
            writeln!(out, "{}", pretty.workspace(workspace))?;
        }
        for module in modules {
            writeln!(out, "{}", pretty.module(module))?;
        }
    }
    for notification in &diff.notifications {
        out.write_all(remark(terminal, notification).as_bytes())?;
    }
    if !diff.notifications.is_empty() {
        writeln!(out)?;
    }
    out.write_all(pretty.summary(diff).as_bytes())
}

struct PrettyDiff {
    terminal: Terminal,
}

/// How wide the columns of requirements are, in characters.
#[derive(Clone, Copy)]
struct ColumnWidths {
    path: usize,
    version: usize,
}

impl PrettyDiff {
    fn workspace(&self, workspace: &WorkspaceDiff) -> String {
        let title = escape(&format!("workspace {}", workspace.dir));
        let mut text = self.title(&title, workspace.change.remark().as_slice());
        workspace.directives.iter().for_each(|directive| self.push_directive(&mut text, directive));
        text
    }

    fn module(&self, module: &ModuleDiff) -> String {
        let title = escape(&format!("{} in {}", module.name(), module.dir));
        let mut text = self.title(&title, &module.remarks());
        module.directives.iter().for_each(|directive| self.push_directive(&mut text, directive));
        // Of a module that came or went as a whole the requirements of its requirements say little.
        let is_shown = |requirement: &&RequirementDiff| module.change == Presence::Changed || requirement.direct;
        let shown: Vec<&RequirementDiff> = module.requirements.iter().filter(is_shown).collect();
        let paths = shown.iter().map(|requirement| escape(&requirement.path).chars().count());
        let versions = shown.iter().map(|requirement| versions(requirement).chars().count());
        let widths = ColumnWidths {
            path: paths.max().unwrap_or(0).min(MAX_PATH),
            version: versions.max().unwrap_or(0).min(MAX_VERSIONS),
        };
        for requirement in &shown {
            self.push_requirement(&mut text, requirement, widths);
        }
        let indent = VERB + 1;
        push_more(&mut text, indent, module.requirements.len() - shown.len(), "indirect requirement");
        text
    }

    fn title(&self, title: &str, remarks: &[DiffRemark<'_>]) -> String {
        format!("{}{}\n", self.terminal.paint(title, &[BOLD]), in_brackets(remarks))
    }

    fn push_directive(&self, text: &mut String, directive: &DirectiveDiff) {
        let verb = self.verb(directive.directive, CYAN);
        let mark = self.mark(directive.change);
        let subject = escape(&directive.subject);
        let says = match (&directive.before, &directive.after) {
            (Some(before), Some(after)) => escape(&format!("{before} -> {after}")),
            (before, after) => escape(before.as_ref().or(after.as_ref()).map_or("", String::as_str)),
        };
        let between = match (subject.as_str(), says.as_str()) {
            ("", _) | (_, "") => "",
            _ => " => ",
        };
        text.push_str(&format!("{verb} {mark} {subject}{between}{says}\n"));
    }

    fn push_requirement(&self, text: &mut String, requirement: &RequirementDiff, widths: ColumnWidths) {
        let ColumnWidths { path, version } = widths;
        let color = match requirement.change {
            RequirementChange::Added | RequirementChange::Upgraded => GREEN,
            RequirementChange::Removed => RED,
            RequirementChange::Downgraded => YELLOW,
            RequirementChange::Changed => CYAN,
        };
        let verb = self.verb(requirement.change.as_str(), color);
        let (name, versions) = (escape(&requirement.path), versions(requirement));
        let mut remarks = list(&requirement.remarks(), escape);
        if !requirement.direct && !requirement.also.contains(&Also::NewlyIndirect) {
            remarks.push_str(if remarks.is_empty() { "" } else { ", " });
            remarks.push_str(&self.terminal.paint("indirect", &[DIM]));
        }
        let line = format!("{name:path$}  {versions:version$}  {remarks}");
        text.push_str(&format!("{verb} {}\n", line.trim_end()));
        for package in requirement.packages.iter().take(MAX_PACKAGES) {
            self.push_package(text, package);
        }
        push_more(text, VERB + 3, requirement.packages.len().saturating_sub(MAX_PACKAGES), "package");
    }

    fn push_package(&self, text: &mut String, package: &PackageDiff) {
        let (indent, mark) = (" ".repeat(VERB + 3), self.mark(package.change));
        let head = format!("{} {}", escape(&package.path), package.relation());
        let remarks = in_brackets(&package.remarks());
        let taken = indent.len() + "+  ".len() + head.chars().count() + remarks.chars().count();
        let files = files(&package.files, self.terminal.width.saturating_sub(taken));
        text.push_str(&format!("{indent}{mark} {head} {files}{remarks}\n"));
    }

    fn verb(&self, verb: &str, color: &str) -> String {
        self.terminal.paint(&format!("{verb:>VERB$}"), &[BOLD, color])
    }

    fn mark(&self, change: Presence) -> String {
        match change {
            Presence::Added => self.terminal.paint("+", &[GREEN]),
            Presence::Removed => self.terminal.paint("-", &[RED]),
            Presence::Changed => self.terminal.paint("~", &[YELLOW]),
        }
    }

    fn summary(&self, diff: &Diff) -> String {
        let range = format!("from {} to {}", diff.base.say(escape), diff.head.say(escape));
        let only =
            if diff.paths.is_empty() { String::new() } else { escape(&format!(", only {}", diff.paths.join(", "))) };
        let compared = counted(diff.summary.compared, "module");
        let counts = diff.counts();
        let (headline, scope) = match (diff.is_empty(), counts.as_str()) {
            (true, _) => ("no change in the dependencies".to_owned(), format!(" of {compared}")),
            (false, "") => ("no requirement changed".to_owned(), format!(" in {compared}")),
            (false, counts) => (counts.to_owned(), format!(" in {} of {compared}", diff.summary.modules)),
        };
        let color = if diff.verdict == Verdict::Judged { GREEN } else { YELLOW };
        let headline = self.terminal.paint(&headline, &[BOLD, color]);
        let mut text = format!("{headline}{scope}, {range}{only}\n");
        if diff.verdict != Verdict::Judged {
            text.push_str("incomplete: some input could not be read, so the result may change\n");
        }
        text
    }
}

fn in_brackets(remarks: &[DiffRemark<'_>]) -> String {
    if remarks.is_empty() { String::new() } else { format!(" ({})", list(remarks, escape)) }
}

fn versions(requirement: &RequirementDiff) -> String {
    match (&requirement.before, &requirement.after) {
        (Some(before), Some(after)) if before != after => escape(&format!("{before} -> {after}")),
        (before, after) => escape(after.as_ref().or(before.as_ref()).map_or("", String::as_str)),
    }
}

/// The first files, as many as fit in `width`, but one at least, and how many more there are.
fn files(places: &[FilePlace], width: usize) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for place in places.iter().take(MAX_FILES) {
        let place = escape(&format!("{}:{}", place.file, place.line));
        // Room is kept for the number of the others.
        if shown > 0 && text.chars().count() + place.chars().count() + ", , and 99 more".len() > width {
            break;
        }
        text.push_str(if shown > 0 { ", " } else { "" });
        text.push_str(&place);
        shown += 1;
    }
    match places.len() - shown {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn push_more(text: &mut String, indent: usize, more: usize, noun: &str) {
    if more > 0 {
        text.push_str(&format!("{}and {more} more {noun}{}\n", " ".repeat(indent), if more == 1 { "" } else { "s" }));
    }
}
