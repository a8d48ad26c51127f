//! The pages of the documentation: every link leads somewhere, every policy is valid, and every command has the result
//! on the page. Blocks of a page that are run nowhere are listed here, with the reason.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read the pages and start programs")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod commands;
mod links;
mod site;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use modwarden::internals::finding::Verdict;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::support::judge;
use crate::support::readers::output;
use crate::support::repo::Repo;
use crate::support::tools::{actionlint, installed};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The pages that are not below `docs`.
const OUTSIDE_THE_BOOK: [&str; 5] =
    ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "examples/README.md"];

/// The languages of blocks that are neither run nor read by a parser, and who looks at them.
const OTHER_LANGUAGES: [(&str, &str); 5] = [
    ("go", "an example of a comment"),
    ("json", "an example of output"),
    ("rust", "an excerpt of the code"),
    ("text", "a drawing, or prose"),
    ("txtar", "tests/suite/rules.rs runs the examples of rules"),
];

/// A page, by its path from the root of the repository.
struct Page {
    path: String,
    text: String,
}

/// A fenced block of a page.
struct Block {
    /// The page and the line, for messages.
    place: String,
    /// The words after the fence: the language, and the words for the tests.
    words: Vec<String>,
    text: String,
}

impl Block {
    fn language(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

/// The pages of the book and the pages that a visitor of the repository reads first.
fn pages() -> Vec<Page> {
    let mut paths = OUTSIDE_THE_BOOK.map(str::to_owned).to_vec();
    collect("docs", &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Page { text: fs::read_to_string(Path::new(ROOT).join(&path)).unwrap(), path })
        .collect()
}

fn collect(directory: &str, paths: &mut Vec<String>) {
    for entry in fs::read_dir(Path::new(ROOT).join(directory)).unwrap() {
        let path = format!("{directory}/{}", entry.unwrap().file_name().to_string_lossy());
        if Path::new(ROOT).join(&path).is_dir() {
            collect(&path, paths);
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

/// The fenced blocks of a page, in order.
fn blocks(page: &Page) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (event, range) in Parser::new_ext(&page.text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let line = page.text[..range.start].matches('\n').count() + 1;
                let place = format!("{}:{line}", page.path);
                let CodeBlockKind::Fenced(words) = kind else { panic!("{place}: a block without a fence") };
                let words = words.split_whitespace().map(str::to_owned).collect();
                blocks.push(Block { place, words, text: String::new() });
                inside = true;
            }
            Event::Text(text) if inside => blocks.last_mut().unwrap().text.push_str(&text),
            Event::End(TagEnd::CodeBlock) => inside = false,
            _ => {}
        }
    }
    blocks
}

#[test]
fn each_block_has_a_language_that_is_checked() {
    let mut seen = BTreeSet::new();
    for block in pages().iter().flat_map(blocks) {
        let language = block.language();
        let checked = ["console", "sh", "toml", "yaml"].contains(&language);
        let known = OTHER_LANGUAGES.iter().any(|(other, _)| *other == language);
        assert!(checked || known, "{}: nothing checks `{language}`", block.place);
        seen.insert(language.to_owned());
    }
    assert!(["console", "sh", "toml", "yaml"].iter().all(|language| seen.contains(*language)), "{seen:?}");
}

#[test]
fn each_policy_is_valid() {
    let mut count = 0;
    for block in pages().iter().flat_map(blocks).filter(|block| block.language() == "toml") {
        let files = [
            ("modwarden.toml", block.text.as_str()),
            ("team.toml", "[severity]\nimport-dot = \"warn\"\n"),
            ("go.mod", "module example.com/shop\n\ngo 1.24\n"),
            ("shop.go", "package shop\n"),
        ];
        let checked = judge::check(&files.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_ne!(checked.run.verdict, Verdict::Invalid, "{}: {}", block.place, judge::pretty(&checked));
        count += 1;
    }
    assert!(count > 20, "only {count} policies were found in the pages");
}

/// YAML is an excerpt of a file that another test checks, or steps of a workflow, which are checked as a part of one,
/// or a configuration of pre-commit.
#[test]
fn each_yaml_is_of_a_file_that_is_checked_or_is_checked_here() {
    let mut files = Vec::new();
    for directory in ["examples/workflows", "examples/ci", "templates"] {
        for entry in fs::read_dir(Path::new(ROOT).join(directory)).unwrap() {
            files.push(fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    for block in pages().iter().flat_map(blocks).filter(|block| block.language() == "yaml") {
        if files.iter().any(|file| format!("\n{file}").contains(&format!("\n{}", block.text))) {
            continue;
        }
        if block.text.starts_with("      - ") {
            check_steps(&block);
        } else if block.text.starts_with("repos:\n") {
            check_pre_commit(&block);
        } else if block.text.contains("\n  jobs:\n") {
            check_lefthook(&block);
        } else {
            panic!("{}: this is in no file below examples/", block.place);
        }
    }
}

/// Writes a text to a file in a directory of its own.
fn written(name: &str, text: &str) -> (Repo, PathBuf) {
    let repo = Repo::plain();
    repo.write(name, text);
    let path = repo.root().join(name);
    (repo, path)
}

#[track_caller]
fn assert_accepts(program: Option<Command>, args: &[&str], file: &Path, place: &str) {
    let Some(mut program) = program else { return };
    let result = output(program.args(args).arg(file)).map(|_| ());
    assert_eq!(result, Ok(()), "{place}");
}

fn check_steps(block: &Block) {
    let text = format!("on: push\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n{}", block.text);
    let (_keep, file) = written("workflow.yml", &text);
    assert_accepts(actionlint(), &["-shellcheck=", "-pyflakes="], &file, &block.place);
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    assert_accepts(installed("check-jsonschema"), &schema, &file, &block.place);
}

fn check_pre_commit(block: &Block) {
    let (_keep, file) = written(".pre-commit-config.yaml", &block.text);
    assert_accepts(installed("pre-commit"), &["validate-config"], &file, &block.place);
}

/// lefthook has a schema of its own; its rules for a job are in the words here.
fn check_lefthook(block: &Block) {
    let keys = block.text.lines().filter_map(|line| line.trim().trim_start_matches("- ").split(':').next());
    let known = ["pre-commit", "pre-push", "jobs", "name", "run"];
    let unknown: Vec<&str> = keys.filter(|key| !known.contains(key)).collect();
    assert!(unknown.is_empty(), "{}: {unknown:?}", block.place);
}
