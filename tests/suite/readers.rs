//! The forms that other programs define, read by those programs, or by the schema that they document.

use std::collections::BTreeSet;

use modwarden::internals::report::{Format, Terminal};
use serde_json::{Value, json};

use crate::reporters::{cases, render};
use crate::support::readers::{junitparser, read, reviewdog};

#[test]
fn reviewdog_reads_every_finding() {
    for (form, format) in [("rdjson", Format::Rdjson), ("checkstyle", Format::Checkstyle)] {
        for (name, case) in cases() {
            let Some(reader) = reviewdog(form) else { return };
            let diagnostics = read(reader, &render(format, Terminal::PLAIN, &case));
            let diagnostics = diagnostics.as_array().map(Vec::as_slice).unwrap_or_default();
            let text = |diagnostic: &Value| diagnostic["message"].as_str().unwrap_or_default().to_owned();
            assert!(diagnostics.len() >= case.0.findings.len(), "{name}.{form}: {diagnostics:?}");
            for diagnostic in diagnostics {
                assert!(diagnostic["location"]["path"].as_str().is_some_and(|path| !path.is_empty()), "{diagnostic}");
            }
            for finding in case.0.findings.iter().filter(|_| name != "hostile") {
                let is_there = diagnostics.iter().any(|diagnostic| text(diagnostic).contains(&finding.message));
                assert!(is_there, "{name}.{form} lacks {}", finding.message);
            }
        }
    }
}

#[test]
fn junitparser_counts_as_the_run_does() {
    for (name, case) in cases() {
        let Some(reader) = junitparser() else { return };
        let report = read(reader, &render(Format::Junit, Terminal::PLAIN, &case));
        let suites = report["suites"].as_array().unwrap();
        let cases: Vec<&Value> = suites.iter().flat_map(|suite| suite["cases"].as_array().unwrap()).collect();
        assert_eq!(report["counts"]["tests"], cases.len(), "{name}");
        let fails = case.0.findings.iter().filter(|it| case.0.header.fail_on.is_some_and(|least| it.severity >= least));
        assert_eq!(report["counts"]["failures"], fails.count(), "{name}");
        let results = |kind: &str| {
            let of_kind = |case: &&&Value| case["results"].as_array().unwrap().iter().any(|it| it["kind"] == kind);
            cases.iter().filter(of_kind).count()
        };
        assert_eq!(report["counts"]["errors"], results("Error"), "{name}");
        assert_eq!(report["counts"]["skipped"], results("Skipped"), "{name}");
        assert!(results("Failure") + results("Skipped") >= case.0.findings.len(), "{name}");
    }
}

/// The form of a Code Quality report in GitLab's documentation (`docs.gitlab.com`, "Code Quality report format").
fn code_quality() -> Value {
    let issue = json!({
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": { "type": "string", "minLength": 1 },
            "check_name": { "type": "string", "minLength": 1 },
            "fingerprint": { "type": "string", "minLength": 1 },
            "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": { "type": "string", "minLength": 1, "not": { "pattern": "^\\./" } },
                    "lines": { "required": ["begin"], "properties": { "begin": { "type": "integer", "minimum": 1 } } },
                },
            },
        },
    });
    json!({ "type": "array", "items": issue })
}

#[test]
fn gitlab_gets_what_it_documents() {
    let schema = jsonschema::validator_for(&code_quality()).unwrap();
    for (name, case) in cases() {
        let report: Value = serde_json::from_str(&render(Format::Gitlab, Terminal::PLAIN, &case)).unwrap();
        let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let issues = report.as_array().unwrap();
        assert!(issues.len() >= case.0.findings.len(), "{name}");
        let fingerprints: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(fingerprints.len(), issues.len(), "{name}: GitLab drops issues whose fingerprints are equal");
    }
}
