internal import FleetCore
internal import Platforms

/// A call as the simulated platform sees it.
struct SimulatedCall: Sendable {
    /// The path as sent, without the query.
    var path: String
    /// The query, decoded.
    var query: [Field]
    /// The token, from the header or the query; empty when there is none.
    var token: String
    /// When it came.
    var now: Instant

    /// The first value of a query field.
    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// What the simulated platform answers.
struct SimulatedReply: Sendable {
    var status = 200
    var headers: [Field] = []
    var body: [UInt8] = []
}

/// Everything that shapes the simulated world; the same values give the same world.
struct SimulatorOptions: Sendable {
    /// Decides every value.
    var seed: UInt64 = 1
    /// How many accounts there are.
    var accounts = 1_000_000
    /// How long each answer takes.
    var latency: Duration = .zero
    /// The share of calls that are answered with a passing fault, in millionths.
    var failMillionths: UInt64 = 0
    /// Calls allowed per account and window; zero allows all.
    var rateLimit = 0
    /// How long such a window is.
    var rateWindow: Duration = .seconds(3600)
    /// How long after its end a day's values still change.
    var settle: Duration = .seconds(48 * 3600)
    /// The version that is served.
    var version = "v25.0"
}
