//! Every list in the help and in the documents, compared with the code: every listed thing exists, and nothing is
//! left out.

#![expect(clippy::panic, reason = "a helper that fails fails its test")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the tests read the documents and start the program"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use modwarden::internals::finding::Severity;
use modwarden::internals::policy::{InitFacts, init_text, packs};
use modwarden::internals::report::Format;
use modwarden::internals::rules::RULES;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const DOCUMENTS: [&str; 19] = [
    "README.md",
    "CONTRIBUTING.md",
    "examples/README.md",
    "docs/README.md",
    "docs/adopting.md",
    "docs/ci.md",
    "docs/command-line.md",
    "docs/comparison.md",
    "docs/dependencies.md",
    "docs/git-hook.md",
    "docs/github-action.md",
    "docs/history.md",
    "docs/how-it-works.md",
    "docs/output.md",
    "docs/peers.md",
    "docs/policy.md",
    "docs/start-audit.md",
    "docs/start-hook.md",
    "docs/start-pull-request.md",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_default()
}

/// The output of the program on one line, with single spaces.
fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_modwarden")).args(args).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text between two others.
#[track_caller]
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no `{start}`"));
    rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` after `{start}`")).0
}

/// The texts between these marks.
fn marked(text: &str, mark: char) -> BTreeSet<String> {
    text.split(mark).skip(1).step_by(2).map(str::to_owned).collect()
}

fn set<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_packs() {
    let all = set(packs().map(|pack| pack.name));
    assert_eq!(marked(between(&read("docs/policy.md"), "The packs are", ";"), '`'), all);
    let help = printed(&["check", "--help"]);
    let packs = between(&help, "--pack <NAME>", "]").rsplit_once("[possible values: ").map(|it| it.1);
    assert_eq!(set(packs.unwrap_or_default().split(", ")), all, "{help}");
    let init = init_text(&InitFacts::default());
    let mut named = marked(between(&init, "# More packs:", "\n"), '"');
    named.insert("recommended".to_owned());
    assert_eq!(named, all);
}

#[test]
fn the_forms() {
    let all = Format::ALL.map(|format| format.to_string());
    for command in ["check", "audit"] {
        let help = printed(&[command, "--help"]);
        let forms = between(&help, "--format <FORMAT>", "--output <FORMAT=PATH>");
        let named = forms.split(" - ").skip(1).filter_map(|item| item.split(':').next());
        assert_eq!(named.collect::<Vec<_>>(), all, "{help}");
    }
    for shell in ["bash", "fish", "zsh"] {
        let script = printed(&["completions", shell]);
        for form in &all {
            assert!(script.contains(form.as_str()) && script.contains(&format!("{form}=")), "{shell}: {form}");
        }
    }
    let documented = first_cells(&read("docs/output.md"), "For a file with the name `-` write `./-`.");
    assert_eq!(documented, set(all.iter().map(String::as_str)));
    let said = printed(&["check", "--format", "none"]);
    assert!(said.is_empty(), "an error is said on standard error");
}

#[test]
fn the_severities() {
    let mut all = set(Severity::ALL.map(Severity::as_str));
    all.insert("off".to_owned());
    let policy = read("docs/policy.md");
    assert_eq!(marked(between(&policy, "## Severities\n\n", ", for a rule"), '`'), all);
    let init = init_text(&InitFacts::default());
    let named = between(&init, "# Of a rule, or of one entry: ", ".\n");
    assert_eq!(set(named.split(", ")), all);
    all.remove("off");
    all.insert("never".to_owned());
    for command in ["check", "audit", "fix"] {
        let help = printed(&[command, "--help"]);
        let named = between(between(&help, "--fail-on", "--undecided"), "[possible values: ", "]");
        assert_eq!(set(named.split(", ")), all, "{command}");
    }
}

#[test]
fn the_variables() {
    let help = printed(&["check", "--help"]);
    let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
    let named = help.split(|c| !is_part(c)).filter(|word| word.starts_with("MODWARDEN_"));
    let documented =
        first_cells(&read("docs/command-line.md"), "Set them once in CI, for all commands that have the option:");
    let documented = documented.into_iter().filter(|word| word.starts_with("MODWARDEN_"));
    assert_eq!(documented.collect::<BTreeSet<_>>(), set(named), "{help}");
}

#[test]
fn the_rules() {
    let all = set(RULES.iter().map(|rule| rule.meta().id));
    let output = Command::new(env!("CARGO_BIN_EXE_modwarden")).arg("rules").output().expect("the program starts");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(set(listed.lines().filter_map(|line| line.split(' ').next())), all);
    let schema: Value = serde_json::from_str(&read("modwarden.schema.json")).expect("the schema is JSON");
    let keys = set(schema["properties"].as_object().expect("keys").keys().map(String::as_str));
    let others = set([
        "extends",
        "modules",
        "inline-exceptions",
        "exception",
        "severity",
        "undecided",
        "generated-packages",
        "groups",
    ]);
    let unknown: Vec<_> = keys.iter().filter(|key| !all.contains(*key) && !others.contains(*key)).collect();
    assert!(unknown.is_empty(), "neither a rule nor known here: {unknown:?}");
    // A word in the form of a rule's id, with the family of one before the dash, is one.
    let families = set(all.iter().filter_map(|id| id.split('-').next()));
    // The comparison names settings of other tools as well, and the page about the action its inputs.
    let others = ["docs/comparison.md", "docs/github-action.md", "docs/peers.md"];
    for document in DOCUMENTS.into_iter().filter(|document| !others.contains(document)) {
        for word in marked(&read(document).replace("```", ""), '`') {
            let is_id = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && word.contains('-');
            if is_id && word.split('-').next().is_some_and(|family| families.contains(family)) && !keys.contains(&word)
            {
                assert!(all.contains(&word), "{document}: there is no rule `{word}`");
            }
        }
    }
}

