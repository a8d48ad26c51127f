#!/usr/bin/env bash
# Compares modwarden on a whole history with Git reading the same: `git log --raw` for the changes of each commit, and
# `git cat-file --batch` for the Go and module files that come with it.
#
#   benches/history.sh REPOSITORY [RUNS]
#
# Prints medians, cold (an empty store) and warm. REPOSITORY is any clone of a Go project; it is not changed, the store is kept
# elsewhere. With a work tree, `check --staged` is compared with `git ls-files --stage` besides.
set -euo pipefail
shopt -s inherit_errexit

main() {
  local repository=${1:?usage: benches/history.sh REPOSITORY [RUNS]} runs=${2:-5}
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  local modwarden; modwarden=$(build)
  cd "$repository"
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  local worst=3 store="$work/store" policy=(--no-module-cache --policy "$here/ten-rules.toml")

  git log --first-parent --raw --no-renames --no-abbrev | blobs | sort -u >"$work/blobs"
  echo "$(git rev-list --first-parent --count HEAD) commits, $(wc -l <"$work/blobs") files, $runs runs each"

  measure git "$runs" sh -c \
    'git log --first-parent --raw --no-renames >/dev/null && git cat-file --batch --buffer <"$0" >/dev/null' "$work/blobs"
  # A walk leaves the store as it finds it only if it is thrown away each time.
  measure cold "$runs" sh -c 'rm -rf "$0" && exec "$@"' "$store" \
    "$modwarden" inspect history --cache-dir "$store" "${policy[@]}"
  measure warm "$runs" "$modwarden" inspect history --cache-dir "$store" "${policy[@]}"
  report "git log + git cat-file" git git
  report "inspect history, cold" cold git
  report "inspect history, warm" warm git

  if git rev-parse --quiet --verify HEAD~100 >/dev/null; then
    measure range "$runs" "$modwarden" check --range HEAD~100..HEAD --cache-dir "$store" "${policy[@]}" --format concise
    report "check --range, warm" range git
  fi
  if [[ $(git rev-parse --is-bare-repository) == false ]]; then
    measure ls "$runs" git ls-files --stage
    measure staged "$runs" "$modwarden" check --staged --cache-dir "$store" --no-module-cache --format concise
    report "git ls-files --stage" ls ls
    report "check --staged, warm" staged ls
  fi
}

# The objects of first-party Go files and of module files that a raw log names.
blobs() {
  awk -F'\t' '
    /^:/ {
      split($1, field, " ")
      if (field[4] ~ /^0+$/) next
      if ($2 ~ /\.mod$/ || $2 ~ /(^|\/)go\.work$/ || $2 ~ /(^|\/)vendor\/modules\.txt$/) print field[4]
      else if ($2 ~ /\.go$/ && $2 !~ /(^|\/)(vendor\/.*\/|testdata\/|[._])/) print field[4]
    }'
}

main "$@"
