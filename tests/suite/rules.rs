//! Every rule on small trees: its page's own example, and the cases in `tests/rules`.
//!
//! A line of a tree that says `finds RULE` or `finds RULE/ENTRY` must have that finding, and no other line may have one.
//! A line that says `undecided RULE` or `undecided RULE/ENTRY` must have that open question, and no other line may have
//! one.

#![expect(clippy::disallowed_methods, reason = "cases are files, and a page without an example is at fault")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use modwarden::internals::rules::RULES;

use crate::support::{judge, txtar};

/// `file:line rule/entry` of everything that the tree says must be found, and `file:line undecided rule/entry` of
/// everything that must be undecided.
fn expected(files: &[(String, String)]) -> BTreeSet<String> {
    let mut expected = BTreeSet::new();
    for (name, content) in files {
        let mut removed = 0;
        for (line, text) in content.lines().enumerate() {
            let line = line - removed;
            removed += usize::from(name.ends_with(".sum") && text.starts_with("^ "));
            // If the line itself may have no comment, the next one has it.
            let is_about_line_above = text.contains("^ finds ") || text.contains("^ undecided ");
            let line = if is_about_line_above { line - 1 } else { line };
            for (word, prefix) in [("finds ", ""), ("undecided ", "undecided ")] {
                for found in text.split(word).skip(1) {
                    let rule: String =
                        found.chars().take_while(|c| c.is_ascii_alphanumeric() || "-/_.".contains(*c)).collect();
                    expected.insert(format!("{name}:{} {prefix}{rule}", line + 1));
                }
            }
        }
    }
    expected
}

fn check_tree(place: &str, text: &str) -> BTreeSet<String> {
    let files = txtar::parse(text);
    assert!(!files.is_empty(), "{place}: no files");
    let expected = expected(&files);
    let checked = judge::check(&txtar::without_marks(files));
    let found: BTreeSet<String> = judge::lines(&checked).into_iter().collect();
    let actual: BTreeSet<String> = found.iter().cloned().chain(judge::undecided_lines(&checked)).collect();
    assert_eq!(
        actual,
        expected,
        "{place}: what was found (left) is not what the tree says (right)\n{}",
        judge::pretty(&checked)
    );
    found
}

#[test]
fn the_example_of_each_page_does_what_it_says() {
    for rule in RULES {
        let meta = rule.meta();
        let example = meta.page.split("```txtar\n").nth(1).and_then(|rest| rest.split("```").next());
        let example = example.unwrap_or_else(|| panic!("{}: the page has no ```txtar example", meta.id));
        let found = check_tree(&format!("the page of {}", meta.id), example);
        assert!(
            found.iter().any(|line| line.contains(&format!(" {}", meta.id))),
            "{}: its example does not find it",
            meta.id
        );
    }
}

#[test]
fn each_page_has_its_headings() {
    for rule in RULES {
        // The text between fences is an example, in which a list of vendored modules may have such lines too.
        let prose = rule.meta().page.split("```").step_by(2).flat_map(str::lines);
        let headings: Vec<&str> = prose.filter_map(|line| line.strip_prefix("## ")).collect();
        let wanted = ["What it does", "Why it matters", "Example", "Options", "Evidence", "How to fix"];
        assert_eq!(headings, wanted, "{}", rule.meta().id);
    }
}

#[test]
fn the_registry_is_sorted_and_each_id_names_its_file() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    assert!(ids.is_sorted(), "sort RULES in src/rules/mod.rs: {ids:?}");
    for id in ids {
        let file = root().join("src/rules").join(format!("{}.rs", id.replace('-', "_")));
        assert!(file.is_file(), "{} is missing", file.display());
    }
}

#[test]
fn each_rule_has_cases_that_find_and_cases_that_do_not() {
    for rule in RULES {
        let id = rule.meta().id;
        let folder = root().join("tests/rules").join(id);
        let cases = cases(&folder);
        assert!(!cases.is_empty(), "{} has no cases", folder.display());
        let (mut finds, mut passes) = (false, false);
        for case in cases {
            let text = std::fs::read_to_string(&case).expect("a case is text");
            let found = check_tree(&case.display().to_string(), &text);
            let of_rule = found.iter().any(|line| line.contains(&format!(" {id}")));
            finds |= of_rule;
            passes |= !of_rule;
        }
        assert!(finds, "no case in {} finds something", folder.display());
        assert!(passes, "no case in {} finds nothing", folder.display());
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "txtar"));
    cases.sort();
    cases
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn what_was_not_decided_is_said_to_those_who_ask() {
    let text =
        std::fs::read_to_string(root().join("tests/rules/import-denied/guess.txtar")).expect("the case is there");
    let shown = judge::pretty(&judge::check(&txtar::parse(&text)));
    assert!(
        shown.contains("not decided: which of several required modules is imported; number of imports: 1"),
        "{shown}"
    );
    assert!(shown.contains("is a guess"), "{shown}");
}
