# What the scripts beside this share. They set `here`, this directory, and `work`, one to write to.

# The program as it is shipped, or the one that MODWARDEN names.
build() {
  if [[ -n ${MODWARDEN:-} ]]; then realpath "$MODWARDEN"; return; fi
  cargo build --quiet --profile dist --manifest-path "$here/../Cargo.toml"
  realpath "${CARGO_TARGET_DIR:-$here/../target}/dist/modwarden"
}

# Runs a command several times, first once to warm up; keeps its median time in seconds and its peak memory in KiB. A run that could
# not judge is fast, and means nothing: exit codes above the given one, or 1, end the script.
measure() {
  local name=$1 runs=$2; shift 2
  local code=0
  "$@" >"$work/output" 2>&1 || code=$?
  ((code <= ${worst:-1})) || { cat "$work/output" >&2; echo "exit code $code: $*" >&2; exit 1; }
  for ((run = 0; run < runs; run++)); do
    python3 "$here/run-once.py" "$@"
  done | sort -n | awk '{ time[NR] = $1; if ($2 > peak) peak = $2 } END { print time[int((NR + 1) / 2)], peak }' >"$work/$name"
}

# Prints the figures that were measured under a name, and their ratio to those of another.
report() {
  paste -d' ' "$work/$3" "$work/$2" |
    awk -v name="$1" -v other="$3" \
      '{ printf "%-28s %8.1f ms  %5.2f of %s  %5.0f MiB\n", name, $3 * 1000, $3 / $1, other, $4 / 1024 }'
}
