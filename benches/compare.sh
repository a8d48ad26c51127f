#!/usr/bin/env bash
# Compares modwarden with the least that any tool must do: `git cat-file --batch`, fed with the same Go files.
#
#   benches/compare.sh REPOSITORY [RUNS]
#
# Prints medians, and how modwarden's compare with Git's. REPOSITORY is any clone of a Go project with a work tree; it is not changed.
set -euo pipefail

main() {
  local repository=${1:?usage: benches/compare.sh REPOSITORY [RUNS]} runs=${2:-10}
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  local modwarden; modwarden=$(build)
  cd "$repository"
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

  # First-party Go files: the files in a directory `vendor` belong to others.
  git ls-tree -r HEAD | grep -E '^100[0-9]{3} blob .*\.go$' | grep -vE '[[:space:]/]vendor/' |
    cut -d' ' -f3 | cut -f1 >"$work/blobs"
  echo "$(wc -l <"$work/blobs") Go files at $(git rev-parse --short HEAD), $runs runs each"

  local check=("$modwarden" check --no-cache --no-module-cache --policy "$here/ten-rules.toml")
  measure git "$runs" sh -c 'git cat-file --batch <"$0" >/dev/null' "$work/blobs"
  measure rev "$runs" "${check[@]}" --rev HEAD
  measure staged "$runs" "${check[@]}" --staged

  report "git cat-file --batch" git git
  report "check --rev HEAD" rev git
  report "check --staged" staged git
}

main "$@"
