# A private RabbitMQ and a private Postgres below .local/<instance>/, on 127.0.0.1 only. Sourced after common.sh.
#
# Nothing here reads or touches a system-wide broker or database: own node name, own cookie, own port mapper, own data.
# Pids are recorded and compared with the process's command line before any signal is sent.

INSTANCE="${INSTANCE:-default}"
BROKER_MEMORY="${BROKER_MEMORY:-2GB}"
POSTGRES_OPTIONS=()
PG_BIN="${PG_BIN:-/usr/lib/postgresql/15/bin}"
RABBIT_BIN=/usr/lib/rabbitmq/bin/rabbitmq-server

use_instance() { # use_instance NAME
    [[ "$1" =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || usage_error "instance name '$1': use a to z, 0 to 9 and '-'"
    INSTANCE="$1"
    HERE="$LOCAL/$INSTANCE"
    BROKER="$HERE/broker"
    NODE="flotilla-$INSTANCE@localhost"
    PORTS="$HERE/ports"
    # Postgres refuses to run as root; its own user must be able to reach the data, and a checkout below /root cannot be
    # reached. Where the data went is written down, so that the answer never changes for an instance.
    DATABASE="$HERE/postgres"
    if [ -s "$HERE/database" ]; then
        DATABASE="$(cat "$HERE/database")"
    elif [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$(existing_ancestor "$HERE")" 2>/dev/null; then
        DATABASE="/var/tmp/flotilla-$(printf '%s' "$HERE" | cksum | cut -d' ' -f1)/postgres"
    fi
}

existing_ancestor() {
    local path="$1"
    while [ ! -d "$path" ]; do path="$(dirname "$path")"; done
    printf '%s' "$path"
}

as_postgres() {
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

# Ports come from below the range that the kernel gives to outgoing connections. A client that keeps trying a closed
# port inside that range can, on loopback, be handed the very same port as its own and so connect to itself.
choose_ports() { # choose_ports COUNT
    python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(21000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in held])
PYTHON
}

ports_free() { # ports_free PORT...
    python3 - "$@" <<'PYTHON'
import socket, sys
for port in sys.argv[1:]:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(("127.0.0.1", int(port)))
    except OSError:
        sys.exit(1)
    s.close()
PYTHON
}

read_ports() { [ -s "$PORTS" ] && read -r AMQP_PORT MANAGEMENT_PORT DIST_PORT EPMD_PORT POSTGRES_PORT SPARE_PORT <"$PORTS"; }

# Keeps the recorded ports while they are free or ours, so that addresses survive a restart.
settle_ports() {
    mkdir -p "$HERE"
    printf '%s\n' "$DATABASE" >"$HERE/database"
    if read_ports; then
        if broker_alive || postgres_alive; then return 0; fi
        stop_epmd
        ports_free "$AMQP_PORT" "$MANAGEMENT_PORT" "$DIST_PORT" "$EPMD_PORT" "$POSTGRES_PORT" && return 0
    fi
    choose_ports 6 >"$PORTS" && read_ports || fail "cannot choose free ports (is python3 there?)"
}

# --- broker -----------------------------------------------------------------------------------------------------

broker_pid() { cat "$BROKER/erl.pid" 2>/dev/null; }
broker_alive() { alive "$(broker_pid)" "-home $BROKER "; }

write_broker_configuration() {
    mkdir -p "$BROKER/log" "$BROKER/mnesia"
    cat >"$BROKER/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$AMQP_PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $MANAGEMENT_PORT
vm_memory_high_watermark.absolute = $BROKER_MEMORY
disk_free_limit.absolute = 50MB
log.console = false
CONF
    printf '%s' "$BROKER_MEMORY" >"$BROKER/memory"
    printf '[rabbitmq_management].' >"$BROKER/enabled_plugins"
    if [ ! -s "$BROKER/.erlang.cookie" ]; then
        (umask 077 && head -c 18 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$BROKER/.erlang.cookie")
        chmod 400 "$BROKER/.erlang.cookie"
    fi
}

start_epmd() {
    alive "$(cat "$BROKER/epmd.pid" 2>/dev/null)" epmd && return 0
    setsid epmd -address 127.0.0.1 -port "$EPMD_PORT" >/dev/null 2>&1 </dev/null 9>&- &
    echo $! >"$BROKER/epmd.pid"
}

stop_epmd() {
    local pid
    pid="$(cat "$BROKER/epmd.pid" 2>/dev/null)"
    alive "$pid" epmd && kill -TERM "$pid" 2>/dev/null && gone "$pid" 2
    rm -f "$BROKER/epmd.pid"
}

launch_broker() {
    broker_alive && return 0
    rm -f "$BROKER/erl.pid"
    start_epmd
    # A failed start drops a crash dump in the current directory unless told where.
    (cd "$BROKER" && exec env -i PATH="$PATH:/usr/sbin" LANG=C.UTF-8 HOME="$BROKER" TZ=UTC \
        ERL_EPMD_PORT="$EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP="$BROKER/erl_crash.dump" \
        RABBITMQ_NODENAME="$NODE" RABBITMQ_NODE_PORT="$AMQP_PORT" RABBITMQ_DIST_PORT="$DIST_PORT" \
        RABBITMQ_CONFIG_FILE="$BROKER/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$BROKER/enabled_plugins" \
        RABBITMQ_CONF_ENV_FILE="$BROKER/none" RABBITMQ_ADVANCED_CONFIG_FILE="$BROKER/none" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
        RABBITMQ_MNESIA_BASE="$BROKER/mnesia" RABBITMQ_LOG_BASE="$BROKER/log" RABBITMQ_PID_FILE="$BROKER/erl.pid" \
        setsid "$RABBIT_BIN" >"$BROKER/out" 2>&1 </dev/null 9>&-) &
    BROKER_LAUNCHER=$!
}

# Ready means: the listener answers according to the management API, whose port opens before the broker serves.
broker_ready() {
    curl -fsS -m 5 -o /dev/null -u guest:guest \
        "http://127.0.0.1:$MANAGEMENT_PORT/api/health/checks/port-listener/$AMQP_PORT" 2>/dev/null
}

wait_for_broker() {
    local n
    for ((n = 0; n < 600; n++)); do
        broker_ready && broker_alive && return 0
        if [ -n "${BROKER_LAUNCHER:-}" ] && ! kill -0 "$BROKER_LAUNCHER" 2>/dev/null; then break; fi
        sleep 0.1
    done
    note "the private broker did not start; last lines of $BROKER/out and $BROKER/log:"
    tail -n 5 "$BROKER/out" "$BROKER"/log/*.log >&2 2>/dev/null
    return 1
}

start_broker() {
    write_broker_configuration
    launch_broker
    wait_for_broker
}

# stop_broker TERM|KILL [GRACE]. An orderly stop closes listeners, connections and message stores within a fraction of a
# second; the virtual machine then lingers for five seconds more. What was confirmed is on disk, so we do not wait for it.
stop_broker() {
    local pid signal="$1" grace="${2:-3}"
    pid="$(broker_pid)"
    alive "$pid" "-home $BROKER " || return 0
    kill -CONT "$pid" 2>/dev/null
    kill "-$signal" "$pid" 2>/dev/null
    gone "$pid" "$grace" || { kill -KILL "$pid" 2>/dev/null && gone "$pid" 5; }
    rm -f "$BROKER/erl.pid"
}

# set_memory_limit TERM: through the node's own cookie and port mapper. erl_call answers in some 20 ms where
# rabbitmqctl needs seconds to start; the alarm is raised or cleared before it returns.
set_memory_limit() {
    HOME="$BROKER" ERL_EPMD_PORT="$EPMD_PORT" timeout 20 erl_call -n "$NODE" -c "$(cat "$BROKER/.erlang.cookie")" \
        -a "vm_memory_monitor set_vm_memory_high_watermark [$1]" 2>&1
}

alarm_broker() { # alarm_broker on|off
    local answer memory
    memory="$(cat "$BROKER/memory")"
    broker_alive || fail "the broker of '$INSTANCE' is down"
    case "$1" in
    on) answer="$(set_memory_limit '{absolute,1000000}')" ;;
    off) answer="$(set_memory_limit "{absolute,\"$memory\"}")" ;;
    *) usage_error "broker alarm on|off" ;;
    esac
    [ "$answer" = ok ] || fail "the broker refused to change its memory limit: $answer"
}

# The same for the disk: more free space is asked for than any disk has.
disk_alarm_broker() { # disk_alarm_broker on|off
    local limit answer
    case "$1" in
    on) limit=1000000000000000000 ;;
    off) limit=50000000 ;;
    *) usage_error "broker disk-alarm on|off" ;;
    esac
    answer="$(HOME="$BROKER" ERL_EPMD_PORT="$EPMD_PORT" timeout 20 erl_call -n "$NODE" -c "$(cat "$BROKER/.erlang.cookie")" \
        -a "rabbit_disk_monitor set_disk_free_limit [$limit]" 2>&1)"
    [ "$answer" = ok ] || fail "the broker refused to change its disk limit: $answer"
}

control_broker() {
    local pid
    pid="$(broker_pid)"
    case "${1:-}" in
    kill) stop_broker KILL ;;
    stop) stop_broker TERM ;;
    start) start_broker ;;
    restart) stop_broker TERM && start_broker ;;
    freeze) broker_alive || fail "the broker of '$INSTANCE' is down"; kill -STOP "$pid" ;;
    thaw) broker_alive || fail "the broker of '$INSTANCE' is down"; kill -CONT "$pid" ;;
    alarm) alarm_broker "${2:-}" ;;
    disk-alarm) disk_alarm_broker "${2:-}" ;;
    pid) broker_alive || fail "the broker of '$INSTANCE' is down"; say "$pid" ;;
    *) usage_error "broker kill|stop|start|restart|freeze|thaw|alarm on|alarm off|disk-alarm on|disk-alarm off|pid" ;;
    esac
}

# --- Postgres ---------------------------------------------------------------------------------------------------

postgres_pid() { head -n 1 "$DATABASE/data/postmaster.pid" 2>/dev/null; }
postgres_alive() { alive "$(postgres_pid)" "$DATABASE/data"; }

initialise_postgres() {
    [ -s "$DATABASE/data/PG_VERSION" ] && return 0
    mkdir -p "$DATABASE"
    chmod 755 "$(dirname "$DATABASE")"
    [ "$(id -u)" != 0 ] || chown postgres "$DATABASE"
    rm -rf "$DATABASE/data"
    # --no-sync concerns this one step; the server itself runs with fsync on.
    as_postgres "$PG_BIN/initdb" -D "$DATABASE/data" -A trust -U postgres --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        >"$HERE/initdb.log" 2>&1 || { tail -n 3 "$HERE/initdb.log" >&2; return 1; }
}

write_postgres_configuration() {
    # No unix socket: its path is limited to 107 bytes, which a deep checkout exceeds.
    {
        cat <<CONF
listen_addresses = '127.0.0.1'
port = $POSTGRES_PORT
unix_socket_directories = ''
max_connections = 800
fsync = on
synchronous_commit = on
track_commit_timestamp = on
timezone = 'UTC'
log_timezone = 'UTC'
cluster_name = 'flotilla-$INSTANCE'
CONF
        [ ${#POSTGRES_OPTIONS[@]} = 0 ] || printf '%s\n' "${POSTGRES_OPTIONS[@]}"
    } >"$HERE/postgres.conf"
    cp "$HERE/postgres.conf" "$DATABASE/data/flotilla.conf.new"
    chmod 644 "$DATABASE/data/flotilla.conf.new"
    mv "$DATABASE/data/flotilla.conf.new" "$DATABASE/data/flotilla.conf"
    grep -q "^include 'flotilla.conf'" "$DATABASE/data/postgresql.conf" \
        || echo "include 'flotilla.conf'" >>"$DATABASE/data/postgresql.conf"
}

# A clock of its own for the server, for proofs that set it forth and back: FLEET_POSTGRES_CLOCK names a file that holds
# seconds to add, such as +3600, and that the postgres user can read. What measures spans is left alone.
postgres_clock() {
    [ -n "${FLEET_POSTGRES_CLOCK:-}" ] || return 0
    local library
    for library in /usr/lib/*/faketime/libfaketime.so.1; do
        [ -e "$library" ] || fail "a clock for Postgres needs the package libfaketime"
        printf '%s\n' "LD_PRELOAD=$library" "FAKETIME_TIMESTAMP_FILE=$FLEET_POSTGRES_CLOCK" FAKETIME_NO_CACHE=1 \
            FAKETIME_DONT_FAKE_MONOTONIC=1
    done
}

launch_postgres() {
    postgres_alive && return 0
    local -a clock
    mapfile -t clock < <(postgres_clock)
    as_postgres env "${clock[@]}" "$PG_BIN/pg_ctl" -D "$DATABASE/data" -l "$DATABASE/log" -s -w -t 60 start >/dev/null 2>"$HERE/pg_ctl.log" 9>&- || {
        note "the private Postgres did not start; last lines of $DATABASE/log:"
        tail -n 5 "$HERE/pg_ctl.log" "$DATABASE/log" >&2 2>/dev/null
        return 1
    }
}

start_postgres() {
    initialise_postgres && write_postgres_configuration && launch_postgres || return 1
    if [ ! -e "$DATABASE/data/flotilla.created" ]; then
        as_postgres "$PG_BIN/createdb" -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres flotilla 2>"$HERE/createdb.log" \
            || grep -q 'already exists' "$HERE/createdb.log" || { cat "$HERE/createdb.log" >&2; return 1; }
        as_postgres touch "$DATABASE/data/flotilla.created"
    fi
}

# stop_postgres smart|fast|immediate|kill: by signal to the recorded postmaster, which needs no extra process.
stop_postgres() {
    local pid signal
    case "$1" in
    smart) signal=TERM ;; fast) signal=INT ;; immediate) signal=QUIT ;; kill) signal=KILL ;;
    *) usage_error "postgres stop fast|immediate|smart|kill" ;;
    esac
    pid="$(postgres_pid)"
    alive "$pid" "$DATABASE/data" || return 0
    kill "-$signal" "$pid" 2>/dev/null
    gone "$pid" 30 || { kill -QUIT "$pid" 2>/dev/null && gone "$pid" 10; }
    [ "$1" != kill ] || rm -f "$DATABASE/data/postmaster.pid"
}

