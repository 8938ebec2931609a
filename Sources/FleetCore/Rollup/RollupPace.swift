/// Decides how long the roller waits after readings changed: until they stop changing for a moment, so that what comes
/// together is computed once, but not for ever. Times in nanoseconds.
public struct RollupPace: Sendable {
    /// So long nothing must change.
    public let calm: Int64
    /// The longest wait.
    public let linger: Int64

    public init(calm: Int64 = 250_000_000, linger: Int64 = 5_000_000_000) {
        self.calm = min(calm, linger)
        self.linger = linger
    }

    /// How long to wait now, when the first change came at one moment and the last at another; zero or less to begin.
    public func wait(first: Int64, last: Int64, now: Int64) -> Int64 {
        min(first + linger, last + calm) - now
    }
}
