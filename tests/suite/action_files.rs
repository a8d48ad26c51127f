//! The files of the GitHub Action and the example workflows: other people's programs find nothing in them, and the page
//! about the action lists their contents.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs and read files")]
#![expect(clippy::panic, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::readers::output;
use crate::support::tools::{actionlint, installed};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const ACTIONS: [&str; 3] = ["action.yml", "setup/action.yml", "comment/action.yml"];

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files in a directory that end in this way.
fn files(directory: &str, end: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(Path::new(ROOT).join(directory)).unwrap_or_else(|error| panic!("{directory}: {error}"));
    let names = listed.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut files: Vec<_> =
        names.filter(|name| name.ends_with(end)).map(|name| Path::new(directory).join(name)).collect();
    files.sort();
    assert!(!files.is_empty(), "{directory}");
    files
}

#[track_caller]
fn finds_nothing(program: Option<Command>, args: &[&str], files: &[PathBuf]) {
    let Some(mut program) = program else { return };
    program.args(args).args(files).current_dir(ROOT);
    if let Err(found) = output(&mut program) {
        let printed = program.output().map(|output| output.stdout).unwrap_or_default();
        panic!("{found}\n{}", String::from_utf8_lossy(&printed));
    }
}

fn actions() -> Vec<PathBuf> {
    ACTIONS.map(PathBuf::from).to_vec()
}

fn workflows() -> Vec<PathBuf> {
    files("examples/workflows", ".yml")
}

/// The workflows of the project itself, and those that users copy.
fn all_workflows() -> Vec<PathBuf> {
    [workflows(), files(".github/workflows", ".yml")].concat()
}

#[test]
fn shellcheck_finds_nothing() {
    finds_nothing(installed("shellcheck"), &["--external-sources"], &files("action", ".sh"));
}

#[test]
fn actionlint_finds_nothing() {
    finds_nothing(actionlint(), &["-shellcheck=", "-pyflakes="], &all_workflows());
}

#[test]
fn zizmor_finds_nothing() {
    let files = [actions(), all_workflows()].concat();
    finds_nothing(installed("zizmor"), &["--offline", "--no-progress"], &files);
}

#[test]
fn the_schemas_fit() {
    for (schema, files) in [("vendor.github-actions", actions()), ("vendor.github-workflows", all_workflows())] {
        finds_nothing(installed("check-jsonschema"), &["--builtin-schema", schema], &files);
    }
}

#[test]
fn every_action_that_is_used_is_pinned() {
    for file in [actions(), all_workflows()].concat() {
        for line in read(&file).lines() {
            let Some((_, used)) = line.split_once("uses: ") else { continue };
            let (commit, version) =
                used.split_once('@').and_then(|(_, pin)| pin.split_once(" # v")).unwrap_or_default();
            let pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(pinned && version.starts_with(|c: char| c.is_ascii_digit()), "{}: {line}", file.display());
        }
    }
}

/// Inputs must not be pasted into a script, where their text would be code.
#[test]
fn no_script_contains_an_expression() {
    for file in [actions(), workflows()].concat() {
        let text = read(&file);
        let runs: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("run:")).collect();
        assert!(runs.iter().all(|line| !line.contains("${{") && !line.trim_end().ends_with(['|', '>'])), "{runs:?}");
    }
}

#[test]
fn only_the_steps_that_need_the_token_have_it() {
    let text = read("action.yml");
    let (_, steps) = text.split_once("\n  steps:\n").expect("steps");
    let with_token: Vec<&str> = steps
        .split("\n    - id: ")
        .filter(|step| step.contains("inputs.token") || step.contains("github.token"))
        .filter_map(|step| step.trim_start_matches("    - id: ").lines().next())
        .collect();
    assert_eq!(with_token, ["plan", "comment"]);
}

#[test]
fn the_shortest_workflow_is_in_the_page_and_has_twelve_lines_at_most() {
    let workflow = read("examples/workflows/pull-request.yml");
    assert!(workflow.lines().count() <= 12, "{workflow}");
    assert!(read("docs/github-action.md").contains(&format!("```yaml\n{workflow}```\n")), "the page has another one");
}

#[test]
fn the_page_lists_all_inputs_and_outputs() {
    let page = read("docs/github-action.md");
    let action = read("action.yml");
    for (key, heading) in [("\ninputs:\n", "\n## Inputs\n"), ("\noutputs:\n", "\n## Outputs\n")] {
        let (_, table) = page.split_once(heading).expect("a heading");
        let table = table.split("\n## ").next().unwrap_or_default();
        let cells = table.lines().filter(|line| line.starts_with("| `")).filter_map(|line| line.split('|').nth(1));
        let listed: BTreeSet<&str> =
            cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim().trim_matches('`')).collect();
        let (_, section) = action.split_once(key).expect("a section");
        let names: BTreeSet<&str> = section
            .lines()
            .take_while(|line| line.is_empty() || line.starts_with(' '))
            .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
            .filter(|name| !name.starts_with(' '))
            .collect();
        assert_eq!(listed, names, "{heading}");
    }
}

#[test]
fn the_page_lists_all_workflows() {
    let page = read("docs/github-action.md");
    for file in workflows() {
        let link = format!("](https://github.com/modwarden/modwarden/blob/main/{})", file.display());
        assert!(page.contains(&link), "{}", file.display());
    }
}
