#!/usr/bin/env bash
# Builds what the yardstick runs: the C load tool, the Go peer (Debian's Go and its libraries) and the Python peers'
# environment. Installs only what is missing; the second run takes no time.
#
#   Benchmarks/setup.sh [--minimal]     --minimal: only the C tool and the environment of the runner itself
set -uo pipefail
PROGRAM=Benchmarks/setup.sh
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../scripts/lib/common.sh"
. "$ROOT/scripts/lib/packages.sh"
here="$ROOT/Benchmarks"
BENCH_DIR="${BENCH_DIR:-$LOCAL/${BENCH_INSTANCE:-bench}}"
case "${1:-}" in
-h | --help) print_help "$0"; exit 0 ;;
"") require_packages golang-go golang-github-rabbitmq-amqp091-go-dev golang-github-jackc-pgx-v4-dev \
    golang-github-mailru-easyjson-dev golang-github-valyala-fasthttp-dev ;;
--minimal) ;;
*) usage_error "unknown argument $1" ;;
esac
require_packages gcc libc6-dev librabbitmq-dev libpq-dev wrk curl python3-venv
mkdir -p "$BENCH_DIR"
if [ ! -x "$BENCH_DIR/venv/bin/celery" ]; then
    say "making the Python environment of the peers"
    rm -rf "$BENCH_DIR/venv"
    /usr/bin/python3 -m venv "$BENCH_DIR/venv" \
        && "$BENCH_DIR/venv/bin/pip" install -q --disable-pip-version-check -r "$here/peers/requirements.txt" >"$BENCH_DIR/pip.log" 2>&1 \
        || { rm -rf "$BENCH_DIR/venv"; tail -n 3 "$BENCH_DIR/pip.log" >&2; fail "cannot make the Python environment: see $BENCH_DIR/pip.log"; }
fi
if [ ! "$BENCH_DIR/cbench" -nt "$here/limits/cbench.c" ]; then
    gcc -O2 -o "$BENCH_DIR/cbench" "$here/limits/cbench.c" -I/usr/include/postgresql -lrabbitmq -lpq || fail "the C load tool does not compile"
fi
if [ "${1:-}" != --minimal ] && [ ! "$BENCH_DIR/gopeer" -nt "$here/peers/go/main.go" ]; then
    say "building the Go peer"
    (cd "$here/peers/go" && GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE="$BENCH_DIR/gocache" go build -o "$BENCH_DIR/gopeer" .) \
        || fail "the Go peer does not compile"
fi
