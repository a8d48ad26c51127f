#!/usr/bin/env bash
# Writes one comment in a pull request, or updates the one that is there. It has the token, and reads a text that modwarden wrote and escaped:
# whatever that takes from the repository is in code spans.
#
# In: GH_TOKEN, PULL_REQUEST_NUMBER, COMMENT_FILE, COMMENT_NAME. Uses `gh`, which GitHub's machines have.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"

# GitHub takes 65,536 characters.
max_comment=65000

main() {
  local number=${PULL_REQUEST_NUMBER:-} name=${COMMENT_NAME:-modwarden} mark directory comments id
  is_number "$number" || fail 3 "there is no pull request to comment on"
  [[ -f ${COMMENT_FILE:-} ]] || return 0
  command -v gh >/dev/null || { notice warning "no comment is written: this machine has no \`gh\`"; return; }
  [[ $name =~ ^[0-9A-Za-z._/-]{1,64}$ ]] || fail 2 "the input \`category\` has other characters than letters, digits, \`.\`, \`_\`, \`/\` and \`-\`"
  mark="<!-- modwarden: ${name//--/-} -->"
  directory=$(new_directory)
  cd "$directory"
  { printf '%s\n' "$mark"; whole_lines "$COMMENT_FILE"; } >comment
  export GH_HOST=${GITHUB_SERVER_URL#*://} GH_ENTERPRISE_TOKEN=$GH_TOKEN GH_PROMPT_DISABLED=1
  comments=repos/$GITHUB_REPOSITORY/issues
  id=$(api --paginate "$comments/$number/comments?per_page=100" \
    --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1) || id=
  if is_number "$id"; then
    api --method PATCH "$comments/comments/$id" --field body=@comment --silent || refused
  else
    api --method POST "$comments/$number/comments" --field body=@comment --silent || refused
  fi
}

api() {
  gh api "$@"
}

refused() {
  notice warning "the comment could not be written. It needs \`permissions: pull-requests: write\`, which pull requests from forks never have: see \"Comments on forks\" in docs/github-action.md"
}

# The lines of a text that fit into a comment.
whole_lines() {
  LC_ALL=C awk -v max="$max_comment" '{ length_so_far += length($0) + 1; if (length_so_far > max) { print "\n…"; exit } print }' "$1"
}

main
