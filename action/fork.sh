#!/usr/bin/env bash
# The comment in a pull request from a fork. Someone who wrote the pull request may have made the file of numbers: only numbers and words of
# a fixed list are taken from it, and only for an open pull request whose head is the commit that the first workflow ran for.
#
# In: GH_TOKEN, NUMBERS_FILE, COMMENT_NAME, RUN_HEAD, RUN_URL (from the event).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"

main() {
  local numbers number text
  [[ -f $NUMBERS_FILE && ! -L $NUMBERS_FILE ]] || fail 3 "there is no file of numbers"
  is_commit "${RUN_HEAD:-}" || fail 3 "the event names no commit: this action is for workflows on \`workflow_run\`"
  numbers=$(new_directory)
  head -c 4096 -- "$NUMBERS_FILE" >"$numbers/numbers"
  number=$(counted pull-request "$numbers/numbers")
  is_number "$number" || fail 3 "the file of numbers names no pull request"
  is_of_this_run "$number" || fail 3 "the run was not for pull request $number as it is now: no comment is written"
  text=$numbers/comment
  write_text "$numbers/numbers" >"$text"
  COMMENT_FILE=$text PULL_REQUEST_NUMBER=$number bash "$here/comment.sh"
}

# A number from the file; nothing if there is none.
counted() {
  local value
  value=$(number_of "$1" "$2")
  ! is_number "$value" || printf '%s' "$value"
}

# Whether the pull request is open, and its head the commit of the run.
is_of_this_run() {
  local found
  export GH_HOST=${GITHUB_SERVER_URL#*://} GH_ENTERPRISE_TOKEN=$GH_TOKEN GH_PROMPT_DISABLED=1
  found=$(gh api "repos/$GITHUB_REPOSITORY/pulls/$1" --jq '.state + " " + .head.sha') || return 1
  [[ $found == "open $RUN_HEAD" ]]
}

write_text() {
  local numbers=$1 name value
  printf '### modwarden\n\n%s\n\n' "$(sentence "$(counted exit-code "$numbers")")"
  printf '| | |\n|---|--:|\n'
  for name in findings errors warnings new fixed undecided dependency-changes; do
    value=$(counted "$name" "$numbers")
    [[ -z $value ]] || printf '| %s | %s |\n' "${name/-/ }" "$value"
  done
  [[ ! ${RUN_URL:-} =~ ^https?://[0-9A-Za-z./_:-]+$ ]] || printf '\n[The log](%s) shows the findings.\n' "$RUN_URL"
}

sentence() {
  case $1 in
    0) echo "Nothing fails this run." ;;
    1) echo "There are findings." ;;
    2) echo "The policy is wrong, so nothing was checked." ;;
    *) echo "The result is incomplete." ;;
  esac
}

main
