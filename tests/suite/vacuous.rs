//! A pattern of the policy that names a package of the repository wrongly is reported, whichever option it is in.

use modwarden::internals::finding::{Severity, Verdict};
use modwarden::internals::pipeline::Checked;
use modwarden::internals::rules::{RULES, RuleKind};
use serde_json::Value;

use crate::support::judge;

/// The other options that an entry of a rule needs.
const COMPANIONS: [(&str, &str, &str); 4] = [
    ("import-alias", "packages", "alias = \"x\"\n"),
    ("import-protected", "protect", "to = [\"./server\"]\n"),
    ("import-protected", "to", "protect = [\"fmt\"]\n"),
    ("version-unfit", "except", "forbid = [\"pseudo\"]\n"),
];

/// The forms in which an option may take a pattern.
const WRONG: [&str; 3] = ["./srever", "./srever@v1.2.3", "example.com/mux => ./srever"];

fn check(policy: &str) -> Checked {
    let files = [
        ("modwarden.toml", policy),
        ("go.mod", "module example.com/shop\n\ngo 1.24\n"),
        ("server/server.go", "package server\n\nimport _ \"fmt\"\n"),
        ("cmd/app/main.go", "package main\n"),
    ];
    judge::check(&files.map(|(name, text)| (name.to_owned(), text.to_owned())))
}

/// Whether the pattern on the last line of a policy is reported there.
fn is_reported(policy: &str, checked: &Checked) -> bool {
    let last = policy.lines().count();
    let lines = judge::lines(checked);
    lines.contains(&format!("modwarden.toml:{last} policy-vacuous"))
}

/// The options of a rule that take a list of texts.
fn lists(rule: &RuleKind) -> Vec<String> {
    let Some(schema) = rule.schema() else { return Vec::new() };
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let is_list = |value: &Value| value.to_string().contains("\"array\"");
    properties.iter().filter(|(_, value)| is_list(value)).map(|(key, _)| key.clone()).collect()
}

#[test]
fn a_misspelt_package_is_reported_in_each_list_of_each_rule() {
    let mut tried = 0;
    for rule in RULES {
        let id = rule.meta().id;
        for key in lists(rule) {
            let companions = COMPANIONS.iter().filter(|(of, option, _)| (*of, *option) == (id, key.as_str()));
            let companions: String = companions.map(|(_, _, text)| *text).collect();
            let mut is_taken = false;
            for wrong in WRONG {
                let policy = format!("[[{id}]]\nname = \"x\"\n{companions}{key} = [\"{wrong}\"]\n");
                let checked = check(&policy);
                if checked.run.verdict == Verdict::Invalid {
                    let shown = judge::pretty(&checked);
                    assert!(shown.contains(wrong), "`{key}` of {id} is refused, but not for the pattern\n{shown}");
                    continue;
                }
                is_taken = true;
                assert!(is_reported(&policy, &checked), "`{key}` of {id}: {wrong}\n{}", judge::pretty(&checked));
            }
            tried += usize::from(is_taken);
        }
    }
    assert!(tried >= 15, "{tried} lists with patterns");
}

#[test]
fn a_misspelt_scope_is_an_error_unless_the_policy_says_otherwise() {
    for (key, wrong) in [("from", "./srever/..."), ("files", "srever/**"), ("modules", "./srever")] {
        let policy = format!("[[import-dot]]\nname = \"x\"\n{key} = [\"{wrong}\"]\n");
        let severities = |policy: &str| -> Vec<Severity> {
            check(policy).run.findings.iter().map(|finding| finding.severity).collect()
        };
        assert_eq!(severities(&policy), [Severity::Error], "{key}");
        assert_eq!(severities(&format!("{policy}[severity]\npolicy-vacuous = \"note\"\n")), [Severity::Note], "{key}");
        let both = policy.replace("[\"", "[\"./server\", \"server/**\", \"example.com/shop\", \"");
        assert!(!severities(&both).contains(&Severity::Error), "{key}");
    }
}

#[test]
fn what_was_meant_is_suggested() {
    for (wrong, meant) in [
        ("server/...", "`./server/...`"),
        ("./srever/...", "`./server/...`"),
        ("$module/srever", "`$module/server`"),
        ("example.com/shop/srever", "`example.com/shop/server`"),
        ("./cmd/ap", "`./cmd/app`"),
        ("zlib", "`compress/zlib`"),
        ("$std/net/htp", "`$std/net/http`"),
        ("/cmd/...", "`./cmd/...`"),
    ] {
        let shown = judge::pretty(&check(&format!("[[import-denied]]\nname = \"x\"\ndeny = [\"{wrong}\"]\n")));
        let is_suggested =
            shown.contains(&format!("did you mean {meant}?")) || shown.contains(&format!("write {meant}"));
        assert!(is_suggested, "{wrong}: {shown}");
    }
}
