//! The component for GitLab and the examples for other services: they fit their schemas, and their scripts work in a
//! real repository. No pull request loosens the policy that checks it.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read files")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::action_runs::{BAD, shop};
use crate::support::program::{Outcome, run};
use crate::support::readers::output;
use crate::support::repo::Repo;
use crate::support::tools::installed;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The component as GitLab fills it in.
fn component() -> String {
    let text = read("templates/modwarden.yml");
    let (_, job) = text.split_once("\n---\n").unwrap();
    let values = [("job-name", "modwarden"), ("stage", "test"), ("image", "python:3.13"), ("fail-on", "error")];
    let filled = values.iter().chain(&[("version", env!("CARGO_PKG_VERSION"))]);
    filled.fold(job.to_owned(), |job, (name, value)| job.replace(&format!("$[[ inputs.{name} ]]"), value))
}

#[test]
fn the_schemas_fit() {
    let filled = Repo::plain();
    filled.write("component.yml", component());
    let examples = |name: &str| Path::new(ROOT).join("examples/ci").join(name);
    for (schema, file) in [
        ("vendor.gitlab-ci", filled.root().join("component.yml")),
        ("vendor.gitlab-ci", examples("gitlab.yml")),
        ("vendor.github-workflows", examples("forgejo.yml")),
        ("vendor.circle-ci", examples("circleci.yml")),
        ("vendor.azure-pipelines", examples("azure-pipelines.yml")),
    ] {
        let Some(mut check) = installed("check-jsonschema") else { return };
        check.args(["--regex-variant", "python", "--builtin-schema", schema]).arg(&file);
        assert_eq!(output(&mut check).map(|_| ()), Ok(()), "{}", file.display());
        let printed = check.output().unwrap().stdout;
        assert!(String::from_utf8_lossy(&printed).contains("ok"), "{}", String::from_utf8_lossy(&printed));
    }
}

/// The lines of the last block that follows a line, without their indentation.
fn block(text: &str, before: &str) -> String {
    let mut lines = text.lines().skip_while(|line| line.trim() != before).skip(1).peekable();
    let indent = lines.peek().map_or(0, |line| line.len() - line.trim_start().len());
    let inside = lines.take_while(|line| line.trim().is_empty() || line.len() - line.trim_start().len() >= indent);
    let script: Vec<&str> = inside.map(|line| line.get(indent..).unwrap_or_default()).collect();
    assert!(script.len() > 2, "no block after `{before}`");
    script.join("\n")
}

/// A clone in which a branch adds a breach and loosens the policy; as the commit that would be merged, if `merged`.
fn proposal(origin: &Repo, merged: bool) -> Repo {
    let repo = Repo::plain();
    repo.git(&["clone", "--quiet", origin.root().to_str().unwrap(), "."]);
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    repo.write("b.go", BAD).write("modwarden.toml", "[severity]\nimport-denied = \"off\"\n");
    repo.commit("topic");
    if merged {
        repo.git(&["checkout", "--quiet", "--detach", "origin/main"]);
        repo.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "topic"]);
    }
    repo
}

fn run_script(repo: &Repo, script: &str, environment: &[(&str, &str)]) -> Outcome {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_modwarden"));
    let mut command = repo.command("sh");
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    command.args(["-c", script]).env("PATH", path).envs(environment.iter().copied());
    run(command)
}

/// How many tests of a JUnit report failed.
fn failures(repo: &Repo, file: &str) -> usize {
    fs::read_to_string(repo.root().join(file)).unwrap().matches("<failure").count()
}

#[test]
fn the_component_for_gitlab() {
    let script = block(&component(), "- |");
    let origin = shop();
    let repo = proposal(&origin, false);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let job = [("CI_COMMIT_SHA", head.as_str()), ("MODWARDEN_FAIL_ON", "error")];
    let request = [job[0], job[1], ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")];
    run_script(&repo, &script, &request).assert(1, &["b.go:3:8", "1 new error"]);
    let quality = fs::read_to_string(repo.root().join("gl-code-quality-report.json")).unwrap();
    let quality: Value = serde_json::from_str(&quality).unwrap();
    assert_eq!(quality.as_array().map(Vec::len), Some(2), "the old one, too: {quality}");
    assert_eq!(failures(&repo, "modwarden.xml"), 1);

    let main = repo.git(&["rev-parse", "origin/main"]);
    repo.git(&["checkout", "--quiet", "--detach", &main]);
    run_script(&repo, &script, &[("CI_COMMIT_SHA", &main), job[1]]).assert(1, &["old.go:3:8"]);
}

#[test]
fn the_component_writes_no_report_of_what_could_not_be_judged() {
    let script = block(&component(), "- |");
    let origin = shop();
    let repo = proposal(&origin, false);
    repo.write("modwarden.toml", "colour = 1\n[severity]\n");
    let head = repo.commit("a mistake");
    run_script(&repo, &script, &[("CI_COMMIT_SHA", &head), ("MODWARDEN_FAIL_ON", "error")]).assert(2, &["colour"]);
    assert!(!repo.root().join("gl-code-quality-report.json").exists(), "it would show everything as fixed");
}

#[test]
fn the_example_for_jenkins() {
    let script = block(&read("examples/ci/Jenkinsfile"), "sh '''");
    let script = script.split("'''").next().unwrap();
    let origin = shop();
    let repo = proposal(&origin, false);
    run_script(&repo, script, &[("CHANGE_TARGET", "main")]).assert(1, &["b.go:3:8", "1 new error"]);
    assert!(fs::read_to_string(repo.root().join("modwarden.xml")).unwrap().contains("<checkstyle"));
    repo.git(&["checkout", "--quiet", "main"]);
    run_script(&repo, script, &[]).assert(1, &["old.go:3:8"]);
}

#[test]
fn the_example_for_circleci() {
    let script = block(&read("examples/ci/circleci.yml"), "- run: |");
    let repo = proposal(&shop(), false);
    run_script(&repo, &script, &[]).assert(1, &["b.go:3:8", "1 new error"]);
    assert_eq!(failures(&repo, "reports/modwarden/results.xml"), 1);
}

#[test]
fn the_example_for_azure() {
    let script = block(&read("examples/ci/azure-pipelines.yml"), "- bash: |");
    let origin = shop();
    let repo = proposal(&origin, true);
    run_script(&repo, &script, &[("BUILD_REASON", "PullRequest")]).assert(1, &["b.go:3:8", "1 new error"]);
    assert_eq!(failures(&repo, "modwarden.xml"), 1);
    repo.git(&["checkout", "--quiet", "main"]);
    run_script(&repo, &script, &[("BUILD_REASON", "IndividualCI")]).assert(1, &["old.go:3:8"]);
}