/// The first cells of the table that follows a text.
fn first_cells(text: &str, before: &str) -> BTreeSet<String> {
    let table = text.split_once(before).unwrap_or_else(|| panic!("no `{before}`")).1;
    let rows = table.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).filter_map(|row| row.split('|').nth(1)).flat_map(|cell| marked(cell, '`')).collect()
}

#[test]
fn the_keys_of_a_policy() {
    let schema: Value = serde_json::from_str(&read("modwarden.schema.json")).expect("the schema is JSON");
    let keys_of = |rule: &str| {
        let items = &schema["properties"][rule]["items"]["properties"];
        set(items.as_object().expect("the keys of an entry").keys().map(String::as_str))
    };
    let common = RULES.iter().map(|rule| rule.meta().id).filter(|id| schema["properties"][id].is_object()).map(keys_of);
    let mut common = common.reduce(|one, other| &one & &other).expect("there are rules");
    common.remove("name");
    let policy = read("docs/policy.md");
    assert_eq!(first_cells(&policy, "Every rule has these keys:"), common);
    assert_eq!(first_cells(&policy, "## Exceptions"), keys_of("exception"));
}

#[test]
fn the_exit_codes() {
    let all = set(["0", "1", "2", "3"]);
    let readme = read("README.md");
    assert_eq!(
        marked(between(&readme, "## Exit codes\n\n", "\n\n"), '`')
            .into_iter()
            .filter(|word| word.len() == 1)
            .collect::<BTreeSet<_>>(),
        all
    );
    let ci = read("docs/ci.md");
    let rows = between(&ci, "| exit code |", "\n\n").lines().skip(2).filter_map(|row| row.split('|').nth(1));
    assert_eq!(set(rows.map(str::trim)), all);
}

#[test]
fn the_hooks_of_the_manifest() {
    let manifest = read(".pre-commit-hooks.yaml");
    let ids = set(manifest.lines().filter_map(|line| line.trim().strip_prefix("- id: ")));
    assert_eq!(
        first_cells(&read("docs/git-hook.md"), "| id | checks |").len(),
        ids.len() - 1,
        "the first row is the header"
    );
    let table = between(&read("docs/git-hook.md"), "| id | checks |\n|---|---|\n", "\n\n").to_owned();
    assert_eq!(set(table.lines().filter_map(|row| row.split('`').nth(1))), ids);
    for hook in ["pre-commit", "pre-push"] {
        assert!(printed(&["hook", "install", "--help"]).contains(hook));
        assert!(read("docs/git-hook.md").contains(hook));
    }
}

#[test]
fn the_fuzz_targets() {
    let targets: BTreeSet<String> = fs::read_dir(Path::new(ROOT).join("fuzz/fuzz_targets"))
        .expect("there are targets")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    assert_eq!(first_cells(&read("CONTRIBUTING.md"), "## Fuzzing"), targets);
    let manifest = read("fuzz/Cargo.toml");
    let bins = set(manifest.split("[[bin]]\nname = \"").skip(1).filter_map(|rest| rest.split('"').next()));
    assert_eq!(bins, targets);
    let tests = read("tests/suite/fuzz.rs");
    assert!(targets.iter().all(|target| tests.contains(&format!("checks::{target}"))), "each runs in the tests");
}

/// Each command line of the documents is one that the program takes, option by option.
#[test]
fn the_commands_and_options() {
    let mut seen = BTreeSet::new();
    for document in DOCUMENTS {
        for words in command_lines(&read(document)) {
            let mut command: Vec<&str> = Vec::new();
            for word in
                words.iter().take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
            {
                let is_group = matches!(command.as_slice(), [] | ["policy" | "hook" | "inspect"]);
                if word.starts_with('-') || !is_group {
                    break;
                }
                command.push(word);
            }
            let Some(name) = command.first() else { continue };
            let help = printed(&[&command[..], &["--help"]].concat());
            assert!(
                help.contains(&format!("Usage: modwarden {}", command.join(" "))),
                "{document}: {words:?}: no command {name}"
            );
            for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
                let option = option.split('=').next().unwrap_or(option);
                assert!(help.contains(option), "{document}: `modwarden {}` has no {option}", command.join(" "));
            }
            seen.insert((*name).to_owned());
        }
    }
    assert!(
        ["audit", "check", "diff", "fix", "hook", "inspect", "policy", "why"].iter().all(|name| seen.contains(*name)),
        "{seen:?}"
    );
}

/// The words after `modwarden` where a document has a command line.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let starts = ["$ modwarden ", "`modwarden ", "run: modwarden ", "entry: modwarden ", "- modwarden "];
    let ends = ['`', '#', '\n', '|', '>', ','];
    let after = starts.iter().flat_map(|start| text.split(start).skip(1));
    after
        .map(|rest| rest.split(ends).next().unwrap_or_default().split_whitespace().map(str::to_owned).collect())
        .collect()
}
