#!/usr/bin/env bash
# The last step: ends with modwarden's exit code, when everything else is done.
set -euo pipefail

[[ ${EXIT_CODE:-} =~ ^[0-3]$ ]] || EXIT_CODE=3
exit "$EXIT_CODE"
