#!/usr/bin/env bash
# Downloads the requirements of the modules of the checkout, so that rules can use the module cache as evidence. `go mod download` runs no code of a
# module. It starts no other toolchain, asks a Git host only for the modules that
# GOPRIVATE names, and ends in time; it has no token of the action.
#
# In: INPUT_DOWNLOAD_MODULES, PLAN_TOP, and the variables of the go command, such as GOPROXY and GOPRIVATE.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"

# Seconds for all modules together.
patience=600

main() {
  local file log
  expect_one_of download-modules "${INPUT_DOWNLOAD_MODULES:-false}" true false
  [[ ${INPUT_DOWNLOAD_MODULES:-false} == true ]] || return 0
  command -v go >/dev/null || fail 3 "the input \`download-modules\` needs Go: add a step \`actions/setup-go\` before this one"
  export GOTOOLCHAIN=local GOWORK=off GO111MODULE=on GOFLAGS=-mod=mod
  export GOVCS=${GOVCS:-private:git,public:off} GOPROXY=${GOPROXY:-https://proxy.golang.org}
  log=$(new_directory)/log
  while IFS= read -r -d '' file; do
    ((SECONDS < patience)) || break
    download "${file%/*}" "$log"
  done < <(module_files)
}

# The go.mod files of the checkout, through no symbolic link; not those that the go command takes for no module.
module_files() {
  find "$PLAN_TOP" \( -name .git -o -name vendor -o -name testdata -o -name node_modules -o -name '_*' \) -prune -o \
    -name go.mod -type f -size -1024k -print0
}

# Downloads for one module. A failure is only reported: rules that need the missing modules are undecided.
download() {
  local directory=$1 log=$2
  if ! (cd -- "$directory" && within "$((patience - SECONDS))" go mod download) >"$log" 2>&1; then
    print_inert "$log"
    notice warning "\`go mod download\` failed for a module; the log says why"
  fi
}

# Runs a command, and ends it after so many seconds. macOS has Perl and no `timeout`.
within() {
  local seconds=$1
  shift
  if command -v timeout >/dev/null; then
    timeout "$seconds" "$@"
  else
    perl -e 'alarm shift; exec @ARGV' "$seconds" "$@"
  fi
}

main
