/// Says when a worker is connected and yet gets nothing of what waits, which a connection's own state does not tell.
///
/// Pure: the time, in nanoseconds of a clock that only runs forward, is passed in.
public struct DeliveryWatch: Sendable {
    private let patience: Int64
    private var last: Int64
    /// Since when there has been work that nobody handed over.
    private var since: Int64?

    /// - Parameter patience: how long work may wait for a worker that has free hands.
    public init(patience: Duration = .seconds(60), now: Int64) {
        let (seconds, attoseconds) = patience.components
        self.patience = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        last = now
    }

    /// Deliveries came.
    public mutating func delivered(now: Int64) {
        last = now
        since = nil
    }

    /// What the queue holds was looked at.
    ///
    /// - Parameter isFree: whether the worker asks for more: it is not full, not paused and not draining.
    public mutating func looked(ready: Int, isFree: Bool, now: Int64) {
        if ready > 0, isFree { since = since ?? now } else { since = nil }
    }

    /// How long nothing has come.
    public func silence(now: Int64) -> Duration { .nanoseconds(max(0, now - last)) }

    /// Whether work waits and does not come.
    public func isStarved(now: Int64) -> Bool { since.map { now - $0 >= patience } ?? false }
}
