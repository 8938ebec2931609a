internal import Configuration
internal import FleetCore
internal import Runtime

/// What can be set about the simulator.
enum SimulatorSettings {
    static let listen = Setting(
        "simulator.listen",
        .listenAddress,
        default: ListenAddress(host: "127.0.0.1", port: 8500),
        help: "Where the simulated platforms answer; port 0 takes a free one and prints it."
    )
    static let port = Setting(
        "simulator.port",
        ValueKind<Int>.integer(0...65_535).optional,
        default: nil,
        help: "The port alone, in place of the one in --listen."
    )
    static let seed = Setting(
        "simulator.seed",
        .integer(0...Int.max),
        default: 1,
        help: "Decides every value; the same seed gives the same world."
    )
    static let accounts = Setting(
        "simulator.accounts",
        .integer(1...5_000_000, unit: "accounts"),
        default: 1_000_000,
        help: "How many accounts exist; one that is never called costs nothing."
    )
    static let latency = Setting(
        "simulator.latency",
        .duration(.zero ... .seconds(60)),
        default: .zero,
        help: "How long each answer takes."
    )
    static let failRate = Setting(
        "simulator.fail-rate",
        .number(0...1),
        default: 0,
        help: "Share of calls that are answered with a passing fault."
    )
    static let rateLimit = Setting(
        "simulator.rate-limit",
        .integer(0...1_000_000, unit: "calls"),
        default: 0,
        help: "Calls allowed per account and window; 0 allows all."
    )
    static let rateWindow = Setting(
        "simulator.rate-window",
        .duration(.seconds(1) ... .seconds(86_400)),
        default: .seconds(3600),
        help: "How long a window of --rate-limit is."
    )
    static let settle = Setting(
        "simulator.settle",
        ValueKind<Duration>.duration(.zero ... .seconds(30 * 86_400)).optional,
        default: nil,
        help:
            "How long after its end a day's values are still incomplete and restated; unset, each platform's own time."
    )

    static let limits = Setting(
        "simulator.limits",
        .toggle,
        default: true,
        help: "Whether the limits that the platforms publish hold; `/control` changes them on the way."
    )
    static let purge = Setting(
        "simulator.purge",
        ValueKind<TrueCurves.Purge>(
            shape: "a date and thousandths, such as 2026-11-10:50",
            parse: { text in
                let parts = text.split(separator: ":")
                guard parts.count == 2, let date = CivilDate(String(parts[0])), let permille = Int64(parts[1]),
                    (0...1000).contains(permille)
                else { return nil }
                return TrueCurves.Purge(date: date, permille: permille)
            }
        ).optional,
        default: nil,
        help: "From a date levels and likes are lower by so many thousandths, as after a clean-up by the platform."
    )
    static let clockFile = Setting(
        "simulator.clock-file",
        ValueKind<String>.path.optional,
        default: nil,
        help: "The file of the clock that all processes of this world follow by FLOTILLA_CLOCK_FILE; made if there is "
            + "none, and moved by `/control`."
    )
    static let clockStart = Setting(
        "simulator.clock-start",
        ValueKind<Instant>(
            shape: "an instant, such as 2026-10-20T12:00:00Z",
            parse: { Instant($0) }
        ).optional,
        default: nil,
        help: "The time at which the clock of --clock-file begins, standing still until `/control` lets it run."
    )

    static let program = Program(
        "flotilla-simulator",
        version: "0.1.0",
        purpose: "Answers like the platforms do, over true curves that follow from a seed. Doors that no platform has: "
            + "/control changes faults, limits, tokens, accounts, metrics and the clock, /stats tells what was called, "
            + "/truth what is true; docs/simulator.md shows them.",
        example: "flotilla-simulator --port 8500 --seed 7 --accounts 1000 --latency 20ms",
        settings: [
            listen, port, seed, accounts, latency, failRate, rateLimit, rateWindow, settle, limits, purge,
            clockFile, clockStart, CommonSettings.logLevel, CommonSettings.drainDeadline,
        ]
    )

    /// The world that the settings describe.
    static func options(_ settings: ResolvedSettings) -> SimulatorOptions {
        var options = SimulatorOptions()
        options.seed = UInt64(settings[seed])
        options.accounts = settings[accounts]
        options.latency = settings[latency]
        options.failMillionths = UInt64(settings[failRate] * 1_000_000)
        options.rateLimit = settings[rateLimit]
        options.rateWindow = settings[rateWindow]
        options.settle = settings[settle]
        options.limits = settings[limits]
        options.purge = settings[purge]
        return options
    }
}
