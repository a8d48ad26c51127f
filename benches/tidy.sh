#!/usr/bin/env bash
# Compares modwarden on a repository with the time of `go mod tidy -diff` for each of its modules, and with a check without the rules
# that answer the same question; and the first run with a store, which compares every module that it reads with its
# hash, with `go mod verify`.
#
#   benches/tidy.sh REPOSITORY [RUNS]
#
# Prints medians. REPOSITORY is any clone of a Go project with go.mod at its root; it is not changed, but modules that it needs are
# downloaded first. Go is measured with an empty build cache, and with a warm one; `go mod verify` for the module at the root alone.
set -euo pipefail
shopt -s inherit_errexit

main() {
  local repository=${1:?usage: benches/tidy.sh REPOSITORY [RUNS]} runs=${2:-10}
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  local modwarden; modwarden=$(build)
  cd "$repository"
  work=$(mktemp -d); trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  export GOWORK=off GOFLAGS=-mod=mod
  find . -name go.mod -not -path '*/testdata/*' -not -path '*/vendor/*' -printf '%h\n' >"$work/modules"
  cat >"$work/tidy" <<'EOF'
while read -r module; do (cd "$module" && go mod tidy -diff || true); done <"$1" >/dev/null 2>&1
EOF
  sh "$work/tidy" "$work/modules"
  go mod download
  export GOPROXY=off
  printf '%s = "error"\n' require-unused require-missing indirect-mismarked indirect-unused checksum-unused checksum-missing |
    sed '1i [severity]' >"$work/tidy.toml"
  : >"$work/none.toml"
  local check=("$modwarden" check --format concise .)

  measure one-cold "$runs" sh -c 'rm -rf "$0"; GOCACHE=$0 go mod tidy -diff >/dev/null || true' "$work/go"
  measure one-warm "$runs" sh -c 'GOCACHE=$0 go mod tidy -diff >/dev/null || true' "$work/go"
  measure tidy-cold "$runs" sh -c 'rm -rf "$0"; GOCACHE=$0 sh "$1" "$2"' "$work/go" "$work/tidy" "$work/modules"
  measure tidy-warm "$runs" sh -c 'GOCACHE=$0 sh "$1" "$2"' "$work/go" "$work/tidy" "$work/modules"
  measure cold "$runs" "${check[@]}" --no-cache --policy "$work/tidy.toml"
  measure warm "$runs" "${check[@]}" --cache-dir "$work/store" --policy "$work/tidy.toml"
  measure staged "$runs" "${check[@]}" --staged --cache-dir "$work/store" --policy "$work/tidy.toml"
  measure verify 3 sh -c 'go mod verify >/dev/null || true'
  measure first 3 sh -c 'rm -rf "$0"; exec "$@"' "$work/new" "${check[@]}" --cache-dir "$work/new" --policy "$work/tidy.toml"
  measure none "$runs" "${check[@]}" --no-cache --policy "$work/none.toml"
  measure source "$runs" "${check[@]}" --no-cache --no-module-cache --policy "$work/tidy.toml"
  report "go mod tidy -diff, its build cache empty" tidy-cold tidy-cold
  report "the same for the module at the root alone" one-cold tidy-cold
  report "check by the module cache, nothing kept" cold tidy-cold
  report "go mod tidy -diff, warm" tidy-warm tidy-warm
  report "the same for the module at the root alone" one-warm tidy-warm
  report "check by the module cache, warm" warm tidy-warm
  report "check --staged by the module cache, warm" staged tidy-warm
  report "go mod verify" verify verify
  report "check that reads every module for the first time" first verify
  report "check without these rules" none none
  report "check without the module cache" source none
}

main "$@"
