/// Limits how often a busy connection's thread wakes, so that messages are handled in groups.
///
/// A wake-up with its hand-over to a task costs some 50 µs of processor time, a message two. Bursts pass freely, which keeps
/// a quiet connection's latency as it is; a thread that has been waking all the time waits a fraction of a millisecond
/// before the next look, while what arrives adds up. Pure: the time is passed in.
struct Pacer {
    /// Wake-ups per second in the long run, and how many may come at once.
    static let rate: Double = 1500
    static let burst: Double = 100

    private var tokens = Pacer.burst
    private var last: ContinuousClock.Instant?

    /// Counts a wake-up. Returns how long to wait before the next one, if at all.
    mutating func woke(at now: ContinuousClock.Instant) -> Duration? {
        if let last { tokens = min(Self.burst, tokens + Double((now - last).nanoseconds) / 1e9 * Self.rate) }
        last = now
        tokens -= 1
        guard tokens < 0 else { return nil }
        return .nanoseconds(Int64(-tokens / Self.rate * 1e9))
    }
}
