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
  cargo build --quiet --profile dist --manifest-path "$here/../Cargo.toml"
  local modwarden="${CARGO_TARGET_DIR:-$here/../target}/dist/modwarden"
  modwarden=$(realpath "$modwarden")
  cd "$repository"
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

  # First-party Go files: what lies in a directory `vendor` belongs to others.
  git ls-tree -r HEAD | grep -E '^100[0-9]{3} blob .*\.go$' | grep -vE '[[:space:]/]vendor/' |
    cut -d' ' -f3 | cut -f1 >"$work/blobs"
  echo "$(wc -l <"$work/blobs") Go files at $(git rev-parse --short HEAD), $runs runs each"

  local check=("$modwarden" check --no-cache --no-module-cache --policy "$here/ten-rules.toml")
  measure git "$runs" sh -c 'git cat-file --batch <"$0" >/dev/null' "$work/blobs"
  measure rev "$runs" "${check[@]}" --rev HEAD
  measure staged "$runs" "${check[@]}" --staged

  report "git cat-file --batch" git
  report "check --rev HEAD" rev
  report "check --staged" staged
}

# Runs a command several times, first once to warm up; keeps its median time in seconds and its peak memory in KiB.
measure() {
  local name=$1 runs=$2; shift 2
  expect_to_judge "$@"
  for ((run = 0; run < runs; run++)); do
    python3 "$here/run-once.py" "$@"
  done >"$work/runs"
  sort -n "$work/runs" | awk '{ time[NR] = $1; if ($2 > peak) peak = $2 } END { print time[int((NR + 1) / 2)], peak }' \
    >"$work/$name"
}

# A run that could not judge is fast, and means nothing.
expect_to_judge() {
  local code=0
  "$@" >"$work/output" 2>&1 || code=$?
  ((code <= 1)) || { cat "$work/output" >&2; echo "exit code $code: $*" >&2; exit 1; }
}

report() {
  paste -d' ' "$work/git" "$work/$2" |
    awk -v name="$1" '{ printf "%-22s %7.1f ms  %5.2f of git  %5.0f MiB\n", name, $3 * 1000, $3 / $1, $4 / 1024 }'
}

main "$@"
