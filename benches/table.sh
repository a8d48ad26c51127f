#!/usr/bin/env bash
# Measures modwarden and other programs on several repositories, and prints the table of the README: for each pair of commands the
# lowest and the highest ratio of modwarden's time to the other one's.
#
#   benches/table.sh RUNS REPOSITORY...
#
# A REPOSITORY is a clone of a Go project with a work tree and a go.mod at its root; it is not changed, but modules that it needs are
# downloaded first. The rows with golangci-lint are left out where that is not installed. MODWARDEN names a program to measure instead
# of a new build.
set -euo pipefail
shopt -s inherit_errexit

main() {
  local runs=${1:?usage: benches/table.sh RUNS REPOSITORY...} repository; shift
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  modwarden=$(build)
  work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  printf '%s = "error"\n' require-unused require-missing indirect-mismarked indirect-unused checksum-unused checksum-missing |
    sed '1i [severity]' >"$work/tidy.toml"
  for repository in "${@:?usage: benches/table.sh RUNS REPOSITORY...}"; do
    (cd "$repository" && measure_repository "$runs")
    rm -rf "$work/store" "$work/go"
  done
  echo '| modwarden | other | modwarden takes |'
  echo '|---|---|--:|'
  awk -F'\t' '
    !($1 in low) { low[$1] = high[$1] = $2; rows[++count] = $1 }
    $2 < low[$1] { low[$1] = $2 }
    $2 > high[$1] { high[$1] = $2 }
    END { for (row = 1; row <= count; row++) { split(rows[row], names, "/ "); printf "| %s | %s | %.2f to %.2f |\n", names[1], names[2], low[rows[row]], high[rows[row]] } }
  ' "$work/ratios"
}

# Measures all pairs in the repository in the working directory.
measure_repository() {
  local runs=$1
  echo "$(git ls-files '*.go' | wc -l) Go files: $(basename "$PWD")" >&2
  git ls-files --stage '*.go' | grep -v '[[:space:]/]vendor/' | cut -d' ' -f2 >"$work/blobs"
  local check=("$modwarden" check --policy "$here/ten-rules.toml" --no-module-cache --format concise)
  measure git "$runs" sh -c 'git cat-file --batch <"$0" >/dev/null' "$work/blobs"
  measure grep "$runs" git grep --count import -- '*.go' ':!vendor/*' ':!**/vendor/*'
  measure index "$runs" git ls-files --stage
  measure commit "$runs" "${check[@]}" --no-cache --rev HEAD
  measure disk "$runs" "${check[@]}" --no-cache
  measure staged "$runs" "${check[@]}" --cache-dir "$work/store" --staged
  row '`check --rev HEAD`, nothing kept' '`git cat-file --batch` of the Go files' commit git
  row '`check`, nothing kept' '`git grep` in the Go files' disk grep
  row '`check --staged`, warm' '`git ls-files --stage`' staged index
  measure_tidy "$runs"
  measure_golangci "$runs"
}

# The changes of `go mod tidy`, in every module.
measure_tidy() {
  local runs=$1
  export GOWORK=off GOFLAGS=-mod=mod
  find . -name go.mod -not -path '*/testdata/*' -not -path '*/vendor/*' -printf '%h\n' >"$work/modules"
  cat >"$work/tidy" <<'TIDY'
while read -r module; do (cd "$module" && go mod tidy -diff || true); done <"$1" >/dev/null 2>&1
TIDY
  sh "$work/tidy" "$work/modules"
  local check=("$modwarden" check --policy "$work/tidy.toml" --format concise)
  export GOPROXY=off
  measure go-cold "$runs" sh -c 'rm -rf "$0"; GOCACHE=$0 sh "$1" "$2"' "$work/go" "$work/tidy" "$work/modules"
  measure go-warm "$runs" sh -c 'GOCACHE=$0 sh "$1" "$2"' "$work/go" "$work/tidy" "$work/modules"
  measure cold "$runs" "${check[@]}" --no-cache
  measure warm "$runs" "${check[@]}" --cache-dir "$work/store"
  row 'what `go mod tidy` would change, nothing kept' '`go mod tidy -diff` of each module, build cache empty' cold go-cold
  row 'the same, warm' 'the same, warm' warm go-warm
}

# Denied imports and go.mod directives: one module and one build there, all of both here.
measure_golangci() {
  local runs=$1
  command -v golangci-lint >/dev/null || return 0
  export GOLANGCI_LINT_CACHE=$work/golangci
  unset GOFLAGS
  local lint=(golangci-lint run --config "$here/golangci.yml" --max-issues-per-linter 0 --max-same-issues 0)
  measure lint "$runs" "${lint[@]}" ./...
  row '`check` by ten import rules, nothing kept' 'golangci-lint with depguard and gomoddirectives, warm' disk lint
}

# Keeps the ratio of one time to another.
row() {
  printf '%s/ %s\t%s\n' "$1" "$2" "$(paste -d' ' "$work/$3" "$work/$4" | awk '{ print $1 / $3 }')" >>"$work/ratios"
  printf '  %8.1f ms, %8.1f ms: %s / %s\n' "$(awk '{ print $1 * 1000 }' "$work/$3")" "$(awk '{ print $1 * 1000 }' "$work/$4")" "$1" "$2" >&2
}

main "$@"
