#!/usr/bin/env bash
# The floor: what broker, database and platform stand-in cost with bare C clients, and the rate that follows from it.
#
#   Benchmarks/limits.sh        bounded by LIMIT_MESSAGES (40000), LIMIT_JOBS (20000) and LIMIT_REPEAT (3)
set -uo pipefail
case "${1:-}" in -h | --help) awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"; exit 0 ;; esac
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
RUN_PY="$here/limits/limits.py" exec "$here/run.sh" "$@"
