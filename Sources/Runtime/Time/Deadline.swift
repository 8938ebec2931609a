/// A moment on the monotonic clock by which something must be done.
public struct Deadline: Sendable, Hashable, Comparable {
    /// The moment, as `ProcessClock.monotonicNow` counts.
    public let nanoseconds: Int64

    /// A deadline at a moment of the monotonic clock.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// A deadline `duration` after `now`. Durations beyond the clock's range give `never`.
    public init(after duration: Duration, now: Int64 = ProcessClock.monotonicNow) {
        let (sum, overflow) = now.addingReportingOverflow(duration.wholeNanoseconds)
        nanoseconds = overflow ? .max : sum
    }

    /// A deadline that does not come.
    public static let never = Deadline(nanoseconds: .max)

    /// The time left at `now`; zero once it has passed.
    public func remaining(now: Int64 = ProcessClock.monotonicNow) -> Duration {
        .nanoseconds(max(0, nanoseconds.subtractingReportingOverflow(now).partialValue))
    }

    /// Whether it has passed at `now`.
    public func isPast(now: Int64 = ProcessClock.monotonicNow) -> Bool { now >= nanoseconds }

    /// The earlier first.
    public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// The duration in whole nanoseconds, held within 64 bits (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, tooFar) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooFar ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in milliseconds, for log lines and metrics.
    public var inMilliseconds: Double { Double(wholeNanoseconds) / 1e6 }

    /// The duration in seconds, for metrics.
    public var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}
