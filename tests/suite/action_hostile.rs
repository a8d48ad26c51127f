//! Hostile pull requests, through the GitHub Action itself: they do not pass, put no command into the log, do not reach the token, and
//! the run ends.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::action_runs::{pull_request, shop};
use crate::support::act::{Ran, TOKEN, workflow};
use crate::support::repo::Repo;

/// The outputs that steps of the action set.
const OUTPUTS: [&str; 28] = [
    "annotations",
    "base",
    "cache",
    "cache-directory",
    "dependency-changes",
    "directory",
    "errors",
    "exit-code",
    "findings",
    "fixed",
    "git-dir",
    "head",
    "html-file",
    "json-file",
    "markdown-file",
    "mode",
    "new",
    "numbers-file",
    "path",
    "policy",
    "sarif-file",
    "shallow",
    "top",
    "undecided",
    "upload",
    "verdict",
    "version",
    "warnings",
];

/// Names of files, and texts in files, that a log would obey.
const COMMANDS: [&str; 6] = [
    "::error::pwned",
    "::set-output name=exit-code::0",
    "::add-path::/pwned",
    "::stop-commands::pwned",
    "##[error]pwned",
    "a\n::warning::pwned\n::set-env name=PATH::pwned",
];

/// Fails if the runner took anything for a command that is not the action's own, or the log has the token.
#[track_caller]
fn assert_harmless(repo: &Repo, ran: &Ran) {
    assert!(!ran.log.contains(TOKEN), "the log has the token");
    assert!(!repo.beside("started").exists(), "a program was started: {}", ran.log);
    for command in ran.commands() {
        let ours =
            ["::stop-commands::", "::add-path:: ", "::error file=", "::warning file=", "::notice file=", "Summary - "];
        let word = command.strip_prefix("::").and_then(|rest| rest.strip_suffix("::")).unwrap_or_default();
        let ends_stop = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let titled =
            command.starts_with("::error title=modwarden::") || command.starts_with("::notice title=modwarden");
        assert!(ends_stop || titled || ours.iter().any(|ours| command.starts_with(ours)), "{command}");
        assert!(
            !command.starts_with("::add-path:: /pwned") && !command.starts_with("::stop-commands::pwned"),
            "{command}"
        );
    }
    for line in ran.log.lines().filter_map(|line| line.split_once("⚙  ::set-output:: ")) {
        let name = line.1.split('=').next().unwrap_or_default();
        assert!(OUTPUTS.contains(&name), "{}", line.1);
    }
}

/// Settings in `.git/config` that start a program, as an earlier step of the job may have left them.
fn add_tricks(repo: &Repo) {
    let start = format!("touch {}", repo.beside("started").display());
    let hooks = repo.beside("hooks");
    fs::create_dir_all(&hooks).unwrap();
    for name in ["reference-transaction", "post-checkout", "post-index-change"] {
        fs::write(hooks.join(name), format!("#!/bin/sh\n{start}\n")).unwrap();
        fs::set_permissions(hooks.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    repo.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    for key in ["core.fsmonitor", "core.sshCommand", "core.pager", "core.askPass", "diff.external", "filter.x.smudge"] {
        repo.git(&["config", key, &start]);
    }
    repo.git(&["config", "credential.helper", &format!("!{start}")]);
    repo.git(&["config", "url.http://127.0.0.1:1/.insteadOf", "https://github.com/"]);
}

#[test]
fn it_does_not_pass_and_puts_no_command_into_the_log() {
    let repo = shop();
    repo.write("b.go", "package m\n\n//modwarden:allow import-denied/no-expvar it is fine\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n");
    repo.write(
        "modwarden.toml",
        "[severity]\nimport-denied = \"off\"\n\n[[exception]]\nrule = \"import-denied/no-expvar\"\nfiles = [\"**\"]\nreason = \"x\"\n",
    );
    repo.write("modwarden.baseline.toml", "").write(".gitattributes", "* filter=x\n");
    for (index, text) in COMMANDS.iter().enumerate() {
        repo.write(
            format!("p{index}/{}.go", text.replace('/', "_")),
            "package p\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n",
        );
        let quoted = text.replace('\n', "\\n");
        repo.write(format!("q{index}/q.go"), format!("package q\n\nimport _ \"{quoted}\"\n"));
        repo.write(format!("r{index}/go.mod"), format!("module \"{quoted}\"\n\ngo 1.22\n"));
    }
    repo.symlink("passwd.go", "/etc/passwd").symlink("up", "../..").symlink("proc.go", "/proc/self/environ");
    repo.symlink("go.sum", "/etc/passwd");
    let event = pull_request(&repo);
    add_tricks(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    assert!(!ran.succeeded, "{}", ran.log);
    assert!(matches!(ran.output("exit-code"), Some("1" | "3")), "{}", ran.log);
    let findings: usize = ran.output("new").and_then(|count| count.parse().ok()).unwrap_or(0);
    assert!(findings > COMMANDS.len(), "{}", ran.log);
    assert!(ran.log.contains("b.go:4:8"), "the comment does not count: {}", ran.log);
    assert!(!ran.log.contains("root:"), "nothing outside is shown: {}", ran.log);
    assert_harmless(&repo, &ran);
}

#[test]
fn a_huge_module_file_neither_hangs_nor_passes() {
    let repo = shop();
    let line =
        "require example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa v1.0.0\n";
    let mut text = String::from("module example.com/m\n\ngo 1.22\n\n");
    text.push_str(&line.repeat(100_000_000 / line.len()));
    repo.write("go.mod", text).write("b.go", "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n");
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    assert!(!ran.succeeded && matches!(ran.output("exit-code"), Some("1" | "3")), "{}", ran.log);
    assert_harmless(&repo, &ran);
}

#[test]
fn fifty_thousand_findings_are_all_in_the_log_and_the_worst_are_annotations() {
    let repo = Repo::init();
    repo.write("go.mod", "module example.com/m\n\ngo 1.22\n").write("a.go", "package m\n");
    repo.write("modwarden.toml", "[[import-denied]]\nname = \"bad\"\ndeny = [\"net/...\"]\n");
    repo.commit("base");
    let mut text = String::from("package m\n\nimport (\n");
    for index in 0..500 {
        let _ = writeln!(text, "\t_ \"net/x{index}\"");
    }
    text.push_str(")\n");
    for index in 0..100 {
        repo.write(format!("p{index}/b.go"), &text);
    }
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[("exit-code", "1"), ("new", "50000"), ("errors", "50000")]);
    let logged =
        ran.log.lines().filter(|line| line.contains("/b.go:") && line.contains(": error[import-denied/bad]: "));
    assert_eq!(logged.count(), 50_000);
    let annotations = ran.annotations();
    assert!((1..=21).contains(&annotations.len()), "{}", annotations.len());
    assert_harmless(&repo, &ran);
}
