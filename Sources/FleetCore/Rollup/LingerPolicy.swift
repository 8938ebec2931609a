/// Decides how long the aggregator waits for more results before it commits: not at all when idle, so that one result is
/// stored at once; a little under load, so that a commit's fixed cost is shared by many.
public struct LingerPolicy: Sendable {
    /// The most results in one transaction.
    public let maximumBatch: Int
    /// The longest wait for company, in nanoseconds.
    public let maximumLinger: Int64
    /// From this many results per second on, waiting saves more than it costs.
    public let crowd: Double

    private var rate: Double = 0
    private var last: Int64?

    public init(maximumBatch: Int = 500, maximumLinger: Int64 = 20_000_000, crowd: Double = 500) {
        self.maximumBatch = maximumBatch
        self.maximumLinger = maximumLinger
        self.crowd = crowd
    }

    /// How long to wait now, in nanoseconds, with so many results waiting since the last commit.
    public func linger(waiting: Int) -> Int64 {
        if waiting >= maximumBatch { return 0 }
        return rate >= crowd ? maximumLinger : 0
    }

    /// Notes how many results the commit held that ended at a moment, in nanoseconds.
    public mutating func committed(_ count: Int, at now: Int64) {
        if let last { rate = Double(count) / max(Double(now - last) / 1e9, 1e-6) }
        last = now
    }
}
