# Building the programs. Sourced after common.sh and packages.sh.

PROGRAM_NAMES=(flotilla flotilla-dispatcher flotilla-worker flotilla-aggregator flotilla-gateway flotilla-simulator)

# build_programs release|debug: sets PROGRAMS_FOLDER. Release programs carry the Swift runtime, so that several of them
# on one machine start fast and need no runtime installed; their symbols stay beside them.
build_programs() {
    local configuration="$1" began="$EPOCHREALTIME" log="$LOCAL/build-$1.log" name
    local -a options=(-c "$configuration")
    [ "$configuration" = debug ] || options+=(--static-swift-stdlib)
    mkdir -p "$LOCAL"
    note "building the programs, $configuration (log: ${log#"$ROOT"/})"
    : >"$log"
    for name in "${PROGRAM_NAMES[@]}"; do
        # One product after the other: the first compiles what they share, the others link.
        (cd "$ROOT" && swift build "${options[@]}" --product "$name") >>"$log" 2>&1 || {
            grep -E '(^|[ /])[^ ]*: (error|fatal error):|^error:' "$log" | awk '!seen[$0]++' | head -n 20 >&2
            fail "$name does not build: see $log"
        }
    done
    PROGRAMS_FOLDER="$(cd "$ROOT" && swift build "${options[@]}" --show-bin-path 2>/dev/null)"
    [ -n "$PROGRAMS_FOLDER" ] || fail "'swift build --show-bin-path' does not answer"
    note "built in $(seconds_since "$began") s"
}
