# shellcheck shell=bash
# What the scripts of the action share. It is sourced, and works with bash 3.2, which macOS has.
#
# Nothing that a repository contains is ever evaluated, put on a command line as an option, or written to GITHUB_ENV, GITHUB_PATH
# or GITHUB_OUTPUT. Outputs are numbers, words from a fixed list, commit ids, and paths below the directory for temporary files.

# Ends the step with modwarden's exit code: 2 if an input is wrong, 3 if the run could not judge. Says why in an annotation.
fail() {
  local code=$1 message=$2 verdict=undecided
  ((code == 2)) && verdict=invalid
  printf '::error title=modwarden::%s\n' "$(escape_data "$message")"
  output exit-code "$code"
  output verdict "$verdict"
  exit "$code"
}

# Says something in an annotation, and goes on.
notice() {
  printf '::%s title=modwarden::%s\n' "$1" "$(escape_data "$2")"
}

# A text as the message of a workflow command.
escape_data() {
  local text=$1
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '%s' "$text"
}

# Sets an output of the step.
output() {
  printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:-/dev/null}"
}

# Prints a file to the log so that the runner obeys no line of it. The word that ends this cannot be guessed.
print_inert() {
  local word
  word=$(random_word)
  printf '::stop-commands::%s\n' "$word"
  cat -- "$@"
  printf '\n::%s::\n' "$word"
}

random_word() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# A path that both bash and a native program understand; on Windows D:/a/b for D:\a\b.
native() {
  if command -v cygpath >/dev/null; then
    cygpath -m -- "$1"
  else
    printf '%s' "$1"
  fi
}

# Makes a new directory for temporary files, and prints its path.
new_directory() {
  local temp
  temp=$(native "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")
  mktemp -d "$temp/modwarden.XXXXXXXX"
}

is_commit() {
  [[ $1 =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]]
}

is_number() {
  [[ $1 =~ ^[0-9]{1,15}$ ]]
}

# Refuses an input that is none of the words behind it.
expect_one_of() {
  local name=$1 value=$2 word
  shift 2
  for word in "$@"; do
    [[ $value != "$word" ]] || return 0
  done
  fail 2 "the input \`$name\` is none of: $*"
}

# The value of a `name=value` line of a file of numbers, if it is a number or a plain word; nothing if there is none.
number_of() {
  local wanted=$1 file=$2 name value
  while IFS='=' read -r name value; do
    if [[ $name == "$wanted" && $value =~ ^[0-9A-Za-z.+-]{1,64}$ ]]; then
      printf '%s' "$value"
      return
    fi
  done <"$file"
}
