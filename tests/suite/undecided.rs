//! Rules that are on and cannot decide: every form says so, the exit code is 3 where it matters, and all commands agree.

#![expect(clippy::disallowed_methods, reason = "tests read what the program wrote")]

use serde_json::Value;

use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/shop

go 1.24

require example.com/pay v1.0.0

require example.com/cart v1.0.0 // indirect

replace example.com/tax => example.com/vat v1.0.0
";

/// A repository that needs modules which no module cache has.
fn shop(policy: &str) -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", policy);
    repo.write("shop.go", "package shop\n\nimport _ \"example.com/pay\"\n");
    repo.commit("shop");
    repo
}

/// Runs a command of modwarden with an empty module cache.
fn modwarden(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(args).env("GOMODCACHE", repo.beside("modules")).env_remove("GOFLAGS").env_remove("GOWORK");
    run(command)
}

const TIDY: &str = "extends = ['tidy']\n";

#[test]
fn an_undecided_rule_ends_the_run_with_3_where_its_findings_would_fail_it() {
    let repo = shop(TIDY);
    modwarden(&repo, &["check"]).assert(3, &["undecided: not decided for `example.com/shop`", "go mod tidy -diff"]);
    modwarden(&repo, &["check", "--undecided", "pass"])
        .assert(0, &["undecided: not decided", "allowed by the command"]);
    modwarden(&repo, &["check", "--fail-on", "never"]).assert(0, &["undecided: not decided"]);
    modwarden(&repo, &["fix"]).assert(3, &["undecided["]);
    modwarden(&repo, &["fix", "--diff"]).assert(3, &["undecided: ", "go mod tidy -diff"]);
    modwarden(&repo, &["fix", "--diff", "--undecided", "pass"]).assert(0, &["undecided: "]);
    modwarden(&repo, &["audit"]).assert(3, &["undecided: not decided"]);
}

#[test]
fn the_policy_lets_all_or_some_rules_pass_and_the_command_line_has_the_last_word() {
    let repo = shop("undecided = 'pass'\nextends = ['tidy']\n");
    modwarden(&repo, &["check"]).assert(0, &["undecided: not decided", "allowed by the policy"]);
    modwarden(&repo, &["check", "--undecided", "fail"]).assert(3, &["undecided: not decided"]);
    let some =
        "[severity]\nindirect-unused = 'error'\nrequire-missing = 'error'\n[undecided]\nrequire-missing = 'pass'\n";
    repo.write("modwarden.toml", some);
    modwarden(&repo, &["check"])
        .assert(3, &["rules: indirect-unused", "rules: require-missing", "allowed by the policy"]);
    repo.write("modwarden.toml", some.replace("indirect-unused = 'error'", "indirect-unused = 'warn'"));
    modwarden(&repo, &["check"]).assert(0, &["rules: indirect-unused"]);
    modwarden(&repo, &["check", "--fail-on", "warn"]).assert(3, &["rules: indirect-unused"]);
}

#[test]
fn a_rule_that_is_off_or_that_the_source_decides_is_not_undecided() {
    let repo = shop("[severity]\nindirect-unused = 'off'\nrequire-unused = 'error'\ntool-unused = 'error'\n");
    let outcome = modwarden(&repo, &["check"]);
    outcome.assert(0, &["no findings in"]);
    assert!(!outcome.text.contains("undecided"), "{}", outcome.text);
}

#[test]
fn the_pack_recommended_passes_without_a_module_cache_and_says_what_it_could_not_decide() {
    let repo = shop("extends = ['recommended']\n");
    modwarden(&repo, &["check"]).assert(0, &["rules: replace-ineffective", "go mod graph"]);
}

#[test]
fn hooks_say_it_and_do_not_stop_a_developer() {
    let repo = shop(TIDY);
    modwarden(&repo, &["hook", "run", "pre-commit"]).assert(0, &["undecided: not decided"]);
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml"));
    let manifest = manifest.expect("the manifest is there");
    assert!(manifest.contains("entry: modwarden check --staged --undecided pass\n"), "{manifest}");
}

