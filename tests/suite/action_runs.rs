//! The GitHub Action at work: example workflows run on this machine with act, on real repositories, with real events.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests read and write files")]

use serde_json::{Value, json};

use crate::action_scripts::{calls, fake_gh};
use crate::support::act::{Ran, run_workflow, workflow};
use crate::support::repo::Repo;

const GO_MOD: &str = "module example.com/m\n\ngo 1.22\n";
const POLICY: &str = "[[import-denied]]\nname = \"no-expvar\"\ndeny = [\"expvar\"]\nreason = \"it listens\"\n";
const GOOD: &str = "package m\n\nimport \"fmt\"\n\nvar _ = fmt.Sprint\n";
pub(crate) const BAD: &str = "package m\n\nimport \"expvar\"\n\nvar _ = expvar.NewInt\n";

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A repository with a policy, and an old breach of it.
pub(crate) fn shop() -> Repo {
    let repo = Repo::init();
    repo.write("go.mod", GO_MOD).write("modwarden.toml", POLICY).write("a.go", GOOD).write("old.go", BAD);
    repo.commit("base");
    repo.git(&["remote", "add", "origin", "https://github.com/modwarden/shop"]);
    repo
}

/// Commits the written files on a branch, merges it as GitHub does for a pull request, and returns the event.
#[track_caller]
pub(crate) fn pull_request(repo: &Repo) -> Value {
    let base = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["checkout", "--quiet", "-b", "topic"]);
    let head = repo.commit("topic");
    repo.git(&["checkout", "--quiet", "--detach", "main"]);
    repo.git(&["merge", "--quiet", "--no-ff", "-m", "merge", "topic"]);
    json!({
        "pull_request": {
            "number": 7,
            "base": {"sha": base, "ref": "main"},
            "head": {"sha": head, "ref": "topic", "repo": {"full_name": "modwarden/shop"}},
        },
        "repository": {"default_branch": "main", "full_name": "modwarden/shop"},
    })
}

#[test]
fn a_green_run() {
    let repo = shop();
    repo.write("b.go", GOOD);
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[
        ("exit-code", "0"),
        ("verdict", "judged"),
        ("new", "0"),
        ("fixed", "0"),
        ("version", VERSION),
    ]);
    assert!(ran.succeeded, "{}", ran.log);
    assert!(ran.annotations().is_empty(), "{:?}", ran.annotations());
    assert!(ran.log.contains("Summary - ### modwarden") && ran.log.contains("### Dependencies"), "{}", ran.log);
}

#[test]
fn a_red_run() {
    let repo = shop();
    repo.write("b.go", BAD);
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/x v1.0.0\n"));
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[("exit-code", "1"), ("verdict", "judged"), ("new", "1"), ("findings", "1")]);
    ran.assert_outputs(&[("errors", "1"), ("dependency-changes", "1")]);
    assert!(!ran.succeeded, "{}", ran.log);
    let [annotation] = ran.annotations()[..] else { panic!("{:?}", ran.annotations()) };
    assert!(annotation.starts_with("::error file=b.go,line=3,"), "{annotation}");
    assert!(ran.log.contains("| error | `import-denied/no-expvar` | `b.go:3:8`"), "the summary has it: {}", ran.log);
    assert!(ran.log.contains("import of `expvar` is denied"), "the log has it: {}", ran.log);
}

#[test]
fn a_run_that_cannot_judge_does_not_pass() {
    let repo = shop();
    let graph = "\n[[module-denied]]\nname = \"no-x\"\ndeny = [\"example.com/x\"]\nscope = \"graph\"\n";
    repo.write("modwarden.toml", format!("{POLICY}{graph}"));
    repo.commit("a rule about the module graph");
    repo.write("go.mod", format!("{GO_MOD}\nrequire example.com/y v1.0.0\n"));
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[("exit-code", "3"), ("verdict", "undecided")]);
    assert!(!ran.succeeded, "{}", ran.log);
    let annotations = ran.annotations();
    assert!(annotations.first().is_some_and(|first| first.contains("incomplete (exit code 3)")), "{annotations:?}");
}

