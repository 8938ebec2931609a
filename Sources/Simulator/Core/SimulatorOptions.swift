internal import FleetCore

/// Everything that shapes the simulated world from its start; the same values give the same world.
struct SimulatorOptions: Sendable {
    /// Decides every value.
    var seed: UInt64 = 1
    /// How many accounts each platform has.
    var accounts = 1_000_000
    /// How long each answer takes.
    var latency: Duration = .zero
    /// The share of calls that are answered with a passing fault, in millionths.
    var failMillionths: UInt64 = 0
    /// Calls allowed per Instagram account and window; zero allows all.
    var rateLimit = 0
    /// How long such a window is.
    var rateWindow: Duration = .seconds(3600)
    /// How long after its end a day's values still change, instead of each platform's own time.
    var settle: Duration?
    /// The date from which levels and likes are lower, everywhere.
    var purge: TrueCurves.Purge?
    /// Whether the limits that the platforms publish hold.
    var limits = true
    /// The version of Graph that is served.
    var version = "v25.0"
}
