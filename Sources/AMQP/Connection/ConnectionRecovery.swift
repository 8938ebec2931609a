internal import Runtime

/// Decides when to connect, how long to wait after a failure, and when the failure is worth a log line.
///
/// Pure: the time and the generator are passed in.
struct ConnectionRecovery {
    struct Policy {
        /// The waits between attempts.
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), floor: .milliseconds(20))
        /// A connection that lived this long proves that the broker is well: the next failure starts from the first wait.
        var proven: Duration = .seconds(5)
        /// During an outage the failure is said again after this long.
        var reminder: Duration = .seconds(60)
    }

    enum State: Equatable {
        /// Next: `open`, `waiting`.
        case connecting
        /// Logged in. Next: `waiting`.
        case open(since: ContinuousClock.Instant)
        /// Not connected until that moment. Next: `connecting`.
        case waiting(until: ContinuousClock.Instant)
    }

    struct Failure: Equatable {
        /// When to try again.
        var retryAt: ContinuousClock.Instant
        /// Whether to say it: the first failure of an outage, one of another kind, or a reminder.
        var announce: Bool
    }

    private(set) var state = State.connecting
    private let policy: Policy
    private var failures = 0
    private var said: (code: AMQPError.Code, at: ContinuousClock.Instant)?

    init(_ policy: Policy = Policy()) { self.policy = policy }

    /// The login succeeded. True when an outage that was announced has ended.
    mutating func opened(at now: ContinuousClock.Instant) -> Bool {
        state = .open(since: now)
        defer { said = nil }
        return said != nil
    }

    /// Connecting failed, or the connection ended.
    mutating func failed(
        _ code: AMQPError.Code,
        at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Failure {
        if case .open(let since) = state, now - since >= policy.proven { failures = 0 }
        failures += 1
        let step = policy.backoff.delay(attempt: failures, using: &generator)
        state = .waiting(until: now + step)
        let announce = said.map { $0.code != code || now - $0.at >= policy.reminder } ?? true
        if announce { said = (code, now) }
        return Failure(retryAt: now + step, announce: announce)
    }

    /// The wait is over.
    mutating func retry() { state = .connecting }
}
