//! Files that are made from the program and must match it. `UPDATE=1 cargo test` writes them.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start the program and read files")]

mod book;
mod messages;
mod whole_findings;

use std::path::{Path, PathBuf};
use std::process::Command;

use modwarden::internals::engine::schema;
use modwarden::internals::finding::IDENTITY_VERSION;
use modwarden::internals::report::report_schema;
use modwarden::internals::rules::RULES;

use crate::support::{judge, txtar};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn check(path: &str, made: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, made).expect("the file can be written");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "{path} is not what the program makes; write it with UPDATE=1 cargo test");
}

/// The identities of the findings in the example of each rule's page: baselines and SARIF fingerprints rest on their
/// form.
#[test]
fn the_identities_of_findings() {
    let mut text = format!(
        "# Made from the examples in src/rules by `UPDATE=1 cargo test`. Where a line changes and its example does not, the form of\n\
         # identities has changed: raise IDENTITY_VERSION in src/finding/identity.rs, and change docs/policy.md.\n\
         version {IDENTITY_VERSION}\n"
    );
    for rule in RULES {
        let page = rule.page();
        let example = page.split("```txtar\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap_or_default();
        let checked = judge::check(&txtar::without_marks(txtar::parse(example)));
        let of_rule = checked.run.findings.iter().filter(|finding| finding.rule.id == rule.meta().id);
        let mut identities: Vec<String> = of_rule.map(|finding| format!("{}\n", finding.identity)).collect();
        assert!(!identities.is_empty(), "{}", rule.meta().id);
        identities.sort();
        text.extend(identities);
    }
    check("tests/identities.txt", &text);
}

#[test]
fn the_schema_of_the_policy() {
    check("modwarden.schema.json", &schema());
}

#[test]
fn the_schema_of_reports() {
    check("modwarden.report.schema.json", &report_schema());
}

#[test]
fn every_policy_in_the_repository_fits_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut policies = vec![root().join("examples/modwarden.toml")];
    policies.extend(std::fs::read_dir(root().join("policies")).unwrap().map(|entry| entry.unwrap().path()));
    for policy in policies {
        let table: toml::Table = std::fs::read_to_string(&policy).unwrap().parse().unwrap();
        let json = without_dates(toml::Value::Table(table));
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", policy.display());
    }
    let wrong = serde_json::json!({ "import-denied": [{ "name": "x", "denny": [] }] });
    assert!(!validator.is_valid(&wrong), "an unknown key must not fit");
}

/// JSON has no dates; editors hold TOML's against strings.
fn without_dates(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(without_dates).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, without_dates(value))).collect::<serde_json::Map<_, _>>().into()
        }
        other => serde_json::to_value(other).expect("TOML's other values are JSON's"),
    }
}

/// The part of the examples that the README's picture shows: it has two findings.
const SHOWN: &str = "examples/shop/internal/report";

/// The README's picture: the program's output for a part of the examples, with its own colours.
#[test]
fn the_picture_in_the_readme() {
    let output = Command::new(env!("CARGO_BIN_EXE_modwarden"))
        .args(["--color", "always", "check", SHOWN])
        .env("COLUMNS", "100")
        .env_remove("GITHUB_ACTIONS")
        .env("GOMODCACHE", root().join("no-module-cache"))
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let shown = format!("$ modwarden check {}\n\n{}", SHOWN, without_time(&text));
    let svg = anstyle_svg::Term::new().render_svg(&shown);
    check("docs/check.svg", &svg);
}

/// The summary's time differs from run to run.
fn without_time(text: &str) -> String {
    let Some(open) = text.rfind(" (") else { return text.to_owned() };
    let close = text[open..].find("s)").map_or(text.len(), |at| open + at + 2);
    format!("{}{}", &text[..open], &text[close..])
}

#[test]
fn the_links_are_links() {
    let link = root().join("pre-commit-hooks.yaml");
    assert_eq!(std::fs::read_link(link).unwrap(), Path::new(".pre-commit-hooks.yaml"));
}