#[test]
fn a_wrong_policy_does_not_pass() {
    let repo = shop();
    repo.write("modwarden.toml", format!("colour = 1\n{POLICY}"));
    repo.commit("a mistake");
    let event = pull_request(&repo);
    let Some(ran) = workflow(&repo, "pull-request.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[("exit-code", "2"), ("verdict", "invalid")]);
    assert!(!ran.succeeded && ran.log.contains("unknown key `colour`"), "{}", ran.log);
}

#[test]
fn a_push_compares_and_the_default_branch_uploads() {
    let repo = shop();
    let before = repo.git(&["rev-parse", "HEAD"]);
    repo.write("b.go", BAD);
    let after = repo.commit("push");
    let event = json!({
        "ref": "refs/heads/main", "before": before, "after": after, "forced": false,
        "repository": {"default_branch": "main", "full_name": "modwarden/shop"},
    });
    let Some(ran) = workflow(&repo, "push.yml", "push", &event) else { return };
    ran.assert_outputs(&[("exit-code", "1"), ("new", "1")]);
    assert!(ran.annotations().is_empty(), "code scanning shows it: {:?}", ran.annotations());
    let uploaded = ran.log.lines().any(|line| line.contains("\"sarif_file\": \"/") && line.contains("modwarden.sarif"));
    assert!(uploaded && ran.log.contains("\"category\": \"modwarden\""), "{}", ran.log);
}

#[test]
fn the_merge_queue_compares_with_the_entry_before() {
    let repo = shop();
    let before = repo.git(&["rev-parse", "HEAD"]);
    repo.write("modwarden.toml", "").write("b.go", BAD);
    let head = repo.commit("a queued pull request that loosens the policy");
    let event = json!({
        "merge_group": {"base_sha": before, "head_sha": head, "base_ref": "refs/heads/main"},
        "repository": {"default_branch": "main", "full_name": "modwarden/shop"},
    });
    let Some(ran) = workflow(&repo, "merge-queue.yml", "merge_group", &event) else { return };
    ran.assert_outputs(&[("exit-code", "1"), ("new", "1")]);
}

#[test]
fn an_audit_judges_everything_and_writes_a_page() {
    let repo = shop();
    let Some(ran) = workflow(&repo, "nightly-audit.yml", "schedule", &json!({"schedule": "17 3 * * *"})) else {
        return;
    };
    ran.assert_outputs(&[("exit-code", "1"), ("findings", "1"), ("new", "")]);
    let page = ran.output("html-file").unwrap_or_default();
    assert!(page.ends_with("/modwarden.html"), "{page}");
    assert!(uploads(&ran, page), "{}", ran.log);
}

/// Whether the artifact was this file.
fn uploads(ran: &Ran, path: &str) -> bool {
    ran.log.contains(&format!("\"path\": \"{path}\""))
}

#[test]
fn only_the_program_is_installed() {
    let text = "on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: modwarden/modwarden/setup@\
                0000000000000000000000000000000000000000\n      - run: modwarden --version\n";
    let Some(ran) = run_workflow(&shop(), text, "push", &json!({})) else { return };
    assert!(ran.succeeded && ran.log.contains(&format!("| modwarden {VERSION}\n")), "{}", ran.log);
}

#[test]
fn a_comment_shows_what_the_summary_shows() {
    let repo = shop();
    repo.write("b.go", BAD);
    let event = pull_request(&repo);
    fake_gh(&repo, "");
    let Some(ran) = workflow(&repo, "pull-request-comment.yml", "pull_request", &event) else { return };
    ran.assert_outputs(&[("exit-code", "1")]);
    assert!(uploads(&ran, ran.output("numbers-file").unwrap_or_default()), "{}", ran.log);
    assert!(calls(&repo).contains("--method POST repos/modwarden/shop/issues/7/comments "), "{}", calls(&repo));
    let written = std::fs::read_to_string(repo.beside("programs/comment")).unwrap_or_default();
    assert!(written.contains("`import-denied/no-expvar`") && written.contains("### Dependencies"), "{written}");
}

#[test]
fn a_fork_gets_its_comment_from_the_second_workflow() {
    let repo = shop();
    let head = repo.git(&["rev-parse", "HEAD"]);
    std::fs::write(repo.beside("numbers"), "pull-request=7\nexit-code=1\nnew=3\n").expect("written");
    fake_gh(&repo, &format!("open {head}"));
    let event = json!({
        "workflow_run": {
            "id": 1, "event": "pull_request", "head_sha": head, "head_repository": {"full_name": "stranger/shop"},
            "html_url": "https://github.com/modwarden/shop/actions/runs/1",
        },
        "repository": {"default_branch": "main", "full_name": "modwarden/shop"},
    });
    let Some(ran) = workflow(&repo, "comment-on-forks.yml", "workflow_run", &event) else { return };
    assert!(ran.succeeded, "{}", ran.log);
    let written = std::fs::read_to_string(repo.beside("programs/comment")).unwrap_or_default();
    assert!(written.contains("| new | 3 |"), "{written}");
}
