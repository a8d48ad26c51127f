#!/usr/bin/env bash
# Decides which commits are checked and compared, and gets the commits for it that are not in the clone: once, objects only. No branch, tag or setting
# of the checkout changes.
#
# Git reads the checkout's own configuration for one question, where things are. Everything else happens in an empty repository of this
# script's, which only borrows the checkout's objects: the settings in `.git/config` (addresses, filters, hooks, monitors, credentials) have no effect.
# The token is in the environment of the commands that fetch, and nowhere else.
#
# In: INPUT_TOKEN, INPUT_DIRECTORY, INPUT_POLICY, INPUT_CACHE, and the variables of event.sh. Out: the outputs `mode`, `head`, `base`, `policy`,
# `directory`, `git-dir`, `top`, `path`, `shallow`, `cache`, `cache-directory`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"
# shellcheck source=action/event.sh
source "$here/event.sh"

# No variable of the environment changes the behaviour of Git here.
# shellcheck disable=SC2086
unset ${!GIT_@}
export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_OPTIONAL_LOCKS=0

token=${INPUT_TOKEN:-}
unset INPUT_TOKEN
server=${GITHUB_SERVER_URL:-https://github.com}

main() {
  local plan mode head base relation policy
  check_inputs
  enter_checkout
  scratch=$(new_directory)
  borrow_objects
  plan=$(comparison "$checked_out" "$(parents_of "$checked_out")")
  read -r mode head base relation policy <<<"$plan"
  is_commit "$head" || fail 3 "the event names no commit to check"
  ensure "$head"
  if [[ $base != - ]]; then
    base=$(resolved "$base")
    ensure "$base"
    [[ $relation == direct ]] || base=$(fork_point "$base" "$head")
    ensure "$base"
  fi
  case $policy in
    head) ;;
    asked)
      [[ -z ${INPUT_POLICY:-} ]] || fail 2 "the inputs \`policy\` and \`policy-from\` exclude each other"
      policy=$(resolved "$POLICY_FROM")
      ensure "$policy"
      ;;
    *)
      policy=$(resolved "$policy")
      ensure "$policy"
      refuse_policy_of_checkout
      ;;
  esac
  write_plan "$mode" "$head" "$base" "$policy"
}

# Refuses values that later steps would misunderstand.
check_inputs() {
  expect_one_of mode "${MODE:-auto}" auto range all audit
  expect_one_of cache "${INPUT_CACHE:-auto}" auto true false
  [[ ${BASE:-}${POLICY_FROM:-} != *[[:space:]]* ]] || fail 2 "the inputs \`base\` and \`policy-from\` take one revision each"
  [[ ${BASE:-} != -* && ${POLICY_FROM:-} != -* ]] || fail 2 "a revision does not begin with \`-\`"
}

