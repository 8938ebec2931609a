/// Keeps calls away from an endpoint that fails, and tries with single probes whether it is well again.
///
/// Closed: everything passes, and the last outcomes are counted. Open: nothing passes but one probe every ten seconds, for
/// the whole fleet. Two probes in a row that succeed close it.
public struct CircuitBreaker: Hashable, Sendable {
    /// What the fleet shares about an open breaker.
    public struct Opening: Hashable, Sendable {
        public var since: Instant
        /// From when the next probe may go.
        public var nextProbe: Instant
        /// Probes that succeeded in a row.
        public var successes: Int

        public init(since: Instant, nextProbe: Instant, successes: Int = 0) {
            self.since = since
            self.nextProbe = nextProbe
            self.successes = successes
        }
    }

    /// The time between two probes.
    public static let pause = Duration.seconds(10)
    /// Successful probes that close it.
    public static let successesNeeded = 2
    /// Outcomes that are looked at, and how many of them must be failures.
    private static let memory = 20
    private static let failuresNeeded = 8

    /// Nil while closed.
    public private(set) var opening: Opening?
    /// The last outcomes, newest in the lowest bit; a set bit is a failure.
    private var outcomes: UInt32 = 0

    public init() {}

    /// Notes how a call ended; returns the opening when this one opened the breaker.
    public mutating func ended(failed: Bool, at now: Instant) -> Opening? {
        outcomes = ((outcomes << 1) | (failed ? 1 : 0)) & ((1 << Self.memory) - 1)
        guard opening == nil, failed, outcomes.nonzeroBitCount >= Self.failuresNeeded else { return nil }
        opening = Opening(since: now, nextProbe: now + Self.pause)
        return opening
    }

    /// What the fleet says: open, or closed.
    public mutating func adopt(_ shared: Opening?) {
        if opening != nil, shared == nil { outcomes = 0 }
        opening = shared
    }
}

extension CircuitBreaker.Opening {
    /// After a probe: open for another while, or nil when the endpoint is well.
    public func probed(failed: Bool, at now: Instant) -> CircuitBreaker.Opening? {
        let successes = failed ? 0 : successes + 1
        guard successes < CircuitBreaker.successesNeeded else { return nil }
        return CircuitBreaker.Opening(since: since, nextProbe: now + CircuitBreaker.pause, successes: successes)
    }
}
