internal import Glibc

/// Limits how often a busy loop's thread wakes, so that messages are handled in groups.
///
/// A wake-up with its hand-over to a task costs some 50 µs of processor time, a message two. Bursts pass freely, which keeps
/// a quiet connection's latency as it is; a thread that has been waking all the time waits a few milliseconds
/// before the next look, while what arrives adds up. Pure: the time is passed in.
public struct Pacer: Sendable {
    /// Wake-ups per second in the long run, and how many may come at once.
    public static let rate: Double = 400
    public static let burst: Double = 100

    private var tokens = Pacer.burst
    private var last: ContinuousClock.Instant?

    public init() {}

    /// Counts a wake-up. Returns how long to wait before the next one, if at all.
    public mutating func woke(at now: ContinuousClock.Instant) -> Duration? {
        if let last { tokens = min(Self.burst, tokens + (now - last).inSeconds * Self.rate) }
        last = now
        tokens -= 1
        guard tokens < 0 else { return nil }
        return .nanoseconds(Int64(-tokens / Self.rate * 1e9))
    }
}

extension Pacer {
    /// Keeps the calling thread from anything for so long, three milliseconds at most.
    public static func rest(_ duration: Duration) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(min(duration.wholeNanoseconds, 3_000_000)))
        unsafe nanosleep(&time, nil)
    }
}