# Goes to the working directory, and sets `top`, `git_dir`, `common_dir`, `path` and `checked_out`.
#
# A pull request controls the content of the checkout. So no directory on the way may be a symbolic link, which could lead to another
# repository, and a directory that only looks like a repository without a work tree is not taken for one.
enter_checkout() {
  local workspace directory=${INPUT_DIRECTORY:-.} places
  workspace=$(cd "$(native "${GITHUB_WORKSPACE:-.}")" && pwd -P)
  directory=$(native "$directory")/
  directory=./${directory#"$(native "${GITHUB_WORKSPACE:-.}")"/}
  cd "$workspace"
  cd -- "$directory" 2>/dev/null || fail 3 "the input \`working-directory\` names no directory of the checkout"
  [[ $(pwd -L) == "$(pwd -P)" ]] || fail 3 "the input \`working-directory\` leads through a symbolic link"
  places=$(plain_git -c safe.bareRepository=explicit rev-parse --show-toplevel --absolute-git-dir --git-common-dir --show-object-format HEAD) ||
    fail 3 "there is no checkout: the step \`actions/checkout\` comes first"
  { read -r top && read -r git_dir && read -r common_dir && read -r object_format && read -r checked_out; } <<<"$places"
  common_dir=$(cd "$common_dir" && pwd -P)
  path=$(pwd -P)
}

# Git in the checkout, with its own configuration, for questions that start nothing and send nothing. So it does not matter whose the checkout
# is; in a container it often belongs to another user.
plain_git() {
  GIT_ALLOW_PROTOCOL=none git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c 'safe.directory=*' "$@"
}

# Makes the empty repository that borrows the checkout's objects, and knows where its history is cut off.
borrow_objects() {
  new_repository borrowed
  if [[ -f $common_dir/shallow ]]; then
    cp -- "$common_dir/shallow" "$scratch/borrowed/shallow"
  fi
  borrowing update-ref refs/heads/checked-out "$checked_out"
}

new_repository() {
  GIT_CONFIG_GLOBAL=/dev/null git init --quiet --bare --template= --object-format="$object_format" "$scratch/$1"
}

# Git in that repository.
borrowing() {
  in_scratch borrowed "$common_dir/objects" "$@"
}

# Git in a repository of the script's, with objects from a directory, and without the configuration of a user or of the checkout.
in_scratch() {
  local repository=$1 objects=$2
  shift 2
  GIT_DIR=$scratch/$repository GIT_OBJECT_DIRECTORY=$objects GIT_CONFIG_GLOBAL=/dev/null HOME=$scratch XDG_CONFIG_HOME=$scratch \
    git -c core.hooksPath=/dev/null -c gc.auto=0 -c maintenance.auto=false "$@"
}

# Fetches from the repository that the workflow runs in, by an address that the runner states. Follows no redirection, asks nobody
# for credentials.
fetch() {
  local repository=$1 objects=$2
  shift 2
  GIT_ALLOW_PROTOCOL=http:https with_token in_scratch "$repository" "$objects" -c credential.helper= \
    -c http.followRedirects=false -c http.lowSpeedLimit=1 -c http.lowSpeedTime=60 \
    fetch --quiet --no-tags --no-write-fetch-head --no-recurse-submodules "$@"
}

# Runs Git with the token as a header for the server alone.
with_token() {
  local header
  if [[ -z $token ]]; then
    "$@"
    return
  fi
  header=$(printf 'x-access-token:%s' "$token" | base64 | tr -d '\r\n')
  printf '::add-mask::%s\n' "$header"
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$server/.extraheader" GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $header" "$@"
}

address() {
  printf '%s/%s' "$server" "${GITHUB_REPOSITORY:-}"
}

# The parents of a commit, which a shallow clone names too.
parents_of() {
  borrowing cat-file commit "$1" | sed -n -e '/^$/q' -e 's/^parent //p' | tr '\n' ' '
}

# Whether a commit and its directories' root are at hand.
has() {
  borrowing cat-file -e "$1^{tree}" 2>/dev/null
}

# Gets a commit that is not at hand: with its past where the clone has all of it, else without.
ensure() {
  local commit=$1 depth=()
  is_commit "$commit" || fail 3 "the event names no commit to compare with"
  ! has "$commit" || return 0
  [[ ! -f $scratch/borrowed/shallow ]] || depth=(--depth=1)
  echo "fetching $commit, which this run needs"
  fetch borrowed "$common_dir/objects" ${depth[@]+"${depth[@]}"} "$(address)" "$commit" || cannot_get "$commit"
  has "$commit" || cannot_get "$commit"
}

cannot_get() {
  fail 3 "commit $1 is needed and could not be fetched. Give actions/checkout \`fetch-depth: 2\` (or 0 for all history), or let the token read: \`permissions: contents: read\`"
}

# The commit that a revision of the checkout or a branch of the server names.
resolved() {
  local name=$1 commit
  if is_commit "$name"; then
    printf '%s' "$name"
    return
  fi
  for commit in "refs/remotes/origin/$name" "$name"; do
    if commit=$(plain_git rev-parse --quiet --verify "$commit^{commit}" 2>/dev/null); then
      printf '%s' "$commit"
      return
    fi
  done
  fetch borrowed "$common_dir/objects" --depth=1 "$(address)" "refs/heads/$name:refs/heads/base" >&2 || true
  borrowing rev-parse --verify refs/heads/base 2>/dev/null || fail 3 "\`$name\` is neither a revision of the checkout nor a branch of the repository" >&2
}

# The commit where the history of the second left that of the first. Where the clone is too shallow to tell, the commits alone are
# fetched, into a repository that is thrown away.
fork_point() {
  local base=$1 head=$2 points
  if [[ -f $scratch/borrowed/shallow ]]; then
    echo "fetching the history without files, to see where $head left $base" >&2
    new_repository history >&2
    fetch history "$scratch/history/objects" --filter=tree:0 "$(address)" "$base" "$head" >&2 || cannot_get "$base" >&2
    points=$(in_scratch history "$scratch/history/objects" merge-base --all "$base" "$head") || points=
  else
    points=$(borrowing merge-base --all "$base" "$head") || points=
  fi
  is_commit "$points" || fail 3 "it is not clear where $head left $base: their histories meet in no commit, or in several" >&2
  printf '%s' "$points"
}

# The input `policy` names a file. In the checkout of a pull request it would be the pull request's.
refuse_policy_of_checkout() {
  local file=${INPUT_POLICY:-} directory
  [[ -n $file ]] || return 0
  directory=$(cd -- "$(dirname -- "$file")" 2>/dev/null && pwd -P) || fail 2 "the input \`policy\` names no file"
  if [[ $directory/ == "$(cd "$top" && pwd -P)"/* || -L $file ]]; then
    fail 2 "the input \`policy\` names a file of the checkout, which a pull request can change. Leave it empty: the policy then comes from the base. Or say \`policy-from: head\`"
  fi
}

write_plan() {
  local mode=$1 head=$2 base=$3 policy=$4 cache=${INPUT_CACHE:-auto} kept=$scratch/cache
  if [[ $cache == auto ]]; then
    cache=false
    [[ $mode != audit ]] || cache=true
  fi
  output mode "$mode"
  output head "$head"
  output base "$base"
  output policy "$policy"
  output directory "$scratch"
  output git-dir "$git_dir"
  output top "$top"
  output path "$path"
  [[ $cache != true ]] || kept=$(native "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/modwarden-cache
  output cache "$cache"
  output cache-directory "$kept"
  if [[ -f $scratch/borrowed/shallow ]]; then
    output shallow "$scratch/borrowed/shallow"
    [[ $mode != audit ]] || notice warning "an audit needs the history: give actions/checkout \`fetch-depth: 0\`"
  fi
  echo "$mode: $head, compared with ${base/#-/nothing}; policy: $policy"
}

main
