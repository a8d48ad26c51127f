//! Each finding of each case in `tests/rules`, whole: place, underlined text, message, labels, help, fix and how many there are.
//!
//! The marks in the cases say which line has which finding. These files say everything else, one file per rule beside its cases.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use modwarden::internals::finding::{Finding, Label, UndecidedRule};
use modwarden::internals::pipeline::Checked;
use modwarden::internals::rules::RULES;
use modwarden::internals::text::Files;

use super::{check, root};
use crate::support::{judge, txtar};

const HEAD: &str =
    "# All findings of the cases in this folder, made by `UPDATE=1 cargo test`. Read each change of it.\n";

#[test]
fn the_whole_findings_of_each_case() {
    for rule in RULES {
        let folder = format!("tests/rules/{}", rule.meta().id);
        let mut text = HEAD.to_owned();
        for case in cases(&root().join(&folder)) {
            let content = fs::read_to_string(&case).expect("a case is text");
            let checked = judge::check(&txtar::without_marks(txtar::parse(&content)));
            text += &format!("\n== {}\n", case.file_name().expect("a case has a name").display());
            write_run(&checked, &mut text).expect("a string can be written");
        }
        check(&format!("{folder}/findings.txt"), &text);
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "txtar"));
    cases.sort();
    cases
}

fn write_run(checked: &Checked, out: &mut String) -> std::fmt::Result {
    for finding in &checked.run.findings {
        write_finding(finding, &checked.files, out)?;
    }
    for undecided in &checked.run.undecided {
        write_undecided(undecided, &checked.files, out)?;
    }
    for notification in &checked.run.notifications {
        writeln!(out, "notification {}: {}", notification.kind.as_str(), notification.message)?;
    }
    Ok(())
}

fn write_finding(finding: &Finding, files: &Files, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{} {}: {}", finding.severity, finding.code(), finding.message)?;
    write_label("at", &finding.primary, files, out)?;
    for label in &finding.related {
        write_label("see", label, files, out)?;
    }
    write_lines("help", finding.help.as_deref(), out)?;
    writeln!(out, "    evidence: {}", finding.evidence.as_str())?;
    write_lines("built if", finding.constraint.as_deref(), out)?;
    if let Some(fix) = &finding.fix {
        writeln!(out, "    fix ({}): {}", fix.applicability.as_str(), fix.message)?;
    }
    for edit in &finding.edits {
        let file = files.get(finding.fix.as_ref().map_or(finding.primary.file, |fix| fix.file));
        let old = String::from_utf8_lossy(file.slice(edit.span)).into_owned();
        writeln!(out, "    replaces {old:?} with {:?}", String::from_utf8_lossy(&edit.replacement))?;
    }
    if let Some(suppression) = &finding.suppression {
        writeln!(out, "    suppressed ({:?}): {}", suppression.kind, suppression.reason)?;
        write_label("by", &suppression.label, files, out)?;
    }
    Ok(())
}

fn write_undecided(undecided: &UndecidedRule, files: &Files, out: &mut String) -> std::fmt::Result {
    let question = &undecided.question;
    writeln!(out, "undecided {} {}: {}: {}", undecided.severity, undecided.code(), question.module, question.reason)?;
    write_label("at", &question.label, files, out)?;
    write_lines("details", question.details.as_deref(), out)?;
    write_lines("remedy", question.remedy.as_deref(), out)
}

fn write_lines(name: &str, text: Option<&str>, out: &mut String) -> std::fmt::Result {
    for line in text.into_iter().flat_map(str::lines) {
        writeln!(out, "    {name}: {line}")?;
    }
    Ok(())
}

/// The place in lines and columns, and the first line of the text that it underlines.
fn write_label(name: &str, label: &Label, files: &Files, out: &mut String) -> std::fmt::Result {
    let file = files.get(label.file);
    write!(out, "    {name} {}", file.path())?;
    if file.has_text() {
        let (start, end) = (file.lines().bytes(label.span.start), file.lines().bytes(label.span.end));
        let underlined = String::from_utf8_lossy(file.slice(label.span)).into_owned();
        let first = underlined.lines().next().unwrap_or_default();
        write!(out, ":{}:{}-{}:{} `{first}`", start.line, start.column, end.line, end.column)?;
    }
    writeln!(out, "{}{}", if label.message.is_empty() { "" } else { " " }, label.message)
}
