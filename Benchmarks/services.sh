#!/usr/bin/env bash
# The yardstick's services: the project's own private RabbitMQ and Postgres, set for load, and nginx as the platform.
#
#   Benchmarks/services.sh up | status | env | down [--purge]
#
# Everything listens on 127.0.0.1 and lies below .local/bench/ ($BENCH_INSTANCE names another folder). fsync stays on; the
# departures from Postgres' defaults are shared_buffers, max_wal_size and track_commit_timestamp, which only serves to
# read commit times for the latency figures. The stand-in answers what the Graph API answers today for an account's
# daily insights, at once and always the same but for `views`, which is 10000 plus the account's last four digits.
set -uo pipefail
PROGRAM=Benchmarks/services.sh
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../scripts/lib/common.sh"
. "$ROOT/scripts/lib/packages.sh"
. "$ROOT/scripts/lib/services.sh"
BROKER_MEMORY=6GB
POSTGRES_OPTIONS=("shared_buffers = 512MB" "max_wal_size = 4GB")
case "${1:-}" in up) require_packages "${PACKAGES_SERVICES[@]}" nginx-light ;; esac
use_instance "${BENCH_INSTANCE:-bench}"
S="$HERE"

nginx_pid() { cat "$S/nginx/pid" 2>/dev/null; }
nginx_alive() { alive "$(nginx_pid)" nginx; }

print_env() {
    cat <<ENV
AMQP_URL=amqp://guest:guest@127.0.0.1:$AMQP_PORT/
MGMT_URL=http://127.0.0.1:$MANAGEMENT_PORT
PG_URL=postgresql://postgres@127.0.0.1:$POSTGRES_PORT/bench
PLATFORM_URL=http://127.0.0.1:$SPARE_PORT
RABBIT_PID=$(broker_alive && broker_pid)
PG_PID=$(postgres_alive && postgres_pid)
NGINX_PID=$(nginx_alive && nginx_pid)
BENCH_DIR=$S
ENV
}

insights() {
    local sep="" name value title text
    while IFS='|' read -r name value title text; do
        printf '%s{"name":"%s","period":"day","title":"%s","description":"%s","total_value":{"value":%s},"id":"1784140000$1/insights/%s/day"}' \
            "$sep" "$name" "$title" "$text" "$value" "$name"
        sep=,
    done <<'METRICS'
views|1$1|Views|The number of times your reels were played and your posts, stories and live videos were displayed on a screen.
reach|8123|Reach|The number of unique accounts that have seen your content, at least once.
profile_views|412|Profile Views|The number of times that your profile was visited.
website_clicks|57|Website Clicks|The number of taps on the website link in this profile.
accounts_engaged|934|Accounts engaged|The number of accounts that have interacted with your content.
total_interactions|1210|Total interactions|The total number of post, story, reels, video and live video interactions.
likes|988|Likes|The number of likes on your posts, reels and videos.
comments|143|Comments|The number of comments on your posts, reels, videos and live videos.
saves|79|Saves|The number of saves of your posts, reels and videos.
shares|15320|Shares|The number of shares of your posts, stories, reels, videos and live videos.
METRICS
}

up_nginx() {
    nginx_alive && return 0
    mkdir -p "$S/nginx/tmp"
    cat >"$S/nginx/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $S/nginx/nginx.pid;
error_log $S/nginx/error.log warn;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nodelay on;
  keepalive_timeout 300s; keepalive_requests 1000000;
  client_body_temp_path $S/nginx/tmp/b; proxy_temp_path $S/nginx/tmp/p; fastcgi_temp_path $S/nginx/tmp/f;
  uwsgi_temp_path $S/nginx/tmp/u; scgi_temp_path $S/nginx/tmp/s;
  server {
    listen 127.0.0.1:$SPARE_PORT backlog=1024;
    location ~ ^/v[0-9.]+/[0-9]*([0-9][0-9][0-9][0-9])/insights\$ {
      default_type "application/json; charset=UTF-8";
      add_header X-App-Usage '{"call_count":28,"total_cputime":15,"total_time":12}';
      add_header facebook-api-version v25.0;
      return 200 '{"data":[$(insights)],"paging":{"previous":"/v25.0/1784140000\$1/insights?since=1763539200&until=1763625600","next":"/v25.0/1784140000\$1/insights?since=1763712000&until=1763798400"}}';
    }
    location / { return 404; }
  }
}
CONF
    setsid "$(command -v nginx || echo /usr/sbin/nginx)" -c "$S/nginx/nginx.conf" -e "$S/nginx/error.log" >"$S/nginx/out" 2>&1 </dev/null 9>&- &
    echo $! >"$S/nginx/pid"
    local n
    for ((n = 0; n < 100; n++)); do
        curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$SPARE_PORT/v25.0/17841400000001/insights" 2>/dev/null && return 0
        sleep 0.05
    done
    tail -n 3 "$S/nginx/out" "$S/nginx/error.log" >&2
    return 1
}

case "${1:-}" in
-h | --help) print_help "$0" ;;
up)
    mkdir -p "$S"
    exec 9>"$S/lock"
    flock -w 120 9 || fail "another command is starting or stopping these services"
    services_up both && up_nginx || fail "the services did not start: see $S"
    PGOPTIONS='' as_postgres "$PG_BIN/createdb" -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres bench 2>/dev/null
    print_env
    ;;
down)
    read_ports || exit 0
    if nginx_alive; then kill -TERM "$(nginx_pid)" 2>/dev/null; fi
    services_down
    rm -f "$S/nginx/pid"
    [ "${2:-}" != --purge ] || services_purge
    ;;
status)
    read_ports || { say "never started"; exit 3; }
    nginx_alive && broker_alive && postgres_alive && say up || { say down; exit 3; }
    ;;
env)
    read_ports || fail "the services were never started: Benchmarks/services.sh up"
    print_env
    ;;
*) usage_error "services.sh up|down [--purge]|status|env" ;;
esac
