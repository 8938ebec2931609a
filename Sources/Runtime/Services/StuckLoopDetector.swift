internal import Synchronization

/// Says whether the process still turns: its loop notes each turn, and `/livez` asks when the last one was.
///
/// Run as a service it turns once a second on Swift's shared pool, so a pool whose threads are all blocked shows. It
/// fails for nothing else: a process must not be restarted because its broker is away.
public final class StuckLoopDetector: Service {
    /// The name in logs.
    public let name = "heartbeat"
    private let limit: Duration
    private let last: Atomic<Int64>

    /// A detector that counts as turned just now. `limit` is how long silence may last.
    public init(limit: Duration = .seconds(10), now: Int64 = ProcessClock.monotonicNow) {
        self.limit = limit
        last = Atomic(now)
    }

    /// Notes a turn.
    public func turn(now: Int64 = ProcessClock.monotonicNow) { last.store(now, ordering: .relaxed) }

    /// The time since the last turn.
    public func silence(now: Int64 = ProcessClock.monotonicNow) -> Duration {
        .nanoseconds(max(0, now - last.load(ordering: .relaxed)))
    }

    /// Whether the last turn was within the limit.
    public func isAlive(now: Int64 = ProcessClock.monotonicNow) -> Bool { silence(now: now) < limit }

    /// Turns once a second until cancelled.
    @concurrent
    public func run() async {
        while !Task.isCancelled {
            turn()
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
