//! A comparison for a comment in a pull request, in GitHub's Markdown.
//!
//! All text from the repository is in code spans, where GitHub sees no mention, link or HTML.

use std::io::{self, Write};

use super::{Diff, DiffRemark, DirectiveDiff, ModuleDiff, PackageDiff, RequirementDiff, WorkspaceDiff, list};
use crate::finding::Verdict;
use crate::report::escape::markdown_code as code;
use crate::report::markdown::{Page, notes};
use crate::report::summary::counted;

/// How many packages of a requirement are shown.
const MAX_PACKAGES: usize = 8;

/// How many files of a package are shown.
const MAX_FILES: usize = 3;

pub(super) fn write(diff: &Diff, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::default();
    page.text.push_str(&opening(diff));
    for (workspace, modules) in diff.sections() {
        if let Some(workspace) = workspace {
            push_workspace(&mut page, workspace);
        }
        modules.into_iter().for_each(|module| push_module(&mut page, module));
    }
    out.write_all(page.text.as_bytes())?;
    out.write_all(closing(diff, page.left_out).as_bytes())
}

fn opening(diff: &Diff) -> String {
    let range = format!("from {} to {}", diff.base.say(code), diff.head.say(code));
    let only: Vec<String> = diff.paths.iter().take(MAX_FILES).map(|path| code(path)).collect();
    let only = if only.is_empty() { String::new() } else { format!(", only {}", only.join(", ")) };
    let compared = counted(diff.summary.compared, "module");
    let counts = diff.counts();
    let says = match (diff.is_empty(), counts.as_str()) {
        (true, _) => format!("No change in the dependencies of {compared}"),
        (false, "") => format!("No requirement changed in {compared}"),
        (false, counts) => format!("**{counts}** in {} of {compared}", diff.summary.modules),
    };
    format!("### Dependencies\n\n{says}, {range}{only}.\n")
}

fn closing(diff: &Diff, left_out: usize) -> String {
    let mut text = String::new();
    if left_out > 0 {
        text.push_str(&format!(
            "\n… and {left_out} more: `modwarden diff` shows all of them, in a terminal or as JSON.\n"
        ));
    }
    text.push_str(&notes(diff.notifications.iter()));
    if diff.verdict != Verdict::Judged {
        text.push_str("\nIncomplete: some input could not be read, so the result may change.\n");
    }
    text
}

fn push_workspace(page: &mut Page, workspace: &WorkspaceDiff) {
    let remarks = in_brackets(workspace.change.remark().as_slice());
    page.push(&format!("\n#### Workspace {}{remarks}\n", code(&workspace.dir)));
    push_directives(page, &workspace.directives);
}

fn push_module(page: &mut Page, module: &ModuleDiff) {
    let remarks = in_brackets(&module.remarks());
    page.push(&format!("\n#### {} in {}{remarks}\n", code(module.name()), code(&module.dir)));
    push_directives(page, &module.directives);
    let (direct, indirect): (Vec<_>, Vec<_>) = module.requirements.iter().partition(|it| it.direct);
    push_table(page, &direct);
    push_packages(page, &direct);
    let opened =
        !indirect.is_empty() && page.push(&format!("\n<details><summary>{} indirect</summary>\n", indirect.len()));
    push_table(page, &indirect);
    push_packages(page, &indirect);
    if opened {
        page.text.push_str("\n</details>\n");
    }
}

fn push_directives(page: &mut Page, directives: &[DirectiveDiff]) {
    if directives.is_empty() {
        return;
    }
    page.push("\n");
    for directive in directives {
        page.push_counted(&format!("- {}\n", directive_words(directive)));
    }
}

fn directive_words(directive: &DirectiveDiff) -> String {
    let DirectiveDiff { directive: verb, change, subject, before, after } = directive;
    let subject = if subject.is_empty() { String::new() } else { format!(" {}", code(subject)) };
    let says = match (before, after) {
        (Some(before), Some(after)) => format!(" {} → {}", code(before), code(after)),
        (None, None) => String::new(),
        (before, after) => {
            let value = before.iter().chain(after).map(|value| code(value)).collect::<String>();
            format!("{} {value}", if subject.is_empty() { "" } else { " =>" })
        }
    };
    format!("{} `{verb}`{subject}{says}", change.as_str())
}

fn push_table(page: &mut Page, requirements: &[&RequirementDiff]) {
    if requirements.is_empty() {
        return;
    }
    page.push("\n| | module | before | after | |\n| --- | --- | --- | --- | --- |\n");
    for requirement in requirements {
        let version = |version: &Option<String>| version.as_deref().map(code).unwrap_or_default();
        page.push_counted(&format!(
            "| {} | {} | {} | {} | {} |\n",
            requirement.change.as_str(),
            code(&requirement.path),
            version(&requirement.before),
            version(&requirement.after),
            list(&requirement.remarks(), code),
        ));
    }
}

/// The packages that are imported from the requirements on one side only. They explain the table, and go where there
/// is no room for them without being counted.
fn push_packages(page: &mut Page, requirements: &[&RequirementDiff]) {
    let with_packages: Vec<_> = requirements.iter().filter(|it| !it.packages.is_empty()).collect();
    if !with_packages.is_empty() {
        page.push("\n");
    }
    for requirement in with_packages {
        page.push(&format!("- {}\n", code(&requirement.path)));
        for package in requirement.packages.iter().take(MAX_PACKAGES) {
            page.push(&format!("  - {}\n", package_words(package)));
        }
        let more = requirement.packages.len().saturating_sub(MAX_PACKAGES);
        if more > 0 {
            page.push(&format!("  - and {more} more\n"));
        }
    }
}

fn package_words(package: &PackageDiff) -> String {
    let shown: Vec<String> =
        package.files.iter().take(MAX_FILES).map(|place| code(&format!("{}:{}", place.file, place.line))).collect();
    let more = match package.files.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let remarks = in_brackets(&package.remarks());
    let (change, path) = (package.change.as_str(), code(&package.path));
    format!("{change} {path}, {} {}{more}{remarks}", package.relation(), shown.join(", "))
}

fn in_brackets(remarks: &[DiffRemark<'_>]) -> String {
    if remarks.is_empty() { String::new() } else { format!(" ({})", list(remarks, code)) }
}
