#!/usr/bin/env bash
# Each stack's own dispatcher: some thousand durable jobs into a fresh quorum queue, with confirms.
#
#   Benchmarks/dispatch.sh [ROUNDS]     default 3; the services must be up (Benchmarks/services.sh up)
set -euo pipefail
case "${1:-}" in -h | --help) awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"; exit 0 ;; esac
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
"$here/setup.sh"
set -a; eval "$("$here/services.sh" env)"; set +a
export JOBS_QUEUE=bench.jobs PYTHONPATH="$here/peers" PYTHONDONTWRITEBYTECODE=1
wipe() { for q in $(curl -fsS -u guest:guest "$MGMT_URL/api/queues/%2F?disable_stats=true&enable_queue_totals=true" | grep -o '"name":"[^"]*"' | cut -d'"' -f4); do curl -fsS -u guest:guest -XDELETE "$MGMT_URL/api/queues/%2F/$q"; done; }
cd "$here/peers"
for _ in $(seq "${1:-3}"); do
  for s in celery dramatiq aiopika go c; do
    wipe; case $s in
      go) JOBS=20000 "$BENCH_DIR/gopeer" dispatch;;
      c) p="${AMQP_URL##*:}"; "$BENCH_DIR/cbench" pub "port=${p%/}" queue=$JOBS_QUEUE declare=quorum count=20000 window=1000;;
      aiopika) "$BENCH_DIR/venv/bin/python" dispatch.py $s 10000;;
      *) [ $s = celery ] && curl -fsS -u guest:guest -XPUT -H 'content-type: application/json' -d '{"durable":true,"arguments":{"x-queue-type":"quorum"}}' "$MGMT_URL/api/queues/%2F/$JOBS_QUEUE"
         "$BENCH_DIR/venv/bin/python" dispatch.py $s 3000;;
    esac
  done
done
wipe
