#!/usr/bin/env bash
# The yardstick: the same collection job done by several stacks on the same services, in interleaved rounds.
#
#   Benchmarks/run.sh --peers go-nethttp,celery,flotilla --jobs 12000 --repeat 3
#   Benchmarks/run.sh --peers flotilla --rate 50 --jobs 1500        enqueue to commit, at 50 jobs/s
#   Benchmarks/run.sh --peers flotilla,go-nethttp --startup         launch to first committed job; idle memory
#   Benchmarks/run.sh --options                                     every option
#
# Brings the services up when they are down, and down again after (KEEP=1 leaves them up). README.md explains the figures.
set -uo pipefail
PROGRAM=Benchmarks/run.sh
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../scripts/lib/common.sh"
here="$ROOT/Benchmarks"
export BENCH_DIR="${BENCH_DIR:-$LOCAL/${BENCH_INSTANCE:-bench}}" PYTHONDONTWRITEBYTECODE=1
case " $* " in *" --help "* | *" -h "*) print_help "$0"; exit 0 ;; esac
"$here/setup.sh" || exit 1
case " $* " in *" --options "*) exec "$BENCH_DIR/venv/bin/python" "$here/run.py" --help ;; esac
if ! "$here/services.sh" status >/dev/null; then
    [ "${KEEP:-0}" = 1 ] || at_exit '"$here/services.sh" down'
    "$here/services.sh" up >/dev/null || exit 1
fi
setsid "$BENCH_DIR/venv/bin/python" "${RUN_PY:-$here/run.py}" "$@" &
runner=$!
at_exit 'kill -TERM "$runner" 2>/dev/null && gone "$runner" 30'
wait "$runner"
