#!/usr/bin/env bash
# Compares modwarden on a repository with a vendor directory with the time that reading the same takes: `git cat-file --batch` of the Go files,
# `git log --raw` of the vendored paths, and `sha256sum` of the modules in the module cache.
#
#   benches/vendor.sh REPOSITORY [RUNS]
#
# Prints medians. REPOSITORY is any clone of a Go project with vendor/ at its root; it is not changed. Modules that are not in the module cache
# are not compared: `go mod download` first.
set -euo pipefail
shopt -s inherit_errexit

main() {
  local repository=${1:?usage: benches/vendor.sh REPOSITORY [RUNS]} runs=${2:-10}
  here=$(cd "$(dirname "$0")" && pwd)
  source "$here/measure.sh"
  local modwarden; modwarden=$(build)
  cd "$repository"
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  local check=("$modwarden" check --no-module-cache --format concise)

  git ls-tree -r HEAD | grep -E '^100[0-9]{3} blob .*\.go$' | cut -d' ' -f3 | cut -f1 >"$work/blobs"
  echo "$(wc -l <"$work/blobs") Go files at $(git rev-parse --short HEAD), vendored ones included, $runs runs each"
  measure cat-file "$runs" sh -c 'git cat-file --batch <"$0" >/dev/null' "$work/blobs"
  printf 'vendor-%s = "error"\n' inconsistent incomplete excess | sed '1i [severity]' >"$work/state.toml"
  measure state "$runs" "${check[@]}" --no-cache --policy "$work/state.toml" --rev HEAD
  report "git cat-file --batch" cat-file cat-file
  report "check --rev HEAD, cold" state cat-file

  printf '[severity]\nvendor-edited = "error"\n' >"$work/edited.toml"
  if git rev-parse --quiet --verify HEAD~100 >/dev/null; then
    local edited=("${check[@]}" --cache-dir "$work/store" --policy "$work/edited.toml" --range HEAD~100..HEAD)
    measure log "$runs" git log --raw HEAD~100..HEAD -- vendor
    measure range "$runs" "${edited[@]}"
    measure each "$runs" "${edited[@]}" --each-commit
    report "git log --raw" log log
    report "check --range" range log
    report "check --range --each-commit" each log
  fi

  modules >"$work/modules"
  if [[ -s $work/modules ]]; then
    xargs -d '\n' -I{} find {} -type f <"$work/modules" >"$work/files"
    echo "$(wc -l <"$work/files") files of $(wc -l <"$work/modules") modules in the module cache"
    measure sha256sum "$runs" sh -c 'xargs -d "\n" -n 200 -P 2 sha256sum <"$0" >/dev/null' "$work/files"
    measure cached "$runs" "$modwarden" check --format concise --no-cache --policy "$work/edited.toml" --rev HEAD
    report "sha256sum, two at a time" sha256sum sha256sum
    report "check by the module cache" cached sha256sum
  fi
}

# The directories of the vendored modules in the module cache.
modules() {
  local cache; cache=${GOMODCACHE:-${GOPATH:-$HOME/go}/pkg/mod}
  git show HEAD:vendor/modules.txt |
    awk '/^# / { path = $2; version = $3; if ($4 == "=>") { path = $5; version = $6 }
                 # The letters that file systems may not tell apart.
                 while (match(path, /[A-Z]/)) path = substr(path, 1, RSTART - 1) "!" tolower(substr(path, RSTART, 1)) substr(path, RSTART + 1)
                 if (version ~ /^v/) print path "@" version }' |
    sort -u | while read -r module; do [[ -d $cache/$module ]] && echo "$cache/$module"; done || true
}

main "$@"