control_postgres() {
    case "${1:-}" in
    stop) stop_postgres "${2:-fast}" ;;
    start) launch_postgres ;;
    restart) stop_postgres "${2:-fast}" && launch_postgres ;;
    pid) postgres_alive || fail "the Postgres of '$INSTANCE' is down"; postgres_pid ;;
    *) usage_error "postgres start|stop fast|stop immediate|restart [fast|immediate]|pid" ;;
    esac
}

# --- both -------------------------------------------------------------------------------------------------------

# services_up [broker|postgres|both]: starts what is down, side by side.
services_up() {
    local what="${1:-both}" ok=0
    settle_ports
    write_control_scripts
    if [ "$what" != postgres ]; then
        write_broker_configuration
        launch_broker
    fi
    if [ "$what" != broker ]; then start_postgres || ok=1; fi
    if [ "$what" != postgres ]; then wait_for_broker || ok=1; fi
    return $ok
}

services_down() {
    local postgres=""
    if postgres_alive; then
        stop_postgres fast &
        postgres=$!
    fi
    stop_broker TERM 1
    stop_epmd
    [ -z "$postgres" ] || wait "$postgres"
}

services_purge() {
    [ -n "$INSTANCE" ] && [ -d "$HERE" ] && rm -rf "$HERE"
    case "$DATABASE" in /var/tmp/flotilla-*/postgres) rm -rf "$(dirname "$DATABASE")" ;; esac
    return 0
}

