#!/usr/bin/env bash
# Installs modwarden: finds the version in the table beside this file, gets its archive, compares size and SHA-256 before it unpacks
# anything, and puts the program on the PATH of later steps.
#
# In: INPUT_VERSION, MODWARDEN_MIRROR. Out: the outputs `version` and `path`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
source "$here/lib.sh"

table=$here/releases.tsv
release_url=https://github.com/modwarden/modwarden/releases/download

main() {
  local version directory program
  version=$(wanted_version)
  directory=$(new_directory)
  program=$(install_release "$version" "$directory") || fail 3 "modwarden $version could not be installed; the log says which sources were tried"
  [[ $("$program" --version) == "modwarden $version" ]] || fail 3 "the program that was installed is not modwarden $version"
  printf '%s\n' "${program%/*}" >>"${GITHUB_PATH:-/dev/null}"
  output version "$version"
  output path "$program"
  echo "modwarden $version: $program"
}

# The version that the input names, or the newest one of the table.
wanted_version() {
  local version=${INPUT_VERSION:-}
  version=${version#v}
  [[ -n $version ]] || version=$(rows | sed -n '1s/	.*//p')
  [[ -n $version ]] || fail 2 "this commit of the action has no release of modwarden; use the commit of a release" >&2
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail 2 "the input \`version\` takes an exact version such as 0.1.0" >&2
  printf '%s' "$version"
}

# The rows of the table, each checked.
rows() {
  grep -E $'^[0-9][0-9A-Za-z.-]*\t(wheel:)?[a-z0-9_-]+\t[A-Za-z0-9._-]+\t[0-9]{1,10}\t[0-9a-f]{64}$' "$table" || true
}

# Prints `file size sha256` of a version for a target; nothing if there is no such row.
release_file() {
  local wanted="$1	$2	" row
  while IFS= read -r row; do
    if [[ $row == "$wanted"* ]]; then
      printf '%s' "${row#"$wanted"}" | tr '\t' ' '
      return
    fi
  done < <(rows)
}

# The targets that this machine runs, the best one first.
targets() {
  local system=${RUNNER_OS:-$(uname -s)} machine=${RUNNER_ARCH:-$(uname -m)}
  case $system-$machine in
    Linux-X64 | Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64 | Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    macOS-X64 | Darwin-x86_64) echo x86_64-apple-darwin ;;
    macOS-ARM64 | Darwin-arm64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc x86_64-pc-windows-gnu ;;
    Windows-ARM64) echo aarch64-pc-windows-msvc x86_64-pc-windows-msvc x86_64-pc-windows-gnu ;;
    *) fail 2 "there is no release of modwarden for $system on $machine" >&2 ;;
  esac
}

# Installs a version below a directory, and prints the path of the program. What it says goes to standard error.
install_release() {
  local version=$1 directory=$2 target file size sum list
  list=$(targets) || return
  for target in $list; do
    read -r file size sum < <(release_file "$version" "$target"; echo)
    [[ -n $file ]] || continue
    if from_archive "$version" "$target" "$file" "$size" "$sum" "$directory/archive" >&2; then
      unpack "$directory/archive" "$file" "$directory"
      return
    fi
    read -r file size sum < <(release_file "$version" "wheel:$target"; echo)
    if [[ -n $file ]] && from_pypi "$version" "$file" "$size" "$sum" "$directory" >&2; then
      unpack_wheel "$directory/$file" "$version" "$directory"
      return
    fi
    return 1
  done
  echo "the action's table has no modwarden $version for: $list" >&2
  return 1
}

# Gets an archive from the first source that has it, and compares it with the table. A copy goes into the tool cache; an archive from
# there is compared each time.
from_archive() {
  local version=$1 target=$2 file=$3 size=$4 sum=$5 archive=$6 kept
  kept=$(native "${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-/tmp}}")/modwarden/$version/$target/$file
  if [[ -f $kept ]] && cp -- "$kept" "$archive" && is_expected "$archive" "$size" "$sum"; then
    echo "from the tool cache"
    return
  fi
  download "$release_url/v$version/$file" "$size" "$sum" "$archive" ||
    { [[ -n ${MODWARDEN_MIRROR:-} ]] && download "${MODWARDEN_MIRROR%/}/v$version/$file" "$size" "$sum" "$archive"; } ||
    return 1
  keep "$archive" "$kept"
}

# Downloads a file of a known size and SHA-256.
download() {
  local url=$1 size=$2 sum=$3 file=$4
  echo "from $url"
  curl --disable --fail --silent --show-error --location --proto "=${url%%:*}" --proto-redir '=https' \
    --connect-timeout 15 --max-time 300 --retry 2 --max-filesize "$size" --output "$file" -- "$url" &&
    is_expected "$file" "$size" "$sum"
}

# Puts a copy of a file into the tool cache, whole or not at all. Where that cannot be done, nothing is lost.
keep() {
  local file=$1 kept=$2
  { mkdir -p -- "${kept%/*}" && cp -- "$file" "$kept.$$" && mv -f -- "$kept.$$" "$kept"; } || rm -f -- "$kept.$$"
}

# Downloads the wheel of a version from PyPI, or from the index that pip is set up to use. Python runs isolated, from a directory
# without files of the repository.
from_pypi() {
  local version=$1 file=$2 size=$3 sum=$4 directory=$5 python platform
  python=$(command -v python3 || command -v python) || return 1
  platform=${file%.whl}
  platform=${platform##*-}
  echo "from PyPI: $file"
  printf 'modwarden==%s --hash=sha256:%s\n' "$version" "$sum" >"$directory/requirements.txt"
  (cd "$directory" && "$python" -I -m pip download --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
    --only-binary :all: --platform "${platform%%.*}" --dest "$directory" --requirement requirements.txt) &&
    is_expected "$directory/$file" "$size" "$sum"
}

# Whether a file has a size and a SHA-256.
is_expected() {
  local file=$1 size=$2 sum=$3
  if [[ $(($(wc -c <"$file"))) != "$size" || $(sha256 "$file") != "$sum" ]]; then
    echo "  its size or SHA-256 is not the one in the action's table: not used"
    rm -f -- "$file"
    return 1
  fi
}

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1" | cut -c1-64
  else
    shasum -a 256 <"$1" | cut -c1-64
  fi
}

# Unpacks the program from an archive of a release, and prints its path.
unpack() {
  local archive=$1 file=$2 directory=$3 name
  mkdir "$directory/bin"
  case $file in
    *.zip)
      name=${file%.zip}/modwarden.exe
      unzip -q -j "$archive" "$name" -d "$directory/bin" >&2
      ;;
    *)
      name=${file%.tar.gz}/modwarden
      tar -xzf "$archive" -C "$directory/bin" --strip-components 1 "$name" >&2
      ;;
  esac
  printf '%s' "$directory/bin/${name##*/}"
}

# Unpacks the program from a wheel, and prints its path.
unpack_wheel() {
  local wheel=$1 version=$2 directory=$3 python program
  python=$(command -v python3 || command -v python)
  "$python" -I -m zipfile -e "$wheel" "$directory/wheel" >&2
  program=$directory/wheel/modwarden-$version.data/scripts/modwarden
  [[ -f $program ]] || program=$program.exe
  chmod +x "$program"
  printf '%s' "$program"
}

main
