# Shared by every script: where the project lies, how to speak, how to fail, how to clean up.
# Sourced, never run. Needs bash 5.

set -uo pipefail
umask 022

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
LOCAL="${FLEET_LOCAL:-$ROOT/.local}"
PROGRAM="${PROGRAM:-$(basename "$0")}"
export LC_ALL=C.UTF-8 TZ="${TZ:-UTC}"

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [CODE]: one line on standard error, then out.
fail() {
    printf '%s: %s\n' "$PROGRAM" "$1" >&2
    exit "${2:-1}"
}

usage_error() { fail "$1 (try --help)" 2; }

# The comment block at the head of a script is its help text.
print_help() {
    awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: as root directly, through sudo otherwise.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo -- "$@"
    else
        fail "needs root for: $* (run as root, or install sudo)"
    fi
}

seconds_since() { # seconds_since START, with START from $EPOCHREALTIME; prints one decimal
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

# Clean-up steps run last-in, first-out at exit, whatever ended the script.
CLEANUP=()
at_exit() { CLEANUP+=("$*"); }
run_cleanup() {
    local status=$? i
    trap - EXIT
    trap '' INT TERM HUP
    for ((i = ${#CLEANUP[@]} - 1; i >= 0; i--)); do eval "${CLEANUP[i]}" || true; done
    exit "$status"
}
trap run_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# alive PID [TEXT]: the process exists, is no zombie, and TEXT stands in its command line.
alive() {
    [ -n "${1:-}" ] && [ -r "/proc/$1/cmdline" ] || return 1
    local line
    line="$({ tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null)"
    [ -n "$line" ] || return 1
    case "$line" in *"${2:-}"*) return 0 ;; *) return 1 ;; esac
}

# gone PID SECONDS: waits until the process has ended.
gone() {
    local n=$(($2 * 50))
    while ((n-- > 0)); do
        alive "$1" || return 0
        sleep 0.02
    done
    ! alive "$1"
}

# stop_group PID [SECONDS]: ends a process group that we started with setsid.
stop_group() {
    local pid="${1:-}" seconds="${2:-10}" n
    [ -n "$pid" ] || return 0
    kill -TERM -- "-$pid" 2>/dev/null || return 0
    for ((n = seconds * 20; n > 0; n--)); do
        kill -0 -- "-$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
}
