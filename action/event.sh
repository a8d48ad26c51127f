# shellcheck shell=bash
# What is compared, by the event that started the workflow. It is sourced. It only decides: it reads neither files nor the repository.
#
# In: MODE, BASE, POLICY_FROM (inputs); EVENT_NAME, REF, REF_TYPE, DEFAULT_BRANCH, PULL_REQUEST_BASE, PULL_REQUEST_HEAD,
# MERGE_GROUP_BASE, PUSH_BEFORE, PUSH_FORCED (from the event).

# Prints `mode head base relation policy` for the commit that is checked out and its parents:
#   mode      range, all or audit
#   head      the commit that is judged
#   base      the other side of the comparison: a commit, or the name of a branch; - for nothing
#   relation  direct: compare with the base itself; fork: with the commit where the head's history left the base's; - for nothing
#   policy    where the policy comes from: a commit or the name of a branch; `head` for the judged commit; `asked` for the input
comparison() {
  local head=$1 parents=$2 compared wanted_head base relation trusted mode=${MODE:-auto}
  compared=$(compared_by_event "$head" "$parents")
  read -r wanted_head base relation <<<"$compared"
  if [[ -n ${BASE:-} ]]; then
    base=$BASE
    relation=fork
  fi
  trusted=$(trusted_policy "$base") || return
  case $mode in
    auto | range)
      if [[ $base != - ]]; then
        mode=range
      elif [[ $mode == range ]]; then
        fail 2 "the event \`${EVENT_NAME:-}\` has nothing to compare with; give the input \`base\`, or \`mode: all\`" >&2
      else
        mode=all
      fi
      ;;
  esac
  if [[ $mode != range ]]; then
    base=-
    relation=-
  fi
  printf '%s %s %s %s %s\n' "$mode" "$wanted_head" "$base" "$relation" "$trusted"
}

# Prints `head base relation` as the event alone has them.
compared_by_event() {
  local head=$1 parents=$2
  case ${EVENT_NAME:-} in
    pull_request | pull_request_target) compared_in_pull_request "$head" "$parents" ;;
    merge_group) echo "$head ${MERGE_GROUP_BASE:-} direct" ;;
    push) compared_by_push "$head" ;;
    *) echo "$head - -" ;;
  esac
}

# A pull request is judged as it would be merged where that commit is checked out, else by its own head. Its head need not be checked out:
# with `pull_request_target` the base is, and nothing of the pull request should be.
compared_in_pull_request() {
  local head=$1 first second more
  read -r first second more <<<"$2"
  if [[ $head != "${PULL_REQUEST_HEAD:-}" && -n $second && -z $more && $second == "${PULL_REQUEST_HEAD:-}" ]]; then
    echo "$head $first direct"
  elif [[ ${EVENT_NAME:-} == pull_request ]]; then
    echo "$head ${PULL_REQUEST_BASE:-} fork"
  else
    echo "${PULL_REQUEST_HEAD:-} ${PULL_REQUEST_BASE:-} fork"
  fi
}

# A push adds to the earlier state of the branch. A new branch adds to the default branch, and one that was rewritten to where both histories
# part. A tag, and the first push of the default branch, are judged in full.
compared_by_push() {
  local head=$1 before=${PUSH_BEFORE:-}
  if [[ ${REF_TYPE:-branch} == tag ]]; then
    echo "$head - -"
  elif [[ -n $before && -n ${before//0/} ]]; then
    if [[ ${PUSH_FORCED:-} == true ]]; then
      echo "$head $before fork"
    else
      echo "$head $before direct"
    fi
  elif [[ ${REF:-} == "refs/heads/${DEFAULT_BRANCH:-}" ]]; then
    echo "$head - -"
  else
    echo "$head ${DEFAULT_BRANCH:--} fork"
  fi
}

# Where the policy comes from. What is not merged yet must not choose the policy that judges it, so pull requests and the merge queue have the
# base's: its tip, and not the commit where the branch left it, which may be as old as the author likes.
trusted_policy() {
  local base=$1
  case ${EVENT_NAME:-}:${POLICY_FROM:-} in
    pull_request_target:?*)
      fail 2 "with \`${EVENT_NAME:-}\` the policy comes from the base; leave the input \`policy-from\` empty" >&2
      ;;
    *:head) echo head ;;
    *:?*) echo asked ;;
    pull_request:* | pull_request_target:* | merge_group:*) policy_of_base "$base" ;;
    *) echo head ;;
  esac
}

# The input `base` may name any commit, so with it the policy still comes from the base that the event names.
policy_of_base() {
  case ${EVENT_NAME:-}:${BASE:+given} in
    merge_group:given) echo "${MERGE_GROUP_BASE:-}" ;;
    *:given) echo "${PULL_REQUEST_BASE:-}" ;;
    *) echo "$1" ;;
  esac
}
