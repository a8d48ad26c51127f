//! The comparison and the policy that the GitHub Action chooses for each event: `action/event.sh` by a table.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests start programs")]

use std::process::Command;

/// Reads the scripts as the action does, and decides.
const DECIDE: &str = "set -euo pipefail; source action/lib.sh; source action/event.sh; comparison \"$@\"";

/// The commit that is checked out, and its parents where it has any.
const MERGE: [&str; 2] = ["merge", "base head "];
const HEAD: [&str; 2] = ["head", "old "];
const BASE: [&str; 2] = ["base", "old "];

const PULL_REQUEST: &str = "EVENT_NAME=pull_request PULL_REQUEST_BASE=base PULL_REQUEST_HEAD=head";
const TARGET: &str = "EVENT_NAME=pull_request_target PULL_REQUEST_BASE=base PULL_REQUEST_HEAD=head";
const MERGE_GROUP: &str = "EVENT_NAME=merge_group MERGE_GROUP_BASE=base";
const PUSH: &str = "EVENT_NAME=push REF_TYPE=branch REF=refs/heads/topic DEFAULT_BRANCH=main PUSH_BEFORE=old";
const NEW_BRANCH: &str = "EVENT_NAME=push REF_TYPE=branch REF=refs/heads/topic DEFAULT_BRANCH=main PUSH_BEFORE=000000";

/// The decision: the mode, the head, the base, how they are related, and whose policy applies.
#[track_caller]
fn decided(checkout: [&str; 2], variables: &[&str], expected: &str) {
    let output = decision(checkout, variables);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{variables:?}: {said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), expected, "{variables:?}");
}

/// The message with which nothing is decided.
#[track_caller]
fn refused(checkout: [&str; 2], variables: &[&str], message: &str) {
    let output = decision(checkout, variables);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{variables:?}: {said}");
    assert!(said.starts_with("::error title=modwarden::") && said.contains(message), "{variables:?}: {said}");
    assert!(output.stdout.is_empty(), "{variables:?}: {}", String::from_utf8_lossy(&output.stdout));
}

#[track_caller]
fn decision(checkout: [&str; 2], variables: &[&str]) -> std::process::Output {
    let mut bash = Command::new("bash");
    bash.args(["-c", DECIDE, "bash"]).args(checkout).current_dir(env!("CARGO_MANIFEST_DIR"));
    bash.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for pair in variables.iter().flat_map(|variables| variables.split_whitespace()) {
        let (name, value) = pair.split_once('=').expect("NAME=value");
        bash.env(name, value);
    }
    bash.output().expect("there is bash")
}

#[test]
fn a_pull_request_is_judged_as_it_would_be_merged() {
    decided(MERGE, &[PULL_REQUEST], "range merge base direct base");
    decided(MERGE, &[TARGET], "range merge base direct base");
    // GitHub made the merge commit from a newer base than the event names. The policy comes from there, too.
    decided(["merge", "newer head "], &[PULL_REQUEST], "range merge newer direct newer");
}

#[test]
fn the_head_of_a_pull_request_is_compared_from_where_it_left() {
    decided(HEAD, &[PULL_REQUEST], "range head base fork base");
    // A merge by the author is not the merge that GitHub made.
    decided(["head", "old other "], &[PULL_REQUEST], "range head base fork base");
    decided(["merge", "base head third "], &[PULL_REQUEST], "range merge base fork base");
    decided(["merge", "base stranger "], &[PULL_REQUEST], "range merge base fork base");
}

#[test]
fn a_pull_request_target_has_the_base_checked_out() {
    decided(BASE, &[TARGET], "range head base fork base");
    refused(BASE, &[TARGET, "POLICY_FROM=head"], "the policy comes from the base");
    refused(BASE, &[TARGET, "POLICY_FROM=topic"], "the policy comes from the base");
}

#[test]
fn the_merge_queue_compares_with_the_entry_before() {
    decided(HEAD, &[MERGE_GROUP], "range head base direct base");
    decided(HEAD, &[MERGE_GROUP, "BASE=main"], "range head main fork base");
}

#[test]
fn a_push_is_compared_with_what_the_branch_was() {
    decided(HEAD, &[PUSH], "range head old direct head");
    decided(HEAD, &[PUSH, "PUSH_FORCED=true"], "range head old fork head");
    decided(HEAD, &[NEW_BRANCH], "range head main fork head");
    decided(HEAD, &[NEW_BRANCH, "REF=refs/heads/main"], "all head - - head");
    decided(HEAD, &[NEW_BRANCH, "DEFAULT_BRANCH="], "all head - - head");
    decided(HEAD, &[PUSH, "REF_TYPE=tag"], "all head - - head");
}

#[test]
fn other_events_judge_everything() {
    for event in ["schedule", "workflow_dispatch", "release", "repository_dispatch"] {
        let event = format!("EVENT_NAME={event}");
        decided(HEAD, &[&event], "all head - - head");
        decided(HEAD, &[&event, "MODE=audit"], "audit head - - head");
        decided(HEAD, &[&event, "BASE=main"], "range head main fork head");
        refused(HEAD, &[&event, "MODE=range"], "nothing to compare with");
    }
}

#[test]
fn a_mode_decides_what_is_compared_but_not_whose_policy_judges() {
    decided(MERGE, &[PULL_REQUEST, "MODE=range"], "range merge base direct base");
    decided(MERGE, &[PULL_REQUEST, "MODE=all"], "all merge - - base");
    decided(MERGE, &[PULL_REQUEST, "MODE=audit"], "audit merge - - base");
    decided(MERGE, &[PULL_REQUEST, "MODE=all", "BASE=other"], "all merge - - base");
    decided(HEAD, &[PUSH, "MODE=all"], "all head - - head");
}

#[test]
fn the_input_base_does_not_choose_the_policy_of_a_pull_request() {
    decided(MERGE, &[PULL_REQUEST, "BASE=loose"], "range merge loose fork base");
    decided(BASE, &[TARGET, "BASE=loose"], "range head loose fork base");
}

#[test]
fn the_input_policy_from_chooses_it() {
    decided(MERGE, &[PULL_REQUEST, "POLICY_FROM=head"], "range merge base direct head");
    decided(MERGE, &[PULL_REQUEST, "POLICY_FROM=policies"], "range merge base direct asked");
    decided(HEAD, &[PUSH, "POLICY_FROM=main"], "range head old direct asked");
}