# Small programs that tests and proofs call without knowing this library.
write_control_scripts() {
    local name
    for name in broker postgres; do
        printf '#!/bin/sh\nFLEET_LOCAL=%q exec %q control --instance %q %s "$@"\n' "$LOCAL" "$ROOT/scripts/services" "$INSTANCE" "$name" \
            >"$HERE/control-$name"
        chmod 755 "$HERE/control-$name"
    done
}

services_env() {
    read_ports || fail "'$INSTANCE' was never started: scripts/services up --instance $INSTANCE"
    cat <<ENV
FLOTILLA_TEST_AMQP=amqp://guest:guest@127.0.0.1:$AMQP_PORT/
FLOTILLA_TEST_MANAGEMENT=http://127.0.0.1:$MANAGEMENT_PORT
FLOTILLA_TEST_POSTGRES=postgresql://postgres@127.0.0.1:$POSTGRES_PORT/flotilla
FLOTILLA_TEST_BROKER_CONTROL=$HERE/control-broker
FLOTILLA_TEST_POSTGRES_CONTROL=$HERE/control-postgres
FLOTILLA_AMQP_URL=amqp://guest:guest@127.0.0.1:$AMQP_PORT/
FLOTILLA_MANAGEMENT_URL=http://guest:guest@127.0.0.1:$MANAGEMENT_PORT
FLOTILLA_POSTGRES_URL=postgresql://postgres@127.0.0.1:$POSTGRES_PORT/flotilla
ENV
}

export_services_env() {
    local line
    while IFS= read -r line; do export "${line?}"; done < <(services_env)
}
