/// Decides how long the aggregator waits for more results before it commits: not at all when idle, so that one result is
/// stored at once; a little under load, so that a commit's fixed cost is shared by many.
public struct LingerPolicy: Sendable {
    /// The most results in one transaction.
    public let maximumBatch: Int
    /// The longest wait for company, in nanoseconds.
    public let maximumLinger: Int64
    /// Below this many results per commit, waiting gains less than it costs.
    public let crowd: Int

    private var recent = 0

    public init(maximumBatch: Int = 500, maximumLinger: Int64 = 20_000_000, crowd: Int = 16) {
        self.maximumBatch = maximumBatch
        self.maximumLinger = maximumLinger
        self.crowd = crowd
    }

    /// How long to wait now, in nanoseconds, with so many results waiting since the last commit.
    public func linger(waiting: Int) -> Int64 {
        if waiting >= maximumBatch { return 0 }
        return recent >= crowd ? maximumLinger : 0
    }

    /// Notes how many results the last commit held.
    public mutating func committed(_ count: Int) {
        recent = count
    }
}
