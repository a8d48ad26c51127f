#!/usr/bin/env bash
# Runs modwarden once for all outputs, and reports the result: everything in the log, the worst in annotations, a summary. It leaves the
# exit code to a later step. It has no token.
#
# In: MODWARDEN, the outputs of plan.sh as PLAN_…, and the inputs as INPUT_…. Out: the outputs that action.yml lists.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"

# More findings than this are printed on a line each.
max_pretty=300
# What a comment and a job summary may hold, less some room. The runner drops a summary that is longer.
max_summary=1000000

main() {
  local code=0
  check_inputs
  cd -- "$PLAN_PATH"
  out=$PLAN_DIRECTORY
  export GIT_DIR=$PLAN_GIT_DIR GIT_WORK_TREE=$PLAN_TOP
  [[ -z ${PLAN_SHALLOW:-} ]] || export GIT_SHALLOW_FILE=$PLAN_SHALLOW
  plan_forms
  common_arguments
  judge || code=$?
  print_log
  annotate "$code"
  compare_dependencies "$code"
  upload_ready "$code"
  summarize "$code"
  write_outputs "$code"
}

check_inputs() {
  expect_one_of annotations "${INPUT_ANNOTATIONS:-auto}" auto true false
  expect_one_of sarif "${INPUT_SARIF:-off}" off file upload
  expect_one_of summary "${INPUT_SUMMARY:-true}" true false
  expect_one_of comment "${INPUT_COMMENT:-false}" true false
}

# Decides on annotations and SARIF. Code scanning shows each alert at its line, so annotations beside it would show everything twice; a pull
# request from a fork has a token that may not upload.
plan_forms() {
  annotations=${INPUT_ANNOTATIONS:-auto}
  sarif=${INPUT_SARIF:-off}
  if [[ $sarif == upload && -n ${HEAD_REPOSITORY:-} && $HEAD_REPOSITORY != "${GITHUB_REPOSITORY:-}" ]]; then
    notice notice "a pull request from a fork may not upload SARIF; findings are annotations instead"
    sarif='file'
  fi
  if [[ $annotations == auto ]]; then
    annotations=true
    [[ $sarif != upload ]] || annotations=false
  fi
}

# Sets `shared` to the arguments of every run, and `common` to those of each run that judges. The facts that one run reads are kept for the
# next one, outside of the checkout.
common_arguments() {
  local line word
  shared=(--color=never "--cache-dir=$PLAN_CACHE_DIRECTORY")
  if [[ -n ${INPUT_POLICY:-} ]]; then
    shared+=("--policy=$INPUT_POLICY")
  elif [[ $PLAN_POLICY != head ]]; then
    shared+=("--policy-from=$PLAN_POLICY")
  fi
  common=("${shared[@]}")
  [[ -z ${INPUT_FAIL_ON:-} ]] || common+=("--fail-on=$INPUT_FAIL_ON")
  [[ -z ${INPUT_UNDECIDED:-} ]] || common+=("--undecided=$INPUT_UNDECIDED")
  while IFS= read -r line; do
    read -r -a words <<<"$line"
    for word in ${words[@]+"${words[@]}"}; do
      common+=("$word")
    done
  done <<<"${INPUT_ARGS:-}"
}

# The main run. Its exit code is modwarden's.
judge() {
  local command=(check) state=("--rev=$PLAN_HEAD") outputs=()
  [[ $PLAN_MODE != range ]] || state=("--range=$PLAN_BASE..$PLAN_HEAD")
  outputs=("--output=concise=$out/concise.txt" "--output=totals=$out/totals" "--output=github=$out/annotations"
    "--output=json=$out/modwarden.json" "--output=markdown=$out/modwarden.md")
  if [[ $PLAN_MODE == audit ]]; then
    command=(audit)
    outputs+=("--output=html=$out/modwarden.html")
  fi
  [[ $sarif == off || $PLAN_MODE == range ]] || outputs+=("--output=sarif=$out/modwarden.sarif")
  run_modwarden "$out/log" "$out/errors" "${command[@]}" "${state[@]}" "${outputs[@]}" "${common[@]}" -- "$PLAN_PATH"
}

# Runs modwarden, with its output in files.
run_modwarden() {
  local log=$1 errors=$2
  shift 2
  "$MODWARDEN" "$@" >"$log" 2>"$errors"
}

# Every finding is in the log. If there are many, a browser can show only one line for each.
print_log() {
  local log=$out/log findings
  findings=$(total findings)
  [[ -z $findings ]] || ((findings <= max_pretty)) || log=$out/concise.txt
  print_inert "$log" "$out/errors"
}

total() {
  [[ ! -f $out/totals ]] || number_of "$1" "$out/totals"
}

