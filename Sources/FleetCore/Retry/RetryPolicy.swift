/// Decides what follows a failure: how long to wait, and when to stop trying.
///
/// Waiting for a limit is not a failure and burns no attempt, but it is bounded too: a job that met limits for longer
/// than `patience` is dead, so that nothing circles for ever.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts in all, the first included.
    public var attempts: Int
    /// The first wait; each further one is `factor` times as long, up to `longest`.
    public var first: Duration
    public var factor: Int
    public var longest: Duration
    /// How long after its enqueueing a job may still be put off for a limit.
    public var patience: Duration

    public init(
        attempts: Int = 6,
        first: Duration = .seconds(5),
        factor: Int = 3,
        longest: Duration = .seconds(3600),
        patience: Duration = .seconds(24 * 3600)
    ) {
        self.attempts = attempts
        self.first = first
        self.factor = factor
        self.longest = longest
        self.patience = patience
    }

    /// The wait after the given failed attempt (1 is the first), before jitter.
    public func wait(after attempt: Int) -> Duration {
        var wait = first
        for _ in 1..<max(attempt, 1) {
            wait *= factor
            if wait >= longest { return longest }
        }
        return min(wait, longest)
    }

    /// The rung of the ladder to use for a wait: the shortest that is not shorter, or its neighbour above by chance, so
    /// that jobs which failed together do not come back together.
    public static func rung(
        for wait: Duration,
        ladder: [Duration],
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        precondition(!ladder.isEmpty, "a retry ladder has rungs")
        let position = ladder.firstIndex { $0 >= wait } ?? ladder.count - 1
        let raised = position + 1 < ladder.count && generator.next(upperBound: UInt(4)) == 0
        return ladder[raised ? position + 1 : position]
    }
}