#[test]
fn every_form_says_it_without_verbose() {
    let repo = shop(TIDY);
    for (form, words) in [
        ("pretty", "undecided: not decided for `example.com/shop`"),
        ("concise", "go.mod:1:1: undecided[checksum-missing, "),
        ("github", "::error file=go.mod,line=1,endLine=1,col=1,endColumn=24,title=undecided::checksum-missing, "),
        ("json", "\"undecided\":[{\"rule\":\"checksum-missing\""),
        ("jsonl", "{\"undecided\":{\"rule\":\"checksum-missing\""),
        ("sarif", "`checksum-missing`: not decided for `example.com/shop`"),
        ("markdown", "#### Undecided"),
        ("html", "<h2>Undecided</h2>"),
    ] {
        modwarden(&repo, &["check", "--format", form]).assert(3, &[words, "go mod tidy -diff"]);
    }
}

#[test]
fn a_hundred_modules_make_one_paragraph() {
    let repo = shop(TIDY);
    for at in 0..99 {
        let dir = format!("m{at}");
        repo.write(format!("{dir}/go.mod"), GO_MOD.replace("/shop", &format!("/shop/{dir}")));
        repo.write(format!("{dir}/m.go"), "package m\n\nimport _ \"example.com/pay\"\n");
    }
    let outcome = modwarden(&repo, &["check"]);
    outcome.assert(3, &["and 97 more modules"]);
    assert!(outcome.text.lines().count() < 20, "{}", outcome.text);
}

/// The rows of the table that are not decided, and the rules that are.
fn told_by_audit(outcome: &Outcome) -> (Vec<String>, Vec<String>) {
    let line = outcome.text.lines().find(|line| line.starts_with('{')).expect("there is a report");
    let report: Value = serde_json::from_str(line).expect("it is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rows = list(&report["requirements"]).into_iter().flat_map(|table| list(&table["requirements"]));
    let open = rows.filter(|row| row["verdict"] == "undecided").map(|row| text(&row["path"])).collect();
    (open, list(&report["undecided"]).iter().map(|it| text(&it["rule"])).collect())
}

#[test]
fn the_table_of_requirements_says_what_the_rules_say() {
    let policy = "[severity]\nrequire-unused = 'error'\nindirect-unused = 'error'\n";
    let repo = shop(policy);
    let audit = |repo: &Repo| told_by_audit(&modwarden(repo, &["audit", "--format", "json"]));
    let of = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(audit(&repo), (of(&["example.com/cart"]), of(&["indirect-unused"])));
    // Two requirements could have the imported package, so that neither is known to be imported.
    repo.write("go.mod", GO_MOD.replace("/cart v1.0.0 // indirect", "/pay/card v1.0.0"));
    repo.write("shop.go", "package shop\n\nimport _ \"example.com/pay/card/visa\"\n");
    assert_eq!(audit(&repo), (of(&["example.com/pay", "example.com/pay/card"]), of(&["require-unused"])));
    // Without indirect requirements and with plain imports all is known.
    repo.write("go.mod", GO_MOD.replace("require example.com/cart v1.0.0 // indirect\n", ""));
    repo.write("shop.go", "package shop\n\nimport _ \"example.com/pay\"\n");
    assert_eq!(audit(&repo), (of(&[]), of(&[])));
}

#[test]
fn nothing_is_removed_of_which_it_is_not_known_what_it_does() {
    let repo = shop("[severity]\nreplace-unused = 'error'\nexclude-unused = 'error'\n");
    repo.write("go.mod", format!("{GO_MOD}\nexclude example.com/tax v1.0.0\n"));
    repo.commit("exclude");
    modwarden(&repo, &["fix", "--unsafe"])
        .assert(3, &["undecided[exclude-unused, replace-unused]", "fixed: 0, left: 0"]);
}
