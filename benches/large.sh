#!/usr/bin/env bash
# Measures modwarden on made-up repositories that are large in one respect, and on ones half as large: time should about double
# from one to the other.
#
#   benches/large.sh [RUNS]
#
# Prints medians. The repositories need some 200 MB below TMPDIR while it runs.
set -euo pipefail
shopt -s inherit_errexit

main() {
  local runs=${1:-3} worst=3
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  local modwarden; modwarden=$(build)
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  local check=("$modwarden" check --no-cache --no-module-cache)

  compare sums 500000 "checksum lines, concise" "${check[@]}" --format concise
  compare sums 500000 "checksum lines, json" "${check[@]}" --format json
  compare modules 2500 "modules, why" "$modwarden" why --no-cache --no-module-cache example.com/m2499
  compare requirements 50000 "requirements, tidy" "${check[@]}" --format concise
  compare imports 150000 "imports in one file, tidy" "${check[@]}" --format concise
}

# Runs a command in a repository of this size, and in one of twice this size.
compare() {
  local kind=$1 count=$2 name=$3; shift 3
  local size
  for size in "$count" $((2 * count)); do
    [[ -d $work/$kind-$size ]] || python3 "$here/large.py" "$kind" "$size" "$work/$kind-$size"
    cd "$work/$kind-$size"
    measure "$size" "$runs" "$@"
    report "$size $name" "$size" "$count"
  done
}

main "$@"
