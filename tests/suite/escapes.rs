//! Nothing of a repository reaches a terminal or a log as it is: every command, on repositories in which every text is
//! hostile. Only a patch is as it is, for `git apply`.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests start programs and write files")]

use std::fs;

use modwarden::internals::report::Format;
use modwarden::internals::text::is_hidden;

use crate::support::program::{Outcome, run};
use crate::support::repo::Repo;

/// Texts that agents of CI obey, that terminals obey, and that nobody sees.
const HOSTILE: [&str; 6] = [
    "##vso[task.setvariable variable=x]y",
    "a ##teamcity[buildStatus status='SUCCESS'] ##[error]b",
    "zero\u{200b}width\u{200d}\u{2060}\u{feff} soft\u{ad}hyphen",
    "tags\u{e0001}\u{e0041}\u{e007f}\u{fe0f}",
    "bidi\u{202e}\u{2066}\u{200f}\u{61c}",
    "::error::x \u{1b}[31m \u{9b}",
];

/// A repository of which every text is this one, as far as Git and Go let it.
fn repository(text: &str) -> Repo {
    let repo = Repo::init();
    let toml = text.replace('\u{1b}', "\\u001b").replace('\u{9b}', "\\u009b");
    let import = text.replace([' ', '\'', '=', '\u{1b}', '\u{9b}', '[', ']', ':', '#'], "");
    repo.write("modwarden.toml", format!(
        "extends = [\"recommended\"]\n[severity]\nsyntax-invalid = \"warn\"\nrequire-unused = \"warn\"\n\
         [[import-denied]]\nname = \"x\"\ndeny = [\"unsafe\", \"example.com/**\", \"re:{import}\"]\nreason = \"{toml}\"\nuse = \"{toml}\"\ndocs = \"https://{toml}\"\n\
         [[exception]]\nrule = \"import-denied/x\"\nfiles = [\"other/**\"]\nreason = \"{toml}\"\nowner = \"{toml}\"\nuntil = 2020-01-01\n"
    ));
    repo.write("go.mod", format!(
        "module example.com/m // {text}\n\ngo 1.24 // {text}\n\nrequire example.com/x v1.0.0 // {text}\n\nreplace example.com/x => ./{import} // {text}\n{text}\n"
    ));
    repo.write("go.sum", format!("{text} x\n"))
        .write("vendor/modules.txt", format!("# {text} v1.0.0\n## explicit; {text}\n{text}\n"));
    let go = format!(
        "//go:build !{text}\n\npackage m // {text}\n\nimport (\n\t_ \"unsafe\" // {text}\n\t_ \"example.com/{import}/{text}\"\n\t_ `{text}` //modwarden:allow {text} until={text} owner={text} {text}\n)\n"
    );
    repo.write("a.go", &go)
        .write(format!("{text}/b.go"), go.replace("//go:build", "//"))
        .write(format!("{text}/go.mod"), format!("module {text}\n"));
    repo.write(format!("nested/{text}.go"), "package nested\n\nimport _ \"unsafe\"\n");
    repo.git(&["config", "user.name", "x"]);
    repo.git(&["add", "--all"]);
    commit(&repo, text);
    repo.write("c.go", "package m\n\nimport _ \"unsafe\"\n").git(&["add", "--all"]);
    commit(&repo, text);
    repo
}

fn commit(repo: &Repo, text: &str) {
    let mut command = repo.command("git");
    let name = text.replace(['<', '>'], "");
    command.args(["commit", "--quiet", "--no-verify", "-m", text]).env("GIT_AUTHOR_NAME", &name);
    let outcome = run(command);
    assert_eq!(outcome.code, Some(0), "{}", outcome.text);
}

fn modwarden(repo: &Repo, args: &[&str]) -> Outcome {
    let mut command = repo.command(env!("CARGO_BIN_EXE_modwarden"));
    command.args(args);
    run(command)
}

#[track_caller]
fn assert_harmless(args: &[&str], outcome: &Outcome) {
    assert!(matches!(outcome.code, Some(0..=3)), "{args:?}: {:?}", outcome.code);
    for line in outcome.text.split('\n') {
        assert!(!line.contains(is_hidden), "{args:?}: {line:?}");
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark)), "{args:?}: {line:?}");
        let ours = ["::error ", "::warning ", "::notice "].iter().any(|ours| line.starts_with(ours));
        assert!(!line.trim_start().starts_with("::") || ours, "{args:?}: {line:?}");
    }
}

#[test]
fn every_command_is_harmless() {
    for text in HOSTILE {
        let repo = repository(text);
        let forms = Format::ALL.map(Format::as_str);
        let checks = forms.iter().map(|form| vec!["check", "--verbose", "--format", form]);
        let audits = forms.iter().map(|form| vec!["audit", "--format", form]);
        let diffs =
            ["pretty", "markdown", "json", "totals"].map(|form| vec!["diff", "HEAD~1", "HEAD", "--format", form]);
        let others: [&[&str]; 16] = [
            &["check", "--range", "HEAD~1..HEAD", "--each-commit"],
            &["inspect", "imports"],
            &["inspect", "modules"],
            &["inspect", "vendor"],
            &["inspect", "history"],
            &["policy", "show"],
            &["why", "unsafe"],
            &["why", "--not", "example.com/x"],
            &["why", text],
            &["explain", text],
            &["fix"],
            &["check", "--rev", text],
            &["check", text],
            &["-C", text, "check"],
            &["-C", text, "policy", "init"],
            &["check", "--policy", text],
        ];
        for args in checks.chain(audits).chain(diffs).chain(others.map(<[&str]>::to_vec)) {
            assert_harmless(&args, &modwarden(&repo, &args));
        }
    }
}

#[test]
fn what_is_shown_of_a_policy_means_what_it_said() {
    for text in HOSTILE {
        let repo = repository(text);
        let shown = modwarden(&repo, &["policy", "show"]);
        assert_eq!(shown.code, Some(0), "{}", shown.text);
        let values: toml::Table = shown.text.parse().expect("it is TOML");
        assert_eq!(values["import-denied"][0]["reason"].as_str(), Some(text));
    }
}

#[test]
fn what_is_said_of_hooks_is_harmless() {
    let repo = Repo::init();
    let name = HOSTILE.concat().replace('/', "");
    repo.git(&["config", "core.hooksPath", &name]);
    fs::create_dir(repo.root().join(&name)).unwrap();
    repo.write(format!("{name}/pre-commit"), "#!/bin/sh\n");
    for args in [&["hook", "install"][..], &["hook", "uninstall"]] {
        assert_harmless(args, &modwarden(&repo, args));
    }
}
