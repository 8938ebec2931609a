# Debian packages and the Swift toolchain. Installs only what is missing; sourced after common.sh.

# What the Swift toolchain itself needs to compile and link, the C libraries of the wrappers, and the services.
PACKAGES_BUILD=(
    binutils git libc6-dev libgcc-12-dev libstdc++-12-dev libncurses6 libsqlite3-0 libxml2 pkg-config
    librabbitmq-dev libpq-dev libssl-dev libcurl4-openssl-dev libyaml-dev libmicrohttpd-dev libwslay-dev zlib1g-dev
)
PACKAGES_SERVICES=(rabbitmq-server postgresql-15 curl openssl ca-certificates tzdata python3-minimal procps util-linux)

# require_example_packages: what the examples of `examples/` need, for those languages that this machine has. An example whose
# library cannot be had is skipped by its test, which says so.
require_example_packages() {
    local -a wanted=(python3-pika postgresql-client-15)
    have go && wanted+=(golang-github-rabbitmq-amqp091-go-dev)
    require_packages "${wanted[@]}"
    have node && ! node -e 'require("pg")' 2>/dev/null && unpack_node_library
    return 0
}

# Debian's node-pg wants Debian's own Node, and any Node runs it: so it is unpacked beside the checkout, not installed.
unpack_node_library() {
    local folder="$LOCAL/node" name
    [ ! -d "$folder/usr/share/nodejs/pg" ] || return 0
    mkdir -p "$folder"
    for name in node-pg node-async node-libpq node-readable-stream node-split2 node-xtend node-inherits node-string-decoder \
        node-safe-buffer node-core-util-is node-isarray node-process-nextick-args node-util-deprecate; do
        (cd "$folder" && apt-get download "$name" && dpkg -x "$name"_*.deb . && rm -f "$name"_*.deb) >>"$LOCAL/packages.log" 2>&1 || {
            note "Node's pg cannot be had: its example is not run"
            return 0
        }
    done
}

# missing_packages NAME...: prints those that dpkg does not know as installed.
missing_packages() {
    local name
    local -A installed=()
    while read -r name; do installed["${name%%:*}"]=1; done < <(
        dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | awk '$1 == "installed" { print $2 }')
    for name in "$@"; do [ -n "${installed[$name]:-}" ] || printf '%s\n' "$name"; done
}

# require_packages NAME...: installs the missing ones, without letting a service start by itself.
require_packages() {
    have dpkg-query || fail "needs Debian 12 (no dpkg here); install by hand: $*"
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || have sudo || fail "needs root or sudo once, to install: ${missing[*]}"
    say "installing ${missing[*]}"
    mkdir -p "$LOCAL"
    local log="$LOCAL/packages.log"
    install_quietly "$log" "${missing[@]}" || {
        tail -n 3 "$log" >&2
        fail "cannot install ${missing[*]}: see $log"
    }
}

install_quietly() {
    local log="$1" policy=/usr/sbin/policy-rc.d made=0 status=0
    shift
    # The broker and the database come with a start at installation and at boot. Ours are private ones: where the
    # machine has no policy of its own, forbid starting anything for as long as this installation takes.
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && made=1
    fi
    local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >"$log" 2>&1 || {
        # Stale or absent package lists are the usual cause on a new machine.
        as_root "${apt[@]}" update >>"$log" 2>&1
        as_root "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 || status=1
    }
    [ $made = 0 ] || as_root rm -f "$policy"
    # Freshly installed by us, so nobody relies on the system-wide services: keep them from starting at boot.
    if [ $status = 0 ] && [ -d /run/systemd/system ]; then
        local unit
        for unit in rabbitmq-server postgresql; do
            case " $* " in *" $unit"*) as_root systemctl disable "$unit" >>"$log" 2>&1 || true ;; esac
        done
    fi
    return $status
}

# require_swift: puts a Swift toolchain of version 6.2 or later on PATH.
require_swift() {
    local folder version
    if ! have swift; then
        for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin /usr/share/swift/usr/bin \
            "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin"; do
            if [ -x "$folder/swift" ]; then
                export PATH="$folder:$PATH"
                break
            fi
        done
    fi
    have swift || fail "no Swift toolchain found: install Swift 6.2 or later (https://www.swift.org/install/linux/), then put its usr/bin on PATH"
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)"
    [ -n "$version" ] || fail "'swift --version' does not answer: check the toolchain at $(command -v swift)"
    if [ "${version%%.*}" -lt 6 ] || { [ "${version%%.*}" = 6 ] && [ "${version#*.}" -lt 2 ]; }; then
        fail "Swift $version is too old: 6.2 or later is needed (https://www.swift.org/install/linux/)"
    fi
}