# A run that failed says so first, so that it is among the ten errors that GitHub shows.
annotate() {
  local code=$1
  case $code in
    0 | 1) ;;
    2) notice error "the policy or the command line is wrong, so nothing was checked (exit code 2). $(first_error)" ;;
    3) notice error "the result is incomplete (exit code 3). $(first_error)" ;;
    *) notice error "modwarden ended with $code, which is none of its exit codes" ;;
  esac
  if [[ $annotations == true && -f $out/annotations ]]; then
    cat -- "$out/annotations"
  fi
}

# The output of a run without a report. modwarden escapes all text from a repository.
first_error() {
  head -c 2000 -- "$out/errors" | sed -n -e 's/^error: //p' -e 's/^ *help: /Help: /p' | head -n 2
}

# What changes in the dependencies, for the summary and the comment.
compare_dependencies() {
  local code=$1 arguments=(diff "$PLAN_BASE" "$PLAN_HEAD" "${shared[@]}")
  [[ $PLAN_MODE == range && $code != 2 ]] || return 0
  run_modwarden "$out/dependencies.md" "$out/dependencies.errors" "${arguments[@]}" --format=markdown -- "$PLAN_PATH" || true
  run_modwarden "$out/dependencies" "$out/dependencies.errors" "${arguments[@]}" --format=totals -- "$PLAN_PATH" || true
  [[ ! -s $out/dependencies.errors ]] || print_inert "$out/dependencies.errors"
}

# Code scanning compares by itself, and treats findings that a file does not have as fixed. So it gets all findings of the commit, and none if that run
# did not judge everything.
upload_ready() {
  local code=$1 verdict
  upload=false
  [[ $sarif != off && $code != 2 ]] || return 0
  if [[ $PLAN_MODE == range ]]; then
    run_modwarden "$out/sarif.log" "$out/sarif.errors" check "--rev=$PLAN_HEAD" "--output=sarif=$out/modwarden.sarif" \
      "--output=totals=$out/sarif.totals" "${common[@]}" -- "$PLAN_PATH" || true
  else
    cp -- "$out/totals" "$out/sarif.totals" 2>/dev/null || true
  fi
  [[ $sarif == upload && -f $out/modwarden.sarif && -f $out/sarif.totals ]] || return 0
  verdict=$(number_of verdict "$out/sarif.totals")
  if [[ $verdict == judged ]]; then
    upload=true
  else
    notice warning "no SARIF is uploaded: the result is incomplete, and code scanning would close alerts"
  fi
}

# Findings and dependencies in the job's summary; also the output of a run without a report.
summarize() {
  local code=$1
  [[ -f $out/modwarden.md ]] || failure_in_markdown "$code" >"$out/modwarden.md"
  if [[ -s $out/dependencies.md ]]; then
    { printf '\n'; cat -- "$out/dependencies.md"; } >>"$out/modwarden.md"
  fi
  [[ ${INPUT_SUMMARY:-true} == true ]] || return 0
  head -c "$max_summary" -- "$out/modwarden.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

# An indented block: no text can end it.
failure_in_markdown() {
  printf '### modwarden\n\nnothing was checked (exit code %s)\n\n' "$1"
  head -c 4000 -- "$out/errors" | sed 's/^/    /'
}

write_outputs() {
  local code=$1 verdict name file
  verdict=$(total verdict)
  if [[ -z $verdict ]]; then
    verdict=undecided
    [[ $code != 2 ]] || verdict=invalid
  fi
  output exit-code "$code"
  output verdict "$verdict"
  for name in findings new fixed errors warnings undecided; do
    output "$name" "$(total "$name")"
  done
  if [[ -f $out/dependencies ]]; then
    output dependency-changes "$(number_of changes "$out/dependencies")"
  fi
  for file in json:modwarden.json markdown:modwarden.md sarif:modwarden.sarif html:modwarden.html; do
    if [[ -f $out/${file#*:} ]]; then
      output "${file%%:*}-file" "$out/${file#*:}"
    fi
  done
  output upload "$upload"
  write_numbers "$code" "$verdict"
}

# The numbers for a comment that another workflow writes.
write_numbers() {
  local name
  {
    printf 'exit-code=%s\nverdict=%s\npull-request=%s\n' "$1" "$2" "${PULL_REQUEST_NUMBER:-}"
    for name in findings new fixed errors warnings undecided; do
      printf '%s=%s\n' "$name" "$(total "$name")"
    done
    [[ ! -f $out/dependencies ]] || printf 'dependency-changes=%s\n' "$(number_of changes "$out/dependencies")"
  } >"$out/numbers"
  output numbers-file "$out/numbers"
}

main
